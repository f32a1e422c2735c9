//! The blocks of scripts (`if __name__ == "__main__":`) that have to be functions, so that
//! something in them can be awaited.

use super::{Asyncification, Wish};
use crate::options::Asyncify;
use crate::project::Project;
use crate::propagation::{Plan, Position, Propagation, script};
use crate::report::SiteReport;
use crate::source::SourceFile;
use crate::syntax::TextSize;
use crate::transform::lower_first;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The scripts of a run whose blocks are looked at.
#[derive(Default)]
pub(super) struct Blocks {
    /// Those that are functions for now: the files as they are, and where the identifiers start.
    open: BTreeMap<PathBuf, (SourceFile, TextSize)>,
    /// Those that stay blocks, and why, as the end of a sentence.
    stay: BTreeMap<PathBuf, String>,
}

impl Asyncification<'_, '_> {
    /// Makes the blocks that have sites functions.
    pub(super) fn open_blocks(&mut self, project: &Project) {
        let wishes = self.wishes.iter().filter(|wish| wish.in_block);
        let paths: Vec<PathBuf> = wishes
            .map(|wish| self.pipeline.absolute(&wish.path))
            .collect();
        for path in paths {
            self.open_block(&path, project);
        }
    }

    /// Makes the block of a file a function; whether it is one from now on and was not before.
    fn open_block(&mut self, path: &Path, project: &Project) -> bool {
        if self.blocks.open.contains_key(path) || self.blocks.stay.contains_key(path) {
            return false;
        }
        if self.pipeline.options.asyncify == Asyncify::Twins {
            let why = "functions keep their names in this run".to_owned();
            self.blocks.stay.insert(path.to_owned(), why);
            return false;
        }
        let known = self.sources.get(path).cloned();
        let Some(source) = known.or_else(|| project.sources.file(path)) else {
            return false;
        };
        match script::open(source.text(), self.pipeline.options.target) {
            Ok(opened) => {
                let text = source.with_text(opened.text);
                self.sources.insert(path.to_owned(), text);
                let place = (source, opened.function);
                self.blocks.open.insert(path.to_owned(), place);
                true
            }
            Err(obstacle) => {
                let line = source.line_column(obstacle.range.start().to_usize()).0;
                let why = format!("{} (line {line})", obstacle.message);
                self.blocks.stay.insert(path.to_owned(), why);
                false
            }
        }
    }

    /// Whether a site stays because its block does.
    pub(super) fn stays_in_block(&self, wish: &Wish) -> bool {
        let path = self.pipeline.absolute(&wish.path);
        wish.in_block && !self.blocks.open.contains_key(&path)
    }

    /// Where the identifier of the function starts that a wish is about.
    pub(super) fn function_of(&self, wish: &Wish) -> TextSize {
        let path = self.pipeline.absolute(&wish.path);
        match self.blocks.open.get(&path) {
            Some((_, function)) if wish.in_block => *function,
            _ => wish.function,
        }
    }

    /// The line of a file as it is: the call that starts the function of a block has none, and
    /// stands for the line of the block.
    pub(super) fn line_as_it_is(&self, path: &Path, line: usize) -> usize {
        match self.blocks.open.get(path) {
            Some((source, function)) if line > source.text().lines().count() => {
                source.line_column(function.to_usize()).0
            }
            _ => line,
        }
    }

    /// Makes those functions blocks again that come to nothing, and those blocks functions whose
    /// calls cannot be run from plain code. Whether that changes what can be planned.
    pub(super) fn rearrange(
        &mut self,
        plan: &Plan,
        vain: &BTreeMap<usize, Box<SiteReport>>,
        search: &mut Propagation<'_>,
    ) -> bool {
        let project = search.project();
        let idle: Vec<PathBuf> = self
            .blocks
            .open
            .iter()
            .filter(|(path, (_, function))| {
                let mut members = plan.groups.iter().flat_map(|group| &group.members);
                !members.any(|one| one.path == **path && one.name.start() == *function)
            })
            .map(|(path, _)| path.clone())
            .collect();
        for path in &idle {
            let why = self.why_idle(path, plan, vain);
            if let Some((source, _)) = self.blocks.open.remove(path) {
                self.sources.insert(path.clone(), source);
            }
            self.blocks.stay.insert(path.clone(), why);
        }
        let stuck: Vec<PathBuf> = plan
            .blocked
            .values()
            .filter(|blocked| blocked.obstacle.reason == "no-coroutine-to-run")
            .filter(|blocked| {
                let outline = search.outline(&blocked.path);
                let position = outline.map(|outline| outline.position(blocked.obstacle.range));
                position == Some(Position::Module { guarded: true })
            })
            .map(|blocked| blocked.path.clone())
            .filter(|path| self.pipeline.named(path).is_some())
            .collect();
        let mut opened = false;
        for path in stuck {
            opened |= self.open_block(&path, project);
        }
        opened || !idle.is_empty()
    }

    /// Why a block that was made a function is none, as the end of a sentence.
    fn why_idle(
        &self,
        path: &Path,
        plan: &Plan,
        vain: &BTreeMap<usize, Box<SiteReport>>,
    ) -> String {
        let here = |wish: &usize| self.pipeline.absolute(&self.wishes[*wish].path) == path;
        if let Some(blocked) = plan.blocked.values().find(|one| one.path == path) {
            let place = self.shown(path).display().to_string();
            return format!("{} ({place}:{})", blocked.obstacle.message, blocked.line);
        }
        if let Some(wish) = vain.keys().copied().find(here) {
            let site = &vain[&wish];
            let message = lower_first(site.message.trim_end_matches('.'));
            return format!("{message} (line {})", site.line);
        }
        "nothing in it can be awaited".to_owned()
    }

    /// Says at the sites of blocks that stay why they do.
    pub(super) fn explain_blocks(&self, sites: &mut [SiteReport]) {
        for wish in &self.wishes {
            let path = self.pipeline.absolute(&wish.path);
            let Some(why) = self.blocks.stay.get(&path) else {
                continue;
            };
            let site = sites.iter_mut().find(|site| {
                site.path == wish.path
                    && site.transform == wish.transform
                    && (site.line, site.column) == (wish.line, wish.column)
            });
            let Some(site) = site else { continue };
            let message = site.message.trim_end_matches('.');
            if wish.in_block {
                site.message = format!("{message}, and the block around it stays one: {why}.");
            } else if site.reason == Some("no-coroutine-to-run") {
                site.message = format!("{message}, and the block of the script stays one: {why}.");
            }
        }
    }
}
