//! Which files may contain which words: one look at all texts, so that questions about words read
//! the few files that have them.

use super::names::{Names, Read, Readers, Sought};
use crate::index::{handlers, importers, modules, programs, reflection};
use crate::project::{Project, Sources};
use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

/// What one look at all texts found.
#[derive(Debug, Default)]
pub(super) struct Words {
    files: Arc<[Entry]>,
    /// Files with other texts by now, which may contain anything.
    changed: Vec<PathBuf>,
    /// The places of the files, once somebody asks about one.
    by_path: OnceLock<FxHashMap<Arc<Path>, u32>>,
}

#[derive(Debug)]
struct Entry {
    path: Arc<Path>,
    /// Which of the words of [`asked`] it contains, a bit each.
    asked: u64,
    names: Names,
}

/// What the texts say that were shown so far, in any order.
#[derive(Debug, Default)]
pub(super) struct Collector(Mutex<Vec<Entry>>);

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

/// Finds the words of [`asked`]. None of them has another one inside.
static SEARCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let searcher = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(asked().collect::<Vec<_>>());
    searcher.expect("the words are few and short")
});

impl Collector {
    /// Looks at the text of a file.
    pub(super) fn look(&self, path: Arc<Path>, text: &str, read: &Read) {
        let mut asked = 0;
        for hit in SEARCHER.find_iter(text) {
            asked |= 1 << hit.pattern().as_usize();
        }
        let entry = Entry {
            path,
            asked,
            names: read.names(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(entry);
    }

    pub(super) fn finish(self) -> Words {
        let files = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        Words {
            files: files.into(),
            ..Words::default()
        }
    }
}

impl Words {
    fn of(sources: &dyn Sources) -> Self {
        let (readers, collector) = (Readers::default(), Collector::default());
        sources.each(&|path, text| {
            readers.read(text, |read| collector.look(path.into(), text, read));
        });
        collector.finish()
    }

    /// The same files, some of which have other texts by now.
    pub(super) fn besides(&self, changed: &[PathBuf]) -> Self {
        Self {
            files: Arc::clone(&self.files),
            changed: self.changed.iter().chain(changed).cloned().collect(),
            by_path: OnceLock::new(),
        }
    }

    /// Whether a name may stand in a file.
    pub(super) fn may_have(&self, path: &Path, name: &str) -> bool {
        let by_path = self.by_path.get_or_init(|| {
            let files = (0..).zip(self.files.iter());
            let files = files.map(|(at, entry)| (Arc::clone(&entry.path), at));
            files.collect()
        });
        let entry = by_path.get(path).map(|at| &self.files[*at as usize]);
        let is_changed = || self.changed.iter().any(|changed| changed == path);
        let (Some(entry), Some(name)) = (entry, Sought::new(name)) else {
            return true;
        };
        entry.names.may_have(name) || is_changed()
    }

    fn files(&self, may: impl Fn(&Entry) -> bool) -> Vec<PathBuf> {
        let changed: FxHashSet<&Path> = self.changed.iter().map(PathBuf::as_path).collect();
        let files = self.files.iter();
        let files = files.filter(|entry| may(entry) && !changed.contains(&*entry.path));
        let mut files: Vec<PathBuf> = files.map(|entry| entry.path.to_path_buf()).collect();
        files.extend(changed.iter().map(|path| (*path).to_owned()));
        files
    }
}

impl Project {
    fn words(&self) -> &Words {
        let words = &self.index.words;
        words.get_or_init(|| Words::of(&*self.sources))
    }

    /// The first file but one that has a word in an import line.
    pub(super) fn importer_of(&self, word: &str, but: &Path) -> Option<PathBuf> {
        let sought = Sought::new(word);
        let may_import = |names: &Names| sought.is_none_or(|word| names.may_import(word));
        let may = |entry: &Entry| may_import(&entry.names) && *entry.path != *but;
        let mut files = self.words().files(may);
        files.sort_unstable();
        files.into_iter().find(|path| {
            let text = self.sources.text(path);
            *path != *but && text.is_some_and(|text| importers::imports(&text, word))
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
    pub(crate) fn each_naming<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        look: &(dyn Fn(&Path, &str) + Sync),
    ) {
        let Some(names) = names.map(Sought::new).collect::<Option<Vec<_>>>() else {
            return self.sources.each(look);
        };
        let may = |entry: &Entry| names.iter().any(|name| entry.names.may_have(*name));
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
            if found.load(Ordering::Relaxed) <= most && has_word(text, name) {
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
            reach: self.reach.besides(changed),
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
    fn the_first_importer_but_one() {
        let project = project();
        let of = |word: &str, but: &str| project.importer_of(word, Path::new(but));
        assert_eq!(of("threading", "/p/a.py"), Some("/p/c.py".into()));
        assert_eq!(of("threading", "/p/c.py"), None);
        assert_eq!(of("two", "/p/a.py"), None);
        let other = project.with_texts(BTreeMap::from([("/p/a.py".into(), "import threading")]));
        assert_eq!(
            other.importer_of("threading", Path::new("/p/b.py")),
            Some("/p/a.py".into())
        );
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
