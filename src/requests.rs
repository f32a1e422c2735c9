//! Which calls are requests of the `requests` library, and whose session they use.

pub(crate) mod callers;
pub(crate) mod exceptions;

use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, ScopeKind, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// What a request is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// A function of the module: `requests.get(…)`.
    Module,
    /// A session in a variable of the same function, by the scope that binds it.
    Session(ScopeId),
    /// A session that others can reach: a global, an attribute, a variable of an outer function.
    SharedSession,
    /// A session that the caller passes.
    Parameter,
    /// `requests.Session().get(…)`.
    NewSession,
    /// A session that a property gives, or one of several: `self._session`, `(session or requests)`.
    Computed,
}

/// A request of a coroutine function, made there or in a thread that is awaited in place.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    /// `requests.get(url)` or `asyncio.to_thread(requests.get, url)`.
    pub(crate) call: &'a ast::ExprCall,
    /// What makes the request: `requests.get`, `session.get`.
    pub(crate) callee: &'a ast::Expr,
    /// The `await` of a request in a thread.
    pub(crate) awaited: Option<&'a ast::ExprAwait>,
    /// What it is made with.
    pub(crate) via: Via,
    /// The verb.
    pub(crate) verb: &'a str,
}

impl<'a> Site<'a> {
    /// The expression that gives the response.
    pub(crate) fn id(&self, file: &FileView<'a>) -> NodeId {
        match self.awaited {
            Some(await_) => file.tree.id(await_),
            None => file.tree.id(self.call),
        }
    }

    /// The arguments of the request that have no keyword.
    pub(crate) fn positional(&self) -> &'a [ast::Expr] {
        &self.call.arguments.args[usize::from(self.awaited.is_some())..]
    }

    /// Everything before the first argument of the request.
    pub(crate) fn head(&self, file: &FileView<'a>) -> TextRange {
        let first = self
            .call
            .arguments
            .iter_source_order()
            .nth(usize::from(self.awaited.is_some()));
        let end = first.map_or(self.call.arguments.end(), |argument| match argument {
            ast::ArgOrKeyword::Arg(expr) => file.tree.parenthesized(expr).start(),
            ast::ArgOrKeyword::Keyword(keyword) => keyword.start(),
        });
        TextRange::new(self.awaited.map_or(self.call.start(), Ranged::start), end)
    }
}

/// A call that makes a request. One that waits for it in a thread,
/// `await asyncio.to_thread(requests.get, url)`, counts where the user consents to unsafe changes.
pub(crate) fn site<'a>(file: &FileView<'a>, call: &'a ast::ExprCall) -> Option<Site<'a>> {
    if let Some((via, verb)) = request(file, call) {
        return Some(Site {
            call,
            callee: &call.func,
            awaited: None,
            via,
            verb,
        });
    }
    if !file.has_consent() || !file.resolves_to(&call.func, "asyncio.to_thread") {
        return None;
    }
    let callee = call.arguments.args.first()?;
    let awaited = file.awaited_by(file.tree.id(call))?;
    let (via, verb) = request_by(file, callee)?;
    Some(Site {
        call,
        callee,
        awaited: Some(awaited),
        via,
        verb,
    })
}

/// Only a coroutine function can wait without blocking.
pub(crate) fn check_color(file: &FileView<'_>, call: NodeId) -> Result<(), Refusal> {
    if file.stands_in_coroutine(call) {
        return Ok(());
    }
    let Some(function) = file.enclosing_function(call) else {
        let refusal = Refusal::new(
            "at-module-level",
            "This request is made outside any function, where nothing can be awaited.",
        )
        .remedy("Make it in an `async def` that `asyncio.run()` starts.");
        return Err(match file.main_block(call) {
            Some(block) => refusal.wants_coroutine(block),
            None => refusal,
        });
    };
    let (what, range) = match file.function(function) {
        Some(definition) => (format!("`{}`", definition.name), definition.name.range),
        None => ("a `lambda`".to_owned(), file.tree.node(function).range()),
    };
    Err(Refusal::new(
        "in-sync-function",
        format!("This request is made in {what}, which is not an `async def`."),
    )
    .evidence(range, "the function")
    .remedy("Make the function an `async def` and await its callers' calls, or leave it.")
    .wants_coroutine(function))
}

/// The HTTP verbs that are functions of `requests` and methods of its sessions.
const VERBS: &[&str] = &[
    "get", "options", "head", "post", "put", "patch", "delete", "request",
];

/// The verb of a function of the module, if an expression stands for one.
pub(crate) fn module_verb(file: &FileView<'_>, callee: &ast::Expr) -> Option<&'static str> {
    let dotted = file.tree.qualified_name(callee)?;
    let verb = dotted.strip_prefix("requests.")?;
    VERBS.iter().copied().find(|known| *known == verb)
}

/// Whether an expression is `requests.Session()` or `requests.session()`.
pub(crate) fn is_new_session(file: &FileView<'_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else {
        return false;
    };
    matches!(
        file.tree.qualified_name(&call.func).as_deref(),
        Some("requests.Session" | "requests.session")
    )
}

