//! What a call gathers, argument by argument, with the proof that it is a coroutine or the wrapper
//! that makes it one.

mod flow;
mod local;
mod nested;
mod repeats;
mod watched;

use super::lists::{self, Creation};
use super::{Failures, Site, failures};
use crate::syntax::{Ranged, TextRange, ast};
use crate::transform::{Awaitable, FileView, Refusal};

/// Where what is gathered comes from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// One awaitable.
    One(&'a ast::Expr),
    /// `*[element for … in …]`, `*(…)`, `*{…}`.
    Each(Each<'a>),
    /// `*iterable`.
    All(&'a ast::Expr),
    /// A local variable with a task that is created inside the group.
    Task(&'a ast::Expr),
    /// A local variable with a list of such tasks.
    Tasks(&'a ast::Expr),
}

/// A comprehension.
#[derive(Clone, Copy)]
pub(super) struct Each<'a> {
    /// With its brackets.
    pub(super) range: TextRange,
    pub(super) elt: &'a ast::Expr,
    pub(super) generators: &'a [ast::Comprehension],
}

/// What is put around an awaitable before it becomes a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrap {
    /// It is a coroutine.
    Nothing,
    /// It may be anything awaitable.
    Await,
    /// Its exceptions are returned.
    Return,
}

/// One argument of the call.
#[derive(Clone, Copy)]
pub(super) struct Child<'a> {
    pub(super) source: Source<'a>,
    pub(super) wrap: Wrap,
    /// The inner `gather` it is an argument of.
    pub(super) inner: Option<TextRange>,
}

impl<'a> Child<'a> {
    /// The expression or comprehension as it stands in the file.
    pub(super) fn range(&self, site: &Site<'_, 'a>) -> TextRange {
        match self.source {
            Source::Each(each) => each.range,
            Source::One(expr) | Source::All(expr) | Source::Task(expr) | Source::Tasks(expr) => {
                site.file.tree.parenthesized(expr)
            }
        }
    }

    /// Whether it stands for any number of awaitables.
    pub(super) fn is_many(&self) -> bool {
        matches!(
            self.source,
            Source::Each(_) | Source::All(_) | Source::Tasks(_)
        )
    }

    /// Whether the argument itself creates tasks.
    pub(super) fn is_created(&self, site: &Site<'_, 'a>) -> bool {
        match self.source {
            Source::One(expr) => lists::makes_task(expr, site.file),
            Source::Each(each) => lists::makes_task(each.elt, site.file),
            Source::All(_) | Source::Task(_) | Source::Tasks(_) => false,
        }
    }

    /// Whether the argument creates tasks with a name or a context of their own.
    pub(super) fn has_options(&self, site: &Site<'_, 'a>) -> bool {
        let expr = match self.source {
            Source::One(expr) => expr,
            Source::Each(each) => each.elt,
            Source::All(_) | Source::Task(_) | Source::Tasks(_) => return false,
        };
        lists::creation(expr, site.file)
            .is_some_and(|creation| !creation.call.arguments.keywords.is_empty())
    }

    /// Whether its tasks are created by statements that move into the group.
    pub(super) fn is_moved(&self) -> bool {
        matches!(self.source, Source::Task(_) | Source::Tasks(_))
    }
}

/// Everything a call gathers and what must move for it.
pub(super) struct Gathered<'a> {
    pub(super) children: Vec<Child<'a>>,
    /// Creations in statements above the call that move into the group.
    pub(super) creations: Vec<Creation<'a>>,
    /// Awaitables in such statements that become tasks there, with what is put around them.
    pub(super) started: Vec<(&'a ast::Expr, Wrap)>,
    /// The position of the first statement that moves into the group.
    pub(super) first: usize,
    /// The position of the first statement above the call whose value is taken over by it.
    pub(super) taken_over: usize,
    /// The block of the call and its position there.
    pub(super) block: &'a [ast::Stmt],
    pub(super) at: usize,
    /// The name of the list that was taken over.
    pub(super) list_name: Option<&'a str>,
}

struct Collector<'s, 'v, 'a> {
    site: &'s Site<'v, 'a>,
    /// Statements above the call may be changed.
    reaches_up: bool,
    names: Vec<&'a str>,
    gathered: Gathered<'a>,
}

