//! The places of one file that mention a name.

use super::Role;
use crate::facts::Term;
use crate::index::importers;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, TextRange, Tree, ast};
use std::collections::BTreeSet;

/// One place that mentions a name.
#[derive(Debug)]
pub(super) struct Mention {
    /// The name as it stands there.
    pub(super) name: Box<str>,
    pub(super) what: What,
    pub(super) role: Role,
    pub(super) range: TextRange,
    pub(super) scope: ScopeId,
    /// Directly below an `await`.
    pub(super) awaited: bool,
    /// Nothing is looked up on it.
    pub(super) whole: bool,
}

/// What one file mentions.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// In source order.
    pub(super) all: Vec<Mention>,
    /// Other names that imports give to what has one of the names.
    pub(super) aliases: BTreeSet<Box<str>>,
}

/// How a name is mentioned.
#[derive(Debug)]
pub(super) enum What {
    /// As a name.
    Name,
    /// As an attribute of this.
    Attribute(Term),
    /// As what an import imports: `m.f`, relative modules with their dots.
    Imported(Box<str>),
    /// As the end of a dotted name in a string.
    Dotted(Box<str>),
    /// As an attribute of this by a string: `getattr(x, "f")`.
    ByString(Term),
    /// In `__all__`.
    Exported,
}

/// Every mention of one of the names.
pub(super) fn of(tree: &Tree<'_>, names: &BTreeSet<Box<str>>) -> Mentions {
    let mut found = Vec::new();
    let mut aliases = BTreeSet::new();
    for id in tree.ids() {
        let reader = Reader { tree, names, id };
        match tree.node(id) {
            AnyNodeRef::ExprName(name) if names.contains(name.id.as_str()) => {
                found.push(reader.expression(&name.id, What::Name, name.ctx));
            }
            AnyNodeRef::ExprAttribute(attribute) if names.contains(attribute.attr.as_str()) => {
                let receiver = Term::of(&attribute.value, tree);
                let what = What::Attribute(receiver);
                found.push(reader.expression(&attribute.attr, what, attribute.ctx));
            }
            AnyNodeRef::StmtImportFrom(import) => found.extend(reader.imports(import)),
            AnyNodeRef::Alias(alias) => {
                let name = alias.name.as_str();
                let last = name.rsplit('.').next().unwrap_or(name);
                if let Some(other) = &alias.asname
                    && other.as_str() != name
                    && names.contains(last)
                {
                    aliases.insert(other.as_str().into());
                }
            }
            AnyNodeRef::ExprStringLiteral(string) => found.extend(reader.string(string)),
            AnyNodeRef::Keyword(keyword) => found.extend(reader.keyword(keyword)),
            _ => {}
        }
    }
    Mentions {
        all: found,
        aliases,
    }
}

/// Whether a text, by the look of it, uses a module of this name as a value or imports it: it does
/// more than call what has the name, look something up on it, import from it or assign to it.
pub(super) fn may_be_value(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let all = memchr::memmem::find_iter(text.as_bytes(), name);
    let values = all.filter(|at| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        let is_whole = !part(before.chars().next_back()) && !part(after.chars().next());
        is_whole && !is_used_up(after)
    });
    let mut values = values.peekable();
    if values.peek().is_none() {
        return false;
    }
    let values: Vec<usize> = values.collect();
    let is_attribute = |at: &usize| text[..*at].trim_end().ends_with('.');
    values.iter().any(is_attribute)
        || text.contains("import *")
        || importers::lines(text).any(|line| values.iter().any(|at| line.contains(at)))
}

/// Whether what comes after a name leaves nothing of its value: `name(…)`, `name.other`,
/// `name = …`, `from name import …`.
fn is_used_up(after: &str) -> bool {
    let after = after.trim_start_matches([' ', '\t']);
    match after.as_bytes() {
        [b'(' | b'.', ..] => true,
        // `==`, and `{name=}` in a string.
        [b'=', next, ..] => !matches!(next, b'=' | b'}' | b'!' | b':'),
        _ => after.starts_with("import"),
    }
}

/// The identifier of the function that opens a scope.
pub(super) fn name_of_definition(tree: &Tree<'_>, scope: ScopeId) -> Option<TextRange> {
    match tree.node(tree.scope(scope).node) {
        AnyNodeRef::StmtFunctionDef(function) => Some(function.name.range()),
        _ => None,
    }
}

struct Reader<'r, 'a> {
    tree: &'r Tree<'a>,
    names: &'r BTreeSet<Box<str>>,
    id: NodeId,
}

impl Reader<'_, '_> {
    fn mention(&self, name: &str, what: What, role: Role, range: TextRange) -> Mention {
        Mention {
            name: name.into(),
            what,
            role,
            range,
            scope: self.tree.scope_of(self.id),
            awaited: self.is_awaited(self.id),
            whole: false,
        }
    }

    fn is_awaited(&self, id: NodeId) -> bool {
        matches!(
            self.tree.node(self.tree.parent(id)),
            AnyNodeRef::ExprAwait(_)
        )
    }

