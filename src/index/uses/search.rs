//! What all questions of one search for uses share.

use super::meaning::{Meaning, Reader};
use super::mentions::{Mention, What};
use super::{Certainty, Seen, Target};
use crate::facts::{Kind, Term};
use crate::index::classes::Ancestor;
use crate::index::{Evaluator, File, Place, Type};
use crate::project::Project;
use crate::syntax::ScopeId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A class that defines a wanted name.
pub(super) struct Definer {
    pub(super) class: Place,
    pub(super) order: Arc<[Ancestor]>,
}

/// How an attribute is looked up in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lookup {
    /// On an object of the class or a subclass.
    Instance,
    /// On an object of the class itself.
    Exact,
    /// With `super()` in the class.
    Above,
}

/// The classes below a class, by the numbers of the hierarchy, sorted.
type Numbers = Arc<[u32]>;

/// The resolution orders of the classes with one name in a file.
type Orders = Arc<[Arc<[Ancestor]>]>;

/// The classes that define one name.
#[derive(Default)]
pub(super) struct Definers {
    pub(super) all: Vec<Definer>,
    /// Where a class is among them.
    places: FxHashMap<(usize, ScopeId), usize>,
    /// Which of them inherit from something, themselves included, sorted.
    from: FxHashMap<AncestorKey, Vec<usize>>,
    /// Which of them stand above a class, going by names alone, by the number of the class.
    above: OnceLock<FxHashMap<u32, Vec<usize>>>,
}

/// An ancestor without what keeps it alive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum AncestorKey {
    Class((usize, ScopeId)),
    External(Box<str>),
    Unknown,
}

impl AncestorKey {
    fn of(ancestor: &Ancestor) -> Self {
        match ancestor {
            Ancestor::Class(class) => Self::Class(class_key(class)),
            Ancestor::External(dotted) => Self::External(dotted.clone()),
            Ancestor::Unknown => Self::Unknown,
        }
    }
}

/// A class by the place of its file in memory.
fn class_key(class: &Place) -> (usize, ScopeId) {
    (Arc::as_ptr(&class.file).addr(), class.scope)
}

impl Definers {
    fn add(&mut self, definer: Definer) {
        let at = self.all.len();
        for ancestor in definer.order.iter() {
            let below = self.from.entry(AncestorKey::of(ancestor)).or_default();
            // Several unknown bases are several entries.
            if below.last() != Some(&at) {
                below.push(at);
            }
        }
        self.places.insert(class_key(&definer.class), at);
        self.all.push(definer);
    }

    fn position(&self, class: &Place) -> Option<usize> {
        self.places.get(&class_key(class)).copied()
    }

    /// Those that inherit from a class, itself included, sorted.
    pub(super) fn below(&self, class: &Place) -> &[usize] {
        let below = self.from.get(&AncestorKey::Class(class_key(class)));
        below.map_or(&[], Vec::as_slice)
    }

    /// Those that inherit from something of which nothing is known, sorted.
    pub(super) fn below_unknown(&self) -> &[usize] {
        let below = self.from.get(&AncestorKey::Unknown);
        below.map_or(&[], Vec::as_slice)
    }

    /// Those that inherit from a class outside of the project, sorted.
    pub(super) fn below_outside(&self, is_base: impl Fn(&str) -> bool) -> BTreeSet<usize> {
        let below = self.from.iter().filter(|(ancestor, _)| match ancestor {
            AncestorKey::External(dotted) => is_base(dotted),
            AncestorKey::Class(..) | AncestorKey::Unknown => false,
        });
        below.flat_map(|(_, below)| below.iter().copied()).collect()
    }

    /// Those in a resolution order.
    pub(super) fn in_order(&self, order: &[Ancestor]) -> FxHashSet<usize> {
        let classes = order.iter().filter_map(|ancestor| match ancestor {
            Ancestor::Class(class) => self.position(class),
            Ancestor::External(_) | Ancestor::Unknown => None,
        });
        classes.collect()
    }
}

/// What all questions of one search share.
pub(super) struct Search<'p> {
    pub(super) project: &'p Project,
    definers: FxHashMap<Box<str>, Definers>,
    below: Mutex<FxHashMap<Box<str>, Numbers>>,
    orders: Mutex<FxHashMap<u32, Orders>>,
    pub(super) found: Mutex<FxHashMap<(NameKey, Lookup), Meaning>>,
}

