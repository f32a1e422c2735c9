#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, FileView, LoopFunction, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "get-event-loop-in-async",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["get_event_loop"],
    default: true,
};

/// `asyncio.get_event_loop()` in a coroutine becomes `asyncio.get_running_loop()`.
pub(super) struct GetEventLoopInAsync;

impl Transform for GetEventLoopInAsync {
    type Node = ast::ExprCall;
    type Found = NodeId;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<NodeId> {
        (file.loop_function(call) == Some(LoopFunction::Get)).then(|| file.tree.id(call))
    }

    fn site(call: &NodeId, file: &FileView<'_>) -> TextRange {
        file.tree.node(*call).range()
    }

    fn rewrite(id: NodeId, file: &FileView<'_>) -> Result<Change, Refusal> {
        let AnyNodeRef::ExprCall(call) = file.tree.node(id) else {
            unreachable!("`find` saw a call");
        };
        if let Some(refusal) = stored_in_init(id, file) {
            return Err(refusal);
        }
        // A callback of the loop would get the running one, a plain caller would get an error.
        if let Some(refusal) = file.outside_coroutine(id, "This `get_event_loop()`") {
            return Err(refusal
                .remedy("Call `asyncio.get_running_loop()` in the coroutines that use the loop."));
        }
        for name in ["asyncio.get_event_loop", "asyncio.get_running_loop"] {
            if let Some(refusal) = file.patched(name, id) {
                return Err(refusal);
            }
        }
        let mut change = Change::new(Applicability::Safe);
        file.replace_callee(&mut change, call, "asyncio.get_running_loop")?;
        Ok(change)
    }
}

/// `self.loop = asyncio.get_event_loop()` in `__init__`: the object may be made before the loop
/// runs, by `asyncio.run`, that its methods will be called in.
fn stored_in_init(id: NodeId, file: &FileView<'_>) -> Option<Refusal> {
    let AnyNodeRef::StmtFunctionDef(function) = file.tree.node(file.enclosing_function(id)?) else {
        return None;
    };
    let AnyNodeRef::StmtAssign(assign) = file.tree.node(file.tree.enclosing_statement(id)) else {
        return None;
    };
    let [target @ ast::Expr::Attribute(_)] = &assign.targets[..] else {
        return None;
    };
    (function.name.as_str() == "__init__").then(|| {
        Refusal::new(
            "get-event-loop-in-init",
            format!(
                "`{}` keeps the loop from when the object is made, which need not be the one that runs its methods.",
                file.text(target)
            ),
        )
        .evidence(target.range(), "the attribute")
        .remedy("Remove the attribute and call `asyncio.get_running_loop()` in the coroutines that use it.")
    })
}
