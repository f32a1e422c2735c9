//! What is put into the headers and the cookies of a session.

use super::draft::Draft;
use super::sessions::not_here;
use super::{arguments, values};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ast};
use crate::transform::Refusal;

/// The argument of `container.update(…)` in a statement of its own.
pub(super) fn updated<'a>(draft: &Draft<'_, 'a>, container: NodeId) -> Option<&'a ast::Expr> {
    let tree = draft.file.tree;
    let method = tree.parent(container);
    let AnyNodeRef::ExprAttribute(attribute) = tree.node(method) else {
        return None;
    };
    let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(method)) else {
        return None;
    };
    let is_statement = matches!(
        tree.node(tree.parent(tree.parent(method))),
        AnyNodeRef::StmtExpr(_)
    );
    match &*call.arguments.args {
        [value]
            if attribute.attr.as_str() == "update"
                && is_statement
                && call.arguments.keywords.is_empty() =>
        {
            Some(value)
        }
        _ => None,
    }
}

/// `headers.update({…})`, `headers["x"] = …`, `cookies.set("a", "b")`.
pub(super) fn stored<'a>(
    draft: &Draft<'_, 'a>,
    container: NodeId,
    headers: bool,
) -> Result<(), Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let above = tree.parent(container);
    let refused = || {
        not_here(
            tree.node(above).range(),
            "What is set on the session here is not known to mean the same in `httpx`.".to_owned(),
        )
    };
    let fine = |key: &'a ast::Expr, value: &'a ast::Expr| {
        if headers {
            arguments::check_header(file, key, value).is_ok()
        } else {
            key.is_string_literal_expr() && values::is_text(file, value)
        }
    };
    match tree.node(above) {
        AnyNodeRef::ExprSubscript(subscript) if subscript.ctx.is_store() => {
            match tree.node(tree.parent(above)) {
                AnyNodeRef::StmtAssign(assign) if fine(&subscript.slice, &assign.value) => Ok(()),
                _ => Err(refused()),
            }
        }
        AnyNodeRef::ExprAttribute(method) => {
            let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(above)) else {
                return Err(refused());
            };
            let is_statement = matches!(
                tree.node(tree.parent(tree.parent(above))),
                AnyNodeRef::StmtExpr(_)
            );
            let known = match (method.attr.as_str(), &*call.arguments.args) {
                ("update", [value]) if call.arguments.keywords.is_empty() => {
                    values::dictionary(file, value)
                        .is_some_and(|items| items.iter().all(|(key, value)| fine(key, value)))
                }
                ("set", [key, value]) if !headers && call.arguments.keywords.is_empty() => {
                    fine(key, value)
                }
                _ => false,
            };
            if known && is_statement {
                Ok(())
            } else {
                Err(refused())
            }
        }
        _ => Err(refused()),
    }
}
