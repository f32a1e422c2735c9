//! The preconditions of a task group in the place of a `gather` call (semantics: G-P1 to G-P10).

use super::{Failures, Site};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Obstacle, Refusal};

/// The `await` whose operand the call is, or why there is none.
pub(super) fn awaited<'a>(
    call: &'a ast::ExprCall,
    file: &FileView<'a>,
) -> Result<&'a ast::ExprAwait, Refusal> {
    let tree = file.tree;
    let id = tree.id(call);
    if let Some(await_) = file.awaited_by(id) {
        return Ok(await_);
    }
    let parent = tree.parent(id);
    Err(match tree.node(parent) {
        AnyNodeRef::StmtReturn(_) => Refusal::new(
            "gather-returned-unawaited",
            "This function returns the future of `gather` without awaiting it, so its caller decides when to wait.",
        )
        .remedy("Make the function `async` and `await` the call in it."),
        AnyNodeRef::StmtAssign(_) | AnyNodeRef::StmtAnnAssign(_) | AnyNodeRef::ExprNamed(_) => {
            Refusal::new(
                "gather-stored",
                "The future of this `gather` is stored while its tasks run; a task group waits where it is opened.",
            )
            .evidence(tree.node(parent).range(), "stored here")
            .remedy("Await the call where it stands.")
        }
        _ => Refusal::new(
            "gather-not-awaited",
            "This `gather` is not awaited where it is called, so there is no place to wait for a task group.",
        )
        .remedy("Await it in a statement of its own, inside an `async def`."),
    })
}

/// Checks everything but the arguments that are gathered.
pub(super) fn check(site: &Site<'_, '_>) -> Result<(), Refusal> {
    let file = site.file;
    arguments(site.call, file)?;
    if !file.in_coroutine(site.id()) {
        return Err(Obstacle::Deferred(site.await_.range).refusal("this `gather`"));
    }
    if !file.options.at_least(11) {
        return Err(Refusal::new(
            "target-too-old",
            "`asyncio.TaskGroup` needs Python 3.11, and the target version is older.",
        )
        .remedy("Raise `requires-python` or pass `--target-version py311`."));
    }
    if let Some(refusal) = file.for_older_python(site.id()) {
        return Err(refusal);
    }
    if let Some(refusal) = file.patched("asyncio.gather", site.id()) {
        return Err(refusal);
    }
    for marker in ["eager_task_factory", "set_task_factory"] {
        if file.project.has(marker) {
            return Err(Refusal::new(
                "eager-task-factory",
                format!("The project uses `{marker}`; with an eager task factory a task group fails where `gather` does not."),
            )
            .remedy("Rewrite the call by hand if the factory is not used here."));
        }
    }
    if site.failures == Failures::Raised {
        cancelled_before(site)?;
    } else {
        shutdown(site)?;
    }
    Ok(())
}

/// A `timeout` argument, which `gather` does not have.
pub(super) fn timeout(call: &ast::ExprCall) -> Option<&ast::Keyword> {
    call.arguments
        .keywords
        .iter()
        .find(|keyword| keyword.arg.as_deref() == Some("timeout"))
}

pub(super) fn no_timeout(keyword: &ast::Keyword) -> Refusal {
    Refusal::new(
        "gather-timeout-kwarg",
        "`gather` has no `timeout`; this call raises `TypeError` when it runs.",
    )
    .evidence(keyword.range, "the argument")
    .remedy("Put the call into `async with asyncio.timeout(…):` and remove the argument.")
}

/// The keywords of the call: only a literal `return_exceptions`.
fn arguments(call: &ast::ExprCall, file: &FileView<'_>) -> Result<(), Refusal> {
    for keyword in &call.arguments.keywords {
        if keyword.arg.as_deref() == Some("timeout") && file.has_consent() {
            continue;
        }
        return Err(match keyword.arg.as_deref() {
            Some("return_exceptions") if keyword.value.is_boolean_literal_expr() => continue,
            Some("return_exceptions") => Refusal::new(
                "gather-dynamic-return-exceptions",
                "Whether this `gather` raises or returns exceptions is decided when the program runs.",
            )
            .evidence(keyword.range, "the argument")
            .remedy("Write `return_exceptions=True` or `return_exceptions=False`."),
            Some("loop") => Refusal::new(
                "loop-argument",
                "This `gather` is given a loop, which Python 3.10 and later reject.",
            )
            .evidence(keyword.range, "the argument")
            .remedy("Remove the `loop` argument first."),
            Some("timeout") => no_timeout(keyword).without_consent(),
            Some(name) => Refusal::new(
                "gather-kwargs",
                format!("`gather` has no argument `{name}`; this call raises `TypeError` when it runs."),
            )
            .evidence(keyword.range, "the argument")
            .remedy("Remove the argument."),
            None => Refusal::new(
                "gather-kwargs",
                "The keyword arguments of this `gather` are only known when the program runs.",
            )
            .evidence(keyword.range, "the argument")
            .remedy("Write the arguments out."),
        });
    }
    Ok(())
}

