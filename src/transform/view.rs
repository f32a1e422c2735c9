//! One file as a transform sees it.

use super::{About, Mention, Refusal};
use crate::edit::{Applicability, Change, Helper, ImportRequest, Remark};
use crate::index::Resolver;
use crate::options::Options;
use crate::project::Project;
use crate::syntax::cst::{self, Piece, Rebuilt, Run};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, ScopeId, ScopeKind, TextRange, Tree, ast};
use rustc_hash::FxHashMap;
use std::cell::{Cell, OnceCell, RefCell};
use std::path::Path;
use std::rc::Rc;

/// A refusal, and the node of the site that causes it where it is about one.
pub type Blamed = (Option<NodeId>, Refusal);

/// The site that has the change of a function, and its grade; or why the function stays.
type Converted = Result<(TextRange, Applicability), Blamed>;

/// A parsed file with its names, the options of the run and the project around it.
pub struct FileView<'a> {
    /// The nodes with their scopes.
    pub tree: &'a Tree<'a>,
    /// The tree of the file before any transform has changed it.
    pub before: &'a Tree<'a>,
    /// Where the file is.
    pub path: &'a Path,
    /// What the user asked for.
    pub options: &'a Options,
    /// What other files say.
    pub project: &'a Project,
    /// Functions that only ever one task runs, with no other beside it, so that nothing happens at
    /// their suspension points.
    pub alone: Vec<NodeId>,
    about: &'static About,
    helpers: Cell<bool>,
    /// Whether somebody asked whether helpers are preferred.
    asked: Cell<bool>,
    pub(super) known: Rc<Known>,
    /// What became of functions that are changed as a whole.
    functions: RefCell<FxHashMap<NodeId, Converted>>,
    suppressions: &'a [Suppression],
    /// Why the change at hand needs the consent that the user gave.
    pub(super) consented: RefCell<Option<Remark>>,
    /// Made at the first question about other functions and files.
    pub(super) resolver: Rc<OnceCell<Box<dyn Resolver + 'a>>>,
}

/// What is asked for every site and is the same for all of them.
#[derive(Default)]
pub(super) struct Known {
    pub(super) sets_context: OnceCell<bool>,
    pub(super) is_annotated: OnceCell<bool>,
    /// Words of transforms, and whether the code has them.
    pub(super) words: RefCell<Vec<(Mention, bool)>>,
    /// Helpers in the words of this file, by their places in memory.
    pub(super) helpers: RefCell<FxHashMap<*const Helper, (String, Vec<ImportRequest>)>>,
    /// Whether the project has the text at hand (`false`) or the one before any transform (`true`).
    on_disk: OnceCell<Option<bool>>,
}

/// A `# aiolift: keep` comment.
#[derive(Debug)]
pub struct Suppression {
    /// The comment.
    pub comment: TextRange,
    /// The transforms it names; empty for all.
    pub names: Vec<String>,
    /// The statement it stands on, or the comment itself.
    pub covers: TextRange,
    /// Whether a site was kept because of it.
    pub used: Cell<bool>,
}

impl<'a> FileView<'a> {
    pub(crate) fn new(
        tree: &'a Tree<'a>,
        path: &'a Path,
        options: &'a Options,
        project: &'a Project,
        about: &'static About,
        suppressions: &'a [Suppression],
    ) -> Self {
        Self {
            tree,
            before: tree,
            path,
            options,
            project,
            alone: Vec::new(),
            about,
            helpers: Cell::new(false),
            asked: Cell::new(false),
            known: Rc::default(),
            functions: RefCell::default(),
            suppressions,
            consented: RefCell::default(),
            resolver: Rc::default(),
        }
    }

    /// The same file for another transform: answers about the names of the file are shared.
    pub(crate) fn for_transform(&self, about: &'static About) -> Self {
        let mut view = Self::new(
            self.tree,
            self.path,
            self.options,
            self.project,
            about,
            self.suppressions,
        );
        view.before = self.before;
        view.known = Rc::clone(&self.known);
        view.resolver = Rc::clone(&self.resolver);
        view.alone.clone_from(&self.alone);
        view
    }

