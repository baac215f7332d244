//! HCL, the language of Terraform, OpenTofu, Vault and Packer, as spanned keys and values; and the JSON spelling of
//! Terraform brought into the same shape.

use super::node::{Entry, Node, Value};
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use std::ops::Range;

/// The body of a file; `None` where it does not parse. The text must begin without a byte order mark.
pub fn parse(text: &str) -> Option<Node> {
    let body = hcl_edit::parser::parse_body(text).ok()?;
    Some(Node::map_at(entries(&body, text), 0..text.len()))
}

fn entries(body: &Body, text: &str) -> Vec<Entry> {
    body.iter()
        .map(|structure| match structure {
            Structure::Attribute(attribute) => Entry {
                key: attribute.key.to_string(),
                key_span: attribute.key.span().unwrap_or_default(),
                labels: Vec::new(),
                value: expression(&attribute.value, text),
            },
            Structure::Block(block) => block_entry(block, text),
        })
        .collect()
}

fn block_entry(block: &Block, text: &str) -> Entry {
    let mut labels: Vec<String> = block
        .labels
        .iter()
        .map(|label| match label {
            BlockLabel::Ident(ident) => ident.to_string(),
            BlockLabel::String(string) => string.to_string(),
        })
        .collect();
    let mut key = block.ident.to_string();
    let mut value = Node::map_at(entries(&block.body, text), block.span().unwrap_or_default());
    // `dynamic "rotation" { for_each = …  content {…} }` makes blocks called rotation.
    if key == "dynamic" && labels.len() == 1 {
        key = labels.remove(0);
        value = value.get("content").cloned().unwrap_or(value);
    }
    Entry { key, key_span: block.ident.span().unwrap_or_default(), labels, value }
}

fn expression(expression: &Expression, text: &str) -> Node {
    let span: Range<usize> = expression.span().unwrap_or_default();
    let source = || text.get(span.clone()).unwrap_or_default().trim().to_owned();
    let value = match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(truth) => Value::Text(truth.to_string()),
        Expression::Number(number) => Value::Text(number.to_string()),
        Expression::String(string) => Value::Text(string.to_string()),
        Expression::HeredocTemplate(heredoc) => {
            let body = heredoc.template.to_string();
            if body.contains("${") || body.contains("%{") { Value::Unknown(body) } else { Value::Text(body) }
        }
        Expression::Array(array) => Value::List(array.iter().map(|item| self::expression(item, text)).collect()),
        Expression::Object(object) => Value::Map(
            object
                .iter()
                .map(|(key, value)| {
                    let (name, key_span) = match key {
                        ObjectKey::Ident(ident) => (ident.to_string(), ident.span()),
                        ObjectKey::Expression(Expression::String(string)) => (string.to_string(), string.span()),
                        ObjectKey::Expression(other) => {
                            let span = other.span();
                            (text.get(span.clone().unwrap_or_default()).unwrap_or_default().trim().to_owned(), span)
                        }
                    };
                    let value = self::expression(value.expr(), text);
                    Entry { key: name, key_span: key_span.unwrap_or_default(), labels: Vec::new(), value }
                })
                .collect(),
        ),
        Expression::Parenthesis(inner) => return self::expression(inner.inner(), text),
        // jsonencode({…}) and the like: what is inside can still be looked at, and what comes out is unknown.
        _ => Value::Unknown(source()),
    };
    Node { span, tag: None, value }
}

/// Brings `{"resource": {"type": {"name": {…}}}}` into the shape of blocks with labels.
pub fn from_json(root: Node) -> Node {
    let Value::Map(entries) = root.value else { return root };
    let mut out = Vec::new();
    for entry in entries {
        let depth = match entry.key.as_str() {
            "resource" | "data" => 2,
            "variable" | "output" | "provider" | "module" => 1,
            _ => 0,
        };
        unfold(entry, depth, &mut out);
    }
    Node { span: root.span, tag: None, value: Value::Map(out) }
}

fn unfold(entry: Entry, depth: usize, out: &mut Vec<Entry>) {
    if depth == 0 {
        out.push(Entry { value: expressions(entry.value), ..entry });
        return;
    }
    let maps = match entry.value.value {
        Value::List(items) => items,
        value => vec![Node { value, span: entry.value.span.clone(), tag: None }],
    };
    for map in maps {
        let Value::Map(children) = map.value else { continue };
        for child in children {
            let mut labels = entry.labels.clone();
            labels.push(child.key);
            let key_span = child.key_span;
            unfold(Entry { key: entry.key.clone(), key_span, labels, value: child.value }, depth - 1, out);
        }
    }
}

/// In JSON, expressions are strings that hold `${…}`.
fn expressions(node: Node) -> Node {
    let value = match node.value {
        Value::Text(text) if text.contains("${") => Value::Unknown(text),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|entry| Entry { value: expressions(entry.value), ..entry }).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(expressions).collect()),
        other => other,
    };
    Node { value, ..node }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_labels_and_expressions_are_unknown() {
        let text =
            "resource \"a_b\" \"c\" {\n  d = 1\n  e = var.x\n  f = \"x${var.y}\"\n  g {\n    h = \"i\"\n  }\n}\n";
        let root = parse(text).expect("HCL");
        let block = &root.entries()[0];
        assert_eq!((block.key.as_str(), block.labels.join(".")), ("resource", "a_b.c".to_owned()));
        assert_eq!(block.value.get("d").and_then(Node::number), Some(1.0));
        assert_eq!((block.value.literal_at("e"), block.value.literal_at("f")), (None, None));
        assert_eq!(block.value.literal_at("g.h"), Some("i"));
        assert_eq!(&text[block.value.get("d").expect("d").span.clone()], "1");
    }

    #[test]
    fn json_reads_the_same() {
        let json = r#"{"resource": {"a_b": {"c": {"d": 1, "e": "${var.x}", "g": [{"h": "i"}]}}}}"#;
        let root = from_json(super::super::json::parse(json).expect("JSON"));
        let block = &root.entries()[0];
        assert_eq!(block.labels, ["a_b", "c"]);
        assert_eq!(block.value.literal_at("g.h"), Some("i"));
        assert_eq!(block.value.literal_at("e"), None);
    }
}
