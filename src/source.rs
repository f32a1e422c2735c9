//! Bytes that arrived, decoded: text, encoding, byte order mark, newline style and line starts.
//!
//! A `SourceFile` never changes. It knows nothing of Python beyond the encoding comment of
//! PEP 263, and it never touches the file system.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use self::blocks::Blocks;
pub use self::encoding::Encoding;

mod blocks;
mod encoding;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One source file as it was read, with its decoded text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    path: PathBuf,
    content: Content,
    encoding: Encoding,
    text_start: usize,
    lines: OnceLock<Lines>,
}

/// The bytes and the text, which are one buffer when the file is UTF-8.
#[derive(Debug, Clone)]
enum Content {
    Utf8(String),
    Other { bytes: Vec<u8>, text: String },
}

#[derive(Debug, Clone)]
struct Lines {
    /// Byte offsets at which the lines of the text start; the first is 0.
    starts: Vec<usize>,
    newline: &'static str,
}

/// Why a file cannot be read as Python source, or not be written in its encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The encoding comment names an encoding that this program does not know.
    #[error(
        "`{}`, line {line}: the encoding `{name}` is not known; save the file as UTF-8 and remove the encoding comment",
        path.display()
    )]
    UnknownEncoding {
        /// The file.
        path: PathBuf,
        /// The line of the encoding comment, from 1.
        line: usize,
        /// The name as the file spells it.
        name: String,
    },
    /// The file begins with a UTF-8 byte order mark but declares another encoding.
    #[error(
        "`{}`, line {line}: the file begins with a UTF-8 byte order mark but declares the encoding `{name}`, which Python rejects; remove one of the two",
        path.display()
    )]
    MarkContradictsEncoding {
        /// The file.
        path: PathBuf,
        /// The line of the encoding comment, from 1.
        line: usize,
        /// The name as the file spells it.
        name: String,
    },
    /// A byte means nothing in the file's encoding.
    #[error(
        "`{}`, line {line}: the byte `0x{byte:02x}` is not valid {encoding}; {}",
        path.display(),
        undecodable_hint(*declared)
    )]
    Undecodable {
        /// The file.
        path: PathBuf,
        /// The line of the byte, from 1.
        line: usize,
        /// The offending byte.
        byte: u8,
        /// The encoding in use.
        encoding: Encoding,
        /// Whether the file declares that encoding, in a comment or by a byte order mark.
        declared: bool,
    },
    /// The file holds a NUL byte.
    #[error(
        "`{}`, line {line}: the file holds a NUL byte, which Python source cannot contain; it may be a binary file or saved as UTF-16: save it as UTF-8 or exclude it",
        path.display()
    )]
    NulByte {
        /// The file.
        path: PathBuf,
        /// The line of the byte, from 1.
        line: usize,
    },
    /// Decoding and encoding again would not give the same bytes.
    #[error(
        "`{}`: reading the file as {encoding} and writing it again would change its bytes; save the file as UTF-8",
        path.display()
    )]
    NotReversible {
        /// The file.
        path: PathBuf,
        /// The encoding in use.
        encoding: Encoding,
    },
    /// A character of the new text has no representation in the file's encoding.
    #[error(
        "`{}`, line {line}: the new text needs the character `{character}`, which {encoding} cannot represent; save the file as UTF-8",
        path.display()
    )]
    Unencodable {
        /// The file.
        path: PathBuf,
        /// The line in the new text, from 1.
        line: usize,
        /// The character.
        character: char,
        /// The encoding in use.
        encoding: Encoding,
    },
}

fn undecodable_hint(declared: bool) -> &'static str {
    if declared {
        "correct the encoding the file declares, or save the file in it"
    } else {
        "save the file as UTF-8, or name its encoding in the first line, as in `# -*- coding: latin-1 -*-`"
    }
}

