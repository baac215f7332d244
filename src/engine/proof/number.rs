//! Passwords that are written as numbers: what a program counts with is none.

use super::name::Naming;
use super::{Context, Outcome, generic, tried};
use crate::finding::Confidence;

/// A password that is written as a number: a user stands on its line, or anyone would try it, or it is long and none that
/// people count with.
pub(super) fn number(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let has_user = || Naming::before(cx.before()).is_some_and(|naming| naming.has_user(cx.after()));
    let is_counted = value.ends_with(b"00")
        || value.starts_with(b"19") && value.len() == 8
        || value.starts_with(b"20") && value.len() == 8
        || value.starts_with(b"1") && matches!(value.len(), 10 | 13)
        || matches!(value, b"131072" | b"262144" | b"524288");
    if !(tried::is_tried(value) || has_user() || value.len() >= 6 && !is_counted) || has_number_beside(cx) {
        return Outcome::Refuted;
    }
    match generic::generic(cx) {
        Outcome::Is(Confidence::Medium, reason) => Outcome::Is(Confidence::Medium, reason),
        _ => Outcome::Refuted,
    }
}

/// `{ email: 41…, password: 42… }`: another name on the line has a number as well, so both are counted.
fn has_number_beside(cx: &Context<'_>) -> bool {
    let is_number = |text: &[u8]| {
        let text = text.trim_ascii_start();
        let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
        digits >= 2 && matches!(text[digits..].trim_ascii_start().first(), None | Some(b',' | b'}' | b';'))
    };
    let line = [cx.before(), cx.after()];
    line.iter().any(|part| part.iter().enumerate().any(|(at, b)| *b == b':' && is_number(&part[at + 1..])))
}
