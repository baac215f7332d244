//! The checks on what the history of a repository tells about its keys: their names and what they tell a person.

use super::super::super::check::Check;
use super::super::audit;
use crate::finding::Severity::{High, Low, Medium};

/// In the order of the documentation.
pub const CHECKS: &[Check] = &[
    audit(
        "lifecycle/key-never-rotated",
        Medium,
        "a key is the only one that its place ever had, for more than a year",
        "Nobody knows whether it can be replaced, for nobody ever did it.",
        "rotate it once while nothing burns, and write down how",
    ),
    audit(
        "lifecycle/rotation-history",
        Low,
        "a key is replaced, but less often than the policy asks",
        "Between two rotations a leaked copy works for longer than was agreed.",
        "rotate on a schedule, and not when someone thinks of it",
    ),
    audit(
        "lifecycle/tf-secret-version-stale",
        Medium,
        "what makes Terraform write a new secret has not changed for longer than the policy",
        "A version or a date that is raised by hand rotates only when someone raises it.",
        "raise it now, or feed it from time_rotating",
    ),
    audit(
        "lifecycle/policy-declared-not-met",
        Medium,
        "a document promises a period of rotation that a key exceeds",
        "Who reads the document believes it, auditors among them.",
        "rotate the key, or correct the document",
    ),
    audit(
        "lifecycle/rotation-config-newer-than-key",
        Low,
        "rotation was set up after its secret was written, and the written value is still there",
        "The value that stood in the repository is used until the first rotation has happened.",
        "rotate once now, and take the value out of the code",
    ),
    audit(
        "lifecycle/author-left",
        Low,
        "a key was brought in by someone who has made no commit for half a year",
        "Who left may still have the key, and nobody may know what it is for. Said with --pedantic only.",
        "find an owner for the key, and rotate it",
    ),
    audit(
        "lifecycle/undefined-reference",
        Low,
        "code reads a secret that the example of the environment does not name",
        "Whoever sets the program up learns of it when it fails, and asks others for their key.",
        "name it in the example file, without a value",
    ),
    audit(
        "lifecycle/suppression-stale",
        Low,
        "an exception for a secret scanner names a file that is gone",
        "Exceptions that nobody needs hide what comes to the same place later.",
        "remove the entry",
    ),
    audit(
        "storage/env-in-history",
        High,
        "an environment file with keys was removed, and its keys are still in history",
        "Ignoring the file now does not take it out of the clones that exist.",
        "revoke every key that it held",
    ),
];
