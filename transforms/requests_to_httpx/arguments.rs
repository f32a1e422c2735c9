//! The arguments of a request: which of them `httpx` takes, under which name, and where.

use super::bodies;
use super::connection::{self, Connection};
use super::values;
use crate::requests::Site;
use crate::syntax::{AnyNodeRef, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// What a call says to its client and about itself.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about a call"
)]
pub(super) struct Mapped {
    /// Edits inside the parentheses.
    pub(super) edits: Vec<(TextRange, String)>,
    /// The verb must be sent with `request("VERB", …)`.
    pub(super) by_name: bool,
    /// The call has a timeout of its own.
    pub(super) has_timeout: bool,
    /// The call says whether it follows redirects.
    pub(super) has_redirects: bool,
    /// It follows none because of its verb; the place to say so, where the client would.
    pub(super) declines_redirects: Option<TextRange>,
    /// The response may be a redirect that was not followed.
    pub(super) keeps_redirects: bool,
    /// The call has credentials of its own.
    pub(super) has_auth: bool,
    /// What the client is told about certificates and proxies.
    pub(super) connection: Connection,
    /// Cookies, which belong to the client.
    pub(super) cookies: Option<TextRange>,
    /// `stream=True`.
    pub(super) streams: bool,
    /// Names that must be imported: the range to replace and the dotted name.
    pub(super) renamed: Vec<(TextRange, &'static str)>,
    /// The query of the URL is merged with these parameters.
    pub(super) merged: Option<MergedQuery>,
    /// The URL has no query, so that parameters of a session can be added to it.
    pub(super) adds_params: bool,
    /// Where the behaviour differs in a way that needs consent.
    pub(super) needs_consent: Option<Refusal>,
    /// Documented differences.
    pub(super) differences: Vec<&'static str>,
}

/// `params` for a URL that has a query: they become a part of the URL.
#[derive(Debug)]
pub(super) struct MergedQuery {
    /// The URL.
    pub(super) url: TextRange,
    /// The value of `params`.
    pub(super) params: TextRange,
}

/// One argument under the name `requests` gives it.
pub(super) struct Argument<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a ast::Expr,
    keyword: Option<&'a ast::Keyword>,
    pub(super) range: TextRange,
}

pub(super) fn refuse(code: &'static str, message: impl Into<String>, at: impl Ranged) -> Refusal {
    Refusal::new(code, message).evidence(at, "the argument")
}

/// The names of the positional parameters.
fn signature(verb: &str, of_session: bool) -> &'static [&'static str] {
    match (verb, of_session) {
        ("get", false) => &["url", "params"],
        ("post", _) => &["url", "data", "json"],
        ("put" | "patch", _) => &["url", "data"],
        ("request", _) => &["method", "url", "params", "data", "headers", "cookies"],
        _ => &["url"],
    }
}

