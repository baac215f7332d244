//! Judges findings: each gets a verdict with its reason; none is dropped.

use std::fmt;

/// What is to be done with a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Report it; it decides the exit code.
    Report,
    /// Every place of it is marked `keyhound:allow`.
    AllowedInline,
    /// An allowlist of the configuration covers it.
    AllowedByConfig {
        /// The reason that the entry gives.
        reason: String,
    },
    /// The baseline holds it.
    Baselined {
        /// The reason that the entry gives, if any.
        reason: Option<String>,
    },
    /// Its severity or confidence is below what was asked for.
    BelowThreshold {
        /// `confidence low is below medium`
        reason: String,
    },
}

impl Verdict {
    /// The word of machine formats and of the summary.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Report => "report",
            Verdict::AllowedInline => "allowed_inline",
            Verdict::AllowedByConfig { .. } => "allowed_by_config",
            Verdict::Baselined { .. } => "baselined",
            Verdict::BelowThreshold { .. } => "below_threshold",
        }
    }

    /// Whether it is to be reported.
    pub fn reports(&self) -> bool {
        matches!(self, Verdict::Report)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Report => f.write_str("reported"),
            Verdict::AllowedInline => f.write_str("allowed by a comment on its line"),
            Verdict::AllowedByConfig { reason } => write!(f, "allowed by configuration: {reason}"),
            Verdict::Baselined { reason: Some(reason) } => write!(f, "in the baseline: {reason}"),
            Verdict::Baselined { reason: None } => f.write_str("in the baseline"),
            Verdict::BelowThreshold { reason } => f.write_str(reason),
        }
    }
}
