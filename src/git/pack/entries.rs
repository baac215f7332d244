//! The entries of a pack: where each object lies, and from which other it is made.

use super::{Kind, Node};
use gix_pack::data::entry::Header;
use gix_pack::{data, index};
use rayon::prelude::*;

/// Stands for "no node".
pub(super) const NONE: Node = Node::MAX;

/// An object as a pack stores it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// Where the compressed bytes begin.
    pub(super) data_offset: u64,
    /// Size of what they inflate to: the object, or the delta.
    pub(super) size: u64,
    /// Where the next entry begins.
    pub(super) end: u64,
    /// Position in the index.
    pub(super) position: u32,
    pub(super) base: Node,
    /// Objects in the subtree below, this one included.
    pub(super) weight: u32,
    pub(super) kind: Option<Kind>,
}

/// Reads the head of every entry, in the order of their offsets; and gives the node of each position of the index.
pub(super) fn read_entries(index: &index::File, data: &data::File) -> (Vec<Entry>, Vec<Node>) {
    let count = index.num_objects();
    let mut by_offset: Vec<(u64, u32)> =
        (0..count).into_par_iter().map(|i| (index.pack_offset_at_index(i), i)).collect();
    by_offset.par_sort_unstable();
    let mut nodes = vec![NONE; count as usize];
    for (node, (_, position)) in by_offset.iter().enumerate() {
        nodes[*position as usize] = node as Node;
    }
    let end = data.pack_end() as u64;
    let nodes_at = Offsets::of(&by_offset);
    let node_at = |offset: u64| nodes_at.find(offset, &by_offset);
    let entries = by_offset
        .par_iter()
        .enumerate()
        .map(|(n, &(offset, position))| {
            let next = by_offset.get(n + 1).map_or(end, |(o, _)| *o);
            let mut entry = Entry { data_offset: 0, size: 0, end: next, position, base: NONE, weight: 1, kind: None };
            // An entry without a readable head has neither kind nor base, and so is stranded.
            if offset >= end {
                return entry;
            }
            if let Ok(head) = data.entry(offset) {
                entry.data_offset = head.data_offset;
                entry.size = head.decompressed_size;
                match head.header {
                    Header::Commit => entry.kind = Some(Kind::Commit),
                    Header::Tree => entry.kind = Some(Kind::Tree),
                    Header::Blob => entry.kind = Some(Kind::Blob),
                    Header::Tag => entry.kind = Some(Kind::Tag),
                    Header::OfsDelta { base_distance } => {
                        let base = offset.checked_sub(base_distance);
                        entry.base = base.map_or(NONE, node_at);
                    }
                    Header::RefDelta { base_id } => {
                        entry.base = index.lookup(base_id).map_or(NONE, |i| node_at(index.pack_offset_at_index(i)));
                    }
                }
            }
            entry
        })
        .collect();
    (entries, nodes)
}

/// Where to look for an offset: most objects are deltas, and each is looked up from that of its base.
struct Offsets {
    /// For each so many bytes of the pack, the first node that begins there or behind.
    first: Vec<u32>,
}

/// So many bytes of a pack hold a few objects.
const BUCKET: u64 = 1024;

impl Offsets {
    fn of(by_offset: &[(u64, u32)]) -> Self {
        let end = by_offset.last().map_or(0, |(offset, _)| offset / BUCKET);
        // A damaged index may promise an offset anywhere; then there is one bucket for all.
        if end > 64 * by_offset.len() as u64 + 64 {
            return Self { first: Vec::new() };
        }
        let mut first = Vec::with_capacity(end as usize + 2);
        for (n, (offset, _)) in by_offset.iter().enumerate() {
            while first.len() as u64 <= offset / BUCKET {
                first.push(n as u32);
            }
        }
        first.push(by_offset.len() as u32);
        Self { first }
    }

    fn find(&self, offset: u64, by_offset: &[(u64, u32)]) -> Node {
        let bucket = (offset / BUCKET) as usize;
        let range = match self.first.get(bucket..bucket.saturating_add(2)) {
            Some(&[from, to]) => from as usize..to as usize,
            _ if self.first.is_empty() => 0..by_offset.len(),
            _ => return NONE,
        };
        let found = by_offset[range.clone()].binary_search_by_key(&offset, |(o, _)| *o);
        found.map_or(NONE, |i| (range.start + i) as Node)
    }
}

/// How the entries of a pack hang together.
pub(super) struct Links {
    pub(super) first_child: Vec<u32>,
    pub(super) children: Vec<Node>,
    pub(super) roots: Vec<Node>,
    pub(super) stranded: Vec<Node>,
}

impl Links {
    /// Links children to bases, hands kinds down, and weighs the trees.
    pub(super) fn of(entries: &mut [Entry]) -> Self {
        let all = 0..entries.len() as Node;
        let roots: Vec<Node> = all.clone().filter(|n| entries[*n as usize].kind.is_some()).collect();
        let (first_child, mut children) = children_of(entries);
        // Nearly every pack has its bases before what was made from them, as its own order says.
        if entries.iter().zip(0..).all(|(entry, n)| entry.base == NONE || entry.base < n) {
            hand_down(entries, all.clone());
        } else {
            let mut order = roots.clone();
            let mut next = 0;
            while let Some(&node) = order.get(next) {
                let node = node as usize;
                order.extend_from_slice(&children[first_child[node] as usize..first_child[node + 1] as usize]);
                next += 1;
            }
            hand_down(entries, order.into_iter());
        }
        sort_children(&first_child, &mut children, entries);
        let stranded = all.filter(|n| entries[*n as usize].kind.is_none()).collect();
        Self { first_child, children, roots, stranded }
    }
}

