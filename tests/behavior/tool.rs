//! Runs the tool on a program and notes what it says about it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::case::{Case, Header};

/// The target of a run, unless the program asks for another one.
const TARGET: &str = "py311";

/// What became of a program.
pub(crate) struct Outcome {
    /// Its text after the run.
    pub(crate) program: String,
    /// The texts of its modules after the run, in the order of the case.
    pub(crate) modules: Vec<String>,
    /// The transforms that changed something.
    changes: BTreeSet<String>,
    /// The reasons for which sites were refused.
    refusals: BTreeSet<String>,
}

impl Outcome {
    /// Checks what the header of the program promises.
    pub(crate) fn keeps(&self, header: &Header, program: &str) -> Result<(), String> {
        if header.unchanged && self.program != *program {
            return Err("The program was changed, and must not be.".to_owned());
        }
        for text in &header.lacks {
            let files = std::iter::once(&self.program).chain(&self.modules);
            if files.into_iter().any(|file| file.contains(text)) {
                return Err(format!("The result must not contain {text:?}."));
            }
        }
        for (kind, expected, found) in [
            ("changed by", &header.changes, &self.changes),
            ("refused for", &header.refused, &self.refusals),
        ] {
            for name in expected {
                if !found.contains(name) {
                    return Err(format!(
                        "Something should have been {kind} `{name}`. \
                         Changed by: {:?}. Refused for: {:?}.",
                        self.changes, self.refusals,
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Writes a program and the manifest of its project.
pub(crate) fn lay_out(folder: &Path, case: &Case, dependencies: &[String]) -> Result<(), String> {
    let write = || {
        std::fs::create_dir(folder)?;
        std::fs::write(folder.join("program.py"), &case.program)?;
        for (name, text) in &case.modules {
            std::fs::write(folder.join(name), text)?;
        }
        let manifest = format!(
            "[project]\nname = \"program\"\nversion = \"1\"\ndependencies = {dependencies:?}\n"
        );
        std::fs::write(folder.join("pyproject.toml"), manifest)
    };
    write().map_err(|error| format!("`{}` cannot be filled: {error}", folder.display()))
}

/// Asks the tool about the program in `folder`, and lets it rewrite it.
pub(crate) fn run(folder: &Path, case: &Case) -> Result<Outcome, String> {
    let flags = &case.header.flags;
    let check = aiolift(
        folder,
        &["check", "--output-format", "json", "--exit-zero"],
        flags,
    )?;
    let sites: Value = serde_json::from_str(&check)
        .map_err(|error| format!("`aiolift check` does not print JSON: {error}\n{check}"))?;
    aiolift(folder, &["run", "--allow-dirty"], flags)?;
    let read = |name: &str| {
        std::fs::read_to_string(folder.join(name))
            .map_err(|error| format!("The rewritten program cannot be read: {error}"))
    };
    let program = read("program.py")?;
    let modules = case.modules.iter().map(|(name, _)| read(name));
    let modules = modules.collect::<Result<Vec<_>, _>>()?;
    let mut outcome = Outcome {
        program,
        modules,
        changes: BTreeSet::new(),
        refusals: BTreeSet::new(),
    };
    let sites = sites["sites"].as_array().map(Vec::as_slice);
    for site in sites.ok_or_else(|| format!("`aiolift check` lists no sites:\n{check}"))? {
        let text = |key: &str| site[key].as_str().unwrap_or_default().to_owned();
        if text("outcome") == "changed" {
            outcome.changes.insert(text("transform"));
        } else {
            outcome.refusals.insert(text("reason"));
        }
    }
    Ok(outcome)
}

/// Runs the tool in `folder` and returns what it printed.
fn aiolift(folder: &Path, verb: &[&str], flags: &[String]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiolift"));
    command.args(verb);
    if !flags.iter().any(|flag| flag == "--target-version") {
        command.args(["--target-version", TARGET]);
    }
    let output = command
        .args(flags)
        .arg(".")
        .current_dir(folder)
        .output()
        .map_err(|error| format!("The tool cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "`aiolift {}` ended with {}:\n{}{}",
            verb.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        ));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("The tool prints no UTF-8: {error}"))
}
