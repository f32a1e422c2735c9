//! Who, in other files, would no longer get what a function raises: a handler for exceptions of
//! `requests` that the function is called in, however many functions are between, and code that
//! asks of what class an exception is.

use super::exceptions;
use crate::index::{Definition, ExceptionName, Role, Use};
use crate::project::Project;
use crate::syntax::{AnyNodeRef, Module, NodeId, PythonVersion, Ranged, Tree, ast};
use crate::transform::FileView;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// How many functions are followed to their callers.
const MAX_FUNCTIONS: usize = 300;

/// Which place in another file tells exceptions of `requests` apart that leave a function of this
/// one, as a sentence; `name` is that of the function.
pub(crate) fn told(file: &FileView<'_>, function: NodeId, name: &str) -> Option<String> {
    let here = file.project.sources.absolute(file.path);
    let named: Vec<&(PathBuf, bool)> = file
        .project
        .handlers_of_requests()
        .iter()
        .filter(|(path, _)| *path != here && path != file.path && !is_left_alone(file, path))
        .collect();
    let mut lists = lists(file.project, &named);
    let own = exceptions::around_parameters(file.tree).into_iter();
    lists.extend(own.map(|(id, name)| List::around(&here, file.tree, id, name)));
    if named.is_empty() && lists.is_empty() {
        return None;
    }
    let start = start(file, &here, function, name)?;
    let mut walk = Walk {
        file,
        function: name,
        lists,
        named: named.iter().map(|(path, _)| path.as_path()).collect(),
        seen: BTreeSet::from([start.clone()]),
        open: VecDeque::from([start]),
    };
    walk.all()
}

/// With consent, tests move with what they test, or fail.
fn is_left_alone(file: &FileView<'_>, path: &Path) -> bool {
    file.has_consent() && exceptions::is_of_tests(path)
}

/// The function as the project has it: other edits may have moved it in the file at hand.
fn start(file: &FileView<'_>, path: &Path, function: NodeId, name: &str) -> Option<Definition> {
    let order = |tree: &Tree<'_>, until: Option<NodeId>| {
        tree.scopes()
            .filter(|(_, scope)| until.is_none_or(|until| scope.node < until))
            .filter(|(_, scope)| {
                matches!(tree.node(scope.node), AnyNodeRef::StmtFunctionDef(one)
                if one.name.as_str() == name)
            })
            .count()
    };
    let before = order(file.tree, Some(function));
    let find = |tree: &Tree<'_>| {
        let mut same = tree.scopes().filter(|(_, scope)| {
            matches!(tree.node(scope.node), AnyNodeRef::StmtFunctionDef(one)
                if one.name.as_str() == name)
        });
        same.nth(before).map(|(scope, _)| scope)
    };
    let scope = match file.on_disk() {
        Some(tree) => find(tree),
        None => with_tree(&file.project.sources.text(path)?, find)?,
    }?;
    Some(Definition {
        path: path.to_owned(),
        scope,
    })
}

/// A name at the top level of a module that means exceptions of `requests` wherever it is used.
struct List<'n> {
    /// The module.
    home: &'n Path,
    name: String,
    /// The line of a handler around a call of something that the function or class was given; `None`
    /// for what stands for the exceptions.
    handler: Option<usize>,
}

impl<'n> List<'n> {
    fn around(home: &'n Path, tree: &Tree<'_>, handler: NodeId, name: &str) -> Self {
        let start = tree.node(handler).range().start();
        Self {
            home,
            name: name.to_owned(),
            handler: Some(tree.text()[..start.to_usize()].matches('\n').count() + 1),
        }
    }
}

/// Such names of some files.
fn lists<'n>(project: &Project, named: &[&'n (PathBuf, bool)]) -> Vec<List<'n>> {
    let named = named.iter().filter(|(_, is_named)| *is_named);
    let lists = named.flat_map(|(home, _)| {
        let names = project
            .index
            .exception_names(home, || names_in(project, home));
        let lists = names.iter().map(|one| List {
            home,
            name: one.name.clone(),
            handler: one.handler,
        });
        lists.collect::<Vec<_>>()
    });
    lists.collect()
}

/// Such names of one file.
fn names_in(project: &Project, home: &Path) -> Vec<ExceptionName> {
    let text = project.sources.text(home).unwrap_or_default();
    let found = with_tree(&text, |tree| {
        let mut found = Vec::new();
        for id in exceptions::asked_for(tree) {
            let statement = tree.enclosing_statement(id);
            let target = match tree.node(statement) {
                AnyNodeRef::StmtAssign(assign) => assign.targets.first(),
                AnyNodeRef::StmtAnnAssign(assign) => Some(&*assign.target),
                _ => None,
            };
            if let Some(ast::Expr::Name(name)) = target {
                found.push(ExceptionName {
                    name: name.id.to_string(),
                    handler: None,
                });
            }
        }
        for (id, name) in exceptions::around_parameters(tree) {
            let List { name, handler, .. } = List::around(home, tree, id, name);
            found.push(ExceptionName { name, handler });
        }
        found
    });
    found.unwrap_or_default()
}

