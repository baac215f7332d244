//! Values that a name gives away: from the part of a name that says "key" or "token" back to the keyword that says whose.
//!
//! Names end in few words, so looking for those costs little, however many providers there are.

use crate::rule::RuleSet;
use std::collections::HashMap;

/// Rules by how their keywords begin.
#[derive(Debug)]
pub(super) struct Assigned {
    /// By three folded bytes.
    by_start: HashMap<[u8; 3], Vec<u32>>,
    /// A bit for each hash of three bytes.
    known: [u64; 64],
}

/// How far before the word a keyword may end or begin: two gaps of 24 with words between (see
/// [`crate::rule::shape::assignment_pattern`]).
const FAR: usize = 120;

fn hash(three: [u8; 3]) -> (usize, u32) {
    let word = u32::from(three[0]) | u32::from(three[1]) << 8 | u32::from(three[2]) << 16;
    let hash = word.wrapping_mul(0x9E37_79B1) >> 20;
    ((hash >> 6) as usize, hash & 63)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b' ')
}

impl Assigned {
    /// Indexes the keywords of all rules of assigned values.
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut made = Self { by_start: HashMap::new(), known: [0; 64] };
        for (ix, rule) in rules.iter().filter(|(_, rule)| rule.spec.assigned) {
            for keyword in rule.spec.keywords {
                for start in starts(&keyword.to_ascii_lowercase()) {
                    let (word, bit) = hash(start);
                    made.known[word] |= 1 << bit;
                    let list = made.by_start.entry(start).or_default();
                    if !list.contains(&ix.0) {
                        list.push(ix.0);
                    }
                }
            }
        }
        made
    }

    /// Calls `found` with every place before `at`, in the same name, where a keyword may begin, and its rule.
    pub(super) fn before(&self, bytes: &[u8], at: usize, found: &mut dyn FnMut(usize, u32)) {
        let far = at.saturating_sub(FAR);
        let start = bytes[far..at].iter().rposition(|b| !is_name(*b)).map_or(far, |i| far + i + 1);
        for from in start..at {
            let Some(&[a, b, c]) = bytes.get(from..from + 3) else { return };
            let three = [a, b, c].map(|byte| byte.to_ascii_lowercase());
            let (word, bit) = hash(three);
            if self.known[word] >> bit & 1 != 0 {
                for rule in self.by_start.get(&three).into_iter().flatten() {
                    found(from, *rule);
                }
            }
        }
    }
}

/// The first three bytes of a keyword, in every way in which its parts may be joined.
fn starts(keyword: &str) -> Vec<[u8; 3]> {
    let parts: Vec<&str> = keyword.split(['_', '-', '.', ' ']).collect();
    let ways: Vec<String> = ["", "_", "-", ".", " "].iter().map(|joint| parts.join(joint)).collect();
    let mut starts: Vec<[u8; 3]> = ways
        .iter()
        .flat_map(|way| match way.as_bytes() {
            [a, b, c, ..] => vec![[*a, *b, *c]],
            // Two bytes: whatever may follow within a name.
            [a, b] => (0..128).filter(|c| is_name(*c) && !c.is_ascii_uppercase()).map(|c| [*a, *b, c]).collect(),
            _ => Vec::new(),
        })
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}
