#![doc = include_str!("README.md")]

use crate::edit::Applicability;
use crate::transform::About;

pub(super) const ABOUT: About = About {
    id: "asyncify",
    page: include_str!("README.md"),
    since: "0.1.0",
    offers: Applicability::Safe,
    mentions: &[],
    default: true,
};
