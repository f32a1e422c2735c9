//! Runs the ordered list over files. The list runs once; within one transform a file is looked at
//! again while sites are left.

mod asyncify;
mod choice;
mod keep;
mod list;
mod sites;

use self::asyncify::Wish;
use self::list::State;
use crate::options::{Asyncify, LiftedRequests, Options};
use crate::project::Project;
use crate::report::{FileChange, FileError, Outcome, Outlook, Report};
use crate::source::SourceFile;
use crate::syntax::Module;
use crate::transform::Entry;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The address space reserved for the stack of a worker. The parser grows its own stack, but the
/// visitors and the destructors of a deeply nested tree recurse on this one; only the pages that
/// are touched cost memory.
const STACK: usize = 4 << 30;

/// A transform list with the options and the project it runs with.
pub struct Pipeline<'p> {
    /// The transforms in execution order.
    pub steps: Vec<&'static Entry>,
    /// What the user asked for.
    pub options: Options,
    /// The project around the files.
    pub project: &'p Project,
    /// What the user named: files and folders that may be changed; nothing for all.
    pub paths: Vec<PathBuf>,
}

/// A file with sites that need their function to be a coroutine function.
struct Wishful {
    path: PathBuf,
    wishes: Vec<Wish>,
    /// The file itself, where the project does not have the same text.
    given: Option<SourceFile>,
}

/// A file to run over, or why it could not be read.
pub enum Decoded {
    /// A decoded file.
    Source(SourceFile),
    /// A file as it was read.
    Raw(std::path::PathBuf, Vec<u8>),
    /// What is wrong with it.
    Failed(FileError),
}

