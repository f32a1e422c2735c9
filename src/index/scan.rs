//! One look at the text of every file of the project, without parsing: which class names have
//! which bases, and which attributes somebody assigns on other objects.

mod lines;

use super::names::{Read, Readers};
use super::words::{Collector, Words};
use crate::project::Sources;
use lines::{Found, Members, Reader, place};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Names only: what a question about overrides has to look at.
#[derive(Debug, Default)]
pub(super) struct Hierarchy {
    files: Vec<File>,
    classes: Vec<Class>,
    /// The places of the names of classes and bases in `names`.
    places: FxHashMap<Arc<str>, u32>,
    names: Vec<Name>,
    lists: Lists,
    /// The files that assign an attribute on another object than `self`; none for a name that
    /// some file assigns by a string.
    replaced: FxHashMap<Box<str>, Option<Vec<u32>>>,
}

#[derive(Debug)]
struct File {
    path: Arc<Path>,
    /// The first of its classes.
    first: u32,
    /// What its classes define; nothing when it cannot be read any more.
    members: OnceLock<Option<Members>>,
}

#[derive(Debug)]
struct Class {
    file: u32,
    name: u32,
    bases: Box<[u32]>,
}

/// A name that some class or base has.
#[derive(Debug)]
struct Name {
    spelled: Arc<str>,
    classes: List,
    /// The classes that have it as a base.
    below: List,
    /// Other names for it.
    aliases: List,
    /// What it is another name for.
    originals: List,
}

/// Numbers in [`Lists`]: the place of the last one, from one on. Most have one, or none.
#[derive(Debug, Default, Clone, Copy)]
struct List(u32);

/// Lists of numbers: each number with the list of those before it.
#[derive(Debug, Default)]
struct Lists(Vec<(u32, List)>);

impl Lists {
    fn push(&mut self, list: &mut List, number: u32) {
        self.0.push((number, *list));
        *list = List(place(self.0.len()));
    }

    /// The numbers of a list, the last one first.
    fn of(&self, mut list: List) -> impl Iterator<Item = u32> {
        std::iter::from_fn(move || {
            let (number, before) = self.0[(list.0 as usize).checked_sub(1)?];
            list = before;
            Some(number)
        })
    }
}

/// Names with what they are other names of.
type Aliases = FxHashMap<Box<str>, Vec<Box<str>>>;

/// Where the texts of a hierarchy are read again.
pub(super) struct Texts<'s> {
    pub(super) sources: &'s dyn Sources,
    /// Whether a name may stand in a file, where that is known.
    pub(super) words: Option<&'s Words>,
}

/// What decides about a member: see [`Hierarchy::deciding`].
pub(super) struct Deciding<'q> {
    /// The name of the class that is asked about, and that of the member.
    pub(super) class: &'q str,
    pub(super) member: &'q str,
    /// The classes whose definitions the class itself has.
    pub(super) own: &'q [(&'q Path, &'q str)],
    /// Names of classes from outside that define the member.
    pub(super) outside: &'q [&'q str],
}

/// What the texts of a project say about classes and have for names, shown one by one, from any
/// thread and in any order.
#[derive(Debug, Default)]
pub struct Survey {
    readers: Readers,
    classes: Classes,
    words: Collector,
}

impl Survey {
    /// Looks at the text of a file.
    pub fn look(&self, path: &Path, text: &str) {
        let path: Arc<Path> = path.into();
        self.readers.read(text, |read| {
            self.classes.look(&path, text, read);
            self.words.look(path, text, read);
        });
    }

    pub(super) fn finish(self) -> (Classes, Words) {
        (self.classes, self.words.finish())
    }
}

/// What the texts say about classes.
#[derive(Debug, Default)]
pub(super) struct Classes(Mutex<(Hierarchy, Aliases)>);

impl Classes {
    fn look(&self, path: &Arc<Path>, text: &str, read: &Read) {
        let here = Reader::read(text, read);
        if here.is_empty() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (hierarchy, aliases) = &mut *all;
        hierarchy.add(path, here, aliases);
    }

    pub(super) fn finish(self) -> Hierarchy {
        let all = self.0.into_inner();
        let (mut hierarchy, aliases) = all.unwrap_or_else(PoisonError::into_inner);
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
        let (readers, classes) = (Readers::default(), Classes::default());
        sources
            .each(&|path, text| readers.read(text, |read| classes.look(&path.into(), text, read)));
        classes.finish()
    }

    /// Files come in any order; what depends on it does not leave this module.
    fn add(&mut self, path: &Arc<Path>, found: Found<'_>, aliases: &mut Aliases) {
        let file = place(self.files.len());
        if !found.classes.is_empty() || !found.replaced.is_empty() {
            self.files.push(File {
                path: Arc::clone(path),
                first: place(self.classes.len()),
                members: OnceLock::new(),
            });
        }
        for (name, bases) in found.classes {
            let class = place(self.classes.len());
            let name = self.place(name);
            self.lists
                .push(&mut self.names[name as usize].classes, class);
            let bases: Box<[u32]> = bases.into_iter().map(|base| self.place(base)).collect();
            for base in &bases {
                self.lists
                    .push(&mut self.names[*base as usize].below, class);
            }
            self.classes.push(Class { file, name, bases });
        }
        for (name, base) in found.aliases {
            let bases = entry(aliases, name);
            if !bases.iter().any(|known| **known == *base) {
                bases.push(base.into());
            }
        }
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

    /// The place of a name, which gets one if it has none.
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let new = place(self.names.len());
        let spelled: Arc<str> = name.into();
        self.places.insert(Arc::clone(&spelled), new);
        self.names.push(Name {
            spelled,
            classes: List::default(),
            below: List::default(),
            aliases: List::default(),
            originals: List::default(),
        });
        new
    }

