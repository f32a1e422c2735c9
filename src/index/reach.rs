//! What may run while a test replaces a function.
//!
//! A test that replaces `asyncio.wait_for` and puts it back at its end can only be deceived about
//! code that runs during the test. What runs is found by names, so that too much is found rather
//! than too little: everything that the test names, and everything that is named in that, and so on.
//!
//! - A function runs when its name stands anywhere in code that runs: where it is called, read as a
//!   value, or in a string. A method runs only when its class is named in such code, too, or a
//!   subclass; what is read of `self` are methods of its own class, its bases and subclasses.
//! - The code of all modules runs, and functions with decorators, which may be known to somebody,
//!   as are fixtures that live longer than a test.
//! - Methods with two underscores run when their class is named, and so do all methods of a class
//!   with a base from elsewhere, those that no code of the project names, and those with the names
//!   that libraries call.
//! - A name that is computed means every function that may have it.
//!
//! This takes for granted that tests do not hand objects to each other, through global variables or
//! tasks that go on after them, and that only those who run the tests call test functions.

mod replaced;
mod summary;
#[cfg(test)]
mod tests;

use super::reflection;
use crate::project::Project;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use summary::{Base, Finds, Summary};

/// What is known about the whole project, made at the first question.
#[derive(Default)]
pub(super) struct Reach {
    all: OnceLock<World>,
    /// What does not run while something is replaced, by its name and what it belongs to.
    spared: Mutex<FxHashMap<Thing, Spared>>,
    /// What the files said before some of them changed, and those.
    before: Option<(Vec<Arc<Summary>>, Vec<PathBuf>)>,
}

impl Reach {
    /// What is known about all files but some.
    pub(super) fn besides(&self, changed: &[PathBuf]) -> Self {
        let (files, earlier) = match (self.all.get(), &self.before) {
            // Not all files were read.
            (Some(world), _) if world.is_boundless => return Self::default(),
            (Some(world), _) => (world.files.clone(), [].as_slice()),
            (None, Some((files, earlier))) => (files.clone(), earlier.as_slice()),
            (None, None) => return Self::default(),
        };
        Self {
            before: Some((files, [earlier, changed].concat())),
            ..Self::default()
        }
    }

    /// What the files say now; nothing where code that always runs may run anything.
    fn files(&self, project: &Project) -> Option<Vec<Arc<Summary>>> {
        let sources = &project.sources;
        let read = |path: &Path, text: &str| Summary::of(&sources.absolute(path), text);
        let mut files: Vec<Arc<Summary>> = if let Some((files, changed)) = &self.before {
            let changed = changed.iter().map(|path| sources.absolute(path));
            let changed: FxHashSet<PathBuf> = changed.collect();
            let others = files.iter().filter(|file| !changed.contains(&file.path));
            let present = changed.iter().filter_map(|path| {
                let summary = read(path, &sources.text(path)?)?;
                Some(Arc::new(summary))
            });
            others.cloned().chain(present).collect()
        } else {
            let files = Mutex::new(FxHashMap::default());
            let is_boundless = AtomicBool::new(false);
            let look = |path: &Path, text: &str| {
                let lock = || files.lock().unwrap_or_else(PoisonError::into_inner);
                let path = &sources.absolute(path);
                if is_boundless.load(Ordering::Relaxed) || lock().contains_key(path) {
                    return;
                }
                let summary = read(path, text).map(Arc::new);
                if summary.as_ref().is_some_and(|file| file.is_boundless()) {
                    is_boundless.store(true, Ordering::Relaxed);
                }
                lock().insert(path.clone(), summary);
            };
            // Those first that may have such code.
            project.each_with(reflection::WORDS, &look);
            if !is_boundless.load(Ordering::Relaxed) {
                sources.each(&look);
            }
            let files = files.into_inner().unwrap_or_else(PoisonError::into_inner);
            files.into_values().flatten().collect()
        };
        if files.iter().any(|file| file.is_boundless()) {
            return None;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Some(files)
    }
}

/// A name, and what it belongs to.
type Thing = (Box<str>, Box<str>);

/// Functions by their files and names; worked out once, while others wait for it.
type Spared = Arc<OnceLock<FxHashSet<(PathBuf, Box<str>)>>>;

/// Names that libraries call on what they are given, and those who run tests on their classes.
const CALLED_BY_LIBRARIES: &str = "acquire aclose asyncSetUp asyncTearDown cancel close emit filter flush format get handle items keys read readline readlines recv release run seek send setUp setUpClass setUpModule set setup setup_class setup_function setup_method setup_module start stop tearDown tearDownClass tearDownModule teardown teardown_class teardown_function teardown_method teardown_module tell throw values wait write writelines";

impl Project {
    /// Whether a function of a file may run while something of this name, which belongs to `owner`,
    /// is replaced: `wait_for` of `asyncio`. `places` are those that are known to replace it, as
    /// `tests/test_app.py:12`; the function is a name, or that of a class with that of a method.
    pub(crate) fn may_run_while_replaced<'n>(
        &self,
        (owner, name): (&str, &str),
        places: impl Iterator<Item = &'n String>,
        function: (&Path, &str),
    ) -> bool {
        let reach = &self.index.reach;
        let spared = {
            let all = reach.spared.lock();
            let mut all = all.unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry((name.into(), owner.into())).or_default())
        };
        let spared = spared.get_or_init(|| {
            let places: Vec<&str> = places.map(String::as_str).collect();
            let world = reach.all.get_or_init(|| World::of(self));
            world.spared(name, owner, &places)
        });
        let path = self.sources.absolute(function.0);
        !spared.contains(&(path, function.1.into()))
    }
}

