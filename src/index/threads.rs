//! Work that several threads share.

use crate::project::Project;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much stack a thread may need for deeply nested code.
const STACK: usize = 64 * 1024 * 1024;

/// For how few jobs a thread that has such a stack needs no others.
const FEW: usize = 16;

thread_local! {
    static IS_DEEP: Cell<bool> = const { Cell::new(false) };
}

/// Says that this thread has a stack for deeply nested code.
pub fn mark_deep() {
    IS_DEEP.set(true);
}

impl Project {
    /// Runs a job for each number below `count` on several threads; results in order.
    pub(crate) fn in_parallel<T: Send>(
        &self,
        count: usize,
        job: impl Fn(usize) -> T + Sync,
    ) -> Vec<T> {
        if count == 0 || count < FEW && IS_DEEP.get() {
            return (0..count).map(job).collect();
        }
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(count));
        let work = || {
            mark_deep();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    break;
                }
                let result = job(at);
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                results.push((at, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.sources.jobs().clamp(1, count) {
                std::thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, work)
                    .expect("the system can start a thread");
            }
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
