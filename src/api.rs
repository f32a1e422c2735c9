//! The engine as a library: what the package for Python is made of. Nothing is written, neither to
//! files nor to the terminal.

use crate::cli::Stop;
use crate::cli::args::{Given, Selection};
use crate::cli::diff::{self, Palette};
use crate::cli::session::Session;
use crate::error::Error;
use crate::options::StopSign;
use crate::report::{FileChange, FileError, Outlook, Report};
use crate::rewrite::Proof;
use crate::source::SourceFile;
use crate::syntax::{Module, PythonVersion, TextRange, TextSize, Tree};
use crate::workspace;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to do, as the options of the command line say it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `--select`
    pub select: Vec<String>,
    /// `--skip`
    pub skip: Vec<String>,
    /// `--unsafe`
    pub allow_unsafe: bool,
    /// `--asyncify`
    pub asyncify: bool,
    /// `--target-version`
    pub target_version: Option<String>,
    /// `--allow-python-steps`
    pub allow_python_steps: bool,
    /// The Python that runs steps, unless another one is found first.
    pub python: Option<PathBuf>,
    /// `--exclude`
    pub exclude: Vec<String>,
    /// `--jobs`
    pub jobs: Option<usize>,
    /// A settings file, with its text, in the place of the one that would be found.
    pub settings: Option<(PathBuf, String)>,
    /// Set from another thread to end the run early.
    pub stop: StopSign,
}

/// Why there is no result: what is wrong with the request or its surroundings, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file that says something wrong, or that is not there.
    pub path: Option<PathBuf>,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        let (path, line, message) = match stop {
            Stop::ClosedPipe => (None, None, "The output was closed.".to_owned()),
            Stop::Usage(message) => (None, None, message),
            Stop::Failed(error) => {
                let message = error.to_string();
                match error {
                    Error::Config(error) => (Some(error.path), Some(error.line), error.message),
                    Error::PathNotFound(path) | Error::NotAFile(path) => {
                        (Some(path), None, message)
                    }
                    Error::File(error) => (Some(error.path), None, message),
                    _ => (None, None, message),
                }
            }
        };
        Self {
            path,
            line,
            message,
        }
    }
}

/// A text to rewrite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it lies, if that is known: then the settings of its project count, and the other files
    /// of the project are read where they matter. Otherwise nothing is read.
    pub path: Option<PathBuf>,
    /// The text.
    pub text: String,
}

/// Everything about the files and folders `paths`.
pub fn report(paths: Vec<PathBuf>, request: &Request) -> Result<(Report, Outlook), Failure> {
    for path in &paths {
        if path == Path::new("-") {
            return Err(Failure {
                path: Some(path.clone()),
                line: None,
                message: "`-` is standard input, which is read by the command alone".to_owned(),
            });
        }
    }
    let mut selection = selection(request, Given::default());
    selection.paths = paths;
    if selection.paths.is_empty() {
        selection.paths.push(PathBuf::from("."));
    }
    run(&selection)
}

