//! Twins: a function keeps its plain name and runs the coroutine function beside it.
//!
//! Coroutine functions that are there call the twin, and so do the twins themselves; plain code
//! goes on calling the plain name. That starts an event loop for each call, which fails where one
//! runs already. So a plain function that calls one with a twin, and that a coroutine function
//! calls, needs a twin, too; and wherever it cannot be followed who calls such a function, there is
//! a wall.

use crate::index::{Certainty, Definition, Role, Use, Uses};
use crate::propagation::group::CallSite;
use crate::propagation::lift::Kind;
use crate::propagation::needs::{Needs, outside_paths};
use crate::propagation::outline::{Obstacle, Position};
use crate::propagation::solve::Propagation;
use crate::propagation::{passing, walls};
use crate::syntax::TextRange;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

type Place = (PathBuf, Obstacle);

/// What the uses of one function say.
#[derive(Default)]
pub(in crate::propagation) struct Facts {
    /// The calls in plain functions.
    pub(super) plain: Vec<Caller>,
    /// The calls in coroutine functions.
    pub(super) waiting: Vec<Waiting>,
    /// Where it is imported to be given on, or named in `__all__`.
    exports: Vec<CallSite>,
    /// Where the stub beside its module declares it.
    stubs: Vec<CallSite>,
    /// The same method of classes above and below, which gets a twin, too.
    family: BTreeSet<usize>,
    /// Something other than plain functions uses the plain name, too.
    is_used_plainly: bool,
    /// Something waits for it in a thread, as coroutine functions do.
    is_in_thread: bool,
    /// Why it cannot have a twin.
    of_twin: Vec<Place>,
    /// Why it is not known that it only runs where no event loop does.
    pub(super) of_caller: Vec<Place>,
}

/// A plain function that calls another one.
pub(super) struct Caller {
    pub(super) node: usize,
    pub(super) call: CallSite,
    /// Why it is not this function for certain.
    pub(super) doubt: Option<Obstacle>,
    /// What else it may be, where that is the only doubt: other functions that may have a twin.
    others: Vec<usize>,
}

impl Caller {
    /// What calls a function through the parsed arguments of the command line.
    fn dispatching(node: usize, found: &Use) -> Self {
        Self {
            node,
            call: CallSite {
                path: found.path.clone(),
                range: found.range,
                kind: Kind::Coroutine,
                line: 0,
                twin: false,
            },
            doubt: Some(Obstacle::new(
                "argparse-handler",
                found.range,
                "it is called through the parsed arguments, where an event loop would run",
            )),
            others: Vec::new(),
        }
    }
}

/// A call in a coroutine function.
pub(super) struct Waiting {
    pub(super) call: CallSite,
    /// Why it is not this function for certain.
    pub(super) doubt: Option<Obstacle>,
    /// What else it may be, as for a [`Caller`].
    others: Vec<usize>,
}

/// What becomes of the functions that were looked at.
#[derive(Default)]
pub(in crate::propagation) struct Twins {
    /// Those that become coroutine functions, most of them beside a plain one.
    members: BTreeSet<usize>,
    /// Those of them that nothing plain calls any more.
    replaced: BTreeSet<usize>,
}

impl Twins {
    /// Whether a function becomes a coroutine function, or has one beside it.
    pub(in crate::propagation) fn is_member(&self, node: usize) -> bool {
        self.members.contains(&node)
    }

    /// Why a call cannot be that of a twin, if it may also mean some other functions.
    fn doubt(&self, doubt: Option<&Obstacle>, others: &[usize]) -> Option<Obstacle> {
        let have_twins = !others.is_empty() && others.iter().all(|other| self.stays(*other));
        doubt.filter(|_| !have_twins).cloned()
    }

    /// Whether the plain function stays beside the coroutine function.
    pub(in crate::propagation) fn stays(&self, node: usize) -> bool {
        self.is_member(node) && !self.replaced.contains(&node)
    }
}

