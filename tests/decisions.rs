//! Every decision can be taken for itself: all of them together are the whole run, each one alone
//! is a verified rewrite that changes its own sites and no others, and so are all but one.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the files of the projects"
)]

mod support;

use aiolift::decisions::{Decision, choice, decisions};
use aiolift::options::Options;
use aiolift::pipeline::{Decoded, Pipeline};
use aiolift::project::{MemorySources, Project};
use aiolift::report::{Outcome, Outlook, Report};
use aiolift::source::SourceFile;
use aiolift::transform::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder that the files of a project seem to be in.
const ROOT: &str = "/project";

/// Files, and what runs over them.
struct Case {
    name: String,
    files: BTreeMap<PathBuf, String>,
    steps: Vec<&'static Entry>,
    options: Options,
    project: Project,
}

impl Case {
    fn run(&self, options: Options) -> (Report, Outlook) {
        let pipeline = Pipeline {
            steps: self.steps.clone(),
            options,
            project: &self.project,
            paths: Vec::new(),
        };
        let files = self
            .files
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|end| end == "py"))
            .map(|(path, text)| {
                let source = SourceFile::decode(path.clone(), text.clone().into_bytes());
                Decoded::Source(source.expect("the file decodes"))
            });
        pipeline.plan(files.collect(), 1, &|| {})
    }

    fn chosen(&self, report: &Report, chosen: &[&Decision]) -> Report {
        let mut options = self.options.clone();
        options.choice = Some(Arc::new(choice(report, chosen.iter().copied())));
        self.run(options).0
    }

    /// What is wrong with the decisions; the number of decisions otherwise.
    fn judge(&self) -> Result<usize, String> {
        let (whole, outlook) = self.run(self.options.clone());
        if !whole.errors.is_empty() {
            return Ok(0);
        }
        let all = decisions(&whole, &outlook, self.project.root.as_deref());
        let every: Vec<&Decision> = all.iter().collect();
        if self.chosen(&whole, &every).changes != whole.changes {
            return Err("all decisions are not the whole run".to_owned());
        }
        if !self.chosen(&whole, &[]).changes.is_empty() {
            return Err("no decision changes something".to_owned());
        }
        if all.len() < 2 {
            return Ok(all.len());
        }
        for at in 0..all.len() {
            let others: Vec<&Decision> = [&every[..at], &every[at + 1..]].concat();
            for chosen in [&[every[at]][..], &others] {
                self.holds(&whole, chosen)
                    .map_err(|why| format!("{why}\nchosen: {chosen:?} of {all:?}"))?;
            }
        }
        Ok(all.len())
    }

    fn holds(&self, whole: &Report, chosen: &[&Decision]) -> Result<(), String> {
        let report = self.chosen(whole, chosen);
        if let Some(error) = report.errors.first() {
            return Err(error.message.clone());
        }
        let changed = |report: &Report| -> BTreeSet<(PathBuf, &'static str, usize, usize)> {
            let sites = report.sites.iter();
            sites
                .filter(|site| site.outcome == Outcome::Changed)
                .map(|site| (site.path.clone(), site.transform, site.line, site.column))
                .collect()
        };
        let wanted = Report {
            sites: chosen
                .iter()
                .flat_map(|decision| &decision.sites)
                .map(|at| whole.sites[*at].clone())
                .collect(),
            ..Report::default()
        };
        let (wanted, actual) = (changed(&wanted), changed(&report));
        if wanted != actual {
            return Err(format!("{wanted:?} were to change, {actual:?} do"));
        }
        Ok(())
    }
}

fn judge_all(cases: Vec<Case>) -> usize {
    let mut faults = Vec::new();
    let mut several = 0;
    for case in cases {
        match case.judge() {
            Ok(count) => several += usize::from(count > 1),
            Err(why) => faults.push(format!("{}: {why}", case.name)),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    several
}

fn case(name: String, text: String, options: &[String]) -> Case {
    let (options, project) = support::options_of(options);
    Case {
        name,
        files: BTreeMap::from([("example.py".into(), text)]),
        steps: support::all(),
        options,
        project,
    }
}

#[test]
fn in_the_programs_of_the_pages() {
    let programs = support::programs().into_iter();
    let cases = programs.map(|program| case(program.name, program.text, &program.options));
    let several = judge_all(cases.collect());
    assert!(
        several > 15,
        "only {several} programs have several decisions"
    );
}

/// What does not run as one program, because it defines a name twice or more, still is one text.
#[test]
fn in_programs_one_after_the_other() {
    let programs = support::programs();
    let cases = programs
        .chunk_by(|a, b| a.options == b.options)
        .flat_map(|alike| alike.windows(3).step_by(2))
        .map(|three| {
            let texts: Vec<&str> = three.iter().map(|program| &*program.text).collect();
            case(three[0].name.clone(), texts.join("\n\n"), &three[0].options)
        });
    let several = judge_all(cases.collect());
    assert!(
        several > 40,
        "only {several} programs have several decisions"
    );
}

#[test]
fn in_the_projects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transforms/asyncify/fixtures");
    let folders = fs::read_dir(folder).expect("the fixtures are there");
    let cases = folders.map(|entry| {
        let folder = entry.expect("it can be listed").path();
        let text = fs::read_to_string(folder.join("case.toml")).expect("it can be read");
        let case: toml::Table = toml::from_str(&text).expect("it is TOML");
        let words: Vec<String> = case.get("options").map_or_else(Vec::new, |words| {
            words.clone().try_into().expect("they are words")
        });
        let (options, project) = support::options_of(&words);
        let files = files(&folder.join("before"));
        let project = Project {
            root: Some(PathBuf::from(ROOT)),
            sources: Arc::new(MemorySources::new(files.clone())),
            ..project
        };
        Case {
            name: folder.display().to_string(),
            files,
            steps: support::all(),
            options,
            project,
        }
    });
    let several = judge_all(cases.collect());
    assert!(
        several > 0,
        "only {several} projects have several decisions"
    );
}

/// The files below a folder with their texts, by their paths in the project.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                open.extend((path.file_name() != Some(".venv".as_ref())).then_some(path));
            } else {
                let text = fs::read_to_string(&path).expect("the file is UTF-8");
                let inside = path.strip_prefix(folder).expect("it was found there");
                found.insert(Path::new(ROOT).join(inside), text);
            }
        }
    }
    found
}
