//! The coroutine that is written around what needs a running loop.

use super::argument::{Argument, argument};
use super::layout::{Layout, with_comments};
use super::uses::{Run, Uses, is_whole};
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};
use std::collections::BTreeSet;

/// `_main`, or with a number where that is taken.
pub(super) fn wrapper_name(at: NodeId, number: usize, file: &FileView<'_>) -> String {
    let mut number = number;
    loop {
        let name = if number == 1 {
            "_main".to_owned()
        } else {
            format!("_main_{number}")
        };
        if !file.is_taken(at, &name) {
            return name;
        }
        number += 1;
    }
}

/// What a coroutine that is written awaits at its end.
pub(super) struct Value {
    /// The run that the coroutine is given to.
    pub(super) call: NodeId,
    /// `await …`, with `return` where the result is used; `None` where a string in it spans lines.
    pub(super) text: Option<String>,
    /// Whether the result is used.
    pub(super) is_read: bool,
    /// A signal that ends it.
    pub(super) stop: Option<Stop>,
}

/// An event in the place of `loop.stop`.
pub(super) struct Stop {
    /// Its name.
    pub(super) name: String,
    /// The class, in the words of the file.
    pub(super) event: String,
    /// The function that gives the running loop, in the words of the file.
    pub(super) running: String,
    /// The statements that set signal handlers.
    pub(super) statements: BTreeSet<NodeId>,
}

impl Value {
    pub(super) fn of(run: &Run<'_>, awaited: &ast::Expr, file: &FileView<'_>) -> Self {
        let statement = file.tree.enclosing_statement(run.id);
        Self {
            call: run.id,
            text: whole_string_free(awaited, file).map(|text| format!("await {text}")),
            stop: None,
            is_read: !is_whole(run.call, statement, file),
        }
    }
}

/// `async def _main():` with the statements that move into it and the awaitable.
pub(super) fn wrapper<'a>(
    change: &mut Change,
    layout: &mut Layout<'_, 'a>,
    value: &Value,
    name: &str,
    moved: Option<&[NodeId]>,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let statement = tree.enclosing_statement(value.call);
    let too_wide = || {
        Refusal::new(
            "cannot-move-statement",
            "A statement that must move into a coroutine shares its line or holds a string over several lines.",
        )
        .evidence(tree.node(value.call).range(), "the run")
    };
    let mut body = Vec::new();
    if let Some(stop) = &value.stop {
        body.push(format!("{} = {}()", stop.name, stop.event));
        if let Some((name, _)) = uses.name {
            body.push(format!("{name} = {}()", stop.running));
        }
    }
    for id in moved.unwrap_or_default() {
        let text = with_comments(*id, file).ok_or_else(too_wide)?;
        body.extend(layout.take_comments_above(tree.node(*id).start()));
        body.push(match &value.stop {
            Some(stop) if stop.statements.contains(id) => stopped(*id, stop, file),
            _ => moved_text(change, *id, text, uses, file)?,
        });
    }
    let awaited = value.text.as_ref().ok_or_else(too_wide)?;
    let word = if value.is_read { "return " } else { "" };
    body.push(format!("{word}{awaited}"));

    // At module level the coroutine stands above the statement, or above the block of the script.
    let mut place = statement;
    if file.enclosing_function(value.call).is_none() {
        for above in tree.ancestors(statement) {
            if tree.parent(above) == NodeId::MODULE && above != NodeId::MODULE {
                place = above;
            }
        }
    }
    let offset = tree.node(place).start();
    if !layout.starts_line(offset) {
        return Err(too_wide());
    }
    let indent = layout.indentation(offset);
    let unit = tree.indent_unit_at(offset);
    let mut text = format!("{indent}async def {name}():\n");
    for statement in body {
        for line in statement.lines() {
            if line.trim().is_empty() {
                text.push('\n');
            } else {
                text.extend([&indent, unit, line, "\n"]);
            }
        }
    }
    let gap = if indent.is_empty() { "\n\n" } else { "\n" };
    text.push_str(gap);
    let top = layout.comments_above(offset);
    let text = format!("{}{text}", layout.missing_blank_lines(top, gap));
    layout.insert_before(top, &text);
    Ok(())
}

/// A statement that sets a signal handler, with the event in the place of the loop.
fn stopped(statement: NodeId, stop: &Stop, file: &FileView<'_>) -> String {
    let tree = file.tree;
    let edits: Vec<(TextRange, String)> = tree
        .descendants(statement)
        .filter_map(|id| match tree.node(id) {
            AnyNodeRef::ExprAttribute(handler) if handler.attr.as_str() == "stop" => {
                Some((handler.range, format!("{}.set", stop.name)))
            }
            _ => None,
        })
        .collect();
    edited(statement, &edits, file)
}

/// The text of an argument, unless a string in it spans lines.
fn whole_string_free(expr: &ast::Expr, file: &FileView<'_>) -> Option<String> {
    let range = file.tree.parenthesized(expr);
    let text = file.tree.lifted(range);
    (!text.contains("\"\"\"") && !text.contains("'''")).then_some(text)
}

/// The text of a statement inside the coroutine that is written: `loop.create_task(x())` is
/// `asyncio.create_task(x())` there, `loop.run_until_complete(x())` is `await x()`.
fn moved_text<'a>(
    change: &mut Change,
    statement: NodeId,
    text: String,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<String, Refusal> {
    let tree = file.tree;
    if let Some(run) = uses
        .runs
        .iter()
        .find(|run| tree.is_within(run.id, statement))
    {
        let awaited = match argument(run, uses, file)? {
            Argument::Task(inner) => inner,
            _ => run.awaitable,
        };
        let value = file.text(tree.parenthesized(awaited)).to_owned();
        return Ok(edited(
            statement,
            &[(run.call.range(), format!("await {value}"))],
            file,
        ));
    }
    let call = tree
        .descendants(statement)
        .find_map(|id| match tree.node(id) {
            AnyNodeRef::ExprCall(call)
                if matches!(&*call.func, ast::Expr::Attribute(method)
                if matches!(method.attr.as_str(), "create_task" | "ensure_future")) =>
            {
                Some(call)
            }
            _ => None,
        });
    let Some(call) = call else {
        return Ok(text);
    };
    let task = file.import(change, tree.id(call), "asyncio.create_task")?;
    let mut edits = vec![(call.func.range(), task)];
    for keyword in &call.arguments.keywords {
        if keyword.arg.as_deref() == Some("loop") {
            edits.push((tree.argument_with_comma(call, keyword.range), String::new()));
        }
    }
    Ok(edited(statement, &edits, file))
}

/// A statement with replacements and the comment at its end.
fn edited(statement: NodeId, edits: &[(TextRange, String)], file: &FileView<'_>) -> String {
    let tree = file.tree;
    let range = tree.node(statement).range();
    let comment = tree
        .comment_on_line(range.end())
        .map_or(String::new(), |range| format!("  {}", file.text(range)));
    format!("{}{comment}", tree.lifted_with(range, edits))
}
