//! What a dotted name stands for when the program runs, through imports and aliases.

use super::super::tree::{NodeId, Tree};
use super::super::{AnyNodeRef, ast};
use super::{BindingKind, ScopeId};

impl<'a> Tree<'a> {
    /// The dotted name an expression stands for when the program runs, through imports and
    /// aliases: `gather` after `from asyncio import gather` is `asyncio.gather`. `None` when the
    /// name is not an import, is bound in more than one way, or only below `TYPE_CHECKING`.
    /// Star imports are not looked into (see [`Tree::star_imports`]).
    pub fn qualified_name(&self, expr: &ast::Expr) -> Option<String> {
        match expr {
            ast::Expr::Name(name) => {
                let from = self.scope_of(self.id(name));
                self.qualified_identifier(name.id.as_str(), from)
            }
            ast::Expr::Attribute(attribute) => {
                let mut dotted = self.qualified_name(&attribute.value)?;
                dotted.push('.');
                dotted.push_str(attribute.attr.as_str());
                Some(canonical(dotted))
            }
            _ => None,
        }
    }

    /// Whether this may be the last part of what [`Tree::qualified_name`] answers.
    pub fn may_end_in(&self, expr: &ast::Expr, last: &str) -> bool {
        let name = match expr {
            ast::Expr::Attribute(attribute) => return attribute.attr.as_str() == last,
            ast::Expr::Name(name) => name,
            _ => return false,
        };
        let text = name.id.as_str();
        let Some(home) = self.lookup(text, self.scope_of(self.id(name))) else {
            return text == last;
        };
        let mut bindings = self.bindings(home, text).iter();
        bindings.any(|binding| match &binding.kind {
            BindingKind::Import(dotted) | BindingKind::FromImport(dotted) => {
                dotted.rsplit('.').next() == Some(last)
            }
            _ => false,
        })
    }

    /// The dotted name an identifier stands for when it is read in `from`. `None` in place of a
    /// module that cannot be imported does not count: whoever uses the name uses the module.
    pub fn qualified_identifier(&self, name: &str, from: ScopeId) -> Option<String> {
        let Some(home) = self.lookup(name, from) else {
            return self.star_imported(name);
        };
        let mut found: Option<&str> = None;
        for binding in self.bindings(home, name) {
            let (BindingKind::Import(dotted) | BindingKind::FromImport(dotted)) = &binding.kind
            else {
                if is_none_after_import_error(self, binding.node) {
                    continue;
                }
                return None;
            };
            if binding.type_checking {
                continue;
            }
            if found.is_some_and(|other| other != dotted) {
                return None;
            }
            found = Some(dotted);
        }
        found.map(|dotted| canonical(dotted.to_owned()))
    }

    /// The modules whose names are all imported with `from m import *`, in source order.
    pub fn star_imports(&self) -> Vec<&'a str> {
        let scopes = self.binders("*");
        let bindings = scopes.flat_map(|scope| self.bindings(scope, "*"));
        let mut imports: Vec<NodeId> = bindings.map(|binding| binding.node).collect();
        imports.sort_unstable();
        let modules = imports.into_iter().filter_map(|id| match self.node(id) {
            AnyNodeRef::StmtImportFrom(import) if import.level == 0 => import.module.as_deref(),
            _ => None,
        });
        modules.collect()
    }

    /// `from asyncio import *` gives the names of `asyncio.__all__`. With a second star import
    /// that may give the same name nothing is known.
    fn star_imported(&self, name: &str) -> Option<String> {
        if self.bindings(ScopeId::MODULE, "*").is_empty() {
            return None;
        }
        match self.star_imports()[..] {
            ["asyncio"] if ASYNCIO_ALL.contains(&name) => Some(format!("asyncio.{name}")),
            _ => None,
        }
    }
}

/// `name = None` in an `except ImportError`: the module is not there.
fn is_none_after_import_error(tree: &Tree<'_>, node: NodeId) -> bool {
    let statement = tree.parent(node);
    let AnyNodeRef::StmtAssign(assign) = tree.node(statement) else {
        return false;
    };
    if !assign.value.is_none_literal_expr() || !assign.targets.iter().all(ast::Expr::is_name_expr) {
        return false;
    }
    let AnyNodeRef::ExceptHandlerExceptHandler(handler) = tree.node(tree.parent(statement)) else {
        return false;
    };
    let is_import_error = |expr: &ast::Expr| {
        matches!(expr, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "ImportError" | "ModuleNotFoundError"))
    };
    match handler.type_.as_deref() {
        Some(ast::Expr::Tuple(types)) => types.elts.iter().any(is_import_error),
        Some(only) => is_import_error(only),
        None => false,
    }
}

/// The part of `asyncio.__all__` (`CPython` 3.11 and later) that the transforms look for.
// `TaskGroup` is missing in 3.11 (measured on 3.11.7), so it is always written in full.
const ASYNCIO_ALL: &[&str] = &[
    "gather",
    "wait_for",
    "wait",
    "sleep",
    "shield",
    "run",
    "Runner",
    "timeout",
    "timeout_at",
    "create_task",
    "ensure_future",
    "get_event_loop",
    "get_running_loop",
    "new_event_loop",
    "set_event_loop",
    "get_event_loop_policy",
    "set_event_loop_policy",
    "to_thread",
    "run_coroutine_threadsafe",
    "wrap_future",
    "as_completed",
    "current_task",
    "all_tasks",
    "CancelledError",
    "TimeoutError",
    "Event",
    "Lock",
    "Condition",
    "Semaphore",
    "Queue",
    "Task",
    "Future",
    "iscoroutinefunction",
    "open_connection",
    "start_server",
];

/// Undoes the split of `asyncio` into submodules: `asyncio.tasks.gather` is `asyncio.gather`.
pub(crate) fn canonical(dotted: String) -> String {
    const PARTS: &[&str] = &[
        "tasks",
        "runners",
        "timeouts",
        "taskgroups",
        "events",
        "threads",
        "locks",
        "queues",
        "futures",
        "exceptions",
        "coroutines",
        "base_events",
        "streams",
        "subprocess",
    ];
    if let Some(rest) = dotted.strip_prefix("asyncio.")
        && let Some((part, name)) = rest.split_once('.')
        && PARTS.contains(&part)
        && !(part == "subprocess" && name.chars().all(|c| c.is_uppercase() || c == '_'))
    {
        return format!("asyncio.{name}");
    }
    for module in [
        "requests.api.",
        "requests.sessions.",
        "requests.exceptions.",
    ] {
        if let Some(name) = dotted.strip_prefix(module) {
            return match module {
                "requests.exceptions." => dotted,
                _ => format!("requests.{name}"),
            };
        }
    }
    dotted
}
