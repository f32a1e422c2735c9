//! Tests move with the code they call: test functions, fixtures and test cases become asynchronous,
//! and mocks give what the functions they stand for give.

mod answers;
mod cases;
mod expected;
mod mocks;
mod raises;
mod runner;

use super::lift::draft::Draft;
use super::lift::{self, Kind, Lift, Lifted, Wall};
use crate::options::AsyncTests;
use crate::syntax::{AnyNodeRef, NodeId, PythonVersion, Ranged, ScopeId, Tree, ast};
use std::path::Path;

pub(super) use mocks::is_mock;
pub(super) use raises::{around_handed, around_lambda};

/// A file of tests, and what became asynchronous.
#[derive(Clone, Copy)]
pub struct TestFile<'a> {
    /// The `def` statements that become `async def`: tests, fixtures and helpers that call, directly
    /// or not, what became asynchronous.
    pub functions: &'a [NodeId],
    /// The calls that are awaited, as in [`Lift::calls`].
    pub calls: &'a [NodeId],
    /// As in [`Lift::kinds`].
    pub kinds: &'a [(NodeId, Kind)],
    /// What runs asynchronous tests in this project.
    pub runner: AsyncTests,
    /// What calls of the function with a dotted name (`package.module.function`, as a patch writes
    /// it) give, when it became asynchronous.
    pub function: &'a dyn Fn(&str) -> Option<Kind>,
    /// The same for an attribute of an object.
    pub method: &'a dyn Fn(NodeId, &str) -> Option<Kind>,
    /// The packages that functions called and call no more once they are asynchronous, such as
    /// `requests`.
    pub gone: &'a [&'a str],
    /// Whether what answers requests in their stead may be replaced by `respx`.
    pub answers: bool,
}

/// Writes the edits for a file of tests, or names every place where they cannot be made.
pub fn move_tests(
    tree: &Tree<'_>,
    target: PythonVersion,
    file: &TestFile<'_>,
) -> Result<Lifted, Vec<Wall>> {
    let what = Lift {
        functions: file.functions,
        calls: file.calls,
        kinds: file.kinds,
        bridges: &[],
        // Nobody catches what leaves a test.
        twin_calls: &[],
        threads: &[],
        exports: &[],
        names_stop_iteration: false,
    };
    let mut draft = Draft::new(tree, target, &what);
    raises::raises(&mut draft, file);
    lift::fill(&mut draft);
    for function in file.functions {
        if let Err(wall) = function_of_tests(&mut draft, file, *function) {
            draft.wall(wall);
        }
    }
    cases::rename_calls(&mut draft, file.calls);
    mocks::mocks(&mut draft, file);
    answers::answers(&mut draft, file);
    draft.finish()
}

/// What runs a function depends on where it is and how it is marked.
fn function_of_tests(
    draft: &mut Draft<'_, '_>,
    file: &TestFile<'_>,
    id: NodeId,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return Ok(());
    };
    let class = match tree.node(tree.parent(id)) {
        AnyNodeRef::StmtClassDef(class) => Some(class),
        _ => None,
    };
    if let Some(fixture) = runner::fixture(tree, function) {
        if class.is_some_and(|class| cases::case(tree, class).is_some()) {
            return Err(Wall::new(
                id,
                "unknown-test-base",
                "Plugins do not run asynchronous fixtures in the test cases of `unittest`.",
            )
            .remedy("Do it in `setUp`."));
        }
        return runner::move_fixture(draft, file, id, function, fixture);
    }
    if let Some(class) = class
        && let Some(case) = cases::case(tree, class)
    {
        return cases::move_method(draft, id, function, &case);
    }
    let is_test = function.name.starts_with("test")
        && class.is_none_or(|class| class.name.starts_with("Test"));
    let setup = is_setup(&function.name);
    if setup {
        return Err(Wall::new(
            id,
            "test-setup",
            "What runs the tests calls this function by its name, and does not wait for it.",
        )
        .remedy("Write it as an `autouse` fixture."));
    }
    if is_test {
        return runner::move_test(draft, file, id, function, class);
    }
    if function.name.starts_with("test") {
        return Err(Wall::new(
            id,
            "unknown-test-base",
            "What runs the tests of this class is not known.",
        )
        .remedy("Give the class a name that starts with `Test`, or derive it from a test case."));
    }
    Ok(())
}

