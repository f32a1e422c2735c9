//! From `except` to `except*` around a plain group, where the user asks for groups: the handlers
//! catch the errors in the group, several of them if need be.

use super::Site;
use crate::index::{Catches, catches};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, TextSize, ast};
use crate::transform::FileView;

/// The `except` keywords of the `try` statement whose handlers would no longer catch what they
/// catch today, when all of them can become `except*`.
pub(super) fn keywords(site: &Site<'_, '_>) -> Option<Vec<TextRange>> {
    let tree = site.file.tree;
    let home = tree.scope_of(site.statement);
    let mut below = site.statement;
    for above in tree.ancestors(site.statement) {
        if tree.scope_of(below) != home {
            return None;
        }
        let here = tree.node(below);
        if let AnyNodeRef::StmtTry(try_) = tree.node(above)
            && try_
                .body
                .iter()
                .any(|stmt| AnyNodeRef::from(stmt).ptr_eq(here))
            && !try_.handlers.is_empty()
            && matches!(catches(try_, false, tree), Catches::Told(..))
        {
            return of_statement(try_, home, site.file);
        }
        below = above;
    }
    None
}

/// The same for the `try` statement of a handler somewhere else in the file; nothing to do for one
/// that is ready for groups.
pub(super) fn around(file: &FileView<'_>, handler: TextRange) -> Option<Vec<TextRange>> {
    let tree = file.tree;
    let id = tree.starting_in(handler).find(|id| {
        matches!(tree.node(*id), AnyNodeRef::ExceptHandlerExceptHandler(one) if one.range == handler)
    })?;
    let AnyNodeRef::StmtTry(try_) = tree.node(tree.parent(id)) else {
        return None;
    };
    if try_.is_star {
        return Some(Vec::new());
    }
    of_statement(try_, tree.scope_of(tree.parent(id)), file)
}

/// The `except` keywords of a `try` statement, when all of its handlers can become `except*`.
fn of_statement(try_: &ast::StmtTry, home: ScopeId, file: &FileView<'_>) -> Option<Vec<TextRange>> {
    let fine = !try_.is_star
        && try_.handlers.iter().all(|handler| {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            is_convertible(handler, home, file)
        });
    fine.then(|| {
        try_.handlers
            .iter()
            .map(|handler| TextRange::at(handler.start(), TextSize::of("except")))
            .collect()
    })
}

fn is_convertible(
    handler: &ast::ExceptHandlerExceptHandler,
    home: ScopeId,
    file: &FileView<'_>,
) -> bool {
    let Some(type_) = handler.type_.as_deref() else {
        return false;
    };
    let classes: Vec<&ast::Expr> = match type_ {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        other => vec![other],
    };
    classes.into_iter().all(|class| is_plain_class(class, file))
        && handler.body.iter().all(|stmt| {
            let top = file.tree.id(stmt);
            file.tree
                .descendants(top)
                .all(|id| stays_legal(id, handler, home, file))
        })
}

/// A class by name that is no group; a variable could hold a tuple with one.
fn is_plain_class(class: &ast::Expr, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let name = match class {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    name.starts_with(char::is_uppercase)
        && name.contains(char::is_lowercase)
        && !name.contains("Group")
        && tree
            .qualified_name(class)
            .is_none_or(|dotted| !dotted.contains("Group"))
}

/// Whether a node of a handler may stand in an `except*`: nothing that leaves it or raises, and no
/// use of the error but for a log or its parts.
fn stays_legal(
    id: NodeId,
    handler: &ast::ExceptHandlerExceptHandler,
    home: ScopeId,
    file: &FileView<'_>,
) -> bool {
    let tree = file.tree;
    let own = tree.scope_of(id) == home;
    match tree.node(id) {
        AnyNodeRef::StmtReturn(_) | AnyNodeRef::StmtRaise(_) => !own,
        AnyNodeRef::StmtBreak(_) | AnyNodeRef::StmtContinue(_) => {
            !own || tree
                .ancestors(id)
                .take_while(|above| !AnyNodeRef::from(handler).ptr_eq(tree.node(*above)))
                .any(|above| {
                    matches!(
                        tree.node(above),
                        AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)
                    )
                })
        }
        AnyNodeRef::ExprName(name)
            if handler.name.as_ref().is_some_and(|one| one.id == name.id) =>
        {
            match tree.node(tree.parent(id)) {
                AnyNodeRef::Keyword(keyword) => keyword.arg.as_deref() == Some("exc_info"),
                AnyNodeRef::ExprAttribute(attribute) => attribute.attr.as_str() == "exceptions",
                _ => false,
            }
        }
        _ => true,
    }
}
