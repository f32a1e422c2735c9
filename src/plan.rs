//! Which of the findings of one transform in one file are applied together.

use crate::edit::{Applicability, Change, Edit, Remark};
use crate::options::Options;
use crate::syntax::TextRange;
use crate::transform::{Finding, Refusal};
use rustc_hash::FxHashMap;

/// What becomes of one site in this round.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Its change is applied, or the change of another site that settles it too.
    Applied {
        /// The grade.
        grade: Applicability,
        /// The documented differences.
        differences: Vec<&'static str>,
        /// Why the change is not a better one.
        remark: Option<Remark>,
    },
    /// Its change needs consent.
    Withheld {
        /// The documented differences.
        differences: Vec<&'static str>,
        /// The grade.
        grade: Applicability,
    },
    /// It stays.
    Refused(Refusal),
    /// Its edits overlap those of an accepted change inside it; it is looked at again.
    Postponed,
}

/// Accepted changes of one round, and what becomes of every site.
#[derive(Debug, Default)]
pub struct Plan {
    /// The accepted changes, disjoint.
    pub accepted: Vec<Change>,
    /// Site by site, in source order.
    pub verdicts: Vec<(TextRange, Verdict)>,
}

/// Accepts findings, innermost first where edits overlap.
pub fn accept(findings: Vec<Finding>, transform: &str, options: &Options) -> Plan {
    let mut plan = Plan::default();
    let mut candidates = Vec::new();
    let mut followers = Vec::new();
    for (at, finding) in findings.into_iter().enumerate() {
        match finding.result {
            Err(refusal) => plan
                .verdicts
                .push((finding.site, Verdict::Refused(refusal))),
            Ok(change) if let Some(leader) = change.follows => {
                followers.push((finding.site, leader));
            }
            Ok(change) => {
                let consent = match change.applicability {
                    Applicability::Safe => true,
                    Applicability::Unsafe => options.allows_unsafe(transform),
                    Applicability::Display => false,
                };
                if consent {
                    candidates.push((at, finding.site, change));
                } else {
                    plan.verdicts.push((
                        finding.site,
                        Verdict::Withheld {
                            grade: change.applicability,
                            differences: change.differences,
                        },
                    ));
                }
            }
        }
    }
    // Innermost first: a site inside another one is shorter; ties go to the earlier one.
    candidates.sort_by_key(|(at, site, _)| (site.len(), *at));
    let mut taken: Vec<TextRange> = Vec::new();
    let mut covered: Vec<(TextRange, Applicability, Vec<&'static str>)> = Vec::new();
    for (_, site, change) in candidates {
        if let Some((_, grade, differences)) = covered.iter().find(|(range, ..)| *range == site) {
            let verdict = Verdict::Applied {
                grade: *grade,
                differences: differences.clone(),
                remark: None,
            };
            plan.verdicts.push((site, verdict));
            continue;
        }
        if change.edits.iter().any(|edit| overlaps(edit, &taken)) {
            plan.verdicts.push((site, Verdict::Postponed));
            continue;
        }
        taken.extend(change.edits.iter().map(|edit| edit.range));
        for range in &change.covers {
            covered.push((*range, change.applicability, change.differences.clone()));
        }
        plan.verdicts.push((
            site,
            Verdict::Applied {
                grade: change.applicability,
                differences: change.differences.clone(),
                remark: change.remark.clone(),
            },
        ));
        plan.accepted.push(change);
    }
    // A site covered by a change that was accepted after it had been refused or postponed.
    for (site, verdict) in &mut plan.verdicts {
        if let Some((_, grade, differences)) = covered.iter().find(|(range, ..)| range == site)
            && !matches!(verdict, Verdict::Applied { .. })
        {
            *verdict = Verdict::Applied {
                grade: *grade,
                differences: differences.clone(),
                remark: None,
            };
        }
    }
    let leaders: FxHashMap<TextRange, Verdict> = match followers[..] {
        [] => FxHashMap::default(),
        _ => plan.verdicts.iter().cloned().collect(),
    };
    for (site, leader) in followers {
        let verdict = leaders.get(&leader).cloned();
        plan.verdicts
            .push((site, verdict.unwrap_or(Verdict::Postponed)));
    }
    plan.verdicts
        .sort_by_key(|(site, _)| (site.start(), site.end()));
    plan.accepted
        .sort_by_key(|change| change.edits.iter().map(|edit| edit.range.start()).min());
    plan
}

fn overlaps(edit: &Edit, taken: &[TextRange]) -> bool {
    taken.iter().any(|other| {
        if edit.range == *other {
            return true;
        }
        edit.range.start() < other.end() && other.start() < edit.range.end()
    })
}
