//! Questions to small projects. `ask(a, b)  # c-` in the first file says what awaiting the
//! arguments awaits: `c` a coroutine, `f` a future, `-` nobody knows; for `ask(*names)` the
//! elements are meant. `call(a(), b())  # y-` says which calls run nothing before the `await`. Files
//! below `env/` are those of installed packages.

mod installed;
mod values;

use crate::options::Options;
use crate::project::{Installed, MemorySources, Project};
use crate::syntax::{AnyNodeRef, Module, PythonVersion, Tree, ast};
use crate::transform::{Awaitable, FileView};
use std::path::{Path, PathBuf};

/// Where a file of a test lies.
fn place(path: &str) -> String {
    match path.strip_prefix("env/") {
        Some(path) => format!("/project/.venv/lib/python3.12/site-packages/{path}"),
        None => format!("/project/{path}"),
    }
}

fn check(files: &[(&str, &str)]) {
    let (path, text) = files[0];
    let sources = files
        .iter()
        .map(|(path, text)| (place(path), (*text).to_owned()));
    let project = Project {
        root: Some(PathBuf::from("/project")),
        sources: std::sync::Arc::new(MemorySources::new(sources).with_installed(vec![Installed {
            folder: PathBuf::from("/project/.venv/lib/python3.12/site-packages"),
            is_linked: false,
        }])),
        ..Project::default()
    };
    let path = Path::new("/project").join(path);
    let module = Module::parse(text, PythonVersion::latest()).unwrap();
    let tree = Tree::new(&module);
    let options = Options::default();
    let view = FileView::for_questions(&tree, &path, &options, &project);
    let mut questions = 0;
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
        let line = tree.slice(tree.node(tree.parent(id)));
        let after = &text[text.find(line).unwrap() + line.len()..];
        let expected = after.lines().next().unwrap_or_default();
        assert_eq!(format!("{line}  # {answer}"), format!("{line}{expected}"));
        questions += 1;
    }
    assert!(questions > 0, "nothing was asked");
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
