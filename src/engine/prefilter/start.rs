//! Whether a key may begin at the start of a run: a few bits, asked of every run, before any table.

/// Bits that say "no prefix begins like this" for nearly every run.
#[derive(Debug)]
pub(super) struct StartFilter {
    pub(super) four: Box<[u64; 256]>,
    pub(super) two: Box<[u64; 64]>,
    pub(super) before: Box<[u64; 64]>,
}

impl StartFilter {
    pub(super) fn empty() -> Self {
        Self { four: Box::new([0; 256]), two: Box::new([0; 64]), before: Box::new([0; 64]) }
    }

    pub(super) fn four_bit(word: u32) -> (usize, u32) {
        let hash = word.wrapping_mul(0x9E37_79B1) >> 18;
        ((hash >> 6) as usize, hash & 63)
    }

    pub(super) fn two_bit(word: u16) -> (usize, u32) {
        let hash = u32::from(word).wrapping_mul(0x9E37_79B1) >> 20;
        ((hash >> 6) as usize, hash & 63)
    }

    #[inline(always)]
    pub(super) fn may_begin(&self, bytes: &[u8], at: usize) -> bool {
        let word = u32_at(bytes, at);
        let (i, bit) = Self::four_bit(word);
        let (j, bit2) = Self::two_bit(word as u16);
        (self.four[i] >> bit | self.two[j] >> bit2) & 1 != 0
    }

    #[inline(always)]
    pub(super) fn may_follow(&self, bytes: &[u8], at: usize) -> bool {
        let (i, bit) = Self::two_bit(u16_before(bytes, at));
        self.before[i] >> bit & 1 != 0
    }
}

/// Four bytes from `at`; a run of 16 follows every place that this is asked of, so they exist.
#[inline(always)]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// The two bytes before `at`, or 0.
#[inline(always)]
pub(super) fn u16_before(bytes: &[u8], at: usize) -> u16 {
    match at.checked_sub(2).and_then(|from| bytes.get(from..at)) {
        Some(&[a, b]) => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}
