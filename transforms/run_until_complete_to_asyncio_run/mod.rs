#![doc = include_str!("README.md")]

mod argument;
mod emission;
mod entry;
mod forever;
mod layout;
mod objects;
mod shutdown;
mod uses;
mod wrapper;

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, EventLoop, FileView, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "run-until-complete-to-asyncio-run",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["run_until_complete", "run_forever"],
    default: true,
};

/// `loop.run_until_complete(main())` becomes `asyncio.run(main())`, without the loop around it.
pub(super) struct RunUntilComplete;

/// A call of `run_until_complete` or `run_forever`.
pub(super) struct RunCall {
    call: NodeId,
}

impl Transform for RunUntilComplete {
    type Node = ast::ExprCall;
    type Found = RunCall;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<RunCall> {
        let ast::Expr::Attribute(method) = &*call.func else {
            return None;
        };
        let is_site = match method.attr.as_str() {
            "run_until_complete" => true,
            "run_forever" => file.event_loop(&method.value) != EventLoop::No,
            _ => false,
        };
        is_site.then(|| RunCall {
            call: file.tree.id(call),
        })
    }

    fn site(found: &RunCall, file: &FileView<'_>) -> TextRange {
        file.tree.node(found.call).range()
    }

    fn rewrite(found: RunCall, file: &FileView<'_>) -> Result<Change, Refusal> {
        rewrite(found.call, file)
    }
}

fn rewrite(id: NodeId, file: &FileView<'_>) -> Result<Change, Refusal> {
    let AnyNodeRef::ExprCall(call) = file.tree.node(id) else {
        unreachable!("`find` saw a call");
    };
    let ast::Expr::Attribute(method) = &*call.func else {
        unreachable!("`find` saw a method");
    };
    entry::check(id, file)?;
    if file.project.has("nest_asyncio") || !file.tree.mentions("nest_asyncio").is_empty() {
        return Err(Refusal::new(
            "nested-loops",
            "The project nests event loops with `nest_asyncio`, which `asyncio.run` does not expect.",
        ));
    }
    for name in ["asyncio.get_event_loop", "asyncio.new_event_loop"] {
        if let Some(refusal) = file.patched(name, id) {
            return Err(refusal);
        }
    }
    if let Some(refusal) = file.patched_of_loop("run_until_complete", id) {
        return Err(refusal);
    }
    let uses = uses::of_receiver(&method.value, file)?;
    objects::check(&uses, file)?;
    let mut change = if uses.forever.is_empty() {
        let mut change = Change::new(Applicability::Safe);
        emission::write(&mut change, &uses, file)?;
        change
    } else {
        let mut change = Change::new(Applicability::Unsafe);
        forever::write_forever(&mut change, &uses, file)?;
        change
    };
    entry::used_elsewhere(id, file)?;
    // Every other run of the same loop is settled by the same change.
    for other in file.tree.ids() {
        if let AnyNodeRef::ExprCall(call) = file.tree.node(other)
            && matches!(&*call.func, ast::Expr::Attribute(method)
                if matches!(method.attr.as_str(), "run_until_complete" | "run_forever"))
            && other != id
            && file.function_scope(other) == uses.scope
        {
            change.covers(call.range());
        }
    }
    Ok(change)
}
