//! One look at the text of every file of the project, without parsing: which class names have
//! which bases, and which attributes somebody assigns on other objects.

use crate::project::Sources;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Names only: what a question about overrides has to look at.
#[derive(Debug, Default)]
pub(super) struct Hierarchy {
    files: Vec<PathBuf>,
    /// From the last name of a base to the classes and aliases that name it.
    below: FxHashMap<Box<str>, Vec<Below>>,
    replaced: FxHashSet<Box<str>>,
}

#[derive(Debug)]
struct Below {
    /// The class or alias.
    name: Box<str>,
    /// The file of a class; none for an alias.
    file: Option<usize>,
}

/// What one file contributes.
#[derive(Debug, Default)]
struct Found {
    classes: Vec<(String, String)>,
    aliases: Vec<(String, String)>,
    replaced: FxHashSet<String>,
}

impl Hierarchy {
    pub(super) fn of(sources: &dyn Sources) -> Self {
        let found = Mutex::new(Vec::new());
        sources.each(&|path, text| {
            let here = look_at(text);
            let mut all = found.lock().unwrap_or_else(PoisonError::into_inner);
            all.push((path.to_owned(), here));
        });
        let mut found: Vec<(PathBuf, Found)> =
            found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut hierarchy = Self::default();
        for (at, (path, found)) in found.into_iter().enumerate() {
            hierarchy.files.push(path);
            for (name, base) in found.classes {
                hierarchy.add(name, base, Some(at));
            }
            for (name, base) in found.aliases {
                hierarchy.add(name, base, None);
            }
            hierarchy
                .replaced
                .extend(found.replaced.into_iter().map(String::into_boxed_str));
        }
        hierarchy
    }

    fn add(&mut self, name: String, base: String, file: Option<usize>) {
        if name != base || file.is_some() {
            self.below.entry(base.into()).or_default().push(Below {
                name: name.into(),
                file,
            });
        }
    }

    /// Whether some file assigns an attribute of this name on another object than `self`.
    pub(super) fn replaces(&self, name: &str) -> bool {
        self.replaced.contains(name)
    }

    /// The classes that, going by names alone, may inherit from a class with this name.
    pub(super) fn below(&self, name: &str) -> Vec<(&Path, &str)> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut pending = vec![name];
        let mut found = Vec::new();
        while let Some(base) = pending.pop() {
            if !seen.insert(base) {
                continue;
            }
            for below in self.below.get(base).into_iter().flatten() {
                if let Some(file) = below.file {
                    found.push((self.files[file].as_path(), &*below.name));
                }
                pending.push(&below.name);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn look_at(text: &str) -> Found {
    let mut found = Found::default();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let code = line.trim_start();
        if code.starts_with('#') {
            continue;
        }
        if let Some(rest) = code.strip_prefix("class ") {
            let at = start + (line.len() - rest.len());
            class_header(&text[at..], &mut found);
        } else if code.contains(" as ")
            && (code.starts_with("from ") || code.contains(',') || !code.contains('('))
        {
            imported_as(code, &mut found);
        }
        assignments(code, &mut found);
        if code.contains("setattr(") {
            set_by_name(code, &mut found);
        }
    }
    found
}

/// `Name(Base, pkg.Other, metaclass=M):`, perhaps over several lines.
fn class_header(text: &str, found: &mut Found) {
    let name = identifier(text).to_owned();
    let rest = text[name.len()..].trim_start();
    let Some(rest) = rest.strip_prefix('(') else {
        return;
    };
    let mut depth = 1;
    let mut end = rest.len();
    let mut comment = false;
    for (at, c) in rest.char_indices() {
        match c {
            '\n' => comment = false,
            '#' => comment = true,
            '(' | '[' | '{' if !comment => depth += 1,
            ')' | ']' | '}' if !comment => depth -= 1,
            _ => {}
        }
        // A header this long has a bracket in a string; what was seen so far must do.
        if depth == 0 || at > 4000 {
            end = at;
            break;
        }
    }
    // Every identifier in the header may be a base: arguments of generics and calls, too.
    let words = rest[..end].split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut seen = FxHashSet::default();
    for word in words {
        if !word.is_empty() && seen.insert(word) {
            found.classes.push((name.clone(), word.to_owned()));
        }
    }
}

/// `from m import a as b, c as d`, and such a line inside the parentheses of an import.
fn imported_as(code: &str, found: &mut Found) {
    let mut words = code
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty());
    let mut before = "";
    while let Some(word) = words.next() {
        if word == "as" {
            if let Some(name) = words.next() {
                found.aliases.push((name.to_owned(), before.to_owned()));
            }
        } else {
            before = word;
        }
    }
}

/// `Name = Base` is an alias; `thing.name = …` replaces an attribute.
fn assignments(code: &str, found: &mut Found) {
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
        let mut one = |target: &str| assignment(target.trim(), value.trim(), found);
        // `thing.name: Type = …` and `if x: thing.name = …`
        if let Some((before, after)) = target.split_once(':') {
            one(before);
            one(after);
        } else {
            outer_parts(target).for_each(one);
        }
    }
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

fn assignment(target: &str, value: &str, found: &mut Found) {
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
        let last = value.rsplit('.').next().unwrap_or(value);
        let dotted = value
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
        if dotted && !last.is_empty() && last != name {
            found.aliases.push((name.to_owned(), last.to_owned()));
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
        found.replaced.insert(name.to_owned());
    }
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
            found.replaced.insert(name.to_owned());
        }
    }
}

fn identifier(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    &text[..end]
}

/// Whether a text has a class with a base that is `BaseException` or `GeneratorExit`, or raises one
/// of them. Comments and strings may count, too.
pub(super) fn makes_base_exceptions(text: &str) -> bool {
    let names = |code: &str| {
        code.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| matches!(word, "BaseException" | "GeneratorExit"))
    };
    if !names(text) {
        return false;
    }
    let classes = text.match_indices("class ").any(|(at, _)| {
        let rest = &text[at..];
        let head = rest.split_once('(').map_or("", |(name, bases)| {
            if name.contains(['\n', ':']) {
                ""
            } else {
                bases.split(')').next().unwrap_or_default()
            }
        });
        names(head)
    });
    classes
        || text.match_indices("raise ").any(|(at, word)| {
            let raised = text[at + word.len()..].trim_start();
            let end = raised.find(|c: char| !c.is_alphanumeric() && c != '_');
            names(&raised[..end.unwrap_or(raised.len())])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Vec<String> {
        let mut all: Vec<String> = look_at(text).replaced.into_iter().collect();
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
        let expected = "eight eleven five four nine one seven six ten three two";
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
";
        let found = look_at(text);
        let pairs = |pairs: &[(String, String)]| {
            let all = pairs.iter().map(|(name, base)| format!("{name}<{base}"));
            all.collect::<Vec<_>>().join(" ")
        };
        let classes = pairs(&found.classes);
        assert_eq!(classes, "B<A B<Generic B<T B<metaclass B<M C<one C<pkg C<B");
        assert_eq!(pairs(&found.aliases), "D<B F<E H<I");
    }
}
