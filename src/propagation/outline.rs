//! What one file says about its functions: where they are, what keeps each of them a plain
//! function, and in what kind of code a place lies. Owned, so that it outlives the syntax tree.

use super::lift::{self, Kind};
use super::strategies::handlers::{self, Handler};
use super::test_code;
use super::walls::{self, Code};
use crate::index::{is_main_guard, runs_something};
use crate::syntax::{
    AnyNodeRef, Module, NodeId, PythonVersion, Ranged, ScopeId, ScopeKind, TextRange, TextSize,
    Tree, ast,
};
use std::path::Path;

/// Something that keeps a function from becoming a coroutine function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// A stable kebab-case name.
    pub reason: &'static str,
    /// What it is, as the end of a sentence: `a constructor cannot be a coroutine function`.
    pub message: String,
    /// What would remove it.
    pub remedy: Option<String>,
    /// Where it is, in the file it is found in.
    pub range: TextRange,
}

impl Obstacle {
    /// An obstacle at a place.
    pub fn new(reason: &'static str, range: TextRange, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            remedy: None,
            range,
        }
    }

    /// The same at another place.
    #[must_use]
    pub fn at(mut self, range: TextRange) -> Self {
        self.range = range;
        self
    }

    /// Says what would remove it.
    #[must_use]
    pub fn remedy(mut self, words: impl Into<String>) -> Self {
        self.remedy = Some(words.into());
        self
    }
}

/// A function definition.
#[derive(Debug)]
pub struct Definition {
    /// The identifier.
    pub name: TextRange,
    /// The scope it opens.
    pub scope: ScopeId,
    /// The name with those of the classes and functions around it: `Report.load`.
    pub qualified: String,
    /// `async def`.
    pub is_async: bool,
    /// What code it belongs to.
    pub(super) code: Code,
    /// A library for command lines calls it when the program starts.
    pub is_command: bool,
    /// A framework that runs no event loop calls it.
    pub(super) handler: Option<Handler>,
    /// What a call gives once it is asynchronous.
    pub kind: Kind,
    /// The class whose method it is.
    pub class: Option<String>,
    /// It stands at module level, not in a class or another function.
    pub at_module_level: bool,
    /// What keeps it a plain function, whoever calls it.
    pub walls: Vec<Obstacle>,
}

/// In what kind of code a place lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The body of a function: its place among the definitions.
    Function(usize),
    /// A `lambda`.
    Lambda,
    /// The body of a class.
    Class,
    /// A decorator, a default value or an annotation, evaluated when the function is defined.
    Header,
    /// Module level.
    Module {
        /// Below `if __name__ == "__main__":`.
        guarded: bool,
    },
}

/// The functions of a file.
#[derive(Debug, Default)]
pub struct Outline {
    /// In source order.
    pub definitions: Vec<Definition>,
    /// Nested, in source order.
    regions: Vec<(TextRange, Position)>,
    /// `if __name__ == "__main__":` blocks.
    guards: Vec<TextRange>,
    /// The starts of the lines.
    lines: Vec<TextSize>,
    /// The bytes that go on with a character.
    wide: Vec<TextSize>,
    /// What is run when the file is, apart from definitions and imports, makes it a program.
    pub is_script: bool,
    /// It is test code.
    pub is_test: bool,
    /// There is an `async def` in it.
    pub has_coroutines: bool,
    /// Names by text (`globals()`, `eval`): where.
    pub reflection: Option<TextRange>,
    /// The lines of examples in docstrings.
    doctests: Vec<(TextRange, String)>,
    /// The names in `__all__`, if it has one.
    pub declares_all: Option<TextRange>,
}

