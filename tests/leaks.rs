//! Lines that a person would call a leak are reported at the default threshold; lines that are none stay silent.

use keyhound::blob::{Blob, Origin};
use keyhound::engine::Engine;
use keyhound::finding::{Confidence, Hit};
use keyhound::rule::{RuleSet, embedded};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaks {
    leak: Vec<Leak>,
}

/// A line with `§` where the secret stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leak {
    syntax: String,
    line: String,
    /// In parts, to be joined.
    secret: Vec<String>,
    /// The rule that must find it, or `any`.
    rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrices {
    matrix: Vec<Matrix>,
}

/// Lines with `§` where a secret stands, each of which is filled with each of the values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    about: String,
    /// Each in parts, to be joined.
    values: Vec<Vec<String>>,
    lines: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quiet {
    quiet: Vec<QuietLines>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuietLines {
    about: String,
    lines: Vec<String>,
}

fn engine() -> Engine {
    Engine::new(Arc::new(RuleSet::new(embedded()).expect("rule ids are unique")))
}

fn reported(engine: &Engine, text: &str) -> Vec<Hit> {
    let hits = engine.scan(&Blob::whole(text.as_bytes(), Origin::Stdin));
    hits.into_iter().filter(|hit| hit.confidence >= Confidence::Medium).collect()
}

#[test]
fn what_a_person_would_call_a_leak_is_reported() {
    let engine = engine();
    let Leaks { leak } = toml::from_str(include_str!("data/leaks.toml")).expect("the data fits");
    let lost: Vec<String> = leak
        .iter()
        .filter(|leak| {
            let secret = leak.secret.concat();
            let text = leak.line.replacen('§', &secret, 1) + "\n";
            let is_it = |hit: &Hit| {
                text.as_bytes()[hit.secret.clone()] == *secret.as_bytes()
                    && (leak.rule == "any" || engine.rules().get(hit.rule).spec.id == leak.rule)
            };
            !reported(&engine, &text).iter().any(is_it)
        })
        .map(|leak| format!("{}: {}", leak.syntax, leak.line))
        .collect();
    assert!(lost.is_empty(), "{} of {} are lost\n{}", lost.len(), leak.len(), lost.join("\n"));
}

#[test]
fn every_kind_of_value_is_reported_in_every_syntax() {
    let engine = engine();
    let Matrices { matrix } = toml::from_str(include_str!("data/matrix.toml")).expect("the data fits");
    let mut lost = Vec::new();
    for Matrix { about, values, lines } in &matrix {
        for (line, value) in lines.iter().flat_map(|line| values.iter().map(move |value| (line, value.concat()))) {
            let text = line.replace('§', &value) + "\n";
            if !reported(&engine, &text).iter().any(|hit| text[hit.secret.clone()] == value) {
                lost.push(format!("{about}: {}… in {line}", &value[..4]));
            }
        }
    }
    assert!(lost.is_empty(), "{} are lost\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn what_is_no_leak_is_not() {
    let engine = engine();
    let Quiet { quiet } = toml::from_str(include_str!("data/quiet.toml")).expect("the data fits");
    let mut noise = Vec::new();
    for QuietLines { about, lines } in &quiet {
        for line in lines {
            let text = format!("{line}\n");
            for hit in reported(&engine, &text) {
                let id = engine.rules().get(hit.rule).spec.id;
                noise.push(format!("{about}: {id} finds '{}' in: {line}", &text[hit.secret]));
            }
        }
    }
    assert!(noise.is_empty(), "{} findings\n{}", noise.len(), noise.join("\n"));
}

/// A key is told by whoever is named around it, and by what it is called there.
#[test]
fn a_key_is_that_of_the_provider_that_is_named_around_it() {
    let hex = ["0e40a9c1d57b", "f2368ce0b914", "7d5a63f8"].concat();
    let place = crate::cli::Place::new();
    let other: String = hex.chars().rev().collect();
    for (text, rule) in [
        (
            format!(
                "import spotipy\nauth = SpotifyClientCredentials(client_id=\"{other}\", client_secret=\"{hex}\")\n"
            ),
            "spotify-client-secret",
        ),
        (
            format!("import algoliasearch from 'algoliasearch'\nconst client = algoliasearch(\"Q7LX2M\", \"{hex}\")\n"),
            "algolia-api-key",
        ),
        (format!("from amplitude import Amplitude\n\nsettings = {{}}\napi_key = \"{hex}\"\n"), "amplitude-api-key"),
        (format!("# nobody is named here\napi_key = \"{hex}\"\n"), "generic-secret"),
    ] {
        place.write("a.py", &text);
        let ran = place.run(&["scan", "a.py", "--no-config", "--format", "jsonl"]).exits(1);
        let found = ran.records("finding");
        let own = found.iter().find(|one| {
            one["column"].as_u64().is_some_and(|at| {
                text.lines().any(|line| line.get(at as usize - 1..).is_some_and(|rest| rest.starts_with(&hex)))
            })
        });
        assert_eq!(own.expect("it is found")["rule"], rule, "{text}\n{}", ran.out);
    }
}

/// A word beside a name for a password is one where all lines around are settings: in a folder and in a history alike.
#[test]
fn a_plain_word_is_a_password_among_settings() {
    let repo = crate::history::repo::Repo::new();
    let (word, name) = ("gulls".to_owned() + "Terns", "terns".to_owned() + "Gulls");
    repo.commit_file("app.yml", format!("db:\n  host: db1\n  port: 5432\n  keystorePass: {word}\n"));
    repo.commit_file("app.py", format!("user = name\nhost = host\nkeystorePass = {name}\nport = 1\n"));
    let root = repo.root.to_str().expect("UTF-8");
    let place = crate::cli::Place::new();
    for which in ["--history-only", "--no-history"] {
        let ran = place.run(&["scan", root, which, "--no-config", "--no-audit", "--format", "jsonl"]).exits(1);
        let found = ran.records("finding");
        assert_eq!(found.len(), 1, "{which}: {}", ran.out);
        assert_eq!(found[0]["confidence"], "medium", "{which}: {}", ran.out);
        let text = found[0].to_string();
        assert!(text.contains("generic-setting") && text.contains("app.yml") && !text.contains("app.py"), "{text}");
    }
}
