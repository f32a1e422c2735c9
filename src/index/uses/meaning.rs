//! Which functions a mention may mean.
//!
//! Unlike the value of an expression this is about definitions: decorators do not matter.

use super::search::{Definers, Lookup, NameKey, Search, key};
use crate::facts::{How, Term};
use crate::index::classes::Ancestor;
use crate::index::eval::is_overload;
use crate::index::{Evaluator, File, Place, Type, library, modules};
use crate::syntax::ScopeId;
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, PoisonError};

/// What a mention may mean.
#[derive(Debug, Clone, Default)]
pub(super) struct Meaning {
    /// Functions of the project.
    pub(super) functions: Vec<Place>,
    /// Things outside that were not found in the project, by their dotted names.
    pub(super) outside: Vec<Box<str>>,
    /// Something else that is known.
    pub(super) other: bool,
    /// Anything.
    pub(super) unknown: bool,
    /// Something that a module finds when it is asked for.
    pub(super) dynamic: bool,
}

impl Meaning {
    fn unknown() -> Self {
        Self {
            unknown: true,
            ..Self::default()
        }
    }

    fn other() -> Self {
        Self {
            other: true,
            ..Self::default()
        }
    }

    fn outside(dotted: &str) -> Self {
        Self {
            outside: vec![dotted.into()],
            ..Self::default()
        }
    }

    fn merge(&mut self, more: Self) {
        for function in more.functions {
            if !self.functions.contains(&function) {
                self.functions.push(function);
            }
        }
        for dotted in more.outside {
            if !self.outside.contains(&dotted) {
                self.outside.push(dotted);
            }
        }
        self.other |= more.other;
        self.unknown |= more.unknown;
        self.dynamic |= more.dynamic;
    }

    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::default();
        for part in parts {
            whole.merge(part);
        }
        whole
    }
}

/// Reads meanings with the evaluator of one file.
pub(super) struct Reader<'s, 'p> {
    search: &'s Search<'p>,
    evaluator: &'s Evaluator<'p>,
    running: RefCell<FxHashSet<NameKey>>,
    /// The classes that are being looked at, one because of the other.
    open: Rc<RefCell<FxHashSet<(NameKey, Lookup)>>>,
}

impl<'s, 'p> Reader<'s, 'p> {
    pub(super) fn new(search: &'s Search<'p>, evaluator: &'s Evaluator<'p>) -> Self {
        evaluator.steps.set(0);
        Self {
            search,
            evaluator,
            running: RefCell::default(),
            open: Rc::default(),
        }
    }

    /// A name that is read in a scope.
    pub(super) fn name(&self, file: &Arc<File>, scope: ScopeId, name: &str) -> Meaning {
        match file.facts.lookup(name, scope) {
            Some(home) => self.bound(file, home, name),
            None => self.starred(file, name),
        }
    }

    fn starred(&self, file: &Arc<File>, name: &str) -> Meaning {
        let Some(_guard) = self.evaluator.enter() else {
            return Meaning::unknown();
        };
        let mut found = Meaning::default();
        for module in &file.facts.star_imports {
            match self.evaluator.module_path(file, module) {
                Some(path) => match self.evaluator.file(&path) {
                    Some(source) => {
                        if source.facts.exported.takes(name) != Some(false) {
                            found.merge(self.name(&source, ScopeId::MODULE, name));
                        }
                    }
                    None => found.unknown = true,
                },
                None => found.merge(Meaning::outside(&format!("{module}.{name}"))),
            }
        }
        found
    }

