//! The whole list over the programs of all pages: it never fails, and it is quiet on what it made.

mod support;

use aiolift::report::{Outcome, Report};
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
                same_with_other_line_ends(&example.before, &example.options)?;
                says_where_and_why(&example.before, &example.options)
            }));
        }
    }
    trials.push(Trial::test("a_faulty_rewrite_keeps_the_sites", || {
        mistakes::are_told_with_every_site(&mistakes::FAULTY)
    }));
    trials.push(Trial::test("a_panic_keeps_the_sites", || {
        mistakes::are_told_with_every_site(&mistakes::PANICKING)
    }));
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

/// Every site has its place, every site that stays its reason, every line that changes its mark.
fn says_where_and_why(before: &str, words: &[String]) -> Result<(), Failed> {
    let (options, project) = support::options_of(words);
    let report = support::run(support::all(), before, &options, &project);
    let lines = 1..=before.lines().count();
    for site in &report.sites {
        let wrong =
            |what: &str| Err(format!("line {}: {what}: {}", site.line, site.message).into());
        if !lines.contains(&site.line) || site.end_line < site.line {
            return wrong("the site is not in the file");
        }
        for note in &site.evidence {
            if !lines.contains(&note.line) || note.words.is_empty() {
                return wrong("the evidence shows nothing");
            }
        }
        if !site.message.ends_with('.') {
            return wrong("the message is no sentence");
        }
        let is_kebab = |reason: &str| {
            let mut words = reason.split('-');
            words.all(|word| {
                !word.is_empty()
                    && word
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
        };
        let stays = matches!(site.outcome, Outcome::Refused | Outcome::Kept);
        if site.reason.map_or(stays, |reason| !is_kebab(reason)) {
            return wrong("the site has no reason code");
        }
    }
    for change in &report.changes {
        support::only_marked_lines_differ(change)?;
    }
    Ok(())
}

/// What becomes of a file when a transform of ours is wrong.
mod mistakes {
    use super::support;
    use aiolift::edit::{Applicability, Change};
    use aiolift::report::{Outcome, Report};
    use aiolift::syntax::{Ranged, TextRange, ast};
    use aiolift::transform::{About, Entry, FileView, Refusal, Transform, entry};
    use libtest_mimic::Failed;

    const ABOUT: About = About {
        id: "mistaken",
        page: "# mistaken\n\nMakes a mistake.\n",
        since: "0.1.0",
        offers: Applicability::Safe,
        mentions: &["mistaken"],
        default: true,
    };

    /// Writes what no program may have.
    struct Faulty;
    /// Stops in the middle.
    struct Panicking;

    pub(super) static FAULTY: Entry = entry::<Faulty>(&ABOUT);
    pub(super) static PANICKING: Entry = entry::<Panicking>(&ABOUT);

    fn is_mistaken(call: &ast::ExprCall) -> bool {
        call.func
            .as_name_expr()
            .is_some_and(|name| name.id.as_str() == "mistaken")
    }

    impl Transform for Faulty {
        type Node = ast::ExprCall;
        type Found = TextRange;

        fn find<'a>(call: &'a ast::ExprCall, _: &FileView<'a>) -> Option<TextRange> {
            is_mistaken(call).then(|| call.range())
        }

        fn site(call: &TextRange, _: &FileView<'_>) -> TextRange {
            *call
        }

        fn rewrite(call: TextRange, _: &FileView<'_>) -> Result<Change, Refusal> {
            let mut change = Change::new(Applicability::Safe);
            change.replace(call, "await nobody()");
            Ok(change)
        }
    }

    impl Transform for Panicking {
        type Node = ast::ExprCall;
        type Found = TextRange;

        fn find<'a>(call: &'a ast::ExprCall, _: &FileView<'a>) -> Option<TextRange> {
            is_mistaken(call).then(|| call.range())
        }

        fn site(call: &TextRange, _: &FileView<'_>) -> TextRange {
            *call
        }

        fn rewrite(_: TextRange, _: &FileView<'_>) -> Result<Change, Refusal> {
            std::panic::resume_unwind(Box::new("this is the mistake"));
        }
    }

    const PROGRAM: &str = "\
import asyncio


async def main(queue: asyncio.Queue):
    asyncio.ensure_future(queue.get())
    await asyncio.wait_for(queue.get(), 1)


mistaken()
";

    pub(super) fn are_told_with_every_site(mistaken: &'static Entry) -> Result<(), Failed> {
        let (options, project) = support::options_of(&[]);
        let step = |id: &str| aiolift::transforms::CATALOG.get(id).ok_or(id.to_owned());
        let (before, after) = (
            step("ensure-future-to-create-task")?,
            step("wait-for-to-timeout")?,
        );
        let report = support::run(vec![before, mistaken, after], PROGRAM, &options, &project);
        if !report.errors.iter().any(|error| error.is_bug) || !report.changes.is_empty() {
            return Err(format!("the file was not left alone: {report:?}").into());
        }
        for id in [before.about.id, after.about.id] {
            dropped(&report, id)?;
        }
        Ok(())
    }

    fn dropped(report: &Report, id: &str) -> Result<(), Failed> {
        let sites: Vec<_> = report.sites.iter().filter(|s| s.transform == id).collect();
        match sites.as_slice() {
            [site]
                if site.outcome == Outcome::Refused
                    && site.reason == Some("internal-error")
                    && site.grade.is_none() =>
            {
                Ok(())
            }
            other => Err(format!("{id}: {other:?}").into()),
        }
    }
}
