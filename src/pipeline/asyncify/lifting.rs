//! The edits that the lifted functions of all groups ask of one file.

use super::test_files::Mocks;
use super::{Asyncification, Lesson};
use crate::edit::{Applicability, Change, Edit};
use crate::pipeline::keep::suppressions;
use crate::propagation::lift::{self, Bridge, Kind, Lift};
use crate::propagation::test_code;
use crate::propagation::{self, Group, Obstacle};
use crate::source::SourceFile;
use crate::syntax::{AnyNodeRef, Module, NodeId, Ranged, TextRange, TextSize, Tree};
use crate::transform::lower_first;
use rustc_hash::FxHashMap;
use std::path::Path;

/// What the lifted functions ask of one file, before the list runs over it.
pub(in crate::pipeline) struct Lifted {
    /// The edits, imports included.
    pub(in crate::pipeline) edits: Vec<Edit>,
    /// The functions, by their identifiers.
    pub(in crate::pipeline) functions: Vec<TextRange>,
    /// The calls that are awaited now, with the place they have in the file as it is.
    pub(in crate::pipeline) calls: Vec<TextRange>,
    /// How sure it is.
    pub(in crate::pipeline) grade: Applicability,
    /// The documented differences.
    pub(in crate::pipeline) differences: Vec<&'static str>,
    /// Those of the functions that only ever one task runs.
    pub(in crate::pipeline) alone: Vec<TextRange>,
}

/// What the groups ask of one file, by its nodes.
#[derive(Default)]
struct Asked {
    functions: Vec<NodeId>,
    calls: Vec<NodeId>,
    kinds: Vec<(NodeId, Kind)>,
    bridges: Vec<Bridge>,
    mocks: Mocks,
    twin_calls: Vec<NodeId>,
    exports: Vec<NodeId>,
    threads: Vec<NodeId>,
}

impl Lifted {
    fn new() -> Self {
        Self {
            edits: Vec::new(),
            functions: Vec::new(),
            calls: Vec::new(),
            grade: Applicability::Safe,
            differences: Vec::new(),
            alone: Vec::new(),
        }
    }

    /// Takes down what the groups ask of the file.
    fn collect(&mut self, path: &Path, tree: &Tree<'_>, groups: &[&Group]) -> Asked {
        let places = Places::of(tree);
        let mut asked = Asked::default();
        for group in groups {
            for member in group.members.iter().filter(|member| member.path == path) {
                let function = places.functions.get(&member.name.start()).copied();
                asked.functions.extend(function);
                let kind = function.map(|function| (function, member.kind));
                asked.kinds.extend(kind);
                if member.keeps_name {
                    asked.bridges.extend(function.map(Bridge::KeepName));
                }
                if member.has_twin {
                    asked.bridges.extend(function.map(Bridge::Twin));
                }
                self.functions.push(member.name);
            }
            for call in group.calls.iter().filter(|call| call.path == path) {
                let node = places.calls.get(&call.range).copied();
                asked.calls.extend(node);
                asked.twin_calls.extend(node.filter(|_| call.twin));
                asked.kinds.extend(node.map(|node| (node, call.kind)));
                self.calls.push(call.range);
            }
            for call in group.bridges.iter().filter(|call| call.path == path) {
                let node = places.calls.get(&call.range).copied();
                asked.bridges.extend(node.map(Bridge::Call));
                asked.kinds.extend(node.map(|node| (node, call.kind)));
            }
            for call in group.threads.iter().filter(|call| call.path == path) {
                asked.threads.extend(places.calls.get(&call.range).copied());
                self.calls.push(call.range);
                self.functions.push(call.range);
            }
            for stub in group.stubs.iter().filter(|stub| stub.path == path) {
                let node = places.functions.get(&stub.range.start()).copied();
                if stub.twin {
                    asked.exports.extend(node);
                } else {
                    asked.functions.extend(node);
                }
                asked.kinds.extend(node.map(|node| (node, stub.kind)));
                self.functions.push(stub.range);
            }
            for export in group.exports.iter().filter(|export| export.path == path) {
                asked.exports.extend(exported(tree, export.range));
            }
            for mock in group.mocks.iter().filter(|mock| mock.path == path) {
                asked.mocks.add(tree, mock.range, mock.kind);
            }
            self.grade = self.grade.min(grade(group));
            for difference in differences(group) {
                if !self.differences.contains(&difference) {
                    self.differences.push(difference);
                }
            }
            if group.is_alone {
                let here = group.members.iter().filter(|member| member.path == path);
                self.alone.extend(here.map(|member| member.name));
            }
        }
        asked
    }

    /// The lifted functions that a comment asks to keep, by their identifiers.
    fn kept(&self, tree: &Tree<'_>) -> Vec<TextRange> {
        suppressions(tree)
            .iter()
            .filter(|keep| {
                keep.names.is_empty() || keep.names.iter().any(|name| name == propagation::ID)
            })
            .filter_map(|keep| {
                let covered = |at: &&TextRange| {
                    keep.covers.contains_range(**at)
                        && (header(tree, **at, keep.covers) || self.calls.contains(at))
                };
                self.functions.iter().find(covered).copied()
            })
            .collect()
    }

