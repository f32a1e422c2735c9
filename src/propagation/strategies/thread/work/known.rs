//! What is known to be safe in a thread, by name.

/// Functions from outside that only compute, print or wait, and give something new.
pub(super) const HARMLESS: &[&str] = &[
    "time.sleep",
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    "json.loads",
    "json.dumps",
    "os.path.join",
    "os.path.basename",
    "os.path.dirname",
    "os.path.splitext",
    "os.getenv",
    "os.environ.get",
    "uuid.uuid4",
    "decimal.Decimal",
    "datetime.datetime.now",
    "datetime.datetime.fromisoformat",
    "datetime.datetime.strptime",
    "datetime.timedelta",
    "requests.Session",
    "requests.session",
    "requests.get",
    "requests.options",
    "requests.head",
    "requests.post",
    "requests.put",
    "requests.patch",
    "requests.delete",
    "requests.request",
];

/// Modules all of whose functions are harmless.
pub(super) const HARMLESS_MODULES: &[&str] =
    &["urllib.parse", "math", "re", "hashlib", "base64", "html"];

/// Builtins that are.
pub(super) const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "format",
    "frozenset",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "ord",
    "chr",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
];

/// Methods that change nothing, of whatever has them.
pub(super) const READING: &[&str] = &[
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "upper",
    "title",
    "capitalize",
    "split",
    "rsplit",
    "splitlines",
    "partition",
    "rpartition",
    "format",
    "startswith",
    "endswith",
    "join",
    "replace",
    "removeprefix",
    "removesuffix",
    "encode",
    "decode",
    "isdigit",
    "isalpha",
    "zfill",
    "isoformat",
];

/// Types whose objects cannot change.
pub(super) const CONSTANT: &[&str] = &["str", "int", "float", "bool", "bytes", "None"];
