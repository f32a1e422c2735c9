//! Awaitables that are gathered more than once: `gather` runs them once, a task group would run
//! them again.

use super::{flow, shortened};
use crate::gather::Site;
use crate::syntax::{AnyNodeRef, Binding, Ranged, TextRange, TextSize, ast};
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

/// Refuses variables that bring the same awaitable several times: two places that take all of what
/// a variable holds, or a loop that does not bind it. Two parts may be different ones.
pub(super) fn check(site: &Site<'_, '_>) -> Result<(), Refusal> {
    let tree = site.file.tree;
    let flow = flow::into(site);
    if let Some((value, second)) = flow.shared {
        let text = shortened(site.file.text(value.range()));
        return Err(twice(&text, second.range()));
    }
    for (at, read) in flow.reads.iter().enumerate() {
        let name = read.name;
        let word = name.id.as_str();
        let id = tree.id(name);
        let bindings = tree.bindings(read.home, word);
        let again = flow.reads[at + 1..].iter().find(|other| {
            let both = [name.start(), other.name.start()];
            let between = |binding: &Binding| {
                let bound = bound_at(site, binding);
                both.iter().any(|at| *at < bound) && both.iter().any(|at| bound <= *at)
            };
            let differ = read.is_part && other.is_part || bindings.iter().any(between);
            (other.home, &other.name.id) == (read.home, &name.id)
                && !differ
                && !flow::are_apart(site, id, tree.id(other.name))
        });
        if let Some(again) = again {
            return Err(twice(word, again.name.range()));
        }
        let mut around = tree
            .ancestors(id)
            .take_while(|above| *above != tree.scope(read.home).node);
        let around = around.find(|above| {
            let repeats = matches!(
                tree.node(*above),
                AnyNodeRef::StmtFor(_)
                    | AnyNodeRef::StmtWhile(_)
                    | AnyNodeRef::ExprListComp(_)
                    | AnyNodeRef::ExprSetComp(_)
                    | AnyNodeRef::ExprDictComp(_)
                    | AnyNodeRef::ExprGenerator(_)
            );
            repeats && !flow::is_taken_once(site, name, *above)
        });
        if let Some(around) = around
            && !read.is_part
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

/// Where a variable has its new value: behind the assignment, whose value may read the old one.
fn bound_at(site: &Site<'_, '_>, binding: &Binding) -> TextSize {
    let tree = site.file.tree;
    let statement = tree.node(tree.enclosing_statement(binding.node));
    match statement {
        AnyNodeRef::StmtAssign(_) | AnyNodeRef::StmtAnnAssign(_) | AnyNodeRef::StmtAugAssign(_) => {
            statement.end()
        }
        _ => binding.range.start(),
    }
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
