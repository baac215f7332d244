//! Visits every object of a repository once, versions in the order of their deltas, trees of deltas in parallel.

use super::forest::{self, Place, Visitor, Workers};
use super::keys::Keys;
use super::look::{Look, Share};
use super::version::{Eye, Scratch, Version};
use super::walked::{Commit, ObjectHits, Walked};
use crate::blob::ObjectId;
use crate::content::Content;
use crate::coverage::{Coverage, Skip};
use crate::engine::{Engine, Memory};
use crate::git::pack::{Inflater, Kind, Node, Pack};
use crate::git::{ReadError, Repo, commit, loose};
use crate::problem::Problem;
use crate::tally::Tally;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::PathBuf;

/// How to walk.
#[derive(Debug, Clone)]
pub struct Options {
    /// Larger blobs are not looked at, in bytes.
    pub max_blob_size: u64,
    /// Scan every blob whole, inheriting nothing: slow, for comparisons.
    pub whole_blobs: bool,
}

/// What one thread gathers.
#[derive(Default)]
struct Worker {
    inflater: Inflater,
    scratch: Scratch,
    /// Buffers that no version uses any more.
    spare: Vec<Vec<u8>>,
    objects: Vec<ObjectHits>,
    commits: Vec<Commit>,
    loose_trees: Vec<ObjectId>,
    coverage: Coverage,
    problems: Vec<Problem>,
    /// Blobs and bytes that the progress bar does not know of yet.
    uncounted: (u64, u64),
}

/// Buffers kept for reuse, and the largest of them.
const SPARE: usize = 16;
const SPARE_SIZE: usize = 8 << 20;

struct Walk<'a> {
    eye: Eye<'a>,
    /// Loose objects that need no look.
    known_loose: HashSet<ObjectId>,
    /// Per pack, whether an earlier run saw it: then only its commits are read, for attribution.
    known_packs: Vec<bool>,
    /// The share, if others look at the rest. What is wrong with the repository as a whole is then for whoever puts the
    /// shares together.
    share: Option<Share>,
    whole_blobs: bool,
    packs: &'a [Pack],
    /// Per pack, the objects that an earlier pack holds as well; empty if there are none.
    twice: Vec<Vec<bool>>,
    workers: Workers<Worker>,
    tally: &'a Tally,
}

