//! The end of the human report: how many leaks, what else was found and why it is not shown, what was scanned, what was
//! not, what went wrong, how long it took. "No leaks" is said only with an account of what that covers.

use super::Page;
use crate::coverage::Skip;
use crate::finding::Severity;
use crate::policy::Verdict;
use crate::problem::{Problem, Weight};
use crate::report::style::Ink;
use crate::report::text::{count, size, thousands};
use crate::report::{Run, when};

/// Width of the labels' column.
const LABELS: usize = 12;

/// Writes the problems and the account of the run.
pub(super) fn write(page: &mut Page, run: &Run) {
    for problem in &run.problems {
        write_problem(page, problem);
    }
    if !run.problems.is_empty() {
        page.blank();
    }
    let (ink, text) = outcome(run);
    page.line(&[(ink, &text)]);
    let mut field = |label: &str, ink: Ink, parts: Vec<String>| {
        if !parts.is_empty() {
            page.field(LABELS, label, ink, &parts.join(", "));
        }
    };
    field("not reported", Ink::Plain, held_back(run));
    field("scanned", Ink::Plain, scanned(run));
    field("left out", Ink::Plain, skipped(run, false));
    field("NOT SCANNED", Ink::Warning, skipped(run, true));
    field("repositories", Ink::Plain, repositories(run));
    // A report that was read back does not know.
    let took = (!run.elapsed.is_zero()).then(|| when::took(run.elapsed));
    field("took", Ink::Plain, took.into_iter().collect());
}

pub(super) fn write_problem(page: &mut Page, problem: &Problem) {
    let (ink, word) = match problem.weight {
        Weight::Note => (Ink::Low, "note: "),
        Weight::Incomplete => (Ink::Warning, "warning: "),
        Weight::Fatal => (Ink::Critical, "error: "),
    };
    page.paragraph(ink, word, &format!("{}: {}", problem.subject, problem.message));
    if let Some(step) = &problem.next_step {
        page.field(6, "next", Ink::Plain, step);
    }
}

/// The one line that a person who reads only one line should read.
pub(in crate::report) fn outcome(run: &Run) -> (Ink, String) {
    let leaks = run.reported().count() as u64;
    let failed = run.problems.iter().any(|problem| problem.weight == Weight::Fatal);
    match (leaks, failed, run.complete()) {
        (0, true, _) => (Ink::Critical, "The scan failed, so nothing can be said about leaks.".to_owned()),
        (0, false, false) => {
            (Ink::Warning, "No leaks found in what was scanned, but the scan is incomplete.".to_owned())
        }
        (0, false, true) => (Ink::Good, "No leaks found.".to_owned()),
        (_, _, complete) => {
            let slips = run.reported().filter(|finding| finding.subject.is_some()).count() as u64;
            let leaks = leaks - slips;
            let places = run.reported().map(|finding| finding.locations.len() as u64).sum();
            let what = match (leaks, slips) {
                (_, 0) => count(leaks, "leak", "leaks"),
                (0, _) => count(slips, "slip of key hygiene", "slips of key hygiene"),
                _ => format!(
                    "{} and {}",
                    count(leaks, "leak", "leaks"),
                    count(slips, "slip of key hygiene", "slips of key hygiene")
                ),
            };
            let mut text = format!("Found {what} in {}", count(places, "place", "places"));
            let by_severity: Vec<String> = Severity::ALL
                .iter()
                .rev()
                .map(|severity| (severity, run.reported().filter(|f| f.severity == *severity).count() as u64))
                .filter(|(_, n)| *n > 0)
                .map(|(severity, n)| format!("{} {severity}", thousands(n)))
                .collect();
            text.push_str(&format!(": {}.", by_severity.join(", ")));
            if !complete {
                text.push_str(" The scan is incomplete: there may be more.");
            }
            (Ink::Critical, text)
        }
    }
}

/// Findings that are not reported, by reason.
pub(in crate::report) fn held_back(run: &Run) -> Vec<String> {
    let count_of = |test: fn(&Verdict) -> bool| run.findings.iter().filter(|j| test(&j.verdict)).count() as u64;
    [
        (count_of(|v| matches!(v, Verdict::AllowedInline)), "allowed by a comment"),
        (count_of(|v| matches!(v, Verdict::AllowedByConfig { .. })), "allowed by configuration"),
        (count_of(|v| matches!(v, Verdict::Baselined { .. })), "in the baseline"),
        (count_of(|v| matches!(v, Verdict::BelowThreshold { .. })) + run.below, "below the threshold"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, words)| format!("{} {words}", thousands(n)))
    .collect()
}

/// In a run over many repositories, those with something to say.
fn repositories(run: &Run) -> Vec<String> {
    let accounts: Vec<_> = run.repositories.iter().filter_map(|one| Some((&one.path, one.account.as_ref()?))).collect();
    if accounts.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![format!("{} scanned", thousands(accounts.len() as u64))];
    for (path, account) in accounts {
        let findings = count(account.reported, "finding", "findings");
        match (account.reported, account.complete) {
            (0, true) => {}
            (_, true) => parts.push(format!("{path}: {findings}")),
            (_, false) => parts.push(format!("{path}: {findings}, INCOMPLETE")),
        }
    }
    parts
}

/// What was looked at; a kind of input that did not occur is not named.
pub(in crate::report) fn scanned(run: &Run) -> Vec<String> {
    let c = &run.coverage;
    let mut parts = Vec::new();
    if c.files > 0 || c.blobs + c.commits + c.tags == 0 {
        parts.push(format!("{} ({})", count(c.files, "file", "files"), size(c.file_bytes)));
    }
    if c.blobs > 0 {
        let fresh =
            if c.fresh_bytes > 0 { format!(", {} of them distinct", size(c.fresh_bytes)) } else { String::new() };
        parts.push(format!("{} ({}{fresh})", count(c.blobs, "git blob", "git blobs"), size(c.blob_bytes)));
    }
    if c.commits > 0 {
        parts.push(count(c.commits, "commit message", "commit messages"));
    }
    if c.tags > 0 {
        parts.push(count(c.tags, "tag message", "tag messages"));
    }
    parts
}

/// What was left out on purpose, or (`gaps`) what should have been looked at and was not.
pub(in crate::report) fn skipped(run: &Run, gaps: bool) -> Vec<String> {
    Skip::ALL
        .iter()
        .filter(|why| why.is_gap() == gaps)
        .filter_map(|why| run.coverage.skipped.get(why).filter(|n| **n > 0).map(|n| (why, *n)))
        .map(|(why, n)| format!("{} {}", thousands(n), why.words()))
        .collect()
}
