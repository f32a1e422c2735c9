#![doc = include_str!("README.md")]

mod adapters;
mod arguments;
mod bodies;
mod classes;
mod client;
mod connection;
mod containers;
mod credentials;
mod draft;
mod dynamic;
mod escapes;
mod handlers;
mod harmless;
mod helpers;
mod keeper;
mod keeper_edits;
mod passed;
mod query;
mod reading;
mod sessions;
mod streams;
#[cfg(test)]
mod tests;
mod values;

use crate::edit::{Applicability, Change};
use crate::options::HttpPackage;
use crate::requests;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{About, Blamed, FileView, Refusal, Transform, check_texts, lower_first};
use draft::{Draft, Raiser, RaiserKind, Request};
use handlers::Name;
use streams::Stream;

pub(super) const ABOUT: About = About {
    id: "requests-to-httpx",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["import requests"],
    default: true,
};

/// Requests of a coroutine function go through an `httpx.AsyncClient`.
pub(super) struct RequestsToHttpx;

/// A request of the `requests` library, or the end of a session that an object keeps.
pub(super) struct RequestCall {
    call: NodeId,
}

impl Transform for RequestsToHttpx {
    type Node = ast::ExprCall;
    type Found = RequestCall;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<RequestCall> {
        if requests::site(file, call).is_none() && !classes::closes(file, call) {
            return None;
        }
        Some(RequestCall {
            call: file.tree.id(call),
        })
    }

    fn site(found: &RequestCall, file: &FileView<'_>) -> TextRange {
        file.tree.node(found.call).range()
    }

    fn rewrite(found: RequestCall, file: &FileView<'_>) -> Result<Change, Refusal> {
        requests::check_color(file, found.call)?;
        let Some(function) = file.enclosing_function(found.call) else {
            unreachable!("a coroutine function is around the call");
        };
        let site = Self::site(&found, file);
        let kept = classes::of_function(file, function);
        let unit = match &kept {
            Ok(Some(kept)) => kept.id(file),
            _ => function,
        };
        let once = file.once_for_function(unit, site, || convert(file, function, kept?));
        once.map_err(|(culprit, refusal)| match culprit {
            Some(culprit) if culprit != found.call => Refusal {
                message: format!(
                    "Another request of this function cannot go through `httpx`, so this one does not either: {}",
                    lower_first(&refusal.message)
                ),
                ..refusal
            },
            _ => refusal,
        })
    }
}

/// The package that is written, if the project has one.
fn package(file: &FileView<'_>) -> Result<&'static str, Refusal> {
    // The head of a script is made to declare the client where it declares `requests`.
    let may_add = file.options.add_dependency && script_declares(file, "requests");
    let has = |name: &str| file.project.depends_on(name) || script_declares(file, name);
    let choice = match file.options.http_package {
        HttpPackage::Httpx => Some("httpx"),
        HttpPackage::Httpx2 => Some("httpx2"),
        HttpPackage::Auto => ["httpx", "httpx2"].into_iter().find(|name| has(name)),
    };
    match choice {
        Some(name) if has(name) => Ok(name),
        other if may_add => Ok(other.unwrap_or("httpx")),
        other => {
            let name = other.unwrap_or("httpx");
            Err(Refusal::new(
                "httpx-not-declared",
                format!("The project does not declare `{name}` as a dependency."),
            )
            .remedy(format!(
                "Add `{name}` to the dependencies of the project, or run with `--add-dependency`; where no manifest is, with `--http-package {name}`."
            )))
        }
    }
}

/// Whether the file is a script that names a package in its own header (`# /// script`).
fn script_declares(file: &FileView<'_>, package: &str) -> bool {
    let text = file.tree.text();
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim_end() != "# /// script");
    if lines.next().is_none() {
        return false;
    }
    lines
        .take_while(|line| line.starts_with('#') && line.trim_end() != "# ///")
        .flat_map(|line| line.split(['"', '\'']).skip(1).step_by(2))
        .any(|requirement| {
            let name: String = requirement
                .trim()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .collect();
            name.eq_ignore_ascii_case(package)
        })
}

