//! Mocks of functions that became asynchronous.

use super::super::lift::draft::Draft;
use super::super::lift::{Kind, Wall};
use super::TestFile;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, Tree, ast};
use rustc_hash::FxHashSet;

/// A call that puts something in the place of a function.
struct Patch<'a> {
    call: &'a ast::ExprCall,
    /// What calls of the function give.
    kind: Kind,
    /// What is put there; none for a mock that `patch` makes, which is asynchronous by itself.
    new: Option<&'a ast::Expr>,
    /// The class that makes the mock.
    new_callable: Option<&'a ast::Expr>,
}

/// Names that stand for mocks of asynchronous functions.
type Mocks<'a> = FxHashSet<(ScopeId, &'a str)>;

/// The assertions about calls, with those about awaits.
const ASSERTIONS: &[(&str, &str)] = &[
    ("assert_called", "assert_awaited"),
    ("assert_called_once", "assert_awaited_once"),
    ("assert_called_with", "assert_awaited_with"),
    ("assert_called_once_with", "assert_awaited_once_with"),
    ("assert_any_call", "assert_any_await"),
    ("assert_has_calls", "assert_has_awaits"),
    ("assert_not_called", "assert_not_awaited"),
];

/// Makes mocks asynchronous, and asserts that they were awaited.
pub(super) fn mocks(draft: &mut Draft<'_, '_>, file: &TestFile<'_>) {
    let tree = draft.tree;
    let mut mocks = Mocks::default();
    for id in tree.ids() {
        let done = match tree.node(id) {
            AnyNodeRef::ExprCall(call) => patch_call(draft, file, &mut mocks, id, call),
            AnyNodeRef::StmtAssign(assign) => assignment(draft, file, &mut mocks, assign),
            _ => Ok(()),
        };
        if let Err(wall) = done {
            draft.wall(wall);
        }
    }
    for id in tree.ids() {
        let AnyNodeRef::ExprAttribute(attribute) = tree.node(id) else {
            continue;
        };
        let found = ASSERTIONS
            .iter()
            .find(|(called, _)| *called == attribute.attr.as_str());
        let Some((_, awaited)) = found else {
            continue;
        };
        let is_mock = match &*attribute.value {
            ast::Expr::Name(name) => {
                let home = tree.lookup(&name.id, tree.scope_of(tree.id(name)));
                home.is_some_and(|home| mocks.contains(&(home, name.id.as_str())))
            }
            other => lifted(tree, file, other).is_some(),
        };
        if is_mock {
            draft.replace(attribute.attr.range(), *awaited);
        }
    }
}

/// What calls of an attribute give, when it became asynchronous.
pub(super) fn lifted(tree: &Tree<'_>, file: &TestFile<'_>, expr: &ast::Expr) -> Option<Kind> {
    if let Some(dotted) = tree.qualified_name(expr)
        && let Some(kind) = (file.function)(&dotted)
    {
        return Some(kind);
    }
    let ast::Expr::Attribute(attribute) = expr else {
        return None;
    };
    (file.method)(tree.id(&*attribute.value), &attribute.attr)
}

fn patch_call<'a>(
    draft: &mut Draft<'_, 'a>,
    file: &TestFile<'_>,
    mocks: &mut Mocks<'a>,
    id: NodeId,
    call: &'a ast::ExprCall,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let Some(patch) = patch(tree, file, call)? else {
        return Ok(());
    };
    if patch.kind != Kind::Coroutine {
        return Err(Wall::new(
            id,
            "mock-of-items",
            "What stands here in the place of the function gives no asynchronous iterator or context manager.",
        )
        .remedy("Put an asynchronous function in its place."));
    }
    let arguments = &call.arguments;
    let odd = arguments.keywords.iter().find(|keyword| {
        let name = keyword.arg.as_deref();
        !name.is_some_and(|name| PATCHING.contains(&name) || GIVING.contains(&name))
    });
    if odd.is_some() {
        return Err(unclear(id));
    }
    if let Some(callable) = patch.new_callable {
        class(draft, callable)?;
    }
    if let Some(new) = patch.new {
        value(draft, file, mocks, new)?;
        return Ok(());
    }
    // Who gets the mock that is made here.
    let name = match tree.node(tree.parent(id)) {
        AnyNodeRef::WithItem(item) => match item.optional_vars.as_deref() {
            Some(ast::Expr::Name(name)) => Some((tree.function_scope(id), name.id.as_str())),
            _ => None,
        },
        AnyNodeRef::StmtAssign(assign) => match &assign.targets[..] {
            [ast::Expr::Name(name)] => Some((tree.function_scope(id), name.id.as_str())),
            _ => None,
        },
        AnyNodeRef::Decorator(_) => injected(tree, patch.call),
        _ => None,
    };
    mocks.extend(name);
    if gives(tree, call, name) {
        return Ok(());
    }
    if matches!(tree.node(tree.parent(id)), AnyNodeRef::Decorator(_)) && may_repeat(tree, id) {
        return Err(Wall::new(
            id,
            "mock-unclear",
            "The test may run more than once, and nothing says what calls of this mock give.",
        )
        .remedy("Say it with `return_value`."));
    }
    let class = match patch.new_callable {
        Some(callable) if !tree.slice(callable.range()).ends_with("AsyncMock") => {
            tree.slice(callable.range()).to_owned()
        }
        Some(_) => return Ok(()),
        None => draft.import(id, "unittest.mock.MagicMock")?,
    };
    give(draft, call, &class);
    Ok(())
}

