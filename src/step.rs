//! The steps that users write in Python: each file goes to a worker process as text and comes back
//! as text, and what is different becomes a change like any other. The protocol is documented in
//! `docs/steps.md`.

mod interpreter;
mod worker;

pub use self::interpreter::{Interpreter, find_interpreter};

use self::worker::{Answer, Pool};
use crate::edit::{Applicability, Change};
use crate::source::Blocks;
use crate::syntax::{TextRange, TextSize};
use crate::transform::{About, Entry, FileView, Finding, Refusal, Step};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What every name of such a step begins with.
pub const PREFIX: &str = "python:";

/// How long a step may take over a file, unless its settings say it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A step in Python, as the settings and the command line describe it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonStep {
    /// `python:package.module:ClassName`
    pub name: String,
    /// Names of which one stands in every file that the step changes; `None` leaves it to the
    /// class.
    pub mentions: Option<Vec<String>>,
    /// The grade of its changes; `None` leaves it to the class.
    pub grade: Option<Applicability>,
    /// The arguments of the class, as a JSON object.
    pub arguments: String,
    /// How long it may take over one file.
    pub patience: Duration,
    /// The project that its module may be found in.
    pub project: Option<PathBuf>,
    /// Everything in the project may be imported, not only what the step is named after.
    pub trusts_project: bool,
}

/// The module and the class of a name such as `python:package.module:ClassName`.
pub fn parts(name: &str) -> Option<(&str, &str)> {
    let (module, class) = name.strip_prefix(PREFIX)?.split_once(':')?;
    let is_identifier = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let is_dotted = |name: &str| name.split('.').all(is_identifier);
    (is_dotted(module) && is_identifier(class)).then_some((module, class))
}

/// The steps that have been made, which live as long as the process.
static MADE: Mutex<BTreeMap<(PythonStep, Interpreter), &'static Entry>> =
    Mutex::new(BTreeMap::new());

/// The entry of the list for a step. Its class is imported by this; the error says why it cannot be
/// used.
pub fn entry(step: &PythonStep, interpreter: &Interpreter) -> Result<&'static Entry, String> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (step.clone(), interpreter.clone());
    if let Some(entry) = made.get(&key) {
        return Ok(entry);
    }
    let pool = Pool::new(step.clone(), interpreter.clone());
    let class = pool.open()?;
    let mentions = match step.mentions.clone().or(class.mentions) {
        None => vec![leaked("*")],
        Some(names) => {
            if let Some(name) = names.iter().find(|name| !is_name(name)) {
                return Err(format!(
                    "`mentions` of `{}` has `{name}`, which is not a name: letters, digits and underscores",
                    step.name
                ));
            }
            let word = |name: &String| leaked(&format!("text {name}"));
            names.iter().map(word).collect()
        }
    };
    let grade = match class.grade.as_deref() {
        None | Some("safe") => Applicability::Safe,
        Some("unsafe") => Applicability::Unsafe,
        Some("display") => Applicability::Display,
        Some(other) => {
            return Err(format!(
                "`grade` of `{}` is `{other}`; it must be `safe`, `unsafe` or `display`",
                step.name
            ));
        }
    };
    let grade = step.grade.unwrap_or(grade);
    let summary = class
        .summary
        .unwrap_or_else(|| "A step in Python.".to_owned());
    let page = leaked(&format!("# {}\n\n{summary}\n", step.name));
    let about: &'static About = Box::leak(Box::new(About {
        id: leaked(&step.name),
        page,
        since: env!("CARGO_PKG_VERSION"),
        offers: grade,
        mentions: Vec::leak(mentions),
        default: true,
    }));
    let entry = Entry::brought(about, Box::leak(Box::new(Brought { pool, grade })));
    let entry: &'static Entry = Box::leak(Box::new(entry));
    made.insert(key, entry);
    Ok(entry)
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A step with its worker processes.
struct Brought {
    pool: Pool,
    grade: Applicability,
}

impl Step for Brought {
    fn examine(&self, file: &FileView<'_>) -> Result<Vec<Finding>, String> {
        let before = file.tree.text();
        match self.pool.ask(file.path, before)? {
            Answer::Unchanged => Ok(Vec::new()),
            Answer::Changed { source } => Ok(findings(file, &source, self.grade)),
            Answer::Skipped { reason } => Ok(vec![Finding {
                site: TextRange::empty(TextSize::new(0)),
                result: Err(Refusal::new(
                    "skipped-by-step",
                    format!("The step skips this file: {reason}"),
                )
                .kept()),
            }]),
            Answer::Failed { message } => Err(message),
        }
    }

    fn rest(&self) {
        self.pool.rest();
    }
}

/// What is different: one change, which is made at all of its places or at none.
fn findings(file: &FileView<'_>, after: &str, grade: Applicability) -> Vec<Finding> {
    let before = file.tree.text();
    let mut change = Change::new(grade);
    for (range, text) in Blocks::between(before, after) {
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
        change.replace(TextRange::new(size(range.start), size(range.end)), text);
    }
    let sites: Vec<TextRange> = change.edits.iter().map(|edit| edit.range).collect();
    let Some(&leader) = sites.first() else {
        return Vec::new();
    };
    // The step may take comments away together with the code that they are about.
    for site in &sites {
        change.drops_comments.extend(file.tree.comments_in(*site));
    }
    let kept = sites.iter().find_map(|site| file.kept(*site));
    let mut change = Some(change);
    let finding = |site: TextRange| {
        let result = match &kept {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(change.take().unwrap_or_else(|| {
                let mut follower = Change::new(grade);
                follower.follows = Some(leader);
                follower
            })),
        };
        Finding { site, result }
    };
    sites.into_iter().map(finding).collect()
}
