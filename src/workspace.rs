//! The only reader and writer of files: finding them, replacing them whole, taking it back.

pub use self::create::create_all;
pub use self::discovery::{Candidate, Scan, WalkOptions, read_file, scan};
pub use self::environment::Environment;
pub use self::git::{commit, uncommitted};
pub use self::journal::{STATE_FOLDER, was_interrupted};
pub use self::outputs::{append, is_there, load, save};
pub use self::project::{contains, from_here, manifests, project_root, settings_files};
pub use self::replace::{
    DropReason, Dropped, LeftReason, Replacement, UndoReport, WriteReport, undo, write_all,
};
pub use self::sources::DiskSources;
pub(crate) use self::sources::decoded;
pub use self::state::{edit, load_state, remove_state, save_state};

mod create;
mod discovery;
mod environment;
mod git;
mod journal;
mod outputs;
mod project;
mod replace;
mod sources;
mod state;
