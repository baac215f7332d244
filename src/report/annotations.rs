//! Annotations for the log of GitHub Actions, which shows them beside the changed lines; and what keeps a log from
//! obeying text of the scanned repository. (Source: GitHub's "Workflow commands".)

use super::Run;
use super::human::entry;
use super::text::{clean, clean_bytes};
use crate::finding::{Place, Severity};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// GitHub shows ten errors of a step; the worst come first.
const MOST: usize = 10;

/// One command a reported key, at most ten.
pub fn annotations(run: &Run) -> String {
    let mut out = String::new();
    for entry in entry::of_run(run).iter().take(MOST) {
        let level = if entry.finding.severity >= Severity::High { "error" } else { "warning" };
        let title = format!("keyhound: {}", entry.rule.spec.description);
        // A check of key hygiene has no key to show; it says what it saw.
        let seen = entry.finding.reasons.first().map(ToString::to_string).filter(|_| entry.finding.secret.is_empty());
        let mut message = seen.unwrap_or_else(|| entry.finding.secret.redacted());
        let _ = write!(message, " ({})", entry.rule.spec.id);
        if let Some((_, commit)) = entry.introduced() {
            let _ = write!(message, ", since {} in {}", super::when::day(commit.date), commit.id.short(entry::SHORT));
        }
        let _ = write!(message, ": {}", entry.next_step());
        let place = entry.main_place().filter(|place| !matches!(place.place, Place::Stdin));
        let at = match place.and_then(|place| Some((place.path.as_deref()?, place.position))) {
            Some((path, at)) => {
                let path = property(clean_bytes(path).strip_prefix("./").unwrap_or(&clean_bytes(path)));
                format!("file={path},line={},endLine={},col={},", at.line, at.end_line, at.column)
            }
            None => String::new(),
        };
        let _ = writeln!(out, "::{level} {at}title={}::{}", property(&title), data(message.trim_start()));
    }
    out
}

/// A text for a log whose lines are commands to the CI system when they begin in certain ways: put so that none of them
/// is obeyed, whoever named the files in it. `github` says whether it is GitHub's.
pub fn tame(text: &str, github: bool) -> String {
    // Azure and TeamCity know no way to switch commands off.
    let text = text.replace("##vso[", "## vso[").replace("##teamcity[", "## teamcity[").replace("##[", "## [");
    if !github {
        return text;
    }
    // Nobody can write a text that holds its own hash.
    let digest = Sha256::digest(text.as_bytes());
    let token = data_encoding::HEXLOWER.encode(&digest[..16]);
    format!("::stop-commands::{token}\n{text}::{token}::\n")
}

/// The message of a command.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_end_a_property_or_a_command() {
        assert_eq!(property("a,line=1::b%\n"), "a%2Cline=1%3A%3Ab%25\\u{a}");
    }

    #[test]
    fn a_log_obeys_nothing_in_between() {
        let text = tame("::error::x\n##vso[task.setvariable]y\n", true);
        let token =
            text.lines().next().and_then(|line| line.strip_prefix("::stop-commands::")).expect("begins").to_owned();
        assert!(text.ends_with(&format!("\n::{token}::\n")) && text.matches(&token).count() == 2);
        assert!(!text.contains("##vso["));
    }
}
