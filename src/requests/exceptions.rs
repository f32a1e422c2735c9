//! The exceptions of `requests` in a file: which handlers get them, and who asks of what class one
//! is.

use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, TextRange, Tree, ast};
use std::path::Path;

/// The name of an exception class of `requests` that an expression stands for.
pub(crate) fn exception_of(tree: &Tree<'_>, expr: ast::ExprRef<'_>) -> Option<String> {
    let dotted = match expr {
        ast::ExprRef::Name(name) => {
            tree.qualified_identifier(name.id.as_str(), tree.scope_of(tree.id(name)))
        }
        ast::ExprRef::Attribute(attribute) => {
            let mut dotted = tree.qualified_name(&attribute.value)?;
            dotted.push('.');
            dotted.push_str(attribute.attr.as_str());
            Some(dotted)
        }
        _ => None,
    }?;
    let name = dotted
        .strip_prefix("requests.exceptions.")
        .or_else(|| dotted.strip_prefix("requests."))?;
    let is_class = name.ends_with("Error")
        || name.ends_with("Exception")
        || name.ends_with("Timeout")
        || matches!(
            name,
            "TooManyRedirects"
                | "URLRequired"
                | "MissingSchema"
                | "InvalidSchema"
                | "InvalidURL"
                | "InvalidHeader"
        );
    is_class.then(|| name.to_owned())
}

/// The places that ask for an exception class of `requests` other than in a handler:
/// `isinstance(error, requests.Timeout)`, `AGAIN = (requests.Timeout,)`.
pub(crate) fn asked_for<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = NodeId> + 't {
    let names = |id: &NodeId| {
        let expr = match tree.node(*id) {
            AnyNodeRef::ExprAttribute(attribute) => ast::ExprRef::from(attribute),
            AnyNodeRef::ExprName(name) if name.ctx.is_load() => ast::ExprRef::from(name),
            _ => return false,
        };
        exception_of(tree, expr).is_some()
    };
    tree.ids()
        .filter(names)
        .filter(|id| !matches!(tree.node(tree.parent(*id)), AnyNodeRef::ExprAttribute(_)))
        .filter(|id| !is_elsewhere(tree, *id))
}

/// Whether a name stands where nothing is asked of an exception that is there: in a handler, which
/// is looked at by itself, where one is raised or made, in an annotation, as the base of a class.
fn is_elsewhere(tree: &Tree<'_>, id: NodeId) -> bool {
    let mut below = id;
    for above in tree.ancestors(id) {
        let here = tree.node(below).range();
        let is = |expr: Option<&ast::Expr>| expr.is_some_and(|expr| expr.range() == here);
        match tree.node(above) {
            AnyNodeRef::ExceptHandlerExceptHandler(handler) => {
                return is(handler.type_.as_deref());
            }
            AnyNodeRef::ExprCall(call) if call.func.range() == here => return true,
            AnyNodeRef::WithItem(_)
            | AnyNodeRef::StmtRaise(_)
            | AnyNodeRef::StmtClassDef(_)
            | AnyNodeRef::Parameter(_) => return true,
            AnyNodeRef::StmtAnnAssign(assign) => return is(Some(&assign.annotation)),
            AnyNodeRef::StmtFunctionDef(function) => return is(function.returns.as_deref()),
            node if node.is_statement() => return false,
            _ => {}
        }
        below = above;
    }
    false
}

/// The first handler in a function that gets what is raised at a place in it, and that names
/// exceptions of `requests` or what they are in other words. Where a function is not called at the
/// place but handed on, every handler of the function around it may get what it raises.
pub(crate) fn handler_around(
    tree: &Tree<'_>,
    id: NodeId,
    function: Option<NodeId>,
    is_call: bool,
) -> Option<NodeId> {
    let names = |statement: NodeId| match tree.node(statement) {
        AnyNodeRef::StmtTry(try_) => {
            let handler = try_.handlers.iter().find(|handler| {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                handler
                    .type_
                    .as_deref()
                    .is_some_and(|type_| each_class(type_).any(|one| names(tree, one)))
            });
            handler.map(|handler| tree.id(handler))
        }
        AnyNodeRef::StmtWith(with) => handled_by_with(tree, with).map(|_| statement),
        _ => None,
    };
    if !is_call {
        let inside = function.map_or_else(
            || tree.ids().collect(),
            |function| tree.descendants(function).collect::<Vec<_>>(),
        );
        return inside.into_iter().find_map(names);
    }
    let here = tree.node(id).range();
    let gets = |above: &NodeId| {
        let body = match tree.node(*above) {
            AnyNodeRef::StmtTry(try_) => &try_.body,
            AnyNodeRef::StmtWith(with) => &with.body,
            _ => return false,
        };
        body.iter().any(|stmt| stmt.range().contains_range(here))
    };
    let until = |above: &NodeId| Some(*above) != function;
    tree.ancestors(id)
        .take_while(until)
        .filter(gets)
        .find_map(names)
}

