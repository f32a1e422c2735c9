//! Where the client is opened: around the smallest run of statements of one block that holds all
//! requests of the function, outside its loops.

use super::draft::{Draft, Request};
use super::sessions::{Place, Session};
use crate::edit::{Change, Edit};
use crate::options::ClientScope;
use crate::syntax::cst::{Piece, Run};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::Refusal;

/// Opens the clients and hands all edits to the change.
pub(super) fn place<'a>(
    draft: &mut Draft<'_, 'a>,
    change: &mut Change,
    sessions: &[Session<'a>],
    client: &str,
) -> Result<(), Refusal> {
    let file = draft.file;
    let Some(at) = draft.requests.first().map(|request| request.id) else {
        return Ok(());
    };
    let class = file.import(change, at, &format!("{}.AsyncClient", draft.package))?;
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for session in sessions {
        let of = |request: &&Request<'_>| request.session == Some(session.name);
        let mut own = session
            .connection
            .arguments(draft.file, change, at, draft.package)?;
        own.extend_from_slice(&session.arguments);
        let arguments = arguments(draft, &of, &own);
        let declined = declined(draft, &of, &arguments);
        draft.edits.extend(declined);
        let opened = format!("{class}({})", arguments.join(", "));
        match &session.place {
            Place::With(with, call) => {
                draft
                    .edits
                    .push((TextRange::empty(with.start()), "async ".to_owned()));
                draft.edits.push((*call, opened));
                check_yield(draft, draft.file.tree.id(*with))?;
            }
            Place::Closed(call) => draft.edits.push((*call, opened)),
            Place::Block(span, dropped) => blocks.push(Block {
                span: *span,
                header: format!("async with {opened} as {}:", session.name),
                dropped: dropped.clone(),
            }),
        }
    }
    let groups = groups(draft)?;
    if let Some(all) = groups.first().filter(|_| groups.len() == 1) {
        let several = all.requests.len() > 1 || all.in_loop;
        if several {
            draft.differs("D-H11");
        }
    }
    for group in &groups {
        let of = |request: &&Request<'_>| group.requests.contains(&request.id);
        let own = own_arguments(draft, change, group)?;
        let arguments = arguments(draft, &of, &own);
        let declined = declined(draft, &of, &arguments);
        draft.edits.extend(declined);
        blocks.push(Block {
            span: group.span,
            header: format!("async with {class}({}) as {client}:", arguments.join(", ")),
            dropped: Vec::new(),
        });
    }
    if !draft.handles_redirects
        && draft
            .requests
            .iter()
            .any(|request| request.site.verb != "head")
    {
        draft.differs("D-H1");
    }
    write(draft, change, &blocks)
}

/// A client of `httpx` follows no redirects on its own.
const FOLLOW: &str = "follow_redirects=True";

/// A run of statements of one block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) block: &'a [ast::Stmt],
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Span<'_> {
    fn range(&self) -> TextRange {
        TextRange::new(self.block[self.first].start(), self.block[self.last].end())
    }
}

/// A run of statements that moves into a block of its own.
struct Block<'a> {
    span: Span<'a>,
    header: String,
    /// The positions of statements that fall away.
    dropped: Vec<usize>,
}

/// Requests that share a client.
struct Group<'a> {
    span: Span<'a>,
    requests: Vec<NodeId>,
    in_loop: bool,
}