/// Converts every request of a coroutine function, and of those that share its session, or none.
fn convert<'a>(
    file: &FileView<'a>,
    function: NodeId,
    kept: Option<classes::Kept<'a>>,
) -> Result<Change, Blamed> {
    let nobody = |refusal: Refusal| (None, refusal);
    let package = package(file).map_err(nobody)?;
    check_project(file).map_err(nobody)?;
    let functions = match &kept {
        Some(kept) => kept.functions(file)?,
        None => vec![function],
    };
    let mut drafts = Vec::new();
    let mut sessions = Vec::new();
    for function in functions {
        let mut draft = Draft::new(file, function, package);
        collect(&mut draft)?;
        draft.follow_responses().map_err(nobody)?;
        check_redirects(&draft)?;
        sessions.push(sessions::sessions(&mut draft).map_err(nobody)?);
        draft.map_handlers().map_err(nobody)?;
        escapes::check(&draft).map_err(nobody)?;
        let edited = draft.edits.iter().map(|(range, _)| *range);
        check_texts(edited, file).map_err(nobody)?;
        drafts.push(draft);
    }
    let grades = drafts.iter().map(|draft| draft.grade);
    let mut change = Change::new(grades.min().unwrap_or(Applicability::Unsafe));
    if let Some(kept) = kept {
        change.applicability = Applicability::Unsafe;
        change.differs(&["D-H18"]);
        for call in kept.ends(file) {
            change.covers(call);
        }
        let keeper = keeper::keeper(file, &mut drafts, kept).map_err(nobody)?;
        keeper
            .write(file, &mut drafts, &mut change, package)
            .map_err(nobody)?;
    }
    for (draft, sessions) in drafts.iter_mut().zip(&sessions) {
        write(draft, &mut change, sessions).map_err(nobody)?;
        for request in &draft.requests {
            change.covers(request.site.call.range());
        }
    }
    Ok(change)
}

/// `raise_for_status()` of `httpx` raises for a redirect that was not followed, that of `requests`
/// does not.
fn check_redirects(draft: &Draft<'_, '_>) -> Result<(), Blamed> {
    let status = draft
        .raisers
        .iter()
        .find(|raiser| matches!(raiser.kind, RaiserKind::Status));
    let kept = draft
        .requests
        .iter()
        .find(|request| request.mapped.keeps_redirects);
    let (Some(status), Some(kept)) = (status, kept) else {
        return Ok(());
    };
    Err((
        Some(kept.id),
        Refusal::new(
            "redirect-status",
            "This request does not follow redirects, and `raise_for_status()` of `httpx` raises an error for a redirect, which that of `requests` does not.",
        )
        .evidence(draft.file.tree.node(status.at).range(), "the check")
        .remedy("Let the request follow redirects, or compare `status_code` instead."),
    ))
}

/// Tests that replace parts of `requests` would no longer replace anything.
fn check_project(file: &FileView<'_>) -> Result<(), Refusal> {
    let mocking = [
        "responses",
        "requests_mock",
        "httpretty",
        "vcr",
        "requests_cache",
    ];
    if let Some(name) = mocking.into_iter().find(|name| file.project.has(name))
        && !file.has_consent()
    {
        return Err(Refusal::new(
            "http-mocking-present",
            format!("The project uses `{name}`, which replaces the insides of `requests` and would not see `httpx`."),
        )
        .remedy("Move the tests to `respx` or `pytest-httpx`; `--unsafe` converts the request all the same.")
        .without_consent());
    }
    for verb in [
        "get", "post", "put", "patch", "delete", "head", "options", "request", "Session", "session",
    ] {
        if let Some(refusal) = file.patched(&format!("requests.{verb}"), NodeId::MODULE) {
            return Err(refusal);
        }
    }
    Ok(())
}

/// Finds the requests of the function and maps their arguments.
fn collect(draft: &mut Draft<'_, '_>) -> Result<(), Blamed> {
    let file = draft.file;
    for id in draft.own_nodes() {
        let AnyNodeRef::ExprCall(call) = file.tree.node(id) else {
            continue;
        };
        let Some(site) = requests::site(file, call) else {
            continue;
        };
        let blame = |refusal: Refusal| (Some(id), refusal);
        let session = sessions::name(file, &site).map_err(blame)?;
        if site.awaited.is_none() {
            let grade = file.await_insertion(id).map_err(blame)?;
            draft.grade = draft.grade.min(grade);
        } else {
            draft.grade = Applicability::Unsafe;
        }
        if site.awaited.is_some()
            && let Some(comment) = file.tree.comments_in(site.head(file)).first()
        {
            return Err(blame(
                Refusal::new(
                    "comment-in-the-way",
                    "A comment stands beside the function that runs in the thread, which goes away.",
                )
                .evidence(*comment, "the comment")
                .remedy("Move the comment."),
            ));
        }
        let mapped = arguments::map(file, &site, session.is_some()).map_err(blame)?;
        if let Some(refusal) = &mapped.needs_consent {
            if !file.has_consent() {
                return Err(blame(refusal.clone()));
            }
            draft.grade = Applicability::Unsafe;
        }
        let stream = streams::stream(file, draft.scope, &site, &mapped).map_err(blame)?;
        for difference in &mapped.differences {
            draft.differs(difference);
        }
        if !mapped.has_auth {
            draft.differs("D-H5");
        }
        if mapped.connection.verify == connection::Verify::Usual {
            draft.differs("D-H6");
        }
        if !matches!(site.verb, "get" | "head" | "options") {
            draft.differs("D-H12");
        }
        let id = site.id(file);
        draft.raisers.push(Raiser {
            at: id,
            kind: RaiserKind::Request,
        });
        draft.requests.push(Request {
            id,
            site,
            mapped,
            session,
            stream,
        });
    }
    Ok(())
}

