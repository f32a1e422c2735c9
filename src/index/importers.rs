//! Which files import something: the words of the import lines of a whole project.

use crate::project::Project;
use memchr::memmem::Finder;
use std::ops::Range;
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

static STARTS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["import ", "from "].map(Finder::new));

/// The import lines of a text: `from a.b import c`, `import a`. What stands in brackets goes on over
/// several lines.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let starts = STARTS
        .iter()
        .flat_map(|word| word.find_iter(text.as_bytes()));
    starts.filter_map(|start| Some(start..end_of_line_at(text, start)?))
}

/// Where an import line ends that begins at a place, where `import` or `from` stands, if one does.
pub(super) fn end_of_line_at(text: &str, start: usize) -> Option<usize> {
    let (before, rest) = text.split_at(start);
    let is_import = rest.starts_with("import ") || rest.starts_with("from ");
    let blanks = before.bytes().rev().take_while(|byte| *byte == b' ');
    let code = &before[..start - blanks.count()];
    let begins = code.is_empty() || code.ends_with('\n') || {
        let line = code.rfind('\n').map_or(0, |end| end + 1);
        code[line..].trim_start().is_empty()
    };
    (is_import && begins).then(|| start + end_of_line(rest))
}

/// Where the import line ends that a text begins with.
fn end_of_line(text: &str) -> usize {
    let line_end = |from: usize| {
        let end = memchr::memchr(b'\n', &text.as_bytes()[from..]);
        end.map_or(text.len(), |at| from + at + 1)
    };
    let mut end = line_end(0);
    if !text.starts_with("from ") {
        return end;
    }
    let (mut start, mut open, mut closed) = (0, false, false);
    loop {
        let line = &text[start..end];
        for byte in line.bytes() {
            open |= byte == b'(';
            closed |= byte == b')';
        }
        let goes_on = open && !closed || line.trim_end().ends_with('\\');
        if !goes_on || end == text.len() {
            return end;
        }
        start = end;
        end = line_end(start);
    }
}

/// Whether a word stands in an import line of a text.
pub(super) fn imports(text: &str, word: &str) -> bool {
    lines(text).any(|line| {
        let mut words = text[line].split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|other| other == word)
    })
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
        for word in ["a", "b", "c", "f", "g", "h", "i", "j", "k", "import"] {
            assert!(imports(text, word), "{word}");
        }
        for word in ["d", "e", "l", "x"] {
            assert!(!imports(text, word), "{word}");
        }
    }
}
