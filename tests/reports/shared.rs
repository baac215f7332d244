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

/// A picture of the page: its rows of pixels, each a red, green and blue byte.
fn picture(
    browser: &str,
    folder: &std::path::Path,
    page: &std::path::Path,
    width: u32,
    more: &[&str],
) -> Vec<Vec<[u8; 3]>> {
    let file = folder.join("page.png");
    let ran = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
        .args(more)
        .arg(format!("--window-size={width},900"))
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--screenshot={}", file.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&file).expect("a picture")));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    assert_eq!(info.width, width);
    let samples = info.color_type.samples();
    let row = |row: &[u8]| row.chunks_exact(samples).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    pixels[..info.buffer_size()].chunks_exact(info.line_size).map(row).collect()
}

/// Whether the page can be read: in the light, in the dark, and on a narrow screen without being cut at its side.
#[test]
fn the_page_is_looked_at_light_dark_and_narrow() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().expect("temp dir");
    let page = dir.path().join("keys.html");
    std::fs::write(&page, render(Format::Html, &sample::full())).expect("writes");
    let light = |pixel: &[u8; 3]| pixel.iter().map(|part| u32::from(*part)).sum::<u32>() / 3;
    let dark = ["--blink-settings=preferredColorScheme=0"];
    for (width, more, is_dark) in [(1280, &[][..], false), (1280, &dark, true), (500, &[], false), (500, &dark, true)] {
        let rows = picture(browser, dir.path(), &page, width, more);
        let ground = rows[0][0];
        assert_eq!(light(&ground) < 64, is_dark, "{width} {ground:?}");
        assert_eq!(light(&ground) > 192, !is_dark, "{width} {ground:?}");
        // Its text stands out from the ground, and nothing reaches the side.
        let contrast = |pixel: &[u8; 3]| light(pixel).abs_diff(light(&ground));
        let text = rows.iter().flatten().filter(|pixel| contrast(pixel) > 128).count();
        assert!(text > 2_000, "{width}: {text} pixels of text");
        let side = rows.iter().flat_map(|row| row[row.len() - 8..].iter()).filter(|pixel| **pixel != ground).count();
        assert_eq!(side, 0, "{width}: something is cut at the side");
    }
}
