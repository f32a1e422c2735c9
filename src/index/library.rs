//! What is known about the standard library and a few packages: which of their functions are
//! `async def`, and what comes out of them. Only what the sources of the packages say.

use super::Type;

/// The functions that are `async def`, with what awaiting them gives: a dotted class, several in
/// a tuple separated by commas, with a star for a collection, or nothing that is known.
const COROUTINE_FUNCTIONS: &[(&str, &str)] = &[
    ("anyio.sleep", ""),
    ("anyio.sleep_forever", ""),
    ("anyio.sleep_until", ""),
    ("anyio.to_thread.run_sync", ""),
    ("asyncio.create_subprocess_exec", "asyncio.Process"),
    ("asyncio.create_subprocess_shell", "asyncio.Process"),
    (
        "asyncio.open_connection",
        "asyncio.StreamReader,asyncio.StreamWriter",
    ),
    (
        "asyncio.open_unix_connection",
        "asyncio.StreamReader,asyncio.StreamWriter",
    ),
    ("asyncio.sleep", ""),
    ("asyncio.start_server", "asyncio.Server"),
    ("asyncio.start_unix_server", "asyncio.Server"),
    ("asyncio.to_thread", ""),
    ("asyncio.wait", "*asyncio.Future,*asyncio.Future"),
    ("asyncio.wait_for", ""),
    ("asyncpg.connect", "asyncpg.Connection"),
];

/// The methods that are `async def`, by class, with what awaiting them gives.
const COROUTINE_METHODS: &[(&str, &[(&str, &str)])] = &[
    (
        "aiohttp.ClientResponse",
        &[("json", ""), ("read", ""), ("text", "")],
    ),
    ("aiohttp.ClientSession", &[("close", "")]),
    (
        "aiohttp.ClientWebSocketResponse",
        &[
            ("close", ""),
            ("ping", ""),
            ("pong", ""),
            ("receive", ""),
            ("receive_bytes", ""),
            ("receive_json", ""),
            ("receive_str", ""),
            ("send_bytes", ""),
            ("send_json", ""),
            ("send_str", ""),
        ],
    ),
    (
        "aiohttp.web.AppRunner",
        &[("cleanup", ""), ("setup", ""), ("shutdown", "")],
    ),
    ("aiohttp.web.SockSite", &[("start", ""), ("stop", "")]),
    ("aiohttp.web.TCPSite", &[("start", ""), ("stop", "")]),
    ("aiohttp.web.UnixSite", &[("start", ""), ("stop", "")]),
    ("anyio.Event", &[("wait", "")]),
    ("anyio.Lock", &[("acquire", "")]),
    ("anyio.Semaphore", &[("acquire", "")]),
    (
        "asyncio.AbstractEventLoop",
        &[
            ("connect_accepted_socket", ""),
            ("connect_read_pipe", ""),
            ("connect_write_pipe", ""),
            ("create_connection", ""),
            ("create_datagram_endpoint", ""),
            ("create_server", "asyncio.Server"),
            ("create_unix_connection", ""),
            ("create_unix_server", "asyncio.Server"),
            ("getaddrinfo", ""),
            ("getnameinfo", ""),
            ("sendfile", ""),
            ("shutdown_asyncgens", ""),
            ("shutdown_default_executor", ""),
            ("sock_accept", ""),
            ("sock_connect", ""),
            ("sock_recv", ""),
            ("sock_recv_into", ""),
            ("sock_recvfrom", ""),
            ("sock_recvfrom_into", ""),
            ("sock_sendall", ""),
            ("sock_sendfile", ""),
            ("sock_sendto", ""),
            ("start_tls", ""),
            ("subprocess_exec", ""),
            ("subprocess_shell", ""),
        ],
    ),
    (
        "asyncio.Barrier",
        &[("abort", ""), ("reset", ""), ("wait", "")],
    ),
    ("asyncio.BoundedSemaphore", &[("acquire", "")]),
    (
        "asyncio.Condition",
        &[("acquire", ""), ("wait", ""), ("wait_for", "")],
    ),
    ("asyncio.Event", &[("wait", "")]),
    (
        "asyncio.LifoQueue",
        &[("get", ""), ("join", ""), ("put", "")],
    ),
    ("asyncio.Lock", &[("acquire", "")]),
    (
        "asyncio.PriorityQueue",
        &[("get", ""), ("join", ""), ("put", "")],
    ),
    ("asyncio.Process", &[("communicate", ""), ("wait", "")]),
    ("asyncio.Queue", &[("get", ""), ("join", ""), ("put", "")]),
    ("asyncio.Semaphore", &[("acquire", "")]),
    (
        "asyncio.Server",
        &[
            ("serve_forever", ""),
            ("start_serving", ""),
            ("wait_closed", ""),
        ],
    ),
    (
        "asyncio.StreamReader",
        &[
            ("read", ""),
            ("readexactly", ""),
            ("readline", ""),
            ("readuntil", ""),
        ],
    ),
    (
        "asyncio.StreamWriter",
        &[("drain", ""), ("start_tls", ""), ("wait_closed", "")],
    ),
    (
        "asyncpg.Connection",
        &[
            ("close", ""),
            ("execute", ""),
            ("executemany", ""),
            ("fetch", ""),
            ("fetchrow", ""),
            ("fetchval", ""),
        ],
    ),
    (
        "collections.abc.AsyncGenerator",
        &[
            ("__anext__", ""),
            ("aclose", ""),
            ("asend", ""),
            ("athrow", ""),
        ],
    ),
    (
        "httpx.AsyncClient",
        &[
            ("aclose", ""),
            ("delete", "httpx.Response"),
            ("get", "httpx.Response"),
            ("head", "httpx.Response"),
            ("options", "httpx.Response"),
            ("patch", "httpx.Response"),
            ("post", "httpx.Response"),
            ("put", "httpx.Response"),
            ("request", "httpx.Response"),
            ("send", "httpx.Response"),
        ],
    ),
    ("httpx.Response", &[("aclose", ""), ("aread", "")]),
];

