//! Trying a rule at a place: the window around its literal, the regular expression, the proof.

use super::keywords::Keywords;
use super::prefilter::{Candidate, Place, Role};
use super::searched::Hull;
use super::{Engine, Mark, Scanned, gate, nearby, proof};
use crate::content::Content;
use crate::finding::{Confidence, Hit, RuleIx};
use crate::rule::Rule;
use std::cell::LazyCell;
use std::ops::Range;

/// Where a rule is tried.
pub(super) struct Spot<'a> {
    /// The literal from which it was found.
    pub(super) literal: Range<usize>,
    /// What that is to it.
    pub(super) role: Role,
    /// The literal's line, if somebody knows it.
    pub(super) line: Option<&'a Line>,
}

impl Engine {
    pub(super) fn try_place(&self, bytes: &[u8], place: Place, content: Content, out: &mut Scanned) {
        let Place::Literal { at, literal } = place else { return };
        let literal = &self.prefilter.literals()[literal as usize];
        let range = at..at + literal.text.len();
        if literal.is_watched {
            out.watched = true;
            out.parts.push(at);
        }
        let (ungated, gated) = self.prefilter.rules_of(literal);
        let line = LazyCell::new(|| Line::of(bytes, &(at..at + literal.text.len())));
        let may_match = |candidate: &Candidate| {
            candidate.spans_lines || candidate.role == Role::Prefix || line.may_hold(bytes, candidate)
        };
        if !ungated.is_empty() || literal.begins_values {
            let is_quiet = self.is_quiet(at, content, out);
            let next = bytes.get(range.end);
            let is_worth = |candidate: &&Candidate| (!is_quiet || candidate.spans_lines) && candidate.may_go_on(next);
            let mut rest = None;
            for candidate in ungated.iter().filter(is_worth) {
                if candidate.is_before_secret {
                    let rest = *rest.get_or_insert_with(|| gate::Runs::of(bytes, range.end));
                    if !rest.may_hold(candidate.least) {
                        continue;
                    }
                }
                if may_match(candidate) {
                    let rule = RuleIx(candidate.rule);
                    let spot = Spot { literal: range.clone(), role: candidate.role, line: Some(&*line) };
                    self.try_rule(bytes, rule, spot, content, out);
                }
            }
            if literal.begins_values && content == Content::Text && !is_quiet {
                self.try_nearby(bytes, at, out);
            }
        }
        // Words stand everywhere; an operator and a value behind them do not. Asked once for all rules.
        if gated.is_empty() && !literal.names_values {
            return;
        }
        let Some(name_end) = gate::end_of_name(bytes, at, &literal.text) else { return };
        let is_quiet = self.is_quiet(at, content, out);
        if is_quiet && !literal.spans_lines {
            return;
        }
        let runs = gate::Runs::of(bytes, name_end);
        for candidate in gated.iter().filter(|candidate| !is_quiet || candidate.spans_lines) {
            // Rules over several lines have their secret elsewhere, and their places are remembered in any case.
            if candidate.spans_lines || runs.may_hold(candidate.least) && may_match(candidate) {
                let rule = RuleIx(candidate.rule);
                let spot = Spot { literal: range.clone(), role: candidate.role, line: Some(&*line) };
                self.try_rule(bytes, rule, spot, content, out);
            }
        }
        if literal.names_values && !is_quiet && runs.reaches(self.keywords.least()) {
            let name = out.seen.rest_of_name(Keywords::start_of_name(bytes, at), at);
            self.keywords.within(bytes, name, &mut |keyword, rule, least| {
                if runs.may_hold(least) {
                    let literal = keyword.start..keyword.start + 1;
                    let spot = Spot { literal, role: Role::Keyword, line: Some(&*line) };
                    self.try_rule(bytes, RuleIx(rule), spot, content, out);
                }
            });
        }
    }

