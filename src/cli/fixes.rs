//! What would rewrite single findings, as replacements in texts.

mod batches;
mod functions;

use super::Stop;
use super::session::Session;
use super::survey::Survey;
use crate::decisions::Decision;
use crate::report::{FileChange, Report, SiteReport};
use crate::source::SourceFile;
use batches::Batches;
use rustc_hash::FxHashMap;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A decision with more sites than this is a fix of the first one only.
const MOST_SITES: usize = 16;

/// A place in a text: line and column, from 1, in characters.
pub(super) type Place = (usize, usize);

/// A replacement of whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextEdit {
    /// Where it starts.
    pub(super) start: Place,
    /// The place behind its end; the start for an insertion.
    pub(super) end: Place,
    /// What stands there instead.
    pub(super) text: String,
}

/// What is replaced in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileFix {
    pub(super) path: PathBuf,
    pub(super) edits: Vec<TextEdit>,
}

/// The fixes of the sites of a report.
#[derive(Default)]
pub(super) struct Fixes {
    /// One for each decision; empty where it has not been tried.
    fixes: Vec<Vec<FileFix>>,
    sites: FxHashMap<(PathBuf, &'static str, Place), usize>,
}

impl Fixes {
    /// The decision that a site belongs to, by its number.
    pub(super) fn decision(&self, site: &SiteReport) -> Option<usize> {
        let key = (site.path.clone(), site.transform, (site.line, site.column));
        self.sites.get(&key).copied()
    }

    /// What rewrites a site, and everything that it takes.
    pub(super) fn of(&self, site: &SiteReport) -> Option<&[FileFix]> {
        let files = self.fixes.get(self.decision(site)?)?;
        (!files.is_empty()).then_some(files)
    }
}

/// What would change, as [`super::survey::report`] has it, and the fixes of the single sites.
pub(super) fn report(session: &mut Session, only: &[String]) -> Result<(Report, Fixes), Stop> {
    let mut survey = Survey::open(session)?;
    let found = if only.is_empty() {
        let decisions: Vec<&Decision> = survey.decisions.iter().collect();
        let fixes = fixes(&survey, &decisions);
        (std::mem::take(&mut survey.report), fixes)
    } else {
        let chosen = survey.at(only)?;
        (survey.chosen(&chosen), fixes(&survey, &chosen))
    };
    // As in `Session::outlook`, nothing is taken apart.
    std::mem::forget(survey);
    Ok(found)
}

fn fixes(survey: &Survey<'_>, decisions: &[&Decision]) -> Fixes {
    let report = &survey.report;
    let mut found = Fixes {
        fixes: Batches::of(survey, decisions).run(),
        ..Fixes::default()
    };
    for (number, decision) in decisions.iter().enumerate() {
        let most = if decision.sites.len() > MOST_SITES {
            1
        } else {
            MOST_SITES
        };
        for at in decision.sites.iter().take(most) {
            let site = &report.sites[*at];
            let key = (site.path.clone(), site.transform, (site.line, site.column));
            found.sites.insert(key, number);
        }
    }
    found
}

/// The replacements that make the new text of a file out of the old one.
fn file_fix(change: &FileChange) -> FileFix {
    let decoded = |bytes: &[u8]| decoded(&change.path, bytes);
    FileFix {
        path: change.path.clone(),
        edits: edits(&decoded(&change.before), &decoded(&change.after)),
    }
}

/// The text of a file as its bytes have it.
pub(super) fn decoded(path: &Path, bytes: &[u8]) -> String {
    match SourceFile::decode(path.to_owned(), bytes.to_vec()) {
        Ok(source) => source.text().to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

pub(super) fn edits(before: &str, after: &str) -> Vec<TextEdit> {
    let (old, new) = (lines(before), lines(after));
    edits_within(&old, 0..old.len(), &new[..])
}

/// The replacements that make lines `new` out of a part of the lines `old`.
fn edits_within(old: &[&str], part: Range<usize>, new: &[&str]) -> Vec<TextEdit> {
    let place = |line: usize| match old.last() {
        // Behind a last line that no line break ends.
        Some(last) if line == old.len() && !last.ends_with(['\n', '\r']) => {
            (line, last.chars().count() + 1)
        }
        _ => (line + 1, 1),
    };
    capture_diff_slices(Algorithm::Myers, &old[part.clone()], new)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| TextEdit {
            start: place(part.start + op.old_range().start),
            end: place(part.start + op.old_range().end),
            text: new[op.new_range()].concat(),
        })
        .collect()
}

/// The lines of a text with their line breaks, of which Python knows three.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\r']) {
        let end = at + if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        lines.push(&rest[..end]);
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: Place, end: Place, text: &str) -> TextEdit {
        TextEdit {
            start,
            end,
            text: text.to_owned(),
        }
    }

    #[test]
    fn only_the_lines_that_differ_are_replaced() {
        assert_eq!(
            edits("a\nb\nc\n", "a\nB\nc\n"),
            [edit((2, 1), (3, 1), "B\n")]
        );
        assert_eq!(
            edits("a\r\nb\r\n", "x\r\na\r\nb\r\n"),
            [edit((1, 1), (1, 1), "x\r\n")]
        );
        assert_eq!(edits("a\rb\rc\r", "a\rc\r"), [edit((2, 1), (3, 1), "")]);
    }

    #[test]
    fn a_last_line_without_a_break_ends_behind_its_last_character() {
        assert_eq!(edits("a\nüb", "a\nc"), [edit((2, 1), (2, 3), "c")]);
        assert_eq!(edits("a\nb\n", "a\nb\nc\n"), [edit((3, 1), (3, 1), "c\n")]);
        assert_eq!(edits("", "c\n"), [edit((1, 1), (1, 1), "c\n")]);
    }
}
