//! Which branches and tags reach a commit.

use super::walk::Walked;
use crate::git::Ref;
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
        let mut bits = vec![0u64; walked.commits.len()];
        for group in commits.chunks(64) {
            bits.fill(0);
            for (i, commit) in group.iter().enumerate() {
                bits[*commit as usize] = 1 << i;
            }
            for commit in &order {
                let inherited = parents[*commit as usize].iter().fold(0, |all, p| all | bits[*p as usize]);
                bits[*commit as usize] |= inherited;
            }
            for (i, commit) in group.iter().enumerate() {
                let reaching = tips.iter().filter(|(tip, _)| bits[*tip as usize] >> i & 1 != 0);
                let mut names: Vec<String> = reaching.map(|(_, name)| (*name).to_owned()).collect();
                if names.len() > LISTED {
                    let more = names.len() - LISTED;
                    names.truncate(LISTED);
                    names.push(format!("and {more} more"));
                }
                made.names.insert(*commit, names);
            }
        }
        made
    }

    /// The names of the refs that reach a commit.
    pub(super) fn names(&self, commit: u32) -> Vec<String> {
        self.names.get(&commit).cloned().unwrap_or_default()
    }
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
