//! The byte scan: which files may have a site, and what the others say that decides about sites.

mod patches;

use self::patches::Patches;
use crate::project::{MARKERS, Marker, PATCHABLE, Patchable, Patched};
use crate::transform::{Entry, Mention};
use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
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
    patches: Patches,
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
    /// A part of a function of [`PATCHABLE`].
    Patched(&'static Patchable),
}

/// What the files said.
#[derive(Default)]
pub(super) struct Seen {
    /// Words of [`MARKERS`] that some file contains.
    pub(super) markers: FxHashSet<&'static str>,
    /// What is replaced at run time.
    pub(super) patched: Patched,
}

impl Scanner {
    pub(super) fn new(steps: &[&'static Entry]) -> Self {
        let mut words: Vec<(Cow<'static, str>, Meaning)> = vec![("aiolift:".into(), Meaning::Keep)];
        let mut mentions: Vec<Mention> = steps.iter().flat_map(|step| step.about.words()).collect();
        mentions.sort_unstable();
        mentions.dedup();
        words.extend(
            mentions
                .into_iter()
                .map(|mention| (mention.name.into(), Meaning::Mention(mention))),
        );
        words.extend(
            MARKERS
                .iter()
                .map(|marker| (pattern(marker), Meaning::Marker(marker))),
        );
        words.extend(
            PATCHABLE
                .iter()
                .map(|what| (what.word().into(), Meaning::Patched(what))),
        );
        words.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut patterns: Vec<Cow<'static, str>> = Vec::new();
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
            .build(patterns.iter().map(|word| word.as_bytes()))
            .expect("the patterns are few and short");
        Self {
            automaton,
            takes_everything: steps.iter().any(|step| step.about.takes_everything()),
            meanings,
            seen: Mutex::default(),
            patches: Patches::default(),
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
                    Meaning::Patched(what) => self.patches.look(what, path, bytes, hit.range()),
                }
            }
        }
        keep
    }

    /// What was seen in all files so far; places are named from `root` on where they lie below it.
    pub(super) fn seen(&self, root: Option<&Path>) -> Seen {
        Seen {
            patched: self.patches.all(root),
            markers: lock(&self.seen).markers.clone(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is looked for: the name of a package with the blank in front of it, as no word should have
/// less than four bytes. Three would double the time of the scan.
fn pattern(marker: &Marker) -> Cow<'static, str> {
    if marker.is_package {
        format!(" {}", marker.word).into()
    } else {
        marker.word.into()
    }
}

/// Whether a marker decides where it stands: the name of a package is imported, any other word is
/// just there.
fn is_marker(marker: &Marker, bytes: &[u8], at: Range<usize>) -> bool {
    !marker.is_package
        || [&b"import"[..], b"from"]
            .iter()
            .any(|before| bytes[..at.start].ends_with(before))
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
        let mut patched: Vec<_> = seen.patched.names.into_iter().collect();
        patched.sort();
        let at = |line| vec![format!("a.py:{line}")];
        assert_eq!(
            patched,
            [("asyncio.gather", at(5)), ("requests.get", at(6))]
        );
    }
}
