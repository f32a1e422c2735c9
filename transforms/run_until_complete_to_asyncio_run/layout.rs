//! Lines that go, lines that move one level in or out, text that is put in front of a line. All
//! of it becomes a few small edits, so that every other byte stays.

use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize, TokenKind, ast};
use crate::transform::{FileView, Refusal};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What happens to the lines of a file.
pub(super) struct Layout<'f, 'a> {
    file: &'f FileView<'a>,
    /// Whole lines that go.
    gone: Vec<TextRange>,
    /// Parts of lines that go or change.
    inline: Vec<(TextRange, String)>,
    /// One level of indentation where lines move in.
    unit: &'a str,
    /// By the start of a line: how it moves.
    moved: BTreeMap<TextSize, Shift>,
    /// By the start of a line: lines in front of it.
    inserted: BTreeMap<TextSize, String>,
    dropped: Vec<TextRange>,
}

/// How the indentation of a line changes.
#[derive(Default)]
struct Shift {
    /// Parts of it that go, from right to left.
    cut: Vec<TextRange>,
    /// How many levels it moves in.
    levels: usize,
}

impl<'f, 'a> Layout<'f, 'a> {
    /// No changes yet, with the indentation of the code around `place`.
    pub(super) fn new(file: &'f FileView<'a>, place: TextSize) -> Self {
        Self {
            file,
            unit: file.tree.indent_unit_at(place),
            gone: Vec::new(),
            inline: Vec::new(),
            moved: BTreeMap::new(),
            inserted: BTreeMap::new(),
            dropped: Vec::new(),
        }
    }

    /// Replaces a part of a line.
    pub(super) fn replace(&mut self, range: TextRange, text: impl Into<String>) {
        self.inline.push((range, text.into()));
    }

    /// Whether a statement is the first thing on its line.
    pub(super) fn starts_line(&self, offset: TextSize) -> bool {
        self.file.tree.starts_line(offset)
    }

    /// The indentation that a new line beside a line must have. A form feed starts the column anew
    /// and stays with its own line.
    pub(super) fn indentation(&self, offset: TextSize) -> String {
        let tree = self.file.tree;
        let old = tree.indentation(offset);
        let counted = |blanks: &str| {
            let (_, last) = blanks.rsplit_once('\u{c}').unwrap_or(("", blanks));
            last.to_owned()
        };
        let Some(shift) = self.moved.get(&tree.line_start(offset)) else {
            return counted(old);
        };
        let mut text = old.to_owned();
        let line = tree.line_start(offset);
        for cut in &shift.cut {
            let cut = *cut - line;
            text.replace_range(cut.start().to_usize()..cut.end().to_usize(), "");
        }
        format!("{}{}", self.unit.repeat(shift.levels), counted(&text))
    }

    /// The start of the comment lines that stand directly above a line, or of the line itself.
    pub(super) fn comments_above(&self, offset: TextSize) -> TextSize {
        let tree = self.file.tree;
        let mut start = tree.line_start(offset);
        let indent = tree.indentation(offset);
        while let Some(above) = self.above(start) {
            let text = tree.slice(TextRange::new(above, start));
            let is_comment = text.trim_start().starts_with('#');
            if !is_comment || tree.indentation(above) != indent || self.is_removed(above) {
                break;
            }
            start = above;
        }
        start
    }

    /// Removes the comment lines that stand directly above a line, and gives their texts.
    pub(super) fn take_comments_above(&mut self, offset: TextSize) -> Vec<String> {
        let tree = self.file.tree;
        let lines = TextRange::new(self.comments_above(offset), tree.line_start(offset));
        if lines.is_empty() {
            return Vec::new();
        }
        self.remove_lines(lines, false);
        let text = tree.slice(lines);
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// The blank lines that a definition in front of a line needs above it and does not have.
    pub(super) fn missing_blank_lines(
        &self,
        offset: TextSize,
        wanted: &'static str,
    ) -> &'static str {
        let mut line = self.file.tree.line_start(offset);
        let mut blank = 0;
        while let Some(above) = self.above(line) {
            line = above;
            if self.is_removed(above) {
                continue;
            }
            if !self.is_blank(above) {
                let text = self
                    .file
                    .tree
                    .slice(TextRange::new(above, self.file.tree.line_end(above)));
                let opens = text.trim_end().ends_with(':');
                let missing = wanted.len().saturating_sub(blank);
                return if opens || blank > 0 {
                    ""
                } else {
                    &wanted[..missing]
                };
            }
            blank += 1;
        }
        ""
    }