impl Pipeline<'_> {
    /// Runs the list over files with `jobs` threads. The result does not depend on their number.
    /// `done` is called after every file.
    pub fn run(&self, files: Vec<Decoded>, jobs: usize, done: &(dyn Fn() + Sync)) -> Report {
        self.plan(files, jobs, done).0
    }

    /// Like [`Pipeline::run`], with what is known about the functions that are lifted.
    pub fn plan(
        &self,
        files: Vec<Decoded>,
        jobs: usize,
        done: &(dyn Fn() + Sync),
    ) -> (Report, Outlook) {
        if !self.options.waits_in_threads() && self.leaves_requests() {
            let pipeline = Pipeline {
                steps: self.steps.clone(),
                options: Options {
                    lifted_requests: LiftedRequests::InThreads,
                    ..self.options.clone()
                },
                project: self.project,
                paths: self.paths.clone(),
            };
            return pipeline.plan(files, jobs, done);
        }
        let next = AtomicUsize::new(0);
        let queue: Vec<Mutex<Option<Decoded>>> = files
            .into_iter()
            .map(|file| Mutex::new(Some(file)))
            .collect();
        let total: Mutex<(Report, Vec<Wishful>)> = Mutex::default();
        let work = || {
            crate::index::mark_deep();
            let mut mine = Report::default();
            let mut wishful = Vec::new();
            while !self.options.stop.is_set() {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = queue.get(at) else { break };
                let file = slot.lock().ok().and_then(|mut slot| slot.take());
                if let Some(file) = file {
                    let (report, wishes) = self.file_guarded(file);
                    mine.absorb(report);
                    wishful.extend(wishes);
                }
                done();
            }
            if let Ok(mut total) = total.lock() {
                total.0.absorb(mine);
                total.1.extend(wishful);
            }
        };
        let jobs = jobs.clamp(1, queue.len().max(1));
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                std::thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, work)
                    .expect("the system can start a thread");
            }
        });
        let (mut report, wishful) = total.into_inner().unwrap_or_default();
        report.sort();
        let outlook = if self.propagates() && !self.options.stop.is_set() {
            self.asyncify(&mut report, wishful)
        } else {
            Outlook::default()
        };
        (report, outlook)
    }

    /// Whether functions are lifted although nothing but a thread waits for their requests.
    fn leaves_requests(&self) -> bool {
        let has = |id: &str| self.steps.iter().any(|step| step.about.id == id);
        self.options.asyncify != Asyncify::ClosedScripts
            && has(crate::propagation::ID)
            && has("requests-to-thread")
            && !has("requests-to-httpx")
    }

    /// One file; a panic of ours leaves it alone and is reported.
    fn file_guarded(&self, file: Decoded) -> (Report, Option<Wishful>) {
        let failed = |error: FileError| Report {
            errors: vec![error],
            ..Report::default()
        };
        let source = match file {
            Decoded::Source(source) => source,
            Decoded::Raw(path, bytes) => match SourceFile::decode(path.clone(), bytes) {
                Ok(source) => source,
                Err(error) => {
                    let error = FileError {
                        path,
                        line: error.line(),
                        message: error.reason(),
                        is_bug: false,
                    };
                    return (failed(error), None);
                }
            },
            Decoded::Failed(error) => return (failed(error), None),
        };
        let mut state = State::default();
        let report = self.guarded(&source, &mut state);
        let wishes = std::mem::take(&mut state.wishes);
        let wishful = (!wishes.is_empty()).then(|| Wishful {
            path: source.path().to_owned(),
            wishes,
            given: (!self.has_text_of(&source)).then_some(source),
        });
        (report, wishful)
    }

    fn guarded(&self, source: &SourceFile, state: &mut State) -> Report {
        let attempt = std::panic::AssertUnwindSafe(|| self.file(source, state));
        let report = std::panic::catch_unwind(attempt).ok();
        report.unwrap_or_else(|| self.dropped(source, state, "it stopped with an internal error"))
    }

    /// Whether the project has a file with the same text, which can be read again.
    fn has_text_of(&self, source: &SourceFile) -> bool {
        let text = self.project.sources.text(&self.absolute(source.path()));
        text.as_deref() == Some(source.text())
    }

    /// A path as the project spells it.
    fn absolute(&self, path: &Path) -> PathBuf {
        self.project.sources.absolute(path)
    }

    fn file(&self, source: &SourceFile, state: &mut State) -> Report {
        let module = match Module::parse(source.text(), self.options.target) {
            Ok(module) => module,
            Err(error) => {
                let (line, _) = source.line_column(error.offset);
                let error = FileError {
                    path: source.path().to_owned(),
                    line: Some(line),
                    message: syntax_message(source.text(), &error.message),
                    is_bug: false,
                };
                return Report {
                    errors: vec![error],
                    ..Report::default()
                };
            }
        };
        let after = self
            .transformed(source, &module, state)
            .and_then(|text| self.checked(source, text, state.complaint.take()));
        let changes = match after {
            Ok(None) => Vec::new(),
            Ok(Some(after)) => vec![FileChange {
                path: source.path().to_owned(),
                before: source.bytes().to_vec(),
                after,
                marks: std::mem::take(&mut state.marks),
                group: None,
            }],
            Err(why) => match state.failed_step.take() {
                Some(why) => return self.failed(source, state, &why),
                None => return self.dropped(source, state, &why),
            },
        };
        Report {
            sites: std::mem::take(&mut state.sites),
            changes,
            notes: std::mem::take(&mut state.notes),
            ..Report::default()
        }
    }

    /// The report of a file that is left alone because of a step that a user brings.
    fn failed(&self, source: &SourceFile, state: &mut State, why: &str) -> Report {
        let mut report = self.dropped(source, state, why);
        for site in &mut report.sites {
            if site.reason == Some("internal-error") {
                site.reason = Some("failed-step");
                site.remedy = Some("Correct the step, or leave it out with `--skip`.".to_owned());
            }
        }
        for error in &mut report.errors {
            error.is_bug = false;
            error.message = format!("The step {why}. The file is left as it is.");
        }
        report
    }

    /// The report of a file that is left alone because of a mistake of ours. It has all the sites:
    /// nothing disappears silently.
    fn dropped(&self, source: &SourceFile, state: &mut State, why: &str) -> Report {
        self.take_down_rest(source, state);
        let mut sites = std::mem::take(&mut state.sites);
        self.merge_fallbacks(&mut sites);
        for site in &mut sites {
            if site.outcome == Outcome::Changed {
                site.outcome = Outcome::Refused;
                site.grade = None;
                site.differences.clear();
                site.reason = Some("internal-error");
                site.message = format!("The rewrite was dropped: {why}.");
                site.evidence.clear();
                site.remedy = Some("Report the file as a bug of aiolift.".to_owned());
            }
        }
        let message = format!(
            "This is a mistake of aiolift: {why}. The file is left as it is; please report it with the file."
        );
        Report {
            sites,
            errors: vec![FileError {
                path: source.path().to_owned(),
                line: None,
                message,
                is_bug: true,
            }],
            notes: std::mem::take(&mut state.notes),
            ..Report::default()
        }
    }

    /// The last checks of a file before it is offered.
    fn checked(
        &self,
        source: &SourceFile,
        text: Option<String>,
        complaint: Option<String>,
    ) -> Result<Option<Vec<u8>>, String> {
        let Some(text) = text else { return Ok(None) };
        if let Some(complaint) = complaint {
            return Err(complaint);
        }
        source
            .encode(&text)
            .map(Some)
            .map_err(|error| format!("the result cannot be encoded: {error}"))
    }
}

/// What is wrong with the bytes of a Python file, if they do not decode or parse.
pub fn fault(path: &Path, bytes: &[u8], options: &Options) -> Option<FileError> {
    let fault = |line, message| FileError {
        path: path.to_owned(),
        line,
        message,
        is_bug: false,
    };
    let source = match SourceFile::decode(path.to_owned(), bytes.to_vec()) {
        Ok(source) => source,
        Err(error) => return Some(fault(error.line(), error.reason())),
    };
    let error = Module::parse(source.text(), options.target).err()?;
    let (line, _) = source.line_column(error.offset);
    let message = syntax_message(source.text(), &error.message);
    Some(fault(Some(line), message))
}

fn syntax_message(text: &str, parser: &str) -> String {
    let python2 = text.lines().any(|line| {
        let line = line.trim_start();
        (line.starts_with("print ") && line[6..].trim_start().starts_with(['"', '\'', '%']))
            || line.starts_with("except ") && line.contains(", e:")
            || line.starts_with("exec \"")
    });
    if python2 {
        format!("This looks like Python 2 ({parser}). Convert it to Python 3 first, or exclude it.")
    } else {
        format!("This is not valid Python: {parser}. Correct the syntax or exclude the file.")
    }
}
