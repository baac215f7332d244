//! Archives and compressed files: hands out what they hold, member by member, archives in archives too.
//!
//! Nothing is written anywhere, so names of members are only names. What is hostile or damaged costs bounded time and
//! memory, and comes back as a [`Gap`]: what could be read of it was handed out before.

mod formats;
#[cfg(test)]
mod tests;

use crate::content::{Content, Packed};
use crate::problem::Problem;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How gzip begins.
pub const GZIP: &[u8] = b"\x1f\x8b\x08";

/// How much is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives within archives.
    pub depth: u8,
    /// Members of all of them.
    pub entries: u64,
    /// Bytes of one member, which lie in memory.
    pub member: u64,
    /// Bytes of all members.
    pub total: u64,
    /// How many times larger than the archive its members may be; small ones, up to `free` bytes, may be more.
    pub ratio: u64,
    /// See `ratio`.
    pub free: u64,
}

impl Limits {
    /// What is usual, to this depth.
    pub fn to_depth(depth: u8) -> Self {
        Self { depth, entries: 200_000, member: 256 << 20, total: 2 << 30, ratio: 200, free: 64 << 20 }
    }
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The path within the archive; nothing for the archive itself.
    pub member: Vec<u8>,
    /// Why, as the end of a sentence about it.
    pub why: String,
}

impl Gap {
    /// As a problem of the archive that is called so.
    pub fn problem(&self, archive: &str) -> Problem {
        let member =
            if self.member.is_empty() { String::new() } else { format!("!{}", String::from_utf8_lossy(&self.member)) };
        Problem::incomplete(format!("{archive}{member}"), self.why.clone())
    }
}

/// Gaps of one archive that are told one by one.
const GAPS: usize = 20;
/// What the reader of a single compressed stream is called, where the stream does not say.
const STREAM: &[u8] = b"decompressed";

/// Hands the path and the bytes of each member to `emit`.
pub fn unpack(bytes: &[u8], packed: Packed, limits: Limits, emit: &mut dyn FnMut(&[u8], &[u8])) -> Vec<Gap> {
    let mut unpacking = Unpacking {
        limits,
        compressed: bytes.len() as u64,
        entries: 0,
        bytes: 0,
        stopped: false,
        gaps: Vec::new(),
        more: 0,
        emit,
    };
    unpacking.open(bytes, packed, limits.depth, &[]);
    let Unpacking { mut gaps, more, .. } = unpacking;
    if more > 0 {
        gaps.push(Gap { member: Vec::new(), why: format!("{more} more of its members could not be read") });
    }
    gaps
}

/// What gzip holds, as far as it can be read and up to so many bytes.
pub fn gunzip(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // A stream that is cut holds something up to there.
    let _ = flate2::bufread::MultiGzDecoder::new(bytes).take(most as u64).read_to_end(&mut out);
    out
}

/// One archive being unpacked, with those within it.
struct Unpacking<'e> {
    limits: Limits,
    /// Bytes of the outermost archive.
    compressed: u64,
    entries: u64,
    bytes: u64,
    /// Whether a limit of the whole was met.
    stopped: bool,
    gaps: Vec<Gap>,
    more: u64,
    emit: &'e mut dyn FnMut(&[u8], &[u8]),
}

impl Unpacking<'_> {
    /// Reads the members of an archive at `path`, of which `depth` levels may be opened.
    fn open(&mut self, bytes: &[u8], packed: Packed, depth: u8, path: &[u8]) {
        if depth == 0 {
            self.gap(path, "lies deeper in archives than --max-archive-depth");
            return;
        }
        // A defect of a reader must not take the rest of the run with it.
        let read = catch_unwind(AssertUnwindSafe(|| formats::read(self, bytes, packed, depth, path)));
        if read.is_err() {
            self.gap(path, "cannot be read: it is damaged");
        }
    }

    fn gap(&mut self, member: &[u8], why: impl Into<String>) {
        if self.gaps.len() < GAPS {
            self.gaps.push(Gap { member: member.to_vec(), why: why.into() });
        } else {
            self.more += 1;
        }
    }

    /// Counts a member; whether it may be read.
    fn may_enter(&mut self) -> bool {
        self.entries += 1;
        if self.entries > self.limits.entries && !self.stopped {
            self.stopped = true;
            self.gap(&[], format!("holds more than {} members; the rest was not scanned", self.limits.entries));
        }
        !self.stopped
    }

    /// Reads a member and hands it out, or what it holds. A stream adds no name where an archive is in it.
    fn member(&mut self, reader: &mut dyn Read, path: &[u8], depth: u8, is_stream: bool) {
        let content = self.read(reader, path);
        match Content::of(&content) {
            Content::Archive(packed) if is_stream && packed == Packed::Tar => {
                let outer = path.rsplitn(2, |b| *b == b'!').nth(1).unwrap_or_default();
                self.open(&content, packed, depth, outer);
            }
            Content::Archive(packed) => self.open(&content, packed, depth - 1, path),
            _ => (self.emit)(path, &content),
        }
    }

    /// Reads as much as the limits allow; what is missing is a gap.
    fn read(&mut self, reader: &mut dyn Read, path: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            let n = match reader.read(&mut buffer) {
                Ok(0) => return content,
                Ok(n) => n,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.gap(path, format!("cannot be read in full: {error}"));
                    return content;
                }
            };
            self.bytes += n as u64;
            content.extend_from_slice(&buffer[..n]);
            let allowed = self.limits.free.max(self.compressed.saturating_mul(self.limits.ratio));
            if self.bytes > allowed.min(self.limits.total) {
                self.stopped = true;
                let why = format!("unpacks to more than {} MB; the rest was not scanned", self.bytes >> 20);
                self.gap(path, why);
                return content;
            }
            if content.len() as u64 > self.limits.member {
                self.gap(path, format!("is larger than {} MB; the rest was not scanned", self.limits.member >> 20));
                return content;
            }
        }
    }
}
