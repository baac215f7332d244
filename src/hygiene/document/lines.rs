//! Files of lines `NAME=value`: dotenv, properties, INI; and the same look at any file that no parser takes.

use super::node::{Entry, Node, Value};
use std::ops::Range;

/// What the lines of a file assign. Sections `[name]` become maps where `sections` are wanted.
pub fn parse(text: &str, sections: bool) -> Node {
    let mut root = Vec::new();
    let mut section: Option<Entry> = None;
    for (start, line) in numbered(text) {
        let trimmed = line.trim_start();
        if sections && trimmed.starts_with('[') && trimmed.trim_end().ends_with(']') {
            root.extend(section.take());
            let name = trimmed.trim().trim_matches(['[', ']']).to_owned();
            let span = start..start + line.len();
            section =
                Some(Entry { key: name, key_span: span.clone(), labels: vec![], value: Node::map_at(vec![], span) });
            continue;
        }
        let Some(entry) = assignment(text, start, line) else { continue };
        match section.as_mut().map(|section| &mut section.value) {
            Some(Node { value: Value::Map(entries), span, .. }) => {
                span.end = entry.value.span.end;
                entries.push(entry);
            }
            _ => root.push(entry),
        }
    }
    root.extend(section);
    Node::map_at(root, 0..text.len())
}

/// The lines of a text with where they begin, without their ends.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// `export NAME="value" # comment`, `name: value`, `"name" = value`, `- name=value`.
fn assignment(text: &str, start: usize, line: &str) -> Option<Entry> {
    let mut rest = line.trim_start();
    if rest.starts_with(['#', ';', '!']) || (rest.starts_with("//") && !rest.contains("/:_")) {
        return None;
    }
    for lead in ["export ", "set ", "setx ", "- ", "local ", "declare -x "] {
        rest = rest.strip_prefix(lead).unwrap_or(rest).trim_start();
    }
    let key_start = start + (line.len() - rest.len());
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@');
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (key, key_start, after) = match quote {
        Some(quote) => {
            let end = rest[1..].find(quote)? + 1;
            (&rest[1..end], key_start + 1, &rest[end + 1..])
        }
        None => {
            let end = rest.find(|c| !is_key(c)).unwrap_or(rest.len());
            let mut key = &rest[..end];
            // `name: value` and not `//host/:_authToken=…`, where the colon is a part of the name.
            if let Some(at) = key.find(':').filter(|at| key.len() == at + 1) {
                key = &key[..at];
            }
            (key, key_start, &rest[key.len()..])
        }
    };
    let after_blank = after.trim_start();
    let value = ["=>", "?=", ":=", "=", ":"].iter().find_map(|sign| after_blank.strip_prefix(sign))?;
    if key.is_empty() || key.len() > 200 || key.contains("//") && !key.starts_with("//") {
        return None;
    }
    let value = value.trim_start();
    let value_start = start + line.len() - value.len();
    let (text_of, span) = unquoted(text, value, value_start);
    let value = if text_of.is_empty() { Value::Null } else { Value::Text(text_of) };
    Some(Entry {
        key: key.to_owned(),
        key_span: key_start..key_start + key.len(),
        labels: Vec::new(),
        value: Node { span, tag: None, value },
    })
}

/// A value without its quotes and the comment behind it; what is in quotes may go on over lines.
fn unquoted(text: &str, value: &str, start: usize) -> (String, Range<usize>) {
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
        let body = &text[start + 1..];
        let on_line = value.len() - 1;
        let mut escaped = false;
        for (at, c) in body.char_indices() {
            match c {
                '\\' if quote == '"' => escaped = !escaped,
                c if c == quote && !escaped => return (body[..at].to_owned(), start + 1..start + 1 + at),
                // A quote that its line does not close is most often an apostrophe.
                '\n' if at >= on_line && !body[at..].contains(quote) => break,
                _ => escaped = false,
            }
            if at > 8192 {
                break;
            }
        }
    }
    let end = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
    let value = value[..end].trim_end().trim_end_matches([',', ';']).trim_end();
    (value.to_owned(), start..start + value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_assign_are_read() {
        let text = "# c\nexport A=\"x y\" # z\nB = 2\n  - C=3\n\"d\": 4,\nE='5'\nF=\n//h.example/:_authToken=t\n";
        let root = parse(text, false);
        let pairs: Vec<_> = root.entries().iter().map(|e| (e.key.as_str(), e.value.text().unwrap_or(""))).collect();
        assert_eq!(
            pairs,
            [("A", "x y"), ("B", "2"), ("C", "3"), ("d", "4"), ("E", "5"), ("F", ""), ("//h.example/:_authToken", "t")]
        );
        assert_eq!(&text[root.entries()[0].value.span.clone()], "x y");
    }

    #[test]
    fn sections_are_maps() {
        let root = parse("[a b]\nc=1\n[d]\nc=2\n", true);
        assert_eq!(root.literal_at("d.c"), Some("2"));
        assert_eq!(root.entries()[0].key, "a b");
    }
}
