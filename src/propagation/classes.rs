//! Where a class of the project is meant: made an object of, decorated with, asked about, handed on.

use crate::facts::{Facts, Term};
use crate::index::{Definition, Evaluator, Type};
use crate::project::Project;
use crate::syntax::{
    AnyNodeRef, BindingKind, Module, NodeId, PythonVersion, Ranged, TextRange, Tree, ast,
};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A place that means a class, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClassUse {
    pub(super) path: PathBuf,
    /// The expression, the alias of an import, or the string.
    pub(super) range: TextRange,
    pub(super) role: ClassRole,
}

/// What is done with a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClassRole {
    /// An object of it is made: the whole call.
    Made(TextRange),
    /// It stands behind an `@`, without a call.
    Decorator,
    /// Something is asked about it: `isinstance`, an annotation, `__all__`, one of its attributes.
    Asked,
    /// Anything else: another class inherits from it, it is handed on, named in a string, replaced.
    Other,
}

/// Every place of the project that means a class of it.
///
/// With `makes` also those that make an object without the name of the class: `cls(…)`,
/// `type(page)(…)`.
pub(super) fn uses_of_class(
    project: &Project,
    class: &Definition,
    name: &str,
    makes: bool,
) -> Vec<ClassUse> {
    let found = Mutex::new(Vec::new());
    let makers = ["cls", "__class__", "type"];
    let makers = makers.into_iter().filter(|_| makes);
    project.each_naming(std::iter::once(name).chain(makers), &|path, text| {
        let may_make = || {
            makes
                && ["cls(", "__class__(", ")("]
                    .iter()
                    .any(|one| text.contains(one))
        };
        if text.contains(name) || may_make() {
            let path = project.sources.absolute(path);
            let here = uses_in(project, &path, text, class, name, makes);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(here);
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by(|a, b| (&a.path, a.range.start()).cmp(&(&b.path, b.range.start())));
    found
}

fn uses_in(
    project: &Project,
    path: &Path,
    text: &str,
    class: &Definition,
    name: &str,
    makes: bool,
) -> Vec<ClassUse> {
    let Ok(module) = Module::parse(text, PythonVersion::latest()) else {
        return Vec::new();
    };
    let tree = Tree::new(&module);
    let evaluator = Evaluator::new(project, path, Facts::of(&tree));
    let found = tree.ids().filter_map(|id| {
        let mut at = tree.node(id).range();
        let role = match tree.node(id) {
            AnyNodeRef::ExprCall(call) if makes && names_no_class(&tree, &call.func) => {
                at = call.func.range();
                match is_ours(&evaluator, &tree, &call.func, class) {
                    Some(true) => ClassRole::Made(call.range()),
                    None => ClassRole::Other,
                    Some(false) => return None,
                }
            }
            AnyNodeRef::ExprName(one) if one.id.as_str() == name => {
                match is_ours_at(&evaluator, &tree, id, class) {
                    Some(true) => role(&tree, id),
                    // What a variable holds was handed on somewhere else.
                    None if comes_from_elsewhere(&tree, id, name) => ClassRole::Other,
                    _ => return None,
                }
            }
            AnyNodeRef::ExprAttribute(one) if one.attr.as_str() == name => {
                match is_ours_at(&evaluator, &tree, id, class) {
                    Some(true) => role(&tree, id),
                    None if root(&tree, &one.value)
                        .is_some_and(|(id, root)| comes_from_elsewhere(&tree, id, root)) =>
                    {
                        ClassRole::Other
                    }
                    _ => return None,
                }
            }
            AnyNodeRef::Alias(alias) => {
                let other = alias.asname.as_ref().is_some_and(|other| other != name);
                if alias.name.rsplit('.').next() != Some(name) || !other {
                    return None;
                }
                ClassRole::Other
            }
            AnyNodeRef::ExprStringLiteral(text) => {
                let text = text.value.to_str();
                let dotted = text.strip_suffix(name).is_some_and(|before| {
                    before.ends_with(['.', ':'])
                        && before
                            .chars()
                            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'))
                });
                if !(dotted || text == name && names_an_attribute(&tree, id)) {
                    return None;
                }
                ClassRole::Other
            }
            _ => return None,
        };
        Some(ClassUse {
            path: path.to_owned(),
            range: at,
            role,
        })
    });
    found.collect()
}

/// Whether a name or an attribute means the class; `None` where nobody knows.
fn is_ours_at(
    evaluator: &Evaluator<'_>,
    tree: &Tree<'_>,
    id: NodeId,
    class: &Definition,
) -> Option<bool> {
    let term = match tree.node(id) {
        AnyNodeRef::ExprName(name) => Term::Name(name.id.as_str().into()),
        AnyNodeRef::ExprAttribute(attribute) => Term::Attribute(
            Box::new(Term::of(&attribute.value, tree)),
            attribute.attr.as_str().into(),
        ),
        _ => return None,
    };
    is_class(evaluator.type_of(tree.scope_of(id), &term), class)
}

/// The same for any expression.
fn is_ours(
    evaluator: &Evaluator<'_>,
    tree: &Tree<'_>,
    expr: &ast::Expr,
    class: &Definition,
) -> Option<bool> {
    let scope = tree.scope_of(tree.id(expr));
    is_class(evaluator.type_of(scope, &Term::of(expr, tree)), class)
}

fn is_class(found: Type, class: &Definition) -> Option<bool> {
    let is_one = |found: &Type| {
        matches!(found, Type::Class(place, _)
            if place.scope == class.scope && place.file.path == class.path)
    };
    match found {
        Type::Unknown | Type::Never | Type::None => None,
        Type::OneOf(parts) if parts.iter().any(is_one) => None,
        found => Some(is_one(&found)),
    }
}

/// Whether a callee stands for the class of some object: `cls`, `type(page)`, `page.__class__`.
fn names_no_class(tree: &Tree<'_>, callee: &ast::Expr) -> bool {
    match callee {
        ast::Expr::Name(name) => name.id.as_str() == "cls",
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "__class__",
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "type"
                && tree.lookup("type", tree.scope_of(tree.id(name))).is_none())
        }
        _ => false,
    }
}

/// Whether a name stands for something that is imported, or that nothing in the file binds.
fn comes_from_elsewhere(tree: &Tree<'_>, id: NodeId, name: &str) -> bool {
    let Some(home) = tree.lookup(name, tree.scope_of(id)) else {
        return true;
    };
    tree.bindings(home, name).iter().any(|binding| {
        matches!(
            binding.kind,
            BindingKind::Import(_) | BindingKind::FromImport(_)
        )
    })
}

/// The name that a dotted expression begins with.
fn root<'a>(tree: &Tree<'a>, expr: &'a ast::Expr) -> Option<(NodeId, &'a str)> {
    match expr {
        ast::Expr::Name(name) => Some((tree.id(name), name.id.as_str())),
        ast::Expr::Attribute(attribute) => root(tree, &attribute.value),
        _ => None,
    }
}

