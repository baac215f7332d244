//! What policy says about a finding, with the reason: the word that reports show and the summary counts.

use std::fmt;
use std::sync::Arc;

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

    /// Whether somebody said that it is no key.
    pub fn denies(&self) -> bool {
        matches!(self, Verdict::AllowedInline | Verdict::AllowedByConfig { .. })
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

/// Why one place of a finding needs no report, whatever its other places need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// Its line is marked `keyhound:allow`.
    Inline,
    /// An allow entry of the configuration matches it.
    Config {
        /// The reason that the entry gives.
        reason: Arc<str>,
    },
    /// The baseline holds the key.
    Baseline {
        /// The reason that the entry gives, if any.
        reason: Option<Arc<str>>,
    },
}

impl Cover {
    /// The verdict on that place alone, for reports with one entry a place.
    pub fn verdict(&self) -> Verdict {
        match self {
            Cover::Inline => Verdict::AllowedInline,
            Cover::Config { reason } => Verdict::AllowedByConfig { reason: reason.to_string() },
            Cover::Baseline { reason } => Verdict::Baselined { reason: reason.as_ref().map(ToString::to_string) },
        }
    }
}
