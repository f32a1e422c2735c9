//! Runs the ordered list over files. The list runs once; within one transform a file is looked at
//! again only while sites were nested in each other.

use crate::edit::Edit;
use crate::options::Options;
use crate::plan::{self, Verdict};
use crate::project::Project;
use crate::report::{FileChange, FileError, Mark, Note, Outcome, Report, SiteReport};
use crate::rewrite::{self, Origin, Proof};
use crate::source::SourceFile;
use crate::syntax::{Module, Ranged, TextRange, TextSize, Tree};
use crate::transform::{Entry, FileView, Suppression};
use crate::transforms::CATALOG;
use rustc_hash::FxHashSet;
use std::cell::Cell;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The address space reserved for the stack of a worker. The parser grows its own stack, but the
/// visitors and the destructors of a deeply nested tree recurse on this one; only the pages that
/// are touched cost memory.
const STACK: usize = 4 << 30;

/// How often one transform may be repeated on a file whose sites are nested.
const MAX_ROUNDS: usize = 16;

/// A transform list with the options and the project it runs with.
pub struct Pipeline<'p> {
    /// The transforms in execution order.
    pub steps: Vec<&'static Entry>,
    /// What the user asked for.
    pub options: Options,
    /// The project around the files.
    pub project: &'p Project,
}

