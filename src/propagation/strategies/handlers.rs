//! Handlers: functions that a framework, or the arguments of the command line, start by their name
//! where no event loop runs. The name stays with a plain function that runs the coroutine function
//! beside it.

use crate::index::{Role, Use};
use crate::options::Asyncify;
use crate::propagation::outline::{Obstacle, Outline, Position};
use crate::propagation::solve::Propagation;
use crate::syntax::{
    AnyNodeRef, Binding, BindingKind, Module, NodeId, Ranged, ScopeId, TextRange, Tree, ast,
};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;

type Place = (PathBuf, Obstacle);

/// The reads of an attribute in a file, and whether it is called.
type Reads = Vec<(TextRange, bool)>;

/// What questions about handlers found out so far, so that each reads the project once.
#[derive(Default)]
pub(in crate::propagation) struct Known {
    /// The first file that lets a framework call where an event loop runs.
    doubtful: RefCell<FxHashMap<Framework, Option<PathBuf>>>,
    /// Whether the name of a module, relative to a folder, is an object of a framework.
    objects: RefCell<FxHashMap<(PathBuf, String, Framework), bool>>,
    /// Whether a file gives something to parsed arguments.
    defaults: RefCell<FxHashMap<PathBuf, bool>>,
    /// The reads of the attributes that parsed arguments have.
    reads: FxHashMap<String, Rc<Vec<(PathBuf, Reads)>>>,
}

/// A framework that calls its handlers in plain code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::propagation) enum Framework {
    /// Views, and what runs before and after them.
    Flask,
    /// Tasks.
    Celery,
}

/// How a function is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::propagation) struct Handler {
    framework: Framework,
    /// The objects of other modules that it is registered with.
    objects: Vec<String>,
}

impl Framework {
    /// What makes the objects that it is registered with.
    fn makers(self) -> &'static [&'static str] {
        match self {
            Self::Flask => &[
                "flask.Flask",
                "flask.Blueprint",
                "flask.blueprints.Blueprint",
            ],
            Self::Celery => &["celery.Celery"],
        }
    }

    /// Words in a project that let a handler run where an event loop does.
    fn doubts(self) -> &'static [&'static str] {
        match self {
            Self::Flask => &[
                "import gevent",
                "import eventlet",
                "from gevent",
                "from eventlet",
            ],
            Self::Celery => &[
                "import gevent",
                "import eventlet",
                "from gevent",
                "from eventlet",
                "always_eager",
                "ALWAYS_EAGER",
            ],
        }
    }
}

/// The handler that a function is by its decorators, if they all register it.
pub(in crate::propagation) fn handler(
    tree: &Tree<'_>,
    function: &ast::StmtFunctionDef,
) -> Option<Handler> {
    let id = tree.id(function);
    if matches!(tree.node(tree.parent(id)), AnyNodeRef::StmtClassDef(_)) {
        return None;
    }
    let mut found: Option<Handler> = None;
    for decorator in &function.decorator_list {
        let callee = match &decorator.expression {
            ast::Expr::Call(call) => &*call.func,
            other => other,
        };
        let (framework, object) = registration(tree, callee)?;
        let handler = found.get_or_insert(Handler {
            framework,
            objects: Vec::new(),
        });
        if handler.framework != framework {
            return None;
        }
        handler.objects.extend(object);
    }
    found
}

fn registration(tree: &Tree<'_>, callee: &ast::Expr) -> Option<(Framework, Option<String>)> {
    if tree.qualified_name(callee).as_deref() == Some("celery.shared_task") {
        return Some((Framework::Celery, None));
    }
    let ast::Expr::Attribute(method) = callee else {
        return None;
    };
    let framework = match method.attr.as_str() {
        "route" | "get" | "post" | "put" | "patch" | "delete" | "errorhandler"
        | "before_request" | "after_request" => Framework::Flask,
        "task" => Framework::Celery,
        "command" => Framework::Flask,
        _ => return None,
    };
    let object = match &*method.value {
        // `@app.cli.command()`: a command of the program that Flask comes with.
        ast::Expr::Attribute(group) if method.attr.as_str() == "command" => {
            (group.attr.as_str() == "cli").then_some(&*group.value)?
        }
        _ if method.attr.as_str() == "command" => return None,
        object => object,
    };
    let ast::Expr::Name(object) = object else {
        return None;
    };
    let home = tree.lookup(&object.id, tree.scope_of(tree.id(object)))?;
    let [only] = tree.bindings(home, &object.id) else {
        return None;
    };
    if let BindingKind::FromImport(dotted) = &only.kind {
        return Some((framework, Some(dotted.clone())));
    }
    is_made_by(tree, only, framework).then_some((framework, None))
}

