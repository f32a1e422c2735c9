//! What the lines of one file say about classes, without parsing: a look at the places that may
//! say something, as most lines do not.

mod assignments;
mod members;
mod text;

use self::assignments::{is_operator, targets};
pub(super) use self::members::Members;
use self::text::{
    begins_definition, identifier, is_dotted, is_part, last_identifier, trimmed, words,
};
use crate::index::names::Read;
use memchr::memmem::Finder;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// What one file contributes; the names are parts of its text.
#[derive(Debug, Default)]
pub(super) struct Found<'t> {
    /// The name of each class with its bases.
    pub(super) classes: Vec<(&'t str, Vec<&'t str>)>,
    /// Other names of what may be a class: the new one and the old one.
    pub(super) aliases: Vec<(&'t str, &'t str)>,
    /// Those that only this file can see.
    local: Vec<(&'t str, &'t str)>,
    /// Attributes that are assigned on other objects; whether by a string.
    pub(super) replaced: BTreeMap<&'t str, bool>,
}

impl Found<'_> {
    /// Whether the file says nothing that matters elsewhere.
    pub(super) fn is_empty(&self) -> bool {
        self.classes.is_empty() && self.aliases.is_empty() && self.replaced.is_empty()
    }

    /// Adds what the bases of the classes are other names of, in this file alone.
    fn follow_local(&mut self) {
        if self.local.is_empty() {
            return;
        }
        for (_, bases) in &mut self.classes {
            let mut at = 0;
            while at < bases.len() {
                for (name, base) in &self.local {
                    if *name == bases[at] && !bases.contains(base) {
                        bases.push(base);
                    }
                }
                at += 1;
            }
        }
        self.local.clear();
    }
}

pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 classes")
}

/// What assigns an attribute by a string.
static BY_NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("setattr("));

/// The quotes of strings that may go over several lines.
const TRIPLE: [&str; 2] = ["\"\"\"", "'''"];

static QUOTES: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| TRIPLE.map(Finder::new));

/// Looks at the places of one file that may say something.
pub(super) struct Reader<'t> {
    text: &'t str,
    /// The file has the word `class`: otherwise what only its functions see is of no interest.
    has_class: bool,
    found: Found<'t>,
}

impl<'t> Reader<'t> {
    /// Reads a text; `words` says where some of its words stand.
    pub(super) fn read(text: &'t str, words: &Read) -> Found<'t> {
        let mut reader = Self::over(text);
        reader.headers(&words.classes);
        reader.renamed(&words.renamed);
        reader.assigned();
        reader.set_by_name();
        reader.found.follow_local();
        reader.found
    }

    fn over(text: &'t str) -> Self {
        Self {
            text,
            has_class: false,
            found: Found::default(),
        }
    }

    /// The line around a place, with its line break.
    fn line(&self, at: usize) -> Range<usize> {
        let bytes = self.text.as_bytes();
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
        start..end
    }

    /// The lines of some places, each of them once.
    fn lines_with(&self, places: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        for at in places {
            if lines.last().is_none_or(|last| at >= last.end) {
                lines.push(self.line(at));
            }
        }
        lines
    }

    fn headers(&mut self, places: &[usize]) {
        for at in places.iter().copied() {
            let Some(rest) = self.text[at..].strip_prefix("class ") else {
                continue;
            };
            self.has_class = true;
            let line = self.line(at).start;
            if trimmed(&self.text[line..at]).is_empty() {
                class_header(rest, &mut self.found);
            }
        }
    }

    /// `from m import a as b, c as d`, and such a line inside the parentheses of an import.
    fn renamed(&mut self, places: &[usize]) {
        let bytes = self.text.as_bytes();
        let is_blank = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b' ');
        let places = places.iter().copied();
        let places =
            places.filter(|at| is_blank(at.checked_sub(1)) && is_blank(Some(at + "as".len())));
        for line in self.lines_with(places) {
            let code = trimmed(&self.text[line.clone()]);
            let may = code.starts_with("from ") || code.contains(',') || !code.contains('(');
            // An exception that is caught is no class.
            let skipped = code.starts_with("except") || code.starts_with('#');
            if !may || skipped || begins_definition(code) {
                continue;
            }
            let mut words = words(code);
            let mut before = "";
            while let Some(word) = words.next() {
                if word == "as" {
                    if let Some(name) = words.next() {
                        self.alias(line.start, name, before);
                    }
                } else {
                    before = word;
                }
            }
        }
    }

