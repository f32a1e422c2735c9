//! Which functions can become coroutine functions together.
//!
//! A function that becomes one needs all its plain callers to become one, too, and the methods it
//! overrides or that override it. So a seed can be lifted exactly when nothing that can be reached
//! from it this way has a wall; what can be reached from the seeds without a wall is the greatest
//! set of functions that can all be lifted.

use super::group::{Blocked, CallSite, Group, Member, Plan, Seed, Step, agree, connected, sort};
use super::lift::Kind;
use super::needs::{Needs, unreadable};
use super::outline::{Obstacle, Outline, Position};
use super::stand_ins::StandIns;
use super::starters::Starters;
use super::strategies::handlers::Known;
use super::strategies::properties::Readings;
use super::strategies::twin::{Facts, Twins};
use crate::index::{Definition, Use, is_module};
use crate::options::{Asyncify, Options};
use crate::project::Project;
use crate::syntax::{TextRange, TextSize};
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;

/// A file as this module knows it.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) outline: Rc<Outline>,
}

/// A function with what it needs.
pub(super) struct Node {
    pub(super) file: usize,
    pub(super) definition: usize,
    /// What is found when its uses are looked at.
    pub(super) needs: Option<Rc<Needs>>,
    /// The parsed arguments of the command line call it.
    pub(super) is_dispatched: bool,
    /// What was found out later, when edits were tried.
    pub(super) late: Vec<(PathBuf, Obstacle)>,
}

/// Looks for the functions that can become coroutine functions together.
pub struct Propagation<'p> {
    pub(super) project: &'p Project,
    pub(super) options: &'p Options,
    /// Whether a file may be changed.
    pub(super) may_change: &'p dyn Fn(&Path) -> bool,
    pub(super) files: Vec<File>,
    pub(super) by_path: FxHashMap<PathBuf, Option<usize>>,
    pub(super) nodes: Vec<Node>,
    pub(super) by_place: FxHashMap<(usize, usize), usize>,
    /// The plain functions that start an event loop, looked for once.
    pub(super) starters: Option<Starters>,
    /// Whether they are walls by now. To find them reads much of the project, so that it waits for
    /// a plan that has nothing else against it.
    knows_starters: bool,
    /// Who calls a function, by functions that were asked about.
    pub(super) callers: FxHashMap<usize, Rc<Facts>>,
    /// The calls of functions that were asked about which mean nothing else.
    pub(super) exact_calls: FxHashMap<usize, Rc<[Use]>>,
    /// What was found out about handlers.
    pub(super) handlers: Known,
    /// Calls that cannot be moved to a thread, as was found out when that was tried.
    pub(super) no_threads: Vec<(PathBuf, TextRange, Obstacle)>,
    /// The calls that were to be moved to a thread.
    pub(super) threads: Vec<CallSite>,
    /// What tests do with whole classes, looked for once.
    pub(super) stand_ins: Option<StandIns>,
    /// With `--keep-sync`: which functions get a twin.
    pub(super) twins: Option<Twins>,
    /// Where attributes are read by texts, looked for once.
    pub(super) readings: Option<Readings>,
}

impl<'p> Propagation<'p> {
    /// Over a project; `may_change` says which of its files the user named.
    pub fn new(
        project: &'p Project,
        options: &'p Options,
        may_change: &'p dyn Fn(&Path) -> bool,
    ) -> Self {
        Self {
            project,
            options,
            may_change,
            files: Vec::new(),
            by_path: FxHashMap::default(),
            nodes: Vec::new(),
            by_place: FxHashMap::default(),
            starters: None,
            knows_starters: false,
            callers: FxHashMap::default(),
            exact_calls: FxHashMap::default(),
            handlers: Known::default(),
            no_threads: Vec::new(),
            threads: Vec::new(),
            stand_ins: None,
            twins: None,
            readings: None,
        }
    }

