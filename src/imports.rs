//! Turns import and helper requests into edits. Nobody else touches import lines.

use crate::edit::{Change, Edit, ImportRequest};
use crate::syntax::{AnyNodeRef, Ranged, ScopeId, TextRange, TextSize, Tree, ast};

/// The edits for all requests of the accepted changes of a round.
pub fn requested(tree: &Tree<'_>, changes: &[Change]) -> Vec<Edit> {
    let mut requests: Vec<&ImportRequest> = changes.iter().flat_map(|c| &c.imports).collect();
    requests.sort();
    requests.dedup();
    let newline = tree.newline();
    let mut edits = Vec::new();
    let mut added: Vec<(&ast::StmtImportFrom, Vec<&str>)> = Vec::new();
    let mut new: Vec<(&str, Vec<&str>)> = Vec::new();
    for request in requests {
        match request {
            ImportRequest::Module(module) => edits.push(import_module(tree, module)),
            ImportRequest::From(module, name) => {
                let Some(import) = from_import(tree, module) else {
                    match new.last_mut().filter(|(known, _)| *known == module) {
                        Some((_, names)) => names.push(name),
                        None => new.push((module, vec![name])),
                    }
                    continue;
                };
                match added
                    .iter_mut()
                    .find(|(node, _)| std::ptr::eq(*node, import))
                {
                    Some((_, names)) => names.push(name),
                    None => added.push((import, vec![name])),
                }
            }
        }
    }
    for (import, names) in added {
        edits.extend(extend_from(tree, import, &names));
    }
    for (module, names) in new {
        edits.push(import_from(tree, module, &names));
    }

    let mut helpers: Vec<(&str, &str)> = changes
        .iter()
        .flat_map(|change| &change.helpers)
        .map(|(helper, text)| (helper.name, text.as_str()))
        .collect();
    helpers.sort_unstable();
    helpers.dedup();
    if !helpers.is_empty() {
        // `FileView::helper` has asked for the place.
        let at = tree
            .definition_place()
            .map_or(TextSize::of(tree.text()), |place| place.offset);
        let mut text = newline.repeat(missing_blank_lines(tree, at));
        let unit = tree.indent_unit_near(at);
        for (_, source) in helpers {
            for line in source.trim_end().lines() {
                let body = line.trim_start_matches(' ');
                let levels = (line.len() - body.len()) / 4;
                text.push_str(&unit.repeat(levels));
                text.push_str(body);
                text.push_str(newline);
            }
            text.push_str(newline);
            text.push_str(newline);
        }
        edits.push(Edit {
            range: TextRange::empty(at),
            text,
        });
    }
    merge_insertions(edits, newline)
}

/// Insertions at one place become one edit, in the order in which they were asked for.
fn merge_insertions(edits: Vec<Edit>, newline: &str) -> Vec<Edit> {
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged
            .iter_mut()
            .find(|other| other.range == edit.range && edit.range.is_empty())
        {
            Some(other) => {
                // Imports that stand alone share the blank line after them.
                let both = other.text.starts_with("import ") && edit.text.starts_with("import ");
                if both && other.text.ends_with(&newline.repeat(2)) {
                    other.text.truncate(other.text.len() - newline.len());
                }
                other.text.push_str(&edit.text);
            }
            None => merged.push(edit),
        }
    }
    merged
}

fn from_import<'a>(tree: &Tree<'a>, module: &str) -> Option<&'a ast::StmtImportFrom> {
    tree.module.ast().body.iter().find_map(|stmt| match stmt {
        ast::Stmt::ImportFrom(import)
            if import.level == 0
                && import.module.as_deref() == Some(module)
                && !import.names.iter().any(|alias| &*alias.name == "*") =>
        {
            Some(import)
        }
        _ => None,
    })
}

