//! The names in a text, in so little memory that those of every file of a project can be kept, and
//! the places of the few words that begin what others look at.

use super::importers;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Which names a text may have: sorted in no way, a number of 16 bits for each.
#[derive(Debug)]
pub(super) struct Names {
    all: Box<[u16]>,
    /// How many of them stand in its import lines: the first ones.
    imported: usize,
}

/// Whether a name is one of those that can be asked for: letters, digits and underscores of ASCII.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_part)
}

/// Whether a byte is a letter, a digit or an underscore of ASCII.
pub(super) const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Names {
    /// Whether a name may stand in the text.
    pub(super) fn may_have(&self, name: Sought) -> bool {
        name.is_in(&self.all)
    }

    /// Whether a name may stand in an import line of the text.
    pub(super) fn may_import(&self, name: Sought) -> bool {
        name.is_in(&self.all[..self.imported])
    }
}

/// A name that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought(u16);

impl Sought {
    /// A plain name; no other one can be looked for.
    pub(super) fn new(name: &str) -> Option<Self> {
        is_plain(name).then(|| Self(hash(name.as_bytes())))
    }

    fn is_in(self, numbers: &[u16]) -> bool {
        // Many at once without a branch, which the compiler makes few comparisons.
        let (chunks, rest) = numbers.as_chunks::<32>();
        let is_one = |found: u16, number: &u16| found | u16::from(*number == self.0);
        let mut chunks = chunks.iter();
        chunks.any(|chunk| chunk.iter().fold(0, is_one) != 0) || rest.contains(&self.0)
    }
}

/// What reads texts, for one thread after the other.
#[derive(Debug, Default)]
pub(super) struct Readers(Mutex<Vec<Reader>>);

impl Readers {
    /// Reads a text and shows what is in it.
    pub(super) fn read<T>(&self, text: &str, show: impl FnOnce(&Read) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = lock().pop();
        let mut reader = free.unwrap_or_default();
        reader.read(text);
        let shown = show(&reader.read);
        lock().push(reader);
        shown
    }
}

/// What is in a text.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The numbers of the names in its import lines, and those of all others.
    imported: Vec<u16>,
    others: Vec<u16>,
    /// Where the word `class` stands.
    pub(super) classes: Vec<usize>,
    /// Where the word `as` stands.
    pub(super) renamed: Vec<usize>,
}

impl Read {
    /// The names of the text. What is not ASCII ends a name.
    pub(super) fn names(&self) -> Names {
        let imported = self.imported.len();
        Names {
            all: [&self.imported[..], &self.others].concat().into(),
            imported,
        }
    }

    /// Here is one of [`WORDS`]. `import` is where the last import line ends.
    fn word(&mut self, text: &str, word: &str, at: usize, import: &mut usize) {
        match word {
            "class" => self.classes.push(at),
            "as" => self.renamed.push(at),
            _ => {
                let end = importers::end_of_line_at(text, at);
                *import = end.unwrap_or_default().max(*import);
            }
        }
    }
}

/// The words whose places matter.
const WORDS: [&str; 4] = ["class", "as", "import", "from"];

/// What is known about a number: whether a name with it was seen in an import line or elsewhere;
/// above that the place of its word in [`WORDS`], from one on.
const SEEN: u8 = 1;
const IMPORTED: u8 = 2;
const FLAGS: u8 = SEEN | IMPORTED;

/// Reads texts.
#[derive(Debug)]
struct Reader {
    known: Box<[u8; 1 << 16]>,
    read: Read,
}

impl Default for Reader {
    fn default() -> Self {
        let known = vec![0; 1 << 16].into_boxed_slice();
        let mut known: Box<[u8; 1 << 16]> = known.try_into().expect("it has this length");
        for (at, word) in (1u8..).zip(WORDS) {
            known[usize::from(hash(word.as_bytes()))] = at << FLAGS.count_ones();
        }
        Self {
            known,
            read: Read::default(),
        }
    }
}

impl Reader {
    /// Forgets the text before, and reads this one.
    fn read(&mut self, text: &str) {
        let read = &mut self.read;
        for number in read.imported.drain(..).chain(read.others.drain(..)) {
            self.known[usize::from(number)] &= !FLAGS;
        }
        read.classes.clear();
        read.renamed.clear();
        // Where the last import line ends.
        let mut import = 0;
        each(text.as_bytes(), |number, name| {
            // Most names have been seen, and are none of the words.
            let known = self.known[usize::from(number)];
            if known.wrapping_sub(1) >= FLAGS || name.start < import {
                self.look(text, number, name, &mut import);
            }
        });
    }

