//! The settings of a project: `[tool.aiolift]` in `pyproject.toml`, or `aiolift.toml`.
//!
//! Texts come in and settings come out; which files there are is the business of `workspace`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::options::{ClientScope, Exceptions, Firewall, HttpPackage};

pub use self::dependencies::{Dependencies, Scope, ScriptMetadata, script_metadata};
pub use self::entry_points::entry_points;
pub use self::environment::PythonEnvironment;
pub use self::manifest::{Manifest, ManifestFacts, RequiresPython};
pub use self::manifest_edit::{DependencyChange, edit_manifest, edit_script};
pub use self::renames::RenameSettings;
pub use self::steps::{StepSettings, is_python_step};
pub use self::target::{Target, TargetVersion, resolve_target};
pub use self::test_runner::{async_tests, is_about_tests};

mod dependencies;
mod entry_points;
mod environment;
mod manifest;
mod manifest_edit;
mod renames;
mod requirement;
mod steps;
mod target;
mod test_runner;

/// The names of all settings.
pub const KEYS: [&str; 21] = [
    "add-dependency",
    "assume-coroutines",
    "asyncify",
    "entry-points",
    "exceptions",
    "exclude",
    "firewall",
    "http-client-scope",
    "http-package",
    "jobs",
    "keep-sync",
    "pipeline",
    "public-api",
    "python-environment",
    "rename",
    "respect-gitignore",
    "select",
    "skip",
    "step",
    "target-version",
    "unsafe",
];

/// What the settings file of a project says. What it leaves open is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The file the settings come from.
    pub path: PathBuf,
    /// The transforms to run; none for all.
    pub select: Vec<String>,
    /// The transforms not to run.
    pub skip: Vec<String>,
    /// The transforms to run, in this order.
    pub pipeline: Option<Vec<String>>,
    /// Consent to unsafe changes.
    pub consent: Consent,
    /// The oldest Python that must run the result.
    pub target_version: Option<TargetVersion>,
    /// Patterns of files to leave out, relative to the folder of the file.
    pub exclude: Vec<String>,
    /// Whether to leave out what git ignores.
    pub respect_gitignore: Option<bool>,
    /// How exceptions of task groups reach the code around them.
    pub exceptions: Option<Exceptions>,
    /// What becomes of exceptions that are returned as results.
    pub firewall: Option<Firewall>,
    /// Which HTTP client to use.
    pub http_package: Option<HttpPackage>,
    /// How many HTTP clients a function opens.
    pub http_client_scope: Option<ClientScope>,
    /// Whether unknown arguments of `gather` count as coroutines.
    pub assume_coroutines: Option<bool>,
    /// Whether functions that others may call become coroutine functions.
    pub asyncify: Option<bool>,
    /// Whether plain functions stay beside the coroutine functions.
    pub keep_sync: Option<bool>,
    /// `add-dependency`
    pub add_dependency: Option<bool>,
    /// Functions that stay plain, as `pkg.mod:name`.
    pub public_api: Vec<String>,
    /// Functions that something outside starts by their names, as `pkg.mod:name`.
    pub entry_points: Vec<String>,
    /// The Python environment with the packages that the project uses.
    pub python_environment: Option<PythonEnvironment>,
    /// The number of threads.
    pub jobs: Option<usize>,
    /// Dotted names that get others.
    pub renames: Vec<RenameSettings>,
    /// What is said about steps in Python.
    pub steps: Vec<StepSettings>,
}

/// Which unsafe changes the user wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Consent {
    /// None of them.
    #[default]
    None,
    /// Those of the transforms named.
    Of(Vec<String>),
    /// All of them.
    All,
}

