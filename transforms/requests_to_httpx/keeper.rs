//! Everything that is done to a session that objects keep, and what it asks of their clients.

use super::adapters;
use super::classes::{Kept, check_copies, check_other_files, method_of};
use super::connection::Connection;
use super::draft::Draft;
use crate::requests::{self, Via};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// What becomes of the class.
pub(super) struct Keeper<'a> {
    pub(super) kept: Kept<'a>,
    pub(super) edits: Vec<(TextRange, String)>,
    /// Where a session is made.
    pub(super) made: Vec<Made>,
    /// What the clients are told about certificates and proxies.
    pub(super) connection: Connection,
    /// Further arguments of the clients.
    pub(super) arguments: Vec<String>,
    /// The attribute is `None` where there is no session.
    pub(super) may_be_none: bool,
    /// A method of the class closes the session.
    pub(super) closed_by: Option<NodeId>,
    /// Annotations that name the class of a session.
    pub(super) annotations: Vec<TextRange>,
    /// Statements that set something on the session that is made.
    pub(super) settings: Vec<Setting>,
    /// Adapters that are mounted.
    pub(super) adapters: Vec<adapters::Adapter>,
}

/// A place that makes a session.
pub(super) struct Made {
    /// The call.
    pub(super) call: TextRange,
    /// The statement that stores it.
    pub(super) statement: NodeId,
    /// Where transports are mounted, they are collected, and the client is made after this
    /// statement.
    pub(super) after: Option<TextRange>,
}

/// What is done to a session that is no request and needs no client when it is made.
pub(super) type Setting = (NodeId, TextRange);

pub(super) fn not_here(range: TextRange, message: impl Into<String>) -> Refusal {
    Refusal::new("session-use", message)
        .evidence(range, "here")
        .remedy("Convert the session by hand.")
}

/// Looks at everything that is done to the session.
pub(super) fn keeper<'a>(
    file: &FileView<'a>,
    drafts: &mut [Draft<'_, 'a>],
    kept: Kept<'a>,
) -> Result<Keeper<'a>, Refusal> {
    let tree = file.tree;
    if drafts.is_empty() {
        return Err(not_here(
            kept.class.name.range,
            "No request is made with this session, which may be used elsewhere.",
        ));
    }
    check_copies(file, &kept)?;
    check_other_files(file, &kept)?;
    let mut keeper = Keeper {
        connection: connection(drafts)?,
        kept,
        edits: Vec::new(),
        made: Vec::new(),
        arguments: Vec::new(),
        may_be_none: false,
        closed_by: None,
        annotations: Vec::new(),
        settings: Vec::new(),
        adapters: Vec::new(),
    };
    let mut loads = Vec::new();
    for id in tree.ids() {
        let AnyNodeRef::ExprAttribute(attribute) = tree.node(id) else {
            continue;
        };
        if attribute.attr.as_str() != keeper.kept.attribute {
            continue;
        }
        if !keeper.kept.is_self(file, &attribute.value) {
            if tree.qualified_name(&attribute.value).is_some()
                || method_of(file, &attribute.value).is_some()
            {
                continue;
            }
            return Err(Refusal::new(
                "session-escapes",
                format!(
                    "This may be the session that objects of `{}` keep, which is a client of `httpx` afterwards.",
                    keeper.kept.class.name
                ),
            )
            .evidence(attribute.range, "here")
            .remedy("Use the session in the methods of its class only."));
        }
        if attribute.ctx.is_load() {
            loads.push(id);
        } else {
            keeper.stored(file, id)?;
        }
    }
    for draft in drafts.iter() {
        for request in &draft.requests {
            for expr in &request.mapped.at_client {
                let fine = |made: &Made| keeper.kept.is_settled(file, *expr, made.statement);
                if !keeper.made.iter().all(fine) {
                    return Err(Refusal::new(
                        "argument-unknown",
                        "In `httpx` this belongs to the whole session, and its value may be another one where the session is made.",
                    )
                    .evidence(tree.node(*expr).range(), "the argument")
                    .remedy("Keep it in an attribute that is set once, above the session."));
                }
            }
        }
    }
    for id in loads {
        keeper.used(file, drafts, id)?;
    }
    if keeper.made.is_empty() {
        return Err(not_here(
            keeper.kept.class.name.range,
            "The place that makes the session is not clear.",
        ));
    }
    Ok(keeper)
}

