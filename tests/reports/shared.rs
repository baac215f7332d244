//! Formats that other programs read: GitLab's, JUnit's, CSV; and the page for a browser.

use super::{render, sample};
use keyhound::report::{Format, Run};
use regex::Regex;
use serde_json::{Value, json};
use std::process::Command;

/// What GitLab's schema 15.1.4 demands of a report of secret detection, in our words.
fn schema() -> Value {
    let text = || json!({"type": "string", "minLength": 1});
    let tool = || {
        json!({"type": "object", "required": ["id", "name", "version", "vendor"], "properties": {
            "id": text(), "name": text(), "version": text(),
            "vendor": {"type": "object", "required": ["name"], "properties": {"name": text()}}}})
    };
    let time = || json!({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"});
    json!({"type": "object", "required": ["version", "scan", "vulnerabilities"], "properties": {
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
        "scan": {"type": "object", "required": ["analyzer", "scanner", "type", "start_time", "end_time", "status"], "properties": {
            "analyzer": tool(), "scanner": tool(), "type": {"const": "secret_detection"},
            "start_time": time(), "end_time": time(), "status": {"enum": ["success", "failure"]},
            "messages": {"type": "array", "items": {"type": "object", "required": ["level", "value"], "properties": {
                "level": {"enum": ["info", "warn", "fatal"]}, "value": text()}}}}},
        "vulnerabilities": {"type": "array", "items": {"type": "object", "required": ["id", "identifiers", "location"], "properties": {
            "id": text(),
            "name": {"type": "string", "maxLength": 255},
            "description": {"type": "string", "maxLength": 1_048_576},
            "solution": {"type": "string", "maxLength": 7000},
            "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
            "identifiers": {"type": "array", "minItems": 1, "maxItems": 20, "items": {
                "type": "object", "required": ["type", "name", "value"],
                "properties": {"type": text(), "name": text(), "value": text()}}},
            "location": {"type": "object", "required": ["commit"], "properties": {
                "file": {"type": "string"}, "start_line": {"type": "integer"}, "end_line": {"type": "integer"},
                "commit": {"type": "object", "required": ["sha"], "properties": {
                    "sha": text(), "author": {"type": "string"}, "date": {"type": "string"}, "message": {"type": "string"}}}}}}}}}})
}

#[test]
fn gitlab_gets_what_its_schema_demands() {
    let schema = jsonschema::validator_for(&schema()).expect("a schema");
    for run in [sample::full(), sample::empty(), Run { each: true, ..sample::full() }] {
        let report: Value = serde_json::from_str(&render(Format::Gitlab, &run)).expect("JSON");
        let wrong: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let ids: Vec<&Value> = report["vulnerabilities"].as_array().expect("a list").iter().map(|v| &v["id"]).collect();
        assert!(ids.iter().enumerate().all(|(i, id)| !ids[..i].contains(id)), "{ids:?}");
        assert_eq!(ids.is_empty(), run.reported().next().is_none());
    }
}

/// Whether every tag that opens closes again, in order.
fn assert_well_formed(text: &str, empty: &[&str]) {
    let tag = Regex::new(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*?)(/?)>").expect("a pattern");
    let mut open: Vec<String> = Vec::new();
    for found in tag.captures_iter(text) {
        let name = found[2].to_owned();
        match (&found[1], &found[4]) {
            ("/", _) => assert_eq!(open.pop().as_ref(), Some(&name), "{}", &found[0]),
            (_, "/") => {}
            _ if empty.contains(&name.as_str()) => {}
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!bare_ampersand(text));
}

fn bare_ampersand(text: &str) -> bool {
    text.split('&')
        .skip(1)
        .any(|rest| !["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| rest.starts_with(name)))
}

#[test]
fn junit_counts_what_it_holds() {
    for run in [sample::full(), sample::empty()] {
        let text = render(Format::Junit, &run);
        assert_well_formed(text.split_once("?>\n").expect("a declaration").1, &[]);
        let count = |name: &str| text.matches(&format!("<{name} ")).count();
        let said = |name: &str| {
            let found = Regex::new(&format!("<testsuite name=\"keyhound\"[^>]* {name}=\"(\\d+)\"")).expect("a pattern");
            found.captures(&text).and_then(|found| found[1].parse::<usize>().ok()).expect("a count")
        };
        assert_eq!(
            (said("tests"), said("failures"), said("errors")),
            (count("testcase"), count("failure"), count("error"))
        );
        assert_eq!(count("failure"), run.reported().count());
        assert!(count("testcase") > 0, "no test at all looks like no run");
    }
}

#[test]
fn every_row_of_csv_has_every_column() {
    let text = render(Format::Csv, &sample::full());
    let columns = text.lines().next().expect("a head").split(',').count();
    let cell = Regex::new("(?:^|,)(?:\"(?:[^\"]|\"\")*\"|[^,\"]*)").expect("a pattern");
    assert!(text.lines().count() > 5);
    for line in text.lines() {
        assert_eq!(cell.find_iter(line).count(), columns, "{line}");
    }
}

const EMPTY: [&str; 6] = ["meta", "input", "br", "hr", "link", "img"];

#[test]
fn the_page_is_whole_and_asks_the_network_for_nothing() {
    for run in [sample::full(), sample::empty()] {
        let page = render(Format::Html, &run);
        let body = page.split_once("<body>").expect("a body").1.split_once("<script>").expect("a script").0;
        assert_well_formed(body, &EMPTY);
        // But for links that a person may follow there is no address in it.
        for way in ["src=", "@import", "url(", "<link", "<iframe", "fetch(", "XMLHttp", "innerHTML", "eval("] {
            assert!(!page.contains(way), "{way}");
        }
        assert!(page.contains("default-src 'none'; style-src 'sha256-") && page.contains("script-src 'sha256-"));
        assert!(page.contains("<html lang=\"en\">"));
        assert!(!page.contains("\u{1b}"));
    }
}

/// A browser, if the machine has one.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok_and(|ran| ran.status.success()))
}

/// The page after its script has run, in a browser. Machines without one check the markup alone.
#[test]
fn a_browser_runs_the_page() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("keys.html");
    std::fs::write(&file, render(Format::Html, &sample::full())).expect("writes");
    let ran = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("runs");
    let page = String::from_utf8_lossy(&ran.stdout);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    // The script ran, which its hash in the policy allowed, and it counted.
    assert!(page.contains("<p id=\"shown\" role=\"status\">8 of 8 shown</p>"), "{page}\n{said}");
    assert!(!page.contains("<form id=\"controls\" hidden"), "{page}");
}
