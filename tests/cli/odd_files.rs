//! Files in which the bytes matter.

use super::PROGRAM;

/// The files by their names; each has the site of [`PROGRAM`].
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let crlf = PROGRAM.replace('\n', "\r\n");
    let latin = format!("# -*- coding: latin-1 -*-\n{PROGRAM}").into_bytes();
    let deeper = PROGRAM.lines().map(|line| format!("    {line}\n"));
    let deeper = deeper
        .collect::<String>()
        .replace("(queue):\n", "(queue):\r");
    let greeting = b"# gr\xfc\xdfe\n";
    vec![
        ("plain.py", PROGRAM.into()),
        ("bom.py", [b"\xef\xbb\xbf", PROGRAM.as_bytes()].concat()),
        ("crlf.py", crlf.clone().into()),
        ("cr.py", PROGRAM.replace('\n', "\r").into()),
        (
            "mixed.py",
            PROGRAM.replace("(queue):\n", "(queue):\r\n").into(),
        ),
        (
            "mixed_in_a_block.py",
            format!("try:\r\n{deeper}finally:\r\n    pass\n").into(),
        ),
        (
            "form_feed.py",
            PROGRAM.replace("\n\n\n", "\n\x0c\n\n").into(),
        ),
        ("tabs.py", PROGRAM.replace("    ", "\t").into()),
        ("no_newline.py", PROGRAM.trim_end().into()),
        (
            "no_newline_at_site.py",
            PROGRAM.replace("\n    return item\n", "").into(),
        ),
        (
            "crlf_no_newline.py",
            crlf.replace("\r\n    return item\r\n", "").into(),
        ),
        ("latin.py", [&latin[..], greeting].concat()),
        ("a folder/with spaces.py", PROGRAM.into()),
    ]
}
