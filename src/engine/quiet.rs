//! Lines in which nothing was found before: most lines of a history stand in many versions, and a rule within lines gives
//! the same outcome wherever its line stands.
//!
//! Only hashes are kept, with a seed of this process: whoever writes a line cannot make it look like another.

use crate::finding::Hit;
use std::hash::BuildHasher;
use std::ops::Range;

/// Longer lines are not remembered, in bytes.
const LONGEST: usize = 512;

/// Lines that are remembered: the newest in each place of a table of this size.
const LINES: usize = 1 << 18;

/// The lines of one thread.
#[derive(Debug)]
pub(super) struct Quiet {
    seed: foldhash::quality::RandomState,
    /// A hash, or nothing (0), by its own low bits.
    known: Box<[u64]>,
    /// The lines of this text that were asked about and are not known, with their hashes.
    touched: Vec<(Range<usize>, u64)>,
    /// The line that was asked about last, and whether it is known.
    last: Option<(Range<usize>, bool)>,
}

impl Default for Quiet {
    fn default() -> Self {
        let known = vec![0; LINES].into_boxed_slice();
        Self { seed: foldhash::quality::RandomState::default(), known, touched: Vec::new(), last: None }
    }
}

impl Quiet {
    /// Whether nothing is found in the line that holds `at`, as far as that depends on the line alone.
    pub(super) fn holds(&mut self, bytes: &[u8], at: usize, reach: usize) -> bool {
        if let Some((line, is_known)) = &self.last
            && line.start <= at
            && at < line.end
        {
            return *is_known;
        }
        let Some(line) = line_of(bytes, at, LONGEST.min(reach)) else { return false };
        // Zero stands for an empty place.
        let hash = self.seed.hash_one(&bytes[line.clone()]) | 1 << 63;
        let is_known = self.known[hash as usize % LINES] == hash;
        if !is_known {
            self.touched.push((line.clone(), hash));
        }
        self.last = Some((line, is_known));
        is_known
    }

    /// All places of a text were tried, and gave `hits`: what has none is remembered.
    pub(super) fn close(&mut self, hits: &[Hit]) {
        let mut starts: Vec<usize> = hits.iter().map(|hit| hit.secret.start).collect();
        starts.sort_unstable();
        for (line, hash) in self.touched.drain(..) {
            let next = starts.partition_point(|start| *start < line.start);
            if starts.get(next).is_none_or(|start| *start >= line.end) {
                self.known[hash as usize % LINES] = hash;
            }
        }
        self.last = None;
    }
}

/// The line that holds `at`, without its end, if it is not longer than `longest`.
fn line_of(bytes: &[u8], at: usize, longest: usize) -> Option<Range<usize>> {
    let far = at.saturating_sub(longest);
    let start = match memchr::memrchr(b'\n', &bytes[far..at]) {
        Some(i) => far + i + 1,
        None if far == 0 => 0,
        None => return None,
    };
    let to = bytes.len().min(start + longest + 1);
    let end = match memchr::memchr(b'\n', &bytes[at..to]) {
        Some(i) => at + i,
        None if to == bytes.len() => to,
        None => return None,
    };
    (end - start <= longest).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, RuleIx};

    fn hit(secret: Range<usize>) -> Hit {
        let (window, reasons) = (secret.clone(), Vec::new());
        Hit { rule: RuleIx(0), secret, window, confidence: Confidence::Low, reasons, decoded: None }
    }

    #[test]
    fn a_line_is_known_once_all_of_it_was_tried_and_gave_nothing() {
        let mut quiet = Quiet::default();
        let text = b"one\ntwo\nthree";
        for at in [0, 4, 8, 5] {
            assert!(!quiet.holds(text, at, 999));
        }
        quiet.close(&[hit(5..7)]);
        assert!(quiet.holds(b"three\ntwo\none", 2, 999));
        assert!(!quiet.holds(b"three\ntwo\none", 7, 999));
        assert!(quiet.holds(b"three\ntwo\none", 10, 999));
        quiet.close(&[]);
        assert!(quiet.holds(b"two", 0, 999));
    }

    #[test]
    fn lines_end_where_they_end() {
        assert_eq!(line_of(b"ab\ncd\nef", 4, 9), Some(3..5));
        assert_eq!(line_of(b"ab\ncd\nef", 3, 9), Some(3..5));
        assert_eq!(line_of(b"ab\ncd\nef", 7, 9), Some(6..8));
        assert_eq!(line_of(b"abcdef", 3, 6), Some(0..6));
        assert_eq!(line_of(b"abcdefg", 3, 6), None);
        assert_eq!(line_of(b"abcdefgh", 7, 6), None);
        assert_eq!(line_of(b"\nabcdef\n", 6, 6), Some(1..7));
        assert_eq!(line_of(b"\nabcdefg\n", 7, 6), None);
    }
}
