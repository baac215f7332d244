//! Who introduced each key, at which path, and who removed it.
//!
//! A commit introduces a key at a path when its tree holds the key there and none of its parents' trees does; merges
//! count like any other commit. It removes the key when all its parents hold it there and it does not.

use super::ancestry::{Question, first_removals};
use super::graph::Graph;
use super::sets::{EMPTY, SetIx, Sets};
use super::trees::{self, Store, Trees};
use super::walked::Walked;
use crate::blob::ObjectId;
use crate::git::{Refs, Repo};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// A key at a path, from one introduction on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sojourn {
    /// The path, with `/` between its parts.
    pub path: Vec<u8>,
    /// The blob in which the key was introduced.
    pub blob: ObjectId,
    /// The commit that introduced it, by its place in [`Walked::commits`].
    pub introduced: u32,
    /// The first commit after that which removed it from this path.
    pub removed: Option<u32>,
    /// Whether the tree of HEAD holds it at this path.
    pub in_head: bool,
}

/// What is known about the history of all keys.
#[derive(Debug, Default)]
pub struct Attribution {
    /// Per identity (as the caller numbers them): every introduction, the oldest first.
    pub sojourns: HashMap<u32, Vec<Sojourn>>,
    /// Per commit of [`Walked::commits`]: whether a ref reaches it.
    pub reachable: Vec<bool>,
    /// Objects that a ref keeps alive without a commit: what a tag of a blob or of a tree holds, and such tags.
    pub held: HashSet<ObjectId>,
    /// Trees that could not be read: paths may be missing.
    pub damaged_trees: u64,
    /// Objects that trees of reachable commits name and the repository lacks, which were not scanned.
    pub missing: u64,
    /// The commits, by their places in [`Walked::commits`].
    pub graph: Graph,
    /// All refs.
    pub refs: Refs,
}

/// Attributes the keys of `blobs`: for each, sorted by id, the identities of the keys that it holds (sorted).
pub fn attribute(repo: &Repo, walked: &Walked, blobs: &[(ObjectId, Vec<u32>)]) -> Attribution {
    let ids: Vec<ObjectId> = blobs.iter().map(|(id, _)| *id).collect();
    let head = repo.head().and_then(|id| walked.commit_at(&id));
    // A repository is clean only if all of it was there; what a partial clone lacks is told already.
    let loose = (!repo.is_partial()).then(|| repo.loose_objects());
    let store = Store { packs: &walked.packs, loose_trees: &walked.loose_trees, loose, git_dir: repo.git_dir() };
    let mut trees = None;
    // Trees are read on all threads, and meanwhile what takes one.
    let (refs, graph, reachable) = rayon::in_place_scope(|scope| {
        if !blobs.is_empty() || store.loose.is_some() {
            scope.spawn(|_| trees = Some(trees::read(store, &ids)));
        }
        let refs = repo.refs_among(&|id| walked.commit_at(id).is_some());
        let graph = Graph::new(&walked.commits);
        let tips = refs.to_commits.iter().filter_map(|r| walked.commit_at(&r.commit)).chain(head);
        let reachable = graph.reachable(tips);
        if !blobs.is_empty() {
            graph.line();
        }
        (refs, graph, reachable)
    });
    let mut done = Attribution { reachable, held: refs.others.iter().copied().collect(), ..Attribution::default() };
    let Some(trees) = trees else { return Attribution { graph, refs, ..done } };
    done.damaged_trees = trees.damaged;
    // Where nothing was found, all that is left to ask is what is missing.
    if blobs.is_empty() && !trees.name_missing() {
        return Attribution { graph, refs, ..done };
    }
    let sets = Sets::new(&trees);
    let held_sets: Vec<SetIx> =
        refs.others.iter().filter_map(|id| trees.number(id)).map(|tree| sets.of_tree(tree)).collect();
    for set in &held_sets {
        sets.differences(*set, &[], &mut |_, blob, _| {
            done.held.insert(ids[blob as usize]);
        });
    }
    let roots: Vec<SetIx> = walked
        .commits
        .par_iter()
        .map(|commit| trees.number(&commit.head.tree).map_or(EMPTY, |tree| sets.of_tree(tree)))
        .collect();
    // What only trees name that nothing reaches was pruned.
    let reached = roots.iter().zip(&done.reachable).filter_map(|(root, reached)| reached.then_some(*root));
    if trees.name_missing() {
        done.missing = sets.missing(reached.chain(held_sets));
    }
    if blobs.is_empty() {
        return Attribution { graph, refs, ..done };
    }
    let keys = |blob: u32| blobs[blob as usize].1.as_slice();
    let mut events: Vec<Event> = (0..walked.commits.len() as u32)
        .into_par_iter()
        .with_min_len(256)
        .fold(Vec::new, |mut list, commit| {
            events(commit, &graph, &roots, &sets, &keys, &mut list);
            list
        })
        .flatten()
        .collect();
    // Each key at each path; of one, in the order of the commits.
    events.par_sort_by(|a, b| (a.key, &a.path).cmp(&(b.key, &b.path)));
    let mut at_head: HashSet<(u32, Vec<u32>), foldhash::fast::RandomState> = HashSet::default();
    if let Some(head) = head {
        sets.differences(roots[head as usize], &[], &mut |path, blob, _| {
            at_head.extend(keys(blob).iter().map(|key| (*key, path.to_vec())));
        });
    }
    let (mut questions, mut sojourns) = (Vec::new(), Vec::new());
    for events in events.chunk_by(|a, b| a.key == b.key && a.path == b.path) {
        let (key, path) = (events[0].key, &events[0].path);
        let in_head = at_head.contains(&(key, path.clone()));
        let text = path_text(&trees, path);
        let introduced = || events.iter().filter_map(|event| Some((event.commit, event.introduced?)));
        let removed = || events.iter().filter(|event| event.introduced.is_none()).map(|event| event.commit);
        let is_only = introduced().count() == 1;
        for (commit, blob) in introduced() {
            // What is still there was, in the end, not removed.
            let removed = if in_head { Vec::new() } else { removed().collect() };
            questions.push(Question { introduced: commit, removed, is_only });
            let sojourn =
                Sojourn { path: text.clone(), blob: ids[blob as usize], introduced: commit, removed: None, in_head };
            sojourns.push((key, sojourn));
        }
    }
    for ((key, sojourn), removed) in sojourns.into_iter().zip(first_removals(&graph, &questions)) {
        done.sojourns.entry(key).or_default().push(Sojourn { removed, ..sojourn });
    }
    for list in done.sojourns.values_mut() {
        list.sort_by_cached_key(|sojourn| {
            let commit = &walked.commits[sojourn.introduced as usize];
            let unreachable = !done.reachable[sojourn.introduced as usize];
            (unreachable, commit.head.committed, commit.id, sojourn.path.clone())
        });
    }
    // Nobody has to wait until all this is given back.
    let links = trees.into_links();
    rayon::spawn(move || drop((links, sets, events)));
    Attribution { graph, refs, ..done }
}

