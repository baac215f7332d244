//! Rules and parts for the tests of this room.

use crate::blob::ObjectId;
use crate::finding::{CommitInfo, Confidence, Location, Part, Place, Position, RuleIx, Secret};
use crate::rule::{RuleSet, load_text};
use std::sync::Arc;

pub fn rules() -> RuleSet {
    let mut all = Vec::new();
    for (provider, rules) in [
        (
            "generic",
            r#"{ id = "generic-key", description = "d", pattern = '\b(pre_[a-z0-9]{16})\b', keywords = ["key"] }, { id = "generic-other", description = "d", pattern = '\b(pre_[a-z0-9]{16})\b', keywords = ["other"] }"#,
        ),
        (
            "one",
            r#"{ id = "plain-prefix", description = "d", pattern = '\b(pre_[a-z0-9]{16})\b', prefixes = ["pre_"] }"#,
        ),
        (
            "two",
            r#"{ id = "near-prefix", description = "d", pattern = '\b(pre_[a-z0-9]{16})\b', prefixes = ["pre_"], keywords = ["two"] }"#,
        ),
        ("three", r#"{ id = "near-name", description = "d", pattern = '\b([a-z0-9_]{20})\b', keywords = ["three"] }"#),
    ] {
        let text = format!("rule = [{rules}]\n[provider]\nid = \"{provider}\"\nname = \"N\"\n");
        all.extend(load_text("test.toml", &text).expect("rules"));
    }
    RuleSet::new(all).expect("distinct")
}

pub fn part(rule: u32, secret: &str, confidence: Confidence, locations: Vec<Location>) -> Part {
    let secret = Secret::new(secret.as_bytes(), if secret.starts_with("pre_") { 4 } else { 0 });
    Part { rule: RuleIx(rule), secret, confidence, reasons: Vec::new(), locations, blobs: 0 }
}

pub fn in_file(path: &str, offset: u64) -> Location {
    in_file_of(path, offset, 1)
}

pub fn in_file_of(path: &str, offset: u64, length: u64) -> Location {
    let position = Position { offset, length, ..Position::default() };
    Location::now(Place::File, Some(path.as_bytes().to_vec()), position, Vec::new())
}

pub fn commit(committed: i64) -> Arc<CommitInfo> {
    let id = ObjectId([committed as u8; 20]);
    let text = || "x".to_owned();
    Arc::new(CommitInfo { committed, id, author: text(), email: text(), date: committed, summary: text() })
}

pub fn history(path: &str, offset: u64, introduced: Option<Arc<CommitInfo>>) -> Location {
    let place = Place::History { blob: ObjectId([1; 20]), introduced, removed: None };
    Location { place, ..in_file(path, offset) }
}
