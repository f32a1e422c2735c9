//! The only reader and writer of files: finding them, replacing them whole, taking it back.

pub use self::discovery::{Candidate, Scan, WalkOptions, read_file, scan};
pub use self::project::project_root;

mod discovery;
mod project;

/// The folder of a project in which a run keeps what it needs to be undone.
pub const STATE_FOLDER: &str = ".aiolift";
