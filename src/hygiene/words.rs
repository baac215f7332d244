//! What names say: whether a variable holds a secret, which environment a path or name belongs to, what stands in for a
//! value.

/// An environment, as names tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Production.
    Production,
    /// Staging, pre-production.
    Staging,
    /// Tests and continuous integration.
    Test,
    /// A developer's machine.
    Development,
    /// An example or template.
    Example,
}

impl Class {
    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Class::Production => "production",
            Class::Staging => "staging",
            Class::Test => "test",
            Class::Development => "development",
            Class::Example => "example",
        }
    }

    /// Whether a live key has no place there.
    pub fn is_sandboxed(self) -> bool {
        self != Class::Production
    }
}

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

/// The environment that a path names, if it names one and only one kind.
pub fn class_of_path(path: &str) -> Option<Class> {
    let base = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem_words = parts(&base);
    let is_example = |word: &str| {
        matches!(
            word,
            "example"
                | "examples"
                | "sample"
                | "samples"
                | "template"
                | "dist"
                | "default"
                | "defaults"
                | "tpl"
                | "schema"
        )
    };
    if stem_words.iter().any(|word| is_example(word)) && !path.contains("/dist/") {
        return Some(Class::Example);
    }
    if let Some(class) = stem_words.iter().find_map(|word| class_of_word(word)) {
        return Some(class);
    }
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    // The innermost folder that says something.
    folders.split('/').rev().find_map(|folder| {
        let folder = folder.to_ascii_lowercase();
        match folder.as_str() {
            "fixtures" | "testdata" | "__tests__" | "spec" | "specs" | "cassettes" | "__snapshots__" | "mocks"
            | "e2e" => Some(Class::Test),
            "examples" | "example" | "samples" | "sample" => Some(Class::Example),
            _ => {
                let words = parts(&folder);
                if words.len() > 2 { None } else { words.iter().find_map(|word| class_of_word(word)) }
            }
        }
    })
}

/// Whether a file is there for tests or explains something, or is somebody else's: what it does with keys is no practice
/// of the project. By its folders, for a file may be called after what it tests; source code by its name, too.
pub fn is_aside(path: &str) -> bool {
    let (folders, base) = path.rsplit_once('/').unwrap_or(("", path));
    if is_test_source(base) || is_foreign(path) {
        return true;
    }
    folders.split('/').any(|folder| {
        matches!(
            folder.to_ascii_lowercase().as_str(),
            "test"
                | "tests"
                | "testing"
                | "testdata"
                | "test-data"
                | "test_data"
                | "fixtures"
                | "__tests__"
                | "__fixtures__"
                | "__snapshot__"
                | "__snapshots__"
                | "__mocks__"
                | "mocks"
                | "cassettes"
                | "spec"
                | "specs"
                | "e2e"
                | "docs"
                | "doc"
                | "documentation"
        )
    })
}

/// Whether a file is a copy of somebody else's code, by its folders.
pub fn is_foreign(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| {
        matches!(folder, "vendor" | "third_party" | "node_modules" | "bower_components" | "site-packages" | "botocore")
    })
}

/// Whether a file of source code is a test, by the names that test runners look for.
fn is_test_source(base: &str) -> bool {
    let Some((stem, extension)) = base.rsplit_once('.') else { return false };
    match extension {
        "go" => stem.ends_with("_test"),
        "py" => stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest",
        "rb" => stem.ends_with("_spec") || stem.ends_with("_test"),
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "vue" => stem.ends_with(".test") || stem.ends_with(".spec"),
        "java" | "kt" | "cs" | "php" | "scala" | "swift" => stem.ends_with("Test") || stem.ends_with("Tests"),
        _ => false,
    }
}

/// The environment that a word names.
pub fn class_of_word(word: &str) -> Option<Class> {
    Some(match word {
        "prod" | "production" | "prd" | "live" => Class::Production,
        "staging" | "stage" | "stg" | "preprod" | "uat" | "qa" | "preview" => Class::Staging,
        "test" | "tests" | "testing" | "ci" | "e2e" => Class::Test,
        "dev" | "develop" | "development" | "local" | "sandbox" => Class::Development,
        _ => return None,
    })
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
    fn paths_name_their_environment() {
        for (path, class) in [
            (".env.production", Some(Class::Production)),
            ("deploy/prod/values.yaml", Some(Class::Production)),
            ("values-prod.yaml", Some(Class::Production)),
            (".env.test", Some(Class::Test)),
            ("tests/test_api.py", Some(Class::Test)),
            ("src/fixtures/a.json", Some(Class::Test)),
            (".env.example", Some(Class::Example)),
            ("config/staging.yml", Some(Class::Staging)),
            ("src/main.rs", None),
            ("src/products/latest.ts", None),
        ] {
            assert_eq!(class_of_path(path), class, "{path}");
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
