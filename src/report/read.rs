//! Reads a JSON report back: to show it in another format, and to join several.
//!
//! The record holds no secret, so the findings that come of it know theirs only as reports show them. What a later
//! version added is passed over; another version of the shape is an error.

pub(super) mod wire;

use super::record::SCHEMA;
use super::{Account, Judged, Repository, Run, Shard};
use crate::coverage::{Coverage, Skip};
use crate::finding::{Asked, CommitInfo, Finding, Fingerprint, Liveness, Location, Place, Position, Secret, Wrap};
use crate::hygiene;
use crate::policy::Verdict;
use crate::problem::{Problem, Weight};
use crate::rule::{self, Provider, Rule, RuleSet, RuleSpec};
use data_encoding::BASE64;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A report that was read.
#[derive(Debug)]
pub struct Read {
    /// What it tells.
    pub run: Run,
}

/// Reads a report in the format `json` or `jsonl`. `now` is the time to which ages refer, in seconds since 1970 (UTC).
///
/// # Errors
///
/// A sentence: it is none of these, or of another version.
pub fn read(bytes: &[u8], now: i64) -> Result<Read, String> {
    let report = wire::Report::parse(bytes)?;
    if report.schema != SCHEMA {
        return Err(format!("its shape is version {}, and this keyhound reads version {SCHEMA}", report.schema));
    }
    let rules = rules(&report.findings)?;
    let mut findings = Vec::with_capacity(report.findings.len());
    for record in &report.findings {
        findings.push(judged(record, &rules)?);
    }
    let below = report.summary.verdicts.get("below_threshold").copied().unwrap_or(0);
    let summary = report.summary;
    let run = Run {
        rules: Arc::new(rules),
        findings,
        // They are told by their number alone.
        below,
        problems: report.problems.into_iter().map(problem).collect::<Result<_, _>>()?,
        coverage: coverage(&summary.coverage),
        repositories: summary.repositories.into_iter().map(repository).collect(),
        inventory: report
            .inventory
            .map(|keys| keys.into_iter().map(super::inventory::item).collect::<Result<_, _>>())
            .transpose()?,
        shard: summary.shard.map(|shard| Shard {
            part: shard.part,
            of: shard.of,
            made: shard.made,
            units: shard.units,
            words: shard.words,
            pieces: shard.pieces,
        }),
        show_secrets: false,
        gitleaks_columns: false,
        each: false,
        now,
        elapsed: Duration::ZERO,
    };
    Ok(Read { run })
}

/// The rules that the findings name: keyhound's own where they still say the same, else as far as the report tells.
fn rules(findings: &[wire::Finding]) -> Result<RuleSet, String> {
    let mut own: BTreeMap<&str, Rule> =
        rule::embedded().into_iter().chain(hygiene::rules()).map(|rule| (rule.spec.id, rule)).collect();
    let mut named: BTreeMap<&str, Option<&wire::Finding>> = BTreeMap::new();
    for finding in findings {
        named.insert(&finding.rule, Some(finding));
        for id in &finding.also {
            named.entry(id).or_insert(None);
        }
    }
    let mut all = Vec::new();
    for (id, finding) in named {
        let same = |rule: &Rule| finding.is_none_or(|finding| finding.description == rule.spec.description);
        match own.remove(id).filter(same) {
            Some(rule) => all.push(rule),
            None => all.push(unknown(id, finding)?),
        }
    }
    RuleSet::new(all)
}

/// A rule of somebody's own, of which only its name and words are known. They live as long as the program, like those
/// that are read from files.
fn unknown(id: &str, finding: Option<&wire::Finding>) -> Result<Rule, String> {
    let keep = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let provider = keep(finding.map_or("unknown", |finding| &finding.provider));
    let provider = Box::leak(Box::new(Provider { id: provider, name: provider, ..Provider::UNKNOWN }));
    let spec = Box::leak(Box::new(RuleSpec {
        id: keep(id),
        description: keep(finding.map_or("", |finding| &finding.description)),
        pattern: "^$",
        ..RuleSpec::EMPTY
    }));
    Rule::new(spec, provider)
}

