//! The end of a hand-made loop: what `asyncio.run` does by itself.

use super::emission::are_exclusive;
use super::entry::repeating;
use super::uses::{Uses, argument_of};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ast};
use crate::transform::{FileView, Refusal};

/// Recognises the cancellation of the remaining tasks, and the statements around it that are left
/// with nothing to do.
pub(super) fn close(uses: &mut Uses<'_>, file: &FileView<'_>) {
    cancellation(uses, file);
    let tree = file.tree;
    // A closed loop can be asked whether it is closed by nobody any more.
    let questions: Vec<NodeId> = uses
        .others
        .iter()
        .filter_map(|mention| {
            let statement = tree.enclosing_statement(*mention);
            match tree.node(statement) {
                AnyNodeRef::StmtIf(branch)
                    if branch.elif_else_clauses.is_empty()
                        && asks(&branch.test)
                        && all_removed(&branch.body, uses, file) =>
                {
                    Some(statement)
                }
                _ => None,
            }
        })
        .collect();
    uses.removed.extend(questions);
    // `with suppress(CancelledError):` around nothing.
    let empty: Vec<NodeId> = tree
        .ids()
        .filter(|id| match tree.node(*id) {
            AnyNodeRef::StmtWith(with) => {
                file.function_scope(*id) == uses.scope
                    && with.items.iter().all(|item| suppresses(item, file))
                    && all_removed(&with.body, uses, file)
            }
            AnyNodeRef::StmtTry(try_) => {
                file.function_scope(*id) == uses.scope
                    && all_removed(&try_.body, uses, file)
                    && try_.orelse.is_empty()
                    && (try_.finalbody.is_empty() || all_removed(&try_.finalbody, uses, file))
                    && try_.handlers.iter().all(|handler| {
                        let ast::ExceptHandler::ExceptHandler(handler) = handler;
                        handler.body.iter().all(ast::Stmt::is_pass_stmt)
                    })
            }
            _ => false,
        })
        .collect();
    uses.removed.extend(empty);
}

/// Whether every statement of a block goes.
pub(super) fn all_removed(body: &[ast::Stmt], uses: &Uses<'_>, file: &FileView<'_>) -> bool {
    !body.is_empty()
        && body
            .iter()
            .all(|stmt| uses.removed.contains(&file.tree.id(stmt)))
}

/// `not loop.is_closed()`
fn asks(test: &ast::Expr) -> bool {
    let ast::Expr::UnaryOp(not) = test else {
        return false;
    };
    let ast::Expr::Call(call) = &*not.operand else {
        return false;
    };
    not.op == ast::UnaryOp::Not
        && call.arguments.is_empty()
        && matches!(&*call.func, ast::Expr::Attribute(method)
            if matches!(method.attr.as_str(), "is_closed"))
}

fn suppresses(item: &ast::WithItem, file: &FileView<'_>) -> bool {
    matches!(&item.context_expr, ast::Expr::Call(call)
        if file.resolves_to(&call.func, "contextlib.suppress"))
}

/// ```python
/// pending = asyncio.all_tasks(loop)
/// for task in pending: task.cancel()
/// loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
/// ```
///
/// All three parts must be there, and the name must have no other use.
fn cancellation(uses: &mut Uses<'_>, file: &FileView<'_>) {
    let tree = file.tree;
    let mut found = Vec::new();
    for mention in &uses.others {
        let (Some(call), statement) = argument_of(*mention, file) else {
            continue;
        };
        if !is_all_tasks(call, file) {
            continue;
        }
        let AnyNodeRef::StmtAssign(assign) = tree.node(statement) else {
            continue;
        };
        if let [ast::Expr::Name(name)] = &assign.targets[..]
            && is_tasks_of_loop(&assign.value, call, file)
        {
            found.push((statement, name.id.as_str()));
        }
    }
    for (assignment, name) in found {
        let Some(parts) = parts_of(assignment, name, uses, file) else {
            continue;
        };
        uses.cancels = true;
        uses.removed.insert(assignment);
        let runs = &mut uses.runs;
        runs.retain(|run| !parts.iter().any(|part| tree.is_within(run.id, *part)));
        uses.removed.extend(parts);
    }
}

fn is_all_tasks(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    file.resolves_to(&call.func, "asyncio.all_tasks")
        || file.resolves_to(&call.func, "asyncio.Task.all_tasks")
}

/// The call itself, or a comprehension that leaves finished tasks out, or a gather of them.
fn is_tasks_of_loop(value: &ast::Expr, call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    let is_call = |expr: &ast::Expr| AnyNodeRef::from(expr).ptr_eq(AnyNodeRef::from(call));
    match value {
        ast::Expr::ListComp(list) => {
            let [clause] = &list.generators[..] else {
                return false;
            };
            list.elt.is_name_expr() && is_call(&clause.iter)
        }
        ast::Expr::Call(outer) if file.resolves_to(&outer.func, "asyncio.gather") => {
            is_lenient_gather(outer, file)
                && matches!(&outer.arguments.args[..], [ast::Expr::Starred(star)] if is_call(&star.value))
        }
        other => is_call(other),
    }
}

