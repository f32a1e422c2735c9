//! `aiolift plan`: which functions would become coroutine functions together, and what keeps the
//! others as they are.

use super::args::{Arguments, Plan, PlanFormat};
use super::session::Session;
use super::summary::{count, shown};
use super::{ExitCode, Stop, exit, json};
use crate::options::Walls;
use crate::report::{Chain, FunctionPlace, Outlook, SitePlace, Wall};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Prints what would be lifted; nothing is written.
pub(super) fn plan(command: &Plan, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let mut selection = command.selection.clone();
    selection.asyncify |= !command.closed_scripts;
    let mut session = Session::open(&selection, arguments)?;
    if command.all_walls {
        session.options.walls = Walls::All;
    }
    let (report, outlook) = session.outlook()?;
    session.complain(&report);
    let text = match command.output_format {
        PlanFormat::Text => text(&outlook),
        PlanFormat::Dot => dot(&outlook),
        PlanFormat::Mermaid => mermaid(&outlook),
        PlanFormat::Json => {
            json::print(&document(&outlook))?;
            return Ok(exit(!report.errors.is_empty(), &command.selection));
        }
    };
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(exit(!report.errors.is_empty(), &command.selection))
}

fn place(path: &Path, line: usize) -> String {
    format!("{}:{line}", shown(path))
}

/// Places as `a.py:1, 5; b.py:3`.
fn by_file(places: &[(PathBuf, usize)]) -> String {
    let mut files: BTreeMap<&PathBuf, BTreeSet<usize>> = BTreeMap::new();
    for (path, line) in places {
        files.entry(path).or_default().insert(*line);
    }
    let files: Vec<String> = files
        .into_iter()
        .map(|(path, lines)| {
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            format!("{}:{}", shown(path), lines.join(", "))
        })
        .collect();
    files.join("; ")
}

fn files(chain: &Chain) -> usize {
    let functions = chain.functions.iter().map(|function| &function.path);
    let calls = chain.calls.iter().chain(&chain.starts);
    let calls = calls.chain(&chain.exports).chain(&chain.threads);
    let calls = calls.chain(&chain.stubs);
    let all: BTreeSet<&PathBuf> = functions.chain(calls.map(|(path, _)| path)).collect();
    all.len()
}

fn text(outlook: &Outlook) -> String {
    let mut out = String::new();
    let functions = outlook.groups.iter().map(|group| group.functions.len());
    let sites: usize = outlook.groups.iter().map(|group| group.sites.len()).sum();
    let _ = writeln!(
        out,
        "{} can change in {} with {}; {} cannot.",
        count(sites, "site"),
        count(outlook.groups.len(), "group"),
        count(functions.sum(), "function"),
        count(outlook.walls.len(), "site"),
    );
    for (at, group) in outlook.groups.iter().enumerate() {
        let _ = writeln!(
            out,
            "\ngroup {} ({}): {}, {} in {}",
            at + 1,
            group.grade.as_str(),
            count(group.functions.len(), "function"),
            count(
                group.calls.len() + group.starts.len() + group.threads.len(),
                "call"
            ),
            count(files(group), "file"),
        );
        for site in &group.sites {
            let place = place(&site.path, site.line);
            let _ = writeln!(out, "  site      {place} {}", site.transform);
        }
        for (at, function) in group.functions.iter().enumerate() {
            let place = place(&function.path, function.line);
            let stays = if group.twins.contains(&at) {
                ", which stays beside its twin"
            } else {
                ""
            };
            let _ = writeln!(out, "  function  {place} {}{stays}", function.name);
        }
        if !group.calls.is_empty() {
            let _ = writeln!(out, "  awaits    {}", by_file(&group.calls));
        }
        if !group.threads.is_empty() {
            let _ = writeln!(out, "  threads   {}", by_file(&group.threads));
        }
        if !group.stubs.is_empty() {
            let _ = writeln!(out, "  stubs     {}", by_file(&group.stubs));
        }
        if !group.exports.is_empty() {
            let _ = writeln!(out, "  exports   {}", by_file(&group.exports));
        }
        if !group.starts.is_empty() {
            let _ = writeln!(out, "  starts    {}", by_file(&group.starts));
        }
    }
    for (wall, behind) in walls(outlook) {
        let _ = writeln!(
            out,
            "\nwall {} at {}: {}",
            wall.reason,
            place(&wall.path, wall.line),
            wall.message
        );
        if !wall.way.is_empty() {
            let step =
                |step: &FunctionPlace| format!("{} ({})", step.name, place(&step.path, step.line));
            let way: Vec<String> = wall.way.iter().map(step).collect();
            let _ = writeln!(out, "  way       {}", way.join(" ← "));
        }
        let sites: Vec<(PathBuf, usize)> = behind
            .iter()
            .map(|wall| (wall.site.path.clone(), wall.site.line))
            .collect();
        let _ = writeln!(out, "  sites     {}", by_file(&sites));
        if let Some(remedy) = &wall.remedy {
            let _ = writeln!(out, "  it takes  {remedy}");
        }
        for beyond in &wall.beyond {
            let _ = writeln!(
                out,
                "  behind it {} at {} for {}: {}",
                beyond.reason,
                place(&beyond.path, beyond.line),
                beyond.function.name,
                beyond.message
            );
        }
    }
    out
}

