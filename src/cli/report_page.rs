//! `aiolift report`: everything on one page that opens in a browser, without a network.

use super::args::{Arguments, Page};
use super::session::Session;
use super::summary::{count, shown};
use super::{ExitCode, Stop, exit, json, plan, say};
use crate::differences::DIFFERENCES;
use crate::report::{FileChange, Mark, Outcome, Report, SiteReport};
use crate::source::SourceFile;
use crate::workspace;
use serde_json::{Map, Value, json};
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// The page, with `DATA` where the data belong.
const TEMPLATE: &str = include_str!("report_page.html");

/// Lines around a change.
const CONTEXT: usize = 4;

/// Writes the page.
pub(super) fn report(command: &Page, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let selection = &command.selection;
    let mut session = Session::open(selection, arguments)?;
    let (report, outlook) = session.outlook()?;
    session.complain(&report);
    // The frontier is that of `aiolift plan`.
    let outlook = if session.asyncifies() {
        outlook
    } else {
        let mut wider = selection.clone();
        wider.asyncify = true;
        Session::open(&wider, arguments)?.outlook()?.1
    };
    let sites = report.sites.iter().map(site);
    let files = report.changes.iter().map(|change| file(change, &report));
    let data = json!({
        "summary": json::summary(&report, &session),
        "files": files.collect::<Vec<_>>(),
        "sites": sites.collect::<Vec<_>>(),
        "errors": report.errors.iter().map(json::error).collect::<Vec<_>>(),
        "differences": DIFFERENCES.iter().map(|one| (one.id.to_owned(), one.sentence.into())).collect::<Map<_, _>>(),
        "graph": plan::graph(&outlook),
    });
    // Within a script, only `<` could end it.
    let data = data.to_string().replace('<', "\\u003c");
    let page = TEMPLATE.replacen("DATA</script>", &format!("{data}</script>"), 1);
    workspace::save(&command.output, page.as_bytes())?;
    if !session.is_quiet() {
        say(&format!(
            "{} and {} written to {}.",
            count(report.sites.len(), "site"),
            count(report.changes.len(), "changed file"),
            shown(&command.output)
        ));
    }
    Ok(exit(!report.errors.is_empty(), selection))
}

fn site(site: &SiteReport) -> Value {
    json!({
        "path": shown(&site.path),
        "line": site.line,
        "transform": site.transform,
        "outcome": site.outcome.as_str(),
        "grade": site.grade.map(crate::edit::Applicability::as_str),
        "differences": site.differences,
        "reason": site.reason,
        "message": site.message,
        "remedy": site.remedy,
    })
}

fn file(change: &FileChange, report: &Report) -> Value {
    let text = |bytes: &[u8]| match SourceFile::decode(change.path.clone(), bytes.to_vec()) {
        Ok(source) => source.text().to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let (before, after) = (text(&change.before), text(&change.after));
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    // Sites are sorted by their paths.
    let first = report.sites.partition_point(|site| site.path < change.path);
    let here = report.sites[first..].iter().zip(first..);
    let here: Vec<(&SiteReport, usize)> = here
        .take_while(|(site, _)| site.path == change.path)
        .filter(|(site, _)| site.outcome == Outcome::Changed)
        .collect();
    let hunks: Vec<Value> = group_diff_ops(ops, CONTEXT)
        .iter()
        .filter(|ops| !ops.is_empty())
        .map(|ops| hunk(ops, (&old, &new), &change.marks, &here))
        .collect();
    json!({"path": shown(&change.path), "hunks": hunks})
}

fn hunk(
    ops: &[DiffOp],
    (old, new): (&[&str], &[&str]),
    marks: &[Mark],
    sites: &[(&SiteReport, usize)],
) -> Value {
    let start = (ops[0].old_range().start + 1, ops[0].new_range().start + 1);
    let end = ops[ops.len() - 1].old_range().end;
    let rows: Vec<Value> = ops
        .iter()
        .map(|op| match op {
            DiffOp::Equal { .. } => json!([&old[op.old_range()]]),
            _ => json!([&old[op.old_range()], &new[op.new_range()]]),
        })
        .collect();
    let within = |site: &SiteReport| site.line <= end && site.end_line >= start.0;
    let sites = sites.iter().filter(|(site, _)| within(site));
    let marks: Vec<Value> = super::diff::marks_of(ops, marks)
        .into_iter()
        .map(|(transform, grade, differences)| {
            json!({"transform": transform, "grade": grade, "differences": differences})
        })
        .collect();
    json!({
        "start": start,
        "rows": rows,
        "marks": marks,
        "sites": sites.map(|(_, at)| *at).collect::<Vec<_>>(),
    })
}
