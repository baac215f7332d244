//! Makes the tables of the prefilter. Every start of the program waits for this, a commit hook too: thousands of literals
//! with lists of their own would cost more than the text that most hooks look at.

use super::start::StartFilter;
use super::words::Words;
use super::{Candidate, Literal, Prefilter, Role, Text, begin, spelled};
use crate::engine::attempt;
use crate::engine::lists::Lists;
use crate::finding::RuleIx;
use crate::rule::shape::is_whole_name;
use crate::rule::{Anchor, Rule, RuleSet};
use crate::vectors;
use std::collections::{HashMap, HashSet};

/// A hash for bytes that rules hold.
type Hash = foldhash::fast::RandomState;

/// The literals so far.
#[derive(Default)]
struct Literals {
    all: Vec<Literal>,
    known: HashMap<(Text, bool), u32, Hash>,
    /// The rules of each.
    rules: Vec<(u32, Candidate)>,
}

impl Literals {
    /// The number of a literal.
    fn number(&mut self, text: Text, any_case: bool) -> u32 {
        *self.known.entry((text.clone(), any_case)).or_insert_with(|| {
            self.all.push(Literal { text, any_case, ..Literal::default() });
            self.all.len() as u32 - 1
        })
    }

    /// The number of one that belongs to a rule.
    fn of_rule(&mut self, text: Text, any_case: bool, candidate: Candidate) -> u32 {
        let number = self.number(text, any_case);
        self.rules.push((number, candidate));
        number
    }

    /// One that is like no other.
    fn push(&mut self, literal: Literal) -> u32 {
        self.all.push(literal);
        self.all.len() as u32 - 1
    }

    /// Gives each literal its rules, those that are gated last.
    fn share_out(&mut self, rules: &RuleSet) -> Vec<Candidate> {
        let is_gated = |candidate: &Candidate| rules.get(RuleIx(candidate.rule)).spec.gated;
        let mut shared = std::mem::take(&mut self.rules);
        shared.sort_by_key(|(literal, candidate)| (*literal, is_gated(candidate)));
        shared.dedup();
        let mut start = 0;
        for same in shared.chunk_by(|(a, _), (b, _)| a == b) {
            let literal = &mut self.all[same[0].0 as usize];
            literal.rules = start..start + same.len() as u32;
            literal.gated = start + same.partition_point(|(_, candidate)| !is_gated(candidate)) as u32;
            literal.spans_lines = same.iter().any(|(_, candidate)| candidate.spans_lines);
            start = literal.rules.end;
        }
        shared.into_iter().map(|(_, candidate)| candidate).collect()
    }
}

/// The literals at the starts of runs so far, each with the bytes by which it is found.
struct Starts {
    four: Vec<(u32, u32)>,
    two: Vec<(u32, u32)>,
    before: Vec<(u32, (u32, usize))>,
    filter: StartFilter,
}

impl Starts {
    fn begins(&mut self, n: u32, prefix: &[u8]) {
        if let Some(&[a, b, c, d]) = prefix.get(..4) {
            let word = u32::from_le_bytes([a, b, c, d]);
            self.four.push((word, n));
            let (i, bit) = StartFilter::four_bit(word);
            self.filter.four[i] |= 1 << bit;
        } else {
            let word = u16::from_le_bytes([prefix[0], prefix[1]]);
            self.two.push((word.into(), n));
            let (i, bit) = StartFilter::two_bit(word);
            self.filter.two[i] |= 1 << bit;
        }
    }

    fn ends(&mut self, n: u32, prefix: &[u8], len: usize) {
        let word = u16::from_le_bytes([prefix[len - 2], prefix[len - 1]]);
        self.before.push((word.into(), (n, len)));
        let (i, bit) = StartFilter::two_bit(word);
        self.filter.before[i] |= 1 << bit;
    }
}

/// Lists of pairs, each pair once.
fn lists<T: Copy + Ord>(mut pairs: Vec<(u32, T)>) -> Lists<T> {
    pairs.sort_unstable();
    pairs.dedup();
    Lists::new(&pairs)
}

