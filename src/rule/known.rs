//! Providers by what they are known by: their id, their hosts, their environment variables.

use super::{Provider, Rule};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Which rule names a provider first. Each table is built when the first check asks: a run without checks does not pay.
#[derive(Debug, Default)]
pub(super) struct Known {
    ids: OnceLock<Names>,
    hosts: OnceLock<Names>,
    variables: OnceLock<Names>,
}

/// Names, each with the first rule whose provider has it.
type Names = HashMap<&'static str, usize, foldhash::fast::RandomState>;

/// The table of what `names` says of providers.
fn first<'a, I: IntoIterator<Item = &'a &'static str>>(
    rules: &[Rule],
    names: impl Fn(&'static Provider) -> I,
) -> Names {
    let mut first = Names::default();
    for (ix, rule) in rules.iter().enumerate() {
        for name in names(rule.provider) {
            first.entry(name).or_insert(ix);
        }
    }
    first
}

impl Known {
    /// The rule that first names the provider of that id.
    pub(super) fn id(&self, rules: &[Rule], id: &str) -> Option<usize> {
        self.ids.get_or_init(|| first(rules, |provider| [&provider.id])).get(id).copied()
    }

    /// The rule whose provider is the first with that host.
    pub(super) fn host(&self, rules: &[Rule], host: &str) -> Option<usize> {
        self.hosts.get_or_init(|| first(rules, |provider| provider.hosts)).get(host).copied()
    }

    /// The rule whose provider is the first with that variable.
    pub(super) fn variable(&self, rules: &[Rule], name: &str) -> Option<usize> {
        self.variables.get_or_init(|| first(rules, |provider| provider.env)).get(name).copied()
    }
}
