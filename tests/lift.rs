//! Programs below `tests/lift/` with what becomes of them when functions turn into coroutine
//! functions.
//!
//! The functions are those whose `def` line ends in `# lift`; every call of something with such a
//! name is one of them, and at module level it starts a loop. A line `# --- becomes` separates
//! the program from its result, and both are run under every Python from the target version on;
//! `# --- refused: reason` stands in its place where the functions must stay as they are.
//! A header may name the `# target: py39`, functions that other code starts by their name
//! (`# keep: main`), more names that are called for a function (`# calls: p`), and functions that
//! stay beside the coroutine function (`# twins: fetch`), which plain code goes on calling. Coroutine
//! functions wait in a thread for those that `# threads: load` names.
//! With `# tests: strict` the program is a file of tests, of a project with that mode of
//! `pytest-asyncio` (or `auto`, `anyio`, `anyio-without-backend`, `none`); only with `# tests: unittest` does it run by
//! itself. `# answers: respx` lets tests that answer requests move to that package.
//! `UPDATE=1` writes the results.
//!
//! One more test lifts functions of packages that come with Python, and looks whether what comes
//! out is valid.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests read programs and run them"
)]

#[path = "behavior/interpreters.rs"]
#[allow(dead_code, reason = "these programs need no packages")]
mod interpreters;
#[path = "behavior/trace.rs"]
#[allow(dead_code, reason = "these programs leave less to be seen")]
mod trace;

use aiolift::edit::{Applicability, Change};
use aiolift::options::AsyncTests;
use aiolift::propagation::lift::{Bridge, Kind, Lift, Lifted, kind, lift};
use aiolift::propagation::test_code::{TestFile, move_tests};
use aiolift::rewrite::{Proof, apply};
use aiolift::syntax::{AnyNodeRef, Module, NodeId, PythonVersion, Ranged, ScopeKind, Tree, ast};
use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const OLDEST: trace::Version = trace::Version(3, 9);
const BECOMES: &str = "# --- becomes\n";
const REFUSED: &str = "# --- refused: ";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lift");
    let mut programs: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("the folder of the programs can be listed")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "py"))
        .collect();
    programs.sort();
    let trials = programs.into_iter().map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Trial::test(name.into_owned(), move || {
            check(&path).map_err(Failed::from)
        })
    });
    let packages = Trial::test("functions_that_come_with_python", || {
        packages().map_err(Failed::from)
    });
    libtest_mimic::run(&arguments, trials.chain([packages]).collect()).exit_code()
}

fn check(path: &Path) -> Result<(), String> {
    let file = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let file = file.replace("\r\n", "\n");
    let (program, claim) = match file.split_once(BECOMES) {
        Some((program, result)) => (program, Ok(result)),
        None => match file.split_once(REFUSED) {
            Some((program, reasons)) => (program, Err(reasons.trim())),
            None => (file.as_str(), Ok("")),
        },
    };
    let target = header(program, "target").next().unwrap_or("py311");
    let target = version(target)?;
    let result = lifted(program, target)?;
    let result = match (result, claim) {
        (Err(found), Err(claimed)) if found == claimed => return Ok(()),
        (Err(found), _) => {
            return update(path, &format!("{program}{REFUSED}{found}\n"), &file)
                .map_err(|problem| format!("refused: {found}\n{problem}"));
        }
        (Ok(result), _) => result,
    };
    if claim != Ok(&*result) {
        update(path, &format!("{program}{BECOMES}{result}"), &file)?;
    }
    // The same with other line breaks.
    let windows = lifted(&program.replace('\n', "\r\n"), target)?
        .map_err(|reason| format!("with CRLF: refused for {reason}"))?;
    if windows != result.replace('\n', "\r\n") {
        return Err(format!("With CRLF the result is another one:\n{windows}"));
    }
    match header(program, "tests").next() {
        None | Some("unittest") => compare(program, &result, target),
        _ => Ok(()),
    }
}

/// Writes what the program must look like, when asked to; else says what differs.
fn update(path: &Path, text: &str, old: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(path, text).map_err(|error| error.to_string());
    }
    let diff = TextDiff::from_lines(old, text);
    Err(diff.unified_diff().header("expected", "found").to_string())
}

/// The words of a header line.
fn header<'t>(program: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let start = format!("# {name}: ");
    let line = program.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_default().split_whitespace()
}

fn version(word: &str) -> Result<PythonVersion, String> {
    let minor = word.strip_prefix("py3").and_then(|n| n.parse().ok());
    let minor = minor.ok_or_else(|| format!("`{word}` is no target version"))?;
    Ok(PythonVersion { major: 3, minor })
}

