//! Rules in the form of gitleaks ([`crate::rule::foreign`]), run over whole blobs: their patterns have no bound and need
//! no literal, so no part of a text can speak for the rest.
//!
//! What counts as a match is what counts there: leftmost-first over the text, keywords as parts of words anywhere in it,
//! the secret read off the match alone, entropy of the secret, then what texts excuse; last, generic rules stand back
//! where another has found the same. Rules that depend on paths alone are not the engine's.
//!
//! A pattern that needs some word and has a bound after all is run only around that word; see [`Core`] for why nothing
//! is lost by that.

use super::Scanned;
use super::proof::Refuted;
use crate::finding::{Confidence, Hit, Matched, Position, RuleIx, Secret};
use crate::rule::foreign::{Core, Foreign, Pattern, Texts, entropy};
use crate::rule::{Rule, RuleSet};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// The rules that are run over whole blobs.
#[derive(Debug, Default)]
pub(super) struct Whole {
    rules: Vec<RuleIx>,
    /// Finds every keyword of every rule, and every word without which a rule matches nothing.
    finder: Option<AhoCorasick>,
    /// What each of these words means.
    words: Vec<Word>,
    /// Rules (by their place in `rules`) that always run.
    always: Vec<u32>,
}

/// What a word in a text means; rules by their place.
#[derive(Debug, Default)]
struct Word {
    text: String,
    /// Rules that it lets run.
    lets_run: Vec<u32>,
    /// Rules whose matches hold it or another such word.
    is_in: Vec<u32>,
}

/// Where the matches of a rule can be; nothing for everywhere.
type Windows = Option<Vec<Range<usize>>>;

/// One match of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    rule: RuleIx,
    /// Without the line breaks at its ends.
    matched: Range<usize>,
    secret: Range<usize>,
}

impl Whole {
    /// Prepares the words.
    pub(super) fn new(set: &RuleSet) -> Self {
        let rules: Vec<RuleIx> =
            set.iter().filter(|(_, rule)| of(rule).is_some_and(|f| f.regex.is_some())).map(|(ix, _)| ix).collect();
        let mut made = Self { rules, ..Self::default() };
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut words: Vec<Word> = Vec::new();
        let mut word = |text: &str| {
            *known.entry(text.to_owned()).or_insert_with(|| {
                words.push(Word { text: text.to_owned(), ..Word::default() });
                words.len() - 1
            })
        };
        let mut lets_run = Vec::new();
        let mut is_in = Vec::new();
        for (place, ix) in made.rules.iter().enumerate() {
            let Some(foreign) = of(set.get(*ix)) else { continue };
            // A rule that only helps others is run when they ask for it.
            if foreign.skip_report {
                continue;
            }
            if foreign.keywords.is_empty() {
                made.always.push(place as u32);
            }
            lets_run.extend(foreign.keywords.iter().map(|text| (word(text), place as u32)));
            let core = foreign.regex.as_ref().and_then(Pattern::core);
            is_in.extend(core.iter().flat_map(|core| &core.words).map(|text| (word(text), place as u32)));
        }
        lets_run.into_iter().for_each(|(word, rule)| words[word].lets_run.push(rule));
        is_in.into_iter().for_each(|(word, rule)| words[word].is_in.push(rule));
        if !words.is_empty() {
            let mut builder = AhoCorasickBuilder::new();
            builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA));
            made.finder = builder.build(words.iter().map(|word| word.text.as_str())).ok();
            made.words = words;
            // Fails only for more words than can be counted; then every rule runs on everything.
            if made.finder.is_none() {
                made.always = (0..made.rules.len() as u32).collect();
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
        for (place, windows) in self.candidates(set, bytes) {
            detect(set, self.rules[place as usize], bytes, &windows, &mut |one| found.push(one));
        }
        if out.misses.is_some() {
            self.explain(set, bytes, out);
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

    /// Notes what matched and was refuted.
    fn explain(&self, set: &RuleSet, bytes: &[u8], out: &mut Scanned) {
        for (place, windows) in self.candidates(set, bytes) {
            let ix = self.rules[place as usize];
            let Some(foreign) = of(set.get(ix)) else { continue };
            judged(foreign, ix, bytes, &windows, &mut |one, refuted| {
                if refuted.is_some() {
                    out.miss(ix, one.secret, refuted);
                }
            });
        }
    }

    /// The rules of which a keyword stands in `bytes`, in their order, and where their matches can be.
    fn candidates(&self, set: &RuleSet, bytes: &[u8]) -> Vec<(u32, Windows)> {
        let mut runs = vec![false; self.rules.len()];
        self.always.iter().for_each(|place| runs[*place as usize] = true);
        let Some(finder) = &self.finder else {
            return (0..runs.len() as u32).filter(|place| runs[*place as usize]).map(|place| (place, None)).collect();
        };
        let mut seen: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.words.len()];
        for hit in finder.find_overlapping_iter(bytes) {
            let word = hit.pattern().as_usize();
            if seen[word].is_empty() {
                self.words[word].lets_run.iter().for_each(|place| runs[*place as usize] = true);
            }
            // Rules for which only the presence counts need no more than the first.
            if seen[word].is_empty() || !self.words[word].is_in.is_empty() {
                seen[word].push((hit.start(), hit.end()));
            }
        }
        if runs.iter().all(|runs| !runs) {
            return Vec::new();
        }
        let mut places: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.rules.len()];
        for (word, seen) in self.words.iter().zip(&seen).filter(|(_, seen)| !seen.is_empty()) {
            for place in word.is_in.iter().filter(|place| runs[**place as usize]) {
                places[*place as usize].extend(seen);
            }
        }
        // Two letters beyond ASCII fold to letters of it; where they stand, words may be spelt with them.
        let has_folds = ["\u{212a}", "\u{17f}"].iter().any(|c| memchr::memmem::find(bytes, c.as_bytes()).is_some());
        let mut candidates = Vec::new();
        for (place, seen) in places.into_iter().enumerate().filter(|(place, _)| runs[*place]) {
            let core = of(set.get(self.rules[place])).and_then(|f| f.regex.as_ref()).and_then(Pattern::core);
            let core = core.filter(|core| !(core.folds && has_folds));
            match core {
                Some(_) if seen.is_empty() => {}
                Some(core) => candidates.push((place as u32, Some(windows(core, seen, bytes.len())))),
                None => candidates.push((place as u32, None)),
            }
        }
        candidates
    }
}

