//! Several rules over the same bytes are one finding: the rule that knows most names it, the others are in `also`.
//!
//! A key in `stripe_key = "sk_live_…"` is seen by Stripe's rule, perhaps by another provider with the same prefix, and by
//! the generic rule for assignments. Three findings for one leak would be noise, and dropping two would hide why.

use super::group::Draft;
use crate::blob::ObjectId;
use crate::engine::proof::is_widespread;
use crate::finding::{Confidence, Location, Place};
use crate::rule::RuleSet;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Folds overlapping drafts. A key that another rule names better somewhere goes to that rule with all its places; a
/// place where a better rule sees other bytes (the password within a URL) goes to the better rule alone.
pub fn fold(mut drafts: Vec<Draft>, rules: &RuleSet) -> Vec<Draft> {
    let ranks = ranks(&drafts, rules);
    let covered = covered(&drafts, &ranks);
    let mut gone = vec![Vec::new(); drafts.len()];
    let mut heir: Vec<Option<usize>> = vec![None; drafts.len()];
    for Covered { loser, location, winner } in covered {
        gone[loser].push(location);
        let rule = drafts[loser].rule;
        drafts[winner].also.insert(rule);
        let same_key = drafts[loser].secret.expose() == drafts[winner].secret.expose()
            && are_one(&drafts[loser], &drafts[winner], rules);
        if same_key && heir[loser].is_none_or(|other| ranks[winner] < ranks[other]) {
            heir[loser] = Some(winner);
        }
    }
    // Worst first: whatever a draft hands on has then reached it already.
    let mut worst_first: Vec<usize> = (0..drafts.len()).collect();
    worst_first.sort_by_key(|draft| Reverse(ranks[*draft]));
    for loser in worst_first {
        let mut left = std::mem::take(&mut drafts[loser].locations);
        gone[loser].sort_unstable();
        let mut index = 0..;
        left.retain(|_| index.next().is_none_or(|index: usize| gone[loser].binary_search(&index).is_err()));
        let Some(winner) = heir[loser] else {
            drafts[loser].locations = left;
            continue;
        };
        let (blobs, also) = (drafts[loser].blobs, std::mem::take(&mut drafts[loser].also));
        let (sure, reasons) = (drafts[loser].confidence, std::mem::take(&mut drafts[loser].reasons));
        let winner = &mut drafts[winner];
        // A rule that is never sure names what another rule is sure of. What its own proof doubts stays doubted.
        if sure > winner.confidence && rules.get(winner.rule).confidence == Confidence::Low {
            (winner.confidence, winner.reasons) = (sure, reasons);
        }
        winner.also.extend(also);
        winner.blobs = winner.blobs.max(blobs);
        winner.locations.extend(left);
    }
    let vanished = |draft: usize| heir[draft].is_some() || !gone[draft].is_empty();
    let mut out: Vec<Draft> = drafts
        .into_iter()
        .enumerate()
        .filter(|(ix, draft)| !(draft.locations.is_empty() && vanished(*ix)))
        .map(|(_, draft)| draft)
        .collect();
    out = unite(out, rules);
    for draft in &mut out {
        draft.also.remove(&draft.rule);
        draft.settle();
    }
    out
}

/// One value that rules of syntax see in several syntaxes (quoted here, bare there) is one finding: that of the rule
/// that knows most about it anywhere. A password that anyone would guess is not the same everywhere, so what a provider's
/// rule makes of it in one place says nothing of others.
fn unite(drafts: Vec<Draft>, rules: &RuleSet) -> Vec<Draft> {
    let ranks = ranks(&drafts, rules);
    // A value that anyone would guess counts as another for each provider, and where it is less sure.
    let kind = |draft: &Draft| {
        is_widespread(draft.secret.expose()).then(|| (rules.get(draft.rule).provider.id, draft.confidence))
    };
    type Kind<'a> = Option<(&'a str, Confidence)>;
    let mut best: BTreeMap<(&[u8], Kind<'_>), usize> = BTreeMap::new();
    for (ix, draft) in drafts.iter().enumerate() {
        let entry = best.entry((draft.secret.expose(), kind(draft))).or_insert(ix);
        if ranks[ix] < ranks[*entry] {
            *entry = ix;
        }
    }
    let heirs: Vec<usize> = (drafts.iter().enumerate())
        .map(|(ix, draft)| match class(draft, rules) {
            SYNTAX => best[&(draft.secret.expose(), kind(draft))],
            _ => ix,
        })
        .collect();
    let mut slots: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    for (loser, heir) in heirs.into_iter().enumerate().filter(|(loser, heir)| loser != heir) {
        // What is best of its value is its own heir, and stays.
        let (Some(from), Some(into)) = (slots[loser].take(), slots[heir].as_mut()) else { continue };
        into.also.insert(from.rule);
        into.also.extend(from.also);
        // The rule that knows most was not there: what it doubts elsewhere is no doubt here.
        if from.confidence > into.confidence {
            (into.confidence, into.reasons) = (from.confidence, from.reasons);
        }
        into.locations.extend(from.locations);
        let objects: BTreeSet<_> = into.locations.iter().filter_map(Location::object).collect();
        into.blobs = into.blobs.max(from.blobs).max(objects.len() as u64);
    }
    slots.into_iter().flatten().collect()
}

