#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, Awaitable, EventLoop, FileView, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "ensure-future-to-create-task",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["ensure_future"],
    default: true,
};

/// `asyncio.ensure_future(coro())` in a coroutine becomes `asyncio.create_task(coro())`.
pub(super) struct EnsureFutureToCreateTask;

impl Transform for EnsureFutureToCreateTask {
    type Node = ast::ExprCall;
    type Found = NodeId;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<NodeId> {
        file.resolves_to(&call.func, "asyncio.ensure_future")
            .then(|| file.tree.id(call))
    }

    fn site(call: &NodeId, file: &FileView<'_>) -> TextRange {
        file.tree.node(*call).range()
    }

    fn rewrite(id: NodeId, file: &FileView<'_>) -> Result<Change, Refusal> {
        let AnyNodeRef::ExprCall(call) = file.tree.node(id) else {
            unreachable!("`find` saw a call");
        };
        let arguments = Arguments::of(call)?;
        if file.awaitable(arguments.awaitable) == Awaitable::Future {
            return Err(Refusal::new(
                "already-a-future",
                "The argument is a future or a task already, which `ensure_future` returns as it is.",
            )
            .evidence(arguments.awaitable.range(), "the argument")
            .kept());
        }
        if let Some(refusal) = file.outside_coroutine(id, "This `ensure_future`") {
            return Err(refusal.remedy("Create the task in a coroutine."));
        }
        if file.awaitable(arguments.awaitable) != Awaitable::Coroutine {
            return Err(Refusal::new(
                "not-proved-a-coroutine",
                format!(
                    "Nothing here proves that `{}` is a coroutine; `create_task` takes nothing else.",
                    first_line(file.text(arguments.awaitable.range()))
                ),
            )
            .evidence(arguments.awaitable.range(), "the argument")
            .remedy("Write `asyncio.create_task(…)` if it is always a coroutine."));
        }
        for name in ["asyncio.ensure_future", "asyncio.create_task"] {
            if let Some(refusal) = file.patched(name, id) {
                return Err(refusal);
            }
        }
        let mut change = Change::new(Applicability::Safe);
        if let Some(keyword) = arguments.event_loop {
            drop_loop(&mut change, call, keyword, file)?;
        }
        let callee = file.replace_callee(&mut change, call, "asyncio.create_task")?;
        if call.arguments.keywords.is_empty() {
            file.join_all_arguments(&mut change, call, &callee);
        }
        if let Some(keyword) = arguments.named {
            change.delete(TextRange::new(keyword.start(), keyword.value.start()));
        }
        Ok(change)
    }
}

/// The arguments of `ensure_future(coro_or_future, *, loop=None)`.
struct Arguments<'a> {
    awaitable: &'a ast::Expr,
    /// `coro_or_future=…`
    named: Option<&'a ast::Keyword>,
    /// `loop=…`
    event_loop: Option<&'a ast::Keyword>,
}

impl<'a> Arguments<'a> {
    fn of(call: &'a ast::ExprCall) -> Result<Self, Refusal> {
        let mut awaitable = None;
        let (mut named, mut event_loop) = (None, None);
        for argument in &call.arguments.args {
            if argument.is_starred_expr() || awaitable.is_some() {
                return Err(unclear(call));
            }
            awaitable = Some(argument);
        }
        for keyword in &call.arguments.keywords {
            match keyword.arg.as_deref() {
                Some("coro_or_future") if awaitable.is_none() => {
                    awaitable = Some(&keyword.value);
                    named = Some(keyword);
                }
                Some("loop") => event_loop = Some(keyword),
                _ => return Err(unclear(call)),
            }
        }
        let awaitable = awaitable.ok_or_else(|| unclear(call))?;
        Ok(Self {
            awaitable,
            named,
            event_loop,
        })
    }
}

fn unclear(call: &ast::ExprCall) -> Refusal {
    Refusal::new(
        "ensure-future-arguments",
        "What this `ensure_future` is given cannot be told from its arguments.",
    )
    .evidence(call.arguments.range, "the arguments")
}

/// Removes `loop=loop` where the loop is the running one (or `None`).
fn drop_loop<'a>(
    change: &mut Change,
    call: &'a ast::ExprCall,
    keyword: &'a ast::Keyword,
    file: &FileView<'a>,
) -> Result<(), Refusal> {
    let is_running = keyword.value.is_none_literal_expr()
        || file.event_loop(&keyword.value) == EventLoop::Running;
    if !is_running {
        return Err(Refusal::new(
            "loop-not-proved-running",
            format!(
                "Nothing here proves that `{}` is the loop that runs this coroutine.",
                file.text(keyword.value.range())
            ),
        )
        .evidence(keyword.range, "the loop")
        .remedy("Remove the `loop` argument if the task belongs to the running loop."));
    }
    let range = file.tree.argument_with_comma(call, keyword.range);
    if let Some(comment) = file.tree.comments_in(range).first() {
        return Err(Refusal::new(
            "comment-in-the-way",
            "A comment stands beside the `loop` argument and would be lost.",
        )
        .evidence(*comment, "the comment")
        .remedy("Move the comment above the statement."));
    }
    change.delete(range);
    Ok(())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
