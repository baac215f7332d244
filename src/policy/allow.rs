//! An allow entry of the configuration: which findings, in which places, until when and why.
//!
//! Each kind of condition that an entry gives must hold, and one of a kind suffices: `rules = [a, b]` with
//! `paths = [c]` covers what a or b found in c.

use super::{Expiry, PathSet};
use crate::finding::{Finding, Fingerprint, Location, Place};
use crate::rule::RuleSet;
use regex::bytes::Regex;
use std::cell::LazyCell;
use std::sync::Arc;

/// One entry, understood and checked.
#[derive(Debug, Clone)]
pub struct Allow {
    /// Ids of rules; none means every rule.
    pub rules: Vec<String>,
    /// Ids of providers; none means every provider.
    pub providers: Vec<String>,
    /// Paths, counted from the configuration's folder; none means every place.
    pub paths: PathSet,
    /// Regular expressions of which one occurs in the secret; none means every secret.
    pub values: Vec<Regex>,
    /// Fingerprints as reports show them, or how they begin, in lowercase; none means every finding.
    pub fingerprints: Vec<String>,
    /// Beginnings of the ids of introducing commits, in lowercase; none means every place.
    pub commits: Vec<String>,
    /// Why it is no leak.
    pub reason: Arc<str>,
    /// Who answers for that.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub expires: Option<Expiry>,
    /// Where it is written: `keyhound.toml:12`.
    pub origin: String,
}

impl Allow {
    /// Whether it no longer holds at `now`.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expiry| expiry.is_past(now))
    }

    /// Whether it speaks of this key at all, wherever the key lies. `known_as` holds every fingerprint of the finding,
    /// and is made only once an entry names some, because it costs an HMAC or more.
    ///
    /// Only the rule that a report names counts, not the others that match the same bytes: who allows a noisy generic
    /// rule must not thereby allow the provider's own.
    pub(super) fn concerns<F: FnOnce() -> Vec<Fingerprint>>(
        &self,
        finding: &Finding,
        rules: &RuleSet,
        known_as: &LazyCell<Vec<Fingerprint>, F>,
    ) -> bool {
        let rule = rules.get(finding.rule);
        let any_or_none = |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
        any_or_none(&self.rules, rule.spec.id)
            && any_or_none(&self.providers, rule.provider.id)
            && (self.values.is_empty() || self.values.iter().any(|v| v.is_match(finding.secret.expose())))
            && (self.fingerprints.is_empty() || known_as.iter().any(|known| self.names(*known)))
    }

    /// Whether it covers this place of a key that it concerns. `paths` count from the configuration's folder; there
    /// are none where the place has no path or lies outside.
    pub(super) fn covers(&self, location: &Location, paths: &[Vec<u8>]) -> bool {
        (self.paths.is_empty() || paths.iter().any(|path| self.paths.matches(path, false)))
            && (self.commits.is_empty() || self.names_commit_of(location))
    }

    /// Whether it covers a key of which no place is known.
    pub(super) fn covers_everywhere(&self) -> bool {
        self.paths.is_empty() && self.commits.is_empty()
    }

    fn names(&self, print: Fingerprint) -> bool {
        let print = print.to_string();
        self.fingerprints.iter().any(|start| print.starts_with(start.as_str()))
    }

    fn names_commit_of(&self, location: &Location) -> bool {
        let id = match &location.place {
            Place::Message { object, .. } => *object,
            _ => match location.commit() {
                Some(commit) => commit.id,
                None => return false,
            },
        };
        let id = id.to_string();
        self.commits.iter().any(|commit| id.starts_with(commit.as_str()))
    }
}
