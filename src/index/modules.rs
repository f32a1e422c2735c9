//! From a dotted name to a file, and to what the file calls so.

use super::{Evaluator, File, Type, library};
use crate::syntax::{ScopeId, canonical};
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

impl Evaluator<'_> {
    /// The facts of a file; those of the file that is asked about are the ones of its present
    /// text.
    pub(super) fn file(&self, path: &Path) -> Option<Arc<File>> {
        if path == self.here.path {
            return Some(Arc::clone(&self.here));
        }
        self.project.facts_of(path)
    }

    /// What `import dotted` (or `import dotted as name`) in a file gives.
    pub(super) fn module(&self, from: &File, dotted: &str) -> Type {
        match self.module_path(from, dotted) {
            Some(path) => Type::Module(path),
            None => Type::External(canonical(dotted.to_owned()).into()),
        }
    }

    /// What `from module import name` in a file gives; `dotted` is `module.name`.
    pub(super) fn member(&self, from: &File, dotted: &str) -> Type {
        let dots = dotted.len() - dotted.trim_start_matches('.').len();
        let rest = &dotted[dots..];
        let (module, name) = match rest.rsplit_once('.') {
            Some((module, name)) => (format!("{}{module}", &dotted[..dots]), name),
            None => (dotted[..dots].to_owned(), rest),
        };
        match self.module_path(from, &module) {
            Some(path) => self.module_member(&path, name),
            None if dots > 0 => Type::Unknown,
            None => Type::External(canonical(dotted.to_owned()).into()),
        }
    }

    /// What a module of the project calls by a name.
    pub(super) fn module_member(&self, path: &Path, name: &str) -> Type {
        if path.extension().is_some_and(|end| end == "py")
            && let Some(file) = self.file(path)
        {
            if file.facts.lookup(name, ScopeId::MODULE).is_some() {
                return self.name(&file, ScopeId::MODULE, name, false);
            }
            match self.star_source(&file, name) {
                None | Some(Type::Unknown) => {}
                Some(found) => return found,
            }
            if path.file_name().is_some_and(|file| file != "__init__.py") {
                return if file.outside {
                    self.named_outside(path, name)
                } else {
                    Type::Unknown
                };
            }
        }
        let folder = match path.file_name() {
            Some(file) if file == "__init__.py" => path.parent().unwrap_or(path),
            _ => path,
        };
        match self.module_in(folder, &[name]) {
            Some(path) => Type::Module(path),
            None if self.project.is_outside(folder) => self.named_outside(folder, name),
            None => Type::Unknown,
        }
    }

    /// Whether a name stands in the module's own scope, or may come from a star import.
    fn defines(&self, file: &File, name: &str) -> bool {
        file.facts.lookup(name, ScopeId::MODULE).is_some() || self.star_source(file, name).is_some()
    }

    /// What a name is through `from module import *`: the last module that has it wins. Unknown
    /// where one may have it of which nobody knows.
    pub(super) fn star_source(&self, file: &File, name: &str) -> Option<Type> {
        let _guard = self.enter()?;
        let mut found = Vec::new();
        for module in file.facts.star_imports.iter().rev() {
            let source = self.module_path(file, module);
            let source = source.and_then(|path| self.file(&path));
            let Some(source) = source else {
                if !is_standard(module) {
                    found.push(Type::Unknown);
                }
                continue;
            };
            let taken = source.facts.exported.takes(name);
            if taken == Some(false) || !self.defines(&source, name) {
                continue;
            }
            found.push(self.name(&source, ScopeId::MODULE, name, false));
            if taken == Some(true) {
                return Some(Type::join(found));
            }
        }
        if found.is_empty() {
            return None;
        }
        if library::is_builtin(name) {
            found.push(Type::External(format!("builtins.{name}").into()));
        }
        Some(Type::join(found))
    }

    /// The file or folder of a module as a file imports it; `None` for what is neither in the
    /// project nor installed.
    pub(super) fn module_path(&self, from: &File, dotted: &str) -> Option<PathBuf> {
        let dots = dotted.len() - dotted.trim_start_matches('.').len();
        let parts: Vec<&str> = dotted[dots..]
            .split('.')
            .filter(|part| !part.is_empty())
            .collect();
        if dots > 0 {
            let mut folder = from.path.parent()?;
            for _ in 1..dots {
                folder = folder.parent()?;
            }
            return self.module_in(folder, &parts);
        }
        let first = parts.first()?;
        if STANDARD_LIBRARY.contains(first) {
            return None;
        }
        if !from.outside {
            let roots = self.roots(from);
            let found = roots.iter().find_map(|root| self.module_in(root, &parts));
            if found.is_some() {
                return found;
            }
        }
        if library::is_described(first) {
            return None;
        }
        self.project.installed_module(&parts)
    }

    /// The folders from which an absolute import in a file may start: the one around its
    /// outermost package, the folders above it up to the root of the project, and `src` or `lib`
    /// there.
    fn roots(&self, from: &File) -> Vec<PathBuf> {
        let mut folder = from.path.parent();
        while let Some(package) = folder
            && self.project.is_file(&package.join("__init__.py"))
        {
            folder = package.parent();
        }
        let mut roots = Vec::new();
        let top = self.project.root.as_deref().map(lexical);
        while let Some(here) = folder {
            roots.push(here.to_owned());
            if top.as_deref().is_none_or(|top| !here.starts_with(top))
                || top.as_deref() == Some(here)
            {
                break;
            }
            folder = here.parent();
        }
        if let Some(top) = top {
            for extra in [top.to_path_buf(), top.join("src"), top.join("lib")] {
                if !roots.contains(&extra) {
                    roots.push(extra);
                }
            }
        }
        roots
    }

    /// A module below a folder: `a/b.py`, `a/b/__init__.py`, or the folder of a namespace package.
    fn module_in(&self, folder: &Path, parts: &[&str]) -> Option<PathBuf> {
        if self.project.is_outside(folder) {
            return self.project.module_below(vec![folder.to_owned()], parts);
        }
        let mut path = folder.to_owned();
        path.extend(parts);
        let package = path.join("__init__.py");
        if self.project.is_file(&package) {
            return Some(package);
        }
        if !parts.is_empty() {
            let module = path.with_extension("py");
            let plain = path.extension().is_none();
            if plain && self.project.is_file(&module) {
                return Some(module);
            }
        }
        self.project.is_folder(&path).then_some(path)
    }
}

