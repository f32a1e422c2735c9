//! Tests that answer requests themselves: what they say to `responses` or `requests_mock` is said to
//! `respx`, where that means the same.

use super::super::lift::Wall;
use super::super::lift::draft::Draft;
use super::expected::exceptions;
use super::{TestFile, cases, decorator_name, first_line};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, TextSize, Tree, ast};

/// Packages that answer in the place of `requests`, which nothing sends with any more.
const STAND_INS: &[&str] = &["responses", "requests_mock", "httpretty", "betamax"];

/// The name of what answers in its stead.
const ROUTER: &str = "respx_mock";

/// A request that is answered.
struct Answer {
    method: &'static str,
    /// Its URL, as it is written.
    url: String,
    /// Whether the URL is written out and has a query.
    has_query: bool,
}

/// Moves every function of the file that answers requests itself to `respx`, or refuses.
pub(super) fn answers(draft: &mut Draft<'_, '_>, file: &TestFile<'_>) {
    if !file.gone.contains(&"requests") {
        return;
    }
    let tree = draft.tree;
    if let Some(helper) = helper(tree, file) {
        let uses = file.functions.iter().any(|id| used(tree, *id).is_some());
        if uses {
            draft.wall(stays(helper, "A function that is no test uses it."));
            return;
        }
    }
    for function in file.functions {
        let Some((at, package)) = used(tree, *function) else {
            continue;
        };
        let moved = match package {
            _ if !file.answers => Err(stays(
                at,
                "With `--unsafe` it is replaced by `respx` where that means the same.",
            )),
            "responses" => responses(draft, *function),
            "requests_mock" => requests_mock(draft, *function),
            _ => Err(stays(at, "It has no counterpart in `respx`.")),
        };
        if let Err(wall) = moved {
            draft.wall(wall);
        }
    }
}

/// Why a use of a package that answers for `requests` stays.
pub(super) fn stays(at: NodeId, why: &str) -> Wall {
    Wall::new(
        at,
        "stand-in-for-requests",
        format!(
            "This answers in the place of `requests`, with which nothing is sent any more. {why}"
        ),
    )
    .remedy("Answer with `respx`, or with the `MockTransport` of the new client.")
}

/// The first use of such a package in a function, and its name.
fn used(tree: &Tree<'_>, function: NodeId) -> Option<(NodeId, &'static str)> {
    let parameter = match tree.node(function) {
        AnyNodeRef::StmtFunctionDef(definition) => definition
            .parameters
            .iter()
            .find_map(|parameter| {
                let name = parameter.name().as_str();
                STAND_INS.iter().find(|known| **known == name)
            })
            .map(|name| (function, *name)),
        _ => None,
    };
    let named = || {
        tree.descendants(function).find_map(|id| {
            let AnyNodeRef::ExprName(name) = tree.node(id) else {
                return None;
            };
            let dotted = tree.qualified_identifier(&name.id, tree.scope_of(id))?;
            let root = dotted.split('.').next().unwrap_or_default();
            let known = STAND_INS.iter().find(|name| **name == root)?;
            Some((id, *known))
        })
    };
    parameter.or_else(named)
}

/// A function that is no test and uses such a package, so that a test may use it through that.
fn helper(tree: &Tree<'_>, file: &TestFile<'_>) -> Option<NodeId> {
    tree.ids().find(|id| {
        matches!(tree.node(*id), AnyNodeRef::StmtFunctionDef(function)
            if !function.name.starts_with("test"))
            && !file.functions.contains(id)
            && used(tree, *id).is_some()
    })
}

