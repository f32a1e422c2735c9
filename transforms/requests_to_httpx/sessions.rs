//! Sessions that live in one function: what is set on them, and how long they live.

use super::client::{self, Span};
use super::connection::{self, Connection, Verify};
use super::containers;
use super::credentials;
use super::draft::Draft;
use crate::edit::Applicability;
use crate::requests::{Site, Via};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// A session that becomes a client.
pub(super) struct Session<'a> {
    pub(super) name: &'a str,
    /// What the client is told about certificates and proxies.
    pub(super) connection: Connection,
    /// Further arguments of the client.
    pub(super) arguments: Vec<String>,
    pub(super) place: Place<'a>,
}

/// Where the session lives.
pub(super) enum Place<'a> {
    /// `with requests.Session() as s:`, with the range of the call.
    With(&'a ast::StmtWith, TextRange),
    /// From its assignment to its last use; the positions of statements that fall away.
    Block(Span<'a>, Vec<usize>),
    /// From its assignment to the `close()` in a `finally`, which stays; the call that makes it.
    Closed(TextRange),
}

/// What is known about a session after all its uses.
#[derive(Default)]
struct Settings {
    connection: Connection,
    arguments: Vec<String>,
    /// It has parameters for every request.
    has_params: bool,
    /// The place of `close()` in a `finally`.
    closed_in_finally: Option<NodeId>,
}

/// The name of the session a request is made with; `None` for a function of the module.
pub(super) fn name<'a>(file: &FileView<'a>, site: &Site<'a>) -> Result<Option<&'a str>, Refusal> {
    let refuse = |code, message: &str, remedy: &str| {
        Err(Refusal::new(code, message)
            .evidence(site.callee.range(), "the session")
            .remedy(remedy))
    };
    match site.via {
        Via::Module => Ok(None),
        Via::Session(_) | Via::SharedSession if site.verb == "send" => refuse(
            "session-use",
            "A prepared request of `requests` cannot be sent by `httpx`.",
            "Make the request with `session.request(…)`.",
        ),
        Via::Session(_) => match site.callee {
            ast::Expr::Attribute(method) => match &*method.value {
                ast::Expr::Name(name) => Ok(Some(name.id.as_str())),
                _ => Ok(None),
            },
            _ => Ok(None),
        },
        Via::NewSession => refuse(
            "session-use",
            "The session has no name and no end.",
            "Write `with requests.Session() as session:`.",
        ),
        Via::SharedSession => match site.callee {
            // The class of the object is converted with its methods.
            ast::Expr::Attribute(method) if method.value.is_attribute_expr() => {
                Ok(Some(file.text(method.value.range())))
            }
            _ => refuse(
                "session-shared",
                "This session is not a local variable of the function; a client of `httpx` belongs to one event loop and must be closed.",
                "Open a client in the function that starts the program (`async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:`) and pass it on, or keep it in an object that opens and closes it.",
            ),
        },
        Via::Computed => refuse(
            "session-shared",
            "This session comes from a property, or is one of several; a client of `httpx` belongs to one event loop and must be closed.",
            "Keep one session in an attribute, or open one in the function that uses it.",
        ),
        Via::Parameter => refuse(
            "session-parameter",
            "The caller passes this session, and would have to pass a client of `httpx`.",
            "Open the session in the function that uses it.",
        ),
    }
}

/// The sessions of the function, with everything that is done to them.
pub(super) fn sessions<'a>(draft: &mut Draft<'_, 'a>) -> Result<Vec<Session<'a>>, Refusal> {
    let mut names: Vec<&'a str> = Vec::new();
    for request in &draft.requests {
        let kept = request.site.via == Via::SharedSession;
        if let Some(name) = request.session
            && !kept
            && !names.contains(&name)
        {
            names.push(name);
        }
        if request.session.is_some()
            && (!kept && request.mapped.connection != Connection::default()
                || request.mapped.cookies.is_some())
        {
            return Err(Refusal::new(
                "session-use",
                "In `httpx` certificates, proxies and cookies belong to the whole session, and one request sets its own.",
            )
            .evidence(request.site.call.range(), "the request")
            .remedy("Set them on the session before its first request."));
        }
    }
    names.into_iter().map(|name| session(draft, name)).collect()
}

pub(super) fn not_here(range: TextRange, message: String) -> Refusal {
    Refusal::new("session-use", message)
        .evidence(range, "here")
        .remedy("Convert the session by hand.")
}

fn session<'a>(draft: &mut Draft<'_, 'a>, name: &'a str) -> Result<Session<'a>, Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let bindings = tree.bindings(draft.scope, name);
    let [only] = bindings else {
        return Err(not_here(
            bindings
                .last()
                .map_or_else(TextRange::default, |one| one.range),
            format!("`{name}` stands for more than one session."),
        ));
    };
    if only.kind == BindingKind::Parameter || tree.is_rebound_from_inside(draft.scope, name) {
        return Err(not_here(
            only.range,
            format!("`{name}` is not only this function's."),
        ));
    }
    let binding = tree.parent(only.node);
    let statement = tree.enclosing_statement(only.node);
    let mut settings = Settings::default();
    let place = match tree.node(binding) {
        AnyNodeRef::WithItem(item) => {
            let AnyNodeRef::StmtWith(with) = tree.node(statement) else {
                return Err(not_here(
                    only.range,
                    "The session is opened oddly.".to_owned(),
                ));
            };
            if with.items.len() != 1 || with.is_async {
                return Err(not_here(
                    item.range,
                    "The `with` statement opens something else together with the session."
                        .to_owned(),
                ));
            }
            uses(draft, name, &with.body, &mut settings, None)?;
            Place::With(with, item.context_expr.range())
        }
        AnyNodeRef::StmtAssign(_) | AnyNodeRef::StmtAnnAssign(_) => {
            if let AnyNodeRef::StmtAnnAssign(assign) = tree.node(binding)
                && !file.resolves_to(&assign.annotation, "requests.Session")
            {
                return Err(not_here(
                    only.range,
                    "The session has another type.".to_owned(),
                ));
            }
            if matches!(tree.node(binding), AnyNodeRef::StmtAssign(assign) if assign.targets.len() != 1)
            {
                return Err(not_here(
                    only.range,
                    "The session has two names.".to_owned(),
                ));
            }
            if let Some(comment) = tree
                .comments_in(tree.full_lines(tree.node(statement).range()))
                .first()
            {
                return Err(Refusal::new(
                    "comment-in-the-way",
                    "A comment stands beside the assignment of the session, which becomes the head of a block.",
                )
                .evidence(*comment, "the comment")
                .remedy("Put the comment on a line of its own."));
            }
            let Some((block, first)) = tree.block_of(statement) else {
                return Err(not_here(
                    only.range,
                    "The session is opened oddly.".to_owned(),
                ));
            };
            let mut dropped = vec![first];
            let last = uses(
                draft,
                name,
                &block[first..],
                &mut settings,
                Some((&mut dropped, first)),
            )?;
            if let Some(close) = settings.closed_in_finally {
                let value = file.assigned_value(only.node);
                if value.is_none() || tree.node(binding).is_stmt_ann_assign() {
                    return Err(not_here(
                        only.range,
                        "The session is opened oddly.".to_owned(),
                    ));
                }
                closed_in_finally(draft, name, close, &block[first..=first + last])?;
                for at in &dropped[1..] {
                    draft.edit(tree.full_lines(block[*at].range()), "");
                }
                Place::Closed(value.map_or(only.range, Ranged::range))
            } else {
                let span = Span {
                    block,
                    first,
                    last: first + last,
                };
                client::check_span(draft, span)?;
                Place::Block(span, dropped)
            }
        }
        _ => {
            return Err(not_here(
                only.range,
                "The session is opened oddly.".to_owned(),
            ));
        }
    };
    if settings.has_params {
        check_params(draft, name)?;
    }
    Ok(Session {
        name,
        connection: settings.connection,
        arguments: settings.arguments,
        place,
    })
}

