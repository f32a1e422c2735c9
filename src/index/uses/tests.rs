//! Who uses `target` in small projects. In the files a comment at the end of a line says what is
//! expected there: `# call`, `# call?` for one that cannot be ruled out, `# call|` for one of
//! several. A line without such a comment has no use.

use super::*;
use crate::project::{Installed, MemorySources};

/// Where a file of a test lies; `env/` is the folder of installed packages.
fn place(path: &str) -> PathBuf {
    match path.strip_prefix("env/") {
        Some(path) => Path::new("/project/.venv/lib/python3.12/site-packages").join(path),
        None => Path::new("/project").join(path),
    }
}

fn project(files: &[(&str, &str)]) -> Project {
    let sources = files
        .iter()
        .map(|(path, text)| (place(path), (*text).to_owned()));
    Project {
        root: Some(PathBuf::from("/project")),
        sources: std::sync::Arc::new(MemorySources::new(sources).with_installed(vec![Installed {
            folder: PathBuf::from("/project/.venv/lib/python3.12/site-packages"),
            is_linked: false,
        }])),
        ..Project::default()
    }
}

/// The definition of a dotted name such as `Client.fetch` in a file.
fn definition_of(project: &Project, path: &str, dotted: &str) -> Definition {
    let path = Path::new("/project").join(path);
    let file = project.facts_of(&path).unwrap();
    let wanted: Vec<&str> = dotted.split('.').collect();
    let scope = file
        .facts
        .scopes()
        .map(|(at, _)| ScopeId::at(at))
        .find(|scope| {
            file.facts.function(*scope).is_some() && file.facts.qualified(*scope) == wanted
        })
        .unwrap();
    Definition { path, scope }
}

fn word(one: &Use) -> String {
    let role = match one.role {
        Role::Call { awaited: false, .. } => "call",
        Role::Call { awaited: true, .. } => "awaited",
        Role::Super { .. } => "super",
        Role::Property { .. } => "property",
        Role::Decorator => "decorator",
        Role::Value => "value",
        Role::Store => "store",
        Role::Import => "import",
        Role::Override(_) => "override",
        Role::Stub => "stub",
        Role::String => "string",
    };
    let certainty = match one.certainty {
        Certainty::Exact => "",
        Certainty::OneOf => "|",
        Certainty::Unknown => "?",
    };
    format!("{role}{certainty}")
}

/// Asks who uses a function of the first file and compares with the comments of all files.
fn check(files: &[(&str, &str)], dotted: &str) -> Uses {
    let project = project(files);
    let target = definition_of(&project, files[0].0, dotted);
    let answer = project.uses_of(std::slice::from_ref(&target)).remove(0);
    for (path, text) in files {
        let full = place(path);
        let mut found = String::new();
        let mut expected = String::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let mut here: Vec<String> = answer
                .uses
                .iter()
                .filter(|one| one.path == full)
                .filter(|one| (start..end).contains(&one.range.start().to_usize()))
                .map(word)
                .collect();
            here.sort();
            let (code, comment) = line
                .trim_end()
                .split_once("  # ")
                .unwrap_or((line.trim_end(), ""));
            found.push_str(&format!("{code}  # {}\n", here.join(" ")));
            expected.push_str(&format!("{code}  # {comment}\n"));
            start = end;
        }
        assert_eq!(found, expected, "in {path}");
    }
    answer
}

#[test]
fn a_function_of_a_module() {
    check(
        &[
            (
                "pkg/jobs.py",
                "
def fetch(): ...
class A:
    def fetch(self): ...
def run():
    fetch()  # call
    A().fetch()
    return fetch  # value
async def other():
    await fetch()  # awaited
    print(fetch)  # value
fetch.cache = 1  # value
",
            ),
            (
                "pkg/__init__.py",
                "from .jobs import fetch as get  # import\n",
            ),
            (
                "main.py",
                "
import pkg.jobs, pkg.jobs as j
from pkg import jobs, get  # import
from pkg.jobs import *
import requests
pkg.jobs.fetch()  # call
j.fetch()  # call
jobs.fetch()  # call
get()  # call
fetch()  # call
requests.fetch()
thing.fetch()
def f(fetch, client):
    fetch()
    client.fetch()
@fetch  # decorator
def g(): ...
@jobs.fetch(1)  # decorator
def h(): ...
alias = jobs.fetch  # value
jobs.fetch = 1  # store
",
            ),
            (
                "tests/test_jobs.py",
                "
from unittest import mock
from pkg import jobs
mock.patch('pkg.jobs.fetch')  # string
mock.patch('requests.fetch')
mock.patch('pkg.jobs.A.fetch')
mock.patch.object(jobs, 'fetch')  # string
{'fetch': 1}
",
            ),
        ],
        "fetch",
    );
}

