//! `check --statistics`: how many sites ended in which way.

use super::json::SCHEMA_VERSION;
use super::{formats, session::Session};
use crate::report::{Outcome, Report};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Sites that ended alike.
struct Row {
    transform: &'static str,
    outcome: Outcome,
    reason: Option<&'static str>,
    sites: usize,
    files: usize,
}

/// The rows, most frequent first.
fn rows(report: &Report) -> Vec<Row> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for site in &report.sites {
        let key = (site.transform, site.outcome, site.reason);
        found.entry(key).or_default().push(&site.path);
    }
    let mut rows: Vec<Row> = found
        .into_iter()
        .map(|((transform, outcome, reason), mut paths)| {
            let sites = paths.len();
            // Sites are sorted by their paths.
            paths.dedup();
            Row {
                transform,
                outcome,
                reason,
                sites,
                files: paths.len(),
            }
        })
        .collect();
    rows.sort_by_key(|row| Reverse(row.sites));
    rows
}

/// Prints a line for each row.
pub(super) fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(report);
    let width = rows.iter().map(|row| row.transform.len()).max();
    for row in &rows {
        let line = format!(
            "{:>6}  {:width$}  {:8}  {}",
            row.sites,
            row.transform,
            row.outcome.as_str(),
            row.reason.unwrap_or_default(),
            width = width.unwrap_or_default()
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Prints them as a JSON document.
pub(super) fn print_json(
    report: &Report,
    session: &Session,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows: Vec<Value> = rows(report)
        .iter()
        .map(|row| {
            json!({
                "transform": row.transform,
                "outcome": row.outcome.as_str(),
                "reason": row.reason,
                "sites": row.sites,
                "files": row.files,
            })
        })
        .collect();
    let document = json!({
        "schema_version": SCHEMA_VERSION,
        "statistics": rows,
        "summary": super::json::summary(report, session),
    });
    formats::pretty(&document, out)
}
