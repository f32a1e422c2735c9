//! Reading the facts off a syntax tree.

mod uses;

use super::exports;
use super::{
    Bound, Class, Facts, Foreign, Function, How, Kind, Parameter, Place, Scope, Term, Variable,
};
use crate::syntax::{
    AnyNodeRef, Binding, BindingKind, Module, NodeId, PythonVersion, Ranged, ScopeId, ScopeKind,
    TextSize, Tree, ast,
};
use rustc_hash::{FxBuildHasher, FxHashMap};

impl Facts {
    /// Parses a text and keeps what it says; `None` when it is not Python.
    pub fn of_text(text: &str) -> Option<Self> {
        let module = Module::parse(text, PythonVersion::latest()).ok()?;
        Some(Self::of(&Tree::new(&module)))
    }

    /// What a file says.
    pub fn of(tree: &Tree<'_>) -> Self {
        let opened: FxHashMap<NodeId, ScopeId> =
            tree.scopes().map(|(id, scope)| (scope.node, id)).collect();
        let mut builder = Builder {
            tree,
            opened,
            facts: Self::default(),
        };
        for (id, _) in tree.scopes() {
            let scope = builder.scope(id);
            builder.facts.scopes.push(scope);
        }
        for id in tree.results() {
            builder.result(*id);
        }
        for id in tree.attribute_stores() {
            if let AnyNodeRef::ExprAttribute(attribute) = tree.node(*id) {
                builder.attribute(*id, attribute);
            }
        }
        let last_star = builder.stars();
        builder.uses();
        builder.facts.exported = exports::exported(tree);
        if let Some(last) = last_star {
            builder.facts.before_star = exports::bound_before(tree, last);
        }
        for scope in &mut builder.facts.scopes {
            shrink(scope);
        }
        builder.facts
    }
}

/// Gives back the room that the lists of a scope do not need.
fn shrink(scope: &mut Scope) {
    match &mut scope.kind {
        Kind::Function(function) => {
            function.yielded.shrink_to_fit();
            function.returned.shrink_to_fit();
        }
        Kind::Class(class) => class.attributes.values_mut().for_each(Vec::shrink_to_fit),
        Kind::Module | Kind::Expression => {}
    }
    let grown = scope.uses.values_mut().map(|uses| &mut uses.grown);
    grown.for_each(Vec::shrink_to_fit);
}

struct Builder<'t, 'a> {
    tree: &'t Tree<'a>,
    opened: FxHashMap<NodeId, ScopeId>,
    facts: Facts,
}

impl Builder<'_, '_> {
    fn scope(&self, id: ScopeId) -> Scope {
        let scope = self.tree.scope(id);
        let kind = match (scope.kind, self.tree.node(scope.node)) {
            (ScopeKind::Module, _) => Kind::Module,
            (_, AnyNodeRef::StmtFunctionDef(function)) => {
                Kind::Function(Box::new(self.function(function)))
            }
            (_, AnyNodeRef::StmtClassDef(class)) => Kind::Class(Box::new(self.class(class))),
            _ => Kind::Expression,
        };
        Scope {
            kind,
            parent: scope.parent,
            names: self.names(id),
            elsewhere: self
                .tree
                .declared_elsewhere(id)
                .map(|(name, home)| (name.into(), home))
                .collect(),
            uses: FxHashMap::default(),
        }
    }

    /// What the names stand for that a scope binds. Facts are kept, so that nothing has more room
    /// than it needs.
    fn names(&self, id: ScopeId) -> FxHashMap<Box<str>, Vec<Bound>> {
        let bindings = self.tree.all_bindings(id);
        let most = bindings.size_hint().1.unwrap_or_default();
        let mut names = FxHashMap::with_capacity_and_hasher(most, FxBuildHasher);
        for (name, all) in bindings {
            let mut bound = Vec::with_capacity(all.len());
            bound.extend(all.iter().filter_map(|binding| self.bound(binding)));
            names.insert(name.into(), bound);
        }
        names
    }

