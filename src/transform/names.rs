//! Names a rewrite writes: fresh locals, imported names, module-level helpers.

use super::{FileView, Refusal};
use crate::edit::{Change, Helper, ImportRequest};
use crate::syntax::{Binding, NodeId, Ranged, ScopeId, TextRange, TextSize, Tree, ast};
use rustc_hash::FxHashSet;

impl FileView<'_> {
    /// A local name for the lines that come in the place of `lines` and nothing else, around the
    /// statement `at`: `base`, else `base_2`, `base_3` …. The function does not use it, or not any
    /// more (see [`FileView::may_bind`]), and it is none of those that were `given` already.
    /// Rewrites of other lines may be given the same one.
    pub fn local_name(
        &self,
        at: NodeId,
        lines: TextRange,
        base: &str,
        given: &mut FxHashSet<String>,
    ) -> String {
        let mut number = 1;
        loop {
            let name = numbered(base, number);
            number += 1;
            if !given.contains(&name)
                && (!self.is_taken(at, &name)
                    || (!RESERVED.contains(&&*name) && self.may_bind(at, lines, &name)))
            {
                given.insert(name.clone());
                return name;
            }
        }
    }

    /// A local name that nothing in the function uses today. Rewrites of other sites of the same
    /// run may be given the same one: for names that live only in the lines of one rewrite.
    pub fn shared_name(&self, at: NodeId, base: &str) -> String {
        let mut number = 1;
        while self.is_taken(at, &numbered(base, number)) {
            number += 1;
        }
        numbered(base, number)
    }

    /// Whether the function around `at` (or the module) binds or mentions a name, nested functions
    /// included, or the name is a Python keyword or builtin.
    pub fn is_taken(&self, at: NodeId, name: &str) -> bool {
        is_taken(self.tree, at, name)
    }

    /// The text that stands for a dotted name such as `asyncio.TaskGroup` at a node, through the
    /// imports that are there; asks for an import where none is.
    pub fn import(&self, change: &mut Change, at: NodeId, dotted: &str) -> Result<String, Refusal> {
        import(self.tree, &mut change.imports, at, dotted)
    }

    fn is_unbound_everywhere(&self, name: &str) -> bool {
        is_unbound_everywhere(self.tree, name)
    }

    /// The module-level name of a helper for the code at a node, asking for its definition where the
    /// module does not have it. A refusal when its name stands for something else, or when it could
    /// not be defined before that code runs.
    pub fn helper(
        &self,
        change: &mut Change,
        at: NodeId,
        helper: &'static Helper,
    ) -> Result<String, Refusal> {
        let key = std::ptr::from_ref(helper);
        let known = self.known.helpers.borrow().get(&key).cloned();
        let (text, imports) = if let Some(known) = known {
            known
        } else {
            let known = self.in_words_of_file(helper)?;
            let mut all = self.known.helpers.borrow_mut();
            all.insert(key, known.clone());
            known
        };
        change.imports.extend(imports);
        self.defined(change, at, helper, text)
    }

    /// The text of a helper for this file, and the imports it needs.
    fn in_words_of_file(
        &self,
        helper: &'static Helper,
    ) -> Result<(String, Vec<ImportRequest>), Refusal> {
        let mut imports = Vec::new();
        let mut import = |dotted| import(self.tree, &mut imports, NodeId::MODULE, dotted);
        let asyncio = import("asyncio.TaskGroup")?;
        let asyncio = asyncio
            .strip_suffix("TaskGroup")
            .unwrap_or("asyncio.")
            .to_owned();
        let logger = if helper.source.contains("logging.getLogger") {
            import("logging.getLogger")?
        } else {
            String::new()
        };
        let in_words_of_file = |source: &str| {
            source
                .replace("asyncio.", &asyncio)
                .replace("logging.getLogger", &logger)
        };
        let plain = in_words_of_file(helper.source);
        if self.definition_of(helper, &plain).is_some() {
            return Ok((plain, imports));
        }
        if let Some((source, more)) = self.annotated(helper) {
            let text = in_words_of_file(&source);
            if self.definition_of(helper, &text).is_some() || self.is_annotated() {
                imports.extend(more);
                return Ok((text, imports));
            }
        }
        Ok((plain, imports))
    }

    /// Like [`FileView::helper`] for a helper about HTTP: `httpx` in it stands for a package, and
    /// the modules of the standard library that it names are imported.
    pub fn helper_of(
        &self,
        change: &mut Change,
        at: NodeId,
        helper: &'static Helper,
        package: &str,
    ) -> Result<String, Refusal> {
        let mut text = helper.source.to_owned();
        let words = [
            ("httpx.", format!("{package}.AsyncClient")),
            ("asyncio.sleep", "asyncio.sleep".to_owned()),
            (
                "urllib.parse.urlencode",
                "urllib.parse.urlencode".to_owned(),
            ),
            ("os.path.isdir", "os.path.isdir".to_owned()),
            (
                "ssl.create_default_context",
                "ssl.create_default_context".to_owned(),
            ),
        ];
        for (word, dotted) in words {
            if !text.contains(word) {
                continue;
            }
            let written = self.import(change, NodeId::MODULE, &dotted)?;
            let written = match word.strip_suffix('.') {
                Some(_) => match written.strip_suffix("AsyncClient") {
                    Some(module) if !module.is_empty() => module.to_owned(),
                    // Only the class has a name here, which says nothing about the others.
                    _ => {
                        return Err(Refusal::new(
                            "name-taken",
                            format!("The module `{package}` has no name here."),
                        )
                        .remedy(format!("Write `import {package}`.")));
                    }
                },
                None => written,
            };
            text = text.replace(word, &written);
        }
        self.defined(change, at, helper, text)
    }

    /// The name of a helper with this text, asking for its definition where the module does not
    /// have it.
    fn defined(
        &self,
        change: &mut Change,
        at: NodeId,
        helper: &'static Helper,
        text: String,
    ) -> Result<String, Refusal> {
        let taken = || {
            Refusal::new(
                "name-taken",
                format!(
                    "The name `{}` stands for something else in this module.",
                    helper.name
                ),
            )
        };
        let defined = self.definition_of(helper, &text);
        if defined.is_none()
            && !(self.is_unbound_everywhere(helper.name)
                && self.tree.mentions(helper.name).is_empty())
        {
            return Err(taken());
        }
        let place = || Some(self.tree.definition_place()?.next);
        let start = self.tree.node(at).start();
        if defined.or_else(place).is_none_or(|place| place > start) {
            return Err(Refusal::new(
                "no-place-for-helper",
                format!(
                    "`{}` must be defined after the imports it needs and before this call can run, and there is no such place at module level.",
                    helper.name
                ),
            )
            .remedy("Write the imports at the top of the module."));
        }
        if defined.is_none() {
            change.helpers.push((helper, text));
        }
        Ok(helper.name.to_owned())
    }

    /// Where the module defines this helper already, word for word.
    fn definition_of(&self, helper: &Helper, text: &str) -> Option<TextSize> {
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        match self.tree.bindings(ScopeId::MODULE, helper.name) {
            [only] => {
                let node = self.tree.node(only.node);
                (squeeze(self.text(node.range())) == squeeze(text)).then(|| node.start())
            }
            _ => None,
        }
    }
}

