//! One key in one input, before the parts of a run are put together.

use super::{Confidence, Location, Reason, RuleIx, Secret};

/// What a source or the history contributes to a finding: parts with the same rule and secret become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The rule that found it.
    pub rule: RuleIx,
    /// The key.
    pub secret: Secret,
    /// How sure the proof stage is.
    pub confidence: Confidence,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The places that this input contributes.
    pub locations: Vec<Location>,
    /// How many distinct git blobs hold it.
    pub blobs: u64,
}
