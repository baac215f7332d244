//! Where in a text could a key be? Most bytes hold nothing, so this decides the speed of everything.
//!
//! Two questions are asked of every byte, 64 at a time:
//!
//! - Does a run of 16 and more token bytes (`[A-Za-z0-9_-]`) start here, or behind a dash within one? Keys with a fixed
//!   prefix begin there, so only these places are looked up in a table of prefixes.
//! - Does one of the words that rules name (`password`, `://`, `-----BEGIN`) begin here, in any case?
//!
//! [`portable`] answers them byte by byte, [`avx2`] with vectors where the machine has them; tests hold them equal.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
pub(super) mod small;
mod start;
mod words;

use super::attempt;
use super::decode::{begin, escape, spelled};
use super::nearby;
use crate::finding::RuleIx;
use crate::rule::shape::is_whole_name;
use crate::rule::{Anchor, Least, Rule, RuleSet};
use crate::vectors;
use small::SmallMap;
use start::{StartFilter, u16_before, u32_at};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
pub(super) use words::{Eight, eight, fold};
use words::{Entry, Words};

/// What a place may be, for the caller to look at closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A literal stands here.
    Literal {
        /// Its offset.
        at: usize,
        /// Index into [`Prefilter::literals`].
        literal: u32,
    },
    /// A run starts here that may hold a text in another form.
    Encoded {
        /// Its offset.
        at: usize,
    },
    /// A literal stands here, behind an escape that hides it.
    Escaped {
        /// Its offset.
        at: usize,
        /// How many bytes of the escape stand between its sign and the literal.
        len: usize,
    },
}

/// A literal from which one or more rules are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literal {
    /// Its bytes; words are lowercase and match in any case.
    pub text: Vec<u8>,
    /// Whether it matches in any case.
    pub any_case: bool,
    /// The rules that it belongs to; the gated ones last.
    pub rules: Vec<Candidate>,
    /// How many of them are not gated.
    pub ungated: usize,
    /// Whether one of them looks at several lines.
    pub spans_lines: bool,
    /// Whether it is part of a name to which values may be assigned.
    pub names_values: bool,
    /// Whether it is a word only where no letter of the same word follows.
    pub is_whole: bool,
    /// Whether somebody asked to hear of it, whatever the rules say.
    pub is_watched: bool,
    /// Whether it is no text at all, and stands where a run begins that looks drawn.
    pub begins_values: bool,
}

/// A rule to which a literal belongs, with what decides whether it is worth trying: rules are large, and to look into one
/// costs as much as the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The rule's index.
    pub rule: u32,
    /// What the literal is to it.
    pub role: Role,
    /// What every match holds.
    pub least: Least,
    /// Whether it looks at several lines.
    pub spans_lines: bool,
    /// Whether the secret stands behind the literal on its line in every match.
    pub is_before_secret: bool,
    /// Whether its window is short: see [`attempt::is_near`].
    pub is_near: bool,
    /// The bytes that can follow the literal in a match, a bit for each.
    follow: [u64; 4],
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

    /// Whether a match may go on with what stands behind the literal. A look at one byte, which is on the literal's own
    /// line: if the answer changes, so does that line.
    #[inline]
    pub fn may_go_on(&self, next: Option<&u8>) -> bool {
        next.is_some_and(|next| self.follow[usize::from(next / 64)] >> (next % 64) & 1 != 0)
            || self.follow == [u64::MAX; 4]
    }
}

/// Whose a literal is.
enum Belongs {
    /// A rule's.
    To(Candidate),
    /// Part of the names of values.
    ToNames,
    /// No rule's: somebody asked to hear of it.
    ToWatchers,
}

/// What a literal is to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Every match begins with it or with another prefix.
    Prefix,
    /// It stands near every match, or in it.
    Keyword,
}

/// The tables that both kernels share.
#[derive(Debug)]
pub struct Prefilter {
    literals: Vec<Literal>,
    /// Literals at the start of a run, by their first four bytes.
    at_start: SmallMap<u32, Vec<u32>>,
    /// The same with only two or three bytes, by the first two.
    at_start_short: SmallMap<u16, Vec<u32>>,
    /// Literals that end in a byte that is no token, by that byte and the one before it; with the length up to there.
    before_start: SmallMap<u16, Vec<(u32, usize)>>,
    filter: StartFilter,
    words: Words,
    /// The literal of runs that look drawn, where a rule asks for them.
    drawn: Option<u32>,
    /// The literal by which the base64 of gzip begins, which need not be in a run.
    gzip: u32,
    /// The literals by which texts of escapes begin.
    escapes: Range<u32>,
    simd: bool,
}

