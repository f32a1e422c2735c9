//! The JSON documents of `check`, `run` and `list`. Their schema is in docs/json.md.

use super::formats::Findings;
use super::session::Session;
use super::summary::{refusals, shown};
use super::write::Written;
use crate::report::{FileError, Outcome, Report, SiteReport};
use crate::transforms::CATALOG;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

pub(super) const SCHEMA_VERSION: u32 = 1;

/// Prints a document and a line break.
pub(super) fn print(document: &Value) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, document)?;
    writeln!(out)?;
    out.flush()
}

/// `check --output-format json`
pub(super) fn check(findings: &Findings<'_>) -> Value {
    let report = findings.report;
    let sites = report.sites.iter();
    json!({
        "schema_version": SCHEMA_VERSION,
        "sites": sites.map(|site| site_in(findings, site)).collect::<Vec<_>>(),
        "errors": report.errors.iter().map(error).collect::<Vec<_>>(),
        "notes": report.notes.iter().map(error).collect::<Vec<_>>(),
        "baseline": findings.ratchet.map(|ratchet| {
            json!({
                "path": shown(&ratchet.path),
                "known": ratchet.comparison.known(),
                "new": ratchet.new,
                "stale": ratchet.comparison.stale,
            })
        }),
        "summary": summary(report, findings.session),
    })
}

/// One site, and, beside a baseline, whether it is new.
pub(super) fn site_in(findings: &Findings<'_>, one: &SiteReport) -> Value {
    let mut value = site(one);
    if findings.ratchet.is_some() {
        value["known"] = findings.is_known(one).into();
    }
    value
}

/// `run --output-format json`
pub(super) fn run(report: &Report, session: &Session, written: &Written, reason: &str) -> Value {
    let changes: Vec<Value> = report
        .sites
        .iter()
        .filter(|site| site.outcome == Outcome::Changed)
        .map(site)
        .collect();
    let dropped: Vec<Value> = written
        .dropped
        .iter()
        .map(|(path, why)| json!({"path": shown(path), "message": why}))
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "exit_reason": reason,
        "changes": changes,
        "files": report.changes.iter().map(|change| shown(&change.path)).collect::<Vec<_>>(),
        "written": written.files.iter().map(|path| shown(path)).collect::<Vec<_>>(),
        "not_written": dropped,
        "errors": report.errors.iter().map(error).collect::<Vec<_>>(),
        "summary": summary(report, session),
    })
}

/// `list --output-format json`
pub(super) fn list() -> Value {
    let transforms: Vec<Value> = CATALOG
        .entries()
        .iter()
        .map(|entry| {
            json!({
                "name": entry.about.id,
                "summary": entry.about.summary(),
                "offers": entry.about.offers.as_str(),
                "default": entry.about.default,
                "since": entry.about.since,
            })
        })
        .collect();
    json!({"schema_version": SCHEMA_VERSION, "transforms": transforms})
}

/// One site.
fn site(site: &SiteReport) -> Value {
    let evidence: Vec<Value> = site
        .evidence
        .iter()
        .map(|note| json!({"line": note.line, "column": note.column, "text": note.words}))
        .collect();
    let callers: Vec<Value> = site
        .callers
        .iter()
        .map(
            |caller| json!({"path": shown(&caller.path), "line": caller.line, "text": caller.text}),
        )
        .collect();
    json!({
        "path": shown(&site.path),
        "line": site.line,
        "column": site.column,
        "end_line": site.end_line,
        "end_column": site.end_column,
        "transform": site.transform,
        "outcome": site.outcome.as_str(),
        "grade": site.grade.map(crate::edit::Applicability::as_str),
        "differences": site.differences,
        "reason": site.reason,
        "message": site.message,
        "evidence": evidence,
        "remedy": site.remedy,
        "fingerprint": site.fingerprint.to_string(),
        "callers": callers,
    })
}

/// One message about a file.
pub(super) fn error(error: &FileError) -> Value {
    json!({
        "path": shown(&error.path),
        "line": error.line,
        "message": error.message,
        "bug": error.is_bug,
    })
}

/// The totals.
pub(super) fn summary(report: &Report, session: &Session) -> Value {
    let reasons = |outcome| {
        let counts: Map<String, Value> = refusals(report, outcome)
            .into_iter()
            .map(|(reason, count)| (reason.to_owned(), Value::from(count)))
            .collect();
        Value::Object(counts)
    };
    json!({
        "files": session.files_seen,
        "bytes": session.bytes_seen,
        "files_with_changes": report.changes.len(),
        "sites": report.sites.len(),
        "changed": report.count(Outcome::Changed),
        "withheld": report.count(Outcome::Withheld),
        "refused": report.count(Outcome::Refused),
        "kept": report.count(Outcome::Kept),
        "refused_by_reason": reasons(Outcome::Refused),
        "kept_by_reason": reasons(Outcome::Kept),
        "errors": report.errors.len(),
        "target_version": session.target.to_string(),
        "seconds": (session.seconds() * 1000.0).round() / 1000.0,
    })
}
