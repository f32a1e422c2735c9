//! Replacing files whole, group by group, and taking it back.

#![expect(clippy::disallowed_methods, reason = "it writes the files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::journal::{Entry, Fingerprint, Journal, pending_folder, sync_folder, temporary_name};
use crate::error::{Error, FileAction, FileError};

/// A file to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The path under which the file was read.
    pub path: PathBuf,
    /// The bytes as they were read.
    pub before: Vec<u8>,
    /// The bytes to write.
    pub after: Vec<u8>,
    /// Files of one group are all replaced or all left.
    pub group: usize,
}

/// What became of the replacements.
#[derive(Debug, Default)]
pub struct WriteReport {
    /// The files that were replaced, sorted by path.
    pub written: Vec<PathBuf>,
    /// The files that were left as they are, sorted by path.
    pub dropped: Vec<Dropped>,
}

/// A file that was not replaced.
#[derive(Debug)]
pub struct Dropped {
    /// The path under which the file was read.
    pub path: PathBuf,
    /// Its group.
    pub group: usize,
    /// Why it was left.
    pub reason: DropReason,
}

/// Why a file was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum DropReason {
    /// The file is not what was read.
    #[error("the file has changed on disk since it was read; run again")]
    ChangedOnDisk,
    /// The file may not be written.
    #[error("the file is read-only; make it writable and run again")]
    ReadOnly,
    /// The same file is to be replaced under two names.
    #[error("the file was given under two names; give it once")]
    GivenTwice,
    /// The system did not let us.
    #[error(transparent)]
    Failed(#[from] FileError),
    /// Another file of the group was not replaced.
    #[error("the change belongs together with one in `{}`, which was not written", .0.display())]
    WithGroup(PathBuf),
}

/// What `undo` did.
#[derive(Debug, Default)]
pub struct UndoReport {
    /// The files that were restored, sorted by path.
    pub restored: Vec<PathBuf>,
    /// The files that already were as before the run, sorted by path.
    pub unchanged: Vec<PathBuf>,
    /// The files that are neither as before the run nor as the run wrote them, or that could not
    /// be restored, sorted by path. They were left alone.
    pub left: Vec<(PathBuf, LeftReason)>,
    /// Whether the run had been killed while it wrote.
    pub was_interrupted: bool,
}

/// Why a file was not restored.
#[derive(Debug, thiserror::Error)]
pub enum LeftReason {
    /// Somebody has changed the file.
    #[error("the file has changed since the run; take the run's changes out by hand")]
    ChangedSince,
    /// Somebody has removed the file.
    #[error("the file no longer exists")]
    Removed,
    /// The system did not let us.
    #[error(transparent)]
    Failed(#[from] FileError),
}

/// A replacement on its way.
struct Staged<'c> {
    change: &'c Replacement,
    entry: Entry,
    permissions: fs::Permissions,
}

/// Replaces the files of `changes`, each whole or not at all, so that the last run can be undone.
///
/// Before the first file is replaced, the state folder of the project at `root` holds the bytes
/// of all of them. A group of which one file has changed on disk since it was read, or cannot be
/// written, is left as it is and reported. If the process is killed at any moment, every file is
/// as before or as after, and [`undo`] restores all of them.
pub fn write_all(changes: &[Replacement], root: &Path) -> Result<WriteReport, Error> {
    let mut report = WriteReport::default();
    if changes.is_empty() {
        return Ok(report);
    }
    let journal = Journal::create(root)?;
    if pending_folder(root).is_some() {
        return Err(Error::Interrupted(root.to_owned()));
    }

    let mut groups = prepare(changes, &mut report);
    let entries = |groups: &BTreeMap<usize, Vec<Staged<'_>>>| -> Vec<Entry> {
        let staged = groups.values().flatten();
        staged.map(|staged| staged.entry.clone()).collect()
    };
    if !groups.is_empty() {
        let planned = entries(&groups);
        journal.begin(&planned)?;
        checkpoint("journal in place");
        keep_groups(&mut groups, &mut report, stage);
        keep_groups(&mut groups, &mut report, commit);
        let written = entries(&groups);
        let folders: BTreeSet<_> = written
            .iter()
            .filter_map(|entry| entry.path.parent())
            .collect();
        for folder in folders {
            sync_folder(folder)?;
        }
        checkpoint("all written");
        if written.len() == planned.len() {
            journal.finish()?;
        } else {
            let remembered: Vec<_> = planned.into_iter().filter(has_traces).collect();
            journal.finish_with(&remembered)?;
        }
    }
    for staged in groups.values().flatten() {
        report.written.push(staged.change.path.clone());
    }
    report.written.sort_unstable();
    report.dropped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(report)
}