/// A name in a scope of a file, by the place of the file in memory, where the index keeps it.
pub(super) type NameKey = (usize, ScopeId, Box<str>);

pub(super) fn key(file: &Arc<File>, scope: ScopeId, name: &str) -> NameKey {
    (Arc::as_ptr(file).addr(), scope, name.into())
}

impl<'p> Search<'p> {
    pub(super) fn new<'t>(
        project: &'p Project,
        files: &[Seen],
        targets: impl Iterator<Item = &'t Target>,
    ) -> Self {
        let names: FxHashSet<&str> = targets.map(|target| &*target.name).collect();
        let found = project.in_parallel(files.len(), |at| {
            let file = &files[at].file;
            let evaluator = Evaluator::of(project, Arc::clone(file));
            let mut found = Vec::new();
            for (at, scope) in file.facts.scopes() {
                let Kind::Class(class) = &scope.kind else {
                    continue;
                };
                let place = Place::new(file, ScopeId::at(at));
                let mut own: Vec<&str> = (scope.names.keys().map(|name| &**name))
                    .chain(class.attributes.keys().map(|name| &**name))
                    .filter(|name| names.contains(name))
                    .collect();
                own.sort_unstable();
                own.dedup();
                for name in own {
                    let definer = Definer {
                        class: place.clone(),
                        order: evaluator.order(&place),
                    };
                    found.push((Box::<str>::from(name), definer));
                }
            }
            found
        });
        let mut definers: FxHashMap<Box<str>, Definers> = FxHashMap::default();
        for (name, definer) in found.into_iter().flatten() {
            definers.entry(name).or_default().add(definer);
        }
        Self {
            project,
            definers,
            below: Mutex::default(),
            orders: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// What a mention in the file of the evaluator may mean.
    pub(super) fn meant(&self, evaluator: &Evaluator<'_>, mention: &Mention) -> Meaning {
        let reader = Reader::new(self, evaluator);
        let file = Arc::clone(&evaluator.here);
        let eval = |term: &Term| evaluator.type_of(mention.scope, term);
        match &mention.what {
            What::Name => reader.name(&file, mention.scope, &mention.name),
            What::Exported => reader.name(&file, ScopeId::MODULE, &mention.name),
            What::Imported(dotted) => reader.member(&file, dotted),
            What::Dotted(dotted) => reader.dotted(&file, dotted),
            What::Attribute(receiver) | What::ByString(receiver) => {
                reader.attribute(eval(receiver), &mention.name)
            }
        }
    }

    /// The module of the project that a mention stands for.
    pub(super) fn meant_module(
        &self,
        evaluator: &Evaluator<'_>,
        mention: &Mention,
    ) -> Option<PathBuf> {
        let term = match &mention.what {
            What::Name => Term::Name(mention.name.clone()),
            What::Attribute(receiver) => {
                Term::Attribute(Box::new(receiver.clone()), mention.name.clone())
            }
            _ => return None,
        };
        match evaluator.type_of(mention.scope, &term) {
            Type::Module(path) => Some(path),
            _ => None,
        }
    }

    /// The classes that define a name, if there are any.
    pub(super) fn definers(&self, name: &str) -> Option<&Definers> {
        self.definers.get(name)
    }

    /// The classes above and below a class that define a name, too.
    pub(super) fn related(&self, class: &Place, name: &str) -> Vec<(&Place, Certainty)> {
        let Some(definers) = self.definers(name) else {
            return Vec::new();
        };
        let mut found: BTreeMap<usize, Certainty> = BTreeMap::new();
        let own = definers.position(class);
        let above = own.map_or(&[][..], |own| &definers.all[own].order);
        let exact = definers.in_order(above).into_iter();
        let exact = exact.chain(definers.below(class).iter().copied());
        found.extend(exact.map(|at| (at, Certainty::Exact)));
        for at in definers.below_unknown() {
            if !found.contains_key(at) && self.may_be_below(&definers.all[*at], class) {
                found.insert(*at, Certainty::Unknown);
            }
        }
        let is_open = |at: &usize| Some(*at) != own && !found.contains_key(at);
        let common = self.with_common(definers, is_open, class);
        found.extend(common.into_iter().map(|at| (at, Certainty::OneOf)));
        let others = found.into_iter().filter(|(at, _)| Some(*at) != own);
        others
            .map(|(at, certainty)| (&definers.all[at].class, certainty))
            .collect()
    }

    /// Whether a class inherits from another one through something that cannot be followed.
    pub(super) fn may_be_below(&self, definer: &Definer, class: &Place) -> bool {
        let Some(name) = class.class().map(|class| &class.name) else {
            return false;
        };
        let own = definer.class.class().map(|class| &class.name);
        let is_it = |number: &u32| {
            let (path, name) = self.project.hierarchy().class(*number);
            own.is_some_and(|own| **own == *name) && *path == *definer.class.file.path
        };
        definer.order.contains(&Ancestor::Unknown) && self.below(name).iter().any(is_it)
    }

    /// Those of the classes that define a name and are asked about from which some class inherits
    /// together with another one.
    fn with_common(
        &self,
        definers: &Definers,
        is_asked: impl Fn(&usize) -> bool,
        class: &Place,
    ) -> FxHashSet<usize> {
        let mut found = FxHashSet::default();
        let Some(known) = class.class() else {
            return found;
        };
        let above = self.above(definers);
        let this = Ancestor::Class(class.clone());
        for number in self.below(&known.name).iter() {
            let above = above.get(number).into_iter().flatten().copied();
            let open: Vec<usize> = above
                .filter(|at| is_asked(at) && !found.contains(at))
                .collect();
            if open.is_empty() {
                continue;
            }
            for order in self.orders(*number).iter() {
                if order.contains(&this) {
                    let inside = definers.in_order(order);
                    found.extend(open.iter().copied().filter(|at| inside.contains(at)));
                }
            }
        }
        found
    }

    /// The classes that define a name by the numbers of those below them, going by names alone.
    fn above<'d>(&self, definers: &'d Definers) -> &'d FxHashMap<u32, Vec<usize>> {
        definers.above.get_or_init(|| {
            let mut above: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
            for (at, definer) in definers.all.iter().enumerate() {
                if let Some(class) = definer.class.class() {
                    for number in self.below(&class.name).iter() {
                        above.entry(*number).or_default().push(at);
                    }
                }
            }
            above
        })
    }

    /// The resolution orders of the classes that inherit from a class and from one of those that
    /// define a name and are not left out.
    pub(super) fn common(
        &self,
        definers: &Definers,
        left_out: &FxHashSet<usize>,
        class: &Place,
    ) -> Vec<Arc<[Ancestor]>> {
        let Some(known) = class.class() else {
            return Vec::new();
        };
        if left_out.len() == definers.all.len() {
            return Vec::new();
        }
        let above = self.above(definers);
        let this = Ancestor::Class(class.clone());
        let mut both: Vec<u32> = self
            .below(&known.name)
            .iter()
            .copied()
            .filter(|number| {
                let above = above.get(number).into_iter().flatten();
                above.copied().any(|at| !left_out.contains(&at))
            })
            .collect();
        let hierarchy = self.project.hierarchy();
        both.sort_unstable_by_key(|number| hierarchy.class(*number));
        let mut found = Vec::new();
        for number in both {
            for order in self.orders(number).iter() {
                if order.contains(&this) {
                    let inside = definers.in_order(order);
                    let mut above = above[&number].iter();
                    if above.any(|at| !left_out.contains(at) && inside.contains(at)) {
                        found.push(Arc::clone(order));
                    }
                }
            }
        }
        found
    }

    fn orders(&self, number: u32) -> Orders {
        let lock = || self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&number) {
            return Arc::clone(known);
        }
        let (path, name) = self.project.hierarchy().class(number);
        let mut found = Vec::new();
        if let Some(file) = self.project.facts_of(path) {
            let evaluator = Evaluator::of(self.project, Arc::clone(&file));
            for (at, scope) in file.facts.scopes() {
                if matches!(&scope.kind, Kind::Class(class) if *class.name == *name) {
                    let place = Place::new(&file, ScopeId::at(at));
                    found.push(evaluator.order(&place));
                }
            }
        }
        let found: Orders = found.into();
        lock().insert(number, Arc::clone(&found));
        found
    }

    fn below(&self, name: &str) -> Numbers {
        let lock = || self.below.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(name) {
            return Arc::clone(known);
        }
        let numbers: Numbers = self.project.hierarchy().numbers_below(name).into();
        lock().insert(name.into(), Arc::clone(&numbers));
        numbers
    }
}
