//! The command `aiolift`.

// Trees of small boxed nodes are most of the work: a fifth of the time of a run with the allocator
// of the GNU C library, measured on the trees of `bench/`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is freed goes back to the system after a moment. The allocator keeps it for a second at least
/// otherwise, which is longer than most runs: what different files need would add up. Measured on
/// `bench/`, a sixth of the memory, and no time that shows.
fn give_back_soon() {
    /// `mi_option_purge_delay`, in milliseconds, of mimalloc 3.
    const PURGE_DELAY: std::ffi::c_int = 15;
    #[expect(unsafe_code, reason = "the allocator has no other interface for this")]
    // SAFETY: the function belongs to the allocator above and has this signature. No other thread
    // runs yet.
    unsafe {
        unsafe extern "C" {
            fn mi_option_set_default(option: std::ffi::c_int, value: std::ffi::c_long);
        }
        mi_option_set_default(PURGE_DELAY, 10);
    }
}

fn main() -> std::process::ExitCode {
    give_back_soon();
    aiolift::cli::run()
}
