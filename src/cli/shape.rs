//! What can be typed: groups of options that subcommands share, each under the task that it serves.

use super::meaning::{lasting, memory, report, since, time, word};
use super::output::{Color, Target};
use crate::config::{Selector, parse_size};
use crate::finding::{Confidence, Severity};
use crate::pipeline::plan::Since;
use crate::report::Format;
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Which files are read, and whether histories are.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to scan")]
pub struct What {
    /// Files, directories and repositories; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Scan the histories of repositories, not their files
    #[arg(long, conflicts_with = "no_history")]
    pub history_only: bool,
    /// Scan files only
    #[arg(long)]
    pub no_history: bool,
    /// Scan files that .gitignore and .ignore name, too
    #[arg(long)]
    pub no_ignore: bool,
    /// Follow symbolic links
    #[arg(long)]
    pub follow: bool,
    /// Leave out files and blobs that are larger, like 500MB or 64KiB [default: none]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_file_size: Option<u64>,
    /// Undo so many encodings within each other (base64, hex, gzip, escapes); 0 decodes nothing
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=16))]
    pub max_decode_depth: u8,
    /// Open archives (zip, jar, tar, gz, 7z …) in archives so deep; 0 opens none
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=16))]
    pub max_archive_depth: u8,
    /// Scan the histories of submodules, and of theirs, too
    #[arg(long)]
    pub submodules: bool,
}

/// Inputs that stand instead of paths.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to scan")]
pub struct Instead {
    /// Scan what the next commit would add: the index against HEAD
    #[arg(long, conflicts_with_all = ["history_only", "no_history", "stdin", "range", "since", "branch", "max_commits"])]
    pub staged: bool,
    /// Scan standard input
    #[arg(long, conflicts_with_all = ["paths", "history_only", "no_history", "range", "since", "branch", "max_commits"])]
    pub stdin: bool,
    /// Show standard input under this name
    #[arg(long, value_name = "PATH", conflicts_with_all = ["paths", "staged"])]
    pub stdin_path: Option<PathBuf>,
}

/// Many repositories.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to scan")]
pub struct Many {
    /// Scan all repositories in this folder, or those that this file lists, one a line (`-`: standard input), each with its
    /// own configuration and baseline, into one report
    #[arg(long, value_name = "FILE|DIR", conflicts_with_all = ["paths", "staged", "stdin", "stdin_path", "verify"])]
    pub repos: Option<PathBuf>,
    /// Take the K-th of N parts of the work: of many repositories, and of the history of one; `keyhound merge` joins the
    /// reports
    #[arg(long, value_name = "K/N", value_parser = super::meaning::shard, conflicts_with_all = ["show_secrets", "staged", "stdin", "stdin_path", "verify", "cache"])]
    pub shard: Option<(u32, u32)>,
    /// Every part takes a share of repositories whose packs are larger than this
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "256MB", requires = "shard", hide = true)]
    pub divide_above: u64,
    /// Keep the reports of finished repositories in this folder, and take up from there what did not change
    #[arg(long, value_name = "DIR", requires = "repos", conflicts_with_all = ["show_secrets", "each"])]
    pub work: Option<PathBuf>,
}

/// Which commits count. Each option narrows the scan to these commits: files of the worktree are then not read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which commits")]
pub struct Which {
    /// Scan what commits add: A..B as `git log` takes it, also A...B, B (all that it reaches), B^! and several with spaces;
    /// forty zeros for A stand for a new branch. Reads histories only, like all options below
    #[arg(long, value_name = "A..B", conflicts_with_all = ["no_history", "submodules"])]
    pub range: Option<String>,
    /// Scan commits since a date (2024-05-01), a time (2024-05-01T12:00:00Z) or a while ago (2w, 30 days ago), of all branches
    #[arg(long, value_name = "DATE", value_parser = since, conflicts_with = "no_history")]
    pub since: Option<Since>,
    /// Scan what this branch or tag reaches
    #[arg(long, value_name = "NAME", conflicts_with_all = ["no_history", "submodules"])]
    pub branch: Option<String>,
    /// Scan at most so many commits, newest first, of all branches unless one is named
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "no_history")]
    pub max_commits: Option<u64>,
}