    /// A run that looks drawn begins at `at`: tries the rules of providers that its line names.
    pub(super) fn try_nearby(&self, bytes: &[u8], at: usize, out: &mut Scanned) {
        let far = at.saturating_sub(nearby::BACK);
        let start = memchr::memrchr(b'\n', &bytes[far..at]).map_or(far, |i| far + i + 1);
        let before = &bytes[start..at];
        let mut seen = std::mem::take(&mut out.seen);
        for (keyword, ix) in self.keywords.of_line(bytes, start..at, &mut seen) {
            let rule = self.rules.get(RuleIx(*ix));
            let Some(secret) = rule.value_at(bytes, at) else { continue };
            if keyword.end > at {
                continue;
            }
            let Some(link) = nearby::link(before, keyword.start - start..keyword.end - start, rule.spec) else {
                // What its own pattern finds need not be linked in another way: the prefilter may leave out its names.
                let literal = keyword.start..keyword.start + 1;
                let spot = Spot { literal, role: Role::Keyword, line: None };
                self.try_rule(bytes, RuleIx(*ix), spot, Content::Text, out);
                continue;
            };
            let window = start..within_line(bytes, secret.end, 2);
            let hits = out.hits.len();
            self.prove(bytes, RuleIx(*ix), secret.clone(), &window, out);
            if let Some(hit) = out.hits.get_mut(hits)
                && link == nearby::Link::Bare
                && proof::is_hexadecimal(&bytes[secret])
            {
                hit.confidence = Confidence::Low;
            }
        }
        out.seen = seen;
        // `curl -H "Authorization: Bearer …" https://api.acme.example/`
        let to = bytes.len().min(at + 2 * nearby::AHEAD);
        let line = memchr::memchr(b'\n', &bytes[at..to]).map_or(to, |i| at + i);
        let Some(url) = memchr::memmem::find(&bytes[at..line], b"://").map(|i| at + i + 3) else { return };
        let host = bytes[url..line].iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')));
        let host = url..host.map_or(line, |i| url + i);
        self.keywords.within(bytes, host.clone(), &mut |_, ix, _| {
            let rule = self.rules.get(RuleIx(ix));
            let Some(secret) = rule.value_at(bytes, at) else { return };
            // `[f1cf…](https://git.example/acme/app/commit/f1cf…)` names a commit, and calls nobody with a key.
            let is_label = memchr::memmem::find(&bytes[host.end..line], &bytes[secret.clone()]).is_some();
            if secret.end <= host.start
                && !is_label
                && host.end - secret.end <= nearby::AHEAD
                && nearby::link_to_host(before, rule.spec)
            {
                self.prove(bytes, RuleIx(ix), secret, &(start..within_line(bytes, host.end, 1)), out);
            }
        });
    }

    /// Whether the line that holds `at` is known to give nothing to rules that look at one line.
    #[inline]
    fn is_quiet(&self, at: usize, content: Content, out: &mut Scanned) -> bool {
        content == Content::Text && out.quiet.as_mut().is_some_and(|quiet| quiet.holds(at))
    }

