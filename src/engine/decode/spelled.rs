//! Texts of which every character is an escape: `\\u0061\\u0062…`, `U+0061 U+0062 …`.
//!
//! A character or two are written so everywhere; eight letters in a row that need no escape are hidden by it.

use super::{Layer, name_before};
use crate::content::Map;
use crate::engine::{Engine, Scanned};
use crate::finding::Encoding;

/// How the escapes of letters begin that need none, as the prefilter looks for them (in any case).
pub(in crate::engine) const SIGNS: [&[u8]; 2] = [b"\\u00", b"u+00"];

/// So many of them in a row are a text.
const LEAST: usize = 8;

/// The printable character that the escape at `at` stands for, and where the next one would begin.
fn one(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..at + 6)?;
    let is_sign = matches!(rest[..2], [b'\\', b'u' | b'U'] | [b'u' | b'U', b'+']);
    let code = rest[2..].iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))?;
    let code = u8::try_from(code).ok().filter(|code| code.is_ascii_graphic() || *code == b' ')?;
    let next = at + 6;
    // A blank joins those of the second form, a second backslash stands before those of texts within texts.
    let more = match bytes.get(next..next + 2) {
        Some([b' ', b'U' | b'u']) if rest[0] != b'\\' => 1,
        Some([b'\\', b'\\']) if rest[0] == b'\\' => 1,
        _ => 0,
    };
    is_sign.then_some((code, next + more))
}

/// Where the escape begins that the one at `at` follows.
fn before(bytes: &[u8], at: usize) -> Option<usize> {
    let mut places = [at.checked_sub(6), at.checked_sub(7)].into_iter().flatten();
    places.find(|before| one(bytes, *before).is_some_and(|(_, next)| next == at))
}

/// Where the text of escapes begins that goes on over `at`, or ends there; nothing if that is before `floor`, for then it
/// goes on over that place as well.
pub(super) fn start_around(bytes: &[u8], at: usize, floor: usize) -> Option<usize> {
    // Asked of every region, most of which begin with a line.
    if at == 0 || bytes[at - 1] == b'\n' {
        return None;
    }
    let goes_on = |from: usize| one(bytes, from).is_some_and(|(_, next)| next >= at);
    let mut start = (at.saturating_sub(7)..at).find(|from| goes_on(*from))?;
    while let Some(before) = before(bytes, start) {
        start = before;
        if start < floor {
            return None;
        }
    }
    Some(start)
}

/// Whether a text of escapes begins at `at`, and not before it.
pub(in crate::engine) fn begins(bytes: &[u8], at: usize) -> bool {
    let mut next = at;
    before(bytes, at).is_none()
        && (0..LEAST).all(|_| match one(bytes, next) {
            Some((_, behind)) => {
                next = behind;
                true
            }
            None => false,
        })
}

impl Engine {
    /// Searches the text of escapes that begins at `at`.
    pub(super) fn decode_spelled(&self, bytes: &[u8], at: usize, depth: u8, out: &mut Scanned) {
        let (mut plain, mut map, mut next) = (Vec::new(), Map::new(at, 6), at);
        while let Some((code, behind)) = one(bytes, next) {
            map.point(plain.len(), next);
            plain.push(code);
            next = behind;
        }
        map.point(plain.len(), next);
        let name = name_before(bytes, at);
        let span = |inner: &std::ops::Range<usize>| map.span(inner);
        let window = at - name.len()..(next + 2).min(bytes.len());
        let layer = Layer { window, encoding: Encoding::UnicodeEscape, name, span: &span };
        self.search_layer(&plain, &layer, depth, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str, sign: &str, joint: &str) -> String {
        text.bytes().map(|byte| format!("{sign}{:04x}", byte)).collect::<Vec<_>>().join(joint)
    }

    #[test]
    fn a_text_begins_where_its_first_escape_does() {
        for (sign, joint) in [("\\u", ""), ("U+", " "), ("U+", ""), ("\\u", "\\")] {
            let text = format!("x = \"{}\"", spelled("kestrel-42", sign, joint));
            assert!(begins(text.as_bytes(), 5), "{text}");
            for at in [4, 6, 5 + 6 + joint.len(), 5 + 2 * (6 + joint.len())] {
                assert!(!begins(text.as_bytes(), at), "{text} at {at}");
            }
        }
        assert!(!begins(spelled("kestrel", "\\u", "").as_bytes(), 0));
        let text = format!("x = \"{}\"", spelled(&"kestrel-42".repeat(9), "\\u", ""));
        for at in [6, 11, 300, text.len() - 1] {
            assert_eq!(start_around(text.as_bytes(), at, 0), Some(5), "{at}");
            assert_eq!(start_around(text.as_bytes(), at, 5), Some(5), "{at}");
            assert_eq!(start_around(text.as_bytes(), at.max(12), 6), None, "{at}");
        }
        assert_eq!(start_around(text.as_bytes(), 5, 0), None);
        assert_eq!(start_around(text.as_bytes(), text.len(), 0), None);
        assert!(!begins(spelled("kestr\u{1}el42", "\\u", "").as_bytes(), 0));
    }
}
