//! The checks on the key inventory: their names and what they tell a person.

use super::super::super::check::Check;
use super::super::audit;
use crate::finding::Severity::Low;

/// In the order of the documentation.
pub const CHECKS: &[Check] = &[
    audit(
        "lifecycle/inventory-invalid",
        Low,
        "the key inventory holds what cannot be understood",
        "An entry that cannot be read is an entry that nobody checks.",
        "write it as the head of keyhound-inventory.toml explains",
    ),
    audit(
        "lifecycle/inventory-missing-key",
        Low,
        "a key is used that the key inventory does not list",
        "Nobody is known to answer for it, so nobody rotates it.",
        "add it with 'keyhound inventory update', and name its owner",
    ),
    audit(
        "lifecycle/inventory-unused-entry",
        Low,
        "the key inventory lists a key that the repository does not name",
        "A key that nothing uses is a risk without a use, or the list is wrong.",
        "revoke the key and delete its entry, or say in 'used' where it is used",
    ),
    audit(
        "lifecycle/inventory-place-wrong",
        Low,
        "the key inventory names a place that does not use the key",
        "Who rotates the key will look for it there, and miss where it is.",
        "correct 'used'",
    ),
    audit(
        "lifecycle/no-owner-metadata",
        Low,
        "an entry of the key inventory has no owner",
        "A key that belongs to nobody is rotated by nobody, and survives its people.",
        "add an owner: a team rather than a person",
    ),
    audit(
        "expiry/inventory-no-expiry",
        Low,
        "an entry of the key inventory has no end",
        "A key without an end works until somebody remembers it.",
        "let the key expire at its provider, and note the day as 'expires'",
    ),
    audit(
        "rotation/policy-missing",
        Low,
        "keys are used and nothing says when they are rotated",
        "What nobody planned does not happen.",
        "keep a keyhound-inventory.toml, or set [rotation] in keyhound.toml",
    ),
];
