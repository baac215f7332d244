//! The gate: every finding passes here once and leaves with a verdict. The order of the tests is written in
//! [`Policy::judge`] and nowhere else.

use super::{Allow, Baseline, Cover, Folders, Verdict, gitleaks};
use crate::finding::{Confidence, Finding, Fingerprint, FingerprintKey, Location, Secret, Severity};
use crate::rule::RuleSet;
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What was decided before the run: thresholds and exceptions. It holds no state, so the order in which findings are
/// judged cannot matter.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Least severity to report.
    pub severity: Severity,
    /// Least confidence to report.
    pub confidence: Confidence,
    /// Allow entries of the configuration, in its order.
    pub allow: Vec<Allow>,
    /// Known findings.
    pub baseline: Option<Baseline>,
    /// Exceptions that were written for gitleaks.
    pub gitleaks: gitleaks::Exceptions,
    /// The key under which the run's fingerprints are made.
    pub key: FingerprintKey,
    /// What the paths of allow entries and of the baseline count from.
    pub folders: Folders,
    /// The time against which expiries are held, in seconds since 1970 (UTC).
    pub now: i64,
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What is to be done with the finding.
    pub verdict: Verdict,
    /// For each of its locations, in order, what covers that place; `None` where the place is open.
    pub covers: Vec<Option<Cover>>,
}

impl Policy {
    /// A policy without exceptions: every severity, and confidence medium and high.
    pub fn at(now: i64) -> Self {
        Self {
            severity: Severity::Low,
            confidence: Confidence::Medium,
            allow: Vec::new(),
            baseline: None,
            gitleaks: gitleaks::Exceptions::default(),
            key: FingerprintKey::default(),
            folders: Folders::default(),
            now,
        }
    }

    /// The key of a run's fingerprints: the configuration's, else the baseline's (so that a report names the lines of
    /// the baseline), else the one that is the same everywhere.
    pub fn fingerprint_key(configured: Option<&FingerprintKey>, baseline: Option<&Baseline>) -> FingerprintKey {
        configured.or(baseline.map(Baseline::fingerprint_key)).cloned().unwrap_or_default()
    }

    /// What is to be done with `finding`.
    pub fn judge(&self, finding: &Finding, rules: &RuleSet) -> Verdict {
        self.weigh(finding, rules).verdict
    }

    /// What is to be done with `finding`, and which of its places are covered by what.
    ///
    /// What people decided comes before what this run asked for: so the verdict on an accepted key is the same under
    /// every `--severity`, and an exception does not look dead because a threshold was quicker. Among decisions the one
    /// nearest to the key comes first, because it is the one that a reader of the code sees: the comment on the line,
    /// then the configuration, then the baseline, which is the broadest and says least. Each covers only the places
    /// that it speaks of; a finding with an open place is reported, and none of its places is lost.
    pub fn weigh(&self, finding: &Finding, rules: &RuleSet) -> Judgement {
        let known_as = LazyCell::new(|| self.known_as(finding, rules));
        let allows: Vec<&Allow> = self
            .allow
            .iter()
            .filter(|allow| !allow.is_expired(self.now) && allow.concerns(finding, rules, &known_as))
            .collect();
        let entry = self
            .baseline
            .as_ref()
            .and_then(|b| b.matching(finding, rules, &self.folders).into_iter().find(|e| !e.is_expired(self.now)));
        let id = rules.get(finding.rule).spec.id;

        let theirs = self.gitleaks.covers(finding, rules, &self.folders);
        let reported = self.gitleaks.known_places(finding, rules, &self.folders);
        let covers: Vec<Option<Cover>> = finding
            .locations
            .iter()
            .zip(theirs.into_iter().zip(reported))
            .map(|(location, (theirs, reported))| {
                self.cover(location, id, &allows)
                    .or(theirs)
                    .or_else(|| entry.map(|e| Cover::Baseline { reason: e.reason.as_deref().map(Arc::from) }))
                    .or(reported)
            })
            .collect();
        let verdict = allowed(&covers)
            .or_else(|| allowed_without_place(finding, &allows))
            .or_else(|| entry.map(|e| Verdict::Baselined { reason: e.reason.clone() }))
            .or_else(|| known(&covers))
            .or_else(|| self.below_threshold(finding))
            .unwrap_or(Verdict::Report);
        Judgement { verdict, covers }
    }

    /// What covers one place, in the order of the verdicts.
    fn cover(&self, location: &Location, rule: &str, allows: &[&Allow]) -> Option<Cover> {
        // A place in history has the marks of its own blob, so a comment added today says nothing about the version
        // of yesterday: what was committed without a mark stays reported until the configuration or baseline has it.
        if location.marks.iter().any(|mark| mark.rules.is_empty() || mark.rules.iter().any(|r| r == rule)) {
            return Some(Cover::Inline);
        }
        if !allows.is_empty() {
            let paths = self.folders.ways_to(location);
            if let Some(allow) = allows.iter().find(|allow| allow.covers(location, &paths)) {
                return Some(Cover::Config { reason: Arc::clone(&allow.reason) });
            }
        }
        None
    }

