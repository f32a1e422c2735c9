//! Which distributions a project depends on, and in what part of its life.

use std::collections::BTreeMap;

use super::requirement::{normalize, requirement_name};

/// When a dependency is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// For the developers only: tests, documentation, linters.
    Development,
    /// With an extra that users may ask for.
    Optional,
    /// Always.
    Runtime,
}

/// The distributions that a project or script declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependencies(BTreeMap<String, Scope>);

impl Dependencies {
    /// Returns whether the distribution is declared anywhere, for users or developers.
    pub fn declares(&self, name: &str) -> bool {
        self.scope(name).is_some()
    }

    /// Returns when the distribution is installed, the widest scope if it is declared twice.
    pub fn scope(&self, name: &str) -> Option<Scope> {
        self.0.get(&normalize(name)).copied()
    }

    /// Returns the normalized names of all distributions with their scopes, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Scope)> {
        self.0.iter().map(|(name, &scope)| (name.as_str(), scope))
    }

    /// Adds a distribution by its name.
    pub(super) fn add_name(&mut self, name: &str, scope: Scope) {
        let entry = self.0.entry(normalize(name)).or_insert(scope);
        *entry = scope.max(*entry);
    }

    /// Adds what a requirement line asks for.
    pub(super) fn add_line(&mut self, line: &str, scope: Scope) {
        if let Some(name) = requirement_name(line) {
            self.add_name(&name, scope);
        }
    }
}

/// Words in the names of extras, groups and requirements files that are for developers.
const DEVELOPMENT_WORDS: [&str; 26] = [
    "bench",
    "benchmark",
    "benchmarks",
    "build",
    "check",
    "checks",
    "ci",
    "cov",
    "coverage",
    "dev",
    "develop",
    "development",
    "doc",
    "docs",
    "documentation",
    "format",
    "lint",
    "linting",
    "mypy",
    "style",
    "test",
    "testing",
    "tests",
    "tox",
    "types",
    "typing",
];

/// Returns whether a name such as `requirements-test` speaks of development.
pub(super) fn is_for_development(name: &str) -> bool {
    name.split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| DEVELOPMENT_WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// What a script says about itself in a `# /// script` block (PEP 723).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptMetadata {
    /// Which Python it needs, as a specifier.
    pub requires_python: Option<String>,
    /// What it depends on.
    pub dependencies: Dependencies,
}

/// Reads the `# /// script` block of a file.
///
/// The answer is `None` if there is none, or if it cannot be read.
pub fn script_metadata(text: &str) -> Option<ScriptMetadata> {
    let mut lines = text.lines().map(str::trim_end);
    lines.find(|line| *line == "# /// script")?;
    let mut block: Vec<&str> = lines
        .take_while(|line| *line == "#" || line.starts_with("# "))
        .collect();
    // A line `# ///` may be part of the block; the last one ends it.
    let end = block.iter().rposition(|line| *line == "# ///")?;
    block.truncate(end);
    let body: Vec<&str> = block
        .iter()
        .map(|line| line.get(2..).unwrap_or(""))
        .collect();
    let table: toml::Table = toml::from_str(&body.join("\n")).ok()?;

    let mut metadata = ScriptMetadata {
        requires_python: table
            .get("requires-python")
            .and_then(toml::Value::as_str)
            .map(str::to_owned),
        ..ScriptMetadata::default()
    };
    let dependencies = table.get("dependencies").and_then(toml::Value::as_array);
    for line in dependencies.into_iter().flatten() {
        if let Some(line) = line.as_str() {
            metadata.dependencies.add_line(line, Scope::Runtime);
        }
    }
    Some(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_scope_wins() {
        let mut dependencies = Dependencies::default();
        dependencies.add_line("HTTPX>=0.2", Scope::Optional);
        dependencies.add_line("httpx", Scope::Development);
        dependencies.add_line("-r base.txt", Scope::Runtime);
        assert_eq!(dependencies.scope("Httpx"), Some(Scope::Optional));
        dependencies.add_name("httpx", Scope::Runtime);
        assert_eq!(
            dependencies.iter().collect::<Vec<_>>(),
            [("httpx", Scope::Runtime)]
        );
        assert!(!dependencies.declares("requests"));
    }

    #[test]
    fn names_speak_of_development() {
        for name in [
            "dev",
            "requirements-test",
            "test_requirements",
            "docs",
            "requirements.dev",
        ] {
            assert!(is_for_development(name), "{name}");
        }
        for name in ["requirements", "http", "devices", "base", "testimony"] {
            assert!(!is_for_development(name), "{name}");
        }
    }

    #[test]
    fn a_script_may_carry_its_dependencies() {
        let text = "#!/usr/bin/env python\n# /// script\n# requires-python = \">=3.12\"\n# dependencies = [\n#   \"httpx2<3\",\n#\n#   \"rich\",\n# ]\n# ///\nimport httpx2\n";
        let metadata = script_metadata(text).unwrap();
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.12"));
        assert!(metadata.dependencies.declares("httpx2"));
        assert!(metadata.dependencies.declares("rich"));
        assert_eq!(script_metadata("import x\n"), None);
        assert_eq!(script_metadata("# /// script\n# dependencies = []\n"), None);
        assert_eq!(script_metadata("# /// script\n# = 1\n# ///\n"), None);
        let windows = script_metadata("# /// script\r\n# dependencies = ['a']\r\n# ///\r\n");
        assert!(windows.unwrap().dependencies.declares("a"));
    }
}
