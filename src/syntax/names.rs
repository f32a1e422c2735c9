//! Scopes, bindings and what a dotted name means.
//!
//! The rules are those of the language reference, "Naming and binding" (4.2): class scopes are
//! not seen from functions inside them, the first iterable of a comprehension is evaluated
//! outside it, a walrus in a comprehension binds in the function around it.

use super::tree::{NodeId, Tree};
use super::{AnyNodeRef, Ranged, TextRange, ast};
use rustc_hash::{FxHashMap, FxHashSet};

/// A scope of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) u32);

impl ScopeId {
    /// The scope of the module itself.
    pub const MODULE: Self = Self(0);

    /// The scope at a place of [`Tree::scopes`].
    pub(crate) fn at(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 scopes"))
    }

    /// Its place in [`Tree::scopes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of code a scope holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// Module level.
    Module,
    /// The body of a `def` or `async def`.
    Function {
        /// `async def`.
        is_async: bool,
    },
    /// The body of a `lambda`.
    Lambda,
    /// The body of a `class`.
    Class,
    /// A comprehension or a generator expression.
    Comprehension {
        /// `( … for … )`, which runs later and by somebody else.
        is_generator: bool,
    },
}

/// How a name comes to stand for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindingKind {
    /// `import a.b` (binds `a`) and `import a.b as c`: the dotted name of what is bound.
    Import(String),
    /// `from m import n`: `m.n`; relative modules keep their dots.
    FromImport(String),
    /// `def` or `async def`.
    Function,
    /// `class`.
    Class,
    /// A parameter.
    Parameter,
    /// `x = …`, `x: T = …`, `x := …`: a single name with a value.
    Assignment,
    /// Every other way: `for`, `with … as`, `except … as`, unpacking, `+=`, patterns, `del`.
    Other,
}

/// One place at which a name is bound.
#[derive(Debug, Clone)]
pub struct Binding {
    /// How.
    pub kind: BindingKind,
    /// The node that binds: the `Name`, the alias, the definition, the parameter.
    pub node: NodeId,
    /// The range of the identifier.
    pub range: TextRange,
    /// Below `if TYPE_CHECKING:`: not there when the program runs.
    pub type_checking: bool,
}

/// A scope with the names it binds.
#[derive(Debug)]
pub struct Scope<'a> {
    /// What it is.
    pub kind: ScopeKind,
    /// The scope around it; the module is its own.
    pub parent: ScopeId,
    /// The node that opens it.
    pub node: NodeId,
    pub(super) bindings: FxHashMap<&'a str, Vec<Binding>>,
    /// `global x` / `nonlocal x` stand here.
    pub(super) elsewhere: FxHashMap<&'a str, ScopeId>,
    /// Names that inner scopes rebind through `nonlocal` or `global`.
    pub(super) rebound: FxHashSet<&'a str>,
}