    pub(super) fn try_rule(&self, bytes: &[u8], ix: RuleIx, spot: Spot<'_>, content: Content, out: &mut Scanned) {
        let Spot { literal, role, line } = spot;
        let rule = self.rules.get(ix);
        if content == Content::Binary && !(role == Role::Prefix && rule.confidence == Confidence::High) {
            return;
        }
        // The match of a prefix begins at the literal; so does that of an assigned value, whose name comes first.
        let begins = role == Role::Prefix || rule.spec.assigned;
        let window = window(bytes, rule, &literal, line, begins);
        if rule.spans_lines() {
            // What fits on the literal's own line changes only with that line, which is looked at again then: where nothing
            // does, no place needs to be remembered.
            if role == Role::Prefix && !may_fit(rule, &bytes[window.clone()], literal.start - window.start) {
                return out.miss(ix, literal, None);
            }
            out.marks.push(Mark { rule: ix, literal: literal.clone(), window: window.clone() });
        }
        if begins {
            self.try_here(bytes, ix, literal, window, out);
        } else if let Some(beside) = rule.spec.beside {
            let from = (literal.end - window.start).saturating_sub(beside.back as usize);
            let until = beside.ahead.map_or(literal.start, |ahead| literal.end + ahead as usize);
            let until = until.min(window.end) - window.start;
            // Nothing is noted: the next literal of this window has other places to look at.
            self.search(bytes, ix, &literal, &window, &(from..until), out);
        } else if out.searched.in_window(ix, &window).is_none_or(|seen| !all_near(rule, seen, &literal)) {
            let done = rule.spec.longest.and_then(|longest| out.searched.empty_up_to(ix, &window, longest));
            // Right at the window's start a cut word may look whole.
            let from = match done {
                Some(done) if !rule.matcher().fits(&bytes[window.clone()], 0) => done - window.start,
                _ => 0,
            };
            let seen = self.search(bytes, ix, &literal, &window, &(from..window.len()), out);
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

    /// Searches a window for matches of a rule whose literal stands near them or in them; they begin in `starts`.
    fn search(
        &self,
        bytes: &[u8],
        ix: RuleIx,
        literal: &Range<usize>,
        window: &Range<usize>,
        starts: &Range<usize>,
        out: &mut Scanned,
    ) -> Hull {
        let rule = self.rules.get(ix);
        let text = &bytes[window.clone()];
        let mut hull = Hull::default();
        let end = rule.spec.longest.map_or(text.len(), |longest| text.len().min(starts.end.saturating_add(longest)));
        if rule.spec.least.must.is_some_and(|byte| memchr::memchr(byte, &text[starts.start..end]).is_none()) {
            return hull;
        }
        let mut from = starts.start;
        while from <= starts.end {
            let Some(found) = rule.matcher().find_up_to(text, from, starts.end, end) else { break };
            let all = found.range;
            from = all.end.max(all.start + 1);
            let Some(secret) = found.secret else { continue };
            // What ends one secret may begin the next: `token=…&secret=…`.
            from = secret.end.max(all.start + 1).min(from);
            let place = secret.start + window.start..secret.end + window.start;
            if !near(rule, &place, literal) {
                hull = Hull::UNKNOWN;
                continue;
            }
            hull.add(&place);
            if !self.prove(bytes, ix, place, window, out) {
                // `"password" => env("DB_PASSWORD", "…")`: what is no secret may be the name of one.
                from = secret.start.max(all.start + 1);
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

/// Whether a match of a rule over several lines may begin at `at`, as far as the line there tells.
fn may_fit(rule: &Rule, text: &[u8], at: usize) -> bool {
    match rule.spec.crosses_lines {
        true => rule.matcher().fits_line(text, at),
        false => rule.matcher().fits(text, at),
    }
}

/// How far from its literal a rule looks to either side.
pub(super) fn reach_of(rule: &Rule) -> usize {
    rule.spec.reach + if rule.spec.prefixes.is_empty() && !rule.spec.assigned { rule.within() } else { 0 } + 64
}

/// Whether the secret of a keyword rule stands near enough to the keyword from which it was found.
fn near(rule: &Rule, secret: &Range<usize>, literal: &Range<usize>) -> bool {
    if rule.spec.beside.is_some_and(|beside| beside.ahead.is_some()) && secret.start < literal.end {
        return false;
    }
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

/// How far a line is looked at to either side of a literal for all of its rules at once, in bytes.
const NEAR: usize = 512;

/// Whether the window of a rule within lines lies within [`NEAR`] bytes of its literal.
pub(super) fn is_near(rule: &Rule, begins: bool) -> bool {
    let (left, right) = sides(rule, begins);
    left.max(right) <= NEAR
}

/// The line of a literal, or as much of it as is near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    range: Range<usize>,
    is_whole: bool,
}

impl Line {
    fn of(bytes: &[u8], literal: &Range<usize>) -> Self {
        let from = literal.start.saturating_sub(NEAR);
        let start = memchr::memrchr(b'\n', &bytes[from..literal.start]).map(|i| from + i + 1);
        let to = bytes.len().min(literal.end + NEAR);
        let end = memchr::memchr(b'\n', &bytes[literal.end..to]).map(|i| literal.end + i);
        let is_whole = (start.is_some() || from == 0) && (end.is_some() || to == bytes.len());
        Self { range: start.unwrap_or(from)..end.unwrap_or(to), is_whole }
    }

    /// Whether the byte stands here that every match of a rule within lines holds, if there is one and this tells.
    fn may_hold(&self, bytes: &[u8], candidate: &Candidate) -> bool {
        let must = candidate.least.must.filter(|_| self.is_whole || candidate.is_near);
        must.is_none_or(|must| memchr::memchr(must, &bytes[self.range.clone()]).is_some())
    }
}

/// How far to either side of its literal the window of a rule can reach, in bytes. The match may begin at the literal.
fn sides(rule: &Rule, begins: bool) -> (usize, usize) {
    let needs_keyword = begins && !rule.spec.prefixes.is_empty() && !rule.spec.keywords.is_empty();
    if rule.spans_lines() {
        (if begins && !needs_keyword { 1 } else { rule.spec.reach }, rule.spec.reach)
    } else if needs_keyword {
        (rule.within() + 1, rule.spec.reach + rule.within() + 1)
    } else if begins {
        // One byte before for word boundaries; proofs read the name that stands before the value on the line.
        (64, rule.spec.reach + 1)
    } else {
        (reach_of(rule), reach_of(rule))
    }
}

/// The bytes on which the outcome at `literal` depends: the literal's line, or as much of it as the rule can reach; for
/// rules over several lines its span.
fn window(bytes: &[u8], rule: &Rule, literal: &Range<usize>, line: Option<&Line>, begins: bool) -> Range<usize> {
    let (left, right) = sides(rule, begins);
    let from = literal.start.saturating_sub(left);
    let to = (literal.end + right).min(bytes.len());
    if rule.spans_lines() {
        return from..to;
    }
    if let Some(line) = line.filter(|line| line.is_whole || left.max(right) <= NEAR) {
        return from.max(line.range.start)..to.min(line.range.end);
    }
    let from = memchr::memrchr(b'\n', &bytes[from..literal.start]).map_or(from, |i| from + i + 1);
    let to = memchr::memchr(b'\n', &bytes[literal.end..to]).map_or(to, |i| literal.end + i);
    from..to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_known_gives_the_same_windows() {
        let rules = crate::rule::RuleSet::new(crate::rule::embedded()).expect("rule ids are unique");
        let text = [&b"short\n"[..], &[b'x'; 3000], b"\n", &[b'y'; 700], b"\nend"].concat();
        for at in [0, 4, 7, 300, 519, 1500, 2900, 3004, 3008, 3300, 3704, text.len() - 2] {
            let literal = at..at + 2;
            let line = Line::of(&text, &literal);
            for (_, rule) in rules.iter() {
                for begins in [false, true] {
                    let known = window(&text, rule, &literal, Some(&line), begins);
                    assert_eq!(known, window(&text, rule, &literal, None, begins), "{} at {at}", rule.spec.id);
                    let is_told = line.is_whole || is_near(rule, begins);
                    let is_inside = line.range.start <= known.start && known.end <= line.range.end;
                    assert!(rule.spans_lines() || !is_told || is_inside, "{} at {at}", rule.spec.id);
                }
            }
        }
    }
}
