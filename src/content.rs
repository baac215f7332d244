//! What kind of bytes a blob holds, told from its beginning: text, binary data, or compressed media.
//!
//! Names and extensions are not asked: a key in `notes.png` that is text is a leak too. One NUL does not make a text
//! binary, because that would hide everything else in it.

mod map;
mod wide;

pub use map::Map;
pub use wide::{Wide, WideText};

/// How a blob is to be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Every rule applies.
    Text,
    /// UTF-16 or UTF-32: every rule applies to what it decodes to.
    Wide(Wide),
    /// Executables and other data: searched for keys that their format alone proves.
    Binary,
    /// Other files, packed: searched one by one.
    Archive(Packed),
    /// Media formats and compressed ones that nothing here unpacks, whose bytes hold no text: not searched.
    Media,
}

/// How files are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packed {
    /// Zip, and what is one by another name: jar, apk, whl, docx, xlsx.
    Zip,
    /// Tar, not compressed.
    Tar,
    /// 7z.
    SevenZip,
    /// A single stream of gzip; often a tar in it.
    Gzip,
    /// Likewise of bzip2.
    Bzip2,
    /// Likewise of xz.
    Xz,
    /// Likewise of Zstandard.
    Zstd,
}

/// How many bytes from the start decide.
pub const SAMPLE: usize = 8_000;

impl Content {
    /// Classifies a blob by its first [`SAMPLE`] bytes; more of it may be passed.
    pub fn of(bytes: &[u8]) -> Self {
        let sample = &bytes[..bytes.len().min(SAMPLE)];
        if let Some(wide) = Wide::marked(sample) {
            Content::Wide(wide)
        } else if has_text_mark(sample) {
            Content::Text
        } else if let Some((_, packed)) = PACKED.iter().find(|(magic, _)| magic.begins(sample)) {
            Content::Archive(*packed)
        } else if is_tar(sample) {
            Content::Archive(Packed::Tar)
        } else if MEDIA.iter().any(|magic| magic.begins(sample)) {
            Content::Media
        } else if BINARY.iter().any(|magic| magic.begins(sample)) {
            Content::Binary
        } else if has_binary_share(sample) {
            Wide::guessed(sample).map_or(Content::Binary, Content::Wide)
        } else {
            Content::Text
        }
    }

    /// How it is searched where archives are not opened: the members of a tar lie in clear.
    #[must_use]
    pub fn closed(self) -> Self {
        match self {
            Content::Archive(Packed::Tar) => Content::Text,
            Content::Archive(_) => Content::Media,
            other => other,
        }
    }
}

