//! What an annotation says about the value that it belongs to.

use super::{Evaluator, File, Place, Type};
use crate::facts::Term;
use crate::syntax::{ScopeId, canonical};
use std::sync::Arc;

impl Evaluator<'_> {
    /// The value that an annotation describes.
    pub(super) fn annotation(&self, file: &Arc<File>, scope: ScopeId, term: &Term) -> Type {
        let Some(_guard) = self.enter() else {
            return Type::Unknown;
        };
        match term {
            Term::None => Type::None,
            Term::Either(parts) => {
                Type::join(parts.iter().map(|part| self.annotation(file, scope, part)))
            }
            Term::Subscript(generic, arguments) => self.generic(file, scope, generic, arguments),
            Term::Name(name) if let Some(variable) = self.variable(file, scope, name) => variable,
            Term::Name(_) | Term::Attribute(..) => {
                Self::instance(file, scope, self.named_type(file, scope, term))
            }
            _ => Type::Unknown,
        }
    }

    /// The class, or whatever else, that a dotted name in an annotation stands for.
    fn named_type(&self, file: &Arc<File>, scope: ScopeId, term: &Term) -> Type {
        match term {
            Term::Name(name) => self.name(file, scope, name, true),
            Term::Attribute(value, name) => {
                let value = self.named_type(file, scope, value);
                value.map(|value| match value {
                    Type::External(dotted) => {
                        Type::External(canonical(format!("{dotted}.{name}")).into())
                    }
                    other => self.attribute(other, name),
                })
            }
            _ => Type::Unknown,
        }
    }

    /// An instance of what a name in an annotation stands for.
    fn instance(file: &Arc<File>, scope: ScopeId, named: Type) -> Type {
        named.map(|named| match named {
            Type::Class(place, _) => Type::Instance(place, false),
            Type::Variable(..) => named,
            Type::External(dotted) => match unqualified(&dotted) {
                "Coroutine" | "CoroutineType" => Type::coroutine(Type::Unknown),
                "Task" | "Future" if dotted.starts_with("asyncio.") => {
                    Type::Future(Box::new(Type::Unknown))
                }
                "Self" => match file.facts.class_around(scope) {
                    Some((class, _)) => Type::Instance(Place::new(file, class), false),
                    None if file.facts.class(scope).is_some() => {
                        Type::Instance(Place::new(file, scope), false)
                    }
                    None => Type::Unknown,
                },
                "Any" | "Awaitable" | "object" | "Callable" | "Optional" | "Union" => Type::Unknown,
                "None" => Type::None,
                _ => Type::ExternalInstance(dotted),
            },
            _ => Type::Unknown,
        })
    }

    fn generic(&self, file: &Arc<File>, scope: ScopeId, generic: &Term, arguments: &Term) -> Type {
        let arguments = match arguments {
            Term::Tuple(arguments) => arguments.as_slice(),
            one => std::slice::from_ref(one),
        };
        let read = |at: usize| {
            arguments.get(at).map_or(Type::Unknown, |argument| {
                self.annotation(file, scope, argument)
            })
        };
        let named = self.named_type(file, scope, generic);
        let Type::External(dotted) = &named else {
            return Self::instance(file, scope, named);
        };
        match unqualified(dotted) {
            "Optional" | "Union" => Type::join((0..arguments.len()).map(read)),
            "Annotated" | "Final" | "ClassVar" | "Required" | "NotRequired" | "ReadOnly" => read(0),
            "Coroutine" | "CoroutineType" => Type::coroutine(read(2)),
            "Task" | "Future" if dotted.starts_with("asyncio.") => Type::Future(Box::new(read(0))),
            "Callable" => Type::Gives(Box::new(read(1))),
            "type" | "Type" => match read(0) {
                Type::Instance(place, exact) => Type::Class(place, exact),
                _ => Type::Unknown,
            },
            "tuple" | "Tuple" => match arguments.len() {
                2 if matches!(arguments[1], Term::Opaque) => Type::list(read(0)),
                count => Type::Tuple((0..count).map(read).collect()),
            },
            "list" | "List" | "set" | "Set" | "frozenset" | "FrozenSet" | "Sequence"
            | "MutableSequence" | "Iterable" | "Iterator" | "Collection" | "AbstractSet"
            | "MutableSet" | "deque" | "Deque" | "Generator" | "KeysView" | "ValuesView" => {
                Type::list(read(0))
            }
            "dict"
            | "Dict"
            | "Mapping"
            | "MutableMapping"
            | "defaultdict"
            | "DefaultDict"
            | "OrderedDict"
            | "WeakKeyDictionary"
            | "WeakValueDictionary" => Type::Mapping(Box::new(read(1))),
            _ => Self::instance(file, scope, named),
        }
    }
}

/// The last part of a dotted name where it is one of the modules that annotations come from.
fn unqualified(dotted: &str) -> &str {
    match dotted.rsplit_once('.') {
        Some((
            "typing" | "typing_extensions" | "collections.abc" | "collections" | "builtins"
            | "types" | "asyncio" | "weakref",
            name,
        )) => name,
        _ => dotted,
    }
}