/// The stretches of a text that can hold a match around one of these words; none touches another.
fn windows(core: &Core, words: Vec<(usize, usize)>, length: usize) -> Vec<Range<usize>> {
    // Some more to either side, for what a pattern looks at without matching it.
    let around = |(start, end): (usize, usize)| {
        end.saturating_sub(core.before + MARGIN)..(start + core.behind + MARGIN).min(length)
    };
    let mut windows: Vec<Range<usize>> = words.into_iter().map(around).collect();
    windows.sort_unstable_by_key(|window| (window.start, window.end));
    crate::engine::merge_ranges(&mut windows);
    windows
}

/// Bytes around a match on which it may depend: a character for each assertion.
const MARGIN: usize = 8;

fn of(rule: &Rule) -> Option<&Foreign> {
    rule.foreign.as_deref()
}

/// Everything that a rule finds and nothing excuses; a rule with requirements only where these are met.
fn detect(set: &RuleSet, ix: RuleIx, bytes: &[u8], windows: &Windows, found: &mut dyn FnMut(Found)) {
    let Some(foreign) = of(set.get(ix)) else { return };
    let helpers: Vec<(Vec<Position>, &crate::rule::foreign::Required)> =
        foreign.required.iter().map(|required| (helpers(set, &required.id, bytes), required)).collect();
    matches(foreign, ix, bytes, windows, &mut |one| {
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
        matches(foreign, ix, bytes, &None, &mut |one| places.push(position(bytes, &one.matched)));
    }
    places
}

/// The matches of a rule's pattern that pass its entropy and are not excused by their texts.
fn matches(foreign: &Foreign, ix: RuleIx, bytes: &[u8], windows: &Windows, found: &mut dyn FnMut(Found)) {
    judged(foreign, ix, bytes, windows, &mut |one, refuted| {
        if refuted.is_none() {
            found(one);
        }
    });
}

/// Every match of a rule's pattern, and why it is no finding if it is none.
fn judged(
    foreign: &Foreign,
    ix: RuleIx,
    bytes: &[u8],
    windows: &Windows,
    judge: &mut dyn FnMut(Found, Option<Refuted>),
) {
    let Some(regex) = foreign.regex.as_ref().and_then(|pattern| pattern.regex()) else { return };
    let mut look = |whole: Range<usize>| {
        let matched = trimmed(bytes, whole);
        if matched.is_empty() {
            return;
        }
        let secret = secret(foreign, regex, bytes, &matched);
        let bits = if foreign.entropy > 0.0 { entropy(&bytes[secret.clone()]) } else { f64::INFINITY };
        if bits <= foreign.entropy {
            let refuted = Refuted::Entropy(bits, foreign.entropy as f32);
            return judge(Found { rule: ix, matched, secret }, Some(refuted));
        }
        let texts = Texts {
            secret: &bytes[secret.clone()],
            matched: &bytes[matched.clone()],
            line: &bytes[lines(foreign, bytes, &matched)],
        };
        let excuse = foreign.allow.iter().find(|allow| allow.excuses_texts(&texts));
        let refuted = excuse.map(|allow| Refuted::Allowed(allow.origin.clone()));
        judge(Found { rule: ix, matched, secret }, refuted);
    };
    let Some(windows) = windows else {
        regex.find_iter(bytes).for_each(|whole| look(whole.range()));
        return;
    };
    for window in windows {
        // No match reaches out of a window, so the text may end there.
        let text = &bytes[..window.end];
        let mut from = window.start;
        while let Some(whole) = regex.find_at(text, from) {
            look(whole.range());
            from = whole.end().max(whole.start() + 1);
            if from >= window.end {
                break;
            }
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

/// Drops what a rule called generic found where another rule found the same and more on that line. A rule that depends on
/// paths or commits does not count: whether it holds here is not known, and if it does, the two findings become one later.
fn without_generic_echoes(set: &RuleSet, bytes: &[u8], found: &mut Vec<Found>) {
    let is_generic = |one: &Found| set.get(one.rule).spec.id.to_lowercase().contains("generic");
    if !found.iter().any(is_generic) {
        return;
    }
    let is_everywhere = |one: &Found| of(set.get(one.rule)).is_none_or(|foreign| !foreign.depends_on_places());
    let line = |one: &Found| memchr::memrchr(b'\n', &bytes[..one.matched.start]).map_or(0, |i| i + 1);
    let mut others: Vec<(usize, Range<usize>)> = found
        .iter()
        .filter(|one| !is_generic(one) && is_everywhere(one))
        .map(|one| (line(one), one.secret.clone()))
        .collect();
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
    matches(foreign, ix, bytes, &None, &mut |one| {
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
