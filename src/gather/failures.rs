//! What can fail: awaitables, and the expressions that make them.

use crate::syntax::{AnyNodeRef, BindingKind, NodeId, ScopeId, ast};
use crate::transform::FileView;

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
            // Not everything has an order.
            AnyNodeRef::ExprCompare(compare) => compare.ops.iter().any(|op| {
                use ast::CmpOp::{Gt, GtE, Lt, LtE};
                matches!(op, Gt | GtE | Lt | LtE)
            }),
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
                || mapped(call, file).is_some_and(|function| file.is_coroutine_function(function))
        }
        _ => false,
    }
}

/// The function that `map(function, …)` calls.
pub(super) fn mapped<'a>(call: &'a ast::ExprCall, file: &FileView<'_>) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = &*call.func else {
        return None;
    };
    let is_builtin = name.id == "map"
        && file
            .tree
            .lookup("map", file.tree.scope_of(file.tree.id(name)))
            .is_none();
    let function = call.arguments.args.first()?;
    (is_builtin && !function.is_starred_expr()).then_some(function)
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
