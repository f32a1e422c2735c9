//! Lines, indentation, comments and parentheses: what lies between the nodes.

use super::tree::{NodeId, Tree};
use super::{AnyNodeRef, Ranged, TextRange, TextSize, TokenKind, ast};

impl<'a> Tree<'a> {
    /// The text of a range.
    pub fn slice(&self, range: impl Ranged) -> &'a str {
        &self.text()[range.range()]
    }

    /// The offset at which the physical line with `offset` starts (`\n`, `\r\n`, `\r`).
    pub fn line_start(&self, offset: TextSize) -> TextSize {
        let bytes = self.text().as_bytes();
        let mut before = &bytes[..offset.to_usize()];
        if bytes.get(offset.to_usize()) == Some(&b'\n') {
            before = before.strip_suffix(b"\r").unwrap_or(before);
        }
        let start = before
            .iter()
            .rposition(|byte| matches!(byte, b'\n' | b'\r'))
            .map_or(0, |at| at + 1);
        TextSize::try_from(start).expect("an offset of a file fits in 32 bits")
    }

    /// The offset after the line break of the physical line with `offset`, or the end of the file.
    pub fn line_end(&self, offset: TextSize) -> TextSize {
        let bytes = self.text().as_bytes();
        let from = offset.to_usize();
        let end = match memchr::memchr2(b'\n', b'\r', &bytes[from..]) {
            None => bytes.len(),
            Some(at) if bytes[from + at] == b'\r' && bytes.get(from + at + 1) == Some(&b'\n') => {
                from + at + 2
            }
            Some(at) => from + at + 1,
        };
        TextSize::try_from(end).expect("an offset of a file fits in 32 bits")
    }

    /// The whole physical lines that a range touches, the last line break included.
    pub fn full_lines(&self, range: TextRange) -> TextRange {
        TextRange::new(self.line_start(range.start()), self.line_end(range.end()))
    }

    /// The offset at which the line of the first statement starts that shares a logical line with
    /// the statement at `offset`.
    pub fn logical_line_start(&self, offset: TextSize) -> TextSize {
        let tokens = self.tokens();
        let at = tokens.partition_point(|token| token.start() < offset);
        let first = tokens[..at]
            .iter()
            .rposition(|token| token.kind() == TokenKind::Newline)
            .map_or(0, |newline| newline + 1);
        let start = tokens[first..at].iter().find(|token| {
            !matches!(
                token.kind(),
                TokenKind::NonLogicalNewline
                    | TokenKind::Comment
                    | TokenKind::Indent
                    | TokenKind::Dedent
            )
        });
        self.line_start(start.map_or(offset, Ranged::start))
    }

    /// Whether a statement is the first thing on its line, which does not continue another one.
    pub fn starts_line(&self, statement: TextSize) -> bool {
        let start = self.line_start(statement);
        let before = self.slice(TextRange::new(start, statement));
        let is_blank = |c| matches!(c, ' ' | '\t' | '\u{c}');
        before.chars().all(is_blank) && self.logical_line_start(statement) == start
    }

    /// The offset after the line break that ends the logical line with `offset`, or the end of the
    /// file.
    pub fn logical_line_end(&self, offset: TextSize) -> TextSize {
        let tokens = self.tokens();
        let at = tokens.partition_point(|token| token.start() < offset);
        tokens[at..]
            .iter()
            .find(|token| token.kind() == TokenKind::Newline)
            .map_or(TextSize::of(self.text()), Ranged::end)
    }

    /// The blanks in front of the first other character of the line with `offset`.
    pub fn indentation(&self, offset: TextSize) -> &'a str {
        let line = &self.text()[self.line_start(offset).to_usize()..];
        let blanks = line.find(|c| !matches!(c, ' ' | '\t' | '\u{c}'));
        &line[..blanks.unwrap_or(line.len())]
    }

    /// The line break this file uses: that of its first line.
    pub fn newline(&self) -> &'static str {
        let bytes = self.text().as_bytes();
        match memchr::memchr2(b'\n', b'\r', bytes) {
            Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => "\r\n",
            Some(at) if bytes[at] == b'\r' => "\r",
            _ => "\n",
        }
    }

    /// One level of indentation in this file: that of its first indented block, else four blanks.
    pub fn indent_unit(&self) -> &'a str {
        let first = self.tokens().iter().find(|t| t.kind() == TokenKind::Indent);
        first.map_or("    ", |token| {
            self.slice(token.range()).trim_start_matches('\u{c}')
        })
    }

    /// One level of indentation in the code around a place at module level: that of the first
    /// indented block after it, else of the last one before it, else four blanks.
    pub fn indent_unit_near(&self, offset: TextSize) -> &'a str {
        let tokens = self.tokens();
        let at = tokens.partition_point(|token| token.start() < offset);
        let mut depth = 0usize;
        let before = tokens[..at].iter().rev().find(|token| {
            match token.kind() {
                TokenKind::Dedent => depth += 1,
                TokenKind::Indent => depth = depth.saturating_sub(1),
                _ => {}
            }
            token.kind() == TokenKind::Indent && depth == 0
        });
        let after = tokens[at..]
            .iter()
            .find(|token| token.kind() == TokenKind::Indent);
        after.or(before).map_or("    ", |token| {
            self.slice(token.range()).trim_start_matches('\u{c}')
        })
    }

    /// One more level of indentation for the line with `offset`: that of the file, unless the line
    /// is indented by something else, as in a file with tabs here and blanks there.
    pub fn indent_unit_at(&self, offset: TextSize) -> &'a str {
        let indentation = self.indentation(offset).trim_start_matches('\u{c}');
        if indentation.is_empty() {
            return self.indent_unit_near(offset);
        }
        let unit = self.indent_unit();
        if indentation.replace(unit, "").is_empty() {
            return unit;
        }
        // The block that the line belongs to is the last one before it with its indentation; any
        // later one lies deeper. A line inside of brackets may belong to a block less deep.
        let indents = self.indents();
        let blanks = |indent: TextRange| self.slice(indent).trim_start_matches('\u{c}');
        let line = self.line_start(offset);
        let before = &indents[..indents.partition_point(|(indent, _)| indent.start() <= line)];
        let own = before
            .iter()
            .rfind(|(indent, _)| indentation.starts_with(blanks(*indent)));
        let outer = match own {
            Some((indent, outer)) if blanks(*indent) == indentation => outer.map(blanks),
            other => other.map(|(indent, _)| blanks(*indent)),
        };
        let step = indentation.strip_prefix(outer.unwrap_or_default());
        step.filter(|step| !step.is_empty()).unwrap_or(indentation)
    }

    /// The blocks in source order, with what they are indented by and the block around them.
    fn indents(&self) -> &[(TextRange, Option<TextRange>)] {
        self.indents.get_or_init(|| {
            let mut open: Vec<TextRange> = Vec::new();
            let mut all = Vec::new();
            for token in self.tokens() {
                match token.kind() {
                    TokenKind::Indent => {
                        all.push((token.range(), open.last().copied()));
                        open.push(token.range());
                    }
                    TokenKind::Dedent => drop(open.pop()),
                    _ => {}
                }
            }
            all
        })
    }

    /// The comments in a range, in source order.
    pub fn comments_in(&self, range: TextRange) -> Vec<TextRange> {
        let tokens = self.tokens();
        let from = tokens.partition_point(|token| token.end() <= range.start());
        tokens[from..]
            .iter()
            .take_while(|token| token.start() < range.end())
            .filter(|token| token.kind() == TokenKind::Comment)
            .map(Ranged::range)
            .collect()
    }

    /// The comment at the end of the line with `offset`, if there is one.
    pub fn comment_on_line(&self, offset: TextSize) -> Option<TextRange> {
        let line = TextRange::new(self.line_start(offset), self.line_end(offset));
        self.comments_in(line).into_iter().next()
    }

    /// The range of an expression with the parentheses around it, if it has any of its own.
    pub fn parenthesized(&self, expr: &ast::Expr) -> TextRange {
        self.parenthesized_node(self.id(expr))
    }

    /// Like [`Tree::parenthesized`], for the node of an expression.
    pub fn parenthesized_node(&self, id: NodeId) -> TextRange {
        let node = self.node(id);
        let parent = self.node(self.parent(id));
        node.as_expr_ref()
            .and_then(|expr| ast::token::parenthesized_range(expr, parent, self.tokens()))
            .unwrap_or_else(|| node.range())
    }

    /// Whether `await …` in place of an expression must be put into parentheses.
    pub fn awaits_in_parentheses(&self, id: NodeId) -> bool {
        if self.parenthesized_node(id) != self.node(id).range() {
            return false;
        }
        let here = self.node(id);
        match self.node(self.parent(id)) {
            AnyNodeRef::ExprAttribute(_) | AnyNodeRef::ExprAwait(_) => true,
            AnyNodeRef::ExprSubscript(outer) => AnyNodeRef::from(&*outer.value).ptr_eq(here),
            AnyNodeRef::ExprCall(outer) => AnyNodeRef::from(&*outer.func).ptr_eq(here),
            _ => false,
        }
    }

    /// The text of a range as it would stand at column zero: the indentation of the line on which
    /// it starts is taken off the lines after it, except inside strings. Line breaks become `\n`.
    pub fn lifted(&self, range: TextRange) -> String {
        self.lifted_with(range, &[])
    }

    /// Like [`Tree::lifted`], with replacements of ranges inside it.
    pub fn lifted_with(&self, range: TextRange, edits: &[(TextRange, String)]) -> String {
        self.moved(range, "", edits)
    }

    /// The text of a range as it would stand on a line that is indented by `target`, with
    /// replacements inside it.
    pub fn moved(&self, range: TextRange, target: &str, edits: &[(TextRange, String)]) -> String {
        let indent = self.indentation(range.start());
        let protected = self.string_lines(range);
        let mut out = String::new();
        let mut at = range.start();
        let mut edits: Vec<_> = edits.iter().collect();
        edits.sort_by_key(|(range, _)| range.start());
        for (edit, text) in edits {
            self.push_lifted(
                &mut out,
                TextRange::new(at, edit.start()),
                (indent, target),
                &protected,
            );
            out.push_str(text);
            at = edit.end();
        }
        self.push_lifted(
            &mut out,
            TextRange::new(at, range.end()),
            (indent, target),
            &protected,
        );
        out
    }

    fn push_lifted(
        &self,
        out: &mut String,
        range: TextRange,
        (from, to): (&str, &str),
        keep: &[TextRange],
    ) {
        let mut at = range.start();
        while at < range.end() {
            let end = self.line_end(at).min(range.end());
            let mut line = &self.text()[at.to_usize()..end.to_usize()];
            let inside = |offset: TextSize| {
                keep.iter()
                    .any(|string| string.start() < offset && offset < string.end())
            };
            if at == self.line_start(at) && at > range.start() && !inside(at) {
                line = line
                    .strip_prefix(from)
                    .unwrap_or_else(|| line.trim_start_matches([' ', '\t']));
                if !line.trim().is_empty() {
                    out.push_str(to);
                }
            }
            if inside(end) || !line.ends_with(['\n', '\r']) {
                out.push_str(line);
            } else {
                out.push_str(line.trim_end_matches(['\n', '\r']));
                out.push('\n');
            }
            at = end;
        }
    }

    /// The strings of a range that span lines: their inside is content, not layout.
    pub(crate) fn string_lines(&self, range: TextRange) -> Vec<TextRange> {
        let tokens = self.tokens();
        let from = tokens.partition_point(|token| token.end() <= range.start());
        tokens[from..]
            .iter()
            .take_while(|token| token.start() < range.end())
            .filter(|token| {
                matches!(
                    token.kind(),
                    TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
                ) && self.slice(token.range()).contains(['\n', '\r'])
            })
            .map(Ranged::range)
            .collect()
    }

    /// An argument of a call together with the comma that goes when the argument goes: the one
    /// before it, or, for the first argument, the one after it with the blanks that follow.
    pub fn argument_with_comma(&self, call: &ast::ExprCall, argument: TextRange) -> TextRange {
        let tokens = self.tokens();
        let from = tokens.partition_point(|token| token.start() < argument.start());
        let before = tokens[..from]
            .iter()
            .rev()
            .take_while(|token| token.start() >= call.arguments.start())
            .find(|token| {
                !matches!(
                    token.kind(),
                    TokenKind::NonLogicalNewline | TokenKind::Comment
                )
            });
        if let Some(comma) = before.filter(|token| token.kind() == TokenKind::Comma) {
            return TextRange::new(comma.start(), argument.end());
        }
        let next = call
            .arguments
            .iter_source_order()
            .map(|other| other.range())
            .find(|other| other.start() >= argument.end());
        TextRange::new(
            argument.start(),
            next.map_or(argument.end(), ruff_text_size::TextRange::start),
        )
    }

    /// The statement a node belongs to: the nearest one at or above it.
    pub fn enclosing_statement(&self, id: NodeId) -> NodeId {
        if self.node(id).is_statement() {
            return id;
        }
        self.ancestors(id)
            .find(|above| self.node(*above).is_statement())
            .unwrap_or(NodeId(0))
    }

    /// The block a statement stands in and its position there.
    pub fn block_of(&self, statement: NodeId) -> Option<(&'a [ast::Stmt], usize)> {
        let node = self.node(statement);
        let blocks = blocks(self.node(self.parent(statement)));
        blocks.into_iter().find_map(|block| {
            let at = block.partition_point(|stmt| stmt.start() < node.start());
            let is_there = |stmt| AnyNodeRef::from(stmt).ptr_eq(node);
            block.get(at).is_some_and(is_there).then_some((block, at))
        })
    }

    /// A statement node as the statement it is.
    pub fn statement(&self, id: NodeId) -> Option<&'a ast::Stmt> {
        self.block_of(id).map(|(block, at)| &block[at])
    }
}

/// The blocks a node directly owns, in source order. The clauses of `if`, `try` and `match` are
/// nodes of their own and own theirs.
fn blocks(node: AnyNodeRef<'_>) -> Vec<&[ast::Stmt]> {
    match node {
        AnyNodeRef::ModModule(node) => vec![&node.body],
        AnyNodeRef::StmtFunctionDef(node) => vec![&node.body],
        AnyNodeRef::StmtClassDef(node) => vec![&node.body],
        AnyNodeRef::StmtFor(node) => vec![&node.body, &node.orelse],
        AnyNodeRef::StmtWhile(node) => vec![&node.body, &node.orelse],
        AnyNodeRef::StmtIf(node) => vec![&node.body],
        AnyNodeRef::ElifElseClause(node) => vec![&node.body],
        AnyNodeRef::StmtWith(node) => vec![&node.body],
        AnyNodeRef::StmtTry(node) => vec![&node.body, &node.orelse, &node.finalbody],
        AnyNodeRef::ExceptHandlerExceptHandler(node) => vec![&node.body],
        AnyNodeRef::MatchCase(node) => vec![&node.body],
        _ => Vec::new(),
    }
}
