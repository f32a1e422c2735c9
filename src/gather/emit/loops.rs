//! Loops that create one task after the other.

use super::super::children::{Each, Wrap};
use super::super::layout::{deepened, header};
use super::Group;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeKind};
use crate::transform::Refusal;

impl<'a> Group<'_, '_, 'a> {
    pub(super) fn loop_all(&mut self, iterable: &str, wrap: Wrap) -> Result<String, Refusal> {
        // Loops one after the other have the same variable.
        let coro = match &self.loop_variable {
            Some(name) => name.clone(),
            None => self.names.give(self.site, "coro"),
        };
        self.loop_variable = Some(coro.clone());
        let create = self.create_named(&coro, wrap)?;
        Ok(format!("for {coro} in {iterable}:\n    {create}"))
    }

    /// `for x in xs:` with `tg.create_task(f(x))` in it.
    pub(super) fn loop_over(
        &mut self,
        at: usize,
        each: Each<'a>,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        let tree = self.site.file.tree;
        let mut attached = std::mem::take(&mut self.comments[at]);
        let mut printed = vec![tree.parenthesized(each.elt)];
        let mut text = String::new();
        let mut depth = 0;
        let unit = self.layout.unit().to_owned();
        for clause in each.generators {
            printed.push(clause.target.range());
            printed.push(tree.parenthesized(&clause.iter));
            text.push_str(&unit.repeat(depth));
            text.push_str(&format!(
                "for {} in {}:\n",
                tree.lifted(clause.target.range()),
                header(self.site, &clause.iter, &self.layout, depth)
            ));
            depth += 1;
            for test in &clause.ifs {
                printed.push(tree.parenthesized(test));
                text.push_str(&unit.repeat(depth));
                let test = header(self.site, test, &self.layout, depth);
                text.push_str(&format!("if {test}:\n"));
                depth += 1;
            }
        }
        let keep = self.depth;
        self.depth += depth;
        let create = self.create("", each.elt, wrap)?;
        self.depth = keep;
        let prefix = unit.repeat(depth);
        text.push_str(&prefix);
        text.push_str(&deepened(&create, &prefix));
        for comment in tree.comments_in(each.range) {
            if !printed.iter().any(|range| range.contains_range(comment)) {
                attached
                    .above
                    .push(tree.slice(comment).trim_end().to_owned());
            }
        }
        attached.lift_if_loop();
        Ok(attached.around(&text))
    }

    /// Whether a variable of the comprehension means something else in the function, so that a
    /// loop would change it.
    pub(super) fn leaks(&self, each: Each<'a>) -> bool {
        let file = self.site.file;
        let tree = file.tree;
        let Some(function) = file.enclosing_function(self.site.id()) else {
            return true;
        };
        let mut outer = function;
        while let Some(next) = file.enclosing_function(outer) {
            outer = next;
        }
        let declared = |name: &str| {
            tree.descendants(outer).any(|id| match tree.node(id) {
                AnyNodeRef::StmtGlobal(global) => global.names.iter().any(|n| n.as_str() == name),
                AnyNodeRef::StmtNonlocal(inner) => inner.names.iter().any(|n| n.as_str() == name),
                _ => false,
            })
        };
        each.generators.iter().any(|clause| {
            let id = tree.id(&clause.target);
            tree.descendants(id).any(|below| {
                let AnyNodeRef::ExprName(name) = tree.node(below) else {
                    return !matches!(
                        tree.node(below),
                        AnyNodeRef::ExprTuple(_)
                            | AnyNodeRef::ExprList(_)
                            | AnyNodeRef::ExprStarred(_)
                    );
                };
                if name.ctx.is_load() {
                    return true;
                }
                let mentioned = tree.mentions(name.id.as_str()).iter().any(|id| {
                    tree.is_within(*id, function)
                        && !each.range.contains_range(tree.node(*id).range())
                        && !self.is_of_inner_function(*id, name.id.as_str())
                        && !self.is_bound_anew(*id, name.id.as_str())
                });
                (mentioned && !self.names.may_bind(self.site, name.id.as_str()))
                    || declared(name.id.as_str())
                    || tree.binders(name.id.as_str()).any(|scope| {
                        let scope = tree.scope(scope);
                        tree.is_within(scope.node, function)
                            && matches!(scope.kind, ScopeKind::Class)
                    })
            })
        })
    }

    /// Whether a name stands for a variable or parameter of a function inside the function of the
    /// site, and so for another one.
    fn is_of_inner_function(&self, id: NodeId, name: &str) -> bool {
        let file = self.site.file;
        let tree = file.tree;
        let Some(home) = tree.lookup(name, tree.scope_of(id)) else {
            return false;
        };
        let Some(function) = file.enclosing_function(self.site.id()) else {
            return false;
        };
        let scope = tree.scope(home);
        scope.node != function
            && tree.is_within(scope.node, function)
            && matches!(scope.kind, ScopeKind::Function { .. } | ScopeKind::Lambda)
    }

    /// Whether a variable is given a new value wherever this use of it is reached: by a `for` loop
    /// around it, or because it belongs to a comprehension.
    fn is_bound_anew(&self, id: NodeId, name: &str) -> bool {
        let file = self.site.file;
        let tree = file.tree;
        let Some(home) = tree.lookup(name, tree.scope_of(id)) else {
            return false;
        };
        if matches!(tree.scope(home).kind, ScopeKind::Comprehension { .. }) {
            return true;
        }
        if file.function_scope(id) != file.function_scope(self.site.id()) {
            return false;
        }
        tree.ancestors(id).any(|above| {
            let AnyNodeRef::StmtFor(for_) = tree.node(above) else {
                return false;
            };
            let binds = tree.descendants(tree.id(&*for_.target)).any(|below| {
                matches!(tree.node(below), AnyNodeRef::ExprName(target)
                    if target.id == name && target.ctx.is_store())
            });
            let use_ = tree.node(id).range();
            let inside = for_.target.range().contains_range(use_)
                || for_
                    .body
                    .iter()
                    .any(|stmt| stmt.range().contains_range(use_));
            binds && inside && !tree.is_within(self.site.statement, above)
        })
    }
}
