//! SARIF 2.1.0, for code scanning services and editors.

use super::{Findings, Format, pretty, sentence, slashed};
use crate::cli::fixes::{FileFix, Place};
use crate::report::{FileError, Note, Outcome, SiteReport};
use crate::transforms::CATALOG;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::Path;

pub(super) const FORMAT: Format = Format {
    name: "sarif",
    about: "SARIF 2.1.0 with fixes, for code scanning and editors",
    fixes: true,
    print,
};

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = findings.report;
    let rules: Vec<Value> = CATALOG
        .entries()
        .iter()
        .map(|entry| {
            json!({
                "id": entry.about.id,
                "shortDescription": {"text": entry.about.summary()},
                "help": {"text": format!("`aiolift explain {}` shows when it applies, and when not.", entry.about.id)},
                "defaultConfiguration": {"level": "warning"},
            })
        })
        .collect();
    let errors = report.errors.iter().map(|one| notification(one, "error"));
    let notes = report.notes.iter().map(|one| notification(one, "note"));
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "aiolift",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": report.errors.is_empty(),
                "toolExecutionNotifications": errors.chain(notes).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": findings.sites().map(|site| result(findings, site)).collect::<Vec<_>>(),
        }],
    });
    pretty(&document, out)
}

fn result(findings: &Findings<'_>, site: &SiteReport) -> Value {
    let fails = findings.fails(site);
    let mut properties = Map::new();
    properties.insert("outcome".into(), site.outcome.as_str().into());
    properties.insert("differences".into(), json!(site.differences));
    if let Some(grade) = site.grade {
        properties.insert("grade".into(), grade.as_str().into());
    }
    if let Some(reason) = site.reason {
        properties.insert("reason".into(), reason.into());
    }
    if let Some(decision) = findings.fixes.decision(site) {
        properties.insert("decision".into(), decision.into());
    }
    let fingerprint = site.fingerprint.to_string();
    let mut result = json!({
        "ruleId": site.transform,
        "ruleIndex": CATALOG.entries().iter().position(|entry| entry.about.id == site.transform),
        // What is fine as it is passes; a level is for what fails.
        "kind": if is_fine(site) { "pass" } else { "fail" },
        "level": if is_fine(site) { "none" } else if fails { "warning" } else { "note" },
        "message": {"text": sentence(site)},
        "locations": [location(&site.path, (site.line, site.column), (site.end_line, site.end_column))],
        // The first name is the one that GitHub looks for.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "aiolift/v1": fingerprint},
        "properties": properties,
    });
    if findings.ratchet.is_some() {
        let is_old = site.outcome == Outcome::Kept || findings.is_known(site);
        result["baselineState"] = if is_old { "unchanged" } else { "new" }.into();
    }
    if site.reason == Some(KEPT_BY_COMMENT) {
        result["suppressions"] = json!([{"kind": "inSource"}]);
    }
    if !site.evidence.is_empty() {
        let related = site.evidence.iter().map(|note| evidence(&site.path, note));
        result["relatedLocations"] = related.collect();
    }
    if let Some(files) = findings.fixes.of(site) {
        let changes: Vec<Value> = files.iter().map(artifact_change).collect();
        let description = format!("Apply `{}` here, with everything that it takes.", site.transform);
        result["fixes"] = json!([{
            "description": {"text": description},
            "artifactChanges": changes,
        }]);
    }
    result
}

/// The reason of a site that a comment keeps.
const KEPT_BY_COMMENT: &str = "kept-by-comment";

fn is_fine(site: &SiteReport) -> bool {
    site.outcome == Outcome::Kept && site.reason != Some(KEPT_BY_COMMENT)
}

fn location(path: &Path, start: Place, end: Place) -> Value {
    json!({"physicalLocation": {"artifactLocation": artifact(path), "region": region(start, end)}})
}

fn region((line, column): Place, (end_line, end_column): Place) -> Value {
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

fn evidence(path: &Path, note: &Note) -> Value {
    let place = (note.line, note.column);
    let mut found = location(path, place, place);
    found["message"] = json!({"text": note.words});
    found
}

fn artifact_change(file: &FileFix) -> Value {
    let replacements: Vec<Value> = file
        .edits
        .iter()
        .map(|edit| {
            json!({
                "deletedRegion": region(edit.start, edit.end),
                "insertedContent": {"text": edit.text},
            })
        })
        .collect();
    json!({"artifactLocation": artifact(&file.path), "replacements": replacements})
}

fn notification(error: &FileError, level: &str) -> Value {
    let mut place = json!({"artifactLocation": artifact(&error.path)});
    if let Some(line) = error.line {
        place["region"] = json!({"startLine": line});
    }
    json!({
        "level": level,
        "message": {"text": error.message},
        "locations": [{"physicalLocation": place}],
    })
}

/// A file by its URI: below the root of the repository, or absolute.
fn artifact(path: &Path) -> Value {
    let uri = encoded(&slashed(path));
    if path.is_absolute() {
        return json!({"uri": format!("file://{}{uri}", if uri.starts_with('/') { "" } else { "/" })});
    }
    json!({"uri": uri, "uriBaseId": "%SRCROOT%"})
}

/// A path as part of a URI.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(artifact(Path::new("./a b/ü.py"))["uri"], "a%20b/%C3%BC.py");
        assert_eq!(artifact(Path::new("/a/b.py")), json!({"uri": "file:///a/b.py"}));
    }
}
