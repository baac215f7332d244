//! The kernel for machines without AVX2: the same answers, a byte at a time.

use super::Sink;
use super::words::Words;
use crate::rule::shape::{RUN, is_token};
use std::ops::Range;

/// Reports every start and every word of `region`.
pub(super) fn run(bytes: &[u8], region: Range<usize>, words: &Words, sink: &mut Sink<'_>) {
    let end = region.end.min(bytes.len());
    let mut at = region.start;
    // Token bytes from `at` on are known up to here.
    let mut run_end = at;
    while at < end {
        if sink.knows_short(at) != 0 {
            sink.short_word(at);
        }
        if at.is_multiple_of(2)
            && words.long.knows(std::array::from_fn(|i| bytes.get(at + i).copied().unwrap_or(0))) != 0
        {
            sink.long_word(at);
        }
        if is_token(bytes[at]) {
            if run_end <= at {
                run_end = at + bytes[at..].iter().take_while(|b| is_token(**b)).count();
            }
            let before = at.checked_sub(1).map(|i| bytes[i]);
            let begins = before.is_none_or(|b| b == b'-' || !is_token(b));
            if begins && run_end - at >= RUN {
                sink.start(at);
            }
        }
        at += 1;
    }
}
