//! What stands around a statement in its own function: the handlers and context managers that an
//! exception meets before it leaves.

use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeKind, TextRange, Tree, ast};

/// What becomes of an exception in the function that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What could tell a group from the exception in it, innermost first: a handler, an item of a
    /// `with` statement, a call.
    pub told: Vec<TextRange>,
    /// It leaves the function, as far as handlers for some errors let it pass.
    pub leaves: bool,
}

/// What the handlers of a `try` statement do with errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Catches {
    /// None of them can match an error, or what does raises it again.
    None,
    /// The first one that can match catches every `Exception` and uses none; no other one could
    /// match what is no `Exception`.
    Exceptions,
    /// The first one that can match catches everything and uses nothing.
    All,
    /// This one could tell one error from another; `true`: it catches every error.
    Told(TextRange, bool),
}

/// What is asked of the rest of the project.
pub struct Around<'q> {
    /// Whether somebody defines or raises exceptions that are no `Exception`.
    pub base_exceptions: &'q dyn Fn() -> bool,
    /// Whether an expression is an instance of one of some classes, by their dotted names.
    pub is_instance: &'q dyn Fn(&ast::Expr, &[&str]) -> bool,
}

/// Context managers that let every error through, by the functions and classes that make them.
const NEUTRAL: &[&str] = &[
    "asyncio.timeout",
    "asyncio.timeout_at",
    "asyncio.BoundedSemaphore",
    "asyncio.Condition",
    "asyncio.Lock",
    "asyncio.Runner",
    "asyncio.Semaphore",
    "asyncio.TaskGroup",
    "contextlib.nullcontext",
    "contextlib.closing",
    "contextlib.aclosing",
    "threading.Condition",
    "threading.Lock",
    "threading.RLock",
    "threading.Semaphore",
];

/// The code of the function, or of the module, that sees an exception which is raised where a node
/// is evaluated.
pub fn around(tree: &Tree<'_>, node: NodeId, project: &Around<'_>) -> Reach {
    let statement = tree.enclosing_statement(node);
    let mut way = Way {
        told: Vec::new(),
        caught: false,
    };
    if let AnyNodeRef::StmtWith(with) = tree.node(statement)
        && node != statement
    {
        let before = with.items.iter().rev();
        let before = before.filter(|item| item.end() <= tree.node(node).start());
        for item in before {
            if way.meets(passes(item, tree, project)) {
                return way.ends();
            }
        }
    }
    let home = tree.scope_of(statement);
    let mut below = statement;
    for above in tree.ancestors(statement) {
        if tree.scope_of(below) != home {
            break;
        }
        let here = tree.node(below);
        let holds =
            |body: &[ast::Stmt]| body.iter().any(|stmt| AnyNodeRef::from(stmt).ptr_eq(here));
        match tree.node(above) {
            AnyNodeRef::StmtTry(try_) => {
                if holds(&try_.body)
                    && !try_.handlers.is_empty()
                    && way.meets(catches(try_, way.caught, tree))
                {
                    return way.ends();
                }
                if !way.caught
                    && !holds(&try_.finalbody)
                    && let Some(range) = asks_for_the_error(&try_.finalbody, tree)
                {
                    way.told.push(range);
                }
            }
            AnyNodeRef::StmtWith(with) if holds(&with.body) => {
                for item in with.items.iter().rev() {
                    if way.meets(passes(item, tree, project)) {
                        return way.ends();
                    }
                }
            }
            _ => {}
        }
        below = above;
    }
    if !way.caught {
        return Reach {
            told: way.told,
            leaves: true,
        };
    }
    if let Some(range) = base_exception(tree) {
        way.told.push(range);
    } else if (project.base_exceptions)() {
        way.told.push(tree.node(statement).range());
    }
    way.ends()
}

/// The way of an exception out of its function.
struct Way {
    told: Vec<TextRange>,
    /// A handler for `Exception` is behind it; what passes that is no `Exception`.
    caught: bool,
}

impl Way {
    /// Goes past something. Whether that is the end.
    fn meets(&mut self, what: Catches) -> bool {
        match what {
            Catches::All => return true,
            Catches::Told(range, everything) => {
                if !self.caught || everything {
                    self.told.push(range);
                }
                return everything;
            }
            Catches::Exceptions => self.caught = true,
            Catches::None => {}
        }
        false
    }

    fn ends(self) -> Reach {
        Reach {
            told: self.told,
            leaves: false,
        }
    }
}

