//! What was looked at and what was not: the numbers behind "clean means looked at everything".

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts over a whole run; adding two of them joins two parts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Files read from the file system, the index or standard input.
    pub files: u64,
    /// Bytes of those files.
    pub file_bytes: u64,
    /// Git blobs scanned, each once.
    pub blobs: u64,
    /// Bytes of those blobs.
    pub blob_bytes: u64,
    /// Bytes of blobs that had not been seen in an earlier version and were really looked at.
    pub fresh_bytes: u64,
    /// Commits whose messages were scanned.
    pub commits: u64,
    /// Annotated tags whose messages were scanned.
    pub tags: u64,
    /// Why inputs were not scanned, and how many: the whole account of what was left out.
    pub skipped: BTreeMap<Skip, u64>,
}

/// Why an input was not scanned, or not in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Skip {
    /// Compressed or media format whose bytes hold no text (images, fonts): by its nature, not a gap.
    Media,
    /// Archives that are not opened because nobody wants it: not a gap.
    ClosedArchive,
    /// Archives that could not be read in full: encrypted, damaged, too deep or too large.
    Archive,
    /// Executables and other binary data: looked through for structured keys only.
    BinaryStructuredOnly,
    /// Configuration that its parser does not take, because it is broken or a template: the checks of hygiene read its lines.
    ReadByLine,
    /// Excluded by `.gitignore` or the like; `--no-ignore` includes it. Counted per entry, not per file below it.
    Ignored,
    /// A symbolic link that was not followed.
    Symlink,
    /// A device, socket or pipe.
    Special,
    /// Left out by `[scan] exclude` of the configuration.
    Excluded,
    /// A submodule, whose commits live in another repository.
    Submodule,
    /// Searched for keys, but larger than what the checks of key hygiene read: data and not configuration.
    Unchecked,
    /// Larger than the size limit.
    TooLarge,
    /// Could not be read.
    Unreadable,
    /// A damaged git object.
    Damaged,
    /// A git object that this clone does not hold (partial clone).
    Missing,
}

impl Skip {
    /// Every reason, in the order of reports.
    pub const ALL: [Skip; 15] = [
        Skip::Media,
        Skip::ClosedArchive,
        Skip::BinaryStructuredOnly,
        Skip::ReadByLine,
        Skip::Ignored,
        Skip::Symlink,
        Skip::Special,
        Skip::Excluded,
        Skip::Submodule,
        Skip::Unchecked,
        Skip::TooLarge,
        Skip::Unreadable,
        Skip::Archive,
        Skip::Damaged,
        Skip::Missing,
    ];

    /// Whether a run that skipped for this reason is incomplete.
    pub fn is_gap(self) -> bool {
        matches!(self, Skip::TooLarge | Skip::Unreadable | Skip::Archive | Skip::Damaged | Skip::Missing)
    }

    /// The key in machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Skip::Media => "media",
            Skip::ClosedArchive => "closed_archive",
            Skip::Archive => "archive",
            Skip::BinaryStructuredOnly => "binary_structured_only",
            Skip::ReadByLine => "read_by_line",
            Skip::Ignored => "ignored",
            Skip::Symlink => "symlink",
            Skip::Special => "special",
            Skip::Excluded => "excluded",
            Skip::Submodule => "submodule",
            Skip::Unchecked => "unchecked",
            Skip::TooLarge => "too_large",
            Skip::Unreadable => "unreadable",
            Skip::Damaged => "damaged",
            Skip::Missing => "missing",
        }
    }

    /// In words, after a count: `12 ignored by .gitignore`.
    pub fn words(self) -> &'static str {
        match self {
            Skip::Media => "compressed or media files",
            Skip::ClosedArchive => "archives not opened",
            Skip::Archive => "archives not read in full",
            Skip::BinaryStructuredOnly => "binary files searched for structured keys only",
            Skip::ReadByLine => "configuration files that do not parse, whose lines were read",
            Skip::Ignored => "ignored by .gitignore",
            Skip::Symlink => "symbolic links not followed",
            Skip::Special => "devices, sockets or pipes",
            Skip::Excluded => "excluded by configuration",
            Skip::Submodule => "submodules not scanned",
            Skip::Unchecked => "searched, but too large for the checks of key hygiene",
            Skip::TooLarge => "larger than the size limit",
            Skip::Unreadable => "unreadable",
            Skip::Damaged => "damaged git objects",
            Skip::Missing => "git objects missing from this clone",
        }
    }
}

impl Coverage {
    /// Counts one input that was left out.
    pub fn skip(&mut self, why: Skip) {
        *self.skipped.entry(why).or_default() += 1;
    }

    /// Whether everything that was asked for was looked at, as far as counts can tell.
    pub fn complete(&self) -> bool {
        !self.skipped.iter().any(|(why, n)| why.is_gap() && *n > 0)
    }

    /// Joins the counts of another part of the run.
    pub fn add(&mut self, other: &Coverage) {
        self.files += other.files;
        self.file_bytes += other.file_bytes;
        self.blobs += other.blobs;
        self.blob_bytes += other.blob_bytes;
        self.fresh_bytes += other.fresh_bytes;
        self.commits += other.commits;
        self.tags += other.tags;
        for (why, n) in &other.skipped {
            *self.skipped.entry(*why).or_default() += n;
        }
    }
}
