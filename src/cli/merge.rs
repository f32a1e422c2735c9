//! Joins two changes of one text, line by line.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// What stands in the place of some lines.
struct Change<'t> {
    at: Range<usize>,
    lines: Vec<&'t [u8]>,
}

/// The text with the changes that `ours` and `theirs` make to `base`; `None` where both change the
/// same lines, in different ways.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    let old = lines(base);
    let mut all = changes(&old, &lines(ours));
    for change in changes(&old, &lines(theirs)) {
        let same = |other: &Change<'_>| other.at == change.at && other.lines == change.lines;
        if all.iter().any(same) {
            continue;
        }
        if all.iter().any(|other| meet(&other.at, &change.at)) {
            return None;
        }
        all.push(change);
    }
    all.sort_by_key(|change| (change.at.start, change.at.end));
    let mut merged = Vec::new();
    let mut next = 0;
    for change in all {
        merged.extend(old[next..change.at.start].concat());
        merged.extend(change.lines.concat());
        next = change.at.end;
    }
    merged.extend(old[next..].concat());
    Some(merged)
}

fn meet(one: &Range<usize>, other: &Range<usize>) -> bool {
    if one.is_empty() && other.is_empty() {
        return one.start == other.start;
    }
    one.start < other.end && other.start < one.end
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn changes<'t>(old: &[&[u8]], new: &[&'t [u8]]) -> Vec<Change<'t>> {
    capture_diff_slices(Algorithm::Myers, old, new)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Change {
            at: op.old_range(),
            lines: new[op.new_range()].to_vec(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(ours: &str, theirs: &str) -> Option<String> {
        let merged = merge(b"a\nb\nc\nd\n", ours.as_bytes(), theirs.as_bytes())?;
        Some(String::from_utf8(merged).unwrap())
    }

    #[test]
    fn changes_of_different_lines_are_joined() {
        let expected = Some("import x\na\nb\nC\nc2\nd\n".to_owned());
        assert_eq!(
            merged("import x\na\nb\nc\nd\n", "a\nb\nC\nc2\nd\n"),
            expected
        );
        assert_eq!(
            merged("a\nd\n", "a\nb\nc\nd\ne\n"),
            Some("a\nd\ne\n".to_owned())
        );
        assert_eq!(
            merged("a\nB\nc\nd\n", "a\nB\nc\nd\n"),
            Some("a\nB\nc\nd\n".to_owned())
        );
        assert_eq!(merged("a\nb\nc\nd\n", "a\nd\n"), Some("a\nd\n".to_owned()));
    }

    #[test]
    fn changes_of_the_same_lines_are_not() {
        assert_eq!(merged("a\nB\nc\nd\n", "a\nX\nc\nd\n"), None);
        assert_eq!(merged("a\nx\nb\nc\nd\n", "a\ny\nb\nc\nd\n"), None);
        assert_eq!(merged("a\nd\n", "a\nb\nC\nd\n"), None);
    }
}
