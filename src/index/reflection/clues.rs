//! What the text of a file says, before it is parsed, about the functions that it may find by texts.

use super::{Sought, WORDS};
use std::collections::BTreeSet;

/// What a place may find, by the look of the text around it.
#[derive(Debug, Default)]
pub(super) struct Clues {
    /// What the texts between the parentheses of a `getattr` begin with, and what they end with, as
    /// far as it may be part of a name.
    begin: BTreeSet<Box<str>>,
    end: BTreeSet<Box<str>>,
    /// The classes before a `getattr(self, …)`.
    classes: BTreeSet<Box<str>>,
    /// A module is imported by a text, or may be what a `getattr` looks into.
    modules: bool,
    /// The parser has to say what is looked for.
    unclear: bool,
}

/// What a `getattr` looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    /// `self` or `cls`.
    Own,
    /// Another name, which may be a module.
    Name,
    /// Something else.
    Other,
}

impl Thing {
    /// What the text before the first comma says; `None` where a comment or a line break hides it.
    fn of(first: &str) -> Option<Self> {
        let first = first.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
        match first {
            "self" | "cls" => Some(Self::Own),
            _ if first.contains(['#', '\\']) => None,
            _ if first.chars().all(is_part) => Some(Self::Name),
            _ => Some(Self::Other),
        }
    }
}

/// Whether a character may be part of a name.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Clues {
    /// What a text says, if it may have such a place.
    pub(super) fn of(text: &str) -> Option<Self> {
        let [getattr, others @ ..] = WORDS else {
            return None;
        };
        let mut clues = Self {
            modules: others.iter().any(|word| text.contains(word)),
            ..Self::default()
        };
        let mut found = clues.modules;
        let mut own = None;
        for at in memchr::memmem::find_iter(text.as_bytes(), getattr) {
            let arguments = &text[at + getattr.len()..];
            if names_its_attribute(arguments) || !matters(&text[..at], arguments) {
                continue;
            }
            found = true;
            clues.unclear |= clues.read(arguments).is_none();
            let Some((first, _)) = arguments.split_once(',') else {
                continue;
            };
            match Thing::of(first) {
                Some(Thing::Own) => own = Some(at),
                Some(Thing::Name) => clues.modules = true,
                Some(Thing::Other) => {}
                None => clues.unclear = true,
            }
        }
        if let Some(last) = own {
            clues.classes = classes(&text[..last]).map(Into::into).collect();
        }
        found.then_some(clues)
    }

    /// Takes down the texts between the parentheses of a call, whose arguments a text begins with;
    /// `None` where they are not plain to see.
    fn read(&mut self, arguments: &str) -> Option<()> {
        let mut depth = 0;
        let mut rest = arguments;
        loop {
            let at = rest.find(['"', '\'', '#', '(', '[', '{', ')', ']', '}'])?;
            let (mark, behind) = rest[at..].split_at(1);
            rest = behind;
            match mark {
                "#" => return None,
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" if depth > 0 => depth -= 1,
                ")" | "]" | "}" => return Some(()),
                quote => {
                    let (text, behind) = rest.split_once(quote)?;
                    // In a replacement field the same quotes may stand again.
                    let is_split = text.matches('{').count() != text.matches('}').count();
                    let is_triple = text.is_empty() && behind.starts_with(quote);
                    if is_split || is_triple || text.contains(['\\', '\n', '\r']) {
                        return None;
                    }
                    self.text(text);
                    rest = behind;
                }
            }
        }
    }

    /// Takes down what one text begins and ends with.
    fn text(&mut self, text: &str) {
        let begin = text.find(|c| !is_part(c)).map_or(text, |end| &text[..end]);
        let before = text.trim_end_matches(is_part);
        let mut end = &text[before.len()..];
        if before.ends_with('%') {
            // The letter of `%s`.
            end = end.get(1..).unwrap_or_default();
        }
        for (part, all) in [(begin, &mut self.begin), (end, &mut self.end)] {
            if !part.is_empty() {
                all.insert(part.into());
            }
        }
    }

    /// Whether a place may find a function of another file; the text of that file is read where it
    /// matters.
    pub(super) fn may_find<'t>(&self, function: &Sought<'_>, text: &dyn Fn() -> &'t str) -> bool {
        let Sought {
            name,
            class,
            at_module_level,
            ..
        } = *function;
        if !at_module_level && class.is_none() {
            return false;
        }
        self.unclear
            || self.begin.iter().any(|part| name.starts_with(&**part))
            || self.end.iter().any(|part| name.ends_with(&**part))
            || at_module_level && self.modules
            || class.is_some_and(|own| {
                let mut classes = self.classes.iter();
                classes.any(|class| **class == *own || text().contains(&**class))
            })
    }
}

/// The names after each `class` of a text, and other words maybe.
fn classes(text: &str) -> impl Iterator<Item = &str> {
    let blank = |c: char| c.is_whitespace() || c == '\\';
    text.split("class").skip(1).filter_map(move |rest| {
        let name = rest.trim_start_matches(blank);
        let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
        (name.len() < rest.len() && end > 0).then(|| &name[..end])
    })
}