/// Whether what two rules make of one value is one key wherever it stands: not if anyone would guess it, and they speak of
/// different things or one of them doubts it.
fn are_one(a: &Draft, b: &Draft, rules: &RuleSet) -> bool {
    let are_alike = a.confidence == b.confidence && rules.get(a.rule).provider.id == rules.get(b.rule).provider.id;
    !is_widespread(a.secret.expose()) || are_alike
}

/// Position of each draft among all, the best first.
fn ranks(drafts: &[Draft], rules: &RuleSet) -> Vec<usize> {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|ix| {
        let draft = &drafts[*ix];
        let (sure, long) = (Reverse(draft.confidence), Reverse(draft.secret.len()));
        // What may be an id or the secret of a provider is the secret.
        let severity = Reverse(rules.get(draft.rule).severity);
        (class(draft, rules), sure, long, severity, draft.rule, &draft.secret)
    });
    let mut ranks = vec![0; drafts.len()];
    for (rank, ix) in order.into_iter().enumerate() {
        ranks[ix] = rank;
    }
    ranks
}

/// The class of rules that know a syntax only.
const SYNTAX: u8 = 3;

/// How much a rule knows about who issued the key, best first.
fn class(draft: &Draft, rules: &RuleSet) -> u8 {
    let rule = rules.get(draft.rule);
    if rule.provider.is_generic() {
        return SYNTAX;
    }
    let has_prefix = rule.public_prefix(draft.secret.expose()) > 0;
    match (has_prefix, !rule.spec.keywords.is_empty()) {
        // Prefix and neighbourhood agree: that decides between providers that share a prefix.
        (true, true) => 0,
        (true, false) => 1,
        // A name nearby alone: `datadog_key = "ghp_…"` is still GitHub's.
        (false, _) => 2,
    }
}

/// A place of one draft that a better draft covers.
struct Covered {
    loser: usize,
    /// Index among the loser's locations.
    location: usize,
    winner: usize,
}

/// The input that a location is in.
type Input<'a> = (u8, Option<ObjectId>, Option<&'a [u8]>, Option<&'a [u8]>);

fn input(location: &Location) -> Input<'_> {
    let kind = match location.place {
        Place::File => 0,
        Place::Staged => 1,
        Place::Stdin => 2,
        Place::History { .. } => 3,
        Place::Message { .. } => 4,
    };
    match location.object() {
        // The same blob at two paths holds the same bytes, and one that was only counted has no path.
        Some(object) => (kind, Some(object), None, location.wrap.member.as_deref()),
        None => (kind, None, location.path.as_deref(), None),
    }
}

/// The bytes of one location.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
    /// Within what the span decodes to.
    inner: Option<(u64, u64)>,
    draft: usize,
    location: usize,
}

impl Span {
    /// Whether two keys share bytes. What one compressed span decodes to may hold several keys apart from each other.
    fn overlaps(&self, other: &Self) -> bool {
        let apart = match (self.inner, other.inner) {
            (Some(mine), Some(theirs)) if (self.start, self.end) == (other.start, other.end) => {
                mine.1 <= theirs.0 || theirs.1 <= mine.0
            }
            _ => false,
        };
        !apart && self.start < other.end && other.start < self.end
    }
}

