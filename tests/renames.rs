//! Every example of the page about renames.

mod support;

use aiolift::renames::{Rename, entries};
use aiolift::report::Outcome;
use aiolift::transform::Entry;
use support::page::{self, Claim, Example};

/// The entries for `rename=old:new+older:newer`.
fn steps(example: &Example) -> Vec<&'static Entry> {
    let words = example.options.iter();
    let words = words.filter_map(|word| word.strip_prefix("rename="));
    let renames: Vec<Rename> = words
        .flat_map(|word| word.split('+'))
        .map(|pair| {
            let (from, to) = pair.split_once(':').expect("rename=from:to");
            Rename {
                from: from.to_owned(),
                to: to.to_owned(),
            }
        })
        .collect();
    assert!(!renames.is_empty(), "{}: no rename", example.heading);
    entries(&renames)
}

#[test]
fn every_example_of_the_page_holds() {
    let page = page::parse(include_str!("../docs/renames.md"));
    assert_eq!(page.faults, Vec::<String>::new());
    assert!(page.examples.len() > 10);
    let mut faults = Vec::new();
    for example in &page.examples {
        let (options, project) = support::options_of(&[]);
        let project = support::alone(&[], &example.before, project);
        let run = |text: &str| support::run(steps(example), text, &options, &project);
        let report = run(&example.before);
        let after = support::text_after(&report, &example.before);
        let all = |outcome, reason: Option<&str>| {
            !report.sites.is_empty()
                && report.sites.iter().all(|site| {
                    site.outcome == outcome && (reason.is_none() || site.reason == reason)
                })
        };
        let holds = report.errors.is_empty()
            && match &example.claim {
                Claim::Becomes(expected) => after == *expected && all(Outcome::Changed, None),
                Claim::Unchanged => report.sites.is_empty(),
                Claim::Refused(reason) => all(Outcome::Refused, Some(reason)),
                Claim::Kept(reason) => all(Outcome::Kept, Some(reason)),
            };
        let again = run(&after);
        let is_quiet = !again
            .sites
            .iter()
            .any(|site| site.outcome == Outcome::Changed);
        if !holds || !is_quiet {
            faults.push(format!(
                "line {}: {}\n{after}\n{:#?}\n{:?}",
                example.line, example.heading, report.sites, report.errors
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
