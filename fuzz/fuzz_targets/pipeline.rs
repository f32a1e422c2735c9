//! Any bytes: the whole list never fails on a program, makes a program of it, and leaves its own
//! result alone.

#![no_main]

use aiolift::options::{ClientScope, Exceptions, Options};
use aiolift::pipeline::{Decoded, Pipeline};
use aiolift::project::Project;
use aiolift::report::Report;
use aiolift::source::SourceFile;
use aiolift::syntax::{Module, PythonVersion};
use aiolift::transforms::CATALOG;
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;

/// Larger inputs take long and show nothing that smaller ones do not.
const LONGEST: usize = 16 * 1024;

fuzz_target!(|data: &[u8]| {
    // The last byte chooses the options, so that a program is an input as it is.
    let Some((choice, _)) = data.split_last() else {
        return;
    };
    if data.len() > LONGEST {
        return;
    }
    let Ok(source) = SourceFile::decode(PathBuf::from("example.py"), data.to_vec()) else {
        return;
    };
    let options = options(*choice);
    if Module::parse(source.text(), options.target).is_err() {
        return;
    }
    let project = Project {
        dependencies: std::iter::once("httpx".to_owned()).collect(),
        ..Project::default()
    };
    let report = run(data, &options, &project);
    if let Some(error) = report.errors.first() {
        panic!("{}", error.message);
    }
    let Some(change) = report.changes.first() else {
        return;
    };
    let after = SourceFile::decode(PathBuf::from("example.py"), change.after.clone())
        .expect("the result decodes");
    Module::parse(after.text(), options.target).expect("the result is a program");
    let again = run(&change.after, &options, &project);
    if let Some(error) = again.errors.first() {
        panic!("the second time: {}", error.message);
    }
    assert!(again.changes.is_empty(), "a second run changes the result");
});

fn options(choice: u8) -> Options {
    Options {
        target: PythonVersion {
            major: 3,
            minor: 9 + choice % 7,
        },
        exceptions: match choice % 3 {
            0 => Exceptions::Auto,
            1 => Exceptions::Unwrap,
            _ => Exceptions::Group,
        },
        client_scope: if choice.is_multiple_of(2) {
            ClientScope::Function
        } else {
            ClientScope::Call
        },
        unsafe_all: choice.is_multiple_of(5),
        ..Options::default()
    }
}

fn run(bytes: &[u8], options: &Options, project: &Project) -> Report {
    let pipeline = Pipeline {
        steps: CATALOG.entries().iter().collect(),
        options: options.clone(),
        project,
        paths: Vec::new(),
    };
    let file = Decoded::Raw(PathBuf::from("example.py"), bytes.to_vec());
    pipeline.run(vec![file], 1, &|| {})
}