/// Maps the arguments of one call, or says which of them has no equal.
pub(super) fn map<'a>(
    file: &FileView<'a>,
    site: &Site<'a>,
    of_session: bool,
) -> Result<Mapped, Refusal> {
    let (call, verb) = (site.call, site.verb);
    let arguments = named(file, site, of_session)?;
    let mut mapped = Mapped::default();
    let get = |name: &str| arguments.iter().find(|one| one.name == name);
    let Some(url) = get("url") else {
        return Err(Refusal::new(
            "arguments-unclear",
            "The URL of this request cannot be told from its arguments.",
        )
        .evidence(call.arguments.range, "the arguments"));
    };
    check_url(file, url.value)?;
    let parts = values::url(file, url.value);
    mapped.adds_params = (parts.whole || parts.has_path)
        && !parts.literals.iter().any(|part| part.contains('?'))
        && get("params").is_none_or(|one| one.value.is_dict_expr());
    if get("data").is_some() && get("json").is_some() {
        return Err(refuse(
            "body-twice",
            "The request is given `data` and `json`, of which `requests` sends only one.",
            call.arguments.range,
        ));
    }
    let mut removed = Vec::new();
    for (at, one) in arguments.iter().enumerate() {
        let mut name = one.name;
        match one.name {
            "method" | "url" => continue,
            "params" => {
                check_params(file, one, url.value)?;
                if merges_query(file, one, url.value)? {
                    mapped.merged = Some(MergedQuery {
                        url: file.tree.parenthesized(url.value),
                        params: file.tree.parenthesized(one.value),
                    });
                    removed.push(at);
                    continue;
                }
            }
            "data" => {
                mapped.by_name |= !matches!(verb, "post" | "put" | "patch" | "request");
                let raw = values::is_text(file, one.value) || values::is_bytes(file, one.value);
                if raw && get("files").is_none() {
                    name = "content";
                } else if let Some(form) = bodies::form_of_pairs(file, one)? {
                    mapped
                        .edits
                        .push((file.tree.parenthesized(one.value), form));
                } else {
                    bodies::check_form(file, one)?;
                }
            }
            "files" => {
                mapped.by_name |= !matches!(verb, "post" | "put" | "patch" | "request");
                if let Some(refusal) = bodies::check_files(file, one)? {
                    mapped.needs_consent = Some(refusal);
                    mapped.differences.push("D-H4");
                }
            }
            "json" => {
                mapped.by_name |= !matches!(verb, "post" | "put" | "patch" | "request");
                mapped.differences.push("D-H3");
            }
            "headers" => check_headers(file, one)?,
            "timeout" => {
                check_timeout(file, one)?;
                mapped.has_timeout = true;
                mapped.differences.push("D-H2");
            }
            "allow_redirects" => {
                mapped.has_redirects = true;
                mapped.keeps_redirects =
                    !matches!(one.value, ast::Expr::BooleanLiteral(flag) if flag.value);
                name = "follow_redirects";
            }
            "auth" => {
                mapped.has_auth = !one.value.is_none_literal_expr();
                check_auth(file, one, &mut mapped)?;
            }
            "stream" => {
                let ast::Expr::BooleanLiteral(flag) = one.value else {
                    return Err(refuse(
                        "argument-unknown",
                        "`stream` is not written out as `True` or `False` here.",
                        one.range,
                    )
                    .remedy("Write the value out."));
                };
                mapped.streams = flag.value;
                removed.push(at);
                continue;
            }
            "verify" => {
                mapped.connection.verify = connection::verify(file, one.value)?;
                removed.push(at);
                continue;
            }
            "proxies" if !one.value.is_none_literal_expr() => {
                mapped.connection.proxies = connection::proxies(file, one.value)?;
                mapped.needs_consent = Some(connection::proxies_need_consent(one.range));
                removed.push(at);
                continue;
            }
            "proxies" | "cert" | "hooks" if one.value.is_none_literal_expr() => {
                removed.push(at);
                continue;
            }
            "cookies" => {
                if values::dictionary(file, one.value).is_none_or(|items| {
                    !one.value.is_dict_expr()
                        || items.iter().any(|(key, value)| {
                            !key.is_string_literal_expr() || !value.is_string_literal_expr()
                        })
                }) {
                    return Err(refuse(
                        "argument-unknown",
                        "The cookies are not written out here, and in `httpx` they belong to the client, which is opened earlier.",
                        one.range,
                    ));
                }
                mapped.cookies = Some(one.value.range());
                removed.push(at);
                continue;
            }
            other => {
                return Err(refuse(
                    "argument-without-equal",
                    format!(
                        "`httpx` has no argument that does what `{other}` does for `requests`."
                    ),
                    one.range,
                )
                .remedy("Convert this request by hand."));
            }
        }
        match one.keyword {
            None => mapped
                .edits
                .push((TextRange::empty(one.range.start()), format!("{name}="))),
            Some(keyword) if name != one.name => {
                let range = keyword.arg.as_ref().map_or(keyword.range, |arg| arg.range);
                mapped.edits.push((range, name.to_owned()));
            }
            Some(_) => {}
        }
    }
    remove(file, &arguments, &removed, &mut mapped)?;
    if verb == "head" && !mapped.has_redirects {
        // `requests` does not follow redirects of this verb; the client would.
        let last = (0..arguments.len())
            .rev()
            .find(|at| !removed.contains(at))
            .map_or(call.arguments.end(), |at| arguments[at].range.end());
        mapped.declines_redirects = Some(TextRange::empty(last));
        mapped.has_redirects = true;
        mapped.keeps_redirects = true;
    }
    Ok(mapped)
}

