//! Which files may contain which words: one look at all texts, so that questions about words read
//! the few files that have them.

use crate::index::{handlers, importers, modules, programs, reflection};
use crate::project::Project;
use aho_corasick::{AhoCorasick, MatchKind};
use importers::Importers;
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What one look at all texts found.
#[derive(Default)]
pub(super) struct Words {
    files: Arc<[Entry]>,
    /// Files with other texts by now, which may contain anything.
    changed: Vec<PathBuf>,
}

struct Entry {
    path: PathBuf,
    /// Which of the words of [`asked`] it contains, a bit each.
    asked: u64,
    names: Names,
}

/// The names of a text, as far as their hashes say.
struct Names {
    /// Three bits for each name; nothing where any name is possible.
    bits: Box<[u64]>,
}

/// The words that questions ask for, in any position.
fn asked() -> impl Iterator<Item = &'static str> {
    let lists = [
        handlers::WATCHERS,
        programs::LOADERS,
        reflection::WORDS,
        EXCEPTIONS,
        OTHERS,
    ];
    lists.into_iter().flatten().copied()
}

/// Words of exceptions that are no `Exception`.
pub(super) const EXCEPTIONS: &[&str] = &["BaseException", "GeneratorExit"];

/// Words that other parts of the program ask for.
const OTHERS: &[&str] = &[
    "requests",
    "OSError",
    "IOError",
    "EnvironmentError",
    "getfixturevalue",
    "def anyio_backend",
    "run_until_complete",
    "run_forever",
    "asyncio.run(",
    "asyncio.Runner",
    "from asyncio import",
    "import asyncio as",
    "anyio.run(",
    "trio.run(",
    "uvloop.run(",
    "nest_asyncio.apply",
    "async_to_sync",
];

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

fn hash(name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    name.bytes().fold(SEED, step)
}

impl Names {
    fn of(text: &str) -> Self {
        // Eight bits of the filter for every 24 bytes of text, which has a name in them at most
        // every six or so.
        let mut bits = vec![0u64; (text.len() / 32).next_power_of_two()];
        let mut all = false;
        let mut hash = SEED;
        let mut inside = false;
        for byte in text.bytes() {
            if is_part(byte) {
                // What is no letter outside of ASCII ends a name, what is one does not.
                all |= !byte.is_ascii();
                hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
                inside = true;
            } else if inside {
                set(&mut bits, hash);
                hash = SEED;
                inside = false;
            }
        }
        if inside {
            set(&mut bits, hash);
        }
        if all {
            bits.clear();
        }
        Self { bits: bits.into() }
    }

    fn may_have(&self, hash: u64) -> bool {
        self.bits.is_empty()
            || places(self.bits.len(), hash).all(|(at, bit)| self.bits[at] & bit != 0)
    }
}

fn set(bits: &mut [u64], hash: u64) {
    for (at, bit) in places(bits.len(), hash) {
        bits[at] |= bit;
    }
}

/// The places of a name in a filter of so many numbers, a power of two.
fn places(count: usize, hash: u64) -> impl Iterator<Item = (usize, u64)> {
    let hash = hash ^ (hash >> 29);
    [0, 21, 42].into_iter().map(move |shift| {
        let part = usize::try_from((hash >> shift) & 0x1f_ffff).unwrap_or_default();
        ((part >> 6) & (count - 1), 1 << (part & 63))
    })
}

impl Words {
    fn of(project: &Project) -> (Self, Importers) {
        let words: Vec<&str> = asked().collect();
        // No word has another one inside.
        let searcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&words);
        let Ok(searcher) = searcher else {
            return Default::default();
        };
        let found = Mutex::new((Vec::new(), Vec::new()));
        project.sources.each(&|path, text| {
            let mut asked = 0;
            for hit in searcher.find_iter(text) {
                asked |= 1 << hit.pattern().as_usize();
            }
            let entry = Entry {
                path: path.to_owned(),
                asked,
                names: Names::of(text),
            };
            let imported = importers::words(text);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.0.push(entry);
            found.1.push((path.to_owned(), imported));
        });
        let (mut files, importers) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let words = Self {
            files: files.into(),
            changed: Vec::new(),
        };
        (words, Importers::of_files(importers))
    }

    /// The same files, some of which have other texts by now.
    pub(super) fn besides(&self, changed: &[PathBuf]) -> Self {
        Self {
            files: Arc::clone(&self.files),
            changed: self.changed.iter().chain(changed).cloned().collect(),
        }
    }

    fn files(&self, may: impl Fn(&Entry) -> bool) -> Vec<PathBuf> {
        let changed: FxHashSet<&Path> = self.changed.iter().map(PathBuf::as_path).collect();
        let files = self.files.iter();
        let files = files.filter(|entry| may(entry) && !changed.contains(&*entry.path));
        let mut files: Vec<PathBuf> = files.map(|entry| entry.path.clone()).collect();
        files.extend(changed.iter().map(|path| (*path).to_owned()));
        files
    }
}

impl Project {
    fn words(&self) -> &Words {
        let words = &self.index.words;
        words.get_or_init(|| {
            let (words, importers) = Words::of(self);
            // Another project with the same files may have had them already.
            let _ = self.index.importers.set(importers);
            words
        })
    }

    /// Who imports what.
    pub(super) fn importers(&self) -> &Importers {
        self.index.importers.get_or_init(|| {
            let found = Mutex::new(Vec::new());
            self.sources.each(&|path, text| {
                let imported = importers::words(text);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push((path.to_owned(), imported));
            });
            Importers::of_files(found.into_inner().unwrap_or_else(PoisonError::into_inner))
        })
    }

