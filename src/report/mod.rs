//! Reports: each format is a pure function from a run to bytes.
//!
//! `human` is for a person at a terminal; `json`, `jsonl` and `sarif` are for programs and share [`record`], the frozen
//! shape of a finding. A new format is one file, one variant of [`Format`] and one golden file.

pub mod account;
mod annotations;
mod csv;
pub mod explain;
mod gitlab;
mod gitleaks;
mod html;
mod human;
pub mod inventory;
mod join;
mod json;
mod junit;
mod markdown;
mod markup;
mod places;
mod read;
pub mod record;
mod sarif;
mod style;
pub mod text;
pub mod when;

pub use annotations::{annotations, tame};
pub use human::{Blocked, Told, blocked, told};
pub use join::{adopt, join};
pub use read::{Read, read};
pub use style::Style;

use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::hygiene::inventory::Item;
use crate::policy::{Cover, Verdict};
use crate::problem::{Problem, Weight};
use crate::rule::{RuleSet, nearest};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

/// Everything a report may say about a run: judged findings, problems, coverage.
#[derive(Debug)]
pub struct Run {
    /// The rules that the findings' indices point into.
    pub rules: Arc<RuleSet>,
    /// All findings with their verdicts, in a stable order.
    pub findings: Vec<Judged>,
    /// Further findings below the threshold, of which only the number is known.
    pub below: u64,
    /// What went wrong without stopping the run, in a stable order.
    pub problems: Vec<Problem>,
    /// What was looked at and what was not.
    pub coverage: Coverage,
    /// The git repositories that were scanned.
    pub repositories: Vec<Repository>,
    /// Every key and reference to one, where an audit was asked for.
    pub inventory: Option<Vec<Item>>,
    /// Which part of a larger run it is, if it is one.
    pub shard: Option<Shard>,
    /// Whether secrets are shown in clear because the person asked for it.
    pub show_secrets: bool,
    /// One entry per location instead of one per key.
    pub each: bool,
    /// Whether the report of gitleaks counts columns as that program does, one too many after the first line.
    pub gitleaks_columns: bool,
    /// The time to which ages refer, in seconds since 1970 (UTC).
    pub now: i64,
    /// How long the run took; only reports for people may show it.
    pub elapsed: std::time::Duration,
}

impl Run {
    /// The findings that decide the exit code.
    pub fn reported(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|judged| judged.verdict.reports()).map(|judged| &judged.finding)
    }

    /// Whether everything that was asked for was looked at.
    pub fn complete(&self) -> bool {
        self.coverage.complete() && self.problems.iter().all(|problem| problem.weight == Weight::Note)
    }
}

/// A finding with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What policy says about it.
    pub verdict: Verdict,
    /// The repository that it was found in, where a run is about many.
    pub repository: Option<Arc<str>>,
    /// What covers each of its places, in their order, where an exception speaks of single ones.
    pub covers: Vec<Option<Cover>>,
}

/// A part of a run over many repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
    /// A hash of what all parts must share: version, rules, options.
    pub made: String,
    /// The repositories of all parts, in their order; none where one repository is divided.
    pub units: Vec<String>,
    /// The command line, where the whole is to be made of pieces.
    pub words: Vec<String>,
    /// By repository, what this part found in its share of the histories. No secret is in it.
    pub pieces: BTreeMap<String, serde_json::Value>,
}

/// What came of one repository in a run over many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Whether everything in it was looked at.
    pub complete: bool,
    /// How many findings are reported.
    pub reported: u64,
    /// What was looked at.
    pub coverage: Coverage,
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
    /// What came of it, where a run is about many.
    pub account: Option<Account>,
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

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// For a person in a terminal.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// JSON Lines: a record a line, the summary last.
    Jsonl,
    /// The JSON report of gitleaks.
    GitleaksJson,
    /// SARIF 2.1.0, for code scanning services and editors.
    Sarif,
    /// Markdown, for job summaries and comments.
    Markdown,
    /// One HTML file, for a browser.
    Html,
    /// CSV, for spreadsheets.
    Csv,
    /// JUnit XML, for the test results of CI systems.
    Junit,
    /// GitLab's report of secret detection.
    Gitlab,
}