/// Adds names to an import, in alphabetical place when the names there are sorted.
fn extend_from(tree: &Tree<'_>, import: &ast::StmtImportFrom, names: &[&str]) -> Vec<Edit> {
    // Constants, classes, functions: what isort calls sorted.
    let key = |name: &str| {
        let is_constant = name.len() > 1 && !name.contains(char::is_lowercase);
        let is_class = name.starts_with(char::is_uppercase);
        (!is_constant, !is_class, name.to_lowercase())
    };
    let plain = |name: &str| name.to_lowercase();
    let existing: Vec<&str> = import
        .names
        .iter()
        .map(|alias| alias.name.as_str())
        .collect();
    let cased = existing.is_sorted_by_key(|name| key(name));
    let sorted = cased || existing.is_sorted_by_key(|name| plain(name));
    names
        .iter()
        .map(|name| {
            let before = if sorted {
                import.names.iter().find(|alias| {
                    if cased {
                        key(alias.name.as_str()) > key(name)
                    } else {
                        plain(alias.name.as_str()) > plain(name)
                    }
                })
            } else {
                None
            };
            if let Some(alias) = before {
                let own_line = has_own_line(tree, import, alias);
                let glue = if own_line {
                    format!(",{}{}", tree.newline(), tree.indentation(alias.start()))
                } else {
                    ", ".to_owned()
                };
                Edit {
                    range: TextRange::empty(alias.start()),
                    text: format!("{name}{glue}"),
                }
            } else {
                let last = import.names.last().expect("an import has names");
                let own_line = has_own_line(tree, import, last);
                let glue = if own_line {
                    format!(",{}{}", tree.newline(), tree.indentation(last.start()))
                } else {
                    ", ".to_owned()
                };
                Edit {
                    range: TextRange::empty(last.end()),
                    text: format!("{glue}{name}"),
                }
            }
        })
        .collect()
}

/// Whether a name of an import in parentheses is the first on a line that is not the first line of
/// the import.
fn has_own_line(tree: &Tree<'_>, import: &ast::StmtImportFrom, alias: &ast::Alias) -> bool {
    let start = tree.line_start(alias.start());
    start > import.start()
        && tree.slice(import.range).ends_with(')')
        && tree
            .slice(TextRange::new(start, alias.start()))
            .trim()
            .is_empty()
}

/// `import module` on a line of its own: in alphabetical place among the plain imports at the top
/// of the file, else before the first import, else after the docstring and the comments.
fn import_module(tree: &Tree<'_>, module: &str) -> Edit {
    let line = format!("import {module}{}", tree.newline());
    if let Some(edit) = first_of_its_group(tree, module, &line) {
        return edit;
    }
    let top = group_for(tree, &imports_at_top(tree), module);
    let plain = |stmt: &&ast::Stmt| match stmt {
        ast::Stmt::Import(import) => import.names.first().map(|alias| alias.name.to_string()),
        _ => None,
    };
    if let Some(next) = first_behind(tree, &top, module, plain) {
        return line_before(tree, next, line);
    }
    if let Some(last) = top.iter().rfind(|stmt| plain(stmt).is_some()) {
        return line_after(tree, last, &line);
    }
    match top.first() {
        Some(first) => line_before(tree, first, line),
        None => first_import(tree, line),
    }
}

/// `from module import names` on a line of its own: in alphabetical place among the others of its
/// kind, else after the imports it belongs to.
fn import_from(tree: &Tree<'_>, module: &str, names: &[&str]) -> Edit {
    let line = format!(
        "from {module} import {}{}",
        names.join(", "),
        tree.newline()
    );
    if let Some(edit) = first_of_its_group(tree, module, &line) {
        return edit;
    }
    let top = group_for(tree, &imports_at_top(tree), module);
    let absolute = |stmt: &&ast::Stmt| match stmt {
        ast::Stmt::ImportFrom(import) if import.level == 0 => {
            import.module.as_ref().map(ToString::to_string)
        }
        _ => None,
    };
    if let Some(next) = first_behind(tree, &top, module, absolute) {
        return line_before(tree, next, line);
    }
    let last = top.iter().rfind(|stmt| absolute(stmt).is_some());
    match last.or(top.last()) {
        Some(last) => line_after(tree, last, &line),
        None => first_import(tree, line),
    }
}