impl Outline {
    /// Reads a file; `None` when it is not Python.
    pub fn of(path: &Path, text: &str, target: PythonVersion) -> Option<Self> {
        let module = Module::parse(text, target).ok()?;
        let tree = Tree::new(&module);
        let mut outline =
            Self {
                lines: std::iter::once(TextSize::new(0))
                    .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| {
                        TextSize::new(u32::try_from(at + 1).expect("a file is below 4 GiB"))
                    }))
                    .collect(),
                wide: text
                    .bytes()
                    .enumerate()
                    .filter(|(_, byte)| byte & 0xC0 == 0x80)
                    .map(|(at, _)| TextSize::new(u32::try_from(at).expect("a file is below 4 GiB")))
                    .collect(),
                is_test: test_code::is_test_code(path, &tree),
                ..Self::default()
            };
        for id in tree.ids() {
            outline.add(&tree, id);
        }
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if line.trim_start().starts_with(">>> ") {
                let at = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
                let range = TextRange::new(at(start), at(start + line.trim_end().len()));
                outline.doctests.push((range, line.trim().to_owned()));
            }
            start += line.len();
        }
        outline.is_script = !outline.guards.is_empty() || runs_something(&tree);
        Some(outline)
    }

    fn add(&mut self, tree: &Tree<'_>, id: NodeId) {
        match tree.node(id) {
            AnyNodeRef::StmtFunctionDef(function) => {
                self.has_coroutines |= function.is_async;
                let (qualified, class, at_module_level) = surroundings(tree, id, function);
                let code = match self.is_test {
                    true if test_code::is_run(tree, id) => Code::Test,
                    true => Code::Helper,
                    false => Code::Program,
                };
                let at = self.definitions.len();
                self.definitions.push(Definition {
                    name: function.name.range,
                    scope: tree.scope_opened_by(id).unwrap_or(ScopeId::MODULE),
                    is_command: !self.is_test && walls::is_command(tree, function),
                    handler: (!self.is_test)
                        .then(|| handlers::handler(tree, function))
                        .flatten(),
                    kind: lift::kind(tree, id),
                    qualified,
                    is_async: function.is_async,
                    code,
                    walls: walls::of_definition(tree, function, class.is_some(), code),
                    class,
                    at_module_level,
                });
                self.regions.push((function.range, Position::Header));
                if let (Some(first), Some(last)) = (function.body.first(), function.body.last()) {
                    let body = TextRange::new(first.start(), last.end());
                    self.regions.push((body, Position::Function(at)));
                }
            }
            AnyNodeRef::ExprLambda(lambda) => {
                self.regions.push((lambda.range, Position::Lambda));
            }
            AnyNodeRef::StmtClassDef(class) => {
                self.regions.push((class.range, Position::Class));
            }
            AnyNodeRef::StmtIf(branch) if is_main_guard(&branch.test) => {
                self.guards.push(branch.range);
            }
            AnyNodeRef::ExprCall(call) => {
                if let ast::Expr::Name(name) = &*call.func
                    && matches!(
                        name.id.as_str(),
                        "globals" | "locals" | "vars" | "eval" | "exec"
                    )
                    && tree.lookup(name.id.as_str(), tree.scope_of(id)).is_none()
                {
                    self.reflection.get_or_insert(call.range());
                }
                if tree.qualified_name(&call.func).as_deref() == Some("inspect.getmembers") {
                    self.reflection.get_or_insert(call.range());
                }
            }
            AnyNodeRef::ExprSubscript(item)
                if matches!(&*item.slice, ast::Expr::Name(name) if name.id.as_str() == "__name__")
                    && tree.qualified_name(&item.value).as_deref() == Some("sys.modules") =>
            {
                self.reflection.get_or_insert(item.range);
            }
            AnyNodeRef::ExprName(name) if name.id.as_str() == "__all__" => {
                self.declares_all.get_or_insert(name.range);
            }
            _ => {}
        }
    }

    /// The 1-based line of a place.
    pub fn line(&self, at: TextSize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// The 1-based line and column of a place; the column counts characters.
    pub fn line_column(&self, at: TextSize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.lines[line - 1];
        let wide = self
            .wide
            .iter()
            .filter(|place| **place >= start && **place < at);
        (line, (at - start).to_usize() - wide.count() + 1)
    }

    /// In what kind of code a place lies.
    pub fn position(&self, at: TextRange) -> Position {
        let inner = self
            .regions
            .iter()
            .rfind(|(range, _)| range.contains_range(at) && !range.is_empty());
        inner.map_or_else(
            || Position::Module {
                guarded: self.guards.iter().any(|guard| guard.contains_range(at)),
            },
            |(_, position)| *position,
        )
    }

    /// An example in a docstring that calls a function of this name.
    pub fn doctest_of(&self, name: &str) -> Option<TextRange> {
        let calls = |line: &str| {
            line.match_indices(name).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
                    && line[at + name.len()..].starts_with('(')
            })
        };
        let found = self.doctests.iter().find(|(_, line)| calls(line));
        found.map(|(range, _)| *range)
    }

    /// The definition that opens a scope.
    pub fn definition_of(&self, scope: ScopeId) -> Option<usize> {
        // Scopes are numbered in source order, as definitions are.
        self.definitions
            .binary_search_by_key(&scope, |definition| definition.scope)
            .ok()
    }

    /// The definition whose identifier starts at a place.
    pub fn definition_at(&self, name: TextSize) -> Option<usize> {
        self.definitions
            .binary_search_by_key(&name, |definition| definition.name.start())
            .ok()
    }
}

/// The qualified name of a function, the class whose method it is, whether it is at module level.
fn surroundings(
    tree: &Tree<'_>,
    id: NodeId,
    function: &ast::StmtFunctionDef,
) -> (String, Option<String>, bool) {
    let mut names = vec![function.name.as_str()];
    let mut scope = tree.scope_of(id);
    let mut class = None;
    let mut depth = 0;
    loop {
        let here = tree.scope(scope);
        match (here.kind, tree.node(here.node)) {
            (ScopeKind::Module, _) => break,
            (_, AnyNodeRef::StmtClassDef(around)) => {
                if depth == 0 {
                    class = Some(around.name.as_str().to_owned());
                }
                names.push(around.name.as_str());
            }
            (_, AnyNodeRef::StmtFunctionDef(around)) => names.push(around.name.as_str()),
            _ => {}
        }
        depth += 1;
        scope = here.parent;
    }
    names.reverse();
    (names.join("."), class, depth == 0)
}
