//! Classes across modules: what their objects have, and what the annotations around them mean.

use super::check;

const API: (&str, &str) = (
    "api.py",
    "
class Api:
    async def get(self): ...
    async def both(self): ...
class Other:
    def get(self): ...
    async def both(self): ...
",
);

#[test]
fn classes_with_bases_and_methods() {
    let main = "
import shapes
from shapes import Base, Left, Right, Both, Alias, Made, Meta, Guarded, Broken, Nested, make
class Here(Left, shapes.Base):
    async def own(self): ...
    assigned = make
    async def run(self):
        ask(self.base(), self.left(), self.own(), self.late(), self.assigned(), self.gone())  # cccc--
    async def gone(self): ...
    del gone
class Local(Alias):
    def base(self): return super().base()
class Kept(Alias): ...
class Callable_:
    async def __call__(self): ...
    call = __call__
class Twice:
    async def one(self): ...
    async def one(self): ...
    async def two(self): ...
    def two(self): ...
    if make:
        async def three(self): ...
    else:
        def three(self): ...
    async def four(self): ...
    four = staticmethod(four)
    five = property(four)
async def main(base: Base, both: Both, guarded: Guarded):
    ask(Here().own(), Local().base(), Kept().base(), Made().base(), Meta().base())  # ccc--
    ask(both.which(), both.left(), both.right(), Both().which(), Left().which())  # cccc-
    ask(guarded.known(), guarded.unknown(), Broken().base(), Nested.Inner().deep())  # cc-c
    ask(Callable_()(), Callable_().call(), Base.base(base), make().base())  # cccc
    ask(Twice().one(), Twice().two(), Twice().three(), Twice().four(), Twice().five)  # c----
";
    check(&[
        ("main.py", main),
        (
            "shapes.py",
            "
class Base:
    async def base(self): ...
    async def late(self): ...
    def which(self): ...
class Left(Base):
    async def left(self): ...
class Right(Base):
    async def right(self): ...
    async def which(self): ...
class Both(Left, Right): ...
Alias = Base
Made = type('Made', (Base,), {})
class Kind(type):
    def __call__(cls): return object()
class Meta(Base, metaclass=Kind): ...
class Guarded:
    async def known(self): ...
    def __getattr__(self, name): return print
    async def unknown(self): ...
class Broken(Broken, somewhere()):
    async def own(self): ...
class Nested:
    class Inner:
        async def deep(self): ...
def make():
    class Hidden(Base): ...
    return Hidden()
",
        ),
        (
            "far.py",
            "
import shapes
def setup():
    shapes.Left.stored = print
class Odd(shapes.Right):
    which = print
",
        ),
    ]);
}

#[test]
fn attributes_and_their_types() {
    let main = "
import holder
from api import Api, Other
from holder import Holder
class Mine(Holder):
    def setup(self):
        self.later = Api()
        self.mixed = Other()
        with open('x') as self.file: ...
        for self.each in [Api()]: ...
        self.left, (self.right, *self.more) = Api(), (Other(), 1)
        def inner():
            self.closed = Api()
        other = self
        other.through = Other()
    async def run(self):
        ask(self.api.get(), self.later.get(), self.mixed.get(), self.mixed.both())  # cc-c
        ask(self.each.get(), self.left.get(), self.right.both(), self.closed.get())  # cccc
        ask(self.through.get(), self.shared.get(), self.named.get(), self.typed.get())  # -ccc
        ask(self.stored.get(), self.set.get(), self.slot.get(), self.only_below.get())  # ---c
        ask(self.outside.get(), self.chain.api.get(), self.counted.get(), self.nothing.get())  # -c--
        self.only_below = Api()
async def main(one: Holder, exact=None):
    ask(one.api.get(), one.later.get(), one.mixed.get(), one.typed.get())  # c--c
    ask(Holder().mixed.get(), Holder().shared.get(), Holder.shared.get())  # ccc
";
    check(&[
        ("main.py", main),
        API,
        (
            "holder.py",
            "
from api import Api, Other
from typing import Annotated, ClassVar, Final
class Holder:
    shared = Api()
    named: ClassVar[Api] = Api()
    typed: 'Final[Annotated[Api, 1]]'
    slot = None
    nothing = None
    counted = 1
    def __init__(self, given=None):
        self.api = Api()
        self.mixed = Api()
        self.through = Api()
        self.stored = Api()
        self.set = Api()
        self.outside = Api()
        self.chain = Chain()
        self.slot = given
class Chain:
    def __init__(self):
        self.api: Api = load()
",
        ),
        (
            "far.py",
            "
from holder import Holder
from api import Other
def change(holder: Holder, anything):
    holder.stored = Other()
    setattr(anything, 'set', Other())
    anything.outside = Other()
",
        ),
    ]);
}

