//! Makes functions coroutine functions together with everything that calls them, or says why not.
//!
//! A transform that refuses a site only because its function is a plain `def` says so; such a
//! function is a *seed*. [`Propagation`] follows the callers of every seed through the project.
//! Where one of them cannot become a coroutine function there is a wall, and the seed stays, with
//! the way to the wall as its reason. The other seeds and their callers form groups that are
//! applied as one change over all files. [`lift`] writes the edits of one file,
//! [`test_code`] those of a file of tests.

mod beyond;
mod classes;
mod entered;
mod group;
pub mod lift;
mod needs;
mod outline;
mod passing;
mod reflection;
pub mod script;
mod solve;
mod stand_ins;
mod starters;
mod strategies;
pub mod test_code;
mod walls;

pub use group::{Blocked, Blocking, Bridged, CallSite, Group, Member, Plan, Seed, Step};
pub use outline::{Definition, Obstacle, Outline, Position};
pub use solve::Propagation;

/// The id under which the reports name what is done here.
pub const ID: &str = "asyncify";
