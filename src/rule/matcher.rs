//! A rule's pattern, compiled: where it matches, and where the secret stands in a match.
//!
//! Most places that are looked at hold no match, and most rules know where a match has to begin. So a search can be tied
//! to that place: it ends at the first byte that does not fit, where a free search would go on to the end of the line.
//!
//! A free search looks only where a match may begin, if that can be told ([`super::starts`]), and asks a *loose* pattern
//! first, in which bytes that may be repeated so many times may be repeated any
//! number of times: it matches wherever the pattern does, and its automaton has few states where the pattern's has one for
//! each way to count. Those are built on the way, which costs most of a search.

use super::direct::{Direct, Found};
use super::starts::Starts;
use regex_automata::hybrid::dfa::{Cache, Config as DfaConfig, DFA};
use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::{Config as NfaConfig, NFA, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, PatternID};
use regex_syntax::hir::{Hir, HirKind, Look, Repetition};
use std::borrow::Cow;
use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

/// The most memory that a compiled pattern may take, in bytes.
pub(super) const SIZE_LIMIT: usize = 8 << 20;

/// The most memory that a thread keeps for what it learned of one pattern, in bytes.
const CACHE: usize = 4 << 20;

/// Bytes that may be repeated more often than this may be repeated any number of times in a loose pattern.
const COUNTED: u32 = 4;

/// A compiled pattern.
#[derive(Debug)]
pub struct Matcher {
    pattern: Cow<'static, str>,
    /// Each is built when it is first asked of; most rules match nothing in most runs. In boxes, because thousands of rules
    /// are moved at every start.
    direct: OnceLock<Option<Box<Direct>>>,
    tied: OnceLock<Box<Lazy>>,
    search: OnceLock<Box<Search>>,
    /// It takes several times as long to build.
    free: OnceLock<Box<Free>>,
}

impl Clone for Matcher {
    /// The same pattern; what was built of it is built again when it is asked for.
    fn clone(&self) -> Self {
        Self::new(self.pattern.clone())
    }
}

/// An automaton whose states are built when they are first reached; says whether there is a match.
#[derive(Debug)]
struct Lazy {
    dfa: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
}

/// What tells where there is no match.
#[derive(Debug)]
struct Search {
    loose: Lazy,
    starts: Option<Starts>,
}

/// Finds matches wherever they are, and the group that is the secret.
#[derive(Debug)]
struct Free {
    regex: Regex,
    group: usize,
    /// Whether every match begins where a line does.
    begins_lines: bool,
}

impl Lazy {
    #[allow(clippy::expect_used)]
    fn new(hir: &Hir) -> Self {
        let config = NfaConfig::new().utf8(false).nfa_size_limit(Some(SIZE_LIMIT)).which_captures(WhichCaptures::None);
        let nfa = NFA::compiler()
            .configure(config)
            .build_from_hir(hir)
            .expect("patterns are compiled when their rules are loaded or tested");
        let config = DfaConfig::new().cache_capacity(CACHE).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).expect("its cache may be as large as it needs");
        let of = dfa.clone();
        Self { dfa, caches: Pool::new(Box::new(move || of.create_cache())) }
    }

    /// Whether there is a match, if that can be said.
    fn answers(&self, input: Input<'_>) -> Option<bool> {
        self.asks(&mut self.caches.get(), input)
    }

    /// The same for whoever holds a cache.
    fn asks(&self, cache: &mut Cache, input: Input<'_>) -> Option<bool> {
        self.dfa.try_search_fwd(cache, &input.earliest(true)).ok().map(|found| found.is_some())
    }
}

/// A pattern that matches wherever `hir` does: what may be repeated some times may be repeated any number of times.
fn loose(hir: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(loose).collect();
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max <= COUNTED);
            let (min, sub) = (repetition.min.min(COUNTED), Box::new(loose(&repetition.sub)));
            Hir::repetition(Repetition { min, max, greedy: repetition.greedy, sub })
        }
        HirKind::Capture(capture) => loose(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
    }
}

