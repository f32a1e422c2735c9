#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::requests::{self, Via};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, TextSize, TokenKind, ast};
use crate::transform::{About, FileView, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "requests-to-thread",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["import requests"],
    default: true,
};

/// `requests.get(…)` in a coroutine becomes `await asyncio.to_thread(requests.get, …)`.
pub(super) struct RequestsToThread;

/// A request made in a coroutine function.
pub(super) struct BlockingRequest {
    call: NodeId,
    via: Via,
}

impl Transform for RequestsToThread {
    type Node = ast::ExprCall;
    type Found = BlockingRequest;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<BlockingRequest> {
        let id = file.tree.id(call);
        let (via, _) = requests::request(file, call)?;
        (file.options.waits_in_threads() || file.stands_in_coroutine(id))
            .then_some(BlockingRequest { call: id, via })
    }

    fn site(found: &BlockingRequest, file: &FileView<'_>) -> TextRange {
        file.tree.node(found.call).range()
    }

    fn rewrite(found: BlockingRequest, file: &FileView<'_>) -> Result<Change, Refusal> {
        let AnyNodeRef::ExprCall(call) = file.tree.node(found.call) else {
            unreachable!("`find` saw a call");
        };
        requests::check_color(file, found.call)?;
        let is_shared = match check_session(file, call, found.via) {
            Err(_) if file.options.waits_in_threads() && file.has_consent() => true,
            checked => {
                checked?;
                false
            }
        };
        check_arguments(call)?;
        let mut change = Change::new(file.await_insertion(found.call)?);
        change.differs(&["D-AWAIT", "D-B2"]);
        if is_shared {
            change.applicability = Applicability::Unsafe;
            change.differs(&["D-B3"]);
        }
        let to_thread = file.import(&mut change, found.call, "asyncio.to_thread")?;
        emit(&mut change, file, call, &to_thread);
        Ok(change)
    }
}

/// A session is not safe to use from two threads at once: it must be one that only this call of
/// the function can reach.
fn check_session(file: &FileView<'_>, call: &ast::ExprCall, via: Via) -> Result<(), Refusal> {
    let scope = match via {
        Via::Module | Via::NewSession => return Ok(()),
        Via::SharedSession | Via::Computed => {
            return Err(Refusal::new(
                "session-shared",
                "This session is not a local variable of the function; two tasks could use it in two threads at once.",
            )
            .evidence(call.func.range(), "the session")
            .remedy("Open the session in the function that uses it, or move to `httpx.AsyncClient` by hand."));
        }
        Via::Parameter => {
            return Err(Refusal::new(
                "session-parameter",
                "The caller passes this session and could use it in another task at the same time.",
            )
            .evidence(call.func.range(), "the session")
            .remedy(
                "Open the session in the function that uses it, or pass an `httpx.AsyncClient`.",
            ));
        }
        Via::Session(scope) => scope,
    };
    let ast::Expr::Attribute(method) = &*call.func else {
        return Ok(());
    };
    let ast::Expr::Name(name) = &*method.value else {
        return Ok(());
    };
    match escape(file, scope, name.id.as_str()) {
        None => Ok(()),
        Some(range) => Err(Refusal::new(
            "session-escapes",
            format!(
                "The session `{}` is used here in a way that lets other code use it at the same time.",
                name.id
            ),
        )
        .evidence(range, "here")
        .remedy("Use the session in this function only.")),
    }
}

/// A use of a local session other than an attribute of it in the same function.
fn escape(file: &FileView<'_>, scope: ScopeId, name: &str) -> Option<TextRange> {
    file.tree
        .occurrences(scope, name)
        .into_iter()
        .find_map(|id| {
            let node = file.tree.node(id);
            let AnyNodeRef::ExprName(found) = node else {
                return None;
            };
            let parent = file.tree.node(file.tree.parent(id));
            let fine = file.function_scope(id) == scope
                && (!found.ctx.is_load() || matches!(parent, AnyNodeRef::ExprAttribute(_)));
            (!fine).then(|| node.range())
        })
}

/// Functions that are passed along would run in the thread.
fn check_arguments(call: &ast::ExprCall) -> Result<(), Refusal> {
    let callback = call.arguments.keywords.iter().find(|keyword| {
        let named = matches!(keyword.arg.as_deref(), Some("hooks"));
        let nothing = keyword.value.is_none_literal_expr();
        (named && !nothing) || keyword.value.is_lambda_expr()
    });
    match callback {
        None => Ok(()),
        Some(keyword) => Err(Refusal::new(
            "callback-in-thread",
            "A function that is passed to this request would run in another thread.",
        )
        .evidence(keyword.range, "the argument")
        .remedy("Handle the response after the request instead.")),
    }
}

/// Writes the call: everything between its parentheses stays where it is.
fn emit(change: &mut Change, file: &FileView<'_>, call: &ast::ExprCall, to_thread: &str) {
    let tree = file.tree;
    let id = tree.id(call);
    let grouped = tree.awaits_in_parentheses(id);
    let open = if grouped { "(" } else { "" };
    let callee = file.text(tree.parenthesized(&call.func));
    let first = call
        .arguments
        .iter_source_order()
        .next()
        .map(|argument| match argument {
            ast::ArgOrKeyword::Arg(expr) => tree.parenthesized(expr).start(),
            ast::ArgOrKeyword::Keyword(keyword) => keyword.start(),
        });
    let bracket = opening_bracket(file, call);
    match first {
        Some(first)
            if file
                .text(TextRange::new(bracket, first))
                .contains(['\n', '\r']) =>
        {
            // The first argument starts a line; so does the function.
            change.replace(
                TextRange::new(call.start(), bracket),
                format!("{open}await {to_thread}("),
            );
            let indent = tree.indentation(first);
            change.replace(
                TextRange::empty(first),
                format!("{callee},{}{indent}", tree.newline()),
            );
        }
        Some(first) => change.replace(
            TextRange::new(call.start(), first),
            format!("{open}await {to_thread}({callee}, "),
        ),
        None => change.replace(
            TextRange::new(call.start(), bracket),
            format!("{open}await {to_thread}({callee}"),
        ),
    }
    if grouped {
        change.replace(TextRange::empty(call.end()), ")");
    }
}

/// The offset after the parenthesis that opens the arguments.
fn opening_bracket(file: &FileView<'_>, call: &ast::ExprCall) -> TextSize {
    let tokens = file.tree.tokens();
    let from = tokens.partition_point(|token| token.start() < call.arguments.start());
    tokens[from..]
        .iter()
        .find(|token| token.kind() == TokenKind::Lpar)
        .map_or(call.arguments.start(), Ranged::end)
}
