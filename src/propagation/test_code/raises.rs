//! Tests that hand a function to what expects an error of it: `self.assertRaises(Error, load, 1)`
//! becomes a `with` statement around the call, which can be awaited there.

use super::super::lift::draft::Draft;
use super::super::lift::{Kind, Wall};
use super::TestFile;
use super::mocks::lifted;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, Tree, ast};

/// A statement that calls something and expects an error of it.
#[derive(Clone, Copy)]
struct Raises<'a> {
    statement: NodeId,
    call: &'a ast::ExprCall,
    /// The place of what is called among the arguments.
    at: usize,
}

impl<'a> Raises<'a> {
    /// What a statement of this kind calls is `expr`.
    fn of(tree: &Tree<'a>, expr: NodeId) -> Option<Self> {
        let arguments = tree.parent(expr);
        let call = tree.parent(arguments);
        let statement = tree.parent(call);
        let (AnyNodeRef::Arguments(_), AnyNodeRef::ExprCall(node), AnyNodeRef::StmtExpr(_)) =
            (tree.node(arguments), tree.node(call), tree.node(statement))
        else {
            return None;
        };
        let at = match &*node.func {
            ast::Expr::Attribute(method) if matches!(&*method.value, ast::Expr::Name(object) if object.id.as_str() == "self") => {
                match method.attr.as_str() {
                    "assertRaises" | "assertWarns" => 1,
                    "assertRaisesRegex" | "assertWarnsRegex" => 2,
                    _ => return None,
                }
            }
            callee if tree.qualified_name(callee).as_deref() == Some("pytest.raises") => 1,
            _ => return None,
        };
        let called = node.arguments.args.get(at)?;
        (tree.id(called) == expr).then_some(Self {
            statement,
            call: node,
            at,
        })
    }

    fn called(&self) -> &'a ast::Expr {
        &self.call.arguments.args[self.at]
    }

    /// The arguments of what is called.
    fn rest(&self) -> Vec<ast::ArgOrKeyword<'a>> {
        let all = self.call.arguments.iter_source_order();
        all.skip(self.at + 1).collect()
    }

    /// Whether evaluating the arguments cannot raise an error that would be taken for the expected
    /// one.
    fn is_plain(&self) -> bool {
        self.rest().into_iter().all(|argument| match argument {
            ast::ArgOrKeyword::Arg(expr) => is_plain(expr),
            ast::ArgOrKeyword::Keyword(keyword) => {
                keyword.arg.is_some() && is_plain(&keyword.value)
            }
        })
    }
}

fn is_plain(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(attribute) => is_plain(&attribute.value),
        ast::Expr::Tuple(display) => display.elts.iter().all(is_plain),
        ast::Expr::List(display) => display.elts.iter().all(is_plain),
        ast::Expr::Dict(display) => display
            .items
            .iter()
            .all(|item| item.key.as_ref().is_some_and(is_plain) && is_plain(&item.value)),
        ast::Expr::UnaryOp(operation) => operation.operand.is_number_literal_expr(),
        other => other.is_literal_expr(),
    }
}

/// What becomes of a `lambda` of a test.
enum Form<'a> {
    /// `self.assertRaises(Error, lambda: load(1))`
    Direct(Raises<'a>),
    /// `calls = lambda: load(1)`, and `self.assertRaises(Error, calls)`.
    Named(&'a ast::StmtAssign, Vec<Raises<'a>>),
}

fn form<'a>(tree: &Tree<'a>, lambda: &'a ast::ExprLambda) -> Option<Form<'a>> {
    let has_parameters = lambda
        .parameters
        .as_deref()
        .is_some_and(|parameters| parameters.iter().next().is_some());
    if has_parameters {
        return None;
    }
    let id = tree.id(lambda);
    if let Some(raises) = Raises::of(tree, id) {
        return raises.rest().is_empty().then_some(Form::Direct(raises));
    }
    let AnyNodeRef::StmtAssign(assign) = tree.node(tree.parent(id)) else {
        return None;
    };
    let [ast::Expr::Name(name)] = &assign.targets[..] else {
        return None;
    };
    let home = tree.lookup(&name.id, tree.scope_of(tree.id(name)))?;
    let function = tree.enclosing_function(id)?;
    if tree.scope_opened_by(function) != Some(home)
        || tree.bindings(home, &name.id).len() != 1
        || tree.is_rebound_from_inside(home, &name.id)
    {
        return None;
    }
    let mut found = Vec::new();
    for occurrence in tree.occurrences(home, &name.id) {
        match tree.node(occurrence) {
            AnyNodeRef::ExprName(one) if one.ctx.is_load() => {
                let raises = Raises::of(tree, occurrence)?;
                if !raises.rest().is_empty() || tree.function_scope(occurrence) != home {
                    return None;
                }
                found.push(raises);
            }
            AnyNodeRef::ExprName(one) if one.ctx.is_store() => {}
            _ => return None,
        }
    }
    (!found.is_empty()).then_some(Form::Named(assign, found))
}

/// The function around a call in a `lambda` that a test hands to what expects an error of it.
pub(in crate::propagation) fn around_lambda(tree: &Tree<'_>, at: TextRange) -> Option<NodeId> {
    let lambda = innermost_lambda(tree, at)?;
    form(tree, lambda)?;
    tree.enclosing_function(tree.id(lambda))
}