impl Pipeline<'_> {
    /// Runs the list over files with `jobs` threads. The result does not depend on their number.
    /// `done` is called after every file.
    pub fn run(&self, files: Vec<Decoded>, jobs: usize, done: &(dyn Fn() + Sync)) -> Report {
        let next = AtomicUsize::new(0);
        let queue: Vec<Mutex<Option<Decoded>>> = files
            .into_iter()
            .map(|file| Mutex::new(Some(file)))
            .collect();
        let total = Mutex::new(Report::default());
        let work = || {
            let mut mine = Report::default();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = queue.get(at) else { break };
                let file = slot.lock().ok().and_then(|mut slot| slot.take());
                if let Some(file) = file {
                    mine.absorb(self.file_guarded(file));
                }
                done();
            }
            if let Ok(mut total) = total.lock() {
                total.absorb(mine);
            }
        };
        let jobs = jobs.clamp(1, queue.len().max(1));
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                std::thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, work)
                    .expect("the system can start a thread");
            }
        });
        let mut report = total.into_inner().unwrap_or_default();
        report.sort();
        report
    }

    /// One file; a panic of ours leaves it alone and is reported.
    fn file_guarded(&self, file: Decoded) -> Report {
        let source = match file {
            Decoded::Source(source) => source,
            Decoded::Raw(path, bytes) => match SourceFile::decode(path.clone(), bytes) {
                Ok(source) => source,
                Err(error) => {
                    let error = FileError {
                        path,
                        line: error.line(),
                        message: error.reason(),
                        is_bug: false,
                    };
                    return Report {
                        errors: vec![error],
                        ..Report::default()
                    };
                }
            },
            Decoded::Failed(error) => {
                return Report {
                    errors: vec![error],
                    ..Report::default()
                };
            }
        };
        let path = source.path().to_owned();
        let attempt = std::panic::AssertUnwindSafe(|| self.file(&source));
        std::panic::catch_unwind(attempt).unwrap_or_else(|_| Report {
            errors: vec![bug(&path, None, "it stopped with an internal error")],
            ..Report::default()
        })
    }

    fn file(&self, source: &SourceFile) -> Report {
        let path = source.path();
        let mut state = State::default();
        let mut report = Report::default();
        match self.transformed(source, &mut state) {
            Ok(None) => {}
            Ok(Some(text)) => match self.checked(source, &text, state.complaint.take()) {
                Ok(after) => report.changes.push(FileChange {
                    path: path.to_owned(),
                    before: source.bytes().to_vec(),
                    after,
                    marks: std::mem::take(&mut state.marks),
                }),
                Err(why) => {
                    report.errors.push(bug(path, None, &why));
                    for site in &mut state.sites {
                        if site.outcome == Outcome::Changed {
                            site.outcome = Outcome::Refused;
                            site.reason = Some("internal-error");
                            site.message = format!("The rewrite was dropped: {why}.");
                        }
                    }
                }
            },
            Err(error) => {
                report.errors.push(error);
                return report;
            }
        }
        report.notes = state.notes;
        report.sites = state.sites;
        report
    }

    /// The last checks of a file before it is offered.
    fn checked(
        &self,
        source: &SourceFile,
        text: &str,
        complaint: Option<String>,
    ) -> Result<Vec<u8>, String> {
        if let Some(complaint) = complaint {
            return Err(complaint);
        }
        source
            .encode(text)
            .map_err(|error| format!("the result cannot be encoded: {error}"))
    }

    /// Runs the list over a file and returns the new text, if there is one.
    ///
    /// Parsing dominates the time of a run. Each text is parsed once: the transforms that leave
    /// it alone share one tree, and the parse that proves a result is the one the next transform
    /// works on.
    fn transformed(
        &self,
        source: &SourceFile,
        state: &mut State,
    ) -> Result<Option<String>, FileError> {
        let path = source.path();
        let text = source.text();
        let original = Module::parse(text, self.options.target).map_err(|error| {
            let (line, _) = source.line_column(error.offset);
            FileError {
                path: path.to_owned(),
                line: Some(line),
                message: syntax_message(text, &error.message),
                is_bug: false,
            }
        })?;
        let tree = Tree::new(&original);
        let mut next = self
            .advance(source, &tree, &tree, state)
            .map_err(|why| bug(path, None, &why))?;
        let mut last = None;
        if next.is_some() {
            let proof = Proof::of(&tree);
            while let Some(text) = next {
                next = self
                    .continued(source, &tree, &proof, &text, state)
                    .map_err(|why| bug(path, None, &why))?;
                last = Some(text);
            }
        }
        self.merge_fallbacks(&mut state.sites);
        for (at, suppression) in suppressions(&tree).iter().enumerate() {
            if !state.suppressed.used.contains(&at) && self.could_use(suppression) {
                let (line, _) = source.line_column(suppression.comment.start().to_usize());
                state.notes.push(FileError {
                    path: path.to_owned(),
                    line: Some(line),
                    message: "This `# aiolift: keep` comment keeps nothing; remove it.".to_owned(),
                    is_bug: false,
                });
            }
        }
        Ok(last.filter(|last| last != text))
    }

    /// Proves a new text and goes on with it; the result is the text after that, if any.
    fn continued(
        &self,
        source: &SourceFile,
        original: &Tree<'_>,
        proof: &Proof<'_>,
        text: &str,
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let blame = |state: &State, why: String| match state.author {
            Some(step) => format!("`{step}`: {why}"),
            None => why,
        };
        let module = Module::parse(text, self.options.target).map_err(|error| {
            let why = format!("the result does not parse: {}", error.message);
            blame(state, why)
        })?;
        let tree = Tree::new(&module);
        proof
            .holds(&tree, &state.dropped_comments)
            .map_err(|why| blame(state, why))?;
        let next = self.advance(source, original, &tree, state)?;
        if next.is_none() && self.would_change(source, &tree) {
            state.complaint = Some("a second run would change it again".to_owned());
        }
        Ok(next)
    }

    /// Goes on with the list, from where it stands, until the text changes or the list is done.
    fn advance(
        &self,
        source: &SourceFile,
        original: &Tree<'_>,
        tree: &Tree<'_>,
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let keeps = suppressions(tree);
        while let Some(step) = self.steps.get(state.step) {
            if state.round > 0 || is_mentioned(step, tree) {
                let changed = self
                    .step(step, source, tree, &keeps, state)
                    .map_err(|why| format!("`{}`: {why}", step.about.id))?;
                if changed.is_some() {
                    state.author = Some(step.about.id);
                    return Ok(changed);
                }
            }
            state.step += 1;
            state.round = 0;
        }
        state.author = None;
        if std::ptr::eq(original, tree) {
            return Ok(None);
        }
        let is_package = source
            .path()
            .file_name()
            .is_some_and(|name| name == "__init__.py");
        while let Some(left_over) = LEFT_OVERS.get(state.cleaned) {
            state.cleaned += 1;
            let mut edits = left_over(original, tree, &state.origin, is_package);
            if edits.is_empty() {
                continue;
            }
            let cleaned = rewrite::apply(tree.text(), &mut edits);
            let marks: Vec<Mark> = edits
                .iter()
                .filter_map(|edit| {
                    let why = state.marks.last()?;
                    Some(self.mark(source, &state.origin, edit.range, why.clone()))
                })
                .collect();
            state.marks.extend(marks);
            state.origin.push(&edits);
            return Ok(Some(cleaned));
        }
        Ok(None)
    }

    /// Whether the list would change its own result.
    fn would_change(&self, source: &SourceFile, tree: &Tree<'_>) -> bool {
        let keeps = suppressions(tree);
        self.steps.iter().any(|step| {
            if !is_mentioned(step, tree) {
                return false;
            }
            let view = self.view(step, source, tree, &keeps);
            let plan = plan::accept(step.examine(&view), step.about.id, &self.options);
            if plan.accepted.is_empty() {
                return false;
            }
            let mut edits = crate::imports::requested(tree, &plan.accepted);
            edits.extend(plan.accepted.into_iter().flat_map(|change| change.edits));
            rewrite::apply(tree.text(), &mut edits) != tree.text()
        })
    }

    fn view<'v>(
        &'v self,
        step: &Entry,
        source: &'v SourceFile,
        tree: &'v Tree<'v>,
        keeps: &'v [Suppression],
    ) -> FileView<'v> {
        FileView::new(
            tree,
            source.path(),
            &self.options,
            self.project,
            step.about,
            keeps,
        )
    }

    /// Whether the transforms that a `keep` comment is about are among those that run.
    fn could_use(&self, keep: &Suppression) -> bool {
        let runs = |name: &str| self.steps.iter().any(|step| step.about.id == name);
        if keep.names.is_empty() {
            let mut defaults = CATALOG.entries().iter().filter(|entry| entry.about.default);
            return defaults.all(|entry| runs(entry.about.id));
        }
        let is_known = |name: &str| CATALOG.get(name).is_some();
        keep.names.iter().any(|name| runs(name) || !is_known(name))
    }

    /// Runs one transform once; the result is the new text, if it has changed anything. While
    /// sites are nested the round goes up and the same transform is to be run again.
    fn step(
        &self,
        step: &'static Entry,
        source: &SourceFile,
        tree: &Tree<'_>,
        keeps: &[Suppression],
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let findings = step.examine(&self.view(step, source, tree, keeps));
        state.suppressed.record(keeps);
        if findings.is_empty() {
            return Ok(None);
        }
        let plan = plan::accept(findings, step.about.id, &self.options);
        let postponed = plan
            .verdicts
            .iter()
            .any(|(_, verdict)| matches!(verdict, Verdict::Postponed));
        let fixpoint = plan.accepted.is_empty();
        for (site, verdict) in plan.verdicts {
            // While sites are nested, the others are looked at again in the next round.
            let settled = matches!(verdict, Verdict::Applied { .. });
            if postponed && !settled && !fixpoint {
                continue;
            }
            if let Verdict::Postponed = verdict {
                return Err("two of its changes overlap".to_owned());
            }
            let report = self.site(source, &state.origin, tree, step, site, verdict);
            state.sites.push(report);
        }
        if fixpoint {
            return Ok(None);
        }
        let mut edits = crate::imports::requested(tree, &plan.accepted);
        for edit in &edits {
            let Some(change) = plan
                .accepted
                .iter()
                .find(|c| !c.imports.is_empty() || !c.helpers.is_empty())
            else {
                continue;
            };
            let mark = mark_of(step, change);
            state
                .marks
                .push(self.mark(source, &state.origin, edit.range, mark));
        }
        for change in &plan.accepted {
            for comment in &change.drops_comments {
                state
                    .dropped_comments
                    .push(tree.slice(*comment).trim_end().to_owned());
            }
            for edit in &change.edits {
                let mark = mark_of(step, change);
                state
                    .marks
                    .push(self.mark(source, &state.origin, edit.range, mark));
                edits.push(Edit::clone(edit));
            }
        }
        let new = rewrite::apply(tree.text(), &mut edits);
        state.origin.push(&edits);
        if postponed {
            state.round += 1;
            if state.round == MAX_ROUNDS {
                return Err("it does not come to an end".to_owned());
            }
        } else {
            state.step += 1;
            state.round = 0;
        }
        Ok(Some(new))
    }

    /// A site that one transform refuses and its fallback finds, too, is one site: the fallback's.
    /// Where the fallback changes it, the reason of the refusal stays with it as a remark.
    fn merge_fallbacks(&self, sites: &mut Vec<SiteReport>) {
        for step in &self.steps {
            let Some(fallback) = step.fallback else {
                continue;
            };
            let (refused, mut kept): (Vec<SiteReport>, Vec<SiteReport>) =
                std::mem::take(sites).into_iter().partition(|site| {
                    site.transform == step.about.id && site.outcome == Outcome::Refused
                });
            for first in refused {
                let second = kept.iter_mut().find(|site| {
                    site.transform == fallback
                        && (site.line, site.column) == (first.line, first.column)
                });
                match second {
                    None => kept.push(first),
                    Some(site) if site.reason.is_none() => {
                        site.reason = first.reason;
                        site.message = first.message;
                        site.evidence = first.evidence;
                        site.remedy = first.remedy;
                    }
                    Some(_) => {}
                }
            }
            *sites = kept;
        }
    }

    fn mark(&self, source: &SourceFile, origin: &Origin, range: TextRange, mark: Mark) -> Mark {
        let at = origin.of(range);
        let (first_line, _) = source.line_column(at.start().to_usize());
        let last = if at.is_empty() {
            first_line.saturating_sub(1)
        } else {
            source.line_column(at.end().to_usize() - 1).0
        };
        Mark {
            first_line,
            last_line: last,
            ..mark
        }
    }

    fn site(
        &self,
        source: &SourceFile,
        origin: &Origin,
        tree: &Tree<'_>,
        step: &'static Entry,
        site: TextRange,
        verdict: Verdict,
    ) -> SiteReport {
        let at = origin.of(site);
        let (line, column) = source.line_column(at.start().to_usize());
        let (end_line, _) = source.line_column(at.end().to_usize());
        let mut report = SiteReport {
            path: source.path().to_owned(),
            line,
            column,
            end_line,
            transform: step.about.id,
            outcome: Outcome::Changed,
            grade: None,
            differences: Vec::new(),
            reason: None,
            message: step.about.summary().to_owned(),
            evidence: Vec::new(),
            remedy: None,
        };
        match verdict {
            Verdict::Applied { grade, differences } => {
                report.grade = Some(grade);
                report.differences = differences;
            }
            Verdict::Withheld { grade, differences } => {
                report.outcome = Outcome::Withheld;
                report.grade = Some(grade);
                report.differences = differences;
            }
            Verdict::Refused(refusal) => {
                report.outcome = if refusal.kept {
                    Outcome::Kept
                } else {
                    Outcome::Refused
                };
                report.reason = Some(refusal.reason);
                report.message = refusal.message;
                report.remedy = refusal.remedy;
                for (range, words) in refusal.evidence {
                    let whole = TextRange::up_to(TextSize::of(tree.text()));
                    let range = whole.intersect(range).unwrap_or(site);
                    let (line, column) = source.line_column(origin.of(range).start().to_usize());
                    report.evidence.push(Note {
                        line,
                        column,
                        words,
                    });
                }
            }
            Verdict::Postponed => {}
        }
        report
    }
}

