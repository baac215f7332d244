//! Reads one input of any size through one buffer: small ones whole, huge ones in pieces that overlap.
//!
//! Each byte is fresh in exactly one piece, and every piece carries enough of its neighbours that no key is lost at an
//! edge. Memory stays constant, whatever the size of the input.

use super::Emit;
use crate::blob::{Blob, Fresh, Origin};
use crate::content::{Content, Packed};
use crate::rule::MAX_REACH;
use std::io::{ErrorKind, Read, Result};

/// How an input is cut.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Inputs up to this size are read whole.
    pub whole: usize,
    /// Fresh bytes of a piece of a larger one.
    pub piece: usize,
    /// Bytes of context on both sides of a piece.
    pub overlap: usize,
    /// The largest archive.
    pub archive: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        // Twice the longest match: a key at the edge, and the neighbourhood that proves it. The rest is room for the
        // spans that rules over several lines declare.
        Self { whole: 64 << 20, piece: 16 << 20, overlap: 2 * MAX_REACH + (64 << 10), archive: 512 << 20 }
    }
}

/// What the first read asks for: most files are smaller, and media is told by it without reading on.
const FIRST: usize = 64 << 10;

/// A buffer that only grows: its bytes are zeroed once and not for every file.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    sizes: Sizes,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Bytes read.
    pub bytes: u64,
    /// Their kind; media is not read to its end.
    pub content: Content,
}

impl Buffer {
    /// A buffer that cuts at other sizes, for tests.
    #[cfg(test)]
    pub fn with_sizes(sizes: Sizes) -> Self {
        Self { bytes: Vec::new(), sizes }
    }

    /// Reads `input` and emits it. `size` is what the file system says, if it says anything.
    ///
    /// # Errors
    ///
    /// Whatever `input` fails with; the pieces before that were emitted.
    pub fn read(&mut self, input: &mut dyn Read, size: u64, origin: Origin, emit: &Emit<'_>) -> Result<Seen> {
        // Pipes and files of /proc say 0, whatever they hold.
        let known = usize::try_from(size).ok().filter(|size| *size > 0 && *size <= self.sizes.whole);
        let most = known.unwrap_or(self.sizes.piece + 2 * self.sizes.overlap);
        let (mut filled, mut ended) = self.fill(input, 0, most.min(FIRST), known)?;
        let content = Content::of(&self.bytes[..filled]);
        if content == Content::Media {
            // Its name may say something.
            emit(&Blob::whole(&[], origin), content);
            return Ok(Seen { bytes: filled as u64, content });
        }
        if let Content::Archive(packed) = content {
            return self.read_archive(input, filled, ended, packed, origin, emit);
        }
        if !ended {
            (filled, ended) = self.fill(input, filled, most, known)?;
        }
        if ended {
            emit(&Blob::whole(&self.bytes[..filled], origin), content);
            return Ok(Seen { bytes: filled as u64, content });
        }
        self.read_on(input, filled, origin, content, emit)
    }

    /// An archive, which has its table at its end and so cannot be read in pieces.
    fn read_archive(
        &mut self,
        input: &mut dyn Read,
        mut filled: usize,
        mut ended: bool,
        packed: Packed,
        origin: Origin,
        emit: &Emit<'_>,
    ) -> Result<Seen> {
        let content = Content::Archive(packed);
        if !ended {
            (filled, ended) = self.fill(input, filled, self.sizes.archive, None)?;
        }
        let seen = if ended {
            emit(&Blob::whole(&self.bytes[..filled], origin), content);
            Ok(Seen { bytes: filled as u64, content })
        } else if packed == Packed::Tar {
            // Its members lie in clear, and have no names then.
            self.read_on(input, filled, origin, Content::Text, emit)
        } else {
            let message = format!("an archive larger than {} MB is not opened", self.sizes.archive >> 20);
            Err(std::io::Error::other(message))
        };
        // What it took is not kept for the files to come.
        self.bytes.truncate(self.sizes.whole);
        self.bytes.shrink_to_fit();
        seen
    }

    /// The pieces of an input that did not fit.
    fn read_on(
        &mut self,
        input: &mut dyn Read,
        mut filled: usize,
        origin: Origin,
        content: Content,
        emit: &Emit<'_>,
    ) -> Result<Seen> {
        let most = self.sizes.piece + 2 * self.sizes.overlap;
        let (mut lines, mut columns, mut start, mut fresh_from, mut ended) = (0_u64, 0_u64, 0_u64, 0, false);
        loop {
            let fresh_to = if ended { filled } else { filled - self.sizes.overlap };
            let fresh = fresh_from..fresh_to;
            let piece = Blob {
                bytes: &self.bytes[..filled],
                origin: origin.clone(),
                fresh: Fresh::Ranges(std::slice::from_ref(&fresh)),
                lines_before: lines,
                columns_before: columns,
                bytes_before: start,
            };
            emit(&piece, content);
            if ended {
                return Ok(Seen { bytes: start + filled as u64, content });
            }
            let at = fresh_to.saturating_sub(self.sizes.overlap);
            let (cut, decoded);
            let gone = match content {
                Content::Wide(wide) => {
                    cut = wide.character_start(&self.bytes, at);
                    decoded = wide.decode(&self.bytes[..cut]).text;
                    decoded.as_slice()
                }
                _ => {
                    cut = character_start(&self.bytes, at);
                    &self.bytes[..cut]
                }
            };
            lines += memchr::memchr_iter(b'\n', gone).count() as u64;
            columns = match memchr::memrchr(b'\n', gone) {
                Some(at) => crate::finding::characters(&gone[at + 1..]),
                None => columns + crate::finding::characters(gone),
            };
            start += cut as u64;
            fresh_from = fresh_to - cut;
            self.bytes.copy_within(cut..filled, 0);
            (filled, ended) = self.fill(input, filled - cut, most, None)?;
        }
    }

