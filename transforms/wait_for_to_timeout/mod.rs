#![doc = include_str!("README.md")]

mod call;
mod emission;
mod layout;
mod limit;
mod timing;

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, FileView, Refusal, Transform, check_text};
use call::Awaited;
use emission::Steps;

pub(super) const ABOUT: About = About {
    id: "wait-for-to-timeout",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["wait_for"],
    default: true,
};

/// `await asyncio.wait_for(…)` becomes a statement in `async with asyncio.timeout(…)`, and without
/// a limit a plain `await`.
pub(super) struct WaitForToTimeout;

/// A call of `asyncio.wait_for`.
pub(super) struct WaitForCall {
    call: NodeId,
}

impl Transform for WaitForToTimeout {
    type Node = ast::ExprCall;
    type Found = WaitForCall;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<WaitForCall> {
        file.resolves_to(&call.func, "asyncio.wait_for")
            .then(|| WaitForCall {
                call: file.tree.id(call),
            })
    }

    fn site(found: &WaitForCall, file: &FileView<'_>) -> TextRange {
        file.tree.node(found.call).range()
    }

    fn rewrite(found: WaitForCall, file: &FileView<'_>) -> Result<Change, Refusal> {
        let Some(await_) = file.awaited_by(found.call) else {
            return Err(Refusal::new(
                "wait-for-not-awaited-here",
                "This `wait_for` is not awaited where it is called, so there is no statement to put a timeout around.",
            )
            .remedy("Await it in a statement of its own.")
            .kept());
        };
        let this = file.tree.id(await_);
        let awaited = Awaited::of(this, call::call(found.call, file), file)?;
        check_text(this, file)?;
        check_version(&awaited, file)?;
        if let Some(refusal) = file.patched("asyncio.wait_for", this) {
            return Err(refusal);
        }
        let mut change = Change::new(Applicability::Safe);

        // The sites of one statement are settled together, in the order in which Python
        // evaluates them: those that come first make place for the others.
        let statement = file.tree.enclosing_statement(this);
        let mut trial = Steps::new(statement, file);
        let mut first = None;
        for awaited in awaited_in(statement, file) {
            let id = awaited.id;
            match trial.add(awaited, &mut change.clone()) {
                Ok(()) => first = first.or(Some(id)),
                Err(refusal) if id == this => return Err(refusal),
                Err(_) => {}
            }
        }
        if first != Some(this) {
            // The change of the first one covers this one.
            return Err(emission::several(await_.range));
        }
        let mut steps = Steps::new(statement, file);
        for awaited in awaited_in(statement, file) {
            // Those that stay say so themselves.
            let _ = steps.add(awaited, &mut change);
        }
        steps.finish(&mut change)?;
        Ok(change)
    }
}

/// Refuses a site that needs `asyncio.timeout` where there may be none.
fn check_version(awaited: &Awaited<'_>, file: &FileView<'_>) -> Result<(), Refusal> {
    if awaited.is_unlimited() {
        return Ok(());
    }
    if !file.options.at_least(11) {
        return Err(Refusal::new(
            "target-too-old",
            "`asyncio.timeout` needs Python 3.11, and the target version is older.",
        )
        .remedy("Raise `requires-python` or pass `--target-version py311`."));
    }
    file.for_older_python(awaited.id).map_or(Ok(()), Err)
}

/// The sites of a statement that can be taken up at all, in the order of their evaluation.
fn awaited_in<'a>(statement: NodeId, file: &FileView<'a>) -> Vec<Awaited<'a>> {
    let tree = file.tree;
    let mut all: Vec<Awaited<'a>> = tree
        .descendants(statement)
        .filter_map(|id| {
            let AnyNodeRef::ExprAwait(await_) = tree.node(id) else {
                return None;
            };
            let ast::Expr::Call(call) = &*await_.value else {
                return None;
            };
            let is_site = tree.enclosing_statement(id) == statement
                && file.resolves_to(&call.func, "asyncio.wait_for");
            let awaited = is_site
                .then(|| Awaited::of(id, call, file).ok())
                .flatten()?;
            let may_change = check_text(id, file).is_ok() && check_version(&awaited, file).is_ok();
            may_change.then_some(awaited)
        })
        .collect();
    all.sort_by_key(|awaited| tree.node(awaited.id).end());
    all
}
