//! `aiolift run --interactive`: one decision after the other.

use super::session::Session;
use super::summary::{count, error, shown};
use super::survey::Survey;
use super::{Stop, diff, explain, merge, say, write};
use crate::decisions::Decision;
use crate::fingerprint::hash;
use crate::report::{FileChange, Outcome, Report, SiteReport};
use crate::workspace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

/// Where the answers are kept until everything is decided.
const STATE: &str = "review.json";

const HELP: &str = "\
y  yes, apply it
n  no, leave it
a  yes to this one and to all others of the same transform
e  edit the result in $VISUAL or $EDITOR, and apply that
w  why: what it does, and what is different afterwards
d  done: apply what has a yes, leave the rest
q  quit: write nothing now, and go on here with the next `aiolift run -i`
?  this list
";

/// What was answered so far.
#[derive(Default, Serialize, Deserialize)]
struct Answers {
    /// Decisions, by their keys, and whether they are made.
    answers: BTreeMap<String, bool>,
    /// What was edited, by the keys of decisions.
    edits: BTreeMap<String, Vec<EditedFile>>,
}

/// A file as the user wants it.
#[derive(Clone, Serialize, Deserialize)]
struct EditedFile {
    path: PathBuf,
    /// The file with the decision alone.
    base: Vec<u8>,
    /// The same after it was edited.
    edited: Vec<u8>,
}

/// What the user says to a decision.
enum Answer {
    Yes,
    No,
    All,
    Edit,
    Why,
    Done,
    Quit,
    Help,
}

/// Asks about every decision, and returns what is to be written; nothing when the user quits.
pub(super) fn report(
    session: &mut Session,
    only: &[String],
    allow_dirty: bool,
) -> Result<Option<Report>, Stop> {
    let survey = Survey::open(session)?;
    let session = survey.session;
    session.complain(&survey.report);
    // Before anybody has answered a hundred questions.
    write::refuse_dirty(&survey.report, allow_dirty)?;
    let decisions: Vec<&Decision> = if only.is_empty() {
        survey.decisions.iter().collect()
    } else {
        survey.at(only)?
    };
    let keys: Vec<String> = decisions
        .iter()
        .map(|one| key(&survey.report, one))
        .collect();
    let mut answers = load(session, &keys);
    let earlier = answers.answers.len();
    if earlier > 0 {
        say(&format!(
            "Going on: {earlier} of {} decided before.",
            count(decisions.len(), "decision")
        ));
    }
    for at in 0..decisions.len() {
        if answers.answers.contains_key(&keys[at]) {
            continue;
        }
        let heading = format!("[{}/{}]", at + 1, decisions.len());
        match ask(&survey, decisions[at], &heading)? {
            Said::Yes => answers.answers.insert(keys[at].clone(), true),
            Said::No => answers.answers.insert(keys[at].clone(), false),
            Said::All => {
                let transform = survey.transform(decisions[at]);
                for (other, key) in decisions.iter().zip(&keys) {
                    if survey.transform(other) == transform {
                        answers.answers.entry(key.clone()).or_insert(true);
                    }
                }
                None
            }
            Said::Edited(files) => {
                answers.edits.insert(keys[at].clone(), files);
                answers.answers.insert(keys[at].clone(), true)
            }
            Said::Done => break,
            Said::Quit => {
                let decided = answers.answers.len();
                say(&format!(
                    "Nothing was written. {decided} of {} decided; `aiolift run -i` goes on.",
                    count(decisions.len(), "decision")
                ));
                return Ok(None);
            }
        };
        save(session, &answers)?;
    }
    let said_yes = |at: &usize| answers.answers.get(&keys[*at]) == Some(&true);
    let accepted: Vec<usize> = (0..decisions.len()).filter(said_yes).collect();
    let chosen: Vec<&Decision> = accepted.iter().map(|at| decisions[*at]).collect();
    let mut report = survey.chosen(&chosen);
    tell_what_stays(&survey.report, &report, &chosen);
    for at in accepted {
        for file in &answers.edits.get(&keys[at]).cloned().unwrap_or_default() {
            if let Err(stop) = join_edit(session, &mut report, file) {
                // It is asked about again.
                answers.answers.remove(&keys[at]);
                answers.edits.remove(&keys[at]);
                save(session, &answers)?;
                return Err(stop);
            }
        }
    }
    workspace::remove_state(&session.root, STATE)?;
    Ok(Some(report))
}

/// A decision, recognised by the content of its sites.
fn key(report: &Report, decision: &Decision) -> String {
    let mut text = String::new();
    for site in decision.sites.iter().map(|at| &report.sites[*at]) {
        let path = std::path::absolute(&site.path).unwrap_or_else(|_| site.path.clone());
        text.push_str(&format!(
            "{} {} {}\n",
            path.display(),
            site.transform,
            site.fingerprint
        ));
    }
    format!("{:032x}", hash(text.as_bytes()))
}

/// The answers of an earlier review to decisions that are still there; one that cannot be read is
/// as good as none.
fn load(session: &Session, keys: &[String]) -> Answers {
    let text = workspace::load_state(&session.root, STATE).ok().flatten();
    let mut answers: Answers = text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    answers.answers.retain(|key, _| keys.contains(key));
    answers.edits.retain(|key, _| keys.contains(key));
    answers
}

