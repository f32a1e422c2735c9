//! Classes: the order in which Python looks for an attribute, and what it finds there.

use super::eval::is_overload;
use super::scan::{Deciding, Texts};
use super::{Evaluator, File, Place, Type, key, library, modules};
use crate::facts::{Bound, How};
use crate::syntax::ScopeId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One entry of a method resolution order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ancestor {
    /// A class of the project, or of an installed package.
    Class(Place),
    /// A class from outside.
    External(Box<str>),
    /// A base of which nothing is known.
    Unknown,
}

impl Evaluator<'_> {
    /// The method resolution order of a class, itself first, without `object`.
    pub(super) fn order(&self, place: &Place) -> Arc<[Ancestor]> {
        let key = key(&place.file, place.scope);
        if let Some(known) = self.orders.borrow().get(&key) {
            return Arc::clone(known);
        }
        // A class that inherits from itself is not a class that can be made.
        let broken: Arc<[Ancestor]> = [Ancestor::Class(place.clone()), Ancestor::Unknown].into();
        self.orders.borrow_mut().insert(key, Arc::clone(&broken));
        let order = self.linearized(place).map_or(broken, Into::into);
        self.orders.borrow_mut().insert(key, Arc::clone(&order));
        order
    }

    fn linearized(&self, place: &Place) -> Option<Vec<Ancestor>> {
        let class = place.class()?;
        let mut lists: Vec<Vec<Ancestor>> = Vec::new();
        let mut direct = Vec::new();
        for base in &class.bases {
            let ancestor = match self.eval(&place.file, place.parent(), base) {
                Type::Class(base, _) => Ancestor::Class(base),
                Type::External(dotted) if &*dotted == "builtins.object" => continue,
                Type::External(dotted) => match self.outside(&dotted) {
                    Type::Class(base, _) => Ancestor::Class(base),
                    Type::External(other) => Ancestor::External(other),
                    _ => Ancestor::External(dotted),
                },
                _ => Ancestor::Unknown,
            };
            if let Ancestor::Class(base) = &ancestor {
                lists.push(self.order(base).to_vec());
            } else {
                lists.push(vec![ancestor.clone()]);
            }
            direct.push(ancestor);
        }
        lists.push(direct);
        let mut order = vec![Ancestor::Class(place.clone())];
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Some(order);
            }
            // Several unknown bases are several entries, in any order.
            let next = lists.iter().map(|list| &list[0]).find(|candidate| {
                **candidate == Ancestor::Unknown
                    || lists.iter().all(|list| !list[1..].contains(candidate))
            })?;
            let next = next.clone();
            for list in &mut lists {
                if list[0] == next {
                    list.remove(0);
                }
            }
            order.push(next);
        }
    }

    /// An attribute of an instance or (`instance` false) of a class; `exact` when it is not one
    /// of a subclass.
    pub(super) fn member_of(&self, place: &Place, name: &str, exact: bool, instance: bool) -> Type {
        let cached = instance && !exact;
        let key = (key(&place.file, place.scope), name.into(), exact);
        if cached {
            if let Some(known) = self.members.borrow().get(&key) {
                return known.clone().unwrap_or(Type::Unknown);
            }
            self.members.borrow_mut().insert(key.clone(), None);
        }
        let found = self.member_with_overrides(place, name, exact, instance);
        if cached {
            self.members.borrow_mut().insert(key, Some(found.clone()));
        }
        found
    }

    fn member_with_overrides(
        &self,
        place: &Place,
        name: &str,
        exact: bool,
        instance: bool,
    ) -> Type {
        let order = self.order(place);
        let own = self.member_in(&order, name, instance, true);
        // An annotation speaks for every assignment, wherever it stands.
        if own == Type::Unknown || self.declared(&order, name).is_some() {
            return own;
        }
        let mut all = vec![own];
        all.extend(self.stored(place, name));
        if exact || all.contains(&Type::Unknown) {
            return Type::join(all);
        }
        self.in_subclasses(place, name, all, |order| {
            self.member_in(order, name, instance, false)
        })
    }

    /// What there is already, and what a question finds in the order of each subclass. Nothing
    /// more is read once nothing is known.
    fn in_subclasses(
        &self,
        place: &Place,
        name: &str,
        found: Vec<Type>,
        ask: impl Fn(&[Ancestor]) -> Type,
    ) -> Type {
        let mut all = Type::join(found);
        self.subclasses(place, name, &mut |below| {
            let order = self.order(below);
            let known = std::mem::replace(&mut all, Type::Unknown);
            all = Type::join([known, ask(&order)]);
            all != Type::Unknown
        });
        all
    }

    /// An attribute of `super()` in a class: what follows the class, in its own order and in
    /// those of its subclasses.
    pub(super) fn member_above(&self, place: &Place, name: &str) -> Type {
        let after = |order: &[Ancestor]| {
            order
                .iter()
                .position(|ancestor| *ancestor == Ancestor::Class(place.clone()))
                .map_or(0, |at| at + 1)
        };
        let order = self.order(place);
        let own = self.member_in(&order[after(&order)..], name, true, true);
        if own == Type::Unknown {
            return Type::Unknown;
        }
        let mut all = vec![own];
        all.extend(self.stored(place, name));
        if all.contains(&Type::Unknown) {
            return Type::Unknown;
        }
        self.in_subclasses(place, name, all, |order| {
            self.member_in(&order[after(order)..], name, true, false)
        })
    }

    /// What an attribute is for a class with this resolution order. Unless it is `strict`, classes
    /// from outside are taken to define nothing of the name.
    fn member_in(&self, order: &[Ancestor], name: &str, instance: bool, strict: bool) -> Type {
        let found = self.generic_member(order, name, instance, strict);
        self.specialized(order, found).map(|member| match member {
            Type::Function(place) => self.specialized_method(order, place),
            other => other,
        })
    }

    /// A method, or what it gives where the classes of a resolution order give a value to the type
    /// variable that it returns.
    fn specialized_method(&self, order: &[Ancestor], place: Place) -> Type {
        let plain = place
            .function()
            .filter(|function| !function.is_async && function.yielded.is_empty());
        let Some(returns) = plain.and_then(|function| function.returns.as_ref()) else {
            return Type::Function(place);
        };
        let said = self.annotation(&place.file, place.parent(), returns);
        if !self.is_given(order, &said) {
            return Type::Function(place);
        }
        match self.specialized(order, said) {
            given if given.is_definite() => Type::Gives(Box::new(given)),
            _ => Type::Function(place),
        }
    }

    fn generic_member(&self, order: &[Ancestor], name: &str, instance: bool, strict: bool) -> Type {
        let mut on_class = None;
        for ancestor in order {
            match ancestor {
                Ancestor::Class(class) => {
                    let bound = class.file.facts.bindings(class.scope, name);
                    if !bound.is_empty() {
                        on_class = Some(self.in_class_body(order, class, bound, instance));
                        break;
                    }
                }
                Ancestor::External(dotted) => {
                    if let found @ Type::ExternalMethod(..) = library::attribute(dotted, name) {
                        on_class = Some(found);
                        break;
                    }
                    if strict && !library::is_harmless_base(dotted) && !modules::is_standard(dotted)
                    {
                        on_class = Some(Type::Unknown);
                        break;
                    }
                }
                Ancestor::Unknown if strict => {
                    on_class = Some(Type::Unknown);
                    break;
                }
                Ancestor::Unknown => {}
            }
        }
        let classes = || {
            order.iter().filter_map(|ancestor| match ancestor {
                Ancestor::Class(class) => Some(class),
                _ => None,
            })
        };
        let assigned = || {
            classes().flat_map(|class| {
                let attributes = class.class().map(|class| &class.attributes);
                attributes
                    .and_then(|attributes| attributes.get(name))
                    .into_iter()
                    .flatten()
                    .map(move |bound| (class, bound))
            })
        };
        if classes().any(|class| {
            let bound = class.file.facts.bindings(class.scope, "__getattribute__");
            !bound.is_empty()
        }) {
            return Type::Unknown;
        }
        if assigned().next().is_none() {
            return on_class.unwrap_or(if strict { Type::Unknown } else { Type::Never });
        }
        let annotated = self.declared(order, name);
        if let Some(annotated) = annotated {
            return annotated;
        }
        // A base from outside may have its own attributes, but the assignments are in sight.
        let on_class = on_class.filter(|found| {
            *found != Type::Unknown
                || classes().any(|class| !class.file.facts.bindings(class.scope, name).is_empty())
        });
        let values = assigned().map(|(class, bound)| {
            self.bound(&class.file, class.scope, bound)
                .without_contents()
        });
        Type::join(on_class.into_iter().chain(values))
    }

    /// What an annotation anywhere in a resolution order says about an attribute.
    fn declared(&self, order: &[Ancestor], name: &str) -> Option<Type> {
        order.iter().find_map(|ancestor| {
            let Ancestor::Class(class) = ancestor else {
                return None;
            };
            let body = class.file.facts.bindings(class.scope, name).iter();
            let attributes = class.class().map(|class| &class.attributes);
            let assigned = attributes
                .and_then(|all| all.get(name))
                .into_iter()
                .flatten();
            self.declared_in(order, &class.file, body.chain(assigned))
        })
    }

    /// What an annotation of one of several bindings says, with the type variables that the
    /// classes of a resolution order give a value.
    fn declared_in<'b>(
        &self,
        order: &[Ancestor],
        file: &Arc<File>,
        mut bindings: impl Iterator<Item = &'b Bound>,
    ) -> Option<Type> {
        bindings.find_map(|bound| match &bound.how {
            How::Annotated(annotation, _) => {
                let said = self.annotation(file, bound.scope, annotation);
                if said.is_definite() {
                    return Some(said);
                }
                let said = self.specialized(order, said);
                said.is_definite().then_some(said)
            }
            _ => None,
        })
    }

    /// An attribute as a class body binds it.
    fn in_class_body(
        &self,
        order: &[Ancestor],
        class: &Place,
        bound: &[Bound],
        instance: bool,
    ) -> Type {
        let facts = &class.file.facts;
        if let Some(annotated) = self.declared_in(order, &class.file, bound.iter()) {
            return annotated;
        }
        let accessor = |bound: &&Bound| match bound.how {
            How::Function(scope) => facts.function(scope).is_some_and(|function| {
                function
                    .decorators
                    .iter()
                    .any(|decorator| matches!(decorator.last_name(), Some("setter" | "deleter")))
            }),
            _ => false,
        };
        let values = bound
            .iter()
            .filter(|bound| !bound.type_checking && !accessor(bound) && !is_overload(facts, bound))
            .map(|bound| match bound.how {
                How::Function(scope) => self.method(&class.file, scope, instance),
                // `name: int` without a value binds nothing.
                How::Annotated(_, None) => Type::Never,
                _ => self
                    .bound(&class.file, class.scope, bound)
                    .without_contents(),
            });
        match Type::join(values) {
            Type::Never => Type::Unknown,
            found => found,
        }
    }

    fn method(&self, file: &Arc<File>, scope: ScopeId, instance: bool) -> Type {
        let place = Place::new(file, scope);
        let Some(function) = place.function() else {
            return Type::Unknown;
        };
        let mut decorators = function.decorators.iter().map(|decorator| {
            match self.eval(file, place.parent(), decorator) {
                Type::External(dotted) if library::is_property(&dotted) => Some(true),
                Type::External(dotted) if library::is_transparent_decorator(&dotted) => Some(false),
                Type::Transparent => Some(false),
                _ => None,
            }
        });
        let properties = decorators.try_fold(0, |count, one| Some(count + usize::from(one?)));
        if properties == Some(1) {
            if !instance {
                return Type::Unknown;
            }
            return self
                .call(&Type::Function(place.clone()), &[])
                .without_contents();
        }
        self.decorated(&place)
    }

    /// The classes that, going by names alone, may have another attribute than a class of an
    /// installed package: those of the same package, and those of the project that inherit from one
    /// of these.
    fn below_outside(
        &self,
        place: &Place,
        member: &str,
        own: &[(&Path, &str)],
        outside: &[&str],
    ) -> Vec<(PathBuf, Box<str>)> {
        let Some(class) = place.class().filter(|_| place.file.outside) else {
            return Vec::new();
        };
        let owned = |found: Vec<(&Path, &str)>| -> Vec<(PathBuf, Box<str>)> {
            let found = found.into_iter();
            found
                .map(|(path, name)| (path.to_owned(), name.into()))
                .collect()
        };
        let path = &place.file.path;
        let asked = |class| Deciding {
            class,
            member,
            own,
            outside,
        };
        let sources = &*self.project.sources;
        let (mut found, below) = self.project.with_hierarchy_of_package(path, |package| {
            let words = None;
            let deciding = package.deciding(&asked(&class.name), &Texts { sources, words });
            (owned(deciding), owned(package.below(&class.name)))
        });
        let project = self.project.hierarchy();
        let names: BTreeSet<&str> = below.iter().map(|(_, name)| &**name).collect();
        for name in names {
            let deciding = project.deciding(&asked(name), &self.project.texts());
            found.extend(owned(deciding));
        }
        found
    }

    /// Shows the classes of the project that inherit from a class, directly or not, and for which
    /// an attribute may be another one than for the class itself, until `more` says no.
    fn subclasses(&self, place: &Place, name: &str, more: &mut dyn FnMut(&Place) -> bool) {
        let Some(class) = place.class() else {
            return;
        };
        let mut found = Vec::new();
        let mut visit = |file: &Arc<File>, wanted: Option<&str>| {
            for (at, scope) in file.facts.scopes() {
                let crate::facts::Kind::Class(below) = &scope.kind else {
                    continue;
                };
                if wanted.is_some_and(|wanted| *below.name != *wanted) {
                    continue;
                }
                let below = Place::new(file, ScopeId::at(at));
                if below == *place || found.contains(&below) {
                    continue;
                }
                let order = self.order(&below);
                let inherits = order.contains(&Ancestor::Class(place.clone()));
                // By its name it inherits, but through something that cannot be followed.
                let may = wanted.is_some() && order.contains(&Ancestor::Unknown);
                if inherits || may {
                    if !more(&below) {
                        return false;
                    }
                    found.push(below);
                }
            }
            true
        };
        // The present text of this file may differ from the one on the disk.
        if !visit(&self.here, None) {
            return;
        }
        let order = self.order(place);
        let own: Vec<(&Path, &str)> = order
            .iter()
            .filter_map(|ancestor| match ancestor {
                Ancestor::Class(own) => Some((&*own.file.path, &*own.class()?.name)),
                Ancestor::External(_) | Ancestor::Unknown => None,
            })
            .collect();
        let outside = library::classes_with(name);
        let hierarchy = self.project.hierarchy();
        let asked = Deciding {
            class: &class.name,
            member: name,
            own: &own,
            outside: &outside,
        };
        for (path, name) in hierarchy.deciding(&asked, &self.project.texts()) {
            if *path != self.here.path
                && let Some(file) = self.file(path)
                && !visit(&file, Some(name))
            {
                return;
            }
        }
        for (path, name) in self.below_outside(place, name, &own, &outside) {
            if let Some(file) = self.file(&path)
                && !visit(&file, Some(&name))
            {
                return;
            }
        }
    }
}
