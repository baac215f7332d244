//! `keyhound-inventory.toml`: the keys that people know of, as `[[key]]` tables.

use super::super::document::{Entry, Kind as Format, Node, Value};
use super::super::moment;
use super::super::project::{Kept, Project, folder};
use std::ops::Range;

/// The name of an inventory file.
pub const FILE_NAME: &str = "keyhound-inventory.toml";

/// Whether a path is that of an inventory file.
pub fn is_inventory(path: &str) -> bool {
    path.rsplit('/').next() == Some(FILE_NAME)
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The variable, secret or resource, or what people call the key.
    pub name: String,
    /// Id of the provider.
    pub provider: Option<String>,
    /// What it opens.
    pub environment: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How the fingerprint of a key in clear begins.
    pub fingerprint: Option<String>,
    /// When it came into use.
    pub created: Option<i64>,
    /// When it was last replaced.
    pub rotated: Option<i64>,
    /// When it ends.
    pub expires: Option<i64>,
    /// Paths, seen from the file's folder, and `env:NAME` or `secret:NAME`.
    pub used: Vec<(String, Range<usize>)>,
    /// Where it is named.
    pub span: Range<usize>,
}

impl Listed {
    /// The variables and secrets under which it travels.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let name = |(used, _)| strip(used);
        self.used.iter().map(|(used, span)| (used.as_str(), span)).filter_map(name)
    }

    /// The files that use it, as reports name them, where `inventory` is the path of the list.
    pub fn paths<'l>(&'l self, inventory: &'l str) -> impl Iterator<Item = (String, &'l Range<usize>)> {
        let here = folder(inventory);
        let paths = self.used.iter().filter(|(used, _)| strip(used).is_none());
        paths.map(move |(used, span)| {
            let used = used.strip_prefix("./").unwrap_or(used);
            (if here.is_empty() { used.to_owned() } else { format!("{here}/{used}") }, span)
        })
    }
}

fn strip(used: &str) -> Option<&str> {
    ["env:", "secret:"].iter().find_map(|lead| used.strip_prefix(lead))
}

/// What is wrong with an inventory file: where, and in words.
pub type Mistake = (Range<usize>, String);

/// Every inventory file with its entries and mistakes.
pub fn lists<'p>(project: &Project<'p>) -> Vec<(&'p Kept, Vec<Listed>, Vec<Mistake>)> {
    let files = project.files.iter().filter(|kept| is_inventory(&kept.document.path));
    files
        .map(|kept| {
            let (mut entries, mut mistakes) = (Vec::new(), Vec::new());
            read(kept, &mut entries, &mut mistakes);
            (kept, entries, mistakes)
        })
        .collect()
}

fn read(kept: &Kept, entries: &mut Vec<Listed>, mistakes: &mut Vec<Mistake>) {
    if kept.document.kind != Format::Toml || kept.document.by_line {
        mistakes.push((0..0, "it is no TOML, so nothing in it counts".to_owned()));
        return;
    }
    for entry in kept.document.roots.iter().flat_map(Node::entries) {
        match (entry.key.as_str(), &entry.value.value) {
            ("key", Value::List(items)) => items.iter().for_each(|item| one(item, entry, entries, mistakes)),
            ("key", _) => mistakes.push((entry.key_span.clone(), "a key is written as [[key]]".to_owned())),
            (other, _) => {
                mistakes.push((entry.key_span.clone(), format!("'{other}' means nothing here; keys are [[key]]")))
            }
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for listed in entries.iter() {
        if !names.insert((listed.name.clone(), listed.environment.clone(), listed.fingerprint.clone())) {
            mistakes.push((listed.span.clone(), format!("'{}' is there twice", listed.name)));
        }
    }
}

fn one(item: &Node, table: &Entry, entries: &mut Vec<Listed>, mistakes: &mut Vec<Mistake>) {
    let mut listed = Listed { span: table.key_span.clone(), ..Listed::default() };
    for field in item.entries() {
        let at = field.value.span.clone();
        let text = field.value.text().map(str::to_owned);
        let mut date = |slot: &mut Option<i64>, ends: bool| match text.as_deref().and_then(|text| time(text, ends)) {
            Some(time) => *slot = Some(time),
            None => mistakes.push((at.clone(), format!("{} is no date like 2027-01-31", field.key))),
        };
        match field.key.as_str() {
            "created" => date(&mut listed.created, false),
            "rotated" => date(&mut listed.rotated, false),
            "expires" => date(&mut listed.expires, true),
            "name" | "provider" | "environment" | "owner" | "fingerprint" | "note" => match text {
                Some(text) if !text.trim().is_empty() => match field.key.as_str() {
                    "name" => (listed.name, listed.span) = (text, at),
                    "provider" => listed.provider = Some(text),
                    "environment" => listed.environment = Some(text),
                    "owner" => listed.owner = Some(text),
                    "fingerprint" if is_print(&text) => listed.fingerprint = Some(text),
                    "fingerprint" => mistakes.push((at, "a fingerprint is 8 or more of 0-9 and a-f".to_owned())),
                    _ => {}
                },
                _ => mistakes.push((at, format!("{} is a text in quotes", field.key))),
            },
            "used" => {
                for used in field.value.items() {
                    match used.text() {
                        Some(text) => listed.used.push((text.to_owned(), used.span.clone())),
                        None => mistakes.push((used.span.clone(), "used is a list of texts".to_owned())),
                    }
                }
            }
            other => mistakes.push((
                field.key_span.clone(),
                format!(
                    "'{other}' is no field of a key; they are name, provider, environment, owner, fingerprint, created, rotated, expires, used, note"
                ),
            )),
        }
    }
    if listed.name.is_empty() {
        mistakes.push((listed.span, "a key has no name".to_owned()));
    } else {
        entries.push(listed);
    }
}

/// A day begins when a key comes into use and ends when the key does.
fn time(text: &str, ends: bool) -> Option<i64> {
    if ends { moment::parse(text) } else { moment::day(text.trim()).or_else(|| moment::parse(text)) }
}

fn is_print(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
