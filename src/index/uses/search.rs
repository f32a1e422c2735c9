//! What all questions of one search for uses share.

use super::meaning::{Meaning, Reader, spelled};
use super::mentions::{Mention, What};
use super::{Certainty, Seen, Target};
use crate::facts::{Kind, Term};
use crate::index::classes::Ancestor;
use crate::index::{Evaluator, File, Place, Type};
use crate::project::Project;
use crate::syntax::ScopeId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Names below a class, by file and name.
pub(super) type Names = Arc<FxHashSet<(PathBuf, Box<str>)>>;

/// What all questions of one search share.
pub(super) struct Search<'p> {
    pub(super) project: &'p Project,
    pub(super) definers: FxHashMap<Box<str>, Vec<Definer>>,
    below: Mutex<FxHashMap<Box<str>, Names>>,
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
        let mut definers: FxHashMap<Box<str>, Vec<Definer>> = FxHashMap::default();
        for (name, definer) in found.into_iter().flatten() {
            definers.entry(name).or_default().push(definer);
        }
        Self {
            project,
            definers,
            below: Mutex::default(),
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

    /// The classes above and below a class that define a name, too.
    pub(super) fn related(&self, class: &Place, name: &str) -> Vec<(&Place, Certainty)> {
        let definers = self.definers.get(name).map_or(&[][..], Vec::as_slice);
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
            } else if self.common(definer, class).next().is_some() {
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
        definer.order.contains(&Ancestor::Unknown)
            && self.below(name).contains(&spelled(&definer.class))
    }

    /// The classes that inherit from a definer and from another class.
    pub(super) fn common(&self, definer: &Definer, class: &Place) -> impl Iterator<Item = Place> {
        let names = |place: &Place| place.class().map(|class| self.below(&class.name));
        let mut both: Vec<(PathBuf, Box<str>)> = match (names(&definer.class), names(class)) {
            (Some(one), Some(other)) => {
                let (small, large) = if one.len() < other.len() {
                    (one, other)
                } else {
                    (other, one)
                };
                let both = small.iter().filter(|name| large.contains(*name));
                both.cloned().collect()
            }
            _ => Vec::new(),
        };
        both.sort_unstable();
        let wanted = [
            Ancestor::Class(definer.class.clone()),
            Ancestor::Class(class.clone()),
        ];
        both.into_iter().flat_map(move |(path, name)| {
            let file = self.project.facts_of(&path);
            let wanted = &wanted;
            let classes = file.into_iter().flat_map(|file| {
                let evaluator = Evaluator::of(self.project, Arc::clone(&file));
                let places: Vec<Place> = file
                    .facts
                    .scopes()
                    .filter(|(_, scope)| {
                        matches!(&scope.kind, Kind::Class(class) if class.name == name)
                    })
                    .map(|(at, _)| Place::new(&file, ScopeId::at(at)))
                    .filter(|place| {
                        let order = evaluator.order(place);
                        wanted.iter().all(|one| order.contains(one))
                    })
                    .collect();
                places
            });
            classes.collect::<Vec<_>>()
        })
    }

    pub(super) fn below(&self, name: &str) -> Names {
        let lock = || self.below.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(name) {
            return Arc::clone(known);
        }
        let names = self.project.hierarchy().below(name).into_iter();
        let names: Names = Arc::new(
            names
                .map(|(path, name)| (path.to_owned(), name.into()))
                .collect(),
        );
        lock().insert(name.into(), Arc::clone(&names));
        names
    }
}
