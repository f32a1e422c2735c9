//! Reading the body of a response: in pieces, in lines, or at once.

use super::draft::{Draft, Raiser, RaiserKind};
use crate::edit::Applicability;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, ast};
use crate::transform::Refusal;

fn known(message: &str, at: impl Ranged) -> Refusal {
    Refusal::new("response-attribute", message)
        .evidence(at, "here")
        .remedy("Convert the uses of this response by hand.")
}

impl<'a> Draft<'_, 'a> {
    /// `for chunk in response.iter_content(n):`
    pub(super) fn pieces(
        &mut self,
        attribute: &'a ast::ExprAttribute,
        call: &'a ast::ExprCall,
        streamed: bool,
    ) -> Result<(), Refusal> {
        let known = |message: &str| {
            Refusal::new("response-attribute", message).evidence(call.range(), "here")
        };
        let size = match (&*call.arguments.args, &*call.arguments.keywords) {
            ([], []) => None,
            ([size], []) => Some(size),
            ([], [keyword]) if keyword.arg.as_deref() == Some("chunk_size") => Some(&keyword.value),
            _ => {
                return Err(known(
                    "This `iter_content` is asked for more than pieces of a size.",
                ));
            }
        };
        if size.is_some_and(ast::Expr::is_none_literal_expr) {
            return Err(known(
                "This `iter_content` is asked for pieces of any size.",
            ));
        }
        self.iterate(attribute, call, streamed, ["aiter_bytes", "iter_bytes"])?;
        if size.is_none() {
            let end = call.arguments.end() - crate::syntax::TextSize::new(1);
            self.insert(end, "1");
        }
        Ok(())
    }

    /// `for line in response.iter_lines(decode_unicode=True):`
    pub(super) fn lines(
        &mut self,
        attribute: &'a ast::ExprAttribute,
        call: &'a ast::ExprCall,
        streamed: bool,
    ) -> Result<(), Refusal> {
        let arguments = &call.arguments;
        let decodes = matches!(arguments.find_argument_value("decode_unicode", 1),
            Some(ast::Expr::BooleanLiteral(flag)) if flag.value);
        if !decodes {
            return Err(known(
                "The lines are `bytes` in `requests` and texts in `httpx`.",
                call,
            )
            .remedy("Pass `decode_unicode=True`."));
        }
        let size_only = arguments.args.len() <= 2
            && arguments.keywords.iter().all(|keyword| {
                matches!(
                    keyword.arg.as_deref(),
                    Some("decode_unicode" | "chunk_size")
                )
            });
        let pure = arguments
            .iter_source_order()
            .all(|argument| argument.value().is_literal_expr());
        let inside = TextRange::new(
            arguments.start() + TextSize::new(1),
            arguments.end() - TextSize::new(1),
        );
        if !size_only || !pure || !self.file.tree.comments_in(inside).is_empty() {
            return Err(known(
                "This `iter_lines` is asked for more than decoded lines.",
                call,
            ));
        }
        self.iterate(attribute, call, streamed, ["aiter_lines", "iter_lines"])?;
        self.edit(inside, "");
        self.differs("D-H7");
        self.differs("D-H16");
        Ok(())
    }

    /// A loop over the body: an asynchronous one where the body arrives piece by piece.
    fn iterate(
        &mut self,
        attribute: &'a ast::ExprAttribute,
        call: &'a ast::ExprCall,
        streamed: bool,
        [waiting, loaded]: [&str; 2],
    ) -> Result<(), Refusal> {
        if !streamed {
            self.edit(attribute.attr.range, loaded);
            return Ok(());
        }
        let tree = self.file.tree;
        let id = tree.id(call);
        let parent = tree.parent(id);
        match tree.node(parent) {
            AnyNodeRef::StmtFor(for_)
                if AnyNodeRef::from(&*for_.iter).ptr_eq(AnyNodeRef::from(call)) =>
            {
                self.insert(for_.start(), "async ");
            }
            AnyNodeRef::Comprehension(clause)
                if AnyNodeRef::from(&clause.iter).ptr_eq(AnyNodeRef::from(call))
                    && tree.node(tree.parent(parent)).is_expr_list_comp()
                    && self.file.function_scope(parent) == self.scope =>
            {
                self.insert(clause.start(), "async ");
            }
            // What asks for the pieces gets a list of all of them.
            _ if self.file.has_consent() && self.file.in_coroutine(id) => {
                let item = if loaded == "iter_lines" {
                    "line"
                } else {
                    "chunk"
                };
                self.insert(call.start(), format!("[{item} async for {item} in "));
                self.insert(call.end(), "]");
                self.grade = Applicability::Unsafe;
                self.differs("D-H19");
            }
            _ => {
                return Err(known(
                    "The body is read by something other than a `for` loop, which could not wait for the next piece.",
                    call,
                )
                .remedy("Read it in a `for` loop; `--unsafe` reads the whole body first.")
                .without_consent());
            }
        }
        self.edit(attribute.attr.range, waiting);
        self.raisers.push(Raiser {
            at: id,
            kind: RaiserKind::Request,
        });
        Ok(())
    }

    /// `response.text` where the body has not been read: `await response.aread()` comes first.
    pub(super) fn read_first(&mut self, attribute: &'a ast::ExprAttribute) -> Result<(), Refusal> {
        let file = self.file;
        let tree = file.tree;
        let id = tree.id(attribute);
        let ast::Expr::Name(name) = &*attribute.value else {
            return Err(self.unread(attribute));
        };
        let open = self.open(name);
        let at = attribute.range;
        let while_open = |other: &TextRange| {
            let both = |(_, open): &&(NodeId, TextRange)| open.contains_range(at);
            let here = open.iter().find(both);
            here.is_none_or(|(_, open)| open.contains_range(*other))
        };
        let reads = |other: NodeId| {
            while_open(&tree.node(other).range())
                && matches!(tree.node(tree.parent(other)), AnyNodeRef::ExprAttribute(one)
                if matches!(one.attr.as_str(), "iter_content" | "iter_lines"))
        };
        let statement = tree.enclosing_statement(id);
        let range = tree.node(statement).range();
        let simple = matches!(
            tree.node(statement),
            AnyNodeRef::StmtExpr(_)
                | AnyNodeRef::StmtAssign(_)
                | AnyNodeRef::StmtAnnAssign(_)
                | AnyNodeRef::StmtReturn(_)
                | AnyNodeRef::StmtRaise(_)
        );
        let lines = tree.full_lines(range);
        let begins_line = tree
            .slice(TextRange::new(lines.start(), range.start()))
            .trim()
            .is_empty();
        if tree
            .occurrences(self.scope, name.id.as_str())
            .into_iter()
            .any(reads)
            || !simple
            || !begins_line
            || file.can_hoist(id).is_err()
        {
            return Err(self.unread(attribute));
        }
        match attribute.attr.as_str() {
            "json" => self.raisers.push(Raiser {
                at: tree.parent(id),
                kind: RaiserKind::Json,
            }),
            "text" => self.differs("D-H7"),
            _ => {}
        }
        self.raisers.push(Raiser {
            at: id,
            kind: RaiserKind::Request,
        });
        let read = (statement, format!("await {}.aread()", name.id));
        if !self.reads.contains(&read) {
            self.reads.push(read);
        }
        Ok(())
    }

    fn unread(&self, attribute: &ast::ExprAttribute) -> Refusal {
        known(
            &format!(
                "`{}` needs the whole body, which this `with` reads piece by piece.",
                attribute.attr
            ),
            attribute,
        )
        .remedy("Read the body in a statement of its own, or do not pass `stream=True`.")
    }
}
