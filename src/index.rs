//! What files say together: which file an import means, which function a call runs, what kind of
//! value comes back. Nothing is parsed before a question needs it.
//!
//! An answer other than "unknown" is a proof under these assumptions:
//!
//! - annotations tell the truth;
//! - code outside of the project does not replace or override what the project defines, and code
//!   inside does not replace the functions of another module. Subclasses in the project and
//!   attributes that it assigns on other objects are looked for;
//! - a package that is installed does what its sources say, whatever other packages make of it;
//! - a base class from outside that is not installed defines the name that is asked for only where it stands in front of
//!   the class that does. Bases from the standard library define none, unless
//!   [`library`] says so.

mod annotations;
mod calls;
mod classes;
mod eval;
mod generics;
mod handlers;
mod importers;
mod installed;
mod library;
mod modules;
mod names;
mod programs;
mod reach;
mod reflection;
mod resolver;
mod scan;
mod stores;
#[cfg(test)]
mod tests;
mod threads;
mod types;
mod uses;
mod words;

pub use handlers::{Above, Around, Catches, Outside, Reach, Told, around, catches};
pub use importers::ImportLine;
pub(crate) use modules::is_standard;
pub use programs::{imported_by, is_main_guard, is_module, main_block, means, runs_something};
pub use reflection::{Lookup, Sought};
pub use resolver::{Callee, Indexed, Kind, Named, Resolver};
pub use scan::Survey;
pub use threads::mark_deep;
pub use types::{File, Origin, Place, Type};
pub use uses::{Certainty, Definition, Role, Use, Uses};

use crate::facts::{Facts, Term};
use crate::project::Project;
use crate::syntax::ScopeId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A file that some question needs; parsed once, while others wait for it.
type Known = Arc<OnceLock<Option<Arc<File>>>>;

/// A name at the top level of a module that means exceptions of `requests` wherever it is used.
#[derive(Debug, Clone)]
pub struct ExceptionName {
    /// The name.
    pub name: String,
    /// The line of a handler around a call of something that the function or class of this name was
    /// given; `None` for what stands for the exceptions.
    pub handler: Option<usize>,
}

/// Such names of one file, read once, while others wait for them.
type ExceptionNames = Arc<OnceLock<Vec<ExceptionName>>>;

/// The files of a project that a question needed so far.
#[derive(Default)]
pub struct Index {
    files: Mutex<FxHashMap<PathBuf, Known>>,
    packages: Arc<installed::Packages>,
    exists: Mutex<FxHashMap<PathBuf, bool>>,
    hierarchy: OnceLock<scan::Hierarchy>,
    /// What the hierarchy is made of, where somebody has looked at the texts already.
    survey: Mutex<Option<scan::Classes>>,
    import_lines: OnceLock<Vec<ImportLine>>,
    words: OnceLock<words::Words>,
    /// The files that the last searches for uses have read, by the names they looked for.
    seen: Mutex<Vec<(uses::Wanted, uses::SeenFiles)>>,
    handlers: OnceLock<Vec<(PathBuf, bool)>>,
    exception_names: Mutex<FxHashMap<PathBuf, ExceptionNames>>,
    base_exceptions: OnceLock<bool>,
    lookups: OnceLock<Vec<reflection::LookupFile>>,
    loaders: OnceLock<Vec<(PathBuf, String)>>,
    /// Whether more files than so many have a name.
    common: Mutex<FxHashMap<(Box<str>, usize), bool>>,
    watchers: OnceLock<Option<(PathBuf, usize, String)>>,
    above: Mutex<FxHashMap<Definition, Arc<Above>>>,
    /// What may run while tests replace functions.
    reach: reach::Reach,
}

impl Index {
    /// The names of a file that mean exceptions of `requests`, read at the first question.
    pub(crate) fn exception_names(
        &self,
        path: &Path,
        read: impl FnOnce() -> Vec<ExceptionName>,
    ) -> Vec<ExceptionName> {
        let known = {
            let all = self.exception_names.lock();
            let mut all = all.unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(path.to_owned()).or_default())
        };
        known.get_or_init(read).clone()
    }

    /// Knows what a survey of all texts of the project found.
    pub fn surveyed(survey: Survey) -> Self {
        let (classes, words) = survey.finish();
        Self {
            survey: Mutex::new(Some(classes)),
            words: OnceLock::from(words),
            ..Self::default()
        }
    }
}

impl Project {
    /// What a file says, parsed at the first question; `None` when it is not there or not Python.
    pub fn facts_of(&self, path: &Path) -> Option<Arc<File>> {
        let path = modules::lexical(path);
        let known = self.slot(&path);
        let parsed = known.get_or_init(|| {
            let facts = Facts::of_text(&self.sources.text(&path)?)?;
            let path = path.clone().into_owned();
            Some(Arc::new(File::new(self, path, facts)))
        });
        parsed.clone()
    }

    /// What a file says, where this is its text as the project has it, too.
    fn known_as(
        &self,
        path: &Path,
        text: &str,
        facts: impl FnOnce() -> Facts,
    ) -> Option<Arc<File>> {
        let path = self.sources.absolute(path);
        let path = modules::lexical(&path);
        let is_same = self.sources.text(&path).as_deref() == Some(text);
        is_same.then(|| self.remembered(&path, facts)).flatten()
    }

    /// What a file says that somebody else has just parsed.
    fn remembered(&self, path: &Path, facts: impl FnOnce() -> Facts) -> Option<Arc<File>> {
        let known = self.slot(path);
        let parsed = known.get_or_init(|| {
            let path = path.to_owned();
            Some(Arc::new(File::new(self, path, facts())))
        });
        parsed.clone()
    }

