//! SARIF 2.1.0, for code scanning services and editors.
//!
//! A result is a reported finding; one that is allowed or in the baseline is a result with `suppressions`; one below
//! the threshold is only counted, in the run's properties. SARIF is made to be uploaded, so keys are redacted in it
//! even with `--show-secrets`.

mod place;
mod rules;

use super::account::{SummaryRecord, TOOL};
use super::json::inert;
use super::places::{foremost, last_removal, others};
use super::record::{AskedRecord, CommitRecord, is_listed, verdict_reason};
use super::text::{count, thousands};
use super::{Judged, Reporter, Repository, Run};
use crate::coverage::Skip;
use crate::finding::{Liveness, Location, RuleIx, Severity};
use crate::policy::Verdict;
use crate::problem::{Problem, Weight};
use serde_json::{Value, json};
use serde_sarif::sarif;
use std::collections::BTreeMap;
use std::io;

/// The schema that the tests validate against.
const SCHEMA_URL: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The key of our fingerprint; its number rises if fingerprints are ever computed in another way.
const FINGERPRINT: &str = "keyhound/v1";

/// The format `sarif`.
#[derive(Debug)]
pub(super) struct Sarif;

impl Reporter for Sarif {
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let log = sarif::Sarif {
            schema: Some(SCHEMA_URL.to_owned()),
            version: json!("2.1.0"),
            runs: vec![run_of(run)],
            inline_external_properties: None,
            properties: None,
        };
        writeln!(out, "{}", inert(&serde_json::to_string_pretty(&log)?))
    }
}

fn run_of(run: &Run) -> sarif::Run {
    let listed: Vec<&Judged> = run.findings.iter().filter(|judged| is_listed(&judged.verdict)).collect();
    // Results refer to rules by index; only rules that have results are listed, in the order of the rule set.
    let mut indices: BTreeMap<RuleIx, i64> = listed.iter().map(|judged| (judged.finding.rule, 0)).collect();
    for (position, index) in indices.values_mut().enumerate() {
        *index = position as i64;
    }
    // The standard wants suppressions on all results of a run or on none.
    let any_suppressed = listed.iter().any(|judged| !judged.verdict.reports());
    let results = listed.iter().flat_map(|judged| {
        let index = indices.get(&judged.finding.rule).copied().unwrap_or(-1);
        let locations = judged.finding.locations.as_slice();
        let parts: Vec<&[Location]> =
            if run.each && !locations.is_empty() { locations.chunks(1).collect() } else { vec![locations] };
        parts.into_iter().map(move |places| result_of(run, judged, places, index, any_suppressed))
    });
    let driver = sarif::ToolComponent {
        version: Some(TOOL.version.to_owned()),
        semantic_version: Some(TOOL.version.to_owned()),
        rules: Some(indices.keys().map(|ix| rules::descriptor(run.rules.get(*ix))).collect()),
        ..sarif::ToolComponent::builder().name(TOOL.name).build()
    };
    sarif::Run {
        results: Some(results.collect()),
        column_kind: Some(json!("unicodeCodePoints")),
        redaction_tokens: Some(vec!["…".to_owned()]),
        version_control_provenance: (!run.repositories.is_empty())
            .then(|| run.repositories.iter().map(provenance).collect()),
        invocations: Some(vec![invocation(run)]),
        properties: Some(bag([("summary", json!(SummaryRecord::of(run)))])),
        ..sarif::Run::builder().tool(sarif::Tool::builder().driver(driver).build()).build()
    }
}

fn result_of(run: &Run, judged: &Judged, places: &[Location], index: i64, any_suppressed: bool) -> sarif::Result {
    let finding = &judged.finding;
    let rule = run.rules.get(finding.rule);
    let commit = places.iter().find_map(Location::commit).map(|commit| CommitRecord::of(commit));
    let main = foremost(places);
    let related: Vec<&Location> = main.map(|main| others(places, main).collect()).unwrap_or_default();
    let mut properties = properties(run, judged, places, commit);
    if let Some(asked) = &finding.asked {
        properties.additional_properties.insert("asked".to_owned(), json!(AskedRecord::of(asked)));
    }
    sarif::Result {
        rule_id: Some(rule.spec.id.to_owned()),
        rule_index: Some(index),
        level: Some(level_of(finding.severity)),
        locations: Some(vec![match main {
            Some(place) => place::location(place),
            None => place::nowhere(),
        }]),
        related_locations: (!related.is_empty()).then(|| {
            let numbered = related.iter().enumerate();
            numbered
                .map(|(i, place)| sarif::Location {
                    id: Some(i as i64 + 1),
                    message: Some(text("Another place that holds the same key.")),
                    ..place::location(place)
                })
                .collect()
        }),
        partial_fingerprints: Some([(FINGERPRINT.to_owned(), finding.fingerprint.to_string())].into()),
        suppressions: any_suppressed.then(|| suppression(&judged.verdict).into_iter().collect()),
        properties: Some(properties),
        ..sarif::Result::builder().message(text(&message_of(run, judged, places))).build()
    }
}