#[test]
fn attributes_that_differ_below() {
    let main = "
from api import Api, Other
class Base:
    one = None
    def __init__(self, other: 'Base'):
        self.one = Api()
        self.two = Api()
        self.three: Api = Api()
        self.other = other
    async def run(self):
        ask(self.one.get(), self.two.get(), self.three.get(), self.other.two.get())  # c-c-
";
    check(&[
        ("main.py", main),
        API,
        (
            "below.py",
            "
from api import Api, Other
from main import Base
class Below(Base):
    def __init__(self):
        self.two = Other()
        self.three = Other()
",
        ),
    ]);
}

#[test]
fn properties() {
    let main = "
import functools
from api import Api, Other
from props import Props, Declared
class Mine(Props):
    @functools.cached_property
    def cached(self): return Api()
    @property
    def over(self): return Other()
    @property
    def chained(self): return self.cached
    @property
    async def later(self): return Api()
    @property
    def turned(self) -> Api: return self._turned
    @turned.setter
    def turned(self, value): self._turned = value
    async def run(self):
        ask(self.cached.get(), self.over.get(), self.plain.get(), self.chained.get())  # c-cc
        ask((await self.later).get(), self.later, self.turned.get(), self.cached().get())  # ccc-
        ask(self.custom.get(), Mine.plain.get(), self.unset.get())  # ---
async def main(props: Props, declared: Declared):
    ask(props.plain.get(), props.over.get(), declared.api.get(), declared.made.get())  # c-c-
    ask(Props().over.get(), Declared().api.get())  # cc
";
    check(&[
        ("main.py", main),
        API,
        (
            "props.py",
            "
import abc
from api import Api
from somewhere import special
class Props:
    @property
    def plain(self): return Api()
    @property
    def over(self): return Api()
    @special
    def custom(self): return Api()
    @property
    def unset(self): return self._unset
class Declared(abc.ABC):
    @property
    @abc.abstractmethod
    def api(self) -> Api: ...
    made = property(lambda self: Api())
",
        ),
    ]);
}

