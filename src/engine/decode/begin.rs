//! A cheap look at how a run of token bytes begins: most are names, and only few can be text in another form.
//!
//! Three bytes of ASCII become four letters of base64 of which the first three can each be only half of the alphabet,
//! because the highest bit of every byte is 0. Sixteen letters that all fit are a word by chance once in thousands. Two
//! hexadecimal digits of a printable byte begin with 2 to 7.

use super::spelled;
use crate::rule::shape::{RUN, is_token};
use std::ops::Range;

/// May begin four letters that hold three bytes of ASCII.
const TEXT: u8 = 1;
/// How the base64 of gzip begins, by its first three bytes.
pub(in crate::engine) const GZIP: &[u8] = b"H4sI";
/// How the base64 of a zip begins.
const ZIP: &[u8] = b"UEsDB";
/// May begin the digits of two printable bytes, with or without `0x` before them.
const HEX: u8 = 4;

/// What four bytes may begin, by their place.
static KINDS: [[u8; 256]; 4] = kinds();

/// The number that a letter of base64 stands for, of the standard or the URL-safe alphabet.
const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

const fn kinds() -> [[u8; 256]; 4] {
    const SIGNIFICANT: [u8; 4] = [0b10_0000, 0b00_1000, 0b00_0010, 0];
    let mut kinds = [[0; 256]; 4];
    let mut byte = 0u8;
    loop {
        let mut place = 0;
        while place < 4 {
            let mut kind = 0;
            if let Some(value) = sextet(byte)
                && value & SIGNIFICANT[place] == 0
            {
                kind |= TEXT;
            }
            let is_high = byte >= b'2' && byte <= b'7';
            let is_digit = byte.is_ascii_hexdigit();
            // `6869` or `0x68`: a digit may be the zero, and the second byte the x.
            if match place {
                0 => is_high || byte == b'0',
                1 => is_digit || byte == b'x',
                2 => is_high,
                _ => is_digit,
            } {
                kind |= HEX;
            }
            kinds[place][byte as usize] = kind;
            place += 1;
        }
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}

/// Whether a letter of either alphabet of base64.
pub(super) fn is_letter(byte: u8) -> bool {
    KINDS[3][usize::from(byte)] & TEXT != 0
}

fn kind(four: &[u8]) -> u8 {
    match four {
        [a, b, c, d, ..] => {
            KINDS[0][usize::from(*a)]
                & KINDS[1][usize::from(*b)]
                & KINDS[2][usize::from(*c)]
                & KINDS[3][usize::from(*d)]
        }
        _ => 0,
    }
}

/// What a run may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The base64 of a text.
    Text,
    /// The base64 of gzip.
    Gzip,
    /// The digits of a text.
    Hex,
    /// A text of escapes.
    Escapes,
}

/// Whether the run of at least [`RUN`] bytes that starts at `at` may hold anything, by its first four bytes.
#[inline(always)]
pub(in crate::engine) fn may_hold(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 4).is_some_and(|four| kind(four) != 0)
}

/// What the run that starts at `at` holds by all of its first bytes.
pub(super) fn held(bytes: &[u8], at: usize) -> Option<Held> {
    if bytes[at..].starts_with(GZIP) {
        return Some(Held::Gzip);
    }
    // The time of a member is no text, and stands early in a zip.
    if bytes[at..].starts_with(ZIP) {
        return Some(Held::Text);
    }
    if spelled::begins(bytes, at) {
        return Some(Held::Escapes);
    }
    let run = bytes.get(at..at + RUN)?;
    let kind = kind(run);
    if kind & TEXT != 0 && is_text(run) {
        Some(Held::Text)
    } else if kind & HEX != 0 && is_hex(run.strip_prefix(b"0x").unwrap_or(run)) {
        Some(Held::Hex)
    } else {
        None
    }
}

/// Whether all groups of four letters hold ASCII.
pub(super) fn is_text(letters: &[u8]) -> bool {
    letters.chunks_exact(4).all(|four| kind(four) & TEXT != 0)
}

/// Whether all pairs of digits are printable bytes or line breaks.
fn is_hex(digits: &[u8]) -> bool {
    digits.chunks_exact(2).all(|two| {
        two[1].is_ascii_hexdigit()
            && matches!((two[0], two[1]), (b'2'..=b'7', _) | (b'0', b'9' | b'a' | b'A' | b'd' | b'D'))
    })
}

/// Adds every place of `range` where a run that may hold something starts, as the prefilter reports them.
pub(super) fn starts(bytes: &[u8], range: Range<usize>, into: &mut Vec<usize>) {
    let mut run_end = range.start;
    for at in range {
        if bytes[at..].starts_with(GZIP) {
            into.push(at);
        }
        if !is_token(bytes[at]) {
            continue;
        }
        if run_end <= at {
            run_end = at + bytes[at..].iter().take_while(|b| is_token(**b)).count();
        }
        let before = at.checked_sub(1).map(|i| bytes[i]);
        if run_end - at >= RUN && before.is_none_or(|b| b == b'-' || !is_token(b)) && may_hold(bytes, at) {
            into.push(at);
        }
    }
}
