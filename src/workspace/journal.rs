//! What a run must remember to be undone: the bytes of every file before it wrote.
//!
//! The journal is one file, put in place whole before the first source file is replaced. It is
//! called *pending* until the run has written everything, and *last* from then on.

#![expect(clippy::disallowed_methods, reason = "it keeps the journal")]

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::replace::checkpoint;
use crate::error::{Error, FileAction, FileError};

/// The folder of a project in which a run keeps what it needs to be undone.
pub const STATE_FOLDER: &str = ".aiolift";

const FORMAT: u32 = 1;
const PENDING: &str = "pending-run";
const LAST: &str = "last-run";
const PARTIAL: &str = "partial-journal";
const LOCK: &str = "lock";

/// One replaced file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The file itself, links resolved.
    pub(super) path: PathBuf,
    /// The temporary file beside it.
    pub(super) temporary: PathBuf,
    /// The bytes before.
    pub(super) before: Vec<u8>,
    /// What the run writes.
    pub(super) after: Fingerprint,
}

impl Entry {
    fn temporary_name(&self) -> String {
        let name = self.temporary.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// Returns the name of the temporary file with which a run replaces one file.
pub(super) fn temporary_name(run: &str, index: usize) -> String {
    format!(".aiolift-{run}-{index}.tmp")
}

fn is_temporary_name(name: &str) -> bool {
    name.strip_prefix(".aiolift-")
        .and_then(|name| name.strip_suffix(".tmp"))
        .is_some_and(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// The length and a hash of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    length: u64,
    hash: u128,
}

impl Fingerprint {
    /// Computes the fingerprint.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            length: bytes.len() as u64,
            hash: crate::fingerprint::hash(bytes),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    files: Vec<HeaderEntry>,
}

#[derive(Serialize, Deserialize)]
struct HeaderEntry {
    path: StoredPath,
    /// The name of the temporary file, which is in the same folder.
    temporary: String,
    before_length: usize,
    after_length: u64,
    after_hash: String,
}

/// A path as text where it is text, so that the journal can be read by people.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPath {
    Text(String),
    Other(OsString),
}

impl StoredPath {
    /// Stores a path, relative to the project where it is inside, so that a project that was
    /// moved can still be undone.
    fn new(path: &Path, root: &Path) -> Self {
        let path = path.strip_prefix(root).unwrap_or(path);
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Other(path.as_os_str().to_owned()),
        }
    }

    fn resolve(self, root: &Path) -> PathBuf {
        match self {
            Self::Text(text) => root.join(text),
            Self::Other(path) => root.join(path),
        }
    }
}

/// The state folder of a project, locked.
#[derive(Debug)]
pub(super) struct Journal {
    root: PathBuf,
    folder: PathBuf,
    _lock: File,
}

impl Journal {
    /// Opens the state folder of the project at `root`, making it where it is missing.
    pub(super) fn create(root: &Path) -> Result<Self, Error> {
        let root = canonical(root)?;
        let folders = state_folders(&root);
        let mut refused = None;
        for folder in folders {
            match prepare(&folder) {
                Ok(lock) => return Self::locked(root, folder, lock),
                Err(error) => {
                    refused.get_or_insert(FileError::on(FileAction::Write, &folder)(error));
                }
            }
        }
        Err(match refused {
            Some(error) => error.into(),
            None => Error::NothingToUndo(root),
        })
    }

    /// Opens the state folder in which the project at `root` has a run to undo.
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        let root = canonical(root)?;
        let folders = state_folders(&root);
        let found = [PENDING, LAST]
            .iter()
            .find_map(|name| folders.iter().find(|folder| folder.join(name).exists()));
        let Some(folder) = found else {
            return Err(Error::NothingToUndo(root));
        };
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(FileError::on(FileAction::Write, &path))?;
        Self::locked(root, folder.clone(), lock)
    }

