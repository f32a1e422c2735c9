//! The edits of a file while they are put together.

use super::{Kind, Lift, Lifted, Wall, kind};
use crate::edit::{Edit, ImportRequest};
use crate::syntax::{AnyNodeRef, NodeId, PythonVersion, Ranged, TextRange, TextSize, Tree, ast};
use crate::transform::{self, Refusal};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The edits of a file, and what stands in their way.
pub(in crate::propagation) struct Draft<'t, 'a> {
    pub(in crate::propagation) tree: &'t Tree<'a>,
    pub(in crate::propagation) target: PythonVersion,
    pub(in crate::propagation) what: &'t Lift<'t>,
    pub(in crate::propagation) imports: Vec<ImportRequest>,
    /// The functions that keep a plain function under their name, with the name that the coroutine
    /// function gets.
    pub(in crate::propagation) renamed: BTreeMap<NodeId, String>,
    /// The `with` items that become asynchronous.
    pub(in crate::propagation) managers: Vec<NodeId>,
    /// Clauses that are marked `async`, and generator expressions that are settled.
    settled: FxHashSet<NodeId>,
    functions: FxHashSet<NodeId>,
    /// The `lambda`s that something takes the place of which can wait.
    dissolved: FxHashSet<NodeId>,
    handed_out: FxHashSet<String>,
    inserts: Vec<Insert>,
    /// Ranges whose lines are indented further, with the blanks that are added.
    indented: Vec<(TextRange, String)>,
    replaced: Vec<Edit>,
    walls: Vec<Wall>,
}

/// Text at a place where more may be inserted.
struct Insert {
    at: TextSize,
    side: Side,
    text: String,
}

/// What an insertion belongs to. Among insertions at one place, the smaller comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    /// A node that ends here; inner ones first.
    Close(Reverse<NodeId>),
    /// The line that starts here.
    Line,
    /// A node that starts here; outer ones first.
    Open(NodeId),
}

impl<'t, 'a> Draft<'t, 'a> {
    pub(in crate::propagation) fn new(
        tree: &'t Tree<'a>,
        target: PythonVersion,
        what: &'t Lift<'t>,
    ) -> Self {
        Self {
            tree,
            target,
            what,
            imports: Vec::new(),
            renamed: BTreeMap::new(),
            managers: Vec::new(),
            settled: FxHashSet::default(),
            functions: what.functions.iter().copied().collect(),
            dissolved: FxHashSet::default(),
            handed_out: FxHashSet::default(),
            inserts: Vec::new(),
            indented: Vec::new(),
            replaced: Vec::new(),
            walls: Vec::new(),
        }
    }

    /// Whether a function is asynchronous afterwards.
    pub(in crate::propagation) fn is_async(&self, function: NodeId) -> bool {
        self.functions.contains(&function)
            || matches!(self.tree.node(function), AnyNodeRef::StmtFunctionDef(node) if node.is_async)
    }

    /// What a call gives.
    pub(in crate::propagation) fn kind_of_call(&self, call: NodeId) -> Kind {
        self.stated(call).unwrap_or(Kind::Coroutine)
    }

    /// What calls of a function give.
    pub(in crate::propagation) fn kind_of_function(&self, function: NodeId) -> Kind {
        self.stated(function)
            .unwrap_or_else(|| kind(self.tree, function))
    }

    fn stated(&self, node: NodeId) -> Option<Kind> {
        let found = self.what.kinds.iter().find(|(id, _)| *id == node);
        found.map(|(_, kind)| *kind)
    }

    /// Notes that a node is dealt with; whether it was not before.
    pub(in crate::propagation) fn settle(&mut self, node: NodeId) -> bool {
        self.settled.insert(node)
    }

    /// Notes that a `lambda` becomes something that can wait; whether it was not noted before.
    pub(in crate::propagation) fn dissolve(&mut self, lambda: NodeId) -> bool {
        self.dissolved.insert(lambda)
    }

    /// Whether a `lambda` becomes something that can wait.
    pub(in crate::propagation) fn is_dissolved(&self, lambda: NodeId) -> bool {
        self.dissolved.contains(&lambda)
    }

    /// Whether a node is dealt with.
    pub(in crate::propagation) fn is_settled(&self, node: NodeId) -> bool {
        self.settled.contains(&node)
    }

    pub(in crate::propagation) fn wall(&mut self, wall: Wall) {
        if !self.walls.contains(&wall) {
            self.walls.push(wall);
        }
    }

    /// Inserts text in front of what a node starts with. A node around it opens before it.
    pub(in crate::propagation) fn open(
        &mut self,
        at: TextSize,
        node: NodeId,
        text: impl Into<String>,
    ) {
        self.inserts.push(Insert {
            at,
            side: Side::Open(node),
            text: text.into(),
        });
    }

    /// Inserts text after what a node ends with. A node around it closes after it.
    pub(in crate::propagation) fn close(
        &mut self,
        at: TextSize,
        node: NodeId,
        text: impl Into<String>,
    ) {
        self.inserts.push(Insert {
            at,
            side: Side::Close(Reverse(node)),
            text: text.into(),
        });
    }

    pub(in crate::propagation) fn replace(&mut self, range: TextRange, text: impl Into<String>) {
        self.replaced.push(Edit {
            range,
            text: text.into(),
        });
    }

    /// Marks a clause as asynchronous: `async ` in front of its keyword.
    pub(in crate::propagation) fn mark_async(&mut self, at: TextSize, clause: NodeId) {
        if self.settle(clause) {
            self.open(at, clause, "async ");
        }
    }

