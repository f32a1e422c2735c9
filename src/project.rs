//! What the rest of the project says: its dependencies, the names its tests replace, its modules.
//! Files are read through [`Sources`], so that this module does no input or output of its own.

use crate::index::Index;
use crate::source::SourceFile;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder with packages that are installed for the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The folder.
    pub folder: PathBuf,
    /// The environment only names it: its packages are installed in place, and may be those of
    /// the project itself.
    pub is_linked: bool,
}

/// Reads other files of the project on demand.
pub trait Sources: Send + Sync {
    /// The decoded text of a Python file, or `None` when it does not exist or cannot be decoded.
    fn text(&self, path: &Path) -> Option<String>;

    /// A Python file with its bytes, or `None` when it does not exist or cannot be decoded.
    fn file(&self, path: &Path) -> Option<SourceFile> {
        SourceFile::decode(path.to_owned(), self.text(path)?.into_bytes()).ok()
    }

    /// Whether a file is there.
    fn is_file(&self, path: &Path) -> bool {
        self.text(path).is_some()
    }

    /// Whether a folder is there.
    fn is_folder(&self, path: &Path) -> bool;

    /// Shows the text of every Python file of the project, in any order and from any thread.
    fn each(&self, look: &(dyn Fn(&Path, &str) + Sync));

    /// The folders with the packages that are installed for the project, in the order in which an
    /// import looks at them. They are looked for at the first question.
    fn installed(&self) -> &[Installed] {
        &[]
    }

    /// The names of what lies in a folder, in any order.
    fn entries(&self, _folder: &Path) -> Vec<String> {
        Vec::new()
    }

    /// Shows the text of every Python file of an installed package: a folder or one file.
    fn each_of_package(&self, _package: &Path, _look: &(dyn Fn(&Path, &str) + Sync)) {}

    /// How many threads may read at a time.
    fn jobs(&self) -> usize {
        1
    }

    /// A path as [`Sources::each`] spells it.
    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

/// No other files.
pub struct NoSources;

impl Sources for NoSources {
    fn text(&self, _path: &Path) -> Option<String> {
        None
    }

    fn is_folder(&self, _path: &Path) -> bool {
        false
    }

    fn each(&self, _look: &(dyn Fn(&Path, &str) + Sync)) {}
}

/// Files that are only in memory.
#[derive(Debug, Default)]
pub struct MemorySources {
    files: BTreeMap<PathBuf, String>,
    installed: Vec<Installed>,
}

impl MemorySources {
    /// Files by their paths, which all begin at the same folder.
    pub fn new<P: Into<PathBuf>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = files.into_iter();
        Self {
            files: files
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
            installed: Vec::new(),
        }
    }

    /// The same files, with packages in these folders.
    #[must_use]
    pub fn with_installed(mut self, installed: Vec<Installed>) -> Self {
        self.installed = installed;
        self
    }

    fn is_installed(&self, path: &Path) -> bool {
        let mut own = self.installed.iter().filter(|one| !one.is_linked);
        own.any(|one| path.starts_with(&one.folder))
    }
}

impl Sources for MemorySources {
    fn text(&self, path: &Path) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.files
            .keys()
            .any(|file| file != path && file.starts_with(path))
    }

    fn each(&self, look: &(dyn Fn(&Path, &str) + Sync)) {
        for (path, text) in &self.files {
            if !self.is_installed(path) {
                look(path, text);
            }
        }
    }

    fn installed(&self) -> &[Installed] {
        &self.installed
    }

    fn entries(&self, folder: &Path) -> Vec<String> {
        let inside = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(folder).ok());
        let names = inside.filter_map(|path| path.iter().next()?.to_str());
        let names: BTreeSet<&str> = names.collect();
        names.into_iter().map(str::to_owned).collect()
    }

    fn each_of_package(&self, package: &Path, look: &(dyn Fn(&Path, &str) + Sync)) {
        for (path, text) in &self.files {
            if path.starts_with(package) && path.extension().is_some_and(|end| end == "py") {
                look(path, text);
            }
        }
    }
}

/// Files of which some have another text than the one they had.
pub struct Overlay {
    below: Arc<dyn Sources>,
    /// By their paths as [`Sources::each`] spells them.
    texts: BTreeMap<PathBuf, String>,
}

