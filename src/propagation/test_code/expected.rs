//! The exceptions that tests expect of requests.

use super::super::lift::Wall;
use super::super::lift::draft::Draft;
use super::answers::stays;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, Tree, ast};

/// The exceptions of `requests` that a test expects, in the words of `httpx`; whether it expects one
/// for a request that nobody answers, which only a test without answers can.
pub(super) fn exceptions(
    draft: &mut Draft<'_, '_>,
    function: NodeId,
    without_answers: bool,
) -> Result<bool, Wall> {
    let tree = draft.tree;
    let mut refused = false;
    for id in tree.descendants(function) {
        let expected: Vec<&ast::Expr> = match tree.node(id) {
            AnyNodeRef::ExprCall(call) => {
                let raises = tree.qualified_name(&call.func).as_deref() == Some("pytest.raises")
                    || matches!(&*call.func, ast::Expr::Attribute(method)
                        if method.attr.as_str() == "assertRaises");
                let Some(first) = call.arguments.args.first().filter(|_| raises) else {
                    continue;
                };
                let names = classes(first);
                let ours = names.iter().any(|name| exception(tree, name).is_some());
                if ours && call.arguments.len() != 1 {
                    return Err(stays(id, "It looks at the text of an exception."));
                }
                names
            }
            AnyNodeRef::ExceptHandlerExceptHandler(handler) => match handler.type_.as_deref() {
                Some(kind) => classes(kind),
                None => continue,
            },
            AnyNodeRef::WithItem(item) => {
                if let Some(variable) = item.optional_vars.as_deref()
                    && expects(tree, &item.context_expr)
                    && let ast::Expr::Name(name) = variable
                    && is_read(tree, function, name)
                {
                    return Err(stays(id, "It looks at the exception."));
                }
                continue;
            }
            _ => continue,
        };
        for name in expected {
            let Some(class) = exception(tree, name) else {
                continue;
            };
            let new = match &*class {
                "HTTPError" => "HTTPStatusError",
                "ConnectionError" if without_answers => {
                    refused = true;
                    "ConnectError"
                }
                _ => {
                    return Err(stays(
                        tree.id(name),
                        "It expects an exception that has no one counterpart in `httpx`.",
                    ));
                }
            };
            let text = draft.import(function, &format!("httpx.{new}"))?;
            draft.replace(name.range(), text);
        }
    }
    Ok(refused)
}

fn classes(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        other => vec![other],
    }
}

fn expects(tree: &Tree<'_>, expr: &ast::Expr) -> bool {
    expr.as_call_expr()
        .and_then(|call| call.arguments.args.first())
        .is_some_and(|first| {
            let names = classes(first);
            names.iter().any(|name| exception(tree, name).is_some())
        })
}

fn is_read(tree: &Tree<'_>, function: NodeId, name: &ast::ExprName) -> bool {
    let mentions = tree.mentions_within(&name.id, function);
    mentions
        .iter()
        .any(|id| matches!(tree.node(*id), AnyNodeRef::ExprName(one) if one.ctx.is_load()))
}

/// The exception class of `requests` that an expression names.
fn exception(tree: &Tree<'_>, expr: &ast::Expr) -> Option<String> {
    let dotted = tree.qualified_name(expr)?;
    let name = dotted
        .strip_prefix("requests.exceptions.")
        .or_else(|| dotted.strip_prefix("requests."))?;
    Some(name.to_owned())
}