/// What becomes of each of `texts`, in their order. The files of a project are done together.
pub fn rewrite(texts: Vec<Text>, request: &Request) -> Result<Vec<Report>, Failure> {
    let mut reports: Vec<Report> = vec![Report::default(); texts.len()];
    // Which texts belong together, and in which folders lies which project.
    let mut projects: BTreeMap<Option<PathBuf>, Vec<(usize, SourceFile)>> = BTreeMap::new();
    let mut roots: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    for (at, text) in texts.into_iter().enumerate() {
        let project = text.path.as_deref().map(|path| {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let found = || workspace::project_root(&or_here(&folder));
            let root = roots.entry(folder.clone()).or_insert_with(found);
            root.clone().unwrap_or(folder)
        });
        let path = text.path.unwrap_or_else(|| PathBuf::from("<string>"));
        match SourceFile::from_text(path.clone(), text.text) {
            Ok(source) => projects.entry(project).or_default().push((at, source)),
            Err(error) => reports[at].errors.push(FileError {
                path,
                line: error.line(),
                message: error.reason(),
                is_bug: false,
            }),
        }
    }
    for (project, mut members) in projects {
        let is_alone = project.is_none();
        // Files of one name are told apart by doing them one after the other.
        while !members.is_empty() {
            let mut batch: BTreeMap<PathBuf, usize> = BTreeMap::new();
            let mut sources = Vec::new();
            let mut rest = Vec::new();
            for (at, source) in members {
                let name = if is_alone {
                    PathBuf::from(format!("<string {at}>"))
                } else {
                    source.path().to_owned()
                };
                if batch.contains_key(&name) {
                    rest.push((at, source));
                    continue;
                }
                sources.push(source.renamed(name.clone()));
                batch.insert(name, at);
            }
            members = rest;
            let given = Given {
                texts: Some(sources),
                alone: is_alone,
                ..Given::default()
            };
            let (found, _) = run(&selection(request, given))?;
            divide(found, &batch, is_alone, &mut reports);
        }
    }
    Ok(reports)
}

/// Gives every text its part of a report.
fn divide(found: Report, batch: &BTreeMap<PathBuf, usize>, is_alone: bool, reports: &mut [Report]) {
    let named = |path: &mut PathBuf| {
        let at = batch.get(path).copied();
        if is_alone {
            *path = PathBuf::from("<string>");
        }
        at
    };
    for mut site in found.sites {
        if let Some(at) = named(&mut site.path) {
            reports[at].sites.push(site);
        }
    }
    for mut change in found.changes {
        if let Some(at) = named(&mut change.path) {
            reports[at].changes.push(change);
        }
    }
    for mut error in found.errors {
        if let Some(at) = named(&mut error.path) {
            reports[at].errors.push(error);
        }
    }
    for mut note in found.notes {
        if let Some(at) = named(&mut note.path) {
            reports[at].notes.push(note);
        }
    }
}

/// Whether a step may make this text of another one; the error says why not.
pub fn verify(before: &str, after: &str) -> Result<(), String> {
    let parse = |text| {
        Module::parse(text, PythonVersion::latest())
            .map_err(|error| format!("the result does not parse: {}", error.message))
    };
    let Ok(module) = Module::parse(before, PythonVersion::latest()) else {
        return parse(after).map(drop);
    };
    let old = Tree::new(&module);
    let module = parse(after)?;
    let new = Tree::new(&module);
    let whole = TextRange::up_to(TextSize::of(before));
    let comments = old.comments_in(whole).into_iter();
    let comments: Vec<String> = comments
        .map(|comment| old.slice(comment).trim_end().to_owned())
        .collect();
    Proof::of(&old).holds(&new, &comments)
}

/// The unified diff of a file, as `aiolift diff` prints it.
pub fn diff(change: &FileChange) -> Vec<u8> {
    let mut out = Vec::new();
    diff::print(change, Palette::new(false), &mut out).expect("a buffer takes everything");
    out
}

fn or_here(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    }
}

fn selection(request: &Request, given: Given) -> Selection {
    Selection {
        paths: vec![PathBuf::from(".")],
        select: request.select.clone(),
        skip: request.skip.clone(),
        allow_unsafe: request.allow_unsafe,
        asyncify: request.asyncify,
        target_version: request.target_version.clone(),
        allow_python_steps: request.allow_python_steps,
        exclude: request.exclude.clone(),
        jobs: request.jobs,
        given: Given {
            settings: request.settings.clone(),
            stop: request.stop.clone(),
            python: request.python.clone(),
            ..given
        },
        ..Selection::default()
    }
}

fn run(selection: &Selection) -> Result<(Report, Outlook), Failure> {
    let mut session = Session::open_quietly(selection, true)?;
    let mut ground = session.read()?;
    let files = std::mem::take(&mut ground.files);
    Ok(session.judge(&ground, files, None, &|| ()))
}