/// What SARIF has no place of its own for.
fn properties(run: &Run, judged: &Judged, places: &[Location], commit: Option<CommitRecord>) -> sarif::PropertyBag {
    let finding = &judged.finding;
    let rule = run.rules.get(finding.rule);
    bag([
        ("provider", json!(rule.provider.id)),
        ("severity", json!(finding.severity)),
        ("confidence", json!(finding.confidence)),
        ("environment", json!(finding.environment)),
        ("reasons", json!(finding.reasons)),
        ("secret_length", json!(finding.secret.len())),
        ("blobs", json!(finding.blobs)),
        ("verdict", json!(judged.verdict.word())),
        ("commit", json!(commit)),
        ("removed", json!(last_removal(places).map(CommitRecord::of))),
        ("in_head", json!(places.iter().any(|place| place.in_head))),
        ("reachable", json!(places.iter().any(|place| place.reachable))),
    ])
}

/// What a code scanning page shows beside the line.
fn message_of(run: &Run, judged: &Judged, places: &[Location]) -> String {
    let finding = &judged.finding;
    let mut message = run.rules.get(finding.rule).spec.description.to_owned();
    if !finding.secret.is_empty() {
        message.push_str(&format!(" {} ({})", finding.secret, count(finding.secret.len() as u64, "byte", "bytes")));
    }
    if let Some(commit) = places.iter().find_map(Location::commit) {
        let date = super::when::day(commit.date);
        message.push_str(&format!(", committed in {} on {date}", commit.id.short(8)));
    }
    if let Some(removal) = last_removal(places) {
        let date = super::when::day(removal.date);
        message.push_str(&format!(", removed in {} on {date} but still in history", removal.id.short(8)));
    }
    match finding.asked.as_ref().map(|asked| asked.liveness) {
        Some(Liveness::Live) => message.push_str(", alive according to its provider"),
        Some(Liveness::Dead) => message.push_str(", dead according to its provider"),
        _ => {}
    }
    match places.len().saturating_sub(1) as u64 {
        0 => message.push('.'),
        more => message.push_str(&format!(", and in {}.", count(more, "more place", "more places"))),
    }
    message
}

fn level_of(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::Critical | Severity::High => sarif::ResultLevel::Error,
        Severity::Medium => sarif::ResultLevel::Warning,
        Severity::Low => sarif::ResultLevel::Note,
    }
}

/// The suppression that a verdict amounts to; none for a reported finding.
fn suppression(verdict: &Verdict) -> Option<sarif::Suppression> {
    let kind = match verdict {
        Verdict::Report => return None,
        Verdict::AllowedInline => "inSource",
        Verdict::AllowedByConfig { .. } | Verdict::Baselined { .. } | Verdict::BelowThreshold { .. } => "external",
    };
    Some(sarif::Suppression {
        kind: json!(kind),
        status: Some(json!("accepted")),
        justification: Some(verdict_reason(verdict).unwrap_or_else(|| verdict.to_string())),
        guid: None,
        location: None,
        properties: None,
    })
}

fn provenance(repository: &Repository) -> sarif::VersionControlDetails {
    let uri = match &repository.remote {
        Some(remote) => place::remote_uri(remote),
        None => place::directory_uri(repository.path.as_bytes()),
    };
    sarif::VersionControlDetails {
        revision_id: repository.head.clone(),
        branch: repository.branch.clone(),
        ..sarif::VersionControlDetails::builder().repository_uri(uri).build()
    }
}

/// How the run went: it was successful unless the job could not be done; gaps and problems are notifications.
fn invocation(run: &Run) -> sarif::Invocation {
    let problems = run.problems.iter().map(|problem| {
        let level = match problem.weight {
            Weight::Note => "note",
            Weight::Incomplete => "warning",
            Weight::Fatal => "error",
        };
        notification(level, &Problem::to_string(problem))
    });
    let gaps = Skip::ALL.iter().filter(|why| why.is_gap()).filter_map(|why| {
        let n = run.coverage.skipped.get(why).filter(|n| **n > 0)?;
        Some(notification("warning", &format!("not scanned: {} {}", thousands(*n), why.words())))
    });
    let notifications: Vec<_> = problems.chain(gaps).collect();
    let successful = run.problems.iter().all(|problem| problem.weight != Weight::Fatal);
    sarif::Invocation {
        tool_execution_notifications: (!notifications.is_empty()).then_some(notifications),
        ..sarif::Invocation::builder().execution_successful(successful).build()
    }
}

fn notification(level: &str, message: &str) -> sarif::Notification {
    sarif::Notification { level: Some(json!(level)), ..sarif::Notification::builder().message(text(message)).build() }
}

/// A plain-text message. In SARIF's plain text braces hold placeholders and brackets make links, so both are escaped.
fn text(plain: &str) -> sarif::Message {
    let escaped =
        plain.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace('{', "{{").replace('}', "}}");
    sarif::Message { text: Some(escaped), ..Default::default() }
}

fn bag<const N: usize>(properties: [(&str, Value); N]) -> sarif::PropertyBag {
    let additional_properties = properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    sarif::PropertyBag { tags: None, additional_properties }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_escaped_as_the_standard_asks() {
        assert_eq!(text("a[b] {0} \\").text.as_deref(), Some("a\\[b\\] {{0}} \\\\"));
    }

    #[test]
    fn each_way_to_allow_has_its_kind() {
        assert!(suppression(&Verdict::Report).is_none());
        let inline = suppression(&Verdict::AllowedInline).map(|s| s.kind);
        assert_eq!(inline, Some(json!("inSource")));
        let baselined = suppression(&Verdict::Baselined { reason: None });
        assert_eq!(baselined.as_ref().map(|s| &s.kind), Some(&json!("external")));
        assert_eq!(baselined.and_then(|s| s.justification).as_deref(), Some("in the baseline"));
    }
}
