//! Worker processes, and the lines that go to and fro.

#![expect(clippy::disallowed_methods, reason = "it starts the workers")]

use super::{Interpreter, PythonStep};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The program of a worker, which needs nothing but Python and what the step imports.
const PROGRAM: &str = include_str!("../../python/aiolift/worker.py");

/// What runs it. The folder that the user stands in may be a stranger's, and every import would look
/// there first, `__future__` not excepted, up to the Python that knows `PYTHONSAFEPATH`.
const START: &str = "import sys; sys.path[:1] == [''] and sys.path.pop(0); exec(compile(sys.argv.pop(), '<string>', 'exec'))";

/// The version of the protocol.
const PROTOCOL: u32 = 1;

/// How long a worker may take until it has imported the step.
const IMPORTS: Duration = Duration::from_mins(2);

/// What a worker is told first.
#[derive(Serialize)]
struct Greeting<'g> {
    protocol: u32,
    step: &'g str,
    arguments: serde_json::Value,
    project: Option<String>,
    trusts_project: bool,
}

/// What it answers.
#[derive(Deserialize)]
struct Welcome {
    error: Option<String>,
    #[serde(flatten)]
    class: Class,
}

/// What a class says about itself.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Class {
    pub(super) mentions: Option<Vec<String>>,
    pub(super) grade: Option<String>,
    pub(super) summary: Option<String>,
}

#[derive(Serialize)]
struct Question<'q> {
    path: String,
    source: &'q str,
}

/// What became of a file.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub(super) enum Answer {
    /// It stays.
    Unchanged,
    /// It has another text.
    Changed {
        /// The text.
        source: String,
    },
    /// The step wants nothing to do with it.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The step has raised an exception.
    Failed {
        /// Which one, and where.
        message: String,
    },
}

/// The workers of a step that have nothing to do.
pub(super) struct Pool {
    step: PythonStep,
    interpreter: Interpreter,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    pub(super) fn new(step: PythonStep, interpreter: Interpreter) -> Self {
        Self {
            step,
            interpreter,
            idle: Mutex::default(),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a first worker, and says what its class says.
    pub(super) fn open(&self) -> Result<Class, String> {
        let (worker, class) = Worker::start(&self.step, &self.interpreter)?;
        self.idle().push(worker);
        Ok(class)
    }

    /// What becomes of a file. A worker that does not answer as it should is not used again.
    pub(super) fn ask(&self, path: &Path, source: &str) -> Result<Answer, String> {
        let free = self.idle().pop();
        let mut worker = match free {
            Some(worker) => worker,
            None => Worker::start(&self.step, &self.interpreter)?.0,
        };
        let question = Question {
            path: path.to_string_lossy().into_owned(),
            source,
        };
        let answer = worker.ask(&question, self.step.patience)?;
        self.idle().push(worker);
        Ok(answer)
    }

    /// Ends the workers.
    pub(super) fn rest(&self) {
        self.idle().clear();
    }
}

/// A process that has imported the step.
struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<std::io::Result<String>>,
}

impl Worker {
    fn start(step: &PythonStep, interpreter: &Interpreter) -> Result<(Self, Class), String> {
        let mut child = Command::new(&interpreter.0)
            .args(["-c", START, PROGRAM])
            .env("PYTHONSAFEPATH", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "the Python `{}` cannot be started: {error}; name another one with `--python`",
                    interpreter.0.display()
                )
            })?;
        let input = child.stdin.take();
        let output = child.stdout.take();
        let (send, lines) = channel();
        std::thread::spawn(move || {
            let Some(output) = output else { return };
            let mut output = BufReader::new(output);
            loop {
                let mut line = String::new();
                let read = match output.read_line(&mut line) {
                    Ok(0) => break,
                    Ok(_) => Ok(line),
                    Err(error) => Err(error),
                };
                let is_over = read.is_err();
                if send.send(read).is_err() || is_over {
                    break;
                }
            }
        });
        let mut worker = Self {
            child,
            input,
            lines,
        };
        let arguments = serde_json::from_str(&step.arguments);
        let greeting = Greeting {
            protocol: PROTOCOL,
            step: step.name.strip_prefix(super::PREFIX).unwrap_or(&step.name),
            arguments: arguments.unwrap_or_default(),
            project: step
                .project
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned()),
            trusts_project: step.trusts_project,
        };
        let welcome: Welcome = worker
            .ask(&greeting, IMPORTS)
            .map_err(|why| format!("`{}`: {why}", step.name))?;
        match welcome.error {
            Some(error) => Err(format!(
                "`{}` cannot be used with the Python `{}`: {error}",
                step.name,
                interpreter.0.display()
            )),
            None => Ok((worker, welcome.class)),
        }
    }

    /// Sends a line and waits for one.
    fn ask<A: for<'de> Deserialize<'de>>(
        &mut self,
        question: &impl Serialize,
        patience: Duration,
    ) -> Result<A, String> {
        let mut line = serde_json::to_string(question).map_err(|error| error.to_string())?;
        line.push('\n');
        let sent = match &mut self.input {
            Some(input) => input
                .write_all(line.as_bytes())
                .and_then(|()| input.flush()),
            None => Ok(()),
        };
        let answer = match (sent, self.lines.recv_timeout(patience)) {
            (_, Err(RecvTimeoutError::Timeout)) => {
                return Err(format!(
                    "has not answered for {} seconds and was stopped",
                    patience.as_secs_f64()
                ));
            }
            (Err(_), _) | (_, Err(RecvTimeoutError::Disconnected)) => return Err(self.epitaph()),
            (Ok(()), Ok(Err(error))) => return Err(nonsense(&error.to_string())),
            (Ok(()), Ok(Ok(line))) => line,
        };
        serde_json::from_str(&answer).map_err(|error| nonsense(&error.to_string()))
    }

    /// What a process died of.
    fn epitaph(&mut self) -> String {
        drop(self.input.take());
        match self.child.wait() {
            Ok(status) => format!("has ended its worker process ({status})"),
            Err(error) => format!("has lost its worker process ({error})"),
        }
    }
}

fn nonsense(why: &str) -> String {
    format!("has given an answer that is none ({why})")
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Nothing that it could still do matters.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