#[test]
fn a_module_that_is_a_value() {
    check(
        &[
            (
                "jobs.py",
                "def fetch(): ...\n__all__ = ['fetch']  # string\n",
            ),
            (
                "main.py",
                "
import jobs
run(jobs)
def work(plugin, text: str):
    plugin.fetch()  # call?
    getattr(plugin, 'fetch')()  # string?
",
            ),
        ],
        "fetch",
    );
}

#[test]
fn methods() {
    let answer = check(
        &[
            (
                "client.py",
                "
class Base:
    def fetch(self): ...  # override
class Client(Base):
    def fetch(self):
        super().fetch()
        self.fetch()  # call|
class Sub(Client):
    def fetch(self):  # override
        super().fetch()  # super
class Other:
    def fetch(self): ...
    def run(self):
        self.fetch()
",
            ),
            (
                "main.py",
                "
from client import Base, Client, Other, Sub
client = Client()
client.fetch()  # call
Sub().fetch()
Client.fetch(client)  # call
def f(a: Client, b: Base, c: Other, d: dict, e, g: Client | None, h: 'list[Client]'):
    a.fetch()  # call|
    b.fetch()  # call|
    c.fetch()
    d.fetch()
    e.fetch()  # call?
    g.fetch()  # call|
    for one in h:
        one.fetch()  # call|
    with e as f:
        f.fetch()  # call?
    return a.fetch  # value|
",
            ),
        ],
        "Client.fetch",
    );
    assert!(answer.outside.is_empty() && !answer.unknown_base && !answer.protocol);
}

#[test]
fn properties_and_bases_from_outside() {
    let answer = check(
        &[(
            "thing.py",
            "
import abc, typing, vendor
class Thing(vendor.Base, abc.ABC):
    @property
    def state(self): ...
def f(a: Thing, b: vendor.Base):
    a.state  # property
    a.state()  # property
    b.state  # property|
    a.state = 1  # store
",
        )],
        "Thing.state",
    );
    assert_eq!(answer.outside, ["vendor.Base".into()]);
}

#[test]
fn the_stub_beside_the_module() {
    check(
        &[
            ("a.py", "class A:\n    def f(self): ...\n"),
            (
                "a.pyi",
                "class A:\n    def f(self): ...  # stub\n    def g(self): ...\n",
            ),
        ],
        "A.f",
    );
}

#[test]
fn functions_in_functions() {
    check(
        &[(
            "a.py",
            "
def outer(x):
    def inner(): ...
    inner()  # call
    x.inner()
    return inner  # value
def other():
    inner()
",
        )],
        "outer.inner",
    );
}

#[test]
fn a_mixin_gets_in_between() {
    check(
        &[(
            "a.py",
            "
class A:
    def f(self): ...
class Mixin:
    def f(self): ...  # override|
class Both(Mixin, A): ...
def g(a: A, m: Mixin):
    a.f()  # call|
    m.f()
",
        )],
        "A.f",
    );
}

#[test]
fn literals_annotations_and_generic_bases() {
    check(
        &[(
            "a.py",
            "
import logging, pathlib
from dataclasses import dataclass
from typing import Optional
LOG = logging.getLogger(__name__)
class Client:
    def __enter__(self):
        return self
    def get(self): ...
class Holder[T: Client]:
    client: T
class Special(Client):
    def get(self): ...  # override
class Mine(Holder[Client]):
    def run(self):
        self.client.get()  # call|
class Other(Holder[Special]):
    def run(self):
        self.client.get()
@dataclass
class Data:
    client: Optional[Client] = None
    @property
    def same(self):
        return self.client
def make():
    return Client()
def run(data: Data, text: str, number: int, path: pathlib.Path):
    data.client.get()  # call|
    data.same.get()  # call|
    make().get()  # call
    with Client() as client:
        client.get()  # call|
    text.get()
    number.get()
    path.get()
    LOG.get()
    'text'.get()
    f'{text}'.get()
    {}.get(1)
    [].get(1)
",
        )],
        "Client.get",
    );
}

