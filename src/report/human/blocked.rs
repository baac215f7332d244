//! What a person reads whose commit or push was stopped: what, where, and the ways on; no more than fits a screen.

use super::page::Page;
use super::{entry, summary};
use crate::problem::Weight;
use crate::report::Run;
use crate::report::style::{Ink, Style};
use crate::report::text::count;
use std::io;

/// What was stopped, and what a person can do about it.
#[derive(Debug, Clone)]
pub struct Blocked {
    /// `commit` or `push`.
    pub what: &'static str,
    /// How to take a key out.
    pub fix: &'static str,
    /// How to accept what is known for now.
    pub later: &'static str,
}

/// Width of the labels' column.
const LABELS: usize = 7;
/// More findings than this are counted and not shown.
const MOST: usize = 20;

/// Writes why `run` stops something.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn blocked(run: &Run, blocked: &Blocked, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style);
    let entries = entry::of_run(run);
    for entry in entries.iter().take(MOST) {
        entry.write_brief(&mut page);
    }
    if entries.len() > MOST {
        let more = count((entries.len() - MOST) as u64, "more key", "more keys");
        page.line(&[(Ink::Plain, &format!("and {more}, which 'keyhound scan' shows"))]);
    }
    for problem in run.problems.iter().filter(|problem| problem.weight != Weight::Note) {
        summary::write_problem(&mut page, problem);
    }
    let what = blocked.what;
    match entries.as_slice() {
        [] => {
            let text = format!("keyhound could not look at everything, so it stops this {what}.");
            page.line(&[(Ink::Warning, &text)]);
            let left_out = summary::skipped(run, true).join(", ");
            if !left_out.is_empty() {
                page.field(LABELS, "missing", Ink::Plain, &left_out);
            }
        }
        [first, ..] => {
            let keys = count(entries.len() as u64, "leaked key", "leaked keys");
            page.line(&[(Ink::Critical, &format!("keyhound stops this {what}: it would publish {keys}."))]);
            page.field(LABELS, "fix", Ink::Plain, blocked.fix);
            let mark = format!("keyhound:allow {}", first.rule.spec.id);
            let allow = format!("no secret after all? put the comment \"{mark} <the reason>\" on its line");
            page.field(LABELS, "allow", Ink::Plain, &allow);
            page.field(LABELS, "later", Ink::Plain, blocked.later);
        }
    }
    out.write_all(page.into_text().as_bytes())
}