    /// Reads until `most` bytes are there or the input ends; says how many are there and whether it ended.
    fn fill(
        &mut self,
        input: &mut dyn Read,
        mut filled: usize,
        most: usize,
        known: Option<usize>,
    ) -> Result<(usize, bool)> {
        if self.bytes.len() < most {
            // At most doubling, so that a short pipe does not cost the memory of a long one.
            let enough = if known.is_some() { most } else { most.min((2 * self.bytes.len()).max(FIRST)) };
            self.bytes.resize(enough, 0);
        }
        while filled < most {
            if filled == self.bytes.len() {
                self.bytes.resize(most.min(2 * filled), 0);
            }
            let room = self.bytes.len().min(most);
            match input.read(&mut self.bytes[filled..room]) {
                Ok(0) => return Ok((filled, true)),
                Ok(n) => filled += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // A file of known size ends where its size says: that saves the read that would tell.
        Ok((filled, known == Some(filled)))
    }
}

/// The nearest start of a UTF-8 character at or before `at`, so that columns are not counted from within one.
fn character_start(bytes: &[u8], at: usize) -> usize {
    let back = bytes[..=at].iter().rev().take(4).position(|b| b & 0xc0 != 0x80);
    at - back.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Position;
    use std::sync::Mutex;

    const SMALL: Sizes = Sizes { whole: 100, piece: 64, overlap: 16, archive: 400 };

    /// Position of every `!` that is fresh where it is seen.
    fn marks(text: &[u8], sizes: Sizes, size: u64) -> Vec<Position> {
        let found = Mutex::new(Vec::new());
        let emit = |blob: &Blob<'_>, _: Content| {
            for at in memchr::memchr_iter(b'!', blob.bytes) {
                let fresh = match blob.fresh {
                    Fresh::All => true,
                    Fresh::Ranges(ranges) => ranges.iter().any(|r| r.contains(&at)),
                };
                if fresh {
                    found.lock().expect("no panic").push(Position::in_blob(blob, at..at + 1));
                }
            }
        };
        let seen = Buffer::with_sizes(sizes).read(&mut &text[..], size, Origin::Stdin, &emit).expect("reads");
        assert_eq!(seen.bytes, text.len() as u64);
        found.into_inner().expect("no panic")
    }

    #[test]
    fn pieces_say_the_same_as_the_whole() {
        let mut text = Vec::new();
        for n in 0..200 {
            let line = format!("{}é!{}\n", "α".repeat(n % 37), "x".repeat(n * 7 % 90));
            text.extend(line.as_bytes());
            if n % 50 == 0 {
                text.extend(format!("{}!", "long ünbroken line ".repeat(30)).as_bytes());
            }
        }
        let whole = marks(&text, Sizes::default(), text.len() as u64);
        assert_eq!(whole.len(), 204);
        for (piece, overlap) in [(64, 16), (61, 13), (200, 100), (9, 7)] {
            let sizes = Sizes { whole: 100, piece, overlap, archive: 400 };
            assert_eq!(marks(&text, sizes, text.len() as u64), whole, "{piece} {overlap}");
            assert_eq!(marks(&text, sizes, 0), whole, "unknown size, {piece} {overlap}");
        }
    }

    #[test]
    fn sizes_at_the_edges_are_read_to_their_end() {
        for len in [0, 1, 63, 64, 65, 95, 96, 97, 99, 100, 101, 159, 160, 161, 300] {
            let text = vec![b'!'; len];
            assert_eq!(marks(&text, SMALL, len as u64).len(), len);
            assert_eq!(marks(&text, SMALL, 0).len(), len);
        }
    }

    #[test]
    fn media_is_not_read_on() {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.resize(1 << 20, 7);
        let emit = |blob: &Blob<'_>, _: Content| assert!(blob.bytes.is_empty(), "only its name is");
        let seen = Buffer::default().read(&mut png.as_slice(), png.len() as u64, Origin::Stdin, &emit).expect("reads");
        assert_eq!(seen, Seen { bytes: FIRST as u64, content: Content::Media });
    }
}
