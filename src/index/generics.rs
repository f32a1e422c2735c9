//! Type variables: what they are at least, and what a class makes of those of its bases.

use super::classes::Ancestor;
use super::{Evaluator, File, Place, Type};
use crate::facts::Term;
use crate::syntax::ScopeId;
use std::sync::Arc;

impl Evaluator<'_> {
    /// The type parameter of a class or function around a scope that has a name.
    pub(super) fn variable(&self, file: &Arc<File>, scope: ScopeId, name: &str) -> Option<Type> {
        let mut at = scope;
        while at != ScopeId::MODULE {
            let variables = match (file.facts.class(at), file.facts.function(at)) {
                (Some(class), _) => &class.variables[..],
                (_, Some(function)) => &function.variables,
                _ => &[],
            };
            if let Some(variable) = variables.iter().find(|one| *one.name == *name) {
                let bound = variable
                    .bound
                    .as_ref()
                    .map_or(Type::Unknown, |bound| self.annotation(file, at, bound));
                let home = Place::new(file, at);
                return Some(Type::Variable(home, name.into(), Box::new(bound)));
            }
            at = file.facts.scope(at).parent;
        }
        None
    }

    /// What a value of a class with this resolution order is, where its type has variables of a
    /// base: `class A(Base[X])` makes `X` of the variable of `Base`.
    pub(super) fn specialized(&self, order: &[Ancestor], value: Type) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        let inner = |value: Box<Type>| Box::new(self.specialized(order, *value));
        match value {
            Type::Variable(home, name, bound) => {
                let given = self.argument_for(order, &home, &name);
                given.unwrap_or(*bound)
            }
            Type::List(value) => Type::List(inner(value)),
            Type::Mapping(value) => Type::Mapping(inner(value)),
            Type::Future(value) => Type::Future(inner(value)),
            Type::Gives(value) => Type::Gives(inner(value)),
            Type::Manager(value) => Type::Manager(inner(value)),
            Type::Tuple(items) => Type::Tuple(
                items
                    .into_iter()
                    .map(|item| self.specialized(order, item))
                    .collect(),
            ),
            Type::OneOf(parts) => {
                Type::join(parts.into_iter().map(|part| self.specialized(order, part)))
            }
            other => other,
        }
    }

    /// Whether the classes of a resolution order give something to a variable in a type.
    pub(super) fn is_given(&self, order: &[Ancestor], value: &Type) -> bool {
        match value {
            Type::Variable(home, name, _) => self.argument_for(order, home, name).is_some(),
            Type::List(inner) | Type::Mapping(inner) | Type::Future(inner) | Type::Gives(inner) => {
                self.is_given(order, inner)
            }
            Type::OneOf(parts) | Type::Tuple(parts) => {
                parts.iter().any(|part| self.is_given(order, part))
            }
            _ => false,
        }
    }

    /// What the classes of a resolution order give to a variable of one of them.
    fn argument_for(&self, order: &[Ancestor], home: &Place, name: &str) -> Option<Type> {
        for ancestor in order {
            let Ancestor::Class(place) = ancestor else {
                continue;
            };
            for base in &place.class()?.bases {
                let Term::Subscript(generic, arguments) = base else {
                    continue;
                };
                let generic = self.eval(&place.file, place.parent(), generic);
                let Type::Class(generic, _) = self.refined(generic) else {
                    continue;
                };
                let variables = self.variables_of(&generic);
                let at = variables
                    .iter()
                    .position(|(of, variable)| of == home && **variable == *name);
                let Some(at) = at else { continue };
                let argument = match &**arguments {
                    Term::Tuple(arguments) => arguments.get(at)?,
                    only if at == 0 => only,
                    _ => return None,
                };
                let given = self.annotation(&place.file, place.scope, argument);
                let given = self.specialized(order, given);
                return given.is_definite().then_some(given);
            }
        }
        None
    }

    /// The type variables of a class in the order in which they are given.
    fn variables_of(&self, place: &Place) -> Vec<(Place, Box<str>)> {
        let Some(class) = place.class() else {
            return Vec::new();
        };
        if !class.variables.is_empty() {
            let own = class.variables.iter();
            return own
                .map(|variable| (place.clone(), variable.name.clone()))
                .collect();
        }
        let mut found = Vec::new();
        let explicit = |base: &Term| {
            matches!(base, Term::Subscript(generic, _)
                if matches!(generic.last_name(), Some("Generic" | "Protocol")))
        };
        let only_explicit = class.bases.iter().any(explicit);
        for base in &class.bases {
            let Term::Subscript(_, arguments) = base else {
                continue;
            };
            if only_explicit && !explicit(base) {
                continue;
            }
            let arguments = match &**arguments {
                Term::Tuple(arguments) => arguments.as_slice(),
                only => std::slice::from_ref(only),
            };
            for argument in arguments {
                if let Type::Variable(home, name, _) =
                    self.annotation(&place.file, place.scope, argument)
                    && !found.contains(&(home.clone(), name.clone()))
                {
                    found.push((home, name));
                }
            }
        }
        found
    }
}
