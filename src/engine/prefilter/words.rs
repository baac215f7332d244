//! Words are recognised by three of their bytes, in any case; words that share three neighbours share the work.
//!
//! For vectors, each of the three positions has two tables of 16 entries (low and high half of a byte), with a bit for
//! each of eight groups of words: the "Teddy" scheme of Hyperscan, as the `aho-corasick` crate documents it. What passes
//! is looked up in a table of bits by a hash of the three bytes, and what passes that in a list.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

/// The words and the tables made of them.
#[derive(Debug)]
pub(super) struct Words {
    /// For position 0 to 2: bits of the groups by low half of a folded byte.
    pub(super) low: [[u8; 16]; 3],
    /// Likewise by high half.
    pub(super) high: [[u8; 16]; 3],
    /// A bit for each hash of three bytes that a word is recognised by.
    known: Box<[u64; BITS / 64]>,
    /// By a hash of three folded bytes, in the next free slot: the three, and where their entries begin and end.
    slots: Vec<Slot>,
    entries: Vec<Entry>,
}

/// The entries of three bytes; nothing where begin and end are equal.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    three: u32,
    start: u32,
    end: u32,
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
    /// The word's folded bytes around the three: see [`around`].
    near: u64,
    /// Which of those the word has.
    mask: u64,
}

impl Entry {
    fn of(literal: u32, text: &[u8], offset: usize) -> Self {
        let (mut near, mut mask) = (0, 0);
        for i in 0..8 {
            if let Some(byte) = (offset + i).checked_sub(BEFORE).and_then(|at| text.get(at)) {
                near |= u64::from(fold(*byte)) << (8 * i);
                mask |= 0xff << (8 * i);
            }
        }
        Self { literal, offset, near, mask }
    }

    /// Whether the folded bytes around the three are the word's, as far as they go.
    #[inline(always)]
    pub(super) fn may_stand(&self, around: u64) -> bool {
        (around ^ self.near) & self.mask == 0
    }
}

/// How many bytes before the three are compared at once with them.
const BEFORE: usize = 4;

/// Eight folded bytes, of which the fifth is at `at`: a list of words is told apart by one comparison each. What lies
/// outside of the text is a folded zero.
#[inline(always)]
pub(super) fn around(bytes: &[u8], at: usize) -> u64 {
    let inside =
        at.checked_sub(BEFORE).and_then(|from| bytes.get(from..from + 8)).and_then(|eight| eight.try_into().ok());
    let eight: [u8; 8] = inside.unwrap_or_else(|| {
        std::array::from_fn(|i| (at + i).checked_sub(BEFORE).and_then(|at| bytes.get(at)).copied().unwrap_or(0))
    });
    u64::from_le_bytes(eight) | u64::from_le_bytes([fold(0); 8])
}

/// Both cases of a letter fold to one byte; other bytes may fold together too, which costs only time.
#[inline(always)]
pub(super) const fn fold(byte: u8) -> u8 {
    byte | 0x20
}

#[inline(always)]
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
                let entry = Entry::of(literal, text, 0);
                if !list.contains(&entry) {
                    list.push(entry);
                }
            }
        }
        let prices = Prices::new();
        let chosen = cover(&long, &prices);
        for (literal, text) in long {
            let places = text.windows(3).enumerate().filter(|(_, three)| chosen.contains(&folded(three)));
            // Of several, the rarest.
            if let Some((offset, three)) = places.min_by_key(|(_, three)| prices.of(three)) {
                lists.entry(folded(three)).or_default().push(Entry::of(literal, text, offset));
            }
        }
        Self::of_lists(lists)
    }

    fn of_lists(lists: BTreeMap<u32, Vec<Entry>>) -> Self {
        let mut made = Self {
            low: [[0; 16]; 3],
            high: [[0; 16]; 3],
            known: Box::new([0; BITS / 64]),
            slots: vec![Slot::default(); (lists.len() * 4).next_power_of_two()],
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
            let mut slot = made.first_slot(three);
            while made.slots[slot].end != 0 {
                slot = (slot + 1) % made.slots.len();
            }
            made.slots[slot] = Slot { three, start, end: made.entries.len() as u32 };
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
        let mut at = self.first_slot(three);
        loop {
            let slot = self.slots[at];
            if slot.end == 0 {
                return &[];
            }
            if slot.three == three {
                return &self.entries[slot.start as usize..slot.end as usize];
            }
            at = (at + 1) % self.slots.len();
        }
    }

    fn first_slot(&self, three: u32) -> usize {
        (three.wrapping_mul(0x85EB_CA6B) >> 16) as usize % self.slots.len()
    }
}

