//! What all threads of a run share: running counts for the progress bar, and whether the run is to end early. The counts are
//! approximate while a run lasts; reports use [`crate::coverage::Coverage`].

use crate::halt::Halt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters that all threads add to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Whether the run goes on.
    pub halt: Halt,
    files: AtomicU64,
    blobs: AtomicU64,
    bytes: AtomicU64,
    hits: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files read.
    pub files: u64,
    /// Git blobs looked at.
    pub blobs: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Places where a key was found.
    pub hits: u64,
}

impl Tally {
    /// Files begun, and bytes of them.
    pub fn read(&self, files: u64, bytes: u64) {
        self.files.fetch_add(files, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// Git blobs; callers on a hot path add many at once.
    pub fn blobs(&self, blobs: u64, bytes: u64) {
        self.blobs.fetch_add(blobs, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// Places where a key was found.
    pub fn hits(&self, hits: u64) {
        self.hits.fetch_add(hits, Relaxed);
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        Counts {
            files: self.files.load(Relaxed),
            blobs: self.blobs.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            hits: self.hits.load(Relaxed),
        }
    }
}
