//! What the environment can do to a run: unreadable files, paths that are not there,
//! bad configuration. Every message names the path and says what to do.

use std::io;
use std::path::{Path, PathBuf};

pub use crate::config::ConfigError;
pub use crate::source::SourceError;

/// A failure of the environment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path given by the user does not exist.
    #[error("`{}` does not exist; check the spelling and the current folder", .0.display())]
    PathNotFound(PathBuf),
    /// A path given by the user is a device, a pipe or a socket.
    #[error("`{}` is neither a file nor a folder; give the path of a Python file or of a folder", .0.display())]
    NotAFile(PathBuf),
    /// A path given as a Python environment is something else.
    #[error("`{}` is no Python environment; give a folder with `lib/python3.X/site-packages` or `Lib/site-packages`, the Python in it, or that `site-packages` itself", .0.display())]
    NotAnEnvironment(PathBuf),
    /// A file or folder could not be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is not readable as Python source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A pattern of `--exclude` or `exclude` is not a valid glob.
    #[error(
        "`{pattern}` is not a valid `exclude` pattern: {reason}; patterns are written as in a `.gitignore` file"
    )]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A run was killed while it wrote.
    #[error("an earlier run in `{}` was stopped while it wrote; restore the files with `aiolift undo`, then run again", .0.display())]
    Interrupted(PathBuf),
    /// Another run holds the state folder.
    #[error("another `aiolift` is writing in `{}`; wait until it has ended, then run again", .0.display())]
    AlreadyRunning(PathBuf),
    /// There is no journal.
    #[error("no run in `{}` is left to undo; name the project with `aiolift undo PATH` if it is another one", .0.display())]
    NothingToUndo(PathBuf),
    /// The journal cannot be read back.
    #[error("the journal `{}` is damaged or of another version of `aiolift`, so the run cannot be undone; restore the files from version control, then remove the journal", .0.display())]
    DamagedJournal(PathBuf),
    /// Git would not make a commit.
    #[error("git did not make the commit in `{}`: {reason}; what belongs in it is written: commit it by hand, or take it back with `aiolift undo`", repository.display())]
    Commit {
        /// The root of the repository.
        repository: PathBuf,
        /// What git said.
        reason: String,
    },
    /// Git would not answer.
    #[error("git cannot tell which files in `{}` have uncommitted changes: {reason}; make `git status` work there, or run with `--allow-dirty`", repository.display())]
    Git {
        /// The root of the repository.
        repository: PathBuf,
        /// What git said.
        reason: String,
    },
}

/// What was tried on a file when the system refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAction {
    /// Reading a file or listing a folder.
    Read,
    /// Writing or replacing a file.
    Write,
    /// Removing a file.
    Remove,
}

impl FileAction {
    fn participle(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "written",
            Self::Remove => "removed",
        }
    }
}

/// A file or folder that the system did not let us use.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be {}: {source}; {}", path.display(), action.participle(), file_hint(source))]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// What was tried.
    pub action: FileAction,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// Makes a constructor of errors for use in `map_err`.
    pub(crate) fn on(action: FileAction, path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self {
            path: path.to_owned(),
            action,
            source,
        }
    }
}

fn file_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "check its permissions and those of its folder",
        io::ErrorKind::NotFound => "it may have been moved meanwhile: run again",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on the disk and run again"
        }
        io::ErrorKind::AlreadyExists => "it is there already: remove it, or take another name",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only",
        _ => "check the file and run again, or leave it out with `--exclude`",
    }
}
