//! Packages that are installed for the project: found by the way an import takes, read when a
//! question leads there. Nothing of them is ever changed, and nothing in them is a use of what the
//! project defines.

use super::scan::Hierarchy;
use super::types::File;
use super::{Evaluator, Known, Type, library, modules};
use crate::project::{Project, Sources};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What questions found out about installed packages. The texts of the project do not matter to
/// it.
#[derive(Default)]
pub(super) struct Packages {
    /// Some question has looked for a package.
    is_open: AtomicBool,
    files: Mutex<FxHashMap<PathBuf, Known>>,
    folders: Mutex<FxHashMap<PathBuf, Arc<FxHashSet<String>>>>,
    modules: Mutex<FxHashMap<String, Option<PathBuf>>>,
    hierarchies: Mutex<FxHashMap<PathBuf, Arc<OnceLock<Hierarchy>>>>,
    mentioned: Mutex<FxHashMap<(PathBuf, Box<str>), bool>>,
}

impl Packages {
    /// The place of a file in the table.
    pub(super) fn slot(&self, path: &Path) -> Known {
        let mut files = lock(&self.files);
        Arc::clone(files.entry(path.to_owned()).or_default())
    }
}

fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files of one package.
struct OfPackage<'s> {
    sources: &'s dyn Sources,
    package: &'s Path,
}

impl Sources for OfPackage<'_> {
    fn text(&self, path: &Path) -> Option<String> {
        self.sources.text(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.sources.is_folder(path)
    }

    fn each(&self, look: &(dyn Fn(&Path, &str) + Sync)) {
        self.sources.each_of_package(self.package, look);
    }
}

impl Project {
    /// Whether a file belongs to an installed package, and not to the project.
    pub fn is_outside(&self, path: &Path) -> bool {
        if !self.index.packages.is_open.load(Ordering::Relaxed) {
            return false;
        }
        let of_project = || {
            let root = self.root.as_deref().map(modules::lexical);
            root.is_some_and(|root| path.starts_with(root))
        };
        let installed = self.sources.installed();
        let mut around = installed
            .iter()
            .filter(|one| path.starts_with(&one.folder))
            .peekable();
        around.peek().is_some() && (around.any(|one| !one.is_linked) || !of_project())
    }

    /// The file or folder of a module that is installed, as an absolute import finds it.
    pub(super) fn installed_module(&self, parts: &[&str]) -> Option<PathBuf> {
        self.index.packages.is_open.store(true, Ordering::Relaxed);
        let installed = self.sources.installed();
        if installed.is_empty() {
            return None;
        }
        let dotted = parts.join(".");
        let modules = &self.index.packages.modules;
        if let Some(known) = lock(modules).get(&dotted) {
            return known.clone();
        }
        let folders = installed.iter().map(|one| one.folder.clone());
        let found = self.module_below(folders.collect(), parts);
        lock(modules).insert(dotted, found.clone());
        found
    }

    /// A module below one of several folders: the first that has it, or a namespace package that
    /// lies in several of them. Nothing for what is not there as source.
    pub(super) fn module_below(
        &self,
        mut folders: Vec<PathBuf>,
        parts: &[&str],
    ) -> Option<PathBuf> {
        let Some((last, above)) = parts.split_last() else {
            return folders.into_iter().next();
        };
        for part in above {
            let regular = folders
                .iter()
                .map(|folder| folder.join(part))
                .find(|inner| self.entries(inner).contains("__init__.py"));
            if let Some(package) = regular {
                folders = vec![package];
                continue;
            }
            for folder in &mut folders {
                folder.push(part);
            }
            folders.retain(|folder| !self.entries(folder).is_empty());
        }
        let module = format!("{last}.py");
        for folder in &folders {
            let here = self.entries(folder);
            let inner = self.entries(&folder.join(last));
            if is_compiled(&inner, "__init__") {
                return None;
            }
            if inner.contains("__init__.py") {
                return Some(folder.join(last).join("__init__.py"));
            }
            if is_compiled(&here, last) {
                return None;
            }
            if here.contains(&module) {
                return Some(folder.join(&module));
            }
        }
        let mut portions = folders.into_iter().map(|folder| folder.join(last));
        portions.find(|folder| !self.entries(folder).is_empty())
    }

    /// The names in a folder of a package.
    fn entries(&self, folder: &Path) -> Arc<FxHashSet<String>> {
        let folders = &self.index.packages.folders;
        if let Some(known) = lock(folders).get(folder) {
            return Arc::clone(known);
        }
        let names = Arc::new(self.sources.entries(folder).into_iter().collect());
        lock(folders).insert(folder.to_owned(), Arc::clone(&names));
        names
    }

    /// What inherits from what in the package of a file.
    pub(super) fn with_hierarchy_of_package<T>(
        &self,
        file: &Path,
        ask: impl FnOnce(&Hierarchy) -> T,
    ) -> T {
        let package = self.package_of(file);
        let known = {
            let mut all = lock(&self.index.packages.hierarchies);
            Arc::clone(all.entry(package.clone()).or_default())
        };
        ask(known.get_or_init(|| {
            Hierarchy::of(&OfPackage {
                sources: &*self.sources,
                package: &package,
            })
        }))
    }

