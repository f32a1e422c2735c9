//! What can be done other than making a whole chain of callers asynchronous.

mod constructors;
pub(super) mod decorator_classes;
mod expected_errors;
mod family;
pub(super) mod handlers;
pub(super) mod properties;
mod protocols;
mod references;
pub(super) mod thread;
pub(super) mod twin;
pub(super) mod wrappers;
