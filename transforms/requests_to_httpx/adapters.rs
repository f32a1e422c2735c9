//! Adapters that are mounted on a session, as transports of a client.

use super::connection::Connection;
use super::{helpers, values};
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, Ranged, TextRange, TextSize, ast};
use crate::transform::{FileView, Refusal};

/// An adapter that becomes a transport.
pub(super) struct Adapter {
    /// The call of `HTTPAdapter`.
    call: TextRange,
    /// The class, for an adapter that is told about its pool and how often to connect.
    class: TextRange,
    /// The rules for another try, where they are written out.
    retry: Option<Retry>,
}

/// `HTTPAdapter(max_retries=Retry(…))`
struct Retry {
    /// The value of `max_retries`.
    value: TextRange,
    /// The class that is called.
    class: TextRange,
    /// All of the call.
    call: TextRange,
}

fn unclear(range: TextRange, why: &str) -> Refusal {
    Refusal::new(
        "session-use",
        format!("This adapter has no equal in `httpx`: {why}."),
    )
    .evidence(range, "the adapter")
    .remedy("Write a transport for `httpx` that does what the adapter does.")
}

/// A prefix of URLs that both libraries read alike.
pub(super) fn check_prefix<'a>(file: &FileView<'a>, prefix: &'a ast::Expr) -> Result<(), Refusal> {
    let fine = |text: &str| {
        ["http://", "https://"].iter().any(|scheme| {
            text.strip_prefix(scheme)
                .is_some_and(|host| !host.trim_end_matches('/').contains(['/', '?']))
        })
    };
    let known = match prefix {
        ast::Expr::StringLiteral(text) => fine(text.value.to_str()),
        ast::Expr::Name(name) => looped(file, name).is_some_and(|all| {
            all.iter().all(|one| {
                one.as_string_literal_expr()
                    .is_some_and(|text| fine(text.value.to_str()))
            })
        }),
        _ => false,
    };
    if known {
        Ok(())
    } else {
        Err(unclear(
            prefix.range(),
            "its prefix is not a scheme with a host or none",
        ))
    }
}

/// The elements that the variable of a loop stands for.
fn looped<'a>(file: &FileView<'a>, name: &'a ast::ExprName) -> Option<&'a [ast::Expr]> {
    let tree = file.tree;
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    let [only] = tree.bindings(home, name.id.as_str()) else {
        return None;
    };
    match tree.node(tree.parent(only.node)) {
        AnyNodeRef::StmtFor(node) if node.target.is_name_expr() => match &*node.iter {
            ast::Expr::Tuple(tuple) => Some(&tuple.elts),
            ast::Expr::List(list) => Some(&list.elts),
            _ => None,
        },
        _ => None,
    }
}

/// Reads an adapter, written where it is mounted or where its name is bound.
pub(super) fn adapter<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> Result<Adapter, Refusal> {
    let tree = file.tree;
    let value = values::resolved(file, expr);
    let is_adapter = |call: &ast::ExprCall| {
        matches!(
            tree.qualified_name(&call.func).as_deref(),
            Some("requests.adapters.HTTPAdapter")
        )
    };
    let call = match value {
        ast::Expr::Call(call) if is_adapter(call) => call,
        _ => {
            return Err(unclear(
                expr.range(),
                "it is not written out as `HTTPAdapter(…)`",
            ));
        }
    };
    if let ast::Expr::Name(name) = expr
        && let Some(other) = used_elsewhere(file, name)
    {
        return Err(unclear(other, "it is used for something else, too"));
    }
    let given = call.arguments.find_keyword("max_retries");
    let retry = given.and_then(|keyword| retry_call(file, &keyword.value));
    let retry = match (given, retry) {
        (Some(keyword), Some(made)) => {
            if call.arguments.len() != 1 {
                return Err(unclear(
                    call.range(),
                    "its pool and its rules for another try are both given",
                ));
            }
            check_rules(made)?;
            Some(Retry {
                value: tree.parenthesized(&keyword.value),
                class: made.func.range(),
                call: made.range(),
            })
        }
        (Some(keyword), None) if !is_count(file, &keyword.value) => {
            return Err(unclear(
                keyword.range,
                "how it tries again is not written out",
            ));
        }
        _ => None,
    };
    Ok(Adapter {
        call: call.range(),
        class: call.func.range(),
        retry,
    })
}

/// A number of tries: anything but a call or a name that stands for one.
fn is_count<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    values::is_number(file, expr)
}