/// Walks all objects of `repo`.
pub fn walk(repo: &Repo, engine: &Engine, options: &Options, look: Look<'_>, tally: &Tally) -> Walked {
    let (known, share) = match look {
        Look::All => (None, None),
        Look::Besides(known) => (Some(known), None),
        Look::Share(share) => (None, Some(share)),
    };
    let (dirs, mut problems) = repo.object_dirs();
    let mut packs = Vec::new();
    for dir in &dirs {
        for index in loose::pack_indices(dir) {
            match Pack::open(&index) {
                Ok(pack) => packs.push(pack),
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(loose::packs_without_index(dir).iter().map(|pack| {
            Problem::incomplete(pack.display().to_string(), "the pack has no index, so its objects cannot be found")
                .with_next_step("run `git index-pack` on it, unless a fetch is writing it right now")
        }));
    }
    // The largest first: what two packs hold is then looked up from the smaller.
    packs.sort_by_key(|pack| std::cmp::Reverse(pack.len()));
    // Most bytes of a pack are no text, but what a text is made of is larger.
    let memory = Memory::for_bytes(packs.iter().map(|pack| 4 * pack.size()).sum());
    let keys = Keys::starting_with(known.map_or(&[], |known| known.keys.as_slice()));
    let walk = Walk {
        eye: Eye::new(engine, &keys, options, Some(&memory)),
        known_loose: known.map_or_else(HashSet::new, |known| known.loose.clone()),
        known_packs: packs.iter().map(|pack| known.is_some_and(|known| known.packs.contains(&pack.path))).collect(),
        share,
        whole_blobs: options.whole_blobs,
        twice: held_twice(&packs),
        packs: &packs,
        workers: Workers::default(),
        tally,
    };
    walk.visit_packs();
    walk.visit_loose(repo, &dirs);
    if share.is_some() {
        problems.clear();
    }
    let mut all = Worker { problems, ..Worker::default() };
    if let Some(known) = known {
        all.problems.extend_from_slice(&known.problems);
        all.objects.clone_from(&known.objects);
        all.coverage.clone_from(&known.coverage);
    }
    for worker in walk.workers.into_all() {
        all.objects.extend(worker.objects);
        all.commits.extend(worker.commits);
        all.loose_trees.extend(worker.loose_trees);
        all.coverage.add(&worker.coverage);
        all.problems.extend(worker.problems);
    }
    let (keys, places) = keys.into_sorted();
    for object in &mut all.objects {
        object.hits.iter_mut().for_each(|hit| hit.key = places[hit.key as usize]);
        object.hits.sort_unstable();
    }
    all.objects.sort_unstable_by_key(|object| object.id);
    all.commits.par_sort_unstable_by_key(|commit| commit.id);
    all.loose_trees.sort_unstable();
    all.problems.sort();
    Walked {
        packs,
        keys,
        objects: all.objects,
        commits: all.commits,
        loose_trees: all.loose_trees,
        coverage: all.coverage,
        problems: all.problems,
    }
}

fn held_twice(packs: &[Pack]) -> Vec<Vec<bool>> {
    packs
        .iter()
        .enumerate()
        .map(|(i, pack)| match i {
            0 => Vec::new(),
            _ => (0..pack.len() as Node)
                .into_par_iter()
                .map(|node| {
                    let id = pack.id(node);
                    packs[..i].iter().any(|earlier| earlier.contains(&id))
                })
                .collect(),
        })
        .collect()
}

impl Visitor for Walk<'_> {
    type State = Version;
    type Worker = Worker;

    fn root(&self, worker: &mut Worker, at: Place) -> Option<Version> {
        if self.passes_over(at) {
            return None;
        }
        let mut bytes = worker.buffer();
        match worker.inflater.inflate(&self.packs[at.0], at.1, &mut bytes) {
            Ok(()) => Some(self.look(worker, at, None, bytes)),
            Err(error) => {
                self.lose(worker, at, &error.to_string());
                None
            }
        }
    }

    fn child(&self, worker: &mut Worker, at: Place, base: &Version) -> Option<Version> {
        if self.passes_over(at) {
            return None;
        }
        let mut bytes = worker.buffer();
        let Scratch { delta, runs, .. } = &mut worker.scratch;
        let done =
            worker.inflater.inflate(&self.packs[at.0], at.1, delta).map_err(|e| e.to_string()).and_then(|()| {
                crate::git::delta::apply(&base.bytes, delta, &mut bytes, runs).map_err(|e| e.to_string())
            });
        match done {
            Ok(()) => Some(self.look(worker, at, Some(base), bytes)),
            Err(error) => {
                self.lose(worker, at, &error);
                None
            }
        }
    }

    fn done(&self, worker: &mut Worker, version: Version) {
        worker.recycle(version);
    }
}

impl Walk<'_> {
    /// Whether a run that ends early leaves an object out. Its commits are read all the same: without them nobody could
    /// say who introduced what was found until then.
    fn passes_over(&self, (pack, node): Place) -> bool {
        self.packs[pack].kind(node) == Some(Kind::Blob) && self.tally.halt.is_due()
    }

    /// All objects of the packs but the trees, which only attribution reads.
    fn visit_packs(&self) {
        forest::visit(
            self.packs,
            &forest::roots(self.packs, |(pack, node), kind| match kind {
                Kind::Tree => false,
                Kind::Commit => true,
                Kind::Blob | Kind::Tag => !self.known_packs[pack] && self.is_mine(|| self.packs[pack].id(node)),
            }),
            self,
            &self.workers,
        );
        if self.share.is_some() {
            return;
        }
        for pack in self.packs {
            let mut worker = self.workers.own();
            for id in pack.stranded() {
                worker.coverage.skip(Skip::Damaged);
                worker.problems.push(damaged(id, "its delta has no base in its pack"));
            }
        }
    }

    /// Whether this walk looks at an object.
    fn is_mine(&self, id: impl FnOnce() -> ObjectId) -> bool {
        self.share.is_none_or(|share| share.holds(&id()))
    }

    /// Counts a subtree that cannot be decoded.
    fn lose(&self, worker: &mut Worker, (pack, node): Place, error: &str) {
        let pack = &self.packs[pack];
        if self.share.is_some() && pack.kind(node) == Some(Kind::Commit) {
            return;
        }
        let count = u64::from(pack.weight(node));
        *worker.coverage.skipped.entry(Skip::Damaged).or_default() += count;
        let more = if count > 1 {
            format!(", and with it {} that are stored as deltas to it", count - 1)
        } else {
            String::new()
        };
        worker.problems.push(damaged(pack.id(node), &format!("{error}{more}")));
    }

    fn look(&self, worker: &mut Worker, (pack, node): Place, base: Option<&Version>, bytes: Vec<u8>) -> Version {
        let store = &self.packs[pack];
        let is_new = !self.twice[pack].get(node as usize).copied().unwrap_or(false);
        match store.kind(node) {
            Some(Kind::Blob) => {
                let base = base.filter(|_| !self.whole_blobs);
                self.look_at_blob(worker, base, bytes, is_new.then_some(|| store.id(node)))
            }
            Some(kind) if is_new => {
                let is_known = self.known_packs[pack] || (kind == Kind::Commit && !self.is_mine(|| store.id(node)));
                self.look_at_message(worker, kind, store.id(node), &bytes, is_known);
                Version::unseen(bytes)
            }
            _ => Version::unseen(bytes),
        }
    }

    /// Scans a blob; `id` is asked for only where something was found, and is none for a blob that counts elsewhere.
    fn look_at_blob(
        &self,
        worker: &mut Worker,
        base: Option<&Version>,
        bytes: Vec<u8>,
        id: Option<impl Fn() -> ObjectId>,
    ) -> Version {
        let size = bytes.len() as u64;
        let (version, fresh) = match base {
            Some(base) => self.eye.next(base, bytes, &mut worker.scratch),
            None => self.eye.whole(bytes, &mut worker.scratch),
        };
        let Some(id) = id else { return version };
        let coverage = &mut worker.coverage;
        coverage.blobs += 1;
        coverage.blob_bytes += size;
        coverage.fresh_bytes += fresh;
        worker.uncounted.0 += 1;
        worker.uncounted.1 += size;
        if worker.uncounted.0 >= 256 {
            let (blobs, bytes) = std::mem::take(&mut worker.uncounted);
            self.tally.blobs(blobs, bytes);
        }
        let coverage = &mut worker.coverage;
        match version.content() {
            Some(Content::Text | Content::Wide(_) | Content::Archive(_)) => {}
            Some(Content::Binary) => coverage.skip(Skip::BinaryStructuredOnly),
            Some(Content::Media) => coverage.skip(Skip::Media),
            None if version.has_failed() => {
                // What the panic said may quote the blob, so it is not repeated.
                let message = "a defect in keyhound stopped the scan of this blob; the others were scanned";
                let problem = Problem::incomplete(format!("blob {}", id()), message);
                worker.problems.push(problem.with_next_step("please report it"));
            }
            None => {
                coverage.skip(Skip::TooLarge);
                let limit = self.eye.max_size;
                worker.problems.push(
                    Problem::incomplete(
                        format!("blob {}", id()),
                        format!("not scanned: {size} bytes are more than the limit of {limit}"),
                    )
                    .with_next_step("raise --max-file-size"),
                );
            }
        }
        if !version.gaps().is_empty() {
            worker.coverage.skip(Skip::Archive);
            let name = format!("blob {}", id());
            worker.problems.extend(version.gaps().iter().map(|gap| gap.problem(&name)));
        }
        if !version.hits.is_empty() {
            worker.objects.push(ObjectHits { id: id(), kind: Kind::Blob, hits: version.hits.clone() });
        }
        version
    }

    /// Scans the message of a commit or tag, and keeps what attribution needs of a commit.
    fn look_at_message(&self, worker: &mut Worker, kind: Kind, id: ObjectId, bytes: &[u8], known: bool) {
        match kind {
            Kind::Commit => {
                worker.coverage.commits += u64::from(!known);
                match commit::head(bytes) {
                    Some(head) => worker.commits.push(Commit { id, head }),
                    None if self.share.is_some() => {}
                    None => {
                        worker.coverage.skip(Skip::Damaged);
                        worker.problems.push(damaged(id, "it is no commit that can be read"));
                    }
                }
            }
            Kind::Tag => worker.coverage.tags += 1,
            _ => return,
        }
        if known {
            return;
        }
        let start = commit::message_start(bytes);
        let mut message = worker.buffer();
        message.clear();
        message.extend_from_slice(&bytes[start..]);
        let (version, _) = self.eye.whole(message, &mut worker.scratch);
        if version.has_failed() {
            let message = "a defect in keyhound stopped the scan of its message; the others were scanned";
            let problem = Problem::incomplete(format!("object {id}"), message);
            worker.problems.push(problem.with_next_step("please report it"));
        }
        if !version.hits.is_empty() {
            let hits = version.hits.iter().map(|hit| hit.shifted(start as u32));
            worker.objects.push(ObjectHits { id, kind, hits: hits.collect() });
        }
        worker.recycle(version);
    }

    /// Objects that are no part of any pack.
    fn visit_loose(&self, repo: &Repo, dirs: &[PathBuf]) {
        let mut ids = Vec::new();
        for dir in dirs {
            let (found, problems) = loose::list(dir);
            ids.extend(found);
            if self.share.is_none() {
                self.workers.own().problems.extend(problems);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !self.packs.iter().any(|pack| pack.contains(id)));
        let chunk = (ids.len() / rayon::current_num_threads().max(1)).clamp(1, 512);
        let git_dir = repo.git_dir();
        ids.par_chunks(chunk).for_each(|ids| match Repo::open(git_dir, false) {
            Ok(repo) => ids.iter().for_each(|id| self.visit_loose_object(&repo, *id)),
            Err(error) => self.workers.own().problems.push(Problem::incomplete("loose objects", error.to_string())),
        });
    }

    fn visit_loose_object(&self, repo: &Repo, id: ObjectId) {
        let read = repo.read(id);
        let mut worker = self.workers.own();
        match read {
            Ok((Kind::Blob | Kind::Tag, _)) if self.known_loose.contains(&id) || !self.is_mine(|| id) => {}
            Ok((Kind::Blob, _)) if self.tally.halt.is_due() => {}
            Ok((Kind::Blob, bytes)) => {
                let version = self.look_at_blob(&mut worker, None, bytes, Some(|| id));
                worker.recycle(version);
            }
            Ok((Kind::Tree, _)) => worker.loose_trees.push(id),
            Ok((kind, bytes)) => {
                let is_known = self.known_loose.contains(&id) || !self.is_mine(|| id);
                self.look_at_message(&mut worker, kind, id, &bytes, is_known);
            }
            Err(_) if self.share.is_some() => {}
            Err(ReadError::Missing) => worker.coverage.skip(Skip::Missing),
            Err(error) => {
                worker.coverage.skip(Skip::Damaged);
                worker.problems.push(damaged(id, &error.to_string()));
            }
        }
    }
}

impl Worker {
    fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    fn recycle(&mut self, version: Version) {
        let bytes = version.into_bytes();
        if self.spare.len() < SPARE && bytes.capacity() <= SPARE_SIZE {
            self.spare.push(bytes);
        }
    }
}

fn damaged(id: ObjectId, what: &str) -> Problem {
    Problem::incomplete(format!("object {id}"), format!("is damaged: {what}"))
        .with_next_step("run `git fsck`, and fetch the repository anew")
}