/// Whether it may matter what a call finds, which stands between a text and its arguments: a part
/// of the name is written there, or what is found is called, or may be later.
fn matters(before: &str, arguments: &str) -> bool {
    let open = |c: char| c.is_whitespace() || matches!(c, '(' | '\\');
    let before = before.trim_end_matches(open);
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    // A comment may stand in between.
    if before.ends_with('=') || before[line..].contains('#') {
        return true;
    }
    let mut depth = 0;
    for (at, byte) in arguments.bytes().enumerate() {
        match byte {
            b'"' | b'\'' | b'#' => return true,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b')' | b']' | b'}' => {
                let close = |c: char| c.is_whitespace() || matches!(c, ')' | '\\');
                let mut after = arguments[at..].trim_start_matches(close);
                while let Some(comment) = after.strip_prefix('#') {
                    let end = comment.find('\n').unwrap_or(comment.len());
                    after = comment[end..].trim_start_matches(close);
                }
                return after.starts_with('(');
            }
            _ => {}
        }
    }
    true
}

/// Whether the second argument of a call, whose first one a text begins with, is plainly a string.
fn names_its_attribute(arguments: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let Some((first, rest)) = arguments.split_once(',') else {
        return false;
    };
    let rest = rest.trim_start();
    let Some(quote @ (b'"' | b'\'')) = rest.as_bytes().first() else {
        return false;
    };
    let quote = char::from(*quote);
    let Some((name, rest)) = rest[1..].split_once(quote) else {
        return false;
    };
    first.trim().chars().all(is_plain)
        && !name.is_empty()
        && name.chars().all(is_plain)
        && rest.trim_start().starts_with([',', ')'])
}

#[cfg(test)]
mod tests {
    use super::super::Sought;
    use super::Clues;
    use std::path::Path;

    fn has_lookups(text: &str) -> bool {
        Clues::of(text).is_some()
    }
    #[test]
    fn texts_that_need_no_parser() {
        for text in [
            "getattr(self, f'do_{name}')",
            "getattr(self, 'do_' + name)",
            "getattr(self, name)(1)",
            "run(getattr(self, name)\\\n(1))",
            "(getattr(self, name)  # one\n)(1)",
            "found = getattr(self, name)\nfound()",
            "found = (  # one\n    getattr(self, name))\nfound()",
            "if found := getattr(self, names[0](1)): found()",
            "import_module('a')",
        ] {
            assert!(has_lookups(text), "{text}");
        }
        for text in [
            "getattr(self, 'name')()",
            "return getattr(self, name)",
            "run(getattr(self, names[0](1), None), 1)",
            "if getattr(self, name): (1)",
        ] {
            assert!(!has_lookups(text), "{text}");
        }
    }

    fn may_find(text: &str, name: &str, class: Option<&str>, own: &str) -> bool {
        let function = Sought {
            path: Path::new("other.py"),
            name,
            class,
            at_module_level: class.is_none(),
        };
        Clues::of(text).unwrap().may_find(&function, &|| own)
    }

    #[test]
    fn texts_around_a_name() {
        for text in [
            "getattr(thing.it, f'do_{name}')()",
            "getattr(thing.it, 'do_' + name)",
            "getattr(thing.it, 'do_%s' % name)",
            "getattr(thing.it, '%s_it' % name, None)",
            "getattr(thing.it, \"{}_it\".format(name), '')",
            "getattr(thing.it, 'd' 'o_{}'.format(name))",
            "getattr(thing.it, '' f'{name}{\"_\"}it')",
            "getattr(thing.it, '\\x64o_' + name)",
            "getattr(thing.it, f'{names['a']}_it')",
            "getattr(thing.it, (')' + name)[1:] + 'it')",
            "getattr(thing.it, \"\"\"do_\"\"\" + name)",
            "getattr(thing.it,  # name\n name)()",
        ] {
            assert!(may_find(text, "do_it", Some("C"), ""), "{text}");
            assert!(may_find(text, "do_it", None, ""), "{text}");
        }
        for text in [
            "getattr(thing.it, f'on_{name}')()",
            "getattr(thing.it, f'{name}_them', '')()",
            "getattr(thing.it, names[name], None)()",
            "getattr(thing(1).it, name)()",
        ] {
            assert!(!may_find(text, "do_it", Some("C"), "class C"), "{text}");
            assert!(!may_find(text, "do_it", None, ""), "{text}");
        }
    }

    #[test]
    fn methods_of_classes_and_functions_of_modules() {
        let own = "class A:\n    def f(self): return getattr(self, name)()\n";
        assert!(may_find(own, "f", Some("A"), ""));
        assert!(may_find(own, "f", Some("B"), "class B(module.A): ..."));
        assert!(!may_find(own, "f", Some("B"), "class B: ..."));
        assert!(!may_find(own, "f", None, ""));
        for text in ["getattr(module, name)()", "import_module(name).f()"] {
            assert!(may_find(text, "f", None, ""), "{text}");
            assert!(!may_find(text, "f", Some("A"), ""), "{text}");
        }
    }
}
