//! Which files are programs, and which names outside mean what is in a file.

use crate::project::Project;
use crate::syntax::{AnyNodeRef, NodeId, Tree, ast};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Whether `pkg.mod:Class.name` means a function of a file.
pub fn means(object: &str, path: &Path, qualified: &str) -> bool {
    let Some((module, name)) = object.split_once(':') else {
        return false;
    };
    name.trim() == qualified && is_module(path, module.trim())
}

/// Whether a file can be imported as a dotted module, from some folder above it.
pub fn is_module(path: &Path, dotted: &str) -> bool {
    let module: PathBuf = dotted.split('.').collect();
    path.ends_with(module.with_extension("py")) || path.ends_with(module.join("__init__.py"))
}

/// A file that may import this one, judging by the words of the import lines.
pub fn imported_by(project: &Project, path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?;
    let stem = match stem {
        "__init__" | "__main__" => path.parent()?.file_name()?.to_str()?,
        stem => stem,
    };
    project.importer_of(stem, path)
}

/// The words with which files are imported or run by texts.
pub(super) const LOADERS: &[&str] = &[
    "import_module(",
    "__import__(",
    "run_module(",
    "run_path(",
    "spec_from_file_location(",
    "SourceFileLoader(",
];

impl Project {
    /// A file that may import this one by a text: it imports something that way, and has the name.
    pub(super) fn imported_by_text(&self, path: &Path) -> Option<&Path> {
        let name = path.file_stem()?.to_str()?;
        let texts = self.index.loaders.get_or_init(|| {
            let found = Mutex::new(Vec::new());
            self.each_with(LOADERS, &|path, text| {
                if LOADERS.iter().any(|word| text.contains(word)) {
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.push((self.sources.absolute(path), text.to_owned()));
                }
            });
            let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            found.sort();
            found
        });
        let named = texts
            .iter()
            .find(|(other, text)| other != path && text.contains(name))?;
        Some(&named.0)
    }
}

/// Whether a test is `__name__ == "__main__"`.
pub fn is_main_guard(test: &ast::Expr) -> bool {
    let ast::Expr::Compare(compare) = test else {
        return false;
    };
    let [ast::CmpOp::Eq] = *compare.ops else {
        return false;
    };
    let is_name =
        |expr: &ast::Expr| matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main = |expr: &ast::Expr| {
        expr.as_string_literal_expr()
            .is_some_and(|text| text.value.to_str() == "__main__")
    };
    let (left, right) = (&*compare.left, &compare.comparators[0]);
    (is_name(left) && is_main(right)) || (is_main(left) && is_name(right))
}

/// The block that runs when the file is started (`if __name__ == "__main__":`) and has a node.
pub fn main_block(tree: &Tree<'_>, id: NodeId) -> Option<NodeId> {
    tree.ancestors(id).find(|above| {
        tree.parent(*above) == NodeId::MODULE
            && matches!(tree.node(*above), AnyNodeRef::StmtIf(branch)
                if is_main_guard(&branch.test) && branch.elif_else_clauses.is_empty())
    })
}

/// Whether running the file does more than define: a call as a statement of its own at module
/// level, or the value of an assignment that calls a function of the file.
pub fn runs_something(tree: &Tree<'_>) -> bool {
    fn runs(body: &[ast::Stmt]) -> bool {
        body.iter().any(|stmt| match stmt {
            ast::Stmt::Expr(stmt) => stmt.value.is_call_expr(),
            ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::With(_) => true,
            ast::Stmt::If(branch) => {
                runs(&branch.body)
                    || branch
                        .elif_else_clauses
                        .iter()
                        .any(|clause| runs(&clause.body))
            }
            ast::Stmt::Try(stmt) => runs(&stmt.body),
            _ => false,
        })
    }
    runs(&tree.module.ast().body)
}
