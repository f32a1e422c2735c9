//! What a page cannot show: other files of the project, and the two transforms together.

use crate::options::Options;
use crate::pipeline::{Decoded, Pipeline};
use crate::project::{MemorySources, Project};
use crate::report::{Outcome, Report};
use crate::source::SourceFile;
use crate::transforms::CATALOG;
use std::path::PathBuf;

const MODULE: &str = "\
import requests

async def load(url):
    return requests.get(url).text
";

/// Runs both transforms over `app.py` in a project with one other file.
fn run(module: &str, other: &str, dependencies: &[&str]) -> (Report, String) {
    let project = Project {
        dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        sources: std::sync::Arc::new(MemorySources::new([("app.py", module), ("main.py", other)])),
        ..Project::default()
    };
    let source = SourceFile::decode(PathBuf::from("app.py"), module.as_bytes().to_vec())
        .expect("the module is UTF-8");
    let pipeline = Pipeline {
        steps: ["requests-to-httpx", "requests-to-thread"]
            .iter()
            .filter_map(|id| CATALOG.get(id))
            .collect(),
        options: Options::default(),
        project: &project,
        paths: Vec::new(),
    };
    let report = pipeline.run(vec![Decoded::Source(source)], 1, &|| {});
    let after = report.changes.first().map_or_else(String::new, |change| {
        String::from_utf8(change.after.clone()).expect("the result is UTF-8")
    });
    (report, after)
}

#[test]
fn a_handler_in_another_file_that_calls_the_function_keeps_its_exceptions() {
    let other = "\
import requests
from app import load

async def main(url):
    try:
        return await load(url)
    except requests.RequestException:
        return None
";
    let (report, after) = run(MODULE, other, &["httpx"]);
    assert!(
        after.contains("asyncio.to_thread(requests.get, url)"),
        "{after}"
    );
    assert_eq!(report.sites.len(), 1);
    assert_eq!(report.sites[0].transform, "requests-to-thread");
    assert_eq!(report.sites[0].outcome, Outcome::Changed);
    assert_eq!(report.sites[0].reason, Some("handled-by-caller"));
}

#[test]
fn a_handler_in_another_file_about_something_else_is_no_obstacle() {
    let other = "\
import requests

def other(url):
    try:
        return requests.get(url).text
    except requests.RequestException:
        return None
";
    let (report, after) = run(MODULE, other, &["httpx"]);
    assert!(after.contains("await client.get(url)"), "{after}");
    assert_eq!(report.sites.len(), 1);
    assert_eq!(report.sites[0].transform, "requests-to-httpx");
    assert_eq!(report.sites[0].reason, None);
}

#[test]
fn a_site_that_falls_back_is_reported_once_with_the_reason() {
    let (report, after) = run(MODULE, "", &[]);
    assert!(
        after.contains("asyncio.to_thread(requests.get, url)"),
        "{after}"
    );
    assert_eq!(report.sites.len(), 1);
    assert_eq!(report.sites[0].transform, "requests-to-thread");
    assert_eq!(report.sites[0].outcome, Outcome::Changed);
    assert_eq!(report.sites[0].reason, Some("httpx-not-declared"));
    assert!(report.sites[0].remedy.is_some());
}

#[test]
fn a_site_that_neither_can_change_is_reported_once() {
    let module = "\
import requests

async def load(url, lock):
    with lock:
        return requests.get(url).text
";
    let (report, after) = run(module, "", &["httpx"]);
    assert_eq!(after, "");
    assert_eq!(report.sites.len(), 1);
    assert_eq!(report.sites[0].outcome, Outcome::Refused);
    assert_eq!(report.sites[0].reason, Some("await-insertion-in-lock"));
}
