//! The value of a term.

use super::{Evaluator, File, Origin, Place, Type, key, library};
use crate::facts::{Bound, Facts, How, Kind, Parameter, Place as ParameterPlace, Term};
use crate::syntax::{ScopeId, canonical};
use std::sync::Arc;

impl Evaluator<'_> {
    pub(super) fn eval(&self, file: &Arc<File>, scope: ScopeId, term: &Term) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        let eval = |term: &Term| self.eval(file, scope, term);
        match term {
            Term::Name(name) => self.name(file, scope, name, false),
            Term::Attribute(value, name) => eval(value).map(|value| self.attribute(value, name)),
            Term::Call(callee, arguments) => self.call_term(file, scope, callee, arguments),
            Term::Await(value) => eval(value).map(|value| self.awaited(&value)),
            Term::Subscript(value, index) => Self::subscript(eval(value), index),
            Term::Display(elements) => Type::list(self.contents(file, scope, elements)),
            Term::Tuple(elements) => {
                if elements.iter().any(|one| matches!(one, Term::Starred(_))) {
                    Type::list(self.contents(file, scope, elements))
                } else {
                    Type::Tuple(elements.iter().map(eval).collect())
                }
            }
            Term::Elements(inner, element) => Type::list(self.eval(file, *inner, element)),
            Term::Mapping(values) => Type::Mapping(Box::new(self.contents(file, scope, values))),
            Term::MappingElements(inner, value) => {
                Type::Mapping(Box::new(self.eval(file, *inner, value)))
            }
            Term::Either(parts) => Type::join(parts.iter().map(eval)),
            Term::Lambda(inner, body) => Type::Lambda(Place::new(file, *inner), body.clone()),
            Term::Item(value, at) => eval(value).map(|value| match value {
                Type::Tuple(mut items) if *at < items.len() => items.swap_remove(*at),
                other => other.element(),
            }),
            Term::Element(iterable) => eval(iterable).element(),
            Term::Entered(value, is_async) => {
                eval(value).map(|value| self.entered(value, *is_async))
            }
            Term::None => Type::None,
            Term::Literal(class) => Type::ExternalInstance((*class).into()),
            Term::Variable(name, bound) => {
                let bound = bound
                    .as_deref()
                    .map_or(Type::Unknown, |bound| self.annotation(file, scope, bound));
                let home = Place::new(file, ScopeId::MODULE);
                Type::Variable(home, name.clone(), Box::new(bound))
            }
            Term::Starred(_) | Term::Slice | Term::Index(_) | Term::Opaque => Type::Unknown,
        }
    }

    /// What a display holds.
    pub(super) fn contents(&self, file: &Arc<File>, scope: ScopeId, elements: &[Term]) -> Type {
        Type::join(elements.iter().map(|element| match element {
            Term::Starred(inner) => self.eval(file, scope, inner).element(),
            element => Self::present(self.eval(file, scope, element)),
        }))
    }

    /// `None` as an element is something to iterate over, unlike `None` as a default.
    fn present(element: Type) -> Type {
        match element {
            Type::None => Type::Unknown,
            other => other,
        }
    }

    /// `value[…]`: an element, a value of a mapping, or a generic class with its arguments.
    fn subscript(value: Type, index: &Term) -> Type {
        value.map(|value| match value {
            Type::Class(..) | Type::External(_) => value,
            Type::List(_) if *index == Term::Slice => value,
            Type::Tuple(mut items) => match index {
                Term::Index(at) if *at < items.len() => items.swap_remove(*at),
                Term::Slice | Term::Index(_) => Type::Unknown,
                _ => Type::join(items),
            },
            Type::List(element) | Type::Mapping(element) => *element,
            _ => Type::Unknown,
        })
    }

    /// What `with value as name` gives.
    fn entered(&self, value: Type, is_async: bool) -> Type {
        match value {
            Type::Manager(entered) => *entered,
            Type::ExternalInstance(ref class) if library::enters_itself(class) => value,
            Type::ExternalInstance(_) => match self.refined(value) {
                known @ Type::Instance(..) => self.entered(known, is_async),
                _ => Type::Unknown,
            },
            Type::Instance(..) if is_async => {
                let method = self.attribute(value, "__aenter__");
                let entered = self.call(&method, &[]);
                entered.map(|entered| self.awaited(&entered))
            }
            Type::Instance(..) => {
                let method = self.attribute(value, "__enter__");
                self.call(&method, &[])
            }
            _ => Type::Unknown,
        }
    }

    /// What awaiting a value gives.
    pub(super) fn awaited(&self, value: &Type) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        match value {
            Type::Coroutine(Origin::Result(result)) | Type::Future(result) => (**result).clone(),
            Type::Coroutine(Origin::Function(place)) => self.result_of(place, &[]),
            _ => Type::Unknown,
        }
    }

    /// What a name stands for where it is read. With `types` as an annotation: imports that are
    /// only there for type checkers count.
    pub(super) fn name(&self, file: &Arc<File>, scope: ScopeId, name: &str, types: bool) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        let Some(home) = file.facts.lookup(name, scope) else {
            return self.unbound(file, name);
        };
        let key = (key(file, home), name.into(), types);
        if let Some(known) = self.names.borrow().get(&key) {
            return known.clone().unwrap_or(Type::Unknown);
        }
        self.names.borrow_mut().insert(key.clone(), None);
        let found = self.bound_name(file, home, name, types);
        self.names.borrow_mut().insert(key, Some(found.clone()));
        found
    }

    fn bound_name(&self, file: &Arc<File>, home: ScopeId, name: &str, types: bool) -> Type {
        let all = file.facts.bindings(home, name);
        let runs = || all.iter().filter(|bound| !bound.type_checking);
        let found = if types && runs().next().is_none() {
            Type::join(all.iter().map(|bound| self.bound(file, home, bound)))
        } else {
            if runs().next().is_none() {
                return Type::Unknown;
            }
            let annotated = self.annotated(file, runs());
            if let Some(annotated) = annotated {
                return annotated;
            }
            let later = (home == ScopeId::MODULE && file.facts.before_star.contains(name))
                .then(|| self.star_source(file, name))
                .flatten();
            Type::join(
                runs()
                    .filter(|bound| !is_overload(&file.facts, bound))
                    .map(|bound| self.bound(file, home, bound))
                    .chain(later),
            )
        };
        found.map(|part| match part {
            Type::List(_) | Type::Mapping(_) => self.with_uses(file, home, name, part),
            other => other,
        })
    }

    /// What an annotation says that one of several bindings has, when it says enough.
    pub(super) fn annotated<'b>(
        &self,
        file: &Arc<File>,
        mut bindings: impl Iterator<Item = &'b Bound>,
    ) -> Option<Type> {
        bindings.find_map(|bound| match &bound.how {
            How::Annotated(annotation, _) => {
                let said = self.annotation(file, bound.scope, annotation);
                said.is_definite().then_some(said)
            }
            _ => None,
        })
    }

    /// A collection together with what is put into it later.
    fn with_uses(&self, file: &Arc<File>, home: ScopeId, name: &str, collection: Type) -> Type {
        let scope = file.facts.scope(home);
        let Some(uses) = scope.uses.get(name) else {
            return if matches!(scope.kind, Kind::Class(_)) {
                Type::Unknown
            } else {
                collection
            };
        };
        if uses.escapes {
            return Type::Unknown;
        }
        let grown = uses.grown.iter().map(|(from, term)| match term {
            Term::Starred(more) => self.eval(file, *from, more).element(),
            term => Self::present(self.eval(file, *from, term)),
        });
        match collection {
            Type::List(element) => Type::list(Type::join(std::iter::once(*element).chain(grown))),
            Type::Mapping(value) => {
                Type::Mapping(Box::new(Type::join(std::iter::once(*value).chain(grown))))
            }
            other => other,
        }
    }

    /// What one binding gives.
    pub(super) fn bound(&self, file: &Arc<File>, home: ScopeId, bound: &Bound) -> Type {
        match &bound.how {
            How::Module(dotted) => self.module(file, dotted),
            How::Member(dotted) => self.member(file, dotted),
            How::Function(scope) => self.decorated(&Place::new(file, *scope)),
            How::Class(scope) => self.class(&Place::new(file, *scope)),
            How::Parameter(parameter) => self.parameter(file, home, parameter),
            How::Value(term) => self.eval(file, bound.scope, term),
            How::Annotated(annotation, value) => {
                let said = self.annotation(file, bound.scope, annotation);
                match value {
                    Some(value) if !said.is_definite() => self.eval(file, bound.scope, value),
                    _ => said,
                }
            }
            How::Opaque => Type::Unknown,
        }
    }

    fn parameter(&self, file: &Arc<File>, home: ScopeId, parameter: &Parameter) -> Type {
        let scope = file.facts.scope(home).parent;
        if parameter.place == ParameterPlace::At(0)
            && file.facts.class(scope).is_some()
            && let Some(function) = file.facts.function(home)
        {
            let decorated = |name: &str| {
                function
                    .decorators
                    .iter()
                    .any(|decorator| decorator.last_name() == Some(name))
            };
            let class = Place::new(file, scope);
            let on_class = decorated("classmethod")
                || matches!(
                    &*function.name,
                    "__new__" | "__init_subclass__" | "__class_getitem__"
                );
            if on_class {
                return Type::Class(class, false);
            }
            if !decorated("staticmethod") {
                return Type::Instance(class, false);
            }
        }
        let Some(annotation) = &parameter.annotation else {
            return Type::Unknown;
        };
        let said = self.annotation(file, scope, annotation);
        match parameter.place {
            ParameterPlace::Args => Type::list(said),
            ParameterPlace::Kwargs => Type::Mapping(Box::new(said)),
            ParameterPlace::At(_) | ParameterPlace::Keyword => said,
        }
    }

    /// A name that no scope of the file binds.
    fn unbound(&self, file: &Arc<File>, name: &str) -> Type {
        if !file.facts.star_imports.is_empty() {
            match self.star_source(file, name) {
                None | Some(Type::Unknown) => {}
                Some(found) => return found,
            }
            let outside = |module: &&str| self.module_path(file, module).is_none();
            let mut modules = file.facts.star_imports.iter().map(|module| &**module);
            if library::is_builtin(name) {
                return Type::External(format!("builtins.{name}").into());
            }
            return match modules.find(outside) {
                Some("asyncio") if file.facts.star_imports.len() == 1 => {
                    Type::External(canonical(format!("asyncio.{name}")).into())
                }
                _ => Type::Unknown,
            };
        }
        if library::is_builtin(name) {
            return Type::External(format!("builtins.{name}").into());
        }
        Type::Unknown
    }
}

/// One of the signatures that stand in front of a function for type checkers.
pub(super) fn is_overload(facts: &Facts, bound: &Bound) -> bool {
    match bound.how {
        How::Function(scope) => facts.function(scope).is_some_and(|function| {
            function
                .decorators
                .iter()
                .any(|decorator| decorator.last_name() == Some("overload"))
        }),
        _ => false,
    }
}
