//! The syntax of a text that edits made from another one: statements that no edit touches are taken
//! from the syntax of that one and moved, the others are parsed.
//!
//! What the parser makes of a statement at the beginning of a line depends on the text of the
//! statement alone, and on the indentation of its block: not on what stands before it or after it.
//! So the result is that of a parse of the whole text, which a debug build compares. Where that is
//! not plain, nothing comes out, and the whole text is parsed.

mod shift;
#[cfg(test)]
mod tests;

use super::{PythonVersion, Ranged, TextRange, TextSize, Token, TokenKind, Tokens, ast};
use ast::token::TokenFlags;
use ast::{AtomicNodeIndex, ModModule, Stmt, Suite};
use ruff_python_parser::{Mode, ParseOptions, Parsed};
use shift::Shift;
use std::ops::Range;

/// What stands in front of the statements of a class that are parsed without the class.
const HEADER: &str = "class A:\n";

/// How many tokens that are: `class`, the name, the colon, the line break.
const HEADER_TOKENS: usize = 4;

/// The syntax of a text.
pub(super) struct Spliced {
    pub(super) ast: ModModule,
    /// Their flags are not kept.
    pub(super) tokens: Tokens,
    pub(super) too_new: Vec<(TextRange, String)>,
}

/// The text before the edits, with its syntax.
pub(super) struct Before<'o> {
    pub(super) text: &'o str,
    pub(super) ast: &'o ModModule,
    pub(super) tokens: &'o [Token],
    pub(super) too_new: Vec<(TextRange, String)>,
}

/// The syntax of `text`; the edits are sorted and disjoint, each with its range in both texts.
pub(super) fn spliced(
    before: &Before<'_>,
    text: &str,
    edits: &[(TextRange, TextRange)],
    target: PythonVersion,
) -> Option<Spliced> {
    let mut splicer = Splicer {
        before,
        text,
        edits,
        options: ParseOptions::from(Mode::Module).with_target_version(target),
        tokens: Vec::with_capacity(before.tokens.len() + before.tokens.len() / 16),
        closing: 0,
        too_new: Vec::new(),
    };
    let end = TextSize::of(text);
    if splicer.place(TextSize::of(before.text))? != end {
        return None;
    }
    let body = splicer.block(&Block {
        body: &before.ast.body,
        range: TextRange::up_to(TextSize::of(before.text)),
        indent: "",
        ends: 0,
    })?;
    splicer.close(end);
    splicer.tokens.shrink_to_fit();
    Some(Spliced {
        ast: ModModule {
            node_index: AtomicNodeIndex::NONE,
            range: TextRange::up_to(end),
            body,
        },
        tokens: Tokens::new(splicer.tokens),
        too_new: splicer.too_new,
    })
}

struct Splicer<'o, 'n> {
    before: &'o Before<'o>,
    text: &'n str,
    edits: &'n [(TextRange, TextRange)],
    options: ParseOptions,
    tokens: Vec<Token>,
    /// How many blocks end in front of the statement that comes next.
    closing: usize,
    too_new: Vec<(TextRange, String)>,
}

/// The statements of the module or of a class, in the text before the edits.
struct Block<'o> {
    body: &'o [Stmt],
    /// From the first line to where the next statement of the block around it begins.
    range: TextRange,
    indent: &'o str,
    /// How many blocks end with this one, itself included; none for the module.
    ends: usize,
}

impl Block<'_> {
    fn is_module(&self) -> bool {
        self.indent.is_empty()
    }
}

