//! Words are recognised by three of their bytes, in any case; words that share three neighbours share the work.
//!
//! For vectors, each of the three positions has two tables of 16 entries (low and high half of a byte), with a bit for
//! each of eight groups of words: the "Teddy" scheme of Hyperscan, as the `aho-corasick` crate documents it. What passes
//! is looked up in a table of bits by a hash of the three bytes, and what passes that in a list.

use std::collections::{BTreeMap, BTreeSet};

/// The words and the tables made of them.
#[derive(Debug)]
pub(super) struct Words {
    /// For position 0 to 2: bits of the groups by low half of a folded byte.
    pub(super) low: [[u8; 16]; 3],
    /// Likewise by high half.
    pub(super) high: [[u8; 16]; 3],
    /// A bit for each hash of three bytes that a word is recognised by.
    known: Box<[u64; BITS / 64]>,
    /// By three folded bytes, sorted: where their entries begin and end.
    threes: Vec<(u32, u32, u32)>,
    entries: Vec<Entry>,
}

/// Bits in the table of hashes.
const BITS: usize = 1 << 14;

/// A word that three bytes may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The literal.
    pub(super) literal: u32,
    /// How far into it the three bytes stand.
    pub(super) offset: usize,
    /// The folded byte before the three, where the word has one.
    before: Option<u8>,
    /// The folded byte behind them, likewise.
    after: Option<u8>,
}

impl Entry {
    /// Whether the bytes around the three are the word's.
    #[inline(always)]
    pub(super) fn may_stand(&self, bytes: &[u8], at: usize) -> bool {
        self.before.is_none_or(|b| at > 0 && fold(bytes[at - 1]) == b)
            && self.after.is_none_or(|b| bytes.get(at + 3).is_some_and(|there| fold(*there) == b))
    }
}

/// Both cases of a letter fold to one byte; other bytes may fold together too, which costs only time.
#[inline(always)]
pub(super) const fn fold(byte: u8) -> u8 {
    byte | 0x20
}

const fn folded(three: &[u8]) -> u32 {
    (fold(three[0]) as u32) | (fold(three[1]) as u32) << 8 | (fold(three[2]) as u32) << 16
}

/// The three folded bytes at `at`; behind the text's end stand zeros.
#[inline(always)]
fn three_at(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 3) {
        Some(three) => folded(three),
        None => folded(&[bytes[at], bytes.get(at + 1).copied().unwrap_or(0), 0]),
    }
}

#[inline(always)]
const fn bit_of(three: u32) -> (usize, u32) {
    let hash = three.wrapping_mul(0x9E37_79B1) >> 18;
    ((hash >> 6) as usize, hash & 63)
}

impl Words {
    /// Prepares `(literal, text)` pairs.
    pub(super) fn new<'a>(words: impl Iterator<Item = (u32, &'a [u8])>) -> Self {
        let words: Vec<(u32, &[u8])> = words.collect();
        let mut lists: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        let (short, long): (Vec<_>, Vec<_>) = words.into_iter().partition(|(_, text)| text.len() < 3);
        for (literal, text) in short {
            // A word of two bytes is completed by every possible third.
            for third in 0..128u8 {
                let list = lists.entry(folded(&[text[0], text[1], third])).or_default();
                let entry = Entry { literal, offset: 0, before: None, after: None };
                if !list.contains(&entry) {
                    list.push(entry);
                }
            }
        }
        let chosen = cover(&long);
        for (literal, text) in long {
            let places = text.windows(3).enumerate().filter(|(_, three)| chosen.contains(&folded(three)));
            // Of several, the rarest.
            if let Some((offset, three)) = places.min_by_key(|(_, three)| commonness(three)) {
                lists.entry(folded(three)).or_default().push(Entry {
                    literal,
                    offset,
                    before: offset.checked_sub(1).map(|i| fold(text[i])),
                    after: text.get(offset + 3).map(|b| fold(*b)),
                });
            }
        }
        Self::of_lists(lists)
    }

    fn of_lists(lists: BTreeMap<u32, Vec<Entry>>) -> Self {
        let mut made = Self {
            low: [[0; 16]; 3],
            high: [[0; 16]; 3],
            known: Box::new([0; BITS / 64]),
            threes: Vec::new(),
            entries: Vec::new(),
        };
        // Neighbours in this order share halves of bytes, so that a group of them lets less pass.
        let mut order: Vec<u32> = lists.keys().copied().collect();
        order.sort_unstable_by_key(|three| [three >> 4 & 15, three & 15, three >> 12 & 15, three >> 8 & 15]);
        for (i, three) in order.iter().enumerate() {
            let group = 1 << (i * 8 / order.len().max(1));
            for position in 0..3 {
                let byte = three >> (8 * position) & 0xff;
                made.low[position][(byte & 15) as usize] |= group;
                made.high[position][(byte >> 4) as usize] |= group;
            }
        }
        for (three, list) in lists {
            let (word, bit) = bit_of(three);
            made.known[word] |= 1 << bit;
            let start = made.entries.len() as u32;
            made.entries.extend(list);
            made.threes.push((three, start, made.entries.len() as u32));
        }
        made
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

    /// Whether the three bytes at `at` may be known: nearly always no where it is no.
    #[inline(always)]
    pub(super) fn may_know(&self, bytes: &[u8], at: usize) -> bool {
        let (word, bit) = bit_of(three_at(bytes, at));
        self.known[word] >> bit & 1 != 0
    }

    /// The words that the three bytes at `at` may belong to.
    pub(super) fn recognised_by(&self, bytes: &[u8], at: usize) -> &[Entry] {
        let three = three_at(bytes, at);
        match self.threes.binary_search_by_key(&three, |(three, ..)| *three) {
            Ok(i) => &self.entries[self.threes[i].1 as usize..self.threes[i].2 as usize],
            Err(_) => &[],
        }
    }
}

/// Three-byte parts such that every word holds one, chosen to be few and rare: again and again the part that the most
/// words still need for its price.
fn cover(words: &[(u32, &[u8])]) -> BTreeSet<u32> {
    let mut holders: BTreeMap<u32, (u32, BTreeSet<usize>)> = BTreeMap::new();
    for (i, (_, text)) in words.iter().enumerate() {
        for three in text.windows(3) {
            holders.entry(folded(three)).or_insert_with(|| (commonness(three), BTreeSet::new())).1.insert(i);
        }
    }
    let mut chosen = BTreeSet::new();
    let mut open: BTreeSet<usize> = (0..words.len()).collect();
    while !open.is_empty() {
        let worth = |(price, held): &(u32, BTreeSet<usize>)| held.len() as u64 * 1_000_000 / u64::from(*price);
        let best = holders.iter().max_by_key(|(three, entry)| (worth(entry), std::cmp::Reverse(**three)));
        let Some((three, gone)) = best.map(|(three, entry)| (*three, entry.1.clone())) else { break };
        if gone.is_empty() {
            break;
        }
        chosen.insert(three);
        for (_, held) in holders.values_mut() {
            held.retain(|i| !gone.contains(i));
        }
        open.retain(|i| !gone.contains(i));
    }
    chosen
}

/// Roughly how common three bytes are in source text, for choosing rare ones; never 0.
fn commonness(three: &[u8]) -> u32 {
    const ORDER: &[u8] = b"etaoinsrlcdupmfhgbyvwxkqjz";
    let of = |byte: &u8| match ORDER.iter().position(|b| *b == byte.to_ascii_lowercase()) {
        Some(rank) => 30 - rank as u32,
        None if *byte == b' ' || *byte == b'-' => 40,
        None => 12,
    };
    three.iter().map(of).product::<u32>().max(1)
}
