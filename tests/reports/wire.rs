//! The machine formats as another program would declare them: every field named, none missing, none unknown. If this
//! file has to change in any other way than by a new field, `record::SCHEMA` has to rise.

#![allow(dead_code)] // fields are declared to be required, not to be read

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub schema: u32,
    pub tool: Tool,
    pub summary: Summary,
    pub findings: Vec<Finding>,
    pub inventory: Option<Vec<Key>>,
    pub problems: Vec<Problem>,
}

/// A key of the inventory of an audit.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub kind: String,
    pub form: String,
    pub name: String,
    #[serde(deserialize_with = "required")]
    pub secret: Option<String>,
    #[serde(deserialize_with = "required")]
    pub fingerprint: Option<String>,
    #[serde(deserialize_with = "required")]
    pub provider: Option<String>,
    #[serde(deserialize_with = "required")]
    pub environment: Option<String>,
    pub places: Vec<KeyPlace>,
    #[serde(deserialize_with = "required")]
    pub created: Option<String>,
    #[serde(deserialize_with = "required")]
    pub age_days: Option<i64>,
    #[serde(deserialize_with = "required")]
    pub rotated: Option<String>,
    #[serde(deserialize_with = "required")]
    pub expires: Option<String>,
    #[serde(deserialize_with = "required")]
    pub owner: Option<String>,
    pub listed: bool,
    pub state: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct KeyPlace {
    pub path: String,
    pub line: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub kind: String,
    pub rule: String,
    pub provider: String,
    pub also: Vec<String>,
    pub repository: Option<String>,
    pub description: String,
    pub severity: String,
    pub confidence: String,
    pub environment: String,
    pub place: String,
    #[serde(deserialize_with = "required")]
    pub path: Option<String>,
    pub path_base64: Option<String>,
    pub line: u64,
    pub column: u64,
    pub end_line: u64,
    pub end_column: u64,
    pub offset: u64,
    pub length: u64,
    #[serde(default)]
    pub encodings: Vec<String>,
    pub member: Option<String>,
    #[serde(deserialize_with = "required")]
    pub object: Option<String>,
    #[serde(deserialize_with = "required")]
    pub commit: Option<Commit>,
    #[serde(deserialize_with = "required")]
    pub removed: Option<Commit>,
    pub in_head: bool,
    pub present: bool,
    pub reachable: bool,
    pub refs: Vec<String>,
    #[serde(deserialize_with = "required")]
    pub secret: Option<String>,
    pub secret_base64: Option<String>,
    pub secret_length: u64,
    pub fingerprint: String,
    pub blobs: u64,
    pub locations: Vec<Place>,
    pub verdict: String,
    #[serde(deserialize_with = "required")]
    pub verdict_reason: Option<String>,
    pub reasons: Vec<String>,
    pub asked: Option<Asked>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub provider: String,
    pub liveness: String,
    pub evidence: String,
    #[serde(deserialize_with = "required")]
    pub key_id: Option<String>,
    pub permissions: Vec<String>,
    #[serde(deserialize_with = "required")]
    pub expires: Option<String>,
    #[serde(deserialize_with = "required")]
    pub owner: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub place: String,
    #[serde(deserialize_with = "required")]
    pub path: Option<String>,
    pub path_base64: Option<String>,
    pub line: u64,
    pub column: u64,
    pub end_line: u64,
    pub end_column: u64,
    pub offset: u64,
    pub length: u64,
    #[serde(default)]
    pub encodings: Vec<String>,
    pub member: Option<String>,
    #[serde(deserialize_with = "required")]
    pub object: Option<String>,
    #[serde(deserialize_with = "required")]
    pub commit: Option<Commit>,
    #[serde(deserialize_with = "required")]
    pub removed: Option<Commit>,
    pub in_head: bool,
    pub present: bool,
    pub reachable: bool,
    pub refs: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    pub id: String,
    pub author: String,
    pub email: String,
    pub date: String,
    pub committed: String,
    pub summary: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    pub kind: String,
    pub weight: String,
    pub subject: String,
    pub message: String,
    #[serde(deserialize_with = "required")]
    pub next_step: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub kind: String,
    pub complete: bool,
    pub findings: u64,
    pub verdicts: BTreeMap<String, u64>,
    pub severities: BTreeMap<String, u64>,
    pub problems: u64,
    pub coverage: Coverage,
    pub repositories: Vec<Repository>,
    pub shard: Option<Shard>,
}

/// The last of the JSON Lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastLine {
    pub schema: u32,
    pub tool: Tool,
    pub kind: String,
    pub complete: bool,
    pub findings: u64,
    pub verdicts: BTreeMap<String, u64>,
    pub severities: BTreeMap<String, u64>,
    pub problems: u64,
    pub coverage: Coverage,
    pub repositories: Vec<Repository>,
    pub shard: Option<Shard>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    pub files: u64,
    pub file_bytes: u64,
    pub blobs: u64,
    pub blob_bytes: u64,
    pub fresh_bytes: u64,
    pub commits: u64,
    pub tags: u64,
    pub skipped: BTreeMap<String, u64>,
    pub gaps: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    pub path: String,
    #[serde(deserialize_with = "required")]
    pub head: Option<String>,
    #[serde(deserialize_with = "required")]
    pub branch: Option<String>,
    #[serde(deserialize_with = "required")]
    pub remote: Option<String>,
    pub account: Option<Account>,
}

/// A field that may be null but not absent.
fn required<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    pub part: u32,
    pub of: u32,
    pub made: String,
    pub units: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub complete: bool,
    pub reported: u64,
    pub coverage: Coverage,
}
