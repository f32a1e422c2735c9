//! What one file says, without its text: scopes, what their names stand for, functions, classes
//! with the attributes that their methods assign. Owned, so that it can outlive the syntax tree
//! and be shared by threads; nothing here looks at another file.

mod build;
mod exports;
mod term;

pub use term::Term;

use crate::syntax::{ScopeId, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

/// What one file says.
#[derive(Debug, Default)]
pub struct Facts {
    scopes: Vec<Scope>,
    /// The functions by their names, once somebody asked.
    functions: OnceLock<FxHashMap<Box<str>, Vec<ScopeId>>>,
    /// The modules whose names are all imported, in source order; relative ones keep their dots.
    pub star_imports: Vec<Box<str>>,
    /// The names that it binds in front of a star import, which may give them another value.
    pub before_star: FxHashSet<Box<str>>,
    /// What a star import takes from it.
    pub exported: Exported,
    /// Attributes that are assigned on something else than the `self` of a method.
    pub foreign: Vec<Foreign>,
}

/// What `from module import *` takes from a module.
#[derive(Debug, Default)]
pub enum Exported {
    /// There is no `__all__`: every name without an underscore in front.
    #[default]
    Public,
    /// The names in `__all__`.
    Listed(FxHashSet<Box<str>>),
    /// The names in an `__all__` that cannot be read off the text.
    Unknown,
}

impl Exported {
    /// Whether a name is taken; `None` where nobody knows.
    pub fn takes(&self, name: &str) -> Option<bool> {
        match self {
            Self::Public => Some(!name.starts_with('_')),
            Self::Listed(names) => Some(names.contains(name)),
            Self::Unknown => None,
        }
    }
}

/// `receiver.name = value`.
#[derive(Debug)]
pub struct Foreign {
    /// The attribute.
    pub name: Box<str>,
    /// The object.
    pub receiver: Term,
    /// Where the receiver is read.
    pub scope: ScopeId,
    /// What is assigned.
    pub value: Bound,
}

/// One scope of a file; the places are those of [`Tree::scopes`](crate::syntax::Tree::scopes).
#[derive(Debug)]
pub struct Scope {
    /// What opens it.
    pub kind: Kind,
    /// The scope around it; the module is its own.
    pub parent: ScopeId,
    /// What its names stand for.
    pub names: FxHashMap<Box<str>, Vec<Bound>>,
    /// Where the names are bound that it declares `global` or `nonlocal`.
    pub elsewhere: FxHashMap<Box<str>, ScopeId>,
    /// What happens to the collections that its names stand for.
    pub uses: FxHashMap<Box<str>, Uses>,
}

/// What opens a scope.
#[derive(Debug)]
pub enum Kind {
    /// The file itself.
    Module,
    /// `def` or `async def`.
    Function(Box<Function>),
    /// `class`.
    Class(Box<Class>),
    /// A lambda or a comprehension.
    Expression,
}

/// A function definition.
#[derive(Debug)]
pub struct Function {
    /// The name.
    pub name: Box<str>,
    /// Where the name stands.
    pub at: TextRange,
    /// `async def`.
    pub is_async: bool,
    /// What it yields; a function with any is a generator.
    pub yielded: Vec<Term>,
    /// What it returns; a plain `return` is [`Term::None`].
    pub returned: Vec<Term>,
    /// Outermost first.
    pub decorators: Vec<Term>,
    /// The annotation of its result.
    pub returns: Option<Term>,
    /// The names of its positional parameters.
    pub parameters: Vec<Box<str>>,
    /// `def f[T: Bound]`.
    pub variables: Vec<Variable>,
}

/// A type parameter: `T` or `T: Bound` in brackets.
#[derive(Debug)]
pub struct Variable {
    /// The name.
    pub name: Box<str>,
    /// What every type that it stands for is.
    pub bound: Option<Term>,
}

/// A class definition.
#[derive(Debug)]
pub struct Class {
    /// The name.
    pub name: Box<str>,
    /// In order; a starred one is [`Term::Opaque`].
    pub bases: Vec<Term>,
    /// Outermost first.
    pub decorators: Vec<Term>,
    /// `metaclass=`.
    pub metaclass: Option<Term>,
    /// `class A[T: Bound]`.
    pub variables: Vec<Variable>,
    /// What the methods assign to attributes of `self` or `cls`.
    pub attributes: FxHashMap<Box<str>, Vec<Bound>>,
}

/// One place that gives a name or an attribute its value.
#[derive(Debug)]
pub struct Bound {
    /// How.
    pub how: How,
    /// The scope in which its terms are read.
    pub scope: ScopeId,
    /// Below `if TYPE_CHECKING:`.
    pub type_checking: bool,
}

/// How a name comes to stand for something.
#[derive(Debug)]
pub enum How {
    /// `import a` or `import a.b as c`: the dotted module.
    Module(Box<str>),
    /// `from m import n`: `m.n`, relative modules with their dots.
    Member(Box<str>),
    /// A function, which opens this scope.
    Function(ScopeId),
    /// A class, which opens this scope.
    Class(ScopeId),
    /// A parameter of a function.
    Parameter(Parameter),
    /// An assignment of any kind.
    Value(Term),
    /// `name: annotation = value`.
    Annotated(Box<Term>, Option<Term>),
    /// Nobody knows.
    Opaque,
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its annotation.
    pub annotation: Option<Term>,
    /// Which one.
    pub place: Place,
}

/// Which parameter of a function one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The positional one at this place.
    At(usize),
    /// Keyword-only.
    Keyword,
    /// `*args`.
    Args,
    /// `**kwargs`.
    Kwargs,
}