/// Fills in the scopes, the bindings and the table of names of a tree whose nodes are known.
pub(super) fn resolve(tree: &mut Tree<'_>) {
    tree.scopes
        .push(Scope::new(ScopeKind::Module, ScopeId::MODULE, NodeId(0)));
    // Scope that the *children* of a node live in, by node; filled in source order.
    let mut inner: FxHashMap<NodeId, ScopeId> = FxHashMap::default();
    let mut declarations = Vec::new();
    let mut pending = Vec::new();

    for index in 1..tree.entries.len() {
        let id = NodeId(u32::try_from(index).expect("an index of a node fits in 32 bits"));
        let node = tree.entries[index].node;
        let parent = tree.entries[index].parent;
        let outer = tree.entries[parent.0 as usize].scope;
        let scope = match inner.get(&parent) {
            Some(opened) if lives_inside(tree.node(parent), node) => *opened,
            _ => outer,
        };
        tree.entries[index].scope = scope;
        let opened = match node {
            AnyNodeRef::StmtFunctionDef(function) => Some(ScopeKind::Function {
                is_async: function.is_async,
            }),
            AnyNodeRef::ExprLambda(_) => Some(ScopeKind::Lambda),
            AnyNodeRef::StmtClassDef(_) => Some(ScopeKind::Class),
            AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprDictComp(_) => Some(ScopeKind::Comprehension {
                is_generator: false,
            }),
            AnyNodeRef::ExprGenerator(_) => Some(ScopeKind::Comprehension { is_generator: true }),
            _ => None,
        };
        if let Some(kind) = opened {
            let new = ScopeId(u32::try_from(tree.scopes.len()).expect("fewer than 2^32 scopes"));
            tree.scopes.push(Scope::new(kind, scope, id));
            inner.insert(id, new);
            if let Some(parameters) = parameters(node) {
                for parameter in parameters {
                    let name = parameter.name();
                    pending.push((new, name.as_str(), name.range(), BindingKind::Parameter, id));
                }
            }
        }
        collect(node, id, scope, &mut pending, &mut declarations);
        if let AnyNodeRef::ExprName(name) = node {
            tree.names.entry(name.id.as_str()).or_default().push(id);
        }
        if let AnyNodeRef::Comprehension(_) = tree.node(parent)
            && is_first_iterable(tree, parent, node)
        {
            let around = tree.scopes[scope.0 as usize].parent;
            tree.entries[index].scope = around;
        }
    }

    tree.opened = inner;

    for (scope, name, target) in declarations {
        let found = match target {
            Declared::Global => ScopeId::MODULE,
            Declared::Nonlocal => enclosing_function(tree, scope),
        };
        tree.scopes[scope.0 as usize].elsewhere.insert(name, found);
        tree.scopes[found.0 as usize].rebound.insert(name);
    }
    for (scope, name, range, kind, node) in pending {
        let mut home = scope;
        if is_walrus_target(tree, node) {
            while matches!(
                tree.scopes[home.0 as usize].kind,
                ScopeKind::Comprehension { .. }
            ) {
                home = tree.scopes[home.0 as usize].parent;
            }
        }
        if let Some(other) = tree.scopes[home.0 as usize].elsewhere.get(name) {
            home = *other;
        }
        let type_checking = below_type_checking(tree, node);
        tree.scopes[home.0 as usize]
            .bindings
            .entry(name)
            .or_default()
            .push(Binding {
                kind,
                node,
                range,
                type_checking,
            });
    }
}

enum Declared {
    Global,
    Nonlocal,
}

impl Scope<'_> {
    /// Whether the scope binds a name.
    pub fn binds(&self, name: &str) -> bool {
        self.bindings.contains_key(name)
    }

    fn new(kind: ScopeKind, parent: ScopeId, node: NodeId) -> Self {
        Self {
            kind,
            parent,
            node,
            bindings: FxHashMap::default(),
            elsewhere: FxHashMap::default(),
            rebound: FxHashSet::default(),
        }
    }
}

fn parameters(node: AnyNodeRef<'_>) -> Option<&ast::Parameters> {
    match node {
        AnyNodeRef::StmtFunctionDef(function) => Some(&function.parameters),
        AnyNodeRef::ExprLambda(lambda) => lambda.parameters.as_deref(),
        _ => None,
    }
}

/// Whether a child of a node that opens a scope is evaluated in that scope.
fn lives_inside(parent: AnyNodeRef<'_>, child: AnyNodeRef<'_>) -> bool {
    match parent {
        AnyNodeRef::StmtFunctionDef(_) => child.is_statement(),
        AnyNodeRef::StmtClassDef(_) => child.is_statement(),
        AnyNodeRef::ExprLambda(_) => !matches!(child, AnyNodeRef::Parameters(_)),
        _ => true,
    }
}

fn is_first_iterable(tree: &Tree<'_>, clause: NodeId, child: AnyNodeRef<'_>) -> bool {
    let AnyNodeRef::Comprehension(this) = tree.node(clause) else {
        return false;
    };
    if !AnyNodeRef::from(&this.iter).ptr_eq(child) {
        return false;
    }
    let generators = match tree.node(tree.parent(clause)) {
        AnyNodeRef::ExprListComp(node) => &node.generators,
        AnyNodeRef::ExprSetComp(node) => &node.generators,
        AnyNodeRef::ExprDictComp(node) => &node.generators,
        AnyNodeRef::ExprGenerator(node) => &node.generators,
        _ => return false,
    };
    generators
        .first()
        .is_some_and(|first| std::ptr::eq(first, this))
}

fn enclosing_function(tree: &Tree<'_>, scope: ScopeId) -> ScopeId {
    let mut at = tree.scopes[scope.0 as usize].parent;
    loop {
        let here = &tree.scopes[at.0 as usize];
        if at == ScopeId::MODULE || matches!(here.kind, ScopeKind::Function { .. }) {
            return at;
        }
        at = here.parent;
    }
}

fn is_walrus_target(tree: &Tree<'_>, node: NodeId) -> bool {
    match (tree.node(node), tree.node(tree.parent(node))) {
        (AnyNodeRef::ExprName(name), AnyNodeRef::ExprNamed(walrus)) => {
            walrus.target.range() == name.range()
        }
        _ => false,
    }
}

