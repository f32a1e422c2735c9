//! Places where functions are replaced at run time, as the bytes of a file show them: by tests
//! mostly, with `mock.patch("app.asyncio.gather")`, `monkeypatch.setattr(asyncio, "gather", …)`,
//! `patch.multiple(asyncio, gather=…)` or a plain assignment.

use crate::project::{Patchable, Patched, PatchedMember};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What was found in all files so far.
#[derive(Default)]
pub(super) struct Patches(Mutex<Found>);

#[derive(Default)]
struct Found {
    /// The files that replace a function of a module, with the first line in each.
    names: FxHashMap<&'static str, Vec<(PathBuf, usize)>>,
    /// The files that replace something of that name in something else.
    members: FxHashMap<&'static str, Vec<(PathBuf, String, usize)>>,
}

/// What is replaced at one place.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// The function of the module.
    Module,
    /// A thing of that name in something else, whose own name comes last: `loop`, `jobs`.
    Member(String),
}

impl Patches {
    /// Looks at a hit of the word of a function (see [`Patchable::word`]) in a file.
    pub(super) fn look(
        &self,
        what: &'static Patchable,
        path: &Path,
        bytes: &[u8],
        hit: Range<usize>,
    ) {
        let Some(place) = place(what, bytes, hit.clone()) else {
            return;
        };
        let line = || 1 + memchr::memchr_iter(b'\n', &bytes[..hit.start]).count();
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match place {
            // The first place in each file is enough.
            Place::Module => {
                let files = found.names.entry(what.dotted).or_default();
                if !files.iter().any(|(file, _)| file == path) {
                    files.push((path.to_owned(), line()));
                }
            }
            Place::Member(owner) => {
                let files = found.members.entry(what.name()).or_default();
                if !files
                    .iter()
                    .any(|(file, other, _)| file == path && *other == owner)
                {
                    files.push((path.to_owned(), owner, line()));
                }
            }
        }
    }

    /// Everything that was found; places are named from `root` on where they lie below it.
    pub(super) fn all(&self, root: Option<&Path>) -> Patched {
        let named = |path: &Path, line: usize| {
            let inside = root.and_then(|root| path.strip_prefix(root).ok());
            format!("{}:{line}", inside.unwrap_or(path).display())
        };
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = found.names.iter().map(|(dotted, places)| {
            let mut places = places.clone();
            places.sort();
            let places = places.iter().map(|(path, line)| named(path, *line));
            (*dotted, places.collect())
        });
        let members = found.members.iter().map(|(name, places)| {
            let mut places = places.clone();
            places.sort();
            let places = places.iter().map(|(path, owner, line)| PatchedMember {
                owner: owner.clone(),
                place: named(path, *line),
            });
            (*name, places.collect())
        });
        Patched {
            names: names.collect(),
            members: members.collect(),
        }
    }
}

/// What a hit replaces, if it does.
fn place(what: &Patchable, bytes: &[u8], hit: Range<usize>) -> Option<Place> {
    // The functions of `requests` have everyday names, so that their module was looked for.
    if what.is_found_by_module() {
        let (before, behind) = bytes.split_at(hit.end);
        let name = what.name().as_bytes();
        let begins = |rest: &[u8]| rest.starts_with(name) && !continues(rest.get(name.len()));
        if let Some(rest) = behind.strip_prefix(b".").filter(|rest| begins(rest)) {
            let after = &rest[name.len()..];
            let is_statement = || chain(before).is_some_and(|(_, at)| begins_line(&bytes[..at]));
            return (is_quote(after.first()) || is_assigned(after) && is_statement())
                .then_some(Place::Module);
        }
        let rest = blank(behind).strip_prefix(b",").map(blank)?;
        let (quote, rest) = rest
            .split_first()
            .filter(|(byte, _)| is_quote(Some(byte)))?;
        let is_name = begins(rest) && rest.get(name.len()) == Some(quote);
        let (_, start) = chain(&bytes[..hit.end])?;
        return (is_name && is_first_argument(&bytes[..start])).then_some(Place::Module);
    }
    if continues(bytes.get(hit.end)) {
        return None;
    }
    let (before, after) = (&bytes[..hit.start], &bytes[hit.end..]);
    let last = before.last()?;
    if *last == b'.' {
        let (owner, start) = chain(&before[..before.len() - 1])?;
        let is_replaced =
            is_quote(after.first()) || is_assigned(after) && begins_line(&before[..start]);
        return is_replaced.then(|| what.owned_by(owner));
    }
    if is_quote(Some(last)) && after.first() == Some(last) {
        let rest = unblank(&before[..before.len() - 1]).strip_suffix(b",")?;
        let (owner, start) = chain(unblank(rest))?;
        return is_first_argument(&before[..start]).then(|| what.owned_by(owner));
    }
    (is_assigned(after) && !continues(Some(last)) && is_one_of_multiple(what, before))
        .then_some(Place::Module)
}

impl Patchable {
    fn owned_by(&self, owner: &[u8]) -> Place {
        if owner == self.module().as_bytes() {
            Place::Module
        } else {
            Place::Member(String::from_utf8_lossy(owner).into_owned())
        }
    }
}

