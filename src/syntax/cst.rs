//! Structural rewrites: statements move into blocks, one-line suites are opened, new statements
//! appear. The unit of work is the smallest run of whole physical lines that the lossless parser
//! can read alone; no other byte of the file is printed anew.
//!
//! Two facts about the lossless parser shape this module. It recurses and its cost explodes with
//! nesting, so a unit that nests deeper than [`MAX_DEPTH`] is refused before it is called. And it
//! does not print every text it reads, so a unit that does not come back byte for byte is refused
//! too.

mod leaves;

use super::tree::{NodeId, Tree};
use super::{AnyNodeRef, Ranged, TextRange, TextSize, TokenKind, ast};
use libcst_native as cst;
use std::fmt;

/// The deepest nesting of syntax nodes in a unit that is handed to the lossless parser.
pub const MAX_DEPTH: u32 = 200;

/// One item of the new sequence of statements.
#[derive(Debug, Clone)]
pub enum Piece {
    /// A statement of the run, by its position in the run, with replacements inside it (ranges of
    /// the file).
    Kept(usize, Vec<(TextRange, String)>),
    /// New simple statements, one or more lines as they would stand at column zero, with `\n`.
    New(String),
    /// A new compound statement: its header line without indentation, with the colon, and its body.
    Block(String, Vec<Piece>),
    /// `try:` with its body, and the clauses after it as they would stand at column zero.
    Try(Vec<Piece>, String),
}

/// A replacement of whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The lines of the file that are replaced.
    pub range: TextRange,
    /// What stands there instead.
    pub text: String,
}

/// Why a unit could not be rebuilt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unbuildable {
    /// The unit nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// The lossless parser rejects the unit.
    CannotRead,
    /// The lossless parser does not print the unit as it read it.
    NotLossless,
    /// A comment stands between statements of one line or where it cannot be kept.
    LostStatement,
}

impl fmt::Display for Unbuildable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooDeep => "the statement nests deeper than 200 levels",
            Self::CannotRead => "the lossless parser cannot read this statement",
            Self::NotLossless => "the lossless parser would not print this statement unchanged",
            Self::LostStatement => "the statement was not found again by the lossless parser",
        })
    }
}

/// A run of sibling statements that a rewrite replaces.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    block: &'a [ast::Stmt],
    first: usize,
    last: usize,
}

impl<'a> Run<'a> {
    /// The statements `first..=last` of a block.
    pub fn new(block: &'a [ast::Stmt], first: usize, last: usize) -> Self {
        assert!(
            first <= last && last < block.len(),
            "a run lies in its block"
        );
        Self { block, first, last }
    }

    /// The run of one statement.
    pub fn single(tree: &Tree<'a>, statement: NodeId) -> Option<Self> {
        let (block, at) = tree.block_of(statement)?;
        Some(Self::new(block, at, at))
    }

    /// The statements of the run.
    pub fn statements(&self) -> &'a [ast::Stmt] {
        &self.block[self.first..=self.last]
    }
}

/// What must be parsed to rewrite a run, and where the run is in it.
struct Unit<'a> {
    /// Whole lines of the file.
    lines: TextRange,
    /// The statements on these lines when the run stands on lines of its own.
    siblings: Option<(&'a [ast::Stmt], usize)>,
}

fn unit<'a>(tree: &Tree<'a>, run: Run<'a>) -> Unit<'a> {
    let (mut first, mut last) = (run.first, run.last);
    let block = run.block;
    while first > 0 && same_line(tree, &block[first - 1], &block[first]) {
        first -= 1;
    }
    while last + 1 < block.len() && same_line(tree, &block[last], &block[last + 1]) {
        last += 1;
    }
    let range = TextRange::new(block[first].start(), block[last].end());
    if starts_its_line(tree, range.start()) {
        return Unit {
            lines: tree.full_lines(range),
            siblings: Some((&block[first..=last], run.first - first)),
        };
    }
    // A one-line suite: the statement that owns the line, or one further out.
    let mut at = tree.id(&block[first]);
    loop {
        at = tree.parent(at);
        let node = tree.node(at);
        if node.is_statement() && starts_its_line(tree, node.start()) {
            return Unit {
                lines: tree.full_lines(node.range()),
                siblings: None,
            };
        }
        if at == tree.parent(at) {
            return Unit {
                lines: tree.full_lines(range),
                siblings: None,
            };
        }
    }
}

