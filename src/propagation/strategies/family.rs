//! Methods of the same name in the classes of the project that inherit from each other: they get a
//! twin together, or none.

use crate::index::Definition;
use crate::propagation::lift::{Kind, is_stub};
use crate::propagation::solve::Propagation;
use crate::syntax::{AnyNodeRef, Module, Tree};
use std::collections::BTreeSet;

impl Propagation<'_> {
    /// The same method of other classes of the project, where each of them can have a twin; empty
    /// where one of them cannot.
    pub(super) fn family(
        &mut self,
        node: usize,
        others: &BTreeSet<&Definition>,
        is_protocol: bool,
    ) -> BTreeSet<usize> {
        let kind = self.kind(node);
        let mut family = BTreeSet::new();
        if is_protocol || !self.has_body(node) {
            return family;
        }
        for other in others {
            let Some(found) = self.method_of(other, kind) else {
                return BTreeSet::new();
            };
            family.insert(found);
        }
        family
    }

    /// A plain method with a body of the project, in a file that may be changed.
    fn method_of(&mut self, other: &Definition, kind: Kind) -> Option<usize> {
        let file = self.file(&other.path)?;
        let outline = &self.files[file].outline;
        let at = outline.definition_of(other.scope)?;
        let own = &outline.definitions[at];
        if own.is_async || own.kind != kind || outline.is_test {
            return None;
        }
        let found = self.node(file, at);
        let is_ours = !self.project.is_outside(&other.path) && (self.may_change)(&other.path);
        (is_ours && self.has_body(found)).then_some(found)
    }

    /// Whether a function is more than a declaration, such as an abstract method.
    fn has_body(&self, node: usize) -> bool {
        let own = self.definition(node);
        let text = self.project.sources.text(&own.path).unwrap_or_default();
        let Ok(module) = Module::parse(&text, self.options.target) else {
            return false;
        };
        let tree = Tree::new(&module);
        matches!(tree.node(tree.scope(own.scope).node), AnyNodeRef::StmtFunctionDef(function)
            if function.decorator_list.is_empty() && !is_stub(function))
    }

    /// Some plain methods of the project; empty where one of them is something else.
    pub(super) fn methods_of(&mut self, others: &[Definition], kind: Kind) -> Vec<usize> {
        let found: Option<Vec<usize>> = others
            .iter()
            .map(|other| self.method_of(other, kind))
            .collect();
        found.unwrap_or_default()
    }
}
