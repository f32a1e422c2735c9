//! Whether a place is reached at most once in the life of a program, as its entry point.

use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, ScopeKind, ast};
use crate::transform::{FileView, Refusal};

/// How many functions may lie between the start of the program and the run.
const DEEPEST_CALL: usize = 4;

/// Refuses a place in a test, in a coroutine, or in code that other code may call.
pub(super) fn check(site: NodeId, file: &FileView<'_>) -> Result<(), Refusal> {
    if let Some(refusal) = in_test(site, file) {
        return Err(refusal);
    }
    if file.in_coroutine(site) {
        return Err(Refusal::new(
            "in-coroutine",
            "This runs a loop inside a coroutine, where `asyncio.run` would raise as well.",
        )
        .remedy("Await the coroutine instead."));
    }
    let scope = file.function_scope(site);
    let tree = file.tree;
    if tree.scope(tree.scope_of(site)).kind == ScopeKind::Class
        || tree.scope(scope).kind == ScopeKind::Lambda
    {
        return Err(library("here", None));
    }
    reached_once(scope, file, DEEPEST_CALL)
}

fn in_test(site: NodeId, file: &FileView<'_>) -> Option<Refusal> {
    let refusal = || {
        Refusal::new(
            "in-test",
            "Tests are left alone: fixtures and test runners may share this loop.",
        )
        .remedy("Write the test as a coroutine and let the test runner run it.")
    };
    let name = file.path.file_name()?.to_str()?;
    let in_folder = file
        .path
        .components()
        .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "test")));
    if name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py" || in_folder
    {
        return Some(refusal());
    }
    let tree = file.tree;
    tree.ancestors(site).find_map(|id| match tree.node(id) {
        AnyNodeRef::StmtFunctionDef(function)
            if function.name.starts_with("test_") || is_fixture(function, file) =>
        {
            Some(refusal().evidence(function.name.range(), "the test"))
        }
        AnyNodeRef::StmtClassDef(class)
            if class
                .bases()
                .iter()
                .any(|base| file.text(base.range()).ends_with("TestCase")) =>
        {
            Some(refusal().evidence(class.name.range(), "the test case"))
        }
        _ => None,
    })
}

fn is_fixture(function: &ast::StmtFunctionDef, file: &FileView<'_>) -> bool {
    function.decorator_list.iter().any(|decorator| {
        let expr = match &decorator.expression {
            ast::Expr::Call(call) => &*call.func,
            other => other,
        };
        file.resolves_to(expr, "pytest.fixture")
    })
}

fn library(what: &str, evidence: Option<(crate::syntax::TextRange, &str)>) -> Refusal {
    let refusal = Refusal::new(
        "run-until-complete-in-library",
        format!("The code {what} may run more than once, or beside other uses of the loop; with `asyncio.run` every call would get a loop of its own."),
    )
    .remedy("Make the function a coroutine and call `asyncio.run` once, where the program starts.");
    match evidence {
        Some((range, words)) => refusal.evidence(range, words.to_owned()),
        None => refusal,
    }
}

/// Module-level code, or a function that only such code calls, once, outside of any loop.
fn reached_once(scope: ScopeId, file: &FileView<'_>, depth: usize) -> Result<(), Refusal> {
    let tree = file.tree;
    if scope == ScopeId::MODULE {
        return Ok(());
    }
    let definition = tree.scope(scope).node;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(definition) else {
        return Err(library("in a `lambda`", None));
    };
    let what = format!("in `{}`", function.name);
    let name = function.name.as_str();
    let here = (function.name.range(), "the function");
    let home = tree.scope_of(definition);
    if home != ScopeId::MODULE || depth == 0 || tree.bindings(home, name).len() != 1 {
        return Err(library(&what, Some(here)));
    }
    if tree.parent(definition) != NodeId::MODULE {
        return Err(library(&what, Some(here)));
    }
    if let Some(decorator) = function
        .decorator_list
        .iter()
        .find(|decorator| !calls_once(&decorator.expression, file))
    {
        return Err(library(&what, Some((decorator.range, "the decorator"))));
    }
    let is_generator = tree.descendants(definition).any(|id| {
        matches!(
            tree.node(id),
            AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
        ) && file.function_scope(id) == scope
    });
    if is_generator {
        return Err(library(&what, Some(here)));
    }
    if named_in_all(name, file) {
        return Err(library(
            &what,
            Some((function.name.range(), "in `__all__`")),
        ));
    }
    let uses = tree.occurrences(ScopeId::MODULE, name);
    let [only] = uses[..] else {
        return Err(match uses.get(1) {
            Some(second) => library(&what, Some((tree.node(*second).range(), "another use"))),
            None => library(
                &what,
                Some((function.name.range(), "called from elsewhere")),
            ),
        });
    };
    let evidence = tree.node(only).range();
    let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(only)) else {
        return Err(library(&what, Some((evidence, "used as a value"))));
    };
    if !AnyNodeRef::from(&*call.func).ptr_eq(tree.node(only)) {
        return Err(library(&what, Some((evidence, "used as a value"))));
    }
    if file.in_coroutine(only) {
        return Err(library(&what, Some((evidence, "called in a coroutine"))));
    }
    let from = file.function_scope(only);
    if repeats(only, from, file) {
        return Err(library(&what, Some((evidence, "called in a loop"))));
    }
    reached_once(from, file, depth - 1)
}

/// `click.command()` and the like call the function once, when the program starts.
fn calls_once(decorator: &ast::Expr, file: &FileView<'_>) -> bool {
    let expr = match decorator {
        ast::Expr::Call(call) => &*call.func,
        other => other,
    };
    file.tree
        .qualified_name(expr)
        .is_some_and(|name| name.starts_with("click.") || name.starts_with("typer."))
}

/// Whether a node is evaluated more than once in one run of its function.
pub(super) fn repeats(id: NodeId, scope: ScopeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let home = tree.scope(scope).node;
    let mut below = id;
    for above in tree.ancestors(id) {
        if above == home {
            return false;
        }
        let here = tree.node(below);
        match tree.node(above) {
            AnyNodeRef::StmtFor(for_) if !AnyNodeRef::from(&*for_.iter).ptr_eq(here) => {
                return !for_.orelse.iter().any(|stmt| tree.id(stmt) == below);
            }
            AnyNodeRef::StmtWhile(_)
            | AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprDictComp(_)
            | AnyNodeRef::ExprGenerator(_) => return true,
            _ => {}
        }
        below = above;
    }
    false
}

fn named_in_all(name: &str, file: &FileView<'_>) -> bool {
    file.tree
        .bindings(ScopeId::MODULE, "__all__")
        .iter()
        .any(|binding| {
            let statement = file.tree.enclosing_statement(binding.node);
            file.tree.descendants(statement).any(|id| {
                matches!(file.tree.node(id), AnyNodeRef::StringLiteral(literal) if &*literal.value == name)
            })
        })
}
