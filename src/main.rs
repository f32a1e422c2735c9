//! The command `aiolift`.

// Trees of small boxed nodes are most of the work: a fifth of the time of a run with the allocator
// of the GNU C library, measured on the trees of `bench/`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is freed goes back to the system after a tenth of a second. The allocator keeps it for a
/// second otherwise, which is longer than most runs: what different files need would add up. Measured
/// on `bench/`: less memory by 5 of 80 MB, and by more in longer runs, in the same time; a hundredth
/// of a second would save 14 MB and cost a twentieth of the time.
fn give_back_soon() {
    /// `mi_option_purge_delay` of mimalloc 3, in milliseconds, and what it is if nobody has set it.
    const PURGE_DELAY: std::ffi::c_int = 15;
    const UNSET: std::ffi::c_long = 1000;
    #[expect(unsafe_code, reason = "the allocator has no other interface for this")]
    // SAFETY: the functions belong to the allocator above and have these signatures. No other thread
    // runs yet.
    unsafe {
        unsafe extern "C" {
            fn mi_option_get(option: std::ffi::c_int) -> std::ffi::c_long;
            fn mi_option_set_default(option: std::ffi::c_int, value: std::ffi::c_long);
        }
        // An option of another release of the allocator would have another value.
        if mi_option_get(PURGE_DELAY) == UNSET {
            mi_option_set_default(PURGE_DELAY, 100);
        }
    }
}

fn main() -> std::process::ExitCode {
    give_back_soon();
    aiolift::cli::run()
}
