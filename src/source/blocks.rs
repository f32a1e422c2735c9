//! What is different between two texts, in whole lines.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long a small difference is looked for; then it may be larger.
const PATIENCE: Duration = Duration::from_secs(2);

/// Finds the blocks of lines that differ.
pub struct Blocks;

impl Blocks {
    /// The ranges of bytes of one text, in order, with what stands there in the other one.
    pub fn between(before: &str, after: &str) -> Vec<(Range<usize>, String)> {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let new: Vec<&str> = after.split_inclusive('\n').collect();
        let deadline = Instant::now() + PATIENCE;
        let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline));
        let mut starts = vec![0];
        for line in &old {
            starts.push(starts[starts.len() - 1] + line.len());
        }
        let mut blocks: Vec<(Range<usize>, String)> = Vec::new();
        for op in ops {
            if matches!(op, DiffOp::Equal { .. }) {
                continue;
            }
            let lines = op.old_range();
            let range = starts[lines.start]..starts[lines.end];
            let text = new[op.new_range()].concat();
            match blocks.last_mut() {
                // What touches is one block.
                Some((last, words)) if last.end == range.start => {
                    last.end = range.end;
                    words.push_str(&text);
                }
                _ => blocks.push((range, text)),
            }
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_make_one_text_of_the_other() {
        let texts = [
            "",
            "a\n",
            "a\nb\nc\n",
            "a\nB\nc",
            "x\r\na\r\nb\n",
            "c\nb\na\n",
            "a\rb\rc",
        ];
        for before in texts {
            for after in texts {
                let mut made = String::new();
                let mut at = 0;
                for (range, text) in Blocks::between(before, after) {
                    made.push_str(&before[at..range.start]);
                    made.push_str(&text);
                    at = range.end;
                }
                made.push_str(&before[at..]);
                assert_eq!(made, after, "from {before:?}");
            }
        }
    }
}
