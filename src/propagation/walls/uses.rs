//! What keeps a function plain by how its name is used where it is not called.

use crate::index::{Certainty, Role, Use};
use crate::propagation::outline::Obstacle;
use crate::propagation::passing;
use crate::propagation::test_code;
use crate::syntax::{AnyNodeRef, Module, NodeId, PythonVersion, Ranged, TextRange, Tree, ast};

/// Whether a use in test code puts a mock in the place of the function, or asks that mock.
pub(in crate::propagation) fn is_mock(
    text: &dyn Fn() -> String,
    target: PythonVersion,
    found: &Use,
) -> bool {
    if !matches!(found.role, Role::String | Role::Store | Role::Value) {
        return false;
    }
    let text = text();
    let Ok(module) = Module::parse(&text, target) else {
        return false;
    };
    let tree = Tree::new(&module);
    tree.starting_in(found.range)
        .find(|id| tree.node(*id).range() == found.range)
        .is_some_and(|id| test_code::is_mock(&tree, id))
}

/// Why a use that is no call of the function keeps it plain; `None` for a harmless one.
pub(in crate::propagation) fn of_use(
    text: &dyn Fn() -> String,
    target: PythonVersion,
    found: &Use,
) -> Option<Obstacle> {
    let at = found.range;
    let obstacle = |reason, message: &str| Obstacle::new(reason, at, message);
    if matches!(found.role, Role::Call { .. } | Role::Super { .. }) {
        return Some(if found.certainty == Certainty::Unknown {
            obstacle(
                "unknown-receiver",
                "a method of this name is called on an object of unknown type, which may be this one",
            )
            .remedy("Annotate the variable with its class.")
        } else {
            obstacle(
                "awaited-already",
                "its result is awaited here already, so it is no plain value",
            )
        });
    }
    if found.certainty == Certainty::Unknown {
        return Some(
            obstacle(
                "unknown-receiver",
                "an attribute of this name is used on an object of unknown type, which may be this one",
            )
            .remedy("Annotate the variable with its class."),
        );
    }
    match found.role {
        Role::Decorator => {
            return Some(obstacle(
                "used-as-decorator",
                "it is used as a decorator, which is called without being awaited",
            ));
        }
        Role::Store => {
            return Some(obstacle(
                "replaced-at-run-time",
                "something else is put in its place here, which would not be a coroutine function",
            ));
        }
        Role::Stub => {
            return Some(
                obstacle("stub-file", "a `.pyi` file declares it as a plain function")
                    .remedy("Declare it with `async def` there."),
            );
        }
        Role::Property { .. } => {
            return Some(obstacle(
                "property",
                "it is read as an attribute, which cannot be awaited",
            ));
        }
        _ => {}
    }
    let text = text();
    let Ok(module) = Module::parse(&text, target) else {
        return Some(value(at));
    };
    let tree = Tree::new(&module);
    let id = tree
        .starting_in(TextRange::new(at.start(), at.end()))
        .find(|id| tree.node(*id).range() == at);
    let Some(id) = id else {
        return Some(value(at));
    };
    if found.role == Role::String {
        return of_string(&tree, id, at);
    }
    if passing::is_looked_at(&tree, id) {
        return None;
    }
    Some(of_value(&tree, id, at))
}

fn value(at: TextRange) -> Obstacle {
    Obstacle::new(
        "used-as-value",
        at,
        "it is handed on here, and whoever calls it then would get a coroutine",
    )
    .remedy("Call it directly.")
}

