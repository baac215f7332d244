//! `keyhound rules` and the options that choose rules.

use super::{ONE, Place, jsonl, key};
use serde_json::Value;

/// A rule file with one rule; `pattern` and `more` go into it.
fn acme(pattern: &str, more: &str) -> String {
    format!(
        "[provider]\nid = 'acme'\nname = 'Acme'\n\n[[rule]]\nid = 'acme-key'\ndescription = 'Acme key'\n\
         pattern = '{pattern}'\nprefixes = ['acme_']\ntags = ['ours']\nseverity = 'low'\n{more}"
    )
}

const EXAMPLES: &str = "
[[rule.example]]
text = ['k=acme_', 'T3hG8kWq2ZrX5vNcB7mY']
secret = ['acme_', 'T3hG8kWq2ZrX5vNcB7mY']
[[rule.example]]
text = ['\"acme_', 'W9hG8kWq2ZrX5vNcB7mY\"']
secret = ['acme_', 'W9hG8kWq2ZrX5vNcB7mY']
[[rule.counter_example]]
text = 'acme_'
[[rule.counter_example]]
text = ['acme_', 'xxxxxxxxxxxxxxxxxxxx']
";

const PATTERN: &str = r"\b(acme_[A-Za-z0-9]{20})\b";

#[test]
fn rules_of_ones_own_are_checked_with_file_and_line() {
    let place = Place::new();
    place.write("rules/acme.toml", acme(PATTERN, EXAMPLES));
    let ran = place.run(&["rules", "check", "rules"]).exits(0);
    assert_eq!(ran.out, "Checked 1 file with 1 rule and 4 examples: 0 errors, 0 warnings.\n");
    place.write("rules/acme.toml", acme(r"\b(acme_[A-Za-z0-9]{19})\b", EXAMPLES));
    let ran = place.run(&["rules", "check", "rules"]).exits(1);
    let line =
        "rules/acme.toml:13: error: rule 'acme-key': example 1 is not found: the pattern does not match its text";
    assert!(ran.out.contains(line), "{}", ran.out);
    place.write("rules/acme.toml", acme("acme_[A-Za-z0-9]{5,20}[A-Za-z0-9]*", EXAMPLES));
    let ran = place.run(&["rules", "check", "--json", "rules"]).exits(1);
    let complaints: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(complaints[0]["line"], 8);
    assert_eq!(complaints[0]["weight"], "error");
    assert!(complaints[0]["message"].as_str().is_some_and(|m| m.contains("no bound")), "{complaints}");
}

#[test]
fn keys_that_two_issuers_share_are_named() {
    let place = Place::new();
    let other = |more: &str| {
        let renamed = acme(PATTERN, "").replace("'acme'", "'emca'").replace("acme-key", "emca-key");
        format!("{renamed}{more}{EXAMPLES}")
    };
    let check = |acmes: &str, others: &str| {
        place.write("rules/acme.toml", acme(PATTERN, &format!("{acmes}{EXAMPLES}")));
        place.write("rules/emca.toml", other(others));
        place.run(&["rules", "check", "rules"]).exits(0).out
    };
    let out = check("", "");
    assert!(out.contains("warning: rule 'acme-key': rule 'emca-key' of another provider"), "{out}");
    assert!(out.contains("2 warnings"), "{out}");
    let out = check("shares = ['emca-key']\n", "shares = ['acme-key']\n");
    assert!(out.ends_with(": 0 errors, 0 warnings.\n"), "{out}");
    let out = check("shares = ['emca-key', 'gone']\n", "shares = ['acme-key']\n");
    assert!(out.contains("rules/acme.toml:12: warning: rule 'acme-key': 'shares' names 'gone'"), "{out}");
}

#[test]
fn what_cannot_be_checked_is_no_success() {
    let place = Place::new();
    assert!(place.run(&["rules", "check", "gone"]).exits(2).err.contains("gone: cannot be read"));
    std::fs::create_dir(place.path("empty")).expect("creates");
    assert!(place.run(&["rules", "check", "empty"]).exits(2).err.contains("no rule file"));
    place.write("bad/a.toml", "[provider]\nid = 'a'\nnam = 'A'\n");
    let ran = place.run(&["rules", "check", "bad"]).exits(1);
    assert!(ran.out.contains("bad/a.toml:3: error: unknown key 'nam'; did you mean 'name'?"), "{}", ran.out);
    let ran = place.run(&["scan", "--rules", "bad"]).exits(2);
    assert!(ran.err.contains("bad/a.toml:3"), "{}", ran.err);
}

