//! The values that the functions return: frozen, comparable by what they say.

use aiolift::edit::Applicability;
use aiolift::report;
use pyo3::prelude::*;
use std::path::Path;

fn shown(path: &Path) -> String {
    path.strip_prefix("./")
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

/// A place with a few words on it.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Note {
    line: usize,
    column: usize,
    text: String,
}

#[pymethods]
impl Note {
    fn __repr__(&self) -> String {
        format!("<Note {}:{}: {}>", self.line, self.column, self.text)
    }
}

/// One site of one transform.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Site {
    path: String,
    line: usize,
    column: usize,
    end_line: usize,
    transform: String,
    outcome: &'static str,
    grade: Option<&'static str>,
    differences: Vec<String>,
    reason: Option<String>,
    message: String,
    evidence: Vec<Note>,
    remedy: Option<String>,
}

impl Site {
    pub(crate) fn of(site: &report::SiteReport) -> Self {
        let evidence = site.evidence.iter().map(|note| Note {
            line: note.line,
            column: note.column,
            text: note.words.clone(),
        });
        Self {
            path: shown(&site.path),
            line: site.line,
            column: site.column,
            end_line: site.end_line,
            transform: site.transform.to_owned(),
            outcome: site.outcome.as_str(),
            grade: site.grade.map(Applicability::as_str),
            differences: site.differences.iter().map(|&id| id.to_owned()).collect(),
            reason: site.reason.map(str::to_owned),
            message: site.message.clone(),
            evidence: evidence.collect(),
            remedy: site.remedy.clone(),
        }
    }
}

#[pymethods]
impl Site {
    fn __repr__(&self) -> String {
        let reason = match &self.reason {
            Some(reason) => format!(" {reason}"),
            None => String::new(),
        };
        format!(
            "<Site {}:{}:{}: {} {}{reason}>",
            self.path, self.line, self.column, self.transform, self.outcome
        )
    }
}

/// A file, or a text, that could not be done.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Failure {
    path: String,
    line: Option<usize>,
    message: String,
    is_bug: bool,
}

impl Failure {
    pub(crate) fn of(error: &report::FileError) -> Self {
        Self {
            path: shown(&error.path),
            line: error.line,
            message: error.message.clone(),
            is_bug: error.is_bug,
        }
    }
}

#[pymethods]
impl Failure {
    fn __repr__(&self) -> String {
        match self.line {
            Some(line) => format!("<Failure {}:{line}: {}>", self.path, self.message),
            None => format!("<Failure {}: {}>", self.path, self.message),
        }
    }
}

/// A file that would change.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileChange {
    path: String,
    before: Vec<u8>,
    after: Vec<u8>,
    diff: String,
}

impl FileChange {
    fn of(change: &report::FileChange) -> Self {
        Self {
            path: shown(&change.path),
            before: change.before.clone(),
            after: change.after.clone(),
            diff: String::from_utf8_lossy(&aiolift::api::diff(change)).into_owned(),
        }
    }
}

#[pymethods]
impl FileChange {
    fn __repr__(&self) -> String {
        format!("<FileChange {}>", self.path)
    }
}

/// What becomes of one text.
#[pyclass(frozen, get_all, eq, module = "aiolift")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rewrite {
    source: String,
    diff: String,
    sites: Vec<Site>,
    notes: Vec<String>,
    failure: Option<Failure>,
}

impl Rewrite {
    pub(crate) fn of(before: String, report: &report::Report) -> Self {
        let change = report.changes.first();
        let after = change.and_then(|change| String::from_utf8(change.after.clone()).ok());
        let diff = change.map(aiolift::api::diff);
        Self {
            source: after.unwrap_or(before),
            diff: String::from_utf8_lossy(&diff.unwrap_or_default()).into_owned(),
            sites: report.sites.iter().map(Site::of).collect(),
            notes: report.notes.iter().map(note).collect(),
            failure: report.errors.first().map(Failure::of),
        }
    }
}

fn note(note: &report::FileError) -> String {
    match note.line {
        Some(line) => format!("{}:{line}: {}", shown(&note.path), note.message),
        None => format!("{}: {}", shown(&note.path), note.message),
    }
}

fn with_outcome(sites: &[Site], outcomes: &[&str]) -> Vec<Site> {
    let wanted = |site: &&Site| outcomes.contains(&site.outcome);
    sites.iter().filter(wanted).cloned().collect()
}

#[pymethods]
impl Rewrite {
    /// The sites that change.
    #[getter]
    fn changes(&self) -> Vec<Site> {
        with_outcome(&self.sites, &["changed"])
    }

    /// The sites that stay, each with its reason, or only change with consent.
    #[getter]
    fn refusals(&self) -> Vec<Site> {
        with_outcome(&self.sites, &["refused", "withheld"])
    }

    fn __repr__(&self) -> String {
        format!(
            "<Rewrite: {} changed, {} refused>",
            self.changes().len(),
            self.refusals().len()
        )
    }
}

