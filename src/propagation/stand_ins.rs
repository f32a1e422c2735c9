//! What is done with whole classes: tests put something in the place of one, or mix one into a test
//! case; `closing(…)` calls the `close()` of its objects.

use super::outline::Obstacle;
use super::solve::{File, Propagation};
use super::walls::Code;
use crate::project::Project;
use crate::syntax::{AnyNodeRef, Module, PythonVersion, Ranged, TextRange, Tree, ast};
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a project does with its classes.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    /// A class is replaced by something whose methods are not known: its name and where.
    replaced: Vec<(String, PathBuf, TextRange)>,
    /// A class is a base of a test case of `unittest`, together with others.
    mixed_in: Vec<(String, PathBuf, TextRange)>,
    /// Something is closed at the end of a `with`: where.
    closed: Vec<(PathBuf, TextRange)>,
}

impl StandIns {
    fn of(project: &Project) -> Self {
        let found: Mutex<(Self, FxHashSet<String>)> = Mutex::default();
        project.sources.each(&|path, text| {
            let mut own = Self::default();
            if may_have_any(text) {
                own.read(path, text);
            }
            let names = path.components().filter_map(|part| {
                let name = part.as_os_str().to_str()?;
                Some(name.strip_suffix(".py").unwrap_or(name).to_owned())
            });
            if let Ok(mut found) = found.lock() {
                found.0.replaced.append(&mut own.replaced);
                found.0.mixed_in.append(&mut own.mixed_in);
                found.0.closed.append(&mut own.closed);
                found.1.extend(names);
            }
        });
        let (mut all, names) = found.into_inner().unwrap_or_default();
        // `requests.Session` is no class of the project.
        all.replaced.retain(|(dotted, ..)| {
            dotted
                .split('.')
                .next()
                .is_some_and(|root| root.is_empty() || names.contains(root))
        });
        for (dotted, ..) in &mut all.replaced {
            *dotted = dotted.rsplit('.').next().unwrap_or_default().to_owned();
        }
        all.replaced
            .sort_by_key(|(_, path, at)| (path.clone(), at.start()));
        all.mixed_in
            .sort_by_key(|(_, path, at)| (path.clone(), at.start()));
        all
    }

    fn read(&mut self, path: &Path, text: &str) {
        let Ok(module) = Module::parse(text, PythonVersion::latest()) else {
            return;
        };
        let tree = Tree::new(&module);
        for id in tree.ids() {
            match tree.node(id) {
                AnyNodeRef::ExprCall(call)
                    if tree.qualified_name(&call.func).as_deref() == Some("contextlib.closing") =>
                {
                    self.closed.push((path.to_owned(), call.range()));
                }
                AnyNodeRef::ExprCall(call) => {
                    if let Some(dotted) = replaced(&tree, call) {
                        self.replaced.push((dotted, path.to_owned(), call.range()));
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
                        self.mixed_in
                            .extend(others.map(|name| (name, path.to_owned(), at)));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a text, by the look of it, has any such place.
fn may_have_any(text: &str) -> bool {
    (text.contains("closing") && text.contains("contextlib"))
        || text.contains("TestCase") && text.split("class ").skip(1).any(may_mix_in)
        || ["patch", "setattr"].iter().any(|word| {
            let mut calls = text.match_indices(word);
            calls.any(|(at, _)| may_replace(&text[at + word.len()..]))
        })
}

/// Whether a class, which a text begins with, may be a test case with several bases.
fn may_mix_in(class: &str) -> bool {
    let header = class.find("):").map_or(class, |end| &class[..end]);
    header.contains("TestCase") && header.contains(',')
}

/// Whether `(thing, "Name"` or `.object("pkg.Name"` stands at the beginning of a text: a class by
/// the look of its name.
fn may_replace(rest: &str) -> bool {
    let rest = rest.strip_prefix(".object").unwrap_or(rest);
    let blank = |c: char| c.is_whitespace() || c == '\\';
    let Some(mut rest) = rest.trim_start_matches(blank).strip_prefix('(') else {
        return false;
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
                let Some((text, behind)) = rest.split_once(quote) else {
                    return true;
                };
                // What is put together from parts, or goes over several lines, is read by the
                // parser.
                if after_string || text.is_empty() || text.contains('\\') || is_class(text) {
                    return true;
                }
                rest = behind;
                after_string = true;
                continue;
            }
        }
        after_string = false;
        if depth < 0 || commas == 2 {
            return false;
        }
    }
    false
}

/// Whether the last part of a dotted name is one of a class.
fn is_class(dotted: &str) -> bool {
    let name = dotted.rsplit('.').next().unwrap_or_default();
    name.trim_start_matches('_').starts_with(char::is_uppercase)
        && name.chars().any(char::is_lowercase)
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
    is_class(&dotted).then_some(dotted)
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
            let (_, path, at) = all.mixed_in.iter().find(|(name, ..)| name == class)?;
            let obstacle = Obstacle::new(
                "unknown-test-base",
                *at,
                "its class is mixed into a test case here, which would let it pass without running it",
            )
            .remedy("Derive the test case from `unittest.IsolatedAsyncioTestCase`, and the class from that.");
            return Some((path.clone(), obstacle));
        }
        let last = own.qualified.rsplit('.').next();
        let mut closed = all.closed.iter().filter(|_| last == Some("close"));
        let names_class = |path: &Path| {
            let text = self.project.sources.text(path);
            text.is_some_and(|text| text.contains(class))
        };
        if let Some((path, at)) = closed.find(|(path, _)| names_class(path)) {
            let obstacle = Obstacle::new(
                "context-manager",
                *at,
                "`closing` may call it at the end of a `with` statement, and does not await it",
            )
            .remedy("Write `aclosing`, or call it in a `finally`.");
            return Some((path.clone(), obstacle));
        }
        let (_, path, at) = all.replaced.iter().find(|(name, ..)| name == class)?;
        let obstacle = Obstacle::new(
            "replaced-class",
            *at,
            "something stands in the place of its class here, and what its methods give cannot be awaited",
        )
        .remedy("Pass `autospec=True`, which makes mocks of coroutine functions ones that can be awaited.");
        Some((path.clone(), obstacle))
    }
}

#[cfg(test)]
mod tests {
    use super::may_have_any;

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
}
