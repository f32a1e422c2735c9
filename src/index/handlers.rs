//! Who, in the callers of a function, could tell a group of exceptions from the exception in it.
//!
//! The failure of a function is followed through its callers: through `await`, the functions that
//! start an event loop, tasks, time limits, up to where somebody catches it or the program ends.
//! The own file of a function is looked at first, because in most cases it decides already; the
//! project is asked only when nothing there is in the way.

mod doors;
mod flow;
mod reach;
mod told;

pub use reach::{Around, Catches, Reach, around, catches};
pub use told::{Above, Told};

use self::doors::{Door, Mode};
use self::flow::Next;
use super::{Definition, Evaluator, Role, Type, Use, modules, programs, reflection};
use crate::facts::Term;
use crate::project::Project;
use crate::syntax::{
    AnyNodeRef, Module, NodeId, PythonVersion, Ranged, ScopeId, ScopeKind, TextRange, Tree, ast,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// What the project says about who calls its functions from outside, as `pkg.mod:name`.
#[derive(Debug, Clone, Copy)]
pub struct Outside<'o> {
    /// Functions that something outside starts by their names.
    pub entry_points: &'o [String],
    /// The functions that others call, where the project lists them.
    pub public_api: &'o [String],
}

/// How many functions one question may lead to.
const MAX_FUNCTIONS: usize = 200;

/// In how many files the name of one of them may stand.
const MAX_FILES: usize = 100;

/// Words of code that looks at errors which nothing catches.
pub(super) const WATCHERS: &[&str] = &[
    "excepthook",
    "unraisablehook",
    "set_exception_handler",
    "sentry_sdk",
    "rollbar",
    "bugsnag",
];

impl Project {
    /// What the callers of a function, which opens a scope of a file as it is on the disk, do with
    /// the exceptions that it raises.
    /// `here` is the tree of that text, where somebody has it.
    pub fn handlers_above(
        &self,
        path: &Path,
        scope: ScopeId,
        outside: Outside<'_>,
        here: Option<&Tree<'_>>,
    ) -> Arc<Above> {
        let start = Definition {
            path: modules::lexical(&self.sources.absolute(path)).into_owned(),
            scope,
        };
        let known = &self.index.above;
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(above) = lock().get(&start) {
            return Arc::clone(above);
        }
        let here = here.map(|here| (&*start.path, here));
        let mut walk = Walk::new(self, outside, here, false);
        let mut above = walk.from(&start);
        if !matches!(above, Above::Unknown(_)) && walk.reaches_out {
            let mut walk = Walk::new(self, outside, here, true);
            let all = walk.from(&start);
            // What was told is still true where nobody knows the rest.
            if !matches!((&above, &all), (Above::Told(_), Above::Unknown(_))) {
                above = all;
            }
        }
        if above == (Above::Nobody { uncaught: true })
            && let Some((path, line, word)) = self.watcher()
        {
            let place = self.shown(path);
            above = Above::Unknown(format!(
                "errors that nothing catches are looked at (`{word}` in `{place}:{line}`)"
            ));
        }
        let above = Arc::new(above);
        lock().insert(start, Arc::clone(&above));
        above
    }

    /// The first place that looks at errors which nothing catches.
    fn watcher(&self) -> Option<&(PathBuf, usize, String)> {
        let found = self.index.watchers.get_or_init(|| {
            let found = std::sync::Mutex::new(BTreeSet::new());
            self.each_with(WATCHERS, &|path, text| {
                let place = WATCHERS.iter().find_map(|word| {
                    let at = text.find(word)?;
                    let line = text[..at].matches('\n').count() + 1;
                    Some((path.to_owned(), line, (*word).to_owned()))
                });
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.extend(place);
            });
            let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            found.into_iter().next()
        });
        found.as_ref()
    }

    /// A path as it is shown: from the folder of the project on.
    pub fn shown(&self, path: &Path) -> String {
        let root = self.root.as_ref().map(|root| self.sources.absolute(root));
        let inside = root
            .as_deref()
            .and_then(|root| path.strip_prefix(root).ok());
        inside.unwrap_or(path).display().to_string()
    }
}

/// A function that is reached.
struct Reached {
    definition: Definition,
    /// How its failure leaves it.
    mode: Mode,
    door: Door,
    /// It may run in the place of another one.
    relative: bool,
}

