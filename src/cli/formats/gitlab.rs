//! GitLab's code quality report, a subset of the format of Code Climate.

use super::{Findings, Format, line_of, pretty, sentence, slashed};
use crate::fingerprint::hash;
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) const FORMAT: Format = Format {
    name: "gitlab",
    about: "A code quality report for GitLab",
    fixes: false,
    print,
};

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let errors = findings.report.errors.iter().map(|error| {
        let path = slashed(&error.path);
        json!({
            "description": error.message,
            "check_name": "unreadable-file",
            "fingerprint": unique(&format!("{path} {}", error.message)),
            "severity": "major",
            "location": {"path": path, "lines": {"begin": line_of(error)}},
        })
    });
    let sites = findings.open_sites().map(|site| {
        let path = slashed(&site.path);
        json!({
            "description": sentence(site),
            "check_name": site.transform,
            // Within a report no two may be the same.
            "fingerprint": unique(&format!("{path} {}", site.fingerprint)),
            "severity": if findings.fails(site) { "minor" } else { "info" },
            "location": {"path": path, "lines": {"begin": site.line, "end": site.end_line}},
        })
    });
    pretty(&Value::Array(errors.chain(sites).collect()), out)
}

fn unique(text: &str) -> String {
    format!("{:032x}", hash(text.as_bytes()))
}
