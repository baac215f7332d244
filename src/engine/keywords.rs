//! Where the keywords of rules for assigned values stand: from three bytes to the few rules whose keyword may begin there.
//!
//! Names end in few words, so looking for those costs little, however many providers there are; only then is the name
//! read back for a keyword that says whose value it is.

use super::gate::Runs;
use super::lists::Lists;
use super::prefilter::{Eight, eight, fold};
use crate::rule::{Least, Rule, RuleSet};
use std::ops::Range;

/// Rules by how their keywords begin.
#[derive(Debug)]
pub(super) struct Keywords {
    /// By three folded bytes, those behind which anything may stand.
    by_three: Lists<Entry>,
    /// By four folded bytes, all others: dozens of keywords begin alike.
    by_four: Lists<Entry>,
    /// The least that any of the rules needs.
    least: Runs,
    /// A bit for each hash of three bytes behind which anything may stand.
    open: Box<[u64; 1024]>,
    /// Likewise of four by which all others begin: there are many.
    four: Box<[u64; 1024]>,
}

/// A keyword of a rule. The first bytes of those that begin alike are compared before anything else is looked at.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The keyword's first bytes up to a joint.
    head: Eight,
    rule: u32,
    keyword: &'static str,
    /// What every match of the rule holds.
    least: Least,
}

impl Entry {
    fn new(rule: u32, keyword: &'static str, least: Least) -> Self {
        let joint = keyword.bytes().position(is_joint).unwrap_or(keyword.len());
        let head = Eight::of(|i| keyword.as_bytes()[..joint].get(i).copied());
        Self { head, rule, keyword, least }
    }
}

/// What was looked at for keywords last: a name or a line that holds several words is one text, not several.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The part of a name before a word that was looked at, for rules that a keyword alone makes worth trying.
    named: Range<usize>,
    /// The part of a line before a value that was looked at.
    line: Range<usize>,
    /// The keywords in that, with their rules.
    found: Vec<(Range<usize>, u32)>,
}

impl Seen {
    /// Another text follows.
    pub(super) fn forget(&mut self) {
        (self.named, self.line) = (0..0, 0..0);
        self.found.clear();
    }

    /// The part of the name from `start` to the word at `at` that was not looked at from an earlier word of it. Behind that
    /// stood all that stands behind this one, so what was not worth trying there is not worth it here.
    pub(super) fn rest_of_name(&mut self, start: usize, at: usize) -> Range<usize> {
        if start != self.named.start {
            self.named = start..at;
            return start..at;
        }
        // A later word was first: less stands behind that.
        let from = if self.named.end <= at { self.named.end } else { start };
        self.named.end = self.named.end.max(at);
        from..at
    }
}

/// How far before the word a keyword may end or begin: two gaps of 24 with words between (see
/// [`crate::rule::shape::assignment_pattern`]).
const FAR: usize = 120;

/// Letters of a keyword that is found inside other words.
pub(super) const SHORT: usize = 4;

/// Three bytes, folded.
const fn number(three: [u8; 3]) -> u32 {
    (fold(three[0]) as u32) | (fold(three[1]) as u32) << 8 | (fold(three[2]) as u32) << 16
}

#[inline(always)]
const fn hash(three: u32) -> (usize, u32) {
    let hash = three.wrapping_mul(0x9E37_79B1) >> 16;
    ((hash >> 6) as usize, hash & 63)
}

/// The first three of four folded bytes, as a mask.
const THREE: u32 = 0xff_ffff;

/// Three folded bytes and the one behind them.
#[inline(always)]
const fn with_fourth(three: u32, fourth: u8) -> u32 {
    three | (fold(fourth) as u32) << 24
}

fn set(bits: &mut [u64; 1024], number: u32) {
    let (word, bit) = hash(number);
    bits[word] |= 1 << bit;
}

#[inline(always)]
fn has(bits: &[u64; 1024], number: u32) -> bool {
    let (word, bit) = hash(number);
    bits[word] >> bit & 1 != 0
}

const fn is_joint(byte: u8) -> bool {
    matches!(byte, b'_' | b'.' | b'-' | b' ')
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || is_joint(byte)
}

impl Keywords {
    /// Indexes the keywords of all rules of assigned values.
    pub(super) fn new(rules: &RuleSet) -> Self {
        let assigned = || rules.iter().filter(|(_, rule)| rule.spec.assigned);
        // The secret of a rule over several lines may stand on another line than its name.
        let least_of = |rule: &Rule| if rule.spans_lines() { Least::default() } else { rule.spec.least };
        let least = Runs::least(assigned().map(|(_, rule)| least_of(rule)));
        let none = || Box::new([0; 1024]);
        let (by_three, by_four) = (Lists::new(&[]), Lists::new(&[]));
        let mut made = Self { by_three, by_four, open: none(), four: none(), least };
        let (mut threes, mut fours) = (Vec::new(), Vec::new());
        for (ix, rule) in assigned() {
            for keyword in rule.spec.keywords {
                let entry = Entry::new(ix.0, keyword, least_of(rule));
                if let &[a, b, c, fourth, ..] = keyword.as_bytes()
                    && ![a, b, c, fourth].into_iter().any(is_joint)
                {
                    let four = with_fourth(number([a, b, c]), fourth);
                    set(&mut made.four, four);
                    fours.push((four, entry));
                    continue;
                }
                for start in starts(&keyword.to_ascii_lowercase()).into_iter().map(number) {
                    set(&mut made.open, start);
                    threes.push((start, entry));
                }
            }
        }
        (made.by_three, made.by_four) = (Lists::new(&threes), Lists::new(&fours));
        made
    }