/// `app = Flask(__name__)`
fn is_made_by(tree: &Tree<'_>, binding: &Binding, framework: Framework) -> bool {
    matches!(tree.node(tree.parent(binding.node)), AnyNodeRef::StmtAssign(assign)
    if matches!(&*assign.value, ast::Expr::Call(call)
        if tree.qualified_name(&call.func).is_some_and(|dotted| {
            framework.makers().contains(&dotted.as_str())
        })))
}

impl Propagation<'_> {
    /// Whether something that runs no event loop starts a function by its name.
    pub(in crate::propagation) fn is_handler(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        let own = &self.files[node.file].outline.definitions[node.definition];
        node.is_dispatched
            || own.handler.as_ref().is_some_and(|handler| {
                let path = &self.files[node.file].path;
                self.options.asyncify != Asyncify::ClosedScripts
                    && handler
                        .objects
                        .iter()
                        .all(|dotted| self.imported_object(path, dotted, handler.framework))
            })
    }

    /// What could run a handler of a framework where an event loop runs.
    pub(in crate::propagation) fn doubt_of_handler(&self, node: usize) -> Option<Place> {
        let node = &self.nodes[node];
        let own = &self.files[node.file].outline.definitions[node.definition];
        let framework = own.handler.as_ref()?.framework;
        let known = self.handlers.doubtful.borrow().get(&framework).cloned();
        let path = known.unwrap_or_else(|| {
            let found = self.doubtful_file(framework);
            let mut all = self.handlers.doubtful.borrow_mut();
            all.insert(framework, found.clone());
            found
        })?;
        let obstacle = Obstacle::new(
            "may-run-in-a-loop",
            own.name,
            format!(
                "its framework may call it where an event loop runs already, as `{}` lets it",
                path.file_name().unwrap_or_default().to_string_lossy()
            ),
        )
        .remedy("Start the coroutine in the handler by hand.");
        Some((self.files[node.file].path.clone(), obstacle))
    }

    fn doubtful_file(&self, framework: Framework) -> Option<PathBuf> {
        let found: Mutex<Option<PathBuf>> = Mutex::new(None);
        let note = |path: &Path| {
            if let Ok(mut found) = found.lock() {
                let path = self.project.sources.absolute(path);
                if found.as_ref().is_none_or(|other| path < *other) {
                    *found = Some(path);
                }
            }
        };
        self.project.sources.each(&|path, text| {
            let doubtful = framework.doubts().iter().any(|word| text.contains(word))
                // A coroutine function may send requests to the program itself.
                || (framework == Framework::Flask
                    && text.contains("async def")
                    && ["test_client", "test_request_context", "wsgi_app", "client."]
                        .iter()
                        .any(|word| text.contains(word))
                    && (text.contains("flask") || text.contains("def test_")));
            if doubtful {
                note(path);
            }
        });
        found.into_inner().ok().flatten()
    }

    /// Whether a name of another module is an object of a framework.
    fn imported_object(&self, path: &Path, dotted: &str, framework: Framework) -> bool {
        let Some((module, name)) = dotted.rsplit_once('.') else {
            return false;
        };
        // Only a relative import means another module in another folder.
        let folder = path.parent().filter(|_| dotted.starts_with('.'));
        let key = (
            folder.unwrap_or(Path::new("")).to_owned(),
            dotted.to_owned(),
            framework,
        );
        if let Some(known) = self.handlers.objects.borrow().get(&key) {
            return *known;
        }
        let found = Mutex::new(Vec::new());
        let levels = module.len() - module.trim_start_matches('.').len();
        let inner = module.trim_start_matches('.').replace('.', "/");
        let relative = (levels > 0)
            .then(|| {
                path.ancestors()
                    .nth(levels)
                    .map(|folder| folder.join(inner))
            })
            .flatten();
        self.project.sources.each(&|other, text| {
            let other = self.project.sources.absolute(other);
            let is_meant = match &relative {
                Some(stem) => {
                    other == stem.with_extension("py") || other == stem.join("__init__.py")
                }
                None => crate::index::is_module(&other, module),
            };
            if is_meant && let Ok(mut found) = found.lock() {
                let made = Module::parse(text, self.options.target).is_ok_and(|module| {
                    let tree = Tree::new(&module);
                    matches!(tree.bindings(ScopeId::MODULE, name), [only]
                        if is_made_by(&tree, only, framework))
                });
                found.push(made);
            }
        });
        let is_object = matches!(found.into_inner().unwrap_or_default().as_slice(), [true]);
        self.handlers.objects.borrow_mut().insert(key, is_object);
        is_object
    }

    /// Whether a use of a handler's name leaves it to its framework.
    pub(in crate::propagation) fn is_use_of_handler(&self, node: usize, found: &Use) -> bool {
        if found.role != Role::Value || !self.is_handler(node) {
            return false;
        }
        let node = &self.nodes[node];
        let own = &self.files[node.file].outline.definitions[node.definition];
        let is_task = own
            .handler
            .as_ref()
            .is_some_and(|handler| handler.framework == Framework::Celery);
        if !is_task {
            return false;
        }
        let text = self.project.sources.text(&found.path).unwrap_or_default();
        let sends = ["delay", "apply_async", "s", "si", "signature", "name"];
        Module::parse(&text, self.options.target).is_ok_and(|module| {
            let tree = Tree::new(&module);
            at_range(&tree, found.range).is_some_and(|id| {
                matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprAttribute(attribute)
                    if sends.contains(&attribute.attr.as_str()))
            })
        })
    }

    /// Whether a file gives something to parsed arguments.
    fn has_defaults(&self, path: &Path) -> bool {
        let mut known = self.handlers.defaults.borrow_mut();
        if let Some(known) = known.get(path) {
            return *known;
        }
        let text = self.project.sources.text(path);
        let has = text.is_some_and(|text| text.contains("set_defaults"));
        known.insert(path.to_owned(), has);
        has
    }

    /// The reads of an attribute in all files.
    fn reads_of(&mut self, name: &str) -> Rc<Vec<(PathBuf, Reads)>> {
        if let Some(known) = self.handlers.reads.get(name) {
            return Rc::clone(known);
        }
        let word = format!(".{name}");
        let files = Mutex::new(BTreeSet::new());
        self.project.sources.each(&|path, text| {
            if text.contains(&word)
                && let Ok(mut files) = files.lock()
            {
                files.insert(self.project.sources.absolute(path));
            }
        });
        let mut all = Vec::new();
        for path in files.into_inner().unwrap_or_default() {
            let Some(text) = self.project.sources.text(&path) else {
                continue;
            };
            if let Ok(module) = Module::parse(&text, self.options.target) {
                let found = reads(&Tree::new(&module), name);
                all.push((path, found));
            }
        }
        let all = Rc::new(all);
        let known = &mut self.handlers.reads;
        known.insert(name.to_owned(), Rc::clone(&all));
        all
    }

    /// The functions that call what `set_defaults(name=function)` gave to the parsed arguments.
    /// `None` when the use is another one.
    pub(in crate::propagation) fn dispatchers(
        &mut self,
        found: &Use,
    ) -> Option<Result<Vec<usize>, Place>> {
        if found.role != Role::Value || !self.has_defaults(&found.path) {
            return None;
        }
        let text = self.project.sources.text(&found.path)?;
        if !may_be_default(&text, found.range) {
            return None;
        }
        let name = keyword_of_defaults(&text, self, found.range)?;
        let mut nodes = Vec::new();
        let mut count = 0;
        for (path, reads) in self.reads_of(&name).iter() {
            let Some(outline) = self.outline(path) else {
                continue;
            };
            for (at, is_called) in reads.iter().copied() {
                match self.dispatcher(path, &outline, at, is_called) {
                    Ok(Some(node)) => nodes.push(node),
                    Ok(None) => {}
                    Err(obstacle) => return Some(Err((path.clone(), obstacle))),
                }
                count += usize::from(is_called);
            }
        }
        if count == 0 {
            let obstacle = Obstacle::new(
                "argparse-handler",
                found.range,
                format!(
                    "nothing calls `.{name}` of the parsed arguments, so that it is not known who does"
                ),
            );
            return Some(Err((found.path.clone(), obstacle)));
        }
        Some(Ok(nodes))
    }

    /// The plain function around a read of an attribute; `None` where the program starts.
    fn dispatcher(
        &mut self,
        path: &Path,
        outline: &Outline,
        at: TextRange,
        is_called: bool,
    ) -> Result<Option<usize>, Obstacle> {
        let obstacle = |message: &str| {
            Obstacle::new("argparse-handler", at, message)
                .remedy("Await the handler where it is called, by hand.")
        };
        if !is_called {
            return Err(obstacle(
                "what the parsed arguments have is handed on here, and it is not known who calls it",
            ));
        }
        match outline.position(at) {
            Position::Function(around) if !outline.definitions[around].is_async => {
                let file = self.file(path);
                Ok(file.map(|file| self.node(file, around)))
            }
            Position::Function(_) => Err(obstacle(
                "a coroutine function calls it through the parsed arguments and does not await it",
            )),
            Position::Module { guarded } if guarded || self.is_program(path, outline) => Ok(None),
            _ => Err(obstacle(
                "it is not known whether an event loop runs where the parsed arguments call it",
            )),
        }
    }

    /// Why a function that is called through parsed arguments cannot keep its plain name: what
    /// calls it becomes a coroutine function, or is called by one.
    pub(in crate::propagation) fn disturbed(
        &mut self,
        node: usize,
        members: &BTreeSet<usize>,
    ) -> Option<Place> {
        let dispatchers = self.needs(node).dispatchers.clone();
        if dispatchers.is_empty() {
            return None;
        }
        self.explore(&dispatchers, |_, _| true);
        let mut seen: BTreeSet<usize> = dispatchers.iter().copied().collect();
        let mut pending = dispatchers;
        while let Some(at) = pending.pop() {
            let (name, range) = self.name(at);
            let path = self.files[self.nodes[at].file].path.clone();
            let facts = self.callers.get(&at)?.clone();
            let waits = !facts.waiting.is_empty() || members.contains(&at);
            if waits || !facts.of_caller.is_empty() {
                let message = if waits {
                    format!(
                        "`{name}` calls it through the parsed arguments, where an event loop runs or would run"
                    )
                } else {
                    format!(
                        "`{name}` calls it through the parsed arguments, and it is not known who calls that"
                    )
                };
                let obstacle = Obstacle::new("argparse-handler", range, message)
                    .remedy("Await the handler where it is called, by hand.");
                return Some((path, obstacle));
            }
            for caller in &facts.plain {
                if seen.insert(caller.node) {
                    pending.push(caller.node);
                }
            }
        }
        None
    }
}

