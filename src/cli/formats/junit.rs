//! The XML of `JUnit`, as Jenkins and others read it: a suite for each file, a test case for each site.

use super::{Findings, Format, line_of, sentence, slashed};
use crate::report::{FileError, SiteReport};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

pub(super) const FORMAT: Format = Format {
    name: "junit",
    about: "JUnit's XML: sites that would change are failures, those that stay are skipped",
    fixes: false,
    print,
};

/// What is said about one file.
#[derive(Default)]
struct Suite<'a> {
    errors: Vec<&'a FileError>,
    sites: Vec<&'a SiteReport>,
}

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&Path, Suite<'_>> = BTreeMap::new();
    for error in &findings.report.errors {
        suites.entry(&error.path).or_default().errors.push(error);
    }
    for site in findings.sites() {
        suites.entry(&site.path).or_default().sites.push(site);
    }
    let failures = findings.sites().filter(|site| findings.fails(site)).count();
    let errors = findings.report.errors.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"aiolift\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">",
        findings.sites().count() + errors
    )?;
    for (path, suite) in suites {
        print_suite(findings, &slashed(path), &suite, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn print_suite(
    findings: &Findings<'_>,
    path: &str,
    suite: &Suite<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let failing = |site: &&&SiteReport| findings.fails(site);
    let staying = |site: &&&SiteReport| stays(findings, site);
    let name = escaped(path);
    writeln!(
        out,
        "  <testsuite name=\"{name}\" package=\"aiolift\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        suite.sites.len() + suite.errors.len(),
        suite.sites.iter().filter(failing).count(),
        suite.errors.len(),
        suite.sites.iter().filter(staying).count(),
    )?;
    for error in &suite.errors {
        writeln!(
            out,
            "    <testcase name=\"line {}\" classname=\"{name}\"><error type=\"unreadable-file\" message=\"{}\"/></testcase>",
            line_of(error),
            escaped(&error.message)
        )?;
    }
    for site in &suite.sites {
        let title = format!("{} {}:{}", site.transform, site.line, site.column);
        write!(out, "    <testcase name=\"{}\" classname=\"{name}\"", escaped(&title))?;
        let message = escaped(&sentence(site));
        if findings.fails(site) {
            writeln!(
                out,
                "><failure type=\"{}\" message=\"{message}\">{}:{}:{}</failure></testcase>",
                site.transform, name, site.line, site.column
            )?;
        } else if stays(findings, site) {
            let reason = site.reason.unwrap_or(site.outcome.as_str());
            writeln!(
                out,
                "><skipped type=\"{}\" message=\"{message}\"/></testcase>",
                escaped(reason)
            )?;
        } else {
            writeln!(out, "/>")?;
        }
    }
    writeln!(out, "  </testsuite>")
}

/// Whether a site is reported without failing; what is fine as it is passes.
fn stays(findings: &Findings<'_>, site: &SiteReport) -> bool {
    site.outcome != crate::report::Outcome::Kept && !findings.fails(site)
}

/// A text for an attribute or an element, without the characters that XML 1.0 cannot have.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_stand_in_xml() {
        assert_eq!(
            escaped("<a b=\"c\">&\n\u{1}</a>"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&#10;\u{fffd}&lt;/a&gt;"
        );
    }
}
