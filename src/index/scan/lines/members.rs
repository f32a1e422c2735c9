//! Which names the classes of a file may define, without parsing: only asked of files with classes
//! that a question leads to.

use super::TRIPLE;
use super::assignments::targets;
use super::text::{after_def, identifier, last_identifier, trimmed, words};
use memchr::memmem;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

pub(in crate::index::scan) fn hash(name: &str) -> u32 {
    let hash = FxBuildHasher.hash_one(name);
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// What the classes of a file may define.
#[derive(Debug)]
pub(in crate::index::scan) struct Members {
    /// The hash of a name with the class that may define it, by its place in the file, sorted.
    defined: Box<[(u32, u32)]>,
}

impl Members {
    pub(in crate::index::scan) fn of(text: &str) -> Self {
        let mut reader = Reader::default();
        reader.read(text);
        let mut defined = reader.defined;
        for name in reader.anywhere {
            defined.extend((0..reader.classes).map(|class| (name, class)));
        }
        defined.sort_unstable();
        defined.dedup();
        Self {
            defined: defined.into(),
        }
    }

    /// Whether a class may define a name.
    pub(in crate::index::scan) fn may_define(&self, class: u32, name: &str) -> bool {
        self.defined.binary_search(&(hash(name), class)).is_ok()
    }
}

/// The places where something stands in a text, in order.
struct Places<I> {
    rest: I,
    next: Option<usize>,
}

impl<I: Iterator<Item = usize>> Places<I> {
    fn new(mut rest: I) -> Self {
        let next = rest.next();
        Self { rest, next }
    }

    /// The first of them at or behind `from`, if it lies before `end`.
    fn first_in(&mut self, from: usize, end: usize) -> Option<usize> {
        while self.next.is_some_and(|next| next < from) {
            self.next = self.rest.next();
        }
        self.next.filter(|next| *next < end)
    }
}

/// Looks at the lines of one file.
#[derive(Default)]
struct Reader {
    /// How many classes have begun.
    classes: u32,
    defined: Vec<(u32, u32)>,
    /// The classes around the line, with their indentation.
    around: Vec<(usize, u32)>,
    /// The indentation of the outermost function in the innermost class.
    function: Option<usize>,
    /// The quotes of a string that has begun on a line before, by their place in [`TRIPLE`].
    quotes: Option<usize>,
    /// Names that some class of the file may define.
    anywhere: Vec<u32>,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut quotes = TRIPLE.map(|quotes| Places::new(memmem::find_iter(bytes, quotes)));
        let mut end = 0;
        while end < bytes.len() {
            let line = end;
            end = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |at| line + at + 1);
            let start = end - trimmed(&text[line..end]).len();
            if start == end || bytes[start] == b'#' {
                continue;
            }
            let indent = start - line;
            let code = &text[start..end];
            let in_string = self.quotes.is_some();
            self.strings(&mut quotes, start, end);
            if !in_string {
                self.leave(indent, bytes[start]);
            }
            if !self.definition(indent, code) {
                self.other_bindings(code, indent);
            }
            targets(code, |target, _| self.assignment(target, indent));
        }
    }

    /// A line with this indentation and first letter ends the classes and functions that it is
    /// not in.
    fn leave(&mut self, indent: usize, first: u8) {
        // The last line of a header over several lines ends nothing.
        if matches!(first, b')' | b']' | b'}') {
            return;
        }
        while self
            .around
            .last()
            .is_some_and(|(class, _)| indent <= *class)
        {
            self.around.pop();
            self.function = None;
        }
        if self.function.is_some_and(|function| indent <= function) {
            self.function = None;
        }
    }

    /// Whether the line begins a class or a function.
    fn definition(&mut self, indent: usize, code: &str) -> bool {
        if let Some(rest) = code.strip_prefix("class ") {
            self.binds(identifier(rest), indent);
            self.around.push((indent, self.classes));
            self.classes += 1;
            self.function = None;
            return true;
        }
        let Some(rest) = after_def(code) else {
            return false;
        };
        if self.function.is_none() {
            self.binds(identifier(rest.trim_start()), indent);
            self.function = Some(indent);
        }
        true
    }

    /// Keeps track of strings that go over several lines.
    fn strings(
        &mut self,
        all: &mut [Places<impl Iterator<Item = usize>>; 2],
        start: usize,
        end: usize,
    ) {
        let mut from = start;
        loop {
            let (kind, at) = if let Some(kind) = self.quotes {
                let Some(at) = all[kind].first_in(from, end) else {
                    return;
                };
                self.quotes = None;
                (kind, at)
            } else {
                let [double, single] = all;
                let firsts = [double.first_in(from, end), single.first_in(from, end)];
                let (kind, at) = match firsts {
                    [Some(double), Some(single)] if single < double => (1, single),
                    [Some(double), _] => (0, double),
                    [None, Some(single)] => (1, single),
                    [None, None] => return,
                };
                self.quotes = Some(kind);
                (kind, at)
            };
            from = at + TRIPLE[kind].len();
        }
    }

    /// A name is bound; in a function that is no member of a class.
    fn binds(&mut self, name: &str, indent: usize) {
        if self.function.is_none() {
            self.defines(name, indent);
        }
    }

    fn defines(&mut self, name: &str, indent: usize) {
        if name.is_empty() {
            return;
        }
        let name = hash(name);
        for (_, class) in &self.around {
            self.defined.push((name, *class));
        }
        // What looks as if it stood in no class may come after a line that only looks as if it
        // ended one.
        if self.around.is_empty() && indent > 0 && self.classes > 0 {
            self.anywhere.push(name);
        }
    }

    /// What a class body binds in other ways than `def`, `class` and `=`: `for`, `import`, `with`,
    /// and `name: Type`.
    fn other_bindings(&mut self, code: &str, indent: usize) {
        let is_annotated =
            |rest: &str, name: &str| rest[name.len()..].trim_start().starts_with(':');
        if let Some(rest) = code.strip_prefix("self.") {
            let name = identifier(rest);
            if is_annotated(rest, name) {
                self.defines(name, indent);
            }
        }
        if self.function.is_some() {
            return;
        }
        let name = identifier(code);
        if is_annotated(code, name) {
            self.binds(name, indent);
        }
        let binds = [
            "for ",
            "async for ",
            "import ",
            "from ",
            "with ",
            "async with ",
        ];
        let first = code.as_bytes().first();
        if indent > 0
            && matches!(first, Some(b'a' | b'f' | b'i' | b'w'))
            && binds.iter().any(|start| code.starts_with(start))
        {
            for word in words(code) {
                self.defines(word, indent);
            }
        }
    }

    fn assignment(&mut self, target: &str, indent: usize) {
        let name = last_identifier(target);
        let before = &target[..target.len() - name.len()];
        if before.is_empty() {
            self.binds(name, indent);
        } else if before.ends_with('.') {
            self.defines(name, indent);
        }
    }
}