    /// Looks at a name that is new, or may be one of the words, or stands in an import line.
    #[inline(never)]
    fn look(&mut self, text: &str, number: u16, name: Range<usize>, import: &mut usize) {
        let known = &mut self.known[usize::from(number)];
        if *known > FLAGS {
            let word = WORDS[usize::from(*known >> FLAGS.count_ones()) - 1];
            if *word == text[name.clone()] {
                self.read.word(text, word, name.start, import);
            }
        }
        if name.start < *import {
            if *known & IMPORTED == 0 {
                *known |= IMPORTED;
                self.read.imported.push(number);
            }
        } else if *known & FLAGS == 0 {
            *known |= SEEN;
            self.read.others.push(number);
        }
    }
}

/// How many bytes are looked at at once.
const BLOCK: usize = 64;

/// A block and the one behind it.
type Blocks = [u8; 2 * BLOCK];

/// Calls something with the number and the place of each run of letters, digits and underscores.
#[inline]
fn each(text: &[u8], mut look: impl FnMut(u16, Range<usize>)) {
    // The last bytes, with zeros behind them.
    let mut tail = [0; 3 * BLOCK];
    let tail_start = (text.len() / BLOCK).saturating_sub(1) * BLOCK;
    let rest = &text[tail_start..];
    tail[..rest.len()].copy_from_slice(rest);
    // Where a name began that goes on at the beginning of a block, and whether one does.
    let (mut start, mut inside) = (0, 0);
    for at in (0..=text.len()).step_by(BLOCK) {
        let blocks = text[at..].first_chunk();
        let Some(blocks) = blocks.or_else(|| tail.get(at - tail_start..)?.first_chunk()) else {
            return;
        };
        let parts = parts(blocks);
        let before = parts << 1 | inside;
        let (mut starts, mut ends) = (parts & !before, !parts & before);
        if inside != 0 && ends != 0 {
            let end = at + ends.trailing_zeros() as usize;
            ends &= ends - 1;
            look(hash(&text[start..end]), start..end);
        }
        while ends != 0 {
            let start = starts.trailing_zeros() as usize;
            let end = ends.trailing_zeros() as usize;
            starts &= starts.wrapping_sub(1);
            ends &= ends - 1;
            look(hash_in(blocks, start..end), at + start..at + end);
        }
        if starts != 0 {
            start = at + starts.trailing_zeros() as usize;
        }
        inside = parts >> 63;
    }
}

/// Which bytes of the first of two blocks are parts of names, a bit each.
#[inline]
fn parts(blocks: &Blocks) -> u64 {
    // Without a branch, so that the compiler compares many bytes at once. The bytes whose places
    // differ by a multiple of eight have one byte for their bits.
    let mut flags = [0u8; BLOCK];
    for (at, flag) in flags.iter_mut().enumerate() {
        let byte = blocks[at];
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let is_digit = byte.wrapping_sub(b'0') < 10;
        let is_part = u8::from(is_letter) | u8::from(is_digit) | u8::from(byte == b'_');
        *flag = is_part.wrapping_neg() & 1 << (at / 8);
    }
    let eights = flags.as_chunks().0.iter();
    let mut bits = eights.fold(0, |bits, eight| bits | u64::from_le_bytes(*eight));
    // Eight rows of eight bits become columns.
    for (by, mask) in [
        (7, 0x00aa_00aa_00aa_00aa),
        (14, 0x0000_cccc_0000_cccc),
        (28, 0x0000_0000_f0f0_f0f0),
    ] {
        let moved = (bits ^ bits >> by) & mask;
        bits ^= moved ^ moved << by;
    }
    bits
}

const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

/// The number of a name, which its first and its last eight bytes and its length make.
fn hash(name: &[u8]) -> u16 {
    if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
        return mixed(*first, *last, name.len());
    }
    let mut all = [0; 8];
    all[..name.len()].copy_from_slice(name);
    mixed(all, all, name.len())
}

/// The number of a name in the first of two blocks.
#[inline]
fn hash_in(blocks: &Blocks, name: Range<usize>) -> u16 {
    let eight = |at: usize| {
        let eight = blocks[at % BLOCK..].first_chunk();
        eight.copied().unwrap_or_default()
    };
    // The last eight of a short name are the first ones.
    let last = name.end.max(name.start + 8) - 8;
    mixed(eight(name.start), eight(last), name.len())
}

