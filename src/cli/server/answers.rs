//! What the client is told and asks for: diagnostics, hovers and code actions.

use super::documents::{Document, uri_of};
use super::positions::{Lines, Unit};
use super::{Server, Wanted};
use crate::cli::Stop;
use crate::cli::explain::story;
use crate::cli::fixes;
use crate::decisions::{choice, decisions};
use crate::report::{FileChange, Outcome, Report, SiteReport};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Diagnostic,
    DiagnosticRelatedInformation, DiagnosticSeverity, DocumentChanges, Hover, HoverContents,
    HoverParams, Location, MarkupContent, MarkupKind, NumberOrString, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::{Value, json};
use std::path::Path;

/// The kind of the action that rewrites a whole file.
pub(super) const FIX_ALL: &str = "source.fixAll.aiolift";

/// The sites of a document that are worth a word, as diagnostics.
pub(super) fn diagnostics(document: &Document, report: &Report, unit: Unit) -> Vec<Diagnostic> {
    let sites = report.sites.iter();
    sites
        .filter(|site| is_same(&site.path, &document.path))
        .filter_map(|site| diagnostic(document, site, unit))
        .collect()
}

fn diagnostic(document: &Document, site: &SiteReport, unit: Unit) -> Option<Diagnostic> {
    let (severity, end) = match site.outcome {
        Outcome::Changed => (DiagnosticSeverity::WARNING, ""),
        Outcome::Withheld => (DiagnosticSeverity::INFORMATION, " (needs consent)"),
        Outcome::Refused => (DiagnosticSeverity::HINT, " (stays)"),
        Outcome::Kept => return None,
    };
    let related: Vec<DiagnosticRelatedInformation> = site
        .evidence
        .iter()
        .map(|note| {
            let place = (note.line, note.column);
            let at = document.lines.position(&document.text, place, unit);
            DiagnosticRelatedInformation {
                location: Location::new(document.uri.clone(), Range::new(at, at)),
                message: note.words.clone(),
            }
        })
        .chain(site.callers.iter().filter_map(|caller| {
            let line = u32::try_from(caller.line.saturating_sub(1)).ok()?;
            let at = lsp_types::Position::new(line, 0);
            Some(DiagnosticRelatedInformation {
                location: Location::new(uri_of(&caller.path)?, Range::new(at, at)),
                message: caller.text.clone(),
            })
        }))
        .collect();
    Some(Diagnostic {
        range: range(document, site, unit),
        severity: Some(severity),
        code: Some(NumberOrString::String(site.transform.to_owned())),
        source: Some("aiolift".to_owned()),
        message: format!("{}{end}", site.message),
        related_information: (!related.is_empty()).then_some(related),
        data: Some(json!({
            "outcome": site.outcome.as_str(),
            "reason": site.reason,
            "fingerprint": site.fingerprint.to_string(),
        })),
        ..Diagnostic::default()
    })
}

fn range(document: &Document, site: &SiteReport, unit: Unit) -> Range {
    let place = |place| document.lines.position(&document.text, place, unit);
    Range::new(
        place((site.line, site.column)),
        place((site.end_line, site.end_column)),
    )
}

fn touches(one: Range, other: Range) -> bool {
    one.start <= other.end && other.start <= one.end
}