/// `@responses.activate` with `responses.add(…)`.
fn responses(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return Ok(());
    };
    let activated = function.decorator_list.iter().find(|decorator| {
        decorator_name(tree, decorator).as_deref() == Some("responses.activate")
            && !decorator.expression.is_call_expr()
    });
    let Some(activated) = activated else {
        return Err(stays(id, "It is not switched on by `@responses.activate`."));
    };
    let mut settled = vec![activated.range];
    let mut known: Vec<Answer> = Vec::new();
    for call in calls(tree, id) {
        let dotted = tree.qualified_name(&call.func).unwrap_or_default();
        let Some(what) = dotted.strip_prefix("responses.") else {
            continue;
        };
        let mut arguments = call.arguments.args.iter();
        let method = if what == "add" {
            arguments.next().and_then(|expr| method(tree, expr))
        } else {
            METHODS.iter().find(|name| **name == what).copied()
        };
        let (Some(method), Some(url)) = (method, arguments.next()) else {
            return Err(stays(
                tree.id(call),
                "Its method and URL are not given first.",
            ));
        };
        if let Some(more) = arguments.next() {
            return Err(stays(tree.id(more), "This argument has no name."));
        }
        let names = [
            ("json", "json"),
            ("body", "content"),
            ("status", "status_code"),
            ("content_type", "content_type"),
            ("headers", "headers"),
        ];
        let plain = "content_type=\"text/plain\"";
        let given = |name: &str| call.arguments.find_keyword(name).is_some();
        let more = if given("json") || given("content_type") {
            None
        } else {
            Some(plain)
        };
        answer(draft, call, (method, url), &names, more, &mut known)?;
        settled.push(call.range());
    }
    let raised = exceptions(draft, id, known.is_empty())?;
    check_uses(tree, id, "responses", &settled)?;
    let test = cases::in_case(tree, id);
    let mark = if test {
        draft.import(id, "respx.mock")?
    } else {
        let pytest = draft.import(id, "pytest.mark")?;
        format!("{pytest}.respx")
    };
    draft.replace(
        activated.expression.range(),
        format!("{mark}(assert_all_called=False)"),
    );
    add_parameter(draft, function)?;
    if raised {
        refuse_connections(draft, function)?;
    }
    Ok(())
}

/// The fixture `requests_mock`.
fn requests_mock(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<(), Wall> {
    let tree = draft.tree;
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(id) else {
        return Ok(());
    };
    let parameter = function
        .parameters
        .iter()
        .find(|one| one.name().as_str() == "requests_mock");
    let scope = tree.scope_opened_by(id);
    let (Some(parameter), Some(scope), false) = (parameter, scope, cases::in_case(tree, id)) else {
        return Err(stays(id, "It is no fixture of this test."));
    };
    let mut settled = Vec::new();
    let mut known: Vec<Answer> = Vec::new();
    for call in calls(tree, id) {
        let ast::Expr::Attribute(attribute) = &*call.func else {
            continue;
        };
        let is_mock = matches!(&*attribute.value, ast::Expr::Name(name)
            if name.id.as_str() == "requests_mock"
                && tree.lookup(&name.id, tree.scope_of(tree.id(name))) == Some(scope));
        if !is_mock {
            continue;
        }
        let method = METHODS
            .iter()
            .find(|name| **name == attribute.attr.as_str());
        let (Some(method), [url]) = (method, &*call.arguments.args) else {
            return Err(stays(
                tree.id(call),
                "Only the method, the URL and named arguments are known.",
            ));
        };
        if !is_written_out(url) || literal(url).is_some_and(|text| text.contains('?')) {
            return Err(stays(
                tree.id(url),
                "Whether the URL has a query, which each package reads in its own way, is not clear.",
            ));
        }
        let names = [
            ("json", "json"),
            ("text", "text"),
            ("content", "content"),
            ("status_code", "status_code"),
            ("headers", "headers"),
        ];
        answer(draft, call, (method, url), &names, None, &mut known)?;
        settled.push(call.range());
    }
    if exceptions(draft, id, false)? {
        return Err(stays(id, "It expects a request without an answer."));
    }
    let others = tree.occurrences(scope, "requests_mock").into_iter();
    let other = others
        .filter(|other| {
            matches!(tree.node(*other), AnyNodeRef::ExprName(_))
                && !settled
                    .iter()
                    .any(|range| range.contains_range(tree.node(*other).range()))
        })
        .min();
    if let Some(other) = other {
        return Err(stays(
            other,
            "This use of it has no counterpart in `respx`.",
        ));
    }
    draft.replace(parameter.name().range(), ROUTER);
    let pytest = draft.import(id, "pytest.mark")?;
    let (at, indent) = first_line(tree, function);
    let newline = tree.newline();
    let parent = tree.parent(id);
    draft.open(
        at,
        parent,
        format!("@{pytest}.respx(assert_all_called=False){newline}{indent}"),
    );
    Ok(())
}

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// `responses.GET`, `"GET"`
fn method(tree: &Tree<'_>, expr: &ast::Expr) -> Option<&'static str> {
    let name = match expr {
        ast::Expr::StringLiteral(text) => text.value.to_str().to_owned(),
        other => tree
            .qualified_name(other)?
            .strip_prefix("responses.")?
            .to_owned(),
    };
    let name = name.to_lowercase();
    METHODS.iter().find(|known| **known == name).copied()
}

/// The calls in a function, functions inside it included.
fn calls<'a>(tree: &Tree<'a>, function: NodeId) -> Vec<&'a ast::ExprCall> {
    tree.descendants(function)
        .filter_map(|id| match tree.node(id) {
            AnyNodeRef::ExprCall(call) => Some(call),
            _ => None,
        })
        .collect()
}