    fn expression(&self, name: &str, what: What, context: ast::ExprContext) -> Mention {
        let tree = self.tree;
        let parent = tree.parent(self.id);
        let role = match tree.node(parent) {
            _ if !context.is_load() => Role::Store,
            AnyNodeRef::ExprCall(call) if tree.id(&*call.func) == self.id => {
                let awaited = self.is_awaited(parent);
                let call = call.range();
                let is_super = matches!(&what, What::Attribute(Term::Call(callee, _))
                    if matches!(&**callee, Term::Name(name) if &**name == "super"));
                match tree.node(tree.parent(parent)) {
                    AnyNodeRef::Decorator(_) => Role::Decorator,
                    _ if is_super => Role::Super { call, awaited },
                    _ => Role::Call { call, awaited },
                }
            }
            AnyNodeRef::Decorator(_) => Role::Decorator,
            _ => Role::Value,
        };
        let whole = match tree.node(parent) {
            AnyNodeRef::ExprAttribute(_) => false,
            // `getattr(module, "f")` is a mention of its own.
            AnyNodeRef::Arguments(arguments) => {
                !matches!(tree.node(tree.parent(parent)), AnyNodeRef::ExprCall(call)
                    if Term::of(&call.func, tree).last_name().is_some_and(takes_attribute_name)
                        && arguments.args.get(1).is_some_and(ast::Expr::is_string_literal_expr))
            }
            _ => true,
        };
        Mention {
            whole,
            ..self.mention(name, what, role, tree.node(self.id).range())
        }
    }

    fn imports(&self, import: &ast::StmtImportFrom) -> Vec<Mention> {
        let dots = ".".repeat(import.level as usize);
        let module = import.module.as_deref().unwrap_or_default();
        let separator = if module.is_empty() { "" } else { "." };
        let wanted = import
            .names
            .iter()
            .filter(|alias| self.names.contains(alias.name.as_str()));
        wanted
            .map(|alias| {
                let name = alias.name.as_str();
                let dotted = format!("{dots}{module}{separator}{name}");
                let what = What::Imported(dotted.into());
                self.mention(name, what, Role::Import, alias.range)
            })
            .collect()
    }

    fn string(&self, string: &ast::ExprStringLiteral) -> Option<Mention> {
        let text = string.value.to_str();
        let last = text.rsplit(['.', ':']).next().unwrap_or(text);
        if !self.names.contains(last) {
            return None;
        }
        let tree = self.tree;
        let what = if last.len() < text.len() {
            let is_name = |part: &str| {
                !part.is_empty()
                    && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                    && !part.starts_with(|c: char| c.is_ascii_digit())
            };
            if !text.split(['.', ':']).all(is_name) {
                return None;
            }
            What::Dotted(text.replace(':', ".").into())
        } else {
            let parent = tree.parent(self.id);
            match tree.node(parent) {
                AnyNodeRef::Arguments(arguments) => {
                    let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(parent)) else {
                        return None;
                    };
                    let callee = Term::of(&call.func, tree);
                    if !callee.last_name().is_some_and(takes_attribute_name) {
                        return None;
                    }
                    match arguments.args.first() {
                        Some(first) if tree.id(first) != self.id => {
                            What::ByString(Term::of(first, tree))
                        }
                        _ => What::ByString(Term::Opaque),
                    }
                }
                AnyNodeRef::ExprList(_) | AnyNodeRef::ExprTuple(_) if self.is_exported(parent) => {
                    What::Exported
                }
                _ => return None,
            }
        };
        Some(self.mention(last, what, Role::String, string.range()))
    }

    /// Whether a display of strings is what `__all__` gets.
    fn is_exported(&self, display: NodeId) -> bool {
        let is_all = |target: &ast::Expr| matches!(target, ast::Expr::Name(name) if name.id.as_str() == "__all__");
        match self.tree.node(self.tree.parent(display)) {
            AnyNodeRef::StmtAssign(assign) => assign.targets.iter().any(is_all),
            AnyNodeRef::StmtAugAssign(assign) => is_all(&assign.target),
            AnyNodeRef::StmtAnnAssign(assign) => is_all(&assign.target),
            _ => false,
        }
    }

    /// `mock.patch.multiple(thing, f=…)`.
    fn keyword(&self, keyword: &ast::Keyword) -> Option<Mention> {
        let name = keyword.arg.as_ref()?;
        if !self.names.contains(name.as_str()) {
            return None;
        }
        let arguments = self.tree.parent(self.id);
        let AnyNodeRef::ExprCall(call) = self.tree.node(self.tree.parent(arguments)) else {
            return None;
        };
        let callee = Term::of(&call.func, self.tree);
        let receiver = call.arguments.args.first()?;
        (callee.last_name() == Some("multiple")).then(|| {
            let what = What::ByString(Term::of(receiver, self.tree));
            self.mention(name, what, Role::String, name.range())
        })
    }
}

/// Functions that take the name of an attribute as a string.
fn takes_attribute_name(name: &str) -> bool {
    name.ends_with("attr")
        || matches!(
            name,
            "object" | "patch" | "attrgetter" | "methodcaller" | "getattr_static" | "spy" | "stub"
        )
}

#[cfg(test)]
mod tests {
    use super::may_be_value;

    #[test]
    fn a_module_as_a_value() {
        for text in [
            "from . import jobs\nrun(jobs)\n",
            "from . import (\n    jobs,\n)\n",
            "import app.jobs as other\n",
            "import app\nrun(app.jobs)\n",
            "from app import *\nrun(jobs)\n",
            "import jobs\nprint(f'{jobs=}')\n",
            "import jobs\nassert jobs == other\n",
        ] {
            assert!(may_be_value(text, "jobs"), "{text}");
        }
        for text in [
            "jobs = [other_jobs]\nfor job in jobs: pass\n",
            "from app.jobs import start\nstart()\n",
            "from app.jobs import start  # all jobs\nstart()\n",
            "class A:\n    def jobs(self): ...\nA().jobs()\nA.jobs.cache_clear()\n",
            "run(jobs=1)\nthing.jobs = 1\n",
        ] {
            let is_comment = text.contains('#');
            assert_eq!(may_be_value(text, "jobs"), is_comment, "{text}");
        }
    }
}