/// The number that the first and the last eight bytes of a name make; they are the same ones, and
/// only so many of them count, where it is shorter.
#[inline]
fn mixed(first: [u8; 8], last: [u8; 8], length: usize) -> u16 {
    let others = 8 * (8 - length.min(8));
    // Each in the order in which what differs most stands where a product depends on it most.
    let first = u64::from_le_bytes(first) << others;
    let last = u64::from_be_bytes(last) >> others;
    let all = first.wrapping_mul(FACTORS[0]) ^ (last ^ length as u64).wrapping_mul(FACTORS[1]);
    u16::try_from(all >> 48).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        each(text.as_bytes(), |number, name| {
            let name = &text[name];
            assert_eq!(number, hash(name.as_bytes()), "{name}");
            found.push(name);
        });
        found
    }

    fn sought(name: &str) -> Sought {
        Sought::new(name).unwrap()
    }

    fn names(text: &str) -> Names {
        Readers::default().read(text, Read::names)
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
        for length in 1..400 {
            let name = "n".repeat(length);
            assert_eq!(runs(&name), [&name]);
            assert_eq!(runs(&format!(" {name} x")), [&name, "x"]);
        }
    }

    #[test]
    fn names_at_every_place_of_a_block() {
        for start in 0..140 {
            for length in (1..20).chain([55, 63, 64, 65, 120, 128, 129, 200]) {
                let name: String = ('a'..='z').cycle().take(length).collect();
                for around in [" ", "\u{e9}", "=", "\0"] {
                    let before = "\u{201c}".repeat(start / 3) + &"-".repeat(start % 3);
                    let text = format!("{before}{around}{name}{around}");
                    assert_eq!(runs(&text), [&name], "{start} {length}");
                    assert_eq!(runs(&format!("{before}{name}")), [&name]);
                    let text = format!("{text}{name}_{around}x y{around}{text}");
                    let after = format!("{name}_");
                    assert_eq!(runs(&text), [&name, &after, "x", "y", &name]);
                }
            }
        }
    }

    #[test]
    fn every_byte_is_looked_at() {
        for byte in 0..=u8::MAX {
            for at in [0, 7, 8, 31, 63, 64, 70] {
                let mut text = [b' '; 80];
                text[at] = byte;
                let mut found = Vec::new();
                each(&text, |_, name| found.push(name));
                let expected = is_part(byte).then_some(at..at + 1);
                assert_eq!(found, Vec::from_iter(expected), "{byte} {at}");
            }
        }
    }

    #[test]
    fn every_name_is_known_and_few_others() {
        let name = |at: usize| format!("name_{}", at * at);
        let long = |at: usize| format!("a_long_name_with_{}_in_the_middle", at * at);
        let text: Vec<String> = (0..2000).map(name).chain((0..9).map(long)).collect();
        let names = names(&text.join(" = "));
        let may_have = |name: String| names.may_have(sought(&name));
        assert!((0..2000).all(|at| may_have(name(at))));
        assert!((0..9).all(|at| may_have(long(at))));
        let others = (2000..4000).filter(|at| may_have(name(*at)));
        assert!(others.count() < 200);
        let imported = (0..2000).filter(|at| names.may_import(sought(&name(*at))));
        assert!(imported.count() < 100);
    }

    #[test]
    fn nothing_is_left_of_the_text_before() {
        let readers = Readers::default();
        let of = |text: &str| readers.read(text, Read::names);
        assert!(of("import a\nclass b(c): d").may_import(sought("a")));
        let names = of("class e(a): import_");
        for word in ["b", "c", "d", "import", "from"] {
            assert!(!names.may_have(sought(word)), "{word}");
        }
        for word in ["class", "e", "a", "import_"] {
            assert!(names.may_have(sought(word)), "{word}");
            assert!(!names.may_import(sought(word)), "{word}");
        }
        assert!(!of("").may_have(sought("a")));
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
        let names = names(text);
        for word in ["a", "b", "c", "f", "g", "h", "i", "j", "k", "import"] {
            assert!(names.may_import(sought(word)), "{word}");
        }
        for word in ["d", "e", "l", "m", "x"] {
            assert!(!names.may_import(sought(word)), "{word}");
            assert!(names.may_have(sought(word)), "{word}");
        }
    }

    #[test]
    fn where_words_stand() {
        let text = "class a: subclass, class_, class\u{e9}, as\n\tas class";
        Readers::default().read(text, |read| {
            let places = |word: &str| {
                let places = text.match_indices(word).map(|(at, _)| at);
                places.collect::<Vec<_>>()
            };
            let classes = places("class");
            assert_eq!(read.classes, [classes[0], classes[3], classes[4]]);
            assert_eq!(
                read.renamed,
                places(" as")
                    .iter()
                    .chain(&places("\tas"))
                    .map(|at| at + 1)
                    .collect::<Vec<_>>()
            );
        });
    }
}
