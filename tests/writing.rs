//! Kills a writing process at random moments: no file may be half written, and undoing restores
//! every file.
//!
//! The process to kill is this test program itself, called with `WRITE_IN` in its environment, and
//! the real commands `run` and `undo`.

#![expect(
    clippy::disallowed_methods,
    reason = "it makes projects and kills processes"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aiolift::workspace::{Replacement, read_file, undo, was_interrupted, write_all};
use libtest_mimic::{Arguments, Failed, Trial};

/// Names the project in which the child process writes.
const WRITE_IN: &str = "AIOLIFT_TEST_WRITE_IN";
/// The number of files in the project.
const FILES: usize = 60;
/// The number of files in the project of the command.
const SERVICE_FILES: usize = 200;
/// How often the process is killed.
const KILLS: u32 = 40;
/// The time after which a slow machine has seen enough.
const PATIENCE: Duration = Duration::from_secs(12);

fn main() -> ExitCode {
    if let Some(root) = std::env::var_os(WRITE_IN) {
        let root = PathBuf::from(root);
        let report = write_all(&changes(&root), &root).expect("the project can be written");
        assert!(report.dropped.is_empty());
        return ExitCode::SUCCESS;
    }
    let trials = vec![
        Trial::test("a_killed_write_leaves_whole_files", killed_write),
        Trial::test("a_killed_run_leaves_whole_files", killed_run),
        Trial::test("a_killed_undo_leaves_whole_files", killed_undo),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn killed_write() -> Result<(), Failed> {
    killed_at_random_moments(
        &Project::new(FILES, before, after),
        |root| {
            let mut command = Command::new(std::env::current_exe().expect("it is running"));
            command.env(WRITE_IN, root);
            command
        },
        |root| {
            let report = undo(root).map_err(|error| error.to_string())?;
            if report.left.is_empty() {
                Ok(())
            } else {
                Err(format!("{:?}", report.left))
            }
        },
    )
}

/// The command, in a project.
fn aiolift(verb: &str, root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiolift"));
    command.arg(verb).current_dir(root);
    command
}

fn undone(root: &Path) -> Result<(), String> {
    let output = aiolift("undo", root)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A project of the command: three of four files have a site.
fn service() -> Project {
    let mut project = Project::new(
        SERVICE_FILES,
        |index| {
            let site = match index % 4 {
                0 => "    return await queue.get()\n",
                _ => "    return await asyncio.wait_for(queue.get(), 1)\n",
            };
            let rest = format!("x = {index}\n").repeat(index * 10);
            format!("import asyncio\n\n\nasync def take(queue: asyncio.Queue):\n{site}\n\n{rest}")
        },
        |_| String::new(),
    );
    project.after = project
        .before
        .iter()
        .map(|before| {
            before.replace(
                "    return await asyncio.wait_for(queue.get(), 1)\n",
                "    async with asyncio.timeout(1):\n        return await queue.get()\n",
            )
        })
        .collect();
    project
}

fn killed_run() -> Result<(), Failed> {
    killed_at_random_moments(&service(), |root| aiolift("run", root), undone)
}

/// An undoing that is killed leaves whole files, too, and the next one ends it.
fn killed_undo() -> Result<(), Failed> {
    let project = service();
    let root = project.root();
    let mut dice = Dice(20_261_122);
    let start = Instant::now();
    let run = |verb: &str| aiolift(verb, root).stderr(Stdio::null()).status();
    if !run("run")?.success() || project.written()? != project.changes() {
        return Err("the run has not written everything".into());
    }
    let begin = Instant::now();
    undone(root)?;
    let length = begin.elapsed();
    let (mut halfway, mut kills) = (0, 0);
    while kills < KILLS && (start.elapsed() < PATIENCE || halfway == 0) {
        kills += 1;
        if !run("run")?.success() {
            return Err("a later run has failed".into());
        }
        let mut child = aiolift("undo", root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        thread::sleep(length.mul_f64(dice.roll()));
        let _ = child.kill();
        child.wait()?;
        let written = project.written()?;
        if written > 0 {
            halfway += usize::from(written < project.changes());
            undone(root)?;
        }
        if project.written()? != 0 {
            return Err("some files were not restored".into());
        }
        let strangers = project.strangers();
        if !strangers.is_empty() {
            return Err(format!("these files were left behind: {strangers:?}").into());
        }
    }
    if halfway == 0 {
        return Err(format!("none of {kills} kills hit the process while it restored").into());
    }
    Ok(())
}

/// Text before, of a length that is different for every file.
fn before(index: usize) -> String {
    format!("# before {index}\n{}", "x = 1\n".repeat(index * 40))
}

/// Text after.
fn after(index: usize) -> String {
    format!("# after {index}\n{}", "y = 22\n".repeat(index * 40))
}

/// Returns the same replacements whoever asks, in groups of several files.
fn changes(root: &Path) -> Vec<Replacement> {
    (0..FILES)
        .map(|index| {
            let path = Project::file(root, index);
            Replacement {
                before: read_file(&path).expect("the file was made"),
                after: after(index).into_bytes(),
                path,
                group: index % 7,
            }
        })
        .collect()
}

/// A project whose files are known before and after.
struct Project {
    folder: tempfile::TempDir,
    before: Vec<String>,
    after: Vec<String>,
}

impl Project {
    fn new(
        files: usize,
        before: impl Fn(usize) -> String,
        after: impl Fn(usize) -> String,
    ) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("temporary files can be made"),
            before: (0..files).map(before).collect(),
            after: (0..files).map(after).collect(),
        };
        let root = project.root();
        fs::write(root.join("pyproject.toml"), "").expect("the folder is ours");
        for (index, text) in project.before.iter().enumerate() {
            let path = Self::file(root, index);
            fs::create_dir_all(path.parent().expect("it is in a folder"))
                .and_then(|()| fs::write(path, text))
                .expect("the folder is ours");
        }
        project
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn file(root: &Path, index: usize) -> PathBuf {
        root.join(format!("package{}/module{index}.py", index % 5))
    }

    fn read(&self, index: usize) -> Vec<u8> {
        fs::read(Self::file(self.root(), index)).expect("the file was made")
    }

    /// Returns the number of files that change.
    fn changes(&self) -> usize {
        let both = self.before.iter().zip(&self.after);
        both.filter(|(before, after)| before != after).count()
    }

    /// Returns the number of files that have changed, or which file is neither as before nor as
    /// after.
    fn written(&self) -> Result<usize, String> {
        let mut written = 0;
        for index in 0..self.before.len() {
            let now = self.read(index);
            if now == self.before[index].as_bytes() {
                continue;
            }
            if now == self.after[index].as_bytes() {
                written += 1;
            } else {
                return Err(format!("file {index} is neither as before nor as after"));
            }
        }
        Ok(written)
    }

    /// Returns everything but the Python files and what is in the state folder.
    fn strangers(&self) -> Vec<PathBuf> {
        let mut strangers = Vec::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is ours") {
                let path = entry.expect("the folder is ours").path();
                let name = path.file_name().and_then(|name| name.to_str());
                if path.is_dir() {
                    if name != Some(aiolift::workspace::STATE_FOLDER) {
                        folders.push(path);
                    }
                } else if name != Some("pyproject.toml")
                    && path.extension().is_none_or(|extension| extension != "py")
                {
                    strangers.push(path);
                }
            }
        }
        strangers
    }
}

/// Numbers that look random and are the same in every run: a generator of Lehmer.
struct Dice(u64);

impl Dice {
    /// Returns a number from 0 up to 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        f64::from(u32::try_from(self.0).expect("it is below 2³¹")) / f64::from(0x7fff_ffff)
    }
}