/// What happens to the collection that a name stands for.
#[derive(Debug, Default)]
pub struct Uses {
    /// Somebody else may put anything into it.
    pub escapes: bool,
    /// What is put into it: one element, or with [`Term::Starred`] all of another collection.
    pub grown: Vec<(ScopeId, Term)>,
}

impl Facts {
    /// A scope.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.index()]
    }

    /// Every scope with its place.
    pub fn scopes(&self) -> impl Iterator<Item = (usize, &Scope)> {
        self.scopes.iter().enumerate()
    }

    /// The function that opens a scope.
    pub fn function(&self, id: ScopeId) -> Option<&Function> {
        match &self.scope(id).kind {
            Kind::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The class that opens a scope.
    pub fn class(&self, id: ScopeId) -> Option<&Class> {
        match &self.scope(id).kind {
            Kind::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The scope in which a name that is read in `from` is bound, or `None` for a builtin, a name
    /// from a star import or an undefined name.
    pub fn lookup(&self, name: &str, from: ScopeId) -> Option<ScopeId> {
        let mut at = from;
        let mut first = true;
        loop {
            let scope = self.scope(at);
            let visible = first || !matches!(scope.kind, Kind::Class(_));
            if let Some(home) = scope.elsewhere.get(name) {
                return self.scope(*home).names.contains_key(name).then_some(*home);
            }
            if visible && scope.names.contains_key(name) {
                return Some(at);
            }
            if at == ScopeId::MODULE {
                return None;
            }
            at = scope.parent;
            first = false;
        }
    }

    /// The bindings of a name in one scope.
    pub fn bindings(&self, scope: ScopeId, name: &str) -> &[Bound] {
        self.scope(scope).names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The functions whose names and those of what is around them are these, outermost first.
    pub fn functions_called(&self, names: &[&str]) -> Vec<ScopeId> {
        let all = self.functions.get_or_init(|| {
            let mut all: FxHashMap<Box<str>, Vec<ScopeId>> = FxHashMap::default();
            for (at, scope) in self.scopes() {
                if let Kind::Function(function) = &scope.kind {
                    let same = all.entry(function.name.clone()).or_default();
                    same.push(ScopeId::at(at));
                }
            }
            all
        });
        let same = names.last().and_then(|name| all.get(*name));
        let same = same.into_iter().flatten().copied();
        same.filter(|scope| self.qualified(*scope) == names)
            .collect()
    }

    /// The names of the functions and classes around a scope and of its own, outermost first.
    pub fn qualified(&self, scope: ScopeId) -> Vec<&str> {
        let mut names = Vec::new();
        let mut at = scope;
        while at != ScopeId::MODULE {
            match &self.scope(at).kind {
                Kind::Function(function) => names.push(&*function.name),
                Kind::Class(class) => names.push(&*class.name),
                Kind::Module | Kind::Expression => {}
            }
            at = self.scope(at).parent;
        }
        names.reverse();
        names
    }

    /// The class whose method a scope is or lies in, with the scope of that method.
    pub fn class_around(&self, from: ScopeId) -> Option<(ScopeId, ScopeId)> {
        let mut at = from;
        while at != ScopeId::MODULE {
            let parent = self.scope(at).parent;
            if self.function(at).is_some() && self.class(parent).is_some() {
                return Some((parent, at));
            }
            at = parent;
        }
        None
    }
}
