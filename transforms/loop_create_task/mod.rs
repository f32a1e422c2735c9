#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, EventLoop, FileView, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "loop-create-task",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["create_task"],
    default: true,
};

/// `loop.create_task(…)` on the running loop becomes `asyncio.create_task(…)`.
pub(super) struct LoopCreateTask;

/// A call of `create_task` on what is or looks like an event loop.
pub(super) struct TaskCall {
    call: NodeId,
    event_loop: EventLoop,
}

impl Transform for LoopCreateTask {
    type Node = ast::ExprCall;
    type Found = TaskCall;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<TaskCall> {
        let ast::Expr::Attribute(method) = &*call.func else {
            return None;
        };
        if method.attr.as_str() != "create_task" {
            return None;
        }
        match file.event_loop(&method.value) {
            EventLoop::No => None,
            event_loop => Some(TaskCall {
                call: file.tree.id(call),
                event_loop,
            }),
        }
    }

    fn site(found: &TaskCall, file: &FileView<'_>) -> TextRange {
        file.tree.node(found.call).range()
    }

    fn rewrite(found: TaskCall, file: &FileView<'_>) -> Result<Change, Refusal> {
        let AnyNodeRef::ExprCall(call) = file.tree.node(found.call) else {
            unreachable!("`find` saw a call");
        };
        let ast::Expr::Attribute(method) = &*call.func else {
            unreachable!("`find` saw a method");
        };
        if let Some(refusal) = file.outside_coroutine(found.call, "This `create_task`") {
            return Err(refusal.remedy("Create the task in a coroutine."));
        }
        if found.event_loop != EventLoop::Running {
            return Err(Refusal::new(
                "loop-not-proved-running",
                format!(
                    "Nothing here proves that `{}` is the loop that runs this coroutine.",
                    file.text(method.value.range())
                ),
            )
            .evidence(method.value.range(), "the loop")
            .remedy("Write `asyncio.create_task(…)` if the task belongs to the running loop."));
        }
        let context = call.arguments.find_keyword("context");
        if let Some(context) = context.filter(|_| !file.options.at_least(11)) {
            return Err(Refusal::new(
                "target-too-old",
                "`create_task` takes a `context` since Python 3.11, and the target version is older.",
            )
            .evidence(context.range, "the argument"));
        }
        let patched = [
            "asyncio.create_task",
            "asyncio.get_running_loop",
            "asyncio.get_event_loop",
        ]
        .iter()
        .find_map(|name| file.patched(name, found.call));
        if let Some(refusal) = patched.or_else(|| file.patched_of_loop("create_task", found.call)) {
            return Err(refusal);
        }
        let mut change = Change::new(Applicability::Safe);
        let callee = file.replace_callee(&mut change, call, "asyncio.create_task")?;
        file.join_all_arguments(&mut change, call, &callee);
        Ok(change)
    }
}
