//! `check` beside a baseline.

use super::args::Check;
use super::session::Session;
use super::summary::{count, shown};
use super::{Stop, say};
use crate::baseline::{Baseline, Comparison, DEFAULT_NAME, Entry};
use crate::report::Report;
use crate::workspace;
use rustc_hash::FxHashSet;
use std::path::{Component, Path, PathBuf};

/// How many stale entries are named.
const MOST: usize = 10;

/// A comparison and where its baseline is.
pub(super) struct Ratchet {
    pub(super) path: PathBuf,
    pub(super) comparison: Comparison,
    /// How many findings are not in the baseline.
    pub(super) new: usize,
}

/// Compares a report with the baseline that the user names, or with the one of the project.
pub(super) fn compare(
    command: &Check,
    session: &Session,
    report: &Report,
) -> Result<Option<Ratchet>, Stop> {
    if command.no_baseline || command.write_baseline.is_some() {
        return Ok(None);
    }
    let path = match &command.baseline {
        Some(path) => path.clone(),
        None => workspace::from_here(&session.root.join(DEFAULT_NAME)),
    };
    let Some(baseline) = read(&path)? else {
        return match &command.baseline {
            Some(path) => Err(Stop::Usage(format!(
                "There is no `{}`; write it with `aiolift check --write-baseline {}`.",
                path.display(),
                path.display()
            ))),
            None => Ok(None),
        };
    };
    let ground = Ground::of(&path, command, session, report);
    let comparison = baseline.compare(
        &report.sites,
        &|path| ground.named(path),
        |entry| ground.judges(entry),
        |entry| !workspace::is_there(&ground.folder.join(&entry.path)),
    );
    let open = |site: &&crate::report::SiteReport| {
        site.outcome != crate::report::Outcome::Kept && !comparison.knows(site)
    };
    let new = report.sites.iter().filter(open).count();
    Ok(Some(Ratchet {
        path,
        comparison,
        new,
    }))
}

/// Writes the baseline of a report. Findings of files and of transforms that were not looked at
/// stay as they were.
pub(super) fn write(
    path: &Path,
    command: &Check,
    session: &Session,
    report: &Report,
) -> Result<(), Stop> {
    let ground = Ground::of(path, command, session, report);
    let mut baseline = Baseline::of(&report.sites, &|path| ground.named(path));
    let found = baseline.entries.len();
    if let Some(older) = read(path)? {
        baseline.keep(older, |entry| ground.judges(entry));
    }
    workspace::save(path, baseline.render().as_bytes())?;
    if !session.is_quiet() {
        let kept = baseline.entries.len() - found;
        let kept = match kept {
            0 => String::new(),
            kept => format!(", and {kept} of what was not looked at"),
        };
        say(&format!(
            "{} written to {}{kept}.",
            count(found, "finding"),
            shown(path)
        ));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<Baseline>, Stop> {
    let Some(text) = workspace::load(path)? else {
        return Ok(None);
    };
    Baseline::parse(&text).map(Some).map_err(|why| {
        Stop::Usage(format!(
            "The baseline `{}` cannot be read: {why}; write it again with `--write-baseline`.",
            path.display()
        ))
    })
}

impl Ratchet {
    /// Says what is known and what is stale.
    pub(super) fn tell(&self, session: &Session) {
        if session.is_quiet() {
            return;
        }
        let name = shown(&self.path);
        say(&format!(
            "{} known from {name}, {} new",
            count(self.comparison.known(), "finding"),
            self.new
        ));
        let stale = &self.comparison.stale;
        if stale.is_empty() {
            return;
        }
        for entry in stale.iter().take(MOST) {
            say(&format!(
                "  stale: {} {} {}",
                entry.path, entry.transform, entry.fingerprint
            ));
        }
        if stale.len() > MOST {
            say(&format!("  … and {} more", stale.len() - MOST));
        }
        let gone = match stale.len() {
            1 => format!("1 entry of {name} is"),
            many => format!("{many} entries of {name} are"),
        };
        say(&format!(
            "{gone} found no more; `aiolift check --write-baseline {name}` takes them out"
        ));
    }
}

/// What a report is about, in the words of a baseline.
struct Ground {
    folder: PathBuf,
    /// The paths that were looked at.
    paths: Vec<String>,
    /// Files that could not be read: nothing is known about their findings.
    unread: FxHashSet<String>,
    steps: Vec<&'static str>,
}

impl Ground {
    fn of(baseline: &Path, command: &Check, session: &Session, report: &Report) -> Self {
        let absolute = normal(baseline);
        let mut ground = Self {
            folder: absolute.parent().map_or_else(PathBuf::new, Path::to_owned),
            paths: Vec::new(),
            unread: FxHashSet::default(),
            steps: session.step_ids(),
        };
        let given = &command.selection.paths;
        ground.paths = given.iter().map(|path| ground.named(path)).collect();
        let errors = report.errors.iter();
        ground.unread = errors.map(|error| ground.named(&error.path)).collect();
        ground
    }

    /// A path from the folder of the baseline on, with slashes.
    fn named(&self, path: &Path) -> String {
        let path = normal(path);
        let path = path.strip_prefix(&self.folder).unwrap_or(&path);
        path.display().to_string().replace('\\', "/")
    }

    /// Whether a finding would have been found again.
    fn judges(&self, entry: &Entry) -> bool {
        let covered = self.paths.iter().any(|path| {
            let rest = entry.path.strip_prefix(path.as_str());
            path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        covered
            && self.steps.iter().any(|step| *step == entry.transform)
            && !self.unread.contains(&entry.path)
    }
}

/// A path from the root on, without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}
