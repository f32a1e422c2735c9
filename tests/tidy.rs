//! What the repository promises about itself: folders, pages, layers, the table of the README.

#![expect(clippy::disallowed_methods, reason = "it reads the repository")]

mod support;

use aiolift::differences::DIFFERENCES;
use aiolift::transforms::CATALOG;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use support::page::{self, Claim};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_other = name.starts_with('.') && name != ".ci"
                || ["target", "__pycache__", "node_modules"].contains(&&*name);
            if path.is_dir() && !is_other {
                folders.push(path);
            } else if path.is_file() && !is_other {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text without items that are compiled for tests alone.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let is_short = |line: &str| line.ends_with(';') && !line[indent.len()..].starts_with(' ');
        let _ = lines.by_ref().find(|line| *line == end || is_short(line));
    }
    kept
}

/// Rust files with their path from the root, without their unit tests.
fn code(folder: &str) -> Vec<(String, String)> {
    files(&root().join(folder))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ext| ext == "rs"))
        .filter(|path| !path.ends_with("tests.rs") && !path.iter().any(|part| part == "tests"))
        .map(|path| {
            let name = path.strip_prefix(root()).expect("it is below").display();
            (name.to_string(), without_tests(&read(&path)))
        })
        .collect()
}

#[test]
fn every_folder_is_in_the_catalogue() {
    let folders: BTreeSet<String> = fs::read_dir(root().join("transforms"))
        .expect("the transforms have a folder")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.is_dir())
        .map(|path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let listed: BTreeSet<String> = CATALOG
        .entries()
        .iter()
        .map(|entry| entry.about.id.replace('-', "_"))
        .collect();
    assert_eq!(
        folders, listed,
        "the folders of transforms/ and the ids in transforms/catalog.rs differ"
    );
    for folder in &folders {
        for file in ["mod.rs", "README.md"] {
            let path = root().join("transforms").join(folder).join(file);
            assert!(path.is_file(), "transforms/{folder} has no {file}");
        }
    }
}

