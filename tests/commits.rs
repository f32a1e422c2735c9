//! `aiolift run --commit-each`.

#![expect(
    clippy::disallowed_methods,
    reason = "it makes a repository and runs the program in it"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const FILES: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[project]\nname = \"app\"\nrequires-python = \">=3.12\"\ndependencies = [\"requests\"]\n",
    ),
    (
        "a.py",
        "import asyncio\n\n\nasync def one():\n    return 1\n\n\nasync def both(queue: asyncio.Queue):\n    loop = asyncio.get_event_loop()\n    item = await asyncio.wait_for(queue.get(), 3)\n    a, b = await asyncio.gather(one(), one())\n    return loop, item, a, b\n",
    ),
    (
        "b.py",
        "import asyncio\n\n\nasync def first(queue: asyncio.Queue):\n    return await asyncio.wait_for(queue.get(), 1)\n",
    ),
    (
        "script.py",
        "import requests\n\n\ndef fetch(url):\n    return requests.get(url).text\n\n\ndef main():\n    print(fetch(\"https://example.org\"))\n\n\nif __name__ == \"__main__\":\n    main()\n",
    ),
    ("notes.txt", "before\n"),
];

fn git(root: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.org"])
        .args(args)
        .output()
        .expect("these tests need git on PATH");
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("git speaks UTF-8")
}

fn aiolift(root: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiolift"));
    command
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "test");
        command.env(format!("GIT_{role}_EMAIL"), "test@example.org");
    }
    command.env_remove("GITHUB_STEP_SUMMARY");
    command
        .args(args)
        .output()
        .expect("the program can be started")
}

fn files() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    folder
}

fn repository() -> TempDir {
    let folder = files();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "--all"]);
    git(folder.path(), &["commit", "--quiet", "--message", "before"]);
    folder
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const OPTIONS: &[&str] = &["--asyncify"];

#[test]
fn each_transform_is_a_commit_and_all_of_them_are_the_run() {
    let one = repository();
    let root = one.path();
    // What is staged of another file is none of it.
    fs::write(root.join("notes.txt"), "staged\n").expect("it can be written");
    git(root, &["add", "notes.txt"]);
    let output = aiolift(root, &[&["run", "--commit-each"], OPTIONS].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(git(root, &["status", "--porcelain"]), "M  notes.txt\n");
    let subjects = git(root, &["log", "--reverse", "--format=%s"]);
    assert_eq!(
        subjects.lines().collect::<Vec<_>>(),
        [
            "before",
            "asyncify: 3 sites in 1 file",
            "get-event-loop-in-async: 1 site in 1 file",
            "wait-for-to-timeout: 2 sites in 2 files",
            "gather-to-taskgroup: 1 site in 1 file",
        ]
    );
    let other = files();
    let output = aiolift(other.path(), &[&["run", "--quiet"], OPTIONS].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for (name, _) in FILES.iter().filter(|(name, _)| *name != "notes.txt") {
        let text = |root: &Path| fs::read_to_string(root.join(name)).expect("it can be read");
        assert_eq!(text(root), text(other.path()), "{name}");
    }
    // A reviewer finds one idea in each, and every file parses on the way.
    let changed = |back: usize| {
        let commit = format!("HEAD~{back}");
        git(root, &["show", "--format=", "--name-only", &commit])
    };
    assert_eq!(changed(3), "pyproject.toml\nscript.py\n");
    assert_eq!(changed(1), "a.py\nb.py\n");
    git(root, &["stash", "--quiet"]);
    for (back, transform) in [(2, "get-event-loop-in-async"), (1, "wait-for-to-timeout")] {
        git(
            root,
            &["checkout", "--quiet", "--detach", &format!("HEAD~{back}")],
        );
        let output = aiolift(root, &["check", "--select", transform]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{transform}: {}",
            said(&output)
        );
        git(root, &["checkout", "--quiet", "-"]);
    }
}

#[test]
fn the_message_has_the_sites_with_their_lines_and_the_differences() {
    let one = repository();
    let root = one.path();
    let output = aiolift(root, &["run", "--commit-each", "--skip", "asyncify"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let message = git(root, &["log", "-1", "--format=%B"]);
    // The two commits before it have moved the line from 11 to 12.
    let parent = git(root, &["show", "HEAD~1:a.py"]);
    let line = parent
        .lines()
        .position(|line| line.contains("asyncio.gather"));
    let line = line.map_or(0, |at| at + 1);
    assert_eq!(line, 12, "{parent}");
    let head = "\
gather-to-taskgroup: 1 site in 1 file

Replaces an awaited `asyncio.gather()` with an `asyncio.TaskGroup`.

Sites:
- a.py:12 (safe): D-G1";
    assert!(message.starts_with(head), "{message}");
    assert!(message.contains("\nDifferences:\n- D-G1: "), "{message}");
    assert!(
        message
            .lines()
            .all(|line| line.chars().count() <= 72 || line.contains(".py:")),
        "{message}"
    );
}

#[test]
fn it_needs_clean_files_in_a_repository_and_a_git_that_commits() {
    let outside = files();
    let output = aiolift(outside.path(), &["run", "--commit-each"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("are not in a git repository"),
        "{}",
        said(&output)
    );

    let dirty = repository();
    fs::write(dirty.path().join("b.py"), format!("{}# mine\n", FILES[2].1))
        .expect("it can be written");
    let output = aiolift(dirty.path(), &["run", "--commit-each"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("have uncommitted changes")
            && !said(&output).contains("--allow-dirty"),
        "{}",
        said(&output)
    );

    let both = aiolift(dirty.path(), &["run", "--commit-each", "--allow-dirty"]);
    assert_eq!(both.status.code(), Some(2));

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let hooked = repository();
        let hook = hooked.path().join(".git/hooks/pre-commit");
        fs::create_dir_all(hook.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(&hook, "#!/bin/sh\necho 'the hook says no' >&2\nexit 1\n")
            .expect("it can be written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it can be set");
        let output = aiolift(hooked.path(), &["run", "--commit-each", "--only", "b.py:5"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            said(&output).contains("the hook says no; what belongs in it is written"),
            "{}",
            said(&output)
        );
        let output = aiolift(hooked.path(), &["undo"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(git(hooked.path(), &["status", "--porcelain"]), "");
    }
}
