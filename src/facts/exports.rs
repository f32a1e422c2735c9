//! What star imports take from a module, and what they may do to its own names.

use super::Exported;
use crate::syntax::{AnyNodeRef, NodeId, ScopeId, TextSize, Tree, ast};
use rustc_hash::FxHashSet;

/// What a star import takes from the module.
pub(super) fn exported(tree: &Tree<'_>) -> Exported {
    let mut mentions: Vec<NodeId> = tree.mentions("__all__").to_vec();
    let bindings = tree.bindings(ScopeId::MODULE, "__all__");
    mentions.extend(bindings.iter().map(|binding| binding.node));
    mentions.sort_unstable();
    mentions.dedup();
    if mentions.is_empty() {
        return Exported::Public;
    }
    let mut listed = FxHashSet::default();
    for mention in mentions {
        match names(tree, mention) {
            Some(names) => listed.extend(names),
            None => return Exported::Unknown,
        }
    }
    Exported::Listed(listed)
}

/// What one mention of `__all__` at module level adds to it.
fn names(tree: &Tree<'_>, mention: NodeId) -> Option<Vec<Box<str>>> {
    if tree.scope_of(mention) != ScopeId::MODULE {
        return None;
    }
    let parent = tree.parent(mention);
    match tree.node(parent) {
        AnyNodeRef::StmtAssign(assign) if tree.id(&*assign.value) != mention => {
            strings(&assign.value)
        }
        AnyNodeRef::StmtAnnAssign(assign) if tree.id(&*assign.target) == mention => {
            strings(assign.value.as_deref()?)
        }
        AnyNodeRef::StmtAugAssign(assign)
            if tree.id(&*assign.target) == mention && assign.op == ast::Operator::Add =>
        {
            strings(&assign.value)
        }
        AnyNodeRef::ExprAttribute(attribute) => {
            let above = tree.parent(parent);
            let AnyNodeRef::ExprCall(call) = tree.node(above) else {
                return None;
            };
            let is_statement = matches!(tree.node(tree.parent(above)), AnyNodeRef::StmtExpr(_));
            if !is_statement || tree.id(&*call.func) != parent {
                return None;
            }
            match (attribute.attr.as_str(), &*call.arguments.args) {
                ("extend", [more]) => strings(more),
                ("append", [ast::Expr::StringLiteral(one)]) => {
                    Some(vec![one.value.to_str().into()])
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The strings of a list or tuple, or of a sum of such.
fn strings(value: &ast::Expr) -> Option<Vec<Box<str>>> {
    let elements = match value {
        ast::Expr::List(list) => &list.elts,
        ast::Expr::Tuple(tuple) => &tuple.elts,
        ast::Expr::BinOp(sum) if sum.op == ast::Operator::Add => {
            let mut all = strings(&sum.left)?;
            all.extend(strings(&sum.right)?);
            return Some(all);
        }
        _ => return None,
    };
    elements
        .iter()
        .map(|element| match element {
            ast::Expr::StringLiteral(string) => Some(string.value.to_str().into()),
            _ => None,
        })
        .collect()
}

/// The names that the module binds in front of a place.
pub(super) fn bound_before(tree: &Tree<'_>, place: TextSize) -> FxHashSet<Box<str>> {
    tree.all_bindings(ScopeId::MODULE)
        .filter(|(_, all)| all.iter().any(|binding| binding.range.start() < place))
        .map(|(name, _)| name.into())
        .collect()
}
