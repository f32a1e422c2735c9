#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, TokenKind, ast};
use crate::transform::{About, EventLoop, FileView, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "run-in-executor-to-thread",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["run_in_executor"],
    default: true,
};

/// `await loop.run_in_executor(None, f, x)` becomes `await asyncio.to_thread(f, x)`.
pub(super) struct RunInExecutorToThread;

/// A call of `run_in_executor`.
pub(super) struct ExecutorCall {
    call: NodeId,
    event_loop: EventLoop,
}

impl Transform for RunInExecutorToThread {
    type Node = ast::ExprCall;
    type Found = ExecutorCall;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<ExecutorCall> {
        let ast::Expr::Attribute(method) = &*call.func else {
            return None;
        };
        if method.attr.as_str() != "run_in_executor" {
            return None;
        }
        match file.event_loop(&method.value) {
            EventLoop::No => None,
            event_loop => Some(ExecutorCall {
                call: file.tree.id(call),
                event_loop,
            }),
        }
    }

    fn site(found: &ExecutorCall, file: &FileView<'_>) -> TextRange {
        file.tree.node(found.call).range()
    }

    fn rewrite(found: ExecutorCall, file: &FileView<'_>) -> Result<Change, Refusal> {
        let AnyNodeRef::ExprCall(call) = file.tree.node(found.call) else {
            unreachable!("`find` saw a call");
        };
        let ast::Expr::Attribute(method) = &*call.func else {
            unreachable!("`find` saw a method");
        };
        let arguments = Arguments::of(call)?;
        if !arguments.executor.is_none_literal_expr() {
            return Err(Refusal::new(
                "executor-given",
                "This call names its executor; `asyncio.to_thread` always uses the default one.",
            )
            .evidence(arguments.executor.range(), "the executor")
            .kept());
        }
        if file.awaited_by(found.call).is_none() {
            return Err(Refusal::new(
                "executor-not-awaited-here",
                "This call starts the thread at once; `asyncio.to_thread` would start it only when it is awaited.",
            )
            .remedy("Await the call where it stands."));
        }
        // A future of another loop cannot be awaited, so any loop of asyncio is the running one.
        if found.event_loop == EventLoop::ByName {
            return Err(Refusal::new(
                "loop-not-proved",
                format!(
                    "Nothing here proves that `{}` is an event loop of asyncio.",
                    file.text(method.value.range())
                ),
            )
            .evidence(method.value.range(), "the loop")
            .remedy("Annotate it as `asyncio.AbstractEventLoop`, or get it from `asyncio.get_running_loop()`."));
        }
        if !file.options.at_least(9) {
            return Err(Refusal::new(
                "target-too-old",
                "`asyncio.to_thread` needs Python 3.9, and the target version is older.",
            ));
        }
        if let Some(refusal) = file.for_older_python(found.call) {
            return Err(refusal);
        }
        if let Some(refusal) = effect_of_receiver(&method.value, file) {
            return Err(refusal);
        }
        let mut change = Change::new(Applicability::Safe);
        change.differs(&["D-R6"]);
        let callee = file.replace_callee(&mut change, call, "asyncio.to_thread")?;
        let shorter = flatten_partial(&mut change, call, &arguments, file);
        let from = file.tree.parenthesized(arguments.function).start();
        if !file.join_arguments(&mut change, call, from, &callee, shorter) {
            drop_executor(&mut change, call, &arguments, file);
        }
        Ok(change)
    }
}

/// The arguments of `run_in_executor(executor, func, *args)`.
struct Arguments<'a> {
    executor: &'a ast::Expr,
    function: &'a ast::Expr,
}

impl<'a> Arguments<'a> {
    fn of(call: &'a ast::ExprCall) -> Result<Self, Refusal> {
        match (&call.arguments.args[..], &call.arguments.keywords[..]) {
            ([executor, function, ..], [])
                if !executor.is_starred_expr() && !function.is_starred_expr() =>
            {
                Ok(Self { executor, function })
            }
            _ => Err(Refusal::new(
                "run-in-executor-arguments",
                "The executor and the function cannot be told from the arguments.",
            )
            .evidence(call.arguments.range, "the arguments")
            .remedy("Write `run_in_executor(executor, function, …)` with positional arguments.")),
        }
    }
}

/// The receiver is not evaluated any more.
fn effect_of_receiver(receiver: &ast::Expr, file: &FileView<'_>) -> Option<Refusal> {
    for name in [
        "asyncio.get_event_loop",
        "asyncio.get_running_loop",
        "asyncio.to_thread",
    ] {
        if let Some(refusal) = file.patched(name, file.tree.id(receiver)) {
            return Some(refusal.evidence(receiver.range(), "the loop"));
        }
    }
    file.patched_of_loop("run_in_executor", file.tree.id(receiver))
}

