//! One version of a file and the keys in it; the next version inherits what did not change.
//!
//! The law: the hits of a version are exactly those of scanning it whole. A hit depends only on the bytes of its window
//! ([`crate::engine`]); if the window, with one byte to either side, was copied in one piece, the hit is there again. If
//! not, a changed byte or a seam touches the window, so its line is scanned anew.

use super::keys::{Inside, Key, KeyIx, Keys};
use super::walk::Options;
use crate::archive::Gap;
use crate::blob::{Blob, ObjectId, Origin};
use crate::content::{Content, SAMPLE};
use crate::engine::{Engine, Mark, Memory, Regions, Scanned};
use crate::finding::{Hit, has_own_mark};
use crate::git::delta::{self, Run};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A hit, small enough to be copied from version to version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredHit {
    /// Start of the window on which it depends. First, so that hits are sorted by it.
    pub window_start: u32,
    /// End of that window.
    pub window_end: u32,
    /// Start of the secret.
    pub start: u32,
    /// End of the secret.
    pub end: u32,
    /// Rule, secret and proof.
    pub key: KeyIx,
}

impl StoredHit {
    /// The same hit in bytes that begin `by` bytes earlier.
    pub(super) fn shifted(&self, by: u32) -> Self {
        Self {
            window_start: self.window_start + by,
            window_end: self.window_end + by,
            start: self.start + by,
            end: self.end + by,
            key: self.key,
        }
    }
}

/// The content of a version and what was found in it.
#[derive(Debug, Default)]
pub(super) struct Version {
    pub(super) bytes: Vec<u8>,
    content: Option<Content>,
    /// Sorted, without duplicates.
    pub(super) hits: Vec<StoredHit>,
    marks: Vec<Mark>,
    /// Whether encoded text may go on over several lines of it.
    blocks: bool,
    /// What of an archive was not looked at.
    gaps: Vec<Gap>,
    /// Whether a defect stopped the look.
    failed: bool,
}

/// Memory that is used again for every version.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) delta: Vec<u8>,
    pub(super) runs: Vec<Run>,
    fresh: Vec<Range<usize>>,
    regions: Regions,
    scanned: Scanned,
}

/// What it takes to look at versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eye<'a> {
    pub(super) engine: &'a Engine,
    pub(super) keys: &'a Keys,
    /// Larger blobs are not looked at, in bytes.
    pub(super) max_size: u64,
    /// Lines in which nothing was found, which are not looked at again.
    pub(super) memory: Option<&'a Arc<Memory>>,
}

impl Version {
    /// A version that was not looked at: too large, or only passed through.
    pub(super) fn unseen(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Takes its memory for the next one.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What of an archive was not looked at.
    pub(super) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Whether a defect of keyhound stopped the look at it.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// What kind of content it is, if it was looked at.
    pub(super) fn content(&self) -> Option<Content> {
        self.content
    }
}

impl<'a> Eye<'a> {
    /// Looks with `engine` as `options` say, keeps what it sees in `keys`, and remembers lines in which it saw nothing.
    pub(super) fn new(engine: &'a Engine, keys: &'a Keys, options: &Options, memory: Option<&'a Arc<Memory>>) -> Self {
        let max_size = options.max_blob_size.min(u64::from(u32::MAX));
        Self { engine, keys, max_size, memory: memory.filter(|_| !options.whole_blobs) }
    }
}

impl Eye<'_> {
    /// Looks at the whole of `bytes`. Gives the number of bytes looked at.
    pub(super) fn whole(&self, bytes: Vec<u8>, scratch: &mut Scratch) -> (Version, u64) {
        guarded(bytes, scratch, |bytes, scratch| self.look_at_whole(bytes, scratch))
    }

    /// Looks at what is new in `bytes`, which `scratch.runs` says how to make from `base`. Gives the number of new bytes.
    pub(super) fn next(&self, base: &Version, bytes: Vec<u8>, scratch: &mut Scratch) -> (Version, u64) {
        guarded(bytes, scratch, |bytes, scratch| self.look_at_next(base, bytes, scratch))
    }

    fn look_at_whole(&self, bytes: &[u8], scratch: &mut Scratch) -> (Version, u64) {
        if bytes.len() as u64 > self.max_size {
            return (Version::default(), 0);
        }
        let content = self.engine.opened(Content::of(bytes));
        if is_decoded(content) {
            return self.decoded(bytes, content);
        }
        let all = 0..bytes.len();
        scratch.scanned.clear();
        if let Some(memory) = self.memory {
            scratch.scanned.remember(memory);
        }
        self.engine.scan_regions(bytes, std::slice::from_ref(&all), content, &mut scratch.scanned);
        self.engine.scan_whole(bytes, content, &mut scratch.scanned);
        let blocks = self.scan_blocks(bytes, false, &mut scratch.scanned);
        let (hits, marks) = self.store(bytes, &mut scratch.scanned);
        let fresh = if content == Content::Media { 0 } else { bytes.len() as u64 };
        (Version { content: Some(content), hits, marks, blocks, ..Version::default() }, fresh)
    }

