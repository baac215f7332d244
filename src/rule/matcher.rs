//! A rule's pattern, compiled: where it matches, and where the secret stands in a match.
//!
//! Most places that are looked at hold no match, and most rules know where a match has to begin. So a search can be tied
//! to that place: it ends at the first byte that does not fit, where a free search would go on to the end of the line.

use regex_automata::hybrid::dfa::{Cache, Config as DfaConfig, DFA};
use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::{Config as NfaConfig, NFA};
use regex_automata::util::pool::Pool;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, PatternID};
use regex_syntax::hir::{Hir, HirKind, Look};
use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

/// The most memory that a compiled pattern may take, in bytes.
pub(super) const SIZE_LIMIT: usize = 8 << 20;

/// The most memory that a thread keeps for what it learned of one pattern, in bytes.
const CACHE: usize = 4 << 20;

/// A compiled pattern.
#[derive(Debug)]
pub struct Matcher {
    pattern: &'static str,
    /// Built when it is first asked of.
    tied: OnceLock<Tied>,
    /// Likewise: it takes several times as long to build, and most rules match nothing in most runs.
    free: OnceLock<Free>,
}

impl Clone for Matcher {
    /// The same pattern; what was built of it is built again when it is asked for.
    fn clone(&self) -> Self {
        Self { pattern: self.pattern, tied: OnceLock::new(), free: OnceLock::new() }
    }
}

/// Answers whether a match begins at a place.
#[derive(Debug)]
struct Tied {
    dfa: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
}

/// Finds matches wherever they are, and the group that is the secret.
#[derive(Debug)]
struct Free {
    regex: Regex,
    group: usize,
    /// Whether every match begins where a line does.
    begins_lines: bool,
}

fn syntax_of_rules() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

impl Tied {
    #[allow(clippy::expect_used)]
    fn new(pattern: &str) -> Self {
        let nfa = NfaConfig::new().utf8(false).nfa_size_limit(Some(SIZE_LIMIT));
        let nfa = NFA::compiler()
            .configure(nfa)
            .syntax(syntax_of_rules())
            .build(pattern)
            .expect("patterns are compiled when their rules are loaded or tested");
        let config = DfaConfig::new().cache_capacity(CACHE).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).expect("its cache may be as large as it needs");
        let of = dfa.clone();
        Self { dfa, caches: Pool::new(Box::new(move || of.create_cache())) }
    }
}

impl Free {
    #[allow(clippy::expect_used)]
    fn new(pattern: &str) -> Self {
        let config = Config::new().utf8_empty(false).nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
        let regex = Regex::builder()
            .configure(config)
            .syntax(syntax_of_rules())
            .build(pattern)
            .expect("patterns are compiled when their rules are loaded or tested");
        // The group of that name, else the first, else the whole match.
        let named = regex.group_info().pattern_names(PatternID::ZERO).position(|name| name == Some("secret"));
        let group = named.unwrap_or(usize::from(regex.captures_len() > 1));
        let begins_lines = super::shape::parse(pattern).is_ok_and(|hir| begins_lines(&hir));
        Self { regex, group, begins_lines }
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

impl Matcher {
    /// Of a pattern whose syntax was checked when its rule was loaded; compiled on first use.
    pub(super) fn new(pattern: &'static str) -> Self {
        Self { pattern, tied: OnceLock::new(), free: OnceLock::new() }
    }

    fn free(&self) -> &Free {
        self.free.get_or_init(|| Free::new(self.pattern))
    }

    /// The first match in `text` that begins at `from` or behind it. What stands before `from` is context.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let free = self.free();
        let input = Input::new(text).range(from..);
        if !free.begins_lines || memchr::memchr(b'\n', text).is_some() {
            return free.regex.search(&input).map(|found| found.range());
        }
        // One line has one start.
        let tied = (from == 0).then(|| input.anchored(Anchored::Yes))?;
        free.regex.search(&tied).map(|found| found.range())
    }

    /// Whether a match begins right at `at`.
    pub fn fits(&self, text: &[u8], at: usize) -> bool {
        let tied = self.tied.get_or_init(|| Tied::new(self.pattern));
        let input = Input::new(text).range(at..).anchored(Anchored::Yes).earliest(true);
        match tied.dfa.try_search_fwd(&mut tied.caches.get(), &input) {
            Ok(found) => found.is_some(),
            Err(_) => self.secret(text, at).is_some(),
        }
    }

    /// The secret in the match that begins right at `at`, and where that match ends: the group `secret`, else the first,
    /// else the whole match.
    pub fn secret(&self, text: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
        let Free { regex, group, .. } = self.free();
        let mut slots = vec![None; 2 * (group + 1)];
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        regex.search_slots(&input, &mut slots)?;
        let place = |slot: usize| slots[slot].map(|at| at.get());
        let secret = place(2 * group)?..place(2 * group + 1)?;
        (!secret.is_empty()).then_some((secret, place(1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tied_to_a_place_sees_what_stands_before_it() {
        let matcher = Matcher::new(r"\bkey=(?P<secret>[a-z]{3})");
        let text = b"key=abc xkey=def key=ghi";
        assert_eq!(matcher.find(text, 1), Some(17..24));
        assert!(matcher.fits(text, 0) && matcher.fits(text, 17));
        assert!(!matcher.fits(text, 9) && !matcher.fits(text, 1));
        assert_eq!(matcher.secret(text, 17), Some((21..24, 24)));
        assert_eq!(matcher.secret(text, 9), None);
    }

    #[test]
    fn a_line_has_one_start() {
        let matcher = Matcher::new(r"(?m:^)\s*key=[a-z]");
        assert_eq!(matcher.find(b"key=a key=b", 0), Some(0..5));
        assert_eq!(matcher.find(b"key=a key=b", 1), None);
        assert_eq!(matcher.find(b"a key=a\n key=b", 0), Some(8..14));
    }

    #[test]
    fn the_secret_is_the_named_group_or_the_first_or_all() {
        assert_eq!(Matcher::new("(a)(?P<secret>b)c").secret(b"abc", 0), Some((1..2, 3)));
        assert_eq!(Matcher::new("a(b)(c)").secret(b"abc", 0), Some((1..2, 3)));
        assert_eq!(Matcher::new("abc").secret(b"abc", 0), Some((0..3, 3)));
        assert_eq!(Matcher::new("ab(?P<secret>x?)").secret(b"abc", 0), None);
    }
}
