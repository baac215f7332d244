//! Which keys of a history are the same: places of one key become one finding.

use super::keys::Key;
use super::version::StoredHit;
use super::walked::{ObjectHits, Walked};
use crate::finding::{Confidence, RuleIx};
use crate::git::pack::Kind;
use std::collections::{BTreeSet, HashSet};

/// Keys with the same rule and secret are one identity, whatever their proofs said; those on lines that allow them are
/// another, right behind it.
pub(super) struct Identities {
    /// Per key its identity.
    pub(super) of_key: Vec<u32>,
    /// Per identity the key with the highest confidence.
    pub(super) best: Vec<usize>,
}

impl Identities {
    pub(super) fn of(keys: &[Key]) -> Self {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&keys[*a], &keys[*b]);
            let identity = same_key(a).cmp(&same_key(b)).then(a.allowed.cmp(&b.allowed));
            identity.then((b.confidence, &a.reasons).cmp(&(a.confidence, &b.reasons)))
        });
        let mut made = Self { of_key: vec![0; keys.len()], best: Vec::new() };
        for ix in order {
            let same = made.best.last().is_some_and(|best| {
                same_key(&keys[*best]) == same_key(&keys[ix]) && keys[*best].allowed == keys[ix].allowed
            });
            if !same {
                made.best.push(ix);
            }
            made.of_key[ix] = made.best.len() as u32 - 1;
        }
        made
    }

    /// Of the identity of a key on lines that allow it, that of the same key elsewhere, if there is one.
    pub(super) fn open_twin(&self, identity: u32, keys: &[Key]) -> Option<u32> {
        let key = |identity: u32| &keys[self.best[identity as usize]];
        let before = identity.checked_sub(1).filter(|_| key(identity).allowed)?;
        (same_key(key(before)) == same_key(key(identity))).then_some(before)
    }

    /// Per identity, whether its places are wanted: those of a rule that doubts a value are, too, where another rule does
    /// not, since they become one finding.
    pub(super) fn wanted(&self, keys: &[Key], wanted: &dyn Fn(RuleIx, Confidence) -> bool) -> Vec<bool> {
        let best = || self.best.iter().map(|ix| &keys[*ix]);
        let values: HashSet<&[u8]> =
            best().filter(|key| wanted(key.rule, key.confidence)).map(|key| &*key.secret).collect();
        best().map(|key| values.contains(&*key.secret)).collect()
    }

    /// The identities that an object holds, sorted, as far as they are wanted.
    pub(super) fn in_object(&self, object: &ObjectHits, wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        let held: BTreeSet<u32> = object.hits.iter().map(|hit| self.of_key[hit.key as usize]).collect();
        held.into_iter().filter(|identity| wanted(*identity)).collect()
    }

    /// Per identity, how many blobs hold it; none twice of a key.
    pub(super) fn blobs(&self, walked: &Walked) -> Vec<u64> {
        let mut counts = vec![0; self.best.len()];
        for object in walked.objects.iter().filter(|object| object.kind == Kind::Blob) {
            let held = self.in_object(object, |_| true);
            for identity in &held {
                let is_counted = self.open_twin(*identity, &walked.keys).is_some_and(|open| held.contains(&open));
                counts[*identity as usize] += u64::from(!is_counted);
            }
        }
        counts
    }

    /// The first hit of an identity in an object.
    pub(super) fn hit<'w>(&self, object: &'w ObjectHits, identity: u32, keys: &[Key]) -> Option<&'w StoredHit> {
        let held = object.hits.iter().filter(|hit| self.of_key[hit.key as usize] == identity);
        held.min_by_key(|hit| (hit.start, &keys[hit.key as usize].inside))
    }
}

/// What makes two keys the same.
fn same_key(key: &Key) -> (RuleIx, &[u8]) {
    (key.rule, &key.secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_one_rule_is_sure_of_is_wanted_for_all() {
        let key = |rule, secret: &str, confidence| Key {
            allowed: false,
            rule: RuleIx(rule),
            secret: secret.as_bytes().into(),
            confidence,
            reasons: Vec::new(),
            inside: None,
        };
        let keys = [
            key(0, "kestrel", Confidence::Medium),
            key(1, "kestrel", Confidence::Low),
            key(1, "heron", Confidence::Low),
        ];
        let identities = Identities::of(&keys);
        let wanted = identities.wanted(&keys, &|_, confidence| confidence > Confidence::Low);
        let of = |ix: usize| wanted[identities.of_key[ix] as usize];
        assert_eq!([of(0), of(1), of(2)], [true, true, false]);
    }
}
