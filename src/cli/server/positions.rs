//! Places of a text in the ways that an editor and the engine count them.
//!
//! An editor counts lines and units of a line from zero, units of UTF-16 unless both sides agree on
//! another encoding; the engine counts lines and characters from one.

use lsp_types::{Position, PositionEncodingKind};
use serde_json::Value;

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16.
    Utf16,
    /// Characters.
    Utf32,
}

impl Unit {
    /// The first of the encodings that `InitializeParams` of a client offer, which must have UTF-16
    /// and may say nothing.
    pub(super) fn of(client: &Value) -> Self {
        let known = |kind: &Value| match kind.as_str()? {
            "utf-8" => Some(Self::Utf8),
            "utf-16" => Some(Self::Utf16),
            "utf-32" => Some(Self::Utf32),
            _ => None,
        };
        let offered = client.pointer("/capabilities/general/positionEncodings");
        let mut offered = offered.and_then(Value::as_array).into_iter().flatten();
        offered.find_map(known).unwrap_or(Self::Utf16)
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, letter: char) -> usize {
        match self {
            Self::Utf8 => letter.len_utf8(),
            Self::Utf16 => letter.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// The lines of a text: the offsets in bytes at which they start.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Lines end with `\n`, `\r\n` or `\r`.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { starts }
    }

    /// A line without its end; empty behind the last one.
    fn line<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let Some(start) = self.starts.get(line) else {
            return "";
        };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        text[*start..end].trim_end_matches(['\n', '\r'])
    }

    /// The offset in bytes of an editor's position; one behind the end of a line or of the text
    /// means that end.
    pub(super) fn offset(&self, text: &str, position: Position, unit: Unit) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line) else {
            return text.len();
        };
        let mut units = position.character as usize;
        let content = self.line(text, line);
        for (at, letter) in content.char_indices() {
            let width = unit.width(letter);
            if units < width {
                return start + at;
            }
            units -= width;
        }
        start + content.len()
    }

    /// The editor's position of a line and a column in characters, both from one.
    pub(super) fn position(
        &self,
        text: &str,
        (line, column): (usize, usize),
        unit: Unit,
    ) -> Position {
        let line = line.saturating_sub(1);
        let before = self.line(text, line).chars().take(column.saturating_sub(1));
        let units: usize = before.map(|letter| unit.width(letter)).sum();
        Position::new(number(line), number(units))
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_what_both_sides_agree_on() {
        let text = "a\u{1d518}b\r\nü𝔘 x\rlast";
        let lines = Lines::of(text);
        for (unit, column) in [(Unit::Utf8, 7), (Unit::Utf16, 4), (Unit::Utf32, 3)] {
            // Before the `x` of the second line, which is its fourth character.
            let expected = Position::new(1, column);
            assert_eq!(lines.position(text, (2, 4), unit), expected, "{unit:?}");
            let offset = lines.offset(text, expected, unit);
            assert_eq!(&text[offset..], "x\rlast", "{unit:?}");
        }
    }

    #[test]
    fn positions_behind_an_end_mean_the_end() {
        let text = "ab\ncd";
        let lines = Lines::of(text);
        let offset =
            |line, character| lines.offset(text, Position::new(line, character), Unit::Utf16);
        assert_eq!(offset(0, 9), 2);
        assert_eq!(offset(1, 9), 5);
        assert_eq!(offset(7, 0), 5);
    }

    #[test]
    fn a_position_inside_of_a_character_means_its_start() {
        let text = "𝔘";
        let lines = Lines::of(text);
        assert_eq!(lines.offset(text, Position::new(0, 1), Unit::Utf16), 0);
    }
}
