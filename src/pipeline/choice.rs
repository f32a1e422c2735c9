//! The user's choice among the sites: what is not chosen stays as it is.

use super::Pipeline;
use super::asyncify::Asyncification;
use crate::propagation::{self, Plan, Propagation};
use crate::report::{Outcome, Report};
use crate::rewrite::Origin;
use crate::source::SourceFile;
use crate::syntax::{TextRange, TextSize};
use crate::transform::{Entry, Finding, Refusal};
use rustc_hash::FxHashMap;
use std::path::Path;

/// The reason of a site that is not chosen.
const NOT_CHOSEN: &str = "not-chosen";
/// The same for people.
const MESSAGE: &str = "This site is not among those chosen.";

impl Pipeline<'_> {
    /// What a transform finds, with the changes of sites that are not chosen taken away.
    pub(super) fn chosen(
        &self,
        step: &Entry,
        source: &SourceFile,
        origin: &Origin,
        mut findings: Vec<Finding>,
    ) -> Vec<Finding> {
        let Some(choice) = &self.options.choice else {
            return findings;
        };
        for finding in &mut findings {
            let start = origin.of(finding.site).start();
            let place = source.line_column(start.to_usize());
            if choice.has(source.path(), step.about.id, place) {
                continue;
            }
            // What stays stays: the functions of such a site may still be asked for in the plan.
            if finding.result.is_ok() {
                let refusal = Refusal::new(NOT_CHOSEN, MESSAGE);
                finding.result = Err(refusal.kept());
            }
        }
        findings
    }
}

impl Asyncification<'_, '_> {
    /// Takes the groups out of a plan that are not chosen, and returns what they were made for.
    pub(super) fn choose(&self, search: &mut Propagation<'_>, plan: &mut Plan) -> Vec<usize> {
        let Some(choice) = self.pipeline.options.choice.as_deref() else {
            return Vec::new();
        };
        let mut is_chosen = |path: &Path, at: TextSize| {
            let place = search.outline(path).map(|outline| outline.line_column(at));
            let named = self.pipeline.named(path);
            let named = named.as_deref().unwrap_or(path);
            place.is_some_and(|place| choice.has(named, propagation::ID, place))
        };
        let mut left = Vec::new();
        plan.groups.retain(|group| {
            let members = group.members.iter();
            let keep = members
                .clone()
                .any(|one| is_chosen(&one.path, one.name.start()))
                || group
                    .threads
                    .iter()
                    .any(|one| is_chosen(&one.path, one.range.start()));
            if !keep {
                left.extend(&group.seeds);
            }
            keep
        });
        left
    }

    /// Says of the sites of some wishes that they are not chosen.
    pub(super) fn leave(&self, left: &[usize], report: &mut Report) {
        for wish in left.iter().map(|at| &self.wishes[*at]) {
            let site = report.sites.iter_mut().find(|site| {
                (&site.path, site.transform, site.line, site.column)
                    == (&wish.path, wish.transform, wish.line, wish.column)
            });
            if let Some(site) = site.filter(|site| site.outcome == Outcome::Refused) {
                site.outcome = Outcome::Kept;
                site.reason = Some(NOT_CHOSEN);
                MESSAGE.clone_into(&mut site.message);
                site.evidence.clear();
                site.remedy = None;
            }
        }
    }
}

/// Which sites are settled by the change of another one: from the former to the latter.
pub(super) fn ties(findings: &[Finding]) -> FxHashMap<TextRange, TextRange> {
    let mut ties = FxHashMap::default();
    for finding in findings {
        if let Ok(change) = &finding.result {
            ties.extend(change.covers.iter().map(|site| (*site, finding.site)));
            ties.extend(change.follows.map(|leader| (finding.site, leader)));
        }
    }
    ties
}