/// Whether what a decorator stands on may run more than once: all tests of a class, a test with
/// several parameters, a test that other classes inherit.
fn may_repeat(tree: &Tree<'_>, id: NodeId) -> bool {
    let function = tree.parent(tree.parent(id));
    let AnyNodeRef::StmtFunctionDef(definition) = tree.node(function) else {
        return true;
    };
    let once = definition.decorator_list.iter().all(|decorator| {
        let ast::Expr::Call(call) = &decorator.expression else {
            return false;
        };
        let name = tree.qualified_name(&call.func).unwrap_or_default();
        which(tree, call).is_some() || name.starts_with("unittest.skip")
    });
    let is_marked = |id: NodeId| match tree.node(id) {
        AnyNodeRef::ExprName(name) => name.id.as_str() == "pytestmark",
        _ => false,
    };
    let class = tree.parent(function);
    let inherited = match tree.node(class) {
        AnyNodeRef::StmtClassDef(class) => {
            !class.decorator_list.is_empty()
                || tree.ids().any(|other| {
                    matches!(tree.node(other), AnyNodeRef::StmtClassDef(other)
                    if other.bases().iter().any(|base| {
                        matches!(base, ast::Expr::Name(name) if name.id == class.name.id)
                    }))
                })
        }
        _ => false,
    };
    !once || inherited || tree.ids().any(is_marked)
}

/// Keywords that say how something is replaced.
const PATCHING: &[&str] = &["new", "new_callable", "value", "autospec", "raising"];

/// Keywords that say what a mock does, and mean the same to an asynchronous one.
const GIVING: &[&str] = &["return_value", "side_effect", "wraps", "name"];

/// Whether it is said what calls of the mock give that a call makes.
fn gives(tree: &Tree<'_>, call: &ast::ExprCall, name: Option<(ScopeId, &str)>) -> bool {
    let said = GIVING[..3]
        .iter()
        .any(|keyword| call.arguments.find_keyword(keyword).is_some());
    let Some((home, name)) = name else {
        return said;
    };
    let sets = |target: &ast::Expr| {
        let ast::Expr::Attribute(attribute) = target else {
            return false;
        };
        matches!(&*attribute.value, ast::Expr::Name(mock)
            if mock.id.as_str() == name
                && tree.lookup(name, tree.scope_of(tree.id(mock))) == Some(home))
            && GIVING[..2].contains(&attribute.attr.as_str())
    };
    said || tree.ids().any(|id| {
        matches!(tree.node(id), AnyNodeRef::StmtAssign(assign) if assign.targets.iter().any(sets))
    })
}

/// What calls of a mock give is a mock of its own: with one that is asynchronous, so would all of
/// its methods be.
fn give(draft: &mut Draft<'_, '_>, call: &ast::ExprCall, class: &str) {
    let tree = draft.tree;
    let last = call.arguments.iter_source_order().last();
    let (at, comma) = match last {
        Some(last) => {
            let expr = match last {
                ast::ArgOrKeyword::Arg(expr) => expr,
                ast::ArgOrKeyword::Keyword(keyword) => &keyword.value,
            };
            (tree.parenthesized(expr).end(), ", ")
        }
        None => (
            call.arguments.range().end() - crate::syntax::TextSize::new(1),
            "",
        ),
    };
    draft.close(at, tree.id(call), format!("{comma}return_value={class}()"));
}

