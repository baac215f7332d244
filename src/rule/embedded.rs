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

/// All embedded rules. A mistake in one stops the build or the tests, so none is left here.
#[allow(clippy::expect_used)]
pub fn embedded() -> Vec<Rule> {
    TABLE
        .iter()
        .flat_map(|entry| entry.rules.iter().map(|spec| Rule::new(*spec, entry.provider)))
        .collect::<Result<_, _>>()
        .expect("tests/rules.rs loads every embedded rule")
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
