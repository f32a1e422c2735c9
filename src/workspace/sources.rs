//! The files of a project for questions about other files.

#![expect(
    clippy::disallowed_methods,
    reason = "it lists the files beside a script"
)]

use super::{Environment, WalkOptions, read_file, scan};
use crate::project::{Installed, Sources};
use crate::source::SourceFile;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The files below a folder, as they are on the disk.
#[derive(Debug, Clone)]
pub struct DiskSources {
    /// The files and folders that belong to the project.
    shown: Vec<PathBuf>,
    walk: WalkOptions,
    environment: Option<Environment>,
    installed: OnceLock<Vec<Installed>>,
}

impl DiskSources {
    /// The files of a project; without a folder only files that an import leads to.
    pub fn new(root: Option<&Path>, walk: WalkOptions) -> Self {
        Self {
            shown: root
                .and_then(|root| std::path::absolute(root).ok())
                .into_iter()
                .collect(),
            walk,
            environment: None,
            installed: OnceLock::new(),
        }
    }

    /// The same files, with the packages of an environment.
    #[must_use]
    pub fn with_environment(mut self, environment: Option<Environment>) -> Self {
        self.environment = environment;
        self.installed = OnceLock::new();
        self
    }

    /// The files that may belong together where nothing says what the project is: those below the
    /// folders that the user names, those beside the files and in the folders there, the whole
    /// package around either, and the modules and tests beside the folder or package, which may
    /// import from it.
    pub fn around(paths: &[PathBuf], walk: WalkOptions) -> Self {
        let mut shown = Vec::new();
        for path in paths {
            let Ok(path) = std::path::absolute(path) else {
                continue;
            };
            let folder = if path.is_dir() {
                shown.push(path.clone());
                path.as_path()
            } else {
                path.parent().unwrap_or(&path)
            };
            add_modules(&mut shown, folder);
            for inner in folders(folder) {
                add_modules(&mut shown, &inner);
            }
            let is_package = |folder: &&Path| folder.join("__init__.py").is_file();
            let package = folder.ancestors().take_while(is_package).last();
            shown.extend(package.map(Path::to_owned));
            if let Some(above) = package.unwrap_or(folder).parent() {
                add_modules(&mut shown, above);
                shown.extend(folders(above).filter(|folder| is_tests(folder)));
            }
            shown.extend(folders(folder).filter(|folder| is_tests(folder)));
        }
        shown.sort();
        shown.dedup_by(|inner, outer| inner.starts_with(outer));
        Self {
            shown,
            walk,
            environment: None,
            installed: OnceLock::new(),
        }
    }
}

/// The text of a file as [`Sources::each`] shows it.
pub(crate) fn decoded<'b>(path: &Path, bytes: &'b [u8]) -> Option<Cow<'b, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => SourceFile::decode(path.to_owned(), bytes.to_owned())
            .ok()
            .map(|source| Cow::Owned(source.text().to_owned())),
    }
}

/// The folders in a folder.
fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
}

fn is_tests(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| name == "tests" || name == "test")
}

/// Adds the modules that lie in a folder itself.
fn add_modules(shown: &mut Vec<PathBuf>, folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "py") && path.is_file() {
            shown.push(path);
        }
    }
}

/// Shows the text of every Python file below some paths. Files of the project that cannot be read
/// are reported by the run itself, when it comes to them.
fn show(paths: &[PathBuf], walk: &WalkOptions, look: &(dyn Fn(&Path, &str) + Sync)) {
    let _ = scan(paths, walk, |path, bytes| {
        if let Some(text) = decoded(path, bytes) {
            look(path, &text);
        }
        false
    });
}

impl Sources for DiskSources {
    fn text(&self, path: &Path) -> Option<String> {
        let bytes = read_file(path).ok()?;
        let source = SourceFile::decode(path.to_owned(), bytes).ok()?;
        Some(source.text().to_owned())
    }

