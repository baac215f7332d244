//! The checks on where secrets are kept: their names and what they tell a person.

use super::super::super::check::Check;
use super::super::{audit, certain};
use crate::finding::Severity::{Critical, High, Low, Medium};

const CLEAR: &str = "Whoever can read the repository has the secret, now and in every clone that was ever made.";

/// In the order of the documentation.
pub const CHECKS: &[Check] = &[
    certain(
        "storage/iac-secret-literal",
        High,
        "infrastructure code holds the value of a secret",
        CLEAR,
        "generate it, or pass it in as a sensitive variable",
    ),
    audit(
        "storage/tf-variable-not-sensitive",
        Medium,
        "a variable or output for a secret is not marked as sensitive",
        "Its value is printed in plans and logs.",
        "set sensitive = true",
    ),
    certain(
        "storage/ssm-plain-string",
        High,
        "a parameter for a secret is a plain String",
        "Parameters of type String are stored without encryption and shown to whoever may list them.",
        "use type SecureString",
    ),
    certain(
        "storage/provider-block-credential",
        Critical,
        "the credentials of a Terraform provider are literals",
        CLEAR,
        "take them from the environment or a role",
    ),
    certain(
        "storage/tfvars-literal",
        High,
        "a file of variable values holds a secret",
        CLEAR,
        "pass it through TF_VAR_… from a store",
    ),
    certain(
        "storage/serverless-env",
        High,
        "the environment of a function or task holds a secret",
        "Everyone who may look at the configuration of the function reads it.",
        "refer to a secret of the store",
    ),
    certain(
        "storage/user-data",
        High,
        "the start script of a machine holds a secret",
        "User data is readable from the machine and in the console for as long as the machine exists.",
        "let the machine fetch it with its role",
    ),
    audit(
        "storage/tf-secret-in-state",
        Low,
        "a generated secret is kept in the state file",
        "Whoever can read the state has the secret in clear.",
        "use a write-only argument or an ephemeral resource",
    ),
    certain(
        "storage/dockerfile-arg-env",
        High,
        "a Dockerfile sets a secret with ARG or ENV",
        "Every layer and docker history show it to whoever can pull the image.",
        "use RUN --mount=type=secret, and pass it at run time",
    ),
    certain(
        "storage/dockerfile-copy-secret-file",
        High,
        "a Dockerfile copies a file of secrets into the image",
        "Whoever can pull the image has the file, even if a later layer deletes it.",
        "mount it with RUN --mount=type=secret",
    ),
    certain(
        "storage/dockerfile-run-secret",
        High,
        "a build step writes a secret into a layer",
        "The command and what it writes stay in the image.",
        "use RUN --mount=type=secret",
    ),
    certain(
        "storage/compose-literal",
        High,
        "a compose file holds a secret",
        CLEAR,
        "use secrets: or an env_file that is not tracked",
    ),
    certain(
        "storage/shell-export-literal",
        High,
        "a tracked script exports a secret",
        CLEAR,
        "read it from a store, or from a file that is not tracked",
    ),
    certain(
        "storage/package-manager-config",
        High,
        "the configuration of a package manager or client holds a token",
        CLEAR,
        "refer to an environment variable",
    ),
    certain(
        "storage/ide-config",
        High,
        "the configuration of an editor or agent holds a secret",
        "Such files are shared between people and read by extensions.",
        "refer to an environment variable or an input",
    ),
    certain(
        "storage/tfstate-committed",
        Critical,
        "a state file of Terraform is in the repository",
        "State holds every generated password and key in clear.",
        "use a remote backend, remove the file, and replace what it holds",
    ),
    certain(
        "storage/pulumi-config-plaintext",
        High,
        "a secret of a Pulumi stack is stored in clear",
        CLEAR,
        "set it with pulumi config set --secret",
    ),
    audit(
        "storage/ansible-vars-plaintext",
        High,
        "a variable of Ansible holds a secret in clear",
        CLEAR,
        "encrypt it with ansible-vault",
    ),
    audit(
        "exposure/hardcoded-token",
        Critical,
        "a key stands in source code",
        "It is in every clone, and a new one needs a release.",
        "read it from the environment or a secret store, and revoke this one",
    ),
    audit(
        "exposure/comment-secret",
        High,
        "a key stands in a comment",
        "Code that is commented out still holds a key that works.",
        "remove it, and revoke the key",
    ),
];
