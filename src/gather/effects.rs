//! Whether the order in which arguments are evaluated and tasks are created can be seen: a task
//! copies the context variables when it is created, and `gather` creates none before it has
//! evaluated every argument. Nothing else can be seen: no task runs before the group waits.

use super::children::{Child, Source};
use super::{Site, failures, lists};
use crate::syntax::{AnyNodeRef, NodeId, ast};
use crate::transform::FileView;

/// Whether code that is evaluated between the creations of two tasks could tell: it sets a context
/// variable, or counts the tasks there are.
fn context_matters(file: &FileView<'_>) -> bool {
    file.sets_context() || !file.tree.mentions("all_tasks").is_empty()
}

/// The last child that must be evaluated before the first task is created.
pub(super) fn last_held<'a>(site: &Site<'_, 'a>, children: &[Child<'a>]) -> Option<usize> {
    // Tasks that are created by the arguments copy the context there, one after the other.
    let all_created = children
        .iter()
        .all(|child| child.is_moved() || child.is_created(site));
    if all_created || !context_matters(site.file) {
        return None;
    }
    let last = children
        .iter()
        .rposition(|child| may_set(child, site.file))?;
    let several =
        children[last].is_many() || children[..last].iter().any(|child| !child.is_moved());
    several.then_some(last)
}

/// Whether evaluating an argument may set a context variable.
fn may_set(child: &Child<'_>, file: &FileView<'_>) -> bool {
    match child.source {
        Source::One(expr) => calls(file.tree.id(expr), file),
        Source::Each(each) => {
            calls(file.tree.id(each.elt), file)
                || each.generators.iter().any(|clause| {
                    calls(file.tree.id(&clause.iter), file)
                        || clause
                            .ifs
                            .iter()
                            .any(|test| calls(file.tree.id(test), file))
                })
        }
        Source::All(expr) => is_lazy(expr, file) || calls(file.tree.id(expr), file),
        Source::Task(_) | Source::Tasks(_) => false,
    }
}

/// Whether the elements may be made only when somebody asks for them.
pub(super) fn is_lazy(iterable: &ast::Expr, file: &FileView<'_>) -> bool {
    if file.is_plain_collection(iterable) {
        return false;
    }
    if let ast::Expr::Call(call) = iterable
        && let Some(function) = failures::mapped(call, file)
    {
        // No more happens then than in a comprehension over the same elements.
        return !file.is_coroutine_function(function);
    }
    let ast::Expr::Name(name) = iterable else {
        return true;
    };
    !matches!(
        lists::only_value(name, file),
        Some((_, ast::Expr::ListComp(_) | ast::Expr::SetComp(_)))
    )
}

/// Whether statements above a call, up to it, may set a context variable.
pub(super) fn may_set_between(block: &[ast::Stmt], file: &FileView<'_>) -> bool {
    context_matters(file) && block.iter().any(|stmt| calls(file.tree.id(stmt), file))
}

/// Whether something is called that is neither a coroutine function nor known to do nothing else.
fn calls(top: NodeId, file: &FileView<'_>) -> bool {
    file.tree.descendants(top).any(|id| {
        let AnyNodeRef::ExprCall(call) = file.tree.node(id) else {
            return matches!(
                file.tree.node(id),
                AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
            );
        };
        let fills = matches!(&*call.func, ast::Expr::Attribute(attribute)
            if matches!(attribute.attr.as_str(), "append" | "extend"));
        !fills && failures::may_raise_call(call, file)
    })
}
