//! The credentials of a request or a session.

use super::arguments::{Argument, Mapped, refuse};
use super::values;
use crate::syntax::{AnyNodeRef, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// Credentials: a pair, or the classes of `requests.auth` that `httpx` has, too.
pub(super) fn check_credentials<'a>(
    file: &FileView<'a>,
    value: &'a ast::Expr,
) -> Result<Option<(TextRange, &'static str)>, Refusal> {
    let pair = |elements: &'a [ast::Expr]| {
        elements.len() == 2
            && elements
                .iter()
                .all(|one| match values::resolved(file, one) {
                    ast::Expr::StringLiteral(text) => text.value.to_str().is_ascii(),
                    other => !matches!(other, ast::Expr::BytesLiteral(_) | ast::Expr::Starred(_)),
                })
    };
    let own = match value {
        ast::Expr::Name(name) => is_only_credentials(file, name),
        _ => true,
    };
    match values::resolved(file, value) {
        ast::Expr::NoneLiteral(_) => return Ok(None),
        ast::Expr::Tuple(tuple) if pair(&tuple.elts) => return Ok(None),
        ast::Expr::Call(call)
            if own && call.arguments.keywords.is_empty() && pair(&call.arguments.args) =>
        {
            let class = match file.tree.qualified_name(&call.func).as_deref() {
                Some("requests.auth.HTTPBasicAuth") => Some("BasicAuth"),
                Some("requests.auth.HTTPDigestAuth") => Some("DigestAuth"),
                _ => None,
            };
            if let Some(class) = class {
                return Ok(Some((call.func.range(), class)));
            }
        }
        _ => {}
    }
    Err(refuse(
        "auth-without-equal",
        "These credentials are not a pair of a name and a password that is written out here.",
        value.range(),
    )
    .remedy("Pass `auth=(name, password)`."))
}

/// Whether every use of a local name is as the credentials of a request or a session.
fn is_only_credentials(file: &FileView<'_>, name: &ast::ExprName) -> bool {
    let tree = file.tree;
    let id = tree.id(name);
    let home = tree.lookup(name.id.as_str(), tree.scope_of(id));
    let Some(home) = home.filter(|home| *home == file.function_scope(id)) else {
        return false;
    };
    tree.occurrences(home, name.id.as_str())
        .into_iter()
        .all(|id| match tree.node(id) {
            AnyNodeRef::ExprName(one) if one.ctx.is_store() => true,
            AnyNodeRef::ExprName(_) if file.function_scope(id) != home => false,
            AnyNodeRef::ExprName(_) => match tree.node(tree.parent(id)) {
                AnyNodeRef::Keyword(keyword) => {
                    let call = tree.parent(tree.parent(tree.parent(id)));
                    keyword.arg.as_deref() == Some("auth")
                        && matches!(tree.node(call), AnyNodeRef::ExprCall(call)
                            if crate::requests::site(file, call).is_some())
                }
                AnyNodeRef::StmtAssign(assign) => {
                    matches!(&assign.targets[..], [ast::Expr::Attribute(target)] if target.attr.as_str() == "auth")
                }
                _ => false,
            },
            _ => false,
        })
}

pub(super) fn check_auth<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
    mapped: &mut Mapped,
) -> Result<(), Refusal> {
    if let Some(renamed) = check_credentials(file, one.value)? {
        mapped.renamed.push(renamed);
    }
    if mapped.has_auth {
        mapped.differences.push("D-H14");
    }
    Ok(())
}
