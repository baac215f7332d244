//! The matching engine: prefilter → regex → proof.
//!
//! A rule is tried where the prefilter saw one of its literals, on a *window* around it that depends on nothing but the
//! bytes near the literal. Whatever lies outside of the window cannot change the outcome; that is what lets the history
//! engine keep the outcome of an earlier version of a file.
//!
//! [`Engine::scan`] is a pure function of a blob: no I/O, no clock, no order of threads.

mod decode;
mod depths;
mod explain;
mod gate;
mod keywords;
mod nearby;
mod prefilter;
pub mod proof;
mod quiet;
mod regions;
mod searched;
mod sight;
pub mod trial;
mod whole;

pub use depths::Depths;
pub use explain::{Explained, Miss};
pub use regions::{Regions, merge_ranges};
pub use sight::{Look, Sighting};

use crate::blob::{Blob, Fresh};
use crate::content::Content;
use crate::finding::{Confidence, Hit, Matched, RuleIx};
use crate::rule::{Rule, RuleSet};
use keywords::Keywords;
use prefilter::{Candidate, Place, Prefilter, Role};
use quiet::Quiet;
use searched::{Hull, Searched};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use whole::Whole;

/// Rules ready to be matched. `Sync`: one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    rules: Arc<RuleSet>,
    prefilter: Prefilter,
    keywords: Keywords,
    whole: Whole,
    /// How far from its literal the window of any rule within lines can reach, in bytes.
    reach: usize,
    depths: Depths,
}

/// A place where the literal of a rule over several lines stands. Its outcome depends on other lines too, so it is
/// remembered even where nothing was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The rule.
    pub rule: RuleIx,
    /// Where the literal stands.
    pub literal: Range<usize>,
    /// The bytes on which the outcome depends.
    pub window: Range<usize>,
}

/// What a scan of some regions gives.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Keys, in no particular order, one for each window in which they were found.
    pub hits: Vec<Hit>,
    /// Places of rules over several lines.
    pub marks: Vec<Mark>,
    /// What looked like a key and is none, where somebody asked to hear of it.
    pub misses: Option<Vec<Miss>>,
    searched: Searched,
    /// Lines that are known to hold nothing, where somebody will look at many versions of texts.
    quiet: Option<Box<Quiet>>,
    /// Whether encoded text may go on over several lines: [`Engine::scan_blocks`] looks at all of it.
    pub blocks: bool,
    /// Where runs start that may hold a text.
    starts: Vec<usize>,
}

impl Scanned {
    /// From now on lines in which nothing was found are remembered, for the texts that are scanned next.
    pub fn remember(&mut self) {
        self.quiet.get_or_insert_default();
    }

    /// Forgets everything but keeps the memory.
    pub fn clear(&mut self) {
        self.hits.clear();
        self.marks.clear();
        self.misses = None;
        self.blocks = false;
        self.starts.clear();
    }

    fn miss(&mut self, rule: RuleIx, at: Range<usize>, refuted: Option<proof::Refuted>) {
        if let Some(misses) = &mut self.misses {
            misses.push(Miss { rule, at, refuted });
        }
    }
}

