//! What the manifests of a project declare: the Python it needs and its dependencies.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::dependencies::{Dependencies, Scope, is_for_development};

/// The path and text of a manifest.
pub type Manifest = (PathBuf, String);

/// What the manifests of a project declare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestFacts {
    /// Which Python the project needs.
    pub requires_python: Option<RequiresPython>,
    /// What the project depends on.
    pub dependencies: Dependencies,
    /// Sentences about manifests that could not be read.
    pub notes: Vec<String>,
}

/// Which Python a project needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiresPython {
    /// The file that says so.
    pub path: PathBuf,
    /// The specifier, such as `>=3.9`.
    pub specifier: String,
}

/// The manifests in the order in which they are asked for the Python that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Pyproject,
    SetupCfg,
    SetupPy,
    Pipfile,
    Environment,
    Requirements,
}

impl Kind {
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        match name {
            "pyproject.toml" => return Some(Self::Pyproject),
            "setup.cfg" => return Some(Self::SetupCfg),
            "setup.py" => return Some(Self::SetupPy),
            "Pipfile" => return Some(Self::Pipfile),
            "environment.yml" | "environment.yaml" => return Some(Self::Environment),
            _ => {}
        }
        let extension = path.extension()?;
        if extension != "txt" && extension != "in" {
            return None;
        }
        let folder = path.parent().and_then(Path::file_name);
        let is_requirements = folder.is_some_and(|folder| folder == "requirements")
            || name.starts_with("requirements")
            || path.file_stem()?.to_str()?.ends_with("requirements");
        is_requirements.then_some(Self::Requirements)
    }
}

impl ManifestFacts {
    /// Returns whether a file of that path may declare something.
    pub fn reads(path: &Path) -> bool {
        Kind::of(path).is_some()
    }

    /// Reads the manifests of one project.
    pub fn of(manifests: &[Manifest]) -> Self {
        let mut manifests: Vec<_> = manifests
            .iter()
            .filter_map(|(path, text)| Some((Kind::of(path)?, path, text)))
            .collect();
        manifests.sort_by_key(|&(kind, path, _)| (kind, path));
        let mut facts = Self::default();
        for (kind, path, text) in manifests {
            let python = match kind {
                Kind::Pyproject => facts.read_toml(path, text, Self::read_pyproject),
                Kind::Pipfile => facts.read_toml(path, text, Self::read_pipfile),
                Kind::SetupCfg => facts.read_setup_cfg(text),
                Kind::SetupPy => facts.read_setup_py(text),
                Kind::Environment => {
                    facts.read_environment(text);
                    None
                }
                Kind::Requirements => {
                    facts.read_requirements(path, text);
                    None
                }
            };
            if let (None, Some(specifier)) = (&facts.requires_python, python) {
                facts.requires_python = Some(RequiresPython {
                    path: path.clone(),
                    specifier,
                });
            }
        }
        facts
    }

