//! Every construct that Go and Rust read differently, by what it matches.

use super::*;
use regex::bytes::RegexBuilder;

/// Whether the translated pattern matches all of `text`.
fn is(pattern: &str, text: &str) -> bool {
    is_bytes(pattern, text.as_bytes())
}

fn is_bytes(pattern: &str, text: &[u8]) -> bool {
    let rust = translate(pattern).unwrap_or_else(|m| panic!("{pattern}: {} at {}", m.message, m.column));
    let regex = RegexBuilder::new(&rust).size_limit(1 << 28).build().unwrap_or_else(|e| panic!("{rust}: {e}"));
    regex.find(text).is_some_and(|found| found.range() == (0..text.len()))
}

#[track_caller]
fn both(pattern: &str, yes: &[&str], no: &[&str]) {
    yes.iter().for_each(|text| assert!(is(pattern, text), "{pattern} should match {text:?}"));
    no.iter().for_each(|text| assert!(!is(pattern, text), "{pattern} should not match {text:?}"));
}

#[test]
fn braces_that_are_no_repetition_are_literal() {
    both(r"{\d+}", &["{12}"], &["12"]);
    both(r"\${(x|y)}", &["${x}"], &["$x"]);
    both("x{", &["x{"], &["x"]);
    both("x{,5}", &["x{,5}"], &["x", "xx"]);
    both("x{1,", &["x{1,"], &["x"]);
    both("x{2}y{1,}z{0,1}", &["xxy", "xxyyz"], &["xy"]);
    both("x{01}", &["x{01}"], &["x"]);
    both("a}]", &["a}]"], &[]);
}

#[test]
fn brackets_and_operators_in_classes_are_literal() {
    both("[[]", &["["], &["]"]);
    both("[a[b]", &["a", "[", "b"], &["]"]);
    both("[]a]", &["]", "a"], &[]);
    both("[^]a]", &["b"], &["]", "a"]);
    both("[a&&b]", &["a", "&", "b"], &["c"]);
    both("[+--]", &["+", ",", "-"], &["."]);
    both("[a~~b]", &["a", "~", "b"], &[]);
    both(r"[\w-.]", &["x", "-", "."], &["+"]);
    both(r"[a-]", &["a", "-"], &["b"]);
    both(r"[\]\\^]", &["]", "\\", "^"], &["a"]);
    both("[[:alpha:]1]", &["a", "1"], &["2"]);
    both("[[:^alpha:]]", &["1"], &["a"]);
    both("[[:word:]]", &["_"], &["-"]);
    both("[[:]", &["[", ":"], &["a"]);
    both(r"[\D]", &["x"], &["1"]);
    both(r"[^\S]", &[" "], &["x"]);
    both(r"[\pN\p{Greek}]", &["1", "α"], &["a"]);
}

#[test]
fn escapes_mean_what_they_mean_in_go() {
    both(r"\<a\>", &["<a>"], &["a"]);
    both(r"\Qa.b{\E+", &["a.b{", "a.b{{"], &["axb{"]);
    both(r"\Qa.b", &["a.b"], &["axb"]);
    both(r"\0\07\101", &["\0\u{7}A"], &[]);
    both(r"\b{start}", &[], &["{start}", "start"]);
    both(r"x\b{start}", &["x{start}"], &[]);
    both(r"\x41\x{42}\x80", &["AB\u{80}"], &[]);
    both(r"\_\-\/\ \#", &["_-/ #"], &[]);
    both(r"[\t\n\v\x2d\101]", &["\t", "\u{b}", "-", "A"], &["a"]);
    assert_eq!(translate(r"a\1").expect_err("no references").column, 2);
    assert!(translate(r"[\Qa\E]").is_err());
}

#[test]
fn perl_classes_are_ascii() {
    both(r"\d", &["1"], &["١"]);
    both(r"\w", &["_"], &["é"]);
    both(r"\s", &["\t", "\n", "\u{c}", "\r", " "], &["\u{b}", "\u{a0}"]);
    both(r"\S", &["\u{b}", "é"], &[" "]);
    both(r"\W", &["é"], &["a"]);
    both(r"é\b.", &[], &["é-"]);
    both(r"x\b-", &["x-"], &[]);
    both(r"é\B-", &["é-"], &[]);
    both(r"(?i)k\w", &["\u{212a}_", "K\u{17f}"], &["j_"]);
}

#[test]
fn characters_are_those_of_unicode_and_never_single_bytes() {
    both(".", &["é", "a"], &["\n"]);
    both("[^x]", &["é", "\n"], &["x"]);
    assert!(!is_bytes(".", b"\xff"));
    assert!(!is_bytes("[^x]", b"\xff"));
    both("(?s).", &["\n"], &[]);
}

#[test]
fn groups_and_flags() {
    both("(?P<n>a)(?P<n>b)(?<m>c)", &["abc"], &[]);
    both("(?i:A)b(?s-i:.)", &["ab\n"], &["aB\n"]);
    both("(?U)a+", &["a"], &["aa"]);
    both(r"\Aa\z", &["a"], &[]);
    both("(?m)a$", &["a"], &[]);
    let after = translate("a$").map(|rust| RegexBuilder::new(&rust).build().expect("compiles"));
    assert!(!after.expect("translates").is_match(b"a\n"), "the end of the text only");
}

#[test]
fn what_go_refuses_is_named_with_its_place() {
    let column = |pattern: &str| translate(pattern).expect_err(pattern).column;
    assert_eq!(column("a(?=b)"), 2);
    assert_eq!(column("a(?<!b)"), 2);
    assert_eq!(column("ab("), 3);
    assert_eq!(column("a[b"), 2);
    assert_eq!(column(r"a\Z"), 2);
    assert_eq!(column(r"a\u0041"), 2);
    assert_eq!(column("(?x)a"), 3);
    assert_eq!(column("a{1001}"), 2);
    assert_eq!(column("(?:a{100}){11}"), 1);
    assert_eq!(column("[z-a]"), 2);
    assert_eq!(column(r"x\"), 2);
    assert!(translate("*a").is_err());
    assert!(translate(r"\p{Nope}").is_err());
    assert!(translate(r"\x{110000}").is_err());
}