impl Engine {
    /// Prepares the prefilter for `rules`; regular expressions are compiled on first use.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        let prefilter = Prefilter::new(&rules);
        let reach = rules.iter().filter(|(_, rule)| !rule.spans_lines()).map(|(_, rule)| reach_of(rule)).max();
        Self {
            prefilter,
            keywords: Keywords::new(&rules),
            whole: Whole::new(&rules),
            rules,
            reach: reach.unwrap_or(0),
            depths: Depths::default(),
        }
    }

    /// The same engine without vector instructions, for tests and comparisons.
    pub fn without_simd(self) -> Self {
        Self { prefilter: self.prefilter.without_simd(), ..self }
    }

    /// The rules it matches.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// How far from its literal the window of any rule within lines can reach, in bytes: where lines are longer, only
    /// this much around a change needs a new look.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// Every key in the fresh part of `blob`, in the order of their positions.
    pub fn scan(&self, blob: &Blob<'_>) -> Vec<Hit> {
        self.scan_as(blob, Content::Text)
    }

    /// The same for content of a known kind: binary data is searched for structured keys only, media not at all, and
    /// UTF-16, UTF-32 and archives only by [`Engine::look`].
    pub fn scan_as(&self, blob: &Blob<'_>, content: Content) -> Vec<Hit> {
        let mut scanned = Scanned::default();
        match blob.fresh {
            Fresh::All => {
                let whole = 0..blob.bytes.len();
                self.scan_regions(blob.bytes, std::slice::from_ref(&whole), content, &mut scanned);
            }
            Fresh::Ranges(ranges) => {
                let mut regions = Regions::default();
                regions.around(blob.bytes, ranges, self.reach);
                self.scan_regions(blob.bytes, regions.as_slice(), content, &mut scanned);
            }
        }
        if scanned.blocks {
            self.scan_blocks(blob.bytes, &mut scanned);
        }
        self.scan_whole(blob.bytes, content, &mut scanned);
        one_each(scanned.hits)
    }

    /// Runs the rules whose matches have no bound over all of `bytes`, adding to `out`.
    pub fn scan_whole(&self, bytes: &[u8], content: Content, out: &mut Scanned) {
        if content == Content::Text && !self.whole.is_empty() {
            self.whole.scan(&self.rules, bytes, out);
        }
    }

    /// What a rule in the form of gitleaks matched around its secrets, by where these begin and end.
    pub fn matched(&self, bytes: &[u8], rule: RuleIx) -> BTreeMap<(usize, usize), Matched> {
        whole::matched(self.rules.get(rule), rule, bytes)
    }

    /// Tries every rule whose literal stands in one of `regions`, adding to `out`. Windows may reach beyond the regions.
    pub fn scan_regions(&self, bytes: &[u8], regions: &[Range<usize>], content: Content, out: &mut Scanned) {
        self.scan_to_depth(bytes, regions, content, self.depths.encodings, out);
    }

    /// Looks again at a place of a rule over several lines; the window is that of `bytes` now.
    pub fn try_again(&self, bytes: &[u8], rule: RuleIx, literal: Range<usize>, content: Content, out: &mut Scanned) {
        let role = if self.rules.get(rule).spec.prefixes.is_empty() { Role::Keyword } else { Role::Prefix };
        out.searched.forget();
        self.try_rule(bytes, rule, literal, role, content, out);
    }

    /// `text` with every key in it cut out: for names and messages that reports repeat.
    pub fn redact(&self, text: &str) -> String {
        let hits = self.scan(&Blob::whole(text.as_bytes(), crate::blob::Origin::Stdin));
        let mut out = Vec::new();
        let mut at = 0;
        for hit in hits {
            if hit.secret.start >= at {
                out.extend_from_slice(&text.as_bytes()[at..hit.secret.start]);
                out.extend_from_slice("…".as_bytes());
            }
            at = at.max(hit.secret.end);
        }
        out.extend_from_slice(&text.as_bytes()[at..]);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn try_place(&self, bytes: &[u8], place: Place, content: Content, out: &mut Scanned) {
        let Place::Literal { at, literal } = place else { return };
        let literal = &self.prefilter.literals()[literal as usize];
        let range = at..at + literal.text.len();
        let (ungated, gated) = literal.rules.split_at(literal.ungated);
        if !ungated.is_empty() || literal.begins_values {
            let is_quiet = self.is_quiet(bytes, at, content, out);
            let next = bytes.get(range.end);
            let is_worth = |candidate: &&Candidate| (!is_quiet || candidate.spans_lines) && candidate.may_go_on(next);
            for candidate in ungated.iter().filter(is_worth) {
                self.try_rule(bytes, RuleIx(candidate.rule), range.clone(), candidate.role, content, out);
            }
            if literal.begins_values && content == Content::Text && !is_quiet {
                self.try_nearby(bytes, at, out);
            }
        }
        // Words stand everywhere; an operator and a value behind them do not. Asked once for all rules.
        if gated.is_empty() && !literal.names_values {
            return;
        }
        let Some(runs) = gate::what_follows(bytes, at, &literal.text) else { return };
        let is_quiet = self.is_quiet(bytes, at, content, out);
        if is_quiet && !literal.spans_lines {
            return;
        }
        for candidate in gated.iter().filter(|candidate| !is_quiet || candidate.spans_lines) {
            // Rules over several lines have their secret elsewhere, and their places are remembered in any case.
            if candidate.spans_lines || runs.may_hold(candidate.least) {
                self.try_rule(bytes, RuleIx(candidate.rule), range.clone(), candidate.role, content, out);
            }
        }
        if literal.names_values && !is_quiet && runs.reaches(self.keywords.least()) {
            self.keywords.before(bytes, at, &mut |at, rule, least| {
                if runs.may_hold(least) {
                    self.try_rule(bytes, RuleIx(rule), at..at + 1, Role::Keyword, content, out);
                }
            });
        }
    }

    /// A run that looks drawn begins at `at`: tries the rules of providers that its line names.
    fn try_nearby(&self, bytes: &[u8], at: usize, out: &mut Scanned) {
        let far = at.saturating_sub(nearby::BACK);
        let start = memchr::memrchr(b'\n', &bytes[far..at]).map_or(far, |i| far + i + 1);
        let before = &bytes[start..at];
        self.keywords.within(bytes, start..at, &mut |keyword, ix, _| {
            let rule = self.rules.get(RuleIx(ix));
            let Some(secret) = rule.value_at(bytes, at) else { return };
            if keyword.end > at {
                return;
            }
            let Some(link) = nearby::link(before, keyword.start - start..keyword.end - start, &rule.spec) else {
                return;
            };
            let window = start..within_line(bytes, secret.end, 2);
            let hits = out.hits.len();
            self.prove(bytes, RuleIx(ix), secret.clone(), &window, out);
            if let Some(hit) = out.hits.get_mut(hits)
                && link == nearby::Link::Bare
                && proof::is_hexadecimal(&bytes[secret])
            {
                hit.confidence = Confidence::Low;
            }
        });
        // `curl -H "Authorization: Bearer …" https://api.acme.example/`
        let to = bytes.len().min(at + 2 * nearby::AHEAD);
        let line = memchr::memchr(b'\n', &bytes[at..to]).map_or(to, |i| at + i);
        let Some(url) = memchr::memmem::find(&bytes[at..line], b"://").map(|i| at + i + 3) else { return };
        let host = bytes[url..line].iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')));
        let host = url..host.map_or(line, |i| url + i);
        self.keywords.within(bytes, host.clone(), &mut |_, ix, _| {
            let rule = self.rules.get(RuleIx(ix));
            let Some(secret) = rule.value_at(bytes, at) else { return };
            if secret.end <= host.start
                && host.end - secret.end <= nearby::AHEAD
                && nearby::link_to_host(before, &rule.spec)
            {
                self.prove(bytes, RuleIx(ix), secret, &(start..within_line(bytes, host.end, 1)), out);
            }
        });
    }

    /// Whether the line that holds `at` is known to give nothing to rules that look at one line.
    #[inline]
    fn is_quiet(&self, bytes: &[u8], at: usize, content: Content, out: &mut Scanned) -> bool {
        content == Content::Text && out.quiet.as_mut().is_some_and(|quiet| quiet.holds(bytes, at, self.reach))
    }

    fn try_rule(
        &self,
        bytes: &[u8],
        ix: RuleIx,
        literal: Range<usize>,
        role: Role,
        content: Content,
        out: &mut Scanned,
    ) {
        let rule = self.rules.get(ix);
        if content == Content::Binary && !(role == Role::Prefix && rule.confidence == Confidence::High) {
            return;
        }
        // The match of a prefix begins at the literal; so does that of an assigned value, whose name comes first.
        let begins = role == Role::Prefix || rule.spec.assigned;
        let window = window(bytes, rule, &literal, begins);
        if rule.spans_lines() {
            out.marks.push(Mark { rule: ix, literal: literal.clone(), window: window.clone() });
        }
        if begins {
            self.try_here(bytes, ix, literal, window, out);
        } else if out.searched.in_window(ix, &window).is_none_or(|seen| !all_near(rule, seen, &literal)) {
            let done = rule.spec.longest.and_then(|longest| out.searched.empty_up_to(ix, &window, longest));
            let seen = self.search(bytes, ix, &literal, &window, done, out);
            out.searched.keep(ix, window, seen);
        }
    }

    /// Tries a rule whose match begins at the literal.
    fn try_here(&self, bytes: &[u8], ix: RuleIx, literal: Range<usize>, window: Range<usize>, out: &mut Scanned) {
        let rule = self.rules.get(ix);
        let text = &bytes[window.clone()];
        let at = literal.start - window.start;
        // Most literals are followed by something else, so that is asked first: it is cheaper than looking for groups.
        if !rule.matcher().fits(text, at) {
            return out.miss(ix, literal, None);
        }
        if let Some((secret, _)) = rule.matcher().secret(text, at)
            && has_keyword(rule, text, &secret)
        {
            self.prove(bytes, ix, window.start + secret.start..window.start + secret.end, &window, out);
        }
    }

    /// Searches a window for matches of a rule whose literal stands near them or in them. Up to `done` no match begins,
    /// unless right at the window's start, where a cut word may look whole.
    fn search(
        &self,
        bytes: &[u8],
        ix: RuleIx,
        literal: &Range<usize>,
        window: &Range<usize>,
        done: Option<usize>,
        out: &mut Scanned,
    ) -> Hull {
        let rule = self.rules.get(ix);
        let text = &bytes[window.clone()];
        let mut hull = Hull::default();
        if rule.spec.least.must.is_some_and(|byte| memchr::memchr(byte, text).is_none()) {
            return hull;
        }
        let mut from = match done {
            Some(done) if !rule.matcher().fits(text, 0) => done - window.start,
            _ => 0,
        };
        while from <= text.len() {
            let Some(found) = rule.matcher().find(text, from) else { break };
            from = found.end.max(found.start + 1);
            let Some((secret, _)) = rule.matcher().secret(text, found.start) else { continue };
            let place = secret.start + window.start..secret.end + window.start;
            if !near(rule, &place, literal) {
                hull = Hull::UNKNOWN;
                continue;
            }
            hull.add(&place);
            if !self.prove(bytes, ix, place, window, out) {
                // `"password" => env("DB_PASSWORD", "…")`: what is no secret may be the name of one.
                from = secret.start.max(found.start + 1);
            }
        }
        hull
    }

    /// Adds the candidate to `out` if it can be a key.
    fn prove(&self, bytes: &[u8], ix: RuleIx, secret: Range<usize>, window: &Range<usize>, out: &mut Scanned) -> bool {
        let rule = self.rules.get(ix);
        let context = proof::Context {
            window: &bytes[window.clone()],
            secret: secret.start - window.start..secret.end - window.start,
        };
        match proof::prove(rule, &context) {
            Ok(proven) => {
                out.hits.push(Hit {
                    rule: ix,
                    secret,
                    window: window.clone(),
                    confidence: proven.confidence,
                    reasons: proven.reasons,
                    decoded: None,
                });
                true
            }
            Err(refuted) => {
                out.miss(ix, secret, Some(refuted));
                false
            }
        }
    }
}

