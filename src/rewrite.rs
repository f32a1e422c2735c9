//! Applies edits to a text and proves the result: the only place that makes final text.

use crate::edit::Edit;
use crate::syntax::{ScopeId, ScopeKind, TextRange, Tree};

/// The text with all edits applied. The edits are disjoint.
pub fn apply(text: &str, edits: &mut [Edit]) -> String {
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for edit in edits.iter() {
        let range = edit.range;
        debug_assert!(range.start().to_usize() >= at, "edits are disjoint");
        out.push_str(&text[at..range.start().to_usize()]);
        out.push_str(&edit.text);
        at = range.end().to_usize();
    }
    out.push_str(&text[at..]);
    out
}

/// What must still hold after a rewrite.
pub struct Proof<'t> {
    too_new: Vec<String>,
    misplaced_awaits: usize,
    free_names: Vec<&'t str>,
    /// In source order.
    comments: Vec<&'t str>,
}

impl<'t> Proof<'t> {
    /// Takes down what holds for a text before it is rewritten.
    pub fn of(before: &Tree<'t>) -> Self {
        Self {
            too_new: too_new(before),
            misplaced_awaits: misplaced_awaits(before),
            free_names: before.free_names(),
            comments: comments(before),
        }
    }

    /// Proves that a result may be offered. The error says what is wrong, for a bug report.
    pub fn holds(&self, after: &Tree<'_>, dropped_comments: &[String]) -> Result<(), String> {
        if let Some(what) = too_new(after)
            .into_iter()
            .find(|what| !self.too_new.contains(what))
        {
            return Err(format!(
                "the result does not parse for the target version: {what}"
            ));
        }
        if misplaced_awaits(after) > self.misplaced_awaits {
            return Err("the result has an `await` outside a coroutine function".to_owned());
        }
        let by_star = |name: &str| {
            !after.star_imports().is_empty()
                && after.qualified_identifier(name, ScopeId::MODULE).is_some()
        };
        if let Some(name) = after.free_names().into_iter().find(|name| {
            self.free_names.binary_search(name).is_err()
                && !BUILTINS.contains(name)
                && !by_star(name)
        }) {
            return Err(format!("the result reads `{name}`, which nothing binds"));
        }
        let after = comments(after);
        let mut rest = after.iter();
        if self
            .comments
            .iter()
            .all(|one| rest.any(|other| other == one))
        {
            return Ok(());
        }
        // Some are gone, or stand in another order.
        let (mut before, mut after) = (self.comments.clone(), after);
        before.sort_unstable();
        after.sort_unstable();
        let mut rest = after.as_slice();
        for comment in &before {
            // Both lists are sorted, so what lies before the comment is new in the result.
            let at = rest.partition_point(|other| other < comment);
            rest = &rest[at..];
            if rest.first() == Some(comment) {
                rest = &rest[1..];
            } else if !dropped_comments.iter().any(|dropped| dropped == comment) {
                return Err(format!("the result has lost the comment `{comment}`"));
            }
        }
        Ok(())
    }
}

fn too_new(tree: &Tree<'_>) -> Vec<String> {
    tree.module
        .too_new()
        .into_iter()
        .map(|(_, what)| what)
        .collect()
}

/// Builtins that a rewrite may start to use.
const BUILTINS: &[&str] = &[
    "__name__",
    "BaseExceptionGroup",
    "ExceptionGroup",
    "Exception",
    "BaseException",
    "None",
    "anext",
    "bytes",
    "hasattr",
    "int",
    "classmethod",
    "isinstance",
    "list",
    "min",
    "print",
    "str",
    "super",
    "type",
];

/// The comments of a file, in source order.
fn comments<'t>(tree: &Tree<'t>) -> Vec<&'t str> {
    let all = TextRange::up_to(crate::syntax::TextSize::of(tree.text()));
    tree.comments_in(all)
        .into_iter()
        .map(|range| tree.slice(range).trim_end())
        .collect()
}

/// How many `await`, `async for` and `async with` stand where Python does not allow them.
fn misplaced_awaits(tree: &Tree<'_>) -> usize {
    tree.asynchronous()
        .iter()
        .filter(|id| {
            let mut scope = tree.scope_of(**id);
            loop {
                let here = tree.scope(scope);
                match here.kind {
                    ScopeKind::Function { is_async } => return !is_async,
                    ScopeKind::Comprehension { .. } => scope = here.parent,
                    _ => return true,
                }
            }
        })
        .count()
}

/// Where offsets of a text lie in the text it was made from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Edits of one application: range before, range after.
    steps: Vec<Vec<(TextRange, TextRange)>>,
}

impl Origin {
    /// Records an application of edits, sorted and disjoint.
    pub fn push(&mut self, edits: &[Edit]) {
        let mut shift = 0i64;
        let mut step = Vec::with_capacity(edits.len());
        for edit in edits {
            let start = i64::from(edit.range.start().to_u32()) + shift;
            let length = i64::try_from(edit.text.len()).expect("a text fits in memory");
            step.push((edit.range, range(start, start + length)));
            shift += length - i64::from(edit.range.len().to_u32());
        }
        self.steps.push(step);
    }

    /// The edits that were applied last, each with its range before and after.
    pub fn last(&self) -> &[(TextRange, TextRange)] {
        self.steps.last().map_or(&[], Vec::as_slice)
    }

    /// The range of the first text that a range of the last one comes from: exact outside edits,
    /// widened to the whole edit inside one.
    pub fn of(&self, at: TextRange) -> TextRange {
        self.steps.iter().rev().fold(at, |at, step| {
            let start = map(step, i64::from(at.start().to_u32()), true);
            let end = map(step, i64::from(at.end().to_u32()), false);
            range(start, end.max(start))
        })
    }
}

fn range(start: i64, end: i64) -> TextRange {
    let size = |at: i64| crate::syntax::TextSize::new(u32::try_from(at).unwrap_or(0));
    TextRange::new(size(start), size(end))
}

fn map(step: &[(TextRange, TextRange)], at: i64, is_start: bool) -> i64 {
    let mut shift = 0i64;
    for (old, new) in step {
        let (from, to) = (
            i64::from(new.start().to_u32()),
            i64::from(new.end().to_u32()),
        );
        if at < from || (at == from && !is_start) {
            break;
        }
        if at < to || (at == to && !is_start) {
            // Inside an edit: an offset into the replaced text that is at most as long.
            let old_start = i64::from(old.start().to_u32());
            let old_end = i64::from(old.end().to_u32());
            return if is_start { old_start } else { old_end };
        }
        shift = i64::from(old.end().to_u32()) - to;
    }
    at + shift
}
