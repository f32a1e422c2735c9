//! A future that is stored and awaited right below, and touched by nobody else: the group can be
//! opened where it is awaited.

use super::failures;
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::FileView;

/// Where a stored future is awaited.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    /// The assignment, which goes away.
    pub(super) assignment: NodeId,
    /// `await future`.
    pub(super) await_: &'a ast::ExprAwait,
}

/// Finds the only `await` of the future of a call that an assignment stores. Between the two there
/// may stand nothing but the headers of `try` statements and timeouts.
pub(super) fn awaited_below<'a>(
    call: &'a ast::ExprCall,
    file: &FileView<'a>,
) -> Option<Stored<'a>> {
    let tree = file.tree;
    let assignment = tree.parent(tree.id(call));
    let target = match tree.node(assignment) {
        AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
            [ast::Expr::Name(name)] => name,
            _ => return None,
        },
        AnyNodeRef::StmtAnnAssign(assign) => assign.target.as_name_expr()?,
        _ => return None,
    };
    let name = target.id.as_str();
    if !file.is_local(tree.id(target), name) {
        return None;
    }
    let home = tree.lookup(name, tree.scope_of(tree.id(target)))?;
    let uses = tree.occurrences(home, name);
    let [_, _] = &*uses else {
        return None;
    };
    let load = *uses.iter().find(|id| **id != tree.id(target))?;
    let AnyNodeRef::ExprAwait(await_) = tree.node(tree.parent(load)) else {
        return None;
    };
    let here = file.function_scope(tree.id(call));
    let lines = tree.full_lines(tree.node(assignment).range());
    let alone = tree.slice(lines).trim() == tree.slice(tree.node(assignment).range()).trim()
        && tree.comments_in(lines).is_empty();
    if file.function_scope(load) != here || !alone {
        return None;
    }
    let (block, at) = tree.block_of(assignment)?;
    let next = tree.id(block.get(at + 1)?);
    let mut statement = tree.enclosing_statement(tree.id(await_));
    let mut moved_into = false;
    while statement != next {
        let (_, 0) = tree.block_of(statement)? else {
            return None;
        };
        let around = tree.enclosing_statement(tree.parent(statement));
        if !is_transparent(around, statement, file) {
            return None;
        }
        moved_into = true;
        statement = around;
    }
    if moved_into && call.arguments.args.iter().any(|arg| is_seen(arg, file)) {
        return None;
    }
    Some(Stored { assignment, await_ })
}

/// Whether a statement only guards or limits its body, of which `first` is the beginning.
fn is_transparent(around: NodeId, first: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let begins = |body: &[ast::Stmt]| body.first().is_some_and(|stmt| tree.id(stmt) == first);
    match tree.node(around) {
        AnyNodeRef::StmtTry(try_) => begins(&try_.body),
        AnyNodeRef::StmtWith(with) => {
            begins(&with.body)
                && with.is_async
                && with.items.iter().all(|item| {
                    let ast::Expr::Call(call) = &item.context_expr else {
                        return false;
                    };
                    item.optional_vars.is_none()
                        && call.arguments.keywords.is_empty()
                        && call.arguments.args.iter().all(|arg| file.is_pure(arg))
                        && file.resolves_to(&call.func, "asyncio.timeout")
                })
        }
        _ => false,
    }
}

/// Whether it can be seen that an argument is evaluated inside the statements around the `await`.
fn is_seen(argument: &ast::Expr, file: &FileView<'_>) -> bool {
    argument.is_starred_expr()
        || failures::suspends(argument, file)
        || failures::arguments_may_raise(argument, file)
}

/// Removes the lines of the assignment.
pub(super) fn remove(stored: Stored<'_>, change: &mut Change, file: &FileView<'_>) {
    let range: TextRange = file.tree.node(stored.assignment).range();
    change.delete(file.tree.full_lines(range));
}