/// What keeps a function that is only called from knowing who calls it.
const UNFOLLOWED: &[&str] = &[
    "constructor",
    "special-method",
    "context-manager",
    "functools-decorator",
    "framework-handler",
    "unknown-decorator",
];

impl Propagation<'_> {
    /// Decides which functions get a twin, and what they need. The answer has the seeds that
    /// cannot have one by themselves, with the reason.
    pub(in crate::propagation) fn expand_twins(
        &mut self,
        starts: &[usize],
    ) -> FxHashMap<usize, Place> {
        let mut twins = Twins::default();
        self.explore(starts, |facts, _| facts.of_caller.is_empty());
        let mut stopped: FxHashMap<usize, Place> = FxHashMap::default();
        loop {
            let alive: BTreeSet<usize> = starts
                .iter()
                .copied()
                .filter(|start| !stopped.contains_key(start))
                .collect();
            self.decide(&mut twins, &alive);
            let own: Vec<(usize, Place)> = alive
                .iter()
                .filter_map(|start| {
                    let own = &self.callers.get(start)?.of_twin;
                    let late = &self.nodes[*start].late;
                    Some((*start, own.first().or(late.first())?.clone()))
                })
                .collect();
            if own.is_empty() {
                break;
            }
            stopped.extend(own);
        }
        self.ask(&twins);
        self.twins = Some(twins);
        stopped
    }

    /// Looks for the uses of functions, of those that call them, and so on, wherever `follows` says
    /// so of what is known about a function and of one that calls it.
    pub(super) fn explore(&mut self, starts: &[usize], follows: impl Fn(&Facts, &Caller) -> bool) {
        let mut seen: BTreeSet<usize> = starts.iter().copied().collect();
        let mut round = seen.clone();
        while !round.is_empty() {
            let known = &self.callers;
            let asked: Vec<usize> = round
                .iter()
                .copied()
                .filter(|node| !known.contains_key(node))
                .collect();
            let questions: Vec<Definition> =
                asked.iter().map(|node| self.definition(*node)).collect();
            if !asked.is_empty() {
                for (node, uses) in asked.into_iter().zip(self.project.uses_of(&questions)) {
                    self.keep_calls(node, &uses);
                    let facts = self.facts_of(node, &uses);
                    self.callers.insert(node, Rc::new(facts));
                }
            }
            let mut next = BTreeSet::new();
            for facts in round.iter().filter_map(|node| self.callers.get(node)) {
                let callers = facts.plain.iter();
                let followed = callers.filter(|caller| follows(facts, caller));
                next.extend(
                    followed
                        .map(|caller| caller.node)
                        .chain(facts.family.iter().copied())
                        .filter(|node| seen.insert(*node)),
                );
            }
            round = next;
        }
    }

    /// The functions that get a twin for some seeds: those that coroutine functions call, and what
    /// calls a seed on the way.
    fn decide(&self, twins: &mut Twins, seeds: &BTreeSet<usize>) {
        let mut above = seeds.clone();
        let mut pending: Vec<usize> = seeds.iter().copied().collect();
        while let Some(node) = pending.pop() {
            let facts = self.callers.get(&node);
            let callers = facts.into_iter().flat_map(|facts| &facts.plain);
            let family = facts.into_iter().flat_map(|facts| &facts.family);
            for next in callers.map(|caller| &caller.node).chain(family) {
                if above.insert(*next) {
                    pending.push(*next);
                }
            }
        }
        let is_waited_for = |node: &usize| {
            self.callers
                .get(node)
                .is_some_and(|facts| !facts.waiting.is_empty() || facts.is_in_thread)
        };
        let mut members = seeds.clone();
        members.extend(above.iter().copied().filter(is_waited_for));
        loop {
            let more: Vec<usize> = above
                .iter()
                .copied()
                .filter(|node| {
                    let facts = self.callers.get(node);
                    !members.contains(node)
                        && facts.is_some_and(|facts| {
                            let mut callers = facts.plain.iter();
                            callers.any(|caller| members.contains(&caller.node))
                                || !facts.family.is_disjoint(&members)
                        })
                })
                .collect();
            if more.is_empty() {
                break;
            }
            members.extend(more);
        }
        twins.replaced = members
            .iter()
            .copied()
            .filter(|node| {
                self.is_private(*node)
                    && self.callers.get(node).is_some_and(|facts| {
                        let mut callers = facts.plain.iter();
                        !facts.is_used_plainly
                            && facts.exports.is_empty()
                            && facts.family.is_empty()
                            && callers.all(|caller| members.contains(&caller.node))
                    })
            })
            .collect();
        twins.members = members;
    }

    /// Whether only what is near a function calls it, by its name.
    fn is_private(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        let own = &self.files[node.file].outline.definitions[node.definition];
        let last = own.qualified.rsplit('.').next().unwrap_or_default();
        let is_inner = !own.at_module_level && own.class.is_none();
        is_inner || (last.starts_with('_') && !last.ends_with("__"))
    }

    /// Writes down what every function needs.
    fn ask(&mut self, twins: &Twins) {
        let facts: Vec<(usize, Rc<Facts>)> = self
            .callers
            .iter()
            .map(|(node, facts)| (*node, Rc::clone(facts)))
            .collect();
        for (node, facts) in facts {
            let mut needs = Needs {
                nodes: facts.plain.iter().map(|caller| caller.node).collect(),
                ..Needs::default()
            };
            if twins.is_member(node) {
                needs.nodes.extend(&facts.family);
                let of_twin = facts.of_twin.iter().cloned();
                needs.walls.extend(of_twin);
                let twin = twins.stays(node);
                let given = |call: &CallSite| CallSite {
                    twin,
                    ..call.clone()
                };
                for waiting in &facts.waiting {
                    needs.calls.push(given(&waiting.call));
                    let doubt = twins.doubt(waiting.doubt.as_ref(), &waiting.others);
                    let doubt = doubt.map(|doubt| (waiting.call.path.clone(), doubt));
                    needs.walls.extend(doubt);
                    needs.nodes.extend(&waiting.others);
                }
                needs.meets_coroutines = !facts.waiting.is_empty();
                needs.exports.clone_from(&facts.exports);
                needs.stubs.extend(facts.stubs.iter().map(given));
                for caller in &facts.plain {
                    if twins.is_member(caller.node) {
                        needs.calls.push(given(&caller.call));
                        let doubt = twins.doubt(caller.doubt.as_ref(), &caller.others);
                        let doubt = doubt.map(|doubt| (caller.call.path.clone(), doubt));
                        needs.walls.extend(doubt);
                        needs.nodes.extend(&caller.others);
                    }
                }
            }
            needs.walls.extend(facts.of_caller.iter().cloned());
            needs.nodes.sort_unstable();
            needs.nodes.dedup();
            self.nodes[node].needs = Some(Rc::new(needs));
        }
    }

    fn facts_of(&mut self, node: usize, uses: &Uses) -> Facts {
        let mut facts = Facts::default();
        let kind = self.kind(node);
        let (name, at) = self.name(node);
        let file = self.nodes[node].file;
        let home = self.files[file].path.clone();
        let outline = Rc::clone(&self.files[file].outline);
        let own = &outline.definitions[self.nodes[node].definition];
        let is_handler = self.is_handler(node);
        for wall in &own.walls {
            if is_handler && matches!(wall.reason, "framework-handler" | "unknown-decorator") {
                continue;
            }
            // What runs the tests calls them where no loop runs.
            let passes_on = wall.reason == "unknown-decorator"
                && passing::passes_on(self.project, &home, wall.range);
            if own.code != walls::Code::Test && UNFOLLOWED.contains(&wall.reason) && !passes_on {
                let unfollowed = may_run(wall.range);
                facts.of_caller.push((home.clone(), unfollowed));
            }
            facts.of_twin.push((home.clone(), wall.clone()));
        }
        let mut twin = |obstacle| facts.of_twin.push((home.clone(), obstacle));
        if !(self.may_change)(&home) {
            twin(outside_paths(at));
        }
        if self.project.has("contextvars") {
            twin(
                Obstacle::new(
                    "context-variables",
                    at,
                    "`asyncio.run` would run it in a context of its own, and the project uses context variables",
                )
                .remedy("Convert the callers, too: run without `--keep-sync`."),
            );
        }
        if outline.is_test {
            let mocks = ["responses", "requests_mock", "httpretty"];
            let gone = !self.options.waits_in_threads();
            if let Some(mock) = mocks.iter().find(|mock| gone && self.project.has(mock)) {
                let message = format!(
                    "this test reaches it, and the project's tests answer requests with `{mock}`, which sees those of `requests` alone"
                );
                let obstacle = Obstacle::new("stand-in-for-requests", at, message)
                    .remedy("Answer with `respx`, or with the `MockTransport` of the new client.");
                facts.of_caller.push((home.clone(), obstacle));
            }
        }
        if let Some(outside) = walls::of_bases(uses, &name, at, outline.is_test) {
            facts.of_caller.push((home.clone(), may_run(outside.range)));
        }
        facts.of_caller.extend(self.found_by_text(node));
        if is_handler {
            facts.of_caller.extend(self.doubt_of_handler(node));
        }
        let others = uses.uses.iter().filter_map(|found| match &found.role {
            Role::Override(other) => Some(other),
            _ => None,
        });
        let others: BTreeSet<&Definition> = others.collect();
        facts
            .family
            .extend(self.family(node, &others, uses.protocol));
        for found in &uses.uses {
            if self.is_use_of_handler(node, found) {
                facts.is_used_plainly = true;
                continue;
            }
            match self.dispatchers(found) {
                None => self.sort_in(found, kind, &mut facts),
                Some(Ok(dispatchers)) => {
                    facts.is_used_plainly = true;
                    let callers = dispatchers.into_iter();
                    facts
                        .plain
                        .extend(callers.map(|node| Caller::dispatching(node, found)));
                }
                Some(Err(wall)) => facts.of_caller.push(wall),
            }
        }
        facts
    }

    /// Sorts one use of a function in.
    fn sort_in(&mut self, found: &Use, kind: Kind, facts: &mut Facts) {
        let path = found.path.as_path();
        let at = found.range;
        let place = |obstacle: Obstacle| (path.to_owned(), obstacle);
        let Some(file) = self.file(path) else {
            let unreadable =
                Obstacle::new("unreadable-file", at, "a file that uses it cannot be read");
            facts.of_caller.push(place(unreadable));
            return;
        };
        let outline = Rc::clone(&self.files[file].outline);
        let may_change = (self.may_change)(path);
        let site = |range: TextRange| CallSite {
            path: path.to_owned(),
            range,
            kind,
            line: outline.line(range.start()),
            twin: true,
        };
        let call = match &found.role {
            Role::Import => {
                if path.file_name().is_some_and(|name| name == "__init__.py") {
                    facts.exports.push(site(at));
                    if !may_change {
                        facts.of_twin.push(place(outside_paths(at)));
                    }
                }
                return;
            }
            Role::Override(_) if !facts.family.is_empty() => return,
            Role::Override(_) => {
                let several = Obstacle::new(
                    "twin-of-override",
                    at,
                    "another class has this method, too, and cannot have a twin that does the same",
                )
                .remedy("Run without `--keep-sync`, which makes all of them coroutine functions.");
                facts.of_twin.push(place(several));
                return;
            }
            Role::Stub => {
                facts.stubs.push(site(at));
                if !may_change {
                    facts.of_twin.push(place(outside_paths(at)));
                }
                return;
            }
            Role::Call {
                call,
                awaited: false,
            }
            | Role::Super {
                call,
                awaited: false,
            } => Some(*call),
            Role::Property { awaited: false } => None,
            _ => {
                facts.is_used_plainly = true;
                self.used_otherwise(found, outline.line(at.start()), facts);
                return;
            }
        };
        let range = call.unwrap_or(at);
        let mut others = Vec::new();
        let doubt = if call.is_none() {
            Some(Obstacle::new(
                "property",
                at,
                "it is read as an attribute, which cannot be awaited",
            ))
        } else if found.certainty == Certainty::Unknown {
            let text = String::new;
            walls::of_use(&text, self.options.target, found)
        } else if found.certainty == Certainty::OneOf {
            others = self.methods_of(&found.others, kind);
            Some(Obstacle::new(
                "several-callees",
                at,
                "this call may also mean something else, which has no twin",
            ))
        } else {
            None
        };
        match outline.position(at) {
            Position::Function(around) if outline.definitions[around].is_async => {
                if !may_change {
                    facts.of_twin.push(place(outside_paths(at)));
                }
                let call = site(range);
                facts.waiting.push(Waiting {
                    call,
                    doubt,
                    others,
                });
            }
            Position::Function(around) => {
                let node = self.node(file, around);
                facts.plain.push(Caller {
                    node,
                    call: site(range),
                    doubt,
                    others,
                });
            }
            Position::Module { guarded }
                if guarded || (!outline.is_test && self.is_program(path, &outline)) =>
            {
                facts.is_used_plainly = true;
            }
            Position::Module { .. } | Position::Class | Position::Header | Position::Lambda => {
                facts.is_used_plainly = true;
                facts.of_caller.push(place(may_run(at)));
            }
        }
    }

    /// Sorts in a use that does not call the function there and then.
    fn used_otherwise(&self, found: &Use, line: usize, facts: &mut Facts) {
        let path = found.path.as_path();
        let text = || self.project.sources.text(path).unwrap_or_default();
        let Some(obstacle) = walls::of_use(&text, self.options.target, found) else {
            let export = CallSite {
                path: path.to_owned(),
                range: found.range,
                kind: Kind::Coroutine,
                line,
                twin: true,
            };
            if !(self.may_change)(path) {
                let outside = outside_paths(found.range);
                facts.of_twin.push((path.to_owned(), outside));
            }
            facts.exports.push(export);
            return;
        };
        match obstacle.reason {
            // Another thread or process has no event loop.
            "thread-target" | "executor" => facts.is_in_thread |= obstacle.reason == "executor",
            "patched-by-test" | "replaced-at-run-time" => {
                let replaced = Obstacle::new(
                    obstacle.reason,
                    obstacle.range,
                    "something else is put in its place here, but not in that of its twin",
                )
                .remedy("Run without `--keep-sync`, or replace what it calls.");
                facts.of_twin.push((path.to_owned(), replaced));
            }
            _ => {
                let obstacle = may_run(obstacle.range);
                facts.of_caller.push((path.to_owned(), obstacle));
            }
        }
    }
}

fn may_run(at: TextRange) -> Obstacle {
    Obstacle::new(
        "may-run-in-a-loop",
        at,
        "it would start an event loop for each call, and it cannot be followed from here whether one runs already",
    )
    .remedy("Call it in a function, by its name; or run without `--keep-sync`.")
}

impl Propagation<'_> {
    /// The functions of a plan that change: leaves out what stays as it is.
    pub(in crate::propagation) fn changing(&self, nodes: BTreeSet<usize>) -> BTreeSet<usize> {
        match &self.twins {
            Some(twins) => nodes
                .into_iter()
                .filter(|node| twins.is_member(*node))
                .collect(),
            None => nodes,
        }
    }

    /// Whether a function keeps its plain name beside a coroutine function.
    pub(in crate::propagation) fn has_twin(&self, node: usize) -> bool {
        self.twins.as_ref().is_some_and(|twins| twins.stays(node))
    }

    /// Whether what was found out when edits were tried counts for a function.
    pub(in crate::propagation) fn counts_late(&self, node: usize) -> bool {
        self.twins
            .as_ref()
            .is_none_or(|twins| twins.is_member(node))
    }
}
