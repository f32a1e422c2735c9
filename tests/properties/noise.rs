//! Changes to a program that leave what it does as it is, or nest it in something else.

use aiolift::syntax::{
    AnyNodeRef, Module, PythonVersion, Ranged, TextRange, Token, TokenKind, Tree,
};
use proptest::prelude::*;

/// Everything that is understood by the parser.
pub(crate) const NEWEST: PythonVersion = PythonVersion {
    major: 3,
    minor: 15,
};

/// One change of the layout. The number chooses the place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Noise {
    /// A comment behind a statement or a line of one.
    CommentBehind(u16),
    /// A comment on a line of its own.
    CommentLine(u16),
    /// An empty line, perhaps with blanks on it.
    BlankLine(u16),
    /// Parentheses around an expression.
    Parentheses(u16),
    /// Blanks inside of brackets.
    Blanks(u16),
    /// A line break behind a comma inside of brackets.
    LineBreak(u16),
    /// A backslash and a line break in place of a blank.
    Continuation(u16),
    /// Two statements on one line.
    Semicolon(u16),
    /// A form feed in front of a line.
    FormFeed(u16),
    /// The whole program in the body of a compound statement.
    Wrapped(u16),
    /// Tabs in place of four blanks, in every top-level statement or in one of two.
    Tabs(bool),
}

/// Line endings of the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endings {
    /// `\n`
    Unix,
    /// `\r\n`
    Windows,
    /// `\r`
    Mac,
    /// All of them by turns.
    Mixed,
}

/// The bytes around and between the lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) endings: Endings,
    pub(crate) byte_order_mark: bool,
    pub(crate) final_newline: bool,
}

/// Any change of the layout.
pub(crate) fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![
        3 => any::<u16>().prop_map(Noise::CommentBehind),
        3 => any::<u16>().prop_map(Noise::CommentLine),
        2 => any::<u16>().prop_map(Noise::BlankLine),
        4 => any::<u16>().prop_map(Noise::Parentheses),
        2 => any::<u16>().prop_map(Noise::Blanks),
        3 => any::<u16>().prop_map(Noise::LineBreak),
        2 => any::<u16>().prop_map(Noise::Continuation),
        2 => any::<u16>().prop_map(Noise::Semicolon),
        1 => any::<u16>().prop_map(Noise::FormFeed),
        2 => any::<u16>().prop_map(Noise::Wrapped),
        1 => any::<bool>().prop_map(Noise::Tabs),
    ]
}

/// Any bytes around and between the lines.
pub(crate) fn bytes() -> impl Strategy<Value = Bytes> {
    let endings = prop_oneof![
        3 => Just(Endings::Unix),
        2 => Just(Endings::Windows),
        1 => Just(Endings::Mac),
        1 => Just(Endings::Mixed),
    ];
    (
        endings,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(endings, byte_order_mark, final_newline)| Bytes {
            endings,
            byte_order_mark,
            final_newline,
        })
}

impl Bytes {
    /// The bytes of a program with `\n`.
    pub(crate) fn of(self, text: &str) -> Vec<u8> {
        let text = if self.final_newline {
            text
        } else {
            text.trim_end_matches('\n')
        };
        let mut out = Vec::new();
        if self.byte_order_mark {
            out.extend_from_slice(b"\xef\xbb\xbf");
        }
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                let ending: &[u8] = match self.endings {
                    Endings::Unix => b"\n",
                    Endings::Windows => b"\r\n",
                    Endings::Mac => b"\r",
                    Endings::Mixed => [&b"\n"[..], b"\r\n", b"\r"][number % 3],
                };
                out.extend_from_slice(ending);
            }
            out.extend_from_slice(line.as_bytes());
        }
        out
    }
}

/// The program after a change, or as it is where the change is not possible.
pub(crate) fn apply(text: &str, noise: Noise, number: usize) -> String {
    let Ok(module) = Module::parse(text, NEWEST) else {
        return text.to_owned();
    };
    let changed = changed(&module, noise, number);
    drop(module);
    match changed {
        Some(changed) if Module::parse(&changed, NEWEST).is_ok() => changed,
        _ => text.to_owned(),
    }
}

