//! What is written instead of a hand-made loop: `asyncio.run`, an `asyncio.Runner`, or a coroutine
//! around what needs a running loop.

use super::argument::{Argument, argument};
use super::entry::repeats;
use super::forever::{self, Besides, moved_statements};
use super::layout::Layout;
use super::shutdown::all_removed;
use super::uses::{Origin, Uses};
use super::wrapper::{Value, wrapper, wrapper_name};
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, ast};
use crate::transform::{FileView, Refusal};
use std::collections::BTreeSet;

/// Writes the whole change for one loop.
pub(super) fn write<'a>(
    change: &mut Change,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let Some(first) = uses.runs.first() else {
        return Err(Refusal::new(
            "nothing-runs",
            "This loop is made and closed here, but runs nothing of the program.",
        ));
    };
    let several = needs_one_loop(uses, file);
    if several && file.has_consent() && forever::join(change, uses, file)? {
        return Ok(());
    }
    let mut arguments = Vec::new();
    for run in &uses.runs {
        arguments.push(argument(run, uses, file)?);
    }
    // Tasks that the run is given directly are not made apart from it.
    let tasks: Vec<NodeId> = uses
        .tasks
        .iter()
        .copied()
        .filter(|task| !uses.runs.iter().any(|run| tree.is_within(*task, run.id)))
        .collect();
    let moved = if several || !uses.others.is_empty() || tasks.is_empty() {
        None
    } else {
        moved_statements(&tasks, first.id, &Besides::default(), uses, file)
    };
    let keeps_object = !uses.others.is_empty() || (!tasks.is_empty() && moved.is_none());
    let runner = several || keeps_object || matches!(uses.origin, Origin::Factory(_));
    if runner && !file.options.at_least(11) {
        return Err(Refusal::new(
            "target-too-old",
            "Several runs on one loop need `asyncio.Runner` of Python 3.11, and the target version is older.",
        )
        .evidence(first.call.range(), "the first run")
        .remedy("Raise `requires-python` or pass `--target-version py311`."));
    }

    let mut layout = Layout::new(file, first.call.start());
    let mut removed = uses.removed.clone();
    let start = first.call.start();
    if let Some(moved) = &moved {
        removed.extend(moved.iter().copied());
    }
    unwrap(&mut layout, &mut removed, uses, file);
    empty_blocks(&mut layout, &removed, file);
    layout.remove(&removed, start)?;

    let callee = if runner {
        let base = if file.is_taken(first.id, "runner") {
            "asyncio_runner"
        } else {
            "runner"
        };
        let name = file.shared_name(first.id, base);
        block(change, &mut layout, &name, keeps_object, uses, file)?;
        format!("{name}.run")
    } else {
        file.import(change, first.id, "asyncio.run")?
    };
    let has_context = file.project.sets_context(tree.text());
    let context = if runner && has_context && several {
        let copy = file.import(change, first.id, "contextvars.copy_context")?;
        format!(", context={copy}()")
    } else {
        String::new()
    };
    let options = match uses.debug.filter(|_| !runner) {
        Some(debug) => format!("{context}, debug={}", pure_text(debug, file)?),
        None => context,
    };
    let mut wrappers = 0;
    for (run, argument) in uses.runs.iter().zip(&arguments) {
        let whole = tree.parenthesized(run.awaitable);
        let own = run.call.range();
        no_comments(
            TextRange::new(own.start(), run.call.arguments.start()),
            file,
        )?;
        match argument {
            Argument::Wrapped => {
                wrappers += 1;
                let name = wrapper_name(run.id, wrappers, file);
                let value = Value::of(run, run.awaitable, file);
                wrapper(
                    change,
                    &mut layout,
                    &value,
                    &name,
                    moved.as_deref(),
                    uses,
                    file,
                )?;
                layout.replace(own, format!("{callee}({name}(){options})"));
            }
            Argument::Coroutine | Argument::Task(_) if moved.is_some() => {
                wrappers += 1;
                let name = wrapper_name(run.id, wrappers, file);
                let awaited = match argument {
                    Argument::Task(inner) => inner,
                    _ => run.awaitable,
                };
                let value = Value::of(run, awaited, file);
                wrapper(
                    change,
                    &mut layout,
                    &value,
                    &name,
                    moved.as_deref(),
                    uses,
                    file,
                )?;
                layout.replace(own, format!("{callee}({name}(){options})"));
            }
            Argument::Coroutine => {
                layout.replace(run.call.func.range(), callee.clone());
                if !options.is_empty() {
                    layout.replace(TextRange::empty(whole.end()), options.clone());
                }
            }
            Argument::Task(inner) => {
                layout.replace(run.call.func.range(), callee.clone());
                let inner = tree.parenthesized(inner);
                no_comments(TextRange::new(whole.start(), inner.start()), file)?;
                no_comments(TextRange::new(inner.end(), whole.end()), file)?;
                layout.replace(TextRange::new(whole.start(), inner.start()), "");
                layout.replace(TextRange::new(inner.end(), whole.end()), options.clone());
            }
        }
    }
    layout.finish(change);
    differences(change, uses, several && !has_context);
    Ok(())
}