/// The functions that give a future or a task.
const FUTURE_FUNCTIONS: &[&str] = &[
    "asyncio.Future",
    "asyncio.Task",
    "asyncio.create_task",
    "asyncio.current_task",
    "asyncio.ensure_future",
    "asyncio.gather",
    "asyncio.shield",
    "asyncio.wrap_future",
];

/// The methods that give a future or a task.
const FUTURE_METHODS: &[(&str, &str)] = &[
    ("asyncio.AbstractEventLoop", "create_future"),
    ("asyncio.AbstractEventLoop", "create_task"),
    ("asyncio.AbstractEventLoop", "run_in_executor"),
    ("asyncio.TaskGroup", "create_task"),
];

/// Other functions with what they give.
const FUNCTIONS: &[(&str, &str)] = &[
    ("argparse.ArgumentParser", "argparse.ArgumentParser"),
    ("asyncio.get_event_loop", "asyncio.AbstractEventLoop"),
    ("asyncio.get_running_loop", "asyncio.AbstractEventLoop"),
    ("asyncio.new_event_loop", "asyncio.AbstractEventLoop"),
    ("builtins.bool", "builtins.bool"),
    ("builtins.bytearray", "builtins.bytearray"),
    ("builtins.bytes", "builtins.bytes"),
    ("builtins.complex", "builtins.complex"),
    ("builtins.float", "builtins.float"),
    ("builtins.int", "builtins.int"),
    ("builtins.open", "io.IOBase"),
    ("builtins.range", "builtins.range"),
    ("builtins.str", "builtins.str"),
    ("collections.Counter", "collections.Counter"),
    ("collections.OrderedDict", "collections.OrderedDict"),
    (
        "concurrent.futures.ProcessPoolExecutor",
        "concurrent.futures.Executor",
    ),
    (
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.Executor",
    ),
    ("configparser.ConfigParser", "configparser.ConfigParser"),
    ("csv.reader", "csv.reader"),
    ("csv.writer", "csv.writer"),
    ("datetime.datetime", "datetime.datetime"),
    ("datetime.datetime.now", "datetime.datetime"),
    ("datetime.datetime.utcnow", "datetime.datetime"),
    ("datetime.timedelta", "datetime.timedelta"),
    ("hashlib.md5", "hashlib.HASH"),
    ("hashlib.sha1", "hashlib.HASH"),
    ("hashlib.sha256", "hashlib.HASH"),
    ("io.BytesIO", "io.BytesIO"),
    ("io.StringIO", "io.StringIO"),
    ("json.dumps", "builtins.str"),
    ("logging.getLogger", "logging.Logger"),
    ("os.getcwd", "builtins.str"),
    ("os.path.abspath", "builtins.str"),
    ("os.path.basename", "builtins.str"),
    ("os.path.dirname", "builtins.str"),
    ("os.path.join", "builtins.str"),
    ("pathlib.Path", "pathlib.Path"),
    ("queue.Queue", "queue.Queue"),
    ("re.compile", "re.Pattern"),
    ("re.sub", "builtins.str"),
    ("requests.Session", "requests.Session"),
    ("requests.delete", "requests.Response"),
    ("requests.get", "requests.Response"),
    ("requests.head", "requests.Response"),
    ("requests.options", "requests.Response"),
    ("requests.patch", "requests.Response"),
    ("requests.post", "requests.Response"),
    ("requests.put", "requests.Response"),
    ("requests.request", "requests.Response"),
    ("requests.session", "requests.Session"),
    ("sqlite3.connect", "sqlite3.Connection"),
    ("subprocess.Popen", "subprocess.Popen"),
    ("subprocess.run", "subprocess.CompletedProcess"),
    ("tempfile.mkdtemp", "builtins.str"),
    ("threading.Event", "threading.Event"),
    ("threading.Lock", "threading.Lock"),
    ("threading.RLock", "threading.RLock"),
    ("threading.Thread", "threading.Thread"),
    ("time.monotonic", "builtins.float"),
    ("time.perf_counter", "builtins.float"),
    ("time.time", "builtins.float"),
];

