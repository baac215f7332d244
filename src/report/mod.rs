//! Reports: each format is a pure function from a run to bytes.

use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::policy::Verdict;
use crate::problem::Problem;
use crate::rule::RuleSet;
use std::io;
use std::sync::Arc;

/// Everything a report may say about a run: judged findings, problems, coverage.
#[derive(Debug)]
pub struct Run {
    /// The rules that the findings' indices point into.
    pub rules: Arc<RuleSet>,
    /// All findings with their verdicts, in a stable order.
    pub findings: Vec<Judged>,
    /// What went wrong without stopping the run, in a stable order.
    pub problems: Vec<Problem>,
    /// What was looked at and what was not.
    pub coverage: Coverage,
    /// The git repositories that were scanned.
    pub repositories: Vec<Repository>,
    /// Whether secrets are shown in clear because the person asked for it.
    pub show_secrets: bool,
    /// One entry per location instead of one per key.
    pub each: bool,
    /// The time to which ages refer, in seconds since 1970 (UTC).
    pub now: i64,
    /// How long the run took; only reports for people may show it.
    pub elapsed: std::time::Duration,
}

/// A finding with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What policy says about it.
    pub verdict: Verdict,
}

/// A scanned git repository, as far as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Its path as the person gave it.
    pub path: String,
    /// The commit of HEAD, in hexadecimal.
    pub head: Option<String>,
    /// The branch that HEAD is on.
    pub branch: Option<String>,
    /// URL of the remote `origin`, without credentials.
    pub remote: Option<String>,
}

/// Renders a run.
pub trait Reporter {
    /// Writes the whole report.
    ///
    /// # Errors
    ///
    /// Whatever `out` fails with.
    fn render(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()>;
}
