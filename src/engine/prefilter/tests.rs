//! Both kernels give the same answers as looking at every byte, however the text is cut into regions.

use super::{Place, Prefilter};
use crate::rule::{RuleSet, embedded};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::OnceLock;

fn places(prefilter: &Prefilter, bytes: &[u8], cuts: &[usize]) -> Vec<(usize, u32)> {
    let (mut all, mut regions) = (Vec::new(), Vec::new());
    let mut from = 0;
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        let cut = cut.min(bytes.len());
        if cut > from {
            regions.push(from..cut);
            from = cut;
        }
    }
    prefilter.find(bytes, &regions, &mut |place| match place {
        Place::Literal { at, literal } => all.push((at, literal)),
        Place::Encoded { at } => all.push((at, u32::MAX)),
        Place::Escaped { at, .. } => all.push((at, u32::MAX - 1)),
    });
    all.sort_unstable();
    all.dedup();
    all
}

/// Text made of what matters: literals, runs, dashes, and bytes that end runs.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let literals: Vec<Vec<u8>> = tables().0.literals().iter().map(|l| l.text.to_vec()).collect();
    let piece = prop_oneof![
        3 => prop::sample::select(literals),
        3 => "[A-Za-z0-9_-]{1,40}".prop_map(String::into_bytes),
        2 => "[ =:\"'./\n]{1,3}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// With vectors and without.
fn tables() -> &'static (Prefilter, Prefilter) {
    static TABLES: OnceLock<(Prefilter, Prefilter)> = OnceLock::new();
    TABLES.get_or_init(|| {
        let rules = RuleSet::new(embedded()).expect("ids are unique");
        (Prefilter::watching(&rules, &[]), Prefilter::watching(&rules, &[]).without_simd())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kernels_agree_and_cuts_change_nothing(bytes in text(), mut cuts in prop::collection::vec(0..600usize, 0..4)) {
        cuts.sort_unstable();
        let (vectors, scalar) = tables();
        let whole = places(scalar, &bytes, &[]);
        prop_assert_eq!(&places(vectors, &bytes, &[]), &whole);
        prop_assert_eq!(&places(vectors, &bytes, &cuts), &whole);
        prop_assert_eq!(&places(scalar, &bytes, &cuts), &whole);
    }
}