    /// The least that any of the rules needs.
    pub(super) fn least(&self) -> Runs {
        self.least
    }

    /// Where the name begins that goes on up to `at`.
    pub(super) fn start_of_name(bytes: &[u8], at: usize) -> usize {
        let far = at.saturating_sub(FAR);
        bytes[far..at].iter().rposition(|b| !is_name(*b)).map_or(far, |i| far + i + 1)
    }

    /// The keywords that begin in `line`, each with its rule, where `seen` may know those of its beginning.
    pub(super) fn of_line<'s>(
        &self,
        bytes: &[u8],
        line: Range<usize>,
        seen: &'s mut Seen,
    ) -> &'s [(Range<usize>, u32)] {
        // A long line is looked at through a window that moves on with each value.
        let goes_on = (seen.line.start..seen.line.end).contains(&line.start) && line.end >= seen.line.end;
        let from = if goes_on { seen.line.end } else { line.start };
        let passed = seen.found.partition_point(|(keyword, _)| keyword.start < line.start);
        seen.found.drain(..if goes_on { passed } else { seen.found.len() });
        self.within(bytes, from..line.end, &mut |keyword, rule, _| seen.found.push((keyword, rule)));
        seen.line = line;
        &seen.found
    }

    /// Calls `found` with every keyword that begins in `range`, and its rule.
    pub(super) fn within(&self, bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(Range<usize>, u32, Least)) {
        let Some(&[a, b, c]) = bytes.get(range.start..range.start + 3) else { return };
        // Four bytes, folded, of which the first three come from the turn before: every byte is folded once.
        let mut four = number([a, b, c]) << 8;
        // Behind the text's end stands what ends no keyword.
        let behind = bytes[range.start + 3..].iter().copied().chain(std::iter::once(0));
        for (from, next) in range.clone().zip(behind) {
            four = four >> 8 | with_fourth(0, next);
            let three = four & THREE;
            // Both are asked before there is a branch: most places pass neither.
            if !(has(&self.four, four) | has(&self.open, three)) {
                continue;
            }
            let mut last = None;
            let head = eight(bytes, from);
            let may_stand = |entry: &&Entry| entry.head.may_be(head);
            for entry in self.by_four.of(four).iter().chain(self.by_three.of(three)).filter(may_stand) {
                if last == Some(entry.rule) {
                    continue;
                }
                if let Some(end) = stands_at(bytes, from, entry.keyword) {
                    found(from..end, entry.rule, entry.least);
                    last = Some(entry.rule);
                }
            }
        }
    }
}

/// Where a keyword ends that begins at `at`. Short ones stand inside other words by accident, so they must begin where a
/// word does.
pub(super) fn stands_at(bytes: &[u8], at: usize, keyword: &str) -> Option<usize> {
    let end = end_of(bytes, at, keyword)?;
    // So must those of several parts: `coin_api` is no part of `kucoin_api_key`. Others may stand behind words that
    // people put before a name.
    let is_short = keyword.bytes().any(is_joint) || keyword.bytes().filter(u8::is_ascii_alphabetic).count() <= SHORT;
    let before = at.checked_sub(1).map(|i| bytes[i]);
    // A property on the command line of a program in Java: `-Dsonar.login=`.
    let is_property = before.is_some_and(|b| matches!(b, b'D' | b'P')) && at >= 2 && bytes[at - 2] == b'-';
    let begins = is_property
        || before
            .is_none_or(|b| !b.is_ascii_alphanumeric() || b.is_ascii_lowercase() && bytes[at].is_ascii_uppercase());
    let is_hump = bytes[at].is_ascii_uppercase() && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    let may_begin = || is_hump || before.is_some_and(|b| b.is_ascii_digit()) || is_glued(&bytes[..at]);
    (begins || !is_short && may_begin()).then_some(end)
}

/// Whether what stands before a name ends in a word that people glue to names: `mystripekey`, `TESTSTRIPE`.
fn is_glued(before: &[u8]) -> bool {
    const GLUED: &[&str] = &[
        "my", "our", "the", "app", "web", "api", "sdk", "test", "prod", "live", "dev", "get", "set", "new", "use",
        "with", "is", "db", "node", "py", "js", "go", "react", "next", "vite", "public", "env",
    ];
    GLUED.iter().any(|word| {
        let start = before.len().checked_sub(word.len());
        start.is_some_and(|start| {
            before[start..].eq_ignore_ascii_case(word.as_bytes())
                && start.checked_sub(1).is_none_or(|i| !before[i].is_ascii_alphanumeric())
        })
    })
}

