//! The rules that ship with keyhound, as the build script wrote them.

use super::{Auth, Provider, Rule, RuleSpec};
use sha2::{Digest, Sha256};

/// One file of `rules/`.
struct EmbeddedProvider {
    /// The file as it was written, for those who want to see a rule with its examples.
    source: &'static str,
    provider: Provider,
    rules: &'static [RuleSpec],
}

static TABLE: &[EmbeddedProvider] = &include!(concat!(env!("OUT_DIR"), "/embedded_rules.rs"));

/// Where each rule stands in [`TABLE`], its provider and its place there, in the order of the rules' ids: no start of the
/// program needs to sort them.
static ORDER: &[(u16, u16)] = &include!(concat!(env!("OUT_DIR"), "/embedded_order.rs"));

/// All embedded rules, by id. A mistake in one stops the build or the tests, so none is left here.
#[allow(clippy::expect_used)]
pub fn embedded() -> Vec<Rule> {
    let rule = |(provider, n): &(u16, u16)| {
        let EmbeddedProvider { provider, rules, .. } = &TABLE[usize::from(*provider)];
        Rule::new(&rules[usize::from(*n)], provider).expect("tests/rules.rs loads every embedded rule")
    };
    ORDER.iter().map(rule).collect()
}

/// The rule files as they were written: name and text.
pub fn sources() -> impl Iterator<Item = (String, &'static str)> {
    TABLE.iter().map(|entry| (format!("rules/{}.toml", entry.provider.id), entry.source))
}

/// What tells these rules from those of another build: SHA-256 over the files, in hexadecimal.
pub fn digest() -> String {
    let mut hash = Sha256::new();
    for (name, text) in sources() {
        for part in [name.as_bytes(), text.as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
