//! The byte scan: which files may have a site, and what the others say that decides about sites.

use crate::project::{MARKERS, Marker, PATCHABLE};
use crate::transform::{Entry, Mention};
use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Looks through the bytes of files for the words of all selected transforms and for everything
/// that decides about their sites from other files.
pub(super) struct Scanner {
    automaton: AhoCorasick,
    /// Whether every file is parsed.
    takes_everything: bool,
    /// What each pattern is looked for.
    meanings: Vec<Vec<Meaning>>,
    seen: Mutex<Seen>,
    /// Where functions are replaced by strings: the files and the first line in each.
    patched: Mutex<FxHashMap<&'static str, Vec<(PathBuf, usize)>>>,
}

/// What a word in a file may mean.
#[derive(Clone, Copy)]
enum Meaning {
    /// A word of a transform: the file is read.
    Mention(Mention),
    /// A comment that asks to keep a statement; one that keeps nothing is reported.
    Keep,
    /// A word of [`MARKERS`].
    Marker(&'static Marker),
    /// A part of a dotted name of [`PATCHABLE`], how many bytes of which come before the word.
    Patched(&'static str, usize),
}

/// What the files said.
#[derive(Default)]
pub(super) struct Seen {
    /// Words of [`MARKERS`] that some file contains.
    pub(super) markers: FxHashSet<&'static str>,
    /// Functions of [`PATCHABLE`] that a string ends with, with the first such place in each file,
    /// sorted: `tests/test_jobs.py:3`.
    pub(super) patched: FxHashMap<&'static str, Vec<String>>,
}

impl Scanner {
    pub(super) fn new(steps: &[&'static Entry]) -> Self {
        let mut words: Vec<(&'static str, Meaning)> = vec![("aiolift:", Meaning::Keep)];
        let mut mentions: Vec<Mention> = steps.iter().flat_map(|step| step.about.words()).collect();
        mentions.sort_unstable();
        mentions.dedup();
        words.extend(
            mentions
                .into_iter()
                .map(|mention| (mention.name, Meaning::Mention(mention))),
        );
        words.extend(
            MARKERS
                .iter()
                .map(|marker| (marker.word, Meaning::Marker(marker))),
        );
        words.extend(PATCHABLE.iter().map(|dotted| {
            let (module, name) = dotted.split_once('.').unwrap_or(("", dotted));
            // The functions of `requests` have everyday names.
            if module == "requests" {
                (module, Meaning::Patched(dotted, 0))
            } else {
                (name, Meaning::Patched(dotted, dotted.len() - name.len()))
            }
        }));
        words.sort_by_key(|(word, _)| *word);
        let mut patterns: Vec<&'static str> = Vec::new();
        let mut meanings: Vec<Vec<Meaning>> = Vec::new();
        for (word, meaning) in words {
            if patterns.last() != Some(&word) {
                patterns.push(word);
                meanings.push(Vec::new());
            }
            meanings.last_mut().expect("just filled").push(meaning);
        }
        // No word has another one inside, but for some at its beginning, and those would not be
        // whole names there.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .expect("the patterns are few and short");
        Self {
            automaton,
            takes_everything: steps.iter().any(|step| step.about.takes_everything()),
            meanings,
            seen: Mutex::default(),
            patched: Mutex::default(),
        }
    }

    /// Whether a file must be parsed. One with a NUL byte is named as unreadable rather than passed
    /// over: in UTF-16 the words of the transforms look different.
    pub(super) fn keeps(&self, path: &Path, bytes: &[u8]) -> bool {
        let mut keep = self.takes_everything || memchr::memchr(0, bytes).is_some();
        for hit in self.automaton.find_iter(bytes) {
            for meaning in &self.meanings[hit.pattern().as_usize()] {
                match *meaning {
                    Meaning::Mention(mention) => {
                        keep = keep || mention.counts(bytes, hit.range());
                    }
                    Meaning::Keep => keep = true,
                    Meaning::Marker(marker) => {
                        if is_marker(marker, bytes, hit.range()) {
                            lock(&self.seen).markers.insert(marker.word);
                        }
                    }
                    Meaning::Patched(dotted, before) => {
                        if ends_a_string(dotted, bytes, hit.start().checked_sub(before)) {
                            let mut patched = lock(&self.patched);
                            let files = patched.entry(dotted).or_default();
                            // The first place in each file is enough.
                            if !files.iter().any(|(file, _)| file == path) {
                                let before = &bytes[..hit.start()];
                                let line = 1 + memchr::memchr_iter(b'\n', before).count();
                                files.push((path.to_owned(), line));
                            }
                        }
                    }
                }
            }
        }
        keep
    }

    /// What was seen in all files so far; places are named from `root` on where they lie below it.
    pub(super) fn seen(&self, root: Option<&Path>) -> Seen {
        let patched = lock(&self.patched).clone();
        let patched = patched.into_iter().map(|(dotted, mut places)| {
            places.sort();
            let places = places.iter().map(|(path, line)| {
                let inside = root.and_then(|root| path.strip_prefix(root).ok());
                format!("{}:{line}", inside.unwrap_or(path).display())
            });
            (dotted, places.collect())
        });
        Seen {
            patched: patched.collect(),
            markers: lock(&self.seen).markers.clone(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a marker decides where it stands: the name of a package is imported, any other word is
/// just there.
fn is_marker(marker: &Marker, bytes: &[u8], at: Range<usize>) -> bool {
    !marker.is_package
        || [&b"import "[..], b"from "]
            .iter()
            .any(|before| bytes[..at.start].ends_with(before))
}

/// Whether a dotted name that begins at this place is the end of a string.
fn ends_a_string(dotted: &str, bytes: &[u8], start: Option<usize>) -> bool {
    let Some(rest) = start.and_then(|start| bytes[start..].strip_prefix(dotted.as_bytes())) else {
        return false;
    };
    matches!(rest.first(), Some(b'"' | b'\''))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::CATALOG;

    fn scanned(text: &str) -> (bool, Seen) {
        let steps: Vec<&'static Entry> = CATALOG.entries().iter().collect();
        let scanner = Scanner::new(&steps);
        let keep = scanner.keeps(Path::new("a.py"), text.as_bytes());
        (keep, scanner.seen(None))
    }

    #[test]
    fn files_with_a_word_of_a_transform_are_kept() {
        for text in [
            "await asyncio.gather()",
            "import requests",
            "from requests import get",
            "loop.create_task(f())",
            "x # aiolift: keep",
            "g\0a\0",
        ] {
            assert!(scanned(text).0, "{text}");
        }
        for text in [
            "hass.async_create_task(f())",
            "requests = 1",
            "import requests_mock",
            "import asyncio",
        ] {
            assert!(!scanned(text).0, "{text}");
        }
    }

    #[test]
    fn no_word_hides_another() {
        let mut words: Vec<&str> = CATALOG
            .entries()
            .iter()
            .flat_map(|step| step.about.words())
            .map(|mention| mention.name)
            .chain(MARKERS.iter().map(|marker| marker.word))
            .collect();
        words.sort_unstable();
        words.dedup();
        for outer in &words {
            for inner in &words {
                assert!(
                    outer == inner || outer.starts_with(inner) || !outer.contains(inner),
                    "{inner} in {outer}"
                );
            }
        }
    }

    #[test]
    fn markers_and_patches_are_seen() {
        let (_, seen) = scanned(
            "import uvloop\nimport requests_mock\nloop.set_task_factory(f)\nx = vcr, BaseException\n\
             patch('app.jobs.asyncio.gather')\npatch(\"requests.get\")\nx = 'requests.getter'\n",
        );
        let mut markers: Vec<_> = seen.markers.into_iter().collect();
        markers.sort_unstable();
        assert_eq!(
            markers,
            [
                "BaseException",
                "requests_mock",
                "set_task_factory",
                "uvloop"
            ]
        );
        let mut patched: Vec<_> = seen.patched.into_iter().collect();
        patched.sort();
        let at = |line| vec![format!("a.py:{line}")];
        assert_eq!(
            patched,
            [("asyncio.gather", at(5)), ("requests.get", at(6))]
        );
    }
}
