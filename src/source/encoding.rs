//! The encodings of PEP 263, under the names Python gives them.

use std::fmt;

use encoding_rs::{DecoderResult, EncoderResult};

/// A source encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Utf8,
    Latin1,
    Ascii,
    Other(&'static encoding_rs::Encoding),
}

/// The encoding comment of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cookie<'a> {
    /// The name as the file spells it.
    pub(super) name: &'a str,
    /// The line it is on: 1 or 2.
    pub(super) line: usize,
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Kind::Utf8 => "UTF-8",
            Kind::Latin1 => "ISO-8859-1",
            Kind::Ascii => "ASCII",
            Kind::Other(encoding) => encoding.name(),
        })
    }
}

impl Encoding {
    /// UTF-8, the encoding of a file that declares none.
    pub const UTF_8: Self = Self(Kind::Utf8);
    /// ISO-8859-1, in which each byte is the character of the same number.
    pub const LATIN_1: Self = Self(Kind::Latin1);
    /// ASCII.
    pub const ASCII: Self = Self(Kind::Ascii);

    /// Returns the encoding that Python knows under `name`, if it is one of those known here.
    ///
    /// Encodings that do not contain ASCII, such as UTF-16, cannot be source encodings.
    pub fn named(name: &str) -> Option<Self> {
        use encoding_rs as rs;

        let normalized = normalize(name);
        let other = match normalized.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "utf8_ucs2" | "utf8_ucs4" | "cp65001"
            | "utf_8_sig" => return Some(Self::UTF_8),
            "iso_8859_1" | "latin_1" | "latin1" | "latin" | "l1" | "8859" | "cp819"
            | "iso8859_1" | "iso8859" | "iso_8859_1_1987" | "iso_ir_100" | "iso_latin_1"
            | "csisolatin1" | "ibm819" => return Some(Self::LATIN_1),
            "ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986"
            | "ansi_x3_4_1986" | "cp367" | "csascii" | "ibm367" | "iso646_us"
            | "iso_646.irv_1991" | "iso_646_irv_1991" | "iso_ir_6" | "us" | "us_ascii" => {
                return Some(Self::ASCII);
            }
            "cp1250" | "1250" | "windows_1250" => rs::WINDOWS_1250,
            "cp1251" | "1251" | "windows_1251" => rs::WINDOWS_1251,
            "cp1252" | "1252" | "windows_1252" => rs::WINDOWS_1252,
            "cp1253" | "1253" | "windows_1253" => rs::WINDOWS_1253,
            // Windows 1254 is ISO-8859-9 with letters in place of some control characters.
            "cp1254" | "1254" | "windows_1254" | "iso8859_9" | "iso_8859_9" | "latin5" | "l5"
            | "csisolatin5" | "iso_ir_148" | "iso_8859_9_1989" => rs::WINDOWS_1254,
            "cp1255" | "1255" | "windows_1255" => rs::WINDOWS_1255,
            "cp1256" | "1256" | "windows_1256" => rs::WINDOWS_1256,
            "cp1257" | "1257" | "windows_1257" => rs::WINDOWS_1257,
            "cp1258" | "1258" | "windows_1258" => rs::WINDOWS_1258,
            "cp866" | "866" | "ibm866" => rs::IBM866,
            "cp874" | "874" | "windows_874" => rs::WINDOWS_874,
            "cp932" | "932" | "ms932" | "mskanji" | "ms_kanji" | "windows_31j" | "shift_jis"
            | "csshiftjis" | "shiftjis" | "sjis" | "s_jis" => rs::SHIFT_JIS,
            "cp949" | "949" | "ms949" | "uhc" | "euc_kr" | "euckr" | "korean" | "ksc5601"
            | "ks_c_5601" | "ks_c_5601_1987" | "ksx1001" | "ks_x_1001" => rs::EUC_KR,
            "cp936" | "936" | "ms936" | "gbk" | "gb2312" | "chinese" | "euccn" | "euc_cn"
            | "eucgb2312_cn" | "gb2312_80" | "gb2312_1980" | "iso_ir_58" | "csiso58gb231280" => {
                rs::GBK
            }
            "gb18030" | "gb18030_2000" => rs::GB18030,
            "big5" | "big5_tw" | "csbig5" | "cp950" | "950" | "ms950" | "big5hkscs"
            | "big5_hkscs" | "hkscs" => rs::BIG5,
            "euc_jp" | "eucjp" | "ujis" | "u_jis" => rs::EUC_JP,
            "iso2022_jp" | "csiso2022jp" | "iso2022jp" | "iso_2022_jp" => rs::ISO_2022_JP,
            "koi8_r" | "cskoi8r" => rs::KOI8_R,
            "koi8_u" => rs::KOI8_U,
            "mac_roman" | "macroman" | "macintosh" => rs::MACINTOSH,
            "mac_cyrillic" | "maccyrillic" => rs::X_MAC_CYRILLIC,
            "iso8859_2" | "iso_8859_2" | "latin2" | "l2" | "csisolatin2" | "iso_ir_101"
            | "iso_8859_2_1987" => rs::ISO_8859_2,
            "iso8859_3" | "iso_8859_3" | "latin3" | "l3" | "csisolatin3" | "iso_ir_109"
            | "iso_8859_3_1988" => rs::ISO_8859_3,
            "iso8859_4" | "iso_8859_4" | "latin4" | "l4" | "csisolatin4" | "iso_ir_110"
            | "iso_8859_4_1988" => rs::ISO_8859_4,
            "iso8859_5" | "iso_8859_5" | "cyrillic" | "csisolatincyrillic" | "iso_ir_144"
            | "iso_8859_5_1988" => rs::ISO_8859_5,
            "iso8859_6" | "iso_8859_6" | "arabic" | "asmo_708" | "csisolatinarabic"
            | "ecma_114" | "iso_ir_127" | "iso_8859_6_1987" => rs::ISO_8859_6,
            "iso8859_7" | "iso_8859_7" | "greek" | "greek8" | "csisolatingreek" | "ecma_118"
            | "elot_928" | "iso_ir_126" | "iso_8859_7_1987" => rs::ISO_8859_7,
            "iso8859_8" | "iso_8859_8" | "hebrew" | "csisolatinhebrew" | "iso_ir_138"
            | "iso_8859_8_1988" | "iso_8859_8_e" | "iso_8859_8_i" => rs::ISO_8859_8,
            "iso8859_10" | "iso_8859_10" | "latin6" | "l6" | "csisolatin6" | "iso_ir_157"
            | "iso_8859_10_1992" => rs::ISO_8859_10,
            "iso8859_13" | "iso_8859_13" | "latin7" | "l7" => rs::ISO_8859_13,
            "iso8859_14" | "iso_8859_14" | "latin8" | "l8" | "iso_celtic" | "iso_ir_199"
            | "iso_8859_14_1998" => rs::ISO_8859_14,
            "iso8859_15" | "iso_8859_15" | "latin9" | "l9" => rs::ISO_8859_15,
            "iso8859_16" | "iso_8859_16" | "latin10" | "l10" | "iso_ir_226"
            | "iso_8859_16_2001" => rs::ISO_8859_16,
            _ => return None,
        };
        Some(Self(Kind::Other(other)))
    }

    /// Decodes `bytes`, or returns the position of the first byte that means nothing.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, usize> {
        match self.0 {
            Kind::Utf8 => std::str::from_utf8(bytes)
                .map(str::to_owned)
                .map_err(|error| error.valid_up_to()),
            Kind::Latin1 => Ok(bytes.iter().copied().map(char::from).collect()),
            Kind::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                None => Ok(bytes.iter().copied().map(char::from).collect()),
                Some(position) => Err(position),
            },
            Kind::Other(encoding) => decode_other(encoding, bytes),
        }
    }

    /// Encodes `text`, or returns the offset of the first character that has no bytes.
    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, usize> {
        let below = |limit: u32| {
            text.char_indices()
                .map(
                    |(offset, character)| match u8::try_from(u32::from(character)) {
                        Ok(byte) if u32::from(byte) < limit => Ok(byte),
                        _ => Err(offset),
                    },
                )
                .collect()
        };
        match self.0 {
            Kind::Utf8 => Ok(text.as_bytes().to_vec()),
            Kind::Latin1 => below(0x100),
            Kind::Ascii => below(0x80),
            Kind::Other(encoding) => encode_other(encoding, text),
        }
    }
}