impl Server<'_> {
    /// What `aiolift explain` tells about the sites under the pointer.
    pub(super) fn hover(&mut self, params: &HoverParams) -> Result<Option<Hover>, Stop> {
        let at = &params.text_document_position_params;
        let key = at.text_document.uri.as_str().to_owned();
        let (unit, pointer) = (self.unit, Range::new(at.position, at.position));
        let Some(sites) = self.sites(&key, pointer)? else {
            return Ok(None);
        };
        let Some(document) = self.documents.get(&key) else {
            return Ok(None);
        };
        let lines: Vec<&str> = document.text.lines().collect();
        let mut told = Vec::new();
        for site in &sites {
            if !told.is_empty() {
                told.push(b'\n');
            }
            story(site, &lines, &mut told)?;
        }
        let Some(first) = sites.first() else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&told);
        Ok(Some(Hover {
            contents: HoverContents::Markup(MarkupContent {
                kind: MarkupKind::Markdown,
                value: format!("```text\n{}\n```", text.trim_end()),
            }),
            range: Some(range(document, first, unit)),
        }))
    }

    /// The sites of a document that a range touches.
    fn sites(&mut self, key: &str, range_: Range) -> Result<Option<Vec<SiteReport>>, Stop> {
        let unit = self.unit;
        let Some(found) = self.look(key)? else {
            return Ok(None);
        };
        let all = found.report.sites.clone();
        let Some(document) = self.documents.get(key) else {
            return Ok(None);
        };
        let here = |site: &SiteReport| {
            is_same(&site.path, &document.path) && touches(range(document, site, unit), range_)
        };
        Ok(Some(all.into_iter().filter(here).collect()))
    }

    /// What can be done about a range.
    pub(super) fn actions(
        &mut self,
        params: &CodeActionParams,
    ) -> Result<Vec<CodeActionOrCommand>, Stop> {
        let key = params.text_document.uri.as_str().to_owned();
        let only = params.context.only.as_deref();
        let wants = |kind: &str| {
            only.is_none_or(|only| {
                only.iter().any(|wanted| {
                    let wanted = wanted.as_str();
                    wanted.is_empty()
                        || kind == wanted
                        || kind
                            .strip_prefix(wanted)
                            .is_some_and(|rest| rest.starts_with('.'))
                })
            })
        };
        let mut actions = Vec::new();
        if wants(CodeActionKind::QUICKFIX.as_str()) {
            let sites = self.sites(&key, params.range)?.unwrap_or_default();
            for site in sites {
                let reported = |other: &&Diagnostic| {
                    matches!(&other.code, Some(NumberOrString::String(code)) if code == site.transform)
                        && other.data.as_ref().and_then(|data| data.get("fingerprint"))
                            == Some(&Value::String(site.fingerprint.to_string()))
                };
                let diagnostics = params.context.diagnostics.iter().filter(reported);
                let diagnostics: Vec<Diagnostic> = diagnostics.cloned().collect();
                let found = [self.fix(&key, &site)?, self.keep(&key, &site)?];
                for (title, edit, preferred) in found.into_iter().flatten() {
                    actions.push(CodeAction {
                        title,
                        kind: Some(CodeActionKind::QUICKFIX),
                        diagnostics: Some(diagnostics.clone()),
                        edit: Some(edit),
                        is_preferred: Some(preferred),
                        ..CodeAction::default()
                    });
                }
            }
        }
        if wants(FIX_ALL)
            && let Some(found) = self.look(&key)?
            && let changes = found.report.changes.clone()
            && let Some(edit) = self.edit(&changes)
        {
            actions.push(CodeAction {
                title: format!(
                    "aiolift: rewrite everything in this file{}",
                    beside(&changes)
                ),
                kind: Some(CodeActionKind::new(FIX_ALL)),
                edit: Some(edit),
                ..CodeAction::default()
            });
        }
        let actions = actions.into_iter().map(CodeActionOrCommand::CodeAction);
        Ok(actions.collect())
    }

    /// Rewrites a site, with everything that belongs to it.
    fn fix(
        &mut self,
        key: &str,
        site: &SiteReport,
    ) -> Result<Option<(String, WorkspaceEdit, bool)>, Stop> {
        let consent = match site.outcome {
            Outcome::Changed => false,
            Outcome::Withheld => true,
            Outcome::Refused | Outcome::Kept => return Ok(None),
        };
        let all = if consent {
            let wanted = Wanted {
                consent,
                ..Wanted::default()
            };
            self.try_run(key, wanted)?
        } else {
            let found = self.look(key)?;
            found.map(|found| (found.report.clone(), found.outlook.clone()))
        };
        let Some((report, outlook)) = all else {
            return Ok(None);
        };
        let is_it = |other: &SiteReport| {
            (other.transform, other.line, other.column) == (site.transform, site.line, site.column)
                && is_same(&other.path, &site.path)
        };
        let root = self.workspace.root(&site.path);
        let found = decisions(&report, &outlook, root.as_deref());
        let decision = found.iter().find(|decision| {
            let mut sites = decision.sites.iter().map(|at| &report.sites[*at]);
            sites.any(is_it)
        });
        let Some(decision) = decision else {
            return Ok(None);
        };
        let wanted = Wanted {
            choice: Some(choice(&report, [decision])),
            consent,
        };
        let Some((fixed, _)) = self.try_run(key, wanted)? else {
            return Ok(None);
        };
        let Some(edit) = self.edit(&fixed.changes) else {
            return Ok(None);
        };
        let grade = if consent { "unsafe" } else { "safe" };
        let mut title = format!("Rewrite with {} ({grade})", site.transform);
        if !site.differences.is_empty() {
            title.push_str(": ");
            title.push_str(&site.differences.join(", "));
        }
        title.push_str(&beside(&fixed.changes));
        Ok(Some((title, edit, !consent)))
    }

    /// Puts the comment that keeps a site behind its first line, where that works.
    fn keep(
        &mut self,
        key: &str,
        site: &SiteReport,
    ) -> Result<Option<(String, WorkspaceEdit, bool)>, Stop> {
        if site.outcome == Outcome::Kept {
            return Ok(None);
        }
        let Some(document) = self.documents.get_mut(key) else {
            return Ok(None);
        };
        let end = document
            .lines
            .position(&document.text, (site.line, usize::MAX), self.unit);
        let comment = format!("  # aiolift: keep[{}]", site.transform);
        let at = document.lines.offset(&document.text, end, self.unit);
        // Whether the comment is one, and stands where it counts, is found out by trying.
        document.text.insert_str(at, &comment);
        let tried = self.try_run(key, Wanted::default());
        if let Some(document) = self.documents.get_mut(key) {
            document.text.replace_range(at..at + comment.len(), "");
        }
        let works = tried?.is_some_and(|(report, _)| {
            report.sites.iter().any(|other| {
                other.transform == site.transform
                    && (other.line, other.column) == (site.line, site.column)
                    && other.outcome == Outcome::Kept
            })
        });
        if !works {
            return Ok(None);
        }
        let edit = TextEdit::new(Range::new(end, end), comment);
        let Some(document) = self.documents.get(key) else {
            return Ok(None);
        };
        let target = (document.uri.clone(), Some(document.version));
        let edit = self.workspace_edit(vec![(target, vec![edit])]);
        let title = format!("Keep this as it is ({})", site.transform);
        Ok(Some((title, edit, false)))
    }

    /// Changes of files, open or not, as edits of their lines.
    fn edit(&self, changes: &[FileChange]) -> Option<WorkspaceEdit> {
        let files = changes.iter().map(|change| {
            let mut open = self.documents.values();
            let document = open.find(|document| is_same(&document.path, &change.path));
            // What an editor has is no longer in the encoding that its comment says.
            let (target, before, after) = match document {
                Some(document) => (
                    (document.uri.clone(), Some(document.version)),
                    document.text.clone(),
                    String::from_utf8(change.after.clone()).ok()?,
                ),
                None => (
                    (uri_of(&change.path)?, None),
                    fixes::decoded(&change.path, &change.before),
                    fixes::decoded(&change.path, &change.after),
                ),
            };
            let lines = Lines::of(&before);
            let place = |place| lines.position(&before, place, self.unit);
            let edits = fixes::edits(&before, &after).into_iter().map(|edit| {
                let range = Range::new(place(edit.start), place(edit.end));
                TextEdit::new(range, edit.text)
            });
            Some((target, edits.collect()))
        });
        let files: Vec<(Target, Vec<TextEdit>)> = files.collect::<Option<_>>()?;
        (!files.is_empty()).then(|| self.workspace_edit(files))
    }

    fn workspace_edit(&self, files: Vec<(Target, Vec<TextEdit>)>) -> WorkspaceEdit {
        if !self.versions_edits {
            let files = files.into_iter().map(|((uri, _), edits)| (uri, edits));
            return WorkspaceEdit::new(files.collect());
        }
        let files = files
            .into_iter()
            .map(|((uri, version), edits)| TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            });
        WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(files.collect())),
            ..WorkspaceEdit::default()
        }
    }
}

/// A file to edit, with the version of its text where it is open.
type Target = (Uri, Option<i32>);

/// How many files are edited beside the one at hand, as the end of a title.
fn beside(changes: &[FileChange]) -> String {
    match changes.len() {
        0 | 1 => String::new(),
        2 => " (and in 1 other file)".to_owned(),
        more => format!(" (and in {} other files)", more - 1),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute(one) == absolute(other)
}
