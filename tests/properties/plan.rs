//! What holds for every plan: which findings are applied together.

use aiolift::edit::{Applicability, Change};
use aiolift::options::Options;
use aiolift::plan::{self, Verdict};
use aiolift::rewrite;
use aiolift::syntax::{TextRange, TextSize};
use aiolift::transform::{Finding, Refusal};

/// One finding in small numbers: its site, its edits, and how sure it is.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) site: (u8, u8),
    pub(crate) edits: Vec<(u8, u8)>,
    /// 0 is refused, 1 a suggestion, 2 unsafe; everything else is safe.
    pub(crate) grade: u8,
}

fn range((start, length): (u8, u8)) -> TextRange {
    TextRange::at(
        TextSize::from(u32::from(start)),
        TextSize::from(u32::from(length % 16)),
    )
}

fn touch(one: TextRange, other: TextRange) -> bool {
    one == other || (one.start() < other.end() && other.start() < one.end())
}

impl Draft {
    /// The edits of one change, which are disjoint.
    fn edits(&self) -> Vec<TextRange> {
        let mut edits: Vec<TextRange> = Vec::new();
        for edit in self.edits.iter().take(4).map(|edit| range(*edit)) {
            if !edits.iter().any(|other| touch(*other, edit)) {
                edits.push(edit);
            }
        }
        edits
    }

    fn finding(&self) -> Finding {
        let grade = match self.grade % 8 {
            0 => None,
            1 => Some(Applicability::Display),
            2 => Some(Applicability::Unsafe),
            _ => Some(Applicability::Safe),
        };
        let result = grade.map_or_else(
            || Err(Refusal::new("drawn", "It was drawn.")),
            |grade| {
                let mut change = Change::new(grade);
                for edit in self.edits() {
                    change.replace(edit, "new");
                }
                Ok(change)
            },
        );
        Finding {
            site: range(self.site),
            result,
        }
    }
}

/// The accepted changes are disjoint, whole and worth it, and every site has one verdict.
pub(crate) fn holds(drafts: &[Draft], unsafe_all: bool) -> Result<(), String> {
    let options = Options {
        unsafe_all,
        ..Options::default()
    };
    let findings = || drafts.iter().map(Draft::finding).collect::<Vec<_>>();
    let plan = plan::accept(findings(), "drawn", &options);
    if plan.verdicts.len() != drafts.len() {
        return Err("some site has no verdict, or two".to_owned());
    }
    let applied = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
    let count = plan
        .verdicts
        .iter()
        .filter(|(_, verdict)| applied(verdict))
        .count();
    if count != plan.accepted.len() {
        return Err(format!(
            "{count} sites are applied by {} changes",
            plan.accepted.len()
        ));
    }
    let mut edits = Vec::new();
    for change in &plan.accepted {
        let consent = match change.applicability {
            Applicability::Safe => true,
            Applicability::Unsafe => unsafe_all,
            Applicability::Display => false,
        };
        if !consent {
            return Err("a change was applied without consent".to_owned());
        }
        for edit in &change.edits {
            edits.push(edit.clone());
        }
    }
    for (at, one) in edits.iter().enumerate() {
        if edits[at + 1..]
            .iter()
            .any(|other| touch(one.range, other.range))
        {
            return Err("two accepted edits touch each other".to_owned());
        }
    }
    // What was postponed is in the way of something accepted; without that it would go on for ever.
    let postponed = |verdict: &Verdict| matches!(verdict, Verdict::Postponed);
    if plan.accepted.is_empty() && plan.verdicts.iter().any(|(_, verdict)| postponed(verdict)) {
        return Err("everything waits for something else".to_owned());
    }
    // The text outside of the edits is the same: taken apart by hand, from the right.
    let text: String = (0..300u32)
        .map(|at| char::from(b'a' + (at % 26) as u8))
        .collect();
    let mut by_hand = text.clone();
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    for edit in edits.iter().rev() {
        let (from, to) = (edit.range.start().to_usize(), edit.range.end().to_usize());
        by_hand.replace_range(from..to, &edit.text);
    }
    edits.reverse();
    if rewrite::apply(&text, &mut edits) != by_hand {
        return Err("the edits were applied in another way".to_owned());
    }
    Ok(())
}
