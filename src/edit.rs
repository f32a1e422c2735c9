//! What a transform hands back: text edits, import and helper requests, and how sure it is.

use crate::syntax::{TextRange, cst::Rebuilt};
use std::path::PathBuf;

/// How far a change may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// A suggestion for a human, never applied.
    Display,
    /// Valid code whose behaviour may differ; applied only with consent.
    Unsafe,
    /// The program behaves as before, the documented differences aside.
    Safe,
}

impl Applicability {
    /// The word used in output: `safe`, `unsafe`, `display`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Display => "display",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}

/// A replacement of a range of the file (byte offsets of the decoded text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty range inserts.
    pub range: TextRange,
    /// What stands there instead.
    pub text: String,
}

/// A name that must be imported at module level.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportRequest {
    /// `import module`
    Module(String),
    /// `from module import name`, added to an import of that module that is already there.
    From(String, String),
}

/// A private function or class that a change needs once per module.
#[derive(Debug, PartialEq, Eq)]
pub struct Helper {
    /// The module-level name it binds.
    pub name: &'static str,
    /// Its source at column zero, with `\n`, four blanks per level and the word `asyncio` for the
    /// module (and `logging.getLogger` for that function). The engine finds a helper again by comparing this text, white space aside.
    pub source: &'static str,
    /// For modules with annotations: the part of the source that has them, and the same with them.
    /// `Any`, `Awaitable`, `Coroutine` and `TracebackType` stand for these names, and `T` for a type
    /// parameter, which is `Any` before Python 3.12.
    pub annotated: Option<(&'static str, &'static str)>,
}

/// Why a change is not a better one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// A stable kebab-case name of what stands in the way.
    pub reason: &'static str,
    /// One full sentence.
    pub message: String,
    /// Places that show it (ranges of this file), with a few words each.
    pub evidence: Vec<(TextRange, String)>,
    /// The places, in any file, that see the errors of the site and could tell them apart.
    pub callers: Vec<Caller>,
}

impl Remark {
    /// A remark with its reason and a full sentence.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            evidence: Vec::new(),
            callers: Vec::new(),
        }
    }
}

/// A place that sees the errors of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The file.
    pub path: PathBuf,
    /// Its 1-based line, in the file as it is.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// Everything that must happen together for one site.
#[derive(Debug, Clone)]
pub struct Change {
    /// How sure the transform is.
    pub applicability: Applicability,
    /// Ids of the documented differences that apply, such as `D-G1`.
    pub differences: Vec<&'static str>,
    /// The edits, disjoint.
    pub edits: Vec<Edit>,
    /// Names to import.
    pub imports: Vec<ImportRequest>,
    /// Module-level helpers to add, with their text in the words of this file.
    pub helpers: Vec<(&'static Helper, String)>,
    /// Ranges of other sites of the same transform that this change settles too.
    pub covers: Vec<TextRange>,
    /// The change repeats a pattern that reads better as a module-level helper when the module has
    /// several of them; see [`FileView::prefers_helpers`](crate::transform::FileView::prefers_helpers).
    pub repeats: bool,
    /// The change is that of another site, which has the edits: what becomes of it becomes of both.
    pub follows: Option<TextRange>,
    /// Comments inside the edits that are dropped together with the code they describe.
    pub drops_comments: Vec<TextRange>,
    /// Why it is not a better one.
    pub remark: Option<Remark>,
}

impl Change {
    /// A change without edits.
    pub fn new(applicability: Applicability) -> Self {
        Self {
            applicability,
            differences: Vec::new(),
            edits: Vec::new(),
            imports: Vec::new(),
            helpers: Vec::new(),
            covers: Vec::new(),
            repeats: false,
            follows: None,
            drops_comments: Vec::new(),
            remark: None,
        }
    }

    /// Names the documented differences of this change.
    pub fn differs(&mut self, ids: &[&'static str]) {
        for id in ids {
            if !self.differences.contains(id) {
                self.differences.push(id);
            }
        }
    }

    /// Replaces a range.
    pub fn replace(&mut self, range: TextRange, text: impl Into<String>) {
        self.edits.push(Edit {
            range,
            text: text.into(),
        });
    }

    /// Deletes a range.
    pub fn delete(&mut self, range: TextRange) {
        self.replace(range, "");
    }

    /// Replaces whole lines by rebuilt ones.
    pub fn rebuild(&mut self, rebuilt: Rebuilt) {
        self.replace(rebuilt.range, rebuilt.text);
    }

    /// Settles another site of the same transform together with this one.
    pub fn covers(&mut self, site: TextRange) {
        self.covers.push(site);
    }
}
