use crate::project::{MemorySources, Project};
use std::path::Path;
use std::sync::Arc;

const SERVICE: &str = "
import asyncio
import threading

class Worker:
    def __init__(self, queue):
        self.queue = queue
    async def once(self):
        await self._take()
    async def _take(self): ...
    async def drain(self): ...
    async def on_start(self): ...
    @property
    def state(self):
        return self._state()
    def _state(self): ...

class Fast(Worker):
    async def _take(self): ...

class Other:
    async def _take(self): ...
    async def once(self): ...

class Thread(threading.Thread):
    async def beside(self): ...

async def function(): ...
async def other(): ...
@route('/')
async def handler():
    await routed()
async def routed(): ...
async def handled(): ...

def unused(worker):
    worker.drain()
    worker.once()
    worker.state()
";

/// Whether a function of `app/service.py` may run while the test file replaces `wait_for`.
fn may_run(test: &str, function: &str) -> bool {
    may_run_beside(&[("tests/test_app.py", test)], function)
}

fn may_run_beside(files: &[(&str, &str)], function: &str) -> bool {
    let files = files.iter().copied().chain([("app/service.py", SERVICE)]);
    let project = Project {
        sources: Arc::new(MemorySources::new(files)),
        ..Project::default()
    };
    let places = ["tests/test_app.py:1".to_owned()];
    let function = (Path::new("app/service.py"), function);
    project.may_run_while_replaced(("asyncio", "wait_for"), places.iter(), function)
}

/// A test with this line, in which the function is replaced.
fn in_test(body: &str) -> String {
    format!(
        "import asyncio\nfrom app import service\nfrom unittest import mock\n\n@mock.patch('app.service.asyncio.wait_for')\ndef test_it(wait_for):\n    {body}\n"
    )
}

#[test]
fn what_a_test_names_runs_in_it() {
    for (body, runs, spared) in [
        ("service.function()", "function", "other"),
        ("call(service.function)", "function", "other"),
        ("getattr(service, 'function')()", "function", "other"),
        ("getattr(service, 'func' + kind)()", "function", "other"),
        ("getattr(service, f'{kind}ction')()", "function", "other"),
        ("run('app.service:function')", "function", "other"),
        (
            "asyncio.run(service.Worker(1).once())",
            "Worker._take",
            "Worker.drain",
        ),
        ("service.Worker(1).once()", "Worker.once", "Other.once"),
        ("service.Worker(1).once()", "Worker._take", "Other._take"),
        ("service.Fast(1).once()", "Worker.once", "Other._take"),
        ("service.Fast(1).once()", "Fast._take", "Worker.drain"),
        ("service.Worker(1).state", "Worker._state", "Worker.drain"),
        (
            "service.Worker(1).once = 1",
            "Worker.__init__",
            "Worker.once",
        ),
        ("pass", "Thread.beside", "function"),
        ("pass", "routed", "function"),
    ] {
        let test = in_test(body);
        assert!(may_run(&test, runs), "{body}: {runs}");
        assert!(!may_run(&test, spared), "{body}: {spared}");
    }
}

#[test]
fn what_is_computed_may_be_anything() {
    for body in [
        "getattr(service, kind)()",
        "eval(text)",
        "vars(service)[kind]()",
        "service.Worker.__subclasses__()",
        "operator.methodcaller(kind)(service)",
    ] {
        assert!(may_run(&in_test(body), "other"), "{body}");
    }
}

