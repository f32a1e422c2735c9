//! The words a transform may use: [`Transform`], [`FileView`], [`Refusal`].

mod annotations;
mod coroutines;
mod evaluation;
mod joining;
mod liveness;
mod loops;
mod mentions;
mod names;
mod older;
mod patches;
mod shown_text;
mod state;
mod suspension;
mod view;

pub use coroutines::Awaitable;
pub use evaluation::Obstacle;
pub use loops::{EventLoop, LoopFunction};
pub(crate) use mentions::Mention;
pub(crate) use names::{import, is_taken};
pub use shown_text::{check_text, check_texts};
pub use view::{Blamed, FileView, Suppression};

use crate::edit::{Applicability, Change};
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, Tree, ast};

/// What is known about a transform without running it. Prose and examples are on its page.
#[derive(Debug)]
pub struct About {
    /// The kebab-case id.
    pub id: &'static str,
    /// The page: documentation, help text and first test suite.
    pub page: &'static str,
    /// The first release that has it.
    pub since: &'static str,
    /// The best grade it gives.
    pub offers: Applicability,
    /// Names of which at least one stands in every file that has a site, as a whole name in its
    /// code; `import requests` says that the name `requests` stands in an import statement. A file
    /// without any is never parsed for this transform. `text requests` says that the name may also
    /// stand in a string or a comment, and `*` that any file may have a site.
    pub mentions: &'static [&'static str],
    /// Whether it is in the default list; the others run only when they are selected.
    pub default: bool,
}

impl About {
    /// The one-sentence description: the first paragraph of the page.
    pub fn summary(&self) -> &'static str {
        self.page
            .lines()
            .skip(1)
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default()
    }
}

/// Why a site stays as it is, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable kebab-case name of the obstacle.
    pub reason: &'static str,
    /// One full sentence.
    pub message: String,
    /// Places that show it (ranges of this file), with a few words each.
    pub evidence: Vec<(TextRange, String)>,
    /// What would make the site convertible.
    pub remedy: Option<String>,
    /// The site is fine as it is: it is listed as kept, not as refused.
    pub kept: bool,
    /// With the user's consent to unsafe changes the site would be rewritten.
    pub needs_consent: bool,
    /// The function whose being a plain `def` is all that stands in the way, or the block of a
    /// script (`if __name__ == "__main__":`) that would have to be in one.
    pub wants_coroutine: Option<NodeId>,
}

impl Refusal {
    /// A refusal with its reason and a full sentence.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            evidence: Vec::new(),
            remedy: None,
            kept: false,
            needs_consent: false,
            wants_coroutine: None,
        }
    }

    /// Adds a place that shows the obstacle.
    #[must_use]
    pub fn evidence(mut self, range: impl Ranged, words: impl Into<String>) -> Self {
        self.evidence.push((range.range(), words.into()));
        self
    }

    /// Says what would make the site convertible.
    #[must_use]
    pub fn remedy(mut self, words: impl Into<String>) -> Self {
        self.remedy = Some(words.into());
        self
    }

    /// Marks the site as one that is rewritten where the user consents to unsafe changes.
    #[must_use]
    pub fn without_consent(mut self) -> Self {
        self.needs_consent = true;
        self
    }

    /// Says that the site could be changed if only this function were an `async def`, or this
    /// block of a script in one.
    #[must_use]
    pub fn wants_coroutine(mut self, function: NodeId) -> Self {
        self.wants_coroutine = Some(function);
        self
    }

    /// Marks the site as fine the way it is.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.kept = true;
        self
    }
}