impl Free {
    #[allow(clippy::expect_used)]
    fn new(hir: &Hir) -> Self {
        let config = Config::new().utf8_empty(false).nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
        let regex = Regex::builder()
            .configure(config)
            .build_from_hir(hir)
            .expect("patterns are compiled when their rules are loaded or tested");
        // The group of that name, else the first, else the whole match.
        let named = regex.group_info().pattern_names(PatternID::ZERO).position(|name| name == Some("secret"));
        let group = named.unwrap_or(usize::from(regex.captures_len() > 1));
        Self { regex, group, begins_lines: begins_lines(hir) }
    }
}

/// Whether a pattern asserts the start of a line before anything else.
fn begins_lines(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => *look == Look::StartLF,
        HirKind::Capture(group) => begins_lines(&group.sub),
        HirKind::Concat(parts) => parts.first().is_some_and(begins_lines),
        _ => false,
    }
}

/// A match of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// All of it.
    pub range: Range<usize>,
    /// The group `secret`, else the first, else the whole match; nothing where that took no part or is empty.
    pub secret: Option<Range<usize>>,
}

impl Matcher {
    /// Of a pattern whose syntax was checked when its rule was loaded; compiled on first use.
    pub(super) fn new(pattern: impl Into<Cow<'static, str>>) -> Self {
        Self {
            pattern: pattern.into(),
            direct: OnceLock::new(),
            tied: OnceLock::new(),
            search: OnceLock::new(),
            free: OnceLock::new(),
        }
    }

    #[allow(clippy::expect_used)]
    fn hir(&self) -> Hir {
        super::shape::parse(&self.pattern).expect("patterns are compiled when their rules are loaded or tested")
    }

    fn direct(&self) -> Option<&Direct> {
        self.direct.get_or_init(|| Direct::of(&self.hir()).map(Box::new)).as_deref()
    }

    fn tied(&self) -> &Lazy {
        self.tied.get_or_init(|| Box::new(Lazy::new(&self.hir())))
    }

    /// What a search needs first; a match that it leads to is nearly always looked at directly, so that is made of the same
    /// parse.
    fn search(&self) -> &Search {
        self.search.get_or_init(|| {
            let hir = self.hir();
            self.direct.get_or_init(|| Direct::of(&hir).map(Box::new));
            Box::new(Search { loose: Lazy::new(&loose(&hir)), starts: Starts::of(&hir) })
        })
    }

    fn free(&self) -> &Free {
        self.free.get_or_init(|| Box::new(Free::new(&self.hir())))
    }

    /// The first match in `text` that begins at `from` or behind it, with the secret that it holds. What stands before
    /// `from` is context.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Match> {
        self.find_up_to(text, from, usize::MAX, text.len())
    }

    /// The same for a match that begins at `until` at the latest, and so ends at `end` at the latest.
    pub fn find_up_to(&self, text: &[u8], from: usize, until: usize, end: usize) -> Option<Match> {
        let end = end.min(text.len());
        let Search { loose, starts } = self.search();
        if let Some(starts) = starts {
            let mut places = starts.places(text, from, until).peekable();
            places.peek()?;
            let mut cache = loose.caches.get();
            let may_fit = |at: &usize| {
                let input = Input::new(text).range(*at..).anchored(Anchored::Yes);
                loose.asks(&mut cache, input) != Some(false)
            };
            return places.filter(may_fit).find_map(|at| self.match_at(text, at));
        }
        let input = Input::new(text).range(from.min(end)..end);
        if loose.answers(input.clone()) == Some(false) {
            return None;
        }
        if let Some(found) = self.direct().and_then(|direct| direct.search(text, from, until)) {
            let (start, found) = found?;
            return Some(Match::of(start, found));
        }
        let free = self.free();
        let range = if !free.begins_lines || memchr::memchr(b'\n', text).is_some() {
            free.regex.search(&input)?.range()
        } else {
            // One line has one start.
            let tied = (from == 0).then(|| input.anchored(Anchored::Yes))?;
            free.regex.search(&tied)?.range()
        };
        if range.start > until {
            return None;
        }
        self.match_at(text, range.start)
    }

    /// Whether a match begins right at `at`.
    pub fn fits(&self, text: &[u8], at: usize) -> bool {
        if let Some(Ok(found)) = self.direct().map(|direct| direct.try_at(text, at)) {
            return found.is_some();
        }
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        self.tied().answers(input).unwrap_or_else(|| self.secret(text, at).is_some())
    }

    /// Whether a match may begin right at `at`, as far as can be said from the rest of the line.
    pub fn fits_line(&self, text: &[u8], at: usize) -> bool {
        let Lazy { dfa, caches } = self.tied();
        let cache = &mut caches.get();
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        let Ok(mut state) = dfa.start_state_forward(cache, &input) else { return true };
        for byte in &text[at..] {
            match dfa.next_state(cache, state, *byte) {
                Ok(next) if next.is_dead() => return false,
                Ok(next) if !next.is_match() && *byte != b'\n' => state = next,
                // There is a match, or the line ends, or nothing can be said.
                _ => return true,
            }
        }
        true
    }

    /// The secret in the match that begins right at `at`, and where that match ends: the group `secret`, else the first,
    /// else the whole match.
    pub fn secret(&self, text: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
        let found = self.match_at(text, at)?;
        Some((found.secret?, found.range.end))
    }

    /// The match that begins right at `at`.
    fn match_at(&self, text: &[u8], at: usize) -> Option<Match> {
        if let Some(Ok(found)) = self.direct().map(|direct| direct.try_at(text, at)) {
            return Some(Match::of(at, found?));
        }
        let Free { regex, group, .. } = self.free();
        let mut slots = vec![None; 2 * (group + 1)];
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        regex.search_slots(&input, &mut slots)?;
        let place = |slot: usize| slots[slot].map(|at| at.get());
        let range = |slot: usize| Some(place(slot)?..place(slot + 1)?);
        Some(Match { range: range(0)?, secret: range(2 * group).filter(|secret| !secret.is_empty()) })
    }
}