fn same_line(tree: &Tree<'_>, left: &ast::Stmt, right: &ast::Stmt) -> bool {
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < left.end());
    !tokens[from..]
        .iter()
        .take_while(|token| token.start() < right.start())
        .any(|token| token.kind() == TokenKind::Newline)
}

fn starts_its_line(tree: &Tree<'_>, offset: TextSize) -> bool {
    let start = tree.line_start(offset);
    tree.text()[start.to_usize()..offset.to_usize()]
        .chars()
        .all(|c| matches!(c, ' ' | '\t' | '\u{c}'))
}

fn deepest(tree: &Tree<'_>, lines: TextRange) -> u32 {
    let base = tree
        .starting_in(lines)
        .map(|id| (tree.node(id), tree.depth(id)))
        .filter(|(node, _)| {
            !matches!(node, AnyNodeRef::ModModule(_)) && lines.contains_range(node.range())
        });
    let (mut least, mut most) = (u32::MAX, 0);
    for (_, depth) in base {
        least = least.min(depth);
        most = most.max(depth);
    }
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < lines.start());
    let (mut open, mut brackets) = (0u32, 0u32);
    for token in tokens[from..]
        .iter()
        .take_while(|token| token.start() < lines.end())
    {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                open += 1;
                brackets = brackets.max(open);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => open = open.saturating_sub(1),
            _ => {}
        }
    }
    brackets.max(most.saturating_sub(least.min(most)))
}

/// Rebuilds a run of statements from pieces.
///
/// Comments stay where they are: a comment at the end of the run's last line stays with the last
/// kept statement of that line. Every statement of the run must be kept by exactly one piece or
/// be replaced on purpose; its comments are the caller's business.
pub fn rebuild<'a>(
    tree: &Tree<'a>,
    run: Run<'a>,
    pieces: &[Piece],
) -> Result<Rebuilt, Unbuildable> {
    rebuild_among(tree, run, pieces, &[])
}

/// Like [`rebuild`], with replacements elsewhere on the lines that are rebuilt: in a statement
/// that shares a line with the run, or in the statement whose one-line suite the run is. Those
/// outside [`Rebuilt::range`] are left to the caller.
pub fn rebuild_among<'a>(
    tree: &Tree<'a>,
    run: Run<'a>,
    pieces: &[Piece],
    others: &[(TextRange, String)],
) -> Result<Rebuilt, Unbuildable> {
    let unit = unit(tree, run);
    if deepest(tree, unit.lines) > MAX_DEPTH {
        return Err(Unbuildable::TooDeep);
    }
    let original = tree.slice(unit.lines);
    let newline = tree.newline();
    let indent = tree.indentation(unit.lines.start()).to_owned();

    // Replacements first, as text: the lossless parser then reads the statements in their new form.
    let mut edits = Vec::new();
    collect_edits(pieces, &mut edits);
    edits.extend(
        others
            .iter()
            .filter(|(range, _)| unit.lines.contains_range(*range))
            .cloned(),
    );
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    let edited = splice(original, unit.lines.start(), &edits, newline);

    let arena = bumpalo::Bump::new();
    check_lossless(&arena, original, newline, &indent)?;
    let (source, prefix) = wrapped(&arena, &edited, newline, &indent);
    let mut module = cst::parse_module(source, None).map_err(|_| Unbuildable::CannotRead)?;

    let mut builder = Builder {
        arena: &arena,
        newline,
        indent_unit: arena.alloc_str(tree.indent_unit_at(unit.lines.start())),
        trailing: None,
    };
    let count = run.last - run.first + 1;
    let done = if let Some((_, offset)) = unit.siblings {
        let body = unit_body(&mut module, prefix);
        let old = std::mem::take(body);
        *body = builder.replace(old, offset, count, pieces)?;
        true
    } else {
        let first = leaf_in(tree, &run.block[run.first]).ok_or(Unbuildable::LostStatement)?;
        let moved = shifted(first, unit.lines.start(), &edits);
        let end = shifted(run.block[run.first].end(), unit.lines.start(), &edits);
        let offset = run.first - first_on_line(tree, run);
        let suites = unit_body(&mut module, prefix);
        let place = Place {
            text: source,
            leaves: prefix + moved..prefix + end.max(moved + 1),
        };
        let mut result = Ok(());
        let found = leaves::with_suite(suites, &place, &mut |suite| {
            result = builder.open_suite(suite, offset, count, pieces);
        });
        result?;
        found
    };
    if !done {
        return Err(Unbuildable::LostStatement);
    }
    let mut state = cst::CodegenState {
        default_newline: module.default_newline,
        default_indent: module.default_indent,
        ..cst::CodegenState::default()
    };
    cst::Codegen::codegen(&module, &mut state);
    let mut text = state.tokens[prefix..].to_owned();
    if !original.ends_with(['\n', '\r']) {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    Ok(Rebuilt {
        range: unit.lines,
        text,
    })
}

/// A statement of the edited text, found again by the address of its first leaf.
pub(in crate::syntax) struct Place<'s> {
    pub(in crate::syntax) text: &'s str,
    pub(in crate::syntax) leaves: std::ops::Range<usize>,
}

