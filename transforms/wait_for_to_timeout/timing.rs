//! What takes time or has an effect when it is evaluated (semantics: D-W4, D-W6).

use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::FileView;

/// The first part of an expression or statement that may take time or have an effect when it is
/// evaluated; what lies in one of `besides` does not count.
pub(super) fn slow_part(
    within: NodeId,
    besides: &[NodeId],
    before: Option<NodeId>,
    file: &FileView<'_>,
) -> Option<TextRange> {
    let tree = file.tree;
    let limit = before.map(|id| tree.node(id).start());
    let earlier = before.map_or_else(Vec::new, |id| behind_but_earlier(id, within, file));
    let skipped = |id: NodeId| {
        besides.iter().any(|besides| tree.is_within(id, *besides))
            || is_in_lambda(id, within, file)
            || before.is_some() && is_evaluated_after_value(id, within, file)
    };
    tree.descendants(within)
        .filter(|id| {
            limit.is_none_or(|limit| tree.node(*id).end() <= limit)
                || earlier.iter().any(|part| tree.is_within(*id, *part))
        })
        .find(|id| is_slow(tree.node(*id), file) && !skipped(*id))
        .map(|id| tree.node(id).range())
}

/// The parts of a statement that stand behind an expression and are evaluated before it: the
/// condition of a conditional expression, and starred arguments behind a keyword.
fn behind_but_earlier(id: NodeId, within: NodeId, file: &FileView<'_>) -> Vec<NodeId> {
    let tree = file.tree;
    let mut parts = Vec::new();
    let mut below = id;
    while below != within && below != NodeId::MODULE {
        let above = tree.parent(below);
        match tree.node(above) {
            AnyNodeRef::ExprIf(conditional)
                if AnyNodeRef::from(&*conditional.body).ptr_eq(tree.node(below)) =>
            {
                parts.push(tree.id(&*conditional.test));
            }
            AnyNodeRef::Arguments(arguments)
                if matches!(tree.node(below), AnyNodeRef::Keyword(_)) =>
            {
                parts.extend(arguments.args.iter().map(|arg| tree.id(arg)));
            }
            _ => {}
        }
        below = above;
    }
    parts
}

fn is_slow(node: AnyNodeRef<'_>, file: &FileView<'_>) -> bool {
    match node {
        AnyNodeRef::ExprCall(call) => {
            !is_quick_function(&call.func, file) && !file.calls_coroutine_function(call)
        }
        AnyNodeRef::ExprAwait(_)
        | AnyNodeRef::ExprYield(_)
        | AnyNodeRef::ExprYieldFrom(_)
        | AnyNodeRef::ExprNamed(_) => true,
        // The elements are looked at by themselves.
        AnyNodeRef::Comprehension(clause) => {
            clause.is_async || !is_quick_iterable(&clause.iter, file)
        }
        AnyNodeRef::ExprStarred(starred) => {
            !matches!(
                &*starred.value,
                ast::Expr::ListComp(_) | ast::Expr::Generator(_)
            ) && !is_quick_iterable(&starred.value, file)
        }
        AnyNodeRef::Keyword(keyword) => {
            keyword.arg.is_none() && !file.is_plain_collection(&keyword.value)
        }
        AnyNodeRef::ExprDict(dict) => dict
            .items
            .iter()
            .any(|item| item.key.is_none() && !file.is_plain_collection(&item.value)),
        AnyNodeRef::ExprAttribute(attribute) => is_slow_property(attribute.attr.as_str(), file),
        _ => false,
    }
}

/// Whether running through an iterable takes no time of its own: a collection, or what is given
/// to `gather`, which nobody gives a generator that waits.
fn is_quick_iterable(iterable: &ast::Expr, file: &FileView<'_>) -> bool {
    if file.is_plain_collection(iterable) {
        return true;
    }
    let tree = file.tree;
    let given_to_gather = tree.ancestors(tree.id(iterable)).any(|id| {
        matches!(tree.node(id), AnyNodeRef::ExprCall(call)
            if file.resolves_to(&call.func, "asyncio.gather"))
    });
    given_to_gather
        && match iterable {
            ast::Expr::Attribute(_) => true,
            ast::Expr::Name(name) => {
                let scope = tree.scope_of(tree.id(name));
                let home = tree.lookup(name.id.as_str(), scope);
                home.is_some_and(|home| {
                    let mut bindings = tree.bindings(home, name.id.as_str()).iter();
                    bindings.all(|binding| {
                        !matches!(tree.node(tree.parent(binding.node)), AnyNodeRef::StmtAssign(assign)
                            if matches!(&*assign.value, ast::Expr::Call(_) | ast::Expr::Generator(_)))
                    })
                })
            }
            _ => false,
        }
}

