//! The command line: the only part that speaks to a terminal.

pub(crate) mod args;
mod commits;
mod dependencies;
pub(crate) mod diff;
mod explain;
mod fixes;
mod formats;
mod job_summary;
mod json;
mod merge;
mod new_step;
mod plan;
mod ratchet;
mod report_page;
mod review;
mod scan;
mod server;
pub(crate) mod session;
mod statistics;
mod steps;
mod summary;
mod survey;
mod write;

use crate::renames;
use crate::report::{Outcome, Report};
use crate::step;
use crate::transforms::CATALOG;
use crate::workspace;
use anstream::ColorChoice;
use args::{Arguments, Color, Command, OutputArgs, OutputFormat, Selection};
use clap::{CommandFactory, Parser};
use fixes::Fixes;
use formats::{Findings, Verb};
use session::Session;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

/// Why a command ends without a result.
pub(crate) enum Stop {
    /// Usage, configuration or environment: exit code 2, after this message.
    Usage(String),
    /// The same, of the environment or the settings, with what is known about the place.
    Failed(crate::error::Error),
    /// Nobody reads the output any more.
    ClosedPipe,
}

impl From<crate::error::Error> for Stop {
    fn from(error: crate::error::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Usage(format!("The output cannot be written: {error}.")),
        }
    }
}

/// What a process that has run the command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExitCode(u8);

impl ExitCode {
    pub(crate) const SUCCESS: Self = Self(0);
}

impl From<u8> for ExitCode {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

/// Runs the command with the arguments of the process.
pub fn run() -> std::process::ExitCode {
    std::process::ExitCode::from(run_with(std::env::args_os()))
}

/// Runs the command with arguments, of which the first one is the name of the program. The answer
/// is the exit code; all output has been written by then.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    run_by(arguments, None)
}

/// The same, where a Python runs this program: it is the one that runs steps, too, unless another
/// one is named.
pub fn run_by(arguments: impl IntoIterator<Item = OsString>, python: Option<PathBuf>) -> u8 {
    let ExitCode(code) = parse_and_dispatch(arguments, python);
    // Whoever reads no further has what it wants.
    drop(io::stdout().flush());
    code
}

fn parse_and_dispatch(
    arguments: impl IntoIterator<Item = OsString>,
    python: Option<PathBuf>,
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(mut arguments) => {
            arguments.run_by(python);
            arguments.sort_out(|name| {
                CATALOG.get(name).is_some() || name.starts_with(step::PREFIX) || name == renames::ID
            });
            arguments
        }
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // Help that cannot be shown because nobody reads it is no failure.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    set_color(arguments.color);
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(Stop::ClosedPipe) => ExitCode::SUCCESS,
        Err(Stop::Failed(error)) => {
            say(&format!("aiolift: {error}"));
            ExitCode::from(2)
        }
        Err(Stop::Usage(message)) => {
            say(&format!("aiolift: {message}"));
            ExitCode::from(2)
        }
    }
}

fn set_color(color: Color) {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::AlwaysAnsi,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
}

/// Writes a line to stderr; a closed stderr is nobody's problem.
fn say(line: &str) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

fn dispatch(arguments: &Arguments) -> Result<ExitCode, Stop> {
    match &arguments.command {
        Command::Run(command) if command.only_diff => diff(
            &command.selection,
            &command.only,
            arguments,
            &command.output,
        ),
        Command::Run(command) => apply(command, arguments),
        Command::Diff(command) => diff(
            &command.selection,
            &command.only,
            arguments,
            &command.output,
        ),
        Command::Check(command) => check(command, arguments),
        Command::Plan(command) => plan::plan(command, arguments),
        Command::Report(command) => report_page::report(command, arguments),
        Command::List(command) => list(command.output_format),
        Command::Explain(command) => explain::explain(command, arguments),
        Command::NewStep(command) => new_step::new_step(command, arguments.is_quiet()),
        Command::Undo(command) => write::undo(&command.path, arguments.is_quiet()),
        Command::Server(command) => server::serve(command),
        Command::Completions(command) => completions(command.shell),
        Command::Man => man(),
    }
}

