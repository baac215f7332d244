//! What configurations mean, and what is said of those that mean nothing.

use super::super::{Config, ConfigError};
use super::*;
use crate::finding::{Confidence, Severity};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn parse(text: impl AsRef<[u8]>) -> Result<Config, String> {
    Config::parse(Path::new("/p/keyhound.toml"), text.as_ref()).map_err(|e| e.to_string())
}

const FULL: &str = r#"
severity = "low"
confidence = "high"
[scan]
exclude = ["vendor/**"]
max_file_size = "1GB"
history = false
[rules]
disable = ["generic-password", "provider:okta", "tag:contextual"]
enable = ["okta-token"]
dirs = ["my-rules", "/abs"]
[fingerprint]
key = "00112233445566778899AABBCCDDEEFF"
[baseline]
file = ".keyhound-baseline"
[[allow]]
rules = ["github-token"]
providers = ["github"]
paths = ["tests/**", "regex:^docs/"]
values = ["^EXAMPLE"]
fingerprints = ["0123456789abcdef0123456789abcdef"]
commits = ["ABC1234"]
reason = " made up "
owner = "ann"
expires = 2027-01-31
[[allow]]
paths = ["a"]
reason = "b"
expires = "2027-02-01"
"#;

#[test]
fn everything_is_understood() {
    let config = parse(FULL).expect("parses");
    assert_eq!((config.severity, config.confidence), (Some(Severity::Low), Some(Confidence::High)));
    assert!(config.scan.exclude.matches(b"vendor/x", false));
    assert_eq!((config.scan.max_file_size, config.scan.history), (Some(1_000_000_000), Some(false)));
    assert_eq!(config.rules.dirs, [Path::new("/p/my-rules"), Path::new("/abs")]);
    assert_eq!(config.rules.disable[1], Selector::Provider("okta".to_owned()));
    assert_eq!(config.baseline.as_deref(), Some(Path::new("/p/.keyhound-baseline")));
    assert!(config.fingerprint_key.is_some());
    assert_eq!(config.folder(), Some(Path::new("/p")));
    let [first, second] = &config.allow[..] else { panic!("two entries") };
    assert_eq!((&*first.reason, first.owner.as_deref()), ("made up", Some("ann")));
    assert_eq!(first.commits, ["abc1234"]);
    assert_eq!(first.expires, Expiry::parse("2027-01-31").ok());
    assert_eq!(first.origin, "/p/keyhound.toml:16");
    assert_eq!((&*second.origin, second.expires), ("/p/keyhound.toml:26", Expiry::parse("2027-02-01").ok()));
}

