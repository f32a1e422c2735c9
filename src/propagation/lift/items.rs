//! Who takes the items of a generator that becomes an asynchronous one, and of a generator
//! expression that awaits.

use super::draft::Draft;
use super::{Wall, position};
use crate::syntax::{AnyNodeRef, NodeId, PythonVersion, Ranged, TextRange, TextSize, ast};

/// Who takes the items.
enum Taker<'a> {
    /// `for x in …:`
    Loop(&'a ast::StmtFor),
    /// `… for x in … …`, a clause of the comprehension.
    Clause(&'a ast::Comprehension, NodeId),
    /// `list(…)` and `set(…)` with nothing else, whose brackets can be written instead.
    Display(&'a ast::ExprCall, [&'static str; 2]),
    /// Something that takes all items before it does anything else.
    All,
    /// `next(…, default)`
    Next(&'a ast::ExprCall),
    /// `yield from …`, which is a loop by now.
    Delegation,
    /// `items.extend(…)` of a list.
    Extension(&'a ast::ExprCall, NodeId),
}

/// Rewrites whoever takes the items of a call of a generator function.
pub(super) fn call(draft: &mut Draft<'_, '_>, id: NodeId, cleans_up: bool) {
    let done = position::check_place(draft, id).and_then(|()| match kept(draft, id) {
        // The variable keeps the generator open when a loop is left.
        Some(_) if cleans_up => Err(escapes(id)),
        Some(reads) => reads
            .into_iter()
            .try_for_each(|read| take(draft, read, cleans_up)),
        None => take(draft, id, cleans_up),
    });
    if let Err(wall) = done {
        draft.wall(wall);
    }
}

/// The places where a generator is used that a local variable keeps: `rows = …`, with no other
/// value for `rows`.
fn kept(draft: &Draft<'_, '_>, id: NodeId) -> Option<Vec<NodeId>> {
    let tree = draft.tree;
    let AnyNodeRef::StmtAssign(assign) = tree.node(tree.parent(id)) else {
        return None;
    };
    let [ast::Expr::Name(name)] = &assign.targets[..] else {
        return None;
    };
    let home = tree.function_scope(id);
    let is_function = matches!(
        tree.scope(home).kind,
        crate::syntax::ScopeKind::Function { .. }
    );
    if !is_function || tree.bindings(home, &name.id).len() != 1 {
        return None;
    }
    let reads: Vec<NodeId> = tree
        .occurrences(home, &name.id)
        .into_iter()
        .filter(|other| *other != tree.id(name))
        .collect();
    let stays = reads.iter().all(|read| tree.function_scope(*read) == home);
    (stays && !reads.is_empty()).then_some(reads)
}

fn take(draft: &mut Draft<'_, '_>, id: NodeId, cleans_up: bool) -> Result<(), Wall> {
    let tree = draft.tree;
    let range = tree.parenthesized_node(id);
    match taker(draft, id, id)? {
        Taker::Loop(node) => {
            position::enter(draft, tree.scope_of(id), id)?;
            if cleans_up {
                closing_loop(draft, node, id)
            } else {
                mark_loop(draft, node);
                Ok(())
            }
        }
        Taker::Clause(clause, comprehension) => {
            if cleans_up && !only_passes_on(draft, comprehension) {
                return Err(Wall::new(
                    id,
                    "generator-left-early",
                    "This generator has work to do when an error stops the comprehension, and would do it later than today.",
                )
                .remedy("Write the comprehension as a `for` loop."));
            }
            mark_clause(draft, clause, comprehension, id)
        }
        Taker::Display(outer, [open, close]) => {
            enter_collected(draft, id)?;
            let item = draft.fresh_name(id, "item");
            draft.replace(
                TextRange::new(outer.start(), range.start()),
                format!("{open}{item} async for {item} in "),
            );
            draft.replace(TextRange::new(range.end(), outer.end()), close);
            Ok(())
        }
        Taker::All => {
            enter_collected(draft, id)?;
            let item = draft.fresh_name(id, "item");
            draft.open(range.start(), id, format!("[{item} async for {item} in "));
            draft.close(range.end(), id, "]");
            Ok(())
        }
        Taker::Delegation => position::enter(draft, tree.scope_of(id), id),
        Taker::Extension(outer, statement) => {
            if cleans_up {
                return Err(escapes(id));
            }
            position::enter(draft, tree.scope_of(id), id)?;
            draft.check_alone(statement)?;
            let ast::Expr::Attribute(method) = &*outer.func else {
                return Err(escapes(id));
            };
            let list = tree.slice(method.value.range());
            let item = draft.fresh_name(id, "item");
            let indent = tree.indentation(outer.start());
            let unit = tree.indent_unit_at(outer.start());
            let newline = tree.newline();
            draft.replace(
                TextRange::new(outer.start(), range.start()),
                format!("async for {item} in "),
            );
            draft.replace(
                TextRange::new(range.end(), outer.end()),
                format!(":{newline}{indent}{unit}{list}.append({item})"),
            );
            Ok(())
        }
        Taker::Next(outer) => {
            let default = outer.arguments.args.len() == 2 && outer.arguments.keywords.is_empty();
            let taken = tree.lookup("anext", tree.scope_of(id)).is_some();
            if !default || cleans_up || taken || draft.target < PythonVersion::PY310 {
                return Err(escapes(id));
            }
            position::enter(draft, tree.scope_of(id), id)?;
            let outer_id = tree.id(outer);
            let grouped = tree.awaits_in_parentheses(outer_id);
            let word = if grouped { "(await a" } else { "await a" };
            draft.open(outer.start(), outer_id, word);
            if grouped {
                draft.close(outer.end(), outer_id, ")");
            }
            Ok(())
        }
    }
}

/// A list that is made where the items were handed over is a comprehension there.
fn enter_collected(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let scope = tree.scope_of(id);
    let nested = matches!(
        tree.scope(scope).kind,
        crate::syntax::ScopeKind::Comprehension { .. }
    );
    if nested && draft.target < PythonVersion::PY311 {
        return Err(position::nested(id));
    }
    position::enter(draft, scope, id)
}

/// Settles a generator expression that awaits. Answers whether it becomes a list.
pub(super) fn expression(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    shown: NodeId,
) -> Result<bool, Wall> {
    let tree = draft.tree;
    let found = taker(draft, id, shown)?;
    let is_list = matches!(found, Taker::All | Taker::Display(..));
    if !draft.settle(id) {
        return Ok(is_list);
    }
    let AnyNodeRef::ExprGenerator(generator) = tree.node(id) else {
        return Ok(is_list);
    };
    let (mut start, mut end) = (generator.start(), generator.end());
    if generator.parenthesized {
        start += TextSize::new(1);
        end -= TextSize::new(1);
    }
    match found {
        Taker::Loop(node) => mark_loop(draft, node),
        Taker::Clause(clause, comprehension) => {
            mark_clause(draft, clause, comprehension, shown)?;
        }
        Taker::Display(outer, [open, close]) => {
            draft.replace(TextRange::new(outer.start(), start), open);
            draft.replace(TextRange::new(end, outer.end()), close);
        }
        Taker::All if generator.parenthesized => {
            draft.replace(TextRange::new(generator.start(), start), "[");
            draft.replace(TextRange::new(end, generator.end()), "]");
        }
        Taker::All => {
            draft.open(start, id, "[");
            draft.close(end, id, "]");
        }
        Taker::Next(_) | Taker::Delegation | Taker::Extension(..) => return Err(escapes(shown)),
    }
    Ok(is_list)
}

fn mark_loop(draft: &mut Draft<'_, '_>, node: &ast::StmtFor) {
    if !node.is_async {
        draft.mark_async(node.start(), draft.tree.id(node));
    }
}

fn mark_clause(
    draft: &mut Draft<'_, '_>,
    clause: &ast::Comprehension,
    comprehension: NodeId,
    shown: NodeId,
) -> Result<(), Wall> {
    if let Some(scope) = draft.tree.scope_opened_by(comprehension) {
        position::enter(draft, scope, shown)?;
    }
    if !clause.is_async {
        draft.mark_async(clause.start(), draft.tree.id(clause));
    }
    Ok(())
}

/// `for x in pages():` where the generator must be closed when the loop is left.
fn closing_loop(draft: &mut Draft<'_, '_>, node: &ast::StmtFor, shown: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let id = tree.id(node);
    if draft.target < PythonVersion::PY310 {
        return Err(Wall::new(
            shown,
            "generator-left-early",
            "This generator has work to do when the loop is left, and `contextlib.aclosing`, which has it done in time, is new in Python 3.10.",
        )
        .remedy("Raise the target version."));
    }
    let iter = tree.parenthesized(&node.iter);
    let header = TextRange::new(node.start(), iter.start());
    let target = tree.slice(tree.parenthesized(&node.target));
    if !tree.comments_in(header).is_empty() || target.contains(['(', '\n', '\r']) {
        return Err(Wall::new(
            shown,
            "loop-header",
            "The header of this loop is too involved to be taken apart.",
        )
        .remedy("Write a single name after `for`."));
    }
    let closing = draft.import(id, "contextlib.aclosing")?;
    let items = draft.own_name(id, "items");
    let indent = tree.indentation(node.start());
    let unit = tree.indent_unit_at(node.start());
    let newline = tree.newline();
    draft.replace(header, format!("async with {closing}("));
    draft.close(
        iter.end(),
        id,
        format!(") as {items}:{newline}{indent}{unit}async for {target} in {items}"),
    );
    draft.indent(TextRange::new(iter.end(), node.end()), 1);
    Ok(())
}

/// Whether a comprehension makes its elements of the items alone: `[x for x in …]`.
fn only_passes_on(draft: &Draft<'_, '_>, comprehension: NodeId) -> bool {
    let (element, generators) = match draft.tree.node(comprehension) {
        AnyNodeRef::ExprListComp(node) => (&node.elt, &node.generators),
        AnyNodeRef::ExprSetComp(node) => (&node.elt, &node.generators),
        _ => return false,
    };
    element.is_name_expr() && generators.len() == 1 && generators[0].ifs.is_empty()
}

fn taker<'a>(draft: &Draft<'_, 'a>, id: NodeId, shown: NodeId) -> Result<Taker<'a>, Wall> {
    let tree = draft.tree;
    let here = tree.node(id);
    let is = |expr: &ast::Expr| AnyNodeRef::from(expr).ptr_eq(here);
    let above = tree.parent(id);
    match tree.node(above) {
        AnyNodeRef::StmtFor(node) if is(&node.iter) => Ok(Taker::Loop(node)),
        AnyNodeRef::Comprehension(clause) if is(&clause.iter) => {
            Ok(Taker::Clause(clause, tree.parent(above)))
        }
        AnyNodeRef::ExprStarred(_) => Ok(Taker::All),
        AnyNodeRef::ExprYieldFrom(_) if draft.is_settled(above) => Ok(Taker::Delegation),
        AnyNodeRef::Arguments(arguments) if arguments.args.first().is_some_and(is) => {
            match tree.node(tree.parent(above)) {
                AnyNodeRef::ExprCall(call) => consumer(draft, call, shown),
                _ => Err(escapes(shown)),
            }
        }
        _ => Err(escapes(shown)),
    }
}

/// What a function does with the items it is handed first.
fn consumer<'a>(
    draft: &Draft<'_, 'a>,
    call: &'a ast::ExprCall,
    shown: NodeId,
) -> Result<Taker<'a>, Wall> {
    let tree = draft.tree;
    let others = call.arguments.args.len() > 1 || !call.arguments.keywords.is_empty();
    let func = &*call.func;
    let displays = [("list", ["[", "]"]), ("set", ["{", "}"])];
    for (name, brackets) in displays {
        if draft.is_builtin(func, &[name]) && !others {
            let comments = !tree.comments_in(call.range()).is_empty();
            return Ok(if comments {
                Taker::All
            } else {
                Taker::Display(call, brackets)
            });
        }
    }
    if draft.is_builtin(func, &["any", "all"]) {
        return Err(Wall::new(
            shown,
            "short-circuit",
            "`any` and `all` stop at the first item that decides, and a list of all items would not.",
        )
        .remedy("Write it as a `for` loop that stops."));
    }
    if draft.is_builtin(func, &["next"]) {
        return Ok(Taker::Next(call));
    }
    if let Some(statement) = extended(draft, call)
        && !others
    {
        return Ok(Taker::Extension(call, statement));
    }
    let joins = matches!(func, ast::Expr::Attribute(method) if method.attr.as_str() == "join")
        && tree.qualified_name(func).is_none();
    let at_once = joins
        || draft.is_builtin(
            func,
            &[
                "list",
                "set",
                "tuple",
                "frozenset",
                "dict",
                "sorted",
                "sum",
                "min",
                "max",
            ],
        );
    let collects = tree.qualified_name(func).is_some_and(|name| {
        matches!(
            name.as_str(),
            "collections.deque"
                | "collections.Counter"
                | "collections.OrderedDict"
                | "math.fsum"
                | "math.prod"
        )
    });
    if !at_once && !collects {
        return Err(escapes(shown));
    }
    // The others were looked at before the first item was made, and are so after the last now.
    let positional = call.arguments.args.iter().skip(1);
    let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
    if let Some(other) = positional
        .chain(keywords)
        .find(|expr| !is_inert(draft, expr))
    {
        return Err(Wall::new(
            tree.id(other),
            "evaluation-order",
            "This argument would be evaluated after the items, no longer before them.",
        )
        .remedy("Give the argument a name first."));
    }
    if draft.is_builtin(func, &["min", "max"])
        && let Some(key) = call.arguments.find_keyword("key")
        && !is_plain_key(draft, &key.value)
    {
        return Err(Wall::new(
            tree.id(&key.value),
            "evaluation-order",
            "This function would be called after the last item is made, no longer between them.",
        )
        .remedy("Make a list of the items first."));
    }
    Ok(Taker::All)
}

