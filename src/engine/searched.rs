//! Which windows of a text were searched already: a line that holds three words of a rule is one window, not three.

use crate::finding::RuleIx;
use std::ops::Range;

/// Per rule, the window that was searched last.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// Which text this is; what was noted of an earlier one does not count.
    text: u32,
    last: Vec<Last>,
}

#[derive(Debug, Clone, Default)]
struct Last {
    text: u32,
    window: Range<usize>,
    seen: Hull,
}

/// How far the candidates in a window reach: whoever is near the outermost of them is near all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hull {
    /// Where the first one to end ends.
    pub(super) first_end: usize,
    /// Where the last one to begin begins.
    pub(super) last_start: usize,
}

impl Default for Hull {
    fn default() -> Self {
        Self { first_end: usize::MAX, last_start: 0 }
    }
}

impl Hull {
    /// Of a window in which something was left out, because the literal was too far from it: nobody is near that.
    pub(super) const UNKNOWN: Self = Self { first_end: 0, last_start: usize::MAX };

    /// Whether there was no candidate at all.
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in a candidate.
    pub(super) fn add(&mut self, candidate: &Range<usize>) {
        self.first_end = self.first_end.min(candidate.end);
        self.last_start = self.last_start.max(candidate.start);
    }
}

impl Searched {
    /// Another text follows.
    pub(super) fn forget(&mut self) {
        self.text = self.text.wrapping_add(1);
        if self.text == 0 {
            self.last.clear();
            self.text = 1;
        }
    }

    /// What was seen in this window, if it is the one that was searched last for the rule.
    pub(super) fn in_window(&self, rule: RuleIx, window: &Range<usize>) -> Option<Hull> {
        let last = self.last.get(rule.0 as usize)?;
        (last.text == self.text && last.window == *window).then_some(last.seen)
    }

    /// Up to where no match of the rule can begin in `window`, because the window that was searched last held none and
    /// overlaps with it; matches have at most `longest` bytes. A match at the very start may depend on what is cut off.
    pub(super) fn empty_up_to(&self, rule: RuleIx, window: &Range<usize>, longest: usize) -> Option<usize> {
        let last = self.last.get(rule.0 as usize).filter(|last| last.text == self.text && last.seen.is_empty())?;
        // A byte to look ahead at, and one for the end of the text.
        let sure = last.window.end.checked_sub(longest + 2)?;
        (last.window.start <= window.start && window.start < sure && last.window.end <= window.end).then_some(sure)
    }

    /// Notes what was seen.
    pub(super) fn keep(&mut self, rule: RuleIx, window: Range<usize>, seen: Hull) {
        let at = rule.0 as usize;
        if self.last.len() <= at {
            self.last.resize(at + 1, Last::default());
        }
        self.last[at] = Last { text: self.text, window, seen };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_window_of_this_text_counts() {
        let mut searched = Searched::default();
        searched.forget();
        let rule = RuleIx(3);
        assert!(searched.in_window(rule, &(0..9)).is_none());
        let mut seen = Hull::default();
        seen.add(&(5..7));
        seen.add(&(2..4));
        searched.keep(rule, 0..9, seen);
        let last = searched.in_window(rule, &(0..9)).expect("it was kept");
        assert_eq!((last.first_end, last.last_start), (4, 5));
        assert!(searched.in_window(rule, &(0..8)).is_none());
        assert!(searched.in_window(RuleIx(2), &(0..9)).is_none());
        searched.forget();
        assert!(searched.in_window(rule, &(0..9)).is_none());
    }

    #[test]
    fn what_was_empty_need_not_be_searched_again() {
        let mut searched = Searched::default();
        searched.forget();
        let rule = RuleIx(0);
        searched.keep(rule, 10..100, Hull::default());
        assert_eq!(searched.empty_up_to(rule, &(20..120), 30), Some(68));
        // It begins before what was searched, ends before, or lies where a match may have gone on.
        assert_eq!(searched.empty_up_to(rule, &(5..120), 30), None);
        assert_eq!(searched.empty_up_to(rule, &(20..90), 30), None);
        assert_eq!(searched.empty_up_to(rule, &(70..120), 30), None);
        assert_eq!(searched.empty_up_to(rule, &(20..120), 99), None);
        searched.keep(rule, 10..100, Hull::UNKNOWN);
        assert_eq!(searched.empty_up_to(rule, &(20..120), 30), None);
    }
}