    fn locked(root: PathBuf, folder: PathBuf, lock: File) -> Result<Self, Error> {
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::AlreadyRunning(root)),
            // Some network file systems know no locks; two runs at once are unlikely there.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => {
                return Err(FileError::on(FileAction::Write, &folder.join(LOCK))(error).into());
            }
        }
        Ok(Self {
            root,
            folder,
            _lock: lock,
        })
    }

    /// Returns whether a run was killed while it wrote.
    pub(super) fn is_pending(&self) -> bool {
        self.folder.join(PENDING).exists()
    }

    /// Records what is about to be written. When this returns, it survives a power failure.
    pub(super) fn begin(&self, entries: &[Entry]) -> Result<(), FileError> {
        self.store(entries, PENDING)
    }

    /// Records that the run is finished.
    pub(super) fn finish(&self) -> Result<(), FileError> {
        let pending = self.folder.join(PENDING);
        fs::rename(&pending, self.folder.join(LAST))
            .map_err(FileError::on(FileAction::Write, &pending))?;
        sync_folder(&self.folder)
    }

    /// Records that the run is finished, but has written `entries` only.
    pub(super) fn finish_with(&self, entries: &[Entry]) -> Result<(), FileError> {
        if !entries.is_empty() {
            self.store(entries, LAST)?;
            checkpoint("journal rewritten");
        }
        self.remove(PENDING)?;
        sync_folder(&self.folder)
    }

    /// Forgets the run that was undone.
    pub(super) fn forget(&self) -> Result<(), FileError> {
        let undone = if self.is_pending() { PENDING } else { LAST };
        self.remove(undone)?;
        self.remove(PARTIAL)?;
        sync_folder(&self.folder)
    }

    fn remove(&self, name: &str) -> Result<(), FileError> {
        let path = self.folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FileError::on(FileAction::Remove, &path)(error))
            }
            _ => Ok(()),
        }
    }

    fn store(&self, entries: &[Entry], name: &str) -> Result<(), FileError> {
        let partial = self.folder.join(PARTIAL);
        let header = Header {
            format: FORMAT,
            files: entries
                .iter()
                .map(|entry| HeaderEntry {
                    path: StoredPath::new(&entry.path, &self.root),
                    temporary: entry.temporary_name(),
                    before_length: entry.before.len(),
                    after_length: entry.after.length,
                    after_hash: format!("{:032x}", entry.after.hash),
                })
                .collect(),
        };
        let write = || -> io::Result<()> {
            let mut file = io::BufWriter::new(File::create(&partial)?);
            serde_json::to_writer(&mut file, &header)?;
            file.write_all(b"\n")?;
            checkpoint("journal header");
            for entry in entries {
                file.write_all(&entry.before)?;
            }
            file.into_inner()?.sync_all()?;
            checkpoint("journal complete");
            fs::rename(&partial, self.folder.join(name))
        };
        write().map_err(FileError::on(FileAction::Write, &partial))?;
        sync_folder(&self.folder)
    }

    /// Reads the run to undo: the one that was killed, else the last one.
    pub(super) fn load(&self) -> Result<Vec<Entry>, Error> {
        let name = if self.is_pending() { PENDING } else { LAST };
        let path = self.folder.join(name);
        let bytes = fs::read(&path).map_err(FileError::on(FileAction::Read, &path))?;
        parse(&bytes, &self.root).ok_or(Error::DamagedJournal(path))
    }
}

fn parse(bytes: &[u8], root: &Path) -> Option<Vec<Entry>> {
    let end = memchr::memchr(b'\n', bytes)?;
    let (header, mut rest) = (&bytes[..end], &bytes[end + 1..]);
    let header: Header = serde_json::from_slice(header).ok()?;
    if header.format != FORMAT {
        return None;
    }
    let mut entries = Vec::with_capacity(header.files.len());
    for file in header.files {
        let (before, behind) = rest.split_at_checked(file.before_length)?;
        rest = behind;
        // Undoing removes this file, so a journal from elsewhere must not name any other.
        if !is_temporary_name(&file.temporary) {
            return None;
        }
        let path = file.path.resolve(root);
        entries.push(Entry {
            temporary: path.with_file_name(file.temporary),
            path,
            before: before.to_vec(),
            after: Fingerprint {
                length: file.after_length,
                hash: u128::from_str_radix(&file.after_hash, 16).ok()?,
            },
        });
    }
    rest.is_empty().then_some(entries)
}

