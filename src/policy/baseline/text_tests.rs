//! The baseline's text: what is written is read back, and whatever else is read gives a sentence.

use super::super::{Baseline, Entry};
use crate::finding::Fingerprint;
use crate::policy::Expiry;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const HEAD: &str = "# keyhound baseline 1 key=00112233445566778899aabbccddeeff\n";
const PRINT: &str = "0123456789abcdef0123456789abcdef";

fn parse(text: impl AsRef<[u8]>) -> Result<Baseline, String> {
    Baseline::parse("b", text.as_ref()).map_err(|e| e.to_string())
}

fn only(text: &str) -> Entry {
    let baseline = parse(format!("{HEAD}{text}\n")).expect("parses");
    let mut entries = baseline.entries();
    let entry = entries.next().expect("an entry").clone();
    assert_eq!(entries.next(), None);
    entry
}

#[test]
fn reads_an_entry_with_everything() {
    let entry = only(&format!("{PRINT} github-token src/a.sh reason=\"a \\\"b\\\"\" owner=ann expires=2027-01-31"));
    assert_eq!(Some(entry.fingerprint), Fingerprint::parse(PRINT));
    assert_eq!((entry.rule.as_str(), entry.path.as_deref()), ("github-token", Some(&b"src/a.sh"[..])));
    assert_eq!((entry.reason.as_deref(), entry.owner.as_deref()), (Some("a \"b\""), Some("ann")));
    assert_eq!(entry.expires, Expiry::parse("2027-01-31").ok());
    assert_eq!(entry.line, 2);
}

#[test]
fn odd_paths_are_quoted() {
    assert_eq!(only(&format!("{PRINT} r \"a b\\xff\\\\\"")).path.as_deref(), Some(&b"a b\xff\\"[..]));
    assert_eq!(only(&format!("{PRINT} r a=b\\c")).path.as_deref(), Some(&b"a=b\\c"[..]));
    assert_eq!(only(&format!("{PRINT} r -")).path, None);
    assert_eq!(only(&format!("{PRINT} r \"-\"")).path.as_deref(), Some(&b"-"[..]));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let text = format!("\u{feff}{HEAD}\n{PRINT} r a\n").replace('\n', "\r\n");
    let baseline = parse(&text).expect("parses");
    assert_eq!(baseline.entries().next().and_then(|e| e.path.clone()).as_deref(), Some(&b"a"[..]));
    assert!(!baseline.to_text().contains('\r'));
}

#[test]
fn lines_are_sorted_and_keep_their_comments() {
    let other = PRINT.replace('0', "f");
    let text = format!("{HEAD}# why\n{other} r b\n{PRINT} r a\n# end\n");
    let written = parse(&text).expect("parses").to_text();
    let lines: Vec<&str> = written.lines().skip(2).collect();
    assert_eq!(lines, [&format!("{PRINT} r a"), "# why", &format!("{other} r b"), "# end"]);
    assert_eq!(parse(&written).expect("parses").to_text(), written);
}

#[test]
fn two_entries_for_one_key_become_one() {
    let entry = only(&format!("{PRINT} r a expires=2027-03-01\n{PRINT} r b reason=x expires=2027-02-01"));
    assert_eq!(entry.path.as_deref(), Some(&b"a"[..]));
    assert_eq!(entry.reason.as_deref(), Some("x"));
    assert_eq!(entry.expires, Expiry::parse("2027-02-01").ok());
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases = [
        ("<<<<<<< HEAD", "merge conflict"),
        ("=======", "merge conflict"),
        (HEAD.trim(), "second header"),
        ("zz r a", "fingerprint"),
        (PRINT, "id of a rule"),
        (&format!("{PRINT} r"), "path is missing"),
        (&format!("{PRINT} r a reson=x"), "did you mean 'reason'"),
        (&format!("{PRINT} r a reason="), "no value"),
        (&format!("{PRINT} r a reason=\"x"), "closing quote"),
        (&format!("{PRINT} r a reason=\"x\"y"), "blank is missing"),
        (&format!("{PRINT} r \"\\q\""), "backslash"),
        (&format!("{PRINT} r \"\\xé\""), "backslash"),
        (&format!("{PRINT} r a expires=soon"), "2027-01-31"),
        (&format!("{PRINT} r a owner=x owner=y"), "twice"),
        (&format!("{PRINT} r a b"), "only reason, owner, expires"),
    ];
    for (line, word) in cases {
        let error = parse(format!("{HEAD}\n{line}\n")).expect_err(line);
        assert!(error.starts_with("b:3: ") && error.contains(word), "{line}: {error}");
    }
}

#[test]
fn what_is_no_baseline_is_said() {
    let short = "# keyhound baseline 1 key=00";
    for (text, word) in [
        (&b""[..], "empty"),
        (b"\n\r\n", "empty"),
        (b"[{\"RuleID\": 1}]", "JSON"),
        (b"# keyhound baseline 2 key=00", "format 1"),
        (short.as_bytes(), "hexadecimal"),
        (b"# keyhound baseline 1", "hexadecimal"),
        (b"\xff\xfe#\0", "UTF-8"),
    ] {
        let error = parse(text).expect_err(word);
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn errors_repeat_nothing_of_a_line_that_may_be_a_secret() {
    let secret = ["ghp", "_0123456789"].concat();
    for line in [format!("{secret} r a"), format!("{PRINT} r a {secret}"), format!("{PRINT} r a {secret}=x")] {
        let error = parse(format!("{HEAD}{line}")).expect_err("not an entry");
        assert!(!error.contains(&secret), "{error}");
    }
}

#[test]
fn a_huge_line_is_read_like_any_other() {
    let path = "x".repeat(4 << 20);
    assert_eq!(only(&format!("{PRINT} r {path}")).path.map(|p| p.len()), Some(4 << 20));
    assert!(parse(path).is_err());
}

proptest! {
    // The same cases in every run, and no file of failed ones.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reads_what_it_writes(
        print in any::<[u8; 16]>(),
        rule in "[a-z][a-z0-9 \"\\\\-]{0,20}",
        path in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..30)),
        reason in proptest::option::of(".{0,30}"),
        owner in proptest::option::of("\\PC{0,30}"),
        days in proptest::option::of(1i16..9999),
    ) {
        let print = data_encoding::HEXLOWER.encode(&print);
        let mut before = Baseline::new("b", &[7; 32]);
        before.add(Entry {
            fingerprint: Fingerprint::parse(&print).expect("hex"),
            rule, path, reason, owner,
            expires: days.map(|y| Expiry::parse(&format!("{y:04}-06-30")).expect("day")),
            line: 3,
            comments: Vec::new(),
        });
        prop_assert_eq!(parse(before.to_text()), Ok(before));
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), tail in "[\"\\\\x0-9a-f =#<>-]{0,60}") {
        let _ = parse(&bytes);
        let _ = parse([HEAD.as_bytes(), &bytes].concat());
        let _ = parse(format!("{HEAD}{PRINT} r {tail}"));
    }
}
