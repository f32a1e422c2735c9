//! How a failure reaches the code around a group: whether anything there could tell an
//! `ExceptionGroup` from the exception in it.

use super::Site;
use crate::options::Exceptions;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, ScopeId, ast};
use crate::transform::FileView;

/// What stands around the body of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `asyncio.TaskGroup()` alone.
    Plain,
    /// The first error is taken out of the group and raised.
    Unwrap,
}

/// Decides the form for a group whose tasks may fail. The second value says whether consent is
/// needed: a handler that catches an error today would not catch the group.
pub(super) fn form(site: &Site<'_, '_>) -> (Form, bool) {
    let reach = nearest_handler(site);
    match site.file.options.exceptions {
        Exceptions::Group => (Form::Plain, reach == Reach::Telling),
        Exceptions::Auto if reach == Reach::Blind => (Form::Plain, false),
        Exceptions::Auto | Exceptions::Unwrap => (Form::Unwrap, false),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Reach {
    /// Nothing in this function catches it.
    Nothing,
    /// What could match catches everything that could come and looks at nothing.
    Blind,
    /// A handler that could tell the difference.
    Telling,
}

/// The innermost code of the function that sees the exception.
fn nearest_handler(site: &Site<'_, '_>) -> Reach {
    let tree = site.file.tree;
    let home = tree.scope_of(site.statement);
    let mut below = site.statement;
    // A handler for `Exception` is around already; what passes it is no `Exception`.
    let mut caught = false;
    for above in tree.ancestors(site.statement) {
        if tree.scope_of(below) != home {
            break;
        }
        let here = tree.node(below);
        match tree.node(above) {
            AnyNodeRef::StmtTry(try_) => {
                let guarded = try_
                    .body
                    .iter()
                    .any(|stmt| AnyNodeRef::from(stmt).ptr_eq(here));
                if guarded && !try_.handlers.is_empty() {
                    match catches(try_, caught, site.file) {
                        Catches::All => return Reach::Blind,
                        Catches::Some => return Reach::Telling,
                        Catches::Exceptions => caught = true,
                        Catches::None => {}
                    }
                }
            }
            AnyNodeRef::StmtWith(with) => {
                let inside = with
                    .body
                    .iter()
                    .any(|stmt| AnyNodeRef::from(stmt).ptr_eq(here));
                if inside && !with.items.iter().all(|item| is_neutral(item, site.file)) {
                    return Reach::Telling;
                }
            }
            _ => {}
        }
        below = above;
    }
    match caught {
        true if site.file.project.knows_base_exceptions() || knows_base_exceptions(site.file) => {
            Reach::Telling
        }
        true => Reach::Blind,
        false => Reach::Nothing,
    }
}

/// What the handlers of a `try` statement do with errors.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Catches {
    /// None of them can match an error.
    None,
    /// The first one that can match catches every `Exception` and uses none; no other one could
    /// match what is no `Exception`.
    Exceptions,
    /// The first one that can match catches everything and uses nothing.
    All,
    /// One of them could tell one error from another.
    Some,
}

pub(super) fn catches(try_: &ast::StmtTry, mut caught: bool, file: &FileView<'_>) -> Catches {
    if try_.is_star {
        return Catches::Some;
    }
    let before = caught;
    for handler in &try_.handlers {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        let type_ = handler.type_.as_deref();
        let builtin = |wanted: &str| {
            matches!(type_, Some(ast::Expr::Name(name)) if name.id == wanted
                && file
                    .tree
                    .lookup(wanted, file.tree.scope_of(file.tree.id(name)))
                    .is_none())
        };
        if type_.is_none() || builtin("BaseException") {
            return if looks_at_the_error(handler, file) {
                Catches::Some
            } else {
                Catches::All
            };
        }
        if builtin("Exception") {
            if !caught && looks_at_the_error(handler, file) {
                return Catches::Some;
            }
            caught = true;
            continue;
        }
        // A group raises these two themselves.
        let ends = caught && (builtin("KeyboardInterrupt") || builtin("SystemExit"));
        let only_cancellation =
            type_.is_some_and(|type_| file.resolves_to(type_, "asyncio.CancelledError"));
        if !only_cancellation && !ends {
            return Catches::Some;
        }
    }
    if caught && !before {
        Catches::Exceptions
    } else {
        Catches::None
    }
}

/// Whether the file defines or raises exceptions that are no `Exception`.
fn knows_base_exceptions(file: &FileView<'_>) -> bool {
    let tree = file.tree;
    tree.mentions("BaseException").iter().any(|id| {
        let parent = tree.parent(*id);
        match tree.node(parent) {
            AnyNodeRef::Arguments(_) => {
                matches!(tree.node(tree.parent(parent)), AnyNodeRef::StmtClassDef(_))
            }
            AnyNodeRef::ExprCall(call) => AnyNodeRef::from(&*call.func).ptr_eq(tree.node(*id)),
            AnyNodeRef::StmtRaise(_) => true,
            _ => false,
        }
    })
}

fn looks_at_the_error(handler: &ast::ExceptHandlerExceptHandler, file: &FileView<'_>) -> bool {
    let name = handler.name.as_ref().map(ast::Identifier::as_str);
    handler.body.iter().any(|stmt| {
        let id = file.tree.id(stmt);
        file.tree
            .descendants(id)
            .any(|below| match file.tree.node(below) {
                AnyNodeRef::StmtRaise(_) => true,
                AnyNodeRef::ExprName(used) => {
                    name == Some(used.id.as_str())
                        || matches!(used.id.as_str(), "traceback" | "sys")
                }
                // The text of a traceback is not behaviour, its use is.
                AnyNodeRef::ExprCall(call) => {
                    file.tree.qualified_name(&call.func).is_some_and(|name| {
                        name.starts_with("sys.exc") || name.starts_with("traceback.")
                    })
                }
                _ => false,
            })
    })
}

/// A context manager that lets every error through.
fn is_neutral(item: &ast::WithItem, file: &FileView<'_>) -> bool {
    let ast::Expr::Call(call) = &item.context_expr else {
        return false;
    };
    let neutral = [
        "asyncio.timeout",
        "asyncio.timeout_at",
        "asyncio.Lock",
        "asyncio.Semaphore",
        "contextlib.nullcontext",
        "contextlib.closing",
        "contextlib.aclosing",
    ];
    file.tree
        .qualified_name(&call.func)
        .is_some_and(|name| neutral.contains(&name.as_str()))
        || matches!(&*call.func, ast::Expr::Name(name)
            if name.id == "open" && file.tree.lookup("open", ScopeId::MODULE).is_none())
}

/// Whether awaiting an expression is proved to raise no error (a cancellation is none).
pub(super) fn cannot_fail(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    let ast::Expr::Call(call) = expr else {
        return false;
    };
    if file.resolves_to(&call.func, "asyncio.sleep") {
        return call.arguments.keywords.is_empty()
            && matches!(&*call.arguments.args, [ast::Expr::NumberLiteral(_)]);
    }
    let ast::Expr::Name(name) = &*call.func else {
        return false;
    };
    let Some(function) = own_coroutine_function(name, file) else {
        return false;
    };
    // A body without any statement is a stub of something else.
    let is_stub = function.body.iter().all(|stmt| {
        matches!(stmt, ast::Stmt::Pass(_))
            || matches!(stmt, ast::Stmt::Expr(expr) if expr.value.is_literal_expr())
    });
    !is_stub && accepts(function, call) && function.body.iter().all(|stmt| is_quiet(stmt, file))
}

/// The only definition of a name, when it is an undecorated `async def` of this file.
pub(super) fn own_coroutine_function<'a>(
    name: &ast::ExprName,
    file: &FileView<'a>,
) -> Option<&'a ast::StmtFunctionDef> {
    let home = file
        .tree
        .lookup(name.id.as_str(), file.tree.scope_of(file.tree.id(name)))?;
    match file.tree.bindings(home, name.id.as_str()) {
        [only] if only.kind == BindingKind::Function => {
            let function = file.function(only.node)?;
            let plain = function.is_async
                && function.decorator_list.is_empty()
                && !file.tree.is_rebound_from_inside(home, name.id.as_str())
                && !yields(only.node, file);
            plain.then_some(function)
        }
        _ => None,
    }
}

