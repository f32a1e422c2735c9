//! Places at module level: below the header, above a definition.

use super::tree::{NodeId, Tree};
use super::{AnyNodeRef, Ranged, ScopeId, TextSize, ast};

/// Where a definition can be added at module level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefinitionPlace {
    /// Where its text goes.
    pub offset: TextSize,
    /// The start of the statement that comes next: what runs before it cannot use the definition.
    pub next: TextSize,
}

impl Tree<'_> {
    /// The offset after a `#!` line and an encoding comment.
    pub fn header_end(&self) -> TextSize {
        let mut at = TextSize::new(0);
        for _ in 0..2 {
            let end = self.line_end(at);
            let line = &self.text()[at.to_usize()..end.to_usize()];
            if line.starts_with("#!") || (line.starts_with('#') && line.contains("coding")) {
                at = end;
            }
        }
        at
    }

    /// The start of the comment lines that stand directly above a line.
    pub fn comments_above(&self, mut line: TextSize) -> TextSize {
        while line > TextSize::new(0) {
            let windows = self.text()[..line.to_usize()].ends_with("\r\n");
            let above = self.line_start(line - TextSize::new(1 + u32::from(windows)));
            let text = &self.text()[above.to_usize()..line.to_usize()];
            if above == line || !text.trim_start().starts_with('#') {
                break;
            }
            line = above;
        }
        line
    }

    /// Where helpers go: above the first top-level statement that holds a definition, its
    /// decorators and the comments attached to it; below the import of `asyncio`, which a class
    /// needs at once. `None` where the last statement is that import.
    pub fn definition_place(&self) -> Option<DefinitionPlace> {
        *self
            .definition_place
            .get_or_init(|| self.find_definition_place())
    }

    fn find_definition_place(&self) -> Option<DefinitionPlace> {
        let body = &self.module.ast().body;
        let imported = body.iter().rposition(|stmt| {
            self.descendants(self.id(stmt))
                .any(|below| self.imports_asyncio(below))
        });
        let rest = &body[imported.map_or(0, |at| at + 1)..];
        let holds_definition = |stmt: &&ast::Stmt| {
            // What stands in for an import that fails belongs to the imports.
            !is_import_with_fallback(stmt)
                && self.descendants(self.id(*stmt)).any(|below| {
                    matches!(
                        self.node(below),
                        AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::StmtClassDef(_)
                    )
                })
        };
        let stmt = rest.iter().find(holds_definition).or(rest.last())?;
        let line = self.logical_line_start(stmt.start());
        Some(DefinitionPlace {
            offset: self.comments_above(line).max(self.header_end()),
            next: stmt.start(),
        })
    }

    /// Whether a node imports `asyncio`, or a name of it, for the module.
    fn imports_asyncio(&self, id: NodeId) -> bool {
        if self.scope_of(id) != ScopeId::MODULE {
            return false;
        }
        let is_asyncio = |name: &str| name == "asyncio" || name.starts_with("asyncio.");
        match self.node(id) {
            AnyNodeRef::StmtImport(import) => {
                import.names.iter().any(|alias| is_asyncio(&alias.name))
            }
            AnyNodeRef::StmtImportFrom(import) => {
                import.level == 0 && import.module.as_deref().is_some_and(is_asyncio)
            }
            _ => false,
        }
    }
}

/// An import whose failure is caught.
fn is_import_with_fallback(stmt: &ast::Stmt) -> bool {
    let is_import = |stmt: &ast::Stmt| stmt.is_import_stmt() || stmt.is_import_from_stmt();
    matches!(stmt, ast::Stmt::Try(try_) if try_.body.iter().any(is_import))
}
