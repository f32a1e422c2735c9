//! Where the failure of an awaitable goes on: what is done with the coroutine, the task or the
//! future of a call.

use crate::syntax::{AnyNodeRef, BindingKind, NodeId, ScopeId, ScopeKind, Tree, ast};

/// Where a failure goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is raised where this is evaluated.
    Raised(NodeId),
    /// The function around it gives the awaitable to its caller.
    Returned(NodeId),
    /// Nobody ever looks at the result.
    Dropped,
    /// The exception is a value there.
    Value(NodeId),
    /// Nobody knows.
    Lost(NodeId),
}

/// How many steps one awaitable may take.
const MAX_STEPS: usize = 60;

/// Where the failure of the awaitable goes on that an expression gives.
pub(super) fn of_awaitable(tree: &Tree<'_>, expr: NodeId) -> Vec<Next> {
    let mut flow = Flow {
        tree,
        found: Vec::new(),
        steps: 0,
    };
    flow.awaitable(expr);
    flow.found
}

struct Flow<'t, 'a> {
    tree: &'t Tree<'a>,
    found: Vec<Next>,
    steps: usize,
}

impl Flow<'_, '_> {
    /// An expression that gives an awaitable.
    fn awaitable(&mut self, id: NodeId) {
        let tree = self.tree;
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.found.push(Next::Lost(id));
        }
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::ExprAwait(_) => self.found.push(Next::Raised(parent)),
            AnyNodeRef::StmtExpr(_) => self.found.push(Next::Dropped),
            AnyNodeRef::StmtReturn(_) if !self.in_coroutine(id) => {
                self.found.push(Next::Returned(id));
            }
            AnyNodeRef::Arguments(_) => self.argument(id, tree.parent(parent)),
            AnyNodeRef::ExprList(_)
            | AnyNodeRef::ExprTuple(_)
            | AnyNodeRef::ExprSet(_)
            | AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprGenerator(_) => self.collection(parent),
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [ast::Expr::Name(name)] => self.variable(name, Self::kept),
                _ => self.found.push(Next::Lost(id)),
            },
            AnyNodeRef::StmtAnnAssign(assign) => match &*assign.target {
                ast::Expr::Name(name) => self.variable(name, Self::kept),
                _ => self.found.push(Next::Lost(id)),
            },
            _ => self.found.push(Next::Lost(id)),
        }
    }

    fn in_coroutine(&self, id: NodeId) -> bool {
        let scope = self.tree.scope(self.tree.function_scope(id));
        scope.kind == ScopeKind::Function { is_async: true }
    }

    /// An awaitable that is given to a call.
    fn argument(&mut self, id: NodeId, call: NodeId) {
        let tree = self.tree;
        let AnyNodeRef::ExprCall(node) = tree.node(call) else {
            return self.found.push(Next::Lost(id));
        };
        let first = node
            .arguments
            .args
            .first()
            .is_some_and(|arg| tree.id(arg) == id);
        let name = tree.qualified_name(&node.func);
        match name.as_deref() {
            Some("asyncio.gather") => return self.gather(call, node),
            Some("asyncio.run") if first => return self.found.push(Next::Raised(call)),
            Some(
                "asyncio.wait_for"
                | "asyncio.shield"
                | "asyncio.create_task"
                | "asyncio.ensure_future",
            ) if first => return self.awaitable(call),
            _ => {}
        }
        let ast::Expr::Attribute(method) = &*node.func else {
            return self.found.push(Next::Lost(id));
        };
        let receiver = &*method.value;
        match method.attr.as_str() {
            "run_until_complete" if first => self.found.push(Next::Raised(call)),
            "run" if first && self.is_runner(receiver) => self.found.push(Next::Raised(call)),
            "create_task" if first => match self.group_of(receiver) {
                Some(with) => self.in_group(call, with),
                None if self.is_loop(receiver) => self.awaitable(call),
                None => self.found.push(Next::Lost(id)),
            },
            _ => self.found.push(Next::Lost(id)),
        }
    }

    /// Something that holds awaitables.
    fn collection(&mut self, id: NodeId) {
        let tree = self.tree;
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.found.push(Next::Lost(id));
        }
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::ExprStarred(_) => {
                let call = tree.parent(tree.parent(parent));
                match tree.node(call) {
                    AnyNodeRef::ExprCall(node)
                        if tree.qualified_name(&node.func).as_deref() == Some("asyncio.gather") =>
                    {
                        self.gather(call, node);
                    }
                    _ => self.found.push(Next::Lost(id)),
                }
            }
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [ast::Expr::Name(name)] => self.variable(name, Self::held),
                _ => self.found.push(Next::Lost(id)),
            },
            _ => self.found.push(Next::Lost(id)),
        }
    }

    /// `gather(…)` of awaitables.
    fn gather(&mut self, id: NodeId, call: &ast::ExprCall) {
        let mut returns = Some(false);
        for keyword in &call.arguments.keywords {
            returns = match (keyword.arg.as_deref(), &keyword.value) {
                (Some("return_exceptions"), ast::Expr::BooleanLiteral(value)) => Some(value.value),
                _ => None,
            };
        }
        match returns {
            Some(false) => self.awaitable(id),
            Some(true) => {
                let tree = self.tree;
                let mut above = tree.parent(id);
                if matches!(tree.node(above), AnyNodeRef::ExprAwait(_)) {
                    above = tree.parent(above);
                }
                let unread = matches!(tree.node(above), AnyNodeRef::StmtExpr(_));
                self.found.push(if unread {
                    Next::Dropped
                } else {
                    Next::Value(id)
                });
            }
            None => self.found.push(Next::Value(id)),
        }
    }

    /// A task of a group, which raises what its tasks raise where it ends.
    fn in_group(&mut self, task: NodeId, with: NodeId) {
        let tree = self.tree;
        self.found.push(Next::Raised(with));
        match tree.node(tree.parent(task)) {
            AnyNodeRef::StmtExpr(_) => {}
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [ast::Expr::Name(name)] => self.variable(name, Self::kept),
                _ => self.found.push(Next::Lost(task)),
            },
            _ => self.found.push(Next::Lost(task)),
        }
    }

    /// A local variable that holds something.
    fn variable(&mut self, name: &ast::ExprName, read: fn(&mut Self, NodeId)) {
        let tree = self.tree;
        let own = tree.id(name);
        let Some(home) = tree.lookup(name.id.as_str(), tree.scope_of(own)) else {
            return self.found.push(Next::Lost(own));
        };
        let known = home != ScopeId::MODULE
            && tree.bindings(home, name.id.as_str()).len() == 1
            && !tree.is_rebound_from_inside(home, name.id.as_str());
        if !known {
            return self.found.push(Next::Lost(own));
        }
        let before = self.found.len();
        for at in tree.occurrences(home, name.id.as_str()) {
            if at == own {
                continue;
            }
            if tree.function_scope(at) != tree.function_scope(own) {
                return self.found.push(Next::Lost(at));
            }
            read(self, at);
        }
        if self.found.len() == before {
            self.found.push(Next::Dropped);
        }
    }

    /// A variable with an awaitable is read.
    fn kept(&mut self, id: NodeId) {
        let tree = self.tree;
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::ExprAttribute(method) => {
                let call = tree.parent(parent);
                let AnyNodeRef::ExprCall(node) = tree.node(call) else {
                    return self.found.push(Next::Lost(id));
                };
                match method.attr.as_str() {
                    "cancel" | "cancelled" | "done" | "get_name" | "set_name" => {}
                    "result" => self.found.push(Next::Raised(call)),
                    // A set that forgets the task.
                    "add_done_callback" if forgets(node) => {}
                    "exception" => self.found.push(Next::Value(call)),
                    _ => self.found.push(Next::Lost(id)),
                }
            }
            AnyNodeRef::ExprCompare(_)
            | AnyNodeRef::ExprUnaryOp(_)
            | AnyNodeRef::StmtIf(_)
            | AnyNodeRef::StmtWhile(_) => {}
            AnyNodeRef::ExprBoolOp(_)
                if matches!(
                    tree.node(tree.parent(parent)),
                    AnyNodeRef::StmtIf(_) | AnyNodeRef::StmtWhile(_)
                ) => {}
            _ => self.awaitable(id),
        }
    }

    /// A variable with a collection of awaitables is read.
    fn held(&mut self, id: NodeId) {
        let tree = self.tree;
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::ExprAttribute(method)
                if matches!(method.attr.as_str(), "append" | "extend") => {}
            AnyNodeRef::Arguments(_) => match tree.node(tree.parent(parent)) {
                AnyNodeRef::ExprCall(call) if matches!(&*call.func, ast::Expr::Name(name) if name.id == "len") =>
                    {}
                _ => self.found.push(Next::Lost(id)),
            },
            _ => self.collection(id),
        }
    }

    /// The `with` statement of a task group.
    fn group_of(&self, receiver: &ast::Expr) -> Option<NodeId> {
        let (made, statement) = self.entered(receiver)?;
        (made == "asyncio.TaskGroup").then_some(statement)
    }

    fn is_runner(&self, receiver: &ast::Expr) -> bool {
        self.entered(receiver)
            .is_some_and(|(made, _)| made == "asyncio.Runner")
    }

    /// What a name stands for that a `with` statement of the same function gives: the class that
    /// makes it, and the statement.
    fn entered(&self, receiver: &ast::Expr) -> Option<(String, NodeId)> {
        let tree = self.tree;
        let ast::Expr::Name(name) = receiver else {
            return None;
        };
        let own = tree.id(name);
        let home = tree.lookup(name.id.as_str(), tree.scope_of(own))?;
        let [only] = tree.bindings(home, name.id.as_str()) else {
            return None;
        };
        if tree.function_scope(own) != tree.function_scope(only.node) {
            return None;
        }
        let AnyNodeRef::WithItem(item) = tree.node(tree.parent(only.node)) else {
            return None;
        };
        let ast::Expr::Call(call) = &item.context_expr else {
            return None;
        };
        let with = tree.enclosing_statement(only.node);
        // Another one beside it could catch what it raises.
        let alone = matches!(tree.node(with), AnyNodeRef::StmtWith(with) if with.items.len() == 1);
        Some((tree.qualified_name(&call.func).filter(|_| alone)?, with))
    }

    /// Whether an expression is an event loop.
    fn is_loop(&self, receiver: &ast::Expr) -> bool {
        let tree = self.tree;
        let gives_loop = |call: &ast::ExprCall| {
            matches!(
                tree.qualified_name(&call.func).as_deref(),
                Some(
                    "asyncio.get_running_loop"
                        | "asyncio.get_event_loop"
                        | "asyncio.new_event_loop"
                )
            )
        };
        match receiver {
            ast::Expr::Call(call) => gives_loop(call),
            ast::Expr::Name(name) => {
                let from = tree.scope_of(tree.id(name));
                let Some(home) = tree.lookup(name.id.as_str(), from) else {
                    return false;
                };
                let all = tree.bindings(home, name.id.as_str());
                !all.is_empty()
                    && all.iter().all(|bound| {
                        bound.kind == BindingKind::Assignment
                            && matches!(
                                tree.node(tree.enclosing_statement(bound.node)),
                                AnyNodeRef::StmtAssign(assign)
                                    if matches!(&*assign.value, ast::Expr::Call(call) if gives_loop(call))
                            )
                    })
            }
            _ => false,
        }
    }
}

/// `add_done_callback(tasks.discard)`
fn forgets(call: &ast::ExprCall) -> bool {
    matches!(&*call.arguments.args, [ast::Expr::Attribute(method)]
        if matches!(method.attr.as_str(), "discard" | "remove"))
        && call.arguments.keywords.is_empty()
}