    /// `Name = Base` is an alias; `thing.name = …` replaces an attribute.
    fn assigned(&mut self) {
        let bytes = self.text.as_bytes();
        let mut done = 0;
        for equals in memchr::memchr_iter(b'=', bytes) {
            if equals < done {
                continue;
            }
            if bytes.get(equals + 1) == Some(&b'=') {
                done = equals + 2;
                continue;
            }
            if let Some(line) = self.assignment(equals) {
                done = line.end;
                self.whole_line(line);
            }
        }
    }

    /// Looks at one `=`; gives the line where more of it has to be looked at.
    fn assignment(&mut self, equals: usize) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        if equals > 0 && is_operator(bytes[equals - 1]) {
            return None;
        }
        let blanks = bytes[..equals].iter().rev();
        let end = equals - blanks.take_while(|byte| **byte == b' ').count();
        let parts = bytes[..end].iter().rev();
        let start = end - parts.take_while(|byte| is_part(**byte)).count();
        let before = start.checked_sub(1).map(|at| bytes[at]);
        if start < end {
            match before {
                // The name of the first argument of a call.
                Some(b'(') => return None,
                Some(b'.') if self.is_own(start - 1) => return None,
                _ => {}
            }
        }
        let line = memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |end| end + 1);
        if start < end && bytes[line..start].iter().all(u8::is_ascii_whitespace) {
            if let Some(base) = renamed_value(&self.text[equals + 1..]) {
                self.alias(line, &self.text[start..end], base);
            }
            return None;
        }
        let target = &bytes[line..end];
        // An attribute, an annotation, another target.
        let matters = match memchr::memchr3(b'.', b':', b'=', target) {
            Some(at) if target[at] == b'.' => true,
            Some(at) => {
                memchr::memchr(b'.', &target[at..]).is_some()
                    || renamed_value(&self.text[equals + 1..]).is_some()
            }
            None => !target.is_ascii(),
        };
        matters.then(|| self.line(equals))
    }

    /// Whether `self` or `cls` stands alone in front of a dot.
    fn is_own(&self, dot: usize) -> bool {
        let before = &self.text.as_bytes()[..dot];
        let receiver = [&b"self"[..], b"cls"].into_iter();
        let mut before = receiver.filter_map(|name| before.strip_suffix(name));
        before.next().is_some_and(|before| {
            let code = before
                .iter()
                .rposition(|byte| !matches!(byte, b' ' | b'\t'));
            code.is_none_or(|at| before[at] == b'\n')
        })
    }

    /// Looks at all assignments of a line.
    fn whole_line(&mut self, line: Range<usize>) {
        let code = trimmed(&self.text[line.clone()]);
        if code.starts_with('#') {
            return;
        }
        targets(code, |target, value| {
            let name = last_identifier(target);
            let name_at = target.len() - name.len();
            if name.is_empty() {
                return;
            }
            if name_at == 0 {
                if let Some(base) = renamed_value(value) {
                    self.alias(line.start, name, base);
                }
                return;
            }
            // Without a dot it is a keyword argument such as `f(a.b, c=1)`.
            let Some(receiver) = target[..name_at].strip_suffix('.') else {
                return;
            };
            let is_own = matches!(receiver, "self" | "cls")
                || receiver.ends_with(" self")
                || receiver.ends_with("(self");
            let mocked = [
                "AsyncMock(",
                "mock.AsyncMock(",
                "CoroutineMock(",
                "asynctest.CoroutineMock(",
            ];
            if !is_own && !mocked.iter().any(|mock| value.starts_with(mock)) {
                self.found.replaced.entry(name).or_default();
            }
        });
    }

    /// A line gives something another name.
    fn alias(&mut self, line: usize, name: &'t str, base: &'t str) {
        if name == base {
            return;
        }
        if !is_in_function(self.text, line) {
            self.found.aliases.push((name, base));
        } else if self.has_class {
            self.found.local.push((name, base));
        }
    }

    /// `setattr(thing, "name", …)`, `monkeypatch.setattr("pkg.thing.name", …)`.
    fn set_by_name(&mut self) {
        for line in self.lines_with(BY_NAME.find_iter(self.text.as_bytes())) {
            let code = trimmed(&self.text[line]);
            if code.starts_with('#') {
                continue;
            }
            for part in code.split("setattr(").skip(1) {
                let Some(open) = part.find(['"', '\'']) else {
                    continue;
                };
                let quote = &part[open..=open];
                let inner = part[open + 1..].split(quote).next().unwrap_or_default();
                let name = inner.rsplit('.').next().unwrap_or(inner);
                if !name.is_empty() {
                    self.found.replaced.insert(name, true);
                }
            }
        }
    }
}

