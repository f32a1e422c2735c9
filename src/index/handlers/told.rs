//! The answer: who could tell.

use crate::syntax::TextRange;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// How much of a place is shown.
const MAX_TEXT: usize = 80;

/// What the callers of a function do with its failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Above {
    /// No one can tell a group from the exception in it.
    Nobody {
        /// Somewhere nothing catches it, and Python reports it.
        uncaught: bool,
    },
    /// These can, by file and line.
    Told(Vec<Told>),
    /// Nobody knows: the end of a sentence.
    Unknown(String),
}

/// A place that could tell a group from the exception in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The file.
    pub path: PathBuf,
    /// Its 1-based line.
    pub line: usize,
    /// The beginning of it.
    pub text: String,
    /// The handler, the item of a `with` statement, or the expression.
    pub range: TextRange,
}

impl Told {
    /// A place of a file.
    pub fn new(path: &Path, text: &str, range: TextRange) -> Self {
        let start = range.start().to_usize();
        let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() + 1;
        Self {
            path: path.to_owned(),
            line,
            text: head(&text[range]),
            range,
        }
    }
}

impl Ord for Told {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |one: &Self| (one.range.start(), one.range.end());
        (&self.path, place(self)).cmp(&(&other.path, place(other)))
    }
}

impl PartialOrd for Told {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first line of a text; an `except` clause goes on to its colon.
fn head(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let head = match text.split_once(':') {
        Some((head, _)) if head.starts_with("except") => format!("{head}:"),
        _ => first.to_owned(),
    };
    let words: Vec<&str> = head.split_whitespace().collect();
    let mut head = words.join(" ").replace("( ", "(");
    head = head.replace(", )", ")").replace(" )", ")");
    if let Some((end, _)) = head.char_indices().nth(MAX_TEXT) {
        head.truncate(end);
        head.push('…');
    }
    head
}
