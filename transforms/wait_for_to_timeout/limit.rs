//! Timeouts that Python evaluates only where the call is reached.

use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, ast};
use crate::transform::FileView;

/// Whether the timeout of a call that is reached only under a condition may be evaluated in any
/// case: a number, or a name that is bound in any case and that the condition does not ask about.
pub(super) fn may_be_evaluated_always(
    limit: &ast::Expr,
    awaited: NodeId,
    statement: NodeId,
    file: &FileView<'_>,
) -> bool {
    match limit {
        ast::Expr::NumberLiteral(_) | ast::Expr::NoneLiteral(_) => true,
        ast::Expr::UnaryOp(op) => op.operand.is_number_literal_expr(),
        ast::Expr::Name(name) => {
            file.is_pure(limit)
                && is_bound_anyhow(name, statement, file)
                && file
                    .tree
                    .mentions_within(name.id.as_str(), statement)
                    .iter()
                    .all(|id| file.tree.is_within(*id, awaited))
        }
        _ => false,
    }
}

/// Whether a name has a value at a statement whatever happened before.
fn is_bound_anyhow(name: &ast::ExprName, statement: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let word = name.id.as_str();
    let Some(home) = tree.lookup(word, tree.scope_of(tree.id(name))) else {
        return false;
    };
    let may_be_deleted =
        |id: &NodeId| matches!(tree.node(*id), AnyNodeRef::ExprName(name) if name.ctx.is_del());
    if tree.occurrences(home, word).iter().any(may_be_deleted) {
        return false;
    }
    let bindings = tree.bindings(home, word);
    let plain = |kind: &BindingKind, node: NodeId| {
        matches!(
            kind,
            BindingKind::Parameter | BindingKind::Import(_) | BindingKind::FromImport(_)
        ) || matches!(tree.node(node), AnyNodeRef::ExprName(_))
    };
    bindings
        .iter()
        .all(|binding| plain(&binding.kind, binding.node))
        && bindings.iter().any(|binding| match binding.kind {
            BindingKind::Parameter => true,
            _ => comes_before(
                tree.enclosing_statement(binding.node),
                binding.node,
                home,
                statement,
                file,
            ),
        })
}

/// Whether a statement binds a node and has run whenever another statement runs.
fn comes_before(
    binder: NodeId,
    bound: NodeId,
    home: ScopeId,
    statement: NodeId,
    file: &FileView<'_>,
) -> bool {
    let tree = file.tree;
    let binds = match tree.node(binder) {
        AnyNodeRef::StmtAssign(_) => tree.parent(bound) == binder,
        AnyNodeRef::StmtAnnAssign(assign) => assign.value.is_some() && tree.parent(bound) == binder,
        AnyNodeRef::StmtImport(_) | AnyNodeRef::StmtImportFrom(_) => true,
        _ => false,
    };
    if !binds {
        return false;
    }
    if home != tree.function_scope(statement) {
        // In the body of the module or of a function around this one, under no condition.
        return tree.parent(binder) == tree.scope(home).node;
    }
    let Some((block, _)) = tree.block_of(binder) else {
        return false;
    };
    std::iter::once(statement)
        .chain(tree.ancestors(statement))
        .any(|above| {
            tree.node(binder).end() <= tree.node(above).start()
                && tree
                    .block_of(above)
                    .is_some_and(|(other, _)| std::ptr::eq(other.as_ptr(), block.as_ptr()))
        })
}
