//! The diagnostic format of reviewdog.

use super::{Findings, Format, pretty, sentence, slashed};
use crate::report::SiteReport;
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) const FORMAT: Format = Format {
    name: "rdjson",
    about: "Diagnostics for reviewdog",
    fixes: true,
    print,
};

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let errors = findings.report.errors.iter().map(|error| {
        let mut location = json!({"path": slashed(&error.path)});
        if let Some(line) = error.line {
            location["range"] = json!({"start": {"line": line}});
        }
        json!({"message": error.message, "location": location, "severity": "ERROR"})
    });
    let sites = findings.open_sites().map(|site| {
        let mut diagnostic = json!({
            "message": sentence(site),
            "location": {"path": slashed(&site.path), "range": range(site)},
            "severity": if findings.fails(site) { "WARNING" } else { "INFO" },
            "code": {"value": site.transform},
        });
        if let Some(suggestion) = suggestion(findings, site) {
            diagnostic["suggestions"] = json!([suggestion]);
        }
        diagnostic
    });
    let document = json!({
        "source": {"name": "aiolift"},
        "diagnostics": errors.chain(sites).collect::<Vec<Value>>(),
    });
    pretty(&document, out)
}

/// The lines of a site: columns would have to be counted in bytes of UTF-8.
fn range(site: &SiteReport) -> Value {
    json!({"start": {"line": site.line}, "end": {"line": site.end_line}})
}

/// What a reviewer may accept with a click: several suggestions would be alternatives, so a change
/// in several places is none.
fn suggestion(findings: &Findings<'_>, site: &SiteReport) -> Option<Value> {
    let [file] = findings.fixes.of(site)? else {
        return None;
    };
    let [edit] = &file.edits[..] else { return None };
    let is_whole = edit.start.1 == 1 && edit.end.1 == 1;
    let place = |line: usize| json!({"line": line, "column": 1});
    (is_whole && file.path == site.path).then(|| {
        json!({
            "range": {"start": place(edit.start.0), "end": place(edit.end.0)},
            "text": edit.text,
        })
    })
}