impl Place<'_> {
    pub(in crate::syntax) fn holds(&self, leaf: &str) -> bool {
        (leaf.as_ptr() as usize)
            .checked_sub(self.text.as_ptr() as usize)
            .is_some_and(|at| self.leaves.contains(&at))
    }
}

fn first_on_line(tree: &Tree<'_>, run: Run<'_>) -> usize {
    let mut first = run.first;
    while first > 0 && same_line(tree, &run.block[first - 1], &run.block[first]) {
        first -= 1;
    }
    first
}

/// The start of the first name, number or string of a statement: what the lossless tree keeps as
/// a slice of its input.
fn leaf_in(tree: &Tree<'_>, stmt: &ast::Stmt) -> Option<TextSize> {
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < stmt.start());
    tokens[from..]
        .iter()
        .take_while(|token| token.start() < stmt.end())
        .find(|token| {
            matches!(
                token.kind(),
                TokenKind::Name
                    | TokenKind::Int
                    | TokenKind::Float
                    | TokenKind::Complex
                    | TokenKind::String
                    | TokenKind::FStringStart
                    | TokenKind::TStringStart
                    | TokenKind::None
                    | TokenKind::True
                    | TokenKind::False
            )
        })
        .map(Ranged::start)
}

fn collect_edits(pieces: &[Piece], edits: &mut Vec<(TextRange, String)>) {
    for piece in pieces {
        match piece {
            Piece::Kept(_, inside) => edits.extend(inside.iter().cloned()),
            Piece::New(_) => {}
            Piece::Block(_, body) | Piece::Try(body, _) => collect_edits(body, edits),
        }
    }
}

fn splice(text: &str, base: TextSize, edits: &[(TextRange, String)], newline: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = base;
    for (range, new) in edits {
        out.push_str(&text[(at - base).to_usize()..(range.start() - base).to_usize()]);
        out.push_str(&with_newline(new, newline));
        at = range.end();
    }
    out.push_str(&text[(at - base).to_usize()..]);
    out
}

/// Where an offset of the file lies in the edited unit. An offset inside a replacement maps to its
/// start: replacements begin with a leaf there.
fn shifted(offset: TextSize, base: TextSize, edits: &[(TextRange, String)]) -> usize {
    let mut shift = 0isize;
    for (range, new) in edits {
        if range.end() <= offset && !(range.is_empty() && range.end() == offset) {
            shift += new.len().cast_signed() - range.len().to_usize().cast_signed();
        } else if range.start() <= offset {
            let start = (range.start() - base).to_usize();
            return start.saturating_add_signed(shift);
        }
    }
    (offset - base).to_usize().saturating_add_signed(shift)
}

fn with_newline(text: &str, newline: &str) -> String {
    if newline == "\n" {
        text.to_owned()
    } else {
        text.replace('\n', newline)
    }
}

