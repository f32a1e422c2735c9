//! The edits that make functions of one file coroutine functions, and the places where that cannot
//! be. Other files are not looked at: the caller says which functions, which calls.

use crate::edit::{Edit, ImportRequest};
use crate::syntax::{AnyNodeRef, NodeId, PythonVersion, Ranged, TextRange, TextSize, Tree};

/// What becomes asynchronous in one file.
#[derive(Debug, Clone, Copy)]
pub struct Lift<'a> {
    /// The `def` statements that become `async def`.
    pub functions: &'a [NodeId],
    /// The calls of functions, of this file or others, that become coroutine functions: each one
    /// is awaited. The function around it is among [`Lift::functions`] or is an `async def`.
    pub calls: &'a [NodeId],
    /// The places where plain code starts the coroutines.
    pub bridges: &'a [Bridge],
}

/// A place where plain code starts a coroutine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bridge {
    /// `main()` at module level becomes `asyncio.run(main())`.
    Call(NodeId),
    /// `def main():` that something outside starts by its name: the name stays a plain function
    /// that runs the coroutine.
    KeepName(NodeId),
}

/// What a file needs to become asynchronous.
#[derive(Debug, Clone, Default)]
pub struct Lifted {
    /// The edits, disjoint.
    pub edits: Vec<Edit>,
    /// Names to import.
    pub imports: Vec<ImportRequest>,
}

/// A place that keeps a function from becoming a coroutine function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// The place.
    pub node: NodeId,
    /// A stable kebab-case name of the obstacle.
    pub reason: &'static str,
    /// One full sentence.
    pub message: String,
    /// What would remove it.
    pub remedy: Option<String>,
}

/// Writes the edits for one file, or names every place where they cannot be made.
pub fn lift(tree: &Tree<'_>, _target: PythonVersion, what: &Lift<'_>) -> Result<Lifted, Vec<Wall>> {
    let mut lifted = Lifted::default();
    for function in what.functions {
        let AnyNodeRef::StmtFunctionDef(definition) = tree.node(*function) else {
            continue;
        };
        let after_decorators = definition
            .decorator_list
            .last()
            .map_or(definition.start(), Ranged::end);
        let tokens = tree.tokens();
        let from = tokens.partition_point(|token| token.start() < after_decorators);
        let keyword = tokens[from..]
            .iter()
            .find(|token| token.kind() == crate::syntax::TokenKind::Def);
        if let Some(keyword) = keyword {
            lifted.insert(keyword.start(), "async ");
        }
    }
    for call in what.calls {
        let range = tree.node(*call).range();
        let grouped = match tree.node(tree.parent(*call)) {
            AnyNodeRef::ExprAttribute(_) | AnyNodeRef::ExprAwait(_) => true,
            AnyNodeRef::ExprSubscript(subscript) => subscript.value.range() == range,
            AnyNodeRef::ExprCall(outer) => outer.func.range() == range,
            _ => false,
        } && tree.parenthesized_node(*call) == range;
        lifted.insert(range.start(), if grouped { "(await " } else { "await " });
        if grouped {
            lifted.insert(range.end(), ")");
        }
    }
    let mut walls = Vec::new();
    for bridge in what.bridges {
        match bridge {
            Bridge::Call(call) => {
                let range = tree.node(*call).range();
                lifted.insert(range.start(), "asyncio.run(");
                lifted.insert(range.end(), ")");
                let module = ImportRequest::Module("asyncio".to_owned());
                if !lifted.imports.contains(&module) {
                    lifted.imports.push(module);
                }
            }
            Bridge::KeepName(function) => walls.push(Wall {
                node: *function,
                reason: "entry-point",
                message: "Something outside of the project starts this function by its name, and expects that it runs.".to_owned(),
                remedy: Some("Start a coroutine function in it with `asyncio.run()` by hand.".to_owned()),
            }),
        }
    }
    if walls.is_empty() {
        Ok(lifted)
    } else {
        Err(walls)
    }
}

impl Lifted {
    fn insert(&mut self, at: TextSize, text: &str) {
        self.edits.push(Edit {
            range: TextRange::empty(at),
            text: text.to_owned(),
        });
    }
}
