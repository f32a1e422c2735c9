//! One coroutine in the place of several runs, and of a loop that runs for ever: with consent.

use super::argument::{Argument, argument};
use super::emission::{differences, empty_blocks, unwrap};
use super::entry::repeats;
use super::layout::Layout;
use super::uses::{Origin, Uses, is_whole};
use super::wrapper::{Stop, Value, wrapper, wrapper_name};
use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{Awaitable, FileView, Refusal};
use std::collections::BTreeSet;

/// Statements between the first task and the run that are neither tasks nor runs.
#[derive(Default)]
pub(super) struct Besides {
    /// They move as they are, but for the loop: `loop.add_signal_handler(SIGTERM, loop.stop)`.
    pub(super) signals: BTreeSet<NodeId>,
    /// They go.
    pub(super) gone: BTreeSet<NodeId>,
}

/// The statements from the first task to the run, when all of them can move into a coroutine.
pub(super) fn moved_statements<'a>(
    tasks: &[NodeId],
    run: NodeId,
    besides: &Besides,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Option<Vec<NodeId>> {
    let tree = file.tree;
    let mut last = tree.enclosing_statement(run);
    let first = tasks
        .iter()
        .map(|task| tree.enclosing_statement(*task))
        .chain(besides.signals.iter().copied())
        .min()?;
    // `try: loop.run_forever()` / `except KeyboardInterrupt: …`
    if tree.parent(last) != tree.parent(first) {
        last = interruptible(last, file)?;
    }
    if repeats(run, uses.scope, uses.made, file) {
        return None;
    }
    let (block, end) = tree.block_of(last)?;
    let begin = block.iter().position(|stmt| tree.id(stmt) == first)?;
    let mut moved = Vec::new();
    for stmt in &block[begin..end] {
        let id = tree.id(stmt);
        if uses.removed.contains(&id) || besides.gone.contains(&id) {
            continue;
        }
        if besides.signals.contains(&id) {
            moved.push(id);
            continue;
        }
        let (target, value) = match stmt {
            ast::Stmt::Expr(expr) => (None, &*expr.value),
            ast::Stmt::Assign(assign) => match &assign.targets[..] {
                [ast::Expr::Name(name)] => (Some(name), &*assign.value),
                _ => return None,
            },
            _ => return None,
        };
        let ast::Expr::Call(call) = value else {
            return None;
        };
        let makes = target.is_some() && file.awaitable(value) == Awaitable::Coroutine;
        let is_print = matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "print");
        let is_run = uses.runs.iter().any(|run| run.id == tree.id(call));
        if !tasks.contains(&tree.id(call)) && !is_print && !makes {
            return None;
        }
        if tasks.contains(&tree.id(call))
            && !is_run
            && !call
                .arguments
                .args
                .first()
                .is_some_and(|made| file.awaitable(made) == Awaitable::Coroutine)
        {
            return None;
        }
        if let Some(name) = target {
            let home = tree.lookup(name.id.as_str(), tree.scope_of(id))?;
            let leaves = tree
                .occurrences(home, name.id.as_str())
                .into_iter()
                .any(|mention| {
                    let there = tree.enclosing_statement(mention);
                    !tree.is_within(mention, run)
                        && !besides.gone.contains(&there)
                        && !block[begin..end].iter().any(|stmt| tree.id(stmt) == there)
                });
            if leaves {
                return None;
            }
        }
        moved.push(id);
    }
    let all = tasks
        .iter()
        .all(|task| moved.contains(&tree.enclosing_statement(*task)));
    all.then_some(moved)
}

/// The `try` statement around a statement that is the first of it, when its handlers are about
/// Ctrl-C only: the statements before it may then move in.
fn interruptible(statement: NodeId, file: &FileView<'_>) -> Option<NodeId> {
    let tree = file.tree;
    let (_, at) = tree.block_of(statement)?;
    let above = tree.parent(statement);
    let AnyNodeRef::StmtTry(try_) = tree.node(above) else {
        return None;
    };
    let in_body = try_
        .body
        .first()
        .is_some_and(|stmt| tree.id(stmt) == statement);
    let of_interrupt = try_.handlers.iter().all(|handler| {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        matches!(handler.type_.as_deref(), Some(ast::Expr::Name(name))
            if name.id.as_str() == "KeyboardInterrupt")
    });
    (at == 0 && in_body && of_interrupt).then_some(above)
}

/// A server that the loop serves for ever: its name, and the statements that close it.
struct Server<'a> {
    name: &'a str,
    closing: BTreeSet<NodeId>,
}

