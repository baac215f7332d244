//! Every example and counter-example of every rule, through the real engine with all other rules beside it.

use keyhound::blob::{Blob, Origin};
use keyhound::engine::{Engine, proof};
use keyhound::finding::Hit;
use keyhound::rule::format::{ProviderFile, RuleToml, parse_toml};
use keyhound::rule::{RuleSet, embedded};
use std::collections::BTreeSet;
use std::sync::Arc;

fn files() -> Vec<(String, ProviderFile)> {
    let mut files: Vec<(String, ProviderFile)> = std::fs::read_dir("rules")
        .expect("rules/ is beside Cargo.toml")
        .map(|entry| {
            let path = entry.expect("rules/ can be listed").path();
            let name = path.display().to_string();
            let text = std::fs::read_to_string(&path).expect("a rule file is readable UTF-8");
            let file = parse_toml(&name, &text).expect("the build script accepted it");
            (name, file)
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

fn each_rule(mut look: impl FnMut(&str, &RuleToml) -> Vec<String>) {
    let failures: Vec<String> = files()
        .iter()
        .flat_map(|(name, file)| {
            file.rules
                .iter()
                .flat_map(|rule| {
                    let id = &rule.id;
                    look(name, rule).into_iter().map(|what| format!("{name}: {id}: {what}")).collect::<Vec<_>>()
                })
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

fn engine() -> Engine {
    Engine::new(Arc::new(RuleSet::new(embedded()).expect("rule ids are unique")))
}

fn hits_of(engine: &Engine, rule: &RuleToml, text: &str) -> Vec<Hit> {
    let ix = engine.rules().find(&rule.id).expect("every rule file is embedded");
    engine.scan(&Blob::whole(text.as_bytes(), Origin::Stdin)).into_iter().filter(|hit| hit.rule == ix).collect()
}

#[test]
fn every_example_is_found_with_its_exact_secret() {
    let engine = engine();
    each_rule(|_, rule| {
        let lost = rule.examples.iter().enumerate().filter(|(_, example)| {
            let (text, secret) = (example.text.join(), example.secret.join());
            !hits_of(&engine, rule, &text).iter().any(|hit| text[hit.secret.clone()] == secret)
        });
        lost.map(|(i, _)| format!("example {i} is not found with its secret")).collect()
    });
}

#[test]
fn every_counter_example_is_silent() {
    let engine = engine();
    each_rule(|_, rule| {
        let noisy = rule.counter_examples.iter().enumerate();
        let noisy = noisy.filter(|(_, counter)| !hits_of(&engine, rule, &counter.text.join()).is_empty());
        noisy.map(|(i, _)| format!("counter-example {i} is found")).collect()
    });
}

#[test]
fn every_rule_is_sound() {
    let proofs: BTreeSet<&str> = proof::names().collect();
    each_rule(|_, rule| {
        let mut wrong = Vec::new();
        if rule.examples.len() < 2 || rule.counter_examples.len() < 2 {
            wrong.push("needs two examples and two counter-examples".to_owned());
        }
        if let Some(name) = rule.proof.as_deref().filter(|name| !proofs.contains(name)) {
            wrong.push(format!("there is no proof '{name}'"));
        }
        wrong
    });
}

#[test]
fn every_pattern_compiles_within_its_limit() {
    let rules = RuleSet::new(embedded()).expect("rule ids are unique");
    for (_, rule) in rules.iter() {
        rule.regex();
        rule.placeholders();
    }
}

#[test]
fn names_of_providers_and_rules_are_kebab_case() {
    let kebab =
        |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    for (name, file) in files() {
        assert!(kebab(&file.provider.id), "{name}: {}", file.provider.id);
        assert!(file.rules.iter().all(|rule| kebab(&rule.id)), "{name}");
    }
}