/// The text to parse for a slice of lines, and how many bytes of it are not the slice. Indented
/// lines are never dedented, because of the strings in them: they become the body of a function.
fn wrapped<'b>(
    arena: &'b bumpalo::Bump,
    slice: &str,
    newline: &str,
    indent: &str,
) -> (&'b str, usize) {
    let end = if slice.ends_with(['\n', '\r']) {
        ""
    } else {
        newline
    };
    if indent.trim_start_matches('\u{c}').is_empty() {
        (arena.alloc_str(&format!("{slice}{end}")), 0)
    } else {
        let head = format!("def _():{newline}");
        (arena.alloc_str(&format!("{head}{slice}{end}")), head.len())
    }
}

fn check_lossless(
    arena: &bumpalo::Bump,
    slice: &str,
    newline: &str,
    indent: &str,
) -> Result<(), Unbuildable> {
    let (source, _) = wrapped(arena, slice, newline, indent);
    let module = cst::parse_module(source, None).map_err(|_| Unbuildable::CannotRead)?;
    let mut state = cst::CodegenState {
        default_newline: module.default_newline,
        default_indent: module.default_indent,
        ..cst::CodegenState::default()
    };
    cst::Codegen::codegen(&module, &mut state);
    if state.tokens == source {
        Ok(())
    } else {
        Err(Unbuildable::NotLossless)
    }
}

fn unit_body<'m, 'b>(
    module: &'m mut cst::Module<'b>,
    prefix: usize,
) -> &'m mut Vec<cst::Statement<'b>> {
    if prefix == 0 {
        return &mut module.body;
    }
    match module.body.first_mut() {
        Some(cst::Statement::Compound(cst::CompoundStatement::FunctionDef(function))) => {
            match &mut function.body {
                cst::Suite::IndentedBlock(block) => &mut block.body,
                cst::Suite::SimpleStatementSuite(_) => unreachable!("the wrapper has a block"),
            }
        }
        _ => unreachable!("the wrapper is a function"),
    }
}

struct Builder<'b> {
    arena: &'b bumpalo::Bump,
    newline: &'static str,
    indent_unit: &'b str,
    /// The trailing blanks, comment and line break of the line that is taken apart.
    trailing: Option<cst::TrailingWhitespace<'b>>,
}

/// A statement of the unit, taken off its line.
#[expect(clippy::large_enum_variant, reason = "a unit has a handful of them")]
enum Loose<'b> {
    Small(
        cst::SmallStatement<'b>,
        Vec<cst::EmptyLine<'b>>,
        Option<cst::TrailingWhitespace<'b>>,
    ),
    Whole(cst::Statement<'b>),
}

impl<'b> Builder<'b> {
    /// Replaces `count` statements from `offset` on by the pieces; the others of the unit stay.
    fn replace(
        &mut self,
        body: Vec<cst::Statement<'b>>,
        offset: usize,
        count: usize,
        pieces: &[Piece],
    ) -> Result<Vec<cst::Statement<'b>>, Unbuildable> {
        let mut loose = Vec::new();
        for statement in body {
            match statement {
                cst::Statement::Simple(line) => loosen(line, &mut loose),
                compound @ cst::Statement::Compound(_) => loose.push(Loose::Whole(compound)),
            }
        }
        if offset + count > loose.len() {
            return Err(Unbuildable::LostStatement);
        }
        let after: Vec<_> = loose.split_off(offset + count);
        let mut run: Vec<Option<Loose<'b>>> =
            loose.split_off(offset).into_iter().map(Some).collect();
        let mut out: Vec<cst::Statement<'b>> =
            loose.into_iter().map(|one| self.line(one)).collect();

