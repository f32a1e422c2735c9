//! The built-in transforms. The order below is the order of execution.
//!
//! Move a line only together with a test in `tests/pipeline.rs` that shows the program for which
//! the old order was wrong.

mod requests_to_httpx;
mod requests_to_thread;
mod wait_for_to_timeout;

use crate::transform::{Catalog, entry};

/// Every transform this program has, in execution order.
pub static CATALOG: Catalog = Catalog::new(&[
    // Before everything that looks at `await`: their awaits are new.
    entry::<requests_to_thread::RequestsToThread>(&requests_to_thread::ABOUT),
    // Before `gather`: in `wait_for(gather(…))` the timeout must end up around the task group.
    entry::<wait_for_to_timeout::WaitForToTimeout>(&wait_for_to_timeout::ABOUT),
]);
