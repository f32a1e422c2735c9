//! Nothing is lost on the way from bytes to text to statements and back.

mod support;

use aiolift::report::Outcome;
use aiolift::source::SourceFile;
use aiolift::syntax::cst::{Piece, Run, Unbuildable, rebuild};
use aiolift::syntax::{Module, NodeId, PythonVersion, Ranged, TokenKind, Tree};
use std::path::PathBuf;
use support::{all, options_of, programs, run_bytes};

const NEWEST: PythonVersion = PythonVersion {
    major: 3,
    minor: 15,
};

/// Syntax and layout that parsers disagree about, each a statement or more at column zero.
const ODDITIES: &[(&str, &str)] = &[
    (
        "backslashes",
        "x = 1 + \\\n    2 \\\n  + 3\nassert x, \\\n    x\n",
    ),
    (
        "strings",
        "x = '''a\n  \\\n b''' 'c' \"d\" \\\n  r\"\"\"e\n\"\"\"\ny = b'' \\\n rb'f'\n",
    ),
    (
        "nested f-strings",
        "x = f\"{f'{f\"{1 + 1}\"}'!r:>{width}}\" f'{x=}' f\"{ {1: 2}[1] }\"\n",
    ),
    (
        "f-string over lines",
        "x = f'''{\n  a  # not lost\n}\n{b:\n}'''\n",
    ),
    ("template strings", "x = t\"{a} {b!r:>{w}}\"\n"),
    ("semicolons", "a = 1; b = 2 ; c = 3;\nif a: b; c;\n"),
    (
        "one-line suites",
        "if a: b\nelif c: d  # e\nelse: f\nwhile a: break\nelse: pass\n",
    ),
    (
        "decorators",
        "@a\n# between\n@b.c(d)[e]\nclass A(B, *C, d=e, **f): x = 1\n",
    ),
    (
        "lambdas",
        "f = lambda *a, b=1, **c: (yield)\ng = lambda: (lambda: 1)()\n",
    ),
    (
        "stars",
        "print(*[] or [1])\nx = *a, *b\nfor y in *a, b: pass\nz = a[*b]\ndel (a), [b, c]\n",
    ),
    (
        "subscripts",
        "x = a[1:2, ::3, ...]\ny = a[()]\nz = a[b:=1]\n",
    ),
    (
        "walrus",
        "if (a := 1) and (b := (c := 2)): pass\n[d := 1 for e in f]\n",
    ),
    (
        "match",
        "match a, *b:\n    case [1, *_] | {'a': 1, **c} if c: pass\n    case A(b=1) as d:\n        pass\n    case -1+2j | 'a' 'b': pass\nmatch = case = type = 1\nmatch[case] = type(1)\n",
    ),
    (
        "type parameters",
        "type A[*T, **P, U: int = str] = B\ndef f[T](a: T, /, b, *, c) -> T: ...\nclass D[T]: ...\n",
    ),
    (
        "except groups",
        "try:\n    a\nexcept* A as b:\n    pass\nexcept* (C, D):\n    pass\nelse: a\nfinally: b\n",
    ),
    (
        "except without parentheses",
        "try:\n    a\nexcept A, B:\n    pass\n",
    ),
    (
        "with in parentheses",
        "with (a as b, c as (d, e),): pass\nwith (a): pass\nwith (a, b): pass\n",
    ),
    (
        "numbers",
        "x = 0xFF_FF + 0b1 + 0o7 + 1_0.5e-3j + 1if a else 2\n",
    ),
    ("tabs", "if a:\n\tb\n\tif c:\n\t\td\n"),
    ("mixed indentation", "if a:\n        b\nif c:\n d\n"),
    ("form feeds", "a\n\x0c\nb\n\x0c\nif c:\n    d\n\x0c    e\n"),
    (
        "comments",
        "# a\nif b:  # c\n    # d\n    e  # f\n  # g\n# h\nelse:\n    pass\n    # i\n# j\n",
    ),
    (
        "comment at a deeper level",
        "if a:\n    b\n        # deeper\n    c\n",
    ),
    (
        "blank lines with blanks",
        "a\n   \nif b:\n    c\n  \t \n    d\n   \n",
    ),
    ("unicode", "é = 'ü'; ª = \"𝔘\"  # ß\nclass Ñ: pass\n"),
    (
        "globals",
        "def f():\n    global a, b\n    def g():\n        nonlocal_ = 1\n    yield from (yield)\n",
    ),
    (
        "async comprehensions",
        "async def f():\n    return [a async for a in b if await c], {a: b async for a, b in c}\n",
    ),
    (
        "chained comparisons",
        "x = a < b <= c != d is not e not in f\n",
    ),
    (
        "parenthesized targets",
        "(a) = 1\n[(b), *c] = d\n(a).b = (c)[d] = 1\n(e): int = 1\n",
    ),
    ("empty lines at the end", "a\n\n\n"),
];