    /// What the bindings of a scope mean.
    fn bound(&self, file: &Arc<File>, home: ScopeId, name: &str) -> Meaning {
        let Some(_guard) = self.evaluator.enter() else {
            return Meaning::unknown();
        };
        let key = key(file, home, name);
        if !self.running.borrow_mut().insert(key.clone()) {
            return Meaning::default();
        }
        let all = file.facts.bindings(home, name);
        let plain = |bound: &&crate::facts::Bound| !is_overload(&file.facts, bound);
        let only_overloads = !all.iter().any(|bound| plain(&bound));
        let found = Meaning::all(
            all.iter()
                .filter(|bound| only_overloads || plain(bound))
                .map(|bound| match &bound.how {
                    How::Function(_) if file.outside => Meaning::other(),
                    How::Function(scope) => Meaning {
                        functions: vec![Place::new(file, *scope)],
                        ..Meaning::default()
                    },
                    How::Member(dotted) => self.member(file, dotted),
                    How::Value(term) | How::Annotated(_, Some(term)) => {
                        self.value(file, bound.scope, term)
                    }
                    How::Module(_)
                    | How::Class(_)
                    | How::Parameter(_)
                    | How::Annotated(_, None)
                    | How::Opaque => Meaning::other(),
                }),
        );
        self.running.borrow_mut().remove(&key);
        found
    }

    /// What a value means where it is another name for a function.
    fn value(&self, file: &Arc<File>, scope: ScopeId, term: &Term) -> Meaning {
        match term {
            Term::Name(name) => self.name(file, scope, name),
            Term::Attribute(receiver, name) => {
                self.attribute(self.evaluator.eval(file, scope, receiver), name)
            }
            Term::Either(parts) => {
                Meaning::all(parts.iter().map(|part| self.value(file, scope, part)))
            }
            _ => Meaning::other(),
        }
    }

    /// What `from module import name` imports.
    pub(super) fn member(&self, from: &Arc<File>, dotted: &str) -> Meaning {
        let dots = dotted.len() - dotted.trim_start_matches('.').len();
        let (module, name) = match dotted[dots..].rsplit_once('.') {
            Some((module, name)) => (format!("{}{module}", &dotted[..dots]), name),
            None => (dotted[..dots].to_owned(), &dotted[dots..]),
        };
        match self.evaluator.module_path(from, &module) {
            Some(path) => self.in_module(&path, name),
            None if dots > 0 => Meaning::unknown(),
            None => Meaning::outside(dotted),
        }
    }

    fn in_module(&self, path: &Path, name: &str) -> Meaning {
        if path.extension().is_none_or(|end| end != "py") || self.search.project.is_outside(path) {
            return Meaning::other();
        }
        let Some(file) = self.evaluator.file(path) else {
            return Meaning::unknown();
        };
        let found = self.name(&file, ScopeId::MODULE, name);
        let dynamic = file.facts.lookup("__getattr__", ScopeId::MODULE).is_some();
        let nothing = found.functions.is_empty() && found.outside.is_empty() && !found.other;
        match (nothing, dynamic) {
            (true, true) => Meaning {
                dynamic: true,
                ..Meaning::unknown()
            },
            (true, false) if !found.unknown => Meaning::other(),
            _ => found,
        }
    }

    /// A dotted name in a string.
    pub(super) fn dotted(&self, from: &Arc<File>, dotted: &str) -> Meaning {
        let parts: Vec<&str> = dotted.split('.').collect();
        for end in (1..parts.len()).rev() {
            let module = parts[..end].join(".");
            let Some(path) = self.evaluator.module_path(from, &module) else {
                continue;
            };
            let Some((last, through)) = parts[end..].split_last() else {
                break;
            };
            if through.is_empty() {
                return self.in_module(&path, last);
            }
            let mut value = Type::Module(path);
            for name in through {
                value = value.map(|value| self.evaluator.attribute(value, name));
            }
            return self.attribute(value, last);
        }
        Meaning::outside(dotted)
    }

