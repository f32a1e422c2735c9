//! What installed packages say about the values of the project.

use super::{check, here};

#[test]
fn functions_and_classes_of_a_package() {
    let main = "
import client, client.api as api
from client import Client, connect, helper, make
from client.api import raw
async def main(given: Client, other: 'client.Session'):
    ask(client.connect(), api.raw(), connect(), raw(), helper())  # cccc-
    ask(given.get(), given.close(), given.fetch(), other.post(), Client().get())  # c-ccc
    ask(make().get(), (await connect()).get(), given.session.post(), client.missing())  # ccc-
    call(connect(), given.get(), helper(), make().get(), given.later())  # yy-y-
    async with connect_later() as late, Client() as one:
        ask(late.get(), one.get(), given.later())  # -cc
def connect_later(): return client.connect
";
    check(&[
        ("main.py", main),
        (
            "env/client/__init__.py",
            "from .api import Client, Session, connect, make\nfrom ._helper import helper\n",
        ),
        (
            "env/client/api.py",
            "
from __future__ import annotations
from client.base import Base
async def raw(): ...
async def connect() -> Client: ...
def make(): return Client()
class Session:
    async def post(self): ...
class Client(Base):
    def __init__(self):
        self.session = Session()
    async def get(self): ...
    def close(self): ...
    def later(self): return self.get()
    async def __aenter__(self): return self
",
        ),
        (
            "env/client/base.py",
            "class Base:\n    async def fetch(self): ...\n",
        ),
        ("env/client/_helper.py", "def helper(): ...\n"),
    ]);
}

#[test]
fn nothing_is_installed() {
    here(
        "
import client
async def main(one: client.Client):
    ask(client.connect(), one.get())  # --
",
    );
}

#[test]
fn what_is_not_there_as_source() {
    let main = "
import fast, lazy, broken, mixed
import fast.inner
from space.part import here
from space.other import there
from space.gone import lost
from regular.far import far
async def main():
    ask(fast.run(), fast.inner.run(), lazy.run(), broken.run(), mixed.run())  # -c---
    ask(here(), there(), lost(), far())  # cc--
";
    let run = "async def run(): ...\n";
    check(&[
        ("main.py", main),
        ("env/fast/__init__.cpython-312-x86_64-linux-gnu.so", ""),
        ("env/fast/__init__.py", run),
        ("env/fast/inner.py", run),
        (
            "env/lazy/__init__.py",
            "def __getattr__(name): return import_module(name).run\n",
        ),
        ("env/broken.py", "print 'Python 2'\nasync def run(): ...\n"),
        ("env/mixed.abi3.so", ""),
        ("env/mixed.py", run),
        ("env/space/part.py", "async def here(): ...\n"),
        ("env/space/other/__init__.py", "async def there(): ...\n"),
        ("env/regular/__init__.py", ""),
        ("env/regular/near.py", ""),
    ]);
}

#[test]
fn the_project_comes_first() {
    let main = "
from tools import run
from asyncio import sleep
from typing_extensions import Coroutine
async def main(one: Coroutine):
    ask(run(), sleep(1), one)  # -cc
";
    check(&[
        ("main.py", main),
        ("tools.py", "def run(): ...\n"),
        ("env/tools.py", "async def run(): ...\n"),
        ("env/asyncio/__init__.py", "def sleep(x): ...\n"),
        ("env/typing_extensions.py", "class Coroutine: ...\n"),
    ]);
}

#[test]
fn a_package_does_not_see_the_project() {
    let main = "
from client import run, own
async def main():
    ask(run(), own())  # -c
";
    check(&[
        ("main.py", main),
        ("helpers.py", "async def help(): ...\n"),
        (
            "env/client.py",
            "from helpers import help\nfrom other import call as own\ndef run(): return help()\n",
        ),
        ("env/other.py", "async def call(): ...\n"),
    ]);
}

#[test]
fn a_name_that_is_a_module_and_something_else() {
    let main = "
import pkg
from pkg.fetch import fetch
async def main():
    ask(pkg.fetch(), fetch())  # cc
    ask(pkg.fetch.fetch())  # -
";
    check(&[
        ("main.py", main),
        ("env/pkg/__init__.py", "from .fetch import fetch\n"),
        ("env/pkg/fetch.py", "async def fetch(): ...\n"),
    ]);
}

