//! Which calls cannot raise an exception of `requests`: everything else in a `try` whose handlers
//! are rewritten must be one of them.

use crate::requests;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, ScopeKind, ast};
use crate::transform::FileView;

/// The calls and awaits of a piece of code that may raise an exception of `requests`, other than
/// the requests themselves: the first of them.
pub(super) fn doubtful(
    file: &FileView<'_>,
    body: NodeId,
    responses: &dyn Fn(&ast::Expr) -> bool,
) -> Option<NodeId> {
    let mut seen = Vec::new();
    find(file, body, responses, &mut seen)
}

fn find(
    file: &FileView<'_>,
    body: NodeId,
    responses: &dyn Fn(&ast::Expr) -> bool,
    seen: &mut Vec<NodeId>,
) -> Option<NodeId> {
    let tree = file.tree;
    tree.descendants(body).find(|id| match tree.node(*id) {
        AnyNodeRef::ExprCall(call) => !is_harmless(file, call, responses, seen),
        AnyNodeRef::ExprAwait(await_) => !await_.value.is_call_expr(),
        AnyNodeRef::StmtWith(with) => with.is_async,
        AnyNodeRef::StmtFor(for_) => for_.is_async,
        AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => true,
        _ => false,
    })
}

fn is_harmless(
    file: &FileView<'_>,
    call: &ast::ExprCall,
    responses: &dyn Fn(&ast::Expr) -> bool,
    seen: &mut Vec<NodeId>,
) -> bool {
    let tree = file.tree;
    if let Some(dotted) = tree.qualified_name(&call.func) {
        let root = dotted.split('.').next().unwrap_or_default();
        return STANDARD.contains(&root) || requests::module_verb(file, &call.func).is_some();
    }
    match &*call.func {
        ast::Expr::Name(name) => {
            let scope = tree.scope_of(tree.id(name));
            let Some(home) = tree.lookup(name.id.as_str(), scope) else {
                return true; // a builtin
            };
            let [only] = tree.bindings(home, name.id.as_str()) else {
                return false;
            };
            matches!(only.kind, BindingKind::Function | BindingKind::Class)
                && is_harmless_definition(file, only.node, seen)
        }
        ast::Expr::Attribute(method) => {
            if responses(&method.value) || METHODS.contains(&method.attr.as_str()) {
                return true;
            }
            if matches!(method.attr.as_str(), "get" | "update") {
                // Of a dictionary, unless its name says otherwise.
                let receiver = file.text(crate::syntax::Ranged::range(&*method.value));
                let receiver = receiver.to_lowercase();
                return !["session", "client", "http", "api"]
                    .iter()
                    .any(|word| receiver.contains(word));
            }
            if let ast::Expr::Name(name) = &*method.value {
                if name.id.as_str() == "self" {
                    return method_of_class(file, tree.id(call), method.attr.as_str())
                        .is_some_and(|found| is_harmless_definition(file, found, seen));
                }
                return name.id.to_lowercase().contains("log");
            }
            matches!(&*method.value, ast::Expr::Attribute(inner)
                if inner.attr.as_str().to_lowercase().contains("log"))
        }
        _ => false,
    }
}

/// A function or class of this module whose own calls are harmless, all the way down.
fn is_harmless_definition(file: &FileView<'_>, definition: NodeId, seen: &mut Vec<NodeId>) -> bool {
    if seen.contains(&definition) {
        return true;
    }
    seen.push(definition);
    let decorated = match file.tree.node(definition) {
        AnyNodeRef::StmtFunctionDef(function) => !function.decorator_list.is_empty(),
        AnyNodeRef::StmtClassDef(class) => class
            .arguments
            .as_ref()
            .is_some_and(|arguments| !arguments.is_empty()),
        _ => true,
    };
    let makes_requests = file.tree.descendants(definition).any(|id| {
        matches!(file.tree.node(id), AnyNodeRef::ExprCall(call)
            if requests::site(file, call).is_some())
    });
    !decorated && !makes_requests && find(file, definition, &|_| false, seen).is_none()
}

/// The method of the class around a node.
pub(super) fn method_of_class(file: &FileView<'_>, at: NodeId, name: &str) -> Option<NodeId> {
    let mut scope = file.tree.scope_of(at);
    loop {
        let here = file.tree.scope(scope);
        match here.kind {
            ScopeKind::Class => {
                return match file.tree.bindings(scope, name) {
                    [only] if only.kind == BindingKind::Function => Some(only.node),
                    _ => None,
                };
            }
            ScopeKind::Module => return None,
            _ => scope = here.parent,
        }
    }
}

/// Modules of the standard library whose functions raise nothing of `requests`.
const STANDARD: &[&str] = &[
    "asyncio",
    "base64",
    "collections",
    "copy",
    "csv",
    "datetime",
    "decimal",
    "functools",
    "hashlib",
    "html",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "pathlib",
    "pprint",
    "random",
    "re",
    "shutil",
    "statistics",
    "string",
    "sys",
    "tempfile",
    "textwrap",
    "time",
    "traceback",
    "types",
    "typing",
    "urllib",
    "uuid",
    "warnings",
    "xml",
];

/// Methods of builtin objects, files and loggers.
const METHODS: &[&str] = &[
    "add",
    "append",
    "capitalize",
    "casefold",
    "copy",
    "count",
    "critical",
    "debug",
    "decode",
    "discard",
    "encode",
    "endswith",
    "error",
    "exception",
    "extend",
    "find",
    "format",
    "index",
    "info",
    "insert",
    "isdigit",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "partition",
    "pop",
    "popitem",
    "read",
    "removeprefix",
    "removesuffix",
    "replace",
    "rsplit",
    "rstrip",
    "setdefault",
    "sort",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "title",
    "total_seconds",
    "upper",
    "values",
    "warn",
    "warning",
    "write",
];