/// `aiolift completions SHELL`
fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Stop> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "aiolift", &mut text);
    io::stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// `aiolift man`: one page for the command and its verbs.
fn man() -> Result<ExitCode, Stop> {
    let mut command = Arguments::command();
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let page = clap_mangen::Man::new(verb.clone());
        let name = verb.get_name().to_uppercase();
        writeln!(text, ".SH \"{name}\"")?;
        if let Some(about) = verb.get_about() {
            writeln!(text, "{about}")?;
        }
        let mut options = Vec::new();
        page.render_options_section(&mut options)?;
        // The options of a verb stand below its own heading.
        text.extend(
            String::from_utf8_lossy(&options)
                .replacen(".SH OPTIONS", ".SS OPTIONS", 1)
                .bytes(),
        );
    }
    io::stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// `aiolift run`
fn apply(command: &args::Run, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let as_json = match command.output.output_format.name {
        "text" => false,
        "json" => true,
        other => {
            return Err(Stop::Usage(format!(
                "`--output-format {other}` shows what would change; add `--dry-run`, or take `text` or `json`."
            )));
        }
    };
    let mut session = Session::open(&command.selection, arguments)?;
    if command.interactive && (as_json || session.reads_stdin()) {
        return Err(Stop::Usage(
            "A review reads the answers of a person and shows them text; leave `-` and `--output-format` out."
                .to_owned(),
        ));
    }
    if command.commit_each {
        if as_json || session.reads_stdin() {
            return Err(Stop::Usage(
                "Commits are made of files, and reported as text; leave `-` and `--output-format` out."
                    .to_owned(),
            ));
        }
        return commits::run(command, &mut session, arguments);
    }
    if session.reads_stdin() {
        let report = survey::report(&mut session, &command.only)?;
        session.complain(&report);
        let mut out = anstream::AutoStream::never(io::stdout().lock());
        match report.changes.first() {
            Some(change) => out.write_all(&change.after)?,
            None => out.write_all(session.stdin())?,
        }
        out.flush()?;
        return Ok(exit(!report.errors.is_empty(), &command.selection));
    }
    let report = if command.interactive {
        match review::report(&mut session, &command.only, command.allow_dirty)? {
            Some(report) => report,
            None => return Ok(ExitCode::SUCCESS),
        }
    } else {
        let report = survey::report(&mut session, &command.only)?;
        session.complain(&report);
        report
    };
    let document = |written: &write::Written, reason| -> Result<(), Stop> {
        let document = json::run(&report, &session, written, reason);
        print(&command.output, &|out| formats::pretty(&document, out))
    };
    let written = match write::write(&report, &session, command.allow_dirty) {
        Ok(written) => written,
        Err(stop) => {
            if as_json {
                document(&write::Written::default(), "stopped")?;
            }
            return Err(stop);
        }
    };
    let failed = !report.errors.is_empty() || !written.dropped.is_empty();
    let findings = Findings {
        verb: Verb::Diff,
        report: &report,
        session: &session,
        fixes: &Fixes::default(),
        ratchet: None,
        verbose: false,
        strict: false,
        colored: false,
    };
    job_summary::append("aiolift run", &findings);
    if as_json {
        document(&written, if failed { "failed" } else { "done" })?;
    } else {
        if arguments.verbose > 0 {
            summary::reasons(&report)?;
        }
        session.summarize(&report, true);
        write::hint(&report, &written, &session);
    }
    Ok(exit(failed, &command.selection))
}

