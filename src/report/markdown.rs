//! Markdown for the summary of a CI job and for a comment on a pull request: short, and nothing in it that a repository
//! wrote can become markup, a link or a mention.

use super::human::entry::{self, Entry, SHORT, SHORT_FINGERPRINT};
use super::human::summary;
use super::text::{clean, count};
use super::{Reporter, Run, when};
use crate::problem::Weight;
use std::fmt::Write as _;
use std::io;

/// The format `markdown`.
#[derive(Debug)]
pub(super) struct Markdown;

/// A summary on GitHub takes one MiB, and nobody reads more rows than this.
const MOST: usize = 200;

impl Reporter for Markdown {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let entries = entry::of_run(run);
        let mut text = String::from("## keyhound\n\n");
        line(&mut text, &format!("**{}**", plain(&summary::outcome(run).1)));
        if !entries.is_empty() {
            text.push_str("\n| severity | key | where | since | fingerprint |\n|---|---|---|---|---|\n");
            entries.iter().take(MOST).for_each(|entry| line(&mut text, &row(entry)));
            if entries.len() > MOST {
                let more = count((entries.len() - MOST) as u64, "more key", "more keys");
                line(&mut text, &format!("\n… and {more}."));
            }
            steps(&mut text, &entries);
        }
        problems(&mut text, run);
        account(&mut text, run);
        out.write_all(text.as_bytes())
    }
}

fn row(entry: &Entry<'_>) -> String {
    let mut key = plain(entry.rule.spec.description);
    if !entry.finding.secret.is_empty() {
        let _ = write!(key, " {}", code(&entry.finding.secret.redacted()));
    }
    let _ = write!(key, "<br>{}", code(entry.rule.spec.id));
    let mut place = code(&entry.place_name());
    let others = entry.places.len().saturating_sub(1) as u64;
    if others > 0 {
        let _ = write!(place, "<br>and {}", count(others, "more place", "more places"));
    }
    let since = entry.introduced().map_or_else(String::new, |(_, commit)| {
        format!(
            "{} by {} in {}",
            when::day(commit.date),
            code(&commit.author),
            code(&commit.id.short(SHORT).to_string())
        )
    });
    let fingerprint = code(&entry.finding.fingerprint.to_string()[..SHORT_FINGERPRINT]);
    format!("| {} | {key} | {place} | {since} | {fingerprint} |", entry.finding.severity)
}

/// How to take the keys out of use, once for each way.
fn steps(text: &mut String, entries: &[Entry<'_>]) {
    text.push_str("\n### What to do\n\n");
    let mut said: Vec<String> = Vec::new();
    for entry in entries {
        let step = format!("- {}: {}", plain(entry.rule.provider.name), plain(&entry.next_step()));
        if !said.contains(&step) {
            line(text, &step);
            said.push(step);
        }
    }
    if entries.iter().any(Entry::is_committed) {
        line(text, "- Whoever has a clone has every key that was ever committed: revoke first.");
    }
    if let Some(first) = entries.first() {
        let mark = format!("keyhound:allow {}", first.rule.spec.id);
        line(text, &format!("- No secret after all? Put {} and the reason on its line.", code(&mark)));
    }
}

fn problems(text: &mut String, run: &Run) {
    let mut problems = run.problems.iter().filter(|problem| problem.weight != Weight::Note).peekable();
    if problems.peek().is_some() {
        text.push_str("\n### Not scanned\n\n");
    }
    for problem in problems {
        let step = problem.next_step.as_ref().map(|step| format!("; {}", plain(step))).unwrap_or_default();
        line(text, &format!("- {}: {}{step}", code(&problem.subject), plain(&problem.message)));
    }
}

fn account(text: &mut String, run: &Run) {
    text.push('\n');
    let held_back = summary::held_back(run);
    for (label, parts) in [
        ("Scanned", summary::scanned(run)),
        ("Not reported", held_back),
        ("Left out", summary::skipped(run, false)),
        ("Not scanned", summary::skipped(run, true)),
    ] {
        if !parts.is_empty() {
            line(text, &format!("{label}: {}.  ", plain(&parts.join(", "))));
        }
    }
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Text that means itself: everything that Markdown or HTML could read as something else becomes an entity.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ';' | '\'' | '(' | ')' | '/' | '-' | '%' | '+' | '?') {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    // A colon before a blank begins no link and no emoji. What else looks like a link would be made one.
    out.replace("&#58; ", ": ").replace("www.", "www&#46;")
}

/// Likewise as code, in which nobody is mentioned and nothing is linked.
fn code(text: &str) -> String {
    format!("<code>{}</code>", plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_means_itself() {
        assert_eq!(
            plain("a|b <img> [x](y) @ann `c` #1"),
            "a&#124;b &#60;img&#62; &#91;x&#93;(y) &#64;ann &#96;c&#96; &#35;1"
        );
        assert_eq!(plain("a\n| b"), "a&#92;u&#123;a&#125;&#124; b");
        assert_eq!(code("a*b_c"), "<code>a&#42;b&#95;c</code>");
    }
}