fn innermost_lambda<'a>(tree: &Tree<'a>, at: TextRange) -> Option<&'a ast::ExprLambda> {
    let id = tree
        .starting_in(at)
        .find(|id| tree.node(*id).is_expression() && tree.node(*id).range() == at)?;
    tree.ancestors(id).find_map(|above| match tree.node(above) {
        AnyNodeRef::ExprLambda(lambda) => Some(lambda),
        _ => None,
    })
}

/// The function around a place where a test hands a function to what expects an error of it.
pub(in crate::propagation) fn around_handed(tree: &Tree<'_>, at: TextRange) -> Option<NodeId> {
    let id = tree
        .starting_in(at)
        .find(|id| tree.node(*id).is_expression() && tree.node(*id).range() == at)?;
    let raises = Raises::of(tree, id)?;
    let function = tree.enclosing_function(raises.statement)?;
    raises.is_plain().then_some(function)
}

/// Finds the `lambda`s around calls that are awaited, and writes them as something that can wait.
/// It comes before the calls are awaited.
pub(super) fn raises(draft: &mut Draft<'_, '_>, file: &TestFile<'_>) {
    let tree = draft.tree;
    let lambdas: Vec<&ast::ExprLambda> = file
        .calls
        .iter()
        .filter_map(|call| innermost_lambda(tree, tree.node(*call).range()))
        .collect();
    for lambda in lambdas {
        let id = tree.id(lambda);
        if !draft.dissolve(id) {
            continue;
        }
        let done = match form(tree, lambda) {
            Some(Form::Direct(raises)) => direct(draft, raises, lambda),
            Some(Form::Named(assign, found)) => named(draft, assign, lambda, &found),
            None => continue,
        };
        if let Err(wall) = done {
            draft.wall(wall);
        }
    }
    for id in tree.ids() {
        if !matches!(
            tree.node(id),
            AnyNodeRef::ExprName(_) | AnyNodeRef::ExprAttribute(_)
        ) {
            continue;
        }
        let Some(raises) = Raises::of(tree, id) else {
            continue;
        };
        let is_ours = lifted(tree, file, raises.called()) == Some(Kind::Coroutine)
            || (file.method)(id, "") == Some(Kind::Coroutine);
        if is_ours && let Err(wall) = handed(draft, raises) {
            draft.wall(wall);
        }
    }
}

/// `with self.assertRaises(Error):` in front of what is called.
fn open(
    draft: &mut Draft<'_, '_>,
    raises: Raises<'_>,
    from: TextRange,
    await_: &str,
) -> Result<(), Wall> {
    let tree = draft.tree;
    draft.check_alone(raises.statement)?;
    let before = tree.parenthesized(&raises.call.arguments.args[raises.at - 1]);
    let between = TextRange::new(before.end(), from.start());
    no_comments(tree, raises.statement, between)?;
    let start = raises.call.start();
    let indent = tree.indentation(start);
    let unit = tree.indent_unit_at(start);
    let newline = tree.newline();
    draft.open(start, raises.statement, "with ");
    draft.replace(between, format!("):{newline}{indent}{unit}{await_}"));
    Ok(())
}

fn no_comments(tree: &Tree<'_>, at: NodeId, range: TextRange) -> Result<(), Wall> {
    if tree.comments_in(range).is_empty() {
        return Ok(());
    }
    Err(Wall::new(
        at,
        "comment-in-the-way",
        "A comment stands where this statement would be taken apart.",
    )
    .remedy("Put the comment above the statement."))
}

fn direct(
    draft: &mut Draft<'_, '_>,
    raises: Raises<'_>,
    lambda: &ast::ExprLambda,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let body = tree.parenthesized(&lambda.body);
    let rest = TextRange::new(body.end(), raises.call.end());
    no_comments(tree, raises.statement, rest)?;
    open(draft, raises, body, "")?;
    draft.replace(rest, "");
    Ok(())
}

fn named(
    draft: &mut Draft<'_, '_>,
    assign: &ast::StmtAssign,
    lambda: &ast::ExprLambda,
    found: &[Raises<'_>],
) -> Result<(), Wall> {
    let tree = draft.tree;
    let statement = tree.id(assign);
    draft.check_alone(statement)?;
    let body = tree.parenthesized(&lambda.body);
    let header = TextRange::new(assign.start(), body.start());
    let rest = TextRange::new(body.end(), assign.end());
    no_comments(tree, statement, header)?;
    no_comments(tree, statement, rest)?;
    let indent = tree.indentation(assign.start());
    let unit = tree.indent_unit_at(assign.start());
    let newline = tree.newline();
    let name = tree.slice(assign.targets[0].range());
    draft.replace(
        header,
        format!("async def {name}():{newline}{indent}{unit}return "),
    );
    if !rest.is_empty() {
        draft.replace(rest, "");
    }
    found.iter().try_for_each(|raises| handed(draft, *raises))
}

fn handed(draft: &mut Draft<'_, '_>, raises: Raises<'_>) -> Result<(), Wall> {
    let tree = draft.tree;
    let called = tree.parenthesized(raises.called());
    open(draft, raises, called, "await ")?;
    let rest = raises.rest();
    let (range, text) = match rest.first() {
        Some(first) => {
            let first = match first {
                ast::ArgOrKeyword::Arg(expr) => tree.parenthesized(expr),
                ast::ArgOrKeyword::Keyword(keyword) => keyword.range(),
            };
            (TextRange::new(called.end(), first.start()), "(")
        }
        None => (TextRange::new(called.end(), raises.call.end()), "()"),
    };
    no_comments(tree, raises.statement, range)?;
    draft.replace(range, text);
    Ok(())
}