/// How a call makes a request, if it does.
pub(crate) fn request<'a>(file: &FileView<'a>, call: &'a ast::ExprCall) -> Option<(Via, &'a str)> {
    request_by(file, &call.func)
}

fn request_by<'a>(file: &FileView<'a>, callee: &'a ast::Expr) -> Option<(Via, &'a str)> {
    if let Some(verb) = module_verb(file, callee) {
        return Some((Via::Module, verb));
    }
    let ast::Expr::Attribute(method) = callee else {
        return None;
    };
    let verb = method.attr.as_str();
    if !VERBS.contains(&verb) && verb != "send" {
        return None;
    }
    Some((session(file, &method.value)?, verb))
}

/// Whose session an expression stands for.
fn session(file: &FileView<'_>, expr: &ast::Expr) -> Option<Via> {
    let tree = file.tree;
    match expr {
        ast::Expr::Call(_) => is_new_session(file, expr).then_some(Via::NewSession),
        ast::Expr::Name(name) => {
            let id = tree.id(name);
            let home = tree.lookup(name.id.as_str(), tree.scope_of(id))?;
            let bindings = tree.bindings(home, name.id.as_str());
            if bindings
                .iter()
                .any(|binding| is_session_binding(file, binding.node, name.id.as_str()))
            {
                let local = home == file.function_scope(id) && home != ScopeId::MODULE;
                return Some(if local {
                    Via::Session(home)
                } else {
                    Via::SharedSession
                });
            }
            match bindings {
                [only] if only.kind == BindingKind::Parameter => {
                    let parameters = match tree.node(only.node) {
                        AnyNodeRef::StmtFunctionDef(function) => &function.parameters,
                        _ => return None,
                    };
                    let parameter = parameters
                        .iter()
                        .find(|one| one.name().as_str() == name.id.as_str())?;
                    is_session_or_none(file, parameter.annotation()?).then_some(Via::Parameter)
                }
                _ => None,
            }
        }
        ast::Expr::Attribute(attribute) => match keeper(file, attribute) {
            Some(_) => Some(Via::SharedSession),
            None => is_given_by_property(file, attribute).then_some(Via::Computed),
        },
        ast::Expr::BoolOp(either) => {
            let is_one = |value: &ast::Expr| {
                session(file, value).is_some()
                    || tree.qualified_name(value).as_deref() == Some("requests")
            };
            (either.op == ast::BoolOp::Or && either.values.iter().any(is_one))
                .then_some(Via::Computed)
        }
        _ => None,
    }
}

/// Whether an attribute of `self` is a property of its class that gives a session.
fn is_given_by_property(file: &FileView<'_>, attribute: &ast::ExprAttribute) -> bool {
    let tree = file.tree;
    if !matches!(&*attribute.value, ast::Expr::Name(_)) {
        return false;
    }
    let mut todo: Vec<NodeId> = enclosing_class(file, tree.id(attribute))
        .into_iter()
        .collect();
    let mut known = Vec::new();
    while let Some(class) = todo.pop() {
        let AnyNodeRef::StmtClassDef(definition) = tree.node(class) else {
            continue;
        };
        let mut methods = definition
            .body
            .iter()
            .filter_map(ast::Stmt::as_function_def_stmt);
        if let Some(method) = methods.find(|method| method.name.as_str() == attribute.attr.as_str())
        {
            return method.decorator_list.iter().any(|decorator| {
                matches!(
                    file.text(decorator.expression.range()),
                    "property" | "cached_property" | "functools.cached_property"
                )
            }) && returns_session(file, method);
        }
        known.push(class);
        let bases = bases(file, definition);
        todo.extend(bases.filter(|base| !known.contains(base)));
    }
    false
}

/// Whether a function returns a new session, or a variable that may hold one.
fn returns_session(file: &FileView<'_>, function: &ast::StmtFunctionDef) -> bool {
    let tree = file.tree;
    let id = tree.id(function);
    let home = tree.scope_opened_by(id);
    tree.descendants(id).any(|below| match tree.node(below) {
        AnyNodeRef::StmtReturn(result) => {
            home == Some(tree.function_scope(below))
                && result
                    .value
                    .as_deref()
                    .is_some_and(|value| gives_session(file, value))
        }
        _ => false,
    })
}

