//! What a key was wrapped in: encodings that were undone to find it, and the archive that it lies in.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// A way to write bytes as other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Two bytes a character, or four for rare ones.
    #[serde(rename = "utf-16")]
    Utf16,
    /// Four bytes a character.
    #[serde(rename = "utf-32")]
    Utf32,
    /// Base64, of the standard or the URL-safe alphabet.
    Base64,
    /// Two hexadecimal digits a byte.
    Hex,
    /// Compressed by gzip.
    Gzip,
    /// A member of an archive that stands in a text.
    Archive,
    /// `%41`, as in addresses.
    Percent,
    /// `\u0041`.
    UnicodeEscape,
    /// `\x41`.
    HexEscape,
    /// `\n`, `\"` and the like, as in JSON.
    JsonString,
}

impl Encoding {
    /// That of text whose characters take so many bytes each.
    pub fn of_width(width: usize) -> Self {
        if width == 2 { Encoding::Utf16 } else { Encoding::Utf32 }
    }

    /// As reports write it.
    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
            Encoding::Base64 => "base64",
            Encoding::Hex => "hex",
            Encoding::Gzip => "gzip",
            Encoding::Archive => "archive",
            Encoding::Percent => "percent",
            Encoding::UnicodeEscape => "unicode-escape",
            Encoding::HexEscape => "hex-escape",
            Encoding::JsonString => "json-string",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What stands between the bytes of an input and a key in it; nothing, for a key in clear.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wrap {
    /// The encodings, the outermost first.
    pub encodings: Vec<Encoding>,
    /// Where in the decoded text the key stands: two keys within one encoded span are told apart by it.
    pub inner: Option<(u64, u64)>,
    /// The path within the archive that the key lies in; of archives in archives, joined by `!`.
    pub member: Option<Vec<u8>>,
}

impl Wrap {
    /// Whether nothing stands between.
    pub fn is_none(&self) -> bool {
        self.encodings.is_empty() && self.member.is_none()
    }
}

/// The key of a hit that does not stand in clear in its blob.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The plain key. Not printable: no `Debug` of its own.
    pub plain: Box<[u8]>,
    /// What was undone, the outermost first.
    pub encodings: Vec<Encoding>,
    /// Where the key stands in the decoded text.
    pub inner: Range<usize>,
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decoded({:?}, {} bytes)", self.encodings, self.plain.len())
    }
}