#[test]
fn an_empty_file_decides_nothing() {
    for text in ["", "\u{feff}", "# nothing\r\n"] {
        let config = parse(text).expect("parses");
        assert!(config.allow.is_empty() && config.severity.is_none() && config.scan.exclude.is_empty());
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_no_line() {
    let text = format!("\u{feff}{FULL}").replace('\n', "\r\n");
    assert_eq!(parse(text).expect("parses").allow[0].origin, "/p/keyhound.toml:16");
    assert!(parse("\u{feff}\r\nseverty = 1\r\n").expect_err("typo").starts_with("/p/keyhound.toml:2: "));
}

#[test]
fn mistakes_are_named_with_file_line_and_the_nearest_key() {
    let allow = |line: &str| format!("[[allow]]\nreason = 'x'\n{line}\n");
    let cases = [
        ("\nseverty = 'low'".to_owned(), 2, "unknown key 'severty'; did you mean 'severity'?"),
        ("severity = 'hgh'".to_owned(), 1, "did you mean 'high'"),
        ("[scan]\nexclud = []".to_owned(), 2, "did you mean 'exclude'"),
        ("[scan]\nexclude = 'vendor'".to_owned(), 2, "expected a sequence"),
        ("[scan]\nexclude = ['ok',\n'a[b']".to_owned(), 3, "is not a glob"),
        ("[scan]\nmax_file_size = '1 XB'".to_owned(), 2, "is not a size"),
        ("[scan]\nmax_file_size = -5".to_owned(), 2, "is not a size"),
        ("[scan]\nmax_file_size = 1.5".to_owned(), 2, "a size is a string"),
        ("[rules]\ndisable = ['colour:red']".to_owned(), 2, "rules are named by"),
        ("[rules]\ndirs = ['']".to_owned(), 2, "empty path"),
        ("[fingerprint]\nkey = 'abcd'".to_owned(), 2, "32 hexadecimal digits"),
        ("[baseline]\nfile = 1".to_owned(), 2, "expected a string"),
        ("[[allow]]\npaths = ['a']".to_owned(), 1, "needs a reason"),
        ("[[allow]]\npaths = ['a']\nreason = ' '".to_owned(), 1, "needs a reason"),
        (allow(""), 1, "allow everything"),
        (allow("rules = []"), 3, "empty list"),
        (allow("rule = ['x']"), 3, "did you mean 'rules'"),
        (allow("paths = ['regex:(']"), 3, "not a regular expression"),
        (allow("values = ['a',\n'(']"), 4, "not a regular expression"),
        (allow("values = ['']"), 3, "every value"),
        (allow("fingerprints = ['xyz']"), 3, "32 hexadecimal digits"),
        (allow("commits = ['abc']"), 3, "is not a commit"),
        (allow("commits = ['abcdefg']"), 3, "is not a commit"),
        (allow("paths = ['a']\nexpires = 'soon'"), 4, "2027-01-31"),
        (allow("paths = ['a']\nexpires = 2027-01-31T00:00:00Z"), 4, "2027-01-31"),
        (allow("paths = ['a']\nexpires = 12"), 4, "2027-01-31"),
        ("x = [".to_owned(), 1, ""),
        ("severity = 'low'\nseverity = 'low'".to_owned(), 2, "duplicate key"),
        ("allow = 3".to_owned(), 1, "expected a sequence"),
    ];
    for (text, line, words) in cases {
        let error = parse(&text).expect_err(&text);
        assert!(error.starts_with(&format!("/p/keyhound.toml:{line}: ")), "{text}\n→ {error}");
        assert!(error.contains(words) && !error.trim().contains('\n'), "{text}\n→ {error}");
    }
}

#[test]
fn bytes_that_are_no_text_are_named_with_their_line() {
    assert_eq!(parse(b"# a\n# \xff\n").expect_err("bytes"), "/p/keyhound.toml:2: this line is not UTF-8");
}

#[test]
fn a_huge_line_is_read() {
    let pattern = "x".repeat(1 << 20);
    assert!(parse(format!("[rules]\ndisable = ['{pattern}']")).is_ok());
    assert!(parse(format!("[[allow]]\nreason='x'\nvalues = ['{}']", "(a|b)".repeat(1 << 18))).is_err());
}

#[test]
fn what_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let missing = Config::read(&dir.path().join("none.toml")).expect_err("missing");
    assert!(matches!(missing, ConfigError::Unreadable { .. }) && missing.to_string().contains("none.toml"));
    assert!(Config::read(dir.path()).expect_err("a folder").to_string().contains("not a file"));
    let file = dir.path().join("k.toml");
    std::fs::write(&file, "[baseline]\nfile = 'b'").expect("file");
    assert_eq!(Config::read(&file).expect("reads").baseline, Some(dir.path().join("b")));
    std::fs::write(&file, "oops").expect("file");
    assert!(Config::read(&file).expect_err("garbage").to_string().contains("k.toml:1: "));
}

proptest! {
    // The same cases in every run, and no file of failed ones.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_allow_entry_without_a_reason_is_refused(paths in proptest::collection::vec("[a-z]{1,8}", 1..4), blank in "[ \t]{0,3}") {
        let text = format!("[[allow]]\npaths = {paths:?}\n");
        prop_assert!(parse(&text).is_err());
        let blank = format!("{text}reason = '{blank}'");
        prop_assert!(parse(blank).is_err());
        let given = format!("{text}reason = 'x'");
        prop_assert!(parse(given).is_ok());
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), pattern in "\\PC{0,20}") {
        let _ = parse(&bytes);
        for key in ["paths", "values", "rules", "commits", "fingerprints"] {
            let _ = parse(format!("[[allow]]\nreason='x'\n{key} = [{pattern:?}]"));
        }
        let _ = parse(format!("[scan]\nexclude = ['{pattern}']"));
    }
}
