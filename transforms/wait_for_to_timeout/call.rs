//! What a call of `wait_for` is given.

use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// An awaited `wait_for` with what it is given.
pub(super) struct Awaited<'a> {
    /// The `await`.
    pub(super) id: NodeId,
    /// The call.
    pub(super) call: &'a ast::ExprCall,
    /// What is awaited; for `wait_for(wait_for(…), …)` what the innermost call awaits.
    pub(super) awaitable: &'a ast::Expr,
    /// The timeouts, outermost first; none where all of them are `None`, which is no limit.
    pub(super) timeouts: Vec<&'a ast::Expr>,
    /// The calls of `wait_for` inside this one that are its awaitable.
    pub(super) inner: Vec<TextRange>,
}

impl<'a> Awaited<'a> {
    /// Reads an awaited call.
    pub(super) fn of(
        id: NodeId,
        call: &'a ast::ExprCall,
        file: &FileView<'a>,
    ) -> Result<Self, Refusal> {
        let first = Arguments::of(call)?;
        check_timeout(first.timeout)?;
        let limit = |timeout: &'a ast::Expr| (!timeout.is_none_literal_expr()).then_some(timeout);
        let mut this = Self {
            id,
            call,
            awaitable: first.awaitable,
            timeouts: limit(first.timeout).into_iter().collect(),
            inner: Vec::new(),
        };
        while let ast::Expr::Call(inner) = this.awaitable
            && file.resolves_to(&inner.func, "asyncio.wait_for")
            && let Ok(next) = Arguments::of(inner)
            && check_timeout(next.timeout).is_ok()
        {
            this.awaitable = next.awaitable;
            this.timeouts.extend(limit(next.timeout));
            this.inner.push(inner.range());
        }
        Ok(this)
    }

    /// Whether the awaitable is evaluated before the timeout, as the call is written.
    pub(super) fn awaitable_first(&self) -> bool {
        let limit = self.timeouts.first();
        limit.is_none_or(|limit| self.awaitable.start() < limit.start())
    }

    /// Whether there is no limit at all, so that the awaitable can be awaited as it is.
    pub(super) fn is_unlimited(&self) -> bool {
        self.timeouts.is_empty()
    }
}

/// The call of a node that `find` recognised.
pub(super) fn call<'a>(id: NodeId, file: &FileView<'a>) -> &'a ast::ExprCall {
    match file.tree.node(id) {
        AnyNodeRef::ExprCall(call) => call,
        _ => unreachable!("`find` saw a call"),
    }
}

/// The two arguments of `wait_for`, as `CPython`'s signature `wait_for(fut, timeout)` names them.
struct Arguments<'a> {
    awaitable: &'a ast::Expr,
    timeout: &'a ast::Expr,
}

impl<'a> Arguments<'a> {
    fn of(call: &'a ast::ExprCall) -> Result<Self, Refusal> {
        let unclear = || {
            Refusal::new(
                "wait-for-arguments",
                "The awaitable and the timeout of this `wait_for` cannot be told from its arguments.",
            )
            .evidence(call.arguments.range, "the arguments")
            .remedy("Write `wait_for(awaitable, timeout)` without `*` or `**`.")
        };
        let mut awaitable = None;
        let mut timeout = None;
        for (at, argument) in call.arguments.args.iter().enumerate() {
            match (at, argument) {
                (_, ast::Expr::Starred(_)) => return Err(unclear()),
                (0, expr) => awaitable = Some(expr),
                (1, expr) => timeout = Some(expr),
                _ => return Err(unclear()),
            }
        }
        for keyword in &call.arguments.keywords {
            match keyword.arg.as_deref() {
                Some("fut") => awaitable = Some(&keyword.value),
                Some("timeout") => timeout = Some(&keyword.value),
                Some("loop") => {
                    return Err(Refusal::new(
                        "loop-argument",
                        "This `wait_for` is given a loop, which Python 3.10 and later reject.",
                    )
                    .evidence(keyword.range, "the argument")
                    .remedy("Remove the `loop` argument first."));
                }
                _ => return Err(unclear()),
            }
        }
        match (awaitable, timeout) {
            (Some(awaitable), Some(timeout)) => Ok(Self { awaitable, timeout }),
            _ => Err(unclear()),
        }
    }
}

/// A timeout that is not positive makes `wait_for` raise without starting the coroutine, which
/// `asyncio.timeout` does not (D-W1).
fn check_timeout(timeout: &ast::Expr) -> Result<(), Refusal> {
    let is_zero = match timeout {
        ast::Expr::NumberLiteral(number) => match &number.value {
            ast::Number::Int(value) => value.as_u64() == Some(0),
            ast::Number::Float(value) => *value == 0.0,
            ast::Number::Complex { .. } => true,
        },
        ast::Expr::UnaryOp(op) => op.op == ast::UnaryOp::USub && op.operand.is_literal_expr(),
        _ => false,
    };
    if is_zero {
        return Err(Refusal::new(
            "timeout-not-positive",
            "With a timeout that is not positive `wait_for` never starts the coroutine; `asyncio.timeout` would.",
        )
        .evidence(timeout.range(), "the timeout"));
    }
    Ok(())
}
