//! Which trees hold which blobs of interest and which other trees: one pass over all trees, in delta order.
//!
//! Most entries of a tree were copied from its base, where they were already looked at, so only entries that a change
//! touches are parsed. Of those, only subtrees and blobs of interest are kept, as 32-bit numbers.

use super::forest::{self, Place, Visitor, Workers};
use crate::blob::ObjectId;
use crate::git::Repo;
use crate::git::delta::Run;
use crate::git::pack::{Heads, Inflater, Kind, Pack};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What a link leads to: a tree, a blob of interest, or what the repository lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Target {
    /// A tree, by its number.
    Tree(u32),
    /// A blob of interest, by its place in the list that was given.
    Blob(u32),
    /// An object that is not there, by a number of its own.
    Missing(u32),
}

/// An entry of a tree that leads to a tree or to a blob of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Link {
    /// The entry's name, as a number.
    pub(super) name: u32,
    /// Where it leads.
    pub(super) target: Target,
}

/// Trees, each with the end of its links in the list beside them.
pub(super) type Part = (Vec<(u32, u32)>, Vec<Link>);

/// All trees with their links.
#[derive(Debug)]
pub(super) struct Trees<'a> {
    packs: &'a [Pack],
    /// Number of a pack's first object among those of all packs.
    first: Vec<u32>,
    /// Trees that are stored loose have the numbers behind those of all packs, in this order.
    loose: &'a [ObjectId],
    /// One for each thread.
    parts: Vec<Part>,
    names: Vec<Vec<u8>>,
    /// Trees that could not be read.
    pub(super) damaged: u64,
    /// How many objects trees name that are not there.
    missing: usize,
}

/// The links of each tree, by its number.
pub(super) struct Links<'t> {
    parts: &'t [Part],
    /// Per tree, the part that holds its links, and where they are.
    places: Vec<(u32, Range<u32>)>,
}

impl<'t> Links<'t> {
    /// Of the trees in `parts`, where there are `count` numbers.
    pub(super) fn of_parts(parts: &'t [Part], count: usize) -> Self {
        let mut places = vec![(0, 0..0); count];
        for (part, (seen, _)) in parts.iter().enumerate() {
            let mut start = 0;
            for (tree, end) in seen {
                places[*tree as usize] = (part as u32, start..*end);
                start = *end;
            }
        }
        Self { parts, places }
    }

    /// The links of a tree; none of what is not among the parts.
    pub(super) fn of(&self, tree: u32) -> &[Link] {
        let (part, range) = &self.places[tree as usize];
        self.parts.get(*part as usize).map_or(&[], |(_, links)| &links[range.start as usize..range.end as usize])
    }
}

/// A tree's state: its bytes, where its entries begin, and its links with their positions.
#[derive(Debug, Default)]
struct TreeState {
    bytes: Vec<u8>,
    starts: Vec<u32>,
    links: Vec<(u32, Link)>,
}

#[derive(Default)]
struct Worker {
    inflater: Inflater,
    delta: Vec<u8>,
    runs: Vec<Run>,
    spare: Vec<TreeState>,
    seen: Vec<(u32, u32)>,
    links: Vec<Link>,
    names: HashMap<Vec<u8>, u32>,
    damaged: u64,
}

struct Pass<'a> {
    trees: Trees<'a>,
    interest: Interest<'a>,
    /// What is stored loose, to tell what is missing; nothing where what is missing was told already.
    loose: Option<HashSet<ObjectId>>,
    names: Mutex<HashMap<Vec<u8>, u32>>,
    /// What is missing, numbered.
    missing: Mutex<HashMap<ObjectId, u32>>,
}

/// The blobs of interest, quickly told from all others.
#[derive(Debug)]
struct Interest<'a> {
    blobs: &'a [ObjectId],
    heads: Heads,
}

impl<'a> Interest<'a> {
    /// Of sorted ids.
    fn of(blobs: &'a [ObjectId]) -> Self {
        Self { blobs, heads: Heads::of_sorted(blobs.iter().map(Heads::of_id).collect()) }
    }

    fn find(&self, id: &ObjectId) -> Option<u32> {
        self.heads.places(id).find(|i| self.blobs[*i as usize] == *id)
    }
}

/// Where trees are.
pub(super) struct Store<'a> {
    /// The packs.
    pub(super) packs: &'a [Pack],
    /// Trees that are stored loose, sorted.
    pub(super) loose_trees: &'a [ObjectId],
    /// All that is stored loose, to tell what is missing; nothing where what is missing was told already.
    pub(super) loose: Option<HashSet<ObjectId>>,
    /// The repository's folder.
    pub(super) git_dir: &'a Path,
}