/// Whether a byte may stand in a dotted name.
const IN_DOTTED: [bool; 256] = {
    let mut all = [false; 256];
    let mut byte = 0u8;
    loop {
        all[byte as usize] = is_part(byte) || byte == b'.' || !byte.is_ascii();
        if byte == u8::MAX {
            break all;
        }
        byte += 1;
    }
};

/// The last name of a value that is a dotted name and nothing else. The text may go on after its
/// line.
fn renamed_value(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().take_while(blank).count();
    let is_name = |byte: &&u8| IN_DOTTED[usize::from(**byte)];
    let end = start + bytes[start..].iter().take_while(is_name).count();
    let next = end + bytes[end..].iter().take_while(blank).count();
    if !matches!(
        bytes.get(next),
        None | Some(b'\n' | b'\r' | b'#' | b';' | b'=')
    ) {
        return None;
    }
    let value = &text[start..end];
    let last = value.rsplit('.').next().unwrap_or(value);
    let literal =
        matches!(last, "None" | "True" | "False") || last.starts_with(|c: char| c.is_ascii_digit());
    (!literal && !last.is_empty() && is_dotted(value)).then_some(last)
}

/// Whether a line stands in a function, and not in a class in it, going by the lines above it that
/// are indented less. Where a string makes that doubtful it is said to stand in none.
fn is_in_function(text: &str, line: usize) -> bool {
    let mut indent = text.len() - line - trimmed(&text[line..]).len();
    let mut end = line;
    while indent > 0 && end > 0 {
        let start = memchr::memrchr(b'\n', &text.as_bytes()[..end - 1]).map_or(0, |at| at + 1);
        let above = &text[start..end];
        let code = trimmed(above);
        let here = above.len() - code.len();
        // The last line of a header over several lines ends nothing.
        if here < indent && !code.is_empty() && !code.starts_with(['#', ')', ']', '}']) {
            if begins_definition(code) {
                let between = &text[end..line];
                let count = |quotes: &Finder<'_>| quotes.find_iter(between.as_bytes()).count();
                let strings = QUOTES.iter().map(count);
                return !code.starts_with("class ") && strings.sum::<usize>() % 2 == 0;
            }
            indent = here;
        }
        end = start;
    }
    false
}

/// `Name(Base, pkg.Other, metaclass=M):`, perhaps over several lines.
fn class_header<'t>(text: &'t str, found: &mut Found<'t>) {
    let name = identifier(text);
    let rest = text[name.len()..].trim_start();
    let mut bases: Vec<&str> = Vec::new();
    // The parameters of a generic class stand in front of its bases.
    let generic = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]("));
    let rest = match generic {
        Some((_, rest)) => Some(rest),
        None => rest.strip_prefix('('),
    };
    if let Some(rest) = rest {
        let (mut depth, mut inside) = (1, 0);
        let mut comment = false;
        let mut word = 0..0;
        for (at, c) in rest.char_indices() {
            if !comment && (c.is_alphanumeric() || c == '_') {
                if word.end != at {
                    word.start = at;
                }
                word.end = at + c.len_utf8();
                continue;
            }
            // A module in front of a dot, the name of an argument and what stands in `[…]` are
            // no bases.
            let base = &rest[word.clone()];
            if !base.is_empty() && inside == 0 && word.end == at && c != '.' && c != '=' {
                bases.push(base);
            }
            match c {
                '\n' => comment = false,
                '#' => comment = true,
                '[' if !comment => inside += 1,
                ']' if !comment => inside -= 1,
                '(' | '{' if !comment => depth += 1,
                ')' | '}' if !comment => depth -= 1,
                _ => {}
            }
            // A header this long has a bracket in a string; what was seen so far must do.
            if depth == 0 || at > 4000 {
                break;
            }
        }
    }
    let mut seen = FxHashSet::default();
    bases.retain(|base| seen.insert(*base));
    found.classes.push((name, bases));
}

#[cfg(test)]
mod tests;
