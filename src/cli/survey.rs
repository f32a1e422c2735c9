//! A run that can be repeated with some of its decisions only.

use super::session::{Ground, Session};
use super::summary::{count, progress, shown};
use super::{Stop, say};
use crate::decisions::{Decision, choice, decisions};
use crate::report::{FileChange, Outcome, Outlook, Report, SiteReport};
use crate::source::SourceFile;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was found, and what is needed to find it again.
pub(super) struct Survey<'s> {
    pub(super) session: &'s Session,
    ground: Ground,
    /// What a run would do.
    pub(super) report: Report,
    /// The decisions in it.
    pub(super) decisions: Vec<Decision>,
}

impl<'s> Survey<'s> {
    /// Finds everything.
    pub(super) fn open(session: &'s mut Session) -> Result<Self, Stop> {
        let ground = session.read()?;
        let session = &*session;
        let files = ground.files.clone();
        let bar = progress(session.is_quiet(), files.len());
        let (report, outlook) = session.judge(&ground, files, None, &|| bar.advance());
        bar.finish();
        Ok(Self::of(session, ground, report, &outlook))
    }

    fn of(session: &'s Session, ground: Ground, report: Report, outlook: &Outlook) -> Self {
        let decisions = decisions(&report, outlook, ground.project.root.as_deref());
        Self {
            session,
            ground,
            report,
            decisions,
        }
    }

    /// What a run would do that takes only these decisions.
    pub(super) fn chosen(&self, chosen: &[&Decision]) -> Report {
        self.judged(chosen, |_| true)
    }

    /// What one decision changes.
    pub(super) fn alone(&self, decision: &Decision) -> Vec<FileChange> {
        if let Some(changes) = self.whole_files(decision) {
            return changes;
        }
        self.together(&[decision])
    }

    /// What decisions change together in their files.
    pub(super) fn together(&self, decisions: &[&Decision]) -> Vec<FileChange> {
        let paths = decisions.iter().flat_map(|one| one.paths(&self.report));
        let paths: FxHashSet<&Path> = paths.collect();
        self.judged(decisions, |path| paths.contains(path)).changes
    }

    /// The transform that a decision is about.
    pub(super) fn transform(&self, decision: &Decision) -> &'static str {
        decision.transform(&self.report, &self.session.step_ids())
    }

    /// The text of a file as it is.
    pub(super) fn text(&self, path: &Path) -> String {
        let mut files = self.ground.files.iter();
        let bytes = files
            .find(|(other, _)| other == path)
            .map(|(_, bytes)| bytes);
        let source = bytes.map(|bytes| SourceFile::decode(path.to_owned(), bytes.clone()));
        source
            .and_then(Result::ok)
            .map_or_else(String::new, |source| source.text().to_owned())
    }

    fn judged(&self, chosen: &[&Decision], wanted: impl Fn(&Path) -> bool) -> Report {
        let files = self.ground.files.iter();
        let files = files.filter(|(path, _)| wanted(path)).cloned().collect();
        let choice = choice(&self.report, chosen.iter().copied());
        let session = self.session;
        session.judge(&self.ground, files, Some(choice), &|| ()).0
    }

    /// The changes of the files of a decision, where they have no site of another one and nothing
    /// else is written together with them.
    fn whole_files(&self, decision: &Decision) -> Option<Vec<FileChange>> {
        let paths = decision.paths(&self.report);
        let here = |path: &Path| paths.contains(path);
        let changes: Vec<&FileChange> = self.report.changes.iter().collect();
        let mine: Vec<&FileChange> = changes
            .iter()
            .copied()
            .filter(|one| here(&one.path))
            .collect();
        let groups: FxHashSet<usize> = mine.iter().filter_map(|one| one.group).collect();
        let is_bound = |one: &FileChange| one.group.is_some_and(|group| groups.contains(&group));
        if changes.iter().any(|one| is_bound(one) && !here(&one.path)) {
            return None;
        }
        let changed = |site: &&SiteReport| site.outcome == Outcome::Changed && here(&site.path);
        let sites = self.report.sites.iter().filter(changed).count();
        (sites == decision.sites.len()).then(|| mine.into_iter().cloned().collect())
    }

    /// The decisions with a site at one of these places, as `FILE:LINE`.
    pub(super) fn at(&self, places: &[String]) -> Result<Vec<&Decision>, Stop> {
        let mut chosen = BTreeSet::new();
        for place in places {
            let (path, line) = parse(place)?;
            let in_file = |site: &&SiteReport| is_same(&site.path, &path);
            let sites: Vec<&SiteReport> = self.report.sites.iter().filter(in_file).collect();
            let mut here = sites
                .iter()
                .filter(|site| site.line <= line && line <= site.end_line);
            let found: Vec<usize> = (0..self.decisions.len())
                .filter(|at| {
                    let sites = self.decisions[*at].sites.iter();
                    sites
                        .map(|at| &self.report.sites[*at])
                        .any(|site| in_file(&site) && site.line <= line && line <= site.end_line)
                })
                .collect();
            if found.is_empty() {
                let Some(site) = here.next() else {
                    return Err(Stop::Usage(no_site(place, line, &sites)));
                };
                say(&format!(
                    "{}:{}: {} is {}: {}",
                    shown(&site.path),
                    site.line,
                    site.transform,
                    site.outcome.as_str(),
                    site.message
                ));
            }
            chosen.extend(found);
        }
        Ok(chosen.into_iter().map(|at| &self.decisions[at]).collect())
    }
}

/// What a run would do; with places, only the decisions there.
pub(super) fn report(session: &mut Session, only: &[String]) -> Result<Report, Stop> {
    if only.is_empty() {
        return session.report();
    }
    let survey = Survey::open(session)?;
    let chosen = survey.at(only)?;
    let report = survey.chosen(&chosen);
    // As in `Session::outlook`, nothing is taken apart.
    std::mem::forget(survey);
    Ok(report)
}

/// Reads `FILE:LINE`, also with the column that `check` prints.
pub(super) fn parse(place: &str) -> Result<(PathBuf, usize), Stop> {
    let number = |text: &str| text.parse::<usize>().ok();
    let found = place.rsplit_once(':').and_then(|(file, last)| {
        let last = number(last)?;
        match file.rsplit_once(':') {
            Some((file, line)) if number(line).is_some() => Some((file, number(line)?)),
            _ => Some((file, last)),
        }
    });
    match found {
        Some((file, line)) if !file.is_empty() => Ok((PathBuf::from(file), line)),
        _ => Err(Stop::Usage(format!(
            "`{place}` is no place; write FILE:LINE."
        ))),
    }
}

/// Whether two paths, seen from the current folder, name the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    let absolute = |path: &Path| {
        let path = path.strip_prefix("./").unwrap_or(path);
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    };
    absolute(one) == absolute(other)
}

fn no_site(place: &str, line: usize, sites: &[&SiteReport]) -> String {
    let mut near: Vec<usize> = sites.iter().map(|site| site.line).collect();
    near.sort_by_key(|other| other.abs_diff(line));
    near.dedup();
    near.truncate(3);
    near.sort_unstable();
    let near: Vec<String> = near.iter().map(usize::to_string).collect();
    if near.is_empty() {
        return format!("There is no site at {place}, nor in the rest of that file.");
    }
    let lines = if near.len() == 1 { "line" } else { "lines" };
    format!(
        "There is no site at {place}; the nearest in that file: {lines} {} ({}).",
        near.join(", "),
        count(sites.len(), "site")
    )
}
