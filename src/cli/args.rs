//! The arguments. The doc comments are the help texts.

use super::formats::{self, Format};
use crate::options::StopSign;
use crate::source::SourceFile;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// Lifts legacy Python to modern, structured-concurrency asyncio.
#[derive(Debug, Parser)]
#[command(
    name = "aiolift",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: `run` 0 done, 1 a file could not be read, parsed, verified or written; `diff` and
`check` 0 nothing would change, 1 something would change or a file could not be read or parsed;
2 usage, configuration or internal error."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say less: no summary, no notes; errors stay
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Say more: the reason of every site that stays
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Colour the output; `NO_COLOR` is respected
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

impl Arguments {
    /// Tells the paths from the names of transforms.
    pub(crate) fn sort_out(&mut self, is_transform: impl Fn(&str) -> bool) {
        match &mut self.command {
            Command::Run(command) => command.selection.sort_out(is_transform),
            Command::Diff(command) => command.selection.sort_out(is_transform),
            Command::Check(command) => command.selection.sort_out(is_transform),
            Command::Plan(command) => command.selection.sort_out(is_transform),
            Command::Report(command) => command.selection.sort_out(is_transform),
            Command::List(_)
            | Command::Explain(_)
            | Command::NewStep(_)
            | Command::Undo(_)
            | Command::Server(_)
            | Command::Completions(_)
            | Command::Man => {}
        }
    }

    /// Says which Python runs this program.
    pub(crate) fn run_by(&mut self, python: Option<PathBuf>) {
        match &mut self.command {
            Command::Run(command) => command.selection.given.python = python,
            Command::Diff(command) => command.selection.given.python = python,
            Command::Check(command) => command.selection.given.python = python,
            Command::Plan(command) => command.selection.given.python = python,
            Command::Report(command) => command.selection.given.python = python,
            _ => {}
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Text,
    /// For programs; the schema is documented in docs/json.md
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Rewrite files in place
    Run(Run),
    /// Print the unified diff of what `run` would write (same as `run --dry-run`)
    Diff(Diff),
    /// List every site with its outcome, and the reason where it stays
    Check(Check),
    /// Show which functions would become coroutine functions together, and what blocks the others
    Plan(Plan),
    /// Write a page for the browser: what would change side by side, why the rest stays, and the
    /// functions of `plan`
    Report(Page),
    /// List the transforms in execution order
    List(List),
    /// Show the page of a transform, or why the site at <FILE:LINE> ends as it does
    Explain(Explain),
    /// Write a file to start a Python step of your own from, with a page of tests
    NewStep(NewStep),
    /// Restore the files of the last run, or of one that was killed
    Undo(Undo),
    /// Serve an editor over the Language Server Protocol, on stdin and stdout
    Server(Server),
    /// Print what completes the command in a shell
    Completions(Completions),
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// Which shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// What an editor is served with; its initialization options have the same names.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// Run only these transforms
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) select: Vec<String>,

    /// Leave these transforms out
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// Rewrite where consent is needed, too
    #[arg(long = "unsafe")]
    pub(crate) allow_unsafe: bool,

    /// Make functions coroutine functions in the whole project
    #[arg(long)]
    pub(crate) asyncify: bool,

    /// The oldest Python that must run the result, py39 to py315
    /// [default: the lowest that `requires-python` allows, else py311]
    #[arg(long, value_name = "VERSION")]
    pub(crate) target_version: Option<String>,
}

/// Which files, which transforms, with which options.
#[expect(
    clippy::struct_excessive_bools,
    reason = "every one is a flag of the command line"
)]
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Selection {
    /// Files and folders [default: .]; `-` reads one file from standard input
    #[arg(value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,

    /// Run only these transforms; `python:package.module:ClassName` is a step of your own
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', help_heading = "Transforms")]
    pub(crate) select: Vec<String>,

    /// Leave these transforms out
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', help_heading = "Transforms")]
    pub(crate) skip: Vec<String>,

    /// Apply unsafe changes, too
    #[arg(long = "unsafe", help_heading = "Transforms")]
    pub(crate) allow_unsafe: bool,

    /// The oldest Python that must run the result, py39 to py315
    /// [default: the lowest that `requires-python` allows, else py311]
    #[arg(long, value_name = "VERSION", help_heading = "Transforms")]
    pub(crate) target_version: Option<String>,

    /// How errors in a task group reach the code around it
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Transforms")]
    pub(crate) exceptions: Option<ExceptionsArg>,

    /// What becomes of exceptions that `gather(…, return_exceptions=True)` returns
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Transforms")]
    pub(crate) firewall: Option<FirewallArg>,

    /// The HTTP client for `requests-to-httpx` [default: the one the project depends on]
    #[arg(long, value_enum, value_name = "PACKAGE", help_heading = "Transforms")]
    pub(crate) http_package: Option<HttpPackageArg>,

    /// How many HTTP clients a function opens
    #[arg(long, value_enum, value_name = "SCOPE", help_heading = "Transforms")]
    pub(crate) http_client_scope: Option<ClientScopeArg>,

    /// Take unknown arguments of `gather` for coroutines
    #[arg(long, help_heading = "Transforms")]
    pub(crate) assume_coroutines: bool,

    /// Make functions coroutine functions together with their callers in the whole project, not
    /// only in scripts that nothing imports
    #[arg(long, help_heading = "Transforms")]
    pub(crate) asyncify: bool,

    /// Make this function a coroutine function together with its callers (implies `--asyncify`)
    #[arg(long, value_name = "MODULE:NAME", help_heading = "Transforms")]
    pub(crate) asyncify_from: Vec<String>,

    /// Keep the plain functions, which run the coroutine functions that are put beside them:
    /// `fetch` stays, `fetch_async` is added (implies `--asyncify`)
    #[arg(long, help_heading = "Transforms")]
    pub(crate) keep_sync: bool,

    /// Whether manifests are made to declare the HTTP client that rewritten requests need, in the
    /// place of `requests` when its last use is gone [default: with `--asyncify`]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Transforms")]
    pub(crate) add_dependency: Option<bool>,

    /// Let the project run its own Python steps: those of its settings, and modules that lie in it
    #[arg(long, help_heading = "Transforms")]
    pub(crate) allow_python_steps: bool,

    /// The Python that runs the steps, or its environment
    /// [default: the active environment, `.venv` with `--allow-python-steps`, else `python3`]
    #[arg(long, value_name = "PATH", help_heading = "Transforms")]
    pub(crate) python: Option<PathBuf>,

    /// Leave out files and folders, written as in a `.gitignore` file
    #[arg(long, value_name = "PATTERN", help_heading = "Files")]
    pub(crate) exclude: Vec<String>,

    /// Whether to leave out what git ignores
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Files")]
    pub(crate) respect_gitignore: Option<bool>,

    /// The Python environment whose packages are read where the code uses them: its folder, its
    /// Python, or its `site-packages`; `none` for no environment
    /// [default: `.venv` at the root of the project]
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub(crate) python_environment: Option<String>,

    /// The name of the file that is read from standard input
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub(crate) stdin_filename: Option<PathBuf>,

    /// The number of threads [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,

    /// Count refused sites and unsafe changes as found, too (`diff`, `check`)
    #[arg(long)]
    pub(crate) strict: bool,

    /// Exit with 0 whatever was found; 2 stays 2
    #[arg(long)]
    pub(crate) exit_zero: bool,

    /// What a program gives that no command line has.
    #[arg(skip)]
    pub(crate) given: Given,
}

