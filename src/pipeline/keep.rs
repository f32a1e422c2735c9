//! The `# aiolift: keep` comments of a file.

use super::Pipeline;
use crate::syntax::{Ranged, TextRange, TextSize, Tree};
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

/// The `# aiolift: keep` and `# aiolift: keep[name, …]` comments of a file. One on the first line
/// of a statement, or alone on the lines right above it, covers the statement.
pub(super) fn suppressions(tree: &Tree<'_>) -> Vec<Suppression> {
    if !tree.text().contains("aiolift:") {
        return Vec::new();
    }
    let whole = TextRange::up_to(TextSize::of(tree.text()));
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
                covers: covered(tree, comment),
                used: Cell::new(false),
            })
        })
        .collect()
}

fn covered(tree: &Tree<'_>, comment: TextRange) -> TextRange {
    let line = tree.line_start(comment.start());
    let own_line = tree.text()[line.to_usize()..comment.start().to_usize()]
        .trim()
        .is_empty();
    let statements = || {
        tree.ids()
            .map(|id| tree.node(id))
            .filter(|node| node.is_statement())
            .map(|node| node.range())
    };
    if own_line {
        return statements()
            .find(|range| range.start() >= comment.end())
            .unwrap_or(comment);
    }
    let end = tree.line_end(comment.end());
    statements()
        .find(|range| line <= range.start() && range.start() < end)
        .or_else(|| {
            statements()
                .filter(|range| range.contains_range(comment))
                .last()
        })
        .unwrap_or(comment)
}
