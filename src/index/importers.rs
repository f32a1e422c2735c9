//! Which files import something: the words of the import lines of a whole project.

use crate::project::Project;
use memchr::memmem::Finder;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

/// An import line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportLine {
    /// The file.
    pub path: PathBuf,
    /// The line without its indentation: `from a.b import c` or `import a`.
    pub line: String,
}

impl Project {
    /// The import lines of all files, sorted.
    pub fn import_lines(&self) -> &[ImportLine] {
        self.index.import_lines.get_or_init(|| {
            let lines = Mutex::new(Vec::new());
            self.sources.each(&|path, text| {
                let found = of_text(path, text);
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.extend(found);
            });
            let mut lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
            lines.sort();
            lines
        })
    }
}

fn of_text(path: &Path, text: &str) -> Vec<ImportLine> {
    let mut lines = text.lines().map(str::trim_start);
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if !line.starts_with("import ") && !line.starts_with("from ") {
            continue;
        }
        let mut line = line.trim_end().to_owned();
        // What stands in brackets goes on over several lines.
        while line.starts_with("from ")
            && (line.contains('(') && !line.contains(')') || line.ends_with('\\'))
            && let Some(more) = lines.next()
        {
            line.push(' ');
            line.push_str(more.trim_end());
        }
        found.push(ImportLine {
            path: path.to_owned(),
            line,
        });
    }
    found
}

/// For every word of an import line, by its hash, the first two files that have it there.
#[derive(Default)]
pub(super) struct Importers {
    /// In order.
    files: Vec<PathBuf>,
    /// Places among the files.
    words: FxHashMap<u64, (u32, Option<u32>)>,
}

impl Importers {
    /// From files with the hashes of their words, in any order.
    pub(super) fn of_files(mut all: Vec<(PathBuf, Vec<u64>)>) -> Self {
        all.sort_unstable();
        let mut importers = Self::default();
        for (file, (path, words)) in (0u32..).zip(all) {
            importers.files.push(path);
            for word in words {
                let known = importers.words.entry(word).or_insert((file, None));
                if known.0 != file {
                    known.1.get_or_insert(file);
                }
            }
        }
        importers
    }

    /// The first file but one that has a word in an import line.
    pub(super) fn of(&self, word: &str, but: &Path) -> Option<&Path> {
        let (first, second) = *self.words.get(&hash(word))?;
        let files = std::iter::once(first).chain(second);
        let mut files = files.map(|file| self.files[file as usize].as_path());
        files.find(|file| *file != but)
    }
}

fn hash(word: &str) -> u64 {
    FxBuildHasher.hash_one(word)
}

static STARTS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["import ", "from "].map(Finder::new));

/// The hashes of the words in the import lines of a text: `from a.b import c`, `import a`.
pub(super) fn words(text: &str) -> Vec<u64> {
    let mut found = Vec::new();
    let starts = STARTS
        .iter()
        .flat_map(|word| word.find_iter(text.as_bytes()));
    for start in starts {
        let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
        if text[line..start].trim_start().is_empty() {
            add_line(&text[start..], &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Adds the words of the line that a text begins with. What stands in brackets goes on over several
/// lines.
fn add_line(text: &str, found: &mut Vec<u64>) {
    let mut lines = text.lines();
    let Some(first) = lines.next() else { return };
    let mut end = first.trim_end();
    let (mut open, mut closed) = (false, false);
    loop {
        let words = end.split(|c: char| !c.is_alphanumeric() && c != '_');
        found.extend(words.filter(|word| !word.is_empty()).map(hash));
        open |= end.contains('(');
        closed |= end.contains(')');
        if !first.starts_with("from ") || !(open && !closed || end.ends_with('\\')) {
            return;
        }
        let Some(more) = lines.next() else { return };
        end = more.trim_end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_import_lines() {
        let text = "
import a.b as c
x = d; import e
  from f import (
    g,
    h as i,
)
from j import \\
    k
# import l
l = 1
";
        let found = words(text);
        for word in ["a", "b", "c", "f", "g", "h", "i", "j", "k", "import"] {
            assert!(found.contains(&hash(word)), "{word}");
        }
        for word in ["d", "e", "l", "x", ""] {
            assert!(!found.contains(&hash(word)), "{word}");
        }
    }

    #[test]
    fn the_first_file_but_one() {
        let file = |path: &str, words: &[&str]| {
            let words = words.iter().map(|word| hash(word)).collect();
            (PathBuf::from(path), words)
        };
        let importers = Importers::of_files(vec![
            file("/b.py", &["x"]),
            file("/d.py", &["x"]),
            file("/a.py", &["x", "y"]),
            file("/c.py", &["x"]),
        ]);
        let of = |word: &str, but: &str| importers.of(word, Path::new(but));
        assert_eq!(of("x", "/e.py"), Some(Path::new("/a.py")));
        assert_eq!(of("x", "/a.py"), Some(Path::new("/b.py")));
        assert_eq!(of("y", "/a.py"), None);
        assert_eq!(of("z", "/a.py"), None);
    }
}
