//! From `asyncio.gather` to a task group: what the transforms of `gather` calls share.
//!
//! [`find`] recognises a call and which of the transforms it belongs to; [`rewrite`] goes through
//! the preconditions ([`safety`]), looks at what is gathered ([`children`], [`lists`]), decides
//! whether the order of evaluation can be seen ([`effects`]), how failures reach the code around it
//! ([`failures`]) and writes the group ([`emit`]).

mod callers;
mod children;
mod comments;
mod effects;
mod emit;
mod except_star;
mod failures;
mod helpers;
mod layout;
mod lists;
mod names;
mod safety;
mod stored;
#[cfg(test)]
mod tests;

use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// What a `gather` call does with the exceptions of what it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failures {
    /// The first one is raised: `return_exceptions` is absent or `False`.
    Raised,
    /// They are returned in the place of results: `return_exceptions=True`.
    Returned,
}

/// A call of `asyncio.gather`.
#[derive(Debug, Clone, Copy)]
pub struct GatherCall {
    /// The call.
    pub call: NodeId,
    /// What it does with exceptions, as far as its arguments say.
    pub failures: Failures,
}

/// Recognises a call of `asyncio.gather`. A call whose `return_exceptions` cannot be told counts
/// as one that raises.
pub fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<GatherCall> {
    if !file.resolves_to(&call.func, "asyncio.gather") {
        return None;
    }
    let returned = call.arguments.keywords.iter().any(|keyword| {
        keyword.arg.as_deref() == Some("return_exceptions")
            && matches!(&keyword.value, ast::Expr::BooleanLiteral(value) if value.value)
    });
    Some(GatherCall {
        call: file.tree.id(call),
        failures: if returned {
            Failures::Returned
        } else {
            Failures::Raised
        },
    })
}

/// The range that is reported.
pub fn site(found: GatherCall, file: &FileView<'_>) -> TextRange {
    file.tree.node(found.call).range()
}

/// A call that fulfils the preconditions, with its place.
struct Site<'v, 'a> {
    file: &'v FileView<'a>,
    call: &'a ast::ExprCall,
    await_: &'a ast::ExprAwait,
    /// Where the future is stored in between.
    stored: Option<stored::Stored<'a>>,
    /// The statement that waits.
    statement: NodeId,
    failures: Failures,
}

impl Site<'_, '_> {
    /// The node of the `await`.
    fn id(&self) -> NodeId {
        self.file.tree.id(self.await_)
    }

    /// Whether nobody looks at the results.
    fn is_discarded(&self) -> bool {
        matches!(
            self.file.tree.node(self.statement),
            AnyNodeRef::StmtExpr(expr)
                if AnyNodeRef::from(&*expr.value).ptr_eq(AnyNodeRef::from(self.await_))
        )
    }
}

/// Rewrites a call or says why it stays.
pub fn rewrite(found: GatherCall, file: &FileView<'_>) -> Result<Change, Refusal> {
    let AnyNodeRef::ExprCall(call) = file.tree.node(found.call) else {
        unreachable!("`find` saw a call");
    };
    let stored = stored::awaited_below(call, file);
    let await_ = match stored {
        Some(stored) => stored.await_,
        None => safety::awaited(call, file)?,
    };
    let site = Site {
        file,
        call,
        await_,
        stored,
        statement: file.tree.enclosing_statement(file.tree.id(await_)),
        failures: found.failures,
    };
    safety::check(&site)?;
    emit::change(&site)
}
