//! Annotations of parameters that get functions: `Callable[..., T]` says what the function gives, which
//! is to be awaited once it is asynchronous.

use super::draft::Draft;
use super::{Kind, Wall};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, TextRange, Tree, ast};

/// Whether an annotation does not say what the function gives: `Callable`, `Callable[…, Any]`.
pub(in crate::propagation) fn says_nothing(tree: &Tree<'_>, annotation: &ast::Expr) -> bool {
    is_callable(tree, annotation)
        || result(tree, annotation)
            .is_some_and(|(_, result)| tree.qualified_name(result).as_deref() == Some("typing.Any"))
}

/// What a function gives by an annotation that is written out, with the module of `Callable`.
pub(in crate::propagation) fn result<'a>(
    tree: &Tree<'_>,
    annotation: &'a ast::Expr,
) -> Option<(&'static str, &'a ast::Expr)> {
    let ast::Expr::Subscript(item) = annotation else {
        return None;
    };
    let ast::Expr::Tuple(arguments) = &*item.slice else {
        return None;
    };
    let module = match dotted(tree, &item.value).as_deref() {
        Some("typing.Callable") => "typing",
        Some("collections.abc.Callable") => "collections.abc",
        _ => return None,
    };
    match &arguments.elts[..] {
        [_, result] => Some((module, result)),
        _ => None,
    }
}

fn is_callable(tree: &Tree<'_>, annotation: &ast::Expr) -> bool {
    matches!(
        dotted(tree, annotation).as_deref(),
        Some("typing.Callable" | "collections.abc.Callable")
    )
}

/// What a name in an annotation stands for, also one that only type checkers import.
fn dotted(tree: &Tree<'_>, expr: &ast::Expr) -> Option<String> {
    tree.qualified_name(expr).or_else(|| {
        let (_, dotted) = for_checkers(tree, expr)?;
        Some(dotted.to_owned())
    })
}

/// The import of a name that is only there for type checkers: where the name stands in it, and what
/// it imports.
fn for_checkers<'t>(tree: &'t Tree<'_>, expr: &ast::Expr) -> Option<(TextRange, &'t str)> {
    let ast::Expr::Name(name) = expr else {
        return None;
    };
    match tree.bindings(ScopeId::MODULE, name.id.as_str()) {
        [only] if only.type_checking => match &only.kind {
            BindingKind::FromImport(dotted) => Some((only.range, dotted)),
            _ => None,
        },
        _ => None,
    }
}

/// The name of what is awaited, imported where `Callable` is.
fn awaitable(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    callable: &ast::Expr,
    module: &str,
) -> Result<String, Wall> {
    let tree = draft.tree;
    let Some((at, _)) = for_checkers(tree, callable) else {
        return draft.import(id, &format!("{module}.Awaitable"));
    };
    let known = tree.bindings(ScopeId::MODULE, AWAITABLE);
    let is_known = matches!(known, [only] if matches!(&only.kind,
        BindingKind::FromImport(dotted) if dotted.rsplit('.').next() == Some(AWAITABLE)));
    if is_known {
        return Ok(AWAITABLE.to_owned());
    }
    let alias = tree
        .starting_in(at)
        .find(|id| matches!(tree.node(*id), AnyNodeRef::Alias(_)));
    let Some(alias) = alias.filter(|_| known.is_empty() && tree.mentions(AWAITABLE).is_empty())
    else {
        return Err(Wall::new(
            id,
            "annotation-text",
            "What a parameter says that it gives would be something to await, for which there is no name here.",
        )
        .remedy("Import `Awaitable` beside `Callable`."));
    };
    if draft.settle(alias) {
        let start = tree.node(alias).range().start();
        draft.open(start, alias, format!("{AWAITABLE}, "));
    }
    Ok(AWAITABLE.to_owned())
}

const AWAITABLE: &str = "Awaitable";

/// The parameters of a function whose calls are awaited in it give something to await.
pub(super) fn parameters(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let home = tree.scope_opened_by(id);
    for parameter in function.parameters.iter_non_variadic_params() {
        let Some(annotation) = parameter.parameter.annotation.as_deref() else {
            continue;
        };
        if says_nothing(tree, annotation) {
            continue;
        }
        let Some((module, result)) = result(tree, annotation) else {
            continue;
        };
        let name = parameter.parameter.name.as_str();
        let is_call = |call: &NodeId| {
            matches!(tree.node(*call), AnyNodeRef::ExprCall(call)
                if matches!(&*call.func, ast::Expr::Name(callee) if callee.id.as_str() == name))
                && tree.lookup(name, tree.scope_of(*call)) == home
        };
        let awaited = draft.what.calls.iter().filter(|call| is_call(call));
        let awaited: Vec<NodeId> = awaited.copied().collect();
        if awaited.is_empty()
            || awaited
                .iter()
                .any(|call| draft.kind_of_call(*call) != Kind::Coroutine)
        {
            continue;
        }
        let ast::Expr::Subscript(item) = annotation else {
            continue;
        };
        let awaitable = awaitable(draft, id, &item.value, module)?;
        let range = tree.parenthesized(result);
        draft.open(range.start(), tree.id(result), format!("{awaitable}["));
        draft.close(range.end(), tree.id(result), "]");
    }
    Ok(())
}
