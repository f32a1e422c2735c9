//! How a failure reaches the code around a group: whether anything there, in this function or in
//! those that call it, could tell an `ExceptionGroup` from the exception in it.

use super::{Site, except_star};
use crate::edit::{Caller, Remark};
use crate::index::{Above, Around, Outside, Reach, Told, around};
use crate::options::Exceptions;
use crate::syntax::{AnyNodeRef, NodeId, ScopeId, TextRange};
use crate::transform::FileView;
use std::sync::Arc;

/// What stands around the body of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `asyncio.TaskGroup()` alone.
    Plain,
    /// The first error is taken out of the group and raised.
    Unwrap,
}

/// The form of a group, and what follows from it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) form: Form,
    /// A handler that catches an error today would not catch the group.
    pub(super) needs_consent: bool,
    /// Somewhere nothing catches the group, and Python reports it.
    pub(super) uncaught: bool,
    /// The `except` keywords that become `except*`.
    pub(super) keywords: Vec<TextRange>,
    /// Why the group is not let out.
    pub(super) remark: Option<Remark>,
}

impl Outcome {
    /// This form, and nothing else to say.
    pub(super) fn of(form: Form) -> Self {
        Self {
            form,
            needs_consent: false,
            uncaught: false,
            keywords: Vec::new(),
            remark: None,
        }
    }

    fn unwrapped(remark: Remark) -> Self {
        Self {
            remark: Some(remark),
            ..Self::of(Form::Unwrap)
        }
    }
}

/// Decides the form for a group whose tasks may fail.
pub(super) fn outcome(site: &Site<'_, '_>) -> Outcome {
    let exceptions = site.file.options.exceptions;
    if exceptions == Exceptions::Unwrap {
        return Outcome::of(Form::Unwrap);
    }
    match (nearest(site), exceptions) {
        (Reach::Ends, _) | (Reach::Leaves, Exceptions::Group) => Outcome::of(Form::Plain),
        (Reach::Told(_), Exceptions::Group) => Outcome {
            needs_consent: true,
            keywords: except_star::keywords(site).unwrap_or_default(),
            ..Outcome::of(Form::Plain)
        },
        (Reach::Told(range), _) => {
            let mut remark = Remark::new(
                "handler-can-tell",
                "Code around it could tell a group from the error in it, so the first error is raised by itself.",
            );
            remark.evidence.push((range, "sees the error".to_owned()));
            Outcome::unwrapped(remark)
        }
        (Reach::Leaves, _) => match &*above(site) {
            Above::Nobody { uncaught } => Outcome {
                uncaught: *uncaught,
                ..Outcome::of(Form::Plain)
            },
            Above::Told(told) => Outcome::unwrapped(told_apart(told)),
            Above::Unknown(why) => Outcome::unwrapped(unknown(why)),
        },
    }
}

fn told_apart(told: &[Told]) -> Remark {
    let mut remark = Remark::new(
        "caller-can-tell",
        "Code in its callers could tell a group from the error in it, so the first error is raised by itself.",
    );
    remark.callers = told
        .iter()
        .map(|one| Caller {
            path: one.path.clone(),
            line: one.line,
            text: one.text.clone(),
        })
        .collect();
    remark
}

fn unknown(why: &str) -> Remark {
    Remark::new(
        "callers-unknown",
        format!(
            "The first error is raised by itself, as not all that may catch it is known: {why}."
        ),
    )
}

/// The innermost code of the function that sees the exception.
fn nearest(site: &Site<'_, '_>) -> Reach {
    let file = site.file;
    let project = Around {
        base_exceptions: &|| file.project.knows_base_exceptions(),
        is_instance: &|expr, classes| file.is_instance(expr, classes),
    };
    around(file.tree, site.id(), &project)
}

/// What the callers of the function do with its failures.
fn above(site: &Site<'_, '_>) -> Arc<Above> {
    let file = site.file;
    let unknown = |why: &str| Arc::new(Above::Unknown(why.to_owned()));
    let Some(function) = file.enclosing_function(site.id()) else {
        return unknown("it stands in no function");
    };
    let outside = Outside {
        entry_points: &file.options.entry_points,
        public_api: &file.options.public_api,
    };
    match on_disk(file, function) {
        Some(scope) => file.project.handlers_above(file.path, scope, outside),
        None => unknown("its function is not found again in the project"),
    }
}

/// The scope of a function in the file as the project has it, where other transforms may not have
/// changed it yet.
fn on_disk(file: &FileView<'_>, function: NodeId) -> Option<ScopeId> {
    let tree = file.tree;
    let path = file.project.sources.absolute(file.path);
    let known = file.project.facts_of(&path)?;
    let mut names = Vec::new();
    for id in std::iter::once(function).chain(tree.ancestors(function)) {
        match tree.node(id) {
            AnyNodeRef::StmtFunctionDef(function) => names.push(function.name.as_str()),
            AnyNodeRef::StmtClassDef(class) => names.push(class.name.as_str()),
            _ => {}
        }
    }
    names.reverse();
    let facts = &known.facts;
    let mut found = facts
        .scopes()
        .map(|(at, _)| ScopeId::at(at))
        .filter(|scope| facts.function(*scope).is_some() && facts.qualified(*scope) == names);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