/// Writes the requests, the names and the client.
fn write<'a>(
    draft: &mut Draft<'_, 'a>,
    change: &mut Change,
    sessions: &[sessions::Session<'a>],
) -> Result<(), Refusal> {
    let file = draft.file;
    let Some(function) = draft.requests.first().map(|request| request.id) else {
        return Ok(());
    };
    let client = file.shared_name(function, "client");
    for at in 0..draft.requests.len() {
        write_request(draft, at, &client);
        write_query(draft, change, at)?;
    }
    let json = if draft.needs_json {
        file.import(change, function, "json.JSONDecodeError")?
    } else {
        String::new()
    };
    for (range, names) in std::mem::take(&mut draft.names) {
        let mut words = Vec::new();
        for name in names {
            words.push(match name {
                Name::Http(class) => {
                    file.import(change, function, &format!("{}.{class}", draft.package))?
                }
                Name::Json => json.clone(),
                Name::Text(text) => text,
            });
        }
        let text = match &words[..] {
            [only] => only.clone(),
            several => format!("({})", several.join(", ")),
        };
        draft.edit(range, text);
    }
    client::place(draft, change, sessions, &client)?;
    draft.differences.sort_unstable_by_key(|id| (id.len(), *id));
    change.differs(&draft.differences);
    Ok(())
}

/// `requests.get(` becomes `await client.get(`.
fn write_request(draft: &mut Draft<'_, '_>, at: usize, client: &str) {
    let file = draft.file;
    let request = &draft.requests[at];
    let client = request.session.unwrap_or(client).to_owned();
    let head = request.site.head(file);
    let verb = request.site.verb;
    let mut edits = request.mapped.edits.clone();
    let renamed = request.mapped.renamed.clone();
    let word = format!("\"{}\", ", verb.to_uppercase());
    let grouped = request.stream.is_none()
        && request.site.awaited.is_none()
        && file.tree.awaits_in_parentheses(request.id);
    let open = if grouped { "(" } else { "" };
    let (method, first) = match request.stream {
        Some(_) if verb == "request" => (format!("{client}.stream"), ""),
        Some(_) => (format!("{client}.stream"), &*word),
        None if request.mapped.by_name => (format!("{open}await {client}.request"), &*word),
        None => (format!("{open}await {client}.{verb}"), ""),
    };
    if let Some(Stream::With(with)) = request.stream {
        edits.push((TextRange::empty(with.start()), "async ".to_owned()));
    }
    if grouped {
        edits.push((TextRange::empty(request.site.call.end()), ")".to_owned()));
    }
    if request.site.awaited.is_some() {
        let method = method.strip_prefix("await ").unwrap_or(&method);
        let call = request.site.call;
        edits.push((call.func.range(), method.to_owned()));
        let callee = file.tree.parenthesized(request.site.callee);
        edits.push((TextRange::new(callee.start(), head.end()), first.to_owned()));
        if request.stream.is_some() {
            edits.push((TextRange::new(head.start(), call.start()), String::new()));
        }
    } else {
        edits.push((file.tree.parenthesized(request.site.callee), method));
        if !first.is_empty() {
            edits.push((TextRange::empty(head.end()), first.to_owned()));
        }
    }
    if let Some(Stream::Run { name, span }) = request.stream {
        let header = streams::opened(file, request, name, &edits);
        draft.opened.push((span, header));
    } else {
        draft.edits.extend(edits);
    }
    for (range, class) in renamed {
        draft.rename(range, class);
    }
}

/// `httpx.URL(url).copy_merge_params(params)` for a URL that has a query, and the helpers.
fn write_query(draft: &mut Draft<'_, '_>, change: &mut Change, at: usize) -> Result<(), Refusal> {
    let file = draft.file;
    let id = draft.requests[at].id;
    for helper in &draft.requests[at].mapped.helpers {
        file.helper_of(change, id, helper, draft.package)?;
    }
    let Some(merged) = &draft.requests[at].mapped.merged else {
        return Ok(());
    };
    let (url, params) = (merged.url, file.text(merged.params));
    let text = match merged.by {
        arguments::Merging::Httpx => {
            let class = file.import(change, id, &format!("{}.URL", draft.package))?;
            format!("{class}({}).copy_merge_params({params})", file.text(url))
        }
        arguments::Merging::Helper => {
            let helper = file.helper_of(change, id, &helpers::WITH_PARAMS, draft.package)?;
            format!("{helper}({}, {params})", file.text(url))
        }
    };
    draft.edit(url, text);
    Ok(())
}