/// A file to run over, or why it could not be read.
pub enum Decoded {
    /// A decoded file.
    Source(SourceFile),
    /// A file as it was read.
    Raw(std::path::PathBuf, Vec<u8>),
    /// What is wrong with it.
    Failed(FileError),
}

/// Finds what the rewrites have left without a reader, from the tree before all of them and the
/// tree after; the last argument says whether the file is an `__init__.py`.
type LeftOver = fn(&Tree<'_>, &Tree<'_>, &Origin, bool) -> Vec<Edit>;

/// What is removed once the list is through, in order.
const LEFT_OVERS: &[LeftOver] = &[
    // The loops first: the name of the module may be read by nothing else.
    |before, after, origin, _| crate::dead_loops::unread(before, after, origin),
    |before, after, _, is_package| crate::imports::unused(before, after, is_package),
];

/// One file on its way through the list.
#[derive(Default)]
struct State {
    /// The transform that is next, and how often it has been repeated because of nested sites.
    step: usize,
    round: usize,
    /// How many of the [`LEFT_OVERS`] have been looked for.
    cleaned: usize,
    /// The transform that made the current text.
    author: Option<&'static str>,
    /// Why the result must not be offered.
    complaint: Option<String>,
    suppressed: SuppressionUse,
    origin: Origin,
    sites: Vec<SiteReport>,
    marks: Vec<Mark>,
    notes: Vec<FileError>,
    dropped_comments: Vec<String>,
}

