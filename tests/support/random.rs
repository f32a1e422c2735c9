//! Programs that are made at random and run under a Python before and after a rewrite.

use crate::{interpreters, trace};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::path::Path;

/// Checks programs under the newest Python there is, and gives how many there were, and the sum of
/// what the checks counted.
///
/// `AIOLIFT_CASES` sets how many programs are made, `AIOLIFT_SEED` makes others: the number stands in
/// the place of the second part of the seed, whose first one fills the rest.
pub(crate) fn check<S: Strategy>(
    cases: u32,
    (filler, seed): (u8, u32),
    programs: &S,
    one: impl Fn(&Path, S::Value) -> Result<usize, TestCaseError>,
) -> (usize, usize) {
    let number = |name: &str| {
        let value = std::env::var(name).ok()?;
        value.parse::<u32>().ok()
    };
    let cases = number("AIOLIFT_CASES").unwrap_or(cases);
    let mut bytes = [filler; 32];
    bytes[..4].copy_from_slice(&number("AIOLIFT_SEED").unwrap_or(seed).to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, random);
    let pythons = interpreters::from(trace::Version(3, 11)).expect("there is a Python");
    let python = &pythons.last().expect("there is a Python").path;
    let counted = Cell::new(0);
    let result = runner.run(programs, |program| {
        counted.set(counted.get() + one(python, program)?);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    (cases as usize, counted.get())
}
