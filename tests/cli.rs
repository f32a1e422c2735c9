//! The command line: every case of `tests/cli/*.toml`, and what a table cannot say.
//!
//! A case lists files, then runs of the program in their folder. After every run each file is
//! compared: as `after` says, or else as it was before the run.

#![expect(
    clippy::disallowed_methods,
    reason = "it makes projects and runs the program in them"
)]

#[path = "cli/odd_files.rs"]
mod odd_files;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

/// A case that needs more than a table of arguments: its name and what it does.
type Check = (&'static str, fn() -> Result<(), Failed>);

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let mut trials: Vec<Trial> = fs::read_dir(&folder)
        .expect("the cases are in `tests/cli`")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .map(|path| {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Trial::test(name, move || Case::read(&path)?.check())
        })
        .collect();
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    let rest: [Check; 7] = [
        ("git_applies_the_diff", git_applies_the_diff),
        ("a_closed_pipe_ends_quietly", a_closed_pipe_ends_quietly),
        (
            "deep_nesting_is_done_or_refused",
            deep_nesting_is_done_or_refused,
        ),
        (
            "a_symlink_and_permissions_survive",
            a_symlink_and_permissions_survive,
        ),
        ("every_json_document_parses", every_json_document_parses),
        (
            "the_number_of_threads_changes_nothing",
            the_number_of_threads_changes_nothing,
        ),
        ("every_page_can_be_read", every_page_can_be_read),
    ];
    trials.extend(rest.map(|(name, test)| Trial::test(name, test)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A project and what the program does in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Whether the files are committed before the first run.
    #[serde(default)]
    git: bool,
    /// The files, as text.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// More files, one byte for each character.
    #[serde(default)]
    bytes: BTreeMap<String, String>,
    /// The runs, one after the other.
    run: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    args: Vec<String>,
    #[serde(default)]
    stdin: String,
    /// Variables of the environment.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Files to write first.
    #[serde(default)]
    write: BTreeMap<String, String>,
    code: i32,
    /// The whole output.
    stdout: Option<String>,
    /// Parts of the output.
    #[serde(default)]
    stdout_has: Vec<String>,
    #[serde(default)]
    stdout_lacks: Vec<String>,
    /// Parts of the messages; nothing at all is expected where it is an empty list.
    stderr: Option<Vec<String>>,
    #[serde(default)]
    stderr_lacks: Vec<String>,
    /// The files that are different afterwards.
    #[serde(default)]
    after: BTreeMap<String, String>,
}

impl Case {
    fn read(path: &Path) -> Result<Self, Failed> {
        let text = fs::read_to_string(path)?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn check(&self) -> Result<(), Failed> {
        let folder = tempfile::tempdir()?;
        let root = folder.path();
        for (name, text) in &self.files {
            write(root, name, text.as_bytes())?;
        }
        for (name, text) in &self.bytes {
            let bytes: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).expect("one byte for each character"))
                .collect();
            write(root, name, &bytes)?;
        }
        if self.git {
            commit(root)?;
        }
        for run in &self.run {
            for (name, text) in &run.write {
                write(root, name, text.as_bytes())?;
            }
            let mut expected = contents(root)?;
            let output = start(root, &run.args, &run.env, run.stdin.as_bytes())?;
            for (name, text) in &run.after {
                expected.insert(PathBuf::from(name), text.as_bytes().to_vec());
            }
            run.judge(&output, &expected, &contents(root)?)
                .map_err(|why| {
                    format!(
                        "aiolift {}: {why}\n--- stdout\n{}--- stderr\n{}",
                        run.args.join(" "),
                        String::from_utf8_lossy(&output.stdout),
                        String::from_utf8_lossy(&output.stderr)
                    )
                })?;
        }
        Ok(())
    }
}

impl Run {
    fn judge(
        &self,
        output: &Output,
        expected: &BTreeMap<PathBuf, Vec<u8>>,
        actual: &BTreeMap<PathBuf, Vec<u8>>,
    ) -> Result<(), String> {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(self.code) {
            return Err(format!(
                "it ended with {}, not {}",
                output.status, self.code
            ));
        }
        if let Some(text) = &self.stdout
            && *text != stdout
        {
            return Err(format!("stdout is not this:\n{text}"));
        }
        for part in &self.stdout_has {
            if !stdout.contains(part) {
                return Err(format!("stdout lacks `{part}`"));
            }
        }
        for part in &self.stdout_lacks {
            if stdout.contains(part) {
                return Err(format!("stdout has `{part}`"));
            }
        }
        if let Some(parts) = &self.stderr {
            if parts.is_empty() && !stderr.is_empty() {
                return Err("stderr is not empty".to_owned());
            }
            for part in parts {
                if !stderr.contains(part) {
                    return Err(format!("stderr lacks `{part}`"));
                }
            }
        }
        for part in &self.stderr_lacks {
            if stderr.contains(part) {
                return Err(format!("stderr has `{part}`"));
            }
        }
        for (name, bytes) in expected {
            match actual.get(name) {
                Some(now) if now == bytes => {}
                Some(now) => {
                    return Err(format!(
                        "`{}` is now:\n{}",
                        name.display(),
                        String::from_utf8_lossy(now)
                    ));
                }
                None => return Err(format!("`{}` is gone", name.display())),
            }
        }
        match actual.keys().find(|name| !expected.contains_key(*name)) {
            Some(name) => Err(format!("`{}` was left behind", name.display())),
            None => Ok(()),
        }
    }
}

fn write(root: &Path, name: &str, bytes: &[u8]) -> Result<(), Failed> {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("it is in a folder"))?;
    Ok(fs::write(path, bytes)?)
}

