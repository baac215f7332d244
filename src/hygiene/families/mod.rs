//! The table of checks, by what they look at.

mod aws;
mod declared;
mod encrypted;
mod expiry;
mod exposure;
mod inventory;
mod kubernetes;
mod lifecycle;
mod lived;
mod pipelines;
mod printed;
mod requests;
mod rights;
mod shown;
mod stored;
mod terraform;
mod texts;
mod workflow;

pub use expiry::ENDS;
pub use exposure::PUBLIC;
pub use lifecycle::{is_now, path, tail};
pub use requests::{KEY_PARAMETERS, ONE_HEADER};

use super::check::{Check, Family};
use crate::finding::Severity;

/// Every family. A new one is a file here, a line in this table and fixtures under `fixtures/hygiene/<check>/`.
pub const FAMILIES: &[Family] = &[
    aws::FAMILY,
    aws::MODULE,
    terraform::FAMILY,
    kubernetes::FAMILY,
    expiry::FAMILY,
    exposure::FAMILY,
    shown::FAMILY,
    shown::AUDITED,
    shown::PUBLISHED,
    requests::FAMILY,
    rights::FAMILY,
    rights::USERS,
    stored::FAMILY,
    encrypted::FAMILY,
    encrypted::SOPS,
    workflow::FAMILY,
    pipelines::FAMILY,
    pipelines::GATES,
    lifecycle::FAMILY,
    lived::FAMILY,
    inventory::FAMILY,
];

/// A check that a scan makes too.
const fn certain(
    id: &'static str,
    severity: Severity,
    summary: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Check {
    Check { id, severity, certain: true, summary, why, fix }
}

/// A check that only an audit makes.
const fn audit(
    id: &'static str,
    severity: Severity,
    summary: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Check {
    Check { id, severity, certain: false, summary, why, fix }
}

/// Whether a period is longer than a limit; what is an hour over it is not worth a word.
fn exceeds(days: f64, limit: u32) -> bool {
    days > f64::from(limit) + 0.05
}