    fn function(&self, function: &ast::StmtFunctionDef) -> Function {
        let parameters = &function.parameters;
        Function {
            name: function.name.as_str().into(),
            at: function.name.range(),
            is_async: function.is_async,
            yielded: Vec::new(),
            returned: Vec::new(),
            decorators: self.decorators(&function.decorator_list),
            returns: function
                .returns
                .as_deref()
                .map(|annotation| Term::of_annotation(annotation, self.tree)),
            parameters: parameters
                .posonlyargs
                .iter()
                .chain(&parameters.args)
                .map(|parameter| parameter.name().as_str().into())
                .collect(),
            variables: self.variables(function.type_params.as_deref()),
        }
    }

    fn variables(&self, parameters: Option<&ast::TypeParams>) -> Vec<Variable> {
        let all = parameters.map_or(&[][..], |parameters| &parameters.type_params);
        all.iter()
            .map(|parameter| match parameter {
                ast::TypeParam::TypeVar(variable) => Variable {
                    name: variable.name.as_str().into(),
                    bound: variable.bound.as_deref().map(|bound| match bound {
                        ast::Expr::Tuple(types) => Term::Either(
                            types
                                .elts
                                .iter()
                                .map(|one| Term::of_annotation(one, self.tree))
                                .collect(),
                        ),
                        bound => Term::of_annotation(bound, self.tree),
                    }),
                },
                other => Variable {
                    name: other.name().as_str().into(),
                    bound: None,
                },
            })
            .collect()
    }

    fn class(&self, class: &ast::StmtClassDef) -> Class {
        let arguments = class.arguments.as_deref();
        Class {
            name: class.name.as_str().into(),
            bases: arguments
                .map(|arguments| &*arguments.args)
                .unwrap_or_default()
                .iter()
                .map(|base| match base {
                    ast::Expr::Starred(_) => Term::Opaque,
                    ast::Expr::Subscript(generic) => Term::Subscript(
                        Box::new(Term::of(&generic.value, self.tree)),
                        Box::new(Term::of_annotation(&generic.slice, self.tree)),
                    ),
                    base => Term::of(base, self.tree),
                })
                .collect(),
            decorators: self.decorators(&class.decorator_list),
            metaclass: arguments
                .and_then(|arguments| arguments.find_keyword("metaclass"))
                .map(|keyword| Term::of(&keyword.value, self.tree)),
            variables: self.variables(class.type_params.as_deref()),
            attributes: FxHashMap::default(),
        }
    }

    fn decorators(&self, list: &[ast::Decorator]) -> Vec<Term> {
        list.iter()
            .map(|decorator| Term::of(&decorator.expression, self.tree))
            .collect()
    }

    fn bound(&self, binding: &Binding) -> Option<Bound> {
        let mut scope = self.tree.scope_of(binding.node);
        let how = match (&binding.kind, self.tree.node(binding.node)) {
            (BindingKind::Import(dotted), _) => How::Module(dotted.as_str().into()),
            (BindingKind::FromImport(dotted), _) => How::Member(dotted.as_str().into()),
            (BindingKind::Function, _) => self
                .opened
                .get(&binding.node)
                .map_or(How::Opaque, |id| How::Function(*id)),
            (BindingKind::Class, _) => self
                .opened
                .get(&binding.node)
                .map_or(How::Opaque, |id| How::Class(*id)),
            (BindingKind::Parameter, AnyNodeRef::StmtFunctionDef(function)) => {
                How::Parameter(self.parameter(&function.parameters, binding)?)
            }
            (_, AnyNodeRef::ExprName(name)) => {
                if name.ctx.is_del() {
                    // What a class has lost, one of its bases may have.
                    let in_class = matches!(self.tree.scope(scope).kind, ScopeKind::Class);
                    return in_class.then_some(Bound {
                        how: How::Opaque,
                        scope,
                        type_checking: binding.type_checking,
                    });
                }
                let (how, read_in) = self.assigned(binding.node);
                scope = read_in.unwrap_or(scope);
                how
            }
            _ => How::Opaque,
        };
        Some(Bound {
            how,
            scope,
            type_checking: binding.type_checking,
        })
    }

