//! What lies around the open texts: settings, manifests and the other files of their projects.

use super::documents::Document;
use crate::cli::Stop;
use crate::cli::args::Selection;
use crate::cli::scan::Scanner;
use crate::cli::session::Session;
use crate::index::Index;
use crate::options::Choice;
use crate::pipeline::{Decoded, Pipeline};
use crate::project::Project;
use crate::report::{Outlook, Report};
use crate::source::SourceFile;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folders in which texts are open, with what is known about their projects.
pub(super) struct Workspace {
    selection: Selection,
    known: HashMap<PathBuf, Surroundings>,
}

/// What is known about the project of a folder.
struct Surroundings {
    session: Session,
    scanner: Scanner,
    /// Looked at when the first text has a site.
    project: Option<Project>,
}

/// How a text is run over.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The sites that may change; all of them where nothing is chosen.
    pub(super) choice: Option<Choice>,
    /// Changes that need consent are made, too.
    pub(super) consent: bool,
}

impl Workspace {
    /// Nothing is known yet; the selection is that of the command line.
    pub(super) fn new(selection: Selection) -> Self {
        Self {
            selection,
            known: HashMap::new(),
        }
    }

    /// What the client asks for, on top of the command line.
    pub(super) fn selection(&mut self) -> &mut Selection {
        self.known.clear();
        &mut self.selection
    }

    /// Settings, manifests or files have changed on the disk.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// The folder of the project that a file is in.
    pub(super) fn root(&mut self, path: &Path) -> Option<PathBuf> {
        let around = self.around(path).ok()?;
        around.session.project_root().map(Path::to_owned)
    }

    /// Runs the list over an open text. The other open texts stand for their files.
    pub(super) fn run<'d>(
        &mut self,
        document: &Document,
        others: impl Iterator<Item = &'d Document>,
        wanted: Wanted,
    ) -> Result<(Report, Outlook), Stop> {
        let around = self.around(&document.path)?;
        let nothing = || Ok((Report::default(), Outlook::default()));
        let (scanner, session) = (&around.scanner, &around.session);
        let Ok(source) = SourceFile::from_text(document.path.clone(), document.text.clone()) else {
            return nothing();
        };
        if !scanner.keeps(&document.path, document.text.as_bytes()) {
            return nothing();
        }
        let root = session.project_root();
        let mut texts: BTreeMap<PathBuf, &str> = BTreeMap::new();
        for other in others {
            if root.is_some_and(|root| other.path.starts_with(root)) {
                // What it says about others may have been written just now.
                scanner.keeps(&other.path, other.text.as_bytes());
                texts.insert(other.path.clone(), &other.text);
            }
        }
        texts.insert(document.path.clone(), &document.text);
        let project = match &mut around.project {
            Some(project) => project,
            empty => {
                session.look_around(scanner, None)?;
                empty.insert(session.project(scanner.seen(root), Index::default()))
            }
        };
        let mut project = project.with_texts(texts);
        let seen = scanner.seen(root);
        project.markers = seen.markers;
        project.patched = seen.patched;
        let mut options = session.options().clone();
        options.choice = wanted.choice.map(Arc::new);
        options.unsafe_all |= wanted.consent;
        let mut paths = vec![document.path.clone()];
        if session.asyncifies() {
            // What a function of the text takes in other files is changed with it.
            paths.extend(root.map(Path::to_owned));
        }
        let pipeline = Pipeline {
            steps: session.steps().to_vec(),
            options,
            project: &project,
            paths,
        };
        Ok(pipeline.plan(vec![Decoded::Source(source)], 1, &|| {}))
    }

    fn around(&mut self, path: &Path) -> Result<&mut Surroundings, Stop> {
        let folder = path.parent().unwrap_or(path).to_owned();
        if !self.known.contains_key(&folder) {
            let mut selection = self.selection.clone();
            selection.paths = vec![PathBuf::from("-")];
            selection.stdin_filename = Some(path.to_owned());
            let session = Session::over(&selection, true, Some(Vec::new()))?;
            let scanner = Scanner::new(session.steps());
            let around = Surroundings {
                session,
                scanner,
                project: None,
            };
            self.known.insert(folder.clone(), around);
        }
        let known = self.known.get_mut(&folder);
        known.ok_or_else(|| Stop::Usage(format!("`{}` is gone.", folder.display())))
    }
}
