//! A cheap look at what follows a name, before the regular expression of an assigned value is run.
//!
//! Words such as `token` and `key` stand everywhere in source text; an operator and a value of some length behind them
//! do not. The gate may let too much pass, never too little: everything that [`crate::rule::shape::assignment_pattern`]
//! matches passes.

use super::kinds::{Kinds, places};
use crate::rule::least::{Least, Of};
use crate::vectors::STEP;

/// The shortest value that any rule looks for, in bytes.
const SHORTEST: usize = 4;

/// How much of a line is looked at for runs, in bytes; more than that may hold anything.
const FAR: usize = 512;

/// The longest runs of bytes that could be a secret, behind a name on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Runs {
    narrow: u16,
    broad: u16,
    quoted: u16,
}

impl Runs {
    /// Whether the secret of such a rule may be among them.
    #[inline]
    pub(super) fn may_hold(self, least: Least) -> bool {
        let there = match least.of {
            Of::Narrow => self.narrow,
            Of::Broad => self.broad,
            Of::Quoted => self.quoted,
        };
        there >= least.run
    }

    /// The least of all that some rules need.
    pub(super) fn least(rules: impl Iterator<Item = Least>) -> Self {
        let mut least = Self { narrow: u16::MAX, broad: u16::MAX, quoted: u16::MAX };
        for rule in rules {
            let of = match rule.of {
                Of::Narrow => &mut least.narrow,
                Of::Broad => &mut least.broad,
                Of::Quoted => &mut least.quoted,
            };
            *of = rule.run.min(*of);
        }
        least
    }

    /// Whether any of the rules of which `least` is the least may find its secret here.
    pub(super) fn reaches(self, least: Self) -> bool {
        self.narrow >= least.narrow || self.broad >= least.broad || self.quoted >= least.quoted
    }

    /// Of the rest of a line that begins at `at`.
    pub(super) fn of(bytes: &[u8], at: usize) -> Self {
        let rest = &bytes[at..bytes.len().min(at + FAR)];
        let rest = match memchr::memchr(b'\n', rest) {
            Some(end) => &rest[..end],
            None if rest.len() == FAR => return Self { narrow: u16::MAX, broad: u16::MAX, quoted: u16::MAX },
            None => rest,
        };
        let mut most = Self { narrow: 0, broad: 0, quoted: 0 };
        // Where the runs that go on began.
        let (mut narrow, mut broad) = (0, 0);
        for (n, chunk) in rest.chunks(STEP).enumerate() {
            let kinds = Kinds::of(chunk);
            let inside = u64::MAX >> (STEP - chunk.len());
            places(!kinds.narrow & inside, |i| {
                most.narrow = most.narrow.max((STEP * n + i - narrow) as u16);
                narrow = STEP * n + i + 1;
            });
            places(!kinds.broad & inside, |i| {
                let run = (STEP * n + i - broad) as u16;
                most.broad = most.broad.max(run);
                if kinds.closes >> i & 1 != 0 {
                    most.quoted = most.quoted.max(run);
                }
                broad = STEP * n + i + 1;
            });
        }
        most.narrow = most.narrow.max((rest.len() - narrow) as u16);
        most.broad = most.broad.max((rest.len() - broad) as u16);
        most
    }
}

/// The end of the name that the literal `word` at `start` is part of, if an operator and a value may follow it. A literal
/// may hold the operator itself (`password=`), so what counts is what follows the last byte of it that names are made of.
pub(super) fn end_of_name(bytes: &[u8], start: usize, word: &[u8]) -> Option<usize> {
    let name = word.iter().rposition(|b| b.is_ascii_alphanumeric()).map_or(word.len(), |i| i + 1);
    may_assign(bytes, start + name)
}

/// The end of the name whose word ends at `at`, if an operator and a value may follow it.
fn may_assign(bytes: &[u8], at: usize) -> Option<usize> {
    let line = &bytes[at..bytes.len().min(at + 160)];
    // The rest of the name: at most two gaps of 24 around another word.
    let name = line.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
    let rest = &line[name..];
    // Quotes, brackets, operators, blanks, a type: everything up to the value.
    let mut operator = false;
    for (i, byte) in rest.iter().enumerate() {
        match byte {
            b'=' | b':' | b',' | b'(' | b'>' | b'{' | b'|' | b'?' | b' ' | b'\t' => operator = true,
            b'"' | b'\'' | b'`' | b'[' | b']' | b')' | b'}' | b'\\' | b'&' | b'*' => {}
            b'\n' | b'\r' => return None,
            _ => return (operator && long_enough(&rest[i..])).then_some(at + name),
        }
    }
    // Names with blanks in them ("api key") continue here: let the pattern decide.
    (operator && rest.len() >= SHORTEST).then_some(at + name)
}

/// Whether a value of some length starts here. Types and prefixes (`String =`, `Bearer …`) may come first, so what
/// counts is that the line goes on.
fn long_enough(rest: &[u8]) -> bool {
    let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
    end >= SHORTEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_where_their_bytes_do() {
        let of = |text: &str| {
            let Runs { narrow, broad, quoted } = Runs::of(text.as_bytes(), 0);
            (narrow, broad, quoted)
        };
        assert_eq!(of(""), (0, 0, 0));
        assert_eq!(of("ab.cde"), (3, 6, 0));
        assert_eq!(of("ab.cde' f"), (3, 6, 6));
        assert_eq!(of("= 'k~9' + abcdefgh\nabcdefghijkl"), (8, 8, 3));
        assert_eq!(of("\"ab\\ncd\""), (3, 3, 3));
        assert_eq!(of(&"a".repeat(FAR)), (u16::MAX, u16::MAX, u16::MAX));
    }
}
