//! How `check` and `diff` print what they found: one module for each format, and the table of them.

use super::fixes::Fixes;
use super::ratchet::Ratchet;
use super::session::Session;
use crate::report::{FileError, Outcome, Report, SiteReport};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::fmt;
use std::io::{self, Write};

/// A module has the constant `FORMAT`; its place here is its place in the help.
macro_rules! formats {
    ($($module:ident),*) => {
        $(mod $module;)*
        const FORMATS: &[&Format] = &[$(&$module::FORMAT),*];
    };
}

formats!(text, json, json_lines, sarif, github, gitlab, junit, rdjson);

/// A way to print findings.
pub(crate) struct Format {
    /// The value of `--output-format`.
    pub(super) name: &'static str,
    /// The help text.
    about: &'static str,
    /// Whether it shows what would rewrite single findings, which takes time to find out.
    pub(super) fixes: bool,
    /// Prints the findings.
    pub(super) print: fn(&Findings<'_>, &mut dyn Write) -> io::Result<()>,
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Reads the value of `--output-format`.
pub(super) fn parser() -> impl TypedValueParser<Value = &'static Format> {
    let value = |format: &&Format| PossibleValue::new(format.name).help(format.about);
    PossibleValuesParser::new(FORMATS.iter().map(value)).map(|name| {
        let format = FORMATS.iter().find(|format| format.name == name);
        *format.unwrap_or(&FORMATS[0])
    })
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Every site matters.
    Check,
    /// Only what changes matters.
    Diff,
}

/// What is to be printed.
pub(super) struct Findings<'a> {
    pub(super) verb: Verb,
    pub(super) report: &'a Report,
    pub(super) session: &'a Session,
    /// What would rewrite single sites, where the format wants it.
    pub(super) fixes: &'a Fixes,
    /// What is known from a baseline.
    pub(super) ratchet: Option<&'a Ratchet>,
    /// Whether known sites are listed in the text for people.
    pub(super) verbose: bool,
    /// Whether refused and withheld sites count.
    pub(super) strict: bool,
    /// Whether the text for people is coloured.
    pub(super) colored: bool,
}

impl Findings<'_> {
    /// The sites that the verb is about.
    pub(super) fn sites(&self) -> impl Iterator<Item = &SiteReport> {
        let all = self.verb == Verb::Check;
        let sites = self.report.sites.iter();
        sites.filter(move |site| all || site.outcome == Outcome::Changed)
    }

    /// The sites that the verb is about, without those that are fine as they are or known.
    pub(super) fn open_sites(&self) -> impl Iterator<Item = &SiteReport> {
        let open = |site: &&SiteReport| site.outcome != Outcome::Kept && !self.is_known(site);
        self.sites().filter(open)
    }

    /// Whether a site is in the baseline.
    pub(super) fn is_known(&self, site: &SiteReport) -> bool {
        let ratchet = self.ratchet;
        ratchet.is_some_and(|ratchet| ratchet.comparison.knows(site))
    }

    /// Whether a site is one of those for which the program ends with 1.
    pub(super) fn fails(&self, site: &SiteReport) -> bool {
        match site.outcome {
            Outcome::Kept => false,
            _ if self.ratchet.is_some() => !self.is_known(site),
            Outcome::Changed => true,
            Outcome::Withheld | Outcome::Refused => self.strict,
        }
    }
}

/// A site in a sentence or two, for formats that have room for one text.
pub(super) fn sentence(site: &SiteReport) -> String {
    let grade = site.grade.map_or("safe", |grade| grade.as_str());
    let differences = if site.differences.is_empty() {
        String::new()
    } else {
        format!(": {}", site.differences.join(", "))
    };
    let reason = site.reason.unwrap_or("unknown");
    match site.outcome {
        Outcome::Changed => format!("{} ({grade}{differences})", summary(site)),
        Outcome::Withheld if site.reason.is_some() => {
            format!("{} Needs `--unsafe` ({reason}).", site.message)
        }
        Outcome::Withheld => format!("{} Needs `--unsafe`{differences}.", site.message),
        Outcome::Refused | Outcome::Kept => {
            let remedy = site.remedy.as_deref().unwrap_or_default();
            format!("{} ({reason}) {remedy}", site.message)
                .trim_end()
                .to_owned()
        }
    }
}

/// What the transform of a site does.
fn summary(site: &SiteReport) -> &'static str {
    let entry = crate::transforms::CATALOG.get(site.transform);
    entry.map_or("", |entry| entry.about.summary())
}

/// The path of a site or an error with slashes, as services expect it.
pub(super) fn slashed(path: &std::path::Path) -> String {
    super::summary::shown(path).replace('\\', "/")
}

/// What is wrong with a file, and the line, which is the first one where it is not known.
fn line_of(error: &FileError) -> usize {
    error.line.unwrap_or(1)
}

/// A JSON value over several lines, and a line break.
pub(super) fn pretty(document: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
