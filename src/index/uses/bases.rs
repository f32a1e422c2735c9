//! What the classes from outside that a class inherits from may do with one of its methods.

use super::Search;
use crate::facts::Term;
use crate::index::classes::Ancestor;
use crate::index::{Evaluator, Place, Type, library};
use crate::syntax::{AnyNodeRef, Module, NodeId, PythonVersion, Tree, ast};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Methods that read attributes whatever their names are, and call none of them.
const READERS: &[&str] = &[
    "__copy__",
    "__deepcopy__",
    "__eq__",
    "__getattr__",
    "__getstate__",
    "__hash__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setstate__",
    "__str__",
];

impl Search<'_> {
    /// Adds the names of the classes of installed packages that may call a method of a class with
    /// this resolution order: those that define the name, whose package mentions it, or that find
    /// methods by names which only the running program knows.
    pub(super) fn callers_above(
        &self,
        order: &[Ancestor],
        name: &str,
        found: &mut BTreeSet<Box<str>>,
    ) {
        for ancestor in order {
            let Ancestor::Class(class) = ancestor else {
                continue;
            };
            if class.file.outside && self.may_call(class, name) {
                let module = self.project.name_of_module(&class.file.path);
                let class = class.file.facts.qualified(class.scope).join(".");
                found.insert(format!("{module}.{class}").into());
            }
        }
    }

    fn may_call(&self, class: &Place, name: &str) -> bool {
        let Some(known) = class.class() else {
            return true;
        };
        let binds = |name: &str| !class.file.facts.bindings(class.scope, name).is_empty();
        let defines = binds(name) || known.attributes.contains_key(name);
        if defines || binds("__init_subclass__") || binds("__getattribute__") {
            return true;
        }
        let evaluator = Evaluator::of(self.project, Arc::clone(&class.file));
        let is_plain = |metaclass: &Term| {
            matches!(evaluator.eval(&class.file, class.parent(), metaclass),
                Type::External(dotted) if library::is_plain_metaclass(&dotted))
        };
        evaluator.class(class) == Type::Unknown
            || known.metaclass.as_ref().is_some_and(|one| !is_plain(one))
            || self.project.package_mentions(&class.file.path, name)
            || self.finds_members(class)
    }

    /// Whether a method of a class looks for attributes whose names are not in its text.
    fn finds_members(&self, class: &Place) -> bool {
        let Some(text) = self.project.sources.text(&class.file.path) else {
            return true;
        };
        let Ok(module) = Module::parse(&text, PythonVersion::latest()) else {
            return true;
        };
        let tree = Tree::new(&module);
        let body = tree.scope(class.scope).node;
        tree.descendants(body)
            .any(|id| finds_members(&tree, id) && !is_in_reader(&tree, id))
    }
}

fn finds_members(tree: &Tree<'_>, id: NodeId) -> bool {
    match tree.node(id) {
        AnyNodeRef::ExprCall(call) => match Term::of(&call.func, tree).last_name() {
            Some("getattr" | "getattr_static") => {
                let name = call.arguments.args.get(1);
                !name.is_some_and(ast::Expr::is_string_literal_expr)
            }
            Some("vars" | "dir" | "getmembers" | "getmembers_static") => true,
            Some("methodcaller" | "attrgetter") => {
                let mut names = call.arguments.args.iter();
                !names.all(ast::Expr::is_string_literal_expr)
            }
            _ => false,
        },
        AnyNodeRef::ExprAttribute(attribute) => {
            let of_instance = matches!(&*attribute.value, ast::Expr::Name(name)
                if name.id.as_str() == "self");
            attribute.attr.as_str() == "__dict__" && !of_instance
        }
        _ => false,
    }
}

fn is_in_reader(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.ancestors(id).any(|above| {
        matches!(tree.node(above), AnyNodeRef::StmtFunctionDef(function)
            if READERS.contains(&function.name.as_str()))
    })
}