    /// Looks at the whole of what `bytes` decode to. Nothing is inherited from or by such a version.
    fn decoded(&self, bytes: &[u8], content: Content) -> (Version, u64) {
        let blob = Blob::whole(bytes, Origin::Object(ObjectId([0; 20])));
        let mut hits: Vec<StoredHit> = Vec::new();
        let look = self.engine.look(&blob, content);
        for seen in look.keys {
            let allowed = !seen.marks.is_empty();
            let inside = Inside { wrap: seen.wrap, spot: Some((seen.position, seen.marks)) };
            hits.push(StoredHit {
                window_start: 0,
                window_end: bytes.len() as u32,
                start: seen.span.start as u32,
                end: seen.span.end as u32,
                key: self.keys.index(Key {
                    rule: seen.rule,
                    secret: seen.plain,
                    confidence: seen.confidence,
                    reasons: seen.reasons,
                    inside: Some(Box::new(inside)),
                    allowed,
                }),
            });
        }
        hits.sort_unstable();
        hits.dedup();
        let fresh = bytes.len() as u64;
        (Version { content: Some(content), hits, gaps: look.gaps, ..Version::default() }, fresh)
    }

    /// Looks at the encoded text that goes on over several lines, which depends on all of them: if `base` may hold such
    /// text, or what was just scanned. Says whether this version may.
    fn scan_blocks(&self, bytes: &[u8], base: bool, scanned: &mut Scanned) -> bool {
        if base || scanned.blocks {
            self.engine.scan_blocks(bytes, scanned);
        }
        scanned.blocks
    }

    fn look_at_next(&self, base: &Version, bytes: &[u8], scratch: &mut Scratch) -> (Version, u64) {
        let Some(base_content) = base.content else { return self.look_at_whole(bytes, scratch) };
        if bytes.len() as u64 > self.max_size {
            return (Version::default(), 0);
        }
        let same_head = scratch.runs.first().is_some_and(|run| {
            let head = bytes.len().max(base.bytes.len()).min(SAMPLE);
            run.at == 0 && run.from == 0 && run.len >= head
        });
        let content = if same_head { base_content } else { self.engine.opened(Content::of(bytes)) };
        if content != base_content || is_decoded(content) {
            return self.look_at_whole(bytes, scratch);
        }
        if content == Content::Media {
            return (Version { content: Some(content), ..Version::default() }, 0);
        }
        delta::fresh(&scratch.runs, base.bytes.len(), bytes.len(), &mut scratch.fresh);
        let fresh_bytes = scratch.fresh.iter().map(|range| range.len() as u64).sum();
        scratch.regions.around(bytes, &scratch.fresh, self.engine.reach());
        scratch.scanned.clear();
        if let Some(memory) = self.memory {
            scratch.scanned.remember(memory);
        }
        self.engine.scan_regions(bytes, scratch.regions.as_slice(), content, &mut scratch.scanned);
        if !base.marks.is_empty() {
            self.inherit_marks(base, bytes, content, scratch);
        }
        // The outcome of these depends on all bytes, so nothing of it is inherited.
        self.engine.scan_whole(bytes, content, &mut scratch.scanned);
        let blocks = self.scan_blocks(bytes, base.blocks, &mut scratch.scanned);
        let (mut hits, marks) = self.store(bytes, &mut scratch.scanned);
        if !base.hits.is_empty() {
            inherit_hits(base, bytes.len(), &scratch.runs, &mut hits);
        }
        (Version { content: Some(content), hits, marks, blocks, ..Version::default() }, fresh_bytes)
    }

    /// Keeps the places of rules over several lines that are still there, and looks again where their window changed.
    fn inherit_marks(&self, base: &Version, bytes: &[u8], content: Content, scratch: &mut Scratch) {
        for run in &scratch.runs {
            // Marks are sorted by their literals: a file may hold thousands of both.
            let first = base.marks.partition_point(|mark| mark.literal.start < run.from);
            let inside = base.marks[first..].iter().take_while(|mark| mark.literal.start < run.from + run.len);
            for mark in inside {
                if !carries(run, &mark.literal, base.bytes.len(), bytes.len()) {
                    continue;
                }
                let shift = |range: &Range<usize>| range.start - run.from + run.at..range.end - run.from + run.at;
                if carries(run, &mark.window, base.bytes.len(), bytes.len()) {
                    let (literal, window) = (shift(&mark.literal), shift(&mark.window));
                    scratch.scanned.marks.push(Mark { rule: mark.rule, literal, window });
                } else {
                    self.engine.try_again(bytes, mark.rule, shift(&mark.literal), content, &mut scratch.scanned);
                }
            }
        }
    }

