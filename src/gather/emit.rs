//! Writes the task group.

use super::children::{self, Child, Each, Gathered, Source, Wrap};
use super::comments::{self, Attached};
use super::failures::{self, Form};
use super::layout::{Layout, standalone};
use super::lists::Creation;
use super::names::{self, Names};
use super::{Failures, Site, helpers, lists};
use crate::edit::{Applicability, Change};
use crate::syntax::cst::{Piece, Run};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeKind, TextRange, TextSize, ast};
use crate::transform::{Obstacle, Refusal};

/// The change for a call that fulfils the preconditions.
pub(super) fn change(site: &Site<'_, '_>) -> Result<Change, Refusal> {
    let mut change = Change::new(Applicability::Safe);
    if site.failures == Failures::Raised {
        change.differs(&["D-G1", "D-G2", "D-G3", "D-G4"]);
        if !site.file.options.at_least(13) {
            change.differs(&["D-G5"]);
        }
    } else {
        change.differs(&["D-G7"]);
    }
    match site.file.can_hoist(site.id()) {
        Ok(()) => Group::new(site, change)?.write(),
        Err(Obstacle::NotLeftPure(_) | Obstacle::Conditional(_) | Obstacle::Comprehension(_)) => {
            in_place(site, change)
        }
        Err(obstacle) => Err(obstacle.refusal("this `gather`")),
    }
}

/// The text of an awaitable with its wrapper.
fn wrapped(
    site: &Site<'_, '_>,
    change: &mut Change,
    text: &str,
    wrap: Wrap,
) -> Result<String, Refusal> {
    let helper = match wrap {
        Wrap::Nothing => return Ok(text.to_owned()),
        Wrap::Await => &helpers::AWAIT,
        Wrap::Return => &helpers::RETURN_EXCEPTION,
    };
    let name = site.file.helper(change, helper)?;
    Ok(format!("{name}({text})"))
}

/// Where no statement can stand: `await _gather(…)`.
fn in_place(site: &Site<'_, '_>, mut change: Change) -> Result<Change, Refusal> {
    let gathered = children::collect(site, false)?;
    let tree = site.file.tree;
    let helper = site.file.helper(&mut change, &helpers::GATHER)?;
    change.differs(&["D-G8"]);
    change.replace(site.call.func.range(), helper);
    for child in &gathered.children {
        let (range, edited) = match child.source {
            Source::One(expr) => (tree.parenthesized(expr), expr),
            Source::Each(each) => (tree.parenthesized(each.elt), each.elt),
            Source::All(expr) => {
                if child.wrap != Wrap::Nothing {
                    let coro = Names::default().give(site, "coro");
                    let element = wrapped(site, &mut change, &coro, child.wrap)?;
                    let range = tree.parenthesized(expr);
                    let text = site.file.text(range);
                    change.replace(range, format!("({element} for {coro} in {text})"));
                }
                continue;
            }
            Source::Task(expr) | Source::Tasks(expr) => {
                unreachable!("{:?} is not moved from here", expr.range())
            }
        };
        let coro = match lists::creation(edited, site.file) {
            Some(creation) if creation.call.arguments.keywords.is_empty() => creation.coro,
            Some(creation) => {
                return Err(Refusal::new(
                    "gather-arg-task",
                    "A task with a name cannot be created by the helper that this place needs.",
                )
                .evidence(creation.call.range(), "the task"));
            }
            None => edited,
        };
        let text = site.file.text(tree.parenthesized(coro));
        let new = wrapped(site, &mut change, text, child.wrap)?;
        if new != site.file.text(range) {
            change.replace(range, new);
        }
    }
    if let Some(keyword) = site.call.arguments.keywords.first() {
        let from = site
            .call
            .arguments
            .args
            .last()
            .map_or(keyword.start(), |last| tree.parenthesized(last).end());
        let range = TextRange::new(from, keyword.end());
        if !tree.comments_in(range).is_empty() {
            return Err(Refusal::new(
                "comment-in-the-way",
                "A comment stands before the `return_exceptions` argument, which would go away.",
            )
            .evidence(keyword.range, "the argument")
            .remedy("Move the comment."));
        }
        change.delete(range);
    }
    Ok(change)
}

/// A group in front of the statement.
struct Group<'s, 'v, 'a> {
    site: &'s Site<'v, 'a>,
    change: Change,
    gathered: Gathered<'a>,
    names: Names,
    layout: Layout,
    tg: String,
    /// Statements before the group.
    prelude: Vec<String>,
    /// For children that are evaluated before the group: the name that holds them.
    held: Vec<Option<String>>,
    comments: Vec<Attached>,
    /// How many levels the body of the group is deeper than the statement.
    depth: usize,
}