impl Overlay {
    /// The files of `below`, those in `texts` with these texts.
    pub fn new(below: Arc<dyn Sources>, texts: BTreeMap<PathBuf, String>) -> Self {
        Self { below, texts }
    }

    fn over(&self, path: &Path) -> Option<&String> {
        let known = self.texts.get(path);
        known.or_else(|| self.texts.get(&self.below.absolute(path)))
    }
}

impl Sources for Overlay {
    fn text(&self, path: &Path) -> Option<String> {
        match self.over(path) {
            Some(text) => Some(text.clone()),
            None => self.below.text(path),
        }
    }

    fn file(&self, path: &Path) -> Option<SourceFile> {
        match self.over(path) {
            Some(text) => SourceFile::decode(path.to_owned(), text.clone().into_bytes()).ok(),
            None => self.below.file(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.over(path).is_some() || self.below.is_file(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.below.is_folder(path)
    }

    fn jobs(&self) -> usize {
        self.below.jobs()
    }

    fn each(&self, look: &(dyn Fn(&Path, &str) + Sync)) {
        let below = &self.below;
        below.each(&|path, text| {
            if self.over(path).is_none() {
                look(path, text);
            }
        });
        for (path, text) in &self.texts {
            look(path, text);
        }
    }

    fn installed(&self) -> &[Installed] {
        self.below.installed()
    }

    fn entries(&self, folder: &Path) -> Vec<String> {
        self.below.entries(folder)
    }

    fn each_of_package(&self, package: &Path, look: &(dyn Fn(&Path, &str) + Sync)) {
        self.below.each_of_package(package, look);
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        self.below.absolute(path)
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
    /// What is replaced at run time.
    pub patched: Patched,
    /// The way to other files.
    pub sources: Arc<dyn Sources>,
    /// What questions about other files found out so far.
    pub index: Arc<Index>,
}

/// A word whose presence anywhere in a project decides something.
#[derive(Debug)]
pub struct Marker {
    /// The word.
    pub word: &'static str,
    /// It is a package, which counts where it is imported; other words count wherever they stand.
    pub is_package: bool,
    /// Projects with it may set context variables.
    pub sets_context: bool,
}

impl Marker {
    const fn word(word: &'static str) -> Self {
        Self {
            word,
            is_package: false,
            sets_context: false,
        }
    }

    const fn package(word: &'static str) -> Self {
        Self {
            is_package: true,
            ..Self::word(word)
        }
    }

    const fn setting_context(self) -> Self {
        Self {
            sets_context: true,
            ..self
        }
    }
}

/// All of them.
pub const MARKERS: &[Marker] = &[
    Marker::word("eager_task_factory"),
    Marker::word("set_task_factory"),
    Marker::word("set_event_loop_policy"),
    Marker::word("requests_mock"),
    Marker::word("BaseException"),
    Marker::word("GeneratorExit"),
    Marker::word("StopIteration"),
    Marker::word("localcontext").setting_context(),
    Marker::word("setcontext").setting_context(),
    Marker::package("nest_asyncio"),
    Marker::package("uvloop"),
    Marker::package("httpretty"),
    Marker::package("responses"),
    Marker::package("vcr"),
    Marker::package("requests_cache"),
    Marker::package("contextvars").setting_context(),
    Marker::package("asgiref").setting_context(),
    Marker::package("ddtrace").setting_context(),
    Marker::package("elasticapm").setting_context(),
    Marker::package("logfire").setting_context(),
    Marker::package("newrelic").setting_context(),
    Marker::package("opentelemetry").setting_context(),
    Marker::package("sentry_sdk").setting_context(),
    Marker::package("structlog").setting_context(),
];

/// What code of a project, tests mostly, replaces at run time.
#[derive(Debug, Clone, Default)]
pub struct Patched {
    /// Functions of [`PATCHABLE`] by their dotted names, with the first place in each file that
    /// replaces them (`tests/test_app.py:12`), sorted.
    pub names: FxHashMap<&'static str, Vec<String>>,
    /// What has the name of such a function in something else.
    pub members: FxHashMap<&'static str, Vec<PatchedMember>>,
}

/// A thing that is replaced in an object or a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchedMember {
    /// The last part of what it belongs to: `loop`, the name of a module.
    pub owner: String,
    /// The place, such as `tests/test_app.py:12`.
    pub place: String,
}

/// A function that tests replace.
#[derive(Debug)]
pub struct Patchable {
    /// Its module and its name.
    pub dotted: &'static str,
}

impl Patchable {
    /// Its module.
    pub fn module(&self) -> &'static str {
        self.dotted.split_once('.').map_or("", |(module, _)| module)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.dotted
            .split_once('.')
            .map_or(self.dotted, |(_, name)| name)
    }

    /// Whether its module is looked for, as its name is an everyday word.
    pub fn is_found_by_module(&self) -> bool {
        self.module() == "requests"
    }

    /// The word that is looked for.
    pub fn word(&self) -> &'static str {
        if self.is_found_by_module() {
            self.module()
        } else {
            self.name()
        }
    }
}

const fn patchable(dotted: &'static str) -> Patchable {
    Patchable { dotted }
}

/// Functions that tests replace, and methods of event loops of the same names.
pub const PATCHABLE: &[Patchable] = &[
    patchable("asyncio.gather"),
    patchable("asyncio.wait_for"),
    patchable("asyncio.get_event_loop"),
    patchable("asyncio.get_running_loop"),
    patchable("asyncio.new_event_loop"),
    patchable("asyncio.ensure_future"),
    patchable("asyncio.create_task"),
    patchable("asyncio.to_thread"),
    patchable("asyncio.run_in_executor"),
    patchable("asyncio.run_until_complete"),
    patchable("requests.get"),
    patchable("requests.post"),
    patchable("requests.put"),
    patchable("requests.patch"),
    patchable("requests.delete"),
    patchable("requests.head"),
    patchable("requests.options"),
    patchable("requests.request"),
    patchable("requests.Session"),
    patchable("requests.session"),
];

impl Default for Project {
    fn default() -> Self {
        Self {
            root: None,
            dependencies: FxHashSet::default(),
            markers: FxHashSet::default(),
            patched: Patched::default(),
            sources: Arc::new(NoSources),
            index: Arc::default(),
        }
    }
}

impl Project {
    /// The same project with other texts of some files, by their paths as [`Sources::each`] spells
    /// them. What questions found out about the other files is still known.
    #[must_use]
    pub fn with_texts<'t>(&self, texts: impl IntoIterator<Item = (PathBuf, &'t str)>) -> Self {
        let texts: BTreeMap<PathBuf, String> = texts
            .into_iter()
            .filter(|(path, text)| self.sources.text(path).as_deref() != Some(*text))
            .map(|(path, text)| (path, text.to_owned()))
            .collect();
        let mut project = Self {
            root: self.root.clone(),
            dependencies: self.dependencies.clone(),
            markers: self.markers.clone(),
            patched: self.patched.clone(),
            sources: Arc::clone(&self.sources),
            index: Arc::clone(&self.index),
        };
        if !texts.is_empty() {
            project.index = Arc::new(
                self.index
                    .besides(&texts.keys().cloned().collect::<Vec<_>>()),
            );
            project.sources = Arc::new(Overlay::new(Arc::clone(&self.sources), texts));
        }
        project
    }

    /// The places that replace a function of a module: `"app.jobs.asyncio.gather"`.
    pub fn patches(&self, dotted: &str) -> &[String] {
        self.patched.names.get(dotted).map_or(&[], Vec::as_slice)
    }

    /// The places that replace something of this name in something else.
    pub fn patched_members(&self, name: &str) -> &[PatchedMember] {
        self.patched.members.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a word of [`MARKERS`] stands anywhere in the project.
    pub fn has(&self, marker: &str) -> bool {
        self.markers.contains(marker)
    }

    /// Whether something in the project, or a package it uses, may set context variables; `text` is
    /// the file at hand.
    pub fn sets_context(&self, text: &str) -> bool {
        MARKERS
            .iter()
            .filter(|marker| marker.sets_context)
            .any(|marker| self.has(marker.word) || text.contains(marker.word))
    }

    /// Whether the project declares a dependency on a package (normalised name).
    pub fn depends_on(&self, package: &str) -> bool {
        self.dependencies.contains(package)
    }
}
