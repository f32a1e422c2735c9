//! Handlers elsewhere that would no longer get what this function raises.

use super::draft::Draft;
use super::handlers;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeKind, ast};
use crate::transform::{FileView, Refusal};
use std::collections::BTreeSet;
use std::path::Path;

/// Refuses a function whose exceptions are handled by name in another function of the module.
pub(super) fn check(draft: &Draft<'_, '_>) -> Result<(), Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let Some(function) = file.function(draft.function) else {
        return Ok(());
    };
    if keeps_everything(draft) {
        return Ok(());
    }
    for id in tree.ids() {
        let (body, handled) = match tree.node(id) {
            AnyNodeRef::StmtTry(try_) => (&try_.body, handled_by_try(file, try_)),
            AnyNodeRef::StmtWith(with) => (&with.body, handled_by_with(file, with)),
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
    check_other_files(file, function.name.as_str())
}

/// The same for the other files of the project: one that names exceptions of `requests` must not
/// mention the function, nor one of this module that leads to it.
fn check_other_files<'a>(file: &FileView<'a>, function: &'a str) -> Result<(), Refusal> {
    let here = file.project.sources.absolute(file.path);
    let others = file
        .project
        .handlers_of_requests()
        .iter()
        .filter(|(path, _)| *path != here && path != file.path)
        // With consent, tests move with what they test, or fail.
        .filter(|(path, _)| !(file.has_consent() && is_of_tests(path)));
    let mut callers = None;
    for (path, text) in others {
        let callers = callers.get_or_insert_with(|| callers_of(file, function));
        if let Some(name) = callers.iter().find(|name| has_word(text, name)) {
            return Err(Refusal::new(
                "handled-by-caller",
                format!(
                    "`{}` handles exceptions of `requests` and mentions `{name}`, which would raise those of `httpx`.",
                    path.display()
                ),
            )
            .remedy("Handle the exceptions in the function that makes the request."));
        }
    }
    Ok(())
}

/// Whether a file is one of tests, by its name or a folder.
fn is_of_tests(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.is_some_and(|name| {
        name == "conftest" || name.starts_with("test_") || name.ends_with("_test")
    }) || path.components().any(|part| {
        let name = part.as_os_str();
        name == "tests" || name == "test"
    })
}

/// The functions and classes of the module that may come to call a function, itself included.
fn callers_of<'a>(file: &FileView<'a>, target: &'a str) -> BTreeSet<&'a str> {
    let tree = file.tree;
    let mut callers = BTreeSet::from([target]);
    for (_, scope) in tree.scopes() {
        let (name, body) = match tree.node(scope.node) {
            AnyNodeRef::StmtFunctionDef(function) => (function.name.as_str(), &function.body),
            AnyNodeRef::StmtClassDef(class) => (class.name.as_str(), &class.body),
            _ => continue,
        };
        if !callers.contains(name) && reaches(file, body, target) {
            callers.insert(name);
        }
    }
    callers
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

/// Whether no exception of a request leaves the function.
fn keeps_everything(draft: &Draft<'_, '_>) -> bool {
    let file = draft.file;
    let tree = file.tree;
    draft.raisers.iter().all(|raiser| {
        tree.ancestors(raiser.at)
            .take_while(|above| *above != draft.function)
            .any(|above| match tree.node(above) {
                AnyNodeRef::StmtTry(try_) => {
                    let here = tree.node(raiser.at).range();
                    try_.body.iter().any(|stmt| stmt.range().contains_range(here))
                        && try_.handlers.iter().any(|handler| {
                            let ast::ExceptHandler::ExceptHandler(handler) = handler;
                            catches_all(file, handler.type_.as_deref())
                        })
                        && !try_.handlers.iter().any(|handler| {
                            let ast::ExceptHandler::ExceptHandler(handler) = handler;
                            tree.descendants(tree.id(handler))
                                .any(|id| matches!(tree.node(id), AnyNodeRef::StmtRaise(raise) if raise.exc.is_none()))
                        })
                }
                _ => false,
            })
    })
}

fn catches_all(file: &FileView<'_>, type_: Option<&ast::Expr>) -> bool {
    match type_ {
        None => true,
        Some(ast::Expr::Tuple(tuple)) => tuple.elts.iter().any(|one| catches_all(file, Some(one))),
        Some(expr) => {
            handlers::requests_exception(file, expr).as_deref() == Some("RequestException")
                || matches!(expr, ast::Expr::Name(name)
                    if matches!(name.id.as_str(), "Exception" | "BaseException"))
        }
    }
}

fn handled_by_try(file: &FileView<'_>, try_: &ast::StmtTry) -> Option<crate::syntax::TextRange> {
    try_.handlers.iter().find_map(|handler| {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        let type_ = handler.type_.as_deref()?;
        let named = match type_ {
            ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|one| names(file, one)),
            other => names(file, other),
        };
        named.then(|| type_.range())
    })
}

fn handled_by_with(file: &FileView<'_>, with: &ast::StmtWith) -> Option<crate::syntax::TextRange> {
    with.items.iter().find_map(|item| {
        let ast::Expr::Call(call) = &item.context_expr else {
            return None;
        };
        call.arguments
            .args
            .iter()
            .find(|one| match one {
                ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|inner| names(file, inner)),
                other => names(file, other),
            })
            .map(Ranged::range)
    })
}

fn names(file: &FileView<'_>, expr: &ast::Expr) -> bool {
    handlers::requests_exception(file, expr).is_some()
        || matches!(expr, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "OSError" | "IOError" | "EnvironmentError")
                && super::values::is_builtin(file, name))
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