    fn read_toml(
        &mut self,
        path: &Path,
        text: &str,
        read: impl FnOnce(&mut Self, &Table) -> Option<String>,
    ) -> Option<String> {
        match toml::from_str::<Table>(text) {
            Ok(table) => read(self, &table),
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start.min(text.len()));
                let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() + 1;
                self.notes.push(format!(
                    "`{}`, line {line}: {}; what the file declares is not known.",
                    path.display(),
                    error.message()
                ));
                None
            }
        }
    }

    fn read_pyproject(&mut self, document: &Table) -> Option<String> {
        let at = |keys: &[&str]| at(document, keys);
        self.add_lines(at(&["project", "dependencies"]), Scope::Runtime);
        for (name, lines) in tables(at(&["project", "optional-dependencies"])) {
            self.add_lines(Some(lines), extra_scope(name));
        }
        for keys in [
            &["dependency-groups"][..],
            &["tool", "pdm", "dev-dependencies"],
        ] {
            for (_, lines) in tables(at(keys)) {
                self.add_lines(Some(lines), Scope::Development);
            }
        }
        self.add_lines(at(&["tool", "uv", "dev-dependencies"]), Scope::Development);
        self.add_lines(
            at(&["tool", "flit", "metadata", "requires"]),
            Scope::Runtime,
        );
        for (_, environment) in tables(at(&["tool", "hatch", "envs"])) {
            for key in ["dependencies", "extra-dependencies"] {
                self.add_lines(environment.get(key), Scope::Development);
            }
        }
        let poetry = at(&["tool", "poetry", "dependencies"]);
        self.add_keys(poetry, Scope::Runtime);
        self.add_keys(
            at(&["tool", "poetry", "dev-dependencies"]),
            Scope::Development,
        );
        for (_, group) in tables(at(&["tool", "poetry", "group"])) {
            self.add_keys(group.get("dependencies"), Scope::Development);
        }
        let python = at(&["project", "requires-python"])
            .or_else(|| at(&["tool", "flit", "metadata", "requires-python"]))
            .or_else(|| poetry?.get("python"))?;
        let python = python.get("version").unwrap_or(python);
        python.as_str().map(str::to_owned)
    }

    fn read_pipfile(&mut self, document: &Table) -> Option<String> {
        self.add_keys(document.get("packages"), Scope::Runtime);
        self.add_keys(document.get("dev-packages"), Scope::Development);
        let python = at(document, &["requires", "python_version"])?;
        python.as_str().map(str::to_owned)
    }

    fn read_setup_cfg(&mut self, text: &str) -> Option<String> {
        let mut python = None;
        for (section, key, value) in ini_settings(text) {
            let scope = match (section, key) {
                ("options", "python_requires") => {
                    python = Some(value.trim().to_owned());
                    continue;
                }
                ("options", "install_requires") => Scope::Runtime,
                ("options", "tests_require" | "setup_requires") => Scope::Development,
                ("options.extras_require", name) => extra_scope(name),
                _ => continue,
            };
            for line in value.lines() {
                self.dependencies.add_line(line, scope);
            }
        }
        python.filter(|specifier| !specifier.is_empty())
    }

    fn read_setup_py(&mut self, text: &str) -> Option<String> {
        for (keyword, scope) in [
            ("install_requires", Scope::Runtime),
            ("extras_require", Scope::Optional),
            ("tests_require", Scope::Development),
            ("setup_requires", Scope::Development),
        ] {
            for line in argument_strings(text, keyword) {
                self.dependencies.add_line(line, scope);
            }
        }
        let python = argument_strings(text, "python_requires");
        python.first().map(|&specifier| specifier.to_owned())
    }

    fn read_environment(&mut self, text: &str) {
        let mut is_inside = false;
        for line in text.lines() {
            let item = line.trim_start();
            if let Some(item) = item.strip_prefix("- ") {
                if is_inside {
                    let item = item.trim().trim_matches(['"', '\'']);
                    // A channel may come first: `conda-forge::httpx`.
                    let item = item.rsplit("::").next().unwrap_or(item);
                    if item != "pip:" && item != "python" && !item.starts_with("python=") {
                        self.dependencies.add_line(item, Scope::Runtime);
                    }
                }
            } else if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                is_inside = line.starts_with("dependencies:");
            }
        }
    }

    fn read_requirements(&mut self, path: &Path, text: &str) {
        let name = path.file_name().and_then(|name| name.to_str());
        let scope = if name.is_some_and(is_for_development) {
            Scope::Development
        } else {
            Scope::Runtime
        };
        for line in text.lines() {
            self.dependencies.add_line(line, scope);
        }
    }

    /// Adds the requirement lines of an array.
    fn add_lines(&mut self, lines: Option<&Value>, scope: Scope) {
        for line in lines.and_then(Value::as_array).into_iter().flatten() {
            if let Some(line) = line.as_str() {
                self.dependencies.add_line(line, scope);
            }
        }
    }

    /// Adds the keys of a table of Poetry or Pipenv.
    fn add_keys(&mut self, table: Option<&Value>, scope: Scope) {
        for (name, value) in tables(table) {
            let is_optional = value.get("optional").and_then(Value::as_bool) == Some(true);
            if is_optional {
                self.dependencies.add_name(name, scope.min(Scope::Optional));
            } else if name != "python" {
                self.dependencies.add_name(name, scope);
            }
        }
    }
}

fn extra_scope(name: &str) -> Scope {
    if is_for_development(name) {
        Scope::Development
    } else {
        Scope::Optional
    }
}

fn at<'t>(document: &'t Table, keys: &[&str]) -> Option<&'t Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(document.get(*first)?, |value, key| value.get(key))
}

