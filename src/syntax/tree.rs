//! Parents, depths and scopes of a module's nodes.

use super::names::{
    Binder, Inside, Names, Scope, ScopeId, ScopeKind, is_first_iterable, lives_inside,
};
use super::{AnyNodeRef, DefinitionPlace, Module, Ranged, TextRange, Tokens, ast};
use ast::HasNodeIndex;
use ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};

/// A node's place in its [`Tree`], in source order (a parent comes before its children).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The module, which is the root.
    pub const MODULE: Self = Self(0);
}

pub(super) struct Entry<'a> {
    pub(super) node: AnyNodeRef<'a>,
    pub(super) parent: NodeId,
    pub(super) depth: u32,
    /// The place after the last node below this one.
    pub(super) end: u32,
    pub(super) scope: ScopeId,
}

/// The nodes of one module with what the bare syntax tree does not say.
pub struct Tree<'a> {
    /// The text and the tokens.
    pub module: &'a Module<'a>,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) names: Names<'a>,
    /// The occurrences of names that were asked for (by their first `Name` node), by the scope that
    /// binds them.
    pub(super) occurrences: RefCell<FxHashMap<NodeId, FxHashMap<ScopeId, Vec<NodeId>>>>,
    /// The blocks in source order: the blanks in front of their first statements, and those of the
    /// block around them.
    pub(super) indents: OnceCell<Vec<(TextRange, Option<TextRange>)>>,
    pub(super) definition_place: OnceCell<Option<DefinitionPlace>>,
    longest_line: OnceCell<usize>,
    /// The attributes that are assigned to, in source order.
    stores: Vec<NodeId>,
    /// The handlers and the items of `with` statements, in source order.
    guards: Vec<NodeId>,
    /// The calls, in source order.
    calls: Vec<NodeId>,
    /// What returns or yields, in source order.
    results: Vec<NodeId>,
    /// What only stands in coroutine functions, in source order.
    asynchronous: Vec<NodeId>,
}

struct Builder<'a> {
    entries: Vec<Entry<'a>>,
    /// The node whose children are numbered, and those around it.
    around: Around,
    outer: Vec<Around>,
    binder: Binder<'a>,
    stores: Vec<NodeId>,
    guards: Vec<NodeId>,
    calls: Vec<NodeId>,
    results: Vec<NodeId>,
    asynchronous: Vec<NodeId>,
}

/// A node around the one at hand.
#[derive(Clone, Copy)]
struct Around {
    id: NodeId,
    /// The scope in which its children are evaluated, where all are evaluated in the same one.
    scope: ScopeId,
    inside: Inside,
}

impl<'a> Builder<'a> {
    fn new(nodes: usize) -> Self {
        let module = Around {
            id: NodeId::MODULE,
            scope: ScopeId::MODULE,
            inside: Inside::Same,
        };
        Self {
            entries: Vec::with_capacity(nodes),
            around: module,
            outer: Vec::new(),
            binder: Binder::new(),
            stores: Vec::new(),
            guards: Vec::new(),
            calls: Vec::new(),
            results: Vec::new(),
            asynchronous: Vec::new(),
        }
    }

    /// Numbers all nodes of a module.
    fn number(&mut self, module: &'a ast::ModModule) {
        let root = AnyNodeRef::from(module);
        root.node_index().set(ast::NodeIndex::from(0));
        self.entries.push(Entry {
            node: root,
            parent: NodeId::MODULE,
            depth: 0,
            end: 1,
            scope: ScopeId::MODULE,
        });
        for stmt in &module.body {
            self.visit_stmt(stmt);
        }
        self.entries[0].end = self.count();
    }

    fn count(&self) -> u32 {
        u32::try_from(self.entries.len()).expect("fewer than 2^32 nodes in a file")
    }
}

