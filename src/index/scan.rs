//! One look at the text of every file of the project, without parsing: which class names have
//! which bases, and which attributes somebody assigns on other objects.

mod lines;

use super::words::{Collector, Words};
use crate::project::Sources;
use lines::{Found, Reader, hash, place};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Names only: what a question about overrides has to look at.
#[derive(Debug, Default)]
pub(super) struct Hierarchy {
    files: Vec<PathBuf>,
    classes: Vec<Class>,
    /// From the last name of a base to the classes and aliases that name it.
    below: FxHashMap<Box<str>, Vec<Below>>,
    /// Which classes may define which names, by the hash of the name.
    defined: Vec<(u32, u32)>,
    /// The files that assign an attribute on another object than `self`; none for a name that
    /// some file assigns by a string.
    replaced: FxHashMap<Box<str>, Option<Vec<usize>>>,
}

#[derive(Debug)]
struct Class {
    file: usize,
    name: Box<str>,
}

/// Names with what they are other names of.
type Aliases = FxHashMap<Box<str>, Vec<Box<str>>>;

#[derive(Debug)]
enum Below {
    /// A class, by its place.
    Class(u32),
    /// Another name.
    Alias(Box<str>),
}

/// What the texts of a project say about classes and have for names, shown one by one, from any
/// thread and in any order.
#[derive(Debug, Default)]
pub struct Survey {
    classes: Classes,
    words: Collector,
}

impl Survey {
    /// Looks at the text of a file.
    pub fn look(&self, path: PathBuf, text: &str) {
        self.classes.look(&path, text);
        self.words.look(path, text);
    }

    pub(super) fn finish(self) -> (Classes, Words) {
        (self.classes, self.words.finish())
    }
}

/// What the texts say about classes.
#[derive(Debug, Default)]
pub(super) struct Classes(Mutex<(Hierarchy, Aliases)>);

impl Classes {
    fn look(&self, path: &Path, text: &str) {
        let here = Reader::read(text);
        if here.is_empty() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (hierarchy, aliases) = &mut *all;
        hierarchy.add(path.to_owned(), here, aliases);
    }

    pub(super) fn finish(self) -> Hierarchy {
        let all = self.0.into_inner();
        let (mut hierarchy, aliases) = all.unwrap_or_else(PoisonError::into_inner);
        hierarchy.defined.sort_unstable();
        hierarchy.defined.shrink_to_fit();
        hierarchy.add_aliases(&aliases);
        hierarchy
    }
}

/// The value of a key, put there first if it is missing.
fn entry<'m, V: Default>(map: &'m mut FxHashMap<Box<str>, V>, key: &str) -> &'m mut V {
    if !map.contains_key(key) {
        map.insert(key.into(), V::default());
    }
    map.get_mut(key).expect("it was just put there")
}

impl Hierarchy {
    pub(super) fn of(sources: &dyn Sources) -> Self {
        let classes = Classes::default();
        sources.each(&|path, text| classes.look(path, text));
        classes.finish()
    }

    /// Files come in any order; what depends on it does not leave this module.
    fn add(&mut self, path: PathBuf, found: Found<'_>, aliases: &mut Aliases) {
        let file = self.files.len();
        let first = place(self.classes.len());
        if !found.classes.is_empty() || !found.replaced.is_empty() {
            self.files.push(path);
        }
        for (name, bases) in found.classes {
            let class = place(self.classes.len());
            let name = name.into();
            self.classes.push(Class { file, name });
            for base in bases {
                entry(&mut self.below, base).push(Below::Class(class));
            }
        }
        for (name, base) in found.aliases {
            let bases = entry(aliases, name);
            if !bases.iter().any(|known| **known == *base) {
                bases.push(base.into());
            }
        }
        let defined = found.defined.into_iter();
        self.defined
            .extend(defined.map(|(name, class)| (name, first + class)));
        for (name, by_string) in found.replaced {
            match self.replaced.get_mut(name) {
                Some(Some(files)) if !by_string => files.push(file),
                Some(files) => *files = None,
                None => {
                    let files = (!by_string).then(|| vec![file]);
                    self.replaced.insert(name.into(), files);
                }
            }
        }
    }

    /// Keeps the other names of classes that lead to a base of some class.
    fn add_aliases(&mut self, aliases: &Aliases) {
        let mut pending: Vec<Box<str>> = self.below.keys().cloned().collect();
        let mut seen: FxHashSet<Box<str>> = pending.iter().cloned().collect();
        while let Some(name) = pending.pop() {
            for base in aliases.get(&name).into_iter().flatten() {
                if *base == name {
                    continue;
                }
                let below = self.below.entry(base.clone()).or_default();
                below.push(Below::Alias(name.clone()));
                if seen.insert(base.clone()) {
                    pending.push(base.clone());
                }
            }
        }
    }

    /// The files that assign an attribute of this name on another object than `self`, sorted;
    /// nothing when one does so by a string.
    pub(super) fn replacing(&self, name: &str) -> Option<Vec<&Path>> {
        let Some(files) = self.replaced.get(name) else {
            return Some(Vec::new());
        };
        let files = files.as_ref()?.iter();
        let mut files: Vec<&Path> = files.map(|file| self.files[*file].as_path()).collect();
        files.sort_unstable();
        Some(files)
    }

