//! What a page cannot show: other files of the project.

use crate::options::Options;
use crate::pipeline::{Decoded, Pipeline};
use crate::project::{MARKERS, MemorySources, Project};
use crate::source::SourceFile;
use crate::transforms::CATALOG;
use std::path::PathBuf;

const MODULE: &str = "\
import asyncio

async def send(mail): ...

async def deliver(mail):
    try:
        await asyncio.gather(send(mail), send('copy'))
    except Exception:
        print('not delivered')
";

/// What becomes of the module in a project with one other file.
fn lifted(module: &str, other: &str) -> String {
    let project = Project {
        markers: MARKERS
            .iter()
            .map(|marker| marker.word)
            .filter(|word| other.contains(word))
            .collect(),
        sources: std::sync::Arc::new(MemorySources::new([
            ("app.py", module),
            ("other.py", other),
        ])),
        ..Project::default()
    };
    let source = SourceFile::decode(PathBuf::from("app.py"), module.as_bytes().to_vec())
        .expect("the module is UTF-8");
    let pipeline = Pipeline {
        steps: CATALOG.get("gather-to-taskgroup").into_iter().collect(),
        options: Options::default(),
        project: &project,
        paths: Vec::new(),
    };
    let report = pipeline.run(vec![Decoded::Source(source)], 1, &|| {});
    let change = report.changes.first().expect("the module changes");
    String::from_utf8(change.after.clone()).expect("the result is UTF-8")
}

#[test]
fn a_base_exception_of_another_file_passes_the_handler_unwrapped() {
    for other in [
        "class Abort(BaseException): ...\n",
        "class Abort(\n    Marker,\n    BaseException,\n): ...\n",
        "def stop():\n    raise GeneratorExit('now')\n",
    ] {
        let after = lifted(MODULE, other);
        assert!(after.contains("raise error"), "{other}\n{after}");
    }
}

#[test]
fn a_file_that_only_handles_base_exceptions_keeps_the_group_plain() {
    for other in [
        "try:\n    run()\nexcept BaseException:\n    raise\n",
        "class Abort(Exception): ...  # no BaseException\n",
        "def handle(group: BaseExceptionGroup): ...\n",
    ] {
        let after = lifted(MODULE, other);
        assert!(!after.contains("raise error"), "{other}\n{after}");
    }
}

#[test]
fn coroutines_are_made_first_where_another_package_sets_context_variables() {
    let module = MODULE.replace("send('copy')", "send(bind('copy'))");
    let held = |other: &str| {
        let after = lifted(&module, other);
        after.contains("create_task(coro)")
            || after.contains("create_task(send_coro)")
            || !after.contains("create_task(send(bind('copy')))")
    };
    assert!(held("import structlog\n"));
    assert!(held("import contextvars\n"));
    assert!(!held("import json\n"));
}
