//! Text of which each character takes two or four bytes: UTF-16 and UTF-32, with and without a byte order mark.

use super::{Map, is_control};

/// How wide characters are, and which of their bytes comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wide {
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// UTF-32, the low byte first.
    Utf32Le,
    /// UTF-32, the high byte first.
    Utf32Be,
}

/// Wide text as UTF-8.
#[derive(Debug, Clone)]
pub struct WideText {
    /// In UTF-8, without a byte order mark.
    pub text: Vec<u8>,
    /// From there to the bytes.
    pub map: Map,
}

impl Wide {
    /// By the byte order mark that `sample` begins with.
    pub(super) fn marked(sample: &[u8]) -> Option<Self> {
        match sample {
            [0xff, 0xfe, 0, 0, ..] => Some(Wide::Utf32Le),
            [0xff, 0xfe, ..] => Some(Wide::Utf16Le),
            [0xfe, 0xff, ..] => Some(Wide::Utf16Be),
            [0, 0, 0xfe, 0xff, ..] => Some(Wide::Utf32Be),
            _ => None,
        }
    }

    /// Without a mark: nearly every unit is a character of ASCII or Latin-1.
    pub(super) fn guessed(sample: &[u8]) -> Option<Self> {
        let printable = |b: u8| b != 0 && !is_control(b);
        let mostly = |width: usize, low: usize| {
            let units = sample.chunks_exact(width);
            let all = units.len();
            let good = units
                .filter(|unit| unit.iter().enumerate().all(|(i, b)| if i == low { printable(*b) } else { *b == 0 }))
                .count();
            all > 0 && good * 10 >= all * 7
        };
        [(Wide::Utf16Le, 2, 0), (Wide::Utf16Be, 2, 1), (Wide::Utf32Le, 4, 0), (Wide::Utf32Be, 4, 3)]
            .into_iter()
            .find(|(_, width, low)| mostly(*width, *low))
            .map(|(wide, ..)| wide)
    }

    /// Bytes of a unit.
    pub fn width(self) -> usize {
        match self {
            Wide::Utf16Le | Wide::Utf16Be => 2,
            Wide::Utf32Le | Wide::Utf32Be => 4,
        }
    }

    fn unit(self, bytes: &[u8]) -> u32 {
        match (self, bytes) {
            (Wide::Utf16Le, &[a, b]) => u32::from(u16::from_le_bytes([a, b])),
            (Wide::Utf16Be, &[a, b]) => u32::from(u16::from_be_bytes([a, b])),
            (Wide::Utf32Le, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            (Wide::Utf32Be, &[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
            _ => u32::MAX,
        }
    }

    /// The nearest start of a character at or before `at`, of bytes that begin with one.
    pub fn character_start(self, bytes: &[u8], at: usize) -> usize {
        let width = self.width();
        let start = at - at % width;
        // Behind a high half stands its low one.
        let halved = width == 2
            && start >= 2
            && bytes.get(start - 2..start).is_some_and(|high| (0xd800..0xdc00).contains(&self.unit(high)));
        if halved { start - 2 } else { start }
    }

    /// Decodes everything; what makes no character becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> WideText {
        let width = self.width();
        // A mark at the beginning belongs to no line.
        let start = if bytes.get(..width).is_some_and(|first| self.unit(first) == 0xfeff) { width } else { 0 };
        let mut text = Vec::with_capacity(bytes.len() / width + 16);
        let mut map = Map::new(start, width);
        let mut at = start;
        while at < bytes.len() {
            let unit = self.unit(&bytes[at..bytes.len().min(at + width)]);
            let next = (at + width).min(bytes.len());
            if unit < 0x80 {
                text.push(unit as u8);
                at = next;
                continue;
            }
            let low = bytes.get(next..next + width).map_or(0, |low| self.unit(low));
            let (code, end) = match (unit, low) {
                (0xd800..=0xdbff, 0xdc00..=0xdfff) if width == 2 => {
                    (0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), next + width)
                }
                _ => (unit, next),
            };
            map.point(text.len(), at);
            let mut buffer = [0; 4];
            let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            map.point(text.len(), end);
            at = end;
        }
        WideText { text, map }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wide;
    use super::*;

    const ALL: [(Wide, usize, bool); 4] =
        [(Wide::Utf16Le, 2, false), (Wide::Utf16Be, 2, true), (Wide::Utf32Le, 4, false), (Wide::Utf32Be, 4, true)];

    #[test]
    fn text_and_places_come_back() {
        let text = "key = \"ü€\" # α\nnext";
        for (kind, width, big) in ALL {
            for mark in ["", "\u{feff}"] {
                let bytes = wide(&format!("{mark}{text}"), width, big);
                let decoded = kind.decode(&bytes);
                assert_eq!(String::from_utf8_lossy(&decoded.text), text, "{kind:?}");
                let before = text.find("next").expect("there");
                let want = width * (mark.chars().count() + text[..before].chars().count());
                assert_eq!(decoded.map.span(&(before..before + 4)), want..want + 4 * width, "{kind:?} {mark:?}");
                assert_eq!(decoded.map.decoded(want), before);
            }
        }
    }

    #[test]
    fn pairs_are_one_character_and_halves_are_none() {
        let bytes: Vec<u8> =
            ["a\u{1f511}b"].iter().flat_map(|t| t.encode_utf16()).chain([0xd83d]).flat_map(u16::to_le_bytes).collect();
        let decoded = Wide::Utf16Le.decode(&[bytes.as_slice(), b"x"].concat());
        assert_eq!(String::from_utf8_lossy(&decoded.text), "a\u{1f511}b\u{fffd}\u{fffd}");
        assert_eq!(decoded.map.span(&(5..6)), 6..8);
    }
}