/// Reads all trees for links to `blobs` (sorted ids) and to each other.
pub(super) fn read<'a>(store: Store<'a>, blobs: &'a [ObjectId]) -> Trees<'a> {
    let Store { packs, loose_trees, loose, git_dir } = store;
    let mut first = Vec::new();
    let mut count = 0u32;
    for pack in packs {
        first.push(count);
        count += pack.len() as u32;
    }
    first.push(count);
    let mut pass = Pass {
        trees: Trees { packs, first, loose: loose_trees, parts: Vec::new(), names: Vec::new(), damaged: 0, missing: 0 },
        interest: Interest::of(blobs),
        loose,
        names: Mutex::default(),
        missing: Mutex::default(),
    };
    let workers = Workers::<Worker>::default();
    forest::visit(packs, &forest::roots(packs, |_, kind| kind == Kind::Tree), &pass, &workers);
    let repo = if loose_trees.is_empty() { None } else { Repo::open(git_dir, false).ok() };
    for (i, id) in loose_trees.iter().enumerate() {
        let mut worker = workers.own();
        match repo.as_ref().and_then(|repo| repo.read(*id).ok()) {
            Some((_, bytes)) => {
                let state = TreeState { bytes, ..TreeState::default() };
                pass.parse(&mut worker, state, count + i as u32, &[], None);
            }
            None => worker.damaged += 1,
        }
    }
    for worker in workers.into_all() {
        pass.trees.damaged += worker.damaged;
        pass.trees.parts.push((worker.seen, worker.links));
    }
    pass.trees.missing = pass.missing.into_inner().unwrap_or_else(PoisonError::into_inner).len();
    let mut names: Vec<(Vec<u8>, u32)> =
        pass.names.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect();
    names.sort_unstable_by_key(|(_, n)| *n);
    pass.trees.names = names.into_iter().map(|(name, _)| name).collect();
    pass.trees
}

impl Trees<'_> {
    /// What takes the memory.
    pub(super) fn into_links(self) -> Vec<Part> {
        self.parts
    }

    /// How many numbers of trees there are; not each is one.
    pub(super) fn count(&self) -> usize {
        self.first.last().map_or(0, |n| *n as usize) + self.loose.len()
    }

    /// The number of a tree.
    pub(super) fn number(&self, id: &ObjectId) -> Option<u32> {
        for (pack, first) in self.packs.iter().zip(&self.first) {
            if let Some(node) = pack.find(id) {
                return Some(first + node);
            }
        }
        let packed = *self.first.last()?;
        self.loose.binary_search(id).ok().map(|i| packed + i as u32)
    }

    /// Whether an object is packed, or a tree that is stored loose.
    fn has(&self, id: &ObjectId) -> bool {
        self.packs.iter().any(|pack| pack.contains(id)) || self.loose.binary_search(id).is_ok()
    }

    /// Every tree with its links, on all threads.
    pub(super) fn par_iter(&self) -> impl ParallelIterator<Item = (u32, &[Link])> {
        self.parts.par_iter().flat_map(|(seen, links)| {
            seen.par_iter().enumerate().with_min_len(1024).map(move |(n, (tree, end))| {
                let start = n.checked_sub(1).map_or(0, |before| seen[before].1);
                (*tree, &links[start as usize..*end as usize])
            })
        })
    }

    /// Whether trees name objects that are not there; those that nothing reaches may do so.
    pub(super) fn name_missing(&self) -> bool {
        self.missing > 0
    }

    /// The name behind its number.
    pub(super) fn name(&self, name: u32) -> &[u8] {
        &self.names[name as usize]
    }
}

impl Visitor for Pass<'_> {
    type State = TreeState;
    type Worker = Worker;

    fn root(&self, worker: &mut Worker, at: Place) -> Option<TreeState> {
        let mut state = worker.spare.pop().unwrap_or_default();
        if worker.inflater.inflate(&self.trees.packs[at.0], at.1, &mut state.bytes).is_err() {
            worker.damaged += u64::from(self.trees.packs[at.0].weight(at.1));
            return None;
        }
        Some(self.parse(worker, state, self.trees.first[at.0] + at.1, &[], None))
    }

    fn child(&self, worker: &mut Worker, at: Place, base: &TreeState) -> Option<TreeState> {
        let mut state = worker.spare.pop().unwrap_or_default();
        let mut runs = std::mem::take(&mut worker.runs);
        let pack = &self.trees.packs[at.0];
        let done = worker.inflater.inflate(pack, at.1, &mut worker.delta).is_ok()
            && crate::git::delta::apply(&base.bytes, &worker.delta, &mut state.bytes, &mut runs).is_ok();
        let state = if done {
            Some(self.parse(worker, state, self.trees.first[at.0] + at.1, &runs, Some(base)))
        } else {
            worker.damaged += u64::from(pack.weight(at.1));
            None
        };
        worker.runs = runs;
        state
    }

    fn done(&self, worker: &mut Worker, state: TreeState) {
        if worker.spare.len() < 32 {
            worker.spare.push(state);
        }
    }
}

