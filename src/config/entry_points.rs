//! The functions that something outside starts by their names: console scripts and plugins.

use super::manifest::Manifest;
use toml::{Table, Value};

/// The entry points that the manifests of a project declare, as `pkg.mod:name`, sorted.
pub fn entry_points(manifests: &[Manifest]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in manifests {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("pyproject.toml") => {
                if let Ok(document) = toml::from_str::<Table>(text) {
                    of_pyproject(&document, &mut found);
                }
            }
            Some("setup.cfg") => found.extend(text.lines().filter_map(of_line)),
            Some("setup.py") => found.extend(text.split(['"', '\'', '\n']).filter_map(of_line)),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

fn of_pyproject(document: &Table, found: &mut Vec<String>) {
    for keys in [
        &["project", "scripts"][..],
        &["project", "gui-scripts"],
        &["project", "entry-points"],
        &["tool", "poetry", "scripts"],
        &["tool", "poetry", "plugins"],
        &["tool", "flit", "scripts"],
    ] {
        let table = keys
            .iter()
            .try_fold(None, |table: Option<&Table>, key| {
                let next = table.unwrap_or(document).get(*key)?;
                next.as_table().map(Some)
            })
            .flatten();
        if let Some(table) = table {
            of_values(table, found);
        }
    }
}

/// The strings of a table and of the tables in it.
fn of_values(table: &Table, found: &mut Vec<String>) {
    for value in table.values() {
        match value {
            Value::String(object) => found.extend(reference(object)),
            Value::Table(inner) => of_values(inner, found),
            _ => {}
        }
    }
}

/// `name = pkg.mod:object [extra]`
fn of_line(line: &str) -> Option<String> {
    let (name, object) = line.split_once('=')?;
    let is_name = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    (!name.trim().is_empty() && name.chars().all(is_name)).then(|| reference(object))?
}

/// `pkg.mod:object`, without extras.
fn reference(object: &str) -> Option<String> {
    let object = object.split('[').next()?.trim();
    let (module, name) = object.split_once(':')?;
    let is_dotted = |text: &str| {
        let part =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        text.split('.').all(part)
    };
    (is_dotted(module.trim()) && is_dotted(name.trim()))
        .then(|| format!("{}:{}", module.trim(), name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn read(files: &[(&str, &str)]) -> Vec<String> {
        let manifests: Vec<Manifest> = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        entry_points(&manifests)
    }

    #[test]
    fn every_place_of_a_pyproject_is_read() {
        let text = r#"
[project.scripts]
app = "app.cli:main"
[project.entry-points."flask.commands"]
sync = "app.sync:run [extra]"
[tool.poetry.scripts]
old = { reference = "app.old:main", type = "console" }
"#;
        let expected = ["app.cli:main", "app.old:main", "app.sync:run"];
        assert_eq!(read(&[("pyproject.toml", text)]), expected);
    }

    #[test]
    fn setup_files_are_read() {
        let cfg = "[options.entry_points]\nconsole_scripts =\n    app = app.cli:main\n";
        let py = "setup(entry_points={'console_scripts': ['app=app.main:Main.run'], 'url': 'https://x'})";
        assert_eq!(read(&[("setup.cfg", cfg)]), ["app.cli:main"]);
        assert_eq!(read(&[("setup.py", py)]), ["app.main:Main.run"]);
    }
}