fn covered(drafts: &[Draft], ranks: &[usize]) -> Vec<Covered> {
    let mut inputs: BTreeMap<Input<'_>, Vec<Span>> = BTreeMap::new();
    for (ix, draft) in drafts.iter().enumerate() {
        for (location, at) in draft.locations.iter().enumerate() {
            let (start, end) = (at.position.offset, at.position.offset + at.position.length);
            inputs.entry(input(at)).or_default().push(Span { start, end, inner: at.wrap.inner, draft: ix, location });
        }
    }
    let mut out = Vec::new();
    for mut spans in inputs.into_values().filter(|spans| spans.len() > 1) {
        spans.sort_by_key(|span| (span.start, span.end, ranks[span.draft]));
        let mut rest = spans.as_mut_slice();
        while !rest.is_empty() {
            let (cluster, after) = rest.split_at_mut(cluster(rest));
            out.extend(covered_in(cluster, ranks));
            rest = after;
        }
    }
    out
}

/// How many spans, sorted by their starts, hang together by overlaps.
fn cluster(spans: &[Span]) -> usize {
    let mut end = spans[0].end;
    for (ix, span) in spans.iter().enumerate().skip(1) {
        if span.start >= end {
            return ix;
        }
        end = end.max(span.end);
    }
    spans.len()
}

