//! Small files in the state folder of a project, and texts that the user edits.

#![expect(
    clippy::disallowed_methods,
    reason = "it writes files and starts an editor"
)]

use super::journal::{STATE_FOLDER, prepare};
use crate::error::{Error, FileAction, FileError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Reads a file of the state folder; `None` if there is none.
pub fn load_state(root: &Path, name: &str) -> Result<Option<String>, Error> {
    super::load(&root.join(STATE_FOLDER).join(name))
}

/// Writes a file of the state folder.
pub fn save_state(root: &Path, name: &str, text: &str) -> Result<(), Error> {
    let folder = root.join(STATE_FOLDER);
    prepare(&folder).map_err(FileError::on(FileAction::Write, &folder))?;
    super::save(&folder.join(name), text.as_bytes())
}

/// Removes a file of the state folder, if it is there.
pub fn remove_state(root: &Path, name: &str) -> Result<(), Error> {
    let path = root.join(STATE_FOLDER).join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::on(FileAction::Remove, &path)(error).into())
        }
        _ => Ok(()),
    }
}

/// Lets the user edit texts, each with the name of its file, in `$VISUAL`, `$EDITOR` or vi. The
/// error is a sentence.
pub fn edit(texts: &[(&Path, Vec<u8>)]) -> Result<Vec<Vec<u8>>, String> {
    let folder = std::env::temp_dir().join(format!("aiolift-edit-{}", std::process::id()));
    let edited = edit_in(&folder, texts);
    // What is left behind in the folder for temporary files is nobody's problem.
    drop(fs::remove_dir_all(&folder));
    edited
}

fn edit_in(folder: &Path, texts: &[(&Path, Vec<u8>)]) -> Result<Vec<Vec<u8>>, String> {
    let cannot = |error: io::Error| format!("`{}` cannot be used: {error}.", folder.display());
    let mut paths: Vec<PathBuf> = Vec::new();
    for (at, (name, text)) in texts.iter().enumerate() {
        let own = folder.join(at.to_string());
        fs::create_dir_all(&own).map_err(cannot)?;
        let path = own.join(name.file_name().unwrap_or_default());
        fs::write(&path, text).map_err(cannot)?;
        paths.push(path);
    }
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let editor = variable("VISUAL").or_else(|| variable("EDITOR"));
    let editor = editor.unwrap_or_else(|| "vi".to_owned());
    // The editor may have arguments of its own, as in `code --wait`.
    let mut command = if cfg!(windows) {
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("notepad"));
        command.args(words);
        command
    } else {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$@\"")).arg("sh");
        command
    };
    match command.args(&paths).status() {
        Err(error) => return Err(format!("`{editor}` cannot be started: {error}.")),
        Ok(status) if !status.success() => return Err(format!("`{editor}` ended with {status}.")),
        Ok(_) => {}
    }
    let read = |path: &PathBuf| fs::read(path).map_err(cannot);
    paths.iter().map(read).collect()
}
