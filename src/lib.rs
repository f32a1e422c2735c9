//! aiolift lifts legacy Python to modern, structured-concurrency asyncio.
//!
//! The flow of data, one direction only:
//!
//! 1. [`workspace`] walks the paths; a byte scan drops files that cannot have a site.
//! 2. [`source`] decodes the bytes of a file; [`syntax`] parses its text.
//! 3. Every transform of [`transforms`] finds its sites in a
//!    [`FileView`](transform::FileView), asking [`project`] about other files.
//! 4. A site becomes a [`Change`](edit::Change) or a [`Refusal`](transform::Refusal).
//! 5. [`plan`] accepts disjoint changes, [`imports`] adds what they ask for.
//! 6. [`rewrite`] applies them and proves the result; [`pipeline`] runs the ordered list.
//! 7. The [`report`] goes to the command line, and, with consent, to the workspace.

pub mod api;
pub mod baseline;
pub mod cli;
pub mod config;
pub mod dead_loops;
pub mod decisions;
pub mod differences;
pub mod edit;
pub mod error;
pub mod facts;
pub mod fingerprint;
pub mod gather;
pub mod imports;
pub mod index;
pub mod options;
pub mod pipeline;
pub mod plan;
pub mod project;
pub mod propagation;
pub mod renames;
pub mod report;
mod requests;
pub mod rewrite;
pub mod source;
pub mod step;
pub mod syntax;
pub mod transform;
pub mod workspace;

/// The built-in transforms, in execution order. They live beside `src/` so that each one is a
/// folder with its page and fixtures.
#[path = "../transforms/catalog.rs"]
pub mod transforms;
