//! Decorators of the project that put a function of their own in the place of another one, which it
//! calls: what they put there becomes a coroutine function together with everything it stands for.

use super::decorator_classes::class_of;
use crate::facts::{Facts, Term};
use crate::index::{Certainty, Definition, Evaluator, Role, Type, means};
use crate::options::Asyncify;
use crate::project::Project;
use crate::propagation::classes::{ClassRole, uses_of_class};
use crate::propagation::group::CallSite;
use crate::propagation::lift::Kind;
use crate::propagation::needs::Needs;
use crate::propagation::outline::Obstacle;
use crate::propagation::passing;
use crate::propagation::solve::Propagation;
use crate::syntax::{
    AnyNodeRef, BindingKind, Module, NodeId, Ranged, ScopeId, TextRange, Tree, ast,
};
use std::path::{Path, PathBuf};

/// A function that a decorator puts in the place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::propagation) struct Wrapper {
    /// The function; for a class that decorates its `__call__`.
    pub(super) inner: Definition,
    /// Where it calls what it stands for.
    pub(super) calls: Vec<TextRange>,
    /// What stands behind the `@`: the decorator, or the function that makes it.
    pub(super) decorator: Definition,
    /// Its name.
    pub(super) name: String,
    /// The decorator is made by a call: `@retry(3)`.
    pub(super) is_made: bool,
    /// For a class that decorates: what may be asked of its objects without running the function.
    pub(super) members: Option<Vec<String>>,
}

/// A decorator by its parts.
struct Shape {
    inner: NodeId,
    calls: Vec<NodeId>,
}

