//! Writes the task group.

mod body;
mod held;
mod loops;
mod picked;
mod unread;

use self::unread::Unread;
use super::callers::{self, Form, Outcome};
use super::children::{self, Child, Each, Gathered, Source, Wrap};
use super::comments::{self, Attached};
use super::layout::Layout;
use super::lists::Creation;
use super::names::{self, Names};
use super::{Failures, Site, failures, helpers, lists, safety, stored};
use crate::edit::{Applicability, Change};
use crate::options::Firewall;
use crate::syntax::cst::{Piece, Run};
use crate::syntax::{AnyNodeRef, Ranged, TextRange, TextSize, ast};
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
        change.differs(&["D-G7", "D-G9"]);
    }
    if let Some(stored) = site.stored {
        stored::remove(stored, &mut change, site.file);
    }
    let shown = site.file.shows_its_variables(site.id());
    match site.file.can_hoist(site.id()) {
        // A group has variables, which the function would find among its own.
        Ok(()) if shown.is_some() && site.stored.is_none() => in_place(site, change),
        Ok(()) => match shown {
            Some(place) => Err(variables_shown(place)),
            None => Group::new(site, change)?.write(),
        },
        Err(obstacle) if site.stored.is_some() => Err(obstacle.refusal("this `gather`")),
        Err(Obstacle::NotLeftPure(_) | Obstacle::Conditional(_) | Obstacle::Comprehension(_)) => {
            in_place(site, change)
        }
        Err(obstacle) => Err(obstacle.refusal("this `gather`")),
    }
}

fn variables_shown(place: TextRange) -> Refusal {
    Refusal::new(
        "variables-shown",
        "A task group needs new variables, which the function would find among its local ones.",
    )
    .evidence(place, "asks for the variables")
    .remedy("Name the variables that are needed there one by one.")
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
        Wrap::Return => match site.file.options.firewall {
            Firewall::Plain => &helpers::RETURN_EXCEPTION,
            Firewall::Log => &helpers::LOG_EXCEPTION,
        },
    };
    let name = site.file.helper(change, site.id(), helper)?;
    Ok(format!("{name}({text})"))
}

/// The function for places where no statement can stand; short, where the module has the class.
fn gather_helper(site: &Site<'_, '_>, change: &mut Change) -> Result<String, Refusal> {
    if site.file.prefers_helpers() {
        let mut with_class = change.clone();
        let group = site
            .file
            .helper(&mut with_class, site.id(), &helpers::TASK_GROUP);
        let short = site
            .file
            .helper(&mut with_class, site.id(), &helpers::GATHER_IN_GROUP);
        if let (Ok(_), Ok(name)) = (group, short) {
            *change = with_class;
            return Ok(name);
        }
    }
    site.file.helper(change, site.id(), &helpers::GATHER)
}

