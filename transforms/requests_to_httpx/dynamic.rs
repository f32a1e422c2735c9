//! Arguments whose values show when the program runs: with consent, helpers of the module do with
//! them what `requests` does.

use super::arguments::{Argument, Mapped, refuse};
use super::helpers;
use crate::syntax::{Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// Goes on where the user consents to what is not proved.
pub(super) fn consent(
    file: &FileView<'_>,
    refusal: Refusal,
    mapped: &mut Mapped,
) -> Result<(), Refusal> {
    if !file.has_consent() {
        return Err(refusal.without_consent());
    }
    mapped.needs_consent = Some(refusal.without_consent());
    Ok(())
}

/// `params` that are not written out, the argument at a position: a helper adds them to the URL,
/// earlier than they were read, so that nothing in between may have an effect.
pub(super) fn params<'a>(
    file: &FileView<'a>,
    arguments: &[Argument<'a>],
    at: usize,
    refusal: Refusal,
    mapped: &mut Mapped,
) -> Result<(), Refusal> {
    let url = arguments.iter().position(|one| one.name == "url");
    let between = url
        .filter(|url| *url < at)
        .map(|url| &arguments[url + 1..at]);
    let stays = file.is_pure(arguments[at].value)
        || between.is_some_and(|some| some.iter().all(|one| file.is_pure(one.value)));
    if between.is_none() || !stays {
        return Err(refusal);
    }
    consent(file, refusal, mapped)
}

/// A body that is not written out: `**_body(data)`.
pub(super) fn body<'a>(
    file: &FileView<'a>,
    one: &Argument<'a>,
    files: Option<&Argument<'a>>,
    refusal: Refusal,
    mapped: &mut Mapped,
) -> Result<(), Refusal> {
    if files.is_some() {
        return Err(refusal);
    }
    consent(file, refusal, mapped)?;
    call_helper(file, one, one, mapped);
    Ok(())
}

/// `data` and `json` in one request, of which `requests` sends the first that is something; whether
/// there are both.
pub(super) fn two_bodies<'a>(
    file: &FileView<'a>,
    call: &ast::ExprCall,
    arguments: &[Argument<'a>],
    mapped: &mut Mapped,
) -> Result<bool, Refusal> {
    let position = |name: &str| arguments.iter().position(|one| one.name == name);
    let (Some(data), Some(json)) = (position("data"), position("json")) else {
        return Ok(false);
    };
    let refusal = refuse(
        "body-twice",
        "The request is given `data` and `json`, of which `requests` sends only one.",
        call.arguments.range,
    );
    if data.abs_diff(json) != 1 || position("files").is_some() {
        return Err(refusal);
    }
    consent(file, refusal, mapped)?;
    let (first, second) = (data.min(json), data.max(json));
    call_helper(file, &arguments[first], &arguments[second], mapped);
    Ok(true)
}

/// `**_body(…)` around one argument or two.
fn call_helper<'a>(
    file: &FileView<'a>,
    first: &Argument<'a>,
    last: &Argument<'a>,
    mapped: &mut Mapped,
) {
    let start = TextRange::empty(first.range.start());
    let end = file.tree.parenthesized(last.value).end();
    let opened = format!("**{}(", helpers::BODY.name);
    mapped.edits.push((start, opened));
    mapped.helpers.push(&helpers::BODY);
    mapped
        .edits
        .push((TextRange::empty(end.max(last.value.end())), ")".to_owned()));
}
