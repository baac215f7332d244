//! What a walk over the objects of a repository gives.

use super::keys::Key;
use super::version::StoredHit;
use crate::blob::ObjectId;
use crate::coverage::Coverage;
use crate::git::commit;
use crate::git::pack::{Kind, Pack};
use crate::problem::Problem;

/// Hits in one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHits {
    /// The blob, commit or tag.
    pub id: ObjectId,
    /// What it is.
    pub kind: Kind,
    /// What it holds; offsets into the blob, or into the object of which the message is a part.
    pub hits: Vec<StoredHit>,
}

/// A commit as far as the walk reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its tree, parents and time.
    pub head: commit::CommitHead,
}

/// Everything that a walk gives.
#[derive(Debug)]
pub struct Walked {
    /// The packs, for those who read objects again.
    pub packs: Vec<Pack>,
    /// Every distinct key.
    pub keys: Vec<Key>,
    /// The objects that hold keys, sorted by id.
    pub objects: Vec<ObjectHits>,
    /// All commits, sorted by id.
    pub commits: Vec<Commit>,
    /// Trees stored loose, sorted.
    pub loose_trees: Vec<ObjectId>,
    /// What was looked at and what was not.
    pub coverage: Coverage,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Walked {
    /// The place of a commit in the list of them.
    pub(super) fn commit_at(&self, id: &ObjectId) -> Option<u32> {
        self.commits.binary_search_by(|commit| commit.id.cmp(id)).ok().map(|i| i as u32)
    }
}