/// Whether, going by the text alone, `set_defaults(name=function)` may be what stands at a place.
fn may_be_default(text: &str, at: TextRange) -> bool {
    let before = &text[..at.start().to_usize()];
    let is_between = |c: char| c.is_whitespace() || matches!(c, '(' | '\\');
    let before = before.trim_end_matches(is_between);
    let line = before.rsplit('\n').next().unwrap_or_default();
    // A comment may stand between the two.
    before.ends_with('=') || line.contains('#')
}

/// The name under which `parser.set_defaults(func=status)` keeps the function at a place.
fn keyword_of_defaults(text: &str, search: &Propagation<'_>, at: TextRange) -> Option<String> {
    let module = Module::parse(text, search.options.target).ok()?;
    let tree = Tree::new(&module);
    let id = at_range(&tree, at)?;
    let AnyNodeRef::Keyword(keyword) = tree.node(tree.parent(id)) else {
        return None;
    };
    let call = tree
        .ancestors(tree.parent(id))
        .find_map(|above| match tree.node(above) {
            AnyNodeRef::ExprCall(call) => Some(call),
            _ => None,
        })?;
    let is_defaults = matches!(&*call.func, ast::Expr::Attribute(method)
        if method.attr.as_str() == "set_defaults");
    if !is_defaults {
        return None;
    }
    Some(keyword.arg.as_ref()?.as_str().to_owned())
}

fn at_range(tree: &Tree<'_>, at: TextRange) -> Option<NodeId> {
    tree.starting_in(at).find(|id| {
        tree.node(*id).range() == at && !matches!(tree.node(*id), AnyNodeRef::StmtExpr(_))
    })
}

/// The reads of an attribute, but for those that only ask whether it is there; with whether it is
/// called.
fn reads(tree: &Tree<'_>, name: &str) -> Reads {
    let mut found = Vec::new();
    for id in tree.ids() {
        let AnyNodeRef::ExprAttribute(attribute) = tree.node(id) else {
            continue;
        };
        let is_of_module = tree.qualified_name(&attribute.value).is_some();
        if attribute.attr.as_str() != name || !attribute.ctx.is_load() || is_of_module {
            continue;
        }
        match tree.node(tree.parent(id)) {
            AnyNodeRef::ExprCall(call) if call.func.range() == attribute.range => {
                found.push((attribute.range, true));
            }
            AnyNodeRef::ExprUnaryOp(_)
            | AnyNodeRef::ExprCompare(_)
            | AnyNodeRef::ExprBoolOp(_)
            | AnyNodeRef::StmtIf(_) => {}
            _ => found.push((attribute.range, false)),
        }
    }
    found
}
