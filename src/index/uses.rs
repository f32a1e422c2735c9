//! Who uses a function: every place of the project where it is, or may be, meant.
//!
//! One look at all texts finds the files that contain the name; only they are parsed. What a
//! mention stands for is asked of the [`Evaluator`](super::Evaluator). A mention that can be proved to mean something
//! else is left out; one of which nothing is known is reported as [`Certainty::Unknown`].

mod bases;
mod judge;
mod meaning;
mod mentions;
mod search;
#[cfg(test)]
mod tests;

use super::classes::Ancestor;
use super::{File, Place, modules};
use crate::facts::Facts;
use crate::project::Project;
use crate::syntax::{Module, PythonVersion, ScopeId, TextRange, Tree};
use aho_corasick::AhoCorasick;
use mentions::Mentions;
use search::Search;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A function definition in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// The file.
    pub path: PathBuf,
    /// The scope that the function opens.
    pub scope: ScopeId,
}

/// Where a function is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    /// The function that was asked about.
    pub function: Definition,
    /// By file and place.
    pub uses: Vec<Use>,
    /// For a method: the classes from outside the project that its class inherits from, sorted;
    /// of those that are installed only the ones that may call it.
    pub outside: Vec<Box<str>>,
    /// For a method: of some base of its class nothing is known.
    pub unknown_base: bool,
    /// For a method: its class is a `typing.Protocol`.
    pub protocol: bool,
}

/// One place where a function is, or may be, meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The file.
    pub path: PathBuf,
    /// The callee or name expression; the alias of an import; the string; the name in a `def`.
    pub range: TextRange,
    /// The scope in which it is evaluated.
    pub scope: ScopeId,
    /// What is done with the function there.
    pub role: Role,
    /// Whether it is this function.
    pub certainty: Certainty,
    /// What else of the project it may be, sorted.
    pub others: Vec<Definition>,
}

/// What is done with a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// It is called.
    Call {
        /// The whole call.
        call: TextRange,
        /// Directly below an `await`.
        awaited: bool,
    },
    /// `super().f(…)`.
    Super {
        /// The whole call.
        call: TextRange,
        /// Directly below an `await`.
        awaited: bool,
    },
    /// The attribute of a property is read, which runs the function.
    Property {
        /// Directly below an `await`.
        awaited: bool,
    },
    /// `@f` or `@f(…)`.
    Decorator,
    /// It is read as a value: an argument, assigned, returned, stored, compared.
    Value,
    /// Its name or attribute is assigned or deleted.
    Store,
    /// `from m import f`.
    Import,
    /// A definition of the same name in a subclass or superclass.
    Override(Definition),
    /// The same function in the stub beside the module.
    Stub,
    /// A name in a string: `"pkg.mod.f"`, `getattr(x, "f")`, `__all__`.
    String,
}

/// Whether a function is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// This one and nothing else.
    Exact,
    /// One of several things that are all known.
    OneOf,
    /// Nobody knows; it cannot be ruled out.
    Unknown,
}