fn with_tree<R>(text: &str, ask: impl FnOnce(&Tree<'_>) -> R) -> Option<R> {
    let module = Module::parse(text, PythonVersion::latest()).ok()?;
    Some(ask(&Tree::new(&module)))
}

/// The way up through the callers.
struct Walk<'w, 'a> {
    file: &'w FileView<'a>,
    function: &'w str,
    /// The files that name exceptions of `requests`.
    named: BTreeSet<&'w Path>,
    /// Names of modules that mean such exceptions.
    lists: Vec<List<'w>>,
    seen: BTreeSet<Definition>,
    open: VecDeque<Definition>,
}

impl Walk<'_, '_> {
    fn project(&self) -> &Project {
        self.file.project
    }

    fn all(&mut self) -> Option<String> {
        let home = self.open.front().map(|start| start.path.clone())?;
        if let Some(told) = self.uses_a_list(&home) {
            return Some(told);
        }
        // A question reads the project, whatever it asks about.
        while !self.open.is_empty() {
            let round: Vec<Definition> = self.open.drain(..).collect();
            for uses in self.project().uses_of(&round) {
                let mut files: BTreeMap<&Path, Vec<&Use>> = BTreeMap::new();
                for found in &uses.uses {
                    if !is_left_alone(self.file, &found.path) {
                        files.entry(&found.path).or_default().push(found);
                    }
                }
                for (path, uses) in files {
                    if let Some(told) = self.file_with(path, &uses) {
                        return Some(told);
                    }
                }
            }
        }
        None
    }

    /// What one file does with a function.
    fn file_with(&mut self, path: &Path, uses: &[&Use]) -> Option<String> {
        let text = self.project().sources.text(path)?;
        let module = Module::parse(&text, PythonVersion::latest()).ok()?;
        let tree = Tree::new(&module);
        let names_classes = self.named.contains(path);
        let runs = |role: &Role| {
            !matches!(
                role,
                Role::Import | Role::Override(_) | Role::Stub | Role::Store
            )
        };
        for found in uses.iter().filter(|found| runs(&found.role)) {
            let Some(id) = tree
                .starting_in(found.range)
                .find(|id| tree.node(*id).range() == found.range)
            else {
                continue;
            };
            let is_call = matches!(
                found.role,
                Role::Call { .. } | Role::Super { .. } | Role::Property { .. }
            );
            let function = tree.enclosing_function(id);
            if names_classes {
                let handler = exceptions::handler_around(&tree, id, function, is_call)
                    .or_else(|| exceptions::asked_for(&tree).next());
                if let Some(at) = handler {
                    return Some(self.told(path, &tree, at, is_call));
                }
            }
            if let Some(told) = self.uses_a_list(path) {
                return Some(told);
            }
            let Some(function) = function else { continue };
            if is_call && exceptions::is_kept(&tree, id, function) {
                continue;
            }
            let Some(scope) = tree.scope_opened_by(function) else {
                continue;
            };
            let definition = Definition {
                path: path.to_owned(),
                scope,
            };
            if self.seen.len() < MAX_FUNCTIONS && self.seen.insert(definition.clone()) {
                self.open.push_back(definition);
            }
        }
        None
    }

    fn told(&self, path: &Path, tree: &Tree<'_>, at: NodeId, is_call: bool) -> String {
        let place = self.place(path, tree, at);
        let is_handler = matches!(
            tree.node(at),
            AnyNodeRef::ExceptHandlerExceptHandler(_) | AnyNodeRef::StmtWith(_)
        );
        let function = self.function;
        match (is_handler, is_call) {
            (true, true) => format!(
                "`{place}` handles exceptions of `requests` which come from `{function}`; those of `httpx` would not be."
            ),
            (true, false) => format!(
                "`{place}` handles exceptions of `requests` which may come from `{function}`; those of `httpx` would not be."
            ),
            (false, _) => format!(
                "`{place}` tells exceptions of `requests` apart which may come from `{function}`; those of `httpx` would be none of them."
            ),
        }
    }

    /// The file uses a name that means exceptions of `requests`.
    fn uses_a_list(&self, path: &Path) -> Option<String> {
        let text = self.project().sources.text(path)?;
        let list = self.lists.iter().find(|list| {
            // Its own definition is no use.
            let own = usize::from(list.home == path);
            (own == 0 || list.handler.is_some()) && exceptions::words(&text, &list.name) > own
        })?;
        let (name, function) = (&list.name, self.function);
        let shown = self.project().shown(path);
        Some(list.handler.map_or_else(
            || format!("`{shown}` uses `{name}`, which names exceptions of `requests`, and calls what leads to `{function}`; those of `httpx` would be none of them."),
            |line| {
                let home = self.project().shown(list.home);
                format!("`{shown}` uses `{name}`, which handles exceptions of `requests` (`{home}:{line}`), and has to do with `{function}`; those of `httpx` would not be.")
            },
        ))
    }

    fn place(&self, path: &Path, tree: &Tree<'_>, at: NodeId) -> String {
        let start = match tree.node(at) {
            AnyNodeRef::ExceptHandlerExceptHandler(handler) => handler
                .type_
                .as_deref()
                .map_or(handler.range.start(), Ranged::start),
            other => other.range().start(),
        };
        let line = tree.text()[..start.to_usize()].matches('\n').count() + 1;
        format!("{}:{line}", self.project().shown(path))
    }
}
