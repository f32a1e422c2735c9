//! Version specifiers and requirement lines, as far as a project's manifests need them.

/// The highest minor and patch versions that are tried.
const LAST_MINOR: u8 = 30;
const LAST_PATCH: u32 = 60;

/// Returns the lowest Python that a specifier allows, as major and minor version.
///
/// The specifier is one of PEP 440 or of Poetry: clauses joined by commas, alternatives by `||`.
pub(super) fn lowest_minor(specifier: &str) -> Option<(u32, u8)> {
    let alternatives: Vec<Vec<Clause>> = specifier
        .split("||")
        .flat_map(|part| part.split('|'))
        .map(clauses)
        .collect::<Option<_>>()?;
    let series = (0..=7_u8)
        .map(|minor| (2, minor))
        .chain((0..=LAST_MINOR).map(|minor| (3, minor)));
    series.into_iter().find(|&(major, minor)| {
        (0..=LAST_PATCH).any(|patch| {
            let version = [major, u32::from(minor), patch];
            alternatives
                .iter()
                .any(|clauses| clauses.iter().all(|clause| clause.allows(version)))
        })
    })
}

#[derive(Debug)]
struct Clause {
    operator: Operator,
    /// The release segments that are written.
    version: Vec<u32>,
    /// Whether `.*` follows.
    is_prefix: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    GreaterEqual,
    Greater,
    LessEqual,
    Less,
    /// `~=`: at least this, with the same segments but the last.
    Compatible,
    /// `^`: at least this, with the same first segment.
    Caret,
    /// `~`: at least this, with the same first two segments.
    Tilde,
}

const OPERATORS: [(&str, Operator); 11] = [
    ("===", Operator::Equal),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("~=", Operator::Compatible),
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("^", Operator::Caret),
    ("~", Operator::Tilde),
    ("=", Operator::Equal),
];

fn clauses(text: &str) -> Option<Vec<Clause>> {
    // Poetry also takes blanks between clauses; blanks behind an operator mean nothing.
    let mut parts: Vec<String> = Vec::new();
    for word in text
        .split([',', ' ', '\t', '\n'])
        .filter(|word| !word.is_empty())
    {
        match parts.last_mut() {
            Some(last) if OPERATORS.iter().any(|(sign, _)| sign == last) => last.push_str(word),
            _ => parts.push(word.to_owned()),
        }
    }
    parts
        .iter()
        .filter(|part| *part != "*")
        .map(|part| clause(part))
        .collect()
}

fn clause(text: &str) -> Option<Clause> {
    let (operator, version) = OPERATORS
        .iter()
        .find_map(|&(sign, operator)| Some((operator, text.strip_prefix(sign)?)))
        .unwrap_or((Operator::Equal, text));
    let version = version.trim_matches(['"', '\'']).trim_start_matches('v');
    let (version, is_prefix) = match version.strip_suffix(".*") {
        Some(version) => (version, true),
        None => (version, false),
    };
    let mut segments = Vec::new();
    for segment in version.split('.') {
        let digits = segment.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            segments.push(segment[..digits].parse().ok()?);
        }
        // `3.13a1` and `3.13.dev0` count as 3.13.
        if digits < segment.len() {
            break;
        }
    }
    (!segments.is_empty()).then_some(Clause {
        operator,
        version: segments,
        is_prefix,
    })
}

impl Clause {
    fn allows(&self, version: [u32; 3]) -> bool {
        let mut limit = [0; 3];
        for (place, segment) in limit.iter_mut().zip(&self.version) {
            *place = *segment;
        }
        let written = self.version.len().min(3);
        let same = |places: usize| version[..places] == limit[..places];
        match self.operator {
            Operator::Equal if self.is_prefix => same(written),
            Operator::NotEqual if self.is_prefix => !same(written),
            // A bare `3.9` as people write it for Poetry or Pipenv means any 3.9.
            Operator::Equal => same(written),
            Operator::NotEqual => version != limit,
            Operator::GreaterEqual => version >= limit,
            Operator::Greater => version > limit,
            Operator::LessEqual if written < 3 => version[..written] <= limit[..written],
            Operator::LessEqual => version <= limit,
            Operator::Less => version < limit,
            Operator::Compatible => version >= limit && same(written.saturating_sub(1)),
            Operator::Caret => version >= limit && same(1),
            Operator::Tilde => version >= limit && same(written.min(2)),
        }
    }
}

