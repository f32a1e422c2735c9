use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::super::journal::was_interrupted;
use super::*;

type Hook = Box<dyn FnMut(&str)>;

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Tells the running test that a moment is reached.
pub(in crate::workspace) fn checkpoint(name: &str) {
    let hook = HOOK.with_borrow_mut(Option::take);
    if let Some(mut hook) = hook {
        hook(name);
        HOOK.set(Some(hook));
    }
}

/// Runs `action` and ends it at the checkpoint of that number, as if the process were killed:
/// nothing in the code under test cleans up when it unwinds, except for releasing the lock.
/// Returns `None` if it was killed.
fn killed_at<T>(number: usize, action: impl FnOnce() -> T) -> Option<T> {
    struct Killed;
    let mut left = number;
    HOOK.set(Some(Box::new(move |_| {
        if left == 0 {
            resume_unwind(Box::new(Killed));
        }
        left -= 1;
    })));
    let outcome = catch_unwind(AssertUnwindSafe(action));
    HOOK.set(None);
    match outcome {
        Ok(value) => Some(value),
        Err(payload) if payload.is::<Killed>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// Runs `action` with `hook` called at every checkpoint.
fn hooked<T>(hook: impl FnMut(&str) + 'static, action: impl FnOnce() -> T) -> T {
    HOOK.set(Some(Box::new(hook)));
    let value = action();
    HOOK.set(None);
    value
}

struct Project(tempfile::TempDir);

impl Project {
    fn new(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pyproject.toml"), "").unwrap();
        let project = Self(folder);
        for name in files {
            fs::create_dir_all(project.path(name).parent().unwrap()).unwrap();
            fs::write(project.path(name), before(name)).unwrap();
        }
        project
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn changes(&self, files: &[(&str, usize)]) -> Vec<Replacement> {
        let change = |&(name, group): &(&str, usize)| Replacement {
            path: self.path(name),
            before: before(name),
            after: after(name),
            group,
        };
        files.iter().map(change).collect()
    }

    /// Returns the temporary files that are left in the project.
    fn leftovers(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.root().to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "tmp") {
                    found.push(path);
                }
            }
        }
        found
    }
}

fn before(name: &str) -> Vec<u8> {
    format!("# {name}\r\n\u{feff}before\n").into_bytes()
}

fn after(name: &str) -> Vec<u8> {
    format!("# {name}\r\n\u{feff}after, which is longer\n").into_bytes()
}

const FILES: [(&str, usize); 4] = [("a.py", 0), ("sub/b.py", 7), ("sub/c.py", 0), ("d.py", 2)];

fn names() -> Vec<&'static str> {
    FILES.map(|(name, _)| name).to_vec()
}

#[test]
fn a_run_replaces_and_undo_restores() {
    let project = Project::new(&names());
    let report = write_all(&project.changes(&FILES), project.root()).unwrap();
    let mut expected: Vec<_> = names().iter().map(|name| project.path(name)).collect();
    expected.sort();
    assert_eq!(report.written, expected);
    assert!(report.dropped.is_empty());
    for name in names() {
        assert_eq!(project.read(name), after(name));
    }
    assert_eq!(project.leftovers(), [] as [PathBuf; 0]);
    assert!(!was_interrupted(project.root()));

    let report = undo(project.root()).unwrap();
    assert_eq!(report.restored.len(), FILES.len());
    assert!(report.left.is_empty() && !report.was_interrupted);
    for name in names() {
        assert_eq!(project.read(name), before(name));
    }
    let error = undo(project.root()).unwrap_err();
    assert!(matches!(error, Error::NothingToUndo(_)));
}

#[test]
fn nothing_to_write_leaves_the_last_run_undoable() {
    let project = Project::new(&names());
    write_all(&project.changes(&FILES), project.root()).unwrap();
    write_all(&[], project.root()).unwrap();
    assert_eq!(undo(project.root()).unwrap().restored.len(), FILES.len());
}

#[test]
fn a_project_that_was_moved_can_be_undone() {
    let project = Project::new(&["a/x.py"]);
    let change = project.changes(&[("a/x.py", 0)]).remove(0);
    let root = project.path("a");
    let before = before("a/x.py");
    write_all(&[change], &root).unwrap();
    fs::rename(&root, project.path("b")).unwrap();
    assert_eq!(undo(&project.path("b")).unwrap().restored.len(), 1);
    assert_eq!(project.read("b/x.py"), before);
}

