//! Whether new lines may bind a local variable that the function has already.

use super::FileView;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, TextRange, TextSize, Tree, ast};

/// Builtins with which a function looks at its variables by their names.
const MIRRORS: &[&str] = &["locals", "vars", "dir", "eval", "exec"];

impl FileView<'_> {
    /// The place where the function around a node asks for all of its local variables, such as
    /// `locals()`, where it would see a new one.
    pub fn shows_its_variables(&self, at: NodeId) -> Option<TextRange> {
        let tree = self.tree;
        let scope = tree.function_scope(at);
        let function = tree.scope(scope).node;
        MIRRORS.iter().find_map(|word| {
            tree.mentions_within(word, function).iter().find_map(|id| {
                let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(*id)) else {
                    return None;
                };
                let ast::Expr::Name(name) = &*call.func else {
                    return None;
                };
                // With an argument `vars` and `dir` ask an object; with two, `eval` and `exec`
                // see what they are given.
                let given = call.arguments.args.len();
                let looks = match *word {
                    "eval" | "exec" => given < 2,
                    _ => given == 0,
                };
                let own = tree.function_scope(*id) == scope && self.is_builtin(name);
                (looks && own).then_some(call.range())
            })
        })
    }

    /// Whether lines in the place of `lines`, whole statements of the block in which the statement
    /// `at` stands, may bind the local variable `name` for themselves: what it meant before is not
    /// read any more, and what it means then is read nowhere else.
    ///
    /// Answers `false` where that is not plain to see: the variable belongs to a closure, a `try`
    /// or a loop around the lines has more to do with it, or it is bound by anything but an
    /// assignment, `with`, `for` or a parameter.
    pub fn may_bind(&self, at: NodeId, lines: TextRange, name: &str) -> bool {
        let tree = self.tree;
        let scope = tree.function_scope(at);
        let function = tree.scope(scope).node;
        let AnyNodeRef::StmtFunctionDef(_) = tree.node(function) else {
            return false;
        };
        let mirrored = |word: &&str| !tree.mentions_within(word, function).is_empty();
        if tree.is_rebound_from_inside(scope, name) || MIRRORS.iter().any(mirrored) {
            return false;
        }
        match tree.lookup(name, scope) {
            Some(home) if home == scope => {}
            Some(_) => return false,
            // Only other functions around or inside have such a variable, each one of its own.
            None => {
                let mut outer = function;
                while let Some(next) = tree.enclosing_function(outer) {
                    outer = next;
                }
                return tree
                    .mentions_within(name, outer)
                    .iter()
                    .all(|id| tree.lookup(name, tree.scope_of(*id)).is_some());
            }
        }
        let plain = tree.bindings(scope, name).iter().all(|binding| {
            binding.kind == BindingKind::Parameter
                || matches!(tree.node(binding.node), AnyNodeRef::ExprName(name) if name.ctx.is_store())
        });
        let mut uses = tree.occurrences(scope, name);
        uses.sort_by_key(|id| tree.node(*id).start());
        let own = uses.iter().all(|id| {
            tree.function_scope(*id) == scope
                && matches!(tree.node(*id), AnyNodeRef::ExprName(name) if !name.ctx.is_del())
                && !lines.contains_range(tree.node(*id).range())
        });
        plain
            && own
            && Life {
                tree,
                function,
                uses: &uses,
            }
            .is_over(tree.enclosing_statement(at), lines)
    }
}

/// The uses of a variable in its function, sorted.
struct Life<'t, 'a> {
    tree: &'t Tree<'a>,
    function: NodeId,
    uses: &'t [NodeId],
}

impl Life<'_, '_> {
    fn start(&self, id: NodeId) -> TextSize {
        self.tree.node(id).start()
    }

    /// Whether no use after the lines can see what they bind.
    fn is_over(&self, statement: NodeId, lines: TextRange) -> bool {
        let split = self
            .uses
            .partition_point(|id| self.start(*id) < lines.start());
        let (before, after) = self.uses.split_at(split);
        self.starts_anew_in_loops(statement, before, after) && self.is_bound_first(statement, after)
    }

    /// Whether every use after the lines comes after another statement that binds the variable.
    fn is_bound_first(&self, statement: NodeId, mut after: &[NodeId]) -> bool {
        while let [first, rest @ ..] = after {
            let Some(store) = self.store(*first, rest) else {
                return false;
            };
            if self.always_reaches(statement, store, after) {
                return true;
            }
            // The rest of its own block comes after it in any case.
            let Some(end) = self
                .tree
                .block_of(store)
                .and_then(|(block, _)| block.last())
            else {
                return false;
            };
            let end = end.end();
            after = &after[after.partition_point(|id| self.start(*id) < end)..];
        }
        true
    }

