//! The Python package of aiolift: the same command, and the engine as functions.
//!
//! What users call is in `aiolift/__init__.py`, with its documentation; this module is typed by
//! `aiolift/_aiolift.pyi`.

mod engine;
mod results;

// As in the command: trees of small boxed nodes are most of the work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the package has from Rust.
#[pyo3::pymodule(gil_used = false)]
mod _aiolift {
    /// The version of the package and of the command.
    #[pymodule_export]
    #[allow(
        non_upper_case_globals,
        reason = "it is the name that Python has for it"
    )]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::engine::{check, plan, rewrite_many, run_command, transforms, verify};
    #[pymodule_export]
    use super::results::{
        Failure, FileChange, FunctionPlace, Group, Note, Plan, Report, Rewrite, Site, SitePlace,
        Transform, Wall,
    };
}