    /// The project whose functions it looks for.
    pub fn project(&self) -> &'p Project {
        self.project
    }

    /// Takes functions that start an event loop for walls from now on. Whether they were not until
    /// now.
    pub fn learn_starters(&mut self) -> bool {
        !std::mem::replace(&mut self.knows_starters, true)
    }

    /// What becomes of the seeds, as far as it can be told without making the edits.
    pub fn plan(&mut self, seeds: &[Seed]) -> Plan {
        let starts: Vec<Option<usize>> = seeds
            .iter()
            .map(|seed| self.node_of(&seed.path, seed.function))
            .collect();
        let known: Vec<usize> = starts.iter().flatten().copied().collect();
        let stopped = if self.options.asyncify == Asyncify::Twins {
            self.expand_twins(&known)
        } else {
            self.expand(&known);
            FxHashMap::default()
        };
        let mut plan = Plan::default();
        let mut reached: Vec<(usize, BTreeSet<usize>)> = Vec::new();
        for (at, (seed, start)) in seeds.iter().zip(starts).enumerate() {
            if let Some(start) = start
                && let Some(wall) = stopped.get(&start)
            {
                plan.blocked.insert(at, self.stopped(start, wall));
                continue;
            }
            match start.map(|start| self.closure(start)) {
                None => {
                    plan.blocked.insert(at, unreadable(seed));
                }
                Some(Err(blocked)) => {
                    plan.blocked.insert(at, *blocked);
                }
                Some(Ok(nodes)) => reached.push((at, self.changing(nodes))),
            }
        }
        if !reached.is_empty() && self.knows_starters {
            let starters = self.starters();
            reached.retain(|(at, nodes)| {
                let mut inside = nodes
                    .iter()
                    .filter_map(|node| Some((*node, starters.get(node)?)));
                let Some((node, wall)) = inside.next() else {
                    return true;
                };
                plan.blocked.insert(*at, self.stopped(node, wall));
                false
            });
        }
        let members: BTreeSet<usize> = reached
            .iter()
            .flat_map(|(_, nodes)| nodes.iter().copied())
            .collect();
        let mut quiet = Vec::new();
        for (at, nodes) in reached {
            let disturbed = nodes
                .iter()
                .find_map(|node| Some((*node, self.disturbed(*node, &members)?)));
            match disturbed {
                Some((node, wall)) => {
                    plan.blocked.insert(at, self.stopped(node, &wall));
                }
                None => quiet.push((at, nodes)),
            }
        }
        for (seeds, nodes) in connected(quiet) {
            plan.groups.push(self.group(seeds, &nodes));
        }
        plan
    }

    /// Looks for the uses of functions, of what they need, and so on: every round asks about all
    /// functions at once, because a question reads the whole project. Where a wall is known
    /// already, nobody needs to know more.
    fn expand(&mut self, starts: &[usize]) {
        loop {
            let open: BTreeSet<usize> = starts
                .iter()
                .filter_map(|start| self.open_ends(*start))
                .flatten()
                .collect();
            if open.is_empty() {
                return;
            }
            let mut asked = Vec::new();
            for node in open {
                let mut own = self.own_walls(node);
                if own.is_empty() {
                    own.extend(self.found_by_text(node));
                }
                if own.is_empty() {
                    asked.push(node);
                } else {
                    let needs = Needs {
                        walls: own,
                        ..Needs::default()
                    };
                    self.nodes[node].needs = Some(Rc::new(needs));
                }
            }
            if asked.is_empty() {
                continue;
            }
            let questions: Vec<Definition> =
                asked.iter().map(|node| self.definition(*node)).collect();
            for (node, uses) in asked.into_iter().zip(self.project.uses_of(&questions)) {
                self.keep_calls(node, &uses);
                let needs = self.needs_of(node, &uses);
                self.nodes[node].needs = Some(Rc::new(needs));
            }
        }
    }

    /// The functions that can be reached and whose uses are not known; `None` where a wall is
    /// reached already.
    fn open_ends(&self, start: usize) -> Option<Vec<usize>> {
        let mut open = Vec::new();
        let mut seen = BTreeSet::from([start]);
        let mut pending = vec![start];
        while let Some(node) = pending.pop() {
            let Some(needs) = &self.nodes[node].needs else {
                open.push(node);
                continue;
            };
            if !needs.walls.is_empty() || !self.nodes[node].late.is_empty() {
                return None;
            }
            pending.extend(
                needs
                    .nodes
                    .iter()
                    .copied()
                    .filter(|next| seen.insert(*next)),
            );
        }
        Some(open)
    }

    pub(super) fn definition(&self, node: usize) -> Definition {
        let node = &self.nodes[node];
        let file = &self.files[node.file];
        Definition {
            path: file.path.clone(),
            scope: file.outline.definitions[node.definition].scope,
        }
    }

    /// Takes down what was found out when the edits of a plan were tried: the function that a call
    /// or an identifier belongs to cannot be a coroutine function. Whether there is such a function.
    pub fn learn(&mut self, path: &Path, at: TextRange, obstacle: &Obstacle) -> bool {
        let mut threads = self.threads.iter();
        if threads.any(|call| call.path == path && call.range == at) {
            self.no_threads
                .push((path.to_owned(), at, obstacle.clone()));
            return true;
        }
        let known: Vec<usize> = (0..self.nodes.len())
            .filter(|node| {
                let node = &self.nodes[*node];
                let file = &self.files[node.file];
                let name = file.outline.definitions[node.definition].name;
                let calls = node.needs.iter().flat_map(|needs| &needs.calls);
                let bridges = node.needs.iter().flat_map(|needs| &needs.bridges);
                let mocks = node.needs.iter().flat_map(|needs| &needs.mocks);
                let stubs = node.needs.iter().flat_map(|needs| &needs.stubs);
                (file.path == path && name == at)
                    || calls
                        .chain(bridges)
                        .chain(mocks)
                        .chain(stubs)
                        .any(|call| call.path == path && call.range == at)
            })
            .collect();
        for node in &known {
            self.nodes[*node]
                .late
                .push((path.to_owned(), obstacle.clone()));
        }
        !known.is_empty()
    }

    /// The functions that `pkg.mod:name` means, by the files that the project has.
    pub fn find(&mut self, object: &str) -> Vec<Seed> {
        let Some((module, name)) = object.split_once(':') else {
            return Vec::new();
        };
        let paths = Mutex::new(BTreeSet::new());
        self.project.sources.each(&|path, _| {
            if is_module(path, module.trim())
                && let Ok(mut paths) = paths.lock()
            {
                paths.insert(self.project.sources.absolute(path));
            }
        });
        let paths = paths.into_inner().unwrap_or_default();
        let mut seeds = Vec::new();
        for path in paths {
            let Some(outline) = self.outline(&path) else {
                continue;
            };
            let found = outline
                .definitions
                .iter()
                .filter(|definition| definition.qualified == name.trim() && !definition.is_async);
            seeds.extend(found.map(|definition| Seed {
                path: path.clone(),
                function: definition.name.start(),
            }));
        }
        seeds
    }

    /// The outline of a file that some function of a plan is in.
    pub fn outline(&mut self, path: &Path) -> Option<Rc<Outline>> {
        let file = self.file(path)?;
        Some(Rc::clone(&self.files[file].outline))
    }

    pub(super) fn file(&mut self, path: &Path) -> Option<usize> {
        if let Some(known) = self.by_path.get(path) {
            return *known;
        }
        let outline = self
            .project
            .sources
            .text(path)
            .and_then(|text| Outline::of(path, &text, self.options.target));
        let found = outline.map(|outline| {
            self.files.push(File {
                path: path.to_owned(),
                outline: Rc::new(outline),
            });
            self.files.len() - 1
        });
        self.by_path.insert(path.to_owned(), found);
        found
    }

    pub(super) fn node_of(&mut self, path: &Path, function: TextSize) -> Option<usize> {
        let file = self.file(path)?;
        let definition = self.files[file].outline.definition_at(function)?;
        Some(self.node(file, definition))
    }

    pub(super) fn node(&mut self, file: usize, definition: usize) -> usize {
        let nodes = &mut self.nodes;
        *self.by_place.entry((file, definition)).or_insert_with(|| {
            nodes.push(Node {
                file,
                definition,
                needs: None,
                is_dispatched: false,
                late: Vec::new(),
            });
            nodes.len() - 1
        })
    }

    /// Everything that must become asynchronous with a function, or the way to the nearest wall.
    fn closure(&mut self, start: usize) -> Result<BTreeSet<usize>, Box<Blocked>> {
        let mut from: FxHashMap<usize, usize> = FxHashMap::default();
        let mut seen = BTreeSet::from([start]);
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            let needs = self.needs(node);
            let late = self.nodes[node].late.first();
            let late = late.filter(|_| self.counts_late(node));
            let wall = needs.walls.first().or(late);
            if let Some((path, obstacle)) = wall.cloned() {
                let mut way = vec![self.step(node)];
                let mut at = node;
                while let Some(before) = from.get(&at) {
                    at = *before;
                    way.push(self.step(at));
                }
                way.reverse();
                let (line, column) = self.outline(&path).map_or((1, 1), |outline| {
                    outline.line_column(obstacle.range.start())
                });
                return Err(Box::new(Blocked {
                    beyond: Vec::new(),
                    way,
                    path,
                    line,
                    column,
                    obstacle,
                }));
            }
            for next in &needs.nodes {
                if seen.insert(*next) {
                    from.insert(*next, node);
                    queue.push_back(*next);
                }
            }
        }
        Ok(seen)
    }

    pub(super) fn step(&self, node: usize) -> Step {
        let node = &self.nodes[node];
        let file = &self.files[node.file];
        let definition = &file.outline.definitions[node.definition];
        let (line, column) = file.outline.line_column(definition.name.start());
        Step {
            name: definition.qualified.clone(),
            path: file.path.clone(),
            line,
            column,
        }
    }

    fn group(&mut self, seeds: Vec<usize>, nodes: &BTreeSet<usize>) -> Group {
        let mut group = Group {
            seeds,
            is_alone: true,
            ..Group::default()
        };
        let cleaning = self.cleaning(nodes);
        for node in nodes {
            let needs = self.needs(*node);
            let kind = if cleaning.contains(node) {
                Kind::Items { cleans_up: true }
            } else {
                self.kind(*node)
            };
            // A `with` leaves an object by a coroutine function, and is a manager all the same.
            let given = |call: &CallSite| CallSite {
                kind: match call.kind {
                    Kind::Manager => Kind::Manager,
                    _ => kind,
                },
                ..call.clone()
            };
            group.is_alone &= !needs.meets_coroutines;
            group.calls.extend(needs.calls.iter().map(given));
            group.bridges.extend(needs.bridges.iter().map(given));
            group.mocks.extend(needs.mocks.iter().cloned());
            group.stubs.extend(needs.stubs.iter().map(given));
            if self.has_twin(*node) {
                group.exports.extend(needs.exports.iter().cloned());
            }
            let Step {
                name, path, line, ..
            } = self.step(*node);
            let has_twin = self.has_twin(*node);
            let keeps_name = !has_twin && self.is_entry_point(*node);
            let is_attribute = self.is_property(*node);
            let node = &self.nodes[*node];
            let outline = &self.files[node.file].outline;
            group.members.push(Member {
                kind,
                keeps_name,
                has_twin,
                is_attribute,
                path,
                name: outline.definitions[node.definition].name,
                qualified: name,
                line,
            });
        }
        group.edges = self.edges(nodes);
        group
            .members
            .sort_by(|a, b| (&a.path, a.name.start()).cmp(&(&b.path, b.name.start())));
        agree(&mut group.calls);
        agree(&mut group.bridges);
        sort(&mut group.calls);
        sort(&mut group.bridges);
        sort(&mut group.mocks);
        sort(&mut group.exports);
        sort(&mut group.stubs);
        let mut paths: Vec<PathBuf> = group.paths().map(Path::to_owned).collect();
        paths.dedup();
        group.is_closed = match paths.as_slice() {
            [only] => {
                let outline = self.outline(only);
                outline.is_some_and(|outline| {
                    !outline.is_test
                        && outline.declares_all.is_none()
                        && self.is_program(only, &outline)
                })
            }
            _ => false,
        };
        group
    }

    /// The generators that clean up when they are left early: by themselves, or because one that
    /// they loop over does.
    fn cleaning(&mut self, nodes: &BTreeSet<usize>) -> BTreeSet<usize> {
        let cleans_up = |node: &usize| self.kind(*node) == Kind::Items { cleans_up: true };
        let mut found: BTreeSet<usize> = nodes.iter().copied().filter(cleans_up).collect();
        let mut pending: Vec<usize> = found.iter().copied().collect();
        while let Some(node) = pending.pop() {
            for call in &self.needs(node).calls {
                let Some(file) = self.file(&call.path) else {
                    continue;
                };
                let Position::Function(at) = self.files[file].outline.position(call.range) else {
                    continue;
                };
                let caller = self.node(file, at);
                if nodes.contains(&caller)
                    && matches!(self.kind(caller), Kind::Items { .. })
                    && found.insert(caller)
                {
                    pending.push(caller);
                }
            }
        }
        found
    }

    /// Who needs whom among the functions of a group, in the order of their places.
    fn edges(&self, nodes: &BTreeSet<usize>) -> Vec<(usize, usize)> {
        let mut order: Vec<usize> = nodes.iter().copied().collect();
        order.sort_by_key(|node| {
            let node = &self.nodes[*node];
            let file = &self.files[node.file];
            (
                &file.path,
                file.outline.definitions[node.definition].name.start(),
            )
        });
        let places: FxHashMap<usize, usize> = order
            .iter()
            .enumerate()
            .map(|(place, node)| (*node, place))
            .collect();
        let mut edges: Vec<(usize, usize)> = order
            .iter()
            .enumerate()
            .flat_map(|(place, node)| {
                let needs = self.needs(*node);
                let others: Vec<usize> = needs.nodes.clone();
                let places = &places;
                others
                    .into_iter()
                    .filter_map(move |other| Some((place, *places.get(&other)?)))
            })
            .collect();
        edges.sort_unstable();
        edges
    }
}
