//! Programs that are made at random, of several modules whose functions call each other in every
//! way: lifted as a whole, with twins or without, they do what they did before. No plain function
//! contains an `await`, no coroutine is left that nobody awaits, and no group is half applied.
//!
//! `requests` and `httpx` are small modules that give the same texts. `AIOLIFT_CASES` sets how many
//! programs are made, `AIOLIFT_SEED` makes others.

#![expect(
    clippy::disallowed_methods,
    reason = "the programs are written to be run"
)]

#[path = "behavior/interpreters.rs"]
#[allow(dead_code, reason = "these programs need no packages")]
mod interpreters;
#[path = "support/random.rs"]
mod random;
mod support;
#[path = "behavior/trace.rs"]
#[allow(dead_code, reason = "these programs leave less to be seen")]
mod trace;

use aiolift::project::{MemorySources, Project};
use aiolift::report::Outcome;
use aiolift::syntax::{AnyNodeRef, Module, PythonVersion, Tree};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const ROOT: &str = "/project";
const MODULES: usize = 3;

/// What gives the same texts as the other one.
const REQUESTS: &str = "\
class Response:
    def __init__(self, url):
        self.text = \"<\" + url + \">\"

def get(url):
    return Response(url)
";
const HTTPX: &str = "\
import asyncio
from requests import Response

class AsyncClient:
    def __init__(self, **options):
        self.is_open = False

    async def __aenter__(self):
        self.is_open = True
        return self

    async def __aexit__(self, *error):
        self.is_open = False

    async def get(self, url):
        assert self.is_open
        await asyncio.sleep(0)
        return Response(url)
";

/// One function of a program.
#[derive(Debug, Clone)]
struct Function {
    kind: Kind,
    /// Whether it sends a request.
    blocks: bool,
    /// The functions it calls, counted backwards from itself, and how.
    calls: Vec<(usize, u8)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Private,
    Coroutine,
    Generator,
    Manager,
    Method,
    ClassMethod,
    Property,
    Cached,
    InTable,
    Key,
}

fn function() -> impl Strategy<Value = Function> {
    let kind = prop_oneof![
        6 => Just(Kind::Plain),
        2 => Just(Kind::Private),
        4 => Just(Kind::Coroutine),
        1 => Just(Kind::Generator),
        1 => Just(Kind::Manager),
        3 => Just(Kind::Method),
        1 => Just(Kind::ClassMethod),
        1 => Just(Kind::Property),
        1 => Just(Kind::Cached),
        1 => Just(Kind::InTable),
        1 => Just(Kind::Key),
    ];
    let calls = prop::collection::vec((1usize..4, any::<u8>()), 0..3);
    (kind, prop::bool::weighted(0.4), calls).prop_map(|(kind, blocks, calls)| Function {
        kind,
        blocks,
        calls,
    })
}

/// How a function is called from some module: `await f(x)` only in a coroutine function.
fn call(program: &[Function], at: usize, from: usize, awaits: bool) -> Option<String> {
    let home = at * MODULES / program.len();
    let name = if program[at].kind == Kind::Private {
        format!("_f{at}")
    } else {
        format!("f{at}")
    };
    let prefix = match (home == from, at % 2) {
        (true, _) | (false, 0) => String::new(),
        (false, _) => format!("m{home}."),
    };
    Some(match program[at].kind {
        Kind::Plain | Kind::Private | Kind::Cached | Kind::InTable | Kind::Key => {
            format!("{prefix}{name}(x)")
        }
        Kind::Coroutine if awaits => format!("(await {prefix}{name}(x))"),
        Kind::Coroutine => return None,
        Kind::Generator => format!("\"\".join([part for part in {prefix}{name}(x)])"),
        Kind::Manager => return None,
        Kind::Method => format!("{prefix}K{at}(x).{name}()"),
        Kind::ClassMethod => format!("{prefix}K{at}.{name}(x)"),
        Kind::Property => format!("{prefix}K{at}(x).{name}"),
    })
}

