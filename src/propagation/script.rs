//! The block of a script that runs when the file is started becomes a function, where something in
//! it has to be awaited: `if __name__ == "__main__":` with its statements becomes `def main():` with
//! the same lines, and a block that calls it. From there on it is a function like any other.

use super::outline::Obstacle;
use crate::index::is_main_guard;
use crate::syntax::{
    AnyNodeRef, Module, NodeId, PythonVersion, Ranged, ScopeId, TextRange, TextSize, TokenKind,
    Tree, ast,
};
use crate::transform::is_taken;

/// A file whose block is a function. The lines that were there are still there, each at its place.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The new text.
    pub text: String,
    /// Where the identifier of the function starts in it.
    pub function: TextSize,
}

/// What is asked for by text, so that a name that is no longer one of the module could be missed.
const BY_TEXT: &[&str] = &["globals", "locals", "vars", "dir", "eval", "exec"];

/// The builtins that a script may use as names of its own.
const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

/// Methods that start bots, servers and loops of events.
const STARTS: &[&str] = &[
    "infinity_polling",
    "launch",
    "polling",
    "run",
    "run_app",
    "run_forever",
    "run_polling",
    "run_until_disconnected",
    "run_webhook",
    "serve",
    "serve_forever",
    "start_polling",
];

/// What runs code of its own that may start an event loop.
const RUNNERS: &[&str] = &[
    "unittest.main",
    "pytest.main",
    "doctest.testmod",
    "doctest.testfile",
];

/// Makes the block of a script a function, or says why it cannot be one.
pub fn open(text: &str, target: PythonVersion) -> Result<Opened, Obstacle> {
    let Ok(module) = Module::parse(text, target) else {
        return Err(obstacle(
            TextRange::default(),
            "the file is not valid Python",
        ));
    };
    let tree = Tree::new(&module);
    let body = &tree.module.ast().body;
    let Some(ast::Stmt::If(block)) = body.last() else {
        let at = body.last().map(Ranged::range).unwrap_or_default();
        return Err(obstacle(at, "something comes after the block"));
    };
    let guards = body
        .iter()
        .filter(|stmt| matches!(stmt, ast::Stmt::If(other) if is_main_guard(&other.test)));
    if !is_main_guard(&block.test) || guards.count() != 1 {
        return Err(obstacle(block.range, "something comes after the block"));
    }
    if let Some(clause) = block.elif_else_clauses.first() {
        return Err(obstacle(clause.range, "the block has an `else`"));
    }
    check_contents(&tree, block)?;
    check_names(&tree, block)?;
    write(&tree, block)
}

fn obstacle(at: TextRange, why: impl Into<String>) -> Obstacle {
    Obstacle::new("at-module-level", at, why)
}

/// What the block may not hold: what it does would be something else in a function.
fn check_contents(tree: &Tree<'_>, block: &ast::StmtIf) -> Result<(), Obstacle> {
    for id in tree.descendants(tree.id(block)) {
        let why = match tree.node(id) {
            AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::StmtClassDef(_) => {
                "the block defines a function or a class"
            }
            AnyNodeRef::StmtImportFrom(import)
                if import.names.iter().any(|alias| alias.name.as_str() == "*") =>
            {
                "the block imports all names of a module"
            }
            AnyNodeRef::ExprCall(call) => {
                let by_text = matches!(&*call.func, ast::Expr::Name(name)
                    if BY_TEXT.contains(&name.id.as_str())
                        && tree.lookup(&name.id, tree.scope_of(id)).is_none());
                let runs = tree
                    .qualified_name(&call.func)
                    .is_some_and(|dotted| RUNNERS.contains(&dotted.as_str()));
                if by_text {
                    "the block looks for names by their text"
                } else if runs {
                    "the block runs tests, which may start an event loop"
                } else if may_start(tree, &call.func) {
                    "the block starts something that may run an event loop of its own"
                } else {
                    continue;
                }
            }
            _ => continue,
        };
        return Err(obstacle(tree.node(id).range(), why));
    }
    let text = tree.text();
    if text.contains("import __main__") || text.contains("from __main__") {
        return Err(obstacle(
            block.range,
            "the file reads the names of the program that runs",
        ));
    }
    Ok(())
}

/// Whether a call may start an event loop, as those of bots and servers do: `bot.run(token)`. What
/// the file defines itself is looked at by those who follow its functions.
fn may_start(tree: &Tree<'_>, callee: &ast::Expr) -> bool {
    let ast::Expr::Attribute(attribute) = callee else {
        return false;
    };
    let name = attribute.attr.as_str();
    let is_harmless = tree
        .qualified_name(callee)
        .is_some_and(|dotted| dotted == "subprocess.run" || dotted.starts_with("asyncio."));
    STARTS.contains(&name)
        && !is_harmless
        && !tree.ids().any(|id| {
            matches!(tree.node(id), AnyNodeRef::StmtFunctionDef(function)
                if function.name.as_str() == name)
        })
}

