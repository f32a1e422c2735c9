//! One program of the suite and what its header promises about it.
//!
//! A program starts with a block of comments that holds TOML:
//!
//! ```python
//! # /// case
//! # shows = "Unpacking keeps the order of the arguments."
//! # changes = ["gather-to-taskgroup"]
//! # ///
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::trace::Version;

/// The line that opens a header.
const OPENING: &str = "# /// case";
/// The line that closes a header.
const CLOSING: &str = "# ///";

/// A program and its header.
pub(crate) struct Case {
    /// The name of the test: group and file.
    pub(crate) name: String,
    /// The program without its header.
    pub(crate) program: String,
    /// The modules beside it, by their names: those of a case that is a folder.
    pub(crate) modules: Vec<(String, String)>,
    /// What the header says.
    pub(crate) header: Header,
}

/// What the header of a program says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Header {
    /// What the program shows, in one sentence.
    pub(crate) shows: String,
    /// The transforms that must change the program.
    #[serde(default)]
    pub(crate) changes: Vec<String>,
    /// Whether the program must come back byte for byte.
    #[serde(default)]
    pub(crate) unchanged: bool,
    /// The reasons for which sites of the program must be refused.
    #[serde(default)]
    pub(crate) refused: Vec<String>,
    /// Texts that no rewritten file may contain.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    /// Further words for the command line.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    /// What the project declares as its dependencies.
    pub(crate) dependencies: Option<Vec<String>>,
    /// The documented difference between before and after.
    pub(crate) difference: Option<Difference>,
}

/// A documented difference: exactly what happens before, and exactly what happens after.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    /// The documented difference in a sentence, with its id.
    pub(crate) why: String,
    /// The versions of Python on which it shows; all of them where this is absent.
    python: Option<Vec<Version>>,
    /// What the program prints and how it ends.
    pub(crate) before: String,
    /// What the rewritten program prints and how it ends.
    pub(crate) after: String,
}

impl Difference {
    /// Returns whether the difference shows on this version of Python.
    pub(crate) fn shows_on(&self, version: Version) -> bool {
        self.python
            .as_ref()
            .is_none_or(|versions| versions.contains(&version))
    }
}

impl Case {
    /// Returns whether the program talks to the HTTP server.
    pub(crate) fn speaks_http(&self) -> bool {
        self.name.starts_with("http::")
    }

    /// Reads a folder with a `program.py` and the modules it imports.
    fn read_folder(root: &Path, folder: &Path) -> Result<Self, String> {
        let mut case = Self::read(root, &folder.join("program.py"))?;
        case.name = case.name.trim_end_matches("::program").to_owned();
        for path in entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(".py") && name != "program.py" {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
                case.modules.push((name.into_owned(), text));
            }
        }
        Ok(case)
    }

    /// Reads a program; the error is a sentence about what is wrong with it.
    fn read(root: &Path, path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
        let name = path
            .strip_prefix(root)
            .expect("the program was found below the root")
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy())
            .collect::<Vec<_>>()
            .join("::");

        let mut lines = text.split_inclusive('\n');
        if lines.next().map(str::trim_end) != Some(OPENING) {
            return Err(format!("`{shown}` does not start with `{OPENING}`."));
        }
        let mut header = String::new();
        let mut closed = false;
        for line in lines.by_ref() {
            if line.trim_end() == CLOSING {
                closed = true;
                break;
            }
            let line = line.strip_prefix('#').unwrap_or(line);
            header.push_str(line.strip_prefix(' ').unwrap_or(line));
        }
        if !closed {
            return Err(format!("The header of `{shown}` is never closed."));
        }
        let header: Header = toml::from_str(&header)
            .map_err(|error| format!("The header of `{shown}` is malformed: {error}"))?;
        if header.unchanged && !header.changes.is_empty() {
            return Err(format!(
                "`{shown}` cannot be changed and unchanged at once."
            ));
        }
        if !header.shows.ends_with('.') {
            return Err(format!("`shows` in `{shown}` is not a sentence."));
        }
        Ok(Self {
            name,
            modules: Vec::new(),
            program: lines.collect(),
            header,
        })
    }
}

/// Returns every program below `root`, in the order of their names.
///
/// A folder with a `program.py` is one program of several modules. A folder called `support` holds what the suite itself needs.
pub(crate) fn find(root: &Path) -> Result<Vec<Case>, String> {
    let mut paths = Vec::new();
    for group in entries(root)? {
        if group.is_dir() && !group.ends_with("support") {
            paths.extend(entries(&group)?);
        }
    }
    paths
        .iter()
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "py")
                || path.join("program.py").is_file()
        })
        .map(|path| {
            if path.is_dir() {
                Case::read_folder(root, path)
            } else {
                Case::read(root, path)
            }
        })
        .collect()
}

/// Returns what a folder holds, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(|error| format!("`{}` cannot be listed: {error}", folder.display()))?;
    paths.sort();
    Ok(paths)
}