/// A settings file that says something wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}`, line {line}: {message}", path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Config {
    /// Reads the settings from the text of a `pyproject.toml` or `aiolift.toml`.
    ///
    /// `transforms` are the names that may be selected. The answer is `None` for a
    /// `pyproject.toml` that says nothing about this program.
    pub fn parse(
        path: &Path,
        text: &str,
        transforms: &[&str],
    ) -> Result<Option<Self>, ConfigError> {
        let file = SettingsFile {
            path,
            text,
            transforms,
        };
        let document = DeTable::parse(text).map_err(|error| {
            let message = format!("{}; correct the TOML syntax", error.message());
            file.error(error.span().unwrap_or_default(), message)
        })?;
        let is_pyproject = path
            .file_name()
            .is_some_and(|name| name == "pyproject.toml");
        let table = if is_pyproject {
            let own = document
                .get_ref()
                .get("tool")
                .and_then(|tool| tool.get_ref().get("aiolift"));
            let Some(own) = own else {
                return Ok(None);
            };
            let Some(table) = own.get_ref().as_table() else {
                let message = "`aiolift` must be a table; write `[tool.aiolift]`";
                return Err(file.error(own.span(), message.to_owned()));
            };
            table
        } else {
            document.get_ref()
        };

        let mut settings: Vec<_> = table.iter().collect();
        settings.sort_by_key(|(key, _)| key.span().start);
        let mut config = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        for (key, value) in settings {
            let name: &str = key.get_ref();
            let setting = Setting {
                file: &file,
                name,
                value,
            };
            config.set(&setting, key.span())?;
        }
        Ok(Some(config))
    }

    /// Returns the settings of the first of `files` that has any.
    ///
    /// The files come from the innermost folder outward, as `workspace::settings_files` gives
    /// them, and are not asked for any more once the settings are found.
    pub fn find<E: From<ConfigError>>(
        files: impl IntoIterator<Item = Result<(PathBuf, String), E>>,
        transforms: &[&str],
    ) -> Result<Option<Self>, E> {
        for file in files {
            let (path, text) = file?;
            if let Some(config) = Self::parse(&path, &text, transforms)? {
                return Ok(Some(config));
            }
        }
        Ok(None)
    }

    fn set(&mut self, setting: &Setting<'_, '_>, key: Range<usize>) -> Result<(), ConfigError> {
        match setting.name {
            "select" => self.select = setting.transforms()?,
            "skip" => self.skip = setting.transforms()?,
            "pipeline" => self.pipeline = Some(setting.transforms()?),
            "unsafe" => {
                self.consent = match setting.value.get_ref().as_bool() {
                    Some(true) => Consent::All,
                    Some(false) => Consent::None,
                    None if setting.value.get_ref().is_array() => {
                        Consent::Of(setting.transforms()?)
                    }
                    None => return Err(setting.wrong("`true` or a list of transforms")),
                }
            }
            "target-version" => self.target_version = Some(setting.target_version()?),
            "exclude" => {
                let patterns = setting.strings("a list of patterns")?;
                self.exclude = patterns
                    .into_iter()
                    .map(|(text, _)| text.to_owned())
                    .collect();
            }
            "respect-gitignore" => self.respect_gitignore = Some(setting.boolean()?),
            "assume-coroutines" => self.assume_coroutines = Some(setting.boolean()?),
            "asyncify" => self.asyncify = Some(setting.boolean()?),
            "keep-sync" => self.keep_sync = Some(setting.boolean()?),
            "add-dependency" => self.add_dependency = Some(setting.boolean()?),
            "public-api" => self.public_api = setting.functions()?,
            "entry-points" => self.entry_points = setting.functions()?,
            "python-environment" => {
                let text = setting.value.get_ref().as_str();
                let text = text.filter(|text| !text.is_empty());
                let text = text.ok_or_else(|| setting.wrong("a path or `\"none\"`"))?;
                let base = self.path.parent().unwrap_or(Path::new(""));
                self.python_environment = Some(PythonEnvironment::parse(text, base));
            }
            "exceptions" => {
                self.exceptions = Some(setting.one_of(&[
                    ("auto", Exceptions::Auto),
                    ("unwrap", Exceptions::Unwrap),
                    ("group", Exceptions::Group),
                ])?);
            }
            "firewall" => {
                self.firewall =
                    Some(setting.one_of(&[("plain", Firewall::Plain), ("log", Firewall::Log)])?);
            }
            "http-package" => {
                self.http_package = Some(setting.one_of(&[
                    ("httpx", HttpPackage::Httpx),
                    ("httpx2", HttpPackage::Httpx2),
                ])?);
            }
            "http-client-scope" => {
                self.http_client_scope = Some(setting.one_of(&[
                    ("function", ClientScope::Function),
                    ("call", ClientScope::Call),
                ])?);
            }
            "jobs" => self.jobs = Some(setting.count()?),
            "rename" => self.renames = renames::read(setting)?,
            "step" => self.steps = steps::read(setting)?,
            unknown => {
                let advice = suggestion(unknown, &KEYS);
                let message = format!("`{unknown}` is not a setting of `aiolift`; {advice}");
                return Err(setting.file.error(key, message));
            }
        }
        Ok(())
    }
}