/// Keeps the best spans of a cluster; only what is kept covers others, so nothing is covered by what is not shown.
fn covered_in(cluster: &mut [Span], ranks: &[usize]) -> Vec<Covered> {
    let mut out = Vec::new();
    if cluster.len() < 2 {
        return out;
    }
    cluster.sort_by_key(|span| (ranks[span.draft], span.start));
    let mut kept: Vec<Span> = Vec::new();
    for span in cluster.iter() {
        let by = kept.iter().find(|k| k.draft != span.draft && k.overlaps(span));
        match by {
            Some(by) => out.push(Covered { loser: span.draft, location: span.location, winner: by.draft }),
            None => kept.push(*span),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::group::group;
    use super::super::testing::{in_file_of, part, rules};
    use super::*;
    use crate::finding::Confidence::{High, Low, Medium};
    use crate::finding::{Part, RuleIx};

    /// Rule ids with the rules folded into them and their paths, in the order of rule and secret.
    fn folded(parts: Vec<Part>) -> Vec<(String, Vec<String>, Vec<String>)> {
        let rules = rules();
        let id = |ix: &RuleIx| rules.get(*ix).spec.id.to_owned();
        let path = |l: &Location| String::from_utf8_lossy(l.path.as_deref().unwrap_or_default()).into_owned();
        fold(group(parts), &rules)
            .iter()
            .map(|d| (id(&d.rule), d.also.iter().map(id).collect(), d.locations.iter().map(path).collect()))
            .collect()
    }

    fn entry(rule: &str, also: &[&str], paths: &[&str]) -> (String, Vec<String>, Vec<String>) {
        let all = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        (rule.to_owned(), all(also), all(paths))
    }

    const KEY: &str = "pre_0123456789abcdef";

    fn ix(id: &str) -> u32 {
        rules().find(id).expect("rule").0
    }

    #[test]
    fn the_rule_that_knows_most_names_the_key_everywhere() {
        let n = KEY.len() as u64;
        let parts = vec![
            part(ix("generic-key"), KEY, Low, vec![in_file_of("a", 10, n), in_file_of("b", 0, n)]),
            part(ix("plain-prefix"), KEY, High, vec![in_file_of("a", 10, n), in_file_of("c", 0, n)]),
            part(ix("near-prefix"), KEY, Medium, vec![in_file_of("a", 10, n)]),
        ];
        assert_eq!(folded(parts), [entry("near-prefix", &["generic-key", "plain-prefix"], &["a", "b", "c"])]);
    }

    #[test]
    fn a_name_nearby_does_not_take_a_prefixed_key() {
        let n = KEY.len() as u64;
        let parts = vec![
            part(ix("near-name"), KEY, Medium, vec![in_file_of("a", 0, n)]),
            part(ix("plain-prefix"), KEY, High, vec![in_file_of("a", 0, n)]),
        ];
        assert_eq!(folded(parts), [entry("plain-prefix", &["near-name"], &["a"])]);
    }

    #[test]
    fn a_longer_match_of_a_lesser_rule_goes_only_where_it_is_covered() {
        let url = format!("user:{KEY}@host");
        let parts = vec![
            part(ix("generic-key"), &url, Medium, vec![in_file_of("a", 0, 30), in_file_of("b", 0, 30)]),
            part(ix("plain-prefix"), KEY, High, vec![in_file_of("a", 5, 20)]),
        ];
        let want = [entry("generic-key", &[], &["b"]), entry("plain-prefix", &["generic-key"], &["a"])];
        assert_eq!(folded(parts), want);
    }

    #[test]
    fn one_value_in_two_syntaxes_is_one_finding() {
        let parts = vec![
            part(ix("generic-key"), "kestrel42", Low, vec![in_file_of("a", 0, 9)]),
            part(ix("generic-other"), "kestrel42", Medium, vec![in_file_of("b", 7, 9)]),
            part(ix("generic-other"), "another", Medium, vec![in_file_of("b", 70, 7)]),
        ];
        let want = [entry("generic-other", &[], &["b"]), entry("generic-other", &["generic-key"], &["a", "b"])];
        assert_eq!(folded(parts), want);
    }

    #[test]
    fn a_value_that_a_provider_knows_elsewhere_is_the_providers() {
        let parts = vec![
            part(ix("generic-key"), KEY, Medium, vec![in_file_of("a", 0, 20)]),
            part(ix("plain-prefix"), KEY, High, vec![in_file_of("b", 0, 20)]),
        ];
        assert_eq!(folded(parts), [entry("plain-prefix", &["generic-key"], &["a", "b"])]);
    }

    #[test]
    fn what_anyone_would_guess_is_not_one_key_everywhere() {
        let parts = vec![
            part(ix("generic-key"), "123456", Medium, vec![in_file_of("a", 0, 6)]),
            part(ix("generic-other"), "123456", Low, vec![in_file_of("b", 0, 6), in_file_of("c", 0, 6)]),
            part(ix("near-name"), "123456", Low, vec![in_file_of("b", 0, 6)]),
        ];
        let want = [
            entry("generic-key", &[], &["a"]),
            entry("generic-other", &[], &["c"]),
            entry("near-name", &["generic-other"], &["b"]),
        ];
        assert_eq!(folded(parts), want);
    }

    #[test]
    fn what_anyone_would_guess_is_as_sure_as_where_it_stands() {
        let parts = vec![
            part(ix("generic-key"), "password", Medium, vec![in_file_of("a", 0, 8)]),
            part(ix("generic-key"), "password", Low, vec![in_file_of("b", 0, 8)]),
            part(ix("generic-other"), "password", Low, vec![in_file_of("a", 0, 8), in_file_of("c", 0, 8)]),
        ];
        let drafts = fold(group(parts), &rules());
        let sure: Vec<_> = drafts.iter().filter(|draft| draft.confidence == Medium).collect();
        assert_eq!(sure.iter().map(|draft| draft.locations.len()).collect::<Vec<_>>(), [1]);
        assert_eq!(drafts.iter().map(|draft| draft.locations.len()).sum::<usize>(), 3);
    }

    #[test]
    fn a_doubt_in_one_place_is_none_in_another() {
        let parts = vec![
            part(ix("generic-key"), "kestrel-9x-harbor", Medium, vec![in_file_of("a", 0, 17)]),
            part(ix("near-name"), "kestrel-9x-harbor", Low, vec![in_file_of("b", 0, 17)]),
        ];
        let drafts = fold(group(parts), &rules());
        assert_eq!(
            drafts.iter().map(|draft| (draft.locations.len(), draft.confidence)).collect::<Vec<_>>(),
            [(2, Medium)]
        );
    }

    #[test]
    fn neighbours_stay_apart() {
        let parts = vec![
            part(ix("generic-key"), "first-secret", Medium, vec![in_file_of("a", 0, 12)]),
            part(ix("plain-prefix"), KEY, High, vec![in_file_of("a", 12, 20)]),
            part(ix("near-name"), "x", High, vec![in_file_of("b", 12, 20)]),
        ];
        assert_eq!(folded(parts).len(), 3);
    }

    #[test]
    fn what_covers_is_shown() {
        // c overlaps b and b overlaps a, the best; with b covered, c stays.
        let parts = vec![
            part(ix("near-prefix"), KEY, High, vec![in_file_of("f", 0, 10)]),
            part(ix("plain-prefix"), "pre_other", High, vec![in_file_of("f", 5, 15)]),
            part(ix("generic-key"), "third", Low, vec![in_file_of("f", 18, 20)]),
        ];
        let want = [entry("generic-key", &[], &["f"]), entry("near-prefix", &["plain-prefix"], &["f"])];
        assert_eq!(folded(parts), want);
    }
}
