//! The rewrite of one coroutine function while it is being worked out.

use super::arguments::Mapped;
use super::client::Span;
use super::handlers::Name;
use super::streams::Stream;
use crate::edit::Applicability;
use crate::requests::Site;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// A request of the function with what its arguments became.
pub(super) struct Request<'a> {
    /// The expression that gives the response.
    pub(super) id: NodeId,
    pub(super) site: Site<'a>,
    pub(super) mapped: Mapped,
    /// The scope and name of the session it uses.
    pub(super) session: Option<&'a str>,
    /// Its response is read piece by piece.
    pub(super) stream: Option<Stream<'a>>,
}

/// Everything that is known about the function so far.
pub(super) struct Draft<'f, 'a> {
    pub(super) file: &'f FileView<'a>,
    /// The function.
    pub(super) function: NodeId,
    /// Its scope.
    pub(super) scope: ScopeId,
    /// `httpx` or `httpx2`.
    pub(super) package: &'static str,
    /// Its requests in source order.
    pub(super) requests: Vec<Request<'a>>,
    /// Edits of the function's text.
    pub(super) edits: Vec<(TextRange, String)>,
    /// Ranges that become names of the HTTP package: `BasicAuth`, `Response`, what is handled.
    pub(super) names: Vec<(TextRange, Vec<Name>)>,
    /// How sure the rewrite is.
    pub(super) grade: Applicability,
    /// Documented differences.
    pub(super) differences: Vec<&'static str>,
    /// Where an exception of the library can come from.
    pub(super) raisers: Vec<Raiser>,
    /// The variables that hold responses.
    pub(super) variables: Vec<(ScopeId, String)>,
    /// `TooManyRedirects` is handled on its own.
    pub(super) handles_redirects: bool,
    /// The blocks in which responses are open, with their headers.
    pub(super) opened: Vec<(Span<'a>, String)>,
    /// What reads a body before a statement.
    pub(super) reads: Vec<(NodeId, String)>,
    /// `json` must be imported for an exception.
    pub(super) needs_json: bool,
}

/// A place at which an exception of the library can be raised.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raiser {
    pub(super) at: NodeId,
    pub(super) kind: RaiserKind,
}

/// What is called there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RaiserKind {
    /// The request, or reading its body.
    Request,
    /// `raise_for_status()`.
    Status,
    /// `json()`.
    Json,
}

impl<'f, 'a> Draft<'f, 'a> {
    pub(super) fn new(file: &'f FileView<'a>, function: NodeId, package: &'static str) -> Self {
        let scope = file
            .tree
            .scope_opened_by(function)
            .expect("a function opens a scope");
        Self {
            file,
            function,
            scope,
            package,
            requests: Vec::new(),
            edits: Vec::new(),
            names: Vec::new(),
            grade: Applicability::Safe,
            differences: vec!["D-AWAIT", "D-H10", "D-H13", "D-H17"],
            raisers: Vec::new(),
            variables: Vec::new(),
            handles_redirects: false,
            opened: Vec::new(),
            reads: Vec::new(),
            needs_json: false,
        }
    }

    pub(super) fn edit(&mut self, range: TextRange, text: impl Into<String>) {
        self.edits.push((range, text.into()));
    }

    pub(super) fn insert(&mut self, at: crate::syntax::TextSize, text: impl Into<String>) {
        self.edit(TextRange::empty(at), text);
    }

    /// Replaces an expression by a class of the HTTP package, once.
    pub(super) fn rename(&mut self, range: TextRange, class: &'static str) {
        if !self.names.iter().any(|(known, _)| *known == range) {
            self.names.push((range, vec![Name::Http(class)]));
        }
    }

    pub(super) fn differs(&mut self, id: &'static str) {
        if !self.differences.contains(&id) {
            self.differences.push(id);
        }
    }

    /// The nodes of the function's own body, those of functions inside it left out.
    pub(super) fn own_nodes(&self) -> Vec<NodeId> {
        let file = self.file;
        file.tree
            .descendants(self.function)
            .filter(|id| file.function_scope(*id) == self.scope)
            .collect()
    }

    /// Whether an expression is one of the requests, parentheses aside.
    pub(super) fn is_request(&self, expr: &ast::Expr) -> bool {
        let id = self.file.tree.id(expr);
        self.requests.iter().any(|request| request.id == id)
    }

    /// Follows every response to its uses.
    pub(super) fn follow_responses(&mut self) -> Result<(), Refusal> {
        for at in 0..self.requests.len() {
            let (id, stream) = (self.requests[at].id, self.requests[at].stream);
            match stream {
                None => self.response(id)?,
                Some(stream) => self.streamed(stream)?,
            }
        }
        Ok(())
    }

