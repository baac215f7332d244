//! The rules that ship with keyhound, as the build script wrote them.

use super::{Auth, Provider, Rule, RuleSpec};

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
