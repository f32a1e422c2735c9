//! The words without which a transform has nothing to do, looked for in bytes: whole names only,
//! so that `create_task` does not stand in `async_create_task(…)`.

use super::{About, FileView};
use crate::syntax::Module;
use std::ops::Range;

/// What `About::mentions` puts before a name that must stand in an import statement.
const IMPORTED: &str = "import ";

/// What it puts before a name that may stand anywhere.
const ANYWHERE: &str = "text ";

/// What it has in the place of a name where every file may have sites.
const EVERYTHING: &str = "*";

/// One word of [`About::mentions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    /// The name.
    pub(crate) name: &'static str,
    /// Whether only a name in an import statement counts.
    pub(crate) imported: bool,
    /// Whether it counts in strings and comments, too.
    pub(crate) anywhere: bool,
}

impl Mention {
    /// Whether the name counts at this place of a text, where its bytes stand.
    pub(crate) fn counts(&self, text: &[u8], at: Range<usize>) -> bool {
        is_whole_name(text, at.clone()) && (!self.imported || in_import(text, at.start))
    }

    /// Whether the name is used somewhere in the code, comments and strings aside.
    fn is_used(&self, module: &Module<'_>) -> bool {
        let text = module.text.as_bytes();
        memchr::memmem::find_iter(text, self.name.as_bytes()).any(|start| {
            self.counts(text, start..start + self.name.len())
                && (self.anywhere || module.is_name_at(start))
        })
    }
}

impl About {
    /// The words of [`About::mentions`], taken apart.
    pub(crate) fn words(&self) -> impl Iterator<Item = Mention> + use<> {
        let words = self.mentions.iter().filter(|word| **word != EVERYTHING);
        words.map(|word| {
            let imported = word.strip_prefix(IMPORTED);
            let anywhere = word.strip_prefix(ANYWHERE);
            Mention {
                name: imported.or(anywhere).unwrap_or(word),
                imported: imported.is_some(),
                anywhere: anywhere.is_some(),
            }
        })
    }

    /// Whether any file may have a site.
    pub(crate) fn takes_everything(&self) -> bool {
        self.mentions.contains(&EVERYTHING)
    }

    /// Whether the code of a file has a word without which the transform has nothing to do.
    pub(crate) fn may_have_sites(&self, module: &Module<'_>) -> bool {
        self.takes_everything() || self.words().any(|word| word.is_used(module))
    }
}

impl FileView<'_> {
    /// Whether the code has a word without which a transform has nothing to do. Each word is looked
    /// for once, whoever asks.
    pub(crate) fn may_have_sites(&self, about: &About) -> bool {
        let is_used = |word: Mention| {
            let known = self
                .known
                .words
                .borrow()
                .iter()
                .find(|one| one.0 == word)
                .copied();
            known.map_or_else(
                || {
                    let found = word.is_used(self.tree.module);
                    self.known.words.borrow_mut().push((word, found));
                    found
                },
                |(_, found)| found,
            )
        };
        about.takes_everything() || about.words().any(is_used)
    }
}

/// Whether no letter, digit or underscore stands right before or after. Every byte of a character
/// outside of ASCII is taken for a letter: the grammar has no such character beside names, but for
/// the byte order mark at the beginning of a file.
fn is_whole_name(text: &[u8], at: Range<usize>) -> bool {
    let continues = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let before = text[..at.start].strip_prefix(b"\xef\xbb\xbf");
    let before = before.unwrap_or(&text[..at.start]).last();
    let after = text.get(at.end);
    !before.is_some_and(|byte| continues(*byte)) && !after.is_some_and(|byte| continues(*byte))
}

/// Whether `import` or `from` stands before a place on its line; a line that ends with a backslash
/// goes on.
fn in_import(text: &[u8], at: usize) -> bool {
    let mut start = at;
    loop {
        start = memchr::memrchr2(b'\n', b'\r', &text[..start]).map_or(0, |end| end + 1);
        let above = text[..start]
            .strip_suffix(b"\n")
            .map_or(&text[..start], |rest| rest);
        let above = above.strip_suffix(b"\r").unwrap_or(above);
        if start == 0 || !above.ends_with(b"\\") {
            break;
        }
        start = above.len();
    }
    let line = &text[start..at];
    ["import", "from"].iter().any(|word| {
        memchr::memmem::find_iter(line, word.as_bytes())
            .any(|found| is_whole_name(line, found..found + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::PythonVersion;

    fn is_used(word: Mention, text: &str) -> bool {
        let module = Module::parse(text, PythonVersion::latest()).unwrap();
        word.is_used(&module)
    }

    #[test]
    fn whole_names_of_the_code_count() {
        let word = Mention {
            name: "gather",
            imported: false,
            anywhere: false,
        };
        for text in [
            "gather()",
            "asyncio.gather(x)",
            "from asyncio import gather as g",
            "f'{gather()}'",
            "x.\\\n  gather",
            "\u{feff}gather",
        ] {
            assert!(is_used(word, text), "{text}");
        }
        for text in [
            "together()",
            "gather_all()",
            "gatherer()",
            "gather\u{e9}()",
            "# gather\n",
            "'gather'",
            "f'gather {x}'",
            "f'''{x:gather}'''",
        ] {
            assert!(!is_used(word, text), "{text}");
        }
    }

    #[test]
    fn imported_names_stand_in_import_statements() {
        let word = Mention {
            name: "requests",
            imported: true,
            anywhere: false,
        };
        for text in [
            "import requests",
            "import os, requests",
            "import  os, \\\n  requests as r",
            "import os, \\\r\n  requests as r",
            "import os, \\\r  requests as r",
            "from requests import get",
            "from requests.adapters import HTTPAdapter",
            "x = 1; import requests",
            "if x: import requests",
        ] {
            assert!(is_used(word, text), "{text}");
        }
        for text in [
            "requests = []\nrequests.get(1)\n",
            "import os\nrequests = os\n",
            "import requests_mock",
            "important = requests",
            "# import requests\n",
        ] {
            assert!(!is_used(word, text), "{text}");
        }
    }
}
