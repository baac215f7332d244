//! A pack as a forest: objects stored whole are roots, deltas are the children of their bases.
//!
//! Visiting a tree from its root costs one small inflate and a copy per object, where asking the object database for
//! one object after another replays chains of deltas.

mod entries;

use crate::blob::ObjectId;
use crate::problem::Problem;
use entries::{Entry, Links, NONE, read_entries};
use gix_pack::{data, index};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// A file's content.
    Blob,
    /// An annotated tag.
    Tag,
}

/// Index of an object in its pack, by offset.
pub type Node = u32;

/// A pack with its index, and the forest of its deltas.
pub struct Pack {
    /// The pack file.
    pub path: PathBuf,
    data: data::File,
    index: index::File,
    entries: Vec<Entry>,
    /// The node of each position of the index.
    nodes: Vec<Node>,
    heads: Heads,
    /// The children of node `n` are `children[first_child[n]..first_child[n + 1]]`, lightest first.
    first_child: Vec<u32>,
    children: Vec<Node>,
    roots: Vec<Node>,
    /// Objects that no root reaches: their base is missing or stored elsewhere.
    stranded: Vec<Node>,
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pack").field("path", &self.path).field("objects", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Pack {
    /// Opens the pack of an index file and builds its forest.
    ///
    /// # Errors
    ///
    /// A sentence about what cannot be read.
    pub fn open(index_path: &Path) -> Result<Self, Problem> {
        let name = index_path.display().to_string();
        let broken = |what: &str, error: String| {
            Problem::incomplete(name.clone(), format!("the {what} cannot be read: {error}"))
                .with_next_step("run `git fsck`, and fetch the repository anew if it is damaged")
        };
        let path = index_path.with_extension("pack");
        let index =
            index::File::at(index_path, gix_hash::Kind::Sha1).map_err(|e| broken("pack's index", e.to_string()))?;
        let data = data::File::at(&path, gix_hash::Kind::Sha1).map_err(|e| broken("pack", e.to_string()))?;
        let (mut entries, nodes) = read_entries(&index, &data);
        // Links are made by one thread; meanwhile there is something for the others.
        let (heads, links) = rayon::join(|| Heads::of(&index), || Links::of(&mut entries));
        let Links { first_child, children, roots, stranded } = links;
        Ok(Self { path, data, index, entries, nodes, heads, first_child, children, roots, stranded })
    }

    /// How many objects it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The objects stored whole.
    pub fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// Objects whose base this pack does not hold, or whose entry cannot be read.
    pub fn stranded(&self) -> impl Iterator<Item = ObjectId> {
        self.stranded.iter().map(|node| self.id(*node))
    }

    /// The objects stored as deltas to `node`, lightest subtree first.
    pub fn children(&self, node: Node) -> &[Node] {
        let n = node as usize;
        &self.children[self.first_child[n] as usize..self.first_child[n + 1] as usize]
    }

    /// What the object is; every object of a tree is what its root is.
    pub fn kind(&self, node: Node) -> Option<Kind> {
        self.entries[node as usize].kind
    }

    /// Objects in the subtree of `node`, itself included.
    pub fn weight(&self, node: Node) -> u32 {
        self.entries[node as usize].weight
    }

    /// Size of what `node`'s entry inflates to: an object if it is a root, else a delta.
    pub fn inflated_size(&self, node: Node) -> u64 {
        self.entries[node as usize].size
    }

    /// The node's base.
    pub fn base(&self, node: Node) -> Option<Node> {
        Some(self.entries[node as usize].base).filter(|base| *base != NONE)
    }

    /// The object's id.
    pub fn id(&self, node: Node) -> ObjectId {
        let mut id = [0; 20];
        id.copy_from_slice(self.index.oid_at_index(self.entries[node as usize].position).as_bytes());
        ObjectId(id)
    }

    /// Whether the pack holds the object.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.position(id).is_some()
    }

    /// The node of an object.
    pub fn find(&self, id: &ObjectId) -> Option<Node> {
        self.position(id).map(|position| self.nodes[position as usize])
    }

    /// The position of an object in the index.
    fn position(&self, id: &ObjectId) -> Option<u32> {
        self.heads.places(id).find(|i| self.index.oid_at_index(*i).as_bytes() == id.0)
    }

    /// Decodes one object by replaying its chain of deltas.
    ///
    /// # Errors
    ///
    /// A chain that is damaged, or that has no root.
    pub fn decode(&self, node: Node, inflater: &mut Inflater) -> Result<Vec<u8>, Damaged> {
        // Kinds come from roots: without one, the chain may lead in a circle.
        if self.kind(node).is_none() {
            return Err(Damaged("its delta has no base in its pack".to_owned()));
        }
        let mut chain = vec![node];
        while let Some(base) = self.base(chain[chain.len() - 1]) {
            chain.push(base);
        }
        let (mut bytes, mut delta, mut next, mut runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (i, node) in chain.iter().rev().enumerate() {
            if i == 0 {
                inflater.inflate(self, *node, &mut bytes)?;
            } else {
                inflater.inflate(self, *node, &mut delta)?;
                super::delta::apply(&bytes, &delta, &mut next, &mut runs).map_err(|e| Damaged(e.to_string()))?;
                std::mem::swap(&mut bytes, &mut next);
            }
        }
        Ok(bytes)
    }
}

