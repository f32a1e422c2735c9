//! The texts that an editor has open.

use super::positions::{Lines, Unit};
use lsp_types::{TextDocumentContentChangeEvent, Uri};
use std::path::{Path, PathBuf};

/// A text as the editor has it, saved or not.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) lines: Lines,
}

impl Document {
    pub(super) fn new(uri: Uri, version: i32, path: PathBuf, text: String) -> Self {
        let lines = Lines::of(&text);
        Self {
            uri,
            version,
            path,
            text,
            lines,
        }
    }

    /// Takes changes over, in their order; one without a range is the whole text.
    pub(super) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        unit: Unit,
    ) {
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let start = self.lines.offset(&self.text, range.start, unit);
                    let end = self.lines.offset(&self.text, range.end, unit);
                    self.text.replace_range(start..end.max(start), &change.text);
                }
            }
            self.lines = Lines::of(&self.text);
        }
        self.version = version;
    }
}

/// The file that a `file:` address means.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let path = uri.as_str().strip_prefix("file://")?;
    // A host may stand before the path; only the local one has files here.
    let path = match path.find('/') {
        Some(0) => path,
        Some(at) if &path[..at] == "localhost" => &path[at..],
        _ => return None,
    };
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    Some(native(bytes))
}

#[cfg(unix)]
fn native(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn native(bytes: Vec<u8>) -> PathBuf {
    // `/C:/folder/file.py`
    let text = String::from_utf8_lossy(&bytes);
    PathBuf::from(text.strip_prefix('/').unwrap_or(&text))
}

/// The address of a file.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~')
        .remove(b':');
    let path = std::path::absolute(path).ok()?;
    let mut text = path.to_str()?.replace('\\', "/");
    if !text.starts_with('/') {
        text.insert(0, '/');
    }
    let text = percent_encoding::utf8_percent_encode(&text, KEPT);
    format!("file://{text}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths_in_another_writing() {
        let path = Path::new("/work space/ü/50%/a+b.py");
        let uri = uri_of(path).unwrap();
        assert_eq!(uri.as_str(), "file:///work%20space/%C3%BC/50%25/a%2Bb.py");
        assert_eq!(path_of(&uri).as_deref(), Some(path));
        let local: Uri = "file://localhost/a.py".parse().unwrap();
        assert_eq!(path_of(&local).as_deref(), Some(Path::new("/a.py")));
        let unsaved: Uri = "untitled:Untitled-1".parse().unwrap();
        assert_eq!(path_of(&unsaved), None);
    }

    #[test]
    fn changes_are_taken_over_in_their_order() {
        let uri: Uri = "file:///a.py".parse().unwrap();
        let mut document = Document::new(uri, 1, "/a.py".into(), "ä = 1\nb = 2\n".to_owned());
        let change = |range: Option<[u32; 4]>, text: &str| TextDocumentContentChangeEvent {
            range: range.map(|[a, b, c, d]| {
                lsp_types::Range::new(
                    lsp_types::Position::new(a, b),
                    lsp_types::Position::new(c, d),
                )
            }),
            range_length: None,
            text: text.to_owned(),
        };
        let changes = vec![
            change(Some([0, 1, 1, 1]), " = 3\nc"),
            change(Some([1, 0, 1, 1]), "𝔘"),
            change(Some([1, 2, 1, 2]), "!"),
        ];
        document.change(2, changes, Unit::Utf16);
        assert_eq!(document.text, "ä = 3\n𝔘! = 2\n");
        document.change(3, vec![change(None, "x")], Unit::Utf16);
        assert_eq!((document.version, &*document.text), (3, "x"));
    }
}