impl<'s, 'v, 'a> Group<'s, 'v, 'a> {
    fn new(site: &'s Site<'v, 'a>, change: Change) -> Result<Self, Refusal> {
        let gathered = children::collect(site, true)?;
        let mut names = Names::default();
        let tg = names.give(site, "tg");
        let count = gathered.children.len();
        Ok(Self {
            site,
            change,
            gathered,
            names,
            layout: Layout::of(site),
            tg,
            prelude: Vec::new(),
            held: vec![None; count],
            comments: Vec::new(),
            depth: 1,
        })
    }

    fn write(mut self) -> Result<Change, Refusal> {
        let (form, telling) = self.form();
        if telling {
            self.change.applicability = Applicability::Unsafe;
        }
        self.hold_what_suspends(form)?;
        let helper = form == Form::Unwrap && self.uses_helper()?;
        self.depth = if form == Form::Unwrap && !helper {
            2
        } else {
            1
        };
        let header_comments = self.attach_comments();
        let (body, result) = self.body()?;
        let moved = self.moved()?;

        let mut inner = moved;
        if !body.is_empty() {
            inner.push(Piece::New(body.join("\n")));
        }
        let mut pieces: Vec<Piece> = Vec::new();
        if !self.prelude.is_empty() {
            pieces.push(Piece::New(self.prelude.join("\n")));
        }
        let id = self.site.id();
        let class = if helper {
            self.site
                .file
                .helper(&mut self.change, &helpers::TASK_GROUP)?
        } else {
            self.site
                .file
                .import(&mut self.change, id, "asyncio.TaskGroup")?
        };
        let mut header = String::new();
        for comment in header_comments {
            header.push_str(&comment);
            header.push('\n');
        }
        header.push_str(&format!("async with {class}() as {}:", self.tg));
        let nothing_to_do = inner.is_empty();
        if nothing_to_do {
            inner.push(Piece::New("pass".to_owned()));
        }
        let block = Piece::Block(header, inner);
        if form == Form::Unwrap {
            self.change.differs(&["D-G8"]);
        }
        if form == Form::Unwrap && !helper {
            self.change.repeats = true;
            let error = self.names.give(self.site, "error");
            let group = self.names.give(self.site, "group");
            pieces.push(Piece::New(format!("{error} = None")));
            pieces.push(Piece::Try(
                vec![block],
                format!(
                    "except BaseExceptionGroup as {group}:\n    {error} = {group}.exceptions[0]"
                ),
            ));
            pieces.push(Piece::New(format!(
                "if {error} is not None:\n    raise {error}"
            )));
        } else {
            pieces.push(block);
        }
        if let Some(result) = result {
            let last = self.gathered.at - self.first();
            let whole = self.site.file.tree.parenthesized_node(id);
            pieces.push(Piece::Kept(last, vec![(whole, result)]));
        }
        let run = Run::new(self.gathered.block, self.first(), self.gathered.at);
        self.change.rebuild(self.site.file.rebuild(run, &pieces)?);
        Ok(self.change)
    }

    /// The position of the first statement of the block that changes.
    fn first(&self) -> usize {
        self.gathered.first.min(self.gathered.taken_over)
    }

    fn form(&self) -> (Form, bool) {
        let file = self.site.file;
        if self.site.file.options.exceptions == crate::options::Exceptions::Unwrap
            && self.site.failures == Failures::Raised
        {
            return (Form::Unwrap, false);
        }
        let firewalled = self.site.failures == Failures::Returned;
        let quiet = firewalled
            || self
                .gathered
                .children
                .iter()
                .all(|child| match child.source {
                    Source::One(expr) => failures::cannot_fail(coroutine_of(expr, self.site), file),
                    Source::Each(each) => {
                        failures::cannot_fail(coroutine_of(each.elt, self.site), file)
                    }
                    Source::All(_) | Source::Task(_) | Source::Tasks(_) => false,
                });
        let moves = self.gathered.first < self.gathered.at;
        let risky = self
            .gathered
            .children
            .iter()
            .any(|child| self.is_risky(child))
            || (moves && self.moved_may_raise());
        if quiet && (!risky || (firewalled && !moves)) {
            return (Form::Plain, false);
        }
        if firewalled {
            return (Form::Unwrap, false);
        }
        failures::form(self.site)
    }

    /// Whether evaluating an argument may raise, before there is a task.
    fn is_risky(&self, child: &Child<'a>) -> bool {
        let file = self.site.file;
        match child.source {
            Source::One(expr) => failures::arguments_may_raise(coroutine_of(expr, self.site), file),
            Source::Each(each) => {
                failures::arguments_may_raise(coroutine_of(each.elt, self.site), file)
                    || each.generators.iter().any(|clause| {
                        failures::may_raise(&clause.iter, file)
                            || clause
                                .ifs
                                .iter()
                                .any(|test| failures::may_raise(test, file))
                    })
            }
            Source::All(expr) => failures::may_raise(expr, file),
            Source::Task(_) | Source::Tasks(_) => false,
        }
    }