/// The lines of a body; `result` collects texts.
fn body(program: &[Function], at: usize) -> Vec<String> {
    let own = &program[at];
    let home = at * MODULES / program.len();
    let awaits = own.kind == Kind::Coroutine;
    let mut lines = vec!["result = [str(x)]".to_owned()];
    if own.blocks {
        lines.push(format!("page = requests.get(f\"u{at}/{{x}}\")"));
        lines.push("result.append(page.text)".to_owned());
    }
    for (back, form) in &own.calls {
        let Some(other) = at.checked_sub(*back) else {
            continue;
        };
        if program[other].kind == Kind::Manager {
            let prefix = match (other * MODULES / program.len() == home, other % 2) {
                (true, _) | (false, 0) => String::new(),
                (false, _) => format!("m{}.", other * MODULES / program.len()),
            };
            lines.push(format!("with {prefix}f{other}(x) as part:"));
            lines.push("    result.append(part)".to_owned());
            continue;
        }
        let Some(call) = call(program, other, home, awaits) else {
            continue;
        };
        match form % 10 {
            0 => lines.push(format!("result.extend([{call} for _ in range(2)])")),
            1 => lines.push(format!("result.append({call} if x else \"\")")),
            2 => lines.push(format!("result.append(f\"{{{call}}}!\")")),
            3 => {
                lines.push(format!("if {call}:"));
                lines.push("    result.append(\"yes\")".to_owned());
            }
            4 => {
                lines.push("try:".to_owned());
                lines.push(format!("    result.append({call}[0])"));
                lines.push("except (IndexError, RuntimeError):".to_owned());
                lines.push("    result.append(\"nothing\")".to_owned());
            }
            5 if !awaits => lines.push(format!("result.append((lambda: {call})())")),
            6 => lines.push(format!("result.append({{\"a\": {call}}}[\"a\"])")),
            7 => lines.push(format!("result.append({call}.upper())")),
            8 => {
                lines.push("for number in range(2):".to_owned());
                lines.push(format!("    result.append({call} + str(number))"));
            }
            _ => lines.push(format!("result.append({call})")),
        }
    }
    lines
}

/// The files of a program.
fn written(program: &[Function]) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for module in 0..MODULES {
        let mut text = String::from("import contextlib\nimport functools\nimport requests\n");
        for (at, other) in program.iter().enumerate() {
            let home = at * MODULES / program.len();
            if home < module && at % 2 == 0 {
                let name = match other.kind {
                    Kind::Method | Kind::ClassMethod | Kind::Property => format!("K{at}"),
                    Kind::Private => format!("_f{at}"),
                    _ => format!("f{at}"),
                };
                let _ = writeln!(text, "from m{home} import {name}");
            }
        }
        for home in 0..module {
            let _ = writeln!(text, "import m{home}");
        }
        for (at, own) in program.iter().enumerate() {
            if at * MODULES / program.len() == module {
                define(&mut text, program, at, own);
            }
        }
        files.insert(Path::new(ROOT).join(format!("m{module}.py")), text);
    }
    let mut main = String::from("import asyncio\nimport sys\n");
    for module in 0..MODULES {
        let _ = writeln!(main, "import m{module}");
    }
    main.push_str("\nx = 1\n");
    main.push_str("\n\nasync def main(x):\n    print(\"main\", x)\n");
    let mut plain = String::new();
    for (at, own) in program.iter().enumerate() {
        let module = at * MODULES / program.len();
        let call = match own.kind {
            Kind::Method => format!("m{module}.K{at}(x).f{at}()"),
            Kind::ClassMethod => format!("m{module}.K{at}.f{at}(x)"),
            Kind::Property => format!("m{module}.K{at}(x).f{at}"),
            Kind::Coroutine => format!("await m{module}.f{at}(x)"),
            Kind::Private | Kind::Manager | Kind::Generator => continue,
            _ => format!("m{module}.f{at}(x)"),
        };
        // Half of them are called where a loop runs.
        if own.kind == Kind::Coroutine || own.calls.len() == 1 {
            let _ = writeln!(main, "    print({at}, {call})");
        } else {
            let _ = writeln!(plain, "    print({at}, {call})");
        }
    }
    main.push_str("\n\nif __name__ == \"__main__\":\n    asyncio.run(main(x))\n");
    main.push_str(&plain);
    files.insert(Path::new(ROOT).join("main.py"), main);
    files
}

fn define(text: &mut String, program: &[Function], at: usize, own: &Function) {
    let lines = body(program, at);
    let name = if own.kind == Kind::Private {
        format!("_f{at}")
    } else {
        format!("f{at}")
    };
    let (head, indent) = match own.kind {
        Kind::Coroutine => (format!("async def {name}(x):"), 1),
        Kind::Manager => (format!("@contextlib.contextmanager\ndef {name}(x):"), 1),
        Kind::Cached => (format!("@functools.lru_cache\ndef {name}(x):"), 1),
        Kind::Method | Kind::Property => {
            let decorator = if own.kind == Kind::Property {
                "    @property\n"
            } else {
                ""
            };
            let head = format!(
                "class K{at}:\n    def __init__(self, x):\n        self.x = x\n\n{decorator}    def {name}(self):\n        x = self.x"
            );
            (head, 2)
        }
        Kind::ClassMethod => (
            format!("class K{at}:\n    @classmethod\n    def {name}(cls, x):"),
            2,
        ),
        _ => (format!("def {name}(x):"), 1),
    };
    let _ = writeln!(text, "\n\n{head}");
    for line in lines {
        let _ = writeln!(text, "{}{line}", "    ".repeat(indent));
    }
    let last = match own.kind {
        Kind::Generator => "yield from result",
        Kind::Manager => "yield \"\".join(result)",
        _ => "return \"\".join(result)",
    };
    let _ = writeln!(text, "{}{last}", "    ".repeat(indent));
    match own.kind {
        Kind::InTable => {
            let _ = writeln!(text, "\n\nTABLE{at} = {{\"{name}\": {name}}}");
        }
        Kind::Key => {
            let _ = writeln!(
                text,
                "\n\ndef ordered{at}(items):\n    return sorted(items, key={name})"
            );
        }
        _ => {}
    }
}

