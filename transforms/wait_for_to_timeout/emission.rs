//! The statements that stand where the statement of a `wait_for` stood.

use super::call::Awaited;
use super::{limit, timing};
use crate::edit::Change;
use crate::syntax::cst::{Piece, Run};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{Awaitable, FileView, Obstacle, Refusal};
use rustc_hash::FxHashSet;

const WHAT: &str = "this `wait_for`";

/// What becomes of one statement.
pub(super) struct Steps<'f, 'a> {
    pub(super) file: &'f FileView<'a>,
    pub(super) statement: NodeId,
    /// What stands in front of the statement.
    pieces: Vec<Piece>,
    /// What is replaced in the statement.
    pub(super) edits: Vec<(TextRange, String)>,
    /// The awaits whose results have names now.
    moved: Vec<NodeId>,
    /// The awaits that stay where they are, without the `wait_for`.
    plain: Vec<NodeId>,
    /// The comments that stood in their calls, as lines.
    above: String,
    /// The headers of the timeouts around the statement itself, outermost first.
    around: Vec<String>,
    /// The names that were given out.
    names: FxHashSet<String>,
}

/// How one site is written.
struct Plan {
    /// The awaitable gets a name in front of the timeout.
    awaitable_named: bool,
    /// The timeout gets a name in front of that.
    timeout_named: bool,
    /// The result gets a name: the statement itself must stay outside of the timeout.
    result_named: bool,
}

impl<'f, 'a> Steps<'f, 'a> {
    /// A statement of which nothing is known yet.
    pub(super) fn new(statement: NodeId, file: &'f FileView<'a>) -> Self {
        Self {
            file,
            statement,
            pieces: Vec::new(),
            edits: Vec::new(),
            moved: Vec::new(),
            plain: Vec::new(),
            above: String::new(),
            around: Vec::new(),
            names: FxHashSet::default(),
        }
    }

    /// Takes up the next site, or says why it stays.
    pub(super) fn add(&mut self, awaited: Awaited<'a>, change: &mut Change) -> Result<(), Refusal> {
        let file = self.file;
        let tree = file.tree;
        if awaited.is_unlimited() {
            return self.add_plain(awaited, change);
        }
        let plan = self.plan(&awaited)?;
        let comments =
            std::mem::take(&mut self.above) + &self.comments(&awaited, plan.result_named)?;
        let timeout = file.import(change, awaited.id, "asyncio.timeout")?;
        change.differs(&["D-W1", "D-W5"]);
        if !file.options.at_least(12) {
            change.differs(&["D-W2", "D-W3"]);
        }

        let mut before = Vec::new();
        let mut limits: Vec<String> = awaited
            .timeouts
            .iter()
            .map(|limit| self.argument(limit))
            .collect();
        if plan.timeout_named {
            let name = self.fresh_name(awaited.id, "delay");
            let value = self.value(&name, awaited.timeouts[0]);
            before.push(format!("{name} = {value}"));
            limits[0] = name;
        }
        let mut operand = None;
        if plan.awaitable_named {
            let name = self.fresh_name(awaited.id, name_of(awaited.awaitable, file));
            let value = self.value(&name, awaited.awaitable);
            before.push(format!("{name} = {value}"));
            operand = Some(name);
        }
        let outside = self.around.len();
        let headers: Vec<String> = limits
            .iter()
            .enumerate()
            .map(|(depth, limit)| self.header(&timeout, limit, outside + depth))
            .collect();
        let mut above = comments;
        self.pieces.extend(
            before
                .into_iter()
                .map(|line| Piece::New(format!("{}{line}", std::mem::take(&mut above)))),
        );
        let (outermost, inner) = headers.split_first().expect("a call has a timeout");
        let outermost = format!("{above}{outermost}");
        if plan.result_named {
            let name = self.fresh_name(awaited.id, "result");
            let column = name.len() + " = await ".len();
            let operand = operand.unwrap_or_else(|| self.operand(awaited.awaitable, "", column));
            let mut block = Piece::New(format!("{name} = await {operand}"));
            for header in inner.iter().rev() {
                block = Piece::Block(header.clone(), vec![block]);
            }
            self.pieces.push(Piece::Block(outermost, vec![block]));
            self.replace(tree.parenthesized_node(awaited.id), name);
            self.moved.push(awaited.id);
        } else {
            let start = awaited.call.start();
            let column = (start - tree.line_start(start)).to_usize();
            let indent = tree.indentation(start);
            let operand =
                operand.unwrap_or_else(|| self.operand(awaited.awaitable, indent, column));
            self.replace(awaited.call.range(), operand);
            self.around.push(outermost);
            self.around.extend(inner.iter().cloned());
        }
        change.covers.push(awaited.call.range());
        change.covers.extend(awaited.inner);
        Ok(())
    }

