//! The laws of the engine: the prefilter loses nothing, and a scan of what changed equals a scan of the whole.

use super::*;
use crate::blob::Origin;
use crate::rule::embedded;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::OnceLock;

fn engine() -> Engine {
    Engine::new(Arc::new(RuleSet::new(embedded()).expect("ids are unique")))
}

fn hits(engine: &Engine, bytes: &[u8]) -> Vec<(RuleIx, Range<usize>)> {
    engine.scan(&Blob::whole(bytes, Origin::Stdin)).into_iter().map(|h| (h.rule, h.secret)).collect()
}

#[test]
fn a_key_is_found_at_both_ends_of_a_text() {
    let engine = engine();
    let key = ["ac_live", "_9fK2mQ7xLp4RtV8nB3cZ6wYd"].concat();
    for text in
        [key.clone(), format!("x {key}"), format!("{key}\n"), format!("\n{key}"), format!("{}{key}", " ".repeat(1000))]
    {
        assert_eq!(hits(&engine, text.as_bytes()).len(), 1, "{} bytes", text.len());
    }
}

#[test]
fn a_key_inside_a_longer_word_is_none() {
    let engine = engine();
    let key = ["ac_live", "_9fK2mQ7xLp4RtV8nB3cZ6wYd"].concat();
    assert!(hits(&engine, format!("{key}_").as_bytes()).is_empty());
    assert!(hits(&engine, format!("x{key}").as_bytes()).is_empty());
    assert_eq!(hits(&engine, format!("x-{key}").as_bytes()).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn vectors_and_bytes_find_the_same(text in "[ac_live0-9A-Z\n\" =-]{0,400}") {
        static ENGINES: OnceLock<(Engine, Engine)> = OnceLock::new();
        let (fast, slow) = ENGINES.get_or_init(|| (engine(), engine().without_simd()));
        prop_assert_eq!(hits(fast, text.as_bytes()), hits(slow, text.as_bytes()));
    }
}

/// What is found when every literal of every rule is looked for at every byte, with no prefilter and no gate before it.
fn hits_without_prefilter(engine: &Engine, bytes: &[u8]) -> Vec<(RuleIx, Range<usize>)> {
    let mut out = Scanned::default();
    let any_case = |at: usize, word: &str| {
        bytes.get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
    };
    for (ix, rule) in engine.rules().iter() {
        for at in 0..bytes.len() {
            for prefix in rule.spec.prefixes.iter().filter(|p| bytes[at..].starts_with(p.as_bytes())) {
                engine.try_rule(bytes, ix, at..at + prefix.len(), Role::Prefix, Content::Text, &mut out);
            }
            if rule.spec.assigned && rule.spec.keywords.iter().any(|k| keywords::stands_at(bytes, at, k).is_some()) {
                engine.try_rule(bytes, ix, at..at + 1, Role::Keyword, Content::Text, &mut out);
            }
            if rule.spec.prefixes.is_empty() && !rule.spec.assigned {
                for keyword in rule.spec.keywords.iter().filter(|k| any_case(at, k)) {
                    engine.try_rule(bytes, ix, at..at + keyword.len(), Role::Keyword, Content::Text, &mut out);
                }
            }
        }
    }
    for at in (0..bytes.len()).filter(|at| nearby::may_begin(bytes, *at)) {
        if bytes[at..at + 16].iter().all(|b| crate::rule::shape::is_token(*b)) {
            engine.try_nearby(bytes, at, &mut out);
        }
    }
    one_each(out.hits).into_iter().map(|h| (h.rule, h.secret)).collect()
}

/// The examples and counter-examples of all rule files.
fn examples() -> Vec<String> {
    let mut texts = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir("rules").expect("rules/").map(|e| e.expect("listed").path()).collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("readable");
        let file: crate::rule::format::ProviderFile = crate::rule::parse_toml("rule", &text).expect("parses");
        for rule in file.rules {
            texts.extend(rule.examples.iter().map(|example| example.text.join()));
            texts.extend(rule.counter_examples.iter().map(|counter| counter.text.join()));
        }
    }
    texts
}

#[test]
fn the_prefilter_and_the_gate_lose_nothing() {
    // What is decoded has no literal in the text.
    let engine = engine().with_depths(Depths { encodings: 0, archives: 0 });
    let mut lost = Vec::new();
    for text in examples() {
        // Beside each other, so that windows meet other text than their own, and in other places than a line's start.
        let text = format!("x = 1; {text}\n\t{text}");
        let (found, all) = (hits(&engine, text.as_bytes()), hits_without_prefilter(&engine, text.as_bytes()));
        for (rule, secret) in all.iter().filter(|hit| !found.contains(hit)) {
            lost.push(format!(
                "{} at {}..{} of {} bytes",
                engine.rules().get(*rule).spec.id,
                secret.start,
                secret.end,
                text.len()
            ));
        }
        assert!(found.iter().all(|hit| all.contains(hit)), "found more than there is");
    }
    assert!(lost.is_empty(), "{} lost\n{}", lost.len(), lost.join("\n"));
}