    /// Whether a statement that moves into the group does more than create tasks.
    fn moved_may_raise(&self) -> bool {
        let file = self.site.file;
        let tree = file.tree;
        let known =
            |range: TextRange| {
                self.gathered.creations.iter().any(|creation| {
                    creation.call.range() == range || creation.coro.range() == range
                }) || self
                    .gathered
                    .started
                    .iter()
                    .any(|(expr, _)| expr.range() == range)
            };
        self.gathered.block[self.gathered.first..self.gathered.at]
            .iter()
            .flat_map(|stmt| tree.descendants(tree.id(stmt)))
            .any(|id| match tree.node(id) {
                AnyNodeRef::ExprCall(call) => {
                    let fills = matches!(&*call.func, ast::Expr::Attribute(attribute)
                        if matches!(attribute.attr.as_str(), "append" | "extend" | "items" | "values" | "keys"));
                    !known(call.range()) && !fills && failures::may_raise_call(call, file)
                }
                AnyNodeRef::ExprSubscript(_) | AnyNodeRef::ExprBinOp(_) => true,
                _ => false,
            })
    }

    /// What suspends, and what may raise where a plain group would put the error into a group, is
    /// evaluated before the group; so is everything left of it.
    fn hold_what_suspends(&mut self, form: Form) -> Result<(), Refusal> {
        let site = self.site;
        let file = site.file;
        let firewalled = site.failures == Failures::Returned && form == Form::Plain;
        let must = |child: &Child<'a>| {
            let waits = match child.source {
                Source::One(expr) | Source::All(expr) => failures::suspends(expr, file),
                Source::Each(each) => {
                    failures::suspends(each.elt, file)
                        || each.generators.iter().any(|clause| {
                            clause.is_async
                                || failures::suspends(&clause.iter, file)
                                || clause.ifs.iter().any(|test| failures::suspends(test, file))
                        })
                }
                Source::Task(_) | Source::Tasks(_) => false,
            };
            waits || (firewalled && self.is_risky(child))
        };
        let Some(last) = self.gathered.children.iter().rposition(must) else {
            return Ok(());
        };
        if self.gathered.first < self.gathered.at {
            return Err(Refusal::new(
                "gather-argument-waits",
                "An argument of this `gather` waits for something while tasks run that were created before.",
            )
            .evidence(self.gathered.children[last].range(site), "the argument")
            .remedy("Assign the argument to a name before the tasks are created."));
        }
        for at in 0..=last {
            let child = self.gathered.children[at];
            let (base, value) = match child.source {
                Source::One(expr) => {
                    if file.is_pure(expr) {
                        continue;
                    }
                    let base = names::from_awaitable(coroutine_of(expr, site))
                        .map_or_else(|| "coro".to_owned(), |name| name.replace("_task", "_coro"));
                    let coro = coroutine_of(expr, site);
                    (base, standalone(site, coro))
                }
                Source::Each(each) => {
                    let coro = coroutine_of(each.elt, site);
                    let tree = file.tree;
                    let mut edits = list_brackets(each);
                    if coro.range() != each.elt.range() {
                        edits.push((
                            tree.parenthesized(each.elt),
                            file.text(coro.range()).to_owned(),
                        ));
                    }
                    ("coros".to_owned(), tree.lifted_with(each.range, &edits))
                }
                Source::All(expr) => {
                    if file.is_pure(expr) {
                        continue;
                    }
                    let text = standalone(site, expr);
                    let value = if at == last {
                        text
                    } else {
                        format!("[*{text}]")
                    };
                    ("coros".to_owned(), value)
                }
                Source::Task(_) | Source::Tasks(_) => continue,
            };
            let name = self.names.give(site, &base);
            self.prelude.push(format!("{name} = {value}"));
            self.held[at] = Some(name);
        }
        Ok(())
    }

    /// Whether the form is written with the helper class: several sites of the module need it, or
    /// it is there already.
    fn uses_helper(&mut self) -> Result<bool, Refusal> {
        let mut probe = Change::new(Applicability::Safe);
        let known = self.site.file.helper(&mut probe, &helpers::TASK_GROUP);
        let there = known.is_ok() && probe.helpers.is_empty();
        let wanted = self.site.file.prefers_helpers() || there;
        if wanted {
            self.change.repeats = true;
        }
        match known {
            Err(_) => Ok(false),
            Ok(_) => Ok(wanted),
        }
    }

    /// Gives every comment to the child it stands at; what belongs to none comes back.
    fn attach_comments(&mut self) -> Vec<String> {
        let tree = self.site.file.tree;
        let printed: Vec<TextRange> = self
            .gathered
            .children
            .iter()
            .map(|child| child.range(self.site))
            .collect();
        let statement = tree.node(self.site.statement).range();
        let discarded = self.site.is_discarded();
        let whole = tree.parenthesized_node(self.site.id());
        let end = if discarded {
            statement.end()
        } else {
            whole.end()
        };
        // Statements that are kept in the group keep their comments.
        let start = if self.gathered.taken_over < self.gathered.at {
            self.gathered.block[self.gathered.taken_over].start()
        } else if discarded && self.gathered.first < self.gathered.at {
            tree.line_end(self.gathered.block[self.gathered.at - 1].end())
        } else if discarded {
            statement.start()
        } else {
            whole.start()
        };
        // A result statement below statements that are taken over keeps its own comments.
        let mut spans = vec![TextRange::new(start, end.max(start))];
        if !discarded && self.gathered.taken_over < self.gathered.at {
            let last = self.gathered.block[self.gathered.at - 1].end();
            spans = vec![
                TextRange::new(start, tree.line_end(last)),
                TextRange::new(whole.start(), whole.end()),
            ];
        }
        let mut rest = Vec::new();
        self.comments = vec![Attached::default(); printed.len()];
        for span in spans {
            let (attached, more) = comments::attach(tree, span, &printed);
            for (mine, new) in self.comments.iter_mut().zip(attached) {
                mine.above.extend(new.above);
                if new.behind.is_some() {
                    mine.lift();
                    mine.behind = new.behind;
                }
            }
            rest.extend(more);
        }
        // The comment at the end of a discarded statement goes behind the last line.
        if discarded
            && tree
                .comment_on_line(statement.end())
                .is_some_and(|c| c.start() >= statement.end())
            && let Some(last) = self.comments.last_mut()
        {
            last.lift();
        }
        if self.gathered.first < self.gathered.at {
            for (child, attached) in self.gathered.children.iter().zip(&mut self.comments) {
                if child.is_moved() {
                    attached.lift();
                    rest.append(&mut attached.above);
                }
            }
        } else if let Some(last) = self.comments.last_mut() {
            last.above.append(&mut rest);
        }
        rest
    }

    /// `tg.create_task(…)` for an awaitable expression.
    fn create(&mut self, before: &str, expr: &'a ast::Expr, wrap: Wrap) -> Result<String, Refusal> {
        let head = format!("{}.create_task", self.tg);
        let text = self.argument(expr, wrap)?;
        Ok(self.layout.call(before, &head, &text, self.depth))
    }

    /// The argument of `create_task` for an awaitable expression.
    fn argument(&mut self, expr: &'a ast::Expr, wrap: Wrap) -> Result<String, Refusal> {
        let tree = self.site.file.tree;
        let Some(creation) = lists::creation(expr, self.site.file) else {
            let text = tree.lifted(tree.parenthesized(expr));
            return wrapped(self.site, &mut self.change, &text, wrap);
        };
        let text = tree.lifted(tree.parenthesized(creation.coro));
        let mut text = wrapped(self.site, &mut self.change, &text, wrap)?;
        for keyword in &creation.call.arguments.keywords {
            text.push_str(", ");
            text.push_str(&tree.lifted(keyword.range));
        }
        Ok(text)
    }

    /// `tg.create_task(name)` with the wrapper.
    fn create_named(&mut self, name: &str, wrap: Wrap) -> Result<String, Refusal> {
        let text = wrapped(self.site, &mut self.change, name, wrap)?;
        Ok(format!("{}.create_task({text})", self.tg))
    }

    /// The lines of the body that create tasks, and the expression for the results.
    fn body(&mut self) -> Result<(Vec<String>, Option<String>), Refusal> {
        if self.site.is_discarded() {
            let mut lines = Vec::new();
            for at in 0..self.gathered.children.len() {
                if let Some(line) = self.discarded(at)? {
                    lines.push(line);
                }
            }
            return Ok((lines, None));
        }
        let children = self.gathered.children.clone();
        let target = self.targets();
        let any_moved = children.iter().any(Child::is_moved);
        let any_many = children
            .iter()
            .any(|child| child.is_many() && !child.is_moved());
        let names = self.task_names(&children, target);
        let single = !any_moved && (any_many || (target.is_none() && names.is_none()));
        if single && !children.is_empty() {
            let list = self.list_name();
            let lines = vec![self.list(&list)?];
            let task = self.names.give(self.site, "task");
            return Ok((
                lines,
                Some(format!("[{task}.result() for {task} in {list}]")),
            ));
        }
        let bases =
            names.unwrap_or_else(|| (1..=children.len()).map(|n| format!("task_{n}")).collect());
        let mut lines = Vec::new();
        let mut results = Vec::new();
        for (at, child) in children.iter().enumerate() {
            match child.source {
                Source::Task(expr) => {
                    results.push(format!("{}.result()", self.site.file.text(expr.range())))
                }
                Source::Tasks(expr) => {
                    let task = self.names.give(self.site, "task");
                    let list = self.site.file.text(expr.range());
                    results.push(many(
                        &format!("{task}.result() for {task} in {list}"),
                        children.len(),
                    ));
                }
                Source::One(expr) => {
                    let name = self.names.give(self.site, &bases[at]);
                    let before = format!("{name} = ");
                    let line = match self.held[at].clone() {
                        Some(held) => format!("{before}{}", self.create_named(&held, child.wrap)?),
                        None => self.create(&before, expr, child.wrap)?,
                    };
                    lines.push(self.comments[at].around(&line));
                    results.push(format!("{name}.result()"));
                }
                Source::Each(_) | Source::All(_) => {
                    let list = self.list_name();
                    let line = self.item(at, &format!("{list} = "), true)?;
                    lines.push(self.comments[at].around(&line));
                    let task = self.names.give(self.site, "task");
                    results.push(many(
                        &format!("{task}.result() for {task} in {list}"),
                        children.len(),
                    ));
                }
            }
        }
        let text = match (&*results, target) {
            ([only], _) if only.starts_with('[') => only.clone(),
            (_, Some(_)) if !children.iter().any(Child::is_many) => self.spread(&results, "", ""),
            _ => self.spread(&results, "[", "]"),
        };
        Ok((lines, Some(text)))
    }

    fn list_name(&mut self) -> String {
        let own = self
            .gathered
            .list_name
            .filter(|name| name.contains("task"))
            .map(str::to_owned);
        own.unwrap_or_else(|| self.names.give(self.site, "tasks"))
    }

    /// The elements on one line, or one a line when they do not fit behind what stands there.
    fn spread(&self, results: &[String], open: &str, close: &str) -> String {
        let tree = self.site.file.tree;
        let line = results.join(", ");
        let whole = tree.parenthesized_node(self.site.id());
        let column = (whole.start() - tree.line_start(whole.start())).to_usize();
        let before = " ".repeat(column.saturating_sub(tree.indentation(whole.start()).len()));
        if self.layout.fits(&format!("{before}{open}{line}{close}"), 0) {
            return format!("{open}{line}{close}");
        }
        let indent = tree.indentation(tree.node(self.site.statement).start());
        let unit = self.layout.unit();
        let (open, close) = if open.is_empty() {
            ("(", ")")
        } else {
            (open, close)
        };
        let mut text = open.to_owned();
        for result in results {
            text.push_str(&format!("\n{indent}{unit}{result},"));
        }
        text.push_str(&format!("\n{indent}{close}"));
        text
    }

    /// The elements of a tuple target with one name for every task.
    fn targets(&self) -> Option<&'a [ast::Expr]> {
        let AnyNodeRef::StmtAssign(assign) = self.site.file.tree.node(self.site.statement) else {
            return None;
        };
        let value = AnyNodeRef::from(&*assign.value).ptr_eq(AnyNodeRef::from(self.site.await_));
        let elements = match &*assign.targets {
            [ast::Expr::Tuple(tuple)] => &*tuple.elts,
            [ast::Expr::List(list)] => &*list.elts,
            _ => return None,
        };
        let fits = value
            && elements.len() == self.gathered.children.len()
            && elements.len() > 1
            && !elements.iter().any(ast::Expr::is_starred_expr);
        fits.then_some(elements)
    }

    /// One base name for every child, when all of them have one and they differ (or the target
    /// asks for one variable each).
    fn task_names(
        &self,
        children: &[Child<'a>],
        target: Option<&[ast::Expr]>,
    ) -> Option<Vec<String>> {
        let mut bases = Vec::new();
        for (at, child) in children.iter().enumerate() {
            let from_target = target.and_then(|elements| names::from_target(&elements[at]));
            let own = match child.source {
                Source::One(expr) => names::from_awaitable(coroutine_of(expr, self.site)),
                _ => None,
            };
            // One result in one variable.
            let single = || match self.site.file.tree.node(self.site.statement) {
                AnyNodeRef::StmtAssign(assign) if children.len() == 1 => match &*assign.targets {
                    [ast::Expr::Tuple(tuple)] if tuple.elts.len() == 1 => {
                        names::from_target(&tuple.elts[0])
                    }
                    _ => None,
                },
                _ => None,
            };
            bases.push(from_target.or_else(single).or(own));
        }
        let moved = children.iter().any(Child::is_moved);
        let named = bases.iter().all(Option::is_some);
        let mut sorted: Vec<_> = bases.iter().flatten().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let distinct = sorted.len() == bases.len();
        if target.is_none() && !moved && (!named || !distinct || bases.len() > 4) {
            return None;
        }
        // Several of one name are numbered from one.
        let all = bases.clone();
        let mut bases: Vec<String> = Vec::new();
        for (at, base) in all.iter().enumerate() {
            let name = base.clone().unwrap_or_else(|| format!("task_{}", at + 1));
            let same = all.iter().filter(|other| *other == base).count();
            if base.is_some() && same > 1 {
                let number = 1 + all[..at].iter().filter(|other| *other == base).count();
                bases.push(format!("{name}_{number}"));
            } else {
                bases.push(name);
            }
        }
        Some(bases)
    }

    /// A statement that creates tasks nobody looks at.
    fn discarded(&mut self, at: usize) -> Result<Option<String>, Refusal> {
        let child = self.gathered.children[at];
        let line = match (child.source, self.held[at].clone()) {
            (Source::Task(_) | Source::Tasks(_), _) => return Ok(None),
            (Source::One(_), Some(held)) => self.create_named(&held, child.wrap)?,
            (Source::One(expr), None) => self.create("", expr, child.wrap)?,
            (Source::Each(each), None) => {
                if self.leaks(each) {
                    self.item(at, "", true)?
                } else {
                    return self.loop_over(at, each, child.wrap).map(Some);
                }
            }
            (Source::Each(_), Some(held)) => self.loop_all(&held, child.wrap)?,
            (Source::All(expr), held) => {
                let iterable = held.unwrap_or_else(|| standalone(self.site, expr));
                self.loop_all(&iterable, child.wrap)?
            }
        };
        Ok(Some(self.comments[at].around(&line)))
    }

    fn loop_all(&mut self, iterable: &str, wrap: Wrap) -> Result<String, Refusal> {
        let coro = self.names.give(self.site, "coro");
        let create = self.create_named(&coro, wrap)?;
        Ok(format!("for {coro} in {iterable}:\n    {create}"))
    }

    /// `for x in xs:` with `tg.create_task(f(x))` in it.
    fn loop_over(&mut self, at: usize, each: Each<'a>, wrap: Wrap) -> Result<String, Refusal> {
        let tree = self.site.file.tree;
        let mut attached = std::mem::take(&mut self.comments[at]);
        let mut printed = vec![tree.parenthesized(each.elt)];
        let mut text = String::new();
        let mut depth = 0;
        for clause in each.generators {
            printed.push(clause.target.range());
            printed.push(tree.parenthesized(&clause.iter));
            text.push_str(&"    ".repeat(depth));
            text.push_str(&format!(
                "for {} in {}:\n",
                tree.lifted(clause.target.range()),
                standalone(self.site, &clause.iter)
            ));
            depth += 1;
            for test in &clause.ifs {
                printed.push(tree.parenthesized(test));
                text.push_str(&"    ".repeat(depth));
                text.push_str(&format!("if {}:\n", standalone(self.site, test)));
                depth += 1;
            }
        }
        let keep = self.depth;
        self.depth += depth;
        let create = self.create("", each.elt, wrap)?;
        self.depth = keep;
        let prefix = "    ".repeat(depth);
        let mut lines = create.split('\n');
        // Only the first line is indented as text: the others are inside brackets, which the
        // printer indents with the statement.
        text.push_str(&prefix);
        text.push_str(lines.next().unwrap_or_default());
        for line in lines {
            text.push('\n');
            if !line.is_empty() {
                text.push_str(&prefix);
            }
            text.push_str(line);
        }
        for comment in tree.comments_in(each.range) {
            if !printed.iter().any(|range| range.contains_range(comment)) {
                attached
                    .above
                    .push(tree.slice(comment).trim_end().to_owned());
            }
        }
        attached.lift_if_loop();
        Ok(attached.around(&text))
    }

    /// Whether a variable of the comprehension means something else in the function, so that a
    /// loop would change it.
    fn leaks(&self, each: Each<'a>) -> bool {
        let file = self.site.file;
        let tree = file.tree;
        let Some(function) = file.enclosing_function(self.site.id()) else {
            return true;
        };
        let mut outer = function;
        while let Some(next) = file.enclosing_function(outer) {
            outer = next;
        }
        let declared = |name: &str| {
            tree.descendants(outer).any(|id| match tree.node(id) {
                AnyNodeRef::StmtGlobal(global) => global.names.iter().any(|n| n.as_str() == name),
                AnyNodeRef::StmtNonlocal(inner) => inner.names.iter().any(|n| n.as_str() == name),
                _ => false,
            })
        };
        each.generators.iter().any(|clause| {
            let id = tree.id(&clause.target);
            tree.descendants(id).any(|below| {
                let AnyNodeRef::ExprName(name) = tree.node(below) else {
                    return !matches!(
                        tree.node(below),
                        AnyNodeRef::ExprTuple(_)
                            | AnyNodeRef::ExprList(_)
                            | AnyNodeRef::ExprStarred(_)
                    );
                };
                if name.ctx.is_load() {
                    return true;
                }
                let mentioned = tree.mentions(name.id.as_str()).iter().any(|id| {
                    tree.is_within(*id, outer)
                        && !each.range.contains_range(tree.node(*id).range())
                        && !self.is_bound_anew(*id, name.id.as_str())
                });
                mentioned
                    || declared(name.id.as_str())
                    || tree.scopes().any(|(_, scope)| {
                        tree.is_within(scope.node, outer)
                            && scope.node != function
                            && !matches!(scope.kind, ScopeKind::Comprehension { .. })
                            && scope.binds(name.id.as_str())
                    })
            })
        })
    }

    /// Whether a variable is given a new value wherever this use of it is reached: by a `for` loop
    /// around it, or because it belongs to a comprehension.
    fn is_bound_anew(&self, id: NodeId, name: &str) -> bool {
        let file = self.site.file;
        let tree = file.tree;
        let Some(home) = tree.lookup(name, tree.scope_of(id)) else {
            return false;
        };
        if matches!(tree.scope(home).kind, ScopeKind::Comprehension { .. }) {
            return true;
        }
        if file.function_scope(id) != file.function_scope(self.site.id()) {
            return false;
        }
        tree.ancestors(id).any(|above| {
            let AnyNodeRef::StmtFor(for_) = tree.node(above) else {
                return false;
            };
            let binds = tree.descendants(tree.id(&*for_.target)).any(|below| {
                matches!(tree.node(below), AnyNodeRef::ExprName(target)
                    if target.id == name && target.ctx.is_store())
            });
            let use_ = tree.node(id).range();
            let inside = for_.target.range().contains_range(use_)
                || for_
                    .body
                    .iter()
                    .any(|stmt| stmt.range().contains_range(use_));
            binds && inside && !tree.is_within(self.site.statement, above)
        })
    }

    /// `tasks = […]` with all children.
    fn list(&mut self, list: &str) -> Result<String, Refusal> {
        let before = format!("{list} = ");
        let count = self.gathered.children.len();
        if count == 1 {
            let line = self.item(0, &before, true)?;
            let mut attached = std::mem::take(&mut self.comments[0]);
            if line.contains('\n') {
                attached.lift();
            }
            return Ok(attached.around(&line));
        }
        let mut items = Vec::new();
        for at in 0..count {
            let many = self.gathered.children[at].is_many();
            items.push(self.item(at, if many { "*" } else { "" }, false)?);
        }
        let bare = self
            .comments
            .iter()
            .all(|attached| attached.above.is_empty() && attached.behind.is_none());
        let line = format!("{before}[{}]", items.join(", "));
        if bare && self.layout.fits(&line, self.depth) {
            return Ok(line);
        }
        let mut text = format!("{before}[");
        for (item, attached) in items.iter().zip(std::mem::take(&mut self.comments)) {
            text.push('\n');
            text.push_str(&self.layout.indented(&attached.around(&format!("{item},"))));
        }
        text.push_str("\n]");
        Ok(text)
    }

    /// One child as an element of a list display, or as the whole list.
    fn item(&mut self, at: usize, before: &str, whole: bool) -> Result<String, Refusal> {
        let child = self.gathered.children[at];
        let text = match (child.source, self.held[at].clone()) {
            (Source::One(_), Some(held)) => {
                let create = self.create_named(&held, child.wrap)?;
                bracketed(&create, before, whole)
            }
            (Source::One(expr), None) => {
                let create = self.create("", expr, child.wrap)?;
                bracketed(&create, before, whole)
            }
            (Source::Each(each), None) => self.comprehension(each, before, child.wrap)?,
            (Source::Each(_), Some(held)) => self.comprehend_all(before, &held, child.wrap)?,
            (Source::All(expr), held) => {
                let tree = self.site.file.tree;
                let iterable = held.unwrap_or_else(|| tree.lifted(tree.parenthesized(expr)));
                self.comprehend_all(before, &iterable, child.wrap)?
            }
            (Source::Task(expr) | Source::Tasks(expr), _) => {
                format!("{before}{}", self.site.file.text(expr.range()))
            }
        };
        Ok(text)
    }

    fn comprehend_all(
        &mut self,
        before: &str,
        iterable: &str,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        let coro = self.names.give(self.site, "coro");
        let create = self.create_named(&coro, wrap)?;
        let line = format!("{before}[{create} for {coro} in {iterable}]");
        if self.layout.fits(&line, self.depth) || iterable.contains('\n') {
            return Ok(line);
        }
        let unit = self.layout.unit();
        Ok(format!(
            "{before}[\n{unit}{create}\n{unit}for {coro} in {iterable}\n]"
        ))
    }

    /// `[tg.create_task(element) for … in …]`
    fn comprehension(
        &mut self,
        each: Each<'a>,
        before: &str,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        let tree = self.site.file.tree;
        let elt = tree.parenthesized(each.elt);
        let head = format!("{}.create_task", self.tg);
        let text = self.argument(each.elt, wrap)?;
        let source = tree.slice(each.range);
        if !source.contains(['\n', '\r']) {
            let mut edits = list_brackets(each);
            edits.push((elt, format!("{head}({text})")));
            let line = format!("{before}{}", tree.lifted_with(each.range, &edits));
            if self.layout.fits(&line, self.depth) {
                return Ok(line);
            }
            let create = self.layout.call("", &head, &text, self.depth + 1);
            let mut lines = format!("{before}[\n{}", self.layout.indented(&create));
            for clause in each.generators {
                lines.push('\n');
                lines.push_str(self.layout.unit());
                lines.push_str(&tree.lifted(clause.range));
            }
            lines.push_str("\n]");
            return Ok(lines);
        }
        // The comprehension keeps its lines.
        let own_line = tree.slice(TextRange::new(tree.line_start(elt.start()), elt.start()));
        let create = if own_line.trim().is_empty() {
            self.layout.call("", &head, &text, self.depth + 1)
        } else {
            format!("{head}({text})")
        };
        let outer = tree.indentation(each.range.start());
        let inner = tree.indentation(elt.start());
        let prefix = inner.strip_prefix(outer).unwrap_or_default();
        let create = create.replace('\n', &format!("\n{prefix}"));
        let mut edits = list_brackets(each);
        edits.push((elt, create));
        Ok(format!("{before}{}", tree.lifted_with(each.range, &edits)))
    }

    /// The statements that move into the group, with their creations on the group.
    fn moved(&mut self) -> Result<Vec<Piece>, Refusal> {
        if self.gathered.first >= self.gathered.at {
            return Ok(Vec::new());
        }
        let tree = self.site.file.tree;
        let mut edits: Vec<(TextRange, String)> = Vec::new();
        let head = format!("{}.create_task", self.tg);
        let creations: Vec<Creation<'a>> = self.gathered.creations.clone();
        for creation in creations {
            edits.push((creation.call.func.range(), head.clone()));
            if self.site.failures == Failures::Returned
                && !failures::cannot_fail(creation.coro, self.site.file)
            {
                let range = tree.parenthesized(creation.coro);
                let text = self.site.file.text(range);
                edits.push((
                    range,
                    wrapped(self.site, &mut self.change, text, Wrap::Return)?,
                ));
            }
        }
        for (expr, wrap) in self.gathered.started.clone() {
            let range = tree.parenthesized(expr);
            let text = wrapped(
                self.site,
                &mut self.change,
                self.site.file.text(range),
                wrap,
            )?;
            edits.push((range, format!("{head}({text})")));
        }
        let mut pieces = Vec::new();
        for at in self.gathered.first..self.gathered.taken_over {
            let range = self.gathered.block[at].range();
            let mine = edits
                .iter()
                .filter(|(edit, _)| range.contains_range(*edit))
                .cloned()
                .collect();
            pieces.push(Piece::Kept(at - self.first(), mine));
        }
        Ok(pieces)
    }
}

fn many(comprehension: &str, children: usize) -> String {
    if children == 1 {
        format!("[{comprehension}]")
    } else {
        format!("*[{comprehension}]")
    }
}

fn bracketed(create: &str, before: &str, whole: bool) -> String {
    if whole && !before.is_empty() {
        format!("{before}[{create}]")
    } else {
        format!("{before}{create}")
    }
}

/// The edits that turn the brackets of a comprehension into those of a list.
fn list_brackets(each: Each<'_>) -> Vec<(TextRange, String)> {
    let one = TextSize::new(1);
    vec![
        (TextRange::at(each.range.start(), one), "[".to_owned()),
        (
            TextRange::new(each.range.end() - one, each.range.end()),
            "]".to_owned(),
        ),
    ]
}

/// What a task runs: through `asyncio.create_task(…)`.
fn coroutine_of<'a>(expr: &'a ast::Expr, site: &Site<'_, '_>) -> &'a ast::Expr {
    lists::creation(expr, site.file).map_or(expr, |creation| creation.coro)
}
