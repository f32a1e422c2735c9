//! Names across modules: what is imported, defined, assigned and handed over.

use super::{check, here};

#[test]
fn modules_and_packages() {
    let test = "
from pkg import fetch, quick, hidden, listed, _private, lazy, both, late
from pkg.deep.mod import above, beside
from space.one import first
from space.two import second
import pkg.deep.mod, pkg.other
import pkg.deep.mod as deep
from pkg import deep as folder
from pkg.dynamic import something
from pkg.either import get
from pkg.cycle_a import turn
from toplevel import top
from . import neighbour
async def main():
    ask(fetch(), quick(), hidden(), listed(), _private(), lazy(), both(), late())  # cc-cc---
    ask(above(), beside(), first(), second(), something(), get(), turn(), top())  # cccc---c
    ask(pkg.deep.mod.above(), deep.above(), folder.mod.above(), pkg.other.fetch())  # ccc-
    ask(neighbour.help(), pkg.missing(), pkg.deep.missing.fetch())  # c--
";
    check(&[
        ("tests/test_app.py", test),
        ("tests/__init__.py", ""),
        ("tests/neighbour.py", "async def help(): ...\n"),
        (
            "src/pkg/__init__.py",
            "
from .impl import fetch, quicker as quick
from ._all import *
from ._listed import *
from .impl import _private
from .star_first import *
from .star_last import *
async def late(): ...
from .late import *
",
        ),
        (
            "src/pkg/impl.py",
            "async def fetch(): ...\nasync def quicker(): ...\nasync def _private(): ...\n",
        ),
        (
            "src/pkg/_all.py",
            "__all__ = ('named',)\nasync def named(): ...\nasync def hidden(): ...\n",
        ),
        ("src/pkg/_listed.py", "async def listed(): ...\n"),
        ("src/pkg/lazy.py", "async def lazy(): ...\n"),
        ("src/pkg/star_first.py", "async def both(): ...\n"),
        ("src/pkg/star_last.py", "def both(): ...\n"),
        ("src/pkg/late.py", "def late(): ...\n"),
        ("src/pkg/deep/__init__.py", ""),
        (
            "src/pkg/deep/mod.py",
            "from .. import fetch as above\nfrom ..impl import quicker as beside\n",
        ),
        ("src/pkg/other.py", "def fetch(): ...\n"),
        (
            "src/pkg/dynamic.py",
            "def __getattr__(name): return load(name)\n",
        ),
        (
            "src/pkg/either.py",
            "try:\n    from .impl import fetch as get\nexcept ImportError:\n    from .other import fetch as get\n",
        ),
        ("src/pkg/cycle_a.py", "from .cycle_b import turn\n"),
        ("src/pkg/cycle_b.py", "from .cycle_a import turn\n"),
        ("space/one.py", "async def first(): ...\n"),
        ("src/space/two.py", "async def second(): ...\n"),
        ("toplevel.py", "async def top(): ...\n"),
    ]);
}

#[test]
fn lists_of_exported_names() {
    let main = "
from grown import *
from made import *
from plain import *
async def main():
    ask(in_grown(), in_made(), in_plain(), shared(), _hidden(), hidden())  # ccc---
";
    check(&[
        ("main.py", main),
        (
            "grown.py",
            "__all__ = ['in_grown']\n__all__ += ['shared']\nasync def in_grown(): ...\nasync def shared(): ...\nasync def hidden(): ...\n",
        ),
        (
            "made.py",
            "import other\n__all__ = other.names()\nasync def in_made(): ...\ndef shared(): ...\n",
        ),
        (
            "plain.py",
            "async def in_plain(): ...\nasync def _hidden(): ...\n",
        ),
        ("other.py", "def names(): ...\n"),
    ]);
}

