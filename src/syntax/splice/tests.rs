use super::super::{Module, PythonVersion, TextRange, TextSize};
use super::{Before, spliced};

/// A text in which `«old|new»` is edited: before, after, the edits.
fn edited(marked: &str) -> (String, String, Vec<(TextRange, TextRange)>) {
    let (mut before, mut after, mut edits) = (String::new(), String::new(), Vec::new());
    let mut rest = marked;
    while let Some((plain, edit)) = rest.split_once('«') {
        let (edit, next) = edit.split_once('»').unwrap();
        let (old, new) = edit.split_once('|').unwrap();
        before.push_str(plain);
        after.push_str(plain);
        let range = |text: &str, part: &str| TextRange::at(TextSize::of(text), TextSize::of(part));
        edits.push((range(&before, old), range(&after, new)));
        before.push_str(old);
        after.push_str(new);
        rest = next;
    }
    before.push_str(rest);
    after.push_str(rest);
    (before, after, edits)
}

/// Whether the syntax after the edits is made from that before; it must be what a parse gives.
fn is_spliced(marked: &str) -> bool {
    let (before, after, edits) = edited(marked);
    let target = PythonVersion::PY39;
    let module = Module::parse(&before, target).unwrap();
    let result = module.edited(&after, &edits, target);
    let whole = Module::parse(&after, target);
    assert_eq!(
        result.as_ref().map(|_| ()).map_err(|error| &error.message),
        whole.as_ref().map(|_| ()).map_err(|error| &error.message),
        "{marked}"
    );
    if let Ok(result) = &result {
        assert_eq!(result.differs_from_whole(target), None, "{marked}");
    }
    let before = Before {
        text: &before,
        ast: module.ast(),
        tokens: module.tokens(),
        too_new: module.too_new(),
    };
    spliced(&before, &after, &edits, target).is_some()
}

const SPLICED: &[&str] = &[
    // At the beginning, between statements, at the end.
    "«|import a\n»x = 1\n",
    "\u{feff}# c\n«|import a\n»x = 1\n",
    "import a\n«|import b\n»\n\nx = 1\n",
    "x = 1\ny = «2|3 + 4»\nz = 5\n",
    "x = 1\ny = «2|3 + 4»",
    "x = 1\ny = 2\n«|z = 3\n»",
    "x = 1«|; y = 2»\nz = 3\n",
    "x = 1; y = «2|3»\nz = 3\n",
    "x = 1\n«y = 2\n|»z = 3\n",
    "x = 1\n«y = 2\n|# gone\n»z = 3\n",
    "«x = 1\n|»z = 3\n",
    "«x = 1\n|»",
    // Blocks that end where something is edited.
    "def f():\n    if x:\n        y\n«|import a\n»z = 1\n",
    "def f():\n    if x:\n        y\n«z|# c\nz» = 1\nx\n",
    "def f():\n    if x:\n        y«|()»\n# c\nz = 1\n",
    "def f():\n    if x:\n        y«|()»\n# c",
    "async def f():\n    «await g()|async with t:\n        pass»\n\n\nclass A:\n    x = 1\n",
    // Inside of classes.
    "class A:\n    def f(self):\n        x = «1|2»\n\n    def g(self):\n        if x:\n            y\n\n\nz = 1\n",
    "@d\nclass A(B, c=1):\n    '''d'''\n    def f(self):\n        x\n\n    # c\n    def g(self):\n        x = «1|2»\n\n\nz = 1\n",
    "class A:\n\n    def f(self):\n        x\n    class B:\n        y = 1\n        def g(self):\n            x = «1|22»",
    "class A:\n    class B:\n        y = 1\n        z = «1|22»\n    c = 1\nx = 1\n",
    "class A:\n    x = 1\n    «|y = 2\n    »z = 3\nclass B:\n    x = «2|3»\n    y = 4\n",
    "class A:\r\n\tx = 1\r\n\ty = «2|22»\r\n\tz = 3\r\n",
    // Statements that lie on the lines of others.
    "class A:\n    x = 1; y = 2\n    z = «1|2»\n",
    "if x: pass\nelse: y = «1|2»\nz = 1\n",
    "x = '''\na\n'''\ny = «1|2»\n",
    // What has moved is in other places and versions.
    "x = «1|23»\nmatch y:\n    case A(h, b=1, c=[d, *e]) if g:\n        pass\n    case {'a': b, **c} | None as d:\n        pass\n",
    "x = «1|23»\ntype A[T: int = str, *U, **V] = B\ndef f[T](a, /, b: int = 1, *c, d=2, **e) -> f'{x!r:>{y}}' 'a':\n    global g, h\n    return t'{a}b', {**a, b: c}, [*d], a[1:2:3], lambda i, *j: (yield), not -a < b < c, ...\n",
    "x = «1|23»\ntry:\n    a = b'1' b'2'\nexcept* A as b:\n    del c, d\nelse:\n    assert e, 'f'\nfinally:\n    raise g from h\nfrom .i import j as k\nimport l.m as n\nfor (o) in {p for p in q if r async for s in t}:\n    break\nwhile (u := 1):\n    continue\nwith (v as w, y):\n    z: int = 1 if a else 2\na += {b: c for b, c in d}\ne = (await f(*g, h=1, **i)).j\n",
];