/// A string that names the function.
fn of_string(tree: &Tree<'_>, id: NodeId, at: TextRange) -> Option<Obstacle> {
    let in_all = tree.ancestors(id).any(|above| match tree.node(above) {
        AnyNodeRef::StmtAssign(assign) => assign.targets.iter().any(is_all),
        AnyNodeRef::StmtAugAssign(assign) => is_all(&assign.target),
        AnyNodeRef::StmtAnnAssign(assign) => is_all(&assign.target),
        AnyNodeRef::ExprCall(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if is_all(&method.value))
        }
        _ => false,
    });
    if in_all {
        return None;
    }
    let callee = tree.ancestors(id).find_map(|above| match tree.node(above) {
        AnyNodeRef::ExprCall(call) => Some(tree.slice(call.func.range())),
        _ => None,
    });
    if callee == Some("hasattr") {
        // It only asks whether there is one.
        return None;
    }
    let patches = callee.is_some_and(|callee| {
        callee.contains("patch") || callee.ends_with("setattr") || callee.ends_with("replace")
    });
    Some(if patches {
        Obstacle::new(
            "patched-by-test",
            at,
            "a test replaces it by something that is not a coroutine function",
        )
        .remedy("Let the test use `AsyncMock`.")
    } else {
        Obstacle::new(
            "named-in-string",
            at,
            "it is found by the text of its name here, and nobody knows how it is called",
        )
        .remedy("Name the function itself.")
    })
}

fn is_all(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "__all__")
}

/// What kind of value a function is handed on as.
fn of_value(tree: &Tree<'_>, id: NodeId, at: TextRange) -> Obstacle {
    let parent = tree.parent(id);
    let (keyword, call) = match tree.node(parent) {
        AnyNodeRef::Keyword(keyword) => (
            keyword.arg.as_deref(),
            tree.ancestors(parent)
                .find_map(|above| match tree.node(above) {
                    AnyNodeRef::ExprCall(call) => Some(call),
                    _ => None,
                }),
        ),
        AnyNodeRef::Arguments(_) => match tree.node(tree.parent(parent)) {
            AnyNodeRef::ExprCall(call) => (None, Some(call)),
            _ => (None, None),
        },
        _ => (None, None),
    };
    let Some(call) = call else {
        return value(at);
    };
    let dotted = tree
        .qualified_name(&call.func)
        .unwrap_or_else(|| tree.slice(call.func.range()).to_owned());
    let last = dotted.rsplit('.').next().unwrap_or_default();
    let (reason, message, remedy) = match (last, keyword) {
        ("Thread" | "Process" | "Timer", _) => (
            "thread-target",
            format!("`{last}` would call it in a thread or process and never await it"),
            "Start it in a task of its own, by hand.",
        ),
        (
            "submit" | "map" | "imap" | "imap_unordered" | "starmap" | "apply_async"
            | "run_in_executor" | "to_thread",
            _,
        ) => (
            "executor",
            format!("`{dotted}` would call it somewhere else and never await it"),
            "Run the coroutines with `asyncio.gather()`, by hand.",
        ),
        (_, Some("key")) => (
            "sort-key",
            format!("`{last}` calls it and compares what comes back"),
            "Compute the keys first.",
        ),
        (
            "partial" | "partialmethod" | "reduce" | "cmp_to_key" | "lru_cache" | "cache" | "wraps"
            | "update_wrapper" | "singledispatch",
            _,
        ) if dotted.starts_with("functools") || dotted == last => (
            "functools-value",
            format!("`{dotted}` hands it on, and whoever calls it then would get a coroutine"),
            "Call it directly.",
        ),
        ("set_defaults", _) => (
            "argparse-handler",
            "the program calls it through the parsed arguments and does not await it".to_owned(),
            "Await the handler where it is called, by hand.",
        ),
        ("path" | "re_path" | "url", _) if dotted.starts_with("django.") => (
            "django-handler",
            "Django calls it as a view, and Django's database refuses to work where an event loop runs".to_owned(),
            "Where it uses no database, make it an `async def` by hand; Django 3.1 and later await it.",
        ),
        ("signal" | "register" | "add_signal_handler" | "finalize", _) => (
            "callback",
            format!("`{dotted}` calls it later and does not await it"),
            "Keep a plain function as the callback.",
        ),
        _ => return value(at),
    };
    Obstacle::new(reason, at, message).remedy(remedy)
}
