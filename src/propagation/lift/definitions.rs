//! `def` becomes `async def`.

use super::draft::Draft;
use super::kind::{context_manager, own_nodes};
use super::{Bridge, Kind, Wall, callables, objects};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, TokenKind, Tree, ast};

/// Makes a definition asynchronous.
pub(super) fn definition(draft: &mut Draft<'_, '_>, id: NodeId) {
    let tree = draft.tree;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return;
    };
    if function.is_async {
        return;
    }
    let kind = draft.kind_of_function(id);
    let result = match kind {
        Kind::Coroutine => Ok(()),
        Kind::Items { .. } => items(draft, id, function),
        Kind::Manager => manager(draft, id, function),
        Kind::Object if is_stub(function) => Ok(()),
        Kind::Object => objects::constructor(draft, id, function),
    };
    if let Err(wall) = result.and_then(|()| callables::parameters(draft, id, function)) {
        draft.wall(wall);
    }
    check_loops(draft, id);
    if is_stub(function) && kind != Kind::Coroutine {
        if !has_counterpart(tree, id, function) {
            draft.wall(
                Wall::new(
                    id,
                    "stub-file",
                    "What this stub says that the function gives has no known asynchronous counterpart.",
                )
                .remedy("Declare it there as what it becomes."),
            );
        }
        return;
    }
    let keyword = def_keyword(tree, function);
    draft.open(keyword, id, "async ");
    if matches!(tree.node(tree.parent(id)), AnyNodeRef::StmtClassDef(_)) {
        // What `async with` calls.
        match function.name.as_str() {
            "__enter__" => draft.replace(function.name.range, "__aenter__"),
            "__exit__" => draft.replace(function.name.range, "__aexit__"),
            _ => {}
        }
    }
    if matches!(kind, Kind::Coroutine | Kind::Object) {
        check_stop_iteration(draft, id);
    }
    let keeps_name = draft.what.bridges.contains(&Bridge::Twin(id));
    if !keeps_name && let Err(wall) = overloads(draft, id, function, kind) {
        draft.wall(wall);
    }
}

/// The offset of the word `def`.
pub(in crate::propagation) fn def_keyword(
    tree: &Tree<'_>,
    function: &ast::StmtFunctionDef,
) -> TextSize {
    let decorators = function.decorator_list.last();
    let after = decorators.map_or(function.start(), Ranged::end);
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < after);
    tokens[from..]
        .iter()
        .find(|token| token.kind() == TokenKind::Def)
        .map_or(after, Ranged::start)
}

/// Whether a body only says that there is none: `...`, a docstring, `pass`.
pub(in crate::propagation) fn is_stub(function: &ast::StmtFunctionDef) -> bool {
    function.body.iter().all(|stmt| match stmt {
        ast::Stmt::Pass(_) => true,
        ast::Stmt::Expr(expr) => {
            expr.value.is_ellipsis_literal_expr() || expr.value.is_string_literal_expr()
        }
        _ => false,
    })
}

/// The `@overload`s in front of a function say what it gives.
fn overloads(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
    kind: Kind,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let Some((block, at)) = tree.block_of(id) else {
        return Ok(());
    };
    for stmt in block[..at].iter().rev() {
        let ast::Stmt::FunctionDef(other) = stmt else {
            return Ok(());
        };
        let overload = other.decorator_list.iter().any(|decorator| {
            matches!(
                tree.qualified_name(&decorator.expression).as_deref(),
                Some("typing.overload" | "typing_extensions.overload")
            )
        });
        if other.name.as_str() != function.name.as_str() || !overload {
            return Ok(());
        }
        let other_id = tree.id(other);
        if other.is_async || draft.what.functions.contains(&other_id) {
            continue;
        }
        if kind == Kind::Coroutine {
            draft.open(def_keyword(tree, other), other_id, "async ");
        } else {
            annotation(draft, other_id, other)?;
        }
    }
    Ok(())
}

