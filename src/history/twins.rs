//! A key on a line with a comment that allows it, and the same key elsewhere, are traced apart. Where a commit only adds or
//! removes the comment, that is no removal of the key: here both stays become one.

use super::attribution::Sojourn;
use std::collections::HashMap;

/// Joins stays of which one follows the other by the same commit at the same path. `open_twin` gives the identity of a key
/// on lines without a comment for that of the same key on lines with one.
///
/// A comment that is added ends nothing and begins nothing. One that is removed ends nothing, and opens a place.
pub(super) fn join(sojourns: &mut HashMap<u32, Vec<Sojourn>>, open_twin: impl Fn(u32) -> Option<u32>) {
    let mut allowed: Vec<u32> = sojourns.keys().copied().filter(|identity| open_twin(*identity).is_some()).collect();
    allowed.sort_unstable();
    for identity in allowed {
        let Some(open) = open_twin(identity) else { continue };
        let Some(mut theirs) = sojourns.remove(&identity) else { continue };
        if let Some(ours) = sojourns.get_mut(&open) {
            // A stay may have been opened and closed several times.
            let mut changed = true;
            while changed {
                changed = false;
                for stay in ours.iter_mut() {
                    let next = theirs.iter().position(|next| follows(stay, next));
                    if let Some(next) = next {
                        let next = theirs.remove(next);
                        (stay.removed, stay.in_head) = (next.removed, next.in_head);
                        changed = true;
                    }
                }
            }
            for stay in &mut theirs {
                if let Some(next) = ours.iter().find(|next| follows(stay, next)) {
                    (stay.removed, stay.in_head) = (next.removed, next.in_head);
                }
            }
        }
        sojourns.insert(identity, theirs);
    }
}

/// Whether one stay begins with the commit that ended the other, at the same path.
fn follows(stay: &Sojourn, next: &Sojourn) -> bool {
    stay.removed == Some(next.introduced) && stay.path == next.path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::ObjectId;

    fn stay(path: &str, introduced: u32, removed: Option<u32>) -> Sojourn {
        let blob = ObjectId([introduced as u8; 20]);
        Sojourn { path: path.into(), blob, introduced, removed, in_head: removed.is_none() }
    }

    /// What becomes of the stays of an open key (0) and of the allowed one (1): introduction, removal, in HEAD.
    fn joined(open: Vec<Sojourn>, allowed: Vec<Sojourn>) -> [Vec<(u32, Option<u32>, bool)>; 2] {
        let mut all = HashMap::from([(0, open), (1, allowed)]);
        join(&mut all, |identity| identity.checked_sub(1));
        [0, 1].map(|n| all[&n].iter().map(|stay| (stay.introduced, stay.removed, stay.in_head)).collect())
    }

    #[test]
    fn a_comment_that_is_added_ends_nothing() {
        let stays = joined(vec![stay("a", 1, Some(4))], vec![stay("a", 4, None), stay("b", 4, None)]);
        assert_eq!(stays, [vec![(1, None, true)], vec![(4, None, true)]]);
    }

    #[test]
    fn a_comment_that_is_removed_opens_a_place() {
        let stays = joined(vec![stay("a", 4, Some(9))], vec![stay("a", 1, Some(4))]);
        assert_eq!(stays, [vec![(4, Some(9), false)], vec![(1, Some(9), false)]]);
    }

    #[test]
    fn a_real_removal_stays_one() {
        let stays = joined(vec![stay("a", 1, Some(4))], vec![stay("a", 6, None)]);
        assert_eq!(stays, [vec![(1, Some(4), false)], vec![(6, None, true)]]);
    }
}
