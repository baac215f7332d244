//! JSON, with comments and trailing commas, as spanned keys and values.

use super::node::{Entry, Node, Value};
use jsonc_parser::ast;
use jsonc_parser::common::Range as Place;
use std::ops::Range;

/// The value of a file; `None` where it is no JSON.
pub fn parse(text: &str) -> Option<Node> {
    let options = jsonc_parser::ParseOptions::default();
    let parsed = jsonc_parser::parse_to_ast(text, &jsonc_parser::CollectOptions::default(), &options).ok()?;
    Some(node(&parsed.value?))
}

fn node(value: &ast::Value<'_>) -> Node {
    let (place, value) = match value {
        ast::Value::StringLit(lit) => (lit.range, Value::Text(lit.value.to_string())),
        ast::Value::NumberLit(lit) => (lit.range, Value::Text(lit.value.to_owned())),
        ast::Value::BooleanLit(lit) => (lit.range, Value::Text(lit.value.to_string())),
        ast::Value::NullKeyword(null) => (null.range, Value::Null),
        ast::Value::Array(array) => (array.range, Value::List(array.elements.iter().map(node).collect())),
        ast::Value::Object(object) => (object.range, Value::Map(object.properties.iter().map(entry).collect())),
    };
    Node { span: span(place), tag: None, value }
}

fn entry(property: &ast::ObjectProp<'_>) -> Entry {
    let (key, place) = match &property.name {
        ast::ObjectPropName::String(lit) => (lit.value.to_string(), lit.range),
        ast::ObjectPropName::Word(word) => (word.value.to_owned(), word.range),
    };
    Entry { key, key_span: span(place), labels: Vec::new(), value: node(&property.value) }
}

fn span(place: Place) -> Range<usize> {
    place.start..place.end
}
