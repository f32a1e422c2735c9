//! Finding the Python files under the given paths, and reading those that may matter.

#![expect(clippy::disallowed_methods, reason = "it reads the files")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use crate::error::{Error, FileAction, FileError};

/// Folders that hold no sources of the project.
const EXCLUDED_FOLDERS: [&str; 19] = [
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".jj",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "node_modules",
    "site-packages",
    "venv",
    super::STATE_FOLDER,
];

/// Folders that hold build results, unless they are packages of that name.
const EXCLUDED_UNLESS_PACKAGES: [&str; 2] = ["build", "dist"];

/// The buffer of a thread before the first larger file.
const FIRST_BUFFER: usize = 64 * 1024;

/// Which files to find.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// Patterns of files and folders to leave out, written as in a `.gitignore` file.
    pub exclude: Vec<String>,
    /// The folder that the patterns are relative to.
    pub exclude_base: PathBuf,
    /// Whether to leave out what git ignores.
    pub respect_gitignore: bool,
    /// The number of threads; 0 for as many as there are processors.
    pub jobs: usize,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            exclude_base: PathBuf::from("."),
            respect_gitignore: true,
            jobs: 0,
        }
    }
}

/// A file that was kept by the caller's scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The path, relative if the path it was found under is relative.
    pub path: PathBuf,
    /// The bytes as they were read.
    pub bytes: Vec<u8>,
}

/// What a walk over the files has found.
#[derive(Debug, Default)]
pub struct Scan {
    /// The files for which the caller's scan returned true, sorted by path.
    pub candidates: Vec<Candidate>,
    /// The number of Python files that were read.
    pub files_seen: usize,
    /// The number of bytes that were read.
    pub bytes_seen: u64,
    /// Files and folders that could not be read, sorted by path.
    pub errors: Vec<FileError>,
}

/// Reads every Python file under `paths` once and keeps those for which `keep` returns true.
///
/// Files that are named in `paths` are read whatever they are called and wherever they are;
/// in folders those are read that end in `.py` or `.pyw` and are not left out by `options`.
/// Folders behind symbolic links are not entered; a file behind a symbolic link is read unless
/// it was found under its own name. `keep` runs on several threads; the result does not
/// depend on their number.
pub fn scan(
    paths: &[PathBuf],
    options: &WalkOptions,
    keep: impl Fn(&Path, &[u8]) -> bool + Sync,
) -> Result<Scan, Error> {
    let Some((first, others)) = paths.split_first() else {
        return Ok(Scan::default());
    };
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() || metadata.is_dir() => {}
            Ok(_) => return Err(Error::NotAFile(path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::PathNotFound(path.clone()));
            }
            Err(error) => return Err(FileError::on(FileAction::Read, path)(error).into()),
        }
    }

    let excluded = Excluded::new(options)?;
    let mut walk = WalkBuilder::new(first);
    for path in others {
        walk.add(path);
    }
    walk.standard_filters(false)
        .git_ignore(options.respect_gitignore)
        .git_global(options.respect_gitignore)
        .git_exclude(options.respect_gitignore)
        .parents(options.respect_gitignore)
        .threads(options.jobs)
        .filter_entry(move |entry| entry.depth() == 0 || !excluded.contains(entry));

    let shared = Shared {
        keep: &keep,
        found: Mutex::new(Found::default()),
    };
    walk.build_parallel().visit(&mut &shared);
    let Found { mut scan, links } = shared
        .found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);

    if paths.len() > 1 || !links.is_empty() {
        drop_aliases(&mut scan.candidates);
        read_links(links, &keep, &mut scan);
    }
    scan.candidates.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    scan.errors.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(scan)
}

/// Reads one file as it is.
pub fn read_file(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(FileError::on(FileAction::Read, path))
}

/// The entries to leave out.
struct Excluded {
    patterns: Gitignore,
    current: PathBuf,
}

impl Excluded {
    fn new(options: &WalkOptions) -> Result<Self, Error> {
        if options.exclude.is_empty() {
            return Ok(Self {
                patterns: Gitignore::empty(),
                current: PathBuf::new(),
            });
        }
        let base = fs::canonicalize(&options.exclude_base)
            .map_err(FileError::on(FileAction::Read, &options.exclude_base))?;
        let current =
            fs::canonicalize(".").map_err(FileError::on(FileAction::Read, Path::new(".")))?;
        let mut builder = GitignoreBuilder::new(base);
        let wrong = |pattern: &str, error: &ignore::Error| Error::Pattern {
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        };
        for pattern in &options.exclude {
            builder
                .add_line(None, pattern)
                .map_err(|error| wrong(pattern, &error))?;
        }
        let patterns = builder
            .build()
            .map_err(|error| wrong(&options.exclude.join("`, `"), &error))?;
        Ok(Self { patterns, current })
    }

    fn contains(&self, entry: &DirEntry) -> bool {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_folder && let Some(name) = entry.file_name().to_str() {
            if EXCLUDED_FOLDERS.contains(&name)
                || entry
                    .path()
                    .join(super::environment::CONFIGURATION)
                    .exists()
            {
                return true;
            }
            if EXCLUDED_UNLESS_PACKAGES.contains(&name)
                && !entry.path().join("__init__.py").exists()
            {
                return true;
            }
        }
        if self.patterns.is_empty() || !is_folder && !is_python(entry.path()) {
            return false;
        }
        let path = self.current.join(without_dot(entry.path()));
        let path = if path.components().any(|part| part.as_os_str() == "..") {
            canonical_parent(&path).unwrap_or(path)
        } else {
            path
        };
        self.patterns.matched(path, is_folder).is_ignore()
    }
}

