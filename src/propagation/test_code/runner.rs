//! What runs asynchronous tests: a plugin of `pytest`.

use super::super::lift::Wall;
use super::super::lift::draft::Draft;
use super::{TestFile, decorator_name, first_line};
use crate::options::AsyncTests;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, Tree, ast};

/// The decorator that makes a function a fixture.
pub(super) fn fixture<'a>(
    tree: &Tree<'a>,
    function: &'a ast::StmtFunctionDef,
) -> Option<&'a ast::Decorator> {
    function.decorator_list.iter().find(|decorator| {
        matches!(
            decorator_name(tree, decorator).as_deref(),
            Some("pytest.fixture" | "pytest.yield_fixture" | "pytest_asyncio.fixture")
        )
    })
}

fn no_plugin(id: NodeId) -> Wall {
    Wall::new(
        id,
        "no-async-test-plugin",
        "The project declares no plugin that runs asynchronous tests, and without one this test would not run.",
    )
    .remedy("Add `pytest-asyncio` to the packages for development.")
}

fn no_backend(id: NodeId) -> Wall {
    Wall::new(
        id,
        "anyio-backend",
        "Without a fixture `anyio_backend` each test would run once for every event loop that is installed.",
    )
    .remedy("Define a fixture `anyio_backend` that returns `\"asyncio\"`.")
}

/// Marks a test for the plugin.
pub(super) fn move_test(
    draft: &mut Draft<'_, '_>,
    file: &TestFile<'_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
    class: Option<&ast::StmtClassDef>,
) -> Result<(), Wall> {
    check_decorators(draft, function)?;
    let mark = match file.runner {
        AsyncTests::None => return Err(no_plugin(id)),
        AsyncTests::Auto => return Ok(()),
        AsyncTests::Strict => "asyncio",
        AsyncTests::Anyio { has_backend: false } => return Err(no_backend(id)),
        AsyncTests::Anyio { has_backend: true } => "anyio",
    };
    let tree = draft.tree;
    let dotted = format!("pytest.mark.{mark}");
    let marked = function
        .decorator_list
        .iter()
        .chain(class.into_iter().flat_map(|class| &class.decorator_list))
        .any(|decorator| decorator_name(tree, decorator).as_deref() == Some(&*dotted));
    if marked || class.is_some_and(|class| marks(tree, &class.body, &dotted)) {
        return Ok(());
    }
    if marks(tree, &tree.module.ast().body, &dotted) {
        return Ok(());
    }
    let pytest = draft.import(id, "pytest.mark")?;
    let (at, indent) = first_line(tree, function);
    let newline = tree.newline();
    let parent = tree.parent(id);
    draft.open(at, parent, format!("@{pytest}.{mark}{newline}{indent}"));
    Ok(())
}

/// Whether a `pytestmark` among statements has a mark.
fn marks(tree: &Tree<'_>, body: &[ast::Stmt], dotted: &str) -> bool {
    body.iter().any(|stmt| {
        let ast::Stmt::Assign(assign) = stmt else {
            return false;
        };
        let is_marks = assign.targets.iter().any(
            |target| matches!(target, ast::Expr::Name(name) if name.id.as_str() == "pytestmark"),
        );
        is_marks
            && tree.descendants(tree.id(assign)).any(|below| {
                let node = tree.node(below);
                let AnyNodeRef::ExprAttribute(attribute) = node else {
                    return false;
                };
                let parts: Vec<&str> = tree.slice(attribute.range()).split('.').collect();
                parts.join(".") == dotted
            })
    })
}

/// Decorators of a test that are known to take asynchronous functions as well.
fn check_decorators(draft: &Draft<'_, '_>, function: &ast::StmtFunctionDef) -> Result<(), Wall> {
    let tree = draft.tree;
    for decorator in &function.decorator_list {
        let name = decorator_name(tree, decorator).unwrap_or_default();
        let known = name.starts_with("pytest.mark.")
            || name.starts_with("unittest.mock.patch")
            || name.starts_with("mock.patch")
            || name.starts_with("unittest.skip")
            || name.starts_with("hypothesis.")
            || matches!(
                name.as_str(),
                "unittest.expectedFailure"
                    | "freezegun.freeze_time"
                    | "time_machine.travel"
                    | "responses.activate"
            );
        if !known {
            return Err(Wall::new(
                tree.id(decorator),
                "test-decorator",
                "This decorator may not know asynchronous tests.",
            )
            .remedy("Do in the test, or in a fixture, what the decorator does."));
        }
    }
    Ok(())
}

/// Makes a fixture known to the plugin.
pub(super) fn move_fixture(
    draft: &mut Draft<'_, '_>,
    file: &TestFile<'_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
    decorator: &ast::Decorator,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let call = match &decorator.expression {
        ast::Expr::Call(call) => Some(call),
        _ => None,
    };
    let scope = call.and_then(|call| call.arguments.find_keyword("scope"));
    let wide = scope.is_some_and(|scope| {
        !matches!(&scope.value, ast::Expr::StringLiteral(text) if text.value.to_str() == "function")
    });
    if wide || call.is_some_and(|call| !call.arguments.args.is_empty()) {
        return Err(Wall::new(
            id,
            "fixture-scope",
            "This fixture lives longer than one test, and each test has an event loop of its own.",
        )
        .remedy("Make the fixture for each test, or give the tests one event loop by hand."));
    }
    match file.runner {
        AsyncTests::None => Err(no_plugin(id)),
        AsyncTests::Auto => Ok(()),
        AsyncTests::Anyio { has_backend: false } => Err(no_backend(id)),
        AsyncTests::Anyio { has_backend: true } => check_users(draft, file, function),
        AsyncTests::Strict => {
            let name = decorator_name(tree, decorator).unwrap_or_default();
            if name == "pytest_asyncio.fixture" {
                return Ok(());
            }
            let callee = call.map_or(&decorator.expression, |call| &*call.func);
            let range = callee.range();
            let fixture = draft.import(id, "pytest_asyncio.fixture")?;
            draft.replace(range, fixture);
            Ok(())
        }
    }
}

/// The plugin of `anyio` gives asynchronous fixtures to asynchronous tests only.
fn check_users(
    draft: &Draft<'_, '_>,
    file: &TestFile<'_>,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let user = tree.ids().find(|other| {
        let AnyNodeRef::StmtFunctionDef(definition) = tree.node(*other) else {
            return false;
        };
        !definition.is_async
            && !file.functions.contains(other)
            && definition
                .parameters
                .iter()
                .any(|parameter| parameter.name().as_str() == function.name.as_str())
    });
    match user {
        None => Ok(()),
        Some(user) => Err(Wall::new(
            user,
            "fixture-of-a-plain-test",
            format!(
                "This function gets the fixture `{}`, which becomes asynchronous, and does not wait for anything itself.",
                function.name
            ),
        )
        .remedy(format!(
            "Write the function as `async def`, or take `{}` out of its parameters.",
            function.name
        ))),
    }
}
