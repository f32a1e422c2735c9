//! The lines of a group's body that create tasks, and the expression that stands for the results.

use super::{Group, coroutine_of, list_brackets, wrapped};
use crate::gather::children::{Child, Each, Source, Wrap};
use crate::gather::layout::{deepened, standalone};
use crate::gather::{lists, names};
use crate::syntax::{AnyNodeRef, Ranged, TextRange, TextSize, ast};
use crate::transform::Refusal;

/// What is replaced, and the text that stands there then.
type Edited = (TextRange, String);

impl<'a> Group<'_, '_, 'a> {
    /// `tg.create_task(…)` for an awaitable expression.
    pub(super) fn create(
        &mut self,
        before: &str,
        expr: &'a ast::Expr,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        let head = format!("{}.create_task", self.tg);
        let text = self.argument(expr, wrap)?;
        Ok(self.layout.call(before, &head, &text, self.depth))
    }

    /// The same for an argument with its comments.
    fn create_at(
        &mut self,
        at: usize,
        before: &str,
        expr: &'a ast::Expr,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        if !self.comments[at].speaks_to_a_tool() {
            return self.create(before, expr, wrap);
        }
        let unlimited = self.layout.unlimited();
        let layout = std::mem::replace(&mut self.layout, unlimited);
        let line = self.create(before, expr, wrap);
        self.layout = layout;
        line
    }

    /// The argument of `create_task` for an awaitable expression.
    fn argument(&mut self, expr: &'a ast::Expr, wrap: Wrap) -> Result<String, Refusal> {
        let tree = self.site.file.tree;
        let Some(creation) = lists::creation(expr, self.site.file) else {
            let text = tree.lifted(tree.parenthesized(expr));
            return wrapped(self.site, &mut self.change, &text, wrap);
        };
        let text = tree.lifted(tree.parenthesized(creation.coro));
        let mut text = wrapped(self.site, &mut self.change, &text, wrap)?;
        let several = text.contains('\n');
        let glue = if several { ",\n" } else { ", " };
        for keyword in &creation.call.arguments.keywords {
            text.push_str(glue);
            text.push_str(&tree.lifted(keyword.range));
        }
        if several && !creation.call.arguments.keywords.is_empty() {
            text.push(',');
        }
        Ok(text)
    }

    /// `tg.create_task(name)` with the wrapper.
    pub(super) fn create_named(&mut self, name: &str, wrap: Wrap) -> Result<String, Refusal> {
        let text = wrapped(self.site, &mut self.change, name, wrap)?;
        Ok(format!("{}.create_task({text})", self.tg))
    }

    /// The lines of the body that create tasks, and the expression for the results with the range
    /// it replaces.
    pub(super) fn body(&mut self) -> Result<(Vec<String>, Option<Edited>), Refusal> {
        if self.site.is_discarded() {
            let mut lines = Vec::new();
            for at in self.order() {
                if let Some(line) = self.discarded(at)? {
                    lines.push(line);
                }
            }
            return Ok((lines, None));
        }
        let whole = self.site.file.tree.parenthesized_node(self.site.id());
        let children = self.gathered.children.clone();
        let target = self.targets();
        let any_moved = children.iter().any(Child::is_moved);
        let any_many = children
            .iter()
            .any(|child| child.is_many() && !child.is_moved());
        let nested = children.iter().any(|child| child.inner.is_some());
        let picked = self.picked();
        // The only task that somebody looks at.
        let only = picked.and_then(|at| {
            let plain = !any_moved && !any_many && !nested;
            plain.then(|| at.of(children.len())).flatten()
        });
        let names = match only {
            Some(only) => Some(self.name_of_only(&children, only)),
            None => self.task_names(&children, target),
        };
        let single = !any_moved && !nested && (any_many || (target.is_none() && names.is_none()));
        if single && !children.is_empty() {
            let list = self.list_name();
            let lines = vec![self.list(&list)?];
            if let Some(at) = picked {
                let result = format!("{list}[{}].result()", at.text);
                return Ok((lines, Some((at.range, result))));
            }
            let task = names::of_comprehension("task", &[&list]);
            let results = format!("[{task}.result() for {task} in {list}]");
            return Ok((lines, Some(self.in_its_call(whole, results))));
        }
        let bases =
            names.unwrap_or_else(|| (1..=children.len()).map(|n| format!("task_{n}")).collect());
        let mut lines = Vec::new();
        let mut results = Vec::new();
        let mut made = vec![String::new(); children.len()];
        for (at, child) in children.iter().enumerate() {
            match child.source {
                Source::Task(expr) => {
                    results.push(format!("{}.result()", self.site.file.text(expr.range())));
                }
                Source::Tasks(expr) => {
                    let list = self.site.file.text(expr.range());
                    let task = names::of_comprehension("task", &[list]);
                    results.push(many(
                        &format!("{task}.result() for {task} in {list}"),
                        children.len(),
                    ));
                }
                Source::One(expr) => {
                    if only.is_some_and(|only| only != at) {
                        made[at] = self.discarded(at)?.unwrap_or_default();
                        continue;
                    }
                    let name = self.names.give(self.site, &bases[at]);
                    let before = format!("{name} = ");
                    let line = match self.held[at].clone() {
                        Some(held) => format!("{before}{}", self.create_named(&held, child.wrap)?),
                        None => self.create_at(at, &before, expr, child.wrap)?,
                    };
                    made[at] = self.comments[at].around(&line);
                    results.push(format!("{name}.result()"));
                }
                Source::Each(_) | Source::All(_) => {
                    let list = self.list_name();
                    let line = self.item(at, &format!("{list} = "), true)?;
                    made[at] = self.comments[at].around(&line);
                    let task = names::of_comprehension("task", &[&list]);
                    results.push(many(
                        &format!("{task}.result() for {task} in {list}"),
                        children.len(),
                    ));
                }
            }
        }
        for at in self.order() {
            if !made[at].is_empty() {
                lines.push(std::mem::take(&mut made[at]));
            }
        }
        if let (Some(picked), Some(_), Some(result)) = (picked, only, results.first()) {
            return Ok((lines, Some((picked.range, result.clone()))));
        }
        let results = regrouped(results, &children);
        let text = match (&*results, target) {
            ([only], _) if only.starts_with('[') && !nested => {
                return Ok((lines, Some(self.in_its_call(whole, only.clone()))));
            }
            (_, Some(_)) if !children.iter().any(Child::is_many) => self.spread(&results, "", ""),
            _ => self.spread(&results, "[", "]"),
        };
        Ok((lines, Some((whole, text))))
    }

    /// The comprehension of the results, and what it replaces: `list([…])` says nothing more than
    /// the list, and builtins that read all of it need no list.
    fn in_its_call(&self, whole: TextRange, results: String) -> Edited {
        let file = self.site.file;
        let tree = file.tree;
        let parent = tree.parent(self.site.id());
        let AnyNodeRef::ExprCall(call) = tree.node(tree.parent(parent)) else {
            return (whole, results);
        };
        let ([ast::Expr::Await(_)], []) = (&*call.arguments.args, &*call.arguments.keywords) else {
            return (whole, results);
        };
        if !tree.comments_in(call.arguments.range).is_empty() {
            return (whole, results);
        }
        let builtin = match &*call.func {
            ast::Expr::Name(name) if file.is_builtin(name) => name.id.as_str(),
            _ => "",
        };
        if builtin == "list" {
            return (call.range(), results);
        }
        let one = TextSize::new(1);
        let inside = TextRange::new(
            call.arguments.range.start() + one,
            call.arguments.range.end() - one,
        );
        let reads_all = matches!(
            builtin,
            "frozenset" | "max" | "min" | "set" | "sorted" | "sum" | "tuple"
        );
        match results
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            Some(bare) if reads_all => (inside, bare.to_owned()),
            _ => (inside, results),
        }
    }

    /// The name of the only task that somebody looks at.
    fn name_of_only(&self, children: &[Child<'a>], only: usize) -> Vec<String> {
        let target = match self.site.file.tree.node(self.site.statement) {
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [target] => names::from_target(target),
                _ => None,
            },
            _ => None,
        };
        let own = || match children[only].source {
            Source::One(expr) => names::from_awaitable(coroutine_of(expr, self.site)),
            _ => None,
        };
        let name = target.or_else(own).unwrap_or_else(|| "task".to_owned());
        vec![name; children.len()]
    }

    /// The children in the order in which their tasks start: those of an inner `gather` first.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.gathered.children.len()).collect();
        order.sort_by_key(|at| self.gathered.children[*at].inner.is_none());
        order
    }

    fn list_name(&mut self) -> String {
        let own = self
            .gathered
            .list_name
            .filter(|name| name.contains("task"))
            .map(str::to_owned);
        own.unwrap_or_else(|| self.names.give_one_of(self.site, &["tasks", "started"]))
    }

    /// The elements on one line, or one a line when they do not fit behind what stands there.
    fn spread(&self, results: &[String], open: &str, close: &str) -> String {
        let tree = self.site.file.tree;
        let line = results.join(", ");
        let whole = tree.parenthesized_node(self.site.id());
        let column = (whole.start() - tree.line_start(whole.start())).to_usize();
        let before = " ".repeat(column.saturating_sub(tree.indentation(whole.start()).len()));
        if self.layout.fits(&format!("{before}{open}{line}{close}"), 0) {
            return format!("{open}{line}{close}");
        }
        let indent = tree.indentation(tree.node(self.site.statement).start());
        let unit = self.layout.unit();
        let (open, close) = if open.is_empty() {
            ("(", ")")
        } else {
            (open, close)
        };
        let mut text = open.to_owned();
        for result in results {
            text.push_str(&format!("\n{indent}{unit}{result},"));
        }
        text.push_str(&format!("\n{indent}{close}"));
        text
    }

    /// The elements of a tuple target with one name for every task.
    pub(super) fn targets(&self) -> Option<&'a [ast::Expr]> {
        let AnyNodeRef::StmtAssign(assign) = self.site.file.tree.node(self.site.statement) else {
            return None;
        };
        let value = AnyNodeRef::from(&*assign.value).ptr_eq(AnyNodeRef::from(self.site.await_));
        let elements = match &*assign.targets {
            [ast::Expr::Tuple(tuple)] => &*tuple.elts,
            [ast::Expr::List(list)] => &*list.elts,
            _ => return None,
        };
        let fits = value
            && elements.len() == self.gathered.children.len()
            && elements.len() > 1
            && !elements.iter().any(ast::Expr::is_starred_expr);
        fits.then_some(elements)
    }

    /// One base name for every child, when all of them have one and they differ (or the target
    /// asks for one variable each).
    fn task_names(
        &self,
        children: &[Child<'a>],
        target: Option<&[ast::Expr]>,
    ) -> Option<Vec<String>> {
        let mut bases = Vec::new();
        for (at, child) in children.iter().enumerate() {
            let from_target = target.and_then(|elements| names::from_target(&elements[at]));
            let own = match child.source {
                Source::One(expr) => names::from_awaitable(coroutine_of(expr, self.site)),
                _ => None,
            };
            // One result in one variable.
            let single = || match self.site.file.tree.node(self.site.statement) {
                AnyNodeRef::StmtAssign(assign) if children.len() == 1 => match &*assign.targets {
                    [ast::Expr::Tuple(tuple)] if tuple.elts.len() == 1 => {
                        names::from_target(&tuple.elts[0])
                    }
                    _ => None,
                },
                _ => None,
            };
            bases.push(from_target.or_else(single).or(own));
        }
        let moved = children.iter().any(Child::is_moved);
        let named = bases.iter().all(Option::is_some);
        let mut sorted: Vec<_> = bases.iter().flatten().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let distinct = sorted.len() == bases.len();
        if target.is_none() && !moved && (!named || !distinct || bases.len() > 4) {
            return None;
        }
        // Several of one name are numbered from one.
        let all = bases.clone();
        let mut bases: Vec<String> = Vec::new();
        for (at, base) in all.iter().enumerate() {
            let name = base.clone().unwrap_or_else(|| format!("task_{}", at + 1));
            let same = all.iter().filter(|other| *other == base).count();
            if base.is_some() && same > 1 {
                let number = 1 + all[..at].iter().filter(|other| *other == base).count();
                bases.push(format!("{name}_{number}"));
            } else {
                bases.push(name);
            }
        }
        Some(bases)
    }

    /// A statement that creates tasks nobody looks at.
    fn discarded(&mut self, at: usize) -> Result<Option<String>, Refusal> {
        let child = self.gathered.children[at];
        let line = match (child.source, self.held[at].clone()) {
            (Source::Task(_) | Source::Tasks(_), _) => return Ok(None),
            (Source::One(_), Some(held)) => self.create_named(&held, child.wrap)?,
            (Source::One(expr), None) => self.create_at(at, "", expr, child.wrap)?,
            (Source::Each(each), None) => {
                if self.leaks(each) {
                    self.item(at, "", true)?
                } else {
                    return self.loop_over(at, each, child.wrap).map(Some);
                }
            }
            (Source::Each(_), Some(held)) => self.loop_all(&held, child.wrap)?,
            (Source::All(expr), held) => {
                let iterable = held.unwrap_or_else(|| standalone(self.site, expr));
                self.loop_all(&iterable, child.wrap)?
            }
        };
        Ok(Some(self.comments[at].around(&line)))
    }

    /// `tasks = […]` with all children.
    fn list(&mut self, list: &str) -> Result<String, Refusal> {
        let before = format!("{list} = ");
        let count = self.gathered.children.len();
        if count == 1 {
            let line = self.item(0, &before, true)?;
            let mut attached = std::mem::take(&mut self.comments[0]);
            if line.contains('\n') {
                attached.lift();
            }
            return Ok(attached.around(&line));
        }
        let mut items = Vec::new();
        for at in 0..count {
            let many = self.gathered.children[at].is_many();
            items.push(self.item(at, if many { "*" } else { "" }, false)?);
        }
        let bare = self
            .comments
            .iter()
            .all(|attached| attached.above.is_empty() && attached.behind.is_none());
        let line = format!("{before}[{}]", items.join(", "));
        if bare && self.layout.fits(&line, self.depth) {
            return Ok(line);
        }
        let mut text = format!("{before}[");
        for (item, attached) in items.iter().zip(std::mem::take(&mut self.comments)) {
            text.push('\n');
            text.push_str(&self.layout.indented(&attached.around(&format!("{item},"))));
        }
        text.push_str("\n]");
        Ok(text)
    }

    /// One child as an element of a list display, or as the whole list.
    fn item(&mut self, at: usize, before: &str, whole: bool) -> Result<String, Refusal> {
        let child = self.gathered.children[at];
        let text = match (child.source, self.held[at].clone()) {
            (Source::One(_), Some(held)) => {
                let create = self.create_named(&held, child.wrap)?;
                bracketed(&create, before, whole)
            }
            (Source::One(expr), None) => {
                let create = self.create_at(at, "", expr, child.wrap)?;
                bracketed(&create, before, whole)
            }
            (Source::Each(each), None) => self.comprehension(each, before, child.wrap)?,
            (Source::Each(_), Some(held)) => self.comprehend_all(before, &held, child.wrap)?,
            (Source::All(expr), held) => {
                let tree = self.site.file.tree;
                let iterable = held.unwrap_or_else(|| tree.lifted(tree.parenthesized(expr)));
                self.comprehend_all(before, &iterable, child.wrap)?
            }
            (Source::Task(expr) | Source::Tasks(expr), _) => {
                format!("{before}{}", self.site.file.text(expr.range()))
            }
        };
        Ok(text)
    }

    fn comprehend_all(
        &mut self,
        before: &str,
        iterable: &str,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        let coro = names::of_comprehension("coro", &[iterable, &self.tg]);
        let create = self.create_named(&coro, wrap)?;
        let line = format!("{before}[{create} for {coro} in {iterable}]");
        if self.layout.fits(&line, self.depth) || iterable.contains('\n') {
            return Ok(line);
        }
        let unit = self.layout.unit();
        Ok(format!(
            "{before}[\n{unit}{create}\n{unit}for {coro} in {iterable}\n]"
        ))
    }

    /// `[tg.create_task(element) for … in …]`
    fn comprehension(
        &mut self,
        each: Each<'a>,
        before: &str,
        wrap: Wrap,
    ) -> Result<String, Refusal> {
        let tree = self.site.file.tree;
        let elt = tree.parenthesized(each.elt);
        let head = format!("{}.create_task", self.tg);
        let text = self.argument(each.elt, wrap)?;
        let source = tree.slice(each.range);
        if !source.contains(['\n', '\r']) {
            let mut edits = list_brackets(each);
            edits.push((elt, format!("{head}({text})")));
            let line = format!("{before}{}", tree.lifted_with(each.range, &edits));
            if self.layout.fits(&line, self.depth) {
                return Ok(line);
            }
            let create = self.layout.call("", &head, &text, self.depth + 1);
            let mut lines = format!("{before}[\n{}", self.layout.indented(&create));
            for clause in each.generators {
                lines.push('\n');
                lines.push_str(self.layout.unit());
                lines.push_str(&tree.lifted(clause.range));
            }
            lines.push_str("\n]");
            return Ok(lines);
        }
        // The comprehension keeps its lines.
        let own_line = tree.slice(TextRange::new(tree.line_start(elt.start()), elt.start()));
        let create = if own_line.trim().is_empty() {
            self.layout.call("", &head, &text, self.depth + 1)
        } else {
            format!("{head}({text})")
        };
        let outer = tree.indentation(each.range.start());
        let inner = tree.indentation(elt.start());
        let prefix = inner.strip_prefix(outer).unwrap_or_default();
        let create = deepened(&create, prefix);
        let mut edits = list_brackets(each);
        edits.push((elt, create));
        Ok(format!("{before}{}", tree.lifted_with(each.range, &edits)))
    }
}

/// The results, those of an inner `gather` in a list of their own.
fn regrouped(results: Vec<String>, children: &[Child<'_>]) -> Vec<String> {
    let mut grouped: Vec<String> = Vec::new();
    let mut open: Option<TextRange> = None;
    for (result, child) in results.into_iter().zip(children) {
        match (child.inner, grouped.last_mut()) {
            (Some(inner), Some(list)) if open == Some(inner) => {
                list.pop();
                list.push_str(&format!(", {result}]"));
            }
            (Some(_), _) => grouped.push(format!("[{result}]")),
            (None, _) => grouped.push(result),
        }
        open = child.inner;
    }
    grouped
}

fn many(comprehension: &str, children: usize) -> String {
    if children == 1 {
        format!("[{comprehension}]")
    } else {
        format!("*[{comprehension}]")
    }
}

fn bracketed(create: &str, before: &str, whole: bool) -> String {
    if whole && !before.is_empty() {
        format!("{before}[{create}]")
    } else {
        format!("{before}{create}")
    }
}