    /// Indents the lines that start inside a range by some levels more, except those that start
    /// inside a string.
    pub(in crate::propagation) fn indent(&mut self, range: TextRange, levels: usize) {
        let blanks = self.tree.indent_unit_at(range.start()).repeat(levels);
        self.indented.push((range, blanks.clone()));
        let strings = self.tree.string_lines(range);
        let mut line = self.tree.line_end(range.start());
        while line < range.end() {
            let inside = strings
                .iter()
                .any(|string| string.start() < line && line < string.end());
            let end = self.tree.line_end(line);
            let blank = self.tree.slice(TextRange::new(line, end)).trim().is_empty();
            if !inside && !blank {
                self.inserts.push(Insert {
                    at: line,
                    side: Side::Line,
                    text: blanks.clone(),
                });
            }
            if end == line {
                break;
            }
            line = end;
        }
    }

    /// Refuses where a statement shares its lines with others.
    pub(in crate::propagation) fn check_alone(&self, statement: NodeId) -> Result<(), Wall> {
        let range = self.tree.node(statement).range();
        let before = TextRange::new(self.tree.line_start(range.start()), range.start());
        let after = TextRange::new(range.end(), self.tree.line_end(range.end()));
        let after = self.tree.slice(after).trim_start();
        if self.tree.slice(before).trim().is_empty() && (after.is_empty() || after.starts_with('#'))
        {
            return Ok(());
        }
        Err(Wall::new(
            statement,
            "shares-its-line",
            "This statement would become several, and shares its line with another one.",
        )
        .remedy("Put the statement on a line of its own."))
    }

    /// The text for a dotted name at a place.
    pub(in crate::propagation) fn import(
        &mut self,
        at: NodeId,
        dotted: &str,
    ) -> Result<String, Wall> {
        transform::import(self.tree, &mut self.imports, at, dotted)
            .map_err(|refusal| of_refusal(at, refusal))
    }

    /// A name that nothing around a place uses.
    pub(in crate::propagation) fn fresh_name(&self, at: NodeId, base: &str) -> String {
        self.names(base)
            .find(|name| !transform::is_taken(self.tree, at, name))
            .unwrap_or_default()
    }

    /// A name that nothing around a place uses, and that is given to nobody else.
    pub(in crate::propagation) fn own_name(&mut self, at: NodeId, base: &str) -> String {
        let name = self
            .names(base)
            .find(|name| {
                !transform::is_taken(self.tree, at, name) && !self.handed_out.contains(name)
            })
            .unwrap_or_default();
        self.handed_out.insert(name.clone());
        name
    }

    fn names<'b>(&self, base: &'b str) -> impl Iterator<Item = String> + use<'b> {
        let more = (2u32..).map(move |number| format!("{base}_{number}"));
        std::iter::once(base.to_owned()).chain(more)
    }

    /// Whether an expression is the builtin of a name.
    pub(in crate::propagation) fn is_builtin(&self, expr: &ast::Expr, names: &[&str]) -> bool {
        matches!(expr, ast::Expr::Name(name) if names.contains(&name.id.as_str())
            && self.tree.lookup(&name.id, self.tree.scope_of(self.tree.id(expr))).is_none())
    }

    /// Indents the lines that are written inside of what is indented further.
    fn indent_new_lines(&mut self) {
        let inserts = self.inserts.iter_mut().map(|one| (one.at, &mut one.text));
        let replaced = self
            .replaced
            .iter_mut()
            .map(|one| (one.range.start(), &mut one.text));
        for (at, text) in inserts.chain(replaced) {
            let blanks: String = self
                .indented
                .iter()
                .filter(|(range, _)| range.start() < at && at <= range.end())
                .map(|(_, blanks)| blanks.as_str())
                .collect();
            if !blanks.is_empty() && text.contains(['\n', '\r']) {
                let newline = self.tree.newline();
                *text = text.replace(newline, &format!("{newline}{blanks}"));
            }
        }
    }

    pub(in crate::propagation) fn finish(mut self) -> Result<Lifted, Vec<Wall>> {
        if !self.walls.is_empty() {
            self.walls.sort_by_key(|wall| wall.node);
            return Err(self.walls);
        }
        self.indent_new_lines();
        self.inserts.sort_by_key(|insert| (insert.at, insert.side));
        let mut edits: Vec<Edit> = Vec::new();
        for insert in self.inserts {
            match edits.last_mut() {
                Some(last) if last.range.start() == insert.at => last.text.push_str(&insert.text),
                _ => edits.push(Edit {
                    range: TextRange::empty(insert.at),
                    text: insert.text,
                }),
            }
        }
        for edit in &mut edits {
            // `return(f)()`: what is written must not continue the word in front of it.
            let before = &self.tree.text()[..edit.range.start().to_usize()];
            if before.ends_with(is_of_a_word) && edit.text.starts_with(is_of_a_word) {
                edit.text.insert(0, ' ');
            }
        }
        edits.append(&mut self.replaced);
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        if let Some(pair) = edits
            .windows(2)
            .find(|pair| pair[1].range.start() < pair[0].range.end())
        {
            let node = self.tree.starting_in(pair[0].range).next();
            return Err(vec![Wall::new(
                node.unwrap_or(NodeId::MODULE),
                "too-involved",
                "Several changes would have to be made to the same few characters here.",
            )]);
        }
        self.imports.sort();
        self.imports.dedup();
        Ok(Lifted {
            edits,
            imports: self.imports,
        })
    }
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn of_refusal(node: NodeId, refusal: Refusal) -> Wall {
    Wall {
        node,
        reason: refusal.reason,
        message: refusal.message,
        remedy: refusal.remedy,
    }
}