/// So many entries are worth a thread.
const MANY: usize = 4096;

/// Puts the children of each entry in the order of their weights; `first` tells where those of some entries begin.
fn sort_children(first: &[u32], children: &mut [Node], entries: &[Entry]) {
    if first.len() > MANY {
        let (left, right) = (&first[..=first.len() / 2], &first[first.len() / 2..]);
        let (before, behind) = children.split_at_mut((right[0] - first[0]) as usize);
        rayon::join(|| sort_children(left, before, entries), || sort_children(right, behind, entries));
        return;
    }
    for pair in first.windows(2) {
        let kids = &mut children[(pair[0] - first[0]) as usize..(pair[1] - first[0]) as usize];
        if kids.len() > 1 {
            kids.sort_by_key(|kid| entries[*kid as usize].weight);
        }
    }
}

/// The children of each entry, as [`super::Pack`] keeps them, in the order of the pack.
fn children_of(entries: &[Entry]) -> (Vec<u32>, Vec<Node>) {
    let mut first = vec![0u32; entries.len() + 1];
    for entry in entries.iter().filter(|entry| entry.base != NONE) {
        first[entry.base as usize + 1] += 1;
    }
    for n in 0..entries.len() {
        first[n + 1] += first[n];
    }
    let mut free = first.clone();
    let mut children = vec![0 as Node; first[entries.len()] as usize];
    for (n, entry) in entries.iter().enumerate() {
        if entry.base != NONE {
            let slot = &mut free[entry.base as usize];
            children[*slot as usize] = n as Node;
            *slot += 1;
        }
    }
    (first, children)
}

/// Hands kinds down to children and weights up to parents; `order` has parents before children.
fn hand_down(entries: &mut [Entry], order: impl DoubleEndedIterator<Item = Node> + Clone) {
    for node in order.clone() {
        let base = entries[node as usize].base;
        if base != NONE {
            entries[node as usize].kind = entries[base as usize].kind;
        }
    }
    for node in order.rev() {
        let Entry { base, weight, .. } = entries[node as usize];
        if base != NONE {
            entries[base as usize].weight += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_found_by_their_offsets() {
        let even: Vec<(u64, u32)> = (0..500).map(|n| (12 + 10 * n, 0)).collect();
        let sparse: Vec<(u64, u32)> = [12, 13, 5_000, 5_001, 70_000].map(|offset| (offset, 0)).to_vec();
        let far: Vec<(u64, u32)> = [12, 900, u64::MAX - 3].map(|offset| (offset, 0)).to_vec();
        for by_offset in [even, sparse, far, Vec::new()] {
            let offsets = Offsets::of(&by_offset);
            let probes = (0..80_000).chain([u64::MAX - 3, u64::MAX]);
            for probe in probes {
                let wanted = by_offset.iter().position(|(offset, _)| *offset == probe).map_or(NONE, |n| n as Node);
                assert_eq!(offsets.find(probe, &by_offset), wanted, "{probe}");
            }
        }
    }

    fn entry(kind: Option<Kind>, base: Node) -> Entry {
        Entry { data_offset: 0, size: 0, end: 0, position: 0, base, weight: 1, kind }
    }

    #[test]
    fn kinds_go_down_and_weights_go_up_in_any_order() {
        for (bases, root) in [([NONE, 0, 1, 1], 0), ([2, 2, 3, NONE], 3)] {
            let kind = |n| (n == root).then_some(Kind::Blob);
            let mut entries: Vec<Entry> = (0..4).map(|n| entry(kind(n), bases[n])).collect();
            // Two that are made from each other.
            entries.extend([entry(None, 5), entry(None, 4)]);
            let links = Links::of(&mut entries);
            assert_eq!((links.roots, links.stranded), (vec![root as Node], vec![4, 5]));
            assert!(entries[..4].iter().all(|entry| entry.kind == Some(Kind::Blob)));
            let weights: Vec<u32> = entries[..4].iter().map(|entry| entry.weight).collect();
            assert_eq!(weights, if root == 0 { [4, 3, 1, 1] } else { [1, 1, 3, 4] });
        }
    }

    #[test]
    fn children_are_sorted_on_all_threads_as_on_one() {
        // Each third entry has so many children as its number says, of weights in no order.
        let mut first = vec![0u32];
        for n in 0..10_000u32 {
            first.push(first[n as usize] + if n % 3 == 0 { n % 7 } else { 0 });
        }
        let count = *first.last().expect("there are some");
        let entry = |n: u32| Entry {
            data_offset: 0,
            size: 0,
            end: 0,
            position: n,
            base: NONE,
            weight: n.wrapping_mul(2_654_435_761) >> 20,
            kind: None,
        };
        let entries: Vec<Entry> = (0..count).map(entry).collect();
        let mut children: Vec<Node> = (0..count).rev().collect();
        let mut expected = children.clone();
        for pair in first.windows(2) {
            expected[pair[0] as usize..pair[1] as usize].sort_by_key(|kid| entries[*kid as usize].weight);
        }
        sort_children(&first, &mut children, &entries);
        assert_eq!(children, expected);
    }
}