/// Whether an annotation is that of a session, or of nothing: `Session | None`, `Optional[Session]`.
fn is_session_or_none(file: &FileView<'_>, annotation: &ast::Expr) -> bool {
    match annotation {
        ast::Expr::BinOp(either) if either.op == ast::Operator::BitOr => {
            let is_none = |expr: &ast::Expr| expr.is_none_literal_expr();
            (is_none(&either.right) && is_session_or_none(file, &either.left))
                || (is_none(&either.left) && is_session_or_none(file, &either.right))
        }
        ast::Expr::Subscript(optional) => {
            file.resolves_to(&optional.value, "typing.Optional")
                && is_session_or_none(file, &optional.slice)
        }
        other => file.resolves_to(other, "requests.Session"),
    }
}

/// Whether a binding of a name gives it a new session: `s = requests.Session()`, with or without
/// an annotation, `with requests.Session() as s`.
fn is_session_binding(file: &FileView<'_>, node: NodeId, name: &str) -> bool {
    let AnyNodeRef::ExprName(_) = file.tree.node(node) else {
        return false;
    };
    match file.tree.node(file.tree.parent(node)) {
        AnyNodeRef::StmtAssign(assign) => {
            is_new_session(file, &assign.value)
                && assign
                    .targets
                    .iter()
                    .any(|target| matches!(target, ast::Expr::Name(one) if one.id.as_str() == name))
        }
        AnyNodeRef::StmtAnnAssign(assign) => assign
            .value
            .as_deref()
            .is_some_and(|value| is_new_session(file, value)),
        AnyNodeRef::WithItem(item) => is_new_session(file, &item.context_expr),
        _ => false,
    }
}

/// The class whose objects keep a session in an attribute, for `self.session` in a method of it or
/// of a class of this file that is derived from it.
pub(crate) fn keeper<'a>(
    file: &FileView<'a>,
    attribute: &ast::ExprAttribute,
) -> Option<&'a ast::StmtClassDef> {
    let stores = sessions_stored(file, file.text(attribute.range));
    if stores.is_empty() {
        return None;
    }
    let mut todo = vec![enclosing_class(file, file.tree.id(attribute))?];
    let mut known = Vec::new();
    while let Some(class) = todo.pop() {
        let AnyNodeRef::StmtClassDef(definition) = file.tree.node(class) else {
            continue;
        };
        if stores
            .iter()
            .any(|store| file.tree.is_within(*store, class))
        {
            return Some(definition);
        }
        known.push(class);
        let bases = bases(file, definition);
        todo.extend(bases.filter(|base| !known.contains(base)));
    }
    None
}

/// The classes of the module that a class is derived from directly.
pub(crate) fn bases<'a>(
    file: &FileView<'a>,
    class: &'a ast::StmtClassDef,
) -> impl Iterator<Item = NodeId> {
    let tree = file.tree;
    let names = class.bases().iter().filter_map(|base| base.as_name_expr());
    names.filter_map(
        move |name| match tree.bindings(ScopeId::MODULE, name.id.as_str()) {
            [only] if only.kind == BindingKind::Class => Some(only.node),
            _ => None,
        },
    )
}

/// The places that store a session in an attribute which is written like this: `self.session`.
fn sessions_stored(file: &FileView<'_>, wanted: &str) -> Vec<NodeId> {
    let tree = file.tree;
    let name = wanted.rsplit('.').next().unwrap_or_default();
    let is_one = |id: &NodeId| {
        let AnyNodeRef::ExprAttribute(target) = tree.node(*id) else {
            return false;
        };
        if target.attr.as_str() != name || file.text(target.range) != wanted {
            return false;
        }
        match tree.node(tree.parent(*id)) {
            AnyNodeRef::StmtAssign(assign) => gives_session(file, &assign.value),
            AnyNodeRef::StmtAnnAssign(assign) => assign
                .value
                .as_deref()
                .is_some_and(|value| gives_session(file, value)),
            _ => false,
        }
    };
    let stores = tree.attribute_stores();
    stores.iter().copied().filter(is_one).collect()
}

/// Whether an expression is a new session, or one where none is passed: `session or Session()`.
fn gives_session(file: &FileView<'_>, expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::BoolOp(either) => either
            .values
            .last()
            .is_some_and(|last| is_new_session(file, last)),
        ast::Expr::If(choice) => {
            is_new_session(file, &choice.body) || is_new_session(file, &choice.orelse)
        }
        ast::Expr::Name(name) => {
            let tree = file.tree;
            let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)));
            home.filter(|home| *home != ScopeId::MODULE)
                .is_some_and(|home| {
                    let bindings = tree.bindings(home, name.id.as_str());
                    bindings
                        .iter()
                        .any(|one| is_session_binding(file, one.node, name.id.as_str()))
                })
        }
        other => is_new_session(file, other),
    }
}

fn enclosing_class(file: &FileView<'_>, id: NodeId) -> Option<NodeId> {
    let mut scope = file.tree.scope_of(id);
    while scope != ScopeId::MODULE {
        let here = file.tree.scope(scope);
        if here.kind == ScopeKind::Class {
            return Some(here.node);
        }
        scope = here.parent;
    }
    None
}
