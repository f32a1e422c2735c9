//! The findings that a project lives with: what is in the baseline is known, what is not is new,
//! and what is only in the baseline is stale.

use crate::fingerprint::Fingerprint;
use crate::report::{Outcome, SiteReport};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The version of the format.
const SCHEMA_VERSION: u32 = 1;

/// The name under which a baseline is found without being named.
pub const DEFAULT_NAME: &str = "aiolift-baseline.json";

/// A finding that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file, from the folder of the baseline on, with slashes.
    pub path: String,
    /// The transform.
    pub transform: String,
    /// The fingerprint.
    pub fingerprint: String,
}

impl Entry {
    fn content(&self) -> Option<u64> {
        Fingerprint::parse(&self.fingerprint).map(|fingerprint| fingerprint.content)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema_version: u32,
    findings: Vec<Entry>,
}

/// Findings that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Them, sorted.
    pub entries: Vec<Entry>,
}

/// Findings beside a baseline.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    known: FxHashSet<(PathBuf, Fingerprint)>,
    /// The entries for which nothing is found any more.
    pub stale: Vec<Entry>,
}

impl Comparison {
    /// Whether a site is in the baseline.
    pub fn knows(&self, site: &SiteReport) -> bool {
        self.known.contains(&(site.path.clone(), site.fingerprint))
    }

    /// How many sites are.
    pub fn known(&self) -> usize {
        self.known.len()
    }
}

impl Baseline {
    /// Reads a baseline; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.schema_version != SCHEMA_VERSION {
            return Err(format!(
                "its schema version is {}, and this program knows {SCHEMA_VERSION}",
                document.schema_version
            ));
        }
        let broken = |entry: &&Entry| entry.content().is_none();
        if let Some(entry) = document.findings.iter().find(broken) {
            return Err(format!("`{}` is no fingerprint", entry.fingerprint));
        }
        Ok(Self {
            entries: document.findings,
        })
    }

    /// The baseline of some sites; `named` spells a path from its folder on.
    pub fn of<'s>(
        sites: impl IntoIterator<Item = &'s SiteReport>,
        named: &dyn Fn(&Path) -> String,
    ) -> Self {
        let sites = sites.into_iter().filter(|site| counts(site));
        let mut entries: Vec<Entry> = sites
            .map(|site| Entry {
                path: named(&site.path),
                transform: site.transform.to_owned(),
                fingerprint: site.fingerprint.to_string(),
            })
            .collect();
        entries.sort();
        Self { entries }
    }

    /// Takes over the entries of an older baseline that `judged` says nothing about.
    pub fn keep(&mut self, older: Self, judged: impl Fn(&Entry) -> bool) {
        let kept = older.entries.into_iter().filter(|entry| !judged(entry));
        self.entries.extend(kept);
        self.entries.sort();
        self.entries.dedup();
    }

    /// The text of a baseline: a line for each entry, so that two branches can be merged.
    pub fn render(&self) -> String {
        let entries: Vec<String> = self
            .entries
            .iter()
            .map(|entry| serde_json::to_string(entry).expect("three texts are JSON"))
            .collect();
        let list = if entries.is_empty() {
            String::new()
        } else {
            format!("\n    {}\n  ", entries.join(",\n    "))
        };
        format!("{{\n  \"schema_version\": {SCHEMA_VERSION},\n  \"findings\": [{list}]\n}}\n")
    }

    /// Tells the known sites from the new ones. As many sites of one content are known in a file as
    /// the baseline has of it; what is left over of both is matched whatever file it is in, as
    /// files are moved: entries that `judged` has something to say about, and those of files that
    /// are `gone`. Entries that `judged` says nothing about are never stale.
    pub fn compare(
        &self,
        sites: &[SiteReport],
        named: &dyn Fn(&Path) -> String,
        judged: impl Fn(&Entry) -> bool,
        gone: impl Fn(&Entry) -> bool,
    ) -> Comparison {
        let mut open: FxHashMap<(String, u64), Vec<&Entry>> = FxHashMap::default();
        for entry in self.entries.iter().rev() {
            if let Some(content) = entry.content() {
                let key = (entry.path.clone(), content);
                open.entry(key).or_default().push(entry);
            }
        }
        let mut comparison = Comparison::default();
        let mut unknown = Vec::new();
        for site in sites.iter().filter(|site| counts(site)) {
            let same = open.get_mut(&(named(&site.path), site.fingerprint.content));
            if same.and_then(Vec::pop).is_some() {
                let key = (site.path.clone(), site.fingerprint);
                comparison.known.insert(key);
            } else {
                unknown.push(site);
            }
        }
        let left = open.into_values().flatten();
        let mut left: Vec<&Entry> = left.filter(|entry| judged(entry) || gone(entry)).collect();
        left.sort();
        for site in unknown {
            let same = |entry: &&Entry| entry.content() == Some(site.fingerprint.content);
            if let Some(at) = left.iter().position(same) {
                left.remove(at);
                let key = (site.path.clone(), site.fingerprint);
                comparison.known.insert(key);
            }
        }
        let stale = left.into_iter().filter(|entry| judged(entry));
        comparison.stale = stale.cloned().collect();
        comparison
    }
}

