//! Names of tasks: from the target that takes the result, else from the function that is called.

use super::Site;
use crate::syntax::{TextRange, ast};
use rustc_hash::FxHashSet;

/// Gives out names that the function does not use. They live only in the lines of one rewrite, so
/// that another site of the function may get the same ones.
pub(super) struct Names {
    given: FxHashSet<String>,
    /// The lines that the rewrite replaces.
    lines: TextRange,
}

impl Names {
    /// For the lines of a rewrite, and perhaps more.
    pub(super) fn new(lines: TextRange) -> Self {
        Self {
            given: FxHashSet::default(),
            lines,
        }
    }

    /// `base`, or `base_2`, `base_3` … where it is taken.
    pub(super) fn give(&mut self, site: &Site<'_, '_>, base: &str) -> String {
        site.file
            .local_name(site.id(), self.lines, base, &mut self.given)
    }

    /// The first of these names that is free, else the first one with a number.
    pub(super) fn give_one_of(&mut self, site: &Site<'_, '_>, bases: &[&str]) -> String {
        for base in bases {
            let name = self.give(site, base);
            if name == *base {
                return name;
            }
            self.given.remove(&name);
        }
        self.give(site, bases[0])
    }

    /// Whether a loop may bind a variable that the function has, too.
    pub(super) fn may_bind(&self, site: &Site<'_, '_>, name: &str) -> bool {
        !self.given.contains(name) && site.file.may_bind(site.id(), self.lines, name)
    }
}

/// A name for the variable of a comprehension, where the function's own variable of that name is of
/// no use: `base`, or `base_2` … where the rest of the comprehension says it.
pub(super) fn of_comprehension(base: &str, rest: &[&str]) -> String {
    let said = |name: &str| {
        rest.iter().any(|text| {
            text.split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == name)
        })
    };
    let mut name = base.to_owned();
    let mut number = 1;
    while said(&name) {
        number += 1;
        name = format!("{base}_{number}");
    }
    name
}

/// `user_task` for the target `user` or `self.user`.
pub(super) fn from_target(target: &ast::Expr) -> Option<String> {
    let name = match target {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return None,
    };
    with_suffix(name)
}

/// `fetch_user_task` for `fetch_user(…)`, `self.fetch_user(…)` or `fetch_user_coro`.
pub(super) fn from_awaitable(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Name(name) => with_suffix(name.id.as_str()),
        ast::Expr::Attribute(attribute) => with_suffix(attribute.attr.as_str()),
        ast::Expr::Await(await_) => from_awaitable(&await_.value),
        ast::Expr::Call(call) => {
            let called = match &*call.func {
                ast::Expr::Name(name) => name.id.as_str(),
                ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return None,
            };
            // What is wrapped says more than the wrapper.
            let inner = match called {
                "to_thread" | "wait_for" | "shield" | "create_task" | "ensure_future" => {
                    call.arguments.args.first()
                }
                "run_in_executor" => call.arguments.args.get(1),
                _ => None,
            };
            inner
                .and_then(from_awaitable)
                .or_else(|| with_suffix(called))
        }
        _ => None,
    }
}

fn with_suffix(name: &str) -> Option<String> {
    let mut snake = String::new();
    let mut previous_lower = false;
    for c in name.trim_matches('_').chars() {
        if c.is_uppercase() && previous_lower {
            snake.push('_');
        }
        previous_lower = c.is_lowercase() || c.is_numeric();
        snake.extend(c.to_lowercase());
    }
    for ending in ["_coroutine", "_coro", "_future", "_fut", "_task", "_async"] {
        if let Some(stem) = snake.strip_suffix(ending) {
            snake.truncate(stem.len());
            break;
        }
    }
    match snake.as_str() {
        "" | "coro" | "coroutine" | "future" | "fut" | "task" => None,
        _ => Some(format!("{snake}_task")),
    }
}
