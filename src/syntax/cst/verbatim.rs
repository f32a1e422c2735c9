//! What the lossless parser need not read: statements that go away, and those that stand on one line
//! and stay as they are. A name stands for each of them while the lines around it are taken apart.

use super::super::tree::Tree;
use super::super::{AnyNodeRef, Ranged, TextRange};
use super::{Piece, Run, leaves, splice};
use libcst_native as cst;

/// What the lossless parser reads in the place of a statement.
pub(super) const NAME: &str = "_";

/// The statements on some lines for which a name can stand, with their texts once the edits inside
/// them are made, in source order.
pub(super) fn statements(
    tree: &Tree<'_>,
    run: Run<'_>,
    pieces: &[Piece],
    lines: TextRange,
    edits: &[(TextRange, String)],
) -> Vec<(TextRange, String)> {
    let mut kept = vec![false; run.statements().len()];
    mark_kept(pieces, &mut kept);
    let goes = |range: TextRange| {
        let at = run.statements().iter().position(|one| one.range() == range);
        at.is_some_and(|at| !kept[at])
    };
    tree.starting_in(lines)
        .map(|id| tree.node(id))
        .filter(|node| is_simple(*node))
        .filter_map(|node| {
            let range = node.range();
            let touches =
                |edit: &TextRange| edit.end() >= range.start() && edit.start() <= range.end();
            let mut inside = edits.iter().filter(|(edit, _)| touches(edit)).peekable();
            let is_harmless = |(edit, new): &(TextRange, String)| {
                range.contains_range(*edit) && *edit != range && !new.contains([':', ';', '#'])
            };
            if goes(range) && inside.peek().is_none() {
                return Some((range, String::new()));
            }
            let inside: Vec<_> = inside.cloned().collect();
            if !inside.iter().all(is_harmless) {
                return None;
            }
            let (text, _) = splice(tree.slice(range), range.start(), &inside, "\n");
            let is_line = !text.contains(['\n', '\r']) && !text.trim().is_empty();
            is_line.then_some((range, text))
        })
        .collect()
}

fn mark_kept(pieces: &[Piece], kept: &mut [bool]) {
    for piece in pieces {
        match piece {
            Piece::Kept(at, _) => {
                if let Some(one) = kept.get_mut(*at) {
                    *one = true;
                }
            }
            Piece::New(_) | Piece::Above(_) => {}
            Piece::Block(_, body) | Piece::Try(body, _) => mark_kept(body, kept),
        }
    }
}

fn is_simple(node: AnyNodeRef<'_>) -> bool {
    node.is_statement()
        && !matches!(
            node,
            AnyNodeRef::StmtFunctionDef(_)
                | AnyNodeRef::StmtClassDef(_)
                | AnyNodeRef::StmtFor(_)
                | AnyNodeRef::StmtWhile(_)
                | AnyNodeRef::StmtIf(_)
                | AnyNodeRef::StmtWith(_)
                | AnyNodeRef::StmtMatch(_)
                | AnyNodeRef::StmtTry(_)
        )
}

/// Puts the texts in the places of the names that stand for them, which are found by their offsets
/// in what was read.
pub(super) fn put_back<'b>(
    body: &mut [cst::Statement<'b>],
    source: &str,
    texts: &[(usize, &'b str)],
) {
    if texts.is_empty() {
        return;
    }
    for statement in body {
        match statement {
            cst::Statement::Simple(line) => put_back_small(&mut line.body, source, texts),
            cst::Statement::Compound(compound) => {
                for suite in leaves::suites_of(compound) {
                    match suite {
                        cst::Suite::IndentedBlock(block) => {
                            put_back(&mut block.body, source, texts);
                        }
                        cst::Suite::SimpleStatementSuite(line) => {
                            put_back_small(&mut line.body, source, texts);
                        }
                    }
                }
            }
        }
    }
}

fn put_back_small<'b>(
    body: &mut [cst::SmallStatement<'b>],
    source: &str,
    texts: &[(usize, &'b str)],
) {
    for small in body {
        if let cst::SmallStatement::Expr(expression) = small
            && let cst::Expression::Name(name) = &mut expression.value
            && let Some(at) = (name.value.as_ptr() as usize).checked_sub(source.as_ptr() as usize)
            && let Ok(found) = texts.binary_search_by_key(&at, |(offset, _)| *offset)
        {
            name.value = texts[found].1;
        }
    }
}

/// The logical lines of a text, where each is a simple statement that can be printed as it is,
/// whatever stands around it: without a comment, and without a string or a backslash that goes on in
/// the next line.
pub(super) fn logical_lines(text: &str) -> Option<Vec<&str>> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.contains(['#', '\r']) {
        return None;
    }
    let mut lines = Vec::new();
    let (mut from, mut depth) = (0, 0usize);
    let mut at = 0;
    for line in text.split('\n') {
        let begins = from == at;
        at += line.len() + 1;
        if line.trim().is_empty() || begins && line.starts_with([' ', '\t', '@']) {
            return None;
        }
        depth = depth_after(line, depth)?;
        if depth == 0 {
            if line.ends_with([':', ',', '\\']) {
                return None;
            }
            lines.push(&text[from..at - 1]);
            from = at;
        }
    }
    (depth == 0).then_some(lines)
}

/// How many brackets are open behind a line; nothing where a string goes on.
fn depth_after(line: &str, mut depth: usize) -> Option<usize> {
    let mut rest = line;
    while let Some(at) = rest.find(['(', '[', '{', ')', ']', '}', '\'', '"', '\\']) {
        let found = &rest[at..];
        rest = &found[1..];
        match found.as_bytes()[0] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b'\\' => return None,
            quote => {
                let quote = char::from(quote);
                let inside = rest.find([quote, '\\'])?;
                // An empty string may be the beginning of a longer quote.
                if !rest[inside..].starts_with(quote) || rest[inside + 1..].starts_with(quote) {
                    return None;
                }
                rest = &rest[inside + 1..];
            }
        }
    }
    Some(depth)
}

#[cfg(test)]
mod tests {
    use super::logical_lines;

    #[test]
    fn statements_that_are_printed_as_they_are() {
        assert_eq!(logical_lines("a = b()\nc"), Some(vec!["a = b()", "c"]));
        assert_eq!(
            logical_lines("f(\n    a['x'],\n)\ng(\"(\")"),
            Some(vec!["f(\n    a['x'],\n)", "g(\"(\")"])
        );
        for other in [
            "a  # b",
            "if a:\n    b",
            "a, \\\n    b",
            "a = '''b\nc'''",
            "a = ''''b'",
            "f(\n\n)",
            "f(",
            "a)",
            "  a",
            "@a\ndef b(): pass",
            "'\\n'",
            "",
        ] {
            assert_eq!(logical_lines(other), None, "{other}");
        }
    }
}
