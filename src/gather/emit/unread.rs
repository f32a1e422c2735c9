//! A list that only collects the tasks of the group: the group itself does that.

use super::Group;
use crate::gather::children::Source;
use crate::syntax::{AnyNodeRef, Ranged, TextRange, ast};

/// What goes away with a list that nobody reads.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Whether the statement above the group goes: `tasks = []`.
    pub(super) assignment: bool,
    /// What stands around the elements: `tasks.append(` and `)`.
    pub(super) around: Vec<TextRange>,
}

impl Group<'_, '_, '_> {
    /// Finds out whether the only list of tasks is filled right above the call and read by nobody
    /// else, so that each `tasks.append(…)` can become the creation of a task alone.
    pub(super) fn unread(&self) -> Unread {
        self.find_unread().unwrap_or_default()
    }

    fn find_unread(&self) -> Option<Unread> {
        let file = self.site.file;
        let tree = file.tree;
        let gathered = &self.gathered;
        let [only] = &*gathered.children else {
            return None;
        };
        let Source::Tasks(iterable @ ast::Expr::Name(name)) = only.source else {
            return None;
        };
        if !self.site.is_discarded() {
            return None;
        }
        let above = gathered.block.get(gathered.first.checked_sub(1)?)?;
        let (target, value) = match above {
            ast::Stmt::Assign(assign) => match &*assign.targets {
                [target] => (target, &*assign.value),
                _ => return None,
            },
            ast::Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()?),
            _ => return None,
        };
        if !matches!(target, ast::Expr::Name(target) if target.id == name.id) {
            return None;
        }
        let is_empty = matches!(value, ast::Expr::List(list) if list.elts.is_empty());
        let line = TextRange::new(tree.line_start(above.start()), tree.line_end(above.end()));
        let next = gathered.block[gathered.first].start();
        if !is_empty || !tree.comments_in(line).is_empty() || next < line.end() {
            return None;
        }
        let created = |range: TextRange| {
            gathered
                .creations
                .iter()
                .any(|creation| creation.call.range() == range)
                || gathered
                    .started
                    .iter()
                    .any(|(expr, _)| expr.range() == range)
        };
        let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(iterable)))?;
        let mut around = Vec::new();
        for id in tree.occurrences(home, name.id.as_str()) {
            let range = tree.node(id).range();
            if range == iterable.range() || range == target.range() {
                continue;
            }
            let method = tree.parent(id);
            let call = tree.parent(method);
            let (
                AnyNodeRef::ExprAttribute(attribute),
                AnyNodeRef::ExprCall(filled),
                AnyNodeRef::StmtExpr(_),
            ) = (
                tree.node(method),
                tree.node(call),
                tree.node(tree.parent(call)),
            )
            else {
                return None;
            };
            let [element] = &*filled.arguments.args else {
                return None;
            };
            let inner = tree.parenthesized(element);
            let before = TextRange::new(filled.start(), inner.start());
            let after = TextRange::new(inner.end(), filled.end());
            let breaks = |range: TextRange| tree.slice(range).contains(['\n', '\r', '\\', '#']);
            let moves = gathered.block[gathered.first].start() <= filled.start()
                && filled.end() <= self.site.call.start();
            if attribute.attr.as_str() != "append"
                || !filled.arguments.keywords.is_empty()
                || !created(element.range())
                || !moves
                || breaks(before)
                || breaks(after)
            {
                return None;
            }
            around.extend([before, after]);
        }
        Some(Unread {
            assignment: true,
            around,
        })
    }
}
