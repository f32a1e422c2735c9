//! What may be asked about the expressions of one file, whoever answers.

use super::{Definition, Evaluator, Origin, Place, Type, library};
use crate::facts::{Facts, Term};
use crate::project::Project;
use crate::syntax::{Tree, ast};
use std::path::Path;

/// Answers questions about the expressions of one file.
///
/// An answer is the set of everything that an expression may be, or nothing where nobody knows. It
/// is never a guess: a caller may change code because of it.
pub trait Resolver {
    /// What a callee runs; nothing where that is not known.
    fn callees(&self, callee: &ast::Expr) -> Option<Vec<Callee>>;

    /// What the value of an expression is; nothing where that is not known. `None` beside other
    /// values is left out: it can be neither called nor awaited.
    fn kinds(&self, expr: &ast::Expr) -> Option<Vec<Kind>>;

    /// What each element of an iterable is; nothing where that is not known.
    fn kinds_of_elements(&self, iterable: &ast::Expr) -> Option<Vec<Kind>>;

    /// Whether calling this runs nothing of a body before the result is awaited: everything that
    /// it may be is a coroutine function.
    fn is_coroutine_function(&self, callee: &ast::Expr) -> bool {
        let callees = self.callees(callee).unwrap_or_default();
        !callees.is_empty() && callees.iter().all(|one| one.is_coroutine_function)
    }

    /// Whether the value of an expression is an instance of one of some classes from outside of the
    /// project, by their dotted names.
    fn is_instance(&self, expr: &ast::Expr, classes: &[&str]) -> bool {
        let is_one = |kind: &Kind| match kind {
            Kind::Instance(Named::Outside(class)) => classes.contains(&&**class),
            _ => false,
        };
        let kinds = self.kinds(expr).unwrap_or_default();
        !kinds.is_empty() && kinds.iter().all(is_one)
    }
}

/// Something that a call may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callee {
    /// A function, or a class.
    pub named: Named,
    /// It is proved to be a coroutine function.
    pub is_coroutine_function: bool,
}

/// Something with a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// In a file that can be read: of the project, or of an installed package.
    Definition(Definition),
    /// Outside, by its dotted name.
    Outside(Box<str>),
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A coroutine: a call of a coroutine function, which has not started yet.
    Coroutine,
    /// A `Future` or a `Task`, which runs already.
    Future,
    /// An instance of a class, or of a subclass of it.
    Instance(Named),
    /// Anything else that is known.
    Other,
}

/// The answers of the index.
pub struct Indexed<'p> {
    tree: &'p Tree<'p>,
    evaluator: Evaluator<'p>,
}

impl<'p> Indexed<'p> {
    /// The answers about a file of a project, in its present text.
    pub fn new(project: &'p Project, path: &Path, tree: &'p Tree<'p>) -> Self {
        let facts = || Facts::of(tree);
        let evaluator = match project.known_as(path, tree.text(), facts) {
            Some(file) => Evaluator::of(project, file),
            None => Evaluator::new(project, path, facts()),
        };
        Self { tree, evaluator }
    }

    fn value(&self, expr: &ast::Expr) -> Type {
        let scope = self.tree.scope_of(self.tree.id(expr));
        self.evaluator.type_of(scope, &Term::of(expr, self.tree))
    }
}

impl Resolver for Indexed<'_> {
    fn callees(&self, callee: &ast::Expr) -> Option<Vec<Callee>> {
        self.evaluator.callees_of(self.value(callee))
    }

    fn kinds(&self, expr: &ast::Expr) -> Option<Vec<Kind>> {
        Kind::of(self.value(expr))
    }

    fn kinds_of_elements(&self, iterable: &ast::Expr) -> Option<Vec<Kind>> {
        let scope = self.tree.scope_of(self.tree.id(iterable));
        let term = Term::of(iterable, self.tree);
        Kind::of(self.evaluator.element_of(scope, &term))
    }
}

impl Kind {
    fn of(value: Type) -> Option<Vec<Self>> {
        Some(vec![match value {
            Type::OneOf(parts) => {
                let all: Option<Vec<Vec<Self>>> = parts.into_iter().map(Self::of).collect();
                return all.map(|all| all.concat());
            }
            Type::Variable(_, _, bound) => return Self::of(*bound),
            Type::Unknown | Type::Never => return None,
            Type::Coroutine(Origin::Function(_) | Origin::Result(_)) => Self::Coroutine,
            Type::Future(_) => Self::Future,
            Type::Instance(place, _) => Self::Instance(Named::of(&place)),
            Type::ExternalInstance(class) => Self::Instance(Named::Outside(class)),
            _ => Self::Other,
        }])
    }
}

impl Named {
    fn of(place: &Place) -> Self {
        Self::Definition(Definition {
            path: place.file.path.clone(),
            scope: place.scope,
        })
    }
}

impl Evaluator<'_> {
    /// What calling a value runs.
    fn callees_of(&self, callee: Type) -> Option<Vec<Callee>> {
        let _guard = self.enter()?;
        let (named, is_coroutine_function) = match callee {
            Type::OneOf(parts) => {
                let all: Option<Vec<Vec<Callee>>> = parts
                    .into_iter()
                    .map(|part| self.callees_of(part))
                    .collect();
                return all.map(|all| all.concat());
            }
            Type::Partial(inner) => return self.callees_of(*inner),
            Type::Variable(_, _, bound) => return self.callees_of(*bound),
            Type::Instance(..) => {
                let method = self.attribute(callee, "__call__");
                return match method {
                    Type::Function(_) | Type::OneOf(_) => self.callees_of(method),
                    _ => None,
                };
            }
            Type::Function(place) => {
                let is_async = place
                    .function()
                    .is_some_and(|function| function.is_async && function.yielded.is_empty());
                (Named::of(&place), is_async)
            }
            Type::Class(place, _) => (Named::of(&place), false),
            Type::ExternalMethod(class, name) => (
                Named::Outside(format!("{class}.{name}").into()),
                library::is_coroutine_method(&class, &name),
            ),
            Type::External(dotted) if library::is_known(&dotted) => {
                let is_async = library::is_coroutine_function(&dotted);
                (Named::Outside(dotted), is_async)
            }
            Type::External(dotted) => match self.outside(&dotted) {
                Type::Unknown => (Named::Outside(dotted), false),
                Type::External(other) => {
                    let is_async = library::is_coroutine_function(&other);
                    (Named::Outside(other), is_async)
                }
                known => return self.callees_of(known),
            },
            _ => return None,
        };
        Some(vec![Callee {
            named,
            is_coroutine_function,
        }])
    }
}
