//! What a tree holds of interest, as a set of paths; equal sets have one number, so comparing them costs nothing.
//!
//! Most trees hold nothing of interest, and nothing is made for them. Most commits change nothing of interest: their root
//! tree has the same set as a parent's. Only where sets differ are they walked, and then only where they differ.

use super::trees::{Link, Links, Part, Target, Trees};
use hashbrown::HashTable;
use rayon::prelude::*;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Number of a set.
pub(super) type SetIx = u32;

/// The set that holds nothing.
pub(super) const EMPTY: SetIx = 0;

/// What a name in a set leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Member {
    /// A folder with something of interest in it.
    Set(SetIx),
    /// A blob of interest.
    Blob(u32),
    /// What the repository lacks.
    Missing(u32),
}

impl Member {
    /// A number that is another for nearly every member.
    fn mixed(self) -> u64 {
        match self {
            Member::Set(set) => u64::from(set),
            Member::Blob(blob) => u64::from(!blob),
            Member::Missing(missing) => u64::from(missing ^ 0x5555_5555),
        }
    }
}

/// Called with a path (numbers of names), the blob there, and what other sets hold there.
pub(super) type Found<'f> = &'f mut dyn FnMut(&[u32], u32, &[Option<u32>]);

/// All sets.
#[derive(Debug)]
pub(super) struct Sets {
    members: Vec<Box<[(u32, Member)]>>,
    /// Per set, whether a blob of interest is in it or below it: it may hold nothing but what is missing.
    with_blobs: Vec<bool>,
    of_tree: Vec<SetIx>,
}

/// The set of a tree is not known yet.
const UNKNOWN: SetIx = SetIx::MAX;
/// The sets of what a tree holds are being made.
const BEGUN: SetIx = SetIx::MAX - 1;

impl Sets {
    /// Computes the set of every tree.
    pub(super) fn new(trees: &Trees<'_>) -> Self {
        let telling = Telling::of(trees);
        let parts = telling.parts(trees);
        let links = Links::of_parts(&parts, trees.count());
        let mut made =
            Self { members: vec![Box::new([])], with_blobs: vec![false], of_tree: vec![UNKNOWN; trees.count()] };
        // By what they hold, which stands in one place only: a hash is all that is kept of it here.
        let (mut known, state) = (HashTable::<SetIx>::new(), foldhash::fast::RandomState::default());
        let mut hashes = vec![0];
        let hash_of = |members: &[(u32, Member)]| {
            let mut hash = state.build_hasher();
            members.iter().for_each(|(name, member)| hash.write_u64(u64::from(*name) << 32 | member.mixed()));
            hash.finish()
        };
        // Folders before those that hold them: an explicit stack, for trees may be nested deeply.
        let (mut stack, mut members) = (Vec::new(), Vec::new());
        for (tree, _) in parts.iter().flat_map(|(trees, _)| trees) {
            stack.push(*tree);
            while let Some(&top) = stack.last() {
                let state = &mut made.of_tree[top as usize];
                if *state == UNKNOWN {
                    *state = BEGUN;
                    let depth = stack.len();
                    stack.extend(links.of(top).iter().filter_map(|link| match link.target {
                        Target::Tree(below) if made.of_tree[below as usize] == UNKNOWN => Some(below),
                        _ => None,
                    }));
                    if stack.len() > depth {
                        continue;
                    }
                }
                stack.pop();
                if made.of_tree[top as usize] != BEGUN {
                    continue;
                }
                members.clear();
                members.extend(links.of(top).iter().filter_map(|link| made.member(link)));
                members.sort_unstable();
                if members.is_empty() {
                    made.of_tree[top as usize] = EMPTY;
                    continue;
                }
                let next = made.members.len() as SetIx;
                let hash = hash_of(&members);
                let same = known.find(hash, |set| *made.members[*set as usize] == members[..]).copied();
                made.of_tree[top as usize] = same.unwrap_or(next);
                if same.is_none() {
                    made.with_blobs.push(members.iter().any(|(_, member)| made.leads_to_blob(*member)));
                    made.members.push(members.as_slice().into());
                    hashes.push(hash);
                    known.insert_unique(hash, next, |set| hashes[*set as usize]);
                }
            }
        }
        made
    }