/// The arguments of a client for some requests.
fn arguments(
    draft: &Draft<'_, '_>,
    of: &dyn Fn(&&Request<'_>) -> bool,
    own: &[String],
) -> Vec<String> {
    let mut requests = draft.requests.iter().filter(of).peekable();
    let none = requests.peek().is_none();
    let mut arguments = own.to_vec();
    let all = |holds: fn(&Request<'_>) -> bool| draft.requests.iter().filter(of).all(holds);
    if none || !all(|request| request.mapped.has_redirects) {
        arguments.push(FOLLOW.to_owned());
    }
    if none || !all(|request| request.mapped.has_timeout) {
        arguments.push("timeout=None".to_owned());
    }
    if draft.handles_redirects && !own.iter().any(|one| one.starts_with("max_redirects")) {
        arguments.push("max_redirects=30".to_owned());
    }
    arguments
}

/// The requests that follow no redirects because of their verb say so where their client follows
/// them.
fn declined(
    draft: &Draft<'_, '_>,
    of: &dyn Fn(&&Request<'_>) -> bool,
    arguments: &[String],
) -> Vec<(TextRange, String)> {
    if !arguments.iter().any(|one| one == FOLLOW) {
        return Vec::new();
    }
    draft
        .requests
        .iter()
        .filter(of)
        .filter_map(|request| request.mapped.declines_redirects)
        .map(|place| (place, ", follow_redirects=False".to_owned()))
        .collect()
}

/// What single requests ask of their client.
fn own_arguments(
    draft: &Draft<'_, '_>,
    change: &mut Change,
    group: &Group<'_>,
) -> Result<Vec<String>, Refusal> {
    let requests: Vec<_> = draft
        .requests
        .iter()
        .filter(|request| group.requests.contains(&request.id))
        .collect();
    let Some(first) = requests.first() else {
        return Ok(Vec::new());
    };
    let connection = &first.mapped.connection;
    if let Some(other) = requests
        .iter()
        .find(|request| request.mapped.connection != *connection)
    {
        let (code, message, remedy) = if other.mapped.connection.verify == connection.verify {
            (
                "proxies-differ",
                "Some requests of the function use other proxies than the rest; a client of `httpx` has one set of proxies.",
                "Pass the same `proxies` to all of them.",
            )
        } else {
            (
                "verify-differs",
                "The requests of the function do not check certificates alike; one client of `httpx` checks them in one way.",
                "Pass the same `verify` to all of them.",
            )
        };
        return Err(Refusal::new(code, message)
            .evidence(other.site.call.range(), "this request")
            .remedy(remedy));
    }
    let mut own = connection.arguments(draft.file, change, first.id, draft.package)?;
    if let Some(request) = requests.iter().find(|one| one.mapped.cookies.is_some()) {
        let range = request.mapped.cookies.unwrap_or(request.site.call.range());
        if requests.len() > 1 || group.in_loop {
            return Err(Refusal::new(
                "cookies-differ",
                "Cookies belong to the client in `httpx`, and other requests would send them, too.",
            )
            .evidence(range, "the cookies"));
        }
        own.push(format!("cookies={}", draft.file.text(range)));
    }
    Ok(own)
}

/// The requests without a session, by the client they share.
fn groups<'a>(draft: &Draft<'_, 'a>) -> Result<Vec<Group<'a>>, Refusal> {
    let ids: Vec<NodeId> = draft
        .requests
        .iter()
        .filter(|request| request.session.is_none())
        .map(|request| request.id)
        .collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sets: Vec<Vec<NodeId>> = match draft.file.options.client_scope {
        ClientScope::Function => vec![ids],
        ClientScope::Call => {
            let mut by_statement: Vec<(NodeId, Vec<NodeId>)> = Vec::new();
            for id in ids {
                let statement = draft.file.tree.enclosing_statement(id);
                match by_statement.iter_mut().find(|(one, _)| *one == statement) {
                    Some((_, ids)) => ids.push(id),
                    None => by_statement.push((statement, vec![id])),
                }
            }
            by_statement.into_iter().map(|(_, ids)| ids).collect()
        }
    };
    let hoists = draft.file.options.client_scope == ClientScope::Function;
    sets.into_iter()
        .map(|requests| {
            let (span, in_loop) = span_of(draft, &requests, hoists)?;
            check_span(draft, span)?;
            Ok(Group {
                span,
                requests,
                in_loop,
            })
        })
        .collect()
}

/// The smallest run of statements of one block that holds some nodes, outside the loops.
pub(super) fn span_of<'a>(
    draft: &Draft<'_, 'a>,
    ids: &[NodeId],
    hoists: bool,
) -> Result<(Span<'a>, bool), Refusal> {
    let tree = draft.file.tree;
    let is_loop = |id: NodeId| {
        matches!(
            tree.node(id),
            AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)
        )
    };
    // The statements around each node, outermost first.
    let chains: Vec<Vec<NodeId>> = ids
        .iter()
        .map(|id| {
            let mut chain: Vec<NodeId> = std::iter::once(*id)
                .chain(tree.ancestors(*id))
                .take_while(|above| *above != draft.function)
                .filter(|above| tree.node(*above).is_statement())
                .collect();
            chain.reverse();
            chain
        })
        .collect();
    let not_found = || {
        Refusal::new(
            "not-a-statement",
            "This request does not stand in a statement.",
        )
    };
    let mut depth = 0;
    loop {
        let here: Vec<NodeId> = chains
            .iter()
            .map(|chain| chain.get(depth).copied().ok_or_else(not_found))
            .collect::<Result<_, _>>()?;
        let places: Vec<_> = here
            .iter()
            .map(|id| tree.block_of(*id).ok_or_else(not_found))
            .collect::<Result<_, _>>()?;
        let (block, _) = places[0];
        let same_block = places
            .iter()
            .all(|(other, _)| std::ptr::eq(other.as_ptr(), block.as_ptr()));
        if !same_block {
            return Err(not_found());
        }
        let first = places.iter().map(|(_, at)| *at).min().unwrap_or_default();
        let last = places.iter().map(|(_, at)| *at).max().unwrap_or_default();
        let span = Span { block, first, last };
        let in_loop = here.iter().any(|id| is_loop(*id));
        // One level further in: all nodes in one statement, and in one block of it.
        let deeper = first == last
            && !(hoists && in_loop)
            && chains.iter().all(|chain| chain.len() > depth + 1)
            && {
                let next: Vec<_> = chains
                    .iter()
                    .filter_map(|chain| tree.block_of(chain[depth + 1]))
                    .collect();
                next.len() == chains.len()
                    && next
                        .iter()
                        .all(|(other, _)| std::ptr::eq(other.as_ptr(), next[0].0.as_ptr()))
            };
        if !deeper {
            return Ok((span, in_loop || comprehended(draft, ids)));
        }
        depth += 1;
    }
}

/// Whether one of the requests stands in a comprehension, which repeats it.
fn comprehended(draft: &Draft<'_, '_>, ids: &[NodeId]) -> bool {
    ids.iter()
        .any(|id| draft.file.tree.scope_of(*id) != draft.scope)
}

/// What must not be inside the block of a client.
pub(super) fn check_span(draft: &Draft<'_, '_>, span: Span<'_>) -> Result<(), Refusal> {
    span.block[span.first..=span.last]
        .iter()
        .try_for_each(|stmt| check_yield(draft, draft.file.tree.id(stmt)))
}

fn check_yield(draft: &Draft<'_, '_>, statement: NodeId) -> Result<(), Refusal> {
    let tree = draft.file.tree;
    let found = tree.descendants(statement).find(|id| {
        matches!(
            tree.node(*id),
            AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
        ) && draft.file.function_scope(*id) == draft.scope
    });
    match found {
        None => Ok(()),
        Some(id) => Err(Refusal::new(
            "yield-in-client-block",
            "The function yields while the client would be open; a caller that stops early would leave it open.",
        )
        .evidence(tree.node(id).range(), "the `yield`")
        .remedy("Collect the results first and yield them afterwards.")),
    }
}

/// Puts runs of statements into blocks and applies all other edits.
fn write<'a>(
    draft: &mut Draft<'_, 'a>,
    change: &mut Change,
    blocks: &[Block<'a>],
) -> Result<(), Refusal> {
    let file = draft.file;
    let mut edits = std::mem::take(&mut draft.edits);
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    for (at, block) in blocks.iter().enumerate() {
        let span = block.span;
        let overlaps = blocks.iter().enumerate().any(|(other, block)| {
            other != at && span.range().intersect(block.span.range()).is_some()
        });
        if overlaps {
            return Err(Refusal::new(
                "several-clients",
                "The function would need several clients that are open at the same time.",
            )
            .remedy("Use one session for all requests of the function."));
        }
        let run = Run::new(span.block, span.first, span.last);
        check_comments(draft, block)?;
        let kept = (span.first..=span.last)
            .filter(|at| !block.dropped.contains(at))
            .map(|at| Piece::Kept(at - span.first, Vec::new()))
            .collect();
        let pieces = [Piece::Block(block.header.clone(), kept)];
        let rebuilt = file.rebuild_among(run, &pieces, &edits)?;
        edits.retain(|(range, _)| !rebuilt.range.contains_range(*range));
        let is_shared = |edit: &Edit| {
            let both = edit.range.intersect(rebuilt.range);
            both.is_some_and(|both| !both.is_empty())
        };
        if change.edits.iter().any(is_shared) {
            return Err(Refusal::new(
                "shared-line",
                "Two statements that need a client each share a line.",
            )
            .evidence(span.range(), "one of them")
            .remedy("Put them on lines of their own."));
        }
        change.rebuild(rebuilt);
    }
    for (range, text) in edits {
        change.replace(range, text.replace('\n', file.tree.newline()));
    }
    Ok(())
}

/// The comments of statements that go must go with nothing.
fn check_comments(draft: &Draft<'_, '_>, block: &Block<'_>) -> Result<(), Refusal> {
    let tree = draft.file.tree;
    let statements = block.span.block;
    let first = block.span.first;
    for at in block.dropped.iter().copied().filter(|at| *at > first) {
        let before = tree.line_end(statements[at - 1].end());
        let end = tree.line_end(statements[at].end());
        let Some(lines) = (before < end).then(|| TextRange::new(before, end)) else {
            continue;
        };
        if let Some(comment) = tree.comments_in(lines).first() {
            return Err(Refusal::new(
                "comment-in-the-way",
                "A comment stands at a statement that becomes a part of the head of a block.",
            )
            .evidence(*comment, "the comment")
            .remedy("Move the comment to a statement that stays."));
        }
    }
    Ok(())
}
