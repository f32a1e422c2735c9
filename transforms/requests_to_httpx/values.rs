//! What can be proved about the value of an argument: enough to know that both libraries send
//! the same bytes for it.

use super::bodies;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, ScopeId, ast};
use crate::transform::FileView;

/// How many names are followed to what they stand for.
const DEPTH: u32 = 5;

/// The expression a name stands for, when it is assigned once and nothing else binds it; another
/// expression is its own.
pub(super) fn resolved<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    let mut at = expr;
    for _ in 0..DEPTH {
        let ast::Expr::Name(name) = at else { break };
        match assigned(file, name) {
            Some(value) => at = value,
            None => break,
        }
    }
    at
}

fn assigned<'a>(file: &FileView<'a>, name: &'a ast::ExprName) -> Option<&'a ast::Expr> {
    let tree = file.tree;
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    if tree.is_rebound_from_inside(home, name.id.as_str()) {
        return None;
    }
    let [only] = tree.bindings(home, name.id.as_str()) else {
        return None;
    };
    match tree.node(tree.parent(only.node)) {
        AnyNodeRef::StmtAssign(assign)
            if assign.targets.len() == 1 && assign.targets[0].is_name_expr() =>
        {
            Some(&assign.value)
        }
        AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
        _ => None,
    }
}

/// The annotation of a parameter or variable that is bound once.
fn annotation<'a>(file: &FileView<'a>, name: &'a ast::ExprName) -> Option<&'a ast::Expr> {
    let tree = file.tree;
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    let [only] = tree.bindings(home, name.id.as_str()) else {
        return None;
    };
    match tree.node(only.node) {
        AnyNodeRef::StmtFunctionDef(function) if only.kind == BindingKind::Parameter => {
            let parameter = function
                .parameters
                .iter_non_variadic_params()
                .find(|one| one.name().as_str() == name.id.as_str())?;
            if parameter
                .default
                .as_deref()
                .is_some_and(ast::Expr::is_none_literal_expr)
            {
                return None;
            }
            parameter.annotation()
        }
        _ => match tree.node(tree.parent(only.node)) {
            AnyNodeRef::StmtAnnAssign(assign) => Some(&assign.annotation),
            _ => None,
        },
    }
}

/// What a function or method of this module is annotated to return, when it is a plain one.
fn returned<'a>(file: &FileView<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let definition = match &*call.func {
        ast::Expr::Name(name) => {
            let tree = file.tree;
            let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
            match tree.bindings(home, name.id.as_str()) {
                [only] if only.kind == BindingKind::Function => only.node,
                _ => return None,
            }
        }
        ast::Expr::Attribute(method) => match &*method.value {
            ast::Expr::Name(name) if name.id.as_str() == "self" => {
                super::harmless::method_of_class(file, file.tree.id(call), method.attr.as_str())?
            }
            _ => return None,
        },
        _ => return None,
    };
    let function = file.function(definition)?;
    if function.is_async || !function.decorator_list.is_empty() {
        return None;
    }
    function.returns.as_deref()
}

/// The name of a builtin type that an annotation stands for.
fn builtin_type<'a>(file: &FileView<'a>, annotation: &'a ast::Expr) -> Option<&'a str> {
    match annotation {
        ast::Expr::Name(name) if is_builtin(file, name) => Some(name.id.as_str()),
        ast::Expr::StringLiteral(text) => ["str", "bytes", "int", "float"]
            .into_iter()
            .find(|known| *known == text.value.to_str()),
        _ => None,
    }
}

fn annotated<'a>(file: &FileView<'a>, name: &'a ast::ExprName) -> Option<&'a str> {
    builtin_type(file, annotation(file, name)?)
}

/// Whether an expression is annotated as a dictionary from texts to one of these types:
/// `dict[str, str]`, `Mapping[str, str]`.
pub(super) fn is_dictionary_of<'a>(
    file: &FileView<'a>,
    expr: &'a ast::Expr,
    values: &[&str],
) -> bool {
    let found = match resolved(file, expr) {
        ast::Expr::Name(name) => annotation(file, name),
        ast::Expr::Call(call) => returned(file, call),
        _ => None,
    };
    let Some(ast::Expr::Subscript(subscript)) = found else {
        return false;
    };
    let is_mapping = match &*subscript.value {
        ast::Expr::Name(name) if name.id.as_str() == "dict" => is_builtin(file, name),
        other => matches!(
            file.tree.qualified_name(other).as_deref(),
            Some(
                "typing.Dict"
                    | "typing.Mapping"
                    | "typing.MutableMapping"
                    | "collections.abc.Mapping"
                    | "collections.abc.MutableMapping"
            )
        ),
    };
    let ast::Expr::Tuple(pair) = &*subscript.slice else {
        return false;
    };
    let [key, value] = &pair.elts[..] else {
        return false;
    };
    is_mapping
        && builtin_type(file, key) == Some("str")
        && builtin_type(file, value).is_some_and(|name| values.contains(&name))
}

pub(super) fn is_builtin(file: &FileView<'_>, name: &ast::ExprName) -> bool {
    let tree = file.tree;
    tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))
        .is_none()
}