/// Writes `respx_mock.get(url).respond(…)` for a call that says how a request is answered.
fn answer(
    draft: &mut Draft<'_, '_>,
    call: &ast::ExprCall,
    (method, url): (&'static str, &ast::Expr),
    names: &[(&str, &str)],
    more: Option<&str>,
    known: &mut Vec<Answer>,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let id = tree.id(call);
    let is_statement = matches!(tree.node(tree.parent(id)), AnyNodeRef::StmtExpr(_));
    let in_loop = tree.ancestors(id).any(|above| {
        matches!(
            tree.node(above),
            AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)
        )
    });
    if !is_statement || in_loop {
        return Err(stays(id, "The answer is kept, or given more than once."));
    }
    check_url(tree, url)?;
    let new = Answer {
        method,
        url: tree.slice(url.range()).to_owned(),
        has_query: literal(url).is_some_and(|text| text.contains('?')),
    };
    let base = |url: &str| {
        url.split('?')
            .next()
            .unwrap_or(url)
            .trim_end_matches(['"', '\''])
            .to_owned()
    };
    let clashes = known.iter().any(|other| {
        other.method == method
            && (other.url == new.url
                || base(&other.url) == base(&new.url) && other.has_query != new.has_query)
    });
    if clashes {
        return Err(stays(
            id,
            "The request is answered in two ways, one after the other.",
        ));
    }
    known.push(new);
    for keyword in &call.arguments.keywords {
        let renamed = keyword
            .arg
            .as_deref()
            .and_then(|name| names.iter().find(|(old, _)| *old == name));
        let Some((old, name)) = renamed else {
            return Err(stays(
                tree.id(keyword),
                "This argument has no counterpart in `respx`.",
            ));
        };
        if *old == "body" && !is_content(tree, &keyword.value) {
            return Err(stays(
                tree.id(keyword),
                "Whether this is a text or an exception is not clear.",
            ));
        }
        if old != name
            && let Some(word) = &keyword.arg
        {
            draft.replace(word.range(), *name);
        }
    }
    let written = tree.parenthesized(url);
    draft.replace(
        TextRange::new(call.start(), written.start()),
        format!("{ROUTER}.{method}("),
    );
    let end = call.end() - TextSize::new(1);
    let Some(first) = call.arguments.keywords.first() else {
        let rest = TextRange::new(written.end(), end);
        draft.replace(rest, format!(").respond({}", more.unwrap_or_default()));
        return Ok(());
    };
    // The comma goes; line breaks behind it stay.
    let between = TextRange::new(written.end(), first.start());
    let rest = tree.slice(between).trim_start().strip_prefix(',');
    let Some(rest) = rest.filter(|rest| !rest.contains('#')) else {
        return Err(stays(id, "A comment stands behind the URL."));
    };
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    draft.replace(between, format!(").respond({rest}"));
    if let Some(more) = more {
        let last = call.arguments.keywords.last().map_or(end, Ranged::end);
        draft.close(last, id, format!(", {more}"));
    }
    Ok(())
}

