//! Words are recognised by a few of their bytes, in any case.
//!
//! A word of five bytes and more by four of them, of which one set begins in it at an even place and one at an odd place:
//! so only every second place of a text is looked at, in a table of bits by a hash of the four.
//!
//! Shorter ones by all of them, for which vectors look at every place: each of four positions has two tables of 16 entries
//! (low and high half of a byte), with a bit for each of eight groups of words: the "Teddy" scheme of Hyperscan, as the
//! `aho-corasick` crate documents it. That lets little pass only as long as the words are few.

use crate::engine::lists::Lists;
use crate::rule::shape::LONG;

/// The words and the tables made of them.
#[derive(Debug)]
pub(super) struct Words {
    /// Those of less than [`LONG`] bytes.
    pub(super) short: Short,
    /// The others.
    pub(super) long: Long,
}

/// Words of so many bytes hold four that begin at an even place, and four that begin at an odd one.
const _: () = assert!(LONG >= 5);

/// Short words, by their first three bytes.
#[derive(Debug)]
pub(super) struct Short {
    /// For position 0 to 3: bits of the groups by low half of a folded byte.
    pub(super) low: [[u8; 16]; 4],
    /// Likewise by high half.
    pub(super) high: [[u8; 16]; 4],
    /// A bit for each hash of three bytes that a word begins with.
    known: Box<[u64; 256]>,
    /// By those bytes, put together as a number.
    lists: Lists<Entry>,
}

/// How often the low and the high halves of folded bytes stand in source text, of a thousand. Measured over 700 files of
/// Rust, Python, C and JavaScript.
const LOW: [u16; 16] = [254, 45, 59, 68, 79, 90, 27, 21, 33, 68, 49, 17, 41, 34, 51, 65];
const HIGH: [u16; 16] = [1, 1, 358, 45, 1, 1, 365, 232, 1, 1, 1, 1, 1, 1, 1, 1];

/// For each position of the words of a group, a bit for each low and each high half of a folded byte there.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    low: [u16; 4],
    high: [u16; 4],
}

impl Group {
    /// The same with another word.
    fn with(mut self, text: &[u8]) -> Self {
        for position in 0..4 {
            let (low, high) = match text.get(position).map(|byte| fold(*byte)) {
                Some(byte) => (1 << (byte & 15), 1 << (byte >> 4)),
                None => (u16::MAX, u16::MAX),
            };
            self.low[position] |= low;
            self.high[position] |= high;
        }
        self
    }

    /// About how many in a million of fours of bytes the group lets pass: those of which each half occurs at its position.
    fn lets_pass(&self) -> f64 {
        let share = |bits: u16, often: &[u16; 16]| -> f64 {
            (0..16).map(|half| if bits >> half & 1 != 0 { f64::from(often[half]) } else { 0.0 }).sum::<f64>() / 1e3
        };
        (0..4).map(|at| share(self.low[at], &LOW) * share(self.high[at], &HIGH)).product::<f64>() * 1e6
    }
}

/// A bit of a byte for each.
const GROUPS: usize = 8;
/// How often words are divided again. Twice makes half of what passes pass; more than that changes little.
const AGAIN: usize = 2;

/// Long words, by four bytes.
#[derive(Debug)]
pub(super) struct Long {
    /// A bit for each hash of four bytes that a word is recognised by.
    known: Box<[u64; 1024]>,
    /// By those bytes, put together as a number.
    lists: Lists<Entry>,
}

/// A word that some bytes may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The literal.
    pub(super) literal: u32,
    /// How far into it the bytes stand.
    pub(super) offset: usize,
    /// The word's bytes around them: see [`around`].
    near: Eight,
}

impl Entry {
    fn of(literal: u32, text: &[u8], offset: usize) -> Self {
        let near = Eight::of(|i| (offset + i).checked_sub(BEFORE).and_then(|at| text.get(at)).copied());
        Self { literal, offset, near }
    }

    /// Whether the folded bytes around are the word's, as far as they go.
    #[inline(always)]
    pub(super) fn may_stand(&self, around: u64) -> bool {
        self.near.may_be(around)
    }
}

