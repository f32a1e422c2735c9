//! Attributes that code assigns on objects from outside of their classes: `thing.name = value`.

use super::classes::Ancestor;
use super::scan::Hierarchy;
use super::{Evaluator, File, Place, Type};
use crate::facts::{Foreign, How, Term};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More assignments to one name than this say nothing.
const MANY: usize = 200;

impl Evaluator<'_> {
    /// What is assigned to an attribute of objects of a class from outside; nothing when nobody
    /// does.
    pub(super) fn stored(&self, place: &Place, name: &str) -> Option<Type> {
        let Some(_guard) = self.enter() else {
            return Some(Type::Unknown);
        };
        let Some(paths) = self.project.hierarchy().replacing(name) else {
            return Some(Type::Unknown);
        };
        let mut paths: Vec<PathBuf> = paths.into_iter().map(Path::to_owned).collect();
        if place.file.outside {
            let of_package = |package: &Hierarchy| {
                let paths = package.replacing(name)?.into_iter();
                Some(paths.map(Path::to_owned).collect::<Vec<_>>())
            };
            match (self.project).with_hierarchy_of_package(&place.file.path, of_package) {
                Some(more) => paths.extend(more),
                None => return Some(Type::Unknown),
            }
        }
        // The present text of this file may differ from the one on the disk.
        let others = paths.iter().filter(|path| **path != self.here.path);
        let files = std::iter::once(Arc::clone(&self.here))
            .chain(others.filter_map(|path| self.file(path)));
        let mut found = Vec::new();
        let mut count = 0;
        for file in files {
            let stores = file.facts.foreign.iter();
            for store in stores.filter(|store| *store.name == *name) {
                count += 1;
                if count > MANY {
                    return Some(Type::Unknown);
                }
                if is_mock(&store.value.how) || !self.concerns(&file, store, place) {
                    continue;
                }
                let value = self.bound(&file, store.value.scope, &store.value);
                if value == Type::Unknown {
                    return Some(Type::Unknown);
                }
                found.push(value.without_contents());
            }
        }
        (!found.is_empty()).then(|| Type::join(found))
    }

    /// Whether the object of an assignment may be one of a class.
    fn concerns(&self, file: &Arc<File>, store: &Foreign, place: &Place) -> bool {
        let receiver = self.eval(file, store.scope, &store.receiver);
        self.may_be(&receiver.map(|one| self.refined(one)), place)
    }

    fn may_be(&self, value: &Type, place: &Place) -> bool {
        match value {
            Type::OneOf(parts) => parts.iter().any(|part| self.may_be(part, place)),
            Type::Variable(_, _, bound) => self.may_be(bound, place),
            Type::Instance(other, _) | Type::Class(other, _) => {
                let above = |below: &Place, above: &Place| {
                    let order = self.order(below);
                    order.contains(&Ancestor::Class(above.clone()))
                        || order.contains(&Ancestor::Unknown)
                };
                let meet = || match (other.class(), place.class()) {
                    (Some(one), Some(other)) => {
                        self.project.hierarchy().meet(&one.name, &other.name)
                    }
                    _ => true,
                };
                above(other, place) || above(place, other) || meet()
            }
            Type::ExternalInstance(dotted) => self
                .order(place)
                .iter()
                .any(|ancestor| matches!(ancestor, Ancestor::External(base) if base == dotted)),
            Type::Unknown | Type::Never | Type::None | Type::Super(_) => true,
            _ => false,
        }
    }
}

/// `AsyncMock()`, which is called and awaited like what it replaces.
fn is_mock(how: &How) -> bool {
    match how {
        How::Value(Term::Call(callee, _)) => {
            matches!(callee.last_name(), Some("AsyncMock" | "CoroutineMock"))
        }
        _ => false,
    }
}