#[test]
fn a_run_killed_at_any_moment_is_undone() {
    let mut moments = 0;
    loop {
        let project = Project::new(&names());
        let changes = project.changes(&FILES);
        let survived =
            killed_at(moments, || write_all(&changes, project.root()).unwrap()).is_some();
        for name in names() {
            let now = project.read(name);
            assert!(
                now == before(name) || now == after(name),
                "{moments} {name}"
            );
        }
        if survived {
            break;
        }
        if was_interrupted(project.root()) {
            let error = write_all(&changes, project.root()).unwrap_err();
            assert!(matches!(error, Error::Interrupted(_)), "{moments}");
            let report = undo(project.root()).unwrap();
            assert!(
                report.was_interrupted && report.left.is_empty(),
                "{moments}"
            );
        }
        for name in names() {
            assert_eq!(project.read(name), before(name), "{moments} {name}");
        }
        assert_eq!(project.leftovers(), [] as [PathBuf; 0], "{moments}");
        let report = write_all(&changes, project.root()).unwrap();
        assert_eq!(report.written.len(), FILES.len());
        moments += 1;
    }
    assert!(moments > 4 * FILES.len(), "{moments}");
}

#[test]
fn an_undo_killed_at_any_moment_is_finished_by_the_next() {
    for run_moment in [usize::MAX, 9, 16, 19] {
        let mut moments = 0;
        loop {
            let project = Project::new(&names());
            let changes = project.changes(&FILES);
            killed_at(run_moment, || write_all(&changes, project.root()).unwrap());
            let survived = killed_at(moments, || undo(project.root()).unwrap()).is_some();
            for name in names() {
                let now = project.read(name);
                assert!(
                    now == before(name) || now == after(name),
                    "{moments} {name}"
                );
            }
            if survived {
                break;
            }
            assert!(undo(project.root()).unwrap().left.is_empty(), "{moments}");
            for name in names() {
                assert_eq!(project.read(name), before(name), "{moments} {name}");
            }
            assert_eq!(project.leftovers(), [] as [PathBuf; 0], "{moments}");
            moments += 1;
        }
        assert!(moments >= FILES.len(), "{moments}");
    }
}

#[test]
fn a_file_that_changed_takes_its_group_along() {
    let project = Project::new(&names());
    fs::write(project.path("sub/c.py"), "mine").unwrap();
    let report = write_all(&project.changes(&FILES), project.root()).unwrap();
    assert_eq!(
        report.written,
        [project.path("d.py"), project.path("sub/b.py")]
    );
    assert_eq!(report.dropped.len(), 2);
    assert_eq!(report.dropped[0].path, project.path("a.py"));
    assert!(
        matches!(&report.dropped[0].reason, DropReason::WithGroup(path) if *path == project.path("sub/c.py"))
    );
    assert!(matches!(
        report.dropped[1].reason,
        DropReason::ChangedOnDisk
    ));
    assert_eq!(project.read("a.py"), before("a.py"));
    assert_eq!(project.read("sub/c.py"), b"mine");
    assert_eq!(undo(project.root()).unwrap().restored.len(), 2);
}

#[test]
fn a_file_that_changes_while_the_run_writes_is_noticed() {
    let project = Project::new(&names());
    let path = project.path("sub/c.py");
    let mine = path.clone();
    let hook = move |name: &str| {
        if name == "staged" {
            fs::write(&mine, "mine").unwrap();
        }
    };
    let changes = project.changes(&FILES);
    let report = hooked(hook, || write_all(&changes, project.root()).unwrap());
    assert_eq!(report.written.len(), 2);
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert_eq!(project.read("a.py"), before("a.py"));
    assert_eq!(project.leftovers(), [] as [PathBuf; 0]);
    // The journal no longer speaks of what was not written.
    let report = undo(project.root()).unwrap();
    assert_eq!(report.restored.len(), 2);
    assert!(report.left.is_empty() && report.unchanged.is_empty());
}