/// Restores the files that the last run has replaced, or that a killed run may have replaced.
///
/// A file that is not as the run wrote it is left alone and reported.
pub fn undo(root: &Path) -> Result<UndoReport, Error> {
    let journal = Journal::open(root)?;
    let mut report = UndoReport {
        was_interrupted: journal.is_pending(),
        ..UndoReport::default()
    };
    let mut folders = BTreeSet::new();
    for entry in journal.load()? {
        match restore(&entry) {
            Ok(Restored::Now) => {
                folders.extend(entry.path.parent().map(Path::to_owned));
                report.restored.push(entry.path);
            }
            Ok(Restored::Already) => report.unchanged.push(entry.path),
            Err(reason) => report.left.push((entry.path, reason)),
        }
        checkpoint("restored");
    }
    for folder in folders {
        sync_folder(&folder)?;
    }
    if report.left.is_empty() {
        journal.forget()?;
    } else if report.was_interrupted {
        // What can be undone is undone, so that the next run need not wait for the rest.
        journal.finish()?;
    }
    report.restored.sort_unstable();
    report.unchanged.sort_unstable();
    report.left.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(report)
}

/// Looks at every file to be replaced, and drops the groups that cannot be.
fn prepare<'c>(
    changes: &'c [Replacement],
    report: &mut WriteReport,
) -> BTreeMap<usize, Vec<Staged<'c>>> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let moment = since_epoch.map_or(0, |elapsed| elapsed.as_nanos());
    let run = format!("{:x}-{moment:x}", std::process::id());
    let mut groups: BTreeMap<usize, Vec<&Replacement>> = BTreeMap::new();
    for change in changes {
        groups.entry(change.group).or_default().push(change);
    }
    let mut targets = BTreeSet::new();
    let mut prepared = BTreeMap::new();
    for (group, members) in groups {
        let mut staged = Vec::with_capacity(members.len());
        let mut refused = None;
        for change in &members {
            let name = temporary_name(&run, targets.len());
            match inspect(change, &name) {
                Ok(member) if !targets.insert(member.entry.path.clone()) => {
                    refused = Some((change.path.clone(), DropReason::GivenTwice));
                }
                Ok(member) => staged.push(member),
                Err(reason) => refused = Some((change.path.clone(), reason)),
            }
            if refused.is_some() {
                break;
            }
        }
        match refused {
            None => {
                prepared.insert(group, staged);
            }
            Some((culprit, reason)) => {
                drop_group(group, members, &culprit, reason, report);
            }
        }
    }
    prepared
}

fn inspect<'c>(change: &'c Replacement, temporary: &str) -> Result<Staged<'c>, DropReason> {
    let failed = |error| match io::Error::kind(&error) {
        io::ErrorKind::NotFound => DropReason::ChangedOnDisk,
        _ => FileError::on(FileAction::Read, &change.path)(error).into(),
    };
    let path = fs::canonicalize(&change.path).map_err(failed)?;
    let metadata = fs::metadata(&path).map_err(failed)?;
    if metadata.permissions().readonly() {
        return Err(DropReason::ReadOnly);
    }
    if fs::read(&path).map_err(failed)? != change.before {
        return Err(DropReason::ChangedOnDisk);
    }
    Ok(Staged {
        change,
        entry: Entry {
            temporary: path.with_file_name(temporary),
            path,
            before: change.before.clone(),
            after: Fingerprint::of(&change.after),
        },
        permissions: metadata.permissions(),
    })
}

/// Returns whether there is anything to undo about a file: a group that failed half way may have
/// left something that could not be taken back.
fn has_traces(entry: &Entry) -> bool {
    entry.temporary.exists()
        || fs::read(&entry.path).is_ok_and(|bytes| Fingerprint::of(&bytes) == entry.after)
}

