//! Tests of the lines that a survey reads.

use super::*;
use crate::index::names::Readers;

fn replaced(text: &str) -> Vec<String> {
    let found = Readers::default().read(text, |read| Reader::read(text, read));
    found.replaced.into_keys().map(str::to_owned).collect()
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
    let found = Readers::default().read(text, |read| Reader::read(text, read));
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
    let found = Readers::default().read(text, |read| Reader::read(text, read));
    let members = Members::of(text);
    let classes = |name: &str| {
        let classes = found.classes.iter().enumerate();
        let classes = classes.filter(|(at, _)| members.may_define(place(*at), name));
        classes
            .map(|(_, (class, _))| *class)
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

#[test]
fn aliases_by_where_they_stand() {
    let text = "
class A:
    B = C
    def f(self):
        \"\"\"Text.\"\"\"
        D = E
        class F:
            G = H  # why
    if x:
        I = J = K; y()
try:
    from m import L as M
except ImportError as N:
    O: TypeAlias = P
def g():
    Q = (
        R
)
    if x: S = T
    U = V()
    W = None
    X = x.y.Z
";
    let found = Readers::default().read(text, |read| Reader::read(text, read));
    let spelled = |aliases: &[(&str, &str)]| {
        let aliases = aliases.iter().map(|(name, base)| format!("{name}<{base}"));
        aliases.collect::<Vec<_>>().join(" ")
    };
    let mut global = found.aliases.clone();
    global.sort_unstable();
    global.dedup();
    assert_eq!(spelled(&global), "B<C G<H I<J J<K M<L O<P TypeAlias<P");
    let mut reader = Reader::over(text);
    Readers::default().read(text, |read| reader.headers(&read.classes));
    reader.assigned();
    assert_eq!(spelled(&reader.found.local), "D<E S<T X<Z");
}
