//! Walks the lossless tree as far as the rewrites need: to the leaf at an address, to the body
//! of a compound statement, to the semicolon of a small one.

use super::Place;
use libcst_native as cst;

/// Calls `found` with the one-line suite whose statements hold the leaf at `place`.
pub(super) fn with_suite<'b>(
    body: &mut [cst::Statement<'b>],
    place: &Place<'_>,
    found: &mut dyn FnMut(&mut cst::Suite<'b>),
) -> bool {
    body.iter_mut().any(|statement| match statement {
        cst::Statement::Simple(_) => false,
        cst::Statement::Compound(compound) => suites_of(compound)
            .into_iter()
            .any(|suite| in_suite(suite, place, found)),
    })
}

fn in_suite<'b>(
    suite: &mut cst::Suite<'b>,
    place: &Place<'_>,
    found: &mut dyn FnMut(&mut cst::Suite<'b>),
) -> bool {
    match suite {
        cst::Suite::IndentedBlock(block) => with_suite(&mut block.body, place, found),
        cst::Suite::SimpleStatementSuite(line) => {
            let here = line
                .body
                .iter()
                .any(|small| first_leaf(small).is_some_and(|leaf| place.holds(leaf)));
            if here {
                found(suite);
            }
            here
        }
    }
}

/// The suites of a compound statement, in source order.
pub(super) fn suites_of<'m, 'b>(
    compound: &'m mut cst::CompoundStatement<'b>,
) -> Vec<&'m mut cst::Suite<'b>> {
    use cst::CompoundStatement as C;
    let mut suites = Vec::new();
    match compound {
        C::FunctionDef(node) => suites.push(&mut node.body),
        C::ClassDef(node) => suites.push(&mut node.body),
        C::With(node) => suites.push(&mut node.body),
        C::If(node) => branches(node, &mut suites),
        C::For(node) => {
            suites.push(&mut node.body);
            suites.extend(node.orelse.as_mut().map(|orelse| &mut orelse.body));
        }
        C::While(node) => {
            suites.push(&mut node.body);
            suites.extend(node.orelse.as_mut().map(|orelse| &mut orelse.body));
        }
        C::Try(node) => {
            suites.push(&mut node.body);
            suites.extend(node.handlers.iter_mut().map(|handler| &mut handler.body));
            suites.extend(node.orelse.as_mut().map(|orelse| &mut orelse.body));
            suites.extend(node.finalbody.as_mut().map(|last| &mut last.body));
        }
        C::TryStar(node) => {
            suites.push(&mut node.body);
            suites.extend(node.handlers.iter_mut().map(|handler| &mut handler.body));
            suites.extend(node.orelse.as_mut().map(|orelse| &mut orelse.body));
            suites.extend(node.finalbody.as_mut().map(|last| &mut last.body));
        }
        C::Match(node) => suites.extend(node.cases.iter_mut().map(|case| &mut case.body)),
    }
    suites
}

fn branches<'m, 'b>(node: &'m mut cst::If<'b>, suites: &mut Vec<&'m mut cst::Suite<'b>>) {
    suites.push(&mut node.body);
    match node.orelse.as_deref_mut() {
        Some(cst::OrElse::Elif(next)) => branches(next, suites),
        Some(cst::OrElse::Else(last)) => suites.push(&mut last.body),
        None => {}
    }
}

/// Writes down the indentation of every block of a freshly parsed statement: where none is noted,
/// the printer would take that of the text the statement is put into.
pub(super) fn indent_by<'b>(statement: &mut cst::Statement<'b>, unit: &'b str) {
    let cst::Statement::Compound(compound) = statement else {
        return;
    };
    for suite in suites_of(compound) {
        if let cst::Suite::IndentedBlock(block) = suite {
            block.indent = Some(unit);
            for inner in &mut block.body {
                indent_by(inner, unit);
            }
        }
    }
}

/// The block of a freshly parsed template: the last suite, so that `try: … except …:` templates
/// fill the clause that was written last.
pub(super) fn body_of<'m, 'b>(
    compound: &'m mut cst::CompoundStatement<'b>,
) -> Option<&'m mut cst::Suite<'b>> {
    suites_of(compound).pop()
}

/// The first suite of a compound statement: what a `try` guards.
pub(super) fn first_body_of<'m, 'b>(
    compound: &'m mut cst::CompoundStatement<'b>,
) -> Option<&'m mut cst::Suite<'b>> {
    suites_of(compound).into_iter().next()
}

/// The semicolon after a small statement.
pub(super) fn semicolon_of<'m, 'b>(
    small: &'m mut cst::SmallStatement<'b>,
) -> &'m mut Option<cst::Semicolon<'b>> {
    use cst::SmallStatement as S;
    match small {
        S::Pass(node) => &mut node.semicolon,
        S::Break(node) => &mut node.semicolon,
        S::Continue(node) => &mut node.semicolon,
        S::Return(node) => &mut node.semicolon,
        S::Expr(node) => &mut node.semicolon,
        S::Assert(node) => &mut node.semicolon,
        S::Import(node) => &mut node.semicolon,
        S::ImportFrom(node) => &mut node.semicolon,
        S::LazyImport(node) => &mut node.semicolon,
        S::LazyImportFrom(node) => &mut node.semicolon,
        S::Assign(node) => &mut node.semicolon,
        S::AnnAssign(node) => &mut node.semicolon,
        S::Raise(node) => &mut node.semicolon,
        S::Global(node) => &mut node.semicolon,
        S::Nonlocal(node) => &mut node.semicolon,
        S::AugAssign(node) => &mut node.semicolon,
        S::Del(node) => &mut node.semicolon,
        S::TypeAlias(node) => &mut node.semicolon,
    }
}

