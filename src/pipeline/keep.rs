//! The `# aiolift: keep` comments of a file.

use super::Pipeline;
use crate::syntax::{NodeId, Ranged, TextRange, TextSize, Tree};
use crate::transform::Suppression;
use crate::transforms::CATALOG;
use rustc_hash::FxHashSet;
use std::cell::Cell;

impl Pipeline<'_> {
    /// Whether the transforms that a `keep` comment is about are among those that run.
    pub(super) fn could_use(&self, keep: &Suppression) -> bool {
        let runs = |name: &str| self.steps.iter().any(|step| step.about.id == name);
        if keep.names.is_empty() {
            let mut defaults = CATALOG.entries().iter().filter(|entry| entry.about.default);
            return defaults.all(|entry| runs(entry.about.id));
        }
        let is_known = |name: &str| CATALOG.get(name).is_some();
        keep.names.iter().any(|name| runs(name) || !is_known(name))
    }
}

/// Remembers which `keep` comments kept something, across the texts of one file: by their place
/// among those comments, which stays while lines move.
#[derive(Default)]
pub(super) struct SuppressionUse {
    pub(super) used: FxHashSet<usize>,
}

impl SuppressionUse {
    pub(super) fn record(&mut self, keeps: &[Suppression]) {
        let used = keeps.iter().enumerate().filter(|(_, keep)| keep.used.get());
        self.used.extend(used.map(|(at, _)| at));
    }
}

/// Whether a text may have a comment that keeps something.
pub(super) fn may_keep(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"aiolift:").is_some()
}

/// The `# aiolift: keep` and `# aiolift: keep[name, …]` comments of a file. One on the first line
/// of statements, or alone on the lines right above one, covers them.
pub(super) fn suppressions(tree: &Tree<'_>) -> Vec<Suppression> {
    if !may_keep(tree.text()) {
        return Vec::new();
    }
    let whole = TextRange::up_to(TextSize::of(tree.text()));
    let statements: Vec<NodeId> = tree
        .ids()
        .filter(|id| tree.node(*id).is_statement())
        .collect();
    tree.comments_in(whole)
        .into_iter()
        .filter_map(|comment| {
            let text = tree.slice(comment).trim_start_matches('#').trim();
            let rest = text
                .strip_prefix("aiolift:")?
                .trim_start()
                .strip_prefix("keep")?;
            let names = match rest.strip_prefix('[') {
                Some(list) => list
                    .split(']')
                    .next()?
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .collect(),
                None => Vec::new(),
            };
            Some(Suppression {
                comment,
                names,
                covers: covered(tree, &statements, comment),
                used: Cell::new(false),
            })
        })
        .collect()
}

/// What a comment covers; the statements are in source order.
fn covered(tree: &Tree<'_>, statements: &[NodeId], comment: TextRange) -> TextRange {
    let line = tree.line_start(comment.start());
    let own_line = tree.text()[line.to_usize()..comment.start().to_usize()]
        .trim()
        .is_empty();
    let range = |id: &NodeId| tree.node(*id).range();
    let first_from = |offset| {
        let at = statements.partition_point(|id| range(id).start() < offset);
        statements.get(at).map(range)
    };
    if own_line {
        return first_from(comment.end()).unwrap_or(comment);
    }
    let end = tree.line_end(comment.end());
    let first = statements.partition_point(|id| range(id).start() < line);
    let beginning = statements[first..].iter().map(range);
    let mut beginning = beginning.take_while(|statement| statement.start() < end);
    beginning
        .next()
        .map(|first| beginning.fold(first, TextRange::cover))
        .or_else(|| {
            let at = statements.partition_point(|id| range(id).start() <= comment.start());
            let last = statements[..at].last()?;
            std::iter::once(*last)
                .chain(tree.ancestors(*last))
                .filter(|id| tree.node(*id).is_statement())
                .map(|id| range(&id))
                .find(|statement| statement.contains_range(comment))
        })
        .unwrap_or(comment)
}