pub(super) fn differences(change: &mut Change, uses: &Uses<'_>, shares_context: bool) {
    if !uses.cancels {
        change.differs(&["D-R1"]);
    }
    change.differs(&["D-R2", "D-R3", "D-R4"]);
    if shares_context {
        change.differs(&["D-R5"]);
    }
}

pub(super) fn no_comments(range: TextRange, file: &FileView<'_>) -> Result<(), Refusal> {
    match file.tree.comments_in(range).first() {
        None => Ok(()),
        Some(comment) => Err(Refusal::new(
            "comment-in-the-way",
            "A comment stands inside the call and would be lost.",
        )
        .evidence(*comment, "the comment")
        .remedy("Move the comment above the statement.")),
    }
}

fn pure_text(expr: &ast::Expr, file: &FileView<'_>) -> Result<String, Refusal> {
    if file.is_pure(expr) {
        return Ok(file.text(expr.range()).to_owned());
    }
    Err(Refusal::new(
        "debug-not-constant",
        "The argument of `set_debug` may have another value where the loop runs.",
    )
    .evidence(expr.range(), "the argument"))
}

/// Whether more than one run may happen on the loop: then the runs must share it.
fn needs_one_loop(uses: &Uses<'_>, file: &FileView<'_>) -> bool {
    let runs = &uses.runs;
    runs.iter()
        .any(|run| repeats(run.id, uses.scope, uses.made, file))
        || runs.iter().enumerate().any(|(at, run)| {
            runs[at + 1..]
                .iter()
                .any(|other| !are_exclusive(run.id, other.id, file))
        })
}

/// Whether two nodes stand in different branches of one `if` or `match`.
pub(super) fn are_exclusive(left: NodeId, right: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let branches = |id: NodeId| -> Vec<(NodeId, usize)> {
        let mut found = Vec::new();
        let mut below = id;
        for above in tree.ancestors(id) {
            match tree.node(above) {
                AnyNodeRef::StmtIf(branch) => {
                    let at = if branch.body.iter().any(|stmt| tree.id(stmt) == below) {
                        Some(0)
                    } else {
                        branch
                            .elif_else_clauses
                            .iter()
                            .position(|clause| {
                                tree.id(clause) == below
                                    && !clause
                                        .test
                                        .as_ref()
                                        .is_some_and(|test| tree.is_within(id, tree.id(test)))
                            })
                            .map(|at| at + 1)
                    };
                    found.extend(at.map(|at| (above, at)));
                }
                AnyNodeRef::StmtMatch(match_) => {
                    let at = match_.cases.iter().position(|case| tree.id(case) == below);
                    found.extend(at.map(|at| (above, at)));
                }
                _ => {}
            }
            below = above;
        }
        found
    };
    let of_right = branches(right);
    branches(left).iter().any(|(id, at)| {
        of_right
            .iter()
            .any(|(other, there)| id == other && at != there)
    })
}

/// Takes away `try: … finally: loop.close()` and `with closing(loop):`.
pub(super) fn unwrap(
    layout: &mut Layout<'_, '_>,
    removed: &mut BTreeSet<NodeId>,
    uses: &Uses<'_>,
    file: &FileView<'_>,
) {
    let tree = file.tree;
    for id in tree.ids() {
        match tree.node(id) {
            AnyNodeRef::StmtTry(try_)
                if file.function_scope(id) == uses.scope
                    && !removed.contains(&id)
                    && all_removed(&try_.finalbody, uses, file) =>
            {
                // The clause goes as a whole, with everything in it.
                removed.retain(|gone| {
                    !try_
                        .finalbody
                        .iter()
                        .any(|stmt| tree.is_within(*gone, tree.id(stmt)))
                });
                if layout.remove_finally(try_).is_some()
                    && try_.handlers.is_empty()
                    && try_.orelse.is_empty()
                {
                    layout.unwrap(try_.start(), &try_.body);
                }
            }
            AnyNodeRef::StmtWith(with) if uses.closing.contains(&id) => {
                layout.unwrap(with.start(), &with.body);
            }
            _ => {}
        }
    }
}

