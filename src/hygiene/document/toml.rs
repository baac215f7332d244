//! TOML as spanned keys and values.

use super::node::{Entry, Node, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table of a file; `None` where it is no TOML.
pub fn parse(text: &str) -> Option<Node> {
    let root = DeTable::parse(text).ok()?;
    Some(Node::map_at(entries(root.get_ref()), 0..text.len()))
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            labels: Vec::new(),
            value: node(value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    entries
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let value_of = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Text(number.to_string()),
        DeValue::Boolean(truth) => Value::Text(truth.to_string()),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(node).collect()),
        DeValue::Table(table) => Value::Map(entries(table)),
    };
    Node { span: value.span(), tag: None, value: value_of }
}
