//! The ordered list over the text of one file.

use super::Pipeline;
use super::asyncify::{Lifted, Wish};
use super::choice::ties;
use super::keep::{SuppressionUse, may_keep, suppressions};
use crate::edit::Edit;
use crate::plan::{self, Verdict};
use crate::propagation;
use crate::report::{FileError, Mark, SiteReport};
use crate::rewrite::{self, Origin, Proof};
use crate::source::SourceFile;
use crate::syntax::{AnyNodeRef, Module, NodeId, Ranged, Syntax, TextRange, TextSize, Tree};
use crate::transform::{Entry, FileView, Refusal, Suppression};
use crate::transforms::CATALOG;

/// How often one transform may be repeated on a file.
const ROUNDS: usize = 16;

/// One file on its way through the list.
#[derive(Default)]
pub(super) struct State {
    /// The transform that is next, and how often it has been repeated while sites are left.
    step: usize,
    round: usize,
    /// How often it may be repeated at most.
    rounds: usize,
    /// How many of the [`LEFT_OVERS`] have been looked for.
    cleaned: usize,
    /// The transform that made the current text.
    author: Option<&'static str>,
    /// Why the result must not be offered.
    pub(super) complaint: Option<String>,
    /// What is wrong with a step that a user brings.
    pub(super) failed_step: Option<String>,
    /// The last place of the list at which such a step has changed the text. What comes before it
    /// may find something in the result.
    brought: usize,
    suppressed: SuppressionUse,
    origin: Origin,
    pub(super) sites: Vec<SiteReport>,
    pub(super) marks: Vec<Mark>,
    pub(super) notes: Vec<FileError>,
    /// What is done to the text before the list runs.
    pub(super) lifted: Option<Lifted>,
    /// The sites that need their function to be a coroutine function.
    pub(super) wishes: Vec<Wish>,
    /// The calls that must not be awaited.
    pub(super) lessons: Vec<(TextRange, Refusal)>,
    dropped_comments: Vec<String>,
}

impl State {
    /// The functions of a text that only ever one task runs.
    fn alone(&self, tree: &Tree<'_>) -> Vec<NodeId> {
        let Some(lifted) = &self.lifted else {
            return Vec::new();
        };
        let is_alone = |id: &NodeId| match tree.node(*id) {
            AnyNodeRef::StmtFunctionDef(function) => {
                let name = self.origin.of(function.name.range);
                lifted.alone.contains(&name)
            }
            _ => false,
        };
        tree.ids().filter(is_alone).collect()
    }
}