/// The handlers that name exceptions of `requests` around a call of a parameter, with the names of
/// the functions or classes at module level that they are in: what that calls is not known, such as
/// in the wrapper of a decorator.
pub(crate) fn around_parameters<'t>(tree: &Tree<'t>) -> Vec<(NodeId, &'t str)> {
    let mut found = Vec::new();
    for id in tree.ids() {
        let body = match tree.node(id) {
            AnyNodeRef::StmtTry(try_) if handled_by_try(tree, try_).is_some() => &try_.body,
            AnyNodeRef::StmtWith(with) if handled_by_with(tree, with).is_some() => &with.body,
            _ => continue,
        };
        let calls_a_parameter = |id: NodeId| match tree.node(id) {
            AnyNodeRef::ExprCall(call) => match &*call.func {
                ast::Expr::Name(name) => is_parameter(tree, name),
                // `self.function(…)`: what an object was made with.
                ast::Expr::Attribute(attribute) => {
                    matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self")
                        && is_given(tree, attribute.attr.as_str())
                }
                _ => false,
            },
            _ => false,
        };
        if !body
            .iter()
            .any(|stmt| tree.descendants(tree.id(stmt)).any(calls_a_parameter))
        {
            continue;
        }
        let outermost = tree
            .ancestors(id)
            .filter_map(|above| match tree.node(above) {
                AnyNodeRef::StmtFunctionDef(function) => Some(function.name.as_str()),
                AnyNodeRef::StmtClassDef(class) => Some(class.name.as_str()),
                _ => None,
            })
            .last();
        found.extend(outermost.map(|name| (id, name)));
    }
    found
}

fn is_parameter(tree: &Tree<'_>, name: &ast::ExprName) -> bool {
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)));
    home.is_some_and(|home| {
        let mut bindings = tree.bindings(home, name.id.as_str()).iter();
        bindings.any(|binding| binding.kind == BindingKind::Parameter)
    })
}

/// Whether some `self.name = name` takes a parameter.
fn is_given(tree: &Tree<'_>, name: &str) -> bool {
    tree.attribute_stores().iter().any(|store| {
        let (AnyNodeRef::ExprAttribute(target), AnyNodeRef::StmtAssign(assign)) =
            (tree.node(*store), tree.node(tree.parent(*store)))
        else {
            return false;
        };
        target.attr.as_str() == name
            && matches!(&*assign.value, ast::Expr::Name(value) if is_parameter(tree, value))
    })
}

/// Whether a file is one of tests, by its name or a folder.
pub(crate) fn is_of_tests(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.is_some_and(|name| {
        name == "conftest" || name.starts_with("test_") || name.ends_with("_test")
    }) || path.components().any(|part| {
        let name = part.as_os_str();
        name == "tests" || name == "test"
    })
}

/// How often a text has a word.
pub(crate) fn words(text: &str, word: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(word).filter(|(at, _)| {
        !text[..*at].ends_with(is_part) && !text[*at + word.len()..].starts_with(is_part)
    });
    found.count()
}

