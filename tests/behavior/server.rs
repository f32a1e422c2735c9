//! The loopback server that the HTTP programs talk to.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::trace::Interpreter;

/// A running server. It ends when it is dropped.
pub(crate) struct Server {
    process: Child,
    /// Where it listens: `http://127.0.0.1:4711`.
    pub(crate) address: String,
}

impl Server {
    /// Starts the server on a free port.
    pub(crate) fn start(interpreter: &Interpreter) -> Result<Self, String> {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/behavior/support/server.py"
        );
        let mut process = Command::new(&interpreter.path)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("The HTTP server cannot be started: {error}"))?;
        let mut port = String::new();
        let output = process.stdout.take().expect("the output is a pipe");
        BufReader::new(output)
            .read_line(&mut port)
            .map_err(|error| format!("The HTTP server does not tell its port: {error}"))?;
        let address = format!("http://127.0.0.1:{}", port.trim());
        Ok(Self { process, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing its input ends the server; waiting keeps it from becoming a zombie.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
