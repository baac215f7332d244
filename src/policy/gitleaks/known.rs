//! A report of gitleaks as a baseline: keys that are known, by their values where the report holds them, else by where
//! they were.
//!
//! gitleaks compares lines, columns, authors and messages, so that one line more at the top of a file brings everything
//! back. A key is known here as long as it is the same key.

use super::{line_of, names};
use crate::finding::{Finding, Location};
use crate::policy::Folders;
use crate::rule::RuleSet;
use crate::rule::foreign::entropy;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The findings of a report. No secret is kept, only hashes of them.
#[derive(Debug, Clone, Default)]
pub struct Known {
    file: String,
    /// By the hash of the secret: rules and files.
    values: BTreeMap<[u8; 32], BTreeSet<(String, Vec<u8>)>>,
    /// By file: findings whose secret is not in the report.
    places: BTreeMap<Vec<u8>, Vec<Place>>,
}

#[derive(Debug, Clone)]
struct Place {
    rule: String,
    line: u64,
    entropy: f64,
}

/// How far a key may have moved from the line where a report without secrets saw it.
const DRIFT: u64 = 50;

/// Whether bytes are a report of gitleaks, and no baseline of ours.
pub fn is_report(bytes: &[u8]) -> bool {
    bytes.iter().find(|b| !b.is_ascii_whitespace() && !matches!(b, 0xef | 0xbb | 0xbf)) == Some(&b'[')
}

impl Known {
    /// Reads a JSON report; `file` is its name.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // The parser's own message quotes nothing of the file.
        let entries: Vec<Value> = serde_json::from_slice(bytes)
            .map_err(|error| format!("{file}:{}: is no JSON report of gitleaks", error.line()))?;
        let mut known = Self { file: file.to_owned(), ..Self::default() };
        for (number, entry) in entries.iter().enumerate() {
            let Some(entry) = entry.as_object() else {
                return Err(format!("{file}: entry {} is no finding of gitleaks", number + 1));
            };
            let get = |key: &str| entry.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
            let text = |key: &str| get(key).and_then(Value::as_str).unwrap_or_default();
            if text("RuleID").is_empty() {
                return Err(format!("{file}: entry {} names no RuleID; is this a report of gitleaks?", number + 1));
            }
            let (rule, path) = (text("RuleID").to_owned(), text("File").replace('\\', "/").into_bytes());
            let secret = text("Secret");
            if is_redacted(secret) {
                let line = get("StartLine").and_then(Value::as_u64).unwrap_or(0);
                let entropy = get("Entropy").and_then(Value::as_f64).unwrap_or(0.0);
                known.places.entry(path).or_default().push(Place { rule, line, entropy });
            } else {
                known.values.entry(hash(secret.as_bytes())).or_default().insert((rule, path));
            }
        }
        Ok(known)
    }

    /// The name of the report.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// For each place of a finding, whether it was known.
    pub(in crate::policy) fn holds(&self, finding: &Finding, rules: &RuleSet, folders: &Folders) -> Vec<bool> {
        let by_value = self.values.get(&hash(finding.secret.expose())).filter(|_| !finding.secret.is_empty());
        let ids: Vec<&str> =
            std::iter::once(finding.rule).chain(finding.also.iter().copied()).map(|ix| rules.get(ix).spec.id).collect();
        let is_rule = |rule: &str| ids.contains(&rule) || rules.find(rule).is_none();
        // A long random value is itself wherever it lies; a password is so only in its file.
        if !finding.secret.is_guessable() && by_value.is_some_and(|set| set.iter().any(|(rule, _)| is_rule(rule))) {
            return vec![true; finding.locations.len()];
        }
        let bits = entropy(finding.secret.expose());
        let holds = |location: &Location| {
            names(location, folders).iter().any(|name| {
                by_value.is_some_and(|set| set.iter().any(|(rule, path)| is_rule(rule) && **path == **name))
                    || self.places.get(&**name).is_some_and(|places| {
                        places.iter().any(|place| {
                            is_rule(&place.rule)
                                && place.line.abs_diff(line_of(location)) <= DRIFT
                                && (place.entropy - bits).abs() < 1e-4
                        })
                    })
            })
        };
        finding.locations.iter().map(holds).collect()
    }
}

/// What `--redact` leaves of a secret, in whole or in part.
fn is_redacted(secret: &str) -> bool {
    secret.is_empty() || secret.contains("REDACTED") || secret.ends_with("...") || secret.ends_with('…')
}

fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::{at, finding, rules};

    fn holds(report: &Value, change: impl Fn(&mut Finding)) -> Vec<bool> {
        let known = Known::parse("r.json", report.to_string().as_bytes()).expect("a report");
        let mut finding = finding(&[]);
        finding.locations = vec![at(Some("a.py")), at(Some("b.py"))];
        finding.locations.iter_mut().for_each(|location| location.position.line = 12);
        change(&mut finding);
        known.holds(&finding, &rules(), &Folders::default())
    }

    fn report(secret: &str, rule: &str) -> Value {
        let bits = entropy(finding(&[]).secret.expose()) as f32;
        serde_json::json!([{"ruleid": rule, "File": "a.py", "StartLine": 10, "Secret": secret, "Entropy": bits}])
    }

    #[test]
    fn a_value_is_known_wherever_it_lies() {
        let secret = String::from_utf8(finding(&[]).secret.expose().to_vec()).expect("text");
        assert_eq!(holds(&report(&secret, "test-key"), |_| {}), [true, true]);
        assert_eq!(holds(&report(&secret, "theirs"), |_| {}), [true, true]);
        assert_eq!(holds(&report(&secret, "test-password"), |_| {}), [false, false]);
        assert_eq!(holds(&report("another", "test-key"), |_| {}), [false, false]);
    }

    #[test]
    fn without_values_the_place_counts_and_the_entropy() {
        assert_eq!(holds(&report("REDACTED", "test-key"), |_| {}), [true, false]);
        let far = |finding: &mut Finding| finding.locations[0].position.line = 100;
        assert_eq!(holds(&report("REDACTED", "test-key"), far), [false, false]);
        let mut other = report("REDACTED", "test-key");
        other[0]["Entropy"] = 1.25.into();
        assert_eq!(holds(&other, |_| {}), [false, false]);
    }

    #[test]
    fn what_is_no_report_is_refused_without_repeating_it() {
        let error = Known::parse("r.json", b"[\n\"hunter2\"]").expect_err("no finding");
        assert!(error.contains("entry 1") && !error.contains("hunter2"), "{error}");
        assert!(Known::parse("r.json", b"[\n{]").expect_err("no JSON").contains("r.json:2"));
        assert!(is_report(b" \n[{}]") && !is_report(b"# keyhound baseline"));
    }
}
