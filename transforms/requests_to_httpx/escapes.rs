//! Handlers elsewhere that would no longer get what this function raises.

use super::draft::Draft;
use crate::requests::{callers, exceptions};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeKind, ast};
use crate::transform::{FileView, Refusal};
use std::collections::BTreeSet;

/// Refuses a function whose exceptions are handled by name in another function of the module.
pub(super) fn check(draft: &Draft<'_, '_>) -> Result<(), Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let Some(function) = file.function(draft.function) else {
        return Ok(());
    };
    check_own(draft)?;
    if keeps_everything(draft) {
        return Ok(());
    }
    for id in tree.ids() {
        let (body, handled) = match tree.node(id) {
            AnyNodeRef::StmtTry(try_) => (&try_.body, exceptions::handled_by_try(tree, try_)),
            AnyNodeRef::StmtWith(with) => (&with.body, exceptions::handled_by_with(tree, with)),
            _ => continue,
        };
        let Some(handled) = handled else { continue };
        if file.function_scope(id) == draft.scope {
            continue;
        }
        if reaches(file, body, function.name.as_str()) {
            return Err(Refusal::new(
                "handled-by-caller",
                format!(
                    "`{}` is called where exceptions of `requests` are handled; those of `httpx` would not be.",
                    function.name
                ),
            )
            .evidence(handled, "handled here")
            .remedy("Handle the exceptions in the function that makes the request."));
        }
    }
    if let Some(at) = exceptions::asked_for(tree).next() {
        return Err(Refusal::new(
            "handled-by-caller",
            format!(
                "Exceptions of `requests` that may come from `{}` are told apart by their class; those of `httpx` would be none of them.",
                function.name
            ),
        )
        .evidence(tree.node(at).range(), "here")
        .remedy("Tell them apart with `except` in the function that makes the request."));
    }
    if let Some(words) = callers::told(file, draft.function, function.name.as_str()) {
        return Err(Refusal::new("handled-by-caller", words)
            .remedy("Handle the exceptions in the function that makes the request."));
    }
    Ok(())
}

/// Refuses a function that asks itself of what class an exception is.
fn check_own(draft: &Draft<'_, '_>) -> Result<(), Refusal> {
    let tree = draft.file.tree;
    let own = exceptions::asked_for(tree).find(|id| tree.is_within(*id, draft.function));
    let Some(at) = own else {
        return Ok(());
    };
    Err(Refusal::new(
        "handler-not-mapped",
        format!(
            "`{}` is asked for here by more than a handler, and no exception of `httpx` is one.",
            tree.slice(tree.node(at).range())
        ),
    )
    .evidence(tree.node(at).range(), "here")
    .remedy("Write a handler for this class of its own."))
}

/// Whether no exception of a request leaves the function.
fn keeps_everything(draft: &Draft<'_, '_>) -> bool {
    let mut raisers = draft.raisers.iter();
    raisers.all(|raiser| exceptions::is_kept(draft.file.tree, raiser.at, draft.function))
}

/// Whether a piece of code may come to call a function: it mentions its name, or that of a
/// function of the module that does.
fn reaches(file: &FileView<'_>, body: &[ast::Stmt], target: &str) -> bool {
    let tree = file.tree;
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut todo: Vec<NodeId> = body.iter().map(|stmt| tree.id(stmt)).collect();
    while let Some(root) = todo.pop() {
        for id in tree.descendants(root) {
            let name = match tree.node(id) {
                AnyNodeRef::ExprName(name) => name.id.as_str(),
                AnyNodeRef::ExprAttribute(attribute) => attribute.attr.as_str(),
                _ => continue,
            };
            if name == target {
                return true;
            }
            if known.insert(name) {
                todo.extend(definitions(file, name));
            }
        }
    }
    false
}

/// The functions and classes of the module with a name.
fn definitions(file: &FileView<'_>, name: &str) -> Vec<NodeId> {
    file.tree
        .scopes()
        .filter(|(_, scope)| matches!(scope.kind, ScopeKind::Function { .. } | ScopeKind::Class))
        .map(|(_, scope)| scope.node)
        .filter(|id| match file.tree.node(*id) {
            AnyNodeRef::StmtFunctionDef(function) => function.name.as_str() == name,
            AnyNodeRef::StmtClassDef(class) => class.name.as_str() == name,
            _ => false,
        })
        .collect()
}