fn tables(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let table = value.and_then(Value::as_table);
    table
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

/// Returns the settings of an INI file as section, key and value; a value may have many lines.
pub(super) fn ini_settings(text: &str) -> Vec<(&str, &str, String)> {
    let mut settings: Vec<(&str, &str, String)> = Vec::new();
    let mut section = "";
    let mut is_open = false;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let (true, Some((_, _, value))) = (is_open, settings.last_mut()) {
                value.push('\n');
                value.push_str(content);
            }
        } else if let Some(name) = content.strip_prefix('[') {
            section = name.trim_end_matches(']').trim();
            is_open = false;
        } else if let Some((key, value)) = content.split_once(['=', ':']) {
            settings.push((section, key.trim(), value.trim().to_owned()));
            is_open = true;
        }
    }
    settings
}

/// Returns the string literals in the value of a keyword argument of a `setup.py`.
///
/// A value that is not written out, such as a name, gives nothing. Keys of a dictionary are left
/// out.
fn argument_strings<'t>(text: &'t str, keyword: &str) -> Vec<&'t str> {
    for (start, _) in text.match_indices(keyword) {
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let before = &text[line_start..start];
        let is_word = before
            .chars()
            .next_back()
            .is_none_or(|last| !last.is_alphanumeric() && last != '_' && last != '.');
        if !is_word || before.contains('#') {
            continue;
        }
        let value = text[start + keyword.len()..].trim_start();
        if let Some(value) = value.strip_prefix('=')
            && !value.starts_with('=')
        {
            let strings = literal_strings(value.trim_start());
            if !strings.is_empty() {
                return strings;
            }
        }
    }
    Vec::new()
}