/// Parameters of a session: `httpx` would replace the query of a URL by them.
fn check_params(draft: &Draft<'_, '_>, name: &str) -> Result<(), Refusal> {
    let doubtful = draft
        .requests
        .iter()
        .find(|request| request.session == Some(name) && !request.mapped.adds_params);
    match doubtful {
        None => Ok(()),
        Some(request) => Err(Refusal::new(
            "url-may-have-query",
            "The session has parameters, which in `httpx` replace the query that the URL of this request may have.",
        )
        .evidence(request.site.call.range(), "the request")
        .remedy("Write the path of the URL where the request is made: `f\"{base}/path\"`.")),
    }
}

/// `session.close()` in the `finally` of the `try` statement that follows the assignment.
fn closed_in_finally<'a>(
    draft: &mut Draft<'_, 'a>,
    name: &str,
    close: NodeId,
    block: &'a [ast::Stmt],
) -> Result<(), Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let statement = tree.enclosing_statement(close);
    let range = tree.node(close).range();
    let is_last = matches!(block.last(), Some(ast::Stmt::Try(try_))
    if try_.finalbody.iter().any(|stmt| tree.id(stmt) == statement)
    );
    let used_later = tree
        .occurrences(draft.scope, name)
        .into_iter()
        .any(|id| tree.node(id).start() > range.end());
    if !is_last || used_later {
        return Err(not_here(
            range,
            "The session is closed before its last use.".to_owned(),
        ));
    }
    let grade = file.await_insertion(close)?;
    draft.grade = draft.grade.min(grade);
    if let AnyNodeRef::ExprCall(call) = tree.node(close)
        && let ast::Expr::Attribute(method) = &*call.func
    {
        draft.insert(range.start(), "await ");
        draft.edit(method.attr.range, "aclose");
    }
    Ok(())
}

