//! Declarative steps: what has one dotted name gets another one. The page is `docs/renames.md`.
//!
//! Names that a module has stay, and what they stand for moves: `from old import f` becomes
//! `from new import g as f`. So nothing that uses the module from outside, or replaces a name of it
//! in a test, has to know.

mod imports;

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, TextRange, TextSize, ast, canonical};
use crate::transform::{About, Entry, FileView, Finding, Refusal, Step};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The name of all such steps.
pub const ID: &str = "rename";

/// A rename of the settings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rename {
    /// The dotted name that is looked for, of a module or of something in one.
    pub from: String,
    /// The dotted name that it gets.
    pub to: String,
}

/// The steps that have been made, which live as long as the process.
static MADE: Mutex<BTreeMap<(Vec<String>, String), &'static Entry>> = Mutex::new(BTreeMap::new());

/// The entries of the list for renames, in their order. A later one also finds what an earlier one
/// has moved.
pub fn entries(renames: &[Rename]) -> Vec<&'static Entry> {
    let mut entries = Vec::new();
    for (at, rename) in renames.iter().enumerate() {
        let mut from = vec![rename.from.clone()];
        for earlier in &renames[..at] {
            let moved = from.iter().filter_map(|from| {
                let rest = from.strip_prefix(&earlier.from)?;
                rest.starts_with('.').then(|| earlier.to.clone() + rest)
            });
            let moved: Vec<String> = moved.collect();
            from.extend(moved);
        }
        entries.push(entry(from, &rename.to));
    }
    entries
}

fn entry(from: Vec<String>, to: &str) -> &'static Entry {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (from, to.to_owned());
    made.entry(key).or_insert_with_key(|(from, to)| {
        let leaked = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let words = from
            .iter()
            .map(|from| leaked(format!("text {}", last(from))));
        let about: &'static About = Box::leak(Box::new(About {
            id: ID,
            page: leaked(format!("# {ID}\n\nRenames `{}` to `{to}`.\n", from[0])),
            since: env!("CARGO_PKG_VERSION"),
            offers: Applicability::Safe,
            mentions: Vec::leak(words.collect()),
            default: true,
        }));
        let step = Renaming {
            from: from.iter().cloned().map(canonical).collect(),
            to: to.clone(),
        };
        Box::leak(Box::new(Entry::brought(about, Box::leak(Box::new(step)))))
    })
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

/// What one entry does.
struct Renaming {
    from: Vec<String>,
    to: String,
}

impl Renaming {
    /// The new name of what has this dotted name, if it gets one.
    fn renamed(&self, dotted: &str) -> Option<String> {
        let below = |name: &str, above: &str| {
            name.strip_prefix(above)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if below(dotted, &self.to) {
            return None;
        }
        let from = self.from.iter().find(|from| below(dotted, from))?;
        Some(format!("{}{}", self.to, &dotted[from.len()..]))
    }

    /// The old name in one that leads to it through another module, as in `app.aioredis.create_pool`.
    /// A module that was imported keeps its name there, so that only names in it are looked for.
    fn within<'d>(&'d self, dotted: &str) -> Option<&'d str> {
        let from = self.from.iter().find(|from| {
            let parts = format!(".{from}");
            from.contains('.')
                && dotted.find(&parts).is_some_and(|at| {
                    let rest = &dotted[at + parts.len()..];
                    rest.is_empty() || rest.starts_with('.')
                })
        });
        from.map(String::as_str)
    }

    fn is_it(&self, dotted: &str) -> bool {
        self.from.iter().any(|from| from == dotted) && self.renamed(dotted).is_some()
    }
}

impl Step for Renaming {
    fn examine(&self, file: &FileView<'_>) -> Result<Vec<Finding>, String> {
        let mut findings = Vec::new();
        let mut found = |site: TextRange, result: Option<Result<Change, Refusal>>| {
            if let Some(result) = result {
                let kept = file.kept(site);
                let result = kept.map_or(result, Err);
                findings.push(Finding { site, result });
            }
        };
        for id in file.tree.ids() {
            let node = file.tree.node(id);
            let site = node.range();
            match node {
                AnyNodeRef::StmtImport(import) => {
                    found(site, imports::import(self, import, file));
                }
                AnyNodeRef::StmtImportFrom(import) => {
                    found(site, imports::import_from(self, import, file));
                }
                AnyNodeRef::ExprAttribute(attribute) => {
                    found(site, self.attribute(id, attribute, file));
                }
                AnyNodeRef::ExprName(name) => found(site, self.name(id, name, file)),
                AnyNodeRef::ExprStringLiteral(text) => {
                    found(site, self.text(id, text, file));
                }
                _ => {}
            }
        }
        findings.sort_by_key(|finding| finding.site.start());
        Ok(findings)
    }
}