/// Functions that start something or look at a clock, and return at once.
fn is_quick_function(callee: &ast::Expr, file: &FileView<'_>) -> bool {
    if let ast::Expr::Name(name) = callee
        && file.is_builtin(name)
        && file.tree.star_imports().is_empty()
    {
        return QUICK_BUILTINS.contains(&name.id.as_str());
    }
    if file
        .tree
        .qualified_name(callee)
        .is_some_and(|dotted| QUICK_FUNCTIONS.contains(&dotted.as_str()))
    {
        return true;
    }
    // The clock of the loop: no other object has a method of this name that is given nothing.
    matches!(callee, ast::Expr::Attribute(attribute)
        if attribute.attr.as_str() == "time" && is_loop(&attribute.value, file))
}

fn is_loop(expr: &ast::Expr, file: &FileView<'_>) -> bool {
    match expr {
        ast::Expr::Name(name) => matches!(name.id.as_str(), "loop" | "_loop" | "event_loop"),
        ast::Expr::Attribute(attribute) => {
            matches!(attribute.attr.as_str(), "loop" | "_loop" | "event_loop")
        }
        ast::Expr::Call(call) => file.tree.qualified_name(&call.func).is_some_and(|dotted| {
            matches!(
                dotted.as_str(),
                "asyncio.get_running_loop" | "asyncio.get_event_loop"
            )
        }),
        _ => false,
    }
}

/// A property of a class of this file that does more than to hand out an attribute.
fn is_slow_property(name: &str, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    tree.scopes().any(|(_, scope)| {
        let AnyNodeRef::StmtFunctionDef(function) = tree.node(scope.node) else {
            return false;
        };
        function.name.as_str() == name
            && function.decorator_list.iter().any(|decorator| {
                let name = match &decorator.expression {
                    ast::Expr::Name(name) => name.id.as_str(),
                    ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
                    _ => return false,
                };
                name.ends_with("property")
            })
            && tree.descendants(scope.node).any(|id| {
                matches!(
                    tree.node(id),
                    AnyNodeRef::ExprCall(_)
                        | AnyNodeRef::StmtFor(_)
                        | AnyNodeRef::StmtWhile(_)
                        | AnyNodeRef::StmtWith(_)
                        | AnyNodeRef::Comprehension(_)
                )
            })
    })
}

fn is_in_lambda(id: NodeId, within: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let mut below = id;
    while below != within && below != NodeId::MODULE {
        let above = tree.parent(below);
        if is_body_of_lambda(below, above, file) {
            return true;
        }
        below = above;
    }
    false
}

/// Whether a node is what a `lambda` evaluates when it is called; its defaults are evaluated at
/// once.
fn is_body_of_lambda(below: NodeId, above: NodeId, file: &FileView<'_>) -> bool {
    matches!(file.tree.node(above), AnyNodeRef::ExprLambda(_))
        && !matches!(file.tree.node(below), AnyNodeRef::Parameters(_))
}

/// In the body of a `lambda`, or in a generator expression behind its first iterable.
pub(super) fn runs_later(id: NodeId, within: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let mut below = id;
    while below != within && below != NodeId::MODULE {
        let above = tree.parent(below);
        match tree.node(above) {
            AnyNodeRef::ExprLambda(_) if is_body_of_lambda(below, above, file) => return true,
            AnyNodeRef::ExprGenerator(_) => return true,
            AnyNodeRef::Comprehension(_)
                if tree.scope_of(below) == tree.scope_of(tree.parent(above)) =>
            {
                below = tree.parent(above);
            }
            _ => below = above,
        }
    }
    false
}

/// The targets of an assignment come after its value.
fn is_evaluated_after_value(id: NodeId, statement: NodeId, file: &FileView<'_>) -> bool {
    let tree = file.tree;
    let AnyNodeRef::StmtAssign(assign) = tree.node(statement) else {
        return false;
    };
    assign
        .targets
        .iter()
        .any(|target| tree.is_within(id, tree.id(target)))
}

/// Builtins that take no time for the numbers and collections they are made for.
const QUICK_BUILTINS: &[&str] = &[
    "abs",
    "bool",
    "callable",
    "float",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "len",
    "max",
    "min",
    "round",
    "type",
];

const QUICK_FUNCTIONS: &[&str] = &[
    "asyncio.create_task",
    "asyncio.current_task",
    "asyncio.ensure_future",
    "asyncio.gather",
    "asyncio.get_event_loop",
    "asyncio.get_running_loop",
    "asyncio.shield",
    "asyncio.wrap_future",
    "math.ceil",
    "math.floor",
    "time.monotonic",
    "time.perf_counter",
    "time.time",
];