fn yields(function: NodeId, file: &FileView<'_>) -> bool {
    file.tree.descendants(function).any(|id| {
        matches!(file.tree.node(id), AnyNodeRef::ExprYield(_))
            && file.enclosing_function(id) == Some(function)
    })
}

/// Whether a call by position gives every parameter a value.
fn accepts(function: &ast::StmtFunctionDef, call: &ast::ExprCall) -> bool {
    let parameters = &function.parameters;
    let positional = parameters.posonlyargs.len() + parameters.args.len();
    let required = parameters
        .posonlyargs
        .iter()
        .chain(&parameters.args)
        .filter(|parameter| parameter.default.is_none())
        .count();
    let given = call.arguments.args.len();
    call.arguments.keywords.is_empty()
        && !call.arguments.args.iter().any(ast::Expr::is_starred_expr)
        && parameters
            .kwonlyargs
            .iter()
            .all(|parameter| parameter.default.is_some())
        && given >= required
        && (given <= positional || parameters.vararg.is_some())
}

/// A statement that raises no error: a `try` whose last handler catches every one of them, and
/// what such handlers do.
fn is_quiet(stmt: &ast::Stmt, file: &FileView<'_>) -> bool {
    let quiet = |body: &[ast::Stmt]| body.iter().all(|stmt| is_quiet(stmt, file));
    match stmt {
        ast::Stmt::Pass(_) | ast::Stmt::Continue(_) | ast::Stmt::Break(_) => true,
        ast::Stmt::Return(return_) => return_.value.as_deref().is_none_or(is_plain_value),
        ast::Stmt::Assign(assign) => {
            assign.targets.iter().all(ast::Expr::is_name_expr) && is_plain_value(&assign.value)
        }
        ast::Stmt::Expr(expr) => match &*expr.value {
            ast::Expr::Call(call) => is_logging(call, file),
            value => value.is_literal_expr(),
        },
        ast::Stmt::Try(try_) => {
            let mut catches_all = false;
            for handler in &try_.handlers {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                if !quiet(&handler.body) {
                    return false;
                }
                catches_all |= match handler.type_.as_deref() {
                    None => true,
                    Some(ast::Expr::Name(name)) => {
                        matches!(name.id.as_str(), "Exception" | "BaseException")
                            && file.tree.lookup(&name.id, ScopeId::MODULE).is_none()
                    }
                    Some(type_) => {
                        // Evaluating another expression could fail; a dotted name does not.
                        if !type_.is_attribute_expr() {
                            return false;
                        }
                        false
                    }
                };
            }
            catches_all && !try_.is_star && quiet(&try_.orelse) && quiet(&try_.finalbody)
        }
        _ => false,
    }
}