/// Rules and exceptions.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules and exceptions")]
pub struct Judging {
    #[command(flatten)]
    pub rules: Rules,
    /// Known findings that are not reported
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Report findings of this severity and above [default: low]
    #[arg(long, value_name = "LEVEL", value_parser = word::<Severity>(Severity::ALL.iter().map(|s| s.word())))]
    pub severity: Option<Severity>,
    /// Report findings of this confidence and above [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = word::<Confidence>(Confidence::ALL.iter().map(|c| c.word())))]
    pub confidence: Option<Confidence>,
    #[command(flatten)]
    pub checking: Checking,
}

/// Checks of key hygiene.
#[derive(Debug, Args)]
#[command(next_help_heading = "Key hygiene")]
pub struct Checking {
    /// Make no checks of key hygiene; without this, those that need one file and are certain are made
    #[arg(long)]
    pub no_audit: bool,
    /// Make every check of key hygiene, as `keyhound audit` does
    #[arg(long, conflicts_with = "no_audit")]
    pub all_checks: bool,
    /// Show settings whose value only a program knows, and findings of low confidence
    #[arg(long, conflicts_with_all = ["no_audit", "confidence"])]
    pub pedantic: bool,
}

/// How files of gitleaks are read where that program does what nobody means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compat {
    /// As they are meant.
    Sane,
    /// As gitleaks reads them.
    Strict,
}

impl Compat {
    /// The words of the option.
    pub const WORDS: [&'static str; 2] = ["sane", "strict"];
}

impl FromStr for Compat {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "sane" => Ok(Compat::Sane),
            "strict" => Ok(Compat::Strict),
            other => Err(format!("'{other}' is not one of {}", Compat::WORDS.join(", "))),
        }
    }
}

/// Where rules come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules and exceptions")]
pub struct Rules {
    /// Use this configuration, of keyhound or gitleaks [default: the nearest keyhound.toml upwards, else .gitleaks.toml]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no configuration
    #[arg(long)]
    pub no_config: bool,
    /// Use the rules in this folder, too; can be given several times
    #[arg(long = "rules", value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Read configurations of gitleaks with its mistakes, too
    #[arg(long, value_name = "HOW", default_value = "sane", value_parser = word::<Compat>(Compat::WORDS.into_iter()))]
    pub gitleaks_compat: Compat,
    /// Run only these rules: an id, provider:…, tag:… or severity:…; like the next two, separated by commas or given
    /// several times
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub only: Vec<Selector>,
    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub disable: Vec<Selector>,
    /// Run these rules although something else switches them off
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub enable: Vec<Selector>,
}

/// What is reported, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub struct Reports {
    /// Format of the report [default: what the name of --output says, else human]
    #[arg(long, short, value_name = "FORMAT", value_parser = word::<Format>(Format::ALL.iter().map(|f| f.word())))]
    pub format: Option<Format>,
    /// Write the report to this file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write one more report; can be given several times
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub more: Vec<Target>,
    /// Report every place as an entry of its own, not every key
    #[arg(long)]
    pub each: bool,
    /// Show keys in clear
    #[arg(long)]
    pub show_secrets: bool,
    /// Whether the report for people has colours; auto: on a terminal, as NO_COLOR and CLICOLOR_FORCE say
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = word::<Color>(Color::WORDS.into_iter()))]
    pub color: Color,
    /// Exit with this code when there are findings [default: 1]
    #[arg(long, value_name = "N")]
    pub exit_code: Option<u8>,
}

/// How the run goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "The run")]
pub struct Running {
    /// Say nothing on standard error but errors, and nothing at all when there is nothing to report
    #[arg(long, short)]
    pub quiet: bool,
    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,
    /// Use so many threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Time to which ages and expiries refer, as a date or time [default: now]
    #[arg(long, value_name = "DATE", value_parser = time)]
    pub now: Option<i64>,
    /// End the run when it has taken so long, in seconds or like 10m; what was found until then is reported
    #[arg(long, value_name = "TIME", value_parser = lasting)]
    pub timeout: Option<Duration>,
    /// End the run when it holds more memory, like 2GB; what was found until then is reported
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub max_memory: Option<u64>,
    /// Remember in the git directory what was scanned, so that the next scan reads only what is new
    #[arg(long)]
    pub cache: bool,
    /// Scan every blob whole, for comparisons
    #[arg(long, hide = true)]
    pub whole_blobs: bool,
}