    /// The place of the groups that a wall of the file stands at: the call around it, the
    /// function that holds it, or the mock that stands for one of the functions.
    fn place(
        &self,
        wall: &lift::Wall,
        path: &Path,
        tree: &Tree<'_>,
        groups: &[&Group],
        functions: &[NodeId],
    ) -> TextRange {
        let range = tree.node(wall.node).range();
        let bridges = groups.iter().flat_map(|group| &group.bridges);
        let bridges = bridges.filter(|call| call.path == path);
        let called = self
            .calls
            .iter()
            .chain(bridges.map(|call| &call.range))
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
        let mock = || {
            let all = groups.iter().flat_map(|group| &group.mocks);
            let mut mocks = all.filter(|mock| mock.path == path).map(|mock| mock.range);
            let first = mocks.clone().next();
            mocks
                .find(|mock| range.contains_range(*mock) || mock.contains_range(range))
                .or(first)
        };
        let other = called.copied().or(around).or_else(mock);
        other
            .or_else(|| self.calls.first().copied())
            .or_else(|| self.functions.first().copied())
            .unwrap_or(range)
    }
}

impl Asyncification<'_, '_> {
    /// The edits of one file for all groups, or why they cannot be made.
    pub(super) fn lift(
        &self,
        path: &Path,
        source: &SourceFile,
        groups: &[Group],
    ) -> Result<Lifted, Vec<Lesson>> {
        let target = self.pipeline.options.target;
        let wall = |at: TextRange, reason, message: &str| {
            let obstacle = Obstacle::new(reason, at, message);
            Lesson::Wall(path.to_owned(), at, obstacle)
        };
        let here: Vec<&Group> = groups.iter().filter(|group| group.touches(path)).collect();
        let Ok(module) = Module::parse(source.text(), target) else {
            let message = "the file is not valid Python";
            let places = here.iter().flat_map(|group| group.places(path));
            let walls = places.map(|at| wall(at, "unreadable-file", message));
            return Err(walls.collect());
        };
        let tree = Tree::new(&module);
        let mut lifted = Lifted::new();
        let asked = lifted.collect(path, &tree, &here);
        let kept = lifted.kept(&tree);
        if !kept.is_empty() {
            let message = "a comment asks to keep it as it is";
            let walls = kept.into_iter();
            return Err(walls
                .map(|at| wall(at, "kept-by-comment", message))
                .collect());
        }
        let what = Lift {
            functions: &asked.functions,
            calls: &asked.calls,
            kinds: &asked.kinds,
            bridges: &asked.bridges,
            twin_calls: &asked.twin_calls,
            exports: &asked.exports,
            threads: &asked.threads,
            names_stop_iteration: self.pipeline.project.has("StopIteration"),
        };
        // Tests of functions that keep their plain name stay as they are, but for those that wait.
        let moves = asked.twin_calls.is_empty() && asked.exports.is_empty();
        let written = if moves && test_code::is_test_code(path, &tree) {
            self.move_tests(path, &tree, &what, &asked.mocks, groups)
        } else {
            lift::lift(&tree, target, &what)
        };
        let written = written.map_err(|walls| {
            let lesson = |wall: &lift::Wall| {
                let place = lifted.place(wall, path, &tree, &here, &asked.functions);
                let obstacle = Obstacle {
                    reason: wall.reason,
                    message: lower_first(wall.message.trim_end_matches('.')),
                    remedy: wall.remedy.clone(),
                    range: tree.node(wall.node).range(),
                };
                Lesson::Wall(path.to_owned(), place, obstacle)
            };
            walls.iter().map(lesson).collect::<Vec<_>>()
        })?;
        let mut change = Change::new(lifted.grade);
        change.imports = written.imports;
        lifted.edits = crate::imports::requested(&tree, &[change]);
        lifted.edits.extend(written.edits);
        Ok(lifted)
    }
}

/// How sure lifting a group is.
pub(super) fn grade(group: &Group) -> Applicability {
    if group.is_closed {
        Applicability::Safe
    } else {
        Applicability::Unsafe
    }
}

/// The documented differences of lifting a group.
fn differences(group: &Group) -> Vec<&'static str> {
    if group.members.is_empty() {
        return vec!["D-AWAIT", "D-B2"];
    }
    let mut all = vec!["D-P1"];
    let twins = group.members.iter().filter(|member| member.has_twin);
    let twins = twins.count();
    if !group.is_closed && twins < group.members.len() {
        all.push("D-P2");
    }
    if group
        .members
        .iter()
        .any(|member| member.is_attribute || member.kind == Kind::Object)
    {
        all.push("D-P4");
    }
    let keeps_name = group.members.iter().any(|member| member.keeps_name);
    if twins > 0 || keeps_name {
        all.push("D-P3");
    }
    if !group.is_alone {
        all.push("D-AWAIT");
    }
    if !group.bridges.is_empty() || keeps_name || twins > 0 {
        all.push("D-R4");
    }
    all
}

/// The alias or the string with which a function is given on.
fn exported(tree: &Tree<'_>, range: TextRange) -> Option<NodeId> {
    tree.starting_in(TextRange::new(range.start(), range.end()))
        .find(|id| {
            let node = tree.node(*id);
            matches!(
                node,
                AnyNodeRef::Alias(_) | AnyNodeRef::ExprStringLiteral(_)
            ) && node.range() == range
        })
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
    /// Calls, and attributes, by their ranges.
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
                // One that is read is a call of a property.
                AnyNodeRef::ExprAttribute(attribute) => {
                    places.calls.insert(attribute.range(), id);
                }
                _ => {}
            }
        }
        places
    }
}
