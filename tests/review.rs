//! `aiolift run --interactive` in a real terminal.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "it starts the terminal")]

use std::path::Path;
use std::process::Command;

#[test]
fn it_is_walked_through_in_a_terminal() {
    let python = std::env::var_os("AIOLIFT_PYTHON")
        .expect("AIOLIFT_PYTHON must name a Python; `./test` does");
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/review/terminal.py"))
        .arg(env!("CARGO_BIN_EXE_aiolift"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .expect("Python can be started");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
