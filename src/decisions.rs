//! Which changes of a report belong together: each of these decisions can be taken for itself.
//!
//! A coroutine function, its callers and all their awaits are one decision; so are changes to the
//! same lines. Imports and manifests follow from what is decided and are no decisions of their own.

use crate::options::Choice;
use crate::propagation;
use crate::report::{Mark, Outcome, Outlook, Report, SiteReport};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Changes that are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The sites, by their places in the report, in order.
    pub sites: Vec<usize>,
}

impl Decision {
    /// The files with its sites, sorted.
    pub fn paths<'r>(&self, report: &'r Report) -> BTreeSet<&'r Path> {
        let sites = self.sites.iter().map(|at| &report.sites[*at]);
        sites.map(|site| site.path.as_path()).collect()
    }

    /// The transform that it is about: the one that makes coroutine functions, where it is in it,
    /// else that of the last site in the order of the list `steps`.
    pub fn transform(&self, report: &Report, steps: &[&'static str]) -> &'static str {
        let ids = self.sites.iter().map(|at| report.sites[*at].transform);
        let rank = |id: &&'static str| {
            let place = steps.iter().position(|step| step == id);
            (*id == propagation::ID, place)
        };
        ids.max_by_key(rank).unwrap_or(propagation::ID)
    }
}

/// The choice of some decisions.
pub fn choice<'d>(report: &Report, decisions: impl IntoIterator<Item = &'d Decision>) -> Choice {
    let mut choice = Choice::default();
    for at in decisions.into_iter().flat_map(|decision| &decision.sites) {
        let site = &report.sites[*at];
        choice.add(&site.path, site.transform, site.line, site.column);
    }
    choice
}

