//! YAML as spanned keys and values: several documents, anchors, merges, tags, keys that occur twice.
//!
//! Read from events and not from a tree, because what goes wrong late in a file must not cost what stands before it,
//! and because tags such as CloudFormation's `!Ref` matter here.

use super::node::{Entry, Node, Value};
use saphyr_parser::{Event, Parser, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// A file that unfolds its anchors into more values than this is a bomb.
const MOST_VALUES: usize = 200_000;
/// Deeper nesting is no configuration.
const DEEPEST: usize = 128;

/// The documents of a file, and whether it was read to its end.
pub fn parse(text: &str) -> (Vec<Node>, bool) {
    let offsets = Offsets::of(text);
    let mut reader = Reader { events: Parser::new_from_str(text), offsets, anchors: HashMap::new(), values: 0 };
    let mut roots = Vec::new();
    loop {
        match reader.events.next_event() {
            Some(Ok((Event::StreamEnd, _))) | None => return (roots, true),
            Some(Ok((Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _))) => {}
            Some(Ok((event, span))) => match reader.node(event, span, 0) {
                Ok(node) => roots.push(node),
                Err(part) => {
                    roots.extend(part);
                    return (roots, false);
                }
            },
            Some(Err(_)) => return (roots, false),
        }
    }
}

struct Reader<'t> {
    events: Parser<'t, saphyr_parser::StrInput<'t>>,
    offsets: Offsets,
    anchors: HashMap<usize, Node>,
    values: usize,
}

/// What was read before the file broke, if that is a value at all.
type Broken = Option<Node>;