impl SourceError {
    /// Returns the file the error is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::UnknownEncoding { path, .. }
            | Self::MarkContradictsEncoding { path, .. }
            | Self::Undecodable { path, .. }
            | Self::NulByte { path, .. }
            | Self::NotReversible { path, .. }
            | Self::Unencodable { path, .. } => path,
        }
    }

    /// Returns what is wrong and what to do, as a sentence without the place.
    pub fn reason(&self) -> String {
        let message = self.to_string();
        let place = match self.line() {
            Some(line) => format!("`{}`, line {line}: ", self.path().display()),
            None => format!("`{}`: ", self.path().display()),
        };
        let reason = message.strip_prefix(&place).unwrap_or(&message);
        let mut letters = reason.chars();
        match letters.next() {
            Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
            None => message,
        }
    }

    /// Returns the line the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::UnknownEncoding { line, .. }
            | Self::MarkContradictsEncoding { line, .. }
            | Self::Undecodable { line, .. }
            | Self::NulByte { line, .. }
            | Self::Unencodable { line, .. } => Some(*line),
            Self::NotReversible { .. } => None,
        }
    }
}

impl SourceFile {
    /// Decodes `bytes` as Python would.
    ///
    /// The encoding is UTF-8 unless one of the first two lines declares another (PEP 263).
    /// What is accepted can be written again without loss.
    pub fn decode(path: PathBuf, bytes: Vec<u8>) -> Result<Self, SourceError> {
        if let Some(position) = memchr::memchr(0, &bytes) {
            let line = line_of(&bytes, position);
            return Err(SourceError::NulByte { path, line });
        }
        let has_bom = bytes.starts_with(BOM);
        let text_start = if has_bom { BOM.len() } else { 0 };
        let cookie = encoding::cookie(&bytes[text_start..]);
        let encoding = match &cookie {
            None => Encoding::UTF_8,
            Some(cookie) => match Encoding::named(cookie.name) {
                Some(encoding) if has_bom && encoding != Encoding::UTF_8 => {
                    return Err(SourceError::MarkContradictsEncoding {
                        path,
                        line: cookie.line,
                        name: cookie.name.to_owned(),
                    });
                }
                Some(encoding) => encoding,
                None => {
                    return Err(SourceError::UnknownEncoding {
                        path,
                        line: cookie.line,
                        name: cookie.name.to_owned(),
                    });
                }
            },
        };
        let declared = has_bom || cookie.is_some();
        let undecodable = |path: PathBuf, bytes: &[u8], position: usize| SourceError::Undecodable {
            path,
            line: line_of(bytes, position),
            byte: bytes[position],
            encoding,
            declared,
        };

        let content = if encoding == Encoding::UTF_8 {
            match String::from_utf8(bytes) {
                Ok(text) => Content::Utf8(text),
                Err(error) => {
                    let position = error.utf8_error().valid_up_to();
                    return Err(undecodable(path, error.as_bytes(), position));
                }
            }
        } else {
            match encoding.decode(&bytes) {
                Ok(text) => Content::Other { bytes, text },
                Err(position) => return Err(undecodable(path, &bytes, position)),
            }
        };
        let file = Self {
            path,
            content,
            encoding,
            text_start,
            lines: OnceLock::new(),
        };
        // Some encodings have two spellings of one character, of which only one is written.
        if let Content::Other { bytes, text } = &file.content
            && encoding.encode(text).as_deref() != Ok(bytes)
        {
            return Err(SourceError::NotReversible {
                path: file.path,
                encoding,
            });
        }
        Ok(file)
    }

    /// Takes a text that is decoded already; an encoding comment in it means nothing.
    pub fn from_text(path: PathBuf, text: String) -> Result<Self, SourceError> {
        if let Some(position) = memchr::memchr(0, text.as_bytes()) {
            let line = line_of(text.as_bytes(), position);
            return Err(SourceError::NulByte { path, line });
        }
        let has_bom = text.as_bytes().starts_with(BOM);
        Ok(Self {
            path,
            content: Content::Utf8(text),
            encoding: Encoding::UTF_8,
            text_start: if has_bom { BOM.len() } else { 0 },
            lines: OnceLock::new(),
        })
    }

    /// Returns the path under which the file was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the same file under another path.
    #[must_use]
    pub fn renamed(&self, path: PathBuf) -> Self {
        Self {
            path,
            ..self.clone()
        }
    }