impl<'a> SourceOrderVisitor<'a> for Builder<'a> {
    #[inline]
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        let index = self.count();
        let id = NodeId(index);
        node.node_index().set(ast::NodeIndex::from(index));
        let around = self.around;
        self.outer.push(around);
        let scope = match around.inside {
            Inside::Opened(opened)
                if lives_inside(self.entries[around.id.0 as usize].node, node) =>
            {
                opened
            }
            Inside::Opened(_) | Inside::Same | Inside::Clause => around.scope,
        };
        let inside = match node {
            AnyNodeRef::ExprName(name) => {
                self.binder.name(name, id, scope);
                Inside::Same
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                if attribute.ctx.is_store() {
                    self.stores.push(id);
                }
                Inside::Same
            }
            AnyNodeRef::ExprCall(_) => {
                self.calls.push(id);
                Inside::Same
            }
            AnyNodeRef::WithItem(_) => {
                self.guards.push(id);
                Inside::Same
            }
            AnyNodeRef::ExceptHandlerExceptHandler(_) => {
                self.guards.push(id);
                self.binder.other(node, id, scope)
            }
            AnyNodeRef::StmtReturn(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => {
                self.results.push(id);
                Inside::Same
            }
            AnyNodeRef::ExprAwait(_)
            | AnyNodeRef::StmtFor(ast::StmtFor { is_async: true, .. })
            | AnyNodeRef::StmtWith(ast::StmtWith { is_async: true, .. }) => {
                self.asynchronous.push(id);
                Inside::Same
            }
            AnyNodeRef::Comprehension(clause) => {
                if clause.is_async {
                    self.asynchronous.push(id);
                }
                Inside::Clause
            }
            AnyNodeRef::StmtFunctionDef(_)
            | AnyNodeRef::StmtClassDef(_)
            | AnyNodeRef::ExprLambda(_)
            | AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprDictComp(_)
            | AnyNodeRef::ExprGenerator(_)
            | AnyNodeRef::StmtIf(_)
            | AnyNodeRef::StmtImport(_)
            | AnyNodeRef::StmtImportFrom(_)
            | AnyNodeRef::PatternMatchAs(_)
            | AnyNodeRef::PatternMatchStar(_)
            | AnyNodeRef::PatternMatchMapping(_)
            | AnyNodeRef::StmtGlobal(_)
            | AnyNodeRef::StmtNonlocal(_) => self.binder.other(node, id, scope),
            _ => Inside::Same,
        };
        let scope = match around.inside {
            Inside::Clause => self.scope_in_clause(node, scope),
            Inside::Opened(_) | Inside::Same => scope,
        };
        self.around = Around { id, scope, inside };
        self.entries.push(Entry {
            node,
            parent: around.id,
            depth: u32::try_from(self.outer.len()).expect("fewer than 2^32 levels"),
            end: index + 1,
            scope,
        });
        TraversalSignal::Traverse
    }

    #[inline]
    fn leave_node(&mut self, _node: AnyNodeRef<'a>) {
        self.entries[self.around.id.0 as usize].end = self.count();
        if let Some(outer) = self.outer.pop() {
            self.around = outer;
        }
    }
}

impl<'a> Builder<'a> {
    /// The scope in which a child of a `for` clause is evaluated.
    #[cold]
    fn scope_in_clause(&self, child: AnyNodeRef<'a>, scope: ScopeId) -> ScopeId {
        let clause = &self.entries[self.around.id.0 as usize];
        let comprehension = self.entries[clause.parent.0 as usize].node;
        if is_first_iterable(comprehension, clause.node, child) {
            self.binder.around(scope)
        } else {
            scope
        }
    }
}

impl<'a> Tree<'a> {
    /// Numbers the nodes and resolves the scopes of a module. A module has at most one tree at
    /// a time: the numbers are kept in its nodes.
    pub fn new(module: &'a Module<'a>) -> Self {
        let mut builder = Builder::new(module.tokens().len());
        builder.number(module.ast());
        let (scopes, names) = builder.binder.finish(&builder.entries);
        Self {
            module,
            entries: builder.entries,
            scopes,
            names,
            occurrences: RefCell::default(),
            indents: OnceCell::new(),
            definition_place: OnceCell::new(),
            longest_line: OnceCell::new(),
            guards: builder.guards,
            stores: builder.stores,
            calls: builder.calls,
            results: builder.results,
            asynchronous: builder.asynchronous,
        }
    }