        // The comment of the run's last line belongs to the last kept statement.
        self.trailing = match run.last_mut() {
            Some(Some(Loose::Small(_, _, trailing))) => trailing.take(),
            _ => None,
        };
        let mut leading = match run.first_mut() {
            Some(Some(Loose::Small(_, leading, _))) => std::mem::take(leading),
            Some(Some(Loose::Whole(statement))) => {
                std::mem::take(cst::WithLeadingLines::leading_lines(statement))
            }
            _ => Vec::new(),
        };
        let from = out.len();
        for piece in pieces {
            let built = self.piece(piece, &mut run)?;
            out.extend(built);
        }
        if let Some(first) = out.get_mut(from) {
            let lines = cst::WithLeadingLines::leading_lines(first);
            leading.append(lines);
            *lines = leading;
        }
        if let Some(trailing) = self.trailing.take()
            && let Some(last) = out[from..].last_mut()
            && !give_trailing(last, trailing)
        {
            return Err(Unbuildable::LostStatement);
        }
        out.extend(after.into_iter().map(|one| self.line(one)));
        Ok(out)
    }

    /// Opens a one-line suite into a block and replaces statements in it.
    fn open_suite(
        &mut self,
        suite: &mut cst::Suite<'b>,
        offset: usize,
        count: usize,
        pieces: &[Piece],
    ) -> Result<(), Unbuildable> {
        let cst::Suite::SimpleStatementSuite(line) = suite else {
            return Err(Unbuildable::LostStatement);
        };
        let mut loose = Vec::new();
        let trailing = std::mem::take(&mut line.trailing_whitespace);
        loosen_small(
            std::mem::take(&mut line.body),
            Vec::new(),
            trailing,
            &mut loose,
        );
        let body: Vec<cst::Statement<'b>> = loose.into_iter().map(|one| self.line(one)).collect();
        let body = self.replace(body, offset, count, pieces)?;
        *suite = cst::Suite::IndentedBlock(self.block(body)?);
        Ok(())
    }

    fn block(&self, body: Vec<cst::Statement<'b>>) -> Result<cst::IndentedBlock<'b>, Unbuildable> {
        let template = self
            .arena
            .alloc_str(&format!("if _:{}    pass{0}", self.newline));
        let Ok(cst::Statement::Compound(cst::CompoundStatement::If(branch))) =
            cst::parse_statement(template)
        else {
            return Err(Unbuildable::CannotRead);
        };
        let cst::Suite::IndentedBlock(mut block) = branch.body else {
            return Err(Unbuildable::CannotRead);
        };
        block.body = body;
        block.indent = Some(self.indent_unit);
        block.footer = Vec::new();
        Ok(block)
    }

    fn line(&self, one: Loose<'b>) -> cst::Statement<'b> {
        match one {
            Loose::Whole(statement) => statement,
            Loose::Small(small, leading, trailing) => self.simple(small, leading, trailing),
        }
    }

    fn simple(
        &self,
        small: cst::SmallStatement<'b>,
        leading: Vec<cst::EmptyLine<'b>>,
        trailing: Option<cst::TrailingWhitespace<'b>>,
    ) -> cst::Statement<'b> {
        let template = self.arena.alloc_str(&format!("pass{}", self.newline));
        let Ok(cst::Statement::Simple(mut line)) = cst::parse_statement(template) else {
            unreachable!("`pass` is a statement");
        };
        line.body = vec![small];
        line.leading_lines = leading;
        if let Some(trailing) = trailing {
            line.trailing_whitespace = real_newline(trailing);
        }
        cst::Statement::Simple(line)
    }

    fn piece(
        &mut self,
        piece: &Piece,
        run: &mut [Option<Loose<'b>>],
    ) -> Result<Vec<cst::Statement<'b>>, Unbuildable> {
        match piece {
            Piece::Kept(at, _) => {
                let last = *at + 1 == run.len();
                let one = run
                    .get_mut(*at)
                    .and_then(Option::take)
                    .ok_or(Unbuildable::LostStatement)?;
                let mut statement = self.line(one);
                if last && let Some(trailing) = self.trailing.take() {
                    give_trailing(&mut statement, trailing);
                }
                Ok(vec![statement])
            }
            Piece::New(text) => {
                let mut source = with_newline(text, self.newline);
                if !source.ends_with(['\n', '\r']) {
                    source.push_str(self.newline);
                }
                let source = self.arena.alloc_str(&source);
                let mut module =
                    cst::parse_module(source, None).map_err(|_| Unbuildable::CannotRead)?;
                let mut header = std::mem::take(&mut module.header);
                if let Some(first) = module.body.first_mut() {
                    let lines = cst::WithLeadingLines::leading_lines(first);
                    header.append(lines);
                    *lines = header;
                }
                for statement in &mut module.body {
                    leaves::indent_by(statement, self.indent_unit);
                }
                Ok(module.body)
            }
            Piece::Block(header, body) => {
                let mut statements = Vec::new();
                for inner in body {
                    statements.extend(self.piece(inner, run)?);
                }
                // `except` and `else` clauses are headers of their own in a template of `try`.
                self.compound(
                    &format!("{header}\n    pass\n"),
                    statements,
                    leaves::body_of,
                )
                .map(|statement| vec![statement])
            }
            Piece::Try(body, clauses) => {
                let mut statements = Vec::new();
                for inner in body {
                    statements.extend(self.piece(inner, run)?);
                }
                let template = format!("try:\n    pass\n{clauses}\n");
                self.compound(&template, statements, leaves::first_body_of)
                    .map(|statement| vec![statement])
            }
        }
    }

    /// A compound statement from a template; `body` becomes the suite that `place` chooses.
    fn compound(
        &self,
        template: &str,
        body: Vec<cst::Statement<'b>>,
        place: SuiteOf,
    ) -> Result<cst::Statement<'b>, Unbuildable> {
        let source = self.arena.alloc_str(&with_newline(template, self.newline));
        let mut module = cst::parse_module(source, None).map_err(|_| Unbuildable::CannotRead)?;
        let block = self.block(body)?;
        let Some(mut statement) = module.body.pop() else {
            return Err(Unbuildable::CannotRead);
        };
        leaves::indent_by(&mut statement, self.indent_unit);
        *cst::WithLeadingLines::leading_lines(&mut statement) = std::mem::take(&mut module.header);
        let cst::Statement::Compound(compound) = &mut statement else {
            return Err(Unbuildable::CannotRead);
        };
        *place(compound).ok_or(Unbuildable::CannotRead)? = cst::Suite::IndentedBlock(block);
        Ok(statement)
    }
}

