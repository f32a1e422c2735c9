//! What is planned, and why the rest stays, in the user's words.

use super::lifting::grade;
use super::{Asyncification, Wish};
use crate::fingerprint::Fingerprint;
use crate::propagation::{self, Blocked, Blocking, CallSite, Plan, Step};
use crate::report::{
    Beyond, Chain, FunctionPlace, Note, Outcome, Outlook, SitePlace, SiteReport, Wall,
};
use crate::transform::lower_first;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Asyncification<'_, '_> {
    /// A path as the user knows it: as they named it, or from the root of the project.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        let named = self.pipeline.named(path);
        let named = named.unwrap_or_else(|| path.to_owned());
        let root = self.pipeline.project.root.as_deref();
        let short = root.and_then(|root| named.strip_prefix(root).ok());
        let short = short.unwrap_or(&named);
        short.strip_prefix("./").unwrap_or(short).to_owned()
    }

    /// Says at a site why its function stays.
    pub(super) fn explain(&self, site: &mut SiteReport, blocked: &Blocked) {
        let shown = |path: &Path| self.shown(path).display().to_string();
        let obstacle = &blocked.obstacle;
        site.reason = Some(obstacle.reason);
        site.message = format!(
            "{}: {} ({}:{}).",
            blocked.way(&shown),
            obstacle.message,
            shown(&blocked.path),
            blocked.line
        );
        let home = self.pipeline.absolute(&site.path);
        let note = |line: usize, column: usize, words: &str| Note {
            line,
            column,
            words: words.to_owned(),
        };
        let here = |path: &Path| self.pipeline.absolute(path) == home;
        let way = blocked.way.iter().filter(|step| here(&step.path));
        site.evidence = way
            .map(|step| note(step.line, step.column, &format!("`{}`", step.name)))
            .collect();
        if here(&blocked.path) {
            site.evidence
                .push(note(blocked.line, blocked.column, "the obstacle"));
        }
        site.remedy.clone_from(&obstacle.remedy);
    }

    /// The site of a call that blocks a coroutine function.
    pub(super) fn blocking(&self, blocking: &Blocking) -> SiteReport {
        let obstacle = &blocking.obstacle;
        let text = self.pipeline.project.sources.text(&blocking.path);
        let line = text
            .as_deref()
            .and_then(|text| text.lines().nth(blocking.line - 1));
        let wish = Wish {
            path: self
                .pipeline
                .named(&blocking.path)
                .unwrap_or_else(|| blocking.path.clone()),
            transform: propagation::ID,
            line: blocking.line,
            column: blocking.column,
            function: obstacle.range.start(),
            in_block: false,
        };
        let mut site = wish.refused(obstacle.reason, &self.words_of(blocking));
        if obstacle.reason == "kept-by-comment" {
            site.outcome = Outcome::Kept;
        }
        site.remedy.clone_from(&obstacle.remedy);
        site.fingerprint = Fingerprint::of(propagation::ID, line.unwrap_or_default());
        site
    }

    fn words_of(&self, blocking: &Blocking) -> String {
        format!(
            "`{}` stays a plain function and blocks the event loop here, and it cannot be waited for in a thread: {} ({}:{}).",
            blocking.name,
            blocking.obstacle.message,
            self.shown(&blocking.at).display(),
            blocking.at_line
        )
    }

    fn site_place(&self, wish: usize) -> SitePlace {
        let wish = &self.wishes[wish];
        SitePlace {
            path: self.shown(&self.pipeline.absolute(&wish.path)),
            line: wish.line,
            transform: wish.transform,
        }
    }

    /// What is planned; `vain` has the sites that would stay although their functions are lifted.
    pub(super) fn outlook(&self, plan: &Plan, vain: &BTreeMap<usize, Box<SiteReport>>) -> Outlook {
        let calls = |calls: &[CallSite]| -> Vec<(PathBuf, usize)> {
            let line = |call: &CallSite| self.line_as_it_is(&call.path, call.line);
            let place = |call: &CallSite| (self.shown(&call.path), line(call));
            calls.iter().map(place).collect()
        };
        let groups = plan.groups.iter().map(|group| {
            let seeds = group.seeds.iter();
            let functions = group.members.iter().map(|member| FunctionPlace {
                path: self.shown(&member.path),
                line: member.line,
                name: member.qualified.clone(),
            });
            Chain {
                sites: seeds.map(|seed| self.site_place(*seed)).collect(),
                functions: functions.collect(),
                twins: (0..group.members.len())
                    .filter(|member| group.members[*member].has_twin)
                    .collect(),
                edges: group.edges.clone(),
                calls: calls(&group.calls),
                exports: calls(&group.exports),
                stubs: calls(&group.stubs),
                threads: calls(&group.threads),
                starts: calls(&group.bridges),
                grade: grade(group),
            }
        });
        let step = |step: &Step| FunctionPlace {
            path: self.shown(&step.path),
            line: step.line,
            name: step.name.clone(),
        };
        let blocked = plan.blocked.iter().map(|(wish, blocked)| Wall {
            site: self.site_place(*wish),
            way: blocked.way.iter().map(step).collect(),
            path: self.shown(&blocked.path),
            line: blocked.line,
            reason: blocked.obstacle.reason,
            message: blocked.obstacle.message.clone(),
            remedy: blocked.obstacle.remedy.clone(),
            beyond: blocked
                .beyond
                .iter()
                .map(|(function, path, line, obstacle)| Beyond {
                    function: step(function),
                    path: self.shown(path),
                    line: *line,
                    reason: obstacle.reason,
                    message: obstacle.message.clone(),
                    remedy: obstacle.remedy.clone(),
                })
                .collect(),
        });
        let vain = vain.iter().map(|(wish, why)| Wall {
            site: self.site_place(*wish),
            way: Vec::new(),
            path: self.site_place(*wish).path,
            line: why.line,
            reason: why.reason.unwrap_or("unknown"),
            message: lower_first(why.message.trim_end_matches('.')),
            remedy: why.remedy.clone(),
            beyond: Vec::new(),
        });
        let blocking = plan.blocking.iter().map(|blocking| Wall {
            site: SitePlace {
                path: self.shown(&blocking.path),
                line: blocking.line,
                transform: propagation::ID,
            },
            way: Vec::new(),
            path: self.shown(&blocking.at),
            line: blocking.at_line,
            reason: blocking.obstacle.reason,
            message: lower_first(self.words_of(blocking).trim_end_matches('.')),
            remedy: blocking.obstacle.remedy.clone(),
            beyond: Vec::new(),
        });
        let mut walls: Vec<Wall> = blocked.chain(vain).chain(blocking).collect();
        walls.sort_by(|a, b| a.site.cmp(&b.site));
        Outlook {
            groups: groups.collect(),
            walls,
        }
    }
}
