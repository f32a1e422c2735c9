//! Unified diffs in the bytes of the files. Every hunk's heading names what it comes from.

use super::summary::shown;
use crate::report::{FileChange, Mark};
use anstyle::{AnsiColor, Style};
use rustc_hash::FxHashMap;
use similar::{Algorithm, ChangeTag, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};
use std::io::{self, Write};

const CONTEXT: usize = 3;

/// What is written in colour; without colour, every byte of the files arrives as it is.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    name: Style,
    place: Style,
    removed: Style,
    added: Style,
}

impl Palette {
    pub(crate) fn new(colored: bool) -> Self {
        let style = |style: Style| if colored { style } else { Style::new() };
        Self {
            name: style(Style::new().bold()),
            place: style(AnsiColor::Cyan.on_default()),
            removed: style(AnsiColor::Red.on_default()),
            added: style(AnsiColor::Green.on_default()),
        }
    }
}

/// Prints the diff of one file.
pub(crate) fn print(change: &FileChange, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    let old = lines(&change.before);
    let new = lines(&change.after);
    let ops = operations(&old, &new, &change.marks);
    let name = shown(&change.path).replace('\\', "/");
    let name = name.trim_start_matches('/');
    let bold = palette.name;
    writeln!(out, "{bold}--- a/{name}{bold:#}")?;
    writeln!(out, "{bold}+++ b/{name}{bold:#}")?;
    for group in group_diff_ops(ops, CONTEXT) {
        hunk(&group, (&old, &new), &change.marks, palette, out)?;
    }
    Ok(())
}

/// The lines of a file as `git apply` counts them: only `\n` ends one.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut start = 0;
    let mut lines = Vec::new();
    for end in memchr::memchr_iter(b'\n', bytes) {
        lines.push(&bytes[start..=end]);
        start = end + 1;
    }
    if start < bytes.len() {
        lines.push(&bytes[start..]);
    }
    lines
}

/// From how many lines on a file is compared part by part.
const LARGE: usize = 4096;

/// How many lines a part has at least.
const PART: usize = 256;

/// What makes the new lines of the old ones. The time for all lines at once grows with the square of
/// what changes, so that a large file is cut where no change touches it.
fn operations(old: &[&[u8]], new: &[&[u8]], marks: &[Mark]) -> Vec<DiffOp> {
    if old.len() < LARGE {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let mut ops: Vec<DiffOp> = Vec::new();
    let mut add = |old_end: usize, new_end: usize, from: (usize, usize)| {
        let (old, new) = (&old[from.0..old_end], &new[from.1..new_end]);
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            match (ops.last_mut(), moved(op, from)) {
                (Some(DiffOp::Equal { len, .. }), DiffOp::Equal { len: more, .. }) => *len += more,
                (_, op) => ops.push(op),
            }
        }
        (old_end, new_end)
    };
    let mut from = (0, 0);
    for (in_old, in_new) in anchors(old, new, marks) {
        if in_old >= from.0 + PART && in_new > from.1 {
            from = add(in_old, in_new, from);
        }
    }
    add(old.len(), new.len(), from);
    ops
}

/// An operation on parts of the lines as one on all of them.
fn moved(op: DiffOp, (old, new): (usize, usize)) -> DiffOp {
    let (tag, in_old, in_new) = op.as_tag_tuple();
    let (old_index, new_index) = (in_old.start + old, in_new.start + new);
    let (old_len, new_len) = (in_old.len(), in_new.len());
    match tag {
        DiffTag::Equal => DiffOp::Equal {
            old_index,
            new_index,
            len: old_len,
        },
        DiffTag::Delete => DiffOp::Delete {
            old_index,
            old_len,
            new_index,
        },
        DiffTag::Insert => DiffOp::Insert {
            old_index,
            new_index,
            new_len,
        },
        DiffTag::Replace => DiffOp::Replace {
            old_index,
            old_len,
            new_index,
            new_len,
        },
    }
}

/// The places of lines that no change touches and that are there once, before and after.
fn anchors(old: &[&[u8]], new: &[&[u8]], marks: &[Mark]) -> Vec<(usize, usize)> {
    let mut touched = vec![false; old.len()];
    for mark in marks {
        let last = mark.last_line.max(mark.first_line).min(old.len());
        touched[mark.first_line.saturating_sub(1).min(last)..last].fill(true);
    }
    let (in_old, in_new) = (once(old), once(new));
    let place = |at: usize| {
        let is_there_once = in_old.get(old[at]).is_some_and(Option::is_some);
        let new = in_new.get(old[at]).copied().flatten();
        new.filter(|_| is_there_once && !touched[at])
            .map(|new| (at, new))
    };
    (0..old.len()).filter_map(place).collect()
}

