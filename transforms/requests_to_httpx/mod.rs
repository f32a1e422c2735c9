//! The `requests` library: which calls are requests, and whose session they use.

pub(in crate::transforms) mod sites;
