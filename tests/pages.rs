//! Every example of every page is a test: `blocking_sleep::a_call_on_its_own_line`.

mod support;

use aiolift::report::{Outcome, Report};
use aiolift::syntax::Module;
use aiolift::transform::Entry;
use aiolift::transforms::CATALOG;
use libtest_mimic::{Arguments, Failed, Trial};
use support::page::{Claim, Example};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for entry in CATALOG.entries() {
        let folder = entry.about.id.replace('-', "_");
        let page = support::page::parse(entry.about.page);
        let examples = page.examples;
        for example in examples {
            let name = format!("{folder}::{}", slug(&example.heading));
            trials.push(Trial::test(name, move || check(entry, &example)));
        }
    }
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&arguments, trials).exit();
}

fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for c in heading.to_lowercase().chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('_') && !slug.is_empty() && c != '`' {
            slug.push('_');
        }
    }
    slug.trim_end_matches('_').to_owned()
}

fn check(entry: &'static Entry, example: &Example) -> Result<(), Failed> {
    let (options, project) = support::options_of(&example.options);
    let steps = support::steps_of(entry, &example.options);
    let before = example.before.as_str();
    let project = support::alone(&example.options, before, project);
    let report = support::run(steps.clone(), before, &options, &project);
    if let Some(error) = report.errors.first() {
        return Err(format!("{} (line {:?})", error.message, error.line).into());
    }
    let after = support::text_after(&report, before);
    match &example.claim {
        Claim::Becomes(expected) => {
            expect_text(expected, &after, &report)?;
            let changed = report.count(Outcome::Changed);
            if changed == 0 {
                return Err("no site is reported as changed".into());
            }
            for site in &report.sites {
                if site.transform == entry.about.id
                    && let Some(grade) = site.grade
                    && grade > entry.about.offers
                {
                    return Err(format!("graded better than `{}` offers", entry.about.id).into());
                }
            }
            Module::parse(&after, options.target).map_err(|error| error.message)?;
            let (_, project) = support::options_of(&example.options);
            let project = support::alone(&example.options, &after, project);
            let again = support::run(steps, &after, &options, &project);
            expect_text(&after, &support::text_after(&again, &after), &again)
                .map_err(|_| "a second run changes the result again")?;
        }
        Claim::Unchanged => {
            expect_text(before, &after, &report)?;
            if let Some(site) = report.sites.first() {
                return Err(
                    format!("a site is found on line {}: {}", site.line, site.message).into(),
                );
            }
        }
        Claim::Refused(reason) | Claim::Kept(reason) => {
            expect_text(before, &after, &report)?;
            // What is refused without consent counts as refused.
            let wanted = match &example.claim {
                Claim::Kept(_) => [Outcome::Kept].as_slice(),
                _ => &[Outcome::Refused, Outcome::Withheld],
            };
            let hit = report
                .sites
                .iter()
                .any(|site| wanted.contains(&site.outcome) && site.reason == Some(reason.as_str()));
            if !hit {
                return Err(format!(
                    "no site is {} with `{reason}`; there are: {}",
                    wanted[0].as_str(),
                    sites(&report)
                )
                .into());
            }
        }
    }
    Ok(())
}

fn sites(report: &Report) -> String {
    let all: Vec<String> = report
        .sites
        .iter()
        .map(|site| {
            format!(
                "line {} {} {}: {}",
                site.line,
                site.outcome.as_str(),
                site.reason.unwrap_or("-"),
                site.message
            )
        })
        .collect();
    if all.is_empty() {
        "no sites".to_owned()
    } else {
        all.join("; ")
    }
}

fn expect_text(expected: &str, actual: &str, report: &Report) -> Result<(), Failed> {
    if expected == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected, actual)
        .unified_diff()
        .header("expected", "actual")
        .to_string();
    Err(format!("{diff}\nsites: {}", sites(report)).into())
}
