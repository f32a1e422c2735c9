//! A JSON object on every line, for programs that read while this one writes.

use super::{Findings, Format};
use crate::cli::json;
use serde_json::Value;
use std::io::{self, Write};

pub(super) const FORMAT: Format = Format {
    name: "json-lines",
    about: "One JSON object for each site, file error, note, and for the summary",
    fixes: false,
    print,
};

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = findings.report;
    for site in findings.sites() {
        line("site", json::site_in(findings, site), out)?;
    }
    for error in &report.errors {
        line("error", json::error(error), out)?;
    }
    for note in &report.notes {
        line("note", json::error(note), out)?;
    }
    line("summary", json::summary(report, findings.session), out)
}

fn line(kind: &str, mut value: Value, out: &mut dyn Write) -> io::Result<()> {
    if let Value::Object(object) = &mut value {
        object.shift_insert(0, "kind".to_owned(), Value::from(kind));
    }
    serde_json::to_writer(&mut *out, &value)?;
    writeln!(out)
}
