//! The functions: Python gives the options, Rust works without the lock of the interpreter.

use super::results::{Plan, Report, Rewrite, Transform};
use aiolift::api::{self, Request, Text};
use aiolift::options::StopSign;
use aiolift::transforms::CATALOG;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often Python is asked whether a signal has come.
const PATIENCE: Duration = Duration::from_millis(30);

/// The stack of the thread that works, of which only what is used costs memory.
const STACK: usize = 1 << 30;

/// Runs the command with arguments, of which the first one is the name of the program, and returns
/// the exit code.
#[pyfunction]
#[pyo3(signature = (arguments, python=None))]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>, python: Option<PathBuf>) -> u8 {
    let run = || catch_unwind(|| aiolift::cli::run_by(arguments, python));
    // What a program of Rust ends with when it panics.
    py.detach(run).unwrap_or(101)
}

/// What becomes of texts; each is a pair of a name, or nothing, and the text.
#[pyfunction]
pub(crate) fn rewrite_many(
    py: Python<'_>,
    texts: Vec<(Option<PathBuf>, String)>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Vec<Rewrite>> {
    let request = request(options)?;
    let stop = request.stop.clone();
    interruptible(py, &stop, move || {
        let pairs = texts.iter().map(|(path, text)| Text {
            path: path.clone(),
            text: text.clone(),
        });
        let reports = api::rewrite(pairs.collect(), &request)?;
        let pairs = texts.into_iter().zip(&reports);
        Ok(pairs
            .map(|((_, text), report)| Rewrite::of(text, report))
            .collect())
    })
}

/// What would become of files and folders.
#[pyfunction]
pub(crate) fn check(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Report> {
    let request = request(options)?;
    let stop = request.stop.clone();
    interruptible(py, &stop, move || {
        let (report, _) = api::report(paths, &request)?;
        Ok(Report::of(&report))
    })
}

/// Which functions would become coroutine functions together.
#[pyfunction]
pub(crate) fn plan(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Plan> {
    let mut request = request(options)?;
    request.asyncify = true;
    let stop = request.stop.clone();
    interruptible(py, &stop, move || {
        let (report, outlook) = api::report(paths, &request)?;
        Ok(Plan::of(&report, &outlook))
    })
}

/// Why the command would not take what a step makes of a text, if it would not.
#[pyfunction]
pub(crate) fn verify(py: Python<'_>, before: String, after: String) -> Option<String> {
    py.detach(move || api::verify(&before, &after)).err()
}

/// The transforms in execution order.
#[pyfunction]
pub(crate) fn transforms() -> Vec<Transform> {
    let entries = CATALOG.entries().iter();
    entries.map(|entry| Transform::of(entry.about)).collect()
}

/// Works in another thread, while this one lets Python look for signals: after Ctrl-C no file is
/// begun any more.
fn interruptible<T: Send>(
    py: Python<'_>,
    stop: &StopSign,
    work: impl FnOnce() -> Result<T, api::Failure> + Send,
) -> PyResult<T> {
    std::thread::scope(|scope| {
        let (done, mut finished) = channel();
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, move || {
                // Nobody listens any more only after an interruption.
                drop(done.send(catch_unwind(AssertUnwindSafe(work))));
            })?;
        let mut interrupted = None;
        loop {
            let (answer, receiver) = py.detach(move || {
                let answer = finished.recv_timeout(PATIENCE);
                (answer, finished)
            });
            finished = receiver;
            match answer {
                Err(RecvTimeoutError::Timeout) if interrupted.is_none() => {
                    interrupted = py.check_signals().err();
                    if interrupted.is_some() {
                        stop.set();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                answer => {
                    return match (interrupted, answer) {
                        (Some(error), _) => Err(error),
                        (None, Ok(Ok(Ok(value)))) => Ok(value),
                        (None, Ok(Ok(Err(failure)))) => Err(raised(py, failure)),
                        (None, _) => Err(bug(py)),
                    };
                }
            }
        }
    })
}

/// The exception for what is wrong with a request.
fn raised(py: Python<'_>, failure: api::Failure) -> PyErr {
    let arguments = (failure.message, failure.path, failure.line);
    let made = py
        .import("aiolift")
        .and_then(|package| package.getattr("ConfigError"))
        .and_then(|class| class.call1(arguments));
    made.map_or_else(|error| error, PyErr::from_value)
}

fn bug(py: Python<'_>) -> PyErr {
    let message = "aiolift has stopped with an internal error; please report it with the file";
    let made = py
        .import("aiolift")
        .and_then(|package| package.getattr("InternalError"))
        .and_then(|class| class.call1((message,)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// The options that `aiolift/__init__.py` has put together.
fn request(options: &Bound<'_, PyDict>) -> PyResult<Request> {
    let strings = |name: &str| -> PyResult<Vec<String>> {
        let value = options.get_item(name)?;
        value.map_or(Ok(Vec::new()), |value| value.extract())
    };
    let flag = |name: &str| -> PyResult<bool> {
        let value = options.get_item(name)?;
        value.map_or(Ok(false), |value| value.extract())
    };
    let target_version = options.get_item("target_version")?;
    let jobs = options.get_item("jobs")?;
    let python = options.get_item("python")?;
    let settings = options.get_item("settings")?;
    Ok(Request {
        select: strings("select")?,
        skip: strings("skip")?,
        allow_unsafe: flag("unsafe")?,
        asyncify: flag("asyncify")?,
        target_version: target_version.map(|value| value.extract()).transpose()?,
        allow_python_steps: flag("allow_python_steps")?,
        python: python.map(|value| value.extract()).transpose()?,
        exclude: strings("exclude")?,
        jobs: jobs.map(|value| value.extract()).transpose()?,
        settings: settings.map(|value| value.extract()).transpose()?,
        stop: StopSign::default(),
    })
}