    /// One use of an expression that gives a response.
    pub(super) fn response(&mut self, id: NodeId) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let here = tree.node(id);
        let above = tree.parent(id);
        match tree.node(above) {
            AnyNodeRef::ExprAttribute(attribute) => self.attribute(attribute),
            AnyNodeRef::StmtExpr(_) => Ok(()),
            AnyNodeRef::StmtAssign(assign) => match &assign.targets[..] {
                [ast::Expr::Name(target)] => self.variable(target),
                _ => Err(self.escapes(id)),
            },
            AnyNodeRef::StmtAnnAssign(assign) => {
                let ast::Expr::Name(target) = &*assign.target else {
                    return Err(self.escapes(id));
                };
                if !self
                    .file
                    .resolves_to(&assign.annotation, "requests.Response")
                {
                    return Err(self.escapes(id));
                }
                let range = assign.annotation.range();
                self.rename(range, "Response");
                self.variable(target)
            }
            AnyNodeRef::ExprNamed(walrus) if AnyNodeRef::from(&*walrus.value).ptr_eq(here) => {
                if let ast::Expr::Name(target) = &*walrus.target {
                    self.variable(target)?;
                }
                self.response(above)
            }
            node if is_none_test(node) => Ok(()),
            _ if self.is_condition(id) => {
                self.truth(id);
                Ok(())
            }
            _ => Err(self.escapes(id)),
        }
    }

    pub(super) fn escapes(&self, id: NodeId) -> Refusal {
        Refusal::new(
            "response-escapes",
            "The response is handed to code that expects a response of `requests`.",
        )
        .evidence(self.file.tree.node(id).range(), "here")
        .remedy("Hand on what is needed of it, such as `response.json()`.")
    }

    /// A variable that holds a response: every binding and every use of it.
    fn variable(&mut self, name: &'a ast::ExprName) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let text = name.id.as_str();
        let Some(home) = tree.lookup(text, tree.scope_of(tree.id(name))) else {
            return Ok(());
        };
        let key = (home, text.to_owned());
        if self.variables.contains(&key) {
            return Ok(());
        }
        self.variables.push(key);
        if home != self.scope || tree.is_rebound_from_inside(home, text) {
            return Err(self.escapes(tree.id(name)));
        }
        let mut may_be_none = false;
        for binding in tree.bindings(home, text) {
            let value = match tree.node(tree.parent(binding.node)) {
                AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => Some(&*assign.value),
                AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
                AnyNodeRef::ExprNamed(walrus) => Some(&*walrus.value),
                AnyNodeRef::StmtDelete(_) => continue,
                _ => None,
            };
            match value {
                Some(value) if self.is_request(value) => {}
                Some(value) if value.is_none_literal_expr() => may_be_none = true,
                _ => {
                    return Err(Refusal::new(
                        "response-rebound",
                        format!(
                            "`{text}` stands for a response here and for something else there."
                        ),
                    )
                    .evidence(binding.range, "assigned here, too")
                    .remedy("Use a name of its own for the response."));
                }
            }
        }
        self.uses(home, text, may_be_none)
    }

    /// Every read of a variable that holds a response.
    pub(super) fn uses(
        &mut self,
        home: ScopeId,
        name: &str,
        may_be_none: bool,
    ) -> Result<(), Refusal> {
        let tree = self.file.tree;
        for id in tree.occurrences(home, name) {
            let AnyNodeRef::ExprName(found) = tree.node(id) else {
                continue;
            };
            if !found.ctx.is_load() {
                continue;
            }
            if self.file.function_scope(id) != self.scope {
                return Err(Refusal::new(
                    "response-escapes",
                    format!("A function inside this one uses `{name}`."),
                )
                .evidence(found.range, "here"));
            }
            if may_be_none && self.is_condition(id) {
                return Err(Refusal::new(
                    "response-may-be-none",
                    format!("`{name}` may be `None` here, which the test of a response of `httpx` would not allow."),
                )
                .evidence(found.range, "the test")
                .remedy(format!("Write `{name} is not None and {name}.ok`.")));
            }
            self.response(id)?;
        }
        Ok(())
    }

    /// Whether an expression is only asked whether it is true.
    fn is_condition(&self, id: NodeId) -> bool {
        let tree = self.file.tree;
        let here = tree.node(id);
        let is = |expr: &ast::Expr| AnyNodeRef::from(expr).ptr_eq(here);
        let above = tree.parent(id);
        match tree.node(above) {
            AnyNodeRef::StmtIf(node) => is(&node.test),
            AnyNodeRef::StmtWhile(node) => is(&node.test),
            AnyNodeRef::StmtAssert(node) => is(&node.test),
            AnyNodeRef::ElifElseClause(node) => node.test.as_ref().is_some_and(is),
            AnyNodeRef::ExprIf(node) => is(&node.test),
            AnyNodeRef::ExprUnaryOp(node) => node.op == ast::UnaryOp::Not,
            AnyNodeRef::Comprehension(node) => node.ifs.iter().any(is),
            AnyNodeRef::ExprBoolOp(_) => self.is_condition(above),
            AnyNodeRef::Arguments(_) => {
                matches!(tree.node(tree.parent(above)), AnyNodeRef::ExprCall(call)
                    if matches!(&*call.func, ast::Expr::Name(name)
                        if name.id.as_str() == "bool" && super::values::is_builtin(self.file, name)))
            }
            _ => false,
        }
    }

    /// `if response:` asks `requests` whether the status is an error; `httpx` says yes always.
    fn truth(&mut self, id: NodeId) {
        self.flag(id, None);
    }

    /// Writes the test for an error in place of a response (`attribute` is `None`) or of its `ok`.
    fn flag(&mut self, id: NodeId, ok: Option<&ast::ExprAttribute>) {
        let tree = self.file.tree;
        let range = tree.parenthesized_node(id);
        let above = tree.parent(id);
        match ok {
            Some(attribute) => self.edit(attribute.attr.range, "is_error"),
            None => self.insert(range.end(), ".is_error"),
        }
        match tree.node(above) {
            AnyNodeRef::ExprUnaryOp(not) if not.op == ast::UnaryOp::Not => {
                self.edit(TextRange::new(not.start(), range.start()), "");
            }
            AnyNodeRef::ExprCompare(_)
            | AnyNodeRef::ExprBinOp(_)
            | AnyNodeRef::ExprUnaryOp(_)
            | AnyNodeRef::ExprAttribute(_) => {
                self.insert(range.start(), "(not ");
                self.insert(range.end(), ")");
            }
            _ => self.insert(range.start(), "not "),
        }
    }

    /// An attribute of a response.
    fn attribute(&mut self, attribute: &'a ast::ExprAttribute) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let id = tree.id(attribute);
        let above = tree.parent(id);
        let parent = tree.node(above);
        let name = attribute.attr.as_str();
        let called = match parent {
            AnyNodeRef::ExprCall(call)
                if AnyNodeRef::from(&*call.func).ptr_eq(AnyNodeRef::from(attribute)) =>
            {
                Some(call)
            }
            _ => None,
        };
        let streamed = self.is_streamed(&attribute.value);
        let no_equal = |message: String| {
            Refusal::new("response-attribute", message)
                .evidence(attribute.range(), "here")
                .remedy("Convert the uses of this response by hand.")
        };
        if attribute.ctx.is_store() {
            return if name == "encoding" && !streamed && !self.reads_text_before(attribute) {
                Ok(())
            } else {
                Err(no_equal(format!(
                    "`{name}` of a response of `httpx` cannot be set here."
                )))
            };
        }
        match (name, called) {
            ("status_code" | "is_redirect" | "elapsed" | "links", None) => Ok(()),
            ("content", None) if !streamed => Ok(()),
            ("encoding", None) if streamed => {
                self.differs("D-H7");
                Ok(())
            }
            ("content" | "text", None) | ("json", Some(_)) if streamed => {
                self.read_first(attribute)
            }
            ("text" | "encoding", None) if !streamed => {
                self.differs("D-H7");
                Ok(())
            }
            ("json", Some(_)) if !streamed => {
                self.raisers.push(Raiser {
                    at: above,
                    kind: RaiserKind::Json,
                });
                Ok(())
            }
            ("raise_for_status", Some(call)) if call.arguments.is_empty() => {
                if !matches!(tree.node(tree.parent(above)), AnyNodeRef::StmtExpr(_)) {
                    return Err(no_equal(
                        "`raise_for_status()` gives `None` in `requests` and the response in `httpx`, and its result is used."
                            .to_owned(),
                    ));
                }
                self.raisers.push(Raiser {
                    at: above,
                    kind: RaiserKind::Status,
                });
                self.differs("D-H9");
                Ok(())
            }
            ("reason", None) => {
                self.edit(attribute.attr.range, "reason_phrase");
                Ok(())
            }
            ("ok", None) => {
                self.flag(id, Some(attribute));
                Ok(())
            }
            ("url", None) => {
                self.url(id);
                self.differs("D-H15");
                Ok(())
            }
            ("headers" | "cookies", None) if self.is_lookup(id, name == "headers") => Ok(()),
            ("headers", None) => Err(no_equal(
                "The headers are used as a whole; `httpx` gives their names in lower case."
                    .to_owned(),
            )),
            ("history", None) => self.history(id),
            ("request", None) if matches!(parent, AnyNodeRef::ExprAttribute(inner) if inner.attr.as_str() == "method") => {
                Ok(())
            }
            ("iter_content", Some(call)) => self.pieces(attribute, call, streamed),
            ("iter_lines", Some(call)) => self.lines(attribute, call, streamed),
            ("next", None) if self.is_condition(id) || is_none_test(parent) => {
                self.edit(attribute.attr.range, "next_request");
                Ok(())
            }
            _ if streamed => Err(no_equal(format!(
                "`{name}` needs the whole body, which this `with` reads piece by piece."
            ))),
            _ => Err(no_equal(format!(
                "`{name}` of a response has no equal in `httpx`."
            ))),
        }
    }

    /// `headers["x"]`, `headers.get("x")`, `"x" in headers`.
    fn is_lookup(&self, id: NodeId, allows_in: bool) -> bool {
        let tree = self.file.tree;
        let here = tree.node(id);
        match tree.node(tree.parent(id)) {
            AnyNodeRef::ExprSubscript(subscript) => {
                subscript.ctx.is_load() && AnyNodeRef::from(&*subscript.value).ptr_eq(here)
            }
            AnyNodeRef::ExprAttribute(method) => {
                method.attr.as_str() == "get"
                    && matches!(tree.node(tree.parent(tree.parent(id))), AnyNodeRef::ExprCall(call)
                        if AnyNodeRef::from(&*call.func).ptr_eq(AnyNodeRef::from(method)))
            }
            AnyNodeRef::ExprCompare(compare) => {
                allows_in
                    && matches!(&*compare.ops, [ast::CmpOp::In | ast::CmpOp::NotIn])
                    && !AnyNodeRef::from(&*compare.left).ptr_eq(here)
            }
            _ => false,
        }
    }

    /// `response.url` is an object in `httpx`.
    fn url(&mut self, id: NodeId) {
        let tree = self.file.tree;
        let range = tree.node(id).range();
        let is_text_already = match tree.node(tree.parent(id)) {
            AnyNodeRef::Arguments(_) => {
                matches!(tree.node(tree.parent(tree.parent(id))), AnyNodeRef::ExprCall(call)
                    if matches!(&*call.func, ast::Expr::Name(name)
                        if name.id.as_str() == "str" && super::values::is_builtin(self.file, name)))
            }
            AnyNodeRef::InterpolatedElement(element) => {
                element.format_spec.is_none() && element.conversion == ast::ConversionFlag::None
            }
            _ => false,
        };
        if !is_text_already {
            self.insert(range.start(), "str(");
            self.insert(range.end(), ")");
        }
    }

    /// `response.history`: its length, its truth, and a comprehension over its responses.
    fn history(&mut self, id: NodeId) -> Result<(), Refusal> {
        let tree = self.file.tree;
        if self.is_condition(id) {
            return Ok(());
        }
        match tree.node(tree.parent(id)) {
            AnyNodeRef::Arguments(_)
                if matches!(tree.node(tree.parent(tree.parent(id))), AnyNodeRef::ExprCall(call)
                    if matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "len")) =>
            {
                Ok(())
            }
            AnyNodeRef::Comprehension(clause)
                if AnyNodeRef::from(&clause.iter).ptr_eq(tree.node(id)) =>
            {
                let ast::Expr::Name(name) = &clause.target else {
                    return Err(self.escapes(id));
                };
                let target = tree.id(name);
                let Some(home) = tree.lookup(name.id.as_str(), tree.scope_of(target)) else {
                    return Err(self.escapes(id));
                };
                if tree.bindings(home, name.id.as_str()).len() != 1 {
                    return Err(self.escapes(id));
                }
                self.uses(home, name.id.as_str(), false)
            }
            _ => Err(self.escapes(id)),
        }
    }

    /// Whether the text of the same response is read before its encoding is set.
    fn reads_text_before(&self, attribute: &ast::ExprAttribute) -> bool {
        let ast::Expr::Name(name) = &*attribute.value else {
            return true;
        };
        let tree = self.file.tree;
        tree.occurrences(self.scope, name.id.as_str())
            .into_iter()
            .filter(|id| tree.node(*id).start() < attribute.start())
            .any(|id| {
                matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprAttribute(inner)
                    if matches!(inner.attr.as_str(), "text" | "json"))
            })
    }
}

fn is_none_test(node: AnyNodeRef<'_>) -> bool {
    matches!(node, AnyNodeRef::ExprCompare(compare)
        if matches!(&*compare.ops, [ast::CmpOp::Is | ast::CmpOp::IsNot])
            && compare.comparators[0].is_none_literal_expr())
}