/// Whether what is raised at a place of a function is caught there, whatever it is, and nobody else
/// gets to see it.
pub(crate) fn is_kept(tree: &Tree<'_>, at: NodeId, function: NodeId) -> bool {
    let here = tree.node(at).range();
    tree.ancestors(at)
        .take_while(|above| *above != function)
        .any(|above| match tree.node(above) {
            AnyNodeRef::StmtTry(try_) => {
                try_.body
                    .iter()
                    .any(|stmt| stmt.range().contains_range(here))
                    && try_.handlers.iter().any(|handler| {
                        let ast::ExceptHandler::ExceptHandler(handler) = handler;
                        catches_all(tree, handler.type_.as_deref())
                    })
                    && !try_.handlers.iter().any(|handler| passes_on(tree, handler))
            }
            _ => false,
        })
}

/// Whether a handler lets others have the exception: raised again, kept, handed on.
fn passes_on(tree: &Tree<'_>, handler: &ast::ExceptHandler) -> bool {
    let own = tree.id(handler);
    let ast::ExceptHandler::ExceptHandler(handler) = handler;
    let name = handler.name.as_ref().map(ast::Identifier::as_str);
    tree.descendants(own).any(|id| match tree.node(id) {
        AnyNodeRef::StmtRaise(raise) => raise.exc.is_none(),
        AnyNodeRef::ExprName(one) if name == Some(one.id.as_str()) => !is_only_text(tree, id),
        AnyNodeRef::ExprCall(call) => matches!(
            tree.qualified_name(&call.func).as_deref(),
            Some("sys.exc_info" | "sys.exception")
        ),
        _ => false,
    })
}

/// Whether of an exception nothing but its text or the name of its class is taken, or the chain of
/// another one gets it.
fn is_only_text(tree: &Tree<'_>, id: NodeId) -> bool {
    let here = tree.node(id).range();
    match tree.node(tree.parent(id)) {
        AnyNodeRef::StmtRaise(raise) => {
            let cause = raise.cause.as_deref();
            cause.is_some_and(|cause| cause.range() == here)
        }
        AnyNodeRef::InterpolatedElement(_) => true,
        AnyNodeRef::ExprBinOp(binary) => binary.op == ast::Operator::Mod,
        AnyNodeRef::Arguments(_) => {
            let call = tree.parent(tree.parent(id));
            let AnyNodeRef::ExprCall(call) = tree.node(call) else {
                return false;
            };
            match &*call.func {
                ast::Expr::Name(name) => {
                    matches!(
                        name.id.as_str(),
                        "str" | "repr" | "print" | "format" | "type"
                    )
                }
                ast::Expr::Attribute(method) => {
                    let receiver = tree.slice(method.value.range()).to_lowercase();
                    method.attr.as_str() == "format" || receiver.contains("log")
                }
                _ => false,
            }
        }
        _ => false,
    }
}

fn catches_all(tree: &Tree<'_>, type_: Option<&ast::Expr>) -> bool {
    match type_ {
        None => true,
        Some(ast::Expr::Tuple(tuple)) => tuple.elts.iter().any(|one| catches_all(tree, Some(one))),
        Some(expr) => {
            exception_of(tree, expr.into()).as_deref() == Some("RequestException")
                || matches!(expr, ast::Expr::Name(name)
                    if matches!(name.id.as_str(), "Exception" | "BaseException"))
        }
    }
}

pub(crate) fn handled_by_try(tree: &Tree<'_>, try_: &ast::StmtTry) -> Option<TextRange> {
    try_.handlers.iter().find_map(|handler| {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        let type_ = handler.type_.as_deref()?;
        let named = each_class(type_).any(|one| names(tree, one));
        named.then(|| type_.range())
    })
}

pub(crate) fn handled_by_with(tree: &Tree<'_>, with: &ast::StmtWith) -> Option<TextRange> {
    with.items.iter().find_map(|item| {
        let ast::Expr::Call(call) = &item.context_expr else {
            return None;
        };
        let mut given = call.arguments.args.iter();
        given
            .find(|one| each_class(one).any(|one| names(tree, one)))
            .map(Ranged::range)
    })
}

/// The classes of a handler.
fn each_class(type_: &ast::Expr) -> impl Iterator<Item = &ast::Expr> {
    match type_ {
        ast::Expr::Tuple(tuple) => tuple.elts.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

fn names(tree: &Tree<'_>, expr: &ast::Expr) -> bool {
    exception_of(tree, expr.into()).is_some()
        || matches!(expr, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "OSError" | "IOError" | "EnvironmentError")
                && tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name))).is_none())
}
