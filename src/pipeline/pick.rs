//! The keys that a person means: all that a scan reports, those with certain fingerprints, those of a report, or those
//! on standard input. A report is redacted, so its keys are read again from the files and objects that it names.

use super::plan::Picks;
use crate::blob::ObjectId;
use crate::finding::{Confidence, Finding, Fingerprint, FingerprintKey, Location, Place, Position, Secret};
use crate::problem::Problem;
use crate::rule::RuleSet;
use crate::source::{Places, Spot};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A key as a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its identity.
    pub fingerprint: String,
    /// Where it is, for messages.
    pub place: String,
    /// The files and objects that hold it.
    pub spots: Vec<Spot>,
}

/// What a report names: JSON, JSON Lines and SARIF of keyhound are read.
///
/// # Errors
///
/// The file is no such report.
pub fn read_report(file: &Path) -> Result<Vec<Named>, Problem> {
    let wrong = |message: String| Problem::fatal(file.display().to_string(), message);
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let documents: Vec<Value> = match serde_json::from_str(&text) {
        Ok(one) => vec![one],
        Err(_) => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|error| {
                wrong(format!("is no report: {error}"))
                    .with_next_step("write one with keyhound scan --report json=FILE")
            })?,
    };
    let mut named = Vec::new();
    let mut is_report = false;
    for document in &documents {
        if let Some(findings) = document["findings"].as_array() {
            is_report = true;
            named.extend(findings.iter().filter_map(of_record));
        } else if let Some(runs) = document["runs"].as_array() {
            is_report = true;
            let results = runs.iter().filter_map(|run| run["results"].as_array()).flatten();
            named.extend(results.filter_map(of_sarif));
        } else if document["kind"].is_string() {
            is_report = true;
            named.extend((document["kind"] == "finding").then(|| of_record(document)).flatten());
        }
    }
    if !is_report {
        return Err(wrong("is no report of keyhound".to_owned())
            .with_next_step("write one with keyhound scan --report json=FILE"));
    }
    Ok(named)
}

/// Whether a finding of a report was reported there.
fn was_reported(verdict: &Value) -> bool {
    verdict.as_str().is_none_or(|verdict| verdict == "report")
}

/// Whether a rule is a check of key hygiene: what that speaks of is no key.
fn is_check(rule: &Value) -> bool {
    rule.as_str().is_some_and(|rule| rule.contains('/'))
}

fn of_record(record: &Value) -> Option<Named> {
    if !was_reported(&record["verdict"]) || is_check(&record["rule"]) {
        return None;
    }
    let repository = Path::new(record["repository"].as_str().unwrap_or("."));
    let places: Vec<&Value> = match record["locations"].as_array() {
        Some(places) => places.iter().collect(),
        None => vec![record],
    };
    let spots = places.iter().filter_map(|place| spot(place["object"].as_str(), place["path"].as_str(), repository));
    let first = places.first().copied().unwrap_or(record);
    let (path, line) = (first["path"].as_str().unwrap_or("an object"), &first["line"]);
    Some(Named {
        fingerprint: whole(record["fingerprint"].as_str()?)?,
        place: format!("{path}:{line}"),
        spots: spots.collect(),
    })
}

fn of_sarif(result: &Value) -> Option<Named> {
    if !was_reported(&result["properties"]["verdict"]) || is_check(&result["ruleId"]) {
        return None;
    }
    let prints = result["partialFingerprints"].as_object()?;
    let fingerprint = whole(prints.iter().find(|(name, _)| name.starts_with("keyhound/"))?.1.as_str()?)?;
    let all = ["locations", "relatedLocations"].iter().filter_map(|name| result[*name].as_array()).flatten();
    let uri = |place: &Value| {
        let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str()?;
        Some(decode(uri.strip_prefix("file://").unwrap_or(uri)))
    };
    let places: Vec<&Value> = all.collect();
    let here = Path::new(result["properties"]["repository"].as_str().unwrap_or("."));
    let spots =
        places.iter().filter_map(|place| spot(place["properties"]["object"].as_str(), uri(place).as_deref(), here));
    let first = places.first().map(|place| {
        let line = &place["physicalLocation"]["region"]["startLine"];
        format!("{}:{line}", uri(place).unwrap_or_default())
    });
    Some(Named { fingerprint, place: first.unwrap_or_default(), spots: spots.collect() })
}

/// A whole fingerprint. The beginning of one may be that of a key that nobody named.
fn whole(text: &str) -> Option<String> {
    Fingerprint::parse(text).map(|print| print.to_string())
}

fn spot(object: Option<&str>, path: Option<&str>, repository: &Path) -> Option<Spot> {
    match (object, path) {
        (Some(id), _) => ObjectId::parse(id).map(|id| Spot::Object { repository: repository.to_owned(), id }),
        (None, Some(path)) if path != "<stdin>" => Some(Spot::File(PathBuf::from(path))),
        _ => None,
    }
}