/// An HTTP package in a file whose imports at the top are all of the standard library, and come
/// before a blank line: below them, with a blank line between.
fn first_of_its_group(tree: &Tree<'_>, module: &str, line: &str) -> Option<Edit> {
    let top = imports_at_top(tree);
    let last = top.last()?;
    let is_standard = |stmt: &&ast::Stmt| match stmt {
        ast::Stmt::Import(import) => import
            .names
            .iter()
            .all(|alias| crate::index::is_standard(&alias.name)),
        ast::Stmt::ImportFrom(import) => {
            import.level == 0
                && import
                    .module
                    .as_deref()
                    .is_some_and(crate::index::is_standard)
        }
        _ => false,
    };
    let end = tree.logical_line_end(last.end());
    let below = tree.text()[end.to_usize()..].lines().next();
    let is_apart = below.is_some_and(|line| line.trim().is_empty());
    let is_http = matches!(module, "httpx" | "httpx2");
    (is_http && is_apart && top.iter().all(is_standard)).then(|| {
        let mut edit = line_after(tree, last, line);
        edit.text = format!("{}{}", tree.newline(), edit.text);
        edit
    })
}

/// The imports that open the file, after its docstring and `__future__`.
fn imports_at_top<'a>(tree: &Tree<'a>) -> Vec<&'a ast::Stmt> {
    let body = &tree.module.ast().body;
    body.iter()
        .skip_while(|stmt| is_docstring(stmt) || is_future(stmt))
        .take_while(|stmt| matches!(stmt, ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_)))
        .collect()
}

/// The first import of the kind that `name` knows which comes after `module` in the alphabet.
fn first_behind<'a>(
    tree: &Tree<'_>,
    imports: &[&'a ast::Stmt],
    module: &str,
    name: impl Fn(&&'a ast::Stmt) -> Option<String>,
) -> Option<&'a ast::Stmt> {
    imports
        .iter()
        .filter(|stmt| tree.comments_in(stmt.range()).is_empty())
        .find(|stmt| name(stmt).is_some_and(|name| name.as_str() > module))
        .copied()
}

fn line_after(tree: &Tree<'_>, stmt: &ast::Stmt, line: &str) -> Edit {
    let end = tree.logical_line_end(stmt.end());
    let open = !tree.text()[..end.to_usize()].ends_with(['\n', '\r']);
    Edit {
        range: TextRange::empty(end),
        text: if open {
            format!("{}{}", tree.newline(), line.trim_end())
        } else {
            line.to_owned()
        },
    }
}

fn line_before(tree: &Tree<'_>, stmt: &ast::Stmt, line: String) -> Edit {
    let start = tree.logical_line_start(stmt.start());
    // Behind a docstring or a `__future__` import on the same line nothing may stand before.
    if tree
        .slice(TextRange::new(start, stmt.start()))
        .contains(';')
    {
        return line_after(tree, stmt, &line);
    }
    Edit {
        range: TextRange::empty(start),
        text: line,
    }
}

/// The line of a file without imports: after the docstring and the comments.
fn first_import(tree: &Tree<'_>, line: String) -> Edit {
    let newline = tree.newline();
    let body = &tree.module.ast().body;
    match body
        .iter()
        .take_while(|stmt| is_docstring(stmt) || is_future(stmt))
        .last()
    {
        Some(last) => {
            let mut edit = line_after(tree, last, &line);
            if is_docstring(last) {
                edit.text = format!("{newline}{}", edit.text);
            }
            edit
        }
        None => match body.first() {
            Some(first) => {
                let at = tree.comments_above(tree.line_start(first.start()));
                Edit {
                    range: TextRange::empty(tree.header_end().max(at.min(first.start()))),
                    text: format!("{line}{newline}"),
                }
            }
            None => Edit {
                range: TextRange::empty(TextSize::new(0)),
                text: line,
            },
        },
    }
}