fn below_type_checking(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.ancestors(node).any(|id| match tree.node(id) {
        AnyNodeRef::StmtIf(branch) => {
            let name = match &*branch.test {
                ast::Expr::Name(name) => name.id.as_str(),
                ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return false,
            };
            name == "TYPE_CHECKING"
                && branch
                    .body
                    .last()
                    .is_some_and(|last| tree.node(node).end() <= last.end())
        }
        _ => false,
    })
}

/// `name = None` in an `except ImportError`: the module is not there.
fn is_none_after_import_error(tree: &Tree<'_>, node: NodeId) -> bool {
    let statement = tree.parent(node);
    let AnyNodeRef::StmtAssign(assign) = tree.node(statement) else {
        return false;
    };
    if !assign.value.is_none_literal_expr() || !assign.targets.iter().all(ast::Expr::is_name_expr) {
        return false;
    }
    let AnyNodeRef::ExceptHandlerExceptHandler(handler) = tree.node(tree.parent(statement)) else {
        return false;
    };
    let is_import_error = |expr: &ast::Expr| {
        matches!(expr, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "ImportError" | "ModuleNotFoundError"))
    };
    match handler.type_.as_deref() {
        Some(ast::Expr::Tuple(types)) => types.elts.iter().any(is_import_error),
        Some(only) => is_import_error(only),
        None => false,
    }
}

type Pending<'a> = (ScopeId, &'a str, TextRange, BindingKind, NodeId);

fn collect<'a>(
    node: AnyNodeRef<'a>,
    id: NodeId,
    scope: ScopeId,
    pending: &mut Vec<Pending<'a>>,
    declarations: &mut Vec<(ScopeId, &'a str, Declared)>,
) {
    let mut bind = |name: &'a str, range, kind| pending.push((scope, name, range, kind, id));
    match node {
        AnyNodeRef::StmtFunctionDef(function) => {
            bind(
                function.name.as_str(),
                function.name.range(),
                BindingKind::Function,
            );
        }
        AnyNodeRef::StmtClassDef(class) => {
            bind(class.name.as_str(), class.name.range(), BindingKind::Class);
        }
        AnyNodeRef::StmtImport(import) => {
            for alias in &import.names {
                let dotted = alias.name.as_str();
                if let Some(name) = &alias.asname {
                    bind(
                        name.as_str(),
                        name.range(),
                        BindingKind::Import(dotted.to_owned()),
                    );
                } else {
                    let first = dotted.split('.').next().unwrap_or(dotted);
                    bind(
                        first,
                        alias.name.range(),
                        BindingKind::Import(first.to_owned()),
                    );
                }
            }
        }
        AnyNodeRef::StmtImportFrom(import) => {
            let dots = ".".repeat(import.level as usize);
            let module = import.module.as_deref().unwrap_or_default();
            for alias in &import.names {
                let name = alias.asname.as_ref().unwrap_or(&alias.name);
                let separator = if module.is_empty() { "" } else { "." };
                let dotted = format!("{dots}{module}{separator}{}", alias.name.as_str());
                bind(name.as_str(), name.range(), BindingKind::FromImport(dotted));
            }
        }
        AnyNodeRef::ExprName(name) if !name.ctx.is_load() => {
            bind(name.id.as_str(), name.range(), BindingKind::Other);
        }
        AnyNodeRef::ExceptHandlerExceptHandler(handler) => {
            if let Some(name) = &handler.name {
                bind(name.as_str(), name.range(), BindingKind::Other);
            }
        }
        AnyNodeRef::PatternMatchAs(pattern) => {
            if let Some(name) = &pattern.name {
                bind(name.as_str(), name.range(), BindingKind::Other);
            }
        }
        AnyNodeRef::PatternMatchStar(pattern) => {
            if let Some(name) = &pattern.name {
                bind(name.as_str(), name.range(), BindingKind::Other);
            }
        }
        AnyNodeRef::PatternMatchMapping(pattern) => {
            if let Some(name) = &pattern.rest {
                bind(name.as_str(), name.range(), BindingKind::Other);
            }
        }
        AnyNodeRef::StmtGlobal(global) => {
            for name in &global.names {
                declarations.push((scope, name.as_str(), Declared::Global));
            }
        }
        AnyNodeRef::StmtNonlocal(nonlocal) => {
            for name in &nonlocal.names {
                declarations.push((scope, name.as_str(), Declared::Nonlocal));
            }
        }
        _ => {}
    }
}