/// What a program prints, how it ends, and what it says of coroutines.
fn run(python: &Path, files: &BTreeMap<PathBuf, String>) -> Result<String, TestCaseError> {
    let failed = |error: std::io::Error| TestCaseError::fail(error.to_string());
    let folder = tempfile::tempdir().map_err(failed)?;
    for (path, text) in files {
        let inside = path.strip_prefix(ROOT).unwrap_or(path);
        std::fs::write(folder.path().join(inside), text).map_err(failed)?;
    }
    std::fs::write(folder.path().join("requests.py"), REQUESTS).map_err(failed)?;
    std::fs::write(folder.path().join("httpx.py"), HTTPX).map_err(failed)?;
    let output = Command::new(python)
        .args(["-W", "error::RuntimeWarning", "main.py"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder.path())
        .output()
        .map_err(failed)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let mut seen = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = writeln!(seen, "{:?}", output.status.code());
    let _ = writeln!(seen, "{errors}");
    Ok(seen)
}

fn shown(files: &BTreeMap<PathBuf, String>) -> String {
    let texts = files
        .iter()
        .map(|(path, text)| format!("# {}\n{text}", path.display()));
    texts.collect::<Vec<_>>().join("\n")
}

fn check(python: &Path, program: &[Function], twins: bool) -> Result<usize, TestCaseError> {
    let before = written(program);
    let option = if twins { "keep-sync" } else { "asyncify" };
    let words = [option.to_owned(), "deps=httpx".to_owned()];
    let lift = |files: &BTreeMap<PathBuf, String>, paths: Vec<PathBuf>| {
        let (options, project) = support::options_of(&words);
        let project = Project {
            root: Some(PathBuf::from(ROOT)),
            sources: Arc::new(MemorySources::new(files.clone())),
            ..project
        };
        let named = files
            .iter()
            .filter(|(path, _)| paths.is_empty() || paths.contains(path))
            .map(|(path, text)| (path.clone(), text.clone()));
        let named = named.collect();
        support::run_files(named, paths, &options, &project)
    };
    let report = lift(&before, Vec::new());
    prop_assert!(
        report.errors.is_empty(),
        "{:?}\n{}",
        report.errors,
        shown(&before)
    );
    let mut after = before.clone();
    for change in &report.changes {
        let text = String::from_utf8(change.after.clone()).unwrap_or_default();
        after.insert(change.path.clone(), text);
    }
    for (path, text) in &after {
        let Ok(module) = Module::parse(text, PythonVersion::PY311) else {
            return Err(TestCaseError::fail(format!("{}:\n{text}", path.display())));
        };
        let tree = Tree::new(&module);
        let in_plain_code = tree.ids().any(|id| {
            let around = tree.ancestors(id).find_map(|above| match tree.node(above) {
                AnyNodeRef::StmtFunctionDef(function) => Some(function.is_async),
                AnyNodeRef::ExprLambda(_) => Some(false),
                _ => None,
            });
            matches!(tree.node(id), AnyNodeRef::ExprAwait(_)) && around != Some(true)
        });
        prop_assert!(!in_plain_code, "an `await` in plain code:\n{text}");
    }
    let (first, second) = (run(python, &before)?, run(python, &after)?);
    prop_assert!(
        first == second,
        "{option}\nbefore:\n{first}\nafter:\n{second}\n{}\n{}",
        shown(&before),
        shown(&after)
    );
    let again = lift(&after, Vec::new());
    prop_assert!(
        again.changes.is_empty(),
        "{option} changes {:?} again\n{}\n{}",
        again
            .changes
            .iter()
            .map(|change| &change.path)
            .collect::<Vec<_>>(),
        shown(&before),
        shown(&after)
    );
    // Where only one file may change, what needs others stays; the rest does what it did.
    if report.changes.len() > 1 {
        let only = report.changes[0].path.clone();
        let alone = lift(&before, vec![only]);
        let mut half = before.clone();
        for change in &alone.changes {
            let text = String::from_utf8(change.after.clone()).unwrap_or_default();
            half.insert(change.path.clone(), text);
        }
        let third = run(python, &half)?;
        prop_assert!(
            first == third,
            "{option}, one file\nbefore:\n{first}\nafter:\n{third}\n{}\n{}",
            shown(&before),
            shown(&half)
        );
    }
    Ok(report
        .sites
        .iter()
        .filter(|site| site.transform == "asyncify" && site.outcome == Outcome::Changed)
        .count())
}

#[test]
fn lifted_programs_do_what_they_did() {
    let strategy = (prop::collection::vec(function(), 3..10), any::<bool>());
    let (cases, lifted) = random::check(16, (7, 3), &strategy, |python, (program, twins)| {
        check(python, &program, twins)
    });
    // The programs are no use when nothing can be lifted.
    assert!(lifted >= cases / 2, "only {lifted} functions were lifted");
}