    /// Takes up a site without a limit: what it awaits takes its place, wherever that is.
    fn add_plain(&mut self, awaited: Awaited<'a>, change: &mut Change) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let comments = self.comments(&awaited, false)?;
        let call = awaited.call.range();
        let column = (call.start() - tree.line_start(call.start())).to_usize();
        let indent = tree.indentation(call.start());
        let operand = if tree.parenthesized_node(tree.id(awaited.call)) == call {
            self.operand(awaited.awaitable, indent, column)
        } else {
            self.placed(tree.parenthesized(awaited.awaitable), indent, column)
        };
        change.differs(&["D-W7"]);
        self.above.push_str(&comments);
        self.replace(call, operand);
        self.plain.push(awaited.id);
        change.covers.push(call);
        change.covers.extend(awaited.inner);
        Ok(())
    }

    /// Writes the statements down.
    pub(super) fn finish(self, change: &mut Change) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let newline = tree.newline();
        let first = tree.logical_line_start(tree.node(self.statement).start());
        let indent = tree.indentation(first);
        let mut above = String::new();
        for line in self.above.lines() {
            above.extend([indent, line, newline]);
        }
        if self.pieces.is_empty() && self.around.is_empty() {
            if !above.is_empty() {
                change.replace(TextRange::empty(first), above);
            }
            for (range, text) in self.edits {
                // The inside of strings may have it already.
                let text = match newline {
                    "\r\n" => text.replace(newline, "\n").replace('\n', newline),
                    _ => text.replace('\n', newline),
                };
                change.replace(range, text);
            }
            return Ok(());
        }
        let run = Run::single(tree, self.statement).ok_or_else(|| {
            Refusal::new(
                "not-a-statement",
                "This `wait_for` does not stand in a statement.",
            )
        })?;
        let mut pieces = self.pieces;
        let mut kept = Piece::Kept(0, self.edits);
        for header in self.around.into_iter().rev() {
            kept = Piece::Block(header, vec![kept]);
        }
        pieces.push(kept);
        let mut rebuilt = self.file.rebuild(run, &pieces)?;
        rebuilt.text.insert_str(0, &above);
        change.rebuild(rebuilt);
        Ok(())
    }

    fn fresh_name(&mut self, at: NodeId, base: &str) -> String {
        let lines = self.file.tree.node(self.statement).range();
        self.file.local_name(at, lines, base, &mut self.names)
    }

    fn replace(&mut self, range: TextRange, text: String) {
        self.edits
            .retain(|(inside, _)| !range.contains_range(*inside));
        self.edits.push((range, text));
    }

    fn plan(&self, awaited: &Awaited<'a>) -> Result<Plan, Refusal> {
        let file = self.file;
        let tree = file.tree;
        if !file.in_coroutine(awaited.id) {
            return Err(Obstacle::Deferred(tree.node(awaited.id).range()).refusal(WHAT));
        }
        let place = file.can_hoist_after(awaited.id, &self.moved);
        // Evaluated for every element, or later: one timeout around the statement is another
        // program.
        if let Err(
            obstacle @ (Obstacle::Comprehension(_)
            | Obstacle::Deferred(_)
            | Obstacle::Definition(_)
            | Obstacle::While(_)
            | Obstacle::Elif(_)
            | Obstacle::Later(_)),
        ) = &place
        {
            return Err(obstacle.refusal(WHAT));
        }
        let other = self.other_suspension(awaited);
        if let Some(inside) = self.unsettled_inside(awaited) {
            return Err(several(inside));
        }
        if let Some(read) = self.read_before_binding(awaited) {
            return Err(Obstacle::NotLeftPure(read).refusal(WHAT));
        }
        let timeouts = &awaited.timeouts;
        let quiet = |limit: &&ast::Expr| {
            timing::slow_part(tree.id(*limit), &self.moved, None, file).is_none()
        };
        let all_quiet = timeouts.iter().all(quiet);
        if timeouts.len() > 1 && !all_quiet {
            return Err(Refusal::new(
                "nested-wait-for",
                "The timeouts of the nested `wait_for` calls are computed, and Python computes the inner one first.",
            )
            .evidence(awaited.call.range(), "the calls")
            .remedy("Assign the timeouts to names first."));
        }
        // Evaluated only under a condition: the timeout expression would always be.
        if let Err(obstacle @ Obstacle::Conditional(_)) = &place
            && !timeouts
                .iter()
                .all(|one| limit::may_be_evaluated_always(one, awaited.id, self.statement, file))
        {
            return Err(obstacle.refusal("the timeout expression"));
        }

        let takes_time =
            timing::slow_part(tree.id(awaited.awaitable), &self.moved, None, file).is_some();
        // D-W6, and D-W4 where the timeout may change what the awaitable is made of.
        let awaitable_named = takes_time
            || awaited.awaitable_first() && !all_quiet && !is_stable(awaited.awaitable, file);
        let timeout_named = awaitable_named
            && !awaited.awaitable_first()
            && !timeouts.iter().all(|limit| file.is_pure(limit));
        let result_named = other.is_some() || is_compound(tree.node(self.statement));
        if (awaitable_named || result_named)
            && let Some(place) = file.shows_its_variables(awaited.id)
        {
            return Err(Refusal::new(
                "variables-shown",
                "This `wait_for` would need a new variable, which the function would find among its local ones.",
            )
            .evidence(place, "asks for the variables")
            .remedy("Name the variables that are needed there one by one."));
        }
        if let Err(obstacle) = &place {
            if awaitable_named {
                return Err(obstacle.refusal("the call that makes the awaitable"));
            }
            if let Some(other) = other {
                return Err(several(other));
            }
            if result_named {
                return Err(obstacle.refusal(WHAT));
            }
            if let Some(range) = self.slow_before(awaited) {
                return Err(Obstacle::NotLeftPure(range).refusal(WHAT));
            }
            if !all_quiet {
                return Err(obstacle.refusal("the timeout expression"));
            }
        }
        Ok(Plan {
            awaitable_named,
            timeout_named,
            result_named,
        })
    }

    /// Another place at which the statement gives up control, so that the timeout would cover it.
    fn other_suspension(&self, awaited: &Awaited<'_>) -> Option<TextRange> {
        let tree = self.file.tree;
        if is_compound(tree.node(self.statement)) {
            return None;
        }
        let found = tree.descendants(self.statement).find(|id| {
            let suspends = match tree.node(*id) {
                AnyNodeRef::ExprAwait(_)
                | AnyNodeRef::ExprYield(_)
                | AnyNodeRef::ExprYieldFrom(_) => true,
                AnyNodeRef::Comprehension(clause) => clause.is_async,
                _ => false,
            };
            suspends
                && !tree.is_within(*id, awaited.id)
                && !self.moved.iter().any(|moved| tree.is_within(*id, *moved))
                && !timing::runs_later(*id, self.statement, self.file)
        })?;
        Some(tree.node(found).range())
    }

    /// An awaited `wait_for` inside this one that stays: it would be another site afterwards.
    fn unsettled_inside(&self, awaited: &Awaited<'_>) -> Option<TextRange> {
        let tree = self.file.tree;
        let found = tree.descendants(awaited.id).find(|id| {
            let AnyNodeRef::ExprAwait(await_) = tree.node(*id) else {
                return false;
            };
            *id != awaited.id
                && !self.moved.contains(id)
                && !self.plain.contains(id)
                && matches!(&*await_.value, ast::Expr::Call(call)
                    if self.file.resolves_to(&call.func, "asyncio.wait_for"))
        })?;
        Some(tree.node(found).range())
    }

    /// A name that the statement reads before the call binds it with `:=`.
    fn read_before_binding(&self, awaited: &Awaited<'_>) -> Option<TextRange> {
        let tree = self.file.tree;
        let bound: Vec<&str> = tree
            .descendants(awaited.id)
            .filter_map(|id| match tree.node(id) {
                AnyNodeRef::ExprNamed(walrus) => walrus.target.as_name_expr(),
                _ => None,
            })
            .map(|name| name.id.as_str())
            .collect();
        if bound.is_empty() {
            return None;
        }
        let start = tree.node(awaited.id).start();
        tree.descendants(self.statement)
            .map(|id| tree.node(id))
            .take_while(|node| node.start() < start)
            .find_map(|node| match node {
                AnyNodeRef::ExprName(name)
                    if name.ctx.is_load() && bound.contains(&name.id.as_str()) =>
                {
                    Some(name.range())
                }
                _ => None,
            })
    }

    /// Something that takes time and is evaluated in the statement before the `await`.
    fn slow_before(&self, awaited: &Awaited<'_>) -> Option<TextRange> {
        let tree = self.file.tree;
        let value = match tree.node(self.statement) {
            AnyNodeRef::StmtAssign(assign) => Some(&*assign.value),
            AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
            _ => None,
        };
        if let Some(value) = value
            && !tree.is_within(awaited.id, tree.id(value))
        {
            // In a target, which comes after the value.
            return Some(value.range());
        }
        timing::slow_part(self.statement, &self.moved, Some(awaited.id), self.file)
    }
}

