//! What keeps a function plain by its own definition: what it is, how it is decorated, what its
//! body relies on.

mod uses;

use super::outline::Obstacle;
use super::test_code;
use crate::index::Uses;
use crate::syntax::{
    AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, ScopeKind, TextRange, Tree, ast,
};

pub(super) use uses::{is_mock, of_use};

/// Decorators that give back what they decorate, coroutine function or not.
const TRANSPARENT: &[&str] = &[
    "staticmethod",
    "classmethod",
    "abc.abstractmethod",
    "abstractmethod",
    "typing.override",
    "typing.final",
    "typing.overload",
    "typing.no_type_check",
    "typing_extensions.override",
    "typing_extensions.final",
    "typing_extensions.deprecated",
    "warnings.deprecated",
    "contextlib.contextmanager",
    "functools.singledispatch",
    "tenacity.retry",
];

/// Methods of objects that register what they decorate as something a framework calls.
const REGISTRARS: &[&str] = &[
    "route",
    "command",
    "group",
    "task",
    "shared_task",
    "errorhandler",
    "before_request",
    "after_request",
    "teardown_request",
    "context_processor",
    "template_filter",
    "cli",
    "callback",
    "on_event",
    "listener",
    "handler",
    "register",
    "receiver",
    "event",
    "scheduled_job",
    "message_handler",
    "simple_tag",
    "filter",
    "connect",
];

/// Modules whose decorators hand the function to a framework.
const FRAMEWORKS: &[&str] = &[
    "flask",
    "django",
    "click",
    "typer",
    "celery",
    "fire",
    "dramatiq",
    "huey",
    "rq",
    "invoke",
    "fabric",
    "bottle",
    "pyramid",
    "cherrypy",
    "telebot",
    "schedule",
    "doit",
    "nox",
    "streamlit",
];

/// What code a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// The program.
    Program,
    /// Something that what runs the tests calls.
    Test,
    /// Other test code.
    Helper,
}

/// What keeps a function plain, whoever calls it.
pub(super) fn of_definition(
    tree: &Tree<'_>,
    function: &ast::StmtFunctionDef,
    is_method: bool,
    code: Code,
) -> Vec<Obstacle> {
    if function.is_async {
        return Vec::new();
    }
    let mut found = Vec::new();
    if code != Code::Test {
        found.extend(by_name(function, is_method));
    }
    if code != Code::Program || !is_command(tree, function) {
        for decorator in &function.decorator_list {
            if code == Code::Test && test_code::takes_coroutines(tree, decorator) {
                continue;
            }
            found.extend(by_decorator(tree, decorator));
        }
    }
    found.extend(by_body(tree, function));
    // What runs the tests gets the last of several definitions, and nobody else asks for them.
    if code != Code::Test
        && let Some(second) = second_binding(tree, function)
    {
        found.push(
            Obstacle::new(
                "several-definitions",
                second,
                format!(
                    "`{}` is defined in more than one place, and a caller may get either",
                    function.name
                ),
            )
            .remedy("Give the name one definition."),
        );
    }
    found
}

fn by_name(function: &ast::StmtFunctionDef, is_method: bool) -> Option<Obstacle> {
    let name = function.name.as_str();
    let at = function.name.range;
    let special = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    match name {
        "__init__" | "__new__" if is_method => Some(
            Obstacle::new(
                "constructor",
                at,
                "a constructor cannot be a coroutine function",
            )
            .remedy("Move the work into a method, or into a `classmethod` that builds the object; `--asyncify --unsafe` writes such a one where it can."),
        ),
        "__enter__" | "__exit__" if is_method => Some(
            Obstacle::new(
                "context-manager",
                at,
                format!("the `with` statement calls `{name}` and does not await it"),
            )
            .remedy("Write `__aenter__` and `__aexit__`, and use the object with `async with`."),
        ),
        _ if special => Some(
            Obstacle::new(
                "special-method",
                at,
                format!("Python itself calls `{name}` and does not await it"),
            )
            .remedy("Move the work into a method with a name of its own."),
        ),
        _ if is_method && matches!(name, "setUp" | "tearDown" | "setUpClass" | "tearDownClass") => {
            Some(test(at))
        }
        _ if name.starts_with("test_") || (is_method && name.starts_with("test")) => Some(test(at)),
        _ => None,
    }
}

fn test(at: TextRange) -> Obstacle {
    Obstacle::new(
        "test-function",
        at,
        "a test runner calls it and does not await it",
    )
    .remedy("Make the test an `async def` for the plugin that the project uses, by hand.")
}