/// How far from its literal a rule looks to either side.
fn reach_of(rule: &Rule) -> usize {
    rule.spec.reach + if rule.spec.prefixes.is_empty() && !rule.spec.assigned { rule.within() } else { 0 } + 64
}

/// Whether the secret of a keyword rule stands near enough to the keyword from which it was found.
fn near(rule: &Rule, secret: &Range<usize>, literal: &Range<usize>) -> bool {
    let gap =
        if secret.start >= literal.end { secret.start - literal.end } else { literal.start.saturating_sub(secret.end) };
    gap <= allowed_gap(rule)
}

/// Whether everything that was seen in a window stands near enough to the literal: then it was found, or refuted, from
/// another literal already.
fn all_near(rule: &Rule, seen: Hull, literal: &Range<usize>) -> bool {
    let gap = literal.start.saturating_sub(seen.first_end).max(seen.last_start.saturating_sub(literal.end));
    gap <= allowed_gap(rule)
}

/// How far a keyword may stand from the secret: `within`, or anywhere in the span of a rule that declares only that.
fn allowed_gap(rule: &Rule) -> usize {
    match (rule.spec.within, rule.spec.span) {
        (None, Some(span)) => span as usize,
        _ => rule.within(),
    }
}

/// A rule with prefixes may demand a keyword nearby as well; the keyword rules have theirs already.
fn has_keyword(rule: &Rule, text: &[u8], secret: &Range<usize>) -> bool {
    if rule.spec.assigned || rule.spec.prefixes.is_empty() || rule.spec.keywords.is_empty() {
        return true;
    }
    let gap = allowed_gap(rule);
    let from = secret.start.saturating_sub(gap);
    let to = (secret.end + gap).min(text.len());
    let near = text[from..to].to_ascii_lowercase();
    rule.spec.keywords.iter().any(|k| memchr::memmem::find(&near, k.to_ascii_lowercase().as_bytes()).is_some())
}

