//! `f(x)` of a function that stays plain becomes `await asyncio.to_thread(f, x)`.

use super::Wall;
use super::calls;
use super::draft::Draft;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, ast};

/// Moves a call to a thread, and awaits it.
pub(super) fn call(draft: &mut Draft<'_, '_>, call: NodeId) {
    if let Err(wall) = try_call(draft, call) {
        draft.wall(wall);
    }
}

fn try_call(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::ExprCall(call) = tree.node(id) else {
        return Ok(());
    };
    let lazy = call
        .arguments
        .iter_source_order()
        .map(ast::ArgOrKeyword::value)
        .find(|value| value.is_generator_expr() || value.is_lambda_expr());
    if let Some(lazy) = lazy {
        return Err(Wall::new(
            tree.id(lazy),
            "not-safe-in-a-thread",
            "The function would run this argument in the thread.",
        )
        .remedy("Compute the argument first."));
    }
    let callee = tree.parenthesized(&call.func).end();
    let open = call.arguments.start() + TextSize::of('(');
    let between = TextRange::new(callee, open);
    if !tree.comments_in(between).is_empty() {
        return Err(Wall::new(
            id,
            "comment-in-call",
            "A comment stands between the function and its arguments.",
        )
        .remedy("Move the comment."));
    }
    let runner = draft.import(id, "asyncio.to_thread")?;
    calls::awaited(draft, id);
    draft.open(call.start(), id, format!("{runner}("));
    let after = tree.text()[open.to_usize()..].chars().next();
    let separator = if call.arguments.is_empty() {
        ""
    } else if after.is_some_and(char::is_whitespace) {
        ","
    } else {
        ", "
    };
    draft.replace(between, separator);
    Ok(())
}
