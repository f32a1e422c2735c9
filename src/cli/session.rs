//! From arguments and settings to a report: what every verb has in common.

mod options;

pub(super) use self::options::unknown_transform;

use self::options::{options, parse_target};
use super::args::{Arguments, Selection};
use super::dependencies::{self, Client};
use super::scan::{Scanner, Seen};
use super::{Stop, say, summary};
use crate::config::{
    Config, Manifest, ManifestFacts, PythonEnvironment, Scope, TargetVersion, is_about_tests,
    resolve_target,
};
use crate::index::{Index, Survey};
use crate::options::{Asyncify, Choice, Options};
use crate::pipeline::{self, Decoded, Pipeline};
use crate::project::Project;
use crate::report::{FileError, Outlook, Report};
use crate::source::SourceFile;
use crate::transform::Entry;
use crate::transforms::CATALOG;
use crate::workspace::{self, DiskSources, Environment, WalkOptions};
use rustc_hash::{FxHashMap, FxHashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// One run of a verb over some paths.
pub(crate) struct Session {
    paths: Vec<PathBuf>,
    /// The folder that a run's journal belongs to.
    pub(crate) root: PathBuf,
    project_root: Option<PathBuf>,
    steps: Vec<&'static Entry>,
    pub(crate) options: Options,
    walk: WalkOptions,
    environment: Option<Environment>,
    jobs: usize,
    dependencies: FxHashSet<String>,
    manifests: Vec<Manifest>,
    /// The HTTP client that the manifests are made to declare where it is used.
    client: Option<Client>,
    stdin: Option<Vec<u8>>,
    /// The files that do not come from the disk.
    texts: Option<Vec<SourceFile>>,
    stdin_name: PathBuf,
    quiet: bool,
    started: Instant,
    /// Python files seen by the walk.
    pub(crate) files_seen: usize,
    /// Bytes seen by the walk.
    pub(crate) bytes_seen: u64,
    /// The oldest Python the result is made for.
    pub(crate) target: TargetVersion,
    notes: Vec<String>,
    /// Sites that were found among the files, by transforms' words.
    pub(crate) candidates: usize,
}

/// What the paths hold, read once.
pub(crate) struct Ground {
    /// The files that may have sites.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// The project around them.
    pub(crate) project: Project,
    /// What could not be read.
    errors: Vec<FileError>,
}

impl Session {
    /// Reads settings and manifests and checks the arguments.
    pub(crate) fn open(selection: &Selection, arguments: &Arguments) -> Result<Self, Stop> {
        Self::open_quietly(selection, arguments.is_quiet())
    }

    /// The same; `quiet` says whether only errors are printed.
    pub(crate) fn open_quietly(selection: &Selection, quiet: bool) -> Result<Self, Stop> {
        let stdin = match selection.paths[..] {
            [ref only] if only == Path::new("-") => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes)?;
                Some(bytes)
            }
            _ => None,
        };
        Self::over(selection, quiet, stdin)
    }

    /// The same with the bytes that come from standard input, or from anywhere else.
    pub(crate) fn over(
        selection: &Selection,
        quiet: bool,
        stdin: Option<Vec<u8>>,
    ) -> Result<Self, Stop> {
        let started = Instant::now();
        let stdin_name = selection
            .stdin_filename
            .clone()
            .unwrap_or_else(|| PathBuf::from("stdin.py"));
        let given = &selection.given;
        let beside = |name: &Path| {
            name.parent()
                .map_or_else(|| PathBuf::from("."), Path::to_owned)
        };
        let anchor = match (&stdin, given.texts.as_deref()) {
            (Some(_), _) => beside(&stdin_name),
            (None, Some([first, ..])) => beside(first.path()),
            (None, _) => selection.paths[0].clone(),
        };
        let anchor = if anchor.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            anchor
        };
        let project_root = if given.alone {
            None
        } else {
            workspace::project_root(&anchor)
        };
        let ids: Vec<&str> = CATALOG
            .entries()
            .iter()
            .map(|entry| entry.about.id)
            .chain([crate::renames::ID])
            .collect();
        let config = match &given.settings {
            Some((path, text)) => {
                Config::parse(path, text, &ids).map_err(|error| Stop::Failed(error.into()))?
            }
            None if given.alone => None,
            None => Config::find(workspace::settings_files(&anchor), &ids).map_err(Stop::from)?,
        };
        let config = config.unwrap_or_default();
        let root = project_root
            .clone()
            .unwrap_or_else(|| super::write::journal_folder(&anchor));
        // A folder of scripts may have nothing but a `requirements.txt`, which makes no project.
        let manifests = if given.alone {
            Vec::new()
        } else {
            workspace::manifests(&root, |path| {
                ManifestFacts::reads(path) || is_about_tests(path)
            })?
        };
        let facts = ManifestFacts::of(&manifests);
        let (explicit, clamp_note) = match &selection.target_version {
            Some(text) => {
                let (version, note) = parse_target(text)?;
                (Some(version), note)
            }
            None => (config.target_version, None),
        };
        let target = resolve_target(explicit, &facts);
        let mut notes: Vec<String> = facts.notes.clone();
        notes.extend(clamp_note);
        notes.extend(target.note.clone());

        let walk = WalkOptions {
            exclude: config
                .exclude
                .iter()
                .chain(&selection.exclude)
                .cloned()
                .collect(),
            exclude_base: config
                .path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty() && !config.exclude.is_empty())
                .map_or_else(|| PathBuf::from("."), Path::to_owned),
            respect_gitignore: selection
                .respect_gitignore
                .or(config.respect_gitignore)
                .unwrap_or(true),
            jobs: selection.jobs.or(config.jobs).unwrap_or(0),
        };
        let jobs = match walk.jobs {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        };
        let named = selection.python_environment.as_deref();
        let named = named.map(|text| PythonEnvironment::parse(text, Path::new("")));
        let environment = match named.as_ref().or(config.python_environment.as_ref()) {
            Some(PythonEnvironment::At(path)) => Some(Environment::at(path)?),
            Some(PythonEnvironment::None) => None,
            None => project_root.as_deref().and_then(Environment::of_project),
        };
        // What only the tests install cannot be imported by the code that is shipped.
        let mut declared: FxHashSet<String> = facts
            .dependencies
            .iter()
            .filter(|(_, scope)| *scope != Scope::Development)
            .map(|(name, _)| name.to_owned())
            .collect();
        let options = options(selection, &config, target.version, &manifests, &facts);
        let client = match (&stdin, &given.texts) {
            (Some(_), _) | (_, Some(_)) => None,
            (None, None) => Client::undeclared(&options, &manifests, &mut declared),
        };
        let steps = super::steps::chosen(selection, &config, &ids, project_root.as_deref())?;
        Ok(Self {
            paths: selection.paths.clone(),
            root,
            project_root,
            steps,
            options,
            walk,
            environment,
            jobs,
            dependencies: declared,
            manifests,
            client,
            stdin,
            texts: given.texts.clone(),
            stdin_name,
            quiet,
            started,
            files_seen: 0,
            bytes_seen: 0,
            target: target.version,
            notes,
            candidates: 0,
        })
    }

    /// Whether the file comes from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.stdin.is_some()
    }

    /// Whether nothing is read from the disk but what decides about the files at hand.
    fn in_memory(&self) -> bool {
        self.stdin.is_some() || self.texts.is_some()
    }

    /// The bytes that came from standard input.
    pub(crate) fn stdin(&self) -> &[u8] {
        self.stdin.as_deref().unwrap_or_default()
    }

    /// Seconds since the start.
    pub(crate) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Only the walk, the reading and the byte scan.
    pub(crate) fn scan_only(&mut self) -> Result<(), Stop> {
        let scanner = Scanner::new(&self.steps);
        let scan = workspace::scan(&self.paths, &self.walk, |path, bytes| {
            scanner.keeps(path, bytes)
        })?;
        say(&format!(
            "{} of {} files, {} bytes, {:.3} s",
            scan.candidates.len(),
            scan.files_seen,
            scan.bytes_seen,
            self.seconds()
        ));
        Ok(())
    }

    /// Finds and rewrites; writes nothing.
    pub(crate) fn report(&mut self) -> Result<Report, Stop> {
        Ok(self.outlook()?.0)
    }

    /// Like [`Session::report`], with what is known about the functions that are lifted.
    pub(crate) fn outlook(&mut self) -> Result<(Report, Outlook), Stop> {
        let mut ground = self.read()?;
        let files = std::mem::take(&mut ground.files);
        let bar = summary::progress(self.quiet, files.len());
        let found = self.judge(&ground, files, None, &|| bar.advance());
        bar.finish();
        // The process ends soon: to take everything apart that is known would only take time.
        std::mem::forget(ground);
        Ok(found)
    }

    /// Reads the files that may have sites, and looks around in the project.
    pub(crate) fn read(&mut self) -> Result<Ground, Stop> {
        let scanner = Scanner::new(&self.steps);
        let survey = Survey::default();
        let mut surveyed = false;
        let mut errors = Vec::new();
        let mut files = Vec::new();
        if let Some(bytes) = self.stdin.clone() {
            self.files_seen = 1;
            self.bytes_seen = bytes.len() as u64;
            if scanner.keeps(&self.stdin_name, &bytes) {
                files.push((self.stdin_name.clone(), bytes));
            }
        } else if let Some(texts) = &self.texts {
            self.files_seen = texts.len();
            self.bytes_seen = texts.iter().map(|text| text.bytes().len() as u64).sum();
            let kept = texts
                .iter()
                .take_while(|_| !self.options.stop.is_set())
                .filter(|text| scanner.keeps(text.path(), text.bytes()));
            files.extend(kept.map(|text| (text.path().to_owned(), text.bytes().to_owned())));
        } else {
            surveyed = self.is_whole_project();
            let scan = workspace::scan(&self.paths, &self.walk, |path, bytes| {
                if surveyed {
                    look(&survey, path, bytes);
                }
                scanner.keeps(path, bytes)
            })?;
            self.files_seen = scan.files_seen;
            self.bytes_seen = scan.bytes_seen;
            for error in scan.errors {
                errors.push(FileError {
                    path: error.path.clone(),
                    line: None,
                    message: format!("{error}."),
                    is_bug: false,
                });
            }
            let all = scan.candidates.into_iter();
            files.extend(all.map(|one| (one.path, one.bytes)));
        }
        self.candidates = files.len();
        if !files.is_empty() {
            surveyed |= self.look_around(&scanner, Some(&survey))?;
        }
        let index = if surveyed {
            Index::surveyed(survey)
        } else {
            Index::default()
        };
        Ok(Ground {
            files,
            project: self.project(scanner.seen(self.project_root()), index),
            errors,
        })
    }

    /// The project around the files, with what they say about each other.
    pub(super) fn project(&self, seen: Seen, index: Index) -> Project {
        Project {
            root: self.project_root.clone(),
            dependencies: self.dependencies.clone(),
            markers: seen.markers,
            patched: seen.patched,
            sources: std::sync::Arc::new(
                match &self.project_root {
                    Some(root) => DiskSources::new(Some(root), self.walk.clone()),
                    None if self.in_memory() => DiskSources::new(None, self.walk.clone()),
                    None => DiskSources::around(&self.paths, self.walk.clone()),
                }
                .with_environment(self.environment.clone()),
            ),
            index: std::sync::Arc::new(index),
        }
    }

    /// The folder of the project, where there is one.
    pub(crate) fn project_root(&self) -> Option<&Path> {
        self.project_root.as_deref()
    }

    /// The transforms in their order.
    pub(crate) fn steps(&self) -> &[&'static Entry] {
        &self.steps
    }

    /// What the user asked for.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Finds and rewrites in some of the files that were read; where there is a choice, only what
    /// is chosen.
    pub(crate) fn judge(
        &self,
        ground: &Ground,
        files: Vec<(PathBuf, Vec<u8>)>,
        choice: Option<Choice>,
        done: &(dyn Fn() + Sync),
    ) -> (Report, Outlook) {
        let project = &ground.project;
        let mut options = self.options.clone();
        options.choice = choice.map(std::sync::Arc::new);
        let pipeline = Pipeline {
            steps: self.steps.clone(),
            options,
            project,
            paths: match (&self.stdin, &self.texts) {
                (Some(_), _) => vec![self.stdin_name.clone()],
                (None, Some(texts)) => texts.iter().map(|text| text.path().to_owned()).collect(),
                (None, None) => self.paths.clone(),
            },
        };
        let files = files.into_iter();
        let texts: FxHashMap<&Path, &SourceFile> = match &self.texts {
            Some(texts) => texts.iter().map(|text| (text.path(), text)).collect(),
            None => FxHashMap::default(),
        };
        let files = files.map(|(path, bytes)| match texts.get(&*path) {
            Some(&text) => Decoded::Source(text.clone()),
            None => Decoded::Raw(path, bytes),
        });
        let (mut report, outlook) = pipeline.plan(files.collect(), self.jobs, done);
        for step in &self.steps {
            step.rest();
        }
        report.errors.extend(ground.errors.iter().cloned());
        let as_given = |path: &Path| {
            if self.paths.iter().all(|given| given.is_absolute()) {
                path.to_owned()
            } else {
                workspace::from_here(path)
            }
        };
        if let Some(client) = self.client {
            client.declare(&mut report, project, &self.manifests, &as_given);
        }
        if self.options.add_dependency {
            dependencies::declare_answers(&mut report, project, &self.manifests, &as_given);
            dependencies::declare_in_scripts(&mut report, &self.options);
        }
        report.sort();
        (report, outlook)
    }

    /// Whether the user named the folder of the project, and nothing else.
    fn is_whole_project(&self) -> bool {
        match (&self.paths[..], &self.project_root) {
            ([only], Some(root)) => std::path::absolute(only).is_ok_and(|only| only == *root),
            _ => false,
        }
    }

    /// Scans the rest of the project for what decides about sites in the paths. Whether the survey
    /// has seen the whole project by that.
    pub(super) fn look_around(
        &self,
        scanner: &Scanner,
        survey: Option<&Survey>,
    ) -> Result<bool, Stop> {
        let Some(root) = &self.project_root else {
            return Ok(false);
        };
        let covered = !self.in_memory()
            && self
                .paths
                .iter()
                .any(|path| workspace::contains(path, root));
        if covered {
            return Ok(false);
        }
        workspace::scan(std::slice::from_ref(root), &self.walk, |path, bytes| {
            if let Some(survey) = survey {
                look(survey, path, bytes);
            }
            scanner.keeps(path, bytes);
            false
        })?;
        Ok(true)
    }

    /// Names the files that could not be done, and, unless quiet, the remarks.
    pub(crate) fn complain(&self, report: &Report) {
        for error in &report.errors {
            say(&summary::error(error));
        }
        if !self.quiet {
            for note in &report.notes {
                say(&summary::error(note));
            }
            for note in &self.notes {
                say(&format!("note: {note}"));
            }
        }
    }

    /// The summary on stderr.
    pub(crate) fn summarize(&self, report: &Report, written: bool) {
        if !self.quiet {
            say(&summary::summary(report, self, written));
        }
    }

    /// What is wrong with the text of a Python file.
    pub(crate) fn fault(&self, path: &Path, bytes: &[u8]) -> Option<FileError> {
        let is_python = path
            .extension()
            .is_some_and(|end| end == "py" || end == "pyi");
        is_python
            .then(|| pipeline::fault(path, bytes, &self.options))
            .flatten()
    }

    /// Whether functions of the whole project are lifted.
    pub(crate) fn asyncifies(&self) -> bool {
        self.options.asyncify != Asyncify::ClosedScripts
    }

    /// The transforms that run, in order.
    pub(crate) fn step_ids(&self) -> Vec<&'static str> {
        self.steps.iter().map(|step| step.about.id).collect()
    }

    /// Whether the user asked for silence.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }
}

/// Shows a file to a survey, under the path that the project has for it.
fn look(survey: &Survey, path: &Path, bytes: &[u8]) {
    if let Some(text) = workspace::decoded(path, bytes) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        survey.look(&path, &text);
    }
}
