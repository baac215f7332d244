//! Reads commits and tags.

use crate::blob::ObjectId;
use crate::finding::CommitInfo;
use gix_object::{CommitRef, CommitRefIter, TagRef};

/// What the walk over a history needs of every commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitHead {
    /// The root tree.
    pub tree: ObjectId,
    /// Its parents, first parent first.
    pub parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970 (UTC).
    pub committed: i64,
}

fn id(id: &gix_hash::oid) -> Option<ObjectId> {
    ObjectId::from_slice(id.as_bytes())
}

/// Reads the head of a commit; `None` if it is none.
pub fn head(bytes: &[u8]) -> Option<CommitHead> {
    let iter = CommitRefIter::from_bytes(bytes, gix_hash::Kind::Sha1);
    let tree = id(&iter.clone().tree_id().ok()?)?;
    let parents = iter.parent_ids().filter_map(|parent| id(&parent)).collect();
    let committed = iter.committer().ok().and_then(|who| who.time().ok()).map_or(0, |time| time.seconds);
    Some(CommitHead { tree, parents, committed })
}

/// Where the message of a commit or tag starts: behind the first empty line.
pub fn message_start(bytes: &[u8]) -> usize {
    memchr::memmem::find(bytes, b"\n\n").map_or(bytes.len(), |i| i + 2)
}

/// Reads what reports say about a commit.
pub fn info(commit: ObjectId, bytes: &[u8]) -> Option<CommitInfo> {
    let parsed = CommitRef::from_bytes(bytes, gix_hash::Kind::Sha1).ok()?;
    let author = parsed.author().ok()?;
    let committed = parsed.committer().ok().and_then(|who| who.time().ok()).map_or(0, |time| time.seconds);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Some(CommitInfo {
        committed,
        id: commit,
        author: text(author.name),
        email: text(author.email),
        date: author.time().map_or(committed, |time| time.seconds),
        summary: text(bytes[message_start(bytes)..].split(|b| *b == b'\n').next().unwrap_or_default()),
    })
}

/// The object that an annotated tag names.
pub fn tag_target(bytes: &[u8]) -> Option<ObjectId> {
    id(&TagRef::from_bytes(bytes, gix_hash::Kind::Sha1).ok()?.target())
}
