//! Whose key it is, over rules that share a prefix.

use super::*;
use crate::finding::{Environment, Fingerprint, FingerprintKey, Severity};
use crate::rule::load_text;

fn rules() -> RuleSet {
    let file = |id: &str, more: &str, rule: &str| {
        let text = format!(
            "[provider]\nid = \"{id}\"\nname = \"{id}\"\nhosts = [\"api.{id}.example\"]\nenv = [\"{}_TOKEN\"]\n[[verify]]\n\
             docs = \"https://a.example\"\nrequest = \"GET https://api.{id}.example/\"\nheaders = {{ A = \"{{key}}\" }}\n\
             live = [{{ status = 204 }}]\ndead = []\n{more}\n[[rule]]\nid = \"{id}-key\"\ndescription = \"d\"\n{rule}",
            id.to_ascii_uppercase()
        );
        load_text("test", &text).expect("rules")
    };
    let shared = "pattern = '\\b(sk_live_[A-Za-z0-9]{16,128})\\b'\nprefixes = [\"sk_live_\"]\n";
    let mut all = file("stripy", "ours = '^sk_live_51[A-Za-z0-9]{80,}$'", shared);
    all.extend(file("cloudy", "", &format!("{shared}keywords = [\"cloudy\"]\n")));
    all.extend(file("alone", "", "pattern = '\\b(al_[A-Za-z0-9]{16,128})\\b'\nprefixes = [\"al_\"]\n"));
    RuleSet::new(all).expect("a rule set")
}

fn finding(rules: &RuleSet, rule: &str, also: &[&str], key: &str) -> Finding {
    let ix = |id: &str| rules.find(id).expect("a rule");
    let secret = Secret::new(key.as_bytes(), 3);
    Finding {
        rule: ix(rule),
        also: also.iter().map(|id| ix(id)).collect(),
        fingerprint: Fingerprint::of(&FingerprintKey::default(), rule, &secret, b""),
        secret,
        severity: Severity::High,
        confidence: Confidence::High,
        environment: Environment::Live,
        reasons: Vec::new(),
        locations: Vec::new(),
        blobs: 0,
        asked: None,
        subject: None,
    }
}

fn shared_key() -> String {
    ["sk_", "live_", "0123456789abcdefghijklmn"].concat()
}

fn went(attribution: &Attribution<'_>) -> String {
    match attribution {
        Attribution::To(rule) => rule.provider.id.to_owned(),
        Attribution::Nobody(why) => format!("nobody: {why}"),
        Attribution::Other => "other".to_owned(),
    }
}

#[test]
fn a_key_goes_only_where_format_or_context_prove_it() {
    let rules = rules();
    let decide = |finding: &Finding, chosen: &[&str], context: &str| {
        let chosen: Vec<String> = chosen.iter().map(|id| (*id).to_owned()).collect();
        went(&attribute(finding, &rules, &chosen, &|| vec![context.as_bytes().to_vec()]))
    };
    let bare = finding(&rules, "stripy-key", &[], &shared_key());
    let nobody = decide(&bare, &[], "key = …");
    assert!(nobody.contains("cloudy and stripy issue keys that begin with sk_live_"), "{nobody}");
    assert!(nobody.contains("--provider cloudy or --provider stripy"), "{nobody}");
    // The person decides.
    assert_eq!(decide(&bare, &["cloudy"], ""), "cloudy");
    assert_eq!(decide(&bare, &["stripy"], ""), "stripy");
    assert_eq!(decide(&bare, &["alone"], ""), "other");
    assert!(decide(&bare, &["stripy", "cloudy"], "").starts_with("nobody"));
    // The context decides, unless it names both.
    assert_eq!(decide(&bare, &[], "STRIPY_TOKEN = …"), "stripy");
    assert!(decide(&bare, &[], "https://api.cloudy.example STRIPY_TOKEN").starts_with("nobody"));
    // The format decides.
    let long = [&shared_key()[..8], "51", &"aB3".repeat(30)].concat();
    assert_eq!(decide(&finding(&rules, "stripy-key", &[], &long), &[], ""), "stripy");
    // The rule that asked for context has it.
    assert_eq!(decide(&finding(&rules, "cloudy-key", &["stripy-key"], &shared_key()), &[], ""), "cloudy");
    let sole = finding(&rules, "alone-key", &[], &["al_", "0123456789abcdefghijklmn"].concat());
    assert_eq!(decide(&sole, &[], ""), "alone");
    let unsure = Finding { confidence: Confidence::Low, ..sole };
    assert!(decide(&unsure, &[], "").contains("--provider alone"));
    assert_eq!(decide(&unsure, &["alone"], ""), "alone");
}
