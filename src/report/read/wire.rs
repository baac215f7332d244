//! The shape of a report as it is read: what is needed of it, and no more.

use super::looks_like_sarif;
use crate::blob::ObjectId;
use crate::finding::Encoding;
use serde::Deserialize;
use serde_json::{Value, from_value};
use std::collections::BTreeMap;

/// A whole report, from one document or from lines.
#[derive(Debug)]
pub struct Report {
    pub schema: u32,
    pub summary: Summary,
    pub findings: Vec<Finding>,
    /// Only of an audit.
    pub inventory: Option<Vec<Key>>,
    pub problems: Vec<Problem>,
}

/// A key of an audit's inventory.
#[derive(Debug, Deserialize)]
pub struct Key {
    pub form: String,
    pub name: String,
    pub secret: Option<String>,
    pub fingerprint: Option<String>,
    pub provider: Option<String>,
    pub environment: Option<String>,
    pub places: Vec<KeyPlace>,
    pub created: Option<String>,
    pub rotated: Option<String>,
    pub expires: Option<String>,
    pub owner: Option<String>,
    pub listed: bool,
    pub state: String,
}

#[derive(Debug, Deserialize)]
pub struct KeyPlace {
    pub path: String,
    pub line: u64,
}

#[derive(Debug, Deserialize)]
pub struct Summary {
    pub verdicts: BTreeMap<String, u64>,
    pub coverage: Coverage,
    pub repositories: Vec<Repository>,
    pub shard: Option<Shard>,
}

#[derive(Debug, Deserialize)]
pub struct Shard {
    pub part: u32,
    pub of: u32,
    pub made: String,
    pub units: Vec<String>,
    #[serde(default)]
    pub words: Vec<String>,
    #[serde(default)]
    pub pieces: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub struct Account {
    pub complete: bool,
    pub reported: u64,
    pub coverage: Coverage,
}

#[derive(Debug, Deserialize)]
pub struct Coverage {
    pub files: u64,
    pub file_bytes: u64,
    pub blobs: u64,
    pub blob_bytes: u64,
    pub fresh_bytes: u64,
    pub commits: u64,
    pub tags: u64,
    pub skipped: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
pub struct Repository {
    pub path: String,
    pub head: Option<String>,
    pub branch: Option<String>,
    pub remote: Option<String>,
    pub account: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub struct Finding {
    pub rule: String,
    pub provider: String,
    pub also: Vec<String>,
    pub repository: Option<String>,
    pub description: String,
    pub severity: String,
    pub confidence: String,
    pub environment: String,
    pub secret: Option<String>,
    pub secret_length: u64,
    pub fingerprint: String,
    pub blobs: u64,
    pub locations: Vec<Place>,
    pub verdict: String,
    pub verdict_reason: Option<String>,
    pub reasons: Vec<String>,
    pub asked: Option<Asked>,
}

/// What a provider said.
#[derive(Debug, Deserialize)]
pub struct Asked {
    pub provider: String,
    pub liveness: String,
    pub evidence: String,
    pub key_id: Option<String>,
    pub permissions: Vec<String>,
    pub expires: Option<String>,
    pub owner: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Place {
    pub place: String,
    pub path: Option<String>,
    pub path_base64: Option<String>,
    pub line: u64,
    pub column: u64,
    pub end_line: u64,
    pub end_column: u64,
    pub offset: u64,
    pub length: u64,
    #[serde(default)]
    pub encodings: Vec<Encoding>,
    pub member: Option<String>,
    pub object: Option<ObjectId>,
    pub commit: Option<Commit>,
    pub removed: Option<Commit>,
    pub in_head: bool,
    pub reachable: bool,
    pub refs: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Commit {
    pub id: ObjectId,
    pub author: String,
    pub email: String,
    pub date: String,
    pub committed: Option<String>,
    pub summary: String,
}

#[derive(Debug, Deserialize)]
pub struct Problem {
    pub weight: String,
    pub subject: String,
    pub message: String,
    pub next_step: Option<String>,
}

impl Report {
    /// Reads one document, or a record a line.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut values = Vec::new();
        for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
            values.push(value.map_err(|error| format!("line {}: it is no JSON, so no report", error.line()))?);
        }
        match values.as_mut_slice() {
            [] => Err("it is empty".to_owned()),
            [one] if one.get("kind").is_none() => Self::of_document(one.take()),
            _ => Self::of_lines(values),
        }
    }

    fn of_document(mut document: Value) -> Result<Self, String> {
        if looks_like_sarif(&document) {
            return Err("it is a SARIF report; reports are read in the formats json and jsonl".to_owned());
        }
        let mut take =
            |name: &str| document.get_mut(name).map(Value::take).ok_or_else(|| strange(&format!("it has no '{name}'")));
        let schema = from_value(take("schema")?).map_err(|_| strange("its schema is no number"))?;
        let as_it_is = |error: serde_json::Error| strange(&error.to_string());
        let inventory = take("inventory").ok();
        Ok(Self {
            schema,
            inventory: inventory.map(from_value).transpose().map_err(as_it_is)?,
            summary: from_value(take("summary")?).map_err(as_it_is)?,
            findings: from_value(take("findings")?).map_err(as_it_is)?,
            problems: from_value(take("problems")?).map_err(as_it_is)?,
        })
    }

    /// The summary comes last, so that who has it has everything.
    fn of_lines(values: Vec<Value>) -> Result<Self, String> {
        let (mut findings, mut problems, mut end) = (Vec::new(), Vec::new(), None);
        let mut keys = Vec::new();
        for value in values {
            let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
            let as_it_is = |error: serde_json::Error| strange(&error.to_string());
            match kind.as_str() {
                "finding" => findings.push(from_value(value).map_err(as_it_is)?),
                "key" => keys.push(from_value(value).map_err(as_it_is)?),
                "problem" => problems.push(from_value(value).map_err(as_it_is)?),
                "summary" => {
                    let schema = value.get("schema").and_then(Value::as_u64).unwrap_or(0);
                    end = Some((u32::try_from(schema).unwrap_or(0), from_value(value).map_err(as_it_is)?));
                }
                _ => return Err(strange("a line is neither a finding nor a problem nor a summary")),
            }
        }
        let (schema, summary) = end.ok_or("it ends before its summary, so it is cut off")?;
        let inventory = (!keys.is_empty()).then_some(keys);
        Ok(Self { schema, summary, findings, inventory, problems })
    }
}

/// No error repeats a value: the file may be anything.
fn strange(what: &str) -> String {
    let what = what.split(" at line").next().unwrap_or(what);
    format!("it is no report of keyhound: {what}")
}
