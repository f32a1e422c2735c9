//! The edits of a class whose objects keep a session.

use super::draft::Draft;
use super::keeper::{Keeper, Made, not_here};
use crate::edit::Change;
use crate::requests::Via;
use crate::syntax::{Ranged, TextRange, ast};
use crate::transform::{FileView, Refusal};

impl<'a> Keeper<'a> {
    /// Hands everything to the change, or to the drafts of the functions it belongs to.
    pub(super) fn write(
        mut self,
        file: &FileView<'a>,
        drafts: &mut [Draft<'_, 'a>],
        change: &mut Change,
        package: &'static str,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let at = tree.id(self.kept.class);
        let class = file.import(change, at, &format!("{package}.AsyncClient"))?;
        for annotation in std::mem::take(&mut self.annotations) {
            self.edits.push((annotation, class.clone()));
        }
        for made in std::mem::take(&mut self.made) {
            self.make(file, drafts, change, &class, &made, package)?;
        }
        for draft in drafts.iter() {
            for request in &draft.requests {
                if let Some(place) = request.mapped.declines_redirects
                    && request.site.via == Via::SharedSession
                {
                    self.edits
                        .push((place, ", follow_redirects=False".to_owned()));
                }
            }
        }
        self.close_later(file);
        for (range, text) in self.edits {
            let inside = drafts
                .iter_mut()
                .find(|draft| tree.node(draft.function).range().contains_range(range));
            match inside {
                Some(draft) => draft.edits.push((range, text)),
                None => change.replace(range, text.replace('\n', tree.newline())),
            }
        }
        Ok(())
    }

    /// The client in the place of the session.
    fn make(
        &mut self,
        file: &FileView<'a>,
        drafts: &[Draft<'_, 'a>],
        change: &mut Change,
        class: &str,
        made: &Made,
        package: &'static str,
    ) -> Result<(), Refusal> {
        let tree = file.tree;
        let mut arguments = self
            .connection
            .arguments(file, change, made.statement, package)?;
        for adapter in &self.adapters {
            let (at, edits) = (made.statement, &mut self.edits);
            adapter.write(file, change, at, package, &self.connection, edits)?;
        }
        let mounts = "mounts";
        if made.after.is_some() {
            if file.is_taken(made.statement, mounts) {
                return Err(not_here(
                    made.call,
                    "The name `mounts`, which the transports would get, is taken here.",
                ));
            }
            match arguments.iter_mut().find(|one| one.starts_with("mounts=")) {
                Some(one) => *one = format!("mounts={{**{mounts}, **{}}}", &one["mounts=".len()..]),
                None => arguments.push(format!("mounts={mounts}")),
            }
        }
        arguments.extend_from_slice(&self.arguments);
        arguments.push("follow_redirects=True".to_owned());
        arguments.push("timeout=None".to_owned());
        if drafts.iter().any(|draft| draft.handles_redirects) {
            arguments.push("max_redirects=30".to_owned());
        }
        let opened = format!("{class}({})", arguments.join(", "));
        let Some(after) = made.after else {
            self.edits.push((made.call, opened));
            return Ok(());
        };
        // The transports come first, the client after the last of them.
        let statement = tree.node(made.statement).range();
        let alone = |range: TextRange| {
            let lines = tree.full_lines(range);
            let text = tree.slice(lines).trim();
            text == tree.slice(range) || tree.slice(range).contains('\n')
        };
        if !alone(statement) {
            return Err(not_here(
                statement,
                "This line would have to be taken apart.",
            ));
        }
        let head = TextRange::new(statement.start(), made.call.start());
        let tail = TextRange::new(made.call.end(), statement.end());
        let moved = format!("{}{opened}{}", tree.slice(head), tree.slice(tail));
        self.edits.push((statement, format!("{mounts} = {{}}")));
        let indent = tree.indentation(statement.start());
        let moved = self.move_settings(file, made, after, moved)?;
        let end = tree.line_end(after.start());
        let ends_line = tree.text()[..end.to_usize()].ends_with(['\n', '\r']);
        let text = if ends_line {
            format!("{indent}{moved}\n")
        } else {
            format!("\n{indent}{moved}")
        };
        self.edits.push((TextRange::empty(end), text));
        Ok(())
    }

    /// What is set on the session before its last transport is there moves behind the client.
    fn move_settings(
        &mut self,
        file: &FileView<'a>,
        made: &Made,
        after: TextRange,
        client: String,
    ) -> Result<String, Refusal> {
        let tree = file.tree;
        let start = tree.node(made.statement).start();
        let indent = tree.indentation(start);
        let mut text = client;
        for (statement, range) in std::mem::take(&mut self.settings) {
            if range.start() < start
                || range.start() > after.start()
                || file.function_scope(statement) != file.function_scope(made.statement)
            {
                continue;
            }
            let own_block = tree.block_of(statement).map(|(block, _)| block.as_ptr());
            let block = tree
                .block_of(made.statement)
                .map(|(block, _)| block.as_ptr());
            let touched = self
                .edits
                .iter()
                .any(|(edit, _)| edit.intersect(range).is_some());
            if own_block != block || touched {
                return Err(not_here(
                    range,
                    "This is set on the session before its last adapter is mounted.",
                ));
            }
            text.push_str(&format!("\n{indent}{}", tree.slice(range)));
            self.drop_statement(file, statement)?;
        }
        Ok(text)
    }

    /// The methods that close the client.
    fn close_later(&mut self, file: &FileView<'a>) {
        let tree = file.tree;
        let defines = |name: &str| {
            self.kept.class.body.iter().any(
                |stmt| matches!(stmt, ast::Stmt::FunctionDef(method) if method.name.as_str() == name),
            )
        };
        let closing = match self.closed_by.and_then(|id| file.function(id)) {
            Some(function) if function.parameters.len() == 1 => Some(function.name.as_str()),
            _ => None,
        };
        let (Some(first), Some(last)) = (self.kept.class.body.first(), self.kept.class.body.last())
        else {
            return;
        };
        let outer = tree.indentation(first.start());
        let unit = tree.indent_unit_at(first.start());
        let receiver = self.kept.receiver();
        let close = closing.unwrap_or("aclose");
        let mut methods = Vec::new();
        if closing.is_none() && !defines("aclose") {
            let wait = format!("await {}.aclose()", self.kept.written);
            let body = if self.may_be_none {
                format!(
                    "{outer}{unit}if {} is not None:\n{outer}{unit}{unit}{wait}\n",
                    self.kept.written
                )
            } else {
                format!("{outer}{unit}{wait}\n")
            };
            methods.push(format!("{outer}async def aclose({receiver}):\n{body}"));
        }
        if !defines("__aenter__") && !defines("__aexit__") {
            methods.push(format!(
                "{outer}async def __aenter__({receiver}):\n{outer}{unit}return {receiver}\n"
            ));
            methods.push(format!(
                "{outer}async def __aexit__({receiver}, exc_type, exc, traceback):\n{outer}{unit}await {receiver}.{close}()\n"
            ));
        }
        if methods.is_empty() {
            return;
        }
        let end = tree.line_end(last.end());
        let ends_line = tree.text()[..end.to_usize()].ends_with(['\n', '\r']);
        let text = format!("\n{}", methods.join("\n"));
        let text = if ends_line {
            text
        } else {
            format!("\n{}", text.trim_end_matches('\n'))
        };
        self.edits.push((TextRange::empty(end), text));
    }
}
