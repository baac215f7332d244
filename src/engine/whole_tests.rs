//! What counts as a match of a rule in the form of gitleaks.

use super::super::Engine;
use super::detect;
use crate::blob::{Blob, Origin};
use crate::config::gitleaks::{Reading, read};
use crate::finding::RuleIx;
use crate::rule::RuleSet;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::path::Path;
use std::sync::{Arc, OnceLock};

fn engine(config: &str) -> Engine {
    let theirs = read(Path::new("g.toml"), config, Reading::default()).unwrap_or_else(|error| panic!("{error}"));
    let rules = theirs.rules.iter().map(|rule| rule.finish(&theirs.allow).unwrap_or_else(|error| panic!("{error}")));
    Engine::new(Arc::new(RuleSet::new(rules.collect()).expect("distinct")))
}

/// Rule and secret of everything that is found.
fn found(config: &str, text: &str) -> Vec<(String, String)> {
    let engine = engine(config);
    let hits = engine.scan(&Blob::whole(text.as_bytes(), Origin::Stdin));
    let name = |ix: RuleIx| engine.rules().get(ix).spec.id.to_owned();
    hits.into_iter().map(|hit| (name(hit.rule), text[hit.secret].to_owned())).collect()
}

fn secrets(config: &str, text: &str) -> Vec<String> {
    found(config, text).into_iter().map(|(_, secret)| secret).collect()
}

fn rule(more: &str) -> String {
    format!("[[rules]]\nid = 'a'\n{more}\n")
}

#[test]
fn a_keyword_may_stand_anywhere_and_in_any_case() {
    let config = rule("regex = 'k=(\\w+)'\nkeywords = ['Acme']");
    assert_eq!(secrets(&config, "k=one\n\n\nxxACMExx\n"), ["one"]);
    assert_eq!(secrets(&config, "k=one\n"), [""; 0]);
    assert_eq!(secrets(&rule("regex = 'k=(\\w+)'"), "k=one"), ["one"], "without keywords it always runs");
}

#[test]
fn the_secret_is_the_first_group_that_holds_something() {
    assert_eq!(secrets(&rule("regex = 'x(a)?(b)?=(\\d)'"), "xb=1"), ["b"]);
    assert_eq!(secrets(&rule("regex = 'x(a)?(b)?=(\\d)'\nsecretGroup = 3"), "xb=1"), ["1"]);
    assert_eq!(secrets(&rule("regex = 'xb=\\d'"), "xb=1"), ["xb=1"]);
}

#[test]
fn groups_are_read_off_the_match_alone() {
    // Without the line breaks that are cut off first, the pattern does not match, and the match is the secret.
    assert_eq!(secrets(&rule("regex = '\\n\\s*(k\\d)\\n'"), "a\n  k1\n"), ["  k1"]);
    // On the match alone, the second way is taken, whose group is another.
    let config = rule("regex = '(?:^|;)(k)=|z(k=)'");
    assert_eq!(secrets(&config, "a;k="), ["k"]);
    let config = rule("regex = 'key=(\\w{2})\\b\\W(?:$|x)'");
    assert_eq!(secrets(&config, "key=ab;\n"), [""; 0]);
    assert_eq!(secrets(&rule("regex = '(?m)(k\\d) $|k\\d'"), "k1 \n"), ["k1"]);
}

#[test]
fn matches_follow_each_other_from_the_left_over_lines_and_any_length() {
    assert_eq!(secrets(&rule("regex = '(?s)BEGIN(.*?)END'"), "BEGIN\na\nb\nEND BEGINcEND"), ["\na\nb\n", "c"]);
    let long = "x".repeat(100_000);
    assert_eq!(secrets(&rule("regex = 'a(x+)b'"), &format!("a{long}b")), [long]);
    assert_eq!(secrets(&rule("regex = 'a|ab'"), "ab"), ["a"]);
}

#[test]
fn entropy_must_be_exceeded() {
    assert_eq!(secrets(&rule("regex = 'k=(\\w+)'\nentropy = 2"), "k=abcd k=abcde"), ["abcde"]);
}

#[test]
fn texts_are_excused_by_their_rule_and_for_all() {
    let config = |list: &str| rule(&format!("regex = 'k=(\\w+)'\n[[rules.allowlists]]\n{list}"));
    assert_eq!(secrets(&config("stopwords = ['DEMO']"), "k=ademob k=other"), ["other"]);
    assert_eq!(secrets(&config("regexes = ['^oth']"), "k=demo k=other"), ["demo"]);
    assert_eq!(secrets(&config("regexes = ['^k=o']\nregexTarget = 'match'"), "k=demo k=other"), ["demo"]);
    assert_eq!(secrets(&config("regexes = ['^#']\nregexTarget = 'line'"), "# k=one\nk=two"), ["two"]);
    let and = "condition = 'AND'\nregexes = ['^a']\nstopwords = ['b']";
    assert_eq!(secrets(&config(and), "k=ab k=ac k=cb"), ["ac", "cb"]);
    let everywhere = format!("{}[[allowlists]]\nstopwords = ['one']\n", rule("regex = 'k=(\\w+)'"));
    assert_eq!(secrets(&everywhere, "k=one k=two"), ["two"]);
    let placed = "condition = 'AND'\nregexes = ['^a']\npaths = ['x']";
    assert_eq!(secrets(&config(placed), "k=ab"), ["ab"], "the path is for the policy to compare");
}