/// Three-byte parts such that every word holds one, chosen to be few and rare: again and again the part that the most
/// words still need for its price.
fn cover(words: &[(u32, &[u8])], prices: &Prices) -> BTreeSet<u32> {
    let mut holders: HashMap<u32, (u32, Vec<u32>)> = HashMap::new();
    for (i, (_, text)) in words.iter().enumerate() {
        for three in text.windows(3) {
            let (_, held) = holders.entry(folded(three)).or_insert_with(|| (prices.of(three), Vec::new()));
            if held.last() != Some(&(i as u32)) {
                held.push(i as u32);
            }
        }
    }
    // The best first. What a part is worth only falls while others are chosen, so one that is still worth as much as
    // when it was put into the heap is the best.
    let worth = |price: u32, count: usize| (count as u64 * 1_000_000) / u64::from(price);
    let mut heap: BinaryHeap<(u64, Reverse<u32>)> =
        holders.iter().map(|(three, (price, held))| (worth(*price, held.len()), Reverse(*three))).collect();
    let mut covered = vec![false; words.len()];
    let mut chosen = BTreeSet::new();
    while let Some((was_worth, Reverse(three))) = heap.pop() {
        let (price, held) = &holders[&three];
        let open = held.iter().filter(|i| !covered[**i as usize]).count();
        let is_worth = worth(*price, open);
        if open == 0 {
            continue;
        }
        if is_worth < was_worth {
            heap.push((is_worth, Reverse(three)));
            continue;
        }
        chosen.insert(three);
        held.iter().for_each(|i| covered[*i as usize] = true);
    }
    chosen
}

/// How often three bytes stand in source text, in hundredths a KB, for choosing rare ones. Measured over 30 MB of Rust,
/// Python, JavaScript, C and documentation, in steps of two; what is not listed is rarer than 25.
const COMMON: [(u32, &str); 4] = [
    (300, "coniononsthetio"),
    (
        140,
        concat!(
            "allameandassateaticomdefectelfenterrertestetuforgithisindingintlf.nstodeparpubrearesretrorrroselser",
            "stastrtertesthiturtypurnype"
        ),
    ),
    (
        70,
        concat!(
            "ablackaddagealuareargarsartaseatcathattblecalchachecodctidatdereadeleendequereersessexpextfilfinfla",
            "getileimeimpineis.istiteithiveizelatlenletlinloclseluematmenmodmplnamndenewnotnteoneontoptoreortout",
            "patperporpreproptiratreprinromsetsiosizssetartattchtedtimtintortratritruultuncureusevalverwit"
        ),
    ),
    (
        35,
        concat!(
            ".as.co.re::caceachactadeailainalialsancangapparaashastataatuaulbacbinbjebufbutcancascatcesckeclaclo",
            "copcorcracrectocurdendesdexdgedifdindirdisdowe::eateckecoefaefielsemeemoencengensepoepter.eraeriern",
            "es.esuevef.afalfauferfrofungengthhanharhashatheahechenherhttialiceideighignillincinfiniinkinsireise",
            "itijeckenkeylaslealemlesliclisllolonlowmapmaxmesmetminmitmpomutnalncenctndgndindonednernfingengtnit",
            "nodnonnsentintrntsnulnumobjockoidommomponfopeordormounouroveowspacpecpenplapleposputquaqueracrairam",
            "ranrecredreerefregremrenreqrgeritrmaroproursersirtertirucrues::sedsessigsinsitspaspessistesubsulsup",
            "systaltemtentexthathotictretryts.ttettpttrualuctuesullumeunduniunsustutevarvenwinwor"
        ),
    ),
];

/// [`COMMON`] by the three bytes: every start of the program asks for thousands.
struct Prices(HashMap<[u8; 3], u32>);

impl Prices {
    fn new() -> Self {
        let mut prices = HashMap::new();
        // The dearest list comes first and counts.
        for (price, list) in COMMON.iter().rev() {
            prices.extend(list.as_bytes().chunks_exact(3).map(|three| ([three[0], three[1], three[2]], *price)));
        }
        Self(prices)
    }

    fn of(&self, three: &[u8]) -> u32 {
        let lower = [three[0], three[1], three[2]].map(|byte| byte.to_ascii_lowercase());
        match lower.iter().filter(|byte| **byte == b' ').count() {
            0 => self.0.get(&lower).copied().unwrap_or(5),
            1 => 35,
            _ => 300,
        }
    }
}
