//! Questions to small projects. `ask(a, b)  # c-` in the first file says what awaiting the
//! arguments awaits: `c` a coroutine, `f` a future, `-` nobody knows; for `ask(*names)` the
//! elements are meant. `call(a(), b())  # y-` says which calls run nothing before the `await`. Files
//! below `env/` are those of installed packages.

mod answers;
mod classes;
mod installed;
mod names;
mod values;

use crate::options::Options;
use crate::project::{Installed, MemorySources, Project};
use crate::syntax::{AnyNodeRef, Module, PythonVersion, Ranged, Tree, ast};
use crate::transform::{Awaitable, FileView};
use std::path::{Path, PathBuf};

/// Where a file of a test lies.
fn place(path: &str) -> String {
    match path.strip_prefix("env/") {
        Some(path) => format!("/project/.venv/lib/python3.12/site-packages/{path}"),
        None => format!("/project/{path}"),
    }
}

/// A project of some files.
fn project(files: &[(&str, &str)]) -> Project {
    let sources = files
        .iter()
        .map(|(path, text)| (place(path), (*text).to_owned()));
    Project {
        root: Some(PathBuf::from("/project")),
        sources: std::sync::Arc::new(MemorySources::new(sources).with_installed(vec![Installed {
            folder: PathBuf::from("/project/.venv/lib/python3.12/site-packages"),
            is_linked: false,
        }])),
        ..Project::default()
    }
}

fn check(files: &[(&str, &str)]) {
    let (path, text) = files[0];
    let project = project(files);
    let path = Path::new("/project").join(path);
    let module = Module::parse(text, PythonVersion::latest()).unwrap();
    let tree = Tree::new(&module);
    let options = Options::default();
    let view = FileView::for_questions(&tree, &path, &options, &project);
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    for id in tree.ids() {
        let AnyNodeRef::ExprCall(call) = tree.node(id) else {
            continue;
        };
        let asked = tree.slice(&*call.func);
        let arguments = call.arguments.args.iter();
        let answer: String = match asked {
            "ask" => arguments.map(|argument| kind(&view, argument)).collect(),
            "call" => arguments
                .map(|argument| runs_later(&view, argument))
                .collect(),
            _ => continue,
        };
        let statement = tree.node(tree.parent(id));
        let line = tree.slice(statement);
        let after = &text[statement.range().end().to_usize()..];
        let expected = after.lines().next().unwrap_or_default();
        found.push(format!("{line}  # {answer}"));
        wanted.push(format!("{line}{expected}"));
    }
    assert!(!found.is_empty(), "nothing was asked");
    assert_eq!(found, wanted);
}

fn kind(view: &FileView<'_>, argument: &ast::Expr) -> char {
    let kind = match argument {
        ast::Expr::Starred(starred) => view.element_awaitable(&starred.value),
        argument => view.awaitable(argument),
    };
    match kind {
        Awaitable::Coroutine => 'c',
        Awaitable::Future => 'f',
        Awaitable::Unknown => '-',
    }
}

fn runs_later(view: &FileView<'_>, argument: &ast::Expr) -> char {
    match argument {
        ast::Expr::Call(call) if view.calls_coroutine_function(call) => 'y',
        _ => '-',
    }
}

fn here(text: &str) {
    check(&[("app.py", text)]);
}
