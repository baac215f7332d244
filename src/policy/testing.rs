//! Rules, findings and places for the tests of this room.

use crate::blob::ObjectId;
use crate::finding::{
    CommitInfo, Confidence, Environment, Finding, Fingerprint, FingerprintKey, InlineMark, Location, Place, Position,
    Secret, Severity,
};
use crate::rule::{RuleSet, load_text};
use std::sync::Arc;

/// Two rules of one provider: `test-key`, whose keys cannot be guessed, and `test-password`.
pub fn rules() -> RuleSet {
    let text = r#"
        [provider]
        id = "test"
        name = "Test"
        [[rule]]
        id = "test-key"
        description = "Test key"
        pattern = '\b(tk_[a-z0-9]{24})\b'
        prefixes = ["tk_"]
        tags = ["made-up"]
        [[rule]]
        id = "test-password"
        description = "Test password"
        pattern = 'password=([a-z0-9]{8,16})'
        prefixes = ["password="]
    "#;
    RuleSet::new(load_text("test.toml", text).expect("rules")).expect("distinct ids")
}

/// A finding of `test-key` at the paths given.
pub fn finding(paths: &[&str]) -> Finding {
    of("test-key", Secret::new(["tk_", "abcdefghijklmnopqrstuvwx"].concat().as_bytes(), 3), paths)
}

/// A finding of `test-password` at the paths given.
pub fn guessable(paths: &[&str]) -> Finding {
    of("test-password", Secret::new(["hunter", "2hunter2"].concat().as_bytes(), 0), paths)
}

fn of(rule: &str, secret: Secret, paths: &[&str]) -> Finding {
    let first = paths.first().copied().unwrap_or_default();
    Finding {
        rule: rules().find(rule).expect("rule"),
        also: Vec::new(),
        fingerprint: Fingerprint::of(&FingerprintKey::default(), rule, &secret, first.as_bytes()),
        secret,
        severity: Severity::High,
        confidence: Confidence::High,
        environment: Environment::Unknown,
        reasons: Vec::new(),
        locations: paths.iter().map(|path| at(Some(path))).collect(),
        blobs: 0,
        asked: None,
        subject: None,
    }
}

/// A file.
pub fn at(path: Option<&str>) -> Location {
    Location::now(Place::File, path.map(|p| p.as_bytes().to_vec()), Position::default(), Vec::new())
}

/// The same place with a mark that names `rules`.
pub fn marked(mut location: Location, rules: &[&str]) -> Location {
    location.marks.push(InlineMark { rules: rules.iter().map(|r| (*r).to_owned()).collect() });
    location
}

/// A version of a file that the commit with the id `id` repeated introduced.
pub fn in_history(path: &str, id: u8) -> Location {
    let commit = CommitInfo {
        committed: 0,
        id: ObjectId([id; 20]),
        author: String::new(),
        email: String::new(),
        date: 0,
        summary: String::new(),
    };
    let place = Place::History { blob: ObjectId([0; 20]), introduced: Some(Arc::new(commit)), removed: None };
    Location { place, ..at(Some(path)) }
}
