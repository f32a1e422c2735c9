//! The private functions and the class that a rewrite may add to a module.

use crate::edit::Helper;

/// Gives an awaitable that may be no coroutine to `create_task`, which takes coroutines only.
pub(super) static AWAIT: Helper = Helper {
    name: "_await",
    source: "async def _await(awaitable):
    return await awaitable
",
    annotated: Some((
        "async def _await(awaitable):",
        "async def _await[T](awaitable: Awaitable[T]) -> T:",
    )),
};

/// The firewall: what `gather(…, return_exceptions=True)` does with every argument.
pub(super) static RETURN_EXCEPTION: Helper = Helper {
    name: "_return_exception",
    source: "async def _return_exception(awaitable):
    try:
        return await awaitable
    except Exception as exc:
        return exc
",
    annotated: Some((
        "async def _return_exception(awaitable):",
        "async def _return_exception[T](awaitable: Awaitable[T]) -> T | Exception:",
    )),
};

/// The firewall of `--firewall log`.
pub(super) static LOG_EXCEPTION: Helper = Helper {
    name: "_log_exception",
    source: "async def _log_exception(awaitable):
    try:
        return await awaitable
    except Exception as exc:
        logging.getLogger(__name__).exception(\"A task failed\")
        return exc
",
    annotated: Some((
        "async def _log_exception(awaitable):",
        "async def _log_exception[T](awaitable: Awaitable[T]) -> T | Exception:",
    )),
};

/// A task group that raises what `gather` raises, for modules with several of them.
pub(super) static TASK_GROUP: Helper = Helper {
    name: "_TaskGroup",
    source: "class _TaskGroup(asyncio.TaskGroup):
    \"\"\"A task group that raises the first error itself instead of a group of errors.\"\"\"

    async def __aexit__(self, exc_type, exc, traceback):
        try:
            return await super().__aexit__(exc_type, exc, traceback)
        except BaseExceptionGroup as group:
            error = group.exceptions[0]
        raise error
",
    annotated: Some((
        "async def __aexit__(self, exc_type, exc, traceback):",
        "async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:",
    )),
};

/// [`GATHER`] where the module has [`TASK_GROUP`] as well.
pub(super) static GATHER_IN_GROUP: Helper = Helper {
    name: "_gather",
    source: "async def _gather(*coros):
    async with _TaskGroup() as tg:
        tasks = [tg.create_task(coro) for coro in coros]
    return [task.result() for task in tasks]
",
    annotated: Some((
        "async def _gather(*coros):",
        "async def _gather(*coros: Coroutine[Any, Any, Any]) -> list[Any]:",
    )),
};

/// The same as a function, for places where no statement can stand.
pub(super) static GATHER: Helper = Helper {
    name: "_gather",
    source: "async def _gather(*coros):
    error = None
    try:
        async with asyncio.TaskGroup() as tg:
            tasks = [tg.create_task(coro) for coro in coros]
    except BaseExceptionGroup as group:
        error = group.exceptions[0]
    if error is not None:
        raise error
    return [task.result() for task in tasks]
",
    annotated: Some((
        "async def _gather(*coros):",
        "async def _gather(*coros: Coroutine[Any, Any, Any]) -> list[Any]:",
    )),
};
