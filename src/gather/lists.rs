//! Local variables that hold what is gathered: tasks that are created a few lines above, and lists
//! of awaitables.

use super::Site;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, TextRange, TextSize, ast};
use crate::transform::{Awaitable, FileView};

/// `asyncio.create_task(coro)`, which can become `tg.create_task(coro)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Creation<'a> {
    pub(super) call: &'a ast::ExprCall,
    /// What the task runs.
    pub(super) coro: &'a ast::Expr,
}

/// Recognises the creation of a task that a group could create instead.
pub(super) fn creation<'a>(expr: &'a ast::Expr, file: &FileView<'_>) -> Option<Creation<'a>> {
    let ast::Expr::Call(call) = expr else {
        return None;
    };
    let [coro] = &*call.arguments.args else {
        return None;
    };
    if coro.is_starred_expr() {
        return None;
    }
    let keywords = &call.arguments.keywords;
    let name = file.tree.qualified_name(&call.func)?;
    let fits = match name.as_str() {
        "asyncio.create_task" => keywords
            .iter()
            .all(|keyword| matches!(keyword.arg.as_deref(), Some("name" | "context"))),
        "asyncio.ensure_future" => {
            keywords.is_empty() && file.awaitable(coro) == Awaitable::Coroutine
        }
        _ => false,
    };
    fits.then_some(Creation { call, coro })
}

/// Whether an expression makes a task or a future, movable or not.
pub(super) fn makes_task(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    let ast::Expr::Call(call) = expr else {
        return false;
    };
    let is_maker = |name: &str| matches!(name, "create_task" | "ensure_future");
    match file.tree.qualified_name(&call.func).as_deref() {
        Some("asyncio.create_task" | "asyncio.ensure_future") => true,
        // A function of somebody else by that name does the same, unless it is known not to.
        Some(name) => {
            name.rsplit('.').next().is_some_and(is_maker)
                && file.awaitable(expr) != Awaitable::Coroutine
        }
        None => match &*call.func {
            ast::Expr::Attribute(attribute) => is_maker(attribute.attr.as_str()),
            _ => false,
        },
    }
}

/// One element that a list is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    /// The expression, through one name.
    pub(super) expr: &'a ast::Expr,
}

/// A local variable with a list of awaitables.
pub(super) struct LocalList<'a> {
    /// The assignment that makes it.
    pub(super) assignment: NodeId,
    /// Its value.
    pub(super) value: &'a ast::Expr,
    /// Everything that is put into it.
    pub(super) elements: Vec<Element<'a>>,
    /// Uses other than filling it and the call, before the call.
    pub(super) used_before: Option<TextRange>,
    /// Uses after the call.
    pub(super) used_after: bool,
    /// Whether the assignment and the call are its only uses.
    pub(super) used_once: bool,
}

/// The value that a local name is given, when it is given one only.
pub(super) fn only_value<'a>(
    name: &ast::ExprName,
    file: &FileView<'a>,
) -> Option<(NodeId, &'a ast::Expr)> {
    let home = home_of(name, file)?;
    let [only] = file.tree.bindings(home, name.id.as_str()) else {
        return None;
    };
    if matches!(only.kind, BindingKind::Parameter) {
        return None;
    }
    value_given_by(only.node, file)
}

/// The assignment that gives a `Name` node its value: a statement or a walrus.
fn value_given_by<'a>(target: NodeId, file: &FileView<'a>) -> Option<(NodeId, &'a ast::Expr)> {
    let tree = file.tree;
    let parent = tree.parent(target);
    let value = match tree.node(parent) {
        AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
            [ast::Expr::Name(name)] if tree.id(name) == target => &*assign.value,
            _ => return None,
        },
        AnyNodeRef::StmtAnnAssign(assign) => match (&*assign.target, assign.value.as_deref()) {
            (ast::Expr::Name(name), Some(value)) if tree.id(name) == target => value,
            _ => return None,
        },
        AnyNodeRef::ExprNamed(walrus) if tree.id(&*walrus.target) == target => &*walrus.value,
        _ => return None,
    };
    Some((parent, value))
}

/// The assignment that a name's value at the site comes from: the only one of the function, or
/// the last one above the site in its block. With it, where the next one in the block begins.
fn value_at_site<'a>(
    site: &Site<'_, 'a>,
    name: &'a ast::ExprName,
    home: ScopeId,
) -> Option<(NodeId, &'a ast::Expr, Option<TextSize>)> {
    let file = site.file;
    let tree = file.tree;
    if let Some((assignment, value)) = only_value(name, file) {
        return Some((assignment, value, None));
    }
    let (block, at) = tree.block_of(site.statement)?;
    let bindings = tree.bindings(home, name.id.as_str());
    if bindings
        .iter()
        .any(|binding| binding.kind == BindingKind::Parameter)
    {
        return None;
    }
    let binds = |stmt: &ast::Stmt| {
        bindings
            .iter()
            .find(|binding| stmt.range().contains_range(binding.range))
    };
    // The last statement above the site that binds the name at all must be the assignment.
    let (holder, binding) = block[..at]
        .iter()
        .rev()
        .find_map(|stmt| binds(stmt).map(|binding| (stmt, binding)))?;
    let (assignment, value) = value_given_by(binding.node, file)?;
    if tree.id(holder) != assignment {
        return None;
    }
    let next = block[at + 1..]
        .iter()
        .find(|stmt| {
            binds(stmt).is_some_and(|other| {
                value_given_by(other.node, file).is_some_and(|(id, _)| id == tree.id(*stmt))
            })
        })
        .map(Ranged::start);
    Some((assignment, value, next))
}

