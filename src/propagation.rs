//! Makes functions coroutine functions together with everything that calls them, or says why not.
//!
//! [`lift`] writes the edits of one file.

pub mod lift;
