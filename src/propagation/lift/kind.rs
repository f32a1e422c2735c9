//! What a call of a function gives: a value, items one at a time, or a context manager.

use crate::syntax::{AnyNodeRef, NodeId, Ranged, Tree, ast};

/// What a call gives once its function is asynchronous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something to await.
    Coroutine,
    /// Something for `async for`: the function is a generator.
    Items {
        /// The generator has work to do when it is left early: it yields inside a `with` or a
        /// `try … finally`.
        cleans_up: bool,
    },
    /// Something for `async with`: the function is a `@contextmanager`.
    Manager,
    /// An object, to be awaited: the function is the `__init__` of its class.
    Object,
}

/// The kind of a function, by its body and its decorators.
pub fn kind(tree: &Tree<'_>, function: NodeId) -> Kind {
    let AnyNodeRef::StmtFunctionDef(definition) = tree.node(function) else {
        return Kind::Coroutine;
    };
    if context_manager(tree, definition).is_some() {
        return Kind::Manager;
    }
    let yields: Vec<NodeId> = own_nodes(tree, function)
        .filter(|id| {
            matches!(
                tree.node(*id),
                AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
            )
        })
        .collect();
    if yields.is_empty() {
        return Kind::Coroutine;
    }
    Kind::Items {
        cleans_up: yields.iter().any(|id| cleans_up(tree, *id, function)),
    }
}

/// Whether leaving a generator at one of its `yield`s runs more of its code.
fn cleans_up(tree: &Tree<'_>, yielded: NodeId, function: NodeId) -> bool {
    let start = tree.node(yielded).start();
    tree.ancestors(yielded)
        .take_while(|above| *above != function)
        .any(|above| match tree.node(above) {
            AnyNodeRef::StmtWith(_) => true,
            AnyNodeRef::StmtTry(node) => {
                let in_body = node.body.last().is_some_and(|last| start < last.end());
                let in_finally = node
                    .finalbody
                    .first()
                    .is_some_and(|first| first.start() <= start);
                let catches = node.handlers.iter().any(|handler| {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    handler.type_.as_deref().is_none_or(catches_exit)
                });
                (!node.finalbody.is_empty() && !in_finally) || (in_body && catches)
            }
            _ => false,
        })
}

/// Whether a handler may catch `GeneratorExit`: it names that, or something that is no ordinary
/// exception as far as one can see.
fn catches_exit(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(catches_exit),
        ast::Expr::Name(name) => matches!(name.id.as_str(), "BaseException" | "GeneratorExit"),
        ast::Expr::Attribute(_) => false,
        _ => true,
    }
}

/// The decorator of a function that is `contextlib.contextmanager`.
pub(super) fn context_manager<'a>(
    tree: &Tree<'a>,
    definition: &'a ast::StmtFunctionDef,
) -> Option<&'a ast::Decorator> {
    definition.decorator_list.iter().find(|decorator| {
        tree.qualified_name(&decorator.expression).as_deref() == Some("contextlib.contextmanager")
    })
}

/// The nodes that run as part of a function itself, not of functions and lambdas inside it.
pub(super) fn own_nodes<'t>(
    tree: &'t Tree<'_>,
    function: NodeId,
) -> impl Iterator<Item = NodeId> + 't {
    let home = tree.scope_opened_by(function);
    tree.descendants(function)
        .filter(move |id| home == Some(tree.function_scope(*id)))
}