/// Whether an expression is a `str`.
pub(super) fn is_text<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    is_text_within(file, expr, DEPTH)
}

fn is_text_within<'a>(file: &FileView<'a>, expr: &'a ast::Expr, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    let text = |inner: &'a ast::Expr| is_text_within(file, inner, depth - 1);
    match expr {
        ast::Expr::StringLiteral(_) | ast::Expr::FString(_) => true,
        ast::Expr::BinOp(op) => match op.op {
            ast::Operator::Add => text(&op.left) || text(&op.right),
            ast::Operator::Mod => text(&op.left),
            _ => false,
        },
        ast::Expr::If(conditional) => text(&conditional.body) && text(&conditional.orelse),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Name(name) if is_builtin(file, name) => {
                matches!(name.id.as_str(), "str" | "repr" | "hex" | "chr")
            }
            callee => {
                if matches!(
                    file.tree.qualified_name(callee).as_deref(),
                    Some(
                        "json.dumps"
                            | "urllib.parse.quote"
                            | "urllib.parse.urljoin"
                            | "urllib.parse.urlencode"
                    )
                ) {
                    return true;
                }
                if returned(file, call).and_then(|one| builtin_type(file, one)) == Some("str") {
                    return true;
                }
                let ast::Expr::Attribute(method) = callee else {
                    return false;
                };
                TEXT_METHODS.contains(&method.attr.as_str()) && text(&method.value)
            }
        },
        ast::Expr::Subscript(subscript) => {
            file.resolves_to(&subscript.value, "os.environ")
                || (file.resolves_to(&subscript.value, "sys.argv")
                    && !subscript.slice.is_slice_expr())
        }
        ast::Expr::Name(name) => {
            annotated(file, name) == Some("str") || assigned(file, name).is_some_and(text)
        }
        _ => false,
    }
}

/// `file.read()`
fn reads(call: &ast::ExprCall, method: &ast::ExprAttribute) -> bool {
    method.attr.as_str() == "read" && call.arguments.is_empty()
}

/// Whether an expression is `bytes`.
pub(super) fn is_bytes<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    match resolved(file, expr) {
        ast::Expr::BytesLiteral(_) => true,
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method)
            if method.attr.as_str() == "encode"
                || method.attr.as_str() == "read_bytes"
                || reads(call, method)
                    && bodies::opened(file, &method.value) == Some(bodies::Mode::Binary)),
        ast::Expr::Name(name) => annotated(file, name) == Some("bytes"),
        _ => false,
    }
}

/// Whether an expression is an `int` or a `float`, and not a `bool`.
pub(super) fn is_number<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    match resolved(file, expr) {
        ast::Expr::NumberLiteral(number) => !matches!(number.value, ast::Number::Complex { .. }),
        ast::Expr::UnaryOp(op) => op.op == ast::UnaryOp::USub && is_number(file, &op.operand),
        ast::Expr::BinOp(op) => {
            !is_text(file, expr) && is_number(file, &op.left) && is_number(file, &op.right)
        }
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Name(name)
            if is_builtin(file, name) && matches!(name.id.as_str(), "int" | "float" | "len")),
        ast::Expr::Name(name) => {
            matches!(annotated(file, name), Some("int" | "float")) || counts(file, name)
        }
        _ => false,
    }
}

/// Whether a name is the variable of a loop over `range(…)`.
fn counts(file: &FileView<'_>, name: &ast::ExprName) -> bool {
    let tree = file.tree;
    let Some(home) = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name))) else {
        return false;
    };
    let [only] = tree.bindings(home, name.id.as_str()) else {
        return false;
    };
    let iter = match tree.node(tree.parent(only.node)) {
        AnyNodeRef::StmtFor(node) if node.target.is_name_expr() => &*node.iter,
        AnyNodeRef::Comprehension(node) if node.target.is_name_expr() => &node.iter,
        _ => return false,
    };
    matches!(iter, ast::Expr::Call(call)
        if matches!(&*call.func, ast::Expr::Name(range)
            if range.id.as_str() == "range" && is_builtin(file, range)))
}

/// Whether an expression is a text or number that both libraries write the same way.
pub(super) fn is_plain<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    is_text(file, expr) || is_bytes(file, expr) || is_number(file, expr)
}

/// Whether an expression is a plain value, or a list or tuple of plain values.
pub(super) fn is_plain_or_list<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> bool {
    match resolved(file, expr) {
        ast::Expr::List(list) => {
            !list.elts.is_empty() && list.elts.iter().all(|one| is_plain(file, one))
        }
        ast::Expr::Tuple(tuple) => {
            !tuple.elts.is_empty() && tuple.elts.iter().all(|one| is_plain(file, one))
        }
        _ => is_plain(file, expr),
    }
}

