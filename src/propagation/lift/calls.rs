//! `f(x)` becomes `await f(x)`.

use super::draft::Draft;
use super::position;
use crate::syntax::{NodeId, Ranged, TextSize, Tree};

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
    let gap = if follows_a_word(tree, range.start()) && !grouped {
        " "
    } else {
        ""
    };
    draft.open(range.start(), call, format!("{gap}{word}"));
    if grouped {
        draft.close(range.end(), call, ")");
    }
}

/// Whether a letter stands directly in front of a place, as in `return(f)()`.
fn follows_a_word(tree: &Tree<'_>, at: TextSize) -> bool {
    tree.text()[..at.to_usize()].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}