/// The end of a window of one line that goes on for `more` bytes behind `at`: what ends the line is outside, or a window at
/// the end of a file would not be there again when the file goes on.
fn within_line(bytes: &[u8], at: usize, more: usize) -> usize {
    let to = bytes.len().min(at + more);
    memchr::memchr(b'\n', &bytes[at..to]).map_or(to, |i| at + i)
}

/// The bytes on which the outcome at `literal` depends: the literal's line, or as much of it as the rule can reach; for
/// rules over several lines its span.
fn window(bytes: &[u8], rule: &Rule, literal: &Range<usize>, begins: bool) -> Range<usize> {
    let needs_keyword = begins && !rule.spec.prefixes.is_empty() && !rule.spec.keywords.is_empty();
    let (left, right) = if rule.spans_lines() {
        (if begins && !needs_keyword { 1 } else { rule.spec.reach }, rule.spec.reach)
    } else if needs_keyword {
        (rule.within() + 1, rule.spec.reach + rule.within() + 1)
    } else if begins {
        // One byte before for word boundaries; proofs read the name that stands before the value on the line.
        (64, rule.spec.reach + 1)
    } else {
        (reach_of(rule), reach_of(rule))
    };
    let from = literal.start.saturating_sub(left);
    let to = (literal.end + right).min(bytes.len());
    if rule.spans_lines() {
        return from..to;
    }
    let from = memchr::memrchr(b'\n', &bytes[from..literal.start]).map_or(from, |i| from + i + 1);
    let to = memchr::memchr(b'\n', &bytes[literal.end..to]).map_or(to, |i| literal.end + i);
    from..to
}

/// Hits by position; where several windows gave the same hit, the first.
pub fn one_each(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| {
        (a.secret.start, a.secret.end, a.rule, a.window.start).cmp(&(
            b.secret.start,
            b.secret.end,
            b.rule,
            b.window.start,
        ))
    });
    hits.dedup_by(|b, a| a.rule == b.rule && a.secret == b.secret);
    hits
}

#[cfg(test)]
mod tests;
