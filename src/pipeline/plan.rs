//! What a run is to do: the meaning of a command line, after its shape was checked and before anything is touched.

use crate::config::RuleChoice;
pub use crate::engine::Depths;
use crate::finding::{Confidence, Severity};
use crate::halt::Limits;
use crate::history::Piece;
use crate::online::Endpoint;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A whole run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where bytes come from.
    pub input: Input,
    /// How files are walked.
    pub files: Files,
    /// Which commits count.
    pub commits: Commits,
    /// Where the configuration comes from.
    pub config: ConfigFrom,
    /// Whether gitleaks' configuration is read as it does itself, its mistakes among them.
    pub gitleaks_strict: bool,
    /// Which rules run, and folders with more; wins over the configuration's.
    pub rules: RuleChoice,
    /// The file of known findings; wins over the configuration's.
    pub baseline: Option<PathBuf>,
    /// Whether a baseline that does not exist is an empty one: it is about to be made.
    pub may_lack_baseline: bool,
    /// Least severity to report; wins over the configuration's.
    pub severity: Option<Severity>,
    /// Least confidence to report; wins over the configuration's.
    pub confidence: Option<Confidence>,
    /// One entry per location instead of one per key.
    pub each: bool,
    /// Whether reports show secrets in clear.
    pub show_secrets: bool,
    /// The time to which ages and expiries refer, in seconds since 1970 (UTC); default: the clock's.
    pub now: Option<i64>,
    /// How many threads work; default: one a core.
    pub threads: Option<usize>,
    /// Which checks of key hygiene are made.
    pub audit: Checks,
    /// Whether what is unknown is shown, and what is little sure.
    pub pedantic: bool,
    /// What may end the run early.
    pub limits: Limits,
    /// Whether providers are asked about the keys that are found, and how they are reached.
    pub verify: Option<Online>,
    /// What others found in the histories, all shares of each.
    pub pieces: Option<Arc<Vec<Vec<Piece>>>>,
}

/// How providers are reached, where a person asked for it.
#[derive(Debug, Clone)]
pub struct Online {
    /// Providers whose requests go elsewhere.
    pub endpoints: Vec<Endpoint>,
    /// A file with further root certificates, in PEM.
    pub ca: Option<PathBuf>,
    /// Whether addresses of inner networks may be connected to.
    pub allow_internal: bool,
    /// For one request.
    pub timeout: Duration,
    /// The longest that is waited because a provider asks for it.
    pub most_wait: Duration,
    /// Only keys of these providers, and they decide where a format does not; none means all.
    pub providers: Vec<String>,
    /// Set when the person stops the run.
    pub stop: &'static AtomicBool,
}

/// Which keys a person means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picks {
    /// All that a scan of the plan's input reports.
    Reported,
    /// Those whose fingerprints begin so.
    Fingerprints(Vec<String>),
    /// Those that a report of keyhound reports.
    Report(PathBuf),
    /// Those on standard input.
    Lines,
}

pub use crate::hygiene::Checks;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Files and directories, and the histories of those that are repositories.
    Paths {
        /// As they were given.
        paths: Vec<PathBuf>,
        /// Which of the two.
        which: Which,
    },
    /// What the next commit of the repositories that hold these paths would add.
    Staged {
        /// As they were given.
        paths: Vec<PathBuf>,
        /// Files to read as they are, unless they are staged.
        also: Vec<PathBuf>,
    },
    /// Standard input.
    Stdin {
        /// The name under which reports show it.
        path: Option<PathBuf>,
    },
}

/// What is read of a path that is a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Its files; and its history, unless the configuration says no.
    Both,
    /// Its files only.
    Files,
    /// Its history only.
    History,
}

/// How files are walked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Whether files that `.gitignore` and the like name are read too.
    pub no_ignore: bool,
    /// Whether symbolic links are followed.
    pub follow: bool,
    /// Larger files and blobs are left out; wins over the configuration's.
    pub max_size: Option<u64>,
    /// How many encodings and archives within each other are opened.
    pub depths: Depths,
}

/// Which part of a history counts, and how it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commits {
    /// Revisions as `git log` takes them: `A..B` is what B adds to A.
    pub range: Option<String>,
    /// Only commits from then on.
    pub since: Option<Since>,
    /// Only what this branch reaches.
    pub branch: Option<String>,
    /// At most so many, newest first.
    pub max: Option<u64>,
    /// Whether to remember what was scanned, in the repository's git directory.
    pub cache: bool,
    /// Whether the histories of submodules are read too.
    pub submodules: bool,
    /// Whether every blob is scanned whole, for comparisons.
    pub whole_blobs: bool,
}

impl Commits {
    /// Whether only some of the commits count.
    pub fn are_chosen(&self) -> bool {
        self.range.is_some() || self.since.is_some() || self.branch.is_some() || self.max.is_some()
    }
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// In seconds since 1970 (UTC).
    At(i64),
    /// So long before now.
    Ago(jiff::SpanFieldwise),
}

impl Since {
    /// In seconds since 1970 (UTC), seen from `now`; the calendar is that of UTC.
    pub fn seconds(self, now: i64) -> i64 {
        match self {
            Since::At(time) => time,
            Since::Ago(span) => {
                let now = jiff::Timestamp::from_second(now).ok().map(|now| now.to_zoned(jiff::tz::TimeZone::UTC));
                // Before all time is everything.
                now.and_then(|now| now.checked_sub(span.0).ok()).map_or(i64::MIN, |then| then.timestamp().as_second())
            }
        }
    }
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConfigFrom {
    /// The nearest `keyhound.toml` upwards from what is scanned.
    #[default]
    Nearest,
    /// This file.
    File(PathBuf),
    /// None at all.
    Nowhere,
}

impl Plan {
    /// A scan of `paths` with every setting at its default.
    pub fn of_paths(paths: Vec<PathBuf>) -> Self {
        Self {
            input: Input::Paths { paths, which: Which::Both },
            files: Files::default(),
            commits: Commits::default(),
            config: ConfigFrom::Nearest,
            gitleaks_strict: false,
            rules: RuleChoice::default(),
            baseline: None,
            may_lack_baseline: false,
            severity: None,
            confidence: None,
            each: false,
            show_secrets: false,
            now: None,
            threads: None,
            audit: Checks::default(),
            pedantic: false,
            limits: Limits::default(),
            verify: None,
            pieces: None,
        }
    }

    /// How many threads work.
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1)
    }

    /// The first path that was given: its repository holds the objects that are read again.
    pub fn start(&self) -> &Path {
        self.paths().first().map_or(Path::new("."), PathBuf::as_path)
    }

    /// The providers that the person named.
    pub fn providers(&self) -> &[String] {
        self.verify.as_ref().map_or(&[], |online| &online.providers)
    }

    /// The paths that were given.
    pub fn paths(&self) -> &[PathBuf] {
        match &self.input {
            Input::Paths { paths, .. } | Input::Staged { paths, .. } => paths,
            Input::Stdin { .. } => &[],
        }
    }
}
