//! Every exit code and what decides it, in one place.

use crate::coverage::Coverage;
use crate::problem::{Problem, Weight};

/// How a run ends, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Looked at everything, nothing to report.
    Clean,
    /// Findings at or above the threshold. `--exit-code` replaces the number.
    Findings,
    /// Could not do the job: usage, configuration, not a repository, unreadable input.
    Failed,
    /// No findings, but something was not looked at.
    Incomplete,
}

impl Exit {
    /// Every exit, for tables in help and documentation.
    pub const ALL: [Exit; 4] = [Exit::Clean, Exit::Findings, Exit::Failed, Exit::Incomplete];

    /// The number given to the shell.
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
            Exit::Incomplete => 3,
        }
    }

    /// What it means, for help and documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Clean => "looked at everything, nothing to report",
            Exit::Findings => "findings at or above the threshold",
            Exit::Failed => "could not do the job: usage, bad configuration, not a repository, unreadable input",
            Exit::Incomplete => {
                "no findings, but something was not looked at: shallow history, a skipped or unreadable object"
            }
        }
    }

    /// Decides the exit of a run from what it reports. Findings outrank gaps, and a job that failed outranks both.
    pub fn of_run(reported: usize, problems: &[Problem], coverage: &Coverage) -> Exit {
        if problems.iter().any(|p| p.weight == Weight::Fatal) {
            Exit::Failed
        } else if reported > 0 {
            Exit::Findings
        } else if !coverage.complete() || problems.iter().any(|p| p.weight == Weight::Incomplete) {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }
}
