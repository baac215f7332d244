//! JUnit XML, which nearly every CI system shows as test results: a failure for each key, an error for each thing that
//! was not looked at, and one passed test where there is neither, so that nobody takes an empty file for a run.

use super::human::entry::{self, Entry};
use super::human::summary;
use super::markup::escape;
use super::{Reporter, Run, when};
use crate::problem::Weight;
use std::fmt::Write as _;
use std::io;

/// The format `junit`.
#[derive(Debug)]
pub(super) struct Junit;

impl Reporter for Junit {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let entries = entry::of_run(run);
        let gaps: Vec<_> = run.problems.iter().filter(|problem| problem.weight != Weight::Note).collect();
        let left_out = summary::skipped(run, true);
        let (failures, errors) = (entries.len(), gaps.len() + left_out.len());
        let tests = (failures + errors).max(1);
        let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"");
        let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"keyhound\" {counts}>\n");
        let _ = writeln!(text, "  <testsuite name=\"keyhound\" {counts}>");
        entries.iter().for_each(|entry| failure(&mut text, entry));
        for problem in gaps {
            let step = problem.next_step.as_ref().map(|step| format!("; {step}")).unwrap_or_default();
            error(&mut text, &problem.subject, &format!("{}{step}", problem.message));
        }
        left_out.iter().for_each(|what| error(&mut text, "not scanned", what));
        if failures + errors == 0 {
            text.push_str("    <testcase classname=\"keyhound\" name=\"no leaked keys\"/>\n");
        }
        let _ = writeln!(text, "    <system-out>{}</system-out>", escape(&summary::scanned(run).join(", ")));
        text.push_str("  </testsuite>\n</testsuites>\n");
        out.write_all(text.as_bytes())
    }
}

fn failure(text: &mut String, entry: &Entry<'_>) {
    let (rule, place) = (escape(entry.rule.spec.id), escape(&entry.place_name()));
    let what = format!("{} {}", entry.rule.spec.description, entry.finding.secret.redacted());
    let mut story = Vec::new();
    // Without its age, which is another one tomorrow.
    if let Some((_, commit)) = entry.introduced() {
        story.push(format!("since: {}, by {} in {}", when::day(commit.date), commit.author, commit.id));
    }
    story.extend(entry.other_places().map(|places| format!("also: {places}")));
    story.push(format!("why: {}", entry.why()));
    story.push(format!("next: {}", entry.next_step()));
    story.push(format!("id: {}", entry.finding.fingerprint));
    let story: Vec<String> = story.iter().map(|line| escape(line)).collect();
    let position = entry.main_place().map(|place| place.position.line).unwrap_or_default();
    let path = entry.main_place().and_then(|place| place.path.as_deref()).map(super::text::clean_bytes);
    let file = path.map(|path| format!(" file=\"{}\" line=\"{position}\"", escape(&path))).unwrap_or_default();
    let _ = write!(
        text,
        "    <testcase classname=\"{rule}\" name=\"{place}\"{file}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        entry.finding.severity,
        escape(&what),
        story.join("\n")
    );
}

fn error(text: &mut String, subject: &str, message: &str) {
    let (subject, message) = (escape(subject), escape(message));
    let _ = write!(
        text,
        "    <testcase classname=\"coverage\" name=\"{subject}\">\n      <error type=\"incomplete\" message=\"{message}\"/>\n    </testcase>\n"
    );
}