/// What the handlers of a `try` statement do with errors; `caught`: one for `Exception` is around
/// the code inside already.
pub fn catches(try_: &ast::StmtTry, mut caught: bool, tree: &Tree<'_>) -> Catches {
    let before = caught;
    let mut again = false;
    let in_coroutine = matches!(
        tree.scope(tree.scope_of(tree.id(try_))).kind,
        ScopeKind::Function { is_async: true }
    );
    for handler in &try_.handlers {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        if try_.is_star {
            return Catches::Told(handler.range, false);
        }
        let classes: Vec<&ast::Expr> = match handler.type_.as_deref() {
            Some(ast::Expr::Tuple(tuple)) => tuple.elts.iter().collect(),
            Some(class) => vec![class],
            None => Vec::new(),
        };
        let names = |wanted: &str| classes.iter().any(|class| is_builtin(class, wanted, tree));
        if handler.type_.is_none() || names("BaseException") {
            return match looks(handler, tree) {
                Look::Yes => Catches::Told(handler.range, true),
                Look::Again => Catches::None,
                Look::No => Catches::All,
            };
        }
        if names("Exception") {
            match looks(handler, tree) {
                Look::Yes if !caught => return Catches::Told(handler.range, true),
                Look::Again => again |= !caught,
                Look::Yes | Look::No => {}
            }
            caught = true;
            continue;
        }
        // A group raises these two themselves, and what starts a loop does so, too.
        let ends = |class: &ast::Expr| {
            (caught || !in_coroutine)
                && (is_builtin(class, "KeyboardInterrupt", tree)
                    || is_builtin(class, "SystemExit", tree))
        };
        let other = |class: &&ast::Expr| !is_cancellation(class, tree) && !ends(class);
        if classes.iter().any(other) {
            return Catches::Told(handler.range, false);
        }
    }
    if caught && !before && !again {
        Catches::Exceptions
    } else {
        Catches::None
    }
}

fn is_builtin(expr: &ast::Expr, wanted: &str, tree: &Tree<'_>) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id == wanted
        && tree.lookup(wanted, tree.scope_of(tree.id(name))).is_none())
}

fn is_cancellation(expr: &ast::Expr, tree: &Tree<'_>) -> bool {
    matches!(
        tree.qualified_name(expr).as_deref(),
        Some("asyncio.CancelledError" | "asyncio.exceptions.CancelledError")
    )
}

/// Where a file defines or raises exceptions that are no `Exception`.
fn base_exception(tree: &Tree<'_>) -> Option<TextRange> {
    let found = tree.mentions("BaseException").iter().find(|id| {
        let parent = tree.parent(**id);
        match tree.node(parent) {
            AnyNodeRef::Arguments(_) => {
                matches!(tree.node(tree.parent(parent)), AnyNodeRef::StmtClassDef(_))
            }
            AnyNodeRef::ExprCall(call) => AnyNodeRef::from(&*call.func).ptr_eq(tree.node(**id)),
            AnyNodeRef::StmtRaise(_) => true,
            _ => false,
        }
    })?;
    Some(tree.node(tree.enclosing_statement(*found)).range())
}

/// What a handler does with the error it caught.
enum Look {
    /// It does not use it.
    No,
    /// It raises it again and does nothing else with it.
    Again,
    /// It uses it, or raises another one that knows it.
    Yes,
}

fn looks(handler: &ast::ExceptHandlerExceptHandler, tree: &Tree<'_>) -> Look {
    let name = handler.name.as_ref().map(ast::Identifier::as_str);
    let own = tree.id(handler);
    let mut found = Look::No;
    for stmt in &handler.body {
        for below in tree.descendants(tree.id(stmt)) {
            match tree.node(below) {
                AnyNodeRef::StmtRaise(raise) => {
                    let here = tree.ancestors(below).take_while(|above| *above != own);
                    let nested = here.into_iter().any(|above| {
                        matches!(
                            tree.node(above),
                            AnyNodeRef::ExceptHandlerExceptHandler(_)
                                | AnyNodeRef::StmtFunctionDef(_)
                        )
                    });
                    if raise.exc.is_some() || nested {
                        return Look::Yes;
                    }
                    found = Look::Again;
                }
                AnyNodeRef::ExprName(used)
                    if name == Some(used.id.as_str())
                        || matches!(used.id.as_str(), "traceback" | "sys") =>
                {
                    return Look::Yes;
                }
                // The text of a traceback is not behaviour, its use is.
                AnyNodeRef::ExprCall(call) if asks(call, tree) => return Look::Yes,
                _ => {}
            }
        }
    }
    found
}

/// Whether a call gives the error that is on its way.
fn asks(call: &ast::ExprCall, tree: &Tree<'_>) -> bool {
    tree.qualified_name(&call.func)
        .is_some_and(|name| name.starts_with("sys.exc") || name.starts_with("traceback."))
}

fn asks_for_the_error(body: &[ast::Stmt], tree: &Tree<'_>) -> Option<TextRange> {
    body.iter().find_map(|stmt| {
        tree.descendants(tree.id(stmt))
            .find_map(|below| match tree.node(below) {
                AnyNodeRef::ExprCall(call) if asks(call, tree) => Some(call.range()),
                _ => None,
            })
    })
}

/// What a context manager does with errors.
fn passes(item: &ast::WithItem, tree: &Tree<'_>, project: &Around<'_>) -> Catches {
    let told = Catches::Told(item.range(), false);
    let ast::Expr::Call(call) = &item.context_expr else {
        return if (project.is_instance)(&item.context_expr, NEUTRAL) {
            Catches::None
        } else {
            told
        };
    };
    let name = tree.qualified_name(&call.func);
    if name.as_deref() == Some("contextlib.suppress") {
        let classes = &call.arguments.args;
        let names = |wanted: &str| classes.iter().any(|class| is_builtin(class, wanted, tree));
        return if names("BaseException") {
            Catches::All
        } else if names("Exception") {
            Catches::Exceptions
        } else if classes.iter().all(|class| is_cancellation(class, tree)) {
            Catches::None
        } else {
            told
        };
    }
    let neutral = name.is_some_and(|name| NEUTRAL.contains(&name.as_str()))
        || is_builtin(&call.func, "open", tree);
    if neutral { Catches::None } else { told }
}
