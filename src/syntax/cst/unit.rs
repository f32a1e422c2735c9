//! What must be read to rebuild a run of statements: whole lines, and where the run is on them.

use super::super::tree::Tree;
use super::super::{AnyNodeRef, Ranged, TextRange, TextSize, TokenKind, ast};
use super::Run;

/// What must be parsed to rewrite a run, and where the run is in it.
pub(super) struct Unit<'a> {
    /// Whole lines of the file.
    pub(super) lines: TextRange,
    /// The statements on these lines when the run stands on lines of its own.
    pub(super) siblings: Option<(&'a [ast::Stmt], usize)>,
}

pub(super) fn unit<'a>(tree: &Tree<'a>, run: Run<'a>) -> Unit<'a> {
    let (mut first, mut last) = (run.first, run.last);
    let block = run.block;
    while first > 0 && same_line(tree, &block[first - 1], &block[first]) {
        first -= 1;
    }
    while last + 1 < block.len() && same_line(tree, &block[last], &block[last + 1]) {
        last += 1;
    }
    let range = TextRange::new(block[first].start(), block[last].end());
    if tree.starts_line(range.start()) {
        return Unit {
            lines: tree.full_lines(range),
            siblings: Some((&block[first..=last], run.first - first)),
        };
    }
    // A one-line suite: the statement that owns the line, or one further out.
    let mut at = tree.id(&block[first]);
    loop {
        at = tree.parent(at);
        let node = tree.node(at);
        if node.is_statement() && tree.starts_line(node.start()) {
            return Unit {
                lines: tree.full_lines(node.range()),
                siblings: None,
            };
        }
        if at == tree.parent(at) {
            return Unit {
                lines: tree.full_lines(range),
                siblings: None,
            };
        }
    }
}

fn same_line(tree: &Tree<'_>, left: &ast::Stmt, right: &ast::Stmt) -> bool {
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < left.end());
    !tokens[from..]
        .iter()
        .take_while(|token| token.start() < right.start())
        .any(|token| token.kind() == TokenKind::Newline)
}

pub(super) fn deepest(tree: &Tree<'_>, lines: TextRange) -> u32 {
    let base = tree
        .starting_in(lines)
        .map(|id| (tree.node(id), tree.depth(id)))
        .filter(|(node, _)| {
            !matches!(node, AnyNodeRef::ModModule(_)) && lines.contains_range(node.range())
        });
    let (mut least, mut most) = (u32::MAX, 0);
    for (_, depth) in base {
        least = least.min(depth);
        most = most.max(depth);
    }
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < lines.start());
    let (mut open, mut brackets) = (0u32, 0u32);
    for token in tokens[from..]
        .iter()
        .take_while(|token| token.start() < lines.end())
    {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                open += 1;
                brackets = brackets.max(open);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => open = open.saturating_sub(1),
            _ => {}
        }
    }
    brackets.max(most.saturating_sub(least.min(most)))
}

pub(super) fn first_on_line(tree: &Tree<'_>, run: Run<'_>) -> usize {
    let mut first = run.first;
    while first > 0 && same_line(tree, &run.block[first - 1], &run.block[first]) {
        first -= 1;
    }
    first
}

/// The start of the first name, number or string of a statement: what the lossless tree keeps as
/// a slice of its input.
pub(super) fn leaf_in(tree: &Tree<'_>, stmt: &ast::Stmt) -> Option<TextSize> {
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < stmt.start());
    tokens[from..]
        .iter()
        .take_while(|token| token.start() < stmt.end())
        .find(|token| {
            matches!(
                token.kind(),
                TokenKind::Name
                    | TokenKind::Int
                    | TokenKind::Float
                    | TokenKind::Complex
                    | TokenKind::String
                    | TokenKind::FStringStart
                    | TokenKind::TStringStart
                    | TokenKind::None
                    | TokenKind::True
                    | TokenKind::False
            )
        })
        .map(Ranged::start)
}
