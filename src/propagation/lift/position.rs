//! Where an `await` may stand.

use super::Wall;
use super::draft::Draft;
use super::items;
use crate::syntax::{AnyNodeRef, NodeId, PythonVersion, ScopeId, ScopeKind, ast};

/// Refuses places that Python evaluates outside of the function around them, or whose text it
/// shows.
pub(super) fn check_place(draft: &Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let mut below = id;
    loop {
        let above = tree.parent(below);
        let here = tree.node(below);
        let is = |expr: &ast::Expr| AnyNodeRef::from(expr).ptr_eq(here);
        let annotation = match tree.node(above) {
            AnyNodeRef::Parameter(node) => node.annotation.as_deref().is_some_and(is),
            AnyNodeRef::StmtAnnAssign(node) => is(&node.annotation),
            AnyNodeRef::StmtFunctionDef(node) => node.returns.as_deref().is_some_and(is),
            AnyNodeRef::TypeParams(_) | AnyNodeRef::StmtTypeAlias(_) => true,
            _ => false,
        };
        if annotation {
            return Err(Wall::new(
                id,
                "in-annotation",
                "This call stands in an annotation, where Python allows no `await`.",
            ));
        }
        match tree.node(above) {
            AnyNodeRef::InterpolatedElement(element) if element.debug_text.is_some() => {
                return Err(Wall::new(
                    id,
                    "text-is-shown",
                    "The `=` in this string prints the text of the call, which would get an `await`.",
                )
                .remedy("Give the result a name, and print that."));
            }
            AnyNodeRef::ExprTString(_) => {
                return Err(Wall::new(
                    id,
                    "text-is-shown",
                    "A template string keeps the text of the call, which would get an `await`.",
                )
                .remedy("Give the result a name, and use that."));
            }
            node if node.is_statement() => return Ok(()),
            _ => {}
        }
        below = above;
    }
}

/// Checks the scopes from `scope` outwards up to a function that is asynchronous afterwards, and
/// settles the generator expressions between. `shown` is what a refusal points at.
pub(super) fn enter(draft: &mut Draft<'_, '_>, scope: ScopeId, shown: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let mut at = scope;
    loop {
        let here = tree.scope(at);
        let (node, parent) = (here.node, here.parent);
        match here.kind {
            ScopeKind::Function { .. } if draft.is_async(node) => return Ok(()),
            ScopeKind::Function { .. } => {
                return Err(Wall::new(
                    shown,
                    "in-plain-function",
                    "This call stands in a function that stays a plain one.",
                ));
            }
            ScopeKind::Module => {
                return Err(Wall::new(
                    shown,
                    "at-module-level",
                    "This call runs while the module is imported, where Python allows no `await`.",
                )
                .remedy("Move it into a function, or below `if __name__ == \"__main__\":`."));
            }
            ScopeKind::Lambda if draft.is_dissolved(node) => at = parent,
            ScopeKind::Lambda => {
                return Err(Wall::new(
                    shown,
                    "in-lambda",
                    "This call stands in a `lambda`, where Python allows no `await`.",
                )
                .remedy("Write the `lambda` as a function, and call that directly."));
            }
            ScopeKind::Class => {
                return Err(Wall::new(
                    shown,
                    "in-class-body",
                    "This call runs while a class is made, where Python allows no `await`.",
                )
                .remedy("Move it into a method."));
            }
            ScopeKind::Comprehension { is_generator } => {
                let outer = tree.scope(tree.scope_of(node)).kind;
                let collected = if is_generator {
                    items::expression(draft, node, shown)?
                } else {
                    true
                };
                let is_nested = matches!(outer, ScopeKind::Comprehension { .. });
                if is_nested && collected && draft.target < PythonVersion::PY311 {
                    return Err(nested(shown));
                }
                at = parent;
            }
        }
    }
}

pub(super) fn nested(shown: NodeId) -> Wall {
    Wall::new(
        shown,
        "nested-comprehension",
        "Before Python 3.11 a comprehension inside another one may not wait.",
    )
    .remedy("Write the outer comprehension as a loop, or raise the target version.")
}