/// Returns every file but those of git and the journal.
fn contents(root: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if path.is_file() {
                let name = path.strip_prefix(root).expect("it is below").to_owned();
                files.insert(name, fs::read(path)?);
            } else if name != Some(".git") && name != Some(aiolift::workspace::STATE_FOLDER) {
                folders.push(path);
            }
        }
    }
    Ok(files)
}

fn program(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiolift"));
    command
        .current_dir(root)
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null());
    command
}

fn start(
    root: &Path,
    args: &[String],
    env: &BTreeMap<String, String>,
    stdin: &[u8],
) -> Result<Output, Failed> {
    let mut child = program(root)
        .args(args)
        .envs(env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that does not read it may have ended already.
        let _ = pipe.write_all(stdin);
    }
    Ok(child.wait_with_output()?)
}

fn git(root: &Path, args: &[&str]) -> Result<(), Failed> {
    let output = Command::new("git")
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.org"])
        .args(["-c", "core.autocrlf=false"])
        .args(args)
        .output()
        .map_err(|error| format!("these tests need git on PATH: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("git {}: {stderr}", args.join(" ")).into())
}

fn commit(root: &Path) -> Result<(), Failed> {
    git(root, &["init", "--quiet"])?;
    git(root, &["add", "--all"])?;
    git(root, &["commit", "--quiet", "--message", "before"])
}

/// A program with one site, which is rewritten.
const PROGRAM: &str = "\
import asyncio


async def main(queue):
    item = await asyncio.wait_for(queue.get(), 1)
    return item
";

fn git_applies_the_diff() -> Result<(), Failed> {
    let one = tempfile::tempdir()?;
    let other = tempfile::tempdir()?;
    for (name, bytes) in odd_files::all() {
        write(one.path(), name, &bytes)?;
        write(other.path(), name, &bytes)?;
    }
    commit(one.path())?;
    let diff = program(one.path()).args(["diff", "--quiet"]).output()?;
    if diff.status.code() != Some(1) || !diff.stderr.is_empty() {
        return Err(format!("diff: {}", String::from_utf8_lossy(&diff.stderr)).into());
    }
    let run = program(other.path()).args(["run", "--quiet"]).output()?;
    if !run.status.success() {
        return Err(format!("run: {}", String::from_utf8_lossy(&run.stderr)).into());
    }
    let patch = tempfile::NamedTempFile::new()?;
    fs::write(patch.path(), &diff.stdout)?;
    let path = patch.path().to_string_lossy().into_owned();
    git(one.path(), &["apply", "--whitespace=nowarn", &path])?;
    let (patched, written) = (contents(one.path())?, contents(other.path())?);
    for (name, bytes) in odd_files::all() {
        let name = Path::new(name);
        if patched.get(name) == Some(&bytes) {
            return Err(format!("`{}` has not changed", name.display()).into());
        }
        if patched.get(name) != written.get(name) {
            return Err(format!("the diff of `{}` is not what is written", name.display()).into());
        }
    }
    Ok(())
}

fn a_closed_pipe_ends_quietly() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // More than a pipe holds.
    for index in 0..1000 {
        let name = format!("a_package_with_a_long_name/module_{index}.py");
        write(folder.path(), &name, PROGRAM.as_bytes())?;
    }
    for args in [
        &["diff", "--quiet"][..],
        &["check", "--quiet"],
        &["check", "--quiet", "--output-format", "json"],
    ] {
        let mut child = program(folder.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut first = [0; 10];
        let mut pipe = child.stdout.take().expect("it is a pipe");
        pipe.read_exact(&mut first)?;
        drop(pipe);
        let output = child.wait_with_output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(0) || !stderr.is_empty() {
            return Err(format!("{args:?} ended with {}: {stderr}", output.status).into());
        }
    }
    Ok(())
}

/// How deep the nests are.
const DEEP: usize = 100_000;
/// A machine that is busy with other tests still ends in this time.
const PATIENCE: Duration = Duration::from_secs(55);

fn deep_nesting_is_done_or_refused() -> Result<(), Failed> {
    let nests = [
        ("parentheses", "(".repeat(DEEP), "1", ")".repeat(DEEP)),
        ("nots", "not ".repeat(DEEP), "1", String::new()),
        ("attributes", String::new(), "x", ".a".repeat(DEEP)),
        ("calls", String::new(), "x", "()".repeat(DEEP)),
        ("subscripts", String::new(), "x", "[0]".repeat(DEEP)),
        ("sums", "1 + ".repeat(DEEP), "1", String::new()),
        ("strings", "'a' ".repeat(DEEP), "'a'", String::new()),
        ("lambdas", "lambda: ".repeat(DEEP / 20), "1", String::new()),
    ];
    let folder = tempfile::tempdir()?;
    for (name, open, middle, close) in nests {
        let nest = format!("{open}{middle}{close}");
        let beside = PROGRAM.replace("    return", &format!("    x = {nest}\n    return"));
        let inside = PROGRAM.replace("queue.get()", &format!("queue.get({nest})"));
        for (text, where_) in [(beside, "beside"), (inside, "inside")] {
            fs::write(folder.path().join("nest.py"), &text)?;
            let start = Instant::now();
            let output = program(folder.path()).args(["run", "--quiet"]).output()?;
            if !output.status.success() {
                return Err(format!(
                    "{name} {where_}: {}: {}",
                    output.status,
                    String::from_utf8_lossy(&output.stderr)
                )
                .into());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{name} {where_}: {:?}", start.elapsed()).into());
            }
            let now = fs::read_to_string(folder.path().join("nest.py"))?;
            let changed = now.contains("async with asyncio.timeout(1):");
            if where_ == "beside" && !(changed && now.contains(&nest)) {
                return Err(format!("{name} {where_}: the site was not rewritten").into());
            }
            if !changed && now != text {
                return Err(format!("{name} {where_}: the file is damaged").into());
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn a_symlink_and_permissions_survive() -> Result<(), Failed> {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir()?;
    let root = folder.path();
    write(root, "real/tool.py", PROGRAM.as_bytes())?;
    let real = root.join("real/tool.py");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o750))?;
    fs::create_dir(root.join("bin"))?;
    symlink("../real/tool.py", root.join("bin/tool.py"))?;
    let output = program(root)
        .args(["run", "--quiet", "bin/tool.py"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    if !fs::symlink_metadata(root.join("bin/tool.py"))?.is_symlink() {
        return Err("the symlink was replaced by a file".into());
    }
    if !fs::read_to_string(&real)?.contains("asyncio.timeout(1)") {
        return Err("the target was not rewritten".into());
    }
    let mode = fs::metadata(&real)?.permissions().mode() & 0o777;
    if mode != 0o750 {
        return Err(format!("the permissions are {mode:o} now").into());
    }
    Ok(())
}

#[cfg(not(unix))]
fn a_symlink_and_permissions_survive() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), "tool.py", PROGRAM.as_bytes())?;
    let output = program(folder.path()).args(["run", "--quiet"]).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

fn every_json_document_parses() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    write(root, "a \"quoted\" name.py", PROGRAM.as_bytes())?;
    write(root, "broken.py", b"wait_for = (\n")?;
    for (args, keys) in [
        (
            &["check", "--output-format", "json"][..],
            &[
                "schema_version",
                "sites",
                "errors",
                "notes",
                "baseline",
                "summary",
            ][..],
        ),
        (
            &["run", "--dry-run", "--output-format", "json"],
            &[
                "schema_version",
                "exit_reason",
                "changes",
                "files",
                "written",
                "not_written",
                "errors",
                "summary",
            ],
        ),
        (
            &["list", "--output-format", "json"],
            &["schema_version", "transforms"],
        ),
        (
            &["check", "--statistics", "--output-format", "json"],
            &["schema_version", "statistics", "summary"],
        ),
    ] {
        let output = program(root).args(args).output()?;
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("{args:?}: {error}"))?;
        let object = document.as_object().ok_or("it is not an object")?;
        let actual: Vec<&str> = object.keys().map(String::as_str).collect();
        if actual != keys {
            return Err(format!("{args:?} has {actual:?}").into());
        }
        for (key, value) in object {
            documented(key, value).map_err(|why| format!("{args:?}: {why}"))?;
        }
    }
    Ok(())
}

/// Whether every key, at any depth, is a row of `docs/json.md`.
fn documented(key: &str, value: &serde_json::Value) -> Result<(), String> {
    const SCHEMA: &str = include_str!("../docs/json.md");
    if !SCHEMA.contains(&format!("| `{key}` |")) {
        return Err(format!("`{key}` is not in docs/json.md"));
    }
    if key.ends_with("_by_reason") {
        // Its keys are the reason codes of the transforms.
        return Ok(());
    }
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                documented(key, value)?;
            }
        }
        serde_json::Value::Array(array) => {
            for value in array.iter().filter_map(serde_json::Value::as_object) {
                for (key, value) in value {
                    documented(key, value)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn the_number_of_threads_changes_nothing() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for index in 0..40 {
        let text = PROGRAM.replace("queue", &format!("queue{index}"));
        write(
            folder.path(),
            &format!("p{}/m{index}.py", index % 3),
            text.as_bytes(),
        )?;
    }
    write(folder.path(), "p1/broken.py", b"wait_for = (\n")?;
    let mut outputs = Vec::new();
    for jobs in ["1", "7"] {
        for verb in ["diff", "check"] {
            let output = program(folder.path())
                .args([verb, "--quiet", "--jobs", jobs])
                .output()?;
            outputs.push((verb, output.stdout, output.stderr));
        }
    }
    let many = outputs.split_off(2);
    if outputs == many {
        Ok(())
    } else {
        Err("one thread and seven do not say the same".into())
    }
}

fn every_page_can_be_read() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for entry in aiolift::transforms::CATALOG.entries() {
        let id = entry.about.id;
        let output = program(folder.path()).args(["explain", id]).output()?;
        if !output.status.success() || output.stdout != entry.about.page.as_bytes() {
            return Err(format!("`aiolift explain {id}` does not show the page").into());
        }
    }
    Ok(())
}