/// Attributes of mocks that are no calls of the function.
const ATTRIBUTES: &[&str] = &[
    "assert_called",
    "assert_called_once",
    "assert_called_with",
    "assert_called_once_with",
    "assert_any_call",
    "assert_has_calls",
    "assert_not_called",
    "return_value",
    "side_effect",
    "called",
    "call_count",
    "call_args",
    "call_args_list",
    "mock_calls",
    "reset_mock",
];

/// Whether a string or an expression that means a function puts a mock in its place, as
/// [`mocks`] understands it, or asks that mock.
pub(in crate::propagation) fn is_mock(tree: &Tree<'_>, id: NodeId) -> bool {
    let parent = tree.parent(id);
    match (tree.node(id), tree.node(parent)) {
        (AnyNodeRef::ExprStringLiteral(text), AnyNodeRef::Arguments(arguments)) => {
            let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(parent)) else {
                return false;
            };
            let Some(which) = which(tree, call) else {
                return false;
            };
            let at = arguments.args.iter().position(|arg| tree.id(arg) == id);
            let is_dotted = text.value.to_str().contains('.');
            match which {
                Which::Name => at == Some(0) && is_dotted,
                Which::Object => at == Some(1),
                Which::Setattr => at == Some(usize::from(!is_dotted)),
            }
        }
        (AnyNodeRef::ExprAttribute(_), AnyNodeRef::ExprAttribute(asked)) => {
            ATTRIBUTES.contains(&asked.attr.as_str())
        }
        (AnyNodeRef::ExprAttribute(_), AnyNodeRef::StmtAssign(assign)) => {
            assign.targets.iter().any(|target| tree.id(target) == id)
        }
        _ => false,
    }
}

/// The parameter that gets the mock of a decorator: the decorators count from the bottom.
fn injected<'a>(tree: &Tree<'a>, call: &ast::ExprCall) -> Option<(ScopeId, &'a str)> {
    let function_id = tree.parent(tree.parent(tree.id(call)));
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(function_id) else {
        return None;
    };
    let is_method = matches!(
        tree.node(tree.parent(function_id)),
        AnyNodeRef::StmtClassDef(_)
    );
    let mut place = usize::from(is_method);
    for decorator in function.decorator_list.iter().rev() {
        let ast::Expr::Call(other) = &decorator.expression else {
            continue;
        };
        let Some(which) = which(tree, other) else {
            continue;
        };
        if new_argument(other, which).is_some() {
            continue;
        }
        if std::ptr::eq(other, call) {
            let plain = function.parameters.posonlyargs.iter();
            let parameter = plain.chain(&function.parameters.args).nth(place)?;
            let scope = tree.scope_opened_by(function_id)?;
            return Some((scope, parameter.parameter.name.as_str()));
        }
        place += 1;
    }
    None
}

/// How a call says what it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// `patch("package.module.name", new)`
    Name,
    /// `patch.object(module, "name", new)`
    Object,
    /// `monkeypatch.setattr(module, "name", new)` or `monkeypatch.setattr("module.name", new)`
    Setattr,
}

fn which(tree: &Tree<'_>, call: &ast::ExprCall) -> Option<Which> {
    match tree.qualified_name(&call.func).as_deref() {
        Some("unittest.mock.patch" | "mock.patch") => return Some(Which::Name),
        Some("unittest.mock.patch.object" | "mock.patch.object") => return Some(Which::Object),
        _ => {}
    }
    let text: String = tree.slice(call.func.range()).split_whitespace().collect();
    let (fixture, rest) = text.split_once('.')?;
    let mocker = matches!(
        fixture,
        "mocker" | "class_mocker" | "module_mocker" | "session_mocker"
    );
    match rest {
        "patch" if mocker => Some(Which::Name),
        "patch.object" if mocker => Some(Which::Object),
        "setattr" if fixture == "monkeypatch" || fixture == "mp" => Some(Which::Setattr),
        _ => None,
    }
}

