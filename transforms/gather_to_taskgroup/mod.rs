#![doc = include_str!("README.md")]

use crate::edit::{Applicability, Change};
use crate::gather::{self, Failures, GatherCall};
use crate::syntax::{TextRange, ast};
use crate::transform::{About, FileView, Refusal, Transform};

pub(super) const ABOUT: About = About {
    id: "gather-to-taskgroup",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &["gather"],
    default: true,
};

/// `await asyncio.gather(…)` becomes a task group.
pub(super) struct GatherToTaskgroup;

impl Transform for GatherToTaskgroup {
    type Node = ast::ExprCall;
    type Found = GatherCall;

    fn find<'a>(call: &'a ast::ExprCall, file: &FileView<'a>) -> Option<GatherCall> {
        gather::find(call, file).filter(|found| found.failures == Failures::Raised)
    }

    fn site(found: &GatherCall, file: &FileView<'_>) -> TextRange {
        gather::site(*found, file)
    }

    fn rewrite(found: GatherCall, file: &FileView<'_>) -> Result<Change, Refusal> {
        gather::rewrite(found, file)
    }
}