/// The statement `items.extend(…)`, when `items` is a local variable that is a list.
fn extended(draft: &Draft<'_, '_>, call: &ast::ExprCall) -> Option<NodeId> {
    let tree = draft.tree;
    let ast::Expr::Attribute(method) = &*call.func else {
        return None;
    };
    let ast::Expr::Name(list) = &*method.value else {
        return None;
    };
    if method.attr.as_str() != "extend" || !tree.comments_in(call.range()).is_empty() {
        return None;
    }
    let home = tree.function_scope(tree.id(list));
    let bindings = tree.bindings(home, &list.id);
    let is_list = !bindings.is_empty()
        && bindings.iter().all(|binding| {
            let value = match tree.node(tree.parent(binding.node)) {
                AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => &*assign.value,
                AnyNodeRef::StmtAnnAssign(assign) => match assign.value.as_deref() {
                    Some(value) => value,
                    None => return false,
                },
                _ => return false,
            };
            value.is_list_expr() || value.is_list_comp_expr()
        });
    let statement = tree.parent(tree.id(call));
    (is_list && matches!(tree.node(statement), AnyNodeRef::StmtExpr(_))).then_some(statement)
}

/// Whether evaluating an expression earlier or later makes no difference.
fn is_inert(draft: &Draft<'_, '_>, expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) | ast::Expr::Lambda(_) => true,
        ast::Expr::UnaryOp(op) => op.operand.is_literal_expr(),
        ast::Expr::Attribute(_) => draft.tree.qualified_name(expr).is_some(),
        ast::Expr::Call(_) => is_getter(draft, expr),
        ast::Expr::List(list) => list.elts.is_empty(),
        ast::Expr::Tuple(tuple) => tuple.elts.is_empty(),
        other => other.is_literal_expr(),
    }
}

