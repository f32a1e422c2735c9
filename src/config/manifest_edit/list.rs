//! Arrays of requirement strings in TOML.

use super::{
    DependencyChange, Patch, Step, line_end, line_start, names_of, newline, requirement, steps,
};
use std::ops::Range;

/// The strings of an array, quotes included, in source order.
pub(super) fn edit(
    text: &str,
    entries: &[Range<usize>],
    change: &DependencyChange<'_>,
) -> Result<Vec<Patch>, String> {
    let inner = |range: &Range<usize>| text[range.clone()].trim_matches(['"', '\'']);
    let names = names_of(entries.iter().map(inner));
    let mut patches = Vec::new();
    for step in steps(&names, change)? {
        match step {
            Step::Replace(at) => {
                let new = quoted(text, &entries[at], change)?;
                patches.push((entries[at].clone(), new));
            }
            Step::Remove(at) => patches.push((removal(text, entries, at), String::new())),
            Step::Insert { before, like } => {
                let new = quoted(text, &entries[like], change)?;
                patches.extend(insertion(text, entries, before, &new));
            }
        }
    }
    Ok(patches)
}

/// The new requirement in the quotes of another entry.
fn quoted(
    text: &str,
    like: &Range<usize>,
    change: &DependencyChange<'_>,
) -> Result<String, String> {
    let old = &text[like.clone()];
    let quote = &old[..1];
    if old.starts_with("\"\"\"") || old.starts_with("'''") {
        return Err("it is declared in a string over several lines".to_owned());
    }
    let new = requirement(&old[1..old.len() - 1], change)?;
    Ok(format!("{quote}{new}{quote}"))
}

/// Whether an entry is the first thing on its line.
fn owns_line(text: &str, entry: &Range<usize>) -> bool {
    text[line_start(text, entry.start)..entry.start]
        .trim()
        .is_empty()
}

/// The offset after the comma that follows an entry, if one does.
fn comma(text: &str, entry: &Range<usize>) -> Option<usize> {
    let rest = &text[entry.end..];
    let blanks = rest.len() - rest.trim_start().len();
    rest[blanks..]
        .starts_with(',')
        .then_some(entry.end + blanks + 1)
}

fn removal(text: &str, entries: &[Range<usize>], at: usize) -> Range<usize> {
    let entry = &entries[at];
    let end = comma(text, entry).unwrap_or(entry.end);
    let rest = text[end..line_end(text, end)].trim();
    if owns_line(text, entry) && (rest.is_empty() || rest.starts_with('#')) {
        return line_start(text, entry.start)..line_end(text, end);
    }
    match (entries.get(at + 1), at.checked_sub(1)) {
        (Some(next), _) => entry.start..next.start,
        (None, Some(before)) => entries[before].end..entry.end,
        (None, None) => entry.start..end,
    }
}

fn insertion(text: &str, entries: &[Range<usize>], before: usize, new: &str) -> Vec<Patch> {
    let behind = before.checked_sub(1).map(|at| &entries[at]);
    let own_lines = |next: &Range<usize>| {
        owns_line(text, next) && behind.is_some_and(|last| owns_line(text, last))
    };
    if let Some(next) = entries.get(before).filter(|next| !own_lines(next)) {
        let start = line_start(text, next.start);
        let patch = if owns_line(text, next) {
            let indent = &text[start..next.start];
            (start..start, format!("{indent}{new},{}", newline(text)))
        } else {
            (next.start..next.start, format!("{new}, "))
        };
        return vec![patch];
    }
    let Some(last) = behind else {
        return Vec::new();
    };
    if !owns_line(text, last) {
        return vec![(last.end..last.end, format!(", {new}"))];
    }
    let start = line_start(text, last.start);
    let indent = &text[start..last.start];
    let comma = comma(text, last);
    let from = comma.unwrap_or(last.end);
    let line = line_end(text, from);
    let mut patches = Vec::new();
    if comma.is_none() {
        patches.push((last.end..last.end, ",".to_owned()));
    }
    let rest = text[from..line].trim();
    if rest.is_empty() || rest.starts_with('#') {
        let end = if comma.is_some() { "," } else { "" };
        patches.push((line..line, format!("{indent}{new}{end}{}", newline(text))));
    } else {
        // The bracket closes on the same line.
        patches.push((from..from, format!("{}{indent}{new}", newline(text))));
    }
    patches
}