/// What would become of files.
#[pyclass(frozen, get_all, eq, module = "aiolift")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Report {
    sites: Vec<Site>,
    files: Vec<FileChange>,
    failures: Vec<Failure>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn of(report: &report::Report) -> Self {
        Self {
            sites: report.sites.iter().map(Site::of).collect(),
            files: report.changes.iter().map(FileChange::of).collect(),
            failures: report.errors.iter().map(Failure::of).collect(),
            notes: report.notes.iter().map(note).collect(),
        }
    }
}

#[pymethods]
impl Report {
    /// The sites that would change.
    #[getter]
    fn changes(&self) -> Vec<Site> {
        with_outcome(&self.sites, &["changed"])
    }

    /// The sites that stay, each with its reason, or only change with consent.
    #[getter]
    fn refusals(&self) -> Vec<Site> {
        with_outcome(&self.sites, &["refused", "withheld"])
    }

    fn __repr__(&self) -> String {
        format!(
            "<Report: {} changed in {} files, {} refused>",
            self.changes().len(),
            self.files.len(),
            self.refusals().len()
        )
    }
}

/// A function.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct FunctionPlace {
    path: String,
    line: usize,
    name: String,
}

impl FunctionPlace {
    fn of(place: &report::FunctionPlace) -> Self {
        Self {
            path: shown(&place.path),
            line: place.line,
            name: place.name.clone(),
        }
    }
}

#[pymethods]
impl FunctionPlace {
    fn __repr__(&self) -> String {
        format!("<FunctionPlace {}:{}: {}>", self.path, self.line, self.name)
    }
}

/// Where a transform found something that needs a coroutine function.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct SitePlace {
    path: String,
    line: usize,
    transform: String,
}

impl SitePlace {
    fn of(place: &report::SitePlace) -> Self {
        Self {
            path: shown(&place.path),
            line: place.line,
            transform: place.transform.to_owned(),
        }
    }
}

#[pymethods]
impl SitePlace {
    fn __repr__(&self) -> String {
        format!(
            "<SitePlace {}:{}: {}>",
            self.path, self.line, self.transform
        )
    }
}

/// Functions that become coroutine functions together.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    sites: Vec<SitePlace>,
    functions: Vec<FunctionPlace>,
    grade: &'static str,
}

#[pymethods]
impl Group {
    fn __repr__(&self) -> String {
        let names: Vec<&str> = self.functions.iter().map(|one| one.name.as_str()).collect();
        format!("<Group: {}>", names.join(", "))
    }
}

/// Why a site stays: what its function cannot become a coroutine function for.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wall {
    site: SitePlace,
    way: Vec<FunctionPlace>,
    path: String,
    line: usize,
    reason: String,
    message: String,
    remedy: Option<String>,
}

#[pymethods]
impl Wall {
    fn __repr__(&self) -> String {
        format!("<Wall {}:{}: {}>", self.path, self.line, self.reason)
    }
}

/// What `asyncify` would do.
#[pyclass(frozen, get_all, eq, module = "aiolift")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    groups: Vec<Group>,
    walls: Vec<Wall>,
    failures: Vec<Failure>,
}

impl Plan {
    pub(crate) fn of(report: &report::Report, outlook: &report::Outlook) -> Self {
        let groups = outlook.groups.iter().map(|group| Group {
            sites: group.sites.iter().map(SitePlace::of).collect(),
            functions: group.functions.iter().map(FunctionPlace::of).collect(),
            grade: group.grade.as_str(),
        });
        let walls = outlook.walls.iter().map(|wall| Wall {
            site: SitePlace::of(&wall.site),
            way: wall.way.iter().map(FunctionPlace::of).collect(),
            path: shown(&wall.path),
            line: wall.line,
            reason: wall.reason.to_owned(),
            message: wall.message.clone(),
            remedy: wall.remedy.clone(),
        });
        Self {
            groups: groups.collect(),
            walls: walls.collect(),
            failures: report.errors.iter().map(Failure::of).collect(),
        }
    }
}

#[pymethods]
impl Plan {
    fn __repr__(&self) -> String {
        format!(
            "<Plan: {} groups, {} walls>",
            self.groups.len(),
            self.walls.len()
        )
    }
}

/// A transform, as `aiolift list` and `aiolift explain` show it.
#[pyclass(frozen, get_all, eq, hash, module = "aiolift")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Transform {
    name: &'static str,
    summary: &'static str,
    offers: &'static str,
    since: &'static str,
    is_default: bool,
    page: &'static str,
}

impl Transform {
    pub(crate) fn of(about: &'static aiolift::transform::About) -> Self {
        Self {
            name: about.id,
            summary: about.summary(),
            offers: about.offers.as_str(),
            since: about.since,
            is_default: about.default,
            page: about.page,
        }
    }
}

#[pymethods]
impl Transform {
    fn __repr__(&self) -> String {
        format!("<Transform {}>", self.name)
    }
}