/// The first slice of the input that a small statement holds.
fn first_leaf<'b>(small: &cst::SmallStatement<'b>) -> Option<&'b str> {
    use cst::SmallStatement as S;
    match small {
        S::Return(node) => node.value.as_ref().and_then(in_expression),
        S::Expr(node) => in_expression(&node.value),
        S::Assert(node) => in_expression(&node.test),
        S::Assign(node) => node
            .targets
            .iter()
            .find_map(|target| in_target(&target.target))
            .or_else(|| in_expression(&node.value)),
        S::AnnAssign(node) => in_target(&node.target),
        S::AugAssign(node) => in_target(&node.target),
        S::Raise(node) => node.exc.as_ref().and_then(in_expression),
        S::Del(node) => match &node.target {
            cst::DelTargetExpression::Name(node) => Some(node.value),
            cst::DelTargetExpression::Attribute(node) => in_attribute(node),
            cst::DelTargetExpression::Tuple(node) => in_elements(&node.elements),
            cst::DelTargetExpression::List(node) => in_elements(&node.elements),
            cst::DelTargetExpression::Subscript(node) => in_expression(&node.value),
        },
        _ => None,
    }
}

fn in_target<'b>(target: &cst::AssignTargetExpression<'b>) -> Option<&'b str> {
    use cst::AssignTargetExpression as T;
    match target {
        T::Name(node) => Some(node.value),
        T::Attribute(node) => in_attribute(node),
        T::StarredElement(node) => in_expression(&node.value),
        T::Tuple(node) => in_elements(&node.elements),
        T::List(node) => in_elements(&node.elements),
        T::Subscript(node) => in_expression(&node.value),
    }
}

fn in_attribute<'b>(node: &cst::Attribute<'b>) -> Option<&'b str> {
    in_expression(&node.value).or(Some(node.attr.value))
}

fn in_elements<'b>(elements: &[cst::Element<'b>]) -> Option<&'b str> {
    elements.iter().find_map(|element| match element {
        cst::Element::Simple { value, .. } => in_expression(value),
        cst::Element::Starred(starred) => in_expression(&starred.value),
    })
}

fn in_expression<'b>(expression: &cst::Expression<'b>) -> Option<&'b str> {
    use cst::Expression as E;
    match expression {
        E::Name(node) => Some(node.value),
        E::Integer(node) => Some(node.value),
        E::Float(node) => Some(node.value),
        E::Imaginary(node) => Some(node.value),
        E::SimpleString(node) => Some(node.value),
        E::FormattedString(node) => Some(node.start),
        E::TemplatedString(node) => Some(node.start),
        E::ConcatenatedString(node) => match &*node.left {
            cst::String::Simple(left) => Some(left.value),
            cst::String::Concatenated(_) => None,
            cst::String::Formatted(left) => Some(left.start),
            cst::String::Templated(left) => Some(left.start),
        },
        E::Comparison(node) => in_expression(&node.left),
        E::UnaryOperation(node) => in_expression(&node.expression),
        E::BinaryOperation(node) => in_expression(&node.left),
        E::BooleanOperation(node) => in_expression(&node.left),
        E::Attribute(node) => in_attribute(node),
        E::Tuple(node) => in_elements(&node.elements),
        E::List(node) => in_elements(&node.elements),
        E::Set(node) => in_elements(&node.elements),
        E::Call(node) => in_expression(&node.func).or_else(|| {
            node.args.iter().find_map(|arg| match &arg.keyword {
                Some(keyword) => Some(keyword.value),
                None => in_expression(&arg.value),
            })
        }),
        E::GeneratorExp(node) => in_expression(&node.elt),
        E::ListComp(node) => in_expression(&node.elt),
        E::SetComp(node) => in_expression(&node.elt),
        E::DictComp(node) => in_expression(&node.key),
        E::StarredDictComp(node) => in_expression(&node.value),
        E::Dict(node) => node.elements.iter().find_map(|element| match element {
            cst::DictElement::Simple { key, .. } => in_expression(key),
            cst::DictElement::Starred(starred) => in_expression(&starred.value),
        }),
        E::Subscript(node) => in_expression(&node.value),
        E::StarredElement(node) => in_expression(&node.value),
        E::IfExp(node) => in_expression(&node.body),
        E::Lambda(_) | E::Ellipsis(_) => None,
        E::Yield(node) => match node.value.as_deref() {
            Some(cst::YieldValue::Expression(value)) => in_expression(value),
            Some(cst::YieldValue::From(from)) => in_expression(&from.item),
            None => None,
        },
        E::Await(node) => in_expression(&node.expression),
        E::NamedExpr(node) => in_expression(&node.target),
    }
}