/// Whether a function is a command of `click` or `typer`, which call it in plain code when the
/// program starts, and whose decorators can stand on the plain function that runs the coroutine.
pub(super) fn is_command(tree: &Tree<'_>, function: &ast::StmtFunctionDef) -> bool {
    if function.decorator_list.is_empty() {
        return false;
    }
    let from_library = |dotted: &str| {
        let module = dotted.split('.').next().unwrap_or_default();
        matches!(module, "click" | "rich_click" | "typer")
    };
    let knows_library = tree.all_bindings(ScopeId::MODULE).any(|(_, bindings)| {
        bindings.iter().any(|binding| match &binding.kind {
            BindingKind::Import(dotted) | BindingKind::FromImport(dotted) => from_library(dotted),
            _ => false,
        })
    });
    let mut is_command = false;
    for decorator in &function.decorator_list {
        let callee = match &decorator.expression {
            ast::Expr::Call(call) => &*call.func,
            other => other,
        };
        let dotted = tree.qualified_name(callee);
        let words = tree.slice(callee.range());
        let last = words.rsplit('.').next().unwrap_or_default();
        let registers = matches!(last, "command" | "group" | "callback");
        let known = match &dotted {
            Some(dotted) => from_library(dotted),
            // `@cli.command()`: a group of this module.
            None => registers && knows_library && words.contains('.'),
        };
        if !known {
            return false;
        }
        is_command |= registers;
    }
    is_command
}

fn by_decorator(tree: &Tree<'_>, decorator: &ast::Decorator) -> Option<Obstacle> {
    let callee = match &decorator.expression {
        ast::Expr::Call(call) => &*call.func,
        other => other,
    };
    let words = tree.slice(callee.range());
    let dotted = tree
        .qualified_name(callee)
        .unwrap_or_else(|| words.to_owned());
    let last = dotted.rsplit('.').next().unwrap_or_default();
    let first = dotted
        .trim_start_matches('.')
        .split('.')
        .next()
        .unwrap_or_default();
    let at = decorator.range;
    if TRANSPARENT.contains(&dotted.as_str()) {
        return None;
    }
    let obstacle = |reason, message: String| Obstacle::new(reason, at, message);
    Some(match last {
        "property" | "cached_property" | "setter" | "getter" | "deleter" | "hybrid_property" => {
            obstacle(
                "property",
                "reading an attribute cannot be awaited, so a property stays plain".to_owned(),
            )
            .remedy("Make it a method, or run with `--asyncify --unsafe`, which lets it give a coroutine where it can.")
        }
        "lru_cache" | "cache" | "cached" | "memoize" => obstacle(
            "cached",
            format!("`@{words}` would keep the coroutine, which can be awaited only once"),
        )
        .remedy("Cache the result inside the function, or use a cache made for coroutines."),
        "wraps" | "singledispatchmethod" | "total_ordering" => obstacle(
            "functools-decorator",
            format!("`@{words}` makes it stand for another function, whose callers do not await"),
        ),
        "fixture" => obstacle(
            "test-function",
            "the test runner calls a fixture and does not await it".to_owned(),
        ),
        _ if FRAMEWORKS.contains(&first) || REGISTRARS.contains(&last) => obstacle(
            "framework-handler",
            format!("`@{words}` hands it to a framework that calls it and does not await it"),
        )
        .remedy("Keep the handler plain and start the coroutine in it with `asyncio.run()`."),
        _ => obstacle(
            "unknown-decorator",
            format!("what `@{words}` does with a coroutine function is not known"),
        )
        .remedy("Take the decorator away, or convert the function by hand."),
    })
}

/// What starts an event loop; Python allows one per thread.
const STARTERS: &[&str] = &[
    "asyncio.run",
    "asyncio.Runner",
    "anyio.run",
    "trio.run",
    "uvloop.run",
    "nest_asyncio.apply",
    "asgiref.sync.async_to_sync",
];

