//! GitLab's report of secret detection, which merge requests and the vulnerability report show. (Source: GitLab's
//! "Security report schemas", secret-detection-report-format.)
//!
//! The format demands times of the scan; both are the run's `now`, so that `--now` makes the same bytes.

use super::account::TOOL;
use super::human::entry::{self, Entry};
use super::json::inert;
use super::text::{clean, clean_bytes};
use super::{Reporter, Run, when};
use crate::finding::Severity;
use crate::problem::Weight;
use serde_json::{Value, json};
use std::io;

/// The format `gitlab`.
#[derive(Debug)]
pub(super) struct Gitlab;

/// The version of the format.
const VERSION: &str = "15.1.4";
/// What GitLab's own analyser writes where there is no commit.
const NO_COMMIT: &str = "0000000";

impl Reporter for Gitlab {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let tool = json!({
            "id": TOOL.name,
            "name": TOOL.name,
            "version": TOOL.version,
            "vendor": { "name": TOOL.name },
        });
        let time = when::rfc3339(run.now).trim_end_matches('Z').to_owned();
        let failed = run.problems.iter().any(|problem| problem.weight == Weight::Fatal);
        let messages: Vec<Value> = run
            .problems
            .iter()
            .map(|problem| {
                let level = match problem.weight {
                    Weight::Note => "info",
                    Weight::Incomplete => "warn",
                    Weight::Fatal => "fatal",
                };
                json!({ "level": level, "value": clean(&problem.to_string()) })
            })
            .collect();
        let report = json!({
            "version": VERSION,
            "scan": {
                "analyzer": tool,
                "scanner": tool,
                "type": "secret_detection",
                "start_time": time,
                "end_time": time,
                "status": if failed { "failure" } else { "success" },
                "messages": messages,
            },
            "vulnerabilities": entry::of_run(run).iter().map(vulnerability).collect::<Vec<_>>(),
        });
        writeln!(out, "{}", inert(&serde_json::to_string_pretty(&report)?))
    }
}

fn vulnerability(entry: &Entry<'_>) -> Value {
    let rule = entry.rule.spec.id;
    let place = entry.main_place();
    let position = place.map(|place| place.position).unwrap_or_default();
    let file = place.and_then(|place| place.path.as_deref()).map_or_else(|| clean(&entry.place_name()), clean_bytes);
    let commit = entry.introduced().map_or_else(
        || json!({ "sha": NO_COMMIT }),
        |(_, commit)| {
            json!({
                "sha": commit.id.to_string(),
                "author": clean(&commit.author),
                "date": when::rfc3339(commit.date),
                "message": clean(&commit.summary),
            })
        },
    );
    let severity = match entry.finding.severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    };
    let fingerprint = entry.finding.fingerprint.to_string();
    json!({
        // The same key in another place is another entry for GitLab.
        "id": format!("{fingerprint}-{file}-{}-{}", position.line, position.column),
        "name": entry.rule.spec.description,
        "description": clean(&format!("{} {}: {}", entry.rule.spec.description, entry.finding.secret.redacted(), entry.why())),
        "severity": severity,
        "solution": clean(&entry.next_step()),
        "location": {
            "file": file,
            "start_line": position.line.max(1),
            "end_line": position.end_line.max(1),
            "commit": commit,
        },
        "identifiers": [
            { "type": "keyhound_rule_id", "name": format!("keyhound rule id {rule}"), "value": rule },
            { "type": "keyhound_fingerprint", "name": format!("keyhound fingerprint {fingerprint}"), "value": fingerprint },
        ],
    })
}
