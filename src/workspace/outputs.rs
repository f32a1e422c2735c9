//! Files that the user asked for beside the sources: reports, baselines, summaries.

#![expect(clippy::disallowed_methods, reason = "it writes the files")]

use std::fs;
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
