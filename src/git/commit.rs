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
    plain_head(bytes).or_else(|| any_head(bytes))
}

/// The same of a commit in the form in which git writes nearly all: every commit of a history is read for this, and its
/// other fields need not be looked at. What has another form is no less a commit.
fn plain_head(bytes: &[u8]) -> Option<CommitHead> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let tree = ObjectId::from_hex(lines.next()?.strip_prefix(b"tree ")?)?;
    let mut parents = Vec::new();
    let mut line = lines.next()?;
    while let Some(parent) = line.strip_prefix(b"parent ") {
        parents.push(ObjectId::from_hex(parent)?);
        line = lines.next()?;
    }
    line.starts_with(b"author ").then_some(())?;
    // "committer A U Thor <author@example.com> 1700000000 +0100"
    let (_, time) = std::str::from_utf8(lines.next()?.strip_prefix(b"committer ")?).ok()?.rsplit_once("> ")?;
    let (seconds, zone) = time.split_once(' ')?;
    let is_zone = zone.len() == 5 && zone.starts_with(['+', '-']) && zone[1..].bytes().all(|b| b.is_ascii_digit());
    let committed = Some(seconds).filter(|_| is_zone)?.parse().ok().filter(|seconds| *seconds >= 0)?;
    Some(CommitHead { tree, parents, committed })
}

/// The same of any commit.
fn any_head(bytes: &[u8]) -> Option<CommitHead> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const PARENT: &str = "parent 1111111111111111111111111111111111111111\n";

    #[test]
    fn heads_are_read_alike_in_both_ways() {
        let who = "author A <a@example.com> 1 +0000\ncommitter Ä B <b@example.com> 1700000000 -0130\n";
        for (parents, rest) in [("", "\nmessage\n\nmore"), (PARENT, "gpgsig -----BEGIN\n x\n\nmessage"), (PARENT, "\n")]
        {
            let text = format!("{TREE}{parents}{parents}{who}{rest}");
            let plain = plain_head(text.as_bytes()).expect("a commit as git writes it");
            assert_eq!(plain.committed, 1_700_000_000);
            assert_eq!(plain.parents.len(), 2 * usize::from(!parents.is_empty()));
            assert_eq!(any_head(text.as_bytes()), Some(plain));
        }
    }

    #[test]
    fn what_git_does_not_write_is_left_to_the_other_way() {
        let author = "author A <a@example.com> 1 +0000\n";
        for text in [
            format!("{TREE}{author}committer B <b@example.com> 1700000000\n\nm"),
            format!("{TREE}{author}committer B <b@example.com> -5 +0000\n\nm"),
            format!("{TREE}{author}\nm"),
            format!("{TREE}{PARENT}"),
            format!("{TREE}parent 11\n{author}committer B <b@example.com> 1 +0000\n\nm"),
            "tree 4b82\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(plain_head(text.as_bytes()), None, "{text}");
            assert_eq!(head(text.as_bytes()), any_head(text.as_bytes()), "{text}");
        }
    }
}