/// Takes a step with every group and drops those with which it fails.
fn keep_groups(
    groups: &mut BTreeMap<usize, Vec<Staged<'_>>>,
    report: &mut WriteReport,
    step: impl Fn(&[Staged<'_>]) -> Result<(), (PathBuf, DropReason)>,
) {
    groups.retain(|&group, members| match step(members) {
        Ok(()) => true,
        Err((culprit, reason)) => {
            for member in members.iter() {
                // What cannot be removed is in the journal, and `undo` will try again.
                let _ = fs::remove_file(&member.entry.temporary);
            }
            let changes = members.iter().map(|member| member.change).collect();
            drop_group(group, changes, &culprit, reason, report);
            false
        }
    });
}

fn drop_group(
    group: usize,
    members: Vec<&Replacement>,
    culprit: &Path,
    reason: DropReason,
    report: &mut WriteReport,
) {
    let mut reason = Some(reason);
    for change in members {
        let why = match reason.take_if(|_| change.path == culprit) {
            Some(reason) => reason,
            None => DropReason::WithGroup(culprit.to_owned()),
        };
        report.dropped.push(Dropped {
            path: change.path.clone(),
            group,
            reason: why,
        });
    }
}

/// Writes the temporary files of a group.
fn stage(members: &[Staged<'_>]) -> Result<(), (PathBuf, DropReason)> {
    for member in members {
        let temporary = &member.entry.temporary;
        write_temporary(
            temporary,
            &member.change.after,
            &member.entry.path,
            &member.permissions,
        )
        .map_err(|error| {
            let error = FileError::on(FileAction::Write, temporary)(error);
            (member.change.path.clone(), error.into())
        })?;
        checkpoint("staged");
    }
    Ok(())
}

/// Moves the temporary files of a group into place; if one cannot be, moves the others back.
fn commit(members: &[Staged<'_>]) -> Result<(), (PathBuf, DropReason)> {
    for member in members {
        let current = fs::read(&member.entry.path);
        if !current.is_ok_and(|bytes| bytes == member.entry.before) {
            return Err((member.change.path.clone(), DropReason::ChangedOnDisk));
        }
    }
    for (done, member) in members.iter().enumerate() {
        if let Err(error) = fs::rename(&member.entry.temporary, &member.entry.path) {
            for earlier in &members[..done] {
                // What cannot be restored here is in the journal, and `undo` will try again.
                let _ = restore(&earlier.entry);
            }
            let error = FileError::on(FileAction::Write, &member.entry.path)(error);
            return Err((member.change.path.clone(), error.into()));
        }
        checkpoint("renamed");
    }
    Ok(())
}

enum Restored {
    Now,
    Already,
}

/// Puts a file back as it was before the run, if it is as the run wrote it.
fn restore(entry: &Entry) -> Result<Restored, LeftReason> {
    let failed = |action, path, error| LeftReason::from(FileError::on(action, path)(error));
    match fs::remove_file(&entry.temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed(FileAction::Remove, &entry.temporary, error));
        }
        _ => {}
    }
    let current = match fs::read(&entry.path) {
        Ok(current) => current,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LeftReason::Removed),
        Err(error) => return Err(failed(FileAction::Read, &entry.path, error)),
    };
    if current == entry.before {
        return Ok(Restored::Already);
    }
    if Fingerprint::of(&current) != entry.after {
        return Err(LeftReason::ChangedSince);
    }
    let replace = || -> io::Result<()> {
        let permissions = fs::metadata(&entry.path)?.permissions();
        write_temporary(&entry.temporary, &entry.before, &entry.path, &permissions)?;
        checkpoint("restoring");
        fs::rename(&entry.temporary, &entry.path)
    };
    replace().map_err(|error| failed(FileAction::Write, &entry.path, error))?;
    Ok(Restored::Now)
}

/// Writes a new file durably, with the owner and permissions of the file it will replace.
fn write_temporary(
    temporary: &Path,
    bytes: &[u8],
    original: &Path,
    permissions: &fs::Permissions,
) -> io::Result<()> {
    let mut file = File::create_new(temporary)?;
    checkpoint("temporary file made");
    let (first, second) = bytes.split_at(bytes.len() / 2);
    file.write_all(first)?;
    checkpoint("temporary file half written");
    file.write_all(second)?;
    keep_owner(&file, original)?;
    // After the owner, because a change of owner clears some of the bits.
    file.set_permissions(permissions.clone())?;
    file.sync_all()
}

/// Gives a file the owner of another. Where that is not allowed, the user becomes its owner, as
/// with any editor that replaces files.
#[cfg(unix)]
fn keep_owner(file: &File, original: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let (new, old) = (file.metadata()?, fs::metadata(original)?);
    if new.gid() != old.gid() {
        let _ = fchown(file, None, Some(old.gid()));
    }
    if new.uid() != old.uid() {
        let _ = fchown(file, Some(old.uid()), None);
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same signature on every system"
)]
fn keep_owner(_file: &File, _original: &Path) -> io::Result<()> {
    Ok(())
}

/// Marks a moment at which the process might be killed; tests kill it there.
#[cfg(not(test))]
#[inline]
pub(super) fn checkpoint(_name: &str) {}

#[cfg(test)]
pub(super) use self::tests::checkpoint;

#[cfg(test)]
mod tests;
