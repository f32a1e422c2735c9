//! Functions that are made at random, with calls of `gather` and `wait_for` in every place of an
//! expression: rewritten, they evaluate the same things in the same order, and end in the same way.
//!
//! The clock of the event loop stands still but for `slow`, so that a timeout ends exactly what it
//! has to. `AIOLIFT_CASES` sets how many programs are made, `AIOLIFT_SEED` makes others.

#![expect(
    clippy::disallowed_methods,
    reason = "the programs are written to be run"
)]

#[path = "behavior/interpreters.rs"]
#[allow(dead_code, reason = "these programs need no packages")]
mod interpreters;
#[path = "support/random.rs"]
mod random;
mod support;
#[path = "behavior/trace.rs"]
#[allow(dead_code, reason = "these programs leave less to be seen")]
mod trace;

use aiolift::report::{Outcome, SiteReport};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What the functions are made of; everything says when it is evaluated.
const HEAD: &str = "\
import asyncio
import contextlib

seen = []
now = [0.0]
asyncio.BaseEventLoop.time = lambda loop: now[0]
G = 5


def say(n, value=None):
    seen.append(n)
    return n if value is None else value


def slow(n):
    seen.append((\"slow\", n))
    now[0] += 1
    return n


def change(n):
    global G
    G = n
    return n


class Box:
    a = 3

    @property
    def p(self):
        seen.append(\"p\")
        return 7

    @property
    def limit(self):
        seen.append(\"limit\")
        return 0.5

    def m(self, *args, **kwargs):
        seen.append((\"m\", repr(args), sorted(kwargs)))
        return len(args)

    def __getitem__(self, key):
        seen.append((\"get\", repr(key)))
        return 5

    def __setitem__(self, key, value):
        seen.append((\"set\", repr(key), repr(value)))

    def __delitem__(self, key):
        seen.append((\"del\", repr(key)))

    def __repr__(self):
        return \"Box\"


async def work(n):
    seen.append((\"work\", repr(n), G))
    await asyncio.sleep(0)
    return n


async def fail(n):
    await asyncio.sleep(0)
    raise KeyError(n)


async def setter(n):
    global G
    G = n
    await asyncio.sleep(0)
    return n


def make(n):
    seen.append((\"make\", n))
    return work(n)


def make_slowly(n):
    now[0] += 1
    return make(n)


def show(*args, **kwargs):
    seen.append((\"show\", repr(args), repr(sorted(kwargs.items()))))
    return 1


def call(function):
    return function()

";

/// Makes the text of one function from numbers; fewer and smaller numbers make a simpler one.
struct Draw<'n> {
    numbers: &'n [u16],
    at: usize,
    count: u32,
}

impl Draw<'_> {
    fn one_of(&mut self, choices: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        usize::from(number) % choices
    }

    fn fresh(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn leaf(&mut self) -> String {
        let n = self.fresh();
        match self.one_of(14) {
            0 => n.to_string(),
            1 => "a".to_owned(),
            2 => "b".to_owned(),
            3 | 4 => format!("say({n})"),
            5 => "G".to_owned(),
            6 => "box.p".to_owned(),
            7 => "box.a".to_owned(),
            8 => format!("box[say({n})]"),
            9 => format!("slow({n})"),
            10 => format!("change({n})"),
            11 => "items[0]".to_owned(),
            12 => "len(items)".to_owned(),
            _ => format!("box.m({n})"),
        }
    }

    fn coroutine(&mut self) -> String {
        let n = self.fresh();
        match self.one_of(8) {
            0 => format!("work({n})"),
            1 | 2 => format!("work({})", self.leaf()),
            3 => format!("make({n})"),
            4 => format!("setter({n})"),
            5 => format!("fail({n})"),
            6 => format!("work(say({n}))"),
            _ => format!("asyncio.sleep(0, {})", self.leaf()),
        }
    }

    fn gather(&mut self) -> String {
        let arguments = match self.one_of(8) {
            0 => self.coroutine(),
            1 => format!("{}, {}", self.coroutine(), self.coroutine()),
            2 => format!(
                "{}, {}, {}",
                self.coroutine(),
                self.coroutine(),
                self.coroutine()
            ),
            3 => "*[work(i) for i in range(2)]".to_owned(),
            4 => "*[make(i) for i in items]".to_owned(),
            5 => "*(work(G + i) for i in items if say(i))".to_owned(),
            6 => format!("{}, *[work(j) for j in (1, 2)]", self.coroutine()),
            _ => "*[]".to_owned(),
        };
        let option = ["", "", ", return_exceptions=True"][self.one_of(3)];
        format!("await asyncio.gather({arguments}{option})")
    }

    fn limited(&mut self) -> String {
        let n = self.fresh();
        let awaitable = match self.one_of(6) {
            0 => format!("work({n})"),
            1 => format!("make_slowly({n})"),
            2 => format!("work(slow({n}))"),
            3 => format!("make({n})"),
            4 => format!("setter({n})"),
            _ => format!("work({})", self.leaf()),
        };
        let limit = ["0.5", "0.5", "limit", "say(9, 0.5)", "box.limit", "None"][self.one_of(6)];
        format!("await asyncio.wait_for({awaitable}, {limit})")
    }

    /// An expression with a call somewhere in it.
    fn expr(&mut self, depth: usize) -> String {
        if depth == 0 {
            return if self.one_of(2) == 0 {
                self.gather()
            } else {
                self.limited()
            };
        }
        let form = self.one_of(38);
        let inner = self.expr(depth - 1);
        let (x, y) = (self.leaf(), self.leaf());
        match form {
            0 => format!("show({x}, {inner})"),
            1 => format!("show({inner}, {x})"),
            2 => format!("show(q={inner}, *[{x}])"),
            3 => format!("show(*[{x}], q={inner})"),
            4 => format!("show({x}, *[{inner}])"),
            5 => format!("show(q={x}, z={inner})"),
            6 => format!("show(q={inner}, **{{\"y\": {x}}})"),
            7 => format!("[{x}, {inner}, {y}]"),
            8 => format!("({inner}, {x})"),
            9 => format!("{{1: {x}, 2: {inner}}}"),
            10 => format!("({x} if {y} else {inner})"),
            11 => format!("({inner} if {x} else {y})"),
            12 => format!("(None if {inner} else {x})"),
            13 => format!("({x} and {inner})"),
            14 => format!("({inner} or {x})"),
            15 => format!("({x} or {inner})"),
            16 => format!("({x} == {inner})"),
            17 => format!("({inner} == {x} == {y})"),
            18 => format!("({x} != {inner} != {y})"),
            19 => format!("(not ({inner}))"),
            20 => format!("box.m({inner})"),
            21 => format!("box.m({x}, k={inner})"),
            22 => format!("(w := {inner})"),
            23 => format!("[(w := {x}), {inner}, w]"),
            24 => format!("show(call(lambda z={x}: z), {inner})"),
            25 => format!("show({inner}, call(lambda: {x}))"),
            26 => format!("f\"{{{x}}}\" + str([{inner}, {y}])"),
            // Python has no `:=` in the iterable of a comprehension.
            27 | 37 if inner.contains(":=") => format!("str([{inner}])"),
            27 => format!("[i for i in [{inner}]]"),
            28 => format!("[({inner}) for i in range(2)]"),
            29 => format!("[box.m({inner}) for i in range(2)]"),
            30 => format!("box[{inner}]"),
            31 => format!("({inner}, await work({x}))"),
            32 => format!("(await work({x}), {inner})"),
            33 => format!("items[{x} and 0 : len([{inner}])]"),
            34 => format!("type({inner}).__name__"),
            35 => format!("({x}, {}, {inner})", self.expr(0)),
            36 => format!("list([{inner}])"),
            _ => format!("sum(1 for _ in [{inner}])"),
        }
    }

    fn any_expr(&mut self) -> String {
        let depth = [0, 1, 1, 2, 2, 3][self.one_of(6)];
        self.expr(depth)
    }

    fn statements(&mut self, indent: usize, depth: usize, into: &mut String) {
        for _ in 0..=self.one_of(3) {
            self.statement(indent, depth, into);
        }
    }

    fn statement(&mut self, indent: usize, depth: usize, into: &mut String) {
        let form = self.one_of(if depth == 0 { 14 } else { 22 });
        let n = self.fresh();
        let value = self.any_expr();
        let leaf = self.leaf();
        let mut line = |indent: usize, text: &str| {
            let _ = writeln!(into, "{}{text}", "    ".repeat(indent));
        };
        match form {
            0 => return line(indent, &value),
            1 => return line(indent, &format!("a = {value}")),
            2 => return line(indent, &format!("a = b = {value}")),
            3 => return line(indent, &format!("box[{leaf}] = {value}")),
            4 => return line(indent, &format!("box[{value}] = {leaf}")),
            5 => return line(indent, &format!("a, *b = [{value}, 1]")),
            6 => return line(indent, &format!("del box[{value}]")),
            7 => return line(indent, &format!("assert {value} or True")),
            8 => return line(indent, &format!("seen.append(repr({value}))")),
            9 => return line(indent, &format!("if {leaf}: return {value}")),
            10 => {
                line(
                    indent,
                    "tasks = [asyncio.create_task(work(i)) for i in range(2)]",
                );
                line(indent, &format!("say({n})"));
                return line(indent, "a = await asyncio.gather(*tasks)");
            }
            11 => {
                line(indent, "coros = []");
                line(indent, "for i in items[:2]:");
                line(indent + 1, "say(i)");
                line(indent + 1, "coros.append(make(i))");
                return line(indent, "b = await asyncio.gather(*coros)");
            }
            12 => {
                line(
                    indent,
                    &format!("one = {}", ["work(1)", "fail(1)"][n as usize % 2]),
                );
                line(indent, "two = setter(2)");
                return line(indent, "a, b = await asyncio.gather(one, two)");
            }
            13 => return line(indent, &format!("return {value}")),
            14 => line(indent, &format!("if {value}:")),
            15 => line(indent, &format!("for i in [{value}]:")),
            16 => line(
                indent,
                &format!("with contextlib.nullcontext({value}) as q:"),
            ),
            17 => line(
                indent,
                &format!("with contextlib.nullcontext({leaf}), contextlib.nullcontext({value}):"),
            ),
            18 => {
                line(indent, &format!("turn_{n} = 0"));
                line(indent, &format!("while turn_{n} < 2 and {value}:"));
                line(indent + 1, &format!("turn_{n} += 1"));
            }
            19 => {
                line(indent, &format!("match {value}:"));
                line(indent + 1, "case [first, *_]:");
                line(indent + 2, &format!("say({n})"));
                line(indent + 1, "case _:");
                self.statements(indent + 2, depth - 1, into);
                return;
            }
            20 => {
                line(indent, "try:");
                self.statements(indent + 1, depth - 1, into);
                let mut line = |indent: usize, text: &str| {
                    let _ = writeln!(into, "{}{text}", "    ".repeat(indent));
                };
                line(indent, "except (KeyError, TimeoutError) as e:");
                line(indent + 1, "seen.append(type(e).__name__)");
                line(indent, "finally:");
                self.statements(indent + 1, 0, into);
                return;
            }
            _ => {
                line(indent, &format!("if {leaf}:"));
                line(indent + 1, &format!("say({n})"));
                line(indent, &format!("elif {value}:"));
            }
        }
        self.statements(indent + 1, depth - 1, into);
    }
}

/// A program with one function for each row of numbers.
fn written(functions: &[Vec<u16>]) -> String {
    let mut text = HEAD.to_owned();
    for (at, numbers) in functions.iter().enumerate() {
        let mut draw = Draw {
            numbers,
            at: 0,
            count: 0,
        };
        let _ = writeln!(text, "\nasync def f{at}(a, b, items, box, limit):");
        draw.statements(1, 2, &mut text);
        text.push_str("    return a\n");
    }
    let names: Vec<String> = (0..functions.len()).map(|at| format!("f{at}")).collect();
    let _ = write!(
        text,
        "

async def main(function):
    global G
    G = 5
    seen.clear()
    try:
        print(function.__name__, await function(1, 2, [1, 2], Box(), 0.5))
    except Exception as error:
        print(function.__name__, type(error).__name__, error)
    for _ in range(4):
        await asyncio.sleep(0)
    print(seen)


for function in [{}]:
    asyncio.run(main(function))
",
        names.join(", ")
    );
    text
}

fn run(python: &Path, text: &str) -> Result<String, TestCaseError> {
    let failed = |error: std::io::Error| TestCaseError::fail(error.to_string());
    let folder = tempfile::tempdir().map_err(failed)?;
    let program = folder.path().join("program.py");
    std::fs::write(&program, text).map_err(failed)?;
    let output = Command::new(python)
        .args(["-W", "ignore"])
        .arg(&program)
        .output()
        .map_err(failed)?;
    let mut seen = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        seen.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Ok(seen)
}

/// How many sites changed; an error where the programs differ.
fn check(python: &Path, functions: &[Vec<u16>]) -> Result<usize, TestCaseError> {
    let before = written(functions);
    let (options, project) = support::options_of(&[]);
    let report = support::run(support::all(), &before, &options, &project);
    prop_assert!(report.errors.is_empty(), "{:?}\n{before}", report.errors);
    let after = support::text_after(&report, &before);
    let (first, second) = (run(python, &before)?, run(python, &after)?);
    let different = first
        .lines()
        .zip(second.lines())
        .find(|(one, other)| one != other);
    prop_assert!(
        first == second,
        "{different:#?}\nbefore:\n{before}\nafter:\n{after}"
    );
    let changed = |site: &&SiteReport| site.outcome == Outcome::Changed;
    Ok(report.sites.iter().filter(changed).count())
}

#[test]
fn parts_of_statements_are_evaluated_as_before() {
    let function = prop::collection::vec(any::<u16>(), 10..160);
    let strategy = prop::collection::vec(function, 1..14);
    let (cases, changed) = random::check(
        24,
        (11, 5),
        &strategy,
        |python, functions: Vec<Vec<u16>>| check(python, &functions),
    );
    // The programs are no use when nothing can be rewritten.
    assert!(changed >= cases * 5, "only {changed} sites changed");
}