fn judged(record: &wire::Finding, rules: &RuleSet) -> Result<Judged, String> {
    let find = |id: &str| rules.find(id).ok_or_else(|| format!("the rule '{id}' is nowhere described"));
    let rule = find(&record.rule)?;
    let fingerprint = Fingerprint::parse(&record.fingerprint).ok_or("a fingerprint is not of 32 hexadecimal digits")?;
    let secret = match &record.secret {
        None => Secret::new(b"", 0),
        Some(shown) if shown.ends_with('…') => Secret::as_shown(shown, record.secret_length),
        // Somebody asked for keys in clear; from here on they are redacted again.
        Some(plain) => Secret::new(plain.as_bytes(), rules.get(rule).public_prefix(plain.as_bytes())),
    };
    let finding = Finding {
        rule,
        also: record.also.iter().map(|id| find(id)).collect::<Result<_, _>>()?,
        secret,
        fingerprint,
        severity: record.severity.parse()?,
        confidence: record.confidence.parse()?,
        environment: record.environment.parse()?,
        reasons: record.reasons.iter().map(|reason| reason.clone().into()).collect(),
        locations: record.locations.iter().map(location).collect::<Result<_, _>>()?,
        blobs: record.blobs,
        asked: record.asked.as_ref().map(asked).transpose()?,
        subject: (record.provider == "hygiene").then(String::new),
    };
    let reason = record.verdict_reason.clone();
    let verdict = match record.verdict.as_str() {
        "report" => Verdict::Report,
        "allowed_inline" => Verdict::AllowedInline,
        "allowed_by_config" => Verdict::AllowedByConfig { reason: reason.unwrap_or_default() },
        "baselined" => Verdict::Baselined { reason },
        other => return Err(format!("the verdict '{other}' is not known")),
    };
    Ok(Judged { finding, verdict, repository: record.repository.as_deref().map(Arc::from), covers: Vec::new() })
}

fn asked(record: &wire::Asked) -> Result<Asked, String> {
    let liveness = match record.liveness.as_str() {
        "not_asked" => Liveness::NotAsked,
        "unknown" => Liveness::Unknown,
        "live" => Liveness::Live,
        "dead" => Liveness::Dead,
        other => return Err(format!("the liveness '{other}' is not known")),
    };
    Ok(Asked {
        key_id: record.key_id.clone(),
        permissions: record.permissions.clone(),
        expires: record.expires.clone(),
        owner: record.owner.clone(),
        ..Asked::plain(record.provider.clone().leak(), liveness, record.evidence.clone())
    })
}

fn location(record: &wire::Place) -> Result<Location, String> {
    let object = || record.object.ok_or("a place in a history names no object");
    let commit = |commit: &Option<wire::Commit>| commit.as_ref().map(commit_info).transpose();
    let (introduced, removed) = (commit(&record.commit)?, commit(&record.removed)?);
    let place = match record.place.as_str() {
        "file" => Place::File,
        "staged" => Place::Staged,
        "stdin" => Place::Stdin,
        "history" => Place::History { blob: object()?, introduced, removed },
        "commit_message" => Place::Message { object: object()?, commit: introduced },
        "tag_message" => Place::Message { object: object()?, commit: None },
        other => return Err(format!("the kind of place '{other}' is not known")),
    };
    let path = match (&record.path_base64, &record.path) {
        (Some(bytes), _) => Some(BASE64.decode(bytes.as_bytes()).map_err(|_| "a path is no base64")?),
        (None, path) => path.as_ref().map(|path| path.clone().into_bytes()),
    };
    let position = Position {
        line: record.line,
        column: record.column,
        end_line: record.end_line,
        end_column: record.end_column,
        offset: record.offset,
        length: record.length,
    };
    let member = record.member.as_ref().map(|member| member.clone().into_bytes());
    Ok(Location {
        in_head: record.in_head,
        reachable: record.reachable,
        refs: record.refs.clone(),
        wrap: Wrap { encodings: record.encodings.clone(), inner: None, member },
        ..Location::now(place, path, position, Vec::new())
    })
}

/// The report tells when a commit was authored; that has to stand for the time of the commit, too.
fn commit_info(record: &wire::Commit) -> Result<Arc<CommitInfo>, String> {
    let date = super::when::seconds(&record.date).ok_or_else(|| format!("'{}' is no time", record.date))?;
    let committed = record.committed.as_deref().and_then(super::when::seconds).unwrap_or(date);
    Ok(Arc::new(CommitInfo {
        committed,
        id: record.id,
        author: record.author.clone(),
        email: record.email.clone(),
        date,
        summary: record.summary.clone(),
    }))
}

fn problem(record: wire::Problem) -> Result<Problem, String> {
    let weight = match record.weight.as_str() {
        "note" => Weight::Note,
        "incomplete" => Weight::Incomplete,
        "fatal" => Weight::Fatal,
        other => return Err(format!("the weight '{other}' of a problem is not known")),
    };
    Ok(Problem { subject: record.subject, message: record.message, next_step: record.next_step, weight })
}

fn coverage(record: &wire::Coverage) -> Coverage {
    let skipped = Skip::ALL.into_iter().filter_map(|why| Some((why, *record.skipped.get(why.key())?))).collect();
    Coverage {
        files: record.files,
        file_bytes: record.file_bytes,
        blobs: record.blobs,
        blob_bytes: record.blob_bytes,
        fresh_bytes: record.fresh_bytes,
        commits: record.commits,
        tags: record.tags,
        skipped,
    }
}

fn repository(record: wire::Repository) -> Repository {
    let account = record.account.map(|account| Account {
        complete: account.complete,
        reported: account.reported,
        coverage: coverage(&account.coverage),
    });
    Repository { path: record.path, head: record.head, branch: record.branch, remote: record.remote, account }
}

/// Whether bytes look like a report at all, for a kinder error.
pub(super) fn looks_like_sarif(value: &Value) -> bool {
    value.get("runs").is_some()
}