    /// Whether a word stands anywhere in the package of a file.
    pub(super) fn package_mentions(&self, file: &Path, word: &str) -> bool {
        let key = (self.package_of(file), Box::from(word));
        if let Some(known) = lock(&self.index.packages.mentioned).get(&key) {
            return *known;
        }
        let found = AtomicBool::new(false);
        self.sources.each_of_package(&key.0, &|_, text| {
            if has_word(text, word) {
                found.store(true, Ordering::Relaxed);
            }
        });
        let found = found.into_inner();
        lock(&self.index.packages.mentioned).insert(key, found);
        found
    }

    /// The outermost package around a file that is no namespace, or the file itself.
    fn package_of(&self, file: &Path) -> PathBuf {
        let around = file.ancestors().skip(1);
        let packages = around.take_while(|folder| self.entries(folder).contains("__init__.py"));
        packages.last().unwrap_or(file).to_owned()
    }

    /// The dotted name of an installed module.
    pub(super) fn name_of_module(&self, path: &Path) -> String {
        let installed = self.sources.installed().iter();
        let inside = installed
            .filter_map(|one| path.strip_prefix(&one.folder).ok())
            .min_by_key(|inside| inside.components().count())
            .unwrap_or(path);
        let mut inside = inside.with_extension("");
        if inside.ends_with("__init__") {
            inside.pop();
        }
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        parts.join(".")
    }
}

/// Whether a module is there as a library that Python takes before the source beside it.
fn is_compiled(names: &FxHashSet<String>, module: &str) -> bool {
    names.iter().any(|name| {
        let rest = name.strip_prefix(module);
        let end = Path::new(name).extension();
        rest.is_some_and(|rest| rest.starts_with('.'))
            && end.is_some_and(|end| end == "so" || end == "pyd")
    })
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    memchr::memmem::find_iter(text.as_bytes(), word).any(|at| {
        !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next())
    })
}

impl Evaluator<'_> {
    /// What a dotted name from outside stands for in the installed packages, maybe something else
    /// from outside; unknown where nothing is installed, or not as source.
    pub(super) fn outside(&self, dotted: &str) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        let parts: Vec<&str> = dotted.split('.').collect();
        if modules::is_standard(parts[0]) || library::is_told(parts[0]) {
            return Type::Unknown;
        }
        for end in (1..=parts.len()).rev() {
            let Some(path) = self.project.installed_module(&parts[..end]) else {
                continue;
            };
            if self.is_hidden(&parts[..end]) {
                return Type::Unknown;
            }
            let mut value = Type::Module(path);
            for name in &parts[end..] {
                value = self.attribute(value, name);
            }
            return match value {
                Type::External(other) if *other != *dotted => match self.outside(&other) {
                    Type::Unknown => Type::External(other),
                    found => found,
                },
                Type::External(_) => Type::Unknown,
                value => value,
            };
        }
        Type::Unknown
    }

    /// Whether a package gives the name of one of its modules to something else, so that a dotted
    /// name may mean either.
    fn is_hidden(&self, parts: &[&str]) -> bool {
        (1..parts.len()).any(|end| {
            let Some(package) = self.project.installed_module(&parts[..end]) else {
                return false;
            };
            let Some(file) = self.file(&package) else {
                return false;
            };
            let named = file
                .facts
                .lookup(parts[end], crate::syntax::ScopeId::MODULE);
            named.is_some_and(|home| {
                let module = self.project.installed_module(&parts[..=end]);
                match self.name(&file, home, parts[end], false) {
                    Type::Module(path) => Some(path) != module,
                    _ => true,
                }
            })
        })
    }

    /// A class or an instance by what is installed, where its name alone says too little.
    pub(super) fn refined(&self, value: Type) -> Type {
        match &value {
            Type::External(dotted) => match self.outside(dotted) {
                Type::Unknown => value,
                found => found,
            },
            Type::ExternalInstance(dotted) => match self.outside(dotted) {
                Type::Class(place, _) => Type::Instance(place, false),
                _ => value,
            },
            _ => value,
        }
    }

    /// An instance by what is installed; anything else as it is.
    pub(super) fn refined_instance(&self, value: Type) -> Type {
        match value {
            Type::ExternalInstance(_) => self.refined(value),
            other => other,
        }
    }

    /// What something that an installed module does not say itself is called outside.
    pub(super) fn named_outside(&self, module: &Path, name: &str) -> Type {
        let module = self.project.name_of_module(module);
        Type::External(format!("{module}.{name}").into())
    }
}

impl File {
    /// A file of the project, or of an installed package.
    pub(super) fn new(project: &Project, path: PathBuf, facts: crate::facts::Facts) -> Self {
        Self {
            outside: project.is_outside(&path),
            path,
            facts,
        }
    }
}
