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
mod build;
mod portable;
mod start;
mod words;

use super::decode::{begin, escape, spelled};
use super::lists::Lists;
use super::nearby;
use crate::rule::Least;
use start::{StartFilter, u16_before, u32_at};
use std::borrow::Cow;
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

/// Bytes that rules hold, where they hold them as they are needed: there are thousands of literals.
pub type Text = Cow<'static, [u8]>;

/// A literal from which one or more rules are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literal {
    /// Its bytes; words are lowercase and match in any case.
    pub text: Text,
    /// Whether it matches in any case.
    pub any_case: bool,
    /// The rules that it belongs to, among all candidates; the gated ones last.
    rules: Range<u32>,
    /// Where among them the gated ones begin.
    gated: u32,
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
    /// Whether a match may go on with what stands behind the literal. A look at one byte, which is on the literal's own
    /// line: if the answer changes, so does that line.
    #[inline]
    pub fn may_go_on(&self, next: Option<&u8>) -> bool {
        next.is_some_and(|next| self.follow[usize::from(next / 64)] >> (next % 64) & 1 != 0)
            || self.follow == [u64::MAX; 4]
    }
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
    /// The rules of all literals.
    candidates: Vec<Candidate>,
    /// Literals at the start of a run, by their first four bytes.
    at_start: Lists<u32>,
    /// The same with only two or three bytes, by the first two.
    at_start_short: Lists<u32>,
    /// Literals that end in a byte that is no token, by that byte and the one before it; with the length up to there.
    before_start: Lists<(u32, usize)>,
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
    /// The literals that [`Place::literal`] points into.
    pub fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// The same tables without vectors, for tests and comparisons.
    pub fn without_simd(mut self) -> Self {
        self.simd = false;
        self
    }

    /// The rules of a literal: those that are tried wherever it stands, and the gated ones.
    #[inline]
    pub fn rules_of(&self, literal: &Literal) -> (&[Candidate], &[Candidate]) {
        let Range { start, end } = literal.rules;
        let all = &self.candidates[start as usize..end as usize];
        all.split_at((literal.gated - start) as usize)
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
        let mut known = table.at_start.of(word).iter().chain(table.at_start_short.of(word & 0xffff));
        if known.any(|n| self.bytes[at..].starts_with(&table.literals[*n as usize].text)) {
            (self.found)(Place::Escaped { at, len });
        }
    }

    #[inline(never)]
    fn look_up_start(&mut self, at: usize) {
        let table = self.prefilter;
        let word = u32_at(self.bytes, at);
        for n in table.at_start.of(word).iter().chain(table.at_start_short.of(word & 0xffff)) {
            if self.bytes[at..].starts_with(&table.literals[*n as usize].text) {
                (self.found)(Place::Literal { at, literal: *n });
            }
        }
        for (n, len) in table.before_start.of(u16_before(self.bytes, at).into()) {
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
            let same =
                if literal.any_case { there.eq_ignore_ascii_case(&literal.text) } else { *there == *literal.text };
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
