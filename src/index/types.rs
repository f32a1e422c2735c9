//! What is known about a value.

use crate::facts::{Class, Facts, Function, Term};
use crate::syntax::ScopeId;
use std::path::PathBuf;
use std::sync::Arc;

/// A file with its facts.
#[derive(Debug)]
pub struct File {
    /// Where it is, as the index spells it.
    pub path: PathBuf,
    /// It belongs to an installed package.
    pub outside: bool,
    /// What it says.
    pub facts: Facts,
}

/// A scope of a file: a function or a class, by the scope that it opens.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub file: Arc<File>,
    /// The scope.
    pub scope: ScopeId,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.scope == other.scope && Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Eq for Place {}

impl Place {
    pub(super) fn new(file: &Arc<File>, scope: ScopeId) -> Self {
        Self {
            file: Arc::clone(file),
            scope,
        }
    }

    pub(super) fn function(&self) -> Option<&Function> {
        self.file.facts.function(self.scope)
    }

    pub(super) fn class(&self) -> Option<&Class> {
        self.file.facts.class(self.scope)
    }

    /// The scope in which the definition stands.
    pub(super) fn parent(&self) -> ScopeId {
        self.file.facts.scope(self.scope).parent
    }
}

/// What is known about a value. Everything but [`Type::Unknown`] is proved, as far as nobody
/// outside the project replaces what the project defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Nothing is known.
    Unknown,
    /// There is no such value: the element of an empty list.
    Never,
    /// `None`.
    None,
    /// A module of the project, or a folder of modules.
    Module(PathBuf),
    /// Something outside of the project by its dotted name: a module, a function, a class.
    External(Box<str>),
    /// An instance of a class outside of the project.
    ExternalInstance(Box<str>),
    /// A method of an instance of a class outside of the project.
    ExternalMethod(Box<str>, Box<str>),
    /// A function or a bound method.
    Function(Place),
    /// A class; `true`: this one and no subclass of it.
    Class(Place, bool),
    /// An instance; `true`: of this class and no subclass of it.
    Instance(Place, bool),
    /// `super()` in a method of a class.
    Super(Place),
    /// `functools.partial(…)` of this, which is called the same way.
    Partial(Box<Type>),
    /// A `lambda`.
    Lambda(Place, Box<Term>),
    /// Something to call that gives this.
    Gives(Box<Type>),
    /// Something for `with` that gives this.
    Manager(Box<Type>),
    /// A decorator that gives back what it decorates, or something that is called the same way.
    Transparent,
    /// A coroutine.
    Coroutine(Origin),
    /// A future or a task with this result.
    Future(Box<Type>),
    /// A tuple.
    Tuple(Vec<Type>),
    /// An iterable of these.
    List(Box<Type>),
    /// A mapping to these.
    Mapping(Box<Type>),
    /// A type variable: where it is defined, its name, and what it is at least.
    Variable(Place, Box<str>, Box<Type>),
    /// One of these.
    OneOf(Vec<Type>),
}

/// What a coroutine comes from, which says what awaiting it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A function of the project.
    Function(Place),
    /// It gives this.
    Result(Box<Type>),
}

/// More alternatives than this are too many.
const MAX_ALTERNATIVES: usize = 12;

impl Type {
    pub(super) fn coroutine(result: Self) -> Self {
        Self::Coroutine(Origin::Result(Box::new(result)))
    }

    pub(super) fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// One of several values; `None` beside others says nothing, because what is asked is what
    /// can be called or awaited.
    pub(super) fn join(types: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Self> = Vec::new();
        let mut none = false;
        let mut pending: Vec<Self> = types.into_iter().collect();
        pending.reverse();
        while let Some(next) = pending.pop() {
            match next {
                Self::Unknown => return Self::Unknown,
                Self::Never => {}
                Self::None => none = true,
                Self::OneOf(parts) => pending.extend(parts.into_iter().rev()),
                Self::List(element) => {
                    let known = all.iter_mut().find_map(|other| match other {
                        Self::List(inner) => Some(inner),
                        _ => None,
                    });
                    match known {
                        Some(inner) => **inner = Self::join([(**inner).clone(), *element]),
                        None => all.push(Self::List(element)),
                    }
                }
                other => {
                    if !all.contains(&other) {
                        all.push(other);
                    }
                }
            }
            if all.len() > MAX_ALTERNATIVES {
                return Self::Unknown;
            }
        }
        match all.len() {
            0 if none => Self::None,
            0 => Self::Never,
            1 => all.swap_remove(0),
            _ => Self::OneOf(all),
        }
    }

    /// The same question asked of every alternative.
    pub(super) fn map(self, ask: impl Fn(Self) -> Self) -> Self {
        match self {
            Self::OneOf(parts) => Self::join(parts.into_iter().map(ask)),
            other => ask(other),
        }
    }

    /// An element of an iterable.
    pub(super) fn element(self) -> Self {
        self.map(|iterable| match iterable {
            Self::List(element) => *element,
            Self::Tuple(items) => Self::join(items),
            Self::Never => Self::Never,
            _ => Self::Unknown,
        })
    }

    /// Collections that others can reach may hold more than what was put in here.
    pub(super) fn without_contents(self) -> Self {
        self.map(|part| match part {
            Self::List(_) | Self::Mapping(_) => Self::Unknown,
            other => other,
        })
    }

    /// Nothing of it is unknown, at any depth that is asked for.
    pub(super) fn is_definite(&self) -> bool {
        match self {
            Self::Unknown | Self::Never => false,
            Self::List(inner) | Self::Mapping(inner) | Self::Variable(_, _, inner) => {
                inner.is_definite()
            }
            Self::OneOf(parts) | Self::Tuple(parts) => parts.iter().all(Self::is_definite),
            _ => true,
        }
    }
}
