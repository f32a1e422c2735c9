//! What a value is.

use super::{check, here};

#[test]
fn functions_of_the_file() {
    here(
        "
import asyncio, functools, tenacity
async def plain(): ...
def sync(): ...
async def generator():
    yield 1
@functools.lru_cache
async def cached(): ...
@asyncio.coroutine
def old(): ...
@tenacity.retry(stop=3)
async def retried(): ...
async def twice(): ...
def twice(): ...
if sync():
    async def either(): ...
else:
    async def either(): ...
def hands_over(): return plain()
async def main(parameter):
    async def inner(): ...
    alias = plain
    ask(plain(), sync(), generator(), cached(), old())  # c----
    ask(retried(), twice(), either(), inner(), alias())  # c-ccc
    ask(hands_over(), missing(), parameter(), (lambda: plain())())  # c--c
    call(plain(), hands_over(), alias(), (lambda: plain())(), either())  # y-y-y
",
    );
}

#[test]
fn decorators_of_the_project() {
    here(
        "
import functools
def logged(function):
    @functools.wraps(function)
    async def wrapper(*args):
        return await function(*args)
    return wrapper
def started(function):
    def wrapper(*args):
        return make_task(function(*args))
    return wrapper
def registered(function):
    TABLE.append(function)
    return function
def named(name):
    def decorate(function):
        return function
    return decorate
@logged
async def a(): ...
@started
async def b(): ...
@registered
async def c(): ...
@named('x')
async def d(): ...
async def main():
    ask(a(), b(), c(), d())  # c-cc
    call(a(), b(), c(), d())  # y-yy
",
    );
}

#[test]
fn functions_of_asyncio() {
    here(
        "
import asyncio as aio
from asyncio import sleep, create_task
from functools import partial
async def job(): ...
async def main(x):
    ask(sleep(1), aio.wait_for(x, 1), aio.to_thread(print), aio.gather(x), aio.shield(x))  # cccff
    ask(create_task(x), aio.ensure_future(x), aio.run_coroutine_threadsafe(x, None), x)  # ff--
    loop = aio.get_running_loop()
    ask(loop.create_task(x), loop.run_in_executor(None, print), loop.sock_recv(x, 1))  # ffc
    ask(loop.call_soon(print), partial(job)(), partial(print)(), anext(agen()))  # -c-c
    task = aio.create_task(x)
    coro = sleep(1)
    mixed = sleep(1)
    if x:
        mixed = aio.create_task(x)
    maybe = None
    if x:
        maybe = sleep(1)
    ask(task, coro, mixed, maybe)  # fc-c
    for one in aio.as_completed(x):
        ask(one)  # c
async def agen():
    yield 1
",
    );
}

#[test]
fn receivers_with_known_types() {
    here(
        "
import asyncio
from asyncio.subprocess import Process
from typing import Optional, TYPE_CHECKING
if TYPE_CHECKING:
    import httpx
class Server:
    def __init__(self, queue: asyncio.Queue, other=None):
        self.queue = queue
        self.event = asyncio.Event()
        self.lock = None
        self.mixed = asyncio.Lock()
        self.other = other
        self.client: 'httpx.AsyncClient' = other
    def start(self):
        self.lock = asyncio.Lock()
        self.mixed = object()
    async def run(self):
        ask(self.queue.get(), self.event.wait(), self.lock.acquire())  # ccc
        ask(self.mixed.acquire(), self.other.wait(), self.queue.qsize(), self.client.get())  # ---c
async def main(reader: asyncio.StreamReader, p: Optional[Process], q: 'asyncio.Queue[int] | None'):
    ask(reader.readline(), p.wait(), q.get(), reader.at_eof())  # ccc-
    r, w = await asyncio.open_connection('h', 1)
    ask(r.read(), w.drain(), w.close())  # cc-
    proc = await asyncio.create_subprocess_exec('x')
    ask(proc.wait(), proc.communicate(), proc.stdout.readline(), proc.kill())  # ccc-
    server = await asyncio.start_server(main, 'h', 1)
    ask(server.wait_closed(), server.close())  # c-
",
    );
}