/// Returns the name of the distribution that a requirement line asks for, normalized.
///
/// Lines that name none, such as options and local folders, give `None`.
pub(super) fn requirement_name(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some((_, egg)) = line.split_once("#egg=") {
        return name_at_start(egg);
    }
    if line.starts_with(['-', '#', '.', '/']) || line.contains("://") && !line.contains('@') {
        return None;
    }
    name_at_start(line)
}

fn name_at_start(text: &str) -> Option<String> {
    let end = text
        .find(|character: char| !character.is_ascii_alphanumeric() && !"-_.".contains(character))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = name.trim_end_matches(['-', '_', '.']);
    let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    let follows = rest.trim_start().chars().next();
    let ends = follows.is_none_or(|next| "[<>=!~;@(,&#^|*".contains(next));
    (is_name && ends).then(|| normalize(name))
}

/// Normalizes a distribution name as PEP 503 says.
pub(super) fn normalize(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normalized.is_empty() {
            normalized.push('-');
        }
        normalized.push_str(&part.to_ascii_lowercase());
    }
    normalized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_python_is_found() {
        for (specifier, expected) in [
            (">=3.9", Some((3, 9))),
            (" >= 3.10 , <4", Some((3, 10))),
            (">=3.10.2", Some((3, 10))),
            (">3.9", Some((3, 9))),
            (">3.9.99", Some((3, 10))),
            ("~=3.10", Some((3, 10))),
            ("~=3.10.2", Some((3, 10))),
            ("==3.11.*", Some((3, 11))),
            ("==3.12", Some((3, 12))),
            ("==3.12.4", Some((3, 12))),
            (">=3.9,!=3.9.*,!=3.10.0", Some((3, 10))),
            (">=3.9,!=3.9.0,!=3.9.1", Some((3, 9))),
            (">=2.7,!=3.0.*,!=3.1.*", Some((2, 7))),
            (">=3", Some((3, 0))),
            (">=3.13.0rc1", Some((3, 13))),
            (">=3.13a1,<3.15.dev0", Some((3, 13))),
            ("<3.13,>=3.11", Some((3, 11))),
            ("^3.9", Some((3, 9))),
            ("^3.9.1", Some((3, 9))),
            ("~3.10", Some((3, 10))),
            ("~2.7 || ^3.10", Some((2, 7))),
            ("3.12 | 3.11", Some((3, 11))),
            (">=3.11 <3.13", Some((3, 11))),
            ("3.10.*", Some((3, 10))),
            ("*", Some((2, 0))),
            ("<=3.9,>=3.9", Some((3, 9))),
            (">=3.12,<3.12", None),
            (">=4", None),
            ("nonsense", None),
        ] {
            assert_eq!(lowest_minor(specifier), expected, "{specifier}");
        }
    }

    #[test]
    fn requirement_lines_name_distributions() {
        for (line, expected) in [
            ("httpx", Some("httpx")),
            (
                "HTTPX[http2,brotli] >= 0.27 ; python_version > '3.8'",
                Some("httpx"),
            ),
            ("zope.interface==5", Some("zope-interface")),
            ("my_pkg @ https://example.org/my.whl", Some("my-pkg")),
            ("requests>=2 # comment", Some("requests")),
            ("requests (>=2)", Some("requests")),
            (
                "git+https://example.org/x.git#egg=Some_Name&subdirectory=a",
                Some("some-name"),
            ),
            ("-e git+https://example.org/x.git#egg=name", Some("name")),
            ("https://example.org/x.whl", None),
            ("-r base.txt", None),
            ("--index-url https://example.org", None),
            ("# httpx", None),
            ("./local", None),
            ("", None),
            ("two words", None),
        ] {
            assert_eq!(requirement_name(line).as_deref(), expected, "{line}");
        }
    }
}
