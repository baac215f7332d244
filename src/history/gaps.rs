//! What a clone lacks: objects that its commits and trees name. Those of a partial clone were left on the server, those of
//! any other were lost.
//!
//! All trees must be read to tell. Those of a whole clone are read for attribution anyway ([`super::trees`]).

use super::forest::{self, Place, Visitor, Workers};
use super::walked::Walked;
use crate::blob::ObjectId;
use crate::coverage::Skip;
use crate::git::Repo;
use crate::git::delta::{self, Run};
use crate::git::pack::{Inflater, Kind, Pack};
use crate::problem::Problem;
use std::collections::HashSet;

/// Counts what a partial clone lacks as missing.
pub(super) fn note(repo: &Repo, walked: &mut Walked) {
    if repo.is_partial() {
        let missing = count(repo, walked);
        add(repo, walked, missing);
    }
}

/// Adds so many missing objects to what is said of the walk.
pub(super) fn add(repo: &Repo, walked: &mut Walked, missing: u64) {
    if missing == 0 {
        return;
    }
    *walked.coverage.skipped.entry(Skip::Missing).or_default() += missing;
    let objects = if missing == 1 { "1 object".to_owned() } else { format!("{missing} objects") };
    let subject = repo.workdir().unwrap_or_else(|| repo.git_dir()).display().to_string();
    let (message, step) = if repo.is_partial() {
        let step = "fetch them with `git fetch --refetch --no-filter`, or scan a full clone";
        (format!("this is a partial clone that lacks {objects}; what it lacks was not scanned"), step)
    } else {
        let step = "run `git fsck`, and fetch the repository anew";
        (format!("the repository lacks {objects} that its trees name; what it lacks was not scanned"), step)
    };
    walked.problems.push(Problem::incomplete(subject, message).with_next_step(step));
}

fn count(repo: &Repo, walked: &Walked) -> u64 {
    let pass = Pass { packs: &walked.packs, loose: repo.loose_objects() };
    let workers = Workers::<Worker>::default();
    forest::visit(pass.packs, &forest::roots(pass.packs, |_, kind| kind == Kind::Tree), &pass, &workers);
    let mut missing = HashSet::new();
    for id in &walked.loose_trees {
        if let Ok((_, bytes)) = repo.read(*id) {
            pass.look(&bytes, &mut missing);
        }
    }
    missing.extend(walked.commits.iter().map(|commit| commit.head.tree).filter(|tree| !pass.holds(tree)));
    workers.into_all().for_each(|worker| missing.extend(worker.missing));
    missing.len() as u64
}

#[derive(Default)]
struct Worker {
    inflater: Inflater,
    delta: Vec<u8>,
    runs: Vec<Run>,
    missing: HashSet<ObjectId>,
}

struct Pass<'a> {
    packs: &'a [Pack],
    loose: HashSet<ObjectId>,
}

impl Pass<'_> {
    fn holds(&self, id: &ObjectId) -> bool {
        self.packs.iter().any(|pack| pack.contains(id)) || self.loose.contains(id)
    }

    /// Adds what a tree names and nothing holds.
    fn look(&self, tree: &[u8], missing: &mut HashSet<ObjectId>) {
        let mut rest = tree;
        // "<mode> <name>\0<20 bytes>" (source: Git's documentation of the tree object).
        while let Some(nul) = memchr::memchr(0, rest) {
            let Some(id) = rest.get(nul + 1..nul + 21).and_then(ObjectId::from_slice) else { return };
            // A submodule's commit belongs to another repository.
            if !rest.starts_with(b"160000 ") && !self.holds(&id) {
                missing.insert(id);
            }
            rest = &rest[nul + 21..];
        }
    }
}

impl Visitor for Pass<'_> {
    type State = Vec<u8>;
    type Worker = Worker;

    fn root(&self, worker: &mut Worker, at: Place) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        worker.inflater.inflate(&self.packs[at.0], at.1, &mut bytes).ok()?;
        self.look(&bytes, &mut worker.missing);
        Some(bytes)
    }

    fn child(&self, worker: &mut Worker, at: Place, base: &Vec<u8>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        worker.inflater.inflate(&self.packs[at.0], at.1, &mut worker.delta).ok()?;
        delta::apply(base, &worker.delta, &mut bytes, &mut worker.runs).ok()?;
        self.look(&bytes, &mut worker.missing);
        Some(bytes)
    }

    fn done(&self, _: &mut Worker, _: Vec<u8>) {}
}
