//! The order of the catalogue, pair by pair: each program has the expected result only because one
//! transform runs before another.

mod support;

use aiolift::transform::Entry;
use support::{all, options_of, run, text_after};

/// The entry of a transform.
fn place(steps: &[&'static Entry], id: &str) -> usize {
    steps
        .iter()
        .position(|entry| entry.about.id == id)
        .expect("the catalogue has the transform")
}

/// Runs every transform in the order of the catalogue, and again with `second` moved in front of
/// `first`: only the first of the two gives what is expected.
#[track_caller]
fn needs(first: &str, second: &str, options: &str, before: &str, after: &str) {
    let words: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
    let (options, project) = options_of(&words);
    let result = |steps| text_after(&run(steps, before, &options, &project), before);

    let steps = all();
    let (from, to) = (place(&steps, second), place(&steps, first));
    assert!(to < from, "`{first}` runs before `{second}`");
    let mut swapped = steps.clone();
    let moved = swapped.remove(from);
    swapped.insert(to, moved);

    assert_same(after, &result(steps));
    assert_ne!(after, result(swapped), "the other order gives the same");
}

/// Compares two texts and shows the lines that differ.
#[track_caller]
fn assert_same(expected: &str, actual: &str) {
    let diff = similar::TextDiff::from_lines(expected, actual);
    assert!(
        expected == actual,
        "{}",
        diff.unified_diff().header("expected", "actual")
    );
}

#[test]
fn a_loop_goes_before_the_gather_it_runs_is_looked_at() {
    needs(
        "run-until-complete-to-asyncio-run",
        "gather-to-taskgroup",
        "",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(asyncio.gather(work(1), work(2))))
loop.close()
",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def _main():
    error = None
    try:
        async with asyncio.TaskGroup() as tg:
            tasks = [tg.create_task(work(1)), tg.create_task(work(2))]
    except BaseExceptionGroup as group:
        error = group.exceptions[0]
    if error is not None:
        raise error
    return [task.result() for task in tasks]


print(asyncio.run(_main()))
",
    );
}

#[test]
fn a_task_is_written_before_its_timeout() {
    needs(
        "loop-create-task",
        "wait-for-to-timeout",
        "",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.wait_for(loop.create_task(work(1)), 1)
",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    async with asyncio.timeout(1):
        await asyncio.create_task(work(1))
",
    );
}

#[test]
fn a_request_is_awaited_outside_of_the_task_group() {
    needs(
        "requests-to-httpx",
        "gather-to-taskgroup",
        "deps=httpx",
        r#"
import asyncio
import requests


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    await asyncio.gather(work(requests.get("http://a", timeout=5).text), work(2))
"#,
        r#"
import asyncio
import httpx


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    async with httpx.AsyncClient(follow_redirects=True) as client:
        work_coro = work((await client.get("http://a", timeout=5)).text)
        error = None
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(work_coro)
                tg.create_task(work(2))
        except BaseExceptionGroup as group:
            error = group.exceptions[0]
        if error is not None:
            raise error
"#,
    );
}

#[test]
fn a_request_in_a_thread_is_awaited_outside_of_the_task_group() {
    needs(
        "requests-to-thread",
        "gather-to-taskgroup",
        "",
        r#"
import asyncio
import requests


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    await asyncio.gather(work(requests.get("http://a", timeout=5).text), work(2))
"#,
        r#"
import asyncio
import requests


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    work_coro = work((await asyncio.to_thread(requests.get, "http://a", timeout=5)).text)
    error = None
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(work_coro)
            tg.create_task(work(2))
    except BaseExceptionGroup as group:
        error = group.exceptions[0]
    if error is not None:
        raise error
"#,
    );
}

#[test]
fn a_client_is_preferred_to_a_thread() {
    needs(
        "requests-to-httpx",
        "requests-to-thread",
        "deps=httpx",
        r#"
import asyncio
import requests


async def main():
    response = requests.get("http://a", timeout=5)
    print(response.text)
"#,
        r#"
import asyncio
import httpx


async def main():
    async with httpx.AsyncClient(follow_redirects=True) as client:
        response = await client.get("http://a", timeout=5)
    print(response.text)
"#,
    );
}

#[test]
fn a_timeout_ends_up_around_the_task_group() {
    needs(
        "wait-for-to-timeout",
        "gather-to-taskgroup",
        "",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    await asyncio.wait_for(asyncio.gather(work(1), work(2)), 1)
",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    async with asyncio.timeout(1):
        error = None
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(work(1))
                tg.create_task(work(2))
        except BaseExceptionGroup as group:
            error = group.exceptions[0]
        if error is not None:
            raise error
",
    );
}

#[test]
fn tasks_of_a_list_are_known_before_they_are_gathered() {
    needs(
        "loop-create-task",
        "gather-to-taskgroup",
        "",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(work(n)) for n in range(3)]
    await asyncio.gather(*tasks)
",
        "
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    error = None
    try:
        async with asyncio.TaskGroup() as tg:
            for n in range(3):
                tg.create_task(work(n))
    except BaseExceptionGroup as group:
        error = group.exceptions[0]
    if error is not None:
        raise error
",
    );
}

/// The comment in the catalogue says that the place of this one does not matter.
#[test]
fn the_name_of_the_running_loop_may_change_before_or_after() {
    let before = "
import asyncio
import time


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    loop = asyncio.get_event_loop()
    started = loop.time()
    task = loop.create_task(work(1))
    other = asyncio.ensure_future(work(2), loop=asyncio.get_event_loop())
    await loop.run_in_executor(None, time.sleep, 1)
    print(await task, await other, loop.time() - started)
";
    let after = "
import asyncio
import time


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    loop = asyncio.get_running_loop()
    started = loop.time()
    task = asyncio.create_task(work(1))
    other = asyncio.create_task(work(2))
    await asyncio.to_thread(time.sleep, 1)
    print(await task, await other, loop.time() - started)
";
    let (options, project) = options_of(&[]);
    let steps = all();
    let mut moved = steps.clone();
    let entry = moved.remove(place(&steps, "get-event-loop-in-async"));
    moved.insert(place(&moved, "run-in-executor-to-thread") + 1, entry);
    for steps in [steps, moved] {
        let report = run(steps, before, &options, &project);
        assert_same(after, &text_after(&report, before));
    }
}
