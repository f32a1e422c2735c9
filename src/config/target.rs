//! The oldest Python that must run the result.

use std::fmt;

use super::manifest::ManifestFacts;
use super::requirement::lowest_minor;

/// A version of Python that results can be made for: 3.9 to 3.15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetVersion(u8);

impl TargetVersion {
    /// Python 3.9, the oldest.
    pub const OLDEST: Self = Self(9);
    /// Python 3.15, the newest.
    pub const NEWEST: Self = Self(15);
    /// Python 3.11, which a project is taken to need if it says nothing.
    pub const DEFAULT: Self = Self(11);

    /// Reads `py312` or `3.12`.
    pub fn parse(text: &str) -> Option<Self> {
        let minor = text
            .strip_prefix("py3")
            .or_else(|| text.strip_prefix("3."))?;
        if minor.starts_with(['+', '0']) {
            return None;
        }
        Self::of_minor(minor.parse().ok()?)
    }

    /// Returns Python 3 with that minor version, if it is one of ours.
    pub fn of_minor(minor: u8) -> Option<Self> {
        let version = Self(minor);
        (Self::OLDEST..=Self::NEWEST)
            .contains(&version)
            .then_some(version)
    }

    /// Returns all versions from the oldest to the newest.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::OLDEST.0..=Self::NEWEST.0).map(Self)
    }

    /// Returns the minor version: 12 for Python 3.12.
    pub fn minor(self) -> u8 {
        self.0
    }
}

impl fmt::Display for TargetVersion {
    /// Writes `py312`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "py3{}", self.0)
    }
}

/// The version to make results for, and what to tell the user about the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The version.
    pub version: TargetVersion,
    /// A sentence for the user if the choice may surprise.
    pub note: Option<String>,
}

/// Chooses the version: what the user says, else the lowest the project allows, else 3.11.
pub fn resolve_target(explicit: Option<TargetVersion>, facts: &ManifestFacts) -> Target {
    if let Some(version) = explicit {
        return Target {
            version,
            note: None,
        };
    }
    let default = |reason: String| Target {
        version: TargetVersion::DEFAULT,
        note: Some(format!(
            "{reason}, so `{}` is assumed; say otherwise with `--target-version`.",
            TargetVersion::DEFAULT
        )),
    };
    let Some(python) = &facts.requires_python else {
        return default("The project does not declare which Python it needs".to_owned());
    };
    let Some(lowest) = lowest_minor(&python.specifier) else {
        return default(format!(
            "`{}` in `{}` allows no Python that is known",
            python.specifier,
            python.path.display()
        ));
    };
    let clamped = |version: TargetVersion, word: &str| Target {
        version,
        note: Some(format!(
            "`{}` in `{}` allows Python {}.{}, but the {word} version that can be targeted is `{version}`, which is used.",
            python.specifier,
            python.path.display(),
            lowest.0,
            lowest.1,
        )),
    };
    match lowest {
        (3, minor) => match TargetVersion::of_minor(minor) {
            Some(version) => Target {
                version,
                note: None,
            },
            None if minor > TargetVersion::NEWEST.0 => clamped(TargetVersion::NEWEST, "newest"),
            None => clamped(TargetVersion::OLDEST, "oldest"),
        },
        _ => clamped(TargetVersion::OLDEST, "oldest"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::RequiresPython;
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn versions_have_two_spellings() {
        assert_eq!(TargetVersion::parse("py312"), Some(TargetVersion(12)));
        assert_eq!(TargetVersion::parse("3.9"), Some(TargetVersion(9)));
        assert_eq!(TargetVersion::parse("py315"), Some(TargetVersion::NEWEST));
        for wrong in [
            "py38", "py316", "3", "3.", "py3", "py3012", "3.09", "312", "py3+9", "",
        ] {
            assert_eq!(TargetVersion::parse(wrong), None, "{wrong}");
        }
        let all: Vec<_> = TargetVersion::all()
            .map(|version| version.to_string())
            .collect();
        assert_eq!(all[0], "py39");
        assert_eq!(all.last().map(String::as_str), Some("py315"));
        assert!(all.iter().all(|name| TargetVersion::parse(name).is_some()));
    }

    fn resolve(specifier: &str) -> (String, Option<String>) {
        let facts = ManifestFacts {
            requires_python: Some(RequiresPython {
                path: PathBuf::from("setup.cfg"),
                specifier: specifier.to_owned(),
            }),
            ..ManifestFacts::default()
        };
        let target = resolve_target(None, &facts);
        (target.version.to_string(), target.note)
    }

    #[test]
    fn the_lowest_allowed_version_is_chosen() {
        assert_eq!(resolve(">=3.12"), ("py312".to_owned(), None));
        assert_eq!(resolve(">=3.9,<4"), ("py39".to_owned(), None));
    }

    #[test]
    fn a_choice_that_may_surprise_has_a_note() {
        let (version, note) = resolve(">=3.8");
        assert_eq!(version, "py39");
        assert_eq!(
            note.unwrap(),
            "`>=3.8` in `setup.cfg` allows Python 3.8, but the oldest version that can be targeted is `py39`, which is used."
        );
        let (version, note) = resolve(">=3.16");
        assert_eq!(version, "py315");
        assert!(note.unwrap().contains("the newest version"));
        let (version, note) = resolve("nonsense");
        assert_eq!(version, "py311");
        assert!(
            note.unwrap()
                .starts_with("`nonsense` in `setup.cfg` allows no Python")
        );
        let nothing = resolve_target(None, &ManifestFacts::default());
        assert_eq!(nothing.version, TargetVersion::DEFAULT);
        assert_eq!(
            nothing.note.unwrap(),
            "The project does not declare which Python it needs, so `py311` is assumed; say otherwise with `--target-version`."
        );
    }

    #[test]
    fn what_the_user_says_counts() {
        let target = resolve_target(TargetVersion::parse("py313"), &ManifestFacts::default());
        assert_eq!((target.version.minor(), target.note), (13, None));
    }
}
