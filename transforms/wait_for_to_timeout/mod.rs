#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::syntax::cst::{Piece, Run};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, FileView, Obstacle, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "wait-for-to-timeout",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["wait_for"],
    default: true,
};

/// `await asyncio.wait_for(…)` becomes a statement in `async with asyncio.timeout(…)`.
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
        let AnyNodeRef::ExprCall(call) = file.tree.node(found.call) else {
            unreachable!("`find` saw a call");
        };
        let Some(await_) = file.awaited_by(found.call) else {
            return Err(Refusal::new(
                "wait-for-not-awaited-here",
                "This `wait_for` is not awaited where it is called, so there is no statement to put a timeout around.",
            )
            .remedy("Await it in a statement of its own.")
            .kept());
        };
        let arguments = Arguments::of(call)?;
        if !file.options.at_least(11) {
            return Err(Refusal::new(
                "target-too-old",
                "`asyncio.timeout` needs Python 3.11, and the target version is older.",
            )
            .remedy("Raise `requires-python` or pass `--target-version py311`."));
        }
        if let Some(refusal) = file.patched("asyncio.wait_for") {
            return Err(refusal);
        }
        check_timeout(arguments.timeout)?;

        let mut change = Change::new(Applicability::Safe);
        change.differs(&["D-W1", "D-W5"]);
        if !file.options.at_least(12) {
            change.differs(&["D-W2", "D-W3"]);
        }
        let header = timeout_header(&mut change, await_, &arguments, file)?;
        wrap(&mut change, await_, &arguments, &header, file)?;
        Ok(change)
    }
}

/// The two arguments of `wait_for`, as CPython's signature `wait_for(fut, timeout)` names them.
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
    if timeout.is_none_literal_expr() {
        return Err(Refusal::new(
            "timeout-is-none",
            "A timeout of `None` waits for ever, so there is nothing to time out.",
        )
        .evidence(timeout.range(), "the timeout")
        .kept());
    }
    Ok(())
}

/// `async with asyncio.timeout(…):`
fn timeout_header(
    change: &mut Change,
    await_: &ast::ExprAwait,
    arguments: &Arguments<'_>,
    file: &FileView<'_>,
) -> Result<String, Refusal> {
    let at = file.tree.id(await_);
    let timeout = file.import(change, at, "asyncio.timeout")?;
    let value = file.tree.lifted(arguments.timeout.range());
    Ok(format!("async with {timeout}({value}):"))
}

/// Puts the statement, or what must be evaluated before it, into the timeout.
fn wrap(
    change: &mut Change,
    await_: &ast::ExprAwait,
    arguments: &Arguments<'_>,
    header: &str,
    file: &FileView<'_>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let id = tree.id(await_);
    let statement = tree.enclosing_statement(id);
    let what = "this `wait_for`";
    if !file.in_coroutine(id) {
        return Err(Obstacle::Deferred(await_.range).refusal(what));
    }
    let run = Run::single(tree, statement).ok_or_else(|| {
        Refusal::new(
            "not-a-statement",
            "This `wait_for` does not stand in a statement.",
        )
    })?;
    single_await(await_, statement, file)?;

    let place = file.can_hoist(id);
    // Evaluated for every element, or later: one timeout around the statement is another program.
    if let Err(
        obstacle @ (Obstacle::Comprehension(_)
        | Obstacle::Deferred(_)
        | Obstacle::Definition(_)
        | Obstacle::While(_)
        | Obstacle::Elif(_)
        | Obstacle::Later(_)),
    ) = &place
    {
        return Err(obstacle.refusal(what));
    }
    // Evaluated only under a condition: the timeout expression would always be.
    if let Err(obstacle @ Obstacle::Conditional(_)) = &place
        && !file.is_pure(arguments.timeout)
    {
        return Err(obstacle.refusal("the timeout expression"));
    }

    let mut pieces = Vec::new();
    let awaitable = tree.lifted(tree.parenthesized(arguments.awaitable));
    let direct = starts_inside_await(arguments.awaitable, file);
    // D-W6: what the awaitable's expression does before it is awaited does not count against the
    // timeout of `wait_for`; it would count inside `asyncio.timeout`.
    let operand = if direct {
        None
    } else {
        if let Err(obstacle) = &place {
            return Err(obstacle.refusal("the call that makes the awaitable"));
        }
        let name = file.fresh_name(id, name_of_awaitable(arguments.awaitable, file));
        pieces.push(Piece::New(format!("{name} = {awaitable}")));
        Some(name)
    };
    let awaited = operand.unwrap_or_else(|| {
        let indent = tree.indentation(tree.node(statement).start());
        tree.moved(tree.parenthesized(arguments.awaitable), indent, &[])
    });
    let call = AnyNodeRef::from(&*await_.value).range();

    if needs_hoisting(tree.node(statement)) {
        if let Err(obstacle) = &place {
            return Err(obstacle.refusal(what));
        }
        let name = file.fresh_name(id, "result");
        pieces.push(Piece::Block(
            header.to_owned(),
            vec![Piece::New(format!(
                "{name} = await {}",
                relifted(&awaited, direct, arguments, file)
            ))],
        ));
        let whole = tree.parenthesized_node(id);
        pieces.push(Piece::Kept(0, vec![(whole, name)]));
    } else {
        if let Err(obstacle @ Obstacle::NotLeftPure(_)) = &place {
            return Err(obstacle.refusal(what));
        }
        pieces.push(Piece::Block(
            header.to_owned(),
            vec![Piece::Kept(0, vec![(call, awaited)])],
        ));
    }
    change.rebuild(file.rebuild(run, &pieces)?);
    Ok(())
}