/// The imports among which one of `module` belongs: the blank-line-separated group that imports
/// something of it already (of `requests` for the HTTP packages), else the first one of the
/// standard library; all of them when there is none.
fn group_for<'a>(tree: &Tree<'_>, top: &[&'a ast::Stmt], module: &str) -> Vec<&'a ast::Stmt> {
    let mut groups: Vec<Vec<&ast::Stmt>> = Vec::new();
    for stmt in top {
        let apart = groups
            .last()
            .and_then(|group| group.last())
            .is_none_or(|last: &&ast::Stmt| {
                let (from, to) = (tree.line_end(last.end()), tree.line_start(stmt.start()));
                from < to
                    && tree
                        .slice(TextRange::new(from, to))
                        .lines()
                        .any(|line| line.trim().is_empty())
            });
        if apart {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(stmt);
        }
    }
    let is_http = matches!(module, "httpx" | "httpx2");
    let root = if is_http {
        "requests"
    } else {
        module.split('.').next().unwrap_or(module)
    };
    let has = |group: &[&ast::Stmt], wanted: &dyn Fn(&str) -> bool| {
        group.iter().any(|stmt| match stmt {
            ast::Stmt::Import(import) => import
                .names
                .iter()
                .any(|alias| alias.name.split('.').next().is_some_and(wanted)),
            ast::Stmt::ImportFrom(import) => {
                import.level == 0
                    && import
                        .module
                        .as_deref()
                        .and_then(|name| name.split('.').next())
                        .is_some_and(wanted)
            }
            _ => false,
        })
    };
    let found = groups
        .iter()
        .find(|group| has(group, &|name| name == root))
        .or_else(|| {
            groups
                .iter()
                .filter(|_| !is_http)
                .find(|group| has(group, &|name| STANDARD.contains(&name)))
        });
    let found = found.cloned().unwrap_or_else(|| top.to_vec());
    // Without a blank line between them, the standard library comes first all the same.
    let is_standard = |stmt: &ast::Stmt| has(&[stmt], &|name| STANDARD.contains(&name));
    let others = found.partition_point(|stmt| is_standard(stmt));
    let is_split = !found[others..].iter().any(|stmt| is_standard(stmt));
    if is_http && is_split && others < found.len() {
        return found[others..].to_vec();
    }
    found
}

/// Modules of the standard library that are imported most.
const STANDARD: &[&str] = &[
    "abc",
    "argparse",
    "asyncio",
    "base64",
    "collections",
    "concurrent",
    "contextlib",
    "contextvars",
    "copy",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "inspect",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "os",
    "pathlib",
    "random",
    "re",
    "shutil",
    "signal",
    "socket",
    "ssl",
    "string",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unittest",
    "uuid",
    "warnings",
    "weakref",
];

fn is_docstring(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::Expr(expr) if expr.value.is_string_literal_expr())
}

fn is_future(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::ImportFrom(import) if import.module.as_deref() == Some("__future__"))
}

/// How many blank lines a definition at the start of a line lacks above it: those above a
/// definition that stands there today are what the file likes; else two are usual.
fn missing_blank_lines(tree: &Tree<'_>, at: TextSize) -> usize {
    let above = &tree.text()[..at.to_usize()];
    let next = tree
        .module
        .ast()
        .body
        .iter()
        .find(|stmt| stmt.start() >= at);
    let is_definition =
        next.is_some_and(|stmt| stmt.is_function_def_stmt() || stmt.is_class_def_stmt());
    if is_definition || above.trim().is_empty() {
        return 0;
    }
    let blank = above
        .lines()
        .rev()
        .take_while(|line| line.trim().is_empty())
        .count();
    2usize.saturating_sub(blank)
}