    fn file(&self, path: &Path) -> Option<SourceFile> {
        let bytes = read_file(path).ok()?;
        SourceFile::decode(path.to_owned(), bytes).ok()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn each(&self, look: &(dyn Fn(&Path, &str) + Sync)) {
        show(&self.shown, &self.walk, look);
    }

    fn installed(&self) -> &[Installed] {
        self.installed.get_or_init(|| {
            let environment = self.environment.as_ref();
            environment.map_or_else(Vec::new, Environment::installed)
        })
    }

    fn entries(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    fn each_of_package(&self, package: &Path, look: &(dyn Fn(&Path, &str) + Sync)) {
        let walk = WalkOptions {
            respect_gitignore: false,
            jobs: self.walk.jobs,
            ..WalkOptions::default()
        };
        show(&[package.to_owned()], &walk, look);
    }

    fn jobs(&self) -> usize {
        match self.walk.jobs {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        }
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::Mutex;

    #[test]
    fn every_file_of_the_project_is_shown_decoded() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("app")).unwrap();
        fs::write(root.join("app/__init__.py"), "").unwrap();
        let latin = b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n";
        fs::write(root.join("app/latin.py"), latin).unwrap();
        let sources = DiskSources::new(Some(root), WalkOptions::default());
        let seen = Mutex::new(Vec::new());
        sources.each(&|path, text| {
            let name = path.strip_prefix(root).unwrap().to_owned();
            seen.lock().unwrap().push((name, text.to_owned()));
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort();
        let text = "# -*- coding: latin-1 -*-\nname = 'caf\u{e9}'\n";
        assert_eq!(
            seen,
            [
                (PathBuf::from("app/__init__.py"), String::new()),
                (PathBuf::from("app/latin.py"), text.to_owned()),
            ]
        );
        assert_eq!(
            sources.text(&root.join("app/latin.py")).as_deref(),
            Some(text)
        );
        assert_eq!(sources.text(&root.join("app/missing.py")), None);
        assert!(sources.is_file(&root.join("app/latin.py")));
        assert!(!sources.is_file(&root.join("app")));
        assert!(sources.is_folder(&root.join("app")));
    }

    #[test]
    fn without_a_project_the_importers_around_a_script_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("outer/package/inner")).unwrap();
        fs::create_dir_all(root.join("outer/plain")).unwrap();
        for path in [
            "far.py",
            "outer/main.py",
            "outer/package/__init__.py",
            "outer/package/inner/__init__.py",
            "outer/package/inner/script.py",
            "outer/package/user.py",
            "outer/plain/script.py",
            "outer/plain/below/user.py",
            "outer/plain/below/far/user.py",
            "outer/plain/tests/unit/test_script.py",
            "outer/tests/unit/test_script.py",
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let seen = |path: &str| {
            let sources = DiskSources::around(&[root.join(path)], WalkOptions::default());
            let seen = Mutex::new(Vec::new());
            sources.each(&|path, _| {
                let name = path.strip_prefix(root).unwrap().to_owned();
                seen.lock().unwrap().push(name);
            });
            let mut seen = seen.into_inner().unwrap();
            seen.sort();
            seen
        };
        let plain = |far: &[&str]| {
            let mut all: Vec<_> = [
                "outer/main.py",
                "outer/plain/below/user.py",
                "outer/plain/script.py",
                "outer/plain/tests/unit/test_script.py",
                "outer/tests/unit/test_script.py",
            ]
            .iter()
            .chain(far)
            .map(PathBuf::from)
            .collect();
            all.sort();
            all
        };
        let far = "outer/plain/below/far/user.py";
        assert_eq!(seen("outer/plain"), plain(&[far]));
        assert_eq!(seen("outer/plain/script.py"), plain(&[]));
        let package = [
            "outer/main.py",
            "outer/package/__init__.py",
            "outer/package/inner/__init__.py",
            "outer/package/inner/script.py",
            "outer/package/user.py",
            "outer/tests/unit/test_script.py",
        ]
        .map(PathBuf::from);
        assert_eq!(seen("outer/package/inner"), package);
        assert_eq!(seen("outer/package/inner/script.py"), package);
    }
}
