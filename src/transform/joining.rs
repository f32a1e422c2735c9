//! Arguments that fit behind their opening parenthesis once the call is shorter.

use super::FileView;
use crate::edit::Change;
use crate::syntax::{Ranged, TextRange, TextSize, ast};

/// The longest lines that formatters make by default: the stricter one is for files that keep to it.
const WIDTHS: (usize, usize) = (79, 88);

impl FileView<'_> {
    /// Joins the lines of a call of which only the callee becomes shorter.
    pub fn join_all_arguments(&self, change: &mut Change, call: &ast::ExprCall, callee: &str) {
        if let Some(first) = call.arguments.args.first() {
            let from = self.tree.parenthesized(first).start();
            self.join_arguments(change, call, from, callee, 0);
        }
    }

    /// Puts the arguments of a call behind its opening parenthesis when they stand on one line of
    /// their own, without a comma at the end, because they did not fit there, and fit now: as a
    /// formatter would. The arguments before `from` go away with it. `callee` is the new text of
    /// what is called; `shorter` says by how many characters other edits shorten the arguments.
    /// Tells whether it did.
    pub fn join_arguments(
        &self,
        change: &mut Change,
        call: &ast::ExprCall,
        from: TextSize,
        callee: &str,
        shorter: usize,
    ) -> bool {
        let tree = self.tree;
        let Some(last) = call.arguments.iter_source_order().last() else {
            return false;
        };
        let end = match last {
            ast::ArgOrKeyword::Arg(expr) => tree.parenthesized(expr).end(),
            ast::ArgOrKeyword::Keyword(keyword) => {
                tree.parenthesized(&keyword.value).end().max(keyword.end())
            }
        };
        let one = TextSize::new(1);
        let (open, close) = (call.arguments.range.start() + one, call.end() - one);
        let kept = TextRange::new(from, end);
        let tail = TextRange::new(end, close);
        let breaks = |range: TextRange| tree.slice(range).contains(['\n', '\r']);
        let text = tree.slice(TextRange::new(open, close));
        let joins = text
            .trim_start_matches([' ', '\t'])
            .starts_with(['\n', '\r'])
            && tree.slice(tail).trim().is_empty()
            && !breaks(kept)
            && !breaks(call.func.range())
            && tree.comments_in(call.arguments.range).is_empty();
        let count = |range: TextRange| tree.slice(range).chars().count();
        let before = count(TextRange::new(tree.line_start(call.start()), call.start()));
        let after = tree
            .slice(TextRange::new(close, tree.line_end(call.end())))
            .trim_end()
            .chars()
            .count();
        let inside = count(kept).saturating_sub(shorter);
        if !joins {
            return false;
        }
        let width = tree.longest_line().clamp(WIDTHS.0, WIDTHS.1);
        let old = text.trim().chars().count() + count(call.func.range());
        let new = callee.chars().count() + inside;
        if before + old + 1 + after <= width || before + new + 1 + after > width {
            return false;
        }
        change.delete(TextRange::new(open, from));
        if !tail.is_empty() {
            change.delete(tail);
        }
        true
    }
}
