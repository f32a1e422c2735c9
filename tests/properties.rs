//! What holds for every program, shown on the programs of the pages and of the behaviour tests
//! with noise in their layout.
//!
//! `AIOLIFT_CASES` sets how many programs are made, `AIOLIFT_SEED` makes others.

#![expect(clippy::disallowed_methods, reason = "it reads programs")]

mod support;

#[path = "properties/noise.rs"]
mod noise;
#[path = "properties/plan.rs"]
mod plan;

use aiolift::options::{ClientScope, Exceptions, Options};
use aiolift::pipeline::{Decoded, Pipeline};
use aiolift::project::Project;
use aiolift::report::Report;
use aiolift::source::SourceFile;
use aiolift::syntax::{Module, PythonVersion, Ranged, TokenKind};
use aiolift::transform::Entry;
use noise::{Bytes, Endings, Noise};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::path::PathBuf;

/// A program of the corpus.
#[derive(Debug)]
struct Seed {
    name: String,
    text: String,
    options: Vec<String>,
}

/// How a program of the corpus is changed, and what is run over it.
#[derive(Debug, Clone)]
struct Recipe {
    first: usize,
    second: Option<usize>,
    noise: Vec<Noise>,
    bytes: Bytes,
    options: Choice,
}

#[derive(Debug, Clone)]
struct Choice {
    /// The options of the page, or others.
    own: bool,
    minor: u8,
    unsafe_all: bool,
    exceptions: Exceptions,
    client_scope: ClientScope,
    only: Option<usize>,
}

fn corpus() -> Vec<Seed> {
    let mut corpus: Vec<Seed> = support::programs()
        .into_iter()
        .map(|program| Seed {
            name: program.name,
            text: program.text,
            options: program.options,
        })
        .collect();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/behavior")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "py") {
                files.push(path);
            }
        }
    }
    files.sort();
    for path in files {
        corpus.push(Seed {
            name: path.display().to_string(),
            text: std::fs::read_to_string(&path).expect("the program can be read"),
            options: vec!["deps=httpx".to_owned()],
        });
    }
    corpus
}

fn recipe(count: usize) -> impl Strategy<Value = Recipe> {
    let transforms = support::all().len();
    let exceptions = prop_oneof![
        2 => Just(Exceptions::Auto),
        1 => Just(Exceptions::Unwrap),
        1 => Just(Exceptions::Group),
    ];
    let choice = (
        prop::bool::weighted(0.5),
        9u8..=15,
        any::<bool>(),
        exceptions,
        prop_oneof![Just(ClientScope::Function), Just(ClientScope::Call)],
        prop::option::weighted(0.2, 0..transforms),
    )
        .prop_map(
            |(own, minor, unsafe_all, exceptions, client_scope, only)| Choice {
                own,
                minor,
                unsafe_all,
                exceptions,
                client_scope,
                only,
            },
        );
    (
        0..count,
        prop::option::weighted(0.25, 0..count),
        prop::collection::vec(noise::noise(), 0..8),
        noise::bytes(),
        choice,
    )
        .prop_map(|(first, second, noise, bytes, options)| Recipe {
            first,
            second,
            noise,
            bytes,
            options,
        })
}

impl Choice {
    fn of(&self, words: &[String]) -> (Options, Project) {
        let (mut options, project) = support::options_of(words);
        if !self.own {
            options.target = PythonVersion {
                major: 3,
                minor: self.minor,
            };
            options.unsafe_all = self.unsafe_all;
            options.exceptions = self.exceptions;
            options.client_scope = self.client_scope;
        }
        (options, project)
    }

    fn steps(&self) -> Vec<&'static Entry> {
        let all = support::all();
        match self.only {
            Some(one) => vec![all[one]],
            None => all,
        }
    }
}

/// The value of a variable of the environment.
fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

/// A runner of so many cases, which draws the same ones every time.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases: number("AIOLIFT_CASES").unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number("AIOLIFT_SEED").unwrap_or(0).to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

