//! Names and targets in a piece of a line.

pub(super) use crate::index::names::is_part;

/// The names and numbers in a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

/// What follows `def` where a line begins a function.
pub(super) fn after_def(code: &str) -> Option<&str> {
    let code = code.strip_prefix("async ").map_or(code, str::trim_start);
    code.strip_prefix("def ")
}

/// Whether a line begins a class or a function.
pub(super) fn begins_definition(code: &str) -> bool {
    code.starts_with("class ") || after_def(code).is_some()
}

/// Whether a text has nothing but names and dots.
pub(super) fn is_dotted(text: &str) -> bool {
    let other = |byte: &u8| !is_part(*byte) && *byte != b'.';
    match text.bytes().find(other) {
        Some(other) if other.is_ascii() => false,
        Some(_) => {
            let mut chars = text.chars();
            chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        }
        None => true,
    }
}

/// A line without the blanks in front of its code.
pub(super) fn trimmed(line: &str) -> &str {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    let start = line.bytes().position(|byte| !blank(&byte));
    match start {
        Some(start) if line.as_bytes()[start].is_ascii() => &line[start..],
        _ => line.trim_start(),
    }
}

/// `(a, b)` and `[a, b]` as targets are `a, b`.
pub(super) fn without_brackets(target: &str) -> &str {
    let inner = target.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = inner.strip_prefix(open)
            && let Some(inner) = inner.strip_suffix(close)
        {
            return inner;
        }
    }
    target
}

/// The parts of `a, b(c, d)`, without those inside brackets.
pub(super) fn outer_parts(target: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    target.split(move |c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    })
}

/// The name that a text ends with.
pub(super) fn last_identifier(text: &str) -> &str {
    let before = text.as_bytes().iter().rposition(|byte| !is_part(*byte));
    match before {
        Some(at) if !text.as_bytes()[at].is_ascii() => {
            let mut before = text.char_indices().rev();
            let before = before.find(|(_, c)| !(c.is_alphanumeric() || *c == '_'));
            &text[before.map_or(0, |(at, c)| at + c.len_utf8())..]
        }
        before => &text[before.map_or(0, |at| at + 1)..],
    }
}

/// The name that a text begins with.
pub(super) fn identifier(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_part(byte));
    match end {
        Some(end) if !text.as_bytes()[end].is_ascii() => {
            let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            &text[..end.unwrap_or(text.len())]
        }
        end => &text[..end.unwrap_or(text.len())],
    }
}