impl Propagation<'_> {
    /// The wrapper that a decorator of a function puts in its place, if it can become a coroutine
    /// function; `decorator` is where the decorator stands, `@` included.
    pub(in crate::propagation) fn wrapper(
        &self,
        path: &Path,
        decorator: TextRange,
    ) -> Option<Wrapper> {
        if self.options.asyncify == Asyncify::Twins {
            return None;
        }
        if let Some(class) = class_of(self, path, decorator) {
            let text = self.project.sources.text(&class.path)?;
            let module = Module::parse(&text, self.options.target).ok()?;
            let tree = Tree::new(&module);
            return self.decorating_class(&tree, &class.path, tree.scope(class.scope).node);
        }
        let named = decorator_of(self.project, path, decorator)?;
        if self.project.is_outside(&named.path) {
            return None;
        }
        let text = self.project.sources.text(&named.path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let outer = tree.scope(named.scope).node;
        let is_called = self
            .project
            .sources
            .text(path)
            .and_then(|text| Some(text.get(range_of(decorator))?.contains('(')))?;
        let makes = if is_called {
            made(&tree, outer)?
        } else {
            outer
        };
        self.described(&tree, &named.path, makes)
            .filter(|wrapper| wrapper.decorator == named && wrapper.is_made == is_called)
    }

    /// The wrapper that a function is itself.
    pub(in crate::propagation) fn own_wrapper(&self, node: usize) -> Option<Wrapper> {
        if self.options.asyncify == Asyncify::Twins {
            return None;
        }
        let own = self.definition(node);
        let text = self.project.sources.text(&own.path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let function = tree.scope(own.scope).node;
        let above = tree.parent(function);
        let wrapper = if matches!(tree.node(above), AnyNodeRef::StmtClassDef(_)) {
            self.decorating_class(&tree, &own.path, above)
        } else {
            self.described(&tree, &own.path, tree.enclosing_function(function)?)
        };
        wrapper.filter(|wrapper| wrapper.inner == own)
    }

    /// A decorator by its definition.
    fn described(&self, tree: &Tree<'_>, path: &Path, outer: NodeId) -> Option<Wrapper> {
        let shape = shape(tree, outer)?;
        let maker = tree
            .enclosing_function(outer)
            .map(|maker| (made(tree, maker) == Some(outer)).then_some(maker));
        let (named, is_made) = match maker {
            None => (outer, false),
            Some(maker) => (maker?, true),
        };
        let AnyNodeRef::StmtFunctionDef(definition) = tree.node(named) else {
            return None;
        };
        let is_public = self
            .options
            .public_api
            .iter()
            .any(|one| means(one, path, definition.name.as_str()));
        if is_public || tree.scope_of(named) != ScopeId::MODULE {
            return None;
        }
        let at = |id: NodeId| {
            Some(Definition {
                path: path.to_owned(),
                scope: tree.scope_opened_by(id)?,
            })
        };
        Some(Wrapper {
            inner: at(shape.inner)?,
            calls: shape
                .calls
                .iter()
                .map(|call| tree.node(*call).range())
                .collect(),
            decorator: at(named)?,
            name: definition.name.as_str().to_owned(),
            is_made,
            members: None,
        })
    }

    /// The node of a wrapper.
    pub(in crate::propagation) fn wrapper_node(&mut self, wrapper: &Wrapper) -> Option<usize> {
        let file = self.file(&wrapper.inner.path)?;
        let at = self.files[file]
            .outline
            .definition_of(wrapper.inner.scope)?;
        Some(self.node(file, at))
    }

    /// What a wrapper needs to become a coroutine function: everything that it stands for becomes
    /// one, too, and what it calls is awaited.
    pub(in crate::propagation) fn needs_of_wrapper(&mut self, wrapper: &Wrapper) -> Needs {
        let mut needs = Needs::default();
        let path = wrapper.inner.path.as_path();
        let Some(file) = self.file(path) else {
            return needs;
        };
        for range in &wrapper.calls {
            needs.calls.push(CallSite {
                path: path.to_owned(),
                range: *range,
                kind: Kind::Coroutine,
                line: self.files[file].outline.line(range.start()),
                twin: false,
            });
        }
        for (path, range, is_decorator) in self.uses_of_decorator(wrapper) {
            let decorated = is_decorator
                .then(|| self.decorated(&path, range, wrapper))
                .flatten();
            match decorated {
                Some(node) => needs.nodes.push(node),
                None => needs.walls.push((
                    path,
                    Obstacle::new(
                        "decorator-elsewhere",
                        range,
                        "the decorator is used here for something else than a plain function, which would not give what its wrapper awaits",
                    )
                    .remedy("Give the functions that wait a decorator of their own."),
                )),
            }
        }
        if needs.nodes.is_empty() {
            let name = self.files[file]
                .outline
                .definition_of(wrapper.inner.scope)
                .map(|at| self.files[file].outline.definitions[at].name);
            needs.walls.push((
                path.to_owned(),
                Obstacle::new(
                    "functools-decorator",
                    name.unwrap_or_default(),
                    "it stands for other functions, and nothing in the project says for which",
                ),
            ));
        }
        needs.nodes.sort_unstable();
        needs.nodes.dedup();
        needs
    }

    /// Every place that means a decorator, but for imports: where, and whether it decorates there.
    fn uses_of_decorator(&self, wrapper: &Wrapper) -> Vec<(PathBuf, TextRange, bool)> {
        if wrapper.members.is_some() {
            let uses = uses_of_class(self.project, &wrapper.decorator, &wrapper.name, false);
            let uses = uses.into_iter();
            let matters = uses.filter(|found| found.role != ClassRole::Asked);
            return matters
                .map(|found| {
                    let is_decorator = found.role == ClassRole::Decorator;
                    (found.path, found.range, is_decorator)
                })
                .collect();
        }
        let uses = self
            .project
            .uses_of(std::slice::from_ref(&wrapper.decorator))
            .pop();
        let uses = uses.into_iter().flat_map(|uses| uses.uses);
        uses.filter(|found| found.role != Role::Import)
            .map(|found| {
                let is_decorator =
                    found.role == Role::Decorator && found.certainty == Certainty::Exact;
                (found.path, found.range, is_decorator)
            })
            .collect()
    }

    /// The plain function that a decorator stands above: `name` is where its name is.
    fn decorated(&mut self, path: &Path, name: TextRange, wrapper: &Wrapper) -> Option<usize> {
        let is_made = wrapper.is_made;
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let id = tree
            .starting_in(name)
            .find(|id| tree.node(*id).range() == name)?;
        let above = tree
            .ancestors(id)
            .find(|above| matches!(tree.node(*above), AnyNodeRef::StmtFunctionDef(_)))?;
        let AnyNodeRef::StmtFunctionDef(function) = tree.node(above) else {
            return None;
        };
        let stands = function.decorator_list.iter().any(|decorator| {
            match (&decorator.expression, is_made) {
                (ast::Expr::Call(call), true) => call.func.range() == name,
                (ast::Expr::Call(_), false) | (_, true) => false,
                (expr, false) => expr.range() == name,
            }
        });
        if !stands || function.is_async {
            return None;
        }
        let file = self.file(path)?;
        let at = self.files[file]
            .outline
            .definition_at(function.name.start())?;
        // An object of a class is not bound to that of a method.
        if wrapper.members.is_some() && !self.files[file].outline.definitions[at].at_module_level {
            return None;
        }
        let node = self.node(file, at);
        // What something outside starts by its name stays a plain function, decorators included.
        let is_plain = self.kind(node) == Kind::Coroutine && !self.is_entry_point(node);
        is_plain.then_some(node)
    }
}

fn range_of(range: TextRange) -> std::ops::Range<usize> {
    range.start().to_usize()..range.end().to_usize()
}

/// The function of the project that stands behind the `@` of a decorator.
fn decorator_of(project: &Project, path: &Path, decorator: TextRange) -> Option<Definition> {
    let text = project.sources.text(path)?;
    let words = text.get(range_of(decorator))?;
    let term: Term = passing::term(words.split('(').next()?)?;
    let resolver = Evaluator::new(project, path, Facts::of_text(&text)?);
    let Type::Function(place) = resolver.type_of(ScopeId::MODULE, &term) else {
        return None;
    };
    Some(Definition {
        path: place.file.path.clone(),
        scope: place.scope,
    })
}

/// The one function that another one defines and returns: `def retry(times): def decorator(…): …;
/// return decorator`.
fn made(tree: &Tree<'_>, maker: NodeId) -> Option<NodeId> {
    let AnyNodeRef::StmtFunctionDef(outer) = tree.node(maker) else {
        return None;
    };
    if outer.is_async || !outer.decorator_list.is_empty() {
        return None;
    }
    let home = tree.scope_opened_by(maker)?;
    let mut returned = None;
    for id in tree.descendants(maker) {
        match tree.node(id) {
            AnyNodeRef::StmtReturn(result) if tree.function_scope(id) == home => {
                let Some(ast::Expr::Name(name)) = result.value.as_deref() else {
                    return None;
                };
                let same = returned.is_none_or(|other| other == name.id.as_str());
                returned = same.then_some(name.id.as_str());
                returned?;
            }
            AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
                if tree.function_scope(id) == home =>
            {
                return None;
            }
            _ => {}
        }
    }
    let [only] = tree.bindings(home, returned?) else {
        return None;
    };
    let inner = only.node;
    let ends = matches!(outer.body.last(), Some(ast::Stmt::Return(_)));
    let is_function =
        matches!(tree.node(inner), AnyNodeRef::StmtFunctionDef(inner) if !inner.is_async);
    let is_own = outer.body.iter().any(|stmt| tree.id(stmt) == inner);
    (ends && is_function && is_own).then_some(inner)
}

/// The parts of `def decorator(function): def inner(…): … function(…) …; return inner`, where
/// nothing else is done with the two functions than to call the outer one in the inner one, and to
/// look at their names.
fn shape(tree: &Tree<'_>, decorator: NodeId) -> Option<Shape> {
    let inner = made(tree, decorator)?;
    let (AnyNodeRef::StmtFunctionDef(outer), AnyNodeRef::StmtFunctionDef(wrapper)) =
        (tree.node(decorator), tree.node(inner))
    else {
        return None;
    };
    let mut parameters = outer.parameters.iter();
    let (Some(parameter), None) = (parameters.next(), parameters.next()) else {
        return None;
    };
    if parameter.is_variadic() || parameter.default().is_some() {
        return None;
    }
    let name = parameter.name().as_str();
    let home = tree.scope_opened_by(decorator)?;
    let own = tree.scope_opened_by(inner)?;
    let bindings = tree.bindings(home, name);
    if !matches!(bindings, [only] if only.kind == BindingKind::Parameter)
        || tree.is_rebound_from_inside(home, name)
        || tree.is_rebound_from_inside(home, wrapper.name.as_str())
    {
        return None;
    }
    let wraps = |decorator: &ast::Decorator| passing::keeps_name(tree, decorator, name);
    if !wrapper.decorator_list.iter().all(wraps) || says_what_it_gives(tree, outer, wrapper) {
        return None;
    }
    let mut calls = Vec::new();
    for id in tree.occurrences(home, name) {
        let AnyNodeRef::ExprName(occurrence) = tree.node(id) else {
            continue;
        };
        if !occurrence.ctx.is_load() {
            return None;
        }
        let above = tree.parent(id);
        match tree.node(above) {
            AnyNodeRef::ExprCall(call) if call.func.range() == occurrence.range => {
                if tree.function_scope(id) != own || !tree.is_within(id, inner) {
                    return None;
                }
                calls.push(above);
            }
            _ if passing::is_looked_at(tree, id) || is_copied(tree, id) => {}
            _ => return None,
        }
    }
    let harmless = |id: &NodeId| match tree.node(*id) {
        AnyNodeRef::ExprName(_) => {
            matches!(tree.node(tree.parent(*id)), AnyNodeRef::StmtReturn(_))
                || is_copied(tree, *id)
                || matches!(tree.node(tree.parent(*id)), AnyNodeRef::ExprAttribute(attribute)
                    if !matches!(tree.node(tree.parent(tree.parent(*id))), AnyNodeRef::ExprCall(call)
                        if call.func.range() == attribute.range))
        }
        _ => true,
    };
    let uses = tree.occurrences(home, wrapper.name.as_str());
    let is_plain = uses.iter().all(harmless) && !yields(tree, inner, own);
    (is_plain && !calls.is_empty()).then_some(Shape { inner, calls })
}

/// `@functools.wraps(function)`, `functools.update_wrapper(inner, function)`
pub(super) fn is_copied(tree: &Tree<'_>, id: NodeId) -> bool {
    let above = tree.parent(id);
    let call = match tree.node(above) {
        AnyNodeRef::Arguments(_) => tree.parent(above),
        _ => return false,
    };
    matches!(tree.node(call), AnyNodeRef::ExprCall(call) if matches!(
        tree.qualified_name(&call.func).as_deref(),
        Some("functools.wraps" | "functools.update_wrapper")
    ))
}

pub(super) fn yields(tree: &Tree<'_>, function: NodeId, own: ScopeId) -> bool {
    tree.descendants(function).any(|id| {
        tree.function_scope(id) == own
            && matches!(
                tree.node(id),
                AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) | AnyNodeRef::ExprAwait(_)
            )
    })
}

/// Whether the annotations say what the functions give (`Callable[[str], int]`), so that they would
/// be wrong afterwards.
pub(super) fn says_what_it_gives(
    tree: &Tree<'_>,
    outer: &ast::StmtFunctionDef,
    wrapper: &ast::StmtFunctionDef,
) -> bool {
    let given = outer
        .parameters
        .iter()
        .filter_map(ast::AnyParameterRef::annotation);
    let all = given.chain(outer.returns.as_deref());
    let nested = wrapper
        .parameters
        .iter()
        .filter_map(ast::AnyParameterRef::annotation);
    all.chain(nested).any(|annotation| {
        let words = tree.slice(annotation.range());
        words.match_indices("Callable[").any(|(at, _)| {
            let rest = &words[at..];
            let end = rest.rfind(']').unwrap_or(rest.len());
            let last = rest[..end].rsplit(',').next().unwrap_or_default();
            last.trim().trim_end_matches(']') != "Any"
        })
    })
}
