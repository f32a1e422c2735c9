//! What can be done other than making a whole chain of callers asynchronous.

mod family;
pub(super) mod handlers;
mod protocols;
mod references;
pub(super) mod thread;
pub(super) mod twin;
pub(super) mod wrappers;
