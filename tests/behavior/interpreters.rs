//! Finds the Pythons that the programs run under.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::trace::{Interpreter, Version};

/// The oldest version that the rewritten programs run under.
const OLDEST: Version = Version(3, 11);

/// Returns the interpreters for programs that need nothing but Python.
pub(crate) fn plain() -> Result<Vec<Interpreter>, String> {
    from(OLDEST)
}

/// Returns the interpreters of a version and all later ones.
///
/// `AIOLIFT_PYTHONS` names them, separated as in `PATH`. Without it they are the newest of each
/// version that pyenv has installed, and without those, `python3`.
pub(crate) fn from(oldest: Version) -> Result<Vec<Interpreter>, String> {
    if let Some(list) = std::env::var_os("AIOLIFT_PYTHONS").filter(|list| !list.is_empty()) {
        return std::env::split_paths(&list)
            .map(|path| {
                let interpreter = ask(&path).ok_or_else(|| {
                    format!(
                        "`{}`, named by `AIOLIFT_PYTHONS`, is no Python.",
                        path.display()
                    )
                })?;
                if interpreter.version < oldest {
                    return Err(format!(
                        "`{}`, named by `AIOLIFT_PYTHONS`, is Python {}; name {oldest} or newer.",
                        path.display(),
                        interpreter.version,
                    ));
                }
                Ok(interpreter)
            })
            .collect();
    }

    let mut newest = BTreeMap::new();
    for path in pyenv().into_iter().chain([PathBuf::from("python3")]) {
        // A plain `python3` is of interest only where pyenv has nothing to offer.
        if path.is_relative() && !newest.is_empty() {
            continue;
        }
        if let Some(interpreter) = ask(&path).filter(|found| found.version >= oldest) {
            newest.insert(interpreter.version, interpreter);
        }
    }
    if newest.is_empty() {
        return Err(format!(
            "There is no Python {oldest} or newer to run the programs with. \
             Install one so that `python3` starts it, or name one in `AIOLIFT_PYTHONS`."
        ));
    }
    Ok(newest.into_values().collect())
}

/// Returns the interpreter for programs that speak HTTP.
pub(crate) fn http() -> Result<Interpreter, String> {
    let advice = "Make a virtual environment, install `requests`, `httpx` and `httpx2` in it, \
                  and name its interpreter in `AIOLIFT_PYTHON_HTTP`.";
    let path = std::env::var_os("AIOLIFT_PYTHON_HTTP")
        .filter(|path| !path.is_empty())
        .ok_or_else(|| format!("The programs that speak HTTP need packages. {advice}"))?;
    let path = PathBuf::from(path);
    let interpreter = ask(&path)
        .filter(|found| found.version >= OLDEST)
        .ok_or_else(|| {
            format!(
                "`{}` is no Python {OLDEST} or newer. {advice}",
                path.display()
            )
        })?;
    let complete = Command::new(&path)
        .args(["-c", "import requests, httpx, httpx2"])
        .output()
        .is_ok_and(|output| output.status.success());
    if complete {
        Ok(interpreter)
    } else {
        Err(format!("`{}` lacks a package. {advice}", path.display()))
    }
}

/// Returns the interpreters that pyenv has installed, oldest first.
fn pyenv() -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
    let Some(Ok(entries)) = root.map(|root| root.join("versions").read_dir()) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let numbers: Option<Vec<u32>> = entry
                .file_name()
                .to_str()?
                .split('.')
                .map(|number| number.parse().ok())
                .collect();
            Some((numbers?, entry.path().join("bin/python")))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// Asks an interpreter for its version; anything but a working `CPython` is none.
fn ask(path: &Path) -> Option<Interpreter> {
    let question = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])";
    let output = Command::new(path).args(["-c", question]).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let version = answer.trim().strip_prefix("cpython ")?.to_owned();
    Some(Interpreter {
        path: path.to_owned(),
        version: version.try_into().ok()?,
    })
}
