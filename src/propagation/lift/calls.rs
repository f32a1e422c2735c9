//! `f(x)` becomes `await f(x)`.

use super::draft::Draft;
use super::position;
use crate::syntax::{NodeId, Ranged};

/// Awaits a call.
pub(super) fn awaited(draft: &mut Draft<'_, '_>, call: NodeId) {
    let tree = draft.tree;
    let placed = position::check_place(draft, call)
        .and_then(|()| position::enter(draft, tree.scope_of(call), call));
    if let Err(wall) = placed {
        draft.wall(wall);
        return;
    }
    let range = tree.node(call).range();
    let grouped = tree.awaits_in_parentheses(call);
    let word = if grouped { "(await " } else { "await " };
    draft.open(range.start(), call, word);
    if grouped {
        draft.close(range.end(), call, ")");
    }
}