/// `itemgetter(1)`, `attrgetter("x")`
fn is_getter(draft: &Draft<'_, '_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else {
        return false;
    };
    let name = draft.tree.qualified_name(&call.func);
    let getter = matches!(
        name.as_deref(),
        Some("operator.itemgetter" | "operator.attrgetter")
    );
    getter && call.arguments.args.iter().all(ast::Expr::is_literal_expr)
}

/// Whether a `key` function does nothing but look at its item.
fn is_plain_key(draft: &Draft<'_, '_>, key: &ast::Expr) -> bool {
    match key {
        ast::Expr::Lambda(lambda) => !draft.tree.descendants(draft.tree.id(lambda)).any(|id| {
            matches!(
                draft.tree.node(id),
                AnyNodeRef::ExprCall(_) | AnyNodeRef::ExprNamed(_) | AnyNodeRef::ExprYield(_)
            )
        }),
        ast::Expr::Name(_) => draft.is_builtin(key, &["len", "str", "int", "float", "abs", "repr"]),
        other => is_getter(draft, other),
    }
}

fn escapes(shown: NodeId) -> Wall {
    Wall::new(
        shown,
        "generator-escapes",
        "The items are handed to code that asks for them one at a time and cannot wait for them.",
    )
    .remedy("Make a list of the items first, or take them with a `for` loop.")
}