/// Shows the tree of a file, if it can be parsed.
type Parsed<'p> = &'p dyn Fn(&Path, &mut dyn FnMut(&Tree<'_>));

/// The files that contain some names, once they are known.
pub(super) type SeenFiles = Arc<OnceLock<Arc<[Seen]>>>;

/// How many searches are remembered.
const MAX_SEARCHES: usize = 32;

/// A file that contains a wanted name.
pub(super) struct Seen {
    file: Arc<File>,
    mentions: Mentions,
}

/// The names that a search looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Those of functions, in any place.
    functions: BTreeSet<Box<str>>,
    /// Those of modules, where the module is used as a value.
    modules: BTreeSet<Box<str>>,
}

impl Wanted {
    fn all(&self) -> BTreeSet<Box<str>> {
        self.functions.union(&self.modules).cloned().collect()
    }
}

/// A function that is asked about.
struct Target {
    definition: Definition,
    place: Place,
    name: Box<str>,
    kind: TargetKind,
    is_property: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TargetKind {
    Module,
    /// In the class with this scope.
    Method(ScopeId),
    /// In another function.
    Inner,
}

impl Project {
    /// Where functions are used in the whole project, tests included. Without a folder of the
    /// project only the files of the functions themselves are looked at.
    pub fn uses_of(&self, functions: &[Definition]) -> Vec<Uses> {
        self.uses(functions, None)
    }

    /// Where functions are used in the files that define them, some of which are parsed already.
    pub(super) fn uses_in_own_files(
        &self,
        functions: &[Definition],
        parsed: Parsed<'_>,
    ) -> Vec<Uses> {
        self.uses(functions, Some(parsed))
    }

    fn uses(&self, functions: &[Definition], parsed: Option<Parsed<'_>>) -> Vec<Uses> {
        let targets: Vec<Option<Target>> = functions
            .iter()
            .map(|function| self.target(function))
            .collect();
        let files = self.files_with(&targets, parsed);
        let search = Search::new(self, &files, targets.iter().flatten());
        let found = search.uses(&files, &targets, parsed);
        let all = functions.iter().zip(&targets).zip(found);
        all.map(|((function, target), mut uses)| {
            let mut outside = BTreeSet::new();
            let mut unknown_base = false;
            let protocol = target
                .as_ref()
                .is_some_and(|target| search.of_protocol(target));
            if let Some(target) = target {
                if parsed.is_none() {
                    uses.extend(search.overrides(target));
                }
                uses.extend(self.stub(target));
                let order = search.order_of(target);
                search.callers_above(&order, &target.name, &mut outside);
                for ancestor in order.iter() {
                    match ancestor {
                        Ancestor::External(dotted) if !meaning::is_marker(dotted) => {
                            outside.insert(dotted.clone());
                        }
                        Ancestor::Unknown => unknown_base = true,
                        Ancestor::External(_) | Ancestor::Class(_) => {}
                    }
                }
            }
            uses.sort_by(|a, b| {
                let range = |one: &Use| (one.range.start(), one.range.end());
                (&a.path, range(a)).cmp(&(&b.path, range(b)))
            });
            uses.dedup();
            Uses {
                function: function.clone(),
                uses,
                outside: outside.into_iter().collect(),
                unknown_base,
                protocol,
            }
        })
        .collect()
    }

    fn target(&self, definition: &Definition) -> Option<Target> {
        let file = self.facts_of(&self.sources.absolute(&definition.path))?;
        let place = Place::new(&file, definition.scope);
        let function = place.function()?;
        let parent = place.parent();
        let kind = if parent == ScopeId::MODULE {
            TargetKind::Module
        } else if file.facts.class(parent).is_some() {
            TargetKind::Method(parent)
        } else {
            TargetKind::Inner
        };
        let is_property = kind != TargetKind::Module
            && function.decorators.iter().any(|decorator| {
                decorator.last_name().is_some_and(|name| {
                    matches!(name, "property" | "getter" | "setter" | "deleter")
                        || name.ends_with("_property")
                        || name == "abstractproperty"
                })
            });
        Some(Target {
            definition: Definition {
                path: file.path.clone(),
                scope: definition.scope,
            },
            name: function.name.clone(),
            kind,
            is_property,
            place,
        })
    }

    /// The files that contain the name of a function, parsed, in order. Names under which a
    /// function is imported elsewhere are looked for as well.
    fn files_with(&self, targets: &[Option<Target>], parsed: Option<Parsed<'_>>) -> Arc<[Seen]> {
        let functions = targets.iter().flatten();
        let names = Wanted {
            functions: functions.map(|target| target.name.clone()).collect(),
            modules: BTreeSet::new(),
        };
        let own: BTreeSet<PathBuf> = targets
            .iter()
            .flatten()
            .map(|target| target.definition.path.clone())
            .collect();
        if parsed.is_some() {
            return self.files_naming(names, &own, parsed);
        }
        // Methods of one name are often asked about one after the other.
        let known = {
            let all = self.index.seen.lock();
            let mut all = all.unwrap_or_else(PoisonError::into_inner);
            let known = all.iter().position(|(other, _)| *other == names);
            let known = known.map(|at| all.remove(at));
            let known = known.unwrap_or_else(|| (names.clone(), SeenFiles::default()));
            all.truncate(MAX_SEARCHES);
            all.insert(0, known);
            Arc::clone(&all[0].1)
        };
        let files = known.get_or_init(|| self.files_naming(names.clone(), &own, None));
        let has = |path: &PathBuf| files.iter().any(|seen| seen.file.path == *path);
        if own.iter().all(has) {
            Arc::clone(files)
        } else {
            self.files_naming(names, &own, None)
        }
    }

    fn files_naming(
        &self,
        mut names: Wanted,
        own: &BTreeSet<PathBuf>,
        parsed: Option<Parsed<'_>>,
    ) -> Arc<[Seen]> {
        let mut found: BTreeMap<PathBuf, Seen> = BTreeMap::new();
        // The names that were not looked for yet.
        let mut new = names.clone();
        loop {
            let wanted = names.all();
            if let Some(parsed) = parsed {
                for path in own {
                    parsed(path, &mut |tree| {
                        let seen = self.seen(path, tree, &wanted);
                        found.extend(seen.map(|seen| (path.clone(), seen)));
                    });
                }
            } else {
                let texts = self.texts_with(&new, own);
                let seen = self.in_parallel(texts.len(), |at| {
                    let (path, text) = &texts[at];
                    let module = Module::parse(text, PythonVersion::latest()).ok()?;
                    self.seen(path, &Tree::new(&module), &wanted)
                });
                let paths = texts.into_iter().map(|(path, _)| path);
                let seen = paths.zip(seen);
                found.extend(seen.filter_map(|(path, seen)| Some((path, seen?))));
            }
            let aliases = found.values().flat_map(|file| &file.mentions.aliases);
            let is_new =
                |alias: &str| !names.functions.contains(alias) && !names.modules.contains(alias);
            let aliases: BTreeSet<Box<str>> =
                aliases.filter(|alias| is_new(alias)).cloned().collect();
            if aliases.is_empty() {
                return found.into_values().collect();
            }
            names.functions.extend(aliases.iter().cloned());
            new = Wanted {
                functions: aliases,
                modules: BTreeSet::new(),
            };
        }
    }

    fn texts_with(&self, names: &Wanted, own: &BTreeSet<PathBuf>) -> Vec<(PathBuf, String)> {
        let functions = &names.functions;
        let Ok(searcher) = AhoCorasick::new(functions.iter().map(|name| name.as_bytes())) else {
            return Vec::new();
        };
        let only = functions.first().filter(|_| functions.len() == 1);
        let only = only.map(|name| &**name);
        let has = |text: &str| {
            let mut modules = names.modules.difference(functions);
            has_word(&searcher, only, text)
                || modules.any(|name| mentions::may_be_value(text, name))
        };
        let found = Mutex::new(Vec::new());
        let look = |path: &Path, text: &str| {
            let path = modules::lexical(path);
            if !own.contains(&*path) && has(text) {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push((path.into_owned(), text.to_owned()));
            }
        };
        self.each_naming(names.all().iter().map(|name| &**name), &look);
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let texts = own.iter().filter_map(|path| {
            let text = self.sources.text(path)?;
            Some((path.clone(), text))
        });
        found.extend(texts);
        found.sort_unstable();
        found
    }

    fn seen(&self, path: &Path, tree: &Tree<'_>, names: &BTreeSet<Box<str>>) -> Option<Seen> {
        let mentions = mentions::of(tree, names);
        let file = self.remembered(path, || Facts::of(tree))?;
        Some(Seen { file, mentions })
    }

    /// The function in the `.pyi` file beside its module.
    fn stub(&self, target: &Target) -> Vec<Use> {
        let path = target.definition.path.with_extension("pyi");
        let Some(text) = self.sources.text(&path) else {
            return Vec::new();
        };
        let Ok(module) = Module::parse(&text, PythonVersion::latest()) else {
            return Vec::new();
        };
        let tree = Tree::new(&module);
        let wanted = target.place.file.facts.qualified(target.place.scope);
        let facts = Facts::of(&tree);
        let scopes = facts.functions_called(&wanted).into_iter();
        scopes
            .filter_map(|scope| {
                Some(Use {
                    path: path.clone(),
                    range: mentions::name_of_definition(&tree, scope)?,
                    scope: facts.scope(scope).parent,
                    role: Role::Stub,
                    certainty: Certainty::Exact,
                    others: Vec::new(),
                })
            })
            .collect()
    }
}

/// Whether a text contains one of the names as a whole word.
fn has_word(searcher: &AhoCorasick, only: Option<&str>, text: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let is_whole = |start: usize, end: usize| {
        !part(text[..start].chars().next_back()) && !part(text[end..].chars().next())
    };
    match only {
        Some(name) => memchr::memmem::find_iter(text.as_bytes(), name)
            .any(|start| is_whole(start, start + name.len())),
        None => searcher
            .find_overlapping_iter(text)
            .any(|found| is_whole(found.start(), found.end())),
    }
}
