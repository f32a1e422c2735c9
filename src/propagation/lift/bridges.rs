//! Where plain code starts the coroutines.

use super::definitions::def_keyword;
use super::draft::Draft;
use super::{Kind, Wall, twins};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, TextSize, TokenKind, ast};

/// `main()` becomes `asyncio.run(main())`.
pub(super) fn run(draft: &mut Draft<'_, '_>, call: NodeId) {
    if let Err(wall) = try_run(draft, call) {
        draft.wall(wall);
    }
}

fn try_run(draft: &mut Draft<'_, '_>, call: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    if draft.kind_of_call(call) == Kind::Object {
        return Err(Wall::new(
            call,
            "no-coroutine-to-run",
            "An object that is made in an event loop of its own could not be used in another one.",
        )
        .remedy("Make the object in a function, and call that here."));
    }
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

/// `def main(a):` stays and runs the coroutine function `_main`, or, as a twin, `main_async`.
pub(super) fn keep_name(draft: &mut Draft<'_, '_>, id: NodeId, as_twin: bool) {
    if let Err(wall) = try_keep_name(draft, id, as_twin) {
        draft.wall(wall);
    }
}

fn try_keep_name(draft: &mut Draft<'_, '_>, id: NodeId, as_twin: bool) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return Ok(());
    };
    let refused = |why: &str| {
        if as_twin {
            let name = &function.name;
            let message = format!("`{name}` cannot stay beside a coroutine function: {why}.");
            return Wall::new(id, "no-twin", message)
                .remedy("Write the coroutine function beside it by hand.");
        }
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
    let receiver = receiver(draft, id, function, as_twin).map_err(refused)?;
    if as_twin && !function.parameters.iter_non_variadic_params().all(is_plain) {
        return Err(refused(
            "the default of a parameter would be made twice, once for each of the two",
        ));
    }
    let runner = draft.import(id, "asyncio.run")?;
    let old = function.name.as_str();
    let name = if as_twin {
        let twin = twins::name_of_twin(old);
        twins::free(draft, id, &twin)?;
        twin
    } else if old.starts_with('_') {
        fresh(draft, id, &format!("{}_async", old.trim_end_matches('_')))
    } else {
        fresh(draft, id, &format!("_{old}"))
    };

    let keyword = def_keyword(tree, function);
    let indent = tree.indentation(keyword);
    let unit = tree.indent_unit_at(keyword);
    let newline = tree.newline();
    let signature = signature(draft, function)
        .ok_or_else(|| refused("a comment stands among its parameters"))?;
    let signature = tree.slice(signature);
    let callee = match &receiver {
        Receiver::Nothing => name.clone(),
        Receiver::First(object) | Receiver::Class(object) => format!("{object}.{name}"),
    };
    let skips_first = matches!(receiver, Receiver::First(_));
    let arguments = arguments(&function.parameters, skips_first);
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
    if !matches!(receiver, Receiver::Nothing) {
        for decorator in &function.decorator_list {
            let text = tree.slice(decorator.range());
            wrapper.push_str(&format!("{text}{newline}{indent}"));
        }
    }
    // The coroutine function opens at the same place and comes after it.
    draft.open(keyword, tree.parent(id), wrapper);
    draft.replace(function.name.range(), name.clone());
    if !as_twin {
        strip_defaults(draft, &function.parameters);
    }
    draft.renamed.insert(id, name);
    Ok(())
}

/// What stands between the name of a function and its colon, unless there is a comment in it.
pub(super) fn signature(
    draft: &Draft<'_, '_>,
    function: &ast::StmtFunctionDef,
) -> Option<TextRange> {
    let tokens = draft.tree.tokens();
    let body_start = function.body.first().map_or(function.end(), Ranged::start);
    let from = tokens.partition_point(|token| token.start() < function.name.end());
    let colon = tokens[from..]
        .iter()
        .take_while(|token| token.start() < body_start)
        .filter(|token| token.kind() == TokenKind::Colon)
        .last()
        .map_or(body_start, Ranged::start);
    let signature = TextRange::new(function.name.end(), colon);
    draft
        .tree
        .comments_in(signature)
        .is_empty()
        .then_some(signature)
}

/// Through what the plain function reaches the coroutine function beside it.
enum Receiver<'a> {
    /// Both are names of one scope.
    Nothing,
    /// The first parameter: the object, or the class for a `classmethod`.
    First(&'a str),
    /// The class around a `staticmethod`.
    Class(&'a str),
}

/// How a function reaches what is beside it, or why it does not.
fn receiver<'a>(
    draft: &Draft<'_, 'a>,
    id: NodeId,
    function: &'a ast::StmtFunctionDef,
    as_twin: bool,
) -> Result<Receiver<'a>, &'static str> {
    let tree = draft.tree;
    let AnyNodeRef::StmtClassDef(class) = tree.node(tree.parent(id)) else {
        return Ok(Receiver::Nothing);
    };
    let decorators: Vec<&str> = function
        .decorator_list
        .iter()
        .map(|decorator| tree.slice(decorator.expression.range()))
        .collect();
    match (decorators.as_slice(), as_twin) {
        ([], _) | (["classmethod"], true) => {
            let first = function.parameters.posonlyargs.first();
            let first = first.or_else(|| function.parameters.args.first());
            let first = first.ok_or("it has no parameter for its object")?;
            Ok(Receiver::First(first.parameter.name.as_str()))
        }
        (["staticmethod"], true) if tree.scope_of(tree.id(class)) == ScopeId::MODULE => {
            Ok(Receiver::Class(class.name.as_str()))
        }
        _ => Err("its decorators would have to be on two methods"),
    }
}

/// Whether a default is the same thing however often it is made.
pub(super) fn is_plain(parameter: &ast::ParameterWithDefault) -> bool {
    fn constant(expr: &ast::Expr) -> bool {
        match expr {
            ast::Expr::UnaryOp(operation) => constant(&operation.operand),
            ast::Expr::BinOp(operation) => constant(&operation.left) && constant(&operation.right),
            ast::Expr::Attribute(attribute) => constant(&attribute.value),
            ast::Expr::Tuple(tuple) => tuple.elts.iter().all(constant),
            other => other.is_literal_expr() || other.is_name_expr(),
        }
    }
    parameter.default.as_deref().is_none_or(constant)
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
pub(super) fn docstring(
    draft: &Draft<'_, '_>,
    function: &ast::StmtFunctionDef,
) -> Option<TextRange> {
    let [ast::Stmt::Expr(first), _, ..] = &function.body[..] else {
        return None;
    };
    let alone = draft.check_alone(draft.tree.id(first)).is_ok();
    let plain =
        first.value.is_string_literal_expr() && draft.tree.comment_on_line(first.end()).is_none();
    (alone && plain).then(|| first.range())
}

/// Where the text goes on after a docstring: at the first other character of the body.
pub(super) fn line_after(
    draft: &Draft<'_, '_>,
    end: TextSize,
    function: &ast::StmtFunctionDef,
) -> TextSize {
    let tree = draft.tree;
    let next = function.body.get(1).map_or(end, Ranged::start);
    let comments = tree.comments_in(TextRange::new(end, next));
    comments.first().map_or(next, Ranged::start)
}

/// The arguments that hand all parameters on.
pub(super) fn arguments(parameters: &ast::Parameters, skip_first: bool) -> String {
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
