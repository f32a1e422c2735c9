//! What a call gives back.

use super::classes::Ancestor;
use super::{Evaluator, File, Origin, Place, Type, key, library};
use crate::facts::{How, Term};
use crate::syntax::{ScopeId, canonical};
use std::sync::Arc;

impl Evaluator<'_> {
    pub(super) fn call_term(
        &self,
        file: &Arc<File>,
        scope: ScopeId,
        callee: &Term,
        arguments: &[Term],
    ) -> Type {
        if let Term::Name(name) = callee
            && &**name == "super"
            && file.facts.lookup(name, scope).is_none()
        {
            return self.super_object(file, scope, arguments);
        }
        let called = self.eval(file, scope, callee);
        called.map(|called| match called {
            Type::External(dotted) => self.call_external(file, scope, &dotted, arguments),
            called => {
                let arguments: Vec<Type> = match &called {
                    Type::Function(place)
                        if place.function().is_some_and(|function| !function.is_async) =>
                    {
                        arguments
                            .iter()
                            .map(|argument| self.eval(file, scope, argument))
                            .collect()
                    }
                    _ => Vec::new(),
                };
                self.call(&called, &arguments)
            }
        })
    }

    fn super_object(&self, file: &Arc<File>, scope: ScopeId, arguments: &[Term]) -> Type {
        let around = file.facts.class_around(scope).map(|(class, _)| class);
        match (around, arguments) {
            (Some(class), []) => Type::Super(Place::new(file, class)),
            (_, [class, _]) => match self.eval(file, scope, class) {
                Type::Class(place, _) => Type::Super(place),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    /// What calling something from outside the project gives.
    fn call_external(
        &self,
        file: &Arc<File>,
        scope: ScopeId,
        dotted: &str,
        arguments: &[Term],
    ) -> Type {
        let eval = |at: usize| {
            arguments.get(at).map_or(Type::Unknown, |term| match term {
                Term::Starred(_) => Type::Unknown,
                term => self.eval(file, scope, term),
            })
        };
        let nothing_starred = !arguments
            .iter()
            .any(|term| matches!(term, Term::Starred(_)));
        match dotted {
            "functools.partial" if !arguments.is_empty() => Type::Partial(Box::new(eval(0))),
            "functools.wraps" => Type::Transparent,
            "typing.cast" => match arguments.first() {
                Some(annotation) => self.annotation(file, scope, annotation),
                None => Type::Unknown,
            },
            "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.frozenset"
            | "builtins.sorted" | "builtins.reversed" | "builtins.iter" | "collections.deque"
                if nothing_starred =>
            {
                match arguments.first() {
                    None => Type::list(Type::Never),
                    Some(_) => Type::list(eval(0).element()),
                }
            }
            "builtins.dict" if arguments.is_empty() => Type::Unknown,
            "builtins.filter" if nothing_starred => Type::list(eval(1).element()),
            "builtins.enumerate" if nothing_starred => {
                Type::list(Type::Tuple(vec![Type::Unknown, eval(0).element()]))
            }
            "builtins.zip" if nothing_starred => Type::list(Type::Tuple(
                (0..arguments.len()).map(|at| eval(at).element()).collect(),
            )),
            "builtins.map" if arguments.len() >= 2 => {
                let function = eval(0);
                Type::list(self.call_outside(&function))
            }
            "itertools.chain" => Type::list(Type::join(
                (0..arguments.len()).map(|at| eval(at).element()),
            )),
            "itertools.starmap" => Type::list(self.call_outside(&eval(0))),
            "builtins.type" if arguments.len() == 1 => eval(0).map(|value| match value {
                Type::Instance(place, exact) => Type::Class(place, exact),
                _ => Type::Unknown,
            }),
            "contextlib.closing" | "contextlib.aclosing" | "contextlib.nullcontext"
                if nothing_starred =>
            {
                Type::Manager(Box::new(eval(0)))
            }
            "builtins.anext" if nothing_starred => {
                let next = eval(0).map(|iterator| self.attribute(iterator, "__anext__"));
                self.call(&next, &[])
            }
            "asyncio.create_task" | "asyncio.ensure_future" | "asyncio.shield" => {
                let result = eval(0).map(|value| self.awaited(&value));
                Type::Future(Box::new(result))
            }
            "asyncio.gather" => {
                let result = |value: Type| value.map(|value| self.awaited(&value));
                Type::Future(Box::new(if nothing_starred {
                    Type::Tuple((0..arguments.len()).map(|at| result(eval(at))).collect())
                } else {
                    Type::list(result(self.contents(file, scope, arguments)))
                }))
            }
            "asyncio.wait_for" => {
                let result = eval(0).map(|value| self.awaited(&value));
                Type::coroutine(result)
            }
            _ => match library::call(dotted) {
                Type::Unknown => {
                    let arguments: Vec<Type> = (0..arguments.len()).map(eval).collect();
                    self.call_named(dotted, &arguments)
                }
                known => known,
            },
        }
    }

    /// What calling something from outside by its dotted name gives.
    fn call_named(&self, dotted: &str, arguments: &[Type]) -> Type {
        match library::call(dotted) {
            Type::Unknown => match self.outside(dotted) {
                Type::External(other) => library::call(&other),
                known => self.call(&known, arguments),
            },
            known => known,
        }
    }

    /// A call by somebody else, with arguments that are not known.
    fn call_outside(&self, callee: &Type) -> Type {
        match callee {
            Type::External(dotted) => self.call_named(dotted, &[]),
            other => self.call(other, &[]),
        }
    }

    /// What a call gives. The arguments are known only for functions that are not `async`.
    pub(super) fn call(&self, callee: &Type, arguments: &[Type]) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        match callee {
            Type::OneOf(parts) => Type::join(parts.iter().map(|part| self.call(part, arguments))),
            Type::Function(place) => {
                let Some(function) = place.function() else {
                    return Type::Unknown;
                };
                match (function.is_async, function.yielded.is_empty()) {
                    (true, true) => Type::Coroutine(Origin::Function(place.clone())),
                    (true, false) => {
                        Type::ExternalInstance("collections.abc.AsyncGenerator".into())
                    }
                    (false, _) => self.result_of(place, arguments),
                }
            }
            Type::Class(place, exact) => self.instantiate(place, *exact),
            Type::Instance(..) => {
                let method = self.attribute(callee.clone(), "__call__");
                match method {
                    Type::Function(_) | Type::OneOf(_) => self.call(&method, arguments),
                    _ => Type::Unknown,
                }
            }
            Type::External(dotted) => self.call_named(dotted, arguments),
            Type::ExternalMethod(class, name) => library::call_method(class, name),
            Type::Partial(inner) => self.call_outside(inner),
            Type::Lambda(place, body) => self.eval(&place.file, place.scope, body),
            Type::Gives(result) => (**result).clone(),
            Type::Transparent => match arguments {
                [only] => only.clone(),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    /// What a function hands to its caller, or, for a coroutine function, to the `await`.
    pub(super) fn result_of(&self, place: &Place, arguments: &[Type]) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        let Some(function) = place.function() else {
            return Type::Unknown;
        };
        let mut at_least = Type::Unknown;
        if let Some(annotation) = &function.returns {
            let said = self.annotation(&place.file, place.parent(), annotation);
            match said {
                // What it stands for in this call can be told by what is returned.
                Type::Variable(_, _, bound) => at_least = *bound,
                said if said.is_definite() => return said,
                _ => {}
            }
        }
        let key = key(&place.file, place.scope);
        let takes_part = |term: &Term| Self::argument(place, term, arguments).is_some();
        let same_for_all = !function.returned.iter().any(takes_part);
        if same_for_all && let Some(known) = self.results.borrow().get(&key) {
            return known.clone();
        }
        if !self.running.borrow_mut().insert(key) {
            return Type::Unknown;
        }
        let read = |term: &Term| self.eval(&place.file, place.scope, term);
        let result =
            if function.yielded.is_empty() {
                Type::join(function.returned.iter().map(|term| {
                    Self::argument(place, term, arguments).unwrap_or_else(|| read(term))
                }))
            } else {
                Type::list(Type::join(function.yielded.iter().map(read)))
            };
        self.running.borrow_mut().remove(&key);
        let result = match result {
            // Nothing to call or to await; and it must not vanish beside other alternatives.
            Type::Never | Type::None | Type::Unknown => at_least,
            other => other,
        };
        if same_for_all {
            self.results.borrow_mut().insert(key, result.clone());
        }
        result
    }

    /// The argument that a function hands back: `def decorator(f): …; return f`.
    fn argument(place: &Place, term: &Term, arguments: &[Type]) -> Option<Type> {
        let Term::Name(name) = term else { return None };
        if place.file.facts.class(place.parent()).is_some() {
            return None;
        }
        let function = place.function()?;
        let at = function.parameters.iter().position(|one| one == name)?;
        match place.file.facts.bindings(place.scope, name) {
            [only] if matches!(only.how, How::Parameter(_)) => arguments.get(at).cloned(),
            _ => None,
        }
    }

    fn instantiate(&self, place: &Place, exact: bool) -> Type {
        let mut exact = exact;
        for ancestor in self.order(place).iter() {
            match ancestor {
                Ancestor::Class(class) => {
                    if let Some(metaclass) = class.class().and_then(|c| c.metaclass.as_ref()) {
                        match self.eval(&class.file, class.parent(), metaclass) {
                            Type::External(name) if library::is_plain_metaclass(&name) => {}
                            _ => return Type::Unknown,
                        }
                    }
                    if !class.file.facts.bindings(class.scope, "__new__").is_empty() {
                        exact = false;
                    }
                }
                Ancestor::External(dotted) if library::is_future(dotted) => return Type::Unknown,
                Ancestor::External(_) | Ancestor::Unknown => {}
            }
        }
        Type::Instance(place.clone(), exact)
    }

    /// A function with its decorators applied, innermost first.
    pub(super) fn decorated(&self, place: &Place) -> Type {
        let Some(function) = place.function() else {
            return Type::Unknown;
        };
        let mut value = Type::Function(place.clone());
        for decorator in function.decorators.iter().rev() {
            value = match self.eval(&place.file, place.parent(), decorator) {
                Type::Transparent => value,
                Type::External(dotted) if library::is_transparent_decorator(&dotted) => value,
                Type::External(dotted) if library::makes_managers(&dotted) => match value {
                    Type::Function(place) => {
                        let entered = Box::new(self.yielded_by(&place));
                        Type::Gives(Box::new(Type::Manager(entered)))
                    }
                    _ => return Type::Unknown,
                },
                Type::External(dotted) => match self.outside(&dotted) {
                    Type::Unknown => return Type::Unknown,
                    decorator => self.call(&decorator, &[value]),
                },
                Type::ExternalInstance(_) => return Type::Unknown,
                // A decorator of the project: what it returns for this function.
                decorator => self.call(&decorator, &[value]),
            };
        }
        value
    }

    /// What a generator yields, asynchronous or not.
    fn yielded_by(&self, place: &Place) -> Type {
        let Some(function) = place.function() else {
            return Type::Unknown;
        };
        if let Some(Term::Subscript(generic, arguments)) = &function.returns
            && let Some(
                "Iterator" | "Generator" | "Iterable" | "AsyncIterator" | "AsyncGenerator"
                | "AsyncIterable",
            ) = generic.last_name()
        {
            let first = match &**arguments {
                Term::Tuple(arguments) => arguments.first(),
                only => Some(only),
            };
            let said = first.map(|first| self.annotation(&place.file, place.parent(), first));
            if let Some(said) = said.filter(Type::is_definite) {
                return said;
            }
        }
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        let read = |term: &Term| self.eval(&place.file, place.scope, term);
        match Type::join(function.yielded.iter().map(read)) {
            Type::Never => Type::Unknown,
            found => found,
        }
    }

    /// A class with its decorators, of which only those are known that give it back unchanged.
    pub(super) fn class(&self, place: &Place) -> Type {
        let Some(class) = place.class() else {
            return Type::Unknown;
        };
        let plain = class.decorators.iter().all(|decorator| {
            match self.eval(&place.file, place.parent(), decorator) {
                Type::Transparent => true,
                Type::External(dotted) => library::is_transparent_decorator(&dotted),
                _ => false,
            }
        });
        if plain {
            Type::Class(place.clone(), true)
        } else {
            Type::Unknown
        }
    }

    /// `value.name`.
    pub(super) fn attribute(&self, value: Type, name: &str) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        match value {
            Type::OneOf(parts) => {
                Type::join(parts.into_iter().map(|part| self.attribute(part, name)))
            }
            Type::Module(path) => self.module_member(&path, name),
            Type::External(dotted) => Type::External(canonical(format!("{dotted}.{name}")).into()),
            Type::ExternalInstance(class) => match library::attribute(&class, name) {
                Type::Unknown => match self.outside(&class) {
                    Type::Class(place, _) => self.member_of(&place, name, false, true),
                    _ => Type::Unknown,
                },
                known => known,
            },
            Type::Instance(place, exact) => self.member_of(&place, name, exact, true),
            Type::Class(place, exact) => self.member_of(&place, name, exact, false),
            Type::Super(place) => self.member_above(&place, name),
            Type::Variable(_, _, bound) => self.attribute(*bound, name),
            Type::List(element) => match name {
                "pop" | "popleft" => Type::Gives(element),
                "copy" => Type::Gives(Box::new(Type::List(element))),
                _ => Type::Unknown,
            },
            Type::Mapping(element) => match name {
                "values" => Type::Gives(Box::new(Type::List(element))),
                "items" => Type::Gives(Box::new(Type::list(Type::Tuple(vec![
                    Type::Unknown,
                    *element,
                ])))),
                "get" | "pop" => Type::Gives(element),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }
}
