//! Which scope binds which name: one pass over the nodes.

use super::super::tree::{NodeId, Tree};
use super::super::{AnyNodeRef, Ranged, TextRange, ast};
use super::table::Collector;
use super::{Binding, BindingKind, Scope, ScopeId, ScopeKind, is_walrus_target};

/// Fills in the scopes, the bindings and the table of names of a tree whose nodes are known.
pub(in crate::syntax) fn resolve(tree: &mut Tree<'_>) {
    tree.scopes
        .push(Scope::new(ScopeKind::Module, ScopeId::MODULE, NodeId(0)));
    let mut names = Collector::default();
    // The nodes around the last one that open a scope, in which their children live, and others
    // before its parent.
    let mut open: Vec<(NodeId, ScopeId)> = Vec::new();
    let mut declarations = Vec::new();
    let mut pending = Vec::new();
    let mut type_checking = Vec::new();

    for index in 1..tree.entries.len() {
        let id = NodeId(u32::try_from(index).expect("an index of a node fits in 32 bits"));
        let node = tree.entries[index].node;
        let parent = tree.entries[index].parent;
        let outer = tree.entries[parent.0 as usize].scope;
        while open.last().is_some_and(|(last, _)| *last > parent) {
            open.pop();
        }
        let scope = match open.last() {
            Some((last, opened)) if *last == parent && lives_inside(tree.node(parent), node) => {
                *opened
            }
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
            open.push((id, new));
            if let Some(parameters) = parameters(node) {
                for parameter in parameters {
                    let name = parameter.name();
                    pending.push((new, name.as_str(), name.range(), BindingKind::Parameter, id));
                }
            }
        }
        collect(node, id, scope, &mut pending, &mut declarations);
        if let AnyNodeRef::StmtIf(branch) = node
            && is_type_checking(&branch.test)
        {
            type_checking.push((id, branch));
        }
        if let AnyNodeRef::ExprName(name) = node {
            names.mention(name.id.as_str(), id);
        }
        if let AnyNodeRef::Comprehension(_) = tree.node(parent)
            && is_first_iterable(tree, parent, node)
        {
            let around = tree.scopes[scope.0 as usize].parent;
            tree.entries[index].scope = around;
        }
    }

    for (scope, name, target) in declarations {
        let found = match target {
            Declared::Global => ScopeId::MODULE,
            Declared::Nonlocal => enclosing_function(tree, scope),
        };
        names.declare(name, scope);
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
        let type_checking = type_checking.iter().any(|(id, branch)| {
            let body = branch.body.last().map(Ranged::end);
            tree.is_within(node, *id) && body.is_some_and(|end| tree.node(node).end() <= end)
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
    tree.names = names.finish(tree.scopes.len());
    for (id, scope) in (0u32..).map(ScopeId).zip(&mut tree.scopes) {
        let bound = tree.names.of_scope(id);
        let imported = bound.filter(|(_, bindings)| bindings.iter().any(Binding::is_import));
        scope.imported = imported.map(|(name, _)| name).collect();
        scope.imported.sort_unstable();
    }
}

enum Declared {
    Global,
    Nonlocal,
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

/// Whether the test of an `if` holds for type checkers alone.
fn is_type_checking(test: &ast::Expr) -> bool {
    match test {
        ast::Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}
