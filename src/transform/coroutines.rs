//! What an expression gives to an `await`: a coroutine, a future, or nobody knows.

use super::FileView;
use crate::syntax::{AnyNodeRef, BindingKind, ast};

/// What awaiting an expression awaits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaitable {
    /// A coroutine: a call of a coroutine function, which has not started yet.
    Coroutine,
    /// A `Future` or a `Task`, which runs already.
    Future,
    /// Anything awaitable.
    Unknown,
}

impl FileView<'_> {
    /// What an expression gives to an `await`.
    pub fn awaitable(&self, expr: &ast::Expr) -> Awaitable {
        match expr {
            ast::Expr::Call(call) if self.calls_coroutine_function(call) => Awaitable::Coroutine,
            ast::Expr::Call(call) => match self.tree.qualified_name(&call.func).as_deref() {
                Some(
                    "asyncio.create_task"
                    | "asyncio.ensure_future"
                    | "asyncio.shield"
                    | "asyncio.gather"
                    | "asyncio.wrap_future",
                ) => Awaitable::Future,
                _ => Awaitable::Unknown,
            },
            _ => Awaitable::Unknown,
        }
    }

    /// What each element of an iterable gives to an `await`, for `*names` in a call: the iterable
    /// is a display or a comprehension.
    pub fn element_awaitable(&self, iterable: &ast::Expr) -> Awaitable {
        let all = |elements: &[ast::Expr]| {
            let mut kinds = elements.iter().map(|element| match element {
                ast::Expr::Starred(starred) => self.element_awaitable(&starred.value),
                element => self.awaitable(element),
            });
            match kinds.next() {
                Some(first) if kinds.all(|kind| kind == first) => first,
                _ => Awaitable::Unknown,
            }
        };
        match iterable {
            ast::Expr::List(list) => all(&list.elts),
            ast::Expr::Tuple(tuple) => all(&tuple.elts),
            ast::Expr::Set(set) => all(&set.elts),
            ast::Expr::ListComp(comprehension) => self.awaitable(&comprehension.elt),
            ast::Expr::SetComp(comprehension) => self.awaitable(&comprehension.elt),
            ast::Expr::Generator(generator) => self.awaitable(&generator.elt),
            _ => Awaitable::Unknown,
        }
    }

    /// Whether a call is proved to be one of a coroutine function, so that none of its body runs
    /// before it is awaited.
    pub fn calls_coroutine_function(&self, call: &ast::ExprCall) -> bool {
        if let Some(name) = self.tree.qualified_name(&call.func) {
            return COROUTINE_FUNCTIONS.contains(&name.as_str());
        }
        let ast::Expr::Name(name) = &*call.func else {
            return false;
        };
        let from = self.tree.scope_of(self.tree.id(name));
        let Some(home) = self.tree.lookup(name.id.as_str(), from) else {
            return false;
        };
        match self.tree.bindings(home, name.id.as_str()) {
            [only] if only.kind == BindingKind::Function => match self.tree.node(only.node) {
                AnyNodeRef::StmtFunctionDef(function) => {
                    function.is_async && function.decorator_list.is_empty()
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Functions of the standard library that are `async def`.
const COROUTINE_FUNCTIONS: &[&str] = &[
    "asyncio.sleep",
    "asyncio.wait_for",
    "asyncio.wait",
    "asyncio.to_thread",
    "asyncio.open_connection",
    "asyncio.open_unix_connection",
    "asyncio.start_server",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
];
