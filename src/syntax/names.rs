//! Scopes, bindings and what a dotted name means.
//!
//! The rules are those of the language reference, "Naming and binding" (4.2): class scopes are
//! not seen from functions inside them, the first iterable of a comprehension is evaluated
//! outside it, a walrus in a comprehension binds in the function around it.

mod binding;
mod meaning;
mod table;

use super::tree::{Entry, NodeId, Tree};
use super::{AnyNodeRef, Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

pub(super) use binding::{Binder, Inside, is_first_iterable, lives_inside};
pub(crate) use meaning::canonical;
pub(super) use table::Names;

/// A scope of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) u32);

impl ScopeId {
    /// The scope of the module itself.
    pub const MODULE: Self = Self(0);

    /// The scope at a place of [`Tree::scopes`].
    pub fn at(index: usize) -> Self {
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
    /// `global x` / `nonlocal x` stand here.
    pub(super) elsewhere: FxHashMap<&'a str, ScopeId>,
    /// Names that inner scopes rebind through `nonlocal` or `global`.
    pub(super) rebound: FxHashSet<&'a str>,
    /// The names that imports bind here, sorted.
    pub(super) imported: Vec<&'a str>,
}

impl Binding {
    /// `import` or `from … import`.
    pub fn is_import(&self) -> bool {
        matches!(
            self.kind,
            BindingKind::Import(_) | BindingKind::FromImport(_)
        )
    }
}

impl Scope<'_> {
    fn new(kind: ScopeKind, parent: ScopeId, node: NodeId) -> Self {
        Self {
            kind,
            parent,
            node,
            elsewhere: FxHashMap::default(),
            rebound: FxHashSet::default(),
            imported: Vec::new(),
        }
    }
}

fn is_walrus_target(entries: &[Entry<'_>], node: NodeId) -> bool {
    let entry = &entries[node.0 as usize];
    match (entry.node, entries[entry.parent.0 as usize].node) {
        (AnyNodeRef::ExprName(name), AnyNodeRef::ExprNamed(walrus)) => {
            walrus.target.range() == name.range()
        }
        _ => false,
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
        let scopes = &self.scopes[1..];
        let at = scopes
            .binary_search_by_key(&node, |scope| scope.node)
            .ok()?;
        Some(ScopeId::at(at + 1))
    }

    /// The bindings of a name in one scope, in source order.
    pub fn bindings(&self, scope: ScopeId, name: &str) -> &[Binding] {
        self.names.bindings(scope, name)
    }

    /// Every name that a scope binds with its bindings, in no particular order.
    pub(crate) fn all_bindings(
        &self,
        scope: ScopeId,
    ) -> impl Iterator<Item = (&'a str, &[Binding])> {
        self.names.of_scope(scope)
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
        let mut names: Vec<_> = self.all_bindings(scope).map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }

    /// The names that imports bind in one scope, sorted.
    pub fn imported_names(&self, scope: ScopeId) -> &[&'a str] {
        &self.scope(scope).imported
    }

    /// The scopes that bind a name, outermost first.
    pub fn binders(&self, name: &str) -> impl Iterator<Item = ScopeId> {
        self.names.scopes(name).binding()
    }

    /// The scope in which a name that is read in `from` is bound, or `None` for a builtin or an
    /// undefined name.
    pub fn lookup(&self, name: &str, from: ScopeId) -> Option<ScopeId> {
        // Most names are bound at module level or not at all, which needs no walk outwards.
        let scopes = self.names.scopes(name);
        if scopes.is_empty() {
            return None;
        }
        let module = || scopes.binds(ScopeId::MODULE).then_some(ScopeId::MODULE);
        if scopes.only() == Some(ScopeId::MODULE) {
            return module();
        }
        let mut at = from;
        let mut first = true;
        loop {
            let scope = self.scope(at);
            if let Some(other) = scope.elsewhere.get(name) {
                at = *other;
            } else if (first || scope.kind != ScopeKind::Class) && scopes.binds(at) {
                return Some(at);
            } else if at == ScopeId::MODULE {
                return None;
            } else {
                at = scope.parent;
            }
            if at == ScopeId::MODULE {
                return module();
            }
            first = false;
        }
    }

    /// All occurrences (reads, writes, deletions) of the name that `scope` binds, here and in
    /// the scopes inside it.
    pub fn occurrences(&self, scope: ScopeId, name: &str) -> Vec<NodeId> {
        let all = self.mentions(name);
        let Some(first) = all.first() else {
            return Vec::new();
        };
        let mut known = self.occurrences.borrow_mut();
        let by_scope = known.entry(*first).or_insert_with(|| {
            let mut by_scope: FxHashMap<ScopeId, Vec<NodeId>> = FxHashMap::default();
            for id in all {
                if let Some(home) = self.home_of(*id, name) {
                    by_scope.entry(home).or_default().push(*id);
                }
            }
            by_scope
        });
        by_scope.get(&scope).cloned().unwrap_or_default()
    }

    /// The scope whose binding a `Name` node refers to, walrus rules included.
    fn home_of(&self, id: NodeId, name: &str) -> Option<ScopeId> {
        let mut from = self.scope_of(id);
        if is_walrus_target(&self.entries, id) {
            while matches!(self.scope(from).kind, ScopeKind::Comprehension { .. }) {
                from = self.scope(from).parent;
            }
        }
        self.lookup(name, from)
    }

    /// Every `Name` node with this identifier, whatever it refers to.
    pub fn mentions(&self, name: &str) -> &[NodeId] {
        self.names.mentions(name)
    }

    /// Every `Name` node with this identifier below a node, whatever it refers to.
    pub fn mentions_within(&self, name: &str, above: NodeId) -> &[NodeId] {
        let all = self.mentions(name);
        let first = all.partition_point(|id| *id < above);
        let count = all[first..].partition_point(|id| self.is_within(*id, above));
        &all[first..first + count]
    }

    /// Every name that is mentioned with its `Name` nodes in source order.
    pub(crate) fn all_mentions(&self) -> impl Iterator<Item = (&'a str, &[NodeId])> {
        self.names.all_mentions()
    }

    /// Whether an inner scope rebinds the name with `nonlocal` or `global`.
    pub fn is_rebound_from_inside(&self, scope: ScopeId, name: &str) -> bool {
        self.scope(scope).rebound.contains(name)
    }

    /// The names read in this module that nothing in it binds (builtins among them), sorted.
    pub fn free_names(&self) -> Vec<&'a str> {
        let mut free: Vec<&'a str> =
            self.names
                .all_mentions()
                .filter(|(name, ids)| {
                    // A name of the module is bound wherever it is read.
                    let scopes = self.names.scopes(name);
                    let is_of_module =
                        scopes.only() == Some(ScopeId::MODULE) && scopes.binds(ScopeId::MODULE);
                    !is_of_module && ids.iter().any(|id| {
                        matches!(self.node(*id), AnyNodeRef::ExprName(node) if node.ctx.is_load())
                            && self.lookup(name, self.scope_of(*id)).is_none()
                            && !self.is_type_parameter(*id, name)
                    })
                })
                .map(|(name, _)| name)
                .collect();
        free.sort_unstable();
        free
    }

    /// Whether a definition around a node has a type parameter of this name.
    fn is_type_parameter(&self, id: NodeId, name: &str) -> bool {
        self.ancestors(id).any(|around| {
            let parameters = match self.node(around) {
                AnyNodeRef::StmtFunctionDef(function) => function.type_params.as_deref(),
                AnyNodeRef::StmtClassDef(class) => class.type_params.as_deref(),
                AnyNodeRef::StmtTypeAlias(alias) => alias.type_params.as_deref(),
                _ => None,
            };
            parameters.is_some_and(|parameters| {
                parameters
                    .iter()
                    .any(|parameter| parameter.name().as_str() == name)
            })
        })
    }
}
