//! The one shape that every configuration format is read into: keys and values with the bytes that they stand at.
//!
//! Numbers, truth values and dates keep the text that was typed: what a value means depends on who reads it, and a
//! check knows better than a parser.

use std::ops::Range;

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// A YAML tag such as `!Ref`, without its mark.
    pub tag: Option<String>,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: `null`, an empty value.
    Null,
    /// A literal, as text.
    Text(String),
    /// An expression whose value only a program knows; the text is its source.
    Unknown(String),
    /// Keys and values in the order of the file; a key may occur several times.
    Map(Vec<Entry>),
    /// Values.
    List(Vec<Node>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its bytes in the file.
    pub key_span: Range<usize>,
    /// Of a block `resource "type" "name" {…}` the texts between key and brace.
    pub labels: Vec<String>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A literal.
    pub fn text_at(text: impl Into<String>, span: Range<usize>) -> Self {
        Self { span, tag: None, value: Value::Text(text.into()) }
    }

    /// Keys and values.
    pub fn map_at(entries: Vec<Entry>, span: Range<usize>) -> Self {
        Self { span, tag: None, value: Value::Map(entries) }
    }

    /// The entries of a map; of a list of maps those of its first, as nested blocks are written in JSON.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::List(items) => items.first().map_or(&[], Node::entries),
            _ => &[],
        }
    }

    /// The items of a list; of anything else itself alone, of nothing none.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The first value behind a path of keys: `spec.template.metadata`.
    pub fn get(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| node.entry(key).map(|entry| &entry.value))
    }

    /// The first entry with that key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// All values of a key, the items of lists among them one by one.
    pub fn all<'n>(&'n self, key: &'n str) -> impl Iterator<Item = &'n Node> {
        self.entries().iter().filter(move |entry| entry.key == key).flat_map(|entry| entry.value.items())
    }

    /// The text of a literal or the source of an expression.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Unknown(text) => Some(text),
            _ => None,
        }
    }

    /// The text, where it is a literal and no template, variable or intrinsic function.
    pub fn literal(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if self.tag.is_none() && is_literal(text) => Some(text),
            _ => None,
        }
    }

    /// The literal behind a path of keys.
    pub fn literal_at(&self, path: &str) -> Option<&str> {
        self.get(path)?.literal()
    }

    /// A literal number.
    pub fn number(&self) -> Option<f64> {
        self.literal()?.trim().trim_matches('"').replace('_', "").parse().ok()
    }

    /// A literal truth value, as any of the formats writes it.
    pub fn truth(&self) -> Option<bool> {
        match self.literal()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Every value below and including this one, with the path of keys that leads to it.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&[&'n str], &'n Node)) {
        fn go<'n>(node: &'n Node, path: &mut Vec<&'n str>, visit: &mut dyn FnMut(&[&'n str], &'n Node)) {
            visit(path, node);
            match &node.value {
                Value::Map(entries) => {
                    for entry in entries {
                        path.push(&entry.key);
                        path.extend(entry.labels.iter().map(String::as_str));
                        go(&entry.value, path, visit);
                        path.truncate(path.len() - 1 - entry.labels.len());
                    }
                }
                Value::List(items) => items.iter().for_each(|item| go(item, path, visit)),
                _ => {}
            }
        }
        go(self, &mut Vec::new(), visit);
    }

    /// Every entry below this value.
    pub fn each_entry<'n>(&'n self, visit: &mut dyn FnMut(&'n Entry)) {
        match &self.value {
            Value::Map(entries) => {
                for entry in entries {
                    visit(entry);
                    entry.value.each_entry(visit);
                }
            }
            Value::List(items) => items.iter().for_each(|item| item.each_entry(visit)),
            _ => {}
        }
    }

    /// Whether some text below satisfies `test`.
    pub fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |_, node| found = found || node.text().is_some_and(&mut *test));
        found
    }

    /// The names that stand behind `lead` in expressions below: of `aws_kms_key.` each key that is referred to.
    pub fn each_reference<'n>(&'n self, lead: &str, visit: &mut dyn FnMut(&'n str)) {
        self.walk(&mut |_, node| {
            for rest in node.text().unwrap_or_default().split(lead).skip(1) {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')));
                visit(&rest[..end.unwrap_or(rest.len())]);
            }
        });
    }

    /// Whether an expression below mentions `name` as a whole word: `aws_kms_key.this`.
    pub fn mentions(&self, name: &str) -> bool {
        self.any_text(&mut |text| mentions(text, name))
    }
}

/// Whether `name` stands in `text` with no letter, digit, underscore or dash beside it.
pub fn mentions(text: &str, name: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    !name.is_empty()
        && text
            .match_indices(name)
            .any(|(at, _)| !joins(text[..at].chars().next_back()) && !joins(text[at + name.len()..].chars().next()))
}

/// Whether a text means itself: no variable, template or shell substitution, no `<placeholder>`.
pub fn is_literal(text: &str) -> bool {
    const MARKS: [&str; 8] = ["${", "{{", "$(", "%{", "<%", "#{", "!Ref ", "(("];
    let is_variable = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let between =
        |open: &str, close: &str, least: usize| text.len() > least && text.starts_with(open) && text.ends_with(close);
    let is_marked = MARKS.iter().any(|mark| text.contains(mark))
        || text.strip_prefix('$').is_some_and(is_variable)
        || between("<", ">", 1)
        || between("%", "%", 2)
        || between("__", "__", 4);
    !is_marked
}