/// On Python 3.13 a task group that ends with errors in a task that is being cancelled cancels
/// the task again (D-G6): not in `finally`, not in a handler that catches the cancellation, not
/// after a swallowed one.
fn cancelled_before(site: &Site<'_, '_>) -> Result<(), Refusal> {
    let file = site.file;
    let tree = file.tree;
    let mut below = site.statement;
    let home = tree.scope_of(site.statement);
    while let Some(above) = tree.ancestors(below).next() {
        if tree.scope_of(below) != home {
            break;
        }
        let here = tree.node(below);
        let holds = |block: &[ast::Stmt]| block.iter().any(|s| AnyNodeRef::from(s).ptr_eq(here));
        match tree.node(above) {
            AnyNodeRef::StmtTry(try_) if holds(&try_.finalbody) => {
                return Err(Refusal::new(
                    "gather-in-finally",
                    "In a `finally` block the task may be in the middle of being cancelled; a task group with an error would cancel it again on Python 3.13.",
                )
                .evidence(try_.range, "the `try` statement")
                .remedy("Move the call out of the `finally` block, or pass `return_exceptions=True` to it."));
            }
            AnyNodeRef::StmtWith(with) => {
                if let Some(range) = expects_cancellation(with, file) {
                    return Err(Refusal::new(
                        "cancellation-expected",
                        "The code around this `gather` expects a `CancelledError`; a task group does not raise that of a task that ends in one by itself.",
                    )
                    .evidence(range, "expects it")
                    .remedy("Leave the call as it is, or look at the results of the tasks."));
                }
            }
            AnyNodeRef::ExceptHandlerExceptHandler(handler)
                if catches_cancellation(handler, file) =>
            {
                return Err(Refusal::new(
                    "gather-in-cancel-handler",
                    "This handler runs when the task is being cancelled; a task group with an error would cancel it again on Python 3.13.",
                )
                .evidence(handler.range, "the handler")
                .remedy("Catch `Exception` instead, or move the call out of the handler."));
            }
            _ => {}
        }
        if above == NodeId::MODULE {
            break;
        }
        below = above;
    }
    match swallowed_before(site) {
        Some(range) => Err(Refusal::new(
            "gather-after-swallowed-cancel",
            "An earlier part of the function catches a cancellation and goes on; a task group with an error would cancel the task again on Python 3.13.",
        )
        .evidence(range, "catches the cancellation")
        .remedy("Raise the cancellation again in the handler.")),
        None => Ok(()),
    }
}

/// `pytest.raises(asyncio.CancelledError)` and its like among the items of a `with` statement.
fn expects_cancellation(with: &ast::StmtWith, file: &FileView<'_>) -> Option<TextRange> {
    with.items.iter().find_map(|item| {
        let ast::Expr::Call(call) = &item.context_expr else {
            return None;
        };
        let called = match &*call.func {
            ast::Expr::Name(name) => name.id.as_str(),
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return None,
        };
        let expects = matches!(called, "raises" | "assertRaises" | "assertRaisesRegex")
            && call
                .arguments
                .args
                .first()
                .is_some_and(|first| match first {
                    ast::Expr::Tuple(tuple) => {
                        tuple.elts.iter().any(|one| is_cancellation(one, file))
                    }
                    one => is_cancellation(one, file),
                });
        expects.then_some(item.range)
    })
}

fn is_cancellation(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    file.tree.qualified_name(expr).is_some_and(|name| {
        matches!(
            name.as_str(),
            "asyncio.CancelledError"
                | "asyncio.exceptions.CancelledError"
                | "concurrent.futures.CancelledError"
        )
    })
}

/// Whether a handler catches `CancelledError`.
pub(super) fn catches_cancellation(
    handler: &ast::ExceptHandlerExceptHandler,
    file: &FileView<'_>,
) -> bool {
    let is_cancel = |expr: &ast::Expr| {
        matches!(expr, ast::Expr::Name(name) if name.id == "BaseException")
            || is_cancellation(expr, file)
    };
    match handler.type_.as_deref() {
        None => true,
        Some(ast::Expr::Tuple(tuple)) => tuple.elts.iter().any(is_cancel),
        Some(expr) => is_cancel(expr),
    }
}

