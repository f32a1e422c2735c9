//! Import statements: the names that they bind stay.

use super::Renaming;
use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, ast, canonical};
use crate::transform::{FileView, Refusal};

/// The longest line that is written without parentheses.
const WIDTH: usize = 88;

/// `import old`, `import old.part as o`.
pub(super) fn import(
    renaming: &Renaming,
    import: &ast::StmtImport,
    file: &FileView<'_>,
) -> Option<Result<Change, Refusal>> {
    let mut change = Change::new(Applicability::Safe);
    for alias in &import.names {
        let old = alias.name.as_str();
        let Some(new) = renaming.renamed(&canonical(old.to_owned())) else {
            continue;
        };
        if alias.asname.is_some() || !old.contains('.') {
            let binds = match alias.asname {
                Some(_) => String::new(),
                None => format!(" as {old}"),
            };
            change.replace(alias.name.range(), format!("{new}{binds}"));
            continue;
        }
        if let Err(refusal) = may_move(renaming, old, &new, file) {
            return Some(Err(refusal.evidence(alias.range(), "the import")));
        }
        change.replace(alias.name.range(), new);
    }
    (!change.edits.is_empty()).then_some(Ok(change))
}

/// Whether `import pkg.old` may become `import other.new`: it binds the first part alone.
fn may_move(renaming: &Renaming, old: &str, new: &str, file: &FileView<'_>) -> Result<(), Refusal> {
    let tree = file.tree;
    let root = |dotted: &str| dotted.split('.').next().unwrap_or_default().to_owned();
    let (old_root, new_root) = (root(old), root(new));
    if old_root == new_root {
        return Ok(());
    }
    for &id in tree.mentions(&old_root) {
        let AnyNodeRef::ExprName(_) = tree.node(id) else {
            continue;
        };
        // The whole chain of attributes around the name, part by part.
        let mut is_renamed = false;
        for above in tree.ancestors(id) {
            let AnyNodeRef::ExprAttribute(attribute) = tree.node(above) else {
                break;
            };
            is_renamed |=
                super::dotted(attribute, file).is_some_and(|dotted| renaming.is_it(&dotted));
        }
        if !is_renamed {
            return Err(Refusal::new(
                "other-use",
                format!("`{old_root}`, which the import binds, is used for something else, too."),
            )
            .evidence(tree.node(id).range(), "the use")
            .remedy(format!(
                "Import what is used there by itself, or write `import {old} as …`."
            )));
        }
    }
    let is_taken = tree.binders(&new_root).next().is_some() || !tree.mentions(&new_root).is_empty();
    if is_taken {
        return Err(Refusal::new(
            "name-taken",
            format!("The name `{new_root}` stands for something else here."),
        )
        .remedy(format!("Write `import {old} as …`.")));
    }
    Ok(())
}

/// Whether an attribute stands for a module that `import pkg.old` imports, which is edited.
pub(super) fn moves_with_import(
    renaming: &Renaming,
    id: NodeId,
    attribute: &ast::ExprAttribute,
    file: &FileView<'_>,
) -> bool {
    let tree = file.tree;
    let text = tree.slice(attribute.range());
    let is_plain = |import: &ast::StmtImport| {
        import
            .names
            .iter()
            .any(|alias| alias.asname.is_none() && alias.name.as_str() == text)
    };
    let mut imports = tree.ids().filter_map(|other| match tree.node(other) {
        AnyNodeRef::StmtImport(import) if is_plain(import) => Some(import),
        _ => None,
    });
    let scope = tree.scope_of(id);
    let root = text.split('.').next().unwrap_or_default();
    tree.lookup(root, scope).is_some()
        && imports.any(|import| matches!(self::import(renaming, import, file), Some(Ok(_))))
}

