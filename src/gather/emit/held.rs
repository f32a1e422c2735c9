//! Arguments that are evaluated before the group.

use super::{Group, coroutine_of, list_brackets};
use crate::gather::children::{Child, Source};
use crate::gather::failures::{self, Form};
use crate::gather::layout::standalone;
use crate::gather::{Failures, effects, names};
use crate::syntax::{Ranged, TextRange};
use crate::transform::Refusal;

impl<'a> Group<'_, '_, 'a> {
    /// What suspends, what may raise where a plain group would put the error into a group, and what
    /// may set a context variable between tasks is evaluated before the group; so is everything
    /// left of it.
    pub(super) fn hold_what_suspends(&mut self, form: Form) -> Result<(), Refusal> {
        let site = self.site;
        let file = site.file;
        let firewalled = site.failures == Failures::Returned && form == Form::Plain;
        let waits = |child: &Child<'a>| match child.source {
            Source::One(expr) | Source::All(expr) => failures::suspends(expr, file),
            Source::Each(each) => {
                failures::suspends(each.elt, file)
                    || each.generators.iter().any(|clause| {
                        clause.is_async
                            || failures::suspends(&clause.iter, file)
                            || clause.ifs.iter().any(|test| failures::suspends(test, file))
                    })
            }
            Source::Task(_) | Source::Tasks(_) => false,
        };
        let must = |child: &Child<'a>| waits(child) || (firewalled && self.is_risky(child));
        let waiting = self.gathered.children.iter().rposition(must);
        let setting = effects::last_held(site, &self.gathered.children);
        let Some(last) = waiting.max(setting) else {
            return Ok(());
        };
        let created = self.gathered.children[..last]
            .iter()
            .find(|child| child.is_created(site));
        if let (Some(created), Some(waiting)) = (created, waiting)
            && waits(&self.gathered.children[waiting])
        {
            return Err(Refusal::new(
                "gather-argument-waits",
                "An argument of this `gather` waits for something while a task runs that an argument before it has created.",
            )
            .evidence(created.range(site), "the task")
            .evidence(self.gathered.children[waiting].range(site), "the argument")
            .remedy("Pass coroutines only."));
        }
        if self.gathered.first < self.gathered.at && waiting.is_none() {
            return Err(Refusal::new(
                "gather-argument-effect",
                "An argument of this `gather` may set a context variable after tasks were created, and before others are.",
            )
            .evidence(self.gathered.children[last].range(site), "the argument")
            .remedy("Assign the argument to a name before the tasks are created."));
        }
        if self.gathered.first < self.gathered.at {
            return Err(Refusal::new(
                "gather-argument-waits",
                "An argument of this `gather` waits for something while tasks run that were created before.",
            )
            .evidence(self.gathered.children[last].range(site), "the argument")
            .remedy("Assign the argument to a name before the tasks are created."));
        }
        if self.hold_all() {
            return Ok(());
        }
        for at in 0..=last {
            let child = self.gathered.children[at];
            let (base, value) = match child.source {
                Source::One(expr) => {
                    if file.is_pure(expr) {
                        continue;
                    }
                    let base = names::from_awaitable(coroutine_of(expr, site))
                        .map_or_else(|| "coro".to_owned(), |name| name.replace("_task", "_coro"));
                    let coro = coroutine_of(expr, site);
                    (base, standalone(site, coro))
                }
                Source::Each(each) => {
                    let coro = coroutine_of(each.elt, site);
                    let tree = file.tree;
                    let mut edits = list_brackets(each);
                    if coro.range() != each.elt.range() {
                        edits.push((
                            tree.parenthesized(each.elt),
                            file.text(coro.range()).to_owned(),
                        ));
                    }
                    ("coros".to_owned(), tree.lifted_with(each.range, &edits))
                }
                Source::All(expr) => {
                    let lazy = setting.is_some() && effects::is_lazy(expr, file);
                    if file.is_pure(expr) && !lazy {
                        continue;
                    }
                    let text = standalone(site, expr);
                    let value = if at == last && !lazy {
                        text
                    } else {
                        format!("[*{text}]")
                    };
                    ("coros".to_owned(), value)
                }
                Source::Task(_) | Source::Tasks(_) => continue,
            };
            let name = self.names.give(site, &base);
            self.prelude.push(format!("{name} = {value}"));
            self.held[at] = Some(name);
        }
        Ok(())
    }

    /// Holds all arguments in one list where names of their own would say nothing: several calls
    /// of the same function. Whether it did.
    fn hold_all(&mut self) -> bool {
        let site = self.site;
        let tree = site.file.tree;
        let mut bases = Vec::new();
        let mut texts = Vec::new();
        for child in &self.gathered.children {
            let Source::One(expr) = child.source else {
                return false;
            };
            if child.is_created(site) {
                return false;
            }
            bases.push(names::from_awaitable(expr));
            texts.push(tree.lifted(tree.parenthesized(expr)));
        }
        let (Some(first), Some(last)) = (
            self.gathered.children.first().copied(),
            self.gathered.children.last(),
        ) else {
            return false;
        };
        bases.sort_unstable();
        let repeated = bases.windows(2).any(|pair| pair[0] == pair[1]);
        let alike = self
            .gathered
            .children
            .iter()
            .all(|child| child.wrap == first.wrap);
        let span = TextRange::new(first.range(site).start(), last.range(site).end());
        let Source::One(expr) = first.source else {
            return false;
        };
        if !repeated || !alike || self.targets().is_some() || !tree.comments_in(span).is_empty() {
            return false;
        }
        let name = self.names.give(site, "coros");
        let line = format!("{name} = [{}]", texts.join(", "));
        self.prelude.push(if self.layout.fits(&line, 0) {
            line
        } else {
            let lines: Vec<String> = texts
                .iter()
                .map(|text| self.layout.indented(&format!("{text},")))
                .collect();
            format!("{name} = [\n{}\n]", lines.join("\n"))
        });
        self.gathered.children = vec![Child {
            source: Source::All(expr),
            wrap: first.wrap,
        }];
        self.held = vec![Some(name)];
        true
    }
}