#[test]
fn a_group_that_fails_half_way_is_taken_back() {
    let project = Project::new(&names());
    let root = project.root().to_owned();
    let mut seen = 0;
    let hook = move |name: &str| {
        if name != "renamed" {
            return;
        }
        seen += 1;
        if seen == 1 {
            // The temporary file of `sub/c.py`, the second of its group, goes missing.
            for entry in fs::read_dir(root.join("sub")).unwrap() {
                let path = entry.unwrap().path();
                if fs::read(&path).unwrap() == after("sub/c.py") {
                    fs::remove_file(path).unwrap();
                }
            }
        }
    };
    let changes = project.changes(&FILES);
    let report = hooked(hook, || write_all(&changes, project.root()).unwrap());
    assert_eq!(
        report.written,
        [project.path("d.py"), project.path("sub/b.py")]
    );
    assert!(matches!(report.dropped[1].reason, DropReason::Failed(_)));
    assert_eq!(project.read("a.py"), before("a.py"));
    assert_eq!(project.read("sub/c.py"), before("sub/c.py"));
    assert_eq!(project.leftovers(), [] as [PathBuf; 0]);
}

#[test]
fn undo_leaves_what_somebody_has_changed_since() {
    let project = Project::new(&names());
    write_all(&project.changes(&FILES), project.root()).unwrap();
    fs::write(project.path("a.py"), "mine").unwrap();
    fs::remove_file(project.path("d.py")).unwrap();
    fs::write(project.path("sub/b.py"), before("sub/b.py")).unwrap();
    let root = project.root().canonicalize().unwrap();
    let report = undo(project.root()).unwrap();
    assert_eq!(report.restored, [root.join("sub/c.py")]);
    assert_eq!(report.unchanged, [root.join("sub/b.py")]);
    assert_eq!(report.left.len(), 2);
    assert!(
        matches!(&report.left[0], (path, LeftReason::ChangedSince) if *path == root.join("a.py"))
    );
    assert!(matches!(&report.left[1], (path, LeftReason::Removed) if *path == root.join("d.py")));
    // Once the file is as the run wrote it, undoing can go on.
    fs::write(project.path("a.py"), after("a.py")).unwrap();
    assert_eq!(undo(project.root()).unwrap().restored, [root.join("a.py")]);
}

#[test]
fn a_file_given_twice_is_not_replaced_twice() {
    let project = Project::new(&["a.py", "b.py"]);
    let mut changes = project.changes(&[("a.py", 0), ("b.py", 1)]);
    changes[1].path = project.path("./a.py");
    changes[1].before = before("a.py");
    let report = write_all(&changes, project.root()).unwrap();
    assert_eq!(report.written.len(), 1);
    assert!(matches!(report.dropped[0].reason, DropReason::GivenTwice));
    assert_eq!(project.read("a.py"), after("a.py"));
}

#[test]
fn a_folder_that_is_no_project_is_an_error() {
    let project = Project::new(&["a.py"]);
    let error = undo(&project.path("missing")).unwrap_err();
    assert!(matches!(error, Error::File(_)));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn permissions_are_kept_both_ways() {
        let project = Project::new(&["a.py"]);
        let path = project.path("a.py");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o2751)).unwrap();
        write_all(&project.changes(&[("a.py", 0)]), project.root()).unwrap();
        assert_eq!(mode(&path), 0o2751);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        undo(project.root()).unwrap();
        assert_eq!(mode(&path), 0o640);
    }

    #[test]
    fn a_link_stays_a_link() {
        let project = Project::new(&["real/a.py"]);
        symlink("real/a.py", project.path("link.py")).unwrap();
        let mut changes = project.changes(&[("real/a.py", 0)]);
        changes[0].path = project.path("link.py");
        let report = write_all(&changes, project.root()).unwrap();
        assert_eq!(report.written, [project.path("link.py")]);
        assert!(project.path("link.py").is_symlink());
        assert!(!project.path("real/a.py").is_symlink());
        assert_eq!(project.read("real/a.py"), after("real/a.py"));
        undo(project.root()).unwrap();
        assert!(project.path("link.py").is_symlink());
        assert_eq!(project.read("real/a.py"), before("real/a.py"));
    }

    #[test]
    fn a_read_only_file_is_left() {
        let project = Project::new(&["a.py"]);
        let path = project.path("a.py");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let report = write_all(&project.changes(&[("a.py", 0)]), project.root()).unwrap();
        assert!(matches!(report.dropped[0].reason, DropReason::ReadOnly));
        assert_eq!(project.read("a.py"), before("a.py"));
        let error = undo(project.root()).unwrap_err();
        assert!(matches!(error, Error::NothingToUndo(_)));
    }
}