/// The first four bytes of every id of a sorted list: millions of ids are looked up, and an index has a page of memory for
/// each two hundred of them.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    all: Vec<u32>,
    /// For each value of the first bits of an id, where those begin that have it; one more for their end.
    first: Vec<u32>,
    /// How many bits of a head are not among the first.
    shift: u32,
}

/// About so many ids have the same first bits.
const IN_A_BUCKET: usize = 16;

impl Heads {
    fn of(index: &index::File) -> Self {
        let head_at = |i| Self::head(index.oid_at_index(i).as_bytes());
        Self::of_sorted((0..index.num_objects()).into_par_iter().map(head_at).collect())
    }

    /// The first four bytes of an id as a number, in the order of ids.
    pub(crate) fn of_id(id: &ObjectId) -> u32 {
        Self::head(&id.0)
    }

    fn head(id: &[u8]) -> u32 {
        id.first_chunk().map_or(0, |head| u32::from_be_bytes(*head))
    }

    /// Of such numbers, sorted.
    pub(crate) fn of_sorted(all: Vec<u32>) -> Self {
        let bits = (all.len() / IN_A_BUCKET).next_power_of_two().ilog2().min(20);
        let shift = 32 - bits;
        let mut first = Vec::with_capacity((1 << bits) + 1);
        for (i, head) in all.iter().enumerate() {
            // An index that is not sorted is damaged; ids that stand where they should not are not found.
            while first.len() as u64 <= u64::from(*head) >> shift {
                first.push(i as u32);
            }
        }
        first.resize((1 << bits) + 1, all.len() as u32);
        Self { all, first, shift }
    }

    /// The positions at which an id may stand.
    pub(crate) fn places(&self, id: &ObjectId) -> impl Iterator<Item = u32> {
        let wanted = Self::of_id(id);
        let bucket = (u64::from(wanted) >> self.shift) as usize;
        let range = match self.first.get(bucket..bucket + 2) {
            Some(&[from, to]) => from..to,
            _ => 0..0,
        };
        range.filter(move |i| self.all[*i as usize] == wanted)
    }
}

/// Why an object could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damaged(pub String);

/// Inflates entries; one a thread.
pub struct Inflater(libdeflater::Decompressor);

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self(libdeflater::Decompressor::new())
    }
}

impl Inflater {
    /// Replaces `out` by what the entry of `node` inflates to.
    ///
    /// # Errors
    ///
    /// Bytes that are no zlib stream of the promised size.
    pub fn inflate(&mut self, pack: &Pack, node: Node, out: &mut Vec<u8>) -> Result<(), Damaged> {
        let entry = &pack.entries[node as usize];
        let size = usize::try_from(entry.size).map_err(|_| Damaged("it is too large for this machine".to_owned()))?;
        let packed = pack.data.entry_slice(entry.data_offset..entry.end);
        let packed = packed.ok_or_else(|| Damaged("its entry lies outside of the pack".to_owned()))?;
        // No stream of zlib inflates to more than about 1,032 times its size (RFC 1951): a larger promise is a lie.
        if size / 1100 > packed.len() {
            return Err(Damaged("it promises more bytes than it can hold".to_owned()));
        }
        // What it held is overwritten: only what it grows by is filled with zeros.
        let more = size.saturating_sub(out.len());
        out.try_reserve(more).map_err(|_| Damaged("it does not fit into memory".to_owned()))?;
        out.resize(size, 0);
        match self.0.zlib_decompress(packed, out) {
            Ok(n) if n == size => Ok(()),
            Ok(_) => Err(Damaged("it inflates to fewer bytes than promised".to_owned())),
            Err(error) => Err(Damaged(format!("it does not inflate: {error}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_where_they_stand() {
        let id = |head: u32, rest: u8| {
            let mut id = [rest; 20];
            id[..4].copy_from_slice(&head.to_be_bytes());
            ObjectId(id)
        };
        for count in [0, 1, 15, 16, 500, 70_000u32] {
            let mut all: Vec<u32> = (0..count).map(|n| n.wrapping_mul(0x9E37_79B1)).collect();
            all.extend([0, u32::MAX, u32::MAX]);
            all.sort_unstable();
            let heads = Heads::of_sorted(all.clone());
            for (i, head) in all.iter().enumerate() {
                assert!(heads.places(&id(*head, 7)).any(|place| place == i as u32), "{i} of {count}");
            }
            assert_eq!(heads.places(&id(u32::MAX, 0)).count(), 2);
            assert_eq!(heads.places(&id(u32::MAX - 1, 0)).count(), 0);
        }
        // A damaged index loses what is not in its place, and nothing panics.
        let turned: Vec<u32> = (0..200).rev().map(|n| n << 24).collect();
        let heads = Heads::of_sorted(turned.clone());
        let found = turned.iter().zip(0..).filter(|(head, i)| heads.places(&id(**head, 0)).any(|place| place == *i));
        assert_eq!(found.count(), 8, "those of the last bucket");
    }
}
