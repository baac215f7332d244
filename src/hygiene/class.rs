//! Which environment a path or a name belongs to, and which files are no part of what a project does with keys.

use super::words::parts;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
