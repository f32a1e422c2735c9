//! The URL of a request with its query, which the two libraries read alike only in part.

use super::arguments::{Argument, refuse, unknown};
use super::values;
use crate::syntax::{Ranged, ast};
use crate::transform::{FileView, Refusal};

/// The two libraries read most URLs alike: not bytes, not some characters.
pub(super) fn check_url<'a>(file: &FileView<'a>, url: &'a ast::Expr) -> Result<(), Refusal> {
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
pub(super) fn check_params<'a>(
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
pub(super) fn merges_query<'a>(
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