impl<'a> Tree<'a> {
    /// A scope.
    pub fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }

    /// Every scope, outermost first.
    pub fn scopes(&self) -> impl Iterator<Item = (ScopeId, &Scope<'a>)> {
        (0u32..).map(ScopeId).zip(self.scopes.iter())
    }

    /// The scope that a function, lambda, class or comprehension opens.
    pub fn scope_opened_by(&self, node: NodeId) -> Option<ScopeId> {
        self.opened.get(&node).copied()
    }

    /// The bindings of a name in one scope, in source order.
    pub fn bindings(&self, scope: ScopeId, name: &str) -> &[Binding] {
        self.scope(scope)
            .bindings
            .get(name)
            .map_or(&[], Vec::as_slice)
    }

    /// Every name that a scope binds with its bindings, in no particular order.
    pub(crate) fn all_bindings(
        &self,
        scope: ScopeId,
    ) -> impl Iterator<Item = (&'a str, &[Binding])> {
        let bindings = &self.scope(scope).bindings;
        bindings.iter().map(|(name, all)| (*name, all.as_slice()))
    }

    /// The names that a scope declares `global` or `nonlocal`, with the scope they are bound in.
    pub(crate) fn declared_elsewhere(
        &self,
        scope: ScopeId,
    ) -> impl Iterator<Item = (&'a str, ScopeId)> {
        let elsewhere = &self.scope(scope).elsewhere;
        elsewhere.iter().map(|(name, home)| (*name, *home))
    }

    /// The names bound in one scope, sorted.
    pub fn bound_names(&self, scope: ScopeId) -> Vec<&'a str> {
        let mut names: Vec<_> = self.scope(scope).bindings.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The scope in which a name that is read in `from` is bound, or `None` for a builtin or an
    /// undefined name.
    pub fn lookup(&self, name: &str, from: ScopeId) -> Option<ScopeId> {
        let mut at = from;
        let mut first = true;
        loop {
            let scope = self.scope(at);
            if let Some(other) = scope.elsewhere.get(name) {
                at = *other;
            } else if scope.bindings.contains_key(name) && (first || scope.kind != ScopeKind::Class)
            {
                return Some(at);
            } else if at == ScopeId::MODULE {
                return None;
            } else {
                at = scope.parent;
            }
            if at == ScopeId::MODULE {
                return self
                    .scope(at)
                    .bindings
                    .contains_key(name)
                    .then_some(ScopeId::MODULE);
            }
            first = false;
        }
    }

    /// All occurrences (reads, writes, deletions) of the name that `scope` binds, here and in
    /// the scopes inside it.
    pub fn occurrences(&self, scope: ScopeId, name: &str) -> Vec<NodeId> {
        self.names
            .get(name)
            .into_iter()
            .flatten()
            .copied()
            .filter(|id| self.home_of(*id, name) == Some(scope))
            .collect()
    }

    /// The scope whose binding a `Name` node refers to, walrus rules included.
    fn home_of(&self, id: NodeId, name: &str) -> Option<ScopeId> {
        let mut from = self.scope_of(id);
        if is_walrus_target(self, id) {
            while matches!(self.scope(from).kind, ScopeKind::Comprehension { .. }) {
                from = self.scope(from).parent;
            }
        }
        self.lookup(name, from)
    }

    /// Every `Name` node with this identifier, whatever it refers to.
    pub fn mentions(&self, name: &str) -> &[NodeId] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether an inner scope rebinds the name with `nonlocal` or `global`.
    pub fn is_rebound_from_inside(&self, scope: ScopeId, name: &str) -> bool {
        self.scope(scope).rebound.contains(name)
    }

    /// The names read in this module that nothing in it binds (builtins among them), sorted.
    pub fn free_names(&self) -> Vec<&'a str> {
        let mut free: Vec<&'a str> = self
            .names
            .iter()
            .filter(|(name, ids)| {
                ids.iter().any(|id| {
                    matches!(self.node(*id), AnyNodeRef::ExprName(node) if node.ctx.is_load())
                        && self.lookup(name, self.scope_of(*id)).is_none()
                })
            })
            .map(|(name, _)| *name)
            .collect();
        free.sort_unstable();
        free
    }

    /// The dotted name an expression stands for when the program runs, through imports and
    /// aliases: `gather` after `from asyncio import gather` is `asyncio.gather`. `None` when the
    /// name is not an import, is bound in more than one way, or only below `TYPE_CHECKING`.
    /// Star imports are not looked into (see [`Tree::star_imports`]).
    pub fn qualified_name(&self, expr: &ast::Expr) -> Option<String> {
        match expr {
            ast::Expr::Name(name) => {
                let from = self.scope_of(self.id(name));
                self.qualified_identifier(name.id.as_str(), from)
            }
            ast::Expr::Attribute(attribute) => {
                let mut dotted = self.qualified_name(&attribute.value)?;
                dotted.push('.');
                dotted.push_str(attribute.attr.as_str());
                Some(canonical(dotted))
            }
            _ => None,
        }
    }

    /// The dotted name an identifier stands for when it is read in `from`. `None` in place of a
    /// module that cannot be imported does not count: whoever uses the name uses the module.
    pub fn qualified_identifier(&self, name: &str, from: ScopeId) -> Option<String> {
        let Some(home) = self.lookup(name, from) else {
            return self.star_imported(name);
        };
        let mut found: Option<&str> = None;
        for binding in self.bindings(home, name) {
            let (BindingKind::Import(dotted) | BindingKind::FromImport(dotted)) = &binding.kind
            else {
                if is_none_after_import_error(self, binding.node) {
                    continue;
                }
                return None;
            };
            if binding.type_checking {
                continue;
            }
            if found.is_some_and(|other| other != dotted) {
                return None;
            }
            found = Some(dotted);
        }
        found.map(|dotted| canonical(dotted.to_owned()))
    }

    /// The modules whose names are all imported with `from m import *`, in source order.
    pub fn star_imports(&self) -> Vec<&'a str> {
        self.ids()
            .filter_map(|id| match self.node(id) {
                AnyNodeRef::StmtImportFrom(import)
                    if import.level == 0 && import.names.iter().any(|a| &*a.name == "*") =>
                {
                    import.module.as_deref()
                }
                _ => None,
            })
            .collect()
    }

    /// `from asyncio import *` gives the names of `asyncio.__all__`. With a second star import
    /// that may give the same name nothing is known.
    fn star_imported(&self, name: &str) -> Option<String> {
        if !self.scope(ScopeId::MODULE).bindings.contains_key("*") {
            return None;
        }
        match self.star_imports()[..] {
            ["asyncio"] if ASYNCIO_ALL.contains(&name) => Some(format!("asyncio.{name}")),
            _ => None,
        }
    }
}