/// The names of the block become names of the function, so nothing else may know them.
fn check_names(tree: &Tree<'_>, block: &ast::StmtIf) -> Result<(), Obstacle> {
    let within = |range: TextRange| block.range.contains_range(range);
    let mut names: Vec<&str> = tree
        .all_bindings(ScopeId::MODULE)
        .filter(|(_, bindings)| bindings.iter().any(|binding| within(binding.range)))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    for name in names {
        let bindings = tree.bindings(ScopeId::MODULE, name);
        let occurrences = tree.occurrences(ScopeId::MODULE, name);
        let elsewhere = bindings.iter().map(|binding| binding.range);
        let elsewhere = elsewhere
            .chain(occurrences.iter().map(|id| tree.node(*id).range()))
            .find(|range| !within(*range));
        if let Some(at) = elsewhere {
            let why = format!("`{name}` of the block is known outside of it, too");
            return Err(obstacle(at, why)
                .remedy("Write a function for the block by hand, and pass what it needs."));
        }
        // Before it is bound a builtin is found at module level, and not in a function.
        let is_read = |id: &NodeId| matches!(tree.node(*id), AnyNodeRef::ExprName(name) if name.ctx.is_load());
        let may_come_first = |id: &NodeId| {
            is_read(id)
                && !bindings
                    .iter()
                    .any(|binding| comes_first(tree, binding.node, *id))
        };
        if BUILTINS.contains(&name)
            && let Some(read) = occurrences.iter().find(|id| may_come_first(id))
        {
            let why = format!("`{name}` may be the builtin here, which a function would not find");
            return Err(obstacle(tree.node(*read).range(), why));
        }
    }
    Ok(())
}

/// Whether a name is bound whenever a place is reached: by an assignment above it in the same
/// block, or by the loop around it.
fn comes_first(tree: &Tree<'_>, binding: NodeId, read: NodeId) -> bool {
    let statement = tree.enclosing_statement(binding);
    match tree.node(statement) {
        AnyNodeRef::StmtFor(for_) => {
            let target = tree.id(&*for_.target);
            let mut body = for_.body.iter();
            (binding == target || tree.is_within(binding, target))
                && body.any(|stmt| tree.is_within(read, tree.id(stmt)))
        }
        AnyNodeRef::StmtAssign(_) => tree.block_of(statement).is_some_and(|(block, at)| {
            let mut later = block[at + 1..].iter();
            later.any(|stmt| tree.is_within(read, tree.id(stmt)))
        }),
        _ => false,
    }
}

/// The text with the block as a function.
fn write(tree: &Tree<'_>, block: &ast::StmtIf) -> Result<Opened, Obstacle> {
    let (Some(first), Some(last)) = (block.body.first(), block.body.last()) else {
        return Err(obstacle(block.range, "the block is empty"));
    };
    let tokens = tree.tokens();
    let from = tokens.partition_point(|token| token.start() < block.test.end());
    let colon = tokens[from..]
        .iter()
        .find(|token| token.kind() == TokenKind::Colon)
        .map_or(block.test.end(), Ranged::end);
    let header = TextRange::new(block.start(), colon);
    if !tree.starts_line(first.start()) || !tree.starts_line(block.start()) {
        return Err(obstacle(
            header,
            "the block shares its line with its condition",
        ));
    }
    if !tree.comments_in(header).is_empty() || tree.slice(header).contains(['\n', '\r']) {
        return Err(obstacle(header, "its condition spans several lines"));
    }
    let newline = tree.newline();
    let indent = tree.indentation(first.start());
    let name = function_name(tree);
    let end = end_of_block(tree, last.end());
    let text = tree.text();
    let (before, after) = (&text[..block.start().to_usize()], &text[end.to_usize()..]);
    let body = &text[colon.to_usize()..end.to_usize()];
    let ends_line = body.ends_with(['\n', '\r']);
    let gap = newline.repeat(if ends_line { 2 } else { 3 });
    let close = if ends_line { newline } else { "" };
    let returns = if is_annotated(tree) { " -> None" } else { "" };
    let condition = tree.slice(header);
    let new = format!(
        "{before}def {name}(){returns}:{body}{gap}{condition}{newline}{indent}{name}(){close}{after}"
    );
    Ok(Opened {
        text: new,
        function: block.start() + TextSize::of("def "),
    })
}

/// The end of the last line that belongs to the block: comments may come after its statements.
fn end_of_block(tree: &Tree<'_>, last: TextSize) -> TextSize {
    let mut end = tree.line_end(last);
    let mut at = end;
    loop {
        let next = tree.line_end(at);
        let line = tree.slice(TextRange::new(at, next));
        let is_comment = line.trim_start().starts_with('#');
        if next == at || !(line.trim().is_empty() || is_comment && line.starts_with([' ', '\t'])) {
            return end;
        }
        if is_comment {
            end = next;
        }
        at = next;
    }
}

/// A name that the file does not use yet.
fn function_name(tree: &Tree<'_>) -> String {
    let mut names = ["main", "_main"].map(str::to_owned).into_iter();
    let mut more = (2..).map(|number| format!("_main_{number}"));
    let is_free = |name: &String| !is_taken(tree, NodeId::MODULE, name);
    names
        .find(is_free)
        .or_else(|| more.find(is_free))
        .unwrap_or_default()
}

/// Whether the functions of the file say what they return.
fn is_annotated(tree: &Tree<'_>) -> bool {
    let mut functions = tree
        .ids()
        .filter_map(|id| match tree.node(id) {
            AnyNodeRef::StmtFunctionDef(function) => Some(function.returns.is_some()),
            _ => None,
        })
        .peekable();
    functions.peek().is_some() && functions.all(|returns| returns)
}
