//! Runs a program under one interpreter and notes what can be observed of it.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// A program that runs for longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Major and minor version of an interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self(major.parse().ok()?, minor.parse().ok()?)))
            .ok_or_else(|| format!("`{text}` is not a version such as `3.12`."))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.0, self.1)
    }
}

/// An interpreter to run programs with.
pub(crate) struct Interpreter {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Which version it is.
    pub(crate) version: Version,
}

/// What was observed of one run.
pub(crate) struct Trace {
    /// What it printed, its exit code and the last line of its traceback.
    pub(crate) text: String,
    /// What it wrote to standard error, for the one who reads a failure.
    pub(crate) complaints: String,
}

impl Trace {
    /// Returns the coroutines of which Python says that they were never awaited, sorted.
    pub(crate) fn never_awaited(&self) -> Vec<&str> {
        let mut names: Vec<_> = self
            .complaints
            .lines()
            .filter(|line| line.contains("RuntimeWarning") && line.ends_with("was never awaited"))
            .filter_map(|line| line.split('\'').nth(1))
            .collect();
        names.sort_unstable();
        names
    }

    /// Returns how many tasks were thrown away while they were still pending.
    pub(crate) fn destroyed_tasks(&self) -> usize {
        self.complaints
            .matches("Task was destroyed but it is pending!")
            .count()
    }
}

/// Runs `program.py` in `folder`; the error is a sentence about what kept it from ending.
pub(crate) fn run(
    interpreter: &Interpreter,
    folder: &Path,
    arguments: &[String],
) -> Result<Trace, String> {
    let mut command = Command::new(&interpreter.path);
    // The second filter brings back what tells that a coroutine got lost.
    command.args(["-W", "ignore", "-W", "default::RuntimeWarning"]);
    if arguments.is_empty() {
        command.args(["-X", "dev"]);
    }
    command
        .arg("program.py")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("PYTHON") || name.to_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1");

    let printed = folder.join("stdout");
    let complained = folder.join("stderr");
    let status = supervise(command, &printed, &complained)
        .map_err(|error| format!("`{}`: {error}", interpreter.path.display()))?;
    let mut text = read(&printed)?;
    let complaints = read(&complained)?;
    let Some(status) = status else {
        return Err(format!(
            "The program still runs after {} seconds under Python {}. It has printed:\n{text}{complaints}",
            PATIENCE.as_secs(),
            interpreter.version,
        ));
    };

    text.push_str("exit ");
    text.push_str(
        &status
            .code()
            .map_or("by a signal".to_owned(), |code| code.to_string()),
    );
    // What `sys.exit` ends has no traceback of its own, only those that somebody logs.
    let by_exception = status.code() == Some(1);
    if let Some(line) = last_exception(&complaints).filter(|_| by_exception) {
        text.push_str(": ");
        text.push_str(line);
    }
    text.push('\n');
    Ok(Trace { text, complaints })
}

/// Runs a command to its end, or kills it when it takes too long.
fn supervise(
    mut command: Command,
    printed: &Path,
    complained: &Path,
) -> std::io::Result<Option<ExitStatus>> {
    let mut child = command
        .stdout(File::create(printed)?)
        .stderr(File::create(complained)?)
        .spawn()?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// Reads what a program wrote.
fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the last line of a traceback that names an exception: `ValueError: x`.
///
/// The traceback of a group is drawn with bars; its own line stands behind the first of them.
fn last_exception(complaints: &str) -> Option<&str> {
    complaints
        .lines()
        .map(|line| line.strip_prefix("  | ").unwrap_or(line))
        .rfind(|line| {
            let name = line.split(':').next().unwrap_or_default();
            !name.is_empty()
                && name
                    .chars()
                    .all(|character| character.is_alphanumeric() || "._".contains(character))
        })
}
