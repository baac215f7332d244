//! The laws of the engine: the prefilter loses nothing, and a scan of what changed equals a scan of the whole.

use super::*;
use crate::blob::Origin;
use crate::rule::embedded;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rayon::prelude::*;
use std::collections::HashMap;
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

#[test]
fn words_that_are_watched_are_said_every_time() {
    let rules = Arc::new(RuleSet::new(embedded()).expect("ids are unique"));
    let engine = Engine::watching(rules, &["EnvPrefix".to_owned(), "?sig=".to_owned()]);
    let (memory, mut scanned) = (Memory::for_bytes(0), Scanned::default());
    scanned.remember(&memory);
    // Lines that are known to hold nothing are not looked at again; these hold a word.
    for _ in 0..2 {
        for (text, is_there) in [("x = 1\nenvprefix: y\n", true), ("x = 1\n", false), ("/a?Sig=b\n", true)] {
            let blob = Blob::whole(text.as_bytes(), Origin::Stdin);
            assert_eq!(engine.look_with(&blob, Content::Text, &mut scanned).watched, Some(is_there), "{text}");
            assert!(scanned.parts.is_empty(), "of this text only");
        }
    }
    let blob = Blob { fresh: Fresh::Ranges(&[]), ..Blob::whole(b"x", Origin::Stdin) };
    assert_eq!(engine.look_with(&blob, Content::Text, &mut scanned).watched, None);
    let without = &mut Scanned::default();
    for _ in 0..2 {
        engine.look_with(&Blob::whole(b"envprefix", Origin::Stdin), Content::Text, without);
        assert_eq!(without.parts.len(), 1);
    }
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

/// Every literal of every rule by its first two bytes in lowercase; those whose beginning may be left out by themselves.
/// The plainest index there is: thousands of rules at every byte of thousands of texts would take an hour.
#[derive(Default)]
struct Literals {
    by_two: HashMap<[u8; 2], Vec<(RuleIx, &'static str, Kind)>>,
    others: Vec<(RuleIx, &'static str, Kind)>,
}

#[derive(Clone, Copy)]
enum Kind {
    Prefix,
    OfName,
    Keyword,
}

impl Literals {
    fn of(engine: &Engine) -> Self {
        let mut made = Self::default();
        for (ix, rule) in engine.rules().iter() {
            for prefix in rule.spec.prefixes {
                made.add(ix, prefix, Kind::Prefix);
            }
            for keyword in rule.spec.keywords {
                if rule.spec.assigned {
                    made.add(ix, keyword, Kind::OfName);
                }
                if rule.spec.prefixes.is_empty() && !rule.spec.assigned {
                    made.add(ix, keyword, Kind::Keyword);
                }
            }
        }
        made
    }

    fn add(&mut self, ix: RuleIx, text: &'static str, kind: Kind) {
        match text.as_bytes() {
            [a, b, ..] if !matches!(kind, Kind::OfName) || a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() => {
                let two = [a.to_ascii_lowercase(), b.to_ascii_lowercase()];
                self.by_two.entry(two).or_default().push((ix, text, kind));
            }
            _ => self.others.push((ix, text, kind)),
        }
    }

    fn at(&self, bytes: &[u8], at: usize) -> impl Iterator<Item = &(RuleIx, &'static str, Kind)> {
        let two = bytes.get(at..at + 2).map(|two| [two[0].to_ascii_lowercase(), two[1].to_ascii_lowercase()]);
        two.and_then(|two| self.by_two.get(&two)).into_iter().flatten().chain(&self.others)
    }
}

/// What is found when every literal of every rule is looked for at every byte, with no prefilter and no gate before it.
fn hits_without_prefilter(engine: &Engine, literals: &Literals, bytes: &[u8]) -> Vec<(RuleIx, Range<usize>)> {
    let mut tries = Vec::new();
    for at in 0..bytes.len() {
        for &(ix, text, kind) in literals.at(bytes, at) {
            let end = at + text.len();
            let stands = || bytes.get(at..end).is_some_and(|there| there.eq_ignore_ascii_case(text.as_bytes()));
            match kind {
                Kind::Prefix if bytes[at..].starts_with(text.as_bytes()) => tries.push((ix, at..end, Role::Prefix)),
                Kind::OfName if keywords::stands_at(bytes, at, text).is_some() => {
                    tries.push((ix, at..at + 1, Role::Keyword));
                }
                Kind::Keyword if stands() => tries.push((ix, at..end, Role::Keyword)),
                _ => {}
            }
        }
    }
    // Rule after rule, as nothing that a scan does is ordered.
    tries.sort_by_key(|(ix, range, _)| (*ix, range.start, range.end));
    let mut out = Scanned::default();
    for (ix, range, role) in tries {
        // Each window is searched whole, whatever was found in the one before.
        out.searched.forget();
        engine.try_rule(bytes, ix, Spot { literal: range, role, line: None }, Content::Text, &mut out);
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
    let literals = Literals::of(&engine);
    let lost: Vec<String> = examples()
        .into_par_iter()
        .flat_map_iter(|text| {
            // Beside each other, so that windows meet other text than their own, and in other places than a line's start.
            let text = format!("x = 1; {text}\n\t{text}");
            let found = hits(&engine, text.as_bytes());
            let all = hits_without_prefilter(&engine, &literals, text.as_bytes());
            assert!(found.iter().all(|hit| all.contains(hit)), "found more than there is");
            let lost = all.into_iter().filter(move |hit| !found.contains(hit));
            let name = |(rule, at): (RuleIx, Range<usize>)| format!("{} at {at:?}", engine.rules().get(rule).spec.id);
            lost.map(name).collect::<Vec<_>>()
        })
        .collect();
    assert!(lost.is_empty(), "{} lost\n{}", lost.len(), lost.join("\n"));
}
