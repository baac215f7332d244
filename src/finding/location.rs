//! Where a key is: the file or commit, the line, and what that line says about allowing it.

use super::{InlineMark, Secret, Wrap};
use crate::blob::ObjectId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A span of text: lines and columns start at 1, columns count characters of UTF-8 (a byte that is none counts as
/// one), and the end is exclusive. Offsets are bytes from the start of the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Position {
    /// First line.
    pub line: u64,
    /// First column.
    pub column: u64,
    /// Last line.
    pub end_line: u64,
    /// Column after the last character.
    pub end_column: u64,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Position {
    /// The position of `span` in `bytes`, where `lines_before` lines and `bytes_before` bytes came before it.
    pub fn of(bytes: &[u8], span: std::ops::Range<usize>, lines_before: u64, bytes_before: u64) -> Self {
        let line_start = memchr::memrchr(b'\n', &bytes[..span.start]).map_or(0, |i| i + 1);
        let line = lines_before + 1 + memchr::memchr_iter(b'\n', &bytes[..line_start]).count() as u64;
        let inside = &bytes[span.clone()];
        let newlines = memchr::memchr_iter(b'\n', inside).count() as u64;
        let last_line_start = memchr::memrchr(b'\n', inside).map_or(line_start, |i| span.start + i + 1);
        Self {
            line,
            column: 1 + characters(&bytes[line_start..span.start]),
            end_line: line + newlines,
            end_column: 1 + characters(&bytes[last_line_start..span.end]),
            offset: bytes_before + span.start as u64,
            length: span.len() as u64,
        }
    }
}

/// Characters of UTF-8; each byte that belongs to none counts as one.
pub fn characters(bytes: &[u8]) -> u64 {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() as u64 + chunk.invalid().len() as u64).sum()
}

/// Who committed what and when; the part of a commit that reports show.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CommitInfo {
    /// When it was committed, in seconds since 1970 (UTC): the order in which commits are told apart.
    pub committed: i64,
    /// The commit's id.
    pub id: ObjectId,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When it was authored, in seconds since 1970 (UTC).
    pub date: i64,
    /// First line of its message, with what the engine found in it cut out.
    pub summary: String,
}

/// What kind of place it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// A file that exists now.
    File,
    /// The index of a repository.
    Staged,
    /// Standard input.
    Stdin,
    /// A blob in the history of a repository.
    History {
        /// The blob.
        blob: ObjectId,
        /// The commit that introduced the key there; `None` for an object that no commit holds.
        introduced: Option<Arc<CommitInfo>>,
        /// The commit that removed the key from this path; `None` while it is still there.
        removed: Option<Arc<CommitInfo>>,
    },
    /// The message of a commit or of an annotated tag.
    Message {
        /// The commit or tag.
        object: ObjectId,
        /// The commit, where it is one.
        commit: Option<Arc<CommitInfo>>,
    },
}

/// What a rule in the form of gitleaks matched: more than the secret, and what its allowlists look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Where the match is.
    pub at: Position,
    /// Its first and its last column in bytes, from 1, each counted on its own line.
    pub columns: (u64, u64),
    /// All that the pattern matched. It holds the secret, so it is one.
    pub text: Secret,
    /// The lines that hold it, likewise.
    pub line: Secret,
    /// The match with everything that is a key cut out.
    pub shown: Option<String>,
}

/// One place that holds a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// What kind of place.
    pub place: Place,
    /// Path as reports show it; `None` where nothing has a path (a message, a blob that no tree holds).
    pub path: Option<Vec<u8>>,
    /// Where in it.
    pub position: Position,
    /// Whether the tree of HEAD holds the key at this path.
    pub in_head: bool,
    /// Whether a branch, a tag or another ref reaches it; true outside histories.
    pub reachable: bool,
    /// Branches and tags that reach the introducing commit, where they were asked for.
    pub refs: Vec<String>,
    /// What the line, or the one before it, says about allowing it.
    pub marks: Vec<InlineMark>,
    /// What the key is wrapped in. The member of an archive is the end of `path`, too: `outer.zip!inner/path`.
    #[serde(default)]
    pub wrap: Wrap,
    /// What was matched around the key, where something asks for it. Not kept between runs: it holds secrets.
    #[serde(skip)]
    pub matched: Option<Arc<Matched>>,
    /// Whether an exception speaks of this very place.
    #[serde(skip)]
    pub covered: bool,
}

impl Location {
    /// A place of now, outside any history.
    pub fn now(place: Place, path: Option<Vec<u8>>, position: Position, marks: Vec<InlineMark>) -> Self {
        Self {
            place,
            path,
            position,
            in_head: false,
            reachable: true,
            refs: Vec::new(),
            marks,
            wrap: Wrap::default(),
            matched: None,
            covered: false,
        }
    }

    /// The same place within a wrapping, whose member of an archive is added to the path.
    #[must_use]
    pub fn wrapped(mut self, wrap: Wrap) -> Self {
        if let (Some(path), Some(member)) = (&mut self.path, &wrap.member) {
            path.push(b'!');
            path.extend_from_slice(member);
        }
        self.wrap = wrap;
        self
    }

    /// The path of the file: of the archive, where `path` leads into one.
    pub fn file(&self) -> Option<&[u8]> {
        let inside = self.wrap.member.as_ref().map_or(0, |member| member.len() + 1);
        self.path.as_ref().map(|path| &path[..path.len().saturating_sub(inside)])
    }

    /// The commit that introduced the key here.
    pub fn commit(&self) -> Option<&Arc<CommitInfo>> {
        match &self.place {
            Place::History { introduced, .. } => introduced.as_ref(),
            Place::Message { commit, .. } => commit.as_ref(),
            _ => None,
        }
    }

    /// The commit that removed the key from here.
    pub fn removed(&self) -> Option<&Arc<CommitInfo>> {
        match &self.place {
            Place::History { removed, .. } => removed.as_ref(),
            _ => None,
        }
    }

    /// The git object that holds it.
    pub fn object(&self) -> Option<ObjectId> {
        match &self.place {
            Place::History { blob, .. } => Some(*blob),
            Place::Message { object, .. } => Some(*object),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_after_line_one() {
        let text = "α = 1\nβγ = secret\n".as_bytes();
        let start = "α = 1\nβγ = ".len();
        let position = Position::of(text, start..start + 6, 0, 0);
        assert_eq!((position.line, position.column, position.end_line, position.end_column), (2, 6, 2, 12));
    }

    #[test]
    fn a_span_over_lines_ends_on_its_last_line() {
        let position = Position::of(b"a\nBEGIN\nx\nEND\n", 2..13, 10, 100);
        assert_eq!((position.line, position.column, position.end_line, position.end_column), (12, 1, 14, 4));
        assert_eq!((position.offset, position.length), (102, 11));
    }
}