    fn below_threshold(&self, finding: &Finding) -> Option<Verdict> {
        let mut reasons = Vec::new();
        if finding.severity < self.severity {
            reasons.push(format!("severity {} is below {}", finding.severity, self.severity));
        }
        if finding.confidence < self.confidence {
            reasons.push(format!("confidence {} is below {}", finding.confidence, self.confidence));
        }
        (!reasons.is_empty()).then(|| Verdict::BelowThreshold { reason: reasons.join(", ") })
    }

    /// Every fingerprint by which a report may have named this finding: under the run's key, and under the key that is
    /// the same everywhere, so that a fingerprint copied before the repository had a key of its own still counts.
    pub fn known_as(&self, finding: &Finding, rules: &RuleSet) -> Vec<Fingerprint> {
        let mut all = vec![finding.fingerprint];
        for key in [&self.key, &FingerprintKey::default()] {
            all.extend(names(finding, rules, &self.folders, key).into_iter().map(|(fingerprint, _)| fingerprint));
        }
        all
    }
}

/// The verdict on a key whose places are all covered by comments and allow entries; the mixture is in the reason.
fn allowed(covers: &[Option<Cover>]) -> Option<Verdict> {
    let mut reasons: Vec<&str> = Vec::new();
    let mut inline = 0;
    for cover in covers {
        match cover {
            Some(Cover::Inline) => inline += 1,
            Some(Cover::Config { reason }) if reasons.contains(&&**reason) => {}
            Some(Cover::Config { reason }) => reasons.push(reason),
            Some(Cover::Baseline { .. }) | None => return None,
        }
    }
    if covers.is_empty() {
        return None;
    }
    if reasons.is_empty() {
        return Some(Verdict::AllowedInline);
    }
    let mut reason = reasons.join("; ");
    if inline > 0 {
        reason.push_str(&format!("; {inline} of {} places by a comment on the line", covers.len()));
    }
    Some(Verdict::AllowedByConfig { reason })
}

/// The verdict on a key whose places are all covered, and one of them because it was known.
fn known(covers: &[Option<Cover>]) -> Option<Verdict> {
    let all = !covers.is_empty() && covers.iter().all(Option::is_some);
    let baselined = covers.iter().flatten().find(|cover| matches!(cover, Cover::Baseline { .. }));
    baselined.filter(|_| all).map(Cover::verdict)
}

/// The verdict on a key of which no place is known: only an entry that asks for none can allow it.
fn allowed_without_place(finding: &Finding, allows: &[&Allow]) -> Option<Verdict> {
    let allow = allows.iter().find(|allow| finding.locations.is_empty() && allow.covers_everywhere())?;
    Some(Verdict::AllowedByConfig { reason: allow.reason.to_string() })
}

/// The names that a finding has under `key`: fingerprint and rule id, for its rule and for the others that match the
/// same bytes (the table of rules grows, and then another of them may come first).
///
/// A guessable value has one for each of its paths, because one of them is in the fingerprint.
pub(super) fn names<'r>(
    finding: &Finding,
    rules: &'r RuleSet,
    folders: &Folders,
    key: &FingerprintKey,
) -> Vec<(Fingerprint, &'r str)> {
    let mut out = Vec::new();
    if let Some(subject) = &finding.subject {
        let id = rules.get(finding.rule).spec.id;
        let named = |path: Vec<u8>| (Fingerprint::of_subject(key, id, subject, &path), id);
        return paths(finding, folders).into_iter().map(named).collect();
    }
    for ix in std::iter::once(finding.rule).chain(finding.also.iter().copied()) {
        let rule = rules.get(ix);
        let under_that_rule;
        let secret = if ix == finding.rule {
            &finding.secret
        } else {
            let plain = finding.secret.expose();
            under_that_rule = Secret::new(plain, rule.public_prefix(plain));
            &under_that_rule
        };
        if !secret.is_guessable() {
            out.push((Fingerprint::of(key, rule.spec.id, secret, b""), rule.spec.id));
            continue;
        }
        for path in paths(finding, folders) {
            out.push((Fingerprint::of(key, rule.spec.id, secret, &path), rule.spec.id));
        }
    }
    out
}

/// Each path of a finding once: as its report shows it, and as seen from the folder that paths count from.
fn paths(finding: &Finding, folders: &Folders) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    for location in &finding.locations {
        let shown = location.path.clone().unwrap_or_default();
        if let Some(relative) = folders.relative(&location.place, &shown).filter(|r| **r != shown[..]) {
            all.insert(relative.into_owned());
        }
        all.insert(shown);
    }
    if all.is_empty() {
        all.insert(Vec::new());
    }
    all
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
