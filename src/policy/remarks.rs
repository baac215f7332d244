//! What a run has to say about the exceptions themselves: those that have expired, and those that nothing needs any
//! more. Left alone, both become holes: a dead entry waits for the next leak to cover it.

use super::{Allow, Policy};
use crate::finding::Finding;
use crate::problem::Problem;
use crate::rule::RuleSet;
use std::cell::LazyCell;

impl Policy {
    /// Notes on expired and dead exceptions, each once, in the order of the files.
    ///
    /// `findings` are all findings of the run, whatever their verdicts. Whether an exception is dead can only be told
    /// by a scan of everything (`full`): one of the staged files leaves nearly all of them unused.
    pub fn remarks<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding> + Clone,
        rules: &RuleSet,
        full: bool,
    ) -> Vec<Problem> {
        let live = if full { self.live(findings.clone(), rules) } else { vec![true; self.allow.len()] };
        let mut notes = Vec::new();
        for (allow, is_live) in self.allow.iter().zip(live) {
            if let Some(expiry) = allow.expires.filter(|_| allow.is_expired(self.now)) {
                let owner = allow.owner.as_ref().map(|owner| format!(" (owner: {owner})")).unwrap_or_default();
                let message = format!("this allow entry expired on {expiry}{owner}: {}", allow.reason);
                notes.push(Problem::note(&allow.origin, message).with_next_step("renew it, or remove it"));
            } else if !is_live {
                let message = format!("this allow entry matches nothing: {}", allow.reason);
                notes.push(Problem::note(&allow.origin, message).with_next_step("remove it"));
            }
        }
        notes.extend(self.remarks_on_baseline(findings, rules, full));
        notes
    }

    /// For each allow entry, whether it covers a place of some finding, even one that something else covers first: an
    /// entry is dead when it is wrong, not when it is second.
    fn live<'f>(&self, findings: impl Iterator<Item = &'f Finding>, rules: &RuleSet) -> Vec<bool> {
        let mut live = vec![false; self.allow.len()];
        for finding in findings {
            let known_as = LazyCell::new(|| self.known_as(finding, rules));
            for (allow, is_live) in self.allow.iter().zip(&mut live).filter(|(_, is_live)| !**is_live) {
                *is_live = allow.concerns(finding, rules, &known_as) && self.covers_some_place(allow, finding);
            }
        }
        live
    }

    fn covers_some_place(&self, allow: &Allow, finding: &Finding) -> bool {
        allow.covers_everywhere()
            || finding.locations.iter().any(|location| allow.covers(location, &self.folders.ways_to(location)))
    }

    /// At most one note of each kind: a baseline has many lines, and one command mends them all.
    fn remarks_on_baseline<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding>,
        rules: &RuleSet,
        full: bool,
    ) -> Vec<Problem> {
        let Some(baseline) = &self.baseline else { return Vec::new() };
        let mut notes = Vec::new();
        let expired: Vec<u64> = baseline.entries().filter(|e| e.is_expired(self.now)).map(|e| e.line).collect();
        if let Some(first) = expired.first() {
            let message = plural(
                expired.len(),
                "entry has expired and is accepted no more",
                "entries have expired and are accepted no more",
            );
            notes.push(
                Problem::note(format!("{}:{first}", baseline.file()), message)
                    .with_next_step("change the date, or remove the line"),
            );
        }
        if full {
            let pruned = baseline.prune(findings, rules, &self.folders, self.now);
            if let Some(first) = pruned.dead.first() {
                let message =
                    plural(pruned.dead.len(), "entry matches nothing any more", "entries match nothing any more");
                notes.push(
                    Problem::note(format!("{}:{}", baseline.file(), first.line), message)
                        .with_next_step("remove such lines with 'keyhound baseline prune'"),
                );
            }
        }
        notes
    }
}

fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
