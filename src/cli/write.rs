//! Writing what a run found, and taking it back.

use super::session::Session;
use super::summary::{count, shown};
use super::{ExitCode, Stop, say};
use crate::report::Report;
use crate::workspace::{self, Replacement};
use std::path::{Path, PathBuf};

/// What became of the files of a run.
#[derive(Default)]
pub(super) struct Written {
    /// The files that were written.
    pub(super) files: Vec<PathBuf>,
    /// The files that were not, with the reason.
    pub(super) dropped: Vec<(PathBuf, String)>,
    /// No file is under version control.
    pub(super) outside_git: bool,
}

/// Writes every change, unless a file has uncommitted changes.
pub(super) fn write(
    report: &Report,
    session: &Session,
    allow_dirty: bool,
) -> Result<Written, Stop> {
    if report.changes.is_empty() {
        return Ok(Written::default());
    }
    let outside_git = refuse_dirty(report, allow_dirty)?;
    let replacements: Vec<Replacement> = report
        .changes
        .iter()
        .enumerate()
        .map(|(own, change)| Replacement {
            path: change.path.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
            group: change
                .group
                .map_or(own, |group| report.changes.len() + group),
        })
        .collect();
    let done = workspace::write_all(&replacements, &session.root)?;
    let dropped: Vec<(PathBuf, String)> = done
        .dropped
        .into_iter()
        .map(|dropped| (dropped.path, dropped.reason.to_string()))
        .collect();
    for (path, why) in &dropped {
        say(&format!("{}: not written: {why}.", shown(path)));
    }
    Ok(Written {
        files: done.written,
        dropped,
        outside_git,
    })
}

/// Refuses to write files that have uncommitted changes; says whether none is under version control.
pub(super) fn refuse_dirty(report: &Report, allow_dirty: bool) -> Result<bool, Stop> {
    if allow_dirty {
        return Ok(false);
    }
    refuse(report, "Commit or stash them, or run with `--allow-dirty`.")
}

/// The same where nothing can be allowed, since the files are to be committed.
pub(super) fn refuse_to_commit_dirty(report: &Report) -> Result<bool, Stop> {
    refuse(report, "Commit or stash them.")
}

fn refuse(report: &Report, remedy: &str) -> Result<bool, Stop> {
    let paths = report.changes.iter().map(|change| change.path.clone());
    let Some(dirty) = workspace::uncommitted(&paths.collect::<Vec<PathBuf>>())? else {
        return Ok(true);
    };
    if dirty.is_empty() {
        return Ok(false);
    }
    let mut names: Vec<String> = dirty
        .iter()
        .take(10)
        .map(|path| format!("  {}", shown(path)))
        .collect();
    if dirty.len() > 10 {
        names.push(format!("  … and {} more", dirty.len() - 10));
    }
    Err(Stop::Usage(format!(
        "Nothing was written: these files have uncommitted changes, which could not be told from the rewrite afterwards:\n{}\n{remedy}",
        names.join("\n")
    )))
}

/// Says how to take the run back where git cannot.
pub(super) fn hint(report: &Report, written: &Written, session: &Session) {
    if written.outside_git && !report.changes.is_empty() && !session.is_quiet() {
        say("These files are not under version control; `aiolift undo` restores them.");
    }
}

/// The folder that keeps the journal for a path outside of any project: the path itself, or the
/// folder it lies in.
pub(super) fn journal_folder(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        _ if path.is_dir() => path,
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// `aiolift undo`
pub(super) fn undo(path: &Path, quiet: bool) -> Result<ExitCode, Stop> {
    let root = workspace::project_root(path).unwrap_or_else(|| journal_folder(path));
    let report = workspace::undo(&root)?;
    for (file, why) in &report.left {
        say(&format!("{}: not restored: {why}.", shown(file)));
    }
    if !quiet {
        let killed = if report.was_interrupted {
            " of a run that was killed"
        } else {
            ""
        };
        say(&format!(
            "{}{killed} restored, {} as before already.",
            count(report.restored.len(), "file"),
            report.unchanged.len()
        ));
    }
    Ok(ExitCode::from(u8::from(!report.left.is_empty())))
}
