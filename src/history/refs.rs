//! Which branches and tags reach a commit.

use super::graph::Graph;
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
    pub(super) fn new(walked: &Walked, graph: &Graph, refs: &[Ref], commits: &BTreeSet<u32>) -> Self {
        let mut made = Self::default();
        if commits.is_empty() || refs.is_empty() {
            return made;
        }
        let line = graph.line();
        let place = |r: &Ref| walked.commit_at(&r.commit).map(|commit| line.place(commit) as u32);
        let tips: Vec<(u32, &str)> = refs.iter().filter_map(|r| Some((place(r)?, r.name.as_str()))).collect();
        let mut commits: Vec<u32> = commits.iter().copied().collect();
        // Neighbours together: nothing before the first of them matters.
        commits.sort_unstable_by_key(|commit| line.place(*commit));
        let groups = commits.par_chunks(64).map_init(
            || vec![0u64; graph.len()],
            |bits, group| {
                bits.fill(0);
                for (i, commit) in group.iter().enumerate() {
                    bits[line.place(*commit)] = 1 << i;
                }
                let first = group.iter().map(|commit| line.place(*commit)).min().unwrap_or(0);
                line.hand_on(bits, first..graph.len());
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