impl Match {
    /// What was found at `start`.
    fn of(start: usize, found: Found) -> Self {
        Self { range: start..found.end, secret: found.secret.filter(|secret| !secret.is_empty()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tied_to_a_place_sees_what_stands_before_it() {
        let matcher = Matcher::new(r"\bkey=(?P<secret>[a-z]{3})");
        let text = b"key=abc xkey=def key=ghi";
        assert_eq!(matcher.find(text, 1), Some(Match { range: 17..24, secret: Some(21..24) }));
        assert!(matcher.fits(text, 0) && matcher.fits(text, 17));
        assert!(!matcher.fits(text, 9) && !matcher.fits(text, 1));
        assert_eq!(matcher.secret(text, 17), Some((21..24, 24)));
        assert_eq!(matcher.secret(text, 9), None);
    }

    #[test]
    fn a_line_tells_whether_a_match_may_begin_there() {
        let matcher = Matcher::new(r"\bhost[ \t]{1,3}\w{1,9}\s{1,9}key[ ](?P<secret>[a-z]{3})");
        for text in ["host", "host a", "host a\nother", "host a \n key abc", "host a key abc", "host a ke"] {
            assert!(matcher.fits_line(text.as_bytes(), 0), "{text}");
        }
        for text in ["host\n a key abc", "host a ke\n", "hosts a", "host a other", "host a key 1", "host a key ab1"] {
            assert!(!matcher.fits_line(text.as_bytes(), 0), "{text}");
        }
        assert!(!matcher.fits_line(b"ghost a", 1) && matcher.fits_line(b"-host a", 1));
    }

    #[test]
    fn a_line_has_one_start() {
        for pattern in [r"(?m:^)\s*key=[a-z]", r"(?m:^)(?:\s|\s*key=[a-y]{50,99})*key=[a-z]"] {
            let matcher = Matcher::new(pattern);
            let find = |text: &[u8], from| matcher.find(text, from).map(|found| found.range);
            assert_eq!(find(b"key=a key=b", 0), Some(0..5));
            assert_eq!(find(b"key=a key=b", 1), None);
            assert_eq!(find(b"a key=a\n key=b", 0), Some(8..14));
        }
    }

    #[test]
    fn the_secret_is_the_named_group_or_the_first_or_all() {
        assert_eq!(Matcher::new("(a)(?P<secret>b)c").secret(b"abc", 0), Some((1..2, 3)));
        assert_eq!(Matcher::new("a(b)(c)").secret(b"abc", 0), Some((1..2, 3)));
        assert_eq!(Matcher::new("abc").secret(b"abc", 0), Some((0..3, 3)));
        assert_eq!(Matcher::new("ab(?P<secret>x?)").secret(b"abc", 0), None);
    }
}