impl<'o> Splicer<'o, '_> {
    /// The statements that a block has after the edits.
    fn block(&mut self, block: &Block<'o>) -> Option<Suite> {
        let chunks = self.chunks(block);
        if chunks.is_empty() {
            return None;
        }
        let mut body = Suite::with_capacity(block.body.len());
        let mut at = 0;
        while let Some((statements, range)) = chunks.get(at).cloned() {
            let statements = &block.body[statements];
            at += 1;
            let is_last = at == chunks.len();
            if !self.is_touched(range) {
                let shift = self.copy(range)?;
                body.extend(statements.iter().map(|stmt| shift.stmt(stmt.clone())));
                continue;
            }
            if let [Stmt::ClassDef(class)] = statements {
                let ends = if is_last { block.ends + 1 } else { 1 };
                let done = (self.tokens.len(), self.closing, self.too_new.len());
                if let Some(class) = self.class(class, range, ends) {
                    body.push(class);
                    continue;
                }
                self.tokens.truncate(done.0);
                self.closing = done.1;
                self.too_new.truncate(done.2);
            }
            let first = range.start();
            let mut end = range.end();
            while let Some((statements, range)) = chunks.get(at)
                && self.is_touched(*range)
                && !matches!(block.body[statements.clone()], [Stmt::ClassDef(_)])
            {
                end = range.end();
                at += 1;
            }
            body.extend(self.parse(block, TextRange::new(first, end))?);
        }
        Some(body)
    }

    /// The statements of a block, cut where one begins a line.
    fn chunks(&self, block: &Block<'o>) -> Vec<(Range<usize>, TextRange)> {
        let mut chunks = Vec::with_capacity(block.body.len());
        let (mut first, mut start) = (0, block.range.start());
        for (at, stmt) in block.body.iter().enumerate().skip(1) {
            if let Some(line) = self.line_of(stmt.start(), block.indent) {
                chunks.push((first..at, TextRange::new(start, line)));
                (first, start) = (at, line);
            }
        }
        if !block.body.is_empty() {
            let rest = TextRange::new(start, block.range.end());
            chunks.push((first..block.body.len(), rest));
        }
        chunks
    }

    /// Where the line of a statement begins that has this indentation and nothing else before it.
    fn line_of(&self, statement: TextSize, indent: &str) -> Option<TextSize> {
        let before = &self.before.text[..statement.to_usize()];
        let before = before.strip_suffix(indent)?;
        ends_line(before).then(|| TextSize::of(before))
    }

    /// A class with the same header, after the edits; `range` is up to the next statement.
    fn class(
        &mut self,
        class: &'o ast::StmtClassDef,
        range: TextRange,
        ends: usize,
    ) -> Option<Stmt> {
        let first = class.body.first()?.start();
        let text = self.before.text;
        let line = text[..first.to_usize()].rfind('\n')? + 1;
        let indent = &text[line..first.to_usize()];
        let line = TextSize::try_from(line).ok()?;
        let header = TextRange::new(range.start(), line);
        let is_plain =
            !indent.is_empty() && indent.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        if !is_plain || line <= class.start() || self.is_touched(header) {
            return None;
        }
        self.line_of(first, indent)?;
        let shift = self.copy(header)?;
        let body = self.block(&Block {
            body: &class.body,
            range: TextRange::new(line, range.end()),
            indent,
            ends,
        })?;
        let end = body.last()?.end();
        let made = shift.stmt(Stmt::ClassDef(ast::StmtClassDef {
            node_index: AtomicNodeIndex::NONE,
            range: class.range,
            decorator_list: class.decorator_list.clone(),
            name: class.name.clone(),
            type_params: class.type_params.clone(),
            arguments: class.arguments.clone(),
            body: Suite::new(),
        }));
        let Stmt::ClassDef(mut made) = made else {
            return None;
        };
        made.range = TextRange::new(made.range.start(), end);
        made.body = body;
        Some(Stmt::ClassDef(made))
    }

    /// Whether an edit changes something in a part of the text before. What is put between two parts
    /// belongs to the first of them.
    fn is_touched(&self, part: TextRange) -> bool {
        let first = self.edits.first();
        if part.start() == TextSize::new(0)
            && first.is_some_and(|(edit, _)| edit.end() == TextSize::new(0))
        {
            return true;
        }
        let next = self.after(part.start());
        self.edits[next..]
            .first()
            .is_some_and(|(edit, _)| edit.start() < part.end() || edit.end() == part.end())
    }

    /// How many edits end at or before an offset of the text before.
    fn after(&self, at: TextSize) -> usize {
        self.edits.partition_point(|(edit, _)| edit.end() <= at)
    }

    /// Where the text goes on after the edits that goes on there before; nowhere inside an edit.
    fn place(&self, at: TextSize) -> Option<TextSize> {
        if at == TextSize::new(0) {
            return Some(at);
        }
        let after = self.after(at);
        if self.edits[after..]
            .first()
            .is_some_and(|(edit, _)| edit.start() < at)
        {
            return None;
        }
        Some(match self.edits[..after].last() {
            Some((old, new)) => Shift::between(old.end(), new.end()).offset(at),
            None => at,
        })
    }

    /// Where a part of the text before begins and ends after the edits: at the beginning of lines.
    fn part(&self, part: TextRange) -> Option<TextRange> {
        let (start, end) = (self.place(part.start())?, self.place(part.end())?);
        let begins_line = |at: TextSize| {
            let before = self.text.get(..at.to_usize());
            before.is_some_and(|before| before.is_empty() || ends_line(before))
        };
        let is_whole = begins_line(start) && (end == TextSize::of(self.text) || begins_line(end));
        (start <= end && is_whole).then(|| TextRange::new(start, end))
    }

    /// Takes the tokens of a part that has stayed as it is, and says how far it has moved.
    fn copy(&mut self, part: TextRange) -> Option<Shift> {
        let new = self.part(part)?;
        if self.before.text[part] != self.text[new] {
            return None;
        }
        let shift = Shift::between(part.start(), new.start());
        let all = self.before.tokens;
        let from = all.partition_point(|token| token.start() < part.start());
        let from = from + dedents(&all[from..]);
        let (to, closing) = if part.end() == TextSize::of(self.before.text) {
            let open = all.iter().rev().take_while(|token| is_dedent(token));
            let open = open.count();
            (all.len() - open, open)
        } else {
            let to = all.partition_point(|token| token.start() < part.end());
            (to, dedents(&all[to..]))
        };
        self.take(all.get(from..to)?.iter(), shift);
        self.closing += closing;
        let before = self.before;
        let too_new = before.too_new.iter();
        let too_new = too_new.filter(|(range, _)| part.contains(range.start()));
        let too_new = too_new.map(|(range, what)| (shift.range(*range), what.clone()));
        self.too_new.extend(too_new);
        Some(shift)
    }

    /// Parses what has become of a part of a block.
    fn parse(&mut self, block: &Block<'_>, part: TextRange) -> Option<Suite> {
        let new = self.part(part)?;
        let (parsed, shift) = if block.is_module() {
            let parsed = ruff_python_parser::parse_cells_unchecked(self.text, [new], &self.options);
            (parsed, Shift::default())
        } else {
            let text = format!("{HEADER}{}", &self.text[new]);
            let parsed = ruff_python_parser::parse_unchecked(&text, self.options.clone());
            let parsed = parsed.try_into_module()?;
            if parsed.errors().is_empty() {
                let indents = parsed.tokens().iter();
                let mut indents = indents.filter(|token| token.kind() == TokenKind::Indent);
                if text[indents.next()?.range()] != *block.indent {
                    return None;
                }
            }
            (parsed, Shift::between(TextSize::of(HEADER), new.start()))
        };
        if !parsed.errors().is_empty() {
            return None;
        }
        self.take_parsed(block, part, &parsed, shift)?;
        let too_new = parsed.unsupported_syntax_errors().iter();
        let too_new = too_new.map(|error| (shift.range(error.range), error.to_string()));
        self.too_new.extend(too_new);
        let body = parsed.into_syntax().body;
        if block.is_module() {
            return Some(body);
        }
        let mut statements = body.into_iter();
        let (Some(Stmt::ClassDef(class)), None) = (statements.next(), statements.next()) else {
            return None;
        };
        Some(
            class
                .body
                .into_iter()
                .map(|stmt| shift.stmt(stmt))
                .collect(),
        )
    }

    /// Takes the tokens of what has been parsed.
    fn take_parsed(
        &mut self,
        block: &Block<'_>,
        part: TextRange,
        parsed: &Parsed<ModModule>,
        shift: Shift,
    ) -> Option<()> {
        let tokens = parsed.tokens();
        let open = tokens.iter().rev().take_while(|token| is_dedent(token));
        let mut open = open.count();
        let tokens = &tokens[..tokens.len() - open];
        if block.is_module() {
            self.take(tokens.iter(), shift);
        } else {
            let tokens = tokens.get(HEADER_TOKENS..)?;
            let indent = tokens
                .iter()
                .position(|token| token.kind() == TokenKind::Indent)?;
            // Only the first statement of a block has the token.
            let skipped = (part.start() != block.range.start()).then_some(indent);
            let tokens = tokens.iter().enumerate();
            let tokens = tokens.filter(|(at, _)| Some(*at) != skipped);
            self.take(tokens.map(|(_, token)| token), shift);
            open = open.checked_sub(1)?;
        }
        if part.end() == block.range.end() {
            open += block.ends;
        }
        self.closing += open;
        Some(())
    }

    /// Takes tokens; the blocks that end do so in front of the first that is no comment.
    fn take<'t>(&mut self, tokens: impl Iterator<Item = &'t Token>, shift: Shift) {
        for token in tokens {
            let kind = token.kind();
            let range = shift.range(token.range());
            let is_trivia = matches!(kind, TokenKind::Comment | TokenKind::NonLogicalNewline);
            if self.closing > 0 && !is_trivia {
                self.close(range.start());
            }
            self.push(kind, range);
        }
    }

    fn close(&mut self, at: TextSize) {
        for _ in 0..std::mem::take(&mut self.closing) {
            self.push(TokenKind::Dedent, TextRange::empty(at));
        }
    }

    fn push(&mut self, kind: TokenKind, range: TextRange) {
        let token = Token::new(kind, range, TokenFlags::empty());
        self.tokens.push(token);
    }
}

/// Whether a text ends with a line break that no backslash takes away.
fn ends_line(text: &str) -> bool {
    let Some(line) = text.strip_suffix('\n') else {
        return false;
    };
    !line.strip_suffix('\r').unwrap_or(line).ends_with('\\')
}

fn is_dedent(token: &Token) -> bool {
    token.kind() == TokenKind::Dedent
}

/// How many blocks end at the beginning of these tokens.
fn dedents(tokens: &[Token]) -> usize {
    tokens.iter().take_while(|token| is_dedent(token)).count()
}
