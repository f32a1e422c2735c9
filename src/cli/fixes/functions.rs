//! A text taken apart at its functions, so that what is rewritten in one is told from the rest.

use super::{TextEdit, edits_within, lines};
use crate::syntax::{Module, NodeId, PythonVersion, Ranged, Tree};
use std::ops::Range;

/// A function that is in no other one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name, behind those of the classes around it.
    name: String,
    /// Its lines, from 0, decorators included.
    pub(super) lines: Range<usize>,
}

/// The functions of a text that are in no other one, in their order; `None` where it does not parse.
pub(super) fn functions(text: &str) -> Option<Vec<Function>> {
    let module = Module::parse(text, PythonVersion::latest()).ok()?;
    let tree = Tree::new(&module);
    let mut starts = vec![0];
    for line in lines(text) {
        starts.push(starts[starts.len() - 1] + line.len());
    }
    let line_of = |offset: usize| starts.partition_point(|start| *start <= offset) - 1;
    let mut found = Vec::new();
    for id in tree.ids() {
        if tree.node(id).is_stmt_function_def() && tree.enclosing_function(id).is_none() {
            let range = tree.node(id).range();
            let first = line_of(range.start().to_usize());
            let last = line_of(range.end().to_usize().saturating_sub(1));
            found.push(Function {
                name: name(&tree, id),
                lines: first..last + 1,
            });
        }
    }
    Some(found)
}

fn name(tree: &Tree<'_>, function: NodeId) -> String {
    let above = std::iter::once(function).chain(tree.ancestors(function));
    let mut names: Vec<String> = above
        .filter_map(|id| {
            let node = tree.node(id);
            let class = node.as_stmt_class_def().map(|class| &class.name);
            let function = node.as_stmt_function_def().map(|function| &function.name);
            Some(class.or(function)?.to_string())
        })
        .collect();
    names.reverse();
    names.join(".")
}

/// How a text becomes another one.
#[derive(Debug)]
pub(super) struct Parted {
    /// What is replaced in each function.
    pub(super) inside: Vec<Vec<TextEdit>>,
    /// What is replaced between them.
    pub(super) between: Vec<TextEdit>,
}

impl Parted {
    /// Takes the way from `before`, which has these functions, to `after` apart; `None` where the
    /// functions of both cannot be told.
    pub(super) fn of(before: &str, functions: &[Function], after: &str) -> Option<Self> {
        let changed = self::functions(after)?;
        let is_known = |one: &&Function| functions.iter().any(|other| other.name == one.name);
        let changed: Vec<&Function> = changed.iter().filter(is_known).collect();
        let names = |one: &Function, other: &&Function| one.name == other.name;
        let pairs = functions.iter().zip(&changed);
        if changed.len() != functions.len() || !pairs.clone().all(|(one, other)| names(one, other))
        {
            return None;
        }
        let (old, new) = (lines(before), lines(after));
        let mut parted = Self {
            inside: Vec::new(),
            between: Vec::new(),
        };
        let (mut at, mut there) = (0, 0);
        for (one, other) in pairs {
            // Two on a line cannot be told apart.
            if one.lines.start < at || other.lines.start < there {
                return None;
            }
            let gap = edits_within(&old, at..one.lines.start, &new[there..other.lines.start]);
            parted.between.extend(gap);
            let inside = edits_within(&old, one.lines.clone(), &new[other.lines.clone()]);
            parted.inside.push(inside);
            (at, there) = (one.lines.end, other.lines.end);
        }
        let rest = edits_within(&old, at..old.len(), &new[there..]);
        parted.between.extend(rest);
        Some(parted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "import a\n\nclass C:\n    @a\n    def f(self):\n        def g(): pass\n\n    def g(self): pass\n\nif a:\n    def f(): pass\n";

    #[test]
    fn functions_have_the_names_of_their_classes() {
        let found = functions(BEFORE).unwrap();
        let found: Vec<(&str, Range<usize>)> = found
            .iter()
            .map(|one| (one.name.as_str(), one.lines.clone()))
            .collect();
        assert_eq!(found, [("C.f", 3..6), ("C.g", 7..8), ("f", 10..11)]);
        assert_eq!(functions("def ("), None);
    }

    #[test]
    fn what_changes_belongs_to_a_function_or_to_none() {
        let after = BEFORE
            .replace(
                "import a\n",
                "import a\n\nclass H:\n    def f(self): pass\n",
            )
            .replace(
                "    def g(self): pass",
                "    def g(self):\n        return 1",
            );
        let found = functions(BEFORE).unwrap();
        let parted = Parted::of(BEFORE, &found, &after).unwrap();
        let [before, changed, behind] = &parted.inside[..] else {
            panic!("three functions");
        };
        assert!(before.is_empty() && behind.is_empty());
        assert_eq!(changed[0].start, (8, 1));
        assert_eq!(parted.between.len(), 1);
        assert!(parted.between[0].text.contains("class H:\n"));
        let renamed = BEFORE.replace("def g(self)", "def h(self)");
        assert!(Parted::of(BEFORE, &found, &renamed).is_none());
    }
}
