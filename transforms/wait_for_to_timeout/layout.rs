//! The text of what stands where a `wait_for` stood: headers, operands and comments.

use super::call::Awaited;
use super::emission::Steps;
use crate::syntax::{Ranged, TextRange, TokenKind, ast};
use crate::transform::{FileView, Refusal};

impl Steps<'_, '_> {
    /// The comments in the call that its parts do not take along, as lines.
    pub(super) fn comments(
        &self,
        awaited: &Awaited<'_>,
        result_named: bool,
    ) -> Result<String, Refusal> {
        let tree = self.file.tree;
        let gone = if result_named {
            tree.parenthesized_node(awaited.id)
        } else {
            awaited.call.range()
        };
        let stays = |comment: &TextRange| {
            tree.parenthesized(awaited.awaitable)
                .contains_range(*comment)
                || awaited
                    .timeouts
                    .iter()
                    .any(|limit| limit.range().contains_range(*comment))
                || self
                    .edits
                    .iter()
                    .any(|(range, _)| range.contains_range(*comment))
        };
        let mut lines = String::new();
        for comment in tree.comments_in(gone) {
            if stays(&comment) {
                continue;
            }
            let text = tree.slice(comment).trim_end();
            let word = text.trim_start_matches(['#', ' ', '\t']).to_lowercase();
            if PRAGMAS.iter().any(|pragma| word.starts_with(pragma)) {
                return Err(Refusal::new(
                    "comment-in-call",
                    format!("The comment `{text}` inside the call speaks to a tool about its line, which goes away."),
                )
                .evidence(comment, "the comment")
                .remedy("Move the comment or remove it."));
            }
            lines.push_str(text);
            lines.push('\n');
        }
        Ok(lines)
    }

    /// The line that opens a timeout, with its argument on a line of its own where it would be too
    /// long; `depth` is the number of blocks around it that are new.
    pub(super) fn header(&self, timeout: &str, limit: &str, depth: usize) -> String {
        let line = format!("async with {timeout}({limit}):");
        let tree = self.file.tree;
        let statement = tree.node(self.statement).range();
        let longest = tree
            .slice(tree.full_lines(statement))
            .lines()
            .map(|line| line.chars().count());
        let width = longest.max().unwrap_or(0).clamp(88, 120);
        let unit = tree.indent_unit_at(statement.start());
        let indent = tree.indentation(statement.start()).chars().count();
        let column = indent + depth * unit.chars().count();
        if limit.contains('\n') || column + line.chars().count() <= width {
            return line;
        }
        format!("async with {timeout}(\n{unit}{limit}\n):")
    }

    /// An expression as the only argument of a call.
    pub(super) fn argument(&self, expr: &ast::Expr) -> String {
        let range = match expr {
            ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => self.file.tree.parenthesized(expr),
            _ => expr.range(),
        };
        self.lifted(range, "async with asyncio.timeout(".len())
    }

    /// An expression as the value of an assignment to a name.
    pub(super) fn value(&self, name: &str, expr: &ast::Expr) -> String {
        let range = self.file.tree.parenthesized(expr);
        let bare = range == expr.range();
        let text = self.lifted(range, name.len() + " = ".len());
        if bare && (breaks_outside_brackets(range, self.file) || expr.is_named_expr()) {
            format!("({text})")
        } else {
            text
        }
    }

    /// An expression as the operand of `await`, at a place of a line.
    pub(super) fn operand(&self, expr: &ast::Expr, indent: &str, column: usize) -> String {
        let range = self.file.tree.parenthesized(expr);
        let bare = range == expr.range();
        let text = self.placed(range, indent, column);
        let primary = matches!(
            expr,
            ast::Expr::Name(_)
                | ast::Expr::Attribute(_)
                | ast::Expr::Call(_)
                | ast::Expr::Subscript(_)
        );
        if bare && (!primary || breaks_outside_brackets(range, self.file)) {
            format!("({text})")
        } else {
            text
        }
    }

    /// The text of a range when its first character stands at `column` of a line that is indented
    /// by `indent`. Lines that are aligned with an opening bracket stay aligned with it.
    pub(super) fn placed(&self, range: TextRange, indent: &str, column: usize) -> String {
        let tree = self.file.tree;
        let inside: Vec<_> = self
            .edits
            .iter()
            .filter(|(edit, _)| range.contains_range(*edit))
            .cloned()
            .collect();
        let old = tree.indentation(range.start()).len();
        let old_column = (range.start() - tree.line_start(range.start())).to_usize();
        if !is_aligned(range, self.file) || !inside.is_empty() {
            return tree.moved(range, indent, &inside);
        }
        if let Some(width) = (old + column).checked_sub(old_column) {
            return tree.moved(range, &" ".repeat(width), &[]);
        }
        let surplus = old_column - column - old;
        let text = tree.moved(range, "", &[]);
        if holds_lines(range, self.file) {
            return text;
        }
        let mut lines = text.split('\n');
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            out.push('\n');
            out.push_str(&line[blanks.min(surplus)..]);
        }
        out
    }

    fn lifted(&self, range: TextRange, column: usize) -> String {
        self.placed(range, "", column)
    }
}

/// Whether the lines after the first one are aligned with something in it: it does not end with
/// an opening bracket.
fn is_aligned(range: TextRange, file: &FileView<'_>) -> bool {
    let tokens = file.tree.tokens();
    let from = tokens.partition_point(|token| token.start() < range.start());
    let mut last = TokenKind::Newline;
    for token in tokens[from..]
        .iter()
        .take_while(|token| token.start() < range.end())
    {
        match token.kind() {
            TokenKind::NonLogicalNewline => {
                return !matches!(last, TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace);
            }
            TokenKind::Comment => {}
            kind => last = kind,
        }
    }
    false
}

/// Whether a string of a range spans lines.
fn holds_lines(range: TextRange, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < range.start());
    tokens[from..]
        .iter()
        .take_while(|token| token.start() < range.end())
        .any(|token| {
            matches!(
                token.kind(),
                TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
            ) && tree.slice(token.range()).contains(['\n', '\r'])
        })
}

/// Whether a line break of a range is not between brackets of the range.
fn breaks_outside_brackets(range: TextRange, file: &FileView<'_>) -> bool {
    let tokens = file.tree.tokens();
    let from = tokens.partition_point(|token| token.start() < range.start());
    let mut open = 0u32;
    tokens[from..]
        .iter()
        .take_while(|token| token.start() < range.end())
        .any(|token| {
            match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                    open = open.saturating_sub(1);
                }
                TokenKind::NonLogicalNewline => return open == 0,
                _ => {}
            }
            false
        })
}

/// How comments begin that tools read.
const PRAGMAS: &[&str] = &[
    "noqa",
    "type:",
    "pragma",
    "pylint",
    "pyright",
    "mypy",
    "ruff",
    "fmt:",
    "isort",
    "nosec",
    "aiolift",
    "nosemgrep",
    "pyre",
    "flake8",
    "yapf",
];
