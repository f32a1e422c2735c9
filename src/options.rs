//! What the user asked for, resolved: the options that transforms may look at.

use crate::syntax::PythonVersion;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How the exceptions of a task group reach the code around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exceptions {
    /// A plain task group where nothing in reach can tell the difference, else unwrap.
    #[default]
    Auto,
    /// Always raise the first error itself, as `gather` does.
    Unwrap,
    /// Let the exception group out.
    Group,
}

/// What the firewall of `gather(…, return_exceptions=True)` does with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Firewall {
    /// It returns it, as `gather` does.
    #[default]
    Plain,
    /// It logs it, too.
    Log,
}

/// Which HTTP client `requests` is rewritten to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpPackage {
    /// Whichever the project depends on, else httpx.
    #[default]
    Auto,
    /// `httpx`
    Httpx,
    /// `httpx2`
    Httpx2,
}

/// How many HTTP clients a function opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientScope {
    /// One per function.
    #[default]
    Function,
    /// One per call.
    Call,
}

/// Which functions may become coroutine functions together with their callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asyncify {
    /// Those of a program in one file that nothing imports.
    #[default]
    ClosedScripts,
    /// All of the project.
    Project,
    /// All of the project; those that something plain may call keep their plain names beside the
    /// coroutine functions (`--keep-sync`).
    Twins,
}

/// For what requests functions become coroutine functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LiftedRequests {
    /// Those that a client for coroutines makes afterwards.
    #[default]
    Replaced,
    /// Those that wait in a thread, too: `requests-to-thread` runs with `--asyncify`, and
    /// `requests-to-httpx` does not run.
    InThreads,
}

/// What runs asynchronous tests in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AsyncTests {
    /// Nothing that is known of.
    #[default]
    None,
    /// `pytest-asyncio`, which takes every asynchronous test.
    Auto,
    /// `pytest-asyncio`, which takes the tests that are marked.
    Strict,
    /// The plugin of `anyio`, which takes the tests that are marked.
    Anyio {
        /// Whether a fixture `anyio_backend` says which event loop it is.
        has_backend: bool,
    },
}

/// Tells a run that nobody waits for its result any more.
#[derive(Debug, Clone, Default)]
pub struct StopSign(Arc<AtomicBool>);

impl StopSign {
    /// Asks the run to end: files that have not been begun are left out.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the run should end.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a plan says about a function that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Walls {
    /// The first thing on the way that keeps it plain.
    #[default]
    First,
    /// Everything.
    All,
}

/// The options of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The oldest Python the result must run on.
    pub target: PythonVersion,
    /// `--exceptions`
    pub exceptions: Exceptions,
    /// `--firewall`
    pub firewall: Firewall,
    /// `--http-package`
    pub http_package: HttpPackage,
    /// `--http-client-scope`
    pub client_scope: ClientScope,
    /// `--asyncify`
    pub asyncify: Asyncify,
    /// For what requests functions are lifted.
    pub lifted_requests: LiftedRequests,
    /// `--asyncify-from`: functions that are lifted without a site, as `pkg.mod:name`.
    pub asyncify_from: Vec<String>,
    /// `--all-walls`: what else keeps functions plain, behind the first wall.
    pub walls: Walls,
    /// `--add-dependency`: manifests may be made to declare what rewritten code needs.
    pub add_dependency: bool,
    /// `public-api`: functions that stay plain, as `pkg.mod:name`.
    pub public_api: Vec<String>,
    /// Functions that something outside starts by their names, as `pkg.mod:name`.
    pub entry_points: Vec<String>,
    /// What runs the tests of the project that are asynchronous.
    pub async_tests: AsyncTests,
    /// Unknown arguments of `gather` are coroutines.
    pub assume_coroutines: bool,
    /// Consent to unsafe changes: all of them, or those of the transforms named.
    pub unsafe_all: bool,
    /// Transforms whose unsafe changes are wanted.
    pub unsafe_for: Vec<String>,
    /// Set from outside to end the run early.
    pub stop: StopSign,
    /// The sites that may change; all of them where nothing is chosen.
    pub choice: Option<Arc<Choice>>,
}

/// Sites chosen among those of an earlier run over the same files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    sites: FxHashMap<PathBuf, FxHashSet<(&'static str, usize, usize)>>,
}

impl Choice {
    /// Chooses the site of a transform at a line and a column of a file, as they were reported.
    pub fn add(&mut self, path: &Path, transform: &'static str, line: usize, column: usize) {
        let sites = self.sites.entry(path.to_owned()).or_default();
        sites.insert((transform, line, column));
    }

    /// Whether a site is among them.
    pub fn has(
        &self,
        path: &Path,
        transform: &'static str,
        (line, column): (usize, usize),
    ) -> bool {
        let sites = self.sites.get(path);
        sites.is_some_and(|sites| sites.contains(&(transform, line, column)))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            target: PythonVersion {
                major: 3,
                minor: 11,
            },
            exceptions: Exceptions::default(),
            firewall: Firewall::default(),
            http_package: HttpPackage::default(),
            client_scope: ClientScope::default(),
            asyncify: Asyncify::default(),
            lifted_requests: LiftedRequests::default(),
            asyncify_from: Vec::new(),
            walls: Walls::default(),
            add_dependency: false,
            public_api: Vec::new(),
            entry_points: Vec::new(),
            async_tests: AsyncTests::default(),
            assume_coroutines: false,
            unsafe_all: false,
            unsafe_for: Vec::new(),
            choice: None,
            stop: StopSign::default(),
        }
    }
}

impl Options {
    /// Whether the user consented to unsafe changes of a transform.
    pub fn allows_unsafe(&self, transform: &str) -> bool {
        self.unsafe_all || self.unsafe_for.iter().any(|name| name == transform)
    }

    /// Whether functions are lifted for requests that wait in threads.
    pub fn waits_in_threads(&self) -> bool {
        self.lifted_requests == LiftedRequests::InThreads
    }

    /// Whether the oldest supported Python is at least `3.minor`.
    pub fn at_least(&self, minor: u8) -> bool {
        (self.target.major, self.target.minor) >= (3, minor)
    }
}
