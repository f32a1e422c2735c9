//! `aiolift run --commit-each`: one commit for each transform, so that one idea is read at a time.

use super::args::{Arguments, Run};
use super::session::Session;
use super::summary::{count, shown};
use super::survey::Survey;
use super::{ExitCode, Stop, exit, say, write};
use crate::decisions::Decision;
use crate::differences;
use crate::report::{FileChange, Outcome, Report, SiteReport};
use crate::transforms::CATALOG;
use crate::workspace;
use rustc_hash::FxHashSet;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How long a line of a message gets.
const WIDTH: usize = 72;

/// Commits what each transform changes, in the order in which they run. The files after the last
/// commit are those that a run without commits writes.
pub(super) fn run(
    command: &Run,
    session: &mut Session,
    arguments: &Arguments,
) -> Result<ExitCode, Stop> {
    let survey = Survey::open(session)?;
    let session = survey.session;
    session.complain(&survey.report);
    let decisions: Vec<&Decision> = if command.only.is_empty() {
        survey.decisions.iter().collect()
    } else {
        survey.at(&command.only)?
    };
    if write::refuse_to_commit_dirty(&survey.report)? {
        return Err(Stop::Usage(
            "Nothing was written: the files are not in a git repository, which `--commit-each` needs."
                .to_owned(),
        ));
    }
    let mut files = Files::default();
    let mut taken: Vec<&Decision> = Vec::new();
    let mut last = survey.chosen(&[]);
    for (transform, mine) in by_transform(&survey, &decisions) {
        taken.extend(&mine);
        last = survey.chosen(&taken);
        let step = files.step(&last);
        if step.changes.is_empty() {
            continue;
        }
        let message = message(transform, &own_sites(&survey.report, &last, &mine), &files);
        let written = write::write(&step, session, false)?;
        if !written.dropped.is_empty() {
            return Ok(ExitCode::from(1));
        }
        workspace::commit(&written.files, &message)?;
        files.keep(step);
        if !session.is_quiet() {
            let subject = message.lines().next().unwrap_or_default();
            say(&format!("committed {subject}"));
        }
    }
    if arguments.verbose > 0 {
        super::summary::reasons(&last)?;
    }
    session.summarize(&last, true);
    Ok(exit(!last.errors.is_empty(), &command.selection))
}

/// The decisions of each transform, in the order in which the transforms run.
fn by_transform<'d>(
    survey: &Survey<'_>,
    decisions: &[&'d Decision],
) -> Vec<(&'static str, Vec<&'d Decision>)> {
    let order = |id: &str| {
        let mut entries = CATALOG.entries().iter();
        entries.position(|entry| entry.about.id == id)
    };
    let mut found: BTreeMap<_, (&'static str, Vec<&'d Decision>)> = BTreeMap::new();
    for decision in decisions {
        let transform = survey.transform(decision);
        let entry = found.entry((order(transform), transform));
        let (_, mine) = entry.or_insert_with(|| (transform, Vec::new()));
        mine.push(decision);
    }
    found.into_values().collect()
}

/// The sites of some decisions, as they end in a report.
fn own_sites<'r>(whole: &Report, last: &'r Report, mine: &[&Decision]) -> Vec<&'r SiteReport> {
    let key = |site: &SiteReport| (site.path.clone(), site.transform, site.line, site.column);
    let wanted: FxHashSet<_> = mine
        .iter()
        .flat_map(|decision| &decision.sites)
        .map(|at| key(&whole.sites[*at]))
        .collect();
    let sites = last.sites.iter();
    sites
        .filter(|site| site.outcome == Outcome::Changed && wanted.contains(&key(site)))
        .collect()
}

/// The files that were written so far: before all commits, and now.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, (Vec<u8>, Vec<u8>)>);

