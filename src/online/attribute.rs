//! Whose key is it? Decided before a byte leaves: a key goes to the provider that its format or its context proves, and
//! where two could have issued it, to none.

use crate::finding::{Confidence, Finding, RuleIx, Secret};
use crate::rule::{Provider, Rule, RuleSet};
use std::collections::{BTreeMap, BTreeSet};

/// A key with what its provider needs to be asked about it.
#[derive(Debug, Clone)]
pub struct Held<'r> {
    /// The rule by which it is that provider's.
    pub rule: &'r Rule,
    /// The key.
    pub secret: Secret,
    /// Other keys found beside it, by the name that the rule's tables give them.
    pub beside: BTreeMap<String, Secret>,
}

impl Held<'_> {
    /// Whether this is a part of what `other` is used with, such as the id of an AWS key: no request is known for it
    /// alone, and it lives and dies with the other.
    pub fn is_part_of(&self, other: &Self) -> bool {
        let mine = self.rule.online();
        mine.verify.is_empty()
            && mine.revoke.is_empty()
            && self.rule.provider.id == other.rule.provider.id
            && other.beside.values().any(|secret| *secret == self.secret)
    }
}

/// Where a key may go.
#[derive(Debug, Clone)]
pub enum Attribution<'r> {
    /// To the provider of this rule.
    To(&'r Rule),
    /// To nobody, and why, as a sentence that says how to decide.
    Nobody(String),
    /// The person named providers, and it is none of theirs.
    Other,
}

/// Decides whose key a finding is.
///
/// `chosen` are the providers that the person named, none for any. `context` returns the texts around the places of
/// the finding; it is asked only where the format does not decide.
pub fn attribute<'r>(
    finding: &Finding,
    rules: &'r RuleSet,
    chosen: &[String],
    context: &dyn Fn() -> Vec<Vec<u8>>,
) -> Attribution<'r> {
    let own = rules.get(finding.rule);
    let rivals = rivals(finding, rules);
    let by_person = |provider: &Provider| chosen.iter().any(|id| id == provider.id);
    if !chosen.is_empty() {
        let named: Vec<&Rule> =
            std::iter::once(own).chain(rivals.iter().copied()).filter(|rule| by_person(rule.provider)).collect();
        let providers: BTreeSet<&str> = named.iter().map(|rule| rule.provider.id).collect();
        return match (named.first(), providers.len()) {
            (Some(rule), 1) => Attribution::To(rule),
            (None, _) => Attribution::Other,
            _ => ambiguous(finding, own, &rivals),
        };
    }
    if rivals.is_empty() {
        if finding.confidence < Confidence::Medium {
            return Attribution::Nobody(format!(
                "it is not certain that this is a key of {0}; if it is, use --provider {1}",
                own.provider.name, own.provider.id
            ));
        }
        return Attribution::To(own);
    }
    let is_ours = |rule: &&Rule| {
        let ours = rule.online().verify.first().and_then(|table| table.ours.as_deref());
        let pattern = ours.and_then(|pattern| regex::bytes::Regex::new(pattern).ok());
        pattern.is_some_and(|pattern| pattern.is_match(finding.secret.expose()))
    };
    let candidates: Vec<&'r Rule> = std::iter::once(own).chain(rivals.iter().copied()).collect();
    let by_format: Vec<&&Rule> = candidates.iter().filter(|rule| is_ours(rule)).collect();
    if let [rule] = by_format.as_slice() {
        return Attribution::To(rule);
    }
    let texts: Vec<Vec<u8>> = context().iter().map(|text| text.to_ascii_lowercase()).collect();
    let by_context: Vec<&&Rule> = candidates.iter().filter(|rule| is_named(rule.provider, &texts)).collect();
    match by_context.as_slice() {
        [rule] => Attribution::To(rule),
        _ => ambiguous(finding, own, &rivals),
    }
}

fn ambiguous<'r>(finding: &Finding, own: &Rule, rivals: &[&Rule]) -> Attribution<'r> {
    let mut providers: BTreeMap<&str, &str> =
        rivals.iter().map(|rule| (rule.provider.id, rule.provider.name)).collect();
    providers.insert(own.provider.id, own.provider.name);
    let names: Vec<&str> = providers.values().copied().collect();
    let options: Vec<String> = providers.keys().map(|id| format!("--provider {id}")).collect();
    let prefix = own.spec.prefixes.iter().find(|prefix| finding.secret.expose().starts_with(prefix.as_bytes()));
    let like = prefix.map_or_else(|| "like this".to_owned(), |prefix| format!("that begin with {prefix}"));
    Attribution::Nobody(format!(
        "{} issue keys {like}, and nothing here says whose this one is; say so with {}",
        names.join(" and "),
        options.join(" or ")
    ))
}