/// Returns the strings of a literal at the start of `text`: a string, or a display of strings.
fn literal_strings(text: &str) -> Vec<&str> {
    let mut strings = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match next {
            '"' | '\'' => {
                let body = &rest[1..];
                let Some(end) = body.find(next) else {
                    break;
                };
                rest = body[end + 1..].trim_start();
                if !rest.starts_with(':') {
                    strings.push(&body[..end]);
                }
                if depth == 0 {
                    break;
                }
                continue;
            }
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' if depth > 1 => depth -= 1,
            ']' | ')' | '}' => break,
            '#' => {
                let end = rest.find('\n').unwrap_or(rest.len());
                rest = &rest[end..];
                continue;
            }
            // A name or a call: not written out.
            _ if depth == 0 => break,
            _ => {}
        }
        rest = &rest[next.len_utf8()..];
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> ManifestFacts {
        let manifests: Vec<_> = files
            .iter()
            .map(|&(path, text)| (PathBuf::from(path), text.to_owned()))
            .collect();
        ManifestFacts::of(&manifests)
    }

    fn python(files: &[(&str, &str)]) -> Option<(String, String)> {
        let python = read(files).requires_python?;
        Some((python.path.display().to_string(), python.specifier))
    }

    fn scopes(files: &[(&str, &str)]) -> Vec<(String, Scope)> {
        let facts = read(files);
        let scopes = facts.dependencies.iter();
        scopes
            .map(|(name, scope)| (name.to_owned(), scope))
            .collect()
    }

    fn expected(names: &[(&str, Scope)]) -> Vec<(String, Scope)> {
        names
            .iter()
            .map(|&(name, scope)| (name.to_owned(), scope))
            .collect()
    }

    #[test]
    fn a_pyproject_of_the_standard_is_read() {
        let text = r#"
[project]
requires-python = ">=3.10"
dependencies = ["Requests>=2", "aiohttp; python_version < '3.12'"]
[project.optional-dependencies]
http2 = ["h2"]
test = ["pytest"]
[dependency-groups]
lint = ["ruff", {include-group = "x"}]
[tool.hatch.envs.docs]
dependencies = ["mkdocs"]
"#;
        let files = [("x/pyproject.toml", text)];
        assert_eq!(
            python(&files),
            Some(("x/pyproject.toml".to_owned(), ">=3.10".to_owned()))
        );
        assert_eq!(
            scopes(&files),
            expected(&[
                ("aiohttp", Scope::Runtime),
                ("h2", Scope::Optional),
                ("mkdocs", Scope::Development),
                ("pytest", Scope::Development),
                ("requests", Scope::Runtime),
                ("ruff", Scope::Development),
            ])
        );
    }

    #[test]
    fn a_pyproject_of_poetry_is_read() {
        let text = r#"
[tool.poetry.dependencies]
python = "^3.9"
Requests = "^2"
httpx = {version = "*", optional = true}
[tool.poetry.dev-dependencies]
black = "*"
[tool.poetry.group.test.dependencies]
pytest = {version = "8"}
"#;
        let files = [("pyproject.toml", text)];
        assert_eq!(python(&files).unwrap().1, "^3.9");
        assert_eq!(
            scopes(&files),
            expected(&[
                ("black", Scope::Development),
                ("httpx", Scope::Optional),
                ("pytest", Scope::Development),
                ("requests", Scope::Runtime),
            ])
        );
    }

    #[test]
    fn a_setup_cfg_is_read() {
        let text = "[metadata]\nname = x\n    y\n[options]\npython_requires = >=3.8\ninstall_requires =\n    # a comment\n    requests >= 2\n    httpx\n[options.extras_require]\ndev = black\nspeed =\n    uvloop\n";
        let files = [("setup.cfg", text)];
        assert_eq!(python(&files).unwrap().1, ">=3.8");
        assert_eq!(
            scopes(&files),
            expected(&[
                ("black", Scope::Development),
                ("httpx", Scope::Runtime),
                ("requests", Scope::Runtime),
                ("uvloop", Scope::Optional),
            ])
        );
    }

    #[test]
    fn a_setup_py_is_read_where_it_is_written_out() {
        let text = "# install_requires=['no']\nsetup(\n    install_requires=[\n        'requests>=2',  # it's needed\n        \"httpx[http2]\",\n    ],\n    extras_require={'redis': ['redis>=4'], 'all': [\n 'orjson']},\n    python_requires = '>=3.9',\n)\n";
        let files = [("setup.py", text)];
        assert_eq!(python(&files).unwrap().1, ">=3.9");
        assert_eq!(
            scopes(&files),
            expected(&[
                ("httpx", Scope::Runtime),
                ("orjson", Scope::Optional),
                ("redis", Scope::Optional),
                ("requests", Scope::Runtime),
            ])
        );
        let text = "setup(install_requires=read('requirements.txt'), python_requires=PYTHON)\n";
        let facts = read(&[("setup.py", text)]);
        assert_eq!(facts, ManifestFacts::default());
    }

    #[test]
    fn requirements_files_are_read() {
        let files = [
            (
                "requirements.txt",
                "-r requirements/base.txt\nrequests==2.31 \\\n    --hash=sha256:00\n",
            ),
            ("requirements-dev.txt", "pytest\n"),
            ("requirements/base.txt", "aiohttp\n"),
            ("requirements/test.in", "respx\n"),
            ("test_requirements.txt", "tox\n"),
            ("notes.txt", "httpx\n"),
        ];
        assert_eq!(
            scopes(&files),
            expected(&[
                ("aiohttp", Scope::Runtime),
                ("pytest", Scope::Development),
                ("requests", Scope::Runtime),
                ("respx", Scope::Development),
                ("tox", Scope::Development),
            ])
        );
    }

    #[test]
    fn pipenv_and_conda_files_are_read() {
        let files = [
            (
                "Pipfile",
                "[packages]\nrequests = '*'\n[dev-packages]\npytest = '*'\n[requires]\npython_version = '3.11'\n",
            ),
            (
                "environment.yml",
                "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - conda-forge::httpx=0.27\n  - pip:\n    - rich>=13\n",
            ),
        ];
        assert_eq!(
            python(&files),
            Some(("Pipfile".to_owned(), "3.11".to_owned()))
        );
        assert_eq!(
            scopes(&files),
            expected(&[
                ("httpx", Scope::Runtime),
                ("pytest", Scope::Development),
                ("requests", Scope::Runtime),
                ("rich", Scope::Runtime),
            ])
        );
    }

    #[test]
    fn the_first_manifest_to_name_a_python_counts() {
        let files = [
            ("setup.py", "setup(python_requires='>=3.6')"),
            ("setup.cfg", "[options]\npython_requires = >=3.7\n"),
            (
                "pyproject.toml",
                "[build-system]\nrequires = ['setuptools']\n",
            ),
        ];
        assert_eq!(
            python(&files),
            Some(("setup.cfg".to_owned(), ">=3.7".to_owned()))
        );
    }

    #[test]
    fn a_broken_manifest_is_noted() {
        let facts = read(&[("pyproject.toml", "[project]\nname = \n")]);
        assert_eq!(facts.notes.len(), 1);
        assert!(
            facts.notes[0].starts_with("`pyproject.toml`, line 2: "),
            "{}",
            facts.notes[0]
        );
    }
}
