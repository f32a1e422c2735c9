//! What several test programs share: pages, examples, running a transform over a text.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test program uses a part of this"
)]

pub mod page;

use aiolift::options::{AsyncTests, Asyncify, Exceptions, LiftedRequests, Options};
use aiolift::pipeline::{Decoded, Pipeline};
use aiolift::project::{MemorySources, Project};
use aiolift::report::Report;
use aiolift::source::SourceFile;
use aiolift::syntax::PythonVersion;
use aiolift::transform::Entry;
use aiolift::transforms::CATALOG;
use std::path::PathBuf;
use std::sync::Arc;

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
            // Read by `steps_of`.
            Some(("with", _)) => {}
            // Read by `alone`.
            None if word == "script" => {}
            None if word == "asyncify" => options.asyncify = Asyncify::Project,
            // Read by `run_files`, too.
            None if word == "in-threads" => options.lifted_requests = LiftedRequests::InThreads,
            None if word == "keep-sync" => options.asyncify = Asyncify::Twins,
            Some(("from", names)) => {
                options.asyncify_from = names.split('+').map(str::to_owned).collect();
            }
            Some(("entry", names)) => {
                options.entry_points = names.split('+').map(str::to_owned).collect();
            }
            Some(("public", names)) => {
                options.public_api = names.split('+').map(str::to_owned).collect();
            }
            Some(("exceptions", "unwrap")) => options.exceptions = Exceptions::Unwrap,
            Some(("exceptions", "group")) => options.exceptions = Exceptions::Group,
            Some(("firewall", "log")) => options.firewall = aiolift::options::Firewall::Log,
            Some(("client-scope", "call")) => {
                options.client_scope = aiolift::options::ClientScope::Call;
            }
            Some(("tests", mode)) => {
                options.async_tests = match mode {
                    "auto" => AsyncTests::Auto,
                    "strict" => AsyncTests::Strict,
                    _ => panic!("tests=auto or tests=strict"),
                };
            }
            Some(("deps", names)) => {
                project.dependencies = names.split('+').map(str::to_owned).collect();
            }
            Some(("project", marker)) => {
                let known = aiolift::project::MARKERS
                    .iter()
                    .find(|known| known.word == marker);
                let known = known.expect("project=<a known marker>");
                project.markers.insert(known.word);
            }
            _ => panic!("unknown option `{word}` of an example"),
        }
    }
    (options, project)
}

/// The project of an example that is a whole program: `script` after its kind.
pub fn alone(words: &[String], text: &str, project: Project) -> Project {
    if !words.iter().any(|word| word == "script") {
        return project;
    }
    Project {
        sources: Arc::new(MemorySources::new([("example.py", text)])),
        ..project
    }
}

/// The transform of a page, and those that an example asks for with `with=NAME+NAME`.
pub fn steps_of(entry: &'static Entry, words: &[String]) -> Vec<&'static Entry> {
    let names = words.iter().find_map(|word| word.strip_prefix("with="));
    let named = |id: &str| names.is_some_and(|names| names.split('+').any(|name| name == id));
    CATALOG
        .entries()
        .iter()
        .filter(|other| other.about.id == entry.about.id || named(other.about.id))
        .collect()
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
        paths: Vec::new(),
    };
    pipeline.run(vec![Decoded::Source(source)], 1, &|| {})
}

/// Runs the whole list over several files; without what replaces `requests`, where that stays.
pub fn run_files(
    files: Vec<(PathBuf, String)>,
    paths: Vec<PathBuf>,
    options: &Options,
    project: &Project,
) -> Report {
    let mut steps = all();
    steps.retain(|step| !options.waits_in_threads() || step.about.id != "requests-to-httpx");
    let pipeline = Pipeline {
        steps,
        options: options.clone(),
        project,
        paths,
    };
    let decode = |(path, text): (PathBuf, String)| {
        let source = SourceFile::decode(path, text.into_bytes());
        Decoded::Source(source.expect("the file decodes"))
    };
    pipeline.run(files.into_iter().map(decode).collect(), 2, &|| {})
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

/// A program of a page.
#[derive(Debug, Clone)]
pub struct Program {
    /// The transform and the example's heading.
    pub name: String,
    /// The text.
    pub text: String,
    /// The options after the fence.
    pub options: Vec<String>,
}

/// Every program of every page.
pub fn programs() -> Vec<Program> {
    let mut programs = Vec::new();
    for entry in CATALOG.entries() {
        for example in page::parse(entry.about.page).examples {
            programs.push(Program {
                name: format!("{}, {:?}", entry.about.id, example.heading),
                text: example.before,
                options: example.options,
            });
        }
    }
    programs
}

/// Whether every line that differs is named by a mark.
pub fn only_marked_lines_differ(change: &aiolift::report::FileChange) -> Result<(), String> {
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
        // A byte order mark belongs to the file, not to its first line.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut lines = Vec::new();
        let mut start = 0;
        for at in 0..bytes.len() {
            let ends =
                bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                lines.push(bytes[start..=at].to_vec());
                start = at + 1;
            }
        }
        if start < bytes.len() {
            lines.push(bytes[start..].to_vec());
        }
        lines
    };
    let (old, new) = (lines(&change.before), lines(&change.after));
    // The marked lines cut the file into stretches that must be found again in this order.
    let mut marked = vec![false; old.len() + 2];
    for mark in &change.marks {
        // What is inserted stands before its line or, as indentation, at its start.
        for line in mark.first_line..=mark.last_line.max(mark.first_line) {
            if let Some(marked) = marked.get_mut(line) {
                *marked = true;
            }
        }
    }
    let mut at = 0;
    for (index, line) in old.iter().enumerate() {
        if marked[index + 1] {
            continue;
        }
        match new[at..].iter().position(|other| other == line) {
            Some(found) => at += found + 1,
            None => {
                return Err(format!(
                    "line {} is changed, but no mark names it: {}",
                    index + 1,
                    String::from_utf8_lossy(line)
                ));
            }
        }
    }
    Ok(())
}