/// Whether a site is a finding: what is fine as it is is none.
fn counts(site: &SiteReport) -> bool {
    site.outcome != Outcome::Kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(path: &str, content: u64, ordinal: usize) -> SiteReport {
        SiteReport {
            path: path.into(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            transform: "a-rule",
            outcome: Outcome::Refused,
            grade: None,
            differences: Vec::new(),
            reason: None,
            message: String::new(),
            evidence: Vec::new(),
            remedy: None,
            callers: Vec::new(),
            settled_at: None,
            fingerprint: Fingerprint { content, ordinal },
        }
    }

    fn named(path: &Path) -> String {
        path.display().to_string()
    }

    /// Which sites are known, and the paths of stale entries.
    fn compare(known: &[SiteReport], sites: &[SiteReport]) -> (Vec<bool>, Vec<String>) {
        let text = Baseline::of(known, &named).render();
        let baseline = Baseline::parse(&text).unwrap();
        assert_eq!(baseline.render(), text);
        let comparison = baseline.compare(sites, &named, |_| true, |_| false);
        let known = sites.iter().map(|site| comparison.knows(site)).collect();
        let stale = comparison.stale.into_iter();
        (known, stale.map(|entry| entry.path).collect())
    }

    #[test]
    fn what_was_there_is_known() {
        let sites = [site("a.py", 1, 1), site("a.py", 2, 1), site("b.py", 1, 1)];
        assert_eq!(compare(&sites, &sites), (vec![true; 3], Vec::new()));
        assert_eq!(compare(&[], &sites[..1]), (vec![false], Vec::new()));
        let gone = vec!["b.py".to_owned()];
        assert_eq!(compare(&sites, &sites[..2]), (vec![true; 2], gone));
    }

    #[test]
    fn as_many_as_there_were_are_known() {
        let sites = [site("a.py", 1, 1), site("a.py", 1, 2), site("a.py", 1, 3)];
        let expected = (vec![true, true, false], Vec::new());
        assert_eq!(compare(&sites[..2], &sites), expected);
    }

    #[test]
    fn a_file_may_be_moved() {
        let before = [site("a.py", 1, 1), site("a.py", 2, 1)];
        let after = [site("b.py", 1, 1), site("b.py", 3, 1)];
        let expected = (vec![true, false], vec!["a.py".to_owned()]);
        assert_eq!(compare(&before, &after), expected);
    }

    #[test]
    fn only_what_is_gone_has_moved() {
        let baseline = Baseline::of(&[site("a.py", 1, 1)], &named);
        let copied = [site("b.py", 1, 1)];
        let known = |is_gone: bool| {
            let comparison = baseline.compare(&copied, &named, |_| false, |_| is_gone);
            comparison.knows(&copied[0])
        };
        assert!(known(true));
        assert!(!known(false));
    }

    #[test]
    fn what_was_not_looked_at_is_kept_and_never_stale() {
        let old = [site("a.py", 1, 1), site("b.py", 2, 1)];
        let baseline = Baseline::of(&old, &named);
        let judged = |entry: &Entry| entry.path == "a.py";
        let comparison = baseline.compare(&[], &named, judged, |_| false);
        assert_eq!(comparison.stale.len(), 1);
        let mut next = Baseline::of(&[site("a.py", 3, 1)], &named);
        next.keep(baseline, judged);
        let paths: Vec<&str> = next.entries.iter().map(|one| &*one.fingerprint).collect();
        assert_eq!(paths, ["0000000000000003:1", "0000000000000002:1"]);
    }

    #[test]
    fn a_damaged_baseline_is_an_error() {
        for text in [
            "",
            "{}",
            r#"{"schema_version": 2, "findings": []}"#,
            r#"{"schema_version": 1, "findings": [{"path": "a", "transform": "b", "fingerprint": "x"}]}"#,
        ] {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}