#[test]
fn the_rules_that_ship_can_be_checked_anywhere() {
    let ran = Place::new().run(&["rules", "check"]).exits(0);
    assert!(ran.out.contains(": 0 errors"), "{}", ran.out);
}

#[test]
fn a_rule_is_shown_with_redacted_examples() {
    let place = Place::new();
    let ran = place.run(&["rules", "show", "airclou-live-key"]).exits(0);
    assert!(ran.out.contains("rules/airclou.toml:") && ran.out.contains("ac_live_9fK2…"), "{}", ran.out);
    assert!(!ran.out.contains(ONE));
    assert!(place.run(&["rules", "show", "airclou-live-key", "--show-secrets"]).exits(0).out.contains(ONE));
    let json: Value =
        serde_json::from_str(&place.run(&["rules", "show", "airclou-live-key", "--json"]).exits(0).out).expect("JSON");
    assert_eq!(json["provider"], "airclou");
    assert!(place.run(&["rules", "show", "airclou-live-kye"]).exits(2).err.contains("did you mean 'airclou-live-key'"));
}

#[test]
fn a_text_is_tried_on_every_rule() {
    let place = Place::new();
    let text = format!("a = '{}'\nb = 'ac_{}_xxxxxxxxxxxxxxxx'", key(ONE), "live");
    let ran = place.run(&["rules", "test", &text]).exits(1);
    assert!(ran.out.contains("1:6: airclou-live-key: found ac_live_9fK2…"), "{}", ran.out);
    assert!(ran.out.contains("2:6: airclou-live-key: not ") && ran.out.contains("placeholder"), "{}", ran.out);
    assert!(!ran.out.contains(ONE));
    assert!(place.run(&["rules", "test", "--show-secrets", &text]).exits(1).out.contains(ONE));
    place.run(&["rules", "test", "nothing here"]).exits(0);
}

#[test]
fn rules_are_chosen_on_the_command_line() {
    let place = Place::new();
    place.write("rules/acme.toml", acme(PATTERN, ""));
    place.write("a", format!("{}\nacme_{}\n", key(ONE), "T3hG8kWq2ZrX5vNcB7mY"));
    let found = |more: &[&str]| -> Vec<String> {
        let words = jsonl(&[&["a", "--rules", "rules"], more].concat());
        let ran = place.run(&words);
        ran.records("finding").iter().map(|f| f["rule"].as_str().expect("a rule").to_owned()).collect()
    };
    assert_eq!(found(&[]), ["airclou-live-key", "acme-key"]);
    assert_eq!(found(&["--only", "acme-key"]), ["acme-key"]);
    assert_eq!(found(&["--only", "provider:acme,airclou-live-key"]).len(), 2);
    assert_eq!(found(&["--disable", "tag:ours"]), ["airclou-live-key"]);
    assert_eq!(found(&["--disable", "severity:low", "--enable", "acme-key"]).len(), 2);
    place.write("keyhound.toml", "[rules]\nonly = ['provider:airclou']\n");
    assert_eq!(found(&[]), ["airclou-live-key"]);
    assert_eq!(found(&["--enable", "acme-key"]).len(), 2);
    assert_eq!(found(&["--only", "acme-key"]), ["acme-key"]);
    let ran = place.run(&["scan", "a", "--disable", "airclou-live-kye"]).exits(2);
    assert!(ran.err.contains("did you mean 'airclou-live-key'?"), "{}", ran.err);
    let ran = place.run(&["scan", "a", "--disable", "provider:airclou"]).exits(2);
    assert!(ran.err.contains("no rule is left"), "{}", ran.err);
}

#[test]
fn a_configuration_can_hold_rules() {
    let place = Place::new();
    place.write("a", format!("acme_{}\n", "T3hG8kWq2ZrX5vNcB7mY"));
    let rule = acme(PATTERN, "").replace("[provider]\nid = 'acme'\nname = 'Acme'\n", "");
    place.write("keyhound.toml", &rule);
    let found = place.run(&jsonl(&[])).exits(1).records("finding");
    assert_eq!((found[0]["rule"].as_str(), found[0]["provider"].as_str()), (Some("acme-key"), Some("local")));
    place.write("keyhound.toml", acme(PATTERN, ""));
    assert_eq!(place.run(&jsonl(&[])).exits(1).records("finding")[0]["provider"], "acme");
    assert!(place.run(&["rules", "show", "acme-key"]).exits(0).out.contains("keyhound.toml:5"));
    place.write("keyhound.toml", acme("acme_(", ""));
    let ran = place.run(&["scan"]).exits(2);
    assert!(ran.err.contains("keyhound.toml:8: rule 'acme-key': unclosed group at column 6"), "{}", ran.err);
}
