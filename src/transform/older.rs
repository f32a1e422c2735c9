//! Branches for Pythons older than the target: what a project keeps for them stays.

use super::{FileView, Refusal};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ast};

impl FileView<'_> {
    /// The refusal for a place that runs only on Pythons older than the target version, because of
    /// a condition on `sys.version_info` around it.
    pub fn for_older_python(&self, id: NodeId) -> Option<Refusal> {
        let here = self.tree.node(id).range();
        self.tree.ancestors(id).find_map(|above| {
            let AnyNodeRef::StmtIf(if_) = self.tree.node(above) else {
                return None;
            };
            let mut conditions = vec![(&*if_.test, holds(&if_.body, here))];
            for clause in &if_.elif_else_clauses {
                if conditions.iter().any(|(_, inside)| *inside) {
                    break;
                }
                if let Some(test) = &clause.test {
                    conditions.push((test, holds(&clause.body, here)));
                }
            }
            let (test, minor) = conditions.iter().find_map(|(test, inside)| {
                let below = self.version_below(test, *inside)?;
                (below <= self.options.target.minor).then_some((test, below))
            })?;
            Some(
                Refusal::new(
                    "for-older-python",
                    format!("This runs on Python older than 3.{minor} only, which the target version leaves behind."),
                )
                .evidence(test.range(), "the condition")
                .kept(),
            )
        })
    }

    /// The minor version below which Python is when a condition has this outcome.
    fn version_below(&self, test: &ast::Expr, outcome: bool) -> Option<u8> {
        let ast::Expr::Compare(compare) = test else {
            return None;
        };
        let ([op], [ast::Expr::Tuple(version)]) = (&*compare.ops, &*compare.comparators) else {
            return None;
        };
        let below = match op {
            ast::CmpOp::Lt => outcome,
            ast::CmpOp::GtE => !outcome,
            _ => false,
        };
        let info = match &*compare.left {
            ast::Expr::Subscript(part) => &*part.value,
            whole => whole,
        };
        if !below || !self.resolves_to(info, "sys.version_info") {
            return None;
        }
        let number = |expr: &ast::Expr| match expr {
            ast::Expr::NumberLiteral(literal) => match &literal.value {
                ast::Number::Int(value) => value.as_u8(),
                _ => None,
            },
            _ => None,
        };
        match &*version.elts {
            [major, minor, ..] if number(major) == Some(3) => number(minor),
            _ => None,
        }
    }
}

fn holds(body: &[ast::Stmt], range: crate::syntax::TextRange) -> bool {
    body.iter().any(|stmt| stmt.range().contains_range(range))
}
