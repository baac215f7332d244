//! Rules in the form of gitleaks ([`crate::rule::foreign`]), run over whole blobs: their patterns have no bound and need
//! no literal, so no part of a text can speak for the rest.
//!
//! What counts as a match is what counts there: leftmost-first over the text, keywords as parts of words anywhere in it,
//! the secret read off the match alone, entropy of the secret, then what texts excuse; last, generic rules stand back
//! where another has found the same. Rules that depend on paths alone are not the engine's.

use super::Scanned;
use crate::finding::{Confidence, Hit, Matched, Position, RuleIx, Secret};
use crate::rule::foreign::{Foreign, Texts, entropy};
use crate::rule::{Rule, RuleSet};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use std::collections::BTreeMap;
use std::ops::Range;

/// The rules that are run over whole blobs.
#[derive(Debug, Default)]
pub(super) struct Whole {
    rules: Vec<RuleIx>,
    /// Finds every keyword of every rule; nothing where no rule has one.
    keywords: Option<AhoCorasick>,
    /// Per keyword, the rules (by their place in `rules`) that it lets run.
    lets_run: Vec<Vec<u32>>,
    /// Rules that always run.
    always: Vec<u32>,
}

/// One match of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    rule: RuleIx,
    /// Without the line breaks at its ends.
    matched: Range<usize>,
    secret: Range<usize>,
}

impl Whole {
    /// Prepares the keywords.
    pub(super) fn new(set: &RuleSet) -> Self {
        let rules: Vec<RuleIx> =
            set.iter().filter(|(_, rule)| of(rule).is_some_and(|f| f.regex.is_some())).map(|(ix, _)| ix).collect();
        let mut made = Self { rules, ..Self::default() };
        let mut words: Vec<&str> = Vec::new();
        for (place, ix) in made.rules.iter().enumerate() {
            let Some(foreign) = of(set.get(*ix)) else { continue };
            // A rule that only helps others is run when they ask for it.
            if foreign.skip_report {
                continue;
            }
            if foreign.keywords.is_empty() {
                made.always.push(place as u32);
            }
            for word in &foreign.keywords {
                let at = words.iter().position(|known| known == word).unwrap_or_else(|| {
                    words.push(word);
                    made.lets_run.push(Vec::new());
                    words.len() - 1
                });
                made.lets_run[at].push(place as u32);
            }
        }
        if !words.is_empty() {
            let builder =
                AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&words);
            // Fails only for more keywords than memory holds; then every rule runs on everything.
            match builder {
                Ok(built) => made.keywords = Some(built),
                Err(_) => made.always = (0..made.rules.len() as u32).collect(),
            }
        }
        made
    }

    /// Whether there is nothing to run.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Runs every rule that may match, adding to `out`. Each hit depends on all of `bytes`.
    pub(super) fn scan(&self, set: &RuleSet, bytes: &[u8], out: &mut Scanned) {
        let mut found = Vec::new();
        for place in self.candidates(bytes) {
            let ix = self.rules[place as usize];
            detect(set, ix, bytes, &mut |one| found.push(one));
        }
        without_generic_echoes(set, bytes, &mut found);
        out.hits.extend(found.into_iter().map(|one| Hit {
            rule: one.rule,
            secret: one.secret,
            window: 0..bytes.len(),
            confidence: Confidence::Medium,
            reasons: vec!["a rule of the gitleaks configuration matches".into()],
            decoded: None,
        }));
    }

    /// The rules of which a keyword stands in `bytes`, in their order.
    fn candidates(&self, bytes: &[u8]) -> Vec<u32> {
        let mut runs = vec![false; self.rules.len()];
        self.always.iter().for_each(|place| runs[*place as usize] = true);
        if let Some(keywords) = &self.keywords {
            let mut seen = vec![false; self.lets_run.len()];
            let mut unseen = seen.len();
            for word in keywords.find_overlapping_iter(bytes) {
                let word = word.pattern().as_usize();
                if !std::mem::replace(&mut seen[word], true) {
                    self.lets_run[word].iter().for_each(|place| runs[*place as usize] = true);
                    unseen -= 1;
                    if unseen == 0 {
                        break;
                    }
                }
            }
        }
        (0..runs.len() as u32).filter(|place| runs[*place as usize]).collect()
    }
}

fn of(rule: &Rule) -> Option<&Foreign> {
    rule.foreign.as_deref()
}

/// Everything that a rule finds and nothing excuses; a rule with requirements only where these are met.
fn detect(set: &RuleSet, ix: RuleIx, bytes: &[u8], found: &mut dyn FnMut(Found)) {
    let Some(foreign) = of(set.get(ix)) else { return };
    let helpers: Vec<(Vec<Position>, &crate::rule::foreign::Required)> =
        foreign.required.iter().map(|required| (helpers(set, &required.id, bytes), required)).collect();
    matches(foreign, ix, bytes, &mut |one| {
        let meets_all = helpers.is_empty() || {
            let at = position(bytes, &one.matched);
            helpers.iter().all(|(helpers, required)| {
                helpers.iter().any(|helper| {
                    required.within_lines.is_none_or(|most| helper.line.abs_diff(at.line) <= most)
                        && required.within_columns.is_none_or(|most| helper.column.abs_diff(at.column) <= most)
                })
            })
        };
        if meets_all {
            found(one);
        }
    });
}