/// How a rule knows its provider: prefix and name nearby, prefix alone, name alone; best first.
fn class(rule: &Rule, secret: &Secret) -> u8 {
    match (rule.public_prefix(secret.expose()) > 0, !rule.spec.keywords.is_empty()) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    }
}

/// One rule of each other provider that could as well have issued the key.
fn rivals<'r>(finding: &Finding, rules: &'r RuleSet) -> Vec<&'r Rule> {
    let own = rules.get(finding.rule);
    let mine = class(own, &finding.secret);
    let also: BTreeSet<RuleIx> = finding.also.iter().copied().collect();
    let mut found: BTreeMap<&str, &Rule> = BTreeMap::new();
    for (ix, rule) in rules.iter().filter(|(_, rule)| rule.provider.id != own.provider.id) {
        // A rule that knows a syntax and no issuer is nobody's rival.
        if rule.spec.online.is_none() && rule.provider.hosts.is_empty() {
            continue;
        }
        let theirs = class(rule, &finding.secret);
        let is_rival = if also.contains(&ix) {
            // Both matched: whoever knows more has it, and on a tie nobody.
            theirs <= mine
        } else {
            // The other did not match for want of context, and the own rule asks for none.
            mine == 1 && theirs < 2 && shape_fits(rule, finding.secret.expose())
        };
        if is_rival {
            found.entry(rule.provider.id).or_insert(rule);
        }
    }
    found.into_values().collect()
}

/// Whether a rule's pattern finds exactly this key where it stands alone.
fn shape_fits(rule: &Rule, secret: &[u8]) -> bool {
    if rule.spec.assigned || rule.spec.prefixes.iter().all(|prefix| !secret.starts_with(prefix.as_bytes())) {
        return false;
    }
    let matcher = rule.matcher();
    let found = matcher.find(secret, 0).and_then(|found| found.secret);
    found.is_some_and(|found| secret[found] == *secret)
}

/// Whether texts, in small letters, name a provider: a host, a variable, or its id.
fn is_named(provider: &Provider, texts: &[Vec<u8>]) -> bool {
    let words = provider.hosts.iter().chain(provider.env).chain(std::iter::once(&provider.id));
    words
        .map(|word| word.to_ascii_lowercase())
        .any(|word| texts.iter().any(|text| memchr::memmem::find(text, word.as_bytes()).is_some()))
}

/// How far apart keys that belong together stand at most, in bytes.
const BESIDE: u64 = 2000;

/// The keys beside a finding that its rule's tables ask for: of those in the same input the nearest.
pub fn beside(finding: &Finding, rule: &Rule, all: &[Finding], rules: &RuleSet) -> BTreeMap<String, Secret> {
    let online = rule.online();
    let tables = online.verify.iter().map(|table| &table.beside).chain(online.revoke.iter().map(|table| &table.beside));
    let mut wanted: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (name, ids) in tables.flatten() {
        wanted.entry(name).or_default().extend(ids);
    }
    let mut out = BTreeMap::new();
    for (name, ids) in wanted {
        let others = all.iter().filter(|other| ids.iter().any(|id| *id == rules.get(other.rule).spec.id));
        let nearest = others
            .filter(|other| other.secret != finding.secret)
            .filter_map(|other| distance(finding, other).map(|distance| (distance, &other.secret)))
            .min();
        if let Some((_, secret)) = nearest.filter(|(distance, _)| *distance <= BESIDE) {
            out.insert(name.clone(), secret.clone());
        }
    }
    out
}

/// The least distance of two keys in one input.
fn distance(a: &Finding, b: &Finding) -> Option<u64> {
    let pairs = a.locations.iter().flat_map(|at| b.locations.iter().map(move |to| (at, to)));
    pairs
        .filter(|(at, to)| match (at.object(), to.object()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => at.path == to.path,
            _ => false,
        })
        .map(|(at, to)| at.position.offset.abs_diff(to.position.offset))
        .min()
}

#[cfg(test)]
#[path = "attribute_tests.rs"]
mod tests;