#[test]
fn functions_by_every_way_to_bind_them() {
    let main = "
from jobs import job, plain, replaced, swapped, deleted
import jobs
async def here(): ...
async def overridden(): ...
def overridden(): ...
async def guarded(): ...
if jobs.FAST:
    guarded = plain
async def wrapped(): ...
wrapped = jobs.wrap(wrapped)
async def looped(): ...
for looped in jobs.ALL: ...
async def caught(): ...
try: ...
except Exception as caught: ...
async def matched(): ...
match jobs.ALL:
    case [matched, *_]: ...
async def walrus(): ...
print([walrus := plain for _ in 'ab'])
other = here
first, second = here, plain
async def main():
    ask(job(), plain(), replaced(), swapped(), deleted(), jobs.job())  # c---cc
    ask(here(), overridden(), guarded(), wrapped(), looped(), caught())  # c-----
    ask(matched(), walrus(), other(), first(), second(), (here if main else job)())  # --cc-c
    def here_too(): return here()
    class Inner:
        here = plain
        async def method(self): ask(here(), self.here(), Inner.here())  # c--
    ask((lambda: here())(), here_too(), (here or plain)())  # cc-
async def parameters(here, *job, plain=here):
    ask(here(), job(), plain())  # ---
";
    check(&[
        ("main.py", main),
        (
            "jobs.py",
            "
async def job(): ...
def plain(): ...
async def replaced(): ...
replaced = plain
async def swapped(): ...
def swap():
    global swapped
    swapped = plain
async def deleted(): ...
del deleted
def wrap(function): return Wrapper(function)
",
        ),
    ]);
}

#[test]
fn locals() {
    let main = "
from api import Api, Other, make
async def main(flag, given):
    one = Api()
    a = b = Api()
    c, d = Api(), Other()
    (e, [f]), *rest = (Api(), [Api()]), 1
    if flag:
        g = Api()
    else:
        g = Other()
    h = given or Api()
    i = None
    for j in [Api(), Api()]:
        i = j
    while (k := make()):
        break
    l = Api()
    l = given
    m: Api = given
    n = o = None
    del n
    p = [Api() for _ in 'ab'][0]
    q = {'a': Api()}['a']
    for index, r in enumerate([Api()]): ...
    for s, t in zip([Api()], [Other()]): ...
    ask(one.get(), a.get(), b.get(), c.get(), d.get(), e.get(), f.get())  # -ccc-cc
    ask(g.get(), g.both(), h.get(), i.get(), j.get(), k.get(), l.get(), m.get())  # -c-ccc-c
    ask(n.get(), o.get(), p.get(), q.get(), r.get(), s.get(), t.get(), t.both())  # --cccc-c
    def inner():
        nonlocal one
        one = Other()
    u = Api()
    def closure():
        ask(u.get(), one.get(), one.both())  # c-c
    w = x = Api() if flag else None
    ask(w.get(), x.get(), (y := Api()).get(), y.get())  # cccc
";
    check(&[
        ("main.py", main),
        (
            "api.py",
            "
class Api:
    async def get(self): ...
    async def both(self): ...
class Other:
    def get(self): ...
    async def both(self): ...
def make() -> Api: ...
",
        ),
    ]);
}

#[test]
fn parameters() {
    let main = "
from __future__ import annotations
import typing as t
from typing import TYPE_CHECKING, NewType, Any
import api
from api import Api, Alias, Other
if TYPE_CHECKING:
    from api import Api as Typed
Name = NewType('Name', Api)
type New = Api
async def main(
    a: Api, b: 'api.Api', c: Typed, d: Alias, /, e: Api = None, *args: Api,
    f: t.Optional[Api], g: Api | None = None, h: New, **options: Api,
):
    ask(a.get(), b.get(), c.get(), d.get(), e.get(), f.get(), g.get(), h.get())  # ccccccc-
    ask(args[0].get(), options['x'].get(), *[one.get() for one in args])  # ccc
async def others(a, b=Api(), c: Any = None, d: object = Api(), e: Other | Api = None, f: Name = None):
    ask(a.get(), b.get(), c.get(), d.get(), e.get(), e.both(), f.get())  # -----c-
async def changed(a: Api, b: Api, c=None):
    a = Other()
    for b in [Other()]: ...
    c = c or Api()
    ask(a.get(), b.get(), c.get())  # ---
class Own:
    async def get(self): ...
    async def method(self, other: Own, cls: type[Own], kind: t.Type[Api]):
        ask(self.get(), other.get(), cls().get(), kind().get(), (lambda self: self.get())(a))  # cccc-
    @classmethod
    async def make(cls, again: t.Self):
        ask(cls().get(), again.get())  # cc
    @staticmethod
    async def free(self):
        ask(self.get())  # -
    async def rebound(self):
        self = Other()
        ask(self.get())  # -
";
    check(&[
        ("main.py", main),
        (
            "api.py",
            "
class Api:
    async def get(self): ...
    async def both(self): ...
class Other:
    def get(self): ...
    async def both(self): ...
Alias = Api
",
        ),
    ]);
}

