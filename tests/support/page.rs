//! Reads a transform's page: its sections, its examples.

/// What an example claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Becomes the text in the next block.
    Becomes(String),
    /// Nothing is found.
    Unchanged,
    /// Every site is refused with this reason.
    Refused(String),
    /// Every site is kept with this reason.
    Kept(String),
}

/// One example of a page.
#[derive(Debug, Clone)]
pub struct Example {
    /// The `##` heading above it.
    pub section: String,
    /// The `###` heading above it.
    pub heading: String,
    /// The line of the page on which its first fence stands, 1-based.
    pub line: usize,
    /// The program.
    pub before: String,
    /// What must come of it.
    pub claim: Claim,
    /// The options after the kind.
    pub options: Vec<String>,
}

/// A page with what `tidy` and the tests need of it.
#[derive(Debug)]
pub struct Page {
    /// The `#` heading.
    pub title: String,
    /// The first paragraph.
    pub summary: String,
    /// The `##` headings in order.
    pub sections: Vec<String>,
    /// The examples in order.
    pub examples: Vec<Example>,
    /// Breaches of the page grammar, with their lines.
    pub faults: Vec<String>,
}

struct Block {
    line: usize,
    section: String,
    heading: String,
    words: Vec<String>,
    text: String,
}

/// Parses a page.
pub fn parse(page: &str) -> Page {
    let mut title = String::new();
    let mut summary = String::new();
    let mut sections = Vec::new();
    let mut faults = Vec::new();
    let mut heading = String::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        let number = number + 1;
        if let Some(block) = &mut open {
            if line == "```" {
                let lines = block.text.lines().count();
                if lines > 40 {
                    faults.push(format!(
                        "line {number}: an example has {lines} lines; at most 40 read well"
                    ));
                }
                blocks.extend(open.take());
            } else {
                block.text.push_str(line);
                block.text.push('\n');
            }
            continue;
        }
        if let Some(info) = line.strip_prefix("```") {
            let words: Vec<String> = info.split_whitespace().map(str::to_owned).collect();
            open = Some(Block {
                line: number,
                section: sections.last().cloned().unwrap_or_default(),
                heading: heading.clone(),
                words,
                text: String::new(),
            });
        } else if let Some(text) = line.strip_prefix("### ") {
            text.clone_into(&mut heading);
        } else if let Some(text) = line.strip_prefix("## ") {
            sections.push(text.to_owned());
            heading.clear();
        } else if let Some(text) = line.strip_prefix("# ") {
            text.clone_into(&mut title);
        } else if summary.is_empty() && !line.trim().is_empty() {
            line.clone_into(&mut summary);
        }
    }
    if open.is_some() {
        faults.push("the last example is not closed".to_owned());
    }
    let mut examples = Vec::new();
    let mut rest = blocks.into_iter().peekable();
    while let Some(block) = rest.next() {
        if block.words.first().map(String::as_str) != Some("python") {
            continue;
        }
        let kind = block.words.get(1).map(String::as_str).unwrap_or_default();
        if kind.is_empty() {
            continue;
        }
        if block.heading.is_empty() {
            faults.push(format!(
                "line {}: the example has no `###` heading that says why it is interesting",
                block.line
            ));
        }
        let mut used = 2;
        let claim = match kind {
            "before" => {
                if let Some(after) =
                    rest.next_if(|next| next.words.get(1).is_some_and(|w| w == "after"))
                {
                    Claim::Becomes(after.text)
                } else {
                    faults.push(format!(
                        "line {}: `before` is not followed by `after`",
                        block.line
                    ));
                    continue;
                }
            }
            "unchanged" => Claim::Unchanged,
            "refused" | "kept" => {
                used = 3;
                let reason = block.words.get(2).cloned().unwrap_or_default();
                if kind == "kept" {
                    Claim::Kept(reason)
                } else {
                    Claim::Refused(reason)
                }
            }
            other => {
                faults.push(format!(
                    "line {}: unknown kind of example `{other}`",
                    block.line
                ));
                continue;
            }
        };
        examples.push(Example {
            section: block.section,
            heading: block.heading,
            line: block.line,
            before: block.text,
            claim,
            options: block.words.get(used..).unwrap_or_default().to_vec(),
        });
    }
    Page {
        title,
        summary,
        sections,
        examples,
        faults,
    }
}
