//! What the engine made of a text, with what it refuted: for people who write rules or wonder about a finding.

use super::proof::Refuted;
use super::{Engine, Scanned, one_each};
use crate::content::Content;
use crate::finding::{Hit, RuleIx};
use std::ops::Range;

/// Something that looked like a key and is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// The rule.
    pub rule: RuleIx,
    /// The value that was refuted, or the literal behind which the pattern does not match.
    pub at: Range<usize>,
    /// Why the value is no key; nothing where the pattern does not match.
    pub refuted: Option<Refuted>,
}

/// Everything that the rules say about a text.
#[derive(Debug, Default)]
pub struct Explained {
    /// Keys, in the order of their positions.
    pub hits: Vec<Hit>,
    /// What was looked at and is no key, likewise.
    pub misses: Vec<Miss>,
}

impl Engine {
    /// Scans a text and keeps what it refuted.
    pub fn explain(&self, bytes: &[u8]) -> Explained {
        let mut out = Scanned { misses: Some(Vec::new()), ..Scanned::default() };
        let all = 0..bytes.len();
        self.scan_regions(bytes, std::slice::from_ref(&all), Content::Text, &mut out);
        self.scan_whole(bytes, Content::Text, &mut out);
        let hits = one_each(out.hits);
        let mut misses = out.misses.unwrap_or_default();
        misses.sort_by_key(|miss| (miss.at.start, miss.at.end, miss.rule, miss.refuted.is_none()));
        misses.dedup();
        // A value that one window refuted and another proved is a key; a pattern that fails beside a match is no news.
        misses.retain(|miss| {
            let touches =
                |hit: &&Hit| hit.rule == miss.rule && hit.secret.start < miss.at.end && miss.at.start < hit.secret.end;
            hits.iter().find(touches).is_none()
        });
        Explained { hits, misses }
    }
}