fn is_plain_value(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) => true,
        ast::Expr::Tuple(tuple) => tuple.elts.iter().all(is_plain_value),
        ast::Expr::List(list) => list.elts.iter().all(is_plain_value),
        other => other.is_literal_expr(),
    }
}

/// `logger.exception("…", name)`: logging swallows its own errors.
fn is_logging(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    let ast::Expr::Attribute(attribute) = &*call.func else {
        return false;
    };
    let method = matches!(
        attribute.attr.as_str(),
        "debug" | "info" | "warning" | "error" | "exception" | "critical" | "log"
    );
    let arguments = call.arguments.args.iter().all(is_plain_value)
        && call
            .arguments
            .keywords
            .iter()
            .all(|keyword| keyword.arg.is_some() && is_plain_value(&keyword.value));
    if !method || !arguments {
        return false;
    }
    if file.tree.qualified_name(&attribute.value).as_deref() == Some("logging") {
        return true;
    }
    let ast::Expr::Name(name) = &*attribute.value else {
        return false;
    };
    let from = file.tree.scope_of(file.tree.id(name));
    let Some(home) = file.tree.lookup(name.id.as_str(), from) else {
        return false;
    };
    let [only] = file.tree.bindings(home, name.id.as_str()) else {
        return false;
    };
    let statement = file.tree.enclosing_statement(only.node);
    matches!(file.tree.node(statement), AnyNodeRef::StmtAssign(assign)
        if matches!(&*assign.value, ast::Expr::Call(made)
            if file.resolves_to(&made.func, "logging.getLogger")))
}

/// Whether evaluating an expression may plausibly raise: more than names, attributes, literals
/// and the call that makes the awaitable.
pub(super) fn may_raise(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    let id = file.tree.id(expr);
    file.tree
        .descendants(id)
        .any(|below| match file.tree.node(below) {
            AnyNodeRef::ExprCall(call) => !is_harmless(call, file),
            AnyNodeRef::ExprSubscript(_)
            | AnyNodeRef::ExprBinOp(_)
            | AnyNodeRef::ExprAwait(_)
            | AnyNodeRef::ExprYield(_) => true,
            _ => false,
        })
}

/// Whether a call may plausibly raise.
pub(super) fn may_raise_call(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    !is_harmless(call, file)
}

fn is_harmless(call: &ast::ExprCall, file: &FileView<'_>) -> bool {
    if file.calls_coroutine_function(call) {
        return true;
    }
    match &*call.func {
        ast::Expr::Attribute(attribute) => {
            matches!(
                attribute.attr.as_str(),
                "items" | "values" | "keys" | "copy"
            ) && call.arguments.is_empty()
        }
        ast::Expr::Name(name) => {
            matches!(
                name.id.as_str(),
                "range" | "enumerate" | "zip" | "str" | "list" | "tuple" | "len" | "repr"
            ) && file.tree.lookup(&name.id, ScopeId::MODULE).is_none()
        }
        _ => false,
    }
}

/// Whether an awaitable's expression may raise before there is anything to await. The call that
/// makes it is not counted.
pub(super) fn arguments_may_raise(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    match expr {
        ast::Expr::Call(call) => {
            may_raise(&call.func, file)
                || call.arguments.args.iter().any(|arg| may_raise(arg, file))
                || call
                    .arguments
                    .keywords
                    .iter()
                    .any(|keyword| may_raise(&keyword.value, file))
        }
        other => may_raise(other, file),
    }
}

/// Whether evaluating an expression suspends the function: `await`, `yield`, an asynchronous
/// comprehension.
pub(super) fn suspends(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    let id = file.tree.id(expr);
    file.tree
        .descendants(id)
        .any(|below| match file.tree.node(below) {
            AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => {
                true
            }
            AnyNodeRef::Comprehension(clause) => clause.is_async,
            _ => false,
        })
}

/// Whether an expression can be evaluated before the arguments of the call: a literal or a name.
pub(super) fn is_early(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    expr.is_name_expr() || !may_raise(expr, file)
}
