//! Finds what each decision changes for itself, in as few runs as possible.
//!
//! Decisions in different functions of a file are tried together, and what changes is divided among
//! them by the functions. Between the functions stands what they share: imports and helpers. Where
//! there is a change, they are divided by the names in it that they use, and one is tried for itself
//! to see whether the others need the same. So the number of runs does not grow with that of the
//! functions, and the time with the size of a file, not with its square.

use super::functions::{Function, Parted, functions};
use super::{FileFix, TextEdit, decoded, file_fix, lines};
use crate::cli::survey::Survey;
use crate::decisions::Decision;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How often a file is tried. What is not found by then has no fix.
const MOST_TRIES: usize = 100;

/// A decision by its number, and the function that it is in by its place among them.
type Member = (usize, usize);

/// The decisions of a survey, and what has been found of them.
pub(super) struct Batches<'a, 's> {
    survey: &'a Survey<'s>,
    decisions: &'a [&'a Decision],
    tries: FxHashMap<&'a Path, usize>,
    /// One for each decision; empty where none is known.
    fixes: Vec<Vec<FileFix>>,
}

/// A file with several decisions.
struct Crowd<'a> {
    path: &'a Path,
    text: String,
    functions: Vec<Function>,
}

impl<'a, 's> Batches<'a, 's> {
    pub(super) fn of(survey: &'a Survey<'s>, decisions: &'a [&'a Decision]) -> Self {
        Self {
            survey,
            decisions,
            tries: FxHashMap::default(),
            fixes: vec![Vec::new(); decisions.len()],
        }
    }

    /// The fix of each decision.
    pub(super) fn run(mut self) -> Vec<Vec<FileFix>> {
        let mut files: BTreeMap<&'a Path, Vec<usize>> = BTreeMap::new();
        for (number, decision) in self.decisions.iter().enumerate() {
            let paths = decision.paths(&self.survey.report);
            match paths.first() {
                Some(path) if paths.len() == 1 => files.entry(path).or_default().push(number),
                _ => self.alone(number),
            }
        }
        for (path, numbers) in files {
            if numbers.len() == 1 {
                self.alone(numbers[0]);
                continue;
            }
            let text = self.survey.text(path);
            let crowd = Crowd {
                path,
                functions: functions(&text).unwrap_or_default(),
                text,
            };
            for batch in self.batches(&crowd, &numbers) {
                self.together(&crowd, &batch);
            }
        }
        self.fixes
    }

    /// Decisions that are in functions of their own; those that are in none are tried alone.
    fn batches(&mut self, crowd: &Crowd<'_>, numbers: &[usize]) -> Vec<Vec<Member>> {
        let mut batches: Vec<Vec<Member>> = Vec::new();
        let mut taken: FxHashMap<usize, usize> = FxHashMap::default();
        for number in numbers {
            let Some(function) = self.function(crowd, *number) else {
                self.alone(*number);
                continue;
            };
            let round = taken.entry(function).or_default();
            if batches.len() == *round {
                batches.push(Vec::new());
            }
            batches[*round].push((*number, function));
            *round += 1;
        }
        batches
    }

    /// The function with all sites of a decision.
    fn function(&self, crowd: &Crowd<'_>, number: usize) -> Option<usize> {
        let sites = self.decisions[number].sites.iter();
        let sites = sites.map(|at| &self.survey.report.sites[*at]);
        let lines = sites.map(|site| (site.line - 1, site.end_line - 1));
        let (first, last) = lines.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
        let behind = crowd
            .functions
            .partition_point(|one| one.lines.start <= first);
        let function = behind.checked_sub(1)?;
        (last < crowd.functions[function].lines.end).then_some(function)
    }

    /// Whether there is another try for these files, which this is.
    fn may_try(&mut self, paths: &BTreeSet<&'a Path>) -> bool {
        let tries = |path: &&Path| self.tries.get(path).copied().unwrap_or_default();
        if paths.iter().any(|path| tries(path) >= MOST_TRIES) {
            return false;
        }
        for path in paths {
            *self.tries.entry(path).or_default() += 1;
        }
        true
    }

    fn alone(&mut self, number: usize) {
        let decision = self.decisions[number];
        if self.may_try(&decision.paths(&self.survey.report)) {
            let changes = self.survey.alone(decision);
            self.fixes[number] = changes.iter().map(file_fix).collect();
        }
    }

    /// Tries decisions in different functions of a file together.
    fn together(&mut self, crowd: &Crowd<'a>, batch: &[Member]) {
        let Some(parted) = self.parted(crowd, batch) else {
            match batch {
                [(number, _)] => self.alone(*number),
                _ => self.halves(crowd, batch),
            }
            return;
        };
        if parted.between.is_empty() || batch.len() == 1 {
            self.divide(crowd, batch, &parted);
            return;
        }
        let old = lines(&crowd.text);
        let texts = |edit: &TextEdit| replaced(&old, edit) + "\n" + &edit.text;
        let shared = parted.between.iter();
        let shared = shared.flat_map(|edit| words(&heads(&texts(edit))));
        let shared: BTreeSet<String> = shared.collect();
        let mut groups: BTreeMap<BTreeSet<String>, Vec<Member>> = BTreeMap::new();
        for member in batch {
            let own = parted.inside[member.1].iter();
            let own: BTreeSet<String> = own.flat_map(|edit| words(&texts(edit))).collect();
            let used = shared.intersection(&own).cloned().collect();
            groups.entry(used).or_default().push(*member);
        }
        if groups.len() > 1 {
            for group in groups.values() {
                self.together(crowd, group);
            }
            return;
        }
        let first = self.parted(crowd, &batch[..1]);
        if first.is_some_and(|first| first.between == parted.between) {
            self.divide(crowd, batch, &parted);
        } else {
            self.halves(crowd, batch);
        }
    }

    fn halves(&mut self, crowd: &Crowd<'a>, batch: &[Member]) {
        let (one, other) = batch.split_at(batch.len() / 2);
        self.together(crowd, one);
        self.together(crowd, other);
    }

    /// What a batch changes; `None` where that cannot be divided.
    fn parted(&mut self, crowd: &Crowd<'a>, batch: &[Member]) -> Option<Parted> {
        if !self.may_try(&BTreeSet::from([crowd.path])) {
            return None;
        }
        let members: Vec<&Decision> = batch.iter().map(|one| self.decisions[one.0]).collect();
        let changes = self.survey.together(&members);
        let [change] = &changes[..] else {
            return None;
        };
        if change.path != crowd.path {
            return None;
        }
        let after = decoded(&change.path, &change.after);
        let parted = Parted::of(&crowd.text, &crowd.functions, &after)?;
        let mut inside = parted.inside.iter().enumerate();
        inside
            .all(|(function, edits)| {
                edits.is_empty() != batch.iter().any(|(_, mine)| *mine == function)
            })
            .then_some(parted)
    }

    /// Every decision has what changes in its function, with all that they share.
    fn divide(&mut self, crowd: &Crowd<'_>, batch: &[Member], parted: &Parted) {
        for (number, function) in batch {
            let mut edits: Vec<TextEdit> = parted.between.clone();
            edits.extend_from_slice(&parted.inside[*function]);
            // Of two at one place, the one between the functions is the first.
            edits.sort_by_key(|edit| (edit.start, edit.end));
            self.fixes[*number] = vec![FileFix {
                path: PathBuf::from(crowd.path),
                edits,
            }];
        }
    }
}

/// The text in the place of which another one stands.
fn replaced(old: &[&str], edit: &TextEdit) -> String {
    // The end of a text without a line break at its end is behind its last character.
    let line = |(line, column): (usize, usize)| if column > 1 { line } else { line - 1 };
    old[line(edit.start)..line(edit.end)].concat()
}

/// The lines of a text that may bind a name that others use.
fn heads(text: &str) -> String {
    let is_head = |line: &&str| {
        let content = line.trim_start();
        let definitions = ["def ", "async def ", "class "];
        content.len() == line.len() || definitions.iter().any(|one| content.starts_with(one))
    };
    let heads: Vec<&str> = text.lines().filter(is_head).collect();
    heads.join("\n")
}

fn words(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
