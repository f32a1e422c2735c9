//! Unified diffs in the bytes of the files. Every hunk's heading names what it comes from.

use super::summary::shown;
use crate::report::{FileChange, Mark};
use anstyle::{AnsiColor, Style};
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, group_diff_ops};
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
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
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
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
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