    fn is_removed(&self, line: TextSize) -> bool {
        self.gone
            .iter()
            .any(|lines| lines.start() <= line && line < lines.end())
    }

    /// Puts whole lines in front of the line with an offset.
    pub(super) fn insert_before(&mut self, offset: TextSize, lines: &str) {
        let at = self.file.tree.line_start(offset);
        self.inserted.entry(at).or_default().push_str(lines);
    }

    /// One level of indentation where lines move in.
    pub(super) fn unit(&self) -> &'a str {
        self.unit
    }

    /// Moves the lines of a range in. Lines inside strings stay.
    pub(super) fn shift_in(&mut self, lines: TextRange) {
        self.shift(lines, |shift, _, _| shift.levels += 1);
    }

    fn shift(&mut self, lines: TextRange, change: impl Fn(&mut Shift, TextSize, &'a str)) {
        let tree = self.file.tree;
        let mut at = tree.line_start(lines.start());
        while at < lines.end() {
            let end = tree.line_end(at);
            let blank = tree.text()[at.to_usize()..end.to_usize()].trim().is_empty();
            if !blank && !self.in_string(at) {
                change(self.moved.entry(at).or_default(), at, tree.indentation(at));
            }
            if end == at {
                break;
            }
            at = end;
        }
    }

    fn in_string(&self, at: TextSize) -> bool {
        let tokens = self.file.tree.tokens();
        let mut depth = 0usize;
        for token in tokens.iter().take_while(|token| token.start() < at) {
            match token.kind() {
                TokenKind::FStringStart | TokenKind::TStringStart => depth += 1,
                TokenKind::FStringEnd | TokenKind::TStringEnd if token.end() <= at => {
                    depth = depth.saturating_sub(1);
                }
                TokenKind::String if token.end() > at => return true,
                _ => {}
            }
        }
        depth > 0
    }

    /// Removes statements: whole lines where nothing else stands on them, with the comments that
    /// speak about them.
    pub(super) fn remove(
        &mut self,
        statements: &BTreeSet<NodeId>,
        first_run: TextSize,
    ) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let mut done: BTreeSet<NodeId> = BTreeSet::new();
        for id in statements {
            let inside_other = tree.ancestors(*id).any(|above| statements.contains(&above));
            if inside_other || done.contains(id) {
                continue;
            }
            let Some((block, at)) = tree.block_of(*id) else {
                continue;
            };
            let (mut first, mut last) = (at, at);
            while first > 0 && self.share_line(&block[first - 1], &block[first]) {
                first -= 1;
            }
            while last + 1 < block.len() && self.share_line(&block[last], &block[last + 1]) {
                last += 1;
            }
            let line = &block[first..=last];
            let goes: Vec<bool> = line
                .iter()
                .map(|stmt| statements.contains(&tree.id(stmt)))
                .collect();
            done.extend(line.iter().map(|stmt| tree.id(stmt)));
            let whole = TextRange::new(line[0].start(), line[line.len() - 1].end());
            if goes.iter().all(|goes| *goes) {
                if !self.starts_line(whole.start()) {
                    return Err(shared_line(whole));
                }
                self.remove_lines(tree.full_lines(whole), whole.start() > first_run);
                continue;
            }
            self.remove_some(line, &goes);
        }
        Ok(())
    }

    fn share_line(&self, left: &ast::Stmt, right: &ast::Stmt) -> bool {
        let tree = self.file.tree;
        tree.logical_line_end(left.end()) > right.start()
    }

    /// Some of the statements of one line, with their semicolons.
    fn remove_some(&mut self, line: &[ast::Stmt], goes: &[bool]) {
        let mut at = 0;
        while at < line.len() {
            if !goes[at] {
                at += 1;
                continue;
            }
            let from = at;
            while at < line.len() && goes[at] {
                at += 1;
            }
            let range = if at < line.len() {
                TextRange::new(line[from].start(), line[at].start())
            } else {
                TextRange::new(line[from - 1].end(), line[at - 1].end())
            };
            self.inline.push((range, String::new()));
        }
    }

    /// Removes whole lines. A comment at the end of one goes with it; comment lines above go
    /// only where they cannot speak about what comes next.
    pub(super) fn remove_lines(&mut self, lines: TextRange, with_comments_above: bool) {
        let tree = self.file.tree;
        let mut start = lines.start();
        if with_comments_above {
            while let Some(above) = self.above(start) {
                let text = tree.slice(TextRange::new(above, start)).trim();
                if !text.starts_with('#') {
                    break;
                }
                start = above;
            }
        }
        let lines = TextRange::new(start, lines.end());
        self.dropped.extend(tree.comments_in(lines));
        self.gone.push(lines);
    }

    /// Takes a block out of its header: `try:` or `with …:` goes, the body moves one level out.
    pub(super) fn unwrap(&mut self, header: TextSize, body: &[ast::Stmt]) {
        let tree = self.file.tree;
        let (Some(first), Some(last)) = (body.first(), body.last()) else {
            return;
        };
        if !tree.starts_line(first.start()) {
            self.inline
                .push((TextRange::new(header, first.start()), String::new()));
            return;
        }
        let mut end = tree.line_start(header);
        // The header may span lines; the body starts on a line of its own.
        while tree.line_end(end) <= tree.line_start(first.start())
            && !tree
                .slice(TextRange::new(end, tree.line_end(end)))
                .trim_end()
                .ends_with(':')
            && tree.comment_on_line(end).is_none()
        {
            end = tree.line_end(end);
        }
        let head = TextRange::new(tree.line_start(header), tree.line_end(end));
        self.dropped.extend(tree.comments_in(head));
        self.gone.push(head);
        // Comments at the end of the block belong to it.
        let mut end = tree.full_lines(last.range()).end();
        let indent = tree.indentation(first.start()).len();
        while end.to_usize() < tree.text().len() {
            let line = TextRange::new(end, tree.line_end(end));
            let is_comment = tree.slice(line).trim_start().starts_with('#');
            if !is_comment || tree.indentation(end).len() < indent {
                break;
            }
            end = line.end();
        }
        // A form feed starts the column anew.
        let blanks = |text: &'a str| text.trim_start_matches('\u{c}');
        let inner = blanks(tree.indentation(first.start()));
        let outer = blanks(tree.indentation(header));
        let size = |text: &str| TextSize::of(text);
        self.shift(TextRange::new(head.end(), end), |shift, at, old| {
            // What is less deep than the block stands inside of brackets.
            if blanks(old).starts_with(inner) && inner.starts_with(outer) {
                let at = at + size(old) - size(blanks(old));
                let step = TextRange::new(at + size(outer), at + size(inner));
                shift.cut.push(step);
                shift.cut.sort_by_key(|cut| Reverse(cut.start()));
            }
        });
    }

    /// Removes the `finally` clause of a `try` statement.
    pub(super) fn remove_finally(&mut self, try_: &ast::StmtTry) -> Option<()> {
        let tree = self.file.tree;
        let first = try_.finalbody.first()?;
        let last = try_.finalbody.last()?;
        let keyword = tree
            .tokens()
            .iter()
            .rfind(|token| token.kind() == TokenKind::Finally && token.end() <= first.start())?;
        let lines = tree.full_lines(TextRange::new(keyword.start(), last.end()));
        self.remove_lines(lines, false);
        Some(())
    }

    /// The edits of all this.
    pub(super) fn finish(mut self, change: &mut Change) {
        let tree = self.file.tree;
        let gone = self.with_blank_lines();
        let is_gone = |offset: TextSize| {
            gone.iter()
                .any(|lines| lines.start() <= offset && offset < lines.end())
        };
        let mut starts: BTreeSet<TextSize> = self.moved.keys().copied().collect();
        starts.extend(self.inserted.keys().copied());
        for lines in &gone {
            let mut text = String::new();
            for (_, new) in self.inserted.range(lines.start()..lines.end()) {
                text.push_str(new);
            }
            change.replace(*lines, self.in_newlines(&text));
        }
        // The lines of a call that is replaced as a whole do not move.
        let is_replaced = |offset: TextSize| {
            self.inline
                .iter()
                .any(|(range, _)| range.start() < offset && offset <= range.end())
        };
        let starts: Vec<TextSize> = starts
            .into_iter()
            .filter(|start| !is_gone(*start) && !is_replaced(*start))
            .collect();
        for start in starts {
            let mut text = self.inserted.get(&start).cloned().unwrap_or_default();
            text = self.in_newlines(&text);
            if let Some(shift) = self.moved.get(&start) {
                match shift.cut.as_slice() {
                    // Out of one block and into another.
                    [step] if shift.levels == 1 && tree.slice(*step) == self.unit => {}
                    cuts => {
                        let old = tree.indentation(start);
                        let page = old.len() - old.trim_start_matches('\u{c}').len();
                        let added = self.unit.repeat(shift.levels);
                        if page == 0 || added.is_empty() {
                            text.push_str(&added);
                        } else {
                            // A form feed starts the column anew: the blanks count behind it.
                            let at = start + TextSize::of(&old[..page]);
                            change.replace(TextRange::empty(at), added);
                        }
                        for cut in cuts {
                            change.delete(*cut);
                        }
                    }
                }
            }
            if !text.is_empty() {
                change.replace(TextRange::empty(start), text);
            }
        }
        self.inline
            .sort_by_key(|(range, _)| (range.start(), range.end()));
        for (range, text) in self.inline {
            if !is_gone(range.start()) {
                change.replace(range, text);
            }
        }
        change.drops_comments.extend(self.dropped);
    }

    fn in_newlines(&self, text: &str) -> String {
        match self.file.tree.newline() {
            "\n" => text.to_owned(),
            // The inside of strings may have it already.
            "\r\n" => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            other => text.replace('\n', other),
        }
    }

    /// The lines that go, joined, with the blank lines that would be left over.
    fn with_blank_lines(&self) -> Vec<TextRange> {
        let tree = self.file.tree;
        let mut gone = self.gone.clone();
        gone.sort_by_key(|lines| (lines.start(), lines.end()));
        let mut joined: Vec<TextRange> = Vec::new();
        for lines in gone {
            match joined.last_mut() {
                Some(last)
                    if self.only_blank(TextRange::new(
                        last.end().min(lines.start()),
                        lines.start(),
                    )) =>
                {
                    *last = last.cover(lines);
                }
                _ => joined.push(lines),
            }
        }
        for lines in &mut joined {
            let (mut start, mut end) = (lines.start(), lines.end());
            if self
                .inserted
                .keys()
                .any(|at| lines.start() <= *at && *at < lines.end())
            {
                continue;
            }
            let length = tree.text().len();
            let mut after = end;
            while after.to_usize() < length && self.is_blank(after) {
                after = tree.line_end(after);
            }
            let above = self.above(start);
            let above_blank = above.is_some_and(|line| self.is_blank(line));
            let opens_block = above.is_some_and(|line| {
                tree.slice(TextRange::new(line, start))
                    .trim_end()
                    .ends_with(':')
            });
            let dedents = after.to_usize() >= length
                || tree.indentation(after).len() < tree.indentation(lines.start()).len();
            if dedents {
                // The last statement of its block: the blank lines above it go.
                while let Some(line) = self.above(start).filter(|line| self.is_blank(*line)) {
                    start = line;
                }
            } else if above_blank || opens_block || above.is_none() {
                let count = |text: &str| text.lines().count();
                let mut first = start;
                while let Some(line) = self.above(first).filter(|line| self.is_blank(*line)) {
                    first = line;
                }
                // The larger of the two gaps is left.
                if count(tree.slice(TextRange::new(first, start)))
                    < count(tree.slice(TextRange::new(end, after)))
                    && above_blank
                {
                    start = first;
                } else {
                    end = after;
                }
            }
            *lines = TextRange::new(start, end);
        }
        joined
    }

    fn above(&self, line: TextSize) -> Option<TextSize> {
        let tree = self.file.tree;
        let text = &tree.text()[..line.to_usize()];
        let body = text
            .strip_suffix("\r\n")
            .or_else(|| text.strip_suffix(['\n', '\r']))?;
        Some(tree.line_start(TextSize::of(body)))
    }

    fn is_blank(&self, line: TextSize) -> bool {
        let end = self.file.tree.line_end(line);
        self.only_blank(TextRange::new(line, end))
    }

    fn only_blank(&self, range: TextRange) -> bool {
        self.file.tree.slice(range).trim().is_empty()
    }
}

fn shared_line(range: TextRange) -> Refusal {
    Refusal::new(
        "shared-line",
        "A statement that would go shares its line with the header of its block.",
    )
    .evidence(range, "the statement")
    .remedy("Put it on a line of its own.")
}

/// The text of a statement, and the comments that stand directly above it.
pub(super) fn with_comments(statement: NodeId, file: &FileView<'_>) -> Option<String> {
    let tree = file.tree;
    let node: AnyNodeRef<'_> = tree.node(statement);
    let range = node.range();
    let lines = tree.full_lines(range);
    let has_string = tree
        .tokens()
        .iter()
        .filter(|token| range.contains_range(token.range()))
        .any(|token| {
            matches!(
                token.kind(),
                TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
            ) && tree.slice(token.range()).contains(['\n', '\r'])
        });
    let before = &tree.text()[lines.start().to_usize()..range.start().to_usize()];
    (!has_string && before.trim().is_empty()).then(|| {
        let end = tree
            .comment_on_line(range.end())
            .map_or(range.end(), TextRange::end);
        tree.lifted(TextRange::new(range.start(), end.max(range.end())))
    })
}
