//! Puts pieces in the place of statements of the lossless tree.

use super::{Piece, Unbuildable, leaves, verbatim, with_newline};
use libcst_native as cst;
use std::thread::LocalKey;

/// A statement that is needed again and again, with its text.
struct Template {
    source: &'static str,
    read: Option<cst::Statement<'static>>,
}

impl Template {
    fn of(source: &'static str) -> Self {
        let read = cst::parse_statement(source).ok();
        Self { source, read }
    }
}

thread_local! {
    static PASS: Template = Template::of("pass\n");
    static BRANCH: Template = Template::of("if _:\n    pass");
    static LINE: Template = Template::of("_\n");
    static WITH: Template = Template::of("with _:\n    pass");
    static ASYNC_WITH: Template = Template::of("async with _:\n    pass");
    static TRY: Template = Template::of("try:\n    pass\nexcept _ as _:\n    pass");
}

pub(super) struct Builder<'b> {
    pub(super) arena: &'b bumpalo::Bump,
    pub(super) newline: &'static str,
    pub(super) indent_unit: &'b str,
    /// The indentation of the statements that are built, where it is known.
    pub(super) column: Option<String>,
    /// The trailing blanks, comment and line break of the line that is taken apart.
    pub(super) trailing: Option<cst::TrailingWhitespace<'b>>,
    /// Blank lines and comments for the next statement that is built.
    pub(super) above: Vec<cst::EmptyLine<'b>>,
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
    pub(super) fn replace(
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
            && let Some(one) = speaks_of(&mut out[from..])
            && !give_trailing(one, trailing)
        {
            return Err(Unbuildable::LostStatement);
        }
        out.extend(after.into_iter().map(|one| self.line(one)));
        Ok(out)
    }

    /// Opens a one-line suite into a block and replaces statements in it.
    pub(super) fn open_suite(
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
        let branch = self.template(&BRANCH);
        let Some(cst::Statement::Compound(cst::CompoundStatement::If(branch))) = branch else {
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

    /// A statement that is filled in by the caller.
    fn template(&self, template: &'static LocalKey<Template>) -> Option<cst::Statement<'b>> {
        template.with(|template| match self.newline {
            "\n" => template.read.clone(),
            newline => {
                let source = template.source.replace('\n', newline);
                cst::parse_statement(self.arena.alloc_str(&source)).ok()
            }
        })
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
        let Some(cst::Statement::Simple(mut line)) = self.template(&PASS) else {
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
        let mut above = std::mem::take(&mut self.above);
        let mut built = self.built(piece, run)?;
        if let Some(first) = built.first_mut() {
            let lines = cst::WithLeadingLines::leading_lines(first);
            above.append(lines);
            *lines = above;
        } else {
            above.append(&mut self.above);
            self.above = above;
        }
        Ok(built)
    }

    fn built(
        &mut self,
        piece: &Piece,
        run: &mut [Option<Loose<'b>>],
    ) -> Result<Vec<cst::Statement<'b>>, Unbuildable> {
        match piece {
            Piece::Above(at) => {
                match run.get_mut(*at).and_then(Option::as_mut) {
                    Some(Loose::Small(_, leading, _)) => self.above.append(leading),
                    Some(Loose::Whole(statement)) => self
                        .above
                        .append(cst::WithLeadingLines::leading_lines(statement)),
                    None => return Err(Unbuildable::LostStatement),
                }
                Ok(Vec::new())
            }
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
                if let Some(built) = self.branch(text).or_else(|| self.as_it_is(text)) {
                    return Ok(built);
                }
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
                let mut statements = self.deeper(body, run)?;
                if let Some(statement) = self.with(header, &mut statements)? {
                    return Ok(vec![statement]);
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
                let mut statements = self.deeper(body, run)?;
                if let Some(statement) = self.handled(clauses, &mut statements)? {
                    return Ok(vec![statement]);
                }
                let template = format!("try:\n    pass\n{clauses}\n");
                self.compound(&template, statements, leaves::first_body_of)
                    .map(|statement| vec![statement])
            }
        }
    }

    /// The statements of a new block.
    fn deeper(
        &mut self,
        body: &[Piece],
        run: &mut [Option<Loose<'b>>],
    ) -> Result<Vec<cst::Statement<'b>>, Unbuildable> {
        let column = self.column.clone();
        if let Some(column) = &mut self.column {
            column.push_str(self.indent_unit);
        }
        let mut statements = Vec::new();
        for inner in body {
            statements.extend(self.piece(inner, run)?);
        }
        self.column = column;
        Ok(statements)
    }

    /// Lines that are printed as they are; nothing where a text has to be read.
    fn as_it_is(&self, text: &str) -> Option<Vec<cst::Statement<'b>>> {
        if is_plain(text) {
            return text.lines().map(|line| self.verbatim(line)).collect();
        }
        let column = self.column.as_deref()?;
        let lines = verbatim::logical_lines(text)?;
        if lines.has_blocks && self.indent_unit != "    " {
            return None;
        }
        let lines = lines.all.into_iter();
        lines
            .map(|line| self.verbatim(&line.replace('\n', &format!("\n{column}"))))
            .collect()
    }

    /// A condition with one simple statement.
    fn branch(&self, text: &str) -> Option<Vec<cst::Statement<'b>>> {
        let (test, then) = text.strip_prefix("if ")?.split_once(":\n    ")?;
        let then = self.only_line(test, then)?;
        let mut statement = self.template(&BRANCH)?;
        let cst::Statement::Compound(cst::CompoundStatement::If(branch)) = &mut statement else {
            return None;
        };
        self.put(&mut branch.test, test)?;
        branch.body = cst::Suite::IndentedBlock(self.block(vec![then]).ok()?);
        Some(vec![statement])
    }

    /// `try:` with one `except … as …:` that has one simple statement, with the body, which is taken
    /// then; nothing for other clauses.
    fn handled(
        &self,
        clauses: &str,
        body: &mut Vec<cst::Statement<'b>>,
    ) -> Result<Option<cst::Statement<'b>>, Unbuildable> {
        let clause = || {
            let (header, then) = clauses.strip_prefix("except ")?.split_once(":\n    ")?;
            let (class, name) = header.split_once(" as ")?;
            Some((class, name, self.only_line(header, then)?))
        };
        let Some((class, name, then)) = clause() else {
            return Ok(None);
        };
        let mut statement = self.template(&TRY).ok_or(Unbuildable::CannotRead)?;
        let cst::Statement::Compound(cst::CompoundStatement::Try(try_)) = &mut statement else {
            return Err(Unbuildable::CannotRead);
        };
        let Some(handler) = try_.handlers.first_mut() else {
            return Err(Unbuildable::CannotRead);
        };
        let (
            Some(caught),
            Some(cst::AsName {
                name: cst::AssignTargetExpression::Name(bound),
                ..
            }),
        ) = (&mut handler.r#type, &mut handler.name)
        else {
            return Err(Unbuildable::CannotRead);
        };
        self.put(caught, class).ok_or(Unbuildable::CannotRead)?;
        bound.value = self.arena.alloc_str(name);
        handler.body = cst::Suite::IndentedBlock(self.block(vec![then])?);
        try_.body = cst::Suite::IndentedBlock(self.block(std::mem::take(body))?);
        Ok(Some(statement))
    }

    /// The only line of a suite, where it and the header are plain.
    fn only_line(&self, header: &str, line: &str) -> Option<cst::Statement<'b>> {
        let is_line = |text: &str| !text.contains('\n') && is_plain(text);
        (is_line(header) && is_line(line)).then(|| self.verbatim(line))?
    }

    /// A simple statement that is printed as it is: nobody asks what is in it, and the parser takes
    /// its time.
    fn verbatim(&self, line: &str) -> Option<cst::Statement<'b>> {
        let mut statement = self.template(&LINE)?;
        let cst::Statement::Simple(simple) = &mut statement else {
            return None;
        };
        let Some(cst::SmallStatement::Expr(expression)) = simple.body.first_mut() else {
            return None;
        };
        self.put(&mut expression.value, line)?;
        Some(statement)
    }

    /// `with …:` and `async with …:` on one line, with the body, which is taken then; nothing for
    /// other headers.
    fn with(
        &self,
        header: &str,
        body: &mut Vec<cst::Statement<'b>>,
    ) -> Result<Option<cst::Statement<'b>>, Unbuildable> {
        let (template, rest) = match header.strip_prefix("async with ") {
            Some(rest) => (&ASYNC_WITH, rest),
            None => match header.strip_prefix("with ") {
                Some(rest) => (&WITH, rest),
                None => return Ok(None),
            },
        };
        let Some(items) = rest.strip_suffix(':').filter(|items| is_plain(items)) else {
            return Ok(None);
        };
        let mut statement = self.template(template).ok_or(Unbuildable::CannotRead)?;
        let cst::Statement::Compound(cst::CompoundStatement::With(with)) = &mut statement else {
            return Err(Unbuildable::CannotRead);
        };
        let item = with.items.first_mut().map(|item| &mut item.item);
        item.and_then(|item| self.put(item, items))
            .ok_or(Unbuildable::CannotRead)?;
        with.body = cst::Suite::IndentedBlock(self.block(std::mem::take(body))?);
        Ok(Some(statement))
    }

    /// Puts a text in the place of the name of a template.
    fn put(&self, place: &mut cst::Expression<'b>, text: &str) -> Option<()> {
        let cst::Expression::Name(name) = place else {
            return None;
        };
        name.value = self.arena.alloc_str(text);
        Some(())
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

/// Whether each line of a text is a simple statement of its own, without a comment: it can be
/// printed as it is, whatever stands around it.
fn is_plain(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let is_one_line = !text.contains(['\n', '\r']);
    let is_plain = |line: &str| {
        let count = |brackets: &[char]| line.matches(brackets).count();
        let is_whole =
            || !line.contains(['\'', '"']) && count(&['(', '[', '{']) == count(&[')', ']', '}']);
        !line.is_empty()
            && !line.starts_with([' ', '\t', '\r', ')', ']', '}', '@'])
            && !line.ends_with([':', ',', '\\'])
            && !line.contains('#')
            && (is_one_line || is_whole())
    };
    text.split('\n').all(is_plain)
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

/// The statement that the comment of the replaced one speaks of: the last one; where that only
/// raises what a `try` before it has caught, the last one in the `try`, unless it has a comment.
fn speaks_of<'o, 'b>(out: &'o mut [cst::Statement<'b>]) -> Option<&'o mut cst::Statement<'b>> {
    use cst::CompoundStatement as C;
    let guarded = match &mut *out {
        [
            ..,
            cst::Statement::Compound(try_ @ C::Try(_)),
            cst::Statement::Compound(C::If(_)),
        ] => last_guarded(try_).is_some_and(|last| !has_comment(last)),
        _ => false,
    };
    if !guarded {
        return out.last_mut();
    }
    let at = out.len() - 2;
    match &mut out[at] {
        cst::Statement::Compound(try_) => last_guarded(try_),
        cst::Statement::Simple(_) => None,
    }
}

/// The last statement of what a `try` guards.
fn last_guarded<'m, 'b>(
    try_: &'m mut cst::CompoundStatement<'b>,
) -> Option<&'m mut cst::Statement<'b>> {
    match leaves::first_body_of(try_) {
        Some(cst::Suite::IndentedBlock(block)) => block.body.last_mut(),
        _ => None,
    }
}

/// Whether a comment stands behind the last line of a statement.
fn has_comment(statement: &mut cst::Statement<'_>) -> bool {
    match statement {
        cst::Statement::Simple(line) => line.trailing_whitespace.comment.is_some(),
        cst::Statement::Compound(compound) => match leaves::body_of(compound) {
            Some(cst::Suite::IndentedBlock(block)) => block.body.last_mut().is_none_or(has_comment),
            _ => true,
        },
    }
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