/// Collects what a call gathers. With `reaches_up` statements above it may change, too.
pub(super) fn collect<'a>(site: &Site<'_, 'a>, reaches_up: bool) -> Result<Gathered<'a>, Refusal> {
    let (block, at) = site.file.tree.block_of(site.statement).ok_or_else(|| {
        Refusal::new(
            "not-a-statement",
            "This `gather` does not stand in a statement of a block.",
        )
    })?;
    let mut collector = Collector {
        site,
        reaches_up,
        names: Vec::new(),
        gathered: Gathered {
            children: Vec::new(),
            creations: Vec::new(),
            started: Vec::new(),
            first: at,
            taken_over: at,
            block,
            at,
            list_name: None,
        },
    };
    repeats::in_arguments(site)?;
    // From the right, so that lists assigned right above the call are met in reverse order.
    let mut per_argument = Vec::new();
    for argument in site.call.arguments.args.iter().rev() {
        let from = collector.gathered.children.len();
        match argument {
            ast::Expr::Starred(starred) => collector.starred(&starred.value)?,
            argument => collector.one(argument)?,
        }
        per_argument.push(collector.gathered.children.split_off(from));
    }
    collector.gathered.children = per_argument.into_iter().rev().flatten().collect();
    repeats::check(site)?;
    created_beside_coroutines(site, &collector.gathered.children)?;
    nested::check_order(site, &collector.gathered.children)?;
    collector.place()?;
    collector.check_unwatched()?;
    Ok(collector.gathered)
}

/// A task that an argument creates starts before the coroutines beside it, whatever its place.
fn created_beside_coroutines<'a>(
    site: &Site<'_, 'a>,
    children: &[Child<'a>],
) -> Result<(), Refusal> {
    let fresh = |child: &Child<'a>| !child.is_moved() && !child.is_created(site);
    let Some(created) = children.iter().find(|child| child.is_created(site)) else {
        return Ok(());
    };
    let Some(beside) = children.iter().find(|child| fresh(child)) else {
        return Ok(());
    };
    Err(Refusal::new(
        "gather-arg-task",
        "One argument of this `gather` creates a task, which starts before the coroutines beside it; in a task group they would start in the order of the arguments.",
    )
    .evidence(created.range(site), "the task")
    .evidence(beside.range(site), "a coroutine")
    .remedy("Pass coroutines only."))
}

fn runs_already(site: &Site<'_, '_>, expr: &ast::Expr) -> Refusal {
    Refusal::new(
        "gather-arg-task",
        format!(
            "`{}` may run already when it is gathered; a task group can only hold tasks that it has created.",
            shortened(site.file.text(expr.range()))
        ),
    )
    .evidence(expr.range(), "the argument")
    .remedy("Create the tasks in the same block, right above the call, or pass coroutines.")
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 40 || line.len() < text.len() {
        format!("{}…", line.chars().take(40).collect::<String>())
    } else {
        line.to_owned()
    }
}

