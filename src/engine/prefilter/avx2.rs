//! The kernel for x86-64 machines with AVX2: 64 bytes a step. What else looks at bytes that way is here too.
//!
//! `unsafe` stands here only for calling functions compiled for AVX2, which happens after the machine was asked for it.
#![allow(unsafe_code)]

use super::Sink;
use super::words::{Long, Words};
use crate::engine::kinds::{BROAD, CLOSES, KINDS, Kinds, NARROW, places};
use crate::vectors::{STEP, available, high_halves, load, table, zero_bytes};
use std::arch::x86_64::*;
use std::ops::Range;

/// A step looks at this many bytes: its own, and the next 64 for runs and words that go on.
const VIEW: usize = 2 * STEP;

/// Reports every start and every word of `regions`.
pub(super) fn run(bytes: &[u8], regions: &[Range<usize>], words: &Words, sink: &mut Sink<'_>) {
    assert!(available(), "the AVX2 kernel runs only where AVX2 was found");
    // SAFETY: the machine has AVX2, as was just asserted; nothing else is required.
    unsafe { kernel(bytes, regions, words, sink) }
}

/// The tables in registers.
struct Tables {
    token_low: __m256i,
    token_high: __m256i,
    word_low: [__m256i; 4],
    word_high: [__m256i; 4],
}