/// The decisions of a report, in the order of their first sites. Places of the outlook are named
/// from `root` on.
pub fn decisions(report: &Report, outlook: &Outlook, root: Option<&Path>) -> Vec<Decision> {
    let mut sets = Sets((0..report.sites.len()).collect());
    let mut files: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (at, site) in report.sites.iter().enumerate() {
        if site.outcome == Outcome::Changed {
            files.entry(&site.path).or_default().push(at);
        }
    }
    for (path, sites) in &files {
        join_settled(report, sites, &mut sets);
        let of_sites = sites.iter().map(|at| lines(&report.sites[*at]));
        let change = report.changes.iter().find(|change| change.path == *path);
        let marks = change.map_or(&[][..], |change| &change.marks);
        let of_marks = marks.iter().map(|mark| (mark.first_line, mark.last_line));
        join_overlapping(report, sites, of_sites.chain(of_marks).collect(), &mut sets);
        join_inserted(report, sites, marks, &mut sets);
    }
    let short = |path: &Path| -> PathBuf {
        let inside = root.and_then(|root| path.strip_prefix(root).ok());
        let inside = inside.unwrap_or(path);
        inside.strip_prefix("./").unwrap_or(inside).to_owned()
    };
    let files: FxHashMap<PathBuf, &Vec<usize>> = files
        .iter()
        .map(|(path, sites)| (short(path), sites))
        .collect();
    for chain in &outlook.groups {
        let functions = chain.functions.iter().map(|one| (&one.path, one.line));
        let sites = chain.sites.iter().map(|one| (&one.path, one.line));
        let calls = chain.calls.iter().chain(&chain.starts);
        let calls = calls.chain(&chain.threads).chain(&chain.exports);
        let calls = calls.map(|(path, line)| (path, *line));
        // A function that waits for a thread may have to become a coroutine function for that.
        let around = outlook.groups.iter().flat_map(|other| &other.functions);
        let around = around
            .map(|one| (&one.path, one.line))
            .filter(|(path, line)| {
                let mut threads = chain.threads.iter();
                threads.any(|(other, call)| other == *path && line < call)
            });
        let mut first = None;
        // The stub of a module says the same about its functions.
        for function in &chain.functions {
            let stubs = files.get(&function.path.with_extension("pyi"));
            for at in stubs.into_iter().flat_map(|sites| sites.iter()) {
                sets.join(*first.get_or_insert(*at), *at);
            }
        }
        for (path, line) in functions.chain(sites).chain(calls).chain(around) {
            let Some(here) = files.get(path) else {
                continue;
            };
            for at in *here {
                let (start, end) = lines(&report.sites[*at]);
                if (start..=end).contains(&line) {
                    sets.join(*first.get_or_insert(*at), *at);
                }
            }
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in files.values().flat_map(|sites| sites.iter()) {
        found.entry(sets.find(*at)).or_default().push(*at);
    }
    let mut found: Vec<Decision> = found
        .into_values()
        .map(|mut sites| {
            sites.sort_unstable();
            Decision { sites }
        })
        .collect();
    found.sort_by_key(|decision| decision.sites[0]);
    found
}

fn lines(site: &SiteReport) -> (usize, usize) {
    (site.line, site.end_line)
}

/// Joins sites with those whose changes settle them.
fn join_settled(report: &Report, sites: &[usize], sets: &mut Sets) {
    let place = |at: &usize| {
        let site = &report.sites[*at];
        ((site.transform, site.line, site.column), *at)
    };
    let places: FxHashMap<_, usize> = sites.iter().map(place).collect();
    for at in sites {
        let site = &report.sites[*at];
        if let Some((line, column)) = site.settled_at
            && let Some(leader) = places.get(&(site.transform, line, column))
        {
            sets.join(*at, *leader);
        }
    }
}

/// Joins the sites that are in inserted text with those of the transform that inserts it.
fn join_inserted(report: &Report, sites: &[usize], marks: &[Mark], sets: &mut Sets) {
    for at in sites {
        let site = &report.sites[*at];
        if (site.line, site.column) != (site.end_line, site.end_column) {
            continue;
        }
        let authors: BTreeSet<&str> = marks
            .iter()
            .filter(|mark| mark.last_line < mark.first_line && mark.first_line == site.line)
            .map(|mark| mark.transform)
            .filter(|transform| *transform != site.transform)
            .collect();
        for other in sites {
            if authors.contains(report.sites[*other].transform) {
                sets.join(*at, *other);
            }
        }
    }
}

/// Joins the sites that lie in one of the ranges of lines.
fn join_overlapping(
    report: &Report,
    sites: &[usize],
    mut ranges: Vec<(usize, usize)>,
    sets: &mut Sets,
) {
    ranges.sort_unstable();
    let mut sites: Vec<usize> = sites.to_vec();
    sites.sort_by_key(|at| report.sites[*at].line);
    // Ranges that overlap are one; the sites are walked along with them.
    let mut next = sites.iter().peekable();
    let mut at = 0;
    while let Some(&(start, mut end)) = ranges.get(at) {
        at += 1;
        if end < start {
            continue;
        }
        while let Some(&(other, last)) = ranges.get(at)
            && other <= end
        {
            end = end.max(last);
            at += 1;
        }
        let mut first = None;
        while let Some(site) = next.next_if(|site| report.sites[**site].line <= end) {
            if report.sites[*site].line >= start {
                sets.join(*first.get_or_insert(*site), *site);
            }
        }
    }
}

/// Disjoint sets of numbers.
struct Sets(Vec<usize>);

impl Sets {
    fn find(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        let (low, high) = (one.min(other), one.max(other));
        self.0[high] = low;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Applicability;
    use crate::report::{Chain, FileChange, FunctionPlace, Mark};

    const RULE: &str = "a-rule";

    fn site(path: &str, line: usize, column: usize) -> SiteReport {
        SiteReport {
            path: path.into(),
            line,
            column,
            end_line: line,
            end_column: column,
            transform: RULE,
            outcome: Outcome::Changed,
            grade: None,
            differences: Vec::new(),
            reason: None,
            message: String::new(),
            evidence: Vec::new(),
            remedy: None,
            callers: Vec::new(),
            settled_at: None,
            fingerprint: crate::fingerprint::Fingerprint::default(),
        }
    }

    fn mark(first_line: usize, last_line: usize) -> Mark {
        Mark {
            first_line,
            last_line,
            transform: RULE,
            grade: Applicability::Safe,
            differences: Vec::new(),
        }
    }

    fn change(path: &str, marks: Vec<Mark>) -> FileChange {
        FileChange {
            path: path.into(),
            before: Vec::new(),
            after: Vec::new(),
            marks,
            group: None,
        }
    }

    fn found(report: &Report, outlook: &Outlook) -> Vec<Vec<usize>> {
        let all = decisions(report, outlook, Some(Path::new("/project")));
        all.into_iter().map(|decision| decision.sites).collect()
    }

    #[test]
    fn changes_to_the_same_lines_are_one() {
        let report = Report {
            sites: vec![
                site("a.py", 3, 1),
                site("a.py", 5, 1),
                site("a.py", 9, 1),
                site("b.py", 5, 1),
            ],
            // An insertion at line 1, and a rewrite of the lines 2 to 6.
            changes: vec![change("a.py", vec![mark(1, 0), mark(2, 6)])],
            ..Report::default()
        };
        let expected = [vec![0, 1], vec![2], vec![3]];
        assert_eq!(found(&report, &Outlook::default()), expected);
    }

    #[test]
    fn what_stays_is_no_decision() {
        let refused = SiteReport {
            outcome: Outcome::Refused,
            ..site("a.py", 4, 1)
        };
        let report = Report {
            sites: vec![site("a.py", 3, 1), refused],
            ..Report::default()
        };
        assert_eq!(found(&report, &Outlook::default()), [[0]]);
    }

    #[test]
    fn a_site_goes_with_the_one_that_settles_it() {
        let follower = SiteReport {
            settled_at: Some((3, 7)),
            ..site("a.py", 8, 1)
        };
        let report = Report {
            sites: vec![site("a.py", 3, 1), site("a.py", 4, 7), follower],
            ..Report::default()
        };
        let with = |column| {
            let mut report = report.clone();
            report.sites[0].column = column;
            found(&report, &Outlook::default())
        };
        assert_eq!(with(7), [vec![0, 2], vec![1]]);
        assert_eq!(with(6), [[0], [1], [2]]);
    }

    #[test]
    fn a_function_goes_with_its_callers() {
        let function = |path: &str, line| FunctionPlace {
            path: path.into(),
            line,
            name: String::new(),
        };
        let outlook = Outlook {
            groups: vec![Chain {
                sites: Vec::new(),
                functions: vec![function("a.py", 3), function("b.py", 1)],
                edges: vec![(0, 1)],
                calls: vec![("b.py".into(), 2)],
                starts: Vec::new(),
                twins: Vec::new(),
                exports: Vec::new(),
                stubs: Vec::new(),
                threads: Vec::new(),
                grade: Applicability::Safe,
            }],
            walls: Vec::new(),
        };
        let report = Report {
            sites: vec![
                site("/project/a.py", 3, 1),
                site("/project/a.py", 9, 1),
                site("/project/b.py", 1, 1),
                site("/project/b.py", 2, 1),
            ],
            ..Report::default()
        };
        assert_eq!(found(&report, &outlook), [vec![0, 2, 3], vec![1]]);
    }
}