/// `StopIteration` that leaves a coroutine becomes a `RuntimeError`.
fn check_stop_iteration(draft: &mut Draft<'_, '_>, id: NodeId) {
    let tree = draft.tree;
    // Who tells it from other errors names it.
    let is_named = draft.what.names_stop_iteration || !tree.mentions("StopIteration").is_empty();
    let found: Vec<NodeId> = own_nodes(tree, id)
        .filter(|below| match tree.node(*below) {
            AnyNodeRef::StmtRaise(raise) => {
                let raised = match raise.exc.as_deref() {
                    Some(ast::Expr::Call(call)) => Some(&*call.func),
                    other => other,
                };
                raised.is_some_and(|raised| draft.is_builtin(raised, &["StopIteration"]))
            }
            AnyNodeRef::ExprCall(call) => {
                is_named
                    && draft.is_builtin(&call.func, &["next"])
                    && call.arguments.len() == 1
                    && !is_caught(tree, *below, id)
            }
            _ => false,
        })
        .collect();
    for node in found {
        draft.wall(
            Wall::new(
                node,
                "stop-iteration",
                "A `StopIteration` from here would leave the coroutine function as a `RuntimeError`.",
            )
            .remedy("Raise another error, or give `next` a default."),
        );
    }
}

/// Whether a `try` of the function catches what a node raises, if it is a `StopIteration`.
fn is_caught(tree: &Tree<'_>, node: NodeId, function: NodeId) -> bool {
    let start = tree.node(node).start();
    tree.ancestors(node)
        .take_while(|above| *above != function)
        .any(|above| match tree.node(above) {
            AnyNodeRef::StmtTry(try_) => {
                let in_body = try_.body.last().is_some_and(|last| start < last.end());
                in_body
                    && try_.handlers.iter().any(|handler| {
                        let ast::ExceptHandler::ExceptHandler(handler) = handler;
                        handler.type_.as_deref().is_none_or(|kind| {
                            let text = tree.slice(kind.range());
                            ["StopIteration", "Exception"]
                                .iter()
                                .any(|name| text.contains(name))
                        })
                    })
            }
            _ => false,
        })
}

/// A function that runs a loop of its own cannot run inside one.
fn check_loops(draft: &mut Draft<'_, '_>, id: NodeId) {
    let tree = draft.tree;
    let runs: Vec<NodeId> = own_nodes(tree, id)
        .filter(|below| {
            let AnyNodeRef::ExprCall(call) = tree.node(*below) else {
                return false;
            };
            matches!(&*call.func, ast::Expr::Attribute(method)
                if matches!(method.attr.as_str(), "run_until_complete" | "run_forever"))
                || tree.qualified_name(&call.func).as_deref() == Some("asyncio.run")
        })
        .collect();
    for run in runs {
        draft.wall(
            Wall::new(
                run,
                "runs-an-event-loop",
                "This function runs an event loop of its own, which Python does not allow inside of another one.",
            )
            .remedy("Await the coroutine instead."),
        );
    }
}

/// A generator: `yield` stays, the annotation names the asynchronous protocol.
fn items(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    annotation(draft, id, function)?;
    returns(draft, id)?;
    delegations(draft, id)
}

/// A `@contextmanager` becomes an `@asynccontextmanager`.
fn manager(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    let tree = draft.tree;
    if let Some(decorator) = context_manager(tree, function) {
        let name = draft.import(id, "contextlib.asynccontextmanager")?;
        draft.replace(decorator.expression.range(), name);
    }
    let mut yields = false;
    for below in own_nodes(tree, id) {
        match tree.node(below) {
            AnyNodeRef::ExprYield(_) => yields = true,
            AnyNodeRef::ExprYieldFrom(_) => {
                return Err(Wall::new(
                    below,
                    "yield-from",
                    "An `async def` has no `yield from`, and this one also hands over errors.",
                )
                .remedy("Write a `with` statement around a `yield`."));
            }
            _ => {}
        }
    }
    if !yields && !is_stub(function) {
        return Err(Wall::new(
            id,
            "manager-without-yield",
            "This context manager is made of a generator that the function only passes on.",
        )
        .remedy("Write the `yield` in this function."));
    }
    annotation(draft, id, function)?;
    returns(draft, id)
}