/// Bytes that a format begins with.
struct Magic {
    /// Where they stand.
    at: usize,
    bytes: &'static [u8],
    /// Further bytes that short marks need, so that a text which begins with the same letters stays text.
    and: Option<(usize, &'static [u8])>,
}

impl Magic {
    fn begins(&self, sample: &[u8]) -> bool {
        // Nearly always the first byte says no, and every version of every file is asked.
        let holds = |at: usize, bytes: &[u8]| {
            bytes.first().is_none_or(|first| sample.get(at) == Some(first))
                && sample.get(at..).is_some_and(|rest| rest.starts_with(bytes))
        };
        holds(self.at, self.bytes) && self.and.is_none_or(|(at, bytes)| holds(at, bytes))
    }
}

const fn magic(bytes: &'static [u8]) -> Magic {
    Magic { at: 0, bytes, and: None }
}

const fn magic_at(at: usize, bytes: &'static [u8]) -> Magic {
    Magic { at, bytes, and: None }
}

const fn magic_and(bytes: &'static [u8], at: usize, more: &'static [u8]) -> Magic {
    Magic { at: 0, bytes, and: Some((at, more)) }
}

/// What can be unpacked; a tar has its mark elsewhere.
const PACKED: &[(Magic, Packed)] = &[
    (magic(b"\x1f\x8b\x08"), Packed::Gzip),
    (magic(b"PK\x03\x04"), Packed::Zip),
    (magic(b"PK\x05\x06"), Packed::Zip),
    (magic(b"PK\x07\x08"), Packed::Zip),
    (magic(b"\xfd7zXZ\0"), Packed::Xz),
    (magic(b"\x28\xb5\x2f\xfd"), Packed::Zstd),
    (magic_and(b"BZh", 4, b"1AY&SY"), Packed::Bzip2),
    (magic(b"7z\xbc\xaf\x27\x1c"), Packed::SevenZip),
];

/// Compressed, encrypted or pictorial: no text to be found without decoding.
const MEDIA: &[Magic] = &[
    magic(b"\x89PNG\r\n\x1a\n"),
    magic(b"\xff\xd8\xff"),
    magic(b"GIF87a"),
    magic(b"GIF89a"),
    magic_and(b"RIFF", 8, b"WEBP"),
    magic_and(b"RIFF", 8, b"WAVE"),
    magic_and(b"RIFF", 8, b"AVI "),
    magic_and(b"BM", 6, b"\0\0\0\0"),
    magic(b"II*\0"),
    magic(b"MM\0*"),
    magic(b"8BPS\0"),
    magic_and(b"\0\0\x01\0", 5, b"\0"),
    magic_and(b"\0\0\x02\0", 5, b"\0"),
    magic(b"\x04\x22\x4d\x18"),
    magic(b"Rar!\x1a\x07"),
    magic(b"MSCF\0\0\0\0"),
    magic(b"wOFF\0\x01\0\0"),
    magic(b"wOFFOTTO"),
    magic(b"wOF2\0\x01\0\0"),
    magic(b"wOF2OTTO"),
    magic(b"OTTO\0"),
    magic(b"\0\x01\0\0\0"),
    magic(b"%PDF-"),
    magic_at(4, b"ftyp"),
    magic(b"ID3\x02"),
    magic(b"ID3\x03"),
    magic(b"ID3\x04"),
    magic(b"\xff\xfb"),
    magic(b"\xff\xf3"),
    magic(b"\xff\xf2"),
    magic(b"OggS\0"),
    magic(b"fLaC\0"),
    magic(b"\x1a\x45\xdf\xa3"),
];

/// Programs and data whose strings lie in clear.
const BINARY: &[Magic] = &[
    magic(b"\x7fELF"),
    magic(b"\xfe\xed\xfa\xce"),
    magic(b"\xfe\xed\xfa\xcf"),
    magic(b"\xce\xfa\xed\xfe"),
    magic(b"\xcf\xfa\xed\xfe"),
    magic(b"\xca\xfe\xba\xbe"),
    magic_and(b"MZ", 3, b"\0"),
    magic(b"\0asm"),
    magic(b"SQLite format 3\0"),
    magic_and(b"", 2, b"\r\n\0\0\0\0"),
    magic_and(b"", 2, b"\r\n\x01\0\0\0"),
    magic_and(b"", 2, b"\r\n\x03\0\0\0"),
    magic(b"dex\n03"),
    magic(b"BC\xc0\xde"),
    magic(b"\xac\xed\0\x05"),
    magic(b"!<arch>\n"),
    magic(b"PACK\0\0\0"),
    magic(b"DIRC\0\0\0"),
    magic(b"PAR1\x15"),
    magic(b"\x1bLua"),
];

/// The mark of UTF-8.
fn has_text_mark(sample: &[u8]) -> bool {
    sample.starts_with(b"\xef\xbb\xbf")
}

/// The header of a tar archive, whose sum of bytes stands in it as octal digits; the digits themselves count as blanks.
fn is_tar(sample: &[u8]) -> bool {
    if sample.get(257..262) != Some(b"ustar") || sample.len() < 512 {
        return false;
    }
    let (header, digits) = (&sample[..512], 148..156);
    let is_digit = |b: &&u8| (b'0'..b'8').contains(*b);
    let written = header[digits.clone()].iter().skip_while(|b| **b == b' ').take_while(is_digit);
    let written = written.fold(0_u64, |sum, digit| sum * 8 + u64::from(*digit - b'0'));
    let sum = header.iter().enumerate().map(|(at, b)| if digits.contains(&at) { 0x20 } else { u64::from(*b) });
    sum.sum::<u64>() == written
}

/// Whether more than a tenth are control bytes.
fn has_binary_share(sample: &[u8]) -> bool {
    controls(sample) * 10 > sample.len()
}

/// Control bytes that texts do not hold.
fn controls(sample: &[u8]) -> usize {
    // Sums of bytes over short chunks: the compiler turns these into vector instructions, and every file is asked.
    sample.chunks(128).map(|chunk| usize::from(chunk.iter().map(|b| u8::from(is_control(*b))).sum::<u8>())).sum()
}

/// Without branches and never a call, for [`controls`].
#[inline(always)]
const fn is_control(byte: u8) -> bool {
    let is_text = (byte == b'\t') | (byte == b'\n') | (byte == b'\r') | (byte == 0x0c) | (byte == 0x1b);
    (byte < 0x20) & !is_text | (byte == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn wide(text: &str, width: usize, big: bool) -> Vec<u8> {
        let unit = |c: char| {
            let mut bytes = (c as u32).to_le_bytes()[..width].to_vec();
            if big {
                bytes.reverse();
            }
            bytes
        };
        text.chars().flat_map(unit).collect()
    }

    #[test]
    fn every_kind_is_told_apart() {
        let mut one_nul = b"key = value\n".repeat(50);
        one_nul[7] = 0;
        let mut tar = vec![0; 512];
        tar[..5].copy_from_slice(b"a.txt");
        tar[257..262].copy_from_slice(b"ustar");
        let no_tar = tar.iter().map(|b| if *b == 0 { b' ' } else { *b }).collect();
        let sum = tar.iter().map(|b| u32::from(*b)).sum::<u32>() + 8 * 0x20;
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend(b"password = hunter2\n");
        tar.resize(1024, 0);
        let random: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let ten_of_hundred: Vec<u8> = [[1_u8; 10].as_slice(), &[b'a'; 90]].concat();
        let eleven_of_hundred: Vec<u8> = [[1_u8; 11].as_slice(), &[b'a'; 89]].concat();
        let table: &[(&str, Vec<u8>, Content)] = &[
            ("empty", vec![], Content::Text),
            ("source", b"fn main() {}\n".to_vec(), Content::Text),
            ("latin-1", b"caf\xe9 = \xfc\n".repeat(9), Content::Text),
            ("one NUL", one_nul, Content::Text),
            ("a tenth is allowed", ten_of_hundred, Content::Text),
            ("more than a tenth is not", eleven_of_hundred, Content::Binary),
            ("terminal colours", b"\x1b[1mbold\x1b[0m\n".repeat(9), Content::Text),
            ("form feeds", b"a\x0c\n".repeat(9), Content::Text),
            ("UTF-8 BOM", b"\xef\xbb\xbfkey".to_vec(), Content::Text),
            (
                "UTF-16LE BOM",
                [b"\xff\xfe".to_vec(), wide("key = 1\n", 2, false)].concat(),
                Content::Wide(Wide::Utf16Le),
            ),
            ("UTF-16BE BOM", [b"\xfe\xff".to_vec(), wide("key = 1\n", 2, true)].concat(), Content::Wide(Wide::Utf16Be)),
            ("UTF-16LE", wide("password = \"x\"\r\n", 2, false), Content::Wide(Wide::Utf16Le)),
            ("UTF-16BE", wide("password = \"x\"\r\n", 2, true), Content::Wide(Wide::Utf16Be)),
            ("UTF-32LE", wide("password = \"x\"\r\n", 4, false), Content::Wide(Wide::Utf32Le)),
            ("UTF-32BE", wide("password = \"x\"\r\n", 4, true), Content::Wide(Wide::Utf32Be)),
            ("tar", tar, Content::Archive(Packed::Tar)),
            ("a text with the word of tar", no_tar, Content::Text),
            ("letters of magic", b"BMW and MZ and GIF and PK".to_vec(), Content::Text),
            ("BZh in prose", b"BZh9 is how a bzip2 file begins".to_vec(), Content::Text),
            ("two letters and CRLF", b"ab\r\ncd\r\n".to_vec(), Content::Text),
            ("svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), Content::Text),
            ("zeros", vec![0; 9000], Content::Binary),
            ("random", random, Content::Binary),
            ("ELF", b"\x7fELF\x02\x01\x01".to_vec(), Content::Binary),
            ("Mach-O", b"\xcf\xfa\xed\xfe\x07".to_vec(), Content::Binary),
            ("class", b"\xca\xfe\xba\xbe\0\0\0\x34".to_vec(), Content::Binary),
            ("PE", b"MZ\x90\0\x03\0\0\0".to_vec(), Content::Binary),
            ("wasm", b"\0asm\x01\0\0\0".to_vec(), Content::Binary),
            ("sqlite", b"SQLite format 3\0\x10".to_vec(), Content::Binary),
            ("pyc", b"\xcb\r\r\n\0\0\0\0abcdabcd".to_vec(), Content::Binary),
            ("png", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), Content::Media),
            ("jpeg", b"\xff\xd8\xff\xe0".to_vec(), Content::Media),
            ("gif", b"GIF89a\x01".to_vec(), Content::Media),
            ("webp", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec(), Content::Media),
            ("gzip", b"\x1f\x8b\x08\0".to_vec(), Content::Archive(Packed::Gzip)),
            ("zip", b"PK\x03\x04\x14".to_vec(), Content::Archive(Packed::Zip)),
            ("xz", b"\xfd7zXZ\0".to_vec(), Content::Archive(Packed::Xz)),
            ("zstd", b"\x28\xb5\x2f\xfd\x24".to_vec(), Content::Archive(Packed::Zstd)),
            ("bzip2", b"BZh91AY&SY".to_vec(), Content::Archive(Packed::Bzip2)),
            ("7z", b"7z\xbc\xaf\x27\x1c".to_vec(), Content::Archive(Packed::SevenZip)),
            ("woff2", b"wOF2\0\x01\0\0".to_vec(), Content::Media),
            ("pdf", b"%PDF-1.7\n".to_vec(), Content::Media),
            ("mp3", b"ID3\x04\0".to_vec(), Content::Media),
            ("mp4", b"\0\0\0\x18ftypmp42".to_vec(), Content::Media),
            ("ogg", b"OggS\0\x02".to_vec(), Content::Media),
            ("ico", b"\0\0\x01\0\x01\0\x10\x10".to_vec(), Content::Media),
        ];
        for (name, bytes, want) in table {
            assert_eq!(Content::of(bytes), *want, "{name}");
        }
    }

    #[test]
    fn only_the_beginning_decides() {
        let mut bytes = vec![b'a'; SAMPLE];
        bytes.extend(vec![0; SAMPLE * 4]);
        assert_eq!(Content::of(&bytes), Content::Text);
    }
}