fn decode_other(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2 + 16);
    let mut position = 0;
    loop {
        let (result, read) =
            decoder.decode_to_string_without_replacement(&bytes[position..], &mut text, true);
        position += read;
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull => text.reserve(bytes.len() + 16),
            DecoderResult::Malformed(length, behind) => {
                let length = usize::from(length) + usize::from(behind);
                let start = position.saturating_sub(length);
                // A sequence is wrong as a whole; the byte to name is the one above ASCII.
                let offending = (start..position).find(|&at| !bytes[at].is_ascii());
                return Err(offending.unwrap_or(start.min(bytes.len() - 1)));
            }
        }
    }
}

fn encode_other(encoding: &'static encoding_rs::Encoding, text: &str) -> Result<Vec<u8>, usize> {
    let mut encoder = encoding.new_encoder();
    let mut bytes = Vec::with_capacity(text.len() + 16);
    let mut position = 0;
    loop {
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(
            &text[position..],
            &mut bytes,
            true,
        );
        position += read;
        match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::OutputFull => bytes.reserve(text.len() + 16),
            EncoderResult::Unmappable(character) => return Err(position - character.len_utf8()),
        }
    }
}

/// Normalizes an encoding name as Python does: case, and runs of anything but letters,
/// digits and dots, make no difference.
fn normalize(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    let mut gap = false;
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '.' {
            if gap && !normalized.is_empty() {
                normalized.push('_');
            }
            normalized.push(character.to_ascii_lowercase());
            gap = false;
        } else {
            gap = true;
        }
    }
    // The tokenizer has shortcuts for names such as `utf-8-unix`, which Emacs writes.
    let mut end = normalized.len().min(12);
    while !normalized.is_char_boundary(end) {
        end -= 1;
    }
    for (family, encoding) in [
        ("utf_8", "utf_8"),
        ("latin_1", "iso_8859_1"),
        ("iso_8859_1", "iso_8859_1"),
        ("iso_latin_1", "iso_8859_1"),
    ] {
        if normalized[..end]
            .strip_prefix(family)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        {
            return encoding.to_owned();
        }
    }
    normalized
}