    /// `value.name`.
    pub(super) fn attribute(&self, value: Type, name: &str) -> Meaning {
        let Some(_guard) = self.evaluator.enter() else {
            return Meaning::unknown();
        };
        match self.evaluator.refined_instance(value) {
            Type::OneOf(parts) => {
                Meaning::all(parts.into_iter().map(|part| self.attribute(part, name)))
            }
            Type::Module(path) => self.in_module(&path, name),
            Type::External(dotted) => Meaning::outside(&format!("{dotted}.{name}")),
            Type::ExternalInstance(class) => {
                let mut found = Meaning::outside(&class);
                found.merge(self.below_outside(name, |base| *base == *class));
                found
            }
            Type::Instance(place, exact) | Type::Class(place, exact) if place.file.outside => {
                let mut found = Meaning::other();
                if !exact && let Some(definers) = self.search.definers(name) {
                    let below = definers.below(&place).iter().copied();
                    found.merge(self.in_orders_of(definers, below, name));
                }
                if !exact {
                    found.unknown |= is_protocol_class(self.evaluator, &place);
                }
                found
            }
            Type::Instance(place, true) | Type::Class(place, true) => {
                self.in_class(&place, name, Lookup::Exact)
            }
            Type::Instance(place, false) | Type::Class(place, false) => {
                self.in_class(&place, name, Lookup::Instance)
            }
            Type::Super(place) => self.in_class(&place, name, Lookup::Above),
            Type::List(_)
            | Type::Mapping(_)
            | Type::Tuple(_)
            | Type::Future(_)
            | Type::Coroutine(_) => {
                let mut found = Meaning::other();
                found.merge(
                    self.below_outside(name, |base| modules::is_standard(base) && !is_marker(base)),
                );
                found
            }
            Type::Variable(_, _, bound) => self.attribute(*bound, name),
            Type::ExternalMethod(..)
            | Type::Function(_)
            | Type::Partial(_)
            | Type::Lambda(..)
            | Type::Gives(_)
            | Type::Manager(_)
            | Type::Transparent => Meaning::other(),
            // `None` alone is what a variable holds before somebody gives it a value.
            Type::Unknown | Type::Never | Type::None => Meaning::unknown(),
        }
    }

    /// What subclasses of a class from outside define.
    fn below_outside(&self, name: &str, is_base: impl Fn(&str) -> bool) -> Meaning {
        match self.search.definers(name) {
            Some(definers) => {
                let below = definers.below_outside(is_base).into_iter();
                self.in_orders_of(definers, below, name)
            }
            None => Meaning::default(),
        }
    }

    /// What some of the classes that define a name have under it.
    fn in_orders_of(
        &self,
        definers: &Definers,
        which: impl Iterator<Item = usize>,
        name: &str,
    ) -> Meaning {
        Meaning::all(which.map(|at| self.in_order(&definers.all[at].order, name)))
    }

