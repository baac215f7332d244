//! Where the parts of a rule file stand, so that whatever is said about a rule can name its line.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The lines of one file's rules.
#[derive(Debug, Default)]
pub struct Lines {
    provider: usize,
    rules: Vec<RuleLines>,
}

/// The lines of one rule.
#[derive(Debug, Default, Clone)]
pub struct RuleLines {
    /// Where it begins.
    pub start: usize,
    keys: Vec<(String, usize)>,
    /// Where each example begins.
    pub examples: Vec<usize>,
    /// Where each counter-example begins.
    pub counter_examples: Vec<usize>,
}

impl Lines {
    /// Reads them off a text; nothing of a text that is no TOML.
    pub fn of(text: &str) -> Self {
        let Ok(table) = DeTable::parse(text) else { return Self::default() };
        let table = table.get_ref();
        let line = |span: Range<usize>| line_at(text, span.start);
        let rules = tables(table, "rule")
            .map(|(span, rule)| RuleLines {
                start: line(span),
                keys: rule.iter().map(|(key, _)| (key.get_ref().to_string(), line(key.span()))).collect(),
                examples: tables(rule, "example").map(|(span, _)| line(span)).collect(),
                counter_examples: tables(rule, "counter_example").map(|(span, _)| line(span)).collect(),
            })
            .collect();
        let provider = table.get("provider").map_or(1, |value| line(value.span()));
        Self { provider, rules }
    }

    /// Where the provider is described.
    pub fn provider(&self) -> usize {
        self.provider.max(1)
    }

    /// The lines of the rule with that number, in the order of the file.
    pub fn rule(&self, number: usize) -> RuleLines {
        self.rules.get(number).cloned().unwrap_or_else(|| RuleLines { start: 1, ..RuleLines::default() })
    }
}

impl RuleLines {
    /// The line of the first of these keys that the rule has, else where the rule begins.
    pub fn of(&self, keys: &[&str]) -> usize {
        let found = keys.iter().find_map(|key| self.keys.iter().find(|(name, _)| name == key));
        found.map_or(self.start, |(_, line)| *line)
    }
}

/// The line of a byte, from 1.
pub fn line_at(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// The tables of an array of tables, with their spans.
fn tables<'t, 'i>(
    table: &'t DeTable<'i>,
    key: &str,
) -> impl Iterator<Item = (Range<usize>, &'t DeTable<'i>)> + use<'t, 'i> {
    let array = table.get(key).and_then(|value| match value.get_ref() {
        DeValue::Array(array) => Some(array.iter()),
        _ => None,
    });
    array.into_iter().flatten().filter_map(|value: &Spanned<DeValue<'i>>| match value.get_ref() {
        DeValue::Table(table) => Some((value.span(), table)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_keys_and_examples_have_their_lines() {
        let text = "\n[provider]\nid = 'a'\n\n[[rule]]\nid = 'x'\npattern = 'p'\n[[rule.example]]\ntext = ''\n\
                    [[rule.counter_example]]\ntext = ''\n[[rule]]\nid = 'y'\n";
        let lines = Lines::of(text);
        assert_eq!(lines.provider(), 2);
        let first = lines.rule(0);
        assert_eq!((first.start, first.of(&["value", "pattern"]), first.of(&["span"])), (5, 7, 5));
        assert_eq!((first.examples.as_slice(), first.counter_examples.as_slice()), (&[8][..], &[10][..]));
        assert_eq!(lines.rule(1).start, 12);
        assert_eq!(Lines::of("= no").rule(3).start, 1);
    }
}