#[test]
fn every_plan_is_disjoint_and_whole() {
    let near = || (0u8..40, 0u8..16);
    let draft = (near(), prop::collection::vec(near(), 0..4), any::<u8>())
        .prop_map(|(site, edits, grade)| plan::Draft { site, edits, grade });
    let input = (prop::collection::vec(draft, 0..8), any::<bool>());
    let result = runner(5_000).run(&input, |(drafts, unsafe_all)| {
        plan::holds(&drafts, unsafe_all).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

#[test]
fn every_program_keeps_its_promises() {
    let corpus = corpus();
    assert!(corpus.len() > 300, "the corpus is there");
    let result = runner(400).run(&recipe(corpus.len()), |recipe| {
        check(&corpus, &recipe).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

fn check(corpus: &[Seed], recipe: &Recipe) -> Result<(), String> {
    let first = &corpus[recipe.first];
    let mut text = first.text.clone();
    let mut name = first.name.clone();
    if let Some(second) = recipe.second {
        let second = &corpus[second];
        text = format!("{text}\n\n{}", second.text);
        name = format!("{name} and {}", second.name);
    }
    for (number, noise) in recipe.noise.iter().enumerate() {
        text = noise::apply(&text, *noise, number);
    }
    let (options, project) = recipe.options.of(&first.options);
    let steps = recipe.options.steps();
    let bytes = recipe.bytes.of(&text);
    promises(&steps, &bytes, &options, &project).map_err(|why| {
        let steps: Vec<&str> = steps.iter().map(|step| step.about.id).collect();
        format!(
            "{why}\n{name}\n{steps:?}\n{options:?}\n{}\n{:?}",
            String::from_utf8_lossy(&bytes),
            recipe.bytes,
        )
    })?;
    if recipe.bytes.endings == Endings::Unix {
        same_with_other_endings(&steps, recipe.bytes, &text, &options, &project)?;
    }
    Ok(())
}

fn promises(
    steps: &[&'static Entry],
    bytes: &[u8],
    options: &Options,
    project: &Project,
) -> Result<(), String> {
    let source = SourceFile::decode(PathBuf::from("example.py"), bytes.to_vec())
        .map_err(|error| error.to_string())?;
    let report = run(steps, bytes, options, project, ALONE);
    if let Some(error) = report.errors.first() {
        // A lone `\r` in a string, say, can make another program of it.
        let is_program = Module::parse(source.text(), options.target).is_ok();
        return if is_program {
            Err(error.message.clone())
        } else {
            Ok(())
        };
    }
    let several = |jobs| run(steps, bytes, options, project, (FILES, jobs));
    if several(1) != several(3) {
        return Err("the result depends on the number of threads".to_owned());
    }
    let [change] = report.changes.as_slice() else {
        return Ok(());
    };
    let after = SourceFile::decode(PathBuf::from("example.py"), change.after.clone())
        .map_err(|error| format!("the result does not decode: {error}"))?;
    let module = Module::parse(after.text(), options.target)
        .map_err(|error| format!("the result does not parse: {}", error.message))?;
    let before = Module::parse(source.text(), options.target).map_err(|error| error.message)?;
    if module.too_new().len() > before.too_new().len() {
        return Err(format!(
            "the result is too new: {:?}\n{}",
            module.too_new(),
            after.text()
        ));
    }
    support::only_marked_lines_differ(change)?;
    comments_survive(&before, &module)
        .map_err(|why| format!("{why}\n--- becomes\n{}", after.text()))?;
    let again = run(steps, &change.after, options, project, ALONE);
    if let Some(error) = again.errors.first() {
        return Err(format!("the second time: {}", error.message));
    }
    if let Some(twice) = again.changes.first() {
        return Err(format!(
            "a second run changes the result\n{}\n--- becomes\n{}",
            after.text(),
            String::from_utf8_lossy(&twice.after)
        ));
    }
    Ok(())
}

/// The same file several times, under different names.
fn run(
    steps: &[&'static Entry],
    bytes: &[u8],
    options: &Options,
    project: &Project,
    (names, jobs): (&[&str], usize),
) -> Report {
    let pipeline = Pipeline {
        steps: steps.to_vec(),
        options: options.clone(),
        project,
        paths: Vec::new(),
    };
    let files = names
        .iter()
        .map(|name| Decoded::Raw(PathBuf::from(name), bytes.to_vec()))
        .collect();
    pipeline.run(files, jobs, &|| {})
}

/// One file, one thread.
const ALONE: (&[&str], usize) = (&["example.py"], 1);
/// Several files, and how many threads.
const FILES: &[&str] = &["a.py", "b.py", "c.py"];

/// Every comment is still there, apart from those beside the boilerplate of an event loop.
fn comments_survive(before: &Module<'_>, after: &Module<'_>) -> Result<(), String> {
    let comments = |module: &Module<'_>| -> Vec<String> {
        let comments = module
            .tokens()
            .iter()
            .filter(|token| token.kind() == TokenKind::Comment);
        comments
            .map(|token| module.text[token.range()].trim_end().to_owned())
            .collect()
    };
    let mut left = comments(after);
    for comment in comments(before) {
        match left.iter().position(|other| *other == comment) {
            Some(at) => drop(left.swap_remove(at)),
            None if before.text.contains("loop") => {}
            None => return Err(format!("the comment `{comment}` is lost")),
        }
    }
    Ok(())
}

/// With `\r\n` the same program becomes the same program.
fn same_with_other_endings(
    steps: &[&'static Entry],
    bytes: Bytes,
    text: &str,
    options: &Options,
    project: &Project,
) -> Result<(), String> {
    let windows = Bytes {
        endings: Endings::Windows,
        ..bytes
    };
    let result = |bytes: Vec<u8>| -> Vec<u8> {
        let mut report = run(steps, &bytes, options, project, ALONE);
        report.changes.pop().map_or(bytes, |change| change.after)
    };
    let expected = result(bytes.of(text));
    let actual = result(windows.of(text));
    let expected = String::from_utf8_lossy(&expected).replace('\n', "\r\n");
    if expected.as_bytes() == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), &String::from_utf8_lossy(&actual))
        .unified_diff()
        .to_string();
    Err(format!("with CRLF the result differs:\n{diff:?}\n{text}"))
}
