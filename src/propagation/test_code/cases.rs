//! `unittest.TestCase` becomes `IsolatedAsyncioTestCase`.

use super::super::lift::Wall;
use super::super::lift::draft::Draft;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, Tree, ast};

/// What makes a class a test case.
pub(super) enum Case<'a> {
    /// The base class, here or in a class of the file that it is derived from, is
    /// `unittest.TestCase`.
    Plain(&'a ast::Expr),
    /// It is a test case that runs asynchronous methods.
    Isolated,
    /// It is a test case of Django, whose database is for plain code.
    Django,
    /// It seems to be a test case, of which nothing is known.
    Unknown(NodeId),
}

/// What kind of test case a class is.
pub(super) fn case<'a>(tree: &Tree<'a>, class: &'a ast::StmtClassDef) -> Option<Case<'a>> {
    let mut class = class;
    for _ in 0..16 {
        let [base] = class.bases() else {
            let plain = class.bases().iter().all(|base| is_plain(tree, base, 0));
            return (!plain).then(|| Case::Unknown(tree.id(class)));
        };
        match tree.qualified_name(base).as_deref() {
            Some("unittest.TestCase" | "unittest.case.TestCase") => return Some(Case::Plain(base)),
            Some("unittest.IsolatedAsyncioTestCase") => return Some(Case::Isolated),
            Some(
                "django.test.TestCase"
                | "django.test.SimpleTestCase"
                | "django.test.TransactionTestCase",
            ) => return Some(Case::Django),
            Some("object") => return None,
            Some(_) => return Some(Case::Unknown(tree.id(class))),
            None => {}
        }
        let Some(next) = local(tree, base) else {
            return Some(Case::Unknown(tree.id(class)));
        };
        class = next;
    }
    Some(Case::Unknown(tree.id(class)))
}

/// The class of the file that a base is, when it has one definition.
fn local<'a>(tree: &Tree<'a>, base: &ast::Expr) -> Option<&'a ast::StmtClassDef> {
    let ast::Expr::Name(name) = base else {
        return None;
    };
    let [binding] = tree.bindings(ScopeId::MODULE, &name.id) else {
        return None;
    };
    match tree.node(binding.node) {
        AnyNodeRef::StmtClassDef(class) => Some(class),
        _ => None,
    }
}

/// Whether a base is a class of the file that is no test case.
fn is_plain(tree: &Tree<'_>, base: &ast::Expr, depth: usize) -> bool {
    tree.qualified_name(base).as_deref() == Some("object")
        || depth < 16
            && local(tree, base).is_some_and(|class| {
                let bases = class.bases();
                bases.iter().all(|base| is_plain(tree, base, depth + 1))
            })
}

/// Makes a method of a test case asynchronous.
pub(super) fn move_method(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
    case: &Case<'_>,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let name = function.name.as_str();
    if matches!(name, "setUpClass" | "tearDownClass") {
        return Err(Wall::new(
            id,
            "test-setup",
            "What runs the tests calls this method by its name, and does not wait for it.",
        )
        .remedy("Do it for each test, in `setUp` or `tearDown`."));
    }
    let fixture = asynchronous(name);
    match case {
        Case::Isolated => {}
        Case::Django => {
            return Err(Wall::new(
                id,
                "django-test-case",
                "The database and the client of Django's test cases cannot be used in asynchronous tests as they are.",
            )
            .remedy("Write the test as a coroutine function by hand."));
        }
        Case::Plain(base) => {
            if draft.settle(tree.id(*base)) {
                let new = draft.import(tree.id(*base), "unittest.IsolatedAsyncioTestCase")?;
                draft.replace(base.range(), new);
            }
        }
        // A class of which only the tests that call this one would have to be known.
        Case::Unknown(_) if !name.starts_with("test") && fixture.is_none() => {}
        Case::Unknown(class) => {
            return Err(Wall::new(
                *class,
                "unknown-test-base",
                "Whether the base classes of this test case run asynchronous tests is not known, and without that the test would pass without running.",
            )
            .remedy("Derive it from `unittest.IsolatedAsyncioTestCase`."));
        }
    }
    if let Some(new) = fixture {
        inherited(draft, id, name)?;
        draft.replace(function.name.range(), new);
    }
    Ok(())
}

/// The test framework runs `setUp` and `asyncSetUp` one after the other: where classes of the file
/// override each other, all of them must move.
fn inherited(draft: &Draft<'_, '_>, id: NodeId, name: &str) -> Result<(), Wall> {
    let tree = draft.tree;
    let class = tree.parent(id);
    let stays = tree.ids().any(|other| {
        let related = other != class
            && matches!(tree.node(other), AnyNodeRef::StmtClassDef(_))
            && (bases(tree, other).contains(&class) || bases(tree, class).contains(&other));
        let AnyNodeRef::StmtClassDef(definition) = tree.node(other) else {
            return false;
        };
        related
            && definition.body.iter().any(|stmt| {
                matches!(stmt, ast::Stmt::FunctionDef(method)
                    if method.name.as_str() == name && !draft.is_async(tree.id(method)))
            })
    });
    if stays {
        return Err(Wall::new(
            id,
            "test-setup",
            format!("Another class of this file has a `{name}` that stays a plain method, and both would run."),
        )
        .remedy(format!("Keep what waits out of `{name}`.")));
    }
    Ok(())
}

/// The classes of the file that a class is derived from.
fn bases(tree: &Tree<'_>, class: NodeId) -> Vec<NodeId> {
    let mut found = vec![class];
    let mut at = 0;
    while at < found.len() && at < 64 {
        if let AnyNodeRef::StmtClassDef(definition) = tree.node(found[at]) {
            for base in definition.bases() {
                let ast::Expr::Name(name) = base else {
                    continue;
                };
                for binding in tree.bindings(ScopeId::MODULE, &name.id) {
                    let is_class = matches!(tree.node(binding.node), AnyNodeRef::StmtClassDef(_));
                    if is_class && !found.contains(&binding.node) {
                        found.push(binding.node);
                    }
                }
            }
        }
        at += 1;
    }
    found.remove(0);
    found
}

/// A call of a `setUp` that moved.
pub(super) fn rename_calls(draft: &mut Draft<'_, '_>, calls: &[NodeId]) {
    let tree = draft.tree;
    for call in calls {
        let AnyNodeRef::ExprCall(call) = tree.node(*call) else {
            continue;
        };
        if let ast::Expr::Attribute(method) = &*call.func
            && let Some(new) = asynchronous(&method.attr)
        {
            draft.replace(method.attr.range(), new);
        }
    }
}

/// The name under which a test case has its fixtures as coroutine functions.
fn asynchronous(name: &str) -> Option<&'static str> {
    match name {
        "setUp" => Some("asyncSetUp"),
        "tearDown" => Some("asyncTearDown"),
        _ => None,
    }
}

/// Whether a function is a method of a test case.
pub(super) fn in_case(tree: &Tree<'_>, function: NodeId) -> bool {
    matches!(tree.node(tree.parent(function)), AnyNodeRef::StmtClassDef(class)
        if case(tree, class).is_some())
}
