//! Which removal ends which introduction: the first one among its descendants, whatever the clocks say.

use super::attribution::Graph;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A key that was introduced at a path, and the commits that removed it from there.
#[derive(Debug)]
pub(super) struct Question {
    /// The commit that introduced it.
    pub(super) introduced: u32,
    /// Every commit that removed the key from this path.
    pub(super) removed: Vec<u32>,
    /// Whether no other commit introduced the key at this path: then all removals come after this one.
    pub(super) is_only: bool,
}

/// The answer to each question: the first removal after the introduction.
pub(super) fn first_removals(graph: &Graph<'_>, questions: &[Question]) -> Vec<Option<u32>> {
    let mut answers: Vec<Option<u32>> = questions.iter().map(|question| question.removed.first().copied()).collect();
    let is_plain = |question: &Question| question.removed.len() + usize::from(!question.is_only) <= 1;
    let mut open: Vec<usize> =
        (0..questions.len()).filter(|n| !questions[*n].removed.is_empty() && !is_plain(&questions[*n])).collect();
    if open.is_empty() {
        return answers;
    }
    let order = parents_first(graph);
    let mut position = vec![0u32; order.len()];
    for (at, commit) in order.iter().enumerate() {
        position[*commit as usize] = at as u32;
    }
    let place = |commit: u32| position[commit as usize] as usize;
    // 64 at a time, neighbours together: a pass from the first introduction to the last removal hands bits to children.
    open.sort_by_key(|n| place(questions[*n].introduced));
    let mut bits = vec![0u64; order.len()];
    for group in open.chunks(64) {
        let start = group.iter().map(|n| place(questions[*n].introduced)).min().unwrap_or(0);
        let end = group.iter().flat_map(|n| &questions[*n].removed).map(|r| place(*r) + 1).max().unwrap_or(0);
        if start < end {
            bits[start..end].fill(0);
        }
        for (i, n) in group.iter().enumerate() {
            bits[place(questions[*n].introduced)] |= 1 << i;
        }
        for at in start..end {
            for parent in &graph.parents[order[at] as usize] {
                let parent = place(*parent);
                if parent >= start {
                    bits[at] |= bits[parent];
                }
            }
        }
        for (i, n) in group.iter().enumerate() {
            let follows = |commit: &&u32| bits[place(**commit)] >> i & 1 != 0;
            let later = questions[*n].removed.iter().filter(follows);
            answers[*n] = later.min_by_key(|commit| place(**commit)).copied();
        }
        bits[start..end.max(start + 1)].fill(0);
        for n in group {
            bits[place(questions[*n].introduced)] = 0;
        }
    }
    answers
}

/// All commits, parents before children, and as far as that allows the older first.
fn parents_first(graph: &Graph<'_>) -> Vec<u32> {
    let count = graph.parents.len();
    let mut waiting = vec![0u32; count];
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (commit, parents) in graph.parents.iter().enumerate() {
        waiting[commit] = parents.len() as u32;
        for parent in parents {
            children[*parent as usize].push(commit as u32);
        }
    }
    let entry = |commit: u32| Reverse((graph.commits[commit as usize].head.committed, commit));
    let mut ready: BinaryHeap<_> = (0..count as u32).filter(|c| waiting[*c as usize] == 0).map(entry).collect();
    let mut order = Vec::with_capacity(count);
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
    order.extend((0..count as u32).filter(|commit| waiting[*commit as usize] > 0));
    order
}