fn new_argument(call: &ast::ExprCall, which: Which) -> Option<&ast::Expr> {
    let arguments = &call.arguments;
    let at = match which {
        Which::Name => 1,
        Which::Object => 2,
        Which::Setattr => arguments.args.len().saturating_sub(1),
    };
    let keyword = if which == Which::Setattr {
        "value"
    } else {
        "new"
    };
    arguments
        .find_keyword(keyword)
        .map(|keyword| &keyword.value)
        .or_else(|| arguments.args.get(at).filter(|_| at > 0))
}

/// What a call replaces, when that became asynchronous, or is not used any more.
fn patch<'a>(
    tree: &Tree<'a>,
    file: &TestFile<'_>,
    call: &'a ast::ExprCall,
) -> Result<Option<Patch<'a>>, Wall> {
    let Some(which) = which(tree, call) else {
        return Ok(None);
    };
    let text = |at: usize| match call.arguments.args.get(at) {
        Some(ast::Expr::StringLiteral(text)) => Some(text.value.to_str()),
        _ => None,
    };
    let first = call.arguments.args.first();
    let (dotted, kind) = match (which, text(0), text(1)) {
        (Which::Name | Which::Setattr, Some(dotted), _) => {
            (Some(dotted.to_owned()), (file.function)(dotted))
        }
        (Which::Object | Which::Setattr, None, Some(name)) => {
            let Some(object) = first else {
                return Ok(None);
            };
            let dotted = tree
                .qualified_name(object)
                .map(|module| format!("{module}.{name}"));
            let kind = dotted
                .as_deref()
                .and_then(|dotted| (file.function)(dotted))
                .or_else(|| (file.method)(tree.id(object), name));
            (dotted, kind)
        }
        _ => return Ok(None),
    };
    let gone = dotted.as_deref().and_then(|dotted| {
        // `app.requests.get` is the function for everybody, not only for `app`.
        let mut parts = dotted.split('.');
        parts.find(|part| file.gone.contains(part))
    });
    if let Some(package) = gone {
        return Err(Wall::new(
            tree.id(call),
            "patch-of-what-is-gone",
            format!(
                "This replaces something of `{package}`, which functions that become asynchronous call no more."
            ),
        )
        .remedy("Replace the function that makes the request, or answer with `respx`."));
    }
    let Some(kind) = kind else {
        return Ok(None);
    };
    Ok(Some(Patch {
        call,
        kind,
        new: new_argument(call, which),
        new_callable: call
            .arguments
            .find_keyword("new_callable")
            .map(|keyword| &keyword.value),
    }))
}

/// `module.fetch = Mock()`
fn assignment<'a>(
    draft: &mut Draft<'_, 'a>,
    file: &TestFile<'_>,
    mocks: &mut Mocks<'a>,
    assign: &'a ast::StmtAssign,
) -> Result<(), Wall> {
    let tree = draft.tree;
    for target in &assign.targets {
        if target.is_attribute_expr() && lifted(tree, file, target) == Some(Kind::Coroutine) {
            value(draft, file, mocks, &assign.value)?;
        }
    }
    Ok(())
}

/// Makes what is put in the place of a function asynchronous.
fn value<'a>(
    draft: &mut Draft<'_, 'a>,
    file: &TestFile<'_>,
    mocks: &mut Mocks<'a>,
    new: &'a ast::Expr,
) -> Result<(), Wall> {
    let tree = draft.tree;
    match new {
        ast::Expr::Call(call) if is_callable(tree, call) => return side_effect(draft, new),
        ast::Expr::Call(call) => return made(draft, call, None),
        ast::Expr::Lambda(_) => return side_effect(draft, new),
        // A name of the original, which is put back.
        ast::Expr::Attribute(_) if lifted(tree, file, new).is_some() => return Ok(()),
        ast::Expr::Name(name) => {
            let home = tree.lookup(&name.id, tree.scope_of(tree.id(name)));
            let bindings = home.map_or(&[][..], |home| tree.bindings(home, &name.id));
            if let (Some(home), [binding]) = (home, bindings) {
                match tree.node(binding.node) {
                    AnyNodeRef::StmtFunctionDef(_) if binding.kind != BindingKind::Function => {}
                    AnyNodeRef::StmtFunctionDef(_) if draft.is_async(binding.node) => {
                        return Ok(());
                    }
                    AnyNodeRef::StmtFunctionDef(_) => return side_effect(draft, new),
                    _ => {}
                }
                if let AnyNodeRef::StmtAssign(assign) = tree.node(tree.parent(binding.node)) {
                    mocks.insert((home, name.id.as_str()));
                    return match &*assign.value {
                        ast::Expr::Call(call) => made(draft, call, Some((home, name.id.as_str()))),
                        ast::Expr::Attribute(_) if lifted(tree, file, &assign.value).is_some() => {
                            mocks.remove(&(home, name.id.as_str()));
                            Ok(())
                        }
                        _ => Err(unclear(tree.id(new))),
                    };
                }
            }
        }
        _ => {}
    }
    Err(unclear(tree.id(new)))
}