/// `return` in an asynchronous generator takes no value.
fn returns(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    for below in own_nodes(tree, id).collect::<Vec<_>>() {
        let AnyNodeRef::StmtReturn(stmt) = tree.node(below) else {
            continue;
        };
        match stmt.value.as_deref() {
            None => {}
            Some(value) if value.is_none_literal_expr() => {
                let from = stmt.start() + TextSize::of("return");
                draft.replace(TextRange::new(from, stmt.end()), "");
            }
            Some(_) => {
                return Err(Wall::new(
                    below,
                    "generator-returns",
                    "A generator that becomes an asynchronous one cannot return a value.",
                )
                .remedy("Yield the value, or keep it elsewhere."));
            }
        }
    }
    Ok(())
}

/// `yield from x` alone in its line becomes a loop, which does the same for whoever only asks for
/// the next item.
fn delegations(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    for below in own_nodes(tree, id).collect::<Vec<_>>() {
        let AnyNodeRef::ExprYieldFrom(node) = tree.node(below) else {
            continue;
        };
        let statement = tree.parent(below);
        let refused = |node: NodeId| {
            Wall::new(
                node,
                "yield-from",
                "An `async def` has no `yield from`, and a loop in its place could leave the other generator open.",
            )
            .remedy("Write it as a `for` loop with a `yield`.")
        };
        if !matches!(tree.node(statement), AnyNodeRef::StmtExpr(_)) || !is_made_here(draft, node) {
            return Err(refused(below));
        }
        draft.check_alone(statement)?;
        let value = tree.parenthesized(&node.value);
        let item = draft.fresh_name(below, "item");
        let words = TextRange::new(node.start(), value.start());
        if !tree.comments_in(words).is_empty() || tree.slice(words).contains(['\n', '\r']) {
            return Err(refused(below));
        }
        let source = tree.id(&*node.value);
        let given = draft.what.calls.contains(&source);
        let word = match draft.kind_of_call(source) {
            Kind::Items { cleans_up: true } if given => return Err(refused(below)),
            Kind::Items { .. } if given => "async for",
            _ => "for",
        };
        let indent = tree.indentation(node.start());
        let unit = tree.indent_unit_at(node.start());
        let newline = tree.newline();
        draft.replace(words, format!("{word} {item} in "));
        draft.close(
            value.end(),
            below,
            format!(":{newline}{indent}{unit}yield {item}"),
        );
        draft.settle(below);
    }
    Ok(())
}

/// Whether nobody but this `yield from` has the iterator, so that leaving it is closing it; or it
/// is something that has nothing to close.
fn is_made_here(draft: &Draft<'_, '_>, node: &ast::ExprYieldFrom) -> bool {
    let tree = draft.tree;
    match &*node.value {
        ast::Expr::Name(name) => {
            let id = tree.id(name);
            let home = tree.function_scope(id);
            let bindings = tree.bindings(home, &name.id);
            let reads = tree
                .occurrences(home, &name.id)
                .into_iter()
                .filter(|other| matches!(tree.node(*other), AnyNodeRef::ExprName(other) if other.ctx.is_load()))
                .count();
            tree.lookup(&name.id, tree.scope_of(id)) == Some(home)
                && reads == 1
                && bindings.iter().all(|binding| {
                    let target = tree.parent(binding.node);
                    matches!(
                        tree.node(target),
                        AnyNodeRef::StmtAssign(_) | AnyNodeRef::StmtFor(_)
                    )
                })
        }
        ast::Expr::Attribute(_) => false,
        _ => true,
    }
}