#[test]
fn every_page_keeps_to_the_grammar() {
    let mut faults = Vec::new();
    for entry in CATALOG.entries() {
        let id = entry.about.id;
        let page = page::parse(entry.about.page);
        let mut fault = |what: String| faults.push(format!("{id}: {what}"));
        if page.title != id {
            fault(format!("the heading is `{}`", page.title));
        }
        if page.summary != entry.about.summary() || !page.summary.ends_with('.') {
            fault("the first paragraph is not one sentence on one line".to_owned());
        }
        if page.sections != ["Why", "Rewrites", "Leaves alone", "Refuses", "Safety"] {
            fault(format!("the sections are {:?}", page.sections));
        }
        for what in page.faults {
            fault(what);
        }
        let mut headings = BTreeSet::new();
        let mut shows_a_rewrite = false;
        for example in &page.examples {
            if !headings.insert((example.section.clone(), example.heading.clone())) {
                fault(format!("two examples are called {:?}", example.heading));
            }
            let wanted = match &example.claim {
                Claim::Becomes(_) => "Rewrites",
                Claim::Unchanged | Claim::Kept(_) => "Leaves alone",
                Claim::Refused(_) => "Refuses",
            };
            shows_a_rewrite |= wanted == "Rewrites";
            if example.section != wanted {
                fault(format!(
                    "{:?} stands in {:?}, not in {wanted:?}",
                    example.heading, example.section
                ));
            }
        }
        if !shows_a_rewrite {
            fault("no example is rewritten".to_owned());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_difference_of_a_transform_is_on_its_page() {
    let mut missing = Vec::new();
    for entry in CATALOG.entries() {
        let folder = format!("transforms/{}", entry.about.id.replace('-', "_"));
        for (name, text) in code(&folder) {
            for id in differences(&text) {
                if !entry.about.page.contains(id) {
                    missing.push(format!("{name}: {id} is not on the page"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_difference_is_in_the_one_list() {
    let listed: BTreeSet<&str> = DIFFERENCES.iter().map(|one| one.id).collect();
    assert_eq!(listed.len(), DIFFERENCES.len(), "an id is listed twice");
    let files: Vec<(String, String)> = [code("src"), code("transforms")].concat();
    let used: BTreeSet<&str> = files
        .iter()
        .filter(|(name, _)| name != "src/differences.rs")
        .flat_map(|(_, text)| differences(text))
        .collect();
    assert_eq!(
        used, listed,
        "the ids in use and those of src/differences.rs differ"
    );
    for difference in DIFFERENCES {
        assert!(difference.sentence.ends_with('.'), "{}", difference.id);
        let is_explained = CATALOG.entries().iter().any(|entry| {
            let safety = entry
                .about
                .page
                .split("## Safety")
                .nth(1)
                .unwrap_or_default();
            safety.contains(&format!("({})", difference.id))
        });
        assert!(
            is_explained,
            "no page explains {} under Safety",
            difference.id
        );
    }
}

#[test]
fn the_list_of_differences_is_written_down() {
    let mut text = String::from(
        "# Documented differences\n\nA rewrite preserves behaviour, except for these differences. Every change names the ids that apply to\nit; `aiolift explain D-G1` says what one of them means.\n\n| Id | What is different | Transforms |\n| --- | --- | --- |\n",
    );
    for difference in DIFFERENCES {
        let pages: Vec<String> = CATALOG
            .entries()
            .iter()
            .filter(|entry| entry.about.page.contains(&format!("({})", difference.id)))
            .map(|entry| {
                let folder = entry.about.id.replace('-', "_");
                format!("[`{}`](../transforms/{folder}/README.md)", entry.about.id)
            })
            .collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            difference.id,
            difference.sentence,
            pages.join(", ")
        );
    }
    let path = root().join("docs/differences.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).expect("docs/differences.md can be written");
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        text,
        "docs/differences.md is not the list of src/differences.rs; run the tests with UPDATE=1"
    );
}

/// The ids of documented differences that stand in string literals.
fn differences(text: &str) -> BTreeSet<&str> {
    text.split('"')
        .filter(|part| {
            part.strip_prefix("D-").is_some_and(|rest| {
                rest.len() >= 2
                    && rest
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            })
        })
        .collect()
}

#[test]
fn every_reason_is_shown_or_said() {
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let mut words = read("docs/json.md") + &read("docs/renames.md");
    for entry in CATALOG.entries() {
        words.push_str(entry.about.page);
        for example in page::parse(entry.about.page).examples {
            if let Claim::Refused(reason) | Claim::Kept(reason) = example.claim {
                shown.insert(reason);
            }
        }
    }
    shown.extend(shown_by_projects());
    let mut missing = Vec::new();
    for (name, text) in code("src").into_iter().chain(code("transforms")) {
        let walls = name.contains("propagation/") || name.contains("pipeline/asyncify");
        let walls = if walls {
            walls_of(&text)
        } else {
            BTreeSet::new()
        };
        for reason in reasons(&text).into_iter().chain(walls) {
            if !shown.contains(reason) && !words.contains(&format!("`{reason}`")) {
                missing.push(format!("{name}: no page shows `{reason}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The reasons that the projects below `transforms/*/fixtures` and the programs below `tests/lift`
/// are refused with.
fn shown_by_projects() -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.flatten().map(|entry| entry.path()).collect()
    };
    for transform in entries(&root().join("transforms")) {
        for case in entries(&transform.join("fixtures")) {
            let Ok(text) = fs::read_to_string(case.join("case.toml")) else {
                continue;
            };
            let case: toml::Table = text.parse().expect("a case is TOML");
            let refused = case.get("refused").and_then(toml::Value::as_array);
            let reasons = refused
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str);
            shown.extend(reasons.filter_map(|line| Some(line.split_once(' ')?.0.to_owned())));
        }
    }
    for program in entries(&root().join("tests/lift")) {
        let text = fs::read_to_string(program).unwrap_or_default();
        if let Some((_, reasons)) = text.split_once("# --- refused: ") {
            shown.extend(reasons.trim().split(", ").map(str::to_owned));
        }
    }
    shown
}

/// The reasons of walls in a file: every text in it that is spelled like one, but for the names of
/// transforms.
fn walls_of(text: &str) -> BTreeSet<&str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let is_reason = |code: &&str| {
        code.contains('-')
            && !code.starts_with('-')
            && !code.ends_with('-')
            && code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && CATALOG.get(code).is_none()
    };
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(is_reason)
        .collect()
}

/// The reason codes of a file: what a refusal is made with.
fn reasons(text: &str) -> BTreeSet<&str> {
    let makers = [
        "Refusal::new(",
        "Remark::new(",
        "reason = Some(",
        "Unbuildable::",
    ];
    let mut found = BTreeSet::new();
    for maker in makers {
        for rest in text.split(maker).skip(1) {
            // `Unbuildable::TooDeep => "cst-too-deep"`
            let rest = match rest.split_once("=> ") {
                Some((_, code)) if maker.ends_with("::") => code,
                _ => rest,
            };
            let code = rest.trim_start().strip_prefix('"');
            let code = code.and_then(|code| code.split('"').next());
            found.extend(code.filter(|code| code.contains('-') && !code.contains(' ')));
        }
    }
    found
}

/// What each part of `src/` may use; what is not named here may use everything.
const LAYERS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("differences", &[]),
    ("decisions", &["options", "propagation", "report"]),
    ("fingerprint", &[]),
    ("syntax", &["source"]),
    ("facts", &["syntax"]),
    ("index", &["facts", "syntax", "project", "source"]),
    ("project", &["index", "facts", "syntax", "source"]),
    ("options", &["syntax"]),
    ("edit", &["syntax"]),
    (
        "transform",
        &["syntax", "facts", "index", "edit", "options", "project"],
    ),
    (
        "gather",
        &[
            "syntax",
            "facts",
            "index",
            "edit",
            "options",
            "project",
            "transform",
        ],
    ),
    ("requests", &["syntax", "index", "project", "transform"]),
    ("imports", &["syntax", "index", "edit"]),
    (
        "propagation",
        &[
            "syntax",
            "facts",
            "index",
            "edit",
            "options",
            "project",
            "transform",
        ],
    ),
    (
        "plan",
        &["syntax", "edit", "imports", "options", "transform"],
    ),
    ("rewrite", &["syntax", "edit", "plan", "source"]),
    ("step", &["source", "edit", "syntax", "transform"]),
    ("renames", &["edit", "syntax", "transform"]),
    ("dead_loops", &["syntax", "edit", "rewrite"]),
    ("baseline", &["fingerprint", "report"]),
    ("report", &["edit", "fingerprint", "plan", "rewrite"]),
    ("config", &["options", "error"]),
    ("error", &["config", "source", "workspace"]),
    (
        "workspace",
        &["source", "error", "config", "project", "fingerprint"],
    ),
];

/// What a transform may use.
const IN_TRANSFORMS: &[&str] = &[
    "transform",
    "syntax",
    "edit",
    "options",
    "gather",
    "project",
    "requests",
];

#[test]
fn every_part_knows_only_what_it_may() {
    let mut breaches = Vec::new();
    for (name, text) in code("src") {
        let part = name
            .trim_start_matches("src/")
            .split(['/', '.'])
            .next()
            .unwrap_or_default();
        let Some((_, allowed)) = LAYERS.iter().find(|(other, _)| *other == part) else {
            continue;
        };
        for used in used_parts(&text) {
            if used != part && !allowed.contains(&used) {
                breaches.push(format!("{name} uses `{used}`"));
            }
        }
    }
    for (name, text) in code("transforms") {
        if name == "transforms/catalog.rs" {
            continue;
        }
        for used in used_parts(&text) {
            if !IN_TRANSFORMS.contains(&used) {
                breaches.push(format!("{name} uses `{used}`"));
            }
        }
        for other in CATALOG.entries().iter().map(|entry| entry.about.id) {
            let other = other.replace('-', "_");
            let is_own = name.starts_with(&format!("transforms/{other}/"));
            if !is_own && text.contains(&format!("{other}::")) {
                breaches.push(format!("{name} uses the transform `{other}`"));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// The parts after `crate::`.
fn used_parts(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| {
            line.trim_start()
                .trim_start_matches("pub(in crate::transforms)")
        })
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        .filter(|part| !part.is_empty())
        .collect()
}

#[test]
fn only_syntax_names_the_parser_crates() {
    for folder in ["src", "transforms"] {
        for (name, text) in code(folder) {
            let is_door = name.starts_with("src/syntax");
            for krate in ["ruff_python", "ruff_text_size", "libcst_native"] {
                assert!(is_door || !text.contains(krate), "{name} names `{krate}`");
            }
        }
    }
}

#[test]
fn the_readme_lists_the_transforms() {
    const BEGIN: &str = "<!-- transforms -->\n";
    const END: &str = "<!-- /transforms -->";
    let mut table = String::from("| Transform | Offers | What it does |\n| --- | --- | --- |\n");
    for entry in CATALOG.entries() {
        let about = entry.about;
        let folder = about.id.replace('-', "_");
        let _ = writeln!(
            table,
            "| [`{}`](transforms/{folder}/README.md) | {} | {} |",
            about.id,
            about.offers.as_str(),
            about.summary()
        );
    }
    let readme = read("README.md");
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("README.md has the mark `<!-- transforms -->`");
    let (now, after) = rest
        .split_once(END)
        .expect("README.md has the mark `<!-- /transforms -->`");
    if now != table && std::env::var_os("UPDATE").is_some() {
        let text = format!("{before}{BEGIN}{table}{END}{after}");
        fs::write(root().join("README.md"), text).expect("README.md can be written");
        return;
    }
    assert_eq!(
        now, table,
        "the table of README.md is not that of the pages; run the tests with UPDATE=1"
    );
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let mut found = Vec::new();
    for path in files(root()) {
        let name = path
            .strip_prefix(root())
            .expect("it is below")
            .display()
            .to_string();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        if name == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if ["/root/", "/home/", "/Users/", "C:\\Users"]
                .iter()
                .any(|place| line.contains(place))
            {
                found.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files(root()) {
        if path.extension().is_none_or(|ext| ext != "md") {
            continue;
        }
        let name = path
            .strip_prefix(root())
            .expect("it is below")
            .display()
            .to_string();
        let folder = path.parent().expect("it is in a folder");
        for (number, line) in read(&path).lines().enumerate() {
            for link in line.split("](").skip(1) {
                let target = link.split([')', '#']).next().unwrap_or_default();
                let is_elsewhere = target.is_empty() || target.contains("://");
                if !is_elsewhere && !target.contains([' ', '`']) && !folder.join(target).exists() {
                    broken.push(format!("{name}:{}: {target}", number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
