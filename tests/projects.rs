//! Every folder below the `fixtures` of a transform is a project: `before` has its files, `after`
//! those that change, `case.toml` says with which options and what must be refused, and whether
//! its tests are run before and after.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the files of the projects"
)]

#[path = "behavior/interpreters.rs"]
#[allow(dead_code, reason = "these programs need no packages")]
mod interpreters;
mod support;
#[path = "behavior/trace.rs"]
#[allow(dead_code, reason = "these programs leave less to be seen")]
mod trace;

use aiolift::project::{Installed, MemorySources, Project};
use aiolift::report::{Outcome, Report};
use aiolift::syntax::{AnyNodeRef, Module, PythonVersion, Tree};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The folder that the files of a project seem to be in.
const ROOT: &str = "/project";

/// The folder with the packages that are installed for a project, where it has one.
const INSTALLED: &str = ".venv/lib/python3.12/site-packages";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows, in one sentence.
    shows: String,
    /// The words that follow the kind of an example on a page.
    #[serde(default)]
    options: Vec<String>,
    /// The files and folders that the command is given; none for all.
    #[serde(default)]
    paths: Vec<String>,
    /// `reason file:line` of every site that stays, sorted.
    #[serde(default)]
    refused: Vec<String>,
    /// Ends of messages that some site that stays must have.
    #[serde(default)]
    says: Vec<String>,
    /// Why changes are no better ones: `reason file:line`, and behind it the places in its callers,
    /// `file:line text`.
    #[serde(default)]
    remarks: Vec<Vec<String>>,
    /// Ends of messages that some site which changes must have.
    #[serde(default)]
    remarked: Vec<String>,
    /// `python -m unittest` says the same before and after.
    #[serde(default)]
    run: bool,
}

impl Case {
    fn paths(&self) -> Vec<&str> {
        self.paths.iter().map(String::as_str).collect()
    }
}

type Files = BTreeMap<PathBuf, String>;

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("transforms");
    let mut trials = Vec::new();
    for transform in folders(&root) {
        let fixtures = transform.join("fixtures");
        for folder in folders(&fixtures) {
            let name = |path: &Path| {
                let name = path.file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            };
            let name = format!("{}::{}", name(&transform), name(&folder));
            trials.push(Trial::test(name, move || check(&folder)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folders in a folder, sorted.
fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The files below a folder with their texts, by their paths in the project.
fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = fs::read_to_string(&path).expect("the file is UTF-8");
                let inside = path.strip_prefix(folder).expect("it was found there");
                found.insert(Path::new(ROOT).join(inside), text);
            }
        }
    }
    found
}

/// Runs the whole list over the files below some paths.
fn run(before: &Files, words: &[String], paths: &[&str]) -> Report {
    let (options, project) = support::options_of(words);
    let project = Project {
        root: Some(PathBuf::from(ROOT)),
        sources: Arc::new(
            MemorySources::new(before.clone()).with_installed(vec![Installed {
                folder: Path::new(ROOT).join(INSTALLED),
                is_linked: false,
            }]),
        ),
        ..project
    };
    let paths: Vec<PathBuf> = paths
        .iter()
        .map(|path| Path::new(ROOT).join(path))
        .collect();
    let named = |path: &Path| paths.is_empty() || paths.iter().any(|one| path.starts_with(one));
    let chosen = before
        .iter()
        .filter(|(path, _)| named(path) && path.extension().is_some_and(|end| end == "py"))
        .filter(|(path, _)| !path.starts_with(Path::new(ROOT).join(INSTALLED)))
        .map(|(path, text)| (path.clone(), text.clone()));
    support::run_files(chosen.collect(), paths.clone(), &options, &project)
}

fn after(before: &Files, report: &Report) -> Files {
    let mut after = before.clone();
    for change in &report.changes {
        let text = String::from_utf8(change.after.clone()).expect("the result is UTF-8");
        after.insert(change.path.clone(), text);
    }
    after
}

fn check(folder: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(folder.join("case.toml")).map_err(|error| error.to_string())?;
    let case: Case = toml::from_str(&text).map_err(|error| error.to_string())?;
    if !case.shows.ends_with('.') {
        return Err("`shows` is not a sentence".into());
    }
    let before = files(&folder.join("before"));
    let report = run(&before, &case.options, &case.paths());
    if let Some(error) = report.errors.first() {
        return Err(format!("{}: {}", error.path.display(), error.message).into());
    }
    let result = after(&before, &report);
    expect_files(folder, &before, &result)?;
    expect_refusals(&case, &report)?;
    sound(&result)?;
    again(&case, &result)?;
    if case.run {
        compare(&before, &result)?;
    }
    whole(&case, &before, &result)
}

/// Compares the files that change with those below `after`.
fn expect_files(folder: &Path, before: &Files, result: &Files) -> Result<(), Failed> {
    let folder = folder.join("after");
    if std::env::var_os("UPDATE").is_some() {
        drop(fs::remove_dir_all(&folder));
        for (path, text) in result.iter().filter(|(path, text)| before[*path] != **text) {
            let inside = path.strip_prefix(ROOT).expect("it is in the project");
            let target = folder.join(inside);
            fs::create_dir_all(target.parent().expect("it has a folder"))?;
            fs::write(target, text)?;
        }
    }
    let mut expected = before.clone();
    expected.extend(files(&folder));
    for (path, text) in result {
        let wanted = expected.get(path).map(String::as_str).unwrap_or_default();
        if wanted != text {
            let diff = similar::TextDiff::from_lines(wanted, text)
                .unified_diff()
                .header("expected", "actual")
                .to_string();
            return Err(format!("{}:\n{diff}", path.display()).into());
        }
    }
    Ok(())
}