/// The program with its functions lifted, or the reasons why not.
fn lifted(program: &str, target: PythonVersion) -> Result<Result<String, String>, String> {
    let module = Module::parse(program, target).map_err(|error| error.message)?;
    let tree = Tree::new(&module);
    let mut members = BTreeMap::new();
    let mut functions = Vec::new();
    let mut bridges = Vec::new();
    let kept: Vec<&str> = header(program, "keep").collect();
    let more: Vec<&str> = header(program, "calls").collect();
    let twins: Vec<&str> = header(program, "twins").collect();
    for id in tree.ids() {
        let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
            continue;
        };
        let comment = tree.comment_on_line(function.name.start());
        if comment.is_some_and(|comment| tree.slice(comment) == "# lift") {
            members.insert(function.name.as_str(), kind(&tree, id));
            functions.push(id);
            if kept.contains(&function.name.as_str()) {
                bridges.push(Bridge::KeepName(id));
            }
            if twins.contains(&function.name.as_str()) {
                bridges.push(Bridge::Twin(id));
            }
        }
    }
    for name in more {
        members.entry(name).or_insert(Kind::Coroutine);
    }
    let is_test_file = header(program, "tests").next().is_some();
    let threads = in_threads(&tree, &header(program, "threads").collect::<Vec<_>>());
    let mut calls = Vec::new();
    let mut kinds = Vec::new();
    let mut twin_calls = Vec::new();
    for id in tree.ids() {
        let AnyNodeRef::ExprCall(call) = tree.node(id) else {
            continue;
        };
        let name = match &*call.func {
            ast::Expr::Name(name) => name.id.as_str(),
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => continue,
        };
        let Some(kind) = members.get(name) else {
            continue;
        };
        if twins.contains(&name) {
            let around = tree.enclosing_function(id);
            let waits = around.is_some_and(|around| {
                functions.contains(&around)
                    || matches!(tree.node(around), AnyNodeRef::StmtFunctionDef(node) if node.is_async)
            });
            if !waits {
                continue;
            }
            twin_calls.push(id);
        }
        if is_at_module_level(&tree, id) {
            if !kept.contains(&name) && !is_test_file {
                bridges.push(Bridge::Call(id));
            }
        } else {
            calls.push(id);
        }
        if *kind != Kind::Coroutine {
            kinds.push((id, *kind));
        }
    }
    let what = Lift {
        functions: &functions,
        calls: &calls,
        kinds: &kinds,
        bridges: &bridges,
        twin_calls: &twin_calls,
        threads: &threads,
        exports: &[],
        names_stop_iteration: false,
    };
    let result = match header(program, "tests").next() {
        None => lift(&tree, target, &what),
        Some(word) => {
            let runner = match word {
                "auto" => AsyncTests::Auto,
                "strict" => AsyncTests::Strict,
                "anyio-without-backend" => AsyncTests::Anyio { has_backend: false },
                "anyio" => AsyncTests::Anyio { has_backend: true },
                _ => AsyncTests::None,
            };
            let last = |dotted: &str| dotted.rsplit('.').next().unwrap_or_default().to_owned();
            let file = TestFile {
                functions: &functions,
                calls: &calls,
                kinds: &kinds,
                runner,
                function: &|dotted| members.get(&*last(dotted)).copied(),
                method: &|_, name| members.get(name).copied(),
                gone: &["requests"],
                answers: header(program, "answers").next() == Some("respx"),
            };
            move_tests(&tree, target, &file)
        }
    };
    let lifted = match result {
        Ok(lifted) => lifted,
        Err(walls) => {
            let mut reasons: Vec<&str> = walls.iter().map(|wall| wall.reason).collect();
            reasons.dedup();
            return Ok(Err(reasons.join(", ")));
        }
    };
    proved(&tree, target, lifted).map(Ok)
}

/// The calls of functions of some names in coroutine functions.
fn in_threads(tree: &Tree<'_>, names: &[&str]) -> Vec<NodeId> {
    let is_meant = |id: &NodeId| match tree.node(*id) {
        AnyNodeRef::ExprCall(call) => match &*call.func {
            ast::Expr::Name(name) => names.contains(&name.id.as_str()),
            ast::Expr::Attribute(attribute) => names.contains(&attribute.attr.as_str()),
            _ => false,
        },
        _ => false,
    };
    let waits = |id: &NodeId| {
        let around = tree.enclosing_function(*id).map(|around| tree.node(around));
        matches!(around, Some(AnyNodeRef::StmtFunctionDef(node)) if node.is_async)
    };
    tree.ids().filter(is_meant).filter(waits).collect()
}

/// The text with the edits, which must keep what every rewrite keeps.
fn proved(tree: &Tree<'_>, target: PythonVersion, lifted: Lifted) -> Result<String, String> {
    let mut change = Change::new(Applicability::Unsafe);
    change.edits = lifted.edits;
    change.imports = lifted.imports;
    let changes = [change];
    let mut edits = aiolift::imports::requested(tree, &changes);
    edits.extend(changes[0].edits.iter().cloned());
    let result = apply(tree.text(), &mut edits);
    let after = Module::parse(&result, target)
        .map_err(|error| format!("{} in\n{result}", error.message))?;
    Proof::of(tree)
        .holds(&Tree::new(&after), &[])
        .map_err(|problem| format!("{problem} in\n{result}"))?;
    Ok(result)
}

fn is_at_module_level(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.scope(tree.scope_of(id)).kind == ScopeKind::Module
}

