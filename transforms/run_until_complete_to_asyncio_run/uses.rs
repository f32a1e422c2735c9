//! What a function or a module does with its event loop.

use super::entry::repeating;
use super::shutdown;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, ast};
use crate::transform::{FileView, LoopFunction, Refusal};
use std::collections::BTreeSet;

/// Where the loop comes from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// `asyncio.get_event_loop()` or `asyncio.new_event_loop()`.
    Default,
    /// `uvloop.new_event_loop()`, `asyncio.SelectorEventLoop()`: what is called.
    Factory(&'a ast::Expr),
}

/// A `run_until_complete` that does work of the program.
pub(super) struct Run<'a> {
    pub(super) call: &'a ast::ExprCall,
    pub(super) id: NodeId,
    pub(super) awaitable: &'a ast::Expr,
}

/// One event loop with everything that is done with it.
pub(super) struct Uses<'a> {
    /// The function or module that has the loop.
    pub(super) scope: ScopeId,
    pub(super) origin: Origin<'a>,
    /// The name of the loop and the statement that binds it.
    pub(super) name: Option<(&'a str, NodeId)>,
    /// Where a loop is made that nothing else can have; without it, the loop may be one that was
    /// there before.
    pub(super) made: Option<NodeId>,
    /// In source order.
    pub(super) runs: Vec<Run<'a>>,
    /// Calls of `run_forever`.
    pub(super) forever: Vec<NodeId>,
    /// Calls that make a task on the loop outside of any coroutine.
    pub(super) tasks: Vec<NodeId>,
    /// Mentions of the loop that need the object itself.
    pub(super) others: Vec<NodeId>,
    /// Statements that go: what `asyncio.run` does by itself.
    pub(super) removed: BTreeSet<NodeId>,
    /// `loop.close()` statements.
    pub(super) closes: Vec<NodeId>,
    /// `with closing(loop)` statements.
    pub(super) closing: Vec<NodeId>,
    /// The argument of `loop.set_debug(…)`.
    pub(super) debug: Option<&'a ast::Expr>,
    /// The remaining tasks are cancelled and awaited at the end, as `asyncio.run` does.
    pub(super) cancels: bool,
}

/// The loop that the receiver of a call stands for, with all its uses.
pub(super) fn of_receiver<'a>(
    receiver: &'a ast::Expr,
    file: &FileView<'a>,
) -> Result<Uses<'a>, Refusal> {
    let tree = file.tree;
    let id = tree.id(receiver);
    let here = file.function_scope(id);
    match receiver {
        ast::Expr::Name(name) => {
            let home = tree.lookup(name.id.as_str(), tree.scope_of(id));
            if home != Some(here) {
                return Err(captured(receiver, "comes from outside of this function"));
            }
            let bound = tree.bindings(here, name.id.as_str());
            let [only] = bound else {
                return Err(captured(receiver, "is bound in several places"));
            };
            if file
                .assigned_value(only.node)
                .and_then(|value| origin(value, file))
                .is_none()
            {
                return Err(captured(receiver, "is not made here by asyncio"));
            }
        }
        ast::Expr::Call(call) if file.loop_function(call).is_some() => {}
        _ => return Err(captured(receiver, "is kept by an object")),
    }
    collect(here, file)
}

fn captured(receiver: &ast::Expr, why: &str) -> Refusal {
    Refusal::new(
        "captured-loop",
        format!("The loop {why}, so other code may use the same one; `asyncio.run` would make a new one."),
    )
    .evidence(receiver.range(), "the loop")
    .remedy("Make the loop, use it and close it in one function, or call `asyncio.run` by hand.")
}

/// Where a loop comes from, when an expression makes one.
fn origin<'a>(value: &'a ast::Expr, file: &FileView<'a>) -> Option<Origin<'a>> {
    let ast::Expr::Call(call) = value else {
        return None;
    };
    match file.loop_function(call) {
        Some(LoopFunction::Get | LoopFunction::New) => return Some(Origin::Default),
        Some(LoopFunction::Running) => return None,
        None => {}
    }
    if !call.arguments.is_empty() {
        return None;
    }
    // asyncio.get_event_loop_policy().new_event_loop()
    if let ast::Expr::Attribute(method) = &*call.func
        && let ast::Expr::Call(policy) = &*method.value
        && policy.arguments.is_empty()
        && file.resolves_to(&policy.func, "asyncio.get_event_loop_policy")
    {
        return matches!(method.attr.as_str(), "new_event_loop" | "get_event_loop")
            .then_some(Origin::Default);
    }
    let factory = file.tree.qualified_name(&call.func)?;
    matches!(
        factory.as_str(),
        "uvloop.new_event_loop"
            | "uvloop.Loop"
            | "winloop.new_event_loop"
            | "asyncio.SelectorEventLoop"
            | "asyncio.ProactorEventLoop"
    )
    .then_some(Origin::Factory(&call.func))
}

