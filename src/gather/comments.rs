//! Comments around the arguments of a call move with the argument they stand at.

use crate::syntax::{Ranged, TextRange, Tree};

/// The comments that belong to one of the moved expressions.
#[derive(Debug, Default, Clone)]
pub(super) struct Attached {
    /// On lines of their own above it.
    pub(super) above: Vec<String>,
    /// At the end of its line.
    pub(super) behind: Option<String>,
}

impl Attached {
    /// The text with its comments.
    pub(super) fn around(&self, text: &str) -> String {
        let mut out = String::new();
        for comment in &self.above {
            out.push_str(comment);
            out.push('\n');
        }
        out.push_str(text);
        if let Some(comment) = &self.behind {
            out.push_str("  ");
            out.push_str(comment);
        }
        out
    }

    /// Whether the comment behind speaks to a tool about its line, which must stay one line then.
    pub(super) fn speaks_to_a_tool(&self) -> bool {
        self.behind.as_deref().is_some_and(|comment| {
            let words = comment.trim_start_matches(['#', ' ', '\t']).to_lowercase();
            ["noqa", "type:", "pylint", "pyright", "pragma", "nosec"]
                .iter()
                .any(|tool| words.starts_with(tool))
        })
    }

    /// For a loop, whose first line is not the one the comment stood at.
    pub(super) fn lift_if_loop(&mut self) {
        if !self.above.is_empty() {
            self.lift();
        }
    }

    /// All comments above: where nothing can stand behind.
    pub(super) fn lift(&mut self) {
        self.above.extend(self.behind.take());
    }
}

/// The comments of `span` outside the ranges that are printed again, by the range they belong to:
/// the one before them on their line, else the next one. What has no next one comes last.
pub(super) fn attach(
    tree: &Tree<'_>,
    span: TextRange,
    printed: &[TextRange],
) -> (Vec<Attached>, Vec<String>) {
    let mut attached = vec![Attached::default(); printed.len()];
    let mut rest = Vec::new();
    for comment in tree.comments_in(span) {
        if printed.iter().any(|range| range.contains_range(comment)) {
            continue;
        }
        let text = tree.slice(comment).trim_end().to_owned();
        let line = tree.line_start(comment.start());
        let before = printed
            .iter()
            .rposition(|range| range.end() <= comment.start() && range.end() > line);
        let next = printed
            .iter()
            .position(|range| range.start() >= comment.end());
        match (before, next) {
            (Some(at), _) if attached[at].behind.is_none() => attached[at].behind = Some(text),
            (_, Some(at)) => attached[at].above.push(text),
            _ => rest.push(text),
        }
    }
    (attached, rest)
}