/// Whether the outermost function around `at` (or the module) binds or mentions a name, or the name
/// is a Python keyword or builtin.
pub(crate) fn is_taken(tree: &Tree<'_>, at: NodeId, name: &str) -> bool {
    let home = home(tree, at);
    if RESERVED.contains(&name) {
        return true;
    }
    if home == NodeId::MODULE && tree.mentions(name).iter().next().is_some() {
        return true;
    }
    !tree.mentions_within(name, home).is_empty()
        || tree
            .binders(name)
            .any(|scope| tree.is_within(tree.scope(scope).node, home))
}

fn home(tree: &Tree<'_>, at: NodeId) -> NodeId {
    let mut home = tree.scope(tree.function_scope(at)).node;
    // A closure's variables belong to the function around it; a name must be free there too.
    while let Some(outer) = tree.enclosing_function(home) {
        home = outer;
    }
    home
}

/// The text that stands for a dotted name such as `asyncio.TaskGroup` at a node, through the
/// imports that are there; adds to `imports` what is missing.
pub(crate) fn import(
    tree: &Tree<'_>,
    imports: &mut Vec<ImportRequest>,
    at: NodeId,
    dotted: &str,
) -> Result<String, Refusal> {
    let (module, name) = dotted.rsplit_once('.').unwrap_or((dotted, ""));
    if let Some(alias) = alias_of(tree, at, module) {
        return Ok(if name.is_empty() {
            alias
        } else {
            format!("{alias}.{name}")
        });
    }
    if let Some(alias) = alias_of(tree, at, dotted) {
        return Ok(alias);
    }
    let scope = tree.scope_of(at);
    if tree.qualified_identifier(name, scope).as_deref() == Some(dotted) {
        return Ok(name.to_owned());
    }
    if !name.is_empty()
        && (name.starts_with(char::is_uppercase) || TELLING.contains(&name))
        && imports_from(tree, module)
        && tree.lookup(name, scope).is_none()
        && tree.mentions(name).is_empty()
    {
        imports.push(ImportRequest::From(module.to_owned(), name.to_owned()));
        return Ok(name.to_owned());
    }
    let root = module.split('.').next().unwrap_or(module);
    // `import unittest` is there, and `import unittest.mock` gives the name nothing else.
    let is_package = root.len() < module.len()
        && tree.qualified_identifier(root, scope).as_deref() == Some(root)
        && tree
            .binders(root)
            .all(|home| tree.bindings(home, root).iter().all(Binding::is_import));
    if !is_package && (tree.lookup(root, scope).is_some() || !is_unbound_everywhere(tree, root)) {
        return Err(Refusal::new(
            "name-taken",
            format!(
                "The name `{root}` stands for something else here, so `{dotted}` cannot be written."
            ),
        )
        .remedy(format!(
            "Rename the other `{root}`, or import the module under this name."
        )));
    }
    imports.push(ImportRequest::Module(module.to_owned()));
    Ok(if name.is_empty() {
        module.to_owned()
    } else {
        dotted.to_owned()
    })
}