/// The scope of the function that owns a name, when it is a plain local of the function around it.
fn home_of(name: &ast::ExprName, file: &FileView<'_>) -> Option<ScopeId> {
    let id = file.tree.id(name);
    if !file.is_local(id, name.id.as_str()) {
        return None;
    }
    file.tree.lookup(name.id.as_str(), file.tree.scope_of(id))
}

/// Where the elements of an iterable are repeated: `[…] * 2`, directly or in the assignment of a
/// local name, or `name *= 2`.
pub(super) fn repetition<'a>(site: &Site<'_, 'a>, iterable: &'a ast::Expr) -> Option<TextRange> {
    let file = site.file;
    let repeats = |value: &ast::Expr| match value {
        ast::Expr::BinOp(op) if op.op == ast::Operator::Mult => Some(op.range),
        _ => None,
    };
    let ast::Expr::Name(name) = iterable else {
        return repeats(iterable);
    };
    let home = home_of(name, file)?;
    file.tree
        .bindings(home, name.id.as_str())
        .iter()
        .find_map(
            |binding| match file.tree.node(file.tree.parent(binding.node)) {
                AnyNodeRef::StmtAugAssign(more) if more.op == ast::Operator::Mult => {
                    Some(more.range)
                }
                _ => value_given_by(binding.node, file).and_then(|(_, value)| repeats(value)),
            },
        )
}

/// Looks at a local list. `None` when not all of its content is known.
pub(super) fn local_list<'a>(
    site: &Site<'_, 'a>,
    name: &'a ast::ExprName,
) -> Option<LocalList<'a>> {
    let file = site.file;
    let tree = file.tree;
    let home = home_of(name, file)?;
    let (assignment, value, next) = value_at_site(site, name, home)?;
    let several = tree.bindings(home, name.id.as_str()).len() > 1;
    let mut elements = Vec::new();
    add_elements(value, file, &mut elements)?;
    let mut list = LocalList {
        assignment,
        value,
        elements,
        used_before: None,
        used_after: false,
        used_once: true,
    };
    let call = TextRange::new(tree.node(site.statement).start(), site.await_.end());
    for id in tree.occurrences(home, name.id.as_str()) {
        let node = tree.node(id);
        let parent = tree.parent(id);
        if several {
            if file.function_scope(id) != home {
                return None;
            }
            // Uses of what the name stood for before, or stands for later.
            if node.end() <= tree.node(assignment).start()
                || next.is_some_and(|next| node.start() >= next)
            {
                continue;
            }
        }
        if tree.is_within(id, assignment) || node.range() == name.range {
            continue;
        }
        list.used_once = false;
        if let AnyNodeRef::ExprAttribute(attribute) = tree.node(parent)
            && let AnyNodeRef::ExprCall(filled) = tree.node(tree.parent(parent))
            && AnyNodeRef::from(&*filled.func).ptr_eq(tree.node(parent))
        {
            match (attribute.attr.as_str(), &*filled.arguments.args) {
                ("append", [element]) => {
                    list.elements.push(through_name(element, file));
                    if filled.start() > call.start() {
                        list.used_after = true;
                    }
                    continue;
                }
                ("extend", [more]) => {
                    add_elements(more, file, &mut list.elements)?;
                    if filled.start() > call.start() {
                        list.used_after = true;
                    }
                    continue;
                }
                _ => {}
            }
        }
        // `len(tasks)` looks only; so does a condition.
        let looks = match tree.node(parent) {
            AnyNodeRef::Arguments(_) => matches!(
                tree.node(tree.parent(parent)),
                AnyNodeRef::ExprCall(outer) if matches!(&*outer.func, ast::Expr::Name(f) if f.id == "len")
            ),
            AnyNodeRef::StmtIf(_) => true,
            AnyNodeRef::ExprUnaryOp(op) => op.op == ast::UnaryOp::Not,
            _ => false,
        };
        if node.start() < call.start() {
            if !looks {
                list.used_before = Some(node.range());
            }
        } else {
            list.used_after = true;
        }
    }
    if list.used_before.is_some() {
        return None;
    }
    Some(list)
}

