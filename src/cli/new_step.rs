//! `aiolift new-step`: a file to start a step of one's own from, with its page of examples.

use super::args::NewStep;
use super::summary::shown;
use super::{ExitCode, Stop, say};
use crate::workspace;
use std::path::Path;

const STEP: &str = r#""""__CLASS__, a step for aiolift. Run it with `aiolift diff --select __NAME__`."""

import libcst as cst
from libcst import matchers as m
from libcst.codemod import VisitorBasedCodemodCommand


class __CLASS__(VisitorBasedCodemodCommand):
    """Replace calls of `old_name()` with calls of `new_name()`."""

    # Only files with one of these names are parsed; leave it out to see every file.
    mentions = ["old_name"]
    # "safe" if programs behave as before, "unsafe" if changes take `--unsafe`.
    grade = "safe"

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if m.matches(updated_node.func, m.Name("old_name")):
            return updated_node.with_changes(func=cst.Name("new_name"))
        return updated_node
"#;

const PAGE: &str = "\
# __CLASS__

Replaces calls of `old_name()` with calls of `new_name()`. pytest runs the examples, in an environment
with `aiolift` and `libcst`.

Step: `__NAME__`

### A call

```python before
from names import new_name, old_name

print(old_name(1))  # the first one
```
```python after
from names import new_name, old_name

print(new_name(1))  # the first one
```

### A method of the same name

```python unchanged
print(thing.old_name(1))
```
";

/// Writes both files, unless one of them is there.
pub(super) fn new_step(command: &NewStep, quiet: bool) -> Result<ExitCode, Stop> {
    let module = command.name.replace('-', "_").to_lowercase();
    let is_name = module.starts_with(|c: char| c.is_ascii_alphabetic())
        && module
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_');
    let package = command
        .folder
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .filter(|part| part != ".")
        .collect::<Vec<_>>()
        .join(".");
    if !is_name {
        return Err(Stop::Usage(format!(
            "`{}` cannot be the name of a module; write letters, digits and underscores, as in `rename_client`.",
            command.name
        )));
    }
    let class: String = module
        .split('_')
        .filter_map(|word| {
            let (first, rest) = word.split_at_checked(1)?;
            Some(first.to_uppercase() + rest)
        })
        .collect();
    let module_name = if package.is_empty() {
        module.clone()
    } else {
        format!("{package}.{module}")
    };
    let name = format!("python:{module_name}:{class}");
    if crate::step::parts(&name).is_none() {
        return Err(Stop::Usage(format!(
            "`{}` cannot be a package; give a folder below this one.",
            command.folder.display()
        )));
    }
    let fill = |text: &str| text.replace("__CLASS__", &class).replace("__NAME__", &name);
    let folder: &Path = &command.folder;
    let files = [
        (folder.join(format!("{module}.py")), fill(STEP)),
        (folder.join(format!("{module}.step.md")), fill(PAGE)),
    ];
    workspace::create_all(&files)?;
    if !quiet {
        say(&format!(
            "{} and {} are written. Test them with `pytest {}`, and run the step with `aiolift diff --select {name}`.",
            shown(&files[0].0),
            shown(&files[1].0),
            shown(&files[1].0),
        ));
    }
    Ok(ExitCode::SUCCESS)
}
