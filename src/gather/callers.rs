//! How a failure reaches the code around a group: whether anything there, in this function or in
//! those that call it, could tell an `ExceptionGroup` from the exception in it.

use super::{Site, except_star};
use crate::edit::{Caller, Remark};
use crate::index::{Above, Around, Outside, Reach, Told, around};
use crate::options::Exceptions;
use crate::project::Project;
use crate::syntax::{AnyNodeRef, NodeId, ScopeId, TextRange, Tree};
use crate::transform::{FileView, Refusal};
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
pub(super) fn outcome(site: &Site<'_, '_>) -> Result<Outcome, Refusal> {
    let exceptions = site.file.options.exceptions;
    if exceptions == Exceptions::Unwrap {
        return Ok(Outcome::of(Form::Unwrap));
    }
    let near = nearest(site);
    if exceptions == Exceptions::Group {
        return let_out(site, &near);
    }
    if !near.told.is_empty() {
        let mut remark = Remark::new(
            "handler-can-tell",
            "Code around it could tell a group from the error in it, so the first error is raised by itself.",
        );
        let evidence = near.told.into_iter();
        remark.evidence = evidence
            .map(|range| (range, "sees the error".to_owned()))
            .collect();
        return Ok(Outcome::unwrapped(remark));
    }
    if !near.leaves {
        return Ok(Outcome::of(Form::Plain));
    }
    Ok(
        match &*above(site, site.file.project, site.file.on_disk()) {
            Above::Nobody { uncaught } => Outcome {
                uncaught: *uncaught,
                ..Outcome::of(Form::Plain)
            },
            Above::Told(told) => Outcome::unwrapped(told_apart(told)),
            Above::Unknown(why) => Outcome::unwrapped(unknown(why)),
        },
    )
}

/// The group is let out: what follows for the handlers that would no longer catch its errors.
fn let_out(site: &Site<'_, '_>, near: &Reach) -> Result<Outcome, Refusal> {
    let file = site.file;
    let mut outcome = Outcome::of(Form::Plain);
    if !near.told.is_empty() {
        outcome.needs_consent = true;
        outcome.keywords = except_star::keywords(site).unwrap_or_default();
    }
    if !near.leaves {
        return Ok(outcome);
    }
    let path = file.project.sources.absolute(file.path);
    let here;
    let known = file.on_disk();
    let project = if known.is_some_and(|tree| std::ptr::eq(tree, file.tree)) {
        file.project
    } else {
        // Places in this file are to be those of the text at hand.
        here = file.project.with_texts([(path.clone(), file.tree.text())]);
        &here
    };
    let above = above(site, project, Some(file.tree));
    let told = match &*above {
        Above::Told(told) => told,
        Above::Nobody { uncaught } => {
            outcome.uncaught = *uncaught;
            return Ok(outcome);
        }
        Above::Unknown(_) => return Ok(outcome),
    };
    for one in told {
        if project.sources.absolute(&one.path) != path {
            return Err(handler_of_a_caller(one, file, "stands in another file"));
        }
        match except_star::around(file, one.range) {
            Some(keywords) => outcome.keywords.extend(keywords),
            None => return Err(handler_of_a_caller(one, file, "cannot become `except*`")),
        }
    }
    outcome.keywords.sort_by_key(|keyword| keyword.start());
    outcome.keywords.dedup();
    outcome.needs_consent |= !outcome.keywords.is_empty();
    Ok(outcome)
}

fn handler_of_a_caller(told: &Told, file: &FileView<'_>, why: &str) -> Refusal {
    let root = file.project.root.as_deref();
    let path = root.and_then(|root| told.path.strip_prefix(root).ok());
    let path = path.unwrap_or(&told.path).display();
    Refusal::new(
        "handler-of-a-caller",
        format!(
            "`{}` in `{path}:{}` sees the errors of this `gather`, would not see those in a group, and {why}.",
            told.text.trim_end_matches(':'),
            told.line
        ),
    )
    .remedy("Make the handler ready for groups by hand, or set `exceptions = \"auto\"`.")
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

/// What the callers of the function do with its failures; `here` is the tree of the file as the
/// project has it.
fn above(site: &Site<'_, '_>, project: &Project, here: Option<&Tree<'_>>) -> Arc<Above> {
    let file = site.file;
    let unknown = |why: &str| Arc::new(Above::Unknown(why.to_owned()));
    let Some(function) = file.enclosing_function(site.id()) else {
        return unknown("it stands in no function");
    };
    let outside = Outside {
        entry_points: &file.options.entry_points,
        public_api: &file.options.public_api,
    };
    match on_disk(file, project, function) {
        Some(scope) => project.handlers_above(file.path, scope, outside, here),
        None => unknown("its function is not found again in the project"),
    }
}

/// The scope of a function in the file as the project has it, where other transforms may not have
/// changed it yet.
fn on_disk(file: &FileView<'_>, project: &Project, function: NodeId) -> Option<ScopeId> {
    let tree = file.tree;
    let known = project.facts_of(&project.sources.absolute(file.path))?;
    let mut names = Vec::new();
    for id in std::iter::once(function).chain(tree.ancestors(function)) {
        match tree.node(id) {
            AnyNodeRef::StmtFunctionDef(function) => names.push(function.name.as_str()),
            AnyNodeRef::StmtClassDef(class) => names.push(class.name.as_str()),
            _ => {}
        }
    }
    names.reverse();
    match known.facts.functions_called(&names)[..] {
        [only] => Some(only),
        _ => None,
    }
}
