//! What is done with whole classes: tests put something in the place of one, or mix one into a test
//! case; `closing(…)` calls the `close()` of its objects.

use super::outline::Obstacle;
use super::solve::{File, Propagation};
use super::walls::Code;
use crate::project::Project;
use crate::syntax::{AnyNodeRef, Module, PythonVersion, Ranged, TextRange, Tree, ast};
use memchr::memmem;
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

/// What a project does with its classes.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    /// The files that do something with classes by the look of their texts, by their paths.
    files: Vec<Candidate>,
    /// The names of the files and folders of the project.
    names: FxHashSet<String>,
}

/// A file that does something with classes by the look of its text.
#[derive(Debug)]
struct Candidate {
    path: PathBuf,
    clues: Clues,
    /// What it does, once a question needs it.
    found: OnceLock<Found>,
}

/// What the text of a file says before it is parsed.
#[derive(Debug, Default)]
struct Clues {
    /// The names of the classes that are replaced, or bases of a test case.
    classes: FxHashSet<Box<str>>,
    /// Something may be closed by `closing`.
    closes: bool,
    /// The parser has to say which classes are replaced.
    unclear: bool,
}

/// What a file does with classes, with the places in source order.
#[derive(Debug, Default)]
struct Found {
    /// A class is replaced by something whose methods are not known: its dotted name.
    replaced: Vec<(String, TextRange)>,
    /// A class is a base of a test case of `unittest`, together with others.
    mixed_in: Vec<(String, TextRange)>,
    /// Something is closed at the end of a `with`.
    closed: Vec<TextRange>,
}

impl StandIns {
    fn of(project: &Project) -> Self {
        let all: Mutex<Self> = Mutex::default();
        project.sources.each(&|path, text| {
            let clues = Clues::of(text);
            let names = path.components().filter_map(|part| {
                let name = part.as_os_str().to_str()?;
                Some(name.strip_suffix(".py").unwrap_or(name).to_owned())
            });
            if let Ok(mut all) = all.lock() {
                all.files.extend(clues.map(|clues| Candidate {
                    path: path.to_owned(),
                    clues,
                    found: OnceLock::new(),
                }));
                all.names.extend(names);
            }
        });
        let mut all = all.into_inner().unwrap_or_default();
        all.files.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    /// What the files do with classes that may do something with one, each parsed once.
    fn about(
        &self,
        project: &Project,
        may: impl Fn(&Clues) -> bool,
    ) -> impl Iterator<Item = (&Path, &Found)> {
        let files = self.files.iter().filter(|file| may(&file.clues));
        let files: Vec<&Candidate> = files.collect();
        let new = files.iter().filter(|file| file.found.get().is_none());
        let new: Vec<&Candidate> = new.copied().collect();
        project.in_parallel(new.len(), |at| {
            let Candidate { path, found, .. } = new[at];
            found.get_or_init(|| {
                let text = project.sources.text(path).unwrap_or_default();
                Found::of(&text)
            });
        });
        let files = files.into_iter();
        files.filter_map(|file| Some((&*file.path, file.found.get()?)))
    }

    /// Where a class is a base of a test case.
    fn mixed_in(&self, project: &Project, class: &str) -> Option<(PathBuf, TextRange)> {
        let mut files = self.about(project, |clues| clues.classes.contains(class));
        files.find_map(|(path, found)| {
            let mut places = found.mixed_in.iter();
            let (_, at) = places.find(|(name, _)| name == class)?;
            Some((path.to_owned(), *at))
        })
    }

    /// Where something is closed in a file that names a class.
    fn closed(&self, project: &Project, class: &str) -> Option<(PathBuf, TextRange)> {
        let mut files = self.about(project, |clues| clues.closes);
        files.find_map(|(path, found)| {
            let at = found.closed.first()?;
            let text = project.sources.text(path)?;
            text.contains(class).then(|| (path.to_owned(), *at))
        })
    }

    /// Where a class is replaced.
    fn replaced(&self, project: &Project, class: &str) -> Option<(PathBuf, TextRange)> {
        let may = |clues: &Clues| clues.unclear || clues.classes.contains(class);
        let is_it = |dotted: &str| {
            // `requests.Session` is no class of the project.
            let root = dotted.split('.').next().unwrap_or_default();
            // Nor is `app.session.requests.Session`: a module of the project imports that one.
            let holder = dotted.rsplit('.').nth(1).unwrap_or_default();
            dotted.rsplit('.').next() == Some(class)
                && (root.is_empty() || self.names.contains(root))
                && (self.names.contains(holder) || !holder.starts_with(|c: char| c.is_lowercase()))
        };
        self.about(project, may).find_map(|(path, found)| {
            let mut places = found.replaced.iter();
            let (_, at) = places.find(|(dotted, _)| is_it(dotted))?;
            Some((path.to_owned(), *at))
        })
    }
}

impl Found {
    fn of(text: &str) -> Self {
        let mut found = Self::default();
        let Ok(module) = Module::parse(text, PythonVersion::latest()) else {
            return found;
        };
        let tree = Tree::new(&module);
        for id in tree.ids() {
            match tree.node(id) {
                AnyNodeRef::ExprCall(call)
                    if tree.qualified_name(&call.func).as_deref() == Some("contextlib.closing") =>
                {
                    found.closed.push(call.range());
                }
                AnyNodeRef::ExprCall(call) => {
                    if let Some(dotted) = replaced(&tree, call) {
                        found.replaced.push((dotted, call.range()));
                    }
                }
                AnyNodeRef::StmtClassDef(class) if class.bases().len() > 1 => {
                    let last = |base: &ast::Expr| {
                        let words = tree.slice(base.range());
                        words.rsplit('.').next().unwrap_or_default().to_owned()
                    };
                    let names: Vec<String> = class.bases().iter().map(last).collect();
                    if names.iter().any(|name| name.ends_with("TestCase")) {
                        let at = class.name.range;
                        let others = names.into_iter().filter(|name| !name.ends_with("TestCase"));
                        found.mixed_in.extend(others.map(|name| (name, at)));
                    }
                }
                _ => {}
            }
        }
        found.replaced.sort_by_key(|(_, at)| at.start());
        found.mixed_in.sort_by_key(|(_, at)| at.start());
        found
    }
}

impl Clues {
    /// What a text says, if it has any such place by the look of it.
    fn of(text: &str) -> Option<Self> {
        let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let mut clues = Self {
            closes: has("closing") && has("contextlib"),
            ..Self::default()
        };
        if has("TestCase") {
            for header in text.split("class ").skip(1).filter_map(mixing) {
                let words = header.split(|c: char| !c.is_alphanumeric() && c != '_');
                clues.classes.extend(words.map(Into::into));
            }
        }
        for word in ["patch", "setattr"] {
            for at in memmem::find_iter(text.as_bytes(), word) {
                clues.replacing(&text[at + word.len()..]);
            }
        }
        (clues.closes || clues.unclear || !clues.classes.is_empty()).then_some(clues)
    }

