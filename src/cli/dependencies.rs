//! Declares the HTTP client that rewritten requests need in the manifests of the project.

use crate::config::{DependencyChange, Manifest, ManifestFacts, edit_manifest, edit_script};
use crate::edit::Applicability;
use crate::options::{HttpPackage, Options};
use crate::project::Project;
use crate::report::{FileChange, FileError, Mark, Outcome, Report};
use crate::transform::Mention;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The transform whose result needs another package than the text before.
const TRANSFORM: &str = "requests-to-httpx";
/// The package whose calls it takes away.
const OLD: &str = "requests";

/// The client that a project does not declare yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    name: &'static str,
    /// The releases that the behaviour tests run with, and later ones.
    versions: &'static str,
}

impl Client {
    fn of(options: &Options) -> Self {
        match options.http_package {
            HttpPackage::Httpx2 => Self {
                name: "httpx2",
                versions: ">=2.16",
            },
            HttpPackage::Httpx | HttpPackage::Auto => Self {
                name: "httpx",
                versions: ">=0.28",
            },
        }
    }

    fn change(self, drop: bool) -> DependencyChange<'static> {
        DependencyChange {
            add: self.name,
            versions: self.versions,
            beside: OLD,
            drop,
        }
    }

    /// The client that rewritten requests may use because a manifest can be made to declare it.
    pub(super) fn undeclared(
        options: &Options,
        manifests: &[Manifest],
        declared: &mut FxHashSet<String>,
    ) -> Option<Self> {
        let client = Self::of(options);
        let has_any = match options.http_package {
            HttpPackage::Auto => declared.contains("httpx") || declared.contains("httpx2"),
            _ => declared.contains(client.name),
        };
        if has_any {
            return None;
        }
        if !manifests.iter().any(|(path, _)| ManifestFacts::reads(path)) {
            // Nothing says what is installed but the user.
            if options.http_package != HttpPackage::Auto {
                declared.insert(client.name.to_owned());
            }
            return None;
        }
        if !options.add_dependency {
            return None;
        }
        let can = manifests.iter().any(|(path, text)| {
            !is_broken(text)
                && matches!(
                    edit_manifest(path, text, &client.change(false)),
                    Ok(Some(_))
                )
        });
        if !can {
            return None;
        }
        declared.insert(client.name.to_owned());
        Some(client)
    }

    /// Adds the edits of the manifests to a report in which requests go through the client; the
    /// old package goes with its last import. They are written together with the files that need
    /// them. `named` spells the path of a manifest for the user. What must be done by hand goes
    /// into the notes.
    pub(super) fn declare(
        self,
        report: &mut Report,
        project: &Project,
        manifests: &[Manifest],
        named: &dyn Fn(&Path) -> PathBuf,
    ) {
        let differences = differences(report, None);
        if differences.is_none() {
            return;
        }
        let change = self.change(!is_used(report, project, OLD));
        let group = joined(report);
        for (path, text) in manifests {
            let after = match edit_manifest(path, text, &change) {
                Ok(None) => continue,
                Ok(Some(_)) if is_broken(text) => {
                    let why = format!(
                        "The file is not valid UTF-8 and is not edited; declare `{}` by hand.",
                        self.name
                    );
                    report.notes.push(note(named(path), why));
                    continue;
                }
                Ok(Some(after)) => after,
                Err(by_hand) => {
                    report.notes.push(note(named(path), by_hand));
                    continue;
                }
            };
            report.changes.push(FileChange {
                path: named(path),
                before: text.clone().into_bytes(),
                after: after.into_bytes(),
                marks: vec![mark(text, differences.clone())],
                group: Some(group),
            });
        }
    }
}