/// Runs both programs under every Python that knows the target version.
fn compare(before: &str, after: &str, target: PythonVersion) -> Result<(), String> {
    let mut ran = false;
    for python in interpreters::from(OLDEST)? {
        if python.version < trace::Version(3, target.minor.into()) {
            continue;
        }
        ran = true;
        let (first, second) = (run(&python.path, before)?, run(&python.path, after)?);
        if first != second {
            let mut report = format!(
                "Under Python {} the result does something else:\n",
                python.version
            );
            let diff = TextDiff::from_lines(&first, &second);
            let _ = write!(report, "{}", diff.unified_diff().header("before", "after"));
            let _ = write!(report, "\n{after}");
            return Err(report);
        }
    }
    if ran {
        Ok(())
    } else {
        Err("There is no Python to run the programs with.".to_owned())
    }
}

/// What a program prints, how it ends, and the last line of its errors.
fn run(python: &Path, program: &str) -> Result<String, String> {
    let output = Command::new(python)
        .args(["-W", "error::RuntimeWarning", "-c", program])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let mut trace = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = writeln!(trace, "ends with {:?}", output.status.code());
    let _ = writeln!(trace, "{}", errors.lines().last().unwrap_or_default());
    if errors.contains("never awaited") {
        let _ = writeln!(trace, "{errors}");
    }
    Ok(trace)
}

/// Lifts some functions of each module of some packages, each with everything that may call it.
fn packages() -> Result<(), String> {
    let python = interpreters::from(OLDEST)?;
    let python = python.first().ok_or("There is no Python.")?;
    let target = PythonVersion {
        major: 3,
        minor: u8::try_from(python.version.1).map_err(|error| error.to_string())?,
    };
    let place = Command::new(&python.path)
        .args([
            "-c",
            "import os; print(os.path.dirname(os.__file__), end='')",
        ])
        .output()
        .map_err(|error| error.to_string())?;
    let root = PathBuf::from(String::from_utf8_lossy(&place.stdout).into_owned());
    let mut count = 0;
    for package in [
        "concurrent",
        "email",
        "http",
        "json",
        "logging",
        "unittest",
        "urllib",
    ] {
        let modules = std::fs::read_dir(root.join(package)).map_err(|error| error.to_string())?;
        for path in modules.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|ext| ext == "py") {
                let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
                count += module(&text, target)
                    .map_err(|problem| format!("{}: {problem}", path.display()))?;
            }
        }
    }
    if count < 100 {
        return Err(format!("Only {count} functions could be lifted."));
    }
    Ok(())
}

/// Lifts some functions of a module; answers how many could be.
fn module(text: &str, target: PythonVersion) -> Result<usize, String> {
    let module = Module::parse(text, target).map_err(|error| error.message)?;
    let tree = Tree::new(&module);
    let functions: Vec<(NodeId, &str)> = tree
        .ids()
        .filter_map(|id| match tree.node(id) {
            AnyNodeRef::StmtFunctionDef(function) if !function.is_async => {
                Some((id, function.name.as_str()))
            }
            _ => None,
        })
        .collect();
    let calls: Vec<(NodeId, NodeId, &str)> = tree
        .ids()
        .filter_map(|id| {
            let AnyNodeRef::ExprCall(call) = tree.node(id) else {
                return None;
            };
            let name = match &*call.func {
                ast::Expr::Name(name) => name.id.as_str(),
                ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return None,
            };
            let around = tree.enclosing_function(id)?;
            Some((id, around, name))
        })
        .collect();
    let mut count = 0;
    for (_, start) in functions.iter().step_by(1 + functions.len() / 4) {
        let mut names = vec![*start];
        let mut at = 0;
        while at < names.len() {
            for (_, around, name) in &calls {
                if *name != names[at] {
                    continue;
                }
                let caller = functions.iter().find(|(id, _)| id == around);
                names.extend(
                    caller
                        .map(|(_, name)| *name)
                        .filter(|name| !names.contains(name)),
                );
            }
            at += 1;
        }
        let members: Vec<(NodeId, &str)> = functions
            .iter()
            .filter(|(_, name)| names.contains(name))
            .copied()
            .collect();
        let kinds: BTreeMap<&str, Kind> = members
            .iter()
            .map(|(id, name)| (*name, kind(&tree, *id)))
            .collect();
        let awaited: Vec<NodeId> = calls
            .iter()
            .filter(|(_, _, name)| kinds.contains_key(name))
            .map(|(id, ..)| *id)
            .collect();
        let of_calls: Vec<(NodeId, Kind)> = calls
            .iter()
            .filter_map(|(id, _, name)| Some((*id, *kinds.get(name)?)))
            .collect();
        let defined: Vec<NodeId> = members.iter().map(|(id, _)| *id).collect();
        let what = Lift {
            functions: &defined,
            calls: &awaited,
            kinds: &of_calls,
            bridges: &[],
            ..Lift::default()
        };
        if let Ok(lifted) = lift(&tree, target, &what) {
            proved(&tree, target, lifted).map_err(|problem| format!("{start}: {problem}"))?;
            count += 1;
        }
    }
    Ok(count)
}