    /// Takes down the classes, by the look of their names, of `(thing, "Name"` or
    /// `.object("pkg.Name"` at the beginning of a text.
    fn replacing(&mut self, rest: &str) {
        let rest = rest.strip_prefix(".object").unwrap_or(rest);
        let blank = |c: char| c.is_whitespace() || c == '\\';
        let Some(mut rest) = rest.trim_start_matches(blank).strip_prefix('(') else {
            return;
        };
        let (mut depth, mut commas) = (0, 0);
        let mut after_string = false;
        while let Some(at) = rest.find(['"', '\'', '(', ')', '[', ']', '{', '}', ',', '#']) {
            after_string &= rest[..at].chars().all(blank);
            let (mark, behind) = rest[at..].split_at(1);
            rest = behind;
            match mark {
                "#" => rest = rest.find('\n').map_or("", |end| &rest[end..]),
                "(" | "[" | "{" => depth += 1,
                "," if depth == 0 => commas += 1,
                "," => {}
                ")" | "]" | "}" => depth -= 1,
                quote => {
                    // What is put together from parts, or goes over several lines, is read by the
                    // parser.
                    let Some((text, behind)) = rest.split_once(quote) else {
                        self.unclear = true;
                        return;
                    };
                    if after_string || text.is_empty() || text.contains('\\') {
                        self.unclear = true;
                        return;
                    }
                    if let Some(name) = class_of(text) {
                        self.classes.insert(name.into());
                    }
                    rest = behind;
                    after_string = true;
                    continue;
                }
            }
            after_string = false;
            if depth < 0 || commas == 2 {
                return;
            }
        }
    }
}

/// The header of a class, which a text begins with, if it may be a test case with several bases.
fn mixing(class: &str) -> Option<&str> {
    let header = class.find("):").map_or(class, |end| &class[..end]);
    (header.contains("TestCase") && header.contains(',')).then_some(header)
}

/// The last part of a dotted name, where it is one of a class by the look of it.
fn class_of(dotted: &str) -> Option<&str> {
    let name = dotted.rsplit('.').next().unwrap_or_default();
    let is_class = name.trim_start_matches('_').starts_with(char::is_uppercase)
        && name.chars().any(char::is_lowercase);
    is_class.then_some(name)
}

/// The class that a call of `patch` or `setattr` replaces by something that knows nothing about it.
fn replaced(tree: &Tree<'_>, call: &ast::ExprCall) -> Option<String> {
    let callee = tree.slice(call.func.range());
    let last = callee.rsplit('.').next().unwrap_or_default();
    let object = callee.ends_with("patch.object");
    if !object && last != "patch" && last != "setattr" {
        return None;
    }
    let knows = ["autospec", "spec", "spec_set"].iter().any(|name| {
        call.arguments
            .find_keyword(name)
            .is_some_and(|keyword| !keyword.value.is_none_literal_expr())
    });
    if knows {
        return None;
    }
    let dotted = match &*call.arguments.args {
        [ast::Expr::StringLiteral(text), ..] => text.value.to_str().to_owned(),
        [module, ast::Expr::StringLiteral(name), ..] => {
            let module = tree.qualified_name(module).unwrap_or_default();
            let module = module.trim_start_matches('.');
            format!("{module}.{}", name.value.to_str())
        }
        _ => return None,
    };
    class_of(&dotted).is_some().then_some(dotted)
}

impl Propagation<'_> {
    /// Why a method stays whose class the tests replace or mix into a test case, or whose objects
    /// something else closes.
    pub(super) fn stood_in_for(&mut self, node: usize) -> Option<(PathBuf, Obstacle)> {
        let node = &self.nodes[node];
        let File { outline, .. } = &self.files[node.file];
        let own = &outline.definitions[node.definition];
        let class = own.class.as_deref()?;
        let all = self
            .stand_ins
            .get_or_insert_with(|| StandIns::of(self.project));
        if own.code == Code::Test {
            let (path, at) = all.mixed_in(self.project, class)?;
            let obstacle = Obstacle::new(
                "unknown-test-base",
                at,
                "its class is mixed into a test case here, which would let it pass without running it",
            )
            .remedy("Derive the test case from `unittest.IsolatedAsyncioTestCase`, and the class from that.");
            return Some((path, obstacle));
        }
        if own.qualified.rsplit('.').next() == Some("close")
            && let Some((path, at)) = all.closed(self.project, class)
        {
            let obstacle = Obstacle::new(
                "context-manager",
                at,
                "`closing` may call it at the end of a `with` statement, and does not await it",
            )
            .remedy("Write `aclosing`, or call it in a `finally`.");
            return Some((path, obstacle));
        }
        let (path, at) = all.replaced(self.project, class)?;
        let obstacle = Obstacle::new(
            "replaced-class",
            at,
            "something stands in the place of its class here, and what its methods give cannot be awaited",
        )
        .remedy("Pass `autospec=True`, which makes mocks of coroutine functions ones that can be awaited.");
        Some((path, obstacle))
    }
}

