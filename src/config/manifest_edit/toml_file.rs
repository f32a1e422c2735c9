//! `pyproject.toml`, and the TOML in the head of a script.

use super::super::requirement::normalize;
use super::{DependencyChange, Patch, Step, line_end, line_start, list, newline, steps};
use std::ops::Range;
use toml_edit::{Document, Item, Key, TableLike};

/// The patches of a `pyproject.toml`.
pub(super) fn pyproject(text: &str, change: &DependencyChange<'_>) -> Result<Vec<Patch>, String> {
    let document = read(text)?;
    let root = document.as_table();
    let mut patches = Vec::new();
    for array in arrays(root) {
        patches.extend(list::edit(text, &entries(array), change)?);
    }
    let poetry = at(root, &["tool", "poetry"]).and_then(Item::as_table_like);
    if let Some(poetry) = poetry {
        let named_by_an_extra = table(poetry.get("extras"))
            .flat_map(|(_, extra)| strings(extra))
            .any(|(name, _)| normalize(name) == normalize(change.beside));
        let mut tables: Vec<&dyn TableLike> = ["dependencies", "dev-dependencies"]
            .into_iter()
            .filter_map(|key| poetry.get(key)?.as_table_like())
            .collect();
        for (_, group) in table(poetry.get("group")) {
            tables.extend(group.get("dependencies").and_then(Item::as_table_like));
        }
        for keys in tables {
            let found = poetry_table(text, keys, change)?;
            if named_by_an_extra && !found.is_empty() {
                return Err("it belongs to an extra".to_owned());
            }
            patches.extend(found);
        }
    }
    Ok(patches)
}

/// The patches of the `# /// script` block of a file.
pub(super) fn script(text: &str, change: &DependencyChange<'_>) -> Result<Vec<Patch>, String> {
    let Some(block) = block(text) else {
        return Ok(Vec::new());
    };
    // The TOML, and for each of its lines where it starts there and in the file.
    let mut inner = String::new();
    let mut starts = Vec::new();
    let mut at = block.start;
    for line in text[block].split_inclusive('\n') {
        let content = line
            .strip_prefix("# ")
            .or_else(|| line.strip_prefix('#'))
            .unwrap_or(line);
        starts.push((inner.len(), at + line.len() - content.len()));
        inner.push_str(content);
        at += line.len();
    }
    let document = read(&inner)?;
    let Some(array) = document.as_table().get("dependencies") else {
        return Ok(Vec::new());
    };
    let patches = list::edit(&inner, &entries(array), change)?;
    let outer = |offset: usize| {
        let line = starts.partition_point(|(start, _)| *start <= offset);
        let (start, place) = starts[line.saturating_sub(1)];
        place + offset - start
    };
    Ok(patches
        .into_iter()
        .map(|(range, new)| {
            let whole_lines = range.end > range.start
                && range.start == line_start(&inner, range.start)
                && range.end == line_start(&inner, range.end);
            let starts_line = range.start == line_start(&inner, range.start);
            if whole_lines {
                // The `# ` in front goes with its line, not the one after it.
                let start = line_start(text, outer(range.start));
                return (start..line_start(text, outer(range.end)), String::new());
            }
            if starts_line && range.is_empty() {
                let start = line_start(text, outer(range.start));
                return (start..start, format!("# {new}"));
            }
            let newline = newline(&inner);
            let new = new.replace(newline, &format!("{newline}# "));
            (outer(range.start)..outer(range.end), new)
        })
        .collect())
}

/// The lines between the marks of a `# /// script` block.
fn block(text: &str) -> Option<Range<usize>> {
    let mut at = 0;
    let mut start = None;
    let mut end = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        match start {
            None if content == "# /// script" => start = Some(at + line.len()),
            None => {}
            Some(_) if content == "# ///" => end = Some(at),
            Some(_) if content == "#" || content.starts_with("# ") => {}
            Some(_) => break,
        }
        at += line.len();
    }
    Some(start?..end?)
}

