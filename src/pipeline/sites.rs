//! What is said about the sites of a file: where they lie in its original text, how they ended.

use super::Pipeline;
use crate::edit::{Applicability, Caller};
use crate::fingerprint::Fingerprint;
use crate::plan::Verdict;
use crate::report::{CallerReport, Mark, Note, Outcome, SiteReport};
use crate::rewrite::Origin;
use crate::source::SourceFile;
use crate::syntax::{TextRange, TextSize, Tree};
use crate::transform::Entry;
use std::path::Path;

impl Pipeline<'_> {
    /// A site that one transform refuses and its fallback finds, too, is one site: the fallback's
    /// where that changes it, with the reason of the refusal as a remark, else the first one's.
    pub(super) fn merge_fallbacks(&self, sites: &mut Vec<SiteReport>) {
        for step in &self.steps {
            let Some(fallback) = step.fallback else {
                continue;
            };
            let (refused, mut kept): (Vec<SiteReport>, Vec<SiteReport>) =
                std::mem::take(sites).into_iter().partition(|site| {
                    site.transform == step.about.id
                        && matches!(site.outcome, Outcome::Refused | Outcome::Withheld)
                        && site.reason.is_some()
                });
            for first in refused {
                let second = kept.iter_mut().find(|site| {
                    site.transform == fallback
                        && (site.line, site.column) == (first.line, first.column)
                });
                match second {
                    None => kept.push(first),
                    Some(site) if site.reason.is_none() => {
                        site.reason = first.reason;
                        site.message = first.message;
                        site.evidence = first.evidence;
                        site.remedy = first.remedy;
                    }
                    Some(site) => *site = first,
                }
            }
            *sites = kept;
        }
    }

    pub(super) fn mark(
        &self,
        source: &SourceFile,
        origin: &Origin,
        range: TextRange,
        mark: Mark,
    ) -> Mark {
        let at = origin.of(range);
        let (first_line, _) = source.line_column(at.start().to_usize());
        let last = if at.is_empty() {
            first_line.saturating_sub(1)
        } else {
            source.line_column(at.end().to_usize() - 1).0
        };
        Mark {
            first_line,
            last_line: last,
            ..mark
        }
    }

    /// Places in any file, with their paths as the user knows them: as they named them, or from the
    /// root of the project on.
    fn callers(&self, callers: Vec<Caller>) -> Vec<CallerReport> {
        let shown = |path: &Path| {
            let named = self.named(path).unwrap_or_else(|| path.to_owned());
            let root = self.project.root.as_deref();
            let short = root.and_then(|root| named.strip_prefix(root).ok());
            let short = short.unwrap_or(&named);
            short.strip_prefix("./").unwrap_or(short).to_owned()
        };
        let report = |caller: Caller| CallerReport {
            path: shown(&caller.path),
            line: caller.line,
            text: caller.text,
        };
        callers.into_iter().map(report).collect()
    }

    pub(super) fn site(
        &self,
        source: &SourceFile,
        origin: &Origin,
        tree: &Tree<'_>,
        step: &'static Entry,
        site: TextRange,
        verdict: Verdict,
    ) -> SiteReport {
        let at = origin.of(site);
        let (line, column) = source.line_column(at.start().to_usize());
        let (end_line, end_column) = source.line_column(at.end().to_usize());
        let mut report = SiteReport {
            path: source.path().to_owned(),
            line,
            column,
            end_line,
            end_column,
            transform: step.about.id,
            outcome: Outcome::Changed,
            grade: None,
            differences: Vec::new(),
            reason: None,
            message: step.about.summary().to_owned(),
            evidence: Vec::new(),
            remedy: None,
            settled_at: None,
            fingerprint: fingerprint(source, step.about.id, line, end_line),
            callers: Vec::new(),
        };
        let whole = TextRange::up_to(TextSize::of(tree.text()));
        let notes = |evidence: Vec<(TextRange, String)>| -> Vec<Note> {
            let note = |(range, words): (TextRange, String)| {
                let range = whole.intersect(range).unwrap_or(site);
                let (line, column) = source.line_column(origin.of(range).start().to_usize());
                Note {
                    line,
                    column,
                    words,
                }
            };
            evidence.into_iter().map(note).collect()
        };
        match verdict {
            Verdict::Applied {
                grade,
                differences,
                remark,
            } => {
                report.grade = Some(grade);
                report.differences = differences;
                if let Some(remark) = remark {
                    report.reason = Some(remark.reason);
                    report.message = remark.message;
                    report.evidence = notes(remark.evidence);
                    report.callers = self.callers(remark.callers);
                }
            }
            Verdict::Withheld { grade, differences } => {
                report.outcome = Outcome::Withheld;
                report.grade = Some(grade);
                report.differences = differences;
            }
            Verdict::Refused(refusal) => {
                report.outcome = if refusal.kept {
                    Outcome::Kept
                } else if refusal.needs_consent {
                    report.grade = Some(Applicability::Unsafe);
                    Outcome::Withheld
                } else {
                    Outcome::Refused
                };
                report.reason = Some(refusal.reason);
                report.message = refusal.message;
                report.remedy = refusal.remedy;
                report.evidence = notes(refusal.evidence);
            }
            Verdict::Postponed => {}
        }
        report
    }
}

/// The fingerprint of a site on some lines.
fn fingerprint(source: &SourceFile, transform: &str, first: usize, last: usize) -> Fingerprint {
    let text = source.text();
    let start = source.line_start(first).unwrap_or_default();
    let end = source.line_start(last + 1).unwrap_or(text.len());
    Fingerprint::of(transform, text.get(start..end).unwrap_or_default())
}
