//! Responses that are read piece by piece, and how long they are open.

use super::arguments;
use super::client::Span;
use super::draft::{Draft, Request};
use crate::requests::Site;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// Where a response is open that is read piece by piece.
#[derive(Clone, Copy)]
pub(super) enum Stream<'a> {
    /// `with requests.get(…, stream=True) as response:`
    With(&'a ast::StmtWith),
    /// `response = requests.get(…, stream=True)`, and the statements down to its last use.
    Run {
        /// The variable.
        name: &'a ast::ExprName,
        /// The assignment and what comes after it.
        span: Span<'a>,
    },
}

impl<'a> Stream<'a> {
    /// The variable that holds the response, if there is one.
    pub(super) fn name(self) -> Option<&'a ast::ExprName> {
        match self {
            Self::With(with) => with.items[0].optional_vars.as_deref()?.as_name_expr(),
            Self::Run { name, .. } => Some(name),
        }
    }

    /// The last statement for which the response is open, if that is not written out.
    pub(super) fn last(self) -> Option<&'a ast::Stmt> {
        match self {
            Self::With(_) => None,
            Self::Run { span, .. } => Some(&span.block[span.last]),
        }
    }
}

/// What opens and closes the response of a request, if that is read piece by piece.
pub(super) fn stream<'a>(
    file: &FileView<'a>,
    scope: ScopeId,
    site: &Site<'a>,
    mapped: &arguments::Mapped,
) -> Result<Option<Stream<'a>>, Refusal> {
    match (header(file, site.id(file)), mapped.streams) {
        (Some(with), true) => Ok(Some(Stream::With(with))),
        (None, false) => Ok(None),
        (None, true) => run(file, scope, site).map(Some).ok_or_else(|| {
            Refusal::new(
                "stream-without-with",
                "The response is read piece by piece, and it is not plain how long it is open.",
            )
            .evidence(site.call.range(), "the request")
            .remedy("Write `with requests.get(…, stream=True) as response:`.")
        }),
        (Some(with), false) => Err(Refusal::new(
            "response-escapes",
            "A response of `httpx` is no context manager.",
        )
        .evidence(with.items[0].context_expr.range(), "here")
        .remedy("Assign the response to a name.")),
    }
}

/// The `with` statement that has a response, given by its expression, in its header.
fn header<'a>(file: &FileView<'a>, response: NodeId) -> Option<&'a ast::StmtWith> {
    let tree = file.tree;
    let item = tree.parent(response);
    let AnyNodeRef::WithItem(_) = tree.node(item) else {
        return None;
    };
    let AnyNodeRef::StmtWith(with) = tree.node(tree.parent(item)) else {
        return None;
    };
    (with.items.len() == 1 && !with.is_async).then_some(with)
}

/// The assignment of a response with the statements down to its last use, where all uses of the
/// variable come after such an assignment in the same block.
fn run<'a>(file: &FileView<'a>, scope: ScopeId, site: &Site<'a>) -> Option<Stream<'a>> {
    let tree = file.tree;
    if site.awaited.is_some() {
        return None;
    }
    let statement = tree.parent(site.id(file));
    let AnyNodeRef::StmtAssign(assign) = tree.node(statement) else {
        return None;
    };
    let [ast::Expr::Name(name)] = &assign.targets[..] else {
        return None;
    };
    let (block, first) = tree.block_of(statement)?;
    let lines = tree.full_lines(assign.range);
    if !tree.comments_in(lines).is_empty() || !tree.starts_line(assign.start()) {
        return None;
    }
    let text = name.id.as_str();
    let home = tree.lookup(text, tree.scope_of(tree.id(name)))?;
    if home != scope || tree.is_rebound_from_inside(home, text) {
        return None;
    }
    let binds = |statement: &ast::Stmt| {
        let mut bindings = tree.bindings(home, text).iter();
        bindings.any(|binding| tree.is_within(binding.node, tree.id(statement)))
    };
    let end = (first + 1..block.len())
        .find(|at| binds(&block[*at]))
        .unwrap_or(block.len());
    let reads: Vec<NodeId> = tree
        .occurrences(home, text)
        .into_iter()
        .filter(|id| matches!(tree.node(*id), AnyNodeRef::ExprName(name) if name.ctx.is_load()))
        .collect();
    let has = |at: usize| {
        let within = tree.id(&block[at]);
        reads.iter().any(|id| tree.is_within(*id, within))
    };
    let last = (first + 1..end).rev().find(|at| has(*at))?;
    let span = Span { block, first, last };
    Some(Stream::Run { name, span })
}

impl<'a> Draft<'_, 'a> {
    /// Follows a response that is read piece by piece to its uses.
    pub(super) fn streamed(&mut self, stream: Stream<'a>) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let Some(name) = stream.name() else {
            return Ok(());
        };
        let text = name.id.as_str();
        let home = self.scope;
        let key = (home, text.to_owned());
        if self.variables.contains(&key) {
            return Ok(());
        }
        self.variables.push(key);
        if tree.lookup(text, tree.scope_of(tree.id(name))) != Some(home) {
            return Err(self.escapes(tree.id(name)));
        }
        let open = self.open(name);
        for binding in tree.bindings(home, text) {
            let is_stream = open.iter().any(|(bound, _)| *bound == binding.node);
            if !is_stream {
                return Err(self.escapes(tree.id(name)));
            }
        }
        for id in tree.occurrences(home, text) {
            let range = tree.node(id).range();
            let inside = open.iter().any(|(_, open)| open.contains_range(range));
            if matches!(tree.node(id), AnyNodeRef::ExprName(found) if found.ctx.is_load())
                && !inside
            {
                return Err(self.escapes(id));
            }
        }
        self.uses(home, text, false)
    }

    /// Where a variable holds a response that is read piece by piece: what binds it, and the text
    /// in which it is open.
    pub(super) fn open(&self, name: &ast::ExprName) -> Vec<(NodeId, TextRange)> {
        let streams = self.requests.iter().filter_map(|request| request.stream);
        streams
            .filter_map(|stream| {
                let other = stream.name().filter(|other| other.id == name.id)?;
                let range = match stream {
                    Stream::With(with) => with.range,
                    Stream::Run { span, .. } => span.range(),
                };
                Some((self.file.tree.id(other), range))
            })
            .collect()
    }

    /// Whether an expression is a response that is read piece by piece.
    pub(super) fn is_streamed(&self, value: &ast::Expr) -> bool {
        let ast::Expr::Name(name) = value else {
            return false;
        };
        let mut streams = self.requests.iter().filter_map(|request| request.stream);
        streams.any(|stream| stream.name().is_some_and(|other| other.id == name.id))
    }
}

/// The header of the block in which a response is open: `async with client.stream(…) as response:`,
/// given the edits of the call.
pub(super) fn opened(
    file: &FileView<'_>,
    request: &Request<'_>,
    name: &ast::ExprName,
    edits: &[(TextRange, String)],
) -> String {
    let tree = file.tree;
    let call = tree.node(request.id).range();
    let text = tree.lifted_with(call, edits);
    format!("async with {text} as {}:", name.id)
}
