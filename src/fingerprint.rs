//! What a finding is recognised by when its lines move.

use std::fmt;

/// FNV-1a with 128 bits, which every version of the program shares.
pub(crate) fn hash(bytes: &[u8]) -> u128 {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for &byte in bytes {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    hash
}

/// A finding by its content: the transform and the lines it stands on, whatever their numbers and
/// their indentation are. Findings of one file with the same content are told apart by counting.
///
/// It is written as `0123456789abcdef:1`, and stays the same from version to version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint {
    /// The hash of the content.
    pub content: u64,
    /// Which of the findings with this content it is, from 1; 0 before they are counted.
    pub ordinal: usize,
}

impl Fingerprint {
    /// Takes the fingerprint of a transform's finding in some lines of a text.
    pub fn of(transform: &str, lines: &str) -> Self {
        let mut content = transform.to_owned();
        for word in lines.split_whitespace() {
            content.push(' ');
            content.push_str(word);
        }
        let [high, low] = {
            let bytes = hash(content.as_bytes()).to_be_bytes();
            let half = |at: usize| std::array::from_fn(|byte| bytes[at + byte]);
            [0, 8].map(|at| u64::from_be_bytes(half(at)))
        };
        Self {
            content: high ^ low,
            ordinal: 0,
        }
    }

    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (content, ordinal) = text.split_once(':')?;
        Some(Self {
            content: u64::from_str_radix(content, 16).ok()?,
            ordinal: ordinal.parse().ok()?,
        })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}:{}", self.content, self.ordinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_function() {
        assert_eq!(hash(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn only_words_and_the_transform_count() {
        let of = |lines| Fingerprint::of("a-transform", lines);
        assert_eq!(of("    x = f(\n        1)\n"), of("x = f(\r\n1)"));
        assert_ne!(of("x = f(1)"), of("x = f(2)"));
        assert_ne!(of("x = f(1)"), Fingerprint::of("another", "x = f(1)"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let fingerprint = Fingerprint {
            content: 0xab,
            ordinal: 12,
        };
        assert_eq!(fingerprint.to_string(), "00000000000000ab:12");
        assert_eq!(Fingerprint::parse("00000000000000ab:12"), Some(fingerprint));
        assert_eq!(Fingerprint::parse("00000000000000ab"), None);
    }
}