/// Undoes percent-encoding.
fn decode(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The source that reads again what a report names.
pub fn places(named: &[Named]) -> Places {
    let spots: BTreeSet<Spot> = named.iter().flat_map(|named| named.spots.iter().cloned()).collect();
    Places { spots }
}

/// Keeps the findings that are meant; what is meant and not there comes back as problems.
///
/// `known_as` lists every fingerprint under which a finding may have been reported.
pub fn keep(
    findings: &mut Vec<Finding>,
    picks: &Picks,
    named: &[Named],
    known_as: &dyn Fn(&Finding) -> Vec<Fingerprint>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let names: Vec<Vec<String>> =
        findings.iter().map(|finding| known_as(finding).iter().map(ToString::to_string).collect()).collect();
    let with = |start: &str| -> Vec<usize> {
        let hits = |ix: &usize| names[*ix].iter().any(|name| name.starts_with(start));
        (0..names.len()).filter(hits).collect()
    };
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    match picks {
        Picks::Reported | Picks::Lines => return problems,
        Picks::Fingerprints(all) => {
            for start in all {
                match with(start).as_slice() {
                    [one] => {
                        kept.insert(*one);
                    }
                    [] => problems.push(
                        Problem::fatal(start, "no key with this fingerprint was found here")
                            .with_next_step("keyhound scan shows the fingerprints"),
                    ),
                    several => problems.push(
                        Problem::fatal(start, format!("{} keys have fingerprints that begin so", several.len()))
                            .with_next_step("type more of it"),
                    ),
                }
            }
        }
        Picks::Report(_) => {
            for key in named {
                let found = with(&key.fingerprint);
                kept.extend(&found);
                if found.is_empty() {
                    problems.push(
                        Problem::incomplete(
                            &key.place,
                            format!("the key {} is not there any more", short(&key.fingerprint)),
                        )
                        .with_next_step("scan again; it may live on elsewhere"),
                    );
                }
            }
        }
    }
    let mut ix = 0..;
    findings.retain(|_| ix.next().is_some_and(|ix| kept.contains(&ix)));
    problems
}

fn short(fingerprint: &str) -> &str {
    fingerprint.get(..16).unwrap_or(fingerprint)
}

/// Takes each line for a whole key of `provider`: for keys whose format says nothing.
pub fn of_lines(text: &str, provider: &str, rules: &RuleSet, key: &FingerprintKey) -> Vec<Finding> {
    let Some((ix, rule)) = rules.iter().find(|(_, rule)| rule.provider.id == provider && rule.spec.online.is_some())
    else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let lines = text.lines().enumerate().map(|(number, line)| (number as u64 + 1, line.trim()));
    let keys = lines.filter(|(_, line)| line.len() >= 8 && !line.contains(char::is_whitespace));
    keys.filter(|(_, line)| seen.insert(*line))
        .map(|(number, line)| {
            let secret = Secret::new(line.as_bytes(), rule.public_prefix(line.as_bytes()));
            let position = Position { line: number, column: 1, end_line: number, ..Position::default() };
            Finding {
                rule: ix,
                also: Vec::new(),
                fingerprint: Fingerprint::of(key, rule.spec.id, &secret, b"<stdin>"),
                secret,
                severity: rule.severity,
                confidence: Confidence::Medium,
                environment: rule.environment,
                reasons: vec!["you said whose key it is".into()],
                locations: vec![Location::now(Place::Stdin, Some(b"<stdin>".to_vec()), position, Vec::new())],
                blobs: 0,
                asked: None,
                subject: None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = "00ff00ff00ff00ff00ff00ff00ff00ff";

    fn named(text: &str) -> Vec<Named> {
        let dir = tempfile::tempdir().expect("temp dir");
        let file = dir.path().join("report");
        std::fs::write(&file, text).expect("writes");
        read_report(&file).expect("a report")
    }

    #[test]
    fn every_machine_format_is_read() {
        let place = r#""path":"a b.txt","line":3,"object":null"#;
        let finding = format!(
            r#"{{"kind":"finding","fingerprint":"{PRINT}","verdict":"report",{place},"locations":[{{{place}}},{{"path":"x","object":"{}"}}]}}"#,
            "ab".repeat(20)
        );
        let other = finding.replace("\"report\"", "\"baselined\"");
        let want = [Named {
            fingerprint: PRINT.to_owned(),
            place: "a b.txt:3".to_owned(),
            spots: vec![
                Spot::File("a b.txt".into()),
                Spot::Object { repository: ".".into(), id: ObjectId([0xab; 20]) },
            ],
        }];
        assert_eq!(named(&format!(r#"{{"schema":1,"findings":[{finding},{other}]}}"#)), want);
        assert_eq!(named(&format!("{finding}\n{other}\n{{\"kind\":\"summary\"}}\n")), want);
        let at = |uri: &str, object: &str| {
            format!(
                r#"{{"physicalLocation":{{"artifactLocation":{{"uri":"{uri}"}},"region":{{"startLine":3}}}},"properties":{{"object":{object}}}}}"#
            )
        };
        let sarif = format!(
            r#"{{"runs":[{{"results":[{{"partialFingerprints":{{"keyhound/v1":"{PRINT}"}},"locations":[{}],"relatedLocations":[{}]}}]}}]}}"#,
            at("a%20b.txt", "null"),
            at("x", &format!("\"{}\"", "ab".repeat(20)))
        );
        assert_eq!(named(&sarif), want);
    }

    #[test]
    fn a_report_cannot_mean_keys_that_it_does_not_name() {
        for print in ["", "00ff", "0", "zz"] {
            let text =
                format!(r#"{{"findings":[{{"fingerprint":"{print}","verdict":"report","path":"x","line":1}}]}}"#);
            assert_eq!(named(&text), []);
        }
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let dir = tempfile::tempdir().expect("temp dir");
        let file = dir.path().join("x");
        assert!(read_report(&file).is_err());
        for text in ["", "hello", "{}", "[1]", "{\"a\":1}\n{\"b\":2}"] {
            std::fs::write(&file, text).expect("writes");
            assert!(read_report(&file).is_err(), "{text}");
        }
    }
}
