//! Declares the HTTP client that rewritten requests need in the manifests of the project.

use crate::config::{DependencyChange, Manifest, edit_manifest, edit_script};
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
    /// What must be done by hand goes into the notes.
    pub(super) fn undeclared(
        options: &Options,
        manifests: &[Manifest],
        declared: &mut FxHashSet<String>,
        notes: &mut Vec<String>,
    ) -> Option<Self> {
        let client = Self::of(options);
        let has_any = match options.http_package {
            HttpPackage::Auto => declared.contains("httpx") || declared.contains("httpx2"),
            _ => declared.contains(client.name),
        };
        if has_any {
            return None;
        }
        if manifests.is_empty() {
            // Nothing says what is installed but the user.
            if options.http_package != HttpPackage::Auto {
                declared.insert(client.name.to_owned());
            }
            return None;
        }
        if !options.add_dependency {
            return None;
        }
        let mut can = false;
        for (path, text) in manifests {
            match edit_manifest(path, text, &client.change(false)) {
                Ok(Some(_)) if !text.contains('\u{fffd}') => can = true,
                Ok(_) => {}
                Err(by_hand) => notes.push(by_hand),
            }
        }
        if !can {
            return None;
        }
        declared.insert(client.name.to_owned());
        Some(client)
    }

    /// Adds the edits of the manifests to a report in which requests go through the client; the
    /// old package goes with its last import. `named` spells the path of a manifest for the user.
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
        let change = self.change(!is_used(report, project));
        for (path, text) in manifests {
            if text.contains('\u{fffd}') {
                continue;
            }
            let Ok(Some(after)) = edit_manifest(path, text, &change) else {
                continue;
            };
            report.changes.push(FileChange {
                path: named(path),
                before: text.clone().into_bytes(),
                after: after.into_bytes(),
                marks: vec![mark(text, differences.clone())],
                group: None,
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
            continue;
        };
        let drop = !imports_old(text.as_bytes());
        match edit_script(&file.path, text, &client.change(drop)) {
            Ok(None) => {}
            Ok(Some(after)) => {
                let mark = mark(before, differences);
                file.after = after.into_bytes();
                file.marks.push(mark);
            }
            Err(by_hand) => {
                let note = FileError {
                    path: file.path.clone(),
                    line: None,
                    message: by_hand,
                    is_bug: false,
                };
                report.notes.push(note);
            }
        }
    }
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
fn is_used(report: &Report, project: &Project) -> bool {
    let changed: FxHashMap<PathBuf, &[u8]> = report
        .changes
        .iter()
        .map(|file| (project.sources.absolute(&file.path), &file.after[..]))
        .collect();
    let found = AtomicBool::new(false);
    project.sources.each(&|path, text| {
        let path = project.sources.absolute(path);
        let bytes = changed.get(&path).copied().unwrap_or(text.as_bytes());
        if imports_old(bytes) {
            found.store(true, Ordering::Relaxed);
        }
    });
    found.into_inner()
}

fn imports_old(text: &[u8]) -> bool {
    let import = Mention {
        name: OLD,
        imported: true,
    };
    memchr::memmem::find_iter(text, OLD.as_bytes()).any(|start| {
        let line = memchr::memrchr2(b'\n', b'\r', &text[..start]).map_or(0, |end| end + 1);
        // The head of a script is a comment.
        let is_comment = text[line..start].starts_with(b"#");
        let is_quoted = matches!(text[..start].last(), Some(b'"' | b'\''));
        (is_quoted && !is_comment) || import.counts(text, start..start + OLD.len())
    })
}
