//! Judges findings: each gets a verdict with its reason; none is dropped.
//!
//! Three kinds of exception exist: a comment on the line, an allow entry of the configuration, and a line of the
//! baseline. [`Policy`] holds them with the thresholds, and [`Policy::judge`] is the one place that orders them.

mod allow;
mod baseline;
mod expiry;
pub mod gitleaks;
mod judge;
mod paths;
mod remarks;
#[cfg(test)]
mod testing;
mod verdict;

pub use allow::Allow;
pub use baseline::{Baseline, BaselineError, Created, Difference, Entry, Pruned};
pub use expiry::Expiry;
pub use judge::{Judgement, Policy};
pub use paths::{Folders, PathSet, bytes_regex};
pub use verdict::{Cover, Verdict};
