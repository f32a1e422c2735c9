//! The Python package of aiolift: the same command, and the engine as functions.

use pyo3::prelude::*;

// As in the command: trees of small boxed nodes are most of the work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the package has from Rust; `aiolift/__init__.py` is what it offers.
#[pymodule(gil_used = false)]
mod _aiolift {
    use pyo3::prelude::*;
    use std::ffi::OsString;

    /// The version of the package and of the command.
    #[pymodule_export]
    #[allow(
        non_upper_case_globals,
        reason = "it is the name that Python has for it"
    )]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Runs the command with arguments, of which the first one is the name of the program, and
    /// returns the exit code.
    #[pyfunction]
    fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
        py.detach(|| aiolift::cli::run_with(arguments))
    }
}
