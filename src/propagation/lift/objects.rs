//! A class whose constructor becomes asynchronous: `__init__` becomes a coroutine function of another
//! name, and `create` makes an object and awaits that.

use super::bridges::{arguments, docstring, is_plain, line_after, signature};
use super::definitions::def_keyword;
use super::draft::Draft;
use super::{Wall, calls};
use crate::syntax::{AnyNodeRef, NodeId, PythonVersion, Ranged, TextRange, ast};

/// The coroutine function that makes an object.
pub const CREATE: &str = "create";

/// What `__init__` becomes.
pub const INITIALIZE: &str = "_create";

/// `Page(title)` becomes `await Page.create(title)`, and `self.__init__(title)` awaits what that
/// becomes.
pub(super) fn call(draft: &mut Draft<'_, '_>, id: NodeId) {
    let tree = draft.tree;
    let AnyNodeRef::ExprCall(call) = tree.node(id) else {
        return;
    };
    match &*call.func {
        ast::Expr::Attribute(method) if method.attr.as_str() == "__init__" => {
            draft.replace(method.attr.range(), INITIALIZE);
        }
        callee => draft.close(callee.end(), tree.id(callee), format!(".{CREATE}")),
    }
    calls::awaited(draft, id);
}

/// `__init__` becomes the coroutine function that `create`, in front of it, awaits.
pub(super) fn constructor(
    draft: &mut Draft<'_, '_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let refused = |why: &str| {
        Wall::new(
            id,
            "constructor",
            format!("A constructor cannot be a coroutine function, and {why}."),
        )
        .remedy("Move the work into a `classmethod` that builds the object, by hand.")
    };
    let parameters = &function.parameters;
    let first = parameters.posonlyargs.first().or(parameters.args.first());
    let first = first.ok_or_else(|| refused("this one has no parameter for its object"))?;
    let object = first.parameter.name.as_str();
    if !parameters.iter_non_variadic_params().all(is_plain) {
        return Err(refused(
            "the default of a parameter would be made twice, once for each of the two functions that it would become",
        ));
    }
    if parameters.iter().any(|one| one.name().as_str() == "cls") {
        return Err(refused("a parameter of this one is called `cls`"));
    }
    let AnyNodeRef::StmtClassDef(class) = tree.node(tree.parent(id)) else {
        return Err(refused("this one stands below a condition"));
    };
    let signature = signature(draft, function)
        .ok_or_else(|| refused("a comment stands among its parameters"))?;
    let returns = function.returns.as_deref();
    let end = parameters.range().end();
    let before = TextRange::new(signature.start(), first.start());
    let after = TextRange::new(first.parameter.end(), end);
    // Where annotations are evaluated at once, the class has no name yet.
    let quote = if has_late_annotations(draft) {
        ""
    } else {
        "\""
    };
    let result = returns.map_or(String::new(), |_| {
        format!(" -> {quote}{}{quote}", class.name)
    });
    let keyword = def_keyword(tree, function);
    let indent = tree.indentation(keyword);
    let unit = tree.indent_unit_at(keyword);
    let newline = tree.newline();
    let mut create = format!(
        "@classmethod{newline}{indent}async def {CREATE}{}cls{}{result}:{newline}",
        tree.slice(before),
        tree.slice(after),
    );
    if let Some(text) = docstring(draft, function) {
        create.push_str(&format!("{indent}{unit}{}{newline}", tree.slice(text)));
        let lines = TextRange::new(text.start(), line_after(draft, text.end(), function));
        draft.replace(lines, "");
    }
    let arguments = arguments(parameters, true);
    create.push_str(&format!(
        "{indent}{unit}{object} = cls.__new__(cls){newline}\
         {indent}{unit}await {object}.{INITIALIZE}({arguments}){newline}\
         {indent}{unit}return {object}{newline}{newline}{indent}"
    ));
    // The coroutine function opens at the same place and comes after it.
    draft.open(keyword, tree.parent(id), create);
    draft.replace(function.name.range, INITIALIZE);
    Ok(())
}

fn has_late_annotations(draft: &Draft<'_, '_>) -> bool {
    draft.target >= PythonVersion::PY314
        || draft.tree.module.ast().body.iter().any(|stmt| {
            matches!(stmt, ast::Stmt::ImportFrom(import)
                if import.module.as_deref() == Some("__future__")
                    && import.names.iter().any(|alias| alias.name.as_str() == "annotations"))
        })
}
