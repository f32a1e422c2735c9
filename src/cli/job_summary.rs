//! The summary of a job of GitHub Actions: Markdown, appended to the file that
//! `$GITHUB_STEP_SUMMARY` names.

use super::formats::{Findings, sentence, slashed};
use super::say;
use super::summary::{count, error};
use crate::report::Outcome;
use crate::workspace;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// How many sites are listed; GitHub takes a mebibyte for all steps of a job.
const MOST: usize = 200;

/// Appends the summary, where one is asked for. A summary that cannot be written is no failure.
pub(super) fn append(title: &str, findings: &Findings<'_>) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return;
    };
    let text = markdown(title, findings);
    if let Err(error) = workspace::append(Path::new(&path), text.as_bytes()) {
        say(&format!("The summary of the job is missing: {error}."));
    }
}

fn markdown(title: &str, findings: &Findings<'_>) -> String {
    let report = findings.report;
    let mut out = format!("## {title}\n\n");
    let mut transforms: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for site in &report.sites {
        let counts = transforms.entry(site.transform).or_default();
        counts[place(site.outcome)] += 1;
    }
    if transforms.is_empty() {
        out.push_str("No sites.\n");
    } else {
        out.push_str("| Transform | Changes | Needs `--unsafe` | Refused | Kept |\n");
        out.push_str("| --- | ---: | ---: | ---: | ---: |\n");
        for (transform, [changed, withheld, refused, kept]) in transforms {
            let _ = writeln!(
                out,
                "| `{transform}` | {changed} | {withheld} | {refused} | {kept} |"
            );
        }
    }
    if let Some(ratchet) = findings.ratchet {
        let _ = writeln!(
            out,
            "\n{} known from the baseline, **{} new**, {} stale.",
            count(ratchet.comparison.known(), "finding"),
            ratchet.new,
            ratchet.comparison.stale.len(),
        );
    }
    if !report.errors.is_empty() {
        let _ = writeln!(
            out,
            "\n**{} could not be done:**\n",
            count(report.errors.len(), "file")
        );
        for one in report.errors.iter().take(MOST) {
            let _ = writeln!(out, "- {}", escaped(&error(one)));
        }
    }
    let sites: Vec<_> = findings.open_sites().collect();
    if !sites.is_empty() {
        let _ = writeln!(
            out,
            "\n<details><summary>{}</summary>\n",
            count(sites.len(), "site")
        );
        for site in sites.iter().take(MOST) {
            let _ = writeln!(
                out,
                "- `{}:{}` {} **{}** {}",
                slashed(&site.path),
                site.line,
                site.transform,
                site.outcome.as_str(),
                escaped(&sentence(site))
            );
        }
        if sites.len() > MOST {
            let _ = writeln!(out, "- … and {} more", sites.len() - MOST);
        }
        out.push_str("\n</details>\n");
    }
    out.push('\n');
    out
}

fn place(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Changed => 0,
        Outcome::Withheld => 1,
        Outcome::Refused => 2,
        Outcome::Kept => 3,
    }
}

/// A text within a line of Markdown.
fn escaped(text: &str) -> String {
    text.replace('<', "&lt;").replace(['\n', '\r'], " ")
}