/// What the requests ask of their client; all of them ask for the same.
fn connection(drafts: &[Draft<'_, '_>]) -> Result<Connection, Refusal> {
    let mut requests = drafts
        .iter()
        .flat_map(|draft| &draft.requests)
        .filter(|request| request.site.via == Via::SharedSession);
    let Some(first) = requests.next() else {
        return Ok(Connection::default());
    };
    let wanted = &first.mapped.connection;
    match requests.find(|request| request.mapped.connection != *wanted) {
        None => Ok(wanted.clone()),
        Some(other) => Err(Refusal::new(
            "verify-differs",
            "The requests of the session do not treat certificates and proxies alike; one client of `httpx` does it in one way.",
        )
        .evidence(other.site.call.range(), "this request")
        .remedy("Set them on the session.")),
    }
}

impl<'a> Keeper<'a> {
    /// `self.session = …`
    fn stored(&mut self, file: &FileView<'a>, id: NodeId) -> Result<(), Refusal> {
        let tree = file.tree;
        let range = tree.node(id).range();
        let unclear = || {
            not_here(
                range,
                "What is stored here is not written out as a new session.",
            )
        };
        let parent = tree.parent(id);
        let value = match tree.node(parent) {
            AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => &*assign.value,
            AnyNodeRef::StmtAnnAssign(assign) => {
                self.annotation(file, &assign.annotation);
                match assign.value.as_deref() {
                    Some(value) => value,
                    None => return Ok(()),
                }
            }
            _ => return Err(unclear()),
        };
        if value.is_none_literal_expr() {
            self.may_be_none = true;
            return Ok(());
        }
        let call = match value {
            ast::Expr::BoolOp(either) if either.op == ast::BoolOp::Or => match &either.values[..] {
                [passed, made] if self.parameter(file, passed)? => made,
                _ => return Err(unclear()),
            },
            ast::Expr::If(choice) => {
                let (made, passed) = if requests::is_new_session(file, &choice.body) {
                    (&choice.body, &choice.orelse)
                } else {
                    (&choice.orelse, &choice.body)
                };
                if !self.parameter(file, passed)? {
                    return Err(unclear());
                }
                made
            }
            other => other,
        };
        if !requests::is_new_session(file, call) {
            return Err(unclear());
        }
        self.made.push(Made {
            call: call.range(),
            statement: parent,
            after: None,
        });
        Ok(())
    }