#[test]
fn methods_of_the_file() {
    here(
        "
import asyncio
from abc import ABC, abstractmethod
class Base(ABC):
    async def shared(self): ...
    async def turned(self): ...
    @abstractmethod
    async def todo(self): ...
    @classmethod
    async def make(cls): ...
    @staticmethod
    async def free(): ...
    @property
    def queue(self) -> asyncio.Queue: ...
    async def stream(self):
        yield 1
    def sync(self): ...
    async def replaced(self): ...
    def __init__(self):
        self.replaced = print
    async def run(self):
        ask(self.shared(), self.turned(), self.todo(), self.make(), self.free())  # c-ccc
        ask(self.queue.get(), self.stream(), self.sync(), self.replaced(), self.unknown())  # c----
class Below(Base):
    def turned(self): ...
    async def todo(self): ...
    async def run(self):
        ask(super().shared(), super().turned(), self.turned(), Base.turned(self))  # cc-c
    @classmethod
    def build(cls):
        ask(cls.make(), cls().shared())  # cc
async def main():
    one = Base()
    ask(one.shared(), Base().turned(), Below().turned(), Below().shared(), Base.free())  # cc-cc
",
    );
}

#[test]
fn a_mixin_may_stand_in_front() {
    here(
        "
class Mixin:
    def fetch(self): ...
class Client:
    async def fetch(self): ...
    async def close(self): ...
    async def run(self):
        ask(self.fetch(), self.close())  # -c
class Both(Mixin, Client): ...
",
    );
}

#[test]
fn a_base_that_nobody_knows() {
    here(
        "
from somewhere import Base
import threading
class Project:
    async def method(self): ...
class A(Base, Project):
    async def own(self): ...
    async def run(self):
        ask(self.own(), self.method(), self.inherited())  # c--
class B(threading.Thread, Project):
    async def go(self):
        ask(self.method(), self.inherited())  # c-
",
    );
}

#[test]
fn somebody_replaces_a_method() {
    here(
        "
class Client:
    async def fetch(self): ...
    async def close(self): ...
    async def run(self):
        ask(self.fetch(), self.close())  # -c
def test(client):
    client.fetch = lambda: done()
",
    );
}

#[test]
fn elements_of_collections() {
    here(
        "
import asyncio
async def f(x): ...
def keep(x): KEPT.append(x)
async def main(xs, tasks: list[asyncio.Task], *coros):
    ask(*[f(x) for x in xs], *(f(x) for x in xs), *map(f, xs), *[f(1), f(2)], *{f(1)})  # ccccc
    ask(*[f(1), xs], *xs, *coros, *tasks, *(asyncio.create_task(f(x)) for x in xs))  # ---ff
    a = []
    for x in xs:
        a.append(f(x))
    a.extend(f(x) for x in xs)
    a += [f(0)]
    ask(*a)  # c
    b = [f(x) for x in xs]
    b.append(xs)
    ask(*b)  # -
    c = [f(x) for x in xs]
    keep(c)
    ask(*c)  # -
    d = {}
    for x in xs:
        d[x] = f(x)
    ask(*d.values(), *[f(x) for x in d.values()])  # cc
    e = [asyncio.create_task(f(x)) for x in xs]
    done, pending = await asyncio.wait(e)
    ask(*e, *pending)  # ff
    g = list(map(f, xs))
    if len(g) > 3:
        ask(*g, *g[1:], g[0])  # ccc
    h = c
    h.append(xs)
    for i in a:
        ask(i)  # c
    ask(*(a + b), *(a + g), *[])  # -c-
",
    );
}