/// The walls with the sites behind each of them, those with most sites first.
fn walls(outlook: &Outlook) -> Vec<(&Wall, Vec<&Wall>)> {
    let mut found: BTreeMap<(&PathBuf, usize, &str), Vec<&Wall>> = BTreeMap::new();
    for wall in &outlook.walls {
        let key = (&wall.path, wall.line, wall.reason);
        found.entry(key).or_default().push(wall);
    }
    let all = found.into_values();
    let mut found: Vec<(&Wall, Vec<&Wall>)> = all.map(|all| (all[0], all)).collect();
    found.sort_by_key(|(_, all)| std::cmp::Reverse(all.len()));
    found
}

fn document(outlook: &Outlook) -> Value {
    let site = |site: &SitePlace| json!({"path": shown(&site.path), "line": site.line, "transform": site.transform});
    let function = |function: &FunctionPlace| json!({"path": shown(&function.path), "line": function.line, "name": function.name});
    let calls = |calls: &[(PathBuf, usize)]| -> Vec<Value> {
        let call = |(path, line): &(PathBuf, usize)| json!({"path": shown(path), "line": line});
        calls.iter().map(call).collect()
    };
    let groups: Vec<Value> = outlook
        .groups
        .iter()
        .map(|group| {
            json!({
                "grade": group.grade.as_str(),
                "sites": group.sites.iter().map(site).collect::<Vec<_>>(),
                "functions": group.functions.iter().map(function).collect::<Vec<_>>(),
                "twins": group.twins,
                "edges": group.edges,
                "awaits": calls(&group.calls),
                "stubs": calls(&group.stubs),
                "threads": calls(&group.threads),
                "exports": calls(&group.exports),
                "starts": calls(&group.starts),
            })
        })
        .collect();
    let walls: Vec<Value> = outlook
        .walls
        .iter()
        .map(|wall| {
            json!({
                "site": site(&wall.site),
                "way": wall.way.iter().map(function).collect::<Vec<_>>(),
                "path": shown(&wall.path),
                "line": wall.line,
                "reason": wall.reason,
                "message": wall.message,
                "remedy": wall.remedy,
                "beyond": wall.beyond.iter().map(|beyond| json!({
                    "function": function(&beyond.function),
                    "path": shown(&beyond.path),
                    "line": beyond.line,
                    "reason": beyond.reason,
                    "message": beyond.message,
                    "remedy": beyond.remedy,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"schema_version": json::SCHEMA_VERSION, "groups": groups, "walls": walls})
}

/// A graph of functions: nodes with their labels and whether they can change, edges from the
/// caller to what it calls.
#[derive(Default)]
struct Graph {
    nodes: BTreeMap<FunctionPlace, usize>,
    labels: Vec<(String, bool)>,
    edges: BTreeSet<(usize, usize)>,
    /// The walls: the function, the words.
    walls: BTreeSet<(usize, String)>,
}

impl Graph {
    fn of(outlook: &Outlook) -> Self {
        let mut graph = Self::default();
        for group in &outlook.groups {
            let functions = group.functions.iter();
            let nodes: Vec<usize> = functions.map(|one| graph.node(one, true)).collect();
            for (callee, caller) in &group.edges {
                graph.edges.insert((nodes[*caller], nodes[*callee]));
            }
        }
        for wall in &outlook.walls {
            let way = wall.way.iter();
            let nodes: Vec<usize> = way.map(|one| graph.node(one, false)).collect();
            for pair in nodes.windows(2) {
                graph.edges.insert((pair[1], pair[0]));
            }
            if let Some(last) = nodes.last() {
                let words = format!("{} {}", wall.reason, place(&wall.path, wall.line));
                graph.walls.insert((*last, words));
            }
        }
        graph
    }

    fn node(&mut self, function: &FunctionPlace, changes: bool) -> usize {
        let next = self.labels.len();
        let at = *self.nodes.entry(function.clone()).or_insert(next);
        if at == next {
            let place = place(&function.path, function.line);
            self.labels
                .push((format!("{} {place}", function.name), changes));
        }
        at
    }
}

/// The graph for the page of `aiolift report`.
pub(super) fn graph(outlook: &Outlook) -> Value {
    let graph = Graph::of(outlook);
    let mut nodes: Vec<(usize, &FunctionPlace)> =
        graph.nodes.iter().map(|(place, at)| (*at, place)).collect();
    nodes.sort_unstable_by_key(|(at, _)| *at);
    let nodes = nodes.into_iter().zip(&graph.labels);
    let nodes: Vec<Value> = nodes
        .map(|((_, one), (_, changes))| {
            json!({"name": one.name, "place": place(&one.path, one.line), "changes": changes})
        })
        .collect();
    let walls: Vec<Value> = graph
        .walls
        .iter()
        .map(|(node, words)| {
            let reason = words.split(' ').next();
            json!({"node": node, "words": words, "reason": reason})
        })
        .collect();
    json!({"nodes": nodes, "edges": graph.edges, "walls": walls})
}

/// A label in the quotes of both graph languages.
fn quoted(words: &str) -> String {
    format!("\"{}\"", words.replace('\\', "/").replace('"', "'"))
}

fn dot(outlook: &Outlook) -> String {
    let graph = Graph::of(outlook);
    let mut out = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
    for (at, (label, changes)) in graph.labels.iter().enumerate() {
        let style = if *changes { "solid" } else { "dashed" };
        let _ = writeln!(out, "  f{at} [label={}, style={style}];", quoted(label));
    }
    for (caller, callee) in &graph.edges {
        let _ = writeln!(out, "  f{caller} -> f{callee};");
    }
    for (at, (function, words)) in graph.walls.iter().enumerate() {
        let _ = writeln!(out, "  w{at} [label={}, shape=octagon];", quoted(words));
        let _ = writeln!(out, "  w{at} -> f{function};");
    }
    out.push_str("}\n");
    out
}

fn mermaid(outlook: &Outlook) -> String {
    let graph = Graph::of(outlook);
    let mut out = String::from("flowchart LR\n");
    for (at, (label, changes)) in graph.labels.iter().enumerate() {
        let (open, close) = if *changes { ("[", "]") } else { ("(", ")") };
        let _ = writeln!(out, "  f{at}{open}{}{close}", quoted(label));
    }
    for (caller, callee) in &graph.edges {
        let _ = writeln!(out, "  f{caller} --> f{callee}");
    }
    for (at, (function, words)) in graph.walls.iter().enumerate() {
        let label = quoted(words);
        let _ = writeln!(out, "  w{at}{{{{{label}}}}} --> f{function}");
    }
    out
}
