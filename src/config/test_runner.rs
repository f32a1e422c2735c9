//! What runs asynchronous tests: the plugin that a project declares, and its mode.

use super::dependencies::Dependencies;
use super::manifest::{Manifest, ini_settings};
use crate::options::AsyncTests;
use std::path::Path;

/// The files that may hold the settings of pytest, in the order in which it asks them.
const FILES: [&str; 7] = [
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
];

/// Whether a file of that path may hold settings for [`async_tests`].
pub fn is_about_tests(path: &Path) -> bool {
    place(path).is_some()
}

fn place(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    FILES.iter().position(|file| *file == name)
}

/// What runs asynchronous tests in a project that declares these dependencies and has these files
/// in its root. `has_backend` says whether it defines a fixture `anyio_backend`.
pub fn async_tests(
    files: &[Manifest],
    dependencies: &Dependencies,
    has_backend: bool,
) -> AsyncTests {
    let mut files: Vec<(usize, &str)> = files
        .iter()
        .filter_map(|(path, text)| Some((place(path)?, text.as_str())))
        .collect();
    files.sort_unstable();
    let in_tox = files.iter().any(|(place, text)| {
        FILES[*place] == "tox.ini" && text.lines().any(|line| declares_plugin(line.trim()))
    });
    let plugin = in_tox
        || ["pytest-asyncio", "pytest-aiohttp"]
            .iter()
            .any(|name| dependencies.declares(name));
    if plugin {
        let settings = files
            .iter()
            .find_map(|(place, text)| settings(FILES[*place], text));
        return if settings.is_some_and(|settings| is_auto(&settings)) {
            AsyncTests::Auto
        } else {
            AsyncTests::Strict
        };
    }
    if dependencies.declares("anyio") {
        return AsyncTests::Anyio { has_backend };
    }
    AsyncTests::None
}

fn declares_plugin(line: &str) -> bool {
    let name = line.rsplit(':').next().unwrap_or(line);
    super::requirement::requirement_name(name).as_deref() == Some("pytest-asyncio")
}

/// The mode and the options of the command line, when the file has settings for pytest.
fn settings(file: &str, text: &str) -> Option<[String; 2]> {
    const KEYS: [&str; 2] = ["asyncio_mode", "addopts"];
    if file.rsplit('.').next() == Some("toml") {
        let root: toml::Table = toml::from_str(text).ok()?;
        let table = if file == "pyproject.toml" {
            let pytest = root.get("tool")?.get("pytest")?;
            pytest.get("ini_options").unwrap_or(pytest)
        } else {
            root.get("pytest")?
        };
        return Some(KEYS.map(|key| {
            match table.get(key) {
                Some(toml::Value::String(text)) => text.clone(),
                Some(toml::Value::Array(words)) => words
                    .iter()
                    .filter_map(toml::Value::as_str)
                    .collect::<Vec<_>>()
                    .join(" "),
                _ => String::new(),
            }
        }));
    }
    let section = if file == "setup.cfg" {
        "tool:pytest"
    } else {
        "pytest"
    };
    let settings = ini_settings(text);
    let has_section = text
        .lines()
        .any(|line| line.trim() == format!("[{section}]"));
    if !has_section && !file.ends_with("pytest.ini") {
        return None;
    }
    Some(KEYS.map(|key| {
        let found = settings
            .iter()
            .find(|(name, other, _)| *name == section && *other == key);
        found.map_or_else(String::new, |(_, _, value)| value.clone())
    }))
}

fn is_auto([mode, options]: &[String; 2]) -> bool {
    let mut words = options.split([' ', '\t', '\n', '=']);
    let mut last = None;
    while let Some(word) = words.next() {
        if word == "--asyncio-mode" {
            last = words.next();
        }
    }
    last.unwrap_or(mode.trim()) == "auto"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Scope;

    fn of(files: &[(&str, &str)], declared: &[&str]) -> AsyncTests {
        let files: Vec<Manifest> = files
            .iter()
            .map(|(path, text)| (path.into(), (*text).to_owned()))
            .collect();
        let mut dependencies = Dependencies::default();
        for name in declared {
            dependencies.add_name(name, Scope::Development);
        }
        async_tests(&files, &dependencies, true)
    }

    #[test]
    fn the_plugin_is_the_one_that_is_declared() {
        let auto = [("pytest.ini", "[pytest]\nasyncio_mode = auto\n")];
        assert_eq!(of(&auto, &[]), AsyncTests::None);
        assert_eq!(of(&auto, &["pytest"]), AsyncTests::None);
        assert_eq!(of(&auto, &["pytest-asyncio"]), AsyncTests::Auto);
        assert_eq!(of(&[], &["pytest_asyncio"]), AsyncTests::Strict);
        assert_eq!(of(&[], &["anyio"]), AsyncTests::Anyio { has_backend: true });
        assert_eq!(of(&[], &["anyio", "pytest-asyncio"]), AsyncTests::Strict);
        let tox = "[testenv]\ndeps =\n    pytest\n    py3: pytest-asyncio>=0.2\n";
        assert_eq!(of(&[("tox.ini", tox)], &[]), AsyncTests::Strict);
    }

    #[test]
    fn the_mode_stands_in_the_file_that_pytest_reads() {
        let with = |files: &[(&str, &str)]| of(files, &["pytest-asyncio"]);
        let auto = AsyncTests::Auto;
        for (file, text) in [
            (
                "pyproject.toml",
                "[tool.pytest.ini_options]\nasyncio_mode = \"auto\"\n",
            ),
            ("pyproject.toml", "[tool.pytest]\nasyncio_mode = \"auto\"\n"),
            (
                "pyproject.toml",
                "[tool.pytest.ini_options]\naddopts = \"-q --asyncio-mode=auto\"\n",
            ),
            (
                "pyproject.toml",
                "[tool.pytest.ini_options]\naddopts = [\"--asyncio-mode\", \"auto\"]\n",
            ),
            ("pytest.toml", "[pytest]\nasyncio_mode = \"auto\"\n"),
            ("tox.ini", "[pytest]\nasyncio_mode=auto\n"),
            ("setup.cfg", "[tool:pytest]\nasyncio_mode = auto\n"),
            (
                "pytest.ini",
                "[pytest]\naddopts =\n    -q\n    --asyncio-mode=auto\n",
            ),
        ] {
            assert_eq!(with(&[(file, text)]), auto, "{file}: {text}");
        }
        // An empty `pytest.ini` goes first all the same.
        let setup = ("setup.cfg", "[tool:pytest]\nasyncio_mode = auto\n");
        assert_eq!(with(&[setup, ("pytest.ini", "")]), AsyncTests::Strict);
        assert_eq!(with(&[setup, ("tox.ini", "[tox]\n")]), auto);
        let strict = ("pytest.ini", "[pytest]\nasyncio_mode = strict\n");
        assert_eq!(with(&[strict]), AsyncTests::Strict);
    }
}