/// Where a required rule finds something; its own requirements do not count.
fn helpers(set: &RuleSet, id: &str, bytes: &[u8]) -> Vec<Position> {
    let mut places = Vec::new();
    if let Some(ix) = set.find(id)
        && let Some(foreign) = of(set.get(ix))
    {
        matches(foreign, ix, bytes, &mut |one| places.push(position(bytes, &one.matched)));
    }
    places
}

/// The matches of a rule's pattern that pass its entropy and are not excused by their texts.
fn matches(foreign: &Foreign, ix: RuleIx, bytes: &[u8], found: &mut dyn FnMut(Found)) {
    let Some(regex) = foreign.regex.as_ref().and_then(|pattern| pattern.regex()) else { return };
    for whole in regex.find_iter(bytes) {
        let matched = trimmed(bytes, whole.range());
        if matched.is_empty() {
            continue;
        }
        let secret = secret(foreign, regex, bytes, &matched);
        if foreign.entropy > 0.0 && entropy(&bytes[secret.clone()]) <= foreign.entropy {
            continue;
        }
        let texts = Texts {
            secret: &bytes[secret.clone()],
            matched: &bytes[matched.clone()],
            line: &bytes[lines(foreign, bytes, &matched)],
        };
        if !foreign.allow.iter().any(|allow| allow.excuses_texts(&texts)) {
            found(Found { rule: ix, matched, secret });
        }
    }
}

/// Without the line breaks at both ends.
fn trimmed(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let text = &bytes[range.clone()];
    let start = text.iter().take_while(|b| **b == b'\n').count();
    let end = text[start..].iter().rev().take_while(|b| **b == b'\n').count();
    range.start + start..range.end - end
}

/// The secret within a match: the pattern is run on the match alone, as gitleaks does, so a group that needs what stands
/// around it may hold nothing, and then the match is the secret.
fn secret(foreign: &Foreign, regex: &regex::bytes::Regex, bytes: &[u8], matched: &Range<usize>) -> Range<usize> {
    if regex.captures_len() < 2 {
        return matched.clone();
    }
    let Some(groups) = regex.captures(&bytes[matched.clone()]) else { return matched.clone() };
    let group = match foreign.secret_group {
        0 => (1..groups.len()).find_map(|i| groups.get(i).filter(|group| !group.is_empty())),
        number => groups.get(number),
    };
    group.map_or_else(|| matched.clone(), |group| matched.start + group.start()..matched.start + group.end())
}

/// The whole lines that a match touches, without the last line break.
fn lines(foreign: &Foreign, bytes: &[u8], matched: &Range<usize>) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &bytes[..matched.start]).map_or(0, |i| i + 1);
    let end = memchr::memchr(b'\n', &bytes[matched.end..]).map_or(bytes.len(), |i| matched.end + i);
    start.saturating_sub(usize::from(foreign.breaks_before_lines))..end
}

fn position(bytes: &[u8], range: &Range<usize>) -> Position {
    Position::of(bytes, range.clone(), 0, 0)
}

/// Drops what a rule called generic found where another rule found the same and more on that line.
fn without_generic_echoes(set: &RuleSet, bytes: &[u8], found: &mut Vec<Found>) {
    let is_generic = |one: &Found| set.get(one.rule).spec.id.to_lowercase().contains("generic");
    if !found.iter().any(is_generic) {
        return;
    }
    let line = |one: &Found| memchr::memrchr(b'\n', &bytes[..one.matched.start]).map_or(0, |i| i + 1);
    let mut others: Vec<(usize, Range<usize>)> =
        found.iter().filter(|one| !is_generic(one)).map(|one| (line(one), one.secret.clone())).collect();
    others.sort_by_key(|(line, secret)| (*line, secret.start));
    found.retain(|one| {
        if !is_generic(one) {
            return true;
        }
        let (own, secret) = (line(one), &bytes[one.secret.clone()]);
        let first = others.partition_point(|(line, _)| *line < own);
        !others[first..]
            .iter()
            .take_while(|(line, _)| *line == own)
            .any(|(_, other)| memchr::memmem::find(&bytes[other.clone()], secret).is_some())
    });
}

/// What a rule matched around each of its secrets, by the bytes of these; found again, because histories keep only the
/// secret.
pub(super) fn matched(rule: &Rule, ix: RuleIx, bytes: &[u8]) -> BTreeMap<(usize, usize), Matched> {
    let mut all = BTreeMap::new();
    let Some(foreign) = of(rule) else { return all };
    matches(foreign, ix, bytes, &mut |one| {
        let line = lines(foreign, bytes, &one.matched);
        let first = memchr::memrchr(b'\n', &bytes[..one.matched.start]).map_or(0, |i| i + 1);
        let last = memchr::memrchr(b'\n', &bytes[..one.matched.end]).map_or(0, |i| i + 1);
        all.entry((one.secret.start, one.secret.end)).or_insert_with(|| Matched {
            at: position(bytes, &one.matched),
            columns: ((one.matched.start - first) as u64 + 1, (one.matched.end - last) as u64),
            text: Secret::new(&bytes[one.matched], 0),
            line: Secret::new(&bytes[line], 0),
            shown: None,
        });
    });
    all
}

#[cfg(test)]
#[path = "whole_tests.rs"]
mod tests;