    /// A use of `self.session`.
    fn used(
        &mut self,
        file: &FileView<'a>,
        drafts: &mut [Draft<'_, 'a>],
        id: NodeId,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let above = tree.parent(id);
        if is_test(tree.node(above)) {
            return Ok(());
        }
        let AnyNodeRef::ExprAttribute(attribute) = tree.node(above) else {
            return Err(Refusal::new(
                "session-escapes",
                "The session is handed to code that expects a session of `requests`.",
            )
            .evidence(tree.node(id).range(), "here")
            .remedy("Use the session in the methods of its class only."));
        };
        let is_request = drafts
            .iter()
            .flat_map(|draft| &draft.requests)
            .any(|one| AnyNodeRef::from(one.site.callee).ptr_eq(AnyNodeRef::from(attribute)));
        if is_request {
            return Ok(());
        }
        let parent = tree.parent(above);
        let assigned = match tree.node(parent) {
            AnyNodeRef::StmtAssign(assign)
                if attribute.ctx.is_store() && assign.targets.len() == 1 =>
            {
                Some(&*assign.value)
            }
            _ => None,
        };
        if matches!(
            attribute.attr.as_str(),
            "headers" | "cookies" | "auth" | "max_redirects"
        ) {
            let statement = tree.enclosing_statement(id);
            self.settings
                .push((statement, tree.node(statement).range()));
        }
        match (attribute.attr.as_str(), assigned) {
            ("close", None) => self.close(file, attribute, parent),
            ("headers" | "cookies", _) => container(file, above, attribute.attr.as_str(), assigned),
            ("auth", Some(value)) => {
                if let Some((range, class)) = super::credentials::check_credentials(file, value)? {
                    if !self.adapters.is_empty() {
                        return Err(not_here(
                            range,
                            "Credentials and adapters of one session are both set up.",
                        ));
                    }
                    drafts[0].rename(range, class);
                }
                drafts[0].differs("D-H14");
                Ok(())
            }
            ("max_redirects", Some(value)) if value.is_number_literal_expr() => Ok(()),
            ("verify", Some(value)) => {
                self.settled(file, parent, value)?;
                if self.connection.verify != super::connection::Verify::Usual {
                    return Err(not_here(attribute.range, "The requests set `verify`, too."));
                }
                self.connection.verify = super::connection::settled(file, value);
                self.drop_statement(file, parent)
            }
            ("trust_env", Some(value)) if value.is_boolean_literal_expr() => {
                self.settled(file, parent, value)?;
                self.arguments
                    .push(format!("trust_env={}", file.text(value.range())));
                self.drop_statement(file, parent)
            }
            ("mount", None) => self.mount(file, attribute, parent),
            (name, _) => Err(not_here(
                attribute.range,
                format!("`{name}` of a session has no equal in `httpx`."),
            )),
        }
    }

    /// `self.session.close()`
    fn close(
        &mut self,
        file: &FileView<'a>,
        method: &ast::ExprAttribute,
        call: NodeId,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let range = tree.node(call).range();
        let is_statement = matches!(tree.node(tree.parent(call)), AnyNodeRef::StmtExpr(_));
        if !is_statement || !file.stands_in_coroutine(call) {
            return Err(not_here(
                range,
                "The session is closed where nothing can be awaited.",
            ));
        }
        self.closed_by = self.closed_by.or(file.enclosing_function(call));
        self.edits
            .push((TextRange::empty(range.start()), "await ".to_owned()));
        self.edits.push((method.attr.range, "aclose".to_owned()));
        Ok(())
    }

    /// Whether a statement sets something up in the block that makes the session, and what it sets
    /// has the same value there.
    fn settled(
        &self,
        file: &FileView<'a>,
        statement: NodeId,
        value: &'a ast::Expr,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let range = tree.node(statement).range();
        let refused = || {
            not_here(
                range,
                "This is set on the session after it was made, or under a condition; a client of `httpx` takes it when it is made.",
            )
        };
        let (block, at) = tree.block_of(statement).ok_or_else(refused)?;
        let made = self
            .made
            .iter()
            .find(|made| {
                block[..at]
                    .iter()
                    .any(|stmt| tree.id(stmt) == made.statement)
            })
            .ok_or_else(refused)?;
        if self.made.len() == 1 && self.kept.is_settled(file, tree.id(value), made.statement) {
            Ok(())
        } else {
            Err(refused())
        }
    }

    /// Takes a statement out.
    pub(super) fn drop_statement(
        &mut self,
        file: &FileView<'a>,
        statement: NodeId,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let range = tree.node(statement).range();
        let lines = tree.full_lines(range);
        if tree.slice(lines).trim() != tree.slice(range) {
            return Err(not_here(range, "This line would have to be taken apart."));
        }
        self.edits.push((lines, String::new()));
        Ok(())
    }