#[test]
fn imports_lead_to_other_files() {
    let main = "
import app.util
import app.util as u
from app import util, jobs as j
from .util import fetch, sync, fetch as g
from . import exported, Client
from app.star import *
from app.sub.deep import Deep
async def main(client: Client):
    ask(app.util.fetch(), u.fetch(), util.fetch(), j.run(), fetch(), sync(), g())  # ccccc-c
    ask(exported(), starred(), hidden(), client.get(), client.post(), Client().get())  # cc-c-c
    ask(Deep().run(), Deep().up(), Deep().queue.get(), Deep.make().run())  # cccc
";
    check(&[
        ("app/main.py", main),
        (
            "app/__init__.py",
            "from .util import fetch as exported\nfrom app.client import Client\n",
        ),
        ("app/util.py", "async def fetch(): ...\ndef sync(): ...\n"),
        ("app/jobs.py", "from .util import fetch as run\n"),
        (
            "app/star.py",
            "__all__ = ['starred']\nasync def starred(): ...\nasync def hidden(): ...\n",
        ),
        (
            "app/client.py",
            "class Client:\n    async def get(self): ...\n    async def post(self): ...\n",
        ),
        (
            "app/special.py",
            "from app.client import Client as Base\nclass Special(Base):\n    def post(self): ...\n",
        ),
        ("app/sub/__init__.py", ""),
        (
            "app/sub/deep.py",
            "from ..base import Up\nclass Deep(Up):\n    async def run(self): ...\n    @classmethod\n    def make(cls): return cls()\n",
        ),
        (
            "app/base.py",
            "import asyncio\nclass Up:\n    def __init__(self):\n        self.queue = asyncio.Queue()\n    async def up(self): ...\n",
        ),
    ]);
}

#[test]
fn source_folders_and_namespace_packages() {
    let test = "
from pkg.mod import fetch
import space.part.mod as part
from sibling import helper
import asyncio.nothing
from gone import lost
async def main():
    ask(fetch(), part.fetch(), helper(), lost(), asyncio.sleep(1))  # ccc-c
";
    check(&[
        ("tests/test_mod.py", test),
        ("tests/sibling.py", "async def helper(): ...\n"),
        ("tests/asyncio/__init__.py", "def sleep(): ...\n"),
        ("src/pkg/__init__.py", ""),
        ("src/pkg/mod.py", "async def fetch(): ...\n"),
        ("space/part/mod.py", "async def fetch(): ...\n"),
    ]);
}

#[test]
fn an_override_is_found_by_names_alone() {
    let client = "
class Client:
    async def get(self): ...
    async def post(self): ...
    async def put(self): ...
    async def head(self): ...
    async def send(self):
        ask(self.get(), self.post(), self.put(), self.head())  # ---c
";
    check(&[
        ("app/client.py", client),
        ("app/__init__.py", "from .client import Client as Public\n"),
        ("app/alias.py", "import app\nBase = app.Public\n"),
        (
            "app/b.py",
            "from . import alias\nclass B(\n    alias.Base,  # (\n    metaclass=type,\n):\n    def get(self): ...\n",
        ),
        (
            "other/c.py",
            "from app.b import B\ndef make():\n    class C(B):\n        post = print\n    return C\n",
        ),
        (
            "other/d.py",
            "from app.b import B\nclass D(B):\n    def __init__(self):\n        self.put = print\n",
        ),
        ("other/e.py", "class E:\n    def head(self): ...\n"),
    ]);
}

#[test]
fn another_file_replaces_a_method() {
    let client = "
class Client:
    async def a(self): ...
    async def b(self): ...
    async def c(self): ...
    async def d(self): ...
    async def e(self): ...
    async def send(self):
        self.e = self.c
        ask(self.a(), self.b(), self.c(), self.d(), self.e())  # --ccc
";
    let test = "
def test(client, monkeypatch):
    client.a = returns('°')
    monkeypatch.setattr(client, 'b', returns(1))
    client.c = AsyncMock()
    if client.d == 1 or check(client, d=1): ...
    d = 1
";
    check(&[("client.py", client), ("test_client.py", test)]);
}

#[test]
fn results_of_gather() {
    here(
        "
import asyncio
async def queue() -> asyncio.Queue: ...
async def main():
    one, two = await asyncio.gather(queue(), asyncio.sleep(1))
    all = await asyncio.gather(*[queue() for _ in 'ab'])
    ask(one.get(), two.get(), *(each.get() for each in all))  # c-c
",
    );
}

