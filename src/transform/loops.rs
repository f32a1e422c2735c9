//! Event loops: which expressions stand for one, and for which.

use super::{FileView, Refusal};
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeKind, TextRange, ast};

/// What an expression has to do with an event loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventLoop {
    /// The loop that runs the coroutine around the expression.
    Running,
    /// An event loop of asyncio; which one is not known.
    Some,
    /// By its name an event loop, without proof.
    ByName,
    /// Nothing says that it is an event loop.
    No,
}

impl<'a> FileView<'a> {
    /// What an expression has to do with an event loop.
    pub fn event_loop(&self, expr: &'a ast::Expr) -> EventLoop {
        let id = self.tree.id(expr);
        match expr {
            ast::Expr::Call(call) => match self.loop_function(call) {
                Some(LoopFunction::Running) => EventLoop::Running,
                Some(LoopFunction::Get) if self.in_coroutine(id) => EventLoop::Running,
                Some(_) => EventLoop::Some,
                None => EventLoop::No,
            },
            ast::Expr::Name(name) => self.named_loop(id, name.id.as_str()),
            ast::Expr::Attribute(attribute) => self.attribute_loop(attribute),
            _ => EventLoop::No,
        }
    }

    /// The function of asyncio that a call without arguments gets a loop from.
    pub fn loop_function(&self, call: &ast::ExprCall) -> Option<LoopFunction> {
        if !call.arguments.is_empty() {
            return None;
        }
        match self.tree.qualified_name(&call.func)?.as_str() {
            "asyncio.get_running_loop" => Some(LoopFunction::Running),
            "asyncio.get_event_loop" => Some(LoopFunction::Get),
            "asyncio.new_event_loop" => Some(LoopFunction::New),
            _ => None,
        }
    }