/// Attributes of instances.
const ATTRIBUTES: &[(&str, &str, &str)] = &[
    ("asyncio.Process", "stderr", "asyncio.StreamReader"),
    ("asyncio.Process", "stdin", "asyncio.StreamWriter"),
    ("asyncio.Process", "stdout", "asyncio.StreamReader"),
];

/// Classes that `async with` gives themselves.
const ENTERS_ITSELF: &[&str] = &[
    "aiohttp.ClientSession",
    "asyncio.Server",
    "asyncio.TaskGroup",
    "httpx.AsyncClient",
];

/// Packages of which something is said here. What it says comes before what their sources say.
pub(super) fn is_described(package: &str) -> bool {
    is_told(package)
        || matches!(
            package,
            "aiohttp"
                | "anyio"
                | "asyncpg"
                | "backoff"
                | "deprecated"
                | "httpx"
                | "requests"
                | "tenacity"
        )
}

/// Packages that are nothing but what is said here: their sources are never looked at.
pub(super) fn is_told(package: &str) -> bool {
    matches!(
        package,
        "attr" | "attrs" | "pytest" | "six" | "typing_extensions"
    )
}

/// Whether something is said here about calling a function or a class.
pub(super) fn is_known(dotted: &str) -> bool {
    call(dotted) != Type::Unknown
}

/// What calling a function or a class gives.
pub(super) fn call(dotted: &str) -> Type {
    if let Some((_, gives)) = COROUTINE_FUNCTIONS.iter().find(|(name, _)| *name == dotted) {
        return Type::coroutine(value(gives));
    }
    if FUTURE_FUNCTIONS.contains(&dotted) {
        return Type::Future(Box::new(Type::Unknown));
    }
    if let Some((_, gives)) = FUNCTIONS.iter().find(|(name, _)| *name == dotted) {
        return value(gives);
    }
    match dotted {
        "asyncio.all_tasks" => return Type::list(Type::Future(Box::new(Type::Unknown))),
        "asyncio.as_completed" => return Type::list(Type::coroutine(Type::Unknown)),
        _ => {}
    }
    if is_decorator_factory(dotted) {
        return Type::Transparent;
    }
    let last = dotted.rsplit('.').next().unwrap_or(dotted);
    if last.starts_with(char::is_uppercase) && class(dotted) {
        return Type::ExternalInstance(dotted.into());
    }
    Type::Unknown
}

/// What calling a method of an instance gives.
pub(super) fn call_method(class: &str, name: &str) -> Type {
    if let Some(gives) = coroutine_method(class, name) {
        return Type::coroutine(value(gives));
    }
    if FUTURE_METHODS.contains(&(class, name)) {
        return Type::Future(Box::new(Type::Unknown));
    }
    Type::Unknown
}

/// An attribute of an instance.
pub(super) fn attribute(class: &str, name: &str) -> Type {
    if coroutine_method(class, name).is_some() || FUTURE_METHODS.contains(&(class, name)) {
        return Type::ExternalMethod(class.into(), name.into());
    }
    ATTRIBUTES
        .iter()
        .find(|(of, attribute, _)| *of == class && *attribute == name)
        .map_or(Type::Unknown, |(_, _, gives)| value(gives))
}

/// The last names of the classes that are known to have a method.
pub(super) fn classes_with(method: &str) -> Vec<&'static str> {
    let coroutines = COROUTINE_METHODS
        .iter()
        .filter(|(_, methods)| methods.iter().any(|(name, _)| *name == method))
        .map(|(class, _)| *class);
    let futures = FUTURE_METHODS
        .iter()
        .filter(|(_, name)| *name == method)
        .map(|(class, _)| *class);
    let all = coroutines.chain(futures);
    all.map(|class| class.rsplit('.').next().unwrap_or(class))
        .collect()
}

pub(super) fn is_coroutine_function(dotted: &str) -> bool {
    COROUTINE_FUNCTIONS.iter().any(|(name, _)| *name == dotted)
}

pub(super) fn is_coroutine_method(class: &str, name: &str) -> bool {
    coroutine_method(class, name).is_some()
}

