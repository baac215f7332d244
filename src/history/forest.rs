//! Visits trees of deltas in parallel, the largest first, each object with its base at hand.

use crate::git::pack::{Kind, Node, Pack};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An object: the pack's index in the list of packs, and the node.
pub(super) type Place = (usize, Node);

/// What is done with each object.
pub(super) trait Visitor: Sync {
    /// What an object leaves for its children.
    type State: Send + Sync;
    /// What one thread gathers.
    type Worker: Send;

    /// An object that is stored whole; `None` if it cannot be decoded.
    fn root(&self, worker: &mut Self::Worker, at: Place) -> Option<Self::State>;

    /// An object that is stored as a delta to one that left `base`.
    fn child(&self, worker: &mut Self::Worker, at: Place, base: &Self::State) -> Option<Self::State>;

    /// All children of an object are done, and nobody else holds its state.
    fn done(&self, worker: &mut Self::Worker, state: Self::State);
}

/// Subtrees of this many objects are worth handing to another thread.
const HANDOVER: u32 = 64;
/// Small trees are taken by the dozen.
const DOZEN: usize = 32;

/// One a thread, and one for whoever is outside of the pool.
pub(super) struct Workers<W>(Vec<Mutex<W>>);

impl<W: Default> Default for Workers<W> {
    fn default() -> Self {
        Self((0..=rayon::current_num_threads()).map(|_| Mutex::default()).collect())
    }
}

impl<W> Workers<W> {
    /// This thread's. Tasks never wait for each other, so no thread takes its own twice at a time.
    pub(super) fn own(&self) -> MutexGuard<'_, W> {
        let own = rayon::current_thread_index().map_or(0, |i| i + 1);
        self.0[own % self.0.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them, when the work is done.
    pub(super) fn into_all(self) -> impl Iterator<Item = W> {
        self.0.into_iter().map(|worker| worker.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The roots of all objects of some kinds, the most work first.
pub(super) fn roots(packs: &[Pack], wanted: impl Fn(Place, Kind) -> bool) -> Vec<Place> {
    let mut roots: Vec<(u64, Place)> = Vec::new();
    for (i, pack) in packs.iter().enumerate() {
        let wanted = pack.roots().iter().filter(|node| pack.kind(**node).is_some_and(|kind| wanted((i, **node), kind)));
        roots
            .extend(wanted.map(|node| (u64::from(pack.weight(*node)) * pack.inflated_size(*node).max(64), (i, *node))));
    }
    roots.par_sort_unstable_by_key(|(cost, place)| (std::cmp::Reverse(*cost), *place));
    roots.into_iter().map(|(_, place)| place).collect()
}

/// Visits the trees of `roots`.
pub(super) fn visit<V: Visitor>(packs: &[Pack], roots: &[Place], visitor: &V, workers: &Workers<V::Worker>) {
    let forest = Forest { packs, roots, visitor, workers, next: AtomicUsize::new(0) };
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|scope| forest.next_roots(scope));
        }
    });
}

struct Forest<'a, V: Visitor> {
    packs: &'a [Pack],
    roots: &'a [Place],
    visitor: &'a V,
    workers: &'a Workers<V::Worker>,
    next: AtomicUsize,
}

impl<V: Visitor> Forest<'_, V> {
    /// Takes the next trees. The task for those after them is queued first, so that parts of these trees, queued later,
    /// are taken before it: memory stays bounded by the trees at hand.
    fn next_roots<'s>(&'s self, scope: &rayon::Scope<'s>) {
        let start = self.next.load(Ordering::Relaxed);
        if start >= self.roots.len() {
            return;
        }
        scope.spawn(move |scope| self.next_roots(scope));
        // The first trees are large: one at a time.
        let share = if start < self.roots.len() / 64 { 1 } else { DOZEN };
        for _ in 0..share {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(root) = self.roots.get(at) else { return };
            let mut worker = self.workers.own();
            if let Some(state) = self.visitor.root(&mut worker, *root) {
                self.descend(scope, &mut worker, *root, state);
            }
        }
    }

    /// Visits everything below a node. The heaviest child comes last and takes the base's place, so at most
    /// `log2(objects)` bases of a tree are held at once.
    fn descend<'s>(&'s self, scope: &rayon::Scope<'s>, worker: &mut V::Worker, at: Place, state: V::State) {
        let (pack, mut node) = at;
        let mut state = state;
        loop {
            let Some((heaviest, others)) = self.packs[pack].children(node).split_last() else {
                self.visitor.done(worker, state);
                return;
            };
            let (light, heavy) =
                others.split_at(others.partition_point(|kid| self.packs[pack].weight(*kid) < HANDOVER));
            for kid in light {
                if let Some(next) = self.visitor.child(worker, (pack, *kid), &state) {
                    self.descend(scope, worker, (pack, *kid), next);
                }
            }
            let next = if heavy.is_empty() {
                let next = self.visitor.child(worker, (pack, *heaviest), &state);
                self.visitor.done(worker, state);
                next
            } else {
                let base = Arc::new(state);
                for kid in heavy {
                    let base = Arc::clone(&base);
                    scope.spawn(move |scope| self.hand_over(scope, (pack, *kid), base));
                }
                self.visitor.child(worker, (pack, *heaviest), &base)
            };
            let Some(next) = next else { return };
            state = next;
            node = *heaviest;
        }
    }

    /// A subtree that another thread may take.
    fn hand_over<'s>(&'s self, scope: &rayon::Scope<'s>, at: Place, base: Arc<V::State>) {
        let mut worker = self.workers.own();
        if let Some(next) = self.visitor.child(&mut worker, at, &base) {
            drop(base);
            self.descend(scope, &mut worker, at, next);
        }
    }
}
