//! The user's choice among the sites: what is not chosen stays as it is.

use super::Pipeline;
use crate::rewrite::Origin;
use crate::source::SourceFile;
use crate::syntax::TextRange;
use crate::transform::{Entry, Finding, Refusal};
use rustc_hash::FxHashMap;

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
            if let Err(refusal) = &mut finding.result {
                refusal.wants_coroutine = None;
            } else {
                let refusal = Refusal::new("not-chosen", "This site is not among those chosen.");
                finding.result = Err(refusal.kept());
            }
        }
        findings
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
