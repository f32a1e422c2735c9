//! Annotations in what a rewrite adds to a module: written where the module has them.

use super::FileView;
use super::names::{alias_of, is_unbound_everywhere};
use crate::edit::{Helper, ImportRequest};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, ScopeId, TextSize, ast};

/// Names of types in the sources of helpers, with where they can be imported from, the best first.
const TYPES: &[(&str, &[&str])] = &[
    ("Any", &["typing.Any"]),
    (
        "Awaitable",
        &["collections.abc.Awaitable", "typing.Awaitable"],
    ),
    (
        "Coroutine",
        &["collections.abc.Coroutine", "typing.Coroutine"],
    ),
    ("TracebackType", &["types.TracebackType"]),
];

impl FileView<'_> {
    /// Whether at least half of the functions of the module say what they return. Helpers of such a
    /// module are annotated too: strict type checkers accept no others.
    pub(super) fn is_annotated(&self) -> bool {
        *self.known.is_annotated.get_or_init(|| {
            let (mut annotated, mut all) = (0usize, 0usize);
            for (_, scope) in self.tree.scopes() {
                if let AnyNodeRef::StmtFunctionDef(function) = self.tree.node(scope.node) {
                    all += 1;
                    annotated += usize::from(function.returns.is_some());
                }
            }
            annotated > 0 && annotated * 2 >= all
        })
    }

    /// The source of a helper with annotations in the words of this file, and the imports they
    /// need. `None` where it has none, or a name of them cannot be had when the helper is defined.
    pub(super) fn annotated(&self, helper: &Helper) -> Option<(String, Vec<ImportRequest>)> {
        let (plain, annotated) = helper.annotated?;
        let mut source = helper.source.replace(plain, annotated);
        if !self.options.at_least(12) {
            source = source
                .replace("[T](", "(")
                .replace("[T]", "[Any]")
                .replace("-> T", "-> Any");
        }
        let mut imports = Vec::new();
        for (name, origins) in TYPES {
            if !source.contains(name) {
                continue;
            }
            let written = self.type_name(name, origins, &mut imports)?;
            source = source.replace(name, &written);
        }
        Some((source, imports))
    }

    /// What a type is called at the place of the helpers.
    fn type_name(
        &self,
        name: &str,
        origins: &[&str],
        imports: &mut Vec<ImportRequest>,
    ) -> Option<String> {
        let is_late = self.evaluates_annotations_late();
        let place = self.tree.definition_place()?.next;
        for origin in origins {
            if let Some(known) = self.imported_type(origin, is_late, place) {
                return Some(known);
            }
        }
        for origin in origins {
            let (module, _) = origin.rsplit_once('.')?;
            let Some(alias) = alias_of(self.tree, NodeId::MODULE, module) else {
                continue;
            };
            let root = alias.split('.').next()?;
            if is_late || self.is_bound_before(root, place) {
                return Some(format!("{alias}.{name}"));
            }
        }
        let (module, _) = origins.first()?.rsplit_once('.')?;
        if !is_unbound_everywhere(self.tree, name) || !self.tree.mentions(name).is_empty() {
            return None;
        }
        imports.push(ImportRequest::From(module.to_owned(), name.to_owned()));
        Some(name.to_owned())
    }

    /// A name of the module that stands for the type and for nothing else; one that only type
    /// checkers see does where annotations are not evaluated.
    fn imported_type(&self, dotted: &str, is_late: bool, place: TextSize) -> Option<String> {
        self.tree
            .imported_names(ScopeId::MODULE)
            .iter()
            .find(|name| {
                let bindings = self.tree.bindings(ScopeId::MODULE, name);
                bindings.iter().all(|binding| {
                    matches!(&binding.kind, BindingKind::FromImport(origin) if origin == dotted)
                        && (is_late || !binding.type_checking)
                }) && (is_late || self.is_bound_before(name, place))
            })
            .map(|name| (*name).to_owned())
    }

    fn is_bound_before(&self, name: &str, place: TextSize) -> bool {
        self.tree
            .bindings(ScopeId::MODULE, name)
            .iter()
            .any(|binding| !binding.type_checking && binding.range.end() <= place)
    }

    /// Whether annotations are not evaluated when a function is defined (PEP 563, PEP 649).
    fn evaluates_annotations_late(&self) -> bool {
        self.options.at_least(14)
            || self.tree.module.ast().body.iter().any(|stmt| {
                matches!(stmt, ast::Stmt::ImportFrom(import)
                    if import.module.as_deref() == Some("__future__")
                        && import.names.iter().any(|alias| &*alias.name == "annotations"))
            })
    }
}
