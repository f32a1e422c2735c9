//! Which files have a private name: one look at all texts, so that questions about such names need
//! not read the others again.

use crate::project::Project;
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The private names of all files.
#[derive(Debug, Default)]
pub(super) struct PrivateWords {
    /// In order.
    files: Vec<PathBuf>,
    /// Hashes of names with places among the files, sorted.
    words: Vec<(u32, u32)>,
}

impl PrivateWords {
    /// The files that may have a name.
    fn files_with(&self, name: &str) -> impl ExactSizeIterator<Item = &Path> + use<'_> {
        let wanted = hash(name.as_bytes());
        let first = self.words.partition_point(|(word, _)| *word < wanted);
        let last = self.words.partition_point(|(word, _)| *word <= wanted);
        self.words[first..last]
            .iter()
            .map(|(_, file)| self.files[*file as usize].as_path())
    }
}

/// Whether names like this one are looked for: one underscore or two in front, none behind.
pub(super) fn is_private(name: &str) -> bool {
    name.starts_with('_') && !name.ends_with("__") && name.len() > 1 && name.is_ascii()
}

impl Project {
    /// The files that may have a private name, as the project spells their paths.
    pub(super) fn files_with_private(
        &self,
        name: &str,
    ) -> impl ExactSizeIterator<Item = &Path> + use<'_> {
        let words = self.index.private_words.get_or_init(|| {
            let found = Mutex::new(Vec::new());
            self.sources.each(&|path, text| {
                let words = words_of(text);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push((path.to_owned(), words));
            });
            let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            found.sort_by(|a, b| a.0.cmp(&b.0));
            let mut all = PrivateWords::default();
            for (file, (path, words)) in (0u32..).zip(found) {
                all.files.push(path);
                all.words.extend(words.into_iter().map(|word| (word, file)));
            }
            all.words.sort_unstable();
            all
        });
        words.files_with(name)
    }
}

impl Project {
    /// Whether more files than this have a name.
    pub(super) fn is_common(&self, name: &str, most: usize) -> bool {
        if is_private(name) {
            return self.files_with_private(name).len() > most;
        }
        let found = AtomicUsize::new(0);
        self.sources.each(&|_, text| {
            if has_word(text, name) {
                found.fetch_add(1, Ordering::Relaxed);
            }
        });
        found.into_inner() > most
    }
}

fn has_word(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next())
    })
}

/// The hashes of the private names of a text.
fn words_of(text: &str) -> FxHashSet<u32> {
    let bytes = text.as_bytes();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let mut found = FxHashSet::default();
    let mut end = 0;
    for start in memchr::memchr_iter(b'_', bytes) {
        if start < end || start.checked_sub(1).is_some_and(|at| part(&bytes[at])) {
            continue;
        }
        let rest = &bytes[start..];
        end = start
            + rest
                .iter()
                .position(|byte| !part(byte))
                .unwrap_or(rest.len());
        found.insert(hash(&bytes[start..end]));
    }
    found
}

fn hash(name: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    (hasher.finish() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::MemorySources;
    use std::sync::Arc;

    #[test]
    fn private_names_are_found_where_they_begin() {
        let project = Project {
            sources: Arc::new(MemorySources::new([
                ("a.py", "self._run()\n"),
                ("b.py", "re_run = _run_all = 1\n"),
                ("c.py", "from x import (_run)"),
            ])),
            ..Project::default()
        };
        let files: Vec<&Path> = project.files_with_private("_run").collect();
        assert_eq!(files, [Path::new("a.py"), Path::new("c.py")]);
        assert_eq!(project.files_with_private("_run_all").len(), 1);
        assert_eq!(project.files_with_private("_walk").len(), 0);
        assert!(project.is_common("_run", 1) && !project.is_common("_run", 2));
        assert!(project.is_common("self", 0) && !project.is_common("un", 0));
    }

    #[test]
    fn names_of_python_are_not_private() {
        assert!(is_private("_run") && is_private("__run"));
        assert!(!is_private("__init__") && !is_private("run") && !is_private("_"));
    }
}