/// Where no statement can stand: `await _gather(…)`.
fn in_place(site: &Site<'_, '_>, mut change: Change) -> Result<Change, Refusal> {
    if let Some(keyword) = safety::timeout(site.call) {
        return Err(safety::no_timeout(keyword));
    }
    let gathered = children::collect(site, false)?;
    let tree = site.file.tree;
    let helper = gather_helper(site, &mut change)?;
    change.differs(&["D-G8"]);
    change.replace(site.call.func.range(), helper);
    for child in &gathered.children {
        let (range, edited) = match child.source {
            Source::One(expr) => (tree.parenthesized(expr), expr),
            Source::Each(each) => (tree.parenthesized(each.elt), each.elt),
            Source::All(expr) => {
                if child.wrap != Wrap::Nothing {
                    let range = tree.parenthesized(expr);
                    let text = site.file.text(range);
                    let coro = names::of_comprehension("coro", &[text]);
                    let element = wrapped(site, &mut change, &coro, child.wrap)?;
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
    /// The list that goes away, when there is one.
    unread: Unread,
    /// The arguments of the call, when they stand in a list before the group with their comments.
    listed: Option<TextRange>,
    /// How many levels the body of the group is deeper than the statement.
    depth: usize,
    /// The variable of loops over awaitables.
    loop_variable: Option<String>,
}

impl<'s, 'v, 'a> Group<'s, 'v, 'a> {
    fn new(site: &'s Site<'v, 'a>, change: Change) -> Result<Self, Refusal> {
        let gathered = children::collect(site, site.stored.is_none())?;
        let block = &gathered.block[..=gathered.at];
        // The list that the arguments come from may go away with its own statement.
        let first = gathered.first.min(gathered.taken_over).saturating_sub(1);
        let lines = TextRange::new(block[first].start(), block[gathered.at].end());
        let mut names = Names::new(lines);
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
            listed: None,
            unread: Unread::default(),
            depth: 1,
            loop_variable: None,
        })
    }

    fn write(mut self) -> Result<Change, Refusal> {
        let outcome = self.outcome()?;
        let form = outcome.form;
        if outcome.needs_consent {
            self.change.applicability = Applicability::Unsafe;
        }
        for keyword in outcome.keywords {
            self.change.replace(TextRange::empty(keyword.end()), "*");
        }
        if outcome.uncaught {
            self.change.differs(&["D-G10"]);
        }
        self.change.remark = outcome.remark;
        self.hold_what_suspends(form)?;
        for inner in self
            .gathered
            .children
            .iter()
            .filter_map(|child| child.inner)
        {
            self.change.covers(inner);
        }
        if self
            .gathered
            .children
            .iter()
            .any(|child| child.inner.is_some() && child.wrap == Wrap::Return)
        {
            self.change.differs(&["D-G7", "D-G9"]);
        }
        self.unread = self.unread();
        let helper = form == Form::Unwrap && self.uses_helper();
        self.depth = if form == Form::Unwrap && !helper {
            2
        } else {
            1
        } + usize::from(safety::timeout(self.site.call).is_some());
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
        // A list that is made in front of the group stays where it was, and the group goes where
        // the call was.
        if result.is_some() && !self.prelude.is_empty() && self.first() < self.gathered.at {
            pieces.push(Piece::Above(self.gathered.at - self.first()));
        }
        let timeout = safety::timeout(self.site.call);
        if let Some(keyword) = timeout {
            self.change.applicability = Applicability::Unsafe;
            let moves = self.first() < self.gathered.at;
            if moves || !failures::is_early(&keyword.value, self.site.file) {
                return Err(safety::no_timeout(keyword));
            }
        }
        let class = if helper {
            self.site
                .file
                .helper(&mut self.change, id, &helpers::TASK_GROUP)?
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
            pieces.push(Piece::Kept(last, vec![result]));
        }
        if let Some(keyword) = timeout {
            let file = self.site.file;
            let function = file.import(&mut self.change, id, "asyncio.timeout")?;
            let seconds = file.text(keyword.value.range());
            pieces = vec![Piece::Block(
                format!("async with {function}({seconds}):"),
                pieces,
            )];
        }
        let run = Run::new(self.gathered.block, self.first(), self.gathered.at);
        self.change.rebuild(self.site.file.rebuild(run, &pieces)?);
        Ok(self.change)
    }

    /// The position of the first statement of the block that changes.
    fn first(&self) -> usize {
        let first = self.gathered.first.min(self.gathered.taken_over);
        first - usize::from(self.unread.assignment)
    }

    fn outcome(&self) -> Result<Outcome, Refusal> {
        let file = self.site.file;
        if self.site.file.options.exceptions == crate::options::Exceptions::Unwrap
            && self.site.failures == Failures::Raised
        {
            return Ok(Outcome::of(Form::Unwrap));
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
        // A task with a name of its own cannot be held in front of the group.
        let held = firewalled
            && !moves
            && !self
                .gathered
                .children
                .iter()
                .any(|child| child.has_options(self.site));
        if quiet && (!risky || held) {
            return Ok(Outcome::of(Form::Plain));
        }
        if firewalled {
            return Ok(Outcome::of(Form::Unwrap));
        }
        callers::outcome(self.site)
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
            // What a function does that is only made here does not happen here.
            .filter(|id| tree.function_scope(*id) == tree.function_scope(self.site.id()))
            .any(|id| match tree.node(id) {
                AnyNodeRef::ExprCall(call) => {
                    let fills = matches!(&*call.func, ast::Expr::Attribute(attribute)
                    if matches!(
                        attribute.attr.as_str(),
                        "append" | "extend" | "items" | "values" | "keys"
                            | "add_done_callback" | "set_name"
                    ));
                    !known(call.range()) && !fills && failures::may_raise_call(call, file)
                }
                AnyNodeRef::ExprSubscript(_) | AnyNodeRef::ExprBinOp(_) => true,
                _ => false,
            })
    }

    /// Whether the form is written with the helper class: several sites of the module need it, or
    /// it is there already.
    fn uses_helper(&mut self) -> bool {
        let file = self.site.file;
        let mut probe = Change::new(Applicability::Safe);
        if file
            .helper(&mut probe, self.site.id(), &helpers::TASK_GROUP)
            .is_err()
        {
            return false;
        }
        let wanted = file.prefers_helpers() || probe.helpers.is_empty();
        self.change.repeats |= wanted;
        wanted
    }

    /// Gives every comment to the child it stands at; what belongs to none comes back.
    fn attach_comments(&mut self) -> Vec<String> {
        let tree = self.site.file.tree;
        let printed: Vec<TextRange> = match self.listed {
            Some(arguments) => vec![arguments],
            None => self
                .gathered
                .children
                .iter()
                .map(|child| child.range(self.site))
                .collect(),
        };
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
        edits.extend(
            self.unread
                .around
                .iter()
                .map(|range| (*range, String::new())),
        );
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

/// What a task runs: through `asyncio.create_task(…)`.
fn coroutine_of<'a>(expr: &'a ast::Expr, site: &Site<'_, '_>) -> &'a ast::Expr {
    lists::creation(expr, site.file).map_or(expr, |creation| creation.coro)
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
