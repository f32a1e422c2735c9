//! Tests that hand a function, or a `lambda` that calls one, to what expects an error of it.

use crate::index::{Role, Use};
use crate::options::Asyncify;
use crate::propagation::group::CallSite;
use crate::propagation::lift::Kind;
use crate::propagation::needs::Needs;
use crate::propagation::outline::Outline;
use crate::propagation::solve::Propagation;
use crate::propagation::test_code;
use crate::syntax::{Module, NodeId, TextRange, Tree};
use std::path::Path;

impl Propagation<'_> {
    /// Whether a call in a `lambda` stands in a test that can be written so that it waits; the test
    /// joins what becomes a coroutine function.
    pub(in crate::propagation) fn in_a_test(
        &mut self,
        outline: &Outline,
        call: &CallSite,
        needs: &mut Needs,
    ) -> bool {
        let around = test_code::around_lambda;
        self.joins_a_test(outline, &call.path, call.range, &around, needs)
    }

    /// The same for a function that a test hands to what expects an error of it.
    pub(in crate::propagation) fn handed_in_a_test(
        &mut self,
        outline: &Outline,
        found: &Use,
        needs: &mut Needs,
    ) -> bool {
        let around = test_code::around_handed;
        let joins = found.role == Role::Value
            && found.others.is_empty()
            && self.joins_a_test(outline, &found.path, found.range, &around, needs);
        if joins {
            needs.is_handed = true;
            needs.mocks.push(CallSite {
                path: found.path.clone(),
                range: found.range,
                kind: Kind::Coroutine,
                line: outline.line(found.range.start()),
                twin: false,
            });
        }
        joins
    }

    fn joins_a_test(
        &mut self,
        outline: &Outline,
        path: &Path,
        at: TextRange,
        around: &dyn Fn(&Tree<'_>, TextRange) -> Option<NodeId>,
        needs: &mut Needs,
    ) -> bool {
        if !outline.is_test || self.options.asyncify != Asyncify::Project {
            return false;
        }
        let text = self.project.sources.text(path).unwrap_or_default();
        let Ok(module) = Module::parse(&text, self.options.target) else {
            return false;
        };
        let tree = Tree::new(&module);
        let function = around(&tree, at).and_then(|function| tree.scope_opened_by(function));
        let definition = function.and_then(|scope| outline.definition_of(scope));
        let (Some(definition), Some(file)) = (definition, self.file(path)) else {
            return false;
        };
        if outline.definitions[definition].is_async {
            needs.meets_coroutines = true;
        } else {
            let node = self.node(file, definition);
            needs.nodes.push(node);
        }
        true
    }
}