/// Lets something be printed where the user wants it.
fn print(output: &OutputArgs, what: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> Result<(), Stop> {
    let Some(path) = &output.output_file else {
        // Not through a filter for terminals: it would drop bytes that are not UTF-8.
        let mut out = io::BufWriter::new(io::stdout().lock());
        what(&mut out)?;
        return Ok(out.flush()?);
    };
    let mut bytes = Vec::new();
    what(&mut bytes)?;
    Ok(workspace::save(path, &bytes)?)
}

/// Finds what the format wants to show.
fn found(
    session: &mut Session,
    only: &[String],
    output: &OutputArgs,
) -> Result<(Report, Fixes), Stop> {
    if output.output_format.fixes {
        return fixes::report(session, only);
    }
    Ok((survey::report(session, only)?, Fixes::default()))
}

/// `aiolift diff` and `aiolift run --dry-run`
fn diff(
    selection: &Selection,
    only: &[String],
    arguments: &Arguments,
    output: &OutputArgs,
) -> Result<ExitCode, Stop> {
    let mut session = Session::open(selection, arguments)?;
    let (report, fixes) = found(&mut session, only, output)?;
    session.complain(&report);
    let findings = Findings {
        verb: Verb::Diff,
        report: &report,
        session: &session,
        fixes: &fixes,
        ratchet: None,
        verbose: arguments.verbose > 0,
        strict: selection.strict,
        colored: output.is_colored(),
    };
    print(output, &|out| (output.output_format.print)(&findings, out))?;
    job_summary::append("aiolift diff", &findings);
    if arguments.verbose > 0 && output.output_format.name == "text" {
        summary::reasons(&report)?;
    }
    session.summarize(&report, false);
    let found =
        !report.changes.is_empty() || !report.errors.is_empty() || strict(selection, &report);
    Ok(exit(found, selection))
}

/// `aiolift check`
fn check(command: &args::Check, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let (selection, output) = (&command.selection, &command.output);
    let format = output.output_format;
    if command.statistics && !["text", "json"].contains(&format.name) {
        return Err(Stop::Usage(format!(
            "`--statistics` has no `--output-format {}`; take `text` or `json`.",
            format.name
        )));
    }
    let mut session = Session::open(selection, arguments)?;
    if command.stage.is_some() {
        session.scan_only()?;
        return Ok(ExitCode::SUCCESS);
    }
    let (report, fixes) = found(&mut session, &[], output)?;
    session.complain(&report);
    if let Some(path) = &command.write_baseline {
        ratchet::write(path, command, &session, &report)?;
        return Ok(exit(!report.errors.is_empty(), selection));
    }
    let ratchet = ratchet::compare(command, &session, &report)?;
    let findings = Findings {
        verb: Verb::Check,
        report: &report,
        session: &session,
        fixes: &fixes,
        ratchet: ratchet.as_ref(),
        verbose: arguments.verbose > 0,
        strict: selection.strict,
        colored: output.is_colored(),
    };
    print(output, &|out| match command.statistics {
        true if format.name == "json" => statistics::print_json(&report, &session, out),
        true => statistics::print(&report, out),
        false => (format.print)(&findings, out),
    })?;
    job_summary::append("aiolift check", &findings);
    session.summarize(&report, false);
    if let Some(ratchet) = &ratchet {
        ratchet.tell(&session);
    }
    let found = match &ratchet {
        Some(ratchet) => ratchet.new > 0,
        None => report.count(Outcome::Changed) > 0 || strict(selection, &report),
    };
    Ok(exit(found || !report.errors.is_empty(), selection))
}

fn strict(selection: &Selection, report: &crate::report::Report) -> bool {
    selection.strict && report.count(Outcome::Refused) + report.count(Outcome::Withheld) > 0
}

fn exit(failed: bool, selection: &Selection) -> ExitCode {
    ExitCode::from(u8::from(failed && !selection.exit_zero))
}

/// `aiolift list`
fn list(format: OutputFormat) -> Result<ExitCode, Stop> {
    match format {
        OutputFormat::Json => json::print(&json::list())?,
        OutputFormat::Text => {
            let mut out = anstream::stdout().lock();
            let width = CATALOG
                .entries()
                .iter()
                .map(|entry| entry.about.id.len())
                .max();
            for entry in CATALOG.entries() {
                let about = entry.about;
                let off = if about.default {
                    ""
                } else {
                    " (only when selected)"
                };
                writeln!(
                    out,
                    "{:width$}  {:7}  {}{off}",
                    about.id,
                    about.offers.as_str(),
                    about.summary(),
                    width = width.unwrap_or_default()
                )?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
