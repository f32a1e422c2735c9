//! Which scope binds which name, taken down while the nodes are numbered.

use super::super::tree::{Entry, NodeId};
use super::super::{AnyNodeRef, Ranged, TextRange, ast};
use super::table::{Collector, Names};
use super::{Binding, BindingKind, Scope, ScopeId, ScopeKind, is_walrus_target};

/// Where the children of a node are evaluated.
#[derive(Clone, Copy)]
pub(in crate::syntax) enum Inside {
    /// In the scope of the node.
    Same,
    /// In the scope that it opens, but for some of them (see [`lives_inside`]).
    Opened(ScopeId),
    /// The node is a `for` clause, and the first iterable is evaluated outside of the comprehension
    /// (see [`is_first_iterable`]).
    Clause,
}

/// Collects the scopes, the bindings and the table of names of a module.
pub(in crate::syntax) struct Binder<'a> {
    scopes: Vec<Scope<'a>>,
    names: Collector<'a>,
    declarations: Vec<(ScopeId, &'a str, Declared)>,
    pending: Vec<Pending>,
    type_checking: Vec<(NodeId, &'a ast::StmtIf)>,
}

impl<'a> Binder<'a> {
    pub(in crate::syntax) fn new() -> Self {
        Self {
            scopes: vec![Scope::new(ScopeKind::Module, ScopeId::MODULE, NodeId(0))],
            names: Collector::default(),
            declarations: Vec::new(),
            pending: Vec::new(),
            type_checking: Vec::new(),
        }
    }

    /// The scope around one.
    pub(in crate::syntax) fn around(&self, scope: ScopeId) -> ScopeId {
        self.scopes[scope.0 as usize].parent
    }

    /// Takes down a `Name` node; they come in source order.
    #[inline]
    pub(in crate::syntax) fn name(&mut self, name: &'a ast::ExprName, id: NodeId, scope: ScopeId) {
        let number = self.names.mention(name.id.as_str(), id);
        if !name.ctx.is_load() {
            let range = name.range();
            self.pending
                .push((scope, number, range, BindingKind::Other, id));
        }
    }

    /// Takes down any other node that binds names or opens a scope, and says where its children are
    /// evaluated.
    pub(in crate::syntax) fn other(
        &mut self,
        node: AnyNodeRef<'a>,
        id: NodeId,
        scope: ScopeId,
    ) -> Inside {
        let opened = match node {
            AnyNodeRef::StmtFunctionDef(function) => ScopeKind::Function {
                is_async: function.is_async,
            },
            AnyNodeRef::ExprLambda(_) => ScopeKind::Lambda,
            AnyNodeRef::StmtClassDef(_) => ScopeKind::Class,
            AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprSetComp(_)
            | AnyNodeRef::ExprDictComp(_) => ScopeKind::Comprehension {
                is_generator: false,
            },
            AnyNodeRef::ExprGenerator(_) => ScopeKind::Comprehension { is_generator: true },
            AnyNodeRef::StmtIf(branch) => {
                if is_type_checking(&branch.test) {
                    self.type_checking.push((id, branch));
                }
                return Inside::Same;
            }
            _ => {
                self.collect(node, id, scope);
                return Inside::Same;
            }
        };
        let new = ScopeId::at(self.scopes.len());
        self.scopes.push(Scope::new(opened, scope, id));
        for parameter in parameters(node).into_iter().flatten() {
            let name = parameter.name();
            let number = self.names.name(name.as_str());
            let kind = BindingKind::Parameter;
            self.pending.push((new, number, name.range(), kind, id));
        }
        self.collect(node, id, scope);
        Inside::Opened(new)
    }

    /// The scopes and the names, once all nodes are numbered.
    pub(in crate::syntax) fn finish(self, entries: &[Entry<'a>]) -> (Vec<Scope<'a>>, Names<'a>) {
        let Self {
            mut scopes,
            mut names,
            declarations,
            pending,
            type_checking,
        } = self;
        for (scope, name, target) in declarations {
            let found = match target {
                Declared::Global => ScopeId::MODULE,
                Declared::Nonlocal => enclosing_function(&scopes, scope),
            };
            names.declare(name, scope);
            scopes[scope.0 as usize].elsewhere.insert(name, found);
            scopes[found.0 as usize].rebound.insert(name);
        }
        for (scope, name, range, kind, node) in pending {
            let mut home = scope;
            if is_walrus_target(entries, node) {
                while matches!(
                    scopes[home.0 as usize].kind,
                    ScopeKind::Comprehension { .. }
                ) {
                    home = scopes[home.0 as usize].parent;
                }
            }
            let elsewhere = &scopes[home.0 as usize].elsewhere;
            if !elsewhere.is_empty()
                && let Some(other) = elsewhere.get(names.spelled(name))
            {
                home = *other;
            }
            let type_checking = type_checking.iter().any(|(id, branch)| {
                let body = branch.body.last().map(Ranged::end);
                (id.0..entries[id.0 as usize].end).contains(&node.0)
                    && body.is_some_and(|end| entries[node.0 as usize].node.end() <= end)
            });
            names.bind(
                name,
                home,
                Binding {
                    kind,
                    node,
                    range,
                    type_checking,
                },
            );
        }
        let names = names.finish(scopes.len());
        for (id, scope) in (0u32..).map(ScopeId).zip(&mut scopes) {
            let bound = names.of_scope(id);
            let imported = bound.filter(|(_, bindings)| bindings.iter().any(Binding::is_import));
            scope.imported = imported.map(|(name, _)| name).collect();
            scope.imported.sort_unstable();
        }
        (scopes, names)
    }
}

enum Declared {
    Global,
    Nonlocal,
}

/// The scope, the number of the name, its range, how it is bound, and by which node.
type Pending = (ScopeId, u32, TextRange, BindingKind, NodeId);

impl<'a> Binder<'a> {
    fn collect(&mut self, node: AnyNodeRef<'a>, id: NodeId, scope: ScopeId) {
        let mut bind = |name: &'a str, range, kind| {
            let name = self.names.name(name);
            self.pending.push((scope, name, range, kind, id));
        };
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
                    self.declarations
                        .push((scope, name.as_str(), Declared::Global));
                }
            }
            AnyNodeRef::StmtNonlocal(nonlocal) => {
                for name in &nonlocal.names {
                    self.declarations
                        .push((scope, name.as_str(), Declared::Nonlocal));
                }
            }
            _ => {}
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
pub(in crate::syntax) fn lives_inside(parent: AnyNodeRef<'_>, child: AnyNodeRef<'_>) -> bool {
    match parent {
        AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::StmtClassDef(_) => child.is_statement(),
        AnyNodeRef::ExprLambda(_) => !matches!(child, AnyNodeRef::Parameters(_)),
        _ => true,
    }
}

/// Whether a child of a `for` clause is the first iterable of its comprehension.
pub(in crate::syntax) fn is_first_iterable(
    comprehension: AnyNodeRef<'_>,
    clause: AnyNodeRef<'_>,
    child: AnyNodeRef<'_>,
) -> bool {
    let AnyNodeRef::Comprehension(this) = clause else {
        return false;
    };
    if !AnyNodeRef::from(&this.iter).ptr_eq(child) {
        return false;
    }
    let generators = match comprehension {
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

fn enclosing_function(scopes: &[Scope<'_>], scope: ScopeId) -> ScopeId {
    let mut at = scopes[scope.0 as usize].parent;
    loop {
        let here = &scopes[at.0 as usize];
        if at == ScopeId::MODULE || matches!(here.kind, ScopeKind::Function { .. }) {
            return at;
        }
        at = here.parent;
    }
}

/// Whether the test of an `if` holds for type checkers alone.
fn is_type_checking(test: &ast::Expr) -> bool {
    match test {
        ast::Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}
