//! The targets of the assignments in a line.

use super::text::{is_dotted, is_part, outer_parts, without_brackets};

/// Calls something with each target of an assignment that matters, and with what follows its `=` on
/// the line.
pub(super) fn targets<'t>(code: &'t str, mut one: impl FnMut(&'t str, &'t str)) {
    let mut start = 0;
    for equals in memchr::memchr_iter(b'=', code.as_bytes()) {
        // The second half of `==`.
        if equals < start {
            continue;
        }
        let target = &code[start..equals];
        let value = &code[equals + 1..];
        start = equals + 1;
        if value.starts_with('=') {
            start += 1;
            continue;
        }
        if target.bytes().last().is_some_and(is_operator) {
            continue;
        }
        // Most targets are a name, or an attribute of one.
        let plain = target.trim_end_matches(' ');
        if !plain.is_empty() && is_dotted(plain) {
            one(plain, value);
            continue;
        }
        if is_argument(target) {
            continue;
        }
        // `thing.name: Type = …` and `if x: thing.name = …`
        if let Some((before, after)) = target.split_once(':') {
            one(before.trim(), value);
            one(after.trim(), value);
        } else {
            for target in outer_parts(without_brackets(target)) {
                one(target.trim(), value);
            }
        }
    }
}

/// Whether a `=` after it makes another operator.
pub(super) fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b':' | b'|' | b'&' | b'%' | b'^' | b'@'
    )
}

/// Whether it can be seen at a glance that what stands before a `=` is no target that matters:
/// the name of an argument, mostly.
fn is_argument(target: &str) -> bool {
    let target = target.as_bytes();
    if memchr::memchr3(b'.', b',', b':', target).is_some() {
        return false;
    }
    let Some(last) = target.iter().rposition(|byte| !byte.is_ascii_whitespace()) else {
        return false;
    };
    if !is_part(target[last]) {
        return false;
    }
    let before = target[..last].iter().rposition(|byte| !is_part(*byte));
    match before {
        Some(at) if target[at].is_ascii() => !target[..=at].iter().all(u8::is_ascii_whitespace),
        _ => false,
    }
}
