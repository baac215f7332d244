//! What the bytes of a line are to the runs in it that could be a secret, 64 at a time.

use crate::rule::least::{is_broad, is_narrow};
use crate::vectors::STEP;
#[cfg(target_arch = "x86_64")]
use crate::vectors::available;

/// A bit for each of up to [`STEP`] bytes; where there are fewer, the others say nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    /// Bytes of keys: [`is_narrow`].
    pub(super) narrow: u64,
    /// Bytes of passwords: [`is_broad`].
    pub(super) broad: u64,
    /// Quotes, and what may stand before one.
    pub(super) closes: u64,
}

pub(super) const NARROW: u8 = 1;
pub(super) const BROAD: u8 = 2;
pub(super) const CLOSES: u8 = 4;

/// What each byte is.
pub(super) const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        kinds[i] = if is_narrow(byte) { NARROW } else { 0 }
            | if is_broad(byte) { BROAD } else { 0 }
            | if matches!(byte, b'"' | b'\'' | b'`' | b'\\') { CLOSES } else { 0 };
        i += 1;
    }
    kinds
};

impl Kinds {
    /// Of up to [`STEP`] bytes.
    #[inline]
    pub(super) fn of(bytes: &[u8]) -> Self {
        #[cfg(target_arch = "x86_64")]
        if available() {
            if let Some(all) = bytes.first_chunk() {
                return super::prefilter::kinds(all);
            }
            let mut padded = [0; STEP];
            padded[..bytes.len()].copy_from_slice(bytes);
            return super::prefilter::kinds(&padded);
        }
        Self::one_by_one(bytes)
    }

    /// The same without vectors.
    fn one_by_one(bytes: &[u8]) -> Self {
        let mut made = Self::default();
        for (i, byte) in bytes.iter().enumerate() {
            let kind = KINDS[usize::from(*byte)];
            let bit = |of: u8| u64::from(kind & of != 0) << i;
            made.narrow |= bit(NARROW);
            made.broad |= bit(BROAD);
            made.closes |= bit(CLOSES);
        }
        made
    }
}

/// Calls `each` with the place of every bit.
#[inline(always)]
pub(super) fn places(mut bits: u64, mut each: impl FnMut(usize)) {
    while bits != 0 {
        each(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_say_of_every_byte_what_the_table_says() {
        let all: Vec<u8> = (0..=255).collect();
        for bytes in all.chunks(STEP).chain(all.windows(7)).chain([&b"a\n"[..], b""]) {
            let (fast, slow) = (Kinds::of(bytes), Kinds::one_by_one(bytes));
            let there = u64::MAX.checked_shr((STEP - bytes.len()) as u32).unwrap_or(0);
            let inside = |kinds: Kinds| [kinds.narrow, kinds.broad, kinds.closes].map(|bits| bits & there);
            assert_eq!(inside(fast), inside(slow), "{bytes:?}");
        }
    }
}
