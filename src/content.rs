//! What kind of content bytes are, from the bytes alone: names and extensions lie.

/// How content is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Text in some encoding: every rule applies.
    Text,
    /// Executables and data: structured keys only. They are leaks there too.
    Binary,
    /// Compressed or media formats, whose bytes hold no text.
    Media,
}

/// As much of the content as is looked at.
const LOOK: usize = 8000;

/// Formats whose bytes are compressed, by how they begin (source: each format's specification).
const MEDIA: &[&[u8]] = &[
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"wOFF",
    b"wOF2",
    b"OggS",
    b"ID3",
    b"fLaC",
    b"\x1a\x45\xdf\xa3",
    b"\0\0\x01\0",
    b"II*\0",
    b"MM\0*",
    b"\x04\x22\x4d\x18",
    b"%PDF-",
];

/// Binary formats that may begin with few control bytes.
const BINARY: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\0asm",
    b"SQLite format 3\0",
    b"!<arch>\n",
    b"DIRC",
    b"PACK",
];

impl Content {
    /// Classifies content by its magic number, else by the share of control bytes in its first 8,000 bytes: one NUL
    /// does not make a text binary, and UTF-16 and UTF-32 are text.
    pub fn of(bytes: &[u8]) -> Self {
        let head = &bytes[..bytes.len().min(LOOK)];
        if MEDIA.iter().any(|magic| head.starts_with(magic)) || is_riff_media(head) || head.get(4..8) == Some(b"ftyp") {
            return Content::Media;
        }
        if BINARY.iter().any(|magic| head.starts_with(magic) && !(*magic == b"MZ" && is_plain(head))) {
            return Content::Binary;
        }
        if controls(head) * 10 <= head.len() || is_wide_text(head) { Content::Text } else { Content::Binary }
    }
}

/// Bytes that text does not hold: all below 0x20 but tab, line feed, form feed, carriage return and escape; and 0x7f.
fn controls(head: &[u8]) -> usize {
    // Sums of bytes in short pieces become vector instructions: every blob passes here.
    let is_control = |b: &u8| {
        let fine = (*b == b'\t') | (*b == b'\n') | (*b == b'\r') | (*b == 0x0c) | (*b == 0x1b);
        u8::from((*b < 0x20) & !fine | (*b == 0x7f))
    };
    head.chunks(128).map(|piece| usize::from(piece.iter().map(is_control).sum::<u8>())).sum()
}

fn is_plain(head: &[u8]) -> bool {
    controls(head) == 0
}

/// WebP, WAV and AVI.
fn is_riff_media(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") && matches!(head.get(8..12), Some(b"WEBP" | b"WAVE" | b"AVI "))
}

/// UTF-16 or UTF-32, by its byte order mark or by NULs in every second (or three in four) places.
fn is_wide_text(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.starts_with(b"\0\0\xfe\xff") {
        return true;
    }
    let even = head.len() & !3;
    if even < 8 {
        return false;
    }
    let nuls_at = |phase: usize, step: usize| {
        let places = head[..even].iter().skip(phase).step_by(step);
        places.clone().filter(|b| **b == 0).count() * 10 >= places.count() * 9
    };
    let text_at = |phase: usize, step: usize| {
        let places = head[..even].iter().skip(phase).step_by(step);
        let odd = places.clone().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r')).count();
        odd * 10 <= places.count()
    };
    (nuls_at(1, 2) && text_at(0, 2))
        || (nuls_at(0, 2) && text_at(1, 2))
        || (nuls_at(1, 4) && nuls_at(2, 4) && nuls_at(3, 4) && text_at(0, 4))
        || (nuls_at(0, 4) && nuls_at(1, 4) && nuls_at(2, 4) && text_at(3, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        assert_eq!(Content::of(b""), Content::Text);
        assert_eq!(Content::of(b"x\0y\nkey = 1\n some more text that is quite normal\n"), Content::Text);
        assert_eq!(
            Content::of(
                "k = \"v\"\n".repeat(20).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice()
            ),
            Content::Text
        );
        assert_eq!(Content::of(b"\x7fELF\x02\x01\x01\0\0"), Content::Binary);
        assert_eq!(Content::of(&[0; 100]), Content::Binary);
        assert_eq!(Content::of(b"\x89PNG\r\n\x1a\nabc"), Content::Media);
    }
}
