//! Runs programs before and after the tool has rewritten them, and compares what they do.
//!
//! Each `.py` file below `tests/behavior/` is a whole program with a header that says what must
//! become of it. The tool's own output is what runs, under every Python that can be found. The
//! two runs must print the same and end in the same way, unless the header names a documented
//! difference: then both must do exactly what the header says.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests write programs and run them"
)]

#[path = "behavior/case.rs"]
mod case;
#[path = "behavior/interpreters.rs"]
mod interpreters;
#[path = "behavior/server.rs"]
mod server;
#[path = "behavior/tool.rs"]
mod tool;
#[path = "behavior/trace.rs"]
mod trace;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;

use crate::case::Case;
use crate::server::Server;
use crate::trace::Interpreter;

/// How often a pair of runs may disagree before it counts.
///
/// The programs tell tasks apart by delays of some hundredths of a second, and a busy machine may
/// stretch one of them. A rewrite that changes what a program does disagrees every time.
const ATTEMPTS: usize = 3;

/// What all tests share.
struct Bench {
    plain: Result<Vec<Interpreter>, String>,
    http: Result<(Interpreter, Server), String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behavior");
    let trials = match case::find(&root) {
        Ok(cases) => trials(cases),
        Err(problem) => vec![Trial::test("programs", move || Err(problem.into()))],
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Returns a test for each program, and two for those that may use either HTTP package.
fn trials(cases: Vec<Case>) -> Vec<Trial> {
    let http = || {
        let interpreter = interpreters::http()?;
        let server = Server::start(&interpreter)?;
        Ok((interpreter, server))
    };
    let bench = Arc::new(Bench {
        plain: interpreters::plain(),
        http: http(),
    });
    let mut trials = Vec::new();
    for case in cases {
        let case = Arc::new(case);
        let mut add = |name: String, dependencies: Vec<String>| {
            let (case, bench) = (Arc::clone(&case), Arc::clone(&bench));
            trials.push(Trial::test(name, move || {
                check(&case, &dependencies, &bench).map_err(Failed::from)
            }));
        };
        match &case.header.dependencies {
            None if case.speaks_http() => {
                for package in ["httpx", "httpx2"] {
                    let dependencies = vec!["requests".to_owned(), package.to_owned()];
                    add(format!("{}::{package}", case.name), dependencies);
                }
            }
            dependencies => add(case.name.clone(), dependencies.clone().unwrap_or_default()),
        }
    }
    trials
}

/// Rewrites a program and compares; the error tells all that is needed to understand it.
fn check(case: &Case, dependencies: &[String], bench: &Bench) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let before = folder.path().join("before");
    let after = folder.path().join("after");
    for folder in [&before, &after] {
        tool::lay_out(folder, case, dependencies)?;
    }
    let outcome = tool::run(&after, case)?;
    let mut report = format!("{}\n\n", case.header.shows);
    report.push_str(
        &TextDiff::from_lines(&case.program, &outcome.program)
            .unified_diff()
            .header("before", "after")
            .to_string(),
    );
    for ((name, before), after) in case.modules.iter().zip(&outcome.modules) {
        let diff = TextDiff::from_lines(before, after);
        report.push_str(&diff.unified_diff().header(name, name).to_string());
    }
    outcome
        .keeps(&case.header, &case.program)
        .map_err(|problem| format!("{problem}\n{report}"))?;

    let mut arguments = Vec::new();
    let interpreters = if case.speaks_http() {
        let (interpreter, server) = bench.http.as_ref().map_err(Clone::clone)?;
        arguments.push(server.address.clone());
        std::slice::from_ref(interpreter)
    } else {
        bench.plain.as_deref().map_err(Clone::clone)?
    };
    // What did not change needs to run once only, to show that the program itself still works.
    let same = case
        .modules
        .iter()
        .map(|(_, text)| text)
        .eq(&outcome.modules);
    let interpreters = if same && outcome.program == case.program {
        &interpreters[..1]
    } else {
        interpreters
    };
    for interpreter in interpreters {
        let mut problem = Ok(());
        for _ in 0..ATTEMPTS {
            problem = compare(case, interpreter, &arguments, &before, &after);
            if problem.is_ok() {
                break;
            }
        }
        problem.map_err(|problem| {
            format!("Under Python {}: {problem}\n{report}", interpreter.version)
        })?;
    }
    Ok(())
}

/// Runs both programs under one interpreter and compares what they did.
fn compare(
    case: &Case,
    interpreter: &Interpreter,
    arguments: &[String],
    before: &Path,
    after: &Path,
) -> Result<(), String> {
    let old = trace::run(interpreter, before, arguments)?;
    let new = trace::run(interpreter, after, arguments)?;
    let shown = || {
        let mut shown = String::new();
        for (title, trace) in [("before", &old), ("after", &new)] {
            let _ = writeln!(shown, "--- what {title} did\n{}", trace.text);
            let _ = writeln!(
                shown,
                "--- what {title} complained of\n{}",
                trace.complaints
            );
        }
        shown
    };
    let difference = case.header.difference.as_ref();
    if let Some(difference) = difference.filter(|found| found.shows_on(interpreter.version)) {
        for (title, trace, expected) in [
            ("before", &old, &difference.before),
            ("after", &new, &difference.after),
        ] {
            if trace.text != *expected {
                return Err(format!(
                    "The program {title} did not do what is documented ({}). It should do:\n{expected}{}",
                    difference.why,
                    shown(),
                ));
            }
        }
    } else if old.text != new.text {
        return Err(format!("The program does something else now.\n{}", shown()));
    }
    let lost = new.never_awaited();
    if !lost.is_empty() && lost != old.never_awaited() {
        return Err(format!("Coroutines got lost: {lost:?}.\n{}", shown()));
    }
    if new.destroyed_tasks() > old.destroyed_tasks() {
        return Err(format!("Tasks got lost.\n{}", shown()));
    }
    Ok(())
}
