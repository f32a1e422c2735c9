//! Classes of the project that decorate: an object of the class is put in the place of a function,
//! and its `__call__` calls that function. The `__call__` becomes a coroutine function together with
//! everything that is decorated so, and what it keeps are results, not coroutines.

use super::constructors::is_object;
use super::wrappers::{Wrapper, is_copied, says_what_it_gives, yields};
use crate::facts::{Facts, Term};
use crate::index::{Certainty, Definition, Evaluator, Role, Type, Use, means};
use crate::propagation::passing;
use crate::propagation::solve::Propagation;
use crate::syntax::{AnyNodeRef, Module, NodeId, Ranged, ScopeId, TextRange, Tree, ast};
use std::path::Path;

/// Methods with which a class changes what its objects are, or how their attributes are found.
const CHANGING: &[&str] = &[
    "__new__",
    "__get__",
    "__set_name__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__init_subclass__",
    "__class_getitem__",
    "__await__",
];

impl Propagation<'_> {
    /// A class of the project by its definition, if its objects can stand for coroutine functions.
    pub(in crate::propagation) fn decorating_class(
        &self,
        tree: &Tree<'_>,
        path: &Path,
        class: NodeId,
    ) -> Option<Wrapper> {
        let AnyNodeRef::StmtClassDef(definition) = tree.node(class) else {
            return None;
        };
        let name = definition.name.as_str();
        let call_name = format!("{name}.__call__");
        let is_public = self
            .options
            .public_api
            .iter()
            .any(|one| means(one, path, name) || means(one, path, &call_name));
        if is_public || tree.scope_of(class) != ScopeId::MODULE {
            return None;
        }
        let shape = shape(tree, definition)?;
        let at = |id: NodeId| {
            Some(Definition {
                path: path.to_owned(),
                scope: tree.scope_opened_by(id)?,
            })
        };
        Some(Wrapper {
            inner: at(shape.call)?,
            calls: shape
                .calls
                .iter()
                .map(|call| tree.node(*call).range())
                .collect(),
            decorator: at(class)?,
            is_made: false,
            members: Some(shape.members),
            name: name.to_owned(),
        })
    }

    /// Whether a use of a function only asks the object that a decorating class made of it:
    /// `search.clear_cache()`, also of one after the other in a loop.
    pub(in crate::propagation) fn asks_its_decorator(&self, node: usize, found: &Use) -> bool {
        if found.role != Role::Value || found.certainty == Certainty::Unknown {
            return false;
        }
        let node = &self.nodes[node];
        let file = &self.files[node.file];
        let own = &file.outline.definitions[node.definition];
        let members = own
            .walls
            .iter()
            .filter(|wall| matches!(wall.reason, "unknown-decorator" | "cached"))
            .find_map(|wall| self.wrapper(&file.path, wall.range)?.members);
        let (Some(members), true) = (members, found.others.is_empty()) else {
            return false;
        };
        let Some(text) = self.project.sources.text(&found.path) else {
            return false;
        };
        let Ok(module) = Module::parse(&text, self.options.target) else {
            return false;
        };
        let tree = Tree::new(&module);
        let id = tree.starting_in(found.range).find(|id| {
            let node = tree.node(*id);
            node.is_expression() && node.range() == found.range
        });
        id.is_some_and(|id| {
            is_asked(&tree, id, &members) || is_asked_in_a_loop(&tree, id, &members)
        })
    }
}

/// The class of the project that stands behind the `@` of a decorator.
pub(super) fn class_of(
    propagation: &Propagation<'_>,
    path: &Path,
    decorator: TextRange,
) -> Option<Definition> {
    let text = propagation.project.sources.text(path)?;
    let words = text.get(decorator.start().to_usize()..decorator.end().to_usize())?;
    let term: Term = passing::term(words)?;
    let resolver = Evaluator::new(propagation.project, path, Facts::of_text(&text)?);
    let Type::Class(place, true) = resolver.type_of(ScopeId::MODULE, &term) else {
        return None;
    };
    (!place.file.outside).then(|| Definition {
        path: place.file.path.clone(),
        scope: place.scope,
    })
}

/// A decorating class by its parts.
struct Shape {
    /// `__call__`
    call: NodeId,
    /// Where that calls the function.
    calls: Vec<NodeId>,
    /// What may be asked of an object without running the function.
    members: Vec<String>,
}