#[test]
fn how_long_something_is_replaced() {
    let head = "import asyncio\nimport pytest\nfrom unittest import mock\nfrom unittest.mock import patch\n";
    for test in [
        "@mock.patch('asyncio.wait_for')\ndef test_it(w): ...",
        "@patch.object(asyncio, 'wait_for')\nasync def test_it(w): ...",
        "@patch.multiple(asyncio, wait_for=1)\nasync def test_it(): ...",
        "class TestIt:\n    @mock.patch('asyncio.wait_for')\n    def test_it(self, w): ...",
        "def test_it():\n    with mock.patch('asyncio.wait_for') as w:\n        ...",
        "async def test_it():\n    with a, patch.object(asyncio, 'wait_for', new=b):\n        ...",
        "def test_it(monkeypatch):\n    monkeypatch.setattr(asyncio, 'wait_for', fake)",
        "def test_it(monkeypatch):\n    monkeypatch.setattr('asyncio.wait_for', fake)",
        "def test_it(mocker):\n    mocker.patch.object(asyncio, 'wait_for')",
    ] {
        assert!(!may_run(&format!("{head}{test}\n"), "other"), "{test}");
    }
    for test in [
        "asyncio.wait_for = fake",
        "mock.patch('asyncio.wait_for').start()",
        "def test_it():\n    asyncio.wait_for = fake",
        "def test_it():\n    mock.patch('asyncio.wait_for').start()",
        "def test_it(patches):\n    patches.setattr(asyncio, 'wait_for', fake)",
        "def helper(monkeypatch):\n    monkeypatch.setattr(asyncio, 'wait_for', fake)",
        "@pytest.fixture\ndef fixed():\n    with patch('asyncio.wait_for'):\n        yield",
        "@mock.patch('asyncio.wait_for')\nclass TestIt:\n    def test_it(self, w): ...",
        "class TestIt:\n    @classmethod\n    def setUpClass(cls):\n        patch('asyncio.wait_for').start()",
        "NAMES = ['asyncio.wait_for']\ndef test_it(): ...",
        "def test_it(): ...",
    ] {
        assert!(may_run(&format!("{head}{test}\n"), "other"), "{test}");
    }
}

#[test]
fn a_patch_outside_of_tests() {
    let text = "import asyncio\nfrom unittest import mock\ndef test_speed():\n    with mock.patch('asyncio.wait_for'): ...\n";
    let found = may_run_beside(
        &[
            ("app/speed.py", text),
            ("tests/test_app.py", &in_test("pass")),
        ],
        "other",
    );
    assert!(found);
}

#[test]
fn what_runs_around_a_test() {
    let conftest = "
import pytest
from app import service

@pytest.fixture(autouse=True)
def always():
    service.function()

@pytest.fixture
def asked():
    service.other()

@pytest.fixture(name='renamed')
def under_another_name():
    service.Worker(1).drain()

@pytest.fixture(scope='session')
def server():
    service.handled()

def pytest_runtest_setup(item):
    service.Other().once()
";
    let test = |parameters: &str| {
        format!(
            "import asyncio\ndef test_it(monkeypatch{parameters}):\n    monkeypatch.setattr(asyncio, 'wait_for', 1)\n"
        )
    };
    let runs = |parameters: &str, function: &str| {
        let test = test(parameters);
        let files = [
            ("tests/conftest.py", conftest),
            ("tests/test_app.py", &*test),
        ];
        may_run_beside(&files, function)
    };
    assert!(runs("", "function"));
    assert!(runs("", "Other.once"));
    assert!(runs("", "handled"));
    assert!(!runs("", "other"));
    assert!(!runs("", "Worker.drain"));
    assert!(runs(", asked", "other"));
    assert!(runs(", renamed", "Worker.drain"));

    let case = "
import asyncio
import unittest
from unittest import mock
from app import service

class Base(unittest.TestCase):
    def setUp(self):
        service.function()
    @mock.patch('asyncio.wait_for')
    def test_it(self, wait_for):
        self.make()
    def make(self): ...
    def unused(self):
        service.handled

class Sub(Base):
    def make(self):
        service.other()
    def test_other(self):
        service.Worker(1).drain()
";
    assert!(may_run(case, "function"));
    assert!(may_run(case, "other"));
    assert!(!may_run(case, "Worker.drain"));
}

#[test]
fn what_was_not_there_before() {
    assert!(may_run(&in_test("pass"), "added"));
}

#[test]
fn other_texts_of_a_file() {
    let test = in_test("service.Worker(1).once()");
    let files = [("app/service.py", SERVICE), ("tests/test_app.py", &*test)];
    let project = Project {
        sources: Arc::new(MemorySources::new(files)),
        ..Project::default()
    };
    let places = ["tests/test_app.py:1".to_owned()];
    let drains = |project: &Project| {
        let function = (Path::new("app/service.py"), "Worker.drain");
        project.may_run_while_replaced(("asyncio", "wait_for"), places.iter(), function)
    };
    let with = |project: &Project, line: &str| {
        let text = SERVICE.replace("self._take()", line);
        project.with_texts([("app/service.py".into(), &*text)])
    };
    assert!(!drains(&project));
    let other = with(&project, "self.drain()");
    assert!(drains(&other) && !drains(&project));
    // Nobody has asked this one.
    let unasked = with(&other, "self._state()");
    assert!(drains(&with(&unasked, "self.drain()")));
    assert!(!drains(&unasked));
}
