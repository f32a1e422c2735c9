//! What an expression gives to an `await`: a coroutine, a future, or nobody knows.

use super::FileView;
use crate::index::{Indexed, Kind, Resolver};
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
    fn of(kinds: Option<Vec<Kind>>) -> Self {
        let kinds = kinds.unwrap_or_default();
        match kinds.first() {
            Some(Kind::Coroutine) if kinds.iter().all(|kind| *kind == Kind::Coroutine) => {
                Self::Coroutine
            }
            Some(Kind::Future) if kinds.iter().all(|kind| *kind == Kind::Future) => Self::Future,
            _ => Self::Unknown,
        }
    }
}

impl FileView<'_> {
    /// What an expression gives to an `await`. Anything but unknown is proved, under the
    /// assumptions of [`index`](crate::index).
    pub fn awaitable(&self, expr: &ast::Expr) -> Awaitable {
        Awaitable::of(self.resolver().kinds(expr))
    }

    /// What each element of an iterable gives to an `await`, for `*names` in a call: displays,
    /// comprehensions, `map`, and names of such collections with all that is put into them.
    pub fn element_awaitable(&self, iterable: &ast::Expr) -> Awaitable {
        Awaitable::of(self.resolver().kinds_of_elements(iterable))
    }

    /// Whether a call is proved to be one of a coroutine function, so that none of its body runs
    /// before it is awaited.
    pub fn calls_coroutine_function(&self, call: &ast::ExprCall) -> bool {
        self.is_coroutine_function(&call.func)
    }

    /// Whether an expression is proved to be a coroutine function.
    pub fn is_coroutine_function(&self, expr: &ast::Expr) -> bool {
        self.resolver().is_coroutine_function(expr)
    }

    /// Whether an expression is proved to be an instance of one of some classes from outside of the
    /// project, by their dotted names.
    pub fn is_instance(&self, expr: &ast::Expr, classes: &[&str]) -> bool {
        self.resolver().is_instance(expr, classes)
    }

    /// Who knows more than the text of the file says.
    fn resolver(&self) -> &dyn Resolver {
        let make = || Box::new(Indexed::new(self.project, self.path, self.tree)) as Box<_>;
        &**self.resolver.get_or_init(make)
    }
}
