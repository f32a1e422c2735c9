//! What the lines of one file say about classes, without parsing.

mod text;

use self::text::{identifier, is_dotted, last_identifier, outer_parts, trimmed, without_brackets};
use memchr::memmem::Finder;
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::collections::BTreeMap;
use std::hash::BuildHasher;
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
    /// The hash of a name with the class that may define it.
    pub(super) defined: Vec<(u32, u32)>,
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

pub(super) fn hash(name: &str) -> u32 {
    let hash = FxBuildHasher.hash_one(name);
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// What is looked for in every text.
struct Words {
    class: Finder<'static>,
    renamed: Finder<'static>,
    by_name: Finder<'static>,
    quotes: [Finder<'static>; 2],
}

static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    class: Finder::new("class "),
    renamed: Finder::new(" as "),
    by_name: Finder::new("setattr("),
    quotes: TRIPLE.map(Finder::new),
});

/// The quotes of strings that may go over several lines.
const TRIPLE: [&str; 2] = ["\"\"\"", "'''"];

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

    /// The first of them at or behind `from`, if it lies before `end`; it does not come again.
    fn take_in(&mut self, from: usize, end: usize) -> Option<usize> {
        let found = self.first_in(from, end)?;
        self.next = self.rest.next();
        Some(found)
    }
}

/// Looks at the lines of one file.
#[derive(Default)]
pub(super) struct Reader<'t> {
    /// The file has the word `class`: otherwise who defines what is of no interest.
    has_class: bool,
    found: Found<'t>,
    /// The classes around the line, with their indentation.
    around: Vec<(usize, u32)>,
    /// The indentation of the outermost function in the innermost class.
    function: Option<usize>,
    /// The quotes of a string that has begun on a line before, by their place in [`TRIPLE`].
    quotes: Option<usize>,
    /// Names that some class of the file may define.
    anywhere: Vec<u32>,
}

impl<'t> Reader<'t> {
    pub(super) fn read(text: &'t str) -> Found<'t> {
        let bytes = text.as_bytes();
        let words = &*WORDS;
        let mut reader = Self {
            has_class: words.class.find(bytes).is_some(),
            ..Self::default()
        };
        // What stands where is asked of the text as a whole: most lines have nothing of it.
        let mut equals = Places::new(memchr::memchr_iter(b'=', bytes));
        let mut renamed = Places::new(words.renamed.find_iter(bytes));
        let mut by_name = Places::new(words.by_name.find_iter(bytes));
        let [double, single] = &words.quotes;
        let mut quotes = [double, single].map(|quotes| Places::new(quotes.find_iter(bytes)));
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
            let in_string = reader.quotes.is_some();
            if reader.has_class {
                reader.strings(&mut quotes, start, end);
            }
            if !in_string {
                reader.leave(indent, bytes[start]);
            }
            if !reader.definition(text, start, indent, code) {
                if renamed.first_in(start, end).is_some()
                    && (code.starts_with("from ") || code.contains(',') || !code.contains('('))
                {
                    reader.imported_as(code);
                }
                if reader.has_class {
                    reader.other_bindings(code, indent);
                }
            }
            if equals.first_in(start, end).is_some() {
                reader.assignments(code, indent, || Some(equals.take_in(start, end)? - start));
            }
            if by_name.first_in(start, end).is_some() {
                set_by_name(code, &mut reader.found);
            }
        }
        let Self {
            mut found,
            anywhere,
            ..
        } = reader;
        for name in anywhere {
            let all = 0..place(found.classes.len());
            found.defined.extend(all.map(|class| (name, class)));
        }
        found.defined.sort_unstable();
        found.defined.dedup();
        found.follow_local();
        found
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
    fn definition(&mut self, text: &'t str, start: usize, indent: usize, code: &'t str) -> bool {
        if !code.starts_with(['c', 'd', 'a']) {
            return false;
        }
        if let Some(rest) = code.strip_prefix("class ") {
            let class = place(self.found.classes.len());
            self.binds(identifier(rest), indent);
            class_header(&text[start + "class ".len()..], &mut self.found);
            self.around.push((indent, class));
            self.function = None;
            return true;
        }
        let Some(rest) = code
            .strip_prefix("async ")
            .map_or(code, str::trim_start)
            .strip_prefix("def ")
        else {
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
            self.found.defined.push((name, *class));
        }
        // What looks as if it stood in no class may come after a line that only looks as if it
        // ended one.
        if self.around.is_empty() && indent > 0 && !self.found.classes.is_empty() {
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
            let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            for word in words {
                self.defines(word, indent);
            }
        }
    }

    /// `from m import a as b, c as d`, and such a line inside the parentheses of an import.
    fn imported_as(&mut self, code: &'t str) {
        let mut words = code
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty());
        let mut before = "";
        while let Some(word) = words.next() {
            if word == "as" {
                if let Some(name) = words.next() {
                    self.alias(name, before);
                }
            } else {
                before = word;
            }
        }
    }

