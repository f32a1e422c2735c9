//! The exceptions of `requests` in the words of `httpx`.

use super::draft::{Draft, RaiserKind};
use super::harmless;
use crate::edit::Applicability;
use crate::requests::exceptions;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

/// What becomes of one exception class in a handler.
enum Class {
    /// These classes of the HTTP package.
    Mapped(&'static [&'static str]),
    /// The nearest class of the HTTP package, which catches more: with consent only.
    Nearest(&'static [&'static str]),
    /// `RequestException`, which covers the exception of `json()` as well.
    Any,
    /// `json.JSONDecodeError`.
    Json,
    /// It catches nothing of either library, or everything of both.
    Same,
    /// There is no equal.
    Refused(&'static str),
}

/// The exception classes of `requests`, by their name in `requests.exceptions`.
fn of_requests(name: &str) -> Class {
    match name {
        "RequestException" => Class::Any,
        "HTTPError" => Class::Mapped(&["HTTPStatusError"]),
        "ConnectionError" => Class::Mapped(&[
            "NetworkError",
            "RemoteProtocolError",
            "ProxyError",
            "ConnectTimeout",
        ]),
        "Timeout" => Class::Mapped(&["TimeoutException"]),
        "ConnectTimeout" => Class::Mapped(&["ConnectTimeout"]),
        "ReadTimeout" => Class::Mapped(&["ReadTimeout"]),
        "TooManyRedirects" => Class::Mapped(&["TooManyRedirects"]),
        "ContentDecodingError" => Class::Mapped(&["DecodingError"]),
        "JSONDecodeError" => Class::Json,
        "ChunkedEncodingError" => Class::Nearest(&["RemoteProtocolError"]),
        "MissingSchema" | "InvalidSchema" => Class::Nearest(&["UnsupportedProtocol"]),
        _ => Class::Refused("it has no equal in `httpx`"),
    }
}

/// The name of an exception class of `requests` that an expression stands for.
pub(super) fn requests_exception(file: &FileView<'_>, expr: &ast::Expr) -> Option<String> {
    exceptions::exception_of(file.tree, expr.into())
}

fn classify(file: &FileView<'_>, expr: &ast::Expr, has_request: bool) -> Class {
    if let Some(name) = requests_exception(file, expr) {
        return of_requests(&name);
    }
    match file.tree.qualified_name(expr).as_deref() {
        Some("json.JSONDecodeError" | "json.decoder.JSONDecodeError") => return Class::Same,
        Some(dotted) => {
            let root = dotted.split('.').next().unwrap_or_default();
            return match root {
                "httpx" | "httpx2" => Class::Refused("`requests` never raises it, `httpx` would"),
                "requests" | "urllib3" | "socket" | "ssl" | "http" | "urllib" => {
                    Class::Refused("it has no equal in `httpx`")
                }
                _ => Class::Same,
            };
        }
        None => {}
    }
    let ast::Expr::Name(name) = expr else {
        return Class::Refused("it is not known which exceptions it stands for");
    };
    let home = file
        .tree
        .lookup(name.id.as_str(), file.tree.scope_of(file.tree.id(name)));
    if let Some(home) = home {
        let bindings = file.tree.bindings(home, name.id.as_str());
        let is_class = bindings
            .iter()
            .all(|binding| binding.kind == crate::syntax::BindingKind::Class);
        return if is_class {
            Class::Same
        } else {
            Class::Refused("it is not known which exceptions it stands for")
        };
    }
    match name.id.as_str() {
        "OSError" | "IOError" | "EnvironmentError" => Class::Refused(
            "the exceptions of `requests` are of this class, those of `httpx` are not",
        ),
        "ValueError" if has_request => Class::Refused(
            "some exceptions of `requests` for bad URLs are of this class, those of `httpx` are not",
        ),
        "TypeError" | "RuntimeError" | "UnicodeError" | "UnicodeEncodeError" if has_request => {
            Class::Refused("`httpx` raises it where `requests` raises something else")
        }
        _ => Class::Same,
    }
}

