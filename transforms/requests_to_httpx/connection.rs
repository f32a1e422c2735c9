//! What `requests` is told with every request and `httpx` when the client is opened: certificates
//! and proxies.

use super::arguments::refuse;
use super::helpers;
use super::values;
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// Whose certificates are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Verify {
    /// Those every client trusts.
    #[default]
    Usual,
    /// Everybody's: `verify=False`.
    Nothing,
    /// Those in a file; the expression that names it.
    File(String),
    /// What an expression says that has its value where the client is made.
    Settled(String),
    /// The same for one that is `True` or `False`.
    Flag(String),
}

impl Verify {
    /// The argument of a client or a transport.
    pub(super) fn argument(
        &self,
        file: &FileView<'_>,
        change: &mut Change,
        at: NodeId,
        package: &str,
    ) -> Result<Option<String>, Refusal> {
        Ok(match self {
            Self::Usual => None,
            Self::Nothing => Some("verify=False".to_owned()),
            Self::File(path) => {
                let context = file.import(change, at, "ssl.create_default_context")?;
                Some(format!("verify={context}(cafile={path})"))
            }
            Self::Flag(value) => Some(format!("verify={value}")),
            Self::Settled(value) => {
                let helper = file.helper_of(change, at, &helpers::VERIFY, package)?;
                Some(format!("verify={helper}({value})"))
            }
        })
    }
}

/// The proxy of one kind of URL: its prefix and the expression of the address.
type Proxy = (&'static str, String);

/// Arguments of a request that belong to the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) verify: Verify,
    pub(super) proxies: Vec<Proxy>,
    /// A dictionary of proxies that has its value where the client is made.
    pub(super) proxy_map: Option<String>,
}

impl Connection {
    /// The arguments of the client.
    pub(super) fn arguments(
        &self,
        file: &FileView<'_>,
        change: &mut Change,
        at: NodeId,
        package: &str,
    ) -> Result<Vec<String>, Refusal> {
        let verify = self.verify.argument(file, change, at, package)?;
        let mut arguments: Vec<String> = verify.clone().into_iter().collect();
        match &self.proxies[..] {
            [] => {}
            [(_, one), (_, other)] if one == other => arguments.push(format!("proxy={one}")),
            proxies => {
                let class = file.import(change, at, &format!("{package}.AsyncHTTPTransport"))?;
                let verify = verify
                    .as_ref()
                    .map_or_else(String::new, |verify| format!("{verify}, "));
                let mounts: Vec<String> = proxies
                    .iter()
                    .map(|(prefix, address)| {
                        format!("\"{prefix}\": {class}({verify}proxy={address})")
                    })
                    .collect();
                arguments.push(format!("mounts={{{}}}", mounts.join(", ")));
            }
        }
        if let Some(proxies) = &self.proxy_map {
            let mounts = file.helper_of(change, at, &helpers::PROXY_MOUNTS, package)?;
            let verify = verify.map_or_else(String::new, |verify| format!(", {verify}"));
            arguments.push(format!("mounts={mounts}({proxies}{verify})"));
        }
        Ok(arguments)
    }
}

/// `verify=True`, `verify=False`, `verify="ca.pem"`.
pub(super) fn verify<'a>(file: &FileView<'a>, value: &'a ast::Expr) -> Result<Verify, Refusal> {
    if let ast::Expr::BooleanLiteral(flag) = value {
        return Ok(if flag.value {
            Verify::Usual
        } else {
            Verify::Nothing
        });
    }
    let is_file = match values::resolved(file, value) {
        ast::Expr::StringLiteral(path) => {
            let path = path.value.to_str();
            let name = path.rsplit('/').next().unwrap_or(path);
            [".pem", ".crt", ".cer", ".bundle"]
                .iter()
                .any(|ending| name.to_ascii_lowercase().ends_with(ending))
        }
        ast::Expr::Call(call) => file.resolves_to(&call.func, "certifi.where"),
        _ => false,
    };
    if is_file && is_known_early(file, value) {
        return Ok(Verify::File(
            file.text(file.tree.parenthesized(value)).to_owned(),
        ));
    }
    Err(refuse(
        "argument-unknown",
        "`verify` is not written out here as `True`, `False` or the path of a file of certificates.",
        value.range(),
    )
    .remedy("Write the value out, or keep the path in a constant of the module."))
}

