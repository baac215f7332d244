//! A key behind an escape: in `\nAKIA…`, `\u003dghp_…` and `%3Dghp_…` the last letter or digit of the escape hides where
//! the key begins.

use super::wrapped;
use crate::content::{Content, Map};
use crate::engine::{Engine, Scanned};
use crate::finding::{Confidence, Encoding};

/// How many bytes of the escape stand behind its sign, where an escape ends a word that goes on at `at`.
#[inline(always)]
pub(in crate::engine) fn behind_sign(bytes: &[u8], at: usize) -> Option<usize> {
    let sign = *bytes.get(at.checked_sub(1)?)?;
    match sign {
        b'\\' | b'%' => of_sign(sign, bytes.get(at..)?).map(|(_, len, _)| len),
        _ => None,
    }
}

/// What an escape is, its length behind the sign, and the byte or character that it stands for.
fn of_sign(sign: u8, rest: &[u8]) -> Option<(Encoding, usize, u32)> {
    let number = |from: usize, len: usize| {
        let digits = rest.get(from..from + len)?;
        digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
    };
    if sign == b'%' {
        return Some((Encoding::Percent, 2, number(0, 2)?));
    }
    let plain = |code: u8| Some((Encoding::JsonString, 1, u32::from(code)));
    match rest.first()? {
        b'n' => plain(b'\n'),
        b't' => plain(b'\t'),
        b'r' => plain(b'\r'),
        b'b' | b'f' | b'v' | b'0' => plain(b' '),
        b'u' => Some((Encoding::UnicodeEscape, 5, number(1, 4)?)),
        b'x' => Some((Encoding::HexEscape, 3, number(1, 2)?)),
        byte @ (b'"' | b'\'' | b'/' | b'\\') => plain(*byte),
        _ => None,
    }
}

impl Engine {
    /// Tries the prefixes that begin at `at`, behind an escape of which `len` bytes stand behind the sign.
    pub(in crate::engine) fn try_behind_escape(&self, bytes: &[u8], at: usize, len: usize, out: &mut Scanned) {
        let sign = at - len - 1;
        let Some((encoding, ..)) = of_sign(bytes[sign], &bytes[sign + 1..]) else { return };
        let far = (at + self.reach.saturating_sub(256)).min(bytes.len());
        let end = memchr::memchr(b'\n', &bytes[at..far]).map_or(far, |i| at + i);
        let (text, map) = unescaped(&bytes[..end], at, bytes[sign]);
        let mut scanned = Scanned::default();
        self.prefilter.find(&text, std::slice::from_ref(&(1..2)), &mut |place| {
            self.try_place(&text, place, Content::Text, &mut scanned);
        });
        scanned.hits.retain(|hit| hit.confidence >= Confidence::Medium);
        out.hits.extend(scanned.hits.into_iter().map(|hit| {
            let secret = map.span(&hit.secret);
            wrapped(hit, &text, encoding, secret, sign..end)
        }));
    }
}

/// A blank and the text from `at` on, with the escapes of this sign undone.
fn unescaped(bytes: &[u8], at: usize, sign: u8) -> (Vec<u8>, Map) {
    let mut text = vec![b' '];
    let mut map = Map::new(at - 1, 1);
    let mut from = at;
    while from < bytes.len() {
        let next = memchr::memchr(sign, &bytes[from..]).map_or(bytes.len(), |i| from + i);
        text.extend_from_slice(&bytes[from..next]);
        let Some(rest) = bytes.get(next + 1..) else { break };
        map.point(text.len(), next);
        match of_sign(sign, rest) {
            Some((Encoding::Percent | Encoding::HexEscape, len, code)) => {
                text.push(code as u8);
                from = next + 1 + len;
            }
            Some((_, len, code)) => {
                let mut buffer = [0; 4];
                let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                from = next + 1 + len;
            }
            None => {
                text.push(sign);
                from = next + 1;
            }
        }
        map.point(text.len(), from);
    }
    (text, map)
}
