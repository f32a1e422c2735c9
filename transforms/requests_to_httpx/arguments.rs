//! The arguments of a request: which of them `httpx` takes, under which name, and where.

use super::bodies;
use super::connection::{self, Connection, Verify};
use super::credentials::check_auth;
use super::dynamic;
use super::query::{check_params, check_url, merges_query};
use super::values;
use crate::edit::Helper;
use crate::requests::{Site, Via};
use crate::syntax::{NodeId, Ranged, TextRange, ast};
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
    /// Expressions in it that must have their values where the client is made.
    pub(super) at_client: Vec<NodeId>,
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
    /// Helpers that the edits call.
    pub(super) helpers: Vec<&'static Helper>,
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
    /// What merges them.
    pub(super) by: Merging,
}

/// What adds parameters to a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merging {
    /// `copy_merge_params` of `httpx`.
    Httpx,
    /// A function of the module, which does what `requests` does.
    Helper,
}

/// One argument under the name `requests` gives it.
pub(super) struct Argument<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a ast::Expr,
    pub(super) keyword: Option<&'a ast::Keyword>,
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
    let kept = site.via == Via::SharedSession;
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
    let mut removed = Vec::new();
    let two_bodies = dynamic::two_bodies(file, call, &arguments, &mut mapped)?;
    for (at, one) in arguments.iter().enumerate() {
        let mut name = one.name;
        match one.name {
            "method" | "url" => continue,
            "params" => {
                let known = check_params(file, one, url.value)
                    .and_then(|()| merges_query(file, one, url.value));
                let by = match known {
                    Ok(true) => Some(Merging::Httpx),
                    Ok(false) => None,
                    Err(refusal) => {
                        dynamic::params(file, &arguments, at, refusal, &mut mapped)?;
                        Some(Merging::Helper)
                    }
                };
                if let Some(by) = by {
                    mapped.merged = Some(MergedQuery {
                        url: file.tree.parenthesized(url.value),
                        params: file.tree.parenthesized(one.value),
                        by,
                    });
                    removed.push(at);
                    continue;
                }
            }
            "data" | "json" if two_bodies => {
                mapped.by_name |= !matches!(verb, "post" | "put" | "patch" | "request");
                mapped.differences.push("D-H3");
                continue;
            }
            "data" => {
                mapped.by_name |= !matches!(verb, "post" | "put" | "patch" | "request");
                let raw = values::is_text(file, one.value) || values::is_bytes(file, one.value);
                if raw && get("files").is_none() {
                    name = "content";
                } else {
                    match bodies::form_of_pairs(file, one) {
                        Ok(Some(form)) => {
                            let range = file.tree.parenthesized(one.value);
                            mapped.edits.push((range, form));
                        }
                        form => {
                            let known = form.and_then(|_| bodies::check_form(file, one));
                            if let Err(refusal) = known {
                                dynamic::body(file, one, get("files"), refusal, &mut mapped)?;
                                continue;
                            }
                        }
                    }
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
            "headers" => {
                // What is no text is an error in `httpx`, so that it cannot go unnoticed.
                if let Err(refusal) = check_headers(file, one) {
                    dynamic::consent(file, refusal, &mut mapped)?;
                }
            }
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
            "verify" if kept => {
                mapped.connection.verify = connection::settled(file, one.value);
                if matches!(
                    mapped.connection.verify,
                    Verify::Settled(_) | Verify::Flag(_)
                ) {
                    mapped.at_client.push(file.tree.id(one.value));
                }
                removed.push(at);
                continue;
            }
            "verify" => {
                mapped.connection.verify = connection::verify(file, one.value)?;
                removed.push(at);
                continue;
            }
            "proxies" if kept && !one.value.is_none_literal_expr() => {
                mapped.connection.proxy_map =
                    Some(file.text(file.tree.parenthesized(one.value)).to_owned());
                mapped.at_client.push(file.tree.id(one.value));
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
