//! Commits by number, with what is needed to go from one to its parents.

use super::walked::Commit;
use crate::blob::ObjectId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

/// The commits of a history, by their places in the list of them.
#[derive(Debug, Default)]
pub struct Graph {
    parents: Lists,
    /// When each was committed, in seconds since 1970 (UTC).
    committed: Vec<i64>,
    line: OnceLock<Line>,
}

/// Short lists of numbers, one behind the other: a walk over all commits reads them in a row.
#[derive(Debug, Default)]
struct Lists {
    /// Where each list begins, and where the last ends.
    first: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    fn of<L: Iterator<Item = u32>>(lists: impl Iterator<Item = L>) -> Self {
        let mut made = Self { first: vec![0], all: Vec::new() };
        for list in lists {
            made.all.extend(list);
            made.first.push(made.all.len() as u32);
        }
        made
    }

    #[inline]
    fn of_one(&self, n: usize) -> &[u32] {
        &self.all[self.first[n] as usize..self.first[n + 1] as usize]
    }

    fn len(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// For each number, the lists that hold it, in their order.
    fn turned(&self) -> Self {
        let mut first = vec![0u32; self.len() + 1];
        for n in &self.all {
            first[*n as usize + 1] += 1;
        }
        for n in 0..self.len() {
            first[n + 1] += first[n];
        }
        let (mut free, mut all) = (first.clone(), vec![0; self.all.len()]);
        for list in 0..self.len() {
            for n in self.of_one(list) {
                let slot = &mut free[*n as usize];
                all[*slot as usize] = list as u32;
                *slot += 1;
            }
        }
        Self { first, all }
    }
}

/// All commits in a row, parents before children, and as far as that allows the older first.
#[derive(Debug)]
pub(super) struct Line {
    /// Where each commit stands.
    places: Vec<u32>,
    /// The places of the parents of the commit at each place.
    parents: Lists,
}

impl Line {
    /// Where a commit stands.
    pub(super) fn place(&self, commit: u32) -> usize {
        self.places[commit as usize] as usize
    }

    /// Hands the bits of each commit in a part of the line on to its children there; `bits` are by places.
    pub(super) fn hand_on(&self, bits: &mut [u64], part: Range<usize>) {
        for at in part.clone() {
            // Most commits have one parent, and it stands nearby.
            let inherited = self.parents.of_one(at).iter().map(|parent| *parent as usize);
            let inherited = inherited.filter(|parent| *parent >= part.start).fold(0, |all, parent| all | bits[parent]);
            bits[at] |= inherited;
        }
    }
}

impl Graph {
    /// Of all `commits`; parents that are not among them are left out.
    pub(super) fn new(commits: &[Commit]) -> Self {
        let index: HashMap<&ObjectId, u32, foldhash::fast::RandomState> =
            commits.iter().map(|commit| &commit.id).zip(0..).collect();
        let parents =
            commits.iter().map(|commit| commit.head.parents.iter().filter_map(|parent| index.get(parent).copied()));
        let committed = commits.iter().map(|commit| commit.head.committed).collect();
        Self { parents: Lists::of(parents), committed, line: OnceLock::new() }
    }

    /// How many commits there are.
    pub(super) fn len(&self) -> usize {
        self.committed.len()
    }

    /// The parents of a commit, first parent first.
    pub(super) fn parents(&self, commit: u32) -> &[u32] {
        self.parents.of_one(commit as usize)
    }

    /// For each commit, whether it can be reached from one of `from`.
    pub(super) fn reachable(&self, from: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut seen = vec![false; self.len()];
        let mut stack: Vec<u32> = from.collect();
        while let Some(commit) = stack.pop() {
            if !std::mem::replace(&mut seen[commit as usize], true) {
                stack.extend(self.parents(commit));
            }
        }
        seen
    }

    /// All commits in a row.
    pub(super) fn line(&self) -> &Line {
        self.line.get_or_init(|| {
            let order = self.ordered();
            let mut places = vec![0u32; order.len()];
            for (at, commit) in order.iter().enumerate() {
                places[*commit as usize] = at as u32;
            }
            let place = |parent: &u32| places[*parent as usize];
            let parents = Lists::of(order.iter().map(|commit| self.parents(*commit).iter().map(place)));
            Line { places, parents }
        })
    }

    fn ordered(&self) -> Vec<u32> {
        let all = 0..self.len() as u32;
        let mut waiting: Vec<u32> = all.clone().map(|commit| self.parents(commit).len() as u32).collect();
        let children = self.parents.turned();
        let entry = |commit: u32| Reverse((self.committed[commit as usize], commit));
        let mut ready: BinaryHeap<_> = all.clone().filter(|c| waiting[*c as usize] == 0).map(entry).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse((_, commit))) = ready.pop() {
            order.push(commit);
            for child in children.of_one(commit as usize) {
                waiting[*child as usize] -= 1;
                if waiting[*child as usize] == 0 {
                    ready.push(entry(*child));
                }
            }
        }
        // Only a history that holds itself, which SHA-1 forbids, leaves commits over; every commit must have a place.
        order.extend(all.filter(|commit| waiting[*commit as usize] > 0));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::commit::CommitHead;

    #[test]
    fn parents_come_first_whatever_the_clocks_say() {
        let id = |n: u8| ObjectId([n; 20]);
        let commit = |n: u8, parents: &[u8], committed| Commit {
            id: id(n),
            head: CommitHead { tree: id(0), parents: parents.iter().map(|p| id(*p)).collect(), committed },
        };
        // 3 is the oldest, by a clock that was wrong; 9 is no commit that is known.
        let graph = Graph::new(&[commit(1, &[3], 5), commit(2, &[3, 1], 4), commit(3, &[9], 7), commit(4, &[], 6)]);
        assert_eq!(graph.parents(1), [2, 0]);
        assert_eq!(graph.line().places, [2, 3, 1, 0]);
        let mut bits = [1, 2, 0, 0];
        graph.line().hand_on(&mut bits, 0..4);
        assert_eq!(bits, [1, 2, 2, 2], "by places: 4 and 3, then 1 and 2");
        let mut bits = [1, 2, 4, 0];
        graph.line().hand_on(&mut bits, 2..4);
        assert_eq!(bits, [1, 2, 4, 4], "what stands before the part hands nothing on");
        assert_eq!(graph.reachable([0].into_iter()), [true, false, true, false]);
    }
}
