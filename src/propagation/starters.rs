//! The plain functions that start an event loop, themselves or through what they call: a coroutine
//! function that calls one of them fails, because its own loop runs already.

use super::group::Blocked;
use super::outline::{Obstacle, Position};
use super::solve::Propagation;
use crate::index::{Certainty, Role};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;

/// By function: the wall that it is.
pub(super) type Starters = Rc<BTreeMap<usize, (PathBuf, Obstacle)>>;

/// The words without which a file starts no event loop.
const WORDS: &[&str] = &[
    "run_until_complete",
    "run_forever",
    "asyncio.run(",
    "asyncio.Runner",
    "from asyncio import",
    "import asyncio as",
    "anyio.run(",
    "trio.run(",
    "uvloop.run(",
    "nest_asyncio.apply",
    "async_to_sync",
];

impl Propagation<'_> {
    /// The plain functions that start an event loop, with those that call them.
    pub(super) fn starters(&mut self) -> Starters {
        if let Some(known) = &self.starters {
            return Rc::clone(known);
        }
        let files = Mutex::new(BTreeSet::new());
        self.project.each_with(WORDS, &|path, text| {
            if WORDS.iter().any(|word| text.contains(word))
                && text.contains("def ")
                && let Ok(mut files) = files.lock()
            {
                files.insert(self.project.sources.absolute(path));
            }
        });
        let files = files.into_inner().unwrap_or_default();
        let mut found: BTreeMap<usize, (PathBuf, Obstacle)> = BTreeMap::new();
        for path in files {
            let Some(file) = self.file(&path) else {
                continue;
            };
            let outline = Rc::clone(&self.files[file].outline);
            for (at, definition) in outline.definitions.iter().enumerate() {
                let starts = definition.walls.iter();
                if let Some(wall) = starts
                    .clone()
                    .find(|wall| wall.reason == "starts-event-loop")
                {
                    let node = self.node(file, at);
                    found.insert(node, (path.clone(), wall.clone()));
                }
            }
        }
        let mut round: Vec<usize> = found.keys().copied().collect();
        while !round.is_empty() {
            let questions: Vec<_> = round.iter().map(|node| self.definition(*node)).collect();
            let answers = self.project.uses_of(&questions);
            let mut next = Vec::new();
            for (node, uses) in round.into_iter().zip(answers) {
                let name = self.step(node).name;
                for one in &uses.uses {
                    let runs = matches!(
                        one.role,
                        Role::Call { .. } | Role::Super { .. } | Role::Property { .. }
                    );
                    if !runs || one.certainty == Certainty::Unknown {
                        continue;
                    }
                    let Some(file) = self.file(&one.path) else {
                        continue;
                    };
                    let outline = Rc::clone(&self.files[file].outline);
                    let Position::Function(around) = outline.position(one.range) else {
                        continue;
                    };
                    if outline.definitions[around].is_async {
                        continue;
                    }
                    let caller = self.node(file, around);
                    if let Entry::Vacant(place) = found.entry(caller) {
                        let obstacle = Obstacle::new(
                            "starts-event-loop",
                            one.range,
                            format!("it calls `{name}`, which starts an event loop"),
                        )
                        .remedy("Await the coroutine instead of starting a loop for it.");
                        place.insert((one.path.clone(), obstacle));
                        next.push(caller);
                    }
                }
            }
            round = next;
        }
        let found = Rc::new(found);
        self.starters = Some(Rc::clone(&found));
        found
    }

    /// Why a function stays that starts an event loop.
    pub(super) fn stopped(&mut self, node: usize, wall: &(PathBuf, Obstacle)) -> Blocked {
        let (path, obstacle) = wall;
        let (line, column) = self.outline(path).map_or((1, 1), |outline| {
            outline.line_column(obstacle.range.start())
        });
        Blocked {
            beyond: Vec::new(),
            way: vec![self.step(node)],
            path: path.clone(),
            line,
            column,
            obstacle: obstacle.clone(),
        }
    }
}