    /// Keeps the other names of classes that lead to a base of some class.
    fn add_aliases(&mut self, aliases: &Aliases) {
        let bases = self.names.iter().filter(|name| name.below.0 > 0);
        let mut pending: Vec<Box<str>> = bases.map(|name| (*name.spelled).into()).collect();
        let mut seen: FxHashSet<Box<str>> = pending.iter().cloned().collect();
        while let Some(name) = pending.pop() {
            for base in aliases.get(&name).into_iter().flatten() {
                if *base == name {
                    continue;
                }
                let (other, original) = (self.place(&name), self.place(base));
                let names = &mut self.names;
                self.lists
                    .push(&mut names[original as usize].aliases, other);
                self.lists
                    .push(&mut names[other as usize].originals, original);
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
        let mut files: Vec<&Path> = files
            .map(|file| &*self.files[*file as usize].path)
            .collect();
        files.sort_unstable();
        Some(files)
    }

    /// Whether, going by names alone, a class may inherit from both of two others.
    pub(super) fn meet(&self, one: &str, other: &str) -> bool {
        let below = self.inheriting([one]);
        !below.is_empty() && !below.is_disjoint(&self.inheriting([other]))
    }

    /// The classes that, going by names alone, may inherit from a class with this name.
    pub(super) fn below(&self, name: &str) -> Vec<(&Path, &str)> {
        self.spelled(self.inheriting([name]))
    }

    /// The same classes by sorted numbers, which [`Hierarchy::class`] tells.
    pub(super) fn numbers_below(&self, name: &str) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.inheriting([name]).into_iter().collect();
        numbers.sort_unstable();
        numbers
    }

    /// A class by its number: its file and its name.
    pub(super) fn class(&self, number: u32) -> (&Path, &str) {
        let class = &self.classes[number as usize];
        let name = &self.names[class.name as usize].spelled;
        (&self.files[class.file as usize].path, name)
    }

    /// Those of the classes below a class for which a member may be another one than for the
    /// class itself: they define it, or inherit from somebody who does. Only files with a class
    /// that may be above one of these are read.
    pub(super) fn deciding(&self, asked: &Deciding<'_>, texts: &Texts<'_>) -> Vec<(&Path, &str)> {
        let mut below = self.inheriting([asked.class]);
        if below.is_empty() {
            return Vec::new();
        }
        let mut definers = self.above(&below);
        definers.retain(|number| {
            let class = self.class(*number);
            !asked.own.contains(&class) && self.may_define(*number, asked.member, texts)
        });
        let names = definers.iter().map(|class| self.class(*class).1);
        let reached = self.inheriting(names.chain(asked.outside.iter().copied()));
        below.retain(|class| definers.contains(class) || reached.contains(class));
        self.spelled(below)
    }

    /// Whether a class may define a member, or answer for every one.
    fn may_define(&self, number: u32, member: &str, texts: &Texts<'_>) -> bool {
        let class = &self.classes[number as usize];
        let file = &self.files[class.file as usize];
        let may_have = |name: &&str| {
            let words = texts.words;
            words.is_none_or(|words| words.may_have(&file.path, name))
        };
        let names = [member, "__getattribute__"];
        let mut names = names.iter().filter(|name| may_have(name)).peekable();
        if names.peek().is_none() {
            return false;
        }
        let members = file.members.get_or_init(|| {
            let text = texts.sources.text(&file.path)?;
            Some(Members::of(&text))
        });
        let Some(members) = members else {
            return true;
        };
        names.any(|name| members.may_define(number - file.first, name))
    }

    /// Some classes, and those that one of them may inherit from.
    fn above(&self, classes: &FxHashSet<u32>) -> FxHashSet<u32> {
        let mut found = classes.clone();
        let mut seen = FxHashSet::default();
        let bases = |class: &u32| self.classes[*class as usize].bases.iter().copied();
        let mut pending: Vec<u32> = classes.iter().flat_map(bases).collect();
        while let Some(name) = pending.pop() {
            if seen.insert(name) {
                let name = &self.names[name as usize];
                pending.extend(self.lists.of(name.originals));
                for class in self.lists.of(name.classes) {
                    if found.insert(class) {
                        pending.extend(bases(&class));
                    }
                }
            }
        }
        found
    }

    /// The classes that may inherit from one with one of the names.
    fn inheriting<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> FxHashSet<u32> {
        let mut seen = FxHashSet::default();
        let mut found = FxHashSet::default();
        let places = names.into_iter().filter_map(|name| self.places.get(name));
        let mut pending: Vec<u32> = places.copied().collect();
        while let Some(base) = pending.pop() {
            if seen.insert(base) {
                let base = &self.names[base as usize];
                pending.extend(self.lists.of(base.aliases));
                for class in self.lists.of(base.below) {
                    found.insert(class);
                    pending.push(self.classes[class as usize].name);
                }
            }
        }
        found
    }

    fn spelled(&self, classes: FxHashSet<u32>) -> Vec<(&Path, &str)> {
        let mut found: Vec<(&Path, &str)> =
            classes.into_iter().map(|class| self.class(class)).collect();
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
            let asked = Deciding {
                class: "A",
                member,
                own: &own,
                outside,
            };
            let texts = Texts {
                sources: &sources,
                words: None,
            };
            let found = hierarchy.deciding(&asked, &texts);
            let names: Vec<&str> = found.into_iter().map(|(_, name)| name).collect();
            names.join(" ")
        };
        assert_eq!(names("f", &[]), "C D E");
        assert_eq!(names("f", &["Queue"]), "C D E H");
        assert_eq!(names("g", &[]), "");
    }
}