fn collect<'a>(scope: ScopeId, file: &FileView<'a>) -> Result<Uses<'a>, Refusal> {
    let tree = file.tree;
    let mut uses = Uses {
        scope,
        origin: Origin::Default,
        name: None,
        made: None,
        runs: Vec::new(),
        forever: Vec::new(),
        tasks: Vec::new(),
        others: Vec::new(),
        removed: BTreeSet::new(),
        closes: Vec::new(),
        closing: Vec::new(),
        debug: None,
        cancels: false,
    };
    for name in tree.bound_names(scope) {
        for binding in tree.bindings(scope, name) {
            let Some(from) = file
                .assigned_value(binding.node)
                .and_then(|value| origin(value, file))
            else {
                continue;
            };
            if tree.bindings(scope, name).len() > 1 || uses.name.is_some() {
                return Err(Refusal::new(
                    "several-loops",
                    "Several assignments here make an event loop; which one runs what is not clear.",
                )
                .evidence(binding.range, "one of them")
                .remedy("Use one name for one loop."));
            }
            uses.name = Some((name, tree.parent(binding.node)));
            uses.origin = from;
        }
    }
    let mut mentions: Vec<NodeId> = inline_calls(scope, file);
    let made: Vec<NodeId> = mentions
        .iter()
        .copied()
        .filter(|id| {
            matches!(tree.node(*id), AnyNodeRef::ExprCall(call)
                if file.loop_function(call) == Some(LoopFunction::New))
        })
        .collect();
    if let Some((name, statement)) = uses.name {
        uses.removed.insert(statement);
        mentions.retain(|id| !tree.is_within(*id, statement));
        mentions.extend(tree.occurrences(scope, name).into_iter().filter(
            |id| matches!(tree.node(*id), AnyNodeRef::ExprName(name) if name.ctx.is_load()),
        ));
        mentions.sort_unstable();
    }
    let made_in_place = mentions
        .iter()
        .filter(|id| matches!(tree.node(**id), AnyNodeRef::ExprCall(call) if file.loop_function(call) == Some(LoopFunction::New)))
        .filter(|id| !matches!(argument_of(**id, file).0, Some(call) if file.resolves_to(&call.func, "asyncio.set_event_loop")));
    if made_in_place.count() > 0 && mentions.len() > 1 {
        return Err(Refusal::new(
            "several-loops",
            "Several loops are made here; which one runs what is not clear.",
        )
        .remedy("Use one name for one loop."));
    }
    for mention in mentions {
        if file.function_scope(mention) != scope {
            return Err(Refusal::new(
                "captured-loop",
                "Another function uses the same loop object; `asyncio.run` would make a new one.",
            )
            .evidence(tree.node(mention).range(), "the other use")
            .remedy("Call `asyncio.get_running_loop()` there."));
        }
        classify(mention, &mut uses, file)?;
    }
    uses.removed.extend(unset(scope, file));
    shutdown::close(&mut uses, file);
    uses.others.retain(|mention| {
        !tree
            .ancestors(*mention)
            .any(|above| uses.removed.contains(&above))
    });
    uses.made = made_once(&made, &uses, file)?;
    set_elsewhere(&uses, file)?;
    shutdown::check_order(&uses, file)?;
    Ok(uses)
}

impl Uses<'_> {
    /// Everything that needs the loop, in source order.
    pub(super) fn needs(&self) -> Vec<NodeId> {
        let mut needs: Vec<NodeId> = self.runs.iter().map(|run| run.id).collect();
        needs.extend(self.others.iter().chain(&self.tasks).chain(&self.forever));
        needs.sort_unstable();
        needs
    }
}