/// The refusal of a statement that gives up control at another place as well.
pub(super) fn several(other: TextRange) -> Refusal {
    Refusal::new(
        "multiple-awaits",
        "The statement awaits something else as well, which the timeout would cover.",
    )
    .evidence(other, "the other await")
    .remedy("Put each `await` into a statement of its own.")
}

/// Statements whose body must not end up inside the timeout.
fn is_compound(node: AnyNodeRef<'_>) -> bool {
    matches!(
        node,
        AnyNodeRef::StmtIf(_)
            | AnyNodeRef::StmtFor(_)
            | AnyNodeRef::StmtWith(_)
            | AnyNodeRef::StmtMatch(_)
            | AnyNodeRef::StmtTry(_)
            | AnyNodeRef::StmtWhile(_)
    )
}

/// Whether the awaitable is the same whenever it is made: a name, or a call of one with such
/// arguments.
fn is_stable(awaitable: &ast::Expr, file: &FileView<'_>) -> bool {
    let ast::Expr::Call(call) = awaitable else {
        return file.is_pure(awaitable);
    };
    let callee = match &*call.func {
        ast::Expr::Attribute(attribute) => &*attribute.value,
        other => other,
    };
    let keywords = call.arguments.keywords.iter();
    file.is_pure(callee)
        && call.arguments.args.iter().all(|one| file.is_pure(one))
        && keywords.clone().all(|one| file.is_pure(&one.value))
}

/// A name for what is awaited.
fn name_of(awaitable: &ast::Expr, file: &FileView<'_>) -> &'static str {
    let called = match awaitable {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            ast::Expr::Name(name) => name.id.as_str(),
            _ => "",
        },
        _ => "",
    };
    match called {
        "create_task" | "ensure_future" => "task",
        "shield" | "run_in_executor" | "create_future" | "wrap_future" | "gather" => "future",
        _ if file.awaitable(awaitable) == Awaitable::Future => "future",
        _ => "coro",
    }
}