/// The items of a dictionary that is written out, here or where the only assignment of its name
/// is, with what is stored in it later. `None` when something else could change it.
pub(super) fn dictionary<'a>(
    file: &FileView<'a>,
    expr: &'a ast::Expr,
) -> Option<Vec<(&'a ast::Expr, &'a ast::Expr)>> {
    let ast::Expr::Dict(dict) = resolved(file, expr) else {
        return None;
    };
    let mut items: Vec<_> = dict
        .items
        .iter()
        .map(|item| Some((item.key.as_ref()?, &item.value)))
        .collect::<Option<_>>()?;
    if let ast::Expr::Name(name) = expr {
        items.extend(stored(file, name)?);
    }
    Some(items)
}

/// What is stored into a dictionary under its name; `None` when it is used in a way that could
/// change it.
fn stored<'a>(
    file: &FileView<'a>,
    name: &'a ast::ExprName,
) -> Option<Vec<(&'a ast::Expr, &'a ast::Expr)>> {
    let tree = file.tree;
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    let mut items = Vec::new();
    for id in tree.occurrences(home, name.id.as_str()) {
        let AnyNodeRef::ExprName(found) = tree.node(id) else {
            return None;
        };
        if !found.ctx.is_load() || is_read_only(file, id, home) {
            continue;
        }
        let AnyNodeRef::ExprSubscript(subscript) = tree.node(tree.parent(id)) else {
            return None;
        };
        match tree.node(tree.parent(tree.parent(id))) {
            AnyNodeRef::StmtAssign(assign)
                if subscript.ctx.is_store() && assign.targets.len() == 1 =>
            {
                items.push((&*subscript.slice, &*assign.value));
            }
            _ => return None,
        }
    }
    Some(items)
}

fn is_read_only(file: &FileView<'_>, id: NodeId, home: ScopeId) -> bool {
    let tree = file.tree;
    match tree.node(tree.parent(id)) {
        // An argument of a request, by keyword or by position.
        AnyNodeRef::Keyword(_) => {
            let call = tree.parent(tree.parent(tree.parent(id)));
            matches!(tree.node(call), AnyNodeRef::ExprCall(call)
                if crate::requests::site(file, call).is_some())
        }
        AnyNodeRef::Arguments(_) => {
            let call = tree.parent(tree.parent(id));
            matches!(tree.node(call), AnyNodeRef::ExprCall(call)
                if crate::requests::site(file, call).is_some())
        }
        AnyNodeRef::ExprSubscript(subscript) => subscript.ctx.is_load(),
        AnyNodeRef::ExprName(_) => home == ScopeId::MODULE,
        _ => false,
    }
}

/// The literal pieces of a URL and whether something unknown stands before the first of them.
pub(super) struct Url<'a> {
    /// The literal parts.
    pub(super) literals: Vec<&'a str>,
    /// The whole is literal.
    pub(super) whole: bool,
    /// A literal part starts the path: `base + "/path"`.
    pub(super) has_path: bool,
    /// Nothing unknown stands behind the last literal part.
    ends_literally: bool,
}

impl<'a> Url<'a> {
    /// The query, when all of it stands in the last literal part.
    pub(super) fn query(&self) -> Option<&'a str> {
        let last = self.literals.last().filter(|_| self.ends_literally)?;
        let (before, query) = last.split_once('?')?;
        let earlier = self.literals[..self.literals.len() - 1]
            .iter()
            .any(|part| part.contains(['?', '#']));
        (!earlier && !before.contains('#') && !query.contains('#')).then_some(query)
    }

    fn push(&mut self, text: &'a str) {
        self.has_path |= text.starts_with('/') || text.contains("://");
        self.literals.push(text);
        self.ends_literally = true;
    }

    fn unknown(&mut self) {
        self.whole = false;
        self.ends_literally = false;
    }
}

/// Takes a URL expression apart.
pub(super) fn url<'a>(file: &FileView<'a>, expr: &'a ast::Expr) -> Url<'a> {
    let mut url = Url {
        literals: Vec::new(),
        whole: true,
        has_path: false,
        ends_literally: false,
    };
    collect_url(file, expr, &mut url, DEPTH);
    url
}

fn collect_url<'a>(file: &FileView<'a>, expr: &'a ast::Expr, url: &mut Url<'a>, depth: u32) {
    match resolved(file, expr) {
        ast::Expr::StringLiteral(text) => url.push(text.value.to_str()),
        ast::Expr::FString(text) => {
            for part in &text.value {
                match part {
                    ast::FStringPart::Literal(part) => url.push(part.as_str()),
                    ast::FStringPart::FString(part) => {
                        for element in &part.elements {
                            match element {
                                ast::InterpolatedStringElement::Literal(part) => {
                                    url.push(&part.value);
                                }
                                ast::InterpolatedStringElement::Interpolation(inner) => {
                                    if depth > 0 {
                                        collect_url(file, &inner.expression, url, depth - 1);
                                    } else {
                                        url.unknown();
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        ast::Expr::BinOp(op) if op.op == ast::Operator::Add && depth > 0 => {
            collect_url(file, &op.left, url, depth - 1);
            collect_url(file, &op.right, url, depth - 1);
        }
        _ => url.unknown(),
    }
}

/// Methods of `str` that give a `str`.
const TEXT_METHODS: &[&str] = &[
    "format",
    "join",
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "upper",
    "replace",
    "title",
    "removeprefix",
    "removesuffix",
    "zfill",
];