struct Walk<'p, 't> {
    project: &'p Project,
    outside: Outside<'p>,
    /// A file that is parsed already.
    here: Option<(&'p Path, &'p Tree<'t>)>,
    /// Whether all files are asked, or only those of the functions.
    everywhere: bool,
    seen: BTreeSet<(Definition, Mode)>,
    /// What is reached next.
    next: Vec<Reached>,
    told: BTreeSet<Told>,
    doubt: Option<String>,
    uncaught: bool,
    /// Some function may be used in other files.
    reaches_out: bool,
    /// All callers of these are known, unless they are found by a text.
    complete: Vec<(PathBuf, Door)>,
}

impl<'p, 't> Walk<'p, 't> {
    fn new(
        project: &'p Project,
        outside: Outside<'p>,
        here: Option<(&'p Path, &'p Tree<'t>)>,
        everywhere: bool,
    ) -> Self {
        Self {
            project,
            outside,
            here,
            everywhere,
            seen: BTreeSet::new(),
            next: Vec::new(),
            told: BTreeSet::new(),
            doubt: None,
            uncaught: false,
            reaches_out: false,
            complete: Vec::new(),
        }
    }

    fn from(&mut self, start: &Definition) -> Above {
        self.start(start, false);
        while !self.next.is_empty() && self.doubt.is_none() {
            if self.seen.len() > MAX_FUNCTIONS {
                self.doubt("too many functions lead to it".to_owned());
                break;
            }
            self.round();
        }
        if self.told.is_empty() && self.doubt.is_none() {
            for (path, door) in std::mem::take(&mut self.complete) {
                self.check_lookups(&path, &door);
            }
        }
        if !self.told.is_empty() {
            return Above::Told(std::mem::take(&mut self.told).into_iter().collect());
        }
        match self.doubt.take() {
            Some(why) => Above::Unknown(why),
            None => Above::Nobody {
                uncaught: self.uncaught,
            },
        }
    }

    /// Nothing more is followed than the places of this round: the way to one function is not
    /// known.
    fn is_done(&self) -> bool {
        self.doubt.is_some()
    }

    fn doubt(&mut self, why: String) {
        self.doubt.get_or_insert(why);
    }

    /// A function by its definition; `relative`: one that may run in the place of another one.
    fn start(&mut self, definition: &Definition, relative: bool) {
        if self.is_done() {
            return;
        }
        let found = self.with_tree(&definition.path, |walk, tree| {
            let node = tree.scope(definition.scope).node;
            if matches!(tree.node(node), AnyNodeRef::StmtFunctionDef(_)) {
                walk.push(tree, &definition.path, node, None, relative);
                return true;
            }
            false
        });
        if found != Some(true) {
            let shown = self.project.shown(&definition.path);
            self.doubt(format!("`{shown}` cannot be read again"));
        }
    }

    /// Shows the tree of a file.
    fn with_tree<T>(
        &mut self,
        path: &Path,
        look: impl FnOnce(&mut Self, &Tree<'_>) -> T,
    ) -> Option<T> {
        if let Some((here, tree)) = self.here
            && here == path
        {
            return Some(look(self, tree));
        }
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, PythonVersion::latest()).ok()?;
        Some(look(self, &Tree::new(&module)))
    }

    /// Shows the tree of a file that a question is about.
    fn show(&self, path: &Path, look: &mut dyn FnMut(&Tree<'_>)) {
        match self.here {
            Some((here, tree)) if here == path => look(tree),
            _ => {
                let Some(text) = self.project.sources.text(path) else {
                    return;
                };
                if let Ok(module) = Module::parse(&text, PythonVersion::latest()) {
                    look(&Tree::new(&module));
                }
            }
        }
    }

    /// Takes a function of a file in; without a mode, the one of its kind.
    fn push(
        &mut self,
        tree: &Tree<'_>,
        path: &Path,
        node: NodeId,
        mode: Option<Mode>,
        relative: bool,
    ) {
        if self.is_done() {
            return;
        }
        let (AnyNodeRef::StmtFunctionDef(function), Some(scope)) =
            (tree.node(node), tree.scope_opened_by(node))
        else {
            return self.doubt("it is called where it cannot be followed".to_owned());
        };
        let mode = match mode {
            Some(mode) if !function.is_async => mode,
            _ if function.is_async => Mode::Awaitable,
            _ => Mode::Raises,
        };
        let definition = Definition {
            path: path.to_owned(),
            scope,
        };
        if !self.seen.insert((definition.clone(), mode)) {
            return;
        }
        match doors::of(self.project, &self.outside, tree, path, node) {
            Ok(door) => {
                self.reaches_out |= !door.only_here;
                self.next.push(Reached {
                    definition,
                    mode,
                    door,
                    relative,
                });
            }
            Err(why) => self.doubt(why),
        }
    }

    /// Follows the failures of the functions that were reached last.
    fn round(&mut self) {
        let round = std::mem::take(&mut self.next);
        let (here, wide): (Vec<_>, Vec<_>) = round
            .into_iter()
            .partition(|one| one.door.only_here || !self.everywhere);
        let common = wide
            .iter()
            .find(|one| self.project.is_common(&one.door.name, MAX_FILES));
        if let Some(one) = common {
            return self.doubt(format!("`{}` stands in too many files", one.door.name));
        }
        for (steps, all) in [(here, false), (wide, true)] {
            if steps.is_empty() {
                continue;
            }
            let questions: Vec<Definition> =
                steps.iter().map(|one| one.definition.clone()).collect();
            let answers = if all {
                self.project.uses_of(&questions)
            } else {
                self.project.uses_in_own_files(&questions, &|path, look| {
                    self.show(path, look);
                })
            };
            let mut places: BTreeMap<PathBuf, Vec<(Use, Mode, bool)>> = BTreeMap::new();
            let mut uncalled = None;
            for (step, uses) in steps.into_iter().zip(answers) {
                let door = &step.door;
                let outside = uses.outside.iter().find(|base| !is_quiet_base(base));
                if let Some(base) = outside {
                    self.doubt(format!("`{base}` may call `{}`", door.name));
                } else if uses.unknown_base || uses.protocol {
                    let words = format!("a base class that is not known may call `{}`", door.name);
                    self.doubt(words);
                }
                let mut called = false;
                for one in uses.uses {
                    called |= matches!(one.role, Role::Call { .. } | Role::Super { .. });
                    let uses = places.entry(one.path.clone()).or_default();
                    uses.push((one, step.mode, door.private));
                }
                let complete = door.only_here || self.everywhere;
                if !called && complete && !step.relative {
                    uncalled.get_or_insert(format!("nothing in the project calls `{}`", door.name));
                }
                if complete {
                    self.complete.push((step.definition.path, step.door));
                }
            }
            for (path, uses) in places {
                self.file(&path, &uses);
            }
            if let Some(why) = uncalled {
                self.doubt(why);
            }
        }
    }

    /// Whether a function may be found by a text.
    fn check_lookups(&mut self, path: &Path, door: &Door) {
        let sought = super::Sought {
            path,
            name: &door.name,
            class: door.class.as_deref(),
            at_module_level: door.at_module_level,
        };
        let project = self.project;
        let own;
        let lookup = if door.only_here {
            let text = project.sources.text(path).unwrap_or_default();
            own = reflection::lookups_in(path, &text);
            own.iter().find(|one| one.may_find(&sought, project))
        } else {
            project.lookup_of(&sought)
        };
        if let Some(lookup) = lookup {
            let shown = project.shown(&lookup.path);
            self.doubt(format!(
                "`{}` may be found by a text that is put together in `{shown}`",
                door.name
            ));
        }
    }

    /// Follows the uses of functions in one file.
    fn file(&mut self, path: &Path, uses: &[(Use, Mode, bool)]) {
        let is_call = |(one, ..): &(Use, Mode, bool)| {
            matches!(one.role, Role::Call { .. } | Role::Super { .. })
        };
        // Only calls lead to places that are told of.
        if self.is_done() && !uses.iter().any(is_call) {
            return;
        }
        let done = self.with_tree(path, |walk, tree| {
            for (one, mode, private) in uses {
                walk.one(tree, path, one, *mode, *private);
            }
        });
        if done.is_none() {
            let shown = self.project.shown(path);
            self.doubt(format!("`{shown}` cannot be read again"));
        }
    }

    fn one(&mut self, tree: &Tree<'_>, path: &Path, one: &Use, mode: Mode, private: bool) {
        let call = match &one.role {
            Role::Call { call, .. } | Role::Super { call, .. } => *call,
            Role::Stub => return,
            Role::Import => {
                if private && is_published(tree.slice(one.range)) {
                    let place = self.place(tree, path, one.range);
                    self.doubt(format!("it gets a public name in `{place}`"));
                }
                return;
            }
            Role::Override(definition) => return self.start(definition, true),
            _ => {
                let place = self.place(tree, path, one.range);
                return self.doubt(format!("it is used as a value in `{place}`"));
            }
        };
        let node = tree.starting_in(call).find(|id| {
            matches!(tree.node(*id), AnyNodeRef::ExprCall(_)) && tree.node(*id).range() == call
        });
        let Some(node) = node else {
            let place = self.place(tree, path, one.range);
            return self.doubt(format!(
                "it is called in `{place}`, which cannot be followed"
            ));
        };
        match mode {
            Mode::Raises => self.raised(tree, path, node),
            Mode::Awaitable => {
                for next in flow::of_awaitable(tree, node) {
                    self.goes_on(tree, path, next);
                }
            }
        }
    }

    fn goes_on(&mut self, tree: &Tree<'_>, path: &Path, next: Next) {
        match next {
            Next::Raised(node) => self.raised(tree, path, node),
            Next::Returned(node) => match home_of(tree, node) {
                Home::Function(function) => {
                    self.push(tree, path, function, Some(Mode::Awaitable), false);
                }
                Home::Module | Home::Elsewhere => self.lost(tree, path, node),
            },
            Next::Dropped if doors::is_closed_script(self.project, tree, path) => {
                self.uncaught = true;
            }
            Next::Dropped => {
                self.doubt("others may look at the errors of its task".to_owned());
            }
            Next::Value(node) => self.tell(tree, path, tree.node(node).range()),
            Next::Lost(node) => self.lost(tree, path, node),
        }
    }

    fn lost(&mut self, tree: &Tree<'_>, path: &Path, node: NodeId) {
        let place = self.place(tree, path, tree.node(node).range());
        self.doubt(format!(
            "what becomes of it in `{place}` cannot be followed"
        ));
    }

    /// A place of a file as it is shown.
    fn place(&self, tree: &Tree<'_>, path: &Path, range: TextRange) -> String {
        let told = Told::new(path, tree.text(), range);
        format!("{}:{}", self.project.shown(path), told.line)
    }

    fn tell(&mut self, tree: &Tree<'_>, path: &Path, range: TextRange) {
        self.told.insert(Told::new(path, tree.text(), range));
    }

    /// An exception is raised where a node is evaluated.
    fn raised(&mut self, tree: &Tree<'_>, path: &Path, node: NodeId) {
        let home = home_of(tree, node);
        let project = self.project;
        let is_instance = |expr: &ast::Expr, classes: &[&str]| {
            project.facts_of(path).is_some_and(|file| {
                let resolver = Evaluator::of(project, file);
                let scope = tree.scope_of(tree.id(expr));
                resolver.is_instance(scope, &Term::of(expr, tree), classes)
            })
        };
        let around = Around {
            base_exceptions: &|| project.knows_base_exceptions(),
            is_instance: &is_instance,
        };
        let reach = reach::around(tree, node, &around);
        for range in reach.told {
            self.tell(tree, path, range);
        }
        if !reach.leaves {
            return;
        }
        match home {
            Home::Function(function) => self.push(tree, path, function, None, false),
            Home::Elsewhere => self.lost(tree, path, node),
            Home::Module => match programs::imported_by(project, path) {
                None => self.uncaught = true,
                Some(other) => {
                    let place = self.place(tree, path, tree.node(node).range());
                    let other = project.shown(&other);
                    self.doubt(format!(
                        "it runs in `{place}` when `{other}` imports the file"
                    ));
                }
            },
        }
    }
}

impl Evaluator<'_> {
    /// Whether the value of an expression is an instance of one of some classes from outside, by
    /// their dotted names.
    pub fn is_instance(&self, scope: ScopeId, term: &Term, classes: &[&str]) -> bool {
        match self.type_of(scope, term) {
            Type::ExternalInstance(class) => classes.contains(&&*class),
            _ => false,
        }
    }
}

/// What code a node belongs to.
enum Home {
    Function(NodeId),
    Module,
    /// Code that runs at another time or place: a `lambda`, a class body, a generator expression.
    Elsewhere,
}

fn home_of(tree: &Tree<'_>, node: NodeId) -> Home {
    let mut scope = tree.scope_of(node);
    loop {
        let here = tree.scope(scope);
        match here.kind {
            ScopeKind::Module => return Home::Module,
            ScopeKind::Function { .. } => return Home::Function(here.node),
            ScopeKind::Comprehension {
                is_generator: false,
            } => scope = here.parent,
            ScopeKind::Comprehension { is_generator: true }
            | ScopeKind::Lambda
            | ScopeKind::Class => return Home::Elsewhere,
        }
    }
}

/// Whether an import gives a private function a public name.
fn is_published(alias: &str) -> bool {
    alias
        .split_once(" as ")
        .is_some_and(|(_, name)| !name.trim_start().starts_with('_'))
}

/// Base classes that call no method of their subclasses by a name of their choice.
fn is_quiet_base(dotted: &str) -> bool {
    matches!(
        dotted,
        "builtins.Exception" | "builtins.object" | "enum.Enum" | "typing.NamedTuple"
    )
}