/// Finds the encoding comment in the first two lines, as PEP 263 describes it.
pub(super) fn cookie(bytes: &[u8]) -> Option<Cookie<'_>> {
    let (first, rest) = split_line(bytes);
    if let Some(name) = cookie_of_line(first) {
        return Some(Cookie { name, line: 1 });
    }
    let is_blank = match first.iter().find(|byte| !b" \t\x0c".contains(byte)) {
        None => true,
        Some(byte) => *byte == b'#',
    };
    if !is_blank {
        return None;
    }
    let (second, _) = split_line(rest);
    cookie_of_line(second).map(|name| Cookie { name, line: 2 })
}

fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr2(b'\n', b'\r', bytes) {
        None => (bytes, b""),
        Some(end) => {
            let length = if bytes[end..].starts_with(b"\r\n") {
                2
            } else {
                1
            };
            (&bytes[..end], &bytes[end + length..])
        }
    }
}

fn cookie_of_line(line: &[u8]) -> Option<&str> {
    let comment = line.iter().position(|byte| !b" \t\x0c".contains(byte))?;
    if line[comment] != b'#' {
        return None;
    }
    let comment = &line[comment..];
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let rest = &comment[at + b"coding".len()..];
        let rest = rest
            .strip_prefix(b":")
            .or_else(|| rest.strip_prefix(b"="))?;
        let start = rest
            .iter()
            .position(|byte| !b" \t".contains(byte))
            .unwrap_or(rest.len());
        let rest = &rest[start..];
        let end = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(byte)))
            .unwrap_or(rest.len());
        // The bytes are ASCII by the test above.
        let name = std::str::from_utf8(&rest[..end]).ok()?;
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_is_found_where_python_finds_it() {
        for (source, expected) in [
            ("# coding: latin-1\n", Some(("latin-1", 1))),
            ("# -*- coding: utf-8 -*-\n", Some(("utf-8", 1))),
            (
                "#!/bin/sh\r\n# vim:fileencoding=cp1252",
                Some(("cp1252", 2)),
            ),
            ("#!/bin/sh\r# coding=cp1252", Some(("cp1252", 2))),
            ("\x0c\n \t# encoding:\tascii\n", Some(("ascii", 2))),
            ("\n\n# coding: latin-1\n", None),
            ("x = 1\n# coding: latin-1\n", None),
            ("'''\n# coding: latin-1\n", None),
            ("x = 1 # coding: latin-1\n", None),
            ("# coding : latin-1\n", None),
            ("# encoding: # coding: cp1250\n", Some(("cp1250", 1))),
            ("", None),
        ] {
            let found = cookie(source.as_bytes()).map(|found| (found.name, found.line));
            assert_eq!(found, expected, "{source:?}");
        }
    }

    #[test]
    fn names_are_normalized_as_python_does() {
        for (name, expected) in [
            ("UTF-8", Some(Encoding::UTF_8)),
            ("utf8", Some(Encoding::UTF_8)),
            ("U8", Some(Encoding::UTF_8)),
            ("utf-8-unix", Some(Encoding::UTF_8)),
            ("utf-8-sig", Some(Encoding::UTF_8)),
            ("Latin_1", Some(Encoding::LATIN_1)),
            ("iso-8859-1-dos", Some(Encoding::LATIN_1)),
            ("ISO8859-1", Some(Encoding::LATIN_1)),
            ("us-ascii", Some(Encoding::ASCII)),
            ("iso-8859-11", None),
            ("utf-16", None),
            ("utf_7", None),
            ("-", None),
        ] {
            assert_eq!(Encoding::named(name), expected, "{name:?}");
        }
        assert_eq!(
            Encoding::named("iso-8859-15").unwrap().to_string(),
            "ISO-8859-15"
        );
        assert_eq!(
            Encoding::named("Windows-1252").unwrap().to_string(),
            "windows-1252"
        );
    }
}
