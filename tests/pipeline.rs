//! The whole list over the programs of all pages: it never fails, and it is quiet on what it made.

mod support;

use aiolift::report::Report;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for entry in support::all() {
        let page = support::page::parse(entry.about.page);
        for example in page.examples {
            let name = format!(
                "{}::line_{}",
                entry.about.id.replace('-', "_"),
                example.line
            );
            trials.push(Trial::test(name, move || {
                quiet_on_its_own_output(&example.before, &example.options)?;
                same_with_other_line_ends(&example.before, &example.options)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn errors(report: &Report) -> Result<(), Failed> {
    match report.errors.first() {
        Some(error) => Err(format!("line {:?}: {}", error.line, error.message).into()),
        None => Ok(()),
    }
}

fn quiet_on_its_own_output(before: &str, words: &[String]) -> Result<(), Failed> {
    let (options, project) = support::options_of(words);
    let report = support::run(support::all(), before, &options, &project);
    errors(&report)?;
    let after = support::text_after(&report, before);
    let again = support::run(support::all(), &after, &options, &project);
    errors(&again)?;
    if let Some(change) = again.changes.first() {
        let twice = String::from_utf8_lossy(&change.after).into_owned();
        let diff = similar::TextDiff::from_lines(after.as_str(), twice.as_str())
            .unified_diff()
            .to_string();
        return Err(format!("a second run changes the result:\n{diff}").into());
    }
    Ok(())
}

/// With `\r\n` the same program becomes the same program.
fn same_with_other_line_ends(before: &str, words: &[String]) -> Result<(), Failed> {
    let (options, project) = support::options_of(words);
    let report = support::run(support::all(), before, &options, &project);
    let expected = support::text_after(&report, before).replace('\n', "\r\n");
    let windows = before.replace('\n', "\r\n");
    let report = support::run(support::all(), &windows, &options, &project);
    errors(&report)?;
    let after = support::text_after(&report, &windows);
    if after == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), after.as_str())
        .unified_diff()
        .to_string();
    Err(format!("with CRLF the result differs:\n{diff:?}").into())
}
