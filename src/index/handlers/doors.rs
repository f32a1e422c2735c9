//! Who may call a function from outside of what can be seen.

use super::Outside;
use crate::index::programs;
use crate::project::Project;
use crate::syntax::{AnyNodeRef, NodeId, ScopeKind, Tree, ast};
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
pub(super) struct Door {
    pub(super) name: String,
    pub(super) class: Option<String>,
    pub(super) at_module_level: bool,
    /// It is known to nobody outside by its name alone.
    pub(super) private: bool,
    /// No other file can use it.
    pub(super) only_here: bool,
}

/// Who calls a function.
pub(super) enum Callers {
    /// Code that can all be found.
    All(Door),
    /// What runs the tests.
    Tests,
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

/// Marks of tests that do not look at how a test fails.
const MARKS: &[&str] = &[
    "anyio",
    "asyncio",
    "parametrize",
    "skip",
    "skipif",
    "usefixtures",
];

/// Whether all callers of a function can be found; the error is the end of a sentence.
pub(super) fn of(
    project: &Project,
    outside: &Outside<'_>,
    tree: &Tree<'_>,
    path: &Path,
    id: NodeId,
) -> Result<Callers, String> {
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
    if in_tests && tree.text().contains("xfail") {
        return Err("the tests say with `xfail` how they fail".to_owned());
    }
    let is_test = in_tests && !around.in_function && is_run_by_name(name);
    for decorator in &function.decorator_list {
        if !is_transparent(tree, decorator, is_test) {
            return Err(format!(
                "the decorator of `{name}` may look at what it raises"
            ));
        }
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
    let is_private = |name: &&str| name.starts_with('_');
    let private = is_private(&name) || around.names.iter().any(is_private);
    let mut door = Door {
        name: name.to_owned(),
        class: around.class.map(str::to_owned),
        at_module_level: around.names.is_empty(),
        private,
        only_here: around.in_function,
    };
    if is_test {
        return Ok(Callers::Tests);
    }
    if around.in_function {
        return Ok(Callers::All(door));
    }
    let closed = is_closed_script(project, tree, path, in_tests);
    door.only_here = closed && around.class.is_none();
    let listed = !outside.public_api.is_empty();
    if listed && named(outside.public_api) {
        return Err(format!("`public-api` lists `{name}`"));
    }
    if private || closed || listed || in_tests {
        Ok(Callers::All(door))
    } else {
        Err(format!(
            "`{name}` is public, so that others may call it, too"
        ))
    }
}

/// Whether a file is a program that nothing imports.
fn is_closed_script(project: &Project, tree: &Tree<'_>, path: &Path, in_tests: bool) -> bool {
    let body = &tree.module.ast().body;
    let guarded = body
        .iter()
        .any(|stmt| matches!(stmt, ast::Stmt::If(branch) if programs::is_main_guard(&branch.test)));
    let in_package = || {
        path.file_name().is_none_or(|name| name != "__main__.py")
            && project.is_file(&path.with_file_name("__init__.py"))
    };
    !in_tests
        && (guarded || programs::runs_something(tree))
        && tree.mentions("__all__").is_empty()
        && !in_package()
        && programs::imported_by(project, path).is_none()
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

fn is_transparent(tree: &Tree<'_>, decorator: &ast::Decorator, is_test: bool) -> bool {
    let named = match &decorator.expression {
        ast::Expr::Call(call) => &*call.func,
        other => other,
    };
    let name = match (tree.qualified_name(named), named) {
        (Some(name), _) => name,
        (None, ast::Expr::Name(name)) => name.id.as_str().to_owned(),
        (None, _) => return false,
    };
    if is_test && let Some(mark) = name.strip_prefix("pytest.mark.") {
        return MARKS.contains(&mark);
    }
    !decorator.expression.is_call_expr() && TRANSPARENT.contains(&name.as_str())
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