pub(super) fn is_unbound_everywhere(tree: &Tree<'_>, name: &str) -> bool {
    tree.binders(name).next().is_none()
}

/// A name that stands for exactly this dotted name at a node.
pub(super) fn alias_of(tree: &Tree<'_>, at: NodeId, dotted: &str) -> Option<String> {
    let from = tree.scope_of(at);
    // A function may be expected to run when the whole module has.
    let runs_later = tree.function_scope(at) != ScopeId::MODULE;
    let mut scope = from;
    loop {
        for name in tree.imported_names(scope) {
            let imported = tree.bindings(scope, name).iter().any(|binding| {
                binding.is_import()
                    && ((scope == ScopeId::MODULE && runs_later)
                        || at == NodeId::MODULE
                        || binding.range.end() <= tree.node(at).start())
            });
            if imported && tree.qualified_identifier(name, from).as_deref() == Some(dotted) {
                return Some((*name).to_owned());
            }
        }
        if scope == ScopeId::MODULE {
            return None;
        }
        scope = tree.scope(scope).parent;
    }
}

fn imports_from(tree: &Tree<'_>, module: &str) -> bool {
    tree.module.ast().body.iter().any(|stmt| match stmt {
        ast::Stmt::ImportFrom(import) => {
            import.level == 0
                && import.module.as_deref() == Some(module)
                && !import.names.iter().any(|alias| &*alias.name == "*")
        }
        _ => false,
    })
}

fn numbered(base: &str, number: u32) -> String {
    if number == 1 {
        base.to_owned()
    } else {
        format!("{base}_{number}")
    }
}

/// Functions whose name alone says what they do, so that they may be imported by name.
const TELLING: &[&str] = &[
    "aclosing",
    "asynccontextmanager",
    "create_task",
    "get_running_loop",
    "to_thread",
];

/// Keywords, and builtins that a rewrite may need under their own name.
const RESERVED: &[&str] = &[
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "match",
    "case",
    "type",
    "print",
    "len",
    "list",
    "dict",
    "set",
    "tuple",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "object",
    "id",
    "input",
    "open",
    "sum",
    "min",
    "max",
    "map",
    "filter",
    "zip",
    "range",
    "iter",
    "next",
    "any",
    "all",
    "sorted",
    "super",
    "self",
    "cls",
    "hash",
    "format",
    "vars",
    "dir",
    "eval",
    "exec",
    "compile",
    "getattr",
    "setattr",
    "hasattr",
    "isinstance",
    "BaseExceptionGroup",
    "ExceptionGroup",
    "Exception",
    "BaseException",
    "asyncio",
];