/// The one place that makes the loop, out of the calls of `new_event_loop()`: every use must come
/// after it, in the same round where a loop of plain code repeats it.
fn made_once(
    calls: &[NodeId],
    uses: &Uses<'_>,
    file: &FileView<'_>,
) -> Result<Option<NodeId>, Refusal> {
    let tree = file.tree;
    let needs = uses.needs();
    let mut places = calls.to_vec();
    if let Some((_, statement)) = uses.name
        && let AnyNodeRef::StmtAssign(assign) = tree.node(statement)
        && let ast::Expr::Call(call) = &*assign.value
        && !calls.contains(&tree.id(call))
        && !gives_current(call, file)
    {
        places.push(tree.id(call));
    }
    // A fresh loop that is set after everything else is for nobody here.
    places.retain(|place| needs.last().is_some_and(|last| place <= last));
    let refusal = |place: NodeId| {
        Refusal::new(
            "several-loops",
            "Some of this may run on one loop and some on another; which one runs what is not clear.",
        )
        .evidence(tree.node(place).range(), "makes a loop")
        .remedy("Make one loop before everything that needs it.")
    };
    let Some(made) = places.first().copied() else {
        return Ok(None);
    };
    if let Some(second) = places.get(1) {
        return Err(refusal(*second));
    }
    let rounds = repeating(made, uses.scope, file);
    for need in needs {
        let in_round = rounds.iter().all(|round| tree.is_within(need, *round));
        if !in_round || (need < made && !tree.is_within(made, need)) {
            return Err(refusal(made));
        }
    }
    Ok(Some(made))
}

/// Whether a call gives the loop that is there already: `get_event_loop()`.
fn gives_current(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    file.loop_function(call) == Some(LoopFunction::Get)
        || matches!(&*call.func, ast::Expr::Attribute(method)
            if method.attr.as_str() == "get_event_loop")
}

/// The calls of `get_event_loop()` that this function evaluates itself.
fn inline_calls(scope: ScopeId, file: &FileView<'_>) -> Vec<NodeId> {
    let tree = file.tree;
    tree.ids()
        .filter(|id| match tree.node(*id) {
            AnyNodeRef::ExprCall(call) => {
                matches!(
                    file.loop_function(call),
                    Some(LoopFunction::Get | LoopFunction::New)
                ) && file.function_scope(*id) == scope
            }
            _ => false,
        })
        .collect()
}

/// `asyncio.set_event_loop(None)`, which `asyncio.run` does by itself.
fn unset(scope: ScopeId, file: &FileView<'_>) -> Vec<NodeId> {
    let tree = file.tree;
    tree.ids()
        .filter(|id| match tree.node(*id) {
            AnyNodeRef::StmtExpr(expr) => {
                file.function_scope(*id) == scope
                    && matches!(&*expr.value, ast::Expr::Call(call)
                        if matches!(&call.arguments.args[..], [ast::Expr::NoneLiteral(_)])
                            && file.resolves_to(&call.func, "asyncio.set_event_loop"))
            }
            _ => false,
        })
        .collect()
}

/// Refuses a loop that is set by `set_event_loop` and is not the one that is looked at: the runs
/// may happen on it, and `asyncio.run` would ignore it.
fn set_elsewhere(uses: &Uses<'_>, file: &FileView<'_>) -> Result<(), Refusal> {
    let tree = file.tree;
    let runs_its_own = |scope: ScopeId| {
        tree.ids().any(|id| {
            matches!(tree.node(id), AnyNodeRef::ExprAttribute(method)
                if matches!(method.attr.as_str(), "run_until_complete" | "run_forever"))
                && file.function_scope(id) == scope
        })
    };
    let other = tree.ids().find(|id| {
        let AnyNodeRef::ExprCall(call) = tree.node(*id) else {
            return false;
        };
        if !file.resolves_to(&call.func, "asyncio.set_event_loop")
            || matches!(&call.arguments.args[..], [ast::Expr::NoneLiteral(_)])
            || tree
                .ancestors(*id)
                .any(|above| uses.removed.contains(&above))
        {
            return false;
        }
        let there = file.function_scope(*id);
        there == uses.scope || (uses.made.is_none() && !runs_its_own(there))
    });
    match other {
        None => Ok(()),
        Some(call) => Err(Refusal::new(
            "loop-set-elsewhere",
            "Another event loop is set here, which what runs may need; `asyncio.run` would make a new one.",
        )
        .evidence(tree.node(call).range(), "the other loop")
        .remedy("Give that loop to `asyncio.Runner` as its `loop_factory`.")),
    }
}

