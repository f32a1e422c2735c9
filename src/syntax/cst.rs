//! Structural rewrites: statements move into blocks, one-line suites are opened, new statements
//! appear. The unit of work is the smallest run of whole physical lines that the lossless parser
//! can read alone; no other byte of the file is printed anew.
//!
//! Two facts about the lossless parser shape this module. It recurses and its cost explodes with
//! nesting, so a unit that nests deeper than [`MAX_DEPTH`] is refused before it is called. And it
//! does not print every text it reads, so a unit that does not come back byte for byte is refused
//! too.

mod builder;
mod continuations;
mod leaves;
mod unit;
mod verbatim;

use self::builder::Builder;
use self::unit::{deepest, first_on_line, leaf_in, unit};
use super::tree::{NodeId, Tree};
use super::{Ranged, TextRange, TextSize, ast};
use libcst_native as cst;
use std::borrow::Cow;
use std::fmt;

/// The deepest nesting of syntax nodes in a unit that is handed to the lossless parser.
pub const MAX_DEPTH: u32 = 200;

/// One item of the new sequence of statements.
#[derive(Debug, Clone)]
pub enum Piece {
    /// A statement of the run, by its position in the run, with replacements inside it (ranges of
    /// the file).
    Kept(usize, Vec<(TextRange, String)>),
    /// The blank lines and comments above a statement of the run, which go above the next piece.
    Above(usize),
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
    let continued = continuations::deepened(tree, run.statements(), pieces, &edits);
    edits.extend(continued);
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    let verbatim = match unit.siblings {
        Some(_) => verbatim::statements(tree, run, pieces, unit.lines, &edits),
        None => Vec::new(),
    };
    for (range, _) in &verbatim {
        edits.retain(|(edit, _)| !range.contains_range(*edit));
        edits.push((*range, verbatim::NAME.to_owned()));
    }
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    let (edited, places) = splice(original, unit.lines.start(), &edits, newline);
    let written = newline;
    // The lossless parser knows `\n` best: it cannot read some strings with other line breaks.
    let (original, text, newline) = match (uniform(original, newline), uniform(&edited, newline)) {
        (Some(original), Some(edited)) => (original, edited, "\n"),
        _ => (Cow::Borrowed(original), Cow::Borrowed(&*edited), newline),
    };
    let original = &*original;
    let in_text = |at: usize| match newline {
        "\n" if written == "\r\n" => at - edited[..at].matches(written).count(),
        _ => at,
    };

    let arena = bumpalo::Bump::new();
    let (source, prefix) = wrapped(&arena, &text, newline, &indent);
    let mut texts = Vec::new();
    for ((range, _), place) in edits.iter().zip(places) {
        let text = verbatim.iter().find(|(statement, _)| statement == range);
        texts.extend(text.map(|(_, text)| (prefix + in_text(place), &*arena.alloc_str(text))));
    }
    let column = if prefix == 0 {
        ""
    } else {
        &*arena.alloc_str(&indent)
    };
    // What is known was read with this line break.
    let known = (newline == "\n").then(|| verbatim::only_line(source, prefix, column, &texts));
    let known = known.flatten();
    let mut module = if let Some(known) = known {
        known
    } else {
        let mut module = read(source)?;
        verbatim::put_back(unit_body(&mut module, prefix), source, &texts);
        module
    };

    let mut builder = Builder {
        arena: &arena,
        newline,
        column: (unit.siblings.is_some() && newline == "\n").then(|| {
            if prefix == 0 {
                String::new()
            } else {
                indent.clone()
            }
        }),
        indent_unit: arena.alloc_str(tree.indent_unit_at(unit.lines.start())),
        trailing: None,
        above: Vec::new(),
    };
    let count = run.last - run.first + 1;
    let done = if let Some((_, offset)) = unit.siblings {
        let body = unit_body(&mut module, prefix);
        let old = std::mem::take(body);
        *body = builder.replace(old, offset, count, pieces)?;
        true
    } else {
        let first = leaf_in(tree, &run.block[run.first]).ok_or(Unbuildable::LostStatement)?;
        let moved = in_text(shifted(first, unit.lines.start(), &edits));
        let end = in_text(shifted(
            run.block[run.first].end(),
            unit.lines.start(),
            &edits,
        ));
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
    let mut text = printed(&module)[prefix..].to_owned();
    if !original.ends_with(['\n', '\r']) {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    Ok(Rebuilt {
        range: unit.lines,
        text: if newline == written {
            text
        } else {
            with_newline(&text, written)
        },
    })
}

/// The text with `\n` in place of its line breaks, when all of them are `newline`.
fn uniform<'t>(text: &'t str, newline: &str) -> Option<Cow<'t, str>> {
    if newline == "\n" {
        return None;
    }
    let plain = text.replace(newline, "\n");
    let breaks = plain.matches('\n').count();
    (!plain.contains('\r') && breaks == text.matches(newline).count()).then_some(Cow::Owned(plain))
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

fn collect_edits(pieces: &[Piece], edits: &mut Vec<(TextRange, String)>) {
    for piece in pieces {
        match piece {
            Piece::Kept(_, inside) => edits.extend(inside.iter().cloned()),
            Piece::New(_) | Piece::Above(_) => {}
            Piece::Block(_, body) | Piece::Try(body, _) => collect_edits(body, edits),
        }
    }
}

/// The text with the edits made, and where each of them begins in it.
fn splice(
    text: &str,
    base: TextSize,
    edits: &[(TextRange, String)],
    newline: &str,
) -> (String, Vec<usize>) {
    let mut out = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(edits.len());
    let mut at = base;
    for (range, new) in edits {
        out.push_str(&text[(at - base).to_usize()..(range.start() - base).to_usize()]);
        places.push(out.len());
        out.push_str(&with_newline(new, newline));
        at = range.end();
    }
    out.push_str(&text[(at - base).to_usize()..]);
    (out, places)
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
    match newline {
        "\n" => text.to_owned(),
        // The inside of strings may have it already.
        "\r\n" => text.replace(newline, "\n").replace('\n', newline),
        _ => text.replace('\n', newline),
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

/// Reads a text that the lossless parser prints again as it is.
fn read(source: &str) -> Result<cst::Module<'_>, Unbuildable> {
    let module = cst::parse_module(source, None).map_err(|_| Unbuildable::CannotRead)?;
    if printed(&module) == source {
        Ok(module)
    } else {
        Err(Unbuildable::NotLossless)
    }
}

fn printed(module: &cst::Module<'_>) -> String {
    let mut state = cst::CodegenState {
        default_newline: module.default_newline,
        default_indent: module.default_indent,
        ..cst::CodegenState::default()
    };
    cst::Codegen::codegen(module, &mut state);
    state.tokens
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