impl Prefilter {
    /// Builds the tables for `rules`, and for `words` that are watched.
    pub fn watching(rules: &RuleSet, words: &[String]) -> Self {
        let mut literals = Literals::default();
        let (four, two, before, filter) = (Vec::new(), Vec::new(), Vec::new(), StartFilter::empty());
        let mut starts = Starts { four, two, before, filter };
        let (mut found_as_words, mut names) = (Vec::new(), HashSet::<&'static str, Hash>::default());
        for (ix, rule) in rules.iter() {
            for (i, (prefix, anchor)) in rule.spec.prefixes.iter().zip(rule.spec.anchors).enumerate() {
                let n = literals.of_rule(prefix.as_bytes().into(), false, Candidate::prefix(ix, rule, i));
                match *anchor {
                    Anchor::RunStart => starts.begins(n, prefix.as_bytes()),
                    Anchor::RunAfter(len) => starts.ends(n, prefix.as_bytes(), len),
                    Anchor::Word => found_as_words.push(n),
                }
            }
            names.extend(rule.spec.names);
            if rule.spec.prefixes.is_empty() && !rule.spec.assigned {
                let candidate = Candidate::keyword(ix, rule);
                let keywords = rule.spec.keywords.iter();
                found_as_words.extend(keywords.map(|keyword| literals.of_rule(lowercase(keyword), true, candidate)));
            }
        }
        for word in words {
            let n = literals.number(word.to_ascii_lowercase().into_bytes().into(), true);
            literals.all[n as usize].is_watched = true;
            found_as_words.push(n);
        }
        // Assigned values are found by their names, of which there are few; then by the keyword in the name. In an order of
        // their own, so that every run finds in the same one.
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        for name in names {
            let n = literals.number(name.as_bytes().into(), true);
            literals.all[n as usize].names_values = true;
            found_as_words.push(n);
        }
        let gzip = literals.push(Literal { text: begin::GZIP.into(), ..Literal::default() });
        for sign in spelled::SIGNS {
            literals.push(Literal { text: sign.into(), any_case: true, ..Literal::default() });
        }
        let escapes = gzip + 1..literals.all.len() as u32;
        found_as_words.extend(gzip..escapes.end);
        found_as_words.sort_unstable();
        found_as_words.dedup();
        let candidates = literals.share_out(rules);
        let mut literals = literals.all;
        for literal in literals.iter_mut().filter(|literal| literal.rules.is_empty()) {
            literal.is_whole = literal.names_values
                && !literal.is_watched
                && std::str::from_utf8(&literal.text).is_ok_and(is_whole_name);
        }
        let words = Words::new(found_as_words.iter().map(|n| (*n, &*literals[*n as usize].text)));
        let drawn = rules.iter().any(|(_, rule)| rule.spec.assigned).then_some(literals.len() as u32);
        literals.extend(drawn.map(|_| Literal { begins_values: true, ..Literal::default() }));
        Self {
            literals,
            candidates,
            at_start: lists(starts.four),
            at_start_short: lists(starts.two),
            before_start: lists(starts.before),
            filter: starts.filter,
            words,
            drawn,
            gzip,
            escapes,
            simd: vectors::available(),
        }
    }
}

impl Candidate {
    fn keyword(ix: RuleIx, rule: &Rule) -> Self {
        let (least, spans_lines) = (rule.spec.least, rule.spans_lines());
        let is_before_secret = rule.spec.beside.is_some_and(|beside| beside.behind);
        let is_near = attempt::is_near(rule, false);
        Self { rule: ix.0, role: Role::Keyword, least, spans_lines, is_before_secret, is_near, follow: [u64::MAX; 4] }
    }

    /// The `n`th prefix of a rule.
    fn prefix(ix: RuleIx, rule: &Rule, n: usize) -> Self {
        let follow = rule.spec.follow.get(n).copied().unwrap_or([u64::MAX; 4]);
        Self { role: Role::Prefix, is_near: attempt::is_near(rule, true), follow, ..Self::keyword(ix, rule) }
    }
}

/// The lowercase form of a keyword, most of which are written in it.
fn lowercase(keyword: &'static str) -> Text {
    if keyword.bytes().any(|byte| byte.is_ascii_uppercase()) {
        keyword.to_ascii_lowercase().into_bytes().into()
    } else {
        keyword.as_bytes().into()
    }
}
