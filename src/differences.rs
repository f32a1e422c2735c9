//! The documented differences: every way in which a rewritten program may behave differently, with
//! the id that is printed with each change. This table is the only place that says what an id
//! means; `docs/differences.md` is made from it, and the pages of the transforms refer to it.

/// One documented difference.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// The id: `D-G1`.
    pub id: &'static str,
    /// What is different, in one sentence.
    pub sentence: &'static str,
}

/// The difference with an id.
pub fn find(id: &str) -> Option<&'static Difference> {
    DIFFERENCES.iter().find(|one| one.id == id)
}

const fn entry(id: &'static str, sentence: &'static str) -> Difference {
    Difference { id, sentence }
}

/// All of them, by the rules they belong to.
pub const DIFFERENCES: &[Difference] = &[
    entry(
        "D-AWAIT",
        "Other tasks may run at the new `await`, and the coroutine can be cancelled there.",
    ),
    entry(
        "D-B2",
        "A call that was moved to a thread goes on there after the coroutine that waits for it was cancelled.",
    ),
    entry(
        "D-B3",
        "A session that other tasks can reach is used in a thread: two tasks that use it at the same time share its cookies and connections between two threads, which `requests` does not promise to bear.",
    ),
    entry(
        "D-G1",
        "When one task fails, the others are cancelled; `gather()` leaves them running.",
    ),
    entry(
        "D-G2",
        "An error or a cancellation from outside is delivered after all other tasks have finished, not at once.",
    ),
    entry(
        "D-G3",
        "A task that ends in `CancelledError` by itself does not stop the others, and raises where its result is read.",
    ),
    entry(
        "D-G4",
        "The order in which the other tasks are cancelled is not fixed.",
    ),
    entry(
        "D-G5",
        "On Python 3.11 and 3.12 a cancellation from outside that arrives in the same few ticks as an error can be lost.",
    ),
    entry(
        "D-G7",
        "A task that ends in `CancelledError` by itself is no element of the list of a `gather(…, return_exceptions=True)` any more; reading its result raises.",
    ),
    entry(
        "D-G8",
        "An error that is taken out of its group lives until the next garbage collection.",
    ),
    entry(
        "D-G9",
        "An exception that is no `Exception` (a `GeneratorExit`, a subclass of `BaseException`) is no element of the list of a `gather(…, return_exceptions=True)` any more: it cancels the other tasks and is raised in a `BaseExceptionGroup`.",
    ),
    entry(
        "D-G10",
        "An error that nothing catches is reported inside of an `ExceptionGroup`: the traceback is another one, the exit status is the same.",
    ),
    entry(
        "D-H1",
        "More than twenty redirects are an error, not only more than thirty.",
    ),
    entry(
        "D-H2",
        "A timeout in the middle of a body is a `ReadTimeout`, where `requests` raises a `ConnectionError`.",
    ),
    entry(
        "D-H3",
        "JSON is sent compact and as UTF-8, without `\\u` escapes; a number that JSON does not have is a `ValueError`.",
    ),
    entry(
        "D-H4",
        "A file whose content type is not written out is sent with one, and is called `upload` where it has no name.",
    ),
    entry("D-H5", "`~/.netrc` is not read."),
    entry(
        "D-H6",
        "`REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE` are not read.",
    ),
    entry(
        "D-H7",
        "A text without a declared encoding is read as UTF-8, where `requests` takes ISO-8859-1.",
    ),
    entry(
        "D-H9",
        "`raise_for_status()` raises for `304`, too, and for a redirect without a target.",
    ),
    entry(
        "D-H10",
        "Exceptions are those of `httpx`, with other texts; what no handler catches ends the program with another type.",
    ),
    entry(
        "D-H11",
        "The requests of one function share cookies and connections, unless the client scope is `call`.",
    ),
    entry(
        "D-H12",
        "After a redirect from `POST` to `GET` the content type is still sent; a `301` for `PUT`, `PATCH` or `DELETE` keeps the body.",
    ),
    entry("D-H13", "The default `User-Agent` is that of `httpx`."),
    entry(
        "D-H14",
        "A name or password that is not ASCII is sent as UTF-8, where `requests` takes ISO-8859-1.",
    ),
    entry(
        "D-H15",
        "The URL of a response is spelled as `httpx` spells it: other characters are escaped, and a bare host has no slash behind it.",
    ),
    entry(
        "D-H16",
        "Lines of a body without a declared encoding are texts, also where `requests` gives `bytes`, and `\\r\\n` never counts as two ends of lines.",
    ),
    entry(
        "D-H17",
        "Every request is logged by `httpx` at the level `INFO`, with its URL, where `requests` logs at `DEBUG`.",
    ),
    entry(
        "D-H18",
        "A client that an object keeps belongs to the event loop of its first request and has to be closed with the `aclose()` of the object.",
    ),
    entry(
        "D-H19",
        "A body that something other than a loop asks for piece by piece is read to its end first, and kept as a whole.",
    ),
    entry(
        "D-P1",
        "Every awaited call takes a frame of the interpreter more, so that a recursion reaches its limit a little earlier, and tracebacks show `asyncio` where the program starts.",
    ),
    entry(
        "D-P2",
        "Code outside of the project that calls a function which has become a coroutine function gets a coroutine, which it has to await; and what it puts in the place of such a method has to be a coroutine function, too.",
    ),
    entry(
        "D-P3",
        "A plain function that stays beside its coroutine function runs it in an event loop of its own, one for each call: it fails where a loop runs already in its thread, and leaves the thread without a current loop.",
    ),
    entry(
        "D-P4",
        "Code outside of the project that reads an attribute which was a property gets a coroutine, which it has to await; and an object of a class whose constructor has become a coroutine function is made with `create`: the name of the class alone makes one without its attributes, or raises a `TypeError`.",
    ),
    entry(
        "D-R1",
        "Tasks that are left over are cancelled and awaited before `asyncio.run()` returns.",
    ),
    entry(
        "D-R2",
        "Asynchronous generators are finalised and the default executor is joined before `asyncio.run()` returns.",
    ),
    entry(
        "D-R3",
        "The loop is always closed, and afterwards there is no current loop.",
    ),
    entry(
        "D-R4",
        "Ctrl-C cancels the main coroutine, whose `finally` blocks run before the caller sees `KeyboardInterrupt`.",
    ),
    entry(
        "D-R5",
        "The runs of one `asyncio.Runner` share their context variables.",
    ),
    entry(
        "D-R6",
        "The function in the thread sees the context variables of its caller.",
    ),
    entry(
        "D-W1",
        "With a timeout that is not positive the coroutine starts, up to its first suspension.",
    ),
    entry(
        "D-W2",
        "On Python 3.11 the coroutine runs in the task of its caller, so context variables that it sets are seen there.",
    ),
    entry(
        "D-W3",
        "On Python 3.11 a cancellation that arrives in the same tick as the result wins.",
    ),
    entry(
        "D-W5",
        "For arguments of wrong types the text of the error is another one.",
    ),
    entry(
        "D-W7",
        "Where no task runs, as in a coroutine that is driven by hand, waiting without a limit is no error.",
    ),
];