/// Puts `pass` where everything of a block goes.
pub(super) fn empty_blocks(
    layout: &mut Layout<'_, '_>,
    removed: &BTreeSet<NodeId>,
    file: &FileView<'_>,
) {
    let tree = file.tree;
    let mut seen: BTreeSet<TextSize> = BTreeSet::new();
    for id in removed {
        let Some((block, _)) = tree.block_of(*id) else {
            continue;
        };
        let goes = block.iter().all(|stmt| removed.contains(&tree.id(stmt)));
        let owner_goes = tree.ancestors(*id).any(|above| removed.contains(&above));
        let is_module = tree.parent(*id) == NodeId::MODULE;
        if goes && !owner_goes && !is_module && seen.insert(block[0].start()) {
            let indent = layout.indentation(block[0].start());
            layout.insert_before(block[0].start(), &format!("{indent}pass\n"));
        }
    }
}

/// Puts `with asyncio.Runner() as runner:` around everything that needs the loop.
fn block<'a>(
    change: &mut Change,
    layout: &mut Layout<'_, 'a>,
    name: &str,
    keeps_object: bool,
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let mut needs: Vec<NodeId> = uses.runs.iter().map(|run| run.id).collect();
    needs.extend(&uses.others);
    needs.extend(&uses.tasks);
    needs.sort_unstable();
    let Some((body, first, last)) = common_block(&needs, uses, file) else {
        return Err(Refusal::new(
            "runs-too-far-apart",
            "The runs of this loop share no block that a `with` statement could stand in.",
        ));
    };
    let inside = &body[first..=last];
    if let Some(definition) = inside
        .iter()
        .find(|stmt| stmt.is_function_def_stmt() || stmt.is_class_def_stmt())
    {
        return Err(Refusal::new(
            "definition-between-runs",
            "A function or class is defined between two runs and would move into the `with` block.",
        )
        .evidence(TextRange::empty(definition.start()), "the definition")
        .remedy("Define it before the first run."));
    }
    let start = inside[0].start();
    if !layout.starts_line(start) {
        return Err(Refusal::new(
            "shared-line",
            "The first run shares its line with the header of its block.",
        )
        .evidence(inside[0].range(), "the statement")
        .remedy("Put it on a line of its own."));
    }
    let class = file.import(change, uses.runs[0].id, "asyncio.Runner")?;
    let mut arguments = Vec::new();
    if let Some(debug) = uses.debug {
        arguments.push(format!("debug={}", pure_text(debug, file)?));
    }
    if let Origin::Factory(factory) = uses.origin {
        arguments.push(format!("loop_factory={}", file.text(factory.range())));
    }
    let indent = layout.indentation(start);
    let unit = layout.unit();
    let mut header = format!(
        "{indent}with {class}({}) as {name}:\n",
        arguments.join(", ")
    );
    if let Some((loop_name, _)) = uses.name.filter(|_| keeps_object) {
        header.extend([&indent, unit, loop_name, " = ", name, ".get_loop()\n"]);
    }
    // What is said about the first statement moves in with it.
    let top = layout.comments_above(start);
    layout.insert_before(top, &header);
    let lines = tree.full_lines(TextRange::new(top, inside[inside.len() - 1].end()));
    layout.shift_in(lines);
    Ok(())
}

/// The innermost block that holds all nodes, and which of its statements do. Not one that a loop
/// repeats: every round would get an event loop of its own.
fn common_block<'a>(
    needs: &[NodeId],
    uses: &Uses<'a>,
    file: &FileView<'a>,
) -> Option<(&'a [ast::Stmt], usize, usize)> {
    let tree = file.tree;
    let first = *needs.first()?;
    std::iter::once(tree.enclosing_statement(first))
        .chain(tree.ancestors(first))
        .filter(|id| tree.node(*id).is_statement())
        .filter(|id| !repeats(*id, uses.scope, uses.made, file))
        .find_map(|id| {
            let (block, _) = tree.block_of(id)?;
            let place = |need: NodeId| {
                let at = tree.node(need).start();
                block.iter().position(|stmt| stmt.range().contains(at))
            };
            let places: Option<Vec<usize>> = needs.iter().map(|need| place(*need)).collect();
            let places = places?;
            Some((block, *places.iter().min()?, *places.iter().max()?))
        })
}