    fn parameter(&self, parameters: &ast::Parameters, binding: &Binding) -> Option<Parameter> {
        let read = |parameter: &ast::Parameter| {
            parameter
                .annotation
                .as_deref()
                .map(|annotation| Term::of_annotation(annotation, self.tree))
        };
        let is = |parameter: &ast::Parameter| parameter.name.range() == binding.range;
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for (at, parameter) in positional.enumerate() {
            if is(&parameter.parameter) {
                return Some(Parameter {
                    annotation: read(&parameter.parameter),
                    place: Place::At(at),
                });
            }
        }
        for parameter in &parameters.kwonlyargs {
            if is(&parameter.parameter) {
                return Some(Parameter {
                    annotation: read(&parameter.parameter),
                    place: Place::Keyword,
                });
            }
        }
        let rest = [
            (&parameters.vararg, Place::Args),
            (&parameters.kwarg, Place::Kwargs),
        ];
        rest.into_iter().find_map(|(parameter, place)| {
            let parameter = parameter.as_deref().filter(|parameter| is(parameter))?;
            Some(Parameter {
                annotation: read(parameter),
                place,
            })
        })
    }

    /// What an assignment gives to a target (a name or an attribute), and where that is read.
    fn assigned(&self, target: NodeId) -> (How, Option<ScopeId>) {
        let tree = self.tree;
        let mut places = Vec::new();
        let mut below = target;
        loop {
            let above = tree.parent(below);
            let (value, wrap): (&ast::Expr, fn(Term) -> Term) = match tree.node(above) {
                AnyNodeRef::ExprTuple(ast::ExprTuple { elts, .. })
                | AnyNodeRef::ExprList(ast::ExprList { elts, .. }) => {
                    let place = elts.iter().position(|one| tree.id(one) == below);
                    let is_fixed =
                        |place: &usize| !elts[..*place].iter().any(ast::Expr::is_starred_expr);
                    let Some(place) = place.filter(is_fixed) else {
                        return (How::Opaque, None);
                    };
                    places.push(place);
                    below = above;
                    continue;
                }
                AnyNodeRef::StmtAssign(assign) => (&assign.value, |term| term),
                AnyNodeRef::StmtAnnAssign(assign) => {
                    let annotation = Term::of_annotation(&assign.annotation, tree);
                    let value = assign.value.as_deref().map(|value| Term::of(value, tree));
                    return (How::Annotated(Box::new(annotation), value), None);
                }
                AnyNodeRef::ExprNamed(walrus) => (&walrus.value, |term| term),
                // `names += more`
                AnyNodeRef::StmtAugAssign(assign) if assign.op == ast::Operator::Add => {
                    (&assign.value, |term| {
                        Term::Display(vec![Term::Starred(Box::new(term))])
                    })
                }
                AnyNodeRef::StmtFor(for_) if !for_.is_async => {
                    (&for_.iter, |term| Term::Element(Box::new(term)))
                }
                AnyNodeRef::Comprehension(clause) if !clause.is_async => {
                    (&clause.iter, |term| Term::Element(Box::new(term)))
                }
                AnyNodeRef::WithItem(item) => {
                    let is_async = matches!(
                        tree.node(tree.parent(above)),
                        AnyNodeRef::StmtWith(with) if with.is_async
                    );
                    if is_async {
                        (&item.context_expr, |term| {
                            Term::Entered(Box::new(term), true)
                        })
                    } else {
                        (&item.context_expr, |term| {
                            Term::Entered(Box::new(term), false)
                        })
                    }
                }
                _ => return (How::Opaque, None),
            };
            let mut term = wrap(Term::of(value, tree));
            for place in places.iter().rev() {
                term = Term::Item(Box::new(term), *place);
            }
            return (How::Value(term), Some(tree.scope_of(tree.id(value))));
        }
    }

