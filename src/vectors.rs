//! Bytes looked at 64 at a time, by vectors where the machine has them.
//!
//! `unsafe` stands here and in the prefilter's kernel, for two things: calling a function compiled for AVX2, which happens
//! only after the machine was asked for it (or for SSE2, which every x86-64 machine has), and loading 16 or 32 bytes from a
//! pointer, which happens only inside a slice that is long enough.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// So many bytes are looked at at once.
pub const STEP: usize = 64;

/// Whether this machine has the vectors.
#[inline]
pub fn available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// A bit for each of the first [`STEP`] bytes of `bytes` that ends a line.
#[inline(always)]
pub fn line_ends(bytes: &[u8]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if let Some(all) = bytes.first_chunk() {
        // SAFETY: SSE2 is part of x86-64; nothing else is required.
        return unsafe { line_ends_of(all) };
    }
    line_ends_one_by_one(bytes)
}

/// The same without vectors.
fn line_ends_one_by_one(bytes: &[u8]) -> u64 {
    bytes.iter().take(STEP).enumerate().fold(0, |bits, (i, byte)| bits | u64::from(*byte == b'\n') << i)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn line_ends_of(bytes: &[u8; STEP]) -> u64 {
    let end = _mm_set1_epi8(b'\n' as i8);
    let mut bits = 0;
    for (n, chunk) in bytes.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: a chunk is 16 bytes long, and the load needs no alignment.
        let there = unsafe { _mm_loadu_si128(chunk.as_ptr().cast()) };
        bits |= u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(there, end)) as u32) << (16 * n);
    }
    bits
}

/// At most so many bytes of an opening are looked at.
pub const OPENING: usize = 3;

/// A step, and what openings that begin in it may hold behind it.
const VIEW: usize = STEP + 16;

/// Openings of up to [`OPENING`] folded bytes (`byte | 0x20`), in eight groups: for each position a bit for each group by
/// the low and by the high half of a byte there. The "Teddy" scheme of Hyperscan, as the `aho-corasick` crate documents it.
#[derive(Debug, Clone, Default)]
pub struct Openings {
    low: [[u8; 16]; OPENING],
    high: [[u8; 16]; OPENING],
}

impl Openings {
    /// Takes in an opening; those in one of the eight groups should look alike. Behind its end anything may stand.
    pub fn add(&mut self, opening: &[u8], group: usize) {
        let bit = 1 << (group % 8);
        for (position, (low, high)) in self.low.iter_mut().zip(&mut self.high).enumerate() {
            match opening.get(position) {
                Some(byte) => {
                    low[usize::from(byte & 15)] |= bit;
                    high[usize::from(byte >> 4)] |= bit;
                }
                None => low.iter_mut().chain(high).for_each(|half| *half |= bit),
            }
        }
    }

    /// A bit for each of the first [`STEP`] places of `bytes` where one may stand, nearly always 0 where none does; all bits
    /// where the machine has no vectors.
    #[inline]
    pub fn places(&self, bytes: &[u8]) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if available() {
            // SAFETY: the machine has AVX2, as was just asked; nothing else is required.
            let of = |view: &[u8; VIEW]| unsafe { self.places_of(view) };
            return bytes.first_chunk().map(of).unwrap_or_else(|| {
                let mut padded = [0; VIEW];
                padded[..bytes.len()].copy_from_slice(bytes);
                of(&padded)
            });
        }
        u64::MAX
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn places_of(&self, view: &[u8; VIEW]) -> u64 {
        let half = |offset: usize| {
            let mut groups = _mm256_set1_epi8(-1);
            for position in 0..OPENING {
                let folded = _mm256_or_si256(load(view, offset + position), _mm256_set1_epi8(0x20));
                // A byte of 0x80 and more would look up 0.
                let low = _mm256_and_si256(folded, _mm256_set1_epi8(15));
                let there = _mm256_and_si256(
                    _mm256_shuffle_epi8(table(&self.low[position]), low),
                    _mm256_shuffle_epi8(table(&self.high[position]), high_halves(folded)),
                );
                groups = _mm256_and_si256(groups, there);
            }
            !zero_bytes(groups)
        };
        u64::from(half(0)) | u64::from(half(32)) << 32
    }
}

/// The high half of each byte.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn high_halves(v: __m256i) -> __m256i {
    _mm256_and_si256(_mm256_srli_epi16::<4>(v), _mm256_set1_epi8(15))
}

/// A bit for each byte that is zero.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn zero_bytes(v: __m256i) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_setzero_si256())) as u32
}

/// A table of 16 entries in both lanes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn table(entries: &[u8; 16]) -> __m256i {
    // SAFETY: 16 bytes are there, and the load needs no alignment.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(entries.as_ptr().cast()) })
}

/// 32 bytes of `view` from `at`.
///
/// # Panics
///
/// If they are not there.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn load(view: &[u8], at: usize) -> __m256i {
    let slice = &view[at..at + 32];
    // SAFETY: `slice` is 32 bytes long, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(slice.as_ptr().cast()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_found_in_both_ways() {
        let text: Vec<u8> = (0..200_u8).map(|i| if i % 7 == 3 || i > 120 { b'\n' } else { i }).collect();
        for from in 0..text.len() {
            assert_eq!(line_ends(&text[from..]), line_ends_one_by_one(&text[from..]), "from {from}");
        }
    }

    #[test]
    fn openings_are_found_wherever_they_stand() {
        let mut openings = Openings::default();
        openings.add(b"sec", 0);
        openings.add(b"db", 9);
        openings.add(&[0xe9 | 0x20, 0xff, b'x'], 2);
        for (text, opens) in
            [("SECret", true), ("dB", true), ("db\u{e9}", true), ("sed", false), ("bd", false), ("", false)]
        {
            for at in 0..70 {
                let all = ["~".repeat(at), text.to_owned(), "~".repeat(30)].concat();
                let stands = at < STEP && opens;
                let places = openings.places(all.as_bytes());
                assert!(!stands || places >> at & 1 == 1, "{text} at {at}");
                assert!(!available() || stands || places == 0, "{text} at {at}");
            }
        }
        assert!(openings.places(&[0xe9, 0xdf, b'X']) & 1 == 1, "bytes beyond ASCII");
    }
}
