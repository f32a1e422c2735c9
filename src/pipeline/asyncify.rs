//! After the list has run once: the functions that its sites need to be coroutine functions are
//! lifted together with their callers, and the list runs again over the files that change.

use super::keep::suppressions;
mod outlook;
mod test_files;

use super::list::State;
use super::{Pipeline, STACK, Wishful};
use crate::edit::{Applicability, Change, Edit};
use crate::propagation::lift::{self, Bridge, Lift};
use crate::propagation::test_code;
use crate::propagation::{self, Group, Obstacle, Plan, Propagation, Seed};
use crate::report::{FileError, Outcome, Outlook, Report, SiteReport};
use crate::rewrite;
use crate::source::SourceFile;
use crate::syntax::{AnyNodeRef, Module, NodeId, Ranged, TextRange, TextSize, Tree};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use test_files::Mocks;

/// A site that was refused only because its function is a plain `def`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// The file, as the caller named it.
    pub(super) path: PathBuf,
    /// The transform, and where its site is.
    pub(super) transform: &'static str,
    pub(super) line: usize,
    pub(super) column: usize,
    /// Where the identifier of the function starts in the file as it is.
    pub(super) function: TextSize,
}

/// What the lifted functions ask of one file, before the list runs over it.
pub(super) struct Lifted {
    /// The edits, imports included.
    pub(super) edits: Vec<Edit>,
    /// The functions, by their identifiers.
    pub(super) functions: Vec<TextRange>,
    /// The calls that are awaited now, with the place they have in the file as it is.
    pub(super) calls: Vec<TextRange>,
    /// How sure it is.
    pub(super) grade: Applicability,
    /// The documented differences.
    pub(super) differences: Vec<&'static str>,
    /// Those of the functions that only ever one task runs.
    pub(super) alone: Vec<TextRange>,
}

/// What is found out when the edits of a plan are tried.
enum Lesson {
    /// A function, or the function that is called at a place, cannot be a coroutine function.
    Wall(PathBuf, TextRange, Obstacle),
    /// A site would stay although its function is lifted.
    Vain(usize, Box<SiteReport>),
}

impl Pipeline<'_> {
    /// Whether functions are lifted at all.
    pub(super) fn propagates(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.about.id == propagation::ID)
    }

    /// Lifts what can be lifted, and says of every other site why its function stays.
    pub(super) fn asyncify(&self, report: &mut Report, mut wishful: Vec<Wishful>) -> Outlook {
        if wishful.is_empty() && self.options.asyncify_from.is_empty() {
            return Outlook::default();
        }
        wishful.sort_by(|(a, _), (b, _)| a.path().cmp(b.path()));
        let (sources, wishes): (Vec<SourceFile>, Vec<Vec<Wish>>) = wishful.into_iter().unzip();
        let wishes = wishes.concat();
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || {
                    Asyncification::new(self, wishes, sources).run(report)
                })
                .expect("the system can start a thread")
                .join()
        })
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// The file of the user's paths that a path of the project means; `None` for any other.
    fn named(&self, path: &Path) -> Option<PathBuf> {
        if self.paths.is_empty() {
            return Some(path.to_owned());
        }
        self.paths.iter().find_map(|given| {
            let rest = path
                .strip_prefix(self.project.sources.absolute(given))
                .ok()?;
            Some(if rest.as_os_str().is_empty() {
                given.clone()
            } else {
                // As the walk spells it: without a leading dot.
                let found = given.join(rest);
                found
                    .strip_prefix(".")
                    .map_or(found.clone(), Path::to_owned)
            })
        })
    }
}

/// One try at lifting the functions of a run.
struct Asyncification<'a, 'p> {
    pipeline: &'a Pipeline<'p>,
    wishes: Vec<Wish>,
    /// The files that were given as texts, by their absolute paths.
    sources: FxHashMap<PathBuf, SourceFile>,
}

impl<'a, 'p> Asyncification<'a, 'p> {
    fn new(pipeline: &'a Pipeline<'p>, wishes: Vec<Wish>, kept: Vec<SourceFile>) -> Self {
        let absolute = |file: SourceFile| (pipeline.absolute(file.path()), file);
        Self {
            pipeline,
            wishes,
            sources: kept.into_iter().map(absolute).collect(),
        }
    }