/// The edits that remove module-level imports which had readers in `before`, or were added since,
/// and have no readers in `after`. An import stays when anything might still need it by name:
/// `__all__`, a string, a comment that guards it (`# noqa`), `eval`, or a package's `__init__`.
pub fn unused(before: &Tree<'_>, after: &Tree<'_>, is_package: bool) -> Vec<Edit> {
    if is_package
        || ["eval", "exec", "globals", "locals"]
            .iter()
            .any(|name| !after.mentions(name).is_empty())
    {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for stmt in &after.module.ast().body {
        let names = match stmt {
            ast::Stmt::Import(import) => &import.names,
            ast::Stmt::ImportFrom(import) if !is_future(stmt) => &import.names,
            _ => continue,
        };
        if !after.comments_in(after.full_lines(stmt.range())).is_empty() {
            continue;
        }
        let dead: Vec<usize> = names
            .iter()
            .enumerate()
            .filter(|(_, alias)| {
                let name = match &alias.asname {
                    Some(name) => name.as_str(),
                    None => alias.name.split('.').next().unwrap_or_default(),
                };
                name != "*"
                    && (!before.mentions(name).is_empty()
                        || before.bindings(ScopeId::MODULE, name).is_empty())
                    && after.mentions(name).is_empty()
                    && !alias.name.contains('.')
                    && !is_named_in_a_string(after, name)
            })
            .map(|(at, _)| at)
            .collect();
        if dead.is_empty() {
            continue;
        }
        if dead.len() == names.len() {
            let lines = after.full_lines(stmt.range());
            let alone =
                after.slice(lines).trim_end_matches(['\n', '\r']) == after.slice(stmt.range());
            let siblings = after.module.ast().body.len();
            if alone && siblings > 1 {
                // Those behind another import may be gone already.
                let gone = edits
                    .last()
                    .map_or(TextSize::new(0), |edit: &Edit| edit.range.end());
                let range = with_blank_lines(after, lines);
                edits.push(Edit {
                    range: TextRange::new(range.start().max(gone), range.end()),
                    text: String::new(),
                });
            }
            continue;
        }
        for run in dead.chunk_by(|one, next| one + 1 == *next) {
            let (first, last) = (run[0], run[run.len() - 1]);
            let range = if last + 1 < names.len() {
                TextRange::new(names[first].start(), names[last + 1].start())
            } else {
                TextRange::new(names[first - 1].end(), names[last].end())
            };
            edits.push(Edit {
                range,
                text: String::new(),
            });
        }
    }
    edits.sort_by_key(|edit| edit.range.start());
    edits
}

/// Lines that go away, with the blank lines on one side of them where there are some on both: those
/// that are fewer, and at the start of the file those behind.
fn with_blank_lines(tree: &Tree<'_>, lines: TextRange) -> TextRange {
    let (above, below) = (
        &tree.text()[..lines.start().to_usize()],
        &tree.text()[lines.end().to_usize()..],
    );
    let blank = |line: &&str| line.trim().is_empty();
    let before: Vec<&str> = above
        .split_inclusive('\n')
        .rev()
        .take_while(blank)
        .collect();
    let behind: Vec<&str> = below.split_inclusive('\n').take_while(blank).collect();
    let length = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| TextSize::of(*line))
            .sum::<TextSize>()
    };
    if above.is_empty() || !before.is_empty() && behind.len() < before.len() {
        TextRange::new(lines.start(), lines.end() + length(&behind))
    } else if behind.is_empty() {
        lines
    } else {
        TextRange::new(lines.start() - length(&before), lines.end())
    }
}

fn is_named_in_a_string(tree: &Tree<'_>, name: &str) -> bool {
    tree.ids().any(|id| match tree.node(id) {
        AnyNodeRef::StringLiteral(literal) => literal
            .value
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == name),
        _ => false,
    })
}
