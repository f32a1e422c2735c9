//! Where plain code starts the coroutines.

use super::definitions::def_keyword;
use super::draft::Draft;
use super::{Kind, Wall};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, TokenKind, ast};

/// `main()` becomes `asyncio.run(main())`.
pub(super) fn run(draft: &mut Draft<'_, '_>, call: NodeId) {
    if let Err(wall) = try_run(draft, call) {
        draft.wall(wall);
    }
}

fn try_run(draft: &mut Draft<'_, '_>, call: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    if draft.kind_of_call(call) != Kind::Coroutine {
        return Err(Wall::new(
            call,
            "no-coroutine-to-run",
            "`asyncio.run` runs a coroutine, and this call gives several items or a context manager.",
        )
        .remedy("Use them in a function, and call that here."));
    }
    let inside = tree
        .enclosing_function(call)
        .is_some_and(|function| draft.is_async(function));
    if inside {
        return Err(Wall::new(
            call,
            "runs-an-event-loop",
            "A coroutine function cannot run an event loop of its own.",
        ));
    }
    let range = tree.node(call).range();
    let runner = draft.import(call, "asyncio.run")?;
    draft.open(range.start(), call, format!("{runner}("));
    draft.close(range.end(), call, ")");
    Ok(())
}

/// `def main(a):` stays and runs the coroutine function `_main`.
pub(super) fn keep_name(draft: &mut Draft<'_, '_>, id: NodeId) {
    if let Err(wall) = try_keep_name(draft, id) {
        draft.wall(wall);
    }
}

fn try_keep_name(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return Ok(());
    };
    let is_method = matches!(tree.node(tree.parent(id)), AnyNodeRef::StmtClassDef(_));
    let refused = |why: &str| {
        Wall::new(
            id,
            "entry-point",
            format!(
                "Something outside of the project starts this function by its name, and {why}."
            ),
        )
        .remedy("Start a coroutine function in it with `asyncio.run()` by hand.")
    };
    if draft.kind_of_function(id) != Kind::Coroutine {
        return Err(refused("it gives several items or a context manager"));
    }
    if is_method && !function.decorator_list.is_empty() {
        return Err(refused("its decorators would have to be on two methods"));
    }
    let receiver = if is_method {
        let first = function.parameters.posonlyargs.first();
        let first = first.or_else(|| function.parameters.args.first());
        let Some(first) = first else {
            return Err(refused("it has no parameter for its object"));
        };
        Some(first.parameter.name.as_str())
    } else {
        None
    };
    let runner = draft.import(id, "asyncio.run")?;
    let old = function.name.as_str();
    let base = if old.starts_with('_') {
        format!("{}_async", old.trim_end_matches('_'))
    } else {
        format!("_{old}")
    };
    let name = fresh(draft, id, &base);

    let keyword = def_keyword(tree, function);
    let indent = tree.indentation(keyword);
    let unit = tree.indent_unit_at(keyword);
    let newline = tree.newline();
    let tokens = tree.tokens();
    let body_start = function.body.first().map_or(function.end(), Ranged::start);
    let from = tokens.partition_point(|token| token.start() < function.name.end());
    let colon = tokens[from..]
        .iter()
        .take_while(|token| token.start() < body_start)
        .filter(|token| token.kind() == TokenKind::Colon)
        .last()
        .map_or(body_start, Ranged::start);
    let signature = tree.slice(TextRange::new(function.name.end(), colon));
    if !tree
        .comments_in(TextRange::new(function.name.end(), colon))
        .is_empty()
    {
        return Err(refused("a comment stands among its parameters"));
    }
    let callee = receiver.map_or_else(|| name.clone(), |object| format!("{object}.{name}"));
    let arguments = arguments(&function.parameters, is_method);
    let mut wrapper = format!("def {old}{signature}:{newline}");
    let docstring = docstring(draft, function);
    if let Some(text) = docstring {
        wrapper.push_str(&format!("{indent}{unit}{}{newline}", tree.slice(text)));
        let lines = TextRange::new(text.start(), line_after(draft, text.end(), function));
        draft.replace(lines, "");
    }
    wrapper.push_str(&format!(
        "{indent}{unit}return {runner}({callee}({arguments})){newline}{newline}"
    ));
    if indent.is_empty() {
        wrapper.push_str(newline);
    }
    wrapper.push_str(indent);
    // The coroutine function opens at the same place and comes after it.
    draft.open(keyword, tree.parent(id), wrapper);
    draft.replace(function.name.range(), name.clone());
    strip_defaults(draft, &function.parameters);
    draft.renamed.insert(id, name);
    Ok(())
}