/// What a program gives that uses the engine as a library.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The files to look at, with their texts; the paths say where they lie.
    pub(crate) texts: Option<Vec<SourceFile>>,
    /// No file is read beside the texts: they belong to no project.
    pub(crate) alone: bool,
    /// A settings file in the place of the one that would be found, with its text.
    pub(crate) settings: Option<(PathBuf, String)>,
    /// Steps in Python are left out.
    pub(crate) without_steps: bool,
    /// The Python that runs this program.
    pub(crate) python: Option<PathBuf>,
    /// Set when nobody waits for the result any more.
    pub(crate) stop: StopSign,
}

impl Selection {
    /// Takes the paths out of the names of transforms: `--select NAME PATH` is a list of names to
    /// the parser, so that `--select NAME NAME` is one, too.
    fn sort_out(&mut self, is_transform: impl Fn(&str) -> bool) {
        for names in [&mut self.select, &mut self.skip] {
            let first = names.len().min(1);
            let is_path = |name: &mut String| !is_transform(name) && Path::new(name).exists();
            self.paths
                .extend(names.extract_if(first.., is_path).map(PathBuf::from));
        }
        if self.paths.is_empty() {
            self.paths.push(PathBuf::from("."));
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExceptionsArg {
    /// A plain task group where nothing can tell the difference, else unwrap
    Auto,
    /// Always raise the first error itself, as `gather` does
    Unwrap,
    /// Let the exception group out
    Group,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum HttpPackageArg {
    Httpx,
    Httpx2,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FirewallArg {
    /// They are returned
    Plain,
    /// They are logged and returned
    Log,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientScopeArg {
    /// One per function
    Function,
    /// One per call
    Call,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "every one is a flag of the command line"
)]
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// Print the diff and write nothing
    #[arg(long = "dry-run")]
    pub(crate) only_diff: bool,

    /// Commit what each transform changes, one after the other; the message lists its sites and
    /// what is different afterwards
    #[arg(long, conflicts_with_all = ["only_diff", "interactive", "allow_dirty", "output_file"])]
    pub(crate) commit_each: bool,

    /// Ask about every change; what belongs together is asked about once
    #[arg(short, long, conflicts_with = "only_diff")]
    pub(crate) interactive: bool,

    /// Write files that have uncommitted changes, too
    #[arg(long)]
    pub(crate) allow_dirty: bool,

    /// Change only what belongs to the sites on this line: a function that becomes a coroutine
    /// function comes with its callers
    #[arg(long, value_name = "FILE:LINE")]
    pub(crate) only: Vec<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Where findings are printed, and how.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// How to print what was found
    #[arg(long, value_parser = formats::parser(), default_value = "text", value_name = "FORMAT", help_heading = "Output")]
    pub(crate) output_format: &'static Format,

    /// Print to this file, not to standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
}

impl OutputArgs {
    /// Whether the text for people is coloured.
    pub(super) fn is_colored(&self) -> bool {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        choice != anstream::ColorChoice::Never && self.output_file.is_none()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// Change only what belongs to the sites on this line: a function that becomes a coroutine
    /// function comes with its callers
    #[arg(long, value_name = "FILE:LINE")]
    pub(crate) only: Vec<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Count the sites that ended alike, most frequent first, and do not list them
    #[arg(long, help_heading = "Output")]
    pub(crate) statistics: bool,

    /// Write the findings to this file, as those that are known
    #[arg(long, value_name = "FILE", help_heading = "Baseline", conflicts_with_all = ["baseline", "statistics", "output_format", "output_file"])]
    pub(crate) write_baseline: Option<PathBuf>,

    /// Fail only for findings that are not in this file, refused sites and unsafe changes among
    /// them [default: `aiolift-baseline.json` in the root of the project, if there is one]
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub(crate) baseline: Option<PathBuf>,

    /// Take no finding for known
    #[arg(long, help_heading = "Baseline", conflicts_with = "baseline")]
    pub(crate) no_baseline: bool,

    /// Stop after a stage, for measurements
    #[arg(long, hide = true)]
    pub(crate) stage: Option<Stage>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Stage {
    Scan,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// How to print the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text, value_name = "FORMAT")]
    pub(crate) output_format: PlanFormat,

    /// Only scripts that nothing imports, as `run` without `--asyncify` does
    #[arg(long)]
    pub(crate) closed_scripts: bool,

    /// Also the walls behind the first one of each site
    #[arg(long)]
    pub(crate) all_walls: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    Text,
    /// For programs; the schema is documented in docs/json.md
    Json,
    /// A graph for Graphviz
    Dot,
    /// A graph for Mermaid
    Mermaid,
}

#[derive(Debug, Args)]
pub(crate) struct Page {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// The file to write
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "aiolift-report.html"
    )]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// How to print the transforms
    #[arg(long, value_enum, default_value_t = OutputFormat::Text, value_name = "FORMAT")]
    pub(crate) output_format: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A transform's name, or <FILE:LINE>
    #[arg(value_name = "NAME|FILE:LINE")]
    pub(crate) what: String,

    #[command(flatten)]
    pub(crate) selection: ExplainOptions,
}

/// The options that decide what becomes of a site.
#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The oldest Python that must run the result
    #[arg(long, value_name = "VERSION")]
    pub(crate) target_version: Option<String>,

    /// How errors in a task group reach the code around it
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) exceptions: Option<ExceptionsArg>,

    /// Make functions coroutine functions in the whole project
    #[arg(long)]
    pub(crate) asyncify: bool,

    /// The Python environment whose packages are read where the code uses them
    #[arg(long, value_name = "PATH")]
    pub(crate) python_environment: Option<String>,

    /// Keep the plain functions beside the coroutine functions
    #[arg(long)]
    pub(crate) keep_sync: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewStep {
    /// The name of the module, such as `rename_client`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// The folder, which is the package that the module lies in
    #[arg(long, value_name = "FOLDER", default_value = "steps")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// A path in the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
}
