//! What several test programs share: pages, examples, running a transform over a text.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test program uses a part of this"
)]

pub mod page;

use aiolift::options::{Exceptions, Options};
use aiolift::pipeline::{Decoded, Pipeline};
use aiolift::project::Project;
use aiolift::report::Report;
use aiolift::source::SourceFile;
use aiolift::syntax::PythonVersion;
use aiolift::transform::Entry;
use aiolift::transforms::CATALOG;
use std::path::PathBuf;

/// The options an example asks for after its kind: `unsafe target=py312 exceptions=group deps=httpx`.
pub fn options_of(words: &[String]) -> (Options, Project) {
    let mut options = Options::default();
    let mut project = Project::default();
    for word in words {
        match word.split_once('=') {
            None if word == "unsafe" => options.unsafe_all = true,
            None if word == "assume-coroutines" => options.assume_coroutines = true,
            Some(("target", version)) => {
                let minor = version
                    .trim_start_matches("py3")
                    .parse()
                    .expect("target=py3XX");
                options.target = PythonVersion { major: 3, minor };
            }
            Some(("exceptions", "unwrap")) => options.exceptions = Exceptions::Unwrap,
            Some(("exceptions", "group")) => options.exceptions = Exceptions::Group,
            Some(("client-scope", "call")) => {
                options.client_scope = aiolift::options::ClientScope::Call;
            }
            Some(("deps", names)) => {
                project.dependencies = names.split('+').map(str::to_owned).collect();
            }
            Some(("project", marker)) => {
                let known = aiolift::project::MARKERS
                    .iter()
                    .find(|known| **known == marker);
                project
                    .markers
                    .insert(known.expect("project=<a known marker>"));
            }
            _ => panic!("unknown option `{word}` of an example"),
        }
    }
    (options, project)
}

/// Runs transforms over one text as `example.py`.
pub fn run(steps: Vec<&'static Entry>, text: &str, options: &Options, project: &Project) -> Report {
    run_bytes(steps, text.as_bytes().to_vec(), options, project)
}

/// Runs transforms over one file's bytes.
pub fn run_bytes(
    steps: Vec<&'static Entry>,
    bytes: Vec<u8>,
    options: &Options,
    project: &Project,
) -> Report {
    let source =
        SourceFile::decode(PathBuf::from("example.py"), bytes).expect("the example decodes");
    let pipeline = Pipeline {
        steps,
        options: options.clone(),
        project,
    };
    pipeline.run(vec![Decoded::Source(source)], 1, &|| {})
}

/// The text after a run: the changed one, or the same.
pub fn text_after(report: &Report, text: &str) -> String {
    report.changes.first().map_or_else(
        || text.to_owned(),
        |change| String::from_utf8(change.after.clone()).expect("the example is UTF-8"),
    )
}

/// Every transform in execution order.
pub fn all() -> Vec<&'static Entry> {
    CATALOG.entries().iter().collect()
}