/// Up to eight folded bytes of a word: a list of words is told apart by one comparison each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Eight {
    bytes: u64,
    /// Which of them the word has.
    mask: u64,
}

impl Eight {
    /// Of the bytes at eight places of a word, as far as it has them.
    pub(in crate::engine) fn of(byte: impl Fn(usize) -> Option<u8>) -> Self {
        let (mut bytes, mut mask) = (0, 0);
        for i in 0..8 {
            if let Some(byte) = byte(i) {
                bytes |= u64::from(fold(byte)) << (8 * i);
                mask |= 0xff << (8 * i);
            }
        }
        Self { bytes, mask }
    }

    /// Whether eight folded bytes of a text are those of the word, as far as it has them.
    #[inline(always)]
    pub(in crate::engine) fn may_be(self, there: u64) -> bool {
        (there ^ self.bytes) & self.mask == 0
    }
}

/// How many bytes before the place are compared at once with those at it.
const BEFORE: usize = 4;

/// The eight folded bytes from `at` on.
#[inline(always)]
pub(in crate::engine) fn eight(bytes: &[u8], at: usize) -> u64 {
    around(bytes, at + BEFORE)
}

/// Eight folded bytes, of which the fifth is at `at`. What lies outside of the text is a folded zero.
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
pub(in crate::engine) const fn fold(byte: u8) -> u8 {
    byte | 0x20
}

/// Up to four bytes as a number, folded.
#[inline(always)]
const fn number(bytes: &[u8]) -> u32 {
    let (mut all, mut i) = (0, 0);
    while i < bytes.len() {
        all |= (fold(bytes[i]) as u32) << (8 * i);
        i += 1;
    }
    all
}

/// The folded bytes at `at`; behind the text's end stand zeros.
#[inline(always)]
fn part_at<const N: usize>(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + N) {
        Some(part) => number(part),
        None => number(&std::array::from_fn::<u8, N, _>(|i| bytes.get(at + i).copied().unwrap_or(0))),
    }
}

impl Words {
    /// Prepares `(literal, text)` pairs.
    pub(super) fn new<'a>(words: impl Iterator<Item = (u32, &'a [u8])>) -> Self {
        let (long, short): (Vec<_>, Vec<_>) = words.partition(|(_, text)| text.len() >= LONG);
        Self { short: Short::new(&short), long: Long::new(&long) }
    }
}

impl Short {
    fn new(words: &[(u32, &[u8])]) -> Self {
        let mut entries = Vec::with_capacity(words.len());
        for (literal, text) in words {
            // A word of two bytes is completed by every possible third.
            let parts = match text {
                [a, b] => (0..128).map(|third| number(&[*a, *b, third])).collect(),
                _ => vec![number(&text[..3])],
            };
            for part in parts {
                entries.push((part, Entry::of(*literal, text, 0)));
            }
        }
        let mut known = Box::new([0; 256]);
        for (part, _) in &entries {
            let (word, bit) = Self::bit_of(*part);
            known[word] |= 1 << bit;
        }
        let mut made = Self { low: [[0; 16]; 4], high: [[0; 16]; 4], known, lists: Lists::new(&entries) };
        made.group(words.iter().map(|(_, text)| *text).collect());
        made
    }

    /// Divides words among the groups, each into that which lets the least more pass by it; then again, knowing where the
    /// others are.
    fn group(&mut self, mut words: Vec<&[u8]>) {
        // Those that let much pass by themselves come first, and neighbours in the alphabet one after the other.
        words.sort_by_cached_key(|text| (text.len(), text.iter().map(|byte| fold(*byte)).collect::<Vec<u8>>()));
        let mut groups = [Group::default(); GROUPS];
        let mut passed = [0.0; GROUPS];
        let mut group_of = vec![GROUPS; words.len()];
        for round in 0..=AGAIN {
            for (n, text) in words.iter().enumerate() {
                if round > 0 {
                    let own = group_of[n];
                    let others = (0..words.len()).filter(|other| *other != n && group_of[*other] == own);
                    groups[own] = others.fold(Group::default(), |group, other| group.with(words[other]));
                    passed[own] = groups[own].lets_pass();
                }
                let with = groups.map(|group| group.with(text));
                let pass = with.map(|group| group.lets_pass());
                let more = |n: &usize| pass[*n] - passed[*n];
                let least = (0..GROUPS).min_by(|a, b| more(a).total_cmp(&more(b))).unwrap_or(0);
                (groups[least], passed[least], group_of[n]) = (with[least], pass[least], least);
            }
        }
        for (n, group) in groups.into_iter().enumerate() {
            for position in 0..4 {
                for half in 0..16 {
                    self.low[position][half] |= u8::from(group.low[position] >> half & 1 != 0) << n;
                    self.high[position][half] |= u8::from(group.high[position] >> half & 1 != 0) << n;
                }
            }
        }
    }