/// `server = loop.run_until_complete(asyncio.start_server(…))`, with `server.close()` and
/// `loop.run_until_complete(server.wait_closed())` at the end.
fn server<'a>(uses: &Uses<'a>, file: &FileView<'a>) -> Option<Server<'a>> {
    let tree = file.tree;
    uses.runs.iter().find_map(|run| {
        let statement = tree.enclosing_statement(run.id);
        let AnyNodeRef::StmtAssign(assign) = tree.node(statement) else {
            return None;
        };
        let [ast::Expr::Name(name)] = &assign.targets[..] else {
            return None;
        };
        let started = match run.awaitable {
            ast::Expr::Name(coroutine) => {
                let home = tree.lookup(coroutine.id.as_str(), tree.scope_of(run.id))?;
                match tree.bindings(home, coroutine.id.as_str()) {
                    [only] => file.assigned_value(only.node)?,
                    _ => return None,
                }
            }
            other => other,
        };
        let ast::Expr::Call(call) = started else {
            return None;
        };
        let starts = ["asyncio.start_server", "asyncio.start_unix_server"]
            .iter()
            .any(|function| file.resolves_to(&call.func, function));
        let home = tree.lookup(name.id.as_str(), tree.scope_of(statement))?;
        if !starts || tree.bindings(home, name.id.as_str()).len() != 1 {
            return None;
        }
        let mut closing = BTreeSet::new();
        for mention in tree.occurrences(home, name.id.as_str()) {
            let AnyNodeRef::ExprAttribute(method) = tree.node(tree.parent(mention)) else {
                continue;
            };
            let there = tree.enclosing_statement(mention);
            let AnyNodeRef::StmtExpr(expr) = tree.node(there) else {
                continue;
            };
            let ast::Expr::Call(outer) = &*expr.value else {
                continue;
            };
            let closes = method.attr.as_str() == "close"
                && AnyNodeRef::from(&*outer.func).ptr_eq(AnyNodeRef::from(method))
                && outer.arguments.is_empty();
            let waits = method.attr.as_str() == "wait_closed"
                && uses.runs.iter().any(|run| run.id == tree.id(outer));
            if closes || waits {
                closing.insert(there);
            }
        }
        Some(Server {
            name: name.id.as_str(),
            closing,
        })
    })
}

/// Statements that only tell the loop to stop at a signal, and whether they are all there is of
/// other uses of the loop.
fn signals(uses: &Uses<'_>, file: &FileView<'_>) -> (BTreeSet<NodeId>, Option<NodeId>) {
    let tree = file.tree;
    let mut found = BTreeSet::new();
    for mention in &uses.others {
        let mut statement = tree.enclosing_statement(*mention);
        if !stops_at_signal(statement, uses, file) {
            return (found, Some(*mention));
        }
        let above = tree.parent(statement);
        if let AnyNodeRef::StmtFor(for_) = tree.node(above)
            && for_.body.len() == 1
            && for_.orelse.is_empty()
            && !for_.is_async
            && matches!(&*for_.iter, ast::Expr::Tuple(_) | ast::Expr::List(_))
        {
            statement = above;
        }
        found.insert(statement);
    }
    (found, None)
}

/// `loop.add_signal_handler(signal.SIGTERM, loop.stop)`
fn stops_at_signal(statement: NodeId, uses: &Uses<'_>, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let AnyNodeRef::StmtExpr(expr) = tree.node(statement) else {
        return false;
    };
    let ast::Expr::Call(call) = &*expr.value else {
        return false;
    };
    let ast::Expr::Attribute(method) = &*call.func else {
        return false;
    };
    let is_loop = |expr: &ast::Expr| {
        matches!(expr, ast::Expr::Name(name)
            if uses.name.is_some_and(|(known, _)| known == name.id.as_str()))
    };
    let [_, ast::Expr::Attribute(handler)] = &call.arguments.args[..] else {
        return false;
    };
    method.attr.as_str() == "add_signal_handler"
        && call.arguments.keywords.is_empty()
        && is_loop(&method.value)
        && handler.attr.as_str() == "stop"
        && is_loop(&handler.value)
}

