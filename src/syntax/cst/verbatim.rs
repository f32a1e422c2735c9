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

thread_local! {
    static OUTSIDE: Option<cst::Module<'static>> = cst::parse_module("_\n", None).ok();
    static INSIDE: Option<cst::Module<'static>> = cst::parse_module("def _():\n    _\n", None).ok();
}

/// What the lossless parser would make of lines where a name is all that stands on them, with the
/// text in its place: inside of the function that is put around it, or alone.
pub(super) fn only_line<'b>(
    source: &str,
    prefix: usize,
    indent: &'b str,
    texts: &[(usize, &'b str)],
) -> Option<cst::Module<'b>> {
    let [(at, text)] = *texts else { return None };
    let is_alone = source[prefix..at].len() == indent.len() && &source[at..] == "_\n";
    if !is_alone || prefix == 0 && !indent.is_empty() {
        return None;
    }
    let known = if prefix == 0 { &OUTSIDE } else { &INSIDE };
    let mut module: cst::Module<'b> = known.with(Clone::clone)?;
    module.default_indent = indent;
    let body = super::unit_body(&mut module, prefix);
    let [cst::Statement::Simple(line)] = &mut **body else {
        return None;
    };
    let Some(cst::SmallStatement::Expr(expression)) = line.body.first_mut() else {
        return None;
    };
    let cst::Expression::Name(name) = &mut expression.value else {
        return None;
    };
    name.value = text;
    Some(module)
}

/// A text as lines that can be printed as they are, whatever stands around them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines<'t> {
    /// The logical lines, with their blanks in front.
    pub(super) all: Vec<&'t str>,
    /// Some of them stand in blocks, four blanks deeper than what is above.
    pub(super) has_blocks: bool,
}

/// The logical lines of a text; nothing where a string or a backslash goes on in the next line, or
/// where a comment stands in the last one.
pub(super) fn logical_lines(text: &str) -> Option<Lines<'_>> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut lines = Lines {
        all: Vec::new(),
        has_blocks: false,
    };
    let (mut from, mut at, mut depth) = (0, 0, 0usize);
    let (mut indent, mut opens, mut comments, mut last_comments) = (0, false, 0, 0);
    for line in text.split('\n') {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        if blanks == line.len() || line[blanks..].starts_with(['\t', '\u{c}', '\r', '@']) {
            return None;
        }
        if from == at {
            if blanks > indent && !(opens && blanks == indent + 4) || !blanks.is_multiple_of(4) {
                return None;
            }
            (indent, last_comments) = (blanks, comments);
            lines.has_blocks |= blanks > 0;
        } else if blanks < indent {
            return None;
        }
        at += line.len() + 1;
        let (code, open) = depth_after(line, depth)?;
        comments += usize::from(code.len() < line.len());
        depth = open;
        if depth == 0 {
            opens = code.ends_with(':');
            if code.ends_with([',', '\\']) {
                return None;
            }
            lines.all.push(&text[from..at - 1]);
            from = at;
        }
    }
    let is_whole = depth == 0 && !opens && comments == last_comments;
    (is_whole && !(lines.has_blocks && comments > 0)).then_some(lines)
}

/// The line without a comment, and how many brackets are open behind it; nothing where a string goes
/// on.
fn depth_after(line: &str, mut depth: usize) -> Option<(&str, usize)> {
    let mut rest = line;
    while let Some(at) = rest.find(['(', '[', '{', ')', ']', '}', '\'', '"', '\\', '#']) {
        let found = &rest[at..];
        rest = &found[1..];
        match found.as_bytes()[0] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b'\\' => return None,
            b'#' => return Some((&line[..line.len() - found.len()], depth)),
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
    Some((line, depth))
}

#[cfg(test)]
mod tests {
    use super::logical_lines;

    #[test]
    fn statements_that_are_printed_as_they_are() {
        let lines = |text| logical_lines(text).map(|lines| (lines.all, lines.has_blocks));
        let plain = |all| Some((all, false));
        assert_eq!(lines("a = b()\nc"), plain(vec!["a = b()", "c"]));
        assert_eq!(
            lines("f(\n    a['x'],  # b\n)\ng(\"(#\")"),
            plain(vec!["f(\n    a['x'],  # b\n)", "g(\"(#\")"])
        );
        assert_eq!(lines("# a\nb"), plain(vec!["# a", "b"]));
        assert_eq!(
            lines("for a in b:\n    if c(\n        d\n    ):\n        e\nf"),
            Some((
                vec![
                    "for a in b:",
                    "    if c(\n        d\n    ):",
                    "        e",
                    "f"
                ],
                true
            ))
        );
        for other in [
            "a  # b",
            "f(\n    a,  # b\n)",
            "if a:\n    # b\n    c",
            "if a:",
            "if a:\n  b",
            "if a:\n    f(\n  b\n    )",
            "a, \\\n    b",
            "a = '''b\nc'''",
            "a = ''''b'",
            "f(\n\n)",
            "f(",
            "a)",
            "    a",
            "@a\ndef b(): pass",
            "'\\n'",
            "",
        ] {
            assert_eq!(logical_lines(other), None, "{other}");
        }
    }
}
