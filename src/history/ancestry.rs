//! Which removal ends which introduction: the first one among its descendants, whatever the clocks say.

use super::graph::Graph;
use rayon::prelude::*;

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
pub(super) fn first_removals(graph: &Graph, questions: &[Question]) -> Vec<Option<u32>> {
    let mut answers: Vec<Option<u32>> = questions.iter().map(|question| question.removed.first().copied()).collect();
    let is_plain = |question: &Question| question.removed.len() + usize::from(!question.is_only) <= 1;
    let mut open: Vec<usize> =
        (0..questions.len()).filter(|n| !questions[*n].removed.is_empty() && !is_plain(&questions[*n])).collect();
    if open.is_empty() {
        return answers;
    }
    let line = graph.line();
    let place = |commit: u32| line.place(commit);
    // 64 at a time, neighbours together: a pass from the first introduction to the last removal hands bits to children.
    open.sort_by_key(|n| place(questions[*n].introduced));
    let answer = |bits: &mut Vec<u64>, group: &[usize]| {
        let start = group.iter().map(|n| place(questions[*n].introduced)).min().unwrap_or(0);
        let end = group.iter().flat_map(|n| &questions[*n].removed).map(|r| place(*r) + 1).max().unwrap_or(0);
        if start < end {
            bits[start..end].fill(0);
        }
        for (i, n) in group.iter().enumerate() {
            bits[place(questions[*n].introduced)] |= 1 << i;
        }
        line.hand_on(bits, start..end);
        let first = |(i, n): (usize, &usize)| {
            // Before the start stands what an earlier group left.
            let follows = |commit: &&u32| place(**commit) >= start && bits[place(**commit)] >> i & 1 != 0;
            let later = questions[*n].removed.iter().filter(follows);
            (*n, later.min_by_key(|commit| place(**commit)).copied())
        };
        let found: Vec<(usize, Option<u32>)> = group.iter().enumerate().map(first).collect();
        for n in group {
            bits[place(questions[*n].introduced)] = 0;
        }
        found
    };
    let found: Vec<_> = open.par_chunks(64).map_init(|| vec![0u64; graph.len()], answer).collect();
    found.into_iter().flatten().for_each(|(n, removal)| answers[n] = removal);
    answers
}

#[cfg(test)]
mod tests {
    use super::super::walked::Commit;
    use super::*;
    use crate::blob::ObjectId;
    use crate::git::commit::CommitHead;

    #[test]
    fn each_introduction_ends_with_the_removal_behind_it_however_many_there_are() {
        let id = |n: u32| {
            let mut id = [0; 20];
            id[..4].copy_from_slice(&n.to_be_bytes());
            ObjectId(id)
        };
        let commit = |n: u32| Commit {
            id: id(n),
            head: CommitHead { tree: id(0), parents: n.checked_sub(1).map(id).into_iter().collect(), committed: 0 },
        };
        let count = 1_000;
        let graph = Graph::new(&(0..count).map(commit).collect::<Vec<_>>());
        let removed: Vec<u32> = (0..count).filter(|n| n % 2 == 1).collect();
        let questions: Vec<Question> = (0..count)
            .filter(|n| n % 2 == 0)
            .map(|introduced| Question { introduced, removed: removed.clone(), is_only: false })
            .collect();
        // One thread takes one group after the other.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
        let answers = pool.install(|| first_removals(&graph, &questions));
        assert!(questions.iter().zip(answers).all(|(question, answer)| answer == Some(question.introduced + 1)));
    }
}
