//! An inventory file as keyhound writes one: an entry for each key that it sees, with what it knows, and what people have
//! to add as comments.

use super::super::moment;
use super::super::project::folder;
use super::{Item, Kind};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const HEAD: &str = "\
# Keys that this project uses. `keyhound audit` compares this file with the repository, both ways.
#
#   name         the variable, secret or resource, or what you call the key
#   provider     who issues it
#   environment  what it opens: production, staging, test, …
#   owner        who answers for it and rotates it
#   fingerprint  of a key in clear how its fingerprint begins
#   created, rotated, expires  days like 2027-01-31
#   used         files that name or hold it, `env:NAME` and `secret:NAME`

";

/// The text of a new file at `path`.
pub fn text(items: &[Item], path: &str) -> String {
    format!("{HEAD}{}", addition(items, path))
}

/// Entries for those items that no inventory file has, in the order of their names; a name that occurs as a variable and
/// as a secret of a pipeline is one key.
pub fn addition(items: &[Item], path: &str) -> String {
    let mut entries: BTreeMap<(&str, String), Vec<&Item>> = BTreeMap::new();
    for item in items.iter().filter(|item| !item.listed && item.kind != Kind::Listed) {
        let print = item.fingerprint.map(|print| print.to_string()[..16].to_owned()).unwrap_or_default();
        entries.entry((&item.name, print)).or_default().push(item);
    }
    let blocks: Vec<String> =
        entries.into_iter().map(|((name, print), items)| entry(name, &print, &items, path)).collect();
    blocks.join("\n")
}

fn entry(name: &str, print: &str, items: &[&Item], path: &str) -> String {
    let mut out = String::from("[[key]]\n");
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut field = |key: &str, value: Option<String>, otherwise: &str| {
        match value {
            Some(value) => writeln!(out, "{key} = {value}"),
            None if otherwise.is_empty() => Ok(()),
            None => writeln!(out, "# {key} = {otherwise}"),
        }
        .unwrap_or_default();
    };
    let first = |get: fn(&Item) -> Option<&String>| items.iter().find_map(|item| get(item)).map(|text| quoted(text));
    let date = |time: Option<i64>| time.map(moment::words);
    field("name", Some(quoted(name)), "");
    field("provider", first(|item| item.provider.as_ref()), "\"\"");
    field("environment", first(|item| item.environment.as_ref()), "");
    field("owner", first(|item| item.owner.as_ref()), "\"\"");
    field("fingerprint", (!print.is_empty()).then(|| quoted(print)), "");
    field("created", date(items.iter().filter_map(|item| item.created).min()), "2027-01-31");
    field("rotated", date(items.iter().filter_map(|item| item.rotated).max()), "");
    field("expires", date(items.iter().filter_map(|item| item.expires).min()), "2027-01-31");
    let here = folder(path);
    let mut used: Vec<String> = Vec::new();
    for item in items {
        used.extend((item.kind == Kind::CiSecret).then(|| format!("secret:{name}")));
        used.extend(item.places.iter().map(|(place, _)| {
            place.strip_prefix(here).map_or(place.as_str(), |rest| rest.trim_start_matches('/')).to_owned()
        }));
    }
    used.sort();
    used.dedup();
    let used: Vec<String> = used.iter().map(|used| quoted(used)).collect();
    field("used", Some(format!("[{}]", used.join(", "))), "");
    out
}
