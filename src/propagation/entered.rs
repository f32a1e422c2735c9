//! Classes whose objects are entered by `with`: `__enter__` and `__exit__` become `__aenter__` and
//! `__aexit__` together, and every `with` that makes such an object becomes an `async with`.

use super::outline::Obstacle;
use super::solve::{File, Propagation};
use crate::facts::{Facts, Term};
use crate::index::{Certainty, Evaluator, Role, Type, Use, Uses};
use crate::options::Asyncify;
use crate::syntax::{AnyNodeRef, Module, PythonVersion, Ranged, TextRange, Tree, ast};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Whether a name is that of a method which `with` calls.
pub(super) fn is_method_of_with(name: &str) -> bool {
    matches!(name, "__enter__" | "__exit__")
}

impl Propagation<'_> {
    /// Whether a function is one of a pair of methods that a class has for `with`.
    pub(super) fn may_be_entered(&self, node: usize) -> bool {
        self.options.asyncify != Asyncify::Twins && self.partner(node).is_some()
    }

    /// The other method of the pair: its place among the definitions of the file.
    fn partner(&self, node: usize) -> Option<usize> {
        let node = &self.nodes[node];
        let File { outline, .. } = &self.files[node.file];
        let own = &outline.definitions[node.definition];
        let class = own
            .qualified
            .strip_suffix("__enter__")
            .map(|class| (class, "__exit__"));
        let class = class.or_else(|| Some((own.qualified.strip_suffix("__exit__")?, "__enter__")));
        let (class, other) = class?;
        let wanted = format!("{class}{other}");
        let mut found = (0..outline.definitions.len())
            .filter(|at| outline.definitions[*at].qualified == wanted);
        let first = found.next()?;
        (found.next().is_none() && !outline.definitions[first].is_async).then_some(first)
    }

    /// The node of the other method, which becomes a coroutine function, too.
    pub(super) fn partner_node(&mut self, node: usize) -> Option<usize> {
        let partner = self.partner(node)?;
        let file = self.nodes[node].file;
        Some(self.node(file, partner))
    }

    /// Whoever calls the method by its name would have to call the new one.
    pub(super) fn called_by_name(uses: &Uses) -> Option<(PathBuf, Obstacle)> {
        let called = uses
            .uses
            .iter()
            .find(|found| !matches!(found.role, Role::Import | Role::Override(_)))?;
        let obstacle = Obstacle::new(
            "context-manager",
            called.range,
            "it is called by its name here, which becomes another one",
        )
        .remedy("Use the object with `with`.");
        Some((called.path.clone(), obstacle))
    }

    /// Every `with` of the project that leaves an object by this `__exit__`, as a call of what makes
    /// the object; or the one of which that is not clear.
    pub(super) fn left_by(&self, node: usize) -> Result<Vec<Use>, (PathBuf, Obstacle)> {
        let sought = self.definition(node);
        let node = &self.nodes[node];
        let own = &self.files[node.file].outline.definitions[node.definition];
        let class = own.class.clone().unwrap_or_default();
        let is_ours = |found: &Type| {
            matches!(found, Type::Function(place)
                if place.scope == sought.scope && place.file.path == sought.path)
        };
        let paths = Mutex::new(Vec::new());
        self.project.sources.each(&|path, text| {
            if text.contains("with ")
                && let Ok(mut paths) = paths.lock()
            {
                paths.push((self.project.sources.absolute(path), text.contains(&class)));
            }
        });
        let mut paths = paths.into_inner().unwrap_or_default();
        paths.sort();
        let mut uses = Vec::new();
        for (path, names_class) in paths {
            let Some(text) = self.project.sources.text(&path) else {
                continue;
            };
            let Ok(module) = Module::parse(&text, PythonVersion::latest()) else {
                continue;
            };
            let tree = Tree::new(&module);
            let resolver = Evaluator::new(self.project, &path, Facts::of(&tree));
            for id in tree.ids() {
                let AnyNodeRef::StmtWith(with) = tree.node(id) else {
                    continue;
                };
                if with.is_async {
                    continue;
                }
                for item in &with.items {
                    let expr = &item.context_expr;
                    let scope = tree.scope_of(tree.id(expr));
                    let exit = Term::Attribute(Box::new(Term::of(expr, &tree)), "__exit__".into());
                    match resolver.type_of(scope, &exit) {
                        found if is_ours(&found) => {
                            let ast::Expr::Call(call) = expr else {
                                return Err(unclear(&path, expr.range()));
                            };
                            uses.push(Use {
                                path: path.clone(),
                                range: call.func.range(),
                                scope,
                                role: Role::Call {
                                    call: call.range(),
                                    awaited: false,
                                },
                                certainty: Certainty::Exact,
                                others: Vec::new(),
                            });
                        }
                        Type::OneOf(parts) if parts.iter().any(is_ours) => {
                            return Err(unclear(&path, expr.range()));
                        }
                        Type::Function(_) | Type::External(_) | Type::ExternalMethod(..) => {}
                        _ if !names_class || is_from_outside(&tree, expr) => {}
                        _ => return Err(unclear(&path, expr.range())),
                    }
                }
            }
            if names_class && let Some(range) = stacked(&tree) {
                return Err(unclear(&path, range));
            }
        }
        Ok(uses)
    }
}

fn unclear(path: &Path, range: TextRange) -> (PathBuf, Obstacle) {
    let obstacle = Obstacle::new(
        "context-manager",
        range,
        "this may be entered by a `with` that does not await it",
    )
    .remedy("Make the object in the `with` statement: `with Client() as client:`.");
    (path.to_owned(), obstacle)
}

/// Packages whose context managers are no objects of the project.
const KNOWN: &[&str] = &[
    "contextlib",
    "io",
    "mock",
    "os",
    "pathlib",
    "pytest",
    "requests",
    "socket",
    "subprocess",
    "tarfile",
    "tempfile",
    "threading",
    "unittest",
    "urllib",
    "warnings",
    "zipfile",
];

/// Whether what is entered comes from a package that is no part of the project, or is a builtin.
fn is_from_outside(tree: &Tree<'_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else {
        return false;
    };
    match &*call.func {
        ast::Expr::Name(name)
            if tree
                .lookup(&name.id, tree.scope_of(tree.id(name)))
                .is_none() =>
        {
            true
        }
        callee => tree.qualified_name(callee).is_some_and(|dotted| {
            let root = dotted.split('.').next().unwrap_or_default();
            KNOWN.contains(&root)
        }),
    }
}

/// A call that enters an object without a `with`.
fn stacked(tree: &Tree<'_>) -> Option<TextRange> {
    tree.ids().find_map(|id| match tree.node(id) {
        AnyNodeRef::ExprCall(call) => match &*call.func {
            ast::Expr::Attribute(method)
                if matches!(method.attr.as_str(), "enter_context" | "enterContext") =>
            {
                Some(call.range())
            }
            _ => None,
        },
        _ => None,
    })
}
