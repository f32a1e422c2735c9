//! The names in a text, in so little memory that those of every file of a project can be kept.

use super::importers;
use std::cell::RefCell;
use std::ops::Range;

/// Which names a text may have: sorted in no way, a number of 16 bits for each.
#[derive(Debug)]
pub(super) struct Names {
    all: Box<[u16]>,
    /// How many of them stand in its import lines: the first ones.
    imported: usize,
}

/// Whether a name is one of those that can be asked for: letters, digits and underscores of ASCII.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_part)
}

/// Whether a byte is a letter, a digit or an underscore of ASCII.
pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Names {
    /// The names of a text. What is not ASCII ends a name.
    pub(super) fn of(text: &str) -> Self {
        SET.with_borrow_mut(|set| {
            for line in importers::lines(text) {
                set.add_names(text.as_bytes(), line);
            }
            let imported = set.numbers.len();
            set.add_names(text.as_bytes(), 0..text.len());
            let all = set.take();
            Self { all, imported }
        })
    }

    /// Whether a name may stand in the text.
    pub(super) fn may_have(&self, name: &str) -> bool {
        self.all.contains(&hash(name.as_bytes(), 0, name.len()))
    }

    /// Whether a name may stand in an import line of the text.
    pub(super) fn may_import(&self, name: &str) -> bool {
        let imported = &self.all[..self.imported];
        !is_plain(name) || imported.contains(&hash(name.as_bytes(), 0, name.len()))
    }
}

thread_local! {
    /// The set that each file in turn fills.
    static SET: RefCell<Set> = RefCell::default();
}

/// Numbers of 16 bits.
struct Set {
    seen: [u64; 1 << 10],
    numbers: Vec<u16>,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            seen: [0; 1 << 10],
            numbers: Vec::with_capacity(1 << 12),
        }
    }
}

impl Set {
    /// What is in the set, in the order in which it came; the set is empty afterwards.
    fn take(&mut self) -> Box<[u16]> {
        let all = self.numbers.as_slice().into();
        for number in self.numbers.drain(..) {
            self.seen[usize::from(number >> 6)] = 0;
        }
        all
    }

    /// Adds the numbers of the names in a part of a text.
    fn add_names(&mut self, text: &[u8], part: Range<usize>) {
        let text = &text[..part.end];
        each(&text[part.start..], |start, end| {
            self.add(hash(text, part.start + start, part.start + end));
        });
    }

    fn add(&mut self, number: u16) {
        let bit = 1 << (number & 63);
        let seen = &mut self.seen[usize::from(number >> 6)];
        if *seen & bit == 0 {
            *seen |= bit;
            self.numbers.push(number);
        }
    }
}

/// Calls something with the start and the end of each run of letters, digits and underscores.
fn each(text: &[u8], mut look: impl FnMut(usize, usize)) {
    let (blocks, rest) = text.as_chunks::<64>();
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    let (mut start, mut inside) = (0, false);
    for (at, block) in blocks.iter().chain([&last]).enumerate() {
        let parts = parts(block);
        let mut edges = parts ^ (parts << 1 | u64::from(inside));
        while edges != 0 {
            let edge = at * 64 + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            if inside {
                look(start, edge);
            } else {
                start = edge;
            }
            inside = !inside;
        }
    }
    if inside {
        look(start, text.len());
    }
}

/// Which of 64 bytes are parts of names, a bit each.
fn parts(block: &[u8; 64]) -> u64 {
    // Without a branch, so that the compiler compares many bytes at once.
    let mut flags = [0u8; 64];
    for (flag, byte) in flags.iter_mut().zip(block) {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let is_digit = byte.wrapping_sub(b'0') < 10;
        *flag = u8::from(is_letter) | u8::from(is_digit) | u8::from(*byte == b'_');
    }
    let mut mask = 0;
    for (at, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Moves the lowest bits of eight bytes beside each other.
        let eight = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= eight << (8 * at);
    }
    mask
}

fn hash(text: &[u8], start: usize, end: usize) -> u16 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (end - start) as u64;
    let mut at = start;
    while end - at >= 8 {
        hash = (hash.rotate_left(26) ^ eight_at(text, at)).wrapping_mul(FACTOR);
        at += 8;
    }
    // What is left of most names is all of them.
    let rest = eight_at(text, at) & ((1 << (8 * (end - at))) - 1);
    hash = (hash.rotate_left(26) ^ rest).wrapping_mul(FACTOR);
    u16::try_from(hash >> 48).unwrap_or_default()
}

/// Eight bytes of a text as a number, with zeros behind its end.
fn eight_at(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(eight) = rest.first_chunk() {
        return u64::from_le_bytes(*eight);
    }
    let mut eight = [0; 8];
    eight[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(eight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        each(text.as_bytes(), |start, end| found.push(&text[start..end]));
        found
    }

    #[test]
    fn runs_of_letters() {
        assert_eq!(runs(""), [""; 0]);
        assert_eq!(runs("a"), ["a"]);
        assert_eq!(
            runs("one, two_3\u{201c}four\u{201d}"),
            ["one", "two_3", "four"]
        );
        assert_eq!(
            runs("@A[Z`a{z/0:9^_\u{e9}"),
            ["A", "Z", "a", "z", "0", "9", "_"]
        );
        for length in 1..200 {
            let name = "n".repeat(length);
            assert_eq!(runs(&name), [&name]);
            assert_eq!(runs(&format!(" {name} x")), [&name, "x"]);
        }
    }

    #[test]
    fn every_name_is_known_and_few_others() {
        let name = |at: usize| format!("name_{}", at * at);
        let text: Vec<String> = (0..2000).map(name).collect();
        let names = Names::of(&text.join(" = "));
        assert!((0..2000).all(|at| names.may_have(&name(at))));
        let others = (2000..4000).filter(|at| names.may_have(&name(*at)));
        assert!(others.count() < 200);
    }

    #[test]
    fn names_of_import_lines() {
        let text = "
import a.b as c
x = d; import e
  from f import (
    g,
    h as i,
)
from j import \\
    k
# import l
l = 1
import\tm
";
        let names = Names::of(text);
        for word in ["a", "b", "c", "f", "g", "h", "i", "j", "k", "import"] {
            assert!(names.may_import(word), "{word}");
        }
        for word in ["d", "e", "l", "m", "x"] {
            assert!(!names.may_import(word) && names.may_have(word), "{word}");
        }
    }
}
