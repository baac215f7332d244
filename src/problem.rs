//! A problem that did not stop the run: one more thing to report, never a reason to lose the rest.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that could not be looked at, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// What it is about: a path, an object id, a setting.
    pub subject: String,
    /// What happened, as a person would say it, without a secret.
    pub message: String,
    /// What to do about it, where something can be done.
    pub next_step: Option<String>,
    /// How much it weighs.
    pub weight: Weight,
}

/// What a problem means for the run's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Weight {
    /// Worth knowing; everything asked for was still looked at.
    Note,
    /// Something was not looked at: a run without findings is incomplete (exit 3).
    Incomplete,
    /// The input as a whole could not be read (exit 2).
    Fatal,
}

impl Problem {
    /// A remark that changes nothing about the run's completeness.
    pub fn note(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Weight::Note, subject, message)
    }

    /// Something was not looked at.
    pub fn incomplete(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Weight::Incomplete, subject, message)
    }

    /// The job could not be done.
    pub fn fatal(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Weight::Fatal, subject, message)
    }

    fn new(weight: Weight, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { subject: subject.into(), message: message.into(), next_step: None, weight }
    }

    /// The same problem with advice.
    #[must_use]
    pub fn with_next_step(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.message)?;
        match &self.next_step {
            Some(step) => write!(f, "; {step}"),
            None => Ok(()),
        }
    }
}
