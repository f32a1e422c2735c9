//! Calls through a `typing.Protocol`. Any class with the right methods implements one without
//! saying so; the objects that get to a call are found where the function around it is called.

use crate::index::{Certainty, Definition, Indexed, Kind, Named, Resolver, Role, Use};
use crate::propagation::outline::Obstacle;
use crate::propagation::solve::Propagation;
use crate::syntax::{
    AnyNodeRef, BindingKind, Module, NodeId, Ranged, ScopeId, TextRange, Tree, ast,
};
use std::collections::BTreeSet;
use std::path::Path;

impl Propagation<'_> {
    /// What a call of unknown meaning may run, if it goes through a protocol: the methods of the
    /// classes whose objects get there, and that of the protocol. `None` when it goes through
    /// something else.
    pub(in crate::propagation) fn through_protocol(
        &mut self,
        found: &Use,
    ) -> Option<Result<Vec<Definition>, Obstacle>> {
        let (Role::Call { awaited: false, .. }, Certainty::Unknown) =
            (&found.role, found.certainty)
        else {
            return None;
        };
        let (protocol, object, method) = self.protocol_of(&found.path, found.range)?;
        let unknown = || {
            Obstacle::new(
                "protocol",
                found.range,
                "it is called through a protocol here, and it is not known of which classes all objects are that get there",
            )
            .remedy("Annotate the variable with the class, or give the classes a common base.")
        };
        let mut classes = BTreeSet::from([protocol.clone()]);
        let mut seen = BTreeSet::new();
        let known = self.objects(&found.path, object, &protocol, &mut classes, &mut seen);
        if known.is_none() {
            return Some(Err(unknown()));
        }
        let methods: Option<Vec<Definition>> = classes
            .iter()
            .map(|class| self.method(class, &method))
            .collect();
        Some(methods.ok_or_else(unknown))
    }

    /// The protocol that the object of a call is annotated with, the object, and the method.
    fn protocol_of(
        &self,
        path: &Path,
        callee: TextRange,
    ) -> Option<(Definition, TextRange, String)> {
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let id = tree
            .starting_in(callee)
            .find(|id| tree.node(*id).range() == callee)?;
        let AnyNodeRef::ExprAttribute(attribute) = tree.node(id) else {
            return None;
        };
        let kinds = Indexed::new(self.project, path, &tree).kinds(&attribute.value)?;
        let [Kind::Instance(Named::Definition(class))] = kinds.as_slice() else {
            return None;
        };
        let method = attribute.attr.as_str().to_owned();
        self.is_protocol(class)
            .then(|| (class.clone(), attribute.value.range(), method))
    }

    fn is_protocol(&self, class: &Definition) -> bool {
        let text = self.project.sources.text(&class.path).unwrap_or_default();
        let Ok(module) = Module::parse(&text, self.options.target) else {
            return false;
        };
        let tree = Tree::new(&module);
        let Some(definition) = class_of(&tree, class.scope) else {
            return false;
        };
        let bases = definition.arguments.as_deref().map(|given| &*given.args);
        bases.into_iter().flatten().any(|base| {
            let base = match base {
                ast::Expr::Subscript(item) => &item.value,
                other => other,
            };
            matches!(
                tree.qualified_name(base).as_deref(),
                Some("typing.Protocol" | "typing_extensions.Protocol")
            )
        })
    }

    /// Collects the classes of the objects that a variable may have; `None` when not all are known.
    fn objects(
        &mut self,
        path: &Path,
        object: TextRange,
        protocol: &Definition,
        classes: &mut BTreeSet<Definition>,
        seen: &mut BTreeSet<(Definition, usize)>,
    ) -> Option<()> {
        let (function, at, name, is_method) = self.parameter(path, object)?;
        if !seen.insert((function.clone(), at)) {
            return Some(());
        }
        let uses = self
            .project
            .uses_of(std::slice::from_ref(&function))
            .pop()?;
        for found in &uses.uses {
            let call = match &found.role {
                Role::Call {
                    call,
                    awaited: false,
                } if found.certainty == Certainty::Exact => *call,
                Role::Import | Role::Stub => continue,
                _ => return None,
            };
            let place = usize::from(is_method);
            let (given, kinds) = self.argument(&found.path, call, at.checked_sub(place)?, &name)?;
            for kind in kinds {
                match kind {
                    Kind::Instance(Named::Definition(class)) if class == *protocol => {
                        self.objects(&found.path, given, protocol, classes, seen)?;
                    }
                    Kind::Instance(Named::Definition(class)) => {
                        classes.insert(class);
                    }
                    _ => return None,
                }
            }
        }
        Some(())
    }

    /// The function whose parameter a variable is, with its place among the parameters and its
    /// name.
    fn parameter(
        &self,
        path: &Path,
        object: TextRange,
    ) -> Option<(Definition, usize, String, bool)> {
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let id = tree.starting_in(object).find(|id| {
            tree.node(*id).range() == object && matches!(tree.node(*id), AnyNodeRef::ExprName(_))
        })?;
        let AnyNodeRef::ExprName(name) = tree.node(id) else {
            return None;
        };
        let home = tree.lookup(&name.id, tree.scope_of(id))?;
        let [only] = tree.bindings(home, &name.id) else {
            return None;
        };
        if only.kind != BindingKind::Parameter {
            return None;
        }
        let function = tree.scope(home).node;
        let AnyNodeRef::StmtFunctionDef(definition) = tree.node(function) else {
            return None;
        };
        let parameters = &definition.parameters;
        let plain = parameters.posonlyargs.iter().chain(&parameters.args);
        let at = plain
            .chain(&parameters.kwonlyargs)
            .position(|parameter| parameter.parameter.name.range == only.range)?;
        let is_method = matches!(
            tree.node(tree.parent(function)),
            AnyNodeRef::StmtClassDef(_)
        );
        if is_method && !definition.decorator_list.is_empty() {
            return None;
        }
        let function = Definition {
            path: path.to_owned(),
            scope: home,
        };
        Some((function, at, name.id.to_string(), is_method))
    }

    /// The argument that a call gives for a parameter, and what it is.
    fn argument(
        &self,
        path: &Path,
        call: TextRange,
        at: usize,
        name: &str,
    ) -> Option<(TextRange, Vec<Kind>)> {
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let call = tree.call_at(call)?;
        let starred = call.arguments.args.iter().any(ast::Expr::is_starred_expr)
            || call
                .arguments
                .keywords
                .iter()
                .any(|keyword| keyword.arg.is_none());
        if starred {
            return None;
        }
        let keyword = call
            .arguments
            .find_keyword(name)
            .map(|keyword| &keyword.value);
        let given = keyword.or_else(|| call.arguments.args.get(at))?;
        let kinds = Indexed::new(self.project, path, &tree).kinds(given)?;
        Some((given.range(), kinds))
    }

    /// The method of a class that is defined in its body, as the only one of its name.
    fn method(&mut self, class: &Definition, name: &str) -> Option<Definition> {
        let text = self.project.sources.text(&class.path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let body = &class_of(&tree, class.scope)?.body;
        let mut methods = body
            .iter()
            .filter_map(|stmt| stmt.as_function_def_stmt())
            .filter(|method| method.name.as_str() == name);
        let only = methods.next()?;
        if methods.next().is_some() {
            return None;
        }
        Some(Definition {
            path: class.path.clone(),
            scope: tree.scope_opened_by(tree.id(only))?,
        })
    }
}

fn class_of<'t>(tree: &'t Tree<'_>, scope: ScopeId) -> Option<&'t ast::StmtClassDef> {
    let node: NodeId = tree.scope(scope).node;
    match tree.node(node) {
        AnyNodeRef::StmtClassDef(class) => Some(class),
        _ => None,
    }
}
