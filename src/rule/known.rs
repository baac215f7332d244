//! Providers by what they are known by: their id, their hosts, their environment variables.

use super::{Provider, Rule};
use std::collections::HashMap;

/// Which rule names a provider first. Built when the first check asks: a run without checks does not pay for it.
#[derive(Debug, Default)]
pub(super) struct Known {
    ids: HashMap<&'static str, usize>,
    hosts: HashMap<&'static str, usize>,
    variables: HashMap<&'static str, usize>,
}

impl Known {
    /// Of all rules, the first one of several that share a name.
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut known = Self::default();
        for (ix, Provider { id, hosts, env, .. }) in rules.iter().map(|rule| &rule.provider).enumerate() {
            known.ids.entry(id).or_insert(ix);
            for host in *hosts {
                known.hosts.entry(host).or_insert(ix);
            }
            for name in *env {
                known.variables.entry(name).or_insert(ix);
            }
        }
        known
    }

    /// The rule that first names the provider of that id.
    pub(super) fn id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// The rule whose provider is the first with that host.
    pub(super) fn host(&self, host: &str) -> Option<usize> {
        self.hosts.get(host).copied()
    }

    /// The rule whose provider is the first with that variable.
    pub(super) fn variable(&self, name: &str) -> Option<usize> {
        self.variables.get(name).copied()
    }
}
