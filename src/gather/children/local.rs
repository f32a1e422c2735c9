//! Tasks and lists in local variables that a call gathers: what stands above the call for them.

use super::{Collector, Source, Wrap, is_called_a_task, runs_already};
use crate::gather::lists;
use crate::gather::{Failures, Site, effects, failures};
use crate::syntax::{AnyNodeRef, Ranged, TextRange, ast};
use crate::transform::{Awaitable, Refusal};

impl<'a> Collector<'_, '_, 'a> {
    /// Whether some task is put into a list whose content is not fully known.
    pub(super) fn may_hold_tasks(&self, name: &ast::ExprName) -> bool {
        let tree = self.file().tree;
        let Some(home) = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name))) else {
            return false;
        };
        tree.occurrences(home, name.id.as_str())
            .into_iter()
            .any(|id| {
                let statement = tree.enclosing_statement(id);
                !matches!(
                    tree.node(statement),
                    AnyNodeRef::StmtFor(_)
                        | AnyNodeRef::StmtWith(_)
                        | AnyNodeRef::StmtTry(_)
                        | AnyNodeRef::StmtIf(_)
                        | AnyNodeRef::StmtFunctionDef(_)
                        | AnyNodeRef::StmtWhile(_)
                        | AnyNodeRef::StmtMatch(_)
                ) && tree.descendants(statement).any(|below| {
                    matches!(tree.node(below), AnyNodeRef::ExprCall(call)
                        if matches!(&*call.func, ast::Expr::Attribute(attribute)
                            if matches!(attribute.attr.as_str(), "create_task" | "ensure_future"))
                        || matches!(&*call.func, ast::Expr::Name(f)
                            if matches!(f.id.as_str(), "create_task" | "ensure_future")))
                })
            })
    }

    pub(super) fn local(
        &mut self,
        iterable: &'a ast::Expr,
        name: &'a ast::ExprName,
        list: &lists::LocalList<'a>,
    ) -> Result<(), Refusal> {
        let file = self.site.file;
        let tasks = list
            .elements
            .iter()
            .filter(|element| lists::makes_task(element.expr, file))
            .count();
        // The results of other tasks: what they are is not known, only what they are called.
        let results = list.elements.iter().any(|element| {
            matches!(element.expr, ast::Expr::Call(call)
                if matches!(&*call.func, ast::Expr::Attribute(attribute) if &*attribute.attr == "result"))
        });
        if results && is_called_a_task(iterable, Awaitable::Unknown) {
            return Err(runs_already(self.site, iterable));
        }
        // The assignment right above the call, used by nobody else: its value stands in the call.
        let right_above = self
            .gathered
            .taken_over
            .checked_sub(1)
            .is_some_and(|at| file.tree.id(&self.gathered.block[at]) == list.assignment);
        let only_use = list.used_once;
        let is_comprehension = matches!(
            list.value,
            ast::Expr::ListComp(_) | ast::Expr::Generator(_) | ast::Expr::SetComp(_)
        );
        let is_display = matches!(list.value, ast::Expr::List(display) if !display.elts.is_empty());
        if self.reaches_up
            && right_above
            && only_use
            && (is_comprehension || is_display)
            && !failures::suspends(list.value, file)
            && matches!(
                &self.gathered.block[self.gathered.taken_over - 1],
                ast::Stmt::Assign(_)
            )
        {
            self.gathered.taken_over -= 1;
            self.gathered.list_name = Some(name.id.as_str());
            return self.starred(list.value);
        }
        if tasks > 0 {
            let mut creations = Vec::new();
            for element in &list.elements {
                let Some(creation) = lists::creation(element.expr, file) else {
                    return Err(runs_already(self.site, iterable)
                        .evidence(element.expr.range(), "this element"));
                };
                creations.push(creation);
            }
            if !self.reaches_up {
                return Err(runs_already(self.site, iterable));
            }
            if self.site.failures == Failures::Returned && list.used_after {
                return Err(used_later(self.site, iterable));
            }
            let wrap = if self.site.failures == Failures::Returned {
                Wrap::Return
            } else {
                Wrap::Nothing
            };
            self.gathered.creations.extend(creations);
            self.names.push(name.id.as_str());
            self.push(Source::Tasks(iterable), wrap);
            return Ok(());
        }
        // Coroutines that are collected in a loop: started where they are made, when the list is
        // called after tasks anyway.
        let ranges: Vec<TextRange> = list
            .elements
            .iter()
            .map(|element| element.expr.range())
            .collect();
        let movable = self.reaches_up
            && !list.used_after
            && !ranges.is_empty()
            && list
                .elements
                .iter()
                .all(|element| matches!(element.expr, ast::Expr::Call(_)))
            && name.id.contains("task")
            && lists::first_statement(
                self.site,
                self.gathered.block,
                self.gathered.at,
                &ranges,
                &[name.id.as_str()],
            )
            .is_ok_and(|first| {
                let between = &self.gathered.block[first..self.gathered.at];
                // What has nothing to do with the list stays outside of the group.
                let fills = |stmt: &ast::Stmt| {
                    let stmt = stmt.range();
                    ranges.iter().any(|range| stmt.contains_range(*range))
                };
                between.iter().all(fills) && !effects::may_set_between(between, file)
            });
        let mut wraps = Vec::new();
        for element in &list.elements {
            wraps.push(self.proof(element.expr)?);
        }
        if movable {
            self.gathered
                .started
                .extend(list.elements.iter().map(|element| element.expr).zip(wraps));
            self.names.push(name.id.as_str());
            self.push(Source::Tasks(iterable), Wrap::Nothing);
            return Ok(());
        }
        let wrap = if wraps.iter().all(|wrap| *wrap == Wrap::Nothing) {
            Wrap::Nothing
        } else if self.site.failures == Failures::Returned {
            Wrap::Return
        } else {
            Wrap::Await
        };
        self.push(Source::All(iterable), wrap);
        Ok(())
    }

    /// Finds the place of the group for tasks that are created above the call.
    pub(super) fn place(&mut self) -> Result<(), Refusal> {
        let created: Vec<TextRange> = self
            .gathered
            .creations
            .iter()
            .map(|creation| creation.call.range())
            .chain(self.gathered.started.iter().map(|(expr, _)| expr.range()))
            .collect();
        if created.is_empty() {
            return Ok(());
        }
        let moved = self
            .gathered
            .children
            .iter()
            .find_map(|child| match child.source {
                Source::Task(expr) | Source::Tasks(expr) => Some(expr),
                _ => None,
            });
        if self.site.failures == Failures::Returned
            && let Some(child) =
                self.gathered
                    .children
                    .iter()
                    .find_map(|child| match child.source {
                        Source::Task(expr) if self.is_used_after(expr) => Some(expr),
                        _ => None,
                    })
        {
            return Err(used_later(self.site, child));
        }
        match lists::first_statement(
            self.site,
            self.gathered.block,
            self.gathered.taken_over,
            &created,
            &self.names,
        ) {
            Ok(first) => {
                self.gathered.first = first;
                Ok(())
            }
            Err((range, words)) => {
                let expr = moved.unwrap_or(&self.site.call.func);
                Err(runs_already(self.site, expr).evidence(range, words))
            }
        }
    }

    fn is_used_after(&self, expr: &ast::Expr) -> bool {
        let ast::Expr::Name(name) = expr else {
            return false;
        };
        let tree = self.file().tree;
        tree.mentions(name.id.as_str()).iter().any(|id| {
            tree.node(*id).start() > self.site.await_.end()
                && tree.is_within(
                    *id,
                    self.file()
                        .enclosing_function(self.site.id())
                        .unwrap_or(self.site.statement),
                )
        })
    }
}

fn used_later(site: &Site<'_, '_>, expr: &ast::Expr) -> Refusal {
    Refusal::new(
        "gather-task-used-later",
        format!(
            "`{}` is looked at after this `gather(…, return_exceptions=True)`, and would no longer show the exceptions.",
            site.file.text(expr.range())
        ),
    )
    .evidence(expr.range(), "the tasks")
    .remedy("Use the list that `gather` returns.")
}