    /// Whether, going by names alone, a class may inherit from both of two others.
    pub(super) fn meet(&self, one: &str, other: &str) -> bool {
        let below = self.inheriting(vec![one]);
        !below.is_empty() && !below.is_disjoint(&self.inheriting(vec![other]))
    }

    /// The classes that, going by names alone, may inherit from a class with this name.
    pub(super) fn below(&self, name: &str) -> Vec<(&Path, &str)> {
        self.spelled(self.inheriting(vec![name]))
    }

    /// The same classes by sorted numbers, which [`Hierarchy::class`] tells.
    pub(super) fn numbers_below(&self, name: &str) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.inheriting(vec![name]).into_iter().collect();
        numbers.sort_unstable();
        numbers
    }

    /// A class by its number: its file and its name.
    pub(super) fn class(&self, number: u32) -> (&Path, &str) {
        let class = &self.classes[number as usize];
        (self.files[class.file].as_path(), &*class.name)
    }

    /// Those of the classes below a class for which a member may be another one than for the
    /// class itself: they define it, or inherit from somebody who does. `own` are the classes
    /// whose definitions the class itself has, `outside` names of classes from outside that
    /// define the member.
    pub(super) fn deciding(
        &self,
        name: &str,
        member: &str,
        own: &[(&Path, &str)],
        outside: &[&str],
    ) -> Vec<(&Path, &str)> {
        let is_own = |class: &Class| {
            own.iter().any(|(path, name)| {
                *name == &*class.name && *path == self.files[class.file].as_path()
            })
        };
        let mut definers: FxHashSet<u32> = FxHashSet::default();
        for name in [member, "__getattribute__"] {
            let hash = hash(name);
            let from = self.defined.partition_point(|(other, _)| *other < hash);
            let same = self.defined[from..]
                .iter()
                .take_while(|(other, _)| *other == hash);
            definers.extend(
                same.map(|(_, class)| *class)
                    .filter(|class| !is_own(&self.classes[*class as usize])),
            );
        }
        let names = definers
            .iter()
            .map(|class| &*self.classes[*class as usize].name);
        let names = names.chain(outside.iter().copied()).collect();
        let mut below = self.inheriting(vec![name]);
        let reached = self.inheriting(names);
        below.retain(|class| definers.contains(class) || reached.contains(class));
        self.spelled(below)
    }

    /// The classes that may inherit from one with one of the names.
    fn inheriting<'h>(&'h self, mut pending: Vec<&'h str>) -> FxHashSet<u32> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut found = FxHashSet::default();
        while let Some(base) = pending.pop() {
            if !seen.insert(base) {
                continue;
            }
            for below in self.below.get(base).into_iter().flatten() {
                match below {
                    Below::Class(class) => {
                        found.insert(*class);
                        pending.push(&self.classes[*class as usize].name);
                    }
                    Below::Alias(name) => pending.push(name),
                }
            }
        }
        found
    }

    fn spelled(&self, classes: FxHashSet<u32>) -> Vec<(&Path, &str)> {
        let classes = classes
            .into_iter()
            .map(|class| &self.classes[class as usize]);
        let mut found: Vec<(&Path, &str)> = classes
            .map(|class| (self.files[class.file].as_path(), &*class.name))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether a text has a class with a base that is `BaseException` or `GeneratorExit`, or raises one
/// of them. Comments and strings may count, too.
pub(super) fn makes_base_exceptions(text: &str) -> bool {
    let names = |code: &str| {
        code.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| matches!(word, "BaseException" | "GeneratorExit"))
    };
    if !names(text) {
        return false;
    }
    let classes = text.match_indices("class ").any(|(at, _)| {
        let rest = &text[at..];
        let head = rest.split_once('(').map_or("", |(name, bases)| {
            if name.contains(['\n', ':']) {
                ""
            } else {
                bases.split(')').next().unwrap_or_default()
            }
        });
        names(head)
    });
    classes
        || text.match_indices("raise ").any(|(at, word)| {
            let raised = text[at + word.len()..].trim_start();
            let end = raised.find(|c: char| !c.is_alphanumeric() && c != '_');
            names(&raised[..end.unwrap_or(raised.len())])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decides_about_a_member() {
        let sources = crate::project::MemorySources::new([(
            "/p/a.py",
            "
class A:
    def f(self): ...
class B(A): ...
class C(B):
    def f(self): ...
class D(C): ...
class Mixin:
    def f(self): ...
class E(Mixin, B): ...
class G(A): ...
class H(A, Queue): ...
",
        )]);
        let hierarchy = Hierarchy::of(&sources);
        let own = [(Path::new("/p/a.py"), "A")];
        let names = |member: &str, outside: &[&str]| {
            let found = hierarchy.deciding("A", member, &own, outside);
            let names: Vec<&str> = found.into_iter().map(|(_, name)| name).collect();
            names.join(" ")
        };
        assert_eq!(names("f", &[]), "C D E");
        assert_eq!(names("f", &["Queue"]), "C D E H");
        assert_eq!(names("g", &[]), "");
    }
}
