//! Throughput of the engine on source text, beside the plain way: one case-insensitive Aho–Corasick automaton over every
//! literal that the rules name.
//!
//! The corpus is the machine's own: the sources of this project's dependencies, as cargo unpacked them.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use divan::Bencher;
use divan::counter::BytesCount;
use keyhound::blob::{Blob, Origin};
use keyhound::engine::Engine;
use keyhound::rule::{RuleSet, embedded};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

fn main() {
    divan::main();
}

/// Bytes of source text, at most.
const SIZE: usize = 160 << 20;

static CORPUS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home of cargo");
    let mut corpus = Vec::with_capacity(SIZE);
    gather(&home.join("registry/src"), &mut corpus);
    assert!(!corpus.is_empty(), "no sources: run `cargo fetch` first");
    corpus
});

fn gather(folder: &Path, corpus: &mut Vec<u8>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if corpus.len() >= SIZE {
            return;
        }
        if path.is_dir() {
            gather(&path, corpus);
        } else if path.extension().is_some_and(|e| e == "rs") {
            corpus.extend(std::fs::read(&path).unwrap_or_default());
        }
    }
}

fn engine() -> Engine {
    Engine::new(Arc::new(RuleSet::new(embedded()).expect("rule ids are unique")))
}

/// Everything: prefilter, regular expressions, proof.
#[divan::bench]
fn scan(bencher: Bencher<'_, '_>) {
    let engine = engine();
    bencher
        .counter(BytesCount::new(CORPUS.len()))
        .bench_local(|| engine.scan(&Blob::whole(&CORPUS, Origin::Stdin)).len());
}

/// The same without vector instructions.
#[divan::bench]
fn scan_without_vectors(bencher: Bencher<'_, '_>) {
    let engine = engine().without_simd();
    bencher
        .counter(BytesCount::new(CORPUS.len()))
        .bench_local(|| engine.scan(&Blob::whole(&CORPUS, Origin::Stdin)).len());
}

/// Only finding the literals, by the plain way.
#[divan::bench]
fn plain_aho_corasick(bencher: Bencher<'_, '_>) {
    let engine = engine();
    let literals: Vec<&str> = engine
        .rules()
        .iter()
        .flat_map(|(_, rule)| rule.spec.prefixes.iter().chain(rule.spec.keywords))
        .copied()
        .collect();
    let plain = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(literals)
        .expect("the automaton is small enough");
    bencher.counter(BytesCount::new(CORPUS.len())).bench_local(|| plain.find_iter(CORPUS.as_slice()).count());
}

/// What every commit hook waits for.
#[divan::bench]
fn start_up(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| engine().reach());
}