/// Resolves everything in a path but its last component.
fn canonical_parent(path: &Path) -> Option<PathBuf> {
    let parent = fs::canonicalize(path.parent()?).ok()?;
    Some(parent.join(path.file_name()?))
}

/// What all threads share.
struct Shared<'k, K> {
    keep: &'k K,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    scan: Scan,
    /// Symbolic links that are named like Python files.
    links: Vec<PathBuf>,
}

/// One thread of the walk, with its own buffer and results.
struct Reader<'s, 'k, K> {
    shared: &'s Shared<'k, K>,
    buffer: Vec<u8>,
    found: Found,
}

impl<'s, K: Fn(&Path, &[u8]) -> bool + Sync> ParallelVisitorBuilder<'s> for &'s Shared<'_, K> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Reader {
            shared: self,
            buffer: vec![0; FIRST_BUFFER],
            found: Found::default(),
        })
    }
}

impl<K: Fn(&Path, &[u8]) -> bool + Sync> ParallelVisitor for Reader<'_, '_, K> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                self.found.scan.errors.extend(file_error(error, None));
                return WalkState::Continue;
            }
        };
        let is_given = entry.depth() == 0;
        if !is_given && !is_python(entry.path()) {
            return WalkState::Continue;
        }
        let kind = entry.file_type();
        if kind.is_some_and(|kind| kind.is_file()) || is_given && entry.path().is_file() {
            let path = without_dot(entry.path());
            read(
                path,
                &mut self.buffer,
                self.shared.keep,
                &mut self.found.scan,
            );
        } else if !is_given && kind.is_some_and(|kind| kind.is_symlink()) {
            self.found.links.push(entry.into_path());
        }
        WalkState::Continue
    }
}

impl<K> Drop for Reader<'_, '_, K> {
    fn drop(&mut self) {
        let mut found = self
            .shared
            .found
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        found
            .scan
            .candidates
            .append(&mut self.found.scan.candidates);
        found.scan.errors.append(&mut self.found.scan.errors);
        found.scan.files_seen += self.found.scan.files_seen;
        found.scan.bytes_seen += self.found.scan.bytes_seen;
        found.links.append(&mut self.found.links);
    }
}

/// Reads one file into the buffer and keeps a copy if the caller wants it.
fn read(path: &Path, buffer: &mut Vec<u8>, keep: &impl Fn(&Path, &[u8]) -> bool, scan: &mut Scan) {
    match read_into(path, buffer) {
        Ok(length) => {
            scan.files_seen += 1;
            scan.bytes_seen += length as u64;
            let bytes = &buffer[..length];
            if keep(path, bytes) {
                scan.candidates.push(Candidate {
                    path: path.to_owned(),
                    bytes: bytes.to_vec(),
                });
            }
        }
        Err(error) => scan
            .errors
            .push(FileError::on(FileAction::Read, path)(error)),
    }
}

/// Reads a file to the length it has when it is opened.
///
/// A file that grows meanwhile is cut off there; replacing it will find that it has changed.
fn read_into(path: &Path, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut file = File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    if buffer.len() < size {
        buffer.resize(size.next_power_of_two(), 0);
    }
    let mut length = 0;
    while length < size {
        match file.read(&mut buffer[length..size]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Keeps one path, the first, of each file that was found under several.
fn drop_aliases(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|a, b| (a.path.is_symlink(), &a.path).cmp(&(b.path.is_symlink(), &b.path)));
    let mut targets = BTreeSet::new();
    candidates.retain(|candidate| match fs::canonicalize(&candidate.path) {
        Ok(target) => targets.insert(target),
        Err(_) => true,
    });
}

/// Reads the files behind symbolic links that were not found under their own names.
fn read_links(mut links: Vec<PathBuf>, keep: &impl Fn(&Path, &[u8]) -> bool, scan: &mut Scan) {
    links.sort_unstable();
    let mut targets: BTreeSet<PathBuf> = scan
        .candidates
        .iter()
        .filter_map(|candidate| fs::canonicalize(&candidate.path).ok())
        .collect();
    let mut buffer = vec![0; FIRST_BUFFER];
    for link in links {
        // A link that leads nowhere, such as the lock of an editor, is not a file.
        let Ok(target) = fs::canonicalize(&link) else {
            continue;
        };
        if target.is_file() && targets.insert(target) {
            read(without_dot(&link), &mut buffer, keep, scan);
        }
    }
}

fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == OsStr::new("py") || extension == OsStr::new("pyw"))
}

/// Returns `src/a.py` for `./src/a.py`.
fn without_dot(path: &Path) -> &Path {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest,
        _ => path,
    }
}

/// Returns what the walker complains about, if it is a file or folder.
///
/// A pattern in an ignore file that git would not understand either is none of our business.
fn file_error(error: ignore::Error, path: Option<PathBuf>) -> Option<FileError> {
    match error {
        ignore::Error::WithPath { path, err } => file_error(*err, Some(path)),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            file_error(*err, path)
        }
        ignore::Error::Io(source) => Some(FileError {
            path: without_dot(&path?).to_owned(),
            action: FileAction::Read,
            source,
        }),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
