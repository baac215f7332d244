//! What gitleaks accepts, refuses and quietly passes over, and how files that extend each other are put together.

use super::*;
use crate::config::ConfigError;
use std::path::Path;

fn read_as(text: &str, reading: Reading) -> Result<Gitleaks, String> {
    read(Path::new("g.toml"), text, reading).map_err(|error: ConfigError| error.to_string())
}

fn good(text: &str) -> Gitleaks {
    read_as(text, Reading::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn bad(text: &str) -> String {
    read_as(text, Reading::default()).expect_err(text)
}

const RULE: &str = "[[rules]]\nid = 'a'\nregex = 'x(y)z'\n";

#[test]
fn keys_have_any_case_and_values_are_weakly_typed() {
    let read = good(
        "[[RULES]]\nID = 7\nRegex = 'x(y)'\nsecretgroup = '1'\nEntropy = '3.5'\nKEYWORDS = 'Foo,ghp_'\ntags = 'one'\n\
         skipreport = 'true'\n[RULES.AllowLists]\nStopWords = 'abc'\n",
    );
    let rule = &read.rules[0];
    assert_eq!((rule.id.as_str(), rule.secret_group, rule.entropy), ("7", 1, 3.5));
    assert_eq!((rule.keywords.as_slice(), rule.skip_report), (&["foo".to_owned(), "ghp_".to_owned()][..], true));
    assert_eq!(
        (rule.tags.as_slice(), rule.allow[0].stopwords.as_slice()),
        (&["one".to_owned()][..], &["abc".to_owned()][..])
    );
    assert_eq!(read.notes, [""; 0]);
}

#[test]
fn unknown_keys_are_notes_with_the_nearest_known_one() {
    let read = good(&format!("{RULE}keyword = ['x']\n[[allowlists]]\nmatchCondition = 'AND'\npaths = ['p']\n"));
    assert_eq!(read.notes.len(), 2);
    assert_eq!(read.notes[0], "g.toml:4: the unknown key 'keyword' is ignored; did you mean 'keywords'?");
    assert!(read.notes[1].starts_with("g.toml:6: the unknown key 'matchCondition' is ignored"), "{:?}", read.notes);
}

#[test]
fn what_gitleaks_refuses_is_refused_with_its_line() {
    for (text, want) in [
        ("[[rules]]\nid = ' '\nregex = 'x'", "g.toml:1: this rule needs an id"),
        ("[[rules]]\nid = 'a'", "g.toml:1: rule 'a' has neither 'regex' nor 'path'"),
        ("[[rules]]\nid = 'a'\nregex = 'x(y'", "g.toml:3: rule 'a': regex: unclosed group at character 2"),
        ("[[rules]]\nid = 'a'\npath = 'a(?=b)'", "g.toml:3: rule 'a': path: look-around"),
        (
            "[[rules]]\nid = 'a'\nregex = 'x(y)'\nsecretGroup = 2",
            "g.toml:1: rule 'a': secretGroup is 2, and the pattern has 1",
        ),
        ("[[rules]]\nid = 'a'\nregex = 'x'\nentropy = 'much'", "g.toml:4: 'entropy' is a number"),
        ("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules.required]]\nid = 'b'", "requires 'b', which is not in this file"),
        ("[[allowlists]]\ndescription = 'x'", "g.toml:1: an allowlist needs at least one of"),
        ("[[allowlists]]\npaths = ['(']", "g.toml:2: paths: unclosed group at character 1"),
        ("[[allowlists]]\npaths = ['x']\ncondition = 'XOR'", "g.toml:3: 'condition' is AND or OR"),
        ("[[allowlists]]\nregexes = ['x']\nregexTarget = 'Line'", "g.toml:3: 'regexTarget' is secret, match or line"),
        ("[allowlist]\npaths = ['x']\n[[allowlists]]\npaths = ['x']", "g.toml:1: [allowlist] is the old form"),
        ("minVersion = 'soon'", "g.toml:1: 'minVersion' is a version"),
        ("[extend]\nuseDefault = true\npath = 'x'", "'path' or 'useDefault', not both"),
        ("rules = 3", "g.toml:1: 'rules' is a list of tables"),
        ("[[rules", "g.toml:1:"),
    ] {
        let error = read_as(text, Reading::default())
            .and_then(|read| read.rules.iter().try_for_each(|r| r.finish(&[]).map(drop).map_err(|e| e.to_string())))
            .map(|()| String::new())
            .unwrap_or_else(|error| error);
        assert!(error.contains(want), "{text:?}\n want {want}\n  got {error}");
    }
    let target = format!("{RULE}[[allowlists]]\ntargetRules = ['b']\npaths = ['x']");
    assert!(bad(&target).contains("g.toml:4: targetRules: there is no rule 'b'"));
}

#[test]
fn of_two_rules_with_one_id_the_last_holds() {
    let read = good(&format!("{RULE}[[rules]]\nid = 'a'\nregex = 'second'\n"));
    assert_eq!((read.rules.len(), read.rules[0].regex.as_deref()), (1, Some("second")));
    assert!(read.notes[0].contains("a second time"), "{:?}", read.notes);
}

#[test]
fn configurations_are_told_apart_by_their_content() {
    for theirs in
        [RULE, "[extend]\nuseDefault = true", "[ALLOWLIST]\npaths = []", "[[rules]]\nid = = 1", "minversion = 'v8'"]
    {
        assert!(is_gitleaks(theirs), "{theirs}");
    }
    for ours in ["", "[rules]\ndisable = []", "[[allow]]\nreason = 'x'", "[[rule]]\nid = 'a'", "= ="] {
        assert!(!is_gitleaks(ours), "{ours}");
    }
}

fn extended(base: &str, top: &str) -> Gitleaks {
    let dir = tempfile::tempdir().expect("temp dir");
    std::fs::write(dir.path().join("base.toml"), base).expect("writes");
    let file = dir.path().join("top.toml");
    read(&file, &format!("[extend]\npath = 'base.toml'\n{top}"), Reading::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_base_is_overridden_by_what_is_not_zero() {
    let base = "[[rules]]\nid = 'a'\ndescription = 'old'\nregex = 'old'\nkeywords = ['k1']\nentropy = 2.0\n\
                [[rules]]\nid = 'b'\nregex = 'b'\n[[rules]]\nid = 'c'\nregex = 'c'\n[[allowlists]]\npaths = ['base']\n";
    let top = "disabledRules = ['b', 'nope']\n[[rules]]\nid = 'a'\nregex = 'new'\nkeywords = ['k2']\nskipReport = true\n\
               [[rules.allowlists]]\nstopwords = ['w']\n[[rules]]\nid = 'z'\nregex = 'z'\n[[allowlists]]\npaths = ['top']\n";
    let made = extended(base, top);
    let ids: Vec<&str> = made.rules.iter().map(RuleDraft::id).collect();
    assert_eq!(ids, ["a", "c", "z"]);
    let a = &made.rules[0];
    assert_eq!((a.description.as_str(), a.regex.as_deref(), a.entropy), ("old", Some("new"), 2.0));
    assert_eq!((a.keywords.len(), a.allow.len(), a.skip_report), (2, 1, false));
    assert_eq!(made.allow.iter().map(|list| list.paths[0].written()).collect::<Vec<_>>(), ["top", "base"]);
    assert!(made.notes.iter().any(|note| note.contains("no rule 'nope'")), "{:?}", made.notes);
}

#[test]
fn chains_end_and_missing_files_are_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("a.toml");
    let text = "[extend]\npath = 'a.toml'\n";
    std::fs::write(&file, text).expect("writes");
    let error = read(&file, text, Reading::default()).expect_err("a circle").to_string();
    assert!(error.contains("a.toml:1: more than 16 files"), "{error}");
    assert!(read(&file, text, Reading { strict: true }).is_err(), "there is no such file where the tests run");
    let error = bad("[extend]\npath = 'gone.toml'\n");
    assert!(error.starts_with("g.toml:1: [extend] path: gone.toml cannot be read"), "{error}");
}

#[test]
fn changes_of_rules_that_are_not_here_are_kept_apart() {
    let text = "[extend]\nuseDefault = true\ndisabledRules = ['x']\n[[rules]]\nid = 'their-rule'\n[[rules.allowlists]]\n\
                stopwords = ['w']\n[[allowlists]]\ntargetRules = ['other']\npaths = ['p']\n";
    let made = good(text);
    assert!(made.use_default && made.rules.is_empty());
    assert_eq!((made.changes[0].0.as_str(), made.changes[0].1.len()), ("their-rule", 1));
    assert_eq!(
        (made.targeted[0].0.as_slice(), made.disabled.as_slice()),
        (&["other".to_owned()][..], &["x".to_owned()][..])
    );
}

#[test]
fn flags_leak_into_the_rest_of_a_list_only_where_mistakes_are_asked_for() {
    let text = "[[allowlists]]\nregexes = ['(?i)zzzz', 'GHP_X']\n";
    let excuses = |strict| {
        let read = read_as(text, Reading { strict }).expect("reads");
        let texts = crate::rule::foreign::Texts { secret: b"ghp_x", matched: b"ghp_x", line: b"ghp_x" };
        read.allow[0].excuses_texts(&texts)
    };
    assert!(excuses(true) && !excuses(false));
}

#[test]
fn an_import_says_the_same_in_our_words() {
    let theirs = good(
        "[[rules]]\nid = 'acme'\nregex = 'acme_(\\d+)'\nkeywords = ['acme']\n[[rules.allowlists]]\nregexes = ['000']\n\
         [[allowlists]]\ndescription = 'made up'\npaths = ['^tests/', \"it's\"]\nstopwords = ['demo.']\n\
         [[allowlists]]\ncondition = 'AND'\ncommits = ['AB12']\nregexes = ['^x']\n\
         [[allowlists]]\nregexTarget = 'line'\nregexes = ['nolint']\n",
    );
    let imported = import(&theirs, "rules.d", &|_| false);
    let config = crate::config::Config::parse(
        Path::new("keyhound.toml"),
        imported.config.replace("ab12", "ab12ab12").as_bytes(),
    );
    let config = config.unwrap_or_else(|error| panic!("{error}\n{}", imported.config));
    assert_eq!(config.allow.len(), 3, "{}", imported.config);
    assert_eq!(&*config.allow[0].reason, "made up");
    assert!(config.allow[0].paths.matches(b"tests/a", false) && !config.allow[0].paths.matches(b"src/tests/a", false));
    assert!(config.allow[1].values[0].is_match(b"a-DEMO.-b"));
    assert_eq!((config.allow[2].commits.len(), config.allow[2].values.len()), (1, 1));
    let again = good(&imported.rules.expect("rules"));
    assert_eq!((again.rules[0].regex.as_deref(), again.rules[0].allow.len()), (Some("acme_(\\d+)"), 1));
    assert_eq!(again.allow.len(), 1, "the list that looks at lines");
    assert!(imported.notes.iter().any(|note| note.contains("regexTarget")), "{:?}", imported.notes);
}
