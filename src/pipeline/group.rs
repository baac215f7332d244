//! From parts to findings: one for each (rule, secret), with every place that holds it.
//!
//! Parts arrive in the order in which threads happened to finish. Everything here sorts by content, so the findings
//! come out the same whatever that order was.

use crate::blob::ObjectId;
use crate::engine::proof::is_widespread;
use crate::finding::{Confidence, Finding, Fingerprint, FingerprintKey, Location, Part, Place, Reason, RuleIx, Secret};
use crate::rule::RuleSet;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A finding in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The rule that found it.
    pub rule: RuleIx,
    /// Other rules that match the same bytes.
    pub also: BTreeSet<RuleIx>,
    /// The key.
    pub secret: Secret,
    /// The highest of its parts.
    pub confidence: Confidence,
    /// The reasons of the part with the highest confidence.
    pub reasons: Vec<Reason>,
    /// Every place once, in the order of reports.
    pub locations: Vec<Location>,
    /// How many distinct git blobs hold it.
    pub blobs: u64,
}

/// Puts the parts of one run together. What anyone would guess is a password in one place and a label in another, so what
/// is sure of it in one place says nothing of others: parts of it that are less sure are another finding.
pub fn group(parts: Vec<Part>) -> Vec<Draft> {
    let mut drafts: BTreeMap<(RuleIx, Secret, Option<Confidence>), Draft> = BTreeMap::new();
    for part in parts {
        let sure = is_widespread(part.secret.expose()).then_some(part.confidence);
        let draft = drafts.entry((part.rule, part.secret.clone(), sure)).or_insert_with(|| Draft {
            rule: part.rule,
            also: BTreeSet::new(),
            secret: part.secret,
            confidence: part.confidence,
            reasons: part.reasons.clone(),
            locations: Vec::new(),
            blobs: 0,
        });
        let better = (Reverse(part.confidence), &part.reasons) < (Reverse(draft.confidence), &draft.reasons);
        if better {
            draft.confidence = part.confidence;
            draft.reasons = part.reasons;
        }
        draft.locations.extend(part.locations);
        draft.blobs += part.blobs;
    }
    let mut drafts: Vec<Draft> = drafts.into_values().collect();
    drafts.iter_mut().for_each(Draft::settle);
    drafts
}

impl Draft {
    /// Orders the places and drops those that were seen twice: in two overlapping pieces of a file, or because a path
    /// was given twice.
    pub fn settle(&mut self) {
        self.locations.sort_by(|a, b| order(a).cmp(&order(b)));
        self.locations.dedup_by(|b, a| {
            a.place == b.place
                && a.path == b.path
                && (a.position.offset, a.position.length) == (b.position.offset, b.position.length)
        });
    }

    /// The finished finding.
    pub fn finish(self, rules: &RuleSet, key: &FingerprintKey) -> Finding {
        let rule = rules.get(self.rule);
        let path = self.locations.first().and_then(|first| first.path.as_deref()).unwrap_or_default();
        Finding {
            rule: self.rule,
            fingerprint: Fingerprint::of(key, rule.spec.id, &self.secret, path),
            also: self.also.into_iter().collect(),
            secret: self.secret,
            severity: rule.severity,
            confidence: self.confidence,
            environment: rule.environment,
            reasons: self.reasons,
            locations: self.locations,
            blobs: self.blobs,
            asked: None,
            subject: None,
        }
    }
}

/// The order of places: history by time, then history that no commit dates, then what exists now.
fn order(location: &Location) -> impl Ord + '_ {
    let when = location.commit().map(|commit| (commit.committed, commit.id));
    let kind = match (&location.place, when) {
        (Place::History { .. } | Place::Message { .. }, Some(_)) => 0,
        (Place::History { .. } | Place::Message { .. }, None) => 1,
        (Place::Staged, _) => 2,
        (Place::File, _) => 3,
        (Place::Stdin, _) => 4,
    };
    let object: Option<ObjectId> = location.object();
    (kind, when, &location.path, location.position.offset, location.position.length, object, &location.place)
}

/// The order of reports: what harms most and is surest first, then by place.
pub fn sort(findings: &mut [Finding]) {
    fn place(finding: &Finding) -> Option<(&Option<Vec<u8>>, u64)> {
        finding.first().map(|first| (&first.path, first.position.offset))
    }
    findings.sort_by(|a, b| {
        (Reverse(a.severity), Reverse(a.confidence), place(a), a.rule, &a.secret).cmp(&(
            Reverse(b.severity),
            Reverse(b.confidence),
            place(b),
            b.rule,
            &b.secret,
        ))
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commit, history, in_file, part};
    use super::*;
    use crate::finding::Confidence::{High, Low};

    #[test]
    fn parts_become_one_finding_whatever_their_order() {
        let mut parts = vec![
            part(0, "kestrel-9x-a", Low, vec![in_file("b", 1)]),
            part(0, "kestrel-9x-a", High, vec![in_file("a", 9), in_file("a", 3)]),
            part(0, "kestrel-9x-b", Low, vec![in_file("a", 30)]),
            part(0, "kestrel-9x-a", Low, vec![history("z", 5, Some(commit(200))), history("y", 5, Some(commit(100)))]),
            part(0, "kestrel-9x-a", Low, vec![history("x", 5, None)]),
        ];
        let first = group(parts.clone());
        assert_eq!(first.len(), 2);
        let paths: Vec<_> = first[0].locations.iter().map(|l| l.path.clone().expect("path")).collect();
        assert_eq!(paths, [b"y", b"z", b"x", b"a", b"a", b"b"]);
        assert_eq!(first[0].confidence, High);
        for _ in 0..parts.len() {
            parts.rotate_left(1);
            assert_eq!(group(parts.clone()), first);
        }
    }

    #[test]
    fn a_place_seen_twice_is_one_place() {
        let twice = group(vec![part(0, "s", Low, vec![in_file("a", 7)]), part(0, "s", Low, vec![in_file("a", 7)])]);
        assert_eq!(twice[0].locations.len(), 1);
    }
}