/// A statement with a site, and what becomes of it.
const SITE: &str =
    "async def site(queue: asyncio.Queue):\n    return await asyncio.wait_for(queue.get(), 1)\n";
const DONE: &str = "async def site(queue: asyncio.Queue):\n    async with asyncio.timeout(1):\n        return await queue.get()\n";

/// A byte layout: its name, and how a program is written in it.
type Layout = (&'static str, fn(&str) -> Vec<u8>);

#[test]
fn what_is_beside_a_site_stays_as_it_is() {
    let (mut options, project) = options_of(&[]);
    options.target = NEWEST;
    let layouts: [Layout; 5] = [
        ("\\n", |text| text.into()),
        ("\\r\\n", |text| text.replace('\n', "\r\n").into()),
        ("\\r", |text| text.replace('\n', "\r").into()),
        ("BOM", |text| [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("no final newline", |text| {
            text.trim_end_matches('\n').into()
        }),
    ];
    for (name, oddity) in ODDITIES {
        let text = |site: &str| format!("import asyncio\n{oddity}\n\n{site}\n\n{oddity}");
        for (layout, bytes) in &layouts {
            let report = run_bytes(all(), bytes(&text(SITE)), &options, &project);
            let place = format!("{name} with {layout}");
            if let Some(error) = report.errors.first() {
                panic!("{place}, line {:?}: {}", error.line, error.message);
            }
            assert_eq!(report.count(Outcome::Changed), 1, "{place}");
            let after = &report.changes.first().expect("it changes").after;
            assert_eq!(
                String::from_utf8_lossy(after),
                String::from_utf8_lossy(&bytes(&text(DONE))),
                "{place}"
            );
        }
    }
}

#[test]
fn a_form_feed_before_a_statement_that_moves_keeps_its_place() {
    let (options, project) = options_of(&[]);
    let head = "import asyncio\n\nasync def step(): ...\n\n";
    let before = format!(
        "{head}loop = asyncio.get_event_loop()\n\x0cwhile loop.run_until_complete(step()):\n    print(1)\nloop.close()\n"
    );
    let report = run_bytes(all(), before.into(), &options, &project);
    let after = &report.changes.first().expect("it changes").after;
    assert_eq!(
        String::from_utf8_lossy(after),
        format!(
            "{head}with asyncio.Runner() as runner:\n\x0c    while runner.run(step()):\n        print(1)\n"
        )
    );
}

#[test]
fn text_comes_back_as_the_bytes_it_came_from() {
    let latin = "# -*- coding: latin-1 -*-\n# \u{fc}\u{80}\n";
    let cases: Vec<Vec<u8>> = vec![
        b"".into(),
        b"\n".into(),
        b"\xef\xbb\xbf".into(),
        b"\xef\xbb\xbfx = 1\r\ny = 2\rz = 3\n".into(),
        "x = 'ü𝔘'\x0c\n\x0c".into(),
        latin
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect(),
        b"# vim: set fileencoding=cp1252 :\nx = '\x80'\n".into(),
        b"# coding: koi8-r\nx = '\xc1'\n".into(),
        b"# coding: euc-jp\nx = '\xc6\xfc'\n".into(),
        b"# coding: ascii\nx = 1".into(),
        b"#!/usr/bin/env python\n# coding: utf-8\nx = 1".into(),
    ];
    for bytes in cases {
        let name = String::from_utf8_lossy(&bytes).into_owned();
        let file = SourceFile::decode(PathBuf::from("a.py"), bytes.clone()).expect(&name);
        assert_eq!(file.encode(file.text()).expect(&name), bytes, "{name}");
        assert_eq!(file.bytes(), bytes, "{name}");
    }
}

#[test]
fn statements_come_back_as_they_were_read() {
    let mut texts: Vec<(String, String)> = ODDITIES
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    texts.extend(
        programs()
            .into_iter()
            .map(|program| (program.name, program.text)),
    );
    let (mut done, mut refused) = (0, Vec::new());
    for (name, text) in &texts {
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let module = Module::parse(&text, NEWEST)
                .unwrap_or_else(|error| panic!("{name}: {}", error.message));
            let tree = Tree::new(&module);
            let statements: Vec<NodeId> = tree
                .ids()
                .filter(|id| tree.node(*id).is_statement())
                .collect();
            for statement in statements {
                let Some(run) = Run::single(&tree, statement) else {
                    continue;
                };
                match rebuild(&tree, run, &[Piece::Kept(0, Vec::new())]) {
                    Ok(rebuilt) => {
                        done += 1;
                        let before =
                            &text[rebuilt.range.start().to_usize()..rebuilt.range.end().to_usize()];
                        same_program(&text, before, &rebuilt.text).unwrap_or_else(|why| {
                            panic!("{name}: {why}\n{before}\nbecomes\n{}", rebuilt.text)
                        });
                    }
                    Err(Unbuildable::CannotRead | Unbuildable::NotLossless) => {
                        refused.push(name.clone());
                    }
                    // The lossless tree holds no text of these words alone.
                    Err(Unbuildable::LostStatement)
                        if matches!(
                            tree.slice(tree.node(statement)),
                            "pass" | "break" | "..." | "return"
                        ) => {}
                    Err(Unbuildable::TooDeep) if levels(&tree, statement) > 200 => {}
                    Err(other) => panic!("{name}: {other}"),
                }
            }
        }
    }
    refused.dedup();
    assert!(done > 1000, "only {done} statements were rebuilt");
    assert!(
        refused.len() * 10 < texts.len(),
        "too many statements cannot be rebuilt: {refused:?}"
    );
}

/// At least how many levels a statement nests: those of its nodes and of its brackets.
fn levels(tree: &Tree<'_>, statement: NodeId) -> u32 {
    let depths = tree.descendants(statement).map(|id| tree.depth(id));
    let nodes = depths.max().unwrap_or_default() - tree.depth(statement);
    let (mut open, mut brackets) = (0u32, 0);
    for token in tree.tokens().in_range(tree.node(statement).range()) {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => open -= 1,
            _ => {}
        }
        brackets = brackets.max(open);
    }
    nodes + brackets
}

/// Whether the text with a part replaced has the same tokens, apart from those of the layout.
fn same_program(text: &str, before: &str, after: &str) -> Result<(), String> {
    if before == after {
        return Ok(());
    }
    // A one-line suite is opened: the layout differs, the tokens do not.
    let tokens = |text: &str| -> Result<Vec<String>, String> {
        let module = Module::parse(text, NEWEST).map_err(|error| error.message)?;
        Ok(module
            .tokens()
            .iter()
            .filter(|token| {
                !matches!(
                    token.kind(),
                    TokenKind::Newline
                        | TokenKind::NonLogicalNewline
                        | TokenKind::Indent
                        | TokenKind::Dedent
                        | TokenKind::Semi
                )
            })
            .map(|token| text[token.range()].to_owned())
            .collect())
    };
    if tokens(text)? == tokens(&text.replacen(before, after, 1))? {
        Ok(())
    } else {
        Err("the tokens differ".to_owned())
    }
}
