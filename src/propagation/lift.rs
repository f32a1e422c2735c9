//! The edits that make functions of one file coroutine functions, and the places where that cannot
//! be. Other files are not looked at: the caller says which functions, which calls.

mod bridges;
pub(in crate::propagation) mod callables;
mod calls;
pub(super) mod definitions;
pub(super) mod draft;
mod items;
mod kind;
mod managers;
mod objects;
mod position;
mod threads;
mod twins;

pub use kind::{Kind, kind};
pub use objects::{CREATE, INITIALIZE};
pub use twins::name_of_twin;

pub(in crate::propagation) use definitions::is_stub;

use crate::edit::{Edit, ImportRequest};
use crate::syntax::{NodeId, PythonVersion, Tree};
use draft::Draft;

/// What becomes asynchronous in one file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lift<'a> {
    /// The `def` statements that become `async def`.
    pub functions: &'a [NodeId],
    /// The calls of functions, of this file or others, that become coroutine functions: each one
    /// is awaited. The function around it is among [`Lift::functions`] or is an `async def`.
    pub calls: &'a [NodeId],
    /// The calls, and the functions without a body of their own, that are not of the kind
    /// [`Kind::Coroutine`]. What is not listed is: a call gives a value to await, and the kind of
    /// a function follows from its body.
    pub kinds: &'a [(NodeId, Kind)],
    /// The places where plain code starts the coroutines.
    pub bridges: &'a [Bridge],
    /// The calls among [`Lift::calls`] of functions that keep a plain function under their name: they
    /// call the coroutine function beside it, in whatever file it is.
    pub twin_calls: &'a [NodeId],
    /// Calls in coroutine functions of functions that stay plain: they are waited for in a thread.
    pub threads: &'a [NodeId],
    /// Where a function of another file that gets a twin is imported to be given on, or named in
    /// `__all__`.
    pub exports: &'a [NodeId],
    /// Whether another file names `StopIteration`, so that it may catch one that leaves a function.
    pub names_stop_iteration: bool,
}

/// A place where plain code starts a coroutine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bridge {
    /// `main()` at module level becomes `asyncio.run(main())`.
    Call(NodeId),
    /// `def main():` that something outside starts by its name: the name stays a plain function
    /// that runs the coroutine.
    KeepName(NodeId),
    /// `def fetch():` stays beside the coroutine function `fetch_async`, and runs it.
    Twin(NodeId),
}

/// What a file needs to become asynchronous.
#[derive(Debug, Clone, Default)]
pub struct Lifted {
    /// The edits, disjoint.
    pub edits: Vec<Edit>,
    /// Names to import.
    pub imports: Vec<ImportRequest>,
}

/// A place that keeps a function from becoming a coroutine function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// The place.
    pub node: NodeId,
    /// A stable kebab-case name of the obstacle.
    pub reason: &'static str,
    /// One full sentence.
    pub message: String,
    /// What would remove it.
    pub remedy: Option<String>,
}

impl Wall {
    pub(super) fn new(node: NodeId, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            node,
            reason,
            message: message.into(),
            remedy: None,
        }
    }

    pub(super) fn remedy(mut self, words: impl Into<String>) -> Self {
        self.remedy = Some(words.into());
        self
    }
}

/// Writes the edits for one file, or names every place where they cannot be made.
pub fn lift(tree: &Tree<'_>, target: PythonVersion, what: &Lift<'_>) -> Result<Lifted, Vec<Wall>> {
    let mut draft = Draft::new(tree, target, what);
    fill(&mut draft);
    draft.finish()
}

/// Everything that [`lift`] does.
pub(super) fn fill(draft: &mut Draft<'_, '_>) {
    let what = draft.what;
    for bridge in what.bridges {
        match bridge {
            Bridge::KeepName(function) => bridges::keep_name(draft, *function, false),
            Bridge::Twin(function) => bridges::keep_name(draft, *function, true),
            Bridge::Call(_) => {}
        }
    }
    for place in what.exports {
        twins::export(draft, *place);
    }
    for function in what.functions {
        definitions::definition(draft, *function);
    }
    for bridge in what.bridges {
        if let Bridge::Call(call) = bridge {
            bridges::run(draft, *call);
        }
    }
    for call in what.calls {
        let bridged = what.bridges.contains(&Bridge::Call(*call));
        if bridged {
            continue;
        }
        if what.twin_calls.contains(call) {
            twins::call(draft, *call);
        } else {
            bridges::rename(draft, *call);
        }
        match draft.kind_of_call(*call) {
            Kind::Coroutine => calls::awaited(draft, *call),
            Kind::Items { cleans_up } => items::call(draft, *call, cleans_up),
            Kind::Manager => managers::call(draft, *call),
            Kind::Object => objects::call(draft, *call),
        }
    }
    for call in what.threads {
        threads::call(draft, *call);
    }
    managers::split(draft);
}