/// The statements that cancel the tasks of a name and wait for them, when there are both and the
/// name has no other use.
fn parts_of(
    assignment: NodeId,
    name: &str,
    uses: &Uses<'_>,
    file: &FileView<'_>,
) -> Option<Vec<NodeId>> {
    let tree = file.tree;
    let (mut cancels, mut awaits) = (false, false);
    let mut parts = Vec::new();
    for id in tree.occurrences(uses.scope, name) {
        if tree.is_within(id, assignment) {
            continue;
        }
        let statement = tree.enclosing_statement(id);
        match tree.node(statement) {
            AnyNodeRef::StmtFor(for_) => {
                let [ast::Stmt::Expr(only)] = &for_.body[..] else {
                    return None;
                };
                let of_iter = matches!(&*for_.iter, ast::Expr::Name(iter) if tree.id(iter) == id);
                if !of_iter || !is_cancel(&only.value) || !for_.orelse.is_empty() {
                    return None;
                }
                cancels = true;
            }
            AnyNodeRef::StmtExpr(expr) => match &*expr.value {
                ast::Expr::ListComp(list) if is_cancel(&list.elt) => cancels = true,
                value if is_cancel(value) => cancels = true,
                ast::Expr::Call(call) => {
                    let [argument] = &call.arguments.args[..] else {
                        return None;
                    };
                    let is_run = uses.runs.iter().any(|run| run.id == tree.id(call));
                    let waits = match argument {
                        ast::Expr::Name(_) => gathered(assignment, file),
                        ast::Expr::Call(inner) => is_lenient_gather(inner, file),
                        _ => false,
                    };
                    if !is_run || !waits {
                        return None;
                    }
                    awaits = true;
                }
                _ => return None,
            },
            // `if pending:` around one of the parts.
            AnyNodeRef::StmtIf(branch)
                if matches!(&*branch.test, ast::Expr::Name(test) if tree.id(test) == id)
                    && branch.elif_else_clauses.is_empty() => {}
            _ => return None,
        }
        parts.push(statement);
    }
    (cancels && awaits).then_some(parts)
}

/// Whether the name stands for a gather of the tasks and not for the tasks.
fn gathered(assignment: NodeId, file: &FileView<'_>) -> bool {
    matches!(file.tree.node(assignment), AnyNodeRef::StmtAssign(assign)
        if matches!(&*assign.value, ast::Expr::Call(call) if is_lenient_gather(call, file)))
}

fn is_cancel(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Call(call)
        if matches!(&*call.func, ast::Expr::Attribute(method)
            if method.attr.as_str() == "cancel" && method.value.is_name_expr()))
}

/// `asyncio.gather(…, return_exceptions=True)`: the cancelled tasks do not raise here.
fn is_lenient_gather(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    file.resolves_to(&call.func, "asyncio.gather")
        && call.arguments.keywords.iter().any(|keyword| {
            keyword.arg.as_deref() == Some("return_exceptions")
                && matches!(&keyword.value, ast::Expr::BooleanLiteral(flag) if flag.value)
        })
}

/// Refuses a use of the loop that may come after its end: the rewritten loop ends elsewhere.
pub(super) fn check_order(uses: &Uses<'_>, file: &FileView<'_>) -> Result<(), Refusal> {
    for close in uses.closes.iter().chain(&uses.closing) {
        for need in uses.needs() {
            if comes_after(need, *close, uses, file) {
                return Err(Refusal::new(
                    "loop-used-after-close",
                    "The loop is used here after it may have been closed; what `asyncio.run` makes is closed at another moment.",
                )
                .evidence(file.tree.node(need).range(), "the use")
                .remedy("Remove the use, or move it above the end of the loop."));
            }
        }
    }
    Ok(())
}

/// Whether a use of the loop may be evaluated after a statement that closes it.
fn comes_after(need: NodeId, close: NodeId, uses: &Uses<'_>, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    if tree.is_within(need, close) {
        return false;
    }
    if need < close {
        // The next round of a loop of plain code.
        let ends = tree
            .block_of(close)
            .and_then(|(block, _)| block.last())
            .is_some_and(|end| end.is_break_stmt() || leaves(end, file));
        return !ends
            && repeating(close, uses.scope, file).into_iter().any(|round| {
                tree.is_within(need, round)
                    && !uses.made.is_some_and(|made| tree.is_within(made, round))
            });
    }
    if are_exclusive(close, need, file) {
        return false;
    }
    let holds = |body: &[ast::Stmt], id| body.iter().any(|stmt| tree.is_within(id, tree.id(stmt)));
    // Whether the function is left after the close, and whether nothing can fail after it.
    let (mut left, mut last) = (false, true);
    for above in std::iter::once(close).chain(tree.ancestors(close)) {
        if let AnyNodeRef::StmtTry(try_) = tree.node(above)
            && tree.is_within(need, above)
        {
            let in_body = holds(&try_.body, close);
            return if holds(&try_.finalbody, need) {
                true
            } else if holds(&try_.orelse, need) {
                in_body && !left
            } else {
                in_body && !last
            };
        }
        if let Some((block, at)) = tree.block_of(above) {
            if !left && holds(&block[at + 1..], need) {
                return true;
            }
            last &= at + 1 == block.len();
            left |= block.last().is_some_and(|end| leaves(end, file));
        }
    }
    !left
}

/// Whether a statement ends its function or the program.
fn leaves(statement: &ast::Stmt, file: &FileView<'_>) -> bool {
    match statement {
        ast::Stmt::Return(_) | ast::Stmt::Raise(_) => true,
        ast::Stmt::Expr(expr) => matches!(&*expr.value, ast::Expr::Call(call)
            if ["sys.exit", "os._exit"].iter().any(|name| file.resolves_to(&call.func, name))),
        _ => false,
    }
}