fn by_body(tree: &Tree<'_>, function: &ast::StmtFunctionDef) -> Option<Obstacle> {
    let own = tree.id(function);
    let scope = tree.scope_opened_by(own)?;
    let here = |id: NodeId| {
        let mut at = tree.scope_of(id);
        while matches!(tree.scope(at).kind, ScopeKind::Comprehension { .. }) {
            at = tree.scope(at).parent;
        }
        at == scope
    };
    tree.descendants(own)
        .filter(|id| *id != own && here(*id))
        .find_map(|id| {
        match tree.node(id) {
            AnyNodeRef::ExceptHandlerExceptHandler(handler) => {
                let kinds: Vec<&ast::Expr> = match handler.type_.as_deref()? {
                    ast::Expr::Tuple(kinds) => kinds.elts.iter().collect(),
                    one => vec![one],
                };
                let interrupt = kinds.into_iter().find(|kind| {
                    matches!(kind, ast::Expr::Name(name) if name.id.as_str() == "KeyboardInterrupt")
                })?;
                Some(
                    Obstacle::new(
                        "keyboard-interrupt",
                        interrupt.range(),
                        "it handles `KeyboardInterrupt`, which a coroutine sees as `CancelledError`",
                    )
                    .remedy("Move the handler around the call that starts the program."),
                )
            }
            AnyNodeRef::ExprAttribute(attribute)
                if attribute.attr.as_str() == "objects"
                    && matches!(&*attribute.value, ast::Expr::Name(name)
                        if name.id.starts_with(char::is_uppercase)) =>
            {
                Some(
                    Obstacle::new(
                        "django-database",
                        attribute.range,
                        format!(
                            "`{}` is Django's database, which refuses to work where an event loop runs",
                            tree.slice(attribute.range)
                        ),
                    )
                    .remedy("Move the work with the database into a function of its own."),
                )
            }
            AnyNodeRef::ExprCall(call) => {
                let starts = match &*call.func {
                    ast::Expr::Attribute(attribute)
                        if matches!(attribute.attr.as_str(), "run_until_complete" | "run_forever") =>
                    {
                        true
                    }
                    callee => tree
                        .qualified_name(callee)
                        .is_some_and(|dotted| STARTERS.contains(&dotted.as_str())),
                };
                starts.then(|| {
                    Obstacle::new(
                        "starts-event-loop",
                        call.range(),
                        "it starts an event loop, which a coroutine cannot do",
                    )
                    .remedy("Await the coroutine instead of starting a loop for it.")
                })
            }
            _ => None,
        }
    })
}

/// Another binding of the function's name in the same scope.
fn second_binding(tree: &Tree<'_>, function: &ast::StmtFunctionDef) -> Option<TextRange> {
    let scope = tree.scope_of(tree.id(function));
    let bindings = tree.bindings(scope, function.name.as_str());
    let is_overload = |at: NodeId| match tree.node(at) {
        AnyNodeRef::StmtFunctionDef(other) => other.decorator_list.iter().any(|decorator| {
            tree.qualified_name(&decorator.expression).as_deref() == Some("typing.overload")
        }),
        _ => false,
    };
    bindings
        .iter()
        .find(|binding| {
            binding.range != function.name.range
                && !binding.type_checking
                && !is_overload(binding.node)
        })
        .map(|binding| binding.range)
}

/// Classes from outside with the methods that they call or that others call on their objects; a
/// method of another name is the business of the project alone.
const BASES: &[(&str, &[&str])] = &[
    ("builtins.Exception", &["with_traceback", "add_note"]),
    ("builtins.BaseException", &["with_traceback", "add_note"]),
    ("builtins.ValueError", &["with_traceback", "add_note"]),
    ("builtins.RuntimeError", &["with_traceback", "add_note"]),
    ("threading.Thread", &["run", "start", "join", "is_alive"]),
    ("typing.NamedTuple", &["count", "index"]),
    ("enum.Enum", &["name", "value"]),
];

/// What keeps a method plain because of the classes that its class inherits from.
pub(super) fn of_bases(uses: &Uses, name: &str, at: TextRange, is_test: bool) -> Option<Obstacle> {
    let outside = uses.outside.iter().find(|base| {
        if is_test && test_code::leaves_alone(base, name) {
            return false;
        }
        let known = BASES.iter().find(|(class, _)| *class == &***base);
        known.is_none_or(|(_, methods)| methods.contains(&name))
    });
    if let Some(base) = outside.filter(|base| base.starts_with("django.")) {
        return Some(
            Obstacle::new(
                "django-handler",
                at,
                format!(
                    "its class inherits from `{base}`, which calls it in plain code, and Django's database refuses to work where an event loop runs"
                ),
            )
            .remedy("Move the work that waits into a function of its own, without the database."),
        );
    }
    if let Some(base) = outside {
        return Some(
            Obstacle::new(
                "third-party-base",
                at,
                format!(
                    "its class inherits from `{base}`, which may call it and would not await it"
                ),
            )
            .remedy("Move the work into a function of its own."),
        );
    }
    uses.unknown_base.then(|| {
        Obstacle::new(
            "unknown-base",
            at,
            "its class inherits from a class that is not known, which may call it",
        )
    })
}
