//! What an expression gives to an `await`: a coroutine, a future, or nobody knows.

use super::FileView;
use crate::facts::{Facts, Term};
use crate::index::{Resolver, Type};
use crate::syntax::ast;

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

impl Awaitable {
    fn of(value: &Type) -> Self {
        match value {
            Type::Coroutine(_) => Self::Coroutine,
            Type::Future(_) => Self::Future,
            Type::OneOf(parts) => {
                let mut kinds = parts.iter().map(Self::of);
                match kinds.next() {
                    Some(first) if kinds.all(|kind| kind == first) => first,
                    _ => Self::Unknown,
                }
            }
            _ => Self::Unknown,
        }
    }
}

impl<'a> FileView<'a> {
    /// What an expression gives to an `await`. Anything but unknown is proved, under the
    /// assumptions of [`index`](crate::index).
    pub fn awaitable(&self, expr: &ast::Expr) -> Awaitable {
        let term = Term::of(expr, self.tree);
        Awaitable::of(&self.resolver().type_of(self.scope_around(expr), &term))
    }

    /// What each element of an iterable gives to an `await`, for `*names` in a call: displays,
    /// comprehensions, `map`, and names of such collections with all that is put into them.
    pub fn element_awaitable(&self, iterable: &ast::Expr) -> Awaitable {
        let term = Term::of(iterable, self.tree);
        let scope = self.scope_around(iterable);
        Awaitable::of(&self.resolver().element_of(scope, &term))
    }

    /// Whether a call is proved to be one of a coroutine function, so that none of its body runs
    /// before it is awaited.
    pub fn calls_coroutine_function(&self, call: &ast::ExprCall) -> bool {
        let term = Term::of(&call.func, self.tree);
        let callee = self
            .resolver()
            .type_of(self.scope_around(&call.func), &term);
        self.resolver().is_coroutine_function(&callee)
    }

    /// Whether an expression is proved to be an instance of one of some classes from outside of the
    /// project, by their dotted names.
    pub fn is_instance(&self, expr: &ast::Expr, classes: &[&str]) -> bool {
        let term = Term::of(expr, self.tree);
        let scope = self.scope_around(expr);
        self.resolver().is_instance(scope, &term, classes)
    }

    fn scope_around(&self, expr: &ast::Expr) -> crate::syntax::ScopeId {
        self.tree.scope_of(self.tree.id(expr))
    }

    fn resolver(&self) -> &Resolver<'a> {
        self.resolver
            .get_or_init(|| Resolver::new(self.project, self.path, Facts::of(self.tree)))
    }
}
