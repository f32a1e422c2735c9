//! Text for people: sites, errors, the summary, the progress bar.

use super::session::Session;
use crate::report::{FileError, Outcome, Report, SiteReport};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// A path as a user wrote it, without a leading `./`.
pub(super) fn shown(path: &Path) -> String {
    path.strip_prefix("./")
        .unwrap_or(path)
        .display()
        .to_string()
}

/// One line for one site, and one for each place that keeps its change from being a better one.
pub(super) fn site(site: &SiteReport, out: &mut impl Write) -> io::Result<()> {
    let place = format!("{}:{}:{}", shown(&site.path), site.line, site.column);
    let detail = match site.outcome {
        Outcome::Withheld if site.reason.is_some() => format!(
            "(unsafe) {}: {}",
            site.reason.unwrap_or_default(),
            site.message
        ),
        Outcome::Changed | Outcome::Withheld => {
            let grade = site.grade.map_or("safe", |grade| grade.as_str());
            let reason = site
                .reason
                .map(|reason| format!(" [{reason}]"))
                .unwrap_or_default();
            if site.differences.is_empty() {
                format!("({grade}){reason}")
            } else {
                format!("({grade}: {}){reason}", site.differences.join(", "))
            }
        }
        Outcome::Refused | Outcome::Kept => {
            format!("{}: {}", site.reason.unwrap_or("unknown"), site.message)
        }
    };
    writeln!(
        out,
        "{place}: {} {} {detail}",
        site.transform,
        site.outcome.as_str()
    )?;
    for caller in &site.callers {
        let place = format!("{}:{}", shown(&caller.path), caller.line);
        writeln!(out, "  {place}: {}", caller.text)?;
    }
    Ok(())
}

/// Every site that stays, with its reason, and every one whose change could be a better one if it
/// were not for its callers.
pub(super) fn reasons(report: &Report) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    for one in &report.sites {
        if one.outcome != Outcome::Changed || !one.callers.is_empty() {
            site(one, &mut out)?;
        }
    }
    Ok(())
}

/// One line for a file that could not be done.
pub(super) fn error(error: &FileError) -> String {
    match error.line {
        Some(line) => format!("{}:{line}: {}", shown(&error.path), error.message),
        None if error.message.contains(&error.path.display().to_string()) => error.message.clone(),
        None => format!("{}: {}", shown(&error.path), error.message),
    }
}

/// How many sites stay for which reason, most frequent first.
pub(super) fn refusals(report: &Report, outcome: Outcome) -> Vec<(&'static str, usize)> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for site in report.sites.iter().filter(|site| site.outcome == outcome) {
        *counts.entry(site.reason.unwrap_or("unknown")).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    counts
}

/// The summary of a run.
pub(super) fn summary(report: &Report, session: &Session, written: bool) -> String {
    let changed = report.count(Outcome::Changed);
    let withheld = report.count(Outcome::Withheld);
    let would = if written { "changed" } else { "would change" };
    let mut text = format!(
        "{} found in {}: {changed} {would} in {}, {} refused, {} kept ({:.2} s)",
        count(report.sites.len(), "site"),
        count(session.files_seen, "file"),
        count(report.changes.len(), "file"),
        report.count(Outcome::Refused),
        report.count(Outcome::Kept),
        session.seconds()
    );
    for (word, outcome) in [("refused", Outcome::Refused), ("kept", Outcome::Kept)] {
        for (reason, count) in refusals(report, outcome) {
            text.push_str(&format!("\n  {word} {count:>4}  {reason}"));
        }
    }
    if withheld > 0 {
        text.push_str(&format!(
            "\n{} more would change with `--unsafe`",
            count(withheld, "site")
        ));
    }
    if !report.errors.is_empty() {
        text.push_str(&format!(
            "\n{} could not be done",
            count(report.errors.len(), "file")
        ));
    }
    text
}

/// `1 site`, `2 sites`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A progress bar on stderr that appears only on a terminal and when the run is long.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

/// Starts a progress bar for a number of files.
pub(super) fn progress(quiet: bool, files: usize) -> Progress {
    let bar = ProgressBar::hidden();
    if !quiet && std::io::stderr().is_terminal() {
        bar.set_length(files as u64);
        if let Ok(style) = ProgressStyle::with_template("{pos}/{len} files {wide_bar} {elapsed}") {
            bar.set_style(style);
        }
    }
    Progress {
        bar,
        started: Instant::now(),
    }
}

impl Progress {
    /// One file is done.
    pub(super) fn advance(&self) {
        if self.bar.is_hidden()
            && self.bar.length().is_some()
            && self.started.elapsed() > Duration::from_millis(700)
        {
            self.bar
                .set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