/// Removes the argument `None`, its comma and the white space after it; comments stay.
fn drop_executor(
    change: &mut Change,
    call: &ast::ExprCall,
    arguments: &Arguments<'_>,
    file: &FileView<'_>,
) {
    let tree = file.tree;
    let executor = tree.parenthesized(arguments.executor);
    let function = tree.parenthesized(arguments.function);
    let between = TextRange::new(executor.end(), function.start());
    if tree.comments_in(between).is_empty() {
        change.delete(TextRange::new(executor.start(), function.start()));
        return;
    }
    let comma = tree
        .tokens()
        .iter()
        .find(|token| token.kind() == TokenKind::Comma && between.contains_range(token.range()))
        .map_or(executor.end(), Ranged::end);
    debug_assert!(comma <= call.end());
    let blanks = tree.text()[comma.to_usize()..]
        .bytes()
        .take_while(|byte| *byte == b' ')
        .count();
    let blanks = u32::try_from(blanks).unwrap_or(0);
    change.delete(TextRange::new(
        executor.start(),
        comma + TextSize::new(blanks),
    ));
}

/// `functools.partial(f, 1, key=2)` becomes `f, 1, key=2`: `to_thread` takes keyword arguments.
/// Returns how many characters shorter that is.
fn flatten_partial(
    change: &mut Change,
    call: &ast::ExprCall,
    arguments: &Arguments<'_>,
    file: &FileView<'_>,
) -> usize {
    let ast::Expr::Call(partial) = arguments.function else {
        return 0;
    };
    let tree = file.tree;
    let is_last = call.arguments.args.len() == 2;
    let has_function = partial
        .arguments
        .args
        .first()
        .is_some_and(|first| !first.is_starred_expr());
    let plain = partial
        .arguments
        .keywords
        .iter()
        .all(|keyword| keyword.arg.is_some());
    // More arguments after keyword arguments would change the order of evaluation.
    if !file.resolves_to(&partial.func, "functools.partial")
        || !(is_last || partial.arguments.keywords.is_empty())
        || !has_function
        || !(plain || is_last)
    {
        return 0;
    }
    let (Some(first), Some(last)) = (
        partial.arguments.args.first(),
        partial.arguments.iter_source_order().last(),
    ) else {
        return 0;
    };
    let whole = tree.parenthesized(arguments.function);
    let (inside_start, inside_end) = (
        tree.parenthesized(first).start(),
        match last {
            ast::ArgOrKeyword::Arg(expr) => tree.parenthesized(expr).end(),
            ast::ArgOrKeyword::Keyword(keyword) => {
                tree.parenthesized(&keyword.value).end().max(keyword.end())
            }
        },
    );
    let head = TextRange::new(whole.start(), inside_start);
    let tail = TextRange::new(inside_end, whole.end());
    if tree.comments_in(head).is_empty() && tree.comments_in(tail).is_empty() {
        change.delete(head);
        change.delete(tail);
        outdent(
            change,
            TextRange::new(inside_start, inside_end),
            whole,
            file,
        );
        return tree.slice(head).chars().count() + tree.slice(tail).chars().count();
    }
    0
}

/// Moves the further lines of the arguments `inside` to the left, as far as the first one moves
/// when what is around it goes.
fn outdent(change: &mut Change, inside: TextRange, whole: TextRange, file: &FileView<'_>) {
    let tree = file.tree;
    let own_line = tree.slice(TextRange::new(
        tree.line_start(whole.start()),
        whole.start(),
    ));
    if !own_line.trim().is_empty() {
        return;
    }
    let column = |at: TextSize| at - tree.line_start(at);
    let Some(by) = column(inside.start()).checked_sub(column(whole.start())) else {
        return;
    };
    let strings = tree.string_lines(inside);
    let mut cuts = Vec::new();
    let mut at = tree.line_end(inside.start());
    while at < inside.end() {
        let line = TextRange::new(at, tree.line_end(at));
        let blanks = TextSize::of(tree.indentation(at));
        let in_string = |string: &TextRange| string.start() < at && at <= string.end();
        if !strings.iter().any(in_string) && !tree.slice(line).trim().is_empty() {
            if blanks < by {
                return;
            }
            cuts.push(TextRange::at(at, by));
        }
        at = line.end();
    }
    for cut in cuts {
        change.delete(cut);
    }
}