impl<'a> Collector<'_, '_, 'a> {
    fn file(&self) -> &FileView<'a> {
        self.site.file
    }

    fn push(&mut self, source: Source<'a>, wrap: Wrap) {
        self.gathered.children.push(Child {
            source,
            wrap,
            inner: None,
        });
    }

    /// What must stand around an awaitable.
    fn wrap(&self, expr: &ast::Expr, proof: Awaitable) -> Wrap {
        if self.site.failures == Failures::Returned {
            if failures::cannot_fail(expr, self.file()) {
                Wrap::Nothing
            } else {
                Wrap::Return
            }
        } else if proof == Awaitable::Coroutine || self.file().options.assume_coroutines {
            Wrap::Nothing
        } else {
            Wrap::Await
        }
    }

    /// The wrapper of one awaitable expression, which is no local task.
    fn proof(&self, expr: &'a ast::Expr) -> Result<Wrap, Refusal> {
        let file = self.file();
        if let Some(creation) = lists::creation(expr, file) {
            return Ok(if self.site.failures == Failures::Returned {
                self.wrap(creation.coro, Awaitable::Coroutine)
            } else {
                Wrap::Nothing
            });
        }
        if nested::inner(expr, file).is_some() {
            return Err(nested::refusal(expr, "stands here", expr.range()));
        }
        let proof = file.awaitable(expr);
        if let ast::Expr::Name(name) = expr
            && let Some((_, ast::Expr::Call(call))) = lists::only_value(name, file)
            && matches!(&*call.func, ast::Expr::Attribute(attribute) if &*attribute.attr == "create_future")
        {
            return Ok(self.wrap(expr, Awaitable::Future));
        }
        match expr {
            // Of another loop, as far as anybody can tell.
            ast::Expr::Call(_) if lists::makes_task(expr, file) => {
                return Err(runs_already(self.site, expr));
            }
            // Created here: an adapter that awaits it is exact.
            ast::Expr::Call(_) | ast::Expr::Await(_) => {}
            _ if proof == Awaitable::Future || is_called_a_task(expr, proof) => {
                return Err(runs_already(self.site, expr));
            }
            _ => {}
        }
        Ok(self.wrap(expr, proof))
    }

    fn one(&mut self, expr: &'a ast::Expr) -> Result<(), Refusal> {
        if let Some(call) = nested::inner(expr, self.file()) {
            return self.flatten(call);
        }
        if let ast::Expr::Name(name) = expr
            && let Some((_, value)) = lists::only_value(name, self.file())
            && lists::makes_task(value, self.file())
        {
            let Some(creation) = lists::creation(value, self.file()) else {
                return Err(runs_already(self.site, expr));
            };
            if !self.reaches_up {
                return Err(
                    runs_already(self.site, expr).evidence(creation.call.range(), "created here")
                );
            }
            let wrap = self.proof(value)?;
            self.gathered.creations.push(creation);
            self.names.push(name.id.as_str());
            self.push(Source::Task(expr), wrap);
            return Ok(());
        }
        let wrap = self.proof(expr)?;
        self.push(Source::One(expr), wrap);
        Ok(())
    }

    fn starred(&mut self, value: &'a ast::Expr) -> Result<(), Refusal> {
        let (range, elt, generators) = match value {
            ast::Expr::List(ast::ExprList { elts, .. })
            | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                let mut reversed = Vec::new();
                for element in elts.iter().rev() {
                    let from = self.gathered.children.len();
                    match element {
                        ast::Expr::Starred(starred) => self.starred(&starred.value)?,
                        element => self.one(element)?,
                    }
                    reversed.push(self.gathered.children.split_off(from));
                }
                self.gathered
                    .children
                    .extend(reversed.into_iter().rev().flatten());
                return Ok(());
            }
            ast::Expr::ListComp(node) => (node.range, &*node.elt, &*node.generators),
            ast::Expr::SetComp(node) => (node.range, &*node.elt, &*node.generators),
            ast::Expr::Generator(node) => (node.range, &*node.elt, &*node.generators),
            _ => return self.all(value),
        };
        if repeats::is_the_same_each_time(self.site, elt) {
            return Err(repeats::refusal(self.site, value, elt.range()));
        }
        let wrap = self.proof(elt)?;
        let each = Each {
            range,
            elt,
            generators,
        };
        self.push(Source::Each(each), wrap);
        Ok(())
    }

    fn all(&mut self, iterable: &'a ast::Expr) -> Result<(), Refusal> {
        let file = self.site.file;
        if let Some(range) = lists::repetition(self.site, iterable) {
            return Err(repeats::refusal(self.site, iterable, range));
        }
        if let ast::Expr::Name(name) = iterable
            && let Some(list) = lists::local_list(self.site, name)
        {
            return self.local(iterable, name, &list);
        }
        if let ast::Expr::Name(name) = iterable
            && self.may_hold_tasks(name)
        {
            return Err(runs_already(self.site, iterable));
        }
        let mut proof = file.element_awaitable(iterable);
        if let ast::Expr::Call(call) = iterable
            && failures::mapped(call, file)
                .is_some_and(|function| file.is_coroutine_function(function))
        {
            proof = Awaitable::Coroutine;
        }
        let called = match iterable {
            ast::Expr::Call(call) => &call.func,
            other => other,
        };
        if proof == Awaitable::Future || is_called_a_task(called, proof) {
            return Err(runs_already(self.site, iterable));
        }
        let wrap = self.wrap(iterable, proof);
        self.push(Source::All(iterable), wrap);
        Ok(())
    }
}

/// Whether a variable or function of unknown content is named after tasks that run.
fn is_called_a_task(expr: &ast::Expr, proof: Awaitable) -> bool {
    if proof == Awaitable::Coroutine {
        return false;
    }
    let name = match expr {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute)
            if matches!(
                attribute.attr.as_str(),
                "values" | "keys" | "items" | "copy"
            ) =>
        {
            return is_called_a_task(&attribute.value, proof);
        }
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        ast::Expr::Subscript(subscript) => return is_called_a_task(&subscript.value, proof),
        _ => return false,
    };
    name.to_lowercase().split('_').any(|word| {
        matches!(
            word,
            "task" | "tasks" | "future" | "futures" | "fut" | "futs" | "pending" | "done"
        )
    })
}