/// Where `word` ends that begins at `at`, in any case and however its parts are joined.
pub(super) fn end_of(bytes: &[u8], at: usize, word: &str) -> Option<usize> {
    let mut end = at;
    for byte in word.bytes() {
        let there = bytes.get(end).copied();
        if is_joint(byte) {
            end += usize::from(there.is_some_and(is_joint));
        } else if there?.eq_ignore_ascii_case(&byte) {
            end += 1;
        } else {
            return None;
        }
    }
    Some(end)
}

/// The first three bytes of a keyword, in every way in which its parts may be joined.
fn starts(keyword: &str) -> Vec<[u8; 3]> {
    if let &[a, b, c, ..] = keyword.as_bytes()
        && ![a, b, c].into_iter().any(is_joint)
    {
        return vec![[a, b, c]];
    }
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
    // A joint at the end may be missing: `dd_` in `ddKey`.
    if keyword.len() <= 3 && keyword.bytes().any(is_joint) {
        let bare: Vec<u8> = keyword.bytes().filter(|b| !is_joint(*b)).collect();
        if let &[a, b] = bare.as_slice() {
            starts.extend((0..128).filter(|c| is_name(*c) && !c.is_ascii_uppercase()).map(|c| [a, b, c]));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_however_their_parts_are_joined() {
        for text in ["new_relic", "newrelic", "NEW-RELIC", "newRelic", "New Relic"] {
            assert_eq!(end_of(text.as_bytes(), 0, "new_relic"), Some(text.len()), "{text}");
        }
        assert_eq!(end_of(b"new", 0, "new_relic"), None);
        assert_eq!(end_of(b"a renewal", 4, "new_relic"), None);
    }

    #[test]
    fn short_keywords_begin_where_words_do() {
        assert_eq!(stands_at(b"vapi_key", 0, "vapi"), Some(4));
        assert_eq!(stands_at(b"MY_VAPI_KEY", 3, "vapi"), Some(7));
        assert_eq!(stands_at(b"myVapiKey", 2, "vapi"), Some(6));
        assert_eq!(stands_at(b"covapi_key", 2, "vapi"), None);
        assert_eq!(stands_at(b"mylinear_key", 2, "linear"), Some(8));
        assert_eq!(stands_at(b"namecheap_api_key", 5, "heap_api"), None);
        assert_eq!(stands_at(b"my_heap_api_key", 3, "heap_api"), Some(11));
        assert_eq!(stands_at(b"opendota_key", 1, "pendo"), None);
        assert_eq!(stands_at(b"TESTLINEAR_KEY", 4, "linear"), Some(10));
        assert_eq!(stands_at(b"-Dsonar.login", 2, "sonar"), Some(7));
        assert_eq!(stands_at(b"xDsonar.login", 2, "sonar"), None);
    }

    #[test]
    fn short_keywords_begin_with_whatever_follows() {
        assert!(starts("pd_").contains(b"pda") && starts("pd_").contains(b"pd_"));
        assert_eq!(starts("new_relic"), [*b"new"]);
    }

    #[test]
    fn what_was_looked_at_is_not_looked_at_again() {
        let mut seen = Seen::default();
        assert_eq!(seen.rest_of_name(10, 20), 10..20);
        assert_eq!(seen.rest_of_name(10, 26), 20..26);
        assert_eq!(seen.rest_of_name(10, 26), 26..26);
        // More stands behind an earlier word.
        assert_eq!(seen.rest_of_name(10, 15), 10..15);
        assert_eq!(seen.rest_of_name(10, 30), 26..30);
        assert_eq!(seen.rest_of_name(31, 40), 31..40);
        seen.forget();
        assert_eq!(seen.rest_of_name(31, 40), 31..40);
    }

    #[test]
    fn the_keywords_of_a_line_are_the_same_whoever_asks() {
        let rules = RuleSet::new(crate::rule::embedded()).expect("rule ids are unique");
        let keywords = Keywords::new(&rules);
        let line = b"stripe and Twilio_and sendgrid: x, MAILGUN, slack";
        let fresh = |at: usize| keywords.of_line(line, 0..at, &mut Seen::default()).to_vec();
        let mut seen = Seen::default();
        for at in [8, 13, 30, 30, 20, line.len()] {
            assert_eq!(keywords.of_line(line, 0..at, &mut seen), fresh(at), "{at}");
        }
        assert!(fresh(line.len()).len() > fresh(8).len());
        let mut seen = Seen::default();
        for window in [0..9, 3..14, 7..20, 20..30, 24..28, 25..40, 25..line.len(), 30..line.len(), 0..12] {
            let alone = keywords.of_line(line, window.clone(), &mut Seen::default()).to_vec();
            assert_eq!(keywords.of_line(line, window.clone(), &mut seen), alone, "{window:?}");
        }
    }
}