/// Whether a text has a word without which the transform has nothing to do.
fn is_mentioned(step: &Entry, tree: &Tree<'_>) -> bool {
    let text = tree.text().as_bytes();
    step.about
        .mentions
        .iter()
        .any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

fn mark_of(step: &Entry, change: &crate::edit::Change) -> Mark {
    Mark {
        first_line: 0,
        last_line: 0,
        transform: step.about.id,
        grade: change.applicability,
        differences: change.differences.clone(),
    }
}

fn bug(path: &Path, line: Option<usize>, why: &str) -> FileError {
    FileError {
        path: path.to_owned(),
        line,
        message: format!(
            "This is a mistake of aiolift: {why}. The file is left as it is; please report it with the file."
        ),
        is_bug: true,
    }
}

fn syntax_message(text: &str, parser: &str) -> String {
    let python2 = text.lines().any(|line| {
        let line = line.trim_start();
        (line.starts_with("print ") && line[6..].trim_start().starts_with(['"', '\'', '%']))
            || line.starts_with("except ") && line.contains(", e:")
            || line.starts_with("exec \"")
    });
    if python2 {
        format!("This looks like Python 2 ({parser}). Convert it to Python 3 first, or exclude it.")
    } else {
        format!("This is not valid Python: {parser}. Correct the syntax or exclude the file.")
    }
}

/// Remembers which `keep` comments kept something, across the texts of one file: by their place
/// among those comments, which stays while lines move.
#[derive(Default)]
struct SuppressionUse {
    used: FxHashSet<usize>,
}

impl SuppressionUse {
    fn record(&mut self, keeps: &[Suppression]) {
        let used = keeps.iter().enumerate().filter(|(_, keep)| keep.used.get());
        self.used.extend(used.map(|(at, _)| at));
    }
}

/// The `# aiolift: keep` and `# aiolift: keep[name, …]` comments of a file. One on the first line
/// of a statement, or alone on the lines right above it, covers the statement.
pub(crate) fn suppressions(tree: &Tree<'_>) -> Vec<Suppression> {
    if !tree.text().contains("aiolift:") {
        return Vec::new();
    }
    let whole = TextRange::up_to(TextSize::of(tree.text()));
    tree.comments_in(whole)
        .into_iter()
        .filter_map(|comment| {
            let text = tree.slice(comment).trim_start_matches('#').trim();
            let rest = text
                .strip_prefix("aiolift:")?
                .trim_start()
                .strip_prefix("keep")?;
            let names = match rest.strip_prefix('[') {
                Some(list) => list
                    .split(']')
                    .next()?
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .collect(),
                None => Vec::new(),
            };
            Some(Suppression {
                comment,
                names,
                covers: covered(tree, comment),
                used: Cell::new(false),
            })
        })
        .collect()
}

fn covered(tree: &Tree<'_>, comment: TextRange) -> TextRange {
    let line = tree.line_start(comment.start());
    let own_line = tree.text()[line.to_usize()..comment.start().to_usize()]
        .trim()
        .is_empty();
    let statements = || {
        tree.ids()
            .map(|id| tree.node(id))
            .filter(|node| node.is_statement())
            .map(|node| node.range())
    };
    if own_line {
        return statements()
            .find(|range| range.start() >= comment.end())
            .unwrap_or(comment);
    }
    let end = tree.line_end(comment.end());
    statements()
        .find(|range| line <= range.start() && range.start() < end)
        .or_else(|| {
            statements()
                .filter(|range| range.contains_range(comment))
                .last()
        })
        .unwrap_or(comment)
}
