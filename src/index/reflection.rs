//! Functions that are found by a text that is put together when the program runs:
//! `getattr(self, f"do_{name}")`, `importlib.import_module("jobs").start`.

mod clues;

use self::clues::Clues;
use super::programs::is_module;
use crate::project::Project;
use crate::syntax::{
    AnyNodeRef, Binding, BindingKind, Module, NodeId, PythonVersion, Ranged, ScopeKind, TextRange,
    Tree, ast,
};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What may be found at one place.
#[derive(Debug)]
pub struct Lookup {
    /// The file.
    pub path: PathBuf,
    /// The place.
    pub range: TextRange,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A name that begins and ends with known text.
    Affixes(String, String),
    /// Any method of a class of this name, or of one in a file that names it.
    Methods(String),
    /// Any function of a module, by its dotted name.
    Functions(String),
    /// Any function of the same file.
    Here,
    /// A function of a module that is imported by a text; `None` when the text is not known.
    Member(Option<String>, String),
}

/// A function that may be looked for by a text.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'s> {
    /// Its file.
    pub path: &'s Path,
    /// Its name.
    pub name: &'s str,
    /// The class whose method it is.
    pub class: Option<&'s str>,
    /// It stands at module level.
    pub at_module_level: bool,
}

/// The words without which a file has no such place.
pub(super) const WORDS: &[&str] = &["getattr(", "import_module(", "__import__("];

impl Lookup {
    /// Whether a module is imported there by a text.
    pub fn imports(&self) -> bool {
        matches!(self.what, What::Member(..))
    }

    /// Whether a function may be what is found.
    pub fn may_find(&self, function: &Sought<'_>, project: &Project) -> bool {
        let Sought {
            path,
            name,
            class,
            at_module_level,
        } = *function;
        match &self.what {
            What::Affixes(prefix, suffix) => {
                (at_module_level || class.is_some())
                    && name.len() > prefix.len() + suffix.len()
                    && name.starts_with(prefix.as_str())
                    && name.ends_with(suffix.as_str())
            }
            What::Methods(named) => class.is_some_and(|own| {
                own == named
                    || self.path == *path
                    || project
                        .sources
                        .text(path)
                        .is_some_and(|text| text.contains(named.as_str()))
            }),
            What::Functions(module) => at_module_level && is_module(path, module),
            What::Here => (at_module_level || class.is_some()) && self.path == *path,
            What::Member(module, member) => {
                at_module_level
                    && name == member
                    && module.as_ref().is_none_or(|module| is_module(path, module))
            }
        }
    }
}

/// A file that has such places by the look of its text.
#[derive(Debug)]
pub(super) struct LookupFile {
    path: PathBuf,
    clues: Clues,
    /// The places, once a question needs them, by where they start.
    found: OnceLock<Vec<Lookup>>,
}

impl LookupFile {
    fn found(&self, project: &Project) -> &[Lookup] {
        self.found.get_or_init(|| {
            let text = project.sources.text(&self.path).unwrap_or_default();
            let mut found = lookups_in(&self.path, &text);
            found.sort_by_key(|lookup| lookup.range.start());
            found
        })
    }
}

impl Project {
    /// The first place of the whole project where a function may be found by a text. Only files
    /// that may have one, by the look of their texts, are parsed, each once.
    pub fn lookup_of(&self, function: &Sought<'_>) -> Option<&Lookup> {
        let text = OnceCell::new();
        let text = || {
            let read = || self.sources.text(function.path).unwrap_or_default();
            text.get_or_init(read).as_str()
        };
        let files = self.lookup_files().iter();
        let files = files.filter(|file| match file.found.get() {
            Some(found) => !found.is_empty(),
            None => file.path == *function.path || file.clues.may_find(function, &text),
        });
        let files: Vec<&LookupFile> = files.collect();
        let new = files.iter().filter(|file| file.found.get().is_none());
        let new: Vec<&LookupFile> = new.copied().collect();
        self.in_parallel(new.len(), |at| {
            new[at].found(self);
        });
        let mut lookups = files.into_iter().flat_map(|file| file.found(self));
        lookups.find(|lookup| lookup.may_find(function, self))
    }

    fn lookup_files(&self) -> &[LookupFile] {
        self.index.lookups.get_or_init(|| {
            let found = Mutex::new(Vec::new());
            self.each_with(WORDS, &|path, text| {
                if let Some(clues) = Clues::of(text) {
                    let file = LookupFile {
                        path: self.sources.absolute(path),
                        clues,
                        found: OnceLock::new(),
                    };
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.push(file);
                }
            });
            let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            found.sort_by(|a, b| a.path.cmp(&b.path));
            found
        })
    }
}

/// The places of one file.
pub(super) fn lookups_in(path: &Path, text: &str) -> Vec<Lookup> {
    let Ok(module) = Module::parse(text, PythonVersion::latest()) else {
        return Vec::new();
    };
    let tree = Tree::new(&module);
    let mut found = Vec::new();
    for id in tree.ids() {
        let what = match tree.node(id) {
            AnyNodeRef::ExprCall(call) => of_getattr(&tree, id, call),
            AnyNodeRef::ExprAttribute(member) => imported(&tree, &member.value)
                .map(|call| What::Member(module_of(call), member.attr.as_str().to_owned())),
            _ => None,
        };
        if let Some(what) = what {
            found.push(Lookup {
                path: path.to_owned(),
                range: tree.node(id).range(),
                what,
            });
        }
    }
    found
}

