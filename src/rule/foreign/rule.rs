//! How a rule in the form of gitleaks becomes one of the run's.

use super::Foreign;
use crate::rule::{Provider, Rule, RuleSpec};

/// Whose rules they are, as far as anybody can say.
static PROVIDER: Provider = Provider {
    id: "gitleaks-config",
    name: "gitleaks configuration",
    remedy: Some("revoke it where it was issued"),
    ..Provider::UNKNOWN
};

/// Makes the rule. There, rules have no severity; they are written by people who want to hear of what they find.
///
/// # Errors
///
/// None that can happen: the words that are not on a scale would be ours.
pub fn foreign_rule(id: &str, description: &str, tags: &[String], foreign: Foreign) -> Result<Rule, String> {
    let leak = |text: &str| -> &'static str { text.to_owned().leak() };
    let pattern = foreign.regex.as_ref().or(foreign.path.as_ref()).map_or("", |pattern| leak(pattern.written()));
    let spec = Box::leak(Box::new(RuleSpec {
        id: leak(id),
        description: if description.trim().is_empty() { leak(id) } else { leak(description) },
        severity: "high",
        confidence: "medium",
        pattern,
        tags: tags.iter().map(|tag| leak(tag)).collect::<Vec<_>>().leak(),
        crosses_lines: true,
        ..RuleSpec::EMPTY
    }));
    let mut rule = Rule::new(spec, &PROVIDER)?;
    rule.foreign = Some(Box::new(foreign));
    Ok(rule)
}
