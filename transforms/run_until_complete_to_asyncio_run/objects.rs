//! Things made before the run that may hold on to the old loop.

use super::uses::Uses;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, ast};
use crate::transform::{FileView, LoopFunction, Refusal};

/// Refuses a file in which something besides the uses of this loop depends on there being one.
pub(super) fn check(uses: &Uses<'_>, file: &FileView<'_>) -> Result<(), Refusal> {
    let tree = file.tree;
    for id in tree.ids() {
        let AnyNodeRef::ExprCall(call) = tree.node(id) else {
            continue;
        };
        if file.in_coroutine(id) {
            continue;
        }
        let scope = file.function_scope(id);
        if file.loop_function(call) == Some(LoopFunction::Get) && scope != uses.scope {
            return Err(Refusal::new(
                "loop-used-elsewhere",
                "Other code of this module asks for the current loop outside of a coroutine; after `asyncio.run` there is none.",
            )
            .evidence(call.range(), "the other use")
            .remedy("Call `asyncio.get_running_loop()` in a coroutine there."));
        }
        if scope == ScopeId::MODULE || scope == uses.scope {
            made_before(call, id, uses, file)?;
        }
    }
    Ok(())
}

/// One call that is evaluated before a loop runs.
fn made_before(
    call: &ast::ExprCall,
    id: NodeId,
    uses: &Uses<'_>,
    file: &FileView<'_>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let goes = tree
        .ancestors(id)
        .any(|above| uses.removed.contains(&above));
    if goes || uses.tasks.contains(&id) || uses.runs.iter().any(|run| tree.is_within(id, run.id)) {
        return Ok(());
    }
    let refusal = |what: &str| {
        Refusal::new(
            "made-before-the-loop",
            format!("`{what}` is made before the loop runs and may belong to the old loop; `asyncio.run` makes a new one."),
        )
        .evidence(call.range(), "made here")
        .remedy("Make it inside the coroutine that is run.")
    };
    let what = file.text(call.func.range());
    let name = tree.qualified_name(&call.func);
    if let Some(name) = &name
        && let Some(last) = name.strip_prefix("asyncio.")
    {
        let bound = match last {
            "Future" | "gather" | "ensure_future" | "shield" | "wrap_future" => true,
            "Queue" | "LifoQueue" | "PriorityQueue" | "Lock" | "Event" | "Condition"
            | "Semaphore" | "BoundedSemaphore" => !file.options.at_least(10),
            _ => false,
        };
        return if bound { Err(refusal(what)) } else { Ok(()) };
    }
    if !is_unknown_class(&call.func, name.as_deref(), file) {
        return Ok(());
    }
    // Only what a coroutine of this file or the run itself looks at can matter.
    let Some(target) = assigned_name(id, file) else {
        return Ok(());
    };
    let Some(home) = tree.lookup(target, tree.scope_of(id)) else {
        return Ok(());
    };
    let reaches = tree.occurrences(home, target).into_iter().any(|mention| {
        matches!(tree.node(mention), AnyNodeRef::ExprName(name) if name.ctx.is_load())
            && (file.in_coroutine(mention)
                || is_told(mention, file)
                || uses.runs.iter().any(|run| tree.is_within(mention, run.id))
                || uses.tasks.iter().any(|task| tree.is_within(mention, *task)))
    });
    if reaches { Err(refusal(what)) } else { Ok(()) }
}

/// `client.start()` as a statement: it may put something on the loop.
fn is_told(mention: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    match tree.node(tree.enclosing_statement(mention)) {
        AnyNodeRef::StmtExpr(expr) => match &*expr.value {
            ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method)
                if matches!(&*method.value, ast::Expr::Name(name) if tree.id(name) == mention)),
            _ => false,
        },
        _ => false,
    }
}

/// `client = Client()`: the name.
fn assigned_name<'a>(id: NodeId, file: &FileView<'a>) -> Option<&'a str> {
    let tree = file.tree;
    let statement = tree.enclosing_statement(id);
    match tree.node(statement) {
        AnyNodeRef::StmtAssign(assign) => match &assign.targets[..] {
            [ast::Expr::Name(name)] => Some(name.id.as_str()),
            _ => None,
        },
        AnyNodeRef::StmtAnnAssign(assign) => match &*assign.target {
            ast::Expr::Name(name) => Some(name.id.as_str()),
            _ => None,
        },
        AnyNodeRef::StmtWith(with) => with.items.iter().find_map(|item| {
            match (
                item.optional_vars.as_deref(),
                tree.is_within(id, tree.id(&item.context_expr)),
            ) {
                (Some(ast::Expr::Name(name)), true) => Some(name.id.as_str()),
                _ => None,
            }
        }),
        _ => None,
    }
}

/// A class, or a function that makes an object, of which this file does not show the inside.
fn is_unknown_class(callee: &ast::Expr, name: Option<&str>, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    if let Some(name) = name {
        let root = name.split('.').next().unwrap_or(name);
        let last = name.rsplit('.').next().unwrap_or(name);
        return !STANDARD.contains(&root) && makes_object(last);
    }
    let ast::Expr::Name(local) = callee else {
        return false;
    };
    let Some(home) = tree.lookup(local.id.as_str(), tree.scope_of(tree.id(local))) else {
        return false;
    };
    tree.bindings(home, local.id.as_str())
        .iter()
        .any(
            |binding| match (binding.kind == BindingKind::Class, tree.node(binding.node)) {
                (true, AnyNodeRef::StmtClassDef(class)) => class.bases().iter().any(|base| {
                    tree.qualified_name(base).is_some_and(|name| {
                        let root = name.split('.').next().unwrap_or_default();
                        !STANDARD.contains(&root) || name.starts_with("asyncio.")
                    })
                }),
                _ => false,
            },
        )
}

fn makes_object(last: &str) -> bool {
    last.starts_with(char::is_uppercase)
        || [
            "create", "make", "build", "connect", "open", "session", "client",
        ]
        .iter()
        .any(|word| last.to_lowercase().split('_').any(|part| part == *word))
}

/// Modules of the standard library whose objects have nothing to do with event loops.
const STANDARD: &[&str] = &[
    "argparse",
    "array",
    "base64",
    "builtins",
    "collections",
    "concurrent",
    "configparser",
    "contextlib",
    "contextvars",
    "csv",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "email",
    "enum",
    "fractions",
    "functools",
    "getopt",
    "getpass",
    "gzip",
    "hashlib",
    "http",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "logging",
    "math",
    "multiprocessing",
    "optparse",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "select",
    "shlex",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "typing_extensions",
    "unittest",
    "urllib",
    "uuid",
    "warnings",
    "weakref",
    "xml",
    "zipfile",
    "zoneinfo",
    "abc",
    "copy",
    "operator",
    "heapq",
    "bisect",
    "secrets",
    "asyncio",
];
