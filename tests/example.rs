//! The service in `examples/legacy_service`: the diff that is shown is the diff that is made, and
//! its own tests pass before and after.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test runs the tool on a copy of the example"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BINARY: &str = env!("CARGO_BIN_EXE_aiolift");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != "__pycache__" {
                copy(&entry.path(), &target);
            }
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The interpreter with `requests` and `httpx`, which the service needs.
fn python() -> String {
    std::env::var("AIOLIFT_PYTHON_HTTP").expect(
        "AIOLIFT_PYTHON_HTTP must name a Python with requests and httpx; `./test` prepares one",
    )
}

fn service_passes(folder: &Path, when: &str) {
    let output = Command::new(python())
        .args(["-m", "unittest", "discover", "-s", "tests", "-t", "."])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "the service's tests fail {when}:\n{}",
        text(&output)
    );
}

#[test]
fn the_diff_is_the_one_that_is_shown() {
    let output = Command::new(BINARY)
        .args(["diff", "--quiet", "."])
        .current_dir(root().join("examples/legacy_service"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let shown = root().join("examples/legacy_service.diff");
    let made = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&shown, &made).unwrap();
    }
    let shown = std::fs::read_to_string(shown).unwrap();
    assert!(
        shown == made,
        "examples/legacy_service.diff is not what the tool makes; run with UPDATE=1 and read the difference:\n{made}"
    );
}

#[test]
fn the_service_passes_its_tests_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let copied = folder.path().join("legacy_service");
    copy(&root().join("examples/legacy_service"), &copied);
    service_passes(&copied, "before the rewrite");
    let output = Command::new(BINARY)
        .args(["run", "--quiet", "."])
        .current_dir(&copied)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    service_passes(&copied, "after the rewrite");
    let again = Command::new(BINARY)
        .args(["diff", "--quiet", "."])
        .current_dir(&copied)
        .output()
        .unwrap();
    assert_eq!(
        again.status.code(),
        Some(0),
        "a second run changes something:\n{}",
        text(&again)
    );
}