/// Where each line stands that is there once.
fn once<'l>(lines: &[&'l [u8]]) -> FxHashMap<&'l [u8], Option<usize>> {
    let mut found = FxHashMap::default();
    for (at, line) in lines.iter().enumerate() {
        let known = found.entry(*line);
        known.and_modify(|at| *at = None).or_insert(Some(at));
    }
    found
}

fn hunk(
    ops: &[DiffOp],
    (old, new): (&[&[u8]], &[&[u8]]),
    marks: &[Mark],
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else {
        return Ok(());
    };
    let before = first.old_range().start..last.old_range().end;
    let after = first.new_range().start..last.new_range().end;
    let cyan = palette.place;
    writeln!(
        out,
        "{cyan}@@ -{} +{} @@{cyan:#} {}",
        range(&before),
        range(&after),
        heading(ops, marks)
    )?;
    for op in ops {
        for change in op.iter_changes(old, new) {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (' ', Style::new()),
                ChangeTag::Delete => ('-', palette.removed),
                ChangeTag::Insert => ('+', palette.added),
            };
            let line: &[u8] = change.value();
            let (text, end) = match line.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (line, false),
            };
            write!(out, "{style}{sign}")?;
            out.write_all(text)?;
            writeln!(out, "{style:#}")?;
            if !end {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

fn range(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        len => format!("{},{len}", lines.start + 1),
    }
}

/// `gather-to-taskgroup (safe): D-G1, D-G2; wait-for-to-timeout (safe): D-W1`
fn heading(ops: &[DiffOp], marks: &[Mark]) -> String {
    marks_of(ops, marks)
        .into_iter()
        .map(|(transform, grade, ids)| {
            if ids.is_empty() {
                format!("{transform} ({grade})")
            } else {
                format!("{transform} ({grade}): {}", ids.join(", "))
            }
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// What the lines of a hunk come from: transform, grade and ids of differences.
pub(super) fn marks_of(
    ops: &[DiffOp],
    marks: &[Mark],
) -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let touched = |mark: &&Mark| {
        ops.iter()
            .filter(|op| !matches!(op, DiffOp::Equal { .. }))
            .any(|op| {
                let old = op.old_range();
                let (first, last) = (old.start + 1, old.end.max(old.start + 1));
                // An insertion stands between two lines: either may be the one that is marked.
                let reach = usize::from(old.is_empty());
                mark.first_line <= last + reach
                    && mark.last_line.max(mark.first_line) + reach >= first
            })
    };
    let mut here: Vec<&Mark> = marks.iter().filter(touched).collect();
    if here.is_empty() {
        here = marks.iter().collect();
    }
    let mut found: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for mark in here {
        let key = (mark.transform, mark.grade.as_str());
        let known = found
            .iter()
            .position(|(transform, grade, _)| (*transform, *grade) == key);
        let known = known.unwrap_or_else(|| {
            found.push((key.0, key.1, Vec::new()));
            found.len() - 1
        });
        for id in &mark.differences {
            if !found[known].2.contains(id) {
                found[known].2.push(id);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Applicability;

    #[test]
    fn a_large_file_is_compared_part_by_part() {
        let before: Vec<String> = (0..9000)
            .map(|at| match at % 3 {
                0 => format!("def f{at}():\n"),
                1 => "    old()\n".to_owned(),
                _ => "\n".to_owned(),
            })
            .collect();
        let after: Vec<String> = before
            .iter()
            .map(|line| line.replace("old()", "new()\n    more()"))
            .collect();
        let mark = |line: usize| Mark {
            first_line: line,
            last_line: line,
            transform: "one",
            grade: Applicability::Safe,
            differences: Vec::new(),
        };
        let marks: Vec<Mark> = (0..3000).map(|at| mark(3 * at + 2)).collect();
        let (before, after) = (before.concat(), after.concat());
        let (old, new) = (lines(before.as_bytes()), lines(after.as_bytes()));
        let ops = operations(&old, &new, &marks);
        assert!(anchors(&old, &new, &marks).len() == 3000);
        assert_eq!(ops, capture_diff_slices(Algorithm::Myers, &old, &new));
    }
}
