//! Lines after a backslash: the lossless tree keeps their blanks as they are, so a statement that
//! moves into a block takes them along here.

use super::super::tree::Tree;
use super::super::{Ranged, TextRange, TextSize, TokenKind, ast};
use super::Piece;

/// The insertions that indent the lines after a backslash of kept statements as deep as the
/// statements themselves. Lines inside one of `edits` are the text of that edit.
pub(super) fn deepened(
    tree: &Tree<'_>,
    statements: &[ast::Stmt],
    pieces: &[Piece],
    edits: &[(TextRange, String)],
) -> Vec<(TextRange, String)> {
    let mut kept = Vec::new();
    kept_in(pieces, 0, &mut kept);
    let mut insertions = Vec::new();
    for (at, depth) in kept {
        let Some(statement) = statements.get(at) else {
            continue;
        };
        let unit = tree.indent_unit_at(statement.start()).repeat(depth);
        insertions.extend(
            line_starts(tree, statement.range())
                .into_iter()
                .filter(|start| {
                    !edits
                        .iter()
                        .any(|(range, _)| range.start() < *start && *start < range.end())
                })
                .map(|start| (TextRange::empty(start), unit.clone())),
        );
    }
    insertions
}

/// The kept statements that lie in new blocks, with the number of blocks.
fn kept_in(pieces: &[Piece], depth: usize, kept: &mut Vec<(usize, usize)>) {
    for piece in pieces {
        match piece {
            Piece::Kept(at, _) if depth > 0 => kept.push((*at, depth)),
            Piece::Kept(..) | Piece::New(_) | Piece::Above(_) => {}
            Piece::Block(_, body) | Piece::Try(body, _) => kept_in(body, depth + 1, kept),
        }
    }
}

/// Where the lines after a backslash begin, outside of strings.
fn line_starts(tree: &Tree<'_>, range: TextRange) -> Vec<TextSize> {
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < range.start());
    let mut starts = Vec::new();
    let mut end = range.start();
    let mut strings = 0usize;
    for token in tokens[from..]
        .iter()
        .take_while(|token| token.start() < range.end())
    {
        let gap = TextRange::new(end, token.start().max(end));
        end = token.end();
        if strings == 0 {
            let text = tree.slice(gap);
            // Between two tokens there is nothing but blanks and continued lines.
            for (at, _) in text.match_indices('\\') {
                let rest = &text[at + 1..];
                let line_break = if rest.starts_with("\r\n") { 3 } else { 2 };
                if let Ok(offset) = TextSize::try_from(at + line_break) {
                    starts.push(gap.start() + offset);
                }
            }
        }
        match token.kind() {
            TokenKind::FStringStart | TokenKind::TStringStart => strings += 1,
            TokenKind::FStringEnd | TokenKind::TStringEnd => strings = strings.saturating_sub(1),
            _ => {}
        }
    }
    starts
}