/// A use of a name other than as what is mounted.
fn used_elsewhere(file: &FileView<'_>, name: &ast::ExprName) -> Option<TextRange> {
    let tree = file.tree;
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    tree.occurrences(home, name.id.as_str())
        .into_iter()
        .find_map(|id| {
            let AnyNodeRef::ExprName(found) = tree.node(id) else {
                return None;
            };
            let mounted = matches!(tree.node(tree.parent(tree.parent(id))), AnyNodeRef::ExprCall(call)
                if matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "mount"));
            (found.ctx.is_load() && !mounted).then_some(found.range)
        })
}

/// The `Retry(…)` that an expression stands for: itself, or the assignment of its name above, when
/// the name is read nowhere else afterwards.
fn retry_call<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> Option<&'a ast::ExprCall> {
    let tree = file.tree;
    let is_rules = |call: &ast::ExprCall| {
        let name = tree.qualified_name(&call.func).unwrap_or_default();
        name.rsplit('.').next() == Some("Retry")
            && (name.starts_with("urllib3.")
                || name.starts_with("requests.packages.urllib3.")
                || name == "requests.adapters.Retry")
    };
    let name = match expr {
        ast::Expr::Call(call) => return is_rules(call).then_some(call),
        ast::Expr::Name(name) => name,
        _ => return None,
    };
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    let last = tree
        .bindings(home, name.id.as_str())
        .iter()
        .filter(|binding| binding.range.start() < name.start())
        .max_by_key(|binding| binding.range.start())?;
    let AnyNodeRef::StmtAssign(assign) = tree.node(tree.parent(last.node)) else {
        return None;
    };
    let (block, at) = tree.block_of(tree.parent(last.node))?;
    let straight = block[at + 1..]
        .iter()
        .any(|stmt| stmt.range().contains_range(name.range));
    let read_elsewhere = tree
        .occurrences(home, name.id.as_str())
        .into_iter()
        .any(|id| {
            matches!(tree.node(id), AnyNodeRef::ExprName(one)
            if one.range != name.range && one.start() > assign.end())
        });
    let call = assign.value.as_call_expr()?;
    (straight && !read_elsewhere && assign.targets.len() == 1 && is_rules(call)).then_some(call)
}

/// The rules that the transport knows.
fn check_rules(call: &ast::ExprCall) -> Result<(), Refusal> {
    let unknown = |range: TextRange| {
        unclear(
            range,
            "only `total`, `backoff_factor` and `status_forcelist` of `Retry` are known",
        )
    };
    if let Some(second) = call.arguments.args.get(1) {
        return Err(unknown(second.range()));
    }
    let total = call.arguments.find_argument_value("total", 0);
    if let Some(total @ (ast::Expr::NoneLiteral(_) | ast::Expr::BooleanLiteral(_))) = total {
        return Err(unclear(total.range(), "it does not count its tries"));
    }
    let strange = call.arguments.keywords.iter().find(|keyword| {
        !matches!(
            keyword.arg.as_deref(),
            Some("total" | "backoff_factor" | "status_forcelist")
        )
    });
    match strange {
        None => Ok(()),
        Some(keyword) => Err(unknown(keyword.range)),
    }
}

impl Adapter {
    /// Whether two mounts are of one adapter.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.call == other.call
    }

    /// The edits that make it a transport.
    pub(super) fn write(
        &self,
        file: &FileView<'_>,
        change: &mut Change,
        at: crate::syntax::NodeId,
        package: &'static str,
        connection: &Connection,
        edits: &mut Vec<(TextRange, String)>,
    ) -> Result<(), Refusal> {
        let verify = connection.verify.argument(file, change, at, package)?;
        let (class, call) = match &self.retry {
            None => {
                let name = file.helper_of(change, at, &helpers::TRANSPORT, package)?;
                edits.push((self.class, name));
                (self.class, self.call)
            }
            Some(retry) => {
                let name = file.helper_of(change, at, &helpers::RETRY_TRANSPORT, package)?;
                edits.push((
                    TextRange::new(self.call.start(), retry.value.start()),
                    String::new(),
                ));
                edits.push((
                    TextRange::new(retry.value.end(), self.call.end()),
                    String::new(),
                ));
                edits.push((retry.class, name));
                (retry.class, retry.call)
            }
        };
        if let Some(verify) = verify {
            let end = call.end() - TextSize::new(1);
            let inside = file.text(TextRange::new(class.end(), end));
            let inside = inside.trim().trim_start_matches('(');
            let comma = match inside {
                "" => "",
                text if text.ends_with(',') => " ",
                _ => ", ",
            };
            edits.push((TextRange::empty(end), format!("{comma}{verify}")));
        }
        Ok(())
    }
}