    /// What a `return` or a `yield` says.
    fn result(&mut self, id: NodeId) {
        let tree = self.tree;
        let (value, is_yielded) = match tree.node(id) {
            AnyNodeRef::StmtReturn(return_) => (return_.value.as_deref(), false),
            AnyNodeRef::ExprYield(yield_) => (yield_.value.as_deref(), true),
            _ => {
                if let Some(function) = self.function_mut(tree.scope_of(id)) {
                    function.yielded.push(Term::Opaque);
                }
                return;
            }
        };
        let term = value.map_or(Term::None, |value| Term::of(value, tree));
        if let Some(function) = self.function_mut(tree.scope_of(id)) {
            if is_yielded {
                function.yielded.push(term);
            } else {
                function.returned.push(term);
            }
        }
    }

    /// The modules whose names are all imported; where the last of these imports stands.
    fn stars(&mut self) -> Option<TextSize> {
        let tree = self.tree;
        let bindings = tree
            .binders("*")
            .flat_map(|scope| tree.bindings(scope, "*"));
        let mut imports: Vec<NodeId> = bindings.map(|binding| binding.node).collect();
        imports.sort_unstable();
        imports.dedup();
        let mut last = None;
        for id in imports {
            if let AnyNodeRef::StmtImportFrom(import) = tree.node(id) {
                last = Some(import.range.start());
                let dots = ".".repeat(import.level as usize);
                let module = import.module.as_deref().unwrap_or_default();
                let dotted = format!("{dots}{module}");
                self.facts.star_imports.push(dotted.into());
            }
        }
        last
    }

    fn function_mut(&mut self, scope: ScopeId) -> Option<&mut Function> {
        match &mut self.facts.scopes[scope.index()].kind {
            Kind::Function(function) => Some(function),
            Kind::Module | Kind::Class(_) | Kind::Expression => None,
        }
    }

    fn attribute(&mut self, id: NodeId, attribute: &ast::ExprAttribute) {
        let name = attribute.attr.as_str();
        let Some(class) = self.class_of_receiver(&attribute.value) else {
            let (how, scope) = self.assigned(id);
            let read_in = self.tree.scope_of(id);
            self.facts.foreign.push(Foreign {
                name: name.into(),
                receiver: Term::of(&attribute.value, self.tree),
                scope: read_in,
                value: Bound {
                    how,
                    scope: scope.unwrap_or(read_in),
                    type_checking: false,
                },
            });
            return;
        };
        let (how, scope) = self.assigned(id);
        let scope = scope.unwrap_or_else(|| self.tree.scope_of(id));
        if let Kind::Class(class) = &mut self.facts.scopes[class.index()].kind {
            class
                .attributes
                .entry(name.into())
                .or_default()
                .push(Bound {
                    how,
                    scope,
                    type_checking: false,
                });
        }
    }

    /// The class whose `self` or `cls` an expression is.
    fn class_of_receiver(&self, receiver: &ast::Expr) -> Option<ScopeId> {
        let ast::Expr::Name(name) = receiver else {
            return None;
        };
        let from = self.tree.scope_of(self.tree.id(name));
        let home = self.tree.lookup(name.id.as_str(), from)?;
        let function = self.facts.function(home)?;
        let class = self.tree.scope(home).parent;
        let is_static = function
            .decorators
            .iter()
            .any(|decorator| decorator.last_name() == Some("staticmethod"));
        let is_first = function
            .parameters
            .first()
            .is_some_and(|first| **first == *name.id.as_str());
        (is_first && !is_static && self.facts.class(class).is_some()).then_some(class)
    }
}