impl Reader<'_> {
    fn node(&mut self, event: Event<'_>, span: Span, depth: usize) -> Result<Node, Broken> {
        let start = self.offsets.byte(span.start.index());
        self.values += 1;
        if depth > DEEPEST || self.values > MOST_VALUES {
            return Err(None);
        }
        let (mut node, anchor) = match event {
            Event::Alias(anchor) => {
                let mut node =
                    self.anchors.get(&anchor).cloned().unwrap_or(Node { span: 0..0, tag: None, value: Value::Null });
                self.values += size(&node);
                node.span = start..self.offsets.byte(span.end.index());
                (node, 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_null = style == saphyr_parser::ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                let value = if is_null { Value::Null } else { Value::Text(text.into_owned()) };
                (Node { span: start..self.offsets.byte(span.end.index()), tag: name(tag), value }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                let end = loop {
                    match self.next() {
                        Some((Event::SequenceEnd, span)) => break self.offsets.byte(span.end.index()),
                        Some((event, span)) => match self.node(event, span, depth + 1) {
                            Ok(item) => items.push(item),
                            Err(part) => {
                                items.extend(part);
                                return Err(Some(made(
                                    start,
                                    &items.last().map(|i| i.span.clone()),
                                    tag,
                                    Value::List(items),
                                )));
                            }
                        },
                        None => return Err(Some(made(start, &None, tag, Value::List(items)))),
                    }
                };
                (made(start, &Some(start..end), tag, Value::List(items)), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                let (mut entries, mut merged): (Vec<Entry>, Vec<Node>) = (Vec::new(), Vec::new());
                let end = loop {
                    let key = match self.next() {
                        Some((Event::MappingEnd, span)) => break self.offsets.byte(span.end.index()),
                        Some((event, span)) => self.node(event, span, depth + 1),
                        None => Err(None),
                    };
                    let value = match (&key, self.next_if(key.is_ok())) {
                        (Ok(_), Some((event, span))) => self.node(event, span, depth + 1),
                        _ => Err(None),
                    };
                    let broken = value.is_err();
                    let value =
                        value.unwrap_or_else(|part| part.unwrap_or(Node { span: 0..0, tag: None, value: Value::Null }));
                    if let Ok(key) = key {
                        let text = key.text().unwrap_or_default().to_owned();
                        if text == "<<" && !broken {
                            merged.push(value);
                        } else {
                            entries.push(Entry { key: text, key_span: key.span, labels: Vec::new(), value });
                        }
                    }
                    if broken {
                        let last = entries.last().map(|e| e.value.span.clone());
                        return Err(Some(made(start, &last, tag, Value::Map(entries))));
                    }
                };
                merged.iter().for_each(|from| merge(&mut entries, from));
                (made(start, &Some(start..end), tag, Value::Map(entries)), anchor)
            }
            _ => return Err(None),
        };
        if node.span.end < node.span.start {
            node.span.end = node.span.start;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn next(&mut self) -> Option<(Event<'static>, Span)> {
        match self.events.next_event()? {
            Ok((event, span)) => Some((owned(event), span)),
            Err(_) => None,
        }
    }

    fn next_if(&mut self, wanted: bool) -> Option<(Event<'static>, Span)> {
        if wanted { self.next() } else { None }
    }
}

fn owned(event: Event<'_>) -> Event<'static> {
    let tag = |tag: Option<Cow<'_, Tag>>| tag.map(|tag| Cow::Owned(tag.into_owned()));
    match event {
        Event::Scalar(text, style, anchor, t) => Event::Scalar(Cow::Owned(text.into_owned()), style, anchor, tag(t)),
        Event::SequenceStart(anchor, t) => Event::SequenceStart(anchor, tag(t)),
        Event::MappingStart(anchor, t) => Event::MappingStart(anchor, tag(t)),
        Event::Alias(anchor) => Event::Alias(anchor),
        Event::SequenceEnd => Event::SequenceEnd,
        Event::MappingEnd => Event::MappingEnd,
        Event::DocumentStart(explicit) => Event::DocumentStart(explicit),
        Event::DocumentEnd => Event::DocumentEnd,
        Event::StreamStart => Event::StreamStart,
        Event::StreamEnd => Event::StreamEnd,
        Event::Nothing => Event::Nothing,
    }
}

fn made(start: usize, span: &Option<Range<usize>>, tag: Option<Cow<'_, Tag>>, value: Value) -> Node {
    let end = span.as_ref().map_or(start, |span| span.end.max(start));
    Node { span: start..end, tag: name(tag), value }
}

/// `!Ref` → `Ref`; tags of YAML's own schema say nothing new.
fn name(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(|tag| tag.suffix.clone())
}

/// Adds what `<<` brings in and the map does not have itself.
fn merge(entries: &mut Vec<Entry>, from: &Node) {
    for map in from.items() {
        for entry in map.entries() {
            if !entries.iter().any(|own| own.key == entry.key) {
                entries.push(entry.clone());
            }
        }
    }
}

fn size(node: &Node) -> usize {
    let mut n = 0;
    node.walk(&mut |_, _| n += 1);
    n
}

/// From the parser's characters to bytes: the same in ASCII, else looked up.
struct Offsets {
    bytes: Option<Vec<u32>>,
    len: usize,
}

impl Offsets {
    fn of(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at as u32).collect());
        Self { bytes, len: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(character).map_or(self.len, |at| *at as usize),
            None => character.min(self.len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_bytes_and_tags_are_kept() {
        let text = "ü: 1\nkey: !Ref Other\nkey: x\n";
        let (roots, whole) = parse(text);
        assert!(whole);
        let key = roots[0].entry("key").expect("key");
        assert_eq!((key.value.tag.as_deref(), key.value.text()), (Some("Ref"), Some("Other")));
        assert_eq!(&text[key.key_span.clone()], "key");
        assert_eq!(roots[0].all("key").count(), 2, "a key that occurs twice");
    }

    #[test]
    fn anchors_and_merges_are_unfolded() {
        let (roots, whole) = parse("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n---\nc: 4\n");
        assert!(whole);
        assert_eq!(roots[0].literal_at("b.p"), Some("1"));
        assert_eq!(roots[0].literal_at("b.q"), Some("3"));
        assert_eq!(roots[1].literal_at("c"), Some("4"));
    }

    #[test]
    fn what_stands_before_a_mistake_is_kept() {
        let (roots, whole) = parse("a:\n  b: 1\n  c: {{ .Values.x }}\nd: [\n");
        assert!(!whole);
        assert_eq!(roots[0].literal_at("a.b"), Some("1"));
    }

    #[test]
    fn a_bomb_of_anchors_ends() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for i in 1..9 {
            let item = format!("*a{},", i - 1).repeat(9);
            text.push_str(&format!("a{i}: &a{i} [{}]\n", item.trim_end_matches(',')));
        }
        assert!(!parse(&text).1);
    }
}
