//! The checks on keys where they do not belong: their names and what they tell a person.

use super::super::super::check::Check;
use super::super::{audit, certain};
use crate::finding::Severity::{Critical, High, Low, Medium};

/// In the order of the documentation.
pub const CHECKS: &[Check] = &[
    certain(
        "env/live-key-in-nonprod",
        High,
        "a live key is in a file for tests, development or staging",
        "Tests act on real data and real money, and far more people and machines can read their settings.",
        "use a test key there",
    ),
    certain(
        "env/test-key-in-prod",
        Medium,
        "a test key is in a file for production",
        "Production runs against a sandbox: calls succeed and nothing happens.",
        "use the live key, from a secret store",
    ),
    certain(
        "env/live-key-in-example-file",
        High,
        "a live key is in an example file",
        "Example files are made to be copied and published.",
        "put a placeholder there, and revoke the key",
    ),
    certain(
        "env/live-key-default-value",
        Critical,
        "a live key is the default of a variable",
        "Whoever runs the program without settings uses it, and it is in the code.",
        "fail where the variable is not set, and revoke the key",
    ),
    certain(
        "exposure/client-bundle-env",
        High,
        "a secret is in a variable that is built into the client",
        "Variables with such a prefix are copied into the files that every visitor loads.",
        "call the API from a server, and name the variable without the prefix",
    ),
    certain(
        "exposure/client-env-reference",
        High,
        "code of the client sends a secret from a variable that is built into it",
        "The value is in the files that every visitor loads.",
        "call the API from a server",
    ),
    certain(
        "exposure/client-source-literal",
        Critical,
        "a key stands in a file that is sent to browsers or devices",
        "Every visitor has it.",
        "call the API from a server, and revoke the key",
    ),
    certain(
        "exposure/sourcemap-or-dist-committed",
        High,
        "a key stands in a built file that is in the repository",
        "Built files are published, and nobody reads them before.",
        "take built files out of the repository, and revoke the key",
    ),
    audit(
        "exposure/secret-logged",
        High,
        "a secret is printed or logged",
        "Logs are kept for long, copied to other services, and read by many.",
        "leave it out, or print that it is set",
    ),
    audit(
        "exposure/secret-on-command-line",
        Low,
        "a secret is an argument of a command",
        "Arguments are visible to every process of the machine and kept in histories.",
        "pass it by a variable, standard input or a file",
    ),
    certain(
        "exposure/shell-history-committed",
        High,
        "the history of a shell or client is in the repository",
        "Histories hold the passwords and tokens that were typed.",
        "remove the file, and replace what it holds",
    ),
    certain(
        "exposure/request-dump",
        Medium,
        "a request that carries a key is printed in full",
        "Verbose output of curl has the headers, and so the key.",
        "leave out -v",
    ),
    certain(
        "exposure/publicly-readable-env-prefix",
        High,
        "a bundler is told to copy all variables into the client",
        "An empty prefix puts every variable of the build, keys among them, into the files that visitors load.",
        "name a prefix that only public variables have",
    ),
    audit(
        "scope/admin-key-declared",
        Low,
        "a key with the rights of an administrator is used",
        "A provider whose keys have the role of their maker gives this one everything.",
        "use a key of a member",
    ),
    audit(
        "scope/admin-permission",
        Medium,
        "a key or token is given administrative permissions",
        "Whoever finds the key can make further ones.",
        "give it the permissions that it needs",
    ),
    audit(
        "scope/all-scopes",
        Medium,
        "a token is given every scope",
        "A token that can do everything does everything for whoever finds it.",
        "choose the scopes that are needed",
    ),
];
