//! What is planned: the groups of functions that are lifted, and why the others stay.

use super::lift::Kind;
use super::outline::Obstacle;
use crate::syntax::{TextRange, TextSize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A function that a site needs to be a coroutine function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed {
    /// The file, as the project spells it.
    pub path: PathBuf,
    /// Where the identifier of the function starts.
    pub function: TextSize,
}

/// A function on the way from a seed to a wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `Report.load`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The 1-based line of the definition.
    pub line: usize,
    /// The 1-based column of its identifier, in characters.
    pub column: usize,
}

/// Why a seed stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// From the seed to the function that cannot be a coroutine function.
    pub way: Vec<Step>,
    /// The file with the wall.
    pub path: PathBuf,
    /// The 1-based line of the wall.
    pub line: usize,
    /// Its 1-based column, in characters.
    pub column: usize,
    /// The wall.
    pub obstacle: Obstacle,
    /// The walls behind it, where they were asked for: the function, the file, the 1-based line.
    pub beyond: Vec<(Step, PathBuf, usize, Obstacle)>,
}

/// A function of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The file.
    pub path: PathBuf,
    /// The identifier.
    pub name: TextRange,
    /// `Report.load`.
    pub qualified: String,
    /// The 1-based line of the definition.
    pub line: usize,
    /// What a call of it gives.
    pub kind: Kind,
    /// Something outside starts it by its name, which stays a plain function.
    pub keeps_name: bool,
    /// The plain function stays, and the coroutine function beside it has a name of its own.
    pub has_twin: bool,
    /// It is a property, so that reading an attribute calls it.
    pub is_attribute: bool,
}

/// A call that is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// The file.
    pub path: PathBuf,
    /// The whole call.
    pub range: TextRange,
    /// What it gives.
    pub kind: Kind,
    /// The 1-based line.
    pub line: usize,
    /// It calls the coroutine function beside a plain one that stays.
    pub twin: bool,
}

/// A call in plain code that starts the event loop.
pub type Bridged = CallSite;

/// Functions that become coroutine functions together, or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The seeds, by their places in the list.
    pub seeds: Vec<usize>,
    /// The functions.
    pub members: Vec<Member>,
    /// Who needs whom, by their places among the functions: the first one is called by the second
    /// one, or one overrides the other.
    pub edges: Vec<(usize, usize)>,
    /// Their calls in coroutine functions.
    pub calls: Vec<CallSite>,
    /// Their calls at module level.
    pub bridges: Vec<Bridged>,
    /// Where tests put something in the place of one of them, or ask what was put there.
    pub mocks: Vec<CallSite>,
    /// Calls in coroutine functions of a function that stays plain: they wait for it in a thread.
    pub threads: Vec<CallSite>,
    /// The same functions in the stubs beside their modules.
    pub stubs: Vec<CallSite>,
    /// Where one of them that gets a twin is imported to be given on, or named in `__all__`.
    pub exports: Vec<CallSite>,
    /// It is a whole program in one file that nothing else imports.
    pub is_closed: bool,
    /// No coroutine function that is there already calls one of them, so that they run in one task
    /// with no other beside it.
    pub is_alone: bool,
}

/// What becomes of the seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is lifted.
    pub groups: Vec<Group>,
    /// The seeds that stay, by their places in the list.
    pub blocked: BTreeMap<usize, Blocked>,
    /// The calls that block a coroutine function and cannot be moved to a thread.
    pub blocking: Vec<Blocking>,
}

/// A call in a coroutine function that blocks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocking {
    /// The file with the call.
    pub path: PathBuf,
    /// The 1-based line of the call.
    pub line: usize,
    /// Its 1-based column, in characters.
    pub column: usize,
    /// The function that is called and stays plain.
    pub name: String,
    /// The file with what keeps it from running in a thread.
    pub at: PathBuf,
    /// The 1-based line of that.
    pub at_line: usize,
    /// What it is.
    pub obstacle: Obstacle,
}

impl Group {
    /// The files that change, sorted; a file may come several times in a row.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let mut paths: Vec<&Path> = self
            .members
            .iter()
            .map(|member| member.path.as_path())
            .chain(self.calls.iter().map(|call| call.path.as_path()))
            .chain(self.bridges.iter().map(|call| call.path.as_path()))
            .chain(self.mocks.iter().map(|mock| mock.path.as_path()))
            .chain(self.exports.iter().map(|export| export.path.as_path()))
            .chain(self.threads.iter().map(|call| call.path.as_path()))
            .chain(self.stubs.iter().map(|stub| stub.path.as_path()))
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths.into_iter()
    }

    /// Whether a file changes.
    pub fn touches(&self, path: &Path) -> bool {
        self.places(path).next().is_some()
    }

    /// What it has in a file: the identifiers of functions, and the ranges of calls and mocks.
    pub fn places(&self, path: &Path) -> impl Iterator<Item = TextRange> {
        let members = self
            .members
            .iter()
            .filter(move |member| member.path == path);
        let calls = self.calls.iter().chain(&self.bridges).chain(&self.mocks);
        let calls = calls.chain(&self.exports).chain(&self.threads);
        let calls = calls.chain(&self.stubs);
        let calls = calls.filter(move |call| call.path == path);
        members
            .map(|member| member.name)
            .chain(calls.map(|call| call.range))
    }
}

impl Blocked {
    /// `fetch (a.py:3) ← Report.load (b.py:10)`, with the paths as `shown` spells them.
    pub fn way(&self, shown: &dyn Fn(&Path) -> String) -> String {
        let steps: Vec<String> = self
            .way
            .iter()
            .map(|step| format!("{} ({}:{})", step.name, shown(&step.path), step.line))
            .collect();
        steps.join(" ← ")
    }
}

/// Makes calls that may mean several functions give what needs the most care.
pub(super) fn agree(calls: &mut [CallSite]) {
    let cleaning: BTreeSet<(PathBuf, TextSize)> = calls
        .iter()
        .filter(|call| call.kind == Kind::Items { cleans_up: true })
        .map(|call| (call.path.clone(), call.range.end()))
        .collect();
    for call in calls {
        if cleaning.contains(&(call.path.clone(), call.range.end()))
            && matches!(call.kind, Kind::Items { .. })
        {
            call.kind = Kind::Items { cleans_up: true };
        }
    }
}

/// Puts calls in order, each one once.
pub(super) fn sort(calls: &mut Vec<CallSite>) {
    calls.sort_by(|a, b| {
        let key = |call: &CallSite| (call.range.start(), call.range.end());
        a.path.cmp(&b.path).then(key(a).cmp(&key(b)))
    });
    calls.dedup();
}

/// Puts together what shares a function, in the order of the first seeds.
pub(super) fn connected(
    reached: Vec<(usize, BTreeSet<usize>)>,
) -> Vec<(Vec<usize>, BTreeSet<usize>)> {
    let mut groups: Vec<(Vec<usize>, BTreeSet<usize>)> = Vec::new();
    for (seed, nodes) in reached {
        let mut all = (vec![seed], nodes);
        let mut rest = Vec::new();
        for group in groups {
            if group.1.is_disjoint(&all.1) {
                rest.push(group);
            } else {
                all.0.extend(group.0);
                all.1.extend(group.1);
            }
        }
        all.0.sort_unstable();
        rest.push(all);
        groups = rest;
    }
    groups.sort();
    groups
}