/// Checks every use of a session; gives the position of the last statement of the block that uses
/// it. Statements that move into the client's arguments are dropped.
fn uses<'a>(
    draft: &mut Draft<'_, 'a>,
    name: &str,
    block: &'a [ast::Stmt],
    settings: &mut Settings,
    mut dropped: Option<(&mut Vec<usize>, usize)>,
) -> Result<usize, Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let occurrences = tree.occurrences(draft.scope, name);
    let first_request = draft
        .requests
        .iter()
        .filter(|request| request.session == Some(name))
        .map(|request| request.site.call.start())
        .min();
    let mut last = 0;
    let mut closed = None;
    for id in occurrences {
        let AnyNodeRef::ExprName(found) = tree.node(id) else {
            continue;
        };
        if !found.ctx.is_load() {
            continue;
        }
        if file.function_scope(id) != draft.scope {
            return Err(Refusal::new(
                "session-escapes",
                format!("A function inside this one uses the session `{name}`."),
            )
            .evidence(found.range, "here"));
        }
        let Some(at) = block
            .iter()
            .position(|stmt| stmt.range().contains_range(found.range))
        else {
            return Err(not_here(
                found.range,
                "The session is used outside the block it is opened in.".to_owned(),
            ));
        };
        last = last.max(at);
        let direct = tree.id(&block[at]) == tree.enclosing_statement(id);
        let early = first_request.is_none_or(|first| found.start() < first);
        match use_of(draft, id)? {
            Use::Fine => {}
            Use::Params => settings.has_params = true,
            Use::Argument(text) if direct && early => {
                settings.arguments.push(text);
                drop_statement(draft, &block[at], &mut dropped, at)?;
            }
            Use::Connection(connection) if direct && early => {
                if connection.proxies.is_empty() {
                    settings.connection.verify = connection.verify;
                } else {
                    settings.connection.proxies = connection.proxies;
                }
                drop_statement(draft, &block[at], &mut dropped, at)?;
            }
            Use::Argument(_) | Use::Connection(_) => {
                return Err(not_here(
                    found.range,
                    "This is set on the session after a request or under a condition; a client of `httpx` takes it when it is opened.".to_owned(),
                ));
            }
            Use::Close(_) if direct && dropped.is_some() => {
                closed = Some((at, found.range));
                drop_statement(draft, &block[at], &mut dropped, at)?;
            }
            Use::Close(call)
                if dropped.is_some()
                    && settings.closed_in_finally.is_none()
                    && matches!(
                        tree.node(tree.parent(tree.enclosing_statement(id))),
                        AnyNodeRef::StmtTry(_)
                    ) =>
            {
                settings.closed_in_finally = Some(call);
            }
            Use::Close(_) => {
                return Err(not_here(
                    found.range,
                    "The session is closed before its block ends.".to_owned(),
                ));
            }
        }
    }
    match closed {
        Some((at, range)) if at != last => Err(not_here(
            range,
            "The session is used again after it was closed.".to_owned(),
        )),
        _ => Ok(last),
    }
}

