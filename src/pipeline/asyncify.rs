//! After the list has run once: the functions that its sites need to be coroutine functions are
//! lifted together with their callers, and the list runs again over the files that change.

mod blocks;
mod lifting;
mod outlook;
mod test_files;

use super::list::State;
use super::{Pipeline, STACK, Wishful};
use crate::fingerprint::Fingerprint;
use crate::options::{AsyncTests, Asyncify, Walls};
use crate::propagation::{self, Group, Obstacle, Plan, Propagation, Seed};
use crate::report::{FileError, Outcome, Outlook, Report, SiteReport};
use crate::rewrite;
use crate::source::SourceFile;
use crate::syntax::{TextRange, TextSize};
use crate::transform::lower_first;
use blocks::Blocks;
pub(super) use lifting::Lifted;
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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
    /// It is no function: the block of a script that starts there has the site.
    pub(super) in_block: bool,
}

impl Wish {
    /// Its site, which stays.
    fn refused(&self, reason: &'static str, message: &str) -> SiteReport {
        SiteReport {
            path: self.path.clone(),
            line: self.line,
            column: self.column,
            end_line: self.line,
            end_column: self.column,
            transform: self.transform,
            outcome: Outcome::Refused,
            grade: None,
            differences: Vec::new(),
            reason: Some(reason),
            message: message.to_owned(),
            evidence: Vec::new(),
            remedy: None,
            settled_at: None,
            fingerprint: Fingerprint::of(self.transform, ""),
            callers: Vec::new(),
        }
    }
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
        wishful.sort_by(|a, b| a.path.cmp(&b.path));
        let (mut given, mut wishes) = (Vec::new(), Vec::new());
        for file in wishful {
            given.extend(file.given);
            wishes.extend(file.wishes);
        }
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || {
                    Asyncification::new(self, wishes, given).run(report)
                })
                .expect("the system can start a thread")
                .join()
        })
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// The file of the user's paths that a path of the project means; `None` for any other.
    pub(super) fn named(&self, path: &Path) -> Option<PathBuf> {
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
pub(super) struct Asyncification<'a, 'p> {
    pub(super) pipeline: &'a Pipeline<'p>,
    pub(super) wishes: Vec<Wish>,
    /// The files whose texts are not those of the project, and those that were read again, by their
    /// absolute paths.
    sources: FxHashMap<PathBuf, SourceFile>,
    /// The texts that ask for fixtures by their names, looked for once.
    asking: OnceCell<Vec<String>>,
    /// What runs asynchronous tests, looked for once.
    runner: OnceCell<AsyncTests>,
    /// The scripts whose blocks may have to be functions.
    blocks: Blocks,
}

impl<'a, 'p> Asyncification<'a, 'p> {
    fn new(pipeline: &'a Pipeline<'p>, wishes: Vec<Wish>, given: Vec<SourceFile>) -> Self {
        let absolute = |file: SourceFile| (pipeline.absolute(file.path()), file);
        Self {
            pipeline,
            wishes,
            sources: given.into_iter().map(absolute).collect(),
            asking: OnceCell::new(),
            runner: OnceCell::new(),
            blocks: Blocks::default(),
        }
    }

    fn run(mut self, report: &mut Report) -> Outlook {
        self.open_blocks(self.pipeline.project);
        let mut search = Propagation::new(self.pipeline.project, &self.pipeline.options, &|_| true);
        self.add_named(&mut search, report);
        loop {
            if let Some(outlook) = self.attempt(report) {
                return outlook;
            }
        }
    }

    /// Lifts what can be lifted with the blocks as they are; nothing where others have to be
    /// functions.
    fn attempt(&mut self, report: &mut Report) -> Option<Outlook> {
        let pipeline = self.pipeline;
        let texts = self.sources.iter();
        let texts = texts.map(|(path, file)| (path.clone(), file.text()));
        let project = pipeline.project.with_texts(texts);
        let may_change = |path: &Path| pipeline.named(path).is_some();
        let mut search = Propagation::new(&project, &pipeline.options, &may_change);
        let mut vain: BTreeMap<usize, Box<SiteReport>> = BTreeMap::new();
        loop {
            // One seed per function, though it may have several sites.
            let alive: Vec<usize> = (0..self.wishes.len())
                .filter(|wish| !vain.contains_key(wish))
                .filter(|wish| !self.stays_in_block(&self.wishes[*wish]))
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
            if pipeline.options.asyncify != Asyncify::ClosedScripts {
                let staying = self.staying(&plan, &vain);
                search.add_threads(&mut plan, &staying);
            }
            let left = self.choose(&mut search, &mut plan);
            match self.tried(&plan, &project) {
                Ok(_) if !plan.groups.is_empty() && search.learn_starters() => {}
                Ok(_) if self.rearrange(&plan, &vain, &mut search) => return None,
                Ok(ran) => {
                    self.publish(report, ran, &plan, &vain);
                    self.leave(&left, report);
                    if pipeline.options.walls == Walls::All {
                        search.look_beyond(&mut plan, &|wish| self.seed(wish));
                    }
                    return Some(self.outlook(&plan, &vain));
                }
                Err(lessons) => {
                    for lesson in lessons {
                        match lesson {
                            Lesson::Wall(path, at, obstacle) => {
                                learn(&mut search, &plan, &path, at, &obstacle);
                            }
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
                let path = self.pipeline.named(&seed.path).unwrap_or(seed.path);
                self.wishes.push(Wish {
                    path,
                    transform: propagation::ID,
                    line,
                    column,
                    function: seed.function,
                    in_block: false,
                });
            }
        }
    }

    /// The functions that block and stay plain.
    fn staying(&self, plan: &Plan, vain: &BTreeMap<usize, Box<SiteReport>>) -> Vec<Seed> {
        let staying = plan.blocked.keys().chain(vain.keys());
        staying
            .filter(|wish| self.wishes[**wish].transform != propagation::ID)
            .map(|wish| self.seed(*wish))
            .collect()
    }

    fn seed(&self, wish: usize) -> Seed {
        let wish = &self.wishes[wish];
        Seed {
            path: self.pipeline.absolute(&wish.path),
            function: self.function_of(wish),
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
        let texts = texts.iter();
        let project = project.with_texts(texts.map(|(path, text)| (path.clone(), text.as_str())));
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
                let places = plan.groups.iter().flat_map(|group| group.places(&path));
                lessons.extend(places.map(|at| {
                    let obstacle = Obstacle::new("internal-error", at, lower_first(&error.message));
                    Lesson::Wall(path.clone(), at, obstacle)
                }));
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
            if !done {
                let lost = || {
                    wanted.refused(
                        "internal-error",
                        "The site is not found again once its function is a coroutine function.",
                    )
                };
                let site = here.first().map_or_else(lost, |site| (*site).clone());
                lessons.push(Lesson::Vain(*wish, Box::new(site)));
            }
        }
        lessons
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
        let again: BTreeSet<&Path> = ran.iter().map(|(path, _)| path.as_path()).collect();
        let stays = |other: &Path| !again.contains(&*self.pipeline.absolute(other));
        report.sites.retain(|site| stays(&site.path));
        report.changes.retain(|change| stays(&change.path));
        report.errors.retain(|error: &FileError| stays(&error.path));
        report.notes.retain(|note| stays(&note.path));
        for (path, mut ran) in ran {
            for change in &mut ran.changes {
                change.group = together.get(&path).copied();
            }
            report.absorb(ran);
        }
        for blocking in &plan.blocking {
            report.sites.push(self.blocking(blocking));
        }
        for (at, wish) in self.wishes.iter().enumerate() {
            if wish.transform == propagation::ID && plan.blocked.contains_key(&at) {
                report.sites.push(SiteReport {
                    reason: None,
                    ..wish.refused("", "")
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
        self.explain_blocks(&mut report.sites);
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

/// A place of a file that a plan names.
fn first_place(plan: &Plan, path: &Path) -> TextRange {
    let mut places = plan.groups.iter().flat_map(|group| group.places(path));
    places.next().unwrap_or_default()
}

/// Makes a wall known. One that belongs to no function of the plan stops every group that has
/// something in the file, or else all: nothing is lifted with a wall left out.
fn learn(
    search: &mut Propagation<'_>,
    plan: &Plan,
    path: &Path,
    at: TextRange,
    obstacle: &Obstacle,
) {
    if search.learn(path, at, obstacle) {
        return;
    }
    let touched = |group: &&Group| group.touches(path);
    let mut groups: Vec<&Group> = plan.groups.iter().filter(touched).collect();
    if groups.is_empty() {
        groups.extend(&plan.groups);
    }
    for member in groups.iter().filter_map(|group| group.members.first()) {
        search.learn(&member.path, member.name, obstacle);
    }
}