impl Files {
    /// What is to be written next, where a report has all that is to be written so far.
    fn step(&self, all: &Report) -> Report {
        let mut changes: Vec<FileChange> = Vec::new();
        for change in &all.changes {
            let now = self.0.get(&change.path).map(|(_, now)| now.clone());
            let before = now.unwrap_or_else(|| change.before.clone());
            if before != change.after {
                changes.push(FileChange {
                    before,
                    ..change.clone()
                });
            }
        }
        for (path, (first, now)) in &self.0 {
            if first != now && !all.changes.iter().any(|change| change.path == *path) {
                changes.push(FileChange {
                    path: path.clone(),
                    before: now.clone(),
                    after: first.clone(),
                    marks: Vec::new(),
                    group: None,
                });
            }
        }
        Report {
            changes,
            ..Report::default()
        }
    }

    fn keep(&mut self, step: Report) {
        for change in step.changes {
            let first = change.before;
            let file = self.0.entry(change.path);
            file.or_insert_with(|| (first, Vec::new())).1 = change.after;
        }
    }

    /// The line that a line of the file before all commits has now.
    fn line(&self, path: &Path, line: usize) -> usize {
        match self.0.get(path) {
            Some((first, now)) => moved(first, now, line),
            None => line,
        }
    }
}

fn moved(before: &[u8], after: &[u8], line: usize) -> usize {
    let lines = |text: &'_ [u8]| -> Vec<Vec<u8>> {
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        lines.map(<[u8]>::to_vec).collect()
    };
    let at = line - 1;
    let ops = capture_diff_slices(Algorithm::Myers, &lines(before), &lines(after));
    let op = ops.iter().find(|op| op.old_range().contains(&at));
    match op {
        Some(DiffOp::Equal { .. }) => op.map_or(line, |op| {
            op.new_range().start + (at - op.old_range().start) + 1
        }),
        Some(op) => op.new_range().start + 1,
        None => line,
    }
}

/// The message of a commit: the sites with the lines that they have before it, and what its
/// differences mean.
fn message(transform: &str, sites: &[&SiteReport], files: &Files) -> String {
    let paths: FxHashSet<&Path> = sites.iter().map(|site| &*site.path).collect();
    let mut out = format!(
        "{transform}: {} in {}\n\n",
        count(sites.len(), "site"),
        count(paths.len(), "file")
    );
    if let Some(entry) = CATALOG.get(transform) {
        out.push_str(&wrapped("", entry.about.summary()));
    }
    out.push_str("\nSites:\n");
    let mut ids: Vec<&str> = Vec::new();
    for site in sites {
        let line = files.line(&site.path, site.line);
        let grade = site.grade.map_or("safe", |grade| grade.as_str());
        let other = match site.transform {
            own if own == transform => String::new(),
            other => format!(" {other}"),
        };
        let differences = match &site.differences[..] {
            [] => String::new(),
            ids => format!(": {}", ids.join(", ")),
        };
        let path = shown(&site.path);
        out.push_str(&format!("- {path}:{line}{other} ({grade}){differences}\n"));
        ids.extend(&site.differences);
    }
    ids.sort_unstable();
    ids.dedup();
    if !ids.is_empty() {
        out.push_str("\nDifferences:\n");
    }
    for id in ids {
        let sentence = differences::find(id).map_or("", |one| one.sentence);
        out.push_str(&wrapped("- ", &format!("{id}: {sentence}")));
    }
    out
}

/// A text in lines of a message.
fn wrapped(bullet: &str, text: &str) -> String {
    let mut out = String::new();
    let mut line = bullet.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = " ".repeat(bullet.len());
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out.push_str(&line);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_where_it_is_now() {
        let (before, after) = (b"a\nb\nc\nd\n", b"import x\na\nB\nb2\nd\n");
        let lines: Vec<usize> = (1..=4).map(|line| moved(before, after, line)).collect();
        assert_eq!(lines, [2, 3, 3, 5]);
    }

    #[test]
    fn long_sentences_are_wrapped() {
        let text = wrapped("- ", &"word ".repeat(20));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.starts_with("- word word"));
        assert!(
            text.lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("  word"))
        );
    }
}
