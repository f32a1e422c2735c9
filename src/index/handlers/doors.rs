//! Who may call a function from outside of what can be seen.

use super::Outside;
use crate::index::programs;
use crate::project::Project;
use crate::syntax::{AnyNodeRef, NodeId, ScopeId, ScopeKind, Tree, ast};
use std::path::Path;

/// How the failure of a function reaches its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// Where what it gives is awaited.
    Awaitable,
    /// Where it is called.
    Raises,
}

/// A function all of whose callers can be found.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) name: String,
    pub(super) class: Option<String>,
    pub(super) at_module_level: bool,
    /// It is known to nobody outside by its name alone.
    pub(super) private: bool,
    /// No other file can use it.
    pub(super) only_here: bool,
}

/// Decorators that give back what they decorate.
const TRANSPARENT: &[&str] = &[
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "abc.abstractmethod",
    "typing.override",
    "typing.final",
    "typing.no_type_check",
    "typing_extensions.override",
    "typing_extensions.final",
];

/// Whether all callers of a function can be found; the error is the end of a sentence.
pub(super) fn of(
    project: &Project,
    outside: &Outside<'_>,
    tree: &Tree<'_>,
    path: &Path,
    id: NodeId,
) -> Result<Door, String> {
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return Err("it is no function".to_owned());
    };
    let name = function.name.as_str();
    let around = surroundings(tree, id);
    if name.starts_with("__") && name.ends_with("__") {
        return Err(format!("Python calls `{name}` by itself"));
    }
    if yields(tree, id) {
        return Err(format!("`{name}` is a generator"));
    }
    let in_tests = is_test_file(path);
    if in_tests && !around.in_function && is_run_by_name(name) {
        return Err(format!(
            "what runs the tests looks at the errors of `{name}`"
        ));
    }
    let transparent = |decorator: &ast::Decorator| {
        let name = tree.qualified_name(&decorator.expression);
        let name = name.as_deref().or(match &decorator.expression {
            ast::Expr::Name(name) => Some(name.id.as_str()),
            _ => None,
        });
        name.is_some_and(|name| TRANSPARENT.contains(&name))
    };
    if !function.decorator_list.iter().all(transparent) {
        return Err(format!(
            "the decorator of `{name}` may look at what it raises"
        ));
    }
    if !around.in_function
        && let Some(word) = by_text(tree)
    {
        return Err(format!("`{word}` may find `{name}` by its name"));
    }
    let qualified = around
        .names
        .iter()
        .copied()
        .chain([name])
        .collect::<Vec<&str>>()
        .join(".");
    let named = |all: &[String]| all.iter().any(|one| programs::means(one, path, &qualified));
    if named(outside.entry_points) {
        return Err(format!("something outside starts `{name}` by its name"));
    }
    let private = name.starts_with('_');
    let mut door = Door {
        name: name.to_owned(),
        class: around.class.map(str::to_owned),
        at_module_level: around.names.is_empty(),
        private,
        only_here: around.in_function,
    };
    if around.in_function {
        return Ok(door);
    }
    // Of a private method it does not matter.
    let closed = !(private && around.class.is_some()) && is_closed_script(project, tree, path);
    door.only_here = closed && around.class.is_none();
    let listed = !outside.public_api.is_empty();
    if listed && named(outside.public_api) {
        return Err(format!("`public-api` lists `{name}`"));
    }
    if private || closed || listed || in_tests {
        Ok(door)
    } else {
        Err(format!(
            "`{name}` is public, so that others may call it, too"
        ))
    }
}

/// Whether a file is a program that nothing imports.
pub(super) fn is_closed_script(project: &Project, tree: &Tree<'_>, path: &Path) -> bool {
    let body = &tree.module.ast().body;
    let guarded = body
        .iter()
        .any(|stmt| matches!(stmt, ast::Stmt::If(branch) if programs::is_main_guard(&branch.test)));
    let in_package = || {
        path.file_name().is_none_or(|name| name != "__main__.py")
            && project.is_file(&path.with_file_name("__init__.py"))
    };
    !is_test_file(path)
        && (guarded || programs::runs_something(tree))
        && tree.mentions("__all__").is_empty()
        && !in_package()
        && programs::imported_by(project, path).is_none()
        && project.imported_by_text(path).is_none()
}

/// A word of the file with which any of its functions can be found.
fn by_text(tree: &Tree<'_>) -> Option<&'static str> {
    let finds = |word: &str| {
        tree.mentions(word).iter().any(|id| {
            let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(*id)) else {
                return false;
            };
            let scope = tree.scope_of(*id);
            let own_names = match word {
                "locals" => scope == ScopeId::MODULE,
                "vars" => call.arguments.is_empty() && scope == ScopeId::MODULE,
                _ => true,
            };
            own_names && tree.lookup(word, scope).is_none()
        })
    };
    let words = ["globals", "locals", "vars", "eval", "exec"];
    if let Some(word) = words.into_iter().find(|word| finds(word)) {
        return Some(word);
    }
    let asks = |id: NodeId| {
        matches!(tree.node(id), AnyNodeRef::ExprCall(call)
            if tree.qualified_name(&call.func).as_deref() == Some("inspect.getmembers"))
    };
    let words = ["inspect", "getmembers"];
    let mut near = words.iter().flat_map(|word| tree.mentions(word));
    let found = near.any(|id| tree.ancestors(*id).any(asks));
    found.then_some("getmembers")
}

/// Where a function stands.
struct Surroundings<'a> {
    /// The functions and classes around it, outermost first.
    names: Vec<&'a str>,
    class: Option<&'a str>,
    in_function: bool,
}

fn surroundings<'a>(tree: &Tree<'a>, id: NodeId) -> Surroundings<'a> {
    let mut found = Surroundings {
        names: Vec::new(),
        class: None,
        in_function: false,
    };
    let mut scope = tree.scope_of(id);
    loop {
        let here = tree.scope(scope);
        match tree.node(here.node) {
            _ if here.kind == ScopeKind::Module => break,
            AnyNodeRef::StmtClassDef(class) => {
                if found.names.is_empty() {
                    found.class = Some(class.name.as_str());
                }
                found.names.push(class.name.as_str());
            }
            AnyNodeRef::StmtFunctionDef(function) => {
                found.in_function |= found.class.is_none();
                found.names.push(function.name.as_str());
            }
            _ => {}
        }
        scope = here.parent;
    }
    found.names.reverse();
    found
}

fn yields(tree: &Tree<'_>, function: NodeId) -> bool {
    tree.descendants(function).any(|id| {
        matches!(
            tree.node(id),
            AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
        ) && tree.enclosing_function(id) == Some(function)
    })
}

/// Whether a file is one of tests.
fn is_test_file(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.is_some_and(|stem| {
        stem == "conftest" || stem.starts_with("test_") || stem.ends_with("_test")
    })
}

/// Whether what runs tests calls functions of this name.
fn is_run_by_name(name: &str) -> bool {
    name.starts_with("test")
        || matches!(
            name,
            "setUp" | "tearDown" | "asyncSetUp" | "asyncTearDown" | "setUpClass" | "tearDownClass"
        )
}
