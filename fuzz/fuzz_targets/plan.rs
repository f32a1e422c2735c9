//! Any findings make a plan whose changes are disjoint and whole.

#![no_main]

#[path = "../../tests/properties/plan.rs"]
mod plan;

use libfuzzer_sys::fuzz_target;
use plan::Draft;

/// A site, its edits, and how sure it is.
type Drawn = ((u8, u8), Vec<(u8, u8)>, u8);

fuzz_target!(|input: (Vec<Drawn>, bool)| {
    let (drawn, unsafe_all) = input;
    let drafts: Vec<Draft> = drawn
        .into_iter()
        .take(16)
        .map(|(site, edits, grade)| Draft { site, edits, grade })
        .collect();
    if let Err(why) = plan::holds(&drafts, unsafe_all) {
        panic!("{why}: {drafts:?}");
    }
});
