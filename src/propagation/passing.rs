//! Decorators of the project that only pass on what the function gives: what they return for a
//! coroutine function gives a coroutine, which the callers await.

use crate::facts::{Facts, Term};
use crate::index::{Evaluator, Type};
use crate::project::Project;
use crate::syntax::{
    AnyNodeRef, BindingKind, Module, NodeId, PythonVersion, Ranged, ScopeId, TextRange, Tree, ast,
};
use std::path::Path;

/// Whether the decorator that stands in a range of a file (`@package.name`) passes on what the
/// function gives.
pub(super) fn passes_on(project: &Project, path: &Path, decorator: TextRange) -> bool {
    let Some(text) = project.sources.text(path) else {
        return false;
    };
    let words = text.get(decorator.start().to_usize()..decorator.end().to_usize());
    let Some(term) = words.and_then(term) else {
        return false;
    };
    let Some(facts) = Facts::of_text(&text) else {
        return false;
    };
    let resolver = Evaluator::new(project, path, facts);
    let Type::Function(place) = resolver.type_of(ScopeId::MODULE, &term) else {
        return false;
    };
    let Some(text) = project.sources.text(&place.file.path) else {
        return false;
    };
    let Ok(module) = Module::parse(&text, PythonVersion::latest()) else {
        return false;
    };
    let tree = Tree::new(&module);
    is_passing(&tree, tree.scope(place.scope).node)
}

/// The term of a decorator that is a dotted name.
pub(super) fn term(words: &str) -> Option<Term> {
    let mut names = words.trim().strip_prefix('@')?.trim().split('.');
    let is_name =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let first = names.next().filter(is_name)?;
    let mut term = Term::Name(first.into());
    for name in names {
        term = Term::Attribute(Box::new(term), is_name(&name).then_some(name)?.into());
    }
    Some(term)
}

/// `def decorator(function):` with one function inside, which it returns and whose every result is
/// that of the function.
fn is_passing(tree: &Tree<'_>, decorator: NodeId) -> bool {
    let AnyNodeRef::StmtFunctionDef(outer) = tree.node(decorator) else {
        return false;
    };
    let mut parameters = outer.parameters.iter();
    let (Some(parameter), None) = (parameters.next(), parameters.next()) else {
        return false;
    };
    let name = parameter.name().as_str();
    let body = match &outer.body[..] {
        [ast::Stmt::Expr(first), rest @ ..] if first.value.is_string_literal_expr() => rest,
        all => all,
    };
    let [ast::Stmt::FunctionDef(inner), ast::Stmt::Return(returned)] = body else {
        return false;
    };
    let gives_inner = matches!(returned.value.as_deref(), Some(ast::Expr::Name(one))
        if one.id == inner.name.id);
    if outer.is_async
        || inner.is_async
        || !outer.decorator_list.is_empty()
        || !gives_inner
        || parameter.is_variadic()
        || !inner
            .decorator_list
            .iter()
            .all(|one| keeps_name(tree, one, name))
    {
        return false;
    }
    let (Some(home), Some(own)) = (
        tree.scope_opened_by(decorator),
        tree.scope_opened_by(tree.id(inner)),
    ) else {
        return false;
    };
    let bindings = tree.bindings(home, name);
    if !matches!(bindings, [only] if only.kind == BindingKind::Parameter)
        || tree.is_rebound_from_inside(home, name)
    {
        return false;
    }
    let mut results = 0;
    for id in tree.descendants(tree.id(inner)) {
        match tree.node(id) {
            AnyNodeRef::ExprYield(_)
            | AnyNodeRef::ExprYieldFrom(_)
            | AnyNodeRef::ExprAwait(_)
            | AnyNodeRef::ExprLambda(_) => return false,
            AnyNodeRef::StmtReturn(result) if tree.function_scope(id) == own => {
                let is_call = matches!(result.value.as_deref(), Some(ast::Expr::Call(call))
                    if is_named(&call.func, name));
                if !is_call || is_watched(tree, id, tree.id(inner)) {
                    return false;
                }
                results += 1;
            }
            _ => {}
        }
    }
    let ends = matches!(
        inner.body.last(),
        Some(ast::Stmt::Return(_) | ast::Stmt::Raise(_))
    );
    let uses = tree.occurrences(home, name).into_iter().filter(|id| {
        matches!(tree.node(*id), AnyNodeRef::ExprName(one) if one.ctx.is_load())
            && tree.is_within(*id, tree.id(inner))
            && !is_looked_at(tree, *id)
    });
    let passed = inner.decorator_list.len();
    ends && results > 0 && uses.count() == results + passed
}

/// `@functools.wraps(function)`
pub(super) fn keeps_name(tree: &Tree<'_>, decorator: &ast::Decorator, name: &str) -> bool {
    matches!(&decorator.expression, ast::Expr::Call(call)
        if tree.qualified_name(&call.func).as_deref() == Some("functools.wraps")
            && call.arguments.len() == 1
            && call.arguments.args.first().is_some_and(|one| is_named(one, name)))
}

fn is_named(expr: &ast::Expr, name: &str) -> bool {
    matches!(expr, ast::Expr::Name(one) if one.id.as_str() == name)
}

/// `function.__name__`
pub(super) fn is_looked_at(tree: &Tree<'_>, id: NodeId) -> bool {
    matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprAttribute(one)
        if matches!(one.attr.as_str(), "__name__" | "__qualname__" | "__module__" | "__doc__"))
}

/// Whether something around a statement would see the body of the function end: it does not any
/// more when the function gives a coroutine.
fn is_watched(tree: &Tree<'_>, id: NodeId, function: NodeId) -> bool {
    let here = tree.node(id).range();
    tree.ancestors(id)
        .take_while(|above| *above != function)
        .any(|above| match tree.node(above) {
            AnyNodeRef::StmtWith(_) => true,
            AnyNodeRef::StmtTry(node) => {
                let handled =
                    |body: &[ast::Stmt]| body.iter().any(|stmt| stmt.range().contains_range(here));
                handled(&node.body) || !node.finalbody.is_empty()
            }
            _ => false,
        })
}