#[cfg(test)]
mod tests {
    use super::Clues;

    fn may_have_any(text: &str) -> bool {
        Clues::of(text).is_some()
    }

    #[test]
    fn texts_that_need_no_parser() {
        for text in [
            "with patch('app.Client'): pass",
            "with patch.object(app, 'Client', None): pass",
            "mock.patch(\n    # the client\n    'app.' 'Client',\n)",
            "monkeypatch.setattr(app.Thing(1, [2]), 'Client', None)",
            "patch('''app.Client''')",
            "class A(Base, unittest.TestCase): ...",
            "class A(\n    TestCase,\n    Base,\n): ...",
            "from contextlib import closing\nwith closing(a): pass",
        ] {
            assert!(may_have_any(text), "{text}");
        }
        for text in [
            "with patch('app.connect', Client): pass",
            "patch(\"app.CLIENT\")\nClient('Client')",
            "setattr(thing, name, 'Client')",
            "patch.dict(os.environ, {'Path': 'Name'})",
            "class A(TestCase): ...\nclass B(A): ...",
            "class A(B, C): ...\nx = TestCase",
            "class A:\n    def f(self, x): return unittest.TestCase, x",
            "file.closing(a)",
        ] {
            assert!(!may_have_any(text), "{text}");
        }
    }

    #[test]
    fn classes_of_texts() {
        let clues = |text| Clues::of(text).unwrap();
        let own = clues("with patch('app.Client'), patch.object(app, 'Other', None): pass");
        assert!(own.classes.contains("Client") && own.classes.contains("Other"));
        assert!(!own.unclear && !own.closes);
        assert!(clues("patch('app.' 'Client')").unclear);
        let own = clues("class A(base.Mixin, TestCase): ...\nclass B(C): ...");
        assert!(own.classes.contains("Mixin") && !own.classes.contains("C"));
    }
}