#[test]
fn subclasses_may_differ() {
    let main = "
from lib import Base, Plain, Own
from lib.deep import Deep
class Mine(Own):
    def call(self): ...
async def main(a: Base, b: Plain, c: Own, d: Deep):
    ask(a.call(), b.call(), c.call(), d.call())  # -c-c
    ask(Base().call(), Own().call(), d.stored(), d.kept())  # cc-c
";
    check(&[
        ("main.py", main),
        (
            "env/lib/__init__.py",
            "
class Base:
    async def call(self): ...
class Plain:
    async def call(self): ...
class Own:
    async def call(self): ...
",
        ),
        (
            "env/lib/deep.py",
            "
from . import Base
class Special(Base):
    def call(self): ...
class Deep:
    async def call(self): ...
    async def stored(self): ...
    async def kept(self): ...
def patch(deep: Deep):
    deep.stored = print
",
        ),
    ]);
}

#[test]
fn the_projects_classes_below_those_of_a_package() {
    let main = "
from lib import Middle
class Bottom(Middle):
    def changed(self): ...
    async def own(self): ...
    async def run(self):
        ask(self.kept(), self.changed(), self.own(), self.missing(), super().changed())  # c-c-c
async def main(given: Middle):
    ask(given.kept(), given.changed(), given.unknown())  # c--
";
    check(&[
        ("main.py", main),
        (
            "env/lib/__init__.py",
            "
import compiled
class Top:
    async def kept(self): ...
    async def changed(self): ...
class Middle(Top): ...
",
        ),
    ]);
}

#[test]
fn a_base_that_is_not_there_as_source() {
    let main = "
from lib import Below
class Mine(Below):
    async def own(self): ...
    async def run(self):
        ask(self.own(), self.inherited(), self.above())  # cc-
";
    check(&[
        ("main.py", main),
        (
            "env/lib.py",
            "
from fast import Compiled
class Below(Compiled):
    async def inherited(self): ...
",
        ),
    ]);
}

#[test]
fn decorators_of_a_package() {
    let main = "
import retrying, tenacity
from retrying import logged, started, marked, Limit
@retrying.retry(3)
async def a(): ...
@logged
async def b(): ...
@started
async def c(): ...
@marked
async def d(): ...
@Limit(3)
async def e(): ...
@tenacity.retry(stop=3)
async def f(): ...
@retrying.missing
async def g(): ...
async def main():
    ask(a(), b(), c(), d(), e(), f(), g())  # cc-c-c-
";
    check(&[
        ("main.py", main),
        (
            "env/retrying.py",
            "
from functools import wraps
def retry(times):
    def decorate(function):
        @wraps(function)
        async def wrapper(*args):
            return await function(*args)
        return wrapper
    return decorate
def logged(function):
    @wraps(function)
    async def wrapper(*args):
        return await function(*args)
    return wrapper
def started(function):
    def wrapper(*args):
        return make_task(function(*args))
    return wrapper
def marked(function):
    function.marked = True
    return function
class Limit:
    def __init__(self, times): ...
    def __call__(self, function): return table[function]
",
        ),
        ("env/tenacity.py", "def retry(**options): ...\n"),
    ]);
}

#[test]
fn what_is_said_of_a_package_and_what_it_says_itself() {
    let main = "
import httpx
class Mine(httpx.AsyncClient):
    async def get(self, url): ...
    def post(self, url): ...
async def main(client: httpx.AsyncClient, mine: Mine):
    ask(client.get('u'), client.fetch('u'), client.build(), mine.get('u'), mine.post('u'))  # cc-c-
    ask(mine.fetch('u'), mine.put('u'), httpx.later(), httpx.Plain().call())  # cccc
    async with httpx.AsyncClient() as one, httpx.Plain() as two:
        ask(one.fetch('u'), two.call())  # cc
";
    check(&[
        ("main.py", main),
        (
            "env/httpx/__init__.py",
            "from ._client import AsyncClient, Plain, later\n",
        ),
        (
            "env/httpx/_client.py",
            "
class AsyncClient:
    async def get(self, url): ...
    async def put(self, url): ...
    async def post(self, url): ...
    async def fetch(self, url): ...
    def build(self): ...
class Plain:
    async def call(self): ...
    async def __aenter__(self): return self
async def later(): ...
",
        ),
    ]);
}

#[test]
fn type_parameters_of_a_package() {
    let main = "
from lib import Holder
class Api:
    async def get(self): ...
class Mine(Holder[Api]):
    async def run(self):
        ask(self.held.get(), self.missing.get())  # c-
";
    check(&[
        ("main.py", main),
        (
            "env/lib/__init__.py",
            "
from typing import Generic, TypeVar
T = TypeVar('T')
class Holder(Generic[T]):
    held: T
",
        ),
    ]);
}
