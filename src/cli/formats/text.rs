//! For people: the unified diff, or a line for each site.

use super::{Findings, Format, Verb};
use crate::cli::{diff, summary};
use std::io::{self, Write};

pub(super) const FORMAT: Format = Format {
    name: "text",
    about: "For people",
    fixes: false,
    print,
};

fn print(findings: &Findings<'_>, mut out: &mut dyn Write) -> io::Result<()> {
    match findings.verb {
        Verb::Check => {
            for site in findings.sites() {
                if findings.verbose || !findings.is_known(site) {
                    summary::site(site, &mut out)?;
                }
            }
        }
        Verb::Diff => {
            let palette = diff::Palette::new(findings.colored);
            for change in &findings.report.changes {
                diff::print(change, palette, &mut out)?;
            }
        }
    }
    Ok(())
}