/// Returns whether a run in the project at `root` was killed while it wrote.
///
/// `aiolift undo` must restore the files before another run may write. A run that is still
/// writing was not killed.
pub fn was_interrupted(root: &Path) -> bool {
    pending_folder(root).is_some_and(|folder| match File::open(folder.join(LOCK)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
        Err(_) => true,
    })
}

/// Returns the state folder that holds a run which has not ended.
pub(super) fn pending_folder(root: &Path) -> Option<PathBuf> {
    let folders = state_folders(&canonical(root).ok()?);
    folders
        .into_iter()
        .find(|folder| folder.join(PENDING).exists())
}

/// Makes the state folder and opens its lock.
pub(super) fn prepare(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.join(LOCK))?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(lock)
}

/// Returns the folders that may hold the state of a project: its own, and one of the user for
/// projects that cannot be written at their root.
fn state_folders(root: &Path) -> Vec<PathBuf> {
    let mut folders = vec![root.join(STATE_FOLDER)];
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(|| Some(absolute("HOME")?.join(".local/state")));
    if let Some(home) = home {
        let Fingerprint { hash, .. } = Fingerprint::of(root.as_os_str().as_encoded_bytes());
        folders.push(home.join("aiolift").join(format!("{hash:032x}")));
    }
    folders
}

fn canonical(root: &Path) -> Result<PathBuf, FileError> {
    fs::canonicalize(root).map_err(FileError::on(FileAction::Read, root))
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        // A folder that may be written but not listed, or a file system that cannot do it.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced.map_err(FileError::on(FileAction::Write, folder)),
    }
}

/// Does nothing: elsewhere a folder cannot be synchronized, and renaming is durable.
#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same signature on every system"
)]
pub(super) fn sync_folder(_folder: &Path) -> Result<(), FileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(root: &Path, name: impl AsRef<Path>, before: &[u8]) -> Entry {
        Entry {
            path: root.join(name.as_ref()),
            temporary: root.join(name.as_ref()).with_file_name(".aiolift-1-0.tmp"),
            before: before.to_vec(),
            after: Fingerprint::of(b"after"),
        }
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let mut entries = vec![
            entry(&root, "a.py", b"x\ny\0\xff"),
            entry(&root, "b.py", b""),
            entry(&root, "/elsewhere/c.py", b"z"),
        ];
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::ffi::OsStrExt;
            entries.push(entry(&root, std::ffi::OsStr::from_bytes(b"\xe9.py"), b"w"));
        }
        let journal = Journal::create(&root).unwrap();
        journal.begin(&entries).unwrap();
        assert!(journal.is_pending());
        assert_eq!(journal.load().unwrap(), entries);
        journal.finish().unwrap();
        assert!(!journal.is_pending());
        assert_eq!(journal.load().unwrap(), entries);
        let ignore = fs::read_to_string(root.join(".aiolift/.gitignore")).unwrap();
        assert_eq!(ignore, "*\n");
    }

    #[test]
    fn a_damaged_journal_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let journal = Journal::create(&root).unwrap();
        journal.begin(&[entry(&root, "a.py", b"before")]).unwrap();
        journal.finish().unwrap();
        let last = root.join(STATE_FOLDER).join(LAST);
        let whole = fs::read(&last).unwrap();
        for end in 0..whole.len() {
            fs::write(&last, &whole[..end]).unwrap();
            let error = journal.load().unwrap_err();
            assert!(matches!(error, Error::DamagedJournal(_)), "{end}");
        }
    }

    #[test]
    fn two_runs_cannot_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::create(folder.path()).unwrap();
        first.begin(&[]).unwrap();
        assert!(!was_interrupted(folder.path()));
        let error = Journal::create(folder.path()).unwrap_err();
        assert!(matches!(error, Error::AlreadyRunning(_)));
        drop(first);
        assert!(was_interrupted(folder.path()));
        assert!(Journal::create(folder.path()).is_ok());
    }
}
