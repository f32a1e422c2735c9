//! What git knows about the files to be written.

#![expect(clippy::disallowed_methods, reason = "it asks git")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;

/// How many paths one call of git is given.
const CHUNK: usize = 200;

/// Returns those of `paths` that differ from their last commit, in the order given.
///
/// A file that git does not track counts as one, because git cannot restore it; a file that git
/// is told to ignore does not. The answer is `None` if no file is in a git repository, or if
/// there is no git.
pub fn uncommitted(paths: &[PathBuf]) -> Result<Option<Vec<PathBuf>>, Error> {
    let mut repositories: BTreeMap<PathBuf, Vec<(PathBuf, usize)>> = BTreeMap::new();
    for (index, path) in paths.iter().enumerate() {
        let Ok(file) = fs::canonicalize(path) else {
            continue;
        };
        if let Some(repository) = repository_of(&file) {
            let repository = repository.to_owned();
            repositories
                .entry(repository)
                .or_default()
                .push((file, index));
        }
    }
    if repositories.is_empty() {
        return Ok(None);
    }
    let mut dirty = BTreeSet::new();
    for (repository, files) in repositories {
        for chunk in files.chunks(CHUNK) {
            let Some(changed) = status(&repository, chunk)? else {
                return Ok(None);
            };
            for (file, index) in chunk {
                if changed.contains(file) {
                    dirty.insert(*index);
                }
            }
        }
    }
    Ok(Some(
        dirty
            .into_iter()
            .map(|index| paths[index].clone())
            .collect(),
    ))
}

/// Commits the files as they are, and nothing else, with a message. What is staged of other files
/// stays staged; hooks run.
pub fn commit(paths: &[PathBuf], message: &str) -> Result<(), Error> {
    let mut repositories: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in paths.iter().filter_map(|path| fs::canonicalize(path).ok()) {
        if let Some(repository) = repository_of(&file) {
            let repository = repository.to_owned();
            repositories.entry(repository).or_default().push(file);
        }
    }
    for (repository, files) in repositories {
        let failed = |reason: String| Error::Commit {
            repository: repository.clone(),
            reason,
        };
        let names = files.iter();
        let names: Vec<&Path> = names
            .filter_map(|file| file.strip_prefix(&repository).ok())
            .collect();
        // As many files as there are: they go through the standard input.
        let list = names
            .iter()
            .map(|name| name.as_os_str().as_encoded_bytes())
            .collect::<Vec<_>>()
            .join(&b'\0');
        let mut child = git(&repository)
            .args(["--literal-pathspecs", "commit", "--quiet", "--only"])
            .args(["--pathspec-from-file=-", "--pathspec-file-nul"])
            .arg(format!("--message={message}"))
            .arg("--cleanup=verbatim")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        if let Some(mut input) = child.stdin.take() {
            // A git that ends early says why.
            drop(input.write_all(&list));
        }
        let output = child.wait_with_output();
        let output = output.map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(first_line(&output.stderr, &output.stdout)));
        }
    }
    Ok(())
}

/// The root of the repository that a file is in.
fn repository_of(file: &Path) -> Option<&Path> {
    let mut folders = file.ancestors().skip(1);
    folders.find(|folder| folder.join(".git").exists())
}

/// Git in a repository, whatever hook of another one this program runs in.
fn git(repository: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(repository)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX");
    command
}

/// What git said first.
fn first_line(stderr: &[u8], stdout: &[u8]) -> String {
    let said = [stderr, stdout].map(|text| String::from_utf8_lossy(text).into_owned());
    let mut lines = said.iter().flat_map(|text| text.lines());
    let first = lines.find(|line| !line.trim().is_empty());
    first.unwrap_or("it gave no reason").to_owned()
}

/// Returns which of `files` git calls changed, or `None` if there is no git.
fn status(
    repository: &Path,
    files: &[(PathBuf, usize)],
) -> Result<Option<BTreeSet<PathBuf>>, Error> {
    let output = git(repository)
        .args([
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "status",
        ])
        .args([
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--",
        ])
        .args(
            files
                .iter()
                .filter_map(|(file, _)| file.strip_prefix(repository).ok()),
        )
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::Git {
                repository: repository.to_owned(),
                reason: error.to_string(),
            });
        }
    };
    if !output.status.success() {
        return Err(Error::Git {
            repository: repository.to_owned(),
            reason: first_line(&output.stderr, &[]),
        });
    }
    let changed = output
        .stdout
        .split(|&byte| byte == 0)
        // Two letters of status and a blank come before the path.
        .filter_map(|record| record.get(3..))
        .map(|path| repository.join(native(path)))
        .collect();
    Ok(Some(changed))
}

#[cfg(unix)]
fn native(path: &[u8]) -> &OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(path)
}

#[cfg(not(unix))]
fn native(path: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path).into_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{arguments:?}");
    }

    #[test]
    fn changed_staged_and_unknown_files_are_uncommitted() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        git(folder.path(), &["init", "-q"]);
        fs::create_dir(path("sub")).unwrap();
        for name in [
            "clean.py",
            "changed.py",
            "staged.py",
            "sub/*.py",
            "sub/a b.py",
        ] {
            fs::write(path(name), "x\n").unwrap();
        }
        fs::write(path(".gitignore"), "ignored.py\n").unwrap();
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-q", "-m", "x"]);
        fs::write(path("changed.py"), "y\n").unwrap();
        fs::write(path("sub/a b.py"), "y\n").unwrap();
        fs::write(path("staged.py"), "y\n").unwrap();
        git(folder.path(), &["add", "staged.py"]);
        fs::write(path("sub/new.py"), "y\n").unwrap();
        fs::write(path("ignored.py"), "y\n").unwrap();

        let all = [
            "sub/new.py",
            "clean.py",
            "changed.py",
            "staged.py",
            "sub/*.py",
            "sub/a b.py",
            "ignored.py",
        ]
        .map(path);
        let dirty = uncommitted(&all).unwrap();
        let expected = ["sub/new.py", "changed.py", "staged.py", "sub/a b.py"].map(path);
        assert_eq!(dirty, Some(expected.to_vec()));
        assert_eq!(uncommitted(&[path("clean.py")]).unwrap(), Some(Vec::new()));
    }

    #[test]
    fn outside_git_there_is_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        fs::write(&path, "x\n").unwrap();
        assert_eq!(uncommitted(&[path]).unwrap(), None);
    }

    #[test]
    fn a_git_that_fails_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        fs::write(&path, "x\n").unwrap();
        fs::write(folder.path().join(".git"), "gitdir: nowhere\n").unwrap();
        let error = uncommitted(&[path]).unwrap_err();
        assert!(matches!(error, Error::Git { .. }), "{error:?}");
    }
}
