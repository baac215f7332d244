//! Exceptions in the form of gitleaks: allowlists, `.gitleaksignore`, and reports of gitleaks used as a baseline.
//!
//! They were written for another program, whose rules have other names. Where the one that an entry names is not among
//! the rules that run, the file and the line are taken for what was meant.

mod ignore;
mod known;

pub use ignore::Ignore;
pub use known::{Known, is_report};

use super::{Cover, Folders};
use crate::finding::{Finding, Location, Place};
use crate::rule::foreign::{Allowlist, Texts};
use crate::rule::{Rule, RuleSet};
use std::borrow::Cow;
use std::sync::Arc;

/// Everything of that kind that holds in a run.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    /// Allowlists for keyhound's own rules: those with these ids, or all where none is named. Rules in the form of
    /// gitleaks have theirs with them.
    pub allow: Vec<(Vec<String>, Arc<Allowlist>)>,
    /// Allowlists for every rule, theirs among them.
    pub everywhere: Vec<Arc<Allowlist>>,
    /// `.gitleaksignore`
    pub ignore: Ignore,
    /// A report of gitleaks.
    pub known: Option<Known>,
}

/// Names under which a location's file may be known: as it is shown, and as seen from the repository.
pub fn names<'l>(location: &'l Location, folders: &Folders) -> Vec<Cow<'l, [u8]>> {
    let Some(path) = &location.path else { return Vec::new() };
    let plain = path.strip_prefix(b"./").unwrap_or(path);
    let mut names = vec![Cow::Borrowed(plain)];
    names.extend(folders.relative(&location.place, path).filter(|relative| **relative != *plain));
    names
}

/// The line by which gitleaks names a place: that on which the match begins.
pub fn line_of(location: &Location) -> u64 {
    location.matched.as_ref().map_or(location.position.line, |matched| matched.at.line)
}

impl Exceptions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.everywhere.is_empty() && self.ignore.is_empty() && self.known.is_none()
    }

    /// What covers each place of a finding, as far as an allowlist or `.gitleaksignore` speaks of it.
    pub(super) fn covers(&self, finding: &Finding, rules: &RuleSet, folders: &Folders) -> Vec<Option<Cover>> {
        let rule = rules.get(finding.rule);
        let lists = self.lists(rule);
        if lists.is_empty() && self.ignore.is_empty() {
            return vec![None; finding.locations.len()];
        }
        let ignored = self.ignore.covers(finding, rules, folders);
        let allowed = finding.locations.iter().map(|location| allowed(&lists, finding, location, folders));
        allowed.zip(ignored).map(|(allowed, ignored)| allowed.or(ignored)).collect()
    }

    /// The places of a finding that a report of gitleaks knew.
    pub(super) fn known_places(&self, finding: &Finding, rules: &RuleSet, folders: &Folders) -> Vec<Option<Cover>> {
        let Some(known) = &self.known else { return vec![None; finding.locations.len()] };
        let reason: Arc<str> = Arc::from(format!("in {}, a report of gitleaks", known.file()));
        let cover = |holds: bool| holds.then(|| Cover::Baseline { reason: Some(Arc::clone(&reason)) });
        known.holds(finding, rules, folders).into_iter().map(cover).collect()
    }

    fn lists<'e>(&'e self, rule: &'e Rule) -> Vec<&'e Allowlist> {
        let own: Vec<&Arc<Allowlist>> = match &rule.foreign {
            Some(foreign) => foreign.allow.iter().collect(),
            None => {
                let named = |ids: &[String]| ids.is_empty() || ids.iter().any(|id| id == rule.spec.id);
                self.allow.iter().filter(|(ids, _)| named(ids)).map(|(_, list)| list).collect()
            }
        };
        own.into_iter().chain(&self.everywhere).map(AsRef::as_ref).collect()
    }
}

fn allowed(lists: &[&Allowlist], finding: &Finding, location: &Location, folders: &Folders) -> Option<Cover> {
    if lists.is_empty() {
        return None;
    }
    let secret = finding.secret.expose();
    let texts = match &location.matched {
        Some(matched) => Texts { secret, matched: matched.text.expose(), line: matched.line.expose() },
        None => Texts { secret, matched: secret, line: secret },
    };
    let names = names(location, folders);
    let paths: Vec<&[u8]> = names.iter().map(AsRef::as_ref).collect();
    let commit = location.commit().map(|commit| commit.id.to_string());
    // A finding of a path alone has no texts that could be excused.
    let texts = (!finding.secret.is_empty()).then_some(&texts);
    let is_file = matches!(location.place, Place::File);
    let list = lists
        .iter()
        .find(|list| list.excuses(texts, &paths, commit.as_deref()) || (is_file && list.skips_file(&paths)))?;
    let reason = match list.description.trim() {
        "" => format!("the allowlist at {}", list.origin),
        why => format!("{why} ({})", list.origin),
    };
    Some(Cover::Config { reason: Arc::from(reason) })
}