/// What a commit did.
struct Event {
    key: u32,
    path: Vec<u32>,
    commit: u32,
    /// The blob in which it introduced the key; none where it removed it.
    introduced: Option<u32>,
}

/// Adds what a commit introduced and removed.
fn events<'k>(
    commit: u32,
    graph: &Graph,
    roots: &[SetIx],
    sets: &Sets,
    keys: &impl Fn(u32) -> &'k [u32],
    list: &mut Vec<Event>,
) {
    let own = roots[commit as usize];
    // Nearly every commit holds what its first parent holds: nothing is introduced or removed.
    let parents = graph.parents(commit);
    if parents.first().is_some_and(|first| roots[*first as usize] == own) {
        return;
    }
    let parents: Vec<SetIx> = parents.iter().map(|p| roots[*p as usize]).collect();
    sets.differences(own, &parents, &mut |path, blob, others| {
        for key in keys(blob) {
            if !others.iter().flatten().any(|other| keys(*other).contains(key)) {
                list.push(Event { key: *key, path: path.to_vec(), commit, introduced: Some(blob) });
            }
        }
    });
    // What the first parent holds and this commit and the other parents do not was removed here; with several parents
    // only if all of them held it, else the removal was theirs.
    if let Some((first, rest)) = parents.split_first()
        && own != *first
    {
        sets.differences(*first, &[own], &mut |path, blob, there| {
            for key in keys(blob) {
                if !there.iter().flatten().any(|other| keys(*other).contains(key))
                    && rest.iter().all(|parent| holds(sets, *parent, path, *key, keys))
                {
                    list.push(Event { key: *key, path: path.to_vec(), commit, introduced: None });
                }
            }
        });
    }
}

/// Whether a set holds a key at a path.
fn holds<'k>(sets: &Sets, set: SetIx, path: &[u32], key: u32, keys: &impl Fn(u32) -> &'k [u32]) -> bool {
    sets.blob_at(set, path).is_some_and(|blob| keys(blob).contains(&key))
}

fn path_text(trees: &Trees<'_>, path: &[u32]) -> Vec<u8> {
    path.iter().map(|name| trees.name(*name)).collect::<Vec<_>>().join(&b'/')
}
