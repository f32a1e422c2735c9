//! Awaitables that are gathered more than once: `gather` runs them once, a task group would run
//! them again.

use super::shortened;
use crate::gather::Site;
use crate::syntax::{AnyNodeRef, Binding, Ranged, TextRange, ast};
use crate::transform::Refusal;

/// A list that repeats its elements: `[coro] * 2`.
pub(super) fn refusal(site: &Site<'_, '_>, iterable: &ast::Expr, range: TextRange) -> Refusal {
    Refusal::new(
        "gather-duplicate-arg",
        format!(
            "`{}` has the same awaitable several times; `gather` runs it once, a task group would run it again.",
            shortened(site.file.text(iterable.range()))
        ),
    )
    .evidence(range, "the repetition")
    .remedy("Make one awaitable for each element with a comprehension.")
}

/// Refuses arguments that are the same awaitable: `gather` runs it once, a group cannot.
pub(super) fn in_arguments(site: &Site<'_, '_>) -> Result<(), Refusal> {
    let mut arguments = Vec::new();
    flatten(&site.call.arguments.args, &mut arguments);
    for (at, argument) in arguments.iter().enumerate() {
        let bare = match argument {
            ast::Expr::Starred(starred) => &*starred.value,
            argument => argument,
        };
        let plain = matches!(
            bare,
            ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)
        );
        let again = arguments[at + 1..].iter().find(|other| {
            plain && site.file.text(other.range()) == site.file.text(argument.range())
        });
        if let Some(again) = again {
            return Err(twice(site.file.text(argument.range()), again.range()));
        }
    }
    Ok(())
}

/// The arguments of a call, with the elements of the lists that are written out in them.
fn flatten<'a>(arguments: &'a [ast::Expr], into: &mut Vec<&'a ast::Expr>) {
    for argument in arguments {
        match argument {
            ast::Expr::Starred(starred) => match &*starred.value {
                ast::Expr::List(ast::ExprList { elts, .. })
                | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => flatten(elts, into),
                _ => into.push(argument),
            },
            argument => into.push(argument),
        }
    }
}

/// Whether the element of a comprehension is the same object for every turn: a variable that the
/// comprehension does not bind, or an attribute or element of one.
pub(super) fn is_the_same_each_time(site: &Site<'_, '_>, elt: &ast::Expr) -> bool {
    let tree = site.file.tree;
    match elt {
        ast::Expr::Name(name) => {
            let scope = tree.scope_of(tree.id(name));
            tree.lookup(name.id.as_str(), scope) != Some(scope)
        }
        ast::Expr::Attribute(attribute) => is_the_same_each_time(site, &attribute.value),
        ast::Expr::Subscript(subscript) => {
            is_the_same_each_time(site, &subscript.value)
                && (subscript.slice.is_literal_expr()
                    || is_the_same_each_time(site, &subscript.slice))
        }
        _ => false,
    }
}

/// Refuses variables that bring the same awaitable several times: two places that read a variable
/// with one value, or a loop that does not bind it.
pub(super) fn check(site: &Site<'_, '_>, variables: &[&ast::ExprName]) -> Result<(), Refusal> {
    let tree = site.file.tree;
    for (at, name) in variables.iter().enumerate() {
        let word = name.id.as_str();
        let id = tree.id(*name);
        let Some(home) = tree.lookup(word, tree.scope_of(id)) else {
            continue;
        };
        let bindings = tree.bindings(home, word);
        let again = variables[at + 1..].iter().find(|other| {
            let between = TextRange::new(
                name.start().min(other.start()),
                name.start().max(other.start()),
            );
            let rebinds = |binding: &Binding| between.contains_range(binding.range);
            other.id == name.id && !bindings.iter().any(rebinds)
        });
        if let Some(again) = again {
            return Err(twice(word, again.range()));
        }
        let around = tree
            .ancestors(id)
            .take_while(|above| *above != tree.scope(home).node)
            .find(|above| {
                matches!(
                    tree.node(*above),
                    AnyNodeRef::StmtFor(_)
                        | AnyNodeRef::StmtWhile(_)
                        | AnyNodeRef::ExprListComp(_)
                        | AnyNodeRef::ExprSetComp(_)
                        | AnyNodeRef::ExprGenerator(_)
                )
            });
        if let Some(around) = around
            && !tree.is_within(site.id(), around)
        {
            let range = tree.node(around).range();
            let bound = |binding: &Binding| range.contains_range(binding.range);
            if !bindings.iter().any(bound) {
                return Err(twice(word, name.range()));
            }
        }
    }
    Ok(())
}

fn twice(text: &str, again: TextRange) -> Refusal {
    Refusal::new(
        "gather-duplicate-arg",
        format!(
            "`{text}` is gathered twice; `gather` runs it once, a task group would run it twice."
        ),
    )
    .evidence(again, "the second time")
    .remedy("Pass it once.")
}
