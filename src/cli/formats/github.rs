//! Workflow commands, which GitHub shows as annotations of a pull request.

use super::{Findings, Format, line_of, sentence, slashed};
use std::fmt::Write as _;
use std::io::{self, Write};

pub(super) const FORMAT: Format = Format {
    name: "github",
    about: "Annotations for GitHub Actions",
    fixes: false,
    print,
};

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    for error in &findings.report.errors {
        let place = format!("file={},line={}", value(&slashed(&error.path)), line_of(error));
        writeln!(out, "::error {place},title=aiolift::{}", data(&error.message))?;
    }
    for site in findings.open_sites() {
        let command = if findings.fails(site) { "error" } else { "notice" };
        let mut place = format!(
            "file={},line={},endLine={}",
            value(&slashed(&site.path)),
            site.line,
            site.end_line
        );
        if site.line == site.end_line {
            // Columns are for annotations within one line.
            let _ = write!(place, ",col={},endColumn={}", site.column, site.end_column);
        }
        let title = value(&format!("{} {}", site.transform, site.outcome.as_str()));
        writeln!(out, "::{command} {place},title={title}::{}", data(&sentence(site)))?;
    }
    Ok(())
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn value(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_on_one_line() {
        assert_eq!(data("100 %\r\nor: a, b"), "100 %25%0D%0Aor: a, b");
        assert_eq!(value("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