fn changed(module: &Module<'_>, noise: Noise, number: usize) -> Option<String> {
    let text = module.text;
    let tokens: Vec<Token> = module.tokens().iter().copied().collect();
    match noise {
        Noise::CommentBehind(place) => {
            let ends = tokens
                .windows(2)
                .filter(|pair| is_line_end(pair[1].kind()) && pair[0].kind() != TokenKind::Comment);
            let at = pick(ends.map(|pair| pair[1].start().to_usize()), place)?;
            let is_behind = !text[..at].ends_with('\n') && at > 0;
            let gap = if is_behind { "  " } else { "" };
            Some(spliced(text, at, at, &format!("{gap}# noise {number}")))
        }
        Noise::CommentLine(place) => {
            let at = pick(line_starts(&tokens), place)?;
            let indent = indentation(text, at);
            Some(spliced(
                text,
                at,
                at,
                &format!("{indent}# noise {number}\n"),
            ))
        }
        Noise::BlankLine(place) => {
            let at = pick(line_starts(&tokens), place)?;
            let line = ["\n", "\n", "   \n", "\t\n"][number % 4];
            Some(spliced(text, at, at, line))
        }
        Noise::Parentheses(place) => {
            let tree = Tree::new(module);
            let expressions = tree.ids().filter_map(|id| {
                let node = tree.node(id);
                let parent = tree.node(tree.parent(id));
                let is_whole = node.is_expression()
                    && !matches!(node, AnyNodeRef::ExprStarred(_) | AnyNodeRef::ExprSlice(_))
                    && !matches!(parent, AnyNodeRef::InterpolatedElement(_));
                is_whole.then(|| node.range())
            });
            let range = pick(expressions, place)?;
            // Not inside of a string: it would be another string on older versions.
            let in_string = tokens.iter().any(|token| {
                matches!(
                    token.kind(),
                    TokenKind::FStringMiddle | TokenKind::TStringMiddle
                ) && range.contains_range(token.range())
                    && range.start() == token.start()
            });
            let inner = &text[range.start().to_usize()..range.end().to_usize()];
            (!in_string).then(|| {
                spliced(
                    text,
                    range.start().to_usize(),
                    range.end().to_usize(),
                    &format!("({inner})"),
                )
            })
        }
        Noise::Blanks(place) => {
            let inside = tokens.iter().filter_map(|token| match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Comma => Some(token.end()),
                TokenKind::Rpar | TokenKind::Rsqb => Some(token.start()),
                _ => None,
            });
            let at = pick(inside, place)?.to_usize();
            Some(spliced(text, at, at, ["  ", " ", "\t"][number % 3]))
        }
        Noise::LineBreak(place) => {
            let mut depth = 0usize;
            let mut places = Vec::new();
            for token in &tokens {
                match token.kind() {
                    TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                    TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                        depth = depth.saturating_sub(1);
                    }
                    TokenKind::Comma if depth > 0 => places.push(token.end().to_usize()),
                    _ => {}
                }
            }
            let at = pick(places.into_iter(), place)?;
            let rest = text[at..].trim_start_matches(' ');
            let end = text.len() - rest.len();
            Some(spliced(text, at, end, "\n        "))
        }
        Noise::Continuation(place) => {
            let gaps = tokens.windows(2).filter_map(|pair| {
                let gap = TextRange::new(pair[0].end(), pair[1].start());
                let is_blank = &text[gap.start().to_usize()..gap.end().to_usize()] == " ";
                let is_plain = |kind| {
                    !is_line_end(kind)
                        && !matches!(
                            kind,
                            TokenKind::Comment | TokenKind::Indent | TokenKind::Dedent
                        )
                };
                (is_blank && is_plain(pair[0].kind()) && is_plain(pair[1].kind())).then_some(gap)
            });
            let gap = pick(gaps, place)?;
            let (from, to) = (gap.start().to_usize(), gap.end().to_usize());
            Some(spliced(text, from, to, " \\\n        "))
        }
        Noise::Semicolon(place) => {
            let ends = tokens
                .iter()
                .filter(|token| token.kind() == TokenKind::Newline && !token.range().is_empty());
            let token = pick(ends, place)?;
            let (from, to) = (token.start().to_usize(), token.end().to_usize());
            let rest = text[to..].trim_start_matches([' ', '\n']);
            let both = number.is_multiple_of(2);
            if both {
                return Some(spliced(text, from, text.len() - rest.len(), "; "));
            }
            Some(spliced(text, from, from, ";"))
        }
        Noise::FormFeed(place) => {
            let at = pick(line_starts(&tokens), place)?;
            let page = if indentation(text, at).is_empty() && number.is_multiple_of(2) {
                "\x0c"
            } else {
                "\x0c\n"
            };
            Some(spliced(text, at, at, page))
        }
        Noise::Wrapped(place) => {
            const HEADS: &[(&str, &str)] = &[
                ("def wrapper():\n", ""),
                ("async def wrapper():\n", ""),
                ("if True:\n", ""),
                ("class Wrapper:\n", ""),
                ("try:\n", "finally:\n    pass\n"),
                ("try:\n", "except ValueError:\n    pass\n"),
                ("while True:\n", "    break\n"),
            ];
            let (head, tail) = HEADS[usize::from(place) % HEADS.len()];
            let mut out = head.to_owned();
            for (at, line) in lines(text) {
                if !line.trim().is_empty() && !is_in_string(&tokens, at) {
                    out.push_str("    ");
                }
                out.push_str(line);
            }
            out.push_str(tail);
            Some(out)
        }
        Noise::Tabs(everywhere) => {
            let mut out = String::new();
            let mut statement = 0;
            for (at, line) in lines(text) {
                if !line.starts_with([' ', '\n', '#', ')', ']', '}']) {
                    statement += 1;
                }
                let blanks = line.len() - line.trim_start_matches(' ').len();
                if is_in_string(&tokens, at) || !(everywhere || statement % 2 == 0) {
                    out.push_str(line);
                    continue;
                }
                out.push_str(&"\t".repeat(blanks / 4));
                out.push_str(&" ".repeat(blanks % 4));
                out.push_str(&line[blanks..]);
            }
            Some(out)
        }
    }
}

fn is_line_end(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Newline | TokenKind::NonLogicalNewline)
}

/// One of the items, by a number.
fn pick<T>(items: impl Iterator<Item = T>, place: u16) -> Option<T> {
    let mut items: Vec<T> = items.collect();
    if items.is_empty() {
        return None;
    }
    let at = usize::from(place) % items.len();
    Some(items.swap_remove(at))
}

fn spliced(text: &str, from: usize, to: usize, new: &str) -> String {
    format!("{}{new}{}", &text[..from], &text[to..])
}

/// Where lines start that are not inside of a string or continued by a backslash.
fn line_starts(tokens: &[Token]) -> impl Iterator<Item = usize> {
    let after = tokens
        .iter()
        .filter(|token| is_line_end(token.kind()) && !token.range().is_empty());
    after.map(|token| token.end().to_usize())
}

fn indentation(text: &str, at: usize) -> &str {
    let line = &text[at..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

fn is_in_string(tokens: &[Token], at: usize) -> bool {
    tokens.iter().any(|token| {
        matches!(
            token.kind(),
            TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
        ) && token.start().to_usize() < at
            && at < token.end().to_usize()
    })
}
