//! Removes `loop = asyncio.get_running_loop()` where the rewrites took its last reader.

use crate::edit::Edit;
use crate::rewrite::Origin;
use crate::syntax::{
    AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, ScopeKind, TextRange, TextSize, Tree, ast,
};

/// The edits that remove assignments of the running loop, in coroutine functions, to names that
/// had readers in `before` and have none in `after`.
pub fn unread(before: &Tree<'_>, after: &Tree<'_>, origin: &Origin) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    let text = after.text();
    if !text.contains("get_running_loop") && !text.contains("get_event_loop") {
        return edits;
    }
    for (scope, here) in after.scopes() {
        if here.kind != (ScopeKind::Function { is_async: true }) {
            continue;
        }
        if ["locals", "eval", "exec", "vars"]
            .iter()
            .any(|name| !after.mentions(name).is_empty())
        {
            continue;
        }
        for name in after.bound_names(scope) {
            edits.extend(removal(before, after, origin, scope, name).unwrap_or_default());
        }
    }
    edits.sort_by_key(|edit| edit.range.start());
    edits
}

/// The removal of every assignment to a name, when all of them only fetch the running loop.
fn removal(
    before: &Tree<'_>,
    after: &Tree<'_>,
    origin: &Origin,
    scope: ScopeId,
    name: &str,
) -> Option<Vec<Edit>> {
    let bindings = after.bindings(scope, name);
    if bindings
        .iter()
        .any(|binding| fetching(after, binding.node).is_none())
    {
        return None;
    }
    if after.occurrences(scope, name).len() != bindings.len()
        || after.is_rebound_from_inside(scope, name)
    {
        return None;
    }
    bindings
        .iter()
        .map(|binding| {
            let statement = fetching(after, binding.node)?;
            (binding.kind != BindingKind::Parameter
                && had_readers(before, origin.of(after.node(statement).range()), name))
            .then_some(())?;
            let range = removable(after, statement)?;
            Some(Edit {
                range,
                text: String::new(),
            })
        })
        .collect()
}

/// The statement `name = asyncio.get_running_loop()` that a name is bound by.
fn fetching(tree: &Tree<'_>, binding: NodeId) -> Option<NodeId> {
    let parent = tree.parent(binding);
    let value = match tree.node(parent) {
        AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => &*assign.value,
        AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref()?,
        _ => return None,
    };
    let ast::Expr::Call(call) = value else {
        return None;
    };
    let function = tree.qualified_name(&call.func)?;
    let fetches = matches!(
        function.as_str(),
        "asyncio.get_running_loop" | "asyncio.get_event_loop"
    );
    (fetches && call.arguments.is_empty()).then_some(parent)
}

/// Whether the assignment stood in the file before and its name was read there.
fn had_readers(before: &Tree<'_>, range: TextRange, name: &str) -> bool {
    before.mentions(name).iter().any(|id| {
        let node = before.node(*id);
        if !range.contains_range(node.range()) || fetching(before, *id).is_none() {
            return false;
        }
        let Some(home) = before.lookup(name, before.scope_of(*id)) else {
            return false;
        };
        before.occurrences(home, name).len() > before.bindings(home, name).len()
    })
}

/// The lines of a statement that stands alone on them, without a comment, in a block that has
/// others; with the blank line that would otherwise be left over.
fn removable(tree: &Tree<'_>, statement: NodeId) -> Option<TextRange> {
    let (block, at) = tree.block_of(statement)?;
    if block.len() < 2 {
        return None;
    }
    let range = tree.node(statement).range();
    let lines = tree.full_lines(range);
    let alone = tree.slice(lines).trim() == tree.slice(range);
    let next_is_blank = at + 1 == block.len() || is_blank(tree, lines.end(), false);
    // A comment directly above goes on to speak about the statement directly below.
    if !alone || (next_is_blank && comment_above(tree, lines.start())) {
        return None;
    }
    let first = at == 0 || is_docstring(&block[at - 1]);
    let last = at + 1 == block.len();
    let blank_above = at > 0 && is_blank(tree, tree.line_start(lines.start()), true);
    let mut end = lines.end();
    if !last && (first || blank_above) {
        while end.to_usize() < tree.text().len() && is_blank(tree, end, false) {
            end = tree.line_end(end);
            if !first {
                break;
            }
        }
    }
    // The blank line between the docstring and the statement stays for the next one.
    Some(TextRange::new(lines.start(), end))
}

fn comment_above(tree: &Tree<'_>, line: TextSize) -> bool {
    previous_line(tree, line).is_some_and(|text| text.trim_start().starts_with('#'))
}

fn is_blank(tree: &Tree<'_>, line: TextSize, above: bool) -> bool {
    if above {
        return previous_line(tree, line).is_some_and(|text| text.trim().is_empty());
    }
    let end = tree.line_end(line);
    tree.text()[line.to_usize()..end.to_usize()]
        .trim()
        .is_empty()
}

fn previous_line<'a>(tree: &Tree<'a>, line: TextSize) -> Option<&'a str> {
    if line == TextSize::new(0) {
        return None;
    }
    let last = line - TextSize::new(1);
    // The start of the line that ends right before this one, whatever its line break is.
    let mut start = tree.line_start(last);
    if start == line {
        start = tree.line_start(last - TextSize::new(1));
    }
    Some(&tree.text()[start.to_usize()..line.to_usize()])
}

fn is_docstring(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::Expr(expr) if expr.value.is_string_literal_expr())
}
