//! Tests of how files are decoded and encoded.

use super::*;
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Result<SourceFile, SourceError> {
    SourceFile::decode(PathBuf::from("a.py"), bytes.to_vec())
}

#[test]
fn utf_8_is_the_default() {
    let file = decode("naïve = 1\n".as_bytes()).unwrap();
    assert_eq!(file.text(), "naïve = 1\n");
    assert_eq!(file.bytes(), "naïve = 1\n".as_bytes());
    assert_eq!(file.encoding(), Encoding::UTF_8);
    assert!(!file.has_bom());
    assert_eq!(file.path(), Path::new("a.py"));
}

#[test]
fn a_byte_order_mark_is_set_aside_and_comes_back() {
    let file = decode(b"\xef\xbb\xbfx = 1\r\n").unwrap();
    assert!(file.has_bom());
    assert_eq!(file.text(), "x = 1\r\n");
    assert_eq!(file.encode("y = 2\r\n").unwrap(), b"\xef\xbb\xbfy = 2\r\n");
    assert_eq!(file.encode(file.text()).unwrap(), file.bytes());
}

#[test]
fn a_second_byte_order_mark_is_text() {
    let file = decode(b"\xef\xbb\xbf\xef\xbb\xbfx").unwrap();
    assert_eq!(file.text(), "\u{feff}x");
    assert_eq!(file.encode(file.text()).unwrap(), file.bytes());
}