#[test]
fn many_ways_take_few_steps() {
    let mut text = String::from("async def f0(x): ...\n");
    for i in 1..60 {
        let below = i - 1;
        text += &format!(
            "def f{i}(x):\n    if x: return f{below}(f{below}(x))\n    return f{below}(x)\n"
        );
    }
    text += "ask(f3(0), f59(0))  # c-\n";
    here(&text);
}

#[test]
fn cycles_come_to_an_end() {
    let main = "
from .b import f, C
from .main import main as again
class D(C): ...
class E(E): ...
def loop(): return loop()
x = y
y = x
async def main():
    ask(f(), C().m(), D().m(), E().m(), loop(), x, again())  # -cc---c
";
    check(&[
        ("p/main.py", main),
        ("p/__init__.py", "from .main import *\n"),
        (
            "p/b.py",
            "from .main import f, D\nclass C:\n    async def m(self): ...\nclass G(D): ...\n",
        ),
    ]);
}

#[test]
fn results_and_contexts() {
    here(
        "
import asyncio, httpx
from typing import Coroutine, Callable, Any, Awaitable
class Pool:
    async def __aenter__(self): return self
    async def get(self) -> 'Pool': ...
    def queue(self): return asyncio.Queue()
    async def run(self): ...
def coro() -> Coroutine[Any, Any, None]: ...
async def main(make: Callable[[], Coroutine], other: Callable[[], Awaitable[int]]):
    async with Pool() as pool, httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        ask(pool.run(), client.get('u'), group.create_task(coro()), client.stream('u'))  # ccf-
    one = await pool.get()
    ask(one.run(), pool.queue().join(), (await client.get('u')).aread())  # ccc
    ask(coro(), make(), other())  # cc-
    call(coro(), make(), one.run())  # --y
",
    );
}

#[test]
fn type_variables() {
    here(
        "
from typing import Generic, TypeVar
class Api:
    async def get(self): ...
class Other(Api):
    def put(self): ...
    async def post(self): ...
ApiT = TypeVar('ApiT', bound='Api')
AnyT = TypeVar('AnyT')
class Old(Generic[AnyT, ApiT]):
    any: AnyT
    def __init__(self, api: ApiT):
        self.api = api
    def make(self) -> ApiT: ...
    async def main(self):
        ask(self.api.get(), self.api.post(), self.any.get(), self.make().get())  # c--c
class New[T: Api]:
    def __init__(self, api: T, more: list[T]):
        self.api = api
        self.more: list[T] = more
    async def main(self):
        ask(self.api.get(), self.api.post(), *[one.get() for one in self.more])  # c-c
class Between[U: Api](New[U]): ...
class Last(Between[Other]):
    async def main(self):
        ask(self.api.get(), self.api.post(), self.api.put())  # cc-
        ask(*[one.post() for one in self.more])  # c
class LastOld(Old[int, Other]):
    async def main(self):
        ask(self.api.post(), self.any.get())  # c-
def same[F](value: F) -> F:
    return value
async def job(): ...
async def main():
    ask(same(job()))  # c
",
    );
}

#[test]
fn assignments_from_outside_of_the_class() {
    check(&[
        (
            "app.py",
            "
class Api:
    async def get(self): ...
class Far:
    api = None
class Plain:
    def __init__(self, api: Api, more: Api, declared, spoilt: Api):
        self.api = api
        self.more = more
        self.declared: Api = declared
        self.spoilt = spoilt
    async def main(self):
        ask(self.api.get(), self.more.get(), self.declared.get(), self.spoilt.get())  # ccc-
",
        ),
        (
            "other.py",
            "
from app import Api, Far, Plain
def setup(plain: Plain, far: Far, unknown):
    far.api = object()
    plain.more = Api()
    unknown.declared = object()
    unknown.spoilt = object()
",
        ),
    ]);
}
