//! Who uses `target` in small projects. In the files a comment at the end of a line says what is
//! expected there: `# call`, `# call?` for one that cannot be ruled out, `# call|` for one of
//! several. A line without such a comment has no use.

use super::*;
use crate::project::MemorySources;

fn project(files: &[(&str, &str)]) -> Project {
    let sources = files
        .iter()
        .map(|(path, text)| (format!("/project/{path}"), (*text).to_owned()));
    Project {
        root: Some(PathBuf::from("/project")),
        sources: std::sync::Arc::new(MemorySources::new(sources)),
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
        let full = Path::new("/project").join(path);
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
