//! Where a project begins, and the files at its root that say what it needs.

#![expect(clippy::disallowed_methods, reason = "it reads the manifests")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, FileAction, FileError};

/// What marks the root folder of a project.
const MARKERS: [&str; 4] = ["pyproject.toml", "setup.py", "setup.cfg", ".git"];

/// Returns the root of the project that `path` belongs to.
///
/// It is the nearest folder, from `path` itself upward, that holds a `pyproject.toml`, a
/// `setup.py`, a `setup.cfg` or a `.git`.
pub fn project_root(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.ancestors()
        .find(|folder| MARKERS.iter().any(|marker| folder.join(marker).exists()))
        .map(Path::to_owned)
}

/// Returns a path as it is seen from the current folder, if it lies below it.
pub fn from_here(path: &Path) -> PathBuf {
    let here = std::path::absolute(".");
    let inside = here
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    inside.unwrap_or_else(|| path.to_owned())
}

/// Returns whether `inner` is `outer` or lies below it, links followed.
pub fn contains(outer: &Path, inner: &Path) -> bool {
    let outer = fs::canonicalize(outer);
    outer.is_ok_and(|outer| fs::canonicalize(inner).is_ok_and(|inner| inner.starts_with(outer)))
}

/// Returns the files from `path` upward that may hold settings, innermost first.
///
/// In one folder an `aiolift.toml` comes before a `pyproject.toml`. Files are read as they are
/// asked for.
pub fn settings_files(
    path: &Path,
) -> impl Iterator<Item = Result<(PathBuf, String), Error>> + use<> {
    let start = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folders: Vec<_> = start.ancestors().map(Path::to_owned).collect();
    folders
        .into_iter()
        .flat_map(|folder| [folder.join("aiolift.toml"), folder.join("pyproject.toml")])
        .filter_map(|file| match read_text(&file) {
            Ok(Some(text)) => Some(Ok((file, text))),
            Ok(None) => None,
            Err(error) => Some(Err(error.into())),
        })
}

/// Reads the files at the root of a project, and in its folder `requirements`, that `wanted`
/// accepts, sorted by path.
pub fn manifests(
    root: &Path,
    wanted: impl Fn(&Path) -> bool,
) -> Result<Vec<(PathBuf, String)>, Error> {
    let mut files = Vec::new();
    for folder in [root.to_owned(), root.join("requirements")] {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(FileError::on(FileAction::Read, &folder)(error).into()),
        };
        for entry in entries {
            let path = entry
                .map_err(FileError::on(FileAction::Read, &folder))?
                .path();
            if wanted(&path)
                && let Some(text) = read_text(&path)?
            {
                files.push((path, text));
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Reads a file as UTF-8, `None` if there is no such file. What is not UTF-8 is replaced.
fn read_text(path: &Path) -> Result<Option<String>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(FileError::on(FileAction::Read, path)(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ManifestFacts};

    #[test]
    fn settings_come_from_the_nearest_file_that_has_any() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        let find = || {
            let files = settings_files(&root.join("a/b/c/x.py"));
            let config = Config::find(files, &[]).unwrap().unwrap();
            (config.path, config.jobs)
        };
        fs::write(root.join("pyproject.toml"), "[tool.aiolift]\njobs = 1\n").unwrap();
        fs::write(root.join("a/b/pyproject.toml"), "[project]\n").unwrap();
        assert_eq!(find(), (root.join("pyproject.toml"), Some(1)));
        fs::write(root.join("a/pyproject.toml"), "[tool.aiolift]\njobs = 2\n").unwrap();
        assert_eq!(find(), (root.join("a/pyproject.toml"), Some(2)));
        fs::write(root.join("a/aiolift.toml"), "jobs = 3\n").unwrap();
        assert_eq!(find(), (root.join("a/aiolift.toml"), Some(3)));
    }

    #[test]
    fn manifests_are_those_of_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("requirements")).unwrap();
        fs::create_dir_all(root.join("src/setup.py")).unwrap();
        fs::create_dir_all(root.join("Pipfile")).unwrap();
        for name in [
            "setup.py",
            "requirements/base.txt",
            "requirements.txt",
            "a.py",
        ] {
            fs::write(root.join(name), "\u{e9}").unwrap();
        }
        let found = manifests(root, ManifestFacts::reads).unwrap();
        let names: Vec<_> = found.iter().map(|(path, _)| path.clone()).collect();
        let expected = ["requirements/base.txt", "requirements.txt", "setup.py"];
        assert_eq!(names, expected.map(|name| root.join(name)));
        assert_eq!(
            manifests(&root.join("src"), ManifestFacts::reads).unwrap(),
            []
        );
    }

    #[test]
    fn the_nearest_marker_wins() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("outer/inner/src")).unwrap();
        fs::create_dir(root.join("outer/.git")).unwrap();
        fs::write(root.join("outer/inner/setup.cfg"), "").unwrap();
        fs::write(root.join("outer/inner/src/a.py"), "").unwrap();
        let found = project_root(&root.join("outer/inner/src/a.py"));
        assert_eq!(found, Some(root.join("outer/inner")));
        assert_eq!(
            project_root(&root.join("outer/inner")),
            Some(root.join("outer/inner"))
        );
        assert_eq!(project_root(&root.join("outer")), Some(root.join("outer")));
    }
}