fn named<'a>(
    file: &FileView<'a>,
    site: &Site<'a>,
    of_session: bool,
) -> Result<Vec<Argument<'a>>, Refusal> {
    let names = signature(site.verb, of_session);
    let unclear = |range: TextRange| {
        refuse(
            "arguments-unclear",
            "The arguments of this request are not written out one by one.",
            range,
        )
        .remedy("Write every argument out by its name.")
    };
    let mut found = Vec::new();
    for (at, value) in site.positional().iter().enumerate() {
        let name = names.get(at).ok_or_else(|| unclear(value.range()))?;
        if value.is_starred_expr() {
            return Err(unclear(value.range()));
        }
        found.push(Argument {
            name,
            value,
            keyword: None,
            range: file.tree.parenthesized(value),
        });
    }
    for keyword in &site.call.arguments.keywords {
        let Some(name) = &keyword.arg else {
            return Err(unclear(keyword.range));
        };
        let end = file.tree.parenthesized(&keyword.value).end();
        found.push(Argument {
            name: name.as_str(),
            value: &keyword.value,
            keyword: Some(keyword),
            range: TextRange::new(keyword.start(), end.max(keyword.end())),
        });
    }
    Ok(found)
}

/// Takes arguments away that belong to the client, with the comma before them.
fn remove(
    file: &FileView<'_>,
    arguments: &[Argument<'_>],
    removed: &[usize],
    mapped: &mut Mapped,
) -> Result<(), Refusal> {
    for at in removed {
        let this = arguments[*at].range;
        let range = match at.checked_sub(1) {
            Some(before) => TextRange::new(arguments[before].range.end(), this.end()),
            None => {
                return Err(refuse(
                    "arguments-unclear",
                    "The URL does not come first in this request.",
                    this,
                ));
            }
        };
        if !file.tree.comments_in(range).is_empty() {
            return Err(refuse(
                "comment-in-the-way",
                "A comment stands beside an argument that moves to the client.",
                range,
            ));
        }
        mapped.edits.push((range, String::new()));
    }
    Ok(())
}

/// The two libraries read most URLs alike: not bytes, not some characters.
fn check_url<'a>(file: &FileView<'a>, url: &'a ast::Expr) -> Result<(), Refusal> {
    let differs = |why: &str| {
        refuse(
            "url-read-differently",
            format!("`httpx` reads this URL differently: {why}."),
            url.range(),
        )
    };
    let value = values::resolved(file, url);
    let is_object = match value {
        ast::Expr::Call(call) => matches!(
            file.tree.qualified_name(&call.func).as_deref(),
            Some(name) if name.starts_with("yarl.") || name.starts_with("furl.") || name.starts_with("urllib3.")
        ),
        _ => false,
    };
    if values::is_bytes(file, value) || is_object {
        return Err(differs("it is not a `str`").remedy("Pass the URL as a `str`."));
    }
    let parts = values::url(file, url);
    let start = parts.literals.first().copied().unwrap_or_default();
    let end = parts.literals.last().copied().unwrap_or_default();
    if parts.whole && (start.starts_with(' ') || end.ends_with(' ')) {
        return Err(differs("it begins or ends with a blank"));
    }
    if parts.whole && end.ends_with('?') {
        return Err(differs("it ends with an empty query"));
    }
    for part in &parts.literals {
        if part.contains(['[', ']', '|', '\\', '^', '`', '{', '}', '%']) {
            return Err(differs(
                "it has characters that each library escapes in its own way",
            ));
        }
    }
    Ok(())
}

