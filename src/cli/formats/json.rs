//! One JSON document.

use super::{Findings, Format, Verb, pretty};
use crate::cli::{json, write::Written};
use std::io::{self, Write};

pub(super) const FORMAT: Format = Format {
    name: "json",
    about: "For programs; the schema is documented in docs/json.md",
    fixes: false,
    print,
};

fn print(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = match findings.verb {
        Verb::Check => json::check(findings),
        Verb::Diff => {
            let nothing = Written::default();
            json::run(findings.report, findings.session, &nothing, "dry-run")
        }
    };
    pretty(&document, out)
}