/// Whether a call makes an object of a class of this file that can be called in plain code.
fn is_callable(tree: &Tree<'_>, call: &ast::ExprCall) -> bool {
    let ast::Expr::Name(name) = &*call.func else {
        return false;
    };
    let home = tree.lookup(&name.id, tree.scope_of(tree.id(name)));
    let bindings = home.map_or(&[][..], |home| tree.bindings(home, &name.id));
    let [binding] = bindings else {
        return false;
    };
    let AnyNodeRef::StmtClassDef(class) = tree.node(binding.node) else {
        return false;
    };
    let mut methods = class
        .body
        .iter()
        .filter_map(ast::Stmt::as_function_def_stmt);
    methods.any(|method| method.name.as_str() == "__call__" && !method.is_async)
        && class
            .bases()
            .iter()
            .all(|base| matches!(base, ast::Expr::Name(name) if name.id.as_str() == "object"))
}

fn unclear(id: NodeId) -> Wall {
    Wall::new(
        id,
        "mock-unclear",
        "This stands in the place of a function that becomes asynchronous, and nothing says that it does, too.",
    )
    .remedy("Put an `AsyncMock`, or an `async def`, there.")
}

/// `Mock(…)` becomes `AsyncMock(…)`.
fn made(
    draft: &mut Draft<'_, '_>,
    call: &ast::ExprCall,
    name: Option<(ScopeId, &str)>,
) -> Result<(), Wall> {
    let tree = draft.tree;
    let old = tree.slice(call.func.range());
    let first = !draft.is_settled(tree.id(&*call.func));
    class(draft, &call.func)?;
    let arguments = &call.arguments;
    let odd = !arguments.args.is_empty()
        || arguments.keywords.iter().any(|keyword| {
            let name = keyword.arg.as_deref();
            !name.is_some_and(|name| GIVING.contains(&name))
        });
    if odd {
        return Err(unclear(tree.id(call)));
    }
    if first && !old.ends_with("AsyncMock") && !gives(tree, call, name) {
        give(draft, call, old);
    }
    Ok(())
}

/// `Mock` becomes `AsyncMock`.
fn class(draft: &mut Draft<'_, '_>, callee: &ast::Expr) -> Result<(), Wall> {
    let tree = draft.tree;
    let id = tree.id(callee);
    let name = match callee {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        ast::Expr::Name(name) => name.id.as_str(),
        _ => return Err(unclear(id)),
    };
    let dotted = tree.qualified_name(callee).unwrap_or_default();
    let mocker = tree.slice(callee.range()).starts_with("mocker.");
    let known = dotted.starts_with("unittest.mock.") || dotted.starts_with("mock.") || mocker;
    let class = dotted
        .rsplit('.')
        .next()
        .filter(|_| !mocker)
        .unwrap_or(name);
    match class {
        "AsyncMock" if known => Ok(()),
        "Mock" | "MagicMock" if known && draft.settle(id) => {
            if let ast::Expr::Attribute(attribute) = callee {
                draft.replace(attribute.attr.range(), "AsyncMock");
            } else {
                let module = dotted.rsplit_once('.');
                let module = module.map_or("unittest.mock", |(module, _)| module);
                let new = draft.import(id, &format!("{module}.AsyncMock"))?;
                draft.replace(callee.range(), new);
            }
            Ok(())
        }
        "Mock" | "MagicMock" if known => Ok(()),
        _ => Err(unclear(id)),
    }
}

/// A plain function becomes what an `AsyncMock` does.
fn side_effect(draft: &mut Draft<'_, '_>, new: &ast::Expr) -> Result<(), Wall> {
    let tree = draft.tree;
    let id = tree.id(new);
    let class = draft.import(id, "unittest.mock.AsyncMock")?;
    let range = tree.parenthesized(new);
    draft.open(range.start(), id, format!("{class}(side_effect="));
    draft.close(range.end(), id, ")");
    Ok(())
}