#[test]
fn objects_of_installed_packages_are_something_else() {
    let app = "
import lib, lazy, proto
from lib import Client, fetch
from lib import make as build
class Mine:
    def fetch(self): ...
class Below(lib.Client):
    def fetch(self): ...
class Matching:
    def fetch(self): ...
def run(a: Client, b: Below, c, d: proto.Shape):
    a.fetch()
    b.fetch()
    c.fetch()  # call?
    d.fetch()  # call?
    lib.fetch()
    fetch()
    lazy.fetch()
    lib.make().fetch()
    build().fetch()
    Mine().fetch()  # call
    lib.same(Mine()).fetch()  # call
    [lib.Client()][0].fetch()
";
    check(
        &[
            ("app.py", app),
            (
                "env/lib/__init__.py",
                "
class Client: ...
def fetch(): ...
def make(): return Client()
def same(value): return value
def call(thing): thing.fetch()
",
            ),
            ("env/lazy.py", "def __getattr__(name): ..."),
            (
                "env/proto.py",
                "from typing import Protocol\nclass Shape(Protocol):\n    def fetch(self): ...\n",
            ),
        ],
        "Mine.fetch",
    );
}

#[test]
fn overrides_below_a_class_of_a_package() {
    let app = "
from lib import Client
class Mine(Client):
    def fetch(self): ...
class Lower(Mine):
    def fetch(self): ...  # override
class Sibling(Client):
    def fetch(self): ...
def run(a: Client, b: Mine, c: Sibling):
    a.fetch()  # call|
    b.fetch()  # call|
    c.fetch()
";
    check(
        &[
            ("app.py", app),
            ("env/lib/__init__.py", "from .api import Client\n"),
            ("env/lib/api.py", "class Client: ...\n"),
        ],
        "Mine.fetch",
    );
}

/// The classes of installed packages that may call a method, when these are the classes of one.
fn callers(library: &str) -> Vec<Box<str>> {
    let answer = check(
        &[
            (
                "app.py",
                "\nfrom lib import Client\nclass Mine(Client):\n    def fetch(self): ...\n",
            ),
            ("env/lib/__init__.py", "from .api import Client\n"),
            ("env/lib/api.py", library),
        ],
        "Mine.fetch",
    );
    assert!(!answer.unknown_base);
    answer.outside
}

#[test]
fn bases_that_may_call_a_method() {
    let nobody: [Box<str>; 0] = [];
    let client: [Box<str>; 1] = ["lib.api.Client".into()];
    for library in [
        "class Client:\n    def fetched(self): ...\n",
        "class Top: ...\nclass Client(Top):\n    def get(self): return self.send()\n",
        "import abc\nclass Client(metaclass=abc.ABCMeta):\n    def send(self): ...\n",
        "class Client:\n    def __getstate__(self):\n        return {a: getattr(self, a) for a in self.__attrs__}\n",
        "class Client:\n    def get(self): return getattr(self, 'name')\n",
        "class Client:\n    def get(self): return self.__dict__\n",
        "class Other:\n    def get(self, name): return getattr(self, name)\nclass Client: ...\n",
    ] {
        assert_eq!(callers(library), nobody, "{library}");
    }
    for library in [
        "class Client:\n    def fetch(self): ...\n",
        "class Client:\n    def __init__(self):\n        self.fetch = None\n",
        "class Client:\n    def run(self): self.fetch()\n",
        "class Client: ...\ndef run(one): one.fetch()\n",
        "class Client: ...\nNAMES = ['fetch']\n",
        "class Client:\n    def run(self, name): getattr(self, name)()\n",
        "class Client:\n    def run(self): return [f() for f in vars(type(self)).values()]\n",
        "class Client:\n    def run(self): return self.__class__.__dict__\n",
        "class Client:\n    def __init_subclass__(cls): register(cls)\n",
        "class Meta(type): ...\nclass Client(metaclass=Meta): ...\n",
    ] {
        assert_eq!(callers(library), client, "{library}");
    }
    let above = "class Top:\n    def run(self): self.fetch()\nclass Client(Top): ...\n";
    assert_eq!(
        callers(above),
        ["lib.api.Client".into(), "lib.api.Top".into()]
    );
    let unknown = "import fast\nclass Client(fast.Base): ...\n";
    assert_eq!(callers(unknown), ["fast.Base".into()]);
    let standard = "import threading\nclass Client(threading.Thread): ...\n";
    assert_eq!(callers(standard), ["threading.Thread".into()]);
}

#[test]
fn aliases_in_a_circle_come_to_an_end() {
    check(
        &[(
            "a.py",
            "
class A:
    def f(self): ...
class B:
    f = A.f  # store value
    def g(self): ...
class C(B):
    g = B.g
    f = B.f  # store value
class D(C):
    f = E.f  # value?
class E(D):
    f = D.f  # value?
def run(d: D):
    d.f()  # call?
",
        )],
        "A.f",
    );
}
