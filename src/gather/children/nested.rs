//! A `gather` among the arguments of another one: its tasks join the same group, and its results
//! stay a list of their own.

use super::{Child, Collector, Source, Wrap};
use crate::gather::{Failures, Site, failures, lists};
use crate::syntax::{AnyNodeRef, Ranged, TextRange, ast};
use crate::transform::{Awaitable, FileView, Refusal};

/// The expression as a call of `gather`.
pub(super) fn inner<'a>(expr: &'a ast::Expr, file: &FileView<'_>) -> Option<&'a ast::ExprCall> {
    match expr {
        ast::Expr::Call(call) if file.resolves_to(&call.func, "asyncio.gather") => Some(call),
        _ => None,
    }
}

pub(super) fn refusal(inner: impl Ranged, words: &str, at: TextRange) -> Refusal {
    let refusal = Refusal::new(
        "gather-nested",
        "This `gather` gathers the result of another one, which cannot be a part of the same group.",
    )
    .evidence(inner, "the other one")
    .remedy("Await the inner `gather` in a coroutine of its own, or gather everything at once.");
    if refusal.evidence.iter().any(|(range, _)| *range == at) {
        refusal
    } else {
        refusal.evidence(at, words)
    }
}

impl<'a> Collector<'_, '_, 'a> {
    /// The arguments of an inner `gather` as children of the outer group.
    pub(super) fn flatten(&mut self, call: &'a ast::ExprCall) -> Result<(), Refusal> {
        let file = self.site.file;
        let stuck = |range: TextRange, words: &str| Err(refusal(call, words, range));
        if self.site.failures == Failures::Returned || !self.reaches_up {
            return stuck(call.range(), "stands here");
        }
        if call.arguments.args.is_empty() {
            return stuck(call.range(), "it gathers nothing");
        }
        let mut returned = false;
        for keyword in &call.arguments.keywords {
            match (&keyword.arg, &keyword.value) {
                (Some(name), ast::Expr::BooleanLiteral(flag))
                    if name.as_str() == "return_exceptions" =>
                {
                    returned = flag.value;
                }
                _ => return stuck(keyword.range, "this argument"),
            }
        }
        for argument in call.arguments.args.iter().rev() {
            let is_coroutine = argument.is_call_expr()
                && !lists::makes_task(argument, file)
                && file.awaitable(argument) == Awaitable::Coroutine;
            if !is_coroutine {
                return stuck(argument.range(), "not known to be a coroutine");
            }
        }
        for argument in &call.arguments.args {
            let wrap = if returned && !failures::cannot_fail(argument, file) {
                Wrap::Return
            } else {
                Wrap::Nothing
            };
            self.gathered.children.push(Child {
                source: Source::One(argument),
                wrap,
                inner: Some(call.range()),
            });
        }
        Ok(())
    }
}

/// The tasks of an inner `gather` start first, so its arguments are evaluated first, too: nobody may
/// be able to tell.
pub(super) fn check_order<'a>(site: &Site<'_, 'a>, children: &[Child<'a>]) -> Result<(), Refusal> {
    let Some(inner) = children.iter().find_map(|child| child.inner) else {
        return Ok(());
    };
    for child in children {
        let at = child.range(site);
        let Source::One(expr) = child.source else {
            return Err(refusal(inner, "stands beside it", at));
        };
        let effect = failures::arguments_may_raise(expr, site.file)
            || lists::makes_task(expr, site.file)
            || site
                .file
                .tree
                .descendants(site.file.tree.id(expr))
                .any(|id| {
                    matches!(
                        site.file.tree.node(id),
                        AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprNamed(_)
                    )
                });
        if effect {
            return Err(refusal(inner, "evaluated in another order", at));
        }
    }
    Ok(())
}
