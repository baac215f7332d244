//! Walks from commits to their parents, newest first, and tells what is reached from where.
//!
//! libgit2 has a walk of its own. It fails at the cut of a shallow clone and at the first missing commit, and it stops
//! early where clocks were wrong; a scan must go on, and say what it could not see.

use super::commit::{self, CommitHead};
use super::pack::Kind;
use super::{ReadError, Repo};
use crate::blob::ObjectId;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// From where a commit is reached: one bit for each start.
pub type Reached = u8;

/// Reached by what is not to be shown.
pub const HIDDEN: Reached = 1;

/// So many commits more are looked at after the walk seems to be over: clocks of committers go wrong.
const SLOP: usize = 256;

/// A commit on the way.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id.
    pub id: ObjectId,
    /// Its tree, its time and its parents; none where a shallow clone was cut.
    pub head: CommitHead,
    /// From where it is reached.
    pub reached: Reached,
    /// Whether the clone was cut here: its parents are unknown.
    pub is_cut: bool,
    /// A parent that cannot be read.
    pub lost: Option<(ObjectId, ReadError)>,
    was_visited: bool,
}

/// A walk.
pub struct Ancestry<'r> {
    repo: &'r Repo,
    /// Whether nothing more is to be shown below a commit that is reached from there.
    is_closed: fn(Reached) -> bool,
    cut: HashSet<ObjectId>,
    known: HashMap<ObjectId, u32>,
    steps: Vec<Step>,
    waiting: BinaryHeap<(i64, ObjectId, u32)>,
    /// How many that wait are not closed.
    open: usize,
    /// Visited, in that order.
    order: Vec<u32>,
}

impl<'r> Ancestry<'r> {
    /// Nothing yet.
    pub fn new(repo: &'r Repo) -> Self {
        Self::until(repo, |reached| reached & HIDDEN != 0)
    }

    fn until(repo: &'r Repo, is_closed: fn(Reached) -> bool) -> Self {
        Self {
            repo,
            is_closed,
            cut: repo.shallow_commits(),
            known: HashMap::new(),
            steps: Vec::new(),
            waiting: BinaryHeap::new(),
            open: 0,
            order: Vec::new(),
        }
    }

    /// Starts from a commit.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn start(&mut self, id: ObjectId, from: Reached) -> Result<(), ReadError> {
        self.come_by(id, from).map(|_| ())
    }

    /// Goes on until everything that is not closed was visited, or until `enough` says so of a commit that is about to be
    /// visited.
    pub fn run(&mut self, mut enough: impl FnMut(&Step) -> bool) {
        let mut oldest = i64::MAX;
        let mut slop = SLOP;
        while let Some(&(time, _, ix)) = self.waiting.peek() {
            if self.open > 0 || time >= oldest {
                slop = SLOP;
            } else if slop == 0 {
                break;
            } else {
                slop -= 1;
            }
            if enough(&self.steps[ix as usize]) {
                break;
            }
            self.waiting.pop();
            let step = &mut self.steps[ix as usize];
            step.was_visited = true;
            let (reached, parents) = (step.reached, step.head.parents.clone());
            if !(self.is_closed)(reached) {
                self.open -= 1;
                oldest = oldest.min(time);
            }
            self.order.push(ix);
            for parent in parents {
                if let Err(error) = self.come_by(parent, reached) {
                    self.steps[ix as usize].lost = Some((parent, error));
                }
            }
        }
    }

    /// The commits that were visited, newest first as far as clocks were right.
    pub fn visited(self) -> Vec<Step> {
        let mut steps: Vec<Option<Step>> = self.steps.into_iter().map(Some).collect();
        self.order.into_iter().filter_map(|ix| steps[ix as usize].take()).collect()
    }

    fn come_by(&mut self, id: ObjectId, from: Reached) -> Result<u32, ReadError> {
        if let Some(ix) = self.known.get(&id) {
            let ix = *ix;
            self.mark(ix, from);
            return Ok(ix);
        }
        let (kind, bytes) = self.repo.read(id)?;
        let head = Some(bytes).filter(|_| kind == Kind::Commit).and_then(|bytes| commit::head(&bytes));
        let mut head = head.ok_or_else(|| ReadError::Damaged("it is no commit that can be read".to_owned()))?;
        let is_cut = self.cut.contains(&id);
        if is_cut {
            head.parents.clear();
        }
        let ix = self.steps.len() as u32;
        self.waiting.push((head.committed, id, ix));
        self.open += usize::from(!(self.is_closed)(from));
        self.steps.push(Step { id, head, reached: from, is_cut, lost: None, was_visited: false });
        self.known.insert(id, ix);
        Ok(ix)
    }

    /// Adds to what a commit is reached from, and hands that on to the ancestors that were visited before.
    fn mark(&mut self, ix: u32, from: Reached) {
        let mut stack = vec![ix];
        while let Some(ix) = stack.pop() {
            let step = &mut self.steps[ix as usize];
            if step.reached | from == step.reached {
                continue;
            }
            let was_open = !(self.is_closed)(step.reached);
            step.reached |= from;
            if step.was_visited {
                let known = &self.known;
                stack.extend(step.head.parents.iter().filter_map(|parent| known.get(parent).copied()));
            } else if was_open && (self.is_closed)(step.reached) {
                self.open -= 1;
            }
        }
    }
}

/// The best common ancestors of two commits, and some commits that these reach.
pub fn merge_bases(repo: &Repo, one: ObjectId, two: ObjectId) -> Vec<ObjectId> {
    const BOTH: Reached = 2 | 4;
    let mut walk = Ancestry::until(repo, |reached| reached & BOTH == BOTH);
    if walk.start(one, 2).is_err() || walk.start(two, 4).is_err() {
        return Vec::new();
    }
    walk.run(|_| false);
    walk.steps.iter().filter(|step| step.reached & BOTH == BOTH).map(|step| step.id).collect()
}