/// A sentence as the end of another one.
pub(crate) fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// A kind of syntax node that a transform can ask to be shown.
pub trait Node: 'static {
    /// The node as this kind, if it is one.
    fn cast(node: AnyNodeRef<'_>) -> Option<&Self>;

    /// The nodes among which those of this kind are, in source order.
    fn all(tree: &Tree<'_>) -> impl Iterator<Item = NodeId>;
}

impl Node for ast::ExprCall {
    fn cast(node: AnyNodeRef<'_>) -> Option<&Self> {
        match node {
            AnyNodeRef::ExprCall(node) => Some(node),
            _ => None,
        }
    }

    fn all(tree: &Tree<'_>) -> impl Iterator<Item = NodeId> {
        tree.calls().iter().copied()
    }
}

macro_rules! nodes {
    ($($kind:ident),*) => {$(
        impl Node for ast::$kind {
            fn cast(node: AnyNodeRef<'_>) -> Option<&Self> {
                match node {
                    AnyNodeRef::$kind(node) => Some(node),
                    _ => None,
                }
            }

            fn all(tree: &Tree<'_>) -> impl Iterator<Item = NodeId> {
                tree.ids()
            }
        }
    )*};
}

nodes!(
    ModModule,
    ExprAwait,
    ExprAttribute,
    ExprName,
    StmtFunctionDef,
    StmtClassDef,
    StmtExpr,
    StmtAssign,
    StmtWith,
    StmtTry,
    StmtIf,
    StmtFor,
    StmtImport,
    StmtImportFrom
);

/// One rewrite: what it looks for, and what it makes of it.
pub trait Transform: Sync + 'static {
    /// The kind of node that is shown to [`Transform::find`].
    type Node: Node;
    /// What `find` proved; `rewrite` uses it and does not look again.
    type Found;

    /// Recognises a site. Answers `None` only where this transform has nothing to say.
    fn find<'a>(node: &'a Self::Node, file: &FileView<'a>) -> Option<Self::Found>;

    /// The range that is reported as the site. Its start decides the line a user sees.
    fn site(found: &Self::Found, file: &FileView<'_>) -> TextRange;

    /// Rewrites a site or says why not.
    fn rewrite(found: Self::Found, file: &FileView<'_>) -> Result<Change, Refusal>;
}

/// The result for one site of one transform.
pub struct Finding {
    /// The site.
    pub site: TextRange,
    /// The change or the reason it stays.
    pub result: Result<Change, Refusal>,
}

/// What finds and rewrites the sites of a file.
enum Examine {
    /// A transform of the catalogue.
    BuiltIn(fn(&FileView<'_>) -> Vec<Finding>),
    /// A step that a user brings.
    Brought(&'static dyn Step),
}

/// A step that is made when the program runs: it has a place in the list like a transform, but what
/// it does is its author's responsibility.
pub trait Step: Send + Sync {
    /// Finds and rewrites every site of a file, in source order. The error says what went wrong with
    /// the step, which is then no mistake of this program.
    fn examine(&self, file: &FileView<'_>) -> Result<Vec<Finding>, String>;

    /// Lets go of what is kept from file to file.
    fn rest(&self) {}
}

/// A transform with its type erased: what the catalogue lists.
pub struct Entry {
    /// What is known about it.
    pub about: &'static About,
    examine: Examine,
    /// The transform that takes the sites which this one refuses, when it is in the list, too.
    pub fallback: Option<&'static str>,
}

impl Entry {
    /// Names the transform that takes the sites which this one refuses. Such a site is reported
    /// once: by the other transform, with the reason why this one could not change it.
    #[must_use]
    pub const fn falls_back_to(mut self, id: &'static str) -> Self {
        self.fallback = Some(id);
        self
    }

    /// A step that is no transform of the catalogue.
    pub fn brought(about: &'static About, step: &'static dyn Step) -> Self {
        Self {
            about,
            examine: Examine::Brought(step),
            fallback: None,
        }
    }

    /// Whether it is no transform of the catalogue.
    pub fn is_brought(&self) -> bool {
        matches!(self.examine, Examine::Brought(_))
    }

    /// Finds and rewrites every site of a file, in source order. The error says what is wrong with a
    /// step that a user brings.
    pub fn examine(&self, file: &FileView<'_>) -> Result<Vec<Finding>, String> {
        match &self.examine {
            Examine::BuiltIn(examine) => Ok(examine(file)),
            Examine::Brought(step) => step.examine(file),
        }
    }

    /// Lets go of what is kept from file to file.
    pub fn rest(&self) {
        if let Examine::Brought(step) = &self.examine {
            step.rest();
        }
    }
}

/// A line of the catalogue for what the engine does itself, before the list runs: the page is all
/// that there is of it as a transform.
pub const fn service(about: &'static About) -> Entry {
    Entry {
        about,
        examine: Examine::BuiltIn(|_| Vec::new()),
        fallback: None,
    }
}

/// A line of the catalogue.
pub const fn entry<T: Transform>(about: &'static About) -> Entry {
    Entry {
        about,
        examine: Examine::BuiltIn(examine::<T>),
        fallback: None,
    }
}

fn examine<T: Transform>(file: &FileView<'_>) -> Vec<Finding> {
    let find = |id: NodeId| T::find(T::Node::cast(file.tree.node(id))?, file);
    let ids = T::Node::all(file.tree);
    let sites: Vec<_> = ids.filter_map(|id| Some((id, find(id)?))).collect();
    if sites.is_empty() {
        return Vec::new();
    }
    file.forget_functions();
    let rewrite = |id: NodeId, found: T::Found| -> Finding {
        let site = T::site(&found, file);
        file.consented.take();
        let result = match file.suppression(site) {
            Some(refusal) => Err(refusal),
            None => T::rewrite(found, file)
                .and_then(|change| shown_text::keeps(change, id, file))
                .and_then(|change| keeps_comments(change, file))
                .map(|change| graded(change, file)),
        };
        Finding { site, result }
    };
    let mut findings = Vec::with_capacity(sites.len());
    // From the second change on that repeats itself helpers are preferred, by those before it, too.
    let mut repeats = 0;
    let mut again = Vec::new();
    for (id, found) in sites {
        let (finding, asked) = file.asks_about_helpers(|| rewrite(id, found));
        if repeats < 2 {
            if asked {
                again.push((findings.len(), id));
            }
            repeats += usize::from(finding.result.as_ref().is_ok_and(|change| change.repeats));
            if repeats == 2 {
                file.prefer_helpers();
            }
        }
        findings.push(finding);
    }
    if repeats == 2 {
        for (at, id) in again {
            if let Some(found) = find(id) {
                findings[at] = rewrite(id, found);
            }
        }
    }
    findings
}

/// The change with the grade of what the user has consented to for it.
fn graded(mut change: Change, file: &FileView<'_>) -> Change {
    if let Some(remark) = file.consented.take() {
        change.applicability = change.applicability.min(Applicability::Unsafe);
        change.remark.get_or_insert(remark);
    }
    change
}

/// The change, if every comment in what it replaces stands in what it writes, or is dropped on
/// purpose.
fn keeps_comments(change: Change, file: &FileView<'_>) -> Result<Change, Refusal> {
    let comments: Vec<TextRange> = change
        .edits
        .iter()
        .flat_map(|edit| file.tree.comments_in(edit.range))
        .filter(|comment| !change.drops_comments.contains(comment))
        .collect();
    let text_of = |comment: &TextRange| file.text(*comment).trim_end();
    let lost = comments.iter().find(|comment| {
        let text = text_of(comment);
        let before = comments.iter().filter(|one| text_of(one) == text).count();
        let after: usize = change
            .edits
            .iter()
            .map(|edit| edit.text.matches(text).count())
            .sum();
        after < before
    });
    match lost {
        None => Ok(change),
        Some(comment) => Err(Refusal::new(
            "comment-in-the-way",
            "A comment stands inside of what is rewritten, and would be lost.",
        )
        .evidence(*comment, "the comment")
        .remedy("Move the comment above the statement.")),
    }
}

/// The ordered list of transforms.
pub struct Catalog {
    entries: &'static [Entry],
}

impl Catalog {
    /// A catalogue of entries in execution order.
    pub const fn new(entries: &'static [Entry]) -> Self {
        Self { entries }
    }

    /// The entries in execution order.
    pub fn entries(&self) -> &'static [Entry] {
        self.entries
    }

    /// The entry with an id.
    pub fn get(&self, id: &str) -> Option<&'static Entry> {
        self.entries.iter().find(|entry| entry.about.id == id)
    }
}