impl<'a> Draft<'_, 'a> {
    /// Rewrites the handlers around everything that can raise an exception of the library.
    pub(super) fn map_handlers(&mut self) -> Result<(), Refusal> {
        let file = self.file;
        let tree = file.tree;
        for id in self.own_nodes() {
            match tree.node(id) {
                AnyNodeRef::StmtTry(try_) => self.map_try(try_)?,
                AnyNodeRef::StmtWith(with) => {
                    let hides = with.items.iter().any(|item| {
                        matches!(&item.context_expr, ast::Expr::Call(call)
                            if call.arguments.args.iter().any(|one| is_exception(file, one)))
                    });
                    if hides && self.raisers.iter().any(|one| tree.is_within(one.at, id)) {
                        return Err(Refusal::new(
                            "handler-not-mapped",
                            "A `with` statement around this request handles exceptions of `requests`.",
                        )
                        .evidence(with.items[0].context_expr.range(), "handled here")
                        .remedy("Write it as a `try` statement."));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn map_try(&mut self, try_: &'a ast::StmtTry) -> Result<(), Refusal> {
        let file = self.file;
        let tree = file.tree;
        let in_body = |id: NodeId| {
            let range = tree.node(id).range();
            try_.body
                .iter()
                .any(|stmt| stmt.range().contains_range(range))
        };
        let kinds: Vec<RaiserKind> = self
            .raisers
            .iter()
            .filter(|raiser| in_body(raiser.at))
            .map(|raiser| raiser.kind)
            .collect();
        if kinds.is_empty() {
            return Ok(());
        }
        let has_request = kinds.contains(&RaiserKind::Request);
        let has_json = kinds.contains(&RaiserKind::Json);
        let mut mapped_any = false;
        for handler in &try_.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            let Some(type_) = handler.type_.as_deref() else {
                continue;
            };
            let elements: Vec<&ast::Expr> = match type_ {
                ast::Expr::Tuple(tuple) => tuple.elts.iter().collect(),
                other => vec![other],
            };
            let mut names: Vec<Name> = Vec::new();
            let mut changed = false;
            for element in &elements {
                match classify(file, element, has_request) {
                    Class::Same => names.push(Name::Text(file.text(element.range()).to_owned())),
                    Class::Mapped(classes) => {
                        changed = true;
                        names.extend(classes.iter().map(|class| Name::Http(class)));
                        self.handles_redirects |= classes.contains(&"TooManyRedirects");
                        if classes.contains(&"NetworkError") {
                            self.differs("D-H2");
                        }
                    }
                    Class::Nearest(classes) if file.has_consent() => {
                        changed = true;
                        self.grade = Applicability::Unsafe;
                        names.extend(classes.iter().map(|class| Name::Http(class)));
                    }
                    Class::Nearest(classes) => {
                        return Err(Refusal::new(
                            "handler-catches-more",
                            format!(
                                "`except {}` around this request would become `{}`, which catches more.",
                                file.text(element.range()),
                                classes.join("`, `")
                            ),
                        )
                        .evidence(element.range(), "the handler")
                        .remedy("Handle `requests.RequestException` instead, or pass `--unsafe`.")
                        .without_consent());
                    }
                    Class::Any => {
                        changed = true;
                        names.extend([Name::Http("HTTPError"), Name::Http("InvalidURL")]);
                        if has_json {
                            names.push(Name::Json);
                        }
                    }
                    Class::Json => {
                        changed = true;
                        names.push(Name::Json);
                    }
                    Class::Refused(why) => {
                        return Err(Refusal::new(
                            "handler-not-mapped",
                            format!(
                                "`except {}` around this request cannot be kept: {why}.",
                                file.text(element.range())
                            ),
                        )
                        .evidence(element.range(), "the handler")
                        .remedy("Handle `requests.RequestException` or `Exception` instead."));
                    }
                }
            }
            if !changed {
                continue;
            }
            mapped_any = true;
            self.write_handler(type_, names);
            self.check_exception_uses(handler, &elements)?;
        }
        if mapped_any {
            self.check_body(try_, has_json)?;
        }
        Ok(())
    }

    /// Notes the new classes of a handler; they are written once the imports are known.
    fn write_handler(&mut self, type_: &ast::Expr, names: Vec<Name>) {
        let range = type_.range();
        let mut words: Vec<Name> = Vec::new();
        for name in names {
            let covered = match &name {
                Name::Http(class) => words.iter().any(|other| match other {
                    Name::Http(wider) => wider == class || covers(wider, class),
                    _ => false,
                }),
                other => words.contains(other),
            };
            if !covered {
                if let Name::Http(class) = &name {
                    words.retain(
                        |other| !matches!(other, Name::Http(narrow) if covers(class, narrow)),
                    );
                }
                words.push(name);
            }
        }
        self.needs_json |= words.contains(&Name::Json);
        self.names.push((range, words));
    }

    /// `e.response` and the text of the exception.
    fn check_exception_uses(
        &mut self,
        handler: &'a ast::ExceptHandlerExceptHandler,
        elements: &[&ast::Expr],
    ) -> Result<(), Refusal> {
        let Some(name) = &handler.name else {
            return Ok(());
        };
        let file = self.file;
        let tree = file.tree;
        let status_only = elements
            .iter()
            .all(|element| requests_exception(file, element).as_deref() == Some("HTTPError"));
        let body = TextRange::new(
            handler.body.first().map_or(handler.end(), Ranged::start),
            handler.end(),
        );
        for id in tree.mentions(name.as_str()) {
            let range = tree.node(*id).range();
            if !body.contains_range(range) {
                continue;
            }
            let above = tree.parent(*id);
            let attribute = match tree.node(above) {
                AnyNodeRef::ExprAttribute(attribute) => Some(attribute),
                _ => None,
            };
            match attribute {
                Some(attribute) if attribute.attr.as_str() == "response" && status_only => {
                    self.response(tree.id(attribute))?;
                }
                Some(attribute)
                    if attribute.attr.as_str() == "request"
                        && status_only
                        && matches!(tree.node(tree.parent(above)), AnyNodeRef::ExprAttribute(inner)
                            if inner.attr.as_str() == "method") => {}
                Some(attribute) => {
                    return Err(Refusal::new(
                        "exception-attribute",
                        format!(
                            "`{}` is not there for every exception of `httpx` that this handler gets.",
                            file.text(attribute.range())
                        ),
                    )
                    .evidence(attribute.range(), "here")
                    .remedy("Handle `requests.HTTPError` on its own, which always has a response."));
                }
                None if self.is_only_shown(*id) => {}
                None => {
                    return Err(Refusal::new(
                        "exception-text",
                        "The exception is used for more than a message, and its text is another one in `httpx`.",
                    )
                    .evidence(range, "here")
                    .remedy("Only log or print it."));
                }
            }
        }
        Ok(())
    }

    /// Whether an exception is only logged, printed or chained.
    fn is_only_shown(&self, id: NodeId) -> bool {
        let tree = self.file.tree;
        let mut below = id;
        loop {
            let above = tree.parent(below);
            match tree.node(above) {
                AnyNodeRef::StmtRaise(raise) => {
                    return raise
                        .cause
                        .as_deref()
                        .is_some_and(|cause| AnyNodeRef::from(cause).ptr_eq(tree.node(id)));
                }
                AnyNodeRef::ExprCall(call) => {
                    let shows = match &*call.func {
                        ast::Expr::Name(name) => name.id.as_str() == "print",
                        ast::Expr::Attribute(method) => {
                            let receiver = self.file.text(method.value.range()).to_lowercase();
                            receiver.contains("log")
                                && matches!(
                                    method.attr.as_str(),
                                    "debug"
                                        | "info"
                                        | "warning"
                                        | "warn"
                                        | "error"
                                        | "exception"
                                        | "critical"
                                        | "log"
                                )
                        }
                        _ => false,
                    };
                    let passes = matches!(&*call.func, ast::Expr::Name(name)
                        if matches!(name.id.as_str(), "str" | "repr"))
                        || matches!(&*call.func, ast::Expr::Attribute(method)
                            if method.attr.as_str() == "format");
                    if shows {
                        return true;
                    }
                    if !passes {
                        return false;
                    }
                }
                node if node.is_statement() => return false,
                _ => {}
            }
            below = above;
        }
    }

    /// Nothing else in the `try` may raise what its handlers no longer handle.
    fn check_body(&self, try_: &'a ast::StmtTry, has_json: bool) -> Result<(), Refusal> {
        let file = self.file;
        let tree = file.tree;
        let is_response = |expr: &ast::Expr| self.gives_response(expr);
        for stmt in &try_.body {
            if let Some(id) = harmless::doubtful(file, tree.id(stmt), &is_response) {
                return Err(Refusal::new(
                    "handler-covers-other-code",
                    "The `try` also runs code that may raise exceptions of `requests`, which its handlers would no longer handle.",
                )
                .evidence(tree.node(id).range(), "this code")
                .remedy("Leave only the request in the `try`."));
            }
            let parses = tree.descendants(tree.id(stmt)).find(|id| {
                matches!(tree.node(*id), AnyNodeRef::ExprCall(call)
                    if matches!(file.tree.qualified_name(&call.func).as_deref(), Some("json.loads" | "json.load")))
            });
            if let Some(id) = parses
                && has_json
            {
                return Err(Refusal::new(
                    "handler-covers-other-code",
                    "The `try` also parses other JSON, whose errors its handlers would begin to handle.",
                )
                .evidence(tree.node(id).range(), "this code")
                .remedy("Move it out of the `try`."));
            }
        }
        Ok(())
    }

    /// Whether an expression is the session of a request.
    fn is_session(&self, expr: &ast::Expr) -> bool {
        let written = Some(self.file.text(expr.range()));
        let mut requests = self.requests.iter();
        requests.any(|request| request.session == written)
    }

    /// Whether an expression is a response or made of one.
    fn gives_response(&self, expr: &ast::Expr) -> bool {
        match expr {
            ast::Expr::Name(name) => {
                self.variables
                    .iter()
                    .any(|(_, variable)| variable == name.id.as_str())
                    || self.is_session(expr)
            }
            ast::Expr::Attribute(attribute) => {
                self.is_session(expr) || self.gives_response(&attribute.value)
            }
            ast::Expr::Subscript(subscript) => self.gives_response(&subscript.value),
            ast::Expr::Call(call) => {
                self.is_request(expr)
                    || matches!(&*call.func, ast::Expr::Attribute(method) if self.gives_response(&method.value))
            }
            _ => false,
        }
    }
}

/// A word of an `except` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A class of the HTTP package.
    Http(&'static str),
    /// `json.JSONDecodeError`.
    Json,
    /// What stood there before.
    Text(String),
}

/// Whether an exception class of `httpx` is a base of another one.
fn covers(wider: &str, narrow: &str) -> bool {
    match wider {
        "HTTPError" => narrow != "HTTPError" && narrow != "InvalidURL",
        "TimeoutException" => matches!(narrow, "ConnectTimeout" | "ReadTimeout"),
        _ => false,
    }
}

/// Whether an expression names an exception that `requests` may raise.
pub(super) fn is_exception(file: &FileView<'_>, expr: &ast::Expr) -> bool {
    requests_exception(file, expr).is_some()
        || matches!(expr, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "OSError" | "IOError" | "EnvironmentError" | "ValueError"))
}
