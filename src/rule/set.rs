//! The rules of a run.

use super::known::Known;
use super::{Provider, Rule};
use crate::finding::RuleIx;

/// The rules of a run, in the order of their ids, so that indices are stable from run to run. Checks of key hygiene come
/// after all others and are not matched.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    checks: Vec<Rule>,
    known: Known,
}

impl RuleSet {
    /// Orders the rules by id.
    ///
    /// # Errors
    ///
    /// The id that two rules share.
    pub fn new(mut rules: Vec<Rule>) -> Result<Self, String> {
        let mut checks: Vec<Rule> = rules.extract_if(.., |rule| rule.advice.is_some()).collect();
        for list in [&mut rules, &mut checks] {
            // Each is moved once, not at every step of the sorting; the embedded ones are in this order already.
            if !list.is_sorted_by_key(|rule| rule.spec.id) {
                list.sort_by_cached_key(|rule| rule.spec.id);
            }
            if let Some(pair) = list.windows(2).find(|pair| pair[0].spec.id == pair[1].spec.id) {
                return Err(format!("two rules have the id '{}'", pair[0].spec.id));
            }
        }
        match checks.iter().find(|check| rules.binary_search_by_key(&check.spec.id, |rule| rule.spec.id).is_ok()) {
            Some(check) => Err(format!("two rules have the id '{}'", check.spec.id)),
            None => Ok(Self { rules, checks, known: Known::default() }),
        }
    }

    /// All rules that are matched, with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIx, &Rule)> {
        self.rules.iter().enumerate().map(|(i, rule)| (RuleIx(i as u32), rule))
    }

    /// All rules and checks.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain(&self.checks)
    }

    /// The rule with that index.
    pub fn get(&self, ix: RuleIx) -> &Rule {
        let ix = ix.0 as usize;
        self.rules.get(ix).unwrap_or_else(|| &self.checks[ix - self.rules.len()])
    }

    /// The rule or check with that id.
    pub fn find(&self, id: &str) -> Option<RuleIx> {
        let among = |rules: &[Rule]| rules.binary_search_by_key(&id, |rule| rule.spec.id).ok();
        let ix = among(&self.rules).or_else(|| among(&self.checks).map(|ix| self.rules.len() + ix));
        ix.map(|ix| RuleIx(ix as u32))
    }

    /// The checks of key hygiene.
    pub fn checks(&self) -> impl Iterator<Item = &Rule> {
        self.checks.iter()
    }

    /// The provider of that id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.known.id(&self.rules, id).map(|ix| self.rules[ix].provider)
    }

    /// The provider that a host belongs to.
    pub fn provider_of_host(&self, host: &str) -> Option<&Provider> {
        self.known.host(&self.rules, host).map(|ix| self.rules[ix].provider)
    }

    /// The provider whose documented environment variable this is.
    pub fn provider_of_variable(&self, name: &str) -> Option<&Provider> {
        self.known.variable(&self.rules, name).map(|ix| self.rules[ix].provider)
    }

    /// How many rules are matched.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}
