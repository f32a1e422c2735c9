//! Calls that replace a function, and those that find something by its name.

use super::summary::{Finds, Reader, Replaced, first_name, last_name};
use crate::project::{PATCHABLE, Patchable};
use crate::syntax::{Ranged, ast};

impl<'a> Reader<'a> {
    /// A call that may replace a function.
    pub(super) fn replacing(&mut self, call: &'a ast::ExprCall) {
        let callee = last_name(&call.func).unwrap_or_default();
        let owner_at = |at: usize| call.arguments.args.get(at).and_then(owner_of);
        let values = call.arguments.args.iter().enumerate();
        let values = values.chain(call.arguments.keywords.iter().map(|one| (1, &one.value)));
        let mut found = Vec::new();
        for (at, value) in values {
            let ast::Expr::StringLiteral(literal) = value else {
                continue;
            };
            let text = literal.value.to_str();
            let (owner, last) = match text.rsplit_once('.') {
                Some((owner, last)) => (owner.rsplit('.').next().map(Box::from), last),
                None if matches!(callee, "getattr" | "hasattr") || at == 0 => continue,
                None => (owner_at(at - 1), text),
            };
            if let Some(name) = patchable(last) {
                found.push((name, owner));
                self.known.insert(literal.range());
            }
        }
        if callee == "multiple" {
            let owner = owner_at(0);
            let names = call
                .arguments
                .keywords
                .iter()
                .filter_map(|one| patchable(one.arg.as_deref()?));
            found.extend(names.map(|name| (name, owner.clone())));
        }
        if found.is_empty() {
            return;
        }
        let test = self.lasts_for(call);
        let places = found
            .into_iter()
            .map(|(name, owner)| Replaced { name, owner, test });
        self.summary.places.extend(places);
    }

    /// The test for which a call replaces something.
    fn lasts_for(&self, call: &ast::ExprCall) -> Option<usize> {
        let lasting = self
            .lasting
            .iter()
            .find(|(range, _)| *range == call.range());
        if let Some((_, unit)) = lasting {
            return is_patch(&call.func).then_some(*unit);
        }
        let test = self.test.as_ref()?;
        let fixture = first_name(&call.func)?;
        let is_undone = match fixture {
            "monkeypatch" => last_name(&call.func) == Some("setattr"),
            "mocker" => true,
            _ => false,
        };
        (is_undone && test.parameters.contains(&fixture)).then_some(test.unit)
    }

    /// A call that finds something by its name.
    pub(super) fn finding(&mut self, call: &'a ast::ExprCall) {
        let callee = last_name(&call.func).unwrap_or_default();
        let arguments = &call.arguments.args;
        let is_given =
            |at: usize| matches!(arguments.get(at), None | Some(ast::Expr::StringLiteral(_)));
        match callee {
            "getattr" | "getattr_static" | "__getattribute__" | "__getattr__"
                if arguments.len() > 1 =>
            {
                let object = self.here().object;
                let is_own = matches!(&arguments[0], ast::Expr::Name(name) if object.is_some_and(|(own, _)| own == name.id.as_str()));
                let what = match &arguments[1] {
                    ast::Expr::StringLiteral(_) => return,
                    name => match fixed_part(name) {
                        Some(part) => part,
                        None if is_own => Finds::Own,
                        None => Finds::Anything,
                    },
                };
                self.finds(what);
            }
            "type" if arguments.len() == 3 => self.summary.makes_classes = true,
            "new_class" | "make_dataclass" => self.summary.makes_classes = true,
            "attrgetter" | "methodcaller" | "getfixturevalue" if !is_given(0) => {
                self.finds(Finds::Anything);
            }
            _ => {}
        }
    }
}

/// The name of a function that tests replace.
pub(super) fn patchable(name: &str) -> Option<&'static str> {
    let all = PATCHABLE.iter().filter(|what| !what.is_found_by_module());
    all.map(Patchable::name).find(|other| *other == name)
}

/// `patch`, `mock.patch`, `patch.object`, `mock.patch.multiple`.
fn is_patch(callee: &ast::Expr) -> bool {
    match callee {
        ast::Expr::Attribute(attribute)
            if matches!(attribute.attr.as_str(), "object" | "multiple") =>
        {
            last_name(&attribute.value) == Some("patch")
        }
        other => last_name(other) == Some("patch"),
    }
}

/// The last name of what something is replaced in.
fn owner_of(expr: &ast::Expr) -> Option<Box<str>> {
    match expr {
        ast::Expr::StringLiteral(literal) => {
            literal.value.to_str().rsplit('.').next().map(Box::from)
        }
        ast::Expr::Call(call) => owner_of(&call.func),
        other => last_name(other).map(Box::from),
    }
}

/// The part of a computed text that is always the same: `"on_" + event`, `f"on_{event}"`.
fn fixed_part(text: &ast::Expr) -> Option<Finds> {
    let literal = |expr: &ast::Expr| {
        let text = expr.as_string_literal_expr()?.value.to_str().to_owned();
        (!text.is_empty()).then_some(text)
    };
    match text {
        ast::Expr::BinOp(sum) if sum.op == ast::Operator::Add => match literal(&sum.left) {
            Some(start) => Some(Finds::Beginning(start.into())),
            None => literal(&sum.right)
                .map(|end| Finds::Ending(end.into()))
                .or_else(|| fixed_part(&sum.left)),
        },
        ast::Expr::FString(string) => {
            let elements: Vec<_> = string.value.elements().collect();
            match (elements.first()?, elements.last()?) {
                (ast::InterpolatedStringElement::Literal(start), _) => {
                    Some(Finds::Beginning(start.value.clone()))
                }
                (_, ast::InterpolatedStringElement::Literal(end)) => {
                    Some(Finds::Ending(end.value.clone()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}
