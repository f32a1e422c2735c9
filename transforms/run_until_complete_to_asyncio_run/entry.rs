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
    let root = file.project.root.as_deref();
    let below = root.and_then(|root| file.path.strip_prefix(root).ok());
    let in_folder = below
        .unwrap_or(file.path)
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
    if repeats(only, from, None, file) {
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

/// Whether a node is evaluated more than once in one run of its function. Where each round of a
/// loop makes an event loop of its own, at `made`, the round is what counts.
pub(super) fn repeats(
    id: NodeId,
    scope: ScopeId,
    made: Option<NodeId>,
    file: &FileView<'_>,
) -> bool {
    repeating(id, scope, file)
        .into_iter()
        .any(|above| !made.is_some_and(|made| file.tree.is_within(made, above)))
}

/// The loops and comprehensions of a function that evaluate a node again and again, from the
/// inside out.
pub(super) fn repeating(id: NodeId, scope: ScopeId, file: &FileView<'_>) -> Vec<NodeId> {
    let tree = file.tree;
    let home = tree.scope(scope).node;
    let mut found = Vec::new();
    let mut below = id;
    for above in tree.ancestors(id) {
        if above == home {
            break;
        }
        let here = tree.node(below);
        match tree.node(above) {
            AnyNodeRef::StmtFor(for_)
                if !AnyNodeRef::from(&*for_.iter).ptr_eq(here)
                    && !for_.orelse.iter().any(|stmt| tree.id(stmt) == below) =>
            {
                found.push(above);
            }
            AnyNodeRef::StmtWhile(_)
            | AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprDictComp(_)
            | AnyNodeRef::ExprGenerator(_) => found.push(above),
            _ => {}
        }
        below = above;
    }
    found
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

/// Refuses a run that another file of the project, or its manifest, can start as well: a function
/// that is imported, or a module whose import runs the loop.
pub(super) fn used_elsewhere(site: NodeId, file: &FileView<'_>) -> Result<(), Refusal> {
    let tree = file.tree;
    let Some(module) = file.path.file_stem().and_then(|stem| stem.to_str()) else {
        return Ok(());
    };
    let function = file
        .enclosing_function(site)
        .and_then(|function| file.function(function));
    let name = match function {
        Some(function) => function.name.as_str(),
        None if below_guard(site, file) => return Ok(()),
        None => "",
    };
    let here = file.project.sources.absolute(file.path);
    let mut place = file.project.import_lines().iter().find_map(|import| {
        let mentions = || {
            let text = file.project.sources.text(&import.path).unwrap_or_default();
            text.contains(&format!("{module}.{name}"))
        };
        (file.project.sources.absolute(&import.path) != here
            && imports(&import.line, module, name, &mentions))
        .then(|| import.path.display().to_string())
    });
    if let Some(root) = &file.project.root
        && !name.is_empty()
    {
        let script = format!("{module}:{name}");
        for manifest in ["pyproject.toml", "setup.cfg", "setup.py"] {
            let text = file.project.sources.text(&root.join(manifest));
            if text.is_some_and(|text| text.contains(&script)) {
                place = place.or_else(|| Some(manifest.to_owned()));
            }
        }
    }
    let Some(place) = place else {
        return Ok(());
    };
    let what = if name.is_empty() {
        "at the top of this module".to_owned()
    } else {
        format!("in `{name}`")
    };
    let range = function.map_or(tree.node(site).range(), |function| function.name.range());
    Err(
        library(&what, Some((range, "used elsewhere"))).remedy(format!(
            "`{place}` uses it too; call `asyncio.run` only where the program starts."
        )),
    )
}

/// Whether a node stands below `if __name__ == "__main__":`.
fn below_guard(site: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    tree.ancestors(site).any(|id| match tree.node(id) {
        AnyNodeRef::StmtIf(branch) => {
            let test = file.text(branch.test.range());
            test.contains("__name__") && test.contains("__main__")
        }
        _ => false,
    })
}

/// Whether an import line imports a name of a module, or the module itself when the name is empty;
/// `mentions` says whether the file names the function through the module.
fn imports(line: &str, module: &str, name: &str, mentions: &dyn Fn() -> bool) -> bool {
    if !line.contains(module) {
        return false;
    }
    let has = |text: &str, word: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|part| part == word)
    };
    if let Some(rest) = line.strip_prefix("import ") {
        return has(rest, module) && (name.is_empty() || mentions());
    }
    let Some((from, names)) = line
        .strip_prefix("from ")
        .and_then(|rest| rest.split_once(" import"))
    else {
        return false;
    };
    let of_module = from.trim().rsplit('.').next() == Some(module);
    let is_module = has(names, module);
    if name.is_empty() {
        return of_module || is_module;
    }
    // The names of a list in parentheses stand on later lines.
    (of_module && (has(names, name) || names.contains(['*', '(']))) || (is_module && mentions())
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn an_import_of_the_function_is_found() {
        let found = |line| imports(line, "cli", "main", &|| false);
        assert!(found("from app.cli import main"));
        assert!(found("from .cli import setup, main as run"));
        assert!(found("from cli import *"));
        assert!(found("from cli import ("));
        assert!(!found("from cli import setup"));
        assert!(!found("from client import main"));
        assert!(!found("import cli"));
    }

    #[test]
    fn an_import_of_the_module_counts_when_the_function_is_named() {
        assert!(imports("import app.cli", "cli", "main", &|| true));
        assert!(imports("from . import cli", "cli", "main", &|| true));
        assert!(!imports("from . import client", "cli", "main", &|| true));
    }

    #[test]
    fn every_import_of_a_module_that_runs_at_its_top_counts() {
        assert!(imports("import app.cli", "cli", "", &|| false));
        assert!(imports("from app.cli import VERSION", "cli", "", &|| false));
    }
}