    fn member(&self, link: &Link) -> Option<(u32, Member)> {
        match link.target {
            Target::Blob(blob) => Some((link.name, Member::Blob(blob))),
            Target::Missing(missing) => Some((link.name, Member::Missing(missing))),
            Target::Tree(tree) => match self.of_tree[tree as usize] {
                // A tree that holds itself cannot be made without breaking SHA-1, or lies under an id that is not its own.
                EMPTY | UNKNOWN | BEGUN => None,
                set => Some((link.name, Member::Set(set))),
            },
        }
    }

    fn leads_to_blob(&self, member: Member) -> bool {
        match member {
            Member::Blob(_) => true,
            Member::Set(set) => self.with_blobs[set as usize],
            Member::Missing(_) => false,
        }
    }

    /// How many different objects that are not there some sets hold.
    pub(super) fn missing(&self, sets: impl Iterator<Item = SetIx>) -> u64 {
        let (mut seen, mut missing) = (vec![false; self.members.len()], HashSet::new());
        let mut stack: Vec<SetIx> = sets.collect();
        while let Some(set) = stack.pop() {
            if std::mem::replace(&mut seen[set as usize], true) {
                continue;
            }
            for (_, member) in &self.members[set as usize] {
                match member {
                    Member::Set(below) => stack.push(*below),
                    Member::Missing(number) => _ = missing.insert(*number),
                    Member::Blob(_) => {}
                }
            }
        }
        missing.len() as u64
    }

    /// The set of a tree.
    pub(super) fn of_tree(&self, tree: u32) -> SetIx {
        match self.of_tree[tree as usize] {
            // What tells nothing, or could not be read.
            UNKNOWN => EMPTY,
            set => set,
        }
    }

    /// Calls `found` with path (numbers of names), blob, and the blobs that `others` hold at that path, for every blob of
    /// `set` that at least one of `others` does not hold there. With no `others`, for every blob.
    pub(super) fn differences(&self, set: SetIx, others: &[SetIx], found: Found<'_>) {
        let others: Vec<Option<Member>> = others.iter().map(|other| Some(Member::Set(*other))).collect();
        let is_there = |set: SetIx, there: &[Option<Member>]| there.contains(&Some(Member::Set(set)));
        if is_there(set, &others) || !self.with_blobs[set as usize] {
            return;
        }
        // Folders may be nested deeper than calls. Per folder on the way: what others hold there, and the next member.
        let (mut path, mut stack) = (Vec::new(), vec![(set, others, 0)]);
        while let Some((set, others, next)) = stack.last_mut() {
            let Some((name, member)) = self.members[*set as usize].get(*next) else {
                stack.pop();
                path.pop();
                continue;
            };
            *next += 1;
            let there: Vec<Option<Member>> = others.iter().map(|other| self.get(*other, *name)).collect();
            match member {
                Member::Set(below) if is_there(*below, &there) || !self.with_blobs[*below as usize] => {}
                Member::Set(below) => {
                    path.push(*name);
                    stack.push((*below, there, 0));
                }
                Member::Blob(blob) => {
                    let blobs: Vec<Option<u32>> = there
                        .iter()
                        .map(|other| match other {
                            Some(Member::Blob(blob)) => Some(*blob),
                            _ => None,
                        })
                        .collect();
                    if blobs.is_empty() || !blobs.contains(&Some(*blob)) {
                        path.push(*name);
                        found(&path, *blob, &blobs);
                        path.pop();
                    }
                }
                Member::Missing(_) => {}
            }
        }
    }

    /// The blob of interest that a set holds at a path.
    pub(super) fn blob_at(&self, set: SetIx, path: &[u32]) -> Option<u32> {
        let found = path.iter().try_fold(Member::Set(set), |at, name| self.get(Some(at), *name));
        match found {
            Some(Member::Blob(blob)) => Some(blob),
            _ => None,
        }
    }

