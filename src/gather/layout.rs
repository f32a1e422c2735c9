//! How new lines are laid out: what is too long, or spans lines, is put between brackets of its own.

use super::Site;
use crate::syntax::{Ranged, TextRange, TokenKind, ast};

/// The room on a line and the indentation unit of the file.
pub(super) struct Layout {
    width: usize,
    unit: String,
    indent: usize,
}

impl Layout {
    /// The layout of new lines in the place of a site's statement: no longer than 88 columns, or
    /// than the longest line that stands there today.
    pub(super) fn of(site: &Site<'_, '_>) -> Self {
        let tree = site.file.tree;
        let statement = tree.node(site.statement).range();
        let lines = tree.full_lines(statement);
        let longest = tree.slice(lines).lines().map(|line| line.chars().count());
        let unit = tree.indent_unit_at(statement.start()).to_owned();
        Self {
            width: longest.max().unwrap_or(0).clamp(88, 120),
            indent: tree.indentation(statement.start()).chars().count(),
            unit,
        }
    }

    /// The same layout, for a line that must not be taken apart.
    pub(super) fn unlimited(&self) -> Self {
        Self {
            width: usize::MAX,
            unit: self.unit.clone(),
            indent: self.indent,
        }
    }

    /// One level of indentation.
    pub(super) fn unit(&self) -> &str {
        &self.unit
    }

    /// `head(text)` with what stands before and after it, on as many lines as it needs; `depth` is
    /// the number of levels below the statement that is replaced.
    pub(super) fn call(&self, before: &str, head: &str, text: &str, depth: usize) -> String {
        let line = format!("{before}{head}({text})");
        let room = self
            .width
            .saturating_sub(self.indent + depth * self.unit.chars().count());
        if is_string_bound(text) {
            return line;
        }
        if line.contains('\n') || line.chars().count() > room {
            let inner = self.indented(text);
            return format!("{before}{head}(\n{inner}\n)");
        }
        line
    }

    /// Whether a line fits `depth` levels below the statement.
    pub(super) fn fits(&self, line: &str, depth: usize) -> bool {
        !line.contains('\n')
            && self.indent + depth * self.unit.chars().count() + line.chars().count() <= self.width
    }

    /// A text one level deeper.
    pub(super) fn indented(&self, text: &str) -> String {
        format!("{}{}", self.unit, deepened(text, &self.unit))
    }
}

/// A text with more indentation on all lines but the first one and those that a string spans.
pub(super) fn deepened(text: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut string: Option<(char, bool)> = None;
    let mut comment = false;
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        out.push(next);
        if next == '\n' {
            comment = false;
            // A string with one quote ends with the line.
            if let Some((_, false)) = string {
                string = None;
            }
            if string.is_none() && !matches!(rest.peek(), None | Some('\n')) {
                out.push_str(by);
            }
            continue;
        }
        if comment {
            continue;
        }
        match (string, next) {
            // The next character has no meaning of its own, not even the end of a line.
            (Some(_), '\\') => out.extend(rest.next()),
            (None, '#') => comment = true,
            (Some((quote, false)), _) if next == quote => string = None,
            (Some((quote, true)), _) if next == quote && is_thrice(quote, &mut rest, &mut out) => {
                string = None;
            }
            (None, '"' | '\'') => {
                let long = is_thrice(next, &mut rest, &mut out);
                let empty = !long && rest.next_if_eq(&next).is_some();
                if empty {
                    out.push(next);
                } else {
                    string = Some((next, long));
                }
            }
            _ => {}
        }
    }
    out
}

/// Takes two more quotes, where two more follow.
fn is_thrice(
    quote: char,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) -> bool {
    let mut ahead = rest.clone();
    if ahead.next() == Some(quote) && ahead.next() == Some(quote) {
        out.extend([quote, quote]);
        *rest = ahead;
        return true;
    }
    false
}

/// Whether indenting the text could change a string in it.
fn is_string_bound(text: &str) -> bool {
    text.contains('\n')
        && (text.contains("\"\"\"") || text.contains("'''") || text.contains("\\\n"))
}

/// The text of an expression for a place outside brackets: parenthesised when it spans lines on
/// its own.
pub(super) fn standalone(site: &Site<'_, '_>, expr: &ast::Expr) -> String {
    let tree = site.file.tree;
    let range = tree.parenthesized(expr);
    let text = tree.lifted(range);
    if breaks_outside_brackets(site, range) {
        format!("({text})")
    } else {
        text
    }
}

/// Like [`standalone`], with brackets on lines of their own, for the header of a statement below
/// others: `depth` is the number of levels below them.
pub(super) fn header(
    site: &Site<'_, '_>,
    expr: &ast::Expr,
    layout: &Layout,
    depth: usize,
) -> String {
    let range = site.file.tree.parenthesized(expr);
    let text = site.file.tree.lifted(range);
    let prefix = layout.unit().repeat(depth);
    if !breaks_outside_brackets(site, range) {
        return deepened(&text, &prefix);
    }
    // The lines keep their places towards each other; those of a bracket go one level deeper.
    let inner = layout.indented(&text);
    deepened(&format!("(\n{inner}\n)"), &prefix)
}

fn breaks_outside_brackets(site: &Site<'_, '_>, range: TextRange) -> bool {
    let tokens = site.file.tree.tokens();
    let from = tokens.partition_point(|token| token.start() < range.start());
    let mut depth = 0usize;
    for token in tokens[from..]
        .iter()
        .take_while(|token| token.start() < range.end())
    {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                depth = depth.saturating_sub(1);
            }
            TokenKind::NonLogicalNewline if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::deepened;

    #[test]
    fn lines_in_strings_stay_where_they_are() {
        let cases = [
            ("a(\nb\n)", "a(\n  b\n  )"),
            ("a('''x\ny''',\nb)", "a('''x\ny''',\n  b)"),
            (
                "a(\"\"\"\"x'\ny\\\"\"\" z\n\"\"\",\nb)",
                "a(\"\"\"\"x'\ny\\\"\"\" z\n\"\"\",\n  b)",
            ),
            ("a('x\\\n y',\nb)", "a('x\\\n y',\n  b)"),
            ("a(''\nb, '''''')\nc", "a(''\n  b, '''''')\n  c"),
            ("a # it's\nb", "a # it's\n  b"),
            (
                "a(f'{x}', rb\"\"\"\n\"\"\"\nb)",
                "a(f'{x}', rb\"\"\"\n\"\"\"\n  b)",
            ),
            ("a\n\nb", "a\n\n  b"),
        ];
        for (text, deeper) in cases {
            assert_eq!(deepened(text, "  "), deeper);
        }
    }
}
