//! Commits by number, with what is needed to go from one to its parents.

use super::walked::Commit;
use crate::blob::ObjectId;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::OnceLock;

/// The commits of a history, by their places in the list of them.
#[derive(Debug, Default)]
pub struct Graph {
    parents: Vec<Vec<u32>>,
    /// When each was committed, in seconds since 1970 (UTC).
    committed: Vec<i64>,
    order: OnceLock<Vec<u32>>,
}

impl Graph {
    /// Of all `commits`; parents that are not among them are left out.
    pub(super) fn new(commits: &[Commit]) -> Self {
        let index: HashMap<&ObjectId, u32, foldhash::fast::RandomState> =
            commits.iter().map(|commit| &commit.id).zip(0..).collect();
        let parents = commits
            .par_iter()
            .map(|commit| commit.head.parents.iter().filter_map(|parent| index.get(parent).copied()).collect())
            .collect();
        let committed = commits.iter().map(|commit| commit.head.committed).collect();
        Self { parents, committed, order: OnceLock::new() }
    }

    /// How many commits there are.
    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    /// The parents of a commit, first parent first.
    pub(super) fn parents(&self, commit: u32) -> &[u32] {
        &self.parents[commit as usize]
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

    /// All commits, parents before children, and as far as that allows the older first.
    pub(super) fn order(&self) -> &[u32] {
        self.order.get_or_init(|| self.ordered())
    }

    fn ordered(&self) -> Vec<u32> {
        let mut waiting: Vec<u32> = self.parents.iter().map(|parents| parents.len() as u32).collect();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.len()];
        for (commit, parents) in self.parents.iter().enumerate() {
            parents.iter().for_each(|parent| children[*parent as usize].push(commit as u32));
        }
        let entry = |commit: u32| Reverse((self.committed[commit as usize], commit));
        let all = 0..self.len() as u32;
        let mut ready: BinaryHeap<_> = all.clone().filter(|c| waiting[*c as usize] == 0).map(entry).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse((_, commit))) = ready.pop() {
            order.push(commit);
            for child in &children[commit as usize] {
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
        assert_eq!(graph.order(), [3, 2, 0, 1]);
        assert_eq!(graph.reachable([0].into_iter()), [true, false, true, false]);
    }
}