fn relifted(awaited: &str, direct: bool, arguments: &Arguments<'_>, file: &FileView<'_>) -> String {
    if direct {
        file.tree
            .lifted(file.tree.parenthesized(arguments.awaitable))
    } else {
        awaited.to_owned()
    }
}

/// Refuses a statement with another suspension point: the timeout would cover it, too.
fn single_await(
    await_: &ast::ExprAwait,
    statement: NodeId,
    file: &FileView<'_>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let header_end = match tree.node(statement) {
        node if needs_hoisting(node) => return Ok(()),
        node => node.end(),
    };
    let this = tree.id(await_);
    let home = tree.scope_of(this);
    let other = tree.descendants(statement).find(|id| {
        let node = tree.node(*id);
        let suspends = match node {
            AnyNodeRef::ExprAwait(_) => *id != this && !tree.is_within(*id, this),
            AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => true,
            AnyNodeRef::Comprehension(clause) => clause.is_async,
            _ => false,
        };
        suspends && node.start() < header_end && tree.scope_of(*id) == home
    });
    match other {
        None => Ok(()),
        Some(id) if matches!(tree.node(id), AnyNodeRef::ExprYield(_)) => Ok(()),
        Some(id) => Err(Refusal::new(
            "multiple-awaits",
            "The statement awaits something else as well, which the timeout would cover.",
        )
        .evidence(tree.node(id).range(), "the other await")
        .remedy("Put each `await` into a statement of its own.")),
    }
}

/// Statements whose body or whose value leaves the function must not end up inside the timeout.
fn needs_hoisting(node: AnyNodeRef<'_>) -> bool {
    match node {
        AnyNodeRef::StmtIf(_)
        | AnyNodeRef::StmtFor(_)
        | AnyNodeRef::StmtWith(_)
        | AnyNodeRef::StmtMatch(_)
        | AnyNodeRef::StmtTry(_)
        | AnyNodeRef::StmtWhile(_) => true,
        AnyNodeRef::StmtExpr(expr) => matches!(*expr.value, ast::Expr::Yield(_)),
        AnyNodeRef::StmtAssign(assign) => matches!(*assign.value, ast::Expr::Yield(_)),
        _ => false,
    }
}

/// Whether evaluating the awaitable takes no time before the `await`: a name, or the call of a
/// coroutine function with such arguments, whose body runs only inside the `await`.
fn starts_inside_await(awaitable: &ast::Expr, file: &FileView<'_>) -> bool {
    match awaitable {
        ast::Expr::Call(call) => {
            // `gather` creates tasks, which run while it is awaited.
            (file.calls_coroutine_function(call) || file.resolves_to(&call.func, "asyncio.gather"))
                && call
                    .arguments
                    .args
                    .iter()
                    .all(|arg| takes_no_time(arg, file))
                && call
                    .arguments
                    .keywords
                    .iter()
                    .all(|keyword| takes_no_time(&keyword.value, file))
        }
        other => takes_no_time(other, file),
    }
}

/// Whether an argument is evaluated at once: no call in it.
fn takes_no_time(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    // `*(… for … in …)` is run through by the call itself.
    if let ast::Expr::Starred(starred) = expr
        && let ast::Expr::Generator(generator) = &*starred.value
    {
        return takes_no_time(&generator.elt, file)
            && generator.generators.iter().all(|clause| {
                !clause.is_async
                    && takes_no_time(&clause.iter, file)
                    && clause.ifs.iter().all(|test| takes_no_time(test, file))
            });
    }
    let id = file.tree.id(expr);
    !file.tree.descendants(id).any(|below| {
        matches!(
            file.tree.node(below),
            AnyNodeRef::ExprCall(_) | AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprGenerator(_)
        ) && !matches!(file.tree.node(below), AnyNodeRef::ExprCall(call) if file.calls_coroutine_function(call))
    })
}

/// A name for what is awaited: `coro`, or `future` where the call says so.
fn name_of_awaitable(awaitable: &ast::Expr, _file: &FileView<'_>) -> &'static str {
    let called = match awaitable {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            ast::Expr::Name(name) => name.id.as_str(),
            _ => "",
        },
        _ => "",
    };
    match called {
        "shield" | "run_in_executor" | "create_future" | "wrap_future" | "gather" => "future",
        "create_task" | "ensure_future" => "task",
        _ => "coro",
    }
}
