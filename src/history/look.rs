//! Which objects of a history a walk looks at: all of them, what an earlier run did not see, or one of several shares.

use super::keys::Key;
use super::walked::ObjectHits;
use crate::blob::ObjectId;
use crate::coverage::Coverage;
use crate::problem::Problem;
use std::collections::HashSet;
use std::path::PathBuf;

/// Which objects of a history a walk looks at.
#[derive(Debug, Clone, Copy)]
pub enum Look<'k> {
    /// All of them.
    All,
    /// Those that an earlier run did not see.
    Besides(&'k Known),
    /// A share of them.
    Share(Share),
}

/// One of several shares of a history, told by the ids of its objects: a tree of deltas belongs to its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

impl Share {
    pub(super) fn holds(self, id: &ObjectId) -> bool {
        // Ids are hashes: any bytes of them divide evenly.
        let [.., a, b, c, d] = id.0;
        u32::from_be_bytes([a, b, c, d]) % self.of == self.part - 1
    }
}

/// What an earlier run found in the objects that it saw.
#[derive(Debug, Clone)]
pub struct Known {
    /// Packs and their indices, by path.
    pub packs: HashSet<PathBuf>,
    /// Loose objects.
    pub loose: HashSet<ObjectId>,
    /// The keys that the hits point into.
    pub keys: Vec<Key>,
    /// The objects that hold keys.
    pub objects: Vec<ObjectHits>,
    /// What was looked at.
    pub coverage: Coverage,
    /// What could not be read.
    pub problems: Vec<Problem>,
}
