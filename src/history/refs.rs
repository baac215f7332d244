//! Which branches and tags reach a commit.

use super::walked::Walked;
use crate::git::Ref;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// For some commits, the refs from which they can be reached.
#[derive(Debug, Default)]
pub(super) struct Reach {
    names: HashMap<u32, Vec<String>>,
}

/// So many names are listed; an old commit is in every release.
const LISTED: usize = 20;

impl Reach {
    /// Computes it for `commits`, 64 at a time: one walk from the oldest commits to the newest hands each commit's bits
    /// to its children.
    pub(super) fn new(walked: &Walked, refs: &[Ref], commits: &BTreeSet<u32>) -> Self {
        let mut made = Self::default();
        if commits.is_empty() || refs.is_empty() {
            return made;
        }
        let order = parents_first(walked);
        let find = |id: &crate::blob::ObjectId| {
            walked.commits.binary_search_by(|commit| commit.id.cmp(id)).ok().map(|i| i as u32)
        };
        let parents: Vec<Vec<u32>> =
            walked.commits.iter().map(|commit| commit.head.parents.iter().filter_map(find).collect()).collect();
        let tips: Vec<(u32, &str)> = refs.iter().filter_map(|r| Some((find(&r.commit)?, r.name.as_str()))).collect();
        let commits: Vec<u32> = commits.iter().copied().collect();
        let groups = commits.par_chunks(64).map_init(
            || vec![0u64; walked.commits.len()],
            |bits, group| {
                bits.fill(0);
                for (i, commit) in group.iter().enumerate() {
                    bits[*commit as usize] = 1 << i;
                }
                for commit in &order {
                    let inherited = parents[*commit as usize].iter().fold(0, |all, p| all | bits[*p as usize]);
                    bits[*commit as usize] |= inherited;
                }
                group.iter().copied().zip(listed(&tips, bits)).collect::<Vec<_>>()
            },
        );
        made.names = groups.flatten_iter().collect();
        made
    }

    /// The names of the refs that reach a commit.
    pub(super) fn names(&self, commit: u32) -> Vec<String> {
        self.names.get(&commit).cloned().unwrap_or_default()
    }
}

/// For each of 64 bits, the names of the tips that have it.
fn listed(tips: &[(u32, &str)], bits: &[u64]) -> Vec<Vec<String>> {
    let mut names = vec![Vec::new(); 64];
    let mut more = [0usize; 64];
    for (tip, name) in tips {
        let mut left = bits[*tip as usize];
        while left != 0 {
            let i = left.trailing_zeros() as usize;
            left &= left - 1;
            // Mirrors have a ref for each request that was ever made.
            if names[i].len() < LISTED {
                names[i].push((*name).to_owned());
            } else {
                more[i] += 1;
            }
        }
    }
    for (list, more) in names.iter_mut().zip(more).filter(|(_, more)| *more > 0) {
        list.push(format!("and {more} more"));
    }
    names
}

/// All commits, parents before children.
fn parents_first(walked: &Walked) -> Vec<u32> {
    let count = walked.commits.len();
    let index: HashMap<_, u32> = walked.commits.iter().enumerate().map(|(i, c)| (c.id, i as u32)).collect();
    let mut waiting = vec![0u32; count];
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (i, commit) in walked.commits.iter().enumerate() {
        for parent in commit.head.parents.iter().filter_map(|parent| index.get(parent)) {
            children[*parent as usize].push(i as u32);
            waiting[i] += 1;
        }
    }
    let mut order: Vec<u32> = (0..count as u32).filter(|i| waiting[*i as usize] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for child in &children[order[next] as usize] {
            waiting[*child as usize] -= 1;
            if waiting[*child as usize] == 0 {
                order.push(*child);
            }
        }
        next += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_listed_and_the_others_counted() {
        let names: Vec<String> = (0..23).map(|n| format!("refs/pull/{n}/head")).collect();
        let tips: Vec<(u32, &str)> = names.iter().map(|name| (u32::from(name.len() > 16), name.as_str())).collect();
        // The first bit is that of a commit in all of them, the second of one in those with two digits.
        let listed = listed(&tips, &[0b01, 0b11]);
        assert_eq!(listed[0][..LISTED], names[..LISTED]);
        assert_eq!(listed[0][LISTED..], ["and 3 more"]);
        assert_eq!(listed[1], names[10..]);
        assert!(listed[2].is_empty());
    }
}
