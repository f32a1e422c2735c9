//! What happens to the collections that names stand for.

use super::super::{How, Term, Uses};
use super::Builder;
use crate::syntax::{AnyNodeRef, NodeId, ScopeId, ast};

impl Builder<'_, '_> {
    /// Takes down what happens to the collections that names may stand for.
    pub(super) fn uses(&mut self) {
        let tree = self.tree;
        for (name, mentions) in tree.all_mentions() {
            let mut homes = tree.binders(name);
            if homes.any(|home| self.may_be_collection(home, name)) {
                for id in mentions {
                    self.used(*id, name);
                }
            }
        }
    }

    /// Whether a name may stand for a list or a dictionary that something is put into. A function, a
    /// class, and a parameter of which nothing is said are none; what is imported is looked at where
    /// it is made. A star import may give any name another value.
    fn may_be_collection(&self, home: ScopeId, name: &str) -> bool {
        let bound = self.facts.scopes[home.index()].names.get(name);
        bound.into_iter().flatten().any(|bound| match &bound.how {
            How::Module(_) | How::Member(_) => false,
            _ if !self.facts.star_imports.is_empty() => true,
            How::Class(_) | How::Opaque => false,
            How::Function(scope) => match self.facts.function(*scope) {
                Some(function) => !function.decorators.is_empty(),
                None => true,
            },
            How::Parameter(parameter) => parameter.annotation.is_some(),
            How::Value(_) | How::Annotated(..) => true,
        })
    }

    fn used(&mut self, id: NodeId, text: &str) {
        if !matches!(self.tree.node(id), AnyNodeRef::ExprName(name) if name.ctx.is_load()) {
            return;
        }
        if let AnyNodeRef::ExprAttribute(attribute) = self.tree.node(self.tree.parent(id)) {
            let method = attribute.attr.as_str();
            if !GROWING.contains(&method) && !method.starts_with("__") {
                return;
            }
        }
        let from = self.tree.scope_of(id);
        let home = self.tree.lookup(text, from);
        let Some(home) = home.filter(|home| self.may_be_collection(*home, text)) else {
            return;
        };
        let Some(usage) = self.usage(id) else { return };
        let uses = &mut self.facts.scopes[home.index()].uses;
        if !uses.contains_key(text) {
            uses.insert(text.into(), Uses::default());
        }
        let Some(uses) = uses.get_mut(text) else {
            return;
        };
        match usage {
            Usage::Escapes => uses.escapes = true,
            Usage::Grows(term) => uses.grown.push((from, term)),
        }
    }

    /// What a use of a name does to the collection that the name may stand for; `None` when it
    /// puts nothing into it.
    fn usage(&self, id: NodeId) -> Option<Usage> {
        let tree = self.tree;
        let parent = tree.parent(id);
        let above = tree.node(parent);
        match above {
            AnyNodeRef::ExprAttribute(attribute) => {
                let grand = tree.parent(parent);
                let name = attribute.attr.as_str();
                let called = match tree.node(grand) {
                    AnyNodeRef::ExprCall(call) if tree.id(&*call.func) == parent => Some(call),
                    _ => None,
                };
                let Some(call) = called else {
                    return GROWING.contains(&name).then_some(Usage::Escapes);
                };
                let arguments = &call.arguments;
                let one = |at: usize| arguments.args.get(at).map(|arg| Term::of(arg, tree));
                let simple = arguments.keywords.is_empty()
                    && !arguments.args.iter().any(ast::Expr::is_starred_expr);
                let added = match name {
                    "append" | "add" | "appendleft" => one(0),
                    "insert" | "setdefault" => one(1),
                    "extend" | "extendleft" => one(0).map(|term| Term::Starred(Box::new(term))),
                    name if GROWING.contains(&name) || name.starts_with("__") => None,
                    _ => return None,
                };
                match added.filter(|_| simple) {
                    Some(term) => Some(Usage::Grows(term)),
                    None => Some(Usage::Escapes),
                }
            }
            AnyNodeRef::ExprSubscript(subscript) if tree.id(&*subscript.value) == id => {
                if !subscript.ctx.is_store() {
                    return None;
                }
                match self.assigned(parent) {
                    (How::Value(term), Some(scope))
                        if scope == tree.scope_of(id) && !subscript.slice.is_slice_expr() =>
                    {
                        Some(Usage::Grows(term))
                    }
                    _ => Some(Usage::Escapes),
                }
            }
            // An argument: `len(names)`, `gather(*names)`; any other function may keep the list.
            AnyNodeRef::Arguments(_) => {
                let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(parent)) else {
                    return Some(Usage::Escapes);
                };
                let harmless = match tree.qualified_name(&call.func).as_deref() {
                    Some("asyncio.wait" | "asyncio.as_completed" | "itertools.chain") => true,
                    Some(_) => false,
                    None => match &*call.func {
                        ast::Expr::Name(callee) => {
                            READING.contains(&callee.id.as_str())
                                && tree.lookup(callee.id.as_str(), tree.scope_of(id)).is_none()
                        }
                        // The elements are read: `other.extend(names)`.
                        ast::Expr::Attribute(attribute) => {
                            matches!(attribute.attr.as_str(), "extend" | "update" | "join")
                        }
                        _ => false,
                    },
                };
                (!harmless).then_some(Usage::Escapes)
            }
            AnyNodeRef::Keyword(_)
            | AnyNodeRef::StmtAssign(_)
            | AnyNodeRef::StmtAnnAssign(_)
            | AnyNodeRef::ExprNamed(_)
            | AnyNodeRef::ExprList(_)
            | AnyNodeRef::ExprTuple(_)
            | AnyNodeRef::ExprDict(_)
            | AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprDictComp(_)
            | AnyNodeRef::ExprGenerator(_)
            | AnyNodeRef::ExprYield(_)
            | AnyNodeRef::ExprLambda(_)
            | AnyNodeRef::ExprIf(_)
            | AnyNodeRef::ExprBoolOp(_)
            | AnyNodeRef::ParameterWithDefault(_) => Some(Usage::Escapes),
            _ => None,
        }
    }
}

enum Usage {
    Escapes,
    Grows(Term),
}

/// Methods of lists, sets, deques and dictionaries that put something in.
const GROWING: &[&str] = &[
    "append",
    "appendleft",
    "add",
    "insert",
    "extend",
    "extendleft",
    "update",
    "setdefault",
    "symmetric_difference_update",
    "intersection_update",
    "difference_update",
];

/// Builtin functions that only read their argument.
const READING: &[&str] = &[
    "len",
    "list",
    "tuple",
    "set",
    "frozenset",
    "sorted",
    "enumerate",
    "zip",
    "map",
    "filter",
    "sum",
    "any",
    "all",
    "print",
    "isinstance",
    "iter",
    "reversed",
    "min",
    "max",
    "bool",
    "str",
    "repr",
    "range",
    "type",
    "id",
    "next",
];