/// Whether what runs the tests calls functions of this name before or after tests.
fn is_setup(name: &str) -> bool {
    matches!(
        name,
        "setup_method"
            | "teardown_method"
            | "setup_class"
            | "teardown_class"
            | "setup_module"
            | "teardown_module"
            | "setup_function"
            | "teardown_function"
            | "setUpModule"
            | "tearDownModule"
    )
}

/// Whether a file is test code: by its name, or because of a test case in it.
pub fn is_test_code(path: &Path, tree: &Tree<'_>) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    let by_name = path.extension().is_some_and(|extension| extension == "py")
        && name.is_some_and(|name| {
            name == "conftest" || name.ends_with("_test") || name.starts_with("test_")
        });
    by_name
        || tree.module.ast().body.iter().any(|stmt| {
            matches!(stmt, ast::Stmt::ClassDef(class)
                if matches!(cases::case(tree, class), Some(cases::Case::Plain(_) | cases::Case::Isolated | cases::Case::Django)))
        })
}

/// Whether a function of a file of tests is called by what runs them, and where it is looked for:
/// at module level, or in a class there.
pub(super) fn is_run(tree: &Tree<'_>, id: NodeId) -> bool {
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return false;
    };
    let scope = tree.scope(tree.scope_of(id));
    let in_class = matches!(tree.node(scope.node), AnyNodeRef::StmtClassDef(_))
        && scope.parent == ScopeId::MODULE;
    let at_top = tree.scope_of(id) == ScopeId::MODULE;
    let name = function.name.as_str();
    (at_top || in_class)
        && (name.starts_with("test")
            || is_setup(name)
            || matches!(name, "setUp" | "tearDown" | "setUpClass" | "tearDownClass") && in_class
            || runner::fixture(tree, function).is_some())
}

/// Whether a function is a fixture.
pub fn is_fixture(tree: &Tree<'_>, id: NodeId) -> bool {
    matches!(tree.node(id), AnyNodeRef::StmtFunctionDef(function)
        if runner::fixture(tree, function).is_some())
}

/// Whether a decorator of a test or a fixture is content with a coroutine function.
pub(super) fn takes_coroutines(tree: &Tree<'_>, decorator: &ast::Decorator) -> bool {
    let name = decorator_name(tree, decorator).unwrap_or_default();
    let patches = ["unittest.mock.", "mock."].iter().any(|module| {
        let rest = name.strip_prefix(module);
        matches!(
            rest,
            Some("patch" | "patch.object" | "patch.dict" | "patch.multiple")
        )
    });
    patches
        || name.starts_with("pytest.mark.") && name != "pytest.mark.django_db"
        || name.starts_with("unittest.skip")
        || matches!(
            name.as_str(),
            "unittest.expectedFailure"
                | "pytest.fixture"
                | "pytest.yield_fixture"
                | "pytest_asyncio.fixture"
                | "responses.activate"
        )
}

/// Whether a class from outside that is a base of a test case calls no plain method of this name,
/// or would await it.
pub(super) fn leaves_alone(base: &str, name: &str) -> bool {
    const OWN: &[&str] = &[
        "addCleanup",
        "addClassCleanup",
        "addAsyncCleanup",
        "addTypeEqualityFunc",
        "countTestCases",
        "debug",
        "defaultTestResult",
        "doCleanups",
        "doClassCleanups",
        "enterContext",
        "enterClassContext",
        "enterAsyncContext",
        "fail",
        "id",
        "run",
        "runTest",
        "setUpClass",
        "tearDownClass",
        "asyncSetUp",
        "asyncTearDown",
        "shortDescription",
        "skipTest",
        "subTest",
    ];
    matches!(
        base,
        "unittest.TestCase" | "unittest.case.TestCase" | "unittest.IsolatedAsyncioTestCase"
    ) && !OWN.contains(&name)
        && !name.starts_with("assert")
        && !name.starts_with('_')
}

/// The dotted name of a decorator, whether it is called or not.
fn decorator_name(tree: &Tree<'_>, decorator: &ast::Decorator) -> Option<String> {
    match &decorator.expression {
        ast::Expr::Call(call) => tree.qualified_name(&call.func),
        other => tree.qualified_name(other),
    }
}

/// The offset and the indentation of the line on which a definition starts, decorators included.
fn first_line<'a>(
    tree: &Tree<'a>,
    function: &ast::StmtFunctionDef,
) -> (crate::syntax::TextSize, &'a str) {
    let at = function.decorator_list.first().map_or_else(
        || lift::definitions::def_keyword(tree, function),
        Ranged::start,
    );
    (at, tree.indentation(at))
}