/// `proxies={"http": "http://proxy:8080", "https": "http://proxy:8080"}`
pub(super) fn proxies<'a>(
    file: &FileView<'a>,
    value: &'a ast::Expr,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let unclear = || {
        refuse(
            "argument-without-equal",
            "These proxies are not written out as addresses for `http` and `https`, which `httpx` is told when the client is opened.",
            value.range(),
        )
        .remedy("Write the proxies out as a dictionary where the request is made, or in a constant of the module.")
    };
    let items = values::dictionary(file, value).ok_or_else(unclear)?;
    if items.is_empty() {
        return Err(unclear());
    }
    items
        .into_iter()
        .map(|(key, address)| {
            let prefix = match key {
                ast::Expr::StringLiteral(key) => match key.value.to_str() {
                    "http" => "http://",
                    "https" => "https://",
                    _ => return Err(unclear()),
                },
                _ => return Err(unclear()),
            };
            let fine = values::is_text(file, address) && is_known_early(file, address);
            fine.then(|| {
                (
                    prefix,
                    file.text(file.tree.parenthesized(address)).to_owned(),
                )
            })
            .ok_or_else(unclear)
        })
        .collect()
}

/// Why proxies of single requests are not converted without consent.
pub(super) fn proxies_need_consent(range: TextRange) -> Refusal {
    refuse(
        "proxies-of-the-client",
        "The proxies of a request belong to the whole client in `httpx`, and those of the environment are combined with them in another way.",
        range,
    )
    .remedy("Pass `--unsafe` to move them to the client.")
    .without_consent()
}

/// Whether an expression has the same value where the client is opened: a literal, or a name that
/// the module binds once.
fn is_known_early(file: &FileView<'_>, expr: &ast::Expr) -> bool {
    let tree = file.tree;
    tree.descendants(tree.id(expr))
        .all(|id| match tree.node(id) {
            AnyNodeRef::ExprName(name) => {
                let home = tree.lookup(name.id.as_str(), tree.scope_of(id));
                home == Some(ScopeId::MODULE)
                    && tree.bindings(ScopeId::MODULE, name.id.as_str()).len() == 1
            }
            AnyNodeRef::ExprCall(call) => file.resolves_to(&call.func, "certifi.where"),
            _ => true,
        })
}

/// What `verify` says of a session that an object keeps, where its client is made.
pub(super) fn settled<'a>(file: &FileView<'a>, value: &'a ast::Expr) -> Verify {
    verify(file, value).unwrap_or_else(|_| {
        let text = file.text(file.tree.parenthesized(value)).to_owned();
        let is_flag = matches!(value, ast::Expr::UnaryOp(not) if not.op == ast::UnaryOp::Not);
        if is_flag || value.is_compare_expr() {
            Verify::Flag(text)
        } else {
            Verify::Settled(text)
        }
    })
}

/// Whether an expression has the same value where a client is made: it is made of literals,
/// constants of the module, and variables and attributes of the object that have their only value
/// before.
pub(super) fn is_settled(file: &FileView<'_>, expr: NodeId, made: NodeId, receiver: &str) -> bool {
    let tree = file.tree;
    let here = tree.node(made).start();
    let home = file.function_scope(made);
    std::iter::once(expr)
        .chain(tree.descendants(expr))
        .all(|id| match tree.node(id) {
            AnyNodeRef::ExprName(name) if name.id.as_str() == receiver => {
                matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprAttribute(_))
            }
            AnyNodeRef::ExprName(name) => {
                let scope = tree.lookup(name.id.as_str(), tree.scope_of(id));
                let is_before = |scope: ScopeId| match tree.bindings(scope, name.id.as_str()) {
                    [only] => scope == ScopeId::MODULE || only.range.start() < here,
                    _ => false,
                };
                scope.is_some_and(|scope| {
                    (scope == ScopeId::MODULE || scope == home)
                        && is_before(scope)
                        && !tree.is_rebound_from_inside(scope, name.id.as_str())
                })
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                is_receiver(&attribute.value, receiver)
                    && is_set_before(file, attribute.attr.as_str(), made)
            }
            AnyNodeRef::Identifier(_)
            | AnyNodeRef::ExprUnaryOp(_)
            | AnyNodeRef::ExprBoolOp(_)
            | AnyNodeRef::ExprIf(_)
            | AnyNodeRef::ExprCompare(_)
            | AnyNodeRef::ExprBooleanLiteral(_)
            | AnyNodeRef::ExprStringLiteral(_)
            | AnyNodeRef::StringLiteral(_)
            | AnyNodeRef::ExprNumberLiteral(_)
            | AnyNodeRef::ExprNoneLiteral(_) => true,
            _ => false,
        })
}

fn is_receiver(expr: &ast::Expr, receiver: &str) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == receiver)
}

/// Whether everything in the file that sets an attribute of this name stands above a statement, in
/// the same function.
fn is_set_before(file: &FileView<'_>, attribute: &str, made: NodeId) -> bool {
    let tree = file.tree;
    let home = file.function_scope(made);
    let mut set = tree
        .attribute_stores()
        .iter()
        .filter(|id| {
            matches!(tree.node(**id), AnyNodeRef::ExprAttribute(one)
                if one.attr.as_str() == attribute && one.value.is_name_expr())
        })
        .peekable();
    set.peek().is_some()
        && set.all(|id| {
            file.function_scope(*id) == home && tree.node(*id).start() < tree.node(made).start()
        })
}