/// `from old import f`, `from old.part import f as g`.
pub(super) fn import_from(
    renaming: &Renaming,
    import: &ast::StmtImportFrom,
    file: &FileView<'_>,
) -> Option<Result<Change, Refusal>> {
    let module = import.module.as_ref().filter(|_| import.level == 0)?;
    let old = canonical(module.as_str().to_owned());
    if let [only] = &import.names[..]
        && only.name.as_str() == "*"
    {
        let mut change = Change::new(Applicability::Safe);
        change.replace(module.range(), renaming.renamed(&old)?);
        return Some(Ok(change));
    }
    let renamed =
        |alias: &ast::Alias| renaming.renamed(&canonical(format!("{old}.{}", alias.name)));
    let moved: Vec<(&ast::Alias, String)> = import
        .names
        .iter()
        .filter_map(|alias| Some((alias, renamed(alias)?)))
        .collect();
    let (_, first) = moved.first()?;
    let module_of = |dotted: &str| dotted.rsplit_once('.').map(|(module, _)| module.to_owned());
    let target = module_of(first);
    let is_whole =
        moved.len() == import.names.len() && moved.iter().all(|(_, new)| module_of(new) == target);
    match target {
        Some(target) if is_whole => {
            let mut change = Change::new(Applicability::Safe);
            change.replace(module.range(), target);
            for (alias, new) in &moved {
                let name = super::last(new);
                if name != alias.name.as_str() {
                    let binds = match &alias.asname {
                        Some(asname) if asname.as_str() != name => String::new(),
                        Some(asname) => {
                            // `f as g` where it is called `g` now.
                            let rest = TextRange::new(alias.name.end(), asname.end());
                            change.delete(rest);
                            String::new()
                        }
                        None => format!(" as {}", alias.name),
                    };
                    change.replace(alias.name.range(), format!("{name}{binds}"));
                }
            }
            Some(Ok(change))
        }
        _ => Some(divided(import, &moved, file)),
    }
}

/// The statement as several, one for what stays and one for each name that moves elsewhere.
fn divided(
    import: &ast::StmtImportFrom,
    moved: &[(&ast::Alias, String)],
    file: &FileView<'_>,
) -> Result<Change, Refusal> {
    let tree = file.tree;
    let end = tree.logical_line_end(import.start());
    let rest = tree.slice(TextRange::new(import.end(), end.max(import.end())));
    let is_alone = tree.starts_line(import.start()) && !rest.trim_start().starts_with(';');
    if !is_alone || !tree.comments_in(import.range()).is_empty() {
        return Err(Refusal::new(
            "mixed-import",
            "The statement imports other names, too, and cannot be divided.",
        )
        .remedy("Import the name in a statement and a line of its own, without comments inside."));
    }
    let indent = tree.indentation(import.start());
    let newline = tree.newline();
    let module = import.module.as_deref().unwrap_or_default();
    let stays = import
        .names
        .iter()
        .filter(|alias| !moved.iter().any(|(other, _)| std::ptr::eq(*other, *alias)));
    let stays: Vec<&str> = stays.map(|alias| tree.slice(alias.range())).collect();
    let mut lines = Vec::new();
    if !stays.is_empty() {
        let line = format!("from {module} import {}", stays.join(", "));
        if indent.len() + line.chars().count() <= WIDTH {
            lines.push(line);
        } else {
            let unit = tree.indent_unit_near(import.start());
            let names = stays
                .iter()
                .map(|name| format!("{indent}{unit}{name},{newline}"));
            let names: String = names.collect();
            lines.push(format!("from {module} import ({newline}{names}{indent})"));
        }
    }
    for (alias, new) in moved {
        let binds = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        let name = super::last(new);
        let as_name = if name == binds {
            String::new()
        } else {
            format!(" as {binds}")
        };
        lines.push(match new.rsplit_once('.') {
            Some((module, name)) => format!("from {module} import {name}{as_name}"),
            None => format!("import {name}{as_name}"),
        });
    }
    let mut change = Change::new(Applicability::Safe);
    change.replace(import.range(), lines.join(&format!("{newline}{indent}")));
    Ok(change)
}
