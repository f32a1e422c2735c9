//! Functions that are found by a text that is put together when the program runs.

use super::outline::Obstacle;
use super::solve::{File, Propagation};
use crate::index::Sought;
use std::path::PathBuf;

impl Propagation<'_> {
    /// Why a function stays that may be found by a text that nobody knows, or whose class something
    /// else stands in for.
    pub(super) fn found_by_text(&mut self, at: usize) -> Option<(PathBuf, Obstacle)> {
        let node = &self.nodes[at];
        let File { path, outline } = &self.files[node.file];
        let own = &outline.definitions[node.definition];
        let sought = Sought {
            path,
            name: own.qualified.rsplit('.').next().unwrap_or_default(),
            class: own.class.as_deref(),
            at_module_level: own.at_module_level,
        };
        let Some(found) = self.project.lookup_of(&sought) else {
            return self.stood_in_for(at);
        };
        let obstacle = if found.imports() {
            Obstacle::new(
                "reflection",
                found.range,
                "its module is imported by the text of its name here, and it is used as a plain function",
            )
            .remedy("Import the module with an `import` statement.")
        } else {
            Obstacle::new(
                "reflection",
                found.range,
                "functions are found here by a text that is put together when the program runs, and this may be one of them",
            )
            .remedy("Name the functions in a `dict` instead.")
        };
        Some((found.path.clone(), obstacle))
    }
}
