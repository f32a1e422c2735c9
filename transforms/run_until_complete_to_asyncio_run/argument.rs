//! What a run is given: a coroutine, or something that needs one around it.

use super::uses::{Run, Uses};
use crate::syntax::{AnyNodeRef, BindingKind, Ranged, ast};
use crate::transform::{Awaitable, FileView, Refusal};

/// What a run is given, and how `asyncio.run` can be given it.
pub(super) enum Argument<'a> {
    /// A coroutine.
    Coroutine,
    /// A task made of a coroutine on the spot: the coroutine.
    Task(&'a ast::Expr),
    /// Something that needs a coroutine around it.
    Wrapped,
}

/// How a run can be given its argument.
pub(super) fn argument<'a>(
    run: &Run<'a>,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<Argument<'a>, Refusal> {
    let tree = file.tree;
    let inner = tree.id(run.awaitable);
    if tree.descendants(inner).any(|id| {
        matches!(
            tree.node(id),
            AnyNodeRef::ExprNamed(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
        )
    }) {
        return Err(Refusal::new(
            "argument-binds-a-name",
            "The argument of this run binds a name or yields, which a coroutine around it could not.",
        )
        .evidence(run.awaitable.range(), "the argument"));
    }
    match run.awaitable {
        ast::Expr::Call(call) if uses.tasks.contains(&tree.id(call)) || is_task(call, file) => {
            match call.arguments.args.first() {
                Some(made) if file.awaitable(made) == Awaitable::Coroutine => {
                    Ok(Argument::Task(made))
                }
                _ => Err(unproved(run)),
            }
        }
        ast::Expr::Name(name) => {
            let home = tree.lookup(name.id.as_str(), tree.scope_of(inner));
            let value = home.and_then(|home| match tree.bindings(home, name.id.as_str()) {
                [only] if home == uses.scope => file.assigned_value(only.node),
                _ => None,
            });
            match value {
                Some(ast::Expr::Call(call)) if uses.tasks.contains(&tree.id(call)) => {
                    Ok(Argument::Wrapped)
                }
                Some(value) if file.awaitable(value) == Awaitable::Coroutine => {
                    Ok(Argument::Coroutine)
                }
                _ => Err(unproved(run)),
            }
        }
        expr => match file.awaitable(expr) {
            Awaitable::Coroutine => Ok(Argument::Coroutine),
            _ if makes_its_own(expr, file) => Ok(Argument::Wrapped),
            _ => Err(unproved(run)),
        },
    }
}

/// Whether a call of something unknown cannot give a future of the old loop: a function, or a
/// method of an object whose class this file shows.
fn makes_its_own(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    let ast::Expr::Call(call) = expr else {
        return false;
    };
    let tree = file.tree;
    let mut root = &*call.func;
    let mut parts = 0;
    while let ast::Expr::Attribute(attribute) = root {
        root = &attribute.value;
        parts += 1;
    }
    let ast::Expr::Name(name) = root else {
        return false;
    };
    let from = tree.scope_of(tree.id(name));
    let Some(home) = tree.lookup(name.id.as_str(), from) else {
        return false;
    };
    tree.bindings(home, name.id.as_str())
        .iter()
        .all(|binding| match &binding.kind {
            BindingKind::Import(_) | BindingKind::Class => true,
            BindingKind::Function => parts == 0,
            BindingKind::FromImport(dotted) => {
                let last = dotted.rsplit('.').next().unwrap_or_default();
                parts == 0 || last.starts_with(char::is_uppercase) || dotted.starts_with("asyncio.")
            }
            BindingKind::Parameter => false,
            _ => match file.assigned_value(binding.node) {
                Some(ast::Expr::Call(made)) => match &*made.func {
                    ast::Expr::Name(class) => {
                        let from = tree.scope_of(tree.id(class));
                        tree.lookup(class.id.as_str(), from).is_some_and(|home| {
                            tree.bindings(home, class.id.as_str())
                                .iter()
                                .all(|binding| binding.kind == BindingKind::Class)
                        })
                    }
                    _ => false,
                },
                _ => false,
            },
        })
}

fn is_task(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    file.resolves_to(&call.func, "asyncio.ensure_future")
        && call.arguments.keywords.is_empty()
        && call.arguments.args.len() == 1
}

fn unproved(run: &Run<'_>) -> Refusal {
    Refusal::new(
        "not-proved-a-coroutine",
        "What is run here may be a future that belongs to the old loop; `asyncio.run` takes a coroutine and makes a new loop.",
    )
    .evidence(run.awaitable.range(), "what is run")
    .remedy("Call the coroutine function in the argument.")
}
