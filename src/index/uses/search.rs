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
    /// Which of them stand above a class, going by names alone, by the number of the class.
    above: OnceLock<FxHashMap<u32, Vec<usize>>>,
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
            definers.entry(name).or_default().all.push(definer);
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

    /// The classes that define a name.
    pub(super) fn definers(&self, name: &str) -> &[Definer] {
        self.definers
            .get(name)
            .map_or(&[], |definers| &definers.all)
    }

    /// The classes above and below a class that define a name, too.
    pub(super) fn related(&self, class: &Place, name: &str) -> Vec<(&Place, Certainty)> {
        let definers = self.definers(name);
        let own = definers.iter().find(|definer| definer.class == *class);
        let above = own.map_or(&[][..], |definer| &definer.order);
        let mut found = Vec::new();
        for definer in definers {
            if definer.class == *class {
                continue;
            }
            let is_above = above.contains(&Ancestor::Class(definer.class.clone()));
            let is_below = definer.order.contains(&Ancestor::Class(class.clone()));
            if is_above || is_below {
                found.push((&definer.class, Certainty::Exact));
            } else if self.may_be_below(definer, class) {
                found.push((&definer.class, Certainty::Unknown));
            } else if self.have_common(&definer.class, class) {
                found.push((&definer.class, Certainty::OneOf));
            }
        }
        found
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

    /// Whether a class inherits from both of two others.
    fn have_common(&self, one: &Place, other: &Place) -> bool {
        let below = |place: &Place| place.class().map(|class| self.below(&class.name));
        let (Some(first), Some(second)) = (below(one), below(other)) else {
            return false;
        };
        let (small, large) = if first.len() < second.len() {
            (first, second)
        } else {
            (second, first)
        };
        let wanted = [one, other].map(|place| Ancestor::Class(place.clone()));
        small
            .iter()
            .filter(|both| large.binary_search(both).is_ok())
            .any(|both| {
                let orders = self.orders(*both);
                let mut orders = orders.iter();
                orders.any(|order| wanted.iter().all(|one| order.contains(one)))
            })
    }

    /// The resolution orders of the classes that inherit from a class and from one of those that
    /// define a name and are chosen.
    pub(super) fn common(
        &self,
        name: &str,
        chosen: &FxHashSet<usize>,
        class: &Place,
    ) -> Vec<Arc<[Ancestor]>> {
        let (Some(definers), Some(known)) = (self.definers.get(name), class.class()) else {
            return Vec::new();
        };
        if chosen.is_empty() {
            return Vec::new();
        }
        let above = definers.above.get_or_init(|| {
            let mut above: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
            for (at, definer) in definers.all.iter().enumerate() {
                if let Some(class) = definer.class.class() {
                    for number in self.below(&class.name).iter() {
                        above.entry(*number).or_default().push(at);
                    }
                }
            }
            above
        });
        let this = Ancestor::Class(class.clone());
        let mut both: Vec<u32> = self
            .below(&known.name)
            .iter()
            .copied()
            .filter(|number| {
                let above = above.get(number).into_iter().flatten();
                above.copied().any(|at| chosen.contains(&at))
            })
            .collect();
        let hierarchy = self.project.hierarchy();
        both.sort_unstable_by_key(|number| hierarchy.class(*number));
        let mut found = Vec::new();
        for number in both {
            for order in self.orders(number).iter() {
                let is_chosen = |at: &usize| {
                    let definer = Ancestor::Class(definers.all[*at].class.clone());
                    order.contains(&definer)
                };
                let above = &above[&number];
                if order.contains(&this)
                    && above
                        .iter()
                        .filter(|at| chosen.contains(*at))
                        .any(is_chosen)
                {
                    found.push(Arc::clone(order));
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