/// A name that neither a variable nor an attribute of the file has.
fn fresh(draft: &Draft<'_, '_>, id: NodeId, base: &str) -> String {
    let tree = draft.tree;
    let attribute = |name: &str| {
        tree.ids().any(|other| match tree.node(other) {
            AnyNodeRef::ExprAttribute(node) => node.attr.as_str() == name,
            AnyNodeRef::StmtFunctionDef(node) => node.name.as_str() == name,
            _ => false,
        })
    };
    let mut name = draft.fresh_name(id, base);
    let mut number = 2;
    while attribute(&name) {
        name = draft.fresh_name(id, &format!("{base}_{number}"));
        number += 1;
    }
    name
}

/// The docstring of a function, when something comes after it on lines of its own.
fn docstring(draft: &Draft<'_, '_>, function: &ast::StmtFunctionDef) -> Option<TextRange> {
    let [ast::Stmt::Expr(first), _, ..] = &function.body[..] else {
        return None;
    };
    let alone = draft.check_alone(draft.tree.id(first)).is_ok();
    let plain =
        first.value.is_string_literal_expr() && draft.tree.comment_on_line(first.end()).is_none();
    (alone && plain).then(|| first.range())
}

/// Where the text goes on after a docstring: at the first other character of the body.
fn line_after(draft: &Draft<'_, '_>, end: TextSize, function: &ast::StmtFunctionDef) -> TextSize {
    let tree = draft.tree;
    let next = function.body.get(1).map_or(end, Ranged::start);
    let comments = tree.comments_in(TextRange::new(end, next));
    comments.first().map_or(next, Ranged::start)
}

/// The arguments that hand all parameters on.
fn arguments(parameters: &ast::Parameters, skip_first: bool) -> String {
    let plain = parameters.posonlyargs.iter().chain(&parameters.args);
    let mut arguments: Vec<String> = plain
        .skip(usize::from(skip_first))
        .map(|parameter| parameter.parameter.name.to_string())
        .collect();
    if let Some(rest) = &parameters.vararg {
        arguments.push(format!("*{}", rest.name));
    }
    for parameter in &parameters.kwonlyargs {
        let name = &parameter.parameter.name;
        arguments.push(format!("{name}={name}"));
    }
    if let Some(rest) = &parameters.kwarg {
        arguments.push(format!("**{}", rest.name));
    }
    arguments.join(", ")
}

/// Defaults that are more than constants are evaluated once, in the function that keeps the name.
fn strip_defaults(draft: &mut Draft<'_, '_>, parameters: &ast::Parameters) {
    let all: Vec<&ast::ParameterWithDefault> = parameters
        .posonlyargs
        .iter()
        .chain(&parameters.args)
        .chain(&parameters.kwonlyargs)
        .collect();
    let plain = all.iter().all(|parameter| {
        parameter
            .default
            .as_deref()
            .is_none_or(|default| default.is_literal_expr() || default.is_name_expr())
    });
    if plain {
        return;
    }
    for parameter in all {
        if let Some(default) = parameter.default.as_deref() {
            let end = draft.tree.parenthesized(default).end();
            let range = TextRange::new(parameter.parameter.end(), end);
            draft.replace(range, "");
        }
    }
}

/// A call of a function that keeps its name as a plain one calls the coroutine function instead.
pub(super) fn rename(draft: &mut Draft<'_, '_>, call: NodeId) {
    let tree = draft.tree;
    if draft.renamed.is_empty() {
        return;
    }
    let AnyNodeRef::ExprCall(node) = tree.node(call) else {
        return;
    };
    let (old, range) = match &*node.func {
        ast::Expr::Name(name) => (name.id.as_str(), name.range),
        ast::Expr::Attribute(attribute) => (attribute.attr.as_str(), attribute.attr.range),
        _ => return,
    };
    let mut found = draft.renamed.iter().filter(|(function, _)| {
        matches!(tree.node(**function), AnyNodeRef::StmtFunctionDef(function)
            if function.name.as_str() == old)
    });
    let Some((function, new)) = found.next() else {
        return;
    };
    let scope = tree.scope_of(*function);
    let certain = found.next().is_none()
        && match &*node.func {
            ast::Expr::Name(_) => tree.lookup(old, tree.scope_of(call)) == Some(scope),
            ast::Expr::Attribute(attribute) => {
                matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self")
                    && tree.is_within(call, tree.parent(*function))
            }
            _ => false,
        };
    if certain {
        let new = new.clone();
        draft.replace(range, new);
    } else {
        draft.wall(
            Wall::new(
                call,
                "entry-point-called",
                "This calls a function that keeps its name as a plain one, through something that cannot be followed.",
            )
            .remedy("Call the function by its name."),
        );
    }
}