    /// Turns what the engine found into stored hits and marks, sorted and without duplicates.
    fn store(&self, bytes: &[u8], scanned: &mut Scanned) -> (Vec<StoredHit>, Vec<Mark>) {
        let mut marked = Marked::default();
        let mut hits: Vec<StoredHit> = scanned
            .hits
            .drain(..)
            .map(|hit| StoredHit {
                window_start: hit.window.start as u32,
                window_end: hit.window.end as u32,
                start: hit.secret.start as u32,
                end: hit.secret.end as u32,
                key: self.keys.index(Key {
                    rule: hit.rule,
                    secret: hit.plain(bytes).into(),
                    confidence: hit.confidence,
                    inside: hit.decoded.is_some().then(|| Box::new(Inside { wrap: hit.wrap(), spot: None })),
                    allowed: marked.is_allowed(bytes, &hit),
                    reasons: hit.reasons,
                }),
            })
            .collect();
        hits.sort_unstable();
        hits.dedup();
        let mut marks = std::mem::take(&mut scanned.marks);
        marks.sort_unstable_by_key(|mark| (mark.literal.start, mark.rule));
        marks.dedup();
        (hits, marks)
    }
}

/// Whether hits stand on lines that allow them. A long line may be the window of thousands: it is read once.
#[derive(Default)]
struct Marked {
    /// The window that was asked about last, if it is one line, and the answer.
    last: Option<(Range<usize>, bool)>,
}

impl Marked {
    /// Of the window alone, on which the hit depends: so it is inherited with it.
    fn is_allowed(&mut self, bytes: &[u8], hit: &Hit) -> bool {
        if let Some((window, allowed)) = &self.last
            && *window == hit.window
        {
            return *allowed;
        }
        let window = &bytes[hit.window.clone()];
        let allowed = has_own_mark(window, hit.secret.start.saturating_sub(hit.window.start).min(window.len()));
        let is_line = memchr::memchr(b'\n', window).is_none();
        self.last = is_line.then(|| (hit.window.clone(), allowed));
        allowed
    }
}

/// Looks so that a defect costs this version and no more: the bytes are needed for those that are stored as deltas to it.
fn guarded(
    bytes: Vec<u8>,
    scratch: &mut Scratch,
    look: impl FnOnce(&[u8], &mut Scratch) -> (Version, u64),
) -> (Version, u64) {
    match catch_unwind(AssertUnwindSafe(|| look(&bytes, scratch))) {
        Ok((version, fresh)) => (Version { bytes, ..version }, fresh),
        Err(_) => {
            // It may have been left half filled.
            *scratch = Scratch::default();
            (Version { bytes, failed: true, ..Version::default() }, 0)
        }
    }
}

/// Whether content is searched as what it decodes to, so that nothing of it is inherited.
fn is_decoded(content: Content) -> bool {
    matches!(content, Content::Wide(_) | Content::Archive(_))
}

/// Whether `range` of the base was copied in this run together with the byte before and the byte behind it; at an end
/// of the base, the same end of the result takes that byte's place.
fn carries(run: &Run, range: &Range<usize>, base_len: usize, len: usize) -> bool {
    let left = if range.start == 0 { run.from == 0 && run.at == 0 } else { run.from < range.start };
    let run_end = run.from + run.len;
    let right =
        if range.end == base_len { run_end == base_len && run.at + run.len == len } else { range.end < run_end };
    left && right
}

/// Adds the hits of `base` whose windows were copied.
fn inherit_hits(base: &Version, len: usize, runs: &[Run], hits: &mut Vec<StoredHit>) {
    let found = hits.len();
    for run in runs {
        let first = base.hits.partition_point(|hit| (hit.window_start as usize) < run.from);
        for hit in &base.hits[first..] {
            if hit.window_start as usize >= run.from + run.len {
                break;
            }
            let window = hit.window_start as usize..hit.window_end as usize;
            if carries(run, &window, base.bytes.len(), len) {
                let shift = |at: u32| at - run.from as u32 + run.at as u32;
                hits.push(StoredHit {
                    window_start: shift(hit.window_start),
                    window_end: shift(hit.window_end),
                    start: shift(hit.start),
                    end: shift(hit.end),
                    key: hit.key,
                });
            }
        }
    }
    if found > 0 || runs.len() > 1 {
        hits.sort_unstable();
        hits.dedup();
    }
}

#[cfg(test)]
#[path = "version_tests.rs"]
mod tests;
