//! The body of a request: forms and files.

use super::arguments::{Argument, refuse, unknown};
use super::values;
use crate::syntax::{AnyNodeRef, BindingKind, Ranged, ast};
use crate::transform::{FileView, Refusal};

/// A form: a dictionary of plain values.
pub(super) fn check_form<'a>(file: &FileView<'a>, one: &Argument<'a>) -> Result<(), Refusal> {
    if one.value.is_none_literal_expr()
        || values::is_dictionary_of(file, one.value, &["str", "int", "float"])
    {
        return Ok(());
    }
    let items = values::dictionary(file, one.value).ok_or_else(|| {
        refuse(
            "body-unknown",
            "`data` is not known to be a text, bytes or a form; `httpx` takes them by different names.",
            one.range,
        )
        .remedy("Write the form out as a dictionary, or pass `json.dumps(…)`.")
    })?;
    for (key, value) in items {
        if !values::is_plain(file, key) || !values::is_plain_or_list(file, value) {
            return Err(unknown(one).evidence(value.range(), "not known to be a text or a number"));
        }
    }
    Ok(())
}

/// A form that is written out as a list of pairs, as the dictionary that sends the same; equal
/// names must stand beside each other. `None` where the form is not a list of pairs.
pub(super) fn form_of_pairs<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
) -> Result<Option<String>, Refusal> {
    let (ast::Expr::List(ast::ExprList { elts, .. })
    | ast::Expr::Tuple(ast::ExprTuple { elts, .. })) = one.value
    else {
        return Ok(None);
    };
    let unclear = |at: &ast::Expr| {
        refuse(
            "body-unknown",
            "These pairs cannot be written as the dictionary that `httpx` takes.",
            one.range,
        )
        .evidence(at.range(), "this pair")
        .remedy("Write the form out as a dictionary of lists.")
    };
    let range = file.tree.parenthesized(one.value);
    if elts.is_empty() || !file.tree.comments_in(range).is_empty() {
        return Err(unclear(one.value));
    }
    let mut names: Vec<(&str, &ast::Expr, Vec<&str>)> = Vec::new();
    for element in elts {
        let (ast::Expr::Tuple(ast::ExprTuple { elts: pair, .. })
        | ast::Expr::List(ast::ExprList { elts: pair, .. })) = element
        else {
            return Err(unclear(element));
        };
        let [key @ ast::Expr::StringLiteral(name), value] = &pair[..] else {
            return Err(unclear(element));
        };
        if !values::is_plain(file, value) {
            return Err(unclear(element));
        }
        let text = file.text(file.tree.parenthesized(value));
        let name = name.value.to_str();
        match names.iter_mut().rposition(|(known, ..)| *known == name) {
            Some(at) if at + 1 == names.len() => names[at].2.push(text),
            Some(_) => return Err(unclear(element)),
            None => names.push((name, key, vec![text])),
        }
    }
    let items: Vec<String> = names
        .iter()
        .map(|(_, key, values)| {
            let key = file.text(key.range());
            match &values[..] {
                [only] => format!("{key}: {only}"),
                several => format!("{key}: [{}]", several.join(", ")),
            }
        })
        .collect();
    Ok(Some(format!("{{{}}}", items.join(", "))))
}

