//! Arguments that are evaluated before the group.

use super::{Group, coroutine_of, list_brackets};
use crate::gather::callers::Form;
use crate::gather::children::{Child, Source};
use crate::gather::failures;
use crate::gather::layout::standalone;
use crate::gather::{Failures, comments, effects, names};
use crate::syntax::{Ranged, TextRange, ast};
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
        if let Some(named) = self.gathered.children[..=last]
            .iter()
            .find(|child| child.has_options(site))
        {
            return Err(Refusal::new(
                "gather-argument-waits",
                "An argument of this `gather` waits for something, and a task with a name of its own is created before.",
            )
            .evidence(named.range(site), "the task")
            .remedy("Pass coroutines only, or wait for the argument first."));
        }
        let named = self.gathered.children[..=last]
            .iter()
            .filter(|child| match child.source {
                Source::One(expr) => !file.is_pure(expr),
                _ => true,
            });
        if named.count() > 1 && self.hold_all() {
            return Ok(());
        }
        for at in 0..=last {
            let child = self.gathered.children[at];
            let (base, value) = match child.source {
                Source::One(expr) => {
                    if file.is_pure(expr) {
                        continue;
                    }
                    let target = self.targets().and_then(|all| names::from_target(&all[at]));
                    let base = target
                        .or_else(|| names::from_awaitable(coroutine_of(expr, site)))
                        .map_or_else(|| "coro".to_owned(), |name| name.replace("_task", "_coro"));
                    let coro = coroutine_of(expr, site);
                    (base, standalone(site, coro))
                }
                Source::Each(each) => {
                    let coro = coroutine_of(each.elt, site);
                    let tree = file.tree;
                    let mut edits = list_brackets(each);
                    if coro.range() != each.elt.range() {
                        // The lines of the coroutine stand as deep as the task did.
                        let outer = tree.indentation(each.range.start());
                        let inner = tree.indentation(each.elt.start());
                        let prefix = inner.strip_prefix(outer).unwrap_or_default();
                        let text = tree.lifted(tree.parenthesized(coro));
                        edits.push((
                            tree.parenthesized(each.elt),
                            text.replace('\n', &format!("\n{prefix}")),
                        ));
                    }
                    (self.name_of_list(), tree.lifted_with(each.range, &edits))
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
            let name = if Some(base.as_str()) == self.gathered.list_name {
                base
            } else {
                self.names.give(site, &base)
            };
            self.prelude.push(format!("{name} = {value}"));
            self.held[at] = Some(name);
        }
        Ok(())
    }

    /// The name for a list of coroutines: its own where it was taken over and is no list of tasks.
    fn name_of_list(&self) -> String {
        self.gathered
            .list_name
            .filter(|name| self.gathered.children.len() == 1 && !name.contains("task"))
            .unwrap_or("coros")
            .to_owned()
    }

    /// The name of the list that all arguments come from, where it may be kept, and the brackets
    /// around the arguments.
    fn list_taken_over(&self) -> (Option<String>, TextRange) {
        let arguments = &self.site.call.arguments;
        if let Some(name) = self.gathered.list_name
            && let [_] = &*arguments.args
            && let ast::Stmt::Assign(assign) = &self.gathered.block[self.gathered.taken_over]
        {
            let kept = (!name.contains("task")).then(|| name.to_owned());
            return (kept, assign.value.range());
        }
        (None, arguments.range)
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
        let Some(first) = self.gathered.children.first().copied() else {
            return false;
        };
        bases.sort_unstable();
        let repeated = bases.windows(2).any(|pair| pair[0] == pair[1]);
        let alike = self
            .gathered
            .children
            .iter()
            .all(|child| child.wrap == first.wrap);
        let Source::One(expr) = first.source else {
            return false;
        };
        if !repeated || !alike || self.targets().is_some() {
            return false;
        }
        // The comments between the arguments move with them.
        let printed: Vec<TextRange> = self
            .gathered
            .children
            .iter()
            .map(|child| child.range(site))
            .collect();
        let (own, arguments) = self.list_taken_over();
        let (attached, rest) = comments::attach(tree, arguments, &printed);
        let bare = rest.is_empty()
            && attached
                .iter()
                .all(|one| one.above.is_empty() && one.behind.is_none());
        let name = own.unwrap_or_else(|| self.names.give(site, "coros"));
        let line = format!("{name} = [{}]", texts.join(", "));
        self.prelude.push(if bare && self.layout.fits(&line, 0) {
            line
        } else {
            let mut lines: Vec<String> = texts
                .iter()
                .zip(&attached)
                .map(|(text, comments)| comments.around(&format!("{text},")))
                .collect();
            lines.extend(rest);
            format!("{name} = [\n{}\n]", self.layout.indented(&lines.join("\n")))
        });
        self.listed = Some(arguments);
        self.gathered.children = vec![Child {
            source: Source::All(expr),
            wrap: first.wrap,
            inner: None,
        }];
        self.held = vec![Some(name)];
        true
    }
}
