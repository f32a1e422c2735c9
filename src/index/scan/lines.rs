//! What the lines of one file say about classes, without parsing.

use rustc_hash::{FxBuildHasher, FxHashSet};
use std::collections::BTreeMap;
use std::hash::BuildHasher;

/// What one file contributes.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The name of each class with its bases.
    pub(super) classes: Vec<(String, Vec<String>)>,
    /// Other names of what may be a class: the new one and the old one.
    pub(super) aliases: Vec<(String, String)>,
    /// Those that only this file can see.
    local: Vec<(String, String)>,
    /// The hash of a name with the class that may define it.
    pub(super) defined: Vec<(u32, u32)>,
    /// Attributes that are assigned on other objects; whether by a string.
    pub(super) replaced: BTreeMap<String, bool>,
}

impl Found {
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
                        bases.push(base.clone());
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

fn has(text: &str, word: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

/// The quotes of strings that may go over several lines.
const TRIPLE: [&str; 2] = ["\"\"\"", "'''"];

/// Looks at the lines of one file.
#[derive(Default)]
pub(super) struct Reader {
    /// Words without which some questions need not be asked of each line.
    has: Has,
    found: Found,
    /// The classes around the line, with their indentation.
    around: Vec<(usize, u32)>,
    /// The indentation of the outermost function in the innermost class.
    function: Option<usize>,
    /// The quotes of a string that has begun on a line before.
    quotes: Option<&'static str>,
    /// Names that some class of the file may define.
    anywhere: Vec<u32>,
}

/// Whether a text contains certain words.
#[derive(Default)]
struct Has {
    class: bool,
    renamed: bool,
    setattr: bool,
}

impl Reader {
    pub(super) fn read(text: &str) -> Found {
        let mut reader = Self {
            has: Has {
                class: has(text, "class "),
                renamed: has(text, " as "),
                setattr: has(text, "setattr("),
            },
            ..Self::default()
        };
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let code = line.trim_start();
            if code.is_empty() || code.starts_with('#') {
                continue;
            }
            reader.line(
                text,
                start + (line.len() - code.len()),
                line.len() - code.len(),
                code,
            );
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

    fn line(&mut self, text: &str, start: usize, indent: usize, code: &str) {
        let in_string = self.quotes.is_some();
        if self.has.class {
            self.strings(code);
        }
        if !in_string {
            // The last line of a header over several lines ends nothing.
            let continues = code.starts_with([')', ']', '}']);
            let ends = |outer: usize| !continues && indent <= outer;
            while self.around.last().is_some_and(|(class, _)| ends(*class)) {
                self.around.pop();
                self.function = None;
            }
            if self.function.is_some_and(ends) {
                self.function = None;
            }
        }
        if let Some(rest) = code.strip_prefix("class ") {
            let class = place(self.found.classes.len());
            self.binds(identifier(rest), indent);
            class_header(&text[start + "class ".len()..], &mut self.found);
            self.around.push((indent, class));
            self.function = None;
        } else if let Some(rest) = code
            .strip_prefix("async ")
            .map_or(code, str::trim_start)
            .strip_prefix("def ")
        {
            if self.function.is_none() {
                self.binds(identifier(rest.trim_start()), indent);
                self.function = Some(indent);
            }
        } else {
            if self.has.renamed
                && has(code, " as ")
                && (code.starts_with("from ") || code.contains(',') || !code.contains('('))
            {
                self.imported_as(code);
            }
            if self.has.class {
                self.other_bindings(code, indent);
            }
        }
        self.assignments(code, indent);
        if self.has.setattr && has(code, "setattr(") {
            set_by_name(code, &mut self.found);
        }
    }

    /// Keeps track of strings that go over several lines.
    fn strings(&mut self, code: &str) {
        let mut next = 0;
        for at in memchr::memchr2_iter(b'"', b'\'', code.as_bytes()) {
            if at < next {
                continue;
            }
            let ends = self
                .quotes
                .is_none_or(|quotes| code[at..].starts_with(quotes));
            let quotes = TRIPLE
                .into_iter()
                .find(|quotes| code[at..].starts_with(quotes));
            if ends && let Some(quotes) = quotes {
                self.quotes = match self.quotes {
                    Some(_) => None,
                    None => Some(quotes),
                };
                next = at + quotes.len();
            }
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
        let (own, rest) = match code.strip_prefix("self.") {
            Some(rest) => (true, rest),
            None => (false, code),
        };
        let name = identifier(rest);
        if rest[name.len()..].trim_start().starts_with(':') {
            if own {
                self.defines(name, indent);
            } else {
                self.binds(name, indent);
            }
        }
        let binds = [
            "for ",
            "async for ",
            "import ",
            "from ",
            "with ",
            "async with ",
        ];
        if self.function.is_none()
            && indent > 0
            && binds.iter().any(|start| code.starts_with(start))
        {
            let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            for word in words {
                self.defines(word, indent);
            }
        }
    }

    /// `from m import a as b, c as d`, and such a line inside the parentheses of an import.
    fn imported_as(&mut self, code: &str) {
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

    fn alias(&mut self, name: &str, base: &str) {
        let alias = (name.to_owned(), base.to_owned());
        if self.function.is_some() {
            self.found.local.push(alias);
        } else {
            self.found.aliases.push(alias);
        }
    }

    /// `Name = Base` is an alias; `thing.name = …` replaces an attribute.
    fn assignments(&mut self, code: &str, indent: usize) {
        let mut start = 0;
        for equals in memchr::memchr_iter(b'=', code.as_bytes()) {
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
            if target.ends_with([
                '!', '<', '>', '+', '-', '*', '/', ':', '|', '&', '%', '^', '@',
            ]) {
                continue;
            }
            let mut one = |target: &str| self.assignment(target.trim(), value.trim(), indent);
            // `thing.name: Type = …` and `if x: thing.name = …`
            if let Some((before, after)) = target.split_once(':') {
                one(before);
                one(after);
            } else {
                outer_parts(without_brackets(target)).for_each(one);
            }
        }
    }

    fn assignment(&mut self, target: &str, value: &str, indent: usize) {
        let name_at = target
            .char_indices()
            .rev()
            .find(|(_, c)| !(c.is_alphanumeric() || *c == '_'))
            .map_or(0, |(at, c)| at + c.len_utf8());
        let name = &target[name_at..];
        if name.is_empty() {
            return;
        }
        if name_at == 0 {
            self.binds(name, indent);
            let last = value.rsplit('.').next().unwrap_or(value);
            let dotted = value
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
            let literal = matches!(last, "None" | "True" | "False")
                || last.starts_with(|c: char| c.is_ascii_digit());
            if dotted && !last.is_empty() && last != name && !literal {
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
            self.found.replaced.entry(name.to_owned()).or_default();
        }
    }
}

/// `Name(Base, pkg.Other, metaclass=M):`, perhaps over several lines.
fn class_header(text: &str, found: &mut Found) {
    let name = identifier(text).to_owned();
    let rest = text[name.len()..].trim_start();
    let mut bases: Vec<String> = Vec::new();
    // The parameters of a generic class stand in front of its bases.
    let rest = match (rest.starts_with('['), rest.split_once("](")) {
        (true, Some((_, rest))) => Some(rest),
        _ => rest.strip_prefix('('),
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
                bases.push(base.to_owned());
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
    bases.retain(|base| seen.insert(base.clone()));
    found.classes.push((name, bases));
}

/// `(a, b)` and `[a, b]` as targets are `a, b`.
fn without_brackets(target: &str) -> &str {
    let inner = target.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = inner.strip_prefix(open)
            && let Some(inner) = inner.strip_suffix(close)
        {
            return inner;
        }
    }
    target
}

/// The parts of `a, b(c, d)`, without those inside brackets.
fn outer_parts(target: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    target.split(move |c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    })
}

/// `setattr(thing, "name", …)`, `monkeypatch.setattr("pkg.thing.name", …)`.
fn set_by_name(code: &str, found: &mut Found) {
    for part in code.split("setattr(").skip(1) {
        let Some(open) = part.find(['"', '\'']) else {
            continue;
        };
        let quote = &part[open..=open];
        let inner = part[open + 1..].split(quote).next().unwrap_or_default();
        let name = inner.rsplit('.').next().unwrap_or(inner);
        if !name.is_empty() {
            found.replaced.insert(name.to_owned(), true);
        }
    }
}

fn identifier(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Vec<String> {
        let mut all: Vec<String> = Reader::read(text).replaced.into_keys().collect();
        all.sort();
        all
    }

    #[test]
    fn assignments_on_other_objects() {
        let text = "
a.one = 1
if x: a.b.two = f(c.no, no=1)
a.three: int = 3
a.four = b.five = 5
a.six, a().seven = 6, 7
(a.twelve, a.thirteen) = 6, 7
f(a.no)[0], b = 6, 7
self.no = a.no
a.no == b.no
a.no += 1
# a.no = 1
f(a.no, no=2)
d[0].eight = '°'
setattr(a, 'nine', 9)
m.setattr(\"pkg.ten\", 10)
m.setattr(a, name, 10)
\u{b0}.eleven = 11
";
        let expected = "eight eleven five four nine one seven six ten thirteen three twelve two";
        assert_eq!(replaced(text).join(" "), expected);
    }

    #[test]
    fn headers_and_aliases() {
        let text = "
class A: ...
class B(A, Generic[T], metaclass=M): ...
class C(  # one (
    pkg.B,
): ...
from m import (
    B as D,
)
from m import E as F, G
H = pkg.I
def f(j):
    J = j.K
    class L(J): ...
";
        let found = Reader::read(text);
        let classes = found.classes.iter();
        let classes = classes.map(|(name, bases)| format!("{name}<{}", bases.join(",")));
        let classes: Vec<String> = classes.collect();
        assert_eq!(classes.join(" "), "A< B<A,Generic,M C<B L<J,K");
        let aliases = found.aliases.iter();
        let aliases: Vec<String> = aliases
            .map(|(name, base)| format!("{name}<{base}"))
            .collect();
        assert_eq!(aliases.join(" "), "D<B F<E H<I");
    }

    #[test]
    fn which_class_defines_what() {
        let text = "
class A(
    Base
):
    a1: int
    a2 = 1
    def a3(self):
        local = 1
        self.a4 = 2
        def inner(): ...
        def also_inner(): ...
    async def a5(self):
        \"\"\"Text
in the first column.
\"\"\"
    a6 = 1
    if x:
        from m import a7
    for a8, a9 in y: pass
    class B:
        def b1(self): ...
    def a10(self): ...
def function():
    class C:
        c1 = 1
x = 1
";
        let found = Reader::read(text);
        let classes = |name: &str| {
            let classes = found
                .defined
                .iter()
                .filter(|(other, _)| *other == hash(name));
            classes
                .map(|(_, class)| found.classes[*class as usize].0.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        for at in 1..=10 {
            assert_eq!(classes(&format!("a{at}")), "A", "a{at}");
        }
        assert_eq!(classes("b1"), "A B");
        assert_eq!(classes("c1"), "C");
        for none in ["local", "inner", "also_inner", "x", "function"] {
            assert_eq!(classes(none), "", "{none}");
        }
    }
}
