//! The local variables whose values reach a call: its arguments, what these were assigned or filled
//! with, and so on.
//!
//! Followed are names, displays, slices, conditions, comprehensions and the builtins that copy an
//! iterable. A call that is none of these makes something new of its arguments.

use crate::gather::Site;
use crate::syntax::{AnyNodeRef, Binding, NodeId, Ranged, ScopeId, ast};
use rustc_hash::FxHashMap;

/// A place where the value of a variable is taken over.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) name: &'a ast::ExprName,
    /// The scope that binds the name.
    pub(super) home: ScopeId,
    /// Whether some elements are taken, not all.
    pub(super) is_part: bool,
}

/// What reaches a call.
#[derive(Default)]
pub(super) struct Flow<'a> {
    /// Each place once.
    pub(super) reads: Vec<Read<'a>>,
    /// A value that two variables were given by one assignment, with the second of them.
    pub(super) shared: Option<(&'a ast::Expr, &'a ast::ExprName)>,
    /// Where they stand in the list.
    places: FxHashMap<NodeId, usize>,
    /// The variables, with whether only parts of them are taken.
    variables: FxHashMap<(ScopeId, &'a str), bool>,
    values: FxHashMap<NodeId, (ScopeId, &'a str)>,
}

/// Follows the arguments of a call.
pub(super) fn into<'a>(site: &Site<'_, 'a>) -> Flow<'a> {
    let mut flow = Flow::default();
    for argument in &site.call.arguments.args {
        flow.follow(site, argument, false);
    }
    flow
}

impl<'a> Flow<'a> {
    fn follow(&mut self, site: &Site<'_, 'a>, expr: &'a ast::Expr, is_part: bool) {
        match expr {
            ast::Expr::Name(name) => self.read(site, name, is_part),
            ast::Expr::Starred(starred) => self.follow(site, &starred.value, is_part),
            ast::Expr::Named(named) => self.follow(site, &named.value, is_part),
            ast::Expr::List(ast::ExprList { elts, .. })
            | ast::Expr::Tuple(ast::ExprTuple { elts, .. })
            | ast::Expr::Set(ast::ExprSet { elts, .. }) => self.follow_all(site, elts, is_part),
            ast::Expr::Dict(dict) => {
                for item in &dict.items {
                    self.follow(site, &item.value, is_part);
                }
            }
            ast::Expr::If(either) => {
                self.follow(site, &either.body, is_part);
                self.follow(site, &either.orelse, is_part);
            }
            ast::Expr::BoolOp(either) => self.follow_all(site, &either.values, is_part),
            ast::Expr::BinOp(both) => {
                self.follow(site, &both.left, is_part);
                self.follow(site, &both.right, is_part);
            }
            ast::Expr::Subscript(subscript) => self.follow(site, &subscript.value, true),
            ast::Expr::ListComp(node) => self.follow(site, &node.elt, is_part),
            ast::Expr::SetComp(node) => self.follow(site, &node.elt, is_part),
            ast::Expr::Generator(node) => self.follow(site, &node.elt, is_part),
            ast::Expr::DictComp(node) => self.follow(site, &node.value, is_part),
            ast::Expr::Call(call) if hands_on(site, call) => {
                self.follow_all(site, &call.arguments.args, is_part);
            }
            ast::Expr::Call(call) => {
                if let ast::Expr::Attribute(attribute) = &*call.func
                    && matches!(attribute.attr.as_str(), "copy" | "values")
                {
                    self.follow(site, &attribute.value, is_part);
                }
            }
            _ => {}
        }
    }

    fn follow_all(&mut self, site: &Site<'_, 'a>, all: &'a [ast::Expr], is_part: bool) {
        for expr in all {
            self.follow(site, expr, is_part);
        }
    }

    fn read(&mut self, site: &Site<'_, 'a>, name: &'a ast::ExprName, is_part: bool) {
        let tree = site.file.tree;
        let id = tree.id(name);
        let word = name.id.as_str();
        let Some(home) = tree.lookup(word, tree.scope_of(id)) else {
            return;
        };
        if home == ScopeId::MODULE {
            return;
        }
        let read = Read {
            name,
            home,
            is_part,
        };
        let at = *self.places.entry(id).or_insert(self.reads.len());
        match self.reads.get_mut(at) {
            Some(known) => known.is_part &= is_part,
            None => self.reads.push(read),
        }
        let known = self.variables.insert((home, word), is_part);
        if known.is_some_and(|was_part| is_part || !was_part) {
            self.variables.insert((home, word), known == Some(true));
            return;
        }
        for binding in tree.bindings(home, word) {
            self.given(site, read, (home, word), binding);
        }
        for id in tree.occurrences(home, word) {
            self.filled(site, id, is_part);
        }
    }

    /// Follows what a binding gives to a variable.
    fn given(
        &mut self,
        site: &Site<'_, 'a>,
        read: Read<'a>,
        variable: (ScopeId, &'a str),
        binding: &Binding,
    ) {
        let tree = site.file.tree;
        let parent = tree.parent(binding.node);
        let is_unpacked = matches!(
            tree.node(parent),
            AnyNodeRef::ExprTuple(_) | AnyNodeRef::ExprList(_) | AnyNodeRef::ExprStarred(_)
        );
        let is_target = |id: &NodeId| {
            !matches!(
                tree.node(*id),
                AnyNodeRef::ExprTuple(_) | AnyNodeRef::ExprList(_) | AnyNodeRef::ExprStarred(_)
            )
        };
        let Some(holder) = tree.ancestors(binding.node).find(is_target) else {
            return;
        };
        let value = match tree.node(holder) {
            AnyNodeRef::StmtAssign(assign) => &*assign.value,
            AnyNodeRef::StmtAnnAssign(ast::StmtAnnAssign {
                value: Some(value), ..
            }) => value,
            AnyNodeRef::StmtAugAssign(assign) => &*assign.value,
            AnyNodeRef::ExprNamed(named) => &*named.value,
            AnyNodeRef::StmtFor(looped) => &*looped.iter,
            AnyNodeRef::Comprehension(clause) => &clause.iter,
            _ => return,
        };
        if !is_unpacked {
            let is_shared =
                matches!(tree.node(holder), AnyNodeRef::StmtAssign(_)) && !value.is_literal_expr();
            if let Some(other) = self.values.insert(tree.id(value), variable)
                && other != variable
                && is_shared
            {
                self.shared = Some((value, read.name));
            }
        }
        let is_part = is_unpacked && !value.is_tuple_expr() && !value.is_list_expr();
        self.follow(site, value, is_part || read.is_part);
    }

    /// Follows what a use of a variable puts into it.
    fn filled(&mut self, site: &Site<'_, 'a>, id: NodeId, is_part: bool) {
        let tree = site.file.tree;
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::ExprAttribute(attribute) => {
                let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(parent)) else {
                    return;
                };
                let fills = matches!(
                    attribute.attr.as_str(),
                    "append" | "appendleft" | "add" | "extend" | "insert" | "update" | "setdefault"
                );
                if fills && AnyNodeRef::from(&*call.func).ptr_eq(tree.node(parent)) {
                    self.follow_all(site, &call.arguments.args, is_part);
                }
            }
            AnyNodeRef::ExprSubscript(subscript) if subscript.ctx.is_store() => {
                if let AnyNodeRef::StmtAssign(assign) = tree.node(tree.parent(parent)) {
                    self.follow(site, &assign.value, is_part);
                }
            }
            _ => {}
        }
    }
}