#[test]
fn latin_1_keeps_control_characters_apart_from_windows_1252() {
    let file = decode(b"# coding: latin-1\ns = '\x80\xe9'\n").unwrap();
    assert_eq!(file.text(), "# coding: latin-1\ns = '\u{80}é'\n");
    assert_eq!(file.encode("é").unwrap(), b"\xe9");
    let error = file.encode("a\r\nb€").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.py`, line 2: the new text needs the character `€`, which ISO-8859-1 cannot represent; save the file as UTF-8"
    );
}

#[test]
fn other_encodings_are_decoded() {
    let file = decode(b"# vim: set fileencoding=cp1251 :\ns = '\xff'\n").unwrap();
    assert_eq!(file.text(), "# vim: set fileencoding=cp1251 :\ns = 'я'\n");
    assert_eq!(file.encode("яы").unwrap(), b"\xff\xfb");
    let file = decode(b"# coding: shift_jis\ns = '\x83\x65'\n").unwrap();
    assert_eq!(file.text(), "# coding: shift_jis\ns = 'テ'\n");
    assert_eq!(file.encode(file.text()).unwrap(), file.bytes());
}

#[test]
fn an_undecodable_byte_is_named_with_its_line() {
    let error = decode(b"a = 1\r\n\r\rs = '\xe9'\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.py`, line 4: the byte `0xe9` is not valid UTF-8; save the file as UTF-8, or name its encoding in the first line, as in `# -*- coding: latin-1 -*-`"
    );
    assert_eq!(error.line(), Some(4));
    let error = decode(b"# coding: ascii\ns = '\xe9'\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.py`, line 2: the byte `0xe9` is not valid ASCII; correct the encoding the file declares, or save the file in it"
    );
    let error = decode(b"# coding: euc-jp\n\ns = '\xa4\xc6\xff'\n").unwrap_err();
    assert!(
        matches!(
            error,
            SourceError::Undecodable {
                line: 3,
                byte: 0xff,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_nul_byte_is_an_error() {
    let error = decode(b"a = 1\nb = '\0'\n").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`a.py`, line 2: the file holds a NUL byte")
    );
}

#[test]
fn an_unknown_encoding_is_an_error() {
    let error = decode(b"#!/usr/bin/python\n# coding: klingon\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.py`, line 2: the encoding `klingon` is not known; save the file as UTF-8 and remove the encoding comment"
    );
}

#[test]
fn a_mark_and_another_encoding_contradict_each_other() {
    let error = decode(b"\xef\xbb\xbf# coding: latin-1\n").unwrap_err();
    assert!(matches!(
        error,
        SourceError::MarkContradictsEncoding { line: 1, .. }
    ));
    assert!(decode(b"\xef\xbb\xbf# coding: utf-8\n").is_ok());
}

#[test]
fn bytes_with_two_spellings_are_refused() {
    // Both 0x8754 and 0xfa4a are the Roman numeral one; only the first is ever written.
    assert!(decode(b"# coding: cp932\ns = '\x87\x54'\n").is_ok());
    let error = decode(b"# coding: cp932\ns = '\xfa\x4a'\n").unwrap_err();
    assert!(matches!(error, SourceError::NotReversible { .. }));
}

#[test]
fn columns_count_characters() {
    let file = decode("é = 1\r\nab\rc\x0cd\n\n".as_bytes()).unwrap();
    assert_eq!(file.line_column(0), (1, 1));
    assert_eq!(file.line_column(1), (1, 1));
    assert_eq!(file.line_column(2), (1, 2));
    assert_eq!(file.line_column(6), (1, 6));
    assert_eq!(file.line_column(8), (2, 1));
    assert_eq!(file.line_column(11), (3, 1));
    assert_eq!(file.line_column(13), (3, 3));
    assert_eq!(file.line_column(15), (4, 1));
    assert_eq!(file.line_column(16), (5, 1));
    assert_eq!(file.line_column(99), (5, 1));
    assert_eq!(file.line_count(), 5);
    assert_eq!(file.line_start(0), None);
    assert_eq!(file.line_start(1), Some(0));
    assert_eq!(file.line_start(3), Some(11));
    assert_eq!(file.line_start(6), None);
}

#[test]
fn the_newline_is_the_most_frequent_one() {
    for (text, newline) in [
        ("", "\n"),
        ("x", "\n"),
        ("a\n", "\n"),
        ("a\r\n", "\r\n"),
        ("a\rb\r", "\r"),
        ("a\r\nb\nc\n", "\n"),
        ("a\r\nb\n", "\r\n"),
        ("a\nb\r\nc\r\nd\r", "\r\n"),
    ] {
        assert_eq!(
            decode(text.as_bytes()).unwrap().newline(),
            newline,
            "{text:?}"
        );
    }
}

fn source_bytes() -> impl Strategy<Value = Vec<u8>> {
    let first = prop::sample::select(vec![
        &b""[..],
        b"\xef\xbb\xbf",
        b"# coding: latin-1\n",
        b"# coding: ascii\r\n",
        b"\n# coding: cp1252\n",
        b"#!x\r# coding: shift_jis\r",
        b"# coding: gb18030\n",
        b"# coding: iso-2022-jp\n",
        b"# coding: big5\n",
        b"# coding: koi8-r\n",
    ]);
    let rest = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        any::<String>().prop_map(String::into_bytes),
        "[a-z\r\n\x0c é]{0,40}".prop_map(String::into_bytes),
    ];
    (first, rest).prop_map(|(first, rest)| [first, &rest].concat())
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(bytes in source_bytes()) {
        if let Ok(file) = decode(&bytes) {
            prop_assert_eq!(file.bytes(), &bytes[..]);
            prop_assert_eq!(file.encode(file.text()).unwrap(), bytes);
        }
    }

    #[test]
    fn lines_and_offsets_agree(bytes in source_bytes()) {
        if let Ok(file) = decode(&bytes) {
            let mut expected = (1, 1);
            let mut characters = file.text().char_indices().peekable();
            while let Some((offset, character)) = characters.next() {
                prop_assert_eq!(file.line_column(offset), expected);
                let next = characters.peek().map(|&(_, next)| next);
                if character == '\n' || character == '\r' && next != Some('\n') {
                    expected = (expected.0 + 1, 1);
                    prop_assert_eq!(file.line_start(expected.0), Some(offset + 1));
                } else {
                    expected.1 += 1;
                }
            }
            prop_assert_eq!(file.line_count(), expected.0);
        }
    }
}