impl Renaming {
    /// `module.name` in the code.
    fn attribute(
        &self,
        id: NodeId,
        attribute: &ast::ExprAttribute,
        file: &FileView<'_>,
    ) -> Option<Result<Change, Refusal>> {
        let tree = file.tree;
        let is_word = self
            .from
            .iter()
            .any(|from| last(from) == attribute.attr.as_str());
        if !is_word {
            return None;
        }
        let Some(dotted) = dotted(attribute, file) else {
            return self.ambiguous(id, attribute, file).map(Err);
        };
        if !self.is_it(&dotted) {
            return None;
        }
        // The import of the module itself is edited: what stands here follows it word for word.
        let mut change = Change::new(Applicability::Safe);
        if imports::moves_with_import(self, id, attribute, file) {
            change.replace(attribute.range(), self.to.clone());
            return Some(Ok(change));
        }
        let text = match file.import(&mut change, id, &self.to) {
            Ok(text) => text,
            Err(refusal) => return Some(Err(refusal)),
        };
        if tree.slice(attribute.range()) == text {
            return None;
        }
        change.replace(attribute.range(), text);
        Some(Ok(change))
    }

    /// A name that `from module import *` may bind, and nothing else.
    fn name(
        &self,
        id: NodeId,
        name: &ast::ExprName,
        file: &FileView<'_>,
    ) -> Option<Result<Change, Refusal>> {
        let tree = file.tree;
        let module = self.from.iter().find_map(|from| {
            let (module, last) = from.rsplit_once('.')?;
            (last == name.id.as_str()).then_some(module)
        })?;
        if tree.lookup(&name.id, tree.scope_of(id)).is_some()
            || !tree.star_imports().contains(&module)
        {
            return None;
        }
        Some(Err(Refusal::new(
            "star-import",
            format!("`{}` may come from `from {module} import *`.", name.id),
        )
        .remedy(format!("Write `from {module} import {}`.", name.id))))
    }

    /// A module that is imported here under a name which may stand for something else.
    fn ambiguous(
        &self,
        id: NodeId,
        attribute: &ast::ExprAttribute,
        file: &FileView<'_>,
    ) -> Option<Refusal> {
        let ast::Expr::Name(name) = &*attribute.value else {
            return None;
        };
        let tree = file.tree;
        let home = tree.lookup(&name.id, tree.scope_of(id))?;
        let binding = tree.bindings(home, &name.id).iter().find(|binding| {
            let (BindingKind::Import(dotted) | BindingKind::FromImport(dotted)) = &binding.kind
            else {
                return false;
            };
            self.is_it(&canonical(format!("{dotted}.{}", attribute.attr)))
        })?;
        Some(
            Refusal::new(
                "ambiguous-name",
                format!(
                    "`{}` is imported here, but may also stand for something else.",
                    name.id
                ),
            )
            .evidence(binding.range, "the import")
            .remedy("Give one of the two another name."),
        )
    }

    /// A text that names what is replaced: `patch("old.f")`.
    fn text(
        &self,
        id: NodeId,
        literal: &ast::ExprStringLiteral,
        file: &FileView<'_>,
    ) -> Option<Result<Change, Refusal>> {
        let words = literal.value.to_str();
        let renamed = match (self.renamed(words), self.within(words)) {
            (Some(renamed), _) => Ok(renamed),
            (None, Some(name)) => Err(name),
            (None, None) => return None,
        };
        let tree = file.tree;
        // Nothing but names and dots: it stands in the source as it is.
        let raw = tree.slice(literal.range());
        let at = raw
            .find(words)
            .filter(|_| !literal.value.is_implicit_concatenated())?;
        let arguments = tree.parent(id);
        let call = match tree.node(arguments) {
            AnyNodeRef::Arguments(_) => tree.parent(arguments),
            AnyNodeRef::Keyword(keyword)
                if keyword.arg.as_deref().is_some_and(|name| name == "target") =>
            {
                tree.parent(tree.parent(arguments))
            }
            _ => return None,
        };
        let AnyNodeRef::ExprCall(call) = tree.node(call) else {
            return None;
        };
        let is_first = call
            .arguments
            .args
            .first()
            .is_none_or(|first| first.range() == literal.range());
        if !is_first || !replaces(&call.func) {
            return None;
        }
        let renamed = match renamed {
            Ok(renamed) => renamed,
            Err(name) => {
                let message = format!(
                    "This replaces `{name}` through another module, where it may have another name afterwards."
                );
                let remedy = format!("Replace `{}` itself, or what that module uses.", self.to);
                return Some(Err(Refusal::new("through-a-module", message).remedy(remedy)));
            }
        };
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
        let start = literal.start() + size(at);
        let mut change = Change::new(Applicability::Safe);
        change.replace(TextRange::at(start, size(words.len())), renamed);
        Some(Ok(change))
    }
}

/// The dotted name of an attribute, where only imports lead to it.
fn dotted(attribute: &ast::ExprAttribute, file: &FileView<'_>) -> Option<String> {
    let value = file.tree.qualified_name(&attribute.value)?;
    Some(canonical(format!("{value}.{}", attribute.attr)))
}

/// `patch`, `mock.patch.dict`, `mocker.patch`, `monkeypatch.setattr` and the like.
fn replaces(func: &ast::Expr) -> bool {
    match func {
        ast::Expr::Name(name) => name.id == "patch",
        ast::Expr::Attribute(attribute) => {
            let is_monkeypatch = ["setattr", "delattr"].contains(&attribute.attr.as_str())
                && matches!(&*attribute.value, ast::Expr::Name(name) if name.id.contains("monkeypatch"));
            is_monkeypatch || attribute.attr.as_str() == "patch" || replaces(&attribute.value)
        }
        _ => false,
    }
}
