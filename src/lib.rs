//! aiolift

pub mod error;
pub mod source;
pub mod workspace;