#[test]
fn requirements_are_met_nearby() {
    let config = |bounds: &str| {
        format!(
            "{}[[rules.required]]\nid = 'b'\n{bounds}\n[[rules]]\nid = 'b'\nregex = 'id=(\\d+)'\nkeywords = ['never']\n\
             skipReport = true\n",
            rule("regex = 'k=(\\w+)'")
        )
    };
    assert_eq!(secrets(&config(""), "k=one\n\n\n\nid=7"), ["one"], "keywords of the helper do not count");
    assert_eq!(secrets(&config(""), "k=one"), [""; 0]);
    assert_eq!(secrets(&config("withinLines = 2"), "k=one\n\nid=7\n\n\n\nk=two"), ["one"]);
    assert_eq!(secrets(&config("withinColumns = 3"), "   k=one\nid=7\n        k=two"), ["one"]);
}

#[test]
fn generic_rules_stand_back_on_the_same_line() {
    let config = "[[rules]]\nid = 'Generic-key'\nregex = 'key=(\\w+)'\n[[rules]]\nid = 'acme'\nregex = 'acme_\\w+'\n";
    assert_eq!(found(config, "key=acme_1"), [("acme".to_owned(), "acme_1".to_owned())]);
    assert_eq!(found(config, "key=other acme_1").len(), 2);
    assert_eq!(found(config, "key=acme_1 \nx=acme_1").len(), 2);
    let confined = config.replace("id = 'acme'", "id = 'acme'\npath = '\\.tf$'");
    assert_eq!(found(&confined, "key=acme_1").len(), 2, "whether the path fits is not known here");
    let both = "[[rules]]\nid = 'a'\nregex = 'acme_\\w+'\n[[rules]]\nid = 'b'\nregex = 'acme_\\w+'\n";
    assert_eq!(found(both, "acme_1").len(), 2, "others do not");
}

#[test]
fn rules_about_paths_alone_find_nothing_in_texts() {
    assert_eq!(found("[[rules]]\nid = 'a'\npath = 'x'\n", "xxx"), []);
}

/// Patterns with words in all kinds of places, each a rule.
const PATTERNS: [&str; 10] = [
    r"(?i)[\w.-]{0,5}(?:key|token)[\w]{0,3}\s{0,2}[=:]\s{0,2}(\w{2,6})(?:\W|$)",
    r"\b(acme_[a-z0-9]{2,4})\b",
    r"acme_\w{1,3}|key.{1,3}acme",
    r"(?m)^key=(\w{1,9})$",
    r"(?i)ask(?:token|key){1,2}",
    r"\n\s{0,3}token\n",
    r"[^k]{0,4}key[^k]{0,4}",
    r"(?:key|acme_){2}",
    r"k.y=\w+",
    r"token$",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn looking_around_words_loses_nothing(parts in proptest::collection::vec(
        prop_oneof![Just("key"), Just("KEY"), Just("token"), Just("acme_"), Just("ask"), Just("="), Just(" "), Just("\n"),
            Just("a1"), Just("é"), Just("\u{212a}ey"), Just("to\u{212a}en"), Just("zzzzzzzzzzzzzzzzzzzz"), Just("x")], 0..40)) {
        static ENGINE: OnceLock<Engine> = OnceLock::new();
        let made = ENGINE.get_or_init(|| {
            let rules: Vec<String> =
                PATTERNS.iter().enumerate().map(|(n, p)| format!("[[rules]]\nid = 'r{n}'\nregex = \'\'\'{p}\'\'\'\n")).collect();
            engine(&rules.concat())
        });
        let text = parts.concat();
        let (set, whole) = (made.rules(), &made.whole);
        let mut near = Vec::new();
        for (place, windows) in whole.candidates(set, text.as_bytes()) {
            detect(set, whole.rules[place as usize], text.as_bytes(), &windows, &mut |one| near.push(one));
        }
        let mut everywhere = Vec::new();
        for ix in &whole.rules {
            detect(set, *ix, text.as_bytes(), &None, &mut |one| everywhere.push(one));
        }
        prop_assert_eq!(near, everywhere);
    }
}
