//! Parents, depths and scopes of a module's nodes.

use super::names::{self, Names, Scope, ScopeId, ScopeKind};
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
    end: u32,
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
}

struct Builder<'a> {
    entries: Vec<Entry<'a>>,
    stack: Vec<NodeId>,
    stores: Vec<NodeId>,
    guards: Vec<NodeId>,
}

impl<'a> SourceOrderVisitor<'a> for Builder<'a> {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        let index = u32::try_from(self.entries.len()).expect("fewer than 2^32 nodes in a file");
        node.node_index().set(ast::NodeIndex::from(index));
        let parent = self.stack.last().copied().unwrap_or(NodeId(0));
        self.entries.push(Entry {
            node,
            parent,
            depth: u32::try_from(self.stack.len()).expect("fewer than 2^32 levels"),
            end: index + 1,
            scope: ScopeId::MODULE,
        });
        if let AnyNodeRef::ExprAttribute(attribute) = node
            && attribute.ctx.is_store()
        {
            self.stores.push(NodeId(index));
        }
        if matches!(
            node,
            AnyNodeRef::ExceptHandlerExceptHandler(_) | AnyNodeRef::WithItem(_)
        ) {
            self.guards.push(NodeId(index));
        }
        self.stack.push(NodeId(index));
        TraversalSignal::Traverse
    }

    fn leave_node(&mut self, _node: AnyNodeRef<'a>) {
        let end = u32::try_from(self.entries.len()).expect("fewer than 2^32 nodes in a file");
        if let Some(id) = self.stack.pop() {
            self.entries[id.0 as usize].end = end;
        }
    }
}

impl<'a> Tree<'a> {
    /// Numbers the nodes and resolves the scopes of a module. A module has at most one tree at
    /// a time: the numbers are kept in its nodes.
    pub fn new(module: &'a Module<'a>) -> Self {
        let mut builder = Builder {
            entries: Vec::with_capacity(module.tokens().len()),
            stack: Vec::new(),
            stores: Vec::new(),
            guards: Vec::new(),
        };
        let root = AnyNodeRef::from(module.ast());
        builder.enter_node(root);
        for stmt in &module.ast().body {
            builder.visit_stmt(stmt);
        }
        builder.leave_node(root);
        let mut tree = Self {
            module,
            entries: builder.entries,
            scopes: Vec::new(),
            names: Names::default(),
            occurrences: RefCell::default(),
            indents: OnceCell::new(),
            definition_place: OnceCell::new(),
            longest_line: OnceCell::new(),
            guards: builder.guards,
            stores: builder.stores,
        };
        names::resolve(&mut tree);
        tree
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
    pub fn node(&self, id: NodeId) -> AnyNodeRef<'a> {
        self.entries[id.0 as usize].node
    }

    /// The parent; the module is its own.
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.entries[id.0 as usize].parent
    }

    /// How many nodes lie above this one.
    pub fn depth(&self, id: NodeId) -> u32 {
        self.entries[id.0 as usize].depth
    }

    /// The scope in which the node is evaluated.
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
    pub fn is_within(&self, below: NodeId, above: NodeId) -> bool {
        (above.0..self.entries[above.0 as usize].end).contains(&below.0)
    }
}