/// The place before the site (or in the same loop) that catches a cancellation and goes on.
fn swallowed_before(site: &Site<'_, '_>) -> Option<TextRange> {
    let file = site.file;
    let tree = file.tree;
    let function = file.enclosing_function(site.id())?;
    let home = tree.scope_of(site.statement);
    let start = tree.node(site.statement).start();
    let loop_ = tree
        .ancestors(site.statement)
        .filter(|id| tree.scope_of(*id) == home)
        .filter(|id| {
            matches!(
                tree.node(*id),
                AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)
            )
        })
        .last();
    tree.guards_within(function)
        .iter()
        .copied()
        .filter(|id| tree.scope_of(*id) == home)
        .find_map(|id| {
            let before = tree.node(id).end() <= start;
            let around = loop_.is_some_and(|around| tree.is_within(id, around));
            if !before && !around {
                return None;
            }
            match tree.node(id) {
                AnyNodeRef::ExceptHandlerExceptHandler(handler) => {
                    let leaves = match handler.body.last() {
                        Some(ast::Stmt::Raise(_) | ast::Stmt::Return(_)) => true,
                        Some(ast::Stmt::Break(_)) => !before,
                        _ => false,
                    };
                    if leaves || !catches_cancellation(handler, file) {
                        return None;
                    }
                    let AnyNodeRef::StmtTry(try_) = tree.node(tree.parent(id)) else {
                        return None;
                    };
                    // A clause before it may have caught the cancellation and raised it again.
                    let taken = try_.handlers.iter().any(|other| {
                        let ast::ExceptHandler::ExceptHandler(other) = other;
                        other.start() < handler.start()
                            && catches_cancellation(other, file)
                            && matches!(other.body.last(), Some(ast::Stmt::Raise(_)))
                    });
                    (!taken && suspends(&try_.body, file) && !awaits_a_cancelled(try_, site))
                        .then_some(handler.range)
                }
                AnyNodeRef::WithItem(item) => {
                    let ast::Expr::Call(call) = &item.context_expr else {
                        return None;
                    };
                    let suppresses = file.resolves_to(&call.func, "contextlib.suppress")
                        && call.arguments.args.iter().any(|arg| {
                            matches!(arg, ast::Expr::Name(name) if name.id == "BaseException")
                                || file.resolves_to(arg, "asyncio.CancelledError")
                        });
                    let with = tree.node(tree.parent(id));
                    let AnyNodeRef::StmtWith(with) = with else {
                        return None;
                    };
                    (suppresses && !cancels_something(site, with.start())).then_some(item.range())
                }
                _ => None,
            }
        })
}

/// Whether statements contain a suspension point of this function.
fn suspends(body: &[ast::Stmt], file: &FileView<'_>) -> bool {
    body.iter().any(|stmt| {
        let id = file.tree.id(stmt);
        let home = file.function_scope(id);
        file.tree.descendants(id).any(|below| {
            let is_async = match file.tree.node(below) {
                AnyNodeRef::ExprAwait(_) => true,
                AnyNodeRef::StmtFor(node) => node.is_async,
                AnyNodeRef::StmtWith(node) => node.is_async,
                AnyNodeRef::Comprehension(node) => node.is_async,
                _ => false,
            };
            is_async && file.function_scope(below) == home
        })
    })
}

/// `task.cancel()` and then `try: await task` / `except CancelledError: pass`: the cancellation
/// that is caught is the child's.
fn awaits_a_cancelled(try_: &ast::StmtTry, site: &Site<'_, '_>) -> bool {
    try_.body.len() == 1
        && matches!(&try_.body[0], ast::Stmt::Expr(expr)
            if matches!(&*expr.value, ast::Expr::Await(await_)
                if matches!(&*await_.value, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_))))
        && cancels_something(site, try_.start())
}

fn cancels_something(site: &Site<'_, '_>, before: crate::syntax::TextSize) -> bool {
    let file = site.file;
    file.enclosing_function(site.id()).is_some_and(|function| {
        file.tree.descendants(function).any(|id| {
            matches!(file.tree.node(id), AnyNodeRef::ExprCall(call)
                if call.end() <= before
                    && matches!(&*call.func, ast::Expr::Attribute(attribute) if &*attribute.attr == "cancel"))
        })
    })
}

/// `task.cancel()` and then `await gather(*tasks, return_exceptions=True)` waits for the end of
/// cancelled tasks: the idiom of a shutdown, which a task group cannot express.
fn shutdown(site: &Site<'_, '_>) -> Result<(), Refusal> {
    let file = site.file;
    let tree = file.tree;
    let fresh = site.call.arguments.args.iter().all(|arg| match arg {
        ast::Expr::Call(_) => true,
        ast::Expr::Starred(starred) => matches!(
            &*starred.value,
            ast::Expr::ListComp(_) | ast::Expr::Generator(_) | ast::Expr::SetComp(_)
        ),
        _ => false,
    });
    if fresh {
        return Ok(());
    }
    let Some(mut function) = file.enclosing_function(site.id()) else {
        return Ok(());
    };
    // The call may stand in a small function of the one that shuts down.
    while let Some(outer) = file.enclosing_function(function) {
        function = outer;
    }
    let cancel = tree
        .descendants(function)
        .find_map(|id| match tree.node(id) {
            AnyNodeRef::ExprCall(call)
                if call.end() <= site.await_.start()
                    && matches!(&*call.func, ast::Expr::Attribute(attribute)
                    if matches!(attribute.attr.as_str(), "cancel" | "cancel_all" | "shutdown")) =>
            {
                Some(call.range())
            }
            _ => None,
        });
    match cancel {
        Some(range) => Err(Refusal::new(
            "gather-after-cancel",
            "This `gather` waits for tasks that have been cancelled before, which is a good way to shut them down.",
        )
        .evidence(range, "cancelled here")
        .kept()),
        None => Ok(()),
    }
}