#[test]
fn return_types() {
    let main = "
from api import Api, Other, make, either, maybe, again, pair, many, nothing, unknown
from api import declared, contradicting, given, chosen, mutual, never
async def main(flag):
    ask(make().get(), either().get(), either().both(), maybe().get(), again(1).get())  # c-cc-
    ask(pair()[0].get(), pair()[1].get(), nothing().get(), unknown().get())  # c---
    first, second = pair()
    ask(first.get(), second.both(), *[one.get() for one in many()])  # ccc
    ask(declared().get(), contradicting().get(), given(Api()).get(), given(Other()).get())  # ccc-
    ask(chosen(flag).get(), mutual().get(), never().get(), Api.build().get())  # c--c
    ask(Api().copy().get(), Api().other().get(), (await Api().later()).get())  # c-c
    ask(Api().fluent().fluent().get(), Api().late().get(), Api()(1).get())  # ccc
";
    check(&[
        ("main.py", main),
        (
            "api.py",
            "
from typing import Any
class Api:
    async def get(self): ...
    async def both(self): ...
    @classmethod
    def build(cls): return cls()
    def copy(self): return type(self)() if False else Api()
    def other(self): return Other()
    async def later(self): return Api()
    def fluent(self): return self
    def late(self):
        def inner(): return Other()
        return Api()
    def __call__(self, x): return self
class Other:
    def get(self): ...
    async def both(self): ...
def make(): return Api()
def either():
    if make(): return Api()
    return Other()
def maybe():
    if make(): return None
    return Api()
def again(x):
    if x: return again(x - 1)
    return Api()
def pair(): return Api(), Other()
def many():
    yield Api()
def nothing(): ...
def unknown(): return somewhere.load()
def declared() -> Api: return somewhere.load()
def contradicting() -> Api: return Other()
def given(x): return x
def chosen(flag):
    found = Api()
    if flag:
        return found
    else:
        return Api() if flag else found
def mutual(): return other_way()
def other_way(): return mutual()
def never(): raise ValueError
",
        ),
    ]);
}

#[test]
fn what_with_gives() {
    let main = "
from contextlib import contextmanager, asynccontextmanager, closing, nullcontext, suppress
import contextlib
from pool import Pool, Lock, Swallows, opened, lent, Declared
@contextmanager
def own():
    yield Pool()
@asynccontextmanager
async def later():
    yield Pool()
async def main(flag, stack: contextlib.AsyncExitStack):
    with Pool() as a, Lock() as b, opened() as c, lent() as d, own() as e:
        ask(a.get(), b.get(), c.get(), d.get(), e.get())  # c-ccc
    async with Pool() as f, later() as g, Declared() as h:
        ask(f.get(), g.get(), h.get())  # -cc
    with closing(Pool()) as i, nullcontext(Pool()) as j, suppress(ValueError) as k:
        ask(i.get(), j.get(), k.get())  # cc-
    with Swallows(), Pool() as (l, m):
        ask(l.get())  # -
    with unknown() as n, (Pool() if flag else Lock()) as o:
        ask(n.get(), o.get())  # --
";
    check(&[
        ("main.py", main),
        (
            "pool.py",
            "
from contextlib import contextmanager
from typing import AsyncIterator, Iterator, Self
class Pool:
    async def get(self): ...
    def __enter__(self): return self
    def __exit__(self, *args): ...
    async def __aenter__(self): return Lock()
    async def __aexit__(self, *args): ...
class Lock:
    def get(self): ...
    def __enter__(self): ...
    def __exit__(self, *args): ...
class Declared:
    async def get(self): ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *args): ...
class Swallows(Pool): ...
def opened(): return Pool()
@contextmanager
def lent() -> Iterator[Pool]:
    yield somewhere.pool()
",
        ),
    ]);
}

#[test]
fn nothing_is_guessed() {
    here(
        "
from somewhere import *
import elsewhere
async def known(): ...
def run(value):
    exec('known = print')
async def main(one, table):
    table[known]()
    ask(table[0](), one.known(), elsewhere.known(), unknown(), globals()['known']())  # -----
    ask(getattr(one, 'known')(), type(one)().known(), one[0].known(), (yield)())  # ----
",
    );
}
