//! Base64 that is split over lines: in YAML, in mails, between lines of dashes.
//!
//! Each line is decoded as a run of its own as well; only what stands across the end of a line needs the block. A block
//! depends on all of its lines, so the few texts that may hold one are looked through from their beginning.

use super::begin::{Held, held, is_letter, starts};
use super::{Layer, letters};
use crate::engine::{Engine, Scanned};
use crate::finding::Encoding;
use std::ops::Range;

/// The fewest letters of a line that goes on in the next.
const FULL: usize = 40;

/// Whether the run from `at` on may be the first line of a block: it is long, and ends its line.
pub(super) fn may_begin(bytes: &[u8], at: usize, end: usize) -> bool {
    end - at >= FULL && matches!(bytes[end..], [b'\n', ..] | [b'\r', b'\n', ..])
}

impl Engine {
    /// Searches the blocks of a whole text, adding to `out`.
    pub(in crate::engine) fn scan_blocks_to_depth(&self, bytes: &[u8], depth: u8, out: &mut Scanned) {
        out.blocks = false;
        if depth == 0 {
            return;
        }
        let mut at = 0;
        let mut first = Vec::new();
        while let Some(end) = memchr::memchr(b'\n', &bytes[at..]).map(|i| at + i) {
            let line = trimmed(bytes, at..end);
            at = end + 1;
            let tail = line.end - bytes[line.clone()].iter().rev().take_while(|b| is_letter(**b)).count();
            if line.end - tail < FULL {
                continue;
            }
            first.clear();
            starts(bytes, tail..tail + 1, &mut first);
            if first.is_empty() || !matches!(held(bytes, tail), Some(Held::Text | Held::Gzip)) {
                continue;
            }
            out.blocks = true;
            let lines = lines_from(bytes, tail..line.end, at);
            if lines.len() > 1 {
                at = lines.last().map_or(at, |last| last.end);
                self.search_block(bytes, &lines, depth, out);
            }
        }
    }

    fn search_block(&self, bytes: &[u8], lines: &[Range<usize>], depth: u8, out: &mut Scanned) {
        let joined: Vec<u8> = lines.iter().flat_map(|line| &bytes[line.clone()]).copied().collect();
        let Some(plain) = letters(&joined) else { return };
        let mut before = 0;
        let begins: Vec<usize> = lines
            .iter()
            .map(|line| {
                before += line.len();
                before - line.len()
            })
            .collect();
        let place = |letter: usize| {
            let line = begins.partition_point(|begin| *begin <= letter).saturating_sub(1);
            lines[line].start + letter - begins[line]
        };
        let span = |inner: &Range<usize>| {
            let last = (inner.end * 4).div_ceil(3).max(1) - 1;
            place(inner.start * 4 / 3)..place(last) + 1
        };
        let layer = Layer { window: 0..bytes.len(), encoding: Encoding::Base64, name: &[], span: &span };
        self.search_layer(&plain, &layer, depth, out);
    }
}

/// A line without the blanks at its ends.
fn trimmed(bytes: &[u8], line: Range<usize>) -> Range<usize> {
    let text = &bytes[line.clone()];
    let left = text.len() - text.trim_ascii_start().len();
    let right = text.len() - text.trim_ascii_end().len();
    line.start + left.min(text.len() - right)..line.end - right
}

/// The lines of a block that begins with `first`: as long as its second line, but for the last. `at` is where the second
/// begins.
fn lines_from(bytes: &[u8], first: Range<usize>, mut at: usize) -> Vec<Range<usize>> {
    let mut lines = vec![first];
    let mut width = None;
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
        let line = trimmed(bytes, at..end);
        let text = &bytes[line.clone()];
        let length = text.iter().take_while(|b| is_letter(**b)).count();
        let is_padded = length < text.len();
        let is_body = length > 0 && text.len() - length <= 2 && text[length..].iter().all(|b| *b == b'=');
        if !is_body || width.is_some_and(|width| length > width) {
            break;
        }
        lines.push(line.start..line.start + length);
        at = end + 1;
        let full = *width.get_or_insert(length);
        if length < full.max(FULL) || is_padded {
            break;
        }
    }
    lines
}