/// Chooses a suite of a compound statement.
type SuiteOf = for<'m, 'b> fn(&'m mut cst::CompoundStatement<'b>) -> Option<&'m mut cst::Suite<'b>>;

fn loosen<'b>(line: cst::SimpleStatementLine<'b>, loose: &mut Vec<Loose<'b>>) {
    loosen_small(
        line.body,
        line.leading_lines,
        line.trailing_whitespace,
        loose,
    );
}

fn loosen_small<'b>(
    body: Vec<cst::SmallStatement<'b>>,
    leading: Vec<cst::EmptyLine<'b>>,
    trailing: cst::TrailingWhitespace<'b>,
    loose: &mut Vec<Loose<'b>>,
) {
    let count = body.len();
    let mut leading = Some(leading);
    let mut trailing = Some(trailing);
    for (at, mut small) in body.into_iter().enumerate() {
        *leaves::semicolon_of(&mut small) = None;
        let last = at + 1 == count;
        loose.push(Loose::Small(
            small,
            leading.take().unwrap_or_default(),
            if last { trailing.take() } else { None },
        ));
    }
}

fn real_newline(mut trailing: cst::TrailingWhitespace<'_>) -> cst::TrailingWhitespace<'_> {
    trailing.newline.1 = cst::Fakeness::Real;
    trailing
}

/// Puts a line's trailing comment on a statement; a compound statement has no place for one
/// except when its last line is simple.
fn give_trailing<'b>(
    statement: &mut cst::Statement<'b>,
    trailing: cst::TrailingWhitespace<'b>,
) -> bool {
    match statement {
        cst::Statement::Simple(line) => {
            if line.trailing_whitespace.comment.is_some() {
                return trailing.comment.is_none();
            }
            line.trailing_whitespace = real_newline(trailing);
            true
        }
        cst::Statement::Compound(compound) => {
            let Some(cst::Suite::IndentedBlock(block)) = leaves::body_of(compound) else {
                return trailing.comment.is_none();
            };
            match block.body.last_mut() {
                Some(last) => give_trailing(last, trailing),
                None => trailing.comment.is_none(),
            }
        }
    }
}