/// `httpx` replaces the query of the URL by `params`, `requests` adds to it; `None` and `bool`
/// values are written differently.
fn check_params<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
    url: &'a ast::Expr,
) -> Result<(), Refusal> {
    if one.value.is_none_literal_expr() {
        return Ok(());
    }
    let parts = values::url(file, url);
    let has_query = parts.literals.iter().any(|part| part.contains('?'));
    if !has_query && !parts.whole && !parts.has_path {
        return Err(refuse(
            "url-may-have-query",
            "The URL may have a query already, which `httpx` would replace by `params`.",
            url.range(),
        )
        .remedy("Write the path of the URL where the request is made: `f\"{base}/path\"`."));
    }
    if values::is_text(file, one.value)
        || values::is_dictionary_of(file, one.value, &["str", "int", "float"])
    {
        return Ok(());
    }
    let items = values::dictionary(file, one.value).ok_or_else(|| unknown(one))?;
    if items.is_empty() {
        return Err(refuse(
            "argument-unknown",
            "Empty `params` erase the query of the URL in `httpx`.",
            one.range,
        ));
    }
    for (key, value) in items {
        if !values::is_plain(file, key) || !values::is_plain_or_list(file, value) {
            return Err(unknown(one).evidence(value.range(), "not known to be a text or a number"));
        }
    }
    Ok(())
}

/// Whether the URL has a query, to which `requests` adds the parameters and which `httpx` would
/// replace. Where the query is simple and names none of the parameters, `copy_merge_params` gives
/// what `requests` sends.
fn merges_query<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
    url: &'a ast::Expr,
) -> Result<bool, Refusal> {
    if one.value.is_none_literal_expr() {
        return Ok(false);
    }
    let parts = values::url(file, url);
    let Some(query) = parts.query() else {
        return if parts.literals.iter().any(|part| part.contains('?')) {
            Err(query_differs("is not written out", url))
        } else {
            Ok(false)
        };
    };
    let mut keys = Vec::new();
    for pair in query.split('&') {
        let simple = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
        };
        match pair.split_once('=') {
            Some((key, value)) if simple(key) && simple(value) => keys.push(key),
            _ => return Err(query_differs("would be written in another way", url)),
        }
    }
    let named = values::dictionary(file, one.value).is_some_and(|items| {
        items.iter().all(|(key, _)| {
            matches!(key, ast::Expr::StringLiteral(text) if !keys.contains(&text.value.to_str()))
        })
    });
    if !named {
        return Err(query_differs("may name one of the parameters", url));
    }
    Ok(true)
}

fn query_differs(why: &str, url: &ast::Expr) -> Refusal {
    refuse(
        "url-has-query",
        format!(
            "The URL has a query already, which {why}; `httpx` would replace what `requests` adds to."
        ),
        url.range(),
    )
    .remedy("Put all parameters into `params`.")
}

pub(super) fn unknown(one: &Argument<'_>) -> Refusal {
    refuse(
        "argument-unknown",
        format!(
            "Not every value in `{}` is known to be a text or a number; `httpx` writes `None` and `bool` differently.",
            one.name
        ),
        one.range,
    )
    .remedy("Write the values out, convert them with `str()`, or annotate the parameters.")
}

/// Header values are ASCII texts; `None` removes a header in `requests` only.
fn check_headers<'a>(file: &FileView<'a>, one: &Argument<'a>) -> Result<(), Refusal> {
    if one.value.is_none_literal_expr()
        || values::is_dictionary_of(file, one.value, &["str", "bytes"])
    {
        return Ok(());
    }
    let unknown = |range: TextRange| {
        refuse(
            "argument-unknown",
            "Not every header is known to be a text; `httpx` rejects `None` and numbers.",
            one.range,
        )
        .evidence(range, "not known to be a text")
        .remedy("Write the headers out as a dictionary of texts.")
    };
    let items = values::dictionary(file, one.value).ok_or_else(|| unknown(one.range))?;
    for (key, value) in items {
        check_header(file, key, value).map_err(unknown)?;
    }
    Ok(())
}

/// One header; the error is the part that is not known to be fine.
pub(super) fn check_header<'a>(
    file: &FileView<'a>,
    key: &'a ast::Expr,
    value: &'a ast::Expr,
) -> Result<(), TextRange> {
    if !values::is_text(file, key) {
        return Err(key.range());
    }
    let fine = match values::resolved(file, value) {
        ast::Expr::StringLiteral(text) => {
            let text = text.value.to_str();
            text.is_ascii() && text.trim() == text && !text.contains(['\n', '\r'])
        }
        _ => values::is_text(file, value) || values::is_bytes(file, value),
    };
    if fine { Ok(()) } else { Err(value.range()) }
}