fn coroutine_method(class: &str, name: &str) -> Option<&'static str> {
    let (_, methods) = COROUTINE_METHODS.iter().find(|(of, _)| *of == class)?;
    let (_, gives) = methods.iter().find(|(method, _)| *method == name)?;
    Some(gives)
}

/// Whether something is known about the instances of a class.
fn class(dotted: &str) -> bool {
    COROUTINE_METHODS.iter().any(|(name, _)| *name == dotted)
        || FUTURE_METHODS.iter().any(|(name, _)| *name == dotted)
}

fn value(gives: &str) -> Type {
    if gives.is_empty() {
        return Type::Unknown;
    }
    let mut parts: Vec<Type> = gives
        .split(',')
        .map(|class| match class.strip_prefix('*') {
            Some("asyncio.Future") => Type::list(Type::Future(Box::new(Type::Unknown))),
            _ => Type::ExternalInstance(class.into()),
        })
        .collect();
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        Type::Tuple(parts)
    }
}

pub(super) fn enters_itself(class: &str) -> bool {
    ENTERS_ITSELF.contains(&class)
}

/// Futures, which are awaited in another way than coroutines.
pub(super) fn is_future(dotted: &str) -> bool {
    matches!(dotted, "asyncio.Future" | "asyncio.Task")
}

pub(super) fn is_property(dotted: &str) -> bool {
    matches!(
        dotted,
        "builtins.property" | "functools.cached_property" | "abc.abstractproperty"
    )
}

/// Decorators that make a function for `with` of a generator.
pub(super) fn makes_managers(dotted: &str) -> bool {
    matches!(
        dotted,
        "contextlib.contextmanager" | "contextlib.asynccontextmanager"
    )
}

/// Metaclasses that make instances the usual way.
pub(super) fn is_plain_metaclass(dotted: &str) -> bool {
    matches!(dotted, "abc.ABCMeta" | "builtins.type")
}

/// Base classes from packages that define no method with a name of their users' choice.
pub(super) fn is_harmless_base(dotted: &str) -> bool {
    matches!(
        dotted,
        "typing_extensions.Protocol" | "typing_extensions.Generic" | "typing_extensions.TypedDict"
    )
}

/// Base classes from packages whose attributes are all their own: nothing of a project is found
/// under a name of theirs.
pub(super) fn has_own_attributes(dotted: &str) -> bool {
    matches!(
        dotted,
        "requests.Session"
            | "requests.sessions.Session"
            | "requests.auth.AuthBase"
            | "requests.auth.HTTPBasicAuth"
            | "requests.adapters.HTTPAdapter"
            | "requests.adapters.BaseAdapter"
            | "requests.RequestException"
            | "requests.exceptions.RequestException"
    )
}

/// Decorators that give back the function or class, or one that is called the same way.
pub(super) fn is_transparent_decorator(dotted: &str) -> bool {
    const EXACT: &[&str] = &[
        "abc.abstractclassmethod",
        "abc.abstractmethod",
        "abc.abstractstaticmethod",
        "builtins.classmethod",
        "builtins.staticmethod",
        "dataclasses.dataclass",
        "enum.unique",
        "functools.total_ordering",
        "typing.final",
        "typing.no_type_check",
        "typing.override",
        "typing.runtime_checkable",
        "typing_extensions.final",
        "typing_extensions.override",
        "typing_extensions.runtime_checkable",
    ];
    EXACT.contains(&dotted)
        || matches!(
            dotted,
            "attr.s" | "attr.attrs" | "attr.define" | "attrs.define" | "attrs.frozen"
        )
        || dotted.starts_with("pytest.mark.")
}

/// Calls that give such a decorator.
fn is_decorator_factory(dotted: &str) -> bool {
    const EXACT: &[&str] = &[
        "attr.define",
        "attr.s",
        "attrs.define",
        "attrs.frozen",
        "backoff.on_exception",
        "backoff.on_predicate",
        "dataclasses.dataclass",
        "deprecated.deprecated",
        "functools.wraps",
        "tenacity.retry",
        "typing_extensions.deprecated",
        "warnings.deprecated",
    ];
    EXACT.contains(&dotted) || dotted.starts_with("pytest.mark.")
}

/// Builtin names that questions are asked about.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "anext",
        "bool",
        "bytearray",
        "bytes",
        "classmethod",
        "complex",
        "dict",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "iter",
        "list",
        "map",
        "object",
        "open",
        "property",
        "range",
        "reversed",
        "set",
        "sorted",
        "staticmethod",
        "str",
        "super",
        "tuple",
        "type",
        "zip",
    ];
    NAMES.contains(&name) || name.ends_with("Error") || name.ends_with("Exception")
}