/// `Iterator[T]` becomes `AsyncIterator[T]`.
fn annotation(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    let Some(returns) = function.returns.as_deref() else {
        return Ok(());
    };
    let tree = draft.tree;
    let (protocol, arguments) = match returns {
        ast::Expr::Subscript(subscript) => (&*subscript.value, Some(&*subscript.slice)),
        ast::Expr::StringLiteral(text) => return in_a_string(draft, id, text),
        other => (other, None),
    };
    let Some(dotted) = tree.qualified_name(protocol) else {
        return Ok(());
    };
    let Some(asynchronous) = counterpart(&dotted) else {
        return Ok(());
    };
    let name = draft.import(id, &asynchronous)?;
    draft.replace(protocol.range(), name);
    if asynchronous.ends_with(".AsyncGenerator")
        && let Some(ast::Expr::Tuple(tuple)) = arguments
        && let [.., sent, returned] = &tuple.elts[..]
        && tuple.elts.len() == 3
    {
        let gone = TextRange::new(
            tree.parenthesized(sent).end(),
            tree.parenthesized(returned).end(),
        );
        draft.replace(gone, "");
    }
    Ok(())
}

/// Whether the annotation of a result says nothing, or something with an asynchronous counterpart.
fn has_counterpart(tree: &Tree<'_>, id: NodeId, function: &ast::StmtFunctionDef) -> bool {
    let dotted = match function.returns.as_deref() {
        None => return true,
        Some(ast::Expr::Subscript(subscript)) => tree.qualified_name(&subscript.value),
        Some(ast::Expr::StringLiteral(text)) => {
            let text = text.value.to_str();
            let word = text.split(['[', ' ']).next().unwrap_or_default();
            let (root, rest) = word.split_once('.').unwrap_or((word, ""));
            let root = tree.qualified_identifier(root, tree.scope_of(id));
            root.map(|root| match rest {
                "" => root,
                rest => format!("{root}.{rest}"),
            })
        }
        Some(other) => tree.qualified_name(other),
    };
    dotted.is_some_and(|dotted| counterpart(&dotted).is_some())
}

/// The dotted name of the asynchronous protocol for a plain one.
fn counterpart(dotted: &str) -> Option<String> {
    let (module, name) = dotted.rsplit_once('.')?;
    match (module, name) {
        ("typing" | "collections.abc", "Iterator" | "Iterable" | "Generator")
        | ("typing", "ContextManager") => Some(format!("{module}.Async{name}")),
        ("contextlib", "AbstractContextManager") => {
            Some("contextlib.AbstractAsyncContextManager".to_owned())
        }
        _ => None,
    }
}

/// `"Iterator[T]"`: a name at the start of the text is replaced there.
fn in_a_string(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    literal: &ast::ExprStringLiteral,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let text = literal.value.to_str();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(text.len());
    let word = &text[..end];
    let (root, rest) = word
        .split_once('.')
        .map_or((word, None), |(a, b)| (a, Some(b)));
    let Some(mut dotted) = tree.qualified_identifier(root, tree.scope_of(id)) else {
        return Ok(());
    };
    if let Some(rest) = rest {
        dotted = format!("{dotted}.{rest}");
    }
    let Some(asynchronous) = counterpart(&dotted) else {
        return Ok(());
    };
    let range = literal.range();
    let Some(at) = tree.slice(range).find(word) else {
        return Ok(());
    };
    if asynchronous.ends_with(".AsyncGenerator") && text.matches(',').count() > 1 {
        return Err(Wall::new(
            tree.id(literal),
            "annotation-text",
            "This annotation names the types of a generator in a string.",
        )
        .remedy("Write the annotation without quotes, or as `Iterator[…]`."));
    }
    let name = draft.import(id, &asynchronous)?;
    let size = |length: usize| TextSize::try_from(length).unwrap_or_default();
    let start = range.start() + size(at);
    draft.replace(TextRange::new(start, start + size(word.len())), name);
    Ok(())
}