    /// Whether a loop around the lines does not carry the value to uses in front of them.
    fn starts_anew_in_loops(&self, statement: NodeId, before: &[NodeId], after: &[NodeId]) -> bool {
        let Some(last) = before.last() else {
            return true;
        };
        let around = |id: NodeId| {
            let node = self.tree.node(id);
            matches!(node, AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_))
                && node.start() < self.start(*last)
        };
        let inside = |id: &NodeId| self.tree.is_within(*id, self.function);
        let loops = self.tree.ancestors(statement).take_while(inside);
        let Some(outermost) = loops.filter(|id| around(*id)).last() else {
            return true;
        };
        // Every turn must begin with a new value.
        let range = self.tree.node(outermost).range();
        let all_inside = before.iter().chain(after).all(|id| {
            let at = self.start(*id);
            range.contains(at)
        });
        let body = match self.tree.node(outermost) {
            AnyNodeRef::StmtFor(node) => &node.body,
            AnyNodeRef::StmtWhile(node) => &node.body,
            _ => return false,
        };
        all_inside
            && self
                .store(before[0], &before[1..])
                .and_then(|store| self.tree.block_of(store))
                .is_some_and(|(block, _)| std::ptr::eq(block.as_ptr(), body.as_ptr()))
    }

    /// The statement that binds the variable at `first` without reading it, always when it runs.
    fn store(&self, first: NodeId, rest: &[NodeId]) -> Option<NodeId> {
        let tree = self.tree;
        let statement = tree.enclosing_statement(first);
        let reads = |range: TextRange| rest.iter().any(|id| range.contains(self.start(*id)));
        let is_target = |target: &ast::Expr| binds(tree, target, first);
        let stores = match tree.node(statement) {
            AnyNodeRef::StmtAssign(assign) => {
                assign.targets.iter().any(is_target) && !reads(assign.value.range())
            }
            AnyNodeRef::StmtAnnAssign(assign) => {
                assign.value.is_some()
                    && is_target(&assign.target)
                    && assign
                        .value
                        .as_ref()
                        .is_some_and(|value| !reads(value.range()))
            }
            AnyNodeRef::StmtWith(with) => {
                let targets = with
                    .items
                    .iter()
                    .filter_map(|item| item.optional_vars.as_deref());
                targets.into_iter().any(is_target)
                    && !with
                        .items
                        .iter()
                        .any(|item| reads(item.context_expr.range()))
            }
            AnyNodeRef::StmtFor(for_) => {
                let inside = |id: &NodeId| {
                    let at = self.start(*id);
                    for_.target.range().contains(at)
                        || for_.body.iter().any(|stmt| stmt.range().contains(at))
                };
                is_target(&for_.target) && !reads(for_.iter.range()) && rest.iter().all(inside)
            }
            _ => false,
        };
        stores.then_some(statement)
    }

    /// Whether all uses after the lines come after the statement `store`, however the lines end.
    fn always_reaches(&self, statement: NodeId, store: NodeId, after: &[NodeId]) -> bool {
        let tree = self.tree;
        let Some((block, _)) = tree.block_of(store) else {
            return false;
        };
        let same = |id: &NodeId| {
            tree.block_of(*id)
                .is_some_and(|(other, _)| std::ptr::eq(other.as_ptr(), block.as_ptr()))
        };
        if !std::iter::once(statement)
            .chain(tree.ancestors(statement))
            .any(|id| same(&id))
        {
            return false;
        }
        // What an exception or a `break` jumps to must not read it.
        let all_within = |body: &[ast::Stmt]| {
            let range = match body {
                [] => return false,
                [first, .., last] => TextRange::new(first.start(), last.end()),
                [only] => only.range(),
            };
            after.iter().all(|id| range.contains(self.start(*id)))
        };
        let inside = |id: &NodeId| tree.is_within(*id, self.function) && *id != self.function;
        tree.ancestors(store).take_while(inside).all(|above| {
            let node = tree.node(above);
            match node {
                AnyNodeRef::StmtTry(node) => all_within(&node.body),
                AnyNodeRef::StmtWith(node) => all_within(&node.body),
                AnyNodeRef::StmtFor(node) => all_within(&node.body),
                AnyNodeRef::StmtWhile(node) => all_within(&node.body),
                AnyNodeRef::ExceptHandlerExceptHandler(node) => all_within(&node.body),
                _ => true,
            }
        })
    }
}

/// Whether a target binds the name at a node, by itself or in an unpacking.
fn binds(tree: &Tree<'_>, target: &ast::Expr, name: NodeId) -> bool {
    match target {
        ast::Expr::Name(one) => tree.id(one) == name,
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|one| binds(tree, one, name)),
        ast::Expr::List(list) => list.elts.iter().any(|one| binds(tree, one, name)),
        ast::Expr::Starred(starred) => binds(tree, &starred.value, name),
        _ => false,
    }
}