impl Pipeline<'_> {
    /// Runs the list over a parsed file and returns the new text, if there is one. The error says
    /// which mistake of ours stopped it.
    ///
    /// Parsing dominates the time of a run. Each text is parsed once: the transforms that leave
    /// it alone share one tree, and the parse that proves a result is the one the next transform
    /// works on.
    pub(super) fn transformed(
        &self,
        source: &SourceFile,
        module: &Module<'_>,
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let has_sites = |step: &&Entry| step.about.may_have_sites(module);
        let has_keep = may_keep(module.text);
        if !self.steps.iter().any(has_sites) && !has_keep && state.lifted.is_none() {
            return Ok(None);
        }
        let tree = Tree::new(module);
        let mut next = self.lift(source, &tree, state);
        if next.is_none() {
            let keeps = suppressions(&tree);
            let view = self.view(source, (&tree, &tree), &keeps, state.alone(&tree));
            next = self.advance(source, &view, &keeps, state)?;
        }
        let mut last: Option<String> = None;
        if next.is_some() {
            let proof = Proof::of(&tree);
            let mut syntax: Option<Syntax> = None;
            while let Some(text) = next {
                let edits = state.origin.last();
                let result = match (&last, syntax.take()) {
                    (Some(before), Some(syntax)) => {
                        syntax.edited(before, &text, edits, self.options.target)
                    }
                    _ => module.edited(&text, edits, self.options.target),
                };
                let result = result.map_err(|error| {
                    let why = format!("the result does not parse: {}", error.message);
                    self.blamed(state, why)
                })?;
                next = self.continued(source, &tree, &proof, &result, state)?;
                if next.is_some() {
                    syntax = Some(result.into_syntax());
                }
                last = Some(text);
            }
        }
        self.merge_fallbacks(&mut state.sites);
        for (at, suppression) in suppressions(&tree).iter().enumerate() {
            if !state.suppressed.used.contains(&at) && self.could_use(suppression) {
                let (line, _) = source.line_column(suppression.comment.start().to_usize());
                state.notes.push(FileError {
                    path: source.path().to_owned(),
                    line: Some(line),
                    message: "This `# aiolift: keep` comment keeps nothing; remove it.".to_owned(),
                    is_bug: false,
                });
            }
        }
        Ok(last.filter(|last| last != source.text()))
    }

    /// Makes the edits that lift functions, which come before everything else.
    fn lift(&self, source: &SourceFile, tree: &Tree<'_>, state: &mut State) -> Option<String> {
        let lifted = state.lifted.as_ref()?;
        let mut edits = lifted.edits.clone();
        let mark = Mark {
            first_line: 0,
            last_line: 0,
            transform: propagation::ID,
            grade: lifted.grade,
            differences: lifted.differences.clone(),
        };
        for edit in &edits {
            state
                .marks
                .push(self.mark(source, &state.origin, edit.range, mark.clone()));
        }
        let entry = CATALOG.get(propagation::ID)?;
        for function in &lifted.functions {
            let verdict = Verdict::Applied {
                grade: lifted.grade,
                differences: lifted.differences.clone(),
                remark: None,
            };
            let site = self.site(source, &state.origin, tree, entry, *function, verdict);
            state.sites.push(site);
        }
        let text = rewrite::apply(tree.text(), &mut edits);
        state.origin.push(&edits);
        state.author = Some(propagation::ID);
        Some(text)
    }

    /// Whether each call that is awaited now may be interrupted there.
    fn check_awaits(&self, source: &SourceFile, tree: &Tree<'_>, state: &mut State) {
        let (Some(lifted), Some(entry)) = (&state.lifted, CATALOG.get(propagation::ID)) else {
            return;
        };
        let view = self.view(source, (tree, tree), &[], state.alone(tree));
        let view = view.for_transform(entry.about);
        for id in tree.ids() {
            let AnyNodeRef::ExprCall(call) = tree.node(id) else {
                continue;
            };
            let call = state.origin.of(call.range());
            if lifted.calls.contains(&call)
                && let Err(refusal) = view.await_insertion(id)
            {
                state.lessons.push((call, refusal));
            }
        }
    }

    /// Proves a new text and goes on with it; what comes out is the text after that, if any.
    fn continued(
        &self,
        source: &SourceFile,
        original: &Tree<'_>,
        proof: &Proof<'_>,
        result: &Module<'_>,
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let tree = Tree::new(result);
        let holds = proof.holds(&tree, &state.dropped_comments);
        holds.map_err(|why| self.blamed(state, why))?;
        if state.author == Some(propagation::ID) {
            self.check_awaits(source, &tree, state);
        }
        let keeps = suppressions(&tree);
        let view = self.view(source, (original, &tree), &keeps, state.alone(&tree));
        let next = self.advance(source, &view, &keeps, state)?;
        if next.is_none() && self.would_change(source, &view, state) {
            state.complaint = Some("a second run would change it again".to_owned());
        }
        Ok(next)
    }

    /// What is said about a text that must not be: whose mistake it is.
    fn blamed(&self, state: &mut State, why: String) -> String {
        let Some(author) = state.author else {
            return why;
        };
        let mut steps = self.steps.iter();
        if steps.any(|step| step.about.id == author && step.is_brought()) {
            state.failed_step = Some(format!("`{author}`: {why}"));
        }
        format!("`{author}`: {why}")
    }

    /// Takes down the sites of the transforms whose turn did not come, as they are in the original
    /// text.
    pub(super) fn take_down_rest(&self, source: &SourceFile, state: &mut State) {
        let Ok(module) = Module::parse(source.text(), self.options.target) else {
            return;
        };
        let tree = Tree::new(&module);
        let keeps = suppressions(&tree);
        let view = self.view(source, (&tree, &tree), &keeps, Vec::new());
        let origin = Origin::default();
        for step in self.steps.iter().skip(state.step) {
            if step.is_brought() || !view.may_have_sites(step.about) {
                continue;
            }
            let view = view.for_transform(step.about);
            let attempt = std::panic::AssertUnwindSafe(|| step.examine(&view));
            let Ok(Ok(findings)) = std::panic::catch_unwind(attempt) else {
                continue;
            };
            let findings = self.chosen(step, source, &origin, findings);
            let plan = plan::accept(findings, step.about.id, &self.options);
            for (site, verdict) in plan.verdicts {
                let report = self.site(source, &origin, &tree, step, site, verdict);
                let is_known = |other: &SiteReport| {
                    (other.transform, other.line, other.column)
                        == (report.transform, report.line, report.column)
                };
                if !state.sites.iter().any(is_known) {
                    state.sites.push(report);
                }
            }
        }
    }

    /// Goes on with the list, from where it stands, until the text changes or the list is done.
    fn advance(
        &self,
        source: &SourceFile,
        view: &FileView<'_>,
        keeps: &[Suppression],
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let (original, tree) = (view.before, view.tree);
        while let Some(step) = self.steps.get(state.step) {
            if state.round > 0 || view.may_have_sites(step.about) {
                let place = state.step;
                let changed = self
                    .step(step, source, view, keeps, state)
                    .map_err(|why| format!("`{}`: {why}", step.about.id))?;
                if changed.is_some() {
                    state.author = Some(step.about.id);
                    if step.is_brought() {
                        state.brought = place;
                    }
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
    fn would_change(&self, source: &SourceFile, view: &FileView<'_>, state: &State) -> bool {
        let tree = view.tree;
        // What a user brings need not come to an end, and may make work for what comes before it.
        self.steps.iter().skip(state.brought).any(|step| {
            if step.is_brought() || !view.may_have_sites(step.about) {
                return false;
            }
            let view = view.for_transform(step.about);
            let findings = step.examine(&view).unwrap_or_default();
            let findings = self.chosen(step, source, &state.origin, findings);
            let plan = plan::accept(findings, step.about.id, &self.options);
            if plan.accepted.is_empty() {
                return false;
            }
            let mut edits = crate::imports::requested(tree, &plan.accepted);
            edits.extend(plan.accepted.into_iter().flat_map(|change| change.edits));
            rewrite::apply(tree.text(), &mut edits) != tree.text()
        })
    }

    /// The file for whoever looks first; [`FileView::for_transform`] is the same for another one.
    fn view<'v>(
        &'v self,
        source: &'v SourceFile,
        (original, tree): (&'v Tree<'v>, &'v Tree<'v>),
        keeps: &'v [Suppression],
        alone: Vec<NodeId>,
    ) -> FileView<'v> {
        let mut view = FileView::new(
            tree,
            source.path(),
            &self.options,
            self.project,
            self.steps
                .first()
                .map_or(CATALOG.entries()[0].about, |step| step.about),
            keeps,
        );
        view.before = original;
        view.alone = alone;
        view
    }

    /// Runs one transform once; the result is the new text, if it has changed anything. While
    /// sites are left the round goes up and the same transform is to be run again.
    fn step(
        &self,
        step: &'static Entry,
        source: &SourceFile,
        view: &FileView<'_>,
        keeps: &[Suppression],
        state: &mut State,
    ) -> Result<Option<String>, String> {
        let tree = view.tree;
        let findings = step
            .examine(&view.for_transform(step.about))
            .map_err(|why| {
                state.failed_step = Some(format!("`{}`: {why}", step.about.id));
                why
            })?;
        let findings = self.chosen(step, source, &state.origin, findings);
        state.suppressed.record(keeps);
        if findings.is_empty() {
            return Ok(None);
        }
        let ties = ties(&findings);
        let plan = plan::accept(findings, step.about.id, &self.options);
        let postponed = plan
            .verdicts
            .iter()
            .any(|(_, verdict)| matches!(verdict, Verdict::Postponed));
        // A site may be refused because of another one that is changed in this round.
        let unsettled = postponed
            || plan
                .verdicts
                .iter()
                .any(|(_, verdict)| matches!(verdict, Verdict::Refused(refusal) if !refusal.kept));
        let fixpoint = plan.accepted.is_empty();
        if state.round == 0 {
            // Every round changes a site at least, so more rounds than sites are a mistake.
            state.rounds = ROUNDS.max(plan.verdicts.len() + 1);
        }
        let last_round = state.round + 1 == state.rounds;
        for (site, verdict) in plan.verdicts {
            // What stays is looked at again in the next round.
            let settled = matches!(verdict, Verdict::Applied { .. });
            if unsettled && !settled && !fixpoint && !last_round {
                continue;
            }
            let wish = wish(tree, &state.origin, &verdict).filter(|_| {
                // Tests gain nothing when their own requests wait in a thread.
                !self.options.waits_in_threads()
                    || !propagation::test_code::is_test_code(source.path(), tree)
            });
            let mut report = self.site(source, &state.origin, tree, step, site, verdict);
            report.settled_at = ties.get(&site).map(|leader| {
                let at = state.origin.of(*leader).start();
                source.line_column(at.to_usize())
            });
            if let Some((function, in_block)) = wish {
                state.wishes.push(Wish {
                    path: report.path.clone(),
                    transform: report.transform,
                    line: report.line,
                    column: report.column,
                    function,
                    in_block,
                });
            }
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
        if last_round && postponed {
            return Err("it does not come to an end".to_owned());
        }
        if unsettled && !last_round {
            state.round += 1;
        } else {
            state.step += 1;
            state.round = 0;
        }
        Ok(Some(new))
    }
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

fn mark_of(step: &Entry, change: &crate::edit::Change) -> Mark {
    Mark {
        first_line: 0,
        last_line: 0,
        transform: step.about.id,
        grade: change.applicability,
        differences: change.differences.clone(),
    }
}

/// Where the identifier of the function starts that a refused site needs to be a coroutine
/// function, in the file as it is; or where the block of the script starts that needs to be one.
fn wish(tree: &Tree<'_>, origin: &Origin, verdict: &Verdict) -> Option<(TextSize, bool)> {
    let Verdict::Refused(refusal) = verdict else {
        return None;
    };
    match tree.node(refusal.wants_coroutine?) {
        AnyNodeRef::StmtFunctionDef(function) => {
            Some((origin.of(function.name.range).start(), false))
        }
        AnyNodeRef::StmtIf(block) => Some((origin.of(block.range).start(), true)),
        _ => None,
    }
}
