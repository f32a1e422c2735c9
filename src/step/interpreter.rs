//! Which Python runs the steps.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A Python.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interpreter(pub PathBuf);

/// The Python that runs the steps: the one that is named; else that of the environment that is
/// active; else, where the project is trusted, that of its `.venv`; else `here`, which is the Python
/// that runs this program, if one does; else `python3` or `python` on the path.
pub fn find_interpreter(
    named: Option<&Path>,
    trusted_project: Option<&Path>,
    here: Option<PathBuf>,
) -> Result<Interpreter, String> {
    if let Some(named) = named {
        return if named.is_dir() {
            of_environment(named).ok_or_else(|| {
                format!(
                    "there is no Python in the environment `{}`",
                    named.display()
                )
            })
        } else if named.is_file() {
            // The path is not searched for it, so that a name alone is a file here.
            let path = std::path::absolute(named).unwrap_or_else(|_| named.to_owned());
            Ok(Interpreter(path))
        } else {
            on_path(named.as_os_str().to_owned())
                .ok_or_else(|| format!("there is no Python `{}`", named.display()))
        };
    }
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    active
        .as_deref()
        .and_then(of_environment)
        .or_else(|| of_environment(&trusted_project?.join(".venv")))
        .or(here.map(Interpreter))
        .or_else(|| on_path(OsString::from("python3")))
        .or_else(|| on_path(OsString::from("python")))
        .ok_or_else(|| "no Python was found to run steps with; name one with `--python`".to_owned())
}

fn of_environment(folder: &Path) -> Option<Interpreter> {
    let program = if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    };
    // An environment is known by its program, which is a link that must not be followed.
    let absolute = std::path::absolute(&program).ok()?;
    program.is_file().then_some(Interpreter(absolute))
}

fn on_path(name: OsString) -> Option<Interpreter> {
    let name = if cfg!(windows) {
        Path::new(&name).with_extension("exe")
    } else {
        PathBuf::from(name)
    };
    if name.components().count() != 1 {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    // A relative folder would be one of whatever project the user stands in.
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
        .map(Interpreter)
}