    #[inline(always)]
    const fn bit_of(part: u32) -> (usize, u32) {
        let hash = part.wrapping_mul(MIX) >> 18;
        ((hash >> 6) as usize, hash & 63)
    }

    /// Whether the bytes at `at` may be known, as 1 or 0: nearly always 0 where they are not.
    #[inline(always)]
    pub(super) fn knows(&self, bytes: &[u8], at: usize) -> u64 {
        let (word, bit) = Self::bit_of(part_at::<3>(bytes, at));
        self.known[word] >> bit & 1
    }

    /// The words that the bytes at `at` may belong to.
    pub(super) fn recognised_by(&self, bytes: &[u8], at: usize) -> &[Entry] {
        self.lists.of(part_at::<3>(bytes, at))
    }
}

impl Long {
    fn new(words: &[(u32, &[u8])]) -> Self {
        let prices = Prices::new();
        let mut entries = Vec::with_capacity(2 * words.len());
        for (literal, text) in words {
            for odd in [0, 1] {
                let places = text.windows(4).enumerate().filter(|(offset, _)| offset % 2 == odd);
                let rarest = places.min_by_key(|(_, four)| {
                    let (first, last) = (prices.of(&four[..3]), prices.of(&four[1..]));
                    (first.min(last), first + last)
                });
                if let Some((offset, four)) = rarest {
                    entries.push((number(four), Entry::of(*literal, text, offset)));
                }
            }
        }
        let mut known = Box::new([0; 1024]);
        for (part, _) in &entries {
            let (word, bit) = Self::bit_of(*part);
            known[word] |= 1 << bit;
        }
        Self { known, lists: Lists::new(&entries) }
    }

    #[inline(always)]
    const fn bit_of(part: u32) -> (usize, u32) {
        let hash = part.wrapping_mul(MIX) >> 16;
        ((hash >> 6) as usize, hash & 63)
    }

    /// Whether four bytes may be known, as 1 or 0.
    #[inline(always)]
    pub(super) fn knows(&self, four: [u8; 4]) -> u64 {
        let (word, bit) = Self::bit_of(u32::from_le_bytes(four) | 0x2020_2020);
        self.known[word] >> bit & 1
    }

    /// The words that the bytes at `at` may belong to.
    pub(super) fn recognised_by(&self, bytes: &[u8], at: usize) -> &[Entry] {
        self.lists.of(part_at::<4>(bytes, at))
    }
}

/// An odd number with mixed bits (2^32 divided by the golden ratio), as multiplicative hashing takes (Knuth, volume 3, 6.4).
const MIX: u32 = 0x9E37_79B1;

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

/// [`COMMON`] by the three bytes, as a [`number`]: every start of the program asks for thousands.
struct Prices(Lists<u32>);

impl Prices {
    fn new() -> Self {
        let each = COMMON
            .iter()
            .flat_map(|(price, list)| list.as_bytes().chunks_exact(3).map(|three| (number(three), *price)));
        Self(Lists::new(&each.collect::<Vec<_>>()))
    }

    fn of(&self, three: &[u8]) -> u32 {
        match three.iter().filter(|byte| **byte == b' ').count() {
            // The dearest list comes first and counts.
            0 => self.0.of(number(three)).first().copied().unwrap_or(5),
            1 => 35,
            _ => 300,
        }
    }
}
