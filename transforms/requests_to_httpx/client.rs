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
                is_stream: false,
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
            is_stream: false,
        });
    }
    for (span, header) in std::mem::take(&mut draft.opened) {
        check_span(draft, span)?;
        blocks.push(Block {
            span,
            header,
            dropped: vec![span.first],
            is_stream: true,
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
    /// Whether a statement, by its place in a block, is one of the run.
    fn has(&self, block: &[ast::Stmt], at: usize) -> bool {
        std::ptr::eq(self.block.as_ptr(), block.as_ptr()) && (self.first..=self.last).contains(&at)
    }

    pub(super) fn range(&self) -> TextRange {
        TextRange::new(self.block[self.first].start(), self.block[self.last].end())
    }
}

/// A run of statements that moves into a block of its own.
struct Block<'a> {
    span: Span<'a>,
    header: String,
    /// The positions of statements that fall away.
    dropped: Vec<usize>,
    /// It holds a response that is read piece by piece, and not a client.
    is_stream: bool,
}

impl Block<'_> {
    /// Whether another block, of the same statements, stands in this one: the client is outside.
    fn has(&self, other: &Self) -> bool {
        let same = std::ptr::eq(self.span.block.as_ptr(), other.span.block.as_ptr());
        let (first, last) = (self.span.first, self.span.last);
        let inside = first <= other.span.first && other.span.last <= last;
        let larger = (last - first) > (other.span.last - other.span.first);
        same && inside && (larger || !self.is_stream && other.is_stream)
    }
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
            // A response that is read piece by piece needs its client until the end.
            let streams = draft.requests.iter();
            let streams = streams.filter(|request| requests.contains(&request.id));
            let last = streams.filter_map(|request| request.stream?.last());
            let last = last.map(|statement| draft.file.tree.id(statement));
            let all: Vec<NodeId> = requests.iter().copied().chain(last).collect();
            let (span, in_loop) = span_of(draft, &all, hoists)?;
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

/// Puts runs of statements into blocks and applies all other edits. Blocks may stand in blocks:
/// those that stand deepest in the file are built first, and are text for what is around them.
fn write<'a>(
    draft: &mut Draft<'_, 'a>,
    change: &mut Change,
    blocks: &[Block<'a>],
) -> Result<(), Refusal> {
    let file = draft.file;
    let mut edits = std::mem::take(&mut draft.edits);
    for (at, block) in blocks.iter().enumerate() {
        check_overlaps(&blocks[at + 1..], block)?;
        check_comments(draft, block)?;
    }
    // What reads a body is a statement of the block where its statement is one, else a text in front.
    let reads = std::mem::take(&mut draft.reads);
    for (statement, text) in &reads {
        let is_in_a_block = file
            .tree
            .block_of(*statement)
            .is_some_and(|(suite, at)| blocks.iter().any(|block| block.span.has(suite, at)));
        if !is_in_a_block {
            let start = file.tree.node(*statement).start();
            let indent = file.tree.indentation(start);
            edits.push((TextRange::empty(start), format!("{text}\n{indent}")));
        }
    }
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    let read_before = |statement: &ast::Stmt| {
        let id = file.tree.id(statement);
        let found = reads.iter().find(|(other, _)| *other == id);
        found.map(|(_, text)| text.clone())
    };
    let mut outermost: Vec<&Block<'a>> = blocks
        .iter()
        .filter(|block| !blocks.iter().any(|other| other.has(block)))
        .collect();
    let depth = |block: &Block<'a>| file.tree.depth(file.tree.id(&block.span.block[0]));
    outermost.sort_by_key(|block| std::cmp::Reverse(depth(block)));
    for (at, block) in outermost.iter().enumerate() {
        let span = block.span;
        let run = Run::new(span.block, span.first, span.last);
        let pieces = [piece(block, blocks, span.first, &read_before)];
        let rebuilt = file.rebuild_among(run, &pieces, &edits)?;
        edits.retain(|(range, _)| !rebuilt.range.contains_range(*range));
        let inside = outermost[at + 1..]
            .iter()
            .any(|other| other.span.range().contains_range(span.range()));
        if inside {
            edits.push((rebuilt.range, rebuilt.text));
            edits.sort_by_key(|(range, _)| (range.start(), range.end()));
            continue;
        }
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

/// A block with the blocks in it; `from` is where the run of statements starts that is rebuilt.
fn piece(
    block: &Block<'_>,
    blocks: &[Block<'_>],
    from: usize,
    read_before: &dyn Fn(&ast::Stmt) -> Option<String>,
) -> Piece {
    let inner: Vec<&Block<'_>> = blocks.iter().filter(|other| block.has(other)).collect();
    let mut body = Vec::new();
    let mut at = block.span.first;
    while at <= block.span.last {
        let next = inner.iter().find(|one| {
            let is_direct = !inner.iter().any(|other| other.has(one));
            one.span.first == at && is_direct
        });
        if let Some(next) = next {
            body.push(piece(next, blocks, from, read_before));
            at = next.span.last + 1;
            continue;
        }
        if !block.dropped.contains(&at) {
            if let Some(text) = read_before(&block.span.block[at]) {
                body.push(Piece::Above(at - from));
                body.push(Piece::New(text));
            }
            body.push(Piece::Kept(at - from, Vec::new()));
        }
        at += 1;
    }
    Piece::Block(block.header.clone(), body)
}

/// Two blocks are apart, or one of them has the other.
fn check_overlaps(others: &[Block<'_>], block: &Block<'_>) -> Result<(), Refusal> {
    let range = block.span.range();
    let crosses = |other: &&Block<'_>| {
        let other_range = other.span.range();
        if range.intersect(other_range).is_none_or(TextRange::is_empty) {
            return false;
        }
        let streams = block.is_stream || other.is_stream;
        let nested = range.contains_range(other_range) || other_range.contains_range(range);
        !streams || !nested
    };
    let Some(other) = others.iter().find(crosses) else {
        return Ok(());
    };
    if block.is_stream || other.is_stream {
        let stream = if block.is_stream { block } else { other };
        return Err(Refusal::new(
            "stream-without-with",
            "The response is read piece by piece while another block that is needed begins or ends.",
        )
        .evidence(stream.span.range(), "here it is open")
        .remedy("Write `with requests.get(…, stream=True) as response:`."));
    }
    Err(Refusal::new(
        "several-clients",
        "The function would need several clients that are open at the same time.",
    )
    .remedy("Use one session for all requests of the function."))
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
