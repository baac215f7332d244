//! The tags by which rules are chosen.

use super::Rule;

impl Rule {
    /// Its tags: those of its file, and what follows from how it finds keys. `structured` ones are known by their own
    /// beginning, `contextual` ones by what stands around them, and `generic` ones without knowing whose they are.
    pub fn tags(&self) -> impl Iterator<Item = &'static str> + use<> {
        let is_rule = self.advice.is_none() && self.foreign.is_none();
        let by_form = if self.spec.prefixes.is_empty() { "contextual" } else { "structured" };
        let derived = [is_rule.then_some(by_form), (is_rule && self.provider.is_generic()).then_some("generic")];
        self.spec.tags.iter().copied().chain(derived.into_iter().flatten())
    }
}