/// The call with which an expression, or what binds its name, imports a module by a text.
fn imported<'t>(tree: &'t Tree<'_>, value: &'t ast::Expr) -> Option<&'t ast::ExprCall> {
    let call = match value {
        ast::Expr::Call(call) => call,
        ast::Expr::Name(name) => bindings(tree, name.id.as_str(), tree.id(name))
            .iter()
            .find_map(|binding| {
                let mut around = tree.ancestors(binding.node).chain([binding.node]);
                around.find_map(|above| match tree.node(above) {
                    AnyNodeRef::StmtAssign(assign) => assign
                        .value
                        .as_call_expr()
                        .filter(|call| imports(tree, call)),
                    _ => None,
                })
            })?,
        _ => return None,
    };
    imports(tree, call).then_some(call)
}

/// The module that a call imports, where its whole name is written there.
fn module_of(call: &ast::ExprCall) -> Option<String> {
    let text = call.arguments.args.first()?.as_string_literal_expr()?;
    let text = text.value.to_str();
    (!text.starts_with('.')).then(|| text.to_owned())
}

fn imports(tree: &Tree<'_>, call: &ast::ExprCall) -> bool {
    matches!(
        tree.qualified_name(&call.func).as_deref(),
        Some("importlib.import_module" | "__import__" | "builtins.__import__")
    ) || tree.slice(call.func.range()) == "__import__"
}

/// What `getattr(thing, text)` may find, unless the text is written there.
fn of_getattr(tree: &Tree<'_>, id: NodeId, call: &ast::ExprCall) -> Option<What> {
    if tree.slice(call.func.range()) != "getattr" {
        return None;
    }
    let [thing, text, ..] = &*call.arguments.args else {
        return None;
    };
    if text.is_string_literal_expr() {
        return None;
    }
    let (prefix, suffix) = affixes(text);
    // An underscore alone says nothing.
    if [&prefix, &suffix]
        .iter()
        .any(|part| part.contains(char::is_alphanumeric))
    {
        return Some(What::Affixes(prefix, suffix));
    }
    if !is_called(tree, id) {
        return None;
    }
    if let ast::Expr::Name(name) = thing {
        if matches!(name.id.as_str(), "self" | "cls") {
            let class = tree.ancestors(id).find_map(|above| match tree.node(above) {
                AnyNodeRef::StmtClassDef(class) => Some(class.name.as_str().to_owned()),
                _ => None,
            });
            return class.map(What::Methods);
        }
        let module = bindings(tree, name.id.as_str(), id)
            .iter()
            .find_map(|binding| match &binding.kind {
                BindingKind::Import(dotted) | BindingKind::FromImport(dotted) => {
                    Some(dotted.trim_start_matches('.').to_owned())
                }
                _ => None,
            });
        if let Some(module) = module {
            return Some(What::Functions(module));
        }
    }
    Some(What::Here)
}

/// What binds a name where it is read.
fn bindings<'t>(tree: &'t Tree<'_>, name: &str, id: NodeId) -> &'t [Binding] {
    tree.lookup(name, tree.scope_of(id))
        .map_or(&[], |scope| tree.bindings(scope, name))
}

/// The known text at both ends of a text.
fn affixes(text: &ast::Expr) -> (String, String) {
    let literal = |expr: &ast::Expr| {
        expr.as_string_literal_expr()
            .map(|text| text.value.to_str().to_owned())
            .unwrap_or_default()
    };
    let around = |text: &str, open: &[char], close: fn(&str) -> usize| {
        let Some(first) = text.find(open) else {
            return (String::new(), String::new());
        };
        let last = text.rfind(open).unwrap_or(first);
        (
            text[..first].to_owned(),
            text.get(last + close(&text[last..])..)
                .unwrap_or_default()
                .to_owned(),
        )
    };
    match text {
        ast::Expr::BinOp(sum) if sum.op == ast::Operator::Add => {
            let (prefix, suffix) = (affixes(&sum.left).0, affixes(&sum.right).1);
            let prefix = if prefix.is_empty() {
                literal(&sum.left)
            } else {
                prefix
            };
            let suffix = if suffix.is_empty() {
                literal(&sum.right)
            } else {
                suffix
            };
            (prefix, suffix)
        }
        ast::Expr::BinOp(sum) if sum.op == ast::Operator::Mod => {
            around(&literal(&sum.left), &['%'], |_| 2)
        }
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "format" => {
                around(&literal(&method.value), &['{'], |rest| {
                    rest.find('}').map_or(rest.len(), |at| at + 1)
                })
            }
            _ => (String::new(), String::new()),
        },
        ast::Expr::FString(text) => {
            let elements: Vec<&ast::InterpolatedStringElement> = text.value.elements().collect();
            let words = |element: Option<&&ast::InterpolatedStringElement>| {
                element
                    .and_then(|element| element.as_literal())
                    .map(|text| text.value.to_string())
                    .unwrap_or_default()
            };
            (words(elements.first()), words(elements.last()))
        }
        _ => (String::new(), String::new()),
    }
}

/// Whether what a call gives is called, there or by the name that gets it.
fn is_called(tree: &Tree<'_>, id: NodeId) -> bool {
    let parent = tree.node(tree.parent(id));
    let at = tree.node(id).range();
    let name = match parent {
        AnyNodeRef::ExprCall(call) => return call.func.range() == at,
        AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
            [ast::Expr::Name(name)] => name,
            _ => return false,
        },
        AnyNodeRef::ExprNamed(named) => match &*named.target {
            ast::Expr::Name(name) => name,
            _ => return false,
        },
        _ => return false,
    };
    let mut home = tree.scope_of(id);
    while matches!(tree.scope(home).kind, ScopeKind::Comprehension { .. }) {
        home = tree.scope(home).parent;
    }
    tree.ids().any(|other| match tree.node(other) {
        AnyNodeRef::ExprCall(call) => {
            matches!(&*call.func, ast::Expr::Name(callee) if callee.id == name.id)
                && tree.scope_of(other) == home
        }
        _ => false,
    })
}