/// Whether a call gives its arguments, or their elements, as they are.
fn hands_on(site: &Site<'_, '_>, call: &ast::ExprCall) -> bool {
    if let ast::Expr::Name(name) = &*call.func
        && site.file.is_builtin(name)
    {
        return matches!(
            name.id.as_str(),
            "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" | "filter"
        );
    }
    let name = site.file.tree.qualified_name(&call.func);
    matches!(
        name.as_deref(),
        Some("asyncio.gather" | "itertools.chain" | "itertools.chain.from_iterable")
    )
}

/// Whether only one of two places is ever reached in one run through the block that holds both:
/// they stand in different branches.
pub(super) fn are_apart(site: &Site<'_, '_>, one: NodeId, other: NodeId) -> bool {
    let tree = site.file.tree;
    let Some(both) = tree
        .ancestors(one)
        .find(|above| tree.is_within(other, *above))
    else {
        return false;
    };
    let child = |id: NodeId| {
        let mut path = std::iter::once(id).chain(tree.ancestors(id));
        path.find(|above| tree.parent(*above) == both)
    };
    let (Some(one), Some(other)) = (child(one), child(other)) else {
        return false;
    };
    match tree.node(both) {
        AnyNodeRef::ExprIf(either) => {
            let test = tree.id(&*either.test);
            one != test && other != test
        }
        AnyNodeRef::StmtIf(branch) => {
            let test = tree.id(&*branch.test);
            let is_clause = |id: NodeId| matches!(tree.node(id), AnyNodeRef::ElifElseClause(_));
            one != test && other != test && one != other && (is_clause(one) || is_clause(other))
        }
        AnyNodeRef::StmtMatch(_) => {
            let is_case = |id: NodeId| matches!(tree.node(id), AnyNodeRef::MatchCase(_));
            one != other && is_case(one) && is_case(other)
        }
        _ => false,
    }
}

/// Whether the place is where a loop or comprehension takes what it goes through, which happens once.
pub(super) fn is_taken_once(site: &Site<'_, '_>, place: &ast::ExprName, looped: NodeId) -> bool {
    let first = match site.file.tree.node(looped) {
        AnyNodeRef::StmtFor(looped) => Some(&*looped.iter),
        AnyNodeRef::ExprListComp(node) => node.generators.first().map(|first| &first.iter),
        AnyNodeRef::ExprSetComp(node) => node.generators.first().map(|first| &first.iter),
        AnyNodeRef::ExprGenerator(node) => node.generators.first().map(|first| &first.iter),
        AnyNodeRef::ExprDictComp(node) => node.generators.first().map(|first| &first.iter),
        _ => None,
    };
    first.is_some_and(|first| first.range().contains_range(place.range()))
}