const WHOLE: &[&str] = &[
    "«|x = 1\n»",
    "x = 1\ny = «2|(3»\nz = 4\n",
    "x = 1\ny = «2|3 \\»\nz = 4\n",
    "if x:\n    y\n«z = 1\n|else:\n    z = 1\n»w = 2\n",
    "if x:\n    y\n«z|    z» = 1\nw = 2\n",
    "x = 1\n«y = 2|'''»\nz = ''''''\nw = 1\n",
    "x = 1\n«y = 2\n|y = »z = 3\n",
    "x = 1\n«y = 2\n|@d\n»def f(): pass\n",
];

#[test]
fn what_no_edit_touches_is_taken_from_the_syntax_before() {
    for marked in SPLICED {
        assert!(is_spliced(marked), "{marked}");
    }
}

#[test]
fn where_a_statement_reaches_beyond_its_lines_the_whole_text_is_parsed() {
    for marked in WHOLE {
        assert!(!is_spliced(marked), "{marked}");
    }
}

/// Edits in a class that only a parse of the whole class, or of the text, can judge.
#[test]
fn a_class_whose_lines_mean_something_else_is_parsed_as_a_whole() {
    for marked in [
        "class A:\n    x = 1\n    «y = 2|def f(self):»\n    z = 3\nw = 1\n",
        "class A:\n    x = 1\n    y = 2\n«|def f():\n    pass\n»w = 1\n",
        "class A:\n    x = 1\n«    y = 2\n|y = 2\n»    z = 3\n",
        "class A:\n    x = 1\n    «y = 2|    y = 2»\n    z = 3\n",
        "class A:\n    x = 1\n«    y = 2\n    z = 3\n|\ty = 2\n»w = 1\n",
        "class A:\n    «x = 1|»\n",
        "class «A|B»:\n    x = 1\n    def f(self): pass\nw = 1\n",
        "class A: x = «1|2»\nw = 1\n",
        "class A:\n    x = 1\n  # c\n    y = «1|2»\n# c\n    # d\n",
    ] {
        is_spliced(marked);
    }
}

/// Every piece of a text, removed or doubled.
#[test]
fn any_edit_gives_what_a_parse_gives() {
    let text = "import a\n\n@d\nclass A(B):\n    \"\"\"d\"\"\"\n\n    x = 1; y = (\n2)\n    # c\n    async def f(self):\n        if x:\n            await y\n        # d\n\n    class C:\n        z = '''\n'''\n\n# e\nif x: pass\nelif y:\n    \\\n  z\n\n\ndef g():\n    return\n";
    for start in 0..text.len() {
        for length in [0, 1, 2, 5, 8, 13, 24] {
            let Some(old) = text.get(start..start + length) else {
                continue;
            };
            let (head, tail) = (&text[..start], &text[start + length..]);
            for new in ["", "\n", "    ", "w\n", "\\", "#"] {
                is_spliced(&format!("{head}«{old}|{new}»{tail}"));
            }
            is_spliced(&format!("{head}«{old}|{old}{old}»{tail}"));
        }
    }
}