/// The elements of a display, a comprehension or an empty `list()`.
fn add_elements<'a>(
    value: &'a ast::Expr,
    file: &FileView<'a>,
    elements: &mut Vec<Element<'a>>,
) -> Option<()> {
    let display = match value {
        ast::Expr::List(list) => &list.elts,
        ast::Expr::Tuple(tuple) => &tuple.elts,
        ast::Expr::Set(set) => &set.elts,
        ast::Expr::ListComp(node) => {
            elements.push(through_name(&node.elt, file));
            return Some(());
        }
        ast::Expr::SetComp(node) => {
            elements.push(through_name(&node.elt, file));
            return Some(());
        }
        ast::Expr::Generator(node) => {
            elements.push(through_name(&node.elt, file));
            return Some(());
        }
        ast::Expr::Call(call)
            if matches!(&*call.func, ast::Expr::Name(name) if name.id == "list")
                && call.arguments.is_empty() =>
        {
            return Some(());
        }
        _ => return None,
    };
    for element in display {
        match element {
            ast::Expr::Starred(starred) => add_elements(&starred.value, file, elements)?,
            element => elements.push(through_name(element, file)),
        }
    }
    Some(())
}

fn through_name<'a>(expr: &'a ast::Expr, file: &FileView<'a>) -> Element<'a> {
    if let ast::Expr::Name(name) = expr
        && let Some((_, value)) = only_value(name, file)
        && makes_task(value, file)
    {
        return Element { expr: value };
    }
    Element { expr }
}

/// Why tasks cannot be created inside the group: the place and a few words.
pub(super) type Stuck = (TextRange, &'static str);

/// Finds the first statement of the block of the `gather` call from which on a group could stand,
/// so that all of `created` are created inside it.
pub(super) fn first_statement<'a>(
    site: &Site<'_, 'a>,
    block: &'a [ast::Stmt],
    at: usize,
    created: &[TextRange],
    names: &[&str],
) -> Result<usize, Stuck> {
    let file = site.file;
    let mut first = at;
    for range in created {
        let holder = block[..at]
            .iter()
            .position(|stmt| stmt.range().contains_range(*range));
        match holder {
            Some(holder) => first = first.min(holder),
            None => return Err((*range, "created here")),
        }
    }
    let function = file.function_scope(site.id());
    for stmt in &block[first..at] {
        let top = file.tree.id(stmt);
        for id in file.tree.descendants(top) {
            let node = file.tree.node(id);
            let inner = file.function_scope(id) != function;
            match node {
                AnyNodeRef::ExprAwait(_)
                | AnyNodeRef::ExprYield(_)
                | AnyNodeRef::ExprYieldFrom(_)
                    if !inner =>
                {
                    return Err((node.range(), "waits in between"));
                }
                AnyNodeRef::StmtFor(for_) if for_.is_async && !inner => {
                    return Err((node.range(), "waits in between"));
                }
                AnyNodeRef::StmtWith(with) if with.is_async && !inner => {
                    return Err((node.range(), "waits in between"));
                }
                AnyNodeRef::Comprehension(clause) if clause.is_async && !inner => {
                    return Err((node.range(), "waits in between"));
                }
                AnyNodeRef::StmtReturn(_) | AnyNodeRef::StmtRaise(_) if !inner => {
                    return Err((node.range(), "leaves in between"));
                }
                AnyNodeRef::StmtTry(_) if !inner => {
                    return Err((node.range(), "may catch in between"));
                }
                AnyNodeRef::StmtBreak(_) | AnyNodeRef::StmtContinue(_) if !inner => {
                    let looped = file
                        .tree
                        .ancestors(id)
                        .take_while(|above| file.tree.is_within(*above, top))
                        .any(|above| {
                            matches!(
                                file.tree.node(above),
                                AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)
                            )
                        });
                    if !looped {
                        return Err((node.range(), "leaves in between"));
                    }
                }
                AnyNodeRef::ExprName(name)
                    if names.contains(&name.id.as_str())
                        && name.ctx.is_load()
                        && !is_filling(id, file) =>
                {
                    return Err((node.range(), "used in between"));
                }
                _ => {}
            }
        }
    }
    for range in created {
        let inner = block[first..at].iter().any(|stmt| {
            file.tree.descendants(file.tree.id(stmt)).any(|id| {
                file.tree.node(id).range() == *range && file.function_scope(id) != function
            })
        });
        if inner {
            return Err((*range, "created in another function"));
        }
    }
    Ok(first)
}

/// `tasks.append(…)`, `task.add_done_callback(…)`, `len(tasks)`, `tasks.append(task)`.
fn is_filling(id: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let parent = tree.parent(id);
    match tree.node(parent) {
        AnyNodeRef::ExprAttribute(attribute) => matches!(
            attribute.attr.as_str(),
            "append" | "extend" | "add_done_callback" | "set_name"
        ),
        AnyNodeRef::Arguments(_) => {
            matches!(tree.node(tree.parent(parent)), AnyNodeRef::ExprCall(call)
            if matches!(&*call.func, ast::Expr::Name(name) if name.id == "len")
                || matches!(&*call.func, ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "append")))
        }
        _ => false,
    }
}
