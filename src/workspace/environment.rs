//! The folders in which a Python environment keeps its packages.

#![expect(clippy::disallowed_methods, reason = "it looks for the folders")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::project::Installed;

/// A Python environment on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The folders named `site-packages`, or what stands for them, in the order of an import.
    folders: Vec<PathBuf>,
}

impl Environment {
    /// The environment that the user names: its folder, its Python, or its `site-packages`.
    pub fn at(path: &Path) -> Result<Self, Error> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folders = if absolute.is_dir() {
            if is_packages(&absolute) {
                vec![absolute]
            } else {
                folders_of(&absolute)
            }
        } else if absolute.is_file() {
            folders_of_python(&absolute)
        } else {
            return Err(Error::PathNotFound(path.to_owned()));
        };
        if folders.is_empty() {
            return Err(Error::NotAnEnvironment(path.to_owned()));
        }
        Ok(Self { folders })
    }

    /// The environment in the folder `.venv` of a project.
    pub fn of_project(root: &Path) -> Option<Self> {
        let folder = std::path::absolute(root).ok()?.join(".venv");
        if !folder.join(CONFIGURATION).is_file() {
            return None;
        }
        let folders = folders_of(&folder);
        (!folders.is_empty()).then_some(Self { folders })
    }

    /// Every folder from which an import takes packages: those of the environment, and those that
    /// its `.pth` files name.
    pub(super) fn installed(&self) -> Vec<Installed> {
        let mut found: Vec<Installed> = Vec::new();
        for folder in &self.folders {
            let mut add = |folder: PathBuf, is_linked: bool| {
                if !found.iter().any(|known| known.folder == folder) {
                    found.push(Installed { folder, is_linked });
                }
            };
            add(folder.clone(), false);
            for linked in linked(folder) {
                add(linked, true);
            }
        }
        found
    }
}

/// The file that makes a folder a virtual environment.
pub(super) const CONFIGURATION: &str = "pyvenv.cfg";

fn is_packages(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| name == "site-packages" || name == "dist-packages")
}

/// The folders with packages of the environment in a folder.
fn folders_of(environment: &Path) -> Vec<PathBuf> {
    let configuration = Configuration::read(environment);
    let mut found = own_folders(environment, configuration.version.as_deref());
    if configuration.includes_system
        && let Some(base) = configuration.home.as_deref().and_then(Path::parent)
    {
        for folder in own_folders(base, configuration.version.as_deref()) {
            if !found.contains(&folder) {
                found.push(folder);
            }
        }
    }
    found
}

/// `lib/python3.12/site-packages` and its like, in which several versions may lie side by side.
fn own_folders(environment: &Path, version: Option<&str>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let is_other_name = environment.join("lib64").is_symlink();
    for library in ["lib", "lib64", "local/lib"] {
        if library == "lib64" && is_other_name {
            continue;
        }
        let library = environment.join(library);
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(&library)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let name = name.to_str()?;
                let number = name
                    .strip_prefix("python3.")
                    .or_else(|| name.strip_prefix("pypy3."))?;
                let number = number.trim_end_matches('t');
                if version.is_some_and(|version| version != number) {
                    return None;
                }
                Some((number.parse().ok()?, entry.path()))
            })
            .collect();
        versions.sort();
        if let Some((_, newest)) = versions.pop() {
            found.extend(["site-packages", "dist-packages"].map(|name| newest.join(name)));
        }
        found.push(library.join("python3/dist-packages"));
    }
    found.push(environment.join("Lib/site-packages"));
    found.retain(|folder| folder.is_dir());
    found
}

/// What a `pyvenv.cfg` says.
#[derive(Default)]
struct Configuration {
    /// The folder of the Python that the environment was made with.
    home: Option<PathBuf>,
    includes_system: bool,
    /// The minor version.
    version: Option<String>,
}

impl Configuration {
    fn read(environment: &Path) -> Self {
        let mut found = Self::default();
        let text = fs::read(environment.join(CONFIGURATION)).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.trim();
            match key.trim().to_lowercase().as_str() {
                "home" => found.home = Some(PathBuf::from(value)),
                "include-system-site-packages" => {
                    found.includes_system = value.eq_ignore_ascii_case("true");
                }
                "version" | "version_info" => {
                    found.version = value
                        .strip_prefix("3.")
                        .and_then(|rest| rest.split('.').next())
                        .map(str::to_owned);
                }
                _ => {}
            }
        }
        found
    }
}

/// The folders with packages of a Python program, which is not run: it lies in `bin` or `Scripts`
/// of an environment, or at its top on Windows. The Python of a virtual environment is a link to
/// another one, so that links are followed last.
fn folders_of_python(program: &Path) -> Vec<PathBuf> {
    let is_python = program.file_name().and_then(|name| name.to_str());
    if !is_python.is_some_and(|name| name.starts_with("python") || name.starts_with("pypy")) {
        return Vec::new();
    }
    let followed = fs::canonicalize(program).ok();
    for program in [Some(program), followed.as_deref()].into_iter().flatten() {
        let above = program.ancestors().skip(1).take(2);
        let folders = above
            .filter(|folder| !folder.as_os_str().is_empty())
            .map(folders_of)
            .find(|folders| !folders.is_empty());
        if let Some(folders) = folders {
            return folders;
        }
    }
    Vec::new()
}

