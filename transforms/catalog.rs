//! The built-in transforms. The order below is the order of execution.
//!
//! Move a line only together with a test in `tests/order.rs` that shows the program for which
//! the old order was wrong.

mod asyncify;
mod ensure_future_to_create_task;
mod gather_return_exceptions;
mod gather_to_taskgroup;
mod get_event_loop_in_async;
mod loop_create_task;
mod requests_to_httpx;
mod requests_to_thread;
mod run_in_executor_to_thread;
mod run_until_complete_to_asyncio_run;
mod wait_for_to_timeout;

use crate::transform::{Catalog, entry, service};

/// Every transform this program has, in execution order.
pub static CATALOG: Catalog = Catalog::new(&[
    // Before the list: it makes the coroutine functions that the rules below ask for.
    service(&asyncify::ABOUT),
    // First of the list: it must see the loop as it was written, and the coroutines it writes are looked at
    // by all the others.
    entry::<run_until_complete_to_asyncio_run::RunUntilComplete>(
        &run_until_complete_to_asyncio_run::ABOUT,
    ),
    // Anywhere: the rules about tasks and threads know the running loop by either name.
    entry::<get_event_loop_in_async::GetEventLoopInAsync>(&get_event_loop_in_async::ABOUT),
    // Before `wait_for`: `wait_for(loop.create_task(…), 1)` moves as a whole.
    entry::<loop_create_task::LoopCreateTask>(&loop_create_task::ABOUT),
    // Beside it: the other rules about tasks and threads.
    entry::<ensure_future_to_create_task::EnsureFutureToCreateTask>(
        &ensure_future_to_create_task::ABOUT,
    ),
    entry::<run_in_executor_to_thread::RunInExecutorToThread>(&run_in_executor_to_thread::ABOUT),
    // Before `gather`, as its awaits are new: one in an argument stays out of the task group.
    entry::<requests_to_httpx::RequestsToHttpx>(&requests_to_httpx::ABOUT)
        .falls_back_to("requests-to-thread"),
    // After `requests-to-httpx`: it takes what is left.
    entry::<requests_to_thread::RequestsToThread>(&requests_to_thread::ABOUT),
    // Before `gather`: in `wait_for(gather(…))` the timeout must end up around the task group.
    entry::<wait_for_to_timeout::WaitForToTimeout>(&wait_for_to_timeout::ABOUT),
    // After the rules for tasks, so that lists of tasks are normal.
    entry::<gather_to_taskgroup::GatherToTaskgroup>(&gather_to_taskgroup::ABOUT),
    entry::<gather_return_exceptions::GatherReturnExceptions>(&gather_return_exceptions::ABOUT),
]);