fn read(text: &str) -> Result<Document<&str>, String> {
    Document::parse(text).map_err(|_| "the file cannot be read".to_owned())
}

fn at<'d>(root: &'d dyn TableLike, keys: &[&str]) -> Option<&'d Item> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(root.get(first)?, |item, key| item.get(*key))
}

fn table(item: Option<&Item>) -> impl Iterator<Item = (&str, &Item)> {
    let table = item.and_then(Item::as_table_like);
    table.into_iter().flat_map(TableLike::iter)
}

/// Every array of requirements.
fn arrays(root: &dyn TableLike) -> Vec<&Item> {
    let mut arrays: Vec<&Item> = [
        &["project", "dependencies"][..],
        &["tool", "uv", "dev-dependencies"],
        &["tool", "flit", "metadata", "requires"],
    ]
    .into_iter()
    .filter_map(|keys| at(root, keys))
    .collect();
    for keys in [
        &["project", "optional-dependencies"][..],
        &["dependency-groups"],
        &["tool", "pdm", "dev-dependencies"],
        &["tool", "flit", "metadata", "requires-extra"],
    ] {
        arrays.extend(table(at(root, keys)).map(|(_, array)| array));
    }
    for (_, environment) in table(at(root, &["tool", "hatch", "envs"])) {
        for key in ["dependencies", "extra-dependencies"] {
            arrays.extend(environment.get(key));
        }
    }
    arrays
}

/// The strings of an array with their places.
fn strings(array: &Item) -> impl Iterator<Item = (&str, Range<usize>)> {
    array
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|value| Some((value.as_str()?, value.span()?)))
}

/// The places of the elements of an array: groups may include others, so not all are strings.
fn entries(array: &Item) -> Vec<Range<usize>> {
    let array = array.as_array().into_iter().flatten();
    array.filter_map(toml_edit::Value::span).collect()
}

/// `requests = "^2.31"` in a table of Poetry.
fn poetry_table(
    text: &str,
    keys: &dyn TableLike,
    change: &DependencyChange<'_>,
) -> Result<Vec<Patch>, String> {
    let entries: Vec<(&str, &Item)> = keys.iter().filter(|(key, _)| *key != "python").collect();
    let names: Vec<Option<String>> = entries
        .iter()
        .map(|(key, _)| Some(normalize(key)))
        .collect();
    let line = |entry: usize| -> Result<Range<usize>, String> {
        let (name, item) = entries[entry];
        let key = keys.key(name).and_then(Key::span);
        match (key, item.span()) {
            (Some(key), Some(value)) if item.is_value() => Ok(key.start..value.end),
            _ => Err("it is declared in a table of its own".to_owned()),
        }
    };
    let written = |entry: usize| -> Result<String, String> {
        let (_, item) = entries[entry];
        let Some(versions) = item.as_str() else {
            return Err("it is declared with more than its version".to_owned());
        };
        let versions = if versions == "*" {
            "*"
        } else {
            change.versions
        };
        Ok(format!("{} = \"{versions}\"", change.add))
    };
    let mut patches = Vec::new();
    for step in steps(&names, change)? {
        match step {
            Step::Replace(entry) => patches.push((line(entry)?, written(entry)?)),
            Step::Remove(entry) => {
                let range = line(entry)?;
                let lines = line_start(text, range.start)..line_end(text, range.end);
                patches.push((lines, String::new()));
            }
            Step::Insert { before, like } => {
                let new = written(like)?;
                let nl = newline(text);
                if before < entries.len() {
                    let start = line_start(text, line(before)?.start);
                    patches.push((start..start, format!("{new}{nl}")));
                } else {
                    let last = line(entries.len() - 1)?;
                    let end = line_end(text, last.end);
                    let open = !text[..end].ends_with('\n');
                    let new = if open {
                        format!("{nl}{new}")
                    } else {
                        format!("{new}{nl}")
                    };
                    patches.push((end..end, new));
                }
            }
        }
    }
    Ok(patches)
}