/// The part of `asyncio.__all__` (`CPython` 3.11 and later) that the transforms look for.
// `TaskGroup` is missing in 3.11 (measured on 3.11.7), so it is always written in full.
const ASYNCIO_ALL: &[&str] = &[
    "gather",
    "wait_for",
    "wait",
    "sleep",
    "shield",
    "run",
    "Runner",
    "timeout",
    "timeout_at",
    "create_task",
    "ensure_future",
    "get_event_loop",
    "get_running_loop",
    "new_event_loop",
    "set_event_loop",
    "get_event_loop_policy",
    "set_event_loop_policy",
    "to_thread",
    "run_coroutine_threadsafe",
    "wrap_future",
    "as_completed",
    "current_task",
    "all_tasks",
    "CancelledError",
    "TimeoutError",
    "Event",
    "Lock",
    "Condition",
    "Semaphore",
    "Queue",
    "Task",
    "Future",
    "iscoroutinefunction",
    "open_connection",
    "start_server",
];

/// Undoes the split of `asyncio` into submodules: `asyncio.tasks.gather` is `asyncio.gather`.
pub(crate) fn canonical(dotted: String) -> String {
    const PARTS: &[&str] = &[
        "tasks",
        "runners",
        "timeouts",
        "taskgroups",
        "events",
        "threads",
        "locks",
        "queues",
        "futures",
        "exceptions",
        "coroutines",
        "base_events",
        "streams",
        "subprocess",
    ];
    if let Some(rest) = dotted.strip_prefix("asyncio.")
        && let Some((part, name)) = rest.split_once('.')
        && PARTS.contains(&part)
        && !(part == "subprocess" && name.chars().all(|c| c.is_uppercase() || c == '_'))
    {
        return format!("asyncio.{name}");
    }
    for module in [
        "requests.api.",
        "requests.sessions.",
        "requests.exceptions.",
    ] {
        if let Some(name) = dotted.strip_prefix(module) {
            return match module {
                "requests.exceptions." => dotted,
                _ => format!("requests.{name}"),
            };
        }
    }
    dotted
}
