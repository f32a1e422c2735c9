//! Tasks that something else than the call looks at, and would no longer show their exceptions.

use super::Collector;
use crate::gather::{Failures, failures};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, Tree, ast};
use crate::transform::Refusal;

impl<'a> Collector<'_, '_, 'a> {
    /// Refuses tasks behind a firewall whose variable is used for more than to gather them: the
    /// exception of such a task has become its result.
    pub(super) fn check_unwatched(&self) -> Result<(), Refusal> {
        if self.site.failures != Failures::Returned {
            return Ok(());
        }
        let tree = self.file().tree;
        for creation in &self.gathered.creations {
            if failures::cannot_fail(creation.coro, self.file()) {
                continue;
            }
            let Some(name) = self.variable_of(creation.call) else {
                continue;
            };
            let Some(home) = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name))) else {
                continue;
            };
            let watched = tree
                .occurrences(home, name.id.as_str())
                .into_iter()
                .find(|id| self.watches(*id));
            if let Some(watched) = watched {
                return Err(Refusal::new(
                    "gather-task-watched",
                    format!(
                        "Something else than this `gather(…, return_exceptions=True)` is given `{}`, and would no longer see its exception.",
                        name.id
                    ),
                )
                .evidence(tree.node(watched).range(), "used here")
                .remedy("Handle the exception in the coroutine, or use the list that `gather` returns."));
            }
        }
        Ok(())
    }

    /// The variable that a call which creates a task is assigned to.
    fn variable_of(&self, call: &'a ast::ExprCall) -> Option<&'a ast::ExprName> {
        let tree = self.file().tree;
        let target = match tree.node(tree.parent(tree.id(call))) {
            AnyNodeRef::StmtAssign(assign) => assign.targets.first()?,
            AnyNodeRef::StmtAnnAssign(assign) => &*assign.target,
            AnyNodeRef::ExprNamed(walrus) => &*walrus.target,
            _ => return None,
        };
        target.as_name_expr()
    }

    /// Whether the use of a task's variable could show somebody its exception.
    fn watches(&self, id: NodeId) -> bool {
        let tree = self.file().tree;
        let node = tree.node(id);
        let is_read = matches!(node, AnyNodeRef::ExprName(name) if name.ctx.is_load());
        if !is_read || self.site.await_.range().contains_range(node.range()) {
            return false;
        }
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::ExprAttribute(attribute) => match attribute.attr.as_str() {
                "get_name" | "set_name" => false,
                "add_done_callback" => match tree.node(tree.parent(parent)) {
                    AnyNodeRef::ExprCall(call) => {
                        let callback = call.arguments.args.first();
                        !callback.is_some_and(|callback| ignores_the_task(callback, tree))
                    }
                    _ => true,
                },
                _ => true,
            },
            // `tasks.append(task)` for a list that is gathered.
            AnyNodeRef::Arguments(_) => match tree.node(tree.parent(parent)) {
                AnyNodeRef::ExprCall(call) => !matches!(&*call.func, ast::Expr::Attribute(method)
                    if &*method.attr == "append"
                        && matches!(&*method.value, ast::Expr::Name(list)
                            if self.names.contains(&list.id.as_str()))),
                _ => true,
            },
            _ => true,
        }
    }
}

/// `tasks.discard`, or a `lambda` that does not read its parameter.
fn ignores_the_task(callback: &ast::Expr, tree: &Tree<'_>) -> bool {
    match callback {
        ast::Expr::Attribute(method) => matches!(method.attr.as_str(), "discard" | "remove"),
        ast::Expr::Lambda(lambda) => lambda.parameters.as_deref().is_some_and(|parameters| {
            parameters.iter().all(|parameter| {
                tree.mentions_within(parameter.name().as_str(), tree.id(lambda))
                    .is_empty()
            })
        }),
        _ => false,
    }
}
