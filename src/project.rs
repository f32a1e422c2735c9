//! What the rest of the project says: its dependencies, the names its tests replace, its modules.
//! Files are read through [`Sources`], so that this module does no input or output of its own.

use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};

/// Reads other files of the project on demand.
pub trait Sources: Send + Sync {
    /// The decoded text of a Python file, or `None` when it does not exist or cannot be decoded.
    fn text(&self, path: &Path) -> Option<String>;
}

/// No other files.
pub struct NoSources;

impl Sources for NoSources {
    fn text(&self, _path: &Path) -> Option<String> {
        None
    }
}

/// The project a run looks at.
pub struct Project {
    /// The folder with the manifest, when there is one.
    pub root: Option<PathBuf>,
    /// Normalised names of the packages it depends on.
    pub dependencies: FxHashSet<String>,
    /// Words of [`MARKERS`] that some file of the project contains.
    pub markers: FxHashSet<&'static str>,
    /// Dotted names that a string in the project ends with (`"pkg.mod.asyncio.gather"`), with the
    /// files that have them, sorted.
    pub patched: FxHashMap<&'static str, Vec<String>>,
    /// The way to other files.
    pub sources: Box<dyn Sources>,
}

/// Words whose presence anywhere in a project decides something.
pub const MARKERS: &[&str] = &[
    "eager_task_factory",
    "set_task_factory",
    "nest_asyncio",
    "contextvars",
    "uvloop",
    "requests_mock",
    "httpretty",
    "responses",
    "vcr",
    "requests_cache",
    "set_event_loop_policy",
];

/// Functions that tests replace by name in strings.
pub const PATCHABLE: &[&str] = &[
    "asyncio.gather",
    "asyncio.wait_for",
    "asyncio.get_event_loop",
    "asyncio.new_event_loop",
    "asyncio.ensure_future",
    "asyncio.create_task",
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.patch",
    "requests.delete",
    "requests.head",
    "requests.options",
    "requests.request",
    "requests.Session",
    "requests.session",
];

impl Default for Project {
    fn default() -> Self {
        Self {
            root: None,
            dependencies: FxHashSet::default(),
            markers: FxHashSet::default(),
            patched: FxHashMap::default(),
            sources: Box::new(NoSources),
        }
    }
}

impl Project {
    /// The files that replace a function by a string such as `"app.jobs.asyncio.gather"`.
    pub fn patches(&self, dotted: &str) -> &[String] {
        self.patched.get(dotted).map_or(&[], Vec::as_slice)
    }

    /// Whether a word of [`MARKERS`] stands anywhere in the project.
    pub fn has(&self, marker: &str) -> bool {
        self.markers.contains(marker)
    }

    /// Whether the project declares a dependency on a package (normalised name).
    pub fn depends_on(&self, package: &str) -> bool {
        self.dependencies.contains(package)
    }
}