/// `run_forever` becomes a coroutine that makes the tasks, awaits the runs before, and waits: for a
/// signal, for the connections of a server, or for ever.
pub(super) fn write_forever<'a>(
    change: &mut Change,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let forever = uses.forever[0];
    let refusal = |range: TextRange, words: &str| {
        Refusal::new(
            "run-forever",
            "`run_forever` ends by `loop.stop()` or Ctrl-C; what should end this program under `asyncio.run` is for a human to say.",
        )
        .evidence(range, words)
        .remedy("Write a coroutine that awaits an `asyncio.Event`, and run that.")
    };
    let AnyNodeRef::ExprCall(call) = tree.node(forever) else {
        unreachable!("a use of the loop is a call");
    };
    let (signals, other) = signals(uses, file);
    if let Some(other) = uses.forever.get(1).copied().or(other) {
        return Err(refusal(tree.node(other).range(), "another use of the loop"));
    }
    if !is_whole(call, tree.enclosing_statement(forever), file)
        || uses.debug.is_some()
        || matches!(uses.origin, Origin::Factory(_))
    {
        return Err(refusal(call.range(), "runs for ever"));
    }
    let server = server(uses, file);
    let besides = Besides {
        gone: server
            .as_ref()
            .map(|server| server.closing.clone())
            .unwrap_or_default(),
        signals,
    };
    let mut needed: Vec<NodeId> = uses.tasks.clone();
    for run in &uses.runs {
        if besides.gone.contains(&tree.enclosing_statement(run.id)) {
            continue;
        }
        argument(run, uses, file)?;
        needed.retain(|task| !tree.is_within(*task, run.id));
        needed.push(run.id);
    }
    needed.sort_unstable();
    // Without any task of this file, something else has put its callbacks on the old loop.
    let first = *needed
        .first()
        .ok_or_else(|| refusal(call.range(), "nothing here gives it work"))?;
    let moved = moved_statements(&needed, forever, &besides, uses, file)
        .ok_or_else(|| refusal(tree.node(first).range(), "runs before"))?;
    let mut layout = Layout::new(file, call.start());
    let mut removed = uses.removed.clone();
    removed.extend(moved.iter().chain(&besides.gone).copied());
    unwrap(&mut layout, &mut removed, uses, file);
    empty_blocks(&mut layout, &removed, file);
    layout.remove(&removed, call.start())?;
    let run = file.import(change, forever, "asyncio.run")?;
    let name = wrapper_name(forever, 1, file);
    let waits_for_signal = !besides.signals.is_empty();
    let stop = if waits_for_signal {
        let event = file.import(change, forever, "asyncio.Event")?;
        Some(Stop {
            name: file.shared_name(forever, "stop"),
            event,
            running: file.import(change, forever, "asyncio.get_running_loop")?,
            statements: besides.signals,
        })
    } else {
        None
    };
    let text = match (&stop, &server) {
        (Some(stop), Some(server)) => format!(
            "async with {}:\n{}await {}.wait()",
            server.name,
            layout.unit(),
            stop.name
        ),
        (Some(stop), None) => format!("await {}.wait()", stop.name),
        (None, Some(server)) => format!(
            "async with {}:\n{}await {}.serve_forever()",
            server.name,
            layout.unit(),
            server.name
        ),
        (None, None) => {
            let event = file.import(change, forever, "asyncio.Event")?;
            format!("await {event}().wait()")
        }
    };
    let value = Value {
        call: forever,
        text: Some(text),
        is_read: false,
        stop,
    };
    wrapper(change, &mut layout, &value, &name, Some(&moved), uses, file)?;
    layout.replace(call.range(), format!("{run}({name}())"));
    layout.finish(change);
    differences(change, uses, false);
    Ok(())
}

/// Several runs with nothing but messages between them become one coroutine that awaits one after
/// the other. Answers whether they could.
pub(super) fn join<'a>(
    change: &mut Change,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<bool, Refusal> {
    let tree = file.tree;
    let Some((last, earlier)) = uses.runs.split_last() else {
        return Ok(false);
    };
    if !uses.others.is_empty() || uses.debug.is_some() || matches!(uses.origin, Origin::Factory(_))
    {
        return Ok(false);
    }
    for run in &uses.runs {
        if !matches!(
            argument(run, uses, file)?,
            Argument::Coroutine | Argument::Wrapped
        ) {
            return Ok(false);
        }
    }
    let mut needed: Vec<NodeId> = earlier.iter().map(|run| run.id).collect();
    needed.extend(
        uses.tasks
            .iter()
            .filter(|task| !uses.runs.iter().any(|run| tree.is_within(**task, run.id))),
    );
    needed.sort_unstable();
    let Some(moved) = moved_statements(&needed, last.id, &Besides::default(), uses, file) else {
        return Ok(false);
    };
    change.applicability = Applicability::Unsafe;
    let mut layout = Layout::new(file, last.call.start());
    let mut removed = uses.removed.clone();
    removed.extend(moved.iter().copied());
    unwrap(&mut layout, &mut removed, uses, file);
    empty_blocks(&mut layout, &removed, file);
    layout.remove(&removed, last.call.start())?;
    let run = file.import(change, last.id, "asyncio.run")?;
    let name = wrapper_name(last.id, 1, file);
    let value = Value::of(last, last.awaitable, file);
    wrapper(change, &mut layout, &value, &name, Some(&moved), uses, file)?;
    layout.replace(last.call.range(), format!("{run}({name}())"));
    layout.finish(change);
    differences(change, uses, false);
    Ok(true)
}