impl Pass<'_> {
    /// Finds the entries of `state.bytes`, taking from `base` those that `runs` copied whole, and keeps the links.
    fn parse(
        &self,
        worker: &mut Worker,
        mut state: TreeState,
        number: u32,
        runs: &[Run],
        base: Option<&TreeState>,
    ) -> TreeState {
        state.starts.clear();
        state.links.clear();
        let mut at = 0;
        if let Some(base) = base {
            for run in runs {
                at = self.parse_until(worker, &mut state, at, run.at);
                // Parsing may have gone on into the run; from the first entry of the base that begins right there, the
                // run holds the same entries.
                let from = run.from + (at - run.at.min(at));
                let first = base.starts.partition_point(|start| (*start as usize) < from);
                let Some(start) = base.starts.get(first).map(|s| *s as usize) else { continue };
                let run_end = run.from + run.len;
                if start >= run_end {
                    continue;
                }
                at = self.parse_until(worker, &mut state, at, start - run.from + run.at);
                if at != start - run.from + run.at {
                    continue;
                }
                at = copy_entries(&mut state, base, first, run);
            }
        }
        let end = state.bytes.len();
        self.parse_until(worker, &mut state, at, end);
        worker.links.extend(state.links.iter().map(|(_, link)| *link));
        worker.seen.push((number, worker.links.len() as u32));
        state
    }

    /// Parses entries from `at` until one begins at or behind `until`; gives where that is.
    fn parse_until(&self, worker: &mut Worker, state: &mut TreeState, mut at: usize, until: usize) -> usize {
        while at < until {
            let rest = &state.bytes[at..];
            // "<mode> <name>\0<20 bytes>" (source: Git's documentation of the tree object).
            let Some(nul) = memchr::memchr(0, rest) else { return state.bytes.len() };
            let Some(id) = rest.get(nul + 1..nul + 21) else { return state.bytes.len() };
            let space = rest[..nul].iter().position(|b| *b == b' ').unwrap_or(0);
            state.starts.push(at as u32);
            if let Some(target) = self.target(&rest[..space], id) {
                let name = self.name(worker, &rest[(space + 1).min(nul)..nul]);
                state.links.push((at as u32, Link { name, target }));
            }
            at += nul + 21;
        }
        at
    }

    fn target(&self, mode: &[u8], id: &[u8]) -> Option<Target> {
        let id = ObjectId::from_slice(id)?;
        let found = match mode {
            b"160000" => return None,
            b"40000" => self.trees.number(&id).map(Target::Tree),
            _ => self.interest.find(&id).map(Target::Blob),
        };
        if let (None, Some(loose)) = (found, &self.loose)
            && !self.trees.has(&id)
            && !loose.contains(&id)
        {
            let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
            let next = missing.len() as u32;
            return Some(Target::Missing(*missing.entry(id).or_insert(next)));
        }
        found
    }

    fn name(&self, worker: &mut Worker, name: &[u8]) -> u32 {
        if let Some(known) = worker.names.get(name) {
            return *known;
        }
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let next = names.len() as u32;
        let number = *names.entry(name.to_vec()).or_insert(next);
        drop(names);
        worker.names.insert(name.to_vec(), number);
        number
    }
}

/// Takes the entries from the `first`th on that lie whole within the run. Gives where the last of them ends.
fn copy_entries(state: &mut TreeState, base: &TreeState, first: usize, run: &Run) -> usize {
    let run_end = run.from + run.len;
    // The entry that begins last within the run may end behind it.
    let behind = first + base.starts[first..].partition_point(|start| (*start as usize) < run_end);
    let end_of_last = base.starts.get(behind).map_or(base.bytes.len(), |start| *start as usize);
    let (last, end) =
        if end_of_last <= run_end { (behind, end_of_last) } else { (behind - 1, base.starts[behind - 1] as usize) };
    let shift = |start: u32| (start as usize - run.from + run.at) as u32;
    state.starts.extend(base.starts[first..last].iter().map(|start| shift(*start)));
    let (low, high) = (base.starts[first], end as u32);
    let links = &base.links[base.links.partition_point(|(start, _)| *start < low)..];
    let links = &links[..links.partition_point(|(start, _)| *start < high)];
    state.links.extend(links.iter().map(|(start, link)| (shift(*start), *link)));
    end - run.from + run.at
}
