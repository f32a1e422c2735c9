//! `aiolift explain`: a transform's page, a documented difference, or the whole story of a site.

use super::args::{Arguments, Explain, Given, Selection};
use super::session::{Session, unknown_transform};
use super::summary::shown;
use super::{ExitCode, Stop};
use crate::differences::{self, DIFFERENCES};
use crate::report::{Note, Outcome, SiteReport};
use crate::transforms::CATALOG;
use std::io::Write;
use std::path::PathBuf;

/// Explains a transform, a documented difference or a place.
pub(super) fn explain(command: &Explain, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let what = command.what.as_str();
    let mut out = anstream::stdout().lock();
    if let Some(entry) = CATALOG.get(what) {
        out.write_all(entry.about.page.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if what == "differences" {
        for difference in DIFFERENCES {
            writeln!(out, "{}: {}", difference.id, difference.sentence)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(difference) = differences::find(&what.to_ascii_uppercase()) {
        writeln!(out, "{}: {}", difference.id, difference.sentence)?;
        let pages: Vec<String> = CATALOG
            .entries()
            .iter()
            .filter(|entry| mentions(entry.about.page, difference.id))
            .map(|entry| format!("`aiolift explain {}`", entry.about.id))
            .collect();
        writeln!(out, "See {}.", pages.join(", "))?;
        return Ok(ExitCode::SUCCESS);
    }
    let place = what.rsplit_once(':').and_then(|(file, line)| {
        // FILE:LINE:COLUMN is what `check` prints.
        if let (Some((path, number)), true) = (file.rsplit_once(':'), line.parse::<usize>().is_ok())
            && let Ok(number) = number.parse::<usize>()
        {
            return Some((path, number));
        }
        Some((file, line.parse().ok()?))
    });
    let Some((file, line)) = place else {
        let ids: Vec<&str> = CATALOG
            .entries()
            .iter()
            .map(|entry| entry.about.id)
            .collect();
        return Err(Stop::Usage(format!(
            "{} To ask about a place, write FILE:LINE; about a documented difference, its id.",
            unknown_transform(what, &ids)
        )));
    };
    site(file, line, command, arguments)
}

/// Whether a page names an id, and not only a longer one.
fn mentions(page: &str, id: &str) -> bool {
    page.match_indices(id)
        .any(|(at, _)| !page[at + id.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

fn site(
    file: &str,
    line: usize,
    command: &Explain,
    arguments: &Arguments,
) -> Result<ExitCode, Stop> {
    let selection = Selection {
        paths: vec![PathBuf::from(file)],
        select: Vec::new(),
        skip: Vec::new(),
        allow_unsafe: false,
        target_version: command.selection.target_version.clone(),
        exceptions: command.selection.exceptions,
        http_package: None,
        firewall: None,
        http_client_scope: None,
        assume_coroutines: false,
        asyncify: command.selection.asyncify,
        keep_sync: command.selection.keep_sync,
        add_dependency: None,
        asyncify_from: Vec::new(),
        exclude: Vec::new(),
        respect_gitignore: None,
        python_environment: command.selection.python_environment.clone(),
        stdin_filename: None,
        jobs: Some(1),
        strict: false,
        exit_zero: false,
        given: Given {
            without_steps: true,
            ..Given::default()
        },
        ..Selection::default()
    };
    let mut session = Session::open(&selection, arguments)?;
    let report = session.report()?;
    session.complain(&report);
    let text = crate::workspace::read_file(&PathBuf::from(file))
        .map_err(crate::error::Error::from)
        .and_then(|bytes| {
            crate::source::SourceFile::decode(PathBuf::from(file), bytes).map_err(Into::into)
        })?;
    let lines: Vec<&str> = text.text().lines().collect();
    if line == 0 || line > lines.len() {
        return Err(Stop::Usage(format!(
            "`{file}` has {} lines, so there is no line {line}.",
            lines.len()
        )));
    }
    let here: Vec<&SiteReport> = report
        .sites
        .iter()
        .filter(|site| site.line <= line && line <= site.end_line)
        .collect();
    let mut out = anstream::stdout().lock();
    if here.is_empty() {
        writeln!(
            out,
            "No transform has anything to say about line {line} of {file}."
        )?;
        let mut near: Vec<usize> = report.sites.iter().map(|site| site.line).collect();
        near.sort_by_key(|other| other.abs_diff(line));
        near.dedup();
        near.truncate(3);
        near.sort_unstable();
        if !near.is_empty() {
            let near: Vec<String> = near.iter().map(ToString::to_string).collect();
            let verb = if near.len() == 1 {
                "site is on line"
            } else {
                "sites are on lines"
            };
            writeln!(out, "The nearest {verb} {}.", near.join(", "))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    for (at, site) in here.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        story(site, &lines, &mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn story(
    site: &SiteReport,
    lines: &[&str],
    out: &mut impl Write,
) -> std::io::Result<()> {
    let what = match site.outcome {
        Outcome::Changed => "would be rewritten",
        Outcome::Withheld => "would be rewritten with `--unsafe`",
        Outcome::Refused => "is refused",
        Outcome::Kept => "is kept as it is",
    };
    writeln!(out, "{} {what}", site.transform)?;
    let place = Note {
        line: site.line,
        column: site.column,
        words: "the site".to_owned(),
    };
    excerpt(&shown(&site.path), &place, lines, out)?;
    if let Some(reason) = site.reason {
        writeln!(out, "  reason: {reason}")?;
    }
    writeln!(out, "  {}", site.message)?;
    for note in &site.evidence {
        excerpt(&shown(&site.path), note, lines, out)?;
    }
    for caller in &site.callers {
        let place = format!("{}:{}", shown(&caller.path), caller.line);
        writeln!(out, "  --> {place}: {}", caller.text)?;
    }
    if let Some(remedy) = &site.remedy {
        writeln!(out, "  what would help: {remedy}")?;
    }
    if !site.differences.is_empty() {
        writeln!(
            out,
            "  documented differences (see `aiolift explain {}`):",
            site.transform
        )?;
        for id in &site.differences {
            let sentence = differences::find(id).map_or("", |one| one.sentence);
            writeln!(out, "    {id}: {sentence}")?;
        }
    }
    Ok(())
}

fn excerpt(path: &str, note: &Note, lines: &[&str], out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "  --> {path}:{}:{}: {}",
        note.line, note.column, note.words
    )?;
    if let Some(text) = lines.get(note.line.saturating_sub(1)) {
        writeln!(out, "   {:>5} | {text}", note.line)?;
    }
    Ok(())
}
