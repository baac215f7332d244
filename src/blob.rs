//! What a source hands to the engine: bytes, where they came from, and which of them are new.
//!
//! Every stage agrees on these types, so they depend on nothing else in the crate.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Range;

/// Bytes to look at, borrowed from whoever read them.
#[derive(Debug, Clone)]
pub struct Blob<'a> {
    /// The content, undecoded.
    pub bytes: &'a [u8],
    /// Where the content came from.
    pub origin: Origin,
    /// Which bytes have not been looked at before.
    pub fresh: Fresh<'a>,
    /// Added to every line number: the lines that came before, when a huge file is read in pieces.
    pub lines_before: u64,
    /// Added to every column on the first line: the characters of that line that came before.
    pub columns_before: u64,
    /// Added to every byte offset, likewise.
    pub bytes_before: u64,
}

impl<'a> Blob<'a> {
    /// A blob of which nothing has been seen before.
    pub fn whole(bytes: &'a [u8], origin: Origin) -> Self {
        Self { bytes, origin, fresh: Fresh::All, lines_before: 0, columns_before: 0, bytes_before: 0 }
    }
}

/// The part of a blob that has not been looked at before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh<'a> {
    /// All of it.
    All,
    /// Only these byte ranges, sorted and disjoint. An empty range marks a seam: bytes that were not neighbours before.
    Ranges(&'a [Range<usize>]),
}

/// Where a blob came from. Paths are bytes because git's and Unix's are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file of the file system; the path as reports show it.
    File {
        /// Relative to where the scan was started where that is possible.
        path: Vec<u8>,
    },
    /// The index of a git repository: what the next commit would hold.
    Staged {
        /// Relative to the worktree's root.
        path: Vec<u8>,
    },
    /// Standard input.
    Stdin,
    /// An object of a git repository; which commits hold it is found out later.
    Object(ObjectId),
}

/// The name of a git object: 20 bytes (SHA-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 20]);

impl ObjectId {
    /// From 20 bytes; `None` for any other length (SHA-256 has 32).
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads 40 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_hex(text.as_bytes())
    }

    /// The same from bytes.
    pub fn from_hex(text: &[u8]) -> Option<Self> {
        let mut id = [0; 20];
        let is_all = text.len() == 2 * id.len() && data_encoding::HEXLOWER_PERMISSIVE.decode_mut(text, &mut id).is_ok();
        is_all.then_some(Self(id))
    }

    /// The first `n` hexadecimal digits.
    pub fn short(&self, n: usize) -> String {
        let mut s = self.to_string();
        s.truncate(n);
        s
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("an object id has 40 hexadecimal digits"))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