fn expect_refusals(case: &Case, report: &Report) -> Result<(), Failed> {
    let stays = || {
        let sites = report.sites.iter();
        sites.filter(|site| site.outcome != Outcome::Changed)
    };
    let found: Vec<String> = stays()
        .map(|site| {
            let path = site.path.strip_prefix(ROOT).unwrap_or(&site.path);
            let reason = site.reason.unwrap_or("-");
            format!("{reason} {}:{}", path.display(), site.line)
        })
        .collect();
    let messages: Vec<&str> = stays().map(|site| site.message.as_str()).collect();
    if found != case.refused {
        return Err(format!("refused: {found:?}\n{}", messages.join("\n")).into());
    }
    expect_remarks(case, report)?;
    for words in &case.says {
        if !messages.iter().any(|message| message.ends_with(words)) {
            return Err(format!("nothing says {words:?}:\n{}", messages.join("\n")).into());
        }
    }
    Ok(())
}

fn expect_remarks(case: &Case, report: &Report) -> Result<(), Failed> {
    let changed = || {
        let sites = report.sites.iter();
        sites.filter(|site| site.outcome == Outcome::Changed && site.reason.is_some())
    };
    let shown = |path: &Path| {
        path.strip_prefix(ROOT)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let found: Vec<Vec<String>> = changed()
        .map(|site| {
            let reason = site.reason.unwrap_or_default();
            let place = format!("{reason} {}:{}", shown(&site.path), site.line);
            let callers = site.callers.iter();
            let callers =
                callers.map(|one| format!("{}:{} {}", shown(&one.path), one.line, one.text));
            std::iter::once(place).chain(callers).collect()
        })
        .collect();
    let messages: Vec<&str> = changed().map(|site| site.message.as_str()).collect();
    if found != case.remarks {
        return Err(format!("remarks: {found:#?}\n{}", messages.join("\n")).into());
    }
    for words in &case.remarked {
        if !messages.iter().any(|message| message.ends_with(words)) {
            return Err(format!("nothing says {words:?}:\n{}", messages.join("\n")).into());
        }
    }
    Ok(())
}

/// No plain function contains an `await`.
fn sound(result: &Files) -> Result<(), Failed> {
    for (path, text) in result.iter().filter(|(path, _)| is_python(path)) {
        let module = Module::parse(text, PythonVersion::PY312).map_err(|error| error.message)?;
        let tree = Tree::new(&module);
        for id in tree.ids() {
            let AnyNodeRef::ExprAwait(_) = tree.node(id) else {
                continue;
            };
            let around = tree.ancestors(id).find_map(|above| match tree.node(above) {
                AnyNodeRef::StmtFunctionDef(function) => Some(function.is_async),
                AnyNodeRef::ExprLambda(_) => Some(false),
                _ => None,
            });
            if around != Some(true) {
                return Err(
                    format!("{}: an `await` in plain code:\n{text}", path.display()).into(),
                );
            }
        }
    }
    Ok(())
}

/// The tests of a project give the same before and after, under every Python.
fn compare(before: &Files, result: &Files) -> Result<(), Failed> {
    for python in interpreters::from(trace::Version(3, 11))? {
        let (first, second) = (tested(&python.path, before)?, tested(&python.path, result)?);
        if first != second {
            let diff = similar::TextDiff::from_lines(&first, &second)
                .unified_diff()
                .header("before", "after")
                .to_string();
            return Err(format!("under Python {}:\n{diff}", python.version).into());
        }
    }
    Ok(())
}

/// What the tests of a project print, and which of them fail how.
fn tested(python: &Path, project: &Files) -> Result<String, Failed> {
    let folder = tempfile::tempdir()?;
    for (path, text) in project {
        let target = folder.path().join(path.strip_prefix(ROOT)?);
        fs::create_dir_all(target.parent().expect("it has a folder"))?;
        fs::write(target, text)?;
    }
    let output = Command::new(python)
        .args(["-W", "error::RuntimeWarning", "-m", "unittest", "-v"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPATH", folder.path().join(INSTALLED))
        .current_dir(folder.path())
        .output()?;
    let mut seen = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    let telling = |line: &&str| {
        line.contains(" ... ")
            || line.contains("Error")
            || line.contains("Warning")
            || line.contains("never awaited")
    };
    for line in errors.lines().filter(telling) {
        seen.push_str(line);
        seen.push('\n');
    }
    if !seen.contains("... ok") {
        return Err(format!("no test ran:\n{errors}").into());
    }
    Ok(seen)
}

/// A second run has nothing to do.
fn again(case: &Case, result: &Files) -> Result<(), Failed> {
    let report = run(result, &case.options, &case.paths());
    match report.changes.first() {
        None => Ok(()),
        Some(change) => Err(format!("{} changes again", change.path.display()).into()),
    }
}

/// A group is applied as a whole or not at all: where only one of the files may change that all
/// change together, none does.
fn whole(case: &Case, before: &Files, result: &Files) -> Result<(), Failed> {
    let changed: Vec<&PathBuf> = result
        .iter()
        .filter(|(path, text)| before[*path] != **text)
        .map(|(path, _)| path)
        .collect();
    if changed.len() < 2 {
        return Ok(());
    }
    for path in changed {
        let inside = path
            .strip_prefix(ROOT)
            .unwrap_or(path)
            .display()
            .to_string();
        let report = run(before, &case.options, &[&inside]);
        let lifted = report
            .sites
            .iter()
            .find(|site| site.transform == "asyncify" && site.outcome == Outcome::Changed);
        if let Some(site) = lifted {
            return Err(format!("{inside}: line {} is lifted alone", site.line).into());
        }
    }
    Ok(())
}

fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end == "py" || end == "pyi")
}
