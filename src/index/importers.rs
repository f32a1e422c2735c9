//! Which files import something: the import lines of a whole project, collected once.

use crate::project::Project;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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
