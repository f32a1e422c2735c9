//! Files that are new.

#![expect(clippy::disallowed_methods, reason = "it writes files")]

use crate::error::{Error, FileAction, FileError};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes files with their folders. None is written if one of them is there already.
pub fn create_all(files: &[(PathBuf, String)]) -> Result<(), Error> {
    let failed = |path: &Path, error: io::Error| FileError {
        path: path.to_owned(),
        action: FileAction::Write,
        source: error,
    };
    for (path, _) in files {
        if path.symlink_metadata().is_ok() {
            let error = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(failed(path, error).into());
        }
    }
    for (path, text) in files {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        File::create_new(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| failed(path, error))?;
    }
    Ok(())
}
