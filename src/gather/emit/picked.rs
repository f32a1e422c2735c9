//! A result that is picked out of all of them: `(await asyncio.gather(…))[0]`.

use super::Group;
use crate::syntax::{AnyNodeRef, Ranged, TextRange, ast};

/// Which result is picked.
#[derive(Clone, Copy)]
pub(super) struct Picked<'a> {
    /// The index as it is written.
    pub(super) text: &'a str,
    index: i64,
    /// The list and the index.
    pub(super) range: TextRange,
}

impl Picked<'_> {
    /// The position among so many results; `None` where there is no such result.
    pub(super) fn of(self, count: usize) -> Option<usize> {
        let count = i64::try_from(count).ok()?;
        let at = if self.index < 0 {
            self.index + count
        } else {
            self.index
        };
        usize::try_from(at).ok().filter(|_| at < count)
    }
}

impl<'a> Group<'_, '_, 'a> {
    /// The only result that is read, where an index that is a number says which one it is.
    pub(super) fn picked(&self) -> Option<Picked<'a>> {
        let tree = self.site.file.tree;
        let await_ = self.site.id();
        let AnyNodeRef::ExprSubscript(subscript) = tree.node(tree.parent(await_)) else {
            return None;
        };
        let is_list = AnyNodeRef::from(&*subscript.value).ptr_eq(tree.node(await_));
        let (index, sign) = match &*subscript.slice {
            ast::Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::USub => (&*unary.operand, -1),
            other => (other, 1),
        };
        let ast::Expr::NumberLiteral(number) = index else {
            return None;
        };
        let ast::Number::Int(index) = &number.value else {
            return None;
        };
        let list = tree.parenthesized_node(await_);
        let behind = TextRange::new(list.end(), subscript.end());
        (is_list && subscript.ctx.is_load() && tree.comments_in(behind).is_empty()).then_some(
            Picked {
                text: tree.slice(subscript.slice.range()),
                index: sign * index.as_i64()?,
                range: subscript.range,
            },
        )
    }
}