/// A number for each name of the project.
type Name = usize;
/// The place of a function or a class in the list of all.
type Unit = usize;
type Class = usize;

/// The code of the project.
#[derive(Default)]
struct World {
    /// Code that always runs may run anything; nothing else is known then.
    is_boundless: bool,
    files: Vec<Arc<Summary>>,
    /// The names of each file's words.
    names: Vec<Vec<Name>>,
    texts: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, Name>,
    /// The files of functions and classes, and their places there.
    units: Vec<(usize, usize)>,
    classes: Vec<(usize, usize)>,
    /// Where the functions and classes of a file begin.
    first_unit: Vec<Unit>,
    first_class: Vec<Class>,
    units_named: FxHashMap<Name, Vec<Unit>>,
    classes_named: FxHashMap<Name, Vec<Class>>,
    aliases: FxHashMap<Name, Vec<Name>>,
    /// Classes that inherit from each other, by their names, have the same number.
    families: FxHashMap<Name, Name>,
    methods: FxHashMap<Class, Vec<Unit>>,
    /// Classes whose bases may call any of their methods.
    open: FxHashSet<Class>,
    /// Families whose classes are handed to somebody when they are defined.
    handed_on: FxHashSet<Name>,
    makes_classes: bool,
    /// Names that stand somewhere outside of definitions.
    mentioned: FxHashSet<Name>,
}

impl World {
    fn of(project: &Project) -> Self {
        let mut world = Self::default();
        let Some(files) = project.index.reach.files(project) else {
            world.is_boundless = true;
            return world;
        };
        for file in files {
            world.add(file);
        }
        let root = project
            .root
            .as_deref()
            .map(|root| project.sources.absolute(root));
        world.relate(root.as_deref());
        world
    }

    fn number(&mut self, text: &str) -> Name {
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let name = self.texts.len();
        self.texts.push(text.into());
        self.numbers.insert(text.into(), name);
        name
    }

    fn add(&mut self, file: Arc<Summary>) {
        let at = self.files.len();
        let names: Vec<Name> = file.words.iter().map(|word| self.number(word)).collect();
        self.first_unit.push(self.units.len());
        self.first_class.push(self.classes.len());
        for (place, unit) in file.units.iter().enumerate() {
            let all = unit.names.iter().chain(&unit.own);
            self.mentioned.extend(all.map(|word| names[*word as usize]));
            let number = self.units.len();
            self.units.push((at, place));
            if place > 0 {
                let name = names[unit.name as usize];
                self.units_named.entry(name).or_default().push(number);
            }
            if let Some(class) = unit.class {
                let class = self.first_class[at] + class;
                self.methods.entry(class).or_default().push(number);
            }
        }
        for (place, class) in file.classes.iter().enumerate() {
            let name = names[class.name as usize];
            let number = self.classes.len();
            self.classes_named.entry(name).or_default().push(number);
            self.classes.push((at, place));
        }
        for (alias, word) in &file.aliases {
            let alias = names[*alias as usize];
            self.aliases
                .entry(alias)
                .or_default()
                .push(names[*word as usize]);
        }
        self.names.push(names);
        self.files.push(file);
    }

