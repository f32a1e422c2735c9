//! What happened, in the user's words, without references into the parts that did it.

use crate::edit::Applicability;
use crate::fingerprint::Fingerprint;
use rustc_hash::FxHashMap;
use std::path::PathBuf;

/// How one site ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The site is rewritten.
    Changed,
    /// The rewrite needs consent (`--unsafe`).
    Withheld,
    /// The site stays; the reason says why.
    Refused,
    /// The site stays and is fine: a comment asks for it, or nothing is gained.
    Kept,
}

impl Outcome {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Withheld => "withheld",
            Self::Refused => "refused",
            Self::Kept => "kept",
        }
    }
}

/// A place in a file with a few words on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// A few words.
    pub words: String,
}

/// One site of one transform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteReport {
    /// The file, as it was named by the caller or found below it.
    pub path: PathBuf,
    /// 1-based line of the original file.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// The last line of the site.
    pub end_line: usize,
    /// The column behind its last character.
    pub end_column: usize,
    /// The id of the transform.
    pub transform: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// The grade of the change, for changed and withheld sites.
    pub grade: Option<Applicability>,
    /// Ids of the documented differences of the change.
    pub differences: Vec<&'static str>,
    /// The reason code, for refused and kept sites; for a changed one, why a better rewrite was not
    /// possible.
    pub reason: Option<&'static str>,
    /// One sentence.
    pub message: String,
    /// Places that show the reason.
    pub evidence: Vec<Note>,
    /// What would make the site convertible.
    pub remedy: Option<String>,
    /// The line and the column of the site of the same transform whose change settles this one.
    pub settled_at: Option<(usize, usize)>,
    /// What it is recognised by when its lines move.
    pub fingerprint: Fingerprint,
    /// Where else, in any file, the errors of the site are seen, for a change that is not a better
    /// one because of that.
    pub callers: Vec<CallerReport>,
}

/// A place that sees the errors of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerReport {
    /// The file.
    pub path: PathBuf,
    /// 1-based.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// The lines of the original file that one change rewrites, for the headings of a diff.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// First line (1-based) of the original file.
    pub first_line: usize,
    /// Last line; one less than `first_line` for a pure insertion.
    pub last_line: usize,
    /// The id of the transform.
    pub transform: &'static str,
    /// The grade of the change.
    pub grade: Applicability,
    /// Ids of the documented differences.
    pub differences: Vec<&'static str>,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: PathBuf,
    /// The bytes it has.
    pub before: Vec<u8>,
    /// The bytes it would have.
    pub after: Vec<u8>,
    /// Which change rewrites which lines.
    pub marks: Vec<Mark>,
    /// Files with the same number are written together or not at all.
    pub group: Option<usize>,
}

/// A file that could not be done, or a mistake of this program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// 1-based, when known.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether it is a mistake of this program: the file was left alone and should be reported.
    pub is_bug: bool,
}

/// The outcome of a run over some files, sorted by path and position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every site.
    pub sites: Vec<SiteReport>,
    /// Every file that changes.
    pub changes: Vec<FileChange>,
    /// Every file that could not be done.
    pub errors: Vec<FileError>,
    /// Remarks that need no action, such as suppressions that suppress nothing.
    pub notes: Vec<FileError>,
}

impl Report {
    /// Takes over the content of another report.
    pub fn absorb(&mut self, other: Self) {
        self.sites.extend(other.sites);
        self.changes.extend(other.changes);
        self.errors.extend(other.errors);
        self.notes.extend(other.notes);
    }

    /// Puts everything in the order of paths and positions.
    pub fn sort(&mut self) {
        self.sites.sort_by(|a, b| {
            (&a.path, a.line, a.column, a.transform).cmp(&(&b.path, b.line, b.column, b.transform))
        });
        self.number();
        self.changes.sort_by(|a, b| a.path.cmp(&b.path));
        self.errors.sort();
        self.notes.sort();
    }

    /// Counts the sites of one file that have the same content.
    fn number(&mut self) {
        let mut seen: FxHashMap<u64, usize> = FxHashMap::default();
        for sites in self.sites.chunk_by_mut(|a, b| a.path == b.path) {
            seen.clear();
            for site in sites {
                let count = seen.entry(site.fingerprint.content).or_default();
                *count += 1;
                site.fingerprint.ordinal = *count;
            }
        }
    }

    /// How many sites ended in a way.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.sites
            .iter()
            .filter(|site| site.outcome == outcome)
            .count()
    }
}

/// What would be lifted, and why the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The groups that are lifted, each one as a whole.
    pub groups: Vec<Chain>,
    /// The sites whose functions stay.
    pub walls: Vec<Wall>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionPlace {
    /// The file.
    pub path: PathBuf,
    /// The 1-based line of the definition.
    pub line: usize,
    /// `Report.load`.
    pub name: String,
}

/// A site that needs its function to be a coroutine function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SitePlace {
    /// The file.
    pub path: PathBuf,
    /// 1-based.
    pub line: usize,
    /// The transform whose site it is.
    pub transform: &'static str,
}

/// Functions that become coroutine functions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The sites that ask for it.
    pub sites: Vec<SitePlace>,
    /// The functions.
    pub functions: Vec<FunctionPlace>,
    /// Those of them that are put beside a plain one, which stays, by their places.
    pub twins: Vec<usize>,
    /// Who is called by whom, by their places among the functions.
    pub edges: Vec<(usize, usize)>,
    /// The calls that are awaited, by file and line.
    pub calls: Vec<(PathBuf, usize)>,
    /// Where those that are put beside a plain one are given on to other modules.
    pub exports: Vec<(PathBuf, usize)>,
    /// Where stubs declare the functions.
    pub stubs: Vec<(PathBuf, usize)>,
    /// The calls of functions that stay plain, which are waited for in a thread.
    pub threads: Vec<(PathBuf, usize)>,
    /// The places that start the event loop.
    pub starts: Vec<(PathBuf, usize)>,
    /// How sure it is.
    pub grade: Applicability,
}

/// Why a site stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// The site.
    pub site: SitePlace,
    /// From its function to the one that cannot be a coroutine function.
    pub way: Vec<FunctionPlace>,
    /// Where the wall is.
    pub path: PathBuf,
    /// Its 1-based line.
    pub line: usize,
    /// The reason code.
    pub reason: &'static str,
    /// The end of a sentence.
    pub message: String,
    /// What would remove it.
    pub remedy: Option<String>,
    /// With `--all-walls`: the walls behind it.
    pub beyond: Vec<Beyond>,
}

/// A wall behind the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// The function that it keeps plain.
    pub function: FunctionPlace,
    /// Where it is.
    pub path: PathBuf,
    /// Its 1-based line.
    pub line: usize,
    /// The reason code.
    pub reason: &'static str,
    /// The end of a sentence.
    pub message: String,
    /// What would remove it.
    pub remedy: Option<String>,
}
