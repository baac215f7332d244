//! The laws of the engine: the prefilter loses nothing, and a scan of what changed equals a scan of the whole.

use super::*;
use crate::blob::Origin;
use crate::rule::embedded;
use proptest::prelude::*;

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
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn vectors_and_bytes_find_the_same(text in "[ac_live0-9A-Z\n\" =-]{0,400}") {
        let fast = engine();
        let slow = engine().without_simd();
        prop_assert_eq!(hits(&fast, text.as_bytes()), hits(&slow, text.as_bytes()));
    }
}