    /// Finds out which classes belong together.
    fn relate(&mut self, root: Option<&Path>) {
        let mut modules: FxHashSet<&str> = FxHashSet::default();
        for file in &self.files {
            let inside = root.and_then(|root| file.path.strip_prefix(root).ok());
            let parts = inside.unwrap_or(&file.path).with_extension("");
            let own = parts
                .components()
                .filter_map(|part| part.as_os_str().to_str());
            let own: Vec<Name> = own
                .filter_map(|part| self.numbers.get(part).copied())
                .collect();
            modules.extend(own.into_iter().map(|name| &*self.texts[name]));
        }
        let mut families: FxHashMap<Name, Name> = FxHashMap::default();
        for (number, (file, class)) in self.classes.iter().enumerate() {
            let names = &self.names[*file];
            let class = &self.files[*file].classes[*class];
            for base in &class.bases {
                match base {
                    Base::Plain => {}
                    Base::Named(base, module)
                        if module.is_none_or(|module| {
                            modules.contains(&*self.texts[names[module as usize]])
                        }) && self.classes_named.contains_key(&names[*base as usize]) =>
                    {
                        let one = family(&families, names[class.name as usize]);
                        let other = family(&families, names[*base as usize]);
                        if one != other {
                            families.insert(one, other);
                        }
                    }
                    _ => drop(self.open.insert(number)),
                }
            }
        }
        self.families = families;
        self.makes_classes = self.files.iter().any(|file| file.makes_classes);
        let special = self.numbers.get("__init_subclass__");
        let special = special.and_then(|name| self.units_named.get(name));
        let told = special
            .into_iter()
            .flatten()
            .filter_map(|unit| self.class_of(*unit));
        let all = (0..self.classes.len()).filter(|class| {
            let (file, place) = self.classes[*class];
            self.files[file].classes[place].is_handed_on
        });
        let handed_on = told.chain(all).map(|class| self.family_of(class));
        self.handed_on = handed_on.collect();
    }

    fn unit(&self, unit: Unit) -> &summary::Unit {
        let (file, place) = self.units[unit];
        &self.files[file].units[place]
    }

    fn class_of(&self, unit: Unit) -> Option<Class> {
        let class = self.unit(unit).class?;
        Some(self.first_class[self.units[unit].0] + class)
    }

    fn family_of(&self, class: Class) -> Name {
        family(&self.families, self.name_of_class(class))
    }

    fn name_of_class(&self, class: Class) -> Name {
        let (file, place) = self.classes[class];
        self.names[file][self.files[file].classes[place].name as usize]
    }

    fn name_of_unit(&self, unit: Unit) -> Name {
        let (file, _) = self.units[unit];
        self.names[file][self.unit(unit).name as usize]
    }

    /// The functions that run in no test that replaces something; none where it is replaced for
    /// longer than a test.
    fn spared(&self, name: &str, owner: &str, places: &[&str]) -> FxHashSet<(PathBuf, Box<str>)> {
        let mut tests = Vec::new();
        let mut seen: FxHashSet<&Path> = FxHashSet::default();
        for (at, file) in self.files.iter().enumerate() {
            let replaced = file.places.iter().filter(|place| {
                let is_owner = |other: &str| other == owner;
                place.name == name && place.owner.as_deref().is_none_or(is_owner)
            });
            for place in replaced {
                let Some(test) = place.test else {
                    return FxHashSet::default();
                };
                seen.insert(&file.path);
                tests.push(self.first_unit[at] + test);
            }
        }
        let is_seen = |place: &&str| {
            let file = place.rsplit_once(':').map_or(*place, |(file, _)| file);
            seen.iter().any(|path| path.ends_with(file))
        };
        if tests.is_empty() || !places.iter().all(is_seen) {
            return FxHashSet::default();
        }
        let Some(running) = Running::from(self, &tests) else {
            return FxHashSet::default();
        };
        let mut spared = FxHashSet::default();
        let mut run = Vec::new();
        for unit in 0..self.units.len() {
            let key = || {
                let path = self.files[self.units[unit].0].path.clone();
                let name = &self.texts[self.name_of_unit(unit)];
                let class = self.class_of(unit).map(|class| self.name_of_class(class));
                match class.map(|class| &self.texts[class]) {
                    Some(class) => (path, format!("{class}.{name}").into()),
                    None => (path, name.clone()),
                }
            };
            if running.units.contains(&unit) {
                run.push(key());
            } else {
                spared.insert(key());
            }
        }
        for one in run {
            spared.remove(&one);
        }
        spared
    }
}

fn family(families: &FxHashMap<Name, Name>, class: Name) -> Name {
    let mut at = class;
    while let Some(other) = families.get(&at) {
        at = *other;
    }
    at
}

/// What runs, as far as it is known.
struct Running<'w> {
    world: &'w World,
    units: FxHashSet<Unit>,
    names: FxHashSet<Name>,
    /// Names that are read of an object of a family of classes.
    own: FxHashSet<(Name, Name)>,
    /// Families of which everything may be read.
    whole: FxHashSet<Name>,
    classes: FxHashSet<Class>,
    next: Vec<Unit>,
    named: Vec<Name>,
}