fn save(session: &Session, answers: &Answers) -> Result<(), Stop> {
    let text = serde_json::to_string(answers).map_err(io::Error::from)?;
    Ok(workspace::save_state(&session.root, STATE, &text)?)
}

/// What the user has said to a decision, in the end.
enum Said {
    Yes,
    No,
    All,
    Edited(Vec<EditedFile>),
    Done,
    Quit,
}

fn ask(survey: &Survey<'_>, decision: &Decision, heading: &str) -> Result<Said, Stop> {
    let changes = survey.alone(decision);
    let colored = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let mut out = io::stdout().lock();
    let places: Vec<String> = decision
        .sites
        .iter()
        .map(|at| &survey.report.sites[*at])
        .map(|site| format!("{}:{}", shown(&site.path), site.line))
        .collect();
    writeln!(
        out,
        "{heading} {} {}",
        survey.transform(decision),
        places.join(", ")
    )?;
    for change in &changes {
        diff::print(change, diff::Palette::new(colored), &mut out)?;
    }
    loop {
        write!(out, "{heading} Apply this? [y,n,a,e,w,d,q,?] ")?;
        out.flush()?;
        match read_answer()? {
            None => writeln!(
                out,
                "One of these letters, please; `?` says what they mean."
            )?,
            Some(Answer::Yes) => return Ok(Said::Yes),
            Some(Answer::No) => return Ok(Said::No),
            Some(Answer::All) => return Ok(Said::All),
            Some(Answer::Done) => return Ok(Said::Done),
            Some(Answer::Quit) => return Ok(Said::Quit),
            Some(Answer::Help) => write!(out, "{HELP}")?,
            Some(Answer::Why) => {
                for site in decision.sites.iter().map(|at| &survey.report.sites[*at]) {
                    let text = survey.text(&site.path);
                    let lines: Vec<&str> = text.lines().collect();
                    explain::story(site, &lines, &mut out)?;
                }
            }
            Some(Answer::Edit) => {
                if let Some(files) = edited(survey.session, &changes, &mut out)? {
                    return Ok(Said::Edited(files));
                }
            }
        }
    }
}

/// Reads a line; its end is that of the review.
fn read_answer() -> Result<Option<Answer>, Stop> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(Some(Answer::Quit));
    }
    Ok(match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(Answer::Yes),
        "n" | "no" => Some(Answer::No),
        "a" | "all" => Some(Answer::All),
        "e" | "edit" => Some(Answer::Edit),
        "w" | "why" => Some(Answer::Why),
        "d" | "done" => Some(Answer::Done),
        "q" | "quit" => Some(Answer::Quit),
        "?" | "h" | "help" => Some(Answer::Help),
        _ => None,
    })
}

/// Lets the user edit the result of a decision until it is valid; nothing when they give it up.
fn edited(
    session: &Session,
    changes: &[FileChange],
    out: &mut impl Write,
) -> Result<Option<Vec<EditedFile>>, Stop> {
    let mut texts: Vec<(&Path, Vec<u8>)> = changes
        .iter()
        .map(|change| (&*change.path, change.after.clone()))
        .collect();
    loop {
        let complaint = match workspace::edit(&texts) {
            Ok(new) => {
                for (text, new) in texts.iter_mut().zip(new) {
                    text.1 = new;
                }
                let mut faults = texts
                    .iter()
                    .filter_map(|(path, text)| session.fault(path, text));
                match faults.next() {
                    None => break,
                    Some(fault) => error(&fault),
                }
            }
            Err(why) => why,
        };
        write!(out, "{complaint}\nEdit it again? [y,n] ")?;
        out.flush()?;
        if !matches!(read_answer()?, Some(Answer::Yes)) {
            return Ok(None);
        }
    }
    let files = changes
        .iter()
        .zip(texts)
        .map(|(change, (_, edited))| EditedFile {
            path: change.path.clone(),
            base: change.after.clone(),
            edited,
        });
    Ok(Some(files.collect()))
}

/// Puts what the user has edited into the file that is to be written.
fn join_edit(session: &Session, report: &mut Report, file: &EditedFile) -> Result<(), Stop> {
    let same = |change: &&mut FileChange| change.path == file.path;
    let Some(change) = report.changes.iter_mut().find(same) else {
        return Ok(());
    };
    let merged = merge::merge(&file.base, &change.after, &file.edited);
    let merged = merged.filter(|merged| session.fault(&file.path, merged).is_none());
    if let Some(merged) = merged {
        change.after = merged;
        return Ok(());
    }
    Err(Stop::Usage(format!(
        "Nothing was written: what you edited in {} meets another change of the same lines. Leave one of them out; `aiolift run -i` goes on with your other answers.",
        shown(&file.path)
    )))
}

/// Names the accepted sites that stay all the same, because others were left.
fn tell_what_stays(whole: &Report, report: &Report, chosen: &[&Decision]) {
    let sites = chosen.iter().flat_map(|decision| &decision.sites);
    for site in sites.map(|at| &whole.sites[*at]) {
        let same = |other: &&SiteReport| {
            (&other.path, other.transform, other.line, other.column)
                == (&site.path, site.transform, site.line, site.column)
        };
        let now = report.sites.iter().find(same);
        if let Some(now) = now.filter(|now| now.outcome != Outcome::Changed) {
            say(&format!(
                "{}:{}: {} stays without what you left: {}",
                shown(&now.path),
                now.line,
                now.transform,
                now.message
            ));
        }
    }
}
