//! Puts one distribution in the place of another in the manifests of a project. No byte but those
//! of the two entries changes.

mod lines;
mod list;
mod toml_file;

use super::manifest::Kind;
use super::requirement::{normalize, requirement_name};
use std::ops::Range;
use std::path::Path;

/// What the dependencies of a project need after a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DependencyChange<'a> {
    /// The distribution that is used now, such as `httpx`.
    pub add: &'a str,
    /// The versions of it that will do, such as `>=0.28`.
    pub versions: &'a str,
    /// The distribution beside which it is declared, such as `requests`.
    pub beside: &'a str,
    /// Whether nothing uses that one any more.
    pub drop: bool,
}

/// A replacement of a range of a text.
type Patch = (Range<usize>, String);

/// Edits the manifest at a path.
///
/// The answer is the new text; `None` where the manifest does not declare the old distribution, or
/// declares the new one already. The error is a sentence that says what somebody must do by hand.
pub fn edit_manifest(
    path: &Path,
    text: &str,
    change: &DependencyChange<'_>,
) -> Result<Option<String>, String> {
    let patches = match Kind::of(path) {
        Some(Kind::Pyproject) => toml_file::pyproject(text, change),
        Some(Kind::SetupCfg) => lines::setup_cfg(text, change),
        Some(Kind::Requirements) => lines::requirements(text, change),
        Some(Kind::SetupPy | Kind::Pipfile | Kind::Environment) => {
            let declares = super::ManifestFacts::of(&[(path.to_owned(), text.to_owned())])
                .dependencies
                .declares(change.beside);
            if declares {
                Err("a file of this kind is not edited".to_owned())
            } else {
                Ok(Vec::new())
            }
        }
        None => Ok(Vec::new()),
    };
    let patches = patches.map_err(|why| by_hand(path, change, &why))?;
    Ok(patched(text, patches))
}

/// Edits the `# /// script` block of a script, as [`edit_manifest`] does a manifest.
pub fn edit_script(
    path: &Path,
    text: &str,
    change: &DependencyChange<'_>,
) -> Result<Option<String>, String> {
    let patches = toml_file::script(text, change).map_err(|why| by_hand(path, change, &why))?;
    Ok(patched(text, patches))
}

fn by_hand(path: &Path, change: &DependencyChange<'_>, why: &str) -> String {
    let what = if change.drop {
        format!("Put `{}` in the place of `{}`", change.add, change.beside)
    } else {
        format!("Add `{}` beside `{}`", change.add, change.beside)
    };
    format!("{what} in `{}` by hand: {why}.", path.display())
}

fn patched(text: &str, mut patches: Vec<Patch>) -> Option<String> {
    if patches.is_empty() {
        return None;
    }
    patches.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for (range, new) in patches {
        out.push_str(&text[at..range.start]);
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// The requirement that asks for the new distribution where `old` asks for the other one: with a
/// version only if that one has any, under the same condition.
fn requirement(old: &str, change: &DependencyChange<'_>) -> Result<String, String> {
    let (asked, marker) = match old.find(';') {
        Some(at) => {
            let blanks = old[..at].len() - old[..at].trim_end().len();
            old.split_at(at - blanks)
        }
        None => (old, ""),
    };
    if asked.contains('@') {
        return Err("it is declared by an address".to_owned());
    }
    let end = asked.find(['[', '<', '>', '=', '!', '~', '(', ' ', '\t']);
    let rest = asked[end.unwrap_or(asked.len())..].trim();
    let (extras, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, rest)) => (extras, rest.trim()),
        None => ("", rest),
    };
    let mut kept = "";
    for extra in extras.split(',').map(|extra| normalize(extra.trim())) {
        match extra.as_str() {
            "" | "security" => {}
            "socks" => kept = "[socks]",
            other => return Err(format!("it is declared with the extra `{other}`")),
        }
    }
    let versions = if rest.is_empty() { "" } else { change.versions };
    Ok(format!("{}{kept}{versions}{marker}", change.add))
}

/// What happens to the entries of one list of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The entry is replaced where it stands.
    Replace(usize),
    /// A new entry comes before the one with this number, or at the end; it asks for as much as the
    /// other one.
    Insert { before: usize, like: usize },
    /// The entry goes.
    Remove(usize),
}

/// What must happen to a list of entries with these distribution names.
fn steps(names: &[Option<String>], change: &DependencyChange<'_>) -> Result<Vec<Step>, String> {
    let (old, new) = (normalize(change.beside), normalize(change.add));
    let is = |wanted: &str| {
        let wanted = wanted.to_owned();
        move |name: &Option<String>| name.as_deref() == Some(&*wanted)
    };
    let mut found = names.iter().enumerate().filter(|(_, name)| is(&old)(name));
    let Some((at, _)) = found.next() else {
        return Ok(Vec::new());
    };
    if found.next().is_some() {
        return Err("it is declared twice in one list".to_owned());
    }
    let is_there = names.iter().any(is(&new));
    let known: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    let is_sorted = known.len() == names.len() && known.len() > 2 && known.is_sorted();
    let place = if is_sorted {
        names.partition_point(|name| name.as_deref() < Some(&*new))
    } else {
        at + 1
    };
    Ok(match (change.drop, is_there) {
        (true, false) if place == at || place == at + 1 => vec![Step::Replace(at)],
        (true, false) => vec![
            Step::Insert {
                before: place,
                like: at,
            },
            Step::Remove(at),
        ],
        (true, true) => vec![Step::Remove(at)],
        (false, false) => vec![Step::Insert {
            before: place,
            like: at,
        }],
        (false, true) => Vec::new(),
    })
}

fn names_of<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<Option<String>> {
    lines.map(requirement_name).collect()
}

/// The start of the line with an offset.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

/// The offset after the line break of the line with an offset.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The line break of a text.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
