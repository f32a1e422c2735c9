//! The answers about callees and kinds. `runs(f)  # a.f*` says what calling `f` runs, with a star
//! for a coroutine function; `is_(x)  # a.A` what `x` is; `?` where nobody knows.

use super::project;
use crate::index::{Definition, Indexed, Kind, Named, Resolver};
use crate::project::Project;
use crate::syntax::{AnyNodeRef, Module, PythonVersion, Ranged, Tree};
use std::path::Path;

fn spelled(project: &Project, named: &Named) -> String {
    match named {
        Named::Outside(dotted) => dotted.to_string(),
        Named::Definition(Definition { path, scope }) => {
            let file = project.facts_of(path).unwrap();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            format!("{stem}.{}", file.facts.qualified(*scope).join("."))
        }
    }
}

fn check(files: &[(&str, &str)]) {
    let project = project(files);
    let (path, text) = files[0];
    let module = Module::parse(text, PythonVersion::latest()).unwrap();
    let tree = Tree::new(&module);
    let resolver = Indexed::new(&project, &Path::new("/project").join(path), &tree);
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    for id in tree.ids() {
        let AnyNodeRef::ExprCall(call) = tree.node(id) else {
            continue;
        };
        let asked = |expr| match tree.slice(&*call.func) {
            "runs" => Some(resolver.callees(expr).map(|all| {
                let star = |is_async| if is_async { "*" } else { "" };
                all.iter()
                    .map(|one| spelled(&project, &one.named) + star(one.is_coroutine_function))
                    .collect::<Vec<_>>()
            })),
            "is_" => Some(resolver.kinds(expr).map(|all| {
                all.iter()
                    .map(|kind| match kind {
                        Kind::Coroutine => "coroutine".to_owned(),
                        Kind::Future => "future".to_owned(),
                        Kind::Instance(class) => spelled(&project, class),
                        Kind::Other => "other".to_owned(),
                    })
                    .collect::<Vec<_>>()
            })),
            _ => None,
        };
        let Some(answer) = call.arguments.args.first().and_then(asked) else {
            continue;
        };
        let answer = answer.map_or_else(|| "?".to_owned(), |all| all.join(" "));
        let after = &text[call.range().end().to_usize()..];
        found.push(format!("{}  # {answer}", tree.slice(call)));
        wanted.push(format!(
            "{}{}",
            tree.slice(call),
            after.lines().next().unwrap_or_default()
        ));
    }
    assert!(!found.is_empty(), "nothing was asked");
    assert_eq!(found, wanted);
}

#[test]
fn what_a_call_runs() {
    let main = "
import asyncio, functools, far, lib
from api import Api, Other, make
async def job(): ...
def plain(): ...
class Below(Api):
    def get(self): ...
async def main(api: Api, other: Other, unknown, flag, named: lib.Client):
    runs(job)  # main.job*
    runs(plain)  # main.plain
    runs(api.get)  # api.Api.get* main.Below.get
    runs(api.both)  # api.Api.both*
    runs(Api().get)  # api.Api.get*
    runs(other.get)  # api.Other.get
    runs(job if flag else other.get)  # main.job* api.Other.get
    runs((api or other).both)  # api.Api.both* api.Other.both*
    runs(functools.partial(job, 1))  # main.job*
    runs(Api)  # api.Api
    runs(make)  # api.make
    runs(make().get)  # api.Api.get*
    runs(api)  # api.Api.__call__*
    runs(super)  # builtins.super
    runs(asyncio.sleep)  # asyncio.sleep*
    runs(asyncio.Lock().acquire)  # asyncio.Lock.acquire*
    runs(far.away)  # far.away
    runs(lib.fetch)  # lib.fetch*
    runs(named.get)  # lib.Client.get*
    runs(unknown)  # ?
    runs(unknown.get)  # ?
    runs(api.missing)  # ?
    runs(lambda: job())  # ?
    runs((api if flag else unknown).get)  # ?
";
    check(&[
        ("main.py", main),
        (
            "api.py",
            "
class Api:
    async def get(self): ...
    async def both(self): ...
    async def __call__(self): ...
class Other:
    def get(self): ...
    async def both(self): ...
def make(): return Api()
",
        ),
        (
            "env/lib.py",
            "async def fetch(): ...\nclass Client:\n    async def get(self): ...\n",
        ),
    ]);
}

#[test]
fn what_a_value_is() {
    let main = "
import asyncio, logging
from api import Api, Other, make
async def job() -> Api: ...
async def main(api: Api, unknown, flag, log: logging.Logger):
    is_(api)  # api.Api
    is_(api if flag else Other())  # api.Api api.Other
    is_(api if flag else None)  # api.Api
    is_(job())  # coroutine
    is_(await job())  # api.Api
    is_(asyncio.create_task(job()))  # future
    is_(await asyncio.create_task(job()))  # api.Api
    is_(log)  # logging.Logger
    is_('text')  # builtins.str
    is_([api])  # other
    is_([api][0])  # api.Api
    is_(job)  # other
    is_(unknown)  # ?
    is_(api if flag else unknown)  # ?
    is_(await unknown)  # ?
";
    check(&[
        ("main.py", main),
        (
            "api.py",
            "class Api: ...\nclass Other: ...\ndef make(): return Api()\n",
        ),
    ]);
}
