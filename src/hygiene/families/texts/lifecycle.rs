//! The checks on the life of keys: their names and what they tell a person.

use super::super::super::check::Check;
use super::super::audit;
use crate::finding::Severity::{Critical, High, Low, Medium};

/// In the order of the documentation.
pub const CHECKS: &[Check] = &[
    audit(
        "lifecycle/key-age-exceeds-policy",
        Medium,
        "a key has been in use for longer than the policy allows",
        "The longer a key lives, the more copies of it exist and the longer a leaked one works.",
        "make a new key, switch to it, revoke the old one",
    ),
    audit(
        "lifecycle/partial-rotation",
        High,
        "a key was rotated in some places and not in others",
        "Either the old key still works, and the rotation achieved nothing, or it does not, and what uses it fails.",
        "switch every place to the new key, then revoke the old one",
    ),
    audit(
        "lifecycle/rotated-back",
        High,
        "a key that had been replaced is in use again",
        "It was replaced for a reason, and everyone who had it has it still.",
        "make a new key",
    ),
    audit(
        "lifecycle/old-key-still-in-history",
        High,
        "a key was removed from the files and is still in history",
        "Removing is not revoking: whoever has a clone has the key.",
        "revoke it where it was issued",
    ),
    audit(
        "lifecycle/leak-not-rotated",
        Critical,
        "a commit says that a key was removed, and it is still in use elsewhere",
        "The leak was noticed and half mended.",
        "replace the key everywhere, and revoke it",
    ),
    audit(
        "lifecycle/encrypted-secret-stale",
        Medium,
        "an encrypted secret has not changed for longer than the policy allows",
        "Encryption hides the value from readers of the repository; it does not make it younger.",
        "rotate the secret, and encrypt it again",
    ),
    audit(
        "lifecycle/unreferenced-key",
        Low,
        "a secret is defined and nothing reads it",
        "A key that nobody uses is noticed by nobody when it is misused.",
        "delete it, and revoke the key",
    ),
    audit(
        "lifecycle/undescriptive-name",
        Low,
        "a credential has a name that says nothing",
        "When it must be revoked, nobody knows what will fail.",
        "name it after what uses it",
    ),
    audit(
        "env/same-key-across-envs",
        High,
        "one key is used in several environments",
        "Whoever takes over the weakest of them has the others too.",
        "make a key for each environment",
    ),
    audit(
        "scope/key-shared-across-projects",
        Medium,
        "one key is used by several services",
        "It has the rights of all of them, and cannot be revoked for one alone.",
        "make a key for each service",
    ),
    audit(
        "storage/env-not-ignored",
        Medium,
        "an environment file is not ignored by git",
        "The next git add -A commits it.",
        "add .env to .gitignore",
    ),
    audit(
        "storage/env-file-tracked",
        Medium,
        "an environment file is tracked by git",
        "Its values are in every clone; ignoring it later does not take them out.",
        "git rm --cached it, ignore it, and replace what it holds",
    ),
    audit(
        "storage/sealed-secret-beside-plain",
        High,
        "a secret is there both sealed and in clear",
        "The seal protects nothing while the plain one is beside it.",
        "remove the plain one, and replace the secret",
    ),
    audit(
        "rotation/time-rotating-never-applied",
        Low,
        "nothing applies a time_rotating resource on a schedule",
        "It rotates only when Terraform runs; without a schedule that is when someone happens to run it.",
        "run terraform apply on a schedule",
    ),
];