    /// Shows the text of every Python file of the project that contains one of some words, and of
    /// others maybe, in any order and from any thread.
    pub(crate) fn each_with(&self, words: &[&str], look: &(dyn Fn(&Path, &str) + Sync)) {
        let place = |word: &&str| asked().position(|other| other == *word);
        let Some(places) = words.iter().map(place).collect::<Option<Vec<_>>>() else {
            return self.sources.each(look);
        };
        let mask = places.iter().fold(0, |mask, at| mask | 1u64 << at);
        self.show(&self.words().files(|entry| entry.asked & mask != 0), look);
    }

    /// Shows the text of every Python file of the project that has one of some names in it, and of
    /// others maybe, in any order and from any thread.
    pub(super) fn each_naming<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        look: &(dyn Fn(&Path, &str) + Sync),
    ) {
        let names: Vec<&str> = names.collect();
        if !names
            .iter()
            .all(|name| name.bytes().all(|byte| byte.is_ascii() && is_part(byte)))
        {
            return self.sources.each(look);
        }
        let hashes: Vec<u64> = names.into_iter().map(hash).collect();
        let may = |entry: &Entry| hashes.iter().any(|hash| entry.names.may_have(*hash));
        self.show(&self.words().files(may), look);
    }

    /// Whether more files than this have a name.
    pub(super) fn is_common(&self, name: &str, most: usize) -> bool {
        let lock = || {
            let known = self.index.common.lock();
            known.unwrap_or_else(PoisonError::into_inner)
        };
        let key = (Box::from(name), most);
        if let Some(known) = lock().get(&key) {
            return *known;
        }
        let found = AtomicUsize::new(0);
        self.each_naming(std::iter::once(name), &|_, text| {
            if has_word(text, name) {
                found.fetch_add(1, Ordering::Relaxed);
            }
        });
        let is_common = found.into_inner() > most;
        lock().insert(key, is_common);
        is_common
    }

    fn show(&self, files: &[PathBuf], look: &(dyn Fn(&Path, &str) + Sync)) {
        self.in_parallel(files.len(), |at| {
            if let Some(text) = self.sources.text(&files[at]) {
                look(&files[at], &text);
            }
        });
    }
}

fn has_word(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    memchr::memmem::find_iter(text.as_bytes(), name).any(|at| {
        !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next())
    })
}

impl super::Index {
    /// What is known about all files but some, and about what is installed.
    pub(crate) fn besides(&self, changed: &[PathBuf]) -> Self {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = files.clone();
        for path in changed {
            files.remove(&*modules::lexical(path));
        }
        let index = Self {
            files: Mutex::new(files),
            packages: Arc::clone(&self.packages),
            ..Self::default()
        };
        if let Some(words) = self.words.get() {
            let _ = index.words.set(words.besides(changed));
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::MemorySources;
    use std::collections::BTreeMap;

    fn project() -> Project {
        let texts = [
            ("/p/a.py", "def one(): return getattr(two, three)\n"),
            ("/p/b.py", "two = 1  # \u{201c}four\u{201d}\n"),
            ("/p/c.py", "import threading\nthreading.excepthook = two\n"),
        ];
        Project {
            sources: Arc::new(MemorySources::new(texts)),
            ..Project::default()
        }
    }

    fn naming(project: &Project, name: &str) -> Vec<PathBuf> {
        let found = Mutex::new(Vec::new());
        project.each_naming([name].into_iter(), &|path, text| {
            if text.contains(name) {
                found.lock().unwrap().push(path.to_owned());
            }
        });
        let mut found = found.into_inner().unwrap();
        found.sort();
        found
    }

    #[test]
    fn files_with_a_name_are_shown() {
        let project = project();
        let paths = |names: &[&str]| -> Vec<PathBuf> {
            names
                .iter()
                .map(|name| PathBuf::from(format!("/p/{name}.py")))
                .collect()
        };
        assert_eq!(naming(&project, "two"), paths(&["a", "b", "c"]));
        assert_eq!(naming(&project, "one"), paths(&["a"]));
        assert_eq!(naming(&project, "four"), paths(&["b"]));
        assert_eq!(naming(&project, "none"), paths(&[]));
        let other = project.with_texts(BTreeMap::from([("/p/a.py".into(), "nil")]));
        assert_eq!(naming(&other, "nil"), paths(&["a"]));
        assert_eq!(naming(&other, "one"), paths(&[]));
    }

    #[test]
    fn a_filter_knows_every_name_and_few_others() {
        let name = |at: usize| format!("name_{at}");
        let text: Vec<String> = (0..2000).map(name).collect();
        let names = Names::of(&text.join(" = "));
        assert!((0..2000).all(|at| names.may_have(hash(&name(at)))));
        let others = (2000..4000).filter(|at| names.may_have(hash(&name(*at))));
        assert!(others.count() < 400);
    }

    #[test]
    fn names_of_many_files() {
        let project = project();
        assert!(project.is_common("two", 2) && !project.is_common("two", 3));
        assert!(project.is_common("one", 0) && !project.is_common("on", 0));
    }

    #[test]
    fn files_with_words_are_shown() {
        let project = project();
        let shown = Mutex::new(Vec::new());
        project.each_with(&["getattr(", "excepthook"], &|path, _| {
            shown.lock().unwrap().push(path.to_owned());
        });
        let mut shown = shown.into_inner().unwrap();
        shown.sort();
        assert_eq!(shown, [PathBuf::from("/p/a.py"), PathBuf::from("/p/c.py")]);
        assert!(asked().count() <= 64);
    }
}