/// What is done to a session.
enum Use {
    /// A request, or something that a client of `httpx` does in the same way.
    Fine,
    /// It becomes an argument of the client.
    Argument(String),
    /// It becomes an argument of the client about certificates or proxies.
    Connection(Connection),
    /// Parameters for every request.
    Params,
    /// `session.close()`, with the call.
    Close(NodeId),
}

fn use_of(draft: &mut Draft<'_, '_>, id: NodeId) -> Result<Use, Refusal> {
    let file = draft.file;
    let tree = file.tree;
    let above = tree.parent(id);
    let AnyNodeRef::ExprAttribute(attribute) = tree.node(above) else {
        return Err(Refusal::new(
            "session-escapes",
            "The session is handed to code that expects a session of `requests`.",
        )
        .evidence(tree.node(id).range(), "here")
        .remedy("Use the session in this function only."));
    };
    let unknown = || {
        not_here(
            attribute.range(),
            format!("`{}` of a session has no equal in `httpx`.", attribute.attr),
        )
    };
    let parent = tree.parent(above);
    let assigned = match tree.node(parent) {
        AnyNodeRef::StmtAssign(assign) if attribute.ctx.is_store() && assign.targets.len() == 1 => {
            Some(&*assign.value)
        }
        _ => None,
    };
    match (attribute.attr.as_str(), assigned) {
        (_, None)
            if draft
                .requests
                .iter()
                .any(|request| AnyNodeRef::from(request.site.callee).ptr_eq(tree.node(above))) =>
        {
            Ok(Use::Fine)
        }
        ("close", None) => {
            let called = matches!(tree.node(parent), AnyNodeRef::ExprCall(_))
                && matches!(tree.node(tree.parent(parent)), AnyNodeRef::StmtExpr(_));
            if called {
                Ok(Use::Close(parent))
            } else {
                Err(unknown())
            }
        }
        ("headers", None) => containers::stored(draft, above, true).map(|()| Use::Fine),
        ("cookies", None) => containers::stored(draft, above, false).map(|()| Use::Fine),
        ("auth", Some(value)) => {
            if let Some((range, class)) = credentials::check_credentials(file, value)? {
                draft.rename(range, class);
            }
            draft.differs("D-H14");
            Ok(Use::Fine)
        }
        ("max_redirects", Some(value)) if value.is_number_literal_expr() => Ok(Use::Fine),
        ("verify", Some(value)) => Ok(Use::Connection(Connection {
            verify: connection::verify(file, value)?,
            ..Connection::default()
        })),
        ("proxies", value) => {
            let value = match value {
                Some(value) => value,
                None => containers::updated(draft, above).ok_or_else(unknown)?,
            };
            let proxies = connection::proxies(file, value)?;
            if !file.has_consent() {
                return Err(connection::proxies_need_consent(attribute.range()));
            }
            draft.grade = Applicability::Unsafe;
            Ok(Use::Connection(Connection {
                verify: Verify::default(),
                proxies,
                proxy_map: None,
            }))
        }
        ("params", Some(value)) => {
            let plain = super::values::dictionary(file, value).is_some_and(|items| {
                !items.is_empty()
                    && items.iter().all(|(key, value)| {
                        super::values::is_plain(file, key)
                            && super::values::is_plain_or_list(file, value)
                    })
            });
            if plain {
                Ok(Use::Params)
            } else {
                Err(unknown())
            }
        }
        ("trust_env", Some(ast::Expr::BooleanLiteral(flag))) => Ok(Use::Argument(format!(
            "trust_env={}",
            if flag.value { "True" } else { "False" }
        ))),
        _ => Err(unknown()),
    }
}

/// Takes a statement out of a block.
fn drop_statement(
    draft: &mut Draft<'_, '_>,
    statement: &ast::Stmt,
    dropped: &mut Option<(&mut Vec<usize>, usize)>,
    at: usize,
) -> Result<(), Refusal> {
    let tree = draft.file.tree;
    let lines = tree.full_lines(statement.range());
    let alone = tree.slice(lines).trim() == tree.slice(statement.range());
    if !alone {
        return Err(not_here(
            statement.range(),
            "This line would have to be taken apart.".to_owned(),
        ));
    }
    match dropped {
        Some((dropped, first)) => dropped.push(*first + at),
        None => draft.edit(lines, ""),
    }
    Ok(())
}