/// A URL that both read alike: with a path, and no pattern.
fn check_url(tree: &Tree<'_>, url: &ast::Expr) -> Result<(), Wall> {
    let id = tree.id(url);
    let pattern = tree.descendants(id).chain([id]).any(|below| {
        matches!(tree.node(below), AnyNodeRef::ExprCall(call)
            if tree.qualified_name(&call.func).is_some_and(|name| name.starts_with("re.")))
    });
    let whole = match url {
        ast::Expr::StringLiteral(text) => Some(text.value.to_str()),
        _ => None,
    };
    let has_path = whole.is_none_or(|text| {
        text.split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'))
    });
    if pattern || !has_path || whole.is_some_and(|text| text.contains(['*', '#'])) {
        return Err(stays(id, "Not every URL that this stands for is clear."));
    }
    Ok(())
}

/// The text of a URL as far as it is written out.
fn literal(url: &ast::Expr) -> Option<String> {
    match url {
        ast::Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        ast::Expr::FString(text) => {
            let mut all = String::new();
            for part in text.value.elements() {
                if let ast::InterpolatedStringElement::Literal(part) = part {
                    all.push_str(&part.value);
                }
            }
            Some(all)
        }
        _ => None,
    }
}

fn is_written_out(url: &ast::Expr) -> bool {
    matches!(url, ast::Expr::StringLiteral(_))
}

/// Whether the body of an answer is no exception, which would be raised, nor a function.
fn is_content(tree: &Tree<'_>, body: &ast::Expr) -> bool {
    match body {
        ast::Expr::StringLiteral(_) | ast::Expr::BytesLiteral(_) | ast::Expr::FString(_) => true,
        ast::Expr::Call(call) => {
            let name = tree.slice(call.func.range());
            let last = name.rsplit('.').next().unwrap_or_default();
            !last.starts_with(char::is_uppercase) && !last.ends_with("Error")
        }
        _ => false,
    }
}

/// Every use of a package in a function must be among what is settled.
fn check_uses(
    tree: &Tree<'_>,
    function: NodeId,
    package: &str,
    settled: &[TextRange],
) -> Result<(), Wall> {
    for id in tree.descendants(function) {
        let AnyNodeRef::ExprName(name) = tree.node(id) else {
            continue;
        };
        let dotted = tree.qualified_identifier(&name.id, tree.scope_of(id));
        let is_use = dotted.is_some_and(|dotted| dotted.split('.').next() == Some(package));
        if is_use && !settled.iter().any(|range| range.contains_range(name.range)) {
            return Err(stays(id, "This use of it has no counterpart in `respx`."));
        }
    }
    Ok(())
}

/// The parameter through which a test gets what answers its requests.
fn add_parameter(draft: &mut Draft<'_, '_>, function: &ast::StmtFunctionDef) -> Result<(), Wall> {
    let tree = draft.tree;
    let id = tree.id(function);
    let parameters = &*function.parameters;
    let plain = parameters.vararg.is_none()
        && parameters.kwarg.is_none()
        && parameters.kwonlyargs.is_empty()
        && parameters
            .iter_non_variadic_params()
            .all(|one| one.default.is_none());
    if !plain || !tree.mentions_within(ROUTER, id).is_empty() {
        return Err(stays(id, "The test has no place for a parameter more."));
    }
    match parameters.iter_non_variadic_params().last() {
        Some(last) => draft.close(last.end(), id, format!(", {ROUTER}")),
        None => draft.close(parameters.end() - TextSize::new(1), id, ROUTER),
    }
    Ok(())
}

/// A request that nobody answers fails as it does without a connection.
fn refuse_connections(
    draft: &mut Draft<'_, '_>,
    function: &ast::StmtFunctionDef,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let id = tree.id(function);
    let error = draft.import(id, "httpx.ConnectError")?;
    let first = match &function.body[..] {
        [ast::Stmt::Expr(text), next, ..] if text.value.is_string_literal_expr() => next,
        [first, ..] => first,
        [] => return Ok(()),
    };
    if tree.scope_of(tree.id(first)) == ScopeId::MODULE || !tree.starts_line(first.start()) {
        return Err(stays(id, "The body of the test has no line of its own."));
    }
    let indent = tree.indentation(first.start());
    draft.open(
        first.start(),
        id,
        format!(
            "{ROUTER}.route().mock(side_effect={error}(\"no answer\")){}{indent}",
            tree.newline()
        ),
    );
    Ok(())
}
