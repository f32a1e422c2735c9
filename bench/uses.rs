//! `uses ROOT FILE NAME`: who uses a function of a project, with the time it took. Without a name
//! every file is parsed and kept, to measure the index of a whole project.

#![expect(clippy::print_stdout, reason = "it prints the answer")]

use aiolift::index::{Definition, Role};
use aiolift::project::Project;
use aiolift::syntax::ScopeId;
use aiolift::workspace::{DiskSources, WalkOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((root, wanted)) = arguments.split_first() else {
        println!("uses ROOT [FILE NAME]");
        return;
    };
    let root = PathBuf::from(root);
    let project = Project {
        sources: Arc::new(DiskSources::new(Some(&root), WalkOptions::default())),
        root: Some(root.clone()),
        ..Project::default()
    };
    match wanted {
        [file, name] => uses(&project, &root, file, name),
        _ => whole(&project),
    }
}

fn whole(project: &Project) {
    let paths: Mutex<Vec<PathBuf>> = Mutex::default();
    project.sources.each(&|path, _| {
        if let Ok(mut paths) = paths.lock() {
            paths.push(path.to_owned());
        }
    });
    let paths = paths.into_inner().unwrap_or_default();
    let parsed = paths.iter().filter(|path| project.facts_of(path).is_some());
    println!("{} of {} files", parsed.count(), paths.len());
}

fn uses(project: &Project, root: &Path, file: &str, name: &str) {
    let path = root.join(file);
    let Some(known) = project.facts_of(&path) else {
        println!("{} is not there", path.display());
        return;
    };
    let names: Vec<&str> = name.split('.').collect();
    let facts = &known.facts;
    let scope = (0..facts.scopes().count())
        .map(ScopeId::at)
        .find(|scope| facts.qualified(*scope) == names);
    let Some(scope) = scope else {
        println!("{name} is not there");
        return;
    };
    let answer = project.uses_of(&[Definition { path, scope }]).remove(0);
    for one in &answer.uses {
        let text = project.sources.text(&one.path).unwrap_or_default();
        let start = one.range.start().to_usize();
        let line = text[..start].matches('\n').count() + 1;
        let role = match &one.role {
            Role::Call { .. } => "call".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        let path = one.path.strip_prefix(root).unwrap_or(&one.path);
        println!("{}:{line} {role} {:?}", path.display(), one.certainty);
    }
}