/// A number of seconds or a pair of them; zero is an error in `requests` only.
fn check_timeout<'a>(file: &FileView<'a>, one: &Argument<'a>) -> Result<(), Refusal> {
    let value = values::resolved(file, one.value);
    let is_zero = |expr: &ast::Expr| match expr {
        ast::Expr::NumberLiteral(number) => match &number.value {
            ast::Number::Int(value) => value.as_u64() == Some(0),
            ast::Number::Float(value) => *value == 0.0,
            ast::Number::Complex { .. } => true,
        },
        ast::Expr::UnaryOp(_) => true,
        _ => false,
    };
    let bad = match value {
        ast::Expr::Tuple(pair) => pair.elts.len() != 2 || pair.elts.iter().any(is_zero),
        ast::Expr::Call(_) => !values::is_number(file, value),
        other => is_zero(other),
    };
    if bad {
        return Err(refuse(
            "argument-unknown",
            "This timeout is not a positive number of seconds or a pair of them.",
            one.range,
        ));
    }
    Ok(())
}

/// Credentials: a pair, or the classes of `requests.auth` that `httpx` has, too.
pub(super) fn check_credentials<'a>(
    file: &FileView<'a>,
    value: &'a ast::Expr,
) -> Result<Option<(TextRange, &'static str)>, Refusal> {
    let pair = |elements: &'a [ast::Expr]| {
        elements.len() == 2
            && elements
                .iter()
                .all(|one| match values::resolved(file, one) {
                    ast::Expr::StringLiteral(text) => text.value.to_str().is_ascii(),
                    other => !matches!(other, ast::Expr::BytesLiteral(_) | ast::Expr::Starred(_)),
                })
    };
    let own = match value {
        ast::Expr::Name(name) => is_only_credentials(file, name),
        _ => true,
    };
    match values::resolved(file, value) {
        ast::Expr::NoneLiteral(_) => return Ok(None),
        ast::Expr::Tuple(tuple) if pair(&tuple.elts) => return Ok(None),
        ast::Expr::Call(call)
            if own && call.arguments.keywords.is_empty() && pair(&call.arguments.args) =>
        {
            let class = match file.tree.qualified_name(&call.func).as_deref() {
                Some("requests.auth.HTTPBasicAuth") => Some("BasicAuth"),
                Some("requests.auth.HTTPDigestAuth") => Some("DigestAuth"),
                _ => None,
            };
            if let Some(class) = class {
                return Ok(Some((call.func.range(), class)));
            }
        }
        _ => {}
    }
    Err(refuse(
        "auth-without-equal",
        "These credentials are not a pair of a name and a password that is written out here.",
        value.range(),
    )
    .remedy("Pass `auth=(name, password)`."))
}

/// Whether every use of a local name is as the credentials of a request or a session.
fn is_only_credentials(file: &FileView<'_>, name: &ast::ExprName) -> bool {
    let tree = file.tree;
    let id = tree.id(name);
    let home = tree.lookup(name.id.as_str(), tree.scope_of(id));
    let Some(home) = home.filter(|home| *home == file.function_scope(id)) else {
        return false;
    };
    tree.occurrences(home, name.id.as_str())
        .into_iter()
        .all(|id| match tree.node(id) {
            AnyNodeRef::ExprName(one) if one.ctx.is_store() => true,
            AnyNodeRef::ExprName(_) if file.function_scope(id) != home => false,
            AnyNodeRef::ExprName(_) => match tree.node(tree.parent(id)) {
                AnyNodeRef::Keyword(keyword) => {
                    let call = tree.parent(tree.parent(tree.parent(id)));
                    keyword.arg.as_deref() == Some("auth")
                        && matches!(tree.node(call), AnyNodeRef::ExprCall(call)
                            if crate::requests::site(file, call).is_some())
                }
                AnyNodeRef::StmtAssign(assign) => {
                    matches!(&assign.targets[..], [ast::Expr::Attribute(target)] if target.attr.as_str() == "auth")
                }
                _ => false,
            },
            _ => false,
        })
}

fn check_auth<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
    mapped: &mut Mapped,
) -> Result<(), Refusal> {
    if let Some(renamed) = check_credentials(file, one.value)? {
        mapped.renamed.push(renamed);
    }
    if mapped.has_auth {
        mapped.differences.push("D-H14");
    }
    Ok(())
}