    /// The text of the module.
    pub fn text(&self) -> &'a str {
        self.module.text
    }

    /// The length of the longest line, in characters, without the line break.
    pub fn longest_line(&self) -> usize {
        *self.longest_line.get_or_init(|| {
            let lengths = self.text().lines().map(|line| line.chars().count());
            lengths.max().unwrap_or_default()
        })
    }

    /// The tokens of the module.
    pub fn tokens(&self) -> &'a Tokens {
        self.module.tokens()
    }

    /// The place of a node of this tree.
    #[inline]
    pub fn id(&self, node: impl HasNodeIndex) -> NodeId {
        let index = node.node_index().load().as_u32();
        NodeId(index.expect("the node belongs to this tree"))
    }

    /// All nodes in source order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<'a> {
        let count = u32::try_from(self.entries.len()).expect("fewer than 2^32 nodes in a file");
        (0..count).map(NodeId)
    }

    /// The attributes that are assigned to, in source order.
    pub fn attribute_stores(&self) -> &[NodeId] {
        &self.stores
    }

    /// The calls, in source order.
    pub fn calls(&self) -> &[NodeId] {
        &self.calls
    }

    /// The `return` statements and the `yield` expressions, in source order.
    pub fn results(&self) -> &[NodeId] {
        &self.results
    }

    /// What only stands in coroutine functions, in source order: `await`, `async for` (clauses as
    /// well) and `async with`.
    pub fn asynchronous(&self) -> &[NodeId] {
        &self.asynchronous
    }

    /// The handlers and the items of `with` statements below a node, in source order.
    pub fn guards_within(&self, above: NodeId) -> &[NodeId] {
        let first = self.guards.partition_point(|id| *id < above);
        let rest = &self.guards[first..];
        &rest[..rest.partition_point(|id| self.is_within(*id, above))]
    }

    /// The nodes that start in a range, in source order.
    pub fn starting_in(&self, range: TextRange) -> impl Iterator<Item = NodeId> + '_ {
        let first = self
            .entries
            .partition_point(|entry| entry.node.start() < range.start());
        let count = self.entries[first..]
            .iter()
            .take_while(|entry| entry.node.start() < range.end())
            .count();
        (first..first + count)
            .map(|index| NodeId(u32::try_from(index).expect("an index of a node fits in 32 bits")))
    }

    /// The call that stands at exactly this range.
    pub fn call_at(&self, range: TextRange) -> Option<&'a ast::ExprCall> {
        self.starting_in(range).find_map(|id| match self.node(id) {
            AnyNodeRef::ExprCall(call) if call.range() == range => Some(call),
            _ => None,
        })
    }

    /// The node at a place.
    #[inline]
    pub fn node(&self, id: NodeId) -> AnyNodeRef<'a> {
        self.entries[id.0 as usize].node
    }

    /// The parent; the module is its own.
    #[inline]
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.entries[id.0 as usize].parent
    }

    /// How many nodes lie above this one.
    pub fn depth(&self, id: NodeId) -> u32 {
        self.entries[id.0 as usize].depth
    }

    /// The scope in which the node is evaluated.
    #[inline]
    pub fn scope_of(&self, id: NodeId) -> ScopeId {
        self.entries[id.0 as usize].scope
    }

    /// The nearest `def`, `async def` or `lambda` around a node, the node itself excluded.
    pub fn enclosing_function(&self, id: NodeId) -> Option<NodeId> {
        let scope = self.scope(self.function_scope(id));
        (scope.kind != ScopeKind::Module).then_some(scope.node)
    }

    /// The nearest scope at or around a node that is a function or the module.
    pub fn function_scope(&self, id: NodeId) -> ScopeId {
        let mut scope = self.scope_of(id);
        loop {
            let here = self.scope(scope);
            match here.kind {
                ScopeKind::Function { .. } | ScopeKind::Lambda | ScopeKind::Module => return scope,
                ScopeKind::Class | ScopeKind::Comprehension { .. } => scope = here.parent,
            }
        }
    }

    /// The ancestors, nearest first, without the node itself; the last one is the module.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut at = id;
        std::iter::from_fn(move || {
            if at.0 == 0 {
                return None;
            }
            at = self.parent(at);
            Some(at)
        })
    }

    /// The node and everything below it, in source order.
    pub fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<'a> {
        (id.0..self.entries[id.0 as usize].end).map(NodeId)
    }

    /// Whether `below` is `above` or lies in it.
    #[inline]
    pub fn is_within(&self, below: NodeId, above: NodeId) -> bool {
        (above.0..self.entries[above.0 as usize].end).contains(&below.0)
    }
}
