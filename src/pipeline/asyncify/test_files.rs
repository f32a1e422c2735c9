//! Files of tests, which move with the code that they call.

use super::Asyncification;
use crate::options::{AsyncTests, HttpPackage};
use crate::propagation::Group;
use crate::propagation::lift::{Kind, Lift, Lifted, Wall};
use crate::propagation::test_code::{self, TestFile};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, Tree};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

impl Asyncification<'_, '_> {
    /// The edits of a file of tests for all groups, or why they cannot be made.
    pub(super) fn move_tests(
        &self,
        path: &Path,
        tree: &Tree<'_>,
        what: &Lift<'_>,
        mocks: &Mocks,
        groups: &[Group],
    ) -> Result<Lifted, Vec<Wall>> {
        let runner = *self.runner.get_or_init(|| self.find_runner());
        let file = TestFile {
            functions: what.functions,
            calls: what.calls,
            kinds: what.kinds,
            runner,
            function: &|dotted| mocks.dotted.get(dotted).copied(),
            method: &|object, name| mocks.attributes.get(&(object, name.to_owned())).copied(),
            gone: self.gone(groups),
            answers: self.pipeline.options.allows_unsafe("requests-to-httpx")
                && self.pipeline.options.http_package != HttpPackage::Httpx2
                && (!self.pipeline.project.depends_on("httpx2")
                    || self.pipeline.project.depends_on("httpx")),
        };
        let lifted = test_code::move_tests(tree, self.pipeline.options.target, &file)?;
        let walls = self.fixtures(path, tree, what.functions, runner);
        if walls.is_empty() {
            Ok(lifted)
        } else {
            Err(walls)
        }
    }

    /// The fixtures that something may ask for that cannot wait for them.
    fn fixtures(
        &self,
        path: &Path,
        tree: &Tree<'_>,
        functions: &[NodeId],
        runner: AsyncTests,
    ) -> Vec<Wall> {
        let fixtures: Vec<(NodeId, &str)> = functions
            .iter()
            .filter_map(|id| match tree.node(*id) {
                AnyNodeRef::StmtFunctionDef(function) if test_code::is_fixture(tree, *id) => {
                    Some((*id, function.name.as_str()))
                }
                _ => None,
            })
            .collect();
        if fixtures.is_empty() {
            return Vec::new();
        }
        let shared = path.ends_with("conftest.py") && matches!(runner, AsyncTests::Anyio { .. });
        let asking = self.asking.get_or_init(|| self.texts_that_ask());
        let wall = |node, reason, message: &str, remedy: &str| Wall {
            node,
            reason,
            message: message.to_owned(),
            remedy: Some(remedy.to_owned()),
        };
        fixtures
            .into_iter()
            .filter_map(|(id, name)| {
                if shared {
                    return Some(wall(
                        id,
                        "fixture-of-a-plain-test",
                        "Plain tests of other files may get this fixture, which becomes asynchronous.",
                        "Define the fixture beside the tests that get it.",
                    ));
                }
                let asked = asking.iter().any(|text| text.contains(name));
                asked.then(|| {
                    wall(
                        id,
                        "fixture-by-name",
                        "A call of `getfixturevalue` may ask for this fixture while a test runs, and cannot wait for it.",
                        "Take the fixture as a parameter.",
                    )
                })
            })
            .collect()
    }

    /// The texts that ask for fixtures by their names.
    fn texts_that_ask(&self) -> Vec<String> {
        let asking = Mutex::new(Vec::new());
        self.pipeline
            .project
            .each_with(&["getfixturevalue"], &|_, text| {
                if text.contains("getfixturevalue")
                    && let Ok(mut asking) = asking.lock()
                {
                    asking.push(text.to_owned());
                }
            });
        asking.into_inner().unwrap_or_default()
    }

    /// What runs asynchronous tests.
    fn find_runner(&self) -> AsyncTests {
        match self.pipeline.options.async_tests {
            AsyncTests::Anyio { .. } => {
                let found = AtomicBool::new(false);
                self.pipeline
                    .project
                    .each_with(&["def anyio_backend"], &|path, text| {
                        if path.ends_with("conftest.py") && text.contains("def anyio_backend") {
                            found.store(true, Ordering::Relaxed);
                        }
                    });
                AsyncTests::Anyio {
                    has_backend: found.into_inner(),
                }
            }
            other => other,
        }
    }

    /// The packages that functions of the groups call no more once they are lifted.
    fn gone(&self, groups: &[Group]) -> &'static [&'static str] {
        let mut seeds = groups.iter().flat_map(|group| &group.seeds);
        if seeds.any(|seed| self.wishes[*seed].transform == "requests-to-httpx") {
            &["requests"]
        } else {
            &[]
        }
    }
}

/// What tests replace, as they name it.
#[derive(Default)]
pub(super) struct Mocks {
    /// `app.user.fetch`
    dotted: FxHashMap<String, Kind>,
    /// The object and the name of its attribute.
    attributes: FxHashMap<(NodeId, String), Kind>,
}

impl Mocks {
    /// Takes down a place that means a function of which calls give `kind`.
    pub(super) fn add(&mut self, tree: &Tree<'_>, range: TextRange, kind: Kind) {
        let found = tree
            .starting_in(range)
            .find(|id| tree.node(*id).range() == range);
        let Some(id) = found else {
            return;
        };
        match tree.node(id) {
            AnyNodeRef::ExprStringLiteral(text) if text.value.to_str().contains('.') => {
                self.dotted.insert(text.value.to_str().to_owned(), kind);
            }
            AnyNodeRef::ExprStringLiteral(text) => {
                if let AnyNodeRef::Arguments(arguments) = tree.node(tree.parent(id))
                    && let Some(object) = arguments.args.first()
                {
                    let name = text.value.to_str().to_owned();
                    self.attributes.insert((tree.id(object), name), kind);
                }
            }
            // It means the function itself.
            AnyNodeRef::ExprName(_) => {
                self.attributes.insert((id, String::new()), kind);
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                let object = tree.id(&*attribute.value);
                let name = attribute.attr.as_str().to_owned();
                self.attributes.insert((object, name), kind);
            }
            _ => {}
        }
    }
}