/// Files that are sent with the request. Where name, content and type are written out, both
/// libraries send the same; otherwise consent is needed, and the answer says for what.
pub(super) fn check_files<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
) -> Result<Option<Refusal>, Refusal> {
    if one.value.is_none_literal_expr() {
        return Ok(None);
    }
    let unclear = || {
        refuse(
            "body-unknown",
            "The files are not written out here; `httpx` takes bytes and files that are open in binary mode only.",
            one.range,
        )
        .remedy("Write the files out as a dictionary.")
    };
    let mut parts: Vec<(&ast::Expr, &ast::Expr)> = Vec::new();
    match values::resolved(file, one.value) {
        ast::Expr::List(list) if one.value.is_list_expr() => {
            for element in &list.elts {
                match element {
                    ast::Expr::Tuple(pair) if pair.elts.len() == 2 => {
                        parts.push((&pair.elts[0], &pair.elts[1]));
                    }
                    _ => return Err(unclear()),
                }
            }
        }
        _ => parts = values::dictionary(file, one.value).ok_or_else(unclear)?,
    }
    let mut guesses = false;
    for (field, part) in parts {
        let exact = match values::resolved(file, part) {
            ast::Expr::Tuple(tuple) => match &tuple.elts[..] {
                [name, content, kind] => {
                    if is_text_file(file, content) {
                        return Err(text_file(content));
                    }
                    is_simple(file, field)
                        && is_simple(file, name)
                        && is_simple(file, kind)
                        && is_content(file, content)
                }
                [_, content, ..] => {
                    if is_text_file(file, content) {
                        return Err(text_file(content));
                    }
                    false
                }
                _ => return Err(unclear()),
            },
            content => {
                if is_text_file(file, content) {
                    return Err(text_file(content));
                }
                false
            }
        };
        guesses |= !exact;
    }
    Ok(guesses.then(|| {
        refuse(
            "files-sent-differently",
            "`httpx` adds a content type to every file, calls one without a name `upload`, and takes bytes and files that are open in binary mode only.",
            one.range,
        )
        .remedy("Give every file its name, content and type: `(\"a.txt\", content, \"text/plain\")`; or pass `--unsafe`.")
        .without_consent()
    }))
}

fn text_file(content: &ast::Expr) -> Refusal {
    refuse(
        "body-unknown",
        "This file is open in text mode, which `httpx` rejects.",
        content.range(),
    )
    .remedy("Open it with mode `\"rb\"`.")
}

/// A text that both libraries write between quotes in the same way.
fn is_simple<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    matches!(values::resolved(file, expr), ast::Expr::StringLiteral(text)
        if text.value.to_str().chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%')))
}

/// Bytes, a text, or a file that is opened here in binary mode and read by nobody else.
fn is_content<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    if values::is_text(file, expr) || values::is_bytes(file, expr) {
        return true;
    }
    opened(file, expr) == Some(Mode::Binary) && is_used_once(file, expr)
}

fn is_text_file<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    opened(file, expr) == Some(Mode::Text)
}

fn is_used_once(file: &FileView<'_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else {
        return true;
    };
    let tree = file.tree;
    tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))
        .is_some_and(|home| {
            let reads = tree.occurrences(home, name.id.as_str()).into_iter().filter(
                |id| matches!(tree.node(*id), AnyNodeRef::ExprName(one) if one.ctx.is_load()),
            );
            reads.count() == 1
        })
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Text,
    Binary,
}

/// How a file is opened by the expression, or where its name is bound; `None` when it is no
/// `open(…)` or its mode is not written out.
pub(super) fn opened<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> Option<Mode> {
    let tree = file.tree;
    let value = match expr {
        ast::Expr::Name(name) => {
            let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
            let [only] = tree.bindings(home, name.id.as_str()) else {
                return None;
            };
            if only.kind == BindingKind::Parameter {
                return None;
            }
            match tree.node(tree.parent(only.node)) {
                AnyNodeRef::WithItem(item) => &item.context_expr,
                AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => &*assign.value,
                _ => return None,
            }
        }
        other => other,
    };
    let ast::Expr::Call(call) = value else {
        return None;
    };
    let is_open = matches!(&*call.func, ast::Expr::Name(name)
        if name.id.as_str() == "open" && values::is_builtin(file, name));
    if !is_open {
        return None;
    }
    match call.arguments.find_argument_value("mode", 1) {
        None => Some(Mode::Text),
        Some(ast::Expr::StringLiteral(mode)) if mode.value.to_str().contains('b') => {
            Some(Mode::Binary)
        }
        Some(ast::Expr::StringLiteral(_)) => Some(Mode::Text),
        Some(_) => None,
    }
}