/// Runs `command` in the project and kills it at a random moment, again and again.
fn killed_at_random_moments(
    project: &Project,
    command: impl Fn(&Path) -> Command,
    undo: impl Fn(&Path) -> Result<(), String>,
) -> Result<(), Failed> {
    let root = project.root();
    let spawn = || {
        command(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())
    };
    let start = Instant::now();
    let status = spawn()?.wait()?;
    let mut length = start.elapsed();
    if !status.success() || project.written()? != project.changes() {
        return Err("the run that was not killed has not written everything".into());
    }
    undo(root)?;

    let begin = Instant::now();
    let mut dice = Dice(20_261_121);
    let (mut interrupted, mut kills) = (0, 0);
    while kills < KILLS && (begin.elapsed() < PATIENCE || interrupted == 0) {
        kills += 1;
        let start = Instant::now();
        let mut child = spawn()?;
        if kills % 2 == 1 {
            thread::sleep(length.mul_f64(dice.roll()));
        } else {
            // Every other time at a random moment once it writes.
            let state = root
                .join(aiolift::workspace::STATE_FOLDER)
                .join("pending-run");
            while !state.exists() && child.try_wait()?.is_none() {
                thread::sleep(Duration::from_micros(200));
            }
            thread::sleep(length.mul_f64(dice.roll() / 4.0));
        }
        // A process that has ended by itself cannot be killed, which is fine.
        let _ = child.kill();
        if child.wait()?.success() {
            // The moments to choose from shrink with the run.
            length = length.min(start.elapsed());
        }

        let written = project.written()?;
        if was_interrupted(root) {
            interrupted += 1;
        } else if written != 0 && written != project.changes() {
            return Err(format!("{written} files are written, but no run is pending").into());
        }
        if written > 0 || was_interrupted(root) {
            undo(root)?;
        }
        for index in 0..project.before.len() {
            if project.read(index) != project.before[index].as_bytes() {
                return Err(format!("file {index} was not restored").into());
            }
        }
        let strangers = project.strangers();
        if !strangers.is_empty() {
            return Err(format!("these files were left behind: {strangers:?}").into());
        }
    }
    // Most of the time is spent writing, so that chance does not miss it.
    if interrupted == 0 {
        return Err(format!("none of {kills} kills hit the process while it wrote").into());
    }
    Ok(())
}