    fn alias(&mut self, name: &'t str, base: &'t str) {
        if self.function.is_none() {
            self.found.aliases.push((name, base));
        } else if self.has_class {
            self.found.local.push((name, base));
        }
    }

    /// `Name = Base` is an alias; `thing.name = …` replaces an attribute. `next` says where the next
    /// `=` stands.
    fn assignments(
        &mut self,
        code: &'t str,
        indent: usize,
        mut next: impl FnMut() -> Option<usize>,
    ) {
        let mut start = 0;
        while let Some(equals) = next() {
            // The second half of `==`.
            if equals < start {
                continue;
            }
            let target = &code[start..equals];
            let value = &code[equals + 1..];
            start = equals + 1;
            if value.starts_with('=') {
                start += 1;
                continue;
            }
            if matches!(
                target.as_bytes().last(),
                Some(
                    b'!' | b'<'
                        | b'>'
                        | b'+'
                        | b'-'
                        | b'*'
                        | b'/'
                        | b':'
                        | b'|'
                        | b'&'
                        | b'%'
                        | b'^'
                        | b'@'
                )
            ) {
                continue;
            }
            // Most targets are a name, or an attribute of one.
            let plain = target.trim_end_matches(' ');
            if !plain.is_empty() && is_dotted(plain) {
                self.assignment(plain, value.trim(), indent);
                continue;
            }
            if self.is_argument(target) {
                continue;
            }
            let mut one = |target: &'t str| self.assignment(target.trim(), value.trim(), indent);
            // `thing.name: Type = …` and `if x: thing.name = …`
            if let Some((before, after)) = target.split_once(':') {
                one(before);
                one(after);
            } else {
                outer_parts(without_brackets(target)).for_each(one);
            }
        }
    }

    /// Whether it can be seen at a glance that what stands before a `=` is no target that matters:
    /// the name of an argument, mostly.
    fn is_argument(&self, target: &str) -> bool {
        let target = target.as_bytes();
        if memchr::memchr3(b'.', b',', b':', target).is_some() {
            return false;
        }
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let Some(last) = target.iter().rposition(|byte| !byte.is_ascii_whitespace()) else {
            return false;
        };
        if !is_name(&target[last]) {
            return false;
        }
        let before = target[..last].iter().rposition(|byte| !is_name(byte));
        match before {
            Some(at) if target[at].is_ascii() => !target[..=at].iter().all(u8::is_ascii_whitespace),
            _ => false,
        }
    }

    fn assignment(&mut self, target: &'t str, value: &'t str, indent: usize) {
        let name = last_identifier(target);
        let name_at = target.len() - name.len();
        if name.is_empty() {
            return;
        }
        if name_at == 0 {
            self.binds(name, indent);
            if self.function.is_some() && !self.has_class {
                return;
            }
            if !is_dotted(value) {
                return;
            }
            let last = value.rsplit('.').next().unwrap_or(value);
            let literal = matches!(last, "None" | "True" | "False")
                || last.starts_with(|c: char| c.is_ascii_digit());
            if !literal && !last.is_empty() && last != name {
                self.alias(name, last);
            }
            return;
        }
        // Without a dot it is a keyword argument such as `f(a.b, c=1)`.
        let Some(receiver) = target[..name_at].strip_suffix('.') else {
            return;
        };
        self.defines(name, indent);
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
    }
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

/// `setattr(thing, "name", …)`, `monkeypatch.setattr("pkg.thing.name", …)`.
fn set_by_name<'t>(code: &'t str, found: &mut Found<'t>) {
    for part in code.split("setattr(").skip(1) {
        let Some(open) = part.find(['"', '\'']) else {
            continue;
        };
        let quote = &part[open..=open];
        let inner = part[open + 1..].split(quote).next().unwrap_or_default();
        let name = inner.rsplit('.').next().unwrap_or(inner);
        if !name.is_empty() {
            found.replaced.insert(name, true);
        }
    }
}

#[cfg(test)]
mod tests;