#[test]
fn decorators() {
    let main = "
import functools, contextlib
import deco
from deco import same, wrapped, changed, configured, Class, stacked, registry, method, either
@same
async def a(): ...
@wrapped
async def b(): ...
@changed
async def c(): ...
@configured(1)
async def d(): ...
@Class
async def e(): ...
@same
@wrapped
@functools.wraps(a)
async def f(): ...
@changed
@same
async def g(): ...
@registry.add
async def h(): ...
@deco.missing
async def i(): ...
@either
async def j(): ...
@wrapped
def k(): ...
@contextlib.contextmanager
def l(): yield
@functools.partial(same)
async def m(): ...
class Mine:
    @method
    async def a(self): ...
    @staticmethod
    @same
    async def b(): ...
    @classmethod
    async def c(cls): ...
    @changed
    async def d(self): ...
@same
class Decorated:
    async def a(self): ...
async def main(mine: Mine):
    ask(a(), b(), c(), d(), e(), f(), g(), h())  # cc-ccc--
    ask(i(), j(), k(), l(), m(), Decorated().a())  # --c---
    ask(mine.a(), mine.b(), Mine.c(), mine.d())  # ccc-
";
    check(&[
        ("main.py", main),
        (
            "deco.py",
            "
import functools
from typing import Callable, TypeVar
F = TypeVar('F', bound=Callable)
def same(function: F) -> F:
    function.seen = True
    return function
def wrapped(function):
    @functools.wraps(function)
    async def wrapper(*args, **options):
        return await run(function, *args, **options)
    return wrapper
def changed(function):
    def wrapper(*args): return Task(function(*args))
    return wrapper
def configured(times):
    def decorate(function):
        async def inner(*args): return await function(*args)
        return inner
    return decorate
class Class:
    def __init__(self, function): self.function = function
    async def __call__(self): return await self.function()
def method(function):
    @functools.wraps(function)
    async def wrapper(self, *args): return await function(self, *args)
    return wrapper
def either(function):
    if function.fast: return function
    return lambda: Task()
registry = make_registry()
",
        ),
    ]);
}

#[test]
fn what_super_finds() {
    let main = "
from chain import First, Second, Mixed
class Third(Second):
    def get(self): ...
    async def run(self):
        ask(super().get(), super().both(), super().missing(), super().turned())  # cc--
        ask(super(Second, self).get(), super(Third, self).both(), self.get())  # cc-
    @classmethod
    async def make(cls):
        ask(super().build())  # c
    @staticmethod
    async def free(x):
        ask(super(Third, x).both())  # c
    def __init__(self):
        super().__init__()
        async def inner():
            ask(super(Third, self).both())  # c
class Side(First):
    async def run(self):
        ask(super().side(), super().both())  # -c
class Joined(Side, Mixed): ...
";
    check(&[
        ("main.py", main),
        (
            "chain.py",
            "
class First:
    async def get(self): ...
    async def both(self): ...
    def turned(self): ...
    async def side(self): ...
    @classmethod
    async def build(cls): ...
class Second(First):
    def __init__(self): ...
class Mixed(First):
    def side(self): ...
",
        ),
    ]);
}

#[test]
fn type_parameters_and_what_bases_make_of_them() {
    let main = "
from typing import Generic, TypeVar
from api import Api, Other
from generic import Holder, Pair, Bound, New, Between, Default, keep, first, Constrained
T = TypeVar('T', bound=Api)
class One(Holder[Api]):
    async def run(self):
        ask(self.held.get(), self.give().get(), self.many[0].get(), self.maybe.get())  # cccc
class Two(Pair[Other, Api]):
    async def run(self):
        ask(self.left.get(), self.left.both(), self.right.get())  # -cc
class Three(Between[Api]):
    async def run(self):
        ask(self.held.get(), self.give().get())  # cc
class Four(Holder):
    async def run(self):
        ask(self.held.get(), self.give().get())  # --
class Five(New[Api]):
    async def run(self):
        ask(self.value.get(), self.mapped['a'].get())  # cc
class Six(Bound):
    async def run(self):
        ask(self.value.get(), self.value.missing())  # c-
class Seven(Holder['Api'], Generic[T]):
    async def run(self, more: T, most: list[T]):
        ask(self.held.get(), more.get(), most[0].get(), more.missing())  # ccc-
class Eight(Holder[Api | None]):
    async def run(self):
        ask(self.held.get())  # c
class Nine(Holder[Other], Pair[Api, Api]):
    async def run(self):
        ask(self.held.both(), self.held.get(), self.right.get())  # c-c
class Ten(Constrained[Api]):
    async def run(self):
        ask(self.value.get(), self.value.both())  # cc
async def main(one: Holder[Api], two: Pair[Api, Other], three: Bound[Api], four: Constrained):
    ask(one.held.get(), two.left.get(), three.value.get(), four.value.get(), four.value.both())  # --c-c
    ask(keep(Api()).get(), first([Api()]).get())  # c-
";
    check(&[
        ("main.py", main),
        API,
        (
            "generic.py",
            "
from typing import Generic, Optional, TypeVar
from api import Api, Other
A = TypeVar('A')
B = TypeVar('B')
C = TypeVar('C', bound='Api')
D = TypeVar('D', Api, Other)
class Holder(Generic[A]):
    held: A
    many: list[A]
    maybe: Optional[A] = None
    def give(self) -> A: ...
class Pair(Generic[A, B]):
    def __init__(self, left: A, right: B):
        self.left = left
        self.right = right
class Between(Holder[B]): ...
class Bound(Generic[C]):
    value: C
class Constrained(Generic[D]):
    value: D
class New[N: Api]:
    value: N
    mapped: dict[str, N]
class Default(Generic[A]):
    value: A
def keep(value: A) -> A: return value
def first(values: list[A]) -> A: return values[0]
",
        ),
    ]);
}