/// Puts one mention of the loop where it belongs.
fn classify<'a>(mention: NodeId, uses: &mut Uses<'a>, file: &FileView<'a>) -> Result<(), Refusal> {
    let tree = file.tree;
    let parent = tree.parent(mention);
    if let AnyNodeRef::ExprAttribute(attribute) = tree.node(parent)
        && let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(parent))
        && AnyNodeRef::from(&*call.func).ptr_eq(tree.node(parent))
    {
        return method(mention, attribute, call, uses, file);
    }
    let (call, statement) = argument_of(mention, file);
    if let Some(call) = call {
        let name = tree.qualified_name(&call.func);
        match name.as_deref() {
            Some("asyncio.set_event_loop") if is_whole(call, statement, file) => {
                uses.removed.insert(statement);
                return Ok(());
            }
            Some("contextlib.closing")
                if matches!(tree.node(statement), AnyNodeRef::StmtWith(with)
                    if with.items.len() == 1 && with.items[0].optional_vars.is_none()) =>
            {
                uses.closing.push(statement);
                return Ok(());
            }
            Some("asyncio.ensure_future") => {
                uses.tasks.push(tree.id(call));
                return Ok(());
            }
            _ => {}
        }
    }
    uses.others.push(mention);
    Ok(())
}

/// The call that a mention is an argument of, and the statement around it.
pub(super) fn argument_of<'a>(
    mention: NodeId,
    file: &FileView<'a>,
) -> (Option<&'a ast::ExprCall>, NodeId) {
    let tree = file.tree;
    let mut at = tree.parent(mention);
    if matches!(tree.node(at), AnyNodeRef::Keyword(_)) {
        at = tree.parent(at);
    }
    let call = match (tree.node(at), tree.node(tree.parent(at))) {
        (AnyNodeRef::Arguments(_), AnyNodeRef::ExprCall(call)) => Some(call),
        _ => None,
    };
    (call, tree.enclosing_statement(mention))
}

/// Whether a statement is nothing but this call.
pub(super) fn is_whole(call: &ast::ExprCall, statement: NodeId, file: &FileView<'_>) -> bool {
    matches!(file.tree.node(statement), AnyNodeRef::StmtExpr(expr)
        if AnyNodeRef::from(&*expr.value).ptr_eq(AnyNodeRef::from(call)))
}

fn method<'a>(
    mention: NodeId,
    attribute: &'a ast::ExprAttribute,
    call: &'a ast::ExprCall,
    uses: &mut Uses<'a>,
    file: &FileView<'a>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let id = tree.id(call);
    let statement = tree.enclosing_statement(id);
    let whole = is_whole(call, statement, file);
    match attribute.attr.as_str() {
        "run_until_complete" => {
            let [awaitable] = &call.arguments.args[..] else {
                return Err(unclear(call.arguments.range));
            };
            if awaitable.is_starred_expr() || !call.arguments.keywords.is_empty() {
                return Err(unclear(call.arguments.range));
            }
            if whole && is_shutdown(awaitable, uses, file) {
                uses.removed.insert(statement);
            } else {
                uses.runs.push(Run {
                    call,
                    id,
                    awaitable,
                });
            }
        }
        "run_forever" => uses.forever.push(id),
        "close" if whole => {
            uses.closes.push(statement);
            uses.removed.insert(statement);
        }
        "set_debug" if whole && call.arguments.args.len() == 1 => {
            uses.debug = call.arguments.args.first();
            uses.removed.insert(statement);
        }
        // `loop.run_until_complete(loop.shutdown_asyncgens())`: the outer call is looked at.
        "shutdown_asyncgens" | "shutdown_default_executor" if is_run(id, file) => {}
        "create_task" => uses.tasks.push(id),
        _ => uses.others.push(mention),
    }
    Ok(())
}

fn unclear(range: TextRange) -> Refusal {
    Refusal::new(
        "run-until-complete-arguments",
        "What this `run_until_complete` runs cannot be told from its arguments.",
    )
    .evidence(range, "the arguments")
}

/// Whether a call is the only argument of a `run_until_complete` that is a statement.
fn is_run(id: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(tree.parent(id))) else {
        return false;
    };
    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "run_until_complete")
        && is_whole(call, tree.enclosing_statement(id), file)
}

/// `loop.shutdown_asyncgens()` and `loop.shutdown_default_executor()`.
fn is_shutdown<'a>(awaitable: &'a ast::Expr, uses: &Uses<'a>, file: &FileView<'a>) -> bool {
    let ast::Expr::Call(call) = awaitable else {
        return false;
    };
    let ast::Expr::Attribute(method) = &*call.func else {
        return false;
    };
    let on_loop = match &*method.value {
        ast::Expr::Name(name) => uses
            .name
            .is_some_and(|(known, _)| known == name.id.as_str()),
        ast::Expr::Call(call) => file.loop_function(call) == Some(LoopFunction::Get),
        _ => false,
    };
    on_loop
        && matches!(
            method.attr.as_str(),
            "shutdown_asyncgens" | "shutdown_default_executor"
        )
}
