//! Where in a text a match may begin, by the first bytes of all that a pattern matches.
//!
//! An automaton that looks for a match anywhere follows all those that may have begun, so that it has more states than a
//! line has bytes, and each is built when it is first reached. One that is tied to a place has few. Where matches begin
//! with words, those places are found by a look at three bytes.

use crate::vectors::{OPENING, Openings, STEP};
use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::Extractor;

/// At most so many bytes are looked at.
const LEN: usize = OPENING;

/// Patterns with more beginnings than this begin with anything.
const MOST: usize = 8_192;

/// The beginnings of a pattern's matches.
#[derive(Debug)]
pub(super) struct Starts {
    /// How many bytes are looked at.
    len: usize,
    /// Where one may stand, 64 places at a time.
    openings: Openings,
    /// A bit for each hash of so many folded bytes.
    known: Box<[u64; 128]>,
    /// Whether some have a byte less, and were completed by every other.
    has_shorter: bool,
}

/// At most so many beginnings of two bytes are completed by every third.
const MOST_SHORT: usize = 8;

impl Starts {
    /// Of a pattern; nothing if its matches begin with anything, or may be empty.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        let mut extractor = Extractor::new();
        extractor.limit_literal_len(LEN).limit_total(MOST);
        let all = extractor.extract(hir);
        let all = all.literals()?;
        let len = all.iter().map(|literal| literal.len()).min()?.min(LEN);
        // A letter stands everywhere.
        if len == 0 || len == 1 && all.iter().any(|literal| !literal.as_bytes()[0].is_ascii_punctuation()) {
            return None;
        }
        // Two bytes of `user` stand everywhere: what is shorter than that should not make them do.
        let short = all.iter().filter(|literal| literal.len() < LEN).count();
        let has_shorter = len == LEN - 1 && short <= MOST_SHORT;
        let len = if has_shorter { LEN } else { len };
        let mut made = Self { len, openings: Openings::default(), known: Box::new([0; 128]), has_shorter };
        // Those that begin alike look alike.
        let mut firsts: Vec<u8> = Vec::new();
        for literal in all {
            let opening: Vec<u8> = literal.as_bytes().iter().take(len).map(|byte| byte | 0x20).collect();
            let group = firsts.iter().position(|first| *first == opening[0]).unwrap_or_else(|| {
                firsts.push(opening[0]);
                firsts.len() - 1
            });
            made.openings.add(&opening, group);
            match literal.as_bytes().get(..len) {
                Some(bytes) => made.know(bytes),
                None => (0..=u8::MAX).for_each(|last| made.know(&[literal.as_bytes(), &[last]].concat())),
            }
        }
        Some(made)
    }

    fn know(&mut self, bytes: &[u8]) {
        let (word, bit) = place(fold(bytes));
        self.known[word] |= 1 << bit;
    }

    /// The places from `from` to `until` where a match may begin.
    pub(super) fn places<'t>(&'t self, text: &'t [u8], from: usize, until: usize) -> impl Iterator<Item = usize> + 't {
        let end = (text.len() + 1).saturating_sub(self.len).min(until.saturating_add(1));
        let (mut step, mut next, mut bits) = (from, from, 0_u64);
        let places = std::iter::from_fn(move || {
            loop {
                while bits == 0 {
                    if next >= end {
                        return None;
                    }
                    step = next;
                    next = end.min(step + STEP);
                    bits = self.openings.places(&text[step..]) & (u64::MAX >> (STEP - (next - step)));
                }
                let at = step + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if self.knows(fold(&text[at..at + self.len])) {
                    return Some(at);
                }
            }
        });
        // What has a byte less may be the last of the text.
        let last = text.len().checked_sub(self.len - 1).filter(|at| self.has_shorter && (from..=until).contains(at));
        let last = last.filter(move |at| self.knows(fold(&[text[*at], text[*at + 1], 0])));
        places.chain(last)
    }

    #[inline(always)]
    fn knows(&self, folded: u32) -> bool {
        let (word, bit) = place(folded);
        self.known[word] >> bit & 1 != 0
    }
}

/// Bytes as a number, whose cases count as one.
fn fold(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |folded, byte| with(folded, *byte))
}

/// The same with one more.
#[inline(always)]
fn with(folded: u32, byte: u8) -> u32 {
    folded << 8 | u32::from(byte | 0x20)
}

/// The bit of up to three folded bytes.
#[inline(always)]
fn place(folded: u32) -> (usize, u32) {
    let hash = folded.wrapping_mul(0x9E37_79B1) >> 19;
    ((hash >> 6) as usize, hash & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pattern: &str, text: &str) -> Option<Vec<usize>> {
        let hir = crate::rule::shape::parse(pattern).expect("a pattern");
        Some(Starts::of(&hir)?.places(text.as_bytes(), 0, usize::MAX).collect())
    }

    #[test]
    fn words_begin_where_they_stand() {
        let pattern = r"(?i:\b(?:secret|api[_-]?key)|db)_?=.";
        assert_eq!(places(pattern, "a Secret, an API, dB_=; db=x; d=b"), Some(vec![2, 13, 18, 24]));
        assert_eq!(places(pattern, "se"), Some(vec![]));
        assert_eq!(places("(?:ab|bcd)", "xaB bc"), Some(vec![1]));
        assert_eq!(places("(?:ab|bcd)", "bc bcd ab"), Some(vec![3, 7]));
        assert_eq!(places(r"<\w+>", "a <b> <"), Some(vec![2, 6]));
        let hir = crate::rule::shape::parse("ab").expect("a pattern");
        let starts = Starts::of(&hir).expect("it begins with two bytes");
        assert_eq!(starts.places(b"ab ab ab", 1, 3).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn what_begins_with_anything_begins_anywhere() {
        for pattern in [r"\w+key", "a", "(?:a|bcd)", r"(?:key)?[^x]{3}", ""] {
            assert_eq!(places(pattern, "some text"), None, "{pattern}");
        }
    }
}