    /// The value of a binding that is a plain assignment to a single name.
    pub fn assigned_value(&self, binding: NodeId) -> Option<&'a ast::Expr> {
        let target = self.tree.node(binding);
        match self.tree.node(self.tree.parent(binding)) {
            AnyNodeRef::StmtAssign(assign) => {
                let [only] = &assign.targets[..] else {
                    return None;
                };
                AnyNodeRef::from(only)
                    .ptr_eq(target)
                    .then_some(&*assign.value)
            }
            AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
            _ => None,
        }
    }

    fn named_loop(&self, id: NodeId, name: &str) -> EventLoop {
        let by_name = if is_loop_word(name) {
            EventLoop::ByName
        } else {
            EventLoop::No
        };
        let Some(home) = self.tree.lookup(name, self.tree.scope_of(id)) else {
            return by_name;
        };
        let mut kinds = Vec::new();
        for binding in self.tree.bindings(home, name) {
            let kind = match binding.kind {
                BindingKind::Parameter => self.annotated_loop(binding.node, name),
                _ => match self.assigned_value(binding.node) {
                    Some(ast::Expr::Call(call)) => match self.loop_function(call) {
                        Some(LoopFunction::Running | LoopFunction::Get)
                            if self.in_coroutine(self.tree.id(call)) =>
                        {
                            EventLoop::Running
                        }
                        Some(_) => EventLoop::Some,
                        None => EventLoop::No,
                    },
                    _ => EventLoop::No,
                },
            };
            kinds.push(kind);
        }
        let here = home == self.function_scope(id) && !self.tree.is_rebound_from_inside(home, name);
        match kinds.iter().max_by_key(|kind| rank(**kind)) {
            // A coroutine inside the function may be run by another loop.
            Some(EventLoop::Running) if here && self.in_coroutine(id) => EventLoop::Running,
            Some(EventLoop::Running | EventLoop::Some) => EventLoop::Some,
            _ => by_name,
        }
    }

    /// A parameter annotated with a loop class of asyncio.
    fn annotated_loop(&self, function: NodeId, name: &str) -> EventLoop {
        let AnyNodeRef::StmtFunctionDef(function) = self.tree.node(function) else {
            return EventLoop::No;
        };
        let annotation = function
            .parameters
            .iter_non_variadic_params()
            .find(|parameter| parameter.name().as_str() == name)
            .and_then(|parameter| parameter.annotation());
        match annotation.and_then(|class| self.tree.qualified_name(class)) {
            Some(class) if LOOP_CLASSES.contains(&class.as_str()) => EventLoop::Some,
            _ => EventLoop::No,
        }
    }

    /// `self.loop`, when the class assigns it nothing but loops of asyncio.
    fn attribute_loop(&self, attribute: &'a ast::ExprAttribute) -> EventLoop {
        let name = attribute.attr.as_str();
        let by_name = if is_loop_word(name) {
            EventLoop::ByName
        } else {
            EventLoop::No
        };
        let ast::Expr::Name(owner) = &*attribute.value else {
            return by_name;
        };
        if owner.id.as_str() != "self" {
            return by_name;
        }
        let Some(class) = self
            .tree
            .ancestors(self.tree.id(attribute))
            .find(|id| matches!(self.tree.node(*id), AnyNodeRef::StmtClassDef(_)))
        else {
            return by_name;
        };
        let mut found = false;
        for id in self.tree.descendants(class) {
            let AnyNodeRef::ExprAttribute(target) = self.tree.node(id) else {
                continue;
            };
            let of_self =
                matches!(&*target.value, ast::Expr::Name(owner) if owner.id.as_str() == "self");
            if target.ctx.is_load() || target.attr.as_str() != name || !of_self {
                continue;
            }
            let is_loop = match self.assigned_value(id) {
                Some(ast::Expr::Call(call)) => self.loop_function(call).is_some(),
                Some(ast::Expr::Name(value)) => matches!(
                    self.named_loop(self.tree.id(value), value.id.as_str()),
                    EventLoop::Running | EventLoop::Some
                ),
                _ => false,
            };
            if !is_loop {
                return by_name;
            }
            found = true;
        }
        if found { EventLoop::Some } else { by_name }
    }

    /// Replaces the receiver and the name of a method call, `loop.create_task`, by a function of
    /// asyncio, and returns what stands there then; a comment inside cannot be kept.
    pub fn replace_callee(
        &self,
        change: &mut Change,
        call: &ast::ExprCall,
        dotted: &str,
    ) -> Result<String, Refusal> {
        let range = call.func.range();
        if let Some(comment) = self.tree.comments_in(range).first() {
            return Err(Refusal::new(
                "comment-in-the-way",
                "A comment stands inside the name of the called method and would be lost.",
            )
            .evidence(*comment, "the comment")
            .remedy("Move the comment above the statement."));
        }
        let text = self.import(change, self.tree.id(call), dotted)?;
        change.replace(range, text.clone());
        Ok(text)
    }

    /// The refusal for a place that no coroutine function runs, when it is one.
    pub fn outside_coroutine(&self, id: NodeId, what: &str) -> Option<Refusal> {
        if self.in_coroutine(id) {
            return None;
        }
        let (words, range): (_, Option<TextRange>) = match self.enclosing_function(id) {
            Some(function) => match self.tree.node(function) {
                AnyNodeRef::StmtFunctionDef(def) => (
                    format!("in the plain function `{}`", def.name),
                    Some(def.name.range()),
                ),
                node => ("in a `lambda`".to_owned(), Some(node.range())),
            },
            None => ("outside of any function".to_owned(), None),
        };
        let words = match self.tree.scope(self.tree.scope_of(id)).kind {
            ScopeKind::Class => "in the body of a class".to_owned(),
            _ => words,
        };
        let refusal = Refusal::new(
            "not-in-async-def",
            format!("{what} stands {words}, which may run while no event loop does."),
        );
        Some(match range {
            Some(range) => refusal.evidence(range, "the function"),
            None => refusal,
        })
    }
}

/// The functions of asyncio that give a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopFunction {
    /// `asyncio.get_running_loop()`
    Running,
    /// `asyncio.get_event_loop()`
    Get,
    /// `asyncio.new_event_loop()`
    New,
}

const LOOP_CLASSES: &[&str] = &[
    "asyncio.AbstractEventLoop",
    "asyncio.BaseEventLoop",
    "asyncio.SelectorEventLoop",
    "asyncio.ProactorEventLoop",
];

/// What several bindings of one name come to: the least that is known of any of them.
fn rank(kind: EventLoop) -> u8 {
    match kind {
        EventLoop::Running => 0,
        EventLoop::Some => 1,
        EventLoop::ByName => 2,
        EventLoop::No => 3,
    }
}

fn is_loop_word(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    name == "loop" || name.ends_with("_loop") || name == "ioloop"
}
