//! A coroutine function that calls a blocking function which stays plain waits for it in a thread,
//! where the work of that function can be done in one.

mod work;

use crate::index::{Certainty, Definition, Role, Use, Uses};
use crate::propagation::group::{Blocking, CallSite, Group, Plan, Seed};
use crate::propagation::lift::Kind;
use crate::propagation::needs::outside_paths;
use crate::propagation::outline::{Obstacle, Position};
use crate::propagation::solve::Propagation;
use crate::syntax::{AnyNodeRef, Module, NodeId, TextRange, TextSize, Tree};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use work::{Callee, Level, REASON};

/// Who calls a function.
#[derive(Default)]
struct Called {
    /// The calls in coroutine functions.
    waiting: Vec<CallSite>,
    /// The plain functions, with their calls.
    plain: Vec<(usize, CallSite)>,
}

/// What is known about the work of a function.
type Judged = Result<Level, (PathBuf, Obstacle)>;

impl Propagation<'_> {
    /// Adds the calls of functions that stay plain to a plan, wherever a coroutine function makes
    /// them: those that can wait in a thread, and those that cannot. `staying` are the functions
    /// that block.
    pub fn add_threads(&mut self, plan: &mut Plan, staying: &[Seed]) {
        let starts: Vec<usize> = staying
            .iter()
            .filter_map(|seed| self.node_of(&seed.path, seed.function))
            .collect();
        let members: BTreeSet<usize> = plan
            .groups
            .iter()
            .flat_map(|group| &group.members)
            .filter_map(|member| self.node_of(&member.path, member.name.start()))
            .collect();
        let mut judged = FxHashMap::default();
        let mut seen = BTreeSet::new();
        self.threads.clear();
        for (node, call) in self.blocking_calls(&starts, &members) {
            let place = (call.path.clone(), call.range.start());
            let is_awaited = plan.groups.iter().any(|group| group.calls.contains(&call));
            if is_awaited || !seen.insert(place) {
                continue;
            }
            match self.in_thread(node, &call, &mut judged) {
                Ok(()) => {
                    self.threads.push(call.clone());
                    plan.groups.push(Group {
                        threads: vec![call],
                        ..Group::default()
                    });
                }
                Err((at, obstacle)) => {
                    let blocking = self.blocking(node, &call, at, obstacle);
                    plan.blocking.push(blocking);
                }
            }
        }
    }

    /// Keeps the calls of a function that mean nothing else.
    pub(in crate::propagation) fn keep_calls(&mut self, node: usize, uses: &Uses) {
        let is_call = |one: &&Use| {
            one.certainty == Certainty::Exact
                && matches!(
                    one.role,
                    Role::Call { awaited: false, .. } | Role::Super { awaited: false, .. }
                )
        };
        let calls = uses.uses.iter().filter(is_call).cloned().collect();
        self.exact_calls.insert(node, calls);
    }

    /// The calls of blocking functions in coroutine functions, and in those that become one.
    fn blocking_calls(
        &mut self,
        starts: &[usize],
        members: &BTreeSet<usize>,
    ) -> Vec<(usize, CallSite)> {
        let mut found = Vec::new();
        let mut seen: BTreeSet<usize> = starts.iter().copied().collect();
        let mut round = seen.clone();
        while !round.is_empty() {
            // What calls a special method by its name is such a method, too.
            round.retain(|node| !members.contains(node) && !self.is_special(*node));
            self.ask_for_calls(&round);
            let mut next = BTreeSet::new();
            for node in &round {
                let called = self.called(*node);
                found.extend(called.waiting.into_iter().map(|call| (*node, call)));
                for (caller, call) in called.plain {
                    if members.contains(&caller) {
                        found.push((*node, call));
                    } else if seen.insert(caller) {
                        next.insert(caller);
                    }
                }
            }
            round = next;
        }
        found.retain(|(_, call)| {
            let file = self.by_path.get(&call.path).copied().flatten();
            file.is_some_and(|file| !self.files[file].outline.is_test)
        });
        found.sort_by(|a, b| {
            let key = |call: &CallSite| (call.path.clone(), call.range.start());
            key(&a.1).cmp(&key(&b.1))
        });
        found
    }

    fn is_special(&self, node: usize) -> bool {
        let (name, _) = self.name(node);
        name.len() > 4 && name.starts_with("__") && name.ends_with("__")
    }

    /// Looks for the calls of functions that were not asked about yet.
    fn ask_for_calls(&mut self, nodes: &BTreeSet<usize>) {
        let known = &self.exact_calls;
        let open = nodes.iter().copied();
        let open: Vec<usize> = open.filter(|node| !known.contains_key(node)).collect();
        if open.is_empty() {
            return;
        }
        let questions: Vec<Definition> = open.iter().map(|node| self.definition(*node)).collect();
        for (node, uses) in open.into_iter().zip(self.project.uses_of(&questions)) {
            self.keep_calls(node, &uses);
        }
    }

    /// The functions that certainly call a function.
    fn called(&mut self, node: usize) -> Called {
        let mut called = Called::default();
        let kind = self.kind(node);
        let calls = self.exact_calls.get(&node).map(Rc::clone);
        for one in calls.iter().flat_map(|calls| calls.iter()) {
            let (Role::Call { call, .. } | Role::Super { call, .. }) = one.role else {
                continue;
            };
            let Some(file) = self.file(&one.path) else {
                continue;
            };
            let outline = Rc::clone(&self.files[file].outline);
            let Position::Function(around) = outline.position(one.range) else {
                continue;
            };
            let site = CallSite {
                path: one.path.clone(),
                range: call,
                kind,
                line: outline.line(call.start()),
                twin: false,
            };
            if outline.definitions[around].is_async {
                called.waiting.push(site);
            } else {
                called.plain.push((self.node(file, around), site));
            }
        }
        called
    }

    /// Whether a call of a function can wait for it in a thread.
    fn in_thread(
        &mut self,
        node: usize,
        call: &CallSite,
        judged: &mut FxHashMap<usize, Judged>,
    ) -> Result<(), (PathBuf, Obstacle)> {
        let here = |obstacle| Err((call.path.clone(), obstacle));
        let mut learned = self.no_threads.iter();
        if let Some((.., obstacle)) =
            learned.find(|(path, at, _)| *path == call.path && *at == call.range)
        {
            return here(obstacle.clone());
        }
        // What stands in the way of awaiting it there would be gone in the next run.
        let mut late = self.nodes.iter().flat_map(|node| &node.late);
        if let Some((_, obstacle)) = late.find(|(path, obstacle)| {
            *path == call.path && call.range.contains_range(obstacle.range)
        }) {
            return here(obstacle.clone());
        }
        if !(self.may_change)(&call.path) {
            return here(outside_paths(call.range));
        }
        if self.project.has("contextvars") {
            return here(Obstacle::new(
                REASON,
                call.range,
                "context variables that it sets would be lost with the thread",
            ));
        }
        self.judge(node, judged).map(drop)
    }

    /// Whether the work of a function can be done in a thread, and what its result is.
    fn judge(&mut self, node: usize, judged: &mut FxHashMap<usize, Judged>) -> Judged {
        if let Some(known) = judged.get(&node) {
            return known.clone();
        }
        // A function that calls itself does what it does elsewhere.
        judged.insert(node, Ok(Level::Shared));
        let found = self.judge_new(node, judged);
        judged.insert(node, found.clone());
        found
    }

    fn judge_new(&mut self, node: usize, judged: &mut FxHashMap<usize, Judged>) -> Judged {
        let (_, name) = self.name(node);
        let path = self.files[self.nodes[node].file].path.clone();
        let here = |obstacle: Obstacle| (path.clone(), obstacle);
        if !matches!(self.kind(node), Kind::Coroutine | Kind::Object) {
            let message = "it gives its items one at a time, or is a context manager";
            return Err(here(Obstacle::new(REASON, name, message)));
        }
        let unreadable = || Obstacle::new(REASON, name, "its file cannot be read again");
        let text = self.project.sources.text(&path);
        let text = text.ok_or_else(|| here(unreadable()))?;
        let module = Module::parse(&text, self.options.target).map_err(|_| here(unreadable()))?;
        let tree = Tree::new(&module);
        let function = definition(&tree, name.start()).ok_or_else(|| here(unreadable()))?;
        let mut deeper = None;
        let mut ask = |callee: Callee, at: TextRange| {
            let unknown = || Obstacle::new(REASON, at, "it is not known what it calls here");
            let other = self.callee(&path, callee).ok_or_else(unknown)?;
            self.judge(other, judged).map_err(|(place, obstacle)| {
                deeper.get_or_insert((place, obstacle.clone()));
                obstacle
            })
        };
        let result = work::of_function(&tree, function, &mut ask);
        result.map_err(|obstacle| deeper.unwrap_or_else(|| here(obstacle)))
    }

    /// The plain function of the project that is called, if it is one for certain.
    fn callee(&mut self, path: &Path, callee: Callee) -> Option<usize> {
        match callee {
            Callee::Here(at) => self.node_of(path, at),
            Callee::Method(at) => {
                let node = self.node_of(path, at)?;
                let question: Definition = self.definition(node);
                let uses = self.project.uses_of(&[question]).pop()?;
                let overridden = uses
                    .uses
                    .iter()
                    .any(|found| matches!(found.role, Role::Override(_)));
                (!overridden).then_some(node)
            }
            Callee::Dotted(dotted) => {
                let (module, name) = dotted.rsplit_once('.')?;
                let seeds = if module.starts_with('.') {
                    let levels = module.len() - module.trim_start_matches('.').len();
                    let folder = path.ancestors().nth(levels)?;
                    let inner = module.trim_start_matches('.').replace('.', "/");
                    let file = folder.join(inner).with_extension("py");
                    let outline = self.outline(&file)?;
                    let mut all = outline.definitions.iter();
                    let one = all.find(|one| one.qualified == name && !one.is_async)?;
                    vec![Seed {
                        path: file,
                        function: one.name.start(),
                    }]
                } else {
                    self.find(&format!("{module}:{name}"))
                };
                match seeds.as_slice() {
                    [only] => self.node_of(&only.path, only.function),
                    _ => None,
                }
            }
        }
    }

    fn blocking(
        &mut self,
        node: usize,
        call: &CallSite,
        at: PathBuf,
        obstacle: Obstacle,
    ) -> Blocking {
        let place = |outline: &crate::propagation::Outline, at: TextSize| outline.line_column(at);
        let start = call.range.start();
        let (line, column) = self
            .outline(&call.path)
            .map_or((call.line, 1), |outline| place(&outline, start));
        let start = obstacle.range.start();
        let at_line = self
            .outline(&at)
            .map_or(1, |outline| place(&outline, start).0);
        Blocking {
            path: call.path.clone(),
            line,
            column,
            name: self.step(node).name,
            at,
            at_line,
            obstacle,
        }
    }
}

/// The definition whose identifier starts at a place.
fn definition(tree: &Tree<'_>, name: TextSize) -> Option<NodeId> {
    tree.ids().find(|id| {
        matches!(tree.node(*id), AnyNodeRef::StmtFunctionDef(function)
            if function.name.range.start() == name)
    })
}