    /// The same file with another text. What it was read from stays what it was.
    #[must_use]
    pub fn with_text(&self, text: String) -> Self {
        Self {
            path: self.path.clone(),
            content: Content::Other {
                bytes: self.bytes().to_vec(),
                text,
            },
            encoding: self.encoding,
            text_start: self.text_start,
            lines: OnceLock::new(),
        }
    }

    /// Returns the decoded text without the byte order mark, line endings as they are.
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Utf8(text) => &text[self.text_start..],
            Content::Other { text, .. } => text,
        }
    }

    /// Returns the bytes as they were read.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Utf8(text) => text.as_bytes(),
            Content::Other { bytes, .. } => bytes,
        }
    }

    /// Returns the encoding of the file.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns whether the file begins with a UTF-8 byte order mark.
    pub fn has_bom(&self) -> bool {
        self.text_start > 0
    }

    /// Returns the line ending that most lines have, the earlier one if two are as frequent.
    ///
    /// It is `"\n"` for a file of a single line.
    pub fn newline(&self) -> &'static str {
        self.lines().newline
    }

    /// Returns the line and column of an offset into the text, both from 1.
    ///
    /// Columns count characters. An offset inside a character counts as its start, one behind
    /// the end as the end.
    pub fn line_column(&self, byte_offset: usize) -> (usize, usize) {
        let text = self.text();
        let offset = text.floor_char_boundary(byte_offset);
        let starts = &self.lines().starts;
        let line = starts.partition_point(|&start| start <= offset);
        let column = text[starts[line - 1]..offset].chars().count() + 1;
        (line, column)
    }

    /// Returns the offset at which a line of the text starts; the first line is 1.
    pub fn line_start(&self, line: usize) -> Option<usize> {
        self.lines().starts.get(line.checked_sub(1)?).copied()
    }

    /// Returns the number of lines; text behind the last line ending is one, even if empty.
    pub fn line_count(&self) -> usize {
        self.lines().starts.len()
    }

    /// Returns `new_text` as bytes of this file: in its encoding, with its byte order mark.
    pub fn encode(&self, new_text: &str) -> Result<Vec<u8>, SourceError> {
        if self.encoding == Encoding::UTF_8 {
            let mut bytes = Vec::with_capacity(self.text_start + new_text.len());
            if self.has_bom() {
                bytes.extend_from_slice(BOM);
            }
            bytes.extend_from_slice(new_text.as_bytes());
            return Ok(bytes);
        }
        self.encoding.encode(new_text).map_err(|position| {
            let character = new_text[position..].chars().next();
            SourceError::Unencodable {
                path: self.path.clone(),
                line: line_of(new_text.as_bytes(), position),
                character: character.unwrap_or(char::REPLACEMENT_CHARACTER),
                encoding: self.encoding,
            }
        })
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(self.text()))
    }
}

impl Lines {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut counts = [("\n", 0_usize), ("\r\n", 0), ("\r", 0)];
        let mut first = 0;
        for position in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let kind = match (bytes[position], bytes.get(position + 1)) {
                (b'\r', Some(b'\n')) => continue,
                (b'\r', _) => 2,
                _ if position > 0 && bytes[position - 1] == b'\r' => 1,
                _ => 0,
            };
            if starts.len() == 1 {
                first = kind;
            }
            counts[kind].1 += 1;
            starts.push(position + 1);
        }
        let mut best = first;
        for kind in 0..counts.len() {
            if counts[kind].1 > counts[best].1 {
                best = kind;
            }
        }
        Self {
            starts,
            newline: counts[best].0,
        }
    }
}

/// Returns the line, from 1, that holds the byte at `position`.
fn line_of(bytes: &[u8], position: usize) -> usize {
    let before = &bytes[..position];
    let ends = memchr::memchr2_iter(b'\n', b'\r', before)
        .filter(|&end| before[end] == b'\n' || bytes.get(end + 1) != Some(&b'\n'))
        .count();
    ends + 1
}

#[cfg(test)]
mod tests;