#[target_feature(enable = "avx2")]
fn kernel(bytes: &[u8], regions: &[Range<usize>], words: &Words, sink: &mut Sink<'_>) {
    let (low, high) = (&words.short.low, &words.short.high);
    // Loaded once: most regions are a line or two.
    let tables = Tables {
        token_low: table(&TOKENS.0),
        token_high: table(&TOKENS.1),
        word_low: [table(&low[0]), table(&low[1]), table(&low[2]), table(&low[3])],
        word_high: [table(&high[0]), table(&high[1]), table(&high[2]), table(&high[3])],
    };
    for region in regions {
        scan(bytes, region, &tables, &words.long, sink);
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn scan(bytes: &[u8], region: &Range<usize>, tables: &Tables, long: &Long, sink: &mut Sink<'_>) {
    let end = region.end.min(bytes.len());
    let mut at = region.start;
    if at >= end {
        return;
    }
    let before = at.checked_sub(1).map(|i| bytes[i]);
    let mut carry = Carry {
        token: u64::from(before.is_some_and(crate::rule::shape::is_token)),
        dash: u64::from(before == Some(b'-')),
        next: None,
    };
    // Steps whose view lies inside the text.
    while at < end
        && let Some(view) = bytes[at..].first_chunk()
    {
        report(at, end, step(view, at % 2, tables, long, &mut carry), sink);
        at += STEP;
    }
    // The last ones see zeros behind the text's end, which are no token and part of no word.
    while at < end {
        let mut padded = [0u8; VIEW];
        let rest = &bytes[at..bytes.len().min(at + VIEW)];
        padded[..rest.len()].copy_from_slice(rest);
        report(at, end, step(&padded, at % 2, tables, long, &mut carry), sink);
        at += STEP;
    }
}

/// What a step leaves to the next.
struct Carry {
    /// Whether the byte before is a token byte (bit 0).
    token: u64,
    /// Whether it is a dash (bit 0).
    dash: u64,
    /// The token bits of the next step, already computed.
    next: Option<u64>,
}

/// The bits of 64 places.
struct Found {
    starts: u64,
    short: u64,
    long: u64,
}

/// What begins at the 64 places of a step; the first even place is the `odd`th.
#[target_feature(enable = "avx2")]
#[inline]
fn step(view: &[u8; VIEW], odd: usize, tables: &Tables, long: &Long, carry: &mut Carry) -> Found {
    let token = carry.next.unwrap_or_else(|| tokens(view, 0, tables));
    let token_next = tokens(view, STEP, tables);
    let dash = equal(view, b'-');
    // Bit i stays if 16 token bytes stand from i on.
    let mut run = u128::from(token) | u128::from(token_next) << 64;
    run &= run >> 1;
    run &= run >> 2;
    run &= run >> 4;
    run &= run >> 8;
    let behind_token = token << 1 | carry.token;
    let behind_dash = dash << 1 | carry.dash;
    let starts = run as u64 & (!behind_token | behind_dash);
    *carry = Carry { token: token >> 63, dash: dash >> 63, next: Some(token_next) };
    Found { starts, short: word_bits(view, tables), long: long_bits(view, odd, long) }
}

/// Every second place, from the `odd`th on, where a long word may be recognised. Not compiled for AVX2: with vectors the
/// look-ups would be taken apart and put together again, which takes longer than they do.
#[inline(never)]
fn long_bits(view: &[u8; VIEW], odd: usize, long: &Long) -> u64 {
    // Constant places in a view of constant length need no checks.
    let Some(view) = view[odd..].first_chunk::<{ STEP + 4 }>() else { return 0 };
    let mut bits = 0;
    for i in 0..STEP / 2 {
        let at = 2 * i;
        bits |= long.knows([view[at], view[at + 1], view[at + 2], view[at + 3]]) << at;
    }
    bits << odd
}

/// Hands the places of one step to the sink, leaving out those behind the region's end.
#[inline(always)]
fn report(at: usize, end: usize, found: Found, sink: &mut Sink<'_>) {
    let inside = if end - at < STEP { (1u64 << (end - at)) - 1 } else { u64::MAX };
    places(found.starts & inside, |i| sink.start(at + i));
    // First all that may be words, without a branch for each: which are is as good as drawn.
    let mut known = 0;
    places(found.short & inside, |i| known |= sink.knows_short(at + i) << i);
    places(known, |i| sink.short_word(at + i));
    places(found.long & inside, |i| sink.long_word(at + i));
}

/// ASCII bytes of some kind. By low half of a byte: a bit for each high half with which it is one; by high half: its bit.
type Kind = ([u8; 16], [u8; 16]);

const TOKENS: Kind = halves(
    &{
        let (mut tokens, mut byte) = ([0; 256], 0);
        while byte < 128 {
            tokens[byte as usize] = crate::rule::shape::is_token(byte) as u8;
            byte += 1;
        }
        tokens
    },
    1,
);
const NARROWS: Kind = halves(&KINDS, NARROW);
const QUOTES: Kind = halves(&KINDS, CLOSES);
/// What is no byte of a password. All of them are ASCII.
const ENDS: Kind = {
    let (mut ends, mut byte) = ([0; 256], 0);
    while byte < 256 {
        ends[byte] = !KINDS[byte] & BROAD;
        byte += 1;
    }
    halves(&ends, BROAD)
};

/// The ASCII bytes that have one of the bits `of` in `kinds`. There are eight high halves of them, and each has a bit.
const fn halves(kinds: &[u8; 256], of: u8) -> Kind {
    let (mut low, mut high) = ([0; 16], [0; 16]);
    let mut byte = 0;
    while byte < 256 {
        if kinds[byte] & of != 0 {
            assert!(byte < 128, "a shuffle looks up 0 for other bytes");
            low[byte & 15] |= 1 << (byte >> 4);
            high[byte >> 4] |= 1 << (byte >> 4);
        }
        byte += 1;
    }
    (low, high)
}

/// A bit for each byte of a kind among 64.
#[target_feature(enable = "avx2")]
#[inline]
fn bits_of(view: &[u8], from: usize, low: __m256i, high: __m256i) -> u64 {
    let half = |offset| {
        let v = load(view, from + offset);
        // A byte of 0x80 and more looks up 0 in a shuffle.
        let hit = _mm256_and_si256(_mm256_shuffle_epi8(low, v), _mm256_shuffle_epi8(high, high_halves(v)));
        !zero_bytes(hit)
    };
    u64::from(half(0)) | u64::from(half(32)) << 32
}

#[target_feature(enable = "avx2")]
#[inline]
fn tokens(view: &[u8], from: usize, tables: &Tables) -> u64 {
    bits_of(view, from, tables.token_low, tables.token_high)
}

/// What 64 bytes are to runs.
pub(in crate::engine) fn kinds(bytes: &[u8; STEP]) -> Kinds {
    assert!(available(), "the AVX2 kernel runs only where AVX2 was found");
    // SAFETY: the machine has AVX2, as was just asserted; nothing else is required.
    unsafe { kinds_of(bytes) }
}

#[target_feature(enable = "avx2")]
fn kinds_of(bytes: &[u8; STEP]) -> Kinds {
    let of = |kind: &Kind| bits_of(bytes, 0, table(&kind.0), table(&kind.1));
    Kinds { narrow: of(&NARROWS), broad: !of(&ENDS), closes: of(&QUOTES) }
}

/// The places of one byte among 64.
#[target_feature(enable = "avx2")]
#[inline]
fn equal(view: &[u8], byte: u8) -> u64 {
    let half =
        |offset| _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(view, offset), _mm256_set1_epi8(byte as i8))) as u32;
    u64::from(half(0)) | u64::from(half(32)) << 32
}

#[target_feature(enable = "avx2")]
#[inline]
fn word_bits(view: &[u8], tables: &Tables) -> u64 {
    let half = |offset: usize| {
        let mut bits = _mm256_set1_epi8(-1);
        for position in 0..4 {
            let folded = _mm256_or_si256(load(view, offset + position), _mm256_set1_epi8(0x20));
            // Any byte may stand behind a word of three, one of 0x80 and more as well, which would look up 0.
            let low = if position == 3 { _mm256_and_si256(folded, _mm256_set1_epi8(15)) } else { folded };
            let hit = _mm256_and_si256(
                _mm256_shuffle_epi8(tables.word_low[position], low),
                _mm256_shuffle_epi8(tables.word_high[position], high_halves(folded)),
            );
            bits = _mm256_and_si256(bits, hit);
        }
        !zero_bytes(bits)
    };
    u64::from(half(0)) | u64::from(half(32)) << 32
}