    /// `self.session.mount(prefix, adapter)`
    fn mount(
        &mut self,
        file: &FileView<'a>,
        method: &'a ast::ExprAttribute,
        call: NodeId,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let AnyNodeRef::ExprCall(mounted) = tree.node(call) else {
            return Err(not_here(method.range, "The adapter is mounted oddly."));
        };
        let [made] = &mut self.made[..] else {
            return Err(not_here(
                mounted.range(),
                "Adapters are mounted, and the session is made in more than one place.",
            ));
        };
        let statement = tree.parent(call);
        let Some((block, first)) = tree.block_of(made.statement) else {
            return Err(not_here(method.range, "The adapter is mounted oddly."));
        };
        let later = block[first + 1..]
            .iter()
            .find(|stmt| stmt.range().contains_range(mounted.range()));
        let ([prefix, adapter], [], true, Some(later)) = (
            &*mounted.arguments.args,
            &*mounted.arguments.keywords,
            matches!(tree.node(statement), AnyNodeRef::StmtExpr(_))
                && file.function_scope(call) == file.function_scope(made.statement),
            later,
        ) else {
            return Err(not_here(
                mounted.range(),
                "This adapter is not mounted where the session is made.",
            ));
        };
        adapters::check_prefix(file, prefix)?;
        let read = adapters::adapter(file, adapter)?;
        if !self.adapters.iter().any(|known| known.is_same(&read)) {
            self.adapters.push(read);
        }
        let end = made
            .after
            .map_or(later.end(), |end| end.end().max(later.end()));
        made.after = Some(TextRange::empty(end));
        let written = |expr: &ast::Expr| tree.parenthesized(expr);
        self.edits.push((
            TextRange::new(mounted.start(), written(prefix).start()),
            "mounts[".to_owned(),
        ));
        self.edits.push((
            TextRange::new(written(prefix).end(), written(adapter).start()),
            "] = ".to_owned(),
        ));
        self.edits.push((
            TextRange::new(written(adapter).end(), mounted.end()),
            String::new(),
        ));
        Ok(())
    }
}

/// Whether a node only asks whether there is a session.
pub(super) fn is_test(node: AnyNodeRef<'_>) -> bool {
    match node {
        AnyNodeRef::ExprCompare(compare) => {
            matches!(&*compare.ops, [ast::CmpOp::Is | ast::CmpOp::IsNot])
                && compare.comparators[0].is_none_literal_expr()
        }
        AnyNodeRef::ExprUnaryOp(not) => not.op == ast::UnaryOp::Not,
        AnyNodeRef::StmtIf(_) => true,
        _ => false,
    }
}

/// What is done to the headers or cookies of a session that an object keeps. What is not known to
/// be a text is an error in `httpx`, so that it cannot go unnoticed.
fn container<'a>(
    file: &FileView<'a>,
    held: NodeId,
    name: &str,
    assigned: Option<&'a ast::Expr>,
) -> Result<(), Refusal> {
    let tree = file.tree;
    let above = tree.parent(held);
    let is_statement = |id: NodeId| matches!(tree.node(id), AnyNodeRef::StmtExpr(_));
    let fine = match tree.node(above) {
        _ if assigned.is_some() => name == "headers",
        AnyNodeRef::ExprSubscript(subscript) => {
            subscript.ctx.is_load()
                || matches!(tree.node(tree.parent(above)), AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1)
        }
        AnyNodeRef::ExprAttribute(method) => {
            let call = tree.parent(above);
            let AnyNodeRef::ExprCall(called) = tree.node(call) else {
                return Err(unknown_use(file, above));
            };
            match method.attr.as_str() {
                "update" => called.arguments.len() == 1 && is_statement(tree.parent(call)),
                "set" => {
                    name == "cookies"
                        && called.arguments.args.len() == 2
                        && called.arguments.keywords.is_empty()
                }
                "clear" => called.arguments.is_empty() && is_statement(tree.parent(call)),
                "get" => name == "headers",
                _ => false,
            }
        }
        _ => false,
    };
    if fine {
        Ok(())
    } else {
        Err(unknown_use(file, above))
    }
}

fn unknown_use(file: &FileView<'_>, node: NodeId) -> Refusal {
    not_here(
        file.tree.node(node).range(),
        "What is done to the session here is not known to mean the same in `httpx`.",
    )
}
