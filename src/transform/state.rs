//! State that outlives a suspension point: what is read before it and written after it.

use super::{FileView, Refusal};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, ast};

impl FileView<'_> {
    /// Refuses an `await` in place of the expression `id` between a read and a write of something
    /// that other tasks can reach: an attribute, a global, a variable of an enclosing function.
    pub(super) fn check_read_modify_write(
        &self,
        id: NodeId,
        function: NodeId,
    ) -> Result<(), Refusal> {
        let here = self.tree.node(id).range();
        let statement = self.tree.enclosing_statement(id);
        if let AnyNodeRef::StmtAugAssign(assign) = self.tree.node(statement)
            && assign.value.range().contains_range(here)
            && self.is_shared_place(&assign.target)
        {
            return Err(straddles(
                self.text(assign.target.range()),
                assign.target.range(),
                assign.target.range(),
            ));
        }
        for (path, written, at) in self.writes(function) {
            let is_target = at == statement && !written.contains_range(here);
            if written.start() < here.end() && !is_target {
                continue;
            }
            if self.excludes(id, at, function) {
                continue;
            }
            if let Some(read) = self.read_before(function, &path, here.start(), written) {
                return Err(straddles(&path, read, written));
            }
        }
        Ok(())
    }

    /// The shared places a function writes: a name for each, the range of the write, its statement.
    fn writes(&self, function: NodeId) -> Vec<(String, TextRange, NodeId)> {
        self.own_nodes(function)
            .filter_map(|id| {
                let node = self.tree.node(id);
                let (place, range) = match node {
                    AnyNodeRef::ExprAttribute(attribute) if !attribute.ctx.is_load() => {
                        (self.shared_path(node)?, attribute.range)
                    }
                    AnyNodeRef::ExprSubscript(subscript) if !subscript.ctx.is_load() => (
                        self.shared_path(AnyNodeRef::from(&*subscript.value))?,
                        subscript.range,
                    ),
                    AnyNodeRef::ExprName(name) if !name.ctx.is_load() => {
                        (self.shared_path(node)?, name.range)
                    }
                    AnyNodeRef::ExprCall(call) => {
                        let ast::Expr::Attribute(method) = &*call.func else {
                            return None;
                        };
                        if !MUTATORS.contains(&method.attr.as_str()) {
                            return None;
                        }
                        (
                            self.shared_path(AnyNodeRef::from(&*method.value))?,
                            call.range(),
                        )
                    }
                    _ => return None,
                };
                Some((place, range, self.tree.enclosing_statement(id)))
            })
            .collect()
    }

    /// Where a shared place is read before an offset.
    fn read_before(
        &self,
        function: NodeId,
        path: &str,
        before: TextSize,
        write: TextRange,
    ) -> Option<TextRange> {
        self.own_nodes(function).find_map(|id| {
            let node = self.tree.node(id);
            let loads = match node {
                AnyNodeRef::ExprAttribute(attribute) => attribute.ctx.is_load(),
                AnyNodeRef::ExprName(name) => name.ctx.is_load(),
                _ => return None,
            };
            (loads
                && node.start() < before
                && !write.contains_range(node.range())
                && self.shared_path(node).as_deref() == Some(path)
                && !self.is_receiver_of_statement(id))
            .then(|| node.range())
        })
    }

    /// Whether a read only names the object on which a statement calls a method that changes it,
    /// as in `self.log.append("started")`, or the container a statement stores into.
    fn is_receiver_of_statement(&self, id: NodeId) -> bool {
        match self.tree.node(self.tree.parent(id)) {
            AnyNodeRef::ExprSubscript(subscript) => {
                subscript.ctx.is_store()
                    && AnyNodeRef::from(&*subscript.value).ptr_eq(self.tree.node(id))
                    && !matches!(
                        self.tree.node(self.tree.parent(self.tree.parent(id))),
                        AnyNodeRef::StmtAugAssign(_)
                    )
            }
            AnyNodeRef::ExprAttribute(method) => {
                let call = self.tree.parent(self.tree.parent(id));
                MUTATORS.contains(&method.attr.as_str())
                    && matches!(self.tree.node(call), AnyNodeRef::ExprCall(call)
                        if AnyNodeRef::from(&*call.func).ptr_eq(AnyNodeRef::from(method)))
                    && matches!(
                        self.tree.node(self.tree.parent(call)),
                        AnyNodeRef::StmtExpr(_)
                    )
            }
            _ => false,
        }
    }

    /// The nodes of a function's own body, without those of functions and classes inside it.
    fn own_nodes(&self, function: NodeId) -> impl Iterator<Item = NodeId> {
        let own = self.tree.scope_opened_by(function);
        self.tree
            .descendants(function)
            .filter(move |id| Some(self.function_scope(*id)) == own)
    }

    fn is_shared_place(&self, target: &ast::Expr) -> bool {
        match target {
            ast::Expr::Subscript(subscript) => self
                .shared_path(AnyNodeRef::from(&*subscript.value))
                .is_some(),
            other => self.shared_path(AnyNodeRef::from(other)).is_some(),
        }
    }

    /// A dotted name for a place that other tasks may reach: `self.count`, a global, a variable of
    /// an enclosing function, an attribute of a parameter. `None` for what only this call has.
    fn shared_path(&self, node: AnyNodeRef<'_>) -> Option<String> {
        match node {
            AnyNodeRef::ExprName(name) => {
                let id = self.tree.id(name);
                let home = self.tree.lookup(name.id.as_str(), self.tree.scope_of(id))?;
                let is_own = home == self.function_scope(id) || home == self.tree.scope_of(id);
                (!is_own || self.tree.is_rebound_from_inside(home, name.id.as_str()))
                    .then(|| name.id.to_string())
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                let base = self.shared_base(&attribute.value)?;
                Some(format!("{base}.{}", attribute.attr))
            }
            _ => None,
        }
    }

    fn shared_base(&self, base: &ast::Expr) -> Option<String> {
        match base {
            ast::Expr::Name(name) => {
                let id = self.tree.id(name);
                let home = self.tree.lookup(name.id.as_str(), self.tree.scope_of(id))?;
                let bindings = self.tree.bindings(home, name.id.as_str());
                let is_own = home == self.function_scope(id) || home == self.tree.scope_of(id);
                let is_made_here = is_own
                    && bindings.iter().all(|binding| {
                        let assigned = self.tree.parent(binding.node);
                        match self.tree.node(assigned) {
                            AnyNodeRef::StmtAssign(assign) => !matches!(
                                &*assign.value,
                                ast::Expr::Name(_)
                                    | ast::Expr::Attribute(_)
                                    | ast::Expr::Subscript(_)
                            ),
                            AnyNodeRef::StmtAnnAssign(_)
                            | AnyNodeRef::WithItem(_)
                            | AnyNodeRef::ExprNamed(_) => true,
                            _ => false,
                        }
                    });
                (!is_made_here).then(|| name.id.to_string())
            }
            ast::Expr::Attribute(attribute) => {
                let base = self.shared_base(&attribute.value)?;
                Some(format!("{base}.{}", attribute.attr))
            }
            _ => None,
        }
    }

    /// Whether two places are in branches of one `if` of which only one can run, outside any loop.
    fn excludes(&self, left: NodeId, right: NodeId, function: NodeId) -> bool {
        let branch = |from: NodeId, if_: NodeId| {
            let AnyNodeRef::StmtIf(node) = self.tree.node(if_) else {
                return None;
            };
            let at = self.tree.node(from).range();
            let in_body = |body: &[ast::Stmt]| {
                body.first()
                    .is_some_and(|first| first.start() <= at.start())
                    && body.last().is_some_and(|last| at.end() <= last.end())
            };
            if in_body(&node.body) {
                return Some(0);
            }
            node.elif_else_clauses
                .iter()
                .position(|clause| in_body(&clause.body))
                .map(|at| at + 1)
        };
        let in_loop = |id: NodeId| {
            self.tree
                .ancestors(id)
                .take_while(|above| *above != function)
                .any(|above| {
                    matches!(
                        self.tree.node(above),
                        AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)
                    )
                })
        };
        !in_loop(left)
            && self
                .tree
                .ancestors(left)
                .take_while(|above| *above != function)
                .any(|above| {
                    matches!(
                        (branch(left, above), branch(right, above)),
                        (Some(one), Some(other)) if one != other
                    )
                })
    }
}

fn straddles(path: &str, read: TextRange, written: TextRange) -> Refusal {
    Refusal::new(
        "await-insertion-read-modify-write",
        format!("`{path}` is read before this point and written after it; another task could change it in between."),
    )
    .evidence(read, "read here")
    .evidence(written, "written here")
    .remedy("Read it after the call, or guard the whole with an `asyncio.Lock`; or pass `--unsafe`.")
    .without_consent()
}

/// Methods of the builtin containers that change them.
const MUTATORS: &[&str] = &[
    "append",
    "appendleft",
    "add",
    "extend",
    "insert",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "discard",
    "clear",
    "sort",
    "reverse",
];
