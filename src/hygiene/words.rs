//! What names say: whether a variable holds a secret, and what stands in for a value.

/// The words of a name or path: `STRIPE_liveKey.prod` → stripe, live, key, prod.
pub fn parts(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let breaks = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if breaks && out.last().is_some_and(|word| !word.is_empty()) {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Whether what a name holds is a secret, and not an address, a period or the name of one.
pub fn is_secret_name(name: &str) -> bool {
    let parts = parts(name);
    let Some(last) = parts.last().map(String::as_str) else { return false };
    const ABOUT: &[&str] = &[
        "url",
        "uri",
        "endpoint",
        "host",
        "path",
        "file",
        "filename",
        "dir",
        "name",
        "names",
        "id",
        "ids",
        "arn",
        "arns",
        "ttl",
        "expiry",
        "expires",
        "expiration",
        "lifetime",
        "duration",
        "age",
        "type",
        "version",
        "length",
        "size",
        "limit",
        "count",
        "enabled",
        "required",
        "policy",
        "algorithm",
        "alg",
        "header",
        "prefix",
        "suffix",
        "format",
        "ref",
        "refs",
        "store",
        "provider",
        "class",
        "role",
        "engine",
        "backend",
        "service",
        "manager",
        "namespace",
        "label",
        "field",
        "rotation",
        "region",
        "location",
        "issuer",
        "audience",
        "scope",
        "scopes",
        "title",
        "description",
        "pattern",
        "regex",
        "iterations",
        "rounds",
        "rotator",
        "generator",
        "generation",
        "validator",
        "validation",
        "validity",
        "complexity",
        "strength",
        "payload",
        "claims",
        "interval",
        "timeout",
        "threshold",
        "status",
        "address",
        "addresses",
        "parameter",
    ];
    if ABOUT.contains(&last)
        || parts.iter().any(|part| part == "public" || part == "publishable") && !name.starts_with("NEXT_PUBLIC")
    {
        return false;
    }
    let joined = parts.join("");
    const WORDS: [&str; 10] = [
        "secret",
        "token",
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "credentials",
        "credential",
        "apikey",
        "secretkey",
    ];
    parts.iter().any(|part| WORDS.contains(&part.as_str()))
        || [
            "apikey",
            "privatekey",
            "accesskey",
            "secretkey",
            "authtoken",
            "authkey",
            "signingkey",
            "encryptionkey",
            "masterkey",
            "servicekey",
        ]
        .iter()
        .any(|word| joined.ends_with(word))
        || (last == "key"
            && parts.len() > 1
            && [
                "api",
                "private",
                "secret",
                "access",
                "auth",
                "admin",
                "root",
                "master",
                "signing",
                "encryption",
                "deploy",
            ]
            .contains(&parts[parts.len() - 2].as_str()))
        || last.ends_with("password")
        || last.ends_with("secret")
        || last.ends_with("token") && last.len() > 5
}

/// Whether a name says that its value is no secret, though it is kept among secrets: a user, a host, an address.
pub fn names_no_secret(name: &str) -> bool {
    let last = parts(name).pop().unwrap_or_default();
    const PLAIN: &[&str] = &[
        "username",
        "user",
        "login",
        "email",
        "mail",
        "host",
        "hostname",
        "port",
        "url",
        "uri",
        "endpoint",
        "domain",
        "server",
        "registry",
        "region",
        "zone",
        "org",
        "organization",
        "account",
        "project",
        "repo",
        "repository",
        "bucket",
        "database",
        "db",
        "dbname",
        "name",
        "id",
        "arn",
        "tenant",
        "namespace",
        "cluster",
        "environment",
        "version",
        "address",
        "stack",
        "team",
    ];
    let parts = parts(name);
    PLAIN.contains(&last.as_str())
        || (last.ends_with("username") || last.ends_with("hostname"))
        || matches!(parts.first().map(String::as_str), Some("is" | "has" | "enable" | "use" | "skip"))
        // `ARM_CLIENT_ID_NIGHTLY`
        || parts.windows(2).any(|pair| {
            pair[1] == "id"
                && matches!(pair[0].as_str(), "client" | "tenant" | "subscription" | "account" | "project" | "org" | "app")
        })
}

/// Whether a value stands in for a real one: `changeme`, `<token>`, `xxxx`, `your-api-key`.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    const WORDS: &[&str] = &[
        "changeme",
        "change-me",
        "change_me",
        "your",
        "example",
        "placeholder",
        "dummy",
        "redacted",
        "replace",
        "todo",
        "fixme",
        "xxxx",
        "****",
        "....",
        "insert",
        "sample",
        "fake",
        "test",
        "none",
        "null",
        "undefined",
        "notset",
        "not-set",
        "<",
        "secret_here",
        "mysecret",
        "goes here",
        "supersecret",
        "super-secret",
        "password",
        "mock",
        "unset",
        "override",
    ];
    const STARTS: [&str; 5] = ["my-", "my_", "some-", "some_", "the-"];
    lower.len() < 4
        || STARTS.iter().any(|start| lower.starts_with(start))
        || WORDS.iter().any(|word| lower.contains(word))
        || lower.parse::<f64>().is_ok()
        || matches!(
            lower.as_str(),
            "true"
                | "false"
                | "yes"
                | "no"
                | "password"
                | "secret"
                | "token"
                | "admin"
                | "root"
                | "postgres"
                | "default"
                | "empty"
                | "string"
                | "rotate"
        )
        || lower.chars().all(|c| c == lower.chars().next().unwrap_or('x'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_from_names_about_them() {
        for yes in [
            "AIRCLOU_API_KEY",
            "dbPassword",
            "client_secret",
            "githubToken",
            "STRIPE_SECRET_KEY",
            "x-api-key",
            "PRIVATE_KEY",
            "POSTGRES_PASSWORD",
            "ACCESS_TOKEN",
        ] {
            assert!(is_secret_name(yes), "{yes}");
        }
        for no in [
            "TOKEN_URL",
            "secretName",
            "PUBLIC_KEY",
            "key",
            "password_file",
            "api_key_id",
            "tokenizer",
            "secret_rotation",
            "keyboard",
            "monkey",
            "TOKEN_TTL",
        ] {
            assert!(!is_secret_name(no), "{no}");
        }
    }

    #[test]
    fn placeholders_are_known() {
        assert!(
            is_placeholder("your-api-key")
                && is_placeholder("changeme")
                && is_placeholder("<token>")
                && is_placeholder("1234")
        );
        assert!(!is_placeholder(&["9fK2mQ7x", "Lp4RtV8n"].concat()));
    }
}