#[test]
fn one_of_several_types() {
    let main = "
from typing import Optional, Union, Literal
import typing
from api import Api, Other
async def main(
    a: Optional[Api], b: Union[Api, None], c: 'Api | None', d: Union[Api, Other], e: Api | Other,
    f: Union[Api, 'Missing'], g: Optional[list[Api]], h: dict[str, Api | None], i: tuple[Api, Other],
    j: tuple[Api, ...], k: type[Api] | None, l: None, m: typing.Union[Api, typing.Any], n: Literal[1],
):
    ask(a.get(), b.get(), c.get(), d.get(), d.both(), e.get(), e.both(), f.get())  # ccc-c-c-
    ask(g[0].get(), h['x'].get(), i[0].get(), i[1].get(), i[-1].both(), j[3].get())  # ccc-cc
    ask(k().get(), l.get(), m.get(), n.get(), *[one.get() for one in g], *j)  # c---c-
    if b is None:
        o = Other()
    else:
        o = b
    found = o or b
    ask(found.get(), (a if b else c).get(), (a and b).get(), (not a).get())  # -cc-
    ask((b or c).get(), (b if c else None).get())  # cc
";
    check(&[("main.py", main), API]);
}

#[test]
fn fields_of_data_classes() {
    let main = "
import dataclasses, attr
from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict
from api import Api, Other
from data import Data, Lower
@dataclasses.dataclass(frozen=True, slots=True)
class Own:
    api: Api
    made: Api = field(default_factory=Api)
    listed: list[Api] = field(default_factory=list)
    factory = field(default_factory=Api)
    text: str = ''
    async def run(self):
        ask(self.api.get(), self.made.get(), self.listed[0].get(), self.text.get())  # ccc-
        ask(self.factory.get(), self.missing.get())  # --
@attr.s(auto_attribs=True)
class Attrs:
    api: Api
@attr.s
class Old:
    api = attr.ib()
class Named(NamedTuple):
    api: Api
    other: Other
class Typed(TypedDict):
    api: Api
async def main(data: Data, lower: Lower, named: Named, typed: Typed):
    ask(data.api.get(), data.maybe.get(), data.other.get(), lower.api.get(), lower.more.get())  # cc-cc
    ask(Data(Api()).api.get(), Own(Api()).api.get(), Attrs(Api()).api.get(), Old(1).api.get())  # ccc-
    ask(named.api.get(), named.other.both(), named[0].get(), typed['api'].get())  # cc--
    ask(dataclasses.replace(data).api.get(), data.copied().api.get())  # -c
";
    check(&[
        ("main.py", main),
        API,
        (
            "data.py",
            "
from __future__ import annotations
from dataclasses import dataclass, replace
from api import Api, Other
@dataclass
class Data:
    api: Api
    maybe: Api | None = None
    other: Other = None
    def copied(self) -> Data: return replace(self)
@dataclass
class Lower(Data):
    more: Api = None
",
        ),
    ]);
}