/// The folders that the `.pth` files of a folder name: those of projects that are installed in
/// place. Lines that Python would run are left alone.
fn linked(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "pth"))
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = fs::read(&file).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            let line = line.trim_start_matches('\u{feff}').trim_end();
            let is_code = line.starts_with("import ") || line.starts_with("import\t");
            if line.trim().is_empty() || line.starts_with('#') || is_code {
                continue;
            }
            let linked = folder.join(line);
            if linked.is_dir() {
                found.push(fs::canonicalize(&linked).unwrap_or(linked));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn folders(root: &Path, at: &str) -> Result<Vec<String>, String> {
        let found = Environment::at(&root.join(at)).map_err(|error| error.to_string())?;
        let found = found.folders.iter();
        Ok(found
            .map(|folder| folder.strip_prefix(root).unwrap_or(folder))
            .map(|folder| folder.display().to_string())
            .collect())
    }

    #[test]
    fn every_way_to_name_an_environment() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        make(
            root,
            &[
                ("unix/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.4\n"),
                ("unix/bin/python", ""),
                ("unix/bin/pip", ""),
                ("unix/lib/python3.9/site-packages/a.py", ""),
                ("unix/lib/python3.12/site-packages/a.py", ""),
                ("windows/Scripts/python.exe", ""),
                ("windows/Lib/site-packages/a.py", ""),
                ("conda/python.exe", ""),
                ("conda/Lib/site-packages/a.py", ""),
                ("debian/lib/python3/dist-packages/a.py", ""),
                ("debian/lib/python3.9/idle.py", ""),
                ("two/lib/python3.9/site-packages/a.py", ""),
                ("two/lib/python3.10/site-packages/a.py", ""),
                ("two/lib64/python3.10/site-packages/b.py", ""),
                ("sources/app.py", ""),
            ],
        );
        let unix = Ok(vec!["unix/lib/python3.12/site-packages".to_owned()]);
        for way in [
            "unix",
            "unix/bin/python",
            "unix/lib/python3.12/site-packages",
        ] {
            assert_eq!(folders(root, way), unix, "{way}");
        }
        let one = |folder: &str| Ok(vec![folder.to_owned()]);
        assert_eq!(folders(root, "windows"), one("windows/Lib/site-packages"));
        assert_eq!(
            folders(root, "windows/Scripts/python.exe"),
            one("windows/Lib/site-packages")
        );
        assert_eq!(
            folders(root, "conda/python.exe"),
            one("conda/Lib/site-packages")
        );
        assert_eq!(
            folders(root, "debian"),
            one("debian/lib/python3/dist-packages")
        );
        let two = ["lib", "lib64"].map(|lib| format!("two/{lib}/python3.10/site-packages"));
        assert_eq!(folders(root, "two"), Ok(two.to_vec()));
        for wrong in ["sources", "sources/app.py", "unix/bin/pip"] {
            let error = folders(root, wrong).unwrap_err();
            assert!(error.contains("is no Python environment"), "{error}");
        }
        let error = folders(root, "missing").unwrap_err();
        assert!(error.contains("does not exist"), "{error}");
    }

    #[test]
    fn packages_of_the_python_below() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let home = root.join("base/bin");
        let configuration = format!(
            "home = {}\ninclude-system-site-packages = true\nversion_info = 3.11.2.final.0\n",
            home.display()
        );
        make(
            root,
            &[
                (".venv/pyvenv.cfg", &configuration),
                (".venv/lib/python3.11/site-packages/a.py", ""),
                ("base/lib/python3.11/site-packages/b.py", ""),
                ("base/lib/python3.12/site-packages/c.py", ""),
            ],
        );
        let found = Environment::of_project(root).unwrap();
        let expected = [".venv", "base"];
        let expected = expected.map(|at| root.join(at).join("lib/python3.11/site-packages"));
        assert_eq!(found.folders, expected);
        assert_eq!(Environment::of_project(&root.join("base")), None);
    }

    #[test]
    fn projects_that_are_installed_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let far = root.join("far/src");
        let text = format!(
            "\u{feff}# here\n\nimport _virtualenv\n{}\nmissing\n../../../near\n",
            far.display()
        );
        make(
            &root,
            &[
                ("env/lib/python3.12/site-packages/a.pth", &text),
                ("env/near/b.py", ""),
                ("far/src/c.py", ""),
            ],
        );
        let found = Environment::at(&root.join("env")).unwrap().installed();
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.folder.as_path(), one.is_linked))
            .collect();
        let packages = root.join("env/lib/python3.12/site-packages");
        let near = root.join("env/near");
        assert_eq!(found, [(&*packages, false), (&*far, true), (&*near, true)]);
    }
}