    /// An attribute of a class of the project. The answer is worked out apart from whatever this
    /// reader is in the middle of, so that it is the same whoever asks first.
    fn in_class(&self, place: &Place, name: &str, lookup: Lookup) -> Meaning {
        let key = (key(&place.file, place.scope, name), lookup);
        let found = &self.search.found;
        let lock = || found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return known.clone();
        }
        if self.evaluator.depth.get() > crate::index::MAX_DEPTH / 2 {
            return Meaning::unknown();
        }
        let evaluator = Evaluator::of(self.search.project, Arc::clone(&place.file));
        // An alias that leads back to a class that is being looked at: nobody knows what it means.
        // So every answer is whole, and is kept.
        if !self.open.borrow_mut().insert(key.clone()) {
            return Meaning::unknown();
        }
        let reader = Reader {
            open: Rc::clone(&self.open),
            ..Reader::new(self.search, &evaluator)
        };
        let meaning = reader.looked_up(place, name, lookup);
        self.open.borrow_mut().remove(&key);
        lock().insert(key, meaning.clone());
        meaning
    }

    fn looked_up(&self, place: &Place, name: &str, lookup: Lookup) -> Meaning {
        let order = self.evaluator.order(place);
        let this = Ancestor::Class(place.clone());
        let skip = usize::from(lookup == Lookup::Above);
        let mut found = self.in_order(&order[skip..], name);
        if lookup == Lookup::Exact {
            return found;
        }
        if lookup == Lookup::Instance && is_protocol_class(self.evaluator, place) {
            found.unknown = true;
        }
        let Some(definers) = self.search.definers(name) else {
            return found;
        };
        let mut known = definers.in_order(&order);
        let mut below: BTreeSet<usize> = BTreeSet::new();
        let new = definers.below(place).iter().copied();
        below.extend(new.filter(|at| known.insert(*at)));
        if lookup == Lookup::Instance {
            let doubtful = definers.below_unknown().iter().copied();
            let doubtful = doubtful.filter(|at| {
                !known.contains(at) && self.search.may_be_below(&definers.all[*at], place)
            });
            let doubtful: Vec<usize> = doubtful.collect();
            found.unknown |= !doubtful.is_empty();
            below.extend(doubtful);
            found.merge(self.in_orders_of(definers, below.into_iter(), name));
        }
        for order in self.search.common(definers, &known, place) {
            let after = match lookup {
                Lookup::Above => order.iter().position(|one| *one == this).map(|at| at + 1),
                Lookup::Instance | Lookup::Exact => Some(0),
            };
            found.merge(self.in_order(&order[after.unwrap_or(0)..], name));
        }
        found
    }

    /// What the classes of a resolution order define.
    fn in_order(&self, order: &[Ancestor], name: &str) -> Meaning {
        let mut found = Meaning::default();
        let classes = || {
            order.iter().filter_map(|ancestor| match ancestor {
                Ancestor::Class(class) => Some(class),
                Ancestor::External(_) | Ancestor::Unknown => None,
            })
        };
        for class in classes() {
            let attributes = class.class().map(|class| &class.attributes);
            let assigned = attributes.and_then(|all| all.get(name));
            for bound in assigned.into_iter().flatten() {
                found.merge(match &bound.how {
                    How::Value(term) | How::Annotated(_, Some(term)) => {
                        self.value(&class.file, bound.scope, term)
                    }
                    _ => Meaning::other(),
                });
            }
        }
        let mut defined = false;
        for ancestor in order {
            match ancestor {
                Ancestor::Class(class) => {
                    if !class.file.facts.bindings(class.scope, name).is_empty() {
                        found.merge(self.bound(&class.file, class.scope, name));
                        defined = true;
                        break;
                    }
                }
                Ancestor::External(dotted) => {
                    let is_known = library::is_harmless_base(dotted)
                        || library::has_own_attributes(dotted)
                        || modules::is_standard(dotted);
                    if !is_known {
                        found.unknown = true;
                    }
                }
                Ancestor::Unknown => found.unknown = true,
            }
        }
        let dynamic = |class: &Place| {
            ["__getattr__", "__getattribute__"]
                .iter()
                .any(|name| !class.file.facts.bindings(class.scope, name).is_empty())
        };
        if !defined && found.functions.is_empty() {
            found.unknown |= classes().any(dynamic);
            found.other = true;
        }
        found
    }
}

/// The name by which a module is imported last: its own, or that of its package.
pub(super) fn stem(path: &Path) -> Option<&str> {
    let stem = path.file_stem()?.to_str()?;
    if stem == "__init__" {
        return path.parent()?.file_name()?.to_str();
    }
    Some(stem)
}

/// Whether a dotted name that was not found may lead to a file after all: it begins with the name
/// of the file or of a folder around it.
pub(super) fn may_lead_to(dotted: &str, path: &Path) -> bool {
    let first = dotted.split('.').next().unwrap_or(dotted);
    if modules::is_standard(first) {
        return false;
    }
    stem(path) == Some(first)
        || path
            .ancestors()
            .skip(1)
            .any(|folder| folder.file_name().is_some_and(|name| name == first))
}

/// Whether anything with the right methods is taken for an instance of a class.
pub(super) fn is_protocol_class(evaluator: &Evaluator<'_>, place: &Place) -> bool {
    let bases = place.class().map_or(&[][..], |class| &class.bases);
    bases.iter().any(|base| {
        matches!(evaluator.eval(&place.file, place.parent(), base),
            Type::External(dotted) if is_protocol(&dotted))
    })
}

fn is_protocol(dotted: &str) -> bool {
    matches!(dotted, "typing.Protocol" | "typing_extensions.Protocol")
}

/// Bases that define nothing but how a class is made or checked.
pub(super) fn is_marker(dotted: &str) -> bool {
    is_protocol(dotted)
        || matches!(
            dotted,
            "abc.ABC" | "builtins.object" | "typing.Generic" | "typing_extensions.Generic"
        )
}