/// A path without `.` and `..`, as far as that can be told from its text.
pub(super) fn lexical(path: &Path) -> Cow<'_, Path> {
    let written = path.as_os_str().as_encoded_bytes();
    let has = |part: &[u8]| memchr::memmem::find(written, part).is_some();
    if written.starts_with(b"/") && !has(b"/.") && !has(b"//") {
        return Cow::Borrowed(path);
    }
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(plain.components().next_back(), Some(Component::Normal(_))) =>
            {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// Modules that a folder of the project with the same name does not replace.
const STANDARD_LIBRARY: &[&str] = &[
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "binascii",
    "bisect",
    "builtins",
    "calendar",
    "cmd",
    "codecs",
    "collections",
    "concurrent",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "csv",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "email",
    "enum",
    "errno",
    "fcntl",
    "fnmatch",
    "fractions",
    "functools",
    "gc",
    "getpass",
    "gettext",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "imaplib",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "linecache",
    "locale",
    "logging",
    "math",
    "mimetypes",
    "multiprocessing",
    "numbers",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "pkgutil",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "stat",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "sysconfig",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "tokenize",
    "traceback",
    "types",
    "typing",
    "unittest",
    "urllib",
    "uuid",
    "warnings",
    "weakref",
    "xml",
    "zipfile",
    "zlib",
    "zoneinfo",
];

/// Whether a dotted name belongs to the standard library.
pub(crate) fn is_standard(dotted: &str) -> bool {
    let first = dotted.split('.').next().unwrap_or(dotted);
    STANDARD_LIBRARY.contains(&first)
}