impl Prefilter {
    /// Builds the tables for `rules`, and for `words` that are watched.
    pub fn watching(rules: &RuleSet, words: &[String]) -> Self {
        let mut literals: Vec<Literal> = Vec::new();
        let mut index: HashMap<(Vec<u8>, bool), u32, foldhash::fast::RandomState> = HashMap::default();
        let mut literal = |text: Vec<u8>, any_case: bool, belongs: Belongs| -> u32 {
            let n = *index.entry((text.clone(), any_case)).or_insert_with(|| {
                literals.push(Literal { text, any_case, ..Literal::default() });
                literals.len() as u32 - 1
            });
            let entry = &mut literals[n as usize];
            match belongs {
                Belongs::To(candidate) if !entry.rules.contains(&candidate) => entry.rules.push(candidate),
                Belongs::To(_) => {}
                Belongs::ToNames => entry.names_values = true,
                Belongs::ToWatchers => entry.is_watched = true,
            }
            n
        };
        let mut made = Self {
            literals: Vec::new(),
            at_start: SmallMap::default(),
            at_start_short: SmallMap::default(),
            before_start: SmallMap::default(),
            filter: StartFilter::empty(),
            words: Words::new(std::iter::empty()),
            drawn: None,
            gzip: 0,
            escapes: 0..0,
            simd: vectors::available(),
        };
        let (mut word_literals, mut names) = (Vec::new(), BTreeSet::<&str>::new());
        for (ix, rule) in rules.iter() {
            for (i, (prefix, anchor)) in rule.spec.prefixes.iter().zip(rule.spec.anchors).enumerate() {
                let n = literal(prefix.as_bytes().to_vec(), false, Belongs::To(Candidate::prefix(ix, rule, i)));
                match *anchor {
                    Anchor::RunStart => made.add_start(n, prefix.as_bytes()),
                    Anchor::RunAfter(len) => made.add_before(n, prefix.as_bytes(), len),
                    Anchor::Word => word_literals.push(n),
                }
            }
            names.extend(rule.spec.names);
            if rule.spec.prefixes.is_empty() && !rule.spec.assigned {
                for keyword in rule.spec.keywords {
                    let text = keyword.to_ascii_lowercase().into_bytes();
                    word_literals.push(literal(text, true, Belongs::To(Candidate::keyword(ix, rule))));
                }
            }
        }
        for word in words {
            word_literals.push(literal(word.to_ascii_lowercase().into_bytes(), true, Belongs::ToWatchers));
        }
        // Assigned values are found by their names, of which there are few; then by the keyword in the name.
        for name in names {
            word_literals.push(literal(name.as_bytes().to_vec(), true, Belongs::ToNames));
        }
        literals.push(Literal { text: begin::GZIP.to_vec(), ..Literal::default() });
        made.gzip = literals.len() as u32 - 1;
        literals.extend(spelled::SIGNS.map(|sign| Literal {
            text: sign.to_vec(),
            any_case: true,
            ..Literal::default()
        }));
        word_literals.extend(made.gzip..literals.len() as u32);
        made.escapes = made.gzip + 1..literals.len() as u32;
        word_literals.sort_unstable();
        word_literals.dedup();
        for literal in &mut literals {
            literal.is_whole = literal.rules.is_empty()
                && literal.names_values
                && !literal.is_watched
                && std::str::from_utf8(&literal.text).is_ok_and(is_whole_name);
            let is_gated = |rule: u32| rules.get(RuleIx(rule)).spec.gated;
            literal.rules.sort_by_key(|candidate| is_gated(candidate.rule));
            literal.ungated = literal.rules.partition_point(|candidate| !is_gated(candidate.rule));
            literal.spans_lines = literal.rules.iter().any(|candidate| candidate.spans_lines);
        }
        made.words = Words::new(word_literals.iter().map(|n| (*n, literals[*n as usize].text.as_slice())));
        if rules.iter().any(|(_, rule)| rule.spec.assigned) {
            made.drawn = Some(literals.len() as u32);
            literals.push(Literal { begins_values: true, ..Literal::default() });
        }
        made.literals = literals;
        made
    }

    /// The literals that [`Place::literal`] points into.
    pub fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// The same tables without vectors, for tests and comparisons.
    pub fn without_simd(mut self) -> Self {
        self.simd = false;
        self
    }

    fn add_start(&mut self, n: u32, prefix: &[u8]) {
        if prefix.len() >= 4 {
            let word = u32_at(prefix, 0);
            push_new(self.at_start.entry(word).or_default(), n);
            let (i, bit) = StartFilter::four_bit(word);
            self.filter.four[i] |= 1 << bit;
        } else {
            let word = u16::from_le_bytes([prefix[0], prefix[1]]);
            push_new(self.at_start_short.entry(word).or_default(), n);
            let (i, bit) = StartFilter::two_bit(word);
            self.filter.two[i] |= 1 << bit;
        }
    }

    fn add_before(&mut self, n: u32, prefix: &[u8], len: usize) {
        let word = u16::from_le_bytes([prefix[len - 2], prefix[len - 1]]);
        push_new(self.before_start.entry(word).or_default(), (n, len));
        let (i, bit) = StartFilter::two_bit(word);
        self.filter.before[i] |= 1 << bit;
    }

