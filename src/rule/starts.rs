//! Where in a text a match may begin, by the first bytes of all that a pattern matches.
//!
//! An automaton that looks for a match anywhere follows all those that may have begun, so that it has more states than a
//! line has bytes, and each is built when it is first reached. One that is tied to a place has few. Where matches begin
//! with words, those places are found by a look at three bytes.

use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::Extractor;

/// So many bytes are looked at.
const LEN: usize = 3;

/// Patterns with more beginnings than this begin with anything.
const MOST: usize = 8_192;

/// The beginnings of a pattern's matches.
#[derive(Debug)]
pub(super) struct Starts {
    /// A bit for each hash of three folded bytes.
    known: Box<[u64; 128]>,
}

impl Starts {
    /// Of a pattern; nothing if its matches begin with anything, or may have less than three bytes.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        let mut extractor = Extractor::new();
        extractor.limit_literal_len(LEN).limit_total(MOST);
        let all = extractor.extract(hir);
        let mut made = Self { known: Box::new([0; 128]) };
        for literal in all.literals()? {
            let (word, bit) = place(literal.as_bytes().first_chunk()?);
            made.known[word] |= 1 << bit;
        }
        Some(made)
    }

    /// The places from `from` on where a match may begin.
    pub(super) fn places<'t>(&'t self, text: &'t [u8], from: usize) -> impl Iterator<Item = usize> + 't {
        let rest = text.get(from..).unwrap_or_default();
        let may_begin = |three: &[u8]| {
            three.first_chunk().is_some_and(|three| {
                let (word, bit) = place(three);
                self.known[word] >> bit & 1 != 0
            })
        };
        rest.windows(LEN).enumerate().filter(move |(_, three)| may_begin(three)).map(move |(i, _)| from + i)
    }
}

/// The bit of three bytes, whose cases count as one.
#[inline(always)]
fn place(three: &[u8; LEN]) -> (usize, u32) {
    let folded = u32::from_le_bytes([three[0], three[1], three[2], 0]) | 0x0020_2020;
    let hash = folded.wrapping_mul(0x9E37_79B1) >> 19;
    ((hash >> 6) as usize, hash & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pattern: &str, text: &str) -> Option<Vec<usize>> {
        let hir = crate::rule::shape::parse(pattern).expect("a pattern");
        Some(Starts::of(&hir)?.places(text.as_bytes(), 0).collect())
    }

    #[test]
    fn words_begin_where_they_stand() {
        let pattern = r"(?i:\b(?:secret|api[_-]?key)|db)_?=.";
        assert_eq!(places(pattern, "a Secret, an API, dB_=; db=x; d=b"), Some(vec![2, 13, 18, 24]));
        assert_eq!(places(pattern, "se"), Some(vec![]));
    }

    #[test]
    fn what_begins_with_anything_begins_anywhere() {
        for pattern in [r"\w+key", "ab", "(?:a|bcd)", r"(?:key)?[^x]{3}", ""] {
            assert_eq!(places(pattern, "some text"), None, "{pattern}");
        }
    }
}