    fn get(&self, set: Option<Member>, name: u32) -> Option<Member> {
        let Some(Member::Set(set)) = set else { return None };
        let members = &self.members[set as usize];
        members.binary_search_by_key(&name, |(known, _)| *known).ok().map(|i| members[i].1)
    }
}

/// The trees that hold something of interest, or a tree that does: a bit for each.
struct Telling(Vec<AtomicU64>);

/// Trees that are nested deeper are not looked through one level after the other.
const LEVELS: usize = 64;

impl Telling {
    fn of(trees: &Trees<'_>) -> Self {
        let made = Self((0..trees.count().div_ceil(64)).map(|_| AtomicU64::new(0)).collect());
        // Trees come in any order, so this is asked again until nothing changes: at most as often as they are deep. All the
        // links are read in a row, where a walk from tree to tree would wait for each.
        for _ in 0..LEVELS {
            let has_changed = AtomicBool::new(false);
            trees.par_iter().for_each(|(tree, links)| {
                if !made.holds(tree) && links.iter().any(|link| made.is_told_by(link)) {
                    made.0[tree as usize / 64].fetch_or(1 << (tree % 64), Relaxed);
                    has_changed.store(true, Relaxed);
                }
            });
            if !has_changed.into_inner() {
                return made;
            }
        }
        // Any of them may.
        made.0.par_iter().for_each(|bits| bits.store(u64::MAX, Relaxed));
        made
    }

    #[inline]
    fn holds(&self, tree: u32) -> bool {
        self.0[tree as usize / 64].load(Relaxed) >> (tree % 64) & 1 != 0
    }

    #[inline]
    fn is_told_by(&self, link: &Link) -> bool {
        match link.target {
            Target::Blob(_) | Target::Missing(_) => true,
            Target::Tree(tree) => self.holds(tree),
        }
    }

    /// Those trees, each with the links that make it one of them.
    fn parts(&self, trees: &Trees<'_>) -> Vec<Part> {
        let add = |mut part: Part, (tree, links): (u32, &[Link])| {
            let start = part.1.len();
            part.1.extend(links.iter().filter(|link| self.is_told_by(link)));
            // As sets have them; they are made on one thread.
            part.1[start..].sort_unstable();
            part.0.push((tree, part.1.len() as u32));
            part
        };
        trees.par_iter().filter(|(tree, _)| self.holds(*tree)).fold(Part::default, add).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_may_be_nested_deeper_than_calls() {
        let deep: SetIx = 100_000;
        let mut members: Vec<Box<[(u32, Member)]>> = vec![Box::new([]), Box::new([(1, Member::Blob(7))])];
        members.extend((2..=deep).map(|set| -> Box<[_]> { Box::new([(set, Member::Set(set - 1))]) }));
        let mut with_blobs = vec![true; members.len()];
        with_blobs[EMPTY as usize] = false;
        let sets = Sets { members, with_blobs, of_tree: Vec::new() };
        let mut found = Vec::new();
        sets.differences(deep, &[EMPTY], &mut |path, blob, others| found.push((path.len(), blob, others.to_vec())));
        assert_eq!(found, [(deep as usize, 7, vec![None])]);
        sets.differences(deep, &[EMPTY, deep], &mut |_, _, _| panic!("another holds the same"));
    }

    #[test]
    fn what_holds_only_what_is_missing_is_not_walked() {
        // Ten folders with ten names each, all for the next: walking every path would take ten thousand million steps.
        let mut members: Vec<Box<[(u32, Member)]>> = vec![Box::new([]), Box::new([(0, Member::Missing(3))])];
        members.extend((1..=10).map(|set| -> Box<[_]> { (0..10).map(|name| (name, Member::Set(set))).collect() }));
        let sets = Sets { with_blobs: vec![false; members.len()], members, of_tree: Vec::new() };
        sets.differences(11, &[], &mut |_, _, _| panic!("there is no blob"));
        assert_eq!(sets.missing([11].into_iter()), 1);
    }
}