/// Declares the client in the heads (`# /// script`) of the scripts whose requests go through it.
pub(super) fn declare_in_scripts(report: &mut Report, options: &Options) {
    let client = Client::of(options);
    let scripts: Vec<(usize, Option<Vec<&'static str>>)> = (0..report.changes.len())
        .map(|at| (at, differences(report, Some(&report.changes[at].path))))
        .filter(|(_, found)| found.is_some())
        .collect();
    for (at, differences) in scripts {
        let file = &mut report.changes[at];
        let (Ok(before), Ok(text)) = (
            std::str::from_utf8(&file.before),
            std::str::from_utf8(&file.after),
        ) else {
            let why = format!(
                "The file is not encoded in UTF-8, and its head, if it has one, is not edited; declare `{}` there by hand.",
                client.name
            );
            report.notes.push(note(file.path.clone(), why));
            continue;
        };
        let drop = !imports(text.as_bytes(), OLD);
        match edit_script(&file.path, text, &client.change(drop)) {
            Ok(None) => {}
            Ok(Some(after)) => {
                let mark = mark(before, differences);
                file.after = after.into_bytes();
                file.marks.push(mark);
            }
            Err(by_hand) => {
                report.notes.push(note(file.path.clone(), by_hand));
            }
        }
    }
}

/// What answers the requests of tests once they go through the new client.
const ANSWERS: &str = "respx";
/// What answered them before: the package, and its name in manifests.
const STAND_INS: &[(&str, &str)] = &[
    ("responses", "responses"),
    ("requests_mock", "requests-mock"),
];

/// Adds to the manifests what answers the requests of rewritten tests, beside what did before, or
/// in its place when its last use is gone. Where no manifest can be made to declare it, a note says
/// so.
pub(super) fn declare_answers(
    report: &mut Report,
    project: &Project,
    manifests: &[Manifest],
    named: &dyn Fn(&Path) -> PathBuf,
) {
    let needs = |bytes: &[u8]| imports(bytes, ANSWERS) || contains(bytes, "respx_mock");
    let moved = report
        .changes
        .iter()
        .find(|file| needs(&file.after) && !needs(&file.before))
        .map(|file| (file.path.clone(), file.group));
    let Some((path, group)) = moved else {
        return;
    };
    let mut declared = project.depends_on(ANSWERS);
    for (package, distribution) in STAND_INS {
        let change = DependencyChange {
            add: ANSWERS,
            versions: ">=0.22",
            beside: distribution,
            drop: !is_used(report, project, package),
        };
        for (path, text) in manifests {
            let path = named(path);
            let known = report.changes.iter_mut().find(|file| file.path == path);
            let before = known
                .as_ref()
                .and_then(|file| String::from_utf8(file.after.clone()).ok())
                .unwrap_or_else(|| text.clone());
            let Ok(Some(after)) = edit_manifest(&path, &before, &change) else {
                continue;
            };
            if is_broken(&before) {
                continue;
            }
            declared = true;
            match known {
                Some(file) => file.after = after.into_bytes(),
                None => report.changes.push(FileChange {
                    path,
                    before: before.clone().into_bytes(),
                    after: after.into_bytes(),
                    marks: vec![mark(&before, None)],
                    group,
                }),
            }
        }
    }
    if !declared {
        let why = format!("Add `{ANSWERS}` to the packages for tests, which now need it.");
        report.notes.push(note(path, why));
    }
}

fn contains(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

/// Whether a manifest was read with bytes that are no UTF-8.
fn is_broken(text: &str) -> bool {
    text.contains('\u{fffd}')
}

fn note(path: PathBuf, message: String) -> FileError {
    FileError {
        path,
        line: None,
        message,
        is_bug: false,
    }
}

/// Makes one group of the files with rewritten requests and of all that is written together with
/// one of them.
fn joined(report: &mut Report) -> usize {
    let rewritten: FxHashSet<PathBuf> = report
        .sites
        .iter()
        .filter(|site| site.transform == TRANSFORM && site.outcome == Outcome::Changed)
        .map(|site| site.path.clone())
        .collect();
    let groups = || report.changes.iter().filter_map(|change| change.group);
    let own = groups().max().map_or(0, |last| last + 1);
    let joined: FxHashSet<usize> = report
        .changes
        .iter()
        .filter(|change| rewritten.contains(&change.path))
        .filter_map(|change| change.group)
        .collect();
    for change in &mut report.changes {
        if rewritten.contains(&change.path)
            || change.group.is_some_and(|group| joined.contains(&group))
        {
            change.group = Some(own);
        }
    }
    own
}

/// The differences of the rewritten requests, of one file or of all; `None` without any.
fn differences(report: &Report, path: Option<&Path>) -> Option<Vec<&'static str>> {
    let mut found = None;
    for site in &report.sites {
        if site.transform == TRANSFORM
            && site.outcome == Outcome::Changed
            && path.is_none_or(|path| site.path == path)
        {
            let all: &mut Vec<_> = found.get_or_insert_default();
            for id in &site.differences {
                if !all.contains(id) {
                    all.push(*id);
                }
            }
        }
    }
    found
}

/// A mark over the lines in which a manifest or the head of a script speaks of the old package.
fn mark(before: &str, differences: Option<Vec<&'static str>>) -> Mark {
    let lines = || before.lines().enumerate();
    let speaks = |(_, line): &(usize, &str)| line.contains(OLD);
    let first = lines().find(speaks).map_or(1, |(at, _)| at + 1);
    let last = lines().filter(speaks).last().map_or(1, |(at, _)| at + 1);
    Mark {
        first_line: first,
        last_line: last,
        transform: TRANSFORM,
        grade: Applicability::Safe,
        differences: differences.unwrap_or_default(),
    }
}

/// Whether some file of the project still imports the old package, or speaks of it in a string.
fn is_used(report: &Report, project: &Project, package: &'static str) -> bool {
    let changed: FxHashMap<PathBuf, &[u8]> = report
        .changes
        .iter()
        .map(|file| (project.sources.absolute(&file.path), &file.after[..]))
        .collect();
    let found = AtomicBool::new(false);
    project.sources.each(&|path, text| {
        let path = project.sources.absolute(path);
        let bytes = changed.get(&path).copied().unwrap_or(text.as_bytes());
        if imports(bytes, package) {
            found.store(true, Ordering::Relaxed);
        }
    });
    found.into_inner()
}

fn imports(text: &[u8], package: &'static str) -> bool {
    let import = Mention {
        name: package,
        imported: true,
        anywhere: false,
    };
    memchr::memmem::find_iter(text, package.as_bytes()).any(|start| {
        let line = memchr::memrchr2(b'\n', b'\r', &text[..start]).map_or(0, |end| end + 1);
        // The head of a script is a comment.
        let is_comment = text[line..start].starts_with(b"#");
        let is_quoted = matches!(text[..start].last(), Some(b'"' | b'\''));
        (is_quoted && !is_comment) || import.counts(text, start..start + package.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::MemorySources;
    use crate::report::SiteReport;

    fn site(path: &str, transform: &'static str) -> SiteReport {
        SiteReport {
            path: path.into(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            transform,
            outcome: Outcome::Changed,
            grade: None,
            differences: Vec::new(),
            reason: None,
            message: String::new(),
            evidence: Vec::new(),
            remedy: None,
            settled_at: None,
            fingerprint: crate::fingerprint::Fingerprint::default(),
            callers: Vec::new(),
        }
    }

    fn change(path: &str, group: Option<usize>) -> FileChange {
        FileChange {
            path: path.into(),
            before: Vec::new(),
            after: Vec::new(),
            marks: Vec::new(),
            group,
        }
    }

    fn groups(report: &Report) -> Vec<(&str, Option<usize>)> {
        let one = |change: &'_ FileChange| change.group;
        let changes = report.changes.iter();
        changes
            .map(|change| (change.path.to_str().unwrap(), one(change)))
            .collect()
    }

    fn declare(report: &mut Report, manifests: &[(&str, &str)]) {
        let client = Client {
            name: "httpx",
            versions: ">=0.28",
        };
        let project = Project {
            sources: std::sync::Arc::new(MemorySources::new([("a.py", "import httpx\n")])),
            ..Project::default()
        };
        let manifests: Vec<Manifest> = manifests
            .iter()
            .map(|(path, text)| (path.into(), (*text).to_owned()))
            .collect();
        client.declare(report, &project, &manifests, &Path::to_owned);
    }

    #[test]
    fn a_manifest_is_written_with_the_files_that_need_it() {
        let mut report = Report {
            sites: vec![
                site("a.py", TRANSFORM),
                site("b.py", TRANSFORM),
                site("d.py", "wait-for-to-timeout"),
            ],
            changes: vec![
                change("a.py", None),
                change("b.py", Some(0)),
                change("c.py", Some(0)),
                change("d.py", None),
                change("e.py", Some(1)),
            ],
            ..Report::default()
        };
        declare(&mut report, &[("requirements.txt", "requests>=2\n")]);
        assert_eq!(
            groups(&report),
            [
                ("a.py", Some(2)),
                ("b.py", Some(2)),
                ("c.py", Some(2)),
                ("d.py", None),
                ("e.py", Some(1)),
                ("requirements.txt", Some(2)),
            ]
        );
    }

    #[test]
    fn what_cannot_be_edited_is_said() {
        let mut report = Report {
            sites: vec![site("a.py", TRANSFORM)],
            changes: vec![change("a.py", None)],
            ..Report::default()
        };
        let manifests = [
            ("requirements.txt", "# caf\u{fffd}\nrequests>=2\n"),
            ("setup.py", "setup(install_requires=['requests'])\n"),
            ("requirements-dev.txt", "pytest\n"),
        ];
        declare(&mut report, &manifests);
        let said: Vec<&Path> = report.notes.iter().map(|note| &*note.path).collect();
        assert_eq!(said, [Path::new("requirements.txt"), Path::new("setup.py")]);
        assert_eq!(report.changes.len(), 1);
    }
}
