//! What keeps the house in order: the catalogue, the folders, the pages, the README's table.
#![expect(clippy::disallowed_methods, reason = "the test reads the repository")]

mod support;

use aiolift::transforms::CATALOG;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the file is in the repository")
}

#[test]
fn every_folder_is_in_the_catalogue_under_its_name() {
    let listed: BTreeSet<String> = CATALOG
        .entries()
        .iter()
        .map(|entry| entry.about.id.replace('-', "_"))
        .collect();
    let folders: BTreeSet<String> = fs::read_dir(root().join("transforms"))
        .expect("there is a folder of transforms")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        listed, folders,
        "a transform is listed in transforms/catalog.rs and has a folder"
    );
}

#[test]
fn every_page_has_the_shape_of_a_page() {
    let mut faults = Vec::new();
    for entry in CATALOG.entries() {
        let id = entry.about.id;
        let page = support::page::parse(entry.about.page);
        if page.title != id {
            faults.push(format!("{id}: the heading is `{}`", page.title));
        }
        if !page.summary.ends_with('.') || page.summary != entry.about.summary() {
            faults.push(format!(
                "{id}: the first paragraph is one line and one sentence"
            ));
        }
        let wanted = ["Why", "Rewrites", "Leaves alone", "Refuses", "Safety"];
        let mut rest = wanted.iter();
        for section in &page.sections {
            if !rest.any(|name| name == section) {
                faults.push(format!(
                    "{id}: the section `{section}` is not one of {wanted:?} in this order"
                ));
            }
        }
        if !page
            .examples
            .iter()
            .any(|e| matches!(e.claim, support::page::Claim::Becomes(_)))
        {
            faults.push(format!("{id}: no example shows a rewrite"));
        }
        let mut headings = BTreeSet::new();
        for example in &page.examples {
            if !headings.insert((example.heading.clone(), example.line)) {
                faults.push(format!("{id}: two examples share a heading"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_in_the_readme_is_that_of_the_catalogue() {
    const START: &str = "<!-- transforms -->\n";
    const END: &str = "<!-- /transforms -->";
    let mut table = String::from("| Transform | Offers | What it does |\n| --- | --- | --- |\n");
    for entry in CATALOG.entries() {
        let about = entry.about;
        table.push_str(&format!(
            "| [`{}`](transforms/{}/README.md) | {} | {} |\n",
            about.id,
            about.id.replace('-', "_"),
            about.offers.as_str(),
            about.summary()
        ));
    }
    let readme = read("README.md");
    let start = readme.find(START).expect("the README has the marker") + START.len();
    let end = readme.find(END).expect("the README has the end marker");
    if std::env::var_os("UPDATE").is_some() {
        let new = format!("{}{table}{}", &readme[..start], &readme[end..]);
        fs::write(root().join("README.md"), new).expect("the README can be written");
        return;
    }
    assert_eq!(
        &readme[start..end],
        table,
        "run the tests with UPDATE=1 to renew the table"
    );
}

#[test]
fn only_the_syntax_module_names_the_parser_crates() {
    let mut faults = Vec::new();
    let mut folders = vec![root().join("src"), root().join("transforms")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)
            .expect("a folder of the repository")
            .filter_map(Result::ok)
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(root()).unwrap_or(&path).to_path_buf();
            let is_door = inside.starts_with("src/syntax") || inside.ends_with("src/syntax.rs");
            if path.extension().is_some_and(|ext| ext == "rs") && !is_door {
                let text = fs::read_to_string(&path).expect("source is UTF-8");
                for name in ["ruff_python_", "ruff_text_size", "libcst_native"] {
                    if text.contains(name) {
                        faults.push(format!("{} names {name}", inside.display()));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