impl<'w> Running<'w> {
    /// What runs in some tests; nothing where it may be anything.
    fn from(world: &'w World, tests: &[Unit]) -> Option<Self> {
        let mut running = Self {
            world,
            units: FxHashSet::default(),
            names: FxHashSet::default(),
            own: FxHashSet::default(),
            whole: FxHashSet::default(),
            classes: FxHashSet::default(),
            next: Vec::new(),
            named: Vec::new(),
        };
        for text in CALLED_BY_LIBRARIES.split(' ') {
            if let Some(name) = world.numbers.get(text) {
                running.name(*name);
            }
        }
        let always = (0..world.units.len()).filter(|unit| world.unit(*unit).always);
        for unit in always.chain(tests.iter().copied()) {
            running.add(unit);
        }
        // A test runs for the subclasses of its class, too.
        let tested = tests.iter().filter_map(|test| world.class_of(*test));
        let tested: FxHashSet<Name> = tested.map(|class| world.family_of(class)).collect();
        for class in 0..world.classes.len() {
            let family = world.family_of(class);
            if tested.contains(&family)
                || world.handed_on.contains(&family)
                || world.open.contains(&class)
            {
                running.class(class);
            }
        }
        loop {
            while let Some(name) = running.named.pop() {
                running.follow(name);
            }
            let Some(unit) = running.next.pop() else {
                return Some(running);
            };
            running.read(unit)?;
        }
    }

    fn add(&mut self, unit: Unit) {
        if self.units.insert(unit) {
            self.next.push(unit);
        }
    }

    fn name(&mut self, name: Name) {
        if self.names.insert(name) {
            self.named.push(name);
        }
    }

    /// A name stands in code that runs.
    fn follow(&mut self, name: Name) {
        let world = self.world;
        for alias in world.aliases.get(&name).into_iter().flatten() {
            self.name(*alias);
        }
        for unit in world.units_named.get(&name).into_iter().flatten() {
            if world
                .class_of(*unit)
                .is_none_or(|class| self.classes.contains(&class))
            {
                self.add(*unit);
            }
        }
        for class in world.classes_named.get(&name).into_iter().flatten() {
            self.class(*class);
        }
    }

    /// There may be objects of a class.
    fn class(&mut self, class: Class) {
        if !self.classes.insert(class) {
            return;
        }
        let world = self.world;
        let (file, place) = world.classes[class];
        for word in &world.files[file].classes[place].mentioned {
            self.name(world.names[file][*word as usize]);
        }
        let family = world.family_of(class);
        for unit in world.methods.get(&class).into_iter().flatten() {
            let name = world.name_of_unit(*unit);
            let text = &world.texts[name];
            let is_open = world.open.contains(&class) || !world.mentioned.contains(&name);
            if is_open && !world.unit(*unit).is_test
                || text.starts_with("__") && text.ends_with("__")
                || self.names.contains(&name)
                || self.own.contains(&(family, name))
                || self.whole.contains(&family)
            {
                self.add(*unit);
            }
        }
    }

    /// Code runs; nothing where it may run anything.
    fn read(&mut self, unit: Unit) -> Option<()> {
        let world = self.world;
        let (file, _) = world.units[unit];
        let names = &world.names[file];
        let this = world.unit(unit);
        for word in &this.names {
            self.name(names[*word as usize]);
        }
        let object = this.own_class.filter(|_| !world.makes_classes);
        let object = object.map(|class| world.family_of(world.first_class[file] + class));
        for word in &this.own {
            let name = names[*word as usize];
            match object {
                Some(family) => self.of_family(family, name),
                None => self.name(name),
            }
        }
        for finds in &this.finds {
            match finds {
                Finds::Anything => return None,
                Finds::Own => match object {
                    Some(family) => self.whole_family(family),
                    None => return None,
                },
                Finds::Beginning(start) => self.matching(|text| text.starts_with(&**start)),
                Finds::Ending(end) => self.matching(|text| text.ends_with(&**end)),
            }
        }
        Some(())
    }

    fn matching(&mut self, fits: impl Fn(&str) -> bool) {
        let world = self.world;
        let named = world.units_named.keys().chain(world.classes_named.keys());
        for name in named.filter(|name| fits(&world.texts[**name])) {
            self.name(*name);
        }
    }

    /// A name is read of an object of a family.
    fn of_family(&mut self, wanted: Name, name: Name) {
        if !self.own.insert((wanted, name)) {
            return;
        }
        let world = self.world;
        for unit in world.units_named.get(&name).into_iter().flatten() {
            let class = world
                .class_of(*unit)
                .filter(|class| self.classes.contains(class));
            if class.is_some_and(|class| world.family_of(class) == wanted) {
                self.add(*unit);
            }
        }
        for class in world.classes_named.get(&name).into_iter().flatten() {
            self.class(*class);
        }
    }

    fn whole_family(&mut self, wanted: Name) {
        if !self.whole.insert(wanted) {
            return;
        }
        let world = self.world;
        let classes: Vec<Class> = self.classes.iter().copied().collect();
        for class in classes {
            if world.family_of(class) == wanted {
                for unit in world.methods.get(&class).into_iter().flatten() {
                    self.add(*unit);
                }
            }
        }
    }
}
