//! Files that the user asked for beside the sources: reports, baselines, summaries.

#![expect(clippy::disallowed_methods, reason = "it writes the files")]

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

use crate::error::{Error, FileAction, FileError};

/// Writes a file, or replaces what it had.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Ok(fs::write(path, bytes).map_err(FileError::on(FileAction::Write, path))?)
}

/// Adds to the end of a file, which need not exist.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = fs::OpenOptions::new();
    let file = options.create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(bytes));
    Ok(written.map_err(FileError::on(FileAction::Write, path))?)
}

/// Whether there is a file, or anything else, of this name.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Reads such a file; `None` if there is none.
pub fn load(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::on(FileAction::Read, path)(error).into()),
    }
}