/// The parts of a class whose `__init__` keeps one function in one attribute, which nothing but
/// `__call__` uses, and only to call it.
fn shape(tree: &Tree<'_>, class: &ast::StmtClassDef) -> Option<Shape> {
    if !class.decorator_list.is_empty()
        || !class.keywords().is_empty()
        || !class.bases().iter().all(|base| is_object(tree, base))
    {
        return None;
    }
    let id = tree.id(class);
    let methods: Vec<&ast::StmtFunctionDef> = class
        .body
        .iter()
        .filter_map(ast::Stmt::as_function_def_stmt)
        .collect();
    if methods
        .iter()
        .any(|method| CHANGING.contains(&method.name.as_str()) || method.is_async)
    {
        return None;
    }
    let only = |name: &str| {
        let mut named = methods.iter().filter(|method| method.name.as_str() == name);
        let first = named.next()?;
        (named.next().is_none() && first.decorator_list.is_empty()).then_some(*first)
    };
    let (init, call) = (only("__init__")?, only("__call__")?);
    let attribute = kept_in(tree, init)?;
    let call_id = tree.id(call);
    let own = tree.scope_opened_by(call_id)?;
    if yields(tree, call_id, own) || says_what_it_gives(tree, init, call) {
        return None;
    }
    let mut calls = Vec::new();
    for below in tree.descendants(id) {
        let AnyNodeRef::ExprAttribute(one) = tree.node(below) else {
            continue;
        };
        if one.attr.as_str() != attribute
            || !one.ctx.is_load()
            || passing::is_looked_at(tree, below)
        {
            continue;
        }
        let above = tree.parent(below);
        let is_called = matches!(tree.node(above), AnyNodeRef::ExprCall(call)
            if call.func.range() == one.range);
        let is_own = matches!(&*one.value, ast::Expr::Name(object)
            if Some(object.id.as_str()) == first_parameter(call));
        if !is_called || !is_own || tree.function_scope(below) != own {
            return None;
        }
        calls.push(above);
    }
    // Whoever gets hold of the object may call it.
    if calls.is_empty() || methods.iter().any(|method| lets_go_of_itself(tree, method)) {
        return None;
    }
    let stored = tree
        .descendants(id)
        .filter_map(|below| match tree.node(below) {
            AnyNodeRef::ExprAttribute(one) if !one.ctx.is_load() => Some(one.attr.as_str()),
            _ => None,
        });
    let stored: Vec<&str> = stored.collect();
    if stored.iter().filter(|one| **one == attribute).count() != 1 {
        return None;
    }
    let named = methods.iter().map(|method| method.name.as_str());
    let members = named
        .chain(stored)
        .filter(|name| *name != attribute && !name.starts_with("__"))
        .map(str::to_owned)
        .collect();
    Some(Shape {
        call: call_id,
        calls,
        members,
    })
}

fn first_parameter(function: &ast::StmtFunctionDef) -> Option<&str> {
    let parameters = &function.parameters;
    let first = parameters.posonlyargs.first().or(parameters.args.first())?;
    Some(first.parameter.name.as_str())
}

/// The attribute in which `def __init__(self, function):` keeps the function, with which it does
/// nothing else than to look at its name.
fn kept_in<'a>(tree: &Tree<'a>, init: &'a ast::StmtFunctionDef) -> Option<&'a str> {
    let mut parameters = init.parameters.iter();
    let (Some(object), Some(function), None) =
        (parameters.next(), parameters.next(), parameters.next())
    else {
        return None;
    };
    if object.is_variadic() || function.is_variadic() || function.default().is_some() {
        return None;
    }
    let (object, function) = (object.name().as_str(), function.name().as_str());
    let home = tree.scope_opened_by(tree.id(init))?;
    if tree.bindings(home, function).len() != 1 || tree.is_rebound_from_inside(home, function) {
        return None;
    }
    let mut kept = None;
    for id in tree.occurrences(home, function) {
        let AnyNodeRef::ExprName(name) = tree.node(id) else {
            continue;
        };
        match tree.node(tree.parent(id)) {
            AnyNodeRef::StmtAssign(assign) if name.ctx.is_load() => match &assign.targets[..] {
                [ast::Expr::Attribute(target)]
                    if matches!(&*target.value, ast::Expr::Name(one) if one.id.as_str() == object)
                        && kept.is_none() =>
                {
                    kept = Some(target.attr.as_str());
                }
                _ => return None,
            },
            _ if passing::is_looked_at(tree, id) || is_copied(tree, id) => {}
            _ => return None,
        }
    }
    kept
}

/// Whether a method does more with its object than to use its attributes.
fn lets_go_of_itself(tree: &Tree<'_>, method: &ast::StmtFunctionDef) -> bool {
    let Some(object) = first_parameter(method) else {
        return false;
    };
    let Some(home) = tree.scope_opened_by(tree.id(method)) else {
        return true;
    };
    tree.occurrences(home, object).into_iter().any(|id| {
        matches!(tree.node(id), AnyNodeRef::ExprName(_))
            && !matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprAttribute(one)
                if one.attr.as_str() != "__call__")
            && !is_copied(tree, id)
    })
}

/// `search.clear_cache`
fn is_asked(tree: &Tree<'_>, id: NodeId, members: &[String]) -> bool {
    matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprAttribute(one)
        if members.iter().any(|member| member == one.attr.as_str()))
}

/// `for one in (search, suggest): one.clear_cache()`
fn is_asked_in_a_loop(tree: &Tree<'_>, id: NodeId, members: &[String]) -> bool {
    let display = tree.parent(id);
    if !matches!(
        tree.node(display),
        AnyNodeRef::ExprTuple(_) | AnyNodeRef::ExprList(_)
    ) {
        return false;
    }
    let AnyNodeRef::StmtFor(node) = tree.node(tree.parent(display)) else {
        return false;
    };
    let ast::Expr::Name(target) = &*node.target else {
        return false;
    };
    if tree.id(&*node.iter) != display {
        return false;
    }
    let at = tree.id(target);
    let Some(home) = tree.lookup(&target.id, tree.scope_of(at)) else {
        return false;
    };
    tree.bindings(home, &target.id).len() == 1
        && !tree.is_rebound_from_inside(home, &target.id)
        && (home != ScopeId::MODULE)
        && tree
            .occurrences(home, &target.id)
            .into_iter()
            .all(|one| match tree.node(one) {
                AnyNodeRef::ExprName(name) => !name.ctx.is_load() || is_asked(tree, one, members),
                _ => true,
            })
}