    /// A view to ask questions of, for tests.
    #[cfg(test)]
    pub(crate) fn for_questions(
        tree: &'a Tree<'a>,
        path: &'a Path,
        options: &'a Options,
        project: &'a Project,
    ) -> Self {
        let about = crate::transforms::CATALOG.entries()[0].about;
        Self::new(tree, path, options, project, about, &[])
    }

    /// The text of a node or range.
    pub fn text(&self, range: impl Ranged) -> &'a str {
        self.tree.slice(range)
    }

    /// Whether something in the project, in this file or in a package that is used may set context
    /// variables.
    pub fn sets_context(&self) -> bool {
        let known = &self.known.sets_context;
        *known.get_or_init(|| self.project.sets_context(self.tree.text()))
    }

    /// The tree of the file as the project has it, where that is the text at hand or the one before
    /// any transform.
    pub fn on_disk(&self) -> Option<&'a Tree<'a>> {
        let known = self.known.on_disk.get_or_init(|| {
            let sources = &self.project.sources;
            let text = sources.text(&sources.absolute(self.path))?;
            let mut trees = [(self.tree, false), (self.before, true)].into_iter();
            let found = trees.find(|(tree, _)| tree.text() == text)?;
            Some(found.1)
        });
        known.map(|is_before| if is_before { self.before } else { self.tree })
    }

    /// Whether the user consented to unsafe changes of this transform.
    pub fn has_consent(&self) -> bool {
        self.options.allows_unsafe(self.about.id)
    }

    /// Whether changes that repeat themselves ([`Change::repeats`](crate::edit::Change)) should
    /// use a module-level helper: the file has several of them, or has the helper already.
    pub fn prefers_helpers(&self) -> bool {
        self.asked.set(true);
        self.helpers.get()
    }

    /// What a function gives back, and whether it asked for that preference.
    pub(super) fn asks_about_helpers<R>(&self, run: impl FnOnce() -> R) -> (R, bool) {
        self.asked.set(false);
        let result = run();
        (result, self.asked.get())
    }

    pub(super) fn prefer_helpers(&self) {
        self.helpers.set(true);
    }

    /// A change of a whole function, made once for all sites in it: the first site that asks gets
    /// it, the others follow that one. An error comes with the site that causes it.
    pub fn once_for_function(
        &self,
        function: NodeId,
        site: TextRange,
        make: impl FnOnce() -> Result<Change, Blamed>,
    ) -> Result<Change, Blamed> {
        let known = self.functions.borrow().get(&function).cloned();
        if let Some(known) = known {
            return known.map(|(leader, applicability)| {
                let mut change = Change::new(applicability);
                change.follows = Some(leader);
                change
            });
        }
        let made = make();
        let known = match &made {
            Ok(change) => Ok((site, change.applicability)),
            Err(blamed) => Err(blamed.clone()),
        };
        self.functions.borrow_mut().insert(function, known);
        made
    }

    pub(super) fn forget_functions(&self) {
        self.functions.borrow_mut().clear();
    }

    /// The refusal for a site that a comment asks to keep.
    pub(super) fn suppression(&self, site: TextRange) -> Option<Refusal> {
        let found = self.suppressions.iter().find(|suppression| {
            suppression.covers.contains(site.start())
                && (suppression.names.is_empty()
                    || suppression.names.iter().any(|name| name == self.about.id))
        })?;
        found.used.set(true);
        Some(
            Refusal::new(
                "kept-by-comment",
                "A comment asks to keep this statement as it is.",
            )
            .evidence(found.comment, "the comment")
            .kept(),
        )
    }

    /// Why a change stays out that touches a statement which a comment asks to keep.
    pub(crate) fn kept(&self, change: TextRange) -> Option<Refusal> {
        let touched = self.suppressions.iter().map(|keep| keep.covers);
        let mut touched = touched.filter(|covers| covers.intersect(change).is_some());
        touched.find_map(|covers| self.suppression(TextRange::empty(covers.start())))
    }

    /// The block of a script (`if __name__ == "__main__":`) that has a node.
    pub fn main_block(&self, id: NodeId) -> Option<NodeId> {
        crate::index::main_block(self.tree, id)
    }

    /// The nearest `def`, `async def` or `lambda` around a node, the node itself excluded.
    pub fn enclosing_function(&self, id: NodeId) -> Option<NodeId> {
        self.tree.enclosing_function(id)
    }

    /// Whether the nearest function around a node is an `async def`; a comprehension, a generator
    /// expression or a class body in between does not count as a function, a `lambda` does.
    pub fn stands_in_coroutine(&self, id: NodeId) -> bool {
        self.enclosing_function(id)
            .and_then(|function| self.function(function))
            .is_some_and(|function| function.is_async)
    }

    /// Whether an `await` may stand where the node is: the nearest function is an `async def`, and
    /// no class body, lambda or generator expression lies between.
    pub fn in_coroutine(&self, id: NodeId) -> bool {
        let mut scope = self.tree.scope_of(id);
        loop {
            let here = self.tree.scope(scope);
            match here.kind {
                ScopeKind::Function { is_async } => return is_async,
                ScopeKind::Comprehension {
                    is_generator: false,
                } => scope = here.parent,
                _ => return false,
            }
        }
    }

    /// The function definition of a node found by [`FileView::enclosing_function`].
    pub fn function(&self, id: NodeId) -> Option<&'a ast::StmtFunctionDef> {
        match self.tree.node(id) {
            AnyNodeRef::StmtFunctionDef(function) => Some(function),
            _ => None,
        }
    }

    /// The nearest enclosing scope that is a function or the module.
    pub fn function_scope(&self, id: NodeId) -> ScopeId {
        self.tree.function_scope(id)
    }

    /// Whether an expression stands for a dotted name such as `asyncio.gather`.
    pub fn resolves_to(&self, expr: &ast::Expr, dotted: &str) -> bool {
        // The last part is cheap to compare and nearly always differs.
        let dot = dotted.bytes().rposition(|byte| byte == b'.');
        let last = &dotted[dot.map_or(0, |dot| dot + 1)..];
        self.tree.may_end_in(expr, last)
            && self.tree.qualified_name(expr).as_deref() == Some(dotted)
    }

    /// Rebuilds a run of statements; a failure of the lossless parser is a refusal.
    pub fn rebuild(&self, run: Run<'a>, pieces: &[Piece]) -> Result<Rebuilt, Refusal> {
        self.rebuild_among(run, pieces, &[])
    }

    /// Like [`FileView::rebuild`], with replacements elsewhere on the lines that are rebuilt (see
    /// [`cst::rebuild_among`]).
    pub fn rebuild_among(
        &self,
        run: Run<'a>,
        pieces: &[Piece],
        others: &[(TextRange, String)],
    ) -> Result<Rebuilt, Refusal> {
        cst::rebuild_among(self.tree, run, pieces, others).map_err(|why| {
            let reason = match why {
                cst::Unbuildable::TooDeep => "cst-too-deep",
                cst::Unbuildable::CannotRead => "cst-cannot-read",
                cst::Unbuildable::NotLossless => "cst-not-lossless",
                cst::Unbuildable::LostStatement => "cst-lost-statement",
            };
            Refusal::new(
                reason,
                format!("This statement cannot be taken apart safely: {why}."),
            )
            .remedy("Simplify the statement, or rewrite it by hand.")
        })
    }

    /// The parent of a node as an `await`, when the node is its operand.
    pub fn awaited_by(&self, id: NodeId) -> Option<&'a ast::ExprAwait> {
        match self.tree.node(self.tree.parent(id)) {
            AnyNodeRef::ExprAwait(await_) => Some(await_),
            _ => None,
        }
    }
}