    /// Calls `found` for every place in `regions` of `bytes` where a literal stands, in no particular order. Looks at
    /// bytes outside of the region for context, so that cutting a text into regions changes nothing.
    pub fn find(&self, bytes: &[u8], regions: &[Range<usize>], found: &mut dyn FnMut(Place)) {
        let mut sink = Sink { prefilter: self, bytes, found };
        #[cfg(target_arch = "x86_64")]
        if self.simd {
            avx2::run(bytes, regions, &self.words, &mut sink);
            return;
        }
        for region in regions {
            portable::run(bytes, region.clone(), &self.words, &mut sink);
        }
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::kinds;

/// What the kernels report to: turns places worth a look into literals that really stand there.
struct Sink<'a> {
    prefilter: &'a Prefilter,
    bytes: &'a [u8],
    found: &'a mut dyn FnMut(Place),
}

impl Sink<'_> {
    /// A run of token bytes, at least [`crate::rule::shape::RUN`] of them, starts at `at`, behind a byte that is none
    /// or behind a dash.
    #[inline(always)]
    fn start(&mut self, at: usize) {
        let filter = &self.prefilter.filter;
        if filter.may_begin(self.bytes, at) | filter.may_follow(self.bytes, at) {
            self.look_up_start(at);
        }
        if let Some(literal) = self.prefilter.drawn
            && nearby::may_begin(self.bytes, at)
        {
            (self.found)(Place::Literal { at, literal });
        }
        if begin::may_hold(self.bytes, at) {
            (self.found)(Place::Encoded { at });
        }
        if let Some(len) = escape::behind_sign(self.bytes, at) {
            self.look_up_behind(at + len, len);
        }
    }

    /// Whether a literal begins at `at`, where an escape ends.
    fn look_up_behind(&mut self, at: usize, len: usize) {
        let table = self.prefilter;
        if at + 4 > self.bytes.len() || !table.filter.may_begin(self.bytes, at) {
            return;
        }
        let word = u32_at(self.bytes, at);
        let long = table.at_start.get(&word).into_iter().flatten();
        let mut known = long.chain(table.at_start_short.get(&(word as u16)).into_iter().flatten());
        if known.any(|n| self.bytes[at..].starts_with(&table.literals[*n as usize].text)) {
            (self.found)(Place::Escaped { at, len });
        }
    }

    #[inline(never)]
    fn look_up_start(&mut self, at: usize) {
        let table = self.prefilter;
        let word = u32_at(self.bytes, at);
        let long = table.at_start.get(&word).into_iter().flatten();
        let short = table.at_start_short.get(&(word as u16)).into_iter().flatten();
        for n in long.chain(short) {
            if self.bytes[at..].starts_with(&table.literals[*n as usize].text) {
                (self.found)(Place::Literal { at, literal: *n });
            }
        }
        for (n, len) in table.before_start.get(&u16_before(self.bytes, at)).into_iter().flatten() {
            let Some(from) = at.checked_sub(*len) else { continue };
            if self.bytes[from..].starts_with(&table.literals[*n as usize].text) {
                (self.found)(Place::Literal { at: from, literal: *n });
            }
        }
    }

    /// Whether a short word may begin with the bytes at `at`, as 1 or 0: nearly always 0 where none does.
    #[inline(always)]
    fn knows_short(&self, at: usize) -> u64 {
        self.prefilter.words.short.knows(self.bytes, at)
    }

    /// A short word may be recognised by the bytes at `at`, in any case. It may begin before the region; it counts there.
    #[inline(always)]
    fn short_word(&mut self, at: usize) {
        self.look_up_word(at, self.prefilter.words.short.recognised_by(self.bytes, at));
    }

    /// Likewise a long one.
    #[inline(always)]
    fn long_word(&mut self, at: usize) {
        self.look_up_word(at, self.prefilter.words.long.recognised_by(self.bytes, at));
    }

    #[inline(never)]
    fn look_up_word(&mut self, at: usize, entries: &[Entry]) {
        let table = self.prefilter;
        let around = words::around(self.bytes, at);
        for entry in entries.iter().filter(|entry| entry.may_stand(around)) {
            let Some(from) = at.checked_sub(entry.offset) else { continue };
            let literal = &table.literals[entry.literal as usize];
            let Some(there) = self.bytes.get(from..from + literal.text.len()) else { continue };
            let same = if literal.any_case { there.eq_ignore_ascii_case(&literal.text) } else { there == literal.text };
            if !same || literal.is_whole && goes_on(self.bytes, from + literal.text.len()) {
                continue;
            }
            if entry.literal == table.gzip {
                (self.found)(Place::Encoded { at: from });
            } else if table.escapes.contains(&entry.literal) {
                if spelled::begins(self.bytes, from) {
                    (self.found)(Place::Encoded { at: from });
                }
            } else {
                (self.found)(Place::Literal { at: from, literal: entry.literal });
            }
        }
    }
}

/// Whether the word that ends at `end` goes on: a letter follows that does not begin another.
#[inline]
fn goes_on(bytes: &[u8], end: usize) -> bool {
    let is_hump = |next: &u8| next.is_ascii_uppercase() && bytes[end - 1].is_ascii_lowercase();
    bytes.get(end).is_some_and(|next| next.is_ascii_alphabetic() && !is_hump(next))
}

#[cfg(test)]
mod tests;
