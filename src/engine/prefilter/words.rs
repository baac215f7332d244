//! Words are recognised by three of their bytes, the rarest neighbours, in any case.
//!
//! For vectors, each of the three positions has two tables of 16 entries (low and high half of a byte), with a bit for
//! each of eight groups of words: the "Teddy" scheme of Hyperscan, as the `aho-corasick` crate documents it.

use std::collections::HashMap;

/// The words and the tables made of them.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By three folded bytes: the literals and how far into each these bytes stand.
    by_three: HashMap<[u8; 3], Vec<(u32, usize)>>,
    /// For position 0 to 2: bits of the groups by low half and by high half of a folded byte.
    pub(super) low: [[u8; 16]; 3],
    /// Likewise by high half.
    pub(super) high: [[u8; 16]; 3],
}

/// Both cases of a letter fold to one byte; other bytes may fold together too, which costs only time.
#[inline(always)]
pub(super) const fn fold(byte: u8) -> u8 {
    byte | 0x20
}

impl Words {
    /// Prepares `(literal, text)` pairs; texts of fewer than three bytes are completed by every possible third byte.
    pub(super) fn new<'a>(words: impl Iterator<Item = (u32, &'a [u8])>) -> Self {
        let mut made = Self::default();
        for (n, text) in words {
            if text.len() < 3 {
                for third in 0..128u8 {
                    made.recognise([fold(text[0]), fold(text[1]), fold(third)], n, 0);
                }
                continue;
            }
            let (offset, three) = text
                .windows(3)
                .enumerate()
                .min_by_key(|(_, three)| three.iter().map(|b| commonness(*b)).sum::<u32>())
                .unwrap_or((0, &text[..3]));
            made.recognise([fold(three[0]), fold(three[1]), fold(three[2])], n, offset);
        }
        let mut threes: Vec<[u8; 3]> = made.by_three.keys().copied().collect();
        threes.sort_unstable();
        for (i, three) in threes.iter().enumerate() {
            let bit = 1 << (i * 8 / threes.len());
            for (position, byte) in three.iter().enumerate() {
                made.low[position][(byte & 15) as usize] |= bit;
                made.high[position][(byte >> 4) as usize] |= bit;
            }
        }
        made
    }

    fn recognise(&mut self, three: [u8; 3], n: u32, offset: usize) {
        let list = self.by_three.entry(three).or_default();
        if !list.contains(&(n, offset)) {
            list.push((n, offset));
        }
    }

    /// Whether the groups' tables let these three folded bytes pass.
    pub(super) fn may_be(&self, three: [u8; 3]) -> bool {
        let mut bits = 0xff;
        for (position, byte) in three.iter().enumerate() {
            if *byte >= 0x80 {
                return false;
            }
            bits &= self.low[position][(byte & 15) as usize] & self.high[position][(byte >> 4) as usize];
        }
        bits != 0
    }

    /// The words that these three bytes may belong to, with how far into each they stand.
    pub(super) fn recognised_by(&self, bytes: &[u8], at: usize) -> &[(u32, usize)] {
        match bytes.get(at..at + 3) {
            Some(&[a, b, c]) => self.by_three.get(&[fold(a), fold(b), fold(c)]).map_or(&[], Vec::as_slice),
            // A word of two bytes at the very end of the text.
            _ => match bytes.get(at..at + 2) {
                Some(&[a, b]) => self.by_three.get(&[fold(a), fold(b), fold(0)]).map_or(&[], Vec::as_slice),
                _ => &[],
            },
        }
    }
}

/// Roughly how common a byte is in source text, for choosing the rare part of a word.
fn commonness(byte: u8) -> u32 {
    const ORDER: &[u8] = b"etaoinsrlcdupmfhgbyvwxkqjz";
    match ORDER.iter().position(|b| *b == byte.to_ascii_lowercase()) {
        Some(rank) => 30 - rank as u32,
        None if byte == b' ' || byte == b'-' => 40,
        None => 12,
    }
}