/// The file being read, for errors.
struct SettingsFile<'f> {
    path: &'f Path,
    text: &'f str,
    transforms: &'f [&'f str],
}

impl SettingsFile<'_> {
    fn error(&self, span: Range<usize>, message: String) -> ConfigError {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        ConfigError {
            path: self.path.to_owned(),
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            message,
        }
    }
}

/// One setting, with the means to read it as what it must be.
struct Setting<'f, 't> {
    file: &'f SettingsFile<'f>,
    name: &'f str,
    value: &'f Spanned<DeValue<'t>>,
}

impl Setting<'_, '_> {
    fn wrong(&self, expected: &str) -> ConfigError {
        let message = format!("`{}` must be {expected}", self.name);
        self.file.error(self.value.span(), message)
    }

    fn boolean(&self) -> Result<bool, ConfigError> {
        let value = self.value.get_ref().as_bool();
        value.ok_or_else(|| self.wrong("`true` or `false`"))
    }

    fn count(&self) -> Result<usize, ConfigError> {
        let number = self.value.get_ref().as_integer();
        number
            .and_then(|number| usize::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|&number| number > 0)
            .ok_or_else(|| self.wrong("a whole number above 0"))
    }

    fn strings(&self, expected: &str) -> Result<Vec<(&str, Range<usize>)>, ConfigError> {
        let items = self.value.get_ref().as_array();
        items
            .and_then(|items| {
                items
                    .iter()
                    .map(|item| Some((item.get_ref().as_str()?, item.span())))
                    .collect::<Option<Vec<_>>>()
            })
            .ok_or_else(|| self.wrong(expected))
    }

    fn functions(&self) -> Result<Vec<String>, ConfigError> {
        let names = self.strings("a list of functions")?;
        names
            .into_iter()
            .map(|(name, span)| {
                if name.contains(':') {
                    return Ok(name.to_owned());
                }
                let message = format!("`{name}` names no function; write `\"pkg.mod:name\"`");
                Err(self.file.error(span, message))
            })
            .collect()
    }

    fn transforms(&self) -> Result<Vec<String>, ConfigError> {
        let names = self.strings("a list of transforms")?;
        names
            .into_iter()
            .map(|(name, span)| {
                if self.file.transforms.contains(&name) || is_python_step(name) {
                    return Ok(name.to_owned());
                }
                let advice = closest(name, self.file.transforms.iter().copied()).map_or_else(
                    || "see `aiolift list`".to_owned(),
                    |known| format!("did you mean `{known}`?"),
                );
                let message = format!("`{name}` is not a transform; {advice}");
                Err(self.file.error(span, message))
            })
            .collect()
    }

    fn target_version(&self) -> Result<TargetVersion, ConfigError> {
        let text = self.value.get_ref().as_str();
        let Some(text) = text else {
            return Err(self.wrong("a version such as `\"py312\"`"));
        };
        TargetVersion::parse(text).ok_or_else(|| {
            let names: Vec<_> = TargetVersion::all()
                .map(|version| version.to_string())
                .collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            self.unknown_value(text, &names)
        })
    }

    fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let names: Vec<_> = choices.iter().map(|&(name, _)| name).collect();
        let Some(text) = self.value.get_ref().as_str() else {
            return Err(self.wrong(&format!("one of `\"{}\"`", names.join("\"`, `\""))));
        };
        match choices.iter().find(|(name, _)| *name == text) {
            Some(&(_, value)) => Ok(value),
            None => Err(self.unknown_value(text, &names)),
        }
    }

    fn unknown_value(&self, text: &str, names: &[&str]) -> ConfigError {
        let advice = suggestion(text, names);
        let message = format!("`{text}` is not a value of `{}`; {advice}", self.name);
        self.file.error(self.value.span(), message)
    }
}

/// Returns "did you mean …?", or what there is to choose from.
pub fn suggestion(name: &str, known: &[&str]) -> String {
    match closest(name, known.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("use one of `{}`", known.join("`, `")),
    }
}

/// Returns the one of `known` that `name` most likely is a misspelling of.
pub fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.replace('_', "-").to_lowercase();
    let limit = name.chars().count().max(3) / 3;
    known
        .into_iter()
        .map(|known| (distance(&name, known), known))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, known)| known)
}

/// Counts the letters to insert, delete, replace or swap to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests;