/// Whether a string names an attribute: `patch.object(module, "Page")`, `getattr(module, "Page")`.
fn names_an_attribute(tree: &Tree<'_>, id: NodeId) -> bool {
    let AnyNodeRef::Arguments(arguments) = tree.node(tree.parent(id)) else {
        return false;
    };
    arguments.args.get(1).is_some_and(|one| tree.id(one) == id)
}

/// What is done with the class that an expression means.
fn role(tree: &Tree<'_>, id: NodeId) -> ClassRole {
    let here = tree.node(id).range();
    let above = tree.parent(id);
    let asks = |call: NodeId| match tree.node(call) {
        AnyNodeRef::ExprCall(call) => {
            let words = tree.slice(call.func.range());
            matches!(
                words.rsplit('.').next().unwrap_or_default(),
                "isinstance" | "issubclass" | "assertIsInstance" | "assertNotIsInstance" | "super"
            )
        }
        _ => false,
    };
    match tree.node(above) {
        AnyNodeRef::ExprCall(call) if call.func.range() == here => {
            if matches!(tree.node(tree.parent(above)), AnyNodeRef::Decorator(_)) {
                ClassRole::Other
            } else {
                ClassRole::Made(call.range())
            }
        }
        AnyNodeRef::Decorator(_) => ClassRole::Decorator,
        AnyNodeRef::ExprAttribute(attribute)
            if attribute.ctx.is_load()
                && !matches!(attribute.attr.as_str(), "__init__" | "__new__" | "__call__") =>
        {
            ClassRole::Asked
        }
        AnyNodeRef::Arguments(_) if asks(tree.parent(above)) => ClassRole::Asked,
        AnyNodeRef::ExprTuple(_)
            if matches!(tree.node(tree.parent(above)), AnyNodeRef::Arguments(_))
                && asks(tree.parent(tree.parent(above))) =>
        {
            ClassRole::Asked
        }
        AnyNodeRef::ExprCompare(_) => ClassRole::Asked,
        _ if is_in_annotation(tree, id) => ClassRole::Asked,
        _ => ClassRole::Other,
    }
}

fn is_in_annotation(tree: &Tree<'_>, id: NodeId) -> bool {
    let here = tree.node(id).range();
    let holds = |expr: &ast::Expr| expr.range().contains_range(here);
    for above in tree.ancestors(id) {
        match tree.node(above) {
            AnyNodeRef::Parameter(node) => return node.annotation.as_deref().is_some_and(holds),
            AnyNodeRef::StmtAnnAssign(node) => return holds(&node.annotation),
            AnyNodeRef::StmtFunctionDef(node) => return node.returns.as_deref().is_some_and(holds),
            AnyNodeRef::ExprCall(_) => return false,
            node if node.is_statement() => return false,
            _ => {}
        }
    }
    false
}