    fn run(mut self, report: &mut Report) -> Outlook {
        let pipeline = self.pipeline;
        let texts: BTreeMap<PathBuf, String> = self
            .sources
            .iter()
            .map(|(path, file)| (path.clone(), file.text().to_owned()))
            .collect();
        let project = pipeline.project.with_texts(texts);
        let may_change = |path: &Path| pipeline.named(path).is_some();
        let mut search = Propagation::new(&project, &pipeline.options, &may_change);
        self.add_named(&mut search, report);
        let mut vain: BTreeMap<usize, Box<SiteReport>> = BTreeMap::new();
        loop {
            // One seed per function, though it may have several sites.
            let alive: Vec<usize> = (0..self.wishes.len())
                .filter(|wish| !vain.contains_key(wish))
                .collect();
            let seeds: Vec<Seed> = alive.iter().map(|wish| self.seed(*wish)).collect();
            let mut plan = search.plan(&seeds);
            for group in &mut plan.groups {
                for seed in &mut group.seeds {
                    *seed = alive[*seed];
                }
            }
            plan.blocked = plan
                .blocked
                .into_iter()
                .map(|(seed, blocked)| (alive[seed], blocked))
                .collect();
            match self.tried(&plan, &project) {
                Ok(_) if !plan.groups.is_empty() && search.learn_starters() => {}
                Ok(ran) => {
                    self.publish(report, ran, &plan, &vain);
                    return self.outlook(&plan, &vain);
                }
                Err(lessons) => {
                    for lesson in lessons {
                        match lesson {
                            Lesson::Wall(path, at, obstacle) => search.learn(&path, at, &obstacle),
                            Lesson::Vain(wish, site) => {
                                vain.insert(wish, site);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds the functions that the user names.
    fn add_named(&mut self, search: &mut Propagation<'_>, report: &mut Report) {
        for object in &self.pipeline.options.asyncify_from {
            let found = search.find(object);
            if found.is_empty() {
                report.errors.push(FileError {
                    path: PathBuf::from(object),
                    line: None,
                    message: format!(
                        "There is no plain function `{object}` in the project; write `pkg.mod:name` or `pkg.mod:Class.name`."
                    ),
                    is_bug: false,
                });
            }
            for seed in found {
                let Some(outline) = search.outline(&seed.path) else {
                    continue;
                };
                let (line, column) = outline.line_column(seed.function);
                self.wishes.push(Wish {
                    path: self.pipeline.named(&seed.path).unwrap_or(seed.path),
                    transform: propagation::ID,
                    line,
                    column,
                    function: seed.function,
                });
            }
        }
    }

    fn seed(&self, wish: usize) -> Seed {
        let wish = &self.wishes[wish];
        Seed {
            path: self.pipeline.absolute(&wish.path),
            function: wish.function,
        }
    }

    /// Makes the edits of a plan in memory and runs the list over the result.
    fn tried(
        &mut self,
        plan: &Plan,
        project: &crate::project::Project,
    ) -> Result<Vec<(PathBuf, Report)>, Vec<Lesson>> {
        let paths: BTreeSet<PathBuf> = plan
            .groups
            .iter()
            .flat_map(|group| group.paths().map(Path::to_owned))
            .collect();
        let mut lessons = Vec::new();
        let mut lifted = Vec::new();
        let mut texts = BTreeMap::new();
        for path in paths {
            if !self.sources.contains_key(&path)
                && let Some(file) = project.sources.file(&path)
            {
                self.sources.insert(path.clone(), file);
            }
            let Some(source) = self.sources.get(&path) else {
                let place = first_place(plan, &path);
                lessons.push(Lesson::Wall(
                    path,
                    place,
                    Obstacle::new("unreadable-file", place, "the file cannot be read again"),
                ));
                continue;
            };
            match self.lift(&path, source, &plan.groups) {
                Ok(edits) => {
                    let mut sorted = edits.edits.clone();
                    texts.insert(path.clone(), rewrite::apply(source.text(), &mut sorted));
                    lifted.push((path, edits));
                }
                Err(found) => lessons.extend(found),
            }
        }
        if !lessons.is_empty() {
            return Err(lessons);
        }
        let project = project.with_texts(texts);
        let pipeline = Pipeline {
            steps: self.pipeline.steps.clone(),
            options: self.pipeline.options.clone(),
            project: &project,
            paths: self.pipeline.paths.clone(),
        };
        let mut all = Vec::new();
        for (path, edits) in lifted {
            let Some(source) = self.sources.get(&path) else {
                continue;
            };
            let shown = self.pipeline.named(&path).unwrap_or_else(|| path.clone());
            let source = source.renamed(shown);
            let functions = edits.functions.clone();
            let mut state = State::default();
            state.lifted = Some(edits);
            let ran = pipeline.guarded(&source, &mut state);
            for (at, refusal) in &state.lessons {
                let obstacle = Obstacle {
                    reason: refusal.reason,
                    message: lower_first(refusal.message.trim_end_matches('.')),
                    remedy: refusal.remedy.clone(),
                    range: *at,
                };
                lessons.push(Lesson::Wall(path.clone(), *at, obstacle));
            }
            if let Some(error) = ran.errors.first() {
                for at in functions {
                    lessons.push(Lesson::Wall(
                        path.clone(),
                        at,
                        Obstacle::new("internal-error", at, lower_first(&error.message)),
                    ));
                }
            }
            all.push((path, ran));
        }
        if lessons.is_empty() {
            lessons = self.vain(plan, &all);
        }
        if lessons.is_empty() {
            Ok(all)
        } else {
            Err(lessons)
        }
    }

    /// The sites that would stay although their functions are lifted.
    fn vain(&self, plan: &Plan, all: &[(PathBuf, Report)]) -> Vec<Lesson> {
        let mut lessons = Vec::new();
        for wish in plan.groups.iter().flat_map(|group| &group.seeds) {
            let wanted = &self.wishes[*wish];
            let path = self.pipeline.absolute(&wanted.path);
            let Some((_, ran)) = all.iter().find(|(other, _)| *other == path) else {
                continue;
            };
            let here: Vec<&SiteReport> = ran
                .sites
                .iter()
                .filter(|site| (site.line, site.column) == (wanted.line, wanted.column))
                .collect();
            let done = here
                .iter()
                .any(|site| site.transform == wanted.transform && site.outcome == Outcome::Changed);
            if !done && let Some(site) = here.first() {
                lessons.push(Lesson::Vain(*wish, Box::new((*site).clone())));
            }
        }
        lessons
    }

    /// The edits of one file for all groups.
    fn lift(
        &self,
        path: &Path,
        source: &SourceFile,
        groups: &[Group],
    ) -> Result<Lifted, Vec<Lesson>> {
        let target = self.pipeline.options.target;
        let wall = |at: TextRange, reason, message: String| {
            Lesson::Wall(path.to_owned(), at, Obstacle::new(reason, at, message))
        };
        let here: Vec<&Group> = groups
            .iter()
            .filter(|group| group.paths().any(|other| other == path))
            .collect();
        let Ok(module) = Module::parse(source.text(), target) else {
            let at = here
                .first()
                .map_or_else(TextRange::default, |group| group.members[0].name);
            return Err(vec![wall(
                at,
                "unreadable-file",
                "the file is not valid Python".to_owned(),
            )]);
        };
        let tree = Tree::new(&module);
        let places = Places::of(&tree);
        let mut lifted = Lifted {
            edits: Vec::new(),
            functions: Vec::new(),
            calls: Vec::new(),
            grade: Applicability::Safe,
            differences: Vec::new(),
            alone: Vec::new(),
        };
        let mut functions = Vec::new();
        let mut calls = Vec::new();
        let mut kinds = Vec::new();
        let mut bridges = Vec::new();
        let mut mocks = Mocks::default();
        for group in &here {
            for member in group.members.iter().filter(|member| member.path == path) {
                let function = places.functions.get(&member.name.start()).copied();
                functions.extend(function);
                kinds.extend(function.map(|function| (function, member.kind)));
                if member.keeps_name {
                    bridges.extend(function.map(Bridge::KeepName));
                }
                lifted.functions.push(member.name);
            }
            for call in group.calls.iter().filter(|call| call.path == path) {
                let node = places.calls.get(&call.range).copied();
                calls.extend(node);
                kinds.extend(node.map(|node| (node, call.kind)));
                lifted.calls.push(call.range);
            }
            for call in group.bridges.iter().filter(|call| call.path == path) {
                let node = places.calls.get(&call.range).copied();
                bridges.extend(node.map(Bridge::Call));
                kinds.extend(node.map(|node| (node, call.kind)));
            }
            for mock in group.mocks.iter().filter(|mock| mock.path == path) {
                mocks.add(&tree, mock.range, mock.kind);
            }
            lifted.grade = lifted.grade.min(grade(group));
            for difference in differences(group) {
                if !lifted.differences.contains(&difference) {
                    lifted.differences.push(difference);
                }
            }
            if group.is_alone {
                let here = group.members.iter().filter(|member| member.path == path);
                lifted.alone.extend(here.map(|member| member.name));
            }
        }
        let keeps = suppressions(&tree);
        let kept: Vec<Lesson> = keeps
            .iter()
            .filter(|keep| {
                keep.names.is_empty() || keep.names.iter().any(|name| name == propagation::ID)
            })
            .filter_map(|keep| {
                let covered = |at: &&TextRange| {
                    keep.covers.contains_range(**at) && header(&tree, **at, keep.covers)
                };
                let at = lifted.functions.iter().find(covered)?;
                Some(wall(
                    *at,
                    "kept-by-comment",
                    "a comment asks to keep it as it is".to_owned(),
                ))
            })
            .collect();
        if !kept.is_empty() {
            return Err(kept);
        }
        let what = Lift {
            functions: &functions,
            calls: &calls,
            kinds: &kinds,
            bridges: &bridges,
            names_stop_iteration: self.pipeline.project.has("StopIteration"),
        };
        let written = if test_code::is_test_code(path, &tree) {
            self.move_tests(path, &tree, &what, &mocks, groups)
        } else {
            lift::lift(&tree, target, &what)
        };
        let written = written.map_err(|walls| {
            let place = |wall: &lift::Wall| {
                let range = tree.node(wall.node).range();
                let called = lifted
                    .calls
                    .iter()
                    .chain(here.iter().flat_map(|group| {
                        group
                            .bridges
                            .iter()
                            .filter(|call| call.path == path)
                            .map(|call| &call.range)
                    }))
                    .filter(|call| call.contains_range(range) || range.contains_range(**call))
                    .min_by_key(|call| call.len());
                let around = functions
                    .iter()
                    .filter(|function| tree.is_within(wall.node, **function))
                    .max_by_key(|function| tree.depth(**function))
                    .and_then(|function| match tree.node(*function) {
                        AnyNodeRef::StmtFunctionDef(function) => Some(function.name.range),
                        _ => None,
                    });
                // A mock stands for the functions that become asynchronous.
                let mock = || {
                    let all = here.iter().flat_map(|group| &group.mocks);
                    let mut mocks = all.filter(|mock| mock.path == path).map(|mock| mock.range);
                    let first = mocks.clone().next();
                    mocks
                        .find(|mock| range.contains_range(*mock) || mock.contains_range(range))
                        .or(first)
                };
                let other = called.copied().or(around).or_else(mock);
                other
                    .or_else(|| lifted.calls.first().copied())
                    .or_else(|| lifted.functions.first().copied())
                    .unwrap_or(range)
            };
            let lesson = |wall: &lift::Wall| {
                let obstacle = Obstacle {
                    reason: wall.reason,
                    message: lower_first(wall.message.trim_end_matches('.')),
                    remedy: wall.remedy.clone(),
                    range: tree.node(wall.node).range(),
                };
                Lesson::Wall(path.to_owned(), place(wall), obstacle)
            };
            walls.iter().map(lesson).collect::<Vec<_>>()
        })?;
        let mut change = Change::new(lifted.grade);
        change.imports = written.imports;
        let imports: Vec<Edit> = crate::imports::requested(&tree, &[change]);
        lifted.edits = imports;
        lifted.edits.extend(written.edits);
        Ok(lifted)
    }

    /// Puts what came out into the report of the run.
    fn publish(
        &self,
        report: &mut Report,
        ran: Vec<(PathBuf, Report)>,
        plan: &Plan,
        vain: &BTreeMap<usize, Box<SiteReport>>,
    ) {
        let together = together(&plan.groups);
        for (path, ran) in ran {
            let stays = |other: &Path| self.pipeline.absolute(other) != path;
            report.sites.retain(|site| stays(&site.path));
            report.changes.retain(|change| stays(&change.path));
            report.errors.retain(|error: &FileError| stays(&error.path));
            report.notes.retain(|note| stays(&note.path));
            let mut ran = ran;
            for change in &mut ran.changes {
                change.group = together.get(&path).copied();
            }
            report.absorb(ran);
        }
        for (at, wish) in self.wishes.iter().enumerate() {
            if wish.transform == propagation::ID && plan.blocked.contains_key(&at) {
                report.sites.push(SiteReport {
                    path: wish.path.clone(),
                    line: wish.line,
                    column: wish.column,
                    end_line: wish.line,
                    transform: propagation::ID,
                    outcome: Outcome::Refused,
                    grade: None,
                    differences: Vec::new(),
                    reason: None,
                    message: String::new(),
                    evidence: Vec::new(),
                    remedy: None,
                });
            }
            let site = report.sites.iter_mut().find(|site| {
                site.path == wish.path
                    && site.transform == wish.transform
                    && (site.line, site.column) == (wish.line, wish.column)
                    && site.outcome == Outcome::Refused
            });
            let Some(site) = site else { continue };
            if let Some(blocked) = plan.blocked.get(&at) {
                self.explain(site, blocked);
            } else if let Some(why) = vain.get(&at) {
                site.reason = why.reason;
                site.message.clone_from(&why.message);
                site.evidence.clone_from(&why.evidence);
                site.remedy.clone_from(&why.remedy);
            }
        }
        report.sort();
    }
}

/// The files that must be written together, by numbers.
fn together(groups: &[Group]) -> BTreeMap<PathBuf, usize> {
    let mut numbers: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        let paths: Vec<PathBuf> = group.paths().map(Path::to_owned).collect();
        // A file of another group joins the two.
        let joined: Vec<usize> = paths
            .iter()
            .filter_map(|path| numbers.get(path).copied())
            .collect();
        numbers
            .values_mut()
            .filter(|other| joined.contains(other))
            .for_each(|other| *other = number);
        numbers.extend(paths.into_iter().map(|path| (path, number)));
    }
    numbers
}

/// How sure lifting a group is.
fn grade(group: &Group) -> Applicability {
    if group.is_closed {
        Applicability::Safe
    } else {
        Applicability::Unsafe
    }
}

/// The documented differences of lifting a group.
fn differences(group: &Group) -> Vec<&'static str> {
    let mut all = vec!["D-P1"];
    if !group.is_closed {
        all.push("D-P2");
    }
    if !group.is_alone {
        all.push("D-AWAIT");
    }
    if !group.bridges.is_empty() || group.members.iter().any(|member| member.keeps_name) {
        all.push("D-R4");
    }
    all
}

/// A place of a file that a plan names.
fn first_place(plan: &Plan, path: &Path) -> TextRange {
    plan.groups
        .iter()
        .find_map(|group| {
            let member = group.members.iter().find(|member| member.path == path);
            let calls = || {
                let calls = group.calls.iter().chain(&group.bridges);
                calls.chain(&group.mocks)
            };
            member.map(|member| member.name).or_else(|| {
                calls()
                    .find(|call| call.path == path)
                    .map(|call| call.range)
            })
        })
        .unwrap_or_default()
}

/// Whether what a comment covers is the definition with this identifier, not one around it.
fn header(tree: &Tree<'_>, name: TextRange, covers: TextRange) -> bool {
    tree.ids().any(|id| {
        matches!(tree.node(id), AnyNodeRef::StmtFunctionDef(function)
            if function.name.range == name && function.range == covers)
    })
}

/// The nodes of a file by their places.
struct Places {
    /// Definitions by where their identifiers start.
    functions: FxHashMap<TextSize, NodeId>,
    /// Calls by their ranges.
    calls: FxHashMap<TextRange, NodeId>,
}

impl Places {
    fn of(tree: &Tree<'_>) -> Self {
        let mut places = Self {
            functions: FxHashMap::default(),
            calls: FxHashMap::default(),
        };
        for id in tree.ids() {
            match tree.node(id) {
                AnyNodeRef::StmtFunctionDef(function) => {
                    places.functions.insert(function.name.start(), id);
                }
                AnyNodeRef::ExprCall(call) => {
                    places.calls.insert(call.range(), id);
                }
                _ => {}
            }
        }
        places
    }
}

fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}
