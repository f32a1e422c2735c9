//! `with` becomes `async with` for context managers that become asynchronous.

use super::draft::Draft;
use super::{Wall, position};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, TokenKind, ast};

/// Notes the `with` of a call that gives an asynchronous context manager.
pub(super) fn call(draft: &mut Draft<'_, '_>, id: NodeId) {
    let tree = draft.tree;
    let here = tree.node(id);
    let item = tree.parent(id);
    let entered = matches!(tree.node(item), AnyNodeRef::WithItem(item)
        if AnyNodeRef::from(&item.context_expr).ptr_eq(here))
        && matches!(tree.node(tree.parent(item)), AnyNodeRef::StmtWith(with) if !with.is_async);
    if !entered {
        draft.wall(
            Wall::new(
                id,
                "manager-escapes",
                "This context manager is not entered by a `with` where it is made.",
            )
            .remedy("Enter it with a `with` statement, or an `AsyncExitStack`."),
        );
        return;
    }
    match position::enter(draft, tree.scope_of(id), id) {
        Ok(()) => draft.managers.push(item),
        Err(wall) => draft.wall(wall),
    }
}

/// Marks the statements whose items all become asynchronous, and takes the others apart: entering
/// and leaving keep their order.
pub(super) fn split(draft: &mut Draft<'_, '_>) {
    let tree = draft.tree;
    let mut statements: Vec<NodeId> = draft
        .managers
        .iter()
        .map(|item| tree.parent(*item))
        .collect();
    statements.sort_unstable();
    statements.dedup();
    for id in statements {
        let AnyNodeRef::StmtWith(with) = tree.node(id) else {
            continue;
        };
        if let Err(wall) = mark(draft, id, with) {
            draft.wall(wall);
        }
    }
}

fn mark(draft: &mut Draft<'_, '_>, id: NodeId, with: &ast::StmtWith) -> Result<(), Wall> {
    let tree = draft.tree;
    let is_async: Vec<bool> = with
        .items
        .iter()
        .map(|item| draft.managers.contains(&tree.id(item)))
        .collect();
    if is_async[0] {
        draft.mark_async(with.start(), id);
    }
    if is_async.iter().all(|one| *one) {
        return Ok(());
    }
    let header = Header::of(draft, with);
    let indent = tree.indentation(with.start());
    let unit = tree.indent_unit_at(with.start());
    let newline = tree.newline();
    let mut levels = 0;
    for (at, comma) in header.commas.iter().enumerate() {
        let breaks = tree.slice(*comma).contains(['\n', '\r']);
        let here = is_async[at + 1];
        if is_async[at] == here && !(header.parentheses.is_some() && breaks) {
            continue;
        }
        levels += 1;
        let word = if here { "async with" } else { "with" };
        let indent = format!("{indent}{}", unit.repeat(levels));
        check_comments(draft, *comma, id)?;
        draft.replace(*comma, format!(":{newline}{indent}{word} "));
    }
    if let Some((open, close)) = header.parentheses {
        for range in [open, close] {
            check_comments(draft, range, id)?;
            draft.replace(range, "");
        }
        for item in &with.items {
            if breaks_outside_brackets(draft, item.range()) {
                return Err(involved(id));
            }
        }
    }
    draft.indent(TextRange::new(header.colon, with.end()), levels);
    Ok(())
}

fn check_comments(draft: &Draft<'_, '_>, range: TextRange, id: NodeId) -> Result<(), Wall> {
    if draft.tree.comments_in(range).is_empty() {
        Ok(())
    } else {
        Err(involved(id))
    }
}

/// Whether a line ends in a range where no bracket of the range is open.
fn breaks_outside_brackets(draft: &Draft<'_, '_>, range: TextRange) -> bool {
    let tokens = draft.tree.tokens();
    let from = tokens.partition_point(|token| token.start() < range.start());
    let mut depth = 0i32;
    tokens[from..]
        .iter()
        .take_while(|token| token.start() < range.end())
        .any(|token| {
            depth += nesting(token.kind());
            depth == 0 && token.kind() == TokenKind::NonLogicalNewline
        })
}

/// How much deeper one is after a token.
fn nesting(kind: TokenKind) -> i32 {
    match kind {
        TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => 1,
        TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => -1,
        _ => 0,
    }
}

fn involved(id: NodeId) -> Wall {
    Wall::new(
        id,
        "with-header",
        "Only some context managers of this `with` become asynchronous, and its header is too involved to be taken apart.",
    )
    .remedy("Write a `with` of its own for each context manager.")
}

/// The punctuation of the header of a `with`.
struct Header {
    /// The commas between the items, with the blanks after them.
    commas: Vec<TextRange>,
    /// The parentheses around all items, with the blanks and the comma inside of them.
    parentheses: Option<(TextRange, TextRange)>,
    colon: TextSize,
}

impl Header {
    fn of(draft: &Draft<'_, '_>, with: &ast::StmtWith) -> Self {
        let tokens = draft.tree.tokens();
        let from = tokens.partition_point(|token| token.start() < with.start());
        let body = with.body.first().map_or(with.end(), Ranged::start);
        let tokens: Vec<_> = tokens[from..]
            .iter()
            .skip_while(|token| token.kind() != TokenKind::With)
            .take_while(|token| token.start() < body)
            .filter(|token| {
                !matches!(
                    token.kind(),
                    TokenKind::NonLogicalNewline | TokenKind::Comment
                )
            })
            .collect();
        let after = |at: usize| tokens.get(at + 1).map_or(body, Ranged::start);
        let mut commas = Vec::new();
        let mut outer = None;
        for pair in with.items.windows(2) {
            let comma = tokens.iter().position(|token| {
                token.kind() == TokenKind::Comma
                    && token.start() >= pair[0].end()
                    && token.start() < pair[1].start()
            });
            if let Some(at) = comma {
                commas.push(TextRange::new(tokens[at].start(), after(at)));
                outer = outer.or(Some(at));
            }
        }
        // The depth at which the first comma between items stands tells whose parentheses they are.
        let depth = outer.map_or(0, |at| {
            let nesting = tokens[..at].iter().map(|token| nesting(token.kind()));
            nesting.sum::<i32>()
        });
        let colon = tokens
            .iter()
            .rposition(|token| token.kind() == TokenKind::Colon)
            .unwrap_or_default();
        let parentheses = (depth == 1).then(|| {
            let last = with.items.last().map_or(body, Ranged::end);
            let end = tokens[colon - 1].end();
            let comma = tokens[..colon]
                .iter()
                .find(|token| token.kind() == TokenKind::Comma && token.start() >= last);
            let close = comma.map_or_else(
                || {
                    let before = tokens[colon - 2].end();
                    TextRange::new(before, end)
                },
                |comma| TextRange::new(comma.start(), end),
            );
            (TextRange::new(tokens[1].start(), after(1)), close)
        });
        Self {
            commas,
            parentheses,
            colon: tokens[colon].start(),
        }
    }
}
