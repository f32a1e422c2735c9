//! Twins: a function keeps its plain name, and the coroutine function beside it has a name of its
//! own, which every awaited call uses.

use super::definitions::def_keyword;
use super::draft::Draft;
use super::{Kind, Wall};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, TextRange, TextSize, ast};

/// What the name of the coroutine function ends with.
const SUFFIX: &str = "_async";

/// The name of the coroutine function beside a plain one.
pub fn name_of_twin(name: &str) -> String {
    format!("{name}{SUFFIX}")
}

/// A call of a function with a twin calls the twin.
pub(super) fn call(draft: &mut Draft<'_, '_>, call: NodeId) {
    if let Err(wall) = try_call(draft, call) {
        draft.wall(wall);
    }
}

fn try_call(draft: &mut Draft<'_, '_>, call: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::ExprCall(node) = tree.node(call) else {
        return Ok(());
    };
    match &*node.func {
        ast::Expr::Attribute(attribute) => {
            append(draft, attribute.attr.range());
            Ok(())
        }
        ast::Expr::Name(name) => {
            let out_of_reach = || {
                Wall::new(
                    call,
                    "twin-out-of-reach",
                    format!(
                        "The name `{}` gets its value in a way that does not say where `{}` would come from.",
                        name.id,
                        name_of_twin(&name.id)
                    ),
                )
                .remedy("Import the function by its name at the top of the module.")
            };
            let twin = name_of_twin(&name.id);
            let scope = tree
                .lookup(&name.id, tree.scope_of(call))
                .ok_or_else(out_of_reach)?;
            let mut imported = Vec::new();
            for binding in tree.bindings(scope, &name.id) {
                match binding.kind {
                    BindingKind::FromImport(_) => imported.push(binding.range),
                    BindingKind::Function => {}
                    _ => return Err(out_of_reach()),
                }
            }
            for range in imported {
                let alias = alias_around(draft, range).ok_or_else(out_of_reach)?;
                free(draft, call, &twin)?;
                export(draft, alias);
            }
            append(draft, name.range);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The alias of an import that binds an identifier.
fn alias_around(draft: &Draft<'_, '_>, name: TextRange) -> Option<NodeId> {
    let tree = draft.tree;
    tree.ids().find(|id| {
        matches!(tree.node(*id), AnyNodeRef::Alias(alias) if alias.range().contains_range(name))
    })
}

/// The name of a twin must not mean something else where it is used.
pub(super) fn free(draft: &Draft<'_, '_>, at: NodeId, twin: &str) -> Result<(), Wall> {
    let tree = draft.tree;
    let is_attribute = || {
        tree.ids().any(|other| match tree.node(other) {
            AnyNodeRef::ExprAttribute(node) => node.attr.as_str() == twin,
            AnyNodeRef::StmtFunctionDef(node) => node.name.as_str() == twin,
            AnyNodeRef::Alias(node) => node.name.as_str() == twin,
            AnyNodeRef::Keyword(node) => node.arg.as_deref() == Some(twin),
            _ => false,
        })
    };
    if tree.mentions(twin).is_empty() && !is_attribute() {
        return Ok(());
    }
    Err(Wall::new(
        at,
        "name-taken",
        format!("The name `{twin}` means something already."),
    )
    .remedy("Give what has the name another one."))
}

fn append(draft: &mut Draft<'_, '_>, name: TextRange) {
    let twin = name_of_twin(draft.tree.slice(name));
    draft.replace(name, twin);
}

/// Declares the twin of a function in a stub, behind the plain one.
fn declare(draft: &mut Draft<'_, '_>, node: NodeId, function: &ast::StmtFunctionDef) {
    let tree = draft.tree;
    let twin = name_of_twin(&function.name);
    let can_be_doubled = |decorator: &ast::Decorator| {
        matches!(
            tree.slice(decorator.expression.range()),
            "staticmethod" | "classmethod"
        )
    };
    if draft.kind_of_function(node) != Kind::Coroutine
        || !function.decorator_list.iter().all(can_be_doubled)
    {
        draft.wall(Wall::new(
            node,
            "no-twin",
            "The stub does not declare this function in a way that its twin could be declared beside it.",
        ));
        return;
    }
    if let Err(wall) = free(draft, node, &twin).and_then(|()| draft.check_alone(node)) {
        draft.wall(wall);
        return;
    }
    let keyword = def_keyword(tree, function);
    let decorators = TextRange::new(function.start(), keyword);
    let rest = TextRange::new(function.name.end(), function.end());
    let text = format!(
        "{}{}{}async def {twin}{}",
        tree.newline(),
        tree.indentation(keyword),
        tree.slice(decorators),
        tree.slice(rest)
    );
    let line = TextRange::new(function.end(), tree.line_end(function.end()));
    let comment = TextSize::of(tree.slice(line).trim_end_matches(['\n', '\r']));
    draft.close(function.end() + comment, node, text);
}

/// Puts the name of the twin behind that of the plain function: in an import, or as a string in
/// `__all__`.
pub(super) fn export(draft: &mut Draft<'_, '_>, node: NodeId) {
    if !draft.settle(node) {
        return;
    }
    let tree = draft.tree;
    let (range, twin) = match tree.node(node) {
        AnyNodeRef::Alias(alias) => {
            let name = name_of_twin(&alias.name);
            let twin = match &alias.asname {
                Some(other) => format!("{name} as {}", name_of_twin(other)),
                None => name,
            };
            (alias.range(), twin)
        }
        AnyNodeRef::ExprStringLiteral(text) => {
            let words = tree.slice(text.range);
            let Some(at) = words.rfind(text.value.to_str()) else {
                return;
            };
            let end = at + text.value.to_str().len();
            let twin = format!("{}{SUFFIX}{}", &words[..end], &words[end..]);
            (text.range, twin)
        }
        AnyNodeRef::StmtFunctionDef(function) => return declare(draft, node, function),
        _ => return,
    };
    let start = range.start();
    let before = TextRange::new(tree.line_start(start), start);
    let is_first = !before.is_empty() && tree.slice(before).trim().is_empty();
    let between = if is_first {
        format!(",{}{}", tree.newline(), tree.slice(before))
    } else {
        ", ".to_owned()
    };
    draft.close(range.end(), node, format!("{between}{twin}"));
}