/// The last name of a chain such as `app.jobs.asyncio` or `get_loop()` that ends the bytes, and
/// where the chain begins.
fn chain(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut end = bytes.len();
    while bytes[..end].ends_with(b")") {
        let open = bytes[..end].iter().rposition(|byte| *byte == b'(')?;
        end = open;
    }
    let name_of = |end: usize| {
        let start = bytes[..end]
            .iter()
            .rposition(|byte| !continues(Some(byte)))
            .map_or(0, |at| at + 1);
        (start < end).then_some(start)
    };
    let start = name_of(end)?;
    let owner = &bytes[start..end];
    let mut first = start;
    while first > 0 && bytes[first - 1] == b'.' {
        match chain(&bytes[..first - 1]) {
            Some((_, earlier)) => first = earlier,
            None => break,
        }
    }
    Some((owner, first))
}

/// Whether what comes next is the first argument of a call that may replace an attribute.
fn is_first_argument(before: &[u8]) -> bool {
    let mut before = unblank(before);
    if let Some(rest) = before.strip_suffix(b"target=") {
        before = unblank(rest);
    }
    let Some(rest) = before.strip_suffix(b"(") else {
        return false;
    };
    chain(unblank(rest)).is_some_and(|(callee, _)| !matches!(callee, b"getattr" | b"hasattr"))
}

/// Whether a keyword belongs to `patch.multiple(asyncio, …)`, a few lines above at most.
fn is_one_of_multiple(what: &Patchable, before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(400)..];
    let Some(call) = memchr::memmem::rfind(near, b"multiple(") else {
        return false;
    };
    let arguments = &near[call + b"multiple(".len()..];
    let first = arguments
        .split(|byte| *byte == b',')
        .next()
        .unwrap_or_default();
    let first = unblank(first);
    let first = first.strip_suffix(b"\"").unwrap_or(first);
    let first = first.strip_suffix(b"'").unwrap_or(first);
    chain(first).is_some_and(|(owner, _)| owner == what.module().as_bytes())
        && !arguments.contains(&b')')
}

fn is_assigned(after: &[u8]) -> bool {
    let after = blank(after);
    after.first() == Some(&b'=') && after.get(1) != Some(&b'=')
}

/// Whether what comes next is the first thing of its statement. An annotation with a default is
/// none: `session: requests.Session = None`.
fn begins_line(before: &[u8]) -> bool {
    let end = before
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))
        .map_or(0, |at| at + 1);
    let rest = &before[..end];
    rest.is_empty() || matches!(rest.last(), Some(b'\n' | b'\r' | b';'))
}

fn is_quote(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'"' | b'\''))
}

/// Whether a byte belongs to a name.
fn continues(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
}

fn blank(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

fn unblank(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::PATCHABLE;

    fn found(dotted: &str, text: &str) -> Option<Place> {
        let what = PATCHABLE
            .iter()
            .find(|what| what.dotted == dotted)
            .expect("it can be replaced");
        let at = text.rfind(what.word()).expect("the word is there");
        place(what, text.as_bytes(), at..at + what.word().len())
    }

    #[test]
    fn replacements_of_a_function_of_a_module() {
        for text in [
            "patch('app.jobs.asyncio.gather')",
            "patch.object(asyncio, \"gather\", new=fake)",
            "mock.patch.object(\n    app.jobs.asyncio,\n    'gather'\n)",
            "patch.object(target=asyncio, \"gather\")",
            "monkeypatch.setattr(jobs.asyncio, 'gather', fake)",
            "mocker.spy(asyncio, 'gather')",
            "patch.multiple(asyncio, gather=fake)",
            "patch.multiple('asyncio', sleep=one, gather = fake)",
            "asyncio.gather = fake",
            "jobs.asyncio.gather=fake",
        ] {
            assert_eq!(found("asyncio.gather", text), Some(Place::Module), "{text}");
        }
        for text in [
            "patch('requests.get')",
            "patch.object(requests, 'get')",
            "monkeypatch.setattr(app.requests, \"get\", fake)",
            "requests.get = fake",
        ] {
            assert_eq!(found("requests.get", text), Some(Place::Module), "{text}");
        }
    }

    #[test]
    fn replacements_in_something_else() {
        for (text, owner) in [
            ("patch('app.jobs.create_task')", "jobs"),
            ("patch.object(jobs, 'create_task')", "jobs"),
            (
                "patch.object(asyncio.get_running_loop(), 'create_task')",
                "get_running_loop",
            ),
            ("self.hass.loop.create_task = Mock()", "loop"),
        ] {
            let place = found("asyncio.create_task", text);
            assert_eq!(place, Some(Place::Member(owner.to_owned())), "{text}");
        }
    }

    #[test]
    fn other_uses() {
        for text in [
            "await asyncio.gather(f())",
            "getattr(asyncio, 'gather')(f())",
            "x = asyncio.gather == other",
            "x = ['gather', asyncio]",
            "f('x', asyncio, 'gather')",
            "f(asyncio, gather=1)",
            "call(gather=1)",
            "asyncio.gathered = 1",
            "def f(gather: asyncio.gather = None): ...",
            "patch('app.asyncio.gathers')",
        ] {
            assert_eq!(found("asyncio.gather", text), None, "{text}");
        }
        for text in [
            "requests.get(url)",
            "f(requests, 'getter')",
            "requests.gets = 1",
        ] {
            assert_eq!(found("requests.get", text), None, "{text}");
        }
    }
}
