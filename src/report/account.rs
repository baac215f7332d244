//! The account of a run that every machine format carries: who scanned, what, with which outcome, and what was left
//! out. A part of the frozen record; see [`super::record`] for what that means.

use super::{Repository, Run, Shard};
use crate::coverage::{Coverage, Skip};
use crate::finding::Severity;
use serde::Serialize;
use std::collections::BTreeMap;

/// Who wrote the report.
#[derive(Debug, Clone, Serialize)]
pub struct ToolRecord {
    /// `keyhound`
    pub name: &'static str,
    /// The version of this crate.
    pub version: &'static str,
}

/// This program.
pub const TOOL: ToolRecord = ToolRecord { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// The account of the run: every finding by verdict and every input that was not looked at.
#[derive(Debug, Clone, Serialize)]
pub struct SummaryRecord {
    /// Always `summary`.
    pub kind: &'static str,
    /// Whether everything that was asked for was looked at.
    pub complete: bool,
    /// All findings, reported or not.
    pub findings: u64,
    /// How many findings have each verdict, those below the threshold included; every verdict is listed.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// How many reported findings have each severity; every severity is listed.
    pub severities: BTreeMap<&'static str, u64>,
    /// How many problems there are.
    pub problems: u64,
    /// What was looked at.
    pub coverage: CoverageRecord,
    /// The git repositories that were scanned.
    pub repositories: Vec<RepositoryRecord>,
    /// Which part of a larger run it is, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardRecord>,
}

/// A part of a run over many repositories; `keyhound merge` joins them.
#[derive(Debug, Clone, Serialize)]
pub struct ShardRecord {
    /// Which, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
    /// A hash of what all parts must share.
    pub made: String,
    /// The repositories of all parts; none where one repository is divided.
    pub units: Vec<String>,
    /// The command line, where the whole is to be made of pieces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// By repository, what this part found in its share of the histories, as keyhound keeps it for itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pieces: BTreeMap<String, serde_json::Value>,
}

/// What came of one repository in a run over many.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRecord {
    /// Whether everything in it was looked at.
    pub complete: bool,
    /// How many findings are reported.
    pub reported: u64,
    /// What was looked at.
    pub coverage: CoverageRecord,
}

/// What was looked at and what was not.
#[derive(Debug, Clone, Serialize)]
pub struct CoverageRecord {
    /// Files read from the file system, the index or standard input.
    pub files: u64,
    /// Bytes of those files.
    pub file_bytes: u64,
    /// Git blobs, each once.
    pub blobs: u64,
    /// Bytes of those blobs.
    pub blob_bytes: u64,
    /// Bytes of blobs that no earlier version held.
    pub fresh_bytes: u64,
    /// Commits whose messages were scanned.
    pub commits: u64,
    /// Annotated tags whose messages were scanned.
    pub tags: u64,
    /// Inputs that were not scanned, or not in full, by reason; reasons that did not occur are left out.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Those of `skipped` that make the run incomplete.
    pub gaps: u64,
}

/// A scanned repository.
#[derive(Debug, Clone, Serialize)]
pub struct RepositoryRecord {
    /// Its path as the person gave it.
    pub path: String,
    /// The commit of HEAD.
    pub head: Option<String>,
    /// The branch that HEAD is on.
    pub branch: Option<String>,
    /// URL of `origin`, without credentials.
    pub remote: Option<String>,
    /// What came of it, where a run is about many (`--repos`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountRecord>,
}

impl SummaryRecord {
    /// The account of `run`.
    pub fn of(run: &Run) -> Self {
        let mut verdicts: BTreeMap<_, u64> =
            ["report", "allowed_inline", "allowed_by_config", "baselined", "below_threshold"].map(|w| (w, 0)).into();
        let mut severities: BTreeMap<_, u64> = Severity::ALL.iter().map(|s| (s.word(), 0)).collect();
        for judged in &run.findings {
            *verdicts.entry(judged.verdict.word()).or_default() += 1;
        }
        *verdicts.entry("below_threshold").or_default() += run.below;
        for finding in run.reported() {
            *severities.entry(finding.severity.word()).or_default() += 1;
        }
        Self {
            kind: "summary",
            complete: run.complete(),
            findings: run.findings.len() as u64 + run.below,
            verdicts,
            severities,
            problems: run.problems.len() as u64,
            coverage: CoverageRecord::of(&run.coverage),
            repositories: run.repositories.iter().map(RepositoryRecord::of).collect(),
            shard: run.shard.clone().map(|Shard { part, of, made, units, words, pieces }| ShardRecord {
                part,
                of,
                made,
                units,
                words,
                pieces,
            }),
        }
    }
}

impl CoverageRecord {
    fn of(coverage: &Coverage) -> Self {
        let skipped = |gaps_only: bool| {
            Skip::ALL.iter().filter_map(move |why| {
                let n = coverage.skipped.get(why).copied().unwrap_or(0);
                (n > 0 && (why.is_gap() || !gaps_only)).then_some((why.key(), n))
            })
        };
        Self {
            files: coverage.files,
            file_bytes: coverage.file_bytes,
            blobs: coverage.blobs,
            blob_bytes: coverage.blob_bytes,
            fresh_bytes: coverage.fresh_bytes,
            commits: coverage.commits,
            tags: coverage.tags,
            skipped: skipped(false).collect(),
            gaps: skipped(true).map(|(_, n)| n).sum(),
        }
    }
}

impl RepositoryRecord {
    fn of(repository: &Repository) -> Self {
        Self {
            path: repository.path.clone(),
            head: repository.head.clone(),
            branch: repository.branch.clone(),
            remote: repository.remote.clone(),
            account: repository.account.as_ref().map(|account| AccountRecord {
                complete: account.complete,
                reported: account.reported,
                coverage: CoverageRecord::of(&account.coverage),
            }),
        }
    }
}