    /// The place of a file in the table; it is filled outside of the lock of the table.
    fn slot(&self, path: &Path) -> Known {
        if self.is_outside(path) {
            return self.index.packages.slot(path);
        }
        let files = &self.index.files;
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        match files.get(path) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(files.entry(path.to_owned()).or_default()),
        }
    }

    /// The files that name an exception class of `requests` (`true`), or only the class that all of
    /// them are of, by their paths.
    pub fn handlers_of_requests(&self) -> &[(PathBuf, bool)] {
        const CLASSES: &[&str] = &[
            "requests.exceptions",
            "RequestException",
            "requests.HTTPError",
            "requests.ConnectionError",
            "requests.Timeout",
            "requests.ConnectTimeout",
            "requests.ReadTimeout",
            "requests.TooManyRedirects",
            "requests.JSONDecodeError",
        ];
        const GENERAL: &[&str] = &["OSError", "IOError", "EnvironmentError"];
        self.index.handlers.get_or_init(|| {
            let found = Mutex::new(Vec::new());
            self.each_with(
                &["requests", "OSError", "IOError", "EnvironmentError"],
                &|path, text| {
                    let has = |word: &str| {
                        memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()
                    };
                    let is_named = has("requests") && CLASSES.iter().any(|class| has(class));
                    if is_named || GENERAL.iter().any(|class| has(class)) {
                        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                        found.push((path.to_owned(), is_named));
                    }
                },
            );
            let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            found.sort();
            found
        })
    }

    /// Whether some file of the project defines or raises an exception that is no `Exception`,
    /// those that end a program or a task aside.
    pub fn knows_base_exceptions(&self) -> bool {
        if !self.has("BaseException") && !self.has("GeneratorExit") {
            return false;
        }
        *self.index.base_exceptions.get_or_init(|| {
            let found = AtomicBool::new(false);
            self.each_with(words::EXCEPTIONS, &|_, text| {
                if scan::makes_base_exceptions(text) {
                    found.store(true, Ordering::Relaxed);
                }
            });
            found.into_inner()
        })
    }

    fn is_file(&self, path: &Path) -> bool {
        let mut exists = self
            .index
            .exists
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = exists.get(path) {
            return *known;
        }
        let found = self.sources.is_file(path);
        exists.insert(path.to_owned(), found);
        found
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.sources.is_folder(path)
    }

    /// Where the hierarchy reads texts again.
    fn texts(&self) -> scan::Texts<'_> {
        scan::Texts {
            sources: &*self.sources,
            words: self.index.words.get(),
        }
    }

    fn hierarchy(&self) -> &scan::Hierarchy {
        self.index.hierarchy.get_or_init(|| {
            let survey = self.index.survey.lock();
            let survey = survey.unwrap_or_else(PoisonError::into_inner).take();
            survey.map_or_else(
                || scan::Hierarchy::of(&*self.sources),
                scan::Classes::finish,
            )
        })
    }
}

/// Works out the values of the names of one file.
pub struct Evaluator<'p> {
    project: &'p Project,
    here: Arc<File>,
    depth: Cell<u32>,
    names: RefCell<FxHashMap<NameKey, Option<Type>>>,
    members: RefCell<FxHashMap<NameKey, Option<Type>>>,
    orders: RefCell<FxHashMap<ScopeKey, Arc<[classes::Ancestor]>>>,
    results: RefCell<FxHashMap<ScopeKey, Type>>,
    running: RefCell<FxHashSet<ScopeKey>>,
    steps: Cell<u32>,
}

/// A scope of a file, by the place of the file in memory, where it stays while the evaluator lives.
type ScopeKey = (*const File, ScopeId);
type NameKey = (ScopeKey, Box<str>, bool);

/// How deep one question may lead.
const MAX_DEPTH: u32 = 60;

/// How many steps one question may take. Real ones take a few hundred.
const MAX_STEPS: u32 = 100_000;

struct Guard<'r>(&'r Cell<u32>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<'p> Evaluator<'p> {
    /// An evaluator for a file with these facts.
    pub fn new(project: &'p Project, path: &Path, facts: Facts) -> Self {
        let path = modules::lexical(&project.sources.absolute(path)).into_owned();
        Self::of(project, Arc::new(File::new(project, path, facts)))
    }

    /// An evaluator for a file as it is on the disk.
    fn of(project: &'p Project, here: Arc<File>) -> Self {
        Self {
            project,
            here,
            depth: Cell::new(0),
            names: RefCell::default(),
            members: RefCell::default(),
            orders: RefCell::default(),
            results: RefCell::default(),
            running: RefCell::default(),
            steps: Cell::new(0),
        }
    }

    /// What is known about the value of an expression that is read in a scope of the file.
    pub fn type_of(&self, scope: ScopeId, term: &Term) -> Type {
        self.steps.set(0);
        self.eval(&Arc::clone(&self.here), scope, term)
    }

    /// What is known about an element of an iterable.
    pub fn element_of(&self, scope: ScopeId, term: &Term) -> Type {
        self.type_of(scope, term).element()
    }

    /// One step deeper; `None` when it is deep or long enough.
    fn enter(&self) -> Option<Guard<'_>> {
        let (depth, steps) = (self.depth.get(), self.steps.get());
        if depth >= MAX_DEPTH || steps >= MAX_STEPS {
            return None;
        }
        self.steps.set(steps + 1);
        self.depth.set(depth + 1);
        Some(Guard(&self.depth))
    }
}

fn key(file: &Arc<File>, scope: ScopeId) -> ScopeKey {
    (Arc::as_ptr(file), scope)
}