impl Format {
    /// Every format, in the order of help.
    pub const ALL: &'static [Format] = &[
        Format::Human,
        Format::Json,
        Format::Jsonl,
        Format::GitleaksJson,
        Format::Sarif,
        Format::Html,
        Format::Markdown,
        Format::Csv,
        Format::Junit,
        Format::Gitlab,
    ];

    /// The word used in options.
    pub const fn word(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::GitleaksJson => "gitleaks-json",
            Format::Sarif => "sarif",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Csv => "csv",
            Format::Junit => "junit",
            Format::Gitlab => "gitlab",
        }
    }

    /// Whether `--show-secrets` may reach it: not those that are made to be uploaded to services or handed around.
    pub const fn may_show_secrets(self) -> bool {
        matches!(self, Format::Human | Format::Json | Format::Jsonl | Format::GitleaksJson | Format::Csv)
    }

    /// The format that a file's name suggests: `keys.sarif`, `keys.sarif.json`, `keys.jsonl`, `keys.json`, `keys.txt`.
    pub fn of_path(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let endings = [
            (".sarif", Format::Sarif),
            (".sarif.json", Format::Sarif),
            (".jsonl", Format::Jsonl),
            (".ndjson", Format::Jsonl),
            ("gl-secret-detection-report.json", Format::Gitlab),
            (".json", Format::Json),
            (".html", Format::Html),
            (".htm", Format::Html),
            (".md", Format::Markdown),
            (".csv", Format::Csv),
            (".xml", Format::Junit),
            (".txt", Format::Human),
        ];
        endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| format)
    }

    fn reporter(self, style: &Style) -> Box<dyn Reporter> {
        match self {
            Format::Human => Box::new(human::Human { style: *style }),
            Format::Json => Box::new(json::Json),
            Format::Jsonl => Box::new(json::JsonLines),
            Format::GitleaksJson => Box::new(gitleaks::GitleaksJson),
            Format::Sarif => Box::new(sarif::Sarif),
            Format::Markdown => Box::new(markdown::Markdown),
            Format::Html => Box::new(html::Html),
            Format::Csv => Box::new(csv::Csv),
            Format::Junit => Box::new(junit::Junit),
            Format::Gitlab => Box::new(gitlab::Gitlab),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        if let Some(format) = Self::ALL.iter().find(|format| format.word() == typed) {
            return Ok(*format);
        }
        let words: Vec<&str> = Self::ALL.iter().map(|format| format.word()).collect();
        Err(match nearest(typed, &words) {
            Some(near) => format!("'{typed}' is not a format; did you mean '{near}'?"),
            None => format!("'{typed}' is not a format; known are {}", words.join(", ")),
        })
    }
}

/// Writes the report of `run` in `format`. Only [`Format::Human`] looks at `style`.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn render(format: Format, run: &Run, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    format.reporter(style).render(run, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_by_its_word() {
        for format in Format::ALL {
            assert_eq!(format.word().parse(), Ok(*format));
        }
    }

    #[test]
    fn a_typo_gets_the_nearest_format() {
        let typo = "serif".parse::<Format>();
        assert_eq!(typo, Err("'serif' is not a format; did you mean 'sarif'?".to_owned()));
        assert!("xyz".parse::<Format>().is_err_and(|error| error.contains("human, json")));
    }

    #[test]
    fn file_names_suggest_formats() {
        assert_eq!(Format::of_path(Path::new("out/a.sarif.json")), Some(Format::Sarif));
        assert_eq!(Format::of_path(Path::new("a.JSONL")), Some(Format::Jsonl));
        assert_eq!(Format::of_path(Path::new("a.json")), Some(Format::Json));
        assert_eq!(Format::of_path(Path::new("sarif")), None);
    }
}
